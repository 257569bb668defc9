/* SPDX-License-Identifier: Apache-2.0
 *
 * A simulated classroom's own camera and microphone: one WHIP session, source `classroom`, with a voice and
 * two layers of picture. `l` is always sent; `h` and the voice only while it has the floor, without
 * renegotiation (RFC 8853 section 5.2). And its hand, which goes up now and then. Comes back by itself when
 * the session ends.
 *
 * Thread: the one of the default main context.
 */
#pragma once

#include "http-client.h"
#include "light-peer.h"
#include "talk-loop.h"

G_BEGIN_DECLS

typedef struct CrTalkback CrTalkback;

/* All outlive the talkback. */
typedef struct {
  CrHttpClient *http;
  CrLightLoop *loop;
  CrDtlsIdentity *identity;
  const gchar *path;      /* "/whip/demo/classroom" */
  const gchar *hand_path; /* "/api/v1/lessons/demo/hand"; NULL: it never raises its hand */
  const gchar *token;
  const CrTalkLoop *small, *large, *tone;
  gboolean ignores_floor; /* a page that sends everything all the time: what the relay's gate is for */
  guint32 seed;
} CrTalkbackConfig;

CrTalkback *cr_talkback_new (const CrTalkbackConfig *config);

/* Without a word: as if the machine had lost power. */
void cr_talkback_free (CrTalkback *talkback);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTalkback, cr_talkback_free)

/* Publishes after `delay_ms`. A session there is forgotten. */
void cr_talkback_join (CrTalkback *talkback, guint delay_ms);

/* From the next attempt on; borrowed. */
void cr_talkback_set_token (CrTalkback *talkback, const gchar *token);

/* What the events say of this classroom. */
void cr_talkback_set_floor (CrTalkback *talkback, gboolean has_floor, gboolean muted);

/* DELETE and close_notify. */
void cr_talkback_leave (CrTalkback *talkback);

/* Some times a second. */
void cr_talkback_tick (CrTalkback *talkback, gint64 now_us);

typedef struct {
  gboolean connected;
  guint joins, failures;
  guint64 resends, plis, hands;
} CrTalkbackStats;

void cr_talkback_get_stats (CrTalkback *talkback, CrTalkbackStats *stats);

G_END_DECLS

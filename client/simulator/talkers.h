/* SPDX-License-Identifier: Apache-2.0
 *
 * The talkbacks of a process of simulated classrooms. What they show and say is encoded once, before the
 * first of them joins; what they may send follows the lesson's events.
 *
 * Thread: the one of the default main context.
 */
#pragma once

#include "lesson-view.h"
#include "talkback.h"

G_BEGIN_DECLS

typedef struct CrTalkers CrTalkers;

/* Pointers outlive the talkers. */
typedef struct {
  CrHttpClient *http;
  CrLightLoop *loop;
  CrDtlsIdentity *identity;
  const gchar *lesson;
  CrCodec codec;
  guint n;
  gboolean raise_hands;
  gboolean ignore_floor;
  guint32 seed;
} CrTalkersConfig;

/* `numbers` and `tokens` have one each of config->n: places in the roster, and whose right. The tokens are
 * borrowed. Errors when an encoder is missing. */
CrTalkers *cr_talkers_new (const CrTalkersConfig *config, const guint *numbers, const gchar *const *tokens,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_talkers_free (CrTalkers *talkers);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTalkers, cr_talkers_free)

/* One of them publishes after `delay_ms`, with `token` from now on; a session there is forgotten. */
void cr_talkers_join (CrTalkers *talkers, guint index, const gchar *token, guint delay_ms);

void cr_talkers_follow (CrTalkers *talkers, CrLessonView *view);
void cr_talkers_tick (CrTalkers *talkers, gint64 now_us);
void cr_talkers_leave (CrTalkers *talkers);

/* That of the large picture, see CrEar; NULL with VP8. */
GBytes *cr_talkers_get_parameter_set (CrTalkers *talkers);

/* A line for people: how many talk, what was asked of them, and how much they send. Free with g_free(). */
gchar *cr_talkers_summary (CrTalkers *talkers);

G_END_DECLS

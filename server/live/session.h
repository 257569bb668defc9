/* SPDX-License-Identifier: Apache-2.0
 *
 * A WHIP or WHEP session as HTTP knows it: its unguessable id, the entity tag of its ICE session, and what an
 * ICE restart needs to remember of the offer. The peer itself lives in the lesson's pipeline under `peer_id`.
 *
 * Thread: [main].
 */
#pragma once

#include "people/actor.h"
#include "rtc/sdp.h"
#include "rtc/worker.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id;      /* 128 random bits; whoever knows it and has the actor's token may change the session */
  gchar *peer_id; /* for logs, metrics and the roster; opens nothing */
  gchar *etag;    /* quoted, strong; new after each ICE restart (RFC 9725 section 4.3.1) */
  CrActor *actor; /* who made it */
  gboolean is_publisher;
  CrSource source;  /* of a publisher */
  CrWorker *worker; /* that serves its peer */
  gchar *classroom; /* whose own it is, as the lesson's roster calls it; NULL: nobody's there */
  gboolean connected;
  gint64 since_us;
  gchar *remote_ufrag;
  gchar *remote_password;
  CrNegotiation *lines; /* the m-lines alone, for the fragment that answers a restart */
} CrSession;

/* Copies what it needs of `negotiation`. `serial` makes the peer id. */
CrSession *cr_session_new (const CrActor *actor, gboolean is_publisher, CrSource source, guint64 serial,
                           const CrNegotiation *negotiation, gint64 now_us);
void cr_session_free (CrSession *session);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSession, cr_session_free)

typedef enum {
  CR_FRAGMENT_TRICKLE, /* candidates for the ICE session that is */
  CR_FRAGMENT_RESTART, /* both credentials are new (RFC 8839 section 4.4.1.1.1) */
  CR_FRAGMENT_BROKEN   /* one of them alone */
} CrFragmentKind;

/* What a PATCH asks for, by the credentials that its fragment names. */
CrFragmentKind cr_session_classify_fragment (const CrSession *session, const CrSdpFragment *fragment);

/* The remote credentials of `fragment` from now on, and another entity tag. */
void cr_session_restart (CrSession *session, const CrSdpFragment *fragment);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Everybody who follows a lesson by GET /events/{lesson}. A lesson's changes are encoded once for each
 * audience, kept in its log and sent to all readers; one timer keeps all streams alive.
 *
 *   CrLessons ──topics──▶ CrEventHub ── channel of a lesson ── CrEventLog
 *                                          └── readers ── CrEventReader ──▶ sockets, one epoll for all
 *
 * Thread: [main].
 */
#pragma once

#include "http/http.h"
#include "http/rights-check.h"

G_BEGIN_DECLS

/* `http` outlives it. */
CrEventHub *cr_event_hub_new (CrHttp *http);

/* Cuts every stream. */
void cr_event_hub_free (CrEventHub *hub);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrEventHub, cr_event_hub_free)

/* Whether there is room for one more reader who is `actor`; CR_LIVE_ERROR_FULL when not. */
gboolean cr_event_hub_check_room (CrEventHub *hub, CrLesson *lesson, const CrActor *actor,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A connection whose request for the events of `lesson` has been accepted. */
typedef struct {
  CrLesson *lesson;
  CrActor *actor;       /* referenced by the hub */
  gchar *last_event_id; /* as the client says, NULL: none */
} CrEventSubscription;

/* Takes the connection's stream and socket. */
void cr_event_hub_open (CrEventHub *hub, const CrEventSubscription *subscription,
                        const CrConnection *connection);

/* An account or device may nothing any more; the holder of a token, session or credential. Their streams end
 * now. */
void cr_event_hub_revoke (CrEventHub *hub, const gchar *actor_id);
void cr_event_hub_revoke_token (CrEventHub *hub, const CrTokenHash *token);

/* Adds those whose streams a check may end to `actors` (CrTokenHash -> CrActor); borrowed. And ends the
 * streams of whoever has no right to them any more, or another. */
void cr_event_hub_collect_actors (CrEventHub *hub, GHashTable *actors);
void cr_event_hub_apply_check (CrEventHub *hub, const CrRightsCheck *check);

/* Ends every stream, and takes no more. */
void cr_event_hub_close (CrEventHub *hub);

guint cr_event_hub_get_n_readers (CrEventHub *hub);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Every lesson of this relay, the media workers they are spread over, and the limits that hold across them.
 *
 * Thread: [main].
 */
#pragma once

#include "base/config.h"
#include "live/lesson.h"
#include "store/store.h"

G_BEGIN_DECLS

/* `config` and `identity` must outlive it; takes the workers of `workers` (element type CrWorker). */
CrLessons *cr_lessons_new (const CrConfig *config, GPtrArray *workers, CrDtlsIdentity *identity,
                           const CrClock *clock);

/* Stops every lesson, then the workers. */
void cr_lessons_free (CrLessons *lessons);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLessons, cr_lessons_free)

/* The lesson is owned by the registry. */
CrLesson *cr_lessons_add (CrLessons *lessons, const gchar *id, const gchar *title,
                          const gchar *const *video_codecs);
/* Another name for a lesson, by which it is found too. */
void cr_lessons_add_alias (CrLessons *lessons, const gchar *alias, CrLesson *lesson);

/* The lesson, or the alias, of that name is over: everybody leaves, and it is found no more. */
void cr_lessons_retire (CrLessons *lessons, const gchar *id);

CrLesson *cr_lessons_find (CrLessons *lessons, const gchar *id);
GPtrArray *cr_lessons_get_all (CrLessons *lessons); /* CrLesson, borrowed */

/* Whose token this is, and of which lesson; NULL when it is nobody's. A join token counts until its time to
 * join is over, and further as long as its holder has a session. */
const CrActor *cr_lessons_authenticate (CrLessons *lessons, const gchar *token, CrLesson **lesson);

/* A token for one person or device in one lesson; takes `actor`, whose lesson_id and expires_at are set. */
void cr_lessons_add_join_token (CrLessons *lessons, CrActor *actor);
gboolean cr_lessons_may_still_join (CrLessons *lessons, const CrActor *actor);

/* An account or device may nothing any more: its join tokens are forgotten, its media ends now. Returns how
 * many sessions that were. */
guint cr_lessons_revoke (CrLessons *lessons, const gchar *actor_id);

/* The same for one join token alone: its holder may have another by now. What else is open by it is the
 * caller's to end. */
guint cr_lessons_revoke_token (CrLessons *lessons, const CrTokenHash *token);

/* Adds the holder of each join token that opens anything to `actors` (CrTokenHash -> CrActor); borrowed. */
void cr_lessons_collect_join_actors (CrLessons *lessons, GHashTable *actors);

/* Called within cr_lessons_revoke(), for whatever else the actor has open (event streams). */
typedef void (*CrLessonsRevokedFunc) (CrLessons *lessons, const gchar *actor_id, gpointer data);
void cr_lessons_set_revoked_func (CrLessons *lessons, CrLessonsRevokedFunc func, gpointer data);

/* Who is told what changes in any lesson: a set of CrTopics. At once when it concerns the floor or the end,
 * otherwise once a turn of the main loop for all that happened in it. Called from within actions: an action
 * is not to be done from it. The lesson is valid during the call, and until CR_TOPIC_ENDED was told. */
typedef void (*CrLessonsWatcher) (CrLesson *lesson, guint topics, gpointer data);
void cr_lessons_set_watcher (CrLessons *lessons, CrLessonsWatcher func, gpointer data);

/* What the lessons' people did (live/lesson-class.h) is kept there from now on, and taken up where it was
 * left: at start-up, once the lessons that need no timetable are there and before anybody can join; waits.
 * "Today" is that of the time zone. `store` must outlive the next call; NULL: nothing is kept any more, what
 * is not on its way yet is sent. */
gboolean cr_lessons_set_store (CrLessons *lessons, CrStore *store, const gchar *zone,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* No new sessions from now on. */
void cr_lessons_drain (CrLessons *lessons);
gboolean cr_lessons_are_draining (CrLessons *lessons);
guint cr_lessons_get_n_sessions (CrLessons *lessons);

/* Says goodbye to every peer. */
void cr_lessons_stop (CrLessons *lessons);

/* For lessons: what they share. */
const CrConfig *cr_lessons_get_config (CrLessons *lessons);
CrDtlsIdentity *cr_lessons_get_identity (CrLessons *lessons);
const CrClock *cr_lessons_get_clock (CrLessons *lessons);
GPtrArray *cr_lessons_get_workers (CrLessons *lessons);
CrWorker *cr_lessons_choose_worker (CrLessons *lessons); /* the one with the fewest sessions */
/* The one to serve a viewer of a lesson that lives on `home`: this, unless another has clearly fewer. */
CrWorker *cr_lessons_choose_viewer_worker (CrLessons *lessons, CrWorker *home);
guint64 cr_lessons_next_serial (CrLessons *lessons); /* for peer ids */
CrStore *cr_lessons_get_store (CrLessons *lessons);  /* NULL: none */
/* The document kept of a lesson before the restart, once; NULL: none. Free with g_free(). */
gchar *cr_lessons_take_kept (CrLessons *lessons, const gchar *lesson_id);
/* How often a classroom has had the floor today, as every lesson tells it. */
void cr_lessons_add_turn (CrLessons *lessons, const gchar *classroom);
guint cr_lessons_get_turns (CrLessons *lessons, const gchar *classroom);
void cr_lessons_tell_watcher (CrLessons *lessons, CrLesson *lesson, guint topics);
const gchar *cr_lessons_get_boot_id (CrLessons *lessons); /* new with each start of the relay */

/* Counters of the relay's life, for /metrics. */
typedef struct {
  guint64 sessions_made;
  guint64 sessions_refused;
  guint64 peers_ended[CR_PEER_END_DTLS_FAILED + 1];
  guint64 ice_restarts;
} CrLessonsCounters;
CrLessonsCounters *cr_lessons_get_counters (CrLessons *lessons);

G_END_DECLS

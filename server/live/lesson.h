/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson while it runs: who may enter, the sessions of those who have, and the pipeline that carries their
 * media, which exists only while somebody needs it.
 *
 *   WHIP/WHEP ──> CrLesson ── sessions (id, entity tag, ICE credentials)
 *                    └─────── CrLessonPipeline ── peers, on a media worker
 *
 * Thread: [main].
 */
#pragma once

#include "base/config.h"
#include "lesson-pipeline.h"
#include "people/actor.h"
#include "live/lesson-people.h"
#include "live/live.h"
#include "live/session.h"

G_BEGIN_DECLS

typedef struct CrLesson CrLesson;
typedef struct CrLessons CrLessons;

/* Made by the registry (lessons.h), which outlives it. `video_codecs` are encoding names. */
CrLesson *cr_lesson_new (CrLessons *lessons, const gchar *id, const gchar *title,
                         const gchar *const *video_codecs);
void cr_lesson_free (CrLesson *lesson);

void cr_lesson_add_actor (CrLesson *lesson, CrActor *actor); /* takes `actor` */

/* The holder of a token, or NULL; takes the same time whichever token fits. */
const CrActor *cr_lesson_authenticate (CrLesson *lesson, const CrTokenHash *token);

/* Whom it concerns; copied. NULL: nobody in particular. */
void cr_lesson_set_people (CrLesson *lesson, const CrLessonPeople *people);

/* As the table of rules sees it; valid until the next cr_lesson_set_people(). */
void cr_lesson_get_object (CrLesson *lesson, CrObject *object);

/* What the timetable says of it: unix seconds. */
typedef struct {
  gchar lesson_id[CR_LESSON_ID_MAX_BYTES + 1]; /* the timetable's own name for it */
  gint64 starts_at;
  gint64 ends_at;   /* the closing bell */
  gint64 closes_at; /* when everybody leaves, unless it is extended */
  gboolean may_extend;
} CrLessonTimes;

/* Copied. NULL: it follows no timetable (any more). */
void cr_lesson_set_times (CrLesson *lesson, const CrLessonTimes *times);
const CrLessonTimes *cr_lesson_get_times (CrLesson *lesson);

const gchar *cr_lesson_get_id (CrLesson *lesson);
const gchar *cr_lesson_get_title (CrLesson *lesson);

/* An offer and who asks. `to_loopback`: the client is on this machine. */
typedef struct {
  const CrActor *actor;
  const gchar *offer;
  gsize offer_bytes;
  gboolean to_loopback;
} CrJoin;

/* WHIP and WHEP: the new session (owned by the lesson) and the answer (free with g_free()). Errors:
 * CR_SDP_ERROR, CR_LIVE_ERROR. */
CrSession *cr_lesson_publish (CrLesson *lesson, const CrJoin *join, CrSource source, gchar **answer,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrSession *cr_lesson_view (CrLesson *lesson, const CrJoin *join, const CrSlotOrder *slots, gchar **answer,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The session of that id if `actor` made it; CR_LIVE_ERROR_NO_SESSION otherwise, so that nobody learns of
 * another's. */
CrSession *cr_lesson_find_session (CrLesson *lesson, const gchar *session_id, gboolean is_publisher,
                                   const CrActor *actor, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* ICE restart (RFC 9725 section 4.3.3): new credentials on both sides, DTLS stays. Returns our fragment. */
gchar *cr_lesson_restart_session (CrLesson *lesson, CrSession *session, const CrSdpFragment *fragment,
                                  gboolean to_loopback);
void cr_lesson_end_session (CrLesson *lesson, CrSession *session);

/* Ends what an account or device has here: its peers hear close_notify, and nothing after it. Returns how
 * many that were. */
guint cr_lesson_end_sessions_of (CrLesson *lesson, const gchar *actor_id);
guint cr_lesson_end_sessions_by (CrLesson *lesson, const CrTokenHash *token); /* made with that token */
gboolean cr_lesson_has_session_of (CrLesson *lesson, const CrActor *actor);

guint cr_lesson_get_n_sessions (CrLesson *lesson);
guint cr_lesson_get_n_sessions_on (CrLesson *lesson, CrWorker *worker); /* whose peers it serves */
guint cr_lesson_get_n_connected (CrLesson *lesson, gboolean publishers);
gboolean cr_lesson_source_flows (CrLesson *lesson, CrSource source);

/* Calls `func` for each session, in no order. */
void cr_lesson_foreach_session (CrLesson *lesson, void (*func) (const CrSession *session, gpointer data),
                                gpointer data);

/* What the media side last said of a session's peer (at most a tick of the registry old), or NULL. */
const CrLessonPeerStats *cr_lesson_get_peer_stats (CrLesson *lesson, const CrSession *session);

/* The running pipeline as a Graphviz graph, NULL when there is none; free with g_free(). */
gchar *cr_lesson_to_dot (CrLesson *lesson);

/* The worker that it lives on, NULL while it has no pipeline. */
CrWorker *cr_lesson_get_worker (CrLesson *lesson);

/* Once a tick of the registry: asks for fresh figures, frees a pipeline that nobody has needed for a while.
 */
void cr_lesson_tick (CrLesson *lesson, gint64 now_us);

/* Says goodbye to every peer and frees the pipeline; waits for the worker. */
void cr_lesson_stop (CrLesson *lesson);

/* The same for good: nobody joins any more, also by a request that came before. */
void cr_lesson_end (CrLesson *lesson);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * CrLesson: sessions in, peers out. The pipeline is made when the first offer has been found acceptable, so
 * that a bad offer costs nothing, and freed when nobody has been there for `idle_lesson_s`.
 */
#include "live/lesson-private.h"

CrLesson *
cr_lesson_new (CrLessons *lessons, const gchar *id, const gchar *title, const gchar *const *video_codecs)
{
  CrLesson *lesson = g_new0 (CrLesson, 1);

  lesson->lessons = lessons;
  lesson->id = g_strdup (id);
  lesson->title = g_strdup (title);
  lesson->actors = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_actor_unref);
  for (guint i = 0; video_codecs[i] != NULL && i < CR_LESSON_MAX_VIDEO_CODECS; i++)
    lesson->video_codecs[lesson->n_video_codecs++] = cr_codec_from_encoding_name (video_codecs[i]);
  lesson->sessions = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)cr_session_free);
  lesson->by_peer = g_hash_table_new (g_str_hash, g_str_equal);
  lesson->peer_stats = cr_lesson_figures_new ();
  cr_lesson_class_init (lesson);
  return lesson;
}

void
cr_lesson_free (CrLesson *lesson)
{
  cr_lesson_stop (lesson);
  cr_lesson_class_clear (lesson);
  g_hash_table_unref (lesson->by_peer);
  g_hash_table_unref (lesson->sessions);
  g_hash_table_unref (lesson->peer_stats);
  g_ptr_array_unref (lesson->actors);
  g_clear_pointer (&lesson->people, cr_lesson_people_free);
  g_free (lesson->times);
  g_free (lesson->title);
  g_free (lesson->id);
  g_free (lesson);
}

void
cr_lesson_add_actor (CrLesson *lesson, CrActor *actor)
{
  g_free (actor->lesson_id);
  actor->lesson_id = g_strdup (lesson->id);
  g_ptr_array_add (lesson->actors, actor);
  if (actor->role == CR_ROLE_CLASSROOM)
    cr_lesson_roster_add (lesson, actor);
}

void
cr_lesson_set_people (CrLesson *lesson, const CrLessonPeople *people)
{
  g_clear_pointer (&lesson->people, cr_lesson_people_free);
  lesson->people = people != NULL ? cr_lesson_people_copy (people) : NULL;
  cr_lesson_roster_update (lesson);
  cr_lesson_class_restore (lesson);
}

void
cr_lesson_set_times (CrLesson *lesson, const CrLessonTimes *times)
{
  g_free (lesson->times);
  lesson->times = times != NULL ? g_memdup2 (times, sizeof *times) : NULL;
  cr_lesson_tell (lesson, CR_TOPIC_STATE);
}

const CrLessonTimes *
cr_lesson_get_times (CrLesson *lesson)
{
  return lesson->times;
}

void
cr_lesson_get_object (CrLesson *lesson, CrObject *object)
{
  cr_lesson_people_to_object (lesson->people, lesson->id, object);
}

const CrActor *
cr_lesson_authenticate (CrLesson *lesson, const CrTokenHash *token)
{
  const CrActor *found = NULL;

  for (guint i = 0; i < lesson->actors->len; i++) {
    const CrActor *actor = lesson->actors->pdata[i];

    if (cr_token_hash_equal (&actor->token, token))
      found = actor; /* no break: the time taken tells nothing */
  }
  return found;
}

const gchar *
cr_lesson_get_id (CrLesson *lesson)
{
  return lesson->id;
}

const gchar *
cr_lesson_get_title (CrLesson *lesson)
{
  return lesson->title;
}

/* What the pipeline reports. */

static void
count_connected (CrLesson *lesson, CrSession *session, gboolean connected)
{
  if (session->connected == connected)
    return;
  session->connected = connected;
  if (connected)
    lesson->n_connected[session->is_publisher]++;
  else
    lesson->n_connected[session->is_publisher]--;
  cr_lesson_tell (lesson, CR_TOPIC_STATE);
}

/* `on_purpose`: it said goodbye. */
static void
forget_session (CrLesson *lesson, CrSession *session, gboolean on_purpose)
{
  count_connected (lesson, session, FALSE);
  if (session->classroom != NULL)
    cr_lesson_roster_count (lesson, session->classroom, on_purpose);
  g_hash_table_remove (lesson->by_peer, session->peer_id);
  g_hash_table_remove (lesson->peer_stats, session->peer_id);
  g_hash_table_remove (lesson->sessions, session->id);
  if (g_hash_table_size (lesson->sessions) == 0)
    lesson->empty_since_us = cr_clock_monotonic_us (cr_lessons_get_clock (lesson->lessons));
}

static const gchar *
session_kind (const CrSession *session)
{
  return session->is_publisher ? cr_source_name (session->source) : "viewer";
}

static void
on_peer_connected (CrLessonPipeline *pipeline, const gchar *peer_id, gpointer data)
{
  CrLesson *lesson = data;
  CrSession *session = g_hash_table_lookup (lesson->by_peer, peer_id);
  g_autofree gchar *took_ms = NULL;
  gint64 now_us = cr_clock_monotonic_us (cr_lessons_get_clock (lesson->lessons));

  if (session == NULL)
    return; /* deleted while the news was on its way */
  count_connected (lesson, session, TRUE);
  if (session->classroom != NULL)
    cr_lesson_roster_count (lesson, session->classroom, FALSE);
  took_ms = g_strdup_printf ("%" G_GINT64_FORMAT, (now_us - session->since_us) / 1000);
  cr_log (CR_LOG_INFO, "peer-connected", "lesson", lesson->id, "peer", peer_id, "kind",
          session_kind (session), "actor", session->actor->name, "took_ms", took_ms, NULL);
}

static const gchar *
end_name (CrPeerEnd end)
{
  static const gchar *const names[] = {"none", "stopped", "close-notify", "expired", "dtls-failed"};

  return (guint)end < G_N_ELEMENTS (names) ? names[end] : "unknown";
}

static void
on_peer_closed (CrLessonPipeline *pipeline, const gchar *peer_id, CrPeerEnd end, gpointer data)
{
  CrLesson *lesson = data;
  CrSession *session = g_hash_table_lookup (lesson->by_peer, peer_id);

  if (session == NULL)
    return;
  cr_lessons_get_counters (lesson->lessons)->peers_ended[end]++;
  cr_log (CR_LOG_INFO, "peer-closed", "lesson", lesson->id, "peer", peer_id, "kind", session_kind (session),
          "actor", session->actor->name, "why", end_name (end), NULL);
  forget_session (lesson, session, end == CR_PEER_END_CLOSE_NOTIFY);
}

static void
on_source_changed (CrLessonPipeline *pipeline, CrSource source, gboolean flowing, gpointer data)
{
  CrLesson *lesson = data;

  lesson->flowing[source] = flowing;
  cr_log (CR_LOG_INFO, flowing ? "source-flowing" : "source-away", "lesson", lesson->id, "source",
          cr_source_name (source), NULL);
  cr_lesson_class_source_changed (lesson);
}

static void
on_codec_missing (CrLessonPipeline *pipeline, const gchar *peer_id, CrSlot slot, CrCodec codec,
                  gboolean missing, gpointer data)
{
  CrLesson *lesson = data;

  cr_log (missing ? CR_LOG_WARNING : CR_LOG_INFO, missing ? "codec-missing" : "codec-found", "lesson",
          lesson->id, "peer", peer_id, "slot", cr_slot_name (slot), "codec", cr_codec_encoding_name (codec),
          NULL);
}

static void
on_classroom_flowing (CrLessonPipeline *pipeline, const gchar *owner, gboolean flowing, gpointer data)
{
  CrLesson *lesson = data;

  cr_log (CR_LOG_INFO, flowing ? "classroom-flowing" : "classroom-away", "lesson", lesson->id, "classroom",
          owner, NULL);
  cr_lesson_roster_flowing (lesson, owner, flowing);
}

/* Joining. */

static gboolean
ensure_pipeline (CrLesson *lesson, CrWorker *worker, GError **error)
{
  static const CrLessonHandler handler = {.on_peer_connected = on_peer_connected,
                                          .on_peer_closed = on_peer_closed,
                                          .on_source_changed = on_source_changed,
                                          .on_codec_missing = on_codec_missing,
                                          .on_classroom_flowing = on_classroom_flowing};
  g_autoptr (GError) why = NULL;

  if (lesson->pipeline != NULL)
    return TRUE;
  lesson->pipeline = cr_lesson_pipeline_new (lesson->id, worker, &handler, lesson, &why);
  if (lesson->pipeline == NULL) {
    g_set_error (error, CR_LIVE_ERROR, CR_LIVE_ERROR_FAILED, "the lesson cannot be started: %s",
                 why->message);
    cr_log (CR_LOG_ERROR, "lesson-failed", "lesson", lesson->id, "why", why->message, NULL);
    return FALSE;
  }
  cr_lesson_class_apply (lesson);
  cr_log (CR_LOG_INFO, "pipeline-made", "lesson", lesson->id, NULL);
  return TRUE;
}

static gboolean
check_room (CrLesson *lesson, const CrActor *actor, GError **error)
{
  const CrConfig *config = cr_lessons_get_config (lesson->lessons);

  if (lesson->ended) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_ENDED, "the lesson has ended");
    return FALSE;
  }
  if (actor->kind == CR_ACTOR_JOIN && !cr_lessons_may_still_join (lesson->lessons, actor)) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_TOKEN_EXPIRED,
                         "the time to join with this token is over");
    return FALSE;
  }
  if (cr_lessons_are_draining (lesson->lessons)) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_DRAINING, "the relay is being stopped");
    return FALSE;
  }
  if (g_hash_table_size (lesson->sessions) >= config->max_peers_per_lesson ||
      cr_lessons_get_n_sessions (lesson->lessons) >= config->max_peers) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_FULL, "no room for another peer");
    return FALSE;
  }
  return TRUE;
}

typedef struct {
  gboolean is_publisher;
  CrSource source;
  CrSlotOrder slots; /* of a viewer */
} JoinKind;

static CrNegotiation *
negotiate (CrLesson *lesson, CrWorker *worker, const CrJoin *join, const JoinKind *kind,
           const CrIceCredentials *ice, gchar **answer, GError **error)
{
  g_auto (GStrv) candidates = cr_worker_get_candidates (worker, join->to_loopback);
  CrSdpLocal local = {
      .role = kind->is_publisher ? CR_SDP_PUBLISHER : CR_SDP_VIEWER,
      .ice = ice,
      .fingerprint = cr_dtls_identity_get_fingerprint (cr_lessons_get_identity (lesson->lessons)),
      .candidates = (const gchar *const *)candidates,
      .video_codecs = lesson->video_codecs,
      .n_video_codecs = lesson->n_video_codecs,
      .slots = kind->slots,
  };

  return cr_sdp_answer_offer (join->offer, join->offer_bytes, &local, answer, error);
}

static CrSession *
add_session (CrLesson *lesson, CrWorker *worker, const CrJoin *join, const JoinKind *kind,
             const CrNegotiation *negotiation)
{
  CrSession *session =
      cr_session_new (join->actor, kind->is_publisher, kind->source, cr_lessons_next_serial (lesson->lessons),
                      negotiation, cr_clock_monotonic_us (cr_lessons_get_clock (lesson->lessons)));

  session->worker = worker;
  session->classroom = g_strdup (cr_lesson_roster_owner_of (lesson, join->actor));
  g_hash_table_insert (lesson->sessions, session->id, session);
  g_hash_table_insert (lesson->by_peer, session->peer_id, session);
  cr_lessons_get_counters (lesson->lessons)->sessions_made++;
  return session;
}

static gboolean
sees_wall (CrLesson *lesson, const CrActor *actor)
{
  CrObject object;

  cr_lesson_get_object (lesson, &object);
  return cr_authorize (actor, CR_VERB_EDIT, &object);
}

/* Publishers are where the lesson lives, `home`, and so is who may see the wall: it is made there. */
static CrWorker *
choose_worker (CrLesson *lesson, CrWorker *home, const CrJoin *join, const JoinKind *kind)
{
  if (kind->is_publisher || sees_wall (lesson, join->actor))
    return home;
  return cr_lessons_choose_viewer_worker (lesson->lessons, home);
}

static void
add_viewer (CrLesson *lesson, CrSession *session, CrPeer *peer, CrNegotiation *negotiation)
{
  const gchar *room = cr_lesson_roster_room_of (lesson, session->actor);

  if (session->worker == cr_lesson_get_worker (lesson))
    cr_lesson_pipeline_add_viewer (lesson->pipeline, peer, negotiation, room,
                                   sees_wall (lesson, session->actor));
  else
    cr_lesson_pipeline_add_viewer_on (lesson->pipeline, session->worker, peer, negotiation, room);
}

static CrSession *
join_lesson (CrLesson *lesson, const CrJoin *join, const JoinKind *kind, gchar **answer, GError **error)
{
  CrWorker *home = cr_lesson_get_worker (lesson), *worker;
  g_autoptr (CrNegotiation) negotiation = NULL;
  g_autofree gchar *text = NULL;
  CrIceCredentials ice;
  CrSession *session;
  CrPeer *peer;

  if (home == NULL)
    home = cr_lessons_choose_worker (lesson->lessons);
  worker = choose_worker (lesson, home, join, kind);
  cr_ice_credentials_generate (&ice);
  if (check_room (lesson, join->actor, error))
    negotiation = negotiate (lesson, worker, join, kind, &ice, &text, error);
  if (negotiation == NULL || !ensure_pipeline (lesson, home, error)) {
    cr_lessons_get_counters (lesson->lessons)->sessions_refused++;
    return NULL;
  }

  session = add_session (lesson, worker, join, kind, negotiation);
  peer = cr_peer_new (session->peer_id, cr_lessons_get_identity (lesson->lessons), &ice,
                      negotiation->remote_ufrag, negotiation->remote_fingerprint, negotiation->dtls_role);
  if (kind->is_publisher)
    cr_lesson_pipeline_add_publisher (lesson->pipeline, kind->source, peer, g_steal_pointer (&negotiation),
                                      session->classroom);
  else
    add_viewer (lesson, session, peer, g_steal_pointer (&negotiation));
  cr_log (CR_LOG_INFO, "session-made", "lesson", lesson->id, "peer", session->peer_id, "kind",
          session_kind (session), "actor", session->actor->name, NULL);
  *answer = g_steal_pointer (&text);
  return session;
}

CrSession *
cr_lesson_publish (CrLesson *lesson, const CrJoin *join, CrSource source, gchar **answer, GError **error)
{
  JoinKind kind = {.is_publisher = TRUE, .source = source};

  if (source == CR_SOURCE_CLASSROOM && cr_lesson_roster_owner_of (lesson, join->actor) == NULL) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_NO_CLASSROOM,
                         "this classroom does not take part in the lesson");
    return NULL;
  }
  return join_lesson (lesson, join, &kind, answer, error);
}

CrSession *
cr_lesson_view (CrLesson *lesson, const CrJoin *join, const CrSlotOrder *slots, gchar **answer,
                GError **error)
{
  JoinKind kind = {.is_publisher = FALSE, .slots = *slots};

  return join_lesson (lesson, join, &kind, answer, error);
}

CrSession *
cr_lesson_find_session (CrLesson *lesson, const gchar *session_id, gboolean is_publisher,
                        const CrActor *actor, GError **error)
{
  CrSession *session = g_hash_table_lookup (lesson->sessions, session_id);

  if (session == NULL || !cr_actor_is_same (session->actor, actor) || session->is_publisher != is_publisher) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_NO_SESSION, "no such session");
    return NULL;
  }
  return session;
}

gchar *
cr_lesson_restart_session (CrLesson *lesson, CrSession *session, const CrSdpFragment *fragment,
                           gboolean to_loopback)
{
  g_auto (GStrv) candidates = cr_worker_get_candidates (session->worker, to_loopback);
  CrIceCredentials ice;

  cr_ice_credentials_generate (&ice);
  cr_session_restart (session, fragment);
  cr_lesson_pipeline_restart_ice (lesson->pipeline, session->peer_id, &ice, session->remote_ufrag);
  cr_lessons_get_counters (lesson->lessons)->ice_restarts++;
  cr_log (CR_LOG_INFO, "ice-restarted", "lesson", lesson->id, "peer", session->peer_id, NULL);
  return cr_sdp_fragment_answer (session->lines, &ice, (const gchar *const *)candidates);
}

void
cr_lesson_end_session (CrLesson *lesson, CrSession *session)
{
  cr_lesson_pipeline_remove_peer (lesson->pipeline, session->peer_id);
  cr_lessons_get_counters (lesson->lessons)->peers_ended[CR_PEER_END_STOPPED]++;
  cr_log (CR_LOG_INFO, "session-deleted", "lesson", lesson->id, "peer", session->peer_id, "kind",
          session_kind (session), NULL);
  forget_session (lesson, session, TRUE);
}

typedef gboolean (*SessionTest) (const CrSession *session, gconstpointer what);

static guint
end_sessions (CrLesson *lesson, SessionTest test, gconstpointer what)
{
  g_autoptr (GPtrArray) ending = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, lesson->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &session)) {
    if (test (session, what))
      g_ptr_array_add (ending, session);
  }
  for (guint i = 0; i < ending->len; i++)
    cr_lesson_end_session (lesson, ending->pdata[i]);
  return ending->len;
}

static gboolean
is_of (const CrSession *session, gconstpointer actor_id)
{
  return g_strcmp0 (session->actor->id, actor_id) == 0;
}

static gboolean
is_by (const CrSession *session, gconstpointer token)
{
  return cr_token_hash_equal (&session->actor->token, token);
}

guint
cr_lesson_end_sessions_of (CrLesson *lesson, const gchar *actor_id)
{
  return end_sessions (lesson, is_of, actor_id);
}

guint
cr_lesson_end_sessions_by (CrLesson *lesson, const CrTokenHash *token)
{
  return end_sessions (lesson, is_by, token);
}

gboolean
cr_lesson_has_session_of (CrLesson *lesson, const CrActor *actor)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, lesson->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const CrSession *session = value;

    if (cr_actor_is_same (session->actor, actor))
      return TRUE;
  }
  return FALSE;
}

gchar *
cr_lesson_to_dot (CrLesson *lesson)
{
  return lesson->pipeline != NULL ? cr_lesson_pipeline_to_dot (lesson->pipeline) : NULL;
}

CrWorker *
cr_lesson_get_worker (CrLesson *lesson)
{
  return lesson->pipeline != NULL ? cr_lesson_pipeline_get_worker (lesson->pipeline) : NULL;
}

void
cr_lesson_tick (CrLesson *lesson, gint64 now_us)
{
  gint64 idle_us = (gint64)cr_lessons_get_config (lesson->lessons)->idle_lesson_s * G_USEC_PER_SEC;

  if (lesson->pipeline == NULL)
    return;
  if (g_hash_table_size (lesson->sessions) > 0) {
    cr_lesson_figures_ask (lesson);
    return;
  }
  if (now_us - lesson->empty_since_us >= idle_us) {
    cr_log (CR_LOG_INFO, "lesson-idle", "lesson", lesson->id, NULL);
    cr_lesson_stop (lesson);
  }
}

void
cr_lesson_stop (CrLesson *lesson)
{
  if (lesson->pipeline == NULL)
    return;
  g_clear_pointer (&lesson->pipeline, cr_lesson_pipeline_free);
  g_hash_table_remove_all (lesson->by_peer);
  g_hash_table_remove_all (lesson->sessions);
  g_hash_table_remove_all (lesson->peer_stats);
  memset (lesson->n_connected, 0, sizeof lesson->n_connected);
  memset (lesson->flowing, 0, sizeof lesson->flowing);
  cr_lesson_roster_all_left (lesson);
  cr_lesson_tell (lesson, CR_TOPIC_STATE);
}

void
cr_lesson_end (CrLesson *lesson)
{
  if (!lesson->ended)
    cr_lesson_class_end (lesson);
  cr_lesson_stop (lesson);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The figures of a lesson: how many are there, and what the media side last said of each peer.
 */
#include "live/lesson-private.h"

static void
peer_stats_free (gpointer data)
{
  CrLessonPeerStats *stats = data;

  g_free (stats->peer_id);
  g_free (stats);
}

GHashTable *
cr_lesson_figures_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, peer_stats_free);
}

static void
keep_stats (const CrLessonStats *stats, gpointer data)
{
  CrLesson *lesson = data;
  g_autoptr (GHashTable) before = lesson->peer_stats;

  lesson->peer_stats = cr_lesson_figures_new ();
  for (guint i = 0; i < stats->peers->len; i++) {
    CrLessonPeerStats *peer = g_memdup2 (&g_array_index (stats->peers, CrLessonPeerStats, i), sizeof *peer);

    peer->peer_id = g_strdup (peer->peer_id);
    g_hash_table_insert (lesson->peer_stats, peer->peer_id, peer);
  }
  cr_lesson_roster_measure (lesson, before);
}

void
cr_lesson_figures_ask (CrLesson *lesson)
{
  cr_lesson_pipeline_get_stats (lesson->pipeline, keep_stats, lesson);
}

guint
cr_lesson_get_n_sessions (CrLesson *lesson)
{
  return g_hash_table_size (lesson->sessions);
}

guint
cr_lesson_get_n_sessions_on (CrLesson *lesson, CrWorker *worker)
{
  GHashTableIter iter;
  gpointer session;
  guint n = 0;

  g_hash_table_iter_init (&iter, lesson->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &session))
    n += ((const CrSession *)session)->worker == worker;
  return n;
}

guint
cr_lesson_get_n_connected (CrLesson *lesson, gboolean publishers)
{
  return lesson->n_connected[publishers ? 1 : 0];
}

gboolean
cr_lesson_source_flows (CrLesson *lesson, CrSource source)
{
  return lesson->flowing[source];
}

void
cr_lesson_foreach_session (CrLesson *lesson, void (*func) (const CrSession *session, gpointer data),
                           gpointer data)
{
  GHashTableIter iter;
  gpointer session;

  g_hash_table_iter_init (&iter, lesson->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &session))
    func (session, data);
}

const CrLessonPeerStats *
cr_lesson_get_peer_stats (CrLesson *lesson, const CrSession *session)
{
  return g_hash_table_lookup (lesson->peer_stats, session->peer_id);
}

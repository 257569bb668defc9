/* SPDX-License-Identifier: Apache-2.0
 *
 * The figures of a lesson: taken on the worker, handed over whole.
 */
#include "lesson-media.h"

static void
clear_peer (gpointer data)
{
  g_free (((CrLessonPeerStats *)data)->peer_id);
}

static void
add_peer (CrLessonStats *stats, CrLessonPeer *peer, gint64 now_us)
{
  CrPeer *transport = cr_lesson_peer_get_transport (peer);
  const CrPath *path = cr_peer_get_path (transport);
  CrLessonPeerStats peer_stats = {.peer_id = g_strdup (peer->id),
                                  .is_publisher = peer->src != NULL,
                                  .source = peer->source,
                                  .connected = cr_peer_get_state (transport) == CR_PEER_CONNECTED,
                                  .profile = cr_peer_get_profile (transport),
                                  .tcp = path != NULL && path->tcp != NULL};
  gint64 silent_us = now_us - cr_peer_get_last_heard_us (transport);

  peer_stats.silent_ms = (guint)CLAMP (silent_us / 1000, 0, G_MAXINT);
  if (peer->src != NULL)
    peer_stats.publisher = *cr_publisher_get_stats (cr_relay_src_get_publisher (peer->src));
  else
    peer_stats.viewer = *cr_viewer_get_stats (peer->viewer);
  if (peer_stats.connected && peer_stats.is_publisher)
    stats->n_publishers++;
  else if (peer_stats.connected)
    stats->n_viewers++;
  g_array_append_val (stats->peers, peer_stats);
}

void
cr_lesson_media_get_stats (CrLessonMedia *media, CrLessonStats *stats)
{
  GHashTableIter iter;
  CrLessonPeer *peer;

  *stats = (CrLessonStats){.peers = g_array_new (FALSE, TRUE, sizeof (CrLessonPeerStats))};
  g_array_set_clear_func (stats->peers, clear_peer);
  for (guint i = 0; i < CR_N_SOURCES; i++)
    stats->flowing[i] = media->n_flowing[i] > 0;
  g_hash_table_iter_init (&iter, media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    if (!peer->closed)
      add_peer (stats, peer, cr_worker_now_us (media->worker));
  }
}

void
cr_lesson_stats_clear (CrLessonStats *stats)
{
  g_clear_pointer (&stats->peers, g_array_unref);
}

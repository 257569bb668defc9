/* SPDX-License-Identifier: Apache-2.0
 *
 * The figures of a lesson: taken on its workers, on each by itself, and put together on the main thread.
 */
#include "lesson-media.h"

static void
clear_peer (gpointer data)
{
  g_free (((CrLessonPeerStats *)data)->peer_id);
}

void
cr_lesson_stats_init (CrLessonStats *stats)
{
  *stats = (CrLessonStats){.peers = g_array_new (FALSE, TRUE, sizeof (CrLessonPeerStats))};
  g_array_set_clear_func (stats->peers, clear_peer);
}

static CrLessonPeerStats
read_transport (const gchar *peer_id, CrPeer *transport, gint64 now_us)
{
  const CrPath *path = cr_peer_get_path (transport);
  gint64 silent_us = now_us - cr_peer_get_last_heard_us (transport);

  return (CrLessonPeerStats){.peer_id = g_strdup (peer_id),
                             .connected = cr_peer_get_state (transport) == CR_PEER_CONNECTED,
                             .profile = cr_peer_get_profile (transport),
                             .tcp = path != NULL && path->tcp != NULL,
                             .silent_ms = (guint)CLAMP (silent_us / 1000, 0, G_MAXINT)};
}

void
cr_lesson_stats_add_viewer (CrLessonStats *stats, const gchar *peer_id, CrViewer *viewer, gint64 now_us)
{
  CrLessonPeerStats peer = read_transport (peer_id, cr_viewer_get_peer (viewer), now_us);

  peer.viewer = *cr_viewer_get_stats (viewer);
  stats->n_viewers += peer.connected ? 1 : 0;
  g_array_append_val (stats->peers, peer);
}

static void
add_publisher (CrLessonStats *stats, const CrLessonPeer *publisher, gint64 now_us)
{
  CrPublisher *media = cr_relay_src_get_publisher (publisher->src);
  CrLessonPeerStats peer = read_transport (publisher->id, cr_publisher_get_peer (media), now_us);

  peer.is_publisher = TRUE;
  peer.source = publisher->source;
  peer.publisher = *cr_publisher_get_stats (media);
  stats->n_publishers += peer.connected ? 1 : 0;
  g_array_append_val (stats->peers, peer);
}

void
cr_lesson_media_get_stats (CrLessonMedia *media, CrLessonStats *stats)
{
  gint64 now_us = cr_worker_now_us (media->worker);
  GHashTableIter iter;
  CrLessonPeer *peer;

  cr_lesson_stats_init (stats);
  for (guint i = 0; i < CR_N_SOURCES; i++)
    stats->flowing[i] = media->n_flowing[i] > 0;
  g_hash_table_iter_init (&iter, media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    if (peer->closed)
      continue;
    if (peer->src != NULL)
      add_publisher (stats, peer, now_us);
    else
      cr_lesson_stats_add_viewer (stats, peer->id, peer->viewer, now_us);
  }
}

void
cr_lesson_stats_merge (CrLessonStats *all, CrLessonStats *part)
{
  all->n_publishers += part->n_publishers;
  all->n_viewers += part->n_viewers;
  for (guint i = 0; i < CR_N_SOURCES; i++)
    all->flowing[i] |= part->flowing[i];
  g_array_append_vals (all->peers, part->peers->data, part->peers->len);
  g_array_set_clear_func (part->peers, NULL); /* the names moved */
  cr_lesson_stats_clear (part);
}

void
cr_lesson_stats_clear (CrLessonStats *stats)
{
  g_clear_pointer (&stats->peers, g_array_unref);
}

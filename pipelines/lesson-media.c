/* SPDX-License-Identifier: Apache-2.0
 *
 * The peers of a lesson and the elements that carry their media. A peer that ends is freed at the end of the
 * worker's turn, since whoever reports the end is still on the stack.
 */
#include "lesson-media.h"

#include "lesson-wall.h"

void
cr_lesson_media_tell (CrLessonMedia *media, CrLessonFact fact)
{
  cr_lesson_link_tell (media->link, &fact);
}

/* What peers report. */

static void
count_flowing_owner (CrLessonPeer *peer, gboolean flowing)
{
  GHashTable *n_flowing_of = peer->media->n_flowing_of;
  guint before, now;

  if (peer->source != CR_SOURCE_CLASSROOM || peer->owner == NULL)
    return;
  before = GPOINTER_TO_UINT (g_hash_table_lookup (n_flowing_of, peer->owner));
  now = flowing ? before + 1 : before - 1;
  if (now > 0)
    g_hash_table_insert (n_flowing_of, g_strdup (peer->owner), GUINT_TO_POINTER (now));
  else
    g_hash_table_remove (n_flowing_of, peer->owner);
  if ((before > 0) != (now > 0))
    cr_lesson_media_tell (
        peer->media, (CrLessonFact){.kind = CR_LESSON_FACT_CLASSROOM, .owner = peer->owner, .flag = now > 0});
}

static void
count_flowing (CrLessonPeer *peer, gboolean flowing)
{
  guint *n = &peer->media->n_flowing[peer->source];
  gboolean before = *n > 0;

  peer->flowing = flowing;
  if (flowing)
    (*n)++;
  else
    (*n)--;
  if (before != (*n > 0))
    cr_lesson_media_tell (
        peer->media, (CrLessonFact){.kind = CR_LESSON_FACT_SOURCE, .source = peer->source, .flag = *n > 0});
}

static void
peer_connected (CrLessonPeer *peer)
{
  if (peer->connected)
    return;
  peer->connected = TRUE;
  cr_lesson_media_tell (peer->media, (CrLessonFact){.kind = CR_LESSON_FACT_CONNECTED, .peer_id = peer->id});
  cr_lesson_wall_update (peer->media->wall);
}

static void
peer_closed (CrLessonPeer *peer, CrPeerEnd end)
{
  peer->closed = TRUE;
  peer->end = end;
  cr_worker_request_turn_end (peer->media->worker, &peer->media->reap_hook);
}

static void
on_src_flowing (CrRelaySrc *src, gboolean flowing, gpointer data)
{
  peer_connected (data);
  count_flowing (data, flowing);
  count_flowing_owner (data, flowing);
}

static void
on_src_closed (CrRelaySrc *src, CrPeerEnd end, gpointer data)
{
  peer_closed (data, end);
}

static void
on_viewer_connected (CrViewer *viewer, gpointer data)
{
  peer_connected (data);
}

static void
on_viewer_codec_missing (CrViewer *viewer, CrSlot slot, CrCodec codec, gboolean missing, gpointer data)
{
  CrLessonPeer *peer = data;

  cr_lesson_media_tell (
      peer->media,
      (CrLessonFact){
          .kind = CR_LESSON_FACT_CODEC, .peer_id = peer->id, .slot = slot, .codec = codec, .flag = missing});
}

static void
on_viewer_closed (CrViewer *viewer, CrPeerEnd end, gpointer data)
{
  peer_closed (data, end);
}

/* Streams of publishers. */

void
cr_lesson_stream_link (CrLessonPeer *peer, CrLessonStream *stream, CrSlot slot)
{
  GstPad *sink_pad = cr_relay_sink_request_stream (peer->media->sink, slot, stream->layer);

  g_return_if_fail (stream->branch == NULL);
  g_object_set (sink_pad, "publisher", peer->number, NULL);
  stream->slot = slot;
  stream->branch = gst_element_request_pad_simple (stream->tee, "src_%u");
  gst_pad_link (stream->branch, sink_pad);
}

void
cr_lesson_stream_unlink (CrLessonStream *stream)
{
  g_autoptr (GstPad) sink_pad = NULL;
  g_autoptr (GstElement) sink = NULL;

  if (stream->branch == NULL)
    return;
  sink_pad = gst_pad_get_peer (stream->branch);
  sink = gst_pad_get_parent_element (sink_pad);
  gst_pad_unlink (stream->branch, sink_pad);
  gst_element_release_request_pad (sink, sink_pad);
  gst_element_release_request_pad (stream->tee, stream->branch);
  g_clear_object (&stream->branch);
  stream->slot = CR_SLOT_NONE;
}

/* A stream appeared: a tee behind it, and behind that whatever may have it. */
static void
on_src_pad_added (GstElement *element, GstPad *pad, gpointer data)
{
  CrLessonPeer *peer = data;
  CrLessonMedia *media = peer->media;
  guint number = cr_relay_src_pad_get_stream (pad);
  CrLessonStream *stream = &peer->streams[number];
  g_autoptr (GstPad) tee_sink = NULL;

  stream->slot = CR_SLOT_NONE;
  stream->kind = cr_relay_src_pad_get_kind (pad);
  stream->layer = cr_relay_src_pad_get_layer (pad);
  g_strlcpy (stream->rid, cr_relay_src_get_rid (peer->src, number), sizeof stream->rid);
  stream->tee = gst_element_factory_make ("tee", NULL);
  g_object_set (stream->tee, "allow-not-linked", TRUE, NULL);
  gst_bin_add (GST_BIN (media->pipeline), stream->tee);
  gst_element_sync_state_with_parent (stream->tee);
  tee_sink = gst_element_get_static_pad (stream->tee, "sink");
  gst_pad_link (pad, tee_sink);
  cr_lesson_floor_admit_stream (peer, number);
  cr_lesson_wall_admit_stream (media->wall, peer, number);
}

/* Peers come and go. */

static void
free_publisher (CrLessonPeer *peer)
{
  GstElement *element = GST_ELEMENT (peer->src);
  GstBin *pipeline = GST_BIN (peer->media->pipeline);

  cr_lesson_wall_forget_publisher (peer->media->wall, peer);
  cr_relay_src_end (peer->src);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bin_remove (pipeline, element);
  for (guint i = 0; i < G_N_ELEMENTS (peer->streams); i++) {
    CrLessonStream *stream = &peer->streams[i];

    if (stream->tee == NULL)
      continue;
    cr_lesson_stream_unlink (stream);
    gst_element_set_state (stream->tee, GST_STATE_NULL);
    gst_bin_remove (pipeline, stream->tee);
  }
}

static void
free_viewer (CrLessonPeer *peer)
{
  cr_fanout_remove_viewer (cr_relay_sink_get_fanout (peer->media->sink), peer->viewer);
  cr_viewer_free (peer->viewer);
  cr_lesson_wall_update (peer->media->wall);
}

static void
peer_free (gpointer data)
{
  CrLessonPeer *peer = data;

  if (peer->src != NULL)
    free_publisher (peer);
  else
    free_viewer (peer);
  g_free (peer->owner);
  g_free (peer->id);
  g_free (peer);
}

static void
reap (gpointer data)
{
  CrLessonMedia *media = data;
  GHashTableIter iter;
  CrLessonPeer *peer;

  g_hash_table_iter_init (&iter, media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    if (!peer->closed)
      continue;
    cr_lesson_media_tell (
        media, (CrLessonFact){.kind = CR_LESSON_FACT_CLOSED, .peer_id = peer->id, .end = peer->end});
    g_hash_table_iter_remove (&iter);
  }
}

static CrLessonPeer *
add_peer (CrLessonMedia *media, const CrLessonArrival *arrival)
{
  CrLessonPeer *peer = g_new0 (CrLessonPeer, 1);

  peer->media = media;
  peer->id = g_strdup (arrival->peer_id);
  peer->owner = arrival->owner;
  peer->source = arrival->source;
  peer->sees_wall = arrival->sees_wall;
  g_hash_table_insert (media->peers, peer->id, peer);
  return peer;
}

void
cr_lesson_media_add_publisher (CrLessonMedia *media, const CrLessonArrival *arrival)
{
  static const CrRelaySrcHandler handler = {.on_flowing = on_src_flowing, .on_closed = on_src_closed};
  CrLessonPeer *peer = add_peer (media, arrival);
  GstElement *element = gst_element_factory_make ("relaysrc", NULL);

  peer->number = ++media->last_number;
  peer->src = CR_RELAY_SRC (element);
  g_signal_connect (element, "pad-added", G_CALLBACK (on_src_pad_added), peer);
  gst_bin_add (GST_BIN (media->pipeline), element);
  gst_element_sync_state_with_parent (element);
  cr_relay_src_publish (peer->src, media->worker, arrival->peer, arrival->negotiation, &handler, peer);
}

void
cr_lesson_media_add_viewer (CrLessonMedia *media, const CrLessonArrival *arrival)
{
  static const CrViewerHandler handler = {.on_connected = on_viewer_connected,
                                          .on_codec_missing = on_viewer_codec_missing,
                                          .on_closed = on_viewer_closed};
  CrLessonPeer *peer = add_peer (media, arrival);

  peer->viewer = cr_viewer_new (arrival->peer, arrival->negotiation, media->worker, &handler, peer);
  cr_fanout_add_viewer (cr_relay_sink_get_fanout (media->sink), peer->viewer);
  cr_lesson_floor_admit_viewer (peer); /* before it is connected */
}

void
cr_lesson_media_remove_peer (CrLessonMedia *media, const gchar *peer_id)
{
  g_hash_table_remove (media->peers, peer_id);
}

CrLessonPeer *
cr_lesson_media_find_peer (CrLessonMedia *media, const gchar *peer_id)
{
  CrLessonPeer *peer = g_hash_table_lookup (media->peers, peer_id);

  return peer != NULL && !peer->closed ? peer : NULL;
}

CrPeer *
cr_lesson_peer_get_transport (CrLessonPeer *peer)
{
  if (peer->viewer != NULL)
    return cr_viewer_get_peer (peer->viewer);
  return cr_publisher_get_peer (cr_relay_src_get_publisher (peer->src));
}

/* Birth and end. */

CrLessonMedia *
cr_lesson_media_new (const gchar *lesson_id, CrWorker *worker, CrLessonLink *link)
{
  CrLessonMedia *media = g_new0 (CrLessonMedia, 1);
  g_autofree gchar *name = g_strconcat ("lesson-", lesson_id, NULL);

  media->worker = worker;
  media->link = cr_lesson_link_ref (link);
  media->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, peer_free);
  media->n_flowing_of = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  media->reap_hook = (CrTurnHook){.func = reap, .data = media};
  media->pipeline = gst_object_ref_sink (gst_pipeline_new (name));
  media->sink = CR_RELAY_SINK (cr_relay_sink_new (worker));
  gst_bin_add (GST_BIN (media->pipeline), GST_ELEMENT (media->sink));
  gst_element_set_state (media->pipeline, GST_STATE_PLAYING);
  media->wall = cr_lesson_wall_new (media);
  media->branches = g_ptr_array_new ();
  return media;
}

void
cr_lesson_media_free (CrLessonMedia *media)
{
  cr_lesson_wall_close (media->wall);
  g_assert (media->branches->len == 0); /* lesson-pipeline.c has retired them */
  g_ptr_array_unref (media->branches);
  g_hash_table_unref (media->peers);
  g_hash_table_unref (media->n_flowing_of);
  cr_worker_cancel_turn_end (media->worker, &media->reap_hook);
  gst_element_set_state (media->pipeline, GST_STATE_NULL);
  gst_object_unref (media->pipeline);
  cr_lesson_floors_clear (media->floors);
  g_strfreev (media->wall_owners);
  cr_lesson_link_unref (media->link);
  g_free (media);
}

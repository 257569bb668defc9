/* SPDX-License-Identifier: Apache-2.0
 *
 *   relaysrc -> tee -> tap ──push──> [wall's thread] ──packets──> fan-out, slot `wall`
 *                       ^                  │
 *                publisher <── keyframe ───┘
 *
 * A Run is the wall from one start to its end. It is told to quit and then left alone, since the worker waits
 * for nobody; its thread's last message frees it. A tap is a pad of our own behind a tee. Of all taps of a
 * tile one is decoded: of the newest publisher that sends, the layer whose RID is `l`, or else the smallest.
 */
#include "lesson-wall.h"

#include "rtc/seat.h"
#include "wall-pipeline.h"

#include <pthread.h>

#define SMALL_RID "l"

/* A publisher or layer that has sent nothing for so long makes room for another that sends. */
#define SILENT_US CR_PUBLISHER_AWAY_US

#define RATE_WINDOW_US G_USEC_PER_SEC

typedef struct Run Run;

typedef struct {
  Run *run;
  CrLessonPeer *publisher;
  guint number; /* of its stream */
  guint tile;
  GstPad *branch; /* of the tee */
  GstPad *pad;    /* ours */
  CrCodec codec;  /* CR_CODEC_NONE until caps have come */
  guint8 payload_type;
  gchar *sprop;
  gint64 last_packet_us;
  gint64 window_start_us;
  guint window_bytes, bytes_per_second; /* 0: not known yet */
} Tap;

struct Run {
  CrLessonWall *wall;
  CrWallPipeline *pipeline;
  gchar **owners;
  guint n_tiles;
  CrStream *stream; /* NULL: told to quit */
  GPtrArray *taps;
  Tap *shown[CR_WALL_MAX_TILES];
};

struct CrLessonWall {
  CrLessonMedia *media;
  CrWorker *worker; /* outlives `media` */
  Run *run;         /* NULL: nobody looks */
  gboolean closed;

  pthread_mutex_t mutex;
  pthread_cond_t changed;
  guint n_runs; /* whose threads have not ended; behind the mutex */
};

/* Taps. */

static gboolean
is_small (const Tap *tap)
{
  return g_str_equal (tap->publisher->streams[tap->number].rid, SMALL_RID);
}

/* Is `tap`, of which a packet has just come, to be shown instead of `shown`? */
static gboolean
is_better (const Tap *tap, const Tap *shown, gint64 now_us)
{
  gboolean silent;

  if (shown == NULL)
    return TRUE;
  silent = now_us - shown->last_packet_us > SILENT_US;
  if (tap->publisher != shown->publisher)
    return silent || tap->publisher->number > shown->publisher->number;
  if (is_small (tap) != is_small (shown))
    return is_small (tap);
  /* A fifth smaller, so that two alike do not take turns. */
  return silent || (tap->bytes_per_second > 0 && tap->bytes_per_second * 5 < shown->bytes_per_second * 4);
}

static void
measure (Tap *tap, gsize bytes, gint64 now_us)
{
  gint64 elapsed_us = now_us - tap->window_start_us;

  tap->last_packet_us = now_us;
  tap->window_bytes += (guint)bytes;
  if (elapsed_us < RATE_WINDOW_US)
    return;
  if (tap->window_start_us != 0)
    tap->bytes_per_second = (guint)((gint64)tap->window_bytes * G_USEC_PER_SEC / elapsed_us);
  tap->window_bytes = 0;
  tap->window_start_us = now_us;
}

static void
show (Tap *tap)
{
  tap->run->shown[tap->tile] = tap;
  cr_wall_pipeline_set_source (tap->run->pipeline, tap->tile, tap->codec, tap->payload_type, tap->sprop);
}

static GstFlowReturn
on_tap_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  Tap *tap = gst_pad_get_element_private (pad);
  gint64 now_us = cr_worker_now_us (tap->run->wall->worker);
  GstMapInfo map;

  if (tap->codec != CR_CODEC_NONE && gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    Tap *shown = tap->run->shown[tap->tile];

    measure (tap, map.size, now_us);
    if (tap != shown && is_better (tap, shown, now_us))
      show (tap);
    if (tap == tap->run->shown[tap->tile])
      (void)cr_wall_pipeline_push (tap->run->pipeline, tap->tile, map.data, map.size);
    gst_buffer_unmap (buffer, &map);
  }
  gst_buffer_unref (buffer);
  return GST_FLOW_OK; /* the wall's trouble is not the source's */
}

/* A stream begins, or begins anew. */
static void
read_caps (Tap *tap, GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *encoding_name = gst_structure_get_string (structure, "encoding-name");
  gint payload_type = 0;

  gst_structure_get_int (structure, "payload", &payload_type);
  tap->codec = encoding_name != NULL ? cr_codec_from_encoding_name (encoding_name) : CR_CODEC_NONE;
  tap->payload_type = (guint8)payload_type;
  g_free (tap->sprop);
  tap->sprop = g_strdup (gst_structure_get_string (structure, "sprop-parameter-sets"));
  if (tap == tap->run->shown[tap->tile])
    show (tap);
}

static gboolean
on_tap_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS) {
    gst_event_parse_caps (event, &caps);
    read_caps (gst_pad_get_element_private (pad), caps);
  }
  gst_event_unref (event);
  return TRUE;
}

static void
tap_free (gpointer data)
{
  Tap *tap = data;

  gst_pad_unlink (tap->branch, tap->pad);
  gst_element_release_request_pad (tap->publisher->streams[tap->number].tee, tap->branch);
  gst_object_unref (tap->branch);
  gst_pad_set_active (tap->pad, FALSE);
  gst_object_unref (tap->pad);
  g_free (tap->sprop);
  g_free (tap);
}

static void
add_tap (Run *run, CrLessonPeer *publisher, guint number, guint tile)
{
  Tap *tap = g_new0 (Tap, 1);

  tap->run = run;
  tap->publisher = publisher;
  tap->number = number;
  tap->tile = tile;
  tap->pad = gst_object_ref_sink (gst_pad_new ("wall", GST_PAD_SINK));
  gst_pad_set_element_private (tap->pad, tap);
  gst_pad_set_event_function (tap->pad, on_tap_event);
  gst_pad_set_chain_function (tap->pad, on_tap_buffer);
  gst_pad_set_active (tap->pad, TRUE);
  g_ptr_array_add (run->taps, tap);
  tap->branch = gst_element_request_pad_simple (publisher->streams[number].tee, "src_%u");
  gst_pad_link (tap->branch, tap->pad);
}

/* Something to show instead will come by itself, with its next packet. */
static void
blank_unless_followed (Run *run, guint tile, gint64 now_us)
{
  for (guint i = 0; i < run->taps->len; i++) {
    const Tap *tap = g_ptr_array_index (run->taps, i);

    if (tap->tile == tile && tap->last_packet_us != 0 && now_us - tap->last_packet_us < SILENT_US)
      return;
  }
  cr_wall_pipeline_set_source (run->pipeline, tile, CR_CODEC_NONE, 0, NULL);
}

static void
remove_tap (Run *run, guint index)
{
  Tap *tap = g_ptr_array_index (run->taps, index);
  guint tile = tap->tile;
  gboolean was_shown = run->shown[tile] == tap;

  if (was_shown)
    run->shown[tile] = NULL;
  g_ptr_array_remove_index_fast (run->taps, index);
  if (was_shown)
    blank_unless_followed (run, tile, cr_worker_now_us (run->wall->worker));
}

/* What the wall's thread says. */

typedef struct {
  Run *run;
  GPtrArray *packets;
  guint tile;
} Message;

static void
deliver_packets (gpointer data)
{
  g_autofree Message *message = data;
  Run *run = message->run;

  for (guint i = 0; run->stream != NULL && i < message->packets->len; i++)
    cr_fanout_push (cr_relay_sink_get_fanout (run->wall->media->sink), run->stream,
                    g_ptr_array_index (message->packets, i));
  g_ptr_array_unref (message->packets);
}

static void
on_packets (GPtrArray *packets, gpointer data)
{
  Message *message = g_new0 (Message, 1);

  *message = (Message){.run = data, .packets = packets};
  cr_media_invoke (message->run->wall->worker, deliver_packets, message);
}

static void
ask_publisher (gpointer data)
{
  g_autofree Message *message = data;
  const Tap *shown = message->run->stream != NULL ? message->run->shown[message->tile] : NULL;

  if (shown != NULL)
    cr_publisher_request_keyframe (cr_relay_src_get_publisher (shown->publisher->src), shown->number);
}

static void
on_keyframe_wanted (guint tile, gpointer data)
{
  Message *message = g_new0 (Message, 1);

  *message = (Message){.run = data, .tile = tile};
  cr_media_invoke (message->run->wall->worker, ask_publisher, message);
}

static void
free_run (gpointer data)
{
  Run *run = data;
  CrLessonWall *wall = run->wall;

  cr_wall_pipeline_free (run->pipeline);
  g_ptr_array_unref (run->taps);
  g_strfreev (run->owners);
  g_free (run);
  pthread_mutex_lock (&wall->mutex);
  wall->n_runs--;
  pthread_cond_signal (&wall->changed);
  pthread_mutex_unlock (&wall->mutex);
}

static void
on_ended (gpointer data)
{
  cr_media_invoke (((Run *)data)->wall->worker, free_run, data);
}

/* Start and stop. */

static void
on_viewer_wants_keyframe (CrStream *stream, gpointer data)
{
  cr_wall_pipeline_request_keyframe (((Run *)data)->pipeline);
}

static gboolean
looks_on (const CrLessonPeer *peer)
{
  return peer->viewer != NULL && peer->sees_wall && peer->connected && !peer->closed &&
         cr_viewer_get_seat (peer->viewer)->by_slot[CR_SLOT_WALL] != 0;
}

/* How many look on, and how many of them could not play H.264. */
static guint
count_viewers (CrLessonMedia *media, guint *n_without_h264)
{
  GHashTableIter iter;
  CrLessonPeer *peer;
  guint n = 0;

  *n_without_h264 = 0;
  g_hash_table_iter_init (&iter, media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    const CrSeat *seat;

    if (!looks_on (peer))
      continue;
    n++;
    seat = cr_viewer_get_seat (peer->viewer);
    *n_without_h264 += !cr_egress_can_play (&seat->egresses[seat->by_slot[CR_SLOT_WALL] - 1], CR_CODEC_H264);
  }
  return n;
}

static void
tap_stream (Run *run, CrLessonPeer *publisher, guint number)
{
  const CrLessonStream *stream = &publisher->streams[number];

  if (publisher->source != CR_SOURCE_CLASSROOM || publisher->owner == NULL || stream->tee == NULL ||
      stream->kind != CR_MEDIA_VIDEO)
    return;
  for (guint tile = 0; tile < run->n_tiles; tile++) {
    if (g_str_equal (run->owners[tile], publisher->owner)) {
      add_tap (run, publisher, number, tile);
      return;
    }
  }
}

static void
tap_everybody (Run *run)
{
  GHashTableIter iter;
  CrLessonPeer *peer;

  g_hash_table_iter_init (&iter, run->wall->media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    for (guint i = 0; peer->src != NULL && !peer->closed && i < G_N_ELEMENTS (peer->streams); i++)
      tap_stream (run, peer, i);
  }
}

static void
start (CrLessonWall *wall, CrCodec codec)
{
  static const CrWallHandler handler = {
      .on_packets = on_packets, .on_keyframe_wanted = on_keyframe_wanted, .on_ended = on_ended};
  Run *run = g_new0 (Run, 1);
  CrWallConfig config = {.codec = codec, .clock = cr_worker_get_clock (wall->worker)};

  run->wall = wall;
  run->owners = g_strdupv (wall->media->wall_owners);
  run->n_tiles = config.n_tiles = MIN (g_strv_length (run->owners), CR_WALL_MAX_TILES);
  run->pipeline = cr_wall_pipeline_new (&config, &handler, run);
  if (run->pipeline == NULL) { /* tried again with the next update */
    g_strfreev (run->owners);
    g_free (run);
    return;
  }
  pthread_mutex_lock (&wall->mutex);
  wall->n_runs++;
  pthread_mutex_unlock (&wall->mutex);
  wall->run = run;
  run->taps = g_ptr_array_new_with_free_func (tap_free);
  run->stream = cr_fanout_add_stream (cr_relay_sink_get_fanout (wall->media->sink), CR_SLOT_WALL, 0, codec,
                                      NULL, on_viewer_wants_keyframe, run);
  tap_everybody (run);
}

static void
stop (CrLessonWall *wall)
{
  Run *run = g_steal_pointer (&wall->run);

  if (run == NULL)
    return;
  cr_fanout_remove_stream (cr_relay_sink_get_fanout (wall->media->sink), g_steal_pointer (&run->stream));
  g_ptr_array_set_size (run->taps, 0);
  cr_wall_pipeline_quit (run->pipeline);
}

void
cr_lesson_wall_update (CrLessonWall *wall)
{
  CrLessonMedia *media = wall->media;
  guint n_viewers, n_without_h264;

  if (wall->closed)
    return;
  n_viewers = count_viewers (media, &n_without_h264);
  if (n_viewers == 0 || media->wall_owners == NULL || media->wall_owners[0] == NULL) {
    stop (wall);
    return;
  }
  if (wall->run != NULL &&
      g_strv_equal ((const gchar *const *)wall->run->owners, (const gchar *const *)media->wall_owners))
    return;
  stop (wall);
  start (wall, n_without_h264 == n_viewers ? CR_CODEC_VP8 : CR_CODEC_H264);
}

void
cr_lesson_wall_admit_stream (CrLessonWall *wall, CrLessonPeer *publisher, guint number)
{
  if (wall->run != NULL)
    tap_stream (wall->run, publisher, number);
}

void
cr_lesson_wall_forget_publisher (CrLessonWall *wall, CrLessonPeer *publisher)
{
  Run *run = wall->run;

  for (guint i = run != NULL ? run->taps->len : 0; i > 0; i--) {
    const Tap *tap = g_ptr_array_index (run->taps, i - 1);

    if (tap->publisher == publisher)
      remove_tap (run, i - 1);
  }
}

void
cr_lesson_wall_close (CrLessonWall *wall)
{
  stop (wall);
  wall->closed = TRUE;
}

CrLessonWall *
cr_lesson_wall_new (CrLessonMedia *media)
{
  CrLessonWall *wall = g_new0 (CrLessonWall, 1);

  wall->media = media;
  wall->worker = media->worker;
  pthread_mutex_init (&wall->mutex, NULL);
  pthread_cond_init (&wall->changed, NULL);
  return wall;
}

void
cr_lesson_wall_free (CrLessonWall *wall)
{
  pthread_mutex_lock (&wall->mutex);
  while (wall->n_runs > 0)
    pthread_cond_wait (&wall->changed, &wall->mutex);
  pthread_mutex_unlock (&wall->mutex);
  pthread_mutex_destroy (&wall->mutex);
  pthread_cond_destroy (&wall->changed);
  g_free (wall);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 *   push -> mailbox -> feed of the tile -> decoder ─ pictures ─┐       every tenth of a second:
 *   push -> mailbox -> feed of the tile -> decoder ─ pictures ─┴─────> canvas -> encoder -> on_packets
 *
 * Pictures are decoded when they come and drawn when one of the wall's is due; the wall waits for nobody. One
 * thread does it all, since all of it takes a few milliseconds of each tenth of a second; when more comes
 * than it can do, the wall's own picture goes first, and the tiles take turns.
 */
#include "wall-pipeline.h"

#include "base/log.h"
#include "rtc/counter.h"
#include "rtc/mailbox.h"
#include "wall-canvas.h"
#include "wall-encoder.h"
#include "wall-feed.h"

#include <poll.h>

#define TICK_US (G_USEC_PER_SEC / CR_WALL_FRAMES_PER_S)

/* Of each tick, for all decoders together: the rest is for drawing, encoding and everybody else's thread. */
#define DECODING_US (TICK_US * 6 / 10)

/* Packets of one tile on their way to the wall's thread: the largest keyframe of a source without layers.
 * Beyond that the wall is so far behind that what came first is of no use any more. */
#define MAX_IN_FLIGHT 256

/* As publishers do with what viewers ask of them. */
#define KEYFRAME_INTERVAL_US (500 * 1000)

/* Between two tries to make an encoder that failed or is not installed. */
#define ENCODER_RETRY_US (5 * G_USEC_PER_SEC)

typedef struct {
  CrWallFeed *feed;
  gint n_in_flight; /* atomic */
  CrWallTileStats stats;
} Tile;

struct CrWallPipeline {
  CrWallConfig config;
  const CrWallHandler *handler;
  gpointer data;
  CrMailbox *mailbox;
  GThread *thread;
  Tile *tiles;

  /* of the thread */
  gboolean quitting;
  CrWallCanvas *canvas;
  CrWallEncoder *encoder;
  gint64 encoder_retry_us;
  gint64 started_us, next_tick_us;
  gboolean keyframe_wanted;
  gint64 keyframe_us; /* the last that was asked for */
};

typedef struct {
  CrWallPipeline *wall;
  guint tile;
  GstBuffer *packet;
  CrCodec codec;
  guint8 payload_type;
  gchar *sprop;
} Message;

/* Messages, on the wall's thread. */

static gint64
now_us (const CrWallPipeline *wall)
{
  return cr_clock_monotonic_us (wall->config.clock);
}

static void
receive_packet (gpointer data)
{
  g_autofree Message *message = data;
  Tile *tile = &message->wall->tiles[message->tile];

  g_atomic_int_add (&tile->n_in_flight, -1);
  cr_wall_feed_receive (tile->feed, message->packet, now_us (message->wall));
}

static void
take_source (gpointer data)
{
  g_autofree Message *message = data;
  CrWallPipeline *wall = message->wall;

  cr_wall_feed_set_source (wall->tiles[message->tile].feed, message->codec, message->payload_type,
                           message->sprop);
  if (message->codec == CR_CODEC_NONE)
    cr_wall_canvas_blank (wall->canvas, message->tile);
  g_free (message->sprop);
}

static void
take_keyframe_request (gpointer data)
{
  ((CrWallPipeline *)data)->keyframe_wanted = TRUE;
}

static void
take_quit (gpointer data)
{
  ((CrWallPipeline *)data)->quitting = TRUE;
}

/* The thread. */

static void
draw_tiles (CrWallPipeline *wall)
{
  for (guint i = 0; i < wall->config.n_tiles; i++) {
    Tile *tile = &wall->tiles[i];
    GstVideoInfo info;
    g_autoptr (GstBuffer) picture = cr_wall_feed_take_picture (tile->feed, &info);

    if (picture != NULL && cr_wall_canvas_draw (wall->canvas, i, picture, &info))
      cr_counter_add (&tile->stats.pictures, 1);
    cr_wall_feed_refill (tile->feed);
  }
}

static gboolean
ensure_encoder (CrWallPipeline *wall, gint64 at_us)
{
  if (wall->encoder != NULL)
    return TRUE;
  if (at_us < wall->encoder_retry_us)
    return FALSE;
  wall->encoder_retry_us = at_us + ENCODER_RETRY_US;
  wall->encoder =
      cr_wall_encoder_new (wall->config.codec, cr_wall_canvas_get_info (wall->canvas), CR_WALL_FRAMES_PER_S);
  if (wall->encoder == NULL) {
    cr_log (CR_LOG_WARNING, "wall-not-encoded", "no_encoder_for", cr_codec_encoding_name (wall->config.codec),
            NULL);
    return FALSE;
  }
  wall->keyframe_us = at_us; /* it begins with one */
  wall->keyframe_wanted = FALSE;
  return TRUE;
}

static void
encode (CrWallPipeline *wall, gint64 at_us)
{
  GstBuffer *picture;
  GPtrArray *packets;

  if (!ensure_encoder (wall, at_us))
    return;
  if (wall->keyframe_wanted && at_us - wall->keyframe_us >= KEYFRAME_INTERVAL_US) {
    cr_wall_encoder_request_keyframe (wall->encoder);
    wall->keyframe_wanted = FALSE;
    wall->keyframe_us = at_us;
  }
  picture = cr_wall_canvas_copy (wall->canvas);
  GST_BUFFER_PTS (picture) = (GstClockTime)(wall->next_tick_us - wall->started_us) * GST_USECOND;
  GST_BUFFER_DURATION (picture) = TICK_US * GST_USECOND;
  packets = cr_wall_encoder_push (wall->encoder, picture);
  if (packets == NULL)
    g_clear_pointer (&wall->encoder, cr_wall_encoder_free);
  else
    wall->handler->on_packets (packets, wall->data);
}

/* Ticks that were missed are left out. */
static void
run_tick (CrWallPipeline *wall, gint64 at_us)
{
  if (at_us < wall->next_tick_us)
    return;
  wall->next_tick_us += (at_us - wall->next_tick_us) / TICK_US * TICK_US;
  draw_tiles (wall);
  encode (wall, at_us);
  wall->next_tick_us += TICK_US;
}

/* One packet of each tile, for as long as there is time. TRUE: there may be more. */
static gboolean
decode_some (CrWallPipeline *wall)
{
  gboolean more = FALSE;

  for (guint i = 0; i < wall->config.n_tiles; i++) {
    Tile *tile = &wall->tiles[i];
    gint64 at_us = now_us (wall);

    run_tick (wall, at_us);
    more |= cr_wall_feed_step (tile->feed, at_us);
    if (cr_wall_feed_take_keyframe_request (tile->feed, at_us))
      wall->handler->on_keyframe_wanted (i, wall->data);
    __atomic_store_n (&tile->stats.failures, cr_wall_feed_get_n_failures (tile->feed), __ATOMIC_RELAXED);
  }
  return more;
}

static void
sleep_until_needed (CrWallPipeline *wall)
{
  struct pollfd mail = {.fd = cr_mailbox_get_fd (wall->mailbox), .events = POLLIN};
  gint64 until_us = wall->next_tick_us, left_us;

  for (guint i = 0; i < wall->config.n_tiles; i++)
    until_us = MIN (until_us, cr_wall_feed_due_us (wall->tiles[i].feed));
  left_us = until_us - now_us (wall);
  if (left_us > 0)
    poll (&mail, 1, (int)((left_us + 999) / 1000));
}

static gpointer
run_thread (gpointer data)
{
  CrWallPipeline *wall = data;

  wall->canvas = cr_wall_canvas_new (wall->config.n_tiles);
  for (guint i = 0; i < wall->config.n_tiles; i++)
    wall->tiles[i].feed = cr_wall_feed_new (DECODING_US / wall->config.n_tiles);
  wall->started_us = wall->next_tick_us = now_us (wall);
  while (!wall->quitting) {
    cr_mailbox_run (wall->mailbox);
    run_tick (wall, now_us (wall));
    if (!decode_some (wall))
      sleep_until_needed (wall);
  }
  for (guint i = 0; i < wall->config.n_tiles; i++)
    cr_wall_feed_free (wall->tiles[i].feed);
  g_clear_pointer (&wall->encoder, cr_wall_encoder_free);
  cr_wall_canvas_free (wall->canvas);
  wall->handler->on_ended (wall->data);
  return NULL;
}

CrWallPipeline *
cr_wall_pipeline_new (const CrWallConfig *config, const CrWallHandler *handler, gpointer data)
{
  CrMailbox *mailbox = cr_mailbox_new ();
  CrWallPipeline *wall;

  g_assert (config->n_tiles > 0 && config->n_tiles <= CR_WALL_MAX_TILES);
  if (mailbox == NULL)
    return NULL;
  wall = g_new0 (CrWallPipeline, 1);
  wall->config = *config;
  wall->handler = handler;
  wall->data = data;
  wall->mailbox = mailbox;
  wall->tiles = g_new0 (Tile, config->n_tiles);
  wall->thread = g_thread_new ("wall", run_thread, wall);
  return wall;
}

void
cr_wall_pipeline_quit (CrWallPipeline *wall)
{
  cr_mailbox_post (wall->mailbox, take_quit, wall);
}

void
cr_wall_pipeline_free (CrWallPipeline *wall)
{
  g_thread_join (wall->thread);
  cr_mailbox_free (wall->mailbox);
  g_free (wall->tiles);
  g_free (wall);
}

void
cr_wall_pipeline_set_source (CrWallPipeline *wall, guint tile, CrCodec codec, guint8 payload_type,
                             const gchar *sprop)
{
  Message *message = g_new0 (Message, 1);

  g_assert (tile < wall->config.n_tiles);
  *message = (Message){
      .wall = wall, .tile = tile, .codec = codec, .payload_type = payload_type, .sprop = g_strdup (sprop)};
  cr_mailbox_post (wall->mailbox, take_source, message);
}

gboolean
cr_wall_pipeline_push (CrWallPipeline *wall, guint tile, const guint8 *data, gsize length_bytes)
{
  Message *message;

  g_assert (tile < wall->config.n_tiles);
  if (g_atomic_int_get (&wall->tiles[tile].n_in_flight) >= MAX_IN_FLIGHT)
    return FALSE;
  g_atomic_int_inc (&wall->tiles[tile].n_in_flight);
  message = g_new0 (Message, 1);
  *message =
      (Message){.wall = wall, .tile = tile, .packet = gst_buffer_new_allocate (NULL, length_bytes, NULL)};
  gst_buffer_fill (message->packet, 0, data, length_bytes);
  cr_mailbox_post (wall->mailbox, receive_packet, message);
  return TRUE;
}

void
cr_wall_pipeline_request_keyframe (CrWallPipeline *wall)
{
  cr_mailbox_post (wall->mailbox, take_keyframe_request, wall);
}

void
cr_wall_pipeline_get_tile_stats (CrWallPipeline *wall, guint tile, CrWallTileStats *stats)
{
  stats->pictures = cr_counter_get (&wall->tiles[tile].stats.pictures);
  stats->failures = cr_counter_get (&wall->tiles[tile].stats.failures);
}

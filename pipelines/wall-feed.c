/* SPDX-License-Identifier: Apache-2.0
 *
 *   packet -> reorder -> gate: a keyframe came? time left? -> wall-input
 */
#include "wall-feed.h"

#include "rtc/rtp-packet.h"
#include "wall-input.h"
#include "wall-reorder.h"

#include <time.h>

/* What may be saved up of the share: one large keyframe is no offence. */
#define SAVED_SHARES 10

/* Packets that have been due for so long tell that the machine is too busy: rather a tile that stutters than
 * one that shows what was a while ago. */
#define STALE_US G_USEC_PER_SEC

/* Between two requests: a source that shows nothing is asked as often as publishers let themselves be asked;
 * one that lost something goes on showing, and on a line that loses all the time keyframes would crowd out
 * the rest. */
#define ASK_WAITING_US (500 * 1000)
#define ASK_LOST_US    (2 * G_USEC_PER_SEC)

/* After a decoder failed: making one takes a millisecond, and the next bytes are of the same kind. */
#define RETRY_US G_USEC_PER_SEC

struct CrWallFeed {
  gint64 share_us, credit_us;
  CrCodec codec; /* CR_CODEC_NONE: no source */
  guint8 payload_type;
  gchar *sprop;
  CrWallReorder *reorder;
  CrWallInput *input; /* from the first keyframe on */
  gboolean waiting;   /* for a keyframe; what comes before it is dropped */
  gboolean exhausted; /* the share is used up */
  gint64 retry_us;    /* no decoder before */
  gboolean keyframe_wanted;
  gint64 asked_us; /* 0: never */
  guint n_failures;
};

static void
free_packet (gpointer packet)
{
  gst_buffer_unref (packet);
}

CrWallFeed *
cr_wall_feed_new (gint64 share_us)
{
  CrWallFeed *feed = g_new0 (CrWallFeed, 1);

  feed->share_us = share_us;
  feed->credit_us = share_us * SAVED_SHARES;
  return feed;
}

static void
clear_source (CrWallFeed *feed)
{
  g_clear_pointer (&feed->reorder, cr_wall_reorder_free);
  g_clear_pointer (&feed->input, cr_wall_input_free);
  g_clear_pointer (&feed->sprop, g_free);
}

void
cr_wall_feed_free (CrWallFeed *feed)
{
  clear_source (feed);
  g_free (feed);
}

void
cr_wall_feed_set_source (CrWallFeed *feed, CrCodec codec, guint8 payload_type, const gchar *sprop)
{
  clear_source (feed);
  feed->codec = codec;
  feed->payload_type = payload_type;
  feed->sprop = g_strdup (sprop);
  feed->waiting = TRUE;
  feed->keyframe_wanted = FALSE;
  feed->asked_us = 0;
  feed->retry_us = 0;
  if (codec != CR_CODEC_NONE)
    feed->reorder = cr_wall_reorder_new (free_packet);
}

void
cr_wall_feed_receive (CrWallFeed *feed, GstBuffer *buffer, gint64 now_us)
{
  CrRtpPacket packet;
  GstMapInfo map;
  gboolean valid;

  if (feed->codec == CR_CODEC_NONE || !gst_buffer_map (buffer, &map, GST_MAP_READ)) {
    gst_buffer_unref (buffer);
    return;
  }
  valid = cr_rtp_packet_parse (&packet, map.data, map.size);
  gst_buffer_unmap (buffer, &map);
  if (valid)
    cr_wall_reorder_push (feed->reorder, packet.seq, buffer, now_us);
  else
    gst_buffer_unref (buffer);
}

static gboolean
starts_keyframe (CrWallFeed *feed, GstBuffer *buffer)
{
  CrRtpPacket packet;
  GstMapInfo map;
  gboolean starts;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return FALSE;
  starts = cr_rtp_packet_parse (&packet, map.data, map.size) &&
           cr_rtp_packet_parse_payload (&packet, feed->codec) && packet.starts_keyframe;
  gst_buffer_unmap (buffer, &map);
  return starts;
}

static gint64
thread_cpu_us (void)
{
  struct timespec used;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &used);
  return used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

static void
give_up (CrWallFeed *feed, gint64 now_us)
{
  g_clear_pointer (&feed->input, cr_wall_input_free);
  feed->waiting = TRUE;
  feed->retry_us = now_us + RETRY_US;
  feed->n_failures++;
}

/* What making a decoder costs is not counted: the first of a process brings its libraries with it. */
static void
decode (CrWallFeed *feed, GstBuffer *packet, gint64 now_us)
{
  gint64 before_us;

  if (feed->input == NULL)
    feed->input = cr_wall_input_new (feed->codec, feed->payload_type, feed->sprop);
  if (feed->input == NULL) {
    gst_buffer_unref (packet);
    give_up (feed, now_us);
    return;
  }
  before_us = thread_cpu_us ();
  if (cr_wall_input_push (feed->input, packet))
    feed->keyframe_wanted |= cr_wall_input_take_keyframe_wanted (feed->input);
  else
    give_up (feed, now_us);
  feed->credit_us -= thread_cpu_us () - before_us;
  if (feed->credit_us < 0) {
    feed->exhausted = TRUE;
    feed->waiting = TRUE; /* what is left out now is missing later */
  }
}

static void
drop_stale (CrWallFeed *feed, gint64 now_us)
{
  gint64 due_us = cr_wall_reorder_due_us (feed->reorder);

  if (due_us == G_MAXINT64 || now_us - due_us < STALE_US)
    return;
  cr_wall_reorder_clear (feed->reorder);
  feed->waiting = TRUE;
  feed->keyframe_wanted = TRUE;
}

gboolean
cr_wall_feed_step (CrWallFeed *feed, gint64 now_us)
{
  gboolean lost = FALSE;
  g_autoptr (GstBuffer) packet = NULL;

  if (feed->reorder == NULL)
    return FALSE;
  drop_stale (feed, now_us);
  packet = cr_wall_reorder_pop (feed->reorder, now_us, &lost);
  if (packet == NULL)
    return FALSE;
  if (feed->exhausted || now_us < feed->retry_us)
    return TRUE;
  feed->keyframe_wanted |= lost;
  if (feed->waiting || feed->keyframe_wanted) {
    if (starts_keyframe (feed, packet)) {
      feed->waiting = FALSE;
      feed->keyframe_wanted = FALSE;
    }
    feed->keyframe_wanted |= feed->waiting;
  }
  if (!feed->waiting)
    decode (feed, g_steal_pointer (&packet), now_us);
  return TRUE;
}

gint64
cr_wall_feed_due_us (const CrWallFeed *feed)
{
  return feed->reorder != NULL ? cr_wall_reorder_due_us (feed->reorder) : G_MAXINT64;
}

void
cr_wall_feed_refill (CrWallFeed *feed)
{
  gint64 most_us = feed->share_us * SAVED_SHARES;

  feed->credit_us = MIN (feed->credit_us + feed->share_us, most_us);
  if (feed->exhausted && feed->credit_us >= most_us / 2) {
    feed->exhausted = FALSE;
    feed->keyframe_wanted = TRUE;
  }
}

GstBuffer *
cr_wall_feed_take_picture (CrWallFeed *feed, GstVideoInfo *info)
{
  return feed->input != NULL ? cr_wall_input_take_picture (feed->input, info) : NULL;
}

gboolean
cr_wall_feed_take_keyframe_request (CrWallFeed *feed, gint64 now_us)
{
  gint64 interval_us = feed->waiting ? ASK_WAITING_US : ASK_LOST_US;

  if (!feed->keyframe_wanted || (feed->asked_us != 0 && now_us - feed->asked_us < interval_us))
    return FALSE;
  feed->keyframe_wanted = FALSE;
  feed->asked_us = MAX (now_us, 1);
  return TRUE;
}

guint
cr_wall_feed_get_n_failures (const CrWallFeed *feed)
{
  return feed->n_failures;
}

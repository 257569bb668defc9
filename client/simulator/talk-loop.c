/* SPDX-License-Identifier: Apache-2.0
 *
 *   frames -> appsrc -> encoder -> payloader -> appsink -> payloads
 */
#include "talk-loop.h"

#include "talk-picture.h"
#include "talk-tone.h"
#include <gio/gio.h>
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>
#include <gst/rtp/rtp.h>
#include <math.h>
#include <string.h>

/* Leaves room for MID, RID and SRTP's tag where browsers do. */
#define MTU_BYTES 1150

#define RATE_HZ 48000

/* The first second has the encoder's beginning, the last its end: of three the second is looped. */
#define TONE_S 3

#define TONE_AMPLITUDE 8000
#define TONE_BPS       24000

/* Encoding seconds takes milliseconds; whoever waits longer waits for nothing. */
#define ENCODER_TIMEOUT (20 * GST_SECOND)

#define NAL_TYPE_MASK 0x1f
#define NAL_SPS       7
#define NAL_STAP_A    24

typedef struct {
  guint width, height, frames_per_s, seconds, kbps;
} Format;

/* The limits of the wall's layer are 100 kbit/s, of the floor's 900: the payloads stay well below. */
static const Format small = {320, 180, 10, 4, 60};
static const Format large = {1280, 720, 15, 3, 700};

static void
clear_packet (gpointer data)
{
  g_bytes_unref (((CrTalkPacket *)data)->payload);
}

static CrTalkLoop *
loop_new (CrCodec codec, gint64 duration_us)
{
  CrTalkLoop *loop = g_new0 (CrTalkLoop, 1);

  loop->codec = codec;
  loop->duration_us = duration_us;
  loop->packets = g_array_new (FALSE, FALSE, sizeof (CrTalkPacket));
  g_array_set_clear_func (loop->packets, clear_packet);
  return loop;
}

void
cr_talk_loop_free (CrTalkLoop *loop)
{
  g_array_unref (loop->packets);
  g_free (loop);
}

/* Keeps an RTP packet's payload, if it was captured within [from_us, from_us + the loop's duration). */
static void
keep_packet (CrTalkLoop *loop, GstBuffer *buffer, gint64 from_us)
{
  gint64 at_us = (gint64)(GST_BUFFER_PTS (buffer) / GST_USECOND) - from_us;
  GstRTPBuffer rtp = GST_RTP_BUFFER_INIT;
  CrTalkPacket packet = {.at_us = at_us};

  if (at_us < 0 || at_us >= loop->duration_us || !gst_rtp_buffer_map (buffer, GST_MAP_READ, &rtp))
    return;
  packet.payload = g_bytes_new (gst_rtp_buffer_get_payload (&rtp), gst_rtp_buffer_get_payload_len (&rtp));
  packet.marker = gst_rtp_buffer_get_marker (&rtp);
  gst_rtp_buffer_unmap (&rtp);
  g_array_append_val (loop->packets, packet);
}

/* Takes everything that comes out until the end. */
static gboolean
drain (GstElement *pipeline, CrTalkLoop *loop, gint64 from_us, GError **error)
{
  g_autoptr (GstElement) sink = gst_bin_get_by_name (GST_BIN (pipeline), "out");
  GstSample *sample;

  while ((sample = gst_app_sink_try_pull_sample (GST_APP_SINK (sink), ENCODER_TIMEOUT)) != NULL) {
    keep_packet (loop, gst_sample_get_buffer (sample), from_us);
    gst_sample_unref (sample);
  }
  if (loop->packets->len > 0)
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED,
                       "the encoder of a simulated classroom made nothing");
  return FALSE;
}

/* Takes the buffers of `frames`. What comes out from `from_us` on is kept. */
static gboolean
encode (CrTalkLoop *loop, const gchar *description, GQueue *frames, gint64 from_us, GError **error)
{
  g_autoptr (GError) parse_error = NULL;
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, &parse_error);
  g_autoptr (GstElement) source = NULL;
  gboolean done;

  if (parse_error != NULL) {
    g_propagate_error (error, g_steal_pointer (&parse_error));
    g_queue_clear_full (frames, (GDestroyNotify)gst_buffer_unref);
    return FALSE;
  }
  gst_object_ref_sink (pipeline);
  source = gst_bin_get_by_name (GST_BIN (pipeline), "in");
  gst_element_set_state (pipeline, GST_STATE_PLAYING);
  while (!g_queue_is_empty (frames))
    gst_app_src_push_buffer (GST_APP_SRC (source), g_queue_pop_head (frames));
  gst_app_src_end_of_stream (GST_APP_SRC (source));
  done = drain (pipeline, loop, from_us, error);
  gst_element_set_state (pipeline, GST_STATE_NULL);
  return done;
}

static GstBuffer *
paint_frame (const Format *format, guint number, guint index, GRand *chance)
{
  GstVideoInfo info;
  GstVideoFrame frame;
  GstBuffer *buffer;

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, format->width, format->height);
  buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&info), NULL);
  GST_BUFFER_PTS (buffer) = gst_util_uint64_scale (index, GST_SECOND, format->frames_per_s);
  GST_BUFFER_DURATION (buffer) = GST_SECOND / format->frames_per_s;
  if (gst_video_frame_map (&frame, &info, buffer, GST_MAP_WRITE)) {
    cr_talk_picture_paint (&frame, number, (gdouble)index / (format->seconds * format->frames_per_s), chance);
    gst_video_frame_unmap (&frame);
  }
  return buffer;
}

/* x264enc's PTS begin at 1000 hours, which its segment takes back; offsets count from its first frame. */
static gchar *
describe_video (CrCodec codec, const Format *format)
{
  g_autofree gchar *input = g_strdup_printf (
      "appsrc name=in format=time max-bytes=0 caps=video/x-raw,format=I420,width=%u,height=%u,"
      "framerate=%u/1,pixel-aspect-ratio=1/1",
      format->width, format->height, format->frames_per_s);

  if (codec == CR_CODEC_VP8)
    return g_strdup_printf ("%s ! vp8enc deadline=1 cpu-used=8 threads=1 lag-in-frames=0 end-usage=cbr "
                            "target-bitrate=%u keyframe-max-dist=9999 ! "
                            "rtpvp8pay picture-id-mode=none mtu=%d ! appsink name=out sync=false",
                            input, format->kbps * 1000, MTU_BYTES);
  return g_strdup_printf (
      "%s ! x264enc tune=zerolatency speed-preset=superfast threads=1 bframes=0 "
      "aud=false byte-stream=true bitrate=%u key-int-max=9999 option-string=scenecut=0 ! "
      "video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au ! "
      "rtph264pay aggregate-mode=zero-latency config-interval=-1 mtu=%d ! "
      "appsink name=out sync=false",
      input, format->kbps, MTU_BYTES);
}

/* Offsets from the first packet. */
static void
rebase (CrTalkLoop *loop)
{
  gint64 first_us = g_array_index (loop->packets, CrTalkPacket, 0).at_us;

  for (guint i = 0; i < loop->packets->len; i++)
    g_array_index (loop->packets, CrTalkPacket, i).at_us -= first_us;
}

static CrTalkLoop *
new_video (CrCodec codec, const Format *format, guint number, GError **error)
{
  g_autoptr (CrTalkLoop) loop = loop_new (codec, G_MAXINT64);
  g_autoptr (GRand) chance = g_rand_new_with_seed (number);
  g_autofree gchar *description = describe_video (codec, format);
  GQueue frames = G_QUEUE_INIT;

  for (guint i = 0; i < format->seconds * format->frames_per_s; i++)
    g_queue_push_tail (&frames, paint_frame (format, number, i, chance));
  if (!encode (loop, description, &frames, 0, error))
    return NULL;
  rebase (loop);
  loop->duration_us = format->seconds * G_USEC_PER_SEC;
  return g_steal_pointer (&loop);
}

CrTalkLoop *
cr_talk_loop_new_small (CrCodec codec, guint number, GError **error)
{
  return new_video (codec, &small, number, error);
}

CrTalkLoop *
cr_talk_loop_new_large (CrCodec codec, GError **error)
{
  return new_video (codec, &large, 0, error);
}

CrTalkLoop *
cr_talk_loop_new_tone (guint number, GError **error)
{
  g_autoptr (CrTalkLoop) loop = loop_new (CR_CODEC_OPUS, G_USEC_PER_SEC);
  g_autofree gchar *description = g_strdup_printf (
      "appsrc name=in format=time max-bytes=0 caps=audio/x-raw,format=%s,rate=%d,channels=1,"
      "layout=interleaved ! opusenc bitrate=%d bitrate-type=cbr frame-size=20 audio-type=generic ! "
      "rtpopuspay mtu=%d ! appsink name=out sync=false",
      G_BYTE_ORDER == G_LITTLE_ENDIAN ? "S16LE" : "S16BE", RATE_HZ, TONE_BPS, MTU_BYTES);
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, TONE_S * RATE_HZ * sizeof (gint16), NULL);
  guint hz = cr_talk_tone_hz (number);
  GQueue frames = G_QUEUE_INIT;
  GstMapInfo map;

  if (gst_buffer_map (buffer, &map, GST_MAP_WRITE)) {
    gint16 *samples = (gint16 *)map.data;

    for (guint i = 0; i < TONE_S * RATE_HZ; i++)
      samples[i] = (gint16)(TONE_AMPLITUDE * sin (2 * G_PI * hz * (i % RATE_HZ) / RATE_HZ));
    gst_buffer_unmap (buffer, &map);
  }
  GST_BUFFER_PTS (buffer) = 0;
  g_queue_push_tail (&frames, buffer);
  if (!encode (loop, description, &frames, G_USEC_PER_SEC, error))
    return NULL;
  rebase (loop);
  return g_steal_pointer (&loop);
}

guint
cr_talk_loop_get_kbps (const CrTalkLoop *loop)
{
  guint64 bytes = 0;

  for (guint i = 0; i < loop->packets->len; i++)
    bytes += g_bytes_get_size (g_array_index (loop->packets, CrTalkPacket, i).payload);
  return (guint)(bytes * 8 * 1000 / (guint64)loop->duration_us);
}

/* In an aggregation packet or one of its own (RFC 6184 sections 5.6 and 5.7.1). */
GBytes *
cr_talk_loop_dup_parameter_set (const CrTalkLoop *loop)
{
  const CrTalkPacket *first = &g_array_index (loop->packets, CrTalkPacket, 0);
  gsize n = 0;
  const guint8 *data = g_bytes_get_data (first->payload, &n);

  if (loop->codec != CR_CODEC_H264 || n == 0)
    return NULL;
  if ((data[0] & NAL_TYPE_MASK) == NAL_SPS)
    return g_bytes_new (data, n);
  if ((data[0] & NAL_TYPE_MASK) != NAL_STAP_A)
    return NULL;
  for (gsize at = 1; at + 2 < n;) {
    gsize size = (gsize)data[at] << 8 | data[at + 1];

    if ((data[at + 2] & NAL_TYPE_MASK) == NAL_SPS && at + 2 + size <= n)
      return g_bytes_new (data + at + 2, size);
    at += 2 + size;
  }
  return NULL;
}

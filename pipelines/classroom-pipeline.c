/* SPDX-License-Identifier: Apache-2.0
 *
 *   appsrc (RTP)  -> rtpbin, one session for the whole BUNDLE -> depay -> decoder -> fakesink (counted)
 *   appsrc (RTCP) -^
 *
 * rtpbin aligns streams of one CNAME by their sender reports, as it does in any GStreamer player.
 */
#include "classroom-pipeline.h"

#include "flash-beep.h"
#include "rtc/rtcp-in.h"
#include <gio/gio.h>
#include <stdio.h>
#include <gst/app/gstappsrc.h>
#include <gst/audio/audio.h>
#include <gst/video/video.h>

#define N_STREAMS (CR_CLASSROOM_MAX_VIDEO + CR_CLASSROOM_MAX_AUDIO)

/* What a browser's jitter buffer grows to on a line with some loss. */
#define JITTER_MS 200

#define FREEZE_US G_USEC_PER_SEC

/* A frame's brightness is read from every so many pixels of every so many rows. */
#define LUMA_STEP 16

/* Of the sound handed to the beep's finder; the chain below converts to it. */
#define RATE_HZ 48000

typedef struct {
  CrClassroomPipeline *pipeline;
  guint index; /* video first, then audio */
  CrMediaKind kind;
  guint32 ssrc; /* of the last packet; 0: none yet */
  gint64 last_frame_us;
} Stream;

/* The last sender report of an SSRC (RFC 3550 section 6.4.1). */
typedef struct {
  guint64 ntp_ns;
  guint32 timestamp_rtp;
} Report;

struct CrClassroomPipeline {
  GstElement *pipeline, *rtpbin;
  GstElement *rtp, *rtcp; /* appsrc */
  guint bus_watch;
  GMutex lock; /* over what follows: streaming threads read and write */
  Stream streams[N_STREAMS];
  CrCodec codecs[128]; /* by payload type */
  GHashTable *reports; /* SSRC to Report; the pushing thread's alone */
  CrClassroomPipelineStats stats;
  CrFlashBeep played;   /* by the times at which they are shown and heard */
  CrFlashBeep captured; /* by the sender's clock, as its reports tell it */
};

static Stream *
find_stream (CrClassroomPipeline *pipeline, CrMediaKind kind, guint index)
{
  if (kind == CR_MEDIA_VIDEO)
    return index < CR_CLASSROOM_MAX_VIDEO ? &pipeline->streams[index] : NULL;
  return index < CR_CLASSROOM_MAX_AUDIO ? &pipeline->streams[CR_CLASSROOM_MAX_VIDEO + index] : NULL;
}

/* [streaming thread] */
static GstCaps *
on_request_pt_map (GstElement *rtpbin, guint session, guint payload_type, gpointer data)
{
  CrClassroomPipeline *pipeline = data;
  CrCodec codec = pipeline->codecs[payload_type & 0x7f];

  if (codec == CR_CODEC_NONE)
    return NULL;
  return gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING,
                              cr_codec_kind (codec) == CR_MEDIA_VIDEO ? "video" : "audio", "encoding-name",
                              G_TYPE_STRING, cr_codec_encoding_name (codec), "clock-rate", G_TYPE_INT,
                              (gint)cr_codec_clock_rate (codec), "payload", G_TYPE_INT, (gint)payload_type,
                              NULL);
}

static GstClockTime
running_time_of (GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstEvent) event = gst_pad_get_sticky_event (pad, GST_EVENT_SEGMENT, 0);
  const GstSegment *segment;

  if (event == NULL)
    return GST_CLOCK_TIME_NONE;
  gst_event_parse_segment (event, &segment);
  return gst_segment_to_running_time (segment, GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
}

static GstStaticCaps capture_caps = GST_STATIC_CAPS ("timestamp/x-ntp");

/* Capture time on the sender's clock, put there by mark_capture_time(); none before a sender report. */
static GstClockTime
capture_time_of (GstBuffer *buffer)
{
  g_autoptr (GstCaps) caps = gst_static_caps_get (&capture_caps);
  GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta (buffer, caps);

  return meta == NULL ? GST_CLOCK_TIME_NONE : meta->timestamp;
}

/* Mean of the luma plane, 0 when it cannot be read. */
static guint
mean_luma (GstPad *pad, GstBuffer *buffer)
{
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstVideoInfo info;
  GstVideoFrame frame;
  guint64 sum = 0, n = 0;

  if (caps == NULL || !gst_video_info_from_caps (&info, caps) ||
      !gst_video_frame_map (&frame, &info, buffer, GST_MAP_READ))
    return 0;
  for (gint y = 0; y < GST_VIDEO_FRAME_HEIGHT (&frame); y += LUMA_STEP) {
    const guint8 *row = (const guint8 *)GST_VIDEO_FRAME_PLANE_DATA (&frame, 0) +
                        (gsize)y * GST_VIDEO_FRAME_PLANE_STRIDE (&frame, 0);

    for (gint x = 0; x < GST_VIDEO_FRAME_WIDTH (&frame); x += LUMA_STEP, n++)
      sum += row[x];
  }
  gst_video_frame_unmap (&frame);
  return n == 0 ? 0 : (guint)(sum / n);
}

static GstPadProbeReturn
on_frame (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Stream *stream = data;
  CrClassroomPipeline *pipeline = stream->pipeline;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gint64 now_us = g_get_monotonic_time ();
  guint luma = stream->index == 0 ? mean_luma (pad, buffer) : 0;
  GstClockTime running_time = running_time_of (pad, buffer);
  GstClockTime capture_time = capture_time_of (buffer);

  g_mutex_lock (&pipeline->lock);
  pipeline->stats.frames[stream->index]++;
  if (stream->last_frame_us != 0) {
    gint64 gap_us = now_us - stream->last_frame_us;

    pipeline->stats.longest_gap_us = MAX (pipeline->stats.longest_gap_us, gap_us);
    if (gap_us > FREEZE_US)
      pipeline->stats.freezes++;
  }
  stream->last_frame_us = now_us;
  if (stream->index == 0 && GST_CLOCK_TIME_IS_VALID (running_time))
    cr_flash_beep_take_picture (&pipeline->played, luma, running_time);
  if (stream->index == 0 && GST_CLOCK_TIME_IS_VALID (capture_time))
    cr_flash_beep_take_picture (&pipeline->captured, luma, capture_time);
  g_mutex_unlock (&pipeline->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_sound (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Stream *stream = data;
  CrClassroomPipeline *pipeline = stream->pipeline;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  guint index = stream->index - CR_CLASSROOM_MAX_VIDEO;
  GstClockTime running_time = running_time_of (pad, buffer);
  GstClockTime capture_time = capture_time_of (buffer);
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&pipeline->lock);
  pipeline->stats.samples[index] += map.size / sizeof (gint16);
  if (index == 0 && GST_CLOCK_TIME_IS_VALID (running_time))
    cr_flash_beep_take_sound (&pipeline->played, (const gint16 *)map.data, map.size / sizeof (gint16),
                              RATE_HZ, running_time);
  if (index == 0 && GST_CLOCK_TIME_IS_VALID (capture_time))
    cr_flash_beep_take_sound (&pipeline->captured, (const gint16 *)map.data, map.size / sizeof (gint16),
                              RATE_HZ, capture_time);
  g_mutex_unlock (&pipeline->lock);
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

static const gchar *
chain_for (CrCodec codec)
{
  switch (codec) {
  case CR_CODEC_H264:
    return "rtph264depay ! h264parse ! avdec_h264 max-threads=1 ! fakesink name=sink sync=false async=false";
  case CR_CODEC_VP8:
    return "rtpvp8depay ! vp8dec threads=1 ! fakesink name=sink sync=false async=false";
  case CR_CODEC_OPUS:
    return "rtpopusdepay ! opusdec plc=true ! audioconvert ! audioresample ! "
           "audio/x-raw,format=S16LE,rate=48000,channels=1 ! fakesink name=sink sync=false async=false";
  default:
    return NULL;
  }
}

static Stream *
find_ssrc (CrClassroomPipeline *pipeline, guint32 ssrc)
{
  for (guint i = 0; i < N_STREAMS; i++) {
    if (pipeline->streams[i].ssrc == ssrc)
      return &pipeline->streams[i];
  }
  return NULL;
}

/* "recv_rtp_src_<session>_<ssrc>_<payload type>". [streaming thread] */
static void
on_pad_added (GstElement *rtpbin, GstPad *pad, gpointer data)
{
  CrClassroomPipeline *pipeline = data;
  guint session, ssrc, payload_type;
  g_autofree gchar *name = gst_pad_get_name (pad);
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) sink_pad = NULL;
  g_autoptr (GstPad) bin_pad = NULL;
  const gchar *chain;
  GstElement *bin;
  Stream *stream;

  if (sscanf (name, "recv_rtp_src_%u_%u_%u", &session, &ssrc, &payload_type) != 3)
    return;
  g_mutex_lock (&pipeline->lock);
  stream = find_ssrc (pipeline, ssrc);
  g_mutex_unlock (&pipeline->lock);
  chain = chain_for (pipeline->codecs[payload_type & 0x7f]);
  bin = chain == NULL || stream == NULL ? NULL : gst_parse_bin_from_description (chain, TRUE, NULL);
  if (bin == NULL)
    return;
  sink = gst_bin_get_by_name (GST_BIN (bin), "sink");
  sink_pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (sink_pad, GST_PAD_PROBE_TYPE_BUFFER,
                     stream->kind == CR_MEDIA_VIDEO ? on_frame : on_sound, stream, NULL);
  gst_bin_add (GST_BIN (pipeline->pipeline), bin);
  bin_pad = gst_element_get_static_pad (bin, "sink");
  gst_element_sync_state_with_parent (bin);
  gst_pad_link (pad, bin_pad);
}

static gboolean
on_bus_message (GstBus *bus, GstMessage *message, gpointer data)
{
  CrClassroomPipeline *pipeline = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY)
    gst_bin_recalculate_latency (GST_BIN (pipeline->pipeline));
  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_mutex_lock (&pipeline->lock);
    pipeline->stats.errors++;
    g_mutex_unlock (&pipeline->lock);
  }
  return G_SOURCE_CONTINUE;
}

static GstElement *
add_source (CrClassroomPipeline *pipeline, const gchar *pad_name, const gchar *media_type)
{
  GstElement *source = gst_element_factory_make ("appsrc", NULL);
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple (media_type);

  g_object_set (source, "is-live", TRUE, "format", GST_FORMAT_TIME, "do-timestamp", TRUE, "caps", caps, NULL);
  gst_bin_add (GST_BIN (pipeline->pipeline), source);
  gst_element_link_pads (source, "src", pipeline->rtpbin, pad_name);
  return source;
}

/* Every decoder once, so that a missing plugin is told at the start. */
static gboolean
check_plugins (GError **error)
{
  static const CrCodec codecs[] = {CR_CODEC_H264, CR_CODEC_VP8, CR_CODEC_OPUS};

  for (guint i = 0; i < G_N_ELEMENTS (codecs); i++) {
    GstElement *chain = gst_parse_bin_from_description (chain_for (codecs[i]), TRUE, error);

    if (chain == NULL)
      return FALSE;
    gst_object_unref (gst_object_ref_sink (chain));
  }
  return TRUE;
}

CrClassroomPipeline *
cr_classroom_pipeline_new (GError **error)
{
  GstElement *rtpbin = gst_element_factory_make ("rtpbin", NULL);
  g_autoptr (GstBus) bus = NULL;
  CrClassroomPipeline *pipeline;

  if (rtpbin == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED,
                         "GStreamer's rtpmanager plugin is missing");
    return NULL;
  }
  if (!check_plugins (error)) {
    gst_object_unref (gst_object_ref_sink (rtpbin));
    return NULL;
  }
  pipeline = g_new0 (CrClassroomPipeline, 1);
  pipeline->reports = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  g_mutex_init (&pipeline->lock);
  cr_flash_beep_init (&pipeline->played);
  cr_flash_beep_init (&pipeline->captured);
  pipeline->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  pipeline->rtpbin = rtpbin;
  for (guint i = 0; i < N_STREAMS; i++)
    pipeline->streams[i] = (Stream){.pipeline = pipeline,
                                    .index = i,
                                    .kind = i < CR_CLASSROOM_MAX_VIDEO ? CR_MEDIA_VIDEO : CR_MEDIA_AUDIO};
  g_object_set (rtpbin, "latency", JITTER_MS, "do-lost", TRUE, NULL);
  gst_bin_add (GST_BIN (pipeline->pipeline), rtpbin);
  g_signal_connect (rtpbin, "request-pt-map", G_CALLBACK (on_request_pt_map), pipeline);
  g_signal_connect (rtpbin, "pad-added", G_CALLBACK (on_pad_added), pipeline);
  pipeline->rtp = add_source (pipeline, "recv_rtp_sink_0", "application/x-rtp");
  pipeline->rtcp = add_source (pipeline, "recv_rtcp_sink_0", "application/x-rtcp");
  bus = gst_pipeline_get_bus (GST_PIPELINE (pipeline->pipeline));
  pipeline->bus_watch = gst_bus_add_watch (bus, on_bus_message, pipeline);
  gst_element_set_state (pipeline->pipeline, GST_STATE_PLAYING);
  return pipeline;
}

void
cr_classroom_pipeline_free (CrClassroomPipeline *pipeline)
{
  g_source_remove (pipeline->bus_watch);
  gst_element_set_state (pipeline->pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline->pipeline);
  g_hash_table_unref (pipeline->reports);
  g_mutex_clear (&pipeline->lock);
  g_free (pipeline);
}

void
cr_classroom_pipeline_add_payload_type (CrClassroomPipeline *pipeline, guint8 payload_type, CrCodec codec)
{
  pipeline->codecs[payload_type & 0x7f] = codec;
}

static guint32
read_u32 (const guint8 *at)
{
  return (guint32)at[0] << 24 | at[1] << 16 | at[2] << 8 | at[3];
}

/* Travels with the packet through depayloader and decoder. */
static void
mark_capture_time (CrClassroomPipeline *pipeline, GstBuffer *buffer, const guint8 *packet)
{
  const Report *report = g_hash_table_lookup (pipeline->reports, GUINT_TO_POINTER (read_u32 (packet + 8)));
  CrCodec codec = pipeline->codecs[packet[1] & 0x7f];
  g_autoptr (GstCaps) caps = NULL;
  gint64 since_ns;

  if (report == NULL || codec == CR_CODEC_NONE)
    return;
  caps = gst_static_caps_get (&capture_caps);
  since_ns = (gint64)cr_rtp_time_distance (read_u32 (packet + 4), report->timestamp_rtp) *
             (gint64)GST_SECOND / cr_codec_clock_rate (codec);
  gst_buffer_add_reference_timestamp_meta (buffer, caps, report->ntp_ns + since_ns, GST_CLOCK_TIME_NONE);
}

static void
on_sender_report (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets, gpointer user)
{
  CrClassroomPipeline *pipeline = user;
  Report *report = g_new (Report, 1);

  report->ntp_ns = gst_util_uint64_scale (ntp, GST_SECOND, G_GUINT64_CONSTANT (1) << 32);
  report->timestamp_rtp = rtp;
  g_hash_table_replace (pipeline->reports, GUINT_TO_POINTER (ssrc), report);
}

void
cr_classroom_pipeline_push_rtp (CrClassroomPipeline *pipeline, CrMediaKind kind, guint index,
                                const guint8 *packet, gsize length_bytes)
{
  Stream *stream = find_stream (pipeline, kind, index);
  GstBuffer *buffer;

  if (stream == NULL || length_bytes < 12)
    return;
  g_mutex_lock (&pipeline->lock);
  stream->ssrc = read_u32 (packet + 8);
  g_mutex_unlock (&pipeline->lock);
  buffer = gst_buffer_new_memdup (packet, length_bytes);
  mark_capture_time (pipeline, buffer, packet);
  gst_app_src_push_buffer (GST_APP_SRC (pipeline->rtp), buffer);
}

void
cr_classroom_pipeline_push_rtcp (CrClassroomPipeline *pipeline, const guint8 *packet, gsize length_bytes)
{
  const CrRtcpHandler handler = {.sender_report = on_sender_report};

  if (!cr_rtcp_parse (packet, length_bytes, &handler, pipeline))
    return;
  gst_app_src_push_buffer (GST_APP_SRC (pipeline->rtcp), gst_buffer_new_memdup (packet, length_bytes));
}

void
cr_classroom_pipeline_get_stats (CrClassroomPipeline *pipeline, CrClassroomPipelineStats *stats)
{
  g_mutex_lock (&pipeline->lock);
  *stats = pipeline->stats;
  stats->n_offsets = pipeline->played.n_pairs;
  stats->av_offset_ms = cr_flash_beep_get_offset_ms (&pipeline->played);
  stats->av_worst_ms = pipeline->played.worst_ms;
  stats->n_capture_offsets = pipeline->captured.n_pairs;
  stats->av_capture_offset_ms = cr_flash_beep_get_offset_ms (&pipeline->captured);
  stats->av_capture_worst_ms = pipeline->captured.worst_ms;
  g_mutex_unlock (&pipeline->lock);
}

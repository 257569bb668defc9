/* SPDX-License-Identifier: Apache-2.0
 *
 *   videotestsrc (painted by a probe) -> textoverlay -> clockoverlay -+
 *   file -> appsrc -> clocksync --------------------------------------+-> x264enc | vp8enc -> appsink
 *
 *   audiotestsrc (filled by a probe) -+
 *   file -> appsrc -> clocksync ------+-> opusenc -> appsink
 */
#include "demo-pipeline.h"

#include "demo-file.h"
#include "demo-picture.h"
#include "demo-voice.h"
#include "video-encoder.h"
#include <gst/app/gstappsink.h>
#include <gst/app/gstappsrc.h>

/* Distance of keyframes in seconds: a joiner whose requests are ignored waits no longer. */
#define KEYFRAME_DISTANCE_S 2

#define OPUS_BITRATE_BPS 32000

typedef struct {
  CrDemoPipeline *demo;
  CrMediaKind kind;
  GstElement *file_source; /* appsrc; NULL when the track is synthetic */
} Track;

struct CrDemoPipeline {
  CrDemoConfig config;
  CrDemoFunc func;
  gpointer data;
  GstElement *pipeline;
  GstElement *overlay; /* text of the slides; NULL on a camera */
  GstElement *encoder;
  CrDemoFile *file;
  GBytes *voice;
  const gchar *shown;      /* slide text on the overlay now */
  GstClockTime grid_shift; /* see align_to_grid() */
  Track tracks[2];         /* by CrMediaKind */
};

static gchar *
raw_video_caps (const CrDemoConfig *config)
{
  return g_strdup_printf (
      "\"video/x-raw,format=I420,width=%u,height=%u,framerate=%u/1,pixel-aspect-ratio=1/1\"", config->width,
      config->height, config->frames_per_s);
}

static gchar *
raw_audio_caps (void)
{
  return g_strdup_printf ("\"audio/x-raw,format=%s,rate=%d,channels=1,layout=interleaved\"",
                          G_BYTE_ORDER == G_LITTLE_ENDIAN ? "S16LE" : "S16BE", CR_DEMO_RATE_HZ);
}

static const gchar *
overlay_for (const CrDemoConfig *config)
{
  if (config->flash_beep)
    return "identity";
  if (config->source == CR_SOURCE_SCREEN)
    return "textoverlay name=overlay font-desc=\"Noto Sans CJK SC, sans 26\" "
           "color=0xff202020 draw-outline=false draw-shadow=false halignment=center valignment=center "
           "line-alignment=center";
  return "textoverlay text=\"ClassRelay · 主讲教室\" font-desc=\"Noto Sans CJK SC, sans 16\" "
         "draw-shadow=false "
         "halignment=left valignment=top ! "
         "clockoverlay time-format=\"%H:%M:%S\" font-desc=\"sans bold 24\" draw-shadow=false "
         "halignment=right valignment=top";
}

static gchar *
encoder_for (const CrDemoConfig *config)
{
  CrVideoEncoding encoding = {.codec = config->video_codec,
                              .bitrate_kbps = config->bitrate_kbps,
                              .keyframe_distance = config->frames_per_s * KEYFRAME_DISTANCE_S,
                              .h264_preset = "superfast"};

  return cr_video_encoder_describe (&encoding);
}

static gboolean
is_from_file (CrDemoPipeline *demo, CrMediaKind kind)
{
  return demo->file != NULL && cr_demo_file_has (demo->file, kind);
}

static gchar *
describe (CrDemoPipeline *demo)
{
  const CrDemoConfig *config = &demo->config;
  g_autoptr (GString) text = g_string_new (NULL);
  g_autofree gchar *video_caps = raw_video_caps (config);
  g_autofree gchar *audio_caps = raw_audio_caps ();
  g_autofree gchar *encoder = encoder_for (config);

  if (is_from_file (demo, CR_MEDIA_VIDEO))
    g_string_append_printf (text,
                            "appsrc name=video is-live=true format=time block=true max-bytes=0 max-buffers=4 "
                            "caps=%s ! clocksync ! ",
                            video_caps);
  else
    g_string_append_printf (
        text, "videotestsrc name=picture pattern=black is-live=true ! capsfilter caps=%s ! %s ! ", video_caps,
        overlay_for (config));
  g_string_append_printf (text, "%s ! appsink name=video-out sync=false async=false ", encoder);

  if (!config->audio)
    return g_string_free (g_steal_pointer (&text), FALSE);
  if (is_from_file (demo, CR_MEDIA_AUDIO))
    g_string_append_printf (text,
                            "appsrc name=audio is-live=true format=time block=true max-bytes=0 "
                            "max-time=200000000 caps=%s ! clocksync ! ",
                            audio_caps);
  else
    g_string_append_printf (
        text, "audiotestsrc name=sound is-live=true wave=silence samplesperbuffer=%d ! capsfilter caps=%s ! ",
        CR_DEMO_RATE_HZ / 50, audio_caps);
  g_string_append_printf (text,
                          "opusenc bitrate=%d frame-size=20 inband-fec=true packet-loss-percentage=5 ! "
                          "appsink name=audio-out sync=false async=false",
                          OPUS_BITRATE_BPS);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
paint (CrDemoPipeline *demo, GstVideoFrame *frame, GstClockTime running_time)
{
  const gchar *text;

  if (demo->config.flash_beep) {
    cr_demo_picture_flash (frame, running_time);
    return;
  }
  if (demo->config.source == CR_SOURCE_CAMERA) {
    cr_demo_picture_camera (frame, running_time);
    return;
  }
  cr_demo_picture_slide (frame, running_time);
  text = cr_demo_picture_slide_text (running_time);
  if (text != demo->shown && demo->overlay != NULL)
    g_object_set (demo->overlay, "text", text, NULL);
  demo->shown = text;
}

/* A live source counts from the moment it was started. Frames are moved to the grid that has one at every
 * whole second of running time, so that the flash is exactly there. */
static void
align_to_grid (CrDemoPipeline *demo, GstBuffer *buffer)
{
  if (!GST_CLOCK_TIME_IS_VALID (demo->grid_shift)) {
    guint64 n = gst_util_uint64_scale (GST_BUFFER_PTS (buffer), demo->config.frames_per_s, GST_SECOND);

    demo->grid_shift =
        GST_BUFFER_PTS (buffer) - gst_util_uint64_scale (n, GST_SECOND, demo->config.frames_per_s);
  }
  GST_BUFFER_PTS (buffer) -= demo->grid_shift;
}

static GstPadProbeReturn
on_picture (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  CrDemoPipeline *demo = data;
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  GstVideoInfo video_info;
  GstVideoFrame frame;

  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  if (caps == NULL || !gst_video_info_from_caps (&video_info, caps) ||
      !gst_video_frame_map (&frame, &video_info, buffer, GST_MAP_WRITE))
    return GST_PAD_PROBE_DROP;
  align_to_grid (demo, buffer);
  paint (demo, &frame, GST_BUFFER_PTS (buffer));
  gst_video_frame_unmap (&frame);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_sound (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  CrDemoPipeline *demo = data;
  GstBuffer *buffer = gst_buffer_make_writable (GST_PAD_PROBE_INFO_BUFFER (info));
  GstMapInfo map;

  GST_PAD_PROBE_INFO_DATA (info) = buffer;
  if (!gst_buffer_map (buffer, &map, GST_MAP_WRITE))
    return GST_PAD_PROBE_DROP;
  cr_demo_voice_fill ((gint16 *)map.data, map.size / sizeof (gint16), GST_BUFFER_PTS (buffer), demo->voice);
  gst_buffer_unmap (buffer, &map);
  GST_BUFFER_FLAG_UNSET (buffer, GST_BUFFER_FLAG_GAP); /* the source said silence */
  return GST_PAD_PROBE_OK;
}

static void
probe_source (CrDemoPipeline *demo, const gchar *name, GstPadProbeCallback probe)
{
  g_autoptr (GstElement) element = gst_bin_get_by_name (GST_BIN (demo->pipeline), name);
  g_autoptr (GstPad) pad = element == NULL ? NULL : gst_element_get_static_pad (element, "src");

  if (pad != NULL)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, probe, demo, NULL);
}

static GstFlowReturn
on_encoded (GstAppSink *sink, gpointer data)
{
  Track *track = data;
  g_autoptr (GstSample) sample = gst_app_sink_pull_sample (sink);
  g_autoptr (GstBuffer) buffer = NULL;
  g_autoptr (GstSample) rebased = NULL;
  GstClockTime running_time;

  if (sample == NULL)
    return GST_FLOW_EOS;
  /* x264enc counts from 1000 hours on, so that DTS never is negative; its segment takes that back. */
  buffer = gst_buffer_copy (gst_sample_get_buffer (sample));
  running_time =
      gst_segment_to_running_time (gst_sample_get_segment (sample), GST_FORMAT_TIME, GST_BUFFER_PTS (buffer));
  GST_BUFFER_PTS (buffer) = running_time;
  GST_BUFFER_DTS (buffer) = GST_CLOCK_TIME_NONE;
  rebased = gst_sample_new (buffer, gst_sample_get_caps (sample), NULL, NULL);
  if (GST_CLOCK_TIME_IS_VALID (running_time))
    track->demo->func (track->demo, track->kind, rebased, track->demo->data);
  return GST_FLOW_OK;
}

static void
set_up_track (CrDemoPipeline *demo, CrMediaKind kind)
{
  Track *track = &demo->tracks[kind];
  GstAppSinkCallbacks callbacks = {.new_sample = on_encoded};
  gboolean video = kind == CR_MEDIA_VIDEO;
  g_autoptr (GstElement) sink =
      gst_bin_get_by_name (GST_BIN (demo->pipeline), video ? "video-out" : "audio-out");

  track->demo = demo;
  track->kind = kind;
  track->file_source = gst_bin_get_by_name (GST_BIN (demo->pipeline), video ? "video" : "audio");
  if (sink != NULL)
    gst_app_sink_set_callbacks (GST_APP_SINK (sink), &callbacks, track, NULL);
}

/* A raw frame of the file. Blocks until the clock has caught up. */
static void
on_file_buffer (CrMediaKind kind, GstBuffer *buffer, gpointer data)
{
  CrDemoPipeline *demo = data;
  GstElement *source = demo->tracks[kind].file_source;

  if (source == NULL) {
    gst_buffer_unref (buffer); /* a file with sound where none is wanted */
    return;
  }
  gst_app_src_push_buffer (GST_APP_SRC (source), buffer);
}

static gboolean
open_file (CrDemoPipeline *demo, GError **error)
{
  g_autofree gchar *video_caps = raw_video_caps (&demo->config);
  g_autofree gchar *audio_caps = raw_audio_caps ();

  demo->file = cr_demo_file_open (demo->config.file, video_caps, audio_caps, error);
  return demo->file != NULL;
}

CrDemoPipeline *
cr_demo_pipeline_new (const CrDemoConfig *config, CrDemoFunc func, gpointer data, GError **error)
{
  g_autoptr (CrDemoPipeline) demo = g_new0 (CrDemoPipeline, 1);
  g_autofree gchar *description = NULL;
  g_autoptr (GError) parse_error = NULL;

  demo->config = *config;
  demo->grid_shift = GST_CLOCK_TIME_NONE;
  demo->func = func;
  demo->data = data;
  if (config->file != NULL && !open_file (demo, error))
    return NULL;

  description = describe (demo);
  demo->pipeline = gst_parse_launch (description, &parse_error);
  if (parse_error != NULL) {
    g_propagate_error (error, g_steal_pointer (&parse_error));
    return NULL;
  }
  gst_object_ref_sink (demo->pipeline);
  demo->overlay = gst_bin_get_by_name (GST_BIN (demo->pipeline), "overlay");
  demo->encoder = gst_bin_get_by_name (GST_BIN (demo->pipeline), "encoder");
  set_up_track (demo, CR_MEDIA_VIDEO);
  set_up_track (demo, CR_MEDIA_AUDIO);
  if (config->audio && !config->flash_beep && config->source == CR_SOURCE_CAMERA &&
      !is_from_file (demo, CR_MEDIA_AUDIO))
    demo->voice = cr_demo_voice_speak ();
  probe_source (demo, "picture", on_picture);
  probe_source (demo, "sound", on_sound);
  return g_steal_pointer (&demo);
}

void
cr_demo_pipeline_free (CrDemoPipeline *demo)
{
  /* First the encoders, so that a decoder waiting to hand over is set free. */
  if (demo->pipeline != NULL)
    gst_element_set_state (demo->pipeline, GST_STATE_NULL);
  g_clear_pointer (&demo->file, cr_demo_file_free);
  g_clear_object (&demo->tracks[CR_MEDIA_VIDEO].file_source);
  g_clear_object (&demo->tracks[CR_MEDIA_AUDIO].file_source);
  g_clear_object (&demo->overlay);
  g_clear_object (&demo->encoder);
  g_clear_object (&demo->pipeline);
  g_clear_pointer (&demo->voice, g_bytes_unref);
  g_free (demo);
}

void
cr_demo_pipeline_play (CrDemoPipeline *demo)
{
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  GstClockTime base_time = gst_clock_get_time (clock);

  gst_pipeline_use_clock (GST_PIPELINE (demo->pipeline), clock);
  gst_element_set_start_time (demo->pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (demo->pipeline, base_time);
  gst_element_set_state (demo->pipeline, GST_STATE_PLAYING);
  if (demo->file != NULL)
    cr_demo_file_play (demo->file, base_time, on_file_buffer, demo);
}

GstClockTime
cr_demo_pipeline_get_base_time (CrDemoPipeline *demo)
{
  return gst_element_get_base_time (demo->pipeline);
}

void
cr_demo_pipeline_request_keyframe (CrDemoPipeline *demo)
{
  g_autoptr (GstPad) pad = NULL;

  if (demo->config.ignore_keyframe_requests)
    return;
  pad = gst_element_get_static_pad (demo->encoder, "src");
  gst_pad_send_event (pad, gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));
}

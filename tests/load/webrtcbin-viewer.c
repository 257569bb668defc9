/* SPDX-License-Identifier: Apache-2.0
 *
 * webrtcbin-viewer: GStreamer's own WebRTC element as a WHEP viewer that decodes what it gets, one camera and
 * one voice. Ends at SIGTERM with a line of JSON: frames, the longest time between two of them, seconds of
 * voice, and how far the beep of a `--flash-beep` teacher is from the flash, by webrtcbin's own
 * synchronisation.
 *
 *   webrtcbin-viewer --demo --codec vp8
 */
#define GST_USE_UNSTABLE_API
#include "access.h"
#include "flash-beep.h"

#include <glib-unix.h>
#include <gst/sdp/sdp.h>
#include <gst/video/video.h>
#include <gst/webrtc/webrtc.h>
#include <nice/agent.h>
#include <stdio.h>

#define LUMA_STEP 16
#define RATE_HZ   48000

typedef struct {
  CrAccess access;
  gchar *codec;
  GMainLoop *loop;
  GstElement *pipeline, *webrtc;
  gboolean posted;
  gchar *failure;

  GMutex lock; /* over what follows: streaming threads write */
  guint64 frames, samples;
  gint64 last_frame_us, longest_gap_us;
  CrFlashBeep played;
} Viewer;

static void
fail (Viewer *viewer, const gchar *why)
{
  if (viewer->failure == NULL)
    viewer->failure = g_strdup (why);
  g_main_loop_quit (viewer->loop);
}

/* --- what is decoded --- */

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
  Viewer *viewer = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  gint64 now_us = g_get_monotonic_time ();
  guint luma = mean_luma (pad, buffer);
  GstClockTime running_time = running_time_of (pad, buffer);

  g_mutex_lock (&viewer->lock);
  viewer->frames++;
  if (viewer->last_frame_us != 0)
    viewer->longest_gap_us = MAX (viewer->longest_gap_us, now_us - viewer->last_frame_us);
  viewer->last_frame_us = now_us;
  if (GST_CLOCK_TIME_IS_VALID (running_time))
    cr_flash_beep_take_picture (&viewer->played, luma, running_time);
  g_mutex_unlock (&viewer->lock);
  return GST_PAD_PROBE_OK;
}

static GstPadProbeReturn
on_sound (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  Viewer *viewer = data;
  GstBuffer *buffer = GST_PAD_PROBE_INFO_BUFFER (info);
  GstClockTime running_time = running_time_of (pad, buffer);
  GstMapInfo map;

  if (!gst_buffer_map (buffer, &map, GST_MAP_READ))
    return GST_PAD_PROBE_OK;
  g_mutex_lock (&viewer->lock);
  viewer->samples += map.size / sizeof (gint16);
  if (GST_CLOCK_TIME_IS_VALID (running_time))
    cr_flash_beep_take_sound (&viewer->played, (const gint16 *)map.data, map.size / sizeof (gint16), RATE_HZ,
                              running_time);
  g_mutex_unlock (&viewer->lock);
  gst_buffer_unmap (buffer, &map);
  return GST_PAD_PROBE_OK;
}

static const gchar *
chain_for (const gchar *encoding_name)
{
  if (g_strcmp0 (encoding_name, "VP8") == 0)
    return "rtpvp8depay ! vp8dec threads=1 ! fakesink name=sink sync=false async=false";
  if (g_strcmp0 (encoding_name, "H264") == 0)
    return "rtph264depay ! h264parse ! avdec_h264 max-threads=1 ! fakesink name=sink sync=false async=false";
  if (g_strcmp0 (encoding_name, "OPUS") == 0)
    return "rtpopusdepay ! opusdec plc=true ! audioconvert ! audioresample ! "
           "audio/x-raw,format=S16LE,rate=48000,channels=1 ! fakesink name=sink sync=false async=false";
  return NULL;
}

static void
on_pad_added (GstElement *webrtc, GstPad *pad, gpointer data)
{
  Viewer *viewer = data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const gchar *name =
      caps == NULL ? NULL : gst_structure_get_string (gst_caps_get_structure (caps, 0), "encoding-name");
  const gchar *chain = chain_for (name);
  g_autoptr (GstElement) sink = NULL;
  g_autoptr (GstPad) sink_pad = NULL;
  g_autoptr (GstPad) bin_pad = NULL;
  GstElement *bin;

  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC || chain == NULL)
    return;
  bin = gst_parse_bin_from_description (chain, TRUE, NULL);
  sink = gst_bin_get_by_name (GST_BIN (bin), "sink");
  sink_pad = gst_element_get_static_pad (sink, "sink");
  gst_pad_add_probe (sink_pad, GST_PAD_PROBE_TYPE_BUFFER, g_str_equal (name, "OPUS") ? on_sound : on_frame,
                     viewer, NULL);
  gst_bin_add (GST_BIN (viewer->pipeline), bin);
  bin_pad = gst_element_get_static_pad (bin, "sink");
  gst_element_sync_state_with_parent (bin);
  gst_pad_link (pad, bin_pad);
}

/* --- negotiation --- */

static void
on_answer (const CrHttpReply *reply, gpointer data)
{
  Viewer *viewer = data;
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autoptr (GstPromise) ignored = gst_promise_new ();
  GstSDPMessage *message = NULL;

  if (reply->status != 201 || gst_sdp_message_new_from_text (reply->body, &message) != GST_SDP_OK) {
    fail (viewer, reply->failure != NULL ? reply->failure : "the offer was refused");
    return;
  }
  description = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_ANSWER, message);
  g_signal_emit_by_name (viewer->webrtc, "set-remote-description", description, ignored);
}

static gboolean
post_offer (gpointer data)
{
  Viewer *viewer = data;
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autofree gchar *path = g_strconcat ("/whep/", viewer->access.lesson, NULL);
  g_autofree gchar *text = NULL;

  g_object_get (viewer->webrtc, "local-description", &description, NULL);
  if (viewer->posted || description == NULL)
    return G_SOURCE_REMOVE;
  viewer->posted = TRUE;
  text = gst_sdp_message_as_text (description->sdp);
  cr_http_client_send (viewer->access.http, "POST", path, viewer->access.tokens[0], "application/sdp", text,
                       NULL, on_answer, viewer);
  return G_SOURCE_REMOVE;
}

static void
on_gathering_changed (GstElement *webrtc, GParamSpec *spec, gpointer data)
{
  GstWebRTCICEGatheringState state;

  g_object_get (webrtc, "ice-gathering-state", &state, NULL);
  if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
    g_main_context_invoke (NULL, post_offer, data);
}

static void
on_offer_created (GstPromise *promise, gpointer data)
{
  Viewer *viewer = data;
  g_autoptr (GstWebRTCSessionDescription) offer = NULL;
  g_autoptr (GstPromise) ignored = gst_promise_new ();

  gst_structure_get (gst_promise_get_reply (promise), "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer,
                     NULL);
  g_signal_emit_by_name (viewer->webrtc, "set-local-description", offer, ignored);
  gst_promise_unref (promise);
}

static void
add_line (Viewer *viewer, const gchar *caps_text)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_text);
  g_autoptr (GObject) transceiver = NULL;

  g_signal_emit_by_name (viewer->webrtc, "add-transceiver", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY,
                         caps, &transceiver);
  g_object_set (transceiver, "do-nack", TRUE, NULL);
}

/* No router is asked for anything; a relay on this machine is reached over loopback, which libnice leaves out
 * unless it is named. */
static void
tame_agent (Viewer *viewer)
{
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;
  NiceAddress address;

  g_object_get (viewer->webrtc, "ice-agent", &ice, NULL);
  g_object_get (ice, "agent", &agent, NULL);
  g_object_set (agent, "upnp", FALSE, NULL);
  nice_address_init (&address);
  if (nice_address_set_from_string (&address, "127.0.0.1"))
    nice_agent_add_local_address (NICE_AGENT (agent), &address);
}

static void
start (Viewer *viewer)
{
  viewer->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  viewer->webrtc = gst_element_factory_make ("webrtcbin", NULL);
  if (viewer->webrtc == NULL) {
    fail (viewer, "webrtcbin is missing");
    return;
  }
  g_object_set (viewer->webrtc, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, NULL);
  gst_bin_add (GST_BIN (viewer->pipeline), viewer->webrtc);
  tame_agent (viewer);
  g_signal_connect (viewer->webrtc, "pad-added", G_CALLBACK (on_pad_added), viewer);
  g_signal_connect (viewer->webrtc, "notify::ice-gathering-state", G_CALLBACK (on_gathering_changed), viewer);
  gst_element_set_state (viewer->pipeline, GST_STATE_PLAYING);
  add_line (viewer, "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,"
                    "encoding-params=(string)2");
  add_line (viewer, g_strcmp0 (viewer->codec, "vp8") == 0
                        ? "application/x-rtp,media=video,encoding-name=VP8,payload=96,clock-rate=90000,"
                          "rtcp-fb-nack-pli=true"
                        : "application/x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000,"
                          "packetization-mode=(string)1,profile-level-id=(string)42e01f,"
                          "rtcp-fb-nack-pli=true");
  g_signal_emit_by_name (viewer->webrtc, "create-offer", NULL,
                         gst_promise_new_with_change_func (on_offer_created, viewer, NULL));
}

/* --- the end --- */

static gboolean
on_signal (gpointer data)
{
  g_main_loop_quit (((Viewer *)data)->loop);
  return G_SOURCE_CONTINUE;
}

static void
report (Viewer *viewer)
{
  g_mutex_lock (&viewer->lock);
  printf ("{\"frames\":%" G_GUINT64_FORMAT ",\"longest_gap_ms\":%.0f,\"voice_s\":%.1f,\"flash_beeps\":%u,"
          "\"av_offset_ms\":%.1f}\n",
          viewer->frames, viewer->longest_gap_us / 1000.0, viewer->samples / (gdouble)RATE_HZ,
          viewer->played.n_pairs, cr_flash_beep_get_offset_ms (&viewer->played));
  g_mutex_unlock (&viewer->lock);
}

int
main (int argc, char **argv)
{
  Viewer viewer = {0};
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  const GOptionEntry entries[] = {
      {"codec", 0, 0, G_OPTION_ARG_STRING, &viewer.codec, "h264 (default) or vp8", "CODEC"}, {NULL}};

  gst_init (NULL, NULL);
  cr_access_add_options (&viewer.access, context);
  g_option_context_add_main_entries (context, entries, NULL);
  viewer.loop = g_main_loop_new (NULL, FALSE);
  cr_flash_beep_init (&viewer.played);
  g_unix_signal_add (SIGTERM, on_signal, &viewer);
  if (!g_option_context_parse (context, &argc, &argv, &error) ||
      !cr_access_resolve (&viewer.access, CR_ACCESS_CLASSROOMS, &error)) {
    fprintf (stderr, "webrtcbin-viewer: %s\n", error->message);
    return 2;
  }
  start (&viewer);
  if (viewer.failure == NULL)
    g_main_loop_run (viewer.loop);
  report (&viewer);
  if (viewer.failure != NULL)
    fprintf (stderr, "webrtcbin-viewer: %s\n", viewer.failure);
  gst_element_set_state (viewer.pipeline, GST_STATE_NULL);
  return viewer.failure != NULL;
}

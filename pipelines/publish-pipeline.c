/* SPDX-License-Identifier: Apache-2.0
 *
 *   push video -> appsrc -> rtph264pay | rtpvp8pay -> capsfilter -\
 *                                                                  webrtcbin -> relay
 *   push audio -> appsrc -> rtpopuspay ------------> capsfilter -/
 *
 * webrtcbin calls back on threads of its own; everything it says is posted on the pipeline's bus and acted on
 * by the main context, so that freeing the pipeline ends all of it.
 */
#define GST_USE_UNSTABLE_API
#include "publish-pipeline.h"

#include "base/log.h"
#include <gio/gio.h>
#include <gst/app/gstappsrc.h>
#include <gst/rtp/rtp.h>
#include <gst/video/video.h>
#include <gst/webrtc/webrtc.h>
#include <nice/agent.h>
#include <string.h>

#define TWCC_URI "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"

/* Dynamic payload types, as browsers number them. */
#define VIDEO_PAYLOAD_TYPE 96
#define AUDIO_PAYLOAD_TYPE 111

/* Leaves room for SRTP's tag and an RTX header within a link MTU of 1280 with IPv6 and UDP headers. */
#define RTP_MTU_BYTES 1200

/* A session that is not connected by then never will be. */
#define CONNECT_TIMEOUT_MS (10 * 1000)

typedef struct {
  CrPublishPipeline *publish;
  GstElement *source;    /* appsrc, owned by the pipeline */
  gboolean primed;       /* one frame was pushed, so that webrtcbin learns the caps */
  gboolean has_keyframe; /* since the session is connected */
} Input;

struct CrPublishPipeline {
  CrPublishConfig config;
  const CrPublishHandler *handler;
  gpointer data;
  GstElement *pipeline;
  GstElement *webrtc;
  Input inputs[2]; /* by CrMediaKind */
  guint bus_watch;
  guint connect_timeout;
  gboolean offering;
  gboolean failed;
  gint connected;      /* atomic */
  gint64 last_rtcp_us; /* written by the receiving thread; a torn read is harmless on 64-bit machines */
};

/* Says something to the main context. [any] */
static void
post (GstElement *pipeline, const gchar *what, const gchar *text)
{
  GstStructure *structure = gst_structure_new (what, "text", G_TYPE_STRING, text, NULL);

  gst_element_post_message (pipeline, gst_message_new_application (GST_OBJECT (pipeline), structure));
}

static void
fail (CrPublishPipeline *publish, const gchar *reason)
{
  if (publish->failed)
    return;
  publish->failed = TRUE;
  g_atomic_int_set (&publish->connected, FALSE);
  publish->handler->on_failed (publish, reason, publish->data);
}

static gboolean
on_connect_timeout (gpointer data)
{
  CrPublishPipeline *publish = data;

  publish->connect_timeout = 0;
  fail (publish, "no connection within 10 s");
  return G_SOURCE_REMOVE;
}

static GstPadProbeReturn
on_rtcp (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  CrPublishPipeline *publish = data;

  publish->last_rtcp_us = g_get_monotonic_time ();
  return GST_PAD_PROBE_OK;
}

/* webrtcbin makes one RTP session, number 0, for the whole BUNDLE; its RTCP shows that the relay is there. */
static void
watch_rtcp (CrPublishPipeline *publish)
{
  g_autoptr (GstElement) rtpbin = gst_bin_get_by_name (GST_BIN (publish->webrtc), "rtpbin");
  g_autoptr (GstPad) pad = rtpbin == NULL ? NULL : gst_element_get_static_pad (rtpbin, "recv_rtcp_sink_0");

  if (pad != NULL)
    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_BUFFER_LIST, on_rtcp, publish,
                       NULL);
}

static void
become_connected (CrPublishPipeline *publish)
{
  if (publish->failed || g_atomic_int_get (&publish->connected))
    return;
  g_clear_handle_id (&publish->connect_timeout, g_source_remove);
  watch_rtcp (publish);
  g_atomic_int_set (&publish->connected, TRUE);
  publish->handler->on_keyframe_wanted (publish, publish->data);
  publish->handler->on_connected (publish, publish->data);
}

/* `data` is a reference to the pipeline: the promise may be answered when the session is already freed. */
static void
on_offer_created (GstPromise *promise, gpointer data)
{
  GstElement *pipeline = data;
  const GstStructure *reply = gst_promise_get_reply (promise);
  g_autoptr (GstWebRTCSessionDescription) offer = NULL;

  if (reply == NULL ||
      !gst_structure_get (reply, "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer, NULL)) {
    post (pipeline, "failed", "webrtcbin made no offer");
  } else {
    g_autoptr (GstElement) webrtc = gst_bin_get_by_name (GST_BIN (pipeline), "webrtc");
    g_autoptr (GstPromise) ignored = gst_promise_new ();

    g_signal_emit_by_name (webrtc, "set-local-description", offer, ignored);
  }
  gst_promise_unref (promise);
}

/* Every sink pad has its caps. [webrtcbin's thread] */
static void
on_negotiation_needed (GstElement *webrtc, gpointer data)
{
  post (data, "negotiate", NULL);
}

static void
on_gathering_changed (GstElement *webrtc, GParamSpec *spec, gpointer data)
{
  GstWebRTCICEGatheringState state;

  g_object_get (webrtc, "ice-gathering-state", &state, NULL);
  if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
    post (data, "gathered", NULL);
}

static void
on_connection_changed (GstElement *webrtc, GParamSpec *spec, gpointer data)
{
  GstWebRTCPeerConnectionState state;

  g_object_get (webrtc, "connection-state", &state, NULL);
  if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CONNECTED)
    post (data, "connected", NULL);
  else if (state == GST_WEBRTC_PEER_CONNECTION_STATE_FAILED)
    post (data, "failed", "the connection failed");
  else if (state == GST_WEBRTC_PEER_CONNECTION_STATE_CLOSED)
    post (data, "failed", "the relay closed the connection");
}

static void
say_offer (CrPublishPipeline *publish)
{
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autofree gchar *text = NULL;

  g_object_get (publish->webrtc, "local-description", &description, NULL);
  if (description == NULL)
    return; /* gathering can end before the description is set; it is said again then */
  text = gst_sdp_message_as_text (description->sdp);
  publish->handler->on_offer (publish, text, publish->data);
}

static void
on_application_message (CrPublishPipeline *publish, const GstStructure *structure)
{
  if (gst_structure_has_name (structure, "negotiate")) {
    if (publish->offering)
      return; /* WHIP has no renegotiation */
    publish->offering = TRUE;
    g_signal_emit_by_name (publish->webrtc, "create-offer", NULL,
                           gst_promise_new_with_change_func (
                               on_offer_created, gst_object_ref (publish->pipeline), gst_object_unref));
  } else if (gst_structure_has_name (structure, "gathered")) {
    say_offer (publish);
  } else if (gst_structure_has_name (structure, "connected")) {
    become_connected (publish);
  } else if (gst_structure_has_name (structure, "failed")) {
    fail (publish, gst_structure_get_string (structure, "text"));
  }
}

static gboolean
on_bus_message (GstBus *bus, GstMessage *message, gpointer data)
{
  CrPublishPipeline *publish = data;

  if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_APPLICATION) {
    on_application_message (publish, gst_message_get_structure (message));
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_LATENCY) {
    gst_bin_recalculate_latency (GST_BIN (publish->pipeline)); /* rtpsession stamps reports by it */
  } else if (GST_MESSAGE_TYPE (message) == GST_MESSAGE_ERROR) {
    g_autoptr (GError) error = NULL;

    gst_message_parse_error (message, &error, NULL);
    fail (publish, error->message);
  }
  return G_SOURCE_CONTINUE;
}

/* Sender reports then say when a frame was taken, not when it was sent: encoding a picture takes longer than
 * encoding voice, and the difference would be heard. */
static void
report_capture_times (CrPublishPipeline *publish)
{
  g_autoptr (GstElement) rtpbin = gst_bin_get_by_name (GST_BIN (publish->webrtc), "rtpbin");

  if (rtpbin != NULL)
    g_object_set (rtpbin, "rtcp-sync-send-time", FALSE, NULL);
}

/* Nothing may ask a router to open ports, and a relay on this machine is reached over loopback, which libnice
 * leaves out unless it is named. */
static void
tame_agent (CrPublishPipeline *publish)
{
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;

  g_object_get (publish->webrtc, "ice-agent", &ice, NULL);
  g_object_get (ice, "agent", &agent, NULL);
  g_object_set (agent, "upnp", FALSE, NULL);
  if (!publish->config.loopback)
    return;
  for (const gchar *const *text = (const gchar *const[]){"127.0.0.1", "::1", NULL}; *text != NULL; text++) {
    NiceAddress address;

    nice_address_init (&address);
    if (nice_address_set_from_string (&address, *text))
      nice_agent_add_local_address (NICE_AGENT (agent), &address);
  }
}

static GstPadProbeReturn
on_upstream_event (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  CrPublishPipeline *publish = data;

  if (gst_video_event_is_force_key_unit (GST_PAD_PROBE_INFO_EVENT (info)))
    publish->handler->on_keyframe_wanted (publish, publish->data);
  return GST_PAD_PROBE_OK;
}

static gchar *
describe_video (const CrPublishConfig *config)
{
  const gchar *feedback = "rtcp-fb-nack-pli=true,rtcp-fb-ccm-fir=true,rtcp-fb-transport-cc=true";
  const gchar *mode = config->vp8_picture_id_bits == 7    ? "7-bit"
                      : config->vp8_picture_id_bits == 15 ? "15-bit"
                                                          : "none";

  /* One block of buffers is all that may wait: what is late is of no use to a live lesson. */
  if (config->video_codec == CR_CODEC_VP8)
    return g_strdup_printf (
        "appsrc name=video is-live=true format=time max-bytes=0 max-time=500000000 leaky-type=downstream ! "
        "rtpvp8pay name=video-pay picture-id-mode=%s mtu=%d pt=%d ! "
        "capsfilter name=video-caps caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=VP8,"
        "payload=%d,%s ",
        mode, RTP_MTU_BYTES, VIDEO_PAYLOAD_TYPE, VIDEO_PAYLOAD_TYPE, feedback);
  return g_strdup_printf (
      "appsrc name=video is-live=true format=time max-bytes=0 max-time=500000000 leaky-type=downstream ! "
      "rtph264pay name=video-pay aggregate-mode=zero-latency config-interval=-1 mtu=%d pt=%d ! "
      "capsfilter name=video-caps caps=application/x-rtp,media=video,clock-rate=90000,encoding-name=H264,"
      "payload=%d,packetization-mode=(string)1,level-asymmetry-allowed=(string)1,"
      "profile-level-id=(string)42e01f,%s ",
      RTP_MTU_BYTES, VIDEO_PAYLOAD_TYPE, VIDEO_PAYLOAD_TYPE, feedback);
}

static gchar *
describe (const CrPublishConfig *config)
{
  g_autoptr (GString) text = g_string_new ("webrtcbin name=webrtc bundle-policy=max-bundle ");

  if (config->video_codec != CR_CODEC_NONE) {
    g_autofree gchar *video = describe_video (config);

    g_string_append_printf (text, "%s ! webrtc.sink_0 ", video);
  }
  if (config->audio)
    g_string_append_printf (
        text,
        "appsrc name=audio is-live=true format=time max-bytes=0 max-time=500000000 leaky-type=downstream ! "
        "rtpopuspay name=audio-pay mtu=%d pt=%d ! capsfilter name=audio-caps caps=application/x-rtp,"
        "media=audio,clock-rate=48000,encoding-name=OPUS,payload=%d,encoding-params=(string)2,"
        "minptime=(string)10,useinbandfec=(string)1,rtcp-fb-transport-cc=true ! webrtc.sink_%d ",
        RTP_MTU_BYTES, AUDIO_PAYLOAD_TYPE, AUDIO_PAYLOAD_TYPE, config->video_codec != CR_CODEC_NONE ? 1 : 0);
  return g_string_free (g_steal_pointer (&text), FALSE);
}

static void
add_twcc (GstElement *payloader)
{
  GstRTPHeaderExtension *extension = gst_rtp_header_extension_create_from_uri (TWCC_URI);

  if (extension == NULL)
    return; /* plugin not installed: the relay then falls back to receiver reports */
  gst_rtp_header_extension_set_id (extension, 3);
  g_signal_emit_by_name (payloader, "add-extension", extension);
  gst_object_unref (extension);
}

static void
set_up_input (CrPublishPipeline *publish, CrMediaKind kind)
{
  const gchar *name = kind == CR_MEDIA_VIDEO ? "video" : "audio";
  g_autofree gchar *payloader_name = g_strdup_printf ("%s-pay", name);
  g_autofree gchar *filter_name = g_strdup_printf ("%s-caps", name);
  g_autoptr (GstElement) source = gst_bin_get_by_name (GST_BIN (publish->pipeline), name);
  g_autoptr (GstElement) payloader = gst_bin_get_by_name (GST_BIN (publish->pipeline), payloader_name);
  g_autoptr (GstElement) filter = gst_bin_get_by_name (GST_BIN (publish->pipeline), filter_name);
  g_autoptr (GRand) chance = NULL;
  g_autoptr (GstPad) filter_pad = NULL;
  g_autoptr (GstPad) webrtc_pad = NULL;
  g_autoptr (GObject) transceiver = NULL;

  publish->inputs[kind].publish = publish;
  if (source == NULL)
    return;
  publish->inputs[kind].source = source;
  chance = publish->config.seed == 0 ? g_rand_new () : g_rand_new_with_seed (publish->config.seed + kind);
  g_object_set (payloader, "ssrc", g_rand_int (chance), "seqnum-offset", g_rand_int_range (chance, 0, 65536),
                "timestamp-offset", g_rand_int (chance), NULL);
  add_twcc (payloader);

  filter_pad = gst_element_get_static_pad (filter, "src");
  webrtc_pad = gst_pad_get_peer (filter_pad);
  g_object_get (webrtc_pad, "transceiver", &transceiver, NULL);
  g_object_set (transceiver, "direction", GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, "do-nack",
                kind == CR_MEDIA_VIDEO, NULL);

  if (kind == CR_MEDIA_VIDEO) {
    g_autoptr (GstPad) pad = gst_element_get_static_pad (source, "src");

    gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_EVENT_UPSTREAM, on_upstream_event, publish, NULL);
  }
}

CrPublishPipeline *
cr_publish_pipeline_new (const CrPublishConfig *config, const CrPublishHandler *handler, gpointer data,
                         GError **error)
{
  g_autofree gchar *description = describe (config);
  g_autoptr (GstElement) pipeline = gst_parse_launch (description, error);
  g_autoptr (GstClock) clock = gst_system_clock_obtain ();
  g_autoptr (GstBus) bus = NULL;
  CrPublishPipeline *publish;

  if (pipeline == NULL)
    return NULL;
  if (*error != NULL)
    return NULL;

  publish = g_new0 (CrPublishPipeline, 1);
  publish->config = *config;
  publish->handler = handler;
  publish->data = data;
  publish->pipeline = gst_object_ref_sink (g_steal_pointer (&pipeline));
  publish->webrtc = gst_bin_get_by_name (GST_BIN (publish->pipeline), "webrtc");

  gst_pipeline_use_clock (GST_PIPELINE (publish->pipeline), clock);
  gst_element_set_start_time (publish->pipeline, GST_CLOCK_TIME_NONE);
  gst_element_set_base_time (publish->pipeline, config->base_time);
  bus = gst_pipeline_get_bus (GST_PIPELINE (publish->pipeline));
  publish->bus_watch = gst_bus_add_watch (bus, on_bus_message, publish);

  set_up_input (publish, CR_MEDIA_VIDEO);
  set_up_input (publish, CR_MEDIA_AUDIO);
  tame_agent (publish);
  report_capture_times (publish);
  g_signal_connect (publish->webrtc, "on-negotiation-needed", G_CALLBACK (on_negotiation_needed),
                    publish->pipeline);
  g_signal_connect (publish->webrtc, "notify::ice-gathering-state", G_CALLBACK (on_gathering_changed),
                    publish->pipeline);
  g_signal_connect (publish->webrtc, "notify::connection-state", G_CALLBACK (on_connection_changed),
                    publish->pipeline);
  publish->connect_timeout = g_timeout_add (CONNECT_TIMEOUT_MS, on_connect_timeout, publish);
  gst_element_set_state (publish->pipeline, GST_STATE_PLAYING);
  return publish;
}

void
cr_publish_pipeline_free (CrPublishPipeline *publish)
{
  g_clear_handle_id (&publish->connect_timeout, g_source_remove);
  g_clear_handle_id (&publish->bus_watch, g_source_remove);
  gst_element_set_state (publish->pipeline, GST_STATE_NULL);
  g_signal_handlers_disconnect_by_data (publish->webrtc, publish->pipeline);
  gst_object_unref (publish->webrtc);
  gst_object_unref (publish->pipeline);
  g_free (publish);
}

gboolean
cr_publish_pipeline_set_answer (CrPublishPipeline *publish, const gchar *answer, GError **error)
{
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autoptr (GstPromise) promise = NULL;
  GstSDPMessage *message = NULL;

  if (*answer == '\0' || gst_sdp_message_new_from_text (answer, &message) != GST_SDP_OK) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not SDP");
    return FALSE;
  }
  description = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_ANSWER, message);
  promise = gst_promise_new ();
  g_signal_emit_by_name (publish->webrtc, "set-remote-description", description, promise);
  return TRUE;
}

void
cr_publish_pipeline_push (CrPublishPipeline *publish, CrMediaKind kind, GstSample *sample)
{
  Input *input = &publish->inputs[kind];
  GstBuffer *buffer = gst_sample_get_buffer (sample);

  if (input->source == NULL || buffer == NULL)
    return;
  if (!g_atomic_int_get (&publish->connected)) {
    if (input->primed)
      return;
  } else if (kind == CR_MEDIA_VIDEO && !input->has_keyframe) {
    if (GST_BUFFER_FLAG_IS_SET (buffer, GST_BUFFER_FLAG_DELTA_UNIT))
      return;
    input->has_keyframe = TRUE;
  }
  input->primed = TRUE;
  gst_app_src_push_sample (GST_APP_SRC (input->source), sample);
}

gint64
cr_publish_pipeline_get_last_rtcp_us (CrPublishPipeline *publish)
{
  return publish->last_rtcp_us;
}

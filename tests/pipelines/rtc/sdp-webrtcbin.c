/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers judged by a real webrtcbin: it makes an offer, the relay's answer is set as its remote description,
 * and every transceiver must then have the direction and the codec that was answered.
 */
#define GST_USE_UNSTABLE_API
#include "rtc/sdp.h"

#include <gst/gst.h>
#include <gst/webrtc/webrtc.h>
#include <string.h>

static const CrIceCredentials ice = {"abcdefgh", "ABCDEFGHIJKLMNOPQRSTUVWX"};
static const gchar *const candidates[] = {"1 1 udp 2130706431 127.0.0.1 9 typ host", NULL};
static const CrCodec video_codecs[] = {CR_CODEC_H264, CR_CODEC_VP8};

/* A fingerprint of the right form; no handshake happens here. */
#define FINGERPRINT                                                                                          \
  "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF"

#define H264_CAPS                                                                                            \
  "application/"                                                                                             \
  "x-rtp,media=video,encoding-name=H264,payload=96,clock-rate=90000,packetization-mode=(string)1,"           \
  "profile-level-id=(string)42e01f"
#define VP8_CAPS "application/x-rtp,media=video,encoding-name=VP8,payload=98,clock-rate=90000"
#define OPUS_CAPS                                                                                            \
  "application/x-rtp,media=audio,encoding-name=OPUS,payload=111,clock-rate=48000,encoding-params=(string)2"

/* webrtcbin works on a thread of its own; a promise is answered there. A watchdog of the test ends a hang. */
static GstWebRTCSessionDescription *
create_offer (GstElement *webrtcbin)
{
  g_autoptr (GstPromise) promise = gst_promise_new ();
  GstWebRTCSessionDescription *offer = NULL;

  g_signal_emit_by_name (webrtcbin, "create-offer", NULL, promise);
  g_assert_cmpint (gst_promise_wait (promise), ==, GST_PROMISE_RESULT_REPLIED);
  gst_structure_get (gst_promise_get_reply (promise), "offer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &offer,
                     NULL);
  g_assert_nonnull (offer);
  return offer;
}

static void
set_description (GstElement *webrtcbin, const gchar *signal, GstWebRTCSessionDescription *description)
{
  g_autoptr (GstPromise) promise = gst_promise_new ();
  const GstStructure *reply;
  g_autoptr (GError) error = NULL;

  g_signal_emit_by_name (webrtcbin, signal, description, promise);
  g_assert_cmpint (gst_promise_wait (promise), ==, GST_PROMISE_RESULT_REPLIED);
  reply = gst_promise_get_reply (promise);
  if (reply != NULL)
    gst_structure_get (reply, "error", G_TYPE_ERROR, &error, NULL);
  g_assert_no_error (error);
}

static GstElement *
start_webrtcbin (GstElement **pipeline)
{
  GstElement *webrtcbin = gst_element_factory_make ("webrtcbin", NULL);
  g_autoptr (GObject) agent = NULL, nice = NULL;

  g_assert_nonnull (webrtcbin);
  *pipeline = gst_pipeline_new (NULL);
  gst_bin_add (GST_BIN (*pipeline), webrtcbin);
  g_object_set (webrtcbin, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, NULL);
  g_object_get (webrtcbin, "ice-agent", &agent, NULL);
  g_object_get (agent, "agent", &nice, NULL);
  g_object_set (nice, "upnp", FALSE, NULL);
  gst_element_set_state (*pipeline, GST_STATE_PLAYING);
  return webrtcbin;
}

static void
add_transceiver (GstElement *webrtcbin, GstWebRTCRTPTransceiverDirection direction, const gchar *caps_text,
                 gboolean rtx)
{
  g_autoptr (GstCaps) caps = gst_caps_from_string (caps_text);
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;

  g_signal_emit_by_name (webrtcbin, "add-transceiver", direction, caps, &transceiver);
  g_assert_nonnull (transceiver);
  g_object_set (transceiver, "do-nack", rtx, NULL);
}

static void
assert_current_direction (GstElement *webrtcbin, guint index, GstWebRTCRTPTransceiverDirection expected)
{
  g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;
  GstWebRTCRTPTransceiverDirection direction;

  g_signal_emit_by_name (webrtcbin, "get-transceiver", index, &transceiver);
  g_assert_nonnull (transceiver);
  g_object_get (transceiver, "current-direction", &direction, NULL);
  g_assert_cmpint (direction, ==, expected);
}

/* Offers, answers, sets both. Returns what was agreed. */
static CrNegotiation *
negotiate (GstElement *webrtcbin, CrSdpRole role)
{
  CrSdpLocal local = {role, &ice, FINGERPRINT, candidates, video_codecs, G_N_ELEMENTS (video_codecs), {{0}}};
  GstWebRTCSessionDescription *offer = create_offer (webrtcbin);
  GstWebRTCSessionDescription *answer;
  g_autofree gchar *offer_text = gst_sdp_message_as_text (offer->sdp);
  g_autofree gchar *answer_text = NULL;
  g_autoptr (GError) error = NULL;
  GstSDPMessage *message = NULL;
  CrNegotiation *negotiation =
      cr_sdp_answer_offer (offer_text, strlen (offer_text), &local, &answer_text, &error);

  g_assert_no_error (error);
  g_assert_cmpint (gst_sdp_message_new_from_text (answer_text, &message), ==, GST_SDP_OK);
  answer = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_ANSWER, message);
  set_description (webrtcbin, "set-local-description", offer);
  set_description (webrtcbin, "set-remote-description", answer);
  gst_webrtc_session_description_free (offer);
  gst_webrtc_session_description_free (answer);
  return negotiation;
}

static void
test_viewer (void)
{
  GstElement *pipeline;
  GstElement *webrtcbin = start_webrtcbin (&pipeline);
  g_autoptr (CrNegotiation) negotiation = NULL;

  add_transceiver (webrtcbin, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, H264_CAPS ";" VP8_CAPS, TRUE);
  add_transceiver (webrtcbin, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, VP8_CAPS, FALSE);
  add_transceiver (webrtcbin, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY, OPUS_CAPS, FALSE);
  negotiation = negotiate (webrtcbin, CR_SDP_VIEWER);
  g_assert_cmpuint (negotiation->n_lines, ==, 3);
  for (guint i = 0; i < 3; i++) {
    g_assert_true (negotiation->lines[i].accepted);
    assert_current_direction (webrtcbin, i, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_RECVONLY);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

static void
test_publisher (void)
{
  GstElement *pipeline;
  GstElement *webrtcbin = start_webrtcbin (&pipeline);
  g_autoptr (CrNegotiation) negotiation = NULL;

  add_transceiver (webrtcbin, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, H264_CAPS, TRUE);
  add_transceiver (webrtcbin, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, OPUS_CAPS, FALSE);
  negotiation = negotiate (webrtcbin, CR_SDP_PUBLISHER);
  g_assert_cmpuint (negotiation->n_lines, ==, 2);
  g_assert_true (negotiation->lines[0].nack);
  g_assert_cmpuint (negotiation->lines[0].rtx_payload_types[CR_CODEC_H264], !=, 0);
  for (guint i = 0; i < 2; i++) {
    g_assert_true (negotiation->lines[i].accepted);
    assert_current_direction (webrtcbin, i, GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY);
  }
  gst_element_set_state (pipeline, GST_STATE_NULL);
  gst_object_unref (pipeline);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sdp-webrtcbin/viewer", test_viewer);
  g_test_add_func ("/sdp-webrtcbin/publisher", test_publisher);
  return g_test_run ();
}

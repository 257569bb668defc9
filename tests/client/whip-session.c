/* SPDX-License-Identifier: Apache-2.0
 *
 * The demo teacher's publishing session against a WHIP endpoint made of webrtcbin: media of both kinds
 * arrives, a keyframe is made when asked for, and after the endpoint has vanished without a word a new
 * session is posted.
 */
#include "whip-session.h"

#include "demo-pipeline.h"
#include <libsoup/soup.h>
#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>
#include <nice/agent.h>

/* The session gives up after 10 s of silence and pauses a little. */
#define WATCHDOG_S            60
#define LONGER_THAN_SILENCE_S 12

typedef struct {
  GMainLoop *loop;
  SoupServer *server;
  GstElement *pipeline, *webrtc;
  SoupServerMessage *waiting; /* for the answer */
  guint n_posts, n_deletes;
  gint n_packets[2]; /* atomic, by CrMediaKind */
  CrDemoPipeline *demo;
  CrWhipSession *session;
} Fixture;

static gboolean
on_watchdog (gpointer data)
{
  g_error ("nothing happened within %d s", WATCHDOG_S);
  return G_SOURCE_REMOVE;
}

static GstPadProbeReturn
on_packet (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  g_atomic_int_inc ((gint *)data);
  return GST_PAD_PROBE_OK;
}

static void
on_pad_added (GstElement *webrtc, GstPad *pad, gpointer data)
{
  Fixture *fixture = data;
  GstElement *sink = gst_element_factory_make ("fakesink", NULL);
  g_autoptr (GstPad) sink_pad = gst_element_get_static_pad (sink, "sink");
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  gboolean video = g_str_equal (gst_structure_get_string (structure, "media"), "video");

  g_object_set (sink, "async", FALSE, "sync", FALSE, NULL);
  gst_bin_add (GST_BIN (fixture->pipeline), sink);
  gst_element_sync_state_with_parent (sink);
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER, on_packet,
                     &fixture->n_packets[video ? CR_MEDIA_VIDEO : CR_MEDIA_AUDIO], NULL);
  gst_pad_link (pad, sink_pad);
}

static gboolean
answer (gpointer data)
{
  Fixture *fixture = data;
  SoupServerMessage *message = g_steal_pointer (&fixture->waiting);
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autofree gchar *text = NULL;

  if (message == NULL)
    return G_SOURCE_REMOVE;
  g_object_get (fixture->webrtc, "local-description", &description, NULL);
  text = gst_sdp_message_as_text (description->sdp);
  soup_server_message_set_status (message, 201, NULL);
  soup_message_headers_replace (soup_server_message_get_response_headers (message), "Location", "/session/1");
  soup_server_message_set_response (message, "application/sdp", SOUP_MEMORY_COPY, text, strlen (text));
  soup_server_message_unpause (message);
  return G_SOURCE_REMOVE;
}

static void
on_gathering_changed (GstElement *webrtc, GParamSpec *spec, gpointer data)
{
  GstWebRTCICEGatheringState state;

  g_object_get (webrtc, "ice-gathering-state", &state, NULL);
  if (state == GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
    g_idle_add (answer, data);
}

static void
make_endpoint (Fixture *fixture)
{
  g_autoptr (GObject) ice = NULL;
  g_autoptr (GObject) agent = NULL;
  NiceAddress address;

  fixture->pipeline = gst_object_ref_sink (gst_pipeline_new (NULL));
  fixture->webrtc = gst_element_factory_make ("webrtcbin", NULL);
  g_object_set (fixture->webrtc, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, NULL);
  gst_bin_add (GST_BIN (fixture->pipeline), fixture->webrtc);
  g_object_get (fixture->webrtc, "ice-agent", &ice, NULL);
  g_object_get (ice, "agent", &agent, NULL);
  g_object_set (agent, "upnp", FALSE, NULL);
  nice_address_init (&address);
  g_assert_true (nice_address_set_from_string (&address, "127.0.0.1"));
  nice_agent_add_local_address (NICE_AGENT (agent), &address);
  g_signal_connect (fixture->webrtc, "pad-added", G_CALLBACK (on_pad_added), fixture);
  g_signal_connect (fixture->webrtc, "notify::ice-gathering-state", G_CALLBACK (on_gathering_changed),
                    fixture);
  gst_element_set_state (fixture->pipeline, GST_STATE_PLAYING);
}

static void
drop_endpoint (Fixture *fixture)
{
  if (fixture->pipeline == NULL)
    return;
  gst_element_set_state (fixture->pipeline, GST_STATE_NULL);
  g_signal_handlers_disconnect_by_data (fixture->webrtc, fixture);
  g_clear_pointer (&fixture->pipeline, gst_object_unref);
}

static void
on_answer_created (GstPromise *promise, gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GstWebRTCSessionDescription) description = NULL;
  g_autoptr (GstPromise) ignored = gst_promise_new ();

  g_assert_true (gst_structure_get (gst_promise_get_reply (promise), "answer",
                                    GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &description, NULL));
  g_signal_emit_by_name (fixture->webrtc, "set-local-description", description, ignored);
  gst_promise_unref (promise);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  Fixture *fixture = data;
  g_autoptr (GstWebRTCSessionDescription) offer = NULL;
  g_autoptr (GstPromise) ignored = NULL;
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  GstSDPMessage *sdp = NULL;

  g_assert_cmpstr (
      soup_message_headers_get_one (soup_server_message_get_request_headers (message), "Authorization"), ==,
      "Bearer secret");
  if (g_str_equal (soup_server_message_get_method (message), "DELETE")) {
    fixture->n_deletes++;
    soup_server_message_set_status (message, 200, NULL);
    return;
  }
  g_assert_cmpstr (path, ==, "/whip/demo/camera");
  fixture->n_posts++;
  drop_endpoint (fixture);
  make_endpoint (fixture);
  soup_server_message_pause (message);
  fixture->waiting = message;
  g_assert_cmpint (gst_sdp_message_new_from_text (body->data, &sdp), ==, GST_SDP_OK);
  offer = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_OFFER, sdp);
  g_test_message ("%s", body->data);
  ignored = gst_promise_new ();
  g_signal_emit_by_name (fixture->webrtc, "set-remote-description", offer, ignored);
  g_signal_emit_by_name (fixture->webrtc, "create-answer", NULL,
                         gst_promise_new_with_change_func (on_answer_created, fixture, NULL));
}

static void
on_encoded (CrDemoPipeline *demo, CrMediaKind kind, GstSample *sample, gpointer data)
{
  Fixture *fixture = data;

  cr_whip_session_push (fixture->session, kind, sample);
}

static void
on_keyframe_wanted (gpointer data)
{
  Fixture *fixture = data;

  cr_demo_pipeline_request_keyframe (fixture->demo);
}

static gboolean
on_stopped (gpointer data)
{
  Fixture *fixture = data;

  g_main_loop_quit (fixture->loop);
  return G_SOURCE_REMOVE;
}

static void
wait_for_media (Fixture *fixture)
{
  g_atomic_int_set (&fixture->n_packets[CR_MEDIA_VIDEO], 0);
  g_atomic_int_set (&fixture->n_packets[CR_MEDIA_AUDIO], 0);
  while (g_atomic_int_get (&fixture->n_packets[CR_MEDIA_VIDEO]) < 20 ||
         g_atomic_int_get (&fixture->n_packets[CR_MEDIA_AUDIO]) < 50)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
on_heartbeat (gpointer data)
{
  return G_SOURCE_CONTINUE; /* wakes the loops that wait for a count */
}

static void
test_liveness (Fixture *fixture)
{
  /* Longer than the silence it bears: the endpoint's reports keep it. */
  g_timeout_add_seconds (LONGER_THAN_SILENCE_S, on_stopped, fixture);
  g_main_loop_run (fixture->loop);
  g_assert_cmpuint (fixture->n_posts, ==, 1);

  /* The endpoint vanishes without a word; the session finds out and makes another. */
  drop_endpoint (fixture);
  while (fixture->n_posts < 2)
    g_main_context_iteration (NULL, TRUE);
  wait_for_media (fixture);
}

static void
test_publish (gconstpointer codec)
{
  Fixture fixture = {.loop = g_main_loop_new (NULL, FALSE)};
  const CrDemoConfig demo = {.source = CR_SOURCE_CAMERA,
                             .video_codec = GPOINTER_TO_INT (codec),
                             .width = 320,
                             .height = 180,
                             .frames_per_s = 15,
                             .bitrate_kbps = 300,
                             .audio = TRUE,
                             .flash_beep = TRUE};
  const CrPublishConfig publish = {
      .video_codec = demo.video_codec, .audio = TRUE, .loopback = TRUE, .seed = 7, .vp8_picture_id_bits = 7};
  guint watchdog = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, NULL);
  guint heartbeat = g_timeout_add (50, on_heartbeat, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree gchar *url = NULL;
  CrHttpClient *http;

  fixture.server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture.server, NULL, on_request, &fixture, NULL);
  g_assert_true (soup_server_listen_local (fixture.server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  {
    GSList *uris = soup_server_get_uris (fixture.server);

    url = g_uri_to_string (uris->data);
    g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  }
  http = cr_http_client_new (url, &error);
  g_assert_no_error (error);
  g_assert_true (cr_http_client_is_loopback (http));
  fixture.demo = cr_demo_pipeline_new (&demo, on_encoded, &fixture, &error);
  g_assert_no_error (error);
  fixture.session =
      cr_whip_session_new (http, "/whip/demo/camera", "secret", &publish, on_keyframe_wanted, &fixture);
  cr_demo_pipeline_play (fixture.demo);
  cr_whip_session_start (fixture.session, cr_demo_pipeline_get_base_time (fixture.demo));

  wait_for_media (&fixture);
  g_assert_cmpuint (fixture.n_posts, ==, 1);
  g_assert_true (cr_whip_session_is_connected (fixture.session));

  if (demo.video_codec == CR_CODEC_H264) /* the same for all codecs */
    test_liveness (&fixture);
  cr_whip_session_stop (fixture.session, on_stopped, &fixture);
  g_main_loop_run (fixture.loop);
  g_assert_cmpuint (fixture.n_deletes, >=, 1);

  cr_demo_pipeline_free (fixture.demo);
  cr_whip_session_free (fixture.session);
  cr_http_client_free (http);
  drop_endpoint (&fixture);
  g_object_unref (fixture.server);
  g_main_loop_unref (fixture.loop);
  g_source_remove (heartbeat);
  g_source_remove (watchdog);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_data_func ("/whip-session/h264", GINT_TO_POINTER (CR_CODEC_H264), test_publish);
  g_test_add_data_func ("/whip-session/vp8", GINT_TO_POINTER (CR_CODEC_VP8), test_publish);
  return g_test_run ();
}

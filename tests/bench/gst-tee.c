/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-gst-tee ADDRESS PORT: the plain GStreamer relay for ./bench. One webrtcbin receives the publisher, a
 * tee per medium fans out to one webrtcbin for each viewer, without a queue between them, which is the least
 * that it costs. WHIP and WHEP by libsoup; UPnP is off, otherwise each gathering waits for a router.
 *
 *   webrtcbin (publisher) ─> tee ─> webrtcbin (viewer)
 *                             └──> webrtcbin (viewer) ...
 */
#include <gst/gst.h>
#include <gst/sdp/sdp.h>
#define GST_USE_UNSTABLE_API
#include <gst/webrtc/webrtc.h>
#include <libsoup/soup.h>
#include <stdlib.h>
#include <string.h>

#define N_MEDIA 2

static const gchar *const caps_of[N_MEDIA] = {
    "application/x-rtp,media=audio,encoding-name=OPUS,clock-rate=48000,payload=111",
    "application/"
    "x-rtp,media=video,encoding-name=H264,clock-rate=90000,payload=102,packetization-mode=(string)1",
};

typedef struct {
  GstElement *pipeline;
  GstElement *tees[N_MEDIA]; /* voice, video: the order of m-lines in every offer */
} Relay;

typedef struct {
  Relay *relay;
  GstElement *bin;
  SoupServerMessage *message; /* paused until candidates are gathered */
} Exchange;

static void
disable_upnp (GstElement *bin)
{
  GObject *ice = NULL, *agent = NULL;

  g_object_get (bin, "ice-agent", &ice, NULL);
  if (ice != NULL)
    g_object_get (ice, "agent", &agent, NULL);
  if (agent != NULL)
    g_object_set (agent, "upnp", FALSE, NULL);
  g_clear_object (&agent);
  g_clear_object (&ice);
}

static void
reply (Exchange *exchange)
{
  GstWebRTCSessionDescription *local = NULL;
  g_autofree gchar *text = NULL;

  g_object_get (exchange->bin, "local-description", &local, NULL);
  text = local != NULL ? gst_sdp_message_as_text (local->sdp) : g_strdup ("no answer");
  soup_server_message_set_status (exchange->message, local != NULL ? 201 : 500, NULL);
  soup_server_message_set_response (exchange->message, "application/sdp", SOUP_MEMORY_COPY, text,
                                    strlen (text));
  soup_server_message_unpause (exchange->message);
  g_object_unref (exchange->message);
  g_clear_pointer (&local, gst_webrtc_session_description_free);
  g_free (exchange);
}

static gboolean
on_gathered (gpointer data)
{
  Exchange *exchange = data;
  GstWebRTCICEGatheringState state;

  g_object_get (exchange->bin, "ice-gathering-state", &state, NULL);
  if (state != GST_WEBRTC_ICE_GATHERING_STATE_COMPLETE)
    return G_SOURCE_CONTINUE;
  reply (exchange);
  return G_SOURCE_REMOVE;
}

static void
on_answer_made (GstPromise *promise, gpointer data)
{
  Exchange *exchange = data;
  const GstStructure *result = gst_promise_get_reply (promise);
  GstWebRTCSessionDescription *answer = NULL;

  gst_structure_get (result, "answer", GST_TYPE_WEBRTC_SESSION_DESCRIPTION, &answer, NULL);
  if (answer != NULL)
    g_signal_emit_by_name (exchange->bin, "set-local-description", answer, NULL);
  g_clear_pointer (&answer, gst_webrtc_session_description_free);
  gst_promise_unref (promise);
  g_timeout_add (5, on_gathered, exchange);
}

static void
on_offer_set (GstPromise *promise, gpointer data)
{
  Exchange *exchange = data;

  gst_promise_unref (promise);
  g_signal_emit_by_name (exchange->bin, "create-answer", NULL,
                         gst_promise_new_with_change_func (on_answer_made, exchange, NULL));
}

/* The publisher's media goes to the tee of its kind. */
static void
on_pad_added (GstElement *bin, GstPad *pad, gpointer data)
{
  Relay *relay = data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (pad);
  const gchar *media;
  GstPad *sink;

  if (GST_PAD_DIRECTION (pad) != GST_PAD_SRC || caps == NULL)
    return;
  media = gst_structure_get_string (gst_caps_get_structure (caps, 0), "media");
  sink = gst_element_get_static_pad (relay->tees[g_strcmp0 (media, "video") == 0], "sink");
  if (gst_pad_link (pad, sink) != GST_PAD_LINK_OK)
    g_printerr ("bench-gst-tee: cannot link %s\n", media);
  gst_object_unref (sink);
}

/* A viewer's pads, in the order of its m-lines: voice first, as every offer here has it. */
static void
link_viewer (Relay *relay, GstElement *bin)
{
  for (guint i = 0; i < N_MEDIA; i++) {
    GstPad *source = gst_element_request_pad_simple (relay->tees[i], "src_%u");
    GstPadTemplate *template = gst_element_get_pad_template (bin, "sink_%u");
    g_autoptr (GstCaps) caps = gst_caps_from_string (caps_of[i]);
    g_autofree gchar *name = g_strdup_printf ("sink_%u", i);
    GstPad *sink = gst_element_request_pad (bin, template, name, caps);

    g_autoptr (GstWebRTCRTPTransceiver) transceiver = NULL;

    if (sink != NULL)
      g_object_get (sink, "transceiver", &transceiver, NULL);
    if (transceiver != NULL)
      g_object_set (transceiver, "codec-preferences", caps, "direction",
                    GST_WEBRTC_RTP_TRANSCEIVER_DIRECTION_SENDONLY, NULL);
    if (sink == NULL || gst_pad_link (source, sink) != GST_PAD_LINK_OK)
      g_printerr ("bench-gst-tee: cannot link a viewer\n");
    g_clear_object (&sink);
    gst_object_unref (source);
  }
}

static void
exchange_offer (Relay *relay, SoupServerMessage *message, gboolean publishes)
{
  Exchange *exchange = g_new0 (Exchange, 1);
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autofree gchar *text = g_strndup (body->data, body->length);
  GstSDPMessage *sdp;
  GstWebRTCSessionDescription *offer;

  exchange->relay = relay;
  exchange->message = g_object_ref (message);
  exchange->bin = gst_element_factory_make ("webrtcbin", NULL);
  g_object_set (exchange->bin, "bundle-policy", GST_WEBRTC_BUNDLE_POLICY_MAX_BUNDLE, "latency", 0, NULL);
  disable_upnp (exchange->bin);
  if (publishes)
    g_signal_connect (exchange->bin, "pad-added", G_CALLBACK (on_pad_added), relay);
  gst_bin_add (GST_BIN (relay->pipeline), exchange->bin);
  gst_element_sync_state_with_parent (exchange->bin);
  if (!publishes)
    link_viewer (relay, exchange->bin);

  soup_server_message_pause (message);
  gst_sdp_message_new_from_text (text, &sdp);
  offer = gst_webrtc_session_description_new (GST_WEBRTC_SDP_TYPE_OFFER, sdp);
  g_signal_emit_by_name (exchange->bin, "set-remote-description", offer,
                         gst_promise_new_with_change_func (on_offer_set, exchange, NULL));
  gst_webrtc_session_description_free (offer);
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  exchange_offer (data, message, strcmp (path, "/whip") == 0);
}

int
main (int argc, char **argv)
{
  Relay relay = {0};
  g_autoptr (SoupServer) server = NULL;
  g_autoptr (GSocketAddress) address = NULL;
  g_autoptr (GMainLoop) main = NULL;
  g_autoptr (GError) error = NULL;

  gst_init (&argc, &argv);
  if (argc != 3) {
    g_printerr ("bench-gst-tee ADDRESS PORT\n");
    return 1;
  }
  relay.pipeline = gst_pipeline_new (NULL);
  for (guint i = 0; i < N_MEDIA; i++) {
    relay.tees[i] = gst_element_factory_make ("tee", NULL);
    g_object_set (relay.tees[i], "allow-not-linked", TRUE, NULL);
    gst_bin_add (GST_BIN (relay.pipeline), relay.tees[i]);
  }
  gst_element_set_state (relay.pipeline, GST_STATE_PLAYING);

  server = soup_server_new (NULL, NULL);
  address = g_inet_socket_address_new_from_string (argv[1], (guint)atoi (argv[2]));
  soup_server_add_handler (server, NULL, on_request, &relay, NULL);
  if (address == NULL || !soup_server_listen (server, address, 0, &error)) {
    g_printerr ("bench-gst-tee: %s\n", error != NULL ? error->message : "no such address");
    return 1;
  }
  main = g_main_loop_new (NULL, FALSE);
  g_main_loop_run (main);
  return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * relaysrc as an element, with a real publisher behind it: live, without preroll, one pad a stream, its
 * packets as they were sent, keyframe requests on their way back, EOS at the end.
 */
#include "elements/plugin.h"
#include "elements/relaysrc.h"

#include "rtc/rtcp-in.h"
#include "support/make-rtp.h"
#include "support/peer-pair.h"
#include <gst/check/gstharness.h>
#include <gst/video/video.h>

#define MEDIA_SSRC 0x1111

typedef struct {
  CrPairFixture *f;
  CrIceCredentials local;
  CrLightPeer *light;
  GstElement *src;
  GstHarness *harness;
  GstStateChangeReturn paused;
  gboolean has_latency, live;
  GstClockTime least_latency;
  gint light_connected, plis, flowing, closed; /* atomic */
  GstPad *pad;
} Publisher;

static void
on_light_connected (CrLightPeer *peer, gpointer data)
{
  g_atomic_int_set (&((Publisher *)data)->light_connected, TRUE);
}

static void
on_pli (guint32 media_ssrc, gpointer user)
{
  g_assert_cmphex (media_ssrc, ==, MEDIA_SSRC);
  g_atomic_int_inc (&((Publisher *)user)->plis);
}

static void
on_light_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  static const CrRtcpHandler handler = {.pli = on_pli};

  g_assert_true (cr_rtcp_parse (packet, length_bytes, &handler, data));
}

static void
on_flowing (CrRelaySrc *src, gboolean flowing, gpointer data)
{
  g_atomic_int_set (&((Publisher *)data)->flowing, flowing);
}

static void
on_closed (CrRelaySrc *src, CrPeerEnd end, gpointer data)
{
  g_atomic_int_set (&((Publisher *)data)->closed, TRUE);
}

static void
on_pad_added (GstElement *src, GstPad *pad, gpointer data)
{
  Publisher *publisher = data;

  publisher->pad = pad;
  gst_harness_add_element_src_pad (publisher->harness, pad);
}

static CrNegotiation *
make_negotiation (void)
{
  CrNegotiation *negotiation = g_new0 (CrNegotiation, 1);

  negotiation->n_lines = 1;
  negotiation->lines[0] = (CrMediaLine){.mid = "0",
                                        .kind = CR_MEDIA_VIDEO,
                                        .accepted = TRUE,
                                        .payload_types = {[CR_CODEC_VP8] = 96},
                                        .nack = TRUE,
                                        .pli = TRUE};
  return negotiation;
}

static void
publish (gpointer data)
{
  static const CrRelaySrcHandler handler = {.on_flowing = on_flowing, .on_closed = on_closed};
  Publisher *publisher = data;
  g_autofree gchar *fingerprint =
      g_strconcat ("sha-256 ", cr_dtls_identity_get_fingerprint (publisher->f->guest), NULL);
  CrPeer *peer = cr_peer_new ("p1", publisher->f->relay, &publisher->local,
                              cr_light_peer_get_ufrag (publisher->light), fingerprint, CR_DTLS_SERVER);

  publisher->src = gst_object_ref_sink (gst_element_factory_make ("relaysrc", NULL));
  publisher->harness = gst_harness_new_with_element (publisher->src, NULL, NULL);
  g_signal_connect (publisher->src, "pad-added", G_CALLBACK (on_pad_added), publisher);
  gst_element_set_state (publisher->src, GST_STATE_READY);
  publisher->paused = gst_element_set_state (publisher->src, GST_STATE_PAUSED);
  gst_element_set_state (publisher->src, GST_STATE_PLAYING);
  cr_relay_src_publish (CR_RELAY_SRC (publisher->src), publisher->f->worker, peer, make_negotiation (),
                        &handler, publisher);
}

static void
query_latency (gpointer data)
{
  Publisher *publisher = data;
  g_autoptr (GstQuery) query = gst_query_new_latency ();

  publisher->has_latency = gst_pad_query (publisher->pad, query);
  gst_query_parse_latency (query, &publisher->live, &publisher->least_latency, NULL);
}

static void
request_keyframe (gpointer data)
{
  gst_harness_push_upstream_event (((Publisher *)data)->harness, gst_video_event_new_upstream_force_key_unit (
                                                                     GST_CLOCK_TIME_NONE, TRUE, 0));
}

static void
end (gpointer data)
{
  cr_relay_src_end (CR_RELAY_SRC (((Publisher *)data)->src));
}

static void
tear_down_element (gpointer data)
{
  Publisher *publisher = data;

  gst_element_set_state (publisher->src, GST_STATE_NULL);
  gst_harness_teardown (publisher->harness);
  gst_object_unref (publisher->src);
}

static void
send_packet (Publisher *publisher, guint16 seq)
{
  /* A VP8 key frame: descriptor with S=1, P=0 in the first byte of the payload (RFC 7741 section 4.3). */
  guint8 payload[100] = {0x10, 0x00};
  TestRtp rtp;

  test_rtp_begin (&rtp, 96, seq, seq * 3000u, MEDIA_SSRC);
  test_rtp_append (&rtp, payload, sizeof payload);
  g_assert_true (cr_light_peer_send_rtp_packet (publisher->light, rtp.data, rtp.length_bytes, seq));
}

static void
start (Publisher *publisher, CrPairFixture *f)
{
  static const CrLightPeerHandler handler = {.on_connected = on_light_connected, .on_rtcp = on_light_rtcp};
  g_auto (GStrv) candidates = cr_worker_get_candidates (f->worker, TRUE);
  g_autofree gchar *joined = g_strjoinv ("\r\na=candidate:", candidates);
  g_autofree gchar *answer = NULL;
  g_autoptr (GError) error = NULL;

  *publisher = (Publisher){.f = f};
  cr_ice_credentials_generate (&publisher->local);
  publisher->light = cr_light_peer_new (f->loop, f->guest, &handler, publisher);
  cr_media_invoke_sync (f->worker, publish, publisher);
  answer = g_strdup_printf ("v=0\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\n"
                            "a=setup:passive\r\na=candidate:%s\r\n",
                            publisher->local.ufrag, publisher->local.password,
                            cr_dtls_identity_get_fingerprint (f->relay), joined);
  g_assert_true (cr_light_peer_start (publisher->light, answer, &error));
  g_assert_no_error (error);
  CR_PAIR_WAIT_FOR (g_atomic_int_get (&publisher->light_connected));
}

static void
finish (Publisher *publisher)
{
  cr_media_invoke_sync (publisher->f->worker, tear_down_element, publisher);
  cr_light_peer_free (publisher->light);
}

static void
test_live_without_preroll (CrPairFixture *f, gconstpointer data)
{
  Publisher publisher;

  start (&publisher, f);
  g_assert_cmpint (publisher.paused, ==, GST_STATE_CHANGE_NO_PREROLL);
  send_packet (&publisher, 1);
  CR_PAIR_WAIT_FOR (g_atomic_int_get (&publisher.flowing));
  cr_media_invoke_sync (f->worker, query_latency, &publisher);
  g_assert_true (publisher.has_latency);
  g_assert_true (publisher.live);
  g_assert_cmpuint (publisher.least_latency, ==, 0);
  finish (&publisher);
}

static void
check_packets (gpointer data)
{
  Publisher *publisher = data;
  g_autoptr (GstCaps) caps = gst_pad_get_current_caps (publisher->pad);

  g_assert_cmpstr (gst_structure_get_string (gst_caps_get_structure (caps, 0), "encoding-name"), ==, "VP8");
  for (guint16 seq = 1; seq <= 20; seq++) {
    g_autoptr (GstBuffer) buffer = gst_harness_pull (publisher->harness);
    guint8 bytes[200];
    gsize length_bytes = gst_buffer_extract (buffer, 0, bytes, sizeof bytes);
    CrRtpPacket packet;

    g_assert_true (cr_rtp_packet_parse (&packet, bytes, length_bytes));
    g_assert_cmpuint (packet.seq, ==, seq);
    g_assert_cmpuint (packet.payload_bytes, ==, 100);
    g_assert_true (GST_BUFFER_PTS_IS_VALID (buffer));
    g_assert_nonnull (gst_buffer_get_reference_timestamp_meta (buffer, NULL));
  }
}

static void
test_packets_arrive_as_they_were_sent (CrPairFixture *f, gconstpointer data)
{
  Publisher publisher;

  start (&publisher, f);
  for (guint16 seq = 1; seq <= 20; seq++)
    send_packet (&publisher, seq);
  CR_PAIR_WAIT_FOR (g_atomic_int_get (&publisher.flowing) &&
                    gst_harness_buffers_received (publisher.harness) == 20);
  cr_media_invoke_sync (f->worker, check_packets, &publisher);
  finish (&publisher);
}

static void
test_keyframe_requests_reach_the_publisher (CrPairFixture *f, gconstpointer data)
{
  Publisher publisher;

  start (&publisher, f);
  send_packet (&publisher, 1);
  CR_PAIR_WAIT_FOR (g_atomic_int_get (&publisher.flowing));
  cr_media_invoke_sync (f->worker, request_keyframe, &publisher);
  CR_PAIR_WAIT_FOR (g_atomic_int_get (&publisher.plis) == 1);
  finish (&publisher);
}

static void
test_ends_with_eos (CrPairFixture *f, gconstpointer data)
{
  Publisher publisher;
  gboolean ended = FALSE;

  start (&publisher, f);
  send_packet (&publisher, 1);
  CR_PAIR_WAIT_FOR (g_atomic_int_get (&publisher.flowing));
  cr_media_invoke_sync (f->worker, end, &publisher);
  g_assert_false (g_atomic_int_get (&publisher.flowing));
  while (!ended) {
    g_autoptr (GstEvent) event = gst_harness_try_pull_event (publisher.harness);

    g_assert_nonnull (event);
    ended = GST_EVENT_TYPE (event) == GST_EVENT_EOS;
  }
  finish (&publisher);
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  cr_elements_register ();
#define ADD(name, func)                                                                                      \
  g_test_add ("/elements/relaysrc/" name, CrPairFixture, NULL, cr_pair_set_up, func, cr_pair_tear_down)
  ADD ("live-without-preroll", test_live_without_preroll);
  ADD ("packets-arrive-as-they-were-sent", test_packets_arrive_as_they_were_sent);
  ADD ("keyframe-requests-reach-the-publisher", test_keyframe_requests_reach_the_publisher);
  ADD ("ends-with-eos", test_ends_with_eos);
#undef ADD
  return g_test_run ();
}

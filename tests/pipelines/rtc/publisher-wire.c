/* SPDX-License-Identifier: Apache-2.0
 *
 * A publisher on a real worker against the light peer, over loopback, sealed and all: what was lost on the
 * way comes back by RTX, and the reports and requests arrive.
 */
#include "light-peer.h"
#include "rtc/publisher.h"
#include "rtc/rtcp-in.h"
#include "support/make-rtp.h"

#define PATIENCE_US (20 * G_USEC_PER_SEC)
#define N_PACKETS   500
#define FIRST_SEQ   65400 /* so that the numbers wrap on the way */
#define MEDIA_SSRC  0x1111
#define RTX_SSRC    0x3333

typedef struct {
  CrWorker *worker;
  CrLightLoop *loop;
  CrDtlsIdentity *relay, *guest;
  CrIceCredentials local;
  CrPublisher *publisher;
  CrLightPeer *light;
  gint light_connected;

  /* of the relay's side, written on the worker */
  guint8 delivered[N_PACKETS];
  gint n_delivered, started, away, closed, end; /* atomic */

  /* of the sender's side */
  guint next;
  guint16 next_rtx, next_twcc;
  guint n_nacked, n_twcc_statuses, n_blocks, n_plis;
} Wire;

static gboolean
is_lost (guint i)
{
  return i % 7 == 3 || (i > 200 && i < 230);
}

/* Sent in the clear as packet `index` of the stream; RTX puts its own header before the same payload. */
static void
make_packet (Wire *wire, TestRtp *rtp, guint index, gboolean rtx)
{
  guint8 twcc[2] = {(guint8)(wire->next_twcc >> 8), (guint8)wire->next_twcc};
  guint8 osn[2] = {(guint8)((FIRST_SEQ + index) >> 8), (guint8)(FIRST_SEQ + index)};
  guint8 payload[200];

  wire->next_twcc++;
  memset (payload, (gint)index, sizeof payload);
  payload[0] = 0x61;
  test_rtp_begin (rtp, rtx ? 97 : 96, rtx ? wire->next_rtx : (guint16)(FIRST_SEQ + index), index * 3000,
                  rtx ? RTX_SSRC : MEDIA_SSRC);
  test_rtp_add_extension (rtp, 3, twcc, 2);
  if (rtx)
    test_rtp_append (rtp, osn, 2);
  test_rtp_append (rtp, payload, sizeof payload);
}

static void
on_nack (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user)
{
  Wire *wire = user;
  TestRtp rtp;

  g_assert_cmphex (media_ssrc, ==, MEDIA_SSRC);
  for (guint bit = 0; bit <= 16; bit++) {
    guint index = (guint16)(pid + bit - FIRST_SEQ);

    if (bit > 0 && (blp >> (bit - 1) & 1) == 0)
      continue;
    g_assert_cmpuint (index, <, N_PACKETS);
    g_assert_true (is_lost (index));
    if (wire->n_nacked++ % 3 == 0) /* this answer is lost as well */
      continue;
    make_packet (wire, &rtp, index, TRUE);
    cr_light_peer_send_rtp_packet (wire->light, rtp.data, rtp.length_bytes, wire->next_rtx++);
  }
}

static void
on_block (guint32 sender_ssrc, const CrReportBlock *block, gpointer user)
{
  g_assert_cmphex (block->ssrc, ==, MEDIA_SSRC);
  ((Wire *)user)->n_blocks++;
}

static void
on_pli (guint32 media_ssrc, gpointer user)
{
  g_assert_cmphex (media_ssrc, ==, MEDIA_SSRC);
  ((Wire *)user)->n_plis++;
}

static void
on_twcc (const guint8 *packet, gsize length_bytes, gpointer user)
{
  ((Wire *)user)->n_twcc_statuses += (guint)packet[14] << 8 | packet[15];
}

static void
on_light_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  static const CrRtcpHandler handler = {
      .report_block = on_block, .nack = on_nack, .pli = on_pli, .twcc = on_twcc};

  g_assert_true (cr_rtcp_parse (packet, length_bytes, &handler, data));
}

static void
on_light_connected (CrLightPeer *peer, gpointer data)
{
  ((Wire *)data)->light_connected = TRUE;
}

static void
on_stream_started (CrPublisher *publisher, guint stream, const CrStreamInfo *info, gpointer data)
{
  g_atomic_int_inc (&((Wire *)data)->started);
}

static void
on_packet (CrPublisher *publisher, guint stream, GstBuffer *buffer, gpointer data)
{
  Wire *wire = data;
  guint8 bytes[1500];
  gsize length_bytes = gst_buffer_extract (buffer, 0, bytes, sizeof bytes);
  CrRtpPacket packet;
  guint index;

  g_assert_true (cr_rtp_packet_parse (&packet, bytes, length_bytes));
  g_assert_cmphex (packet.ssrc, ==, MEDIA_SSRC);
  g_assert_cmpuint (packet.payload_type, ==, 96);
  g_assert_cmpuint (packet.payload_bytes, ==, 200);
  index = (guint16)(packet.seq - FIRST_SEQ);
  g_assert_cmpuint (index, <, N_PACKETS);
  g_assert_cmpuint (bytes[length_bytes - 1], ==, index & 0xff);
  g_assert_cmpuint (wire->delivered[index]++, ==, 0);
  g_atomic_int_inc (&wire->n_delivered);
  gst_buffer_unref (buffer);
}

static void
on_away (CrPublisher *publisher, gboolean away, gpointer data)
{
  g_atomic_int_set (&((Wire *)data)->away, away);
}

static void
on_closed (CrPublisher *publisher, CrPeerEnd end, gpointer data)
{
  g_atomic_int_set (&((Wire *)data)->end, (gint)end);
  g_atomic_int_set (&((Wire *)data)->closed, TRUE);
}

static CrNegotiation *
make_negotiation (void)
{
  CrNegotiation *negotiation = g_new0 (CrNegotiation, 1);

  negotiation->n_lines = 1;
  negotiation->lines[0] = (CrMediaLine){.mid = "0",
                                        .kind = CR_MEDIA_VIDEO,
                                        .accepted = TRUE,
                                        .payload_types = {[CR_CODEC_H264] = 96},
                                        .rtx_payload_types = {[CR_CODEC_H264] = 97},
                                        .nack = TRUE,
                                        .pli = TRUE,
                                        .transport_cc = TRUE,
                                        .extensions = {.twcc = 3}};
  return negotiation;
}

static void
start_publisher (gpointer data)
{
  static const CrPublisherHandler handler = {on_stream_started, on_packet, on_away, on_closed};
  Wire *wire = data;
  g_autofree gchar *fingerprint =
      g_strconcat ("sha-256 ", cr_dtls_identity_get_fingerprint (wire->guest), NULL);
  CrPeer *peer = cr_peer_new ("p1", wire->relay, &wire->local, cr_light_peer_get_ufrag (wire->light),
                              fingerprint, CR_DTLS_SERVER);

  wire->publisher = cr_publisher_new (peer, make_negotiation (), wire->worker, &handler, wire);
}

static void
free_publisher (gpointer data)
{
  Wire *wire = data;
  const CrPublisherStats *stats = cr_publisher_get_stats (wire->publisher);

  g_test_message ("%u of %u lost, %u asked for, %u came back", (guint)stats->lost, N_PACKETS,
                  (guint)stats->nacks_sent, (guint)stats->recovered);
  g_assert_cmpuint (stats->packets, ==, N_PACKETS);
  g_assert_cmpuint (stats->junk, ==, 0);
  g_assert_cmpuint (stats->lost, ==, stats->recovered);
  g_clear_pointer (&wire->publisher, cr_publisher_free);
}

static void
request_keyframe (gpointer data)
{
  cr_publisher_request_keyframe (((Wire *)data)->publisher, CR_MEDIA_VIDEO * CR_SDP_MAX_RIDS);
}

#define WAIT_FOR(condition)                                                                                  \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 until_us = g_get_monotonic_time () + PATIENCE_US;                                                 \
    while (!(condition)) {                                                                                   \
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);                                                \
      if (!g_main_context_iteration (NULL, FALSE))                                                           \
        g_usleep (500);                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  G_STMT_END

static void
open_wire (Wire *wire, CrLightTransport transport)
{
  static const CrLightPeerHandler handler = {.on_connected = on_light_connected, .on_rtcp = on_light_rtcp};
  CrWorkerConfig config = {.udp = transport == CR_LIGHT_UDP};
  g_autoptr (GError) error = NULL;
  g_autoptr (GString) answer = g_string_new ("v=0\r\n");
  g_auto (GStrv) candidates = NULL;

  memset (wire, 0, sizeof *wire);
  wire->worker = cr_worker_new (&config, &error);
  g_assert_no_error (error);
  wire->loop = cr_light_loop_new (NULL);
  wire->relay = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  wire->guest = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  cr_ice_credentials_generate (&wire->local);
  wire->light = cr_light_peer_new (wire->loop, wire->guest, &handler, wire);
  cr_light_peer_set_transport (wire->light, transport);
  cr_media_invoke_sync (wire->worker, start_publisher, wire);

  g_string_append_printf (answer, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\n",
                          wire->local.ufrag, wire->local.password,
                          cr_dtls_identity_get_fingerprint (wire->relay));
  g_string_append (answer, "a=setup:passive\r\n");
  candidates = cr_worker_get_candidates (wire->worker, TRUE);
  for (guint i = 0; candidates[i] != NULL; i++)
    g_string_append_printf (answer, "a=candidate:%s\r\n", candidates[i]);
  g_assert_true (cr_light_peer_start (wire->light, answer->str, &error));
  g_assert_no_error (error);
  WAIT_FOR (wire->light_connected);
}

/* One packet at a time, as a pacer would. The last two are never lost: a gap shows when something follows. */
static gboolean
send_next (gpointer data)
{
  Wire *wire = data;
  guint index = wire->next++;
  TestRtp rtp;

  make_packet (wire, &rtp, index, FALSE);
  if (!is_lost (index) || index >= N_PACKETS - 2)
    g_assert_true (
        cr_light_peer_send_rtp_packet (wire->light, rtp.data, rtp.length_bytes, FIRST_SEQ + index));
  return wire->next < N_PACKETS;
}

static void
test_wire (gconstpointer user)
{
  Wire wire;

  open_wire (&wire, (CrLightTransport)GPOINTER_TO_INT (user));
  g_timeout_add (2, send_next, &wire);
  WAIT_FOR (g_atomic_int_get (&wire.n_delivered) == N_PACKETS);
  g_assert_cmpint (g_atomic_int_get (&wire.started), ==, 1);
  /* What was never sent again left its mark in the feedback as well. */
  WAIT_FOR (wire.n_twcc_statuses >= wire.next_twcc && wire.n_blocks >= 1);

  cr_media_invoke_sync (wire.worker, request_keyframe, &wire);
  WAIT_FOR (wire.n_plis == 1);

  WAIT_FOR (g_atomic_int_get (&wire.away)); /* nothing more was sent */
  cr_light_peer_close (wire.light);
  WAIT_FOR (g_atomic_int_get (&wire.closed));
  g_assert_cmpint (g_atomic_int_get (&wire.end), ==, CR_PEER_END_CLOSE_NOTIFY);
  cr_media_invoke_sync (wire.worker, free_publisher, &wire);

  cr_light_peer_free (wire.light);
  cr_light_loop_free (wire.loop);
  cr_worker_free (wire.worker);
  cr_dtls_identity_free (wire.relay);
  cr_dtls_identity_free (wire.guest);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_data_func ("/rtc/publisher-wire/udp", GINT_TO_POINTER (CR_LIGHT_UDP), test_wire);
  g_test_add_data_func ("/rtc/publisher-wire/tcp", GINT_TO_POINTER (CR_LIGHT_TCP), test_wire);
  return g_test_run ();
}

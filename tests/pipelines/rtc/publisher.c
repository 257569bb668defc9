/* SPDX-License-Identifier: Apache-2.0
 *
 * A publisher between a wire and a clock that the test moves: the peer and the worker are replaced by the few
 * functions below, everything else is real.
 */
#include "rtc/publisher.h"
#include "rtc/rtcp-in.h"
#include "rtc/twcc.h"
#include "support/make-rtp.h"

#include <gst/rtp/gstrtcpbuffer.h>

#define MS         G_GINT64_CONSTANT (1000)
#define SECOND     (1000 * MS)
#define START_US   (1000 * SECOND)
#define WALL_AHEAD (1767600000 * SECOND) /* the wall clock less the monotonic one */
#define NTP_AHEAD  (2208988800 * SECOND) /* 1900 before 1970 */
#define VIDEO      (CR_MEDIA_VIDEO * CR_SDP_MAX_RIDS)
#define AUDIO      (CR_MEDIA_AUDIO * CR_SDP_MAX_RIDS)

/* The wire and the clock. */

struct CrWorker {
  gint64 now_us;
  CrTimerHeap *timers;
  guint n_armed;
};

struct CrPeer {
  const CrPeerHandler *handler;
  gpointer data;
  gboolean stopped;
  gboolean freed;
};

static CrWorker worker;

static gint64
fake_monotonic_us (gpointer data)
{
  return worker.now_us;
}

static gint64
fake_wall_us (gpointer data)
{
  return worker.now_us + WALL_AHEAD;
}

const CrClock *
cr_worker_get_clock (CrWorker *self)
{
  static const CrClock clock = {.monotonic_us = fake_monotonic_us, .wall_us = fake_wall_us};

  return &clock;
}

gint64
cr_worker_now_us (CrWorker *self)
{
  return self->now_us;
}

gboolean
cr_worker_is_current (CrWorker *self)
{
  return TRUE;
}

void
cr_worker_arm_timer (CrWorker *self, CrTimer *timer, gint64 deadline_us)
{
  self->n_armed++;
  cr_timer_heap_arm (self->timers, timer, deadline_us);
}

void
cr_worker_disarm_timer (CrWorker *self, CrTimer *timer)
{
  cr_timer_heap_disarm (self->timers, timer);
}

void
cr_peer_start (CrPeer *peer, CrWorker *self, const CrPeerHandler *handler, gpointer data)
{
  peer->handler = handler;
  peer->data = data;
}

void
cr_peer_stop (CrPeer *peer)
{
  peer->stopped = TRUE;
}

void
cr_peer_free (CrPeer *peer)
{
  g_assert_true (peer->stopped);
  peer->freed = TRUE;
}

/* What came out on both sides. */

typedef struct {
  guint stream;
  guint16 seq;
  guint32 ssrc;
  guint8 payload_type;
  GstClockTime pts;
  guint64 captured_ns;
  guint8 bytes[1500];
  gsize length_bytes;
} Delivered;

static struct {
  CrPeer peer;
  CrPublisher *publisher;
  guint started[CR_PUBLISHER_MAX_STREAMS];
  CrStreamInfo info[CR_PUBLISHER_MAX_STREAMS];
  guint n_delivered;
  Delivered last;
  gboolean away, closed;
  guint away_changes;

  guint compounds, reports, plis, firs, nacked, twccs;
  guint16 nacked_seqs[2048];
  guint32 requested_ssrc;
  guint8 fir_seq;
  CrReportBlock blocks[CR_PUBLISHER_MAX_STREAMS * 2];
  guint n_blocks; /* of the last compound that had any */
  gint64 last_nack_us;
  guint twcc_statuses;
} test;

static void
on_stream_started (CrPublisher *publisher, guint stream, const CrStreamInfo *info, gpointer data)
{
  test.started[stream]++;
  test.info[stream] = *info;
}

static void
on_packet (CrPublisher *publisher, guint stream, GstBuffer *buffer, gpointer data)
{
  GstReferenceTimestampMeta *meta = gst_buffer_get_reference_timestamp_meta (buffer, NULL);
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("timestamp/x-ntp");
  CrRtpPacket packet;

  g_assert_cmpuint (test.started[stream], >, 0);
  test.n_delivered++;
  test.last.stream = stream;
  test.last.pts = GST_BUFFER_PTS (buffer);
  test.last.length_bytes = gst_buffer_extract (buffer, 0, test.last.bytes, sizeof test.last.bytes);
  g_assert_true (cr_rtp_packet_parse (&packet, test.last.bytes, test.last.length_bytes));
  test.last.seq = packet.seq;
  test.last.ssrc = packet.ssrc;
  test.last.payload_type = packet.payload_type;
  g_assert_nonnull (meta);
  g_assert_true (gst_caps_is_subset (meta->reference, caps));
  test.last.captured_ns = meta->timestamp;
  gst_buffer_unref (buffer);
}

static void
on_away (CrPublisher *publisher, gboolean away, gpointer data)
{
  g_assert_cmpint (away, !=, test.away);
  test.away = away;
  test.away_changes++;
}

static void
on_closed (CrPublisher *publisher, CrPeerEnd end, gpointer data)
{
  test.closed = TRUE;
}

static void
on_block_sent (guint32 sender_ssrc, const CrReportBlock *block, gpointer user)
{
  guint *n_blocks = user;

  g_assert_cmpuint (*n_blocks, <, G_N_ELEMENTS (test.blocks));
  test.blocks[(*n_blocks)++] = *block;
}

static void
on_nack_sent (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user)
{
  test.requested_ssrc = media_ssrc;
  test.last_nack_us = worker.now_us;
  for (guint bit = 0; bit <= 16; bit++) {
    if (bit == 0 || (blp >> (bit - 1) & 1) != 0)
      test.nacked_seqs[test.nacked++] = (guint16)(pid + bit);
  }
}

static void
on_pli_sent (guint32 media_ssrc, gpointer user)
{
  test.requested_ssrc = media_ssrc;
  test.plis++;
}

static void
on_fir_sent (guint32 media_ssrc, guint8 seq, gpointer user)
{
  test.requested_ssrc = media_ssrc;
  test.fir_seq = seq;
  test.firs++;
}

static void
on_twcc_sent (const guint8 *packet, gsize length_bytes, gpointer user)
{
  test.twccs++;
  test.twcc_statuses += GST_READ_UINT16_BE (packet + 14);
}

gboolean
cr_peer_send_rtcp (CrPeer *peer, const guint8 *compound, gsize length_bytes)
{
  static const CrRtcpHandler handler = {.report_block = on_block_sent,
                                        .nack = on_nack_sent,
                                        .pli = on_pli_sent,
                                        .fir = on_fir_sent,
                                        .twcc = on_twcc_sent};
  guint n_blocks = 0;

  /* Every one is a compound packet by the letter of RFC 3550 section 6.1. */
  g_assert_true (gst_rtcp_buffer_validate_data ((guint8 *)compound, (guint)length_bytes));
  g_assert_cmpuint (length_bytes, <=, 1200);
  g_assert_true (cr_rtcp_parse (compound, length_bytes, &handler, &n_blocks));
  test.compounds++;
  if (n_blocks > 0) {
    test.reports++;
    test.n_blocks = n_blocks;
  }
  return TRUE;
}

static CrNegotiation *
make_negotiation (void)
{
  CrNegotiation *negotiation = g_new0 (CrNegotiation, 1);

  negotiation->n_lines = 2;
  negotiation->lines[0] = (CrMediaLine){.mid = "0",
                                        .kind = CR_MEDIA_AUDIO,
                                        .accepted = TRUE,
                                        .payload_types = {[CR_CODEC_OPUS] = 111},
                                        .extensions = {.mid = 4, .twcc = 3}};
  negotiation->lines[1] = (CrMediaLine){.mid = "1",
                                        .kind = CR_MEDIA_VIDEO,
                                        .accepted = TRUE,
                                        .payload_types = {[CR_CODEC_H264] = 96},
                                        .rtx_payload_types = {[CR_CODEC_H264] = 97},
                                        .nack = TRUE,
                                        .pli = TRUE,
                                        .transport_cc = TRUE,
                                        .extensions = {.mid = 4, .rid = 10, .repaired_rid = 11, .twcc = 3}};
  return negotiation;
}

/* Takes `negotiation`. */
static void
set_up (CrNegotiation *negotiation)
{
  static const CrPublisherHandler handler = {.on_stream_started = on_stream_started,
                                             .on_packet = on_packet,
                                             .on_away = on_away,
                                             .on_closed = on_closed};

  memset (&test, 0, sizeof test);
  worker.now_us = START_US;
  worker.timers = cr_timer_heap_new ();
  test.publisher = cr_publisher_new (&test.peer, negotiation, &worker, &handler, NULL);
  test.peer.handler->on_connected (&test.peer, test.peer.data);
}

static void
tear_down (void)
{
  cr_publisher_free (test.publisher);
  g_assert_true (test.peer.freed);
  g_assert_cmpint (cr_timer_heap_next_us (worker.timers), ==, G_MAXINT64);
  g_clear_pointer (&worker.timers, cr_timer_heap_free);
}

static void
run_until (gint64 time_us)
{
  while (cr_timer_heap_next_us (worker.timers) <= time_us) {
    worker.now_us = MAX (worker.now_us, cr_timer_heap_next_us (worker.timers));
    cr_timer_heap_run (worker.timers, worker.now_us);
  }
  worker.now_us = time_us;
}

static void
run_for (gint64 time_us)
{
  run_until (worker.now_us + time_us);
}

static void
receive (TestRtp *rtp)
{
  test.peer.handler->on_rtp (&test.peer, rtp->data, rtp->length_bytes, worker.now_us, test.peer.data);
}

static void
receive_video (guint16 seq, guint32 ssrc, const gchar *payload)
{
  TestRtp rtp;

  test_rtp_begin (&rtp, 96, seq, seq * 3000, ssrc);
  test_rtp_append (&rtp, payload, strlen (payload));
  receive (&rtp);
}

static void
receive_audio (guint16 seq, guint32 ssrc)
{
  TestRtp rtp;

  test_rtp_begin (&rtp, 111, seq, seq * 960, ssrc);
  test_rtp_append (&rtp, "opus", 4);
  receive (&rtp);
}

static void
receive_rtcp (const guint8 *data, gsize length_bytes)
{
  g_autofree guint8 *copy = g_memdup2 (data, length_bytes);

  test.peer.handler->on_rtcp (&test.peer, copy, length_bytes, worker.now_us, test.peer.data);
}

static void
receive_sender_report (guint32 ssrc, guint64 ntp, guint32 timestamp_rtp)
{
  guint8 report[28] = {0x80, 200, 0, 6};

  GST_WRITE_UINT32_BE (report + 4, ssrc);
  GST_WRITE_UINT64_BE (report + 8, ntp);
  GST_WRITE_UINT32_BE (report + 16, timestamp_rtp);
  receive_rtcp (report, sizeof report);
}

static void
test_delivers (void)
{
  TestRtp rtp;
  guint8 sent[1500];

  set_up (make_negotiation ());
  test_rtp_begin (&rtp, 0x80 | 96, 5, 90000, 0x1111);
  test_rtp_add_extension (&rtp, 4, "1", 1);
  test_rtp_append (&rtp, "\x61picture", 8);
  memcpy (sent, rtp.data, rtp.length_bytes);
  run_for (10 * MS);
  receive (&rtp);
  g_assert_cmpuint (test.started[VIDEO], ==, 1);
  g_assert_cmpint (test.info[VIDEO].kind, ==, CR_MEDIA_VIDEO);
  g_assert_cmpint (test.info[VIDEO].codec, ==, CR_CODEC_H264);
  g_assert_cmphex (test.info[VIDEO].ssrc, ==, 0x1111);
  g_assert_cmpuint (test.info[VIDEO].payload_type, ==, 96);
  g_assert_cmpmem (test.last.bytes, test.last.length_bytes, sent, rtp.length_bytes);
  g_assert_cmpuint (test.last.pts, ==, (START_US + 10 * MS) * GST_USECOND);
  g_assert_cmpuint (test.last.captured_ns / GST_USECOND, ==, (START_US + 10 * MS + WALL_AHEAD) + NTP_AHEAD);
  receive_audio (1, 0x2222);
  g_assert_cmpuint (test.last.stream, ==, AUDIO);
  g_assert_cmpint (test.info[AUDIO].codec, ==, CR_CODEC_OPUS);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->packets, ==, 2);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->junk, ==, 0);
  tear_down ();
}

static void
test_gap_is_mended_by_rtx (void)
{
  TestRtp rtx;

  set_up (make_negotiation ());
  receive_video (65534, 0x1111,
                 "\x61"
                 "a");
  receive_video (1, 0x1111,
                 "\x61"
                 "d");
  run_for (20 * MS);
  g_assert_cmpuint (test.nacked, ==, 2);
  g_assert_cmphex (test.requested_ssrc, ==, 0x1111);
  g_assert_cmpuint (test.nacked_seqs[0], ==, 65535);
  g_assert_cmpuint (test.nacked_seqs[1], ==, 0);

  /* One comes by RTX, found by its payload type, with padding and an extension; one as it was. */
  test_rtp_begin (&rtx, 0x80 | 97, 777, 65535 * 3000, 0x3333);
  test_rtp_add_extension (&rtx, 4, "1", 1);
  test_rtp_append (&rtx,
                   "\xff\xff\x61"
                   "b",
                   4);
  test_rtp_add_padding (&rtx, 9);
  receive (&rtx);
  g_assert_cmpuint (test.last.stream, ==, VIDEO);
  g_assert_cmpuint (test.last.seq, ==, 65535);
  g_assert_cmphex (test.last.ssrc, ==, 0x1111);
  g_assert_cmpuint (test.last.payload_type, ==, 96);
  g_assert_cmphex (test.last.bytes[0] & 0x20, ==, 0);
  g_assert_cmphex (test.last.bytes[1], ==, 0x80 | 96);
  g_assert_cmpmem (test.last.bytes + test.last.length_bytes - 2, 2,
                   "\x61"
                   "b",
                   2);
  receive_video (0, 0x1111,
                 "\x61"
                 "c");
  g_assert_cmpuint (test.n_delivered, ==, 4);
  /* The same again is delivered no more, and nothing more is asked for. */
  receive_video (0, 0x1111,
                 "\x61"
                 "c");
  run_for (1500 * MS);
  g_assert_cmpuint (test.n_delivered, ==, 4);
  g_assert_cmpuint (test.nacked, ==, 2);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->lost, ==, 2);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->recovered, ==, 2);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->nacks_sent, ==, 2);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->junk, ==, 0);
  tear_down ();
}

/* Every second packet of a thousand is lost: as many compounds as it takes, each within its size, and each
 * packet asked for once in the first round. */
static void
test_many_gaps (void)
{
  set_up (make_negotiation ());
  for (guint i = 0; i < 1000; i += 20)
    receive_video ((guint16)i, 0x1111, "\x61");
  run_for (15 * MS);
  /* 512 of the 931 are kept */
  g_assert_cmpuint (test.nacked, ==, 512);
  for (guint i = 1; i < test.nacked; i++)
    g_assert_cmpuint (test.nacked_seqs[i], >, test.nacked_seqs[i - 1]);
  /* What was given up is mended by a keyframe. */
  g_assert_cmpuint (test.plis, ==, 1);
  tear_down ();
}

static void
test_audio_without_nack (void)
{
  set_up (make_negotiation ());
  receive_audio (1, 0x2222);
  receive_audio (5, 0x2222);
  run_for (900 * MS);
  g_assert_cmpuint (test.nacked, ==, 0);
  g_assert_cmpuint (test.plis, ==, 0);
  tear_down ();
}

static void
test_transport_feedback (void)
{
  CrNegotiation *negotiation;
  TestRtp rtp;

  set_up (make_negotiation ());
  for (guint i = 0; i < 100; i++) {
    guint8 twcc[2] = {0, (guint8)i};

    /* every tenth is padding on the RTX SSRC that probes the path, every tenth is junk */
    test_rtp_begin (&rtp,
                    i % 10 == 3   ? 97
                    : i % 10 == 4 ? 55
                                  : 96,
                    (guint16)i, i * 3000, i % 10 == 3 ? 0x3333 : 0x1111);
    test_rtp_add_extension (&rtp, 3, twcc, 2);
    if (i % 10 == 3)
      test_rtp_add_padding (&rtp, 200);
    else
      test_rtp_append (&rtp, "\x61", 1);
    receive (&rtp);
    run_for (5 * MS);
  }
  run_for (60 * MS);
  g_assert_cmpuint (test.twcc_statuses, ==, 100);
  g_assert_cmpuint (test.twccs, >=, 10);
  g_assert_cmpuint (test.twccs, <=, 12);
  g_assert_cmpuint (test.n_delivered, ==, 80);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->junk, ==, 10);
  tear_down ();

  negotiation = make_negotiation ();
  negotiation->lines[1].transport_cc = FALSE;
  set_up (negotiation);
  test_rtp_begin (&rtp, 96, 1, 1, 0x1111);
  test_rtp_add_extension (&rtp, 3, "\0\1", 2);
  receive (&rtp);
  run_for (900 * MS);
  g_assert_cmpuint (test.compounds, ==, 0);
  tear_down ();
}

static void
test_receiver_reports (void)
{
  set_up (make_negotiation ());
  for (guint i = 0; i < 100; i++) {
    if (i % 4 != 3)
      receive_video ((guint16)i, 0x1111, "\x61");
    receive_audio ((guint16)i, 0x2222);
    if (i == 50)
      receive_sender_report (0x1111, cr_clock_ntp_from_wall_us (worker.now_us + WALL_AHEAD), 50 * 3000);
    if (i == 60) /* a sender without a clock says 0, which says nothing */
      receive_sender_report (0x1111, 0, 60 * 3000);
    run_for (10 * MS);
  }
  run_until (START_US + 1001 * MS);
  g_assert_cmpuint (test.reports, ==, 1);
  g_assert_cmpuint (test.n_blocks, ==, 2);
  g_assert_cmphex (test.blocks[0].ssrc, ==, 0x2222);
  g_assert_cmpint (test.blocks[0].packets_lost, ==, 0);
  g_assert_cmpuint (test.blocks[0].last_sr, ==, 0);
  g_assert_cmphex (test.blocks[1].ssrc, ==, 0x1111);
  g_assert_cmpint (test.blocks[1].packets_lost, ==, 24); /* the 25th has nothing after it */
  g_assert_cmpuint (test.blocks[1].highest_seq, ==, 98);
  g_assert_cmphex (test.blocks[1].last_sr, ==,
                   (guint32)(cr_clock_ntp_from_wall_us (START_US + 500 * MS + WALL_AHEAD) >> 16));
  g_assert_cmpuint (test.blocks[1].delay_since_last_sr, ==, 32768); /* half a second */
  /* 75 packets of 13 bytes and 100 of 16 in a second; then none */
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->bitrate_kbps, ==,
                    (75 * 13 + 100 * 16) * 8 / 1000);
  run_until (START_US + 5001 * MS);
  g_assert_cmpuint (test.reports, ==, 5);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->bitrate_kbps, ==, 0);
  tear_down ();
}

static void
test_keyframe_requests (void)
{
  set_up (make_negotiation ());
  cr_publisher_request_keyframe (test.publisher, VIDEO); /* of nothing yet */
  g_assert_cmpuint (test.plis, ==, 0);
  receive_video (1, 0x1111, "\x61");
  for (guint i = 0; i < 20; i++) {
    cr_publisher_request_keyframe (test.publisher, VIDEO);
    run_for (10 * MS);
  }
  g_assert_cmpuint (test.plis, ==, 1);
  g_assert_cmphex (test.requested_ssrc, ==, 0x1111);
  run_for (299 * MS);
  g_assert_cmpuint (test.plis, ==, 1);
  run_for (1 * MS); /* half a second after the first: the kept one */
  g_assert_cmpuint (test.plis, ==, 2);

  cr_publisher_request_keyframe (test.publisher, VIDEO);
  receive_video (2, 0x1111, "\x65\x88");
  run_for (1500 * MS);
  g_assert_cmpuint (test.plis, ==, 2);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->plis_sent, ==, 2);
  tear_down ();
}

static void
test_full_intra_request (void)
{
  CrNegotiation *negotiation = make_negotiation ();

  negotiation->lines[1].pli = FALSE;
  negotiation->lines[1].fir = TRUE;
  set_up (negotiation);
  receive_video (1, 0x1111, "\x61");
  cr_publisher_request_keyframe (test.publisher, VIDEO);
  g_assert_cmpuint (test.firs, ==, 1);
  g_assert_cmphex (test.requested_ssrc, ==, 0x1111);
  g_assert_cmpuint (test.fir_seq, ==, 0);
  run_for (600 * MS);
  cr_publisher_request_keyframe (test.publisher, VIDEO);
  g_assert_cmpuint (test.fir_seq, ==, 1);
  g_assert_cmpuint (test.plis, ==, 0);
  tear_down ();
}

static void
test_encoder_replaced (void)
{
  set_up (make_negotiation ());
  receive_video (98, 0x1111, "\x61");
  receive_video (100, 0x1111, "\x61");
  run_for (20 * MS);
  receive_video (99, 0x1111, "\x61");
  run_for (980 * MS);
  receive_video (101, 0x1111, "\x61");
  receive_video (7000, 0x1112,
                 "\x67"
                 "sps");
  g_assert_cmpuint (test.started[VIDEO], ==, 2);
  g_assert_cmphex (test.info[VIDEO].ssrc, ==, 0x1112);
  /* A straggler of the old one does not take the stream back, nor is a gap seen between them. */
  receive_video (102, 0x1111, "\x61");
  run_for (700 * MS);
  receive_video (7001, 0x1112, "\x61");
  receive_video (103, 0x1111, "\x61");
  g_assert_cmpuint (test.started[VIDEO], ==, 2);
  g_assert_cmpuint (test.n_delivered, ==, 6);
  g_assert_cmpuint (test.nacked, ==, 1);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->lost, ==, 1);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->recovered, ==, 1);
  /* When the new one has been silent for a second, it does. */
  run_for (1100 * MS);
  receive_video (104, 0x1111, "\x61");
  g_assert_cmpuint (test.started[VIDEO], ==, 3);
  g_assert_cmphex (test.info[VIDEO].ssrc, ==, 0x1111);
  tear_down ();
}

/* A plain Opus packet among RED ones is left out; three in a row are a change of mind. */
static void
test_payload_type_changes (void)
{
  CrNegotiation *negotiation = make_negotiation ();
  guint seq = 0;
  TestRtp rtp;

  negotiation->lines[0].payload_types[CR_CODEC_RED] = 63;
  set_up (negotiation);
  for (guint i = 0; i < 100; i++) {
    test_rtp_begin (&rtp, 63, (guint16)seq, seq * 960, 0x2222);
    test_rtp_append (&rtp, "\x6fopus", 5);
    receive (&rtp);
    seq++;
    if (i % 10 < 2)
      receive_audio ((guint16)seq++, 0x2222);
    run_for (20 * MS);
  }
  g_assert_cmpuint (test.started[AUDIO], ==, 1);
  g_assert_cmpint (test.info[AUDIO].codec, ==, CR_CODEC_RED);
  g_assert_cmpuint (test.n_delivered, ==, 100);
  for (guint i = 0; i < 5; i++)
    receive_audio ((guint16)seq++, 0x2222);
  g_assert_cmpuint (test.started[AUDIO], ==, 2);
  g_assert_cmpint (test.info[AUDIO].codec, ==, CR_CODEC_OPUS);
  g_assert_cmpuint (test.info[AUDIO].payload_type, ==, 111);
  g_assert_cmpuint (test.n_delivered, ==, 103);
  tear_down ();
}

/* The same SSRC begins anew: told to whoever needs to know, but not with every packet. */
static void
test_numbers_begin_anew (void)
{
  set_up (make_negotiation ());
  receive_video (20000, 0x1111, "\x61");
  run_for (1000 * MS);
  receive_video (30000, 0x1111, "\x61");
  g_assert_cmpuint (test.started[VIDEO], ==, 2);
  g_assert_cmpuint (test.last.seq, ==, 30000);
  for (guint i = 0; i < 100; i++) {
    receive_video ((guint16)(i * 5000), 0x1111, "\x61");
    run_for (4 * MS);
  }
  g_assert_cmpuint (test.started[VIDEO], ==, 2);
  tear_down ();
}

/* An SSRC group of the offer ties retransmissions to one SSRC: they do not mend its successor. */
static void
test_retransmissions_of_another_ssrc (void)
{
  CrNegotiation *negotiation = make_negotiation ();
  TestRtp rtp;

  negotiation->lines[1].n_ssrcs = 1;
  negotiation->lines[1].ssrcs[0] = 0x1111;
  negotiation->lines[1].rtx_ssrcs[0] = 0x3333;
  set_up (negotiation);
  for (guint32 ssrc = 0x1111; ssrc <= 0x1112; ssrc++) {
    receive_video (5, ssrc, "\x61");
    receive_video (7, ssrc, "\x61");
    test_rtp_begin (&rtp, 97, 1, 1, 0x3333);
    test_rtp_append (&rtp, "\0\6\x61", 3);
    receive (&rtp);
    g_assert_cmphex (test.last.ssrc, ==, ssrc);
    g_assert_cmpuint (test.last.seq, ==, ssrc == 0x1111 ? 6 : 7);
    run_for (600 * MS);
  }
  tear_down ();
}

/* New SSRCs without end: few restarts, a fixed number of SSRCs, the rest is junk. */
static void
test_ssrc_flood (void)
{
  const guint n = 65536;

  set_up (make_negotiation ());
  for (guint i = 0; i < n; i++) {
    receive_video ((guint16)i, 0x10000 + i, "\x61");
    if (i % 32 == 0)
      run_for (1 * MS);
  }
  /* Two seconds: every half a second may be a restart. */
  g_assert_cmpuint (test.started[VIDEO], <=, 5);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->junk, >=, n - 40);
  tear_down ();
}

static void
test_away (void)
{
  guint8 bye[8] = {0x81, 203, 0, 1};

  set_up (make_negotiation ());
  receive_video (1, 0x1111, "\x61");
  run_for (CR_PUBLISHER_AWAY_US - 1);
  g_assert_false (test.away);
  receive_video (2, 0x1111, ""); /* an empty packet is no media */
  run_for (1);
  g_assert_true (test.away);
  worker.n_armed = 0;
  run_for (5 * SECOND);
  g_assert_cmpuint (worker.n_armed, ==, 5); /* the timer wakes for reports alone */
  receive_audio (1, 0x2222);
  g_assert_false (test.away);

  /* BYE of one of two streams, then of the other. */
  GST_WRITE_UINT32_BE (bye + 4, 0x1111);
  receive_rtcp (bye, sizeof bye);
  g_assert_false (test.away);
  GST_WRITE_UINT32_BE (bye + 4, 0x2222);
  receive_rtcp (bye, sizeof bye);
  g_assert_true (test.away);
  receive_audio (2, 0x2222);
  g_assert_false (test.away);
  GST_WRITE_UINT32_BE (bye + 4, 0x1111);
  receive_rtcp (bye, sizeof bye);
  g_assert_false (test.away); /* the voice is there again */

  test.peer.handler->on_closed (&test.peer, CR_PEER_END_CLOSE_NOTIFY, test.peer.data);
  g_assert_true (test.away);
  g_assert_true (test.closed);
  g_assert_cmpuint (test.away_changes, ==, 5);
  tear_down ();
}

/* A clock a day ahead of ours, `us` from now. */
static guint64
their_ntp (gint64 us)
{
  return cr_clock_ntp_from_wall_us (worker.now_us + WALL_AHEAD + 86400 * SECOND + us);
}

/* The publisher's clock stands a day apart from ours; its reports were held up differently; picture and voice
 * that were captured together have the same time, before and after a cycle of the timestamps. */
static void
test_capture_times (void)
{
  TestRtp rtp;
  guint64 picture_ns;

  set_up (make_negotiation ());
  receive_video (1, 0x1111, "\x61"); /* timestamp 3000 */
  receive_audio (1, 0x2222);         /* timestamp 960 */
  run_for (20 * MS);
  receive_sender_report (0x1111, their_ntp (-20 * MS), 3000);
  run_for (70 * MS);
  receive_sender_report (0x2222, their_ntp (-90 * MS), 960);
  run_for (910 * MS);

  test_rtp_begin (&rtp, 96, 2, 3000 + 90000, 0x1111);
  test_rtp_append (&rtp, "\x61", 1);
  receive (&rtp);
  picture_ns = test.last.captured_ns;
  run_for (40 * MS);
  test_rtp_begin (&rtp, 111, 2, 960 + 48000, 0x2222);
  test_rtp_append (&rtp, "opus", 4);
  receive (&rtp);
  g_assert_cmpuint (test.last.stream, ==, AUDIO);
  /* the offset is that of the first report: 20 ms on the way */
  g_assert_cmpint ((gint64)(test.last.captured_ns - picture_ns), >=, -GST_USECOND);
  g_assert_cmpint ((gint64)(test.last.captured_ns - picture_ns), <=, GST_USECOND);
  g_assert_cmpuint ((picture_ns + 500) / GST_USECOND, ==, START_US + 1020 * MS + WALL_AHEAD + NTP_AHEAD);
  tear_down ();
}

static void
test_simulcast (void)
{
  static const gchar *const rids[] = {"h", "m", "l"};
  CrNegotiation *negotiation = make_negotiation ();
  CrMediaLine *line = &negotiation->lines[1];
  TestRtp rtp;

  line->n_rids = 3;
  for (guint i = 0; i < 3; i++)
    g_strlcpy (line->rids[i], rids[i], sizeof line->rids[i]);
  set_up (negotiation);
  for (guint i = 0; i < 3; i++) {
    test_rtp_begin (&rtp, 96, 10, 1, 0x1000 + i);
    test_rtp_add_extension (&rtp, 4, "1", 1);
    test_rtp_add_extension (&rtp, 10, rids[i], 1);
    test_rtp_append (&rtp, "\x61", 1);
    receive (&rtp);
    g_assert_cmpuint (test.last.stream, ==, VIDEO + i);
    g_assert_cmpuint (test.info[VIDEO + i].layer, ==, i);
  }
  /* A retransmission names the layer that it repairs. */
  receive_video (12, 0x1001, "\x61");
  test_rtp_begin (&rtp, 97, 1, 1, 0x2001);
  test_rtp_add_extension (&rtp, 4, "1", 1);
  test_rtp_add_extension (&rtp, 11, "m", 1);
  test_rtp_append (&rtp, "\0\x0b\x61", 3);
  receive (&rtp);
  g_assert_cmpuint (test.last.stream, ==, VIDEO + 1);
  g_assert_cmpuint (test.last.seq, ==, 11);
  g_assert_cmphex (test.last.ssrc, ==, 0x1001);

  /* So many gaps so far apart that the requests need several compounds. */
  test.nacked = test.compounds = 0;
  for (guint layer = 0; layer < 3; layer++) {
    for (guint i = 1; i <= 1800; i++) {
      if (i % 18 != 0)
        receive_video ((guint16)(12 + i), 0x1000 + layer, "\x61");
    }
  }
  run_for (15 * MS);
  g_assert_cmpuint (test.nacked, ==, 3 * 99 + 2 * 2); /* and 11 and 12 of the other layers */
  g_assert_cmpuint (test.compounds, ==, 2);
  tear_down ();
}

static void
test_junk (void)
{
  TestRtp rtp;

  set_up (make_negotiation ());
  receive_video (1, 0x1111, "\x61");
  test.peer.handler->on_rtp (&test.peer, (guint8 *)"\x80", 1, worker.now_us, test.peer.data);
  receive_rtcp ((const guint8 *)"\x80\xc8\x7f\xff", 4);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->junk, ==, 2);
  g_assert_cmpuint (test.n_delivered, ==, 1);

  /* Retransmissions do not come on the SSRC of the media. */
  test_rtp_begin (&rtp, 97, 2, 1, 0x1111);
  test_rtp_append (&rtp, "\0\0\x61", 3);
  receive (&rtp);
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->junk, ==, 3);
  g_assert_cmpuint (test.n_delivered, ==, 1);

  /* An aggregation packet that overruns goes on as an empty packet, so that no hole opens. */
  receive_video (2, 0x1111, "\x78\x7f\x7f\x61");
  g_assert_cmpuint (cr_publisher_get_stats (test.publisher)->junk, ==, 4);
  g_assert_cmpuint (test.last.seq, ==, 2);
  g_assert_cmpuint (test.last.length_bytes, ==, 12);

  /* Padding alone too, without the padding. */
  test_rtp_begin (&rtp, 96, 3, 9000, 0x1111);
  test_rtp_add_padding (&rtp, 255);
  receive (&rtp);
  g_assert_cmpuint (test.last.seq, ==, 3);
  g_assert_cmpuint (test.last.length_bytes, ==, 12);
  g_assert_cmphex (test.last.bytes[0], ==, 0x80);
  run_for (100 * MS);
  g_assert_cmpuint (test.nacked, ==, 0);
  tear_down ();
}

static void
test_hostile_bytes (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (9);
  static const guint8 payload_types[] = {96, 97, 111, 96, 55};

  set_up (make_negotiation ());
  for (guint i = 0; i < 50000; i++) {
    gsize length_bytes = (gsize)g_rand_int_range (rand, 0, 60);
    g_autofree guint8 *data = g_malloc (length_bytes);

    for (gsize k = 0; k < length_bytes; k++)
      data[k] = (guint8)g_rand_int (rand);
    if (length_bytes >= 12) {
      data[0] = 0x80 | (data[0] & 0x31);
      data[1] = payload_types[g_rand_int_range (rand, 0, 5)];
      memset (data + 8, 0, 3);
      data[11] &= 3;
      if (length_bytes > 16 && (data[0] & 1) == 0)
        memcpy (data + 12, "\xbe\xde\0\1", 4);
    }
    if (i % 5 == 0)
      receive_rtcp (data, length_bytes);
    else
      test.peer.handler->on_rtp (&test.peer, data, length_bytes, worker.now_us, test.peer.data);
    test.nacked = 0;
    if (i % 10 == 0)
      run_for (g_rand_int_range (rand, 0, 20) * MS);
  }
  g_assert_cmpuint (test.n_delivered, >, 300);
  tear_down ();
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/publisher/delivers", test_delivers);
  g_test_add_func ("/rtc/publisher/gap-is-mended-by-rtx", test_gap_is_mended_by_rtx);
  g_test_add_func ("/rtc/publisher/many-gaps", test_many_gaps);
  g_test_add_func ("/rtc/publisher/audio-without-nack", test_audio_without_nack);
  g_test_add_func ("/rtc/publisher/transport-feedback", test_transport_feedback);
  g_test_add_func ("/rtc/publisher/receiver-reports", test_receiver_reports);
  g_test_add_func ("/rtc/publisher/keyframe-requests", test_keyframe_requests);
  g_test_add_func ("/rtc/publisher/full-intra-request", test_full_intra_request);
  g_test_add_func ("/rtc/publisher/encoder-replaced", test_encoder_replaced);
  g_test_add_func ("/rtc/publisher/payload-type-changes", test_payload_type_changes);
  g_test_add_func ("/rtc/publisher/numbers-begin-anew", test_numbers_begin_anew);
  g_test_add_func ("/rtc/publisher/retransmissions-of-another-ssrc", test_retransmissions_of_another_ssrc);
  g_test_add_func ("/rtc/publisher/ssrc-flood", test_ssrc_flood);
  g_test_add_func ("/rtc/publisher/away", test_away);
  g_test_add_func ("/rtc/publisher/capture-times", test_capture_times);
  g_test_add_func ("/rtc/publisher/simulcast", test_simulcast);
  g_test_add_func ("/rtc/publisher/junk", test_junk);
  g_test_add_func ("/rtc/publisher/hostile-bytes", test_hostile_bytes);
  return g_test_run ();
}

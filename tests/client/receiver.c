/* SPDX-License-Identifier: Apache-2.0
 *
 * The offer of a simulated classroom as the relay's own SDP code answers it, and the receiver behind it: what
 * it sends back and when, and how it puts resends in their place.
 */
#include "receiver.h"

#include "rtc/rtcp-in.h"
#include "rtc/sdp.h"
#include <gst/gst.h>
#include <string.h>

typedef struct {
  CrNegotiation *negotiation; /* what the relay believes was agreed */
  CrReceiver *receiver;
  guint n_reports, n_nacks, n_plis, n_feedbacks, n_media;
  guint16 nacked, last_seq;
  guint32 last_ssrc, pli_ssrc;
  CrReportBlock block; /* of the last report about the camera */
} Fixture;

static void
on_block (guint32 sender_ssrc, const CrReportBlock *block, gpointer user)
{
  Fixture *fixture = user;

  fixture->n_reports++;
  fixture->block = *block;
}

static void
on_nack (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user)
{
  Fixture *fixture = user;

  fixture->n_nacks++;
  fixture->nacked = pid;
}

static void
on_pli (guint32 media_ssrc, gpointer user)
{
  Fixture *fixture = user;

  fixture->n_plis++;
  fixture->pli_ssrc = media_ssrc;
}

static void
on_twcc (const guint8 *packet, gsize length_bytes, gpointer user)
{
  Fixture *fixture = user;

  fixture->n_feedbacks++;
}

static void
on_send (const guint8 *compound, gsize length_bytes, gpointer data)
{
  const CrRtcpHandler handler = {.report_block = on_block, .nack = on_nack, .pli = on_pli, .twcc = on_twcc};

  g_assert_true (cr_rtcp_parse (compound, length_bytes, &handler, data));
}

static void
on_media (const CrAnswerLine *line, const guint8 *packet, gsize length_bytes, gint64 arrival_us,
          gpointer data)
{
  Fixture *fixture = data;

  fixture->n_media++;
  fixture->last_seq = packet[2] << 8 | packet[3];
  fixture->last_ssrc = (guint32)packet[8] << 24 | packet[9] << 16 | packet[10] << 8 | packet[11];
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  const gchar *const candidates[] = {"1 1 udp 2130706431 127.0.0.1 8443 typ host", NULL};
  const CrCodec codecs[] = {CR_CODEC_H264, CR_CODEC_VP8};
  const CrOfferConfig config = {.n_video = 2,
                                .n_audio = 1,
                                .ufrag = "abcd",
                                .password = "0123456789012345678901",
                                .fingerprint = "00:01:02:03:04:05:06:07:08:09:0A:0B:0C:0D:0E:0F:"
                                               "10:11:12:13:14:15:16:17:18:19:1A:1B:1C:1D:1E:1F"};
  CrIceCredentials ice;
  CrSdpLocal local = {.role = CR_SDP_VIEWER,
                      .ice = &ice,
                      .fingerprint = config.fingerprint,
                      .candidates = candidates,
                      .video_codecs = codecs,
                      .n_video_codecs = 2};
  g_autofree gchar *offer = cr_offer_write (&config);
  g_autofree gchar *text = NULL;
  g_autoptr (GError) error = NULL;
  CrAnswer *answer;

  cr_ice_credentials_generate (&ice);
  fixture->negotiation = cr_sdp_answer_offer (offer, strlen (offer), &local, &text, &error);
  g_assert_no_error (error);
  answer = cr_answer_parse (text, &error);
  g_assert_no_error (error);
  fixture->receiver = cr_receiver_new (answer, 1, 0, on_send, on_media, fixture);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  cr_receiver_free (fixture->receiver);
  cr_negotiation_free (fixture->negotiation);
}

static const CrMediaLine *
camera (const Fixture *fixture)
{
  for (guint i = 0; i < fixture->negotiation->n_lines; i++) {
    if (fixture->negotiation->lines[i].slot == CR_SLOT_CAMERA)
      return &fixture->negotiation->lines[i];
  }
  g_assert_not_reached ();
}

/* Byte by byte: fields of a packet are where they are, not where they are aligned. */
static void
put_u16 (guint8 *at, guint16 value)
{
  at[0] = value >> 8;
  at[1] = value & 0xff;
}

static void
put_u32 (guint8 *at, guint32 value)
{
  put_u16 (at, value >> 16);
  put_u16 (at + 2, value & 0xffff);
}

/* An H.264 packet of the camera, or a resend of it, with a transport-wide number. */
static void
send_camera (Fixture *fixture, guint16 seq, gboolean idr, gboolean resend, gint64 now_us)
{
  static guint16 transport_seq;
  const CrMediaLine *line = camera (fixture);
  guint32 ssrc = resend ? line->rtx_ssrc : line->ssrc;
  guint8 data[64] = {0x90, 0};
  gsize at = 12;

  data[1] = 0x80 | (resend ? line->rtx_payload_types[CR_CODEC_H264] : line->payload_types[CR_CODEC_H264]);
  data[2] = resend ? 0 : seq >> 8;
  data[3] = resend ? (guint8)transport_seq : seq & 0xff;
  data[6] = seq; /* a timestamp of its own for each picture */
  put_u32 (data + 8, ssrc);
  put_u32 (data + at, 0xbede0001);
  data[at + 4] = (guint8)(line->extensions.twcc << 4 | 1);
  put_u16 (data + at + 5, transport_seq);
  transport_seq++;
  at += 8;
  if (resend) {
    put_u16 (data + at, seq);
    at += 2;
  }
  data[at++] = idr ? 0x65 : 0x41;
  data[at++] = 0x80; /* first_mb_in_slice 0 */
  cr_receiver_take_rtp (fixture->receiver, data, at, now_us);
}

static void
tick_until (Fixture *fixture, gint64 from_us, gint64 to_us)
{
  for (gint64 now_us = from_us; now_us < to_us; now_us += CR_RECEIVER_TICK_US)
    cr_receiver_tick (fixture->receiver, now_us);
}

static void
test_reports (Fixture *fixture, gconstpointer data)
{
  CrReceiverStats stats;

  for (guint i = 0; i < 20; i++)
    send_camera (fixture, (guint16)(100 + i), i == 0, FALSE, 1000 * (i + 1));
  tick_until (fixture, 20000, 2100000);
  cr_receiver_get_stats (fixture->receiver, &stats);
  g_assert_cmpuint (stats.packets, ==, 20);
  g_assert_cmpuint (stats.lost, ==, 0);
  g_assert_cmpuint (stats.unmatched, ==, 0);
  g_assert_cmpint (stats.first_packet_us, ==, 1000);
  g_assert_cmpint (stats.first_keyframe_us, ==, 1000);
  g_assert_cmpuint (fixture->n_reports, ==, 2);
  g_assert_cmpuint (fixture->block.ssrc, ==, camera (fixture)->ssrc);
  g_assert_cmpuint (fixture->block.highest_seq & 0xffff, ==, 119);
  g_assert_cmpuint (fixture->n_feedbacks, ==, 1);
  g_assert_cmpuint (fixture->n_plis, ==, 0);
  g_assert_cmpuint (fixture->n_nacks, ==, 0);
}

static void
test_resend (Fixture *fixture, gconstpointer data)
{
  CrReceiverStats stats;

  send_camera (fixture, 100, TRUE, FALSE, 0);
  send_camera (fixture, 102, FALSE, FALSE, 1000);
  tick_until (fixture, 2000, 60000);
  g_assert_cmpuint (fixture->n_nacks, >=, 1);
  g_assert_cmpuint (fixture->nacked, ==, 101);
  send_camera (fixture, 101, FALSE, TRUE, 70000);
  g_assert_cmpuint (fixture->n_media, ==, 3);
  g_assert_cmpuint (fixture->last_seq, ==, 101);
  g_assert_cmpuint (fixture->last_ssrc, ==, camera (fixture)->ssrc);
  cr_receiver_get_stats (fixture->receiver, &stats);
  g_assert_cmpuint (stats.recovered, ==, 1);
  g_assert_cmpuint (stats.lost, ==, 0);
}

static void
test_keyframe_is_requested (Fixture *fixture, gconstpointer data)
{
  send_camera (fixture, 100, FALSE, FALSE, 0);
  tick_until (fixture, 0, 400000);
  g_assert_cmpuint (fixture->n_plis, ==, 0);
  tick_until (fixture, 400000, 1600000);
  g_assert_cmpuint (fixture->n_plis, ==, 1); /* not faster than once a second */
  g_assert_cmpuint (fixture->pli_ssrc, ==, camera (fixture)->ssrc);
  send_camera (fixture, 101, TRUE, FALSE, 1700000);
  tick_until (fixture, 1700000, 5000000);
  g_assert_cmpuint (fixture->n_plis, ==, 1);
}

static void
test_junk (Fixture *fixture, gconstpointer data)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (42);
  CrReceiverStats stats;

  for (guint i = 0; i < 20000; i++) {
    guint8 junk[80];
    gsize length_bytes = g_rand_int_range (chance, 0, sizeof junk);

    for (gsize j = 0; j < length_bytes; j++)
      junk[j] = g_rand_int (chance) & 0xff;
    if (length_bytes > 0 && i % 2 == 0)
      junk[0] = 0x80 | (junk[0] & 0x1f);
    cr_receiver_take_rtp (fixture->receiver, junk, length_bytes, i);
    cr_receiver_take_rtcp (fixture->receiver, junk, length_bytes, i);
  }
  cr_receiver_get_stats (fixture->receiver, &stats);
  g_assert_cmpuint (stats.unmatched, >, 0);
}

static void
test_answers_refused (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (cr_answer_parse ("", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
  g_clear_error (&error);
  g_assert_null (cr_answer_parse ("v=0\r\ns=-\r\n", &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  ADD ("/receiver/reports", test_reports);
  ADD ("/receiver/resend", test_resend);
  ADD ("/receiver/keyframe-requested", test_keyframe_is_requested);
  ADD ("/receiver/junk", test_junk);
  g_test_add_func ("/receiver/answers-refused", test_answers_refused);
  return g_test_run ();
}

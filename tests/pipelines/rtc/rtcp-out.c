/* SPDX-License-Identifier: Apache-2.0
 *
 * What is written is valid RTCP for GstRTCP's own validator, says what it was told to, and never exceeds the
 * buffer.
 */
#include "rtc/rtcp-in.h"
#include "rtc/rtcp-out.h"

#include <string.h>

typedef struct {
  CrReportBlock block;
  guint n_blocks, n_plis, n_byes, n_sender_reports;
  guint64 ntp;
  guint16 nacked[2048];
  guint n_nacked;
  guint32 media_ssrc;
  guint8 fir_seq;
  gsize twcc_bytes;
} Seen;

static void
on_sender_report (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets, gpointer user)
{
  ((Seen *)user)->n_sender_reports++;
  ((Seen *)user)->ntp = ntp;
  g_assert_cmpuint (rtp + packets + octets, ==, 1 + 2 + 3);
}

static void
on_report_block (guint32 sender_ssrc, const CrReportBlock *block, gpointer user)
{
  ((Seen *)user)->n_blocks++;
  ((Seen *)user)->block = *block;
}

static void
on_nack (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user)
{
  Seen *seen = user;

  seen->media_ssrc = media_ssrc;
  seen->nacked[seen->n_nacked++] = pid;
  for (guint bit = 0; bit < 16; bit++) {
    if ((blp >> bit & 1) != 0)
      seen->nacked[seen->n_nacked++] = (guint16)(pid + 1 + bit);
  }
}

static void
on_pli (guint32 media_ssrc, gpointer user)
{
  ((Seen *)user)->n_plis++;
  ((Seen *)user)->media_ssrc = media_ssrc;
}

static void
on_fir (guint32 media_ssrc, guint8 seq, gpointer user)
{
  ((Seen *)user)->media_ssrc = media_ssrc;
  ((Seen *)user)->fir_seq = seq;
}

static void
on_twcc (const guint8 *packet, gsize length_bytes, gpointer user)
{
  g_assert_cmpmem (packet + 12, 4, "base", 4);
  ((Seen *)user)->twcc_bytes = length_bytes;
}

static void
on_bye (guint32 ssrc, gpointer user)
{
  ((Seen *)user)->n_byes++;
}

/* Ends the writer and reads what it wrote. */
static gsize
finish (CrRtcpWriter *writer, gboolean reduced, Seen *seen)
{
  static const CrRtcpHandler handler = {on_sender_report, on_report_block, on_nack, on_pli,
                                        on_fir,           on_twcc,         on_bye};
  gsize length_bytes = cr_rtcp_writer_end (writer);

  memset (seen, 0, sizeof *seen);
  g_assert_cmpuint (length_bytes, <=, CR_RTCP_MAX_BYTES);
  g_assert_true (reduced ? gst_rtcp_buffer_validate_data_reduced (writer->data, (guint)length_bytes)
                         : gst_rtcp_buffer_validate_data (writer->data, (guint)length_bytes));
  g_assert_true (cr_rtcp_parse (writer->data, length_bytes, &handler, seen));
  return length_bytes;
}

static void
test_receiver_compound (void)
{
  CrRtcpWriter writer;
  Seen seen;

  cr_rtcp_writer_begin (&writer);
  g_assert_true (cr_rtcp_writer_add_receiver_report (&writer, 0x11));
  g_assert_true (cr_rtcp_writer_add_report_block (&writer, 0x22, 64, -3, 0x10007, 99, 0xabcd, 65536));
  g_assert_true (cr_rtcp_writer_add_cname (&writer, 0x11, "0123456789abcdef01234567"));
  g_assert_true (cr_rtcp_writer_add_pli (&writer, 0x11, 0x22));
  g_assert_true (cr_rtcp_writer_add_bye (&writer, 0x11));
  finish (&writer, FALSE, &seen);
  g_assert_cmpuint (seen.n_blocks, ==, 1);
  g_assert_cmphex (seen.block.ssrc, ==, 0x22);
  g_assert_cmpuint (seen.block.fraction_lost, ==, 64);
  g_assert_cmpint (seen.block.packets_lost, ==, -3);
  g_assert_cmphex (seen.block.highest_seq, ==, 0x10007);
  g_assert_cmpuint (seen.block.jitter_rtp, ==, 99);
  g_assert_cmphex (seen.block.last_sr, ==, 0xabcd);
  g_assert_cmpuint (seen.block.delay_since_last_sr, ==, 65536);
  g_assert_cmpuint (seen.n_plis, ==, 1);
  g_assert_cmphex (seen.media_ssrc, ==, 0x22);
  g_assert_cmpuint (seen.n_byes, ==, 1);
}

static void
test_sender_report (void)
{
  CrRtcpWriter writer;
  Seen seen;

  cr_rtcp_writer_begin (&writer);
  g_assert_true (
      cr_rtcp_writer_add_sender_report (&writer, 7, G_GUINT64_CONSTANT (0x123456789abcdef0), 1, 2, 3));
  g_assert_true (cr_rtcp_writer_add_cname (&writer, 7, "a"));
  finish (&writer, FALSE, &seen);
  g_assert_cmpuint (seen.n_sender_reports, ==, 1);
  g_assert_cmphex (seen.ntp, ==, G_GUINT64_CONSTANT (0x123456789abcdef0));
}

static void
test_lost_is_clamped (void)
{
  CrRtcpWriter writer;
  Seen seen;

  cr_rtcp_writer_begin (&writer);
  cr_rtcp_writer_add_receiver_report (&writer, 1);
  cr_rtcp_writer_add_report_block (&writer, 2, 255, G_MAXINT32, 0, 0, 0, 0);
  finish (&writer, TRUE, &seen);
  g_assert_cmpint (seen.block.packets_lost, ==, 0x7fffff);
}

static void
test_nack_packing (void)
{
  static const guint16 seqs[] = {65530, 65535, 0, 10, 11, 100, 116, 133};
  CrRtcpWriter writer;
  Seen seen;

  cr_rtcp_writer_begin (&writer);
  g_assert_cmpuint (cr_rtcp_writer_add_nack (&writer, 1, 0x33, seqs, G_N_ELEMENTS (seqs)), ==,
                    G_N_ELEMENTS (seqs));
  /* 65530 takes 65535, 0 and 10; 11 its own; 100 takes 116; 133 its own: four entries */
  g_assert_cmpuint (finish (&writer, TRUE, &seen), ==, 12 + 4 * 4);
  g_assert_cmpmem (seen.nacked, seen.n_nacked * 2, seqs, sizeof seqs);
  g_assert_cmphex (seen.media_ssrc, ==, 0x33);
}

static void
test_nack_without_room (void)
{
  guint16 seqs[1000];
  CrRtcpWriter writer;
  Seen seen;
  guint taken;

  for (guint i = 0; i < G_N_ELEMENTS (seqs); i++)
    seqs[i] = (guint16)(i * 17); /* one entry each */
  cr_rtcp_writer_begin (&writer);
  cr_rtcp_writer_add_receiver_report (&writer, 1);
  taken = cr_rtcp_writer_add_nack (&writer, 1, 2, seqs, G_N_ELEMENTS (seqs));
  g_assert_cmpuint (taken, >, 280);
  g_assert_cmpuint (taken, <, 300);
  g_assert_cmpuint (cr_rtcp_writer_add_nack (&writer, 1, 2, seqs, 1), ==, 0);
  finish (&writer, TRUE, &seen);
  g_assert_cmpmem (seen.nacked, seen.n_nacked * 2, seqs, taken * 2);
}

static void
test_fir_and_twcc (void)
{
  static const guint8 fci[] = "baseCNTrefFdelta";
  CrRtcpWriter writer;
  Seen seen;

  cr_rtcp_writer_begin (&writer);
  g_assert_true (cr_rtcp_writer_add_fir (&writer, 1, 0x44, 9));
  g_assert_true (cr_rtcp_writer_add_twcc (&writer, 1, 0x44, fci, 16));
  finish (&writer, TRUE, &seen);
  g_assert_cmphex (seen.media_ssrc, ==, 0x44);
  g_assert_cmpuint (seen.fir_seq, ==, 9);
  g_assert_cmpuint (seen.twcc_bytes, ==, 12 + 16);
}

/* Anything added until nothing fits is still a valid packet. */
static void
test_full (void)
{
  static const guint8 fci[400] = "base";
  static const gchar cname[] = "0123456789abcdefghijklmnop";

  for (guint first = 0; first < 16; first++) {
    CrRtcpWriter writer;
    Seen seen;
    gboolean room;

    cr_rtcp_writer_begin (&writer);
    g_assert_true (cr_rtcp_writer_add_receiver_report (&writer, 1));
    for (guint i = 0; i < first; i++)
      g_assert_true (cr_rtcp_writer_add_report_block (&writer, i, 0, 0, 0, 0, 0, 0));
    do {
      room = cr_rtcp_writer_add_twcc (&writer, 1, 2, fci, 4 * (1 + first));
      room |= cr_rtcp_writer_add_fir (&writer, 1, 2, 3);
      room |= cr_rtcp_writer_add_cname (&writer, 1, cname + first);
      room |= cr_rtcp_writer_add_pli (&writer, 1, 2);
      room |= cr_rtcp_writer_add_bye (&writer, 1);
      if (cr_rtcp_writer_add_sender_report (&writer, 1, 0, 1, 2, 3)) {
        room = TRUE;
        cr_rtcp_writer_add_report_block (&writer, 7, 0, 0, 0, 0, 0, 0);
      }
    } while (room);
    g_assert_cmpuint (finish (&writer, TRUE, &seen), >, CR_RTCP_MAX_BYTES - 28);
  }
}

static void
test_nothing (void)
{
  CrRtcpWriter writer;

  cr_rtcp_writer_begin (&writer);
  g_assert_cmpuint (cr_rtcp_writer_end (&writer), ==, 0);
}

int
main (int argc, char **argv)
{
  gst_init (&argc, &argv);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/rtcp-out/receiver-compound", test_receiver_compound);
  g_test_add_func ("/rtc/rtcp-out/sender-report", test_sender_report);
  g_test_add_func ("/rtc/rtcp-out/lost-is-clamped", test_lost_is_clamped);
  g_test_add_func ("/rtc/rtcp-out/nack-packing", test_nack_packing);
  g_test_add_func ("/rtc/rtcp-out/nack-without-room", test_nack_without_room);
  g_test_add_func ("/rtc/rtcp-out/fir-and-twcc", test_fir_and_twcc);
  g_test_add_func ("/rtc/rtcp-out/full", test_full);
  g_test_add_func ("/rtc/rtcp-out/nothing", test_nothing);
  return g_test_run ();
}

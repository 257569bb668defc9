/* SPDX-License-Identifier: Apache-2.0
 *
 * RTCP is taken apart as the RFCs say, and what lies about its lengths is refused without a byte read too
 * many (the address sanitizer is the judge of that).
 */
#include "rtc/rtcp-in.h"

#include <gst/gst.h>
#include <string.h>

typedef struct {
  GString *log;
} Seen;

static void
on_sender_report (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets, gpointer user)
{
  g_string_append_printf (((Seen *)user)->log, "sr %x %" G_GINT64_MODIFIER "x %x %u %u;", ssrc, ntp, rtp,
                          packets, octets);
}

static void
on_report_block (guint32 sender_ssrc, const CrReportBlock *block, gpointer user)
{
  g_string_append_printf (((Seen *)user)->log, "rb %x %x %u %d %x %u %x %u;", sender_ssrc, block->ssrc,
                          block->fraction_lost, block->packets_lost, block->highest_seq, block->jitter_rtp,
                          block->last_sr, block->delay_since_last_sr);
}

static void
on_nack (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user)
{
  g_string_append_printf (((Seen *)user)->log, "nack %x %u %x;", media_ssrc, pid, blp);
}

static void
on_pli (guint32 media_ssrc, gpointer user)
{
  g_string_append_printf (((Seen *)user)->log, "pli %x;", media_ssrc);
}

static void
on_fir (guint32 media_ssrc, guint8 seq, gpointer user)
{
  g_string_append_printf (((Seen *)user)->log, "fir %x %u;", media_ssrc, seq);
}

static void
on_twcc (const guint8 *packet, gsize length_bytes, gpointer user)
{
  g_string_append_printf (((Seen *)user)->log, "twcc %u %u;", packet[1], (guint)length_bytes);
}

static void
on_bye (guint32 ssrc, gpointer user)
{
  g_string_append_printf (((Seen *)user)->log, "bye %x;", ssrc);
}

static const CrRtcpHandler handler = {on_sender_report, on_report_block, on_nack, on_pli,
                                      on_fir,           on_twcc,         on_bye};

/* Parses a heap copy of exactly that size, so that a sanitizer sees any read past it. */
static gchar *
parse (const guint8 *data, gsize length_bytes, gboolean *ok)
{
  g_autofree guint8 *copy = g_memdup2 (data, length_bytes);
  Seen seen = {g_string_new (NULL)};

  *ok = cr_rtcp_parse (copy, length_bytes, &handler, &seen);
  return g_string_free (seen.log, FALSE);
}

static const guint8 compound[] = {
    0x81, 200, 0, 12, /* SR, one block */
    0,    0,   0, 1,  0xE0, 0,    0,    0,    0x80, 0, 0, 0, 0, 0, 0x10, 0,  0,    0,    0,    7,
    0,    0,   1, 0, /* sender info */
    0,    0,   0, 2,  64,   0xFF, 0xFF, 0xFE, 0,    1, 0, 9, 0, 0, 0,    33, 0xAA, 0xBB, 0xCC, 0xDD,
    0,    1,   0, 0,  0x81, 205,  0,    4,    0,    0, 0, 1, 0, 0, 0,    2,  0,    10,   0x80, 1,
    0,    99,  0, 0,                                         /* NACK, two entries */
    0x81, 206, 0, 2,  0,    0,    0,    1,    0,    0, 0, 3, /* PLI */
    0x84, 206, 0, 4,  0,    0,    0,    1,    0,    0, 0, 0, 0, 0, 0,    4,  17,   0,    0,    0, /* FIR */
    0x81, 203, 0, 1,  0,    0,    0,    1                                                         /* BYE */
};

static void
test_compound (void)
{
  gboolean ok;
  g_autofree gchar *seen = parse (compound, sizeof compound, &ok);

  g_assert_true (ok);
  g_assert_cmpstr (seen, ==,
                   "sr 1 e000000080000000 1000 7 256;rb 1 2 64 -2 10009 33 aabbccdd 65536;"
                   "nack 2 10 8001;nack 2 99 0;pli 3;fir 4 17;bye 1;");
}

static void
test_reduced_size (void)
{
  static const guint8 pli[] = {0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 3};
  static const guint8 twcc[] = {0x8F, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 1, 0, 1, 0, 0, 0, 0};
  gboolean ok;
  g_autofree gchar *seen_pli = parse (pli, sizeof pli, &ok);
  g_autofree gchar *seen_twcc = NULL;

  g_assert_true (ok);
  g_assert_cmpstr (seen_pli, ==, "pli 3;");
  seen_twcc = parse (twcc, sizeof twcc, &ok);
  g_assert_true (ok);
  g_assert_cmpstr (seen_twcc, ==, "twcc 205 20;");
}

static void
test_padding_is_no_nack (void)
{
  static const guint8 nack[] = {0xA1, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0, 0, 0, 0, 0, 4};
  gboolean ok;
  g_autofree gchar *seen = parse (nack, sizeof nack, &ok);

  g_assert_true (ok);
  g_assert_cmpstr (seen, ==, "nack 2 10 0;");
}

static void
test_counts_that_lie (void)
{
  static const guint8 blocks[] = {0x9F, 201, 0, 1, 0, 0, 0, 1}; /* RR of 31 blocks, none there */
  static const guint8 bye[] = {0x9F, 203, 0, 1, 0, 0, 0, 1};
  static const guint8 sr[] = {0x80, 200, 0, 1, 0, 0, 0, 1};
  static const guint8 feedback[] = {0x81, 205, 0, 1, 0, 0, 0, 1};
  gboolean ok;

  g_free (parse (blocks, sizeof blocks, &ok));
  g_assert_false (ok);
  g_free (parse (bye, sizeof bye, &ok));
  g_assert_false (ok);
  g_free (parse (sr, sizeof sr, &ok));
  g_assert_false (ok);
  g_free (parse (feedback, sizeof feedback, &ok));
  g_assert_false (ok);
}

static void
test_no_handlers (void)
{
  const CrRtcpHandler none = {NULL};

  g_assert_true (cr_rtcp_parse (compound, sizeof compound, &none, NULL));
}

static void
test_cut_and_mangled (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (7);
  gboolean ok;

  for (gsize length = 0; length < sizeof compound; length++)
    g_free (parse (compound, length, &ok));

  for (guint i = 0; i < 50000; i++) {
    guint8 mangled[sizeof compound];

    memcpy (mangled, compound, sizeof mangled);
    for (guint k = 0; k < 3; k++)
      mangled[g_rand_int_range (rand, 0, sizeof mangled)] = (guint8)g_rand_int (rand);
    g_free (parse (mangled, (gsize)g_rand_int_range (rand, 0, sizeof mangled + 1), &ok));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/rtc/rtcp-in/compound", test_compound);
  g_test_add_func ("/rtc/rtcp-in/reduced-size", test_reduced_size);
  g_test_add_func ("/rtc/rtcp-in/padding-is-no-nack", test_padding_is_no_nack);
  g_test_add_func ("/rtc/rtcp-in/counts-that-lie", test_counts_that_lie);
  g_test_add_func ("/rtc/rtcp-in/no-handlers", test_no_handlers);
  g_test_add_func ("/rtc/rtcp-in/cut-and-mangled", test_cut_and_mangled);
  return g_test_run ();
}

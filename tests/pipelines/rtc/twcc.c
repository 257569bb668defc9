/* SPDX-License-Identifier: Apache-2.0
 *
 * What a feedback packet says, read by a decoder written from the draft alone, is what arrived.
 */
#include "rtc/twcc.h"

#include <string.h>

#define N_SEQS 70000

typedef struct {
  gint64 tick[N_SEQS]; /* 250 us; G_MININT64: never reported as received */
  guint reported[N_SEQS];
  guint16 first; /* sequence number that index 0 stands for */
  guint packets, next_count;
  guint64 base; /* index of the highest reported so far */
} Decoded;

static guint
read_u16 (const guint8 *at)
{
  return (guint)at[0] << 8 | at[1];
}

/* Section 3.1: base, count, reference time, feedback count; chunks; deltas. */
static void
decode (Decoded *decoded, const guint8 *fci, gsize fci_bytes)
{
  guint count = read_u16 (fci + 2);
  gint64 tick = ((gint64)fci[4] << 16 | read_u16 (fci + 5)) * 256;
  g_autofree guint8 *symbols = g_malloc0 (count + 8192);
  const guint8 *at = fci + 8;
  guint64 index = decoded->base + (gint64)(gint16)(read_u16 (fci) - decoded->first - decoded->base);
  guint n = 0;

  g_assert_cmpuint (fci_bytes % 4, ==, 0);
  g_assert_cmpuint (fci[7], ==, decoded->next_count++ & 0xff);
  while (n < count) {
    guint chunk = read_u16 (at);

    g_assert_true (at + 2 <= fci + fci_bytes);
    at += 2;
    if ((chunk & 0x8000) == 0) {
      memset (symbols + n, chunk >> 13, chunk & 0x1fff);
      n += chunk & 0x1fff;
    } else if ((chunk & 0x4000) == 0) {
      for (gint bit = 13; bit >= 0; bit--)
        symbols[n++] = chunk >> bit & 1;
    } else {
      for (gint shift = 12; shift >= 0; shift -= 2)
        symbols[n++] = chunk >> shift & 3;
    }
  }
  for (guint i = 0; i < count; i++) {
    g_assert_cmpuint (symbols[i], <=, 2);
    g_assert_cmpuint (index + i, <, N_SEQS);
    decoded->reported[index + i]++;
    if (symbols[i] == 0)
      continue;
    tick += symbols[i] == 1 ? at[0] : (gint16)read_u16 (at);
    at += symbols[i];
    decoded->tick[index + i] = tick;
  }
  g_assert_true (at <= fci + fci_bytes && at + 4 > fci + fci_bytes);
  decoded->base = MAX (decoded->base, index + count);
  decoded->packets++;
}

static Decoded *
decoded_new (guint16 first)
{
  Decoded *decoded = g_new0 (Decoded, 1);

  decoded->first = first;
  for (guint i = 0; i < N_SEQS; i++)
    decoded->tick[i] = G_MININT64;
  return decoded;
}

static void
flush (CrTwcc *twcc, Decoded *decoded, gsize capacity_bytes)
{
  g_autofree guint8 *fci = g_malloc (capacity_bytes);
  gsize fci_bytes;

  while ((fci_bytes = cr_twcc_build (twcc, fci, capacity_bytes)) > 0) {
    g_assert_cmpuint (fci_bytes, <=, capacity_bytes);
    decode (decoded, fci, fci_bytes);
  }
  g_assert_false (cr_twcc_is_pending (twcc));
}

static void
test_empty (void)
{
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  guint8 fci[64];

  g_assert_false (cr_twcc_is_pending (twcc));
  g_assert_cmpuint (cr_twcc_build (twcc, fci, sizeof fci), ==, 0);
}

/* Bytes by hand: three packets, one of them lost, then a long wait. */
static void
test_known_bytes (void)
{
  static const guint8 expected[] = {0x00, 0x05, 0x00, 0x04,
                                    0x00, 0x00, 0x01, 0x00, /* from 5, 4 statuses, 64 ms, packet 0 */
                                    0xd2, 0x40,             /* two-bit vector: 1 0 2 1 */
                                    0x04, 0x01, 0x90, 0x02, /* +1 ms, +100 ms, +0.5 ms */
                                    0x00, 0x00};
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  guint8 fci[64];

  /* 1 0 2 1 in two bits each: 01 00 10 01, then zeroes */
  cr_twcc_arrived (twcc, 5, 65000);
  cr_twcc_arrived (twcc, 7, 165000);
  cr_twcc_arrived (twcc, 8, 165500);
  g_assert_cmpmem (fci, cr_twcc_build (twcc, fci, sizeof fci), expected, sizeof expected);
}

/* What comes after later ones were reported is still told, with those after it. */
static void
test_late_packet (void)
{
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  g_autofree Decoded *decoded = decoded_new (0);

  cr_twcc_arrived (twcc, 1, 1000);
  cr_twcc_arrived (twcc, 3, 3000);
  flush (twcc, decoded, 64);
  g_assert_cmpint (decoded->tick[2], ==, G_MININT64);
  cr_twcc_arrived (twcc, 2, 4000);
  flush (twcc, decoded, 64);
  g_assert_cmpint (decoded->tick[2], ==, 16);
  g_assert_cmpint (decoded->tick[3], ==, 12);
}

/* Further back in time than a delta can say: a packet of its own. */
static void
test_time_goes_back (void)
{
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  g_autofree Decoded *decoded = decoded_new (0);

  cr_twcc_arrived (twcc, 11, 64000);
  cr_twcc_arrived (twcc, 10, 64000 + 10 * G_USEC_PER_SEC);
  flush (twcc, decoded, 64);
  g_assert_cmpuint (decoded->packets, ==, 2);
  g_assert_cmpint (decoded->tick[11], ==, 256);
  g_assert_cmpint (decoded->tick[10], ==, 256 + 40000);
}

/* Every second of 140 packets is lost: ten vectors of 14 bits, 70 short deltas. */
static void
test_compact (void)
{
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  guint8 fci[1072];

  for (guint16 i = 0; i < 140; i += 2)
    cr_twcc_arrived (twcc, i, i * 1000);
  cr_twcc_arrived (twcc, 139, 139000);
  g_assert_cmpuint (cr_twcc_build (twcc, fci, sizeof fci), ==, 8 + 10 * 2 + 71 + 1);
  /* 500 in a row: one run. */
  for (guint16 i = 140; i < 640; i++)
    cr_twcc_arrived (twcc, i, i * 1000);
  g_assert_cmpuint (cr_twcc_build (twcc, fci, sizeof fci), ==, 8 + 2 + 500 + 2);
  /* The same with a lost one behind: the run and a vector. */
  for (guint16 i = 640; i < 1140; i++)
    cr_twcc_arrived (twcc, i, i * 1000);
  cr_twcc_arrived (twcc, 1141, 1141000);
  g_assert_cmpuint (cr_twcc_build (twcc, fci, sizeof fci), ==, 8 + 2 * 2 + 501 + 3);
}

/* Random loss, reordering, bursts and pauses over more than one cycle of sequence numbers. */
static void
test_everything_is_told (gconstpointer user)
{
  gsize capacity_bytes = GPOINTER_TO_SIZE (user);
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);
  g_autofree Decoded *decoded = decoded_new (65000);
  g_autofree gint64 *sent = g_new (gint64, N_SEQS);
  gint64 now_us = 123456789;
  guint lost = 0;

  for (guint i = 0; i < N_SEQS; i++)
    sent[i] = G_MININT64;
  for (guint i = 0; i < N_SEQS - 4; i++) {
    guint burst = g_rand_int_range (rand, 0, 100);
    guint at = i;

    /* mostly in order; sometimes this one and the next change places */
    if (burst < 5 && i > 0 && sent[i - 1] == G_MININT64)
      at = i - 1;
    now_us += burst < 60   ? 0
              : burst < 97 ? g_rand_int_range (rand, 100, 5000)
                           : g_rand_int_range (rand, 1, 90000);
    if (g_rand_int_range (rand, 0, 20000) == 0)
      now_us += 20 * G_USEC_PER_SEC; /* longer than a large delta can say */
    if (i > 0 && burst >= 90 && burst < 95) {
      lost++;
    } else {
      cr_twcc_arrived (twcc, (guint16)(65000 + at), now_us);
      if (sent[at] == G_MININT64)
        sent[at] = now_us / 250;
    }
    if (i % 150 == 0)
      flush (twcc, decoded, capacity_bytes);
  }
  flush (twcc, decoded, capacity_bytes);
  g_test_message ("%u lost, %u feedback packets", lost, decoded->packets);
  for (guint64 i = 0; i < decoded->base; i++) {
    /* The reference time has 24 bits: 12 days, more than this test lasts. */
    g_assert_cmpint (decoded->tick[i], ==, sent[i]);
    g_assert_cmpuint (decoded->reported[i], >=, 1);
  }
}

static void
test_jumps_and_floods (void)
{
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  g_autofree Decoded *decoded = decoded_new (0);
  g_autofree guint8 *fci = g_malloc (1100);
  g_autoptr (GRand) rand = g_rand_new_with_seed (12);

  /* More than the window between two feedbacks: the newest are told. */
  for (guint i = 0; i < 5000; i++)
    cr_twcc_arrived (twcc, (guint16)i, i * 10);
  flush (twcc, decoded, 1100);
  g_assert_cmpuint (decoded->base, ==, 5000);
  g_assert_cmpint (decoded->tick[4999], ==, 4999 * 10 / 250);
  g_assert_cmpint (decoded->tick[5000 - CR_TWCC_WINDOW], !=, G_MININT64);
  g_assert_cmpint (decoded->tick[5000 - CR_TWCC_WINDOW - 1], ==, G_MININT64);
  /* A duplicate and what is older than the window say nothing new. */
  cr_twcc_arrived (twcc, 4990, 99999999);
  cr_twcc_arrived (twcc, 4, 99999999);
  g_assert_false (cr_twcc_is_pending (twcc));

  /* Any numbers at all: it ends, within bounds. */
  for (guint i = 0; i < 20000; i++) {
    cr_twcc_arrived (twcc, (guint16)g_rand_int (rand), g_rand_int_range (rand, 0, G_MAXINT32));
    if (i % 100 == 0) {
      guint packets = 0;

      while (cr_twcc_build (twcc, fci, 1100) > 0)
        g_assert_cmpuint (packets++, <, CR_TWCC_WINDOW);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/twcc/empty", test_empty);
  g_test_add_func ("/rtc/twcc/known-bytes", test_known_bytes);
  g_test_add_func ("/rtc/twcc/late-packet", test_late_packet);
  g_test_add_func ("/rtc/twcc/time-goes-back", test_time_goes_back);
  g_test_add_func ("/rtc/twcc/compact", test_compact);
  g_test_add_data_func ("/rtc/twcc/everything-is-told", GSIZE_TO_POINTER (1072), test_everything_is_told);
  g_test_add_data_func ("/rtc/twcc/everything-is-told-in-small-packets", GSIZE_TO_POINTER (65),
                        test_everything_is_told);
  g_test_add_func ("/rtc/twcc/jumps-and-floods", test_jumps_and_floods);
  return g_test_run ();
}

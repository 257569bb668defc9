/* SPDX-License-Identifier: Apache-2.0
 *
 * What the relay's own writer of transport-wide feedback says comes out again; and feedback that lies about
 * its lengths is refused.
 */
#include "rtc/bandwidth.h"
#include "rtc/twcc.h"

#include <string.h>

typedef struct {
  guint n_received, n_lost;
  gint64 first_arrival_us, last_arrival_us;
  gint64 last_sent_us;
} Seen;

static void
on_sample (const CrBandwidthSample *sample, gpointer data)
{
  Seen *seen = data;

  seen->last_sent_us = sample->sent_us;
  if (!sample->received) {
    seen->n_lost++;
    return;
  }
  if (seen->n_received++ == 0)
    seen->first_arrival_us = sample->arrival_us;
  seen->last_arrival_us = sample->arrival_us;
}

static gsize
build (CrTwcc *twcc, guint8 *packet, gsize capacity_bytes)
{
  static const guint8 header[12] = {0x8F, 205, 0, 0, 0, 0, 0, 1, 0, 0, 0, 2};
  gsize fci_bytes = cr_twcc_build (twcc, packet + sizeof header, capacity_bytes - sizeof header);

  memcpy (packet, header, sizeof header);
  return fci_bytes > 0 ? sizeof header + fci_bytes : 0;
}

static void
test_round_trip (void)
{
  Seen seen = {0};
  g_autoptr (CrBandwidth) bandwidth = cr_bandwidth_new (on_sample, &seen);
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  guint8 packet[1200];
  gint64 now_us = 77 * G_USEC_PER_SEC;
  gsize length_bytes;

  for (guint i = 0; i < 3000; i++) {
    guint16 seq = (guint16)(64000 + i); /* wraps */

    cr_bandwidth_sent (bandwidth, seq, 1000, now_us);
    if (i % 10 != 3)
      cr_twcc_arrived (twcc, seq, now_us + 30 * 1000);
    now_us += 1000;
    if (i % 50 == 49) {
      while ((length_bytes = build (twcc, packet, sizeof packet)) > 0)
        g_assert_true (cr_bandwidth_handle_feedback (bandwidth, packet, length_bytes, now_us));
    }
  }
  g_assert_cmpuint (seen.n_received, ==, 2700);
  g_assert_cmpuint (seen.n_lost, ==, 300);
  g_assert_cmpfloat_with_epsilon (cr_bandwidth_get_loss_fraction (bandwidth), 0.1, 0.005);
  g_assert_cmpuint (cr_bandwidth_get_delivered_kbps (bandwidth), >, 7000);
  g_assert_cmpuint (cr_bandwidth_get_delivered_kbps (bandwidth), <, 7400);
  g_assert_cmpint (ABS (seen.last_arrival_us - seen.first_arrival_us - 2999 * 1000), <, 1000);
  g_assert_cmpint (seen.last_sent_us, ==, 77 * G_USEC_PER_SEC + 2999 * 1000);
}

/* The same feedback again says nothing new; a packet reported lost may still arrive. */
static void
test_counts_once (void)
{
  Seen seen = {0};
  g_autoptr (CrBandwidth) bandwidth = cr_bandwidth_new (on_sample, &seen);
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  guint8 packet[1200];
  gsize length_bytes;

  for (guint i = 0; i < 20; i++) {
    cr_bandwidth_sent (bandwidth, (guint16)i, 1000, 1000 * i);
    if (i != 7)
      cr_twcc_arrived (twcc, (guint16)i, 1000 * i);
  }
  length_bytes = build (twcc, packet, sizeof packet);
  g_assert_true (cr_bandwidth_handle_feedback (bandwidth, packet, length_bytes, 50000));
  g_assert_true (cr_bandwidth_handle_feedback (bandwidth, packet, length_bytes, 50000));
  g_assert_cmpuint (seen.n_received, ==, 19);
  cr_twcc_arrived (twcc, 7, 60000);
  while ((length_bytes = build (twcc, packet, sizeof packet)) > 0)
    g_assert_true (cr_bandwidth_handle_feedback (bandwidth, packet, length_bytes, 70000));
  g_assert_cmpuint (seen.n_received, ==, 20);
}

/* Numbers that were never sent, or long ago, say nothing. */
static void
test_unknown_numbers (void)
{
  Seen seen = {0};
  g_autoptr (CrBandwidth) bandwidth = cr_bandwidth_new (on_sample, &seen);
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  guint8 packet[1200];
  gsize length_bytes;

  for (guint i = 0; i < 100; i++)
    cr_twcc_arrived (twcc, (guint16)i, 1000 * i);
  length_bytes = build (twcc, packet, sizeof packet);
  g_assert_true (cr_bandwidth_handle_feedback (bandwidth, packet, length_bytes, 5000));
  g_assert_cmpuint (seen.n_received + seen.n_lost, ==, 0);
}

static void
test_cut_and_mangled (void)
{
  g_autoptr (CrBandwidth) bandwidth = cr_bandwidth_new (NULL, NULL);
  g_autoptr (CrTwcc) twcc = cr_twcc_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (3);
  guint8 packet[1200];
  gsize length_bytes;

  for (guint i = 0; i < 200; i += 1 + i % 3)
    cr_twcc_arrived (twcc, (guint16)i, 90000 * i);
  length_bytes = build (twcc, packet, sizeof packet);
  for (gsize cut = 0; cut + 4 < length_bytes; cut++) {
    g_autofree guint8 *copy = g_memdup2 (packet, cut);

    g_assert_false (cr_bandwidth_handle_feedback (bandwidth, copy, cut, 1));
  }
  for (guint i = 0; i < 20000; i++) {
    g_autofree guint8 *copy = g_memdup2 (packet, length_bytes);

    for (guint k = 0; k < 4; k++)
      copy[g_rand_int_range (rand, 12, (gint32)length_bytes)] = (guint8)g_rand_int (rand);
    if (cr_bandwidth_handle_feedback (bandwidth, copy, length_bytes, i))
      continue;
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/bandwidth/round-trip", test_round_trip);
  g_test_add_func ("/rtc/bandwidth/counts-once", test_counts_once);
  g_test_add_func ("/rtc/bandwidth/unknown-numbers", test_unknown_numbers);
  g_test_add_func ("/rtc/bandwidth/cut-and-mangled", test_cut_and_mangled);
  return g_test_run ();
}

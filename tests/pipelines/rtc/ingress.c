/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets go on once each, in whatever order they come, and the reports tell what the line did.
 */
#include "rtc/ingress.h"

#define MS G_GINT64_CONSTANT (1000)

static CrIngressVerdict
receive (CrIngress *ingress, guint seq, gint64 now_us)
{
  return cr_ingress_receive (ingress, (guint16)seq, seq * 3000, now_us, FALSE);
}

static CrIngressVerdict
receive_rtx (CrIngress *ingress, guint seq, gint64 now_us)
{
  return cr_ingress_receive (ingress, (guint16)seq, seq * 3000, now_us, TRUE);
}

static void
test_once_each (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);
  static const guint order[] = {65534, 65533, 65535, 65538, 65536, 65537, 65539};

  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    g_assert_cmpint (receive (ingress, order[i], i * MS), ==, CR_INGRESS_NEW);
  for (guint i = 0; i < G_N_ELEMENTS (order); i++)
    g_assert_cmpint (receive (ingress, order[i], 10 * MS), ==, CR_INGRESS_DUPLICATE);
  g_assert_cmpuint (cr_ingress_get_stats (ingress)->packets, ==, 7);
  g_assert_cmpuint (cr_ingress_get_stats (ingress)->duplicates, ==, 7);
  g_assert_cmpuint (cr_ingress_get_stats (ingress)->lost, ==, 0);
  g_assert_cmpint (cr_ingress_nack_due_us (ingress), ==, G_MAXINT64);
}

static void
test_gap_is_asked_for (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);
  guint16 seqs[8];

  receive (ingress, 65534, 0);
  receive (ingress, 65538, 0);
  g_assert_cmpint (cr_ingress_nack_due_us (ingress), ==, CR_NACK_REORDER_US);
  g_assert_cmpuint (cr_ingress_collect_nacks (ingress, CR_NACK_REORDER_US, seqs, 8), ==, 3);
  g_assert_cmpuint (seqs[0], ==, 65535);
  g_assert_cmpuint (seqs[1], ==, 0);
  g_assert_cmpuint (seqs[2], ==, 1);
  /* By RTX, by a plain resend, and once too often. */
  g_assert_cmpint (receive_rtx (ingress, 65535, 30 * MS), ==, CR_INGRESS_NEW);
  g_assert_cmpint (receive (ingress, 65536, 30 * MS), ==, CR_INGRESS_NEW);
  g_assert_cmpint (receive_rtx (ingress, 65535, 30 * MS), ==, CR_INGRESS_DUPLICATE);
  g_assert_cmpuint (cr_ingress_get_stats (ingress)->lost, ==, 3);
  g_assert_cmpuint (cr_ingress_get_stats (ingress)->recovered, ==, 2);

  /* The last one never comes. */
  for (gint64 now_us = 40 * MS; now_us < 2000 * MS; now_us += 5 * MS)
    cr_ingress_collect_nacks (ingress, now_us, seqs, 8);
  g_assert_cmpint (cr_ingress_nack_due_us (ingress), ==, G_MAXINT64);
  g_assert_cmpuint (cr_ingress_get_stats (ingress)->given_up, ==, 1);
  g_assert_true (cr_ingress_take_given_up (ingress));
  g_assert_false (cr_ingress_take_given_up (ingress));
}

static void
test_without_nack (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 48000, FALSE);
  guint16 seqs[8];

  receive (ingress, 1, 0);
  receive (ingress, 4, 0);
  g_assert_cmpint (cr_ingress_nack_due_us (ingress), ==, G_MAXINT64);
  g_assert_cmpuint (cr_ingress_collect_nacks (ingress, 1000 * MS, seqs, 8), ==, 0);
  receive (ingress, 2, 0);
  g_assert_cmpuint (cr_ingress_get_stats (ingress)->lost, ==, 1);
}

static void
test_restart (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);

  receive (ingress, 20000, 0);
  /* Forward: at once. */
  g_assert_cmpint (receive (ingress, 20000 + CR_INGRESS_MAX_DROPOUT, 0), ==, CR_INGRESS_NEW);
  g_assert_true (cr_ingress_take_given_up (ingress)); /* too much to ask for */
  g_assert_cmpint (receive (ingress, 20000 + 2 * CR_INGRESS_MAX_DROPOUT + 1, 0), ==, CR_INGRESS_RESTARTED);
  g_assert_cmpint (cr_ingress_nack_due_us (ingress), ==, G_MAXINT64);
  /* Back: a straggler is not believed, two in a row are. */
  g_assert_cmpint (receive (ingress, 100, 0), ==, CR_INGRESS_TOO_OLD);
  g_assert_cmpint (receive (ingress, 300, 0), ==, CR_INGRESS_TOO_OLD);
  g_assert_cmpint (receive (ingress, 26002, 0), ==, CR_INGRESS_NEW);
  g_assert_cmpint (receive (ingress, 301, 0), ==, CR_INGRESS_TOO_OLD);
  g_assert_cmpint (receive (ingress, 302, 0), ==, CR_INGRESS_RESTARTED);
  g_assert_cmpint (receive (ingress, 303, 0), ==, CR_INGRESS_NEW);
}

static void
test_retransmissions_start_nothing (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);

  g_assert_cmpint (receive_rtx (ingress, 5, 0), ==, CR_INGRESS_TOO_OLD);
  receive (ingress, 20000, 0);
  g_assert_cmpint (receive_rtx (ingress, 100, 0), ==, CR_INGRESS_TOO_OLD);
  g_assert_cmpint (receive_rtx (ingress, 101, 0), ==, CR_INGRESS_TOO_OLD);
  g_assert_cmpint (receive_rtx (ingress, 30000, 0), ==, CR_INGRESS_TOO_OLD);
  /* The tail of a frame was lost and comes back before anything newer does. */
  g_assert_cmpint (receive_rtx (ingress, 20001, 0), ==, CR_INGRESS_NEW);
  g_assert_cmpint (receive (ingress, 20001, 0), ==, CR_INGRESS_DUPLICATE);
}

static void
test_report (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);
  CrIngressReport report;

  for (guint seq = 65000; seq < 65000 + 1000; seq++) {
    if (seq % 10 != 0 || seq == 65000)
      receive (ingress, seq, seq * 33 * MS);
  }
  receive_rtx (ingress, 65990, 0); /* mends the picture, not the report */
  cr_ingress_make_report (ingress, 0, &report);
  g_assert_cmpint (report.cumulative_lost, ==, 99);
  g_assert_cmpuint (report.fraction_lost, ==, 99 * 256 / 1000);
  g_assert_cmphex (report.extended_highest_seq, ==, 65999);
  g_assert_cmpuint (report.lsr, ==, 0);
  g_assert_cmpuint (report.dlsr, ==, 0);

  /* Nothing was lost since. */
  receive (ingress, 66000, 66000 * 33 * MS);
  cr_ingress_sender_report (ingress, G_GUINT64_CONSTANT (0x1111222233334444), 1000 * MS);
  cr_ingress_make_report (ingress, 1500 * MS, &report);
  g_assert_cmpuint (report.fraction_lost, ==, 0);
  g_assert_cmpint (report.cumulative_lost, ==, 99);
  g_assert_cmphex (report.lsr, ==, 0x22223333);
  g_assert_cmpuint (report.dlsr, ==, 32768);

  /* Duplicates may turn the interval's loss negative: no fraction (RFC 3550 appendix A.3). */
  for (guint i = 0; i < 3; i++)
    receive (ingress, 66001 + i, 66001 * 33 * MS);
  receive (ingress, 66003, 66001 * 33 * MS);
  cr_ingress_make_report (ingress, 1500 * MS, &report);
  g_assert_cmpuint (report.fraction_lost, ==, 0);
  g_assert_cmpint (report.cumulative_lost, ==, 98);
}

static void
test_everything_lost_since (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);
  CrIngressReport report;

  receive (ingress, 1, 0);
  cr_ingress_make_report (ingress, 0, &report);
  receive (ingress, 1001, 0);
  cr_ingress_make_report (ingress, 0, &report);
  g_assert_cmpuint (report.fraction_lost, ==, 255);
}

/* RFC 3550 appendix A.8: a steady line has none; one that alternates by 10 ms tends to 10 ms. */
static void
test_jitter (void)
{
  g_autoptr (CrIngress) steady = cr_ingress_new (1, 90000, TRUE);
  g_autoptr (CrIngress) shaky = cr_ingress_new (1, 90000, TRUE);
  CrIngressReport report;

  for (guint i = 0; i < 500; i++) {
    gint64 sent_us = i * G_GINT64_CONSTANT (100000) / 3;

    for (guint k = 0; k < 3; k++) { /* a frame is three packets, paced over 9 ms */
      cr_ingress_receive (steady, (guint16)(3 * i + k), i * 3000, sent_us + k * 3 * MS, FALSE);
      cr_ingress_receive (shaky, (guint16)(3 * i + k), i * 3000, sent_us + (i % 2) * 10 * MS, FALSE);
    }
  }
  cr_ingress_make_report (steady, 0, &report);
  g_assert_cmpuint (report.jitter_rtp, <=, 1);
  cr_ingress_make_report (shaky, 0, &report);
  g_assert_cmpuint (report.jitter_rtp, >=, 890);
  g_assert_cmpuint (report.jitter_rtp, <=, 910);
}

/* 5 % of packets and requests are lost, some are late: each packet is passed on at most once, and what the
 * list was asked to recover is recovered. */
static void
test_lossy_line (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);
  g_autoptr (GRand) rand = g_rand_new_with_seed (55);
  g_autofree guint8 *passed = g_malloc0 (100000);
  g_autofree gint64 *arrival_us = g_new (gint64, 100000);
  const CrIngressStats *stats = cr_ingress_get_stats (ingress);
  guint next = 0, missing = 0;

  for (guint i = 0; i < 100000; i++) {
    gint64 delay_us = g_rand_int_range (rand, 0, 100) < 2 ? 5 * MS : 0;

    arrival_us[i] = i > 0 && g_rand_double (rand) < 0.05 ? G_MAXINT64 : i * 4 * MS + delay_us;
  }
  for (gint64 now_us = 0; now_us < 401000 * MS; now_us += 1 * MS) {
    guint16 seqs[64];
    guint n;

    while (next < 100000 && next * 4 * MS <= now_us)
      next++;
    for (guint i = next < 600 ? 0 : next - 600; i < next; i++) {
      if (arrival_us[i] > now_us)
        continue;
      passed[i] += cr_ingress_receive (ingress, (guint16)i, i, now_us, FALSE) == CR_INGRESS_NEW;
      arrival_us[i] = G_MAXINT64;
    }
    n = cr_ingress_collect_nacks (ingress, now_us, seqs, 64);
    for (guint i = 0; i < n; i++) {
      guint seq = next - 1 - (guint16)(next - 1 - seqs[i]);

      if (g_rand_double (rand) > 0.0975)
        arrival_us[seq] = now_us + 40 * MS;
    }
  }
  for (guint i = 0; i < 100000; i++) {
    g_assert_cmpuint (passed[i], <=, 1);
    missing += passed[i] == 0;
  }
  g_test_message ("%u of 100000 missing, %u asked back", missing, (guint)stats->recovered);
  g_assert_cmpuint (missing, <=, 2); /* the last ones, after which nothing came */
  g_assert_cmpuint (stats->packets + missing, ==, 100000);
  g_assert_cmpuint (stats->lost, >=, 4700);
  g_assert_cmpuint (stats->lost, <=, 5300);
}

/* Whatever numbers come: no packet is passed on twice between two restarts, and memory does not grow. */
static void
test_hostile_numbers (void)
{
  g_autoptr (CrIngress) ingress = cr_ingress_new (1, 90000, TRUE);
  g_autoptr (GRand) rand = g_rand_new_with_seed (6);
  guint16 seqs[64];
  CrIngressReport report;

  for (guint i = 0; i < 300000; i++) {
    guint range = 1u << g_rand_int_range (rand, 1, 17);

    cr_ingress_receive (ingress, (guint16)g_rand_int_range (rand, 0, (gint32)range), g_rand_int (rand),
                        i * 100, g_rand_int_range (rand, 0, 8) == 0);
    if (i % 50 == 0)
      cr_ingress_collect_nacks (ingress, i * 100, seqs, 64);
    if (i % 1000 == 0)
      cr_ingress_make_report (ingress, i * 100, &report);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/ingress/once-each", test_once_each);
  g_test_add_func ("/rtc/ingress/gap-is-asked-for", test_gap_is_asked_for);
  g_test_add_func ("/rtc/ingress/without-nack", test_without_nack);
  g_test_add_func ("/rtc/ingress/restart", test_restart);
  g_test_add_func ("/rtc/ingress/retransmissions-start-nothing", test_retransmissions_start_nothing);
  g_test_add_func ("/rtc/ingress/report", test_report);
  g_test_add_func ("/rtc/ingress/everything-lost-since", test_everything_lost_since);
  g_test_add_func ("/rtc/ingress/jitter", test_jitter);
  g_test_add_func ("/rtc/ingress/lossy-line", test_lossy_line);
  g_test_add_func ("/rtc/ingress/hostile-numbers", test_hostile_numbers);
  return g_test_run ();
}

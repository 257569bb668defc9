/* SPDX-License-Identifier: Apache-2.0
 *
 * What is missing is asked for soon, again after about a round trip, and not for ever.
 */
#include "rtc/nack.h"

#define MS G_GINT64_CONSTANT (1000)

static void
test_reordering_is_not_asked_for (void)
{
  g_autoptr (CrNackList) list = cr_nack_list_new ();
  guint16 seqs[8];
  guint given_up = 0;

  g_assert_cmpint (cr_nack_list_due_us (list), ==, G_MAXINT64);
  g_assert_cmpuint (cr_nack_list_add_gap (list, 100, 102, 0), ==, 0);
  g_assert_cmpint (cr_nack_list_due_us (list), ==, 10 * MS);
  g_assert_cmpuint (cr_nack_list_collect (list, 9 * MS, seqs, 8, &given_up), ==, 0);
  g_assert_cmpint (cr_nack_list_arrived (list, 100, 9 * MS), ==, CR_NACK_REORDERED);
  g_assert_cmpint (cr_nack_list_arrived (list, 100, 9 * MS), ==, CR_NACK_NOT_PENDING);
  g_assert_cmpuint (cr_nack_list_collect (list, 10 * MS, seqs, 8, &given_up), ==, 1);
  g_assert_cmpuint (seqs[0], ==, 101);
  g_assert_cmpint (cr_nack_list_arrived (list, 101, 30 * MS), ==, CR_NACK_ANSWERED);
  g_assert_cmpint (cr_nack_list_due_us (list), ==, G_MAXINT64);
  g_assert_cmpuint (given_up, ==, 0);
}

/* Runs to the end without an answer; returns how often it was asked for. */
static guint
ask_in_vain (CrNackList *list, gint64 now_us, guint *given_up)
{
  guint16 seqs[8];
  guint asked = 0;

  while (cr_nack_list_due_us (list) != G_MAXINT64) {
    now_us = MAX (now_us, cr_nack_list_due_us (list));
    asked += cr_nack_list_collect (list, now_us, seqs, 8, given_up);
  }
  return asked;
}

static void
test_ten_tries (void)
{
  g_autoptr (CrNackList) list = cr_nack_list_new ();
  guint given_up = 0;

  cr_nack_list_add_gap (list, 7, 8, 0);
  g_assert_cmpuint (ask_in_vain (list, 0, &given_up), ==, CR_NACK_MAX_TRIES);
  g_assert_cmpuint (given_up, ==, 1);
}

static void
test_wait_follows_the_path (void)
{
  g_autoptr (CrNackList) list = cr_nack_list_new ();
  guint16 seqs[8];
  guint given_up = 0;

  /* A satellite: the answer takes 250 ms, whichever request it answers. */
  cr_nack_list_add_gap (list, 1, 2, 0);
  while (cr_nack_list_due_us (list) < 260 * MS)
    cr_nack_list_collect (list, cr_nack_list_due_us (list), seqs, 8, &given_up);
  g_assert_cmpint (cr_nack_list_arrived (list, 1, 260 * MS), ==, CR_NACK_ANSWERED);

  cr_nack_list_add_gap (list, 5, 6, 300 * MS);
  g_assert_cmpuint (cr_nack_list_collect (list, 310 * MS, seqs, 8, &given_up), ==, 1);
  g_assert_cmpint (cr_nack_list_due_us (list), ==, (310 + 250 + 10) * MS);
  /* So fewer tries fit into the second that viewers wait. */
  g_assert_cmpuint (ask_in_vain (list, 310 * MS, &given_up), ==, 3);
  g_assert_cmpuint (given_up, ==, 1);

  /* A local network: not faster than 20 ms. */
  for (guint i = 0; i < 3; i++) {
    gint64 now_us = (2000 + i * 6000) * MS;

    cr_nack_list_add_gap (list, 10 + i, 11 + i, now_us);
    cr_nack_list_collect (list, now_us + 10 * MS, seqs, 8, &given_up);
    cr_nack_list_arrived (list, 10 + i, now_us + 11 * MS);
  }
  cr_nack_list_add_gap (list, 20, 21, 20000 * MS);
  cr_nack_list_collect (list, 20010 * MS, seqs, 8, &given_up);
  g_assert_cmpint (cr_nack_list_due_us (list), ==, 20030 * MS);
}

static void
test_bounded (void)
{
  g_autoptr (CrNackList) list = cr_nack_list_new ();
  guint16 seqs[CR_NACK_MAX_PENDING];
  guint given_up = 0;

  g_assert_cmpuint (cr_nack_list_add_gap (list, 0, 500, 0), ==, 0);
  g_assert_cmpuint (cr_nack_list_add_gap (list, 600, 620, 0), ==, 8);
  g_assert_cmpuint (cr_nack_list_get_n_pending (list), ==, CR_NACK_MAX_PENDING);
  g_assert_cmpint (cr_nack_list_arrived (list, 7, 0), ==, CR_NACK_NOT_PENDING);
  g_assert_cmpint (cr_nack_list_arrived (list, 8, 0), ==, CR_NACK_REORDERED);

  /* Asked for in portions, in ascending order, each once. */
  for (guint n = 0, total = 0; total < CR_NACK_MAX_PENDING - 1; total += n) {
    n = cr_nack_list_collect (list, 10 * MS, seqs, 100, &given_up);
    g_assert_cmpuint (n, >, 0);
    g_assert_cmpuint (seqs[0], ==, total < 491 ? 9 + total : 600 + total - 491);
  }
  g_assert_cmpuint (cr_nack_list_collect (list, 10 * MS, seqs, 100, &given_up), ==, 0);

  /* More than fits is better served by a keyframe: all is given up. */
  g_assert_cmpuint (cr_nack_list_add_gap (list, 1000, 1000 + CR_NACK_MAX_PENDING + 1, 0), ==,
                    2 * CR_NACK_MAX_PENDING);
  g_assert_cmpuint (cr_nack_list_get_n_pending (list), ==, 0);
}

/* A line of 100 ms round trip that loses 30 % of packets, requests and answers alike: nearly everything comes
 * back within a second. */
static void
test_lossy_line (void)
{
  g_autoptr (CrNackList) list = cr_nack_list_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (30);
  gint64 answers[2000]; /* when the answer to a request arrives; 0: none under way */
  guint missing = 0, recovered = 0, given_up = 0, asked = 0;

  memset (answers, 0, sizeof answers);
  for (gint64 now_us = 0; now_us < 24000 * MS; now_us += 1 * MS) {
    guint64 seq = (guint64)now_us / (10 * MS);
    guint16 seqs[64];
    guint n;

    if (now_us % (10 * MS) == 0 && seq < 2000 && g_rand_double (rand) < 0.3) {
      cr_nack_list_add_gap (list, seq, seq + 1, now_us);
      missing++;
    }
    for (guint i = 0; i < 2000; i++) {
      if (answers[i] != 0 && answers[i] <= now_us) {
        recovered += cr_nack_list_arrived (list, i, now_us) == CR_NACK_ANSWERED;
        answers[i] = 0;
      }
    }
    n = cr_nack_list_collect (list, now_us, seqs, 64, &given_up);
    asked += n;
    for (guint i = 0; i < n; i++) {
      if (g_rand_double (rand) < 0.49 && answers[seqs[i]] == 0)
        answers[seqs[i]] = now_us + 100 * MS;
    }
  }
  g_test_message ("%u missing, %u recovered, %u given up, %u requests", missing, recovered, given_up, asked);
  g_assert_cmpuint (recovered + given_up, ==, missing);
  g_assert_cmpuint (recovered * 100, >=, missing * 97);
  g_assert_cmpuint (asked, <=, 3 * missing);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/nack/reordering-is-not-asked-for", test_reordering_is_not_asked_for);
  g_test_add_func ("/rtc/nack/ten-tries", test_ten_tries);
  g_test_add_func ("/rtc/nack/wait-follows-the-path", test_wait_follows_the_path);
  g_test_add_func ("/rtc/nack/bounded", test_bounded);
  g_test_add_func ("/rtc/nack/lossy-line", test_lossy_line);
  return g_test_run ();
}

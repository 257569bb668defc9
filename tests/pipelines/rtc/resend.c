/* SPDX-License-Identifier: Apache-2.0
 *
 * The limits of resending: times, distance, share.
 */
#include "rtc/resend.h"

static void
test_times_and_distance (void)
{
  g_autoptr (CrResendTable) table = cr_resend_table_new (64);
  gint64 now_us = 5 * G_USEC_PER_SEC;

  for (guint i = 0; i < CR_RESEND_MAX_TIMES; i++) {
    g_assert_true (cr_resend_table_pass (table, 100, now_us, 80 * 1000));
    now_us += 79 * 1000;
    g_assert_false (cr_resend_table_pass (table, 100, now_us, 80 * 1000));
    now_us += 2 * 1000;
  }
  g_assert_false (cr_resend_table_pass (table, 100, now_us + G_USEC_PER_SEC, 80 * 1000));
  g_assert_true (cr_resend_table_pass (table, 101, now_us, 80 * 1000));
}

/* Without a round trip measured, two requests in one turn are one. */
static void
test_unknown_round_trip (void)
{
  g_autoptr (CrResendTable) table = cr_resend_table_new (64);

  g_assert_true (cr_resend_table_pass (table, 7, 1000, 0));
  g_assert_false (cr_resend_table_pass (table, 7, 1000, 0));
  g_assert_true (cr_resend_table_pass (table, 7, 30 * 1000, 0));
}

static void
test_share (void)
{
  CrResendBudget budget = {0};
  guint64 media_bytes = 0, resent_bytes = 0;

  for (guint i = 0; i < 100000; i++) {
    media_bytes += 1200;
    while (cr_resend_budget_take (&budget, media_bytes, 1200))
      resent_bytes += 1200;
  }
  g_assert_cmpuint (resent_bytes, <=, media_bytes / CR_RESEND_MEDIA_PARTS);
  g_assert_cmpuint (resent_bytes, >=, media_bytes / CR_RESEND_MEDIA_PARTS * 99 / 100);
}

/* An hour without loss does not earn an hour's worth of resends. */
static void
test_savings_are_bounded (void)
{
  CrResendBudget budget = {0};
  guint64 resent_bytes = 0;

  while (cr_resend_budget_take (&budget, G_GUINT64_CONSTANT (1000000000), 1200))
    resent_bytes += 1200;
  g_assert_cmpuint (resent_bytes, <=, 300 * 1000);
  g_assert_cmpuint (resent_bytes, >=, 200 * 1000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/resend/times-and-distance", test_times_and_distance);
  g_test_add_func ("/rtc/resend/unknown-round-trip", test_unknown_round_trip);
  g_test_add_func ("/rtc/resend/share", test_share);
  g_test_add_func ("/rtc/resend/savings-are-bounded", test_savings_are_bounded);
  return g_test_run ();
}

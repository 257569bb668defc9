/* SPDX-License-Identifier: Apache-2.0
 *
 * A backlog leaves at the rate it should, and its time stamps are pressed to about as long as that takes.
 */
#include "rtc/pacer.h"

static void
test_rate (void)
{
  CrPacer pacer;
  gint64 now_us = G_USEC_PER_SEC;
  gsize sent_bytes = 0;

  cr_pacer_start (&pacer, 500 * 1000, now_us); /* a stream of 4 Mbit/s: 16 Mbit/s */
  for (guint i = 0; i < 200; i++) {
    cr_pacer_earn (&pacer, now_us);
    while (cr_pacer_may_send (&pacer)) {
      cr_pacer_spend (&pacer, 1200);
      sent_bytes += 1200;
    }
    now_us += CR_PACER_TICK_US;
  }
  g_assert_cmpuint (sent_bytes, >=, 1950 * 1000);
  g_assert_cmpuint (sent_bytes, <=, 2050 * 1000);
}

static void
test_least_rate_and_burst (void)
{
  CrPacer pacer;
  gsize sent_bytes = 0;

  cr_pacer_start (&pacer, 0, 0);
  g_assert_cmpuint (pacer.bytes_per_second, ==, 1000 * 1000);
  while (cr_pacer_may_send (&pacer)) {
    cr_pacer_spend (&pacer, 1200);
    sent_bytes += 1200;
  }
  g_assert_cmpuint (sent_bytes, ==, 12000);
  cr_pacer_earn (&pacer, 60 * G_USEC_PER_SEC); /* a stall earns no flood */
  g_assert_cmpint (pacer.allowance_bytes, <=, 20000);
}

static void
test_compression (void)
{
  CrPacer pacer;

  cr_pacer_start (&pacer, 0, 0);
  /* 2 s of 2.5 Mbit/s take 0.625 s at 8 Mbit/s: 2 s >> 2. */
  g_assert_cmpuint (cr_pacer_compression_shift (&pacer, 625 * 1000, 180000, 90000), ==, 2);
  g_assert_cmpuint (cr_pacer_compression_shift (&pacer, 625 * 1000, 1000, 90000), ==, 0);
  g_assert_cmpuint (cr_pacer_compression_shift (&pacer, 0, 360000, 90000), ==, 8);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/pacer/rate", test_rate);
  g_test_add_func ("/rtc/pacer/least-rate-and-burst", test_least_rate_and_burst);
  g_test_add_func ("/rtc/pacer/compression", test_compression);
  return g_test_run ();
}

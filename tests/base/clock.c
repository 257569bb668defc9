/* SPDX-License-Identifier: Apache-2.0
 *
 * NTP time and wall time turn into each other.
 */
#include "base/clock.h"

static void
test_known_ntp_time (void)
{
  /* 1970-01-01 00:00:00.5 is 2208988800.5 s after 1900 (RFC 5905 figure 4). */
  g_assert_cmphex (cr_clock_ntp_from_wall_us (500000), ==,
                   (G_GUINT64_CONSTANT (2208988800) << 32) | 0x80000000u);
}

static void
test_round_trip (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (1);

  for (guint i = 0; i < 10000; i++) {
    gint64 wall_us =
        (gint64)g_rand_int_range (rand, 0, 2085978000) * 1000000 + g_rand_int_range (rand, 0, 1000000);

    g_assert_cmpint (cr_clock_wall_us_from_ntp (cr_clock_ntp_from_wall_us (wall_us)), ==, wall_us);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/clock/known-ntp-time", test_known_ntp_time);
  g_test_add_func ("/base/clock/round-trip", test_round_trip);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Buckets under a clock moved by hand.
 */
#include "http/rate-limit.h"

static void
test_burst_then_a_steady_rate (void)
{
  g_autoptr (CrRateLimit) limit = cr_rate_limit_new (5, 5);
  gint64 now_us = 1000;
  guint n = 0;

  for (guint i = 0; i < 20; i++)
    n += cr_rate_limit_take (limit, "a", now_us);
  g_assert_cmpuint (n, ==, 5);
  g_assert_true (cr_rate_limit_take (limit, "b", now_us)); /* others are not concerned */
  for (n = 0; now_us < 1000 + 10 * G_USEC_PER_SEC; now_us += 10000)
    n += cr_rate_limit_take (limit, "a", now_us);
  g_assert_cmpuint (n, ==, 49); /* the first 200 ms after the burst have none */
  now_us += G_USEC_PER_SEC;
  for (n = 0; cr_rate_limit_take (limit, "a", now_us); n++)
    ;
  g_assert_cmpuint (n, ==, 5); /* a long rest does not add up */
}

static void
test_memory_is_bounded (void)
{
  g_autoptr (CrRateLimit) limit = cr_rate_limit_new (5, 5);

  for (guint i = 0; i < 100000; i++) {
    g_autofree gchar *who = g_strdup_printf ("%u", i);

    g_assert_true (cr_rate_limit_take (limit, who, i * G_GINT64_CONSTANT (1000))); /* a thousand a second */
  }
  g_assert_cmpuint (cr_rate_limit_get_n (limit), <=, 2048);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/rate-limit/burst-then-a-steady-rate", test_burst_then_a_steady_rate);
  g_test_add_func ("/server/http/rate-limit/memory-is-bounded", test_memory_is_bounded);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A value from outside cannot forge a log line, and a flood becomes one line with a count.
 */
#include "base/log.h"

static void
test_value_is_escaped (void)
{
  if (g_test_subprocess ()) {
    cr_log (CR_LOG_INFO, "peer-connected", "peer", "x\n2026 error forged=\"1\"", "skipped", NULL, "lesson",
            "demo", NULL);
    return;
  }
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
  g_test_trap_assert_stderr (
      "*Z info peer-connected peer=\"x\\x0a2026 error forged=\\\"1\\\"\" lesson=demo\n");
}

static void
test_limit_counts_what_it_swallows (void)
{
  CrLogLimit limit = {0};
  guint suppressed = 99;

  g_assert_true (cr_log_limit_pass (&limit, 1000, 500, &suppressed));
  g_assert_cmpuint (suppressed, ==, 0);
  g_assert_false (cr_log_limit_pass (&limit, 1100, 500, &suppressed));
  g_assert_false (cr_log_limit_pass (&limit, 1499, 500, &suppressed));
  g_assert_true (cr_log_limit_pass (&limit, 1500, 500, &suppressed));
  g_assert_cmpuint (suppressed, ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/log/value-is-escaped", test_value_is_escaped);
  g_test_add_func ("/base/log/limit-counts-what-it-swallows", test_limit_counts_what_it_swallows);
  return g_test_run ();
}

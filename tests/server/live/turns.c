/* SPDX-License-Identifier: Apache-2.0
 *
 * Turns are counted until midnight where the schools are.
 */
#include "live/turns.h"

/* 2026-11-26 15:59:59 UTC: a second to midnight in Shanghai. */
#define EVENING_S 1795708799

static void
test_a_day_ends_at_the_schools_midnight (void)
{
  g_autoptr (CrTurns) turns = cr_turns_new ("Asia/Shanghai");

  g_assert_true (cr_turns_set_now (turns, EVENING_S));
  g_assert_cmpint (cr_turns_day_start (turns, EVENING_S), ==, EVENING_S + 1 - 24 * 60 * 60);
  cr_turns_add (turns, "a", 2);
  cr_turns_add (turns, "a", 1);
  g_assert_cmpuint (cr_turns_get (turns, "a"), ==, 3);
  g_assert_cmpuint (cr_turns_get (turns, "b"), ==, 0);
  g_assert_false (cr_turns_set_now (turns, EVENING_S));
  g_assert_cmpuint (cr_turns_get (turns, "a"), ==, 3);
  g_assert_true (cr_turns_set_now (turns, EVENING_S + 1));
  g_assert_cmpuint (cr_turns_get (turns, "a"), ==, 0);
  cr_turns_add (turns, "a", 1);
  g_assert_false (cr_turns_set_now (turns, EVENING_S)); /* the clock was set back a little */
  g_assert_false (cr_turns_set_now (turns, EVENING_S + 1));
  g_assert_cmpuint (cr_turns_get (turns, "a"), ==, 1);
}

static void
test_an_unknown_zone_is_utc (void)
{
  g_autoptr (CrTurns) turns = cr_turns_new ("Nowhere/Land");

  g_assert_cmpint (cr_turns_day_start (turns, EVENING_S) % (24 * 60 * 60), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live/turns/midnight", test_a_day_ends_at_the_schools_midnight);
  g_test_add_func ("/live/turns/zone", test_an_unknown_zone_is_utc);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A line gets worse and better, and its mark follows without blinking.
 */
#include "live/health.h"

static const CrHealthSample good = {.loss = 0.001, .rtt_ms = 40};
static const CrHealthSample lossy = {.loss = 0.08, .rtt_ms = 40};
static const CrHealthSample slow = {.loss = 0, .rtt_ms = 620};
static const CrHealthSample between = {.loss = 0.03, .rtt_ms = 40};
static const CrHealthSample silent = {.loss = 0, .rtt_ms = 40, .silent_ms = 9000};

static void
expect (CrHealthMeter *meter, const CrHealthSample *sample, CrCondition condition)
{
  CrCondition before = meter->health.condition;

  g_assert_cmpint (cr_health_meter_update (meter, sample), ==, before != condition);
  g_assert_cmpstr (cr_condition_name (meter->health.condition), ==, cr_condition_name (condition));
}

static void
join (CrHealthMeter *meter)
{
  *meter = (CrHealthMeter){{0}};
  g_assert_cmpint (meter->health.condition, ==, CR_CONDITION_ABSENT);
  g_assert_true (cr_health_meter_join (meter));
  g_assert_cmpint (meter->health.condition, ==, CR_CONDITION_GOOD);
  g_assert_false (meter->health.has_figures);
}

static void
test_slow_at_once_good_when_it_lasts (void)
{
  CrHealthMeter meter;

  join (&meter);
  expect (&meter, &lossy, CR_CONDITION_GOOD); /* once is nothing */
  expect (&meter, &slow, CR_CONDITION_SLOW);
  g_assert_cmpuint (meter.health.rtt_ms, ==, 620);
  for (guint i = 0; i < 4; i++)
    expect (&meter, &good, CR_CONDITION_SLOW);
  expect (&meter, &between, CR_CONDITION_SLOW); /* starts the waiting anew */
  for (guint i = 0; i < 4; i++)
    expect (&meter, &good, CR_CONDITION_SLOW);
  expect (&meter, &good, CR_CONDITION_GOOD);
}

static void
test_a_line_at_the_limit_does_not_blink (void)
{
  guint n_changes = 0;
  CrHealthMeter meter;

  join (&meter);
  for (guint i = 0; i < 600; i++)
    n_changes += cr_health_meter_update (&meter, i % 3 == 0 ? &between : &lossy) ? 1 : 0;
  g_assert_cmpuint (n_changes, ==, 1);
  for (guint i = 0; i < 600; i++)
    n_changes += cr_health_meter_update (&meter, i % 2 == 0 ? &good : &lossy) ? 1 : 0;
  g_assert_cmpuint (n_changes, ==, 1);
}

static void
test_broken_absent_back (void)
{
  CrHealthMeter meter;

  join (&meter);
  expect (&meter, &silent, CR_CONDITION_BROKEN);
  expect (&meter, &silent, CR_CONDITION_BROKEN);
  expect (&meter, &good, CR_CONDITION_GOOD);
  g_assert_true (cr_health_meter_leave (&meter, FALSE));
  g_assert_cmpint (meter.health.condition, ==, CR_CONDITION_BROKEN);
  g_assert_false (meter.health.has_figures);
  g_assert_true (cr_health_meter_join (&meter));
  g_assert_true (cr_health_meter_leave (&meter, TRUE));
  g_assert_cmpint (meter.health.condition, ==, CR_CONDITION_ABSENT);
  g_assert_false (cr_health_meter_leave (&meter, FALSE)); /* who was not there cannot be lost */
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live/health/slow", test_slow_at_once_good_when_it_lasts);
  g_test_add_func ("/live/health/limit", test_a_line_at_the_limit_does_not_blink);
  g_test_add_func ("/live/health/broken", test_broken_absent_back);
  return g_test_run ();
}

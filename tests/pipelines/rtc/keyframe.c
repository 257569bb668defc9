/* SPDX-License-Identifier: Apache-2.0
 *
 * However often viewers ask, the source is asked twice a second at most, and never forgets that it was asked.
 */
#include "rtc/keyframe.h"

static void
test_storm (void)
{
  CrKeyframeGate gate = {0};
  guint sent = 0;

  /* 50 requests a second for ten seconds */
  for (gint64 now_us = 1000000; now_us < 11000000; now_us += 20000) {
    if (cr_keyframe_gate_request (&gate, now_us))
      sent++;
  }
  g_assert_cmpuint (sent, ==, 20);
}

static void
test_kept_request (void)
{
  CrKeyframeGate gate = {0};

  g_assert_cmpint (cr_keyframe_gate_due_us (&gate), ==, G_MAXINT64);
  g_assert_true (cr_keyframe_gate_request (&gate, 1000000));
  g_assert_cmpint (cr_keyframe_gate_due_us (&gate), ==, G_MAXINT64);
  g_assert_false (cr_keyframe_gate_request (&gate, 1100000));
  g_assert_cmpint (cr_keyframe_gate_due_us (&gate), ==, 1500000);
  g_assert_true (cr_keyframe_gate_request (&gate, cr_keyframe_gate_due_us (&gate)));
  g_assert_cmpint (cr_keyframe_gate_due_us (&gate), ==, G_MAXINT64);
}

static void
test_satisfied (void)
{
  CrKeyframeGate gate = {0};

  g_assert_true (cr_keyframe_gate_request (&gate, 1000000));
  g_assert_false (cr_keyframe_gate_request (&gate, 1100000));
  cr_keyframe_gate_arrived (&gate);
  g_assert_cmpint (cr_keyframe_gate_due_us (&gate), ==, G_MAXINT64);
  /* The interval holds all the same. */
  g_assert_false (cr_keyframe_gate_request (&gate, 1200000));
  g_assert_cmpint (cr_keyframe_gate_due_us (&gate), ==, 1500000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/keyframe/storm", test_storm);
  g_test_add_func ("/rtc/keyframe/kept-request", test_kept_request);
  g_test_add_func ("/rtc/keyframe/satisfied", test_satisfied);
  return g_test_run ();
}

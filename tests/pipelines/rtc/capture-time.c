/* SPDX-License-Identifier: Apache-2.0
 *
 * Picture and voice of a publisher keep their relation whatever its clock says, and jitter moves neither.
 */
#include "rtc/capture-time.h"

#define MS_NS G_GINT64_CONSTANT (1000000)
#define S_NS  (1000 * MS_NS)

/* 2026 or so in seconds since 1900 */
static const guint64 wall_ns = G_GUINT64_CONSTANT (3976214400) * S_NS;
/* A publisher whose clock stands at 1970. */
static const guint64 theirs_ns = G_GUINT64_CONSTANT (2208988800) * S_NS;

static void
test_ntp (void)
{
  g_assert_cmpuint (cr_capture_ns_from_ntp ((G_GUINT64_CONSTANT (5) << 32) | 0x80000000u), ==, 5500 * MS_NS);
  g_assert_cmpuint (cr_capture_ns_from_ntp (G_MAXUINT64), ==, (G_GUINT64_CONSTANT (1) << 32) * S_NS - 1);
}

/* Both streams' sender reports were held up differently, and only the first one's delay counts, for both. */
static void
test_streams_share_the_offset (void)
{
  CrCaptureClock clock = {0};
  CrCaptureTime picture, voice;
  guint64 picture_ns, voice_ns;

  cr_capture_time_init (&picture, 90000);
  cr_capture_time_init (&voice, 48000);
  cr_capture_time_get (&picture, &clock, 0xfffffff0, wall_ns);
  cr_capture_time_get (&voice, &clock, 1000, wall_ns);

  /* At the publisher's 1970 + 1 s picture is at 0xfffffff0, 20 ms on the way; at + 1.5 s voice is at 1000 +
   * 24000, 90 ms on the way. */
  cr_capture_clock_report (&clock, theirs_ns + 1000 * MS_NS, wall_ns + 20 * MS_NS);
  cr_capture_time_report (&picture, theirs_ns + 1000 * MS_NS, 0xfffffff0);
  cr_capture_clock_report (&clock, theirs_ns + 1500 * MS_NS, wall_ns + 590 * MS_NS);
  cr_capture_time_report (&voice, theirs_ns + 1500 * MS_NS, 25000);

  /* Both a second after: the timestamps' cycle of the picture is no jump. */
  picture_ns = cr_capture_time_get (&picture, &clock, (guint32)(0xfffffff0 + 90000), wall_ns + 1100 * MS_NS);
  voice_ns = cr_capture_time_get (&voice, &clock, 25000 + 24000, wall_ns + 1200 * MS_NS);
  g_assert_cmpuint (picture_ns, ==, wall_ns + 1020 * MS_NS);
  g_assert_cmpuint (voice_ns, ==, picture_ns);
  /* And before the report as well as after it. */
  g_assert_cmpuint (cr_capture_time_get (&picture, &clock, 0xfffffff0 - 9000, wall_ns), ==,
                    wall_ns - 80 * MS_NS);
}

static void
test_clock_steps_only_for_good (void)
{
  CrCaptureClock clock = {0};

  cr_capture_clock_report (&clock, theirs_ns, wall_ns);
  g_assert_cmpint (clock.offset_ns, ==, (gint64)(wall_ns - theirs_ns));
  /* Within the tolerance, and two late ones followed by one that is not: nothing moves. */
  cr_capture_clock_report (&clock, theirs_ns + 1 * S_NS, wall_ns + 1 * S_NS + 99 * MS_NS);
  cr_capture_clock_report (&clock, theirs_ns + 2 * S_NS, wall_ns + 3 * S_NS);
  cr_capture_clock_report (&clock, theirs_ns + 3 * S_NS, wall_ns + 4 * S_NS);
  cr_capture_clock_report (&clock, theirs_ns + 4 * S_NS, wall_ns + 4 * S_NS);
  g_assert_cmpint (clock.offset_ns, ==, (gint64)(wall_ns - theirs_ns));
  /* Set back by 5 s: at the third report it is believed, by the least late of them. */
  cr_capture_clock_report (&clock, theirs_ns, wall_ns + 5 * S_NS + 30 * MS_NS);
  cr_capture_clock_report (&clock, theirs_ns + 1 * S_NS, wall_ns + 6 * S_NS + 10 * MS_NS);
  g_assert_cmpint (clock.offset_ns, ==, (gint64)(wall_ns - theirs_ns));
  cr_capture_clock_report (&clock, theirs_ns + 2 * S_NS, wall_ns + 7 * S_NS + 20 * MS_NS);
  g_assert_cmpint (clock.offset_ns, ==, (gint64)(wall_ns - theirs_ns) + 5 * S_NS + 10 * MS_NS);
}

/* Before the first report: the shortest delay counts, 80 ms of jitter does not move the result. */
static void
test_estimate (void)
{
  CrCaptureClock clock = {0};
  CrCaptureTime time;
  g_autoptr (GRand) rand = g_rand_new_with_seed (5);
  guint64 previous_ns = 0;

  cr_capture_time_init (&time, 90000);
  for (guint i = 0; i < 1000; i++) {
    guint64 sent_ns = wall_ns + (guint64)(i * 40 * MS_NS);
    guint64 jitter_ns = i % 10 == 0 ? 0 : (guint64)g_rand_int_range (rand, 0, 80) * MS_NS;
    guint64 captured_ns = cr_capture_time_get (&time, &clock, 0xffff0000 + i * 3600, sent_ns + jitter_ns);

    if (i > 10) {
      g_assert_cmpuint (captured_ns, >=, sent_ns);
      g_assert_cmpuint (captured_ns, <, sent_ns + 1 * MS_NS);
      g_assert_cmpuint (captured_ns, >, previous_ns);
    }
    previous_ns = captured_ns;
  }
}

/* A clock that runs 100 ppm slow and never reports is followed for hours. */
static void
test_estimate_follows_drift (void)
{
  CrCaptureClock clock = {0};
  CrCaptureTime time;

  cr_capture_time_init (&time, 48000);
  for (guint i = 0; i < 20000; i++) {
    guint64 sent_ns = wall_ns + i * G_GUINT64_CONSTANT (1000100) * 1000;
    guint64 captured_ns = cr_capture_time_get (&time, &clock, i * 48000, sent_ns);

    g_assert_cmpuint (captured_ns, ==, sent_ns);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/capture-time/ntp", test_ntp);
  g_test_add_func ("/rtc/capture-time/streams-share-the-offset", test_streams_share_the_offset);
  g_test_add_func ("/rtc/capture-time/clock-steps-only-for-good", test_clock_steps_only_for_good);
  g_test_add_func ("/rtc/capture-time/estimate", test_estimate);
  g_test_add_func ("/rtc/capture-time/estimate-follows-drift", test_estimate_follows_drift);
  return g_test_run ();
}

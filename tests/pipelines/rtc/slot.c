/* SPDX-License-Identifier: Apache-2.0
 *
 * Which of several layers is shown.
 */
#include "support/fanout-fixture.h"

/* The layer with more bits wins at its next keyframe, and when it falls silent the other is shown. */
static void
test_layers (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource low, high;
  guint n;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 12);
  test_source_init (&low, &lesson, CR_SLOT_CAMERA, 1, CR_CODEC_VP8, 1, 0);
  test_source_init (&high, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 30000, 500);
  high.payload_bytes = 1000;
  test_source_frame (&low, TRUE, 1, TEST_FRAME_RTP);
  test_source_frame (&high, TRUE, 3, TEST_FRAME_RTP);
  for (guint i = 0; i < 90; i++) {
    test_source_frame (&low, FALSE, 1, TEST_FRAME_RTP);
    test_source_frame (&high, FALSE, 3, TEST_FRAME_RTP);
    cr_fanout_run (lesson.fanout);
    test_lesson_pass (&lesson, TEST_FRAME_US);
  }
  g_assert_cmpuint (lesson.n_keyframe_requests, >=, 1); /* of the high one */
  n = viewer.rtp->len;
  g_assert_cmpuint (test_viewer_get (&viewer, n - 1)->payload_bytes, <, 200);
  test_source_frame (&high, TRUE, 3, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, n + 3);
  g_assert_cmpuint (test_viewer_get (&viewer, n)->payload_bytes, >, 1000);

  for (guint i = 0; i < 30; i++) { /* the high one is gone, the low one has a keyframe now and then */
    test_lesson_pass (&lesson, TEST_FRAME_US);
    test_source_frame (&low, i % 10 == 0, 1, TEST_FRAME_RTP);
    cr_fanout_run (lesson.fanout);
  }
  g_assert_cmpuint (test_viewer_get (&viewer, viewer.rtp->len - 1)->payload_bytes, <, 200);
  test_viewer_assert_continuous (&viewer, 0);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* Slides once a second on two layers, the lower one a moment earlier: the higher one stays. */
static void
test_slow_layers (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource low, high;

  test_lesson_init (&lesson);
  test_source_init (&low, &lesson, CR_SLOT_SCREEN, 0, CR_CODEC_VP8, 1, 0);
  test_source_init (&high, &lesson, CR_SLOT_SCREEN, 1, CR_CODEC_VP8, 30000, 500);
  high.payload_bytes = 1000;
  for (guint i = 0; i < 150; i++) { /* until the higher one has been chosen */
    test_source_frame (&low, i % 50 == 0, 1, TEST_FRAME_RTP);
    test_source_frame (&high, i % 50 == 0, 3, TEST_FRAME_RTP);
    test_lesson_pass (&lesson, TEST_FRAME_US);
  }
  test_viewer_add_line (&viewer, CR_SLOT_SCREEN);
  test_viewer_join (&viewer, &lesson, 55);
  test_lesson_pass (&lesson, 600 * 1000);
  for (guint i = 0; i < 50; i++) {
    guint n = viewer.rtp->len;

    test_source_frame (&low, TRUE, 1, 90000);
    test_lesson_pass (&lesson, 150 * 1000); /* a sweep falls in between */
    test_source_frame (&high, FALSE, 3, 90000);
    test_lesson_pass (&lesson, 880 * 1000); /* no multiple of what the relay does once a second */
    g_assert_cmpuint (viewer.rtp->len, ==, n + 3);
  }
  g_assert_cmpuint (test_viewer_get (&viewer, viewer.rtp->len - 1)->payload_bytes, >, 1000);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/rtc/slot/layers", test_layers);
  g_test_add_func ("/rtc/slot/slow-layers", test_slow_layers);
  return g_test_run ();
}

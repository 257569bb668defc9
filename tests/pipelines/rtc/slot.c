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

/* Small pictures go on; `high` (may be NULL) beside them. Both answer a keyframe request after 100 ms. */
static void
play_layers (TestLesson *lesson, TestSource *low, TestSource *high, guint n_frames)
{
  guint asked = lesson->n_keyframe_requests, answer_in = 0;

  for (guint i = 0; i < n_frames; i++) {
    gboolean keyframe = answer_in > 0 && --answer_in == 0;

    if (lesson->n_keyframe_requests != asked && answer_in == 0)
      answer_in = 3;
    asked = lesson->n_keyframe_requests;
    if (i % 3 == 0 || keyframe)
      test_source_frame (low, keyframe, 1, 3 * TEST_FRAME_RTP);
    if (high != NULL)
      test_source_frame (high, keyframe, 3, TEST_FRAME_RTP);
    cr_fanout_run (lesson->fanout);
    test_lesson_pass (lesson, TEST_FRAME_US);
  }
}

/* The time of the first packet from `from` on that is as large as the layer's. */
static gint64
first_at_us (const TestViewer *viewer, guint from, gboolean high)
{
  for (guint i = from; i < viewer->rtp->len; i++) {
    if ((test_viewer_get (viewer, i)->payload_bytes > 500) == high)
      return test_viewer_get (viewer, i)->at_us;
  }
  g_assert_not_reached ();
}

/* A layer that is sent for a while only, and again, is shown within a second or two, and left as quickly. */
static void
test_layer_of_a_turn (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource low, high;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_FLOOR);
  test_viewer_join (&viewer, &lesson, 12);
  test_source_init (&low, &lesson, CR_SLOT_FLOOR, 0, CR_CODEC_VP8, 1, 0);
  test_source_init (&high, &lesson, CR_SLOT_FLOOR, 1, CR_CODEC_VP8, 30000, 500);
  high.payload_bytes = 1000;
  test_source_frame (&low, TRUE, 1, TEST_FRAME_RTP);
  play_layers (&lesson, &low, NULL, 30);
  for (guint turn = 0; turn < 3; turn++) {
    gint64 began_us = lesson.now_us, ended_us;
    guint n = viewer.rtp->len;

    test_source_frame (&high, TRUE, 3, TEST_FRAME_RTP);
    play_layers (&lesson, &low, &high, 90);
    g_assert_cmpint (first_at_us (&viewer, n, TRUE) - began_us, <, 1500 * 1000);
    n = viewer.rtp->len;
    g_assert_cmpuint (test_viewer_get (&viewer, n - 1)->payload_bytes, >, 500);

    ended_us = lesson.now_us;
    play_layers (&lesson, &low, NULL, 150);
    g_assert_cmpint (first_at_us (&viewer, n, FALSE) - ended_us, <, G_USEC_PER_SEC);
    lesson.now_us += 10 * G_USEC_PER_SEC * turn;
  }
  test_viewer_assert_continuous (&viewer, 0);
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
  g_test_add_func ("/rtc/slot/layer-of-a-turn", test_layer_of_a_turn);
  return g_test_run ();
}

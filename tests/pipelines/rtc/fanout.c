/* SPDX-License-Identifier: Apache-2.0
 *
 * One loop for all: every viewer gets what is pushed, in its place and once, and what one of them does is
 * nothing to the others.
 */
#include "support/fanout-fixture.h"

static void
test_live (void)
{
  TestLesson lesson;
  TestViewer viewers[3] = {0};
  TestSource camera, voice;

  test_lesson_init (&lesson);
  for (guint i = 0; i < 3; i++) {
    test_viewer_add_line (&viewers[i], CR_SLOT_CAMERA);
    test_viewer_add_line (&viewers[i], CR_SLOT_TEACHER_AUDIO);
    test_viewer_join (&viewers[i], &lesson, i);
  }
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 65000, 5000);
  test_source_init (&voice, &lesson, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_OPUS, 17, 77);
  test_source_frame (&camera, TRUE, 5, TEST_FRAME_RTP);
  test_source_frame (&voice, FALSE, 1, 960);
  g_assert_cmpuint (viewers[0].rtp->len, ==, 0); /* not before the turn ends */
  cr_fanout_run (lesson.fanout);
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpuint (viewers[i].rtp->len, ==, 6);
    g_assert_cmpuint (test_viewer_get (&viewers[i], 0)->payload_type, ==, 96);
    g_assert_cmpuint (test_viewer_get (&viewers[i], 5)->payload_type, ==, 111);
    g_assert_cmpuint (test_viewer_get (&viewers[i], 0)->ssrc, ==, 0x1000 + CR_SLOT_CAMERA);
  }
  viewers[1].refuses = TRUE; /* the others do not notice */
  test_play (&lesson, &camera, 500, 2);
  g_assert_cmpuint (viewers[1].rtp->len, ==, 6);
  g_assert_cmpuint (viewers[2].rtp->len, ==, 1006);
  g_assert_cmpuint (cr_fanout_get_totals (lesson.fanout)->dropped, ==, 1000);
  g_assert_cmpuint (cr_fanout_get_totals (lesson.fanout)->forwarded, ==, 2018);
  g_assert_cmpuint (lesson.n_keyframe_requests, ==, 0);
  for (guint i = 0; i < 3; i++)
    test_viewer_leave (&viewers[i]);
  test_lesson_clear (&lesson);
}

/* The index runs on past 16 bits, wherever the source's own numbers are. */
static void
test_roll_over (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 3);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 40000, G_MAXUINT32 - 30000);
  test_source_frame (&camera, TRUE, 1, TEST_FRAME_RTP);
  for (guint i = 0; i < 1000; i++) {
    test_source_frame (&camera, FALSE, 70, TEST_FRAME_RTP);
    lesson.now_us += TEST_FRAME_US;
    cr_fanout_run (lesson.fanout);
  }
  g_assert_cmpuint (viewer.rtp->len, ==, 70001);
  test_viewer_assert_continuous (&viewer, 0);
  g_assert_cmpuint (test_viewer_get (&viewer, 70000)->index >> 16, >=, 1);
  /* A packet from before the last wrap of 16 bits is found and keeps its index. */
  test_viewer_nack (&viewer, 0x1000, (guint16)(test_viewer_get (&viewer, 70000)->index - 200), 0);
  g_assert_cmpuint (test_viewer_get (&viewer, 70001)->index, ==, test_viewer_get (&viewer, 69800)->index);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* A late packet takes its own place, and one that comes twice is sent once. */
static void
test_reordered (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;
  GstBuffer *late, *twice;
  guint8 head[16];
  gsize head_bytes;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 4);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 65534, 0);
  test_source_frame (&camera, TRUE, 1, TEST_FRAME_RTP);
  head_bytes = test_source_head (&camera, FALSE, FALSE, head);
  late = test_source_packet (&camera, head, head_bytes, FALSE);
  twice = test_source_packet (&camera, head, head_bytes, TRUE);
  test_source_push (&camera, gst_buffer_ref (twice));
  test_source_push (&camera, twice);
  cr_fanout_run (lesson.fanout);
  test_source_push (&camera, late);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 3);
  g_assert_cmpuint (test_viewer_get (&viewer, 1)->index, ==, test_viewer_get (&viewer, 0)->index + 2);
  g_assert_cmpuint (test_viewer_get (&viewer, 2)->index, ==, test_viewer_get (&viewer, 0)->index + 1);
  g_assert_cmpuint (cr_fanout_get_totals (lesson.fanout)->refused, ==, 1);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* NACK of everything, over and over: three times each at most, a fifth of the media in all. */
static void
test_nack_storm (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;
  g_autoptr (GHashTable) times = g_hash_table_new (NULL, NULL);
  GHashTableIter iter;
  gpointer value;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 8);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1000, 0);
  camera.payload_bytes = 1000;
  test_source_frame (&camera, TRUE, 10, TEST_FRAME_RTP);
  for (guint i = 0; i < 300; i++) {
    guint64 newest;

    test_play (&lesson, &camera, 1, 10);
    newest = test_viewer_egress (&viewer, CR_SLOT_CAMERA)->highest_out;
    for (guint k = 0; k < 20; k++)
      test_viewer_nack (&viewer, 0x1000, (guint16)(newest - 17 * k), 0xFFFF);
  }
  for (guint i = 0; i < viewer.rtp->len; i++) {
    gpointer key = GUINT_TO_POINTER ((guint)test_viewer_get (&viewer, i)->index);

    g_hash_table_insert (times, key,
                         GUINT_TO_POINTER (GPOINTER_TO_UINT (g_hash_table_lookup (times, key)) + 1));
  }
  g_hash_table_iter_init (&iter, times);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_assert_cmpuint (GPOINTER_TO_UINT (value), <=, 1 + CR_RESEND_MAX_TIMES);
  g_assert_cmpuint (viewer.seat.port.resent, >, 100);
  g_assert_cmpuint (viewer.seat.port.resent, <=, viewer.seat.port.packets / CR_RESEND_MEDIA_PARTS);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* Viewers ask 50 times a second; while one is being given a keyframe it is not listened to. */
static void
test_keyframe_requests (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 14);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 0);
  camera.payload_bytes = 1000;
  test_source_frame (&camera, TRUE, 100, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  test_viewer_pli (&viewer, 0x1000);
  g_assert_cmpuint (lesson.n_keyframe_requests, ==, 0);
  test_lesson_pass (&lesson, 500 * 1000);
  for (guint i = 0; i < 50; i++) {
    test_viewer_pli (&viewer, 0x1000);
    test_lesson_pass (&lesson, 20 * 1000);
  }
  g_assert_cmpuint (lesson.n_keyframe_requests, ==, 10);
  g_assert_cmpuint (viewer.seat.plis_received, ==, 51);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* A publisher that sends rubbish under a known SSRC: nothing breaks, memory stays bounded, and whoever
 * watches another slot does not notice. */
static void
test_junk (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera, voice;
  g_autoptr (GRand) rand = g_rand_new_with_seed (11);

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_add_line (&viewer, CR_SLOT_TEACHER_AUDIO);
  test_viewer_join (&viewer, &lesson, 60);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_H264, 1, 0);
  test_source_init (&voice, &lesson, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_OPUS, 1, 0);
  for (guint i = 0; i < 20000; i++) {
    TestRtp rtp = {.length_bytes = (gsize)g_rand_int_range (rand, 1, 80)};

    for (gsize k = 0; k < rtp.length_bytes; k++)
      rtp.data[k] = (guint8)g_rand_int (rand);
    if (rtp.length_bytes > 0 && i % 4 != 0)
      rtp.data[0] = 0x80;
    test_source_push (&camera, test_source_wrap (&camera, &rtp));
    if (i % 20 == 0)
      test_source_frame (&voice, FALSE, 1, 960);
    if (i % 5 == 0)
      test_lesson_pass (&lesson, 1000);
  }
  for (guint i = 0, n_voice = 0; i <= viewer.rtp->len; i++) {
    if (i == viewer.rtp->len)
      g_assert_cmpuint (n_voice, ==, 1000);
    else
      n_voice += test_viewer_get (&viewer, i)->payload_type == 111;
  }
  g_assert_cmpuint (cr_fanout_get_totals (lesson.fanout)->refused, >, 1000);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/rtc/fanout/live", test_live);
  g_test_add_func ("/rtc/fanout/roll-over", test_roll_over);
  g_test_add_func ("/rtc/fanout/reordered", test_reordered);
  g_test_add_func ("/rtc/fanout/nack-storm", test_nack_storm);
  g_test_add_func ("/rtc/fanout/keyframe-requests", test_keyframe_requests);
  g_test_add_func ("/rtc/fanout/junk", test_junk);
  return g_test_run ();
}

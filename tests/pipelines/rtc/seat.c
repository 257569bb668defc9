/* SPDX-License-Identifier: Apache-2.0
 *
 * How a viewer comes in: from the history, in the middle of a turn, without a keyframe; and the reports that
 * go before the media.
 */
#include "support/fanout-fixture.h"

#include "rtc/rtcp-in.h"

/* In the middle of a group of pictures: everything from the keyframe, in order, nothing twice, time pressed
 * together but never back, and soon at the head. */
static void
test_join_from_history (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;
  const TestCaught *first, *last;
  guint n_live;
  gint64 joined_us;

  test_lesson_init (&lesson);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 60000, 0);
  camera.payload_bytes = 1000;
  test_source_frame (&camera, TRUE, 40, TEST_FRAME_RTP);
  test_lesson_pass (&lesson, TEST_FRAME_US);
  test_play (&lesson, &camera, 45, 10);

  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  joined_us = lesson.now_us;
  test_viewer_join (&viewer, &lesson, 9);
  g_assert_cmpuint (viewer.rtp->len, >=, 10); /* the first burst leaves at once */
  g_assert_cmpuint (viewer.rtp->len, <, 40);
  test_play (&lesson, &camera, 60, 10);
  g_assert_cmpuint (lesson.n_keyframe_requests, ==, 0);
  g_assert_cmpuint (viewer.rtp->len, ==, 40 + 450 + 600);
  test_viewer_assert_continuous (&viewer, 0);
  for (guint i = 0; i < viewer.rtp->len; i++) {
    const guint8 *mark = test_viewer_get (&viewer, i)->payload + 7;

    g_assert_cmpuint (test_read_u32 (mark), ==, i + 1);
  }
  /* The backlog of 1.5 s is through in less than half a second ... */
  for (n_live = 0; test_viewer_get (&viewer, n_live)->at_us - joined_us < 500 * 1000; n_live++)
    continue;
  g_assert_cmpuint (n_live, >=, 40 + 450 + 50);
  /* ... and its time stamps span less than that, while those of the live part are the source's own. */
  first = test_viewer_get (&viewer, 0);
  last = test_viewer_get (&viewer, 40 + 449);
  g_assert_cmpint (cr_rtp_time_distance (last->rtp, first->rtp), <, 45000);
  g_assert_cmpint (cr_rtp_time_distance (last->rtp, first->rtp), >, 4500);
  first = test_viewer_get (&viewer, 40 + 450 + 300);
  last = test_viewer_get (&viewer, 40 + 450 + 599);
  g_assert_cmpint (cr_rtp_time_distance (last->rtp, first->rtp), ==, 29 * TEST_FRAME_RTP);
  /* A NACK for a packet of the backlog is answered with the same bytes (the fixture compares). */
  n_live = viewer.rtp->len;
  test_viewer_nack (&viewer, 0x1000, (guint16)test_viewer_get (&viewer, 489)->index, 0);
  g_assert_cmpuint (viewer.rtp->len, ==, n_live + 1);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* Packets that are late while a joiner catches up: below the cursor they are sent, above it they wait. */
static void
test_join_with_holes (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;
  GstBuffer *early_hole, *late_hole;
  guint8 head[16];
  gsize head_bytes;
  g_autoptr (GHashTable) seen = g_hash_table_new (NULL, NULL);

  test_lesson_init (&lesson);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 60000, 0);
  camera.payload_bytes = 1000;
  test_source_frame (&camera, TRUE, 5, 0);
  head_bytes = test_source_head (&camera, FALSE, FALSE, head);
  early_hole = test_source_packet (&camera, head, head_bytes, FALSE);
  test_source_frame (&camera, FALSE, 200, 0);
  late_hole = test_source_packet (&camera, head, head_bytes, FALSE);
  test_source_frame (&camera, FALSE, 5, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);

  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 10);
  test_source_push (&camera, early_hole);
  test_source_push (&camera, late_hole);
  cr_fanout_run (lesson.fanout);
  test_lesson_pass (&lesson, 500 * 1000);
  g_assert_cmpuint (viewer.rtp->len, ==, 212);
  for (guint i = 0; i < viewer.rtp->len; i++)
    g_assert_true (g_hash_table_add (seen, GUINT_TO_POINTER ((guint)test_viewer_get (&viewer, i)->index)));
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* What was pushed but not sent yet when somebody joins, or when the pacer ticks, goes out once. */
static void
test_join_in_turn (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;

  test_lesson_init (&lesson);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 60000, 0);
  camera.payload_bytes = 1000;
  test_source_frame (&camera, TRUE, 5, TEST_FRAME_RTP);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 51);
  test_source_frame (&camera, FALSE, 20, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 25);

  test_viewer_leave (&viewer);
  viewer = (TestViewer){0};
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 52); /* 25 packets: more than the first burst */
  g_assert_cmpuint (viewer.rtp->len, <, 25);
  for (guint i = 0; i < 20; i++) {
    test_source_frame (&camera, FALSE, 1, TEST_FRAME_RTP);
    lesson.now_us += CR_PACER_TICK_US;
    cr_fanout_run (lesson.fanout);
  }
  g_assert_cmpuint (viewer.rtp->len, ==, 45);
  test_viewer_assert_continuous (&viewer, 0);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* What came before the keyframe, and arrives after it, is nothing to a viewer that began there. */
static void
test_late_from_before_start (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;
  GstBuffer *late;
  guint8 head[16];
  gsize head_bytes;

  test_lesson_init (&lesson);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 60000, 0);
  test_source_frame (&camera, FALSE, 3, TEST_FRAME_RTP);
  head_bytes = test_source_head (&camera, FALSE, FALSE, head);
  late = test_source_packet (&camera, head, head_bytes, FALSE);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 53);
  test_source_frame (&camera, TRUE, 3, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  test_source_push (&camera, late);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 3);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* No keyframe in the history: one is asked for, coalesced over all who wait, and is where they start. */
static void
test_join_without_keyframe (void)
{
  TestLesson lesson;
  TestViewer viewers[18] = {0};
  TestSource camera;

  test_lesson_init (&lesson);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_H264, 1, 0);
  camera.with_parameter_sets = TRUE;
  test_source_frame (&camera, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &camera, 150, 2); /* 5 s: the keyframe is no longer kept */
  for (guint i = 0; i < 18; i++) {
    test_viewer_add_line (&viewers[i], CR_SLOT_CAMERA);
    test_viewer_join (&viewers[i], &lesson, 20 + i);
  }
  g_assert_cmpuint (lesson.n_keyframe_requests, ==, 1);
  test_play (&lesson, &camera, 3, 2);
  g_assert_cmpuint (viewers[0].rtp->len, ==, 0);
  test_source_frame (&camera, TRUE, 3, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewers[17].rtp->len, ==, 5);
  g_assert_cmphex (test_viewer_get (&viewers[17], 0)->payload[0], ==, 0x67);
  for (guint i = 0; i < 18; i++)
    test_viewer_leave (&viewers[i]);
  test_lesson_clear (&lesson);
}

static void
test_codec_missing (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource h264, vp8;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA)->payload_types[CR_CODEC_H264] = 0;
  test_viewer_join (&viewer, &lesson, 13);
  test_source_init (&h264, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_H264, 1, 0);
  test_source_frame (&h264, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &h264, 40, 1);
  g_assert_cmpuint (viewer.rtp->len, ==, 0);
  g_assert_cmpuint (viewer.n_codec_missing, ==, 1);
  test_source_init (&vp8, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 0);
  test_source_frame (&vp8, TRUE, 3, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 3);
  g_assert_cmpuint (viewer.n_codec_back, ==, 1);

  /* And away again: what the viewer could play is over, even if it goes on arriving. */
  test_source_init (&h264, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_H264, 1, 0);
  test_source_frame (&h264, TRUE, 3, TEST_FRAME_RTP);
  test_source_frame (&vp8, FALSE, 3, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 3);
  g_assert_cmpuint (viewer.n_codec_missing, ==, 2);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

typedef struct {
  guint n;
  guint32 ssrc[8], rtp[8];
  guint64 ntp[8];
} Reports;

static void
on_report (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets, gpointer user)
{
  Reports *reports = user;

  g_assert_cmpuint (reports->n, <, 8);
  reports->ssrc[reports->n] = ssrc;
  reports->rtp[reports->n] = rtp;
  reports->ntp[reports->n++] = ntp;
}

/* Picture and voice are led by reports that put them on one clock, before and after the teacher changed. */
static void
test_sender_reports (void)
{
  static const CrRtcpHandler handler = {.sender_report = on_report};
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera, voice;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_add_line (&viewer, CR_SLOT_TEACHER_AUDIO);
  test_viewer_join (&viewer, &lesson, 15);
  for (guint round = 0; round < 2; round++) {
    Reports reports = {0};
    const TestCaught *picture, *word;
    gsize length_bytes;
    gconstpointer report;

    test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1 + round, 99 * round);
    test_source_init (&voice, &lesson, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_OPUS, 1, 12345 * round);
    g_ptr_array_set_size (viewer.rtcp, 0);
    test_source_frame (&camera, TRUE, 1, TEST_FRAME_RTP);
    test_source_frame (&voice, FALSE, 1, 960);
    cr_fanout_run (lesson.fanout);
    g_assert_cmpuint (viewer.rtcp->len, >=, 2);
    for (guint i = viewer.rtcp->len - 2; i < viewer.rtcp->len; i++) { /* a compound each */
      report = g_bytes_get_data (g_ptr_array_index (viewer.rtcp, i), &length_bytes);
      g_assert_true (cr_rtcp_parse (report, length_bytes, &handler, &reports));
    }
    g_assert_cmpuint (reports.n, ==, 2);
    g_assert_cmpuint (reports.ntp[0], ==, reports.ntp[1]);
    /* Both packets were captured now. */
    picture = test_viewer_get (&viewer, viewer.rtp->len - 2);
    word = test_viewer_get (&viewer, viewer.rtp->len - 1);
    g_assert_cmpuint (picture->ssrc, ==, reports.ssrc[0]);
    g_assert_cmpuint (picture->rtp, ==, reports.rtp[0]);
    g_assert_cmpuint (word->rtp, ==, reports.rtp[1]);

    test_lesson_pass (&lesson, 2500 * 1000); /* one a second and m-line after that */
    g_assert_cmpuint (viewer.rtcp->len, >=, 6);
    g_assert_cmpuint (viewer.rtcp->len, <=, 12);
    cr_fanout_remove_stream (lesson.fanout, camera.stream);
    cr_fanout_remove_stream (lesson.fanout, voice.stream);
  }
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/rtc/seat/join-from-history", test_join_from_history);
  g_test_add_func ("/rtc/seat/join-with-holes", test_join_with_holes);
  g_test_add_func ("/rtc/seat/join-in-turn", test_join_in_turn);
  g_test_add_func ("/rtc/seat/late-from-before-start", test_late_from_before_start);
  g_test_add_func ("/rtc/seat/join-without-keyframe", test_join_without_keyframe);
  g_test_add_func ("/rtc/seat/codec-missing", test_codec_missing);
  g_test_add_func ("/rtc/seat/sender-reports", test_sender_reports);
  return g_test_run ();
}

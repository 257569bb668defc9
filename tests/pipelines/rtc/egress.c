/* SPDX-License-Identifier: Apache-2.0
 *
 * What a viewer sees on one m-line is one stream, whatever happens behind it: teachers replaced, numbers that
 * jump, packets asked for again.
 */
#include "support/fanout-fixture.h"

/* Another teacher: other SSRC, sequence, clock base, 7-bit picture ids. */
static void
test_teacher_replaced (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource first, second;
  guint before;
  const TestCaught *last_of_first, *first_of_second;
  guint64 lost_index;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 5);
  test_source_init (&first, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1000, 123456);
  first.picture_id = 0x7ff0; /* wraps in 15 bits */
  test_source_frame (&first, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &first, 40, 2);

  test_source_init (&second, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 60000, 0xFFFF0000);
  second.ssrc = 0x5555;
  second.picture_id_bits = 7;
  second.picture_id = 100;
  second.tl0picidx = 200;
  test_play (&lesson, &second, 3, 2); /* no keyframe yet: the first goes on */
  test_source_frame (&first, FALSE, 2, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  test_lesson_pass (&lesson, TEST_FRAME_US);
  before = viewer.rtp->len;
  g_assert_cmpuint (before, ==, 3 + 80 + 2);
  lost_index = test_viewer_get (&viewer, before - 5)->index;

  test_source_frame (&second, TRUE, 4, TEST_FRAME_RTP);
  test_source_frame (&first, FALSE, 2, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  cr_fanout_remove_stream (lesson.fanout, first.stream);
  test_play (&lesson, &second, 200, 2);
  g_assert_cmpuint (viewer.rtp->len, ==, before + 4 + 400);
  test_viewer_assert_continuous (&viewer, 0);

  last_of_first = test_viewer_get (&viewer, before - 1);
  first_of_second = test_viewer_get (&viewer, before);
  g_assert_cmpint (cr_rtp_time_distance (first_of_second->rtp, last_of_first->rtp), >=, TEST_FRAME_RTP - 10);
  g_assert_cmpint (cr_rtp_time_distance (first_of_second->rtp, last_of_first->rtp), <=, TEST_FRAME_RTP + 450);
  for (guint i = 1; i < viewer.rtp->len; i++) {
    const TestCaught *caught = test_viewer_get (&viewer, i);
    guint16 expected = test_picture_id_of (test_viewer_get (&viewer, i - 1));

    if (test_viewer_get (&viewer, i - 1)->marker)
      expected = (expected + 1) & 0x7fff;
    g_assert_cmpuint (test_picture_id_of (caught), ==, expected);
    if (test_viewer_get (&viewer, i - 1)->marker)
      g_assert_cmpuint (caught->payload[4], ==, (guint8)(test_viewer_get (&viewer, i - 1)->payload[4] + 1));
  }

  for (guint i = before; i < viewer.rtp->len; i++) {
    const TestCaught *caught = test_viewer_get (&viewer, i);

    /* X and I, L, T; the id in two bytes, TL0PICIDX, TID; then the payload header, untouched */
    g_assert_cmphex (caught->payload[1], ==, 0xE0);
    g_assert_cmphex (caught->payload[5], ==, 0x20);
    g_assert_cmphex (caught->payload[6] & 0xFE, ==, 0x10);
    g_assert_cmpuint (caught->payload_bytes, ==, 7 + 4 + second.payload_bytes - 4);
  }

  /* That long after the switch the first one's packets are forgotten; just after it they are not. */
  before = viewer.rtp->len;
  test_viewer_nack (&viewer, 0x1000, (guint16)lost_index, 0);
  g_assert_cmpuint (viewer.rtp->len, ==, before);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* The teacher leaves while the next one has no keyframe yet: nothing to show, until there is. */
static void
test_teacher_gone_before_next (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource first, second;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 54);
  test_source_init (&first, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 0);
  test_source_frame (&first, TRUE, 2, TEST_FRAME_RTP);
  test_play (&lesson, &first, 5, 1);
  test_source_init (&second, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 0);
  cr_fanout_remove_stream (lesson.fanout, first.stream);
  test_play (&lesson, &second, 20, 1);
  g_assert_cmpuint (viewer.rtp->len, ==, 7);
  g_assert_cmpuint (lesson.n_keyframe_requests, >=, 1);
  test_source_frame (&second, TRUE, 2, TEST_FRAME_RTP);
  test_play (&lesson, &second, 5, 1);
  g_assert_cmpuint (viewer.rtp->len, ==, 14);
  test_viewer_assert_continuous (&viewer, 0);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* Three in a row, at one instant: time takes a step all the same, picture ids go on from what was sent. */
static void
test_teachers_in_haste (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 50);
  for (guint i = 0; i < 4; i++) {
    TestSource teacher;

    test_source_init (&teacher, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, (guint16)(i * 30000),
                      i * 0x70000000);
    teacher.picture_id = (guint16)(i * 777);
    test_source_frame (&teacher, TRUE, 1, TEST_FRAME_RTP);
    cr_fanout_run (lesson.fanout);
    g_assert_cmpuint (viewer.rtp->len, ==, i + 1);
    if (i == 0)
      continue;
    g_assert_cmpuint (test_picture_id_of (test_viewer_get (&viewer, i)), ==, i);
    g_assert_cmpint (
        cr_rtp_time_distance (test_viewer_get (&viewer, i)->rtp, test_viewer_get (&viewer, i - 1)->rtp), ==,
        TEST_FRAME_RTP);
  }
  test_viewer_assert_continuous (&viewer, 0);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

static void
test_nack_from_before_switch (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource first, second;
  CrMediaLine *line;
  guint n, n_padded = 0;

  test_lesson_init (&lesson);
  line = test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 6);
  test_source_init (&first, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1000, 0);
  first.uneven_bytes = 3; /* some are padded */
  test_source_frame (&first, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &first, 10, 2);
  cr_fanout_remove_stream (lesson.fanout, first.stream);
  test_lesson_pass (&lesson, TEST_FRAME_US);
  test_source_init (&second, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 9, 99);
  test_source_frame (&second, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &second, 10, 2);

  n = viewer.rtp->len;
  test_viewer_nack (&viewer, line->ssrc, (guint16)test_viewer_get (&viewer, 20)->index, 0x0007);
  g_assert_cmpuint (viewer.rtp->len, ==, n + 4);
  for (guint i = 0; i < 4; i++) {
    const TestCaught *lost = test_viewer_get (&viewer, 20 + i);
    const TestCaught *again = test_viewer_get (&viewer, n + i);

    /* Without RTX the same packet once more; the fixture compares the bytes too. */
    g_assert_cmpuint (again->index, ==, lost->index);
    g_assert_cmpmem (again->payload, again->payload_bytes, lost->payload, lost->payload_bytes);
    n_padded += again->padding_bytes > 0;
  }
  g_assert_cmpuint (n_padded, >, 0);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

static void
test_rtx (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;
  CrMediaLine *line;
  const TestCaught *lost, *again;
  guint n;

  test_lesson_init (&lesson);
  line = test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  line->rtx_ssrc = 0x2222;
  line->rtx_payload_types[CR_CODEC_VP8] = 97;
  line->extensions = (CrRtpExtensionIds){.mid = 4, .abs_send_time = 2, .twcc = 3};
  test_viewer_join (&viewer, &lesson, 7);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1000, 0);
  test_source_frame (&camera, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &camera, 10, 2);
  n = viewer.rtp->len;
  lost = test_viewer_get (&viewer, 5);
  test_viewer_nack (&viewer, line->ssrc, (guint16)lost->index, 0);
  test_viewer_nack (&viewer, line->ssrc, (guint16)lost->index, 0); /* sooner than a round trip */
  g_assert_cmpuint (viewer.rtp->len, ==, n + 1);
  again = test_viewer_get (&viewer, n);
  g_assert_cmpuint (again->ssrc, ==, 0x2222);
  g_assert_cmpuint (again->payload_type, ==, 97);
  g_assert_cmpuint (again->rtp, ==, lost->rtp);
  g_assert_cmpuint (test_read_u16 (again->payload), ==, (guint16)lost->index);
  g_assert_cmpmem (again->payload + 2, again->payload_bytes - 2, lost->payload, lost->payload_bytes);

  /* The extensions: transport-wide numbers go on over both streams. */
  for (guint i = 1; i < viewer.rtp->len; i++) {
    const TestCaught *caught = test_viewer_get (&viewer, i);
    const TestCaught *before = test_viewer_get (&viewer, i - 1);

    g_assert_cmpuint (caught->header_bytes, ==, 12 + 4 + 12);
    g_assert_cmphex (test_read_u32 (caught->header + 12), ==, 0xBEDE0003);
    g_assert_cmphex (caught->header[16], ==, 0x40);
    g_assert_cmpint (caught->header[17], ==, '0');
    g_assert_cmphex (caught->header[18], ==, 0x22);
    g_assert_cmphex (caught->header[22], ==, 0x31);
    g_assert_cmpuint (test_read_u16 (caught->header + 23), ==,
                      (guint16)(test_read_u16 (before->header + 23) + 1));
  }
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* An IDR without SPS and PPS gets those of the description, in a packet of their own that can be lost and
 * asked for. */
static void
test_parameter_sets_before_idr (void)
{
  static const guint8 annex_b[] = {0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x68, 9};
  static const guint8 stap_a[] = {0x78, 0, 4, 0x67, 1, 2, 3, 0, 2, 0x68, 9};
  g_autoptr (GBytes) sets = g_bytes_new_static (annex_b, sizeof annex_b);
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;
  const TestCaught *lead;

  test_lesson_init (&lesson);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_H264, 1, 0);
  cr_fanout_remove_stream (lesson.fanout, camera.stream);
  camera.stream = cr_fanout_add_stream (lesson.fanout, CR_SLOT_CAMERA, 0, CR_CODEC_H264, sets,
                                        test_source_on_keyframe, &lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 11);
  test_source_frame (&camera, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &camera, 3, 2);
  test_source_frame (&camera, TRUE, 3, TEST_FRAME_RTP); /* the viewer has them by now */
  test_play (&lesson, &camera, 3, 2);
  g_assert_cmpuint (viewer.rtp->len, ==, 1 + 3 + 6 + 3 + 6);
  test_viewer_assert_continuous (&viewer, 0);
  lead = test_viewer_get (&viewer, 0);
  g_assert_cmpmem (lead->payload, lead->payload_bytes, stap_a, sizeof stap_a);
  g_assert_false (lead->marker);
  g_assert_cmpuint (lead->rtp, ==, test_viewer_get (&viewer, 1)->rtp);
  test_viewer_nack (&viewer, 0x1000, (guint16)lead->index, 0x0001);
  g_assert_cmpuint (viewer.rtp->len, ==, 19 + 2);
  g_assert_cmpuint (test_viewer_get (&viewer, 19)->index, ==, lead->index);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

static void
test_red (void)
{
  static const guint8 red[] = {0x80 | 63, 0, 0x3C, 4, 63, 'o', 'l', 'd', '!', 'n', 'e', 'w'};
  static const guint8 rewritten[] = {0x80 | 111, 0, 0x3C, 4, 111, 'o', 'l', 'd', '!', 'n', 'e', 'w'};
  static const guint8 first[] = {111, 'n', 'e', 'w'}; /* what was said before the stream is not passed on */
  TestLesson lesson;
  TestViewer with = {0}, without = {0};
  TestSource voice;
  const TestCaught *caught;

  test_lesson_init (&lesson);
  test_viewer_add_line (&with, CR_SLOT_TEACHER_AUDIO)->payload_types[CR_CODEC_RED] = 99;
  test_viewer_add_line (&without, CR_SLOT_TEACHER_AUDIO);
  test_viewer_join (&with, &lesson, 16);
  test_viewer_join (&without, &lesson, 17);
  test_source_init (&voice, &lesson, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_RED, 1, 0);
  voice.payload_bytes = 0;
  test_source_push (&voice, test_source_packet (&voice, red, sizeof red, FALSE));
  cr_fanout_run (lesson.fanout);
  caught = test_viewer_get (&with, 0);
  g_assert_cmpuint (caught->payload_type, ==, 99);
  g_assert_cmpmem (caught->payload, caught->payload_bytes, first, sizeof first);
  test_viewer_nack (&with, 0x1000 + CR_SLOT_TEACHER_AUDIO, (guint16)caught->index, 0); /* the same again */
  voice.rtp += 15;
  test_source_push (&voice, test_source_packet (&voice, red, sizeof red, FALSE));
  cr_fanout_run (lesson.fanout);
  caught = test_viewer_get (&with, 2);
  g_assert_cmpuint (caught->payload_type, ==, 99);
  g_assert_cmpmem (caught->payload, caught->payload_bytes, rewritten, sizeof rewritten);
  for (guint i = 0; i < 2; i++) {
    caught = test_viewer_get (&without, i);
    g_assert_cmpuint (caught->payload_type, ==, 111);
    g_assert_cmpmem (caught->payload, caught->payload_bytes, "new", 3);
  }
  test_viewer_leave (&with);
  test_viewer_leave (&without);
  test_lesson_clear (&lesson);
}

/* Numbers that jump (a publisher's encoder begun anew under the same SSRC) leave no hole behind. */
static void
test_source_jumps (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource camera;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 18);
  test_source_init (&camera, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 100, 0);
  test_source_frame (&camera, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &camera, 10, 2);
  camera.seq += 10000;
  camera.rtp += 0x40000000;
  test_play (&lesson, &camera, 10, 2);
  g_assert_cmpuint (viewer.rtp->len, ==, 43);
  test_viewer_assert_continuous (&viewer, 0);
  g_assert_cmpint (
      cr_rtp_time_distance (test_viewer_get (&viewer, 42)->rtp, test_viewer_get (&viewer, 0)->rtp), <,
      25 * TEST_FRAME_RTP);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* What a viewer is told was captured now, by the egress's reports. */
static guint32
report_time (TestViewer *viewer)
{
  guint32 out_rtp;

  g_assert_true (cr_egress_time_at (test_viewer_egress (viewer, CR_SLOT_CAMERA),
                                    cr_stream_wall_to_ntp_ns (test_lesson_wall_us (viewer->lesson)),
                                    &out_rtp));
  return out_rtp;
}

/* Encoding takes 90 ms. Before the next publisher's reports tell that of its own, time goes on as packets
 * arrive and reports go on as they were, so that neither jumps by what was not known. */
static void
test_replaced_before_its_reports (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource first, second;
  guint32 reported, before_rtp;
  guint n;

  test_lesson_init (&lesson);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 5);
  test_source_init (&first, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1000, 123456);
  first.encoding_us = 90000;
  test_source_frame (&first, TRUE, 3, TEST_FRAME_RTP);
  test_play (&lesson, &first, 30, 2);
  reported = report_time (&viewer);
  before_rtp = test_viewer_get (&viewer, viewer.rtp->len - 1)->rtp;
  n = viewer.rtp->len;

  test_source_init (&second, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 7, 99);
  second.encoding_us = 90000;
  second.unreported = TRUE;
  test_source_frame (&second, TRUE, 3, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpint (cr_rtp_time_distance (test_viewer_get (&viewer, n)->rtp, before_rtp), >=,
                   TEST_FRAME_RTP - 10);
  g_assert_cmpint (cr_rtp_time_distance (test_viewer_get (&viewer, n)->rtp, before_rtp), <=,
                   TEST_FRAME_RTP + 10);
  g_assert_cmpint (ABS (cr_rtp_time_distance (report_time (&viewer), reported)), <=, 10);
  test_lesson_pass (&lesson, TEST_FRAME_US);
  test_play (&lesson, &second, 29, 2);
  g_assert_cmpint (ABS (cr_rtp_time_distance (report_time (&viewer), reported) - 30 * TEST_FRAME_RTP), <=,
                   100);
  second.unreported = FALSE; /* and they say the same */
  test_play (&lesson, &second, 30, 2);
  g_assert_cmpint (ABS (cr_rtp_time_distance (report_time (&viewer), reported) - 60 * TEST_FRAME_RTP), <=,
                   200);
  test_viewer_assert_continuous (&viewer, 0);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/rtc/egress/teacher-replaced", test_teacher_replaced);
  g_test_add_func ("/rtc/egress/teacher-gone-before-next", test_teacher_gone_before_next);
  g_test_add_func ("/rtc/egress/teachers-in-haste", test_teachers_in_haste);
  g_test_add_func ("/rtc/egress/nack-from-before-switch", test_nack_from_before_switch);
  g_test_add_func ("/rtc/egress/replaced-before-its-reports", test_replaced_before_its_reports);
  g_test_add_func ("/rtc/egress/rtx", test_rtx);
  g_test_add_func ("/rtc/egress/parameter-sets-before-idr", test_parameter_sets_before_idr);
  g_test_add_func ("/rtc/egress/red", test_red);
  g_test_add_func ("/rtc/egress/source-jumps", test_source_jumps);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a viewer sees is one stream, whatever happens behind it: teachers replaced, layers changed, packets
 * late, joiners in the middle of a group of pictures.
 */
#include "support/fanout-fixture.h"

#include "rtc/rtcp-in.h"

#define FRAME_US  33333
#define FRAME_RTP 3000

static void
play (TestLesson *lesson, TestSource *source, guint n_frames, guint n_packets)
{
  for (guint i = 0; i < n_frames; i++) {
    test_source_frame (source, FALSE, n_packets, FRAME_RTP);
    cr_fanout_run (lesson->fanout);
    test_lesson_pass (lesson, FRAME_US);
  }
}

/* From packet `from` on: no gap in the indexes, time never back, one SSRC. */
static void
assert_continuous (const TestViewer *viewer, guint from)
{
  for (guint i = from + 1; i < viewer->rtp->len; i++) {
    const TestCaught *before = test_viewer_get (viewer, i - 1);
    const TestCaught *caught = test_viewer_get (viewer, i);

    g_assert_cmpuint (caught->ssrc, ==, before->ssrc);
    g_assert_cmpuint (caught->index, ==, before->index + 1);
    g_assert_cmpint (cr_rtp_time_distance (caught->rtp, before->rtp), >=, 0);
    if (before->marker)
      g_assert_cmpint (cr_rtp_time_distance (caught->rtp, before->rtp), >, 0);
  }
}

static guint16
picture_id_of (const TestCaught *caught)
{
  g_assert_cmpuint (caught->payload[1] & 0x80, !=, 0);
  g_assert_cmpuint (caught->payload[2] & 0x80, !=, 0); /* always in 15 bits */
  return (guint16)((caught->payload[2] & 0x7f) << 8 | caught->payload[3]);
}

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
  test_source_frame (&camera, TRUE, 5, FRAME_RTP);
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
  play (&lesson, &camera, 500, 2);
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
  test_source_frame (&camera, TRUE, 1, FRAME_RTP);
  for (guint i = 0; i < 2000; i++) {
    test_source_frame (&camera, FALSE, 70, FRAME_RTP);
    lesson.now_us += FRAME_US;
    cr_fanout_run (lesson.fanout);
  }
  g_assert_cmpuint (viewer.rtp->len, ==, 140001);
  assert_continuous (&viewer, 0);
  g_assert_cmpuint (test_viewer_get (&viewer, 140000)->index >> 16, >=, 2);
  /* A packet from before the last wrap of 16 bits is found and keeps its index. */
  test_viewer_nack (&viewer, 0x1000, (guint16)(test_viewer_get (&viewer, 140000)->index - 200), 0);
  g_assert_cmpuint (test_viewer_get (&viewer, 140001)->index, ==, test_viewer_get (&viewer, 139800)->index);
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
  test_source_frame (&camera, TRUE, 1, FRAME_RTP);
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
  test_source_frame (&first, TRUE, 3, FRAME_RTP);
  play (&lesson, &first, 40, 2);

  test_source_init (&second, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 60000, 0xFFFF0000);
  second.ssrc = 0x5555;
  second.picture_id_bits = 7;
  second.picture_id = 100;
  second.tl0picidx = 200;
  play (&lesson, &second, 3, 2); /* no keyframe yet: the first goes on */
  test_source_frame (&first, FALSE, 2, FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  test_lesson_pass (&lesson, FRAME_US);
  before = viewer.rtp->len;
  g_assert_cmpuint (before, ==, 3 + 80 + 2);
  lost_index = test_viewer_get (&viewer, before - 5)->index;

  test_source_frame (&second, TRUE, 4, FRAME_RTP);
  test_source_frame (&first, FALSE, 2, FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  cr_fanout_remove_stream (lesson.fanout, first.stream);
  play (&lesson, &second, 200, 2);
  g_assert_cmpuint (viewer.rtp->len, ==, before + 4 + 400);
  assert_continuous (&viewer, 0);

  last_of_first = test_viewer_get (&viewer, before - 1);
  first_of_second = test_viewer_get (&viewer, before);
  g_assert_cmpint (cr_rtp_time_distance (first_of_second->rtp, last_of_first->rtp), >=, FRAME_RTP - 10);
  g_assert_cmpint (cr_rtp_time_distance (first_of_second->rtp, last_of_first->rtp), <=, FRAME_RTP + 450);
  for (guint i = 1; i < viewer.rtp->len; i++) {
    const TestCaught *caught = test_viewer_get (&viewer, i);
    guint16 expected = picture_id_of (test_viewer_get (&viewer, i - 1));

    if (test_viewer_get (&viewer, i - 1)->marker)
      expected = (expected + 1) & 0x7fff;
    g_assert_cmpuint (picture_id_of (caught), ==, expected);
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
  test_source_frame (&first, TRUE, 2, FRAME_RTP);
  play (&lesson, &first, 5, 1);
  test_source_init (&second, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 0);
  cr_fanout_remove_stream (lesson.fanout, first.stream);
  play (&lesson, &second, 20, 1);
  g_assert_cmpuint (viewer.rtp->len, ==, 7);
  g_assert_cmpuint (lesson.n_keyframe_requests, >=, 1);
  test_source_frame (&second, TRUE, 2, FRAME_RTP);
  play (&lesson, &second, 5, 1);
  g_assert_cmpuint (viewer.rtp->len, ==, 14);
  assert_continuous (&viewer, 0);
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
    test_source_frame (&teacher, TRUE, 1, FRAME_RTP);
    cr_fanout_run (lesson.fanout);
    g_assert_cmpuint (viewer.rtp->len, ==, i + 1);
    if (i == 0)
      continue;
    g_assert_cmpuint (picture_id_of (test_viewer_get (&viewer, i)), ==, i);
    g_assert_cmpint (
        cr_rtp_time_distance (test_viewer_get (&viewer, i)->rtp, test_viewer_get (&viewer, i - 1)->rtp), ==,
        FRAME_RTP);
  }
  assert_continuous (&viewer, 0);
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
  guint n;

  test_lesson_init (&lesson);
  line = test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 6);
  test_source_init (&first, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1000, 0);
  test_source_frame (&first, TRUE, 3, FRAME_RTP);
  play (&lesson, &first, 10, 2);
  cr_fanout_remove_stream (lesson.fanout, first.stream);
  test_lesson_pass (&lesson, FRAME_US);
  test_source_init (&second, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 9, 99);
  test_source_frame (&second, TRUE, 3, FRAME_RTP);
  play (&lesson, &second, 10, 2);

  n = viewer.rtp->len;
  test_viewer_nack (&viewer, line->ssrc, (guint16)test_viewer_get (&viewer, 20)->index, 0x0007);
  g_assert_cmpuint (viewer.rtp->len, ==, n + 4);
  for (guint i = 0; i < 4; i++) {
    const TestCaught *lost = test_viewer_get (&viewer, 20 + i);
    const TestCaught *again = test_viewer_get (&viewer, n + i);

    /* Without RTX the same packet once more; the fixture compares the bytes too. */
    g_assert_cmpuint (again->index, ==, lost->index);
    g_assert_cmpmem (again->payload, again->payload_bytes, lost->payload, lost->payload_bytes);
  }
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
  test_source_frame (&camera, TRUE, 3, FRAME_RTP);
  play (&lesson, &camera, 10, 2);
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
  test_source_frame (&camera, TRUE, 10, FRAME_RTP);
  for (guint i = 0; i < 300; i++) {
    guint64 newest;

    play (&lesson, &camera, 1, 10);
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
  test_source_frame (&camera, TRUE, 40, FRAME_RTP);
  test_lesson_pass (&lesson, FRAME_US);
  play (&lesson, &camera, 45, 10);

  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  joined_us = lesson.now_us;
  test_viewer_join (&viewer, &lesson, 9);
  g_assert_cmpuint (viewer.rtp->len, >=, 10); /* the first burst leaves at once */
  g_assert_cmpuint (viewer.rtp->len, <, 40);
  play (&lesson, &camera, 60, 10);
  g_assert_cmpuint (lesson.n_keyframe_requests, ==, 0);
  g_assert_cmpuint (viewer.rtp->len, ==, 40 + 450 + 600);
  assert_continuous (&viewer, 0);
  for (guint i = 0; i < viewer.rtp->len; i++) {
    const guint8 *mark = test_viewer_get (&viewer, i)->payload + 7;

    g_assert_cmpuint (test_read_u32 (mark), ==, i + 1);
  }
  /* The backlog of 1.5 s is through in less than half a second ... */
  for (n_live = 0; test_viewer_get (&viewer, n_live)->at_us - joined_us < 500 * 1000; n_live++)
    continue;
  g_assert_cmpuint (n_live, >=, 40 + 450 + 100);
  /* ... and its time stamps span less than that, while those of the live part are the source's own. */
  first = test_viewer_get (&viewer, 0);
  last = test_viewer_get (&viewer, 40 + 449);
  g_assert_cmpint (cr_rtp_time_distance (last->rtp, first->rtp), <, 45000);
  g_assert_cmpint (cr_rtp_time_distance (last->rtp, first->rtp), >, 4500);
  first = test_viewer_get (&viewer, 40 + 450 + 300);
  last = test_viewer_get (&viewer, 40 + 450 + 599);
  g_assert_cmpint (cr_rtp_time_distance (last->rtp, first->rtp), ==, 29 * FRAME_RTP);
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
  test_source_frame (&camera, FALSE, 5, FRAME_RTP);
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
  test_source_frame (&camera, TRUE, 5, FRAME_RTP);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 51);
  test_source_frame (&camera, FALSE, 20, FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 25);

  test_viewer_leave (&viewer);
  viewer = (TestViewer){0};
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 52); /* 25 packets: more than the first burst */
  g_assert_cmpuint (viewer.rtp->len, <, 25);
  for (guint i = 0; i < 20; i++) {
    test_source_frame (&camera, FALSE, 1, FRAME_RTP);
    lesson.now_us += CR_PACER_TICK_US;
    cr_fanout_run (lesson.fanout);
  }
  g_assert_cmpuint (viewer.rtp->len, ==, 45);
  assert_continuous (&viewer, 0);
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
  test_source_frame (&camera, FALSE, 3, FRAME_RTP);
  head_bytes = test_source_head (&camera, FALSE, FALSE, head);
  late = test_source_packet (&camera, head, head_bytes, FALSE);
  test_viewer_add_line (&viewer, CR_SLOT_CAMERA);
  test_viewer_join (&viewer, &lesson, 53);
  test_source_frame (&camera, TRUE, 3, FRAME_RTP);
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
  test_source_frame (&camera, TRUE, 3, FRAME_RTP);
  play (&lesson, &camera, 150, 2); /* 5 s: the keyframe is no longer kept */
  for (guint i = 0; i < 18; i++) {
    test_viewer_add_line (&viewers[i], CR_SLOT_CAMERA);
    test_viewer_join (&viewers[i], &lesson, 20 + i);
  }
  g_assert_cmpuint (lesson.n_keyframe_requests, ==, 1);
  play (&lesson, &camera, 3, 2);
  g_assert_cmpuint (viewers[0].rtp->len, ==, 0);
  test_source_frame (&camera, TRUE, 3, FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewers[17].rtp->len, ==, 5);
  g_assert_cmphex (test_viewer_get (&viewers[17], 0)->payload[0], ==, 0x67);
  for (guint i = 0; i < 18; i++)
    test_viewer_leave (&viewers[i]);
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
  test_source_frame (&camera, TRUE, 3, FRAME_RTP);
  play (&lesson, &camera, 3, 2);
  test_source_frame (&camera, TRUE, 3, FRAME_RTP); /* the viewer has them by now */
  play (&lesson, &camera, 3, 2);
  g_assert_cmpuint (viewer.rtp->len, ==, 1 + 3 + 6 + 3 + 6);
  assert_continuous (&viewer, 0);
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
  test_source_frame (&low, TRUE, 1, FRAME_RTP);
  test_source_frame (&high, TRUE, 3, FRAME_RTP);
  for (guint i = 0; i < 90; i++) {
    test_source_frame (&low, FALSE, 1, FRAME_RTP);
    test_source_frame (&high, FALSE, 3, FRAME_RTP);
    cr_fanout_run (lesson.fanout);
    test_lesson_pass (&lesson, FRAME_US);
  }
  g_assert_cmpuint (lesson.n_keyframe_requests, >=, 1); /* of the high one */
  n = viewer.rtp->len;
  g_assert_cmpuint (test_viewer_get (&viewer, n - 1)->payload_bytes, <, 200);
  test_source_frame (&high, TRUE, 3, FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, n + 3);
  g_assert_cmpuint (test_viewer_get (&viewer, n)->payload_bytes, >, 1000);

  for (guint i = 0; i < 30; i++) { /* the high one is gone, the low one has a keyframe now and then */
    test_lesson_pass (&lesson, FRAME_US);
    test_source_frame (&low, i % 10 == 0, 1, FRAME_RTP);
    cr_fanout_run (lesson.fanout);
  }
  g_assert_cmpuint (test_viewer_get (&viewer, viewer.rtp->len - 1)->payload_bytes, <, 200);
  assert_continuous (&viewer, 0);
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
    test_source_frame (&low, i % 50 == 0, 1, FRAME_RTP);
    test_source_frame (&high, i % 50 == 0, 3, FRAME_RTP);
    test_lesson_pass (&lesson, FRAME_US);
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
  test_source_frame (&h264, TRUE, 3, FRAME_RTP);
  play (&lesson, &h264, 40, 1);
  g_assert_cmpuint (viewer.rtp->len, ==, 0);
  g_assert_cmpuint (viewer.n_codec_missing, ==, 1);
  test_source_init (&vp8, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 0);
  test_source_frame (&vp8, TRUE, 3, FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 3);
  g_assert_cmpuint (viewer.n_codec_back, ==, 1);

  /* And away again: what the viewer could play is over, even if it goes on arriving. */
  test_source_init (&h264, &lesson, CR_SLOT_CAMERA, 0, CR_CODEC_H264, 1, 0);
  test_source_frame (&h264, TRUE, 3, FRAME_RTP);
  test_source_frame (&vp8, FALSE, 3, FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 3);
  g_assert_cmpuint (viewer.n_codec_missing, ==, 2);
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
  test_source_frame (&camera, TRUE, 100, FRAME_RTP);
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
    test_source_frame (&camera, TRUE, 1, FRAME_RTP);
    test_source_frame (&voice, FALSE, 1, 960);
    cr_fanout_run (lesson.fanout);
    g_assert_cmpuint (viewer.rtcp->len, >=, 1);
    report = g_bytes_get_data (g_ptr_array_index (viewer.rtcp, viewer.rtcp->len - 1), &length_bytes);
    g_assert_true (cr_rtcp_parse (report, length_bytes, &handler, &reports));
    g_assert_cmpuint (reports.n, ==, 2);
    g_assert_cmpuint (reports.ntp[0], ==, reports.ntp[1]);
    /* Both packets were captured now. */
    picture = test_viewer_get (&viewer, viewer.rtp->len - 2);
    word = test_viewer_get (&viewer, viewer.rtp->len - 1);
    g_assert_cmpuint (picture->ssrc, ==, reports.ssrc[0]);
    g_assert_cmpuint (picture->rtp, ==, reports.rtp[0]);
    g_assert_cmpuint (word->rtp, ==, reports.rtp[1]);

    test_lesson_pass (&lesson, 2500 * 1000); /* one a second after that */
    g_assert_cmpuint (viewer.rtcp->len, >=, 3);
    g_assert_cmpuint (viewer.rtcp->len, <=, 6);
    cr_fanout_remove_stream (lesson.fanout, camera.stream);
    cr_fanout_remove_stream (lesson.fanout, voice.stream);
  }
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

static void
test_red (void)
{
  static const guint8 red[] = {0x80 | 63, 0, 0x3C, 4, 63, 'o', 'l', 'd', '!', 'n', 'e', 'w'};
  static const guint8 rewritten[] = {0x80 | 111, 0, 0x3C, 4, 111, 'o', 'l', 'd', '!', 'n', 'e', 'w'};
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
  g_assert_cmpmem (caught->payload, caught->payload_bytes, rewritten, sizeof rewritten);
  caught = test_viewer_get (&without, 0);
  g_assert_cmpuint (caught->payload_type, ==, 111);
  g_assert_cmpmem (caught->payload, caught->payload_bytes, "new", 3);
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
  test_source_frame (&camera, TRUE, 3, FRAME_RTP);
  play (&lesson, &camera, 10, 2);
  camera.seq += 10000;
  camera.rtp += 0x40000000;
  play (&lesson, &camera, 10, 2);
  g_assert_cmpuint (viewer.rtp->len, ==, 43);
  assert_continuous (&viewer, 0);
  g_assert_cmpint (
      cr_rtp_time_distance (test_viewer_get (&viewer, 42)->rtp, test_viewer_get (&viewer, 0)->rtp), <,
      25 * FRAME_RTP);
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
  g_test_add_func ("/rtc/fanout/teacher-replaced", test_teacher_replaced);
  g_test_add_func ("/rtc/fanout/teacher-gone-before-next", test_teacher_gone_before_next);
  g_test_add_func ("/rtc/fanout/teachers-in-haste", test_teachers_in_haste);
  g_test_add_func ("/rtc/fanout/nack-from-before-switch", test_nack_from_before_switch);
  g_test_add_func ("/rtc/fanout/rtx", test_rtx);
  g_test_add_func ("/rtc/fanout/nack-storm", test_nack_storm);
  g_test_add_func ("/rtc/fanout/join-from-history", test_join_from_history);
  g_test_add_func ("/rtc/fanout/join-with-holes", test_join_with_holes);
  g_test_add_func ("/rtc/fanout/join-in-turn", test_join_in_turn);
  g_test_add_func ("/rtc/fanout/late-from-before-start", test_late_from_before_start);
  g_test_add_func ("/rtc/fanout/join-without-keyframe", test_join_without_keyframe);
  g_test_add_func ("/rtc/fanout/parameter-sets-before-idr", test_parameter_sets_before_idr);
  g_test_add_func ("/rtc/fanout/layers", test_layers);
  g_test_add_func ("/rtc/fanout/slow-layers", test_slow_layers);
  g_test_add_func ("/rtc/fanout/codec-missing", test_codec_missing);
  g_test_add_func ("/rtc/fanout/keyframe-requests", test_keyframe_requests);
  g_test_add_func ("/rtc/fanout/sender-reports", test_sender_reports);
  g_test_add_func ("/rtc/fanout/red", test_red);
  g_test_add_func ("/rtc/fanout/source-jumps", test_source_jumps);
  return g_test_run ();
}

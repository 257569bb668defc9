/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may get what: a slot that is purged and a slot that is blocked give away nothing, in the middle of a
 * turn or of a backlog or asked by a NACK; and what is allowed goes on at once. At last many thousand random
 * steps against a model of two floors that fits a screen.
 */
#include "support/fanout-fixture.h"

static void
add_floor_lines (TestViewer *viewer)
{
  test_viewer_add_line (viewer, CR_SLOT_FLOOR);
  test_viewer_add_line (viewer, CR_SLOT_FLOOR2);
  test_viewer_add_line (viewer, CR_SLOT_FLOOR_AUDIO);
  test_viewer_add_line (viewer, CR_SLOT_FLOOR2_AUDIO);
}

/* Packets of this turn, the backlog of a joiner, and what a NACK asks for. */
static void
test_purge (void)
{
  TestLesson lesson;
  TestViewer viewer = {0}, joiner = {0};
  TestSource classroom, next;
  guint n, n_joiner;

  test_lesson_init (&lesson);
  add_floor_lines (&viewer);
  add_floor_lines (&joiner);
  test_viewer_join (&viewer, &lesson, 1);
  test_source_init (&classroom, &lesson, CR_SLOT_FLOOR, 0, CR_CODEC_VP8, 100, 0);
  classroom.payload_bytes = 1000;
  test_source_frame (&classroom, TRUE, 5, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  test_play (&lesson, &classroom, 20, 10);
  test_viewer_join (&joiner, &lesson, 2);
  n = viewer.rtp->len;
  n_joiner = joiner.rtp->len;
  g_assert_cmpuint (n, ==, 205);
  g_assert_cmpuint (n_joiner, >, 0);
  g_assert_cmpuint (joiner.seat.n_catching_up, ==, 1);

  test_source_frame (&classroom, FALSE, 10, TEST_FRAME_RTP);
  cr_fanout_purge_slot (lesson.fanout, CR_SLOT_FLOOR);
  g_assert_cmpuint (joiner.seat.n_catching_up, ==, 0);
  test_viewer_nack (&viewer, 0x1000 + CR_SLOT_FLOOR, (guint16)test_viewer_get (&viewer, n - 1)->index, 0);
  test_viewer_nack (&viewer, 0x1000 + CR_SLOT_FLOOR, (guint16)test_viewer_get (&viewer, 0)->index, 0xffff);
  test_lesson_pass (&lesson, 3 * G_USEC_PER_SEC);
  g_assert_cmpuint (viewer.rtp->len, ==, n);
  g_assert_cmpuint (joiner.rtp->len, ==, n_joiner);

  /* The next holder: whole pictures from its first keyframe on, in the same stream. */
  test_source_init (&next, &lesson, CR_SLOT_FLOOR, 0, CR_CODEC_VP8, 50000, 77);
  test_source_frame (&next, FALSE, 3, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, n);
  test_source_frame (&next, TRUE, 3, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, n + 3);
  test_viewer_assert_continuous (&viewer, 0);
  test_viewer_assert_continuous (&joiner, 0);
  test_viewer_leave (&viewer);
  test_viewer_leave (&joiner);
  test_lesson_clear (&lesson);
}

/* A publisher that had left already, its last packets still within a NACK's reach. */
static void
test_purge_after_removal (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource classroom;
  guint16 seq;
  guint n;

  test_lesson_init (&lesson);
  add_floor_lines (&viewer);
  test_viewer_join (&viewer, &lesson, 1);
  test_source_init (&classroom, &lesson, CR_SLOT_FLOOR, 0, CR_CODEC_VP8, 100, 0);
  test_source_frame (&classroom, TRUE, 5, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  cr_fanout_remove_stream (lesson.fanout, classroom.stream);
  n = viewer.rtp->len;
  seq = (guint16)test_viewer_get (&viewer, 3)->index;
  test_viewer_nack (&viewer, 0x1000 + CR_SLOT_FLOOR, seq, 0);
  g_assert_cmpuint (viewer.rtp->len, ==, ++n);
  cr_fanout_purge_slot (lesson.fanout, CR_SLOT_FLOOR);
  test_lesson_pass (&lesson, 100 * 1000);
  test_viewer_nack (&viewer, 0x1000 + CR_SLOT_FLOOR, seq, 0);
  test_viewer_nack (&viewer, 0x1000 + CR_SLOT_FLOOR, (guint16)(seq - 1), 0);
  g_assert_cmpuint (viewer.rtp->len, ==, n);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

static void
test_block (void)
{
  TestLesson lesson;
  TestViewer own = {0}, other = {0};
  TestSource classroom;
  guint n;

  test_lesson_init (&lesson);
  add_floor_lines (&own);
  add_floor_lines (&other);
  test_viewer_join (&own, &lesson, 1);
  test_viewer_join (&other, &lesson, 2);
  test_source_init (&classroom, &lesson, CR_SLOT_FLOOR, 0, CR_CODEC_VP8, 100, 0);
  test_source_frame (&classroom, TRUE, 2, TEST_FRAME_RTP);
  test_play (&lesson, &classroom, 10, 2);
  n = own.rtp->len;
  g_assert_cmpuint (n, ==, 22);

  /* Blocked in the middle of a turn: neither its packets nor a resend. */
  test_source_frame (&classroom, FALSE, 2, TEST_FRAME_RTP);
  cr_fanout_block_slots (lesson.fanout, &own.seat, 1u << CR_SLOT_FLOOR | 1u << CR_SLOT_FLOOR_AUDIO);
  test_play (&lesson, &classroom, 50, 2);
  test_viewer_nack (&own, 0x1000 + CR_SLOT_FLOOR, (guint16)test_viewer_get (&own, n - 1)->index, 0xffff);
  test_viewer_pli (&own, 0x1000 + CR_SLOT_FLOOR);
  g_assert_cmpuint (lesson.n_keyframe_requests, ==, 0);
  g_assert_cmpuint (own.rtp->len, ==, n);
  g_assert_cmpuint (other.rtp->len, ==, 22 + 2 + 100);

  /* Freed in the middle of a turn: from the last keyframe on, as a joiner, each packet once. */
  test_source_frame (&classroom, FALSE, 2, TEST_FRAME_RTP);
  cr_fanout_block_slots (lesson.fanout, &own.seat, 0);
  g_assert_cmpuint (other.rtp->len, ==, 22 + 2 + 100 + 2);
  test_lesson_pass (&lesson, 500 * 1000);
  g_assert_cmpuint (own.rtp->len, ==, n + other.rtp->len);
  test_play (&lesson, &classroom, 10, 2);
  g_assert_cmpuint (own.rtp->len, ==, n + other.rtp->len);
  test_viewer_assert_continuous (&own, 0);
  test_viewer_assert_continuous (&other, 0);
  test_viewer_leave (&own);
  test_viewer_leave (&other);
  test_lesson_clear (&lesson);
}

/* The newer of two publishers is shown, in whatever order their layers come. */
static void
test_publishers (void)
{
  TestLesson lesson;
  TestViewer viewer = {0};
  TestSource old_low, new_low, new_high;

  test_lesson_init (&lesson);
  add_floor_lines (&viewer);
  test_viewer_join (&viewer, &lesson, 1);
  test_source_init (&old_low, &lesson, CR_SLOT_FLOOR, 0, CR_CODEC_VP8, 1, 0);
  cr_fanout_set_publisher (lesson.fanout, old_low.stream, 4);
  test_source_frame (&old_low, TRUE, 1, TEST_FRAME_RTP);
  test_play (&lesson, &old_low, 30, 1);
  test_source_init (&new_high, &lesson, CR_SLOT_FLOOR, 1, CR_CODEC_VP8, 1000, 0);
  cr_fanout_set_publisher (lesson.fanout, new_high.stream, 5);
  test_source_init (&new_low, &lesson, CR_SLOT_FLOOR, 0, CR_CODEC_VP8, 2000, 0);
  cr_fanout_set_publisher (lesson.fanout, new_low.stream, 5);
  new_high.payload_bytes = 1000;
  new_low.payload_bytes = 300;
  for (guint i = 0; i < 120; i++) {
    test_source_frame (&old_low, FALSE, 1, TEST_FRAME_RTP);
    test_source_frame (&new_low, i % 30 == 0, 1, TEST_FRAME_RTP);
    test_source_frame (&new_high, i % 30 == 0, 3, TEST_FRAME_RTP);
    cr_fanout_run (lesson.fanout);
    test_lesson_pass (&lesson, TEST_FRAME_US);
  }
  g_assert_cmpuint (test_viewer_get (&viewer, viewer.rtp->len - 1)->payload_bytes, >, 1000);
  test_viewer_assert_continuous (&viewer, 0);

  cr_fanout_remove_stream (lesson.fanout, new_high.stream);
  cr_fanout_remove_stream (lesson.fanout, new_low.stream);
  test_source_frame (&old_low, TRUE, 1, TEST_FRAME_RTP); /* the older one goes on where it is left alone */
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (test_viewer_get (&viewer, viewer.rtp->len - 1)->payload_bytes, <, 200);
  test_viewer_leave (&viewer);
  test_lesson_clear (&lesson);
}

/* The model: classrooms 0 to N-1 and a teacher, two floors, voices. */

#define N_CLASSROOMS 4
#define N_VIEWERS    (N_CLASSROOMS + 1)
#define TEACHER      N_CLASSROOMS
#define NOBODY       -1
#define N_STEPS      100000

static const CrSlot slots[2][2] = {
    {CR_SLOT_FLOOR, CR_SLOT_FLOOR_AUDIO},
    {CR_SLOT_FLOOR2, CR_SLOT_FLOOR2_AUDIO},
};

typedef struct {
  TestLesson lesson;
  GRand *rand;
  TestViewer viewers[N_VIEWERS];
  gboolean here[N_VIEWERS];
  guint n_seen[N_VIEWERS];
  gint holder[2];
  gboolean voice[2];
  TestSource sources[2][2]; /* by floor; picture, voice */
  gboolean linked[2][2];
  guint32 first_mark[2][2]; /* of this grant */
  guint32 next_mark;
  guint n_forwarded;
} Model;

static guint32
mark_of (const TestCaught *caught)
{
  return test_read_u32 (caught->payload + (caught->payload_type == 111 ? 0 : 7));
}

/* Everything that came since the last look had the right to come now. */
static void
judge (Model *m)
{
  for (gint v = 0; v < N_VIEWERS; v++) {
    for (; m->here[v] && m->n_seen[v] < m->viewers[v].rtp->len; m->n_seen[v]++) {
      const TestCaught *caught = test_viewer_get (&m->viewers[v], m->n_seen[v]);
      CrSlot slot = caught->ssrc - 0x1000;
      guint floor = slot == CR_SLOT_FLOOR2 || slot == CR_SLOT_FLOOR2_AUDIO;
      guint kind = slot == CR_SLOT_FLOOR_AUDIO || slot == CR_SLOT_FLOOR2_AUDIO;

      g_assert_cmpint (m->holder[floor], !=, NOBODY);
      g_assert_cmpint (m->holder[floor], !=, v);
      g_assert_true (kind == 0 || m->voice[floor]);
      g_assert_cmpuint (mark_of (caught), >=, m->first_mark[floor][kind]);
      m->n_forwarded++;
    }
  }
}

static guint32
blocked_of (const Model *m, gint viewer)
{
  guint32 blocked = 0;

  for (guint floor = 0; floor < 2; floor++) {
    if (m->holder[floor] == viewer)
      blocked |= 1u << slots[floor][0] | 1u << slots[floor][1];
  }
  return blocked;
}

static void
link_source (Model *m, guint floor, guint kind)
{
  TestSource *source = &m->sources[floor][kind];

  m->linked[floor][kind] = m->holder[floor] != NOBODY && (kind == 0 || m->voice[floor]);
  if (!m->linked[floor][kind])
    return;
  test_source_init (source, &m->lesson, slots[floor][kind], 0, kind == 0 ? CR_CODEC_VP8 : CR_CODEC_OPUS,
                    (guint16)g_rand_int (m->rand), g_rand_int (m->rand));
  source->uneven_bytes =
      3; /* so that there is padding, which a resend in the middle of a turn must not change */
  m->first_mark[floor][kind] = m->next_mark + 1;
}

static void
set_floor (Model *m, const gint holder[2], const gboolean voice[2])
{
  for (guint floor = 0; floor < 2; floor++) {
    for (guint kind = 0; kind < 2; kind++) {
      gboolean same = holder[floor] == m->holder[floor] && (kind == 0 || voice[floor] == m->voice[floor]);

      if (same)
        continue;
      cr_fanout_purge_slot (m->lesson.fanout, slots[floor][kind]);
      m->linked[floor][kind] = FALSE;
    }
  }
  memcpy (m->holder, holder, sizeof m->holder);
  memcpy (m->voice, voice, sizeof m->voice);
  for (gint v = 0; v < N_VIEWERS; v++) {
    if (m->here[v])
      cr_fanout_block_slots (m->lesson.fanout, &m->viewers[v].seat, blocked_of (m, v));
  }
  for (guint floor = 0; floor < 2; floor++) {
    for (guint kind = 0; kind < 2; kind++) {
      if (!m->linked[floor][kind])
        link_source (m, floor, kind);
    }
  }
}

static void
change_floor (Model *m)
{
  gint first = g_rand_int_range (m->rand, NOBODY, N_CLASSROOMS);
  gint second = g_rand_int_range (m->rand, NOBODY, N_CLASSROOMS);
  gint holder[2] = {first, second == first ? NOBODY : second};
  gboolean voice[2] = {g_rand_boolean (m->rand), g_rand_boolean (m->rand)};

  if (g_rand_boolean (m->rand)) /* as often, only a mute or its end */
    memcpy (holder, m->holder, sizeof holder);
  set_floor (m, holder, voice);
}

/* A frame that anybody can begin with: whoever has the right has it before the turn is over. */
static void
send_frame (Model *m)
{
  guint floor = (guint)g_rand_int_range (m->rand, 0, 2), kind = (guint)g_rand_int_range (m->rand, 0, 2);
  gboolean end_turn = g_rand_int_range (m->rand, 0, 4) != 0;
  guint n_before[N_VIEWERS];

  if (!m->linked[floor][kind])
    return;
  if (end_turn)
    test_lesson_pass (&m->lesson, 20 * 1000); /* whatever is still under way */
  judge (m);
  for (guint v = 0; v < N_VIEWERS; v++)
    n_before[v] = m->here[v] ? m->viewers[v].rtp->len : 0;
  m->sources[floor][kind].n_packets = m->next_mark;
  test_source_frame (&m->sources[floor][kind], TRUE, (guint)g_rand_int_range (m->rand, 1, 4), 960);
  m->next_mark = m->sources[floor][kind].n_packets;
  if (!end_turn)
    return;
  cr_fanout_run (m->lesson.fanout);
  for (gint v = 0; v < N_VIEWERS; v++) {
    if (m->here[v] && v != m->holder[floor])
      g_assert_cmpuint (m->viewers[v].rtp->len, >, n_before[v]);
    if (m->here[v] && v != m->holder[floor])
      g_assert_cmpuint (mark_of (test_viewer_get (&m->viewers[v], m->viewers[v].rtp->len - 1)), ==,
                        m->next_mark);
  }
}

static void
come_or_go (Model *m)
{
  gint v = g_rand_int_range (m->rand, 0, N_VIEWERS);
  TestViewer *viewer = &m->viewers[v];

  judge (m);
  if (m->here[v]) {
    test_viewer_leave (viewer);
  } else {
    memset (viewer, 0, sizeof *viewer);
    add_floor_lines (viewer);
    viewer->blocked_slots = blocked_of (m, v);
    test_viewer_join (viewer, &m->lesson, g_rand_int (m->rand));
    m->n_seen[v] = 0;
  }
  m->here[v] = !m->here[v];
}

/* Anything that it ever got, and what it never got. */
static void
ask_again (Model *m)
{
  gint v = g_rand_int_range (m->rand, 0, N_VIEWERS);
  CrSlot slot = slots[g_rand_int_range (m->rand, 0, 2)][g_rand_int_range (m->rand, 0, 2)];
  guint16 seq;

  if (!m->here[v])
    return;
  seq = (guint16)(test_viewer_egress (&m->viewers[v], slot)->highest_out -
                  (guint64)g_rand_int_range (m->rand, 0, 30));
  test_viewer_nack (&m->viewers[v], 0x1000 + slot, seq, (guint16)g_rand_int (m->rand));
  test_viewer_pli (&m->viewers[v], 0x1000 + slot);
}

static void
test_random (void)
{
  Model m = {.holder = {NOBODY, NOBODY}, .voice = {TRUE, TRUE}};

  m.rand = g_rand_new_with_seed (20261126);
  test_lesson_init (&m.lesson);
  for (guint i = 0; i < N_STEPS; i++) {
    switch (g_rand_int_range (m.rand, 0, 8)) {
    case 0:
      change_floor (&m);
      break;
    case 1:
      come_or_go (&m);
      break;
    case 2:
      ask_again (&m);
      break;
    case 3:
      test_lesson_pass (&m.lesson, g_rand_int_range (m.rand, 0, 300 * 1000));
      break;
    default:
      send_frame (&m);
    }
    judge (&m);
  }
  g_assert_cmpuint (m.n_forwarded, >, N_STEPS);
  for (guint v = 0; v < N_VIEWERS; v++) {
    if (m.here[v])
      test_viewer_leave (&m.viewers[v]);
  }
  test_lesson_clear (&m.lesson);
  g_rand_free (m.rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/rtc/fanout-rights/purge", test_purge);
  g_test_add_func ("/rtc/fanout-rights/purge-after-removal", test_purge_after_removal);
  g_test_add_func ("/rtc/fanout-rights/block", test_block);
  g_test_add_func ("/rtc/fanout-rights/publishers", test_publishers);
  g_test_add_func ("/rtc/fanout-rights/random", test_random);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A fan-out and its copy, with the mailbox between them in our hands: what a viewer of the copy gets is what
 * one of the original gets, byte for byte; what is taken away at home is taken away there; a copy that does
 * not keep up loses packets and nothing else.
 */
#include "rtc/replica.h"
#include "rtc/tap.h"
#include "support/fanout-fixture.h"

#define ALL_SLOTS ((1u << CR_N_SLOTS) - 1)

typedef struct {
  TestLesson home, copy;
  CrTap *tap;
  CrReplica *replica;
  GQueue feeds; /* on their way */
  guint n_asked;
  CrSlot asked_slot;
  guint asked_stream;
  GString *calls;
} Pair;

static void
on_feed (CrFeed *feed, gpointer data)
{
  g_queue_push_tail (&((Pair *)data)->feeds, feed);
}

static void
on_keyframe_wanted (CrSlot slot, guint stream_id, gpointer data)
{
  Pair *pair = data;

  pair->n_asked++;
  pair->asked_slot = slot;
  pair->asked_stream = stream_id;
}

static void
begin (Pair *pair)
{
  static const CrReplicaHandler handler = {on_keyframe_wanted};

  pair->copy.now_us = pair->home.now_us;
  pair->copy.clock = (CrClock){test_lesson_monotonic_us, test_lesson_wall_us, &pair->copy};
  pair->replica = cr_replica_new (NULL, &pair->copy.clock, &handler, pair);
  pair->copy.fanout = cr_replica_get_fanout (pair->replica);
  pair->tap = cr_tap_new (pair->home.fanout, NULL, ALL_SLOTS & ~(1u << CR_SLOT_WALL), on_feed, pair);
  cr_tap_begin (pair->tap);
}

static void
set_up (Pair *pair)
{
  *pair = (Pair){.calls = g_string_new (NULL)};
  test_lesson_init (&pair->home);
}

static void
deliver (Pair *pair)
{
  CrFeed *feed;

  while ((feed = g_queue_pop_head (&pair->feeds)) != NULL) {
    gsize live_bytes = feed->live_bytes;

    cr_replica_play (pair->replica, feed);
    cr_tap_note_played (pair->tap, live_bytes);
  }
}

/* A turn's end on both sides. */
static void
turn (Pair *pair)
{
  cr_tap_flush (pair->tap);
  cr_fanout_run (pair->home.fanout);
  deliver (pair);
  cr_fanout_run (pair->copy.fanout);
}

static void
pass (Pair *pair, gint64 us)
{
  for (gint64 end_us = pair->home.now_us + us; pair->home.now_us < end_us;) {
    pair->home.now_us = pair->copy.now_us = MIN (pair->home.now_us + 5000, end_us);
    turn (pair);
  }
}

static void
play (Pair *pair, TestSource *source, guint n_frames, guint n_packets)
{
  for (guint i = 0; i < n_frames; i++) {
    test_source_frame (source, FALSE, n_packets, TEST_FRAME_RTP);
    turn (pair);
    pass (pair, TEST_FRAME_US);
  }
}

static void
tear_down (Pair *pair)
{
  cr_tap_close (pair->tap);
  deliver (pair);
  cr_replica_free (pair->replica);
  cr_tap_free (pair->tap);
  test_lesson_clear (&pair->home);
  g_string_free (pair->calls, TRUE);
}

static void
join (TestViewer *viewer, TestLesson *lesson)
{
  *viewer = (TestViewer){0};
  test_viewer_add_line (viewer, CR_SLOT_CAMERA);
  test_viewer_add_line (viewer, CR_SLOT_TEACHER_AUDIO);
  test_viewer_join (viewer, lesson, 5);
}

static void
assert_alike (const TestViewer *one, const TestViewer *other)
{
  g_assert_cmpuint (one->rtp->len, ==, other->rtp->len);
  for (guint i = 0; i < one->rtp->len; i++) {
    const TestCaught *a = test_viewer_get (one, i), *b = test_viewer_get (other, i);

    g_assert_cmpuint (a->index, ==, b->index);
    g_assert_cmpint (a->at_us, ==, b->at_us);
    g_assert_cmpmem (a->header, a->header_bytes, b->header, b->header_bytes);
    g_assert_cmpmem (a->payload, a->payload_bytes, b->payload, b->payload_bytes);
    g_assert_cmpuint (a->padding_bytes, ==, b->padding_bytes);
  }
}

/* Sender reports, roll-over, another teacher and a NACK from before it included. */
static void
test_byte_for_byte (void)
{
  TestSource camera, voice, other;
  TestViewer here, there;
  Pair pair;

  set_up (&pair);
  begin (&pair);
  join (&here, &pair.home);
  join (&there, &pair.copy);
  test_source_init (&camera, &pair.home, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 65500, 5000);
  test_source_init (&voice, &pair.home, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_OPUS, 17, 77);
  cr_fanout_set_publisher (pair.home.fanout, camera.stream, 1);
  camera.uneven_bytes = 4; /* each worker pads by itself, to the same end */
  test_source_frame (&camera, TRUE, 5, TEST_FRAME_RTP);
  for (guint i = 0; i < 60; i++) {
    test_source_frame (&voice, FALSE, 1, 960);
    play (&pair, &camera, 1, 2);
  }
  test_source_init (&other, &pair.home, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 9, 400);
  cr_fanout_set_publisher (pair.home.fanout, other.stream, 2);
  play (&pair, &other, 3, 2); /* not shown yet */
  test_source_frame (&other, TRUE, 5, TEST_FRAME_RTP);
  play (&pair, &other, 40, 2);
  cr_fanout_remove_stream (pair.home.fanout, camera.stream);
  play (&pair, &other, 5, 2);
  g_assert_cmpuint (here.rtp->len, ==, 5 + 60 * 3 + 5 + 45 * 2);
  test_viewer_nack (&here, 0x1000 + CR_SLOT_CAMERA, (guint16)test_viewer_get (&here, 170)->index, 0x00ff);
  test_viewer_nack (&there, 0x1000 + CR_SLOT_CAMERA, (guint16)test_viewer_get (&there, 170)->index, 0x00ff);
  pass (&pair, 5000);
  g_assert_cmpuint (here.rtp->len, >, 5 + 60 * 3 + 5 + 45 * 2);
  assert_alike (&here, &there);
  g_assert_cmpuint (here.rtcp->len, ==, there.rtcp->len);
  g_assert_cmpuint (cr_fanout_get_totals (pair.copy.fanout)->refused, ==, 0);
  g_assert_cmpuint (cr_tap_get_dropped (pair.tap), ==, 0);
  test_viewer_leave (&here);
  test_viewer_leave (&there);
  tear_down (&pair);
}

/* A copy made in mid-lesson, with its viewer there before the backlog or after it, starts at the last
 * keyframe and asks for none; parameter sets that came with the description are known. */
static void
test_backlog (void)
{
  for (guint early = 0; early < 2; early++) {
    static const guint8 sets[] = {0, 0, 0, 1, 0x67, 0x42, 0xC0, 0x1E, 0, 0, 0, 1, 0x68, 0xCE, 0x3C, 0x80};
    g_autoptr (GBytes) annex_b = g_bytes_new_static (sets, sizeof sets);
    TestSource camera;
    TestViewer viewer;
    Pair pair;

    set_up (&pair);
    camera = (TestSource){.lesson = &pair.home, .codec = CR_CODEC_H264, .ssrc = 5, .payload_bytes = 900};
    camera.stream = cr_fanout_add_stream (pair.home.fanout, CR_SLOT_CAMERA, 0, CR_CODEC_H264, annex_b,
                                          test_source_on_keyframe, &pair.home);
    test_source_frame (&camera, TRUE, 5, TEST_FRAME_RTP);
    test_play (&pair.home, &camera, 40, 2);
    test_source_frame (&camera, TRUE, 7, TEST_FRAME_RTP);
    test_play (&pair.home, &camera, 20, 2);
    begin (&pair);
    if (early)
      join (&viewer, &pair.copy);
    deliver (&pair);
    turn (&pair);
    if (!early)
      join (&viewer, &pair.copy);
    pass (&pair, 500 * 1000);
    /* the lead, then everything from the second keyframe */
    g_assert_cmpuint (viewer.rtp->len, ==, 1 + 7 + 40);
    g_assert_cmphex (test_viewer_get (&viewer, 0)->payload[0] & 0x1f, ==, 24); /* STAP-A */
    test_viewer_assert_continuous (&viewer, 0);
    play (&pair, &camera, 10, 2);
    g_assert_cmpuint (viewer.rtp->len, ==, 1 + 7 + 60);
    g_assert_cmpuint (pair.n_asked + pair.home.n_keyframe_requests, ==, 0);
    test_viewer_leave (&viewer);
    tear_down (&pair);
  }
}

/* Neither what this turn brought nor what is on its way nor what a NACK asks for. */
static void
test_purge (void)
{
  TestSource floor;
  TestViewer viewer = {0};
  guint16 seq;
  Pair pair;

  set_up (&pair);
  begin (&pair);
  test_viewer_add_line (&viewer, CR_SLOT_FLOOR);
  test_viewer_join (&viewer, &pair.copy, 1);
  test_source_init (&floor, &pair.home, CR_SLOT_FLOOR, 0, CR_CODEC_VP8, 1, 1);
  test_source_frame (&floor, TRUE, 4, TEST_FRAME_RTP);
  play (&pair, &floor, 5, 2);
  g_assert_cmpuint (viewer.rtp->len, ==, 14);
  seq = (guint16)test_viewer_get (&viewer, 13)->index;

  test_source_frame (&floor, FALSE, 3, TEST_FRAME_RTP);
  cr_tap_flush (pair.tap); /* a feed on its way, */
  test_source_frame (&floor, FALSE, 3, TEST_FRAME_RTP);
  cr_fanout_purge_slot (pair.home.fanout, CR_SLOT_FLOOR); /* and a turn cut short */
  cr_tap_flush (pair.tap);
  g_assert_cmpuint (g_queue_get_length (&pair.feeds), ==, 2);
  g_assert_cmpuint (((CrFeed *)g_queue_peek_tail (&pair.feeds))->live_bytes, ==, 0);
  turn (&pair);
  test_viewer_nack (&viewer, 0x1000 + CR_SLOT_FLOOR, seq, 0xffff);
  pass (&pair, G_USEC_PER_SEC);
  g_assert_cmpuint (viewer.rtp->len, ==, 14);
  test_viewer_leave (&viewer);
  tear_down (&pair);
}

static void
test_keyframe_request (void)
{
  TestSource camera;
  TestViewer viewer;
  CrStream *original;
  Pair pair;

  set_up (&pair);
  begin (&pair);
  join (&viewer, &pair.copy);
  test_source_init (&camera, &pair.home, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 1);
  test_source_frame (&camera, TRUE, 4, TEST_FRAME_RTP);
  play (&pair, &camera, 5, 2);
  for (guint i = 0; i < 50; i++)
    test_viewer_pli (&viewer, 0x1000 + CR_SLOT_CAMERA);
  g_assert_cmpuint (pair.n_asked, ==, 1);
  original = cr_fanout_find_stream (pair.home.fanout, pair.asked_slot, pair.asked_stream);
  g_assert_true (original == camera.stream);
  cr_stream_request_keyframe (original, pair.home.now_us);
  g_assert_cmpuint (pair.home.n_keyframe_requests, ==, 1);
  test_viewer_leave (&viewer);
  tear_down (&pair);
}

static void
note_call (gpointer replica_data, gpointer data)
{
  Pair *pair = replica_data;

  g_string_append_printf (pair->calls, "%s%u ", (const gchar *)data,
                          cr_fanout_find_stream (pair->copy.fanout, CR_SLOT_CAMERA, 1) != NULL);
}

/* Calls run between what came before and what comes after; the wall is not copied. */
static void
test_calls (void)
{
  TestSource camera, wall;
  Pair pair;

  set_up (&pair);
  begin (&pair);
  cr_tap_call (pair.tap, note_call, (gpointer) "a");
  test_source_init (&camera, &pair.home, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 1);
  test_source_init (&wall, &pair.home, CR_SLOT_WALL, 0, CR_CODEC_VP8, 1, 1);
  cr_tap_call (pair.tap, note_call, (gpointer) "b");
  test_source_frame (&wall, TRUE, 4, TEST_FRAME_RTP);
  cr_fanout_remove_stream (pair.home.fanout, camera.stream);
  cr_tap_call (pair.tap, note_call, (gpointer) "c");
  turn (&pair);
  g_assert_cmpstr (pair.calls->str, ==, "a0 b1 c0 ");
  g_assert_null (cr_fanout_find_stream (pair.copy.fanout, CR_SLOT_WALL, 2));
  tear_down (&pair);
}

/* Nothing is played for a while: what waits stays below the bound, streams still come and go in order, and
 * the stream goes on afterwards. */
static void
test_slow_copy (void)
{
  const gsize packet_bytes = 1000 + 12 + 7;
  TestSource camera;
  TestViewer viewer;
  gsize waiting_bytes = 0;
  guint n_waiting = 0, n;
  Pair pair;

  set_up (&pair);
  begin (&pair);
  join (&viewer, &pair.copy);
  test_source_init (&camera, &pair.home, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 1, 1);
  camera.payload_bytes = 1000;
  test_source_frame (&camera, TRUE, 4, TEST_FRAME_RTP);
  turn (&pair);
  for (guint i = 0; i < 1000; i++) {
    test_source_frame (&camera, FALSE, 5, TEST_FRAME_RTP);
    cr_tap_flush (pair.tap);
  }
  for (GList *l = pair.feeds.head; l != NULL; l = l->next) {
    waiting_bytes += ((CrFeed *)l->data)->live_bytes;
    n_waiting += ((CrFeed *)l->data)->live_bytes > 0 ? 5 : 0;
  }
  g_assert_cmpuint (waiting_bytes, >, CR_TAP_MAX_WAITING_BYTES);
  g_assert_cmpuint (waiting_bytes, <=, CR_TAP_MAX_WAITING_BYTES + 6 * packet_bytes);
  g_assert_cmpuint (cr_tap_get_dropped (pair.tap), ==, 5000 - n_waiting);

  turn (&pair);
  n = viewer.rtp->len;
  g_assert_cmpuint (n, ==, 4 + n_waiting);
  play (&pair, &camera, 10, 2);
  g_assert_cmpuint (viewer.rtp->len, ==, n + 20);
  cr_fanout_remove_stream (pair.home.fanout, camera.stream);
  turn (&pair);
  g_assert_null (cr_fanout_find_stream (pair.copy.fanout, CR_SLOT_CAMERA, 1));
  test_viewer_leave (&viewer);
  tear_down (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/replica/byte-for-byte", test_byte_for_byte);
  g_test_add_func ("/replica/backlog", test_backlog);
  g_test_add_func ("/replica/purge", test_purge);
  g_test_add_func ("/replica/keyframe-request", test_keyframe_request);
  g_test_add_func ("/replica/calls", test_calls);
  g_test_add_func ("/replica/slow-copy", test_slow_copy);
  return g_test_run ();
}

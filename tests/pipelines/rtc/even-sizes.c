/* SPDX-License-Identifier: Apache-2.0
 *
 * Packets of nearly one size are padded to one size, so that they leave in one message; what the viewer reads
 * is what the publisher sent; and a packet's padding never changes between two sends, which the fixture
 * checks for every packet that is caught.
 */
#include "rtc/rtp-packet.h"
#include "rtc/send-batch.h"
#include "support/fanout-fixture.h"

#define HEAD_BYTES 3 /* test_source_head() of H.264 */
#define MARK_BYTES 4
#define NO_RTX     0
#define RTX        0x2222

/* A packet of the frame that goes on; `size` 0 is an empty one. */
static GstBuffer *
make_sized (TestSource *source, gboolean keyframe, gsize size, gboolean marker)
{
  guint8 head[16];
  gsize head_bytes = size > 0 ? test_source_head (source, keyframe, TRUE, head) : 0;

  g_assert_true (size == 0 || size >= head_bytes + MARK_BYTES);
  source->payload_bytes = (guint)(size - head_bytes);
  return test_source_packet (source, head, head_bytes, marker);
}

static void
push_sizes (TestSource *source, const guint *sizes, guint n)
{
  for (guint i = 0; i < n; i++)
    test_source_push (source, make_sized (source, FALSE, sizes[i], i + 1 == n));
  source->rtp += TEST_FRAME_RTP;
}

static void
begin (TestLesson *lesson, TestViewer *viewer, TestSource *camera, guint32 rtx_ssrc)
{
  CrMediaLine *line;

  test_lesson_init (lesson);
  *viewer = (TestViewer){0};
  line = test_viewer_add_line (viewer, CR_SLOT_CAMERA);
  line->rtx_ssrc = rtx_ssrc;
  line->rtx_payload_types[CR_CODEC_H264] = rtx_ssrc != NO_RTX ? 103 : 0;
  test_viewer_join (viewer, lesson, 4);
  test_source_init (camera, lesson, CR_SLOT_CAMERA, 0, CR_CODEC_H264, 7, 0);
  test_source_frame (camera, TRUE, 1, TEST_FRAME_RTP);
  cr_fanout_run (lesson->fanout);
}

static void
end (TestLesson *lesson, TestViewer *viewer)
{
  test_viewer_leave (viewer);
  test_lesson_clear (lesson);
}

static int
count_messages (int fd, struct mmsghdr *messages, guint n, int flags, gpointer data)
{
  *(guint *)data += n;
  return (int)n;
}

/* In how many messages what was caught from `from` on leaves. */
static guint
messages_of (const TestViewer *viewer, guint from)
{
  guint64 ignored[5];
  CrSendStats stats = {ignored, ignored + 1, ignored + 2, ignored + 3, ignored + 4};
  g_autoptr (CrSendBatch) batch = cr_send_batch_new (0, TRUE, &stats);
  const guint8 sealed[1600] = {0};
  const CrPath path = {0};
  guint n = 0;

  cr_send_batch_set_send_func (batch, count_messages, &n);
  for (guint i = from; i < viewer->rtp->len; i++) {
    const TestCaught *caught = test_viewer_get (viewer, i);

    g_assert_true (cr_send_batch_add (batch, &path, sealed,
                                      caught->header_bytes + caught->payload_bytes + caught->padding_bytes +
                                          CR_SRTP_MAX_TAG_BYTES));
  }
  cr_send_batch_flush (batch);
  return n;
}

/* As a receiver reads it. */
static void
assert_readable (const TestCaught *caught)
{
  guint8 wire[2000];
  gsize n = caught->header_bytes;
  CrRtpPacket packet;

  memcpy (wire, caught->header, n);
  memcpy (wire + n, caught->payload, caught->payload_bytes);
  n += caught->payload_bytes;
  if (caught->padding_bytes > 0)
    cr_srtp_write_padding (wire + n, caught->padding_bytes);
  n += caught->padding_bytes;
  g_assert_true (cr_rtp_packet_parse (&packet, wire, n));
  g_assert_cmpmem (cr_rtp_packet_payload (&packet), packet.payload_bytes, caught->payload,
                   caught->payload_bytes);
}

/* As Chromium cuts them. What reports count is payload (RFC 3550 section 6.4.1). */
static void
test_one_message (void)
{
  static const guint sizes[] = {1061, 1061, 1062, 1061, 1062, 1062, 1062, 1062, 400};
  TestLesson lesson;
  TestViewer viewer;
  TestSource camera;
  guint32 octets = 0;

  begin (&lesson, &viewer, &camera, NO_RTX);
  push_sizes (&camera, sizes, G_N_ELEMENTS (sizes));
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 1 + G_N_ELEMENTS (sizes));
  g_assert_cmpuint (messages_of (&viewer, 1), ==, 1);
  for (guint i = 0; i < viewer.rtp->len; i++) {
    const TestCaught *caught = test_viewer_get (&viewer, i);

    assert_readable (caught);
    if (i > 0)
      g_assert_cmpuint (caught->payload_bytes, ==, sizes[i - 1]);
    octets += (guint32)caught->payload_bytes;
  }
  g_assert_cmpuint (test_viewer_egress (&viewer, CR_SLOT_CAMERA)->octets, ==, octets);
  test_viewer_assert_continuous (&viewer, 0);
  end (&lesson, &viewer);
}

static void
test_rules (void)
{
  static const struct {
    guint n, sizes[5], padding[5];
  } cases[] = {
      {1, {500}, {0}},
      {2, {1000, 1008}, {8, 0}},
      {2, {1000, 1009}, {0, 0}}, /* too much */
      {2, {1001, 1000}, {0, 0}}, /* ends its message, nothing follows */
      {3, {1001, 1000, 500}, {0, 1, 0}},
      {3, {1001, 1000, 1100}, {0, 0, 0}}, /* begins another message anyway */
      {4, {1061, 1062, 1200, 1199}, {1, 0, 0, 0}},
      {5, {1000, 1006, 1003, 1012, 1012}, {6, 0, 0, 0, 0}},
      {5, {1000, 1006, 1003, 900, 901}, {6, 0, 3, 1, 0}},
      {3, {0, 7, 8}, {0, 1, 0}}, /* an empty one stays empty */
      {3, {8, 0, 8}, {0, 0, 0}},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    TestLesson lesson;
    TestViewer viewer;
    TestSource camera;

    begin (&lesson, &viewer, &camera, NO_RTX);
    push_sizes (&camera, cases[i].sizes, cases[i].n);
    cr_fanout_run (lesson.fanout);
    g_assert_cmpuint (viewer.rtp->len, ==, 1 + cases[i].n);
    for (guint k = 0; k < cases[i].n; k++)
      g_assert_cmpuint (test_viewer_get (&viewer, 1 + k)->padding_bytes, ==, cases[i].padding[k]);
    end (&lesson, &viewer);
  }
}

/* Layers come mixed, each is a run of its own; sound is left alone. */
static void
test_streams_apart (void)
{
  static const guint low_padding[] = {1, 0, 0}, high_padding[] = {4, 2, 0};
  TestLesson lesson;
  TestViewer viewer;
  TestSource low, high, voice;
  guint64 low_seq, high_seq;

  begin (&lesson, &viewer, &low, NO_RTX);
  test_source_init (&high, &lesson, CR_SLOT_CAMERA, 1, CR_CODEC_H264, 7, 0);
  test_source_init (&voice, &lesson, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_OPUS, 7, 0);
  test_source_frame (&voice, FALSE, 1, 960);
  test_source_frame (&high, TRUE, 1, TEST_FRAME_RTP);
  cr_fanout_run (lesson.fanout);
  low_seq = cr_history_get_newest (low.stream->history);
  high_seq = cr_history_get_newest (high.stream->history);
  for (guint i = 0; i < 3; i++) {
    test_source_push (&low, make_sized (&low, FALSE, i == 0 ? 300 : 301, i == 2));
    test_source_push (&high, make_sized (&high, FALSE, 1000 + 2 * i, i == 2));
    voice.payload_bytes = 80 + i;
    test_source_frame (&voice, FALSE, 1, 960);
  }
  cr_fanout_run (lesson.fanout);
  for (guint i = 0; i < 3; i++) {
    g_assert_cmpuint (cr_history_get (low.stream->history, low_seq + 1 + i)->padding_bytes, ==,
                      low_padding[i]);
    g_assert_cmpuint (cr_history_get (high.stream->history, high_seq + 1 + i)->padding_bytes, ==,
                      high_padding[i]);
    g_assert_cmpuint (
        cr_history_get (voice.stream->history, cr_history_get_newest (voice.stream->history) - i)
            ->padding_bytes,
        ==, 0);
  }
  end (&lesson, &viewer);
}

/* A packet that the publisher sends late is there for a NACK before its turn ends: from then on it stays as
 * it has left, though its neighbours would have it larger. */
static void
test_asked_for_in_mid_turn (void)
{
  TestLesson lesson;
  TestViewer viewer;
  TestSource camera;
  GstBuffer *late;
  guint64 lost;

  begin (&lesson, &viewer, &camera, NO_RTX);
  late = make_sized (&camera, FALSE, 1000, FALSE);
  test_source_push (&camera, make_sized (&camera, FALSE, 1000, TRUE));
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 2);
  lost = test_viewer_get (&viewer, 1)->index - 1;

  test_source_push (&camera, late);
  test_viewer_nack (&viewer, 0x1000, (guint16)lost, 0);
  g_assert_cmpuint (viewer.rtp->len, ==, 3);
  push_sizes (&camera, (const guint[]){1001, 1002}, 2);
  cr_fanout_run (lesson.fanout);
  g_assert_cmpuint (viewer.rtp->len, ==, 6);
  for (guint i = 2; i < 4; i++) { /* the fixture has compared them too */
    g_assert_cmpuint (test_viewer_get (&viewer, i)->index, ==, lost);
    g_assert_cmpuint (test_viewer_get (&viewer, i)->padding_bytes, ==, 0);
  }
  g_assert_cmpuint (test_viewer_get (&viewer, 4)->padding_bytes, ==, 1);
  end (&lesson, &viewer);
}

/* Again without RTX: with its padding, under its index. By RTX: without. */
static void
test_resent (void)
{
  for (guint i = 0; i < 2; i++) {
    TestLesson lesson;
    TestViewer viewer;
    TestSource camera;
    const TestCaught *again;

    begin (&lesson, &viewer, &camera, i == 0 ? NO_RTX : RTX);
    push_sizes (&camera, (const guint[]){1000, 1005}, 2);
    cr_fanout_run (lesson.fanout);
    g_assert_cmpuint (test_viewer_get (&viewer, 1)->padding_bytes, ==, 5);
    test_viewer_nack (&viewer, 0x1000, (guint16)test_viewer_get (&viewer, 1)->index, 0);
    g_assert_cmpuint (viewer.rtp->len, ==, 4);
    again = test_viewer_get (&viewer, 3);
    g_assert_cmpuint (again->padding_bytes, ==, i == 0 ? 5 : 0);
    g_assert_cmpuint (again->payload_bytes, ==, i == 0 ? 1000 : 1002);
    assert_readable (again);
    push_sizes (&camera, (const guint[]){1000}, 1); /* the P bit is not kept for the next */
    cr_fanout_run (lesson.fanout);
    g_assert_cmphex (test_viewer_get (&viewer, 4)->header[0] & 0x20, ==, 0);
    end (&lesson, &viewer);
  }
}

#define N_VIEWERS 4
#define N_STEPS   20000
#define MAX_LATE  8

typedef struct {
  TestLesson lesson;
  TestViewer viewers[N_VIEWERS];
  gboolean here[N_VIEWERS];
  TestSource camera;
  GRand *rand;
  GArray *sizes; /* guint, by mark */
  GstBuffer *late[MAX_LATE];
  guint n_padded, n_caught;
} Model;

static void
come_or_go (Model *m)
{
  guint v = (guint)g_rand_int_range (m->rand, 0, N_VIEWERS);
  TestViewer *viewer = &m->viewers[v];

  m->here[v] = !m->here[v];
  if (!m->here[v]) {
    test_viewer_leave (viewer);
    return;
  }
  *viewer = (TestViewer){0};
  test_viewer_add_line (viewer, CR_SLOT_CAMERA);
  if (v == 0) {
    viewer->negotiation.lines[0].rtx_ssrc = RTX;
    viewer->negotiation.lines[0].rtx_payload_types[CR_CODEC_H264] = 103;
  }
  test_viewer_join (viewer, &m->lesson, g_rand_int (m->rand));
}

/* Some packets come late, or never. */
static void
send_packets (Model *m)
{
  guint base = (guint)g_rand_int_range (m->rand, 20, 1200), n = (guint)g_rand_int_range (m->rand, 1, 8);
  gboolean keyframe = g_rand_int_range (m->rand, 0, 20) == 0;

  for (guint i = 0; i < n; i++) {
    guint size = base + (guint)g_rand_int_range (m->rand, 0, 12);
    GstBuffer **late = &m->late[g_rand_int_range (m->rand, 0, MAX_LATE)];

    g_array_append_val (m->sizes, size); /* marks count from 1 */
    if (g_rand_int_range (m->rand, 0, 10) == 0) {
      g_clear_pointer (late, gst_buffer_unref);
      *late = make_sized (&m->camera, keyframe, size, i + 1 == n);
    } else {
      test_source_push (&m->camera, make_sized (&m->camera, keyframe, size, i + 1 == n));
    }
  }
  m->camera.rtp += TEST_FRAME_RTP;
}

static void
send_late (Model *m)
{
  GstBuffer **late = &m->late[g_rand_int_range (m->rand, 0, MAX_LATE)];

  if (*late != NULL)
    test_source_push (&m->camera, g_steal_pointer (late));
}

static void
ask_again (Model *m)
{
  guint v = (guint)g_rand_int_range (m->rand, 0, N_VIEWERS);

  if (m->here[v])
    test_viewer_nack (&m->viewers[v], 0x1000 + CR_SLOT_CAMERA,
                      (guint16)(test_viewer_egress (&m->viewers[v], CR_SLOT_CAMERA)->highest_out -
                                (guint64)g_rand_int_range (m->rand, 0, 20)),
                      (guint16)g_rand_int (m->rand));
}

/* Everything caught since the last time is what the publisher sent. */
static void
judge (Model *m)
{
  for (guint v = 0; v < N_VIEWERS; v++) {
    if (!m->here[v])
      continue;
    for (guint i = 0; i < m->viewers[v].rtp->len; i++) {
      const TestCaught *caught = test_viewer_get (&m->viewers[v], i);
      gsize osn_bytes = caught->ssrc == RTX ? 2 : 0;
      guint mark = test_read_u32 (caught->payload + osn_bytes + HEAD_BYTES);

      assert_readable (caught);
      g_assert_cmpuint (caught->payload_bytes - osn_bytes, ==, g_array_index (m->sizes, guint, mark));
      g_assert_cmpuint (caught->padding_bytes, <=, 8);
      m->n_padded += caught->padding_bytes > 0;
      m->n_caught++;
    }
    g_ptr_array_set_size (m->viewers[v].rtp, 0);
  }
}

static void
test_random (void)
{
  Model m = {.sizes = g_array_new (FALSE, TRUE, sizeof (guint)), .rand = g_rand_new_with_seed (3550)};

  g_array_set_size (m.sizes, 1);
  test_lesson_init (&m.lesson);
  test_source_init (&m.camera, &m.lesson, CR_SLOT_CAMERA, 0, CR_CODEC_H264, 65000, 0);
  for (guint i = 0; i < N_STEPS; i++) {
    switch (g_rand_int_range (m.rand, 0, 16)) {
    case 0:
      come_or_go (&m);
      break;
    case 1:
    case 2:
      send_late (&m);
      break;
    case 3:
    case 4:
    case 5:
      ask_again (&m);
      break;
    case 6:
    case 7:
    case 8:
      test_lesson_pass (&m.lesson, g_rand_int_range (m.rand, 0, 50 * 1000));
      judge (&m);
      break;
    default:
      send_packets (&m);
    }
  }
  judge (&m);
  g_assert_cmpuint (m.n_caught, >, N_STEPS);
  g_assert_cmpuint (m.n_padded * 3, >, m.n_caught); /* the test is about something */
  for (guint v = 0; v < N_VIEWERS; v++) {
    if (m.here[v])
      test_viewer_leave (&m.viewers[v]);
  }
  for (guint i = 0; i < MAX_LATE; i++)
    g_clear_pointer (&m.late[i], gst_buffer_unref);
  test_lesson_clear (&m.lesson);
  g_array_unref (m.sizes);
  g_rand_free (m.rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/rtc/even-sizes/one-message", test_one_message);
  g_test_add_func ("/rtc/even-sizes/rules", test_rules);
  g_test_add_func ("/rtc/even-sizes/streams-apart", test_streams_apart);
  g_test_add_func ("/rtc/even-sizes/asked-for-in-mid-turn", test_asked_for_in_mid_turn);
  g_test_add_func ("/rtc/even-sizes/resent", test_resent);
  g_test_add_func ("/rtc/even-sizes/random", test_random);
  return g_test_run ();
}

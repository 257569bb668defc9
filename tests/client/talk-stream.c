/* SPDX-License-Identifier: Apache-2.0
 *
 * A loop of two frames sent over and over: numbers go on, time goes on, a request begins the loop again.
 */
#include "talk-stream.h"

#include <string.h>

#define FRAME_US (100 * 1000)

/* Frame 0 of two packets, "k" and "K"; frame 1 of one, "d". */
static CrTalkLoop *
make_loop (void)
{
  CrTalkLoop *loop = g_new0 (CrTalkLoop, 1);
  CrTalkPacket packets[] = {{g_bytes_new_static ("k", 1), FALSE, 0},
                            {g_bytes_new_static ("K", 1), TRUE, 0},
                            {g_bytes_new_static ("d", 1), TRUE, FRAME_US}};

  loop->codec = CR_CODEC_H264;
  loop->duration_us = 2 * FRAME_US;
  loop->packets = g_array_new (FALSE, FALSE, sizeof (CrTalkPacket));
  g_array_append_vals (loop->packets, packets, G_N_ELEMENTS (packets));
  return loop;
}

static void
free_loop (CrTalkLoop *loop)
{
  for (guint i = 0; i < loop->packets->len; i++)
    g_bytes_unref (g_array_index (loop->packets, CrTalkPacket, i).payload);
  cr_talk_loop_free (loop);
}

static CrTalkStream *
make_stream (const CrTalkLoop *loop)
{
  const CrTalkStreamConfig config = {
      .loop = loop, .payload_type = 102, .extensions = {.mid = 4, .rid = 10}, .mid = "1", .rid = "l"};
  g_autoptr (GRand) chance = g_rand_new_with_seed (7);

  return cr_talk_stream_new (&config, chance, 0);
}

/* The packet as it would be sent, parsed. `wire` has room. */
static void
assemble (const CrSrtpParts *parts, guint8 *wire, CrRtpPacket *packet)
{
  const CrRtpExtensionIds ids = {.mid = 4, .rid = 10};

  memcpy (wire, parts->header, parts->header_bytes);
  memcpy (wire + parts->header_bytes, parts->payload, parts->payload_bytes);
  g_assert_true (cr_rtp_packet_parse (packet, wire, parts->header_bytes + parts->payload_bytes));
  cr_rtp_packet_parse_extensions (packet, &ids);
  g_assert_cmpuint ((guint16)parts->index, ==, packet->seq);
}

/* Everything due until `now_us`, payloads in a row. */
static gchar *
take_all (CrTalkStream *stream, gint64 now_us)
{
  GString *text = g_string_new (NULL);
  CrSrtpParts parts;

  while (cr_talk_stream_take (stream, now_us, &parts))
    g_string_append_len (text, (const gchar *)parts.payload, parts.payload_bytes);
  return g_string_free (text, FALSE);
}

static void
test_numbers_and_time_go_on (void)
{
  CrTalkLoop *loop = make_loop ();
  CrTalkStream *stream = make_stream (loop);
  CrRtpPacket packet;
  CrSrtpParts parts;
  guint8 wire[64];
  guint16 seq = 0;
  guint32 timestamp = 0;

  g_assert_cmpint (cr_talk_stream_get_due_us (stream), ==, G_MAXINT64);
  g_assert_false (cr_talk_stream_take (stream, 1000, &parts));
  cr_talk_stream_start (stream, 1000);
  for (guint i = 0; i < 30; i++) {
    gint64 due_us = 1000 + i / 3 * 2 * FRAME_US + (i % 3 == 2 ? FRAME_US : 0);

    g_assert_cmpint (cr_talk_stream_get_due_us (stream), ==, due_us);
    g_assert_false (cr_talk_stream_take (stream, due_us - 1, &parts));
    g_assert_true (cr_talk_stream_take (stream, due_us, &parts));
    assemble (&parts, wire, &packet);
    g_assert_cmpmem (packet.mid, packet.mid_bytes, "1", 1);
    g_assert_cmpmem (packet.rid, packet.rid_bytes, "l", 1);
    g_assert_cmpuint (packet.payload_type, ==, 102);
    g_assert_cmpuint (packet.marker, ==, i % 3 != 0);
    if (i > 0) {
      g_assert_cmpuint (packet.seq, ==, (guint16)(seq + 1));
      g_assert_cmpuint (packet.timestamp_rtp - timestamp, ==, i % 3 == 1 ? 0 : 9000);
    }
    seq = packet.seq;
    timestamp = packet.timestamp_rtp;
  }
  cr_talk_stream_free (stream);
  free_loop (loop);
}

static void
test_a_request_begins_the_loop_again (void)
{
  CrTalkLoop *loop = make_loop ();
  CrTalkStream *stream = make_stream (loop);
  CrSrtpParts parts;
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;
  g_autofree gchar *third = NULL;

  cr_talk_stream_start (stream, 0);
  g_assert_true (cr_talk_stream_take (stream, 0, &parts)); /* in the middle of a frame */
  cr_talk_stream_restart (stream);
  first = take_all (stream, FRAME_US - 1);
  g_assert_cmpstr (first, ==, "K");
  second = take_all (stream, FRAME_US); /* the frame that would have been "d" */
  g_assert_cmpstr (second, ==, "kK");
  third = take_all (stream, 3 * FRAME_US);
  g_assert_cmpstr (third, ==, "dkK");
  cr_talk_stream_free (stream);
  free_loop (loop);
}

static void
test_stopped_and_started_it_begins_with_the_keyframe (void)
{
  CrTalkLoop *loop = make_loop ();
  CrTalkStream *stream = make_stream (loop);
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;
  guint32 timestamp, packets, octets;

  cr_talk_stream_start (stream, 0);
  first = take_all (stream, 0);
  cr_talk_stream_stop (stream);
  cr_talk_stream_start (stream, 10 * G_USEC_PER_SEC);
  second = take_all (stream, 10 * G_USEC_PER_SEC);
  g_assert_cmpstr (second, ==, "kK");
  g_assert_true (cr_talk_stream_get_report (stream, 0, &timestamp, &packets, &octets));
  g_assert_cmpuint (packets, ==, 4);
  g_assert_cmpuint (octets, ==, 4);
  cr_talk_stream_free (stream);
  free_loop (loop);
}

/* A process that was held up for long does not send all it has missed. */
static void
test_held_up (void)
{
  CrTalkLoop *loop = make_loop ();
  CrTalkStream *stream = make_stream (loop);
  g_autofree gchar *text = NULL;

  cr_talk_stream_start (stream, 0);
  g_free (take_all (stream, 0));
  text = take_all (stream, 60 * G_USEC_PER_SEC);
  g_assert_cmpstr (text, ==, "kK");
  cr_talk_stream_free (stream);
  free_loop (loop);
}

static void
test_what_is_asked_for_is_the_same (void)
{
  CrTalkLoop *loop = make_loop ();
  CrTalkStream *stream = make_stream (loop);
  CrSrtpParts parts, again;
  guint8 first[64], second[64];
  CrRtpPacket packet, repeated;

  cr_talk_stream_start (stream, 0);
  g_assert_true (cr_talk_stream_take (stream, 0, &parts));
  assemble (&parts, first, &packet);
  for (guint i = 1; i < 40; i++)
    g_assert_true (cr_talk_stream_take (stream, G_USEC_PER_SEC * 9 / 10 * i, &parts));
  g_assert_true (cr_talk_stream_repeat (stream, packet.seq, &again));
  assemble (&again, second, &repeated);
  g_assert_cmpmem (first, packet.length_bytes, second, repeated.length_bytes);
  g_assert_false (cr_talk_stream_repeat (stream, (guint16)(packet.seq - 1), &again));
  g_assert_false (cr_talk_stream_repeat (stream, (guint16)(packet.seq + 40), &again));
  cr_talk_stream_free (stream);
  free_loop (loop);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/talk-stream/numbers-and-time-go-on", test_numbers_and_time_go_on);
  g_test_add_func ("/talk-stream/request-begins-the-loop-again", test_a_request_begins_the_loop_again);
  g_test_add_func ("/talk-stream/stopped-and-started", test_stopped_and_started_it_begins_with_the_keyframe);
  g_test_add_func ("/talk-stream/held-up", test_held_up);
  g_test_add_func ("/talk-stream/what-is-asked-for", test_what_is_asked_for_is_the_same);
  return g_test_run ();
}

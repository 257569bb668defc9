/* SPDX-License-Identifier: Apache-2.0
 *
 * A received stream: what counts as lost, recovered and decodable.
 */
#include "track.h"

#include <string.h>

/* A video packet of one byte of payload; `codec` H.264: NAL type 5 (IDR) or 1. */
static gboolean
take (CrTrack *track, guint16 seq, guint32 timestamp, gboolean keyframe, gboolean marker, gint64 now_us)
{
  guint8 data[14] = {0x80, 96 | (marker ? 0x80 : 0)};
  CrRtpPacket packet;

  data[2] = seq >> 8;
  data[3] = seq & 0xff;
  data[4] = timestamp >> 24;
  data[5] = timestamp >> 16 & 0xff;
  data[6] = timestamp >> 8 & 0xff;
  data[7] = timestamp & 0xff;
  data[11] = 7;
  data[12] = keyframe ? 0x65 : 0x41;
  data[13] = 0x80; /* first_mb_in_slice 0 */
  g_assert_true (cr_rtp_packet_parse (&packet, data, sizeof data));
  g_assert_true (cr_rtp_packet_parse_payload (&packet, CR_CODEC_H264));
  return cr_track_take (track, &packet, FALSE, now_us);
}

static void
test_in_order_across_wrap (void)
{
  CrTrack *track = cr_track_new (CR_CODEC_H264);
  guint16 seqs[8];

  for (guint i = 0; i < 10; i++)
    g_assert_true (take (track, (guint16)(65530 + i), 3000 * i, i == 0, TRUE, 1000 * i));
  g_assert_cmpuint (track->packets, ==, 10);
  g_assert_cmpuint (cr_track_get_expected (track), ==, 10);
  g_assert_cmpuint (cr_track_collect_missing (track, 5000000, seqs, 8), ==, 0);
  g_assert_cmpuint (track->lost, ==, 0);
  g_assert_cmpuint (cr_track_take_fraction_lost (track), ==, 0);
  cr_track_free (track);
}

static void
test_gap_is_asked_for_and_recovered (void)
{
  CrTrack *track = cr_track_new (CR_CODEC_H264);
  guint16 seqs[8];

  take (track, 10, 0, TRUE, TRUE, 0);
  take (track, 13, 3000, FALSE, TRUE, 1000);
  g_assert_cmpuint (cr_track_collect_missing (track, 100000, seqs, 8), ==, 2);
  g_assert_cmpuint (seqs[0], ==, 11);
  g_assert_cmpuint (seqs[1], ==, 12);
  g_assert_true (take (track, 11, 1000, FALSE, TRUE, 120000));
  g_assert_true (take (track, 12, 2000, FALSE, TRUE, 120000));
  g_assert_false (take (track, 12, 2000, FALSE, TRUE, 130000));
  g_assert_cmpuint (track->recovered, ==, 2);
  g_assert_cmpuint (track->duplicates, ==, 1);
  g_assert_cmpuint (track->lost, ==, 0);
  g_assert_false (track->wants_keyframe);
  cr_track_free (track);
}

static void
test_what_never_comes_is_lost_and_wants_a_keyframe (void)
{
  CrTrack *track = cr_track_new (CR_CODEC_H264);
  guint16 seqs[8];

  take (track, 10, 0, TRUE, TRUE, 0);
  take (track, 12, 3000, FALSE, TRUE, 1000);
  for (gint64 now_us = 0; now_us < 5 * G_USEC_PER_SEC; now_us += 20000)
    cr_track_collect_missing (track, now_us, seqs, 8);
  g_assert_cmpuint (track->lost, ==, 1);
  g_assert_true (track->wants_keyframe);
  g_assert_cmpuint (cr_track_take_fraction_lost (track), ==, 256 / 3);

  take (track, 13, 6000, TRUE, TRUE, 5100000);
  g_assert_false (track->wants_keyframe);
  cr_track_free (track);
}

static void
test_decodable_once_the_keyframe_is_whole (void)
{
  CrTrack *track = cr_track_new (CR_CODEC_H264);

  take (track, 1, 0, FALSE, TRUE, 1000); /* the end of a group of pictures */
  g_assert_cmpint (track->decodable_us, ==, 0);
  take (track, 2, 3000, TRUE, FALSE, 2000);
  take (track, 4, 3000, FALSE, TRUE, 3000);
  g_assert_cmpint (track->decodable_us, ==, 0);
  take (track, 3, 3000, FALSE, FALSE, 4000);
  g_assert_cmpint (track->decodable_us, ==, 4000);
  g_assert_cmpuint (track->keyframes, ==, 1);
  cr_track_free (track);
}

static void
test_freeze (void)
{
  CrTrack *track = cr_track_new (CR_CODEC_H264);

  take (track, 1, 0, TRUE, TRUE, 1000);
  take (track, 2, 3000, FALSE, TRUE, 900000);
  g_assert_cmpuint (track->freezes, ==, 0);
  take (track, 3, 6000, FALSE, TRUE, 2000000);
  g_assert_cmpuint (track->freezes, ==, 1);
  cr_track_free (track);
}

gint
main (gint argc, gchar **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/track/in-order-across-wrap", test_in_order_across_wrap);
  g_test_add_func ("/track/gap-recovered", test_gap_is_asked_for_and_recovered);
  g_test_add_func ("/track/lost", test_what_never_comes_is_lost_and_wants_a_keyframe);
  g_test_add_func ("/track/decodable", test_decodable_once_the_keyframe_is_whole);
  g_test_add_func ("/track/freeze", test_freeze);
  return g_test_run ();
}

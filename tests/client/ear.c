/* SPDX-License-Identifier: Apache-2.0
 *
 * The loops of simulated classrooms, encoded in earnest, as the ear of another hears and sees them.
 */
#include "ear.h"

#include "talk-loop.h"
#include "talk-tone.h"
#include "tone-finder.h"
#include <gst/gst.h>
#include <math.h>
#include <string.h>

#define FRAME_US (20 * 1000)

static const CrAnswerLine voice_line = {
    .kind = CR_MEDIA_AUDIO, .index = 1, .accepted = TRUE, .codecs = {[111] = CR_CODEC_OPUS}};
static const CrAnswerLine picture_line = {
    .kind = CR_MEDIA_VIDEO, .index = 2, .accepted = TRUE, .codecs = {[102] = CR_CODEC_H264}};

/* A beginning in tenths of a second: a codec needs a frame or two to swell. */
static void
note (const CrEarNews *news, gpointer data)
{
  if (news->number > 0)
    g_string_append_printf (data, "%s%u@%d ", news->begins ? "+" : "-", news->number,
                            (gint)(news->at_us / FRAME_US / (news->begins ? 5 : 1)));
  else
    g_string_append_printf (data, "%s@%d ",
                            !news->begins ? "none"
                            : news->large ? "large"
                                          : "small",
                            (gint)(news->at_us / FRAME_US));
}

static void
hand_over (CrEar *ear, const CrAnswerLine *line, guint8 payload_type, const CrTalkPacket *packet,
           gint64 at_us)
{
  guint8 wire[1500] = {0x80, payload_type};
  gsize n;
  const guint8 *payload = g_bytes_get_data (packet->payload, &n);

  memcpy (wire + 12, payload, n);
  cr_ear_take_packet (ear, line, wire, 12 + n, at_us);
}

/* Time passes, 20 ms at a time. */
static void
wait_for (CrEar *ear, guint from, guint to)
{
  for (guint i = from; i <= to; i++)
    cr_ear_tick (ear, i * FRAME_US);
}

/* Frames [from, to) of 20 ms carry the loop's sound. */
static void
speak (CrEar *ear, const CrTalkLoop *loop, guint from, guint to)
{
  for (guint i = from; i < to; i++) {
    const CrTalkPacket *packet =
        &g_array_index (loop->packets, CrTalkPacket, (i - from) % loop->packets->len);

    hand_over (ear, &voice_line, 111, packet, i * FRAME_US);
    cr_ear_tick (ear, i * FRAME_US);
  }
}

static void
test_tones_are_told_apart (void)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (CrEar) ear = cr_ear_new (NULL, 2, note, seen, NULL);

  for (guint number = 1; number <= 40; number += 13) { /* neighbours differ by 90 Hz, see tone-finder below */
    g_autoptr (GError) error = NULL;
    g_autoptr (CrTalkLoop) loop = cr_talk_loop_new_tone (number, &error);

    g_assert_no_error (error);
    g_assert_cmpuint (loop->packets->len, ==, 50);
    g_assert_cmpuint (cr_talk_loop_get_kbps (loop), <, 30);
    speak (ear, loop, 100 * number, 100 * number + 75); /* over the seam of the loop */
    wait_for (ear, 100 * number + 75, 100 * number + 101);
  }
  g_assert_cmpstr (seen->str, ==, "+1@20 -1@174 +14@280 -14@1474 +27@540 -27@2774 +40@800 -40@4074 ");
}

/* From one classroom to the next without a pause. */
static void
test_change_of_floor (void)
{
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (CrEar) ear = cr_ear_new (NULL, 2, note, seen, NULL);
  g_autoptr (CrTalkLoop) one = cr_talk_loop_new_tone (5, NULL);
  g_autoptr (CrTalkLoop) other = cr_talk_loop_new_tone (6, NULL);

  speak (ear, one, 0, 30);
  speak (ear, other, 30, 80);
  g_assert_cmpuint (cr_ear_get_heard (ear), ==, 1u << 5);
  g_assert_true (g_str_has_prefix (seen->str, "+5@0 +6@6 "));
  g_assert_nonnull (strstr (seen->str, "-5@29 "));
}

static guint
find_in (gdouble hz, gdouble amplitude, gdouble second_hz)
{
  CrToneFinder finder = {0};
  gint16 frame[CR_TONE_FRAME_SAMPLES];
  guint number = 0;

  for (guint n = 0; n < 4; n++) {
    for (guint i = 0; i < CR_TONE_FRAME_SAMPLES; i++) {
      gdouble t = (n * CR_TONE_FRAME_SAMPLES + i) / 48000.0;

      frame[i] = (gint16)(amplitude *
                          (sin (2 * G_PI * hz * t) + (second_hz > 0 ? sin (2 * G_PI * second_hz * t) : 0)));
    }
    number = cr_tone_finder_take (&finder, frame);
  }
  return number;
}

static void
test_tone_finder (void)
{
  for (guint number = 1; number <= CR_TALK_N_TONES; number++)
    g_assert_cmpuint (find_in (cr_talk_tone_hz (number), 8000, 0), ==, number);
  g_assert_cmpuint (find_in (1000, 8000, 0), ==, 0);      /* the beep */
  g_assert_cmpuint (find_in (523.3, 8000, 0), ==, 0);     /* the tune */
  g_assert_cmpuint (find_in (1150, 8000, 1300), ==, 0);   /* a chord */
  g_assert_cmpuint (find_in (1150 + 45, 8000, 0), ==, 0); /* between two */
  g_assert_cmpuint (find_in (1150, 20, 0), ==, 0);        /* too soft */
}

static void
test_pictures (gconstpointer data)
{
  CrCodec codec = GPOINTER_TO_INT (data);
  g_autoptr (GString) seen = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrTalkLoop) small = cr_talk_loop_new_small (codec, 17, &error);
  g_autoptr (CrTalkLoop) large = cr_talk_loop_new_large (codec, &error);
  g_autoptr (GBytes) parameter_set = cr_talk_loop_dup_parameter_set (large);
  g_autoptr (CrEar) ear = cr_ear_new (parameter_set, 2, note, seen, NULL);
  guint n_markers = 0;

  g_assert_no_error (error);
  g_test_message ("%u and %u kbit/s", cr_talk_loop_get_kbps (small), cr_talk_loop_get_kbps (large));
  g_assert_cmpuint (cr_talk_loop_get_kbps (small), >, 15);
  g_assert_cmpuint (cr_talk_loop_get_kbps (small), <, 95);
  g_assert_cmpuint (cr_talk_loop_get_kbps (large), <, 850);
  g_assert_cmpuint (cr_talk_loop_get_kbps (large), >, 300);
  for (guint i = 0; i < small->packets->len; i++)
    n_markers += g_array_index (small->packets, CrTalkPacket, i).marker;
  g_assert_cmpuint (n_markers, ==, 40);
  if (codec != CR_CODEC_H264)
    return;
  for (guint i = 0; i < 20; i++)
    hand_over (ear, &picture_line, 102, &g_array_index (small->packets, CrTalkPacket, i), i * FRAME_US);
  for (guint i = 0; i < 20; i++)
    hand_over (ear, &picture_line, 102, &g_array_index (large->packets, CrTalkPacket, i),
               (20 + i) * FRAME_US);
  cr_ear_tick (ear, 50 * FRAME_US);
  cr_ear_tick (ear, 200 * FRAME_US); /* held up: packets may be waiting */
  g_assert_cmpstr (seen->str, ==, "small@0 large@20 ");
  cr_ear_tick (ear, 201 * FRAME_US);
  g_assert_cmpstr (seen->str, ==, "small@0 large@20 none@39 ");
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ear/tones", test_tones_are_told_apart);
  g_test_add_func ("/ear/change-of-floor", test_change_of_floor);
  g_test_add_func ("/ear/tone-finder", test_tone_finder);
  g_test_add_data_func ("/ear/pictures/h264", GINT_TO_POINTER (CR_CODEC_H264), test_pictures);
  g_test_add_data_func ("/ear/pictures/vp8", GINT_TO_POINTER (CR_CODEC_VP8), test_pictures);
  return g_test_run ();
}

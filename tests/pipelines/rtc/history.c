/* SPDX-License-Identifier: Apache-2.0
 *
 * What a history keeps, for how long, and that it never takes one sequence number twice.
 */
#include "rtc/history.h"

typedef struct {
  gsize bytes;
  guint32 rtp;
  gboolean sps, picture;
  gint64 at_us;
} Spec;

static gboolean
insert (CrHistory *history, guint16 seq, const Spec *spec, guint64 *extended)
{
  g_autoptr (GstBuffer) buffer = gst_buffer_new_allocate (NULL, MAX (spec->bytes, 1), NULL);
  g_autoptr (CrHistoryPacket) packet = cr_history_packet_new (buffer);
  gboolean accepted;

  packet->payload_bytes = (guint16)spec->bytes;
  packet->timestamp_rtp = spec->rtp;
  packet->arrival_us = spec->at_us;
  packet->starts_keyframe = spec->sps || spec->picture ? 1 : 0;
  packet->has_keyframe_picture = spec->picture ? 1 : 0;
  accepted = cr_history_insert (history, packet, seq);
  if (extended != NULL)
    *extended = packet->seq;
  return accepted;
}

static void
test_extends (void)
{
  g_autoptr (CrHistory) history = cr_history_new (CR_MEDIA_VIDEO);
  guint64 first, later;

  g_assert_cmpuint (cr_history_get_newest (history), ==, CR_HISTORY_NO_SEQ);
  g_assert_true (insert (history, 65530, &(Spec){.bytes = 10}, &first));
  for (guint i = 1; i < 200; i++) {
    g_assert_true (insert (history, (guint16)(65530 + i), &(Spec){.bytes = 10}, &later));
    g_assert_cmpuint (later, ==, first + i);
  }
  g_assert_nonnull (cr_history_get (history, first + 100));
  g_assert_null (cr_history_get (history, first + 200));
  g_assert_cmpuint (cr_history_get_bytes_from (history, first + 190), ==, 100);
}

static void
test_once_only (void)
{
  g_autoptr (CrHistory) history = cr_history_new (CR_MEDIA_VIDEO);
  guint64 first;

  g_assert_true (insert (history, 100, &(Spec){0}, &first));
  g_assert_false (insert (history, 100, &(Spec){0}, NULL));
  g_assert_true (insert (history, 105, &(Spec){0}, NULL));
  g_assert_true (insert (history, 103, &(Spec){0}, NULL)); /* fills its hole */
  g_assert_false (insert (history, 103, &(Spec){0}, NULL));
  g_assert_true (insert (history, 90, &(Spec){0}, NULL)); /* overtaken by the first */
  cr_history_clear (history);
  g_assert_false (insert (history, 104, &(Spec){0}, NULL)); /* let go for good */
  g_assert_false (insert (history, 100, &(Spec){0}, NULL));
  g_assert_true (insert (history, 106, &(Spec){0}, NULL));
}

static void
test_keyframe_begins_at_sps (void)
{
  g_autoptr (CrHistory) history = cr_history_new (CR_MEDIA_VIDEO);
  guint64 sps, picture;

  g_assert_true (insert (history, 1, &(Spec){.rtp = 1}, NULL));
  g_assert_true (insert (history, 2, &(Spec){.rtp = 50, .sps = TRUE}, &sps));
  g_assert_cmpuint (cr_history_get_keyframe (history), ==, CR_HISTORY_NO_SEQ);
  g_assert_true (insert (history, 4, &(Spec){.rtp = 50, .picture = TRUE}, &picture));
  g_assert_cmpuint (cr_history_get_keyframe (history), ==, sps);
  /* the next one: picture first, its SPS late */
  g_assert_true (insert (history, 9, &(Spec){.rtp = 99, .picture = TRUE}, &picture));
  g_assert_cmpuint (cr_history_get_keyframe (history), ==, picture);
  g_assert_true (insert (history, 7, &(Spec){.rtp = 99, .sps = TRUE}, &sps));
  g_assert_cmpuint (cr_history_get_keyframe (history), ==, sps);
  /* more of the same picture does not move it */
  g_assert_true (insert (history, 10, &(Spec){.rtp = 99, .picture = TRUE}, NULL));
  g_assert_cmpuint (cr_history_get_keyframe (history), ==, sps);
  /* a late packet of an older keyframe changes nothing */
  g_assert_true (insert (history, 3, &(Spec){.rtp = 50, .picture = TRUE}, NULL));
  g_assert_cmpuint (cr_history_get_keyframe (history), ==, sps);
}

static void
test_reach (void)
{
  g_autoptr (CrHistory) history = cr_history_new (CR_MEDIA_VIDEO);
  guint64 seqs[101];

  for (guint i = 0; i <= 100; i++) { /* 5 s in steps of 50 ms, a keyframe at 1.5 s */
    g_assert_true (
        insert (history, (guint16)i, &(Spec){.at_us = i * 50000, .picture = i == 30, .rtp = i}, &seqs[i]));
    cr_history_evict (history, i * 50000);
    if (i == 69) { /* 3.45 s: back to the keyframe, 1.95 s away */
      g_assert_nonnull (cr_history_get (history, seqs[29]));
      g_assert_null (cr_history_get (history, seqs[28]));
    }
    if (i == 100) { /* 5 s: the keyframe is 3.5 s away */
      g_assert_nonnull (cr_history_get (history, seqs[30]));
      g_assert_null (cr_history_get (history, seqs[29]));
    }
  }
  cr_history_evict (history, 5600 * 1000); /* and now more than 4 s: no keyframe, so 2 s are kept */
  g_assert_cmpuint (cr_history_get_keyframe (history), ==, CR_HISTORY_NO_SEQ);
  g_assert_null (cr_history_get (history, seqs[70]));
  g_assert_nonnull (cr_history_get (history, seqs[73]));
}

static void
test_size (void)
{
  g_autoptr (CrHistory) history = cr_history_new (CR_MEDIA_VIDEO);
  guint64 seq = 0;
  gsize kept_bytes;

  for (guint i = 0; i < 5000; i++) {
    g_assert_true (insert (history, (guint16)i, &(Spec){.bytes = 1400, .picture = i == 0}, &seq));
    cr_history_evict (history, 0);
  }
  kept_bytes = cr_history_get_bytes_from (history, 0);
  g_assert_cmpuint (kept_bytes, <=, CR_HISTORY_MAX_BYTES);
  g_assert_cmpuint (kept_bytes, >, CR_HISTORY_MAX_BYTES - 2 * 1400);
  g_assert_nonnull (cr_history_get (history, seq));
}

/* More packets than the ring has room for push the oldest out. */
static void
test_ring_is_full (void)
{
  g_autoptr (CrHistory) history = cr_history_new (CR_MEDIA_AUDIO);
  guint64 first, last = 0;

  g_assert_true (insert (history, 0, &(Spec){0}, &first));
  for (guint i = 1; i < 5000; i++)
    g_assert_true (insert (history, (guint16)i, &(Spec){0}, &last));
  g_assert_null (cr_history_get (history, first));
  g_assert_null (cr_history_get (history, last - 1024));
  g_assert_nonnull (cr_history_get (history, last - 1023));
}

/* A source that jumps back is believed when it goes on from there. */
static void
test_restart (void)
{
  g_autoptr (CrHistory) history = cr_history_new (CR_MEDIA_VIDEO);
  guint64 last = 0, seq;
  guint n_refused = 0;

  for (guint i = 0; i < 100; i++)
    g_assert_true (insert (history, (guint16)(20000 + i), &(Spec){0}, &last));
  for (guint i = 0; i < 100; i++) {
    if (!insert (history, (guint16)(5000 + i), &(Spec){0}, &seq)) {
      n_refused++;
      continue;
    }
    g_assert_cmpuint (seq, >, last);
    g_assert_cmpuint ((guint16)seq, ==, 5000 + i);
    g_assert_true (cr_history_get (history, seq)->starts_epoch == (i == n_refused ? 1 : 0));
  }
  g_assert_cmpuint (n_refused, >=, 10);
  g_assert_cmpuint (n_refused, <, 50);
  g_assert_null (cr_history_get (history, last));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_func ("/rtc/history/extends", test_extends);
  g_test_add_func ("/rtc/history/once-only", test_once_only);
  g_test_add_func ("/rtc/history/keyframe-begins-at-sps", test_keyframe_begins_at_sps);
  g_test_add_func ("/rtc/history/reach", test_reach);
  g_test_add_func ("/rtc/history/size", test_size);
  g_test_add_func ("/rtc/history/ring-is-full", test_ring_is_full);
  g_test_add_func ("/rtc/history/restart", test_restart);
  return g_test_run ();
}

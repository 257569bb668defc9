/* SPDX-License-Identifier: Apache-2.0
 *
 * A fan-out with time moved by hand, synthetic sources in front of it, and viewers behind it whose packets
 * are caught before they would be sealed. Every catch checks what SRTP needs: an SSRC and index never stand
 * for two different packets.
 */
#pragma once

#include "rtc/capture-time.h"
#include "rtc/fanout.h"
#include "rtc/seat.h"
#include "support/make-rtp.h"

#include <gst/gst.h>

typedef struct {
  CrFanout *fanout;
  CrClock clock;
  gint64 now_us;
  guint n_keyframe_requests;
} TestLesson;

static inline guint16
test_read_u16 (const guint8 *at)
{
  return (guint16)(at[0] << 8 | at[1]);
}

static inline guint32
test_read_u32 (const guint8 *at)
{
  return (guint32)test_read_u16 (at) << 16 | test_read_u16 (at + 2);
}

static inline void
test_write_u16 (guint8 *at, guint16 value)
{
  at[0] = (guint8)(value >> 8);
  at[1] = (guint8)value;
}

static inline void
test_write_u32 (guint8 *at, guint32 value)
{
  test_write_u16 (at, (guint16)(value >> 16));
  test_write_u16 (at + 2, (guint16)value);
}

/* One packet as a viewer got it. */
typedef struct {
  guint32 ssrc;
  guint64 index;
  guint32 rtp;
  guint8 payload_type;
  gboolean marker;
  gint64 at_us;
  guint8 header[64];
  gsize header_bytes;
  guint8 payload[1500]; /* prefix and payload */
  gsize payload_bytes;
  gsize padding_bytes;
} TestCaught;

typedef struct {
  TestLesson *lesson;
  CrSeat seat;
  CrNegotiation negotiation;
  GPtrArray *rtp;      /* TestCaught */
  GPtrArray *rtcp;     /* GBytes */
  GHashTable *indexes; /* "ssrc index" -> checksum */
  gboolean refuses;    /* as a peer whose queue is full */
  guint n_codec_missing, n_codec_back;
  guint32 blocked_slots; /* from the start */
} TestViewer;

#define TEST_WALL_US (G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC)

static inline gint64
test_lesson_monotonic_us (gpointer data)
{
  return ((TestLesson *)data)->now_us;
}

static inline gint64
test_lesson_wall_us (gpointer data)
{
  return ((TestLesson *)data)->now_us + TEST_WALL_US;
}

static inline void
test_lesson_init (TestLesson *lesson)
{
  *lesson = (TestLesson){.now_us = 10 * G_USEC_PER_SEC};
  lesson->clock = (CrClock){test_lesson_monotonic_us, test_lesson_wall_us, lesson};
  lesson->fanout = cr_fanout_new_detached (&lesson->clock);
}

static inline void
test_lesson_clear (TestLesson *lesson)
{
  g_clear_pointer (&lesson->fanout, cr_fanout_free);
}

/* Lets time pass in steps of 5 ms, with turn ends and timers. */
static inline void
test_lesson_pass (TestLesson *lesson, gint64 us)
{
  for (gint64 end_us = lesson->now_us + us; lesson->now_us < end_us;) {
    lesson->now_us = MIN (lesson->now_us + 5000, end_us);
    cr_fanout_run (lesson->fanout);
  }
}

static inline gboolean
test_viewer_send_rtp (CrPeer *peer, const CrSrtpParts *parts)
{
  TestViewer *viewer = (TestViewer *)(gpointer)peer;
  TestCaught *caught;
  g_autofree gchar *key = NULL;
  g_autoptr (GChecksum) sum = NULL;
  const gchar *before;

  if (viewer->refuses)
    return FALSE;
  caught = g_new0 (TestCaught, 1);
  g_assert_cmpuint (parts->header_bytes, <=, sizeof caught->header);
  g_assert_cmpuint (parts->prefix_bytes + parts->payload_bytes, <=, sizeof caught->payload);
  g_assert_cmpuint (parts->header[0] & 0x20, ==, parts->padding_bytes > 0 ? 0x20 : 0);
  memcpy (caught->header, parts->header, parts->header_bytes);
  caught->header_bytes = parts->header_bytes;
  if (parts->prefix_bytes > 0)
    memcpy (caught->payload, parts->prefix, parts->prefix_bytes);
  if (parts->payload_bytes > 0)
    memcpy (caught->payload + parts->prefix_bytes, parts->payload, parts->payload_bytes);
  caught->payload_bytes = parts->prefix_bytes + parts->payload_bytes;
  caught->padding_bytes = parts->padding_bytes;
  caught->marker = parts->header[1] >> 7;
  caught->payload_type = parts->header[1] & 0x7f;
  caught->rtp = test_read_u32 (parts->header + 4);
  caught->ssrc = test_read_u32 (parts->header + 8);
  caught->index = parts->index;
  caught->at_us = viewer->lesson->now_us;
  g_assert_cmpuint (test_read_u16 (parts->header + 2), ==, (guint16)parts->index);
  g_ptr_array_add (viewer->rtp, caught);

  sum = g_checksum_new (G_CHECKSUM_SHA1);
  g_checksum_update (sum, caught->header, (gssize)caught->header_bytes);
  g_checksum_update (sum, caught->payload, (gssize)caught->payload_bytes);
  g_checksum_update (sum, (const guint8 *)&caught->padding_bytes, sizeof caught->padding_bytes);
  key = g_strdup_printf ("%x %" G_GUINT64_FORMAT, caught->ssrc, caught->index);
  before = g_hash_table_lookup (viewer->indexes, key);
  if (before != NULL)
    g_assert_cmpstr (before, ==, g_checksum_get_string (sum));
  g_hash_table_insert (viewer->indexes, g_steal_pointer (&key), g_strdup (g_checksum_get_string (sum)));
  return TRUE;
}

static inline gboolean
test_viewer_send_rtcp (CrPeer *peer, const guint8 *compound, gsize length_bytes)
{
  g_ptr_array_add (((TestViewer *)(gpointer)peer)->rtcp, g_bytes_new (compound, length_bytes));
  return TRUE;
}

static inline void
test_viewer_on_codec (CrSeat *seat, CrSlot slot, CrCodec codec, gboolean missing, gpointer data)
{
  TestViewer *viewer = data;

  if (missing)
    viewer->n_codec_missing++;
  else
    viewer->n_codec_back++;
}

/* An m-line as the answer would have it; change it before test_viewer_join(). */
static inline CrMediaLine *
test_viewer_add_line (TestViewer *viewer, CrSlot slot)
{
  CrMediaLine *line = &viewer->negotiation.lines[viewer->negotiation.n_lines];

  *line = (CrMediaLine){.kind = cr_slot_kind (slot), .accepted = TRUE, .slot = slot, .nack = TRUE};
  line->mid[0] = (gchar)('0' + viewer->negotiation.n_lines);
  line->ssrc = 0x1000 + slot;
  if (line->kind == CR_MEDIA_VIDEO) {
    line->pli = TRUE;
    line->payload_types[CR_CODEC_H264] = 102;
    line->payload_types[CR_CODEC_VP8] = 96;
  } else {
    line->payload_types[CR_CODEC_OPUS] = 111;
  }
  viewer->negotiation.n_lines++;
  return line;
}

static inline void
test_viewer_join (TestViewer *viewer, TestLesson *lesson, guint32 seed)
{
  static const CrEgressSink sink = {test_viewer_send_rtp, test_viewer_send_rtcp};

  viewer->lesson = lesson;
  viewer->rtp = g_ptr_array_new_with_free_func (g_free);
  viewer->rtcp = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  viewer->indexes = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  cr_seat_init (&viewer->seat, &viewer->negotiation, &sink, (CrPeer *)(gpointer)viewer, seed);
  viewer->seat.on_codec_missing = test_viewer_on_codec;
  viewer->seat.data = viewer;
  viewer->seat.connected = TRUE;
  viewer->seat.blocked_slots = viewer->blocked_slots;
  cr_fanout_add_seat (lesson->fanout, &viewer->seat);
}

static inline void
test_viewer_leave (TestViewer *viewer)
{
  cr_fanout_remove_seat (viewer->lesson->fanout, &viewer->seat);
  cr_seat_clear (&viewer->seat);
  g_ptr_array_unref (viewer->rtp);
  g_ptr_array_unref (viewer->rtcp);
  g_hash_table_unref (viewer->indexes);
}

static inline const TestCaught *
test_viewer_get (const TestViewer *viewer, guint n)
{
  g_assert_cmpuint (n, <, viewer->rtp->len);
  return g_ptr_array_index (viewer->rtp, n);
}

static inline CrEgress *
test_viewer_egress (TestViewer *viewer, CrSlot slot)
{
  g_assert_cmpuint (viewer->seat.by_slot[slot], !=, 0);
  return &viewer->seat.egresses[viewer->seat.by_slot[slot] - 1];
}

/* A NACK for one packet, as it comes from the wire. */
static inline void
test_viewer_nack (TestViewer *viewer, guint32 ssrc, guint16 seq, guint16 blp)
{
  guint8 nack[16] = {0x81, 205, 0, 3, 0, 0, 0, 9};

  test_write_u32 (nack + 8, ssrc);
  test_write_u16 (nack + 12, seq);
  test_write_u16 (nack + 14, blp);
  g_assert_true (cr_seat_handle_rtcp (&viewer->seat, nack, sizeof nack, viewer->lesson->now_us,
                                      test_lesson_wall_us (viewer->lesson)));
}

static inline void
test_viewer_pli (TestViewer *viewer, guint32 ssrc)
{
  guint8 pli[12] = {0x81, 206, 0, 2, 0, 0, 0, 9};

  test_write_u32 (pli + 8, ssrc);
  g_assert_true (cr_seat_handle_rtcp (&viewer->seat, pli, sizeof pli, viewer->lesson->now_us,
                                      test_lesson_wall_us (viewer->lesson)));
}

/* A publisher's stream: packets come out of it as the ingress would push them. */
typedef struct {
  TestLesson *lesson;
  CrStream *stream;
  CrCodec codec;
  guint32 ssrc;
  guint16 seq;
  guint32 rtp;
  guint picture_id_bits; /* VP8: 0, 7 or 15 */
  guint16 picture_id;
  guint8 tl0picidx;
  gboolean with_parameter_sets; /* H.264: before each IDR */
  guint payload_bytes;
  guint uneven_bytes;  /* packets are larger by 0 to this, in turn */
  guint32 n_packets;   /* a mark in each payload */
  gint64 encoding_us;  /* from capture to arrival, told by sender reports */
  gboolean unreported; /* no sender report yet: the ingress takes the arrival for the capture */
} TestSource;

static inline void
test_source_on_keyframe (CrStream *stream, gpointer data)
{
  ((TestLesson *)data)->n_keyframe_requests++;
}

static inline void
test_source_init (TestSource *source, TestLesson *lesson, CrSlot slot, guint layer, CrCodec codec,
                  guint16 first_seq, guint32 first_rtp)
{
  *source = (TestSource){.lesson = lesson,
                         .codec = codec,
                         .ssrc = 0xABC0u + slot,
                         .seq = first_seq,
                         .rtp = first_rtp,
                         .picture_id_bits = 15,
                         .payload_bytes = 100};
  source->stream =
      cr_fanout_add_stream (lesson->fanout, slot, layer, codec, NULL, test_source_on_keyframe, lesson);
}

static inline GstBuffer *
test_source_wrap (TestSource *source, const TestRtp *rtp)
{
  GstBuffer *buffer = gst_buffer_new_memdup (rtp->data, rtp->length_bytes);
  g_autoptr (GstCaps) caps = gst_caps_new_empty_simple ("timestamp/x-ntp");
  gint64 capture_us = test_lesson_wall_us (source->lesson) - (source->unreported ? 0 : source->encoding_us);

  if (source->unreported)
    gst_caps_set_simple (caps, CR_CAPTURE_ESTIMATED_FIELD, G_TYPE_BOOLEAN, TRUE, NULL);
  GST_BUFFER_PTS (buffer) = (GstClockTime)source->lesson->now_us * 1000;
  gst_buffer_add_reference_timestamp_meta (buffer, caps, (GstClockTime)cr_stream_wall_to_ntp_ns (capture_us),
                                           GST_CLOCK_TIME_NONE);
  return buffer;
}

/* The next packet as a buffer; pushing it is separate, so that it can be lost or late. */
static inline GstBuffer *
test_source_packet (TestSource *source, const guint8 *head, gsize head_bytes, gboolean marker)
{
  guint8 body[1400] = {0};
  TestRtp rtp;

  test_rtp_begin (&rtp, (guint8)(100 | (marker ? 0x80 : 0)), source->seq++, source->rtp, source->ssrc);
  test_rtp_append (&rtp, head, head_bytes);
  test_write_u32 (body, ++source->n_packets);
  test_rtp_append (&rtp, body, source->payload_bytes + source->n_packets % (source->uneven_bytes + 1));
  return test_source_wrap (source, &rtp);
}

static inline void
test_source_push (TestSource *source, GstBuffer *buffer)
{
  cr_fanout_push (source->lesson->fanout, source->stream, buffer);
  gst_buffer_unref (buffer);
}

static inline gsize
test_source_head (TestSource *source, gboolean keyframe, gboolean first, guint8 *head)
{
  gsize n = 0;

  if (source->codec == CR_CODEC_H264) {
    head[n++] = 0x7C; /* FU-A of an IDR or of a P slice */
    head[n++] = (guint8)((first ? 0x80 : 0) | (keyframe ? 5 : 1));
    head[n++] = 0x80; /* first_mb_in_slice 0 */
    return n;
  }
  if (source->codec != CR_CODEC_VP8)
    return 0;
  head[n++] = (guint8)((source->picture_id_bits != 0 ? 0x80 : 0) | (first ? 0x10 : 0));
  if (source->picture_id_bits != 0) {
    head[n++] = 0x80 | 0x40 | 0x20; /* I, L, T */
    if (source->picture_id_bits == 15)
      head[n++] = (guint8)(0x80 | (source->picture_id >> 8 & 0x7f));
    head[n++] = (guint8)(source->picture_id & (source->picture_id_bits == 15 ? 0xff : 0x7f));
    head[n++] = source->tl0picidx;
    head[n++] = 0x20;
  }
  head[n++] = keyframe ? 0x10 : 0x11; /* payload header: P bit */
  return n;
}

/* A frame of `n_packets`; time moves with test_lesson_pass(), the source's own clock by `step_rtp` after. */
static inline void
test_source_frame (TestSource *source, gboolean keyframe, guint n_packets, guint32 step_rtp)
{
  static const guint8 sps[] = {0x67, 0x42, 0xC0, 0x1E};
  static const guint8 pps[] = {0x68, 0xCE};

  if (source->codec == CR_CODEC_H264 && keyframe && source->with_parameter_sets) {
    test_source_push (source, test_source_packet (source, sps, sizeof sps, FALSE));
    test_source_push (source, test_source_packet (source, pps, sizeof pps, FALSE));
  }
  for (guint i = 0; i < n_packets; i++) {
    guint8 head[16];
    gsize head_bytes = test_source_head (source, keyframe, i == 0, head);

    test_source_push (source, test_source_packet (source, head, head_bytes, i + 1 == n_packets));
  }
  source->rtp += step_rtp;
  source->picture_id++;
  source->tl0picidx++;
}

/* 30 frames a second */
#define TEST_FRAME_US  33333
#define TEST_FRAME_RTP 3000

static inline void
test_play (TestLesson *lesson, TestSource *source, guint n_frames, guint n_packets)
{
  for (guint i = 0; i < n_frames; i++) {
    test_source_frame (source, FALSE, n_packets, TEST_FRAME_RTP);
    cr_fanout_run (lesson->fanout);
    test_lesson_pass (lesson, TEST_FRAME_US);
  }
}

/* From packet `from` on: no gap in the indexes, time never back, one SSRC. */
static inline void
test_viewer_assert_continuous (const TestViewer *viewer, guint from)
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

static inline guint16
test_picture_id_of (const TestCaught *caught)
{
  g_assert_cmpuint (caught->payload[1] & 0x80, !=, 0);
  g_assert_cmpuint (caught->payload[2] & 0x80, !=, 0); /* always in 15 bits */
  return (guint16)((caught->payload[2] & 0x7f) << 8 | caught->payload[3]);
}

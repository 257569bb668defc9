/* SPDX-License-Identifier: Apache-2.0
 *
 * A recorded packet trace of a browser that publishes, and packets made after it: the sizes, markers, time
 * stamps and timing are the browser's, the payload is ours, H.264 in the shape that RFC 6184 gives it. The
 * trace is a text, one packet a line, played in a loop:
 *
 *   <microseconds since the line before> <v|a> <payload bytes> <marker 0|1> <RTP ticks since the last of its
 * kind>
 *
 * In each payload that has room lies the wall clock at which it was sent, so that the receiver, on the same
 * machine, knows how long it was under way.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint32 after_us;
  guint16 payload_bytes;
  gboolean is_video;
  gboolean marker;
  guint32 ticks_rtp;
  gboolean starts_frame; /* video: the first packet of its frame */
} CrTracePacket;

typedef struct {
  GArray *packets; /* CrTracePacket */
  gint64 length_us;
} CrTrace;

CrTrace *cr_trace_load (const gchar *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_trace_free (CrTrace *trace);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTrace, cr_trace_free)

#define CR_TRACE_MAX_PAYLOAD 1300

/* Where a player is. Zero-initialised. */
typedef struct {
  guint next;
  gboolean in_keyframe;
  gboolean keyframe_wanted; /* the next frame is one */
  guint frames_since_keyframe;
  guint32 video_rtp, audio_rtp;
  guint64 video_seq, audio_seq; /* extended */
} CrTracePlayer;

/* The next packet; writes its payload and moves on. `sent_ns` goes into it. */
const CrTracePacket *cr_trace_play (const CrTrace *trace, CrTracePlayer *player, gint64 sent_ns,
                                    guint8 *payload);

/* `text` with the number of a lesson for each {n}; free with g_free(). */
gchar *cr_bench_for_lesson (const gchar *text, guint number);

/* When a payload was sent; 0 when it does not say. */
gint64 cr_trace_read_stamp (const guint8 *payload, gsize payload_bytes);

G_END_DECLS

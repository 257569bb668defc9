/* SPDX-License-Identifier: Apache-2.0
 *
 * One encoding of one source as the fan-out sees it: its history, its clock, its parameter sets, how much it
 * sends. Egresses hold references while their mappings speak of it, so that a NACK for a packet from before a
 * switch finds its history.
 *
 * Thread: [media].
 */
#pragma once

#include "rtc/fanout.h"
#include "rtc/history.h"
#include "rtc/parameter-sets.h"

G_BEGIN_DECLS

/* A layer that has been silent for this long is not the one to watch. */
#define CR_STREAM_SILENT_US (500 * 1000)

struct CrStream {
  guint id; /* in its fan-out, and in the copies of that on other workers */
  CrSlot slot;
  guint layer;
  guint generation; /* streams of one publisher share it; higher is newer */
  CrCodec codec;
  guint clock_rate;
  CrHistory *history;
  CrParameterSets *parameter_sets; /* H.264 only */

  gboolean ready;           /* audio: a packet, video: a keyframe has been seen */
  gboolean keyframe_came;   /* in this turn */
  gint64 last_packet_us;    /* 0: none yet */
  gint64 active_since_us;   /* first packet after a silence */
  gint64 removed_us;        /* 0: still there */
  gint64 keyframe_asked_us; /* 0: not since the last keyframe */

  /* The source's clock: `clock_rtp` was sampled at `clock_ns` (since 1900, this machine's wall clock). */
  gboolean has_clock;
  gboolean clock_is_estimated;
  guint32 clock_rtp;
  gint64 clock_ns;

  guint bytes_per_second; /* over the last full second, at first over half of one; 0: not known yet */

  /* private */
  guint ref_count;
  guint window_bytes;
  gint64 window_start_us;
  gboolean has_picture_id;
  guint32 newest_picture_id;
  gboolean beginning_passed; /* RED: no redundancy reaches back to before the stream any more */
  guint32 first_rtp;
  CrKeyframeFunc keyframe;
  gpointer keyframe_data;
};

CrStream *cr_stream_new (CrSlot slot, guint layer, CrCodec codec, GBytes *parameter_sets,
                         CrKeyframeFunc keyframe, gpointer data);
CrStream *cr_stream_ref (CrStream *stream);
void cr_stream_unref (CrStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrStream, cr_stream_unref)

/* Parses and keeps one RTP packet. NULL when it is malformed, a duplicate or too old; else the stream's own
 * packet, to be referenced by who keeps it past the turn. */
CrHistoryPacket *cr_stream_push (CrStream *stream, GstBuffer *buffer, gint64 now_us, gint64 wall_us);

/* Keeps a packet that the stream's original on another worker has accepted (feed.h). FALSE when it is too old
 * here. The other one is of what came before the copy was made: it is only kept. */
gboolean cr_stream_adopt (CrStream *stream, CrHistoryPacket *packet, gint64 now_us);
void cr_stream_adopt_backlog (CrStream *stream, CrHistoryPacket *packet);

/* A viewer needs a keyframe. Passed on at most every 100 ms; the publisher coalesces further. */
void cr_stream_request_keyframe (CrStream *stream, gint64 now_us);

/* No more packets will come, nobody is asked for keyframes any more. */
void cr_stream_remove (CrStream *stream, gint64 now_us);

/* Lets go of what nobody can ask for; measures the rate. A few times a second. */
void cr_stream_sweep (CrStream *stream, gint64 now_us);

/* Wall clock microseconds since 1970 as nanoseconds since 1900, the scale of `capture_ns`. */
static inline gint64
cr_stream_wall_to_ntp_ns (gint64 wall_us)
{
  return (wall_us + G_GINT64_CONSTANT (2208988800) * G_USEC_PER_SEC) * 1000; /* RFC 5905 figure 4 */
}

gboolean cr_stream_is_silent (const CrStream *stream, gint64 now_us);

G_END_DECLS

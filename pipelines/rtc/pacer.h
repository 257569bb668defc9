/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 10 of the path: how fast a joiner is given the backlog from the last keyframe. Live packets are not
 * paced, they leave as they came.
 *
 * Thread: [media]; allocates nothing.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How often those who catch up are served. */
#define CR_PACER_TICK_US (5 * 1000)

typedef struct {
  guint bytes_per_second;
  gint64 allowance_bytes;
  gint64 earned_until_us;
} CrPacer;

/* `stream_bytes_per_second` of the stream, 0 when unknown. A first burst may go at once. */
void cr_pacer_start (CrPacer *pacer, guint stream_bytes_per_second, gint64 now_us);

/* Adds what time has earned. */
void cr_pacer_earn (CrPacer *pacer, gint64 now_us);

static inline gboolean
cr_pacer_may_send (const CrPacer *pacer)
{
  return pacer->allowance_bytes > 0;
}

static inline void
cr_pacer_spend (CrPacer *pacer, gsize bytes)
{
  pacer->allowance_bytes -= (gint64)bytes;
}

/* How far the time stamps of a backlog are pressed together, so that it spans about the time it takes to
 * send: the least k with span >> k no longer than that. */
guint cr_pacer_compression_shift (const CrPacer *pacer, gsize backlog_bytes, guint32 span_rtp,
                                  guint clock_rate);

G_END_DECLS

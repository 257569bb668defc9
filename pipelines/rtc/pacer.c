/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 10; from egress; to srtp-seal; thread: media; allocates nothing; cannot fail.
 */
#include "rtc/pacer.h"

/* Fast enough that a second of backlog of the usual 2.5 Mbit/s is over in less than a third of one; slow
 * enough that 18 joiners at the bell do not fill a school's queue in one burst. */
#define LEAST_BYTES_PER_SECOND (8 * 1000 * 1000 / 8)
#define TIMES_THE_STREAM       4
/* Ten packets at once: what a browser's own pacer lets go in a burst. */
#define FIRST_BURST_BYTES 12000
/* A tick that came late does not earn more than this, so that a stall is not followed by a flood. */
#define MOST_EARNED_US (4 * CR_PACER_TICK_US)
/* 3000 ticks between frames of 30 a second: at 8 there are 11 left, and no two frames fall on one. */
#define MAX_SHIFT 8

void
cr_pacer_start (CrPacer *pacer, guint stream_bytes_per_second, gint64 now_us)
{
  pacer->bytes_per_second = MAX (LEAST_BYTES_PER_SECOND, TIMES_THE_STREAM * stream_bytes_per_second);
  pacer->allowance_bytes = FIRST_BURST_BYTES;
  pacer->earned_until_us = now_us;
}

void
cr_pacer_earn (CrPacer *pacer, gint64 now_us)
{
  gint64 elapsed_us = CLAMP (now_us - pacer->earned_until_us, 0, MOST_EARNED_US);

  pacer->earned_until_us = now_us;
  pacer->allowance_bytes =
      MIN (pacer->allowance_bytes + elapsed_us * pacer->bytes_per_second / G_USEC_PER_SEC,
           MAX (FIRST_BURST_BYTES, (gint64)pacer->bytes_per_second / 50));
}

guint
cr_pacer_compression_shift (const CrPacer *pacer, gsize backlog_bytes, guint32 span_rtp, guint clock_rate)
{
  guint64 sending_rtp = (guint64)backlog_bytes * clock_rate / pacer->bytes_per_second;
  guint shift = 0;

  while (shift < MAX_SHIFT && span_rtp >> shift > sending_rtp)
    shift++;
  return shift;
}

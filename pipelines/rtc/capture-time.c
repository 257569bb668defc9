/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 5, a part of ingress; from publisher; to the GstReferenceTimestampMeta of each buffer; media thread;
 * allocates nothing; cannot fail.
 */
#include "rtc/capture-time.h"
#include "rtc/media-types.h"

#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* Without sender reports the shortest delay seen is let grow by 1/8192, 122 ppm: crystals differ by 100 ppm
 * at most, and a slower clock would otherwise never be followed. */
#define DRIFT_SHIFT 13

guint64
cr_capture_ns_from_ntp (guint64 ntp)
{
  return (ntp >> 32) * NS_PER_S + (((ntp & G_MAXUINT32) * NS_PER_S) >> 32);
}

static inline gint64
difference (guint64 a, guint64 b)
{
  return (gint64)(a - b);
}

void
cr_capture_clock_report (CrCaptureClock *clock, guint64 ntp_ns, guint64 arrival_ns)
{
  gint64 offset_ns = difference (arrival_ns, ntp_ns);
  gint64 deviation_ns = difference ((guint64)offset_ns, (guint64)clock->offset_ns);

  if (!clock->known) {
    *clock = (CrCaptureClock){.known = TRUE, .offset_ns = offset_ns};
    return;
  }
  if (deviation_ns >= -CR_CAPTURE_TOLERANCE_NS && deviation_ns <= CR_CAPTURE_TOLERANCE_NS) {
    clock->n_deviating = 0;
    return;
  }
  /* Of several late reports the least late one is nearest to the truth. */
  if (clock->n_deviating == 0 || deviation_ns < clock->deviation_ns)
    clock->deviation_ns = deviation_ns;
  if (++clock->n_deviating < CR_CAPTURE_DEVIATIONS)
    return;
  clock->offset_ns = (gint64)((guint64)clock->offset_ns + (guint64)clock->deviation_ns);
  clock->n_deviating = 0;
}

void
cr_capture_time_init (CrCaptureTime *time, guint clock_rate)
{
  g_return_if_fail (clock_rate > 0);
  *time = (CrCaptureTime){.clock_rate = clock_rate};
}

static guint64
extend_timestamp (CrCaptureTime *time, guint32 timestamp_rtp)
{
  guint64 extended;

  if (!time->started) {
    time->started = TRUE;
    /* One cycle up, so that a timestamp before the first one stays above 0. */
    time->highest_rtp = (G_GUINT64_CONSTANT (1) << 32) + timestamp_rtp;
    return time->highest_rtp;
  }
  extended =
      time->highest_rtp + (guint64)(gint64)cr_rtp_time_distance (timestamp_rtp, (guint32)time->highest_rtp);
  time->highest_rtp = MAX (time->highest_rtp, extended);
  return extended;
}

static inline gint64
media_ns (const CrCaptureTime *time, gint64 ticks_rtp)
{
  gint64 seconds = ticks_rtp / time->clock_rate;

  return seconds * NS_PER_S + ticks_rtp % time->clock_rate * NS_PER_S / time->clock_rate;
}

static guint64
estimate (CrCaptureTime *time, guint64 extended_rtp, guint64 arrival_ns)
{
  gint64 at_ns = media_ns (time, (gint64)extended_rtp);
  gint64 candidate_ns = difference (arrival_ns, (guint64)at_ns);

  if (time->estimated_at_ns == 0) {
    time->estimate_ns = candidate_ns;
  } else {
    gint64 elapsed_ns = MAX (difference (arrival_ns, time->estimated_at_ns), 0);
    gint64 grown_ns = time->estimate_ns + (elapsed_ns >> DRIFT_SHIFT);

    time->estimate_ns = MIN (candidate_ns, grown_ns);
  }
  time->estimated_at_ns = arrival_ns;
  return (guint64)at_ns + (guint64)time->estimate_ns;
}

guint64
cr_capture_time_get (CrCaptureTime *time, const CrCaptureClock *clock, guint32 timestamp_rtp,
                     guint64 arrival_ns)
{
  guint64 extended_rtp = extend_timestamp (time, timestamp_rtp);

  if (!cr_capture_time_is_reported (time, clock))
    return estimate (time, extended_rtp, arrival_ns);
  return time->report_ntp_ns + (guint64)clock->offset_ns +
         (guint64)media_ns (time, difference (extended_rtp, time->report_rtp));
}

void
cr_capture_time_report (CrCaptureTime *time, guint64 ntp_ns, guint32 timestamp_rtp)
{
  guint64 highest_rtp = time->highest_rtp;

  if (!time->started)
    return;
  time->report_rtp =
      highest_rtp + (guint64)(gint64)cr_rtp_time_distance (timestamp_rtp, (guint32)highest_rtp);
  time->report_ntp_ns = ntp_ns;
  time->reported = TRUE;
}

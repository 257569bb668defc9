/* SPDX-License-Identifier: Apache-2.0
 *
 * When a packet's media was captured, on this machine's wall clock. Sender reports (RFC 3550 section 6.4.1)
 * tie a stream's RTP timestamps to its publisher's clock; one offset per publisher ties that clock to ours,
 * so that all streams of a publisher are shifted alike and picture and voice keep their relation. Until a
 * stream's first sender report the time is estimated from arrivals.
 *
 * Thread: [media]. Plain structs, zero-initialised by cr_capture_*_init().
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The offset of one publisher's clock. */
typedef struct {
  gboolean known;
  gint64 offset_ns; /* our wall clock less the publisher's */
  guint n_deviating;
  gint64 deviation_ns; /* the smallest of the last n_deviating */
} CrCaptureClock;

/* A clock that strays less than this is left alone: a step is heard and seen, this much is not. */
#define CR_CAPTURE_TOLERANCE_NS (100 * G_GINT64_CONSTANT (1000000))
/* One sender report that was held up in a queue is no reason to step. */
#define CR_CAPTURE_DEVIATIONS 3

/* A sender report with `ntp_ns` (since 1900) arrived at `arrival_ns` on our wall clock (since 1900 too). */
void cr_capture_clock_report (CrCaptureClock *clock, guint64 ntp_ns, guint64 arrival_ns);

/* Of one stream. */
#define CR_CAPTURE_ESTIMATED_FIELD "estimated"

typedef struct {
  guint clock_rate;
  gboolean started;
  guint64 highest_rtp; /* extended timestamp */

  gboolean reported;
  guint64 report_ntp_ns;
  guint64 report_rtp;

  gint64 estimate_ns; /* our wall clock less media time, shortest delay seen */
  guint64 estimated_at_ns;
} CrCaptureTime;

void cr_capture_time_init (CrCaptureTime *time, guint clock_rate);

/* The capture time, ns since 1900 on our wall clock, of a packet with `timestamp_rtp` that arrived at
 * `arrival_ns`. */
guint64 cr_capture_time_get (CrCaptureTime *time, const CrCaptureClock *clock, guint32 timestamp_rtp,
                             guint64 arrival_ns);

/* FALSE: what cr_capture_time_get() gives is an estimate, later than the truth by as long as encoding and the
 * way here take at least. */
static inline gboolean
cr_capture_time_is_reported (const CrCaptureTime *time, const CrCaptureClock *clock)
{
  return time->reported && clock->known;
}

/* The stream's sender report: `timestamp_rtp` is the instant `ntp_ns` of the publisher's clock. */
void cr_capture_time_report (CrCaptureTime *time, guint64 ntp_ns, guint32 timestamp_rtp);

/* Nanoseconds since 1900 of a 32.32 fixed point NTP time. */
guint64 cr_capture_ns_from_ntp (guint64 ntp);

G_END_DECLS

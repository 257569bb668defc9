/* SPDX-License-Identifier: Apache-2.0
 *
 * Time as a parameter. Everything that needs to know what time it is takes a
 * CrClock, so that tests move time by hand instead of sleeping.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gint64 (*monotonic_us) (gpointer data); /* never steps; for intervals and deadlines */
  gint64 (*wall_us) (gpointer data);      /* microseconds since 1970-01-01 UTC; may step */
  gpointer data;
} CrClock;

/* The machine's clocks (CLOCK_MONOTONIC, CLOCK_REALTIME). Any thread. */
const CrClock *cr_clock_system (void);

static inline gint64
cr_clock_monotonic_us (const CrClock *clock)
{
  return clock->monotonic_us (clock->data);
}

static inline gint64
cr_clock_wall_us (const CrClock *clock)
{
  return clock->wall_us (clock->data);
}

/* NTP time, 32.32 fixed point since 1900 (RFC 3550 section 4), of a wall clock time in microseconds. */
guint64 cr_clock_ntp_from_wall_us (gint64 wall_us);

/* Wall clock microseconds of an NTP time. */
gint64 cr_clock_wall_us_from_ntp (guint64 ntp);

G_END_DECLS

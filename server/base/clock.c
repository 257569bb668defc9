/* SPDX-License-Identifier: Apache-2.0
 *
 * The system clock behind CrClock and the conversions between wall time and NTP time.
 */
#include "base/clock.h"

/* Seconds between 1900-01-01 and 1970-01-01 (RFC 5905 figure 4). */
#define NTP_UNIX_OFFSET_S G_GUINT64_CONSTANT (2208988800)

static gint64
system_monotonic_us (gpointer data)
{
  return g_get_monotonic_time ();
}

static gint64
system_wall_us (gpointer data)
{
  return g_get_real_time ();
}

const CrClock *
cr_clock_system (void)
{
  static const CrClock clock = {.monotonic_us = system_monotonic_us, .wall_us = system_wall_us};

  return &clock;
}

guint64
cr_clock_ntp_from_wall_us (gint64 wall_us)
{
  guint64 seconds = (guint64)wall_us / G_USEC_PER_SEC + NTP_UNIX_OFFSET_S;
  guint64 rest_us = (guint64)wall_us % G_USEC_PER_SEC;

  return seconds << 32 | ((rest_us << 32) + G_USEC_PER_SEC / 2) / G_USEC_PER_SEC;
}

gint64
cr_clock_wall_us_from_ntp (guint64 ntp)
{
  guint64 seconds = (ntp >> 32) - NTP_UNIX_OFFSET_S;
  guint64 rest_us = ((ntp & G_MAXUINT32) * G_USEC_PER_SEC + (G_GUINT64_CONSTANT (1) << 31)) >> 32;

  return (gint64)(seconds * G_USEC_PER_SEC + rest_us);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A flash is a bright picture after a dark one; a beep is a loud sample after silence. Each flash is paired
 * with the beep nearest to it.
 */
#include "flash-beep.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* Between black (16) and white (235), with room for what an encoder makes of them. */
#define BRIGHT_LUMA 150
#define DARK_LUMA   80

/* A quarter of the beep's amplitude. */
#define LOUD_SAMPLE 2000

/* The pauses of a sine are shorter, the pause between two beeps is longer. */
#define QUIET_TIME (200 * GST_MSECOND)

/* Flashes are a second apart: what is further away belongs to the next one. */
#define PAIR_TIME (450 * GST_MSECOND)

void
cr_flash_beep_init (CrFlashBeep *state)
{
  *state = (CrFlashBeep){.flash = GST_CLOCK_TIME_NONE,
                         .beep = GST_CLOCK_TIME_NONE,
                         .last_dark = GST_CLOCK_TIME_NONE,
                         .last_loud = GST_CLOCK_TIME_NONE};
}

static void
pair (CrFlashBeep *state)
{
  gdouble offset_ms;

  if (!GST_CLOCK_TIME_IS_VALID (state->flash) || !GST_CLOCK_TIME_IS_VALID (state->beep) ||
      (GstClockTime)llabs (GST_CLOCK_DIFF (state->flash, state->beep)) > PAIR_TIME)
    return;
  offset_ms = GST_CLOCK_DIFF (state->flash, state->beep) / (gdouble)GST_MSECOND;
  state->offsets_ms[state->n_pairs++ % CR_FLASH_BEEP_WINDOW] = offset_ms;
  /* The first pairs are from before the streams were synchronised. */
  if (state->n_pairs > CR_FLASH_BEEP_WINDOW && fabs (offset_ms) > fabs (state->worst_ms))
    state->worst_ms = offset_ms;
  state->flash = state->beep = GST_CLOCK_TIME_NONE;
}

void
cr_flash_beep_take_picture (CrFlashBeep *state, guint luma, GstClockTime running_time)
{
  if (luma <= DARK_LUMA) {
    state->bright = FALSE;
    state->last_dark = running_time;
  } else if (luma >= BRIGHT_LUMA && !state->bright && GST_CLOCK_TIME_IS_VALID (state->last_dark)) {
    state->bright = TRUE;
    state->flash = running_time;
    pair (state);
  }
}

void
cr_flash_beep_take_sound (CrFlashBeep *state, const gint16 *samples, gsize n_samples, guint rate_hz,
                          GstClockTime running_time)
{
  for (gsize i = 0; i < n_samples; i++) {
    GstClockTime time = running_time + gst_util_uint64_scale (i, GST_SECOND, rate_hz);

    if (abs (samples[i]) < LOUD_SAMPLE)
      continue;
    /* silence began with the last loud sample */
    if (GST_CLOCK_TIME_IS_VALID (state->last_loud) && time > state->last_loud + QUIET_TIME) {
      state->beep = time;
      pair (state);
    }
    state->last_loud = time;
  }
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gdouble difference = *(const gdouble *)a - *(const gdouble *)b;

  return difference < 0 ? -1 : difference > 0;
}

gdouble
cr_flash_beep_get_offset_ms (const CrFlashBeep *state)
{
  guint n = MIN (state->n_pairs, CR_FLASH_BEEP_WINDOW);
  gdouble sorted[CR_FLASH_BEEP_WINDOW];

  if (n == 0)
    return 0;
  memcpy (sorted, state->offsets_ms, n * sizeof (gdouble));
  qsort (sorted, n, sizeof (gdouble), compare);
  return sorted[n / 2];
}

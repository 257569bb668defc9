/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds the flash in decoded pictures and the beep in decoded sound (demo-picture.h) and pairs them. Pure
 * arithmetic on running times.
 *
 * Thread: any, one at a time.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* The pairs kept for the medians: a few seconds, so that a change shows. */
#define CR_FLASH_BEEP_WINDOW 5

typedef struct {
  gboolean bright;
  GstClockTime last_dark, last_loud;
  GstClockTime flash, beep; /* newest, running time; GST_CLOCK_TIME_NONE before the first */
  guint n_pairs;
  gdouble offsets_ms[CR_FLASH_BEEP_WINDOW];
  gdouble worst_ms;
} CrFlashBeep;

void cr_flash_beep_init (CrFlashBeep *state);

/* `luma` is the mean of a frame, 16 to 235. */
void cr_flash_beep_take_picture (CrFlashBeep *state, guint luma, GstClockTime running_time);

/* Mono, 16 bit. */
void cr_flash_beep_take_sound (CrFlashBeep *state, const gint16 *samples, gsize n_samples, guint rate_hz,
                               GstClockTime running_time);

/* Median of the window in milliseconds, positive when the beep comes after the flash; 0 without a pair. */
gdouble cr_flash_beep_get_offset_ms (const CrFlashBeep *state);

G_END_DECLS

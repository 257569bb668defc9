/* SPDX-License-Identifier: Apache-2.0
 *
 * Finds which tone of talk-tone.h a voice is, 20 ms by 20 ms: Goertzel's filter at each of them over the last
 * 40 ms. Speech and music are none.
 *
 * Thread: one.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* 20 ms at 48 kHz. */
#define CR_TONE_FRAME_SAMPLES 960

/* Samples after thinning out: tones lie far below half of 12 kHz. */
#define CR_TONE_THIN           4
#define CR_TONE_WINDOW_SAMPLES (2 * CR_TONE_FRAME_SAMPLES / CR_TONE_THIN)

typedef struct {
  gfloat samples[CR_TONE_WINDOW_SAMPLES]; /* the newest last */
} CrToneFinder;

/* Takes the next 20 ms of mono sound. The number of the tone that it was together with the 20 ms before, from
 * 1 on; 0: none. */
guint cr_tone_finder_take (CrToneFinder *finder, const gint16 *samples);

G_END_DECLS

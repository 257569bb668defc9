/* SPDX-License-Identifier: Apache-2.0
 *
 * Under a Hann window of 40 ms a pure tone keeps its power within 50 Hz of its frequency, so a neighbour 90
 * Hz away sees nothing of it.
 */
#include "tone-finder.h"

#include "talk-tone.h"
#include <math.h>
#include <string.h>

#define N       CR_TONE_WINDOW_SAMPLES
#define RATE_HZ (48000 / CR_TONE_THIN)

/* -54 dB of full scale, squared: what is softer is silence. */
#define LEAST_POWER 4e-6f

/* Of the window's power, how much lies in a tone that is there alone. An onset within the window has less,
 * and so have speech and chords. */
#define LEAST_SHARE 0.7f

static gfloat window[N];
static gfloat coefficients[CR_TALK_N_TONES]; /* 2 cos (2 pi f / rate) */

static void
prepare (void)
{
  static gsize prepared = 0;

  if (!g_once_init_enter (&prepared))
    return;
  for (guint i = 0; i < N; i++)
    window[i] = (gfloat)(0.5 - 0.5 * cos (2 * G_PI * (i + 0.5) / N));
  for (guint i = 0; i < CR_TALK_N_TONES; i++)
    coefficients[i] = (gfloat)(2 * cos (2 * G_PI * cr_talk_tone_hz (i + 1) / RATE_HZ));
  g_once_init_leave (&prepared, 1);
}

/* All tones side by side: the filter of one waits for itself at each sample. */
static void
find_powers (const gfloat *x, gfloat *powers)
{
  gfloat s1[CR_TALK_N_TONES] = {0}, s2[CR_TALK_N_TONES] = {0};

  for (guint i = 0; i < N; i++) {
    for (guint tone = 0; tone < CR_TALK_N_TONES; tone++) {
      gfloat s = x[i] + coefficients[tone] * s1[tone] - s2[tone];

      s2[tone] = s1[tone];
      s1[tone] = s;
    }
  }
  for (guint tone = 0; tone < CR_TALK_N_TONES; tone++)
    powers[tone] = s1[tone] * s1[tone] + s2[tone] * s2[tone] - coefficients[tone] * s1[tone] * s2[tone];
}

static void
take_samples (CrToneFinder *finder, const gint16 *samples)
{
  const guint n = CR_TONE_FRAME_SAMPLES / CR_TONE_THIN;

  memmove (finder->samples, finder->samples + n, (N - n) * sizeof *finder->samples);
  for (guint i = 0; i < n; i++) {
    gint sum = 0;

    for (guint j = 0; j < CR_TONE_THIN; j++)
      sum += samples[i * CR_TONE_THIN + j];
    finder->samples[N - n + i] = (gfloat)sum / (CR_TONE_THIN * 32768.0f);
  }
}

guint
cr_tone_finder_take (CrToneFinder *finder, const gint16 *samples)
{
  gfloat x[N], powers[CR_TALK_N_TONES], energy = 0, best = 0;
  guint number = 0;

  prepare ();
  take_samples (finder, samples);
  for (guint i = 0; i < N; i++) {
    x[i] = finder->samples[i] * window[i];
    energy += x[i] * x[i];
  }
  if (energy / N < LEAST_POWER)
    return 0;
  find_powers (x, powers);
  for (guint i = 0; i < CR_TALK_N_TONES; i++) {
    if (powers[i] > best) {
      best = powers[i];
      number = i + 1;
    }
  }
  /* A sine of amplitude A: |X|² = A²N²/16, energy 3A²N/16. */
  return 3 * best / (N * energy) >= LEAST_SHARE ? number : 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The voice of the synthetic lesson: a few sentences spoken once by espeak-ng into memory, or a small tune
 * where that is not installed. And the beep that goes with the flash.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

/* What the demo's audio is made of: mono, native-endian 16 bit. */
#define CR_DEMO_RATE_HZ 48000

/* At least a second of samples, to be looped. Takes about a second when espeak-ng speaks. Any thread. */
GBytes *cr_demo_voice_speak (void);

/* Fills `samples` with what is heard from `running_time` on. `voice` NULL: silence between the beeps.
 * Any thread. */
void cr_demo_voice_fill (gint16 *samples, gsize n_samples, GstClockTime running_time, GBytes *voice);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * The tone that stands for a simulated classroom's voice. It belongs to the classroom's number, so that
 * processes which know nothing of each other recognise each other's.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* As many are told apart; classroom 41 sounds as classroom 1. */
#define CR_TALK_N_TONES 40

/* Of classroom `number`, from 1 on. Above the beep of the demo teacher and the notes of its tune, 90 Hz apart
 * so that 40 ms tell neighbours apart; whole Hz, so that a second of it can be looped. */
static inline guint
cr_talk_tone_hz (guint number)
{
  return 1150 + 90 * ((number - 1) % CR_TALK_N_TONES);
}

G_END_DECLS

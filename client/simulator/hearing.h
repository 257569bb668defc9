/* SPDX-License-Identifier: Apache-2.0
 *
 * What the ears of simulated classrooms report, as lines of JSON for a test to read while it happens:
 *
 *   {"t":1764192000.123,"classroom":"k7","heard":["k3","k9"]}
 *   {"t":1764192000.207,"classroom":"k7","floor":0,"picture":"large"}     or "small", or null
 *
 * `t` is the wall clock at the arrival of the first packet with it, or of the last; a line for an end comes
 * half a second after its `t`.
 *
 * Thread: one.
 */
#pragma once

#include "ear.h"
#include "lesson-view.h"
#include <stdio.h>

G_BEGIN_DECLS

typedef struct CrHearing CrHearing;

/* `path` "-" is standard output. `view` names classrooms and outlives it. */
CrHearing *cr_hearing_new (const gchar *path, CrLessonView *view, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_hearing_free (CrHearing *hearing);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrHearing, cr_hearing_free)

/* The ear of classroom `number`; owned by `hearing`. NULL and an error when there is no decoder. */
CrEar *cr_hearing_add_ear (CrHearing *hearing, guint number, GBytes *large, guint first_floor,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

void cr_hearing_tick (CrHearing *hearing, gint64 now_us);

G_END_DECLS

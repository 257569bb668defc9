/* SPDX-License-Identifier: Apache-2.0
 *
 * The snapshot of an opened lesson as JSON, the form in which the store keeps it, with the names people had
 * then.
 *
 * Thread: [any].
 */
#pragma once

#include "schedule/timetable.h"

G_BEGIN_DECLS

/* `names` gives the names to keep beside the ids; may be NULL. Free with g_free(). */
gchar *cr_frozen_lesson_to_json (const CrFrozenLesson *frozen, const CrTimetable *names);

/* What the columns of the store hold (state, times, extension) is left zero. NULL on error. */
CrFrozenLesson *cr_frozen_lesson_from_json (const gchar *text, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

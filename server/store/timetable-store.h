/* SPDX-License-Identifier: Apache-2.0
 *
 * One term out of the database into a sealed CrTimetable, and the rows of opened lessons.
 *
 * Thread: that of the job.
 */
#pragma once

#include "schedule/timetable.h"
#include "store/store.h"

G_BEGIN_DECLS

/* Everything of the term: places, bells, busy times, courses (deleted ones that still have opened lessons
 * too), changes, lessons; sealed. NULL with NOT_FOUND. */
CrTimetable *cr_timetable_store_load (CrStoreTx *tx, const gchar *term_id,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Keeps an opened or missed lesson: its row is made, or a missed one's written over. `frozen_json` is
 * cr_frozen_lesson_to_json(). CONFLICT when the lesson has opened already: it opens once. */
gboolean cr_lesson_store_open (CrStoreTx *tx, const CrFrozenLesson *lesson, const gchar *frozen_json,
                               gint64 opens_at, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* State, extension and times of a lesson that has a row. */
gboolean cr_lesson_store_update (CrStoreTx *tx, const CrFrozenLesson *lesson,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

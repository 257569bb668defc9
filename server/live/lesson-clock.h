/* SPDX-License-Identifier: Apache-2.0
 *
 * The timetable rings the bell: lessons open, become live and end as schedule/opener.h says, which keeps each
 * step in the database before it is told; here an opened one becomes a lesson of the relay, with those whom
 * it concerns.
 *
 *   timetables ──▶ CrOpener ──save──▶ store
 *                     └──open, end──▶ CrLessons
 *
 * Thread: [main].
 */
#pragma once

#include "live/lessons.h"
#include "live/timetables.h"

G_BEGIN_DECLS

typedef struct CrLessonClock CrLessonClock;

/* Follows `timetables` from now on, and ticks every second. All outlive it but the store, which may end
 * before, when the timetables are no longer followed (cr_lesson_clock_stop()). */
CrLessonClock *cr_lesson_clock_new (CrStore *store, CrTimetables *timetables, CrLessons *lessons);
void cr_lesson_clock_stop (CrLessonClock *clock);
void cr_lesson_clock_free (CrLessonClock *clock);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLessonClock, cr_lesson_clock_free)

/* Ten minutes more, and the end now (下课). FALSE when the lesson does not run, cannot be longer, or another
 * step of it is just being kept. What comes of it is told as soon as it is kept. */
gboolean cr_lesson_clock_extend (CrLessonClock *clock, const gchar *lesson_id);
gboolean cr_lesson_clock_end (CrLessonClock *clock, const gchar *lesson_id);

G_END_DECLS

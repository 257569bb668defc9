/* SPDX-License-Identifier: Apache-2.0
 *
 * The terms in memory, as they were last committed: what pages are shown, what the clock follows, what
 * calendars are made of. After every edit they are read again on the reader's thread; whoever holds an old
 * one still reads a whole truth.
 *
 * Thread: [main].
 */
#pragma once

#include "schedule/timetable.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct CrTimetables CrTimetables;

/* `changed` is called when all terms have been read again. */
typedef void (*CrTimetablesFunc) (CrTimetables *timetables, gpointer data);

/* `store` runs no job of this after it is freed. */
CrTimetables *cr_timetables_new (CrStore *store);
void cr_timetables_free (CrTimetables *timetables);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTimetables, cr_timetables_free)

void cr_timetables_set_func (CrTimetables *timetables, CrTimetablesFunc changed, gpointer data);

/* Reads and waits: at start-up. */
gboolean cr_timetables_load (CrTimetables *timetables, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Something of theirs was committed. */
void cr_timetables_refresh (CrTimetables *timetables);

/* Calls `func` once what was committed by now is in memory: at once when it is. */
void cr_timetables_when_fresh (CrTimetables *timetables, void (*func) (gpointer data), gpointer data);

/* NULL when there is none. Borrowed until the main loop runs again. */
CrTimetable *cr_timetables_find (CrTimetables *timetables, const gchar *term_id);

/* The term that a date is in; else the next one, else the last. */
CrTimetable *cr_timetables_on (CrTimetables *timetables, CrDate date);

/* The one that has the lesson, course or change; `*meeting` is its lesson (may be NULL). */
CrTimetable *cr_timetables_find_lesson (CrTimetables *timetables, const gchar *lesson_id,
                                        const CrMeeting **meeting);
CrTimetable *cr_timetables_find_course (CrTimetables *timetables, const gchar *course_id);

/* CrTimetable, latest term first; borrowed, never changed: who needs it longer takes a reference. */
GPtrArray *cr_timetables_all (CrTimetables *timetables);

G_END_DECLS

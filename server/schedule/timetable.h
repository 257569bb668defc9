/* SPDX-License-Identifier: Apache-2.0
 *
 * Everything of one term in memory: places, bells, busy times, courses, changes and opened lessons, expanded
 * into the term's meetings with an index by teacher, classroom, class and school. It is filled, sealed, and
 * from then on never changes: an edit makes a new one, and whoever holds the old one still reads a whole
 * truth.
 *
 *   take_*() … → seal() → meetings, views, conflict.h, free-period.h, ical.h
 *
 * Thread: one while it is filled; [any] after cr_timetable_seal(), reference counts are atomic.
 */
#pragma once

#include "schedule/meeting.h"
#include "schedule/places.h"

G_BEGIN_DECLS

typedef struct _CrTimetable CrTimetable;

/* Takes `term`. */
CrTimetable *cr_timetable_new (CrTerm *term);
CrTimetable *cr_timetable_ref (CrTimetable *timetable);
void cr_timetable_unref (CrTimetable *timetable);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTimetable, cr_timetable_unref)

/* Each takes its argument; what refers to something unknown (a room of no school) is kept and finds nothing.
 */
void cr_timetable_take_school (CrTimetable *timetable, CrPlaceSchool *school);
void cr_timetable_take_room (CrTimetable *timetable, CrPlaceRoom *room);
void cr_timetable_take_class (CrTimetable *timetable, CrPlaceClass *klass);
void cr_timetable_take_teacher (CrTimetable *timetable, CrPlaceTeacher *teacher);
void cr_timetable_take_bell_schedule (CrTimetable *timetable, CrBellSchedule *schedule);
void cr_timetable_take_busy (CrTimetable *timetable, CrBusy *busy);
void cr_timetable_take_course (CrTimetable *timetable, CrCourse *course);
void cr_timetable_take_change (CrTimetable *timetable, CrChange *change);
void cr_timetable_take_frozen (CrTimetable *timetable, CrFrozenLesson *frozen);

/* Expands the term and builds the index. Once; nothing is taken afterwards. */
void cr_timetable_seal (CrTimetable *timetable);

/* NULL when there is none. */
const CrTerm *cr_timetable_term (const CrTimetable *timetable);
const CrPlaceSchool *cr_timetable_school (const CrTimetable *timetable, const gchar *id);
const CrPlaceRoom *cr_timetable_room (const CrTimetable *timetable, const gchar *id);
const CrPlaceClass *cr_timetable_class (const CrTimetable *timetable, const gchar *id);
const CrPlaceTeacher *cr_timetable_teacher (const CrTimetable *timetable, const gchar *id);
const CrCourse *cr_timetable_course (const CrTimetable *timetable, const gchar *id);
const CrChange *cr_timetable_change (const CrTimetable *timetable, const gchar *id);
const CrBells *cr_timetable_bells (const CrTimetable *timetable, const gchar *school_id);
const CrPlaceSchool *cr_timetable_school_of_room (const CrTimetable *timetable, const gchar *classroom_id);

/* In the order taken. Elements: const CrCourse *, const CrBusy *. Borrowed. */
const GPtrArray *cr_timetable_courses (const CrTimetable *timetable);
const GPtrArray *cr_timetable_busy (const CrTimetable *timetable);
/* Of one school; NULL when there is none. */
const GPtrArray *cr_timetable_busy_of_school (const CrTimetable *timetable, const gchar *school_id);

/* The plan of a course as it stands in the timetable; FALSE when it is not there. Borrowed from the
 * timetable. */
gboolean cr_timetable_plan (const CrTimetable *timetable, const gchar *course_id, CrCoursePlan *plan);

/* All meetings of the term, by starts_at (those without a bell first). Borrowed. */
const CrMeeting *cr_timetable_meetings (const CrTimetable *timetable, guint *n_meetings);

/* One lesson by its id; NULL when the timetable has no such lesson. Borrowed. */
const CrMeeting *cr_timetable_meeting (const CrTimetable *timetable, const gchar *lesson_id);

typedef enum {
  CR_VIEW_ALL,
  CR_VIEW_SCHOOL, /* hosts, or one of its classes or classrooms listens */
  CR_VIEW_TEACHER,
  CR_VIEW_CLASSROOM, /* hosts or listens */
  CR_VIEW_CLASS,
  CR_VIEW_COURSE,
} CrViewKind;

/* "all", "school", "teacher", "classroom", "class", "course". */
const gchar *cr_view_kind_name (CrViewKind kind);
gboolean cr_view_kind_parse (const gchar *text, CrViewKind *kind);

/* The meetings of `kind` `id` (NULL for CR_VIEW_ALL) with `first` ≤ date ≤ `last`, by starts_at: const
 * CrMeeting *, borrowed from the timetable. Free the array. */
GPtrArray *cr_timetable_view (const CrTimetable *timetable, CrViewKind kind, const gchar *id, CrDate first,
                              CrDate last);

/* Whether a change can be made at all (it may still clash, see conflict.h): UNKNOWN, INVALID, or FROZEN when
 * the lesson has opened. */
gboolean cr_timetable_check_change (const CrTimetable *timetable, const CrChange *change,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_timetable_check_withdrawal (const CrTimetable *timetable, const gchar *change_id,
                                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Whether `meeting` belongs to a view. */
gboolean cr_timetable_meeting_in_view (const CrTimetable *timetable, const CrMeeting *meeting,
                                       CrViewKind kind, const gchar *id);

G_END_DECLS

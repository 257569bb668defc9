/* SPDX-License-Identifier: Apache-2.0
 *
 * What clashes. Meetings are compared as intervals of UTC time, since the schools' bells differ; one that
 * ends when the next begins does not clash with it. Cancelled meetings take nothing.
 *
 * Thread: [any]; pure. Works on a sealed timetable.
 */
#pragma once

#include "schedule/timetable.h"

G_BEGIN_DECLS

typedef enum {
  CR_CONFLICT_TEACHER,
  CR_CONFLICT_HOST_CLASSROOM, /* the candidate's host room is in use, as host or listening */
  CR_CONFLICT_LISTENING_CLASS,
  CR_CONFLICT_LISTENING_CLASSROOM, /* the candidate's listening room is in use, as host or listening */
  CR_CONFLICT_BUSY,
  CR_CONFLICT_EXAM,
  CR_CONFLICT_CLOSURE,
  CR_CONFLICT_UPLINK,  /* a school's line: each of its classrooms in a lesson counts the course's rate once */
  CR_CONFLICT_NO_BELL, /* the host school has no such period that day */
} CrConflictKind;

/* "teacher", "host_classroom", "listening_class", "listening_classroom", "busy", "exam", "closure", "uplink",
 * "no_bell". */
const gchar *cr_conflict_kind_name (CrConflictKind kind);

/* All strings are its own. */
typedef struct {
  CrConflictKind kind;
  gchar *lesson_id; /* the candidate's lesson that clashes */
  CrDate date;
  gint64 starts_at; /* unix seconds: the common interval; 0 for NO_BELL */
  gint64 ends_at;
  gchar *resource_id; /* the teacher, classroom, class or school that both want */
  gchar *resource_name;
  gchar *school_id; /* the school concerned, or NULL */
  gchar *school_name;
  gchar *other_course_id; /* the other lesson; NULL for busy times, missing bells, and a line too small for
                             the lesson alone */
  gchar *other_lesson_id;
  gchar *other_title;
  gchar *other_teacher_name;
  gchar *busy_id; /* the busy time, or NULL */
  gchar *reason;
  guint used_kbps; /* UPLINK: what both and the others need at the worst moment */
  guint capacity_kbps;
} CrConflict;

void cr_conflict_free (CrConflict *conflict);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrConflict, cr_conflict_free)

/* More are not named: the first hundred are reason enough. */
#define CR_CONFLICTS_MAX 100

/* Each returns a GPtrArray of CrConflict (freed with it), by time, empty when nothing clashes; at most
 * CR_CONFLICTS_MAX. Lessons that ended at or before `not_before` (unix seconds; 0: none) and lessons that
 * have opened are no candidates: they are history. */

/* The course as it would be: new, or in place of the one with its id, whose single changes stay. */
GPtrArray *cr_conflicts_for_course (const CrTimetable *timetable, const CrCourse *course, gint64 not_before);

/* The lesson as `change` would make it (its id may be new or NULL). */
GPtrArray *cr_conflicts_for_change (const CrTimetable *timetable, const CrChange *change, gint64 not_before);

/* The lesson as it would be without the change. */
GPtrArray *cr_conflicts_for_withdrawal (const CrTimetable *timetable, const gchar *change_id,
                                        gint64 not_before);

/* The lessons that a busy time would take: what a school sees when it enters one. */
GPtrArray *cr_conflicts_for_busy (const CrTimetable *timetable, const CrBusy *busy, gint64 not_before);

/* What clashes in the timetable as it is, after an edit of bells, term or capacity. */
GPtrArray *cr_conflicts_in_timetable (const CrTimetable *timetable, gint64 not_before);

/* The same, up to CR_CONFLICTS_ALL: to compare with what clashed before. */
#define CR_CONFLICTS_ALL 5000
GPtrArray *cr_conflicts_all_in_timetable (const CrTimetable *timetable, gint64 not_before);

/* Whether there is any: the same searches, stopped at the first. */
gboolean cr_conflicts_any_for_course (const CrTimetable *timetable, const CrCourse *course,
                                      gint64 not_before);
gboolean cr_conflicts_any_for_change (const CrTimetable *timetable, const CrChange *change,
                                      gint64 not_before);

/* A sentence for people: what, where, when. `chinese`: zh, else en. Free with g_free(). */
gchar *cr_conflict_sentence (const CrTimetable *timetable, const CrConflict *conflict, gboolean chinese);

G_END_DECLS

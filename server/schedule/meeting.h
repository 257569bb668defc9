/* SPDX-License-Identifier: Apache-2.0
 *
 * A meeting is one lesson as the timetable gives it: a course on a date. cr_course_meetings_on() is the one
 * function that says which there are, in the order *opened lesson > single change > make-up day > holiday >
 * weekly rule*; the term's expansion, the search for conflicts and the search for free periods all ask it.
 *
 * Thread: [any]; pure.
 */
#pragma once

#include "schedule/bells.h"
#include "schedule/change.h"
#include "schedule/course.h"
#include "schedule/term.h"

G_BEGIN_DECLS

/* States of a lesson. One that was never opened before its end is ENDED without opened_at (it was missed). */
typedef enum {
  CR_LESSON_SCHEDULED,
  CR_LESSON_OPEN,
  CR_LESSON_LIVE,
  CR_LESSON_ENDED,
  CR_LESSON_CANCELLED,
} CrLessonState;

/* "scheduled", "open", "live", "ended", "cancelled". */
const gchar *cr_lesson_state_name (CrLessonState state);
gboolean cr_lesson_state_parse (const gchar *text, CrLessonState *state);

/* Why a meeting is where it is. */
typedef enum { CR_MEETING_BY_RULE, CR_MEETING_BY_MAKEUP, CR_MEETING_MOVED, CR_MEETING_ADDED } CrMeetingOrigin;

/* "rule", "makeup", "moved", "added". */
const gchar *cr_meeting_origin_name (CrMeetingOrigin origin);

/* A lesson that has opened (or was missed), as it was then: later edits of anything never rewrite it. */
typedef struct {
  gchar *lesson_id;
  CrCourse *course; /* as it was, teacher and rooms of this lesson in it; owned */
  CrDate rule_date; /* CR_DATE_NONE for an added lesson */
  gchar *added_id;  /* the change that added it, or NULL */
  CrDate date;
  guint period;
  gint64 starts_at; /* unix seconds */
  gint64 ends_at;   /* the bell's, without extension */
  guint extended_s;
  CrLessonState state;
  CrMeetingOrigin origin;
  guint sequence;
  gint64 opened_at; /* 0: never */
  gint64 live_at;
  gint64 ended_at;
} CrFrozenLesson;

void cr_frozen_lesson_free (CrFrozenLesson *frozen);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrFrozenLesson, cr_frozen_lesson_free)

/* Strings are borrowed from the course, change or frozen lesson that it points to. */
typedef struct {
  const CrCourse *course;       /* of a frozen lesson: the course as it was */
  const CrFrozenLesson *frozen; /* NULL before it opened */
  const CrChange *change;       /* the move, cancellation or addition that placed it; else NULL */
  const CrChange *staff_change; /* the change that gave it its teacher; else NULL */
  CrDate rule_date;             /* CR_DATE_NONE for an added lesson */
  const gchar *added_id;        /* the change that added it, or NULL */
  CrDate date;
  guint period;
  gboolean has_bell; /* FALSE: the host school has no such period that day; then starts_at = ends_at = 0 */
  gint64 starts_at;  /* unix seconds */
  gint64 ends_at;
  const gchar *teacher_id;
  const gchar *host_classroom_id;
  CrLessonState state;
  CrMeetingOrigin origin;
  guint sequence;    /* grows with every change of this lesson, its course, bells or term */
  gint64 planned_at; /* unix seconds: when its course or a change put it here; 0 for a frozen lesson */
} CrMeeting;

/* What the answer depends on, and nothing else. */
typedef struct {
  const CrTerm *term;
  const CrBells *bells; /* the host school's; NULL: none entered */
  const CrCourse *course;
  const CrChange *const *changes; /* of this course, in any order; withdrawn ones too */
  guint n_changes;
  const CrFrozenLesson *const *frozen; /* of this course */
  guint n_frozen;
} CrCoursePlan;

/* Appends the course's lessons on `date` to `meetings` (of CrMeeting), cancelled ones included (at the time
 * they would have had), also additions that were withdrawn. A lesson moved away is not there; it is on its
 * new date. */
void cr_course_meetings_on (const CrCoursePlan *plan, CrDate date, GArray *meetings);

/* All of them from `first` to `last`, by date: one call of the function above for each date. */
void cr_course_meetings_between (const CrCoursePlan *plan, CrDate first, CrDate last, GArray *meetings);

/* Dates outside the term's range that single changes or opened lessons reach. Widens *first and *last. */
void cr_course_plan_range (const CrCoursePlan *plan, CrDate *first, CrDate *last);

/* The lesson's id, the same before and after it opened, and wherever it is moved: "<course>-<yyyymmdd>" of
 * the rule's date, "<course>-<change>" of an added one. Free with g_free(). */
gchar *cr_lesson_id_format (const gchar *course_id, CrDate rule_date, const gchar *added_id);
gchar *cr_meeting_lesson_id (const CrMeeting *meeting);

/* FALSE when it cannot be one. `*added_id` is NULL or `*rule_date` is CR_DATE_NONE. */
gboolean cr_lesson_id_parse (const gchar *lesson_id, gchar **course_id, CrDate *rule_date, gchar **added_id);

/* Whether anybody could have held it: FALSE when its closing bell had rung before it was put where it is, be
 * it that its course was entered or moved there only then, or that a change moved, added or restored it.
 * Such a lesson was not missed. One that was running at that moment is held, late. */
gboolean cr_meeting_was_planned (const CrMeeting *meeting);

/* Whether a weekly rule that holds only since it was over has put it into the past: there it never was, and
 * lists leave it out. `now_s` is unix seconds: should the clock have been ahead, it is a lesson to come. */
gboolean cr_meeting_is_hindsight (const CrMeeting *meeting, gint64 now_s);

/* Whether two meetings are the same lesson (of the same course). */
gboolean cr_meeting_same_lesson (const CrMeeting *a, const CrMeeting *b);

G_END_DECLS

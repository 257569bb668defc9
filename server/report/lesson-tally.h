/* SPDX-License-Identifier: Apache-2.0
 *
 * What became of a term's lessons: planned, held, missed, cancelled, in all, per week, per course and per
 * school. Counting alone; who may see which row is asked of whoever counts. Whether a lesson arrived in a
 * classroom is not known here: that the teacher held it is.
 *
 * Thread: [any]; pure.
 */
#pragma once

#include "schedule/timetable.h"

G_BEGIN_DECLS

typedef enum {
  CR_OUTCOME_NONE,      /* never was: planned after its bell, or an addition that was taken back */
  CR_OUTCOME_AHEAD,     /* still to come */
  CR_OUTCOME_RUNNING,   /* open or live */
  CR_OUTCOME_HELD,      /* the teacher's camera or screen was there */
  CR_OUTCOME_MISSED,    /* its time is over, and nobody taught */
  CR_OUTCOME_CANCELLED, /* 停课 */
  CR_N_OUTCOMES
} CrOutcome;

/* "ahead", "running", "held", "missed", "cancelled"; NULL for NONE. */
const gchar *cr_outcome_name (CrOutcome outcome);

/* `now_s` is unix seconds, `today` the schools' date then: a lesson that has no bell is over with its day. */
CrOutcome cr_meeting_outcome (const CrMeeting *meeting, gint64 now_s, CrDate today);

typedef struct {
  const gchar *id; /* borrowed from the timetable; NULL: of a week or in all */
  guint n[CR_N_OUTCOMES];
  guint last; /* the lesson that was counted last, from 1: a lesson counts once however often it is met */
} CrTally;

/* All lessons that were planned, whatever became of them. */
guint cr_tally_planned (const CrTally *tally);

typedef struct {
  const CrTimetable *timetable; /* borrowed */
  CrTally total;
  GArray *weeks;   /* CrTally, the first is week 1; what lies outside the term counts in total alone */
  GArray *courses; /* CrTally, in the order in which they first meet */
  GArray *schools; /* CrTally: whoever hosts or listens, so a lesson counts at several */
  GHashTable *places;
  guint n_lessons;
} CrLessonTally;

CrLessonTally *cr_lesson_tally_new (const CrTimetable *timetable);
void cr_lesson_tally_free (CrLessonTally *tally);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLessonTally, cr_lesson_tally_free)

/* Counts one lesson of the timetable. */
void cr_lesson_tally_add (CrLessonTally *tally, const CrMeeting *meeting, CrOutcome outcome);

G_END_DECLS

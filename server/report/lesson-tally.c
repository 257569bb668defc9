/* SPDX-License-Identifier: Apache-2.0
 *
 * Rows grow as courses and schools are met. Which school a class or a room belongs to is looked up for every
 * lesson, since an opened one keeps the classes that it had then.
 */
#include "report/lesson-tally.h"

const gchar *
cr_outcome_name (CrOutcome outcome)
{
  static const gchar *const names[CR_N_OUTCOMES] = {NULL, "ahead", "running", "held", "missed", "cancelled"};

  return names[outcome];
}

static gboolean
is_over (const CrMeeting *meeting, gint64 now_s, CrDate today)
{
  return meeting->has_bell ? meeting->ends_at <= now_s : meeting->date < today;
}

static CrOutcome
outcome_of_scheduled (const CrMeeting *meeting, gint64 now_s, CrDate today)
{
  if (!is_over (meeting, now_s, today))
    return CR_OUTCOME_AHEAD;
  return meeting->has_bell && !cr_meeting_was_planned (meeting) ? CR_OUTCOME_NONE : CR_OUTCOME_MISSED;
}

CrOutcome
cr_meeting_outcome (const CrMeeting *meeting, gint64 now_s, CrDate today)
{
  const CrChange *change = meeting->change;

  if (cr_meeting_is_hindsight (meeting, now_s))
    return CR_OUTCOME_NONE;
  switch (meeting->state) {
  case CR_LESSON_SCHEDULED:
    return outcome_of_scheduled (meeting, now_s, today);
  case CR_LESSON_OPEN:
  case CR_LESSON_LIVE:
    return CR_OUTCOME_RUNNING;
  case CR_LESSON_ENDED:
    return meeting->frozen != NULL && meeting->frozen->live_at != 0 ? CR_OUTCOME_HELD : CR_OUTCOME_MISSED;
  case CR_LESSON_CANCELLED:
    return change != NULL && change->kind == CR_CHANGE_ADD && change->withdrawn_at != 0
               ? CR_OUTCOME_NONE
               : CR_OUTCOME_CANCELLED;
  }
  return CR_OUTCOME_NONE;
}

guint
cr_tally_planned (const CrTally *tally)
{
  guint n = 0;

  for (guint i = CR_OUTCOME_NONE + 1; i < CR_N_OUTCOMES; i++)
    n += tally->n[i];
  return n;
}

CrLessonTally *
cr_lesson_tally_new (const CrTimetable *timetable)
{
  CrLessonTally *tally = g_new0 (CrLessonTally, 1);

  tally->timetable = timetable;
  tally->weeks = g_array_new (FALSE, TRUE, sizeof (CrTally));
  g_array_set_size (tally->weeks, cr_timetable_term (timetable)->n_weeks);
  tally->courses = g_array_new (FALSE, TRUE, sizeof (CrTally));
  tally->schools = g_array_new (FALSE, TRUE, sizeof (CrTally));
  tally->places = g_hash_table_new (g_str_hash, g_str_equal);
  return tally;
}

void
cr_lesson_tally_free (CrLessonTally *tally)
{
  g_array_unref (tally->weeks);
  g_array_unref (tally->courses);
  g_array_unref (tally->schools);
  g_hash_table_unref (tally->places);
  g_free (tally);
}

/* Ids are random, so that those of courses and schools share one table. The place is kept from 1. */
static void
count (CrLessonTally *tally, GArray *rows, const gchar *id, CrOutcome outcome)
{
  guint place = GPOINTER_TO_UINT (g_hash_table_lookup (tally->places, id));
  CrTally *row;

  if (place == 0) {
    g_array_append_vals (rows, &(CrTally){.id = id}, 1);
    place = rows->len;
    g_hash_table_insert (tally->places, (gpointer)id, GUINT_TO_POINTER (place));
  }
  row = &g_array_index (rows, CrTally, place - 1);
  if (row->last == tally->n_lessons)
    return;
  row->last = tally->n_lessons;
  row->n[outcome]++;
}

static void
count_school (CrLessonTally *tally, const CrPlaceSchool *school, CrOutcome outcome)
{
  if (school != NULL)
    count (tally, tally->schools, school->id, outcome);
}

void
cr_lesson_tally_add (CrLessonTally *tally, const CrMeeting *meeting, CrOutcome outcome)
{
  const CrTimetable *timetable = tally->timetable;
  guint week = cr_term_week_of (cr_timetable_term (timetable), meeting->date);

  if (outcome == CR_OUTCOME_NONE)
    return;
  tally->n_lessons++;
  tally->total.n[outcome]++;
  if (week != 0)
    g_array_index (tally->weeks, CrTally, week - 1).n[outcome]++;
  count (tally, tally->courses, meeting->course->id, outcome);
  count_school (tally, cr_timetable_school_of_room (timetable, meeting->host_classroom_id), outcome);
  for (guint i = 0; i < meeting->course->classes->len; i++) {
    const CrCourseClass *entry = cr_course_class (meeting->course, i);
    const CrPlaceClass *klass = cr_timetable_class (timetable, entry->class_id);

    count_school (tally, cr_timetable_school_of_room (timetable, entry->classroom_id), outcome);
    if (klass != NULL)
      count_school (tally, cr_timetable_school (timetable, klass->school_id), outcome);
  }
}

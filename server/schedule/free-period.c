/* SPDX-License-Identifier: Apache-2.0
 *
 * Tries every period of every day, nearest first, and stops when enough are free.
 */
#include "schedule/free-period.h"

#include "schedule/conflict.h"

#define MINUTES_PER_DAY 1440
#define MINUTE_S        60
#define LAST_SCHOOL_DAY 5 /* Friday: a free Sunday helps nobody */

typedef struct {
  CrFreePeriod period;
  gint64 distance; /* from what was wished: seconds, or minutes of the week */
} Candidate;

static gint
compare_candidates (gconstpointer a, gconstpointer b)
{
  const Candidate *left = a, *right = b;

  if (left->distance != right->distance)
    return left->distance < right->distance ? -1 : 1;
  if (left->period.date != right->period.date)
    return left->period.date < right->period.date ? -1 : 1;
  if (left->period.weekday != right->period.weekday)
    return left->period.weekday < right->period.weekday ? -1 : 1;
  return left->period.period < right->period.period ? -1 : left->period.period > right->period.period;
}

static const CrBells *
bells_of_room (const CrTimetable *timetable, const gchar *classroom_id)
{
  const CrPlaceRoom *room = cr_timetable_room (timetable, classroom_id);

  return room == NULL ? NULL : cr_timetable_bells (timetable, room->school_id);
}

/* When the wished period begins; noon where the host school has no such period that day. */
static gint64
wished_start (const CrTerm *term, const CrBells *bells, CrDate date, guint period)
{
  const CrBellPeriod *bell = cr_bells_period_on (bells, date, period);

  return cr_term_unix_s (term, date, bell != NULL ? bell->start_minute : MINUTES_PER_DAY / 2);
}

static void
add_periods_of_day (GArray *candidates, const CrTerm *term, const CrBells *bells, CrDate date,
                    gint64 wished_s, gint64 not_before)
{
  const CrBellSchedule *schedule = cr_bells_on (bells, date);

  for (guint i = 0; schedule != NULL && i < schedule->periods->len; i++) {
    const CrBellPeriod *bell = &g_array_index (schedule->periods, CrBellPeriod, i);
    Candidate candidate = {.period = {
                               .date = date,
                               .weekday = cr_date_weekday (date),
                               .period = bell->period,
                               .period_name = bell->name,
                               .start_minute = bell->start_minute,
                               .end_minute = bell->end_minute,
                               .starts_at = cr_term_unix_s (term, date, bell->start_minute),
                           }};

    candidate.period.ends_at =
        candidate.period.starts_at + (bell->end_minute - bell->start_minute) * MINUTE_S;
    if (candidate.period.starts_at < not_before)
      continue;
    candidate.distance = ABS (candidate.period.starts_at - wished_s);
    g_array_append_val (candidates, candidate);
  }
}

static gboolean
has_opened (const CrTimetable *timetable, const CrChange *change)
{
  g_autofree gchar *lesson_id = NULL;
  const CrMeeting *lesson;

  if (change->kind == CR_CHANGE_ADD && change->id == NULL)
    return FALSE;
  lesson_id = cr_lesson_id_format (change->course_id, change->date,
                                   change->kind == CR_CHANGE_ADD ? change->id : NULL);
  lesson = cr_timetable_meeting (timetable, lesson_id);
  return lesson != NULL && lesson->frozen != NULL;
}

static gboolean
lesson_is_free (const CrTimetable *timetable, CrChange *trial, const CrFreePeriod *period)
{
  trial->new_date = period->date;
  trial->new_period = period->period;
  return !cr_conflicts_any_for_change (timetable, trial, 0);
}

GArray *
cr_free_periods_for_lesson (const CrTimetable *timetable, const CrChange *change, CrDate first, CrDate last,
                            gint64 not_before, guint max)
{
  const CrTerm *term = cr_timetable_term (timetable);
  const CrCourse *course = cr_timetable_course (timetable, change->course_id);
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (CrChange) trial = cr_change_copy (change);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (CrFreePeriod));
  CrDate earliest, latest, wished_date;
  const CrBells *bells;
  gint64 wished_s;

  wished_date = change->new_date != CR_DATE_NONE ? change->new_date : change->date;
  if (course == NULL || wished_date == CR_DATE_NONE || has_opened (timetable, change))
    return found;
  if (trial->kind != CR_CHANGE_ADD)
    trial->kind = CR_CHANGE_MOVE; /* a substitution that clashes may also be solved by moving */
  bells = bells_of_room (timetable, course->host_classroom_id);
  wished_s =
      wished_start (term, bells, wished_date, change->new_period != 0 ? change->new_period : course->period);
  cr_term_range (term, &earliest, &latest);
  if (first != CR_DATE_NONE)
    earliest = MAX (earliest, first);
  if (last != CR_DATE_NONE)
    latest = MIN (latest, last);

  for (CrDate date = earliest; date <= latest; date++) {
    gboolean teaching = cr_term_followed_date (term, date) != CR_DATE_NONE;

    if (teaching && (cr_date_weekday (date) <= LAST_SCHOOL_DAY || cr_term_makeup_on (term, date) != NULL))
      add_periods_of_day (candidates, term, bells, date, wished_s, not_before);
  }
  g_array_sort (candidates, compare_candidates);
  for (guint i = 0; i < candidates->len && found->len < max; i++) {
    const CrFreePeriod *period = &g_array_index (candidates, Candidate, i).period;

    if (lesson_is_free (timetable, trial, period))
      g_array_append_val (found, *period);
  }
  return found;
}

/* The first date of the term whose weekday it is and whose schedule has the period: where its times are read
 * from. */
static const CrBellPeriod *
first_bell (const CrTerm *term, const CrBells *bells, guint weekday, guint period)
{
  for (guint week = 0; week < term->n_weeks; week++) {
    CrDate date = term->first_monday + 7 * (gint)week + (gint)weekday - 1;
    const CrBellPeriod *bell = cr_bells_period_on (bells, date, period);

    if (bell != NULL)
      return bell;
  }
  return NULL;
}

static gint64
minute_of_week (const CrTerm *term, const CrBells *bells, guint weekday, guint period)
{
  const CrBellPeriod *bell = first_bell (term, bells, weekday, period);

  return (gint64)weekday * MINUTES_PER_DAY + (bell != NULL ? bell->start_minute : MINUTES_PER_DAY / 2);
}

static void
add_slots (GArray *candidates, const CrTerm *term, const CrBells *bells, guint weekday, gint64 wished_minute)
{
  for (guint period = 1; period <= CR_BELLS_MAX_PERIOD; period++) {
    const CrBellPeriod *bell = first_bell (term, bells, weekday, period);
    Candidate candidate = {.period = {.date = CR_DATE_NONE, .weekday = weekday, .period = period}};

    if (bell == NULL)
      continue;
    candidate.period.period_name = bell->name;
    candidate.period.start_minute = bell->start_minute;
    candidate.period.end_minute = bell->end_minute;
    candidate.distance = ABS (minute_of_week (term, bells, weekday, period) - wished_minute);
    g_array_append_val (candidates, candidate);
  }
}

GArray *
cr_free_periods_for_course (const CrTimetable *timetable, const CrCourse *course, gint64 not_before,
                            guint max)
{
  const CrTerm *term = cr_timetable_term (timetable);
  const CrBells *bells = bells_of_room (timetable, course->host_classroom_id);
  g_autoptr (GArray) candidates = g_array_new (FALSE, FALSE, sizeof (Candidate));
  g_autoptr (CrCourse) trial = cr_course_copy (course);
  GArray *found = g_array_new (FALSE, FALSE, sizeof (CrFreePeriod));
  gint64 wished_minute = minute_of_week (term, bells, course->weekday, course->period);

  for (guint weekday = 1; weekday <= 7; weekday++) {
    if (weekday <= LAST_SCHOOL_DAY || weekday == course->weekday)
      add_slots (candidates, term, bells, weekday, wished_minute);
  }
  g_array_sort (candidates, compare_candidates);
  for (guint i = 0; i < candidates->len && found->len < max; i++) {
    const CrFreePeriod *period = &g_array_index (candidates, Candidate, i).period;

    trial->weekday = period->weekday;
    trial->period = period->period;
    if (!cr_conflicts_any_for_course (timetable, trial, not_before))
      g_array_append_val (found, *period);
  }
  return found;
}

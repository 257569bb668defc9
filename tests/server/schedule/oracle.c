/* SPDX-License-Identifier: Apache-2.0
 *
 * See oracle.h. Dates are looked at through GDate and moments made by GDateTime, so that nothing is shared
 * with calendar-date.c and term.c either.
 */
#include "server/schedule/oracle.h"

#include <string.h>

#define FIRST_MONDAY_POOL 40

static gchar *
make_id (const gchar *prefix, guint number)
{
  return g_strdup_printf ("%s%u", prefix, number);
}

static CrDate
random_date (GRand *random, const CrTerm *term)
{
  return term->first_monday + g_rand_int_range (random, -6, 7 * (gint)term->n_weeks + 6);
}

static CrTerm *
random_term (GRand *random, const RandomShape *shape)
{
  /* Mondays from early 2019 on; both changes of the clock fall into most terms. */
  CrDate monday = cr_date_from_ymd (2019, 1, 7) + 7 * g_rand_int_range (random, 0, FIRST_MONDAY_POOL);
  g_autoptr (GError) error = NULL;
  CrTerm *term = cr_term_new ("term", "term", monday, shape->n_weeks, shape->zone, 1, &error);
  gint n_holidays = g_rand_int_range (random, 0, 8), n_makeups = g_rand_int_range (random, 0, 5);

  g_assert_no_error (error);
  for (gint i = 0; i < n_holidays; i++)
    cr_term_add_holiday (term, random_date (random, term), "holiday");
  for (gint i = 0; i < n_makeups; i++) {
    CrDate date = random_date (random, term);

    cr_term_add_makeup (term, date, random_date (random, term), "makeup");
    if (g_rand_boolean (random))
      cr_term_add_holiday (term, date, "both");
  }
  return term;
}

static void
add_bells (GRand *random, CrTimetable *timetable, const CrTerm *term, const gchar *school_id)
{
  gint n_schedules = g_rand_int_range (random, 1, 3);

  for (gint i = 0; i < n_schedules; i++) {
    g_autofree gchar *id = g_strdup_printf ("%s-bells%d", school_id, i);
    CrDate from = i == 0 ? term->first_monday - 7 : random_date (random, term);
    CrBellSchedule *schedule =
        cr_bell_schedule_new (id, school_id, "bells", from, from + g_rand_int_range (random, 30, 200), 1);
    guint minute =
        (guint)g_rand_int_range (random, 0, 9) * 5 + (g_rand_int_range (random, 0, 20) == 0 ? 90 : 480);
    gint n_periods = g_rand_int_range (random, 2, 6);

    for (gint period = 1; period <= n_periods; period++) {
      guint length = 35 + 5 * (guint)g_rand_int_range (random, 0, 3);

      cr_bell_schedule_add_period (schedule, (guint)period, "period", minute, minute + length);
      minute += length + 10;
    }
    cr_timetable_take_bell_schedule (timetable, schedule);
  }
}

static void
add_busy (GRand *random, CrTimetable *timetable, const CrTerm *term, guint school)
{
  static guint next_id = 0;
  g_autofree gchar *id = make_id ("busy", next_id++);
  g_autofree gchar *school_id = make_id ("s", school);
  CrDate from = random_date (random, term);
  CrBusy *busy = cr_busy_new (id, school_id, (CrBusyKind)g_rand_int_range (random, 0, 3), from,
                              from + g_rand_int_range (random, 0, 30));

  if (g_rand_boolean (random))
    busy->grade = (guint)g_rand_int_range (random, 1, 4);
  else if (g_rand_boolean (random))
    busy->class_id = g_strdup_printf ("c%u-%d", school, g_rand_int_range (random, 0, 3));
  if (g_rand_boolean (random))
    busy->weekday = (guint)g_rand_int_range (random, 1, 8);
  if (g_rand_boolean (random)) {
    busy->start_minute = g_rand_int_range (random, 450, 700);
    busy->end_minute = busy->start_minute + g_rand_int_range (random, 10, 200);
  }
  cr_timetable_take_busy (timetable, busy);
}

static void
add_school (GRand *random, CrTimetable *timetable, const CrTerm *term, guint number)
{
  g_autofree gchar *id = make_id ("s", number);
  guint uplink = g_rand_boolean (random) ? 0 : (guint)g_rand_int_range (random, 2, 8) * 1000;

  cr_timetable_take_school (timetable, cr_place_school_new (id, id, id, "district", uplink));
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *room = g_strdup_printf ("r%u-%u", number, i);
    g_autofree gchar *klass = g_strdup_printf ("c%u-%u", number, i);

    cr_timetable_take_room (timetable, cr_place_room_new (room, id, room, room));
    cr_timetable_take_class (timetable, cr_place_class_new (klass, id, i + 1, 1, 40));
  }
  add_bells (random, timetable, term, id);
}

static CrWeeks
random_weeks (GRand *random)
{
  switch (g_rand_int_range (random, 0, 4)) {
  case 0:
    return CR_WEEKS_ODD;
  case 1:
    return CR_WEEKS_EVEN;
  case 2:
    return g_rand_int (random) & CR_WEEKS_ALL;
  default:
    return CR_WEEKS_ALL;
  }
}

static CrCourse *
add_course (GRand *random, CrTimetable *timetable, const RandomShape *shape, guint number)
{
  g_autofree gchar *id = make_id ("k", number);
  CrCourse *course = cr_course_new (id);
  gint host = g_rand_int_range (random, 0, (gint)shape->n_schools);
  gint n_classes = g_rand_int_range (random, 0, 4);

  course->subject = g_strdup ("music");
  course->teacher_id = make_id ("t", (guint)g_rand_int_range (random, 0, (gint)shape->n_teachers));
  course->host_classroom_id = g_strdup_printf ("r%d-%d", host, g_rand_int_range (random, 0, 3));
  course->weekday = (guint)g_rand_int_range (random, 1, 8);
  course->period = (guint)g_rand_int_range (random, 1, 5);
  course->weeks = random_weeks (random);
  course->rate_kbps = (guint)g_rand_int_range (random, 1, 4) * 1000;
  course->version = 1;
  course->deleted = g_rand_int_range (random, 0, 25) == 0;
  course->created_at = g_rand_int_range (random, 0, 4); /* before, among and after the times of changes */
  course->moved_at = g_rand_boolean (random) ? 0 : g_rand_int_range (random, 1, 8);
  for (gint i = 0; i < n_classes; i++) {
    gint school = g_rand_int_range (random, 0, (gint)shape->n_schools),
         klass = g_rand_int_range (random, 0, 3);
    g_autofree gchar *class_id = g_strdup_printf ("c%d-%d", school, klass);
    g_autofree gchar *room_id = g_strdup_printf ("r%d-%d", school, g_rand_int_range (random, 0, 3));

    cr_course_add_class (course, class_id, room_id);
  }
  cr_timetable_take_course (timetable, course);
  return course;
}

static void
add_change (GRand *random, CrTimetable *timetable, const CrTerm *term, const RandomShape *shape,
            const CrCourse *course, guint number)
{
  g_autofree gchar *id = g_strdup_printf ("x%u", number);
  CrChangeKind kind = (CrChangeKind)g_rand_int_range (random, 0, 4);
  /* Mostly a date that the rule may give, often the same one, so that changes meet lessons and each other. */
  CrDate date = g_rand_int_range (random, 0, 4) == 0
                    ? random_date (random, term)
                    : term->first_monday + (gint)course->weekday - 1 + 7 * g_rand_int_range (random, 0, 3);
  CrChange *change = cr_change_new (id, course->id, kind, kind == CR_CHANGE_ADD ? CR_DATE_NONE : date);

  if (kind == CR_CHANGE_ADD || kind == CR_CHANGE_MOVE) {
    if (kind == CR_CHANGE_ADD || g_rand_int_range (random, 0, 4) != 0)
      change->new_date = random_date (random, term);
    change->new_period = (guint)g_rand_int_range (random, change->new_date == CR_DATE_NONE ? 1 : 0, 5);
  }
  if (kind == CR_CHANGE_STAFF || (kind != CR_CHANGE_CANCEL && g_rand_int_range (random, 0, 4) == 0))
    change->new_teacher_id = make_id ("t", (guint)g_rand_int_range (random, 0, (gint)shape->n_teachers));
  change->created_at = g_rand_int_range (random, 1, 5);
  if (g_rand_int_range (random, 0, 4) == 0)
    change->withdrawn_at = 100;
  cr_timetable_take_change (timetable, change);
}

CrTimetable *
oracle_random_timetable (GRand *random, const RandomShape *shape)
{
  CrTerm *term = random_term (random, shape);
  CrTimetable *timetable = cr_timetable_new (term);
  guint n_changes = 0;

  for (guint i = 0; i < shape->n_schools; i++)
    add_school (random, timetable, term, i);
  for (guint i = 0; i < shape->n_teachers; i++) {
    g_autofree gchar *id = make_id ("t", i);

    cr_timetable_take_teacher (timetable, cr_place_teacher_new (id, id, id, NULL));
  }
  for (guint i = 0; i < 2 * shape->n_schools; i++)
    add_busy (random, timetable, term, (guint)g_rand_int_range (random, 0, (gint)shape->n_schools));
  for (guint i = 0; i < shape->n_courses; i++) {
    const CrCourse *course = add_course (random, timetable, shape, i);
    gint n = g_rand_int_range (random, 0, 7);

    while (n-- > 0)
      add_change (random, timetable, term, shape, course, n_changes++);
  }
  cr_timetable_seal (timetable);
  return timetable;
}

/* The weekday by GDate. */
static guint
weekday_of (CrDate date)
{
  GDate g;

  g_date_set_julian (&g, (guint32)(date + 719163)); /* GDate counts from 0001-01-01, which is 1 */
  return g_date_get_weekday (&g);
}

static gint64
offset_at (const CrTerm *term, gint64 unix_s)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (unix_s);
  g_autoptr (GDateTime) local = g_date_time_to_timezone (utc, term->zone);

  return g_date_time_get_utc_offset (local) / G_USEC_PER_SEC;
}

/* Tries the offset of the day before and that of the day after: the earlier moment that reads as the minute
 * is meant, and the offset before where none does. */
static gint64
moment_of (const CrTerm *term, CrDate date, guint minute)
{
  gint64 local = (gint64)date * 86400 + minute * 60;
  gint64 before = offset_at (term, local - 86400), after = offset_at (term, local + 86400);
  gint64 first = local - MAX (before, after), second = local - MIN (before, after);

  if (first + offset_at (term, first) == local)
    return first;
  if (second + offset_at (term, second) == local)
    return second;
  return local - before;
}

/* The period's times at the host school that day: of the schedules covering it the one that starts last. */
static void
give_times (const CrTimetable *timetable, const CrCourse *course, OracleLesson *lesson)
{
  const CrPlaceRoom *room = cr_timetable_room (timetable, course->host_classroom_id);
  const CrBells *bells = cr_timetable_bells (timetable, room->school_id);
  const CrBellSchedule *best = NULL;

  for (guint i = 0; i < bells->schedules->len; i++) {
    const CrBellSchedule *schedule = g_ptr_array_index (bells->schedules, i);

    if (lesson->date < schedule->from_date || lesson->date > schedule->to_date)
      continue;
    if (best == NULL || schedule->from_date > best->from_date ||
        (schedule->from_date == best->from_date && strcmp (schedule->id, best->id) > 0))
      best = schedule;
  }
  for (guint i = 0; best != NULL && i < best->periods->len; i++) {
    const CrBellPeriod *bell = &g_array_index (best->periods, CrBellPeriod, i);

    if (bell->period != lesson->period)
      continue;
    lesson->starts_at = moment_of (cr_timetable_term (timetable), lesson->date, bell->start_minute);
    lesson->ends_at = lesson->starts_at + 60 * (gint64)(bell->end_minute - bell->start_minute);
  }
}

static gboolean
is_holiday (const CrTerm *term, CrDate date)
{
  for (guint i = 0; i < term->holidays->len; i++) {
    if (g_array_index (term->holidays, CrHoliday, i).date == date)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_makeup (const CrTerm *term, CrDate date)
{
  for (guint i = 0; i < term->makeups->len; i++) {
    if (g_array_index (term->makeups, CrMakeup, i).date == date)
      return TRUE;
  }
  return FALSE;
}

/* The dates that the rule gives: each week's weekday that neither is a holiday nor follows another day, and
 * every make-up day that follows such a weekday of such a week. */
static GArray *
rule_dates (const CrTerm *term, const CrCourse *course)
{
  GArray *dates = g_array_new (FALSE, FALSE, sizeof (CrDate));

  for (guint week = 1; week <= term->n_weeks; week++) {
    CrDate date = term->first_monday + 7 * ((gint)week - 1) + (gint)course->weekday - 1;

    if ((course->weeks >> (week - 1) & 1) == 0)
      continue;
    g_assert_cmpuint (weekday_of (date), ==, course->weekday);
    if (!is_holiday (term, date) && !is_makeup (term, date))
      g_array_append_val (dates, date);
    for (guint i = 0; i < term->makeups->len; i++) {
      const CrMakeup *makeup = &g_array_index (term->makeups, CrMakeup, i);

      if (makeup->follows_date == date)
        g_array_append_val (dates, makeup->date);
    }
  }
  return dates;
}

static gboolean
made_later (const CrChange *a, const CrChange *b)
{
  return a->created_at > b->created_at || (a->created_at == b->created_at && strcmp (a->id, b->id) > 0);
}

typedef struct {
  const CrChange *placement, *move, *teacher;
} Latest;

/* Goes through the changes in the order made, each overruling those before. */
static Latest
latest_changes (const CrCoursePlan *plan, CrDate rule_date)
{
  g_autoptr (GPtrArray) ordered = g_ptr_array_new ();
  Latest latest = {0};

  for (guint i = 0; i < plan->n_changes; i++) {
    const CrChange *change = plan->changes[i];
    guint at = ordered->len;

    if (change->kind == CR_CHANGE_ADD || change->date != rule_date || change->withdrawn_at != 0)
      continue;
    while (at > 0 && made_later (g_ptr_array_index (ordered, at - 1), change))
      at--;
    g_ptr_array_insert (ordered, (gint)at, (gpointer)change);
  }
  for (guint i = 0; i < ordered->len; i++) {
    const CrChange *change = g_ptr_array_index (ordered, i);

    if (change->kind == CR_CHANGE_MOVE)
      latest.move = latest.placement = change;
    if (change->kind == CR_CHANGE_CANCEL)
      latest.placement = change;
    if (change->new_teacher_id != NULL)
      latest.teacher = change;
  }
  return latest;
}

static gint64
later (gint64 a, gint64 b)
{
  return a > b ? a : b;
}

static gint64
course_placed_at (const CrCourse *course)
{
  return course->moved_at != 0 ? later (course->moved_at, course->created_at) : course->created_at;
}

/* The last time that anybody did or undid something that says where the lesson of `rule_date` is. */
static gint64
lesson_placed_at (const CrCoursePlan *plan, CrDate rule_date)
{
  gint64 placed_at = course_placed_at (plan->course);

  for (guint i = 0; i < plan->n_changes; i++) {
    const CrChange *change = plan->changes[i];

    if (change->date != rule_date || (change->kind != CR_CHANGE_MOVE && change->kind != CR_CHANGE_CANCEL))
      continue;
    placed_at = later (placed_at, change->created_at);
    if (change->withdrawn_at != 0)
      placed_at = later (placed_at, change->withdrawn_at);
  }
  return placed_at;
}

static void
add_lesson (GArray *lessons, const CrTimetable *timetable, const CrCourse *course, CrDate rule_date,
            const Latest *latest)
{
  OracleLesson lesson = {.rule_date = rule_date, .date = rule_date, .period = course->period};

  g_strlcpy (lesson.course_id, course->id, sizeof lesson.course_id);
  g_strlcpy (lesson.teacher_id,
             latest->teacher != NULL ? latest->teacher->new_teacher_id : course->teacher_id,
             sizeof lesson.teacher_id);
  if (latest->move != NULL && latest->move->new_date != CR_DATE_NONE)
    lesson.date = latest->move->new_date;
  if (latest->move != NULL && latest->move->new_period != 0)
    lesson.period = latest->move->new_period;
  lesson.cancelled = latest->placement != NULL && latest->placement->kind == CR_CHANGE_CANCEL;
  give_times (timetable, course, &lesson);
  g_array_append_val (lessons, lesson);
}

static gboolean
contains_date (const GArray *dates, CrDate date)
{
  for (guint i = 0; i < dates->len; i++) {
    if (g_array_index (dates, CrDate, i) == date)
      return TRUE;
  }
  return FALSE;
}

GArray *
oracle_lessons (const CrTimetable *timetable, const CrCourse *course)
{
  GArray *lessons = g_array_new (FALSE, TRUE, sizeof (OracleLesson));
  g_autoptr (GArray) dates = rule_dates (cr_timetable_term (timetable), course);
  CrCoursePlan plan;

  if (course->deleted)
    return lessons;
  g_assert_true (cr_timetable_plan (timetable, course->id, &plan));

  /* A move keeps its lesson alive where the rule no longer gives it. */
  for (guint i = 0; i < plan.n_changes; i++) {
    if (plan.changes[i]->kind == CR_CHANGE_MOVE && plan.changes[i]->withdrawn_at == 0 &&
        !contains_date (dates, plan.changes[i]->date))
      g_array_append_val (dates, plan.changes[i]->date);
  }
  for (guint i = 0; i < dates->len; i++) {
    CrDate date = g_array_index (dates, CrDate, i);
    Latest latest = latest_changes (&plan, date);

    add_lesson (lessons, timetable, course, date, &latest);
    g_array_index (lessons, OracleLesson, lessons->len - 1).planned_at = lesson_placed_at (&plan, date);
  }
  for (guint i = 0; i < plan.n_changes; i++) {
    const CrChange *add = plan.changes[i];
    OracleLesson *lesson;

    if (add->kind != CR_CHANGE_ADD)
      continue;
    g_array_set_size (lessons, lessons->len + 1);
    lesson = &g_array_index (lessons, OracleLesson, lessons->len - 1);
    g_strlcpy (lesson->course_id, course->id, sizeof lesson->course_id);
    g_strlcpy (lesson->added_id, add->id, sizeof lesson->added_id);
    g_strlcpy (lesson->teacher_id, add->new_teacher_id != NULL ? add->new_teacher_id : course->teacher_id,
               sizeof lesson->teacher_id);
    lesson->rule_date = CR_DATE_NONE;
    lesson->date = add->new_date;
    lesson->period = add->new_period != 0 ? add->new_period : course->period;
    lesson->cancelled = add->withdrawn_at != 0;
    lesson->planned_at = later (course_placed_at (course), add->created_at);
    give_times (timetable, course, lesson);
  }
  return lessons;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The term's expansion against the oracle over 10,000 random terms, the named cases of the specification,
 * views, and the figures for 200 schools.
 */
#include "schedule/timetable.h"

#include "schedule/schedule-error.h"
#include "server/schedule/large-term.h"
#include "server/schedule/oracle.h"

#include <string.h>

/* Ten times fewer where everything takes ten times longer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define N_RANDOM_TERMS 1000
#else
#define N_RANDOM_TERMS 10000
#endif

static CrDate
day (const gchar *text)
{
  CrDate date = cr_date_parse (text);

  g_assert_cmpint (date, !=, CR_DATE_NONE);
  return date;
}

static const OracleLesson *
find_oracle (const GArray *lessons, const CrMeeting *meeting)
{
  for (guint i = 0; i < lessons->len; i++) {
    const OracleLesson *lesson = &g_array_index (lessons, OracleLesson, i);

    if (lesson->rule_date == meeting->rule_date &&
        strcmp (lesson->added_id, meeting->added_id != NULL ? meeting->added_id : "") == 0)
      return lesson;
  }
  return NULL;
}

static guint
compare_with_oracle (const CrTimetable *timetable, const CrCourse *course)
{
  g_autoptr (GArray) expected = oracle_lessons (timetable, course);
  g_autoptr (GPtrArray) view =
      cr_timetable_view (timetable, CR_VIEW_COURSE, course->id, G_MININT32, G_MAXINT32);

  g_assert_cmpuint (view->len, ==, expected->len);
  for (guint i = 0; i < view->len; i++) {
    const CrMeeting *meeting = g_ptr_array_index (view, i);
    const OracleLesson *lesson = find_oracle (expected, meeting);

    g_assert_nonnull (lesson);
    g_assert_cmpint (meeting->date, ==, lesson->date);
    g_assert_cmpuint (meeting->period, ==, lesson->period);
    g_assert_cmpstr (meeting->teacher_id, ==, lesson->teacher_id);
    g_assert_cmpint (meeting->state == CR_LESSON_CANCELLED, ==, lesson->cancelled);
    g_assert_cmpint (meeting->starts_at, ==, lesson->starts_at);
    g_assert_cmpint (meeting->ends_at, ==, lesson->ends_at);
    g_assert_cmpint (meeting->planned_at, ==, lesson->planned_at);
  }
  return view->len;
}

static void
test_oracle (void)
{
  static const gchar *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York"};
  g_autoptr (GRand) random = g_rand_new_with_seed (20191012);
  guint n_lessons = 0;

  for (guint i = 0; i < N_RANDOM_TERMS; i++) {
    const RandomShape shape = {.zone = zones[i % G_N_ELEMENTS (zones)],
                               .n_schools = 2,
                               .n_teachers = 3,
                               .n_courses = 3,
                               .n_weeks = (guint)g_rand_int_range (random, 1, 24)};
    g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
    const GPtrArray *courses = cr_timetable_courses (timetable);

    for (guint j = 0; j < courses->len; j++)
      n_lessons += compare_with_oracle (timetable, g_ptr_array_index (courses, j));
  }
  g_test_message ("%d random terms, %u lessons", N_RANDOM_TERMS, n_lessons);
  g_assert_cmpuint (n_lessons, >, N_RANDOM_TERMS);
}

/* The first half of a school year with the National Day holiday of 2019, one school, one course on Fridays,
 * period 2. */
typedef struct {
  CrTerm *term;
  CrCourse *course;
  GPtrArray *changes;
  GPtrArray *frozen;
} Small;

static void
small_init (Small *small, const gchar *weeks)
{
  g_autoptr (GError) error = NULL;

  small->term = cr_term_new ("t1", "2019 autumn", day ("2019-09-02"), 20, "Asia/Shanghai", 1, &error);
  g_assert_no_error (error);
  for (gint i = 1; i <= 7; i++)
    cr_term_add_holiday (small->term, day ("2019-10-01") + i - 1, "国庆节");
  cr_term_add_makeup (small->term, day ("2019-10-12"), day ("2019-10-04"), "补周五");
  small->course = cr_course_new ("k1");
  small->course->teacher_id = g_strdup ("wang");
  small->course->host_classroom_id = g_strdup ("r1");
  small->course->weekday = 5;
  small->course->period = 2;
  small->course->version = 1;
  g_assert_true (cr_weeks_parse (weeks, &small->course->weeks));
  small->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_change_free);
  small->frozen = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_frozen_lesson_free);
}

static CrChange *
small_change (Small *small, const gchar *id, CrChangeKind kind, const gchar *date)
{
  CrChange *change = cr_change_new (id, "k1", kind, date != NULL ? day (date) : CR_DATE_NONE);

  change->created_at = small->changes->len + 1;
  g_ptr_array_add (small->changes, change);
  return change;
}

/* Hands over to a timetable. */
static CrTimetable *
small_seal (Small *small)
{
  CrTimetable *timetable = cr_timetable_new (small->term);
  CrBellSchedule *year = cr_bell_schedule_new ("b1", "s1", "year", day ("2019-08-01"), day ("2020-07-31"), 1);
  CrBellSchedule *winter =
      cr_bell_schedule_new ("b2", "s1", "winter", day ("2019-11-01"), day ("2020-02-29"), 1);

  cr_bell_schedule_add_period (year, 1, "第一节", 8 * 60, 8 * 60 + 40);
  cr_bell_schedule_add_period (year, 2, "第二节", 9 * 60, 9 * 60 + 40);
  cr_bell_schedule_add_period (winter, 1, "第一节", 8 * 60 + 30, 9 * 60 + 10);
  cr_bell_schedule_add_period (winter, 2, "第二节", 9 * 60 + 30, 10 * 60 + 10);
  cr_timetable_take_bell_schedule (timetable, year);
  cr_timetable_take_bell_schedule (timetable, winter);
  cr_timetable_take_school (timetable, cr_place_school_new ("s1", "S1", "学校", "d", 0));
  cr_timetable_take_room (timetable, cr_place_room_new ("r1", "s1", "1", "主讲教室"));
  cr_timetable_take_teacher (timetable, cr_place_teacher_new ("wang", "W", "王", "s1"));
  cr_timetable_take_course (timetable, small->course);
  while (small->changes->len > 0)
    cr_timetable_take_change (timetable, g_ptr_array_steal_index (small->changes, 0));
  while (small->frozen->len > 0)
    cr_timetable_take_frozen (timetable, g_ptr_array_steal_index (small->frozen, 0));
  g_ptr_array_unref (small->changes);
  g_ptr_array_unref (small->frozen);
  cr_timetable_seal (timetable);
  return timetable;
}

static gint64
utc (const gchar *text)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (text, NULL);

  g_assert_nonnull (time);
  return g_date_time_to_unix (time);
}

static void
test_makeup_saturday (void)
{
  g_autoptr (CrTimetable) timetable = NULL;
  const CrMeeting *lesson;
  Small small;

  small_init (&small,
              "odd"); /* Friday 4 October is in week 5: odd; Saturday 12 October itself is in week 6 */
  timetable = small_seal (&small);
  lesson = cr_timetable_meeting (timetable, "k1-20191012");
  g_assert_nonnull (lesson);
  g_assert_cmpint (lesson->origin, ==, CR_MEETING_BY_MAKEUP);
  g_assert_cmpint (lesson->starts_at, ==, utc ("2019-10-12T01:00:00Z"));
  g_assert_null (cr_timetable_meeting (timetable, "k1-20191004")); /* a holiday */
  g_assert_null (cr_timetable_meeting (timetable, "k1-20191011")); /* even */
  g_assert_nonnull (cr_timetable_meeting (timetable, "k1-20191018"));
}

static void
test_season (void)
{
  g_autoptr (CrTimetable) timetable = NULL;
  Small small;

  small_init (&small, "all");
  timetable = small_seal (&small);
  g_assert_cmpint (cr_timetable_meeting (timetable, "k1-20191025")->starts_at, ==,
                   utc ("2019-10-25T01:00:00Z"));
  g_assert_cmpint (cr_timetable_meeting (timetable, "k1-20191101")->starts_at, ==,
                   utc ("2019-11-01T01:30:00Z"));
}

static void
test_changes (void)
{
  g_autoptr (CrTimetable) timetable = NULL;
  const CrMeeting *lesson;
  CrChange *change;
  Small small;

  small_init (&small, "all");
  change = small_change (&small, "x1", CR_CHANGE_MOVE, "2019-09-06");
  change->new_date = day ("2019-10-03"); /* onto a holiday: somebody decided it */
  change = small_change (&small, "x2", CR_CHANGE_STAFF, "2019-09-13");
  change->new_teacher_id = g_strdup ("li");
  small_change (&small, "x3", CR_CHANGE_CANCEL, "2019-09-20");
  small_change (&small, "x4", CR_CHANGE_CANCEL, "2019-09-27");
  ((CrChange *)g_ptr_array_index (small.changes, 3))->withdrawn_at = 9;
  change = small_change (&small, "x5", CR_CHANGE_ADD, NULL);
  change->new_date = day ("2019-09-28");
  change->new_period = 1;
  small_change (&small, "x6", CR_CHANGE_CANCEL, "2019-10-04"); /* of a lesson that is not there */
  timetable = small_seal (&small);

  lesson = cr_timetable_meeting (timetable, "k1-20190906");
  g_assert_cmpint (lesson->date, ==, day ("2019-10-03"));
  g_assert_cmpint (lesson->origin, ==, CR_MEETING_MOVED);
  g_assert_cmpuint (lesson->sequence, ==, cr_timetable_meeting (timetable, "k1-20191025")->sequence + 1);
  g_assert_cmpstr (cr_timetable_meeting (timetable, "k1-20190913")->teacher_id, ==, "li");
  g_assert_cmpint (cr_timetable_meeting (timetable, "k1-20190920")->state, ==, CR_LESSON_CANCELLED);
  lesson = cr_timetable_meeting (timetable, "k1-20190927");
  g_assert_cmpint (lesson->state, ==, CR_LESSON_SCHEDULED);
  g_assert_cmpuint (lesson->sequence, ==, cr_timetable_meeting (timetable, "k1-20191025")->sequence + 2);
  lesson = cr_timetable_meeting (timetable, "k1-x5");
  g_assert_cmpint (lesson->starts_at, ==, utc ("2019-09-28T00:00:00Z"));
  g_assert_null (cr_timetable_meeting (timetable, "k1-20191004"));
}

/* Fridays' course goes to Tuesday on Wednesday 18 September. */
static void
test_hindsight (void)
{
  g_autoptr (CrTimetable) timetable = NULL;
  const CrMeeting *lesson;
  CrChange *change;
  Small small;

  small_init (&small, "all");
  small.course->weekday = 2;
  small.course->created_at = utc ("2019-09-01T00:00:00Z");
  small.course->moved_at = utc ("2019-09-18T02:00:00Z");
  /* Taken back on Thursday: Tuesday's lesson is where it was, when nobody can hold it any more. */
  change = small_change (&small, "x1", CR_CHANGE_CANCEL, "2019-09-24");
  change->created_at = utc ("2019-09-23T00:00:00Z");
  change->withdrawn_at = utc ("2019-09-26T00:00:00Z");
  change = small_change (&small, "x2", CR_CHANGE_STAFF, "2019-10-08");
  change->new_teacher_id = g_strdup ("li");
  change->created_at = utc ("2019-10-20T00:00:00Z"); /* says who, not where */
  timetable = small_seal (&small);

  lesson = cr_timetable_meeting (timetable, "k1-20190917");
  g_assert_false (cr_meeting_was_planned (lesson));
  g_assert_true (cr_meeting_is_hindsight (lesson, utc ("2019-09-18T02:00:00Z")));
  g_assert_false (cr_meeting_is_hindsight (lesson, utc ("2019-09-17T01:30:00Z"))); /* the clock was ahead */
  lesson = cr_timetable_meeting (timetable, "k1-20190924");
  g_assert_false (cr_meeting_was_planned (lesson));
  g_assert_false (cr_meeting_is_hindsight (lesson, utc ("2019-12-01T00:00:00Z")));
  g_assert_true (cr_meeting_was_planned (cr_timetable_meeting (timetable, "k1-20191008")));
}

static CrFrozenLesson *
freeze (const gchar *lesson_id, const gchar *date, gint64 starts_at)
{
  CrFrozenLesson *frozen = g_new0 (CrFrozenLesson, 1);

  frozen->lesson_id = g_strdup (lesson_id);
  frozen->course = cr_course_new ("k1");
  frozen->course->teacher_id = g_strdup ("zhao");
  frozen->course->host_classroom_id = g_strdup ("r1");
  frozen->rule_date = day (date);
  frozen->date = day (date);
  frozen->period = 7;
  frozen->starts_at = starts_at;
  frozen->ends_at = starts_at + 2400;
  frozen->state = CR_LESSON_ENDED;
  return frozen;
}

/* What has opened stays: through a cancellation, a move, another teacher, and the course's deletion. */
static void
test_frozen (void)
{
  for (guint round = 0; round < 2; round++) {
    g_autoptr (CrTimetable) timetable = NULL;
    g_autoptr (GError) error = NULL;
    g_autoptr (CrChange) late = NULL;
    gint expected = round == 0 ? CR_SCHEDULE_ERROR_FROZEN : CR_SCHEDULE_ERROR_UNKNOWN;
    const CrMeeting *lesson;
    CrChange *change;
    Small small;

    small_init (&small, "all");
    small.course->deleted = round == 1;
    g_ptr_array_add (small.frozen, freeze ("k1-20190906", "2019-09-06", 1000));
    g_ptr_array_add (small.frozen, freeze ("k1-20190913", "2019-09-13", 2000000));
    small_change (&small, "x1", CR_CHANGE_CANCEL, "2019-09-06");
    change = small_change (&small, "x2", CR_CHANGE_MOVE, "2019-09-13");
    change->new_date = day ("2019-09-14");
    timetable = small_seal (&small);

    lesson = cr_timetable_meeting (timetable, "k1-20190906");
    g_assert_cmpint (lesson->state, ==, CR_LESSON_ENDED);
    g_assert_cmpint (lesson->starts_at, ==, 1000);
    g_assert_cmpstr (lesson->teacher_id, ==, "zhao");
    lesson = cr_timetable_meeting (timetable, "k1-20190913");
    g_assert_cmpint (lesson->date, ==, day ("2019-09-13"));
    g_assert_cmpint (cr_timetable_meeting (timetable, "k1-20190920") == NULL, ==, round == 1);

    late = cr_change_new ("x9", "k1", CR_CHANGE_CANCEL, day ("2019-09-13"));
    g_assert_false (cr_timetable_check_change (timetable, late, &error));
    g_assert_error (error, CR_SCHEDULE_ERROR, (expected));
  }
}

static void
test_check_change (void)
{
  g_autoptr (CrTimetable) timetable = NULL;
  Small small;

  small_init (&small, "all");
  timetable = small_seal (&small);
  for (guint i = 0; i < 4; i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (CrChange) change =
        cr_change_new ("x", i == 0 ? "k9" : "k1", CR_CHANGE_MOVE, day ("2019-09-06"));
    gint expected = i == 1 ? CR_SCHEDULE_ERROR_INVALID : CR_SCHEDULE_ERROR_UNKNOWN;

    change->new_date = day (i == 1 ? "2021-01-01" : "2019-09-07");
    if (i == 2)
      change->date = day ("2019-09-05"); /* no lesson that day */
    g_assert_cmpint (cr_timetable_check_change (timetable, change, &error), ==, i == 3);
    if (i == 3)
      g_assert_no_error (error);
    else
      g_assert_error (error, CR_SCHEDULE_ERROR, (expected));
  }
}

static void
test_lesson_id (void)
{
  static const gchar *const bad[] = {"", "-", "k1", "k1-", "-20190906", NULL};
  g_autofree gchar *course_id = NULL;
  g_autofree gchar *added_id = NULL;
  CrDate date;

  for (guint i = 0; bad[i] != NULL; i++) {
    g_autofree gchar *course = NULL;
    g_autofree gchar *added = NULL;

    g_assert_false (cr_lesson_id_parse (bad[i], &course, &date, &added));
  }
  g_assert_true (cr_lesson_id_parse ("k1-20190906", &course_id, &date, &added_id));
  g_assert_cmpstr (course_id, ==, "k1");
  g_assert_cmpint (date, ==, day ("2019-09-06"));
  g_assert_null (added_id);
}

/* Views hold exactly the meetings that belong to them. */
static void
test_views (void)
{
  const RandomShape shape = {
      .zone = "Asia/Shanghai", .n_schools = 4, .n_teachers = 4, .n_courses = 20, .n_weeks = 10};
  static const struct {
    CrViewKind kind;
    const gchar *id;
  } views[] = {{CR_VIEW_ALL, NULL},         {CR_VIEW_SCHOOL, "s1"},  {CR_VIEW_TEACHER, "t2"},
               {CR_VIEW_CLASSROOM, "r1-1"}, {CR_VIEW_CLASS, "c2-1"}, {CR_VIEW_COURSE, "k3"}};
  g_autoptr (GRand) random = g_rand_new_with_seed (7);
  g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
  CrDate first = cr_timetable_term (timetable)->first_monday + 14;
  guint n_meetings;
  const CrMeeting *meetings = cr_timetable_meetings (timetable, &n_meetings);

  for (guint i = 0; i < G_N_ELEMENTS (views); i++) {
    g_autoptr (GPtrArray) view = cr_timetable_view (timetable, views[i].kind, views[i].id, first, first + 27);
    guint expected = 0;

    for (guint j = 0; j < n_meetings; j++) {
      if (meetings[j].date < first || meetings[j].date > first + 27 ||
          !cr_timetable_meeting_in_view (timetable, &meetings[j], views[i].kind, views[i].id))
        continue;
      g_assert_cmpuint (expected, <, view->len);
      g_assert_true (g_ptr_array_index (view, expected) == &meetings[j]);
      expected++;
    }
    g_assert_cmpuint (view->len, ==, expected);
    g_assert_cmpuint (expected, >, 0);
  }
}

static void
test_large (void)
{
  g_autoptr (CrTimetable) timetable = large_term_new (FALSE);
  g_autoptr (GPtrArray) week = NULL;
  gint64 start_us = g_get_monotonic_time (), expand_us, view_us;
  CrDate monday = cr_timetable_term (timetable)->first_monday + 35;
  guint n_meetings;

  cr_timetable_seal (timetable);
  expand_us = g_get_monotonic_time () - start_us;
  cr_timetable_meetings (timetable, &n_meetings);
  start_us = g_get_monotonic_time ();
  week = cr_timetable_view (timetable, CR_VIEW_ALL, NULL, monday, monday + 6);
  view_us = g_get_monotonic_time () - start_us;
  g_test_message ("200 schools, 2000 courses, 22 weeks: %u lessons expanded and indexed in %.1f ms; "
                  "a week of %u lessons in %.2f ms",
                  n_meetings, expand_us / 1000.0, week->len, view_us / 1000.0);
  g_assert_cmpuint (n_meetings, >, 30000);
  g_assert_cmpuint (week->len, >, 1000);
  /* The figures are 1 s and 100 ms; sanitizers and a busy machine get ten times that. */
  g_assert_cmpint (expand_us, <, 10 * G_USEC_PER_SEC);
  g_assert_cmpint (view_us, <, G_USEC_PER_SEC);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timetable/makeup-saturday", test_makeup_saturday);
  g_test_add_func ("/timetable/season", test_season);
  g_test_add_func ("/timetable/changes", test_changes);
  g_test_add_func ("/timetable/hindsight", test_hindsight);
  g_test_add_func ("/timetable/frozen", test_frozen);
  g_test_add_func ("/timetable/check-change", test_check_change);
  g_test_add_func ("/timetable/lesson-id", test_lesson_id);
  g_test_add_func ("/timetable/views", test_views);
  g_test_add_func ("/timetable/oracle", test_oracle);
  g_test_add_func ("/timetable/large", test_large);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * See large-term.h. Each school hosts ten courses at weekday and period of its own, each heard by eight
 * classes at schools a fixed step away, so that clashes are few but not none.
 */
#include "server/schedule/large-term.h"

#define N_CLASSES_HEARING  8
#define N_ROOMS            9 /* one to teach in, and one for each host that is heard */
#define N_CLASSES          12
#define N_PERIODS          7
#define COURSES_PER_SCHOOL (LARGE_N_COURSES / LARGE_N_SCHOOLS)

static void
add_school (CrTimetable *timetable, const CrTerm *term, guint number)
{
  g_autofree gchar *id = g_strdup_printf ("school%u", number);
  g_autofree gchar *bells_id = g_strdup_printf ("bells%u", number);
  g_autofree gchar *teacher_id = g_strdup_printf ("teacher%u", number);
  CrBellSchedule *bells;

  cr_timetable_take_school (timetable, cr_place_school_new (id, id, id, "district", 20000));
  cr_timetable_take_teacher (timetable, cr_place_teacher_new (teacher_id, teacher_id, teacher_id, id));
  for (guint i = 0; i < N_ROOMS; i++) {
    g_autofree gchar *room = g_strdup_printf ("room%u-%u", number, i);

    cr_timetable_take_room (timetable, cr_place_room_new (room, id, room, room));
  }
  for (guint i = 0; i < N_CLASSES; i++) {
    g_autofree gchar *klass = g_strdup_printf ("class%u-%u", number, i);

    cr_timetable_take_class (timetable, cr_place_class_new (klass, id, i / 2 + 1, i % 2 + 1, 40));
  }
  bells = cr_bell_schedule_new (bells_id, id, "bells", term->first_monday - 30, term->first_monday + 300, 1);
  for (guint i = 0; i < N_PERIODS; i++)
    cr_bell_schedule_add_period (bells, i + 1, "period", 480 + 5 * (number % 8) + 50 * i,
                                 520 + 5 * (number % 8) + 50 * i);
  cr_timetable_take_bell_schedule (timetable, bells);
  for (guint i = 0; i < 5; i++) {
    g_autofree gchar *busy_id = g_strdup_printf ("busy%u-%u", number, i);
    CrBusy *busy = cr_busy_new (busy_id, id, CR_BUSY_BUSY, term->first_monday, term->first_monday + 150);

    busy->grade = i + 1;
    busy->weekday = i + 1;
    busy->start_minute = 840;
    busy->end_minute = 880;
    cr_timetable_take_busy (timetable, busy);
  }
}

static void
add_course (CrTimetable *timetable, guint number)
{
  g_autofree gchar *id = g_strdup_printf ("course%u", number);
  guint host = number / COURSES_PER_SCHOOL, nth = number % COURSES_PER_SCHOOL;
  CrCourse *course = cr_course_new (id);

  course->subject = g_strdup ("音乐");
  course->title = g_strdup_printf ("课程%u", number);
  course->grade = nth % 6 + 1;
  course->teacher_id = g_strdup_printf ("teacher%u", host);
  course->host_classroom_id = g_strdup_printf ("room%u-0", host);
  course->weekday = nth % 5 + 1;
  course->period = (host + nth / 5 * 3) % N_PERIODS + 1;
  course->weeks = CR_WEEKS_ALL;
  course->rate_kbps = 2500;
  course->version = 1;
  for (guint i = 0; i < N_CLASSES_HEARING; i++) {
    guint school = (host + 1 + 23 * i) % LARGE_N_SCHOOLS;
    g_autofree gchar *class_id = g_strdup_printf ("class%u-%u", school, (nth + i) % N_CLASSES);
    g_autofree gchar *room_id = g_strdup_printf ("room%u-%u", school, i + 1);

    cr_course_add_class (course, class_id, room_id);
  }
  cr_timetable_take_course (timetable, course);
}

CrTimetable *
large_term_new (gboolean sealed)
{
  CrTerm *term = cr_term_new ("term", "term", cr_date_from_ymd (2019, 9, 2), 22, "Asia/Shanghai", 1, NULL);
  CrTimetable *timetable = cr_timetable_new (term);

  cr_term_add_holiday (term, cr_date_from_ymd (2019, 10, 4), "国庆节");
  cr_term_add_makeup (term, cr_date_from_ymd (2019, 10, 12), cr_date_from_ymd (2019, 10, 4), "补周五");
  for (guint i = 0; i < LARGE_N_SCHOOLS; i++)
    add_school (timetable, term, i);
  for (guint i = 0; i < LARGE_N_COURSES; i++)
    add_course (timetable, i);
  if (sealed)
    cr_timetable_seal (timetable);
  return timetable;
}

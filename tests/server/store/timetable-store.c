/* SPDX-License-Identifier: Apache-2.0
 *
 * A term through a real database and back: everything the timetable needs is there after a restart, edits are
 * refused for old versions, and a lesson opens once. Notices, webhook deliveries and feeds beside it.
 */
#include "schedule/frozen.h"
#include "schedule/opener.h"
#include "store/class-store.h"
#include "store/classroom-store.h"
#include "store/course-store.h"
#include "store/notice-store.h"
#include "store/school-store.h"
#include "store/teacher-store.h"
#include "store/term-store.h"
#include "store/statement.h"
#include "store/timetable-store.h"
#include "server/schedule/large-term.h"

#include <glib/gstdio.h>
#include <string.h>

#define COURSE_CREATED_AT G_GINT64_CONSTANT (5000000000) /* more than 32 bits hold */

typedef struct {
  gchar *folder;
  gchar *path;
  CrStore *store;
  gchar *term_id, *school_id, *room_id, *class_id, *teacher_id, *course_id, *bells_id, *busy_id, *change_id;
  CrTimetable *timetable;
} World;

static void
open_store (World *world)
{
  g_autoptr (GError) error = NULL;

  world->store = cr_store_open (world->path, NULL, &error);
  g_assert_no_error (error);
}

static void
run (World *world, CrStoreFunc func)
{
  g_autoptr (GError) error = NULL;
  gboolean done = cr_store_run_sync (world->store, func, world, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

static gboolean
insert_places (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrSchoolRow) school = g_new0 (CrSchoolRow, 1);
  g_autoptr (CrClassroomRow) room = g_new0 (CrClassroomRow, 1);
  g_autoptr (CrClassRow) klass = g_new0 (CrClassRow, 1);
  g_autoptr (CrTeacherRow) teacher = g_new0 (CrTeacherRow, 1);

  school->code = g_strdup ("S1");
  school->name = g_strdup ("龙驹");
  school->district = g_strdup ("万州");
  school->uplink_kbps = 8000;
  if (!cr_school_store_insert (tx, school, error))
    return FALSE;
  room->school_id = g_strdup (school->id);
  room->code = g_strdup ("R1");
  room->name = g_strdup ("录播教室");
  klass->school_id = g_strdup (school->id);
  klass->grade = 3;
  klass->number = 1;
  klass->pupils = 40;
  teacher->school_id = g_strdup (school->id);
  teacher->code = g_strdup ("T1");
  teacher->name = g_strdup ("王");
  if (!cr_classroom_store_insert (tx, room, error) || !cr_class_store_insert (tx, klass, error) ||
      !cr_teacher_store_insert (tx, teacher, error))
    return FALSE;
  world->school_id = g_strdup (school->id);
  world->room_id = g_strdup (room->id);
  world->class_id = g_strdup (klass->id);
  world->teacher_id = g_strdup (teacher->id);
  return TRUE;
}

static gboolean
insert_term (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrTerm) term =
      cr_term_new ("", "2019秋", cr_date_parse ("2019-09-02"), 20, "Asia/Shanghai", 0, NULL);
  g_autoptr (CrBellSchedule) bells = cr_bell_schedule_new (
      NULL, world->school_id, "全年", cr_date_parse ("2019-08-01"), cr_date_parse ("2020-07-31"), 0);
  g_autoptr (CrBusy) busy = cr_busy_new (NULL, world->school_id, CR_BUSY_EXAM, cr_date_parse ("2020-01-06"),
                                         cr_date_parse ("2020-01-10"));

  g_clear_pointer (&term->id, g_free);
  cr_term_add_holiday (term, cr_date_parse ("2019-10-04"), "国庆节");
  cr_term_add_makeup (term, cr_date_parse ("2019-10-12"), cr_date_parse ("2019-10-04"), "补周五");
  cr_bell_schedule_add_period (bells, 2, "第二节", 540, 580);
  busy->grade = 3;
  busy->reason = g_strdup ("期末考试");
  if (!cr_term_store_insert (tx, term, error) || !cr_bell_store_insert (tx, bells, error) ||
      !cr_busy_store_insert (tx, busy, error))
    return FALSE;
  world->term_id = g_strdup (term->id);
  world->bells_id = g_strdup (bells->id);
  world->busy_id = g_strdup (busy->id);
  return TRUE;
}

static gboolean
insert_course (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrCourse) course = cr_course_new (NULL);
  g_autoptr (CrChange) change = NULL;

  course->term_id = g_strdup (world->term_id);
  course->code = g_strdup ("K1");
  course->kind = CR_COURSE_MASTER;
  course->subject = g_strdup ("音乐");
  course->grade = 3;
  course->title = g_strdup ("茉莉花");
  course->teacher_id = g_strdup (world->teacher_id);
  course->host_classroom_id = g_strdup (world->room_id);
  course->priority = CR_PRIORITY_SCREEN;
  course->weekday = 5;
  course->period = 2;
  course->rate_kbps = 2500;
  course->created_at = COURSE_CREATED_AT;
  g_assert_true (cr_weeks_parse ("1-10", &course->weeks));
  cr_course_add_class (course, world->class_id, world->room_id);
  if (!cr_course_store_insert (tx, course, error))
    return FALSE;
  world->course_id = g_strdup (course->id);
  change = cr_change_new (NULL, course->id, CR_CHANGE_MOVE, cr_date_parse ("2019-09-13"));
  change->new_date = cr_date_parse ("2019-09-12");
  change->created_at = 1;
  if (!cr_change_store_insert (tx, change, error))
    return FALSE;
  world->change_id = g_strdup (change->id);
  return TRUE;
}

static gboolean
load (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;

  g_clear_pointer (&world->timetable, cr_timetable_unref);
  world->timetable = cr_timetable_store_load (tx, world->term_id, error);
  return world->timetable != NULL;
}

static void
world_init (World *world)
{
  g_autoptr (GError) error = NULL;

  *world = (World){0};
  world->folder = g_dir_make_tmp ("classrelay-timetable-XXXXXX", &error);
  g_assert_no_error (error);
  world->path = g_build_filename (world->folder, "classrelay.db", NULL);
  open_store (world);
  run (world, insert_places);
  run (world, insert_term);
  run (world, insert_course);
  run (world, load);
}

static void
world_clear (World *world)
{
  g_autoptr (GDir) dir = NULL;
  const gchar *name;

  g_clear_pointer (&world->timetable, cr_timetable_unref);
  cr_store_free (world->store);
  dir = g_dir_open (world->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (world->folder, name, NULL);

    g_unlink (path);
  }
  g_rmdir (world->folder);
  g_free (world->folder);
  g_free (world->path);
  g_free (world->term_id);
  g_free (world->school_id);
  g_free (world->room_id);
  g_free (world->class_id);
  g_free (world->teacher_id);
  g_free (world->course_id);
  g_free (world->bells_id);
  g_free (world->busy_id);
  g_free (world->change_id);
}

static const CrMeeting *
lesson_on (World *world, const gchar *digits)
{
  g_autofree gchar *id = g_strconcat (world->course_id, "-", digits, NULL);

  return cr_timetable_meeting (world->timetable, id);
}

static void
test_load (void)
{
  World world;
  const CrCourse *course;
  const CrBusy *busy;
  guint n;

  world_init (&world);
  cr_store_free (world.store);
  open_store (&world); /* after a restart */
  run (&world, load);
  cr_timetable_meetings (world.timetable, &n);
  g_assert_cmpuint (n, ==, 10); /* weeks 1 to 10, the fifth on its make-up day */
  g_assert_cmpint (lesson_on (&world, "20190913")->date, ==, cr_date_parse ("2019-09-12"));
  g_assert_cmpint (lesson_on (&world, "20191012")->origin, ==, CR_MEETING_BY_MAKEUP);
  g_assert_null (lesson_on (&world, "20191004"));
  course = cr_timetable_course (world.timetable, world.course_id);
  g_assert_cmpint (course->kind, ==, CR_COURSE_MASTER);
  g_assert_cmpint (course->priority, ==, CR_PRIORITY_SCREEN);
  g_assert_cmpuint (course->rate_kbps, ==, 2500);
  g_assert_cmpint (course->created_at, ==, COURSE_CREATED_AT);
  g_assert_cmpstr (cr_course_class (course, 0)->class_id, ==, world.class_id);
  g_assert_cmpuint (cr_timetable_school (world.timetable, world.school_id)->uplink_kbps, ==, 8000);
  busy = g_ptr_array_index (cr_timetable_busy (world.timetable), 0);
  g_assert_cmpint (busy->kind, ==, CR_BUSY_EXAM);
  g_assert_cmpint (busy->start_minute, ==, -1);
  g_assert_cmpstr (busy->reason, ==, "期末考试");
  world_clear (&world);
}

static gboolean
edit_everything (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrCourse) course = cr_course_store_get (tx, world->course_id, error);
  g_autoptr (CrTerm) term = cr_term_store_get (tx, world->term_id, error);
  g_autoptr (CrBellSchedule) bells = cr_bell_store_get (tx, world->bells_id, error);
  g_autoptr (CrBusy) busy = cr_busy_store_get (tx, world->busy_id, error);
  g_autoptr (CrChange) change = cr_change_store_get (tx, world->change_id, error);

  if (course == NULL || term == NULL || bells == NULL || busy == NULL || change == NULL)
    return FALSE;
  course->weeks = CR_WEEKS_ALL;
  course->weekday = 4;
  cr_term_add_holiday (term, cr_date_parse ("2019-09-05"), "停课");
  cr_bell_schedule_add_period (bells, 2, "第二节", 550, 590);
  busy->start_minute = 480;
  busy->end_minute = 600;
  return cr_course_store_update (tx, course, error) && cr_term_store_update (tx, term, error) &&
         cr_bell_store_update (tx, bells, error) && cr_busy_store_update (tx, busy, error) &&
         cr_change_store_withdraw (tx, world->change_id, 5, error);
}

static gboolean
edit_old_version (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrCourse) course = cr_course_store_get (tx, world->course_id, error);

  course->version = 1; /* somebody else has made it 2 */
  return cr_course_store_update (tx, course, error);
}

static gboolean
withdraw_again (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_change_store_withdraw (tx, ((World *)data)->change_id, 6, error);
}

static gboolean
remove_course (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_course_store_remove (tx, ((World *)data)->course_id, 2, 7, error);
}

static gboolean
remove_term (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_term_store_remove (tx, ((World *)data)->term_id, 2, error);
}

static void
assert_fails (World *world, CrStoreFunc func, gint code)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (cr_store_run_sync (world->store, func, world, &error));
  g_assert_error (error, CR_STORE_ERROR, code);
}

static void
test_edit (void)
{
  World world;
  guint n;

  world_init (&world);
  run (&world, edit_everything);
  run (&world, load);
  cr_timetable_meetings (world.timetable, &n);
  g_assert_cmpuint (n, ==, 19); /* twenty Thursdays but the holiday; no make-up day follows one */
  g_assert_cmpuint (cr_timetable_course (world.timetable, world.course_id)->version, ==, 2);
  g_assert_null (lesson_on (&world, "20190905"));
  g_assert_cmpint (lesson_on (&world, "20190912")->starts_at % 3600, ==, 600);
  assert_fails (&world, edit_old_version, CR_STORE_ERROR_VERSION);
  assert_fails (&world, withdraw_again, CR_STORE_ERROR_NOT_FOUND);
  assert_fails (&world, remove_term, CR_STORE_ERROR_IN_USE);
  run (&world, remove_course);
  run (&world, load);
  cr_timetable_meetings (world.timetable, &n);
  g_assert_cmpuint (n, ==, 0);
  world_clear (&world);
}

static gboolean
open_lesson (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrFrozenLesson) lesson = cr_frozen_lesson_new (lesson_on (world, "20191012"), CR_LESSON_OPEN);
  g_autofree gchar *json = cr_frozen_lesson_to_json (lesson, world->timetable);

  g_assert_nonnull (strstr (json, "录播教室"));
  lesson->opened_at = lesson->starts_at - 900;
  return cr_lesson_store_open (tx, lesson, json, lesson->opened_at, error);
}

static gboolean
miss_lesson (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrFrozenLesson) lesson = cr_frozen_lesson_new (lesson_on (world, "20191012"), CR_LESSON_ENDED);
  g_autofree gchar *json = cr_frozen_lesson_to_json (lesson, world->timetable);

  lesson->ended_at = lesson->ends_at;
  return cr_lesson_store_open (tx, lesson, json, lesson->starts_at - 900, error);
}

static gboolean
end_lesson (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrFrozenLesson) lesson = cr_frozen_lesson_new (lesson_on (world, "20191012"), CR_LESSON_ENDED);

  lesson->extended_s = 600;
  lesson->ended_at = 42;
  return cr_lesson_store_update (tx, lesson, error);
}

static void
test_lesson (void)
{
  const CrMeeting *lesson;
  World world;

  world_init (&world);
  run (&world, miss_lesson);
  run (&world, load);
  g_assert_cmpint (lesson_on (&world, "20191012")->frozen->opened_at, ==, 0);
  run (&world, open_lesson); /* a missed one may open after all */
  assert_fails (&world, open_lesson, CR_STORE_ERROR_CONFLICT);
  run (&world, end_lesson);
  run (&world, edit_everything); /* the course is now on Thursdays, at other times */
  run (&world, load);
  lesson = lesson_on (&world, "20191012");
  g_assert_nonnull (lesson);
  g_assert_nonnull (lesson->frozen);
  g_assert_cmpint (lesson->state, ==, CR_LESSON_ENDED);
  g_assert_cmpuint (lesson->frozen->extended_s, ==, 600);
  g_assert_cmpint (lesson->frozen->ended_at, ==, 42);
  g_assert_cmpuint (lesson->course->weekday, ==, 5);
  g_assert_cmpint (lesson->origin, ==, CR_MEETING_BY_MAKEUP);
  run (&world, remove_course);
  run (&world, load);
  g_assert_nonnull (lesson_on (&world, "20191012")); /* what happened stays */
  g_assert_null (lesson_on (&world, "20191010"));
  world_clear (&world);
}

static gboolean
use_notices (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  const CrCourse *course = cr_timetable_course (world->timetable, world->course_id);
  g_autoptr (CrNotice) notice = cr_notice_for_course (world->timetable, NULL, course, 0);
  g_autoptr (GPtrArray) unread = NULL;
  g_autoptr (GPtrArray) none = NULL;
  g_autoptr (GPtrArray) pending = NULL;
  g_autofree gchar *id = NULL;
  const CrPage page = {.limit = 10};
  CrNoticeFilter filter = {.recipient_kind = "teacher", .recipient_id = world->teacher_id, .unread = TRUE};
  const CrNoticeRow *row;
  CrWebhookRow *delivery;

  if (!cr_notice_store_insert (tx, notice, "coordinator", 100, TRUE, &id, error) ||
      !cr_notice_store_list (tx, &filter, &page, &unread, NULL, error))
    return FALSE;
  g_assert_cmpuint (unread->len, ==, 1);
  row = g_ptr_array_index (unread, 0);
  g_assert_cmpstr (row->text_zh, ==, "新课程：《茉莉花》第1-10周周五第2节，王老师");
  g_assert_cmpuint (row->recipients->len, ==, 3);
  if (!cr_notice_store_acknowledge (tx, id, "teacher", world->teacher_id, "wang", 101, error) ||
      !cr_notice_store_list (tx, &filter, &page, &none, NULL, error))
    return FALSE;
  g_assert_cmpuint (none->len, ==, 0);
  g_assert_false (cr_notice_store_acknowledge (tx, id, "teacher", "nobody", "x", 102, NULL));

  /* The school and the classroom have not: it still stands on the coordinator's page before the bell, not
   * earlier. */
  g_clear_pointer (&none, g_ptr_array_unref);
  filter = (CrNoticeFilter){.unread = TRUE, .due_before_s = row->due_at + 1};
  if (!cr_notice_store_list (tx, &filter, &page, &none, NULL, error))
    return FALSE;
  g_assert_cmpuint (none->len, ==, 1);
  g_clear_pointer (&none, g_ptr_array_unref);
  filter.due_before_s = row->due_at;
  if (!cr_notice_store_list (tx, &filter, &page, &none, NULL, error))
    return FALSE;
  g_assert_cmpuint (none->len, ==, 0);

  if (!cr_webhook_store_pending (tx, &pending, error))
    return FALSE;
  g_assert_cmpuint (pending->len, ==, 1);
  delivery = g_ptr_array_index (pending, 0);
  g_assert_cmpstr (delivery->notice->id, ==, id);
  if (!cr_webhook_store_failed (tx, delivery->id, 1, 105, "HTTP 500", error) ||
      !cr_webhook_store_delivered (tx, delivery->id, 2, 106, error))
    return FALSE;
  g_clear_pointer (&pending, g_ptr_array_unref);
  if (!cr_webhook_store_pending (tx, &pending, error))
    return FALSE;
  g_assert_cmpuint (pending->len, ==, 0);
  return TRUE;
}

static void
test_notices (void)
{
  World world;

  world_init (&world);
  run (&world, use_notices);
  world_clear (&world);
}

static gboolean
use_feeds (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autofree gchar *kind = NULL;
  g_autofree gchar *id = NULL;
  CrTokenHash hash, other;
  guint n_revoked;

  cr_token_hash ("feed", &hash);
  cr_token_hash ("another", &other);
  if (!cr_feed_store_insert (tx, &hash, "school", world->school_id, 1, error) ||
      !cr_feed_store_find (tx, &hash, &kind, &id, error))
    return FALSE;
  g_assert_cmpstr (kind, ==, "school");
  g_assert_cmpstr (id, ==, world->school_id);
  g_assert_false (cr_feed_store_find (tx, &other, &kind, &id, NULL));
  if (!cr_feed_store_revoke (tx, "school", world->school_id, 2, &n_revoked, error))
    return FALSE;
  g_assert_cmpuint (n_revoked, ==, 1);
  g_assert_false (cr_feed_store_find (tx, &hash, &kind, &id, NULL));
  return TRUE;
}

static void
test_feeds (void)
{
  World world;

  world_init (&world);
  run (&world, use_feeds);
  world_clear (&world);
}

static gboolean
insert_large_school (CrStoreTx *tx, const CrTimetable *large, guint number, GError **error)
{
  g_autofree gchar *id = g_strdup_printf ("school%u", number);
  g_autofree gchar *teacher = g_strdup_printf ("teacher%u", number);
  const CrBells *bells = cr_timetable_bells (large, id);

  if (!cr_statement_exec (tx, NULL, error,
                          "INSERT INTO school (id, code, name, district) VALUES (?1, ?1, ?1, 'd')",
                          CR_TEXT (id)) ||
      !cr_statement_exec (tx, NULL, error,
                          "INSERT INTO teacher (id, code, name, school_id) VALUES (?1, ?1, ?1, ?2)",
                          CR_TEXT (teacher), CR_TEXT (id)))
    return FALSE;
  for (guint i = 0; i < 9; i++) {
    g_autofree gchar *room = g_strdup_printf ("room%u-%u", number, i);

    if (!cr_statement_exec (tx, NULL, error,
                            "INSERT INTO classroom (id, school_id, code, name) VALUES (?1, ?2, ?1, ?1)",
                            CR_TEXT (room), CR_TEXT (id)))
      return FALSE;
  }
  for (guint i = 0; i < 12; i++) {
    g_autofree gchar *klass = g_strdup_printf ("class%u-%u", number, i);

    if (!cr_statement_exec (
            tx, NULL, error,
            "INSERT INTO class (id, school_id, grade, number, pupils) VALUES (?1, ?2, ?3, ?4, 40)",
            CR_TEXT (klass), CR_TEXT (id), CR_INT (i / 2 + 1), CR_INT (i % 2 + 1)))
      return FALSE;
  }
  return cr_bell_store_insert (tx, g_ptr_array_index (bells->schedules, 0), error);
}

static gboolean
insert_large (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrTimetable) large = large_term_new (TRUE);
  const GPtrArray *courses = cr_timetable_courses (large);
  const GPtrArray *busy = cr_timetable_busy (large);

  for (guint i = 0; i < LARGE_N_SCHOOLS; i++) {
    if (!insert_large_school (tx, large, i, error))
      return FALSE;
  }
  for (guint i = 0; i < busy->len; i++) {
    if (!cr_busy_store_insert (tx, g_ptr_array_index (busy, i), error))
      return FALSE;
  }
  for (guint i = 0; i < courses->len; i++) {
    g_autoptr (CrCourse) course = cr_course_copy (g_ptr_array_index (courses, i));

    g_free (course->term_id);
    course->term_id = g_strdup (world->term_id);
    if (!cr_course_store_insert (tx, course, error))
      return FALSE;
  }
  return TRUE;
}

/* What an edit waits for on the store's thread, and main for nothing. */
static void
test_large (void)
{
  gint64 start_us, took_us;
  World world;
  guint n;

  world_init (&world);
  run (&world, insert_large);
  start_us = g_get_monotonic_time ();
  run (&world, load);
  took_us = g_get_monotonic_time () - start_us;
  cr_timetable_meetings (world.timetable, &n);
  g_test_message ("200 schools, 2000 courses: %u lessons loaded from the database in %.1f ms", n,
                  took_us / 1000.0);
  g_assert_cmpuint (n, >, 30000);
  g_assert_cmpint (took_us, <, 10 * G_USEC_PER_SEC);
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timetable-store/load", test_load);
  g_test_add_func ("/timetable-store/edit", test_edit);
  g_test_add_func ("/timetable-store/lesson", test_lesson);
  g_test_add_func ("/timetable-store/notices", test_notices);
  g_test_add_func ("/timetable-store/feeds", test_feeds);
  g_test_add_func ("/timetable-store/large", test_large);
  return g_test_run ();
}

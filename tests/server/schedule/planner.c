/* SPDX-License-Identifier: Apache-2.0
 *
 * Edits through the planner on a real database: what clashes is refused with its names and writes nothing,
 * what does not is there with its notice, of two who take the same room at once one succeeds, and the opener
 * follows.
 */
#include "schedule/planner.h"

#include "schedule/conflict.h"
#include "schedule/frozen.h"
#include "schedule/opener.h"
#include "schedule/schedule-error.h"
#include "store/notice-store.h"
#include "store/statement.h"
#include "store/term-store.h"
#include "store/timetable-store.h"

#include <glib/gstdio.h>

typedef struct {
  gchar *folder;
  CrStore *store;
  CrPlanner *planner;
  gint64 now_us;
  CrClock clock;
  guint n_done, n_refused, n_changed;
  gint code;
  guint n_conflicts;
  CrConflictKind kind;
  gchar *id;
  GPtrArray *notices;
  CrOpener *opener;
  guint n_opened;
} World;

static gint64
read_clock (gpointer data)
{
  return ((World *)data)->now_us;
}

static gboolean
fill (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrTerm) term =
      cr_term_new ("t", "2019秋", cr_date_parse ("2019-09-02"), 20, "Asia/Shanghai", 0, error);
  g_autoptr (CrBellSchedule) bells =
      cr_bell_schedule_new ("b", "s", "全年", cr_date_parse ("2019-08-01"), cr_date_parse ("2020-07-31"), 0);

  cr_bell_schedule_add_period (bells, 1, "1", 480, 520);
  cr_bell_schedule_add_period (bells, 2, "2", 530, 570);
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO school (id, code, name, district) VALUES (?1, 'S', '学校', '区')",
                            CR_TEXT ("s")) &&
         cr_statement_exec (tx, NULL, error,
                            "INSERT INTO classroom (id, school_id, code, name) VALUES (?1, 's', 'r', '教室')",
                            CR_TEXT ("r")) &&
         cr_statement_exec (tx, NULL, error,
                            "INSERT INTO teacher (id, code, name, school_id) VALUES (?1, 'w', '王', 's')",
                            CR_TEXT ("w")) &&
         cr_statement_exec (tx, NULL, error,
                            "INSERT INTO teacher (id, code, name, school_id) VALUES (?1, 'l', '李', 's')",
                            CR_TEXT ("l")) &&
         cr_term_store_insert (tx, term, error) && cr_bell_store_insert (tx, bells, error);
}

static void
on_changed (CrTimetable *timetable, gpointer data)
{
  World *world = data;

  world->n_changed++;
  if (world->opener != NULL)
    cr_opener_set_timetable (world->opener, timetable);
}

static void
world_init (World *world)
{
  g_autofree gchar *path = NULL;
  g_autoptr (GError) error = NULL;

  *world = (World){0};
  world->now_us = (gint64)cr_date_parse ("2019-09-01") * 86400 * G_USEC_PER_SEC;
  world->clock = (CrClock){.monotonic_us = read_clock, .wall_us = read_clock, .data = world};
  world->folder = g_dir_make_tmp ("classrelay-planner-XXXXXX", &error);
  g_assert_no_error (error);
  path = g_build_filename (world->folder, "classrelay.db", NULL);
  world->store = cr_store_open (path, NULL, &error);
  g_assert_no_error (error);
  g_assert_true (cr_store_run_sync (world->store, fill, NULL, &error));
  world->planner = cr_planner_new (world->store, &world->clock, TRUE);
  cr_planner_add_listener (world->planner, on_changed, world);
  g_assert_true (cr_planner_load_sync (world->planner, &error));
  g_assert_cmpuint (world->n_changed, ==, 1);
}

static void
world_clear (World *world)
{
  g_autoptr (GDir) dir = NULL;
  const gchar *name;

  g_clear_pointer (&world->opener, cr_opener_free);
  g_clear_pointer (&world->planner, cr_planner_free);
  cr_store_free (world->store);
  g_clear_pointer (&world->notices, g_ptr_array_unref);
  dir = g_dir_open (world->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (world->folder, name, NULL);

    g_unlink (path);
  }
  g_rmdir (world->folder);
  g_free (world->folder);
  g_free (world->id);
}

static void
on_done (const CrPlannerResult *result, gpointer data)
{
  World *world = data;

  world->n_done++;
  world->n_refused += result->error != NULL;
  world->code = result->error != NULL ? result->error->code : -1;
  world->n_conflicts = result->conflicts != NULL ? result->conflicts->len : 0;
  if (world->n_conflicts > 0)
    world->kind = ((const CrConflict *)g_ptr_array_index (result->conflicts, 0))->kind;
  g_free (world->id);
  world->id = g_strdup (result->id);
}

static void
wait_for (World *world, guint n_done)
{
  while (world->n_done < n_done)
    g_main_context_iteration (NULL, TRUE);
}

static CrCourse *
new_course (guint weekday, guint period, const gchar *teacher)
{
  CrCourse *course = cr_course_new (NULL);

  course->term_id = g_strdup ("t");
  course->subject = g_strdup ("音乐");
  course->grade = 3;
  course->title = g_strdup ("茉莉花");
  course->teacher_id = g_strdup (teacher);
  course->host_classroom_id = g_strdup ("r");
  course->weekday = weekday;
  course->period = period;
  course->rate_kbps = 2500;
  return course;
}

static gboolean
list_notices (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  const CrPage page = {0};

  g_clear_pointer (&world->notices, g_ptr_array_unref);
  return cr_notice_store_list (tx, NULL, &page, &world->notices, NULL, error);
}

static guint
n_notices (World *world)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_store_read_sync (world->store, list_notices, world, &error));
  return world->notices->len;
}

/* Two who plan the same room in the same turn of the main loop. */
static void
test_race (void)
{
  World world;
  guint n_meetings;

  world_init (&world);
  cr_planner_save_course (world.planner, new_course (1, 1, "w"), "a", on_done, &world);
  cr_planner_save_course (world.planner, new_course (1, 1, "l"), "b", on_done, &world);
  wait_for (&world, 2);
  g_assert_cmpuint (world.n_refused, ==, 1);
  g_assert_cmpint (world.code, ==, CR_SCHEDULE_ERROR_CONFLICT);
  g_assert_cmpuint (world.n_conflicts, ==, 20);
  g_assert_cmpint (world.kind, ==, CR_CONFLICT_HOST_CLASSROOM);
  cr_timetable_meetings (cr_planner_timetable (world.planner, "t"), &n_meetings);
  g_assert_cmpuint (n_meetings, ==, 20);
  g_assert_cmpuint (n_notices (&world), ==, 1); /* what was refused tells nobody */
  world_clear (&world);
}

static void
test_changes (void)
{
  g_autofree gchar *course_id = NULL;
  g_autofree gchar *change_id = NULL;
  g_autofree gchar *lesson_id = NULL;
  CrChange *change;
  World world;

  world_init (&world);
  cr_planner_save_course (world.planner, new_course (1, 1, "w"), "a", on_done, &world);
  wait_for (&world, 1);
  course_id = g_strdup (world.id);
  cr_planner_save_course (world.planner, new_course (1, 2, "w"), "a", on_done, &world);
  wait_for (&world, 2);

  /* Onto the other course: refused. A day later: done, with a notice. */
  change = cr_change_new (NULL, course_id, CR_CHANGE_MOVE, cr_date_parse ("2019-09-09"));
  change->new_period = 2;
  cr_planner_make_change (world.planner, "t", cr_change_copy (change), "a", on_done, &world);
  wait_for (&world, 3);
  g_assert_cmpint (world.code, ==, CR_SCHEDULE_ERROR_CONFLICT);
  g_assert_cmpuint (world.n_conflicts, ==, 2); /* teacher and room */
  change->new_date = cr_date_parse ("2019-09-10");
  change->reason = g_strdup ("开会");
  cr_planner_make_change (world.planner, "t", change, "a", on_done, &world);
  wait_for (&world, 4);
  g_assert_cmpint (world.code, ==, -1);
  change_id = g_strdup (world.id);
  lesson_id = g_strconcat (course_id, "-20190909", NULL);
  g_assert_cmpint (cr_planner_meeting (world.planner, lesson_id, NULL)->date, ==,
                   cr_date_parse ("2019-09-10"));
  g_assert_cmpuint (n_notices (&world), ==, 3);
  {
    gboolean told = FALSE;

    for (guint i = 0; i < world.notices->len; i++)
      told |=
          g_strcmp0 (
              ((CrNoticeRow *)g_ptr_array_index (world.notices, i))->text_zh,
              "调课：《茉莉花》由9月9日（周一）08:00–08:40改到9月10日（周二）08:50–09:30。原因：开会") == 0;
    g_assert_true (told);
  }

  /* No lesson that day; no such course; withdrawn, once. */
  cr_planner_make_change (world.planner, "t",
                          cr_change_new (NULL, course_id, CR_CHANGE_CANCEL, cr_date_parse ("2019-09-11")),
                          "a", on_done, &world);
  wait_for (&world, 5);
  g_assert_cmpint (world.code, ==, CR_SCHEDULE_ERROR_UNKNOWN);
  cr_planner_withdraw_change (world.planner, "t", change_id, "a", on_done, &world);
  wait_for (&world, 6);
  g_assert_cmpint (world.code, ==, -1);
  g_assert_cmpint (cr_planner_meeting (world.planner, lesson_id, NULL)->date, ==,
                   cr_date_parse ("2019-09-09"));
  cr_planner_withdraw_change (world.planner, "t", change_id, "a", on_done, &world);
  wait_for (&world, 7);
  g_assert_cmpint (world.code, ==, CR_SCHEDULE_ERROR_UNKNOWN);
  cr_planner_delete_course (world.planner, "t", course_id, 1, "a", on_done, &world);
  wait_for (&world, 8);
  g_assert_null (cr_planner_meeting (world.planner, lesson_id, NULL));
  g_assert_cmpuint (n_notices (&world), ==, 5);
  world_clear (&world);
}

/* The opener on the database, by way of the planner: what the daemon connects. */
typedef struct {
  World *world;
  CrFrozenLesson *lesson;
  CrOpenerStep step;
  CrOpenerSaved saved;
  gpointer saved_data;
} Save;

static gboolean
write_step (CrStoreTx *tx, gpointer data, GError **error)
{
  Save *save = data;
  g_autofree gchar *json = cr_frozen_lesson_to_json (save->lesson, NULL);

  if (save->step == CR_OPENER_OPEN || save->step == CR_OPENER_MISS)
    return cr_lesson_store_open (tx, save->lesson, json, save->lesson->starts_at - 900, error);
  return cr_lesson_store_update (tx, save->lesson, error);
}

static void
on_step_written (const CrPlannerResult *result, gpointer data)
{
  Save *save = data;

  save->saved (result->error == NULL, save->saved_data);
  save->world->n_done++;
}

static void
save_free (gpointer data)
{
  cr_frozen_lesson_free (((Save *)data)->lesson);
  g_free (data);
}

static void
on_save (CrOpenerStep step, const CrFrozenLesson *lesson, CrOpenerSaved saved, gpointer saved_data,
         gpointer data)
{
  Save *save = g_new0 (Save, 1);

  *save = (Save){data, cr_frozen_lesson_copy (lesson), step, saved, saved_data};
  cr_planner_write (((World *)data)->planner, "t", write_step, save, save_free, on_step_written, save);
}

static void
on_open (const CrFrozenLesson *lesson, gboolean resumed, gpointer data)
{
  ((World *)data)->n_opened++;
}

static void
on_warn (const CrFrozenLesson *lesson, guint seconds_left, gpointer data)
{
}

static void
on_lesson (const CrFrozenLesson *lesson, gpointer data)
{
}

static void
test_opener (void)
{
  static const CrOpenerCallbacks callbacks = {on_save, on_open, on_warn, on_lesson, on_lesson};
  g_autofree gchar *lesson_id = NULL;
  CrOpenerConfig config;
  World world;

  world_init (&world);
  cr_opener_config_init (&config);
  world.opener = cr_opener_new (&world.clock, &config, &callbacks, &world);
  cr_planner_save_course (world.planner, new_course (1, 1, "w"), "a", on_done, &world);
  wait_for (&world, 1);
  lesson_id = g_strconcat (world.id, "-20190902", NULL);
  cr_opener_tick (world.opener);
  g_assert_cmpuint (world.n_opened, ==, 0);
  world.now_us = cr_opener_next_at (world.opener) * G_USEC_PER_SEC;
  cr_opener_tick (world.opener);
  g_assert_cmpuint (world.n_opened, ==, 0); /* not before it is on the disk */
  wait_for (&world, 2);
  g_assert_cmpuint (world.n_opened, ==, 1);
  g_assert_cmpint (cr_planner_meeting (world.planner, lesson_id, NULL)->state, ==, CR_LESSON_OPEN);
  g_assert_true (cr_opener_end (world.opener, lesson_id));
  wait_for (&world, 3);
  g_assert_cmpint (cr_planner_meeting (world.planner, lesson_id, NULL)->state, ==, CR_LESSON_ENDED);
  cr_opener_tick (world.opener);
  g_assert_cmpuint (world.n_opened, ==, 1);
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/planner/race", test_race);
  g_test_add_func ("/planner/changes", test_changes);
  g_test_add_func ("/planner/opener", test_opener);
  return g_test_run ();
}

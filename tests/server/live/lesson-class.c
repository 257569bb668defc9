/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson's class with a real database and no media: who speaks for which classroom, what is told and when,
 * what is on the disk when it is said to be, what a new process takes up, and how it ends.
 */
#include "live/lesson-class.h"
#include "server/store/store-fixture.h"
#include "store/live-store.h"

#include <sqlite3.h>

#define ZONE "Asia/Shanghai"

static const gchar *const no_codecs[] = {"H264", NULL};

typedef struct {
  Fixture store;
  gint64 wall_us;
  CrClock clock;
  CrConfig *config;
  CrLessons *lessons;
  CrLesson *lesson;
  guint topics; /* told so far */
  guint n_told;
  gchar *revoked;
} Class;

static gint64
get_time (gpointer data)
{
  return ((Class *)data)->wall_us;
}

static void
on_topics (CrLesson *lesson, guint topics, gpointer data)
{
  Class *klass = data;

  g_assert_true (lesson == klass->lesson || klass->lesson == NULL);
  klass->topics |= topics;
  klass->n_told++;
}

static void
on_revoked (CrLessons *lessons, const gchar *actor_id, gpointer data)
{
  g_free (((Class *)data)->revoked);
  ((Class *)data)->revoked = g_strdup (actor_id);
}

static CrActor *
classroom_new (const gchar *name)
{
  static const CrTokenHash nobody;

  return cr_actor_new (name, CR_ROLE_CLASSROOM, &nobody);
}

/* A process that begins: the lesson "music" with three tokens of classrooms. */
static void
begin (Class *klass, gboolean with_store)
{
  g_autoptr (GError) error = NULL;

  klass->lessons = cr_lessons_new (klass->config, g_ptr_array_new (), NULL, &klass->clock);
  cr_lessons_set_watcher (klass->lessons, on_topics, klass);
  cr_lessons_set_revoked_func (klass->lessons, on_revoked, klass);
  klass->lesson = NULL;
  klass->lesson = cr_lessons_add (klass->lessons, "music", "音乐", no_codecs);
  cr_lesson_add_actor (klass->lesson, classroom_new ("a"));
  cr_lesson_add_actor (klass->lesson, classroom_new ("b"));
  cr_lesson_add_actor (klass->lesson, classroom_new ("c"));
  if (with_store)
    g_assert_true (cr_lessons_set_store (klass->lessons, klass->store.store, ZONE, &error));
  g_assert_no_error (error);
}

static void
turn (Class *klass)
{
  while (g_main_context_iteration (NULL, FALSE))
    ;
  klass->topics = klass->n_told = 0;
}

static void
set_up (Class *klass, gconstpointer data)
{
  fixture_set_up (&klass->store, NULL);
  klass->wall_us = G_GINT64_CONSTANT (1790000000) * G_USEC_PER_SEC;
  klass->clock = (CrClock){get_time, get_time, klass};
  klass->config = cr_config_new ();
  begin (klass, TRUE);
  turn (klass);
}

/* As kill -9 would leave it: nothing is sent that is not on its way. */
static void
stop (Class *klass)
{
  g_clear_pointer (&klass->lessons, cr_lessons_free);
}

static void
tear_down (Class *klass, gconstpointer data)
{
  g_clear_pointer (&klass->lessons, cr_lessons_free);
  fixture_tear_down (&klass->store, NULL);
  cr_config_free (klass->config);
  g_free (klass->revoked);
}

static void
give (Class *klass, const gchar *first, const gchar *second)
{
  const gchar *keys[] = {first, second, NULL};
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_lesson_set_floor (klass->lesson, keys, &error));
  g_assert_no_error (error);
}

static void
on_kept (const GError *error, gpointer data)
{
  *(gint *)data = error != NULL ? error->code : -1;
}

/* -1 when it is kept, else the code of CR_STORE_ERROR. */
static gint
wait_kept (Class *klass)
{
  gint outcome = -2;

  cr_lesson_when_kept (klass->lesson, on_kept, &outcome);
  while (outcome == -2)
    g_main_context_iteration (NULL, TRUE);
  return outcome;
}

static const CrFloorClassroom *
room (Class *klass, const gchar *key)
{
  return cr_floor_find (cr_lesson_get_floor_state (klass->lesson), key);
}

static void
test_the_floor_is_told_at_once (Class *klass, gconstpointer data)
{
  give (klass, "a", NULL);
  g_assert_cmphex (klass->topics & CR_TOPIC_FLOOR, !=, 0);
  g_assert_cmpuint (klass->n_told, ==, 1);
  give (klass, "a", NULL);
  turn (klass);
  g_assert_true (cr_lesson_set_hand (klass->lesson, "b", TRUE, NULL));
  g_assert_true (cr_lesson_set_muted (klass->lesson, "c", TRUE, NULL));
  g_assert_true (cr_lesson_add_note (klass->lesson, "c", "ready", NULL, NULL));
  g_assert_cmpuint (klass->n_told, ==, 0); /* once a turn */
  while (klass->n_told == 0)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmphex (klass->topics, ==, CR_TOPIC_HANDS | CR_TOPIC_CLASSROOMS | CR_TOPIC_NOTES);
  g_assert_cmpuint (klass->n_told, ==, 1);
}

static void
test_what_is_acknowledged_comes_back (Class *klass, gconstpointer data)
{
  give (klass, "a", NULL);
  give (klass, "b", "a");
  g_assert_true (cr_lesson_set_hand (klass->lesson, "c", TRUE, NULL));
  g_assert_true (cr_lesson_set_muted (klass->lesson, "b", TRUE, NULL));
  g_assert_true (cr_lesson_set_call (klass->lesson, CR_CALL_BY_TEACHER, TRUE, NULL));
  g_assert_cmpint (wait_kept (klass), ==, -1);
  stop (klass);
  begin (klass, TRUE);
  g_assert_cmpint (room (klass, "a")->slot, ==, 0);
  g_assert_cmpint (room (klass, "b")->slot, ==, 1);
  g_assert_true (room (klass, "b")->muted);
  g_assert_cmpuint (room (klass, "c")->hand, ==, 1);
  g_assert_cmpuint (room (klass, "a")->turns, ==, 1);
  g_assert_cmpuint (room (klass, "b")->turns, ==, 1);
  g_assert_cmpuint (cr_floor_get_calls (cr_lesson_get_floor_state (klass->lesson))->len, ==, 1);
  g_assert_cmpstr (cr_lesson_get_state (klass->lesson), ==, "open");

  klass->wall_us += G_GINT64_CONSTANT (24 * 60 * 60) * G_USEC_PER_SEC; /* tomorrow: turns begin anew */
  stop (klass);
  begin (klass, TRUE);
  g_assert_cmpint (room (klass, "a")->slot, ==, 0);
  g_assert_cmpuint (room (klass, "a")->turns, ==, 0);
}

static gboolean
list (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_live_store_list (tx, data, error);
}

static gboolean
count_open_turns (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT count(*), count(taken_at) FROM floor_turn WHERE lesson_id = 'music'");
  guint *counts = data;

  if (cr_statement_step (s, error) != CR_STEP_ROW)
    return FALSE;
  counts[0] = (guint)cr_statement_int (s, 0);
  counts[1] = (guint)cr_statement_int (s, 1);
  return TRUE;
}

static void
test_the_end_takes_the_floor_and_forgets (Class *klass, gconstpointer data)
{
  static const gchar *const nobody[] = {NULL};
  CrLesson *lesson = klass->lesson;
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (GError) error = NULL;
  guint counts[2];

  give (klass, "a", "b");
  g_assert_cmpint (wait_kept (klass), ==, -1);
  klass->topics = 0;
  cr_lessons_retire (klass->lessons, "music");
  g_assert_cmphex (klass->topics & (CR_TOPIC_FLOOR | CR_TOPIC_STATE | CR_TOPIC_ENDED), ==,
                   CR_TOPIC_FLOOR | CR_TOPIC_STATE | CR_TOPIC_ENDED);
  g_assert_cmpstr (cr_lesson_get_state (lesson), ==, "ended");
  g_assert_null (cr_floor_get_holder (cr_lesson_get_floor_state (lesson), 0));
  g_assert_false (cr_lesson_set_floor (lesson, nobody, &error));
  g_assert_error (error, CR_LIVE_ERROR, CR_LIVE_ERROR_ENDED);
  g_assert_false (cr_lesson_set_hand (lesson, "a", TRUE, NULL));
  g_assert_cmpint (wait_kept (klass), ==, -1);
  fixture_read (&klass->store, list, &rows);
  g_assert_cmpuint (rows->len, ==, 0);
  fixture_read (&klass->store, count_open_turns, counts);
  g_assert_cmpuint (counts[0], ==, 2);
  g_assert_cmpuint (counts[1], ==, 2);
  turn (klass);
  cr_lesson_tell (lesson, CR_TOPIC_SLIDE); /* nothing comes after the end */
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (klass->n_told, ==, 0);
}

/* Another process has the database. The lesson goes on, those who wait hear BUSY, and all of it is on the
 * disk as soon as it can be. */
static void
test_a_locked_database_costs_nothing_but_an_error (Class *klass, gconstpointer data)
{
  guint counts[2] = {0};
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (klass->store.path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  give (klass, "a", "b");
  g_assert_cmpint (room (klass, "a")->slot, ==, 0);
  g_assert_cmpint (wait_kept (klass), ==, CR_STORE_ERROR_BUSY);
  give (klass, "b", NULL); /* taken back all the same */
  g_assert_cmpint (room (klass, "a")->slot, ==, CR_FLOOR_NO_SLOT);
  g_assert_cmpint (wait_kept (klass), ==, CR_STORE_ERROR_BUSY);
  g_assert_cmpint (sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  while (counts[1] != 1) {
    g_main_context_iteration (NULL, TRUE); /* without anybody asking */
    fixture_read (&klass->store, count_open_turns, counts);
  }
  g_assert_cmpuint (counts[0], ==, 2); /* each turn once, however often it was tried */
  g_assert_cmpint (wait_kept (klass), ==, -1);
  stop (klass);
  begin (klass, TRUE);
  g_assert_cmpint (room (klass, "b")->slot, ==, 1);
}

static void
test_a_stop_sends_what_is_left (Class *klass, gconstpointer data)
{
  give (klass, "a", NULL);
  give (klass, "b", NULL); /* behind the write under way */
  g_assert_true (cr_lessons_set_store (klass->lessons, NULL, NULL, NULL));
  g_clear_pointer (&klass->store.store, cr_store_free);
  stop (klass);
  fixture_open (&klass->store);
  begin (klass, TRUE);
  g_assert_cmpint (room (klass, "b")->slot, ==, 0);
  g_assert_cmpuint (room (klass, "a")->turns, ==, 1);
}

static void
test_without_a_database (Class *klass, gconstpointer data)
{
  stop (klass);
  begin (klass, FALSE);
  give (klass, "a", NULL);
  g_assert_cmpint (wait_kept (klass), ==, -1);
  g_assert_cmpint (room (klass, "a")->slot, ==, 0);
  g_assert_cmpuint (room (klass, "a")->turns, ==, 1);
}

static gboolean
put_rubbish (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_live_store_put (tx, "music", data, 1790000000, error);
}

static void
test_rubbish_is_not_taken_up (Class *klass, gconstpointer data)
{
  static const gchar *const rubbish[] = {"", "{", "[]", "{\"live\":1,\"floor\":{}}",
                                         "{\"live\":true,\"floor\":7}"};

  for (guint i = 0; i < G_N_ELEMENTS (rubbish); i++) {
    stop (klass);
    fixture_run (&klass->store, put_rubbish, (gpointer)rubbish[i]);
    begin (klass, TRUE);
    g_assert_cmpstr (cr_lesson_get_state (klass->lesson), ==, "open");
    give (klass, "a", NULL);
    g_assert_cmpint (wait_kept (klass), ==, -1);
  }
}

/* A lesson of the timetable: its classrooms come when it opens, and what was kept with them. */

static void
add_listener (CrLessonPeople *people, const gchar *id, const gchar *school)
{
  g_ptr_array_add (people->listeners, cr_listener_new (id, school, id));
}

static CrLesson *
open_lesson (Class *klass)
{
  g_autoptr (CrLessonPeople) people = g_new0 (CrLessonPeople, 1);
  CrLesson *lesson;

  people->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_listener_free);
  add_listener (people, "room-1", "school-1");
  add_listener (people, "room-2", "school-2");
  klass->lesson = NULL;
  lesson = cr_lessons_add (klass->lessons, "art-2026-11-26", "美术", no_codecs);
  cr_lesson_set_people (lesson, people);
  klass->lesson = lesson;
  return lesson;
}

static void
test_a_lesson_of_the_timetable (Class *klass, gconstpointer data)
{
  CrLesson *lesson = open_lesson (klass);
  g_autoptr (CrActor) device = classroom_new ("设备"), other = classroom_new ("设备");
  g_autoptr (CrActor) assistant = classroom_new ("助教");

  device->classroom_id = g_strdup ("room-2");
  other->classroom_id = g_strdup ("room-3");
  assistant->role = CR_ROLE_ASSISTANT;
  assistant->school_id = g_strdup ("school-2");
  g_assert_cmpstr (cr_lesson_classroom_of (lesson, device), ==, "room-2");
  g_assert_null (cr_lesson_classroom_of (lesson, other));
  g_assert_cmpstr (cr_lesson_classroom_of (lesson, assistant), ==, "room-2");
  g_assert_cmpint (cr_lesson_get_health (lesson, "room-1")->condition, ==, CR_CONDITION_ABSENT);
  give (klass, "room-2", NULL);
  g_assert_cmpint (wait_kept (klass), ==, -1);
  stop (klass);
  begin (klass, TRUE);
  open_lesson (klass);
  g_assert_cmpint (room (klass, "room-2")->slot, ==, 0);
  g_assert_cmpuint (room (klass, "room-2")->turns, ==, 1);
}

/* The next lesson opens before the bell of the one that runs. */
static void
test_turns_are_those_of_all_lessons (Class *klass, gconstpointer data)
{
  CrLesson *running = klass->lesson, *next;

  klass->lesson = NULL;
  next = cr_lessons_add (klass->lessons, "art", "美术", no_codecs);
  cr_lesson_add_actor (next, classroom_new ("a"));
  turn (klass);
  g_assert_true (cr_lesson_set_floor (running, (const gchar *const[]){"a", NULL}, NULL));
  g_assert_cmpuint (cr_floor_find (cr_lesson_get_floor_state (running), "a")->turns, ==, 1);
  g_assert_cmpuint (cr_floor_find (cr_lesson_get_floor_state (next), "a")->turns, ==, 1);
  while (klass->n_told < 2) /* both are told */
    g_main_context_iteration (NULL, TRUE);
}

static void
test_revocation_is_told (Class *klass, gconstpointer data)
{
  g_assert_cmpuint (cr_lessons_revoke (klass->lessons, "device-7"), ==, 0);
  g_assert_cmpstr (klass->revoked, ==, "device-7");
}

#define class_test(path, func) g_test_add ("/live/lesson-class/" path, Class, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  class_test ("told", test_the_floor_is_told_at_once);
  class_test ("restart", test_what_is_acknowledged_comes_back);
  class_test ("end", test_the_end_takes_the_floor_and_forgets);
  class_test ("locked", test_a_locked_database_costs_nothing_but_an_error);
  class_test ("stop", test_a_stop_sends_what_is_left);
  class_test ("no-database", test_without_a_database);
  class_test ("rubbish", test_rubbish_is_not_taken_up);
  class_test ("timetable", test_a_lesson_of_the_timetable);
  class_test ("two-lessons", test_turns_are_those_of_all_lessons);
  class_test ("revoked", test_revocation_is_told);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson over the death of its daemon: floor, hands, mutes, turns, notes and calls are as they were last
 * acknowledged, whenever kill -9 came; and a database that is locked or damaged takes nothing from a lesson
 * but the promise to remember it.
 */
#include "support/daemon.h"
#include "support/folder.h"

#include "base/json.h"
#include "store/store.h"

#include <sqlite3.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define JSON     "application/json"
#define N_DEATHS 10

typedef struct {
  gchar *state;
  CrTestDaemon *daemon;
  gchar **tokens; /* of classrooms */
  gchar **keys;   /* as the roster has them */
} Fixture;

static JsonNode *
get_json (Fixture *f, const gchar *path, const gchar *token)
{
  g_autoptr (CrTestReply) reply = cr_test_http (f->daemon, "GET", path, token, NULL, NULL, NULL);
  g_autoptr (GError) error = NULL;
  JsonNode *node;

  g_assert_cmpuint (reply->status, ==, 200);
  node = cr_json_parse (reply->body, strlen (reply->body), &error);
  g_assert_no_error (error);
  return node;
}

static JsonNode *
get_document (Fixture *f)
{
  return get_json (f, "/api/v1/lessons/demo", f->daemon->teacher_token);
}

static gchar **
list_strings (JsonArray *list, const gchar *member)
{
  guint n = json_array_get_length (list);
  gchar **strings = g_new0 (gchar *, n + 1);

  for (guint i = 0; i < n; i++)
    strings[i] = g_strdup (
        member != NULL ? json_object_get_string_member (json_array_get_object_element (list, i), member)
                       : json_array_get_string_element (list, i));
  return strings;
}

static void
start (Fixture *f)
{
  const gchar *options[] = {"--state", f->state, "--demo-classrooms", "4", NULL};
  g_autoptr (JsonNode) demo = NULL, document = NULL;

  f->daemon = cr_test_daemon_start (NULL, options);
  demo = get_json (f, "/demo.json", NULL);
  document = get_document (f);
  g_strfreev (f->tokens);
  g_strfreev (f->keys);
  f->tokens =
      list_strings (json_object_get_array_member (json_node_get_object (demo), "classroom_tokens"), NULL);
  f->keys = list_strings (json_object_get_array_member (json_node_get_object (document), "classrooms"), "id");
  g_assert_cmpuint (g_strv_length (f->keys), ==, 4);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  alarm (120); /* the watchdog of the test */
  f->state = g_dir_make_tmp ("cr-kept-XXXXXX", NULL);
  start (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_test_daemon_stop (f->daemon);
  test_remove_folder (f->state);
  g_strfreev (f->tokens);
  g_strfreev (f->keys);
  g_free (f->state);
  alarm (0);
}

/* `body`: %1 to %4 stand for keys. Returns the status. */
static guint
act (Fixture *f, const gchar *token, const gchar *action, const gchar *body)
{
  g_autofree gchar *path = g_strconcat ("/api/v1/lessons/demo/", action, NULL);
  g_autoptr (GString) text = g_string_new (body);
  g_autoptr (CrTestReply) reply = NULL;

  for (guint i = 0; i < 4; i++) {
    const gchar name[] = {'%', (gchar)('1' + i), '\0'};

    g_string_replace (text, name, f->keys[i], 0);
  }
  reply = cr_test_http (f->daemon, "POST", path, token, JSON, text->str, NULL);
  return reply->status;
}

static void
do_act (Fixture *f, const gchar *token, const gchar *action, const gchar *body)
{
  g_assert_cmpuint (act (f, token, action, body), ==, 204);
}

/* What must be the same before and after. */
static gchar *
describe (Fixture *f)
{
  static const gchar *const members[] = {"state", "classrooms", "hands", "floor", "notes", "calls"};
  g_autoptr (JsonNode) document = get_document (f);
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (members); i++) {
    JsonNode *member = json_object_get_member (json_node_get_object (document), members[i]);
    g_autofree gchar *value = member != NULL ? json_to_string (member, FALSE) : NULL;

    g_assert_nonnull (value);
    g_string_append_printf (text, "%s: %s\n", members[i], value);
  }
  return g_string_free (text, FALSE);
}

static void
test_all_of_it_outlives_the_daemon (Fixture *f, gconstpointer data)
{
  const gchar *teacher = f->daemon->teacher_token;
  g_autofree gchar *before = NULL, *after = NULL;

  do_act (f, f->tokens[2], "hand", "{\"raised\":true}");
  do_act (f, f->tokens[0], "hand", "{\"raised\":true}");
  do_act (f, f->tokens[3], "hand", "{\"raised\":true}");
  do_act (f, teacher, "floor", "{\"classrooms\":[\"%1\"]}");
  do_act (f, teacher, "floor", "{\"classrooms\":[\"%2\",\"%1\"]}");
  do_act (f, teacher, "mute", "{\"classroom\":\"%4\",\"muted\":true}");
  do_act (f, f->tokens[1], "notes", "{\"code\":\"other\",\"text\":\"听不清\"}");
  do_act (f, f->tokens[1], "call", "{\"open\":true}");
  before = describe (f);
  g_assert_nonnull (strstr (before, "听不清"));
  cr_test_daemon_kill (f->daemon);
  start (f);
  after = describe (f);
  g_assert_cmpstr (after, ==, before);
}

static const gchar *
holder (JsonNode *document, guint slot)
{
  JsonArray *floor = json_object_get_array_member (json_node_get_object (document), "floor");

  return json_array_get_null_element (floor, slot) ? NULL : json_array_get_string_element (floor, slot);
}

static void
expect_floor (Fixture *f, const gchar *first, const gchar *second)
{
  g_autoptr (JsonNode) document = get_document (f);

  g_assert_cmpstr (holder (document, 0), ==, first);
  g_assert_cmpstr (holder (document, 1), ==, second);
}

/* Killed right after each answer, so before anything that might have been left for later. */
static void
test_what_was_acknowledged_is_on_the_disk (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < N_DEATHS; i++) {
    const gchar *key = f->keys[i % 4];
    g_autofree gchar *body = g_strdup_printf ("{\"classrooms\":[\"%s\"]}", key);
    g_autofree gchar *expected = g_strdup (key);

    do_act (f, f->daemon->teacher_token, "floor", body);
    cr_test_daemon_kill (f->daemon);
    start (f);
    expect_floor (f, expected, NULL);
  }
}

static sqlite3 *
open_database (Fixture *f)
{
  g_autofree gchar *path = cr_store_path (f->state);
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  return db;
}

static void
test_a_locked_database_stops_no_lesson (Fixture *f, gconstpointer data)
{
  sqlite3 *db = open_database (f);
  const gchar *teacher = f->daemon->teacher_token;

  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpuint (act (f, teacher, "floor", "{\"classrooms\":[\"%1\",\"%2\"]}"), ==, 503);
  expect_floor (f, f->keys[0], f->keys[1]);
  g_assert_cmpuint (act (f, teacher, "floor", "{\"classrooms\":[\"%2\"]}"), ==, 503);
  expect_floor (f, NULL, f->keys[1]);
  g_assert_cmpint (sqlite3_exec (db, "ROLLBACK", NULL, NULL, NULL), ==, SQLITE_OK);
  sqlite3_close (db);
  do_act (f, teacher, "floor", "{\"classrooms\":[\"%2\"]}"); /* nothing new, but kept now */
  cr_test_daemon_kill (f->daemon);
  start (f);
  expect_floor (f, NULL, f->keys[1]);
}

/* A page of the file is overwritten while nobody has it open: it can be read at most. */
static void
damage (Fixture *f)
{
  g_autofree gchar *path = cr_store_path (f->state);
  static guint8 rubbish[4096];
  FILE *file = fopen (path, "r+b");

  memset (rubbish, 0xa5, sizeof rubbish);
  g_assert_nonnull (file);
  g_assert_cmpint (fseek (file, 20 * (long)sizeof rubbish, SEEK_SET), ==, 0);
  g_assert_cmpuint (fwrite (rubbish, sizeof rubbish, 1, file), ==, 1);
  g_assert_cmpint (fclose (file), ==, 0);
}

static void
test_a_damaged_database_stops_no_lesson (Fixture *f, gconstpointer data)
{
  do_act (f, f->daemon->teacher_token, "floor", "{\"classrooms\":[\"%1\"]}");
  cr_test_daemon_stop (f->daemon); /* the log is in the file */
  damage (f);
  start (f);
  g_assert_cmpuint (act (f, f->daemon->teacher_token, "floor", "{\"classrooms\":[\"%3\",\"%4\"]}"), ==, 503);
  expect_floor (f, f->keys[2], f->keys[3]);
  g_assert_cmpuint (act (f, f->daemon->teacher_token, "floor", "{\"classrooms\":[]}"), ==, 503);
  expect_floor (f, NULL, NULL);
}

#define kept_test(path, func) g_test_add ("/server/kept-lesson/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  kept_test ("all", test_all_of_it_outlives_the_daemon);
  kept_test ("acknowledged", test_what_was_acknowledged_is_on_the_disk);
  kept_test ("locked", test_a_locked_database_stops_no_lesson);
  kept_test ("damaged", test_a_damaged_database_stops_no_lesson);
  return g_test_run ();
}

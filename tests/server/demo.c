/* SPDX-License-Identifier: Apache-2.0
 *
 * What the demo begins with, as those see it whom `./start` shows the accounts: everybody can sign in, the
 * sample district is there with paired devices and a week of lessons, of which one is open now; a restart
 * makes nothing twice.
 */
#include "support/daemon.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <string.h>
#include <unistd.h>

#define JSON        "application/json"
#define N_SCHOOLS   19 /* 18 that listen, one that hosts */
#define N_DEVICES   18
#define N_ACCOUNTS  6
#define POLL_US     50000
#define WATCHDOG_S  60
#define CLOCK_TICKS 200 /* of POLL_US: the lesson opens a second after the start */

typedef struct {
  gchar *folder;
  CrTestDaemon *daemon;
} World;

static void
start (World *world)
{
  const gchar *const options[] = {"--state", world->folder, NULL};

  world->daemon = cr_test_daemon_start (NULL, options);
}

static void
set_up (World *world, gconstpointer data)
{
  alarm (WATCHDOG_S);
  world->folder = g_dir_make_tmp ("cr-demo-XXXXXX", NULL);
  g_assert_nonnull (world->folder);
  start (world);
}

static void
tear_down (World *world, gconstpointer data)
{
  g_autoptr (GDir) dir = NULL;
  const gchar *name;

  cr_test_daemon_stop (world->daemon);
  dir = g_dir_open (world->folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (world->folder, name, NULL);
    GStatBuf status;

    g_assert_cmpint (g_stat (path, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 0077, ==, 0); /* passwords and tokens are the owner's alone */
    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (world->folder), ==, 0);
  g_free (world->folder);
  alarm (0);
}

static JsonNode *
get (World *world, const gchar *path, const gchar *cookie)
{
  const gchar *const headers[] = {"Cookie", cookie, NULL};
  g_autoptr (CrTestReply) reply =
      cr_test_http (world->daemon, "GET", path, NULL, NULL, NULL, cookie != NULL ? headers : NULL);
  JsonNode *root;

  g_assert_cmpuint (reply->status, ==, 200);
  root = json_from_string (reply->body, NULL);
  g_assert_nonnull (root);
  return root;
}

static JsonArray *
array_of (JsonNode *root, const gchar *name)
{
  return json_object_get_array_member (json_node_get_object (root), name);
}

static guint
count (World *world, const gchar *path, const gchar *cookie)
{
  g_autoptr (JsonNode) root = get (world, path, cookie);

  return json_array_get_length (array_of (root, "items"));
}

/* The session's cookie; free with g_free(). */
static gchar *
sign_in (World *world, JsonObject *account)
{
  g_autofree gchar *body = g_strdup_printf ("{\"login\":\"%s\",\"password\":\"%s\"}",
                                            json_object_get_string_member (account, "login"),
                                            json_object_get_string_member (account, "password"));
  g_autoptr (CrTestReply) reply =
      cr_test_http (world->daemon, "POST", "/api/v1/sign-in", NULL, JSON, body, NULL);
  const gchar *cookie = cr_test_reply_get (reply, "Set-Cookie");

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_nonnull (strstr (reply->body, json_object_get_string_member (account, "role")));
  return g_strndup (cookie, strcspn (cookie, ";"));
}

static guint
count_state (World *world, const gchar *state, const gchar *cookie)
{
  g_autoptr (JsonNode) root = get (world, "/api/v1/lessons", cookie); /* this week's */
  JsonArray *items = array_of (root, "items");
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (items); i++)
    n += g_strcmp0 (json_object_get_string_member (json_array_get_object_element (items, i), "state"),
                    state) == 0;
  return n;
}

static void
wait_for_one_open (World *world, const gchar *cookie)
{
  for (guint i = 0; count_state (world, "open", cookie) == 0; i++) {
    g_assert_cmpuint (i, <, CLOCK_TICKS);
    g_usleep (POLL_US);
  }
  g_assert_cmpuint (count_state (world, "open", cookie), ==, 1);
  g_assert_cmpuint (count_state (world, "ended", cookie), ==, 0); /* what was over before was not missed */
}

static void
test_everybody_can_sign_in (World *world, gconstpointer data)
{
  g_autoptr (JsonNode) demo = get (world, "/demo.json", NULL);
  JsonArray *accounts = array_of (demo, "accounts");

  g_assert_cmpuint (json_array_get_length (accounts), ==, N_ACCOUNTS);
  for (guint i = 0; i < N_ACCOUNTS; i++)
    g_free (sign_in (world, json_array_get_object_element (accounts, i)));
}

static void
test_the_district_is_there (World *world, gconstpointer data)
{
  g_autoptr (JsonNode) demo = get (world, "/demo.json", NULL);
  g_autofree gchar *cookie = sign_in (world, json_array_get_object_element (array_of (demo, "accounts"), 0));

  g_assert_cmpuint (count (world, "/api/v1/schools", cookie), ==, N_SCHOOLS);
  g_assert_cmpuint (count (world, "/api/v1/devices", cookie), ==, N_DEVICES);
  g_assert_cmpuint (count (world, "/api/v1/terms", cookie), ==, 1);
  g_assert_cmpuint (count (world, "/api/v1/lessons", cookie), >=, 10);
  wait_for_one_open (world, cookie);
}

static void
test_a_restart_makes_nothing_twice (World *world, gconstpointer data)
{
  g_autoptr (JsonNode) before = get (world, "/demo.json", NULL);
  g_autoptr (JsonNode) after = NULL;
  g_autofree gchar *cookie =
      sign_in (world, json_array_get_object_element (array_of (before, "accounts"), 0));
  guint n_lessons;

  wait_for_one_open (world, cookie);
  n_lessons = count (world, "/api/v1/lessons", cookie);
  cr_test_daemon_stop (world->daemon);
  start (world);
  after = get (world, "/demo.json", NULL);
  g_assert_true (json_node_equal (before, after));
  g_assert_cmpuint (count (world, "/api/v1/schools", cookie), ==, N_SCHOOLS); /* the session lives on */
  g_assert_cmpuint (count (world, "/api/v1/lessons", cookie), ==, n_lessons);
  wait_for_one_open (world, cookie);
}

#define TEST(name, func) g_test_add ("/server/demo/" name, World, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("accounts", test_everybody_can_sign_in);
  TEST ("district", test_the_district_is_there);
  TEST ("restart", test_a_restart_makes_nothing_twice);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log as its readers get it: proved stretch by stretch, limited by who, what and when, and as a
 * file that a spreadsheet opens without running anything.
 */
#include "server/people/people-fixture.h"

#include "store/audit-store.h"

#define N_ROWS    6100 /* more than a stretch of either kind */
#define FIRST_S   1000
#define DANGEROUS "=HYPERLINK(\"x\")"

static gboolean
fill (CrStoreTx *tx, gpointer data, GError **error)
{
  const World *world = data;

  for (guint i = 1; i <= N_ROWS; i++) {
    CrAuditRow row = {.at = FIRST_S + i,
                      .actor = i % 100 == 0 ? world_find ((World *)world, 'T')->id : (gchar *)"gone",
                      .role = (gchar *)"teacher",
                      .verb = (gchar *)(i % 100 == 0 ? "join" : "edit"),
                      .object = (gchar *)(i == N_ROWS ? DANGEROUS : "lesson/x"),
                      .address = (gchar *)"192.0.2.1"};

    if (!cr_audit_store_append (tx, &row, error))
      return FALSE;
  }
  return TRUE;
}

static void
set_up (World *world)
{
  g_autoptr (GError) error = NULL;

  world_set_up (world, g_ptr_array_new (), NULL);
  g_assert_true (cr_store_run_sync (world->http->store, fill, world, &error));
  g_assert_no_error (error);
}

/* As the auditor. */
static JsonNode *
ask (World *world, const gchar *path, const gchar *query)
{
  const Question question = {
      .method = "GET", .path = path, .query = query, .cookie = world_find (world, 'I')->secret};
  g_auto (Answer) answer = {0};
  JsonNode *root;

  world_ask (world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  root = cr_json_parse (answer.text, strlen (answer.text), NULL);
  g_assert_nonnull (root);
  return root;
}

static gint64
get_int (JsonNode *root, const gchar *member)
{
  return json_object_get_int_member (json_node_get_object (root), member);
}

static const gchar *
get_text (JsonNode *root, const gchar *member)
{
  JsonNode *node = json_object_get_member (json_node_get_object (root), member);

  return JSON_NODE_HOLDS_NULL (node) ? NULL : json_node_get_string (node);
}

static gboolean
is_null (JsonNode *root, const gchar *member)
{
  return json_object_get_null_member (json_node_get_object (root), member);
}

static void
test_chain (void)
{
  World world = {0};
  g_autoptr (JsonNode) first = NULL, last = NULL, kept = NULL, replaced = NULL, cut = NULL;
  g_autofree gchar *next = NULL, *end = NULL, *foreign = NULL, *beyond = NULL;

  set_up (&world);
  first = ask (&world, "/api/v1/audit/chain", NULL);
  g_assert_cmpint (get_int (first, "rows"), ==, N_ROWS);
  g_assert_cmpint (get_int (first, "proved"), ==, 5000);
  g_assert_true (is_null (first, "bad_seq"));
  next = g_strdup_printf ("cursor=%s", get_text (first, "next"));
  last = ask (&world, "/api/v1/audit/chain", next);
  g_assert_cmpint (get_int (last, "proved"), ==, N_ROWS);
  g_assert_true (is_null (last, "next"));

  end = g_strdup_printf ("cursor=%s", get_text (last, "end"));
  kept = ask (&world, "/api/v1/audit/chain", end);
  g_assert_true (is_null (kept, "bad_seq"));
  foreign = g_strdup_printf ("cursor=6000/%s", get_text (last, "head"));
  replaced = ask (&world, "/api/v1/audit/chain", foreign);
  g_assert_cmpint (get_int (replaced, "bad_seq"), ==, 6001);
  beyond = g_strdup_printf ("cursor=%u/%s", N_ROWS + 1, get_text (last, "head"));
  cut = ask (&world, "/api/v1/audit/chain", beyond);
  g_assert_cmpint (get_int (cut, "bad_seq"), ==, N_ROWS + 1);
  world_tear_down (&world);
}

static void
test_bad_cursors (void)
{
  static const gchar *const cursors[] = {"cursor=1", "cursor=x/y", "cursor=-1/00", "cursor=1/2/3"};
  World world = {0};

  world_set_up (&world, g_ptr_array_new (), NULL);
  for (guint i = 0; i < G_N_ELEMENTS (cursors); i++) {
    const Question question = {.method = "GET",
                               .path = "/api/v1/audit/chain",
                               .query = cursors[i],
                               .cookie = world_find (&world, 'I')->secret};
    g_auto (Answer) answer = {0};

    world_ask (&world, &question, &answer);
    g_assert_cmpuint (answer.status, ==, 422);
  }
  world_tear_down (&world);
}

static void
test_list (void)
{
  World world = {0};
  g_autoptr (JsonNode) page = NULL, empty = NULL;
  JsonObject *row;
  JsonArray *items;

  set_up (&world);
  page = ask (&world, "/api/v1/audit", "verb=join&object=lesson%2F&from=1000&to=3100&actor=&limit=5");
  items = json_object_get_array_member (json_node_get_object (page), "items");
  g_assert_cmpuint (json_array_get_length (items), ==, 5);
  row = json_array_get_object_element (items, 0);
  g_assert_cmpint (json_object_get_int_member (row, "seq"), ==, 2000); /* 2100 is of second 3100 */
  g_assert_cmpstr (json_object_get_string_member (row, "actor_name"), ==, "person T");
  g_assert_cmpuint (strlen (json_object_get_string_member (row, "hash")), ==, 64);
  empty = ask (&world, "/api/v1/audit", "actor=nobody");
  g_assert_cmpuint (
      json_array_get_length (json_object_get_array_member (json_node_get_object (empty), "items")), ==, 0);
  world_tear_down (&world);
}

static void
test_file (void)
{
  World world = {0};
  Question question = {.method = "GET", .path = "/api/v1/audit/export"};
  g_auto (Answer) all = {0}, some = {0};
  g_auto (GStrv) lines = NULL;

  set_up (&world);
  question.cookie = world_find (&world, 'I')->secret;
  world_ask (&world, &question, &all);
  g_assert_cmpuint (all.status, ==, 200);
  lines = g_strsplit (all.text, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, N_ROWS + 2); /* the heading, and nothing after the last */
  g_assert_true (g_str_has_prefix (lines[1], "6100,"));
  g_assert_nonnull (strstr (lines[1], "\"'=HYPERLINK(\"\"x\"\")\""));
  g_assert_true (
      g_str_has_prefix (lines[N_ROWS], "1,\"1970-01-01 00:16:41\",gone,,teacher,edit,lesson/x,192.0.2.1,"));

  question.query = "verb=join";
  world_ask (&world, &question, &some);
  g_strfreev (g_steal_pointer (&lines));
  lines = g_strsplit (some.text, "\r\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, N_ROWS / 100 + 2);
  world_tear_down (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/audit/chain", test_chain);
  g_test_add_func ("/server/http/audit/bad-cursors", test_bad_cursors);
  g_test_add_func ("/server/http/audit/list", test_list);
  g_test_add_func ("/server/http/audit/file", test_file);
  return g_test_run ();
}

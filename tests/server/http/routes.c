/* SPDX-License-Identifier: Apache-2.0
 *
 * The route table: every row is found by its own path, every other method of that path is 405 with an Allow
 * that tells the truth, and nothing that only looks like a path matches.
 */
#include "http/routes.h"

#include <string.h>

static const gchar *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "TRACE", "get"};

/* A path of the pattern, each parameter filled. */
static gchar *
example_path (const gchar *pattern)
{
  g_auto (GStrv) parts = g_strsplit (pattern, "/", -1);

  for (guint i = 0; parts[i] != NULL; i++) {
    if (parts[i][0] == '{') {
      const gchar *value = g_str_has_suffix (parts[i], "...}") ? "a/b.js" : "x-1";

      g_free (parts[i]);
      parts[i] = g_strdup (value);
    }
  }
  return g_strjoinv ("/", parts);
}

static gboolean
table_has (const gchar *pattern, const gchar *method)
{
  const gchar *wanted = g_str_equal (method, "HEAD") ? "GET" : method;

  for (guint i = 0; i < cr_n_routes; i++) {
    if (g_str_equal (cr_routes[i].pattern, pattern) && g_str_equal (cr_routes[i].method, wanted))
      return TRUE;
  }
  return FALSE;
}

static void
test_every_row_with_every_method (void)
{
  for (guint i = 0; i < cr_n_routes; i++) {
    g_autofree gchar *path = example_path (cr_routes[i].pattern);

    for (guint m = 0; m < G_N_ELEMENTS (methods); m++) {
      g_auto (CrRouteMatch) match = {0};

      cr_routes_match (methods[m], path, &match);
      g_assert_true (match.path_known);
      if (table_has (cr_routes[i].pattern, methods[m])) {
        g_assert_nonnull (match.route);
        g_assert_cmpstr (match.route->pattern, ==, cr_routes[i].pattern);
        g_assert_nonnull (strstr (match.allow, methods[m]));
      } else {
        g_assert_null (match.route);
        g_assert_null (strstr (match.allow, methods[m]));
      }
      g_assert_true (g_str_has_suffix (match.allow, ", OPTIONS"));
    }
  }
}

static void
test_parameters_are_decoded (void)
{
  g_auto (CrRouteMatch) match = {0};

  cr_routes_match ("PATCH", "/whip/le%73son/camera/0123", &match);
  g_assert_cmpstr (match.params[0], ==, "lesson");
  g_assert_cmpstr (match.params[1], ==, "camera");
  g_assert_cmpstr (match.params[2], ==, "0123");
  g_assert_cmpstr (match.accept_patch, ==, "application/trickle-ice-sdpfrag");
}

static void
test_look_alikes_do_not_match (void)
{
  static const gchar *const paths[] = {"",
                                       "whip/a/b",
                                       "/whip",
                                       "/whip/",
                                       "/whip/a",
                                       "/whip/a/",
                                       "/whip//b",
                                       "/whip/a/b/",
                                       "/whip/a/b/c/",
                                       "/whip/a/b/c/d",
                                       "/whip/a%2Fb/c%2Fd/e%2f",
                                       "/whip/a%00/b",
                                       "/whip/%ff/b%2f",
                                       "/whep",
                                       "/whep/",
                                       "/whep/a/",
                                       "/teacherx",
                                       "/teacher/",
                                       "//",
                                       "/static/",
                                       "/static",
                                       "/healthz/",
                                       "/api/v1/lessons/",
                                       "/api/v1/lessons/a/graph",
                                       "/HEALTHZ",
                                       "*"};

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_auto (CrRouteMatch) match = {0};

    g_test_message ("%s", paths[i]);
    cr_routes_match ("GET", paths[i], &match);
    g_assert_false (match.path_known);
  }
}

/* What the dispatcher relies on. */
static void
test_table_keeps_its_rules (void)
{
  for (guint i = 0; i < cr_n_routes; i++) {
    const CrRoute *route = &cr_routes[i];

    g_assert_nonnull (route->handler);
    if ((route->who & CR_WHO_TOKEN) != 0) /* the first parameter is the lesson that the token must be of */
      g_assert_cmpstr (strchr (route->pattern, '{'), ==, strstr (route->pattern, "{lesson}"));
    else /* no other origin may use what needs no token */
      g_assert_cmpuint (route->flags & CR_ROUTE_CORS, ==, 0);
    g_assert_cmpint (route->who == 0, ==, route->verb == CR_VERB_NONE);
    g_assert_cmpint (route->who == 0, ==, route->object == CR_OBJECT_NONE);
    if (route->who == 0 && !g_str_equal (route->method, "GET")) /* a page elsewhere could post */
      g_assert_cmpuint (route->flags & CR_ROUTE_OWN_PAGES, !=, 0);
    if (g_str_equal (route->method, "PATCH") || g_str_equal (route->method, "PUT"))
      g_assert_nonnull (route->body_type);
    else if (!g_str_equal (route->method, "POST"))
      g_assert_null (route->body_type);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/routes/every-row-with-every-method", test_every_row_with_every_method);
  g_test_add_func ("/server/http/routes/parameters-are-decoded", test_parameters_are_decoded);
  g_test_add_func ("/server/http/routes/look-alikes-do-not-match", test_look_alikes_do_not_match);
  g_test_add_func ("/server/http/routes/table-keeps-its-rules", test_table_keeps_its_rules);
  return g_test_run ();
}

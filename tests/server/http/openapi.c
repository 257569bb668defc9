/* SPDX-License-Identifier: Apache-2.0
 *
 * The description of the interface against the route table, both ways, and against itself: every reference
 * leads somewhere.
 */
#include "http/routes.h"

#include <json-glib/json-glib.h>
#include <string.h>

GResource *cr_http_files_get_resource (void);

static JsonNode *
load (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) bytes =
      g_resource_lookup_data (cr_http_files_get_resource (), "/org/classrelay/http/openapi.json",
                              G_RESOURCE_LOOKUP_FLAGS_NONE, &error);
  JsonNode *root;

  g_assert_no_error (error);
  root = json_from_string (g_bytes_get_data (bytes, NULL), &error);
  g_assert_no_error (error);
  return root;
}

static gboolean
is_described (const gchar *pattern)
{
  return g_str_has_prefix (pattern, "/api/v1/") || g_str_has_prefix (pattern, "/calendar/");
}

static void
test_every_route_is_described (void)
{
  g_autoptr (JsonNode) root = load ();
  JsonObject *paths = json_object_get_object_member (json_node_get_object (root), "paths");

  for (guint i = 0; i < cr_n_routes; i++) {
    g_autofree gchar *method = g_ascii_strdown (cr_routes[i].method, -1);

    if (!is_described (cr_routes[i].pattern))
      continue;
    g_test_message ("%s %s", cr_routes[i].method, cr_routes[i].pattern);
    g_assert_true (json_object_has_member (paths, cr_routes[i].pattern));
    g_assert_true (
        json_object_has_member (json_object_get_object_member (paths, cr_routes[i].pattern), method));
  }
}

static gboolean
has_route (const gchar *pattern, const gchar *method)
{
  for (guint i = 0; i < cr_n_routes; i++) {
    if (g_str_equal (cr_routes[i].pattern, pattern) && g_ascii_strcasecmp (cr_routes[i].method, method) == 0)
      return TRUE;
  }
  return FALSE;
}

/* The parameters of the path, and If-Match where an edit needs it. */
static void
check_parameters (const gchar *pattern, const gchar *method, JsonObject *operation)
{
  JsonArray *parameters = json_object_has_member (operation, "parameters")
                              ? json_object_get_array_member (operation, "parameters")
                              : NULL;
  guint n_in_path = 0, n_braces = 0;

  for (const gchar *p = pattern; *p != '\0'; p++)
    n_braces += *p == '{';
  for (guint i = 0; parameters != NULL && i < json_array_get_length (parameters); i++) {
    JsonObject *parameter = json_array_get_object_element (parameters, i);

    n_in_path += g_str_equal (json_object_get_string_member (parameter, "in"), "path");
  }
  g_test_message ("%s %s", method, pattern);
  g_assert_cmpuint (n_in_path, ==, n_braces);
}

static void
test_every_description_has_a_route (void)
{
  g_autoptr (JsonNode) root = load ();
  JsonObject *paths = json_object_get_object_member (json_node_get_object (root), "paths");
  g_autoptr (GList) patterns = json_object_get_members (paths);

  for (GList *l = patterns; l != NULL; l = l->next) {
    JsonObject *methods = json_object_get_object_member (paths, l->data);
    g_autoptr (GList) names = json_object_get_members (methods);

    for (GList *m = names; m != NULL; m = m->next) {
      g_assert_true (has_route (l->data, m->data));
      check_parameters (l->data, m->data, json_object_get_object_member (methods, m->data));
    }
  }
}

static void
check_references (JsonNode *node, JsonObject *schemas)
{
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    JsonObject *object = json_node_get_object (node);
    g_autoptr (GList) names = json_object_get_members (object);

    for (GList *l = names; l != NULL; l = l->next) {
      JsonNode *member = json_object_get_member (object, l->data);

      if (g_str_equal (l->data, "$ref") && json_node_get_value_type (member) == G_TYPE_STRING) {
        const gchar *target = json_node_get_string (member);

        g_assert_true (g_str_has_prefix (target, "#/components/schemas/"));
        g_assert_true (json_object_has_member (schemas, strrchr (target, '/') + 1));
      }
      check_references (member, schemas);
    }
  } else if (JSON_NODE_HOLDS_ARRAY (node)) {
    JsonArray *array = json_node_get_array (node);

    for (guint i = 0; i < json_array_get_length (array); i++)
      check_references (json_array_get_element (array, i), schemas);
  }
}

static void
test_references_lead_somewhere (void)
{
  g_autoptr (JsonNode) root = load ();
  JsonObject *components = json_object_get_object_member (json_node_get_object (root), "components");

  check_references (root, json_object_get_object_member (components, "schemas"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/openapi/every-route-is-described", test_every_route_is_described);
  g_test_add_func ("/server/http/openapi/every-description-has-a-route", test_every_description_has_a_route);
  g_test_add_func ("/server/http/openapi/references-lead-somewhere", test_references_lead_somewhere);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The guard before json-glib: deep nesting never reaches it, whatever it hides behind.
 */
#include "base/json.h"

#include <string.h>

static gchar *
nested (guint depth)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < depth; i++)
    g_string_append_c (text, ']');
  return g_string_free (text, FALSE);
}

static void
test_nesting_is_counted_outside_strings (void)
{
  g_assert_cmpuint (cr_json_nesting ("1", 1), ==, 0);
  g_assert_cmpuint (cr_json_nesting ("[{}]", 4), ==, 2);
  g_assert_cmpuint (cr_json_nesting ("[\"[[[[\"]", 8), ==, 1);
  g_assert_cmpuint (cr_json_nesting ("[\"\\\"[[\"]", 8), ==, 1);
  g_assert_cmpuint (cr_json_nesting ("]]][", 4), ==, 1);
}

static void
test_limit_is_exact (void)
{
  g_autofree gchar *good = nested (CR_JSON_MAX_NESTING);
  g_autofree gchar *deep = nested (CR_JSON_MAX_NESTING + 1);
  g_autofree gchar *very_deep = nested (100000);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = cr_json_parse (good, strlen (good), &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);
  g_assert_null (cr_json_parse (deep, strlen (deep), &error));
  g_assert_error (error, CR_JSON_ERROR, CR_JSON_ERROR_TOO_DEEP);
  g_clear_error (&error);
  g_assert_null (cr_json_parse (very_deep, strlen (very_deep), &error));
  g_assert_error (error, CR_JSON_ERROR, CR_JSON_ERROR_TOO_DEEP);
}

static void
test_what_is_not_json_is_refused (void)
{
  static const gchar *const refused[] = {"",    "{",       "[1,]",         "{\"a\":\"\xff\"}", "/* \" */ []",
                                         "'a'", "[1] [2]", "var a = [1];", "# \"\n[[[[1]]]]"};

  for (guint i = 0; i < G_N_ELEMENTS (refused); i++) {
    g_autoptr (GError) error = NULL;
    g_autoptr (JsonNode) node = cr_json_parse (refused[i], strlen (refused[i]), &error);

    g_test_message ("case %u", i);
    g_assert_null (node);
    g_assert_error (error, CR_JSON_ERROR, CR_JSON_ERROR_MALFORMED);
  }
}

static void
test_round_trip (void)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GError) error = NULL;
  g_autofree gchar *text = NULL;
  g_autoptr (JsonNode) node = NULL;
  gsize length;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "title");
  json_builder_add_string_value (builder, "音乐 \"三\"\n");
  json_builder_end_object (builder);
  text = cr_json_build (builder, &length);
  node = cr_json_parse (text, length, &error);
  g_assert_no_error (error);
  g_assert_cmpstr (json_object_get_string_member (json_node_get_object (node), "title"), ==, "音乐 \"三\"\n");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/json/nesting-is-counted-outside-strings", test_nesting_is_counted_outside_strings);
  g_test_add_func ("/base/json/limit-is-exact", test_limit_is_exact);
  g_test_add_func ("/base/json/what-is-not-json-is-refused", test_what_is_not_json_is_refused);
  g_test_add_func ("/base/json/round-trip", test_round_trip);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Two tables: rows by key, keys by number.
 */
#include "lesson-view.h"

#define N_FLOORS 2

typedef struct {
  guint number;
  gboolean muted;
} Row;

struct CrLessonView {
  GHashTable *rows; /* key to Row */
  GHashTable *keys; /* number to key */
  gchar *floor[N_FLOORS];
};

CrLessonView *
cr_lesson_view_new (void)
{
  CrLessonView *view = g_new0 (CrLessonView, 1);

  view->rows = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  view->keys = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  return view;
}

void
cr_lesson_view_free (CrLessonView *view)
{
  g_hash_table_unref (view->rows);
  g_hash_table_unref (view->keys);
  for (guint i = 0; i < N_FLOORS; i++)
    g_free (view->floor[i]);
  g_free (view);
}

/* NULL when it is absent or of another kind. */
static JsonArray *
get_array (JsonObject *document, const gchar *name)
{
  JsonNode *node = json_object_get_member (document, name);

  return node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
}

static void
apply_row (CrLessonView *view, JsonObject *object)
{
  const gchar *key = json_object_get_string_member_with_default (object, "id", NULL);
  Row *row = key == NULL ? NULL : g_hash_table_lookup (view->rows, key);

  if (key == NULL)
    return;
  if (row == NULL) {
    row = g_new0 (Row, 1);
    g_hash_table_insert (view->rows, g_strdup (key), row);
  }
  row->number = (guint)json_object_get_int_member_with_default (object, "number", row->number);
  row->muted = json_object_get_boolean_member_with_default (object, "muted", row->muted);
  g_hash_table_insert (view->keys, GUINT_TO_POINTER (row->number), g_strdup (key));
}

static void
apply_floor (CrLessonView *view, JsonArray *floor)
{
  for (guint i = 0; i < N_FLOORS; i++) {
    JsonNode *node = i < json_array_get_length (floor) ? json_array_get_element (floor, i) : NULL;

    g_clear_pointer (&view->floor[i], g_free);
    if (node != NULL && JSON_NODE_HOLDS_VALUE (node))
      view->floor[i] = g_strdup (json_node_get_string (node));
  }
}

void
cr_lesson_view_apply (CrLessonView *view, JsonObject *document)
{
  JsonArray *rows = get_array (document, "classrooms");
  JsonArray *floor = get_array (document, "floor");

  for (guint i = 0; rows != NULL && i < json_array_get_length (rows); i++) {
    JsonNode *node = json_array_get_element (rows, i);

    if (JSON_NODE_HOLDS_OBJECT (node))
      apply_row (view, json_node_get_object (node));
  }
  if (floor != NULL)
    apply_floor (view, floor);
}

const gchar *
cr_lesson_view_get_key (CrLessonView *view, guint number)
{
  return g_hash_table_lookup (view->keys, GUINT_TO_POINTER (number));
}

gboolean
cr_lesson_view_has_floor (CrLessonView *view, guint number)
{
  const gchar *key = cr_lesson_view_get_key (view, number);

  return key != NULL && (g_strcmp0 (key, view->floor[0]) == 0 || g_strcmp0 (key, view->floor[1]) == 0);
}

gboolean
cr_lesson_view_is_muted (CrLessonView *view, guint number)
{
  const gchar *key = cr_lesson_view_get_key (view, number);
  const Row *row = key == NULL ? NULL : g_hash_table_lookup (view->rows, key);

  return row != NULL && row->muted;
}

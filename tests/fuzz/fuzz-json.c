/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: JSON behind its guard. What is taken nests no deeper than the guard says and is one value.
 */
#include "fuzz-input.h"

#include "base/json.h"

static guint
depth_of (JsonNode *node)
{
  guint deepest = 0;

  if (JSON_NODE_HOLDS_ARRAY (node)) {
    g_autoptr (GList) elements = json_array_get_elements (json_node_get_array (node));

    for (GList *l = elements; l != NULL; l = l->next) {
      guint depth = depth_of (l->data);

      deepest = MAX (deepest, depth);
    }
    return deepest + 1;
  }
  if (JSON_NODE_HOLDS_OBJECT (node)) {
    g_autoptr (GList) values = json_object_get_values (json_node_get_object (node));

    for (GList *l = values; l != NULL; l = l->next) {
      guint depth = depth_of (l->data);

      deepest = MAX (deepest, depth);
    }
    return deepest + 1;
  }
  return 0;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_writer_func (fuzz_write_log, NULL, NULL);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = g_memdup2 (data, size);
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = cr_json_parse (text != NULL ? text : "", size, &error);

  g_assert_true ((node == NULL) == (error != NULL));
  if (node != NULL)
    g_assert_cmpuint (depth_of (node), <=, CR_JSON_MAX_NESTING);
  return 0;
}

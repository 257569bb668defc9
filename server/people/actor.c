/* SPDX-License-Identifier: Apache-2.0
 *
 * Making, comparing and freeing actors, and the names of roles.
 */
#include "people/actor.h"

#include "base/json.h"

#include <string.h>

typedef struct {
  CrRole role;
  const gchar *name;
} RoleName;

static const RoleName role_names[] = {
    {CR_ROLE_NONE, "none"},           {CR_ROLE_TEACHER, "teacher"},         {CR_ROLE_CLASSROOM, "classroom"},
    {CR_ROLE_VIEWER, "viewer"},       {CR_ROLE_COORDINATOR, "coordinator"}, {CR_ROLE_SCHOOL, "school"},
    {CR_ROLE_ASSISTANT, "assistant"}, {CR_ROLE_SUPERVISOR, "supervisor"},   {CR_ROLE_AUDITOR, "auditor"},
};

const gchar *
cr_role_name (CrRole role)
{
  for (guint i = 0; i < G_N_ELEMENTS (role_names); i++) {
    if (role_names[i].role == role)
      return role_names[i].name;
  }
  g_return_val_if_reached ("none");
}

gboolean
cr_role_from_name (const gchar *name, CrRole *role)
{
  for (guint i = 1; i < G_N_ELEMENTS (role_names); i++) { /* "none" is no role to have */
    if (g_strcmp0 (role_names[i].name, name) == 0) {
      *role = role_names[i].role;
      return TRUE;
    }
  }
  return FALSE;
}

CrActor *
cr_actor_new (const gchar *name, CrRole role, const CrTokenHash *token)
{
  CrActor *actor = g_new0 (CrActor, 1);

  g_atomic_ref_count_init (&actor->refs);
  actor->name = g_strdup (name);
  actor->role = role;
  actor->token = *token;
  return actor;
}

CrActor *
cr_actor_ref (const CrActor *actor)
{
  CrActor *same = (CrActor *)actor;

  g_atomic_ref_count_inc (&same->refs);
  return same;
}

void
cr_actor_unref (CrActor *actor)
{
  if (!g_atomic_ref_count_dec (&actor->refs))
    return;
  g_free (actor->id);
  g_free (actor->name);
  g_free (actor->lesson_id);
  g_free (actor->school_id);
  g_free (actor->classroom_id);
  g_free (actor->teacher_id);
  g_strfreev (actor->districts);
  g_free (actor);
}

gboolean
cr_actor_is_same (const CrActor *a, const CrActor *b)
{
  if (a == b)
    return TRUE;
  return a->id != NULL && b->id != NULL && a->role == b->role && g_str_equal (a->id, b->id);
}

static gchar **
strings_of (JsonArray *array)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);

    if (json_node_get_value_type (element) != G_TYPE_STRING)
      return NULL;
    g_strv_builder_add (builder, json_node_get_string (element));
  }
  return g_strv_builder_end (builder);
}

gchar **
cr_districts_parse (const gchar *json, gboolean *valid)
{
  g_autoptr (JsonNode) node = json != NULL ? cr_json_parse (json, strlen (json), NULL) : NULL;
  gchar **districts = NULL;

  if (node != NULL && JSON_NODE_HOLDS_ARRAY (node))
    districts = strings_of (json_node_get_array (node));
  if (valid != NULL)
    *valid = json == NULL || districts != NULL;
  return districts;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a restart needs of a floor, as JSON, and the way back. It comes from a file that others may have
 * edited: each member is checked, everything goes into a second floor first, and only a whole one takes the
 * place of the first.
 *
 *   {"muted":[KEY…],"hands":[{"classroom":KEY,"at":S}…],"floor":[KEY|null,KEY|null],
 *    "notes":[{"classroom":KEY,"code":…,"text":…,"at":S}…],"calls":[{"who":KEY,"at":S}…]}
 */
#include "live/floor-private.h"

#define MAX_ENTRIES 10000 /* as many classrooms as a configuration may have */

static void
add_string (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, value);
}

static void
begin_entry (JsonBuilder *builder, gint64 at_s)
{
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "at");
  json_builder_add_int_value (builder, at_s);
}

static void
save_classrooms (const CrFloor *floor, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "muted");
  json_builder_begin_array (builder);
  for (guint i = 0; i < floor->classrooms->len; i++) {
    const CrFloorClassroom *classroom = floor->classrooms->pdata[i];

    if (classroom->muted)
      json_builder_add_string_value (builder, classroom->key);
  }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "hands");
  json_builder_begin_array (builder);
  for (guint i = 0; i < floor->hands->len; i++) {
    const CrFloorClassroom *classroom = floor->hands->pdata[i];

    begin_entry (builder, classroom->raised_at_s);
    add_string (builder, "classroom", classroom->key);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
save_floor (const CrFloor *floor, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "floor");
  json_builder_begin_array (builder);
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    if (floor->holders[slot] != NULL)
      json_builder_add_string_value (builder, floor->holders[slot]->key);
    else
      json_builder_add_null_value (builder);
  }
  json_builder_end_array (builder);
}

static void
save_notes (const CrFloor *floor, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "notes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < floor->notes->len; i++) {
    const CrFloorNote *note = floor->notes->pdata[i];

    begin_entry (builder, note->at_s);
    add_string (builder, "classroom", note->classroom);
    add_string (builder, "code", note->code);
    add_string (builder, "text", note->text);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "calls");
  json_builder_begin_array (builder);
  for (guint i = 0; i < floor->calls->len; i++) {
    const CrFloorCall *call = floor->calls->pdata[i];

    begin_entry (builder, call->at_s);
    add_string (builder, "who", call->who);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

void
cr_floor_save (const CrFloor *floor, JsonBuilder *builder)
{
  json_builder_begin_object (builder);
  save_classrooms (floor, builder);
  save_floor (floor, builder);
  save_notes (floor, builder);
  json_builder_end_object (builder);
}

/* The way back. */

static JsonArray *
get_list (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);
  JsonArray *list = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  return list != NULL && json_array_get_length (list) <= MAX_ENTRIES ? list : NULL;
}

static const gchar *
get_text (JsonNode *node)
{
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    return NULL;
  return json_node_get_string (node);
}

typedef struct {
  const gchar *key;
  gint64 at_s;
  JsonObject *object;
} Entry;

/* An object with a key under `name` and a time. */
static gboolean
get_entry (JsonArray *list, guint index, const gchar *name, Entry *entry)
{
  JsonNode *node = json_array_get_element (list, index);
  JsonNode *at;

  if (!JSON_NODE_HOLDS_OBJECT (node))
    return FALSE;
  entry->object = json_node_get_object (node);
  entry->key = get_text (json_object_get_member (entry->object, name));
  at = json_object_get_member (entry->object, "at");
  if (entry->key == NULL || at == NULL || !JSON_NODE_HOLDS_VALUE (at) ||
      json_node_get_value_type (at) != G_TYPE_INT64)
    return FALSE;
  entry->at_s = json_node_get_int (at);
  return entry->at_s >= 0;
}

static gboolean
restore_muted (CrFloor *floor, JsonArray *list)
{
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    const gchar *key = get_text (json_array_get_element (list, i));
    CrFloorClassroom *classroom = key != NULL ? g_hash_table_lookup (floor->by_key, key) : NULL;

    if (key == NULL)
      return FALSE;
    if (classroom != NULL)
      classroom->muted = TRUE;
  }
  return list != NULL;
}

static gboolean
restore_hands (CrFloor *floor, JsonArray *list)
{
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    CrFloorClassroom *classroom;
    Entry entry;

    if (!get_entry (list, i, "classroom", &entry))
      return FALSE;
    classroom = g_hash_table_lookup (floor->by_key, entry.key);
    if (classroom == NULL)
      continue;
    if (classroom->hand != 0)
      return FALSE;
    cr_floor_raise (floor, classroom, entry.at_s);
  }
  return list != NULL;
}

static gboolean
restore_holders (CrFloor *floor, JsonArray *list)
{
  if (list == NULL || json_array_get_length (list) != CR_FLOOR_N_SLOTS)
    return FALSE;
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    JsonNode *node = json_array_get_element (list, slot);
    const gchar *key = get_text (node);
    CrFloorClassroom *classroom = key != NULL ? g_hash_table_lookup (floor->by_key, key) : NULL;

    if (key == NULL && !JSON_NODE_HOLDS_NULL (node))
      return FALSE;
    if (classroom == NULL)
      continue;
    if (classroom->slot != CR_FLOOR_NO_SLOT)
      return FALSE;
    cr_floor_hold (floor, slot, classroom);
  }
  return TRUE;
}

static gboolean
restore_notes (CrFloor *floor, JsonArray *list)
{
  if (list == NULL || json_array_get_length (list) > CR_FLOOR_MAX_NOTES)
    return FALSE;
  for (guint i = 0; i < json_array_get_length (list); i++) {
    const gchar *code, *text;
    Entry entry;

    if (!get_entry (list, i, "classroom", &entry))
      return FALSE;
    code = get_text (json_object_get_member (entry.object, "code"));
    text = get_text (json_object_get_member (entry.object, "text"));
    if (text == NULL || !cr_floor_note_is_valid (code, text))
      return FALSE;
    if (cr_floor_find (floor, entry.key) != NULL)
      cr_floor_append_note (floor, entry.key, code, text, entry.at_s);
  }
  return TRUE;
}

static gboolean
is_called (const CrFloor *floor, const gchar *who)
{
  for (guint i = 0; i < floor->calls->len; i++) {
    if (g_str_equal (((const CrFloorCall *)floor->calls->pdata[i])->who, who))
      return TRUE;
  }
  return FALSE;
}

static gboolean
restore_calls (CrFloor *floor, JsonArray *list)
{
  for (guint i = 0; list != NULL && i < json_array_get_length (list); i++) {
    Entry entry;

    if (!get_entry (list, i, "who", &entry) || is_called (floor, entry.key))
      return FALSE;
    if (g_str_equal (entry.key, CR_CALL_BY_TEACHER) || cr_floor_find (floor, entry.key) != NULL)
      cr_floor_append_call (floor, entry.key, entry.at_s);
  }
  return list != NULL;
}

/* The same roster, with who is there and the turns, and nothing that is saved. */
static CrFloor *
make_blank (const CrFloor *floor)
{
  CrFloor *blank = cr_floor_new ();
  g_autofree CrRosterEntry *entries = g_new (CrRosterEntry, floor->classrooms->len + 1);

  for (guint i = 0; i < floor->classrooms->len; i++) {
    const CrFloorClassroom *classroom = floor->classrooms->pdata[i];

    entries[i] = (CrRosterEntry){.key = classroom->key, .name = classroom->name};
  }
  (void)cr_floor_set_roster (blank, entries, floor->classrooms->len);
  for (guint i = 0; i < floor->classrooms->len; i++) {
    const CrFloorClassroom *from = floor->classrooms->pdata[i];
    CrFloorClassroom *to = blank->classrooms->pdata[i];

    to->present = from->present;
    to->publishing = from->publishing;
    to->turns = from->turns;
  }
  return blank;
}

gboolean
cr_floor_restore (CrFloor *floor, JsonNode *saved, GError **error)
{
  g_autoptr (CrFloor) restored = make_blank (floor);
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (saved) ? json_node_get_object (saved) : NULL;
  CrFloor before = *floor;

  if (object == NULL || !restore_muted (restored, get_list (object, "muted")) ||
      !restore_hands (restored, get_list (object, "hands")) ||
      !restore_holders (restored, get_list (object, "floor")) ||
      !restore_notes (restored, get_list (object, "notes")) ||
      !restore_calls (restored, get_list (object, "calls"))) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_INVALID,
                         "the lesson's floor was not kept as it should be");
    return FALSE;
  }
  *floor = *restored;
  *restored = before; /* freed in its place */
  return TRUE;
}

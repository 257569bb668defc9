/* SPDX-License-Identifier: Apache-2.0
 *
 * What all tables have in common.
 */
#include "exchange/table.h"

static const CrTable *const tables[] = {&cr_table_schools,  &cr_table_classrooms, &cr_table_classes,
                                        &cr_table_teachers, &cr_table_terms,      &cr_table_bells,
                                        &cr_table_busy,     &cr_table_courses};

const CrTable *
cr_table_by_kind (CrObjectKind kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    if (tables[i]->kind == kind)
      return tables[i];
  }
  return NULL;
}

const CrTable *
cr_table_by_name (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    if (g_strcmp0 (tables[i]->name, name) == 0 && tables[i]->take_codes != NULL)
      return tables[i];
  }
  return NULL;
}

const gchar *
cr_table_id (gconstpointer row)
{
  return *(gchar *const *)row;
}

gint64
cr_table_version (const CrTable *table, gconstpointer row)
{
  gconstpointer place = (const guint8 *)row + table->version_offset;

  return table->version_is_64 ? *(const gint64 *)place : *(const guint *)place;
}

void
cr_table_set_version (const CrTable *table, gpointer row, gint64 version)
{
  gpointer place = (guint8 *)row + table->version_offset;

  if (table->version_is_64)
    *(gint64 *)place = version;
  else
    *(guint *)place = (guint)MIN (version, G_MAXUINT);
}

void
cr_entry_clear (const CrTable *table, CrEntry *entry)
{
  if (entry->row != NULL)
    table->free_row (entry->row);
  entry->row = NULL;
  for (guint i = 0; i < CR_CODES_MAX; i++)
    g_clear_pointer (&entry->codes[i], g_free);
}

void
cr_fault_take (CrFault *fault, const gchar *field, gchar *sentence)
{
  if (sentence == NULL)
    return;
  if (fault->sentence != NULL) {
    g_free (sentence);
    return;
  }
  fault->sentence = sentence;
  fault->field = field;
}

void
cr_fault_say (CrFault *fault, const gchar *field, gboolean chinese, const gchar *zh, const gchar *en)
{
  cr_fault_take (fault, field, g_strdup (chinese ? zh : en));
}

void
cr_fault_check_school (CrDirectory *directory, const gchar *school_id, const gchar *field, gboolean chinese,
                       CrFault *fault)
{
  if (cr_directory_school (directory, school_id) == NULL)
    cr_fault_say (fault, field, chinese, "没有这所学校", "there is no such school");
}

const gchar *
cr_table_heading (const CrTable *table, const gchar *name, gboolean chinese)
{
  for (guint i = 0; name != NULL && i < table->n_columns; i++) {
    if (g_str_equal (table->columns[i].name, name))
      return cr_column_heading (&table->columns[i], chinese);
  }
  return NULL;
}

static const CrColumn *
find_column (const CrTable *table, const gchar *name)
{
  for (guint i = 0; i < table->n_columns; i++) {
    if (table->columns[i].type != CR_COLUMN_CODE && g_str_equal (table->columns[i].name, name))
      return &table->columns[i];
  }
  return NULL;
}

static void
read_column (const CrColumn *column, CrEntry *entry, JsonNode *node, gboolean is_new, gboolean chinese,
             CrFault *fault)
{
  g_autofree gchar *before = cr_column_get (column, entry, FALSE);
  g_autofree gchar *after = NULL;

  cr_fault_take (fault, column->name, cr_column_set_json (column, entry, node, chinese));
  if (is_new || (column->flags & CR_COLUMN_FIXED) == 0 || fault->sentence != NULL)
    return;
  after = cr_column_get (column, entry, FALSE);
  if (g_strcmp0 (before, after) != 0)
    cr_fault_say (fault, column->name, chinese, "建立后不能更改", "cannot change once it is made");
}

/* Answers may be sent back as they came. */
static gboolean
is_derived (const CrTable *table, const gchar *name)
{
  return g_str_equal (name, "id") || g_str_equal (name, "version") || g_strv_contains (table->derived, name);
}

static const gchar *
read_member (const CrTable *table, CrEntry *entry, const gchar *name, JsonNode *node, gboolean is_new,
             gboolean chinese, CrFault *fault)
{
  const CrColumn *column = find_column (table, name);

  if (column != NULL)
    read_column (column, entry, node, is_new, chinese, fault);
  else if (!is_derived (table, name) &&
           (table->read_member == NULL || !table->read_member (entry->row, name, node, chinese, fault)))
    cr_fault_say (fault, NULL, chinese, "有不认识的字段", "there is a field that is not known here");
  return NULL;
}

void
cr_table_read_json (const CrTable *table, CrEntry *entry, JsonObject *body, gboolean is_new, gboolean chinese,
                    CrFault *fault)
{
  g_autoptr (GList) names = json_object_get_members (body);

  for (GList *l = names; l != NULL && fault->sentence == NULL; l = l->next)
    read_member (table, entry, l->data, json_object_get_member (body, l->data), is_new, chinese, fault);
  for (guint i = 0; is_new && i < table->n_columns; i++) {
    const CrColumn *column = &table->columns[i];

    if ((column->flags & CR_COLUMN_NEEDED) != 0 && column->type != CR_COLUMN_CODE &&
        column->type != CR_COLUMN_WEEKS && !json_object_has_member (body, column->name))
      cr_fault_say (fault, column->name, chinese, "不能为空", "must not be empty");
  }
}

void
cr_json_add_text (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

void
cr_table_add_school (CrDirectory *directory, const gchar *school_id, JsonBuilder *builder)
{
  const CrSchoolRow *school = cr_directory_school (directory, school_id);

  cr_json_add_text (builder, "school_code", school != NULL ? school->code : NULL);
  cr_json_add_text (builder, "school_name", school != NULL ? school->name : NULL);
}

void
cr_table_add_json (const CrTable *table, CrDirectory *directory, gconstpointer row, JsonBuilder *builder)
{
  const CrEntry entry = {.row = (gpointer)row};

  json_builder_begin_object (builder);
  cr_json_add_text (builder, "id", cr_table_id (row));
  for (guint i = 0; i < table->n_columns; i++) {
    if (table->columns[i].type != CR_COLUMN_CODE)
      cr_column_add_json (&table->columns[i], &entry, builder);
  }
  if (table->add_members != NULL)
    table->add_members (directory, row, builder);
  json_builder_set_member_name (builder, "version");
  json_builder_add_int_value (builder, cr_table_version (table, row));
  json_builder_end_object (builder);
}

gchar *
cr_table_entry_text (const CrTable *table, const CrEntry *entry, guint flags)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < table->n_columns; i++) {
    const CrColumn *column = &table->columns[i];
    g_autofree gchar *value = NULL;

    if ((column->flags & CR_COLUMN_NO_FILE) != 0 || (column->flags & flags) != flags)
      continue;
    value = cr_column_get (column, entry, FALSE);
    g_string_append (text, value != NULL ? value : "");
    g_string_append_c (text, '\x1f'); /* no text holds a control character */
  }
  return g_string_free (text, FALSE);
}

gchar *
cr_table_entry_key (const CrTable *table, const CrEntry *entry)
{
  g_autofree gchar *key = cr_table_entry_text (table, entry, CR_COLUMN_KEY);

  return *key != '\0' && *key != '\x1f' ? g_steal_pointer (&key) : NULL;
}

gint
cr_table_find_heading (const CrTable *table, const gchar *text)
{
  for (guint i = 0; i < table->n_columns; i++) {
    const CrColumn *column = &table->columns[i];

    if ((column->flags & CR_COLUMN_NO_FILE) == 0 &&
        (g_ascii_strcasecmp (column->name, text) == 0 || g_strcmp0 (column->zh, text) == 0))
      return (gint)i;
  }
  return -1;
}

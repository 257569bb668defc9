/* SPDX-License-Identifier: Apache-2.0
 *
 * heading → rows → entries (new ones, or copies of what is there) → checks → writes → conflicts. Whether an
 * entry changed anything is seen by comparing the lines that it would be exported as.
 */
#include "exchange/import.h"

#include "exchange/clash-check.h"
#include "exchange/course-edit.h"

#include <string.h>

/* An entry that the file makes or changes. */
typedef struct {
  CrEntry entry;
  guint line; /* of its first row */
  gboolean is_new;
  gchar *before;           /* the lines that it was; NULL: new */
  CrCourse *course_before; /* of a course that was there */
  gboolean incomplete;     /* a cell was wrong: what it comes to cannot be checked */
  gboolean written;
} Item;

typedef struct {
  const CrImport *import;
  const CrTable *table;
  CrStoreTx *tx;
  CrDirectory *directory;
  CrCsv *csv;
  gint places[CR_CSV_MAX_COLUMNS]; /* of each column of the file: of the table's, -1 none */
  GHashTable *there;               /* key -> row that is there; rows without a key are under their lines */
  GPtrArray *there_rows;
  GHashTable *items_by_key;
  GPtrArray *items;
  JsonBuilder *errors; /* an open array */
  guint n_errors;
  CrClashCheck *clashes; /* NULL: not looked */
  guint n_created, n_updated, n_unchanged;
} Run;

static void
item_free (gpointer data)
{
  Item *item = data;

  g_free (item->before);
  g_clear_pointer (&item->course_before, cr_course_free);
  g_free (item);
}

/* Of a calendar, people know the lines of the calendar. */
static guint
shown_line (const Run *run, guint line)
{
  return run->import->calendar != NULL ? cr_calendar_line (run->import->calendar, line) : line;
}

static void
add_error (Run *run, guint line, guint column, const gchar *name, const gchar *value, const gchar *code,
           const gchar *sentence)
{
  if (run->n_errors++ >= CR_IMPORT_MAX_ERRORS)
    return;
  json_builder_begin_object (run->errors);
  json_builder_set_member_name (run->errors, "line");
  json_builder_add_int_value (run->errors, shown_line (run, line));
  json_builder_set_member_name (run->errors, "column");
  json_builder_add_int_value (run->errors, run->import->calendar != NULL ? 0 : column);
  cr_json_add_text (run->errors, "column_name", name);
  cr_json_add_text (run->errors, "column_heading", cr_table_heading (run->table, name, run->import->chinese));
  cr_json_add_text (run->errors, "value", value);
  cr_json_add_text (run->errors, "code", code);
  cr_json_add_text (run->errors, "message", sentence);
  json_builder_end_object (run->errors);
}

static const gchar *
words (const Run *run, const gchar *zh, const gchar *en)
{
  return run->import->chinese ? zh : en;
}

/* The file's column of a table's column, from 1; 0 when it has none. */
static guint
file_column (const Run *run, const gchar *name)
{
  for (guint i = 0; name != NULL && i < CR_CSV_MAX_COLUMNS; i++) {
    if (run->places[i] >= 0 && g_str_equal (run->table->columns[run->places[i]].name, name))
      return i + 1;
  }
  return 0;
}

static void
add_fault (Run *run, guint line, CrFault *fault)
{
  if (fault->sentence == NULL)
    return;
  add_error (run, line, file_column (run, fault->field), fault->field, NULL, "invalid", fault->sentence);
  g_clear_pointer (&fault->sentence, g_free);
}

static void
read_heading (Run *run)
{
  const CrCsvRow *heading = run->csv->rows->len > 0 ? run->csv->rows->pdata[0] : NULL;
  guint line = heading != NULL ? heading->line : 1;

  memset (run->places, -1, sizeof run->places);
  for (guint i = 0; heading != NULL && i < heading->cells->len; i++) {
    const gchar *text = cr_csv_cell (heading, i);
    gint place = cr_table_find_heading (run->table, text);

    if (*text == '\0')
      continue;
    if (place < 0)
      add_error (run, line, i + 1, NULL, text, "unknown_column",
                 words (run, "不认识这一列", "this column is not known"));
    else if (file_column (run, run->table->columns[place].name) != 0)
      add_error (run, line, i + 1, NULL, text, "column_twice",
                 words (run, "这一列出现了两次", "this column comes twice"));
    else
      run->places[i] = place;
  }
  for (guint i = 0; i < run->table->n_columns; i++) {
    const CrColumn *column = &run->table->columns[i];

    if ((column->flags & CR_COLUMN_NEEDED) != 0 && (column->flags & CR_COLUMN_NO_FILE) == 0 &&
        file_column (run, column->name) == 0)
      add_error (run, line, 0, column->name, cr_column_heading (column, run->import->chinese),
                 "missing_column", words (run, "缺少这一列", "this column is missing"));
  }
}

/* All lines of an entry. */
static gchar *
lines_of (Run *run, gpointer row)
{
  guint n_lines = run->table->n_lines != NULL ? run->table->n_lines (row) : 1;
  CrEntry entry = {.row = row};
  GString *text = g_string_new (NULL);

  for (guint line = 0; line < n_lines; line++) {
    g_autofree gchar *one = NULL;

    run->table->give_codes (run->directory, &entry, line, FALSE);
    one = cr_table_entry_text (run->table, &entry, 0);
    g_string_append (text, one);
  }
  entry.row = NULL;
  cr_entry_clear (run->table, &entry);
  return g_string_free (text, FALSE);
}

static gboolean
load_what_is_there (Run *run, GError **error)
{
  const CrListQuery query = {.term_id = run->import->term_id};
  const CrPage all = {0};

  run->directory = cr_directory_load (run->tx, error);
  if (run->directory == NULL || !run->table->list (run->tx, &query, &all, &run->there_rows, NULL, error))
    return FALSE;
  run->there = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < run->there_rows->len; i++) {
    CrEntry entry = {.row = run->there_rows->pdata[i]};
    gchar *key;

    if (run->table->n_lines == NULL || run->table->n_lines (entry.row) > 0)
      run->table->give_codes (run->directory, &entry, 0, FALSE);
    key = cr_table_entry_key (run->table, &entry);
    g_hash_table_insert (run->there, key != NULL ? key : lines_of (run, entry.row), entry.row);
    entry.row = NULL;
    cr_entry_clear (run->table, &entry);
  }
  return TRUE;
}

static gboolean
read_cells (Run *run, const CrCsvRow *row, CrEntry *entry)
{
  guint n_before = run->n_errors;

  for (guint i = 0; i < CR_CSV_MAX_COLUMNS; i++) {
    const CrColumn *column = run->places[i] >= 0 ? &run->table->columns[run->places[i]] : NULL;
    const gchar *cell = cr_csv_cell (row, i);
    g_autofree gchar *wrong =
        column != NULL ? cr_column_set (column, entry, cell, run->import->chinese) : NULL;

    if (wrong != NULL)
      add_error (run, row->line, i + 1, column->name, cell, "invalid", wrong);
    if (column == NULL && *cell != '\0')
      add_error (run, row->line, i + 1, NULL, cell, "unknown_column",
                 words (run, "这一格不属于任何一列", "this cell belongs to no column"));
  }
  return run->n_errors == n_before;
}

/* The cells of the key, before it is known which entry the row is of. */
static gchar *
read_key (Run *run, const CrCsvRow *row)
{
  CrEntry probe = {.row = run->table->make ()};
  gchar *key;

  for (guint i = 0; i < CR_CSV_MAX_COLUMNS; i++) {
    const CrColumn *column = run->places[i] >= 0 ? &run->table->columns[run->places[i]] : NULL;

    if (column != NULL && (column->flags & CR_COLUMN_KEY) != 0)
      g_free (
          cr_column_set (column, &probe, cr_csv_cell (row, i), FALSE)); /* read_cells() says what is wrong */
  }
  key = cr_table_entry_key (run->table, &probe);
  cr_entry_clear (run->table, &probe);
  return key;
}

/* What no column of the file says. */
static void
complete_new (Run *run, gpointer row)
{
  CrCourse *course = row;

  if (run->table != &cr_table_courses)
    return;
  course->term_id = g_strdup (run->import->term_id);
}

/* Takes `row`, of what is there (NULL: a new one). */
static Item *
add_item (Run *run, gpointer row, guint line)
{
  Item *item = g_new0 (Item, 1);

  item->line = line;
  item->is_new = row == NULL;
  item->before = row != NULL ? lines_of (run, row) : NULL;
  item->entry.row = row != NULL ? row : run->table->make ();
  if (row == NULL)
    complete_new (run, item->entry.row);
  else if (run->table == &cr_table_courses)
    item->course_before = cr_course_copy (row);
  else if (run->table->begin_lines != NULL)
    run->table->begin_lines (row);
  g_ptr_array_add (run->items, item);
  return item;
}

/* The item that a row belongs to; NULL when the row comes twice. */
static Item *
item_of_row (Run *run, const CrCsvRow *row, gchar **key)
{
  Item *item;
  gpointer there;

  *key = read_key (run, row);
  item = *key != NULL ? g_hash_table_lookup (run->items_by_key, *key) : NULL;
  if (item != NULL && run->table->n_lines != NULL)
    return item;
  if (item != NULL) {
    g_autofree gchar *sentence =
        g_strdup_printf (words (run, "与第 %u 行重复", "the same as line %u"), item->line);

    add_error (run, row->line, 0, NULL, NULL, "duplicate", sentence);
    return NULL;
  }
  there = *key != NULL ? g_hash_table_lookup (run->there, *key) : NULL;
  item = add_item (run, there, row->line);
  if (*key != NULL)
    g_hash_table_insert (run->items_by_key, g_strdup (*key), item);
  return item;
}

/* Without a key: the same as one that is there? */
static void
recognise (Run *run, Item *item)
{
  g_autofree gchar *lines = lines_of (run, item->entry.row);
  gpointer there = g_hash_table_lookup (run->there, lines);

  if (there == NULL)
    return;
  g_hash_table_remove (run->there, lines); /* two equal rows are two entries */
  run->table->free_row (item->entry.row);
  item->entry.row = there;
  item->is_new = FALSE;
  item->before = g_steal_pointer (&lines);
}

static void
read_row (Run *run, const CrCsvRow *row)
{
  g_autofree gchar *key = NULL;
  Item *item = item_of_row (run, row, &key);
  CrFault fault = {0};

  if (item == NULL)
    return;
  if (!read_cells (run, row, &item->entry)) {
    item->incomplete = TRUE;
    return;
  }
  run->table->take_codes (run->directory, &item->entry, run->import->chinese, &fault);
  if (fault.sentence == NULL && key == NULL)
    recognise (run, item);
  item->incomplete |= fault.sentence != NULL;
  add_fault (run, row->line, &fault);
}

static void
check_item (Run *run, Item *item)
{
  g_auto (CrConcern) concern = {0};
  CrVerb verb = item->is_new ? CR_VERB_CREATE : CR_VERB_EDIT;
  CrFault fault = {0};

  if (item->incomplete)
    return;
  if (run->table->check != NULL)
    run->table->check (run->directory, item->entry.row, run->import->chinese, &fault);
  add_fault (run, item->line, &fault);
  run->table->concern (run->directory, item->entry.row, &concern);
  if (!cr_authorize (run->import->actor, verb, &concern.object))
    add_error (run, item->line, 0, NULL, NULL, "forbidden",
               words (run, "您无权更改这所学校的数据", "this school is not yours to change"));
}

static void
read_rows (Run *run)
{
  read_heading (run);
  if (run->n_errors > 0)
    return;
  for (guint i = 1; i < run->csv->rows->len; i++)
    read_row (run, run->csv->rows->pdata[i]);
  for (guint i = 0; i < run->items->len; i++)
    check_item (run, run->items->pdata[i]);
}

/* FALSE when the job cannot go on; a row that the database refuses is named, and ends the writing. */
static gboolean
write_item (Run *run, Item *item, GError **error)
{
  g_autofree gchar *after = lines_of (run, item->entry.row);
  g_autoptr (GError) why = NULL;

  if (!item->is_new && g_strcmp0 (item->before, after) == 0) {
    run->n_unchanged++;
    return TRUE;
  }
  if (run->table == &cr_table_courses)
    cr_course_edit_date (item->course_before, item->entry.row, run->import->now);
  if (item->is_new ? run->table->insert (run->tx, item->entry.row, &why)
                   : run->table->update (run->tx, item->entry.row, &why)) {
    run->n_created += item->is_new;
    run->n_updated += !item->is_new;
    item->written = TRUE;
    return TRUE;
  }
  if (why->domain != CR_STORE_ERROR ||
      (why->code != CR_STORE_ERROR_CONFLICT && why->code != CR_STORE_ERROR_INVALID &&
       why->code != CR_STORE_ERROR_IN_USE)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  add_error (run, item->line, 0, NULL, NULL, why->code == CR_STORE_ERROR_CONFLICT ? "duplicate" : "invalid",
             words (run, "与已有的数据重复，或引用了不存在的数据",
                    "clashes with what is there, or refers to what is not"));
  return TRUE;
}

static guint
line_of_course (const Run *run, const gchar *course_id)
{
  for (guint i = 0; course_id != NULL && i < run->items->len; i++) {
    const Item *item = run->items->pdata[i];

    if (g_strcmp0 (cr_table_id (item->entry.row), course_id) == 0)
      return item->line;
  }
  return 0;
}

/* What clashes among the imported courses, and with those that were there. */
static void
find_conflicts (Run *run, const CrTimetable *timetable)
{
  g_autoptr (GPtrArray) conflicts = cr_conflicts_in_timetable (timetable, run->import->now);

  for (guint i = 0; i < conflicts->len; i++) {
    const CrConflict *conflict = conflicts->pdata[i];
    g_autofree gchar *course_id = NULL, *added_id = NULL;
    g_autofree gchar *sentence = cr_conflict_sentence (timetable, conflict, run->import->chinese);
    CrDate rule_date;
    guint line = 0;

    if (cr_lesson_id_parse (conflict->lesson_id, &course_id, &rule_date, &added_id))
      line = line_of_course (run, course_id);
    if (line == 0)
      line = line_of_course (run, conflict->other_course_id);
    if (line != 0)
      add_error (run, line, 0, NULL, NULL, "conflict", sentence);
  }
}

/* Of two hundred imported courses nobody wants two hundred messages: they are told in the pages alone. */
static gboolean
tell (Run *run, const CrTimetable *timetable, GError **error)
{
  const CrEditor editor = {.actor = run->import->actor, .now = run->import->now};

  for (guint i = 0; i < run->items->len; i++) {
    const Item *item = run->items->pdata[i];

    if (item->written &&
        !cr_course_edit_tell (run->tx, &editor, timetable, item->course_before, item->entry.row, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
finish_courses (Run *run, GError **error)
{
  g_autoptr (CrTimetable) timetable = NULL;

  if (run->table != &cr_table_courses || run->n_errors > 0 || run->n_created + run->n_updated == 0)
    return TRUE;
  timetable = cr_timetable_store_load (run->tx, run->import->term_id, error);
  if (timetable == NULL)
    return FALSE;
  find_conflicts (run, timetable);
  return run->n_errors > 0 || tell (run, timetable, error);
}

/* Busy times and bells that take the time of planned lessons: a dry run says so, and who imports then
 * confirms it. */
static gboolean
finish_others (Run *run, GError **error)
{
  const CrEditor editor = {
      .actor = run->import->actor, .now = run->import->now, .webhook = run->import->webhook};

  if (!cr_clash_concerns (run->table) || run->n_errors > 0 || run->n_created + run->n_updated == 0)
    return TRUE;
  run->clashes = cr_clash_check_new (run->tx, run->import->before, run->import->now, error);
  if (run->clashes == NULL)
    return FALSE;
  if (run->import->dry_run || !cr_clash_check_any (run->clashes))
    return TRUE;
  return run->import->confirmed ? cr_clash_check_tell (run->clashes, run->tx, &editor, error)
                                : cr_clash_check_refuse (run->clashes, run->import->chinese, error);
}

static gboolean
write_items (Run *run, GError **error)
{
  for (guint i = 0; run->n_errors == 0 && i < run->items->len; i++) {
    if (!write_item (run, run->items->pdata[i], error))
      return FALSE;
  }
  return finish_courses (run, error) && finish_others (run, error);
}

static void
add_int (JsonBuilder *builder, const gchar *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static JsonNode *
result_of (Run *run)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cr_json_add_text (builder, "kind", run->table->name);
  json_builder_set_member_name (builder, "dry_run");
  json_builder_add_boolean_value (builder, run->import->dry_run);
  cr_json_add_text (builder, "encoding", run->csv != NULL ? cr_csv_encoding_name (run->csv->encoding) : NULL);
  cr_json_add_text (builder, "separator",
                    run->csv != NULL ? cr_csv_separator_name (run->csv->separator) : NULL);
  add_int (builder, "n_rows", run->csv != NULL && run->csv->rows->len > 0 ? run->csv->rows->len - 1 : 0);
  add_int (builder, "n_created", run->n_errors == 0 ? run->n_created : 0);
  add_int (builder, "n_updated", run->n_errors == 0 ? run->n_updated : 0);
  add_int (builder, "n_unchanged", run->n_unchanged);
  add_int (builder, "n_errors", run->n_errors);
  if (run->import->calendar != NULL)
    cr_calendar_add_preview (run->import->calendar, builder);
  if (run->clashes != NULL)
    cr_clash_check_add_json (run->clashes, builder, run->import->chinese);
  json_builder_end_array (run->errors);
  json_builder_set_member_name (builder, "errors");
  json_builder_add_value (builder, json_builder_get_root (run->errors));
  json_builder_end_object (builder);
  return json_builder_get_root (builder);
}

static JsonNode *
conclude (Run *run, GError **error)
{
  JsonNode *result = result_of (run);
  g_autofree gchar *sentence = NULL;

  if (run->import->dry_run) {
    cr_refuse_with (error, CR_REFUSAL_DRY_RUN, NULL, "dry run", result);
    return NULL;
  }
  if (run->n_errors == 0)
    return result;
  sentence = g_strdup_printf (
      words (run, "有 %u 处错误，没有导入任何数据", "%u mistakes; nothing was imported"), run->n_errors);
  cr_refuse_with (error, CR_REFUSAL_IMPORT, NULL, sentence, result);
  return NULL;
}

/* What the reader of files says, for people. */
static const gchar *
file_sentence (const Run *run, const GError *why)
{
  switch (why->code) {
  case CR_CSV_ERROR_TOO_LARGE:
    return words (run, "文件、行数、列数或这一格太大",
                  "the file, its rows, its columns or this cell are too many or too long");
  case CR_CSV_ERROR_ENCODING:
    return words (run, "这一行既不是 UTF-8 也不是 GB18030 编码", "this line is neither UTF-8 nor GB18030");
  default:
    return words (run, "引号没有配对", "a quotation mark is not closed, or text follows one");
  }
}

static void
read_file (Run *run)
{
  CrCsvPosition position;
  g_autoptr (GError) why = NULL;
  gsize length;
  const gchar *data = g_bytes_get_data (run->import->file, &length);

  run->csv = cr_csv_parse (data != NULL ? data : "", length, &position, &why);
  if (run->csv == NULL)
    add_error (run, position.line, position.column, NULL, NULL, "file", file_sentence (run, why));
  else
    read_rows (run);
}

static void
forget_items (Run *run)
{
  for (guint i = 0; i < run->items->len; i++) {
    Item *item = run->items->pdata[i];

    if (!item->is_new)
      item->entry.row = NULL; /* of there_rows */
    cr_entry_clear (run->table, &item->entry);
  }
}

static void
run_clear (Run *run)
{
  forget_items (run);
  g_ptr_array_unref (run->items);
  g_hash_table_unref (run->items_by_key);
  g_clear_pointer (&run->there, g_hash_table_unref);
  g_clear_pointer (&run->there_rows, g_ptr_array_unref);
  g_clear_pointer (&run->csv, cr_csv_free);
  g_clear_pointer (&run->directory, cr_directory_free);
  g_clear_pointer (&run->clashes, cr_clash_check_free);
  g_object_unref (run->errors);
}

JsonNode *
cr_import_run (CrStoreTx *tx, const CrImport *import, GError **error)
{
  Run run = {.import = import, .table = import->table, .tx = tx};
  JsonNode *result = NULL;

  run.items = g_ptr_array_new_with_free_func (item_free);
  run.items_by_key = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  run.errors = json_builder_new ();
  json_builder_begin_array (run.errors);
  if (load_what_is_there (&run, error)) {
    if (import->calendar != NULL) /* what is wrong with it is known before there is a table of it */
      run.n_errors = cr_calendar_add_faults (import->calendar, run.errors, import->chinese);
    if (run.n_errors == 0)
      read_file (&run);
    if (run.n_errors > 0 || write_items (&run, error))
      result = conclude (&run, error);
  }
  run_clear (&run);
  return result;
}

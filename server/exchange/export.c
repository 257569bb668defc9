/* SPDX-License-Identifier: Apache-2.0
 *
 * A heading, then each entry's lines as its columns give them.
 */
#include "exchange/import.h"

static void
write_heading (CrCsvWriter *writer, const CrExport *export)
{
  for (guint i = 0; i < export->table->n_columns; i++) {
    const gchar *heading = cr_column_heading (&export->table->columns[i], export->chinese);

    if (heading != NULL)
      cr_csv_writer_cell (writer, heading);
  }
  cr_csv_writer_end_row (writer);
}

static void
write_line (CrCsvWriter *writer, const CrExport *export, const CrEntry *entry)
{
  for (guint i = 0; i < export->table->n_columns; i++) {
    const CrColumn *column = &export->table->columns[i];
    g_autofree gchar *value = NULL;

    if ((column->flags & CR_COLUMN_NO_FILE) != 0)
      continue;
    value = cr_column_get (column, entry, export->chinese);
    cr_csv_writer_cell (writer, value);
  }
  cr_csv_writer_end_row (writer);
}

static void
write_entry (CrCsvWriter *writer, const CrExport *export, CrDirectory *directory, gpointer row)
{
  const CrTable *table = export->table;
  CrEntry entry = {.row = row};
  guint n_lines = table->n_lines != NULL ? table->n_lines (row) : 1;

  for (guint line = 0; line < n_lines; line++) {
    table->give_codes (directory, &entry, line, export->chinese);
    write_line (writer, export, &entry);
  }
  entry.row = NULL; /* the list's */
  cr_entry_clear (table, &entry);
}

static gboolean
may_see (const CrExport *export, CrDirectory *directory, gpointer row)
{
  g_auto (CrConcern) concern = {0};

  export->table->concern (directory, row, &concern);
  return cr_authorize (export->actor, CR_VERB_VIEW, &concern.object);
}

GBytes *
cr_export_run (CrStoreTx *tx, const CrExport *export, GError **error)
{
  const CrListQuery query = {.filter = *export->filter, .term_id = export->term_id};
  const CrPage all = {0};
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  g_autoptr (GPtrArray) rows = NULL;
  CrCsvWriter *writer;

  if (directory == NULL || !export->table->list (tx, &query, &all, &rows, NULL, error))
    return NULL;
  writer = cr_csv_writer_new (export->encoding, export->separator);
  write_heading (writer, export);
  for (guint i = 0; i < rows->len; i++) {
    if (may_see (export, directory, rows->pdata[i]))
      write_entry (writer, export, directory, rows->pdata[i]);
  }
  return cr_csv_writer_finish (writer);
}

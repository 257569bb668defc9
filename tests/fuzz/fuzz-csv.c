/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: tables. What is read stays within the limits, is UTF-8, and is the same after it was written
 * and read again.
 */
#include "fuzz-input.h"

#include "base/csv.h"

#include <string.h>

static GBytes *
write_again (const CrCsv *csv)
{
  CrCsvWriter *writer = cr_csv_writer_new (csv->encoding, csv->separator);

  for (guint i = 0; i < csv->rows->len; i++) {
    const CrCsvRow *row = csv->rows->pdata[i];

    for (guint column = 0; column < row->cells->len; column++)
      cr_csv_writer_cell (writer, cr_csv_cell (row, column));
    cr_csv_writer_end_row (writer);
  }
  return cr_csv_writer_finish (writer);
}

static void
check_row (const CrCsvRow *row)
{
  g_assert_cmpuint (row->line, >, 0);
  g_assert_cmpuint (row->cells->len, <=, CR_CSV_MAX_COLUMNS);
  for (guint column = 0; column < row->cells->len; column++) {
    g_assert_true (g_utf8_validate (cr_csv_cell (row, column), -1, NULL));
    g_assert_cmpuint (strlen (cr_csv_cell (row, column)), <=, CR_CSV_MAX_CELL_BYTES);
  }
}

/* Cells without guards alone: the first row decides the separator, so that it must have one. */
static void
check_again (const CrCsv *csv)
{
  g_autoptr (GBytes) bytes = write_again (csv);
  g_autoptr (CrCsv) again = NULL;
  CrCsvPosition position;

  if (csv->rows->len == 0 || ((CrCsvRow *)csv->rows->pdata[0])->cells->len < 2 ||
      csv->encoding != CR_CSV_UTF8 || g_str_has_prefix (cr_csv_cell (csv->rows->pdata[0], 0), "sep=") ||
      g_bytes_get_size (bytes) > CR_CSV_MAX_BYTES)
    return;
  again = cr_csv_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), &position, NULL);
  if (again == NULL || again->separator != csv->separator)
    return; /* a guard made a cell too long; a heading has more of another separator, unquoted by its writer
             */
  g_assert_cmpuint (again->rows->len, ==, csv->rows->len);
  for (guint i = 0; i < csv->rows->len; i++) {
    const CrCsvRow *a = csv->rows->pdata[i], *b = again->rows->pdata[i];

    for (guint column = 0; column < a->cells->len; column++)
      g_assert_cmpstr (cr_csv_cell (a, column), ==, cr_csv_cell (b, column));
  }
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
  g_autoptr (GError) error = NULL;
  CrCsvPosition position;
  g_autoptr (CrCsv) csv = cr_csv_parse ((const gchar *)data, size, &position, &error);

  g_assert_true ((csv == NULL) == (error != NULL));
  if (csv == NULL)
    return 0;
  g_assert_cmpuint (csv->rows->len, <=, CR_CSV_MAX_ROWS);
  for (guint i = 0; i < csv->rows->len; i++)
    check_row (csv->rows->pdata[i]);
  check_again (csv);
  return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Decode, find the separator, then one pass over the characters with three states: at the beginning of a
 * cell, in a plain cell, in a quoted one.
 */
#include "base/csv.h"

#include <string.h>

G_DEFINE_QUARK (cr_csv_error, cr_csv_error)

#define BOM "\xef\xbb\xbf"

static const gchar separators[] = {',', ';', '\t'};
static const gchar *const separator_names[] = {"comma", "semicolon", "tab"};
static const gchar *const encoding_names[] = {"utf-8", "gb18030"};

const gchar *
cr_csv_encoding_name (CrCsvEncoding encoding)
{
  return encoding_names[encoding];
}

gboolean
cr_csv_encoding_parse (const gchar *name, CrCsvEncoding *encoding)
{
  for (guint i = 0; i < G_N_ELEMENTS (encoding_names); i++) {
    if (g_ascii_strcasecmp (name, encoding_names[i]) == 0) {
      *encoding = (CrCsvEncoding)i;
      return TRUE;
    }
  }
  return FALSE;
}

const gchar *
cr_csv_separator_name (gchar separator)
{
  for (guint i = 0; i < G_N_ELEMENTS (separators); i++) {
    if (separators[i] == separator)
      return separator_names[i];
  }
  g_return_val_if_reached ("comma");
}

gboolean
cr_csv_separator_parse (const gchar *name, gchar *separator)
{
  for (guint i = 0; i < G_N_ELEMENTS (separators); i++) {
    if (g_str_equal (name, separator_names[i])) {
      *separator = separators[i];
      return TRUE;
    }
  }
  return FALSE;
}

/* Bytes of a character that makes a spreadsheet see a formula; 0 when it is none. */
static gsize
formula_start (const gchar *text)
{
  static const gchar *const wide[] = {"＝", "＋", "－", "＠"};

  if (*text != '\0' && strchr ("=+-@\t\r\n", *text) != NULL)
    return 1;
  for (guint i = 0; i < G_N_ELEMENTS (wide); i++) {
    if (g_str_has_prefix (text, wide[i]))
      return strlen (wide[i]);
  }
  return 0;
}

gchar *
cr_csv_guard (const gchar *value)
{
  gboolean dangerous = formula_start (value + strspn (value, "'")) > 0;

  return dangerous ? g_strconcat ("'", value, NULL) : g_strdup (value);
}

gchar *
cr_csv_unguard (const gchar *cell)
{
  gboolean guarded = *cell == '\'' && formula_start (cell + strspn (cell, "'")) > 0;

  return g_strdup (guarded ? cell + 1 : cell);
}

static void
row_free (gpointer data)
{
  CrCsvRow *row = data;

  g_ptr_array_unref (row->cells);
  g_free (row);
}

void
cr_csv_free (CrCsv *csv)
{
  g_ptr_array_unref (csv->rows);
  g_free (csv);
}

const gchar *
cr_csv_cell (const CrCsvRow *row, guint column)
{
  return column < row->cells->len ? row->cells->pdata[column] : "";
}

static guint
line_of (const gchar *text, const gchar *end)
{
  guint line = 1;

  for (; text < end; text++)
    line += *text == '\n';
  return line;
}

/* The text as UTF-8 that ends with NUL and holds no other; free with g_free(). */
static gchar *
decode (const gchar *data, gsize length, CrCsvEncoding *encoding, CrCsvPosition *position, GError **error)
{
  gsize bom = length >= strlen (BOM) && memcmp (data, BOM, strlen (BOM)) == 0 ? strlen (BOM) : 0;
  gchar *text = NULL;
  const gchar *end;
  gsize n_read = 0;

  *encoding = CR_CSV_UTF8;
  if (g_utf8_validate_len (data + bom, length - bom, &end))
    return g_strndup (data + bom, length - bom);
  if (bom == 0 && memchr (data, '\0', length) == NULL) {
    *encoding = CR_CSV_GB18030;
    text = g_convert (data, (gssize)length, "UTF-8", "GB18030", &n_read, NULL, NULL);
    if (text != NULL && n_read == length)
      return text;
    end = data + MIN (n_read, length);
  }
  g_free (text);
  position->line = line_of (data, end);
  g_set_error (error, CR_CSV_ERROR, CR_CSV_ERROR_ENCODING, "line %u is neither UTF-8 nor GB18030",
               position->line);
  return NULL;
}

/* The separator that the first line has most of, outside quotation marks. */
static gchar
find_separator (const gchar *text)
{
  guint counts[G_N_ELEMENTS (separators)] = {0};
  gboolean quoted = FALSE;
  guint best = 0;

  for (; *text != '\0' && (quoted || (*text != '\n' && *text != '\r')); text++) {
    if (*text == '"')
      quoted = !quoted;
    for (guint i = 0; !quoted && i < G_N_ELEMENTS (separators); i++)
      counts[i] += *text == separators[i];
  }
  for (guint i = 1; i < G_N_ELEMENTS (separators); i++) {
    if (counts[i] > counts[best])
      best = i;
  }
  return separators[best];
}

typedef struct {
  const gchar *p;
  gchar separator;
  guint line;
  CrCsvRow *row; /* NULL between rows */
  GString *cell;
  GPtrArray *rows;
  GError **error;
} Reader;

static gboolean
fail (Reader *r, CrCsvError code, const gchar *what)
{
  g_set_error (r->error, CR_CSV_ERROR, code, "line %u, column %u: %s", r->line,
               r->row != NULL ? r->row->cells->len + 1 : 0, what);
  return FALSE;
}

static gboolean
end_cell (Reader *r)
{
  gchar *text;

  if (r->row->cells->len >= CR_CSV_MAX_COLUMNS)
    return fail (r, CR_CSV_ERROR_TOO_LARGE, "too many columns");
  text = g_strstrip (g_strndup (r->cell->str, r->cell->len));
  g_ptr_array_add (r->row->cells, cr_csv_unguard (text));
  g_free (text);
  g_string_truncate (r->cell, 0);
  return TRUE;
}

static gboolean
row_is_empty (const CrCsvRow *row)
{
  for (guint i = 0; i < row->cells->len; i++) {
    if (*(const gchar *)row->cells->pdata[i] != '\0')
      return FALSE;
  }
  return TRUE;
}

static gboolean
end_row (Reader *r)
{
  CrCsvRow *row = g_steal_pointer (&r->row);

  if (row_is_empty (row)) {
    row_free (row);
    return TRUE;
  }
  g_ptr_array_add (r->rows, row);
  return r->rows->len <= CR_CSV_MAX_ROWS || fail (r, CR_CSV_ERROR_TOO_LARGE, "too many rows");
}

static gboolean
append (Reader *r, gchar c)
{
  if (r->cell->len >= CR_CSV_MAX_CELL_BYTES)
    return fail (r, CR_CSV_ERROR_TOO_LARGE, "a cell is too long");
  g_string_append_c (r->cell, c);
  return TRUE;
}

/* A line break is CRLF, LF or CR. */
static gboolean
take_line_break (Reader *r)
{
  if (*r->p != '\n' && *r->p != '\r')
    return FALSE;
  r->p += r->p[0] == '\r' && r->p[1] == '\n' ? 2 : 1;
  r->line++;
  return TRUE;
}

/* After the opening mark, up to and with the closing one. A line break within is one LF. */
static gboolean
read_quoted (Reader *r)
{
  guint opened_on = r->line;

  for (;;) {
    if (*r->p == '\0') {
      r->line = opened_on; /* where it has to be mended */
      return fail (r, CR_CSV_ERROR_QUOTE, "a quotation mark is not closed");
    }
    if (r->p[0] == '"' && r->p[1] != '"')
      break;
    if (take_line_break (r)) {
      if (!append (r, '\n'))
        return FALSE;
      continue;
    }
    if (!append (r, *r->p))
      return FALSE;
    r->p += *r->p == '"' ? 2 : 1;
  }
  r->p++;
  r->p += strspn (r->p, " ");
  if (*r->p != '\0' && *r->p != r->separator && *r->p != '\n' && *r->p != '\r')
    return fail (r, CR_CSV_ERROR_QUOTE, "text after a closing quotation mark");
  return TRUE;
}

static gboolean
read_plain (Reader *r)
{
  while (*r->p != '\0' && *r->p != r->separator && *r->p != '\n' && *r->p != '\r') {
    if (!append (r, *r->p++))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_cell (Reader *r)
{
  const gchar *start = r->p + strspn (r->p, " ");

  if (*start != '"')
    return read_plain (r);
  r->p = start + 1;
  return read_quoted (r);
}

static gboolean
read_row (Reader *r)
{
  r->row = g_new0 (CrCsvRow, 1);
  r->row->line = r->line;
  r->row->cells = g_ptr_array_new_with_free_func (g_free);
  for (;;) {
    if (!read_cell (r) || !end_cell (r))
      return FALSE;
    if (*r->p != r->separator)
      break;
    r->p++;
  }
  if (!end_row (r))
    return FALSE;
  take_line_break (r);
  return TRUE;
}

/* Excel's own first line "sep=;" says what the separator is. */
static void
take_separator_line (Reader *r)
{
  if (!g_str_has_prefix (r->p, "sep=") || r->p[4] == '\0' ||
      memchr (separators, r->p[4], sizeof separators) == NULL || (r->p[5] != '\r' && r->p[5] != '\n')) {
    r->separator = find_separator (r->p);
    return;
  }
  r->separator = r->p[4];
  r->p += strlen ("sep=;");
  take_line_break (r);
}

static gboolean
read_rows (Reader *r)
{
  take_separator_line (r);
  while (*r->p != '\0') {
    if (!read_row (r))
      return FALSE;
  }
  return TRUE;
}

CrCsv *
cr_csv_parse (const gchar *data, gsize length_bytes, CrCsvPosition *position, GError **error)
{
  g_autoptr (CrCsv) csv = g_new0 (CrCsv, 1);
  g_autoptr (GString) cell = g_string_new (NULL);
  g_autofree gchar *text = NULL;
  CrCsvPosition unused;
  Reader r = {.line = 1, .cell = cell, .error = error};

  position = position != NULL ? position : &unused;
  memset (position, 0, sizeof *position);
  csv->rows = g_ptr_array_new_with_free_func (row_free);
  if (length_bytes > CR_CSV_MAX_BYTES) {
    g_set_error (error, CR_CSV_ERROR, CR_CSV_ERROR_TOO_LARGE, "a table may have at most %d bytes",
                 CR_CSV_MAX_BYTES);
    return NULL;
  }
  text = decode (data, length_bytes, &csv->encoding, position, error);
  if (text == NULL)
    return NULL;
  r.p = text;
  r.rows = csv->rows;
  if (!read_rows (&r)) {
    position->line = r.line;
    position->column = r.row != NULL ? r.row->cells->len + 1 : 0;
    g_clear_pointer (&r.row, row_free);
    return NULL;
  }
  csv->separator = r.separator;
  return g_steal_pointer (&csv);
}

struct CrCsvWriter {
  CrCsvEncoding encoding;
  gchar separator;
  gboolean in_row;
  GString *text;
};

CrCsvWriter *
cr_csv_writer_new (CrCsvEncoding encoding, gchar separator)
{
  CrCsvWriter *writer = g_new0 (CrCsvWriter, 1);

  writer->encoding = encoding;
  writer->separator = separator;
  writer->text = g_string_new (encoding == CR_CSV_UTF8 ? BOM : NULL);
  return writer;
}

void
cr_csv_writer_free (CrCsvWriter *writer)
{
  if (writer->text != NULL)
    g_string_free (writer->text, TRUE);
  g_free (writer);
}

void
cr_csv_writer_cell (CrCsvWriter *writer, const gchar *value)
{
  g_autofree gchar *cell = cr_csv_guard (value != NULL ? value : "");
  const gchar special[] = {writer->separator, '"', '\r', '\n', '\'', ' ', '\0'};

  if (writer->in_row)
    g_string_append_c (writer->text, writer->separator);
  writer->in_row = TRUE;
  if (strpbrk (cell, special) == NULL) {
    g_string_append (writer->text, cell);
    return;
  }
  g_string_append_c (writer->text, '"');
  for (const gchar *p = cell; *p != '\0'; p++) {
    if (*p == '"')
      g_string_append_c (writer->text, '"');
    g_string_append_c (writer->text, *p);
  }
  g_string_append_c (writer->text, '"');
}

void
cr_csv_writer_end_row (CrCsvWriter *writer)
{
  g_string_append (writer->text, "\r\n");
  writer->in_row = FALSE;
}

GBytes *
cr_csv_writer_finish (CrCsvWriter *writer)
{
  GBytes *bytes = NULL;
  gsize length = 0;
  gchar *converted;

  if (writer->encoding == CR_CSV_UTF8) {
    bytes = g_string_free_to_bytes (g_steal_pointer (&writer->text));
  } else {
    converted =
        g_convert (writer->text->str, (gssize)writer->text->len, "GB18030", "UTF-8", NULL, &length, NULL);
    bytes = g_bytes_new_take (converted, length); /* GB18030 holds all of Unicode */
  }
  cr_csv_writer_free (writer);
  return bytes;
}

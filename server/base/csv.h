/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables as spreadsheets write them (RFC 4180 and what WPS and Excel make of it): UTF-8 with or without a
 * byte order mark, or GB18030; comma, semicolon or tab; quoted cells with line breaks in them; any line
 * ending. Each row knows the line it began on. And the way back, with cells that a spreadsheet would run as a
 * formula made harmless by a guard that reading takes off again.
 *
 * Thread: [any].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_CSV_ERROR (cr_csv_error_quark ())
GQuark cr_csv_error_quark (void);
typedef enum {
  CR_CSV_ERROR_TOO_LARGE, /* bytes, rows, columns or a cell above the limits below */
  CR_CSV_ERROR_ENCODING,  /* neither UTF-8 nor GB18030 */
  CR_CSV_ERROR_QUOTE      /* a quotation mark that is never closed, or text after one that was */
} CrCsvError;

#define CR_CSV_MAX_BYTES      (1024 * 1024) /* a district's courses are a tenth of that */
#define CR_CSV_MAX_ROWS       20000
#define CR_CSV_MAX_COLUMNS    64   /* more are a mistaken separator */
#define CR_CSV_MAX_CELL_BYTES 4096 /* more are an open quotation mark */

typedef enum { CR_CSV_UTF8, CR_CSV_GB18030 } CrCsvEncoding;

/* "utf-8", "gb18030". */
const gchar *cr_csv_encoding_name (CrCsvEncoding encoding);
gboolean cr_csv_encoding_parse (const gchar *name, CrCsvEncoding *encoding);

/* "comma", "semicolon", "tab". */
const gchar *cr_csv_separator_name (gchar separator);
gboolean cr_csv_separator_parse (const gchar *name, gchar *separator);

typedef struct {
  guint line;       /* where it begins, from 1 */
  GPtrArray *cells; /* gchar *, UTF-8, without blanks around and without guard; owned */
} CrCsvRow;

typedef struct {
  CrCsvEncoding encoding;
  gchar separator;
  GPtrArray *rows; /* CrCsvRow, empty ones left out; owned */
} CrCsv;

/* Where reading failed: both from 1, 0 when it is the whole file. */
typedef struct {
  guint line;
  guint column; /* cells, not characters */
} CrCsvPosition;

/* NULL on error; `position` (may be NULL) then says where. */
CrCsv *cr_csv_parse (const gchar *data, gsize length_bytes, CrCsvPosition *position,
                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_csv_free (CrCsv *csv);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrCsv, cr_csv_free)

/* "" where the row is too short. */
const gchar *cr_csv_cell (const CrCsvRow *row, guint column);

typedef struct CrCsvWriter CrCsvWriter;

CrCsvWriter *cr_csv_writer_new (CrCsvEncoding encoding, gchar separator);
void cr_csv_writer_free (CrCsvWriter *writer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrCsvWriter, cr_csv_writer_free)

/* `value` NULL is an empty cell. */
void cr_csv_writer_cell (CrCsvWriter *writer, const gchar *value);
void cr_csv_writer_end_row (CrCsvWriter *writer);

/* The file, a byte order mark first if it is UTF-8, since Excel guesses without. Frees the writer. */
GBytes *cr_csv_writer_finish (CrCsvWriter *writer);

/* The guard alone. A spreadsheet takes what begins with = + - @ (wide ones too), a tab or a line break for a
 * formula; an apostrophe before it makes it text. Text that begins with apostrophes and then such a character
 * gets one more, so that taking off one is always right. Free with g_free(). */
gchar *cr_csv_guard (const gchar *value);
gchar *cr_csv_unguard (const gchar *cell);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Prepared statements with bound parameters, and no other way to run SQL. The text of a statement is a
 * literal; what comes from outside is bound. Statements are prepared once per connection and kept. Errors
 * stick to the statement and come out of cr_statement_step() or _run(), so that opening and binding need no
 * checks.
 *
 *   g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT name FROM school WHERE code = ?1");
 *
 *   cr_statement_bind (s, CR_TEXT (code));
 *   while ((step = cr_statement_step (s, error)) == CR_STEP_ROW)
 *     g_ptr_array_add (names, cr_statement_dup_text (s, 0));
 *   return step == CR_STEP_DONE;
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/token.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct CrStatement CrStatement;

typedef enum { CR_VALUE_NULL, CR_VALUE_INT, CR_VALUE_TEXT, CR_VALUE_BLOB } CrValueType;

/* A parameter. Text and bytes are borrowed until the statement is closed. */
typedef struct {
  CrValueType type;
  gint64 integer;
  const void *data;
  gsize size_bytes;
} CrValue;

#define CR_NULL   ((CrValue){.type = CR_VALUE_NULL})
#define CR_INT(n) ((CrValue){.type = CR_VALUE_INT, .integer = (n)})
/* A NULL string is SQL's NULL. */
#define CR_TEXT(text)           cr_value_text (text)
#define CR_BLOB(bytes, n_bytes) ((CrValue){.type = CR_VALUE_BLOB, .data = (bytes), .size_bytes = (n_bytes)})
#define CR_HASH(hash)           CR_BLOB ((hash)->bytes, sizeof (hash)->bytes)
/* NULL when `n` is `none`: how plain structs say "not given" (-1, 0). */
#define CR_INT_OR_NULL(n, none) ((n) == (none) ? CR_NULL : CR_INT (n))

static inline CrValue
cr_value_text (const gchar *text)
{
  return (CrValue){.type = text != NULL ? CR_VALUE_TEXT : CR_VALUE_NULL, .data = text};
}

/* Never NULL. `sql` must be a string literal: statements are kept by their text. */
CrStatement *cr_statement_open (CrStoreTx *tx, const gchar *sql);

/* Resets it and gives it back. */
void cr_statement_close (CrStatement *statement);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrStatement, cr_statement_close)

/* Binds ?1, ?2, … in order. As many as the statement has. */
#define cr_statement_bind(statement, ...)                                                                    \
  cr_statement_bind_values ((statement), (const CrValue[]){__VA_ARGS__},                                     \
                            sizeof ((const CrValue[]){__VA_ARGS__}) / sizeof (CrValue))
void cr_statement_bind_values (CrStatement *statement, const CrValue *values, gsize n_values);

typedef enum { CR_STEP_ERROR = -1, CR_STEP_DONE = 0, CR_STEP_ROW = 1 } CrStep;

CrStep cr_statement_step (CrStatement *statement, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* For a key that one row has: TRUE with the row, else NOT_FOUND ("there is no such school") or what went
 * wrong. */
gboolean cr_statement_step_one (CrStatement *statement, const gchar *what,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A new array of what `read_row` makes of each row, freed with `free_row`; NULL when something went wrong. */
typedef gpointer (*CrReadRowFunc) (CrStatement *statement);
GPtrArray *cr_statement_read_all (CrStatement *statement, CrReadRowFunc read_row, GDestroyNotify free_row,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Runs it to its end; rows are thrown away. `n_changed` (may be NULL): rows inserted, updated or deleted. The
 * statement may be bound and run again. */
gboolean cr_statement_run (CrStatement *statement, guint *n_changed,
                           GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* open, bind, run, close in one. `sql` has at least one parameter. */
#define cr_statement_exec(tx, n_changed, error, sql, ...)                                                    \
  cr_statement_exec_values ((tx), (sql), (const CrValue[]){__VA_ARGS__},                                     \
                            sizeof ((const CrValue[]){__VA_ARGS__}) / sizeof (CrValue), (n_changed),         \
                            (error))
gboolean cr_statement_exec_values (CrStoreTx *tx, const gchar *sql, const CrValue *values, gsize n_values,
                                   guint *n_changed, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* After an UPDATE or DELETE … WHERE id = ?1 AND version = ?2 ran: TRUE if it changed a row, else NOT_FOUND or
 * VERSION, told apart by `sql_exists` ("SELECT 1 FROM school WHERE id = ?1"). */
gboolean cr_statement_check_changed (CrStoreTx *tx, guint n_changed, const gchar *sql_exists, const gchar *id,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Columns of the row that the last step gave, from 0. Text and bytes are borrowed until the next step. */
const gchar *cr_statement_text (CrStatement *statement, int column); /* NULL for NULL */
gchar *cr_statement_dup_text (CrStatement *statement, int column);
gint64 cr_statement_int (CrStatement *statement, int column); /* 0 for NULL */
gint64 cr_statement_int_or (CrStatement *statement, int column, gint64 none);
gboolean cr_statement_is_null (CrStatement *statement, int column);
const guint8 *cr_statement_blob (CrStatement *statement, int column, gsize *size_bytes);

/* A hash that CR_HASH() wrote; zeros for anything else. */
void cr_statement_read_hash (CrStatement *statement, int column, CrTokenHash *hash);

G_END_DECLS

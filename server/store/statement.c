/* SPDX-License-Identifier: Apache-2.0
 *
 * Statements over sqlite3_stmt, kept by their text. One that is open already when it is asked for again (a
 * function that calls itself) is prepared anew and not kept.
 */
#include "store/statement.h"
#include "store/connection.h"
#include "store/statement-cache.h"

#include <string.h>

struct CrStatement {
  CrStoreTx *tx;
  sqlite3_stmt *stmt; /* NULL: could not be prepared */
  GError *error;      /* the first thing that went wrong */
  gboolean open, kept;
};

static void
statement_free (CrStatement *statement)
{
  sqlite3_finalize (statement->stmt);
  g_clear_error (&statement->error);
  g_free (statement);
}

GHashTable *
cr_statement_cache_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify)statement_free);
}

static CrStatement *
statement_prepare (CrStoreTx *tx, const gchar *sql)
{
  CrStatement *statement = g_new0 (CrStatement, 1);
  int rc = sqlite3_prepare_v3 (tx->db, sql, -1, SQLITE_PREPARE_PERSISTENT, &statement->stmt, NULL);

  statement->tx = tx;
  if (rc != SQLITE_OK) {
    cr_connection_set_error (tx, rc, &statement->error);
    if (g_error_matches (statement->error, CR_STORE_ERROR, CR_STORE_ERROR_FAILED))
      g_prefix_error (&statement->error, "%s: ", sql); /* a fault of ours: say where */
  }
  return statement;
}

CrStatement *
cr_statement_open (CrStoreTx *tx, const gchar *sql)
{
  CrStatement *statement = g_hash_table_lookup (tx->statements, sql);

  if (statement == NULL || statement->open) {
    gboolean keep = statement == NULL;

    statement = statement_prepare (tx, sql);
    /* A failed one is tried again next time: what stood in its way may be a lock. */
    statement->kept = keep && statement->error == NULL;
    if (statement->kept)
      g_hash_table_insert (tx->statements, (gpointer)sql, statement);
  }
  statement->open = TRUE;
  return statement;
}

void
cr_statement_close (CrStatement *statement)
{
  if (!statement->kept) {
    statement_free (statement);
    return;
  }
  sqlite3_reset (statement->stmt);
  sqlite3_clear_bindings (statement->stmt);
  g_clear_error (&statement->error);
  statement->open = FALSE;
}

static int
bind_value (sqlite3_stmt *stmt, int index, const CrValue *value)
{
  switch (value->type) {
  case CR_VALUE_INT:
    return sqlite3_bind_int64 (stmt, index, value->integer);
  case CR_VALUE_TEXT:
    return sqlite3_bind_text (stmt, index, value->data, -1, SQLITE_STATIC);
  case CR_VALUE_BLOB:
    return sqlite3_bind_blob64 (stmt, index, value->data, value->size_bytes, SQLITE_STATIC);
  case CR_VALUE_NULL:
  default:
    return sqlite3_bind_null (stmt, index);
  }
}

void
cr_statement_bind_values (CrStatement *statement, const CrValue *values, gsize n_values)
{
  if (statement->error != NULL)
    return;
  g_return_if_fail ((gsize)sqlite3_bind_parameter_count (statement->stmt) == n_values);

  sqlite3_reset (statement->stmt);
  for (gsize i = 0; i < n_values && statement->error == NULL; i++) {
    int rc = bind_value (statement->stmt, (int)i + 1, &values[i]);

    if (rc != SQLITE_OK)
      cr_connection_set_error (statement->tx, rc, &statement->error);
  }
}

CrStep
cr_statement_step (CrStatement *statement, GError **error)
{
  if (statement->error == NULL) {
    int rc = sqlite3_step (statement->stmt);

    if (rc == SQLITE_ROW)
      return CR_STEP_ROW;
    if (rc == SQLITE_DONE)
      return CR_STEP_DONE;
    cr_connection_set_error (statement->tx, rc, &statement->error);
  }
  if (error != NULL)
    *error = g_error_copy (statement->error);
  return CR_STEP_ERROR;
}

gboolean
cr_statement_step_one (CrStatement *statement, const gchar *what, GError **error)
{
  CrStep step = cr_statement_step (statement, error);

  if (step == CR_STEP_DONE)
    g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND, "there is no such %s", what);
  return step == CR_STEP_ROW;
}

GPtrArray *
cr_statement_read_all (CrStatement *statement, CrReadRowFunc read_row, GDestroyNotify free_row,
                       GError **error)
{
  g_autoptr (GPtrArray) rows = g_ptr_array_new_with_free_func (free_row);
  CrStep step;

  while ((step = cr_statement_step (statement, error)) == CR_STEP_ROW)
    g_ptr_array_add (rows, read_row (statement));
  return step == CR_STEP_DONE ? g_steal_pointer (&rows) : NULL;
}

gboolean
cr_statement_run (CrStatement *statement, guint *n_changed, GError **error)
{
  CrStep step;

  do {
    step = cr_statement_step (statement, error);
  } while (step == CR_STEP_ROW);
  if (step == CR_STEP_ERROR)
    return FALSE;
  if (n_changed != NULL) /* a SELECT leaves the count of the statement before it */
    *n_changed = sqlite3_stmt_readonly (statement->stmt) ? 0 : (guint)sqlite3_changes (statement->tx->db);
  sqlite3_reset (statement->stmt);
  return TRUE;
}

gboolean
cr_statement_exec_values (CrStoreTx *tx, const gchar *sql, const CrValue *values, gsize n_values,
                          guint *n_changed, GError **error)
{
  g_autoptr (CrStatement) statement = cr_statement_open (tx, sql);

  cr_statement_bind_values (statement, values, n_values);
  return cr_statement_run (statement, n_changed, error);
}

gboolean
cr_statement_check_changed (CrStoreTx *tx, guint n_changed, const gchar *sql_exists, const gchar *id,
                            GError **error)
{
  g_autoptr (CrStatement) statement = NULL;
  CrStep step;

  if (n_changed > 0)
    return TRUE;
  statement = cr_statement_open (tx, sql_exists);
  cr_statement_bind (statement, CR_TEXT (id));
  step = cr_statement_step (statement, error);
  if (step == CR_STEP_ROW)
    g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_VERSION, "edited by somebody else meanwhile");
  else if (step == CR_STEP_DONE)
    g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND, "there is no such row");
  return FALSE;
}

const gchar *
cr_statement_text (CrStatement *statement, int column)
{
  return (const gchar *)sqlite3_column_text (statement->stmt, column);
}

gchar *
cr_statement_dup_text (CrStatement *statement, int column)
{
  return g_strdup (cr_statement_text (statement, column));
}

gint64
cr_statement_int (CrStatement *statement, int column)
{
  return sqlite3_column_int64 (statement->stmt, column);
}

gint64
cr_statement_int_or (CrStatement *statement, int column, gint64 none)
{
  return cr_statement_is_null (statement, column) ? none : cr_statement_int (statement, column);
}

gboolean
cr_statement_is_null (CrStatement *statement, int column)
{
  return sqlite3_column_type (statement->stmt, column) == SQLITE_NULL;
}

const guint8 *
cr_statement_blob (CrStatement *statement, int column, gsize *size_bytes)
{
  const guint8 *bytes = sqlite3_column_blob (statement->stmt, column);

  *size_bytes = (gsize)sqlite3_column_bytes (statement->stmt, column);
  return bytes;
}

void
cr_statement_read_hash (CrStatement *statement, int column, CrTokenHash *hash)
{
  gsize size_bytes;
  const guint8 *bytes = cr_statement_blob (statement, column, &size_bytes);

  memset (hash, 0, sizeof *hash);
  if (size_bytes == sizeof hash->bytes)
    memcpy (hash->bytes, bytes, size_bytes);
}

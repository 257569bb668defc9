/* SPDX-License-Identifier: Apache-2.0
 *
 * The audit log in SQL. What is hashed is unambiguous: the hash before, then each member with its length in
 * front, so that no two rows are the same bytes.
 */
#include "store/audit-store.h"
#include "store/statement.h"

#include <string.h>

#define COLUMNS "seq, at, actor, role, verb, object, address, previous, hash"

void
cr_audit_row_free (CrAuditRow *row)
{
  g_free (row->actor);
  g_free (row->role);
  g_free (row->verb);
  g_free (row->object);
  g_free (row->address);
  g_free (row->actor_name);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrAuditRow *row = g_new0 (CrAuditRow, 1);

  row->seq = cr_statement_int (s, 0);
  row->at = cr_statement_int (s, 1);
  row->actor = cr_statement_dup_text (s, 2);
  row->role = cr_statement_dup_text (s, 3);
  row->verb = cr_statement_dup_text (s, 4);
  row->object = cr_statement_dup_text (s, 5);
  row->address = cr_statement_dup_text (s, 6);
  cr_statement_read_hash (s, 7, &row->previous);
  cr_statement_read_hash (s, 8, &row->hash);
  return row;
}

static gpointer
read_named_row (CrStatement *s)
{
  CrAuditRow *row = read_row (s);

  row->actor_name = cr_statement_dup_text (s, 9);
  return row;
}

static void
hash_int (GChecksum *checksum, gint64 value)
{
  guint64 wire = GUINT64_TO_BE ((guint64)value);

  g_checksum_update (checksum, (const guchar *)&wire, sizeof wire);
}

static void
hash_text (GChecksum *checksum, const gchar *text)
{
  gsize length = strlen (text);

  hash_int (checksum, (gint64)length);
  g_checksum_update (checksum, (const guchar *)text, (gssize)length);
}

static void
hash_row (const CrAuditRow *row, CrTokenHash *hash)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = sizeof hash->bytes;

  g_checksum_update (checksum, row->previous.bytes, sizeof row->previous.bytes);
  hash_int (checksum, row->seq);
  hash_int (checksum, row->at);
  hash_text (checksum, row->actor);
  hash_text (checksum, row->role);
  hash_text (checksum, row->verb);
  hash_text (checksum, row->object);
  hash_text (checksum, row->address);
  g_checksum_get_digest (checksum, hash->bytes, &length);
}

/* The place after the newest row. */
static gboolean
find_end (CrStoreTx *tx, CrAuditRow *row, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT seq, hash FROM audit ORDER BY seq DESC LIMIT 1");
  CrStep step = cr_statement_step (s, error);

  row->seq = 1;
  memset (&row->previous, 0, sizeof row->previous);
  if (step == CR_STEP_ROW) {
    row->seq = cr_statement_int (s, 0) + 1;
    cr_statement_read_hash (s, 1, &row->previous);
  }
  return step != CR_STEP_ERROR;
}

gboolean
cr_audit_store_append (CrStoreTx *tx, CrAuditRow *row, GError **error)
{
  g_return_val_if_fail (row->actor != NULL && row->role != NULL && row->verb != NULL, FALSE);
  g_return_val_if_fail (row->object != NULL && row->address != NULL, FALSE);

  if (!find_end (tx, row, error))
    return FALSE;
  hash_row (row, &row->hash);
  return cr_statement_exec (
      tx, NULL, error, "INSERT INTO audit (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9)",
      CR_INT (row->seq), CR_INT (row->at), CR_TEXT (row->actor), CR_TEXT (row->role), CR_TEXT (row->verb),
      CR_TEXT (row->object), CR_TEXT (row->address), CR_HASH (&row->previous), CR_HASH (&row->hash));
}

static gchar *
cursor_after (const CrAuditRow *row)
{
  g_autofree gchar *seq = g_strdup_printf ("%" G_GINT64_FORMAT, row->seq);

  return cr_page_cursor (1, seq);
}

/* The bound on seq stands alone, so that a page deep in the log begins where the one before ended. */
static const gchar list_sql[] = "SELECT " COLUMNS ", coalesce ((SELECT name FROM account WHERE id = actor),"
                                " (SELECT name FROM device WHERE id = actor)) FROM audit WHERE seq < ?1"
                                " AND (?2 IS NULL OR actor = ?2) AND (?3 IS NULL OR verb = ?3)"
                                " AND (?4 IS NULL OR substr (object, 1, length (?4)) = ?4)"
                                " AND (?5 IS NULL OR at >= ?5) AND (?6 IS NULL OR at < ?6)"
                                " ORDER BY seq DESC LIMIT ?7";

/* INVALID for a cursor that is no row's. */
static gboolean
read_cursor (const CrPage *page, gint64 *before_seq, GError **error)
{
  g_auto (GStrv) key = cr_page_key (page, 1, error);

  *before_seq = G_MAXINT64;
  if (key == NULL)
    return FALSE;
  if (*key[0] == '\0' || g_ascii_string_to_signed (key[0], 10, 1, G_MAXINT64, before_seq, NULL))
    return TRUE;
  g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_INVALID, "the cursor is not one of ours");
  return FALSE;
}

gboolean
cr_audit_store_list (CrStoreTx *tx, const CrAuditFilter *filter, const CrPage *page, GPtrArray **out,
                     gchar **next_cursor, GError **error)
{
  const CrAuditFilter all = {0};
  const CrAuditFilter *f = filter != NULL ? filter : &all;
  g_autoptr (CrStatement) s = NULL;
  gint64 before_seq;
  GPtrArray *rows;

  if (!read_cursor (page, &before_seq, error))
    return FALSE;
  s = cr_statement_open (tx, list_sql);
  cr_statement_bind (s, CR_INT (before_seq), CR_TEXT (f->actor), CR_TEXT (f->verb), CR_TEXT (f->object),
                     CR_INT_OR_NULL (f->from_at, 0), CR_INT_OR_NULL (f->to_at, 0),
                     CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_named_row, (GDestroyNotify)cr_audit_row_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cursor_after (g_ptr_array_index (rows, rows->len - 1));
  *out = rows;
  return TRUE;
}

/* Does `row` follow what `verdict` has seen, and is it what its hash says? */
static gboolean
row_fits (const CrAuditRow *row, const CrAuditVerdict *verdict)
{
  CrTokenHash hash;

  hash_row (row, &hash);
  return row->seq == verdict->n_rows + 1 && cr_token_hash_equal (&row->previous, &verdict->head) &&
         cr_token_hash_equal (&row->hash, &hash);
}

gboolean
cr_audit_store_verify_some (CrStoreTx *tx, guint limit, CrAuditVerdict *verdict, gboolean *done,
                            GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT " COLUMNS " FROM audit WHERE seq > ?1 ORDER BY seq LIMIT ?2");
  gint64 end = limit != 0 ? verdict->n_rows + limit : G_MAXINT64;
  CrStep step;

  cr_statement_bind (s, CR_INT (verdict->n_rows), CR_INT (limit != 0 ? (gint64)limit : -1));
  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW) {
    g_autoptr (CrAuditRow) row = read_row (s);

    if (!row_fits (row, verdict)) {
      verdict->bad_seq = row->seq;
      *done = TRUE;
      return TRUE;
    }
    verdict->n_rows++;
    verdict->head = row->hash;
  }
  *done = verdict->n_rows < end;
  return step == CR_STEP_DONE;
}

gboolean
cr_audit_store_verify (CrStoreTx *tx, CrAuditVerdict *verdict, GError **error)
{
  gboolean done;

  memset (verdict, 0, sizeof *verdict);
  return cr_audit_store_verify_some (tx, 0, verdict, &done, error);
}

gboolean
cr_audit_store_count (CrStoreTx *tx, gint64 *n_rows, GError **error)
{
  CrAuditRow row;

  if (!find_end (tx, &row, error))
    return FALSE;
  *n_rows = row.seq - 1;
  return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions in SQL.
 */
#include "store/session-store.h"
#include "store/statement.h"

#define COLUMNS "token_hash, account_id, created_at, seen_at, expires_at, address"

void
cr_session_row_free (CrSessionRow *row)
{
  g_free (row->account_id);
  g_free (row->address);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrSessionRow *row = g_new0 (CrSessionRow, 1);

  cr_statement_read_hash (s, 0, &row->token_hash);
  row->account_id = cr_statement_dup_text (s, 1);
  row->created_at = cr_statement_int (s, 2);
  row->seen_at = cr_statement_int (s, 3);
  row->expires_at = cr_statement_int (s, 4);
  row->address = cr_statement_dup_text (s, 5);
  return row;
}

gboolean
cr_session_store_insert (CrStoreTx *tx, const CrSessionRow *row, GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO session (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
                            CR_HASH (&row->token_hash), CR_TEXT (row->account_id), CR_INT (row->created_at),
                            CR_INT (row->seen_at), CR_INT (row->expires_at), CR_TEXT (row->address));
}

gboolean
cr_session_store_find (CrStoreTx *tx, const CrTokenHash *token_hash, gint64 now, CrSessionRow **session,
                       CrAccountRow **account, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT " COLUMNS " FROM session WHERE token_hash = ?1 AND expires_at > ?2"
                             " AND account_id IN (SELECT id FROM account WHERE disabled = 0)");
  g_autoptr (CrSessionRow) row = NULL;

  cr_statement_bind (s, CR_HASH (token_hash), CR_INT (now));
  if (!cr_statement_step_one (s, "session", error))
    return FALSE;
  row = read_row (s);
  if (account != NULL && (*account = cr_account_store_get (tx, row->account_id, error)) == NULL)
    return FALSE;
  if (session != NULL)
    *session = g_steal_pointer (&row);
  return TRUE;
}

gboolean
cr_session_store_list (CrStoreTx *tx, const gchar *account_id, GPtrArray **out, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT " COLUMNS " FROM session WHERE account_id = ?1"
                                                     " ORDER BY created_at DESC, token_hash");

  cr_statement_bind (s, CR_TEXT (account_id));
  *out = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_session_row_free, error);
  return *out != NULL;
}

gboolean
cr_session_store_touch (CrStoreTx *tx, const CrTokenHash *token_hash, gint64 seen_at, gint64 expires_at,
                        GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "UPDATE session SET seen_at = ?2, expires_at = ?3 WHERE token_hash = ?1",
                            CR_HASH (token_hash), CR_INT (seen_at), CR_INT (expires_at));
}

gboolean
cr_session_store_remove (CrStoreTx *tx, const CrTokenHash *token_hash, GError **error)
{
  return cr_statement_exec (tx, NULL, error, "DELETE FROM session WHERE token_hash = ?1",
                            CR_HASH (token_hash));
}

gboolean
cr_session_store_remove_account (CrStoreTx *tx, const gchar *account_id, const CrTokenHash *keep,
                                 guint *n_removed, GError **error)
{
  return cr_statement_exec (tx, n_removed, error,
                            "DELETE FROM session WHERE account_id = ?1 AND (?2 IS NULL OR token_hash <> ?2)",
                            CR_TEXT (account_id), keep != NULL ? CR_HASH (keep) : CR_NULL);
}

gboolean
cr_session_store_remove_expired (CrStoreTx *tx, gint64 now, guint *n_removed, GError **error)
{
  return cr_statement_exec (tx, n_removed, error, "DELETE FROM session WHERE expires_at <= ?1", CR_INT (now));
}

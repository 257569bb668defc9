/* SPDX-License-Identifier: Apache-2.0
 *
 * Join tokens in SQL.
 */
#include "store/join-token-store.h"
#include "store/statement.h"

#define COLUMNS "token_hash, lesson_id, role, source, account_id, device_id, expires_at"

/* Of nobody who was disabled or revoked since. */
#define VALID                                                                                                \
  " expires_at > ?1 AND (account_id IS NULL OR account_id IN (SELECT id FROM account WHERE disabled = 0))"   \
  " AND (device_id IS NULL OR device_id IN (SELECT id FROM device WHERE revoked_at IS NULL))"

void
cr_join_token_row_free (CrJoinTokenRow *row)
{
  g_free (row->lesson_id);
  g_free (row->role);
  g_free (row->source);
  g_free (row->account_id);
  g_free (row->device_id);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrJoinTokenRow *row = g_new0 (CrJoinTokenRow, 1);

  cr_statement_read_hash (s, 0, &row->token_hash);
  row->lesson_id = cr_statement_dup_text (s, 1);
  row->role = cr_statement_dup_text (s, 2);
  row->source = cr_statement_dup_text (s, 3);
  row->account_id = cr_statement_dup_text (s, 4);
  row->device_id = cr_statement_dup_text (s, 5);
  row->expires_at = cr_statement_int (s, 6);
  return row;
}

gboolean
cr_join_token_store_insert (CrStoreTx *tx, const CrJoinTokenRow *row, GError **error)
{
  return cr_statement_exec (
      tx, NULL, error, "INSERT INTO join_token (" COLUMNS ") VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)",
      CR_HASH (&row->token_hash), CR_TEXT (row->lesson_id), CR_TEXT (row->role), CR_TEXT (row->source),
      CR_TEXT (row->account_id), CR_TEXT (row->device_id), CR_INT (row->expires_at));
}

CrJoinTokenRow *
cr_join_token_store_find (CrStoreTx *tx, const CrTokenHash *token_hash, gint64 now, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT " COLUMNS " FROM join_token WHERE" VALID " AND token_hash = ?2");

  cr_statement_bind (s, CR_INT (now), CR_HASH (token_hash));
  return cr_statement_step_one (s, "join token", error) ? read_row (s) : NULL;
}

gboolean
cr_join_token_store_list (CrStoreTx *tx, gint64 now, GPtrArray **out, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT " COLUMNS " FROM join_token WHERE" VALID);

  cr_statement_bind (s, CR_INT (now));
  *out = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_join_token_row_free, error);
  return *out != NULL;
}

gboolean
cr_join_token_store_remove (CrStoreTx *tx, const gchar *account_id, const gchar *device_id,
                            const gchar *lesson_id, guint *n_removed, GError **error)
{
  g_return_val_if_fail (account_id != NULL || device_id != NULL || lesson_id != NULL, FALSE);

  return cr_statement_exec (tx, n_removed, error,
                            "DELETE FROM join_token WHERE (?1 IS NULL OR account_id = ?1)"
                            " AND (?2 IS NULL OR device_id = ?2) AND (?3 IS NULL OR lesson_id = ?3)",
                            CR_TEXT (account_id), CR_TEXT (device_id), CR_TEXT (lesson_id));
}

gboolean
cr_join_token_store_remove_expired (CrStoreTx *tx, gint64 now, guint *n_removed, GError **error)
{
  return cr_statement_exec (tx, n_removed, error, "DELETE FROM join_token WHERE expires_at <= ?1",
                            CR_INT (now));
}

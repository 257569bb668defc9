/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeds in SQL.
 */
#include "store/feed-store.h"

#include "store/statement.h"

#define SELECT "SELECT token_hash, owner_kind, owner_id, created_at, revoked_at FROM feed"

void
cr_feed_row_free (CrFeedRow *row)
{
  g_free (row->owner_kind);
  g_free (row->owner_id);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrFeedRow *row = g_new0 (CrFeedRow, 1);

  cr_statement_read_hash (s, 0, &row->token_hash);
  row->owner_kind = cr_statement_dup_text (s, 1);
  row->owner_id = cr_statement_dup_text (s, 2);
  row->created_at = cr_statement_int (s, 3);
  row->revoked_at = cr_statement_int (s, 4);
  return row;
}

gboolean
cr_feed_store_list (CrStoreTx *tx, const gchar *owner_kind, const gchar *owner_id, GPtrArray **out,
                    GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, SELECT " WHERE (?1 IS NULL OR owner_kind = ?1) AND (?2 IS NULL OR owner_id = ?2)"
                                    " ORDER BY created_at DESC, token_hash");

  cr_statement_bind (s, CR_TEXT (owner_kind), CR_TEXT (owner_id));
  *out = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_feed_row_free, error);
  return *out != NULL;
}

CrFeedRow *
cr_feed_store_get (CrStoreTx *tx, const CrTokenHash *hash, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE token_hash = ?1");

  cr_statement_bind (s, CR_HASH (hash));
  return cr_statement_step_one (s, "feed", error) ? read_row (s) : NULL;
}

gboolean
cr_feed_store_revoke_one (CrStoreTx *tx, const CrTokenHash *hash, gint64 now_s, GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "UPDATE feed SET revoked_at = ?2 WHERE token_hash = ?1 AND revoked_at IS NULL",
                            CR_HASH (hash), CR_INT (now_s));
}

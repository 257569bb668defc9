/* SPDX-License-Identifier: Apache-2.0
 *
 * Pairings in SQL. Each step is one UPDATE that states what must be true before, so that of two who try only
 * one succeeds.
 */
#include "store/pairing-store.h"
#include "store/statement.h"

#define COLUMNS                                                                                              \
  "device_code_hash, user_code, address, created_at, expires_at, classroom_id, device_id, confirmed_by"

void
cr_pairing_row_free (CrPairingRow *row)
{
  g_free (row->user_code);
  g_free (row->address);
  g_free (row->classroom_id);
  g_free (row->device_id);
  g_free (row->confirmed_by);
  g_free (row);
}

static CrPairingRow *
read_row (CrStatement *s)
{
  CrPairingRow *row = g_new0 (CrPairingRow, 1);

  cr_statement_read_hash (s, 0, &row->device_code_hash);
  row->user_code = cr_statement_dup_text (s, 1);
  row->address = cr_statement_dup_text (s, 2);
  row->created_at = cr_statement_int (s, 3);
  row->expires_at = cr_statement_int (s, 4);
  row->classroom_id = cr_statement_dup_text (s, 5);
  row->device_id = cr_statement_dup_text (s, 6);
  row->confirmed_by = cr_statement_dup_text (s, 7);
  return row;
}

gboolean
cr_pairing_store_insert (CrStoreTx *tx, const CrPairingRow *row, GError **error)
{
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO pairing (device_code_hash, user_code, address, created_at, expires_at)"
      " VALUES (?1, ?2, ?3, ?4, ?5)",
      CR_HASH (&row->device_code_hash), CR_TEXT (row->user_code), CR_TEXT (row->address),
      CR_INT (row->created_at), CR_INT (row->expires_at));
}

CrPairingRow *
cr_pairing_store_get (CrStoreTx *tx, const CrTokenHash *device_code_hash, gint64 now, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx, "SELECT " COLUMNS " FROM pairing WHERE device_code_hash = ?1 AND expires_at > ?2");

  cr_statement_bind (s, CR_HASH (device_code_hash), CR_INT (now));
  return cr_statement_step_one (s, "pairing", error) ? read_row (s) : NULL;
}

CrPairingRow *
cr_pairing_store_find (CrStoreTx *tx, const gchar *user_code, gint64 now, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT " COLUMNS " FROM pairing WHERE user_code = ?1 AND expires_at > ?2");

  cr_statement_bind (s, CR_TEXT (user_code), CR_INT (now));
  return cr_statement_step_one (s, "pairing", error) ? read_row (s) : NULL;
}

static gboolean
check_found (guint n_changed, GError **error)
{
  if (n_changed == 0)
    g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND, "there is no such pairing");
  return n_changed > 0;
}

gboolean
cr_pairing_store_confirm (CrStoreTx *tx, const gchar *user_code, const gchar *classroom_id,
                          const gchar *confirmed_by, gint64 now, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error,
                            "UPDATE pairing SET classroom_id = ?2, confirmed_by = ?3"
                            " WHERE user_code = ?1 AND expires_at > ?4 AND classroom_id IS NULL",
                            CR_TEXT (user_code), CR_TEXT (classroom_id), CR_TEXT (confirmed_by),
                            CR_INT (now)) &&
         check_found (n_changed, error);
}

gboolean
cr_pairing_store_finish (CrStoreTx *tx, const CrTokenHash *device_code_hash, const gchar *device_id,
                         gint64 now, GError **error)
{
  guint n_changed;

  return cr_statement_exec (
             tx, &n_changed, error,
             "UPDATE pairing SET device_id = ?2 WHERE device_code_hash = ?1 AND expires_at > ?3"
             " AND classroom_id IS NOT NULL AND device_id IS NULL",
             CR_HASH (device_code_hash), CR_TEXT (device_id), CR_INT (now)) &&
         check_found (n_changed, error);
}

gboolean
cr_pairing_store_count (CrStoreTx *tx, const gchar *address, gint64 now, guint *n_pairings, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx, "SELECT count(*) FROM pairing WHERE expires_at > ?1 AND (?2 IS NULL OR address = ?2)");

  cr_statement_bind (s, CR_INT (now), CR_TEXT (address));
  if (cr_statement_step (s, error) != CR_STEP_ROW)
    return FALSE;
  *n_pairings = (guint)cr_statement_int (s, 0);
  return TRUE;
}

gboolean
cr_pairing_store_remove_expired (CrStoreTx *tx, gint64 now, guint *n_removed, GError **error)
{
  return cr_statement_exec (tx, n_removed, error, "DELETE FROM pairing WHERE expires_at <= ?1", CR_INT (now));
}

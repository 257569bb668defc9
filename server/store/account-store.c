/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts in SQL.
 */
#include "store/account-store.h"
#include "store/statement.h"

#define SELECT                                                                                               \
  "SELECT a.id, a.login, a.name, a.role, a.school_id, a.districts, a.password_hash, a.must_change,"          \
  " a.disabled, a.version, a.created_at, a.revocations FROM account a LEFT JOIN school s ON s.id = "         \
  "a.school_id"

void
cr_account_row_free (CrAccountRow *row)
{
  g_free (row->id);
  g_free (row->login);
  g_free (row->name);
  g_free (row->role);
  g_free (row->school_id);
  g_free (row->districts);
  g_free (row->password_hash);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrAccountRow *row = g_new0 (CrAccountRow, 1);

  row->id = cr_statement_dup_text (s, 0);
  row->login = cr_statement_dup_text (s, 1);
  row->name = cr_statement_dup_text (s, 2);
  row->role = cr_statement_dup_text (s, 3);
  row->school_id = cr_statement_dup_text (s, 4);
  row->districts = cr_statement_dup_text (s, 5);
  row->password_hash = cr_statement_dup_text (s, 6);
  row->must_change = cr_statement_int (s, 7) != 0;
  row->disabled = cr_statement_int (s, 8) != 0;
  row->version = cr_statement_int (s, 9);
  row->created_at = cr_statement_int (s, 10);
  row->revocations = cr_statement_int (s, 11);
  return row;
}

static gchar *
cursor_after (const CrAccountRow *row)
{
  return cr_page_cursor (1, row->login);
}

gboolean
cr_account_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const gchar *role, const CrPage *page,
                       GPtrArray **out, gchar **next_cursor, GError **error)
{
  const CrSchoolFilter all = {0};
  const CrSchoolFilter *f = filter != NULL ? filter : &all;
  g_auto (GStrv) key = cr_page_key (page, 1, error);
  g_autoptr (CrStatement) s = NULL;
  GPtrArray *rows;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (tx, SELECT " WHERE a.login > ?1"
                                    " AND (?2 IS NULL OR s.district IN (SELECT value FROM json_each (?2)))"
                                    " AND (?3 IS NULL OR s.id = ?3)"
                                    " AND (?4 IS NULL OR instr (a.login, ?4) > 0 OR instr (a.name, ?4) > 0)"
                                    " AND (?5 IS NULL OR a.role = ?5) ORDER BY a.login LIMIT ?6");
  cr_statement_bind (s, CR_TEXT (key[0]), CR_TEXT (f->districts_json), CR_TEXT (f->school_id),
                     CR_TEXT (f->text), CR_TEXT (role), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_account_row_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cursor_after (g_ptr_array_index (rows, rows->len - 1));
  *out = rows;
  return TRUE;
}

CrAccountRow *
cr_account_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE a.id = ?1");

  cr_statement_bind (s, CR_TEXT (id));
  return cr_statement_step_one (s, "account", error) ? read_row (s) : NULL;
}

CrAccountRow *
cr_account_store_find (CrStoreTx *tx, const gchar *login, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE a.login = ?1");

  cr_statement_bind (s, CR_TEXT (login));
  return cr_statement_step_one (s, "account", error) ? read_row (s) : NULL;
}

gboolean
cr_account_store_insert (CrStoreTx *tx, CrAccountRow *row, GError **error)
{
  if (row->id == NULL)
    row->id = cr_store_new_id ();
  row->version = 1;
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO account (id, login, name, role, school_id, districts, "
                            "password_hash, must_change, disabled, version, created_at)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, 1, ?10)",
                            CR_TEXT (row->id), CR_TEXT (row->login), CR_TEXT (row->name), CR_TEXT (row->role),
                            CR_TEXT (row->school_id), CR_TEXT (row->districts), CR_TEXT (row->password_hash),
                            CR_INT (row->must_change != FALSE), CR_INT (row->disabled != FALSE),
                            CR_INT (row->created_at));
}

gboolean
cr_account_store_update (CrStoreTx *tx, CrAccountRow *row, GError **error)
{
  guint n_changed;

  if (!cr_statement_exec (
          tx, &n_changed, error,
          "UPDATE account SET name = ?3, role = ?4, school_id = ?5, districts = ?6, disabled = ?7,"
          " version = version + 1 WHERE id = ?1 AND version = ?2",
          CR_TEXT (row->id), CR_INT (row->version), CR_TEXT (row->name), CR_TEXT (row->role),
          CR_TEXT (row->school_id), CR_TEXT (row->districts), CR_INT (row->disabled != FALSE)) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM account WHERE id = ?1", row->id, error))
    return FALSE;
  row->version++;
  return TRUE;
}

gboolean
cr_account_store_set_password (CrStoreTx *tx, const gchar *id, const gchar *password_hash,
                               gboolean must_change, GError **error)
{
  guint n_changed;

  return cr_statement_exec (
             tx, &n_changed, error,
             "UPDATE account SET password_hash = ?2, must_change = ?3, version = version + 1 WHERE id = ?1",
             CR_TEXT (id), CR_TEXT (password_hash), CR_INT (must_change != FALSE)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM account WHERE id = ?1", id, error);
}

gboolean
cr_account_store_count_revocation (CrStoreTx *tx, const gchar *id, GError **error)
{
  return cr_statement_exec (tx, NULL, error, "UPDATE account SET revocations = revocations + 1 WHERE id = ?1",
                            CR_TEXT (id));
}

gboolean
cr_account_store_count (CrStoreTx *tx, const gchar *role, guint *n_accounts, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT count(*) FROM account WHERE role = ?1 AND disabled = 0");

  cr_statement_bind (s, CR_TEXT (role));
  if (cr_statement_step (s, error) != CR_STEP_ROW)
    return FALSE;
  *n_accounts = (guint)cr_statement_int (s, 0);
  return TRUE;
}

gboolean
cr_account_store_remove (CrStoreTx *tx, const gchar *id, gint64 version, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "DELETE FROM account WHERE id = ?1 AND version = ?2",
                            CR_TEXT (id), CR_INT (version)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM account WHERE id = ?1", id, error);
}

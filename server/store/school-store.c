/* SPDX-License-Identifier: Apache-2.0
 *
 * Schools in SQL.
 */
#include "store/school-store.h"
#include "store/statement.h"

#define COLUMNS "id, code, name, district, phone, uplink_kbps, version"

void
cr_school_row_free (CrSchoolRow *row)
{
  g_free (row->id);
  g_free (row->code);
  g_free (row->name);
  g_free (row->district);
  g_free (row->phone);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrSchoolRow *row = g_new0 (CrSchoolRow, 1);

  row->id = cr_statement_dup_text (s, 0);
  row->code = cr_statement_dup_text (s, 1);
  row->name = cr_statement_dup_text (s, 2);
  row->district = cr_statement_dup_text (s, 3);
  row->phone = cr_statement_dup_text (s, 4);
  row->uplink_kbps = cr_statement_int (s, 5);
  row->version = cr_statement_int (s, 6);
  return row;
}

gboolean
cr_school_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page, GPtrArray **out,
                      gchar **next_cursor, GError **error)
{
  const CrSchoolFilter all = {0};
  const CrSchoolFilter *f = filter != NULL ? filter : &all;
  g_auto (GStrv) key = cr_page_key (page, 1, error);
  g_autoptr (CrStatement) s = NULL;
  GPtrArray *rows;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (
      tx, "SELECT " COLUMNS " FROM school"
          " WHERE code > ?1 AND (?2 IS NULL OR district IN (SELECT value FROM json_each (?2)))"
          " AND (?3 IS NULL OR id = ?3) AND (?4 IS NULL OR instr (code, ?4) > 0 OR instr (name, ?4) > 0)"
          " ORDER BY code LIMIT ?5");
  cr_statement_bind (s, CR_TEXT (key[0]), CR_TEXT (f->districts_json), CR_TEXT (f->school_id),
                     CR_TEXT (f->text), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_school_row_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cr_page_cursor (1, ((CrSchoolRow *)g_ptr_array_index (rows, rows->len - 1))->code);
  *out = rows;
  return TRUE;
}

static CrSchoolRow *
read_one (CrStoreTx *tx, const gchar *sql, const gchar *key, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, sql);

  cr_statement_bind (s, CR_TEXT (key));
  return cr_statement_step_one (s, "school", error) ? read_row (s) : NULL;
}

CrSchoolRow *
cr_school_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  return read_one (tx, "SELECT " COLUMNS " FROM school WHERE id = ?1", id, error);
}

CrSchoolRow *
cr_school_store_find (CrStoreTx *tx, const gchar *code, GError **error)
{
  return read_one (tx, "SELECT " COLUMNS " FROM school WHERE code = ?1", code, error);
}

gboolean
cr_school_store_insert (CrStoreTx *tx, CrSchoolRow *row, GError **error)
{
  if (row->id == NULL)
    row->id = cr_store_new_id ();
  row->version = 1;
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO school (id, code, name, district, phone, uplink_kbps, version) "
                            "VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)",
                            CR_TEXT (row->id), CR_TEXT (row->code), CR_TEXT (row->name),
                            CR_TEXT (row->district), CR_TEXT (row->phone),
                            CR_INT_OR_NULL (row->uplink_kbps, 0));
}

gboolean
cr_school_store_update (CrStoreTx *tx, CrSchoolRow *row, GError **error)
{
  guint n_changed;

  if (!cr_statement_exec (
          tx, &n_changed, error,
          "UPDATE school SET code = ?3, name = ?4, district = ?5, phone = ?6, uplink_kbps = ?7,"
          " version = version + 1 WHERE id = ?1 AND version = ?2",
          CR_TEXT (row->id), CR_INT (row->version), CR_TEXT (row->code), CR_TEXT (row->name),
          CR_TEXT (row->district), CR_TEXT (row->phone), CR_INT_OR_NULL (row->uplink_kbps, 0)) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM school WHERE id = ?1", row->id, error))
    return FALSE;
  row->version++;
  return TRUE;
}

gboolean
cr_school_store_remove (CrStoreTx *tx, const gchar *id, gint64 version, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "DELETE FROM school WHERE id = ?1 AND version = ?2",
                            CR_TEXT (id), CR_INT (version)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM school WHERE id = ?1", id, error);
}

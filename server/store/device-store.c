/* SPDX-License-Identifier: Apache-2.0
 *
 * Devices in SQL, each with the classroom and school that it stands in.
 */
#include "store/device-store.h"
#include "store/join-token-store.h"
#include "store/statement.h"

#define SELECT                                                                                               \
  "SELECT d.id, d.classroom_id, d.name, d.credential_hash, d.paired_at, d.paired_by, d.seen_at, "            \
  "d.revoked_at,"                                                                                            \
  " c.code, c.name, s.id, s.code, s.name, s.district"                                                        \
  " FROM device d JOIN classroom c ON c.id = d.classroom_id JOIN school s ON s.id = c.school_id"

void
cr_device_row_free (CrDeviceRow *row)
{
  g_free (row->id);
  g_free (row->classroom_id);
  g_free (row->name);
  g_free (row->paired_by);
  g_free (row->classroom_code);
  g_free (row->classroom_name);
  g_free (row->school_id);
  g_free (row->school_code);
  g_free (row->school_name);
  g_free (row->district);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrDeviceRow *row = g_new0 (CrDeviceRow, 1);

  row->id = cr_statement_dup_text (s, 0);
  row->classroom_id = cr_statement_dup_text (s, 1);
  row->name = cr_statement_dup_text (s, 2);
  cr_statement_read_hash (s, 3, &row->credential_hash);
  row->paired_at = cr_statement_int (s, 4);
  row->paired_by = cr_statement_dup_text (s, 5);
  row->seen_at = cr_statement_int (s, 6);
  row->revoked_at = cr_statement_int (s, 7);
  row->classroom_code = cr_statement_dup_text (s, 8);
  row->classroom_name = cr_statement_dup_text (s, 9);
  row->school_id = cr_statement_dup_text (s, 10);
  row->school_code = cr_statement_dup_text (s, 11);
  row->school_name = cr_statement_dup_text (s, 12);
  row->district = cr_statement_dup_text (s, 13);
  return row;
}

static gchar *
cursor_after (const CrDeviceRow *row)
{
  return cr_page_cursor (3, row->school_code, row->classroom_code, row->id);
}

static const gchar list_sql[] = SELECT
    " WHERE (s.code, c.code, d.id) > (?1, ?2, ?3)"
    " AND (?4 IS NULL OR s.district IN (SELECT value FROM json_each (?4))) AND (?5 IS NULL OR s.id = ?5)"
    " AND (?6 IS NULL OR instr (d.name, ?6) > 0 OR instr (c.name, ?6) > 0)"
    " AND (?7 IS NULL OR c.id = ?7) AND (?8 OR d.revoked_at IS NULL)"
    " ORDER BY s.code, c.code, d.id LIMIT ?9";

gboolean
cr_device_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const gchar *classroom_id,
                      gboolean with_revoked, const CrPage *page, GPtrArray **out, gchar **next_cursor,
                      GError **error)
{
  const CrSchoolFilter all = {0};
  const CrSchoolFilter *f = filter != NULL ? filter : &all;
  g_auto (GStrv) key = cr_page_key (page, 3, error);
  g_autoptr (CrStatement) s = NULL;
  GPtrArray *rows;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (tx, list_sql);
  cr_statement_bind (s, CR_TEXT (key[0]), CR_TEXT (key[1]), CR_TEXT (key[2]), CR_TEXT (f->districts_json),
                     CR_TEXT (f->school_id), CR_TEXT (f->text), CR_TEXT (classroom_id),
                     CR_INT (with_revoked != FALSE), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_device_row_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cursor_after (g_ptr_array_index (rows, rows->len - 1));
  *out = rows;
  return TRUE;
}

CrDeviceRow *
cr_device_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE d.id = ?1");

  cr_statement_bind (s, CR_TEXT (id));
  return cr_statement_step_one (s, "device", error) ? read_row (s) : NULL;
}

CrDeviceRow *
cr_device_store_find (CrStoreTx *tx, const CrTokenHash *credential_hash, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, SELECT " WHERE d.credential_hash = ?1 AND d.revoked_at IS NULL");

  cr_statement_bind (s, CR_HASH (credential_hash));
  return cr_statement_step_one (s, "device", error) ? read_row (s) : NULL;
}

gboolean
cr_device_store_insert (CrStoreTx *tx, CrDeviceRow *row, GError **error)
{
  if (row->id == NULL)
    row->id = cr_store_new_id ();
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO device (id, classroom_id, name, credential_hash, paired_at, paired_by)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6)",
      CR_TEXT (row->id), CR_TEXT (row->classroom_id), CR_TEXT (row->name), CR_HASH (&row->credential_hash),
      CR_INT (row->paired_at), CR_TEXT (row->paired_by));
}

static gboolean
check_found (guint n_changed, GError **error)
{
  if (n_changed == 0)
    g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND, "there is no such device");
  return n_changed > 0;
}

gboolean
cr_device_store_rename (CrStoreTx *tx, const gchar *id, const gchar *name, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "UPDATE device SET name = ?2 WHERE id = ?1", CR_TEXT (id),
                            CR_TEXT (name)) &&
         check_found (n_changed, error);
}

gboolean
cr_device_store_touch (CrStoreTx *tx, const gchar *id, gint64 seen_at, GError **error)
{
  return cr_statement_exec (tx, NULL, error, "UPDATE device SET seen_at = ?2 WHERE id = ?1", CR_TEXT (id),
                            CR_INT (seen_at));
}

gboolean
cr_device_store_revoke (CrStoreTx *tx, const gchar *id, gint64 now, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error,
                            "UPDATE device SET revoked_at = ?2 WHERE id = ?1 AND revoked_at IS NULL",
                            CR_TEXT (id), CR_INT (now)) &&
         check_found (n_changed, error) && cr_join_token_store_remove (tx, NULL, id, NULL, NULL, error);
}

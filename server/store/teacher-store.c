/* SPDX-License-Identifier: Apache-2.0
 *
 * Teachers in SQL.
 */
#include "store/teacher-store.h"
#include "store/statement.h"

#define SELECT                                                                                               \
  "SELECT t.id, t.code, t.name, t.phone, t.school_id, s.code, t.account_id, t.version"                       \
  " FROM teacher t JOIN school s ON s.id = t.school_id"

void
cr_teacher_row_free (CrTeacherRow *row)
{
  g_free (row->id);
  g_free (row->code);
  g_free (row->name);
  g_free (row->phone);
  g_free (row->school_id);
  g_free (row->school_code);
  g_free (row->account_id);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrTeacherRow *row = g_new0 (CrTeacherRow, 1);

  row->id = cr_statement_dup_text (s, 0);
  row->code = cr_statement_dup_text (s, 1);
  row->name = cr_statement_dup_text (s, 2);
  row->phone = cr_statement_dup_text (s, 3);
  row->school_id = cr_statement_dup_text (s, 4);
  row->school_code = cr_statement_dup_text (s, 5);
  row->account_id = cr_statement_dup_text (s, 6);
  row->version = cr_statement_int (s, 7);
  return row;
}

static gchar *
cursor_after (const CrTeacherRow *row)
{
  return cr_page_cursor (1, row->code);
}

gboolean
cr_teacher_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page, GPtrArray **out,
                       gchar **next_cursor, GError **error)
{
  const CrSchoolFilter all = {0};
  const CrSchoolFilter *f = filter != NULL ? filter : &all;
  g_auto (GStrv) key = cr_page_key (page, 1, error);
  g_autoptr (CrStatement) s = NULL;
  GPtrArray *rows;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (tx, SELECT " WHERE t.code > ?1"
                                    " AND (?2 IS NULL OR s.district IN (SELECT value FROM json_each (?2)))"
                                    " AND (?3 IS NULL OR s.id = ?3)"
                                    " AND (?4 IS NULL OR instr (t.code, ?4) > 0 OR instr (t.name, ?4) > 0)"
                                    " ORDER BY t.code LIMIT ?5");
  cr_statement_bind (s, CR_TEXT (key[0]), CR_TEXT (f->districts_json), CR_TEXT (f->school_id),
                     CR_TEXT (f->text), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_teacher_row_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cursor_after (g_ptr_array_index (rows, rows->len - 1));
  *out = rows;
  return TRUE;
}

CrTeacherRow *
cr_teacher_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE t.id = ?1");

  cr_statement_bind (s, CR_TEXT (id));
  return cr_statement_step_one (s, "teacher", error) ? read_row (s) : NULL;
}

CrTeacherRow *
cr_teacher_store_find (CrStoreTx *tx, const gchar *code, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE t.code = ?1");

  cr_statement_bind (s, CR_TEXT (code));
  return cr_statement_step_one (s, "teacher", error) ? read_row (s) : NULL;
}

CrTeacherRow *
cr_teacher_store_find_account (CrStoreTx *tx, const gchar *account_id, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE t.account_id = ?1");

  cr_statement_bind (s, CR_TEXT (account_id));
  return cr_statement_step_one (s, "teacher", error) ? read_row (s) : NULL;
}

gboolean
cr_teacher_store_insert (CrStoreTx *tx, CrTeacherRow *row, GError **error)
{
  if (row->id == NULL)
    row->id = cr_store_new_id ();
  row->version = 1;
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO teacher (id, code, name, phone, school_id, account_id, version)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, ?6, 1)",
                            CR_TEXT (row->id), CR_TEXT (row->code), CR_TEXT (row->name), CR_TEXT (row->phone),
                            CR_TEXT (row->school_id), CR_TEXT (row->account_id));
}

gboolean
cr_teacher_store_update (CrStoreTx *tx, CrTeacherRow *row, GError **error)
{
  guint n_changed;

  if (!cr_statement_exec (
          tx, &n_changed, error,
          "UPDATE teacher SET code = ?3, name = ?4, phone = ?5, school_id = ?6, account_id = ?7,"
          " version = version + 1 WHERE id = ?1 AND version = ?2",
          CR_TEXT (row->id), CR_INT (row->version), CR_TEXT (row->code), CR_TEXT (row->name),
          CR_TEXT (row->phone), CR_TEXT (row->school_id), CR_TEXT (row->account_id)) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM teacher WHERE id = ?1", row->id, error))
    return FALSE;
  row->version++;
  return TRUE;
}

gboolean
cr_teacher_store_remove (CrStoreTx *tx, const gchar *id, gint64 version, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "DELETE FROM teacher WHERE id = ?1 AND version = ?2",
                            CR_TEXT (id), CR_INT (version)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM teacher WHERE id = ?1", id, error);
}

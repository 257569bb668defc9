/* SPDX-License-Identifier: Apache-2.0
 *
 * Classrooms in SQL.
 */
#include "store/classroom-store.h"
#include "store/statement.h"

#define SELECT                                                                                               \
  "SELECT c.id, c.school_id, s.code, c.code, c.name, c.seats, c.version"                                     \
  " FROM classroom c JOIN school s ON s.id = c.school_id"

void
cr_classroom_row_free (CrClassroomRow *row)
{
  g_free (row->id);
  g_free (row->school_id);
  g_free (row->school_code);
  g_free (row->code);
  g_free (row->name);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrClassroomRow *row = g_new0 (CrClassroomRow, 1);

  row->id = cr_statement_dup_text (s, 0);
  row->school_id = cr_statement_dup_text (s, 1);
  row->school_code = cr_statement_dup_text (s, 2);
  row->code = cr_statement_dup_text (s, 3);
  row->name = cr_statement_dup_text (s, 4);
  row->seats = cr_statement_int_or (s, 5, -1);
  row->version = cr_statement_int (s, 6);
  return row;
}

static gchar *
cursor_after (const CrClassroomRow *row)
{
  return cr_page_cursor (2, row->school_code, row->code);
}

gboolean
cr_classroom_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page, GPtrArray **out,
                         gchar **next_cursor, GError **error)
{
  const CrSchoolFilter all = {0};
  const CrSchoolFilter *f = filter != NULL ? filter : &all;
  g_auto (GStrv) key = cr_page_key (page, 2, error);
  g_autoptr (CrStatement) s = NULL;
  GPtrArray *rows;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (tx, SELECT " WHERE (s.code, c.code) > (?1, ?2)"
                                    " AND (?3 IS NULL OR s.district IN (SELECT value FROM json_each (?3)))"
                                    " AND (?4 IS NULL OR s.id = ?4)"
                                    " AND (?5 IS NULL OR instr (c.code, ?5) > 0 OR instr (c.name, ?5) > 0)"
                                    " ORDER BY s.code, c.code LIMIT ?6");
  cr_statement_bind (s, CR_TEXT (key[0]), CR_TEXT (key[1]), CR_TEXT (f->districts_json),
                     CR_TEXT (f->school_id), CR_TEXT (f->text), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_classroom_row_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cursor_after (g_ptr_array_index (rows, rows->len - 1));
  *out = rows;
  return TRUE;
}

CrClassroomRow *
cr_classroom_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE c.id = ?1");

  cr_statement_bind (s, CR_TEXT (id));
  return cr_statement_step_one (s, "classroom", error) ? read_row (s) : NULL;
}

CrClassroomRow *
cr_classroom_store_find (CrStoreTx *tx, const gchar *school_code, const gchar *code, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE s.code = ?1 AND c.code = ?2");

  cr_statement_bind (s, CR_TEXT (school_code), CR_TEXT (code));
  return cr_statement_step_one (s, "classroom", error) ? read_row (s) : NULL;
}

gboolean
cr_classroom_store_insert (CrStoreTx *tx, CrClassroomRow *row, GError **error)
{
  if (row->id == NULL)
    row->id = cr_store_new_id ();
  row->version = 1;
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO classroom (id, school_id, code, name, seats, version) VALUES (?1, ?2, ?3, ?4, ?5, 1)",
      CR_TEXT (row->id), CR_TEXT (row->school_id), CR_TEXT (row->code), CR_TEXT (row->name),
      CR_INT_OR_NULL (row->seats, -1));
}

gboolean
cr_classroom_store_update (CrStoreTx *tx, CrClassroomRow *row, GError **error)
{
  guint n_changed;

  if (!cr_statement_exec (tx, &n_changed, error,
                          "UPDATE classroom SET code = ?3, name = ?4, seats = ?5, version = version + 1 "
                          "WHERE id = ?1 AND version = ?2",
                          CR_TEXT (row->id), CR_INT (row->version), CR_TEXT (row->code), CR_TEXT (row->name),
                          CR_INT_OR_NULL (row->seats, -1)) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM classroom WHERE id = ?1", row->id, error))
    return FALSE;
  row->version++;
  return TRUE;
}

gboolean
cr_classroom_store_remove (CrStoreTx *tx, const gchar *id, gint64 version, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "DELETE FROM classroom WHERE id = ?1 AND version = ?2",
                            CR_TEXT (id), CR_INT (version)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM classroom WHERE id = ?1", id, error);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Classes in SQL.
 */
#include "store/class-store.h"
#include "store/statement.h"

#define SELECT                                                                                               \
  "SELECT c.id, c.school_id, s.code, c.grade, c.number, c.pupils, c.version"                                 \
  " FROM class c JOIN school s ON s.id = c.school_id"

void
cr_class_row_free (CrClassRow *row)
{
  g_free (row->id);
  g_free (row->school_id);
  g_free (row->school_code);
  g_free (row);
}

static gpointer
read_row (CrStatement *s)
{
  CrClassRow *row = g_new0 (CrClassRow, 1);

  row->id = cr_statement_dup_text (s, 0);
  row->school_id = cr_statement_dup_text (s, 1);
  row->school_code = cr_statement_dup_text (s, 2);
  row->grade = cr_statement_int (s, 3);
  row->number = cr_statement_int (s, 4);
  row->pupils = cr_statement_int (s, 5);
  row->version = cr_statement_int (s, 6);
  return row;
}

static gchar *
cursor_after (const CrClassRow *row)
{
  g_autofree gchar *grade = g_strdup_printf ("%" G_GINT64_FORMAT, row->grade);
  g_autofree gchar *number = g_strdup_printf ("%" G_GINT64_FORMAT, row->number);

  return cr_page_cursor (3, row->school_code, grade, number);
}

gboolean
cr_class_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page, GPtrArray **out,
                     gchar **next_cursor, GError **error)
{
  const CrSchoolFilter all = {0};
  const CrSchoolFilter *f = filter != NULL ? filter : &all;
  g_auto (GStrv) key = cr_page_key (page, 3, error);
  g_autoptr (CrStatement) s = NULL;
  GPtrArray *rows;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (tx, SELECT " WHERE (s.code, c.grade, c.number) > (?1, ?2, ?3)"
                                    " AND (?4 IS NULL OR s.district IN (SELECT value FROM json_each (?4)))"
                                    " AND (?5 IS NULL OR s.id = ?5)"
                                    " AND (?6 IS NULL OR instr (s.code, ?6) > 0 OR instr (s.name, ?6) > 0)"
                                    " ORDER BY s.code, c.grade, c.number LIMIT ?7");
  cr_statement_bind (s, CR_TEXT (key[0]), CR_INT (g_ascii_strtoll (key[1], NULL, 10)),
                     CR_INT (g_ascii_strtoll (key[2], NULL, 10)), CR_TEXT (f->districts_json),
                     CR_TEXT (f->school_id), CR_TEXT (f->text), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_row, (GDestroyNotify)cr_class_row_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cursor_after (g_ptr_array_index (rows, rows->len - 1));
  *out = rows;
  return TRUE;
}

CrClassRow *
cr_class_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, SELECT " WHERE c.id = ?1");

  cr_statement_bind (s, CR_TEXT (id));
  return cr_statement_step_one (s, "class", error) ? read_row (s) : NULL;
}

CrClassRow *
cr_class_store_find (CrStoreTx *tx, const gchar *school_code, gint64 grade, gint64 number, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, SELECT " WHERE s.code = ?1 AND c.grade = ?2 AND c.number = ?3");

  cr_statement_bind (s, CR_TEXT (school_code), CR_INT (grade), CR_INT (number));
  return cr_statement_step_one (s, "class", error) ? read_row (s) : NULL;
}

gboolean
cr_class_store_insert (CrStoreTx *tx, CrClassRow *row, GError **error)
{
  if (row->id == NULL)
    row->id = cr_store_new_id ();
  row->version = 1;
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO class (id, school_id, grade, number, pupils, version) VALUES (?1, ?2, ?3, ?4, ?5, 1)",
      CR_TEXT (row->id), CR_TEXT (row->school_id), CR_INT (row->grade), CR_INT (row->number),
      CR_INT (row->pupils));
}

gboolean
cr_class_store_update (CrStoreTx *tx, CrClassRow *row, GError **error)
{
  guint n_changed;

  if (!cr_statement_exec (tx, &n_changed, error,
                          "UPDATE class SET grade = ?3, number = ?4, pupils = ?5, version = version + 1 "
                          "WHERE id = ?1 AND version = ?2",
                          CR_TEXT (row->id), CR_INT (row->version), CR_INT (row->grade), CR_INT (row->number),
                          CR_INT (row->pupils)) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM class WHERE id = ?1", row->id, error))
    return FALSE;
  row->version++;
  return TRUE;
}

gboolean
cr_class_store_remove (CrStoreTx *tx, const gchar *id, gint64 version, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "DELETE FROM class WHERE id = ?1 AND version = ?2",
                            CR_TEXT (id), CR_INT (version)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM class WHERE id = ?1", id, error);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Terms and their days in SQL.
 */
#include "store/term-store.h"

#include "store/statement.h"

#define COLUMNS "id, name, first_monday, n_weeks, time_zone, version"

static const gchar *
or_empty (const gchar *text)
{
  return text != NULL ? text : "";
}

static gboolean
read_days (CrStoreTx *tx, CrTerm *term, GError **error)
{
  g_autoptr (CrStatement) holidays =
      cr_statement_open (tx, "SELECT date, name FROM holiday WHERE term_id = ?1 ORDER BY date");
  g_autoptr (CrStatement) makeups =
      cr_statement_open (tx, "SELECT date, follows_date, name FROM makeup WHERE term_id = ?1 ORDER BY date");
  CrStep step;

  cr_statement_bind (holidays, CR_TEXT (term->id));
  cr_statement_bind (makeups, CR_TEXT (term->id));
  while ((step = cr_statement_step (holidays, error)) == CR_STEP_ROW)
    cr_term_add_holiday (term, cr_date_parse (cr_statement_text (holidays, 0)),
                         cr_statement_text (holidays, 1));
  if (step == CR_STEP_ERROR)
    return FALSE;
  while ((step = cr_statement_step (makeups, error)) == CR_STEP_ROW)
    cr_term_add_makeup (term, cr_date_parse (cr_statement_text (makeups, 0)),
                        cr_date_parse (cr_statement_text (makeups, 1)), cr_statement_text (makeups, 2));
  return step == CR_STEP_DONE;
}

static CrTerm *
read_term (CrStoreTx *tx, CrStatement *s, GError **error)
{
  g_autoptr (CrTerm) term = cr_term_new (
      cr_statement_text (s, 0), cr_statement_text (s, 1), cr_date_parse (cr_statement_text (s, 2)),
      (guint)cr_statement_int (s, 3), cr_statement_text (s, 4), (guint)cr_statement_int (s, 5), error);

  return term != NULL && read_days (tx, term, error) ? g_steal_pointer (&term) : NULL;
}

gboolean
cr_term_store_list (CrStoreTx *tx, GPtrArray **out, GError **error)
{
  g_autoptr (GPtrArray) terms = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_term_free);
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT " COLUMNS " FROM term ORDER BY first_monday DESC, id");
  CrStep step;

  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW) {
    CrTerm *term = read_term (tx, s, error);

    if (term == NULL)
      return FALSE;
    g_ptr_array_add (terms, term);
  }
  if (step == CR_STEP_ERROR)
    return FALSE;
  *out = g_steal_pointer (&terms);
  return TRUE;
}

CrTerm *
cr_term_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT " COLUMNS " FROM term WHERE id = ?1");

  cr_statement_bind (s, CR_TEXT (id));
  return cr_statement_step_one (s, "term", error) ? read_term (tx, s, error) : NULL;
}

static gboolean
write_days (CrStoreTx *tx, const CrTerm *term, GError **error)
{
  gchar date[CR_DATE_TEXT_BYTES], follows[CR_DATE_TEXT_BYTES];

  if (!cr_statement_exec (tx, NULL, error, "DELETE FROM holiday WHERE term_id = ?1", CR_TEXT (term->id)) ||
      !cr_statement_exec (tx, NULL, error, "DELETE FROM makeup WHERE term_id = ?1", CR_TEXT (term->id)))
    return FALSE;
  for (guint i = 0; i < term->holidays->len; i++) {
    const CrHoliday *holiday = &g_array_index (term->holidays, CrHoliday, i);

    if (!cr_statement_exec (tx, NULL, error, "INSERT INTO holiday (term_id, date, name) VALUES (?1, ?2, ?3)",
                            CR_TEXT (term->id), CR_TEXT (cr_date_format (holiday->date, date)),
                            CR_TEXT (or_empty (holiday->name))))
      return FALSE;
  }
  for (guint i = 0; i < term->makeups->len; i++) {
    const CrMakeup *makeup = &g_array_index (term->makeups, CrMakeup, i);

    if (!cr_statement_exec (
            tx, NULL, error, "INSERT INTO makeup (term_id, date, follows_date, name) VALUES (?1, ?2, ?3, ?4)",
            CR_TEXT (term->id), CR_TEXT (cr_date_format (makeup->date, date)),
            CR_TEXT (cr_date_format (makeup->follows_date, follows)), CR_TEXT (or_empty (makeup->name))))
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_term_store_insert (CrStoreTx *tx, CrTerm *term, GError **error)
{
  gchar monday[CR_DATE_TEXT_BYTES];

  if (term->id == NULL)
    term->id = cr_store_new_id ();
  term->version = 1;
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO term (id, name, first_monday, n_weeks, time_zone, version)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, 1)",
                            CR_TEXT (term->id), CR_TEXT (or_empty (term->name)),
                            CR_TEXT (cr_date_format (term->first_monday, monday)), CR_INT (term->n_weeks),
                            CR_TEXT (term->time_zone)) &&
         write_days (tx, term, error);
}

gboolean
cr_term_store_update (CrStoreTx *tx, CrTerm *term, GError **error)
{
  gchar monday[CR_DATE_TEXT_BYTES];
  guint n_changed;

  if (!cr_statement_exec (tx, &n_changed, error,
                          "UPDATE term SET name = ?3, first_monday = ?4, n_weeks = ?5, time_zone = ?6,"
                          " version = version + 1 WHERE id = ?1 AND version = ?2",
                          CR_TEXT (term->id), CR_INT (term->version), CR_TEXT (or_empty (term->name)),
                          CR_TEXT (cr_date_format (term->first_monday, monday)), CR_INT (term->n_weeks),
                          CR_TEXT (term->time_zone)) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM term WHERE id = ?1", term->id, error) ||
      !write_days (tx, term, error))
    return FALSE;
  term->version++;
  return TRUE;
}

gboolean
cr_term_store_remove (CrStoreTx *tx, const gchar *id, guint version, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "DELETE FROM term WHERE id = ?1 AND version = ?2",
                            CR_TEXT (id), CR_INT (version)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM term WHERE id = ?1", id, error);
}

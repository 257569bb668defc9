/* SPDX-License-Identifier: Apache-2.0
 *
 * Bell schedules and busy times in SQL.
 */
#include "store/statement.h"
#include "store/term-store.h"

#define BELL_COLUMNS "id, school_id, name, from_date, to_date, version"
#define BUSY_COLUMNS                                                                                         \
  "id, school_id, kind, grade, class_id, weekday, from_date, to_date, start_minute, end_minute, reason, "    \
  "version"

static const gchar *
or_empty (const gchar *text)
{
  return text != NULL ? text : "";
}

static gpointer
read_schedule (CrStatement *s)
{
  return cr_bell_schedule_new (cr_statement_text (s, 0), cr_statement_text (s, 1), cr_statement_text (s, 2),
                               cr_date_parse (cr_statement_text (s, 3)),
                               cr_date_parse (cr_statement_text (s, 4)), (guint)cr_statement_int (s, 5));
}

static gboolean
read_periods (CrStoreTx *tx, CrBellSchedule *schedule, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT period, name, start_minute, end_minute FROM "
                                                     "bell_period WHERE schedule_id = ?1 ORDER BY period");
  CrStep step;

  cr_statement_bind (s, CR_TEXT (schedule->id));
  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW)
    cr_bell_schedule_add_period (schedule, (guint)cr_statement_int (s, 0), cr_statement_text (s, 1),
                                 (guint)cr_statement_int (s, 2), (guint)cr_statement_int (s, 3));
  return step == CR_STEP_DONE;
}

gboolean
cr_bell_store_list (CrStoreTx *tx, const gchar *school_id, const CrPage *page, GPtrArray **out,
                    gchar **next_cursor, GError **error)
{
  g_auto (GStrv) key = cr_page_key (page, 3, error);
  g_autoptr (CrStatement) s = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (tx, "SELECT " BELL_COLUMNS " FROM bell_schedule WHERE"
                             " (school_id, from_date, id) > (?1, ?2, ?3) AND (?4 IS NULL OR school_id = ?4)"
                             " ORDER BY school_id, from_date, id LIMIT ?5");
  cr_statement_bind (s, CR_TEXT (key[0]), CR_TEXT (key[1]), CR_TEXT (key[2]), CR_TEXT (school_id),
                     CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_schedule, (GDestroyNotify)cr_bell_schedule_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL) {
    const CrBellSchedule *last = g_ptr_array_index (rows, rows->len - 1);
    gchar from[CR_DATE_TEXT_BYTES];

    *next_cursor = cr_page_cursor (3, last->school_id, cr_date_format (last->from_date, from), last->id);
  }
  for (guint i = 0; i < rows->len; i++) {
    if (!read_periods (tx, g_ptr_array_index (rows, i), error))
      return FALSE;
  }
  *out = g_steal_pointer (&rows);
  return TRUE;
}

CrBellSchedule *
cr_bell_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT " BELL_COLUMNS " FROM bell_schedule WHERE id = ?1");
  g_autoptr (CrBellSchedule) schedule = NULL;

  cr_statement_bind (s, CR_TEXT (id));
  if (!cr_statement_step_one (s, "bell schedule", error))
    return NULL;
  schedule = read_schedule (s);
  return read_periods (tx, schedule, error) ? g_steal_pointer (&schedule) : NULL;
}

static gboolean
write_periods (CrStoreTx *tx, const CrBellSchedule *schedule, GError **error)
{
  if (!cr_statement_exec (tx, NULL, error, "DELETE FROM bell_period WHERE schedule_id = ?1",
                          CR_TEXT (schedule->id)))
    return FALSE;
  for (guint i = 0; i < schedule->periods->len; i++) {
    const CrBellPeriod *bell = &g_array_index (schedule->periods, CrBellPeriod, i);

    if (!cr_statement_exec (tx, NULL, error,
                            "INSERT INTO bell_period (schedule_id, period, name, start_minute, end_minute)"
                            " VALUES (?1, ?2, ?3, ?4, ?5)",
                            CR_TEXT (schedule->id), CR_INT (bell->period), CR_TEXT (or_empty (bell->name)),
                            CR_INT (bell->start_minute), CR_INT (bell->end_minute)))
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_bell_store_insert (CrStoreTx *tx, CrBellSchedule *schedule, GError **error)
{
  gchar from[CR_DATE_TEXT_BYTES], to[CR_DATE_TEXT_BYTES];

  if (schedule->id == NULL)
    schedule->id = cr_store_new_id ();
  schedule->version = 1;
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO bell_schedule (id, school_id, name, from_date, to_date, version)"
                            " VALUES (?1, ?2, ?3, ?4, ?5, 1)",
                            CR_TEXT (schedule->id), CR_TEXT (schedule->school_id),
                            CR_TEXT (or_empty (schedule->name)),
                            CR_TEXT (cr_date_format (schedule->from_date, from)),
                            CR_TEXT (cr_date_format (schedule->to_date, to))) &&
         write_periods (tx, schedule, error);
}

gboolean
cr_bell_store_update (CrStoreTx *tx, CrBellSchedule *schedule, GError **error)
{
  gchar from[CR_DATE_TEXT_BYTES], to[CR_DATE_TEXT_BYTES];
  guint n_changed;

  if (!cr_statement_exec (tx, &n_changed, error,
                          "UPDATE bell_schedule SET name = ?3, from_date = ?4, to_date = ?5,"
                          " version = version + 1 WHERE id = ?1 AND version = ?2",
                          CR_TEXT (schedule->id), CR_INT (schedule->version),
                          CR_TEXT (or_empty (schedule->name)),
                          CR_TEXT (cr_date_format (schedule->from_date, from)),
                          CR_TEXT (cr_date_format (schedule->to_date, to))) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM bell_schedule WHERE id = ?1", schedule->id,
                                   error) ||
      !write_periods (tx, schedule, error))
    return FALSE;
  schedule->version++;
  return TRUE;
}

gboolean
cr_bell_store_remove (CrStoreTx *tx, const gchar *id, guint version, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "DELETE FROM bell_schedule WHERE id = ?1 AND version = ?2",
                            CR_TEXT (id), CR_INT (version)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM bell_schedule WHERE id = ?1", id, error);
}

static gpointer
read_busy (CrStatement *s)
{
  CrBusy *busy =
      cr_busy_new (cr_statement_text (s, 0), cr_statement_text (s, 1), CR_BUSY_BUSY,
                   cr_date_parse (cr_statement_text (s, 6)), cr_date_parse (cr_statement_text (s, 7)));

  (void)cr_busy_kind_parse (cr_statement_text (s, 2), &busy->kind); /* a CHECKed column */
  busy->grade = (guint)cr_statement_int (s, 3);
  busy->class_id = cr_statement_dup_text (s, 4);
  busy->weekday = (guint)cr_statement_int (s, 5);
  busy->start_minute = (gint)cr_statement_int_or (s, 8, -1);
  busy->end_minute = (gint)cr_statement_int_or (s, 9, -1);
  busy->reason = cr_statement_dup_text (s, 10);
  busy->version = (guint)cr_statement_int (s, 11);
  return busy;
}

gboolean
cr_busy_store_list (CrStoreTx *tx, const gchar *school_id, const CrPage *page, GPtrArray **out,
                    gchar **next_cursor, GError **error)
{
  g_auto (GStrv) key = cr_page_key (page, 1, error);
  g_autoptr (CrStatement) s = NULL;
  GPtrArray *rows;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (tx,
                         "SELECT " BUSY_COLUMNS " FROM busy WHERE id > ?1 AND (?2 IS NULL OR school_id = ?2)"
                         " ORDER BY id LIMIT ?3");
  cr_statement_bind (s, CR_TEXT (key[0]), CR_TEXT (school_id), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_busy, (GDestroyNotify)cr_busy_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cr_page_cursor (1, ((CrBusy *)g_ptr_array_index (rows, rows->len - 1))->id);
  *out = rows;
  return TRUE;
}

CrBusy *
cr_busy_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT " BUSY_COLUMNS " FROM busy WHERE id = ?1");

  cr_statement_bind (s, CR_TEXT (id));
  return cr_statement_step_one (s, "busy time", error) ? read_busy (s) : NULL;
}

gboolean
cr_busy_store_insert (CrStoreTx *tx, CrBusy *busy, GError **error)
{
  gchar from[CR_DATE_TEXT_BYTES], to[CR_DATE_TEXT_BYTES];

  if (busy->id == NULL)
    busy->id = cr_store_new_id ();
  busy->version = 1;
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO busy (id, school_id, kind, grade, class_id, weekday, from_date, to_date,"
      " start_minute, end_minute, reason, version)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 1)",
      CR_TEXT (busy->id), CR_TEXT (busy->school_id), CR_TEXT (cr_busy_kind_name (busy->kind)),
      CR_INT_OR_NULL (busy->grade, 0), CR_TEXT (busy->class_id), CR_INT_OR_NULL (busy->weekday, 0),
      CR_TEXT (cr_date_format (busy->from_date, from)), CR_TEXT (cr_date_format (busy->to_date, to)),
      CR_INT_OR_NULL (busy->start_minute, -1), CR_INT_OR_NULL (busy->end_minute, -1),
      CR_TEXT (or_empty (busy->reason)));
}

gboolean
cr_busy_store_update (CrStoreTx *tx, CrBusy *busy, GError **error)
{
  gchar from[CR_DATE_TEXT_BYTES], to[CR_DATE_TEXT_BYTES];
  guint n_changed;

  if (!cr_statement_exec (
          tx, &n_changed, error,
          "UPDATE busy SET kind = ?3, grade = ?4, class_id = ?5, weekday = ?6, from_date = ?7,"
          " to_date = ?8, start_minute = ?9, end_minute = ?10, reason = ?11, version = version + 1"
          " WHERE id = ?1 AND version = ?2",
          CR_TEXT (busy->id), CR_INT (busy->version), CR_TEXT (cr_busy_kind_name (busy->kind)),
          CR_INT_OR_NULL (busy->grade, 0), CR_TEXT (busy->class_id), CR_INT_OR_NULL (busy->weekday, 0),
          CR_TEXT (cr_date_format (busy->from_date, from)), CR_TEXT (cr_date_format (busy->to_date, to)),
          CR_INT_OR_NULL (busy->start_minute, -1), CR_INT_OR_NULL (busy->end_minute, -1),
          CR_TEXT (or_empty (busy->reason))) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM busy WHERE id = ?1", busy->id, error))
    return FALSE;
  busy->version++;
  return TRUE;
}

gboolean
cr_busy_store_remove (CrStoreTx *tx, const gchar *id, guint version, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error, "DELETE FROM busy WHERE id = ?1 AND version = ?2",
                            CR_TEXT (id), CR_INT (version)) &&
         cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM busy WHERE id = ?1", id, error);
}

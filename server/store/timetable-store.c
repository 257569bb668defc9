/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables of a term read one after the other, each once, and put together in memory.
 */
#include "store/timetable-store.h"

#include "schedule/frozen.h"
#include "store/class-store.h"
#include "store/classroom-store.h"
#include "store/course-store.h"
#include "store/school-store.h"
#include "store/statement.h"
#include "store/teacher-store.h"
#include "store/term-store.h"

static const CrPage everything = {0};

static gboolean
load_schools (CrStoreTx *tx, CrTimetable *timetable, GError **error)
{
  g_autoptr (GPtrArray) rows = NULL;

  if (!cr_school_store_list (tx, NULL, &everything, &rows, NULL, error))
    return FALSE;
  for (guint i = 0; i < rows->len; i++) {
    const CrSchoolRow *row = g_ptr_array_index (rows, i);

    cr_timetable_take_school (timetable, cr_place_school_new (row->id, row->code, row->name, row->district,
                                                              (guint)row->uplink_kbps));
  }
  return TRUE;
}

static gboolean
load_rooms (CrStoreTx *tx, CrTimetable *timetable, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT id, school_id, code, name FROM classroom");
  CrStep step;

  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW)
    cr_timetable_take_room (timetable,
                            cr_place_room_new (cr_statement_text (s, 0), cr_statement_text (s, 1),
                                               cr_statement_text (s, 2), cr_statement_text (s, 3)));
  return step == CR_STEP_DONE;
}

static gboolean
load_classes (CrStoreTx *tx, CrTimetable *timetable, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT id, school_id, grade, number, pupils FROM class");
  CrStep step;

  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW)
    cr_timetable_take_class (
        timetable, cr_place_class_new (cr_statement_text (s, 0), cr_statement_text (s, 1),
                                       (guint)cr_statement_int (s, 2), (guint)cr_statement_int (s, 3),
                                       (guint)cr_statement_int (s, 4)));
  return step == CR_STEP_DONE;
}

static gboolean
load_teachers (CrStoreTx *tx, CrTimetable *timetable, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT id, code, name, school_id FROM teacher");
  CrStep step;

  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW)
    cr_timetable_take_teacher (timetable,
                               cr_place_teacher_new (cr_statement_text (s, 0), cr_statement_text (s, 1),
                                                     cr_statement_text (s, 2), cr_statement_text (s, 3)));
  return step == CR_STEP_DONE;
}

static gboolean
load_bells_and_busy (CrStoreTx *tx, CrTimetable *timetable, GError **error)
{
  g_autoptr (GPtrArray) bells = NULL;
  g_autoptr (GPtrArray) busy = NULL;

  if (!cr_bell_store_list (tx, NULL, &everything, &bells, NULL, error) ||
      !cr_busy_store_list (tx, NULL, &everything, &busy, NULL, error))
    return FALSE;
  while (bells->len > 0)
    cr_timetable_take_bell_schedule (timetable, g_ptr_array_steal_index_fast (bells, bells->len - 1));
  while (busy->len > 0)
    cr_timetable_take_busy (timetable, g_ptr_array_steal_index_fast (busy, busy->len - 1));
  return TRUE;
}

static gboolean
load_lessons (CrStoreTx *tx, CrTimetable *timetable, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx, "SELECT frozen, state, extended_s, opened_at, live_at, ended_at FROM lesson JOIN course"
          " ON course.id = course_id WHERE term_id = ?1 AND frozen IS NOT NULL");
  CrStep step;

  cr_statement_bind (s, CR_TEXT (cr_timetable_term (timetable)->id));
  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW) {
    CrFrozenLesson *frozen = cr_frozen_lesson_from_json (cr_statement_text (s, 0), error);

    if (frozen == NULL)
      return FALSE;
    (void)cr_lesson_state_parse (cr_statement_text (s, 1), &frozen->state); /* a CHECKed column */
    frozen->extended_s = (guint)cr_statement_int (s, 2);
    frozen->opened_at = cr_statement_int (s, 3);
    frozen->live_at = cr_statement_int (s, 4);
    frozen->ended_at = cr_statement_int (s, 5);
    cr_timetable_take_frozen (timetable, frozen);
  }
  return step == CR_STEP_DONE;
}

CrTimetable *
cr_timetable_store_load (CrStoreTx *tx, const gchar *term_id, GError **error)
{
  CrTerm *term = cr_term_store_get (tx, term_id, error);
  g_autoptr (CrTimetable) timetable = NULL;

  if (term == NULL)
    return NULL;
  timetable = cr_timetable_new (term);
  if (!load_schools (tx, timetable, error) || !load_rooms (tx, timetable, error) ||
      !load_classes (tx, timetable, error) || !load_teachers (tx, timetable, error) ||
      !load_bells_and_busy (tx, timetable, error) ||
      !cr_course_store_each_of_term (tx, term_id, timetable, error) || !load_lessons (tx, timetable, error))
    return NULL;
  cr_timetable_seal (timetable);
  return g_steal_pointer (&timetable);
}

/* A missed lesson was never opened, so that its row may be written over; one that opened may not. */
gboolean
cr_lesson_store_open (CrStoreTx *tx, const CrFrozenLesson *lesson, const gchar *frozen_json, gint64 opens_at,
                      GError **error)
{
  gchar date[CR_DATE_TEXT_BYTES];
  const gchar *rule_date =
      lesson->rule_date == CR_DATE_NONE ? NULL : cr_date_format (lesson->rule_date, date);

  if (!cr_statement_exec (tx, NULL, error, "DELETE FROM lesson WHERE id = ?1 AND opened_at IS NULL",
                          CR_TEXT (lesson->lesson_id)))
    return FALSE;
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO lesson (id, course_id, rule_date, change_id, state, opens_at, starts_at,"
      " ends_at, extended_s, frozen, opened_at, live_at, ended_at)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)",
      CR_TEXT (lesson->lesson_id), CR_TEXT (lesson->course->id), CR_TEXT (rule_date),
      CR_TEXT (lesson->added_id), CR_TEXT (cr_lesson_state_name (lesson->state)), CR_INT (opens_at),
      CR_INT (lesson->starts_at), CR_INT (lesson->ends_at), CR_INT (lesson->extended_s),
      CR_TEXT (frozen_json), CR_INT_OR_NULL (lesson->opened_at, 0), CR_INT_OR_NULL (lesson->live_at, 0),
      CR_INT_OR_NULL (lesson->ended_at, 0));
}

gboolean
cr_lesson_store_update (CrStoreTx *tx, const CrFrozenLesson *lesson, GError **error)
{
  guint n_changed;

  if (!cr_statement_exec (
          tx, &n_changed, error,
          "UPDATE lesson SET state = ?2, extended_s = ?3, live_at = ?4, ended_at = ?5 WHERE id = ?1",
          CR_TEXT (lesson->lesson_id), CR_TEXT (cr_lesson_state_name (lesson->state)),
          CR_INT (lesson->extended_s), CR_INT_OR_NULL (lesson->live_at, 0),
          CR_INT_OR_NULL (lesson->ended_at, 0)))
    return FALSE;
  if (n_changed == 0)
    g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND, "no such lesson");
  return n_changed > 0;
}

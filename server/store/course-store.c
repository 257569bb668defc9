/* SPDX-License-Identifier: Apache-2.0
 *
 * Courses, their classes and their lessons' changes in SQL.
 */
#include "store/course-store.h"

#include "store/statement.h"

#define COLUMNS                                                                                              \
  "id, term_id, code, kind, subject, grade, unit, title, teacher_id, host_classroom_id, priority, weekday,"  \
  " period, weeks, rate_kbps, version, created_at, deleted_at, moved_at"

#define CHANGE_COLUMNS                                                                                       \
  "id, course_id, date, kind, new_date, new_period, new_teacher_id, reason, created_at, created_by,"         \
  " withdrawn_at"

static const gchar *
or_empty (const gchar *text)
{
  return text != NULL ? text : "";
}

/* The words come out of CHECKed columns; a weeks text that cannot be read meets never. */
static gpointer
read_course (CrStatement *s)
{
  CrCourse *course = cr_course_new (cr_statement_text (s, 0));

  course->term_id = cr_statement_dup_text (s, 1);
  course->code = cr_statement_dup_text (s, 2);
  (void)cr_course_kind_parse (cr_statement_text (s, 3), &course->kind);
  course->subject = cr_statement_dup_text (s, 4);
  course->grade = (guint)cr_statement_int (s, 5);
  course->unit = cr_statement_dup_text (s, 6);
  course->title = cr_statement_dup_text (s, 7);
  course->teacher_id = cr_statement_dup_text (s, 8);
  course->host_classroom_id = cr_statement_dup_text (s, 9);
  (void)cr_course_priority_parse (cr_statement_text (s, 10), &course->priority);
  course->weekday = (guint)cr_statement_int (s, 11);
  course->period = (guint)cr_statement_int (s, 12);
  if (!cr_weeks_parse (cr_statement_text (s, 13), &course->weeks))
    course->weeks = 0;
  course->rate_kbps = (guint)cr_statement_int (s, 14);
  course->version = (guint)cr_statement_int (s, 15);
  course->created_at = cr_statement_int (s, 16);
  course->deleted = !cr_statement_is_null (s, 17);
  course->moved_at = cr_statement_int (s, 18);
  return course;
}

static gboolean
read_classes (CrStoreTx *tx, CrCourse *course, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx, "SELECT class_id, classroom_id FROM course_class WHERE course_id = ?1 ORDER BY class_id");
  CrStep step;

  cr_statement_bind (s, CR_TEXT (course->id));
  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW)
    cr_course_add_class (course, cr_statement_text (s, 0), cr_statement_text (s, 1));
  return step == CR_STEP_DONE;
}

gboolean
cr_course_store_list (CrStoreTx *tx, const gchar *term_id, const CrPage *page, GPtrArray **out,
                      gchar **next_cursor, GError **error)
{
  g_auto (GStrv) key = cr_page_key (page, 1, error);
  g_autoptr (CrStatement) s = NULL;
  g_autoptr (GPtrArray) rows = NULL;

  if (key == NULL)
    return FALSE;
  s = cr_statement_open (tx, "SELECT " COLUMNS " FROM course WHERE id > ?1 AND (?2 IS NULL OR term_id = ?2)"
                             " AND deleted_at IS NULL ORDER BY id LIMIT ?3");
  cr_statement_bind (s, CR_TEXT (key[0]), CR_TEXT (term_id), CR_INT (cr_page_sql_limit (page)));
  rows = cr_statement_read_all (s, read_course, (GDestroyNotify)cr_course_free, error);
  if (rows == NULL)
    return FALSE;
  if (next_cursor != NULL)
    *next_cursor = NULL;
  if (cr_page_cut (page, rows) && next_cursor != NULL)
    *next_cursor = cr_page_cursor (1, ((CrCourse *)g_ptr_array_index (rows, rows->len - 1))->id);
  for (guint i = 0; i < rows->len; i++) {
    if (!read_classes (tx, g_ptr_array_index (rows, i), error))
      return FALSE;
  }
  *out = g_steal_pointer (&rows);
  return TRUE;
}

CrCourse *
cr_course_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT " COLUMNS " FROM course WHERE id = ?1 AND deleted_at IS NULL");
  g_autoptr (CrCourse) course = NULL;

  cr_statement_bind (s, CR_TEXT (id));
  if (!cr_statement_step_one (s, "course", error))
    return NULL;
  course = read_course (s);
  return read_classes (tx, course, error) ? g_steal_pointer (&course) : NULL;
}

static gboolean
write_classes (CrStoreTx *tx, const CrCourse *course, GError **error)
{
  if (!cr_statement_exec (tx, NULL, error, "DELETE FROM course_class WHERE course_id = ?1",
                          CR_TEXT (course->id)))
    return FALSE;
  for (guint i = 0; i < course->classes->len; i++) {
    const CrCourseClass *entry = cr_course_class (course, i);

    if (!cr_statement_exec (
            tx, NULL, error,
            "INSERT INTO course_class (course_id, class_id, classroom_id) VALUES (?1, ?2, ?3)",
            CR_TEXT (course->id), CR_TEXT (entry->class_id), CR_TEXT (entry->classroom_id)))
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_course_store_insert (CrStoreTx *tx, CrCourse *course, GError **error)
{
  g_autofree gchar *weeks = cr_weeks_format (course->weeks);

  if (course->id == NULL)
    course->id = cr_store_new_id ();
  course->version = 1;
  return cr_statement_exec (
             tx, NULL, error,
             "INSERT INTO course (id, term_id, code, kind, subject, grade, unit, title, teacher_id,"
             " host_classroom_id, priority, weekday, period, weeks, rate_kbps, version, created_at)"
             " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14, ?15, 1, ?16)",
             CR_TEXT (course->id), CR_TEXT (course->term_id), CR_TEXT (course->code),
             CR_TEXT (cr_course_kind_name (course->kind)), CR_TEXT (course->subject), CR_INT (course->grade),
             CR_TEXT (course->unit), CR_TEXT (or_empty (course->title)), CR_TEXT (course->teacher_id),
             CR_TEXT (course->host_classroom_id), CR_TEXT (cr_course_priority_name (course->priority)),
             CR_INT (course->weekday), CR_INT (course->period), CR_TEXT (weeks), CR_INT (course->rate_kbps),
             CR_INT (course->created_at)) &&
         write_classes (tx, course, error);
}

gboolean
cr_course_store_update (CrStoreTx *tx, CrCourse *course, GError **error)
{
  g_autofree gchar *weeks = cr_weeks_format (course->weeks);
  guint n_changed;

  if (!cr_statement_exec (
          tx, &n_changed, error,
          "UPDATE course SET code = ?3, kind = ?4, subject = ?5, grade = ?6, unit = ?7, title = ?8,"
          " teacher_id = ?9, host_classroom_id = ?10, priority = ?11, weekday = ?12, period = ?13, weeks = "
          "?14,"
          " rate_kbps = ?15, moved_at = ?16, version = version + 1 WHERE id = ?1 AND version = ?2 AND "
          "deleted_at IS NULL",
          CR_TEXT (course->id), CR_INT (course->version), CR_TEXT (course->code),
          CR_TEXT (cr_course_kind_name (course->kind)), CR_TEXT (course->subject), CR_INT (course->grade),
          CR_TEXT (course->unit), CR_TEXT (or_empty (course->title)), CR_TEXT (course->teacher_id),
          CR_TEXT (course->host_classroom_id), CR_TEXT (cr_course_priority_name (course->priority)),
          CR_INT (course->weekday), CR_INT (course->period), CR_TEXT (weeks), CR_INT (course->rate_kbps),
          CR_INT_OR_NULL (course->moved_at, 0)) ||
      !cr_statement_check_changed (tx, n_changed, "SELECT 1 FROM course WHERE id = ?1 AND deleted_at IS NULL",
                                   course->id, error) ||
      !write_classes (tx, course, error))
    return FALSE;
  course->version++;
  return TRUE;
}

gboolean
cr_course_store_remove (CrStoreTx *tx, const gchar *id, guint version, gint64 now_s, GError **error)
{
  guint n_changed;

  return cr_statement_exec (tx, &n_changed, error,
                            "UPDATE course SET deleted_at = ?3, version = version + 1"
                            " WHERE id = ?1 AND version = ?2 AND deleted_at IS NULL",
                            CR_TEXT (id), CR_INT (version), CR_INT (now_s)) &&
         cr_statement_check_changed (tx, n_changed,
                                     "SELECT 1 FROM course WHERE id = ?1 AND deleted_at IS NULL", id, error);
}

static const gchar *
date_or_null (CrDate date, gchar text[CR_DATE_TEXT_BYTES])
{
  return date == CR_DATE_NONE ? NULL : cr_date_format (date, text);
}

gboolean
cr_change_store_insert (CrStoreTx *tx, CrChange *change, GError **error)
{
  gchar date[CR_DATE_TEXT_BYTES], new_date[CR_DATE_TEXT_BYTES];

  if (change->id == NULL)
    change->id = cr_store_new_id ();
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO lesson_change (id, course_id, date, kind, new_date, new_period,"
      " new_teacher_id, reason, created_at, created_by)"
      " VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10)",
      CR_TEXT (change->id), CR_TEXT (change->course_id), CR_TEXT (date_or_null (change->date, date)),
      CR_TEXT (cr_change_kind_name (change->kind)), CR_TEXT (date_or_null (change->new_date, new_date)),
      CR_INT_OR_NULL (change->new_period, 0), CR_TEXT (change->new_teacher_id),
      CR_TEXT (or_empty (change->reason)), CR_INT (change->created_at),
      CR_TEXT (or_empty (change->created_by)));
}

gboolean
cr_change_store_withdraw (CrStoreTx *tx, const gchar *id, gint64 now_s, GError **error)
{
  guint n_changed;

  if (!cr_statement_exec (tx, &n_changed, error,
                          "UPDATE lesson_change SET withdrawn_at = ?2 WHERE id = ?1 AND withdrawn_at IS NULL",
                          CR_TEXT (id), CR_INT (now_s)))
    return FALSE;
  if (n_changed == 0)
    g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND, "no such change that holds");
  return n_changed > 0;
}

static CrChange *
read_change (CrStatement *s)
{
  CrChange *change = cr_change_new (cr_statement_text (s, 0), cr_statement_text (s, 1), CR_CHANGE_MOVE,
                                    cr_date_parse (cr_statement_text (s, 2)));

  (void)cr_change_kind_parse (cr_statement_text (s, 3), &change->kind);
  change->new_date = cr_date_parse (cr_statement_text (s, 4));
  change->new_period = (guint)cr_statement_int (s, 5);
  change->new_teacher_id = cr_statement_dup_text (s, 6);
  change->reason = cr_statement_dup_text (s, 7);
  change->created_at = cr_statement_int (s, 8);
  change->created_by = cr_statement_dup_text (s, 9);
  change->withdrawn_at = cr_statement_int (s, 10);
  return change;
}

CrChange *
cr_change_store_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT " CHANGE_COLUMNS " FROM lesson_change WHERE id = ?1");

  cr_statement_bind (s, CR_TEXT (id));
  return cr_statement_step_one (s, "change", error) ? read_change (s) : NULL;
}

gboolean
cr_course_store_each_of_term (CrStoreTx *tx, const gchar *term_id, CrTimetable *into, GError **error)
{
  g_autoptr (CrStatement) courses = cr_statement_open (
      tx, "SELECT " COLUMNS " FROM course WHERE term_id = ?1 AND (deleted_at IS NULL OR"
          " EXISTS (SELECT 1 FROM lesson WHERE lesson.course_id = course.id)) ORDER BY id");
  g_autoptr (CrStatement) classes =
      cr_statement_open (tx, "SELECT course_id, class_id, classroom_id FROM course_class JOIN course"
                             " ON course.id = course_id WHERE term_id = ?1 ORDER BY course_id, class_id");
  g_autoptr (CrStatement) changes = cr_statement_open (
      tx, "SELECT lesson_change.id, course_id, date, lesson_change.kind, new_date, new_period,"
          " new_teacher_id, reason, lesson_change.created_at, created_by, withdrawn_at FROM lesson_change"
          " JOIN course ON course.id = course_id WHERE term_id = ?1");
  CrStep step;

  cr_statement_bind (courses, CR_TEXT (term_id));
  cr_statement_bind (classes, CR_TEXT (term_id));
  cr_statement_bind (changes, CR_TEXT (term_id));
  while ((step = cr_statement_step (courses, error)) == CR_STEP_ROW)
    cr_timetable_take_course (into, read_course (courses));
  if (step == CR_STEP_ERROR)
    return FALSE;
  while ((step = cr_statement_step (classes, error)) == CR_STEP_ROW) {
    /* Its own courses are the timetable's until it is sealed. */
    CrCourse *course = (CrCourse *)cr_timetable_course (into, cr_statement_text (classes, 0));

    if (course != NULL)
      cr_course_add_class (course, cr_statement_text (classes, 1), cr_statement_text (classes, 2));
  }
  if (step == CR_STEP_ERROR)
    return FALSE;
  while ((step = cr_statement_step (changes, error)) == CR_STEP_ROW)
    cr_timetable_take_change (into, read_change (changes));
  return step == CR_STEP_DONE;
}

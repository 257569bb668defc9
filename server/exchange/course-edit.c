/* SPDX-License-Identifier: Apache-2.0
 *
 * Load the term, ask the pure functions of schedule/, write, tell.
 */
#include "exchange/course-edit.h"

#include "exchange/conflict-json.h"
#include "schedule/notices.h"
#include "schedule/schedule-error.h"
#include "store/course-store.h"
#include "store/notice-store.h"

/* Takes nothing; always FALSE. */
static gboolean
refuse_conflicts (const CrTimetable *timetable, GPtrArray *conflicts, GArray *free_periods, gboolean chinese,
                  GError **error)
{
  g_autofree gchar *first = cr_conflict_sentence (timetable, conflicts->pdata[0], chinese);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cr_json_add_conflicts (builder, timetable, conflicts, chinese);
  cr_json_add_free_periods (builder, "free_periods", free_periods);
  json_builder_end_object (builder);
  return cr_refuse_with (error, CR_REFUSAL_CONFLICT, NULL, first, json_builder_get_root (builder));
}

void
cr_course_edit_date (const CrCourse *before, CrCourse *course, gint64 now)
{
  if (before == NULL)
    course->created_at = now;
  else if (!cr_course_same_times (before, course))
    course->moved_at = now;
}

gboolean
cr_course_edit_check (CrStoreTx *tx, const CrEditor *editor, const CrCourse *course, GError **error)
{
  g_autoptr (CrTimetable) timetable = cr_timetable_store_load (tx, course->term_id, error);
  g_autoptr (CrCourse) candidate = NULL;
  g_autoptr (GPtrArray) conflicts = NULL;
  g_autoptr (GArray) free_periods = NULL;

  if (timetable == NULL)
    return FALSE;
  candidate = cr_course_copy (course);
  if (candidate->id == NULL)
    candidate->id = cr_store_new_id (); /* of none that is there */
  conflicts = cr_conflicts_for_course (timetable, candidate, editor->now);
  if (conflicts->len == 0)
    return TRUE;
  free_periods = cr_free_periods_for_course (timetable, candidate, editor->now, CR_FREE_PERIODS_OFFERED);
  return refuse_conflicts (timetable, conflicts, free_periods, editor->chinese, error);
}

const gchar *
cr_editor_name (const CrEditor *editor)
{
  return editor->actor != NULL && editor->actor->id != NULL ? editor->actor->id : "operator";
}

static gboolean
keep_notice (CrStoreTx *tx, const CrEditor *editor, const CrNotice *notice, GError **error)
{
  return notice == NULL || cr_notice_store_insert (tx, notice, cr_editor_name (editor), editor->now,
                                                   editor->webhook, NULL, error);
}

gboolean
cr_course_edit_tell (CrStoreTx *tx, const CrEditor *editor, const CrTimetable *timetable,
                     const CrCourse *before, const CrCourse *after, GError **error)
{
  g_autoptr (CrNotice) notice = cr_notice_for_course (timetable, before, after, editor->now);

  return keep_notice (tx, editor, notice, error);
}

static GPtrArray *
conflicts_of (const CrTimetable *timetable, const CrChange *change, gboolean withdrawn, gint64 now)
{
  if (withdrawn)
    return cr_conflicts_for_withdrawal (timetable, change->id, now);
  return cr_conflicts_for_change (timetable, change, now);
}

/* Where else it could be: what is wished for is where it is now when nothing else is. */
static GArray *
free_periods_of (const CrTimetable *timetable, const CrChange *change, gint64 now)
{
  g_autoptr (CrChange) wish = cr_change_copy (change);

  if (wish->kind != CR_CHANGE_ADD && wish->kind != CR_CHANGE_MOVE)
    wish->kind = CR_CHANGE_MOVE;
  if (wish->new_date == CR_DATE_NONE)
    wish->new_date = wish->date;
  return cr_free_periods_for_lesson (timetable, wish, CR_DATE_NONE, CR_DATE_NONE, now,
                                     CR_FREE_PERIODS_OFFERED);
}

static gboolean
check_change (const CrTimetable *timetable, const CrEditor *editor, const CrChange *change,
              gboolean withdrawn, GError **error)
{
  g_autoptr (GPtrArray) conflicts = NULL;
  g_autoptr (GArray) free_periods = NULL;

  if (!(withdrawn ? cr_timetable_check_withdrawal (timetable, change->id, error)
                  : cr_timetable_check_change (timetable, change, error)))
    return FALSE;
  if (change->kind == CR_CHANGE_CANCEL && !withdrawn)
    return TRUE;
  conflicts = conflicts_of (timetable, change, withdrawn, editor->now);
  if (conflicts->len == 0)
    return TRUE;
  free_periods = free_periods_of (timetable, change, editor->now);
  return refuse_conflicts (timetable, conflicts, free_periods, editor->chinese, error);
}

static gboolean
check_sequence (const CrTimetable *timetable, const CrChange *change, guint sequence, gboolean chinese,
                GError **error)
{
  g_autofree gchar *lesson_id = cr_lesson_id_format (change->course_id, change->date, change->id);
  const CrMeeting *meeting = cr_timetable_meeting (timetable, lesson_id);

  if (sequence == 0 || meeting == NULL || meeting->sequence == sequence)
    return TRUE;
  return cr_refuse (error, CR_REFUSAL_VERSION, NULL, chinese, "这节课已被别人更改，请刷新后再试",
                    "the lesson was changed by somebody else meanwhile");
}

gboolean
cr_change_edit (CrStoreTx *tx, const CrEditor *editor, const gchar *term_id, CrChange *change,
                gboolean withdrawn, guint sequence, GError **error)
{
  g_autoptr (CrTimetable) before = cr_timetable_store_load (tx, term_id, error);
  g_autoptr (CrTimetable) after = NULL;
  g_autoptr (CrNotice) notice = NULL;

  if (before == NULL ||
      (change->kind != CR_CHANGE_ADD && !check_sequence (before, change, sequence, editor->chinese, error)) ||
      !check_change (before, editor, change, withdrawn, error))
    return FALSE;
  if (!(withdrawn ? cr_change_store_withdraw (tx, change->id, editor->now, error)
                  : cr_change_store_insert (tx, change, error)))
    return FALSE;
  if (withdrawn)
    change->withdrawn_at = editor->now;
  after = cr_timetable_store_load (tx, term_id, error);
  if (after == NULL)
    return FALSE;
  notice = cr_notice_for_change (before, after, change, withdrawn);
  return keep_notice (tx, editor, notice, error);
}

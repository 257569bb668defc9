/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether a change can be made at all, before it is asked whether it clashes.
 */
#include "schedule/timetable.h"

#include "schedule/schedule-error.h"

static gboolean
refuse (GError **error, CrScheduleError code, const gchar *why)
{
  g_set_error_literal (error, CR_SCHEDULE_ERROR, code, why);
  return FALSE;
}

static gboolean
check_target (const CrTimetable *timetable, const CrChange *change, GError **error)
{
  CrDate first, last;

  cr_term_range (cr_timetable_term (timetable), &first, &last);
  if (change->new_date != CR_DATE_NONE && (change->new_date < first || change->new_date > last))
    return refuse (error, CR_SCHEDULE_ERROR_INVALID, "the new date lies outside the term");
  if (change->new_teacher_id != NULL && cr_timetable_teacher (timetable, change->new_teacher_id) == NULL)
    return refuse (error, CR_SCHEDULE_ERROR_UNKNOWN, "there is no such teacher");
  return TRUE;
}

gboolean
cr_timetable_check_change (const CrTimetable *timetable, const CrChange *change, GError **error)
{
  const CrCourse *course = cr_timetable_course (timetable, change->course_id);
  g_autofree gchar *lesson_id = NULL;
  const CrMeeting *lesson;

  if (course == NULL || course->deleted)
    return refuse (error, CR_SCHEDULE_ERROR_UNKNOWN, "there is no such course");
  if (!cr_change_validate (change, error) || !check_target (timetable, change, error))
    return FALSE;
  if (change->kind == CR_CHANGE_ADD)
    return TRUE;
  lesson_id = cr_lesson_id_format (course->id, change->date, NULL);
  lesson = cr_timetable_meeting (timetable, lesson_id);
  if (lesson == NULL)
    return refuse (error, CR_SCHEDULE_ERROR_UNKNOWN, "the course has no lesson on that date");
  if (lesson->frozen != NULL)
    return refuse (error, CR_SCHEDULE_ERROR_FROZEN, "the lesson has already opened");
  return TRUE;
}

gboolean
cr_timetable_check_withdrawal (const CrTimetable *timetable, const gchar *change_id, GError **error)
{
  const CrChange *change = cr_timetable_change (timetable, change_id);
  g_autofree gchar *lesson_id = NULL;
  const CrMeeting *lesson;

  if (change == NULL || change->withdrawn_at != 0)
    return refuse (error, CR_SCHEDULE_ERROR_UNKNOWN, "there is no such change, or it is withdrawn already");
  lesson_id = cr_lesson_id_format (change->course_id, change->date,
                                   change->kind == CR_CHANGE_ADD ? change->id : NULL);
  lesson = cr_timetable_meeting (timetable, lesson_id);
  if (lesson != NULL && lesson->frozen != NULL)
    return refuse (error, CR_SCHEDULE_ERROR_FROZEN, "the lesson has already opened");
  return TRUE;
}

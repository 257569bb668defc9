/* SPDX-License-Identifier: Apache-2.0
 *
 * Members in the order of the interface's description.
 */
#include "exchange/conflict-json.h"

#include "exchange/column.h"

static void
add_text (JsonBuilder *builder, const gchar *name, const gchar *value)
{
  json_builder_set_member_name (builder, name);
  if (value != NULL)
    json_builder_add_string_value (builder, value);
  else
    json_builder_add_null_value (builder);
}

static void
add_int (JsonBuilder *builder, const gchar *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_boolean (JsonBuilder *builder, const gchar *name, gboolean value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_boolean_value (builder, value);
}

void
cr_json_add_moment (JsonBuilder *builder, const gchar *name, gint64 unix_s)
{
  g_autoptr (GDateTime) time = unix_s != 0 ? g_date_time_new_from_unix_utc (unix_s) : NULL;
  g_autofree gchar *text = time != NULL ? g_date_time_format (time, "%Y-%m-%dT%H:%M:%SZ") : NULL;

  add_text (builder, name, text);
}

void
cr_json_add_day (JsonBuilder *builder, const gchar *name, CrDate date)
{
  gchar text[CR_DATE_TEXT_BYTES];

  add_text (builder, name, date != CR_DATE_NONE ? cr_date_format (date, text) : NULL);
}

static void
add_minute (JsonBuilder *builder, const gchar *name, guint minute)
{
  g_autofree gchar *text = cr_minute_format ((gint)minute);

  add_text (builder, name, text);
}

static void
add_conflict (JsonBuilder *builder, const CrTimetable *timetable, const CrConflict *conflict,
              gboolean chinese)
{
  g_autofree gchar *sentence = cr_conflict_sentence (timetable, conflict, chinese);
  const CrMeeting *lesson =
      cr_timetable_meeting (timetable, conflict->lesson_id); /* NULL: of a course to be */

  json_builder_begin_object (builder);
  add_text (builder, "kind", cr_conflict_kind_name (conflict->kind));
  add_text (builder, "sentence", sentence);
  add_text (builder, "lesson_id", conflict->lesson_id);
  add_text (builder, "lesson_title", lesson != NULL ? lesson->course->title : NULL);
  cr_json_add_day (builder, "date", conflict->date);
  cr_json_add_moment (builder, "starts_at", conflict->starts_at);
  cr_json_add_moment (builder, "ends_at", conflict->ends_at);
  add_text (builder, "resource_id", conflict->resource_id);
  add_text (builder, "resource_name", conflict->resource_name);
  add_text (builder, "school_id", conflict->school_id);
  add_text (builder, "school_name", conflict->school_name);
  add_text (builder, "other_course_id", conflict->other_course_id);
  add_text (builder, "other_lesson_id", conflict->other_lesson_id);
  add_text (builder, "other_title", conflict->other_title);
  add_text (builder, "other_teacher_name", conflict->other_teacher_name);
  add_text (builder, "busy_id", conflict->busy_id);
  add_text (builder, "reason", conflict->reason);
  add_int (builder, "used_kbps", conflict->used_kbps);
  add_int (builder, "capacity_kbps", conflict->capacity_kbps);
  json_builder_end_object (builder);
}

void
cr_json_add_conflicts (JsonBuilder *builder, const CrTimetable *timetable, GPtrArray *conflicts,
                       gboolean chinese)
{
  json_builder_set_member_name (builder, "conflicts");
  json_builder_begin_array (builder);
  for (guint i = 0; i < conflicts->len; i++)
    add_conflict (builder, timetable, conflicts->pdata[i], chinese);
  json_builder_end_array (builder);
}

void
cr_json_add_free_periods (JsonBuilder *builder, const gchar *name, GArray *periods)
{
  json_builder_set_member_name (builder, name);
  json_builder_begin_array (builder);
  for (guint i = 0; i < periods->len; i++) {
    const CrFreePeriod *period = &g_array_index (periods, CrFreePeriod, i);

    json_builder_begin_object (builder);
    cr_json_add_day (builder, "date", period->date);
    add_int (builder, "weekday", period->weekday);
    add_int (builder, "period", period->period);
    add_text (builder, "period_name", period->period_name);
    add_minute (builder, "start", period->start_minute);
    add_minute (builder, "end", period->end_minute);
    cr_json_add_moment (builder, "starts_at", period->starts_at);
    cr_json_add_moment (builder, "ends_at", period->ends_at);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_class (JsonBuilder *builder, const CrTimetable *timetable, const CrCourseClass *entry)
{
  const CrPlaceClass *klass = cr_timetable_class (timetable, entry->class_id);
  const CrPlaceRoom *room = cr_timetable_room (timetable, entry->classroom_id);
  const CrPlaceSchool *school = klass != NULL ? cr_timetable_school (timetable, klass->school_id) : NULL;

  json_builder_begin_object (builder);
  add_text (builder, "class_id", entry->class_id);
  add_text (builder, "classroom_id", entry->classroom_id);
  add_text (builder, "classroom_name", room != NULL ? room->name : NULL);
  add_text (builder, "school_id", school != NULL ? school->id : NULL);
  add_text (builder, "school_name", school != NULL ? school->name : NULL);
  add_int (builder, "grade", klass != NULL ? klass->grade : 0);
  add_int (builder, "number", klass != NULL ? klass->number : 0);
  add_int (builder, "pupils", klass != NULL ? klass->pupils : 0);
  json_builder_end_object (builder);
}

static void
add_what (JsonBuilder *builder, const CrTimetable *timetable, const CrMeeting *meeting)
{
  const CrCourse *course = meeting->course;
  g_autofree gchar *id = cr_meeting_lesson_id (meeting);

  add_text (builder, "id", id);
  add_text (builder, "course_id", course->id);
  add_text (builder, "term_id", cr_timetable_term (timetable)->id);
  add_text (builder, "kind", cr_course_kind_name (course->kind));
  add_text (builder, "subject", course->subject);
  add_int (builder, "grade", course->grade);
  add_text (builder, "unit", course->unit);
  add_text (builder, "title", course->title);
  add_text (builder, "priority", cr_course_priority_name (course->priority));
}

static void
add_when (JsonBuilder *builder, const CrTimetable *timetable, const CrMeeting *meeting)
{
  const CrTerm *term = cr_timetable_term (timetable);
  const CrPlaceSchool *host = cr_timetable_school_of_room (timetable, meeting->host_classroom_id);
  const CrBells *bells = host != NULL ? cr_timetable_bells (timetable, host->id) : NULL;
  const CrBellPeriod *bell = cr_bells_period_on (bells, meeting->date, meeting->period);
  guint start, end;

  cr_json_add_day (builder, "date", meeting->date);
  add_int (builder, "weekday", cr_date_weekday (meeting->date));
  add_int (builder, "week", cr_term_week_of (term, meeting->date));
  add_int (builder, "period", meeting->period);
  add_text (builder, "period_name", bell != NULL ? bell->name : NULL);
  add_boolean (builder, "has_bell", meeting->has_bell);
  if (meeting->has_bell) {
    cr_term_date_at (term, meeting->starts_at, &start);
    cr_term_date_at (term, meeting->ends_at, &end);
    add_minute (builder, "start", start);
    add_minute (builder, "end", end == 0 ? 24 * 60 : end);
  } else {
    add_text (builder, "start", NULL);
    add_text (builder, "end", NULL);
  }
  cr_json_add_moment (builder, "starts_at", meeting->starts_at);
  cr_json_add_moment (builder, "ends_at", meeting->ends_at);
}

static void
add_who (JsonBuilder *builder, const CrTimetable *timetable, const CrMeeting *meeting)
{
  const CrPlaceTeacher *teacher = cr_timetable_teacher (timetable, meeting->teacher_id);
  const CrPlaceRoom *host = cr_timetable_room (timetable, meeting->host_classroom_id);
  const CrPlaceSchool *school = cr_timetable_school_of_room (timetable, meeting->host_classroom_id);

  add_text (builder, "teacher_id", meeting->teacher_id);
  add_text (builder, "teacher_name", teacher != NULL ? teacher->name : NULL);
  add_text (builder, "host_classroom_id", meeting->host_classroom_id);
  add_text (builder, "host_classroom_name", host != NULL ? host->name : NULL);
  add_text (builder, "host_school_id", school != NULL ? school->id : NULL);
  add_text (builder, "host_school_name", school != NULL ? school->name : NULL);
  json_builder_set_member_name (builder, "classes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < meeting->course->classes->len; i++)
    add_class (builder, timetable, cr_course_class (meeting->course, i));
  json_builder_end_array (builder);
}

void
cr_json_add_lesson (JsonBuilder *builder, const CrTimetable *timetable, const CrMeeting *meeting)
{
  const CrChange *change = meeting->change != NULL ? meeting->change : meeting->staff_change;

  json_builder_begin_object (builder);
  add_what (builder, timetable, meeting);
  add_when (builder, timetable, meeting);
  add_who (builder, timetable, meeting);
  add_text (builder, "state", cr_lesson_state_name (meeting->state));
  add_text (builder, "origin", cr_meeting_origin_name (meeting->origin));
  cr_json_add_day (builder, "rule_date", meeting->rule_date);
  add_text (builder, "change_id", meeting->change != NULL ? meeting->change->id : NULL);
  add_text (builder, "staff_change_id", meeting->staff_change != NULL ? meeting->staff_change->id : NULL);
  add_text (builder, "reason", change != NULL ? change->reason : NULL);
  add_boolean (builder, "opened", meeting->frozen != NULL && meeting->frozen->opened_at != 0);
  add_int (builder, "version", meeting->sequence);
  json_builder_end_object (builder);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * An opened lesson to JSON and back. Ids are what is read back; names stand beside them for whoever reads the
 * snapshot when the teacher or the classroom has long been renamed or deleted.
 */
#include "schedule/frozen.h"

#include "base/json.h"
#include "schedule/opener.h"
#include "schedule/schedule-error.h"

#include <string.h>

CrFrozenLesson *
cr_frozen_lesson_new (const CrMeeting *meeting, CrLessonState state)
{
  CrFrozenLesson *frozen = g_new0 (CrFrozenLesson, 1);

  frozen->lesson_id = cr_meeting_lesson_id (meeting);
  frozen->course = cr_course_copy (meeting->course);
  g_free (frozen->course->teacher_id);
  frozen->course->teacher_id = g_strdup (meeting->teacher_id);
  frozen->rule_date = meeting->rule_date;
  frozen->added_id = g_strdup (meeting->added_id);
  frozen->date = meeting->date;
  frozen->period = meeting->period;
  frozen->starts_at = meeting->starts_at;
  frozen->ends_at = meeting->ends_at;
  frozen->state = state;
  frozen->origin = meeting->origin;
  frozen->sequence = meeting->sequence;
  return frozen;
}

CrFrozenLesson *
cr_frozen_lesson_copy (const CrFrozenLesson *frozen)
{
  CrFrozenLesson *copy = g_memdup2 (frozen, sizeof *frozen);

  copy->lesson_id = g_strdup (frozen->lesson_id);
  copy->course = cr_course_copy (frozen->course);
  copy->added_id = g_strdup (frozen->added_id);
  return copy;
}

static void
add_text (JsonBuilder *builder, const gchar *name, const gchar *text)
{
  if (text == NULL)
    return;
  json_builder_set_member_name (builder, name);
  json_builder_add_string_value (builder, text);
}

static void
add_int (JsonBuilder *builder, const gchar *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_date (JsonBuilder *builder, const gchar *name, CrDate date)
{
  gchar text[CR_DATE_TEXT_BYTES];

  if (date != CR_DATE_NONE)
    add_text (builder, name, cr_date_format (date, text));
}

static void
add_room (JsonBuilder *builder, const CrTimetable *names, const gchar *room_id, const gchar *room_member,
          const gchar *school_member)
{
  const CrPlaceRoom *room = names == NULL ? NULL : cr_timetable_room (names, room_id);
  const CrPlaceSchool *school = names == NULL ? NULL : cr_timetable_school_of_room (names, room_id);

  add_text (builder, room_member, room != NULL ? room->name : NULL);
  add_text (builder, school_member, school != NULL ? school->name : NULL);
}

static void
add_classes (JsonBuilder *builder, const CrCourse *course, const CrTimetable *names)
{
  json_builder_set_member_name (builder, "classes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < course->classes->len; i++) {
    const CrCourseClass *entry = cr_course_class (course, i);
    const CrPlaceClass *klass = names == NULL ? NULL : cr_timetable_class (names, entry->class_id);

    json_builder_begin_object (builder);
    add_text (builder, "class_id", entry->class_id);
    add_text (builder, "classroom_id", entry->classroom_id);
    add_room (builder, names, entry->classroom_id, "classroom_name", "school_name");
    if (klass != NULL) {
      add_int (builder, "grade", klass->grade);
      add_int (builder, "number", klass->number);
      add_int (builder, "pupils", klass->pupils);
    }
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_course (JsonBuilder *builder, const CrCourse *course, const CrTimetable *names)
{
  const CrPlaceTeacher *teacher = names == NULL ? NULL : cr_timetable_teacher (names, course->teacher_id);
  g_autofree gchar *weeks = cr_weeks_format (course->weeks);

  add_text (builder, "course_id", course->id);
  add_text (builder, "term_id", course->term_id);
  add_text (builder, "code", course->code);
  add_text (builder, "kind", cr_course_kind_name (course->kind));
  add_text (builder, "subject", course->subject);
  add_int (builder, "grade", course->grade);
  add_text (builder, "unit", course->unit);
  add_text (builder, "title", course->title);
  add_text (builder, "teacher_id", course->teacher_id);
  add_text (builder, "teacher_name", teacher != NULL ? teacher->name : NULL);
  add_text (builder, "host_classroom_id", course->host_classroom_id);
  add_room (builder, names, course->host_classroom_id, "host_classroom_name", "host_school_name");
  add_text (builder, "priority", cr_course_priority_name (course->priority));
  add_int (builder, "weekday", course->weekday);
  add_int (builder, "course_period", course->period);
  add_text (builder, "weeks", weeks);
  add_int (builder, "rate_kbps", course->rate_kbps);
  add_int (builder, "course_version", course->version);
  add_classes (builder, course, names);
}

gchar *
cr_frozen_lesson_to_json (const CrFrozenLesson *frozen, const CrTimetable *names)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  gsize length;

  json_builder_begin_object (builder);
  add_course (builder, frozen->course, names);
  add_date (builder, "rule_date", frozen->rule_date);
  add_text (builder, "added_id", frozen->added_id);
  add_date (builder, "date", frozen->date);
  add_int (builder, "period", frozen->period);
  add_text (builder, "origin", cr_meeting_origin_name (frozen->origin));
  add_int (builder, "sequence", frozen->sequence);
  add_int (builder, "starts_at", frozen->starts_at);
  add_int (builder, "ends_at", frozen->ends_at);
  json_builder_end_object (builder);
  return cr_json_build (builder, &length);
}

static gchar *
dup_text (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_STRING ? json_node_dup_string (node)
                                                                          : NULL;
}

static gint64
get_int (JsonObject *object, const gchar *name)
{
  JsonNode *node = json_object_get_member (object, name);

  return node != NULL && json_node_get_value_type (node) == G_TYPE_INT64 ? json_node_get_int (node) : 0;
}

static CrDate
get_date (JsonObject *object, const gchar *name)
{
  g_autofree gchar *text = dup_text (object, name);

  return cr_date_parse (text);
}

static void
read_classes (JsonObject *object, CrCourse *course)
{
  JsonNode *node = json_object_get_member (object, "classes");
  JsonArray *classes = node != NULL && JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  for (guint i = 0; classes != NULL && i < json_array_get_length (classes); i++) {
    JsonNode *element = json_array_get_element (classes, i);
    g_autofree gchar *class_id = NULL;
    g_autofree gchar *classroom_id = NULL;

    if (!JSON_NODE_HOLDS_OBJECT (element))
      continue;
    class_id = dup_text (json_node_get_object (element), "class_id");
    classroom_id = dup_text (json_node_get_object (element), "classroom_id");
    cr_course_add_class (course, class_id, classroom_id);
  }
}

static CrCourse *
read_course (JsonObject *object)
{
  CrCourse *course = cr_course_new (NULL);
  g_autofree gchar *kind = dup_text (object, "kind");
  g_autofree gchar *priority = dup_text (object, "priority");
  g_autofree gchar *weeks = dup_text (object, "weeks");

  course->id = dup_text (object, "course_id");
  course->term_id = dup_text (object, "term_id");
  course->code = dup_text (object, "code");
  course->subject = dup_text (object, "subject");
  course->grade = (guint)get_int (object, "grade");
  course->unit = dup_text (object, "unit");
  course->title = dup_text (object, "title");
  course->teacher_id = dup_text (object, "teacher_id");
  course->host_classroom_id = dup_text (object, "host_classroom_id");
  course->weekday = (guint)get_int (object, "weekday");
  course->period = (guint)get_int (object, "course_period");
  course->rate_kbps = (guint)get_int (object, "rate_kbps");
  course->version = (guint)get_int (object, "course_version");
  if (!cr_course_kind_parse (kind, &course->kind))
    course->kind = CR_COURSE_DELIVERED;
  if (!cr_course_priority_parse (priority, &course->priority))
    course->priority = CR_PRIORITY_SCREEN;
  if (!cr_weeks_parse (weeks, &course->weeks))
    course->weeks = CR_WEEKS_ALL;
  read_classes (object, course);
  return course;
}

static CrMeetingOrigin
read_origin (JsonObject *object)
{
  g_autofree gchar *name = dup_text (object, "origin");

  for (CrMeetingOrigin origin = CR_MEETING_BY_RULE; origin <= CR_MEETING_ADDED; origin++) {
    if (g_strcmp0 (name, cr_meeting_origin_name (origin)) == 0)
      return origin;
  }
  return CR_MEETING_BY_RULE;
}

CrFrozenLesson *
cr_frozen_lesson_from_json (const gchar *text, GError **error)
{
  g_autoptr (JsonNode) root = cr_json_parse (text, strlen (text), error);
  g_autoptr (CrFrozenLesson) frozen = NULL;
  JsonObject *object;

  if (root == NULL)
    return NULL;
  frozen = g_new0 (CrFrozenLesson, 1);
  if (JSON_NODE_HOLDS_OBJECT (root)) {
    object = json_node_get_object (root);
    frozen->course = read_course (object);
    frozen->rule_date = get_date (object, "rule_date");
    frozen->added_id = dup_text (object, "added_id");
    frozen->date = get_date (object, "date");
    frozen->period = (guint)get_int (object, "period");
    frozen->origin = read_origin (object);
    frozen->sequence = (guint)get_int (object, "sequence");
    frozen->starts_at = get_int (object, "starts_at");
    frozen->ends_at = get_int (object, "ends_at");
  }
  if (frozen->course == NULL || frozen->course->id == NULL || frozen->date == CR_DATE_NONE ||
      (frozen->rule_date == CR_DATE_NONE) == (frozen->added_id == NULL)) {
    g_set_error_literal (error, CR_SCHEDULE_ERROR, CR_SCHEDULE_ERROR_INVALID, "this is no opened lesson");
    return NULL;
  }
  frozen->lesson_id = cr_lesson_id_format (frozen->course->id, frozen->rule_date, frozen->added_id);
  return g_steal_pointer (&frozen);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/reports/lessons: what became of a term's lessons, in all, by week, course and school, as far as
 * the reader may see them; ?term_id, and ?course_id or ?school_id for those of one. A sealed timetable is
 * counted on the reader's thread, where a term of 40,000 lessons keeps no classroom waiting.
 */
#include "base/json.h"
#include "exchange/conflict-json.h"
#include "http/body.h"
#include "http/change-json.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/meeting-people.h"
#include "report/lesson-tally.h"

typedef struct {
  CrTimetable *timetable; /* NULL: no term yet */
  gchar *course_id, *school_id;
  CrDate today;
  GHashTable *may_see; /* a course's id -> whether the reader may see it */
  gchar *answer;
} Report;

static void
report_free (gpointer data)
{
  Report *report = data;

  g_clear_pointer (&report->timetable, cr_timetable_unref);
  g_free (report->course_id);
  g_free (report->school_id);
  g_hash_table_unref (report->may_see);
  g_free (report->answer);
  g_free (report);
}

/* Once a course, as it stands: what a lesson of it was like does not change who may count them. */
static gboolean
may_see_course (const Report *report, const CrAccess *access, const CrMeeting *meeting)
{
  gpointer known;
  gboolean may;

  if (!g_hash_table_lookup_extended (report->may_see, meeting->course->id, NULL, &known)) {
    const CrCourse *course = cr_timetable_course (report->timetable, meeting->course->id);
    g_autoptr (CrLessonPeople) people =
        course != NULL
            ? cr_meeting_people (report->timetable, course, course->teacher_id, course->host_classroom_id)
            : NULL;
    CrObject object;

    cr_lesson_people_to_object (people, NULL, &object);
    object.kind = CR_OBJECT_REPORT;
    may = people != NULL && cr_authorize (access->actor, access->verb, &object);
    g_hash_table_insert (report->may_see, meeting->course->id, GINT_TO_POINTER (may));
    return may;
  }
  return GPOINTER_TO_INT (known);
}

static gboolean
may_see_school (const CrAccess *access, const CrPlaceSchool *school)
{
  const CrObject object = {.kind = CR_OBJECT_REPORT, .school_id = school->id, .district = school->district};

  return cr_authorize (access->actor, access->verb, &object);
}

static gboolean
is_asked_for (const Report *report, const CrMeeting *meeting)
{
  if (report->course_id != NULL && !g_str_equal (report->course_id, meeting->course->id))
    return FALSE;
  return report->school_id == NULL ||
         cr_timetable_meeting_in_view (report->timetable, meeting, CR_VIEW_SCHOOL, report->school_id);
}

static CrLessonTally *
count (const Report *report, const CrAccess *access)
{
  CrLessonTally *tally = cr_lesson_tally_new (report->timetable);
  guint n;
  const CrMeeting *meetings = cr_timetable_meetings (report->timetable, &n);

  for (guint i = 0; i < n; i++) {
    if (is_asked_for (report, &meetings[i]) && may_see_course (report, access, &meetings[i]))
      cr_lesson_tally_add (tally, &meetings[i],
                           cr_meeting_outcome (&meetings[i], access->now, report->today));
  }
  return tally;
}

static void
add_counts (JsonBuilder *builder, const CrTally *tally)
{
  cr_json_add_int (builder, "planned", cr_tally_planned (tally));
  for (guint i = CR_OUTCOME_NONE + 1; i < CR_N_OUTCOMES; i++)
    cr_json_add_int (builder, cr_outcome_name ((CrOutcome)i), tally->n[i]);
}

static void
add_weeks (JsonBuilder *builder, const CrLessonTally *tally)
{
  CrDate monday = cr_timetable_term (tally->timetable)->first_monday;

  json_builder_set_member_name (builder, "weeks");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tally->weeks->len; i++, monday += 7) {
    json_builder_begin_object (builder);
    cr_json_add_int (builder, "week", i + 1);
    cr_json_add_day (builder, "monday", monday);
    add_counts (builder, &g_array_index (tally->weeks, CrTally, i));
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_course (JsonBuilder *builder, const CrTimetable *timetable, const CrTally *row)
{
  const CrCourse *course = cr_timetable_course (timetable, row->id);
  const CrPlaceTeacher *teacher = cr_timetable_teacher (timetable, course->teacher_id);
  const CrPlaceSchool *host = cr_timetable_school_of_room (timetable, course->host_classroom_id);

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "course_id", course->id);
  cr_json_add_string (builder, "kind", cr_course_kind_name (course->kind));
  cr_json_add_string (builder, "subject", course->subject);
  cr_json_add_int (builder, "grade", course->grade);
  cr_json_add_string (builder, "title", course->title);
  cr_json_add_string (builder, "teacher_name", teacher != NULL ? teacher->name : NULL);
  cr_json_add_string (builder, "host_school_name", host != NULL ? host->name : NULL);
  add_counts (builder, row);
  json_builder_end_object (builder);
}

static void
add_courses (JsonBuilder *builder, const CrLessonTally *tally)
{
  json_builder_set_member_name (builder, "courses");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tally->courses->len; i++)
    add_course (builder, tally->timetable, &g_array_index (tally->courses, CrTally, i));
  json_builder_end_array (builder);
}

static void
add_schools (JsonBuilder *builder, const CrLessonTally *tally, const CrAccess *access)
{
  json_builder_set_member_name (builder, "schools");
  json_builder_begin_array (builder);
  for (guint i = 0; i < tally->schools->len; i++) {
    const CrTally *row = &g_array_index (tally->schools, CrTally, i);
    const CrPlaceSchool *school = cr_timetable_school (tally->timetable, row->id);

    if (!may_see_school (access, school))
      continue;
    json_builder_begin_object (builder);
    cr_json_add_string (builder, "school_id", school->id);
    cr_json_add_string (builder, "school_code", school->code);
    cr_json_add_string (builder, "school_name", school->name);
    cr_json_add_string (builder, "district", school->district);
    add_counts (builder, row);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static void
add_nothing (JsonBuilder *builder)
{
  static const gchar *const lists[] = {"weeks", "courses", "schools"};

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    json_builder_set_member_name (builder, lists[i]);
    json_builder_begin_array (builder);
    json_builder_end_array (builder);
  }
}

static void
add_report (JsonBuilder *builder, const Report *report, const CrAccess *access)
{
  const CrTally none = {0};
  g_autoptr (CrLessonTally) tally = report->timetable != NULL ? count (report, access) : NULL;

  cr_json_add_string (builder, "term_id", tally != NULL ? cr_timetable_term (report->timetable)->id : NULL);
  json_builder_set_member_name (builder, "total");
  json_builder_begin_object (builder);
  add_counts (builder, tally != NULL ? &tally->total : &none);
  json_builder_end_object (builder);
  if (tally == NULL) {
    add_nothing (builder);
    return;
  }
  add_weeks (builder, tally);
  add_courses (builder, tally);
  add_schools (builder, tally, access);
}

static gboolean
run_report (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Report *report = data;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  cr_access_grant (access); /* each row is asked for */
  json_builder_begin_object (builder);
  add_report (builder, report, access);
  json_builder_end_object (builder);
  report->answer = cr_json_build (builder, NULL);
  return TRUE;
}

static gboolean
encode_report (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Report *report = data;

  cr_response_take_text (response, 200, "application/json", g_steal_pointer (&report->answer));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

static gboolean
start_report (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_report, .encode = encode_report, .destroy = report_free};
  g_autofree gchar *term_id = cr_request_get_query (request, "term_id");
  CrDate today = cr_http_today (http);
  CrTimetable *timetable = term_id != NULL ? cr_timetables_find (http->timetables, term_id)
                                           : cr_timetables_on (http->timetables, today);
  Report *report;

  if (term_id != NULL && timetable == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such term");
    return FALSE;
  }
  report = g_new0 (Report, 1);
  report->timetable = timetable != NULL ? cr_timetable_ref (timetable) : NULL;
  report->course_id = cr_request_get_query (request, "course_id");
  report->school_id = cr_request_get_query (request, "school_id");
  report->today = today;
  report->may_see = g_hash_table_new (g_str_hash, g_str_equal);
  return cr_job_start (http, request, response, &job, report, error);
}

gboolean
cr_handle_lesson_report (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_answer_when_fresh (http, request, response, start_report, error);
}

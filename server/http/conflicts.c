/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/v1/conflicts: what would clash if a course, a single change or a busy time were entered, and what
 * is free instead; nothing is changed. GET /api/v1/free-periods: the nearest ones of a lesson or course. Both
 * from memory. What clashes in the timetable as it is: clashes.c.
 */
#include "exchange/conflict-json.h"
#include "exchange/course-edit.h"
#include "exchange/table.h"
#include "http/body.h"
#include "http/change-json.h"
#include "http/routes.h"
#include "live/meeting-people.h"

#define FREE_PERIODS_MAX 50

static gboolean
refuse (GError **error, const gchar *why)
{
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST, why);
  return FALSE;
}

static gboolean
no_such (GError **error, const gchar *what)
{
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, what);
  return FALSE;
}

static gint64
now_of (const CrHttp *http)
{
  return cr_clock_wall_us (cr_lessons_get_clock (http->lessons)) / G_USEC_PER_SEC;
}

static void
respond (CrHttp *http, CrRequest *request, CrResponse *response, const CrTimetable *timetable,
         GPtrArray *conflicts, GArray *free_periods)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cr_json_add_conflicts (builder, timetable, conflicts, cr_request_is_chinese (request));
  cr_json_add_free_periods (builder, "free_periods", free_periods);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
}

/* The row that `object` describes, on top of the one that is there (NULL: a new one). */
static gboolean
read_row (const CrRequest *request, const CrTable *table, JsonObject *object, CrEntry *entry, gboolean is_new,
          GError **error)
{
  gboolean chinese = cr_request_is_chinese (request);
  CrFault fault = {0};

  cr_table_read_json (table, entry, object, is_new, chinese, &fault);
  if (fault.sentence == NULL)
    return TRUE;
  cr_refuse_with (error, CR_REFUSAL_INVALID, fault.field, fault.sentence, NULL);
  g_free (fault.sentence);
  return FALSE;
}

static void
answer_for_course (CrHttp *http, CrRequest *request, CrResponse *response, CrTimetable *timetable,
                   const CrCourse *course)
{
  gint64 now = now_of (http);
  g_autoptr (GPtrArray) conflicts = cr_conflicts_for_course (timetable, course, now);
  g_autoptr (GArray) free_periods =
      conflicts->len > 0 ? cr_free_periods_for_course (timetable, course, now, CR_FREE_PERIODS_OFFERED)
                         : g_array_new (FALSE, FALSE, sizeof (CrFreePeriod));

  respond (http, request, response, timetable, conflicts, free_periods);
}

static gboolean
ask_course (CrHttp *http, CrRequest *request, CrResponse *response, JsonObject *object, GError **error)
{
  const gchar *id = json_object_get_string_member_with_default (object, "id", NULL);
  CrTimetable *timetable = id != NULL ? cr_timetables_find_course (http->timetables, id) : NULL;
  CrEntry entry = {0};
  gboolean good;

  entry.row =
      timetable != NULL ? cr_course_copy (cr_timetable_course (timetable, id)) : cr_table_courses.make ();
  good = read_row (request, &cr_table_courses, object, &entry, timetable == NULL, error);
  if (good && timetable == NULL) {
    CrCourse *course = entry.row;

    timetable = cr_timetables_find (http->timetables, course->term_id);
    course->id = cr_store_new_id ();
  }
  if (good && timetable != NULL)
    answer_for_course (http, request, response, timetable, entry.row);
  if (good && timetable == NULL)
    good = no_such (error, "no such term");
  cr_entry_clear (&cr_table_courses, &entry);
  return good;
}

/* The change that `object` describes; NULL with an error. `*timetable` is its term. */
static CrChange *
read_change (CrHttp *http, JsonObject *object, CrTimetable **timetable, GError **error)
{
  const gchar *lesson_id = json_object_get_string_member_with_default (object, "lesson_id", NULL);
  const gchar *date = json_object_get_string_member_with_default (object, "new_date", NULL);
  g_autofree gchar *course_id =
      g_strdup (json_object_get_string_member_with_default (object, "course_id", NULL));
  g_autofree gchar *added_id = NULL;
  CrDate rule_date = CR_DATE_NONE;
  CrChangeKind kind;
  CrChange *change;

  if (!cr_change_kind_parse (json_object_get_string_member_with_default (object, "kind", ""), &kind) ||
      (kind == CR_CHANGE_ADD ? course_id == NULL : lesson_id == NULL)) {
    refuse (error, "a change has a kind, and a lesson_id or (to add) a course_id");
    return NULL;
  }
  if (kind != CR_CHANGE_ADD) {
    g_clear_pointer (&course_id, g_free);
    if (!cr_lesson_id_parse (lesson_id, &course_id, &rule_date, &added_id) || rule_date == CR_DATE_NONE) {
      no_such (error, "no such lesson");
      return NULL;
    }
  }
  *timetable = cr_timetables_find_course (http->timetables, course_id);
  if (*timetable == NULL) {
    no_such (error, "no such course");
    return NULL;
  }
  change = cr_change_new (NULL, course_id, kind, rule_date);
  change->new_date = date != NULL ? cr_date_parse (date) : CR_DATE_NONE;
  change->new_period =
      (guint)CLAMP (json_object_get_int_member_with_default (object, "new_period", 0), 0, G_MAXINT);
  change->new_teacher_id =
      g_strdup (json_object_get_string_member_with_default (object, "new_teacher_id", NULL));
  return change;
}

/* Where a lesson could be: a move to what is wished, or to where it is. */
static GArray *
free_for_change (CrTimetable *timetable, const CrChange *change, CrDate first, CrDate last, gint64 now,
                 guint max)
{
  g_autoptr (CrChange) wish = cr_change_copy (change);

  if (wish->kind != CR_CHANGE_ADD)
    wish->kind = CR_CHANGE_MOVE;
  if (wish->new_date == CR_DATE_NONE)
    wish->new_date = wish->date;
  return cr_free_periods_for_lesson (timetable, wish, first, last, now, max);
}

static gboolean
ask_change (CrHttp *http, CrRequest *request, CrResponse *response, JsonObject *object, GError **error)
{
  CrTimetable *timetable = NULL;
  g_autoptr (CrChange) change = read_change (http, object, &timetable, error);
  g_autoptr (GPtrArray) conflicts = NULL;
  g_autoptr (GArray) free_periods = NULL;
  gint64 now = now_of (http);

  if (change == NULL || !cr_timetable_check_change (timetable, change, error))
    return FALSE;
  conflicts = cr_conflicts_for_change (timetable, change, now);
  free_periods = conflicts->len > 0 ? free_for_change (timetable, change, CR_DATE_NONE, CR_DATE_NONE, now,
                                                       CR_FREE_PERIODS_OFFERED)
                                    : g_array_new (FALSE, FALSE, sizeof (CrFreePeriod));
  respond (http, request, response, timetable, conflicts, free_periods);
  return TRUE;
}

/* A school asks about itself. */
static gboolean
may_enter_busy (const CrRequest *request, const CrTimetable *timetable, const CrBusy *busy)
{
  const CrPlaceSchool *school =
      timetable != NULL && busy->school_id != NULL ? cr_timetable_school (timetable, busy->school_id) : NULL;
  const CrObject object = {.kind = CR_OBJECT_BUSY,
                           .school_id = busy->school_id,
                           .district = school != NULL ? school->district : NULL};

  return cr_authorize (request->actor, CR_VERB_CREATE, &object);
}

static gboolean
ask_busy (CrHttp *http, CrRequest *request, CrResponse *response, JsonObject *object, GError **error)
{
  g_autoptr (GArray) nothing = g_array_new (FALSE, FALSE, sizeof (CrFreePeriod));
  CrEntry entry = {.row = cr_table_busy.make ()};
  gboolean good = read_row (request, &cr_table_busy, object, &entry, TRUE, error);
  CrTimetable *timetable =
      good ? cr_timetables_on (http->timetables, ((CrBusy *)entry.row)->from_date) : NULL;

  if (good && !may_enter_busy (request, timetable, entry.row))
    good = no_such (error, "no such school");
  if (good) {
    g_autoptr (GPtrArray) conflicts =
        timetable != NULL ? cr_conflicts_for_busy (timetable, entry.row, now_of (http))
                          : g_ptr_array_new (); /* before the first term nothing is in the way */

    respond (http, request, response, timetable, conflicts, nothing);
  }
  cr_entry_clear (&cr_table_busy, &entry);
  return good;
}

static JsonObject *
object_of (JsonObject *body, const gchar *name)
{
  JsonNode *node = json_object_get_member (body, name);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
forbid (GError **error)
{
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN, "you may not do that");
  return FALSE;
}

static gboolean
answer_conflicts (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_autoptr (JsonNode) root = cr_body_parse (request, error);
  JsonObject *body = root != NULL ? json_node_get_object (root) : NULL;
  gboolean plans = cr_authorize_kind (request->actor, CR_VERB_CREATE, CR_OBJECT_COURSE);

  if (body == NULL)
    return FALSE;
  if (object_of (body, "busy") != NULL)
    return ask_busy (http, request, response, object_of (body, "busy"), error);
  if (!plans)
    return forbid (error);
  if (object_of (body, "course") != NULL)
    return ask_course (http, request, response, object_of (body, "course"), error);
  if (object_of (body, "change") != NULL)
    return ask_change (http, request, response, object_of (body, "change"), error);
  return refuse (error, "ask about a course, a change or a busy");
}

gboolean
cr_handle_conflicts_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_answer_when_fresh (http, request, response, answer_conflicts, error);
}

static guint
limit_of (const CrRequest *request)
{
  g_autofree gchar *text = cr_request_get_query (request, "limit");
  guint64 limit = CR_FREE_PERIODS_OFFERED;

  if (text != NULL && !g_ascii_string_to_unsigned (text, 10, 1, FREE_PERIODS_MAX, &limit, NULL))
    limit = FREE_PERIODS_MAX;
  return (guint)limit;
}

static CrDate
date_of (const CrRequest *request, const gchar *name)
{
  g_autofree gchar *text = cr_request_get_query (request, name);

  return text != NULL ? cr_date_parse (text) : CR_DATE_NONE;
}

static GArray *
free_of_lesson (CrHttp *http, const CrRequest *request, const gchar *lesson_id, GError **error)
{
  const CrMeeting *meeting = NULL;
  CrTimetable *timetable = cr_timetables_find_lesson (http->timetables, lesson_id, &meeting);
  g_autoptr (CrChange) wish = NULL;

  if (timetable == NULL || !cr_meeting_authorize (timetable, meeting, request->actor, CR_VERB_VIEW)) {
    no_such (error, "no such lesson");
    return NULL;
  }
  wish =
      cr_change_new (NULL, meeting->course->id,
                     meeting->rule_date != CR_DATE_NONE ? CR_CHANGE_MOVE : CR_CHANGE_ADD, meeting->rule_date);
  wish->new_date = meeting->date;
  wish->new_period = meeting->period;
  return cr_free_periods_for_lesson (timetable, wish, date_of (request, "from"), date_of (request, "to"),
                                     now_of (http), limit_of (request));
}

static gboolean
may_plan (const CrRequest *request, const CrTimetable *timetable, const CrCourse *course)
{
  g_autoptr (CrLessonPeople) people =
      cr_meeting_people (timetable, course, course->teacher_id, course->host_classroom_id);
  CrObject object;

  cr_lesson_people_to_object (people, NULL, &object);
  object.kind = CR_OBJECT_COURSE;
  return cr_authorize (request->actor, CR_VERB_VIEW, &object);
}

static GArray *
free_of_course (CrHttp *http, const CrRequest *request, const gchar *course_id, GError **error)
{
  CrTimetable *timetable = cr_timetables_find_course (http->timetables, course_id);

  if (timetable == NULL || !may_plan (request, timetable, cr_timetable_course (timetable, course_id))) {
    no_such (error, "no such course");
    return NULL;
  }
  return cr_free_periods_for_course (timetable, cr_timetable_course (timetable, course_id), now_of (http),
                                     limit_of (request));
}

static gboolean
answer_free_periods (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_autofree gchar *lesson_id = cr_request_get_query (request, "lesson");
  g_autofree gchar *course_id = cr_request_get_query (request, "course");
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GArray) periods = NULL;

  if (lesson_id == NULL && course_id == NULL)
    return refuse (error, "ask about a lesson or a course");
  periods = lesson_id != NULL ? free_of_lesson (http, request, lesson_id, error)
                              : free_of_course (http, request, course_id, error);
  if (periods == NULL)
    return FALSE;
  json_builder_begin_object (builder);
  cr_json_add_free_periods (builder, "items", periods);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_free_periods_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_answer_when_fresh (http, request, response, answer_free_periods, error);
}

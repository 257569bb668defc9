/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/lessons: the lessons of some days, as the reader may see them; and the changes of one. From
 * memory, once what was committed before the question is there.
 */
#include "base/json.h"
#include "exchange/conflict-json.h"
#include "http/body.h"
#include "http/change-json.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/meeting-people.h"

#define DAYS_MAX 62 /* two months: what a calendar page shows at most */

/* More lessons are written on the store's thread: each takes main a tenth of a millisecond. */
#define LESSONS_ON_MAIN 40

typedef struct {
  CrHttp *http;
  CrRequest *request;
  CrResponse *response;
  gboolean (*answer) (CrHttp *http, CrRequest *request, CrResponse *response, GError **error);
} Wait;

static void
on_fresh (gpointer data)
{
  g_autofree Wait *wait = data;
  g_autoptr (GError) error = NULL;

  if (!wait->answer (wait->http, wait->request, wait->response, &error))
    cr_request_release (wait->http, wait->request, wait->response, error);
  else
    cr_request_release (wait->http, wait->request, wait->response, NULL);
}

gboolean
cr_answer_when_fresh (CrHttp *http, CrRequest *request, CrResponse *response, CrHandler answer,
                      GError **error)
{
  Wait *wait;

  if (http->timetables == NULL || http->closing) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNAVAILABLE, "this relay keeps no timetable");
    return FALSE;
  }
  wait = g_new0 (Wait, 1);
  *wait = (Wait){.http = http, .request = request, .response = response, .answer = answer};
  cr_request_hold (request);
  cr_timetables_when_fresh (http->timetables, on_fresh, wait);
  return TRUE;
}

typedef struct {
  CrDate from, to;
  CrViewKind view;
  gchar *id;
  CrTimetable *timetable; /* NULL: no term yet */
  GPtrArray *meetings;    /* const CrMeeting, of the timetable; NULL: none */
  gint64 now;             /* seconds */
  gchar *answer;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_free (question->id);
  g_clear_pointer (&question->meetings, g_ptr_array_unref);
  g_clear_pointer (&question->timetable, cr_timetable_unref);
  g_free (question->answer);
  g_free (question);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Question, question_free)

static gboolean
refuse (GError **error, const gchar *why)
{
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST, why);
  return FALSE;
}

static gboolean
read_dates (CrHttp *http, const CrRequest *request, Question *question, GError **error)
{
  g_autofree gchar *from = cr_request_get_query (request, "from");
  g_autofree gchar *to = cr_request_get_query (request, "to");
  CrDate today = cr_http_today (http);

  question->from = from != NULL ? cr_date_parse (from) : today - (CrDate)cr_date_weekday (today) + 1;
  if (question->from == CR_DATE_NONE)
    return refuse (error, "from is a date such as 2026-09-07");
  question->to = to != NULL ? cr_date_parse (to) : question->from + 6;
  if (question->to == CR_DATE_NONE || question->to < question->from ||
      question->to - question->from > DAYS_MAX)
    return refuse (error, "to is a date after from, at most 62 days later");
  return TRUE;
}

static gboolean
read_question (CrHttp *http, const CrRequest *request, Question *question, GError **error)
{
  g_autofree gchar *view = cr_request_get_query (request, "view");
  g_autofree gchar *term_id = cr_request_get_query (request, "term_id");

  question->view = CR_VIEW_ALL;
  question->id = cr_request_get_query (request, "id");
  if (view != NULL && !cr_view_kind_parse (view, &question->view))
    return refuse (error, "view is all, school, teacher, classroom, class or course");
  if (question->view != CR_VIEW_ALL && question->id == NULL)
    return refuse (error, "this view needs an id");
  if (!read_dates (http, request, question, error))
    return FALSE;
  question->timetable = term_id != NULL ? cr_timetables_find (http->timetables, term_id)
                                        : cr_timetables_on (http->timetables, question->from);
  if (term_id != NULL && question->timetable == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such term");
    return FALSE;
  }
  question->now = cr_clock_wall_us (cr_lessons_get_clock (http->lessons)) / G_USEC_PER_SEC;
  if (question->timetable == NULL)
    return TRUE;
  cr_timetable_ref (question->timetable);
  question->meetings =
      cr_timetable_view (question->timetable, question->view, question->id, question->from, question->to);
  return TRUE;
}

static void
write_answer (Question *question, const CrActor *actor)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "term_id",
                      question->timetable != NULL ? cr_timetable_term (question->timetable)->id : NULL);
  cr_json_add_day (builder, "from", question->from);
  cr_json_add_day (builder, "to", question->to);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (guint i = 0; question->meetings != NULL && i < question->meetings->len; i++) {
    const CrMeeting *meeting = question->meetings->pdata[i];

    if (!cr_meeting_is_hindsight (meeting, question->now) &&
        cr_meeting_authorize (question->timetable, meeting, actor, CR_VERB_VIEW))
      cr_json_add_lesson (builder, question->timetable, meeting);
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  question->answer = cr_json_build (builder, NULL);
}

static gboolean
run_list (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  cr_access_grant (access); /* each is asked for */
  write_answer (data, access->actor);
  return TRUE;
}

static gboolean
encode_list (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Question *question = data;

  cr_response_take_text (response, 200, "application/json", g_steal_pointer (&question->answer));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

static gboolean
answer_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_list, .encode = encode_list, .destroy = question_free};
  g_autoptr (Question) question = g_new0 (Question, 1);

  if (!read_question (http, request, question, error))
    return FALSE;
  if (question->meetings != NULL && question->meetings->len > LESSONS_ON_MAIN)
    return cr_job_start (http, request, response, &job, g_steal_pointer (&question), error);
  write_answer (question, request->actor);
  return encode_list (http, request, question, response, error);
}

gboolean
cr_handle_lesson_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_answer_when_fresh (http, request, response, answer_list, error);
}

static gboolean
answer_changes (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const CrMeeting *meeting = NULL;
  CrTimetable *timetable = cr_timetables_find_lesson (http->timetables, request->params[0], &meeting);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  CrCoursePlan plan;

  if (timetable == NULL || !cr_meeting_authorize (timetable, meeting, request->actor, CR_VERB_VIEW)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such lesson");
    return FALSE;
  }
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  if (cr_timetable_plan (timetable, meeting->course->id, &plan)) {
    for (guint i = 0; i < plan.n_changes; i++) {
      const CrChange *change = plan.changes[i];

      if (meeting->rule_date != CR_DATE_NONE ? change->date == meeting->rule_date
                                             : g_strcmp0 (change->id, meeting->added_id) == 0)
        cr_json_add_change (builder, change);
    }
  }
  json_builder_end_array (builder);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_lesson_changes (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_answer_when_fresh (http, request, response, answer_changes, error);
}

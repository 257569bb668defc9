/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/conflicts: what clashes in the timetable as it is, since edits of bell times, busy times or the
 * term stand although planned lessons then clash. The whole term is searched, on the store's thread, so that
 * main does not wait for it.
 */
#include "base/json.h"
#include "exchange/conflict-json.h"
#include "http/body.h"
#include "http/change-json.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/meeting-people.h"
#include "live/timetables.h"

typedef struct {
  CrTimetable *timetable; /* NULL: no term yet */
  gboolean chinese;
  gchar *answer;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_clear_pointer (&question->timetable, cr_timetable_unref);
  g_free (question->answer);
  g_free (question);
}

/* Of these lessons, those of the actor's districts. */
static GPtrArray *
visible (CrTimetable *timetable, GPtrArray *conflicts, const CrActor *actor)
{
  GPtrArray *shown = g_ptr_array_new ();

  for (guint i = 0; i < conflicts->len && shown->len < CR_CONFLICTS_MAX; i++) {
    const CrConflict *conflict = conflicts->pdata[i];
    const CrMeeting *meeting = cr_timetable_meeting (timetable, conflict->lesson_id);

    if (meeting != NULL && cr_meeting_authorize (timetable, meeting, actor, CR_VERB_VIEW))
      g_ptr_array_add (shown, conflicts->pdata[i]);
  }
  return shown;
}

static gboolean
run_search (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Question *question = data;
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (GPtrArray) conflicts = NULL;
  g_autoptr (GPtrArray) shown = NULL;

  cr_access_grant (access); /* each is asked for */
  conflicts = question->timetable != NULL ? cr_conflicts_all_in_timetable (question->timetable, access->now)
                                          : g_ptr_array_new ();
  shown = visible (question->timetable, conflicts, access->actor);
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "term_id",
                      question->timetable != NULL ? cr_timetable_term (question->timetable)->id : NULL);
  cr_json_add_conflicts (builder, question->timetable, shown, question->chinese);
  json_builder_end_object (builder);
  question->answer = cr_json_build (builder, NULL);
  return TRUE;
}

static gboolean
encode_search (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Question *question = data;

  cr_response_take_text (response, 200, "application/json", g_steal_pointer (&question->answer));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

static gboolean
answer_clashes (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_search, .encode = encode_search, .destroy = question_free};
  g_autofree gchar *term_id = cr_request_get_query (request, "term_id");
  CrTimetable *timetable = term_id != NULL ? cr_timetables_find (http->timetables, term_id)
                                           : cr_timetables_on (http->timetables, cr_http_today (http));
  Question *question;

  if (!cr_authorize_kind (request->actor, CR_VERB_CREATE, CR_OBJECT_COURSE)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN, "you may not do that");
    return FALSE;
  }
  if (term_id != NULL && timetable == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such term");
    return FALSE;
  }
  question = g_new0 (Question, 1);
  question->timetable = timetable != NULL ? cr_timetable_ref (timetable) : NULL;
  question->chinese = cr_request_is_chinese (request);
  return cr_job_start (http, request, response, &job, question, error);
}

gboolean
cr_handle_clashes_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_answer_when_fresh (http, request, response, answer_clashes, error);
}

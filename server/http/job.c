/* SPDX-License-Identifier: Apache-2.0
 *
 * Running a job, and asking the table of rules within it.
 */
#include "http/job.h"

#include "base/json.h"
#include "people/audit.h"
#include "people/credentials.h"

typedef struct {
  const CrJob *job;
  CrHttp *http;
  CrRequest *request;
  CrResponse *response;
  CrAccess access;
  gpointer data;
} Run;

static gboolean
refuse (const CrAccess *access, const CrObject *object, GError **error)
{
  if (cr_authorize (access->actor, CR_VERB_VIEW, object))
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN, "you may not do that");
  else
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "nothing here");
  return FALSE;
}

gboolean
cr_access_check_verb (CrAccess *access, CrVerb verb, const CrObject *object, GError **error)
{
  if (!cr_authorize (access->actor, verb, object))
    return refuse (access, object, error);
  access->granted = TRUE;
  return TRUE;
}

gboolean
cr_access_check (CrAccess *access, const CrObject *object, GError **error)
{
  return cr_access_check_verb (access, access->verb, object, error);
}

gboolean
cr_access_check_self (CrAccess *access, GError **error)
{
  CrObject self = {.kind = CR_OBJECT_SELF, .account_id = access->actor->id, .device_id = access->actor->id};

  return cr_access_check (access, &self, error);
}

static gchar *
districts_json (gchar **districts)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_array (builder);
  for (guint i = 0; districts[i] != NULL; i++)
    json_builder_add_string_value (builder, districts[i]);
  json_builder_end_array (builder);
  return cr_json_build (builder, NULL);
}

/* Whoever belongs to a school sees that school's. */
void
cr_access_limit (CrAccess *access, CrSchoolFilter *filter)
{
  const CrActor *actor = access->actor;

  if (actor->school_id != NULL)
    filter->school_id = actor->school_id;
  if (actor->districts != NULL) {
    g_free (access->districts);
    access->districts = districts_json (actor->districts);
    filter->districts_json = access->districts;
  }
  access->granted = TRUE;
}

void
cr_access_grant (CrAccess *access)
{
  access->granted = TRUE;
}

gboolean
cr_access_note (CrStoreTx *tx, const CrAccess *access, const gchar *verb, const gchar *kind, const gchar *id,
                GError **error)
{
  return cr_audit_note (tx, access->actor, access->address, access->now, verb, kind, id, error);
}

static void
run_free (gpointer data)
{
  Run *run = data;

  g_clear_pointer (&run->access.actor, cr_actor_unref);
  g_free (run->access.address);
  g_free (run->access.districts);
  if (run->job->destroy != NULL)
    run->job->destroy (run->data);
  g_free (run);
}

static gboolean
is_still_known (CrStoreTx *tx, const CrAccess *access, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (CrActor) actor = NULL;
  gboolean stale;

  /* Lessons' tokens are known in memory, and the dispatcher found this one there. */
  if (access->actor == NULL || access->actor->lesson_id != NULL)
    return TRUE;
  actor = (access->actor->kind == CR_ACTOR_DEVICE ? cr_device_authenticate : cr_session_authenticate) (
      tx, &access->actor->token, access->now, &stale, &why);
  if (actor != NULL)
    return TRUE;
  if (g_error_matches (why, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND))
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_INVALID_TOKEN,
                         "this token is not valid any more");
  else
    g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static gboolean
run_in_store (CrStoreTx *tx, gpointer data, GError **error)
{
  Run *run = data;

  if (run->job->writes && !is_still_known (tx, &run->access, error))
    return FALSE;
  if (!run->job->run (tx, &run->access, run->data, error))
    return FALSE;
  if (!run->access.granted) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNDECIDED, "a job did not ask for permission");
    return FALSE;
  }
  return TRUE;
}

static void
on_run_done (gpointer data, const GError *error, gpointer done_data)
{
  Run *run = data;
  g_autoptr (GError) why = NULL;

  if (error == NULL && run->job->encode == NULL)
    cr_response_set_empty (run->response, 204);
  else if (error == NULL && !run->job->encode (run->http, run->request, run->data, run->response, &why))
    error = why;
  cr_request_release (run->http, run->request, run->response, error);
}

gboolean
cr_job_start (CrHttp *http, CrRequest *request, CrResponse *response, const CrJob *job, gpointer data,
              GError **error)
{
  Run *run = g_new0 (Run, 1);

  *run = (Run){.job = job, .http = http, .request = request, .response = response, .data = data};
  if (http->store == NULL || http->closing) {
    run_free (run);
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNAVAILABLE, "this relay keeps no accounts");
    return FALSE;
  }
  run->access.actor = request->actor != NULL ? cr_actor_ref (request->actor) : NULL;
  run->access.verb = request->verb;
  run->access.object = request->object;
  run->access.now = cr_clock_wall_us (cr_lessons_get_clock (http->lessons)) / G_USEC_PER_SEC;
  run->access.address = cr_request_get_address (request);
  cr_request_hold (request);
  if (job->writes)
    cr_store_run (http->store, run_in_store, run, run_free, on_run_done, NULL);
  else
    cr_store_read (http->store, run_in_store, run, run_free, on_run_done, NULL);
  return TRUE;
}

void
cr_request_hold (CrRequest *request)
{
  request->n_pending++;
}

void
cr_request_release (CrHttp *http, CrRequest *request, CrResponse *response, const GError *error)
{
  if (error != NULL)
    cr_problem_respond (http, error, response);
  if (--request->n_pending == 0 && request->on_answered != NULL)
    request->on_answered (request, request->on_answered_data);
}

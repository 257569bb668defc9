/* SPDX-License-Identifier: Apache-2.0
 *
 * Single changes: POST /api/v1/lessons/{id}/move, /cancel, /substitute, POST /api/v1/lessons for an added
 * lesson, DELETE …/changes/{change} to take one back. Each is checked, written and told in one job.
 */
#include "exchange/conflict-json.h"
#include "exchange/course-edit.h"
#include "exchange/directory.h"
#include "http/body.h"
#include "http/change-json.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/timetables.h"
#include "store/course-store.h"

#define REASON_MAX_CHARS 200

typedef struct {
  gboolean chinese, webhook;
  gboolean withdrawn;
  gchar *change_id; /* to withdraw */
  gint64 sequence;
  CrChange *change;
  gchar *answer;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_free (edit->change_id);
  g_clear_pointer (&edit->change, cr_change_free);
  g_free (edit->answer);
  g_free (edit);
}

void
cr_json_add_change (JsonBuilder *builder, const CrChange *change)
{
  g_autofree gchar *lesson_id =
      cr_lesson_id_format (change->course_id, change->date, change->date == CR_DATE_NONE ? change->id : NULL);

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "id", change->id);
  cr_json_add_string (builder, "lesson_id", lesson_id);
  cr_json_add_string (builder, "course_id", change->course_id);
  cr_json_add_string (builder, "kind", cr_change_kind_name (change->kind));
  cr_json_add_day (builder, "date", change->date);
  cr_json_add_day (builder, "new_date", change->new_date);
  json_builder_set_member_name (builder, "new_period");
  if (change->new_period != 0)
    json_builder_add_int_value (builder, change->new_period);
  else
    json_builder_add_null_value (builder);
  cr_json_add_string (builder, "new_teacher_id", change->new_teacher_id);
  cr_json_add_string (builder, "reason", change->reason);
  cr_json_add_time (builder, "created_at", change->created_at);
  cr_json_add_string (builder, "created_by", change->created_by);
  cr_json_add_time (builder, "withdrawn_at", change->withdrawn_at);
  json_builder_end_object (builder);
}

static gboolean
may (CrStoreTx *tx, CrAccess *access, const CrCourse *course, GError **error)
{
  g_autoptr (CrDirectory) directory = cr_directory_load (tx, error);
  g_auto (CrConcern) concern = {0};

  if (directory == NULL)
    return FALSE;
  cr_concern_of_course (directory, course, &concern);
  concern.object.kind = CR_OBJECT_LESSON;
  return cr_access_check (access, &concern.object, error);
}

/* The change to withdraw, which is one of this course. */
static gboolean
find_change (CrStoreTx *tx, Edit *edit, GError **error)
{
  g_autoptr (CrChange) change = cr_change_store_get (tx, edit->change_id, error);

  if (change == NULL)
    return FALSE;
  if (g_strcmp0 (change->course_id, edit->change->course_id) != 0) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such change of this lesson");
    return FALSE;
  }
  cr_change_free (edit->change);
  edit->change = g_steal_pointer (&change);
  return TRUE;
}

static gboolean
run_edit (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  g_autoptr (CrCourse) course = cr_course_store_get (tx, edit->change->course_id, error);
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const CrEditor editor = {
      .actor = access->actor, .now = access->now, .chinese = edit->chinese, .webhook = edit->webhook};

  if (course == NULL || !may (tx, access, course, error) ||
      (edit->withdrawn && !find_change (tx, edit, error)))
    return FALSE;
  if (!edit->withdrawn) {
    edit->change->created_at = access->now;
    edit->change->created_by = g_strdup (access->actor->id);
  }
  if (!cr_change_edit (tx, &editor, course->term_id, edit->change, edit->withdrawn, (guint)edit->sequence,
                       error))
    return FALSE;
  cr_json_add_change (builder, edit->change);
  edit->answer = cr_json_build (builder, NULL);
  return cr_access_note (tx, access, edit->withdrawn ? "withdraw" : cr_change_kind_name (edit->change->kind),
                         "change", edit->change->id, error);
}

static gboolean
encode_edit (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Edit *edit = data;

  cr_timetables_refresh (http->timetables);
  cr_response_take_text (response, edit->withdrawn ? 200 : 201, "application/json",
                         g_steal_pointer (&edit->answer));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  if (!edit->withdrawn) {
    g_autofree gchar *lesson_id =
        cr_lesson_id_format (edit->change->course_id, edit->change->date, edit->change->id);
    g_autofree gchar *location =
        g_strdup_printf ("/api/v1/lessons/%s/changes/%s", lesson_id, edit->change->id);

    soup_message_headers_replace (response->headers, "Location", location);
  }
  return TRUE;
}

static gboolean
start (CrHttp *http, CrRequest *request, CrResponse *response, Edit *edit, gboolean ready, GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = run_edit, .encode = encode_edit, .destroy = edit_free};

  if (ready)
    return cr_job_start (http, request, response, &job, edit, error);
  edit_free (edit);
  return FALSE;
}

/* What bodies hold, as the fields' reader wants it. */
typedef struct {
  gchar *course_id, *date, *teacher_id, *reason;
  gint64 period;
} Body;

static void
body_clear (Body *body)
{
  g_free (body->course_id);
  g_free (body->date);
  g_free (body->teacher_id);
  g_free (body->reason);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Body, body_clear)

static gboolean
refuse (GError **error, const gchar *why)
{
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST, why);
  return FALSE;
}

/* What the body says goes into the change. */
static gboolean
take (Body *body, CrChange *change, GError **error)
{
  if (body->date != NULL) {
    change->new_date = cr_date_parse (body->date);
    if (change->new_date == CR_DATE_NONE)
      return refuse (error, "the date must be such as 2026-09-07");
  }
  if (body->period < 0 || body->period > CR_BELLS_MAX_PERIOD)
    return refuse (error, "there is no such period");
  if (body->reason != NULL && g_utf8_strlen (body->reason, -1) > REASON_MAX_CHARS)
    return refuse (error, "the reason is too long");
  change->new_period = (guint)body->period;
  change->new_teacher_id = g_steal_pointer (&body->teacher_id);
  g_free (change->reason);
  change->reason = body->reason != NULL ? g_steal_pointer (&body->reason) : g_strdup ("");
  return TRUE;
}

/* For a lesson that is there: its course, and the date that the rule gives it. */
static Edit *
edit_of_lesson (const CrHttp *http, const CrRequest *request, CrChangeKind kind, GError **error)
{
  g_autofree gchar *course_id = NULL, *added_id = NULL;
  CrDate rule_date = CR_DATE_NONE;
  Edit *edit;

  if (!cr_lesson_id_parse (request->params[0], &course_id, &rule_date, &added_id)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such lesson");
    return NULL;
  }
  edit = g_new0 (Edit, 1);
  edit->chinese = cr_request_is_chinese (request);
  edit->webhook = http->config->webhook_url != NULL;
  edit->change = cr_change_new (NULL, course_id, kind, rule_date);
  return edit;
}

static gboolean
change_lesson (CrHttp *http, CrRequest *request, CrResponse *response, CrChangeKind kind,
               const CrField *fields, guint n_fields, Body *body, GError **error)
{
  Edit *edit = edit_of_lesson (http, request, kind, error);

  if (edit == NULL)
    return FALSE;
  if (edit->change->date == CR_DATE_NONE) { /* an added lesson is withdrawn and added anew */
    edit_free (edit);
    return cr_refuse (error, CR_REFUSAL_INVALID, NULL, cr_request_is_chinese (request),
                      "补课请撤销后重新安排", "an added lesson is withdrawn and added again");
  }
  return start (http, request, response, edit,
                cr_request_get_version (request, &edit->sequence, error) &&
                    cr_body_read (request, fields, n_fields, error) && take (body, edit->change, error),
                error);
}

gboolean
cr_handle_lesson_move (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_auto (Body) body = {0};
  const CrField fields[] = {{"new_date", CR_FIELD_STRING, FALSE, &body.date},
                            {"new_period", CR_FIELD_INT, FALSE, &body.period},
                            {"new_teacher_id", CR_FIELD_STRING, FALSE, &body.teacher_id},
                            {"reason", CR_FIELD_STRING, FALSE, &body.reason}};

  return change_lesson (http, request, response, CR_CHANGE_MOVE, fields, G_N_ELEMENTS (fields), &body, error);
}

gboolean
cr_handle_lesson_cancel (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_auto (Body) body = {0};
  const CrField fields[] = {{"reason", CR_FIELD_STRING, FALSE, &body.reason}};

  return change_lesson (http, request, response, CR_CHANGE_CANCEL, fields, G_N_ELEMENTS (fields), &body,
                        error);
}

gboolean
cr_handle_lesson_substitute (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_auto (Body) body = {0};
  const CrField fields[] = {{"teacher_id", CR_FIELD_STRING, TRUE, &body.teacher_id},
                            {"reason", CR_FIELD_STRING, FALSE, &body.reason}};

  return change_lesson (http, request, response, CR_CHANGE_STAFF, fields, G_N_ELEMENTS (fields), &body,
                        error);
}

gboolean
cr_handle_lesson_add (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_auto (Body) body = {0};
  const CrField fields[] = {{"course_id", CR_FIELD_STRING, TRUE, &body.course_id},
                            {"date", CR_FIELD_STRING, TRUE, &body.date},
                            {"period", CR_FIELD_INT, FALSE, &body.period},
                            {"teacher_id", CR_FIELD_STRING, FALSE, &body.teacher_id},
                            {"reason", CR_FIELD_STRING, FALSE, &body.reason}};
  Edit *edit;

  if (!cr_body_read (request, fields, G_N_ELEMENTS (fields), error))
    return FALSE;
  edit = g_new0 (Edit, 1);
  edit->chinese = cr_request_is_chinese (request);
  edit->webhook = http->config->webhook_url != NULL;
  edit->change = cr_change_new (NULL, body.course_id, CR_CHANGE_ADD, CR_DATE_NONE);
  return start (http, request, response, edit, take (&body, edit->change, error), error);
}

gboolean
cr_handle_lesson_withdraw (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  Edit *edit = edit_of_lesson (http, request, CR_CHANGE_MOVE, error);

  if (edit == NULL)
    return FALSE;
  edit->withdrawn = TRUE;
  edit->change_id = g_strdup (request->params[1]);
  return start (http, request, response, edit, TRUE, error);
}

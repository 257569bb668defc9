/* SPDX-License-Identifier: Apache-2.0
 *
 * What people do in a lesson: POST /api/v1/lessons/{lesson}/hand, /floor, /mute, /notes and /call. Each may
 * be repeated and says the same again; 204 once it is on the disk. A classroom acts for itself alone, who
 * gives the lesson for all. The route has asked whether somebody may do such a thing here; for whom, is asked
 * here.
 */
#include "exchange/refusal.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/lesson-class.h"

#include <string.h>

typedef struct {
  CrHttp *http;
  CrRequest *request;
  CrResponse *response;
} Answer;

static void
on_kept (const GError *error, gpointer data)
{
  g_autofree Answer *answer = data;

  if (error == NULL)
    cr_response_set_empty (answer->response, 204);
  cr_request_release (answer->http, answer->request, answer->response, error);
}

static gboolean
answer_when_kept (CrHttp *http, CrRequest *request, CrResponse *response)
{
  Answer *answer = g_new0 (Answer, 1);

  *answer = (Answer){.http = http, .request = request, .response = response};
  cr_request_hold (request);
  cr_lesson_when_kept (request->lesson, on_kept, answer);
  return TRUE;
}

static gboolean
may_edit (const CrRequest *request)
{
  CrObject object;

  cr_lesson_get_object (request->lesson, &object);
  return cr_authorize (request->actor, CR_VERB_EDIT, &object);
}

static gboolean
forbid (GError **error, const gchar *why)
{
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN, why);
  return FALSE;
}

/* A stuck key or a broken page: nobody presses a button five times a second. Holders of one configured token
 * share it, and so do those who sign in to one account. */
static gboolean
check_rate (CrHttp *http, const CrRequest *request, CrResponse *response, GError **error)
{
  const CrActor *actor = request->actor;
  g_autofree gchar *who = g_strdup_printf ("%s %s", cr_lesson_get_id (request->lesson),
                                           actor->id != NULL ? actor->id : actor->name);

  if (cr_rate_limit_take (http->action_limit, who,
                          cr_clock_monotonic_us (cr_lessons_get_clock (http->lessons))))
    return TRUE;
  soup_message_headers_replace (response->headers, "Retry-After", "1");
  g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_TOO_OFTEN, "too often: wait for a second");
  return FALSE;
}

/* The hand. */

gboolean
cr_handle_lesson_hand (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const gchar *own = cr_lesson_classroom_of (request->lesson, request->actor);
  g_autofree gchar *classroom = NULL;
  gboolean raised = FALSE;
  const CrField fields[] = {{"raised", CR_FIELD_BOOLEAN, TRUE, &raised},
                            {"classroom", CR_FIELD_STRING, FALSE, &classroom}};

  if (!check_rate (http, request, response, error) ||
      !cr_body_read (request, fields, G_N_ELEMENTS (fields), error))
    return FALSE;
  if (classroom == NULL)
    classroom = g_strdup (own);
  if (classroom == NULL)
    return cr_refuse (error, CR_REFUSAL_INVALID, "classroom", response->chinese, "请说明是哪间教室",
                      "say which classroom");
  if (g_strcmp0 (classroom, own) != 0) {
    if (!may_edit (request))
      return forbid (error, "a classroom raises its own hand only");
    if (raised)
      return cr_refuse (error, CR_REFUSAL_INVALID, "raised", response->chinese, "只有教室自己可以举手",
                        "only a classroom itself raises its hand");
  }
  return cr_lesson_set_hand (request->lesson, classroom, raised, error) &&
         answer_when_kept (http, request, response);
}

/* The floor, and mutes. */

static gboolean
has_twice (gchar **list)
{
  for (guint i = 0; list[i] != NULL; i++) {
    if (g_strv_contains ((const gchar *const *)list + i + 1, list[i]))
      return TRUE;
  }
  return FALSE;
}

gboolean
cr_handle_lesson_floor (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_auto (GStrv) classrooms = NULL;
  const CrField fields[] = {{"classrooms", CR_FIELD_STRINGS, TRUE, &classrooms}};

  if (!cr_body_read (request, fields, G_N_ELEMENTS (fields), error))
    return FALSE;
  if (classrooms == NULL || g_strv_length (classrooms) > CR_FLOOR_N_SLOTS || has_twice (classrooms))
    return cr_refuse (error, CR_REFUSAL_INVALID, "classrooms", response->chinese,
                      "同时发言的教室最多两间，且不能重复",
                      "at most two different classrooms have the floor");
  return cr_lesson_set_floor (request->lesson, (const gchar *const *)classrooms, error) &&
         answer_when_kept (http, request, response);
}

gboolean
cr_handle_lesson_mute (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  g_autofree gchar *classroom = NULL;
  gboolean muted = FALSE;
  const CrField fields[] = {{"classroom", CR_FIELD_STRING, TRUE, &classroom},
                            {"muted", CR_FIELD_BOOLEAN, TRUE, &muted}};

  return cr_body_read (request, fields, G_N_ELEMENTS (fields), error) &&
         cr_lesson_set_muted (request->lesson, classroom, muted, error) &&
         answer_when_kept (http, request, response);
}

/* Notes to the teacher. */

static gboolean
check_text (const gchar *code, const gchar *text, gboolean chinese, GError **error)
{
  if (g_str_equal (code, "other") && (text == NULL || *text == '\0'))
    return cr_refuse (error, CR_REFUSAL_INVALID, "text", chinese, "请写一句话", "write a sentence");
  if (text != NULL && g_utf8_strlen (text, -1) > CR_NOTE_MAX_CHARS)
    return cr_refuse (error, CR_REFUSAL_INVALID, "text", chinese, "最多 200 字", "at most 200 characters");
  if (text != NULL && !cr_note_is_line (text))
    return cr_refuse (error, CR_REFUSAL_INVALID, "text", chinese, "只能写一行", "one line only");
  return TRUE;
}

gboolean
cr_handle_lesson_notes (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const gchar *own = cr_lesson_classroom_of (request->lesson, request->actor);
  g_autofree gchar *code = NULL;
  g_autofree gchar *text = NULL;
  const CrField fields[] = {{"code", CR_FIELD_STRING, TRUE, &code}, {"text", CR_FIELD_STRING, FALSE, &text}};

  if (own == NULL)
    return forbid (error, "notes are for the classrooms of this lesson");
  if (!check_rate (http, request, response, error) ||
      !cr_body_read (request, fields, G_N_ELEMENTS (fields), error))
    return FALSE;
  if (!cr_note_is_code (code))
    return cr_refuse (error, CR_REFUSAL_INVALID, "code", response->chinese, "没有这种留言",
                      "code is cannot-hear, cannot-see, slow-down, ready or other");
  return check_text (code, text, response->chinese, error) &&
         cr_lesson_add_note (request->lesson, own, code, text, error) &&
         answer_when_kept (http, request, response);
}

/* Calls for the coordinator. */

/* For whom an actor calls; NULL: nobody, coordinators are called. */
static const gchar *
caller_of (const CrRequest *request)
{
  const gchar *own = cr_lesson_classroom_of (request->lesson, request->actor);

  if (own == NULL && request->actor->role == CR_ROLE_TEACHER && may_edit (request))
    return CR_CALL_BY_TEACHER;
  return own;
}

gboolean
cr_handle_lesson_call (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const gchar *own = caller_of (request);
  g_autofree gchar *who = NULL;
  gboolean open = FALSE;
  const CrField fields[] = {{"open", CR_FIELD_BOOLEAN, TRUE, &open},
                            {"classroom", CR_FIELD_STRING, FALSE, &who}};

  if (!check_rate (http, request, response, error) ||
      !cr_body_read (request, fields, G_N_ELEMENTS (fields), error))
    return FALSE;
  if (who == NULL)
    who = g_strdup (own);
  if (who == NULL)
    return cr_refuse (error, CR_REFUSAL_INVALID, "classroom", response->chinese, "请说明是谁的呼叫",
                      "say whose call");
  if (g_strcmp0 (who, own) != 0) {
    if (request->actor->role != CR_ROLE_COORDINATOR || !may_edit (request))
      return forbid (error, "a call is closed by who made it, or by a coordinator");
    if (open)
      return cr_refuse (error, CR_REFUSAL_INVALID, "open", response->chinese, "协调员只能结束呼叫",
                        "a coordinator closes calls only");
  }
  return cr_lesson_set_call (request->lesson, who, open, error) && answer_when_kept (http, request, response);
}

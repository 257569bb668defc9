/* SPDX-License-Identifier: Apache-2.0
 *
 * From what a request shows to an actor, and from the actor to yes or no. What the table of rules says of
 * objects in the database is asked by the job that finds them (job.h); here it is asked whether there can be
 * any.
 */
#include "http/auth.h"

#include "http/cookie.h"
#include "people/credentials.h"

#include <string.h>

gchar *
cr_bearer_token (const CrRequest *request)
{
  const gchar *value = cr_request_get_header (request, "Authorization");
  gsize length;

  if (value == NULL || g_ascii_strncasecmp (value, "Bearer ", strlen ("Bearer ")) != 0)
    return NULL;
  value += strlen ("Bearer ");
  while (*value == ' ')
    value++;
  length = strspn (value, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~+/=");
  if (length == 0 || length > CR_TOKEN_MAX_BYTES || value[length] != '\0')
    return NULL;
  return g_strdup (value);
}

/* Loopback at both ends and in the Host header, so that no page of another name (DNS rebinding) and nobody
 * behind a proxy gets in. */
static gboolean
is_local_request (const CrRequest *request)
{
  const gchar *host = cr_request_get_header (request, "Host");
  g_autofree gchar *url = NULL;
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (!request->peer_is_loopback || cr_request_is_forwarded (request) || host == NULL)
    return FALSE;
  url = g_strdup_printf ("http://%s/", host);
  uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || g_uri_get_userinfo (uri) != NULL)
    return FALSE;
  if (g_ascii_strcasecmp (g_uri_get_host (uri), "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (g_uri_get_host (uri));
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
refuse_lesson (CrRequest *request, const CrObject *object, GError **error)
{
  if (object != NULL && cr_authorize (request->actor, CR_VERB_VIEW, object))
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN, "you may not do that here");
  else
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such lesson");
  return FALSE;
}

static gboolean
admit_to_lesson (CrHttp *http, const CrRoute *route, CrRequest *request, GError **error)
{
  CrLesson *lesson = cr_lessons_find (http->lessons, request->params[0]);
  CrObject object;

  if (lesson == NULL)
    return refuse_lesson (request, NULL, error);
  cr_lesson_get_object (lesson, &object);
  if (!cr_authorize (request->actor, route->verb, &object))
    return refuse_lesson (request, &object, error);
  request->lesson = lesson;
  return TRUE;
}

/* Once it is known who asks. */
static gboolean
admit (CrHttp *http, const CrRoute *route, CrRequest *request, GError **error)
{
  if (route->object == CR_OBJECT_LESSON && strstr (route->pattern, "{lesson}") != NULL)
    return admit_to_lesson (http, route, request, error);
  if (cr_authorize_kind (request->actor, route->verb, route->object))
    return TRUE;
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN,
                       request->actor->must_change ? "change your password first" : "you may not do that");
  return FALSE;
}

static void
set_no_token (GError **error)
{
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NO_TOKEN, "sign in, or show a token");
}

static void
set_invalid_token (GError **error)
{
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_INVALID_TOKEN, "this token is not valid here");
}

gboolean
cr_auth_find_token (CrHttp *http, const CrRoute *route, CrRequest *request, GError **error)
{
  g_autofree gchar *token = cr_bearer_token (request);
  const CrActor *actor = NULL;
  CrLesson *lesson;

  if (cr_request_get_header (request, "Authorization") == NULL) {
    set_no_token (error);
    return FALSE;
  }
  if (token != NULL && (route->who & CR_WHO_TOKEN) != 0)
    actor = cr_lessons_authenticate (http->lessons, token, &lesson);
  if (actor == NULL) {
    set_invalid_token (error);
    return FALSE;
  }
  request->actor = cr_actor_ref (actor);
  return admit (http, route, request, error);
}

/* A question to the database. */
typedef struct {
  CrHttp *http;
  const CrRoute *route;
  CrRequest *request;
  CrAuthFunc done;
  gpointer data;
  gboolean by_cookie;
  CrTokenHash hash;
  gint64 now;
  CrActor *actor;
  gboolean stale;
} Question;

static void
question_free (gpointer data)
{
  Question *question = data;

  g_clear_pointer (&question->actor, cr_actor_unref);
  g_free (question);
}

static gboolean
ask (CrStoreTx *tx, gpointer data, GError **error)
{
  Question *question = data;

  question->actor = (question->by_cookie ? cr_session_authenticate : cr_device_authenticate) (
      tx, &question->hash, question->now, &question->stale, error);
  return question->actor != NULL;
}

static gboolean
touch (CrStoreTx *tx, gpointer data, GError **error)
{
  Question *question = data;

  return cr_credential_touch (tx, question->actor, question->now, error);
}

/* When it fails, it will be due again with the next request. */
static void
touch_later (const Question *question)
{
  Question *copy;

  if (!question->stale || question->http->closing)
    return;
  copy = g_memdup2 (question, sizeof *question);
  copy->actor = cr_actor_ref (question->actor);
  cr_store_run (question->http->store, touch, copy, question_free, NULL, NULL);
}

static void
on_asked (gpointer data, const GError *error, gpointer done_data)
{
  Question *question = data;
  g_autoptr (GError) why = NULL;

  if (error == NULL) {
    question->request->actor = cr_actor_ref (question->actor);
    touch_later (question);
    if (!admit (question->http, question->route, question->request, &why))
      error = why;
  } else if (g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND)) {
    set_invalid_token (&why);
    error = why;
  }
  question->done (error, question->data);
}

static void
ask_store (CrHttp *http, const CrRoute *route, CrRequest *request, const gchar *token, gboolean by_cookie,
           CrAuthFunc done, gpointer data)
{
  Question *question = g_new0 (Question, 1);
  const CrClock *clock = cr_lessons_get_clock (http->lessons);

  *question = (Question){.http = http,
                         .route = route,
                         .request = request,
                         .done = done,
                         .data = data,
                         .by_cookie = by_cookie,
                         .now = cr_clock_wall_us (clock) / G_USEC_PER_SEC};
  cr_token_hash (token, &question->hash);
  cr_store_read (http->store, ask, question, question_free, on_asked, NULL);
}

static gboolean
check_place (CrHttp *http, const CrRoute *route, CrRequest *request, GError **error)
{
  if ((route->flags & CR_ROUTE_LOOPBACK) != 0 && !is_local_request (request)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "nothing here");
    return FALSE;
  }
  return (route->flags & CR_ROUTE_OWN_PAGES) == 0 || cr_origin_check (http, request, FALSE, error);
}

/* The secret to ask the database about, or NULL with why there is none. */
static gchar *
take_secret (CrHttp *http, const CrRoute *route, CrRequest *request, gboolean *by_cookie, GError **error)
{
  gboolean has_header = cr_request_get_header (request, "Authorization") != NULL;
  g_autofree gchar *secret = NULL;

  *by_cookie = !has_header;
  if (has_header && (route->who & CR_WHO_DEVICE) != 0)
    secret = cr_bearer_token (request);
  else if (!has_header && (route->who & CR_WHO_PERSON) != 0)
    secret = cr_cookie_get (http, request);
  if (secret == NULL || http->store == NULL || http->closing) {
    if (has_header || secret != NULL)
      set_invalid_token (error);
    else
      set_no_token (error);
    return NULL;
  }
  if (*by_cookie && !cr_origin_check (http, request, TRUE, error))
    return NULL;
  return g_steal_pointer (&secret);
}

void
cr_auth_find (CrHttp *http, const CrRoute *route, CrRequest *request, CrAuthFunc done, gpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *secret = NULL;
  gboolean by_cookie;

  request->verb = route->verb;
  request->object = route->object;
  if (!check_place (http, route, request, &error) || route->who == 0) {
    done (error, data);
    return;
  }
  if ((route->who & CR_WHO_TOKEN) != 0 &&
      (cr_auth_find_token (http, route, request, &error) || request->actor != NULL)) {
    done (error, data);
    return;
  }
  g_clear_error (&error);
  secret = take_secret (http, route, request, &by_cookie, &error);
  if (secret == NULL)
    done (error, data);
  else
    ask_store (http, route, request, secret, by_cookie, done, data);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Requests and responses as plain structs, and the questions that several handlers ask of a request.
 */
#include "http/http.h"

#include "http/event-hub.h"
#include "http/rights-watch.h"

#include <string.h>

G_DEFINE_QUARK (cr_http_error, cr_http_error)

/* Wrong pairing codes: a coordinator mistypes a few; 13 thousand million codes at one in half a minute are
 * safe. */
#define CONFIRM_FREE       10
#define CONFIRM_MAX_WAIT_S 30

/* Hands, notes and calls of one actor: quick fingers, no more. */
#define ACTIONS_PER_S 5

CrHttp *
cr_http_new (const CrConfig *config, CrLessons *lessons)
{
  CrHttp *http = g_new0 (CrHttp, 1);

  http->config = config;
  http->lessons = lessons;
  http->file_etags = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  http->signin_limit = cr_signin_limit_new ();
  http->confirm_limit = cr_attempts_new (CONFIRM_FREE, CONFIRM_MAX_WAIT_S);
  http->action_limit = cr_rate_limit_new (ACTIONS_PER_S, ACTIONS_PER_S);
  http->slides = cr_slides_new ();
  http->events = cr_event_hub_new (http);
  http->rights = cr_rights_watch_new (http);
  return http;
}

void
cr_http_take_store (CrHttp *http, CrStore *store, const CrPasswordCost *cost)
{
  http->store = store;
  http->timetables = cr_timetables_new (store);
  http->passwords = cr_passwords_new (cost);
}

void
cr_http_free (CrHttp *http)
{
  http->closing = TRUE;
  g_clear_pointer (&http->passwords, cr_passwords_free);
  g_clear_pointer (&http->store, cr_store_free);
  g_clear_pointer (&http->timetables, cr_timetables_free);
  g_clear_pointer (&http->rights, cr_rights_watch_free); /* what it asked the store has been answered */
  g_clear_pointer (&http->events, cr_event_hub_free);
  cr_signin_limit_free (http->signin_limit);
  cr_attempts_free (http->confirm_limit);
  cr_rate_limit_free (http->action_limit);
  cr_slides_free (http->slides);
  if (http->demo_json != NULL)
    explicit_bzero (http->demo_json, strlen (http->demo_json));
  g_free (http->demo_json);
  g_hash_table_unref (http->file_etags);
  g_free (http);
}

CrDate
cr_http_today (const CrHttp *http)
{
  gint64 now = cr_clock_wall_us (cr_lessons_get_clock (http->lessons)) / G_USEC_PER_SEC;
  GPtrArray *terms = http->timetables != NULL ? cr_timetables_all (http->timetables) : NULL;

  if (terms == NULL || terms->len == 0)
    return (CrDate)(now / (24 * 60 * 60));
  return cr_term_date_at (cr_timetable_term (terms->pdata[0]), now, NULL);
}

const gchar *
cr_http_current_term_id (const CrHttp *http)
{
  CrTimetable *timetable =
      http->timetables != NULL ? cr_timetables_on (http->timetables, cr_http_today (http)) : NULL;

  return timetable != NULL ? cr_timetable_term (timetable)->id : NULL;
}

CrRequest *
cr_request_new (const gchar *method, const gchar *path, const gchar *query, SoupMessageHeaders *headers,
                gboolean peer_is_loopback)
{
  CrRequest *request = g_new0 (CrRequest, 1);

  request->method = g_strdup (method);
  request->path = g_strdup (path);
  request->query = g_strdup (query);
  request->headers = soup_message_headers_ref (headers);
  request->peer_is_loopback = peer_is_loopback;
  request->max_body_bytes = CR_HTTP_MAX_BODY_BYTES;
  return request;
}

void
cr_request_free (CrRequest *request)
{
  g_free (request->method);
  g_free (request->path);
  g_free (request->query);
  soup_message_headers_unref (request->headers);
  g_free (request->peer_address);
  g_clear_pointer (&request->body, g_bytes_unref);
  g_clear_pointer (&request->actor, cr_actor_unref);
  for (guint i = 0; i < CR_HTTP_MAX_PARAMS; i++)
    g_free (request->params[i]);
  g_free (request);
}

const gchar *
cr_request_get_header (const CrRequest *request, const gchar *name)
{
  return soup_message_headers_get_list (request->headers, name);
}

gchar *
cr_request_get_query (const CrRequest *request, const gchar *name)
{
  g_autoptr (GHashTable) pairs = NULL;

  if (request->query == NULL)
    return NULL;
  pairs = g_uri_parse_params (request->query, -1, "&", G_URI_PARAMS_WWW_FORM, NULL);
  return pairs != NULL ? g_strdup (g_hash_table_lookup (pairs, name)) : NULL;
}

gboolean
cr_request_is_forwarded (const CrRequest *request)
{
  static const gchar *const names[] = {"Forwarded",         "X-Forwarded-For", "X-Forwarded-Host",
                                       "X-Forwarded-Proto", "X-Real-IP",       "Via"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    if (cr_request_get_header (request, names[i]) != NULL)
      return TRUE;
  }
  return FALSE;
}

static gboolean
is_loopback_address (const gchar *text)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  return address != NULL && g_inet_address_get_is_loopback (address);
}

/* A client may forge the header's beginning, never its end, which our proxy wrote: all must be loopback. */
gboolean
cr_request_is_from_loopback (const CrRequest *request)
{
  const gchar *forwarded = cr_request_get_header (request, "X-Forwarded-For");
  g_auto (GStrv) hops = NULL;

  if (!request->peer_is_loopback)
    return FALSE;
  if (forwarded == NULL)
    return !cr_request_is_forwarded (request);
  hops = g_strsplit (forwarded, ",", -1);
  for (guint i = 0; hops[i] != NULL; i++) {
    if (!is_loopback_address (g_strstrip (hops[i])))
      return FALSE;
  }
  return TRUE;
}

/* The weight of a language range (RFC 9110 section 12.4.2), in thousandths. */
static gint
weight_of (gchar *range)
{
  gchar *parameter = strchr (range, ';');
  gchar *q = parameter != NULL ? strstr (parameter, "q=") : NULL;

  if (parameter != NULL)
    *parameter = '\0';
  return q != NULL ? (gint)(g_ascii_strtod (q + strlen ("q="), NULL) * 1000) : 1000;
}

gboolean
cr_request_is_chinese (const CrRequest *request)
{
  const gchar *header = cr_request_get_header (request, "Accept-Language");
  g_auto (GStrv) ranges = g_strsplit (header != NULL ? header : "", ",", -1);
  gint chinese = 0, english = 0;

  for (guint i = 0; ranges[i] != NULL; i++) {
    gint weight = weight_of (g_strstrip (ranges[i]));
    gint *best = g_ascii_strncasecmp (ranges[i], "zh", 2) == 0   ? &chinese
                 : g_ascii_strncasecmp (ranges[i], "en", 2) == 0 ? &english
                                                                 : NULL;

    if (best != NULL)
      *best = MAX (*best, weight);
  }
  return chinese >= english;
}

gchar *
cr_request_get_address (const CrRequest *request)
{
  const gchar *forwarded =
      request->peer_is_loopback ? cr_request_get_header (request, "X-Forwarded-For") : NULL;
  const gchar *last = forwarded != NULL ? strrchr (forwarded, ',') : NULL;
  g_autofree gchar *text = g_strdup (last != NULL ? last + 1 : forwarded);

  if (text != NULL && g_hostname_is_ip_address (g_strstrip (text)))
    return g_steal_pointer (&text);
  return g_strdup (request->peer_address != NULL ? request->peer_address : "unknown");
}

gboolean
cr_request_is_secure (const CrHttp *http, const CrRequest *request)
{
  const gchar *scheme = cr_request_get_header (request, "X-Forwarded-Proto");

  if (http->config->public_url != NULL)
    return g_str_has_prefix (http->config->public_url, "https://");
  return request->peer_is_loopback && scheme != NULL && g_ascii_strcasecmp (scheme, "https") == 0;
}

CrResponse *
cr_response_new (void)
{
  CrResponse *response = g_new0 (CrResponse, 1);

  response->headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  return response;
}

void
cr_response_free (CrResponse *response)
{
  soup_message_headers_unref (response->headers);
  g_clear_pointer (&response->body, g_bytes_unref);
  if (response->stream_destroy != NULL)
    response->stream_destroy (response->stream_data);
  g_free (response);
}

void
cr_response_set_body (CrResponse *response, guint status, const gchar *content_type, GBytes *body)
{
  response->status = status;
  soup_message_headers_replace (response->headers, "Content-Type", content_type);
  g_clear_pointer (&response->body, g_bytes_unref);
  response->body = body;
}

void
cr_response_take_text (CrResponse *response, guint status, const gchar *content_type, gchar *text)
{
  cr_response_set_body (response, status, content_type, g_bytes_new_take (text, strlen (text)));
}

void
cr_response_set_empty (CrResponse *response, guint status)
{
  response->status = status;
  g_clear_pointer (&response->body, g_bytes_unref);
}

void
cr_response_set_stream (CrResponse *response, const gchar *content_type, CrStreamFunc stream, gpointer data,
                        GDestroyNotify destroy)
{
  cr_response_set_empty (response, 200);
  soup_message_headers_replace (response->headers, "Content-Type", content_type);
  response->stream = stream;
  response->stream_data = data;
  response->stream_destroy = destroy;
}

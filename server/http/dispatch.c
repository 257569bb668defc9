/* SPDX-License-Identifier: Apache-2.0
 *
 * Also what all answers have in common: CORS for the routes that other people's pages may use, OPTIONS, HEAD.
 */
#include "http/dispatch.h"

#include "http/auth.h"
#include "http/ice-servers.h"

/* A day: what a route allows changes with a release only. */
#define PREFLIGHT_MAX_AGE_S "86400"

/* No cookies are ever accepted on these routes, so that any origin may be told the answer. */
static void
add_cors (const CrRoute *route, CrResponse *response)
{
  if ((route->flags & CR_ROUTE_CORS) == 0)
    return;
  soup_message_headers_replace (response->headers, "Access-Control-Allow-Origin", "*");
  soup_message_headers_replace (response->headers, "Access-Control-Expose-Headers",
                                "Location, ETag, Link, Accept-Post, Accept-Patch, Allow, Retry-After, "
                                "WWW-Authenticate");
}

/* A preflight carries no credentials (Fetch section 4.8) and must learn nothing but what is allowed. */
static void
answer_options (CrHttp *http, CrRequest *request, const CrRouteMatch *match, CrResponse *response)
{
  gboolean is_preflight = cr_request_get_header (request, "Access-Control-Request-Method") != NULL;

  cr_response_set_empty (response, 200);
  soup_message_headers_replace (response->headers, "Allow", match->allow);
  if (match->accept_post != NULL)
    soup_message_headers_replace (response->headers, "Accept-Post", match->accept_post);
  if (match->accept_patch != NULL)
    soup_message_headers_replace (response->headers, "Accept-Patch", match->accept_patch);
  if ((match->any_route->flags & CR_ROUTE_CORS) != 0) {
    soup_message_headers_replace (response->headers, "Access-Control-Allow-Methods", match->allow);
    soup_message_headers_replace (response->headers, "Access-Control-Allow-Headers",
                                  "Authorization, Content-Type, If-Match, If-None-Match, Last-Event-ID");
    soup_message_headers_replace (response->headers, "Access-Control-Max-Age", PREFLIGHT_MAX_AGE_S);
  }
  if (!is_preflight && (match->any_route->flags & CR_ROUTE_ICE_SERVERS) != 0 &&
      cr_auth_find_token (http, match->any_route, request, NULL))
    cr_ice_servers_add_links (http->config, request->actor, g_get_real_time (), response->headers);
}

/* RFC 9110 section 8.3.1: the type is compared without case and without parameters. */
static gboolean
check_type (const CrRoute *route, const CrRequest *request, GError **error)
{
  const gchar *type = soup_message_headers_get_content_type (request->headers, NULL);

  if (route->body_type == NULL || (type != NULL && g_ascii_strcasecmp (type, route->body_type) == 0))
    return TRUE;
  g_set_error (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNSUPPORTED_TYPE, "the body must be %s", route->body_type);
  return FALSE;
}

static void
set_too_large (const CrRequest *request, GError **error)
{
  g_set_error (error, CR_HTTP_ERROR, CR_HTTP_ERROR_TOO_LARGE,
               "a body may have at most %" G_GSIZE_FORMAT " bytes", request->max_body_bytes);
}

static gboolean
check_declared_size (const CrRequest *request, GError **error)
{
  if (soup_message_headers_get_encoding (request->headers) != SOUP_ENCODING_CONTENT_LENGTH ||
      soup_message_headers_get_content_length (request->headers) <= (goffset)request->max_body_bytes)
    return TRUE;
  set_too_large (request, error);
  return FALSE;
}

static const CrRoute *
find_route (const CrRouteMatch *match, CrResponse *response, GError **error)
{
  if (!match->path_known) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "nothing here");
    return NULL;
  }
  if (match->route == NULL) {
    soup_message_headers_replace (response->headers, "Allow", match->allow);
    g_set_error (error, CR_HTTP_ERROR, CR_HTTP_ERROR_METHOD_NOT_ALLOWED, "allowed here: %s", match->allow);
    return NULL;
  }
  return match->route;
}

static void
take_params (CrRequest *request, CrRouteMatch *match)
{
  for (guint i = 0; i < CR_HTTP_MAX_PARAMS; i++)
    request->params[i] = g_steal_pointer (&match->params[i]);
}

/* What goes on when it is known who asks. */
typedef struct {
  CrHttp *http;
  const CrRoute *route;
  CrRequest *request;
  CrResponse *response;
  CrDispatchFunc done;
  gpointer data;
} Head;

static void
on_actor_found (const GError *error, gpointer data)
{
  g_autofree Head *head = data;
  g_autoptr (GError) why = NULL;

  if (error == NULL &&
      (!check_declared_size (head->request, &why) || !check_type (head->route, head->request, &why)))
    error = why;
  if (error != NULL)
    cr_problem_respond (head->http, error, head->response);
  head->done (error == NULL ? head->route : NULL, head->data);
}

static void
find_actor (CrHttp *http, const CrRoute *route, CrRequest *request, CrResponse *response, CrDispatchFunc done,
            gpointer data)
{
  Head *head = g_new0 (Head, 1);

  *head = (Head){
      .http = http, .route = route, .request = request, .response = response, .done = done, .data = data};
  cr_auth_find (http, route, request, on_actor_found, head);
}

void
cr_dispatch_head (CrHttp *http, CrRequest *request, CrResponse *response, CrDispatchFunc done, gpointer data)
{
  g_auto (CrRouteMatch) match = {0};
  g_autoptr (GError) error = NULL;
  const CrRoute *route;

  cr_routes_match (request->method, request->path, &match);
  take_params (request, &match);
  if (match.path_known)
    add_cors (match.any_route, response);
  if (match.path_known && g_str_equal (request->method, "OPTIONS")) {
    answer_options (http, request, &match, response);
    done (NULL, data);
    return;
  }

  response->chinese = cr_request_is_chinese (request);
  route = find_route (&match, response, &error);
  if (route != NULL) {
    if ((route->flags & CR_ROUTE_FILE) != 0)
      request->max_body_bytes = CR_HTTP_MAX_FILE_BYTES;
    if ((route->flags & CR_ROUTE_PICTURE) != 0)
      request->max_body_bytes = CR_HTTP_MAX_PICTURE_BYTES;
    find_actor (http, route, request, response, done, data);
    return;
  }
  cr_problem_respond (http, error, response);
  done (NULL, data);
}

void
cr_dispatch_body (CrHttp *http, const CrRoute *route, CrRequest *request, CrResponse *response)
{
  g_autoptr (GError) error = NULL;

  if (!route->handler (http, request, response, &error))
    cr_problem_respond (http, error, response);
}

void
cr_dispatch_too_large (CrHttp *http, const CrRequest *request, CrResponse *response)
{
  g_autoptr (GError) error = NULL;

  set_too_large (request, &error);
  cr_problem_respond (http, error, response);
}

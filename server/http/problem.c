/* SPDX-License-Identifier: Apache-2.0
 *
 * One function from GError to an HTTP status and an application/problem+json body (RFC 9457). The detail is
 * the error's message: those of our domains are written for the client and hold no secrets.
 */
#include "base/json.h"
#include "http/http.h"

typedef struct {
  gint code;
  guint status;
} Mapping;

static const Mapping http_map[] = {
    {CR_HTTP_ERROR_BAD_REQUEST, 400},         {CR_HTTP_ERROR_NO_TOKEN, 401},
    {CR_HTTP_ERROR_INVALID_TOKEN, 401},       {CR_HTTP_ERROR_FORBIDDEN, 403},
    {CR_HTTP_ERROR_NOT_FOUND, 404},           {CR_HTTP_ERROR_METHOD_NOT_ALLOWED, 405},
    {CR_HTTP_ERROR_TOO_LARGE, 413},           {CR_HTTP_ERROR_UNSUPPORTED_TYPE, 415},
    {CR_HTTP_ERROR_PRECONDITION_FAILED, 412}, {CR_HTTP_ERROR_PRECONDITION_REQUIRED, 428},
};

static const Mapping live_map[] = {
    {CR_LIVE_ERROR_NO_SESSION, 404}, {CR_LIVE_ERROR_NO_FLOOR, 403}, {CR_LIVE_ERROR_FULL, 503},
    {CR_LIVE_ERROR_DRAINING, 503},   {CR_LIVE_ERROR_FAILED, 500},   {CR_LIVE_ERROR_TOKEN_EXPIRED, 401},
};

static const Mapping sdp_map[] = {
    {CR_SDP_ERROR_MALFORMED, 400},
    {CR_SDP_ERROR_UNACCEPTABLE, 422},
};

static const Mapping json_map[] = {
    {CR_JSON_ERROR_TOO_DEEP, 400},
    {CR_JSON_ERROR_MALFORMED, 400},
};

static guint
look_up (const Mapping *map, gsize n, gint code)
{
  for (gsize i = 0; i < n; i++) {
    if (map[i].code == code)
      return map[i].status;
  }
  return 500;
}

guint
cr_problem_status (const GError *error)
{
  if (error->domain == CR_HTTP_ERROR)
    return look_up (http_map, G_N_ELEMENTS (http_map), error->code);
  if (error->domain == CR_LIVE_ERROR)
    return look_up (live_map, G_N_ELEMENTS (live_map), error->code);
  if (error->domain == CR_SDP_ERROR)
    return look_up (sdp_map, G_N_ELEMENTS (sdp_map), error->code);
  if (error->domain == CR_JSON_ERROR)
    return look_up (json_map, G_N_ELEMENTS (json_map), error->code);
  return 500;
}

static const gchar *
title_of (guint status)
{
  switch (status) {
  case 413:
    return "Content Too Large"; /* RFC 9110 section 15.5.14; libsoup has the older phrase */
  case 422:
    return "Unprocessable Content";
  case 428:
    return "Precondition Required";
  default:
    return soup_status_get_phrase (status);
  }
}

static gchar *
problem_text (guint status, const gchar *detail)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "title");
  json_builder_add_string_value (builder, title_of (status));
  json_builder_set_member_name (builder, "status");
  json_builder_add_int_value (builder, status);
  json_builder_set_member_name (builder, "detail");
  json_builder_add_string_value (builder, detail);
  json_builder_end_object (builder);
  return cr_json_build (builder, NULL);
}

/* RFC 6750 section 3: no error code when no token was given. */
static void
set_challenge (const GError *error, CrResponse *response)
{
  const gchar *challenge = "Bearer realm=\"classrelay\"";

  if (g_error_matches (error, CR_HTTP_ERROR, CR_HTTP_ERROR_INVALID_TOKEN))
    challenge = "Bearer realm=\"classrelay\", error=\"invalid_token\"";
  soup_message_headers_replace (response->headers, "WWW-Authenticate", challenge);
}

void
cr_problem_respond (CrHttp *http, const GError *error, CrResponse *response)
{
  guint status = cr_problem_status (error);
  const gchar *detail = status == 500 && error->domain != CR_LIVE_ERROR ? "see the log" : error->message;

  cr_response_take_text (response, status, "application/problem+json", problem_text (status, detail));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  if (status == 401)
    set_challenge (error, response);
  if (status == 503) {
    g_autofree gchar *seconds = g_strdup_printf ("%u", http->config->retry_after_s);

    soup_message_headers_replace (response->headers, "Retry-After", seconds);
  }
  if (status == 500)
    cr_log (CR_LOG_ERROR, "request-failed", "why", error->message, NULL);
}

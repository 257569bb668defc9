/* SPDX-License-Identifier: Apache-2.0
 *
 * One function from GError to an HTTP status and an application/problem+json body (RFC 9457). The detail is
 * the error's message: those of our domains are written for the client and hold no secrets.
 */
#include "exchange/refusal.h"
#include "http/body.h"
#include "http/problem-words.h"
#include "schedule/schedule-error.h"

typedef struct {
  GQuark (*domain) (void);
  gint code;
  guint status;
  const gchar *name;   /* for programs: what pages and tests tell problems apart by */
  const gchar *detail; /* NULL: the error's message, written for clients */
} Problem;

/* clang-format off */
static const Problem problems[] = {
  {cr_http_error_quark, CR_HTTP_ERROR_BAD_REQUEST,           400, "bad-request", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_NO_TOKEN,              401, "not-signed-in", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_INVALID_TOKEN,         401, "invalid-token", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_FORBIDDEN,             403, "forbidden", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_FOREIGN_ORIGIN,        403, "foreign-origin", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_NOT_SECURE,            403, "not-secure", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_NOT_FOUND,             404, "not-found", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_METHOD_NOT_ALLOWED,    405, "method-not-allowed", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_PRECONDITION_FAILED,   412, "changed-meanwhile", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_TOO_LARGE,             413, "too-large", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_UNSUPPORTED_TYPE,      415, "unsupported-type", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_PRECONDITION_REQUIRED, 428, "precondition-required", NULL},
  {cr_http_error_quark, CR_HTTP_ERROR_UNDECIDED,             500, "failed", "see the log"},
  {cr_http_error_quark, CR_HTTP_ERROR_UNAVAILABLE,           503, "unavailable", NULL},

  {cr_live_error_quark, CR_LIVE_ERROR_TOKEN_EXPIRED,         401, "invalid-token", NULL},
  {cr_live_error_quark, CR_LIVE_ERROR_ENDED,                 404, "not-found", NULL},
  {cr_live_error_quark, CR_LIVE_ERROR_NO_SESSION,            404, "no-session", NULL},
  {cr_live_error_quark, CR_LIVE_ERROR_NO_CLASSROOM,          404, "no-classroom", NULL},
  {cr_live_error_quark, CR_LIVE_ERROR_INVALID,               422, "invalid", NULL},
  {cr_live_error_quark, CR_LIVE_ERROR_FAILED,                500, "failed", NULL},
  {cr_live_error_quark, CR_LIVE_ERROR_FULL,                  503, "full", NULL},
  {cr_live_error_quark, CR_LIVE_ERROR_DRAINING,              503, "draining", NULL},

  {cr_people_error_quark, CR_PEOPLE_ERROR_PENDING,           400, "authorization_pending", NULL}, /* RFC 8628 section 3.5 */
  {cr_people_error_quark, CR_PEOPLE_ERROR_EXPIRED,           400, "expired_token", NULL},
  {cr_people_error_quark, CR_PEOPLE_ERROR_SIGN_IN,           401, "sign-in", NULL},
  {cr_people_error_quark, CR_PEOPLE_ERROR_LAST,              409, "last-coordinator", NULL},
  {cr_people_error_quark, CR_PEOPLE_ERROR_INVALID,           422, "invalid", NULL},
  {cr_people_error_quark, CR_PEOPLE_ERROR_WEAK_PASSWORD,     422, "weak-password", NULL},
  {cr_people_error_quark, CR_PEOPLE_ERROR_TOO_OFTEN,         429, "too-often", NULL},
  {cr_people_error_quark, CR_PEOPLE_ERROR_BUSY,              503, "busy", NULL},

  /* SQLite's messages name tables: they are for the log */
  {cr_store_error_quark, CR_STORE_ERROR_NOT_FOUND,           404, "not-found", "nothing here"},
  {cr_store_error_quark, CR_STORE_ERROR_CONFLICT,            409, "taken", "this is taken already"},
  {cr_store_error_quark, CR_STORE_ERROR_IN_USE,              409, "in-use", "it is still used, or what it refers to is not there"},
  {cr_store_error_quark, CR_STORE_ERROR_VERSION,             412, "changed-meanwhile", "edited by somebody else meanwhile"},
  {cr_store_error_quark, CR_STORE_ERROR_INVALID,             422, "invalid", "a value is not allowed"},
  {cr_store_error_quark, CR_STORE_ERROR_BUSY,                503, "busy", "the database is busy"},
  {cr_store_error_quark, CR_STORE_ERROR_READ_ONLY,           503, "read-only", "the database is damaged and can only be read"},
  {cr_store_error_quark, CR_STORE_ERROR_DISK,                503, "disk", "the disk is full or broken"},

  {cr_schedule_error_quark, CR_SCHEDULE_ERROR_UNKNOWN,       404, "not-found", NULL},
  {cr_schedule_error_quark, CR_SCHEDULE_ERROR_FROZEN,        409, "frozen", NULL},
  {cr_schedule_error_quark, CR_SCHEDULE_ERROR_CONFLICT,      409, "conflict", NULL},
  {cr_schedule_error_quark, CR_SCHEDULE_ERROR_TOO_LARGE,     413, "too-large", NULL},
  {cr_schedule_error_quark, CR_SCHEDULE_ERROR_INVALID,       422, "invalid", NULL},

  {cr_sdp_error_quark,  CR_SDP_ERROR_MALFORMED,              400, "malformed-sdp", NULL},
  {cr_sdp_error_quark,  CR_SDP_ERROR_UNACCEPTABLE,           422, "unacceptable-sdp", NULL},
  {cr_json_error_quark, CR_JSON_ERROR_TOO_DEEP,              400, "malformed-json", NULL},
  {cr_json_error_quark, CR_JSON_ERROR_MALFORMED,             400, "malformed-json", NULL},
};
/* clang-format on */

static const Problem *
find_problem (const GError *error)
{
  static const Problem unknown = {NULL, 0, 500, "failed", "see the log"};

  for (guint i = 0; i < G_N_ELEMENTS (problems); i++) {
    if (problems[i].domain () == error->domain && problems[i].code == error->code)
      return &problems[i];
  }
  return &unknown;
}

guint
cr_problem_status (const GError *error)
{
  return error->domain == CR_REFUSAL ? cr_refusal_status (error) : find_problem (error)->status;
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
  case 429:
    return "Too Many Requests";
  default:
    return soup_status_get_phrase (status);
  }
}

/* The words for people: what the refusal says, which knew the reader's language, or those of its code. */
static const gchar *
detail_of (const Problem *problem, const GError *error, gboolean chinese)
{
  const gchar *words = chinese ? cr_problem_words (problem->name) : NULL;

  if (words != NULL)
    return words;
  return problem->detail != NULL ? problem->detail : error->message;
}

static void
add_extra (JsonBuilder *builder, JsonNode *extra)
{
  JsonObject *object = json_node_get_object (extra);
  g_autoptr (GList) names = json_object_get_members (object);

  for (GList *l = names; l != NULL; l = l->next) {
    json_builder_set_member_name (builder, l->data);
    json_builder_add_value (builder, json_object_dup_member (object, l->data));
  }
}

static gchar *
refusal_text (const GError *error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  JsonNode *extra = cr_refusal_extra (error);

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "type", "about:blank");
  cr_json_add_string (builder, "title", title_of (cr_refusal_status (error)));
  cr_json_add_int (builder, "status", cr_refusal_status (error));
  cr_json_add_string (builder, "code", cr_refusal_code_name (error));
  if (cr_refusal_field (error) != NULL)
    cr_json_add_string (builder, "field", cr_refusal_field (error));
  cr_json_add_string (builder, "detail", error->message);
  if (extra != NULL)
    add_extra (builder, extra);
  json_builder_end_object (builder);
  return cr_json_build (builder, NULL);
}

static gchar *
problem_text (const Problem *problem, const GError *error, gboolean chinese)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree gchar *column = error->domain == CR_STORE_ERROR ? cr_store_error_column (error) : NULL;

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "type", "about:blank");
  cr_json_add_string (builder, "title", title_of (problem->status));
  cr_json_add_int (builder, "status", problem->status);
  cr_json_add_string (builder, "code", problem->name);
  if (column != NULL)
    cr_json_add_string (builder, "field", column);
  cr_json_add_string (builder, "detail", detail_of (problem, error, chinese));
  json_builder_end_object (builder);
  return cr_json_build (builder, NULL);
}

/* A dry run has been undone, which is what was asked for. */
static void
respond_refusal (const GError *error, CrResponse *response)
{
  if (error->code == CR_REFUSAL_DRY_RUN)
    cr_response_take_text (response, 200, "application/json",
                           json_to_string (cr_refusal_extra (error), FALSE));
  else
    cr_response_take_text (response, cr_refusal_status (error), "application/problem+json",
                           refusal_text (error));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
}

/* RFC 6750 section 3: no error code when no token was given. */
static void
set_challenge (const GError *error, CrResponse *response)
{
  const gchar *challenge = "Bearer realm=\"classrelay\"";

  if (g_str_equal (find_problem (error)->name, "invalid-token"))
    challenge = "Bearer realm=\"classrelay\", error=\"invalid_token\"";
  soup_message_headers_replace (response->headers, "WWW-Authenticate", challenge);
}

void
cr_problem_respond (CrHttp *http, const GError *error, CrResponse *response)
{
  const Problem *problem = find_problem (error);
  guint status = problem->status;

  if (error->domain == CR_REFUSAL) {
    respond_refusal (error, response);
    return;
  }
  cr_response_take_text (response, status, "application/problem+json",
                         problem_text (problem, error, response->chinese));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  if (status == 401)
    set_challenge (error, response);
  if (status == 503) {
    g_autofree gchar *seconds = g_strdup_printf ("%u", http->config->retry_after_s);

    soup_message_headers_replace (response->headers, "Retry-After", seconds);
  }
  if (status == 500 || (status == 503 && error->domain == CR_STORE_ERROR))
    cr_log (CR_LOG_ERROR, "request-failed", "why", error->message, NULL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The table, and finding a row of it. Rows of one path stand together. In a pattern {lesson} is always the
 * first parameter: the dispatcher checks the token against that lesson.
 */
#include "http/routes.h"

#include <string.h>

#define TOKEN       CR_WHO_TOKEN
#define PERSON      CR_WHO_PERSON
#define KNOWN       (CR_WHO_PERSON | CR_WHO_DEVICE)
#define ANY_PROOF   (CR_WHO_TOKEN | CR_WHO_PERSON | CR_WHO_DEVICE)
#define SDP         "application/sdp"
#define FRAGMENT    "application/trickle-ice-sdpfrag"
#define JSON        "application/json"
#define PNG         "image/png"
#define ENDPOINT    (CR_ROUTE_CORS | CR_ROUTE_ICE_SERVERS)
#define VIEW        CR_VERB_VIEW
#define CREATE      CR_VERB_CREATE
#define EDIT        CR_VERB_EDIT
#define DELETE      CR_VERB_DELETE
#define PUBLISH     CR_VERB_PUBLISH
#define ACKNOWLEDGE CR_VERB_ACKNOWLEDGE
#define WATCH       CR_VERB_WATCH
#define SPEAK       CR_VERB_SPEAK
#define NOTHING     CR_VERB_NONE, CR_OBJECT_NONE
#define LESSON      CR_OBJECT_LESSON

/* clang-format off */
const CrRoute cr_routes[] = {
  /* method   pattern                                who        verb and object              body      flags              handler */
  {"GET",    "/healthz",                             0,         NOTHING,                     NULL,     0,                 cr_handle_health},
  {"GET",    "/metrics",                             0,         NOTHING,                     NULL,     0,                 cr_handle_metrics},
  {"GET",    "/demo.json",                           0,         NOTHING,                     NULL,     CR_ROUTE_LOOPBACK, cr_handle_demo},

  {"POST",   "/whip/{lesson}/{source}",              TOKEN,     PUBLISH, LESSON,             SDP,      ENDPOINT,          cr_handle_whip_post},
  {"GET",    "/whip/{lesson}/{source}",              TOKEN,     PUBLISH, LESSON,             NULL,     ENDPOINT,          cr_handle_whip_get},
  {"PATCH",  "/whip/{lesson}/{source}/{session}",    TOKEN,     PUBLISH, LESSON,             FRAGMENT, CR_ROUTE_CORS,     cr_handle_whip_session_patch},
  {"DELETE", "/whip/{lesson}/{source}/{session}",    TOKEN,     PUBLISH, LESSON,             NULL,     CR_ROUTE_CORS,     cr_handle_whip_session_delete},
  {"GET",    "/whip/{lesson}/{source}/{session}",    TOKEN,     PUBLISH, LESSON,             NULL,     CR_ROUTE_CORS,     cr_handle_whip_session_get},

  {"POST",   "/whep/{lesson}",                       TOKEN,     WATCH, LESSON,               SDP,      ENDPOINT,          cr_handle_whep_post},
  {"GET",    "/whep/{lesson}",                       TOKEN,     WATCH, LESSON,               NULL,     ENDPOINT,          cr_handle_whep_get},
  {"PATCH",  "/whep/{lesson}/{session}",             TOKEN,     WATCH, LESSON,               FRAGMENT, CR_ROUTE_CORS,     cr_handle_whep_session_patch},
  {"DELETE", "/whep/{lesson}/{session}",             TOKEN,     WATCH, LESSON,               NULL,     CR_ROUTE_CORS,     cr_handle_whep_session_delete},
  {"GET",    "/whep/{lesson}/{session}",             TOKEN,     WATCH, LESSON,               NULL,     CR_ROUTE_CORS,     cr_handle_whep_session_get},

  {"GET",    "/events/{lesson}",                     ANY_PROOF, VIEW, LESSON,                NULL,     CR_ROUTE_CORS,     cr_handle_events},

  {"GET",    "/api/v1/lessons/{lesson}",             ANY_PROOF, VIEW, LESSON,                NULL,     CR_ROUTE_CORS,     cr_handle_lesson_get},
  {"GET",    "/api/v1/lessons/{lesson}/graph.dot",   TOKEN,     EDIT, LESSON,                NULL,     CR_ROUTE_CORS,     cr_handle_lesson_graph},
  {"POST",   "/api/v1/lessons/{lesson}/join",        KNOWN,     CR_VERB_JOIN, LESSON,        NULL,     0,                 cr_handle_lesson_join},
  {"POST",   "/api/v1/lessons/{lesson}/extend",      ANY_PROOF, EDIT, LESSON,                NULL,     0,                 cr_handle_lesson_extend},
  {"POST",   "/api/v1/lessons/{lesson}/end",         ANY_PROOF, EDIT, LESSON,                NULL,     0,                 cr_handle_lesson_end},
  {"POST",   "/api/v1/lessons/{lesson}/hand",         ANY_PROOF, SPEAK, LESSON,             JSON,     0,                 cr_handle_lesson_hand},
  {"POST",   "/api/v1/lessons/{lesson}/floor",        ANY_PROOF, EDIT, LESSON,              JSON,     0,                 cr_handle_lesson_floor},
  {"POST",   "/api/v1/lessons/{lesson}/mute",         ANY_PROOF, EDIT, LESSON,              JSON,     0,                 cr_handle_lesson_mute},
  {"POST",   "/api/v1/lessons/{lesson}/notes",        ANY_PROOF, SPEAK, LESSON,             JSON,     0,                 cr_handle_lesson_notes},
  {"POST",   "/api/v1/lessons/{lesson}/call",         ANY_PROOF, SPEAK, LESSON,             JSON,     0,                 cr_handle_lesson_call},
  {"POST",   "/api/v1/lessons/{lesson}/slides",       ANY_PROOF, EDIT, LESSON,              PNG,      CR_ROUTE_PICTURE,  cr_handle_slide_post},
  {"GET",    "/api/v1/lessons/{lesson}/slides/{number}", ANY_PROOF, WATCH, LESSON,             NULL,     0,                 cr_handle_slide_get},

  {"POST",   "/api/v1/sign-in",                      0,         NOTHING,                     JSON,     CR_ROUTE_OWN_PAGES, cr_handle_sign_in},
  {"POST",   "/api/v1/sign-out",                     PERSON,    DELETE, CR_OBJECT_SELF,      NULL,     0,                 cr_handle_sign_out},
  {"GET",    "/api/v1/me",                           KNOWN,     VIEW, CR_OBJECT_SELF,        NULL,     0,                 cr_handle_me_get},
  {"PUT",    "/api/v1/me/password",                  PERSON,    EDIT, CR_OBJECT_SELF,        JSON,     0,                 cr_handle_password_put},

  {"GET",    "/api/v1/accounts",                     PERSON,    VIEW, CR_OBJECT_ACCOUNT,     NULL,     0,                 cr_handle_account_list},
  {"POST",   "/api/v1/accounts",                     PERSON,    CREATE, CR_OBJECT_ACCOUNT,   JSON,     0,                 cr_handle_account_post},
  {"GET",    "/api/v1/accounts/{id}",                PERSON,    VIEW, CR_OBJECT_ACCOUNT,     NULL,     0,                 cr_handle_account_get},
  {"PATCH",  "/api/v1/accounts/{id}",                PERSON,    EDIT, CR_OBJECT_ACCOUNT,     JSON,     0,                 cr_handle_account_patch},
  {"DELETE", "/api/v1/accounts/{id}",                PERSON,    DELETE, CR_OBJECT_ACCOUNT,   NULL,     0,                 cr_handle_account_delete},
  {"POST",   "/api/v1/accounts/{id}/reset",          PERSON,    EDIT, CR_OBJECT_ACCOUNT,     NULL,     0,                 cr_handle_account_reset},

  {"GET",    "/api/v1/devices",                      PERSON,    VIEW, CR_OBJECT_DEVICE,      NULL,     0,                 cr_handle_device_list},
  {"GET",    "/api/v1/devices/{id}",                 PERSON,    VIEW, CR_OBJECT_DEVICE,      NULL,     0,                 cr_handle_device_get},
  {"PATCH",  "/api/v1/devices/{id}",                 PERSON,    EDIT, CR_OBJECT_DEVICE,      JSON,     0,                 cr_handle_device_patch},
  {"DELETE", "/api/v1/devices/{id}",                 PERSON,    DELETE, CR_OBJECT_DEVICE,    NULL,     0,                 cr_handle_device_delete},

  {"POST",   "/api/v1/pairing",                      0,         NOTHING,                     NULL,     CR_ROUTE_OWN_PAGES, cr_handle_pairing_post},
  {"POST",   "/api/v1/pairing/poll",                 0,         NOTHING,                     JSON,     CR_ROUTE_OWN_PAGES, cr_handle_pairing_poll},
  {"GET",    "/api/v1/pairings/{code}",              PERSON,    VIEW, CR_OBJECT_PAIRING,     NULL,     0,                 cr_handle_pairing_get},
  {"POST",   "/api/v1/pairings/{code}/confirm",      PERSON,    CREATE, CR_OBJECT_DEVICE,    JSON,     0,                 cr_handle_pairing_confirm},

  {"GET",    "/api/v1/audit",                        PERSON,    VIEW, CR_OBJECT_AUDIT,       NULL,     0,                 cr_handle_audit_list},
  {"GET",    "/api/v1/audit/chain",                  PERSON,    VIEW, CR_OBJECT_AUDIT,       NULL,     0,                 cr_handle_audit_chain},
  {"GET",    "/api/v1/audit/export",                 PERSON,    VIEW, CR_OBJECT_AUDIT,       NULL,     0,                 cr_handle_audit_export},
  {"GET",    "/api/v1/reports/lessons",              PERSON,    VIEW, CR_OBJECT_REPORT,      NULL,     0,                 cr_handle_lesson_report},

  {"GET",    "/api/v1/schools",                       KNOWN,     VIEW, CR_OBJECT_SCHOOL,      NULL,     0,                 cr_handle_resource_list},
  {"POST",   "/api/v1/schools",                       PERSON,    CREATE, CR_OBJECT_SCHOOL,    JSON,     0,                 cr_handle_resource_post},
  {"GET",    "/api/v1/schools/{id}",                  KNOWN,     VIEW, CR_OBJECT_SCHOOL,      NULL,     0,                 cr_handle_resource_get},
  {"PATCH",  "/api/v1/schools/{id}",                  PERSON,    EDIT, CR_OBJECT_SCHOOL,      JSON,     0,                 cr_handle_resource_patch},
  {"DELETE", "/api/v1/schools/{id}",                  PERSON,    DELETE, CR_OBJECT_SCHOOL,    NULL,     0,                 cr_handle_resource_delete},

  {"GET",    "/api/v1/classrooms",                    KNOWN,     VIEW, CR_OBJECT_CLASSROOM,   NULL,     0,                 cr_handle_resource_list},
  {"POST",   "/api/v1/classrooms",                    PERSON,    CREATE, CR_OBJECT_CLASSROOM, JSON,     0,                 cr_handle_resource_post},
  {"GET",    "/api/v1/classrooms/{id}",               KNOWN,     VIEW, CR_OBJECT_CLASSROOM,   NULL,     0,                 cr_handle_resource_get},
  {"PATCH",  "/api/v1/classrooms/{id}",               PERSON,    EDIT, CR_OBJECT_CLASSROOM,   JSON,     0,                 cr_handle_resource_patch},
  {"DELETE", "/api/v1/classrooms/{id}",               PERSON,    DELETE, CR_OBJECT_CLASSROOM, NULL,     0,                 cr_handle_resource_delete},

  {"GET",    "/api/v1/classes",                       KNOWN,     VIEW, CR_OBJECT_CLASS,       NULL,     0,                 cr_handle_resource_list},
  {"POST",   "/api/v1/classes",                       PERSON,    CREATE, CR_OBJECT_CLASS,     JSON,     0,                 cr_handle_resource_post},
  {"GET",    "/api/v1/classes/{id}",                  KNOWN,     VIEW, CR_OBJECT_CLASS,       NULL,     0,                 cr_handle_resource_get},
  {"PATCH",  "/api/v1/classes/{id}",                  PERSON,    EDIT, CR_OBJECT_CLASS,       JSON,     0,                 cr_handle_resource_patch},
  {"DELETE", "/api/v1/classes/{id}",                  PERSON,    DELETE, CR_OBJECT_CLASS,     NULL,     0,                 cr_handle_resource_delete},

  {"GET",    "/api/v1/teachers",                      KNOWN,     VIEW, CR_OBJECT_TEACHER,     NULL,     0,                 cr_handle_resource_list},
  {"POST",   "/api/v1/teachers",                      PERSON,    CREATE, CR_OBJECT_TEACHER,   JSON,     0,                 cr_handle_resource_post},
  {"GET",    "/api/v1/teachers/{id}",                 KNOWN,     VIEW, CR_OBJECT_TEACHER,     NULL,     0,                 cr_handle_resource_get},
  {"PATCH",  "/api/v1/teachers/{id}",                 PERSON,    EDIT, CR_OBJECT_TEACHER,     JSON,     0,                 cr_handle_resource_patch},
  {"DELETE", "/api/v1/teachers/{id}",                 PERSON,    DELETE, CR_OBJECT_TEACHER,   NULL,     0,                 cr_handle_resource_delete},

  {"GET",    "/api/v1/terms",                         KNOWN,     VIEW, CR_OBJECT_TERM,        NULL,     0,                 cr_handle_resource_list},
  {"POST",   "/api/v1/terms",                         PERSON,    CREATE, CR_OBJECT_TERM,      JSON,     0,                 cr_handle_resource_post},
  {"GET",    "/api/v1/terms/{id}",                    KNOWN,     VIEW, CR_OBJECT_TERM,        NULL,     0,                 cr_handle_resource_get},
  {"PATCH",  "/api/v1/terms/{id}",                    PERSON,    EDIT, CR_OBJECT_TERM,        JSON,     0,                 cr_handle_resource_patch},
  {"DELETE", "/api/v1/terms/{id}",                    PERSON,    DELETE, CR_OBJECT_TERM,      NULL,     0,                 cr_handle_resource_delete},

  {"GET",    "/api/v1/bells",                         KNOWN,     VIEW, CR_OBJECT_BELLS,       NULL,     0,                 cr_handle_resource_list},
  {"POST",   "/api/v1/bells",                         PERSON,    CREATE, CR_OBJECT_BELLS,     JSON,     0,                 cr_handle_resource_post},
  {"GET",    "/api/v1/bells/{id}",                    KNOWN,     VIEW, CR_OBJECT_BELLS,       NULL,     0,                 cr_handle_resource_get},
  {"PATCH",  "/api/v1/bells/{id}",                    PERSON,    EDIT, CR_OBJECT_BELLS,       JSON,     0,                 cr_handle_resource_patch},
  {"DELETE", "/api/v1/bells/{id}",                    PERSON,    DELETE, CR_OBJECT_BELLS,     NULL,     0,                 cr_handle_resource_delete},

  {"GET",    "/api/v1/busy",                          KNOWN,     VIEW, CR_OBJECT_BUSY,        NULL,     0,                 cr_handle_resource_list},
  {"POST",   "/api/v1/busy",                          PERSON,    CREATE, CR_OBJECT_BUSY,      JSON,     0,                 cr_handle_resource_post},
  {"GET",    "/api/v1/busy/{id}",                     KNOWN,     VIEW, CR_OBJECT_BUSY,        NULL,     0,                 cr_handle_resource_get},
  {"PATCH",  "/api/v1/busy/{id}",                     PERSON,    EDIT, CR_OBJECT_BUSY,        JSON,     0,                 cr_handle_resource_patch},
  {"DELETE", "/api/v1/busy/{id}",                     PERSON,    DELETE, CR_OBJECT_BUSY,      NULL,     0,                 cr_handle_resource_delete},

  {"GET",    "/api/v1/courses",                       KNOWN,     VIEW, CR_OBJECT_COURSE,      NULL,     0,                 cr_handle_resource_list},
  {"POST",   "/api/v1/courses",                       PERSON,    CREATE, CR_OBJECT_COURSE,    JSON,     0,                 cr_handle_resource_post},
  {"GET",    "/api/v1/courses/{id}",                  KNOWN,     VIEW, CR_OBJECT_COURSE,      NULL,     0,                 cr_handle_resource_get},
  {"PATCH",  "/api/v1/courses/{id}",                  PERSON,    EDIT, CR_OBJECT_COURSE,      JSON,     0,                 cr_handle_resource_patch},
  {"DELETE", "/api/v1/courses/{id}",                  PERSON,    DELETE, CR_OBJECT_COURSE,    NULL,     0,                 cr_handle_resource_delete},

  {"GET",    "/api/v1/lessons",                       KNOWN,     VIEW, LESSON,                NULL,     0,                 cr_handle_lesson_list},
  {"POST",   "/api/v1/lessons",                       PERSON,    CREATE, LESSON,              JSON,     0,                 cr_handle_lesson_add},
  {"POST",   "/api/v1/lessons/{id}/move",             PERSON,    CREATE, LESSON,              JSON,     0,                 cr_handle_lesson_move},
  {"POST",   "/api/v1/lessons/{id}/cancel",           PERSON,    CREATE, LESSON,              JSON,     0,                 cr_handle_lesson_cancel},
  {"POST",   "/api/v1/lessons/{id}/substitute",       PERSON,    CREATE, LESSON,              JSON,     0,                 cr_handle_lesson_substitute},
  {"GET",    "/api/v1/lessons/{id}/changes",          KNOWN,     VIEW, LESSON,                NULL,     0,                 cr_handle_lesson_changes},
  {"DELETE", "/api/v1/lessons/{id}/changes/{change}", PERSON,    DELETE, LESSON,              NULL,     0,                 cr_handle_lesson_withdraw},
  {"GET",    "/api/v1/conflicts",                     PERSON,    VIEW, CR_OBJECT_COURSE,      NULL,     0,                 cr_handle_clashes_get},
  {"POST",   "/api/v1/conflicts",                     PERSON,    VIEW, CR_OBJECT_COURSE,      JSON,     0,                 cr_handle_conflicts_post},
  {"GET",    "/api/v1/free-periods",                  PERSON,    CREATE, CR_OBJECT_COURSE,    NULL,     0,                 cr_handle_free_periods_get},

  {"GET",    "/api/v1/notices",                       KNOWN,     VIEW, CR_OBJECT_NOTICE,      NULL,     0,                 cr_handle_notice_list},
  {"POST",   "/api/v1/notices/{id}/acknowledge",      KNOWN,     ACKNOWLEDGE, CR_OBJECT_NOTICE,NULL,     0,                 cr_handle_notice_acknowledge},

  {"GET",    "/api/v1/feeds",                         PERSON,    VIEW, CR_OBJECT_FEED,        NULL,     0,                 cr_handle_feed_list},
  {"POST",   "/api/v1/feeds",                         PERSON,    CREATE, CR_OBJECT_FEED,      JSON,     0,                 cr_handle_feed_post},
  {"DELETE", "/api/v1/feeds/{id}",                    PERSON,    DELETE, CR_OBJECT_FEED,      NULL,     0,                 cr_handle_feed_delete},
  {"GET",    "/calendar/{file}",                      0,         NOTHING,                     NULL,     0,                 cr_handle_calendar_get},

  {"POST",   "/api/v1/imports",                       PERSON,    CREATE, CR_OBJECT_IMPORT,    NULL,     CR_ROUTE_FILE,     cr_handle_import_post},
  {"GET",    "/api/v1/exports/{kind}",                PERSON,    VIEW, CR_OBJECT_SCHOOL,      NULL,     0,                 cr_handle_export_get},
  {"GET",    "/api/v1/openapi.json",                  0,         NOTHING,                     NULL,     0,                 cr_handle_openapi},

  {"GET",    "/",                                    0,         NOTHING,                     NULL,     0,                 cr_handle_page},
  {"GET",    "/teacher",                             0,         NOTHING,                     NULL,     0,                 cr_handle_page},
  {"GET",    "/classroom",                           0,         NOTHING,                     NULL,     0,                 cr_handle_page},
  {"GET",    "/coordinator",                         0,         NOTHING,                     NULL,     0,                 cr_handle_page},
  {"GET",    "/school",                              0,         NOTHING,                     NULL,     0,                 cr_handle_page},
  {"GET",    "/supervisor",                          0,         NOTHING,                     NULL,     0,                 cr_handle_page},
  {"GET",    "/auditor",                             0,         NOTHING,                     NULL,     0,                 cr_handle_page},
  {"GET",    "/static/{path...}",                    0,         NOTHING,                     NULL,     0,                 cr_handle_static},
};
/* clang-format on */
const guint cr_n_routes = G_N_ELEMENTS (cr_routes);

/* One segment of the path at `*path`, decoded; moves past it and its slash. NULL when it cannot be one. */
static gchar *
take_segment (const gchar **path)
{
  const gchar *end = strchrnul (*path, '/');
  gchar *segment = g_uri_unescape_segment (*path, end, "/");

  *path = *end == '/' ? end + 1 : end;
  if (segment != NULL && *segment == '\0')
    g_clear_pointer (&segment, g_free);
  return segment;
}

static void
clear_params (gchar **params)
{
  for (guint i = 0; i < CR_HTTP_MAX_PARAMS; i++)
    g_clear_pointer (&params[i], g_free);
}

/* Compares segment by segment; `params` gets what {…} stood for. */
static gboolean
match_pattern (const gchar *pattern, const gchar *path, gchar **params)
{
  guint n = 0;

  while (*pattern != '\0') {
    const gchar *end = strchrnul (pattern, '/');

    if (*pattern == '{' && g_str_has_suffix (pattern, "...}")) {
      params[n] = g_strdup (path);
      return *path != '\0';
    }
    if (*pattern == '{') {
      params[n] = take_segment (&path);
      if (params[n++] == NULL)
        return FALSE;
      /* a trailing slash makes another path; one in the middle must be there */
      if ((*end == '/') != (path[-1] == '/'))
        return FALSE;
    } else {
      gsize length = (gsize)(end - pattern) + (*end == '/');

      if (strncmp (pattern, path, length) != 0)
        return FALSE;
      path += length;
    }
    pattern = *end == '/' ? end + 1 : end;
  }
  return *path == '\0';
}

static void
note_route (CrRouteMatch *match, GString *allow, const CrRoute *route)
{
  if (allow->len > 0)
    g_string_append (allow, ", ");
  g_string_append (allow, route->method);
  if (g_str_equal (route->method, "GET"))
    g_string_append (allow, ", HEAD");
  if (g_str_equal (route->method, "POST"))
    match->accept_post = route->body_type;
  if (g_str_equal (route->method, "PATCH"))
    match->accept_patch = route->body_type;
  match->any_route = route;
}

void
cr_routes_match (const gchar *method, const gchar *path, CrRouteMatch *match)
{
  const gchar *wanted = g_str_equal (method, "HEAD") ? "GET" : method;
  GString *allow = g_string_new (NULL);

  memset (match, 0, sizeof *match);
  for (guint i = 0; i < cr_n_routes; i++) {
    gchar *params[CR_HTTP_MAX_PARAMS] = {NULL};

    if (match_pattern (cr_routes[i].pattern, path, params)) {
      note_route (match, allow, &cr_routes[i]);
      clear_params (match->params);
      memcpy (match->params, params, sizeof params);
      if (g_str_equal (cr_routes[i].method, wanted))
        match->route = &cr_routes[i];
    } else {
      clear_params (params);
    }
  }
  match->path_known = match->any_route != NULL;
  g_string_append (allow, allow->len > 0 ? ", OPTIONS" : "");
  match->allow = g_string_free (allow, FALSE);
}

void
cr_route_match_clear (CrRouteMatch *match)
{
  clear_params (match->params);
  g_clear_pointer (&match->allow, g_free);
}

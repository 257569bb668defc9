/* SPDX-License-Identifier: Apache-2.0
 *
 * The dispatcher without a socket: who gets past the head of a request, and with which answer. Here everybody
 * shows a lesson's token; people and devices are matrix.c's.
 */
#include "http/auth.h"
#include "http/dispatch.h"

#include <string.h>

#define TEACHER   "teacher-token-0000"
#define CLASSROOM "classroom-token-00"
#define VIEWER    "viewer-token-00000"
#define OTHER     "other-lesson-token"

typedef struct {
  CrConfig *config;
  CrLessons *lessons;
  CrHttp *http;
} Fixture;

static void
add_actor (CrLesson *lesson, CrRole role, const gchar *token)
{
  CrTokenHash hash;

  cr_token_hash (token, &hash);
  cr_lesson_add_actor (lesson, cr_actor_new ("somebody", role, &hash));
}

/* No worker is needed: no handler that would make a pipeline is run. */
static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const gchar *const codecs[] = {"H264", NULL};
  CrLesson *lesson;

  fixture->config = cr_config_new ();
  fixture->lessons = cr_lessons_new (fixture->config, g_ptr_array_new (), NULL, cr_clock_system ());
  fixture->http = cr_http_new (fixture->config, fixture->lessons);
  lesson = cr_lessons_add (fixture->lessons, "music", "音乐", codecs);
  add_actor (lesson, CR_ROLE_TEACHER, TEACHER);
  add_actor (lesson, CR_ROLE_CLASSROOM, CLASSROOM);
  add_actor (lesson, CR_ROLE_VIEWER, VIEWER);
  add_actor (cr_lessons_add (fixture->lessons, "other", "other", codecs), CR_ROLE_TEACHER, OTHER);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  cr_http_free (fixture->http);
  cr_lessons_free (fixture->lessons);
  cr_config_free (fixture->config);
}

/* Header names and values, ended by NULL. */
static CrRequest *
make_request (const gchar *method, const gchar *path, const gchar *const *headers)
{
  g_autoptr (SoupMessageHeaders) list = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);

  for (guint i = 0; headers != NULL && headers[i] != NULL; i += 2)
    soup_message_headers_append (list, headers[i], headers[i + 1]);
  return cr_request_new (method, path, NULL, list, TRUE);
}

static void
keep_route (const CrRoute *route, gpointer data)
{
  *(const CrRoute **)data = route;
}

/* No database: the head is decided at once. */
static const CrRoute *
dispatch_head (Fixture *fixture, CrRequest *request, CrResponse *response)
{
  const CrRoute *route = NULL;

  cr_dispatch_head (fixture->http, request, response, keep_route, &route);
  return route;
}

/* The status of the head alone; 0 when it goes on to the handler. */
static guint
head_status (Fixture *fixture, const gchar *method, const gchar *path, const gchar *const *headers,
             CrResponse **answer)
{
  g_autoptr (CrRequest) request = make_request (method, path, headers);
  g_autoptr (CrResponse) response = cr_response_new ();
  const CrRoute *route = dispatch_head (fixture, request, response);
  guint status = route != NULL ? 0 : response->status;

  if (answer != NULL)
    *answer = g_steal_pointer (&response);
  return status;
}

static guint
status_with_token (Fixture *fixture, const CrRoute *route, const gchar *path, const gchar *token)
{
  g_autofree gchar *authorization = g_strconcat ("Bearer ", token, NULL);
  const gchar *headers[] = {"Authorization", token != NULL ? authorization : NULL, "Content-Type",
                            route->body_type, NULL};

  if (token == NULL) {
    headers[0] = headers[2];
    headers[1] = headers[3];
    headers[2] = NULL;
  }
  if (route->body_type == NULL)
    headers[token != NULL ? 2 : 0] = NULL;
  return head_status (fixture, route->method, path, headers, NULL);
}

static gchar *
path_of (const CrRoute *route, const gchar *lesson)
{
  g_auto (GStrv) parts = g_strsplit (route->pattern, "{lesson}", -1);
  g_autofree gchar *filled = g_strjoinv (lesson, parts);

  return g_strdelimit (g_steal_pointer (&filled), "{}", 'x');
}

/* Which tokens open which of the routes that take tokens; written down apart from the table of rules. */
static guint
roles_expected (const CrRoute *route)
{
  static const gchar *const of_teacher[] = {"/graph.dot", "/extend", "/end", "/floor", "/mute", "/slides"};
  static const gchar *const of_speakers[] = {"/hand", "/notes", "/call"};

  for (guint i = 0; i < G_N_ELEMENTS (of_teacher); i++) {
    if (g_str_has_suffix (route->pattern, of_teacher[i]))
      return CR_ROLE_TEACHER;
  }
  for (guint i = 0; i < G_N_ELEMENTS (of_speakers); i++) {
    if (g_str_has_suffix (route->pattern, of_speakers[i]))
      return CR_ROLE_TEACHER | CR_ROLE_CLASSROOM;
  }
  if (g_str_has_prefix (route->pattern, "/whip/"))
    return CR_ROLE_TEACHER | CR_ROLE_CLASSROOM;
  g_assert_true (g_str_has_prefix (route->pattern, "/whep/") ||
                 g_str_has_prefix (route->pattern, "/events/") ||
                 g_str_equal (route->pattern, "/api/v1/lessons/{lesson}") ||
                 g_str_has_suffix (route->pattern, "/slides/{number}"));
  return CR_ROLE_TEACHER | CR_ROLE_CLASSROOM | CR_ROLE_VIEWER;
}

static void
test_every_route_and_token (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const gchar *token;
    CrRole role;
  } holders[] = {{TEACHER, CR_ROLE_TEACHER}, {CLASSROOM, CR_ROLE_CLASSROOM}, {VIEWER, CR_ROLE_VIEWER}};

  for (guint i = 0; i < cr_n_routes; i++) {
    const CrRoute *route = &cr_routes[i];
    gboolean takes_tokens = (route->who & CR_WHO_TOKEN) != 0;
    g_autofree gchar *path = path_of (route, "music");
    g_autofree gchar *unknown = path_of (route, "nothing");

    if (route->who == 0)
      continue;
    for (guint h = 0; h < G_N_ELEMENTS (holders); h++)
      g_assert_cmpuint (status_with_token (fixture, route, path, holders[h].token), ==,
                        !takes_tokens                                     ? 401
                        : (roles_expected (route) & holders[h].role) != 0 ? 0
                                                                          : 403);
    g_assert_cmpuint (status_with_token (fixture, route, path, NULL), ==, 401);
    g_assert_cmpuint (status_with_token (fixture, route, path, "guessed"), ==, 401);
    g_assert_cmpuint (status_with_token (fixture, route, path, OTHER), ==, takes_tokens ? 404 : 401);
    g_assert_cmpuint (status_with_token (fixture, route, unknown, TEACHER), ==, takes_tokens ? 404 : 401);
    g_assert_cmpuint (status_with_token (fixture, route, unknown, NULL), ==, 401);
  }
}

static void
test_challenge_says_what_is_missing (Fixture *fixture, gconstpointer data)
{
  const gchar *basic[] = {"Authorization", "Basic eDp5", NULL};
  CrResponse *response;

  g_assert_cmpuint (head_status (fixture, "POST", "/whep/music", NULL, &response), ==, 401);
  g_assert_cmpstr (soup_message_headers_get_one (response->headers, "WWW-Authenticate"), ==,
                   "Bearer realm=\"classrelay\"");
  g_assert_cmpstr (soup_message_headers_get_one (response->headers, "Content-Type"), ==,
                   "application/problem+json");
  cr_response_free (response);
  g_assert_cmpuint (head_status (fixture, "POST", "/whep/music", basic, &response), ==, 401);
  g_assert_cmpstr (soup_message_headers_get_one (response->headers, "WWW-Authenticate"), ==,
                   "Bearer realm=\"classrelay\", error=\"invalid_token\"");
  cr_response_free (response);
}

static void
test_bearer_is_read_strictly (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const gchar *value;
    const gchar *token;
  } cases[] = {{"Bearer abc", "abc"},
               {"bearer  a-._~+/=", "a-._~+/="},
               {"Bearer", NULL},
               {"Bearer ", NULL},
               {"Bearer a b", NULL},
               {"Basic abc", NULL},
               {"Bearer a, Bearer b", NULL}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const gchar *headers[] = {"Authorization", cases[i].value, NULL};
    g_autoptr (CrRequest) request = make_request ("GET", "/", headers);
    g_autofree gchar *token = cr_bearer_token (request);

    g_assert_cmpstr (token, ==, cases[i].token);
  }
}

static void
test_type_and_size_are_checked_by_the_head (Fixture *fixture, gconstpointer data)
{
  const gchar *authorization = "Bearer " VIEWER;
  const gchar *wrong[] = {"Authorization", authorization, "Content-Type", "text/plain", NULL};
  const gchar *none[] = {"Authorization", authorization, NULL};
  const gchar *parameters[] = {"Authorization", authorization, "Content-Type",
                               "Application/SDP; charset=utf-8", NULL};
  const gchar *largest[] = {
      "Authorization", authorization, "Content-Type", "application/sdp", "Content-Length", "65536", NULL};
  const gchar *too_large[] = {
      "Authorization", authorization, "Content-Type", "application/sdp", "Content-Length", "65537", NULL};

  g_assert_cmpuint (head_status (fixture, "POST", "/whep/music", wrong, NULL), ==, 415);
  g_assert_cmpuint (head_status (fixture, "POST", "/whep/music", none, NULL), ==, 415);
  g_assert_cmpuint (head_status (fixture, "POST", "/whep/music", parameters, NULL), ==, 0);
  g_assert_cmpuint (head_status (fixture, "POST", "/whep/music", largest, NULL), ==, 0);
  g_assert_cmpuint (head_status (fixture, "POST", "/whep/music", too_large, NULL), ==, 413);
}

static void
test_preflight_needs_no_token (Fixture *fixture, gconstpointer data)
{
  const gchar *headers[] = {"Origin", "https://elsewhere.example",      "Access-Control-Request-Method",
                            "PATCH",  "Access-Control-Request-Headers", "authorization,content-type,if-match",
                            NULL};
  CrResponse *response;

  g_assert_cmpuint (head_status (fixture, "OPTIONS", "/whep/music/0123", headers, &response), ==, 200);
  g_assert_cmpstr (soup_message_headers_get_one (response->headers, "Access-Control-Allow-Origin"), ==, "*");
  g_assert_nonnull (
      strstr (soup_message_headers_get_one (response->headers, "Access-Control-Allow-Methods"), "PATCH"));
  g_assert_nonnull (
      strstr (soup_message_headers_get_one (response->headers, "Access-Control-Allow-Headers"), "If-Match"));
  g_assert_cmpstr (soup_message_headers_get_one (response->headers, "Accept-Patch"), ==,
                   "application/trickle-ice-sdpfrag");
  cr_response_free (response);

  g_assert_cmpuint (head_status (fixture, "OPTIONS", "/nothing", headers, NULL), ==, 404);
  g_assert_cmpuint (head_status (fixture, "OPTIONS", "/healthz", headers, &response), ==, 200);
  g_assert_null (soup_message_headers_get_one (response->headers, "Access-Control-Allow-Origin"));
  cr_response_free (response);
}

static void
test_options_names_ice_servers_to_those_who_may_join (Fixture *fixture, gconstpointer data)
{
  const gchar *token[] = {"Authorization", "Bearer " VIEWER, NULL};
  const gchar *preflight[] = {"Authorization", "Bearer " VIEWER, "Access-Control-Request-Method", "POST",
                              NULL};
  CrResponse *response;

  g_assert_true (cr_config_set (fixture->config, "ice", "turn_urls", "turn:t.example", NULL));
  g_assert_true (cr_config_set (fixture->config, "ice", "turn_secret", "north", NULL));

  g_assert_cmpuint (head_status (fixture, "OPTIONS", "/whep/music", token, &response), ==, 200);
  g_assert_nonnull (soup_message_headers_get_one (response->headers, "Link"));
  g_assert_cmpstr (soup_message_headers_get_one (response->headers, "Accept-Post"), ==, "application/sdp");
  cr_response_free (response);
  g_assert_cmpuint (head_status (fixture, "OPTIONS", "/whep/music", NULL, &response), ==, 200);
  g_assert_null (soup_message_headers_get_one (response->headers, "Link"));
  cr_response_free (response);
  g_assert_cmpuint (head_status (fixture, "OPTIONS", "/whep/music", preflight, &response), ==, 200);
  g_assert_null (soup_message_headers_get_one (response->headers, "Link"));
  cr_response_free (response);
}

static void
test_demo_is_for_this_machine_only (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const gchar *headers[5];
    guint status;
  } cases[] = {
      {{"Host", "127.0.0.1:8080", NULL}, 0},
      {{"Host", "localhost", NULL}, 0},
      {{"Host", "LOCALHOST:1", NULL}, 0},
      {{"Host", "[::1]:8080", NULL}, 0},
      {{NULL}, 404},
      {{"Host", "relay.example", NULL}, 404},
      {{"Host", "127.0.0.1.example", NULL}, 404},
      {{"Host", "localhost@relay.example", NULL}, 404},
      {{"Host", "localhost", "Forwarded", "for=127.0.0.1", NULL}, 404},
      {{"Host", "localhost", "X-Forwarded-For", "127.0.0.1", NULL}, 404},
      {{"Host", "localhost", "X-Forwarded-Proto", "https", NULL}, 404},
      {{"Host", "localhost", "X-Real-IP", "127.0.0.1", NULL}, 404},
  };
  g_autoptr (CrRequest) remote = NULL;
  g_autoptr (CrResponse) response = cr_response_new ();
  const gchar *localhost[] = {"Host", "localhost", NULL};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    g_assert_cmpuint (head_status (fixture, "GET", "/demo.json", cases[i].headers, NULL), ==,
                      cases[i].status);

  remote = make_request ("GET", "/demo.json", localhost);
  remote->peer_is_loopback = FALSE;
  g_assert_null (dispatch_head (fixture, remote, response));
  g_assert_cmpuint (response->status, ==, 404);
}

static void
test_loopback_clients_are_told_from_proxied_ones (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const gchar *headers[3];
    gboolean from_loopback;
  } cases[] = {
      {{NULL}, TRUE},
      {{"X-Forwarded-For", "127.0.0.1", NULL}, TRUE},
      {{"X-Forwarded-For", "127.0.0.1, ::1", NULL}, TRUE},
      {{"X-Forwarded-For", "127.0.0.1, 192.0.2.1", NULL}, FALSE},
      {{"X-Forwarded-For", "192.0.2.1", NULL}, FALSE},
      {{"X-Forwarded-For", "unknown", NULL}, FALSE},
      {{"Forwarded", "for=127.0.0.1", NULL}, FALSE},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (CrRequest) request = make_request ("GET", "/", cases[i].headers);

    g_assert_cmpint (cr_request_is_from_loopback (request), ==, cases[i].from_loopback);
    request->peer_is_loopback = FALSE;
    g_assert_false (cr_request_is_from_loopback (request));
  }
}

static void
test_handlers_without_media_answer (Fixture *fixture, gconstpointer data)
{
  static const struct {
    const gchar *method, *path;
    guint status;
  } cases[] = {{"GET", "/healthz", 200},
               {"HEAD", "/healthz", 200},
               {"GET", "/metrics", 200},
               {"GET", "/api/v1/lessons/music", 200},
               {"GET", "/whep/music", 200},
               {"GET", "/whip/music/camera", 204},
               {"GET", "/whip/music/nothing", 404},
               {"GET", "/whip/music/classroom", 403},
               {"GET", "/whep/music/0123", 404},
               {"DELETE", "/whip/music/camera/0123", 404},
               {"GET", "/api/v1/lessons/music/graph.dot", 404}};
  const gchar *headers[] = {"Authorization", "Bearer " TEACHER, NULL};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (CrRequest) request = make_request (cases[i].method, cases[i].path, headers);
    g_autoptr (CrResponse) response = cr_response_new ();
    const CrRoute *route = dispatch_head (fixture, request, response);

    g_test_message ("%s", cases[i].path);
    g_assert_nonnull (route);
    cr_dispatch_body (fixture->http, route, request, response);
    g_assert_cmpuint (response->status, ==, cases[i].status);
  }
}

static void
test_draining_is_503_with_retry_after (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrRequest) request = make_request ("GET", "/healthz", NULL);
  g_autoptr (CrResponse) response = cr_response_new ();

  cr_lessons_drain (fixture->lessons);
  cr_dispatch_body (fixture->http, dispatch_head (fixture, request, response), request, response);
  g_assert_cmpuint (response->status, ==, 503);
  g_assert_cmpstr (soup_message_headers_get_one (response->headers, "Retry-After"), ==, "5");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/http/dispatch/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("every-route-and-token", test_every_route_and_token);
  ADD ("challenge-says-what-is-missing", test_challenge_says_what_is_missing);
  ADD ("bearer-is-read-strictly", test_bearer_is_read_strictly);
  ADD ("type-and-size-are-checked-by-the-head", test_type_and_size_are_checked_by_the_head);
  ADD ("preflight-needs-no-token", test_preflight_needs_no_token);
  ADD ("options-names-ice-servers-to-those-who-may-join",
       test_options_names_ice_servers_to_those_who_may_join);
  ADD ("demo-is-for-this-machine-only", test_demo_is_for_this_machine_only);
  ADD ("loopback-clients-are-told-from-proxied-ones", test_loopback_clients_are_told_from_proxied_ones);
  ADD ("handlers-without-media-answer", test_handlers_without_media_answer);
  ADD ("draining-is-503-with-retry-after", test_draining_is_503_with_retry_after);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * WHIP and WHEP to the letter, against the real daemon: RFC 9725 sections 4.1 to 4.7 and
 * draft-ietf-wish-whep. What both say is tested for both.
 */
#include "support/daemon.h"
#include "support/offers.h"

#include <string.h>

#define SDP      "application/sdp"
#define FRAGMENT "application/trickle-ice-sdpfrag"

typedef struct {
  const gchar *endpoint;
  const gchar *offer;
  gboolean publishes;
} Protocol;

static const Protocol whip = {"/whip/demo/camera", CR_TEST_WHIP_OFFER, TRUE};
static const Protocol whep = {"/whep/demo", CR_TEST_WHEP_OFFER, FALSE};

typedef struct {
  CrTestDaemon *daemon;
  const Protocol *protocol;
  const gchar *token;
} Fixture;

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const gchar config[] =
      "[ice]\nstun_urls = stun:stun.example\nturn_urls = turn:turn.example?transport=udp\n"
      "turn_secret = north\n[limits]\nretry_after_s = 7\n";

  fixture->daemon = cr_test_daemon_start (config, NULL);
  fixture->protocol = data;
  fixture->token =
      fixture->protocol->publishes ? fixture->daemon->teacher_token : fixture->daemon->viewer_token;
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  cr_test_daemon_stop (fixture->daemon);
}

static CrTestReply *
post (Fixture *fixture, const gchar *type, const gchar *body)
{
  return cr_test_http (fixture->daemon, "POST", fixture->protocol->endpoint, fixture->token, type, body,
                       NULL);
}

/* The location of a new session; free with g_free(). */
static gchar *
make_session (Fixture *fixture, gchar **etag)
{
  g_autoptr (CrTestReply) reply = post (fixture, SDP, fixture->protocol->offer);

  g_assert_cmpuint (reply->status, ==, 201);
  *etag = g_strdup (cr_test_reply_get (reply, "ETag"));
  return g_strdup (cr_test_reply_get (reply, "Location"));
}

static CrTestReply *
patch (Fixture *fixture, const gchar *location, const gchar *body, const gchar *if_match)
{
  const gchar *headers[] = {"If-Match", if_match, NULL};

  return cr_test_http (fixture->daemon, "PATCH", location, fixture->token, FRAGMENT, body,
                       if_match != NULL ? headers : NULL);
}

static guint
status_of (CrTestReply *reply)
{
  guint status = reply->status;

  cr_test_reply_free (reply);
  return status;
}

static void
assert_problem (const CrTestReply *reply, guint status)
{
  g_assert_cmpuint (reply->status, ==, status);
  g_assert_cmpstr (cr_test_reply_get (reply, "Content-Type"), ==, "application/problem+json");
  g_assert_nonnull (strstr (reply->body, "\"title\""));
}

/* RFC 9725 section 4.2. */
static void
test_post_makes_a_session (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrTestReply) reply = post (fixture, SDP, fixture->protocol->offer);
  const gchar *location = cr_test_reply_get (reply, "Location");
  const gchar *etag = cr_test_reply_get (reply, "ETag");

  g_assert_cmpuint (reply->status, ==, 201);
  g_assert_cmpstr (cr_test_reply_get (reply, "Content-Type"), ==, SDP);
  g_assert_true (g_str_has_prefix (location, fixture->protocol->endpoint));
  g_assert_cmpuint (strlen (location), ==, strlen (fixture->protocol->endpoint) + 1 + 32);
  g_assert_true (etag[0] == '"' && g_str_has_suffix (etag, "\"") && strlen (etag) > 2);
  g_assert_nonnull (strstr (reply->body, fixture->protocol->publishes ? "a=recvonly" : "a=sendonly"));
  g_assert_null (strstr (reply->body, fixture->protocol->publishes ? "a=sendonly" : "a=recvonly"));
  g_assert_nonnull (strstr (reply->body, "a=ice-lite"));
  g_assert_nonnull (strstr (reply->body, "a=setup:passive"));
  g_assert_nonnull (strstr (reply->body, "a=rtcp-mux"));
  g_assert_nonnull (strstr (reply->body, " 127.0.0.1 ")); /* the client is on loopback */
}

/* Section 4.6. */
static void
test_links_name_ice_servers (Fixture *fixture, gconstpointer data)
{
  g_autoptr (CrTestReply) reply = post (fixture, SDP, fixture->protocol->offer);
  const gchar *links = cr_test_reply_get (reply, "Link");

  g_assert_nonnull (strstr (links, "<stun:stun.example>; rel=\"ice-server\""));
  g_assert_nonnull (strstr (links, "<turn:turn.example?transport=udp>; rel=\"ice-server\"; username=\""));
  g_assert_nonnull (strstr (links, "credential-type=\"password\""));
}

static void
test_bad_offers (Fixture *fixture, gconstpointer data)
{
  const gchar *good = fixture->protocol->offer;
  const gchar *from = fixture->protocol->publishes ? "a=sendonly" : "a=recvonly";
  const gchar *to = fixture->protocol->publishes ? "a=recvonly" : "a=sendonly";
  g_auto (GStrv) at_ufrag = g_strsplit (good, "a=ice-ufrag:" CR_TEST_UFRAG "\r\n", -1);
  g_auto (GStrv) at_direction = g_strsplit (good, from, -1);
  g_autofree gchar *without_ice = g_strjoinv ("", at_ufrag);
  g_autofree gchar *wrong_direction = g_strjoinv (to, at_direction);
  g_autoptr (CrTestReply) text = post (fixture, "text/plain", good);
  g_autoptr (CrTestReply) junk = post (fixture, SDP, "this is no SDP");
  g_autoptr (CrTestReply) empty = post (fixture, SDP, "");
  g_autoptr (CrTestReply) no_ice = post (fixture, SDP, without_ice);
  g_autoptr (CrTestReply) backwards = post (fixture, SDP, wrong_direction);

  assert_problem (text, 415);
  assert_problem (junk, 400);
  assert_problem (empty, 400);
  assert_problem (no_ice, 422);
  assert_problem (backwards, 422);
  g_assert_null (cr_test_reply_get (no_ice, "Location"));
}

static void
test_type_may_have_parameters (Fixture *fixture, gconstpointer data)
{
  g_assert_cmpuint (status_of (post (fixture, "application/sdp;charset=utf-8", fixture->protocol->offer)), ==,
                    201);
}

/* Section 4.7.1. */
static void
test_tokens_are_checked (Fixture *fixture, gconstpointer data)
{
  CrTestDaemon *daemon = fixture->daemon;
  const Protocol *protocol = fixture->protocol;
  g_autoptr (CrTestReply) none =
      cr_test_http (daemon, "POST", protocol->endpoint, NULL, SDP, protocol->offer, NULL);
  g_autoptr (CrTestReply) wrong =
      cr_test_http (daemon, "POST", protocol->endpoint, "guess", SDP, protocol->offer, NULL);

  assert_problem (none, 401);
  g_assert_true (g_str_has_prefix (cr_test_reply_get (none, "WWW-Authenticate"), "Bearer"));
  g_assert_cmpstr (cr_test_reply_get (none, "Access-Control-Allow-Origin"), ==, "*");
  assert_problem (wrong, 401);
  g_assert_nonnull (strstr (cr_test_reply_get (wrong, "WWW-Authenticate"), "invalid_token"));
  if (protocol->publishes)
    g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", protocol->endpoint, daemon->viewer_token, SDP,
                                               protocol->offer, NULL)),
                      ==, 403);
}

/* Section 4.3.2: 204, no body, no ETag. */
static void
test_trickle (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *etag = NULL;
  g_autofree gchar *location = make_session (fixture, &etag);
  g_autoptr (CrTestReply) reply = patch (fixture, location, CR_TEST_TRICKLE, etag);

  g_assert_cmpuint (reply->status, ==, 204);
  g_assert_null (cr_test_reply_get (reply, "ETag"));
  g_assert_cmpstr (reply->body, ==, "");
  g_assert_cmpuint (status_of (patch (fixture, location, CR_TEST_TRICKLE, NULL)), ==, 428);
  g_assert_cmpuint (status_of (patch (fixture, location, CR_TEST_TRICKLE, "\"other\"")), ==, 412);
  g_assert_cmpuint (status_of (patch (fixture, location, CR_TEST_TRICKLE, "*")), ==, 204);
  g_assert_cmpuint (status_of (patch (fixture, location, "junk", etag)), ==, 400);
  g_assert_cmpuint (status_of (cr_test_http (fixture->daemon, "PATCH", location, fixture->token, SDP,
                                             CR_TEST_TRICKLE, NULL)),
                    ==, 415);
}

/* Section 4.3.3: 200, our fragment, another ETag; the old one no longer matches. */
static void
test_restart (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *etag = NULL;
  g_autofree gchar *location = make_session (fixture, &etag);
  g_autoptr (CrTestReply) first = patch (fixture, location, CR_TEST_RESTART, "*");
  g_autoptr (CrTestReply) late = patch (fixture, location, CR_TEST_TRICKLE, etag);
  g_autoptr (CrTestReply) quoted =
      patch (fixture, location, CR_TEST_FRAGMENT ("abcd", "abcdefghijklmnopqrstuvwx"), "\"*\"");

  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpstr (cr_test_reply_get (first, "Content-Type"), ==, FRAGMENT);
  g_assert_cmpstr (cr_test_reply_get (first, "ETag"), !=, etag);
  g_assert_nonnull (strstr (first->body, "a=ice-ufrag:"));
  g_assert_nonnull (strstr (first->body, "a=ice-pwd:"));
  g_assert_nonnull (strstr (first->body, "a=candidate:"));
  g_assert_nonnull (strstr (first->body, "a=mid:0"));
  g_assert_cmpuint (late->status, ==, 412);
  g_assert_cmpuint (quoted->status, ==, 200);
  g_assert_cmpstr (cr_test_reply_get (quoted, "ETag"), !=, cr_test_reply_get (first, "ETag"));
  g_assert_cmpuint (status_of (patch (fixture, location, CR_TEST_RESTART, NULL)), ==, 428);
  g_assert_cmpuint (status_of (patch (fixture, location, CR_TEST_RESTART, etag)), ==, 412);
  /* one credential alone cannot be new */
  g_assert_cmpuint (
      status_of (patch (fixture, location, CR_TEST_FRAGMENT ("efgh", "abcdefghijklmnopqrstuvwx"), "*")), ==,
      400);
}

static void
test_delete_ignores_etags_and_is_final (Fixture *fixture, gconstpointer data)
{
  g_autofree gchar *etag = NULL;
  g_autofree gchar *location = make_session (fixture, &etag);
  const gchar *stale[] = {"If-Match", "\"stale\"", NULL};

  g_assert_cmpuint (
      status_of (cr_test_http (fixture->daemon, "DELETE", location, fixture->token, NULL, NULL, stale)), ==,
      200);
  g_assert_cmpuint (
      status_of (cr_test_http (fixture->daemon, "DELETE", location, fixture->token, NULL, NULL, NULL)), ==,
      404);
  g_assert_cmpuint (status_of (patch (fixture, location, CR_TEST_TRICKLE, etag)), ==, 404);
}

static void
test_anothers_session_is_not_found (Fixture *fixture, gconstpointer data)
{
  CrTestDaemon *daemon = fixture->daemon;
  const gchar *other = daemon->classroom_token;
  const gchar *if_match[] = {"If-Match", "*", NULL};
  g_autofree gchar *etag = NULL;
  g_autofree gchar *location = make_session (fixture, &etag);
  guint status = status_of (cr_test_http (daemon, "DELETE", location, other, NULL, NULL, NULL));

  g_assert_true (status == 403 || status == 404);
  status = status_of (cr_test_http (daemon, "PATCH", location, other, FRAGMENT, CR_TEST_RESTART, if_match));
  g_assert_true (status == 403 || status == 404);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "DELETE", location, NULL, NULL, NULL, NULL)), ==, 401);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "DELETE", location, fixture->token, NULL, NULL, NULL)),
                    ==, 200);
}

/* Section 4.1: GET succeeds without content; what is not defined is 405. */
static void
test_other_methods (Fixture *fixture, gconstpointer data)
{
  CrTestDaemon *daemon = fixture->daemon;
  const gchar *endpoint = fixture->protocol->endpoint;
  g_autofree gchar *etag = NULL;
  g_autofree gchar *location = make_session (fixture, &etag);
  g_autoptr (CrTestReply) get = cr_test_http (daemon, "GET", endpoint, fixture->token, NULL, NULL, NULL);
  g_autoptr (CrTestReply) head = cr_test_http (daemon, "HEAD", endpoint, fixture->token, NULL, NULL, NULL);
  g_autoptr (CrTestReply) session_get =
      cr_test_http (daemon, "GET", location, fixture->token, NULL, NULL, NULL);
  g_autoptr (CrTestReply) put = cr_test_http (daemon, "PUT", endpoint, fixture->token, SDP, "x", NULL);
  g_autoptr (CrTestReply) session_post =
      cr_test_http (daemon, "POST", location, fixture->token, SDP, fixture->protocol->offer, NULL);

  g_assert_cmpuint (get->status / 100, ==, 2);
  g_assert_cmpstr (get->body, ==, "");
  g_assert_cmpuint (head->status, ==, get->status);
  if (!fixture->protocol->publishes)
    g_assert_cmpstr (cr_test_reply_get (head, "Content-Type"), ==, SDP);
  g_assert_cmpuint (session_get->status, ==, 204);
  g_assert_cmpstr (cr_test_reply_get (session_get, "ETag"), ==, etag);
  assert_problem (put, 405);
  g_assert_nonnull (strstr (cr_test_reply_get (put, "Allow"), "POST"));
  assert_problem (session_post, 405);
  g_assert_nonnull (strstr (cr_test_reply_get (session_post, "Allow"), "PATCH"));
}

/* Section 4.2 and the Fetch standard: no token, and everything a page needs afterwards. */
static void
test_preflight (Fixture *fixture, gconstpointer data)
{
  const gchar *headers[] = {"Origin", "https://elsewhere.example",      "Access-Control-Request-Method",
                            "POST",   "Access-Control-Request-Headers", "authorization,content-type",
                            NULL};
  g_autoptr (CrTestReply) endpoint =
      cr_test_http (fixture->daemon, "OPTIONS", fixture->protocol->endpoint, NULL, NULL, NULL, headers);
  g_autoptr (CrTestReply) created = post (fixture, SDP, fixture->protocol->offer);
  g_autoptr (CrTestReply) session = cr_test_http (
      fixture->daemon, "OPTIONS", cr_test_reply_get (created, "Location"), NULL, NULL, NULL, headers);
  const gchar *exposed = cr_test_reply_get (created, "Access-Control-Expose-Headers");

  g_assert_cmpuint (endpoint->status, ==, 200);
  g_assert_cmpstr (cr_test_reply_get (endpoint, "Accept-Post"), ==, SDP);
  g_assert_cmpstr (cr_test_reply_get (endpoint, "Access-Control-Allow-Origin"), ==, "*");
  g_assert_nonnull (strstr (cr_test_reply_get (endpoint, "Access-Control-Allow-Methods"), "POST"));
  g_assert_nonnull (strstr (cr_test_reply_get (endpoint, "Access-Control-Allow-Headers"), "Authorization"));
  g_assert_null (cr_test_reply_get (endpoint, "Link"));
  g_assert_cmpuint (session->status, ==, 200);
  g_assert_nonnull (strstr (cr_test_reply_get (session, "Access-Control-Allow-Methods"), "PATCH, DELETE"));
  g_assert_cmpstr (cr_test_reply_get (created, "Access-Control-Allow-Origin"), ==, "*");
  g_assert_nonnull (strstr (exposed, "Location"));
  g_assert_nonnull (strstr (exposed, "ETag"));
  g_assert_nonnull (strstr (exposed, "Link"));
}

static void
test_sources_and_slots (Fixture *fixture, gconstpointer data)
{
  CrTestDaemon *daemon = fixture->daemon;

  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whip/demo/screen", daemon->teacher_token, SDP,
                                             CR_TEST_WHIP_OFFER, NULL)),
                    ==, 201);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whip/demo/nothing", daemon->teacher_token, SDP,
                                             CR_TEST_WHIP_OFFER, NULL)),
                    ==, 404);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whip/demo/classroom", daemon->classroom_token,
                                             SDP, CR_TEST_WHIP_OFFER, NULL)),
                    ==, 201);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whip/demo/classroom", daemon->viewer_token,
                                             SDP, CR_TEST_WHIP_OFFER, NULL)),
                    ==, 403);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whip/demo/camera", daemon->classroom_token,
                                             SDP, CR_TEST_WHIP_OFFER, NULL)),
                    ==, 403);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whep/demo?video=screen",
                                             daemon->classroom_token, SDP, CR_TEST_WHEP_OFFER, NULL)),
                    ==, 201);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whep/demo?video=slides",
                                             daemon->classroom_token, SDP, CR_TEST_WHEP_OFFER, NULL)),
                    ==, 400);
  g_assert_cmpuint (
      status_of (cr_test_http (daemon, "POST", "/whep/demo?video=floor,wall,floor2&audio=floor,floor2",
                               daemon->teacher_token, SDP, CR_TEST_WHEP_OFFER, NULL)),
      ==, 201);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whep/demo?video=floor,floor",
                                             daemon->classroom_token, SDP, CR_TEST_WHEP_OFFER, NULL)),
                    ==, 400);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whep/demo?audio=wall", daemon->classroom_token,
                                             SDP, CR_TEST_WHEP_OFFER, NULL)),
                    ==, 400);
  g_assert_cmpuint (status_of (cr_test_http (daemon, "POST", "/whep/nothing", daemon->classroom_token, SDP,
                                             CR_TEST_WHEP_OFFER, NULL)),
                    ==, 404);
}

int
main (int argc, char **argv)
{
  static const struct {
    const gchar *name;
    void (*func) (Fixture *fixture, gconstpointer data);
  } tests[] = {
      {"post-makes-a-session", test_post_makes_a_session},
      {"links-name-ice-servers", test_links_name_ice_servers},
      {"bad-offers", test_bad_offers},
      {"type-may-have-parameters", test_type_may_have_parameters},
      {"tokens-are-checked", test_tokens_are_checked},
      {"trickle", test_trickle},
      {"restart", test_restart},
      {"delete-ignores-etags-and-is-final", test_delete_ignores_etags_and_is_final},
      {"anothers-session-is-not-found", test_anothers_session_is_not_found},
      {"other-methods", test_other_methods},
      {"preflight", test_preflight},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree gchar *whip_path = g_strconcat ("/server/whip/", tests[i].name, NULL);
    g_autofree gchar *whep_path = g_strconcat ("/server/whep/", tests[i].name, NULL);

    g_test_add (whip_path, Fixture, &whip, set_up, tests[i].func, tear_down);
    g_test_add (whep_path, Fixture, &whep, set_up, tests[i].func, tear_down);
  }
  g_test_add ("/server/whip/sources-and-slots", Fixture, &whip, set_up, test_sources_and_slots, tear_down);
  return g_test_run ();
}

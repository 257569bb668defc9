/* SPDX-License-Identifier: Apache-2.0
 *
 * Signing in and out, passwords and the cookie, through the dispatcher with a database.
 */
#include "server/people/people-fixture.h"

#include "store/audit-store.h"

#define JSON "application/json"

static void
sign_in (World *world, const gchar *login, const gchar *password, const gchar *const *headers, Answer *answer)
{
  g_autofree gchar *body = g_strdup_printf ("{\"login\":\"%s\",\"password\":\"%s\"}", login, password);
  Question question = {
      .method = "POST", .path = "/api/v1/sign-in", .type = JSON, .body = body, .headers = headers};

  world_ask (world, &question, answer);
}

/* The token within Set-Cookie; free with g_free(). */
static gchar *
token_of (const Answer *answer)
{
  const gchar *begin = strchr (answer->cookie, '=') + 1;

  return g_strndup (begin, strcspn (begin, ";"));
}

static guint
me_status (World *world, const gchar *token)
{
  Question question = {.method = "GET", .path = "/api/v1/me", .cookie = token};
  g_auto (Answer) answer = {0};

  world_ask (world, &question, &answer);
  return answer.status;
}

static void
set_up (World *world, gconstpointer data)
{
  world_set_up (world, g_ptr_array_new (), NULL);
}

static void
tear_down (World *world, gconstpointer data)
{
  world_tear_down (world);
}

static void
test_signs_in_and_out (World *world, gconstpointer data)
{
  g_auto (Answer) in = {0};
  g_auto (Answer) out = {0};
  g_autofree gchar *token = NULL;
  g_autofree gchar *role = NULL;
  Question leave = {.method = "POST", .path = "/api/v1/sign-out"};

  sign_in (world, "LOGIN-Big-g", PASSWORD, NULL, &in); /* case does not matter */
  g_assert_cmpuint (in.status, ==, 200);
  role = answer_get (&in, "role");
  g_assert_cmpstr (role, ==, "coordinator");
  g_assert_null (strstr (in.text, "argon2"));
  token = token_of (&in);
  g_assert_cmpuint (strlen (token), ==, 64);
  g_assert_null (strstr (in.text, token));
  g_assert_cmpuint (me_status (world, token), ==, 200);
  leave.cookie = token;
  world_ask (world, &leave, &out);
  g_assert_cmpuint (out.status, ==, 204);
  g_assert_nonnull (strstr (out.cookie, "Max-Age=0"));
  g_assert_cmpuint (me_status (world, token), ==, 401);
}

static void
test_failures_look_alike (World *world, gconstpointer data)
{
  static const gchar *const logins[] = {"login-big-g", "nobody-at-all", "login-big-x", "not a login"};
  g_autofree gchar *first = NULL;

  for (guint i = 0; i < G_N_ELEMENTS (logins); i++) {
    g_auto (Answer) answer = {0};

    sign_in (world, logins[i], i == 2 ? PASSWORD : "wrong password", NULL, &answer); /* big-x is disabled */
    g_assert_cmpuint (answer.status, ==, 401);
    g_assert_null (answer.cookie);
    if (first == NULL)
      first = g_strdup (answer.text);
    g_assert_cmpstr (answer.text, ==, first);
  }
}

static void
test_cookie_is_bound_to_tls (World *world, gconstpointer data)
{
  const gchar *tls[] = {"Host",
                        "relay.example",
                        "Origin",
                        "https://relay.example",
                        "X-Forwarded-Proto",
                        "https",
                        "X-Forwarded-For",
                        "192.0.2.7",
                        NULL};
  const gchar *plain[] = {"Host",
                          "relay.example",
                          "Origin",
                          "http://relay.example",
                          "X-Forwarded-Proto",
                          "http",
                          "X-Forwarded-For",
                          "192.0.2.7",
                          NULL};
  g_auto (Answer) secure = {0};
  g_auto (Answer) local = {0};
  g_auto (Answer) refused = {0};

  sign_in (world, "login-big-g", PASSWORD, tls, &secure);
  g_assert_cmpuint (secure.status, ==, 200);
  g_assert_true (g_str_has_prefix (secure.cookie, "__Host-classrelay="));
  g_assert_nonnull (strstr (secure.cookie, "; Secure"));
  g_assert_nonnull (strstr (secure.cookie, "; HttpOnly"));
  g_assert_nonnull (strstr (secure.cookie, "; SameSite=Strict"));
  g_assert_nonnull (strstr (secure.cookie, "; Path=/;"));
  g_assert_null (strstr (secure.cookie, "Domain"));
  sign_in (world, "login-big-g", PASSWORD, NULL, &local);
  g_assert_true (g_str_has_prefix (local.cookie, "classrelay="));
  g_assert_null (strstr (local.cookie, "Secure"));
  sign_in (world, "login-big-g", PASSWORD, plain, &refused);
  g_assert_cmpuint (refused.status, ==, 403);
  g_assert_nonnull (strstr (refused.text, "not-secure"));
}

static void
test_foreign_pages_are_refused (World *world, gconstpointer data)
{
  static const struct {
    const gchar *method, *headers[7];
    guint status;
  } cases[] = {
      {"GET", {"Host", HOST, NULL}, 200},
      {"GET", {"Host", HOST, "Sec-Fetch-Site", "none", NULL}, 200},
      {"GET", {"Host", HOST, "Sec-Fetch-Site", "cross-site", NULL}, 403},
      {"GET", {"Host", HOST, "Sec-Fetch-Site", "same-site", NULL}, 403},
      {"GET", {"Host", HOST, "Origin", "https://elsewhere.example", NULL}, 403},
      {"GET", {"Host", HOST, "Origin", "null", NULL}, 403},
      {"POST", {"Host", HOST, NULL}, 403},
      {"POST", {"Host", HOST, "Sec-Fetch-Site", "none", NULL}, 403},
      {"POST", {"Host", HOST, "Origin", "https://127.0.0.1:8080", NULL}, 403},
      {"POST", {"Host", HOST, "Origin", "http://127.0.0.1:8081", NULL}, 403},
      {"POST", {"Host", HOST, "Origin", ORIGIN, "Sec-Fetch-Site", "cross-site", NULL}, 403},
      {"POST", {"Host", HOST, "Origin", ORIGIN, "Sec-Fetch-Site", "same-origin", NULL}, 204},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gboolean reads = g_str_equal (cases[i].method, "GET");
    Question question = {.method = cases[i].method,
                         .path = reads ? "/api/v1/me" : "/api/v1/sign-out",
                         .cookie = world_find (world, 'G')->secret,
                         .headers = cases[i].headers};
    g_auto (Answer) answer = {0};

    world_ask (world, &question, &answer);
    g_assert_cmpuint (answer.status, ==, cases[i].status);
  }
}

static void
test_guessing_slows_down (World *world, gconstpointer data)
{
  guint n_refused = 0, wait_s = 0;

  for (guint i = 0; i < 40; i++) {
    g_auto (Answer) answer = {0};

    sign_in (world, "login-big-g", "wrong password", NULL, &answer);
    if (answer.status == 429) {
      n_refused++;
      wait_s =
          (guint)g_ascii_strtoull (soup_message_headers_get_one (answer.headers, "Retry-After"), NULL, 10);
      g_assert_cmpuint (wait_s, >, 0);
      g_assert_cmpuint (wait_s, <=, 30); /* nobody is locked out */
      world->monotonic_us += (gint64)wait_s * G_USEC_PER_SEC;
    } else {
      g_assert_cmpuint (answer.status, ==, 401);
    }
  }
  g_assert_cmpuint (n_refused, >, 10);
  g_assert_cmpuint (wait_s, ==, 30);
  for (;;) { /* the owner comes in after the wait */
    g_auto (Answer) answer = {0};

    sign_in (world, "login-big-g", PASSWORD, NULL, &answer);
    if (answer.status == 200)
      break;
    g_assert_cmpuint (answer.status, ==, 429);
    world->monotonic_us += 30 * G_USEC_PER_SEC;
  }
}

static gboolean
list_alerts (CrStoreTx *tx, gpointer data, GError **error)
{
  CrAuditFilter filter = {.verb = "sign-in-alert"};
  CrPage all = {0};

  return cr_audit_store_list (tx, &filter, &all, data, NULL, error);
}

static void
test_guessing_raises_an_alert (World *world, gconstpointer data)
{
  g_autoptr (GPtrArray) rows = NULL;
  const CrAuditRow *row;

  for (guint i = 0; i < 12; i++) {
    g_auto (Answer) answer = {0};

    sign_in (world, "login-big-g", "wrong password", NULL, &answer);
    g_assert_cmpuint (answer.status, ==, 401);
    world->monotonic_us += 31 * G_USEC_PER_SEC;
  }
  g_assert_true (cr_store_read_sync (world->http->store, list_alerts, &rows, NULL));
  g_assert_cmpuint (rows->len, ==, 1);
  row = rows->pdata[0];
  g_assert_true (g_str_has_suffix (row->object, world_find (world, 'G')->id));
  g_assert_cmpstr (row->address, ==, "127.0.0.1");
}

static void
change_password (World *world, const gchar *token, const gchar *old, const gchar *new, Answer *answer)
{
  g_autofree gchar *body = g_strdup_printf ("{\"old\":\"%s\",\"new\":\"%s\"}", old, new);
  Question question = {
      .method = "PUT", .path = "/api/v1/me/password", .cookie = token, .type = JSON, .body = body};

  world_ask (world, &question, answer);
}

static void
test_change_signs_out_elsewhere (World *world, gconstpointer data)
{
  const gchar *here = world_find (world, 'G')->secret;
  g_auto (Answer) in = {0};
  g_auto (Answer) wrong = {0};
  g_auto (Answer) weak = {0};
  g_auto (Answer) changed = {0};
  g_auto (Answer) old = {0};
  g_auto (Answer) new = {0};
  g_autofree gchar *elsewhere = NULL;

  sign_in (world, "login-big-g", PASSWORD, NULL, &in);
  elsewhere = token_of (&in);
  change_password (world, here, "wrong password", "quite another one", &wrong);
  g_assert_cmpuint (wrong.status, ==, 401);
  change_password (world, here, PASSWORD, "short", &weak);
  g_assert_cmpuint (weak.status, ==, 422);
  g_assert_cmpuint (me_status (world, elsewhere), ==, 200);
  change_password (world, here, PASSWORD, "quite another one", &changed);
  g_assert_cmpuint (changed.status, ==, 204);
  g_assert_cmpuint (me_status (world, here), ==, 200);
  g_assert_cmpuint (me_status (world, elsewhere), ==, 401);
  sign_in (world, "login-big-g", PASSWORD, NULL, &old);
  g_assert_cmpuint (old.status, ==, 401);
  sign_in (world, "login-big-g", "quite another one", NULL, &new);
  g_assert_cmpuint (new.status, ==, 200);
}

static void
test_reset_must_be_changed (World *world, gconstpointer data)
{
  g_autofree gchar *path = g_strdup_printf ("/api/v1/accounts/%s/reset", world_find (world, 'a')->id);
  Question reset = {.method = "POST", .path = path, .cookie = world_find (world, 'G')->secret};
  Question accounts = {.method = "GET", .path = "/api/v1/accounts"};
  g_auto (Answer) answer = {0};
  g_auto (Answer) in = {0};
  g_auto (Answer) before = {0};
  g_auto (Answer) changed = {0};
  g_auto (Answer) after = {0};
  g_autofree gchar *password = NULL;
  g_autofree gchar *token = NULL;

  world_ask (world, &reset, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  password = answer_get (&answer, "password");
  g_assert_cmpuint (me_status (world, world_find (world, 'a')->secret), ==, 401);
  sign_in (world, "login-a", password, NULL, &in);
  token = token_of (&in);
  accounts.cookie = token;
  world_ask (world, &accounts, &before);
  g_assert_cmpuint (before.status, ==, 403);
  g_assert_cmpuint (me_status (world, token), ==, 200);
  change_password (world, token, password, "a password of my own", &changed);
  g_assert_cmpuint (changed.status, ==, 204);
  world_ask (world, &accounts, &after);
  g_assert_cmpuint (after.status, ==, 200);
}

static gboolean
do_nothing (CrStoreTx *tx, gpointer data, GError **error)
{
  return TRUE;
}

static void
test_sessions_expire (World *world, gconstpointer data)
{
  const gchar *token = world_find (world, 'G')->secret;

  for (guint hours = 0; hours < 7 * 24; hours += 6) { /* used every six hours: for seven days */
    g_assert_cmpuint (me_status (world, token), ==, 200);
    /* writes run in their order: "last seen" is written before this */
    g_assert_true (cr_store_run_sync (world->http->store, do_nothing, NULL, NULL));
    world->wall_us += 6 * G_TIME_SPAN_HOUR;
  }
  g_assert_cmpuint (me_status (world, token), ==, 401);
  token = world_find (world, 'a')->secret; /* not used for a week */
  g_assert_cmpuint (me_status (world, token), ==, 401);
}

static void
test_the_last_coordinator_stays (World *world, gconstpointer data)
{
  static const gchar letters[] = {'E', 'M', 'G'}; /* X is disabled already */
  static const gchar *const headers[] = {"Host", HOST, "Origin", ORIGIN, "If-Match", "*", NULL};

  for (guint i = 0; i < G_N_ELEMENTS (letters); i++) {
    g_autofree gchar *path = g_strdup_printf ("/api/v1/accounts/%s", world_find (world, letters[i])->id);
    Question disable = {.method = "PATCH",
                        .path = path,
                        .cookie = world_find (world, 'G')->secret,
                        .type = JSON,
                        .body = "{\"disabled\":true}",
                        .headers = headers};
    g_auto (Answer) answer = {0};

    world_ask (world, &disable, &answer);
    g_assert_cmpuint (answer.status, ==, letters[i] == 'G' ? 409 : 200);
  }
}

/* What a coordinator of one district might try in order to reach further. */
static void
test_reach_is_not_widened (World *world, gconstpointer data)
{
  static const gchar *const headers[] = {"Host", HOST, "Origin", ORIGIN, "If-Match", "*", NULL};
  g_autofree gchar *own = g_strdup_printf ("/api/v1/accounts/%s", world_find (world, 'b')->id);
  g_autofree gchar *assistant = g_strdup_printf ("/api/v1/accounts/%s", world_find (world, 'H')->id);
  g_autofree gchar *move = g_strdup_printf ("{\"school_id\":\"%s\"}", world->school_ids[SCHOOL_C]);
  const struct {
    gchar who;
    const gchar *method, *path, *body;
    guint status;
  } cases[] = {
      {'b', "PATCH", own, "{\"districts\":null}", 404},
      {'b', "PATCH", assistant, "{\"role\":\"coordinator\",\"school_id\":null}", 404},
      {'b', "PATCH", assistant, move, 404},
      {'U', "PATCH", assistant, "{\"role\":\"school\"}", 404},
      {'b', "POST", "/api/v1/accounts", "{\"login\":\"xx\",\"name\":\"X\",\"role\":\"coordinator\"}", 404},
      {'b', "POST", "/api/v1/accounts",
       "{\"login\":\"xx\",\"name\":\"X\",\"role\":\"auditor\",\"districts\":[\"district-B\"]}", 404},
      {'G', "POST", "/api/v1/accounts", "{\"login\":\"xx\",\"name\":\"X\",\"role\":\"classroom\"}", 422},
      {'G', "POST", "/api/v1/accounts", "{\"login\":\"xx\",\"name\":\"X\",\"role\":\"school\"}", 422},
      {'G', "POST", "/api/v1/accounts", "{\"login\":\"login-a\",\"name\":\"X\",\"role\":\"auditor\"}", 409},
      {'b', "PATCH", assistant, "{\"name\":\"a better name\"}", 200},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    Question question = {.method = cases[i].method,
                         .path = cases[i].path,
                         .cookie = world_find (world, cases[i].who)->secret,
                         .type = JSON,
                         .body = cases[i].body,
                         .headers = headers};
    g_auto (Answer) answer = {0};

    g_test_message ("%u", i);
    world_ask (world, &question, &answer);
    g_assert_cmpuint (answer.status, ==, cases[i].status);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/http/sign-in/" name, World, NULL, set_up, func, tear_down)
  ADD ("in-and-out", test_signs_in_and_out);
  ADD ("failures-look-alike", test_failures_look_alike);
  ADD ("cookie-is-bound-to-tls", test_cookie_is_bound_to_tls);
  ADD ("foreign-pages-are-refused", test_foreign_pages_are_refused);
  ADD ("guessing-slows-down", test_guessing_slows_down);
  ADD ("guessing-raises-an-alert", test_guessing_raises_an_alert);
  ADD ("change-signs-out-elsewhere", test_change_signs_out_elsewhere);
  ADD ("reset-must-be-changed", test_reset_must_be_changed);
  ADD ("sessions-expire", test_sessions_expire);
  ADD ("the-last-coordinator-stays", test_the_last_coordinator_stays);
  ADD ("reach-is-not-widened", test_reach_is_not_widened);
  return g_test_run ();
}

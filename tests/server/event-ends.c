/* SPDX-License-Identifier: Apache-2.0
 *
 * How event streams end: with the right to look, whichever way it goes, within five seconds; with the lesson,
 * after the event that says so. And a lesson of two names is one lesson. A real server and database in this
 * process, readers on plain sockets.
 */
#include "server/people/people-fixture.h"

#include "http/server.h"
#include "support/event-client.h"

#define JSON "application/json"

/* By the interface a right ends at once, by another process's hand within the five seconds of a revocation;
 * and as much again for a busy machine. */
#define AT_ONCE_US      (2 * G_USEC_PER_SEC)
#define BY_ANOTHER_S    5
#define BY_ANOTHER_US   (2 * BY_ANOTHER_S * G_USEC_PER_SEC)
#define LESSON          "/events/music"
#define LESSON_BY_OTHER "/events/music-again"

typedef struct {
  World world;
  CrHttpServer *server;
  gchar *url;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  static const gchar *const listen[] = {"127.0.0.1:0", NULL};
  g_autoptr (GError) error = NULL;

  world_set_up (&f->world, g_ptr_array_new (), NULL);
  g_strfreev (f->world.config->listen);
  f->world.config->listen = g_strdupv ((gchar **)listen);
  f->server = cr_http_server_new (f->world.http, &error);
  g_assert_no_error (error);
  f->url = cr_http_server_get_urls (f->server);
  f->url[strcspn (f->url + strlen ("http://"), "/") + strlen ("http://")] = '\0';
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_http_server_free (f->server);
  world_tear_down (&f->world);
  g_free (f->url);
}

static CrEventClient *
follow (Fixture *f, const gchar *path, const gchar *token)
{
  CrEventClient *client = cr_event_client_follow (f->url, path, token, NULL);

  cr_event_client_expect (client, "snapshot", NULL);
  return client;
}

static CrEventClient *
follow_by_cookie (Fixture *f, const gchar *session)
{
  g_autofree gchar *headers =
      g_strdup_printf ("Cookie: classrelay=%s\r\nSec-Fetch-Site: same-origin\r\n", session);
  CrEventClient *client = cr_event_client_open (f->url, LESSON, "1.1", headers, 0);

  cr_event_client_expect (client, "snapshot", NULL);
  return client;
}

static void
ask (Fixture *f, const gchar *method, const gchar *path, const gchar *cookie, const gchar *body, guint status)
{
  static const gchar *const headers[] = {"Host", HOST, "Origin", ORIGIN, "If-Match", "*", NULL};
  const Question question = {.method = method,
                             .path = path,
                             .cookie = cookie,
                             .type = body != NULL ? JSON : NULL,
                             .body = body,
                             .headers = headers};
  g_auto (Answer) answer = {0};

  world_ask (&f->world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, status);
}

/* A second session of the same person; free with g_free(). */
static gchar *
sign_in (Fixture *f, const gchar *login)
{
  g_autofree gchar *body = g_strdup_printf ("{\"login\":\"%s\",\"password\":\"%s\"}", login, PASSWORD);
  const Question question = {.method = "POST", .path = "/api/v1/sign-in", .type = JSON, .body = body};
  g_auto (Answer) answer = {0};
  const gchar *secret;

  world_ask (&f->world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_nonnull (answer.cookie);
  secret = strchr (answer.cookie, '=') + 1;
  return g_strndup (secret, strcspn (secret, ";"));
}

static void
assert_goes_on (CrEventClient *client)
{
  while (strstr (client->text->str, ":\n\n") == NULL) { /* the heartbeat */
    g_assert_false (client->ended);
    cr_event_client_wait (client);
  }
}

static void
assert_ends_within (CrEventClient *client, gint64 within_us)
{
  gint64 since_us = g_get_monotonic_time ();

  cr_event_client_wait_end (client);
  g_assert_true (cr_event_client_ended_well (client));
  g_assert_cmpint (g_get_monotonic_time () - since_us, <, within_us);
  cr_event_client_close (client);
}

static void
test_sign_out_and_new_password (Fixture *f, gconstpointer data)
{
  const gchar *one = world_find (&f->world, 'T')->secret;
  g_autofree gchar *two = sign_in (f, "login-big-t");
  CrEventClient *first = follow_by_cookie (f, one), *second = follow_by_cookie (f, two);

  ask (f, "POST", "/api/v1/sign-out", one, NULL, 204);
  assert_ends_within (first, AT_ONCE_US);
  assert_goes_on (second);
  ask (f, "PUT", "/api/v1/me/password", two, "{\"old\":\"" PASSWORD "\",\"new\":\"another good one\"}", 204);
  assert_ends_within (second, AT_ONCE_US); /* with all that the account has open */
}

/* A device's credential, and the token that it joined with. */
static void
test_a_device_is_revoked (Fixture *f, gconstpointer data)
{
  const Person *device = world_find (&f->world, 'D');
  const Question join = {.method = "POST", .path = "/api/v1/lessons/music/join", .bearer = device->secret};
  g_autofree gchar *path = g_strdup_printf ("/api/v1/devices/%s", device->id);
  g_autofree gchar *token = NULL;
  g_auto (Answer) answer = {0};
  CrEventClient *first = follow (f, LESSON, device->secret), *second;
  CrEventClient *other = follow_by_cookie (f, world_find (&f->world, 'H')->secret);

  world_ask (&f->world, &join, &answer);
  token = answer_get (&answer, "token");
  second = follow (f, LESSON, token);
  ask (f, "DELETE", path, world_find (&f->world, 'b')->secret, NULL, 204);
  assert_ends_within (first, AT_ONCE_US);
  assert_ends_within (second, AT_ONCE_US);
  assert_goes_on (other);
  cr_event_client_close (other);
}

static void
test_an_account_is_disabled (Fixture *f, gconstpointer data)
{
  const Person *teacher = world_find (&f->world, 'T');
  g_autofree gchar *path = g_strdup_printf ("/api/v1/accounts/%s", teacher->id);
  CrEventClient *client = follow_by_cookie (f, teacher->secret);

  ask (f, "PATCH", path, world_find (&f->world, 'G')->secret, "{\"disabled\":true}", 200);
  assert_ends_within (client, AT_ONCE_US);
}

/* The command on the same database, which the running relay is not told of. */
static gboolean
revoke_behind (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;

  return cr_device_store_revoke (tx, world_find (world, 'D')->id, world_now (world), error);
}

static void
test_a_right_ends_behind_the_relay (Fixture *f, gconstpointer data)
{
  CrEventClient *client = follow (f, LESSON, world_find (&f->world, 'D')->secret);
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_store_run_sync (f->world.http->store, revoke_behind, &f->world, &error));
  g_assert_no_error (error);
  assert_ends_within (client, BY_ANOTHER_US);
}

static gboolean
end_all_behind (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_credentials_end_all (tx, world_find (data, 'T')->id, NULL, error);
}

/* Both what an account has open itself and what it joined with. */
static void
test_an_account_ends_behind_the_relay (Fixture *f, gconstpointer data)
{
  const gchar *cookie = world_find (&f->world, 'T')->secret;
  const Question join = {.method = "POST", .path = "/api/v1/lessons/music/join", .cookie = cookie};
  g_autofree gchar *token = NULL;
  g_auto (Answer) answer = {0};
  CrEventClient *first = follow_by_cookie (f, cookie), *second, *other;
  g_autoptr (GError) error = NULL;

  world_ask (&f->world, &join, &answer);
  token = answer_get (&answer, "token");
  second = follow (f, LESSON, token);
  other = follow_by_cookie (f, world_find (&f->world, 'H')->secret);
  g_assert_true (cr_store_run_sync (f->world.http->store, end_all_behind, &f->world, &error));
  g_assert_no_error (error);
  assert_ends_within (first, BY_ANOTHER_US);
  assert_ends_within (second, BY_ANOTHER_US);
  assert_goes_on (other);
  cr_event_client_close (other);
}

static void
test_the_lesson_ends (Fixture *f, gconstpointer data)
{
  CrEventClient *teacher = follow_by_cookie (f, world_find (&f->world, 'T')->secret);
  CrEventClient *device = follow (f, LESSON, world_find (&f->world, 'D')->secret);
  CrEventClient *late;
  g_auto (CrClientEvent) event = {0};

  cr_lessons_retire (f->world.lessons, "music");
  cr_event_client_next (teacher, &event);
  g_assert_cmpstr (event.name, ==, "ended");
  g_assert_cmpstr (event.data, ==, "{\"state\":\"ended\"}");
  cr_event_client_expect (device, "ended", NULL);
  assert_ends_within (teacher, AT_ONCE_US);
  assert_ends_within (device, AT_ONCE_US);

  late = cr_event_client_follow (f->url, LESSON, world_find (&f->world, 'D')->secret, event.id);
  while (strstr (late->text->str, "\r\n\r\n") == NULL)
    cr_event_client_wait (late);
  g_assert_true (g_str_has_prefix (late->text->str, "HTTP/1.1 404 "));
  cr_event_client_close (late);
}

/* As the demo's lesson, which the timetable has too: what is done by one name is told by both, and the lesson
 * goes on when the timetable's hour is over. */
static void
test_two_names_are_one_lesson (Fixture *f, gconstpointer data)
{
  const gchar *credential = world_find (&f->world, 'D')->secret;
  Question raise = {.method = "POST",
                    .path = "/api/v1/lessons/music-again/hand",
                    .bearer = credential,
                    .type = JSON,
                    .body = "{\"raised\":true}"};
  g_auto (Answer) answer = {0};
  g_autofree gchar *id = NULL, *other_id = NULL;
  CrEventClient *by_name, *by_other, *again;

  cr_lessons_add_alias (f->world.lessons, "music-again", cr_lessons_find (f->world.lessons, "music"));
  by_name = follow (f, LESSON, credential);
  by_other = follow (f, LESSON_BY_OTHER, credential);
  world_ask (&f->world, &raise, &answer);
  g_assert_cmpuint (answer.status, ==, 204);
  cr_event_client_expect (by_name, "hands", &id);
  cr_event_client_expect (by_other, "hands", &other_id);
  g_assert_cmpstr (id, ==, other_id);

  cr_lessons_retire (f->world.lessons, "music-again");
  assert_goes_on (by_name);
  assert_goes_on (by_other);
  again = cr_event_client_follow (f->url, LESSON, credential, id); /* nothing was missed, whichever name */
  assert_goes_on (again);
  g_assert_null (strstr (again->text->str, "event: hands"));
  cr_event_client_close (by_name);
  cr_event_client_close (by_other);
  cr_event_client_close (again);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/event-ends/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("sign-out-and-new-password", test_sign_out_and_new_password);
  ADD ("a-device-is-revoked", test_a_device_is_revoked);
  ADD ("an-account-is-disabled", test_an_account_is_disabled);
  ADD ("a-right-ends-behind-the-relay", test_a_right_ends_behind_the_relay);
  ADD ("an-account-ends-behind-the-relay", test_an_account_ends_behind_the_relay);
  ADD ("the-lesson-ends", test_the_lesson_ends);
  ADD ("two-names-are-one-lesson", test_two_names_are_one_lesson);
  return g_test_run ();
}

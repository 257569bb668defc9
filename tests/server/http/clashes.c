/* SPDX-License-Identifier: Apache-2.0
 *
 * Edits that make planned lessons clash, and calendars that become busy times, at the public interface:
 * refused with what clashes, nothing written; confirmed, everybody told and the list kept until it is solved.
 * Each test begins where the one before it ended.
 */
#include "support/daemon.h"

#include <json-glib/json-glib.h>
#include <string.h>

static CrTestDaemon *daemon_;
static gchar *cookie;
static JsonObject *lesson; /* planned for a day of the week after next */

static JsonObject *
object_of (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = json_from_string (text, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (root));
  return json_object_ref (json_node_get_object (root));
}

static CrTestReply *
ask (const gchar *method, const gchar *path, const gchar *type, const gchar *body, gint64 version)
{
  g_autofree gchar *etag = g_strdup_printf ("\"v%" G_GINT64_FORMAT "\"", version);
  const gchar *headers[] = {
      "Cookie", cookie, "Origin", daemon_->url, "Accept-Language", "en", version != 0 ? "If-Match" : NULL,
      etag,     NULL};

  return cr_test_http (daemon_, method, path, NULL, type, body, headers);
}

static CrTestReply *
ask_json (const gchar *method, const gchar *path, const gchar *body, gint64 version)
{
  return ask (method, path, body != NULL ? "application/json" : NULL, body, version);
}

static JsonObject *
get (const gchar *path)
{
  g_autoptr (CrTestReply) reply = ask_json ("GET", path, NULL, 0);

  g_assert_cmpuint (reply->status, ==, 200);
  return object_of (reply->body);
}

static const gchar *
text_of (JsonObject *object, const gchar *name)
{
  return json_object_get_string_member_with_default (object, name, NULL);
}

static guint
n_of (JsonObject *object, const gchar *name)
{
  return json_array_get_length (json_object_get_array_member (object, name));
}

static guint
n_clashes (void)
{
  g_autoptr (JsonObject) standing = get ("/api/v1/conflicts");

  return n_of (standing, "conflicts");
}

static guint
n_busy (void)
{
  g_autofree gchar *path =
      g_strdup_printf ("/api/v1/busy?limit=200&school_id=%s", text_of (lesson, "host_school_id"));
  g_autoptr (JsonObject) page = get (path);

  return n_of (page, "items");
}

static guint
n_clash_notices (void)
{
  g_autoptr (JsonObject) page = get ("/api/v1/notices?limit=200");
  JsonArray *items = json_object_get_array_member (page, "items");
  guint n = 0;

  for (guint i = 0; i < json_array_get_length (items); i++) {
    JsonObject *notice = json_array_get_object_element (items, i);

    if (!g_str_equal (text_of (notice, "kind"), "clash"))
      continue;
    n++;
    g_assert_nonnull (strstr (text_of (notice, "text_en"), text_of (lesson, "title")));
    g_assert_nonnull (strstr (text_of (notice, "text_zh"), "等待调课"));
    g_assert_cmpuint (n_of (notice, "recipients"), >, 2);
  }
  return n;
}

static void
find_lesson (void)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) then = g_date_time_add_days (now, 15 - g_date_time_get_day_of_week (now));
  g_autofree gchar *date = g_date_time_format (then, "%Y-%m-%d");
  g_autofree gchar *path = g_strdup_printf ("/api/v1/lessons?from=%s&to=%s", date, date);
  g_autoptr (JsonObject) day = get (path);

  lesson = json_object_ref (json_array_get_object_element (json_object_get_array_member (day, "items"), 0));
}

/* An exam in the lesson's time at its host school; `extra` members. */
static gchar *
exam (const gchar *extra)
{
  return g_strdup_printf (
      "{\"school_id\":\"%s\",\"kind\":\"exam\",\"from_date\":\"%s\",\"to_date\":\"%s\",\"start\":"
      "\"%s\",\"end\":\"%s\"%s}",
      text_of (lesson, "host_school_id"), text_of (lesson, "date"), text_of (lesson, "date"),
      text_of (lesson, "start"), text_of (lesson, "end"), extra);
}

static void
test_refused_until_confirmed (void)
{
  g_autofree gchar *body = exam (",\"reason\":\"midterm\"");
  guint n_before = n_busy (), n_notices = n_clash_notices ();
  g_autoptr (CrTestReply) refused = ask_json ("POST", "/api/v1/busy", body, 0);
  g_autoptr (CrTestReply) made = NULL, renamed = NULL, removed = NULL;
  g_autoptr (JsonObject) problem = object_of (refused->body);
  JsonObject *first;
  const gchar *path;

  g_assert_cmpuint (n_clashes (), ==, 0);
  g_assert_cmpuint (refused->status, ==, 409);
  g_assert_cmpstr (text_of (problem, "code"), ==, "conflict");
  g_assert_cmpstr (text_of (problem, "confirm"), ==, "clashes");
  g_assert_cmpuint (n_of (problem, "conflicts"), ==, 1);
  first = json_array_get_object_element (json_object_get_array_member (problem, "conflicts"), 0);
  g_assert_cmpstr (text_of (first, "lesson_id"), ==, text_of (lesson, "id"));
  g_assert_cmpstr (text_of (first, "lesson_title"), ==, text_of (lesson, "title"));
  g_assert_cmpuint (n_busy (), ==, n_before);
  g_assert_cmpuint (n_clash_notices (), ==, n_notices);

  made = ask_json ("POST", "/api/v1/busy?confirm=clashes", body, 0);
  g_assert_cmpuint (made->status, ==, 201);
  path = cr_test_reply_get (made, "Location");
  g_assert_cmpuint (n_clashes (), ==, 1);
  g_assert_cmpuint (n_clash_notices (), ==, n_notices + 1);

  /* What clashed before is not asked for again. */
  renamed = ask_json ("PATCH", path, "{\"reason\":\"midterm exam\"}", 1);
  g_assert_cmpuint (renamed->status, ==, 200);
  g_assert_cmpuint (n_clash_notices (), ==, n_notices + 1);

  removed = ask_json ("DELETE", path, NULL, 2);
  g_assert_cmpuint (removed->status, ==, 204);
  g_assert_cmpuint (n_clashes (), ==, 0);
}

/* The lesson's own period goes from the bells: nobody can say when it is. */
static void
test_bells_without_the_period (void)
{
  g_autofree gchar *list = g_strdup_printf ("/api/v1/bells?school_id=%s", text_of (lesson, "host_school_id"));
  g_autoptr (JsonObject) page = get (list);
  JsonObject *bells = json_array_get_object_element (json_object_get_array_member (page, "items"), 0);
  g_autofree gchar *path = g_strdup_printf ("/api/v1/bells/%s", text_of (bells, "id"));
  g_autoptr (CrTestReply) refused = ask_json (
      "PATCH", path, "{\"periods\":[{\"period\":20,\"name\":\"\",\"start\":\"06:00\",\"end\":\"06:10\"}]}",
      json_object_get_int_member (bells, "version"));
  g_autoptr (CrTestReply) removed =
      ask_json ("DELETE", path, NULL, json_object_get_int_member (bells, "version"));
  g_autoptr (JsonObject) again = NULL;

  g_assert_cmpuint (refused->status, ==, 409);
  g_assert_nonnull (strstr (refused->body, "\"no_bell\""));
  g_assert_cmpuint (removed->status, ==, 409);
  again = get (path);
  g_assert_cmpint (json_object_get_int_member (again, "version"), ==,
                   json_object_get_int_member (bells, "version"));
  g_assert_cmpuint (n_clashes (), ==, 0);
}

static gchar *
day_digits (void)
{
  g_auto (GStrv) parts = g_strsplit (text_of (lesson, "date"), "-", -1);

  return g_strjoinv ("", parts);
}

static gchar *
import_path (const gchar *extra)
{
  return g_strdup_printf ("/api/v1/imports?kind=busy&school_id=%s%s", text_of (lesson, "host_school_id"),
                          extra);
}

/* Two of three events are wrong: both named by the lines that they begin on, and nothing imported. */
static void
test_wrong_events_are_named_by_line (void)
{
  g_autofree gchar *day = day_digits ();
  g_autofree gchar *ics = g_strdup_printf (
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//EN\r\n"                                /* 1 to 3 */
      "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:%sT200000\r\nDTEND:%sT204000\r\nEND:VEVENT\r\n"         /* 4 to 8 */
      "BEGIN:VEVENT\r\nUID:2\r\nSUMMARY:no\r\n  start\r\nEND:VEVENT\r\n"                        /* 9 to 13 */
      "BEGIN:VEVENT\r\nUID:3\r\nDTSTART:%sT200000\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:birthday\r\n" /* 14 … */
      "END:VEVENT\r\nEND:VCALENDAR\r\n",
      day, day, day);
  g_autofree gchar *path = import_path (""), *dry = import_path ("&dry_run=1");
  guint n_before = n_busy ();
  g_autoptr (CrTestReply) refused = ask ("POST", path, "text/calendar", ics, 0);
  g_autoptr (CrTestReply) tried = ask ("POST", dry, "text/calendar", ics, 0);
  g_autoptr (JsonObject) result = object_of (tried->body), problem = object_of (refused->body);
  JsonArray *errors = json_object_get_array_member (result, "errors");

  g_assert_cmpuint (refused->status, ==, 422);
  g_assert_cmpuint (n_of (problem, "errors"), ==, 2);
  g_assert_cmpuint (tried->status, ==, 200);
  g_assert_cmpuint (json_array_get_length (errors), ==, 2);
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (errors, 0), "line"), ==, 9);
  g_assert_cmpstr (text_of (json_array_get_object_element (errors, 0), "value"), ==, "no start");
  g_assert_cmpint (json_object_get_int_member (json_array_get_object_element (errors, 1), "line"), ==, 14);
  g_assert_cmpuint (n_busy (), ==, n_before);
}

static void
test_no_calendar_at_all (void)
{
  g_autofree gchar *path = import_path ("&dry_run=1");
  g_autoptr (CrTestReply) empty = ask ("POST", path, "text/calendar", "", 0);
  g_autoptr (CrTestReply) table = ask ("POST", path, "text/calendar", "school_code,code\r\n", 0);

  g_assert_cmpuint (empty->status, ==, 200);
  g_assert_nonnull (strstr (empty->body, "\"n_errors\":1"));
  g_assert_cmpuint (table->status, ==, 200);
  g_assert_nonnull (strstr (table->body, "\"n_errors\":1"));
}

/* A good one: shown beforehand with what it takes of the lessons, refused unconfirmed, imported as a whole.
 */
static void
test_a_calendar_is_seen_beforehand (void)
{
  g_autofree gchar *day = day_digits ();
  const gchar *start = text_of (lesson, "start");
  g_autofree gchar *ics = g_strdup_printf ("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//"
                                           "EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTART:%sT%.2s%.2s00\r\n"
                                           "DURATION:PT10M\r\nSUMMARY:assembly\r\nEND:VEVENT\r\nBEGIN:"
                                           "VEVENT\r\nUID:2\r\nDTSTART:19990101T000000Z\r\n"
                                           "DURATION:PT10M\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n",
                                           day, start, start + 3);
  g_autofree gchar *path = import_path (""), *dry = import_path ("&dry_run=1"),
                   *confirmed = import_path ("&confirm=clashes");
  guint n_before = n_busy (), n_notices = n_clash_notices ();
  g_autoptr (CrTestReply) tried = ask ("POST", dry, "text/calendar", ics, 0);
  g_autoptr (CrTestReply) refused = ask ("POST", path, "text/calendar", ics, 0);
  g_autoptr (CrTestReply) done = NULL;
  g_autoptr (JsonObject) result = object_of (tried->body);
  JsonObject *event;

  g_assert_cmpuint (tried->status, ==, 200);
  g_assert_cmpuint (n_of (result, "errors"), ==, 0);
  g_assert_cmpint (json_object_get_int_member (result, "n_created"), ==, 1);
  g_assert_cmpint (json_object_get_int_member (result, "n_skipped"), ==, 1);
  g_assert_cmpuint (n_of (result, "conflicts"), ==, 1);
  g_assert_cmpuint (n_of (result, "events"), ==, 1);
  event = json_array_get_object_element (json_object_get_array_member (result, "events"), 0);
  g_assert_cmpint (json_object_get_int_member (event, "line"), ==, 4);
  g_assert_cmpstr (text_of (event, "date"), ==, text_of (lesson, "date"));
  g_assert_cmpstr (text_of (event, "start"), ==, start);
  g_assert_cmpstr (text_of (event, "summary"), ==, "assembly");
  g_assert_cmpuint (refused->status, ==, 409);
  g_assert_cmpuint (n_busy (), ==, n_before);
  done = ask ("POST", confirmed, "text/calendar", ics, 0);
  g_assert_cmpuint (done->status, ==, 200);
  g_assert_cmpuint (n_busy (), ==, n_before + 1);
  g_assert_cmpuint (n_clashes (), ==, 1);
  g_assert_cmpuint (n_clash_notices (), ==, n_notices + 1);
}

static gchar *
password_of (const gchar *login)
{
  g_autoptr (CrTestReply) reply = cr_test_http (daemon_, "GET", "/demo.json", NULL, NULL, NULL, NULL);
  g_autoptr (JsonObject) demo = object_of (reply->body);
  JsonArray *accounts = json_object_get_array_member (demo, "accounts");

  for (guint i = 0; i < json_array_get_length (accounts); i++) {
    JsonObject *account = json_array_get_object_element (accounts, i);

    if (g_str_equal (text_of (account, "login"), login))
      return g_strdup (text_of (account, "password"));
  }
  g_assert_not_reached ();
}

static void
sign_in (void)
{
  g_autofree gchar *password = password_of ("coordinator");
  g_autofree gchar *body = g_strdup_printf ("{\"login\":\"coordinator\",\"password\":\"%s\"}", password);
  const gchar *headers[] = {"Origin", daemon_->url, NULL};
  g_autoptr (CrTestReply) reply =
      cr_test_http (daemon_, "POST", "/api/v1/sign-in", NULL, "application/json", body, headers);
  const gchar *set = cr_test_reply_get (reply, "Set-Cookie");

  g_assert_cmpuint (reply->status, <, 300);
  g_assert_nonnull (set);
  cookie = g_strndup (set, strcspn (set, ";"));
}

int
main (int argc, char **argv)
{
  g_autofree gchar *state = g_dir_make_tmp ("cr-clashes-XXXXXX", NULL);
  const gchar *options[] = {"--state", state, NULL};
  gchar *remove[] = {(gchar *)"rm", (gchar *)"-r", state, NULL};
  int status;

  g_test_init (&argc, &argv, NULL);
  daemon_ = cr_test_daemon_start (NULL, options);
  sign_in ();
  find_lesson ();
  g_test_add_func ("/server/http/clashes/refused-until-confirmed", test_refused_until_confirmed);
  g_test_add_func ("/server/http/clashes/bells-without-the-period", test_bells_without_the_period);
  g_test_add_func ("/server/http/clashes/wrong-events-are-named-by-line",
                   test_wrong_events_are_named_by_line);
  g_test_add_func ("/server/http/clashes/no-calendar-at-all", test_no_calendar_at_all);
  g_test_add_func ("/server/http/clashes/a-calendar-is-seen-beforehand", test_a_calendar_is_seen_beforehand);
  status = g_test_run ();
  cr_test_daemon_stop (daemon_);
  json_object_unref (lesson);
  g_free (cookie);
  g_spawn_sync (NULL, remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  return status;
}

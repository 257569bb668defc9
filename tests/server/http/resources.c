/* SPDX-License-Identifier: Apache-2.0
 *
 * What people edit, at the public interface: the real daemon with the sample district, its coordinator and
 * its real database. Each test begins where the one before it ended, as a coordinator's morning does.
 */
#include "support/daemon.h"

#include <json-glib/json-glib.h>
#include <string.h>

static CrTestDaemon *daemon_;
static gchar *cookie;

static JsonObject *
object_of (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) root = json_from_string (text, &error);

  g_assert_no_error (error);
  g_assert_true (JSON_NODE_HOLDS_OBJECT (root));
  return json_object_ref (json_node_get_object (root));
}

/* If-Match when `version` is not 0. */
static CrTestReply *
ask_in (const gchar *language, const gchar *method, const gchar *path, const gchar *type, const gchar *body,
        gint64 version)
{
  g_autofree gchar *etag = g_strdup_printf ("\"v%" G_GINT64_FORMAT "\"", version);
  const gchar *headers[] = {
      "Cookie", cookie, "Origin", daemon_->url, "Accept-Language", language, version != 0 ? "If-Match" : NULL,
      etag,     NULL};

  return cr_test_http (daemon_, method, path, NULL, type, body, headers);
}

static CrTestReply *
ask (const gchar *method, const gchar *path, const gchar *body, gint64 version)
{
  return ask_in ("en", method, path, body != NULL ? "application/json" : NULL, body, version);
}

static JsonObject *
get (const gchar *path)
{
  g_autoptr (CrTestReply) reply = ask ("GET", path, NULL, 0);

  g_assert_cmpuint (reply->status, ==, 200);
  return object_of (reply->body);
}

static void
assert_problem (const CrTestReply *reply, guint status, const gchar *code, const gchar *field)
{
  g_autoptr (JsonObject) problem = NULL;

  g_assert_cmpuint (reply->status, ==, status);
  g_assert_true (g_str_has_prefix (cr_test_reply_get (reply, "Content-Type"), "application/problem+json"));
  problem = object_of (reply->body);
  g_assert_cmpstr (json_object_get_string_member (problem, "code"), ==, code);
  g_assert_cmpstr (json_object_get_string_member_with_default (problem, "field", NULL), ==, field);
  g_assert_cmpstr (json_object_get_string_member_with_default (problem, "detail", ""), !=, "");
}

static JsonArray *
items_of (JsonObject *page)
{
  return json_object_get_array_member (page, "items");
}

static void
test_pages_follow_each_other (void)
{
  g_autofree gchar *cursor = NULL;
  guint n = 0;

  do {
    g_autofree gchar *escaped = cursor != NULL ? g_uri_escape_string (cursor, NULL, FALSE) : NULL;
    g_autofree gchar *path = g_strdup_printf ("/api/v1/schools?limit=7%s%s", cursor != NULL ? "&cursor=" : "",
                                              cursor != NULL ? escaped : "");
    g_autoptr (JsonObject) page = get (path);

    n += json_array_get_length (items_of (page));
    g_free (cursor);
    cursor = g_strdup (json_object_get_string_member_with_default (page, "next", NULL));
  } while (cursor != NULL);
  g_assert_cmpuint (n, ==, 19); /* the townships and the host */
}

static void
test_two_editors_do_not_overwrite_each_other (void)
{
  g_autoptr (CrTestReply) made =
      ask ("POST", "/api/v1/schools", "{\"code\":\"S-1\",\"name\":\"新学校\",\"district\":\"云阳县\"}", 0);
  g_autoptr (CrTestReply) first = NULL, late = NULL, without = NULL, twice = NULL, gone = NULL, after = NULL;
  const gchar *path = cr_test_reply_get (made, "Location");

  g_assert_cmpuint (made->status, ==, 201);
  g_assert_cmpstr (cr_test_reply_get (made, "ETag"), ==, "\"v1\"");
  first = ask ("PATCH", path, "{\"phone\":\"+86 23 1\"}", 1);
  g_assert_cmpuint (first->status, ==, 200);
  g_assert_cmpstr (cr_test_reply_get (first, "ETag"), ==, "\"v2\"");
  late = ask ("PATCH", path, "{\"name\":\"另一个\"}", 1);
  assert_problem (late, 412, "changed-meanwhile", NULL);
  without = ask ("PATCH", path, "{\"name\":\"另一个\"}", 0);
  assert_problem (without, 428, "precondition-required", NULL);
  twice = ask ("POST", "/api/v1/schools", "{\"code\":\"S-1\",\"name\":\"x\",\"district\":\"y\"}", 0);
  assert_problem (twice, 409, "taken", "code");
  gone = ask ("DELETE", path, NULL, 2);
  g_assert_cmpuint (gone->status, ==, 204);
  after = ask ("GET", path, NULL, 0);
  assert_problem (after, 404, "not-found", NULL);
}

typedef struct {
  const gchar *path, *body;
  guint status;
  const gchar *code, *field;
} Wrong;

static void
test_wrong_fields_are_named (void)
{
  static const Wrong cases[] = {
      {"/api/v1/schools", "{\"name\":\"x\",\"district\":\"y\"}", 422, "invalid", "code"},
      {"/api/v1/schools", "{\"code\":\"a\\nb\",\"name\":\"x\",\"district\":\"y\"}", 422, "invalid", "code"},
      {"/api/v1/schools", "{\"code\":1,\"name\":\"x\",\"district\":\"y\"}", 422, "invalid", "code"},
      {"/api/v1/schools", "[1]", 400, "bad-request", NULL},
      {"/api/v1/schools", "{", 400, "malformed-json", NULL},
      {"/api/v1/classes", "{\"school_id\":\"nobody\",\"grade\":1,\"number\":1,\"pupils\":1}", 422, "invalid",
       "school_id"},
      {"/api/v1/terms", "{\"name\":\"t\",\"first_monday\":\"2026-09-08\",\"n_weeks\":20}", 422, "invalid",
       "first_monday"},
      {"/api/v1/terms", "{\"name\":\"t\",\"first_monday\":\"2026-09-07\",\"n_weeks\":200}", 422, "invalid",
       "n_weeks"},
      {"/api/v1/terms",
       "{\"name\":\"t\",\"first_monday\":\"2026-09-07\",\"n_weeks\":2,\"time_zone\":\"Moon\"}", 422,
       "invalid", "time_zone"},
      {"/api/v1/lessons", "{\"course_id\":\"x\",\"date\":\"2026-12-05\"}", 404, "not-found", NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (CrTestReply) reply = ask ("POST", cases[i].path, cases[i].body, 0);

    g_test_message ("%s %s: %s", cases[i].path, cases[i].body, reply->body);
    assert_problem (reply, cases[i].status, cases[i].code, cases[i].field);
  }
}

/* Two lessons of a day next week, of which the second can be moved onto the first. */
static void
test_conflict_is_refused_and_a_free_period_taken (void)
{
  g_autoptr (JsonObject) terms = get ("/api/v1/terms");
  JsonObject *term = json_array_get_object_element (items_of (terms), 0);
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) then =
      g_date_time_add_days (now, 15 - g_date_time_get_day_of_week (now)); /* a Monday */
  g_autofree gchar *date = g_date_time_format (then, "%Y-%m-%d");
  g_autofree gchar *path = g_strdup_printf ("/api/v1/lessons?from=%s&to=%s&term_id=%s", date, date,
                                            json_object_get_string_member (term, "id"));
  g_autoptr (JsonObject) day = get (path);
  JsonObject *a = json_array_get_object_element (items_of (day), 0);
  JsonObject *b = json_array_get_object_element (items_of (day), 1);
  gint64 version = json_object_get_int_member (b, "version");
  g_autofree gchar *move =
      g_strdup_printf ("/api/v1/lessons/%s/move", json_object_get_string_member (b, "id"));
  g_autofree gchar *body =
      g_strdup_printf ("{\"new_period\":%" G_GINT64_FORMAT "}", json_object_get_int_member (a, "period"));
  g_autoptr (CrTestReply) refused = ask ("POST", move, body, version);
  g_autoptr (JsonObject) problem = NULL, free_period = NULL, moved = NULL;
  g_autofree gchar *good = NULL;
  g_autoptr (CrTestReply) done = NULL, again = NULL, taken_back = NULL;

  assert_problem (refused, 409, "conflict", NULL);
  problem = object_of (refused->body);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (problem, "conflicts")), >, 0);
  free_period = json_object_ref (
      json_array_get_object_element (json_object_get_array_member (problem, "free_periods"), 0));
  good = g_strdup_printf ("{\"new_date\":\"%s\",\"new_period\":%" G_GINT64_FORMAT ",\"reason\":\"test\"}",
                          json_object_get_string_member (free_period, "date"),
                          json_object_get_int_member (free_period, "period"));
  done = ask ("POST", move, good, version);
  g_assert_cmpuint (done->status, ==, 201);
  again = ask ("POST", move, good, version);
  assert_problem (again, 412, "changed-meanwhile", NULL);

  /* read-your-writes: the next question sees it */
  moved = get (path);
  for (guint i = 0; i < json_array_get_length (items_of (moved)); i++) {
    JsonObject *lesson = json_array_get_object_element (items_of (moved), i);

    if (g_str_equal (json_object_get_string_member (lesson, "id"), json_object_get_string_member (b, "id")))
      g_assert_cmpint (json_object_get_int_member (lesson, "version"), >, version);
  }
  taken_back = ask ("DELETE", cr_test_reply_get (done, "Location"), NULL, 0);
  g_assert_cmpuint (taken_back->status, ==, 200);
}

static void
test_changes_are_notices (void)
{
  g_autoptr (JsonObject) page = get ("/api/v1/notices?limit=200");
  guint n_moves = 0, n_withdrawn = 0;

  for (guint i = 0; i < json_array_get_length (items_of (page)); i++) {
    JsonObject *notice = json_array_get_object_element (items_of (page), i);
    const gchar *kind = json_object_get_string_member (notice, "kind");

    n_moves += g_str_equal (kind, "move");
    n_withdrawn += g_str_equal (kind, "withdraw");
    g_assert_cmpuint (json_array_get_length (json_object_get_array_member (notice, "recipients")), >, 2);
  }
  g_assert_cmpuint (n_moves, ==, 1);
  g_assert_cmpuint (n_withdrawn, ==, 1);
}

/* Spreadsheets in every dialect: nothing changes. */
static void
test_exports_import_unchanged (void)
{
  static const gchar *const kinds[] = {"schools", "classrooms", "classes", "teachers",
                                       "bells",   "busy",       "courses"};
  static const gchar *const dialects[] = {"", "?encoding=gb18030&separator=semicolon", "?separator=tab"};

  for (guint i = 0; i < G_N_ELEMENTS (kinds) * G_N_ELEMENTS (dialects); i++) {
    const gchar *kind = kinds[i / G_N_ELEMENTS (dialects)];
    const gchar *language = i % 2 == 0 ? "zh" : "en";
    g_autofree gchar *from =
        g_strconcat ("/api/v1/exports/", kind, dialects[i % G_N_ELEMENTS (dialects)], NULL);
    g_autofree gchar *to = g_strconcat ("/api/v1/imports?kind=", kind, NULL);
    g_autoptr (CrTestReply) table = ask_in (language, "GET", from, NULL, NULL, 0);
    g_autoptr (CrTestReply) reply = NULL;
    g_autoptr (JsonObject) result = NULL;

    g_assert_cmpuint (table->status, ==, 200);
    reply = ask_in (language, "POST", to, "text/csv", table->body, 0);
    g_test_message ("%s: %s", from, reply->body);
    g_assert_cmpuint (reply->status, ==, 200);
    result = object_of (reply->body);
    g_assert_cmpint (json_object_get_int_member (result, "n_rows"), >, 0);
    g_assert_cmpint (json_object_get_int_member (result, "n_created"), ==, 0);
    g_assert_cmpint (json_object_get_int_member (result, "n_updated"), ==, 0);
  }
}

static const gchar bad_table[] = "school_code,code,name,seats\n"
                                 "500101151,N1,good,10\n"
                                 "500101151,N2,,10\n"
                                 "nowhere,N3,x,many\n"
                                 "500101151,N1,again,1\n";

static gint64
n_classrooms (void)
{
  g_autoptr (JsonObject) page = get ("/api/v1/classrooms?limit=200");

  return json_array_get_length (items_of (page));
}

typedef struct {
  gint64 line, column;
  const gchar *name, *heading;
} RowError;

static void
assert_errors (const gchar *body, const RowError *wanted, guint n_wanted)
{
  g_autoptr (JsonObject) result = object_of (body);
  JsonArray *errors = json_object_get_array_member (result, "errors");

  g_assert_cmpuint (json_array_get_length (errors), ==, n_wanted);
  for (guint i = 0; i < n_wanted; i++) {
    JsonObject *error = json_array_get_object_element (errors, i);

    g_assert_cmpint (json_object_get_int_member (error, "line"), ==, wanted[i].line);
    g_assert_cmpint (json_object_get_int_member (error, "column"), ==, wanted[i].column);
    g_assert_cmpstr (json_object_get_string_member_with_default (error, "column_name", NULL), ==,
                     wanted[i].name);
    g_assert_cmpstr (json_object_get_string_member_with_default (error, "column_heading", NULL), ==,
                     wanted[i].heading);
  }
}

/* Of the lines that make up one schedule, the wrong one is named. */
static void
test_a_wrong_period_is_named (void)
{
  static const gchar table[] = "学校代码,作息名称,开始日期,结束日期,节次,节次名称,上课,下课\n"
                               "500101151,N,2026-03-02,2026-07-03,1,,08:00,08:40\n"
                               "500101151,N,2026-03-02,2026-07-03,2,,8点,09:30\n"
                               "500101151,N,2026-03-02,2026-07-03,3,,10:40,10:00\n"
                               "500101151,N,2026-03-02,2026-07-03,4,,08:30,09:10\n"
                               "500101151,N,2026-03-02,2026-07-03,99,,14:00,14:40\n";
  static const RowError wanted[] = {
      {3, 7, "start", "上课"}, {4, 8, "end", "下课"}, {5, 7, "start", "上课"}, {6, 5, "period", "节次"}};
  g_autoptr (CrTestReply) reply = ask_in ("zh", "POST", "/api/v1/imports?kind=bells", "text/csv", table, 0);

  assert_problem (reply, 422, "import", NULL);
  assert_errors (reply->body, wanted, G_N_ELEMENTS (wanted));
}

/* A cell that cannot be read hides no row that cannot be. */
static void
test_every_bad_row_is_named_at_once (void)
{
  static const gchar table[] = "school_code,kind,from_date,to_date,reason\n"
                               "500101151,exam,2026-05-04,2026-05-08,good\n"
                               "500101151,exam,2026-05-08,2026-05-04,backwards\n"
                               "500101151,exam,soon,2026-05-08,no date\n";
  static const RowError wanted[] = {{4, 3, "from_date", "from_date"}, {3, 4, "to_date", "to_date"}};
  g_autoptr (CrTestReply) reply = ask_in ("en", "POST", "/api/v1/imports?kind=busy", "text/csv", table, 0);

  assert_problem (reply, 422, "import", NULL);
  assert_errors (reply->body, wanted, G_N_ELEMENTS (wanted));
}

/* The column that is not there has no number, but a heading. */
static void
test_a_missing_column_is_named (void)
{
  static const gchar table[] = "学校代码,教室代码\n500101151,N1\n";
  static const RowError chinese = {1, 0, "name", "教室名称"}, english = {1, 0, "name", "name"};
  g_autoptr (CrTestReply) zh = ask_in ("zh", "POST", "/api/v1/imports?kind=classrooms", "text/csv", table, 0);
  g_autoptr (CrTestReply) en = ask_in ("en", "POST", "/api/v1/imports?kind=classrooms", "text/csv", table, 0);

  assert_problem (zh, 422, "import", NULL);
  assert_errors (zh->body, &chinese, 1);
  assert_errors (en->body, &english, 1);
}

static void
test_bad_rows_are_named_and_nothing_is_imported (void)
{
  gint64 before = n_classrooms ();
  g_autoptr (CrTestReply) dry =
      ask_in ("en", "POST", "/api/v1/imports?kind=classrooms&dry_run=1", "text/csv", bad_table, 0);
  g_autoptr (CrTestReply) real =
      ask_in ("zh", "POST", "/api/v1/imports?kind=classrooms", "text/csv", bad_table, 0);
  g_autoptr (CrTestReply) no_language =
      ask_in ("fr", "POST", "/api/v1/imports?kind=classrooms", "text/csv", bad_table, 0);
  static const RowError english[] = {{3, 3, "name", "name"}, {4, 4, "seats", "seats"}, {5, 0, NULL, NULL}};
  static const RowError chinese[] = {
      {3, 3, "name", "教室名称"}, {4, 4, "seats", "座位数"}, {5, 0, NULL, NULL}};

  g_assert_cmpuint (dry->status, ==, 200);
  assert_problem (real, 422, "import", NULL);
  assert_problem (no_language, 422, "import", NULL);
  assert_errors (dry->body, english, G_N_ELEMENTS (english));
  assert_errors (real->body, chinese, G_N_ELEMENTS (chinese));
  assert_errors (no_language->body, chinese, G_N_ELEMENTS (chinese));
  g_assert_nonnull (strstr (real->body, "不能为空"));
  g_assert_cmpint (n_classrooms (), ==, before);
}

static void
test_a_dry_run_changes_nothing (void)
{
  static const gchar good[] = "school_code;code;name\r\n500101151;N9;'=1+1\r\n";
  gint64 before = n_classrooms ();
  g_autoptr (CrTestReply) dry =
      ask_in ("en", "POST", "/api/v1/imports?kind=classrooms&dry_run=1", "text/csv", good, 0);
  g_autoptr (CrTestReply) real = NULL, table = NULL;

  g_assert_cmpuint (dry->status, ==, 200);
  g_assert_nonnull (strstr (dry->body, "\"n_created\":1"));
  g_assert_cmpint (n_classrooms (), ==, before);
  real = ask_in ("en", "POST", "/api/v1/imports?kind=classrooms", "text/csv", good, 0);
  g_assert_cmpuint (real->status, ==, 200);
  g_assert_cmpint (n_classrooms (), ==, before + 1);
  table = ask_in ("en", "GET", "/api/v1/exports/classrooms", NULL, NULL, 0);
  g_assert_nonnull (strstr (table->body, ",\"'=1+1\",")); /* a formula no more */
}

static void
test_a_file_above_its_cap_is_413 (void)
{
  g_autofree gchar *large = g_strnfill (1024 * 1024 + 1, 'x');
  g_autofree gchar *medium = g_strnfill (100 * 1024, 'x');
  g_autoptr (CrTestReply) too_large =
      ask_in ("en", "POST", "/api/v1/imports?kind=schools", "text/csv", large, 0);
  g_autoptr (CrTestReply) read = ask_in ("en", "POST", "/api/v1/imports?kind=schools", "text/csv", medium, 0);
  g_autoptr (CrTestReply) json = ask ("POST", "/api/v1/schools", medium, 0);

  g_assert_cmpuint (too_large->status, ==, 413);
  assert_problem (read, 422, "import", NULL);
  g_assert_cmpuint (json->status, ==, 413);
}

static void
test_a_feed_lives_until_it_is_revoked (void)
{
  g_autoptr (JsonObject) schools = get ("/api/v1/schools?limit=1");
  g_autofree gchar *body = g_strdup_printf (
      "{\"owner_kind\":\"school\",\"owner_id\":\"%s\"}",
      json_object_get_string_member (json_array_get_object_element (items_of (schools), 0), "id"));
  g_autoptr (CrTestReply) made = ask ("POST", "/api/v1/feeds", body, 0);
  g_autoptr (JsonObject) feed = NULL;
  g_autoptr (CrTestReply) calendar = NULL, revoked = NULL, gone = NULL;
  const gchar *url;

  g_assert_cmpuint (made->status, ==, 201);
  feed = object_of (made->body);
  url = json_object_get_string_member (feed, "url");
  calendar = cr_test_http (daemon_, "GET", url, NULL, NULL, NULL, NULL);
  g_assert_cmpuint (calendar->status, ==, 200);
  g_assert_true (g_str_has_prefix (calendar->body, "BEGIN:VCALENDAR\r\n"));
  g_assert_nonnull (strstr (calendar->body, "BEGIN:VTIMEZONE"));
  revoked = ask ("DELETE", cr_test_reply_get (made, "Location"), NULL, 0);
  g_assert_cmpuint (revoked->status, ==, 204);
  gone = cr_test_http (daemon_, "GET", url, NULL, NULL, NULL, NULL);
  g_assert_cmpuint (gone->status, ==, 404);
}

static void
test_a_calendar_becomes_busy_times (void)
{
  g_autoptr (JsonObject) schools = get ("/api/v1/schools?limit=1");
  g_autoptr (JsonObject) terms = get ("/api/v1/terms");
  JsonObject *term = json_array_get_object_element (items_of (terms), 0);
  g_auto (GStrv) monday = g_strsplit (json_object_get_string_member (term, "first_monday"), "-", -1);
  g_autofree gchar *day = g_strjoinv ("", monday);
  g_autofree gchar *path = g_strdup_printf (
      "/api/v1/imports?kind=busy&confirm=clashes&school_id=%s",
      json_object_get_string_member (json_array_get_object_element (items_of (schools), 0), "id"));
  g_autofree gchar *ics = g_strdup_printf (
      "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//t//t//"
      "EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:%sT000000Z\r\n"
      "DTSTART:%sT010000Z\r\nDTEND:%sT014000Z\r\nRRULE:FREQ=WEEKLY;COUNT=3\r\nSUMMARY:=evil\r\nEND:VEVENT\r\n"
      "END:VCALENDAR\r\n",
      day, day, day);
  g_autoptr (CrTestReply) reply = ask_in ("en", "POST", path, "text/calendar", ics, 0);
  g_autoptr (CrTestReply) again = ask_in ("en", "POST", path, "text/calendar", ics, 0);

  g_test_message ("%s", reply->body);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_nonnull (strstr (reply->body, "\"n_created\":3"));
  g_assert_nonnull (strstr (again->body, "\"n_unchanged\":3"));
}

/* The demo's lesson stands in the timetable, and has opened by itself. */
static void
test_the_demo_lesson_opens_by_itself (void)
{
  gint64 until = g_get_monotonic_time () + 10 * G_USEC_PER_SEC;
  gboolean opened = FALSE;

  while (!opened && g_get_monotonic_time () < until) {
    g_autoptr (JsonObject) page = get ("/api/v1/lessons?view=course&id=demo");

    for (guint i = 0; i < json_array_get_length (items_of (page)); i++) {
      JsonObject *lesson = json_array_get_object_element (items_of (page), i);

      opened = opened || g_str_equal (json_object_get_string_member (lesson, "state"), "open") ||
               g_str_equal (json_object_get_string_member (lesson, "state"), "live");
    }
  }
  g_assert_true (opened);
}

static gchar *
password_of (const gchar *login)
{
  g_autoptr (CrTestReply) reply = cr_test_http (daemon_, "GET", "/demo.json", NULL, NULL, NULL, NULL);
  g_autoptr (JsonObject) demo = object_of (reply->body);
  JsonArray *accounts = json_object_get_array_member (demo, "accounts");

  for (guint i = 0; i < json_array_get_length (accounts); i++) {
    JsonObject *account = json_array_get_object_element (accounts, i);

    if (g_str_equal (json_object_get_string_member (account, "login"), login))
      return g_strdup (json_object_get_string_member (account, "password"));
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
  const gchar *set;

  g_assert_cmpuint (reply->status, <, 300);
  set = cr_test_reply_get (reply, "Set-Cookie");
  g_assert_nonnull (set);
  cookie = g_strndup (set, strcspn (set, ";"));
}

int
main (int argc, char **argv)
{
  g_autofree gchar *state = g_dir_make_tmp ("cr-resources-XXXXXX", NULL);
  const gchar *options[] = {"--state", state, NULL};
  gchar *remove[] = {(gchar *)"rm", (gchar *)"-r", state, NULL};
  int status;

  g_test_init (&argc, &argv, NULL);
  daemon_ = cr_test_daemon_start (NULL, options);
  sign_in ();
  g_test_add_func ("/server/http/resources/pages-follow-each-other", test_pages_follow_each_other);
  g_test_add_func ("/server/http/resources/two-editors-do-not-overwrite-each-other",
                   test_two_editors_do_not_overwrite_each_other);
  g_test_add_func ("/server/http/resources/wrong-fields-are-named", test_wrong_fields_are_named);
  g_test_add_func ("/server/http/resources/conflict-is-refused-and-a-free-period-taken",
                   test_conflict_is_refused_and_a_free_period_taken);
  g_test_add_func ("/server/http/resources/changes-are-notices", test_changes_are_notices);
  g_test_add_func ("/server/http/resources/exports-import-unchanged", test_exports_import_unchanged);
  g_test_add_func ("/server/http/resources/bad-rows-are-named-and-nothing-is-imported",
                   test_bad_rows_are_named_and_nothing_is_imported);
  g_test_add_func ("/server/http/resources/a-missing-column-is-named", test_a_missing_column_is_named);
  g_test_add_func ("/server/http/resources/a-wrong-period-is-named", test_a_wrong_period_is_named);
  g_test_add_func ("/server/http/resources/every-bad-row-is-named-at-once",
                   test_every_bad_row_is_named_at_once);
  g_test_add_func ("/server/http/resources/a-dry-run-changes-nothing", test_a_dry_run_changes_nothing);
  g_test_add_func ("/server/http/resources/a-file-above-its-cap-is-413", test_a_file_above_its_cap_is_413);
  g_test_add_func ("/server/http/resources/a-feed-lives-until-it-is-revoked",
                   test_a_feed_lives_until_it_is_revoked);
  g_test_add_func ("/server/http/resources/a-calendar-becomes-busy-times",
                   test_a_calendar_becomes_busy_times);
  g_test_add_func ("/server/http/resources/the-demo-lesson-opens-by-itself",
                   test_the_demo_lesson_opens_by_itself);
  status = g_test_run ();
  cr_test_daemon_stop (daemon_);
  g_free (cookie);
  g_spawn_sync (NULL, remove, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, NULL, NULL);
  return status;
}

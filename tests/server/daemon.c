/* SPDX-License-Identifier: Apache-2.0
 *
 * The daemon as its operator and its enemies see it: start and stop, taken ports, limits, huge bodies, what
 * is told to whom.
 */
#include "support/daemon.h"
#include "support/offers.h"

#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>

#define SDP "application/sdp"

static CrTestReply *
view (CrTestDaemon *daemon)
{
  return cr_test_http (daemon, "POST", "/whep/demo", daemon->viewer_token, SDP, CR_TEST_WHEP_OFFER, NULL);
}

/* Runs the daemon to its end; its standard error is freed with g_free(). */
static gint
run (const gchar *const *options, gchar **said)
{
  g_autoptr (GSubprocess) process =
      cr_test_daemon_spawn (options, G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, said, &error));
  g_assert_true (g_subprocess_get_if_exited (process));
  return g_subprocess_get_exit_status (process);
}

static void
test_serves_and_stops (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  g_autoptr (CrTestReply) health = cr_test_http (daemon, "GET", "/healthz", NULL, NULL, NULL, NULL);
  g_autoptr (CrTestReply) nothing = cr_test_http (daemon, "GET", "/nothing", NULL, NULL, NULL, NULL);
  g_autoptr (CrTestReply) viewer = view (daemon);

  g_assert_cmpuint (health->status, ==, 200);
  g_assert_cmpuint (nothing->status, ==, 404);
  g_assert_cmpuint (viewer->status, ==, 201);
  cr_test_daemon_stop (daemon); /* with a session: status 0 within 5 s */
}

static void
test_taken_ports_are_named (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  g_autofree gchar *listen = g_strdup (daemon->url + strlen ("http://"));
  g_autofree gchar *media_port = g_strdup_printf ("%u", daemon->media_port);
  const gchar *same_http[] = {"--listen", listen, "--media-port", "0", NULL};
  const gchar *same_media[] = {"--listen", "127.0.0.1:0", "--media-port", media_port, NULL};
  g_autofree gchar *said_http = NULL;
  g_autofree gchar *said_media = NULL;

  g_assert_cmpint (run (same_http, &said_http), ==, 2);
  g_assert_nonnull (strstr (said_http, strrchr (listen, ':') + 1));
  g_assert_nonnull (strstr (said_http, "--listen"));
  g_assert_cmpint (run (same_media, &said_media), ==, 2);
  g_assert_nonnull (strstr (said_media, media_port));
  g_assert_nonnull (strstr (said_media, "--media-port"));
  cr_test_daemon_stop (daemon);
}

static void
test_wrong_options_are_named (void)
{
  const gchar *workers[] = {"--workers", "0", NULL};
  const gchar *unknown[] = {"--wrokers", "1", NULL};
  const gchar *missing[] = {"--config", "/nowhere/classrelayd.conf", NULL};
  const gchar *stray[] = {"stray", NULL};
  const gchar *version[] = {"--version", NULL};
  gchar *said[5];

  g_assert_cmpint (run (workers, &said[0]), ==, 1);
  g_assert_nonnull (strstr (said[0], "--workers"));
  g_assert_cmpint (run (unknown, &said[1]), ==, 1);
  g_assert_nonnull (strstr (said[1], "--wrokers"));
  g_assert_cmpint (run (missing, &said[2]), ==, 1);
  g_assert_nonnull (strstr (said[2], "/nowhere/classrelayd.conf"));
  g_assert_cmpint (run (stray, &said[3]), ==, 1);
  g_assert_cmpint (run (version, &said[4]), ==, 0);
  for (guint i = 0; i < G_N_ELEMENTS (said); i++)
    g_free (said[i]);
}

static void
test_limits_are_503_with_retry_after (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start ("[limits]\npeers_per_lesson = 1\nretry_after_s = 7\n", NULL);
  g_autoptr (CrTestReply) first = view (daemon);
  g_autoptr (CrTestReply) second = view (daemon);
  g_autoptr (CrTestReply) deleted = NULL;
  g_autoptr (CrTestReply) third = NULL;

  g_assert_cmpuint (first->status, ==, 201);
  g_assert_cmpuint (second->status, ==, 503);
  g_assert_cmpstr (cr_test_reply_get (second, "Retry-After"), ==, "7");
  deleted = cr_test_http (daemon, "DELETE", cr_test_reply_get (first, "Location"), daemon->viewer_token, NULL,
                          NULL, NULL);
  g_assert_cmpuint (deleted->status, ==, 200);
  third = view (daemon);
  g_assert_cmpuint (third->status, ==, 201);
  cr_test_daemon_stop (daemon);
}

/* A lesson of the configuration, whose tokens are its name and "-teacher-token-0", "-viewer-token-00". */
static gchar *
lesson_section (const gchar *name)
{
  g_autofree gchar *teacher = g_strconcat (name, "-teacher-token-0", NULL);
  g_autofree gchar *viewer = g_strconcat (name, "-viewer-token-00", NULL);
  g_autofree gchar *teacher_hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, teacher, -1);
  g_autofree gchar *viewer_hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, viewer, -1);

  return g_strdup_printf ("[lesson %s]\npublisher_token_sha256 = %s\nviewer_token_sha256 = %s\n", name,
                          teacher_hash, viewer_hash);
}

/* The port of the first candidate of an answer. */
static guint
candidate_port (const gchar *answer)
{
  const gchar *candidate = strstr (answer, "a=candidate:");
  g_auto (GStrv) words = NULL;

  g_assert_nonnull (candidate);
  words = g_strsplit (candidate, " ", 7); /* foundation component transport priority address port … */
  return (guint)g_ascii_strtoull (words[5], NULL, 10);
}

static void
test_lessons_spread_over_workers (void)
{
  static const gchar *const names[] = {"music", "art", "music"};
  const gchar *options[] = {"--workers", "2", NULL};
  g_autofree gchar *music = lesson_section ("music");
  g_autofree gchar *art = lesson_section ("art");
  g_autofree gchar *config = g_strconcat (music, art, NULL);
  CrTestDaemon *daemon = cr_test_daemon_start (config, options);
  guint ports[G_N_ELEMENTS (names)];

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *path = g_strconcat ("/whep/", names[i], NULL);
    g_autofree gchar *token = g_strconcat (names[i], "-viewer-token-00", NULL);
    g_autoptr (CrTestReply) reply = cr_test_http (daemon, "POST", path, token, SDP, CR_TEST_WHEP_OFFER, NULL);

    g_assert_cmpuint (reply->status, ==, 201);
    ports[i] = candidate_port (reply->body);
  }
  g_assert_cmpuint (ports[0], !=, ports[1]);
  g_assert_cmpuint (ports[0], ==, ports[2]); /* a lesson stays where it is */
  cr_test_daemon_stop (daemon);
}

static void
test_empty_lesson_gives_its_pipeline_back (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start ("[limits]\nidle_lesson_s = 0\n", NULL);
  g_autoptr (CrTestReply) viewer = view (daemon);
  g_autoptr (CrTestReply) deleted = cr_test_http (daemon, "DELETE", cr_test_reply_get (viewer, "Location"),
                                                  daemon->viewer_token, NULL, NULL, NULL);
  g_autoptr (CrTestReply) again = NULL;
  gboolean running = TRUE;

  g_assert_cmpuint (deleted->status, ==, 200);
  while (running) { /* the test's own time limit ends this */
    g_autoptr (CrTestReply) metrics = cr_test_http (daemon, "GET", "/metrics", NULL, NULL, NULL, NULL);

    running = strstr (metrics->body, "\nclassrelay_lessons_running 0\n") == NULL;
  }
  again = view (daemon);
  g_assert_cmpuint (again->status, ==, 201);
  cr_test_daemon_stop (daemon);
}

/* SIGTERM with a drain time: the lesson goes on, nobody new gets in; the second one ends it. */
static void
test_draining_refuses_newcomers (void)
{
  const gchar *options[] = {"--drain", "60", NULL};
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, options);
  g_autoptr (CrTestReply) first = view (daemon);
  guint status = 200;

  g_assert_cmpuint (first->status, ==, 201);
  g_subprocess_send_signal (daemon->process, SIGTERM);
  while (status != 503) { /* the test's own time limit ends this */
    g_autoptr (CrTestReply) health = cr_test_http (daemon, "GET", "/healthz", NULL, NULL, NULL, NULL);

    status = health->status;
  }
  {
    g_autoptr (CrTestReply) refused = view (daemon);
    g_autoptr (CrTestReply) running = cr_test_http (daemon, "GET", cr_test_reply_get (first, "Location"),
                                                    daemon->viewer_token, NULL, NULL, NULL);

    g_assert_cmpuint (refused->status, ==, 503);
    g_assert_nonnull (cr_test_reply_get (refused, "Retry-After"));
    g_assert_cmpuint (running->status, ==, 204);
  }
  cr_test_daemon_stop (daemon);
}

#define HUGE_BYTES (64 * 1024 * 1024)

/* Sends a head and then zeros until somebody stops it; returns what came back, and how much went out. */
static gchar *
flood (CrTestDaemon *daemon, const gchar *head, gboolean chunked, gsize *sent_bytes)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_uri (client, daemon->url, 80, NULL, NULL);
  GSocket *socket = g_socket_connection_get_socket (connection);
  g_autofree gchar *zeros = g_malloc0 (16384);
  g_autofree gchar *chunk = g_strdup_printf ("%x\r\n", 16384);
  GString *answer = g_string_new (NULL);
  gchar buffer[4096];
  gssize length;

  g_socket_set_timeout (socket, 10);
  *sent_bytes = 0;
  g_assert_cmpint (g_socket_send (socket, head, strlen (head), NULL, NULL), ==, strlen (head));
  while (*sent_bytes < HUGE_BYTES && g_socket_condition_check (socket, G_IO_IN) == 0) {
    if (chunked && g_socket_send (socket, chunk, strlen (chunk), NULL, NULL) < 0)
      break;
    if (g_socket_condition_check (socket, G_IO_OUT) != 0) {
      length = g_socket_send (socket, zeros, 16384, NULL, NULL);
      if (length < 0)
        break;
      *sent_bytes += (gsize)length;
    }
    if (chunked)
      g_socket_send (socket, "\r\n", 2, NULL, NULL);
  }
  while ((length = g_socket_receive (socket, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (answer, buffer, length);
  return g_string_free (answer, FALSE);
}

static void
test_huge_bodies_are_refused_early (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  guint64 rss_before = cr_test_daemon_get_rss_bytes (daemon);
  g_autofree gchar *declared = g_strdup_printf (
      "POST /whep/demo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n"
      "Content-Length: %d\r\n\r\n",
      daemon->viewer_token, SDP, HUGE_BYTES);
  g_autofree gchar *chunked = g_strdup_printf (
      "POST /whep/demo HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer %s\r\nContent-Type: %s\r\n"
      "Transfer-Encoding: chunked\r\n\r\n",
      daemon->viewer_token, SDP);
  g_autofree gchar *nobody = g_strdup_printf (
      "POST /whep/demo HTTP/1.1\r\nHost: x\r\nContent-Type: %s\r\nContent-Length: %d\r\n\r\n", SDP,
      HUGE_BYTES);
  const gchar *heads[] = {declared, chunked, nobody};
  const gchar *expected[] = {"HTTP/1.1 413 ", "HTTP/1.1 413 ", "HTTP/1.1 401 "};

  for (guint i = 0; i < G_N_ELEMENTS (heads); i++) {
    gsize sent_bytes;
    g_autofree gchar *answer = flood (daemon, heads[i], heads[i] == chunked, &sent_bytes);
    g_autoptr (CrTestReply) viewer = view (daemon);

    g_test_message ("%" G_GSIZE_FORMAT " bytes sent: %.20s", sent_bytes, answer);
    g_assert_true (g_str_has_prefix (answer, expected[i]));
    g_assert_cmpuint (sent_bytes, <, HUGE_BYTES / 4); /* socket buffers, not the body */
    g_assert_cmpuint (viewer->status, ==, 201);
  }
  /* one pipeline and three viewers, nothing of 128 MiB */
  g_assert_cmpuint (cr_test_daemon_get_rss_bytes (daemon), <, rss_before + HUGE_BYTES / 2);
  cr_test_daemon_stop (daemon);
}

/* All connections of a bell are taken though the daemon cannot run just then; what the kernel dropped would
 * come again only after a second. */
static void
test_the_bell_fits_the_backlog (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GPtrArray) connections = g_ptr_array_new_with_free_func (g_object_unref);
  g_autoptr (GError) error = NULL;

  g_subprocess_send_signal (daemon->process, SIGSTOP);
  for (guint i = 0; i < 200; i++) {
    gint64 started_us = g_get_monotonic_time ();
    GSocketConnection *connection = g_socket_client_connect_to_uri (client, daemon->url, 80, NULL, &error);

    g_assert_no_error (error);
    g_ptr_array_add (connections, connection);
    g_assert_cmpint (g_get_monotonic_time () - started_us, <, G_USEC_PER_SEC);
  }
  g_subprocess_send_signal (daemon->process, SIGCONT);
  g_ptr_array_set_size (connections, 0);
  cr_test_daemon_stop (daemon);
}

static void
test_foreign_hosts_do_not_see_the_demo (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  g_autofree gchar *rebound =
      cr_test_http_raw (daemon, "GET /demo.json HTTP/1.1\r\nHost: evil.example\r\nConnection: close\r\n\r\n");
  g_autofree gchar *proxied = cr_test_http_raw (
      daemon,
      "GET /demo.json HTTP/1.1\r\nHost: localhost\r\nX-Forwarded-For: ::1\r\nConnection: close\r\n\r\n");

  g_assert_true (g_str_has_prefix (rebound, "HTTP/1.1 404 "));
  g_assert_true (g_str_has_prefix (proxied, "HTTP/1.1 404 "));
  g_assert_null (strstr (rebound, daemon->teacher_token));
  cr_test_daemon_stop (daemon);
}

static JsonObject *
parse_object (const gchar *text, JsonParser *parser)
{
  g_assert_true (json_parser_load_from_data (parser, text, -1, NULL));
  return json_node_get_object (json_parser_get_root (parser));
}

static void
test_lesson_tells_each_what_is_theirs (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  g_autoptr (CrTestReply) viewer = view (daemon);
  g_autoptr (CrTestReply) theirs =
      cr_test_http (daemon, "GET", "/api/v1/lessons/demo", daemon->classroom_token, NULL, NULL, NULL);
  g_autoptr (CrTestReply) teachers =
      cr_test_http (daemon, "GET", "/api/v1/lessons/demo", daemon->teacher_token, NULL, NULL, NULL);
  g_autoptr (CrTestReply) graph =
      cr_test_http (daemon, "GET", "/api/v1/lessons/demo/graph.dot", daemon->teacher_token, NULL, NULL, NULL);
  const gchar *known[] = {"If-None-Match", cr_test_reply_get (theirs, "ETag"), NULL};
  g_autoptr (CrTestReply) again =
      cr_test_http (daemon, "GET", "/api/v1/lessons/demo", daemon->classroom_token, NULL, NULL, known);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object = parse_object (theirs->body, parser);

  g_assert_cmpuint (viewer->status, ==, 201);
  g_assert_cmpstr (json_object_get_string_member (object, "id"), ==, "demo");
  g_assert_cmpstr (json_object_get_string_member (object, "state"), ==, "open");
  g_assert_nonnull (json_object_get_string_member (object, "boot_id"));
  g_assert_cmpint (json_object_get_int_member (object, "viewers"), ==, 0); /* not connected yet */
  g_assert_false (
      json_object_get_boolean_member (json_object_get_object_member (object, "publishers"), "camera"));
  g_assert_false (json_object_has_member (object, "peers"));
  object = parse_object (teachers->body, parser);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (object, "peers")), ==, 1);
  g_assert_null (strstr (teachers->body, strrchr (cr_test_reply_get (viewer, "Location"), '/') + 1));
  g_assert_cmpuint (again->status, ==, 304);
  g_assert_cmpuint (graph->status, ==, 200);
  g_assert_nonnull (strstr (graph->body, "digraph"));
  cr_test_daemon_stop (daemon);
}

static void
test_metrics_have_their_names (void)
{
  static const gchar *const names[] = {"classrelay_packets_forwarded_total 0\n",
                                       "classrelay_viewers 0\n",
                                       "classrelay_publishers 0\n",
                                       "classrelay_sessions 1\n",
                                       "process_cpu_seconds_total ",
                                       "process_resident_memory_bytes ",
                                       "process_open_fds "};
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  g_autoptr (CrTestReply) viewer = view (daemon);
  g_autoptr (CrTestReply) metrics = cr_test_http (daemon, "GET", "/metrics", NULL, NULL, NULL, NULL);

  g_assert_cmpuint (viewer->status, ==, 201);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *line = g_strconcat ("\n", names[i], NULL);

    g_assert_nonnull (strstr (metrics->body, line));
  }
  cr_test_daemon_stop (daemon);
}

/* The nonce of a page is in its policy and its markup, and no two pages share one. */
static void
test_pages_have_a_nonce_each (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  g_autoptr (CrTestReply) page = cr_test_http (daemon, "GET", "/teacher", NULL, NULL, NULL, NULL);
  g_autoptr (CrTestReply) again = cr_test_http (daemon, "GET", "/teacher", NULL, NULL, NULL, NULL);
  g_autoptr (GRegex) in_policy = g_regex_new ("'nonce-([0-9a-f]{32})'", 0, 0, NULL);
  g_autoptr (GMatchInfo) match = NULL;
  g_autofree gchar *nonce = NULL;

  if (page->status == 404) {
    cr_test_daemon_stop (daemon);
    g_test_skip ("built without pages");
    return;
  }
  g_assert_cmpuint (page->status, ==, 200);
  g_assert_true (g_regex_match (in_policy, cr_test_reply_get (page, "Content-Security-Policy"), 0, &match));
  nonce = g_match_info_fetch (match, 1);
  g_assert_nonnull (strstr (page->body, nonce));
  g_assert_null (strstr (page->body, "{{nonce}}"));
  g_assert_null (strstr (again->body, nonce));
  g_assert_cmpstr (cr_test_reply_get (page, "X-Content-Type-Options"), ==, "nosniff");
  g_assert_cmpstr (cr_test_reply_get (page, "Referrer-Policy"), ==, "no-referrer");
  g_assert_nonnull (strstr (cr_test_reply_get (page, "Permissions-Policy"), "display-capture=(self)"));
  cr_test_daemon_stop (daemon);
}

static void
test_static_files_are_revalidated (void)
{
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, NULL);
  g_autoptr (CrTestReply) file = cr_test_http (daemon, "GET", "/static/icon.svg", NULL, NULL, NULL, NULL);
  const gchar *known[] = {"If-None-Match", cr_test_reply_get (file, "ETag"), NULL};
  g_autoptr (CrTestReply) again = NULL;
  g_autoptr (CrTestReply) outside =
      cr_test_http (daemon, "GET", "/static/..%2fteacher.html", NULL, NULL, NULL, NULL);

  g_assert_cmpuint (outside->status / 100, ==, 4);
  if (file->status == 404) {
    cr_test_daemon_stop (daemon);
    g_test_skip ("built without pages");
    return;
  }
  g_assert_cmpuint (file->status, ==, 200);
  g_assert_cmpstr (cr_test_reply_get (file, "Content-Type"), ==, "image/svg+xml");
  again = cr_test_http (daemon, "GET", "/static/icon.svg", NULL, NULL, NULL, known);
  g_assert_cmpuint (again->status, ==, 304);
  cr_test_daemon_stop (daemon);
}

/* Everything but standard error would need a socket: the log is what an operator hands on. */
static void
test_log_holds_no_secrets (void)
{
  if (g_test_subprocess ()) {
    const gchar *options[] = {"--log-level", "debug", NULL};
    CrTestDaemon *daemon = cr_test_daemon_start (NULL, options);
    g_autoptr (CrTestReply) viewer = view (daemon);
    g_autoptr (CrTestReply) wrong =
        cr_test_http (daemon, "POST", "/whep/demo", "planted-token", SDP, "x", NULL);

    g_assert_cmpuint (wrong->status, ==, 401);
    g_printerr ("SECRETS %s %s %s\n", daemon->viewer_token, daemon->teacher_token,
                strrchr (cr_test_reply_get (viewer, "Location"), '/') + 1);
    cr_test_daemon_stop (daemon);
    return;
  }
  {
    g_autofree gchar *program = g_file_read_link ("/proc/self/exe", NULL);
    const gchar *arguments[] = {program, "--GTestSubprocess", "-p", "/server/daemon/log-holds-no-secrets",
                                NULL};
    g_autoptr (GSubprocess) process = g_subprocess_newv (
        arguments, G_SUBPROCESS_FLAGS_STDERR_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE, NULL);
    g_autofree gchar *log = NULL;
    g_auto (GStrv) secrets = NULL;
    gchar *line;

    g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, NULL, &log, NULL));
    g_assert_true (g_subprocess_get_successful (process));
    line = strstr (log, "SECRETS ");
    g_assert_nonnull (line);
    secrets = g_strsplit_set (line, " \n", 5);
    memset (line, ' ', strcspn (line, "\n"));
    g_assert_nonnull (strstr (log, "session-made lesson=demo peer=v1"));
    g_assert_null (strstr (log, "planted-token"));
    for (guint i = 1; i < 4; i++)
      g_assert_null (strstr (log, secrets[i]));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/daemon/serves-and-stops", test_serves_and_stops);
  g_test_add_func ("/server/daemon/taken-ports-are-named", test_taken_ports_are_named);
  g_test_add_func ("/server/daemon/wrong-options-are-named", test_wrong_options_are_named);
  g_test_add_func ("/server/daemon/limits-are-503-with-retry-after", test_limits_are_503_with_retry_after);
  g_test_add_func ("/server/daemon/lessons-spread-over-workers", test_lessons_spread_over_workers);
  g_test_add_func ("/server/daemon/empty-lesson-gives-its-pipeline-back",
                   test_empty_lesson_gives_its_pipeline_back);
  g_test_add_func ("/server/daemon/draining-refuses-newcomers", test_draining_refuses_newcomers);
  g_test_add_func ("/server/daemon/huge-bodies-are-refused-early", test_huge_bodies_are_refused_early);
  g_test_add_func ("/server/daemon/the-bell-fits-the-backlog", test_the_bell_fits_the_backlog);
  g_test_add_func ("/server/daemon/foreign-hosts-do-not-see-the-demo",
                   test_foreign_hosts_do_not_see_the_demo);
  g_test_add_func ("/server/daemon/lesson-tells-each-what-is-theirs", test_lesson_tells_each_what_is_theirs);
  g_test_add_func ("/server/daemon/metrics-have-their-names", test_metrics_have_their_names);
  g_test_add_func ("/server/daemon/pages-have-a-nonce-each", test_pages_have_a_nonce_each);
  g_test_add_func ("/server/daemon/static-files-are-revalidated", test_static_files_are_revalidated);
  g_test_add_func ("/server/daemon/log-holds-no-secrets", test_log_holds_no_secrets);
  return g_test_run ();
}

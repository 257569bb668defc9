/* SPDX-License-Identifier: Apache-2.0
 *
 * Answers that wait for the database, over real connections: clients that are gone before the answer, bodies
 * too large for a request that the database refuses, a stop with sign-ins under way.
 */
#include "support/daemon.h"

#include <string.h>

static CrTestDaemon *
start_daemon (void)
{
  static const gchar *options[] = {"--state", NULL, NULL};
  g_autofree gchar *folder = g_dir_make_tmp ("cr-late-XXXXXX", NULL);
  CrTestDaemon *daemon;

  options[1] = folder;
  daemon = cr_test_daemon_start (NULL, options);
  g_object_set_data_full (G_OBJECT (daemon->process), "state", g_steal_pointer (&folder), g_free);
  return daemon;
}

static void
stop_daemon (CrTestDaemon *daemon)
{
  g_autofree gchar *folder = g_strdup (g_object_get_data (G_OBJECT (daemon->process), "state"));
  g_autoptr (GFile) state = NULL;
  g_autoptr (GDir) dir = NULL;
  const gchar *name;

  cr_test_daemon_stop (daemon);
  dir = g_dir_open (folder, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);
    g_autoptr (GFile) file = g_file_new_for_path (path);

    g_assert_true (g_file_delete (file, NULL, NULL));
  }
  state = g_file_new_for_path (folder);
  g_assert_true (g_file_delete (state, NULL, NULL));
}

static GSocketConnection *
connect_to (CrTestDaemon *daemon)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  GSocketConnection *connection;
  g_autoptr (GError) error = NULL;

  connection = g_socket_client_connect_to_host (client, daemon->url + strlen ("http://"), 80, NULL, &error);
  g_assert_no_error (error);
  return connection;
}

/* A sign-in takes a tenth of a second of argon2id. */
static gchar *
sign_in_request (guint i)
{
  g_autofree gchar *body = g_strdup_printf ("{\"login\":\"login-%u\",\"password\":\"not the password\"}", i);

  return g_strdup_printf ("POST /api/v1/sign-in HTTP/1.1\r\nHost: localhost\r\nContent-Type: "
                          "application/json\r\nContent-Length: %zu\r\n\r\n%s",
                          strlen (body), body);
}

static void
send_and_leave (CrTestDaemon *daemon, const gchar *request)
{
  g_autoptr (GSocketConnection) connection = connect_to (daemon);

  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                                            strlen (request), NULL, NULL, NULL));
  g_assert_true (g_io_stream_close (G_IO_STREAM (connection), NULL, NULL));
}

static void
test_clients_that_leave (void)
{
  static const gchar me[] = "GET /api/v1/me HTTP/1.1\r\nHost: localhost\r\nCookie: classrelay=abc\r\n\r\n";
  CrTestDaemon *daemon = start_daemon ();
  g_autoptr (CrTestReply) health = NULL;

  for (guint i = 0; i < 20; i++) {
    g_autofree gchar *request = sign_in_request (i);

    send_and_leave (daemon, request);
    send_and_leave (daemon, me);
  }
  health = cr_test_http (daemon, "GET", "/healthz", NULL, NULL, NULL, NULL);
  g_assert_cmpuint (health->status, ==, 200);
  stop_daemon (daemon); /* with sign-ins under way */
}

static void
test_large_bodies_of_strangers (void)
{
  static const gchar declared[] =
      "POST /api/v1/sign-out HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
      "Cookie: classrelay=abc\r\nContent-Length: 100000\r\n\r\n";
  CrTestDaemon *daemon = start_daemon ();
  g_autoptr (GString) chunked =
      g_string_new ("PUT /api/v1/me/password HTTP/1.1\r\nHost: localhost\r\nOrigin: http://localhost\r\n"
                    "Cookie: classrelay=abc\r\nContent-Type: application/json\r\nTransfer-Encoding: "
                    "chunked\r\n\r\n11000\r\n");
  g_autofree gchar *first = NULL;
  g_autofree gchar *second = NULL;

  first = cr_test_http_raw (daemon, declared); /* answered and closed without the body */
  g_assert_true (g_str_has_prefix (first, "HTTP/1.1 401"));
  for (guint i = 0; i < 0x11000; i++)
    g_string_append_c (chunked, 'x');
  g_string_append (chunked, "\r\n0\r\n\r\n");
  second = cr_test_http_raw (daemon, chunked->str);
  g_assert_true (g_str_has_prefix (second, "HTTP/1.1 401"));
  stop_daemon (daemon);
}

/* Two requests in one go: each has its answer, in order. */
static void
test_pipelined_requests (void)
{
  CrTestDaemon *daemon = start_daemon ();
  g_autofree gchar *sign_in = sign_in_request (0);
  g_autofree gchar *both =
      g_strconcat (sign_in, "GET /healthz HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", NULL);
  g_autofree gchar *answer = cr_test_http_raw (daemon, both);
  const gchar *first = strstr (answer, "HTTP/1.1 401");

  g_assert_true (first == answer);
  g_assert_nonnull (strstr (first, "HTTP/1.1 200"));
  stop_daemon (daemon);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/late-answers/clients-that-leave", test_clients_that_leave);
  g_test_add_func ("/server/late-answers/large-bodies-of-strangers", test_large_bodies_of_strangers);
  g_test_add_func ("/server/late-answers/pipelined-requests", test_pipelined_requests);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Readiness is the line that the daemon prints, not a pause.
 */
#include "support/daemon.h"

#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>

static void
read_ready_line (CrTestDaemon *daemon)
{
  g_autoptr (GDataInputStream) lines =
      g_data_input_stream_new (g_subprocess_get_stdout_pipe (daemon->process));
  g_autoptr (GError) error = NULL;
  g_autofree gchar *line = g_data_input_stream_read_line (lines, NULL, NULL, &error);
  g_auto (GStrv) words = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (line);
  words = g_strsplit (line, " ", -1); /* classrelayd ready URL media port N */
  g_assert_cmpuint (g_strv_length (words), >=, 6);
  g_assert_cmpstr (words[1], ==, "ready");
  daemon->url = g_strdup (words[2]);
  daemon->url[strlen (daemon->url) - 1] = '\0';
  daemon->media_port = (guint)g_ascii_strtoull (words[5], NULL, 10);
  g_filter_input_stream_set_close_base_stream (G_FILTER_INPUT_STREAM (lines), FALSE);
}

static void
read_demo_tokens (CrTestDaemon *daemon)
{
  g_autoptr (CrTestReply) reply = cr_test_http (daemon, "GET", "/demo.json", NULL, NULL, NULL, NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonObject *object;

  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_true (json_parser_load_from_data (parser, reply->body, -1, NULL));
  object = json_node_get_object (json_parser_get_root (parser));
  daemon->teacher_token = g_strdup (json_object_get_string_member (object, "teacher_token"));
  daemon->viewer_token = g_strdup (json_object_get_string_member (object, "viewer_token"));
  daemon->classroom_token =
      g_strdup (json_array_get_string_element (json_object_get_array_member (object, "classroom_tokens"), 0));
}

static void
add_arguments (GPtrArray *arguments, const gchar *const *options)
{
  for (guint i = 0; options != NULL && options[i] != NULL; i++)
    g_ptr_array_add (arguments, g_strdup (options[i]));
}

/* A test that aborts takes its daemon with it. */
static void
die_with_parent (gpointer data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

GSubprocess *
cr_test_daemon_spawn (const gchar *const *options, GSubprocessFlags flags)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (flags);
  g_autofree gchar *suppressions = g_test_build_filename (G_TEST_DIST, "support", "lsan.supp", NULL);
  g_autofree gchar *lsan_options = g_strconcat ("print_suppressions=0:suppressions=", suppressions, NULL);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new ();
  g_autoptr (GError) error = NULL;
  GSubprocess *process;

  g_assert_nonnull (g_getenv ("CLASSRELAYD"));
  g_ptr_array_add (arguments, (gpointer)g_getenv ("CLASSRELAYD"));
  for (guint i = 0; options[i] != NULL; i++)
    g_ptr_array_add (arguments, (gpointer)options[i]);
  g_ptr_array_add (arguments, NULL);
  /* In a sanitizer build a leak fails the exit; the stack of what is suppressed needs the slow unwinder. */
  /* libfaketime may stand before the sanitizer in LD_PRELOAD. */
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", "fast_unwind_on_malloc=0:verify_asan_link_order=0",
                                TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  g_subprocess_launcher_setenv (launcher, "LSAN_OPTIONS", lsan_options, TRUE);
  process = g_subprocess_launcher_spawnv (launcher, (const gchar *const *)arguments->pdata, &error);
  g_assert_no_error (error);
  return process;
}

CrTestDaemon *
cr_test_daemon_start (const gchar *config, const gchar *const *options)
{
  static const gchar *const usual[] = {"--listen", "127.0.0.1:0", "--media-port", "0", "--demo", NULL};
  CrTestDaemon *daemon = g_new0 (CrTestDaemon, 1);
  g_autoptr (GPtrArray) arguments = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *config_path = NULL;
  g_autoptr (GError) error = NULL;

  daemon->folder = g_dir_make_tmp ("cr-daemon-XXXXXX", &error);
  g_assert_no_error (error);
  add_arguments (arguments, usual);
  if (config != NULL) {
    config_path = g_build_filename (daemon->folder, "classrelayd.conf", NULL);
    g_assert_true (g_file_set_contents (config_path, config, -1, NULL));
    add_arguments (arguments, (const gchar *[]){"--config", config_path, NULL});
  }
  add_arguments (arguments, options);
  g_ptr_array_add (arguments, NULL);

  daemon->process =
      cr_test_daemon_spawn ((const gchar *const *)arguments->pdata, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  daemon->session = soup_session_new ();
  read_ready_line (daemon);
  read_demo_tokens (daemon);
  return daemon;
}

static gboolean
on_too_slow (gpointer data)
{
  g_error ("the daemon did not stop within 5 s");
  return G_SOURCE_REMOVE;
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer data)
{
  g_assert_true (g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL));
  *(gboolean *)data = TRUE;
}

static void
end_daemon (CrTestDaemon *daemon, gint signal)
{
  guint watchdog = g_timeout_add_seconds (5, on_too_slow, NULL);
  g_autofree gchar *config_path = g_build_filename (daemon->folder, "classrelayd.conf", NULL);
  gboolean ended = FALSE;

  g_subprocess_send_signal (daemon->process, signal);
  g_subprocess_wait_async (daemon->process, NULL, on_ended, &ended);
  while (!ended)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (watchdog);
  if (signal == SIGKILL) {
    g_assert_true (g_subprocess_get_if_signaled (daemon->process));
  } else {
    g_assert_true (g_subprocess_get_if_exited (daemon->process));
    g_assert_cmpint (g_subprocess_get_exit_status (daemon->process), ==, 0);
  }

  g_remove (config_path);
  g_assert_cmpint (g_rmdir (daemon->folder), ==, 0);
  g_object_unref (daemon->process);
  g_object_unref (daemon->session);
  g_free (daemon->url);
  g_free (daemon->folder);
  g_free (daemon->teacher_token);
  g_free (daemon->viewer_token);
  g_free (daemon->classroom_token);
  g_free (daemon);
}

void
cr_test_daemon_stop (CrTestDaemon *daemon)
{
  end_daemon (daemon, SIGTERM);
}

void
cr_test_daemon_kill (CrTestDaemon *daemon)
{
  end_daemon (daemon, SIGKILL);
}

guint64
cr_test_daemon_get_rss_bytes (CrTestDaemon *daemon)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%s/statm", g_subprocess_get_identifier (daemon->process));
  g_autofree gchar *text = NULL;
  unsigned long total, resident;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%lu %lu", &total, &resident), ==, 2);
  return resident * 4096;
}

CrTestReply *
cr_test_http (CrTestDaemon *daemon, const gchar *method, const gchar *path, const gchar *token,
              const gchar *type, const gchar *body, const gchar *const *headers)
{
  g_autofree gchar *url = g_strconcat (daemon->url, path, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  SoupMessageHeaders *sent = soup_message_get_request_headers (message);
  CrTestReply *reply = g_new0 (CrTestReply, 1);
  g_autoptr (GBytes) answer = NULL;
  g_autoptr (GError) error = NULL;

  if (token != NULL) {
    g_autofree gchar *authorization = g_strconcat ("Bearer ", token, NULL);

    soup_message_headers_append (sent, "Authorization", authorization);
  }
  if (body != NULL) {
    g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

    soup_message_set_request_body_from_bytes (message, type, bytes);
  }
  for (guint i = 0; headers != NULL && headers[i] != NULL; i += 2)
    soup_message_headers_append (sent, headers[i], headers[i + 1]);

  answer = soup_session_send_and_read (daemon->session, message, NULL, &error);
  g_assert_no_error (error);
  reply->status = soup_message_get_status (message);
  reply->headers = soup_message_headers_ref (soup_message_get_response_headers (message));
  reply->body = g_strdup_printf ("%.*s", (gint)g_bytes_get_size (answer),
                                 (const gchar *)g_bytes_get_data (answer, NULL));
  return reply;
}

const gchar *
cr_test_reply_get (const CrTestReply *reply, const gchar *header)
{
  return soup_message_headers_get_list (reply->headers, header);
}

void
cr_test_reply_free (CrTestReply *reply)
{
  soup_message_headers_unref (reply->headers);
  g_free (reply->body);
  g_free (reply);
}

gchar *
cr_test_http_raw (CrTestDaemon *daemon, const gchar *request)
{
  g_autoptr (GSocketClient) client = g_socket_client_new ();
  g_autoptr (GSocketConnection) connection =
      g_socket_client_connect_to_uri (client, daemon->url, 80, NULL, NULL);
  GString *answer = g_string_new (NULL);
  gchar buffer[4096];
  gssize length;

  g_assert_nonnull (connection);
  g_assert_true (g_output_stream_write_all (g_io_stream_get_output_stream (G_IO_STREAM (connection)), request,
                                            strlen (request), NULL, NULL, NULL));
  while ((length = g_input_stream_read (g_io_stream_get_input_stream (G_IO_STREAM (connection)), buffer,
                                        sizeof buffer, NULL, NULL)) > 0)
    g_string_append_len (answer, buffer, length);
  return g_string_free (answer, FALSE);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Event streams at the public interface: the real daemon, readers on plain sockets. What is replayed and what
 * is not, readers who go or do not read, and what three hundred of them cost. Who is sent away, and when, is
 * event-ends.c's.
 */
#include "support/daemon.h"
#include "support/event-client.h"

#include <json-glib/json-glib.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <signal.h>
#include <unistd.h>

#define JSON        "application/json"
#define N_READERS   300
#define N_ROUNDS    60
#define NOTE_CHARS  200
#define WAIT_MS     30000 /* a watchdog, not a measure */
#define SLOW_BUFFER 4096

/* A sanitizer keeps what was freed for a while, and looks at each step: neither memory nor time says much. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define MEMORY_COUNTS FALSE
#define SLOWER        10
#else
#define MEMORY_COUNTS TRUE
#define SLOWER        1
#endif

typedef struct {
  CrTestDaemon *daemon;
  gchar **classroom_tokens;
  gchar *rooms[2]; /* keys of the first two classrooms */
} Fixture;

static CrEventClient *
open_stream (Fixture *f, const gchar *token, const gchar *last_event_id)
{
  return cr_event_client_follow (f->daemon->url, "/events/demo", token, last_event_id);
}

static guint
act (Fixture *f, const gchar *token, const gchar *action, const gchar *body)
{
  g_autofree gchar *path = g_strconcat ("/api/v1/lessons/demo/", action, NULL);
  g_autoptr (CrTestReply) reply = cr_test_http (f->daemon, "POST", path, token, JSON, body, NULL);

  return reply->status;
}

static void
give_floor (Fixture *f, guint which)
{
  g_autofree gchar *body = g_strdup_printf ("{\"classrooms\":[\"%s\"]}", f->rooms[which]);

  g_assert_cmpuint (act (f, f->daemon->teacher_token, "floor", body), ==, 204);
}

static JsonObject *
ask_json (Fixture *f, const gchar *path, const gchar *token)
{
  g_autoptr (CrTestReply) reply = cr_test_http (f->daemon, "GET", path, token, NULL, NULL, NULL);
  g_autoptr (JsonNode) root = NULL;

  g_assert_cmpuint (reply->status, ==, 200);
  root = json_from_string (reply->body, NULL);
  return json_object_ref (json_node_get_object (root));
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) demo = NULL;
  g_autoptr (JsonObject) document = NULL;
  JsonArray *tokens, *rooms;

  f->daemon = cr_test_daemon_start (NULL, NULL);
  demo = ask_json (f, "/demo.json", NULL);
  tokens = json_object_get_array_member (demo, "classroom_tokens");
  f->classroom_tokens = g_new0 (gchar *, json_array_get_length (tokens) + 1);
  for (guint i = 0; i < json_array_get_length (tokens); i++)
    f->classroom_tokens[i] = g_strdup (json_array_get_string_element (tokens, i));
  document = ask_json (f, "/api/v1/lessons/demo", f->daemon->teacher_token);
  rooms = json_object_get_array_member (document, "classrooms");
  for (guint i = 0; i < G_N_ELEMENTS (f->rooms); i++)
    f->rooms[i] = g_strdup (json_object_get_string_member (json_array_get_object_element (rooms, i), "id"));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_test_daemon_stop (f->daemon);
  g_strfreev (f->classroom_tokens);
  for (guint i = 0; i < G_N_ELEMENTS (f->rooms); i++)
    g_free (f->rooms[i]);
}

static void
test_what_was_missed_is_replayed (Fixture *f, gconstpointer data)
{
  CrEventClient *stream = open_stream (f, f->daemon->viewer_token, NULL);
  g_autofree gchar *id = NULL;
  g_auto (CrClientEvent) missed = {0};

  cr_event_client_expect (stream, "snapshot", NULL);
  give_floor (f, 0);
  cr_event_client_expect (stream, "floor", &id);
  cr_event_client_close (stream);

  give_floor (f, 1);
  g_assert_cmpuint (act (f, f->classroom_tokens[0], "notes", "{\"code\":\"ready\"}"), ==,
                    204); /* not for him */
  g_assert_cmpuint (act (f, f->classroom_tokens[0], "hand", "{\"raised\":true}"), ==, 204);
  stream = open_stream (f, f->daemon->viewer_token, id);
  cr_event_client_next (stream, &missed);
  g_assert_cmpstr (missed.name, ==, "floor");
  g_assert_nonnull (strstr (missed.data, f->rooms[1]));
  cr_event_client_expect (stream, "hands", NULL);
  give_floor (f, 0);
  cr_event_client_expect (stream, "floor", NULL);
  cr_event_client_close (stream);
}

/* A call is private: the classroom itself is told that it is over, also when it was away meanwhile, and
 * nobody else. */
static void
test_a_call_is_told_to_its_classroom (Fixture *f, gconstpointer data)
{
  CrEventClient *room = open_stream (f, f->classroom_tokens[0], NULL);
  CrEventClient *other = open_stream (f, f->classroom_tokens[1], NULL);
  g_autofree gchar *id = NULL;
  g_auto (CrClientEvent) began = {0}, over = {0}, again = {0}, next = {0};

  cr_event_client_expect (room, "snapshot", NULL);
  cr_event_client_expect (other, "snapshot", NULL);
  g_assert_cmpuint (act (f, f->classroom_tokens[0], "call", "{\"open\":true}"), ==, 204);
  cr_event_client_next (room, &began);
  g_assert_cmpstr (began.name, ==, "you");
  g_assert_nonnull (strstr (began.data, "\"calling\":true"));
  g_assert_cmpuint (act (f, f->classroom_tokens[0], "call", "{\"open\":false}"), ==, 204);
  cr_event_client_next (room, &over);
  g_assert_nonnull (strstr (over.data, "\"calling\":false"));
  id = g_strdup (over.id);
  cr_event_client_close (room);

  g_assert_cmpuint (act (f, f->classroom_tokens[0], "call", "{\"open\":true}"), ==, 204);
  room = open_stream (f, f->classroom_tokens[0], id);
  cr_event_client_next (room, &again);
  g_assert_cmpstr (again.name, ==, "you");
  g_assert_nonnull (strstr (again.data, "\"calling\":true"));
  give_floor (f, 0);
  cr_event_client_next (other, &next);
  g_assert_cmpstr (next.name, ==, "floor");
  cr_event_client_close (room);
  cr_event_client_close (other);
}

static void
test_another_boot_is_a_snapshot (Fixture *f, gconstpointer data)
{
  CrEventClient *stream = open_stream (f, f->daemon->teacher_token, "4be0c0de4be0c0de.7");
  g_autofree gchar *first = NULL, *second = NULL;

  cr_event_client_expect (stream, "snapshot", &first);
  cr_event_client_close (stream);
  tear_down (f, NULL);
  set_up (f, NULL);
  stream = open_stream (f, f->daemon->teacher_token, first);
  cr_event_client_expect (stream, "snapshot", &second);
  *strchr (first, '.') = *strchr (second, '.') = '\0';
  g_assert_cmpstr (first, !=, second);
  cr_event_client_close (stream);
}

static void
test_first_bytes_come_at_once (Fixture *f, gconstpointer data)
{
  CrEventClient *stream = open_stream (f, f->daemon->viewer_token, NULL);
  gint64 before_us;

  cr_event_client_expect (stream, "snapshot", NULL);
  before_us = g_get_monotonic_time ();
  while (strstr (stream->text->str, ":\n\n") == NULL) /* the heartbeat */
    cr_event_client_wait (stream);
  g_assert_cmpint (g_get_monotonic_time () - before_us, <, 8 * G_USEC_PER_SEC);
  cr_event_client_close (stream);
}

static void
test_head_options_and_old_clients (Fixture *f, gconstpointer data)
{
  g_autofree gchar *authorization = g_strdup_printf ("Authorization: Bearer %s\r\n", f->daemon->viewer_token);
  const gchar *preflight[] = {"Origin", "https://elsewhere.example", "Access-Control-Request-Method", "GET",
                              NULL};
  g_autoptr (CrTestReply) head =
      cr_test_http (f->daemon, "HEAD", "/events/demo", f->daemon->viewer_token, NULL, NULL, NULL);
  g_autoptr (CrTestReply) options =
      cr_test_http (f->daemon, "OPTIONS", "/events/demo", NULL, NULL, NULL, preflight);
  g_autoptr (CrTestReply) post =
      cr_test_http (f->daemon, "POST", "/events/demo", f->daemon->viewer_token, NULL, NULL, NULL);
  CrEventClient *stream = cr_event_client_open (f->daemon->url, "/events/demo", "1.0", authorization, 0);
  const gchar *body;

  g_assert_cmpuint (head->status, ==, 200);
  g_assert_cmpstr (cr_test_reply_get (head, "Content-Type"), ==, "text/event-stream");
  g_assert_cmpstr (cr_test_reply_get (head, "Cache-Control"), ==, "no-store");
  g_assert_cmpstr (cr_test_reply_get (head, "X-Accel-Buffering"), ==, "no");
  g_assert_cmpuint (options->status, ==, 200);
  g_assert_cmpstr (cr_test_reply_get (options, "Access-Control-Allow-Origin"), ==, "*");
  g_assert_nonnull (strstr (cr_test_reply_get (options, "Access-Control-Allow-Headers"), "Last-Event-ID"));
  g_assert_cmpuint (post->status, ==, 405);

  while (strstr (stream->text->str, "event: snapshot") == NULL)
    cr_event_client_wait (stream);
  g_assert_null (strstr (stream->text->str, "chunked"));
  body = strstr (stream->text->str, "\r\n\r\n");
  g_assert_true (g_str_has_prefix (body, "\r\n\r\nretry: 1000\n\nid: "));
  cr_event_client_close (stream);
}

/* Those who are gone are forgotten, those who go while they are answered too. */
static void
test_readers_may_go_at_any_time (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 100; i++) {
    CrEventClient *stream = open_stream (f, f->daemon->viewer_token, NULL);

    if (i % 2 == 0)
      cr_event_client_expect (stream, "snapshot", NULL);
    if (i % 3 == 0)
      g_assert_cmpint (send (stream->fd, "GET / HTTP/1.1\r\n\r\n", 18, MSG_NOSIGNAL), ==, 18);
    cr_event_client_close (stream);
  }
  give_floor (f, 0);
}

static void
test_shutdown_ends_streams (Fixture *f, gconstpointer data)
{
  CrEventClient *stream = open_stream (f, f->daemon->viewer_token, NULL);

  cr_event_client_expect (stream, "snapshot", NULL);
  g_subprocess_send_signal (f->daemon->process, SIGTERM);
  cr_event_client_wait_end (stream);
  g_assert_true (cr_event_client_ended_well (stream));
  cr_event_client_close (stream);
}

/* Big notes, a reader who takes nothing: he is cut off, and costs no more than his bound until then. */
static void
test_slow_readers_are_cut_off (Fixture *f, gconstpointer data)
{
  g_autofree gchar *authorization =
      g_strdup_printf ("Authorization: Bearer %s\r\n", f->daemon->teacher_token);
  CrEventClient *slow =
      cr_event_client_open (f->daemon->url, "/events/demo", "1.1", authorization, SLOW_BUFFER);
  CrEventClient *other = open_stream (f, f->daemon->teacher_token, NULL);
  GString *text = g_string_new (NULL);
  g_autofree gchar *body = NULL;
  guint64 before_bytes, after_bytes;
  guint n_notes = 0;

  for (guint i = 0; i < NOTE_CHARS; i++)
    g_string_append (text, "听");
  body = g_strdup_printf ("{\"code\":\"other\",\"text\":\"%s\"}", text->str);
  g_string_free (text, TRUE);
  cr_event_client_expect (other, "snapshot", NULL);
  before_bytes = cr_test_daemon_get_rss_bytes (f->daemon);
  for (guint round = 0; round < 5; round++) { /* as often as each may */
    for (guint i = 0; f->classroom_tokens[i] != NULL; i++, n_notes++) {
      g_assert_cmpuint (act (f, f->classroom_tokens[i], "notes", body), ==, 204);
      cr_event_client_expect (other, "notes", NULL);
    }
  }
  after_bytes = cr_test_daemon_get_rss_bytes (f->daemon);
  cr_event_client_wait_end (slow);
  g_test_message ("%u notes, %" G_GSIZE_FORMAT
                  " bytes reached the slow reader, the daemon grew by %" G_GINT64_FORMAT " KiB",
                  n_notes, slow->text->len, ((gint64)after_bytes - (gint64)before_bytes) / 1024);
  g_assert_false (cr_event_client_ended_well (slow));
  /* the log's megabyte, the reader's bound, and what an allocator keeps of either */
  if (MEMORY_COUNTS)
    g_assert_cmpint ((gint64)after_bytes - (gint64)before_bytes, <, 12 * 1024 * 1024);
  cr_event_client_close (slow);
  cr_event_client_close (other);
}

/* CPU that the daemon has used, in microseconds. */
static gint64
cpu_us (CrTestDaemon *daemon)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%s/stat", g_subprocess_get_identifier (daemon->process));
  g_autofree gchar *text = NULL;
  g_auto (GStrv) fields = NULL;

  g_assert_true (g_file_get_contents (path, &text, NULL, NULL));
  fields = g_strsplit (strrchr (text, ')') + 2, " ", -1); /* from the third on */
  return (gint64)(g_ascii_strtoull (fields[11], NULL, 10) + g_ascii_strtoull (fields[12], NULL, 10)) *
         G_USEC_PER_SEC / sysconf (_SC_CLK_TCK);
}

/* How long until each of the streams has the next event; from before the action was asked. */
static gint64
time_event (CrEventClient **streams, struct pollfd *polls, gint64 since_us)
{
  guint n_left = N_READERS;
  gint64 deadline_us = since_us + WAIT_MS * G_GINT64_CONSTANT (1000);

  for (guint i = 0; i < N_READERS; i++)
    polls[i] = (struct pollfd){.fd = streams[i]->fd, .events = POLLIN};
  while (n_left > 0) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
    poll (polls, N_READERS, 100);
    for (guint i = 0; i < N_READERS; i++) {
      g_auto (CrClientEvent) event = {0};

      if (polls[i].fd < 0 || (polls[i].revents & POLLIN) == 0)
        continue;
      cr_event_client_read (streams[i]);
      if (!cr_event_client_take (streams[i], &event))
        continue;
      g_assert_cmpstr (event.name, ==, "floor");
      polls[i].fd = -1;
      n_left--;
    }
  }
  return g_get_monotonic_time () - since_us;
}

static gint
compare_times (gconstpointer a, gconstpointer b)
{
  return *(const gint64 *)a < *(const gint64 *)b ? -1 : 1;
}

static void
on_answered (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, NULL);

  *(gboolean *)data = body != NULL;
}

/* One change of the floor, asked in the background while the readers are watched. */
static gint64
time_round (Fixture *f, guint round, CrEventClient **streams, struct pollfd *polls)
{
  g_autofree gchar *url = g_strconcat (f->daemon->url, "/api/v1/lessons/demo/floor", NULL);
  g_autofree gchar *body = g_strdup_printf ("{\"classrooms\":[\"%s\"]}", f->rooms[round % 2]);
  g_autofree gchar *authorization = g_strconcat ("Bearer ", f->daemon->teacher_token, NULL);
  g_autoptr (SoupMessage) message = soup_message_new ("POST", url);
  g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));
  gint64 since_us = g_get_monotonic_time (), took_us;
  gboolean answered = FALSE;

  soup_message_headers_append (soup_message_get_request_headers (message), "Authorization", authorization);
  soup_message_set_request_body_from_bytes (message, JSON, bytes);
  soup_session_send_and_read_async (f->daemon->session, message, G_PRIORITY_DEFAULT, NULL, on_answered,
                                    &answered);
  while (!answered) /* no store here: the answer follows the event */
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (soup_message_get_status (message), ==, 204);
  took_us = time_event (streams, polls, since_us);
  return took_us;
}

static void
test_three_hundred_readers (Fixture *f, gconstpointer data)
{
  CrEventClient *streams[N_READERS];
  struct pollfd polls[N_READERS];
  gint64 times_us[N_ROUNDS], began_us, cpu_before_us, cpu_per_event_us;
  guint64 before_bytes = cr_test_daemon_get_rss_bytes (f->daemon), per_reader;

  began_us = g_get_monotonic_time ();
  for (guint i = 0; i < N_READERS; i++)
    streams[i] = open_stream (f, f->classroom_tokens[i % 18], NULL);
  for (guint i = 0; i < N_READERS; i++)
    cr_event_client_expect (streams[i], "snapshot", NULL);
  began_us = g_get_monotonic_time () - began_us;
  per_reader = (cr_test_daemon_get_rss_bytes (f->daemon) - before_bytes) / N_READERS;

  cpu_before_us = cpu_us (f->daemon);
  for (guint i = 0; i < N_ROUNDS; i++)
    times_us[i] = time_round (f, i, streams, polls);
  cpu_per_event_us = (cpu_us (f->daemon) - cpu_before_us) / N_ROUNDS;
  qsort (times_us, N_ROUNDS, sizeof times_us[0], compare_times);
  g_test_message ("%d readers: all have the document after %.1f ms; an action reaches the last after %.1f ms "
                  "(p50), %.1f ms (p99); %.0f us of CPU an event, %" G_GUINT64_FORMAT " bytes a reader",
                  N_READERS, (gdouble)began_us / 1000, (gdouble)times_us[N_ROUNDS / 2] / 1000,
                  (gdouble)times_us[N_ROUNDS * 99 / 100] / 1000, (gdouble)cpu_per_event_us, per_reader);
  /* generous: others are on the machine */
  g_assert_cmpint (times_us[N_ROUNDS / 2], <, 500000 * SLOWER);
  g_assert_cmpint (times_us[N_ROUNDS * 99 / 100], <, 2000000 * SLOWER);
  if (MEMORY_COUNTS)
    g_assert_cmpuint (per_reader, <, 64 * 1024);
  for (guint i = 0; i < N_READERS; i++)
    cr_event_client_close (streams[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/events/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("what-was-missed-is-replayed", test_what_was_missed_is_replayed);
  ADD ("a-call-is-told-to-its-classroom", test_a_call_is_told_to_its_classroom);
  ADD ("another-boot-is-a-snapshot", test_another_boot_is_a_snapshot);
  ADD ("first-bytes-come-at-once", test_first_bytes_come_at_once);
  ADD ("head-options-and-old-clients", test_head_options_and_old_clients);
  ADD ("readers-may-go-at-any-time", test_readers_may_go_at_any_time);
  ADD ("shutdown-ends-streams", test_shutdown_ends_streams);
  ADD ("slow-readers-are-cut-off", test_slow_readers_are_cut_off);
  ADD ("three-hundred-readers", test_three_hundred_readers);
  return g_test_run ();
}

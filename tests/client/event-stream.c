/* SPDX-License-Identifier: Apache-2.0
 *
 * A reader of events against a server that ends its streams, is restarted, refuses, and falls silent.
 */
#include "event-stream.h"

#include <libsoup/soup.h>

#define WATCHDOG_S 60

typedef struct {
  GMainLoop *loop;
  SoupServer *server;
  CrHttpClient *client;
  CrEventStream *stream;
  const gchar *first;  /* what the first connection gets, and then its end */
  const gchar *second; /* what the second gets; it stays open */
  guint status;        /* of the first answer, else 200 */
  guint n_requests;
  gchar *last_event_ids[8]; /* by request */
  gint64 asked_us[8];
  GString *seen;
  const gchar *until; /* the loop ends when `seen` is this */
} Fixture;

static gboolean
on_watchdog (gpointer data)
{
  g_error ("nothing happened within %d s", WATCHDOG_S);
  return G_SOURCE_REMOVE;
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  Fixture *fixture = data;
  SoupMessageHeaders *request = soup_server_message_get_request_headers (message);
  SoupMessageHeaders *response = soup_server_message_get_response_headers (message);
  SoupMessageBody *body = soup_server_message_get_response_body (message);
  guint i = fixture->n_requests++;
  const gchar *text = i == 0 ? fixture->first : fixture->second;

  g_assert_cmpstr (path, ==, "/events/a lesson");
  g_assert_cmpstr (soup_message_headers_get_one (request, "Authorization"), ==,
                   i == 0 ? "Bearer one" : "Bearer two");
  g_assert_cmpuint (i, <, G_N_ELEMENTS (fixture->asked_us));
  fixture->asked_us[i] = g_get_monotonic_time ();
  fixture->last_event_ids[i] = g_strdup (soup_message_headers_get_one (request, "Last-Event-ID"));
  cr_event_stream_set_token (fixture->stream, "two");
  if (i == 0 && fixture->status != 0) {
    soup_server_message_set_status (message, fixture->status, NULL);
    return;
  }
  soup_server_message_set_status (message, 200, NULL);
  soup_message_headers_set_encoding (response, SOUP_ENCODING_CHUNKED);
  soup_message_headers_set_content_type (response, "text/event-stream", NULL);
  soup_message_body_append (body, SOUP_MEMORY_COPY, text, strlen (text));
  if (i == 0 && fixture->first == fixture->second)
    return; /* stays open, and says nothing more */
  if (i == 0)
    soup_message_body_complete (body);
}

static void
note (Fixture *fixture, const gchar *text)
{
  g_string_append_printf (fixture->seen, "%s ", text);
  if (g_strcmp0 (fixture->seen->str, fixture->until) == 0)
    g_main_loop_quit (fixture->loop);
}

static void
on_event (const gchar *name, JsonObject *document, gpointer data)
{
  g_autofree gchar *text =
      g_strdup_printf ("%s=%d", name, (gint)json_object_get_int_member_with_default (document, "n", -1));

  note (data, text);
}

static void
on_boot_changed (gpointer data)
{
  note (data, "restarted");
}

static void
on_refused (gpointer data)
{
  note (data, "refused");
}

static const CrEventHandler handler = {on_event, on_boot_changed, on_refused};

static void
run (Fixture *fixture)
{
  g_autoptr (GSList) uris = NULL;
  g_autofree gchar *base = NULL;
  guint watchdog = g_timeout_add_seconds (WATCHDOG_S, on_watchdog, NULL);
  GError *error = NULL;

  fixture->loop = g_main_loop_new (NULL, FALSE);
  fixture->seen = g_string_new (NULL);
  fixture->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (fixture->server, NULL, on_request, fixture, NULL);
  soup_server_listen_local (fixture->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (fixture->server);
  base = g_uri_to_string (uris->data);
  g_uri_unref (uris->data);
  fixture->client = cr_http_client_new (base, &error);
  fixture->stream = cr_event_stream_new (fixture->client, "a lesson", "one", 7, &handler, fixture);
  g_main_loop_run (fixture->loop);
  g_source_remove (watchdog);
}

static void
clear (Fixture *fixture)
{
  cr_event_stream_free (fixture->stream);
  cr_http_client_free (fixture->client);
  while (g_main_context_iteration (NULL, FALSE))
    ; /* requests that were cancelled call back once more */
  g_object_unref (fixture->server);
  g_main_loop_unref (fixture->loop);
  g_string_free (fixture->seen, TRUE);
  for (guint i = 0; i < G_N_ELEMENTS (fixture->last_event_ids); i++)
    g_free (fixture->last_event_ids[i]);
}

static void
test_comes_back_where_it_was (void)
{
  Fixture fixture = {
      .first = "retry: 1000\n\nid: 8f.1\nevent: snapshot\ndata: {\"n\":1}\n\nid: 8f.2\nevent: floor\n"
               "data: {\"n\":2}\n\nid: 8f.3\nevent: floor\ndata: [1]\n\nid: 8f.4\ndata: no JSON\n\n",
      .second = "id: 8f.5\nevent: hands\ndata: {\"n\":3}\n\n",
      .until = "snapshot=1 floor=2 hands=3 "};

  run (&fixture);
  g_assert_cmpstr (fixture.last_event_ids[0], ==, NULL);
  g_assert_cmpstr (fixture.last_event_ids[1], ==, "8f.4");
  g_assert_true (cr_event_stream_is_telling (fixture.stream));
  g_assert_cmpint (fixture.asked_us[1] - fixture.asked_us[0], <, 2 * G_USEC_PER_SEC);
  clear (&fixture);
}

static void
test_a_restart_is_noticed (void)
{
  Fixture fixture = {.first = "id: 8f.7\nevent: snapshot\ndata: {\"n\":1}\n\n",
                     .second = "id: 90.1\nevent: snapshot\ndata: {\"n\":2}\n\n",
                     .until = "snapshot=1 restarted snapshot=2 "};

  run (&fixture);
  clear (&fixture);
}

static void
test_a_refusal_is_told (void)
{
  Fixture fixture = {.status = 401,
                     .first = "",
                     .second = "id: 90.1\nevent: snapshot\ndata: {\"n\":2}\n\n",
                     .until = "refused snapshot=2 "};

  run (&fixture);
  clear (&fixture);
}

/* The connection is open, but nothing comes: twelve seconds, and no more. */
static void
test_silence_is_the_end (void)
{
  static const gchar text[] = "id: 8f.1\nevent: snapshot\ndata: {\"n\":1}\n\n";
  Fixture fixture = {.first = text, .second = text, .until = "snapshot=1 snapshot=1 "};
  gint64 pause_us;

  run (&fixture);
  pause_us = fixture.asked_us[1] - fixture.asked_us[0];
  g_assert_cmpint (pause_us, >, 12 * G_USEC_PER_SEC);
  g_assert_cmpint (pause_us, <, 20 * G_USEC_PER_SEC);
  clear (&fixture);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/event-stream/comes-back-where-it-was", test_comes_back_where_it_was);
  g_test_add_func ("/event-stream/restart-is-noticed", test_a_restart_is_noticed);
  g_test_add_func ("/event-stream/refusal-is-told", test_a_refusal_is_told);
  g_test_add_func ("/event-stream/silence-is-the-end", test_silence_is_the_end);
  return g_test_run ();
}

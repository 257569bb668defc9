/* SPDX-License-Identifier: Apache-2.0
 *
 *   opening -> reading
 *      ^_ pause __|     when it ends, is refused, or is silent
 *
 * A request that was cancelled still calls back once: what it needs then is its own, so that the stream may
 * be gone.
 */
#include "event-stream.h"

#include "event-text.h"
#include <string.h>

/* The relay sends a comment every 5 s: two of them missing, and time for one to be late. */
#define SILENCE_MS (12 * 1000)

/* A relay that is starting answers soon; half of the pause is chance, so that hundreds do not knock in step.
 */
#define PAUSE_MS 500

#define READ_BYTES 16384

struct CrEventStream {
  CrHttpClient *client;
  gchar *path;
  gchar *token;
  const CrEventHandler *handler;
  gpointer data;
  GRand *chance;
  CrEventText *text; /* of the present connection */
  gchar *last_id;    /* NULL: none yet */
  gchar *boot_id;    /* NULL: none seen yet */
  GCancellable *cancellable;
  guint silence, pause; /* timers */
};

typedef struct {
  CrEventStream *stream; /* valid unless cancelled */
  GCancellable *cancellable;
  GInputStream *body;
} Reading;

static void open_stream (CrEventStream *stream);

static gboolean
on_pause_over (gpointer data)
{
  CrEventStream *stream = data;

  stream->pause = 0;
  open_stream (stream);
  return G_SOURCE_REMOVE;
}

static void
open_later (CrEventStream *stream)
{
  g_clear_handle_id (&stream->silence, g_source_remove);
  g_clear_handle_id (&stream->pause, g_source_remove);
  g_cancellable_cancel (stream->cancellable);
  stream->pause =
      g_timeout_add (PAUSE_MS / 2 + g_rand_int_range (stream->chance, 0, PAUSE_MS), on_pause_over, stream);
}

static gboolean
on_silence (gpointer data)
{
  CrEventStream *stream = data;

  stream->silence = 0;
  open_later (stream);
  return G_SOURCE_REMOVE;
}

static void
expect_more (CrEventStream *stream)
{
  g_clear_handle_id (&stream->silence, g_source_remove);
  stream->silence = g_timeout_add (SILENCE_MS, on_silence, stream);
}

/* Ids are <boot id>.<number>. */
static void
note_boot (CrEventStream *stream, const gchar *id)
{
  const gchar *dot = strrchr (id, '.');
  g_autofree gchar *boot_id = dot == NULL ? NULL : g_strndup (id, dot - id);
  gboolean changed;

  if (boot_id == NULL || g_strcmp0 (boot_id, stream->boot_id) == 0)
    return;
  changed = stream->boot_id != NULL;
  g_free (stream->boot_id);
  stream->boot_id = g_steal_pointer (&boot_id);
  if (changed && stream->handler->on_boot_changed != NULL)
    stream->handler->on_boot_changed (stream->data);
}

static void
on_event (const gchar *id, const gchar *name, const gchar *text, gpointer data)
{
  CrEventStream *stream = data;
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (*id != '\0') {
    g_free (stream->last_id);
    stream->last_id = g_strdup (id);
    note_boot (stream, id);
  }
  if (!json_parser_load_from_data (parser, text, -1, NULL))
    return;
  root = json_parser_get_root (parser);
  if (root != NULL && JSON_NODE_HOLDS_OBJECT (root) && stream->handler->on_event != NULL)
    stream->handler->on_event (name, json_node_get_object (root), stream->data);
}

static void
reading_free (Reading *reading)
{
  g_object_unref (reading->cancellable);
  g_object_unref (reading->body);
  g_free (reading);
}

static void
on_read (GObject *source, GAsyncResult *result, gpointer data)
{
  Reading *reading = data;
  CrEventStream *stream = reading->stream;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
  gsize n_bytes = 0;
  const gchar *text = bytes == NULL ? NULL : g_bytes_get_data (bytes, &n_bytes);

  if (g_cancellable_is_cancelled (reading->cancellable)) {
    reading_free (reading);
    return;
  }
  if (n_bytes == 0 || !cr_event_text_feed (stream->text, text, n_bytes)) {
    reading_free (reading);
    open_later (stream);
    return;
  }
  expect_more (stream);
  g_input_stream_read_bytes_async (reading->body, READ_BYTES, G_PRIORITY_DEFAULT, reading->cancellable,
                                   on_read, reading);
}

static void
on_opened (guint status, GInputStream *body, gpointer data)
{
  CrEventStream *stream = data;
  Reading *reading;

  if (status == 401 || status == 403) {
    open_later (stream);
    if (stream->handler->on_refused != NULL)
      stream->handler->on_refused (stream->data);
    return;
  }
  if (status != 200) {
    open_later (stream); /* down, or starting */
    return;
  }
  expect_more (stream);
  reading = g_new (Reading, 1);
  *reading = (Reading){stream, g_object_ref (stream->cancellable), g_object_ref (body)};
  g_input_stream_read_bytes_async (body, READ_BYTES, G_PRIORITY_DEFAULT, reading->cancellable, on_read,
                                   reading);
}

static void
open_stream (CrEventStream *stream)
{
  g_clear_object (&stream->cancellable);
  stream->cancellable = g_cancellable_new ();
  g_clear_pointer (&stream->text, cr_event_text_free);
  stream->text = cr_event_text_new (on_event, stream);
  expect_more (stream);
  cr_http_client_open (stream->client, stream->path, stream->token, stream->last_id, stream->cancellable,
                       on_opened, stream);
}

CrEventStream *
cr_event_stream_new (CrHttpClient *client, const gchar *lesson, const gchar *token, guint32 seed,
                     const CrEventHandler *handler, gpointer data)
{
  CrEventStream *stream = g_new0 (CrEventStream, 1);
  g_autofree gchar *escaped = g_uri_escape_string (lesson, NULL, FALSE);

  stream->client = client;
  stream->path = g_strdup_printf ("/events/%s", escaped);
  stream->token = g_strdup (token);
  stream->handler = handler;
  stream->data = data;
  stream->chance = g_rand_new_with_seed (seed);
  open_stream (stream);
  return stream;
}

void
cr_event_stream_free (CrEventStream *stream)
{
  g_clear_handle_id (&stream->silence, g_source_remove);
  g_clear_handle_id (&stream->pause, g_source_remove);
  g_cancellable_cancel (stream->cancellable);
  g_object_unref (stream->cancellable);
  cr_event_text_free (stream->text);
  g_rand_free (stream->chance);
  g_free (stream->path);
  g_free (stream->token);
  g_free (stream->last_id);
  g_free (stream->boot_id);
  g_free (stream);
}

void
cr_event_stream_set_token (CrEventStream *stream, const gchar *token)
{
  g_free (stream->token);
  stream->token = g_strdup (token);
}

gboolean
cr_event_stream_is_telling (CrEventStream *stream)
{
  return stream->boot_id != NULL;
}

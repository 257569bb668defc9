/* SPDX-License-Identifier: Apache-2.0
 *
 * write → shut the sending side → read and discard until the end, a limit of bytes, or a limit of time →
 * close.
 */
#include "http/linger.h"

#include <string.h>

#define DISCARD_MAX_BYTES (256 * 1024) /* what is under way in socket buffers, not the whole body */
#define DISCARD_MAX_S     2
#define READ_BYTES        16384

typedef struct {
  GIOStream *stream;
  GCancellable *cancellable;
  gchar *answer;
  gsize discarded_bytes;
  gboolean busy; /* a write or a read is under way */
  guint timeout_source;
} Linger;

static void
linger_free (Linger *linger)
{
  g_clear_handle_id (&linger->timeout_source, g_source_remove);
  g_io_stream_close_async (linger->stream, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
  g_object_unref (linger->stream);
  g_object_unref (linger->cancellable);
  g_free (linger->answer);
  g_free (linger);
}

static gboolean
on_time_over (gpointer data)
{
  Linger *linger = data;

  linger->timeout_source = 0;
  if (linger->busy)
    g_cancellable_cancel (linger->cancellable); /* what is under way ends, and frees */
  else
    linger_free (linger);
  return G_SOURCE_REMOVE;
}

static void on_discarded (GObject *source, GAsyncResult *result, gpointer data);

static void
discard (Linger *linger)
{
  g_input_stream_read_bytes_async (g_io_stream_get_input_stream (linger->stream), READ_BYTES, G_PRIORITY_LOW,
                                   linger->cancellable, on_discarded, linger);
}

static void
on_discarded (GObject *source, GAsyncResult *result, gpointer data)
{
  Linger *linger = data;
  g_autoptr (GBytes) bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);

  if (bytes != NULL)
    linger->discarded_bytes += g_bytes_get_size (bytes);
  if (bytes == NULL || g_bytes_get_size (bytes) == 0)
    linger_free (linger);
  else if (linger->discarded_bytes > DISCARD_MAX_BYTES)
    linger->busy = FALSE; /* on_time_over() ends it */
  else
    discard (linger);
}

static void
on_written (GObject *source, GAsyncResult *result, gpointer data)
{
  Linger *linger = data;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL)) {
    linger_free (linger);
    return;
  }
  if (G_IS_SOCKET_CONNECTION (linger->stream))
    g_socket_shutdown (g_socket_connection_get_socket (G_SOCKET_CONNECTION (linger->stream)), FALSE, TRUE,
                       NULL);
  discard (linger);
}

void
cr_linger_answer (GIOStream *stream, gchar *answer)
{
  Linger *linger = g_new0 (Linger, 1);

  linger->stream = stream;
  linger->answer = answer;
  linger->cancellable = g_cancellable_new ();
  linger->busy = TRUE;
  linger->timeout_source = g_timeout_add_seconds (DISCARD_MAX_S, on_time_over, linger);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (stream), answer, strlen (answer),
                                   G_PRIORITY_DEFAULT, linger->cancellable, on_written, linger);
}

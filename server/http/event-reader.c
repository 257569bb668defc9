/* SPDX-License-Identifier: Apache-2.0
 *
 * Non-blocking writes of several pieces at once; the caller's poll says when to go on.
 */
#include "http/event-reader.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

/* A write's pieces: a lesson's burst after a stall. */
#define PIECES_MAX 16

/* In the kernel a reader holds what a few events need; by default it grows to megabytes for a slow one. */
#define SEND_BUFFER_BYTES (64 * 1024)

/* A peer that acknowledges nothing for four heartbeats is gone. */
#define SILENCE_MS 20000

/* What a client says after its request is nothing that we asked for. */
#define DISCARD_MAX_BYTES 4096

struct CrEventReader {
  GIOStream *stream;
  GSocket *socket;
  gboolean chunked;
  gboolean ending;  /* nothing is added any more */
  GQueue pieces;    /* GBytes, not sent yet */
  gsize sent_bytes; /* of the first */
  gsize pending_bytes;
  gsize discarded_bytes;
};

CrEventReader *
cr_event_reader_new (GIOStream *stream, GSocket *socket, gboolean chunked, GBytes *head)
{
  CrEventReader *reader = g_new0 (CrEventReader, 1);

  reader->stream = stream;
  reader->socket = socket;
  reader->chunked = chunked;
  g_queue_init (&reader->pieces);
  g_queue_push_tail (&reader->pieces, g_bytes_ref (head));
  reader->pending_bytes = g_bytes_get_size (head);
  g_socket_set_option (socket, SOL_SOCKET, SO_SNDBUF, SEND_BUFFER_BYTES, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_USER_TIMEOUT, SILENCE_MS, NULL);
  return reader;
}

void
cr_event_reader_free (CrEventReader *reader)
{
  g_queue_clear_full (&reader->pieces, (GDestroyNotify)g_bytes_unref);
  g_socket_close (reader->socket, NULL);
  g_object_unref (reader->socket);
  g_object_unref (reader->stream);
  g_free (reader);
}

gint
cr_event_reader_get_fd (CrEventReader *reader)
{
  return g_socket_get_fd (reader->socket);
}

gsize
cr_event_reader_get_pending_bytes (CrEventReader *reader)
{
  return reader->pending_bytes;
}

void
cr_event_piece_init (CrEventPiece *piece, GBytes *text)
{
  GString *chunk = g_string_sized_new (g_bytes_get_size (text) + 16);

  g_string_append_printf (chunk, "%" G_GSIZE_MODIFIER "x\r\n", g_bytes_get_size (text));
  g_string_append_len (chunk, g_bytes_get_data (text, NULL), (gssize)g_bytes_get_size (text));
  g_string_append (chunk, "\r\n");
  piece->plain = g_bytes_ref (text);
  piece->chunk = g_string_free_to_bytes (chunk);
}

void
cr_event_piece_clear (CrEventPiece *piece)
{
  g_clear_pointer (&piece->plain, g_bytes_unref);
  g_clear_pointer (&piece->chunk, g_bytes_unref);
}

static void
count_sent (CrEventReader *reader, gsize n_bytes)
{
  reader->pending_bytes -= n_bytes;
  reader->sent_bytes += n_bytes;
  while (!g_queue_is_empty (&reader->pieces)) {
    GBytes *first = g_queue_peek_head (&reader->pieces);

    if (reader->sent_bytes < g_bytes_get_size (first))
      return;
    reader->sent_bytes -= g_bytes_get_size (first);
    g_bytes_unref (g_queue_pop_head (&reader->pieces));
  }
}

static gssize
send_some (CrEventReader *reader)
{
  struct iovec vectors[PIECES_MAX];
  struct msghdr message = {.msg_iov = vectors};
  gsize skip = reader->sent_bytes;

  for (GList *l = reader->pieces.head; l != NULL && message.msg_iovlen < PIECES_MAX; l = l->next) {
    gsize length;
    const guint8 *bytes = g_bytes_get_data (l->data, &length);

    vectors[message.msg_iovlen++] =
        (struct iovec){.iov_base = (gpointer)(bytes + skip), .iov_len = length - skip};
    skip = 0;
  }
  return sendmsg (cr_event_reader_get_fd (reader), &message, MSG_DONTWAIT | MSG_NOSIGNAL);
}

gboolean
cr_event_reader_flush (CrEventReader *reader)
{
  while (reader->pending_bytes > 0) {
    gssize n = send_some (reader);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno == EAGAIN || errno == EWOULDBLOCK;
    count_sent (reader, (gsize)n);
  }
  return !reader->ending || g_socket_shutdown (reader->socket, FALSE, TRUE, NULL);
}

static gboolean
push (CrEventReader *reader, GBytes *bytes)
{
  gsize length = g_bytes_get_size (bytes);
  gboolean was_empty = reader->pending_bytes == 0;

  if (reader->pending_bytes + length > CR_EVENT_READER_MAX_PENDING_BYTES)
    return FALSE;
  g_queue_push_tail (&reader->pieces, g_bytes_ref (bytes));
  reader->pending_bytes += length;
  return !was_empty || cr_event_reader_flush (reader); /* else the poll goes on with what waits already */
}

gboolean
cr_event_reader_send (CrEventReader *reader, const CrEventPiece *piece)
{
  return reader->ending || push (reader, reader->chunked ? piece->chunk : piece->plain);
}

gboolean
cr_event_reader_drain (CrEventReader *reader)
{
  guint8 buffer[1024];

  for (;;) {
    gssize n = recv (cr_event_reader_get_fd (reader), buffer, sizeof buffer, MSG_DONTWAIT);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0)
      return errno == EAGAIN || errno == EWOULDBLOCK;
    reader->discarded_bytes += (gsize)n;
    if (n == 0 || reader->discarded_bytes > DISCARD_MAX_BYTES)
      return FALSE;
  }
}

gboolean
cr_event_reader_end (CrEventReader *reader)
{
  static const gchar last_chunk[] = "0\r\n\r\n";
  g_autoptr (GBytes) end = g_bytes_new_static (last_chunk, strlen (last_chunk));

  if (reader->ending)
    return TRUE;
  reader->ending = TRUE;
  return reader->chunked ? push (reader, end) : cr_event_reader_flush (reader);
}

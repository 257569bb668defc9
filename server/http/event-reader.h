/* SPDX-License-Identifier: Apache-2.0
 *
 * One reader's end of an event stream: a connection taken from the HTTP library, and what waits to be sent on
 * it. Nothing that has been sent is kept; what waits is shared with all who wait for the same, and bounded:
 * whoever reads slower than things happen is cut off, and comes back with what he read last.
 *
 * Thread: [main].
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* Several times the largest document; a reader this far behind is better off with a new one. */
#define CR_EVENT_READER_MAX_PENDING_BYTES (256 * 1024)

typedef struct CrEventReader CrEventReader;

/* Takes `stream` and `socket`, which is the stream's. `chunked`: the body is sent in chunks (RFC 9112
 * section 7.1), else it ends with the connection. `head` is sent first. */
CrEventReader *cr_event_reader_new (GIOStream *stream, GSocket *socket, gboolean chunked, GBytes *head);

/* Closes at once. */
void cr_event_reader_free (CrEventReader *reader);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrEventReader, cr_event_reader_free)

gint cr_event_reader_get_fd (CrEventReader *reader);
gsize cr_event_reader_get_pending_bytes (CrEventReader *reader);

/* A piece of the body in both framings, made once for all readers. */
typedef struct {
  GBytes *plain, *chunk;
} CrEventPiece;

void cr_event_piece_init (CrEventPiece *piece, GBytes *text); /* references `text` */
void cr_event_piece_clear (CrEventPiece *piece);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrEventPiece, cr_event_piece_clear)

/* Sends, or keeps what the connection does not take now. FALSE: the reader is gone or too far behind, free
 * it. */
gboolean cr_event_reader_send (CrEventReader *reader, const CrEventPiece *piece);

/* The connection may take more. FALSE as above. */
gboolean cr_event_reader_flush (CrEventReader *reader);

/* Reads and discards, since nothing is expected. FALSE once the other side has closed. */
gboolean cr_event_reader_drain (CrEventReader *reader);

/* The end of the body, after what waits; then our side is shut. FALSE as above. */
gboolean cr_event_reader_end (CrEventReader *reader);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * One ICE-TCP connection (RFC 6544, passive side): frames of RFC 4571 in, frames out through a bounded queue.
 * A reader too slow for its media loses whole frames, never the order of bytes and never the others' time.
 */
#pragma once

#include "rtc/path.h"

G_BEGIN_DECLS

/* Unsent bytes beyond which new frames are dropped: half a second of 4 Mbit/s. */
#define CR_TCP_LINK_MAX_QUEUE_BYTES (256 * 1024)

/* One complete frame arrived, in place, with 8 zero bytes after it. The link must not be freed from within.
 * [media] */
typedef void (*CrTcpFrameFunc) (CrTcpLink *link, guint8 *frame, gsize length_bytes, gpointer data);

/* The queue has become non-empty: somebody should call cr_tcp_link_write() before long. [media] */
typedef void (*CrTcpLinkQueuedFunc) (CrTcpLink *link, gpointer data);

/* Takes ownership of the non-blocking `fd`. */
CrTcpLink *cr_tcp_link_new (int fd, const CrAddress *remote, const CrAddress *local);
void cr_tcp_link_free (CrTcpLink *link);
int cr_tcp_link_get_fd (CrTcpLink *link);
const CrPath *cr_tcp_link_get_path (CrTcpLink *link);
void cr_tcp_link_set_queued_func (CrTcpLink *link, CrTcpLinkQueuedFunc func, gpointer data);

/* Reads what is there, within bounds. A frame larger than a datagram may be is skipped. FALSE when the
 * connection has ended. */
gboolean cr_tcp_link_read (CrTcpLink *link, CrTcpFrameFunc func, gpointer data);

/* Queues one frame. FALSE when it was dropped because the queue is full. */
gboolean cr_tcp_link_send (CrTcpLink *link, const guint8 *data, gsize length_bytes);

/* Takes RTP packets of this SSRC out of the queue: what a slow line has not taken yet. A frame that has begun
 * to leave goes on, or the stream of frames would break. */
void cr_tcp_link_discard_rtp (CrTcpLink *link, guint32 ssrc);

/* Writes queued bytes; FALSE when the connection is gone. */
gboolean cr_tcp_link_write (CrTcpLink *link);
gboolean cr_tcp_link_wants_write (CrTcpLink *link);

G_END_DECLS

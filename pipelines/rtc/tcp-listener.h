/* SPDX-License-Identifier: Apache-2.0
 *
 * The ICE-TCP connections of a worker. Anyone may connect, so those that no peer has claimed are few and have
 * little time; those of a peer last until the peer lets go or the connection ends.
 *
 *   accepted -> waiting -> (claimed by a peer) held -> ended -> freed at the end of the turn
 *
 * Thread: media.
 */
#pragma once

#include "rtc/sockets.h"

G_BEGIN_DECLS

/* Connections that wait for an authenticated check; beyond that the oldest is dropped. A classroom waits for
 * some round-trip times, so this serves 18 joining at once several times over. */
#define CR_TCP_MAX_WAITING 64

/* And how long they may wait: checks come every 50 ms at first (RFC 8445 section 14.2), and a browser may
 * need seconds to get round to the TCP candidates. */
#define CR_TCP_WAIT_US (10 * G_USEC_PER_SEC)

typedef struct CrTcpListener CrTcpListener;

typedef struct {
  void (*on_frame) (const CrPath *path, guint8 *frame, gsize length_bytes, gpointer data);

  /* The connection has ended; `path->tcp` is freed after the call. */
  void (*on_ended) (const CrPath *path, gpointer data);
} CrTcpListenerHandler;

/* Adds itself to the epoll set. `sockets` and `handler` outlive it. NULL, and errno, on failure. */
CrTcpListener *cr_tcp_listener_new (const CrSockets *sockets, int epoll_fd,
                                    const CrTcpListenerHandler *handler, gpointer data);
void cr_tcp_listener_free (CrTcpListener *listener); /* closes every connection, without calls */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTcpListener, cr_tcp_listener_free)

/* An event of the epoll set that is neither of the UDP socket nor of the mailbox. */
void cr_tcp_listener_handle (CrTcpListener *listener, gpointer epoll_data, guint32 events, gint64 now_us);

/* A peer claims the connection / lets it go (it may be claimed again within the waiting time). */
void cr_tcp_listener_hold (CrTcpListener *listener, CrTcpLink *link);
void cr_tcp_listener_release (CrTcpListener *listener, CrTcpLink *link, gint64 now_us);

/* Once a turn, before the hooks: drops who waited too long, reports and frees what has ended. */
void cr_tcp_listener_reap (CrTcpListener *listener, gint64 now_us);

/* Once a turn, after the flush: writes what was queued, one system call for each connection. */
void cr_tcp_listener_write (CrTcpListener *listener);

/* When cr_tcp_listener_reap() has something to do next, or G_MAXINT64. */
gint64 cr_tcp_listener_next_us (const CrTcpListener *listener);

guint cr_tcp_listener_count (const CrTcpListener *listener);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams of a UDP socket, many per system call, each with its path.
 */
#pragma once

#include "rtc/path.h"

G_BEGIN_DECLS

typedef struct CrUdpReceiver CrUdpReceiver;

/* `data` may be changed in place and has 8 zero bytes after it; it is gone after the call. [media] */
typedef void (*CrDatagramFunc) (const CrPath *path, guint8 *datagram, gsize length_bytes, gpointer data);

/* `port` is the socket's. */
CrUdpReceiver *cr_udp_receiver_new (int udp_fd, guint16 port);
void cr_udp_receiver_free (CrUdpReceiver *receiver);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrUdpReceiver, cr_udp_receiver_free)

typedef struct {
  guint n_datagrams; /* handed on */
  gsize n_bytes;
  guint n_malformed; /* empty, or larger than CR_MAX_DATAGRAM_BYTES */
  guint n_dropped;   /* by the kernel, whose buffer was full */
  gboolean more;     /* the socket may hold more */
} CrUdpReceipt;

/* One system call. [media] */
CrUdpReceipt cr_udp_receiver_read (CrUdpReceiver *receiver, CrDatagramFunc func, gpointer data);

G_END_DECLS

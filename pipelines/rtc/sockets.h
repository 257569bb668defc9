/* SPDX-License-Identifier: Apache-2.0
 *
 * The two sockets of a worker: UDP and a TCP listener on the same port number, dual-stack where the machine
 * has IPv6. Every datagram comes with the address that was asked (IPV6_PKTINFO, RFC 3542 section 6) and with
 * the kernel's count of those it had to drop.
 */
#pragma once

#include "rtc/path.h"

G_BEGIN_DECLS

typedef struct {
  int udp_fd; /* -1: none */
  int tcp_fd;
  gboolean is_ipv6; /* AF_INET6 with IPv4 as v4-mapped; else AF_INET */
  guint16 port;     /* the same for both */
  GArray *allowed;  /* CrAddress (port 0): the local addresses that may be asked; empty: every one */
} CrSockets;

/* Opens both, non-blocking. `addresses` is NULL-terminated, or NULL for every address; port 0 finds one that
 * is free for both. `buffer_bytes` is asked for as SO_SNDBUF and SO_RCVBUF. Errors: G_IO_ERROR naming
 * address, port and protocol. [any] */
gboolean cr_sockets_open (CrSockets *sockets, const gchar *const *addresses, guint16 port, gboolean udp,
                          guint buffer_bytes, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_sockets_close (CrSockets *sockets);

/* May `local` be asked? With several addresses configured the sockets are bound to the wildcard, and this is
 * the filter. */
gboolean cr_sockets_allows (const CrSockets *sockets, const CrAddress *local);

/* This machine's addresses on which the sockets can be reached (CrAddress, with the port): those of
 * interfaces that are up, without IPv6 link-local ones, which mean nothing to another host. Loopback ones
 * only when asked for, and then first. Free with g_array_unref(). [any] */
GArray *cr_sockets_get_local_addresses (const CrSockets *sockets, gboolean with_loopback);

G_END_DECLS

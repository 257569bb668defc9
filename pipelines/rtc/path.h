/* SPDX-License-Identifier: Apache-2.0
 *
 * Where datagrams come from and go to: the 5-tuple that a peer's packets travel on, over the worker's one UDP
 * socket or over one ICE-TCP connection.
 */
#pragma once

#include <gio/gio.h>
#include <netinet/in.h>

G_BEGIN_DECLS

typedef struct CrTcpLink CrTcpLink;

/* IPv4 is kept as v4-mapped IPv6 (RFC 4291 section 2.5.5.2), so that one comparison serves both. */
typedef struct {
  guint8 ip[16];
  guint16 port; /* host order */
  guint32 scope_id;
} CrAddress;

typedef struct {
  CrAddress remote;
  CrAddress local; /* the address that the peer asked; port is the worker's */
  guint32 local_ifindex;
  CrTcpLink *tcp; /* NULL: UDP */
} CrPath;

void cr_address_from_sockaddr (CrAddress *address, const struct sockaddr *sockaddr);

/* Fills an AF_INET6 sockaddr (v4-mapped for IPv4). */
void cr_address_to_sockaddr_in6 (const CrAddress *address, struct sockaddr_in6 *sockaddr);
gboolean cr_address_is_ipv4 (const CrAddress *address);
gboolean cr_address_is_loopback (const CrAddress *address);
gboolean cr_address_equal (const CrAddress *a, const CrAddress *b);

/* Parses "192.0.2.1" or "2001:db8::1" (no port). FALSE when it is neither. */
gboolean cr_address_parse (CrAddress *address, const gchar *text, guint16 port);

/* "192.0.2.1" or "2001:db8::1"; free with g_free(). */
gchar *cr_address_to_string (const CrAddress *address);

/* Same 5-tuple? Interface index is not compared. */
gboolean cr_path_equal (const CrPath *a, const CrPath *b);
guint cr_path_hash (const CrPath *path);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening, binding and describing the sockets of a worker. What arrives on them is udp-receiver.c's and
 * tcp-listener.c's, what leaves is send-batch.c's.
 */
#include "rtc/sockets.h"

#include "base/log.h"

#include <errno.h>
#include <ifaddrs.h>
#include <net/if.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* With port 0 the kernel picks a UDP port, which may be taken for TCP: so many other picks are tried. */
#define MAX_PORT_PICKS 64

/* Connections that wait to be accepted: the bell brings a district's classrooms within one second. */
#define LISTEN_BACKLOG 256

static gboolean
set_flag (int fd, int level, int option)
{
  int on = 1;

  return setsockopt (fd, level, option, &on, sizeof on) == 0;
}

/* FORCE passes the system's limit where the process may; the plain option takes what the limit allows, which
 * is worth a word: bursts beyond it are lost. The kernel reports twice what it was asked for (socket(7)). */
static void
set_buffer (int fd, int force_option, int option, int bytes, const gchar *limit)
{
  g_autofree gchar *wanted = g_strdup_printf ("%d", bytes);
  g_autofree gchar *got = NULL;
  int actual = 0;
  socklen_t length = sizeof actual;

  if (setsockopt (fd, SOL_SOCKET, force_option, &bytes, sizeof bytes) == 0)
    return;
  (void)setsockopt (fd, SOL_SOCKET, option, &bytes, sizeof bytes);
  if (getsockopt (fd, SOL_SOCKET, option, &actual, &length) != 0 || actual / 2 >= bytes)
    return;
  got = g_strdup_printf ("%d", actual / 2);
  cr_log (CR_LOG_INFO, "media-socket-buffer-small", "wanted_bytes", wanted, "got_bytes", got, "raise", limit,
          NULL);
}

static gboolean
set_udp_options (int fd, gboolean is_ipv6, guint buffer_bytes)
{
  set_buffer (fd, SO_SNDBUFFORCE, SO_SNDBUF, buffer_bytes, "net.core.wmem_max");
  set_buffer (fd, SO_RCVBUFFORCE, SO_RCVBUF, buffer_bytes, "net.core.rmem_max");
  (void)set_flag (fd, SOL_SOCKET, SO_RXQ_OVFL); /* a statistic only */
  return is_ipv6 ? set_flag (fd, IPPROTO_IPV6, IPV6_RECVPKTINFO) : set_flag (fd, IPPROTO_IP, IP_PKTINFO);
}

static int
open_socket (int type, gboolean *is_ipv6)
{
  int off = 0, fd = -1;

  if (*is_ipv6)
    fd = socket (AF_INET6, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd >= 0) {
    (void)setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
    return fd;
  }
  *is_ipv6 = FALSE;
  return socket (AF_INET, type | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
}

static gboolean
bind_socket (int fd, gboolean is_ipv6, const CrAddress *address, guint16 port)
{
  struct sockaddr_in6 in6;
  struct sockaddr_in in = {.sin_family = AF_INET, .sin_port = htons (port)};

  if (is_ipv6) {
    cr_address_to_sockaddr_in6 (address, &in6);
    in6.sin6_port = htons (port);
    return bind (fd, (struct sockaddr *)&in6, sizeof in6) == 0;
  }
  memcpy (&in.sin_addr, address->ip + 12, sizeof in.sin_addr);
  return bind (fd, (struct sockaddr *)&in, sizeof in) == 0;
}

static guint16
bound_port (int fd)
{
  struct sockaddr_storage name = {0};
  socklen_t length = sizeof name;
  CrAddress address;

  getsockname (fd, (struct sockaddr *)&name, &length);
  cr_address_from_sockaddr (&address, (struct sockaddr *)&name);
  return address.port;
}

static void
set_error (GError **error, const gchar *verb, const CrAddress *address, guint16 port, const gchar *protocol)
{
  int saved = errno;
  g_autofree gchar *text = cr_address_to_string (address);
  const gchar *left = strchr (text, ':') != NULL ? "[" : "", *right = *left != '\0' ? "]" : "";

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (saved), "Cannot %s %s%s%s port %u (%s): %s%s", verb,
               left, text, right, port, protocol, g_strerror (saved),
               saved == EADDRINUSE ? "; another program has this port" : "");
}

/* Both sockets on one port; a failed try leaves none open. */
static gboolean
open_both (CrSockets *sockets, const CrAddress *address, guint16 port, gboolean udp, guint buffer_bytes,
           GError **error)
{
  if (udp) {
    sockets->udp_fd = open_socket (SOCK_DGRAM, &sockets->is_ipv6);
    if (sockets->udp_fd < 0 || !set_udp_options (sockets->udp_fd, sockets->is_ipv6, buffer_bytes) ||
        !bind_socket (sockets->udp_fd, sockets->is_ipv6, address, port)) {
      set_error (error, "receive media on", address, port, "UDP");
      return FALSE;
    }
    port = bound_port (sockets->udp_fd);
  }

  sockets->tcp_fd = open_socket (SOCK_STREAM, &sockets->is_ipv6);
  /* SO_REUSEADDR lets a restarted relay listen while its old connections are in TIME_WAIT. */
  if (sockets->tcp_fd < 0 || !set_flag (sockets->tcp_fd, SOL_SOCKET, SO_REUSEADDR) ||
      !bind_socket (sockets->tcp_fd, sockets->is_ipv6, address, port) ||
      listen (sockets->tcp_fd, LISTEN_BACKLOG) != 0) {
    set_error (error, "receive media on", address, port, "TCP");
    return FALSE;
  }
  sockets->port = bound_port (sockets->tcp_fd);
  return TRUE;
}

static void
close_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static gboolean
parse_addresses (GArray *allowed, const gchar *const *addresses, GError **error)
{
  for (; addresses != NULL && *addresses != NULL; addresses++) {
    CrAddress address;

    if (!cr_address_parse (&address, *addresses, 0)) {
      g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” is not an IP address to listen on",
                   *addresses);
      return FALSE;
    }
    g_array_append_val (allowed, address);
  }
  return TRUE;
}

gboolean
cr_sockets_open (CrSockets *sockets, const gchar *const *addresses, guint16 port, gboolean udp,
                 guint buffer_bytes, GError **error)
{
  CrAddress bind_to = {0};

  *sockets =
      (CrSockets){.udp_fd = -1, .tcp_fd = -1, .allowed = g_array_new (FALSE, FALSE, sizeof (CrAddress))};
  if (!parse_addresses (sockets->allowed, addresses, error)) {
    cr_sockets_close (sockets);
    return FALSE;
  }
  if (sockets->allowed->len == 1) {
    bind_to = g_array_index (sockets->allowed, CrAddress, 0);
    g_array_set_size (sockets->allowed, 0); /* the kernel is the filter */
  }

  for (guint pick = 1;; pick++) {
    g_autoptr (GError) local_error = NULL;

    sockets->is_ipv6 = TRUE;
    if (open_both (sockets, &bind_to, port, udp, buffer_bytes, &local_error))
      return TRUE;
    close_fd (&sockets->udp_fd);
    close_fd (&sockets->tcp_fd);
    if (port == 0 && pick < MAX_PORT_PICKS &&
        g_error_matches (local_error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
      continue;
    g_propagate_error (error, g_steal_pointer (&local_error));
    cr_sockets_close (sockets);
    return FALSE;
  }
}

void
cr_sockets_close (CrSockets *sockets)
{
  close_fd (&sockets->udp_fd);
  close_fd (&sockets->tcp_fd);
  g_clear_pointer (&sockets->allowed, g_array_unref);
}

gboolean
cr_sockets_allows (const CrSockets *sockets, const CrAddress *local)
{
  for (guint i = 0; i < sockets->allowed->len; i++) {
    if (memcmp (g_array_index (sockets->allowed, CrAddress, i).ip, local->ip, sizeof local->ip) == 0)
      return TRUE;
  }
  return sockets->allowed->len == 0;
}

/* The one address that the sockets are bound to; FALSE for the wildcard. */
static gboolean
get_bound_address (const CrSockets *sockets, CrAddress *address)
{
  static const guint8 any_ipv4[4] = {0}, any_ipv6[16] = {0};
  struct sockaddr_storage name = {0};
  socklen_t length = sizeof name;

  getsockname (sockets->tcp_fd, (struct sockaddr *)&name, &length);
  cr_address_from_sockaddr (address, (struct sockaddr *)&name);
  if (cr_address_is_ipv4 (address))
    return memcmp (address->ip + 12, any_ipv4, sizeof any_ipv4) != 0;
  return memcmp (address->ip, any_ipv6, sizeof any_ipv6) != 0;
}

static gboolean
is_reachable (const CrSockets *sockets, const struct ifaddrs *interface, const CrAddress *address)
{
  if ((interface->ifa_flags & IFF_UP) == 0)
    return FALSE;
  if (!cr_address_is_ipv4 (address)) {
    if (!sockets->is_ipv6 || (address->ip[0] == 0xfe && (address->ip[1] & 0xc0) == 0x80)) /* fe80::/10 */
      return FALSE;
  }
  return cr_sockets_allows (sockets, address);
}

GArray *
cr_sockets_get_local_addresses (const CrSockets *sockets, gboolean with_loopback)
{
  GArray *addresses = g_array_new (FALSE, FALSE, sizeof (CrAddress));
  struct ifaddrs *interfaces = NULL;
  CrAddress bound, address;

  if (get_bound_address (sockets, &bound)) {
    if (with_loopback || !cr_address_is_loopback (&bound))
      g_array_append_val (addresses, bound);
    return addresses;
  }
  if (getifaddrs (&interfaces) != 0)
    return addresses;

  for (struct ifaddrs *i = interfaces; i != NULL; i = i->ifa_next) {
    if (i->ifa_addr == NULL || (i->ifa_addr->sa_family != AF_INET && i->ifa_addr->sa_family != AF_INET6))
      continue;
    cr_address_from_sockaddr (&address, i->ifa_addr);
    if (!is_reachable (sockets, i, &address))
      continue;
    if (cr_address_is_ipv4 (&bound) && !cr_address_is_ipv4 (&address)) /* bound to 0.0.0.0 */
      continue;
    address.port = sockets->port;
    if (!cr_address_is_loopback (&address))
      g_array_append_val (addresses, address);
    else if (with_loopback)
      g_array_prepend_val (addresses, address);
  }
  freeifaddrs (interfaces);
  return addresses;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Loopback addresses that a test may use on this machine: containers often have no IPv6.
 */
#pragma once

#include <glib.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

/* "::1", or an address of IPv4 (and a word in the test's log) where there is no IPv6. */
static inline const gchar *
test_ipv6_loopback (void)
{
  struct sockaddr_in6 name = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
  int fd = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean has_it = fd >= 0 && bind (fd, (struct sockaddr *)&name, sizeof name) == 0;

  if (fd >= 0)
    close (fd);
  if (!has_it)
    g_test_message ("no IPv6 here: IPv4 in its place");
  return has_it ? "::1" : "127.0.0.66";
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Datagrams with both ends of their path, over a dual-stack socket and over one of a machine without IPv6.
 */
#include "rtc/udp-receiver.h"

#include "rtc/media-types.h"
#include "support/loopback.h"

#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define N_DATAGRAMS 150 /* more than one system call brings */

typedef struct {
  int fd;
  guint16 port;
  CrUdpReceiver *receiver;
} Fixture;

typedef struct {
  const gchar *asked;
  int client;
  guint n;
} Expectation;

static guint16
port_of (int fd)
{
  struct sockaddr_storage name;
  socklen_t length = sizeof name;
  CrAddress address;

  g_assert_no_errno (getsockname (fd, (struct sockaddr *)&name, &length));
  cr_address_from_sockaddr (&address, (struct sockaddr *)&name);
  return address.port;
}

static void
set_up (Fixture *f, gconstpointer ipv4_only)
{
  struct sockaddr_storage any = {.ss_family = ipv4_only != NULL ? AF_INET : AF_INET6};
  int on = 1, off = 0;

  f->fd = socket (any.ss_family, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  if (ipv4_only != NULL) {
    g_assert_no_errno (setsockopt (f->fd, IPPROTO_IP, IP_PKTINFO, &on, sizeof on));
  } else {
    g_assert_no_errno (setsockopt (f->fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off));
    g_assert_no_errno (setsockopt (f->fd, IPPROTO_IPV6, IPV6_RECVPKTINFO, &on, sizeof on));
  }
  g_assert_no_errno (bind (f->fd, (struct sockaddr *)&any,
                           ipv4_only != NULL ? sizeof (struct sockaddr_in) : sizeof (struct sockaddr_in6)));
  f->port = port_of (f->fd);
  f->receiver = cr_udp_receiver_new (f->fd, f->port);
}

static void
tear_down (Fixture *f, gconstpointer ipv4_only)
{
  cr_udp_receiver_free (f->receiver);
  close (f->fd);
}

static void
on_datagram (const CrPath *path, guint8 *datagram, gsize length_bytes, gpointer data)
{
  static const guint8 zeros[8];
  Expectation *expected = data;
  g_autofree gchar *asked = cr_address_to_string (&path->local);

  g_assert_cmpstr (asked, ==, expected->asked);
  g_assert_cmpuint (path->remote.port, ==, port_of (expected->client));
  g_assert_cmpuint (path->local_ifindex, >, 0);
  g_assert_null (path->tcp);
  g_assert_cmpuint (length_bytes, ==, 1 + expected->n % CR_MAX_DATAGRAM_BYTES);
  g_assert_cmpuint (datagram[0], ==, expected->n);
  g_assert_cmpmem (datagram + length_bytes, 8, zeros, 8);
  memset (datagram, 0xff, length_bytes + 8);
  expected->n++;
}

static void
test_paths (Fixture *f, gconstpointer ipv4_only)
{
  const gchar *const addresses[] = {"127.0.0.1", "127.0.0.7", test_ipv6_loopback ()};

  for (guint i = 0; i < (ipv4_only != NULL ? 2 : 3); i++) {
    Expectation expected = {addresses[i], socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0), 0};
    guint8 data[N_DATAGRAMS];
    struct sockaddr_in6 name;
    CrAddress address;
    CrUdpReceipt receipt;
    guint n = 0;

    g_assert_true (cr_address_parse (&address, addresses[i], f->port));
    cr_address_to_sockaddr_in6 (&address, &name);
    g_assert_no_errno (connect (expected.client, (struct sockaddr *)&name, sizeof name));
    for (guint k = 0; k < N_DATAGRAMS; k++) {
      memset (data, k, sizeof data);
      g_assert_cmpint (send (expected.client, data, k + 1, 0), ==, k + 1);
    }
    while (n < N_DATAGRAMS) {
      struct pollfd poll_fd = {.fd = f->fd, .events = POLLIN};

      g_assert_cmpint (poll (&poll_fd, 1, 10000), ==, 1);
      receipt = cr_udp_receiver_read (f->receiver, on_datagram, &expected);
      n += receipt.n_datagrams;
    }
    g_assert_cmpuint (expected.n, ==, N_DATAGRAMS);
    receipt = cr_udp_receiver_read (f->receiver, on_datagram, &expected); /* nothing there: no harm */
    g_assert_cmpuint (receipt.n_datagrams + receipt.n_malformed + receipt.n_dropped, ==, 0);
    g_assert_false (receipt.more);
    close (expected.client);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add ("/udp-receiver/dual-stack", Fixture, NULL, set_up, test_paths, tear_down);
  g_test_add ("/udp-receiver/ipv4-only", Fixture, "", set_up, test_paths, tear_down);
  return g_test_run ();
}

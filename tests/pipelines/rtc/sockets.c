/* SPDX-License-Identifier: Apache-2.0
 *
 * One port number for both protocols, a clear word when it is taken, and the addresses that were asked for.
 */
#include "rtc/sockets.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (256 * 1024)

static void
test_same_port (void)
{
  g_autoptr (GError) error = NULL;
  CrSockets sockets;
  struct sockaddr_storage name;
  socklen_t length = sizeof name;
  CrAddress address;

  g_assert_true (cr_sockets_open (&sockets, NULL, 0, TRUE, BUFFER_BYTES, &error));
  g_assert_no_error (error);
  g_assert_cmpuint (sockets.port, !=, 0);
  for (guint i = 0; i < 2; i++) {
    length = sizeof name;
    g_assert_no_errno (
        getsockname (i == 0 ? sockets.udp_fd : sockets.tcp_fd, (struct sockaddr *)&name, &length));
    cr_address_from_sockaddr (&address, (struct sockaddr *)&name);
    g_assert_cmpuint (address.port, ==, sockets.port);
  }
  cr_sockets_close (&sockets);
  cr_sockets_close (&sockets); /* twice is harmless */
}

static void
test_tcp_only (void)
{
  g_autoptr (GError) error = NULL;
  CrSockets sockets;

  g_assert_true (cr_sockets_open (&sockets, NULL, 0, FALSE, BUFFER_BYTES, &error));
  g_assert_cmpint (sockets.udp_fd, ==, -1);
  g_assert_cmpuint (sockets.port, !=, 0);
  cr_sockets_close (&sockets);
}

/* The error names address, port and protocol, and nothing stays open. */
static void
test_port_taken (void)
{
  static const gchar *const loopback[] = {"127.0.0.1", NULL};
  g_autoptr (GError) error = NULL;
  CrSockets sockets, second;
  g_autofree gchar *port = NULL;

  g_assert_true (cr_sockets_open (&sockets, loopback, 0, TRUE, BUFFER_BYTES, &error));
  port = g_strdup_printf ("%u", sockets.port);
  g_assert_false (cr_sockets_open (&second, loopback, sockets.port, TRUE, BUFFER_BYTES, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, "127.0.0.1"));
  g_assert_nonnull (strstr (error->message, port));
  g_assert_nonnull (strstr (error->message, "UDP"));
  g_assert_cmpint (second.udp_fd, ==, -1);
  g_assert_cmpint (second.tcp_fd, ==, -1);
  g_clear_error (&error);

  close (sockets.udp_fd); /* now only TCP's is taken */
  sockets.udp_fd = -1;
  g_assert_false (cr_sockets_open (&second, loopback, sockets.port, TRUE, BUFFER_BYTES, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_assert_nonnull (strstr (error->message, "TCP"));
  cr_sockets_close (&sockets);
}

static void
test_bad_address (void)
{
  static const gchar *const nonsense[] = {"eth0", NULL};
  static const gchar *const not_ours[] = {"192.0.2.77", NULL};
  g_autoptr (GError) error = NULL;
  CrSockets sockets;

  g_assert_false (cr_sockets_open (&sockets, nonsense, 0, TRUE, BUFFER_BYTES, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  g_assert_nonnull (strstr (error->message, "eth0"));
  g_clear_error (&error);
  g_assert_false (cr_sockets_open (&sockets, not_ours, 0, TRUE, BUFFER_BYTES, &error));
  g_assert_nonnull (strstr (error->message, "192.0.2.77"));
}

static gboolean
holds (GArray *addresses, const gchar *ip, guint16 port)
{
  CrAddress wanted;

  g_assert_true (cr_address_parse (&wanted, ip, port));
  for (guint i = 0; i < addresses->len; i++) {
    if (cr_address_equal (&g_array_index (addresses, CrAddress, i), &wanted))
      return TRUE;
  }
  return FALSE;
}

static void
test_local_addresses (void)
{
  static const gchar *const one[] = {"127.0.0.3", NULL};
  static const gchar *const several[] = {"127.0.0.1", "127.0.0.9", NULL};
  static const gchar *const any_ipv4[] = {"0.0.0.0", NULL};
  g_autoptr (GError) error = NULL;
  const gchar *const *cases[] = {NULL, one, several, any_ipv4};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GArray) with = NULL;
    g_autoptr (GArray) without = NULL;
    CrSockets sockets;
    CrAddress asked;

    g_assert_true (cr_sockets_open (&sockets, cases[i], 0, TRUE, BUFFER_BYTES, &error));
    with = cr_sockets_get_local_addresses (&sockets, TRUE);
    without = cr_sockets_get_local_addresses (&sockets, FALSE);
    g_assert_true (holds (with, i == 1 ? "127.0.0.3" : "127.0.0.1", sockets.port));
    g_assert_cmpuint (with->len, >, without->len);
    for (guint k = 0; k < without->len; k++)
      g_assert_false (cr_address_is_loopback (&g_array_index (without, CrAddress, k)));
    if (i == 1 || i == 2)
      g_assert_cmpuint (with->len, ==, 1);
    for (guint k = 0; i == 3 && k < with->len; k++)
      g_assert_true (cr_address_is_ipv4 (&g_array_index (with, CrAddress, k)));

    g_assert_true (cr_address_parse (&asked, "127.0.0.4", sockets.port));
    g_assert_cmpint (cr_sockets_allows (&sockets, &asked), ==, i != 2);
    g_assert_true (cr_address_parse (&asked, "127.0.0.9", sockets.port));
    g_assert_true (cr_sockets_allows (&sockets, &asked));
    cr_sockets_close (&sockets);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sockets/same-port", test_same_port);
  g_test_add_func ("/sockets/tcp-only", test_tcp_only);
  g_test_add_func ("/sockets/port-taken", test_port_taken);
  g_test_add_func ("/sockets/bad-address", test_bad_address);
  g_test_add_func ("/sockets/local-addresses", test_local_addresses);
  return g_test_run ();
}

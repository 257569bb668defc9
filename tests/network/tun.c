/* SPDX-License-Identifier: Apache-2.0
 *
 * A TUN interface belongs to the namespace in which it is made; its descriptor works from anywhere. So the
 * process goes there, makes it, and comes back.
 */
#include "tun.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <linux/if_tun.h>
#include <linux/ipv6.h>
#include <net/if.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

static gboolean
fail (GError **error, const gchar *what)
{
  int saved = errno;

  g_set_error (error, G_IO_ERROR, (gint)g_io_error_from_errno (saved), "%s: %s", what, g_strerror (saved));
  return FALSE;
}

static gboolean
set_ipv4 (int control, struct ifreq *request, unsigned long command, const gchar *address, GError **error)
{
  struct sockaddr_in in = {.sin_family = AF_INET};

  if (inet_pton (AF_INET, address, &in.sin_addr) != 1) {
    errno = EINVAL;
    return fail (error, address);
  }
  memcpy (&request->ifr_addr, &in, sizeof in);
  return ioctl (control, command, request) == 0 || fail (error, address);
}

/* fd77::a.b.c.d with a /64, so that both ends are in one net. */
static gboolean
add_ipv6 (const gchar *name, const gchar *address, GError **error)
{
  g_autofree gchar *text = g_strdup_printf ("fd77::%s", address);
  struct in6_ifreq request = {.ifr6_prefixlen = 64, .ifr6_ifindex = (int)if_nametoindex (name)};
  int control = socket (AF_INET6, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean ok;

  if (control < 0) /* a kernel without IPv6 */
    return TRUE;
  ok = inet_pton (AF_INET6, text, &request.ifr6_addr) == 1 && ioctl (control, SIOCSIFADDR, &request) == 0;
  if (!ok)
    fail (error, text);
  close (control);
  return ok;
}

static gboolean
configure (const gchar *name, const gchar *address, const gchar *peer, GError **error)
{
  struct ifreq request = {0};
  int control = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  gboolean ok;

  if (control < 0)
    return fail (error, "socket");
  g_strlcpy (request.ifr_name, name, sizeof request.ifr_name);
  ok = set_ipv4 (control, &request, SIOCSIFADDR, address, error) &&
       set_ipv4 (control, &request, SIOCSIFDSTADDR, peer, error);
  if (ok) {
    request.ifr_flags = IFF_UP | IFF_RUNNING | IFF_POINTOPOINT;
    ok = ioctl (control, SIOCSIFFLAGS, &request) == 0 || fail (error, "bringing the interface up");
  }
  close (control);
  return ok && add_ipv6 (name, address, error);
}

static int
make (const gchar *address, const gchar *peer, GError **error)
{
  struct ifreq request = {.ifr_name = "line%d", .ifr_flags = IFF_TUN | IFF_NO_PI};
  int fd = open ("/dev/net/tun", O_RDWR | O_NONBLOCK | O_CLOEXEC);

  if (fd < 0) {
    fail (error, "/dev/net/tun");
    return -1;
  }
  if (ioctl (fd, TUNSETIFF, &request) < 0) {
    fail (error, "making a TUN interface");
    close (fd);
    return -1;
  }
  if (!configure (request.ifr_name, address, peer, error)) {
    close (fd);
    return -1;
  }
  return fd;
}

int
tun_open (const gchar *netns, const gchar *address, const gchar *peer, GError **error)
{
  int home = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  int there = open (netns, O_RDONLY | O_CLOEXEC);
  int fd = -1;

  if (home < 0 || there < 0 || setns (there, CLONE_NEWNET) < 0)
    fail (error, netns);
  else {
    fd = make (address, peer, error);
    if (setns (home, CLONE_NEWNET) < 0)
      g_error ("cannot return to the own network namespace: %s", g_strerror (errno));
  }
  if (there >= 0)
    close (there);
  if (home >= 0)
    close (home);
  return fd;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The socket of a light peer. UDP is dual-stack and unconnected, so that candidates of both families can be
 * tried from one port; TCP is the active side of RFC 6544.
 */
#include "light-internal.h"

#include "rtc/counter.h"
#include "rtc/media-types.h"
#include "rtc/srtp-seal.h"
#include "rtc/tcp-link.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* A keyframe's burst of 4 Mbit/s with room to spare while the one thread serves hundreds of others. The
 * kernel grants net.core.rmem_max at most. */
#define RECEIVE_BUFFER_BYTES (1024 * 1024)

#ifndef UDP_GRO
#define UDP_GRO 104
#endif

/* The frames of a keyframe come in bursts of some ten; more leave at once. */
#define MAX_CORKED 64

typedef struct {
  guint n;
  struct mmsghdr headers[MAX_CORKED];
  struct iovec vectors[MAX_CORKED];
  struct sockaddr_storage names[MAX_CORKED];
  guint8 data[MAX_CORKED][CR_MAX_DATAGRAM_BYTES + CR_SRTP_MAX_TAG_BYTES];
} Corked;

struct CrLightWire {
  CrLightLoop *loop;
  const CrLightWireHandler *handler;
  gpointer data;
  CrLightWatch watch;
  gboolean udp_is_ipv6;
  guint32 udp_dropped;
  gboolean stamp_arrivals;
  Corked *corked;      /* NULL: nothing is kept */
  gboolean connecting; /* TCP, before the connection is there */
  CrAddress tcp_remote;
  CrTcpLink *link; /* owns the descriptor then */
};

static void on_events (CrLightWatch *watch, guint32 events, gpointer data);

CrLightWire *
cr_light_wire_new (CrLightLoop *loop, const CrLightWireHandler *handler, gpointer data)
{
  CrLightWire *wire = g_new0 (CrLightWire, 1);

  wire->loop = loop;
  wire->handler = handler;
  wire->data = data;
  wire->watch = (CrLightWatch){-1, on_events, wire};
  return wire;
}

void
cr_light_wire_stamp_arrivals (CrLightWire *wire)
{
  wire->stamp_arrivals = TRUE;
}

static void
close_socket (CrLightWire *wire)
{
  int fd = wire->watch.fd;

  cr_light_loop_unwatch (wire->loop, &wire->watch);
  if (wire->link != NULL)
    g_clear_pointer (&wire->link, cr_tcp_link_free);
  else if (fd >= 0)
    close (fd);
  wire->connecting = FALSE;
  wire->udp_dropped = 0;
}

void
cr_light_wire_free (CrLightWire *wire)
{
  if (wire == NULL)
    return;
  close_socket (wire);
  g_free (wire->corked);
  g_free (wire);
}

static gboolean
fail (GError **error, const gchar *what)
{
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "%s: %s", what, g_strerror (errno));
  return FALSE;
}

/* The sockaddr of `address` for a socket of either family. */
static socklen_t
fill_sockaddr (const CrAddress *address, gboolean is_ipv6, struct sockaddr_storage *sockaddr)
{
  struct sockaddr_in *in = (struct sockaddr_in *)sockaddr;

  memset (sockaddr, 0, sizeof *sockaddr);
  if (is_ipv6) {
    cr_address_to_sockaddr_in6 (address, (struct sockaddr_in6 *)sockaddr);
    return sizeof (struct sockaddr_in6);
  }
  in->sin_family = AF_INET;
  in->sin_port = g_htons (address->port);
  memcpy (&in->sin_addr, address->ip + 12, 4);
  return sizeof *in;
}

gboolean
cr_light_wire_open_udp (CrLightWire *wire, GError **error)
{
  int type = SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, off = 0, on = 1, size = RECEIVE_BUFFER_BYTES;
  struct sockaddr_storage any = {.ss_family = AF_INET6};
  int fd;

  close_socket (wire);
  fd = socket (AF_INET6, type, 0);
  wire->udp_is_ipv6 = fd >= 0;
  if (fd < 0) { /* a kernel without IPv6 */
    fd = socket (AF_INET, type, 0);
    any.ss_family = AF_INET;
  }
  if (fd < 0)
    return fail (error, "Cannot open a UDP socket");
  if (wire->udp_is_ipv6)
    setsockopt (fd, IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof off);
  setsockopt (fd, SOL_UDP, UDP_GRO, &on, sizeof on); /* without it only slower */
  setsockopt (fd, SOL_SOCKET, SO_RXQ_OVFL, &on, sizeof on);
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  if (wire->stamp_arrivals)
    setsockopt (fd, SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on);
  if (bind (fd, (struct sockaddr *)&any,
            wire->udp_is_ipv6 ? sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in)) != 0 ||
      !cr_light_loop_watch (wire->loop, &wire->watch, fd, EPOLLIN)) {
    fail (error, "Cannot use a UDP socket");
    close (fd);
    return FALSE;
  }
  return TRUE;
}

gboolean
cr_light_wire_open_tcp (CrLightWire *wire, const CrAddress *remote, GError **error)
{
  gboolean is_ipv6 = !cr_address_is_ipv4 (remote);
  struct sockaddr_storage sockaddr;
  socklen_t sockaddr_bytes = fill_sockaddr (remote, is_ipv6, &sockaddr);
  int fd;

  close_socket (wire);
  fd = socket (is_ipv6 ? AF_INET6 : AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  if (fd < 0)
    return fail (error, "Cannot open a TCP socket");
  if ((connect (fd, (struct sockaddr *)&sockaddr, sockaddr_bytes) != 0 && errno != EINPROGRESS) ||
      !cr_light_loop_watch (wire->loop, &wire->watch, fd, EPOLLOUT)) {
    fail (error, "Cannot connect");
    close (fd);
    return FALSE;
  }
  wire->connecting = TRUE;
  wire->tcp_remote = *remote;
  return TRUE;
}

static void
get_local_address (int fd, CrAddress *address)
{
  struct sockaddr_storage local;
  socklen_t local_bytes = sizeof local;

  memset (address, 0, sizeof *address);
  if (getsockname (fd, (struct sockaddr *)&local, &local_bytes) == 0)
    cr_address_from_sockaddr (address, (struct sockaddr *)&local);
}

guint16
cr_light_wire_get_local_port (CrLightWire *wire)
{
  CrAddress local;

  if (wire->watch.fd < 0)
    return 0;
  get_local_address (wire->watch.fd, &local);
  return local.port;
}

static void
on_link_queued (CrTcpLink *link, gpointer data)
{
  CrLightWire *wire = data;

  cr_light_loop_change_watch (wire->loop, &wire->watch, EPOLLIN | EPOLLOUT);
}

/* FALSE when the connection was refused. */
static gboolean
finish_connecting (CrLightWire *wire)
{
  int reason = 0;
  socklen_t reason_bytes = sizeof reason;
  CrAddress local;

  if (getsockopt (wire->watch.fd, SOL_SOCKET, SO_ERROR, &reason, &reason_bytes) != 0 || reason != 0)
    return FALSE;
  wire->connecting = FALSE;
  get_local_address (wire->watch.fd, &local);
  wire->link = cr_tcp_link_new (wire->watch.fd, &wire->tcp_remote, &local);
  cr_tcp_link_set_queued_func (wire->link, on_link_queued, wire);
  cr_light_loop_change_watch (wire->loop, &wire->watch, EPOLLIN);
  wire->handler->on_ready (wire->data);
  return TRUE;
}

static void
on_frame (CrTcpLink *link, guint8 *frame, gsize length_bytes, gpointer data)
{
  CrLightWire *wire = data;

  wire->handler->on_packet (frame, length_bytes, wire->data);
}

/* FALSE when the connection has ended. */
static gboolean
serve_link (CrLightWire *wire, guint32 events)
{
  if ((events & EPOLLOUT) && !cr_tcp_link_write (wire->link))
    return FALSE;
  if ((events & (EPOLLIN | EPOLLHUP | EPOLLERR)) && !cr_tcp_link_read (wire->link, on_frame, wire))
    return FALSE;
  cr_light_loop_change_watch (wire->loop, &wire->watch,
                              EPOLLIN | (cr_tcp_link_wants_write (wire->link) ? EPOLLOUT : 0));
  return TRUE;
}

static void
on_events (CrLightWatch *watch, guint32 events, gpointer data)
{
  CrLightWire *wire = data;
  gboolean broken = FALSE;

  if (wire->connecting)
    broken = !finish_connecting (wire);
  else if (wire->link != NULL)
    broken = !serve_link (wire, events);
  else
    cr_light_loop_read_udp (wire->loop, wire->watch.fd, &wire->udp_dropped, wire->handler->on_packet,
                            wire->data);
  if (broken)
    close_socket (wire);
  wire->handler->on_turn_ended (broken, wire->data);
}

void
cr_light_wire_cork (CrLightWire *wire)
{
  if (wire->corked == NULL)
    wire->corked = g_new0 (Corked, 1);
}

static void
send_corked (CrLightWire *wire)
{
  CrLightLoopStats *stats = cr_light_loop_stats (wire->loop);
  Corked *corked = wire->corked;
  int sent = corked->n > 0 ? sendmmsg (wire->watch.fd, corked->headers, corked->n, MSG_DONTWAIT) : 0;

  for (int i = 0; i < sent; i++)
    cr_counter_add (&stats->bytes_sent, corked->headers[i].msg_len);
  cr_counter_add (&stats->datagrams_sent, (guint64)MAX (sent, 0));
  cr_counter_add (&stats->send_failed, corked->n - (guint)MAX (sent, 0));
  corked->n = 0;
}

void
cr_light_wire_uncork (CrLightWire *wire)
{
  if (wire->corked == NULL)
    return;
  send_corked (wire);
  g_clear_pointer (&wire->corked, g_free);
}

static gboolean
keep_corked (CrLightWire *wire, const struct sockaddr_storage *name, socklen_t name_bytes, const guint8 *data,
             gsize length_bytes)
{
  Corked *corked = wire->corked;
  guint i;

  if (length_bytes > sizeof corked->data[0])
    return FALSE;
  if (corked->n == MAX_CORKED)
    send_corked (wire);
  i = corked->n++;
  memcpy (corked->data[i], data, length_bytes);
  corked->names[i] = *name;
  corked->vectors[i] = (struct iovec){corked->data[i], length_bytes};
  corked->headers[i].msg_hdr = (struct msghdr){.msg_name = &corked->names[i],
                                               .msg_namelen = name_bytes,
                                               .msg_iov = &corked->vectors[i],
                                               .msg_iovlen = 1};
  return TRUE;
}

gboolean
cr_light_wire_send (CrLightWire *wire, const CrAddress *remote, const guint8 *data, gsize length_bytes)
{
  CrLightLoopStats *stats = cr_light_loop_stats (wire->loop);
  struct sockaddr_storage sockaddr;
  socklen_t sockaddr_bytes;
  gboolean sent;

  if (wire->link != NULL) {
    sent = cr_tcp_link_send (wire->link, data, length_bytes);
  } else if (wire->watch.fd >= 0 && !wire->connecting && (wire->udp_is_ipv6 || cr_address_is_ipv4 (remote))) {
    sockaddr_bytes = fill_sockaddr (remote, wire->udp_is_ipv6, &sockaddr);
    if (wire->corked != NULL)
      return keep_corked (wire, &sockaddr, sockaddr_bytes, data, length_bytes);
    sent = sendto (wire->watch.fd, data, length_bytes, MSG_DONTWAIT, (struct sockaddr *)&sockaddr,
                   sockaddr_bytes) == (gssize)length_bytes;
  } else {
    return FALSE;
  }
  cr_counter_add (sent ? &stats->datagrams_sent : &stats->send_failed, 1);
  if (sent)
    cr_counter_add (&stats->bytes_sent, length_bytes);
  return sent;
}

void
cr_light_wire_flush (CrLightWire *wire)
{
  if (wire->link != NULL)
    cr_tcp_link_write (wire->link); /* an end of the connection is noticed by the next turn */
}

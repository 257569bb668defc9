/* SPDX-License-Identifier: Apache-2.0
 *
 * Framing both ways: a 16-bit length before each packet (RFC 4571 section 2). Input is assembled frame by
 * frame into a buffer of one datagram, output gathers in a queue that is written as a whole, so that the
 * frames of one turn leave in one system call.
 *
 * Step 1 and 12; from and to a TCP socket; thread: media; allocates: the output queue, when it grows; on
 * failure: the link is dead, its owner closes it.
 */
#include "rtc/tcp-link.h"

#include "rtc/demux.h"
#include "rtc/media-types.h"

#include <errno.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define HEADER_BYTES 2

#define RTP_SSRC_OFFSET 8 /* RFC 3550 section 5.1 */

/* Zero bytes that libnice's STUN parser may read past the end of a packet. */
#define PADDING_BYTES 8

/* One read takes the receipts and feedback of several turns; a publisher's burst takes a few. */
#define READ_BYTES (16 * 1024)

/* Reads per call, so that one fast sender cannot hold the worker. */
#define MAX_READS 4

/* What the kernel may hold unsent. Without it, autotuning lets megabytes, and so seconds, queue in there. */
#define NOTSENT_LOWAT_BYTES (32 * 1024)

/* The kernel gives a connection up when sent bytes are not acknowledged for as long as ICE consent lasts. */
#define USER_TIMEOUT_MS 30000

/* A queue that grew beyond this under congestion is given back when it has drained. */
#define KEEP_QUEUE_BYTES (32 * 1024)

struct CrTcpLink {
  CrPath path;
  int fd;
  gboolean dead;

  guint8 frame[HEADER_BYTES + CR_MAX_DATAGRAM_BYTES + PADDING_BYTES]; /* being assembled, header first */
  gsize have_bytes;                                                   /* of `frame` */
  gsize skip_bytes; /* still to come of a frame too large to be media */

  guint8 *queue; /* [queue_start, queue_end) is unsent */
  gsize queue_start, queue_end, queue_size;
  gsize next_frame; /* the first frame in the queue of which nothing has left */
  CrTcpLinkQueuedFunc on_queued;
  gpointer on_queued_data;
};

static void
set_socket_options (int fd)
{
  int on = 1, lowat = NOTSENT_LOWAT_BYTES, timeout = USER_TIMEOUT_MS;

  /* Each is an improvement, none a condition: a socket without them still carries frames. */
  (void)setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  (void)setsockopt (fd, IPPROTO_TCP, TCP_NOTSENT_LOWAT, &lowat, sizeof lowat);
  (void)setsockopt (fd, IPPROTO_TCP, TCP_USER_TIMEOUT, &timeout, sizeof timeout);
}

CrTcpLink *
cr_tcp_link_new (int fd, const CrAddress *remote, const CrAddress *local)
{
  CrTcpLink *link = g_new0 (CrTcpLink, 1);

  link->fd = fd;
  link->path = (CrPath){.remote = *remote, .local = *local, .tcp = link};
  set_socket_options (fd);
  return link;
}

void
cr_tcp_link_free (CrTcpLink *link)
{
  if (link == NULL)
    return;
  close (link->fd);
  g_free (link->queue);
  g_free (link);
}

int
cr_tcp_link_get_fd (CrTcpLink *link)
{
  return link->fd;
}

const CrPath *
cr_tcp_link_get_path (CrTcpLink *link)
{
  return &link->path;
}

void
cr_tcp_link_set_queued_func (CrTcpLink *link, CrTcpLinkQueuedFunc func, gpointer data)
{
  link->on_queued = func;
  link->on_queued_data = data;
}

static inline gsize
frame_length (const CrTcpLink *link)
{
  return (gsize)link->frame[0] << 8 | link->frame[1];
}

/* Takes from `data` what the frame in progress still lacks; returns the number of bytes taken. */
static gsize
assemble (CrTcpLink *link, const guint8 *data, gsize length_bytes)
{
  gsize wanted = HEADER_BYTES, taken;

  if (link->have_bytes >= HEADER_BYTES)
    wanted += frame_length (link);
  taken = MIN (wanted - link->have_bytes, length_bytes);
  memcpy (link->frame + link->have_bytes, data, taken);
  link->have_bytes += taken;
  return taken;
}

static void
deliver_if_complete (CrTcpLink *link, CrTcpFrameFunc func, gpointer data)
{
  gsize length;

  if (link->have_bytes < HEADER_BYTES)
    return;
  length = frame_length (link);
  if (length > CR_MAX_DATAGRAM_BYTES) {
    link->skip_bytes = length;
    link->have_bytes = 0;
    return;
  }
  if (link->have_bytes < HEADER_BYTES + length)
    return;

  link->have_bytes = 0;
  if (length == 0) /* legal, and means nothing */
    return;
  memset (link->frame + HEADER_BYTES + length, 0, PADDING_BYTES);
  func (link, link->frame + HEADER_BYTES, length, data);
}

static void
consume (CrTcpLink *link, const guint8 *bytes, gsize n, CrTcpFrameFunc func, gpointer data)
{
  while (n > 0 && !link->dead) {
    gsize taken;

    if (link->skip_bytes > 0) {
      taken = MIN (link->skip_bytes, n);
      link->skip_bytes -= taken;
    } else {
      taken = assemble (link, bytes, n);
      deliver_if_complete (link, func, data);
    }
    bytes += taken;
    n -= taken;
  }
}

gboolean
cr_tcp_link_read (CrTcpLink *link, CrTcpFrameFunc func, gpointer data)
{
  guint8 buffer[READ_BYTES];

  for (guint i = 0; i < MAX_READS && !link->dead; i++) {
    gssize n = recv (link->fd, buffer, sizeof buffer, MSG_DONTWAIT);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return TRUE;
    if (n <= 0) {
      link->dead = TRUE;
      return FALSE;
    }
    consume (link, buffer, n, func, data);
    if (n < (gssize)sizeof buffer)
      break;
  }
  return !link->dead;
}

/* Room for `n` more bytes at the end of the queue: by moving the unsent part to the front, or by growing. */
static void
make_room (CrTcpLink *link, gsize n)
{
  gsize unsent = link->queue_end - link->queue_start;

  if (link->queue_end + n <= link->queue_size)
    return;
  if (link->queue_start > 0) {
    memmove (link->queue, link->queue + link->queue_start, unsent);
    link->next_frame -= link->queue_start;
    link->queue_start = 0;
    link->queue_end = unsent;
  }
  if (unsent + n > link->queue_size) {
    link->queue_size = MAX (2 * link->queue_size, unsent + n);
    link->queue = g_realloc (link->queue, link->queue_size);
  }
}

gboolean
cr_tcp_link_send (CrTcpLink *link, const guint8 *data, gsize length_bytes)
{
  gsize unsent = link->queue_end - link->queue_start;

  g_assert (length_bytes <= G_MAXUINT16);
  if (link->dead || unsent + HEADER_BYTES + length_bytes > CR_TCP_LINK_MAX_QUEUE_BYTES)
    return FALSE;

  make_room (link, HEADER_BYTES + length_bytes);
  link->queue[link->queue_end++] = length_bytes >> 8;
  link->queue[link->queue_end++] = length_bytes & 0xff;
  memcpy (link->queue + link->queue_end, data, length_bytes);
  link->queue_end += length_bytes;
  if (unsent == 0 && link->on_queued != NULL)
    link->on_queued (link, link->on_queued_data);
  return TRUE;
}

/* In the queue, its header included. */
static inline gsize
queued_frame_bytes (const CrTcpLink *link, gsize at)
{
  return HEADER_BYTES + ((gsize)link->queue[at] << 8 | link->queue[at + 1]);
}

/* SRTP leaves the fixed header readable (RFC 3711 section 3.1). */
static gboolean
is_rtp_of (const guint8 *frame, gsize length_bytes, guint32 ssrc)
{
  guint32 ssrc_be = g_htonl (ssrc);

  return cr_demux (frame, length_bytes) == CR_PACKET_RTP &&
         memcmp (frame + RTP_SSRC_OFFSET, &ssrc_be, sizeof ssrc_be) == 0;
}

void
cr_tcp_link_discard_rtp (CrTcpLink *link, guint32 ssrc)
{
  gsize to = link->next_frame;

  for (gsize at = link->next_frame, bytes; at < link->queue_end; at += bytes) {
    bytes = queued_frame_bytes (link, at);
    if (is_rtp_of (link->queue + at + HEADER_BYTES, bytes - HEADER_BYTES, ssrc))
      continue;
    memmove (link->queue + to, link->queue + at, bytes);
    to += bytes;
  }
  link->queue_end = to;
}

static void
forget_sent (CrTcpLink *link)
{
  link->queue_start = link->queue_end = link->next_frame = 0;
  if (link->queue_size > KEEP_QUEUE_BYTES) {
    g_clear_pointer (&link->queue, g_free);
    link->queue_size = 0;
  }
}

gboolean
cr_tcp_link_write (CrTcpLink *link)
{
  while (!link->dead && link->queue_start < link->queue_end) {
    gssize n = send (link->fd, link->queue + link->queue_start, link->queue_end - link->queue_start,
                     MSG_NOSIGNAL | MSG_DONTWAIT);

    if (n < 0 && errno == EINTR)
      continue;
    if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
      return TRUE;
    if (n < 0) {
      link->dead = TRUE;
      return FALSE;
    }
    link->queue_start += n;
    while (link->next_frame < link->queue_start)
      link->next_frame += queued_frame_bytes (link, link->next_frame);
  }
  if (!link->dead)
    forget_sent (link);
  return !link->dead;
}

gboolean
cr_tcp_link_wants_write (CrTcpLink *link)
{
  return !link->dead && link->queue_start < link->queue_end;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 1; from the UDP socket; to the worker's dispatch; thread: media; allocates: nothing after new; on
 * failure: the datagram is dropped and counted.
 *
 * recvmmsg into a fixed arena of slots. The headers are set up once; each read gives back only the lengths
 * that the kernel has overwritten.
 */
#include "rtc/udp-receiver.h"

#include "rtc/media-types.h"

#include <string.h>
#include <sys/socket.h>

/* Datagrams per call: at some 0.2 µs a call and 1 µs a datagram, more would gain nothing. */
#define BATCH 64

/* Room for the largest datagram and the zero bytes after it, a multiple of a cache line. */
#define SLOT_BYTES    1536
#define PADDING_BYTES 8

typedef struct {
  _Alignas(
      struct cmsghdr) guint8 bytes[CMSG_SPACE (sizeof (struct in6_pktinfo)) + CMSG_SPACE (sizeof (guint32))];
} Control;

struct CrUdpReceiver {
  int fd;
  guint16 port;
  guint32 n_dropped; /* as last reported by the kernel; wraps */
  struct mmsghdr headers[BATCH];
  struct iovec vectors[BATCH];
  struct sockaddr_in6 names[BATCH];
  Control controls[BATCH];
  _Alignas(64) guint8 slots[BATCH][SLOT_BYTES];
};

G_STATIC_ASSERT (CR_MAX_DATAGRAM_BYTES + PADDING_BYTES <= SLOT_BYTES);

static inline void
reset_slot (CrUdpReceiver *receiver, guint i)
{
  struct msghdr *header = &receiver->headers[i].msg_hdr;

  header->msg_namelen = sizeof receiver->names[i];
  header->msg_controllen = sizeof receiver->controls[i];
}

CrUdpReceiver *
cr_udp_receiver_new (int udp_fd, guint16 port)
{
  CrUdpReceiver *receiver = g_aligned_alloc0 (1, sizeof *receiver, 64);

  receiver->fd = udp_fd;
  receiver->port = port;
  for (guint i = 0; i < BATCH; i++) {
    struct msghdr *header = &receiver->headers[i].msg_hdr;

    receiver->vectors[i] = (struct iovec){receiver->slots[i], CR_MAX_DATAGRAM_BYTES};
    header->msg_name = &receiver->names[i];
    header->msg_iov = &receiver->vectors[i];
    header->msg_iovlen = 1;
    header->msg_control = &receiver->controls[i];
    reset_slot (receiver, i);
  }
  return receiver;
}

void
cr_udp_receiver_free (CrUdpReceiver *receiver)
{
  g_aligned_free (receiver);
}

/* Reads the address that was asked and the kernel's drop count off the control messages. */
static void
read_control (CrUdpReceiver *receiver, struct msghdr *header, CrPath *path, guint32 *n_dropped)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (header); c != NULL; c = CMSG_NXTHDR (header, c)) {
    if (c->cmsg_level == IPPROTO_IPV6 && c->cmsg_type == IPV6_PKTINFO) {
      struct in6_pktinfo info;

      memcpy (&info, CMSG_DATA (c), sizeof info);
      memcpy (path->local.ip, &info.ipi6_addr, sizeof path->local.ip);
      path->local_ifindex = info.ipi6_ifindex;
    } else if (c->cmsg_level == IPPROTO_IP && c->cmsg_type == IP_PKTINFO) {
      struct sockaddr_in in = {.sin_family = AF_INET};
      struct in_pktinfo info;

      memcpy (&info, CMSG_DATA (c), sizeof info);
      in.sin_addr = info.ipi_addr;
      cr_address_from_sockaddr (&path->local, (struct sockaddr *)&in);
      path->local_ifindex = info.ipi_ifindex;
    } else if (c->cmsg_level == SOL_SOCKET && c->cmsg_type == SO_RXQ_OVFL) {
      memcpy (n_dropped, CMSG_DATA (c), sizeof *n_dropped);
    }
  }
  path->local.port = receiver->port;
}

static void
hand_on (CrUdpReceiver *receiver, guint i, CrUdpReceipt *receipt, CrDatagramFunc func, gpointer data)
{
  struct msghdr *header = &receiver->headers[i].msg_hdr;
  gsize length = receiver->headers[i].msg_len;
  guint32 n_dropped = receiver->n_dropped;
  CrPath path = {0};

  read_control (receiver, header, &path, &n_dropped);
  receipt->n_dropped += n_dropped - receiver->n_dropped;
  receiver->n_dropped = n_dropped;

  if (length == 0 || (header->msg_flags & MSG_TRUNC) != 0) {
    receipt->n_malformed++;
    return;
  }
  cr_address_from_sockaddr (&path.remote, (struct sockaddr *)&receiver->names[i]);
  memset (receiver->slots[i] + length, 0, PADDING_BYTES);
  receipt->n_datagrams++;
  receipt->n_bytes += length;
  func (&path, receiver->slots[i], length, data);
}

CrUdpReceipt
cr_udp_receiver_read (CrUdpReceiver *receiver, CrDatagramFunc func, gpointer data)
{
  CrUdpReceipt receipt = {0};
  int n = recvmmsg (receiver->fd, receiver->headers, BATCH, MSG_DONTWAIT, NULL);

  /* On an error there is nothing to do: it was EAGAIN or a passing one that reading has cleared. */
  for (int i = 0; i < n; i++) {
    hand_on (receiver, i, &receipt, func, data);
    reset_slot (receiver, i);
  }
  receipt.more = n == BATCH;
  return receipt;
}

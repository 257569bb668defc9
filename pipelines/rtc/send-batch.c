/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 12; from srtp-seal, dtls and ice; to the kernel; thread: media; allocates: nothing after new; on
 * failure: the message's datagrams are lost and counted, the others leave.
 *
 * Linux cuts a UDP_SEGMENT message into pieces of equal size, so neighbours are joined only while that is
 * true of them: a larger datagram begins a new message, a smaller one ends its message. A destination that
 * refuses such messages (route MTU below the segment size, no checksum offload) gets single datagrams for a
 * while.
 */
#include "rtc/send-batch.h"

#include "rtc/counter.h"
#include "rtc/media-types.h"
#include "rtc/tcp-link.h"

#include <errno.h>
#include <netinet/udp.h>
#include <string.h>

/* What callers may write beyond a datagram: SRTP's tag and a safety margin. */
#define RESERVE_BYTES (CR_MAX_DATAGRAM_BYTES + 64)

/* The arena is filled by us and then read by the kernel: small enough to stay in a second-level cache, large
 * enough that its one system call is spread over some 200 datagrams. */
#define ARENA_BYTES (256 * 1024)

/* Datagrams of voice size fill the table before the arena; both then flush. */
#define MAX_MESSAGES 256

/* Limits of one UDP_SEGMENT message: UDP_MAX_SEGMENTS of kernels before 6.9, and the largest IPv4 payload
 * (65,535 less 20 of IPv4 and 8 of UDP). */
#define MAX_SEGMENTS      64
#define MAX_MESSAGE_BYTES 65507

/* Destinations known to refuse UDP_SEGMENT: for as long as the kernel remembers a route's MTU
 * (net.ipv4.route.mtu_expires). A full table forgets the oldest, at the price of one more failed try. */
#define REFUSAL_US   (600 * G_USEC_PER_SEC)
#define MAX_REFUSALS 64

typedef union {
  struct sockaddr_in6 in6;
  struct sockaddr_in in;
} Name;

/* The larger of the two kinds of PKTINFO, then UDP_SEGMENT. */
typedef struct {
  _Alignas(
      struct cmsghdr) guint8 bytes[CMSG_SPACE (sizeof (struct in6_pktinfo)) + CMSG_SPACE (sizeof (guint16))];
} Control;

typedef struct {
  CrPath path;
  gboolean closed; /* takes no more datagrams */
  guint segment_bytes;
  guint n_segments;
} Message;

typedef struct {
  CrAddress remote;
  gint64 until_us;
} Refusal;

struct CrSendBatch {
  int fd;
  gboolean is_ipv6, use_segments;
  CrSendStats stats;
  CrSendFunc send;
  gpointer send_data;
  gint64 now_us;
  gsize pktinfo_space;

  const CrPath *reserved; /* between reserve and commit */
  gsize arena_used;
  guint n_messages;
  Message messages[MAX_MESSAGES];
  struct mmsghdr headers[MAX_MESSAGES];
  struct iovec vectors[MAX_MESSAGES];
  Name names[MAX_MESSAGES];
  Control controls[MAX_MESSAGES];

  struct mmsghdr single_headers[MAX_SEGMENTS]; /* for a message that must be taken apart */
  struct iovec single_vectors[MAX_SEGMENTS];

  guint n_refusals, next_refusal;
  Refusal refusals[MAX_REFUSALS];

  guint8 arena[ARENA_BYTES + RESERVE_BYTES];
};

static int
send_to_kernel (int fd, struct mmsghdr *messages, guint n_messages, int flags, gpointer data)
{
  return sendmmsg (fd, messages, n_messages, flags);
}

/* What is the same in every use of a slot is written once. */
static void
prepare_slot (CrSendBatch *batch, guint i)
{
  struct msghdr *header = &batch->headers[i].msg_hdr;
  struct cmsghdr *pktinfo, *segment;

  header->msg_name = &batch->names[i];
  header->msg_namelen = batch->is_ipv6 ? sizeof (struct sockaddr_in6) : sizeof (struct sockaddr_in);
  header->msg_iov = &batch->vectors[i];
  header->msg_iovlen = 1;
  header->msg_control = &batch->controls[i];
  header->msg_controllen = sizeof batch->controls[i];

  pktinfo = CMSG_FIRSTHDR (header);
  pktinfo->cmsg_level = batch->is_ipv6 ? IPPROTO_IPV6 : IPPROTO_IP;
  pktinfo->cmsg_type = batch->is_ipv6 ? IPV6_PKTINFO : IP_PKTINFO;
  pktinfo->cmsg_len = CMSG_LEN (batch->is_ipv6 ? sizeof (struct in6_pktinfo) : sizeof (struct in_pktinfo));

  segment = (struct cmsghdr *)(batch->controls[i].bytes + batch->pktinfo_space);
  segment->cmsg_level = IPPROTO_UDP;
  segment->cmsg_type = UDP_SEGMENT;
  segment->cmsg_len = CMSG_LEN (sizeof (guint16));
}

CrSendBatch *
cr_send_batch_new (int udp_fd, gboolean udp_is_ipv6, const CrSendStats *stats)
{
  CrSendBatch *batch = g_new0 (CrSendBatch, 1);

  batch->fd = udp_fd;
  batch->is_ipv6 = udp_is_ipv6;
  batch->use_segments = TRUE;
  batch->stats = *stats;
  batch->send = send_to_kernel;
  batch->pktinfo_space = CMSG_SPACE (udp_is_ipv6 ? sizeof (struct in6_pktinfo) : sizeof (struct in_pktinfo));
  for (guint i = 0; i < MAX_MESSAGES; i++)
    prepare_slot (batch, i);
  return batch;
}

void
cr_send_batch_free (CrSendBatch *batch)
{
  g_free (batch);
}

void
cr_send_batch_disable_segments (CrSendBatch *batch)
{
  batch->use_segments = FALSE;
}

void
cr_send_batch_set_now (CrSendBatch *batch, gint64 now_us)
{
  batch->now_us = now_us;
}

void
cr_send_batch_set_send_func (CrSendBatch *batch, CrSendFunc func, gpointer data)
{
  batch->send = func;
  batch->send_data = data;
}

static gboolean
refuses_segments (const CrSendBatch *batch, const CrAddress *remote)
{
  for (guint i = 0; i < batch->n_refusals; i++) {
    if (batch->now_us < batch->refusals[i].until_us && cr_address_equal (&batch->refusals[i].remote, remote))
      return TRUE;
  }
  return FALSE;
}

static void
remember_refusal (CrSendBatch *batch, const CrAddress *remote)
{
  if (refuses_segments (batch, remote)) /* several messages of one flush */
    return;
  cr_counter_add (batch->stats.segment_fallbacks, 1);
  batch->refusals[batch->next_refusal] = (Refusal){*remote, batch->now_us + REFUSAL_US};
  batch->next_refusal = (batch->next_refusal + 1) % MAX_REFUSALS;
  batch->n_refusals = MIN (batch->n_refusals + 1, MAX_REFUSALS);
}

/* Source address (RFC 3542 section 6.2); all zero lets the kernel choose, for IPv4 in its mapped form. The
 * interface is named for link-local addresses only: for others the route decides, which on a host with
 * several uplinks need not be the interface that the question came by. */
static void
write_pktinfo (CrSendBatch *batch, guint i, const CrPath *path)
{
  guint8 *data = CMSG_DATA ((struct cmsghdr *)batch->controls[i].bytes);

  if (batch->is_ipv6) {
    struct in6_pktinfo info = {0};

    memcpy (&info.ipi6_addr, path->local.ip, sizeof info.ipi6_addr);
    if (IN6_IS_ADDR_UNSPECIFIED (&info.ipi6_addr) && cr_address_is_ipv4 (&path->remote))
      info.ipi6_addr.s6_addr32[2] = htonl (0xffff);
    if (IN6_IS_ADDR_LINKLOCAL (&info.ipi6_addr))
      info.ipi6_ifindex = path->local_ifindex;
    memcpy (data, &info, sizeof info);
  } else {
    struct in_pktinfo info = {0};

    memcpy (&info.ipi_spec_dst, path->local.ip + 12, sizeof info.ipi_spec_dst);
    memcpy (data, &info, sizeof info);
  }
}

static void
write_name (CrSendBatch *batch, guint i, const CrAddress *remote)
{
  Name *name = &batch->names[i];

  if (batch->is_ipv6) {
    cr_address_to_sockaddr_in6 (remote, &name->in6);
    return;
  }
  name->in = (struct sockaddr_in){.sin_family = AF_INET, .sin_port = htons (remote->port)};
  memcpy (&name->in.sin_addr, remote->ip + 12, sizeof name->in.sin_addr);
}

static void
begin_message (CrSendBatch *batch, const CrPath *path, gsize length_bytes)
{
  guint i = batch->n_messages++;

  batch->messages[i] = (Message){
      .path = *path,
      .closed = !batch->use_segments || (batch->n_refusals > 0 && refuses_segments (batch, &path->remote)),
      .segment_bytes = length_bytes,
      .n_segments = 1,
  };
  batch->vectors[i] = (struct iovec){batch->arena + batch->arena_used, length_bytes};
  write_name (batch, i, &path->remote);
  write_pktinfo (batch, i, path);
}

/* The datagram lies right behind the last message in the arena. FALSE when it cannot be part of it. */
static gboolean
join_last_message (CrSendBatch *batch, const CrPath *path, gsize length_bytes)
{
  Message *message;
  struct iovec *vector;

  if (batch->n_messages == 0)
    return FALSE;
  message = &batch->messages[batch->n_messages - 1];
  vector = &batch->vectors[batch->n_messages - 1];
  if (message->closed || length_bytes > message->segment_bytes || message->n_segments == MAX_SEGMENTS ||
      vector->iov_len + length_bytes > MAX_MESSAGE_BYTES || !cr_path_equal (&message->path, path))
    return FALSE;

  vector->iov_len += length_bytes;
  message->n_segments++;
  message->closed = length_bytes < message->segment_bytes;
  return TRUE;
}

guint8 *
cr_send_batch_reserve (CrSendBatch *batch, const CrPath *path)
{
  if (batch->arena_used > ARENA_BYTES || batch->n_messages == MAX_MESSAGES)
    cr_send_batch_flush (batch);
  batch->reserved = path;
  return batch->arena + batch->arena_used;
}

static gboolean
commit_tcp (CrSendBatch *batch, CrTcpLink *link, gsize length_bytes)
{
  if (!cr_tcp_link_send (link, batch->arena + batch->arena_used, length_bytes)) {
    cr_counter_add (batch->stats.would_block, 1);
    return FALSE;
  }
  cr_counter_add (batch->stats.datagrams_sent, 1);
  cr_counter_add (batch->stats.bytes_sent, length_bytes);
  return TRUE;
}

gboolean
cr_send_batch_commit (CrSendBatch *batch, gsize length_bytes)
{
  const CrPath *path = g_steal_pointer (&batch->reserved);

  g_assert (path != NULL && length_bytes <= RESERVE_BYTES);
  if (length_bytes == 0)
    return TRUE;
  if (path->tcp != NULL)
    return commit_tcp (batch, path->tcp, length_bytes);
  if (batch->fd < 0) {
    cr_counter_add (batch->stats.failed, 1);
    return FALSE;
  }
  if (!join_last_message (batch, path, length_bytes))
    begin_message (batch, path, length_bytes);
  batch->arena_used += length_bytes;
  return TRUE;
}

gboolean
cr_send_batch_add (CrSendBatch *batch, const CrPath *path, const guint8 *data, gsize length_bytes)
{
  g_assert (length_bytes <= RESERVE_BYTES);
  memcpy (cr_send_batch_reserve (batch, path), data, length_bytes);
  return cr_send_batch_commit (batch, length_bytes);
}

static void
finish_header (CrSendBatch *batch, guint i)
{
  const Message *message = &batch->messages[i];
  struct msghdr *header = &batch->headers[i].msg_hdr;
  guint16 segment_bytes = message->segment_bytes;

  header->msg_controllen = batch->pktinfo_space;
  if (message->n_segments == 1)
    return;
  header->msg_controllen += CMSG_SPACE (sizeof segment_bytes);
  memcpy (CMSG_DATA ((struct cmsghdr *)(batch->controls[i].bytes + batch->pktinfo_space)), &segment_bytes,
          sizeof segment_bytes);
}

static int
send_messages (CrSendBatch *batch, struct mmsghdr *headers, guint n)
{
  int sent;

  do
    sent = batch->send (batch->fd, headers, n, MSG_DONTWAIT | MSG_NOSIGNAL, batch->send_data);
  while (sent < 0 && errno == EINTR);
  return sent;
}

static gboolean
is_would_block (int error)
{
  return error == EAGAIN || error == EWOULDBLOCK || error == ENOBUFS;
}

static void
count_sent (CrSendBatch *batch, guint n_datagrams, gsize bytes)
{
  cr_counter_add (batch->stats.datagrams_sent, n_datagrams);
  cr_counter_add (batch->stats.bytes_sent, bytes);
}

/* The datagrams of message `i` one by one: same destination, same source, no UDP_SEGMENT. */
static void
prepare_singles (CrSendBatch *batch, guint i)
{
  const Message *message = &batch->messages[i];
  guint8 *data = batch->vectors[i].iov_base;
  gsize left = batch->vectors[i].iov_len;

  for (guint k = 0; k < message->n_segments; k++) {
    gsize length = MIN (left, message->segment_bytes);

    batch->single_vectors[k] = (struct iovec){data, length};
    batch->single_headers[k].msg_hdr = batch->headers[i].msg_hdr;
    batch->single_headers[k].msg_hdr.msg_controllen = batch->pktinfo_space;
    batch->single_headers[k].msg_hdr.msg_iov = &batch->single_vectors[k];
    data += length;
    left -= length;
  }
}

/* Only when single datagrams pass was it the segmenting that was refused, and not, say, an address that the
 * machine has lost. */
static void
resend_singly (CrSendBatch *batch, guint i)
{
  guint n = batch->messages[i].n_segments, done = 0;

  prepare_singles (batch, i);
  while (done < n) {
    int sent = send_messages (batch, batch->single_headers + done, n - done);

    if (sent <= 0) {
      gboolean full = sent < 0 && is_would_block (errno);

      cr_counter_add (full ? batch->stats.would_block : batch->stats.failed, n - done);
      break;
    }
    for (int k = 0; k < sent; k++)
      count_sent (batch, 1, batch->single_vectors[done + k].iov_len);
    done += sent;
  }
  if (done > 0)
    remember_refusal (batch, &batch->messages[i].path.remote);
}

static void
handle_failure (CrSendBatch *batch, guint i, int error)
{
  guint n = batch->messages[i].n_segments;

  if (is_would_block (error))
    cr_counter_add (batch->stats.would_block, n);
  else if (n > 1 && (error == EMSGSIZE || error == EINVAL || error == EIO))
    resend_singly (batch, i);
  else
    cr_counter_add (batch->stats.failed, n);
}

void
cr_send_batch_flush (CrSendBatch *batch)
{
  guint done = 0;

  for (guint i = 0; i < batch->n_messages; i++)
    finish_header (batch, i);

  while (done < batch->n_messages) {
    int sent = send_messages (batch, batch->headers + done, batch->n_messages - done);

    if (sent <= 0) {
      handle_failure (batch, done, sent < 0 ? errno : EIO);
      done++;
      continue;
    }
    for (int k = 0; k < sent; k++)
      count_sent (batch, batch->messages[done + k].n_segments, batch->vectors[done + k].iov_len);
    done += sent;
  }
  batch->n_messages = 0;
  batch->arena_used = 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What is put into the batch arrives: every byte, every boundary, in order for each destination; over real
 * loopback sockets, with UDP_SEGMENT, without it, and when the wire refuses or is full.
 */
#include "rtc/send-batch.h"

#include "rtc/media-types.h"
#include "rtc/sockets.h"
#include "rtc/tcp-link.h"
#include "support/loopback.h"

#include <errno.h>
#include <netinet/udp.h>
#include <poll.h>
#include <string.h>
#include <unistd.h>

#define N_PEERS 18

typedef struct {
  int fd;
  CrPath path;
  GQueue expected; /* of GBytes */
} Receiver;

typedef struct {
  CrSockets sockets;
  CrSendBatch *batch;
  guint64 sent, sent_bytes, would_block, failed, fallbacks;
  Receiver receivers[N_PEERS];
  GRand *rand;
  guint32 n_made;

  /* the wire */
  guint n_calls, n_messages, n_segmented;
  guint16 port;       /* of the destination that errs */
  gboolean segmented; /* only segmented messages err */
  int error;          /* 0: none */
} Fixture;

static void
open_receiver (Receiver *receiver, const gchar *ip, const CrSockets *sockets)
{
  struct sockaddr_in6 name;
  socklen_t length = sizeof name;
  int bytes = 4 * 1024 * 1024;

  receiver->fd = socket (AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  g_assert_true (cr_address_parse (&receiver->path.remote, ip, 0));
  cr_address_to_sockaddr_in6 (&receiver->path.remote, &name);
  g_assert_no_errno (bind (receiver->fd, (struct sockaddr *)&name, sizeof name));
  g_assert_no_errno (getsockname (receiver->fd, (struct sockaddr *)&name, &length));
  if (setsockopt (receiver->fd, SOL_SOCKET, SO_RCVBUFFORCE, &bytes, sizeof bytes) != 0)
    g_assert_no_errno (setsockopt (receiver->fd, SOL_SOCKET, SO_RCVBUF, &bytes, sizeof bytes));
  receiver->path.remote.port = g_ntohs (name.sin6_port);
  receiver->path.local = receiver->path.remote;
  receiver->path.local.port = sockets->port;
  g_queue_init (&receiver->expected);
}

static guint
segment_bytes_of (const struct msghdr *header)
{
  for (struct cmsghdr *c = CMSG_FIRSTHDR (header); c != NULL; c = CMSG_NXTHDR ((struct msghdr *)header, c)) {
    if (c->cmsg_level == IPPROTO_UDP && c->cmsg_type == UDP_SEGMENT)
      return *(guint16 *)CMSG_DATA (c);
  }
  return 0;
}

/* The kernel, with the fixture's fault in front: like sendmmsg it stops before the first bad message. */
static int
send_with_fault (int fd, struct mmsghdr *messages, guint n, int flags, gpointer data)
{
  Fixture *f = data;
  guint good = 0;
  int sent;

  f->n_calls++;
  for (; good < n; good++) {
    const struct sockaddr_in6 *name = messages[good].msg_hdr.msg_name;

    if (f->error != 0 && g_ntohs (name->sin6_port) == f->port &&
        (!f->segmented || segment_bytes_of (&messages[good].msg_hdr) != 0))
      break;
  }
  if (good == 0) {
    errno = f->error;
    return -1;
  }
  sent = sendmmsg (fd, messages, good, flags);
  for (int i = 0; i < sent; i++) {
    f->n_messages++;
    f->n_segmented += segment_bytes_of (&messages[i].msg_hdr) != 0;
  }
  return sent;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  CrSendStats stats = {&f->sent, &f->sent_bytes, &f->would_block, &f->failed, &f->fallbacks};

  memset (f, 0, sizeof *f);
  g_assert_true (cr_sockets_open (&f->sockets, NULL, 0, TRUE, 4 * 1024 * 1024, &error));
  g_assert_no_error (error);
  f->batch = cr_send_batch_new (f->sockets.udp_fd, f->sockets.is_ipv6, &stats);
  cr_send_batch_set_send_func (f->batch, send_with_fault, f);
  f->rand = g_rand_new_with_seed (18);
  for (guint i = 0; i < N_PEERS; i++) {
    g_autofree gchar *ipv4 = g_strdup_printf ("127.0.0.%u", i + 1); /* each asked another local address */

    open_receiver (&f->receivers[i], i % 3 == 2 ? test_ipv6_loopback () : ipv4, &f->sockets);
  }
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < N_PEERS; i++) {
    close (f->receivers[i].fd);
    g_queue_clear_full (&f->receivers[i].expected, (GDestroyNotify)g_bytes_unref);
  }
  cr_send_batch_free (f->batch);
  cr_sockets_close (&f->sockets);
  g_rand_free (f->rand);
}

/* `expect` FALSE: the test knows that it will be lost. */
static void
put (Fixture *f, guint i, gsize length_bytes, gboolean expect)
{
  Receiver *receiver = &f->receivers[i];
  guint8 *room = cr_send_batch_reserve (f->batch, &receiver->path);

  for (gsize k = 0; k < length_bytes; k++)
    room[k] = g_rand_int (f->rand);
  f->n_made++;
  if (expect)
    g_queue_push_tail (&receiver->expected, g_bytes_new (room, length_bytes));
  g_assert_true (cr_send_batch_commit (f->batch, length_bytes));
}

static void
put_burst (Fixture *f, guint i, guint n, gsize length_bytes, gboolean expect)
{
  for (guint k = 0; k < n; k++)
    put (f, i, length_bytes, expect);
}

static void
assert_arrived (Fixture *f, guint i)
{
  Receiver *receiver = &f->receivers[i];
  guint8 buffer[2048];

  while (!g_queue_is_empty (&receiver->expected)) {
    g_autoptr (GBytes) expected = g_queue_pop_head (&receiver->expected);
    struct pollfd poll_fd = {.fd = receiver->fd, .events = POLLIN};
    struct sockaddr_in6 name;
    socklen_t length = sizeof name;
    CrAddress from;
    gssize n;

    g_assert_cmpint (poll (&poll_fd, 1, 10000), ==, 1);
    n = recvfrom (receiver->fd, buffer, sizeof buffer, 0, (struct sockaddr *)&name, &length);
    g_assert_cmpmem (buffer, n, g_bytes_get_data (expected, NULL), g_bytes_get_size (expected));
    cr_address_from_sockaddr (&from, (struct sockaddr *)&name);
    g_assert_true (cr_address_equal (&from, &receiver->path.local));
  }
  g_assert_cmpint (recv (receiver->fd, buffer, sizeof buffer, 0), ==, -1);
}

static void
flush_and_check (Fixture *f)
{
  cr_send_batch_flush (f->batch);
  for (guint i = 0; i < N_PEERS; i++)
    assert_arrived (f, i);
}

/* Bursts as a fan-out makes them (some full packets, a rest, a voice packet), and any sizes at all. */
static void
put_lesson_turn (Fixture *f, gboolean by_viewer)
{
  for (guint i = 0; i < N_PEERS; i++) {
    if (by_viewer) {
      put_burst (f, i, g_rand_int_range (f->rand, 1, 12), 1150, TRUE);
      put (f, i, g_rand_int_range (f->rand, 1, 1150), TRUE);
      put (f, i, 90, TRUE);
    }
    for (guint k = 0; k < 3; k++)
      put (f, g_rand_int_range (f->rand, 0, N_PEERS), g_rand_int_range (f->rand, 1, CR_MAX_DATAGRAM_BYTES),
           TRUE);
  }
}

static void
test_mixed_sizes (Fixture *f, gconstpointer without_segments)
{
  if (without_segments != NULL)
    cr_send_batch_disable_segments (f->batch);
  for (guint turn = 0; turn < 60; turn++) {
    put_lesson_turn (f, turn % 2 == 0);
    flush_and_check (f);
  }
  g_assert_cmpuint (f->sent, ==, f->n_made);
  g_assert_cmpuint (f->failed + f->would_block + f->fallbacks, ==, 0);
  if (without_segments != NULL)
    g_assert_cmpuint (f->n_segmented, ==, 0);
  else
    g_assert_cmpuint (f->n_segmented, >, 500);
}

/* The socket of a machine without IPv6. */
static void
use_ipv4_socket (Fixture *f)
{
  CrSendStats stats = {&f->sent, &f->sent_bytes, &f->would_block, &f->failed, &f->fallbacks};
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_port = g_htons (f->sockets.port)};

  close (f->sockets.udp_fd);
  f->sockets.udp_fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  g_assert_no_errno (bind (f->sockets.udp_fd, (struct sockaddr *)&name, sizeof name));
  cr_send_batch_free (f->batch);
  f->batch = cr_send_batch_new (f->sockets.udp_fd, FALSE, &stats);
  cr_send_batch_set_send_func (f->batch, send_with_fault, f);
}

static void
test_ipv4_socket (Fixture *f, gconstpointer data)
{
  use_ipv4_socket (f);
  for (guint i = 0; i < N_PEERS; i++) {
    if (i % 3 == 2) /* an IPv6 address */
      continue;
    put_burst (f, i, 9, 1150, TRUE);
    put (f, i, 90, TRUE);
  }
  flush_and_check (f);
  g_assert_cmpuint (f->sent, ==, f->n_made);
  g_assert_cmpuint (f->n_segmented, ==, N_PEERS / 3 * 2);
}

static void
test_limits_of_a_message (Fixture *f, gconstpointer data)
{
  put_burst (f, 0, 65, 100, TRUE); /* 64 segments and one alone */
  flush_and_check (f);
  g_assert_cmpuint (f->n_messages, ==, 2);

  f->n_messages = 0;
  put_burst (f, 0, 46, 1424, TRUE); /* 46 x 1424 = 65,504 bytes fit, 47 do not */
  put (f, 0, 4, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->n_messages, ==, 2);

  f->n_messages = 0;
  put (f, 0, 500, TRUE); /* grows: two messages; shrinks: ends the second */
  put (f, 0, 600, TRUE);
  put (f, 0, 500, TRUE);
  put (f, 0, 500, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->n_messages, ==, 3);

  f->n_messages = 0;
  put (f, 0, 500, TRUE);
  put (f, 1, 500, TRUE); /* another destination between */
  put (f, 0, 500, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->n_messages, ==, 3);
}

static void
test_one_call_for_all (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < N_PEERS; i++)
    put_burst (f, i, 9, 1150, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->n_calls, ==, 1);
  g_assert_cmpuint (f->n_messages, ==, N_PEERS);
  cr_send_batch_flush (f->batch); /* empty: no call */
  g_assert_cmpuint (f->n_calls, ==, 1);
}

static void
test_taken_back (Fixture *f, gconstpointer data)
{
  put_burst (f, 3, 2, 700, TRUE);
  memset (cr_send_batch_reserve (f->batch, &f->receivers[3].path), 0xaa, 700);
  g_assert_true (cr_send_batch_commit (f->batch, 0));
  put_burst (f, 3, 2, 700, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->n_messages, ==, 1);
}

/* One destination's route refuses segments: it gets single datagrams, at once and later; the others do not.
 */
static void
test_refused_segments (Fixture *f, gconstpointer error)
{
  f->error = GPOINTER_TO_INT (error);
  f->segmented = TRUE;
  f->port = f->receivers[5].path.remote.port;

  for (guint turn = 0; turn < 3; turn++) {
    for (guint i = 0; i < N_PEERS; i++)
      put_burst (f, i, 10, 1150, TRUE);
    flush_and_check (f);
    g_assert_cmpuint (f->fallbacks, ==, 1);
  }
  g_assert_cmpuint (f->n_segmented, ==, 3 * (N_PEERS - 1));
  g_assert_cmpuint (f->sent, ==, f->n_made);

  /* The route has healed; after some minutes that is found out. */
  f->error = 0;
  cr_send_batch_set_now (f->batch, 599 * G_USEC_PER_SEC);
  f->n_segmented = 0;
  put_burst (f, 5, 20, 1150, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->n_segmented, ==, 0);
  cr_send_batch_set_now (f->batch, 600 * G_USEC_PER_SEC);
  put_burst (f, 5, 20, 1150, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->n_segmented, ==, 1);
}

/* More refusing destinations than the table holds: all still get everything. */
static void
test_many_refusals (Fixture *f, gconstpointer data)
{
  f->error = EMSGSIZE;
  f->segmented = TRUE;
  for (guint turn = 0; turn < 100; turn++) {
    f->receivers[0].path.remote.scope_id = turn + 1; /* as good as another destination; IPv4 ignores it */
    f->port = f->receivers[0].path.remote.port;
    put_burst (f, 0, 3, 300, TRUE);
    flush_and_check (f);
  }
  g_assert_cmpuint (f->fallbacks, ==, 100);
}

/* A socket without checksums makes the kernel itself refuse segments. */
static void
test_refused_by_the_kernel (Fixture *f, gconstpointer data)
{
  int on = 1;

  g_assert_no_errno (setsockopt (f->sockets.udp_fd, SOL_SOCKET, SO_NO_CHECK, &on, sizeof on));
  put_burst (f, 0, 20, 1150, TRUE);
  put (f, 1, 90, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->fallbacks, ==, 1);
  g_assert_cmpuint (f->sent, ==, 21);
}

static void
test_full_for_one (Fixture *f, gconstpointer data)
{
  f->error = EAGAIN;
  f->port = f->receivers[7].path.remote.port;
  for (guint i = 0; i < N_PEERS; i++)
    put_burst (f, i, 20, 1150, i != 7);
  flush_and_check (f);
  g_assert_cmpuint (f->would_block, ==, 20);
  g_assert_cmpuint (f->sent, ==, (N_PEERS - 1) * 20);
  g_assert_cmpuint (f->failed + f->fallbacks, ==, 0);

  f->error = 0;
  put_burst (f, 7, 20, 1150, TRUE); /* and segments are not held against it */
  f->n_segmented = 0;
  flush_and_check (f);
  g_assert_cmpuint (f->n_segmented, ==, 1);
}

static void
test_bad_message_is_skipped (Fixture *f, gconstpointer data)
{
  f->error = EPERM; /* a firewall's answer */
  f->port = f->receivers[0].path.remote.port;
  for (guint i = 0; i < N_PEERS; i++)
    put_burst (f, i, 3, 800, i != 0);
  flush_and_check (f);
  g_assert_cmpuint (f->failed, ==, 3);
  g_assert_cmpuint (f->sent, ==, (N_PEERS - 1) * 3);
}

/* The error of a refused segmentation, but single datagrams meet it, too: no reason to stop segmenting. */
static void
test_refused_altogether (Fixture *f, gconstpointer data)
{
  f->error = EINVAL;
  f->port = f->receivers[0].path.remote.port;
  put_burst (f, 0, 3, 800, FALSE);
  put_burst (f, 1, 3, 800, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->failed, ==, 3);
  g_assert_cmpuint (f->fallbacks, ==, 0);
}

/* An address that the machine has no more: those datagrams are lost, the next address serves. */
static void
test_lost_source_address (Fixture *f, gconstpointer data)
{
  CrAddress good = f->receivers[0].path.local;

  g_assert_true (cr_address_parse (&f->receivers[0].path.local, "192.0.2.77", f->sockets.port));
  put_burst (f, 0, 5, 1000, FALSE);
  put_burst (f, 1, 5, 1000, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->failed, ==, 5);
  g_assert_cmpuint (f->fallbacks, ==, 0);

  f->receivers[0].path.local = good;
  put_burst (f, 0, 5, 1000, TRUE);
  flush_and_check (f);
}

/* Beyond what arena and table hold, the batch flushes by itself. */
static void
test_overflow (Fixture *f, gconstpointer data)
{
  for (guint round = 0; round < 3; round++) {
    for (guint i = 0; i < N_PEERS; i++)
      put_burst (f, i, 20, CR_MAX_DATAGRAM_BYTES, TRUE);
    for (guint i = 0; i < 20 * N_PEERS; i++)
      put (f, i % N_PEERS, 90, TRUE);
    flush_and_check (f);
  }
  g_assert_cmpuint (f->sent, ==, f->n_made);
}

static void
test_tcp_path (Fixture *f, gconstpointer data)
{
  CrPath path = f->receivers[0].path;
  guint8 packet[1200] = {1}, received[2000];
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds));
  path.tcp = cr_tcp_link_new (fds[0], &path.remote, &path.local);
  put_burst (f, 0, 2, 700, TRUE);
  g_assert_true (cr_send_batch_add (f->batch, &path, packet, 1000));
  put_burst (f, 0, 2, 700, TRUE);
  flush_and_check (f);
  g_assert_cmpuint (f->n_messages, ==, 1);
  g_assert_cmpuint (f->sent, ==, 5);
  g_assert_true (cr_tcp_link_write (path.tcp));
  g_assert_cmpint (recv (fds[1], received, sizeof received, 0), ==, 1002);

  while (cr_send_batch_add (f->batch, &path, packet, 1200))
    continue;
  g_assert_cmpuint (f->would_block, ==, 1);
  cr_tcp_link_free (path.tcp);
  close (fds[1]);
}

int
main (int argc, char **argv)
{
#define ADD(name, data, func) g_test_add ("/send-batch/" name, Fixture, data, set_up, func, tear_down)
  g_test_init (&argc, &argv, NULL);
  ADD ("mixed-sizes", NULL, test_mixed_sizes);
  ADD ("mixed-sizes-without-segments", "", test_mixed_sizes);
  ADD ("ipv4-socket", NULL, test_ipv4_socket);
  ADD ("limits-of-a-message", NULL, test_limits_of_a_message);
  ADD ("one-call-for-all", NULL, test_one_call_for_all);
  ADD ("taken-back", NULL, test_taken_back);
  ADD ("refused-emsgsize", GINT_TO_POINTER (EMSGSIZE), test_refused_segments);
  ADD ("refused-einval", GINT_TO_POINTER (EINVAL), test_refused_segments);
  ADD ("refused-eio", GINT_TO_POINTER (EIO), test_refused_segments);
  ADD ("many-refusals", NULL, test_many_refusals);
  ADD ("refused-by-the-kernel", NULL, test_refused_by_the_kernel);
  ADD ("full-for-one", NULL, test_full_for_one);
  ADD ("bad-message-is-skipped", NULL, test_bad_message_is_skipped);
  ADD ("refused-altogether", NULL, test_refused_altogether);
  ADD ("lost-source-address", NULL, test_lost_source_address);
  ADD ("overflow", NULL, test_overflow);
  ADD ("tcp-path", NULL, test_tcp_path);
  return g_test_run ();
#undef ADD
}

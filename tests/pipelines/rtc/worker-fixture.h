/* SPDX-License-Identifier: Apache-2.0
 *
 * A worker with a peer that is nothing but a recorder: it stands in for peer.c, claims the tuple of every
 * check, and sends back what it is given. And a client's side: sockets, checks, waiting with a limit.
 */
#pragma once

#include "rtc/media-types.h"
#include "rtc/peer.h"
#include "rtc/worker.h"
#include "support/loopback.h"

#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 10000

struct CrPeer {
  CrWorker *worker;
  const gchar *ufrag;
  guint64 n_received; /* a counter: the test reads it */
  guint64 n_closed_links;
  guint64 n_dropped_handshakes;
  CrPath path;
  guint8 last[2048];
  gsize last_bytes;
};

void
cr_peer_receive (CrPeer *peer, const CrPath *path, guint8 *data, gsize length_bytes, gint64 now_us)
{
  static const guint8 zeros[8];

  cr_assert_media (peer->worker);
  g_assert_cmpint (now_us, ==, cr_worker_now_us (peer->worker));
  g_assert_cmpmem (data + length_bytes, 8, zeros, 8);
  if (data[0] < 4) {
    peer->path = *path;
    cr_worker_bind_path (peer->worker, path, peer);
  }
  memcpy (peer->last, data, length_bytes);
  peer->last_bytes = length_bytes;
  cr_send_batch_add (cr_worker_get_batch (peer->worker), path, data, length_bytes);
  cr_counter_add (&peer->n_received, 1);
}

void
cr_peer_link_closed (CrPeer *peer, CrTcpLink *link)
{
  g_assert_nonnull (link);
  cr_counter_add (&peer->n_closed_links, 1);
}

void
cr_peer_path_taken (CrPeer *peer, const CrPath *path)
{
  cr_worker_unbind_path (peer->worker, path);
}

void
cr_peer_drop_handshake (CrPeer *peer)
{
  cr_worker_handshake_ended (peer->worker, peer);
  cr_counter_add (&peer->n_dropped_handshakes, 1);
}

static inline void
add_peer (gpointer data)
{
  CrPeer *peer = data;

  cr_worker_add_peer (peer->worker, peer);
  cr_worker_add_ufrag (peer->worker, peer->ufrag, peer);
}

static inline void
remove_peer (gpointer data)
{
  CrPeer *peer = data;

  cr_worker_remove_peer (peer->worker, peer);
}

static inline void
do_nothing (gpointer data)
{
}

/* Any free port, every address. */
static inline CrWorker *
new_worker (const CrClock *clock, gboolean udp)
{
  g_autoptr (GError) error = NULL;
  CrWorkerConfig config = {.udp = udp, .clock = clock, .max_handshakes = 3};
  CrWorker *worker = cr_worker_new (&config, &error);

  g_assert_no_error (error);
  return worker;
}

/* A check for `ufrag`, in shape; nobody here looks at its integrity. Returns its length. */
static inline gsize
make_check (guint8 *packet, const gchar *ufrag)
{
  gsize n = strlen (ufrag), length = 20;

  memset (packet, 0, 100);
  packet[1] = 1;
  memcpy (packet + 4, "\x21\x12\xa4\x42", 4);
  packet[length + 1] = 6; /* USERNAME */
  packet[length + 3] = n + 2;
  memcpy (packet + length + 4, ufrag, n);
  memcpy (packet + length + 4 + n, ":x", 2);
  length += 4 + ((n + 2 + 3) & ~(gsize)3);
  packet[3] = length - 20;
  return length;
}

static inline void
connect_socket (int fd, const gchar *ip, guint16 port)
{
  struct sockaddr_in6 name;
  CrAddress address;

  g_assert_true (cr_address_parse (&address, ip, port));
  cr_address_to_sockaddr_in6 (&address, &name);
  g_assert_no_errno (connect (fd, (struct sockaddr *)&name, sizeof name));
}

/* Connected, a UDP socket hears only the address that it asked. */
static inline int
connect_to (int type, const gchar *ip, guint16 port)
{
  int fd = socket (AF_INET6, type | SOCK_CLOEXEC, 0);

  connect_socket (fd, ip, port);
  return fd;
}

static inline gssize
receive (int fd, guint8 *buffer, gsize size)
{
  struct pollfd poll_fd = {.fd = fd, .events = POLLIN};

  g_assert_cmpint (poll (&poll_fd, 1, WAIT_MS), ==, 1);
  return recv (fd, buffer, size, 0);
}

static inline void
wait_at_least (const guint64 *counter, guint64 value)
{
  gint64 end_us = g_get_monotonic_time () + WAIT_MS * G_TIME_SPAN_MILLISECOND;

  while (cr_counter_get (counter) < value) {
    g_assert_cmpint (g_get_monotonic_time (), <, end_us);
    g_usleep (200);
  }
}

static inline void
wait_for (const guint64 *counter, guint64 value)
{
  wait_at_least (counter, value);
  g_assert_cmpuint (cr_counter_get (counter), ==, value);
}

/* A clock that the test moves. */
static gint64 hand_us;

static inline gint64
read_hand (gpointer data)
{
  return __atomic_load_n (&hand_us, __ATOMIC_SEQ_CST);
}

static const CrClock hand_clock = {read_hand, read_hand, NULL};

static inline void
move_clock (CrWorker *worker, gint64 now_us)
{
  __atomic_store_n (&hand_us, now_us, __ATOMIC_SEQ_CST);
  cr_media_invoke_sync (worker, do_nothing, NULL); /* in the turn that sees the new time */
  cr_media_invoke_sync (worker, do_nothing, NULL); /* after it */
}

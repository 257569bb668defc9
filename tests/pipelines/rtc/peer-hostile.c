/* SPDX-License-Identifier: Apache-2.0
 *
 * Those who do not belong: half-open handshakes, strangers, junk. The others go on undisturbed.
 */
#include "support/peer-pair.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static const guint8 client_hello[] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0};

static void
receive_from_stranger (gpointer data)
{
  CrPair *pair = data;
  CrPath path = {.local_ifindex = 1};
  guint8 packet[sizeof client_hello + 8] = {0};

  memcpy (packet, client_hello, sizeof client_hello);
  g_assert_true (cr_address_parse (&path.remote, "127.0.0.1", 9));
  g_assert_true (cr_address_parse (&path.local, "127.0.0.1", cr_worker_get_port (pair->f->worker)));
  cr_peer_receive (pair->peer, &path, packet, sizeof client_hello, cr_worker_now_us (pair->f->worker));
}

static void
test_never_connects (CrPairFixture *f, gconstpointer data)
{
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER};

  cr_ice_credentials_generate (&pair.local);
  pair.peer = cr_peer_new ("p1", f->relay, &pair.local, "ufrag", "sha-256 AB", CR_DTLS_SERVER);
  cr_media_invoke_sync (f->worker, cr_pair_start_peer, &pair);
  cr_media_invoke_sync (f->worker, receive_from_stranger, &pair); /* begins no handshake */
  cr_pair_move_time (f, 29 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 0);
  cr_pair_move_time (f, 2 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pair.end), ==, CR_PEER_END_EXPIRED);
  cr_pair_close (&pair);
}

/* The relay is the DTLS client, so that it begins at the nomination; the guest falls silent after its check,
 * which nominates at once since there is nothing to choose from. */
static void
open_half (CrPair *pair)
{
  guint64 sent = cr_light_loop_get_stats (pair->f->loop)->datagrams_sent;
  gint64 until_us = g_get_monotonic_time () + CR_PAIR_PATIENCE_US;

  pair->role = CR_DTLS_CLIENT;
  pair->one_candidate = TRUE;
  cr_pair_open (pair);
  while (cr_light_loop_get_stats (pair->f->loop)->datagrams_sent == sent)
    g_main_context_iteration (NULL, FALSE);
  cr_light_peer_free (g_steal_pointer (&pair->light));
  while (cr_pair_state (pair) == CR_PEER_NEW)
    g_assert_cmpint (g_get_monotonic_time (), <, until_us);
  g_assert_cmpint (cr_pair_state (pair), ==, CR_PEER_HANDSHAKING);
}

static void
test_half_open (CrPairFixture *f, gconstpointer data)
{
  CrPair pairs[3] = {{.f = f}, {.f = f}, {.f = f}};

  open_half (&pairs[0]);
  open_half (&pairs[1]);
  g_assert_cmpint (g_atomic_int_get (&pairs[0].closed), ==, 0);
  open_half (&pairs[2]); /* the worker allows two */
  g_assert_cmpint (g_atomic_int_get (&pairs[0].closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pairs[0].end), ==, CR_PEER_END_DTLS_FAILED);

  cr_pair_move_time (f, 15 * G_USEC_PER_SEC); /* and none stays open for longer */
  g_assert_cmpint (g_atomic_int_get (&pairs[1].closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pairs[2].closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pairs[2].end), ==, CR_PEER_END_DTLS_FAILED);
  for (guint i = 0; i < 3; i++)
    cr_pair_close (&pairs[i]);
}

/* A ClientHello from an address that has proved nothing gets not one byte. */
static void
test_strangers (CrPairFixture *f, gconstpointer data)
{
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = g_htons (cr_worker_get_port (f->worker)),
                           .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK)};
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER};
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  CrWorkerStats before, after;
  guint8 answer[64];

  cr_pair_connect (&pair);
  cr_pair_assert_media_flows (&pair);
  cr_media_invoke_sync (f->worker, cr_pair_nothing, NULL);
  cr_worker_read_stats (f->worker, &before);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (sendto (fd, client_hello, sizeof client_hello, 0, (struct sockaddr *)&to, sizeof to), ==,
                     sizeof client_hello);
  do
    cr_worker_read_stats (f->worker, &after);
  while (after.datagrams_received < before.datagrams_received + 100);
  cr_media_invoke_sync (f->worker, cr_pair_nothing, NULL);
  cr_worker_read_stats (f->worker, &after);
  g_assert_cmpuint (after.datagrams_sent, ==, before.datagrams_sent);
  g_assert_cmpint (recv (fd, answer, sizeof answer, MSG_DONTWAIT), ==, -1);
  close (fd);
  cr_pair_assert_media_flows (&pair);
  cr_pair_close (&pair);
}

/* Junk on the bound tuple: dropped and counted, and media goes on. */
static void
test_junk_from_guest (CrPairFixture *f, gconstpointer data)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (50000);
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER};
  CrWorkerStats stats;
  guint8 junk[300];

  cr_pair_connect (&pair);
  for (guint i = 0; i < 3000; i++) {
    gsize n = (gsize)g_rand_int_range (chance, 1, sizeof junk);

    for (gsize j = 0; j < n; j++)
      junk[j] = (guint8)g_rand_int (chance);
    junk[0] = (guint8[]){0, 1, 22, 23, 128, 144, 191, 255}[i % 8];
    cr_light_peer_send_raw (pair.light, junk, n);
    if (i % 100 == 0)
      cr_pair_assert_media_flows (&pair);
  }
  cr_pair_assert_media_flows (&pair);
  cr_worker_read_stats (f->worker, &stats);
  g_assert_cmpuint (stats.dropped_srtp, >, 0);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 0);
  cr_pair_close (&pair);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func)                                                                                \
  g_test_add ("/peer-hostile/" name, CrPairFixture, GINT_TO_POINTER (data), cr_pair_set_up, func,            \
              cr_pair_tear_down)
  ADD ("never-connects", 0, test_never_connects);
  ADD ("half-open", 0, test_half_open);
  ADD ("strangers", 0, test_strangers);
  ADD ("junk-from-guest", 0, test_junk_from_guest);
  return g_test_run ();
}

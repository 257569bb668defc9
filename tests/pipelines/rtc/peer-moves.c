/* SPDX-License-Identifier: Apache-2.0
 *
 * A peer that moves: rebound by a NAT, restarted by ICE, sharing a connection; media and the DTLS session go
 * on.
 */
#include "support/peer-pair.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

static guint64
count_dropped (CrPairFixture *f)
{
  CrWorkerStats stats;

  cr_worker_read_stats (f->worker, &stats);
  return stats.dropped_unknown_peer + stats.dropped_malformed;
}

/* A plain check from a socket of its own: answered, or dropped and counted? */
static gboolean
answers_check (CrPairFixture *f, const CrIceCredentials *local, const gchar *remote_ufrag)
{
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = g_htons (cr_worker_get_port (f->worker)),
                           .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK)};
  gint64 until_us = g_get_monotonic_time () + CR_PAIR_PATIENCE_US;
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  guint64 dropped = count_dropped (f);
  gboolean answered = FALSE;
  guint8 buffer[512];
  gsize n = cr_pair_write_check (local, remote_ufrag, FALSE, buffer);

  g_assert_cmpint (sendto (fd, buffer, n, 0, (struct sockaddr *)&to, sizeof to), ==, n);
  while (!answered && count_dropped (f) == dropped) {
    g_assert_cmpint (g_get_monotonic_time (), <, until_us);
    answered = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0;
  }
  close (fd);
  return answered;
}

static void
test_rebinding (CrPairFixture *f, gconstpointer data)
{
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER};
  g_autoptr (GError) error = NULL;

  cr_pair_connect (&pair);
  cr_pair_assert_media_flows (&pair);
  for (guint i = 0; i < 12; i++) { /* more tuples than a peer keeps */
    g_assert_true (cr_light_peer_rebind (pair.light, &error));
    g_assert_no_error (error);
    CR_PAIR_WAIT_FOR (cr_pair_remote_port (&pair) == cr_light_peer_get_local_port (pair.light));
    cr_pair_assert_media_flows (&pair);
  }
  g_assert_cmpint (pair.connected, ==, 1);
  cr_pair_close (&pair);
}

typedef struct {
  CrPair *pair;
  CrIceCredentials credentials;
  gchar remote_ufrag[CR_ICE_UFRAG_BYTES + 1];
} Restart;

static void
restart_at_relay (gpointer data)
{
  Restart *restart = data;

  cr_peer_restart_ice (restart->pair->peer, &restart->credentials,
                       cr_light_peer_get_ufrag (restart->pair->light));
}

static void
begin_restart (CrPair *pair, Restart *restart)
{
  g_autofree gchar *before = g_strdup (cr_light_peer_get_ufrag (pair->light));

  restart->pair = pair;
  cr_light_peer_begin_restart (pair->light);
  g_assert_cmpstr (cr_light_peer_get_ufrag (pair->light), !=, before);
  g_strlcpy (restart->remote_ufrag, cr_light_peer_get_ufrag (pair->light), sizeof restart->remote_ufrag);
  cr_ice_credentials_generate (&restart->credentials);
  cr_media_invoke_sync (pair->f->worker, restart_at_relay, restart);
}

static void
finish_restart (CrPair *pair, const Restart *restart)
{
  g_autofree gchar *fragment = g_strdup_printf ("a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n",
                                                restart->credentials.ufrag, restart->credentials.password);
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_light_peer_finish_restart (pair->light, fragment, &error));
  g_assert_no_error (error);
}

static void
test_restart (CrPairFixture *f, gconstpointer data)
{
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER, .transport = GPOINTER_TO_INT (data)};
  g_autofree gchar *first_ufrag = NULL;
  Restart lost, restart;
  CrWorkerStats stats;

  cr_pair_connect (&pair);
  first_ufrag = g_strdup (cr_light_peer_get_ufrag (pair.light));
  g_assert_true (answers_check (f, &pair.local, first_ufrag));

  begin_restart (&pair, &lost); /* its answer never arrives, and the client asks once more */
  g_assert_true (answers_check (f, &lost.credentials, lost.remote_ufrag));
  begin_restart (&pair, &restart);
  cr_pair_assert_media_flows (&pair); /* over the old pair meanwhile */
  g_assert_true (answers_check (f, &pair.local, first_ufrag));
  g_assert_false (answers_check (f, &lost.credentials, lost.remote_ufrag));
  finish_restart (&pair, &restart);
  /* The first nomination under the new credentials is the end of the old. */
  CR_PAIR_WAIT_FOR (!answers_check (f, &pair.local, first_ufrag));
  g_assert_true (answers_check (f, &restart.credentials, cr_light_peer_get_ufrag (pair.light)));
  cr_pair_assert_media_flows (&pair);

  g_assert_cmpint (pair.connected, ==, 1); /* the DTLS session is the same */
  g_assert_cmpint (pair.light_connected, ==, 1);
  cr_worker_read_stats (f->worker, &stats);
  g_assert_cmpuint (stats.dropped_srtp, ==, 0);
  cr_pair_close (&pair);
}

/* The client's address changes while the restart is under way: checks under the old credentials still count.
 */
static void
test_restart_moving (CrPairFixture *f, gconstpointer data)
{
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER};
  g_autoptr (GError) error = NULL;
  Restart restart;

  cr_pair_connect (&pair);
  begin_restart (&pair, &restart);
  for (guint i = 0; i < 2; i++) {
    g_assert_true (cr_light_peer_rebind (pair.light, &error));
    g_assert_no_error (error);
    if (i == 1)
      finish_restart (&pair, &restart);
    CR_PAIR_WAIT_FOR (cr_pair_remote_port (&pair) == cr_light_peer_get_local_port (pair.light));
    cr_pair_assert_media_flows (&pair);
  }
  cr_pair_close (&pair);
}

/* Nominates over a TCP connection of the test's own and waits for the answer. */
static void
nominate_over (int fd, CrPair *pair)
{
  guint8 frame[514], answer[2048];
  gsize n = cr_pair_write_check (&pair->local, "Guest", TRUE, frame + 2);

  frame[0] = (guint8)(n >> 8);
  frame[1] = (guint8)n;
  g_assert_cmpint (send (fd, frame, n + 2, 0), ==, n + 2);
  g_assert_cmpint (recv (fd, answer, sizeof answer, 0), >, 0);
}

/* Two peers are proved on one connection: the later has it, and of the other nothing refers to it any more
 * when it ends. */
static void
test_shared_link (CrPairFixture *f, gconstpointer data)
{
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = g_htons (cr_worker_get_port (f->worker)),
                           .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK)};
  CrPair pairs[2] = {{.f = f}, {.f = f}};
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (connect (fd, (struct sockaddr *)&to, sizeof to), ==, 0);
  for (guint i = 0; i < 2; i++) {
    cr_ice_credentials_generate (&pairs[i].local);
    pairs[i].peer = cr_peer_new ("p", f->relay, &pairs[i].local, "Guest", "sha-256 AB", CR_DTLS_CLIENT);
    cr_media_invoke_sync (f->worker, cr_pair_start_peer, &pairs[i]);
    nominate_over (fd, &pairs[i]);
    g_assert_cmpuint (cr_pair_remote_port (&pairs[i]), >, 0);
  }
  g_assert_cmpuint (cr_pair_remote_port (&pairs[0]), ==, 0);
  close (fd);
  CR_PAIR_WAIT_FOR (cr_pair_remote_port (&pairs[1]) == 0);
  for (guint i = 0; i < 2; i++)
    cr_pair_close (&pairs[i]);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, data, func)                                                                                \
  g_test_add ("/peer-moves/" name, CrPairFixture, GINT_TO_POINTER (data), cr_pair_set_up, func,              \
              cr_pair_tear_down)
  ADD ("rebinding", 0, test_rebinding);
  ADD ("restart/udp", CR_LIGHT_UDP, test_restart);
  ADD ("restart/tcp", CR_LIGHT_TCP, test_restart);
  ADD ("restart/moving", 0, test_restart_moving);
  ADD ("shared-link", 0, test_shared_link);
  return g_test_run ();
}

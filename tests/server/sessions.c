/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP sessions and the peers behind them: what a DELETE, a PATCH, a goodbye and a SIGTERM do on the wire.
 * The client is a real one in small (client/simulator/light-peer.h).
 */
#include "light-internal.h"
#include "support/daemon.h"
#include "support/light-offer.h"
#include "support/make-rtp.h"

#include <arpa/inet.h>
#include <signal.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define SDP      "application/sdp"
#define FRAGMENT "application/trickle-ice-sdpfrag"
#define POLL_MS  20

typedef struct {
  CrTestDaemon *daemon;
  CrDtlsIdentity *identity;
  CrLightLoop *loop;
  CrLightPeer *peer;
  gchar *location;
  gboolean closed;
  CrLightEnd end;
  guint n_connected, n_rtp;
  guint32 rtp_ssrc;
  CrLightPeer *publisher;
  guint16 next_seq;
} Fixture;

static void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  Fixture *fixture = data;

  fixture->closed = TRUE;
  fixture->end = end;
}

static void
on_connected (CrLightPeer *peer, gpointer data)
{
  ((Fixture *)data)->n_connected++;
}

static void
on_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  Fixture *fixture = data;

  memcpy (&fixture->rtp_ssrc, packet + 8, sizeof fixture->rtp_ssrc);
  fixture->n_rtp++;
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const CrLightPeerHandler handler = {
      .on_connected = on_connected, .on_rtp = on_rtp, .on_closed = on_closed};
  g_autoptr (CrTestReply) reply = NULL;
  g_autofree gchar *offer = NULL;
  g_autoptr (GError) error = NULL;

  fixture->daemon = cr_test_daemon_start (NULL, NULL);
  fixture->identity = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  fixture->loop = cr_light_loop_new (NULL);
  fixture->peer = cr_light_peer_new (fixture->loop, fixture->identity, &handler, fixture);
  offer = test_light_offer (fixture->peer, CR_TEST_WHEP_OFFER);
  reply =
      cr_test_http (fixture->daemon, "POST", "/whep/demo", fixture->daemon->viewer_token, SDP, offer, NULL);
  g_assert_cmpuint (reply->status, ==, 201);
  fixture->location = g_strdup (cr_test_reply_get (reply, "Location"));
  g_assert_true (cr_light_peer_start (fixture->peer, reply->body, &error));
  g_assert_no_error (error);
  while (!cr_light_peer_is_connected (fixture->peer)) /* the test's own time limit ends this */
    g_main_context_iteration (NULL, TRUE);
}

static void
tear_down (Fixture *fixture, gconstpointer data)
{
  g_clear_pointer (&fixture->publisher, cr_light_peer_free);
  cr_light_peer_free (fixture->peer);
  cr_light_loop_free (fixture->loop);
  cr_dtls_identity_free (fixture->identity);
  g_free (fixture->location);
  if (fixture->daemon != NULL)
    cr_test_daemon_stop (fixture->daemon);
}

static void
wait_for_close_notify (Fixture *fixture)
{
  while (!fixture->closed)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpint (fixture->end, ==, CR_LIGHT_END_CLOSE_NOTIFY);
}

static gboolean
on_poll_due (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

/* Between two questions the peer's own timers run. */
static void
iterate_until_next_poll (void)
{
  gboolean due = FALSE;

  g_timeout_add (POLL_MS, on_poll_due, &due);
  while (!due)
    g_main_context_iteration (NULL, TRUE);
}

static void
wait_for_metric (Fixture *fixture, const gchar *line)
{
  for (;;) {
    g_autoptr (CrTestReply) reply = cr_test_http (fixture->daemon, "GET", "/metrics", NULL, NULL, NULL, NULL);

    if (strstr (reply->body, line) != NULL)
      return;
    iterate_until_next_poll ();
  }
}

static guint
session_status (Fixture *fixture, const gchar *method)
{
  g_autoptr (CrTestReply) reply = cr_test_http (fixture->daemon, method, fixture->location,
                                                fixture->daemon->viewer_token, NULL, NULL, NULL);

  return reply->status;
}

static void
test_delete_says_goodbye (Fixture *fixture, gconstpointer data)
{
  wait_for_metric (fixture, "\nclassrelay_viewers 1\n");
  g_assert_cmpuint (session_status (fixture, "GET"), ==, 204);
  g_assert_cmpuint (session_status (fixture, "DELETE"), ==, 200);
  wait_for_close_notify (fixture);
  wait_for_metric (fixture, "\nclassrelay_viewers 0\n");
}

static void
test_goodbye_ends_the_session (Fixture *fixture, gconstpointer data)
{
  wait_for_metric (fixture, "\nclassrelay_viewers 1\n");
  cr_light_peer_close (fixture->peer);
  wait_for_metric (fixture, "\nclassrelay_peers_ended_total{cause=\"close-notify\"} 1\n");
  g_assert_cmpuint (session_status (fixture, "GET"), ==, 404);
}

static void
test_sigterm_says_goodbye (Fixture *fixture, gconstpointer data)
{
  wait_for_metric (fixture, "\nclassrelay_viewers 1\n");
  cr_test_daemon_stop (g_steal_pointer (&fixture->daemon));
  wait_for_close_notify (fixture);
}

/* After the restart the peer moves to another socket, which the relay knows by the new credentials alone. */
static void
test_restart_keeps_the_session (Fixture *fixture, gconstpointer data)
{
  const gchar *if_match[] = {"If-Match", "*", NULL};
  g_autoptr (GString) fragment = g_string_new (CR_TEST_TRICKLE);
  g_autoptr (CrTestReply) reply = NULL;
  g_autoptr (GError) error = NULL;
  guint64 received;

  cr_light_peer_begin_restart (fixture->peer);
  g_string_replace (fragment, CR_TEST_UFRAG, cr_light_peer_get_ufrag (fixture->peer), 0);
  g_string_replace (fragment, CR_TEST_PASSWORD, cr_light_peer_get_password (fixture->peer), 0);
  reply = cr_test_http (fixture->daemon, "PATCH", fixture->location, fixture->daemon->viewer_token, FRAGMENT,
                        fragment->str, if_match);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_true (cr_light_peer_finish_restart (fixture->peer, reply->body, &error));
  g_assert_no_error (error);
  g_assert_true (cr_light_peer_rebind (fixture->peer, &error));
  g_assert_no_error (error);
  wait_for_metric (fixture, "\nclassrelay_ice_restarts_total 1\n");
  g_assert_true (cr_light_peer_is_connected (fixture->peer));
  /* no media flows: what comes next is the answer to a check from the new socket */
  received = cr_light_loop_get_stats (fixture->loop)->datagrams_received;
  while (cr_light_loop_get_stats (fixture->loop)->datagrams_received == received)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (session_status (fixture, "DELETE"), ==, 200);
  wait_for_close_notify (fixture);
}

static void
publish (Fixture *fixture)
{
  static const CrLightPeerHandler handler = {0};
  g_autoptr (CrTestReply) reply = NULL;
  g_autofree gchar *offer = NULL;
  g_autoptr (GError) error = NULL;

  fixture->publisher = cr_light_peer_new (fixture->loop, fixture->identity, &handler, NULL);
  offer = test_light_offer (fixture->publisher, CR_TEST_WHIP_OFFER);
  reply = cr_test_http (fixture->daemon, "POST", "/whip/demo/camera", fixture->daemon->teacher_token, SDP,
                        offer, NULL);
  g_assert_cmpuint (reply->status, ==, 201);
  g_assert_true (cr_light_peer_start (fixture->publisher, reply->body, &error));
  g_assert_no_error (error);
  while (!cr_light_peer_is_connected (fixture->publisher))
    g_main_context_iteration (NULL, TRUE);
}

/* For `n_polls` times POLL_MS one VP8 frame each, the first a keyframe. */
static void
send_frames (Fixture *fixture, guint n_polls)
{
  for (guint i = 0; i < n_polls; i++) {
    guint16 seq = fixture->next_seq++;
    const guint8 frame[40] = {0x10, seq == 0 ? 0x10 : 0x11};
    TestRtp rtp;

    test_rtp_begin (&rtp, 96 | 0x80, seq, seq * 1800u, 0x1111);
    test_rtp_append (&rtp, frame, sizeof frame);
    cr_light_peer_send_rtp_packet (fixture->publisher, rtp.data, rtp.length_bytes, seq);
    iterate_until_next_poll ();
  }
}

static void
nft (const gchar *format, ...)
{
  g_autofree gchar *rules = NULL;
  const gchar *argv[] = {"nft", NULL, NULL};
  g_autoptr (GError) error = NULL;
  gint status;
  va_list arguments;

  va_start (arguments, format);
  rules = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  argv[1] = rules;
  g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL, &status, &error);
  g_assert_no_error (error);
  g_assert_cmpint (status, ==, 0);
}

/* Media flows; the path dies without a word; a PATCH and a new socket later media goes on, sealed by the keys
 * of the one handshake there was. */
static void
test_restart_leaves_a_dead_path (Fixture *fixture, gconstpointer data)
{
  const gchar *if_match[] = {"If-Match", "*", NULL};
  g_autoptr (GString) fragment = g_string_new (CR_TEST_TRICKLE);
  g_autoptr (CrTestReply) reply = NULL;
  g_autoptr (GError) error = NULL;
  guint16 port = cr_light_peer_get_local_port (fixture->peer);
  guint32 ssrc;
  guint n;

  publish (fixture);
  while (fixture->n_rtp < 10)
    send_frames (fixture, 1);
  ssrc = fixture->rtp_ssrc;

  nft ("add table inet dead%u; add chain inet dead%u in { type filter hook input priority 0; }; "
       "add rule inet dead%u in udp dport %u drop; add rule inet dead%u in udp sport %u drop",
       port, port, port, port, port, port);
  send_frames (fixture, 2); /* what was on its way */
  n = fixture->n_rtp;
  send_frames (fixture, 10);
  g_assert_cmpuint (fixture->n_rtp, ==, n);

  cr_light_peer_begin_restart (fixture->peer);
  g_string_replace (fragment, CR_TEST_UFRAG, cr_light_peer_get_ufrag (fixture->peer), 0);
  g_string_replace (fragment, CR_TEST_PASSWORD, cr_light_peer_get_password (fixture->peer), 0);
  reply = cr_test_http (fixture->daemon, "PATCH", fixture->location, fixture->daemon->viewer_token, FRAGMENT,
                        fragment->str, if_match);
  g_assert_cmpuint (reply->status, ==, 200);
  g_assert_true (cr_light_peer_finish_restart (fixture->peer, reply->body, &error));
  g_assert_no_error (error);
  g_assert_true (cr_light_peer_rebind (fixture->peer, &error));
  g_assert_no_error (error);
  while (fixture->n_rtp < n + 10)
    send_frames (fixture, 1);
  nft ("delete table inet dead%u", port);
  g_assert_cmpuint (fixture->rtp_ssrc, ==, ssrc);
  g_assert_cmpuint (fixture->n_connected, ==, 1);
  g_assert_cmpuint (cr_light_loop_get_stats (fixture->loop)->dropped_srtp, ==, 0);
  wait_for_metric (fixture, "\nclassrelay_ice_restarts_total 1\n");
}

/* A socket connected to one of the host's addresses hears nothing that comes from another. */
static void
test_answers_from_the_asked_address (Fixture *fixture, gconstpointer data)
{
  static const gchar *const addresses[] = {"127.0.0.1", "127.0.0.2", "127.9.8.7"};
  g_autoptr (CrTestReply) reply = cr_test_http (fixture->daemon, "POST", "/whep/demo",
                                                fixture->daemon->viewer_token, SDP, CR_TEST_WHEP_OFFER, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrLightAnswer) answer = cr_light_answer_parse (reply->body, &error);
  CrIceCredentials local = {.ufrag = CR_TEST_UFRAG, .password = CR_TEST_PASSWORD};
  CrLightCheck check = {&local, NULL, NULL, 1, FALSE};

  g_assert_no_error (error);
  check.remote_ufrag = answer->ufrag;
  check.remote_password = answer->password;
  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++) {
    struct sockaddr_in to = {.sin_family = AF_INET,
                             .sin_port = g_htons ((guint16)fixture->daemon->media_port)};
    struct timeval patience = {.tv_sec = 10};
    guint8 packet[CR_LIGHT_CHECK_MAX_BYTES], transaction[CR_LIGHT_TRANSACTION_BYTES],
        answered[CR_LIGHT_TRANSACTION_BYTES];
    gsize n = cr_light_check_write (cr_light_loop_get_stun (fixture->loop), &check, packet, transaction);
    int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    gssize got;

    g_assert_cmpint (inet_pton (AF_INET, addresses[i], &to.sin_addr), ==, 1);
    g_assert_cmpint (connect (fd, (struct sockaddr *)&to, sizeof to), ==, 0);
    setsockopt (fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    g_assert_cmpint (send (fd, packet, n, 0), ==, (gssize)n);
    got = recv (fd, packet, sizeof packet, 0);
    g_assert_cmpint (got, >, 0);
    g_assert_true (cr_light_check_read_response (packet, (gsize)got, answer->password, answered));
    g_assert_cmpmem (answered, sizeof answered, transaction, sizeof transaction);
    close (fd);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/sessions/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("delete-says-goodbye", test_delete_says_goodbye);
  ADD ("goodbye-ends-the-session", test_goodbye_ends_the_session);
  ADD ("sigterm-says-goodbye", test_sigterm_says_goodbye);
  ADD ("restart-keeps-the-session", test_restart_keeps_the_session);
  ADD ("restart-leaves-a-dead-path", test_restart_leaves_a_dead_path);
  ADD ("answers-from-the-asked-address", test_answers_from_the_asked_address);
  return g_test_run ();
}

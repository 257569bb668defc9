/* SPDX-License-Identifier: Apache-2.0
 *
 * HTTP sessions and the peers behind them: what a DELETE, a PATCH, a goodbye and a SIGTERM do on the wire.
 * The client is a real one in small (client/simulator/light-peer.h).
 */
#include "light-peer.h"
#include "support/daemon.h"
#include "support/offers.h"

#include <signal.h>
#include <string.h>

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
} Fixture;

static void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  Fixture *fixture = data;

  fixture->closed = TRUE;
  fixture->end = end;
}

/* The smallest offer with this peer's credentials in the place of the sample's. */
static gchar *
offer_of (CrLightPeer *peer)
{
  GString *offer = g_string_new (CR_TEST_WHEP_OFFER);
  const gchar *sample = strstr (CR_TEST_WHEP_OFFER, "DA:7B");
  g_autofree gchar *sample_fingerprint = g_strndup (sample, strcspn (sample, "\r"));
  const gchar *fingerprint = cr_light_peer_get_fingerprint (peer);

  if (g_str_has_prefix (fingerprint, "sha-256 "))
    fingerprint += strlen ("sha-256 ");
  g_string_replace (offer, CR_TEST_UFRAG, cr_light_peer_get_ufrag (peer), 0);
  g_string_replace (offer, CR_TEST_PASSWORD, cr_light_peer_get_password (peer), 0);
  g_string_replace (offer, sample_fingerprint, fingerprint, 0);
  return g_string_free (offer, FALSE);
}

static void
set_up (Fixture *fixture, gconstpointer data)
{
  static const CrLightPeerHandler handler = {.on_closed = on_closed};
  g_autoptr (CrTestReply) reply = NULL;
  g_autofree gchar *offer = NULL;
  g_autoptr (GError) error = NULL;

  fixture->daemon = cr_test_daemon_start (NULL, NULL);
  fixture->identity = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  fixture->loop = cr_light_loop_new (NULL);
  fixture->peer = cr_light_peer_new (fixture->loop, fixture->identity, &handler, fixture);
  offer = offer_of (fixture->peer);
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

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/sessions/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("delete-says-goodbye", test_delete_says_goodbye);
  ADD ("goodbye-ends-the-session", test_goodbye_ends_the_session);
  ADD ("sigterm-says-goodbye", test_sigterm_says_goodbye);
  ADD ("restart-keeps-the-session", test_restart_keeps_the_session);
  return g_test_run ();
}

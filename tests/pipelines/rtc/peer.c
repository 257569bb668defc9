/* SPDX-License-Identifier: Apache-2.0
 *
 * The relay's peer on a real worker against the light peer, over loopback: connecting in every way, moving,
 * restarting, ending, and what must not get an answer. Time that has to pass is moved by hand.
 */
#include "light-peer.h"
#include "rtc/peer.h"

#include <stun/usages/ice.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define PATIENCE_US (20 * G_USEC_PER_SEC)

typedef struct {
  gint64 offset_us; /* atomic: moved here, read by the worker */
  CrClock clock;
  CrWorker *worker;
  CrLightLoop *loop;
  CrDtlsIdentity *relay, *guest;
} Fixture;

/* Both ends of one transport. */
typedef struct {
  Fixture *f;
  CrPeer *peer;
  CrLightPeer *light;
  CrIceCredentials local;
  CrDtlsRole role;
  CrLightTransport transport;
  gint connected, closed, end, rtp, rtcp; /* atomic, of the relay's peer */
  gint light_connected, light_closed, light_end, light_rtp, light_rtcp;
  gboolean free_on_close;
  gboolean one_candidate;
  guint8 last_rtp[64];
} Pair;

static gint64
moved_monotonic_us (gpointer data)
{
  Fixture *f = data;

  return g_get_monotonic_time () + __atomic_load_n (&f->offset_us, __ATOMIC_SEQ_CST);
}

static gint64
moved_wall_us (gpointer data)
{
  return g_get_real_time ();
}

static void
open_worker (Fixture *f, guint max_handshakes)
{
  g_autoptr (GError) error = NULL;
  CrWorkerConfig config = {.udp = TRUE, .max_handshakes = max_handshakes, .clock = &f->clock};

  f->worker = cr_worker_new (&config, &error);
  g_assert_no_error (error);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  memset (f, 0, sizeof *f);
  f->clock = (CrClock){moved_monotonic_us, moved_wall_us, f};
  open_worker (f, 2);
  f->loop = cr_light_loop_new (NULL);
  f->relay = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  f->guest = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_light_loop_free (f->loop);
  cr_worker_free (f->worker);
  cr_dtls_identity_free (f->relay);
  cr_dtls_identity_free (f->guest);
}

static void
nothing (gpointer data)
{
}

static void
move_time (Fixture *f, gint64 by_us)
{
  __atomic_add_fetch (&f->offset_us, by_us, __ATOMIC_SEQ_CST);
  cr_media_invoke_sync (f->worker, nothing, NULL); /* one turn sees the new time */
  cr_media_invoke_sync (f->worker, nothing, NULL); /* and its timers have run when the next begins */
}

/* --- handlers --- */

static void
on_connected (CrPeer *peer, gpointer data)
{
  g_atomic_int_inc (&((Pair *)data)->connected);
}

static void
on_rtp (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  Pair *pair = data;

  memcpy (pair->last_rtp, packet, MIN (length_bytes, sizeof pair->last_rtp));
  g_atomic_int_inc (&pair->rtp);
}

static void
on_rtcp (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  g_atomic_int_inc (&((Pair *)data)->rtcp);
}

static void
on_closed (CrPeer *peer, CrPeerEnd end, gpointer data)
{
  Pair *pair = data;

  if (pair->free_on_close) {
    cr_peer_stop (peer); /* which has nothing left to do */
    cr_peer_free (peer);
    pair->peer = NULL;
  }
  g_atomic_int_set (&pair->end, (gint)end);
  g_atomic_int_inc (&pair->closed);
}

static const CrPeerHandler peer_handler = {on_connected, on_rtp, on_rtcp, on_closed};

static void
on_light_connected (CrLightPeer *peer, gpointer data)
{
  ((Pair *)data)->light_connected++;
}

static void
on_light_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  ((Pair *)data)->light_rtp++;
}

static void
on_light_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  ((Pair *)data)->light_rtcp++;
}

static void
on_light_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  Pair *pair = data;

  pair->light_closed++;
  pair->light_end = (gint)end;
  cr_light_peer_free (peer);
  pair->light = NULL;
}

static const CrLightPeerHandler light_handler = {on_light_connected, on_light_rtp, on_light_rtcp,
                                                 on_light_closed};

/* --- what a test does --- */

#define WAIT_FOR(condition)                                                                                  \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 until_us = g_get_monotonic_time () + PATIENCE_US;                                                 \
    while (!(condition)) {                                                                                   \
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);                                                \
      if (!g_main_context_iteration (NULL, FALSE))                                                           \
        g_usleep (500);                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  G_STMT_END

static void
start_peer (gpointer data)
{
  Pair *pair = data;

  cr_peer_start (pair->peer, pair->f->worker, &peer_handler, pair);
}

static void
stop_peer (gpointer data)
{
  Pair *pair = data;

  if (pair->peer != NULL)
    cr_peer_stop (pair->peer);
}

static gchar *
make_answer (Pair *pair, const gchar *fingerprint)
{
  g_auto (GStrv) candidates = cr_worker_get_candidates (pair->f->worker, TRUE);
  g_autoptr (GString) sdp = g_string_new ("v=0\r\n");

  g_string_append_printf (sdp, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\na=setup:%s\r\n",
                          pair->local.ufrag, pair->local.password, fingerprint,
                          pair->role == CR_DTLS_SERVER ? "passive" : "active");
  for (guint i = 0; candidates[i] != NULL && (i == 0 || !pair->one_candidate); i++)
    g_string_append_printf (sdp, "a=candidate:%s\r\n", candidates[i]);
  return g_string_free (g_steal_pointer (&sdp), FALSE);
}

static void
open_pair_with (Pair *pair, const gchar *relay_print, const gchar *guest_print)
{
  g_autofree gchar *guest_line = g_strconcat ("sha-256 ", guest_print, NULL);
  g_autofree gchar *answer = NULL;
  g_autoptr (GError) error = NULL;

  cr_ice_credentials_generate (&pair->local);
  pair->light = cr_light_peer_new (pair->f->loop, pair->f->guest, &light_handler, pair);
  cr_light_peer_set_transport (pair->light, pair->transport);
  pair->peer = cr_peer_new ("p1", pair->f->relay, &pair->local, cr_light_peer_get_ufrag (pair->light),
                            guest_line, pair->role);
  cr_media_invoke_sync (pair->f->worker, start_peer, pair);
  answer = make_answer (pair, relay_print);
  g_assert_true (cr_light_peer_start (pair->light, answer, &error));
  g_assert_no_error (error);
}

static void
open_pair (Pair *pair)
{
  open_pair_with (pair, cr_dtls_identity_get_fingerprint (pair->f->relay),
                  cr_dtls_identity_get_fingerprint (pair->f->guest));
}

static void
connect_pair (Pair *pair)
{
  open_pair (pair);
  WAIT_FOR (g_atomic_int_get (&pair->connected) && pair->light_connected);
  g_assert_true (cr_light_peer_is_connected (pair->light));
}

static void
close_pair (Pair *pair)
{
  cr_media_invoke_sync (pair->f->worker, stop_peer, pair);
  cr_peer_free (pair->peer);
  cr_light_peer_free (pair->light);
  pair->peer = NULL;
  pair->light = NULL;
}

static void
fill_packet (guint8 *packet, guint16 seq)
{
  memset (packet, 0x5a, 60);
  memcpy (packet, (const guint8[]){0x80, 96, (guint8)(seq >> 8), (guint8)seq, 0, 0, 0, 1, 0, 0, 0, 77}, 12);
}

typedef struct {
  Pair *pair;
  guint16 seq;
  gboolean sent;
} Sending;

static void
send_from_relay (gpointer data)
{
  Sending *sending = data;
  guint8 packet[60];
  guint8 report[28] = {0x80, 200, 0, 6, 0, 0, 0, 77};
  CrSrtpParts parts = {packet, 12, packet + 12, 3, packet + 15, 45, sending->seq};

  fill_packet (packet, sending->seq);
  sending->sent = cr_peer_send_rtp (sending->pair->peer, &parts) &&
                  cr_peer_send_rtcp (sending->pair->peer, report, sizeof report);
}

static guint16 next_seq = 100;

/* One RTP and one RTCP packet each way. */
static void
assert_media_flows (Pair *pair)
{
  gint rtp = g_atomic_int_get (&pair->rtp), rtcp = g_atomic_int_get (&pair->rtcp);
  gint light_rtp = pair->light_rtp, light_rtcp = pair->light_rtcp;
  Sending sending = {pair, next_seq++, FALSE};
  guint8 report[8] = {0x80, 201, 0, 1, 0, 0, 0, 78};
  guint8 packet[60];

  cr_media_invoke_sync (pair->f->worker, send_from_relay, &sending);
  g_assert_true (sending.sent);
  fill_packet (packet, sending.seq);
  g_assert_true (cr_light_peer_send_rtp_packet (pair->light, packet, sizeof packet, sending.seq));
  g_assert_true (cr_light_peer_send_rtcp (pair->light, report, sizeof report));
  WAIT_FOR (pair->light_rtp > light_rtp && pair->light_rtcp > light_rtcp &&
            g_atomic_int_get (&pair->rtp) > rtp && g_atomic_int_get (&pair->rtcp) > rtcp);
  g_assert_cmpmem (pair->last_rtp, sizeof packet, packet, sizeof packet);
}

typedef struct {
  Pair *pair;
  guint16 port;
} PortQuery;

static void
query_port (gpointer data)
{
  PortQuery *query = data;
  const CrPath *path = cr_peer_get_path (query->pair->peer);

  query->port = path != NULL ? path->remote.port : 0;
}

static guint16
remote_port_of (Pair *pair)
{
  PortQuery query = {pair, 0};

  cr_media_invoke_sync (pair->f->worker, query_port, &query);
  return query.port;
}

/* A check as a controlling agent writes it, into at least 512 bytes. */
static gsize
write_check (const CrIceCredentials *local, const gchar *remote_ufrag, gboolean use_candidate, guint8 *out)
{
  static const uint16_t none[] = {0};
  g_autofree gchar *username = g_strconcat (local->ufrag, ":", remote_ufrag, NULL);
  StunMessage message;
  StunAgent stun;

  stun_agent_init (&stun, none, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
  return stun_usage_ice_conncheck_create (&stun, &message, out, 512, (const uint8_t *)username,
                                          strlen (username), (const uint8_t *)local->password,
                                          strlen (local->password), use_candidate, true, 1, 1, NULL,
                                          STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
}

/* A plain check from a socket of its own: is it answered? Not answered means read by the worker, and silence.
 */
static gboolean
answers_check (Fixture *f, const CrIceCredentials *local, const gchar *remote_ufrag)
{
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = g_htons (cr_worker_get_port (f->worker)),
                           .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK)};
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  CrWorkerStats before, after;
  guint8 buffer[512];
  gboolean answered;
  gsize n = write_check (local, remote_ufrag, FALSE, buffer);

  cr_worker_read_stats (f->worker, &before);
  g_assert_cmpint (sendto (fd, buffer, n, 0, (struct sockaddr *)&to, sizeof to), ==, n);
  do
    cr_worker_read_stats (f->worker, &after);
  while (after.datagrams_received == before.datagrams_received);
  cr_media_invoke_sync (f->worker, nothing, NULL); /* the turn that read it has ended, */
  cr_media_invoke_sync (f->worker, nothing, NULL); /* and what it sent has left */
  answered = recv (fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0;
  close (fd);
  return answered;
}

/* --- tests --- */

typedef struct {
  CrDtlsRole role;
  CrLightTransport transport;
  CrSrtpProfile restricted, expected;
} Way;

static void
test_connect (Fixture *f, gconstpointer data)
{
  const Way *way = data;
  Pair pair = {.f = f, .role = way->role, .transport = way->transport};

  cr_dtls_identity_restrict_profile (f->guest, way->restricted);
  connect_pair (&pair);
  g_assert_cmpint (cr_light_peer_get_profile (pair.light), ==, way->expected);
  for (guint i = 0; i < 20; i++)
    assert_media_flows (&pair);
  g_assert_cmpint (pair.connected, ==, 1);
  close_pair (&pair);
}

static void
test_impostor (Fixture *f, gconstpointer data)
{
  g_autoptr (CrDtlsIdentity) other = cr_dtls_identity_new (NULL);
  const gchar *wrong = cr_dtls_identity_get_fingerprint (other);
  const gchar *relay = cr_dtls_identity_get_fingerprint (f->relay);
  const gchar *guest = cr_dtls_identity_get_fingerprint (f->guest);

  for (guint i = 0; i < 2; i++) {
    Pair pair = {.f = f, .role = CR_DTLS_SERVER, .free_on_close = i == 0};

    open_pair_with (&pair, i == 0 ? relay : wrong, i == 0 ? wrong : guest);
    WAIT_FOR (g_atomic_int_get (&pair.closed) && pair.light_closed);
    g_assert_cmpint (g_atomic_int_get (&pair.end), ==, CR_PEER_END_DTLS_FAILED);
    g_assert_cmpint (pair.light_end, ==, CR_LIGHT_END_DTLS_FAILED);
    g_assert_cmpint (pair.connected + pair.light_connected, ==, 0);
    close_pair (&pair);
    g_assert_cmpint (pair.closed, ==, 1);
  }
}

static void
test_guest_leaves (Fixture *f, gconstpointer data)
{
  Pair pair = {.f = f, .role = CR_DTLS_SERVER, .transport = GPOINTER_TO_INT (data), .free_on_close = TRUE};

  connect_pair (&pair);
  cr_light_peer_close (pair.light);
  WAIT_FOR (g_atomic_int_get (&pair.closed));
  g_assert_cmpint (g_atomic_int_get (&pair.end), ==, CR_PEER_END_CLOSE_NOTIFY);
  close_pair (&pair);
}

static void
test_relay_stops (Fixture *f, gconstpointer data)
{
  Pair pair = {.f = f, .role = CR_DTLS_SERVER, .transport = GPOINTER_TO_INT (data)};

  connect_pair (&pair);
  cr_media_invoke_sync (f->worker, stop_peer, &pair);
  cr_media_invoke_sync (f->worker, stop_peer, &pair);
  WAIT_FOR (pair.light_closed);
  g_assert_cmpint (pair.light_end, ==, CR_LIGHT_END_CLOSE_NOTIFY);
  g_assert_cmpint (pair.closed, ==, 0); /* never from within cr_peer_stop() */
  close_pair (&pair);
}

static void
test_rebinding (Fixture *f, gconstpointer data)
{
  Pair pair = {.f = f, .role = CR_DTLS_SERVER};
  g_autoptr (GError) error = NULL;

  connect_pair (&pair);
  assert_media_flows (&pair);
  for (guint i = 0; i < 12; i++) { /* more tuples than a peer keeps */
    g_assert_true (cr_light_peer_rebind (pair.light, &error));
    g_assert_no_error (error);
    WAIT_FOR (remote_port_of (&pair) == cr_light_peer_get_local_port (pair.light));
    assert_media_flows (&pair);
  }
  g_assert_cmpint (pair.connected, ==, 1);
  close_pair (&pair);
}

typedef struct {
  Pair *pair;
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
begin_restart (Pair *pair, Restart *restart)
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
finish_restart (Pair *pair, const Restart *restart)
{
  g_autofree gchar *fragment = g_strdup_printf ("a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n",
                                                restart->credentials.ufrag, restart->credentials.password);
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_light_peer_finish_restart (pair->light, fragment, &error));
  g_assert_no_error (error);
}

static void
test_restart (Fixture *f, gconstpointer data)
{
  Pair pair = {.f = f, .role = CR_DTLS_SERVER, .transport = GPOINTER_TO_INT (data)};
  g_autofree gchar *first_ufrag = NULL;
  Restart lost, restart;
  CrWorkerStats stats;

  connect_pair (&pair);
  first_ufrag = g_strdup (cr_light_peer_get_ufrag (pair.light));
  g_assert_true (answers_check (f, &pair.local, first_ufrag));

  begin_restart (&pair, &lost); /* its answer never arrives, and the client asks once more */
  g_assert_true (answers_check (f, &lost.credentials, lost.remote_ufrag));
  begin_restart (&pair, &restart);
  assert_media_flows (&pair); /* over the old pair meanwhile */
  g_assert_true (answers_check (f, &pair.local, first_ufrag));
  g_assert_false (answers_check (f, &lost.credentials, lost.remote_ufrag));
  finish_restart (&pair, &restart);
  /* The first nomination under the new credentials is the end of the old. */
  WAIT_FOR (!answers_check (f, &pair.local, first_ufrag));
  g_assert_true (answers_check (f, &restart.credentials, cr_light_peer_get_ufrag (pair.light)));
  assert_media_flows (&pair);

  g_assert_cmpint (pair.connected, ==, 1); /* the DTLS session is the same */
  g_assert_cmpint (pair.light_connected, ==, 1);
  cr_worker_read_stats (f->worker, &stats);
  g_assert_cmpuint (stats.dropped_srtp, ==, 0);
  close_pair (&pair);
}

/* The client's address changes while the restart is under way: checks under the old credentials still count.
 */
static void
test_restart_moving (Fixture *f, gconstpointer data)
{
  Pair pair = {.f = f, .role = CR_DTLS_SERVER};
  g_autoptr (GError) error = NULL;
  Restart restart;

  connect_pair (&pair);
  begin_restart (&pair, &restart);
  for (guint i = 0; i < 2; i++) {
    g_assert_true (cr_light_peer_rebind (pair.light, &error));
    g_assert_no_error (error);
    if (i == 1)
      finish_restart (&pair, &restart);
    WAIT_FOR (remote_port_of (&pair) == cr_light_peer_get_local_port (pair.light));
    assert_media_flows (&pair);
  }
  close_pair (&pair);
}

static void
test_expires (Fixture *f, gconstpointer data)
{
  Pair pair = {.f = f, .role = CR_DTLS_SERVER, .free_on_close = TRUE};

  connect_pair (&pair);
  move_time (f, 29 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 0);
  assert_media_flows (&pair); /* media is a sign of life */
  move_time (f, 29 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 0);
  move_time (f, 2 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pair.end), ==, CR_PEER_END_EXPIRED);
  close_pair (&pair);
}

static const guint8 client_hello[] = {22, 0xfe, 0xfd, 0, 0, 0, 0, 0, 0, 0, 0, 0, 4, 1, 0, 0, 0};

static void
receive_from_stranger (gpointer data)
{
  Pair *pair = data;
  CrPath path = {.local_ifindex = 1};
  guint8 packet[sizeof client_hello + 8] = {0};

  memcpy (packet, client_hello, sizeof client_hello);
  g_assert_true (cr_address_parse (&path.remote, "127.0.0.1", 9));
  g_assert_true (cr_address_parse (&path.local, "127.0.0.1", cr_worker_get_port (pair->f->worker)));
  cr_peer_receive (pair->peer, &path, packet, sizeof client_hello, cr_worker_now_us (pair->f->worker));
}

static void
test_never_connects (Fixture *f, gconstpointer data)
{
  Pair pair = {.f = f, .role = CR_DTLS_SERVER};

  cr_ice_credentials_generate (&pair.local);
  pair.peer = cr_peer_new ("p1", f->relay, &pair.local, "ufrag", "sha-256 AB", CR_DTLS_SERVER);
  cr_media_invoke_sync (f->worker, start_peer, &pair);
  cr_media_invoke_sync (f->worker, receive_from_stranger, &pair); /* begins no handshake */
  move_time (f, 29 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 0);
  move_time (f, 2 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pair.end), ==, CR_PEER_END_EXPIRED);
  close_pair (&pair);
}

typedef struct {
  Pair *pair;
  CrPeerState state;
} StateQuery;

static void
query_state (gpointer data)
{
  StateQuery *query = data;

  query->state = cr_peer_get_state (query->pair->peer);
}

static CrPeerState
state_of (Pair *pair)
{
  StateQuery query = {pair, CR_PEER_NEW};

  cr_media_invoke_sync (pair->f->worker, query_state, &query);
  return query.state;
}

/* The relay is the DTLS client, so that it begins at the nomination; the guest falls silent after its check,
 * which nominates at once since there is nothing to choose from. */
static void
open_half (Pair *pair)
{
  guint64 sent = cr_light_loop_get_stats (pair->f->loop)->datagrams_sent;
  gint64 until_us = g_get_monotonic_time () + PATIENCE_US;

  pair->role = CR_DTLS_CLIENT;
  pair->one_candidate = TRUE;
  open_pair (pair);
  while (cr_light_loop_get_stats (pair->f->loop)->datagrams_sent == sent)
    g_main_context_iteration (NULL, FALSE);
  cr_light_peer_free (g_steal_pointer (&pair->light));
  while (state_of (pair) == CR_PEER_NEW)
    g_assert_cmpint (g_get_monotonic_time (), <, until_us);
  g_assert_cmpint (state_of (pair), ==, CR_PEER_HANDSHAKING);
}

static void
test_half_open (Fixture *f, gconstpointer data)
{
  Pair pairs[3] = {{.f = f}, {.f = f}, {.f = f}};

  open_half (&pairs[0]);
  open_half (&pairs[1]);
  g_assert_cmpint (g_atomic_int_get (&pairs[0].closed), ==, 0);
  open_half (&pairs[2]); /* the worker allows two */
  g_assert_cmpint (g_atomic_int_get (&pairs[0].closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pairs[0].end), ==, CR_PEER_END_DTLS_FAILED);

  move_time (f, 15 * G_USEC_PER_SEC); /* and none stays open for longer */
  g_assert_cmpint (g_atomic_int_get (&pairs[1].closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pairs[2].closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pairs[2].end), ==, CR_PEER_END_DTLS_FAILED);
  for (guint i = 0; i < 3; i++)
    close_pair (&pairs[i]);
}

/* A ClientHello from an address that has proved nothing gets not one byte. */
static void
test_strangers (Fixture *f, gconstpointer data)
{
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = g_htons (cr_worker_get_port (f->worker)),
                           .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK)};
  Pair pair = {.f = f, .role = CR_DTLS_SERVER};
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  CrWorkerStats before, after;
  guint8 answer[64];

  connect_pair (&pair);
  assert_media_flows (&pair);
  cr_media_invoke_sync (f->worker, nothing, NULL);
  cr_worker_read_stats (f->worker, &before);
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (sendto (fd, client_hello, sizeof client_hello, 0, (struct sockaddr *)&to, sizeof to), ==,
                     sizeof client_hello);
  do
    cr_worker_read_stats (f->worker, &after);
  while (after.datagrams_received < before.datagrams_received + 100);
  cr_media_invoke_sync (f->worker, nothing, NULL);
  cr_worker_read_stats (f->worker, &after);
  g_assert_cmpuint (after.datagrams_sent, ==, before.datagrams_sent);
  g_assert_cmpint (recv (fd, answer, sizeof answer, MSG_DONTWAIT), ==, -1);
  close (fd);
  assert_media_flows (&pair);
  close_pair (&pair);
}

/* Junk on the bound tuple: dropped and counted, and media goes on. */
static void
test_junk_from_guest (Fixture *f, gconstpointer data)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (50000);
  Pair pair = {.f = f, .role = CR_DTLS_SERVER};
  CrWorkerStats stats;
  guint8 junk[300];

  connect_pair (&pair);
  for (guint i = 0; i < 3000; i++) {
    gsize n = (gsize)g_rand_int_range (chance, 1, sizeof junk);

    for (gsize j = 0; j < n; j++)
      junk[j] = (guint8)g_rand_int (chance);
    junk[0] = (guint8[]){0, 1, 22, 23, 128, 144, 191, 255}[i % 8];
    cr_light_peer_send_raw (pair.light, junk, n);
    if (i % 100 == 0)
      assert_media_flows (&pair);
  }
  assert_media_flows (&pair);
  cr_worker_read_stats (f->worker, &stats);
  g_assert_cmpuint (stats.dropped_srtp, >, 0);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 0);
  close_pair (&pair);
}

/* Nominates over a TCP connection of the test's own and waits for the answer. */
static void
nominate_over (int fd, Pair *pair)
{
  guint8 frame[514], answer[2048];
  gsize n = write_check (&pair->local, "Guest", TRUE, frame + 2);

  frame[0] = (guint8)(n >> 8);
  frame[1] = (guint8)n;
  g_assert_cmpint (send (fd, frame, n + 2, 0), ==, n + 2);
  g_assert_cmpint (recv (fd, answer, sizeof answer, 0), >, 0);
}

/* Two peers are proved on one connection: the later has it, and of the other nothing refers to it any more
 * when it ends. */
static void
test_shared_link (Fixture *f, gconstpointer data)
{
  struct sockaddr_in to = {.sin_family = AF_INET,
                           .sin_port = g_htons (cr_worker_get_port (f->worker)),
                           .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK)};
  Pair pairs[2] = {{.f = f}, {.f = f}};
  int fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (connect (fd, (struct sockaddr *)&to, sizeof to), ==, 0);
  for (guint i = 0; i < 2; i++) {
    cr_ice_credentials_generate (&pairs[i].local);
    pairs[i].peer = cr_peer_new ("p", f->relay, &pairs[i].local, "Guest", "sha-256 AB", CR_DTLS_CLIENT);
    cr_media_invoke_sync (f->worker, start_peer, &pairs[i]);
    nominate_over (fd, &pairs[i]);
    g_assert_cmpuint (remote_port_of (&pairs[i]), >, 0);
  }
  g_assert_cmpuint (remote_port_of (&pairs[0]), ==, 0);
  close (fd);
  WAIT_FOR (remote_port_of (&pairs[1]) == 0);
  for (guint i = 0; i < 2; i++)
    close_pair (&pairs[i]);
}

/* Every kind of transport side by side on one worker and one loop. */
static void
test_many (Fixture *f, gconstpointer data)
{
  enum { N = 20 };
  static Pair pairs[N];

  memset (pairs, 0, sizeof pairs);
  for (guint i = 0; i < N; i++) {
    pairs[i].f = f;
    pairs[i].role = i % 2 == 0 ? CR_DTLS_SERVER : CR_DTLS_CLIENT;
    pairs[i].transport = i % 3 == 0 ? CR_LIGHT_TCP : CR_LIGHT_UDP;
    connect_pair (&pairs[i]); /* one after the other: two handshakes at once are allowed */
  }
  for (guint i = 0; i < N; i++)
    assert_media_flows (&pairs[i]);
  for (guint i = 0; i < N; i++)
    close_pair (&pairs[i]);
}

/* Everybody joins at once, as at the bell. */
static void
test_bell (Fixture *f, gconstpointer data)
{
  enum { N = 100 };
  static Pair pairs[N];
  guint n_connected = 0;
  gint64 begun_us;

  cr_worker_free (f->worker);
  open_worker (f, N);
  memset (pairs, 0, sizeof pairs);
  begun_us = g_get_monotonic_time ();
  for (guint i = 0; i < N; i++) {
    pairs[i].f = f;
    pairs[i].transport = i % 5 == 0 ? CR_LIGHT_TCP : CR_LIGHT_UDP;
    open_pair (&pairs[i]);
  }
  for (guint i = 0; i < N; i++)
    WAIT_FOR (g_atomic_int_get (&pairs[i].connected) && pairs[i].light_connected);
  g_test_message ("%d peers connected in %.0f ms, both sides on this machine", N,
                  (gdouble)(g_get_monotonic_time () - begun_us) / 1000);
  for (guint i = 0; i < N; i++) {
    assert_media_flows (&pairs[i]);
    n_connected += (guint)pairs[i].connected;
    close_pair (&pairs[i]);
  }
  g_assert_cmpuint (n_connected, ==, N);
}

#define BURST_PACKETS 100

static void
send_burst (gpointer data)
{
  Sending *sending = data;

  for (guint i = 0; i < BURST_PACKETS; i++) {
    guint8 packet[60];
    CrSrtpParts parts = {
        packet, 12, NULL, 0, packet + 12, i % 10 == 9 ? 30 : 48, (guint16)(sending->seq + i)};

    fill_packet (packet, (guint16)(sending->seq + i));
    sending->sent &= cr_peer_send_rtp (sending->pair->peer, &parts);
  }
}

/* What leaves in few messages arrives as many packets, each of its own size. */
static void
test_burst (Fixture *f, gconstpointer data)
{
  Pair pair = {.f = f, .role = CR_DTLS_SERVER, .transport = GPOINTER_TO_INT (data)};
  Sending sending = {&pair, 1000, TRUE};

  connect_pair (&pair);
  cr_media_invoke_sync (f->worker, send_burst, &sending);
  g_assert_true (sending.sent);
  WAIT_FOR (pair.light_rtp == BURST_PACKETS);
  g_assert_cmpuint (cr_light_loop_get_stats (f->loop)->dropped_srtp, ==, 0);
  close_pair (&pair);
}

int
main (int argc, char **argv)
{
  static const struct {
    const gchar *name;
    Way way;
  } ways[] = {
      {"/peer/connect/server-gcm-udp", {CR_DTLS_SERVER, CR_LIGHT_UDP, 0, CR_SRTP_AEAD_AES_128_GCM}},
      {"/peer/connect/client-gcm-udp", {CR_DTLS_CLIENT, CR_LIGHT_UDP, 0, CR_SRTP_AEAD_AES_128_GCM}},
      {"/peer/connect/server-cm-udp",
       {CR_DTLS_SERVER, CR_LIGHT_UDP, CR_SRTP_AES128_CM_SHA1_80, CR_SRTP_AES128_CM_SHA1_80}},
      {"/peer/connect/server-gcm-tcp", {CR_DTLS_SERVER, CR_LIGHT_TCP, 0, CR_SRTP_AEAD_AES_128_GCM}},
      {"/peer/connect/client-gcm-tcp", {CR_DTLS_CLIENT, CR_LIGHT_TCP, 0, CR_SRTP_AEAD_AES_128_GCM}},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    g_test_add (ways[i].name, Fixture, &ways[i].way, set_up, test_connect, tear_down);
#define ADD(name, data, func)                                                                                \
  g_test_add ("/peer/" name, Fixture, GINT_TO_POINTER (data), set_up, func, tear_down)
  ADD ("impostor", 0, test_impostor);
  ADD ("guest-leaves/udp", CR_LIGHT_UDP, test_guest_leaves);
  ADD ("guest-leaves/tcp", CR_LIGHT_TCP, test_guest_leaves);
  ADD ("relay-stops/udp", CR_LIGHT_UDP, test_relay_stops);
  ADD ("relay-stops/tcp", CR_LIGHT_TCP, test_relay_stops);
  ADD ("rebinding", 0, test_rebinding);
  ADD ("restart/udp", CR_LIGHT_UDP, test_restart);
  ADD ("restart/tcp", CR_LIGHT_TCP, test_restart);
  ADD ("restart/moving", 0, test_restart_moving);
  ADD ("expires", 0, test_expires);
  ADD ("never-connects", 0, test_never_connects);
  ADD ("half-open", 0, test_half_open);
  ADD ("strangers", 0, test_strangers);
  ADD ("junk-from-guest", 0, test_junk_from_guest);
  ADD ("shared-link", 0, test_shared_link);
  ADD ("many", 0, test_many);
  ADD ("bell", 0, test_bell);
  ADD ("burst/udp", CR_LIGHT_UDP, test_burst);
  ADD ("burst/tcp", CR_LIGHT_TCP, test_burst);
  return g_test_run ();
}

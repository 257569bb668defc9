/* SPDX-License-Identifier: Apache-2.0
 *
 * Both ends of a transport in one process: the relay's on its worker, the guest's on the test's thread.
 */
#include "support/peer-pair.h"

#include <stun/usages/ice.h>
#include <string.h>

static gint64
moved_monotonic_us (gpointer data)
{
  CrPairFixture *f = data;

  return g_get_monotonic_time () + __atomic_load_n (&f->offset_us, __ATOMIC_SEQ_CST);
}

static gint64
moved_wall_us (gpointer data)
{
  return g_get_real_time ();
}

void
cr_pair_open_worker (CrPairFixture *f, guint max_handshakes)
{
  g_autoptr (GError) error = NULL;
  CrWorkerConfig config = {.udp = TRUE, .max_handshakes = max_handshakes, .clock = &f->clock};

  f->worker = cr_worker_new (&config, &error);
  g_assert_no_error (error);
}

void
cr_pair_set_up (CrPairFixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  memset (f, 0, sizeof *f);
  f->clock = (CrClock){moved_monotonic_us, moved_wall_us, f};
  cr_pair_open_worker (f, 2);
  f->loop = cr_light_loop_new (NULL);
  f->relay = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  f->guest = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
}

void
cr_pair_tear_down (CrPairFixture *f, gconstpointer data)
{
  cr_light_loop_free (f->loop);
  cr_worker_free (f->worker);
  cr_dtls_identity_free (f->relay);
  cr_dtls_identity_free (f->guest);
}

void
cr_pair_nothing (gpointer data)
{
}

void
cr_pair_move_time (CrPairFixture *f, gint64 by_us)
{
  __atomic_add_fetch (&f->offset_us, by_us, __ATOMIC_SEQ_CST);
  cr_media_invoke_sync (f->worker, cr_pair_nothing, NULL); /* one turn sees the new time */
  cr_media_invoke_sync (f->worker, cr_pair_nothing, NULL); /* and its timers have run when the next begins */
}

/* --- handlers --- */

static void
on_connected (CrPeer *peer, gpointer data)
{
  g_atomic_int_inc (&((CrPair *)data)->connected);
}

static void
on_rtp (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  CrPair *pair = data;

  memcpy (pair->last_rtp, packet, MIN (length_bytes, sizeof pair->last_rtp));
  g_atomic_int_inc (&pair->rtp);
}

static void
on_rtcp (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  g_atomic_int_inc (&((CrPair *)data)->rtcp);
}

static void
on_closed (CrPeer *peer, CrPeerEnd end, gpointer data)
{
  CrPair *pair = data;

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
  ((CrPair *)data)->light_connected++;
}

static void
on_light_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  ((CrPair *)data)->light_rtp++;
}

static void
on_light_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  ((CrPair *)data)->light_rtcp++;
}

static void
on_light_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  CrPair *pair = data;

  pair->light_closed++;
  pair->light_end = (gint)end;
  cr_light_peer_free (peer);
  pair->light = NULL;
}

static const CrLightPeerHandler light_handler = {on_light_connected, on_light_rtp, on_light_rtcp,
                                                 on_light_closed};

void
cr_pair_start_peer (gpointer data)
{
  CrPair *pair = data;

  cr_peer_start (pair->peer, pair->f->worker, &peer_handler, pair);
}

void
cr_pair_stop_peer (gpointer data)
{
  CrPair *pair = data;

  if (pair->peer != NULL)
    cr_peer_stop (pair->peer);
}

static gchar *
make_answer (CrPair *pair, const gchar *fingerprint)
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

void
cr_pair_open_with (CrPair *pair, const gchar *relay_print, const gchar *guest_print)
{
  g_autofree gchar *guest_line = g_strconcat ("sha-256 ", guest_print, NULL);
  g_autofree gchar *answer = NULL;
  g_autoptr (GError) error = NULL;

  cr_ice_credentials_generate (&pair->local);
  pair->light = cr_light_peer_new (pair->f->loop, pair->f->guest, &light_handler, pair);
  cr_light_peer_set_transport (pair->light, pair->transport);
  pair->peer = cr_peer_new ("p1", pair->f->relay, &pair->local, cr_light_peer_get_ufrag (pair->light),
                            guest_line, pair->role);
  cr_media_invoke_sync (pair->f->worker, cr_pair_start_peer, pair);
  answer = make_answer (pair, relay_print);
  g_assert_true (cr_light_peer_start (pair->light, answer, &error));
  g_assert_no_error (error);
}

void
cr_pair_open (CrPair *pair)
{
  cr_pair_open_with (pair, cr_dtls_identity_get_fingerprint (pair->f->relay),
                     cr_dtls_identity_get_fingerprint (pair->f->guest));
}

void
cr_pair_connect (CrPair *pair)
{
  cr_pair_open (pair);
  CR_PAIR_WAIT_FOR (g_atomic_int_get (&pair->connected) && pair->light_connected);
  g_assert_true (cr_light_peer_is_connected (pair->light));
}

void
cr_pair_close (CrPair *pair)
{
  cr_media_invoke_sync (pair->f->worker, cr_pair_stop_peer, pair);
  cr_peer_free (pair->peer);
  cr_light_peer_free (pair->light);
  pair->peer = NULL;
  pair->light = NULL;
}

void
cr_pair_fill_packet (guint8 *packet, guint16 seq)
{
  memset (packet, 0x5a, 60);
  memcpy (packet, (const guint8[]){0x80, 96, (guint8)(seq >> 8), (guint8)seq, 0, 0, 0, 1, 0, 0, 0, 77}, 12);
}

static void
send_from_relay (gpointer data)
{
  CrPairSending *sending = data;
  guint8 packet[60];
  guint8 report[28] = {0x80, 200, 0, 6, 0, 0, 0, 77};
  CrSrtpParts parts = {packet, 12, packet + 12, 3, packet + 15, 45, sending->seq};

  cr_pair_fill_packet (packet, sending->seq);
  sending->sent = cr_peer_send_rtp (sending->pair->peer, &parts) &&
                  cr_peer_send_rtcp (sending->pair->peer, report, sizeof report);
}

static guint16 next_seq = 100;

/* One RTP and one RTCP packet each way. */
void
cr_pair_assert_media_flows (CrPair *pair)
{
  gint rtp = g_atomic_int_get (&pair->rtp), rtcp = g_atomic_int_get (&pair->rtcp);
  gint light_rtp = pair->light_rtp, light_rtcp = pair->light_rtcp;
  CrPairSending sending = {pair, next_seq++, FALSE};
  guint8 report[8] = {0x80, 201, 0, 1, 0, 0, 0, 78};
  guint8 packet[60];

  cr_media_invoke_sync (pair->f->worker, send_from_relay, &sending);
  g_assert_true (sending.sent);
  cr_pair_fill_packet (packet, sending.seq);
  g_assert_true (cr_light_peer_send_rtp_packet (pair->light, packet, sizeof packet, sending.seq));
  g_assert_true (cr_light_peer_send_rtcp (pair->light, report, sizeof report));
  CR_PAIR_WAIT_FOR (pair->light_rtp > light_rtp && pair->light_rtcp > light_rtcp &&
                    g_atomic_int_get (&pair->rtp) > rtp && g_atomic_int_get (&pair->rtcp) > rtcp);
  g_assert_cmpmem (pair->last_rtp, sizeof packet, packet, sizeof packet);
}

typedef struct {
  CrPair *pair;
  guint16 port;
} PortQuery;

static void
query_port (gpointer data)
{
  PortQuery *query = data;
  const CrPath *path = cr_peer_get_path (query->pair->peer);

  query->port = path != NULL ? path->remote.port : 0;
}

guint16
cr_pair_remote_port (CrPair *pair)
{
  PortQuery query = {pair, 0};

  cr_media_invoke_sync (pair->f->worker, query_port, &query);
  return query.port;
}

/* A check as a controlling agent writes it, into at least 512 bytes. */
gsize
cr_pair_write_check (const CrIceCredentials *local, const gchar *remote_ufrag, gboolean use_candidate,
                     guint8 *out)
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

typedef struct {
  CrPair *pair;
  CrPeerState state;
} StateQuery;

static void
query_state (gpointer data)
{
  StateQuery *query = data;

  query->state = cr_peer_get_state (query->pair->peer);
}

CrPeerState
cr_pair_state (CrPair *pair)
{
  StateQuery query = {pair, CR_PEER_NEW};

  cr_media_invoke_sync (pair->f->worker, query_state, &query);
  return query.state;
}

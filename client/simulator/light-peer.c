/* SPDX-License-Identifier: Apache-2.0
 *
 * A light peer moves when its wire brings something or its one timer fires. An end is only noted where it is
 * found and acted on as the last thing of a turn, since `on_closed` may free the peer.
 */
#include "light-peer.h"
#include "light-internal.h"

#include "rtc/counter.h"
#include "rtc/demux.h"
#include "rtc/media-types.h"
#include "rtc/rtp-packet.h"
#include "rtc/srtp-open.h"

#include <string.h>

#define CONSENT_EXPIRES_US (30 * G_USEC_PER_SEC) /* RFC 7675 section 5.1 */

/* Where UDP passes at all, one of the checks of this time does; who waits longer waits for nothing. */
#define FALL_BACK_US (2 * G_USEC_PER_SEC)

typedef enum { IDLE, CHECKING, HANDSHAKING, CONNECTED, CLOSED } State;

struct CrLightPeer {
  CrLightLoop *loop;
  CrDtlsIdentity *identity;
  const CrLightPeerHandler *handler;
  gpointer data;
  CrLightTransport transport;
  CrLightWire *wire;
  CrTimer timer;
  State state;
  gboolean leave_sealed;
  gboolean ending;
  CrLightEnd end;

  CrIceCredentials local;
  CrIceCredentials next_local; /* of a restart that is not finished */
  gboolean restarting;
  CrLightAnswer *answer; /* its candidates are those of our transport */
  CrLightIce ice;
  gint tcp_candidate;  /* being connected to */
  gint64 fall_back_us; /* to these; G_MAXINT64: never */
  guint n_fall_back;
  CrLightCandidate fall_back[CR_LIGHT_MAX_CANDIDATES];
  gboolean has_remote;
  CrAddress remote; /* in use; survives a restart until the next nomination */
  gint64 last_answer_us;

  CrDtls *dtls;
  CrSrtpOpen *open;
  CrSrtpSeal *seal;
};

static void on_timer (CrTimer *timer, gint64 now_us, gpointer data);
static const CrLightWireHandler wire_handler;

CrLightPeer *
cr_light_peer_new (CrLightLoop *loop, CrDtlsIdentity *identity, const CrLightPeerHandler *handler,
                   gpointer data)
{
  CrLightPeer *peer = g_new0 (CrLightPeer, 1);

  peer->loop = loop;
  peer->identity = identity;
  peer->handler = handler;
  peer->data = data;
  peer->wire = cr_light_wire_new (loop, &wire_handler, peer);
  peer->timer.func = on_timer;
  peer->timer.data = peer;
  peer->fall_back_us = G_MAXINT64;
  cr_light_ice_init (&peer->ice, cr_light_loop_get_stun (loop));
  cr_ice_credentials_generate (&peer->local);
  return peer;
}

void
cr_light_peer_free (CrLightPeer *peer)
{
  if (peer == NULL)
    return;
  cr_light_loop_disarm_timer (peer->loop, &peer->timer);
  cr_light_wire_free (peer->wire);
  cr_dtls_free (peer->dtls);
  cr_srtp_open_free (peer->open);
  cr_srtp_seal_free (peer->seal);
  cr_light_answer_free (peer->answer);
  g_free (peer);
}

void
cr_light_peer_set_transport (CrLightPeer *peer, CrLightTransport transport)
{
  peer->transport = transport;
}

void
cr_light_peer_leave_sealed (CrLightPeer *peer)
{
  peer->leave_sealed = TRUE;
}

void
cr_light_peer_stamp_arrivals (CrLightPeer *peer)
{
  cr_light_wire_stamp_arrivals (peer->wire);
}

const gchar *
cr_light_peer_get_ufrag (CrLightPeer *peer)
{
  return peer->restarting ? peer->next_local.ufrag : peer->local.ufrag;
}

const gchar *
cr_light_peer_get_password (CrLightPeer *peer)
{
  return peer->restarting ? peer->next_local.password : peer->local.password;
}

const gchar *
cr_light_peer_get_fingerprint (CrLightPeer *peer)
{
  return cr_dtls_identity_get_fingerprint (peer->identity);
}

gboolean
cr_light_peer_is_connected (CrLightPeer *peer)
{
  return peer->state == CONNECTED;
}

CrSrtpProfile
cr_light_peer_get_profile (CrLightPeer *peer)
{
  return peer->seal != NULL ? cr_srtp_seal_get_profile (peer->seal) : 0;
}

const gchar *
cr_light_peer_get_failure (CrLightPeer *peer)
{
  return peer->dtls != NULL ? cr_dtls_get_failure (peer->dtls) : NULL;
}

guint16
cr_light_peer_get_local_port (CrLightPeer *peer)
{
  return peer->transport == CR_LIGHT_UDP ? cr_light_wire_get_local_port (peer->wire) : 0;
}

/* --- the end --- */

static void
note_end (CrLightPeer *peer, CrLightEnd end)
{
  if (peer->ending || peer->state == CLOSED)
    return;
  peer->ending = TRUE;
  peer->end = end;
}

/* The handler may free the peer: nothing touches it after this. */
static void
conclude (CrLightPeer *peer)
{
  if (!peer->ending)
    return;
  peer->ending = FALSE;
  peer->state = CLOSED;
  cr_light_loop_disarm_timer (peer->loop, &peer->timer);
  if (peer->handler->on_closed != NULL)
    peer->handler->on_closed (peer, peer->end, peer->data);
}

/* --- time --- */

static void
arm_timer (CrLightPeer *peer)
{
  gint64 deadline_us = MIN (peer->ice.due_us, peer->last_answer_us + CONSENT_EXPIRES_US);
  gint64 timeout_us = peer->state == HANDSHAKING ? cr_dtls_get_timeout_us (peer->dtls) : -1;

  if (peer->state == CHECKING)
    deadline_us = MIN (deadline_us, peer->fall_back_us);
  if (peer->ending)
    deadline_us = cr_light_loop_now_us (peer->loop);
  else if (timeout_us >= 0)
    deadline_us = MIN (deadline_us, cr_light_loop_now_us (peer->loop) + timeout_us);
  cr_light_loop_arm_timer (peer->loop, &peer->timer, deadline_us);
}

/* --- checks --- */

static void
send_due_check (CrLightPeer *peer, gint64 now_us)
{
  guint8 request[CR_LIGHT_CHECK_MAX_BYTES];
  CrAddress to;
  gsize n = cr_light_ice_write_due (&peer->ice, now_us, request, &to);

  cr_light_wire_send (peer->wire, &to, request, n);
}

/* The other side's own check, when it is no lite agent: it came from the candidate that is in use, or will
 * be.
 */
static gboolean
answer_check (CrLightPeer *peer, guint8 *data, gsize length_bytes)
{
  const CrAddress *remote = &peer->ice.candidates[MAX (peer->ice.chosen, 0)].address;
  guint8 reply[CR_LIGHT_CHECK_MAX_BYTES];
  gsize n;

  if (peer->ice.n_candidates == 0)
    return FALSE;
  n = cr_light_check_answer (cr_light_loop_get_stun (peer->loop), &peer->local, remote, data, length_bytes,
                             reply);
  return n > 0 && cr_light_wire_send (peer->wire, remote, reply, n);
}

static void after_dtls (CrLightPeer *peer);

static void
receive_response (CrLightPeer *peer, const guint8 *data, gsize length_bytes)
{
  gint64 now_us = cr_light_loop_now_us (peer->loop);
  CrAddress remote;
  CrLightIceNews news = cr_light_ice_receive (&peer->ice, data, length_bytes, now_us, &remote);

  if (news == CR_LIGHT_ICE_JUNK) {
    cr_counter_add (&cr_light_loop_stats (peer->loop)->dropped_malformed, 1);
    return;
  }
  peer->last_answer_us = now_us;
  if (news != CR_LIGHT_ICE_NOMINATED)
    return;
  peer->has_remote = TRUE;
  peer->remote = remote;
  if (peer->state != CHECKING)
    return;
  peer->state = HANDSHAKING;
  cr_dtls_start (peer->dtls);
  after_dtls (peer);
}

/* --- DTLS --- */

static void
send_dtls (const guint8 *data, gsize length_bytes, gpointer user_data)
{
  CrLightPeer *peer = user_data;

  if (peer->has_remote)
    cr_light_wire_send (peer->wire, &peer->remote, data, length_bytes);
}

static void
become_connected (CrLightPeer *peer)
{
  const CrSrtpKeys *keys = cr_dtls_get_keys (peer->dtls);

  peer->open = cr_srtp_open_new (keys);
  peer->seal = cr_srtp_seal_new (keys);
  peer->state = CONNECTED;
  if (peer->handler->on_connected != NULL)
    peer->handler->on_connected (peer, peer->data);
}

static void
after_dtls (CrLightPeer *peer)
{
  switch (cr_dtls_get_state (peer->dtls)) {
  case CR_DTLS_HANDSHAKING:
    return;
  case CR_DTLS_CONNECTED:
    if (peer->state == CHECKING || peer->state == HANDSHAKING)
      become_connected (peer);
    return;
  case CR_DTLS_CLOSED:
    note_end (peer, CR_LIGHT_END_CLOSE_NOTIFY);
    return;
  case CR_DTLS_FAILED:
    note_end (peer, CR_LIGHT_END_DTLS_FAILED);
    return;
  }
}

static gboolean connect_first (CrLightPeer *peer, GError **error);

/* UDP does not pass. */
static void
fall_back (CrLightPeer *peer)
{
  peer->fall_back_us = G_MAXINT64;
  peer->transport = CR_LIGHT_TCP;
  peer->answer->n_candidates = peer->n_fall_back;
  memcpy (peer->answer->candidates, peer->fall_back, sizeof peer->fall_back);
  if (!connect_first (peer, NULL))
    note_end (peer, CR_LIGHT_END_EXPIRED);
}

static void
on_timer (CrTimer *timer, gint64 now_us, gpointer data)
{
  CrLightPeer *peer = data;

  if (now_us - peer->last_answer_us >= CONSENT_EXPIRES_US)
    note_end (peer, CR_LIGHT_END_EXPIRED);
  if (!peer->ending && peer->state == HANDSHAKING && cr_dtls_get_timeout_us (peer->dtls) == 0) {
    cr_dtls_handle_timeout (peer->dtls);
    after_dtls (peer);
  }
  if (!peer->ending && peer->state == CHECKING && peer->ice.chosen < 0 && now_us >= peer->fall_back_us)
    fall_back (peer);
  if (!peer->ending && now_us >= peer->ice.due_us)
    send_due_check (peer, now_us);
  if (!peer->ending)
    arm_timer (peer);
  conclude (peer);
}

/* --- what arrives --- */

static void
receive_media (CrLightPeer *peer, CrPacketKind kind, guint8 *packet, gsize length_bytes)
{
  gboolean is_rtp = kind == CR_PACKET_RTP;
  void (*func) (CrLightPeer *, guint8 *, gsize, gint64, gpointer) =
      is_rtp ? peer->handler->on_rtp : peer->handler->on_rtcp;

  if (peer->open == NULL)
    return;
  if (is_rtp ? !peer->leave_sealed && !cr_srtp_open_rtp (peer->open, packet, &length_bytes)
             : !cr_srtp_open_rtcp (peer->open, packet, &length_bytes)) {
    cr_counter_add (&cr_light_loop_stats (peer->loop)->dropped_srtp, 1);
    return;
  }
  if (func != NULL)
    func (peer, packet, length_bytes, cr_light_loop_now_us (peer->loop), peer->data);
}

static gboolean
on_packet (guint8 *packet, gsize length_bytes, gpointer data)
{
  CrLightPeer *peer = data;
  CrPacketKind kind = cr_demux (packet, length_bytes);

  if (peer->ending || peer->state == IDLE || peer->state == CLOSED)
    return FALSE;
  switch (kind) {
  case CR_PACKET_STUN:
    if (!answer_check (peer, packet, length_bytes))
      receive_response (peer, packet, length_bytes);
    break;
  case CR_PACKET_DTLS:
    cr_dtls_receive (peer->dtls, packet, length_bytes);
    after_dtls (peer);
    break;
  case CR_PACKET_RTP:
  case CR_PACKET_RTCP:
    receive_media (peer, kind, packet, length_bytes);
    break;
  case CR_PACKET_UNKNOWN:
    cr_counter_add (&cr_light_loop_stats (peer->loop)->dropped_malformed, 1);
    break;
  }
  return !peer->ending && peer->state != CLOSED;
}

/* The TCP connection is there: it is the one candidate. */
static void
on_ready (gpointer data)
{
  CrLightPeer *peer = data;

  cr_light_ice_begin (&peer->ice, &peer->local, peer->answer, &peer->answer->candidates[peer->tcp_candidate],
                      1, cr_light_loop_now_us (peer->loop));
}

/* Connects to the next TCP candidate there is. FALSE when none is left. */
static gboolean
connect_next (CrLightPeer *peer)
{
  peer->ice.due_us = G_MAXINT64; /* no check before the connection */
  peer->ice.nominated = FALSE;
  while (++peer->tcp_candidate < (gint)peer->answer->n_candidates) {
    if (cr_light_wire_open_tcp (peer->wire, &peer->answer->candidates[peer->tcp_candidate].address, NULL))
      return TRUE;
  }
  return FALSE;
}

static void
on_turn_ended (gboolean broken, gpointer data)
{
  CrLightPeer *peer = data;

  if (broken && peer->state != CLOSED && (peer->ice.nominated || !connect_next (peer)))
    note_end (peer, CR_LIGHT_END_LINK_CLOSED);
  if (!peer->ending && peer->state != IDLE && peer->state != CLOSED)
    arm_timer (peer);
  conclude (peer);
}

static const CrLightWireHandler wire_handler = {on_packet, on_ready, on_turn_ended};

/* --- what the owner asks --- */

/* The choice is made here: TCP stays possible where both were offered. */
static void
choose_transport (CrLightPeer *peer, const CrLightAnswer *answer)
{
  if (peer->transport != CR_LIGHT_UDP_OR_TCP)
    return;
  for (guint i = 0; i < answer->n_candidates; i++) {
    if (answer->candidates[i].tcp)
      peer->fall_back[peer->n_fall_back++] = answer->candidates[i];
  }
  if (peer->n_fall_back > 0)
    peer->fall_back_us = cr_light_loop_now_us (peer->loop) + FALL_BACK_US;
  peer->transport =
      peer->n_fall_back > 0 && peer->n_fall_back == answer->n_candidates ? CR_LIGHT_TCP : CR_LIGHT_UDP;
}

/* Leaves only the candidates of the peer's transport. */
static gboolean
keep_usable (CrLightPeer *peer, CrLightAnswer *answer, GError **error)
{
  guint n = 0;

  for (guint i = 0; i < answer->n_candidates; i++) {
    if (answer->candidates[i].tcp == (peer->transport == CR_LIGHT_TCP))
      answer->candidates[n++] = answer->candidates[i];
  }
  answer->n_candidates = n;
  if (n == 0)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The answer has no %s candidate",
                 peer->transport == CR_LIGHT_TCP ? "TCP" : "UDP");
  return n > 0;
}

static gboolean
connect_first (CrLightPeer *peer, GError **error)
{
  peer->tcp_candidate = -1;
  if (connect_next (peer))
    return TRUE;
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED,
                       "No TCP candidate can be connected to");
  return FALSE;
}

static void
begin_checks (CrLightPeer *peer)
{
  cr_light_ice_begin (&peer->ice, &peer->local, peer->answer, peer->answer->candidates,
                      peer->answer->n_candidates, cr_light_loop_now_us (peer->loop));
}

/* With TCP the check follows when the connection is there. */
static gboolean
open_wire (CrLightPeer *peer, GError **error)
{
  if (peer->transport == CR_LIGHT_TCP)
    return connect_first (peer, error);
  if (!cr_light_wire_open_udp (peer->wire, error))
    return FALSE;
  begin_checks (peer);
  return TRUE;
}

gboolean
cr_light_peer_start (CrLightPeer *peer, const gchar *answer_sdp, GError **error)
{
  g_autoptr (CrLightAnswer) answer = NULL;

  g_return_val_if_fail (peer->state == IDLE, FALSE);
  answer = cr_light_answer_parse (answer_sdp, error);
  if (answer == NULL)
    return FALSE;
  choose_transport (peer, answer);
  if (!keep_usable (peer, answer, error))
    return FALSE;
  if (answer->fingerprint == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "The answer has no fingerprint");
    return FALSE;
  }
  peer->answer = g_steal_pointer (&answer);
  if (!open_wire (peer, error))
    return FALSE;
  peer->dtls = cr_dtls_new (peer->identity, peer->answer->role, peer->answer->fingerprint, send_dtls, peer);
  peer->last_answer_us = cr_light_loop_now_us (peer->loop);
  peer->state = CHECKING;
  arm_timer (peer);
  return TRUE;
}

void
cr_light_peer_begin_restart (CrLightPeer *peer)
{
  cr_ice_credentials_generate (&peer->next_local);
  peer->restarting = TRUE;
}

gboolean
cr_light_peer_finish_restart (CrLightPeer *peer, const gchar *fragment, GError **error)
{
  g_autoptr (CrLightAnswer) answer = cr_light_answer_parse (fragment, error);

  g_return_val_if_fail (peer->restarting && peer->answer != NULL, FALSE);
  if (answer == NULL)
    return FALSE;
  if (answer->n_candidates == 0) { /* those of before */
    memcpy (answer->candidates, peer->answer->candidates, sizeof answer->candidates);
    answer->n_candidates = peer->answer->n_candidates;
  } else if (!keep_usable (peer, answer, error)) {
    return FALSE;
  }
  cr_light_answer_free (peer->answer);
  peer->answer = g_steal_pointer (&answer);
  peer->local = peer->next_local;
  peer->restarting = FALSE;
  if (peer->transport == CR_LIGHT_UDP)
    begin_checks (peer);
  else /* over the connection that is open, whichever candidate it came from */
    cr_light_ice_begin (&peer->ice, &peer->local, peer->answer, peer->answer->candidates, 1,
                        cr_light_loop_now_us (peer->loop));
  arm_timer (peer);
  return TRUE;
}

gboolean
cr_light_peer_rebind (CrLightPeer *peer, GError **error)
{
  g_return_val_if_fail (peer->state != IDLE && peer->state != CLOSED, FALSE);
  if (peer->transport == CR_LIGHT_TCP ? !connect_first (peer, error)
                                      : !cr_light_wire_open_udp (peer->wire, error))
    return FALSE;
  if (peer->transport == CR_LIGHT_UDP)
    cr_light_ice_check_again (&peer->ice, cr_light_loop_now_us (peer->loop));
  arm_timer (peer);
  return TRUE;
}

gboolean
cr_light_peer_send_raw (CrLightPeer *peer, const guint8 *data, gsize length_bytes)
{
  if (!peer->has_remote)
    return FALSE;
  return cr_light_wire_send (peer->wire, &peer->remote, data, length_bytes);
}

void
cr_light_peer_cork (CrLightPeer *peer)
{
  cr_light_wire_cork (peer->wire);
}

void
cr_light_peer_uncork (CrLightPeer *peer)
{
  cr_light_wire_uncork (peer->wire);
}

gboolean
cr_light_peer_send_rtp (CrLightPeer *peer, const CrSrtpParts *parts)
{
  guint8 sealed[CR_MAX_DATAGRAM_BYTES + CR_SRTP_MAX_TAG_BYTES];
  gsize n;

  if (peer->state != CONNECTED ||
      parts->header_bytes + parts->prefix_bytes + parts->payload_bytes + parts->padding_bytes >
          CR_MAX_DATAGRAM_BYTES)
    return FALSE;
  n = cr_srtp_seal_rtp (peer->seal, parts, sealed);
  return n > 0 && cr_light_peer_send_raw (peer, sealed, n);
}

gboolean
cr_light_peer_send_rtp_packet (CrLightPeer *peer, const guint8 *packet, gsize length_bytes, guint64 index)
{
  CrSrtpParts parts = {.header = packet, .index = index};
  CrRtpPacket parsed;

  if (!cr_rtp_packet_parse (&parsed, packet, length_bytes))
    return FALSE;
  parts.header_bytes = parsed.header_bytes;
  parts.payload = packet + parsed.header_bytes;
  parts.payload_bytes = length_bytes - parsed.header_bytes; /* padding is sealed too */
  return cr_light_peer_send_rtp (peer, &parts);
}

gboolean
cr_light_peer_send_rtcp (CrLightPeer *peer, const guint8 *compound, gsize length_bytes)
{
  guint8 sealed[CR_MAX_DATAGRAM_BYTES + CR_SRTCP_MAX_TRAILER_BYTES];

  if (peer->state != CONNECTED || length_bytes > CR_MAX_DATAGRAM_BYTES)
    return FALSE;
  memcpy (sealed, compound, length_bytes);
  return cr_srtp_seal_rtcp (peer->seal, sealed, &length_bytes) &&
         cr_light_peer_send_raw (peer, sealed, length_bytes);
}

void
cr_light_peer_close (CrLightPeer *peer)
{
  if (peer->state == CLOSED)
    return;
  if (peer->dtls != NULL)
    cr_dtls_close (peer->dtls);
  cr_light_wire_flush (peer->wire);
  peer->state = CLOSED;
  peer->ending = FALSE;
  cr_light_loop_disarm_timer (peer->loop, &peer->timer);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The transport of one peer as a state machine that moves only when the worker hands it a datagram or its one
 * timer fires. Whatever may end the peer does so as its last act, since `on_closed` may free it.
 *
 *   worker -> cr_peer_receive -> check -> ice   -> reply, validated tuple, nomination
 *                             -> dtls  -> keys  -> srtp-open and srtp-seal
 *                             -> srtp  -> srtp-open -> on_rtp, on_rtcp
 *
 * Off the path, and between its steps 2 and 4; from: worker; to: handler; thread: media; allocates: per
 * handshake, never per packet; on failure: the packet is dropped and counted.
 */
#include "rtc/peer.h"
#include "rtc/peer-paths.h"

#include "base/log.h"
#include "rtc/counter.h"
#include "rtc/demux.h"
#include "rtc/media-types.h"
#include "rtc/srtp-open.h"
#include "rtc/tcp-link.h"

#include <string.h>

/* A half-open association costs 80 KB: one that has not ended by now is given up. Six flights of ours can be
 * lost before. */
#define HANDSHAKE_US (12 * G_USEC_PER_SEC)

typedef struct {
  CrIceCredentials local;
  gchar *remote_ufrag;
} Generation;

struct CrPeer {
  gchar *id;
  CrDtlsIdentity *identity;
  gchar *remote_fingerprint;
  CrDtlsRole role;
  Generation current;
  Generation previous; /* of before an ICE restart; remote_ufrag is NULL when there is none */

  CrWorker *worker; /* NULL before cr_peer_start() */
  const CrPeerHandler *handler;
  gpointer handler_data;
  CrPeerState state;
  CrTimer timer;

  CrPeerPaths paths;
  gint dtls_path; /* where the other side's last DTLS datagram came from; used before a pair is nominated */

  CrDtls *dtls;
  CrSrtpOpen *open;
  CrSrtpSeal *seal;
  gint64 started_us;
  gint64 handshake_started_us;
  gint64 last_heard_us;
};

CrPeer *
cr_peer_new (const gchar *id, CrDtlsIdentity *identity, const CrIceCredentials *local,
             const gchar *remote_ufrag, const gchar *remote_fingerprint, CrDtlsRole role)
{
  CrPeer *peer = g_new0 (CrPeer, 1);

  peer->id = g_strdup (id);
  peer->identity = identity;
  peer->remote_fingerprint = g_strdup (remote_fingerprint);
  peer->role = role;
  peer->current.local = *local;
  peer->current.remote_ufrag = g_strdup (remote_ufrag);
  peer->state = CR_PEER_NEW;
  peer->dtls_path = -1;
  cr_peer_paths_init (&peer->paths);
  return peer;
}

void
cr_peer_free (CrPeer *peer)
{
  if (peer == NULL)
    return;
  g_assert (peer->worker == NULL || peer->state == CR_PEER_CLOSED);
  cr_dtls_free (peer->dtls);
  cr_srtp_open_free (peer->open);
  cr_srtp_seal_free (peer->seal);
  g_free (peer->current.remote_ufrag);
  g_free (peer->previous.remote_ufrag);
  g_free (peer->remote_fingerprint);
  g_free (peer->id);
  g_free (peer);
}

const gchar *
cr_peer_get_id (CrPeer *peer)
{
  return peer->id;
}

CrPeerState
cr_peer_get_state (CrPeer *peer)
{
  return peer->state;
}

CrWorker *
cr_peer_get_worker (CrPeer *peer)
{
  return peer->worker;
}

const CrPath *
cr_peer_get_path (CrPeer *peer)
{
  return peer->paths.selected >= 0 ? &peer->paths.paths[peer->paths.selected] : NULL;
}

CrSrtpProfile
cr_peer_get_profile (CrPeer *peer)
{
  return peer->seal != NULL ? cr_srtp_seal_get_profile (peer->seal) : 0;
}

gint64
cr_peer_get_last_heard_us (CrPeer *peer)
{
  return peer->last_heard_us;
}

/* --- the end --- */

static void
forget_previous_generation (CrPeer *peer)
{
  if (peer->previous.remote_ufrag == NULL)
    return;
  cr_worker_remove_ufrag (peer->worker, peer->previous.local.ufrag);
  g_clear_pointer (&peer->previous.remote_ufrag, g_free);
}

/* Leaves nothing of the peer in the worker. */
static void
detach (CrPeer *peer)
{
  if (peer->dtls != NULL)
    cr_dtls_close (peer->dtls); /* over the path that is about to be forgotten */
  if (peer->state == CR_PEER_HANDSHAKING)
    cr_worker_handshake_ended (peer->worker, peer);
  peer->state = CR_PEER_CLOSED;

  cr_worker_disarm_timer (peer->worker, &peer->timer);
  forget_previous_generation (peer);
  cr_worker_remove_ufrag (peer->worker, peer->current.local.ufrag);
  while (peer->paths.n > 0) {
    cr_worker_unbind_path (peer->worker, &peer->paths.paths[peer->paths.n - 1]);
    cr_peer_paths_remove (&peer->paths, peer->paths.n - 1);
  }
  peer->dtls_path = -1;
  cr_worker_remove_peer (peer->worker, peer);
  g_clear_pointer (&peer->dtls, cr_dtls_free); /* a closed peer may wait for its owner; 80 KB need not */
}

/* The handler may free the peer: nothing touches it after this. */
static void
end (CrPeer *peer, CrPeerEnd reason)
{
  if (peer->state == CR_PEER_CLOSED)
    return;
  detach (peer);
  if (peer->handler->on_closed != NULL)
    peer->handler->on_closed (peer, reason, peer->handler_data);
}

static void
end_for_dtls (CrPeer *peer, const gchar *reason)
{
  cr_log (CR_LOG_INFO, "dtls-failed", "peer", peer->id, "reason", reason, NULL);
  end (peer, CR_PEER_END_DTLS_FAILED);
}

void
cr_peer_stop (CrPeer *peer)
{
  if (peer->worker == NULL || peer->state == CR_PEER_CLOSED)
    return;
  cr_assert_media (peer->worker);
  detach (peer);
  cr_send_batch_flush (cr_worker_get_batch (peer->worker)); /* the farewell must not wait for a next turn */
}

/* --- time --- */

static gint64
expires_us (const CrPeer *peer)
{
  return (peer->state == CR_PEER_CONNECTED ? peer->last_heard_us : peer->started_us) + CR_PEER_CONSENT_US;
}

/* The timer is not moved with each packet: when it fires too early it is armed for the rest. */
static void
arm_timer (CrPeer *peer, gint64 now_us)
{
  gint64 deadline_us = expires_us (peer);

  if (peer->state == CR_PEER_HANDSHAKING) {
    gint64 timeout_us = cr_dtls_get_timeout_us (peer->dtls);

    deadline_us = MIN (deadline_us, peer->handshake_started_us + HANDSHAKE_US);
    if (timeout_us >= 0)
      deadline_us = MIN (deadline_us, now_us + timeout_us);
  }
  cr_worker_arm_timer (peer->worker, &peer->timer, deadline_us);
}

static void after_dtls (CrPeer *peer, gint64 now_us);

static void
on_timer (CrTimer *timer, gint64 now_us, gpointer data)
{
  CrPeer *peer = data;

  if (now_us >= expires_us (peer)) {
    end (peer, CR_PEER_END_EXPIRED);
    return;
  }
  if (peer->state != CR_PEER_HANDSHAKING) {
    arm_timer (peer, now_us);
    return;
  }
  if (now_us - peer->handshake_started_us >= HANDSHAKE_US) {
    end_for_dtls (peer, "the handshake took too long");
    return;
  }
  cr_dtls_handle_timeout (peer->dtls);
  after_dtls (peer, now_us);
}

/* --- DTLS --- */

/* The pair in use; before there is one, the validated tuple that DTLS came from. */
static void
send_dtls (const guint8 *data, gsize length_bytes, gpointer user_data)
{
  CrPeer *peer = user_data;
  gint index = peer->paths.selected >= 0 ? peer->paths.selected : peer->dtls_path;

  if (index >= 0)
    cr_send_batch_add (cr_worker_get_batch (peer->worker), &peer->paths.paths[index], data, length_bytes);
}

static void
begin_handshake (CrPeer *peer, gint64 now_us)
{
  peer->dtls = cr_dtls_new (peer->identity, peer->role, peer->remote_fingerprint, send_dtls, peer);
  peer->state = CR_PEER_HANDSHAKING;
  peer->handshake_started_us = now_us;
  cr_worker_handshake_started (peer->worker, peer);
}

static void
become_connected (CrPeer *peer, gint64 now_us)
{
  const CrSrtpKeys *keys = cr_dtls_get_keys (peer->dtls);

  peer->open = cr_srtp_open_new (keys);
  peer->seal = cr_srtp_seal_new (keys);
  peer->state = CR_PEER_CONNECTED;
  peer->last_heard_us = now_us;
  cr_worker_handshake_ended (peer->worker, peer);
  arm_timer (peer, now_us);
  if (peer->handler->on_connected != NULL)
    peer->handler->on_connected (peer, peer->handler_data);
}

/* Draws the conclusions of a step of DTLS. May end the peer. */
static void
after_dtls (CrPeer *peer, gint64 now_us)
{
  switch (cr_dtls_get_state (peer->dtls)) {
  case CR_DTLS_HANDSHAKING:
    arm_timer (peer, now_us);
    return;
  case CR_DTLS_CONNECTED:
    if (peer->state == CR_PEER_HANDSHAKING)
      become_connected (peer, now_us);
    return;
  case CR_DTLS_CLOSED:
    end (peer, CR_PEER_END_CLOSE_NOTIFY);
    return;
  case CR_DTLS_FAILED:
    end_for_dtls (peer, cr_dtls_get_failure (peer->dtls));
    return;
  }
}

static void
receive_dtls (CrPeer *peer, gint index, const guint8 *data, gsize length_bytes, gint64 now_us)
{
  if (peer->state == CR_PEER_NEW) {
    if (peer->role == CR_DTLS_CLIENT) /* ours begins with the nomination */
      return;
    begin_handshake (peer, now_us);
  }
  peer->dtls_path = index;
  cr_dtls_receive (peer->dtls, data, length_bytes);
  after_dtls (peer, now_us);
}

void
cr_peer_drop_handshake (CrPeer *peer)
{
  if (peer->state == CR_PEER_HANDSHAKING)
    end_for_dtls (peer, "too many handshakes at once");
}

/* --- connectivity checks --- */

/* The latest nomination wins (RFC 8445 section 8.1.1), which is also how a NAT's new mapping is followed. May
 * end the peer. */
static void
nominate (CrPeer *peer, gint index, const Generation *generation, gint64 now_us)
{
  peer->paths.selected = index;
  if (generation == &peer->current)
    forget_previous_generation (peer);
  if (peer->state != CR_PEER_NEW || peer->role != CR_DTLS_CLIENT)
    return;
  begin_handshake (peer, now_us);
  cr_dtls_start (peer->dtls);
  after_dtls (peer, now_us);
}

static gint
validate_path (CrPeer *peer, const CrPath *path)
{
  CrPath evicted;
  gboolean has_evicted;
  gint index = cr_peer_paths_validate (&peer->paths, path, &evicted, &has_evicted);

  if (has_evicted) {
    cr_worker_unbind_path (peer->worker, &evicted);
    if (peer->dtls_path == index)
      peer->dtls_path = -1;
  }
  cr_worker_bind_path (peer->worker, path, peer);
  return index;
}

static const Generation *
generation_of_check (const CrPeer *peer, const guint8 *data, gsize length_bytes)
{
  gchar ufrag[CR_ICE_UFRAG_BYTES + 1];

  if (!cr_ice_peek_ufrag (data, length_bytes, ufrag, sizeof ufrag))
    return NULL;
  if (strcmp (ufrag, peer->current.local.ufrag) == 0)
    return &peer->current;
  if (peer->previous.remote_ufrag != NULL && strcmp (ufrag, peer->previous.local.ufrag) == 0)
    return &peer->previous;
  return NULL;
}

static void
receive_check (CrPeer *peer, const CrPath *path, guint8 *data, gsize length_bytes, gint64 now_us)
{
  const Generation *generation = generation_of_check (peer, data, length_bytes);
  CrIceResult result;
  gint index;

  if (generation == NULL) {
    cr_counter_add (&cr_worker_get_stats (peer->worker)->dropped_malformed, 1);
    return;
  }
  cr_ice_agent_handle (cr_ice_agent_of_thread (), &generation->local, generation->remote_ufrag, path, data,
                       length_bytes, &result);
  if (result.verdict == CR_ICE_SILENT) {
    cr_counter_add (&cr_worker_get_stats (peer->worker)->dropped_malformed, 1);
    return;
  }
  cr_send_batch_add (cr_worker_get_batch (peer->worker), path, result.reply, result.reply_bytes);
  if (result.verdict != CR_ICE_REPLY)
    return;

  peer->last_heard_us = now_us;
  index = validate_path (peer, path);
  if (result.use_candidate)
    nominate (peer, index, generation, now_us);
}

/* --- what arrives --- */

static void
receive_rtp (CrPeer *peer, guint8 *data, gsize length_bytes, gint64 now_us)
{
  if (peer->open == NULL) /* media can overtake the last flight of the handshake */
    return;
  if (!cr_srtp_open_rtp (peer->open, data, &length_bytes)) {
    cr_counter_add (&cr_worker_get_stats (peer->worker)->dropped_srtp, 1);
    return;
  }
  peer->last_heard_us = now_us;
  if (peer->handler->on_rtp != NULL)
    peer->handler->on_rtp (peer, data, length_bytes, now_us, peer->handler_data);
}

static void
receive_rtcp (CrPeer *peer, guint8 *data, gsize length_bytes, gint64 now_us)
{
  if (peer->open == NULL)
    return;
  if (!cr_srtp_open_rtcp (peer->open, data, &length_bytes)) {
    cr_counter_add (&cr_worker_get_stats (peer->worker)->dropped_srtp, 1);
    return;
  }
  peer->last_heard_us = now_us;
  if (peer->handler->on_rtcp != NULL)
    peer->handler->on_rtcp (peer, data, length_bytes, now_us, peer->handler_data);
}

void
cr_peer_receive (CrPeer *peer, const CrPath *path, guint8 *data, gsize length_bytes, gint64 now_us)
{
  CrPacketKind kind = cr_demux (data, length_bytes);
  gint index;

  if (peer->state == CR_PEER_CLOSED)
    return;
  if (kind == CR_PACKET_STUN) {
    receive_check (peer, path, data, length_bytes, now_us);
    return;
  }
  index = cr_peer_paths_find (&peer->paths, path);
  if (index < 0) /* nothing but checks from where nothing was proved */
    return;
  if (kind == CR_PACKET_RTP)
    receive_rtp (peer, data, length_bytes, now_us);
  else if (kind == CR_PACKET_RTCP)
    receive_rtcp (peer, data, length_bytes, now_us);
  else if (kind == CR_PACKET_DTLS)
    receive_dtls (peer, index, data, length_bytes, now_us);
  else
    cr_counter_add (&cr_worker_get_stats (peer->worker)->dropped_malformed, 1);
}

static void
forget_path (CrPeer *peer, guint index)
{
  cr_worker_unbind_path (peer->worker, &peer->paths.paths[index]);
  cr_peer_paths_remove (&peer->paths, index);
  peer->dtls_path = -1; /* indices have moved; the next DTLS datagram sets it again */
}

void
cr_peer_link_closed (CrPeer *peer, CrTcpLink *link)
{
  for (guint i = peer->paths.n; i > 0; i--) {
    if (peer->paths.paths[i - 1].tcp == link)
      forget_path (peer, i - 1);
  }
}

void
cr_peer_path_taken (CrPeer *peer, const CrPath *path)
{
  gint index = cr_peer_paths_find (&peer->paths, path);

  if (index >= 0)
    forget_path (peer, (guint)index);
}

/* --- what the owner asks --- */

void
cr_peer_start (CrPeer *peer, CrWorker *worker, const CrPeerHandler *handler, gpointer data)
{
  cr_assert_media (worker);
  g_return_if_fail (peer->worker == NULL);

  peer->worker = worker;
  peer->handler = handler;
  peer->handler_data = data;
  peer->started_us = cr_worker_now_us (worker);
  peer->timer.func = on_timer;
  peer->timer.data = peer;
  cr_worker_add_peer (worker, peer);
  cr_worker_add_ufrag (worker, peer->current.local.ufrag, peer);
  arm_timer (peer, peer->started_us);
}

void
cr_peer_restart_ice (CrPeer *peer, const CrIceCredentials *local, const gchar *remote_ufrag)
{
  if (peer->worker == NULL || peer->state == CR_PEER_CLOSED)
    return;
  cr_assert_media (peer->worker);
  if (cr_peer_get_path (peer) != NULL && peer->previous.remote_ufrag != NULL) {
    /* A second restart before the first was used: what is in use stays the previous generation. */
    cr_worker_remove_ufrag (peer->worker, peer->current.local.ufrag);
    g_free (peer->current.remote_ufrag);
  } else {
    forget_previous_generation (peer);
    peer->previous = peer->current;
  }
  peer->current.local = *local;
  peer->current.remote_ufrag = g_strdup (remote_ufrag);
  cr_worker_add_ufrag (peer->worker, local->ufrag, peer);
}

gboolean
cr_peer_send_rtp (CrPeer *peer, const CrSrtpParts *parts)
{
  const CrPath *path = cr_peer_get_path (peer);
  CrSendBatch *batch;
  gsize length_bytes;

  if (peer->state != CR_PEER_CONNECTED || path == NULL ||
      parts->header_bytes + parts->prefix_bytes + parts->payload_bytes + parts->padding_bytes >
          CR_MAX_DATAGRAM_BYTES)
    return FALSE;
  batch = cr_worker_get_batch (peer->worker);
  length_bytes = cr_srtp_seal_rtp (peer->seal, parts, cr_send_batch_reserve (batch, path));
  return cr_send_batch_commit (batch, length_bytes) && length_bytes > 0;
}

gboolean
cr_peer_send_rtcp (CrPeer *peer, const guint8 *compound, gsize length_bytes)
{
  const CrPath *path = cr_peer_get_path (peer);
  CrSendBatch *batch;
  guint8 *out;

  if (peer->state != CR_PEER_CONNECTED || path == NULL || length_bytes > CR_MAX_DATAGRAM_BYTES)
    return FALSE;
  batch = cr_worker_get_batch (peer->worker);
  out = cr_send_batch_reserve (batch, path);
  memcpy (out, compound, length_bytes);
  if (!cr_srtp_seal_rtcp (peer->seal, out, &length_bytes))
    length_bytes = 0;
  return cr_send_batch_commit (batch, length_bytes) && length_bytes > 0;
}

void
cr_peer_discard_rtp (CrPeer *peer, guint32 ssrc)
{
  const CrPath *path = cr_peer_get_path (peer);

  if (path != NULL && path->tcp != NULL)
    cr_tcp_link_discard_rtp (path->tcp, ssrc);
}

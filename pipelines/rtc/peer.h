/* SPDX-License-Identifier: Apache-2.0
 *
 * One WebRTC peer's transport: ICE-lite, the path in use, DTLS, the SRTP contexts, liveness. It delivers
 * opened RTP and RTCP to its handler and seals what it is given; it does not know whether it publishes or
 * views.
 *
 *   new -> (authenticated USE-CANDIDATE) validated -> handshaking -> connected -> closed
 *
 * Thread: made and freed on any, but never while added to a worker; everything else [media].
 */
#pragma once

#include "rtc/dtls.h"
#include "rtc/ice.h"
#include "rtc/srtp-seal.h"
#include "rtc/worker.h"

G_BEGIN_DECLS

/* Any authenticated packet within this time keeps a peer alive (RFC 7675 section 5.1: consent expires after
 * 30 s). */
#define CR_PEER_CONSENT_US (30 * G_USEC_PER_SEC)

typedef enum { CR_PEER_NEW, CR_PEER_HANDSHAKING, CR_PEER_CONNECTED, CR_PEER_CLOSED } CrPeerState;

typedef enum {
  CR_PEER_END_NONE,
  CR_PEER_END_STOPPED,      /* cr_peer_stop() */
  CR_PEER_END_CLOSE_NOTIFY, /* the other side said goodbye */
  CR_PEER_END_EXPIRED,      /* silent for CR_PEER_CONSENT_US, or never connected */
  CR_PEER_END_DTLS_FAILED   /* wrong fingerprint, no common profile, handshake dropped */
} CrPeerEnd;

/* All called on the worker's thread. `on_closed` is called once, never from within cr_peer_stop(). */
typedef struct {
  void (*on_connected) (CrPeer *peer, gpointer data);
  void (*on_rtp) (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data);
  void (*on_rtcp) (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data);
  void (*on_closed) (CrPeer *peer, CrPeerEnd end, gpointer data);
} CrPeerHandler;

/* `id` is for logs. Strings are copied. [any] */
CrPeer *cr_peer_new (const gchar *id, CrDtlsIdentity *identity, const CrIceCredentials *local,
                     const gchar *remote_ufrag, const gchar *remote_fingerprint, CrDtlsRole role);
void cr_peer_free (CrPeer *peer); /* [any], after cr_peer_stop() */
const gchar *cr_peer_get_id (CrPeer *peer);

/* Listens on the worker from now on. `handler` must outlive the peer. [media] */
void cr_peer_start (CrPeer *peer, CrWorker *worker, const CrPeerHandler *handler, gpointer data);

/* Sends close_notify, forgets every path and timer; nothing is sent or called after it. Idempotent. [media]
 */
void cr_peer_stop (CrPeer *peer);

CrPeerState cr_peer_get_state (CrPeer *peer);
CrWorker *cr_peer_get_worker (CrPeer *peer);
const CrPath *cr_peer_get_path (CrPeer *peer); /* NULL before a pair is nominated */
CrSrtpProfile cr_peer_get_profile (CrPeer *peer);
gint64 cr_peer_get_last_heard_us (CrPeer *peer);

/* New credentials on both sides (RFC 9725 section 4.4): checks under the old ones are answered until the
 * first nomination under the new; DTLS and SRTP stay. [media] */
void cr_peer_restart_ice (CrPeer *peer, const CrIceCredentials *local, const gchar *remote_ufrag);

/* Seals and puts into the worker's batch; FALSE when not connected or dropped (TCP queue full). [media] */
gboolean cr_peer_send_rtp (CrPeer *peer, const CrSrtpParts *parts);

/* `compound` is plain RTCP of at most 1200 bytes. [media] */
/* Takes back RTP packets of this SSRC that still wait for a slow TCP line. [media] */
void cr_peer_discard_rtp (CrPeer *peer, guint32 ssrc);
gboolean cr_peer_send_rtcp (CrPeer *peer, const guint8 *compound, gsize length_bytes);

/* For the worker. `data` has 8 zero bytes after it. */
void cr_peer_receive (CrPeer *peer, const CrPath *path, guint8 *data, gsize length_bytes, gint64 now_us);
void cr_peer_link_closed (CrPeer *peer, CrTcpLink *link);
/* Another peer has proved itself on `path`: this one forgets and unbinds it, so that nothing refers to a TCP
 * connection that it would not be told the end of. */
void cr_peer_path_taken (CrPeer *peer, const CrPath *path);
void cr_peer_drop_handshake (CrPeer *peer);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * A WebRTC client transport on libnice's full ICE agent: what a browser does between the offer and plain RTP.
 * Heavier than light-peer.h, and a proof that the relay's ICE-lite side stands a complete implementation.
 *
 * Thread: the one of the default main context.
 */
#pragma once

#include "rtc/dtls.h"

G_BEGIN_DECLS

typedef struct CrNicePeer CrNicePeer;

/* Packets are plain and lie in a buffer that is reused. Only on_closed allows freeing the peer. */
typedef struct {
  void (*on_connected) (CrNicePeer *peer, gpointer data);
  void (*on_rtp) (CrNicePeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data);
  void (*on_rtcp) (CrNicePeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data);
  void (*on_closed) (CrNicePeer *peer, const gchar *reason, gpointer data);
} CrNicePeerHandler;

/* `loopback`: the relay is on this machine; no other address is gathered then. NULL and an error when no
 * candidate could be gathered. */
CrNicePeer *cr_nice_peer_new (CrDtlsIdentity *identity, gboolean loopback, const CrNicePeerHandler *handler,
                              gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_nice_peer_free (CrNicePeer *peer); /* without a word */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrNicePeer, cr_nice_peer_free)

const gchar *cr_nice_peer_get_ufrag (CrNicePeer *peer);
const gchar *cr_nice_peer_get_password (CrNicePeer *peer);
const gchar *const *cr_nice_peer_get_candidates (CrNicePeer *peer); /* values of a=candidate */

/* Reads credentials, fingerprint and candidates of the answer and starts the checks. */
gboolean cr_nice_peer_start (CrNicePeer *peer, const gchar *answer_sdp,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

CrSrtpProfile cr_nice_peer_get_profile (CrNicePeer *peer); /* once connected */

/* FALSE when not connected. */
gboolean cr_nice_peer_send_rtcp (CrNicePeer *peer, const guint8 *compound, gsize length_bytes);

/* Sends close_notify; the peer is closed, on_closed is not called. */
void cr_nice_peer_close (CrNicePeer *peer);

G_END_DECLS

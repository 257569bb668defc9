/* SPDX-License-Identifier: Apache-2.0
 *
 * The lightest WebRTC client transport: ICE in the controlling role (or one ICE-TCP connection, RFC 6544
 * active), DTLS in either role, SRTP. Hundreds of them run in one thread, for load and for tests. It knows
 * nothing of media and, of SDP, only what a transport needs.
 *
 *   new -> checking -> handshaking -> connected -> closed
 *
 * Thread: the one that iterates the loop's context.
 */
#pragma once

#include "light-loop.h"
#include "rtc/dtls.h"
#include "rtc/ice.h"
#include "rtc/srtp-seal.h"

G_BEGIN_DECLS

typedef struct CrLightPeer CrLightPeer;

typedef enum {
  CR_LIGHT_END_CLOSE_NOTIFY, /* the relay said goodbye */
  CR_LIGHT_END_EXPIRED,      /* no answer to a check for 30 s, or none ever */
  CR_LIGHT_END_DTLS_FAILED,
  CR_LIGHT_END_LINK_CLOSED /* the TCP connection ended */
} CrLightEnd;

/* Any may be NULL. Packets are plain and lie in a buffer that is reused. From within them sending is allowed,
 * freeing the peer only in on_closed. */
typedef struct {
  void (*on_connected) (CrLightPeer *peer, gpointer data);
  void (*on_rtp) (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data);
  void (*on_rtcp) (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data);
  void (*on_closed) (CrLightPeer *peer, CrLightEnd end, gpointer data);
} CrLightPeerHandler;

/* CR_LIGHT_UDP_OR_TCP: UDP, and TCP where no check over UDP is answered for two seconds. */
typedef enum { CR_LIGHT_UDP, CR_LIGHT_TCP, CR_LIGHT_UDP_OR_TCP } CrLightTransport;

/* `handler` and `identity` outlive the peer. New credentials are made at random. */
CrLightPeer *cr_light_peer_new (CrLightLoop *loop, CrDtlsIdentity *identity,
                                const CrLightPeerHandler *handler, gpointer data);
/* Without a word: as if the machine had lost power. No handler is called from it. */
void cr_light_peer_free (CrLightPeer *peer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLightPeer, cr_light_peer_free)

/* UDP unless this says otherwise; before cr_light_peer_start(). */
void cr_light_peer_set_transport (CrLightPeer *peer, CrLightTransport transport);

/* For load: RTP is handed on sealed, as it came, since its header can be read so. */
void cr_light_peer_leave_sealed (CrLightPeer *peer);

/* For measuring: the kernel notes when each datagram comes in, see cr_light_loop_get_stamp_ns(). Before
 * cr_light_peer_start(). */
void cr_light_peer_stamp_arrivals (CrLightPeer *peer);

/* For the offer: `a=ice-ufrag`, `a=ice-pwd`, and `a=fingerprint` with "sha-256 " before it. Offer
 * `a=setup:actpass`. */
const gchar *cr_light_peer_get_ufrag (CrLightPeer *peer);
const gchar *cr_light_peer_get_password (CrLightPeer *peer);
const gchar *cr_light_peer_get_fingerprint (CrLightPeer *peer);

/* Reads ufrag, password, fingerprint, setup and candidates of the answer and starts the checks. */
gboolean cr_light_peer_start (CrLightPeer *peer, const gchar *answer_sdp,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean cr_light_peer_is_connected (CrLightPeer *peer);
CrSrtpProfile cr_light_peer_get_profile (CrLightPeer *peer); /* once connected */
const gchar *cr_light_peer_get_failure (CrLightPeer *peer);  /* of DTLS; NULL when there was none */

/* FALSE when not connected or when the socket took it not. See CrSrtpParts for the index. */
gboolean cr_light_peer_send_rtp (CrLightPeer *peer, const CrSrtpParts *parts);
gboolean cr_light_peer_send_rtcp (CrLightPeer *peer, const guint8 *compound, gsize length_bytes);

/* Between the two, what is sent over UDP is kept and then leaves in one system call, as a browser's burst
 * does. */
void cr_light_peer_cork (CrLightPeer *peer);
void cr_light_peer_uncork (CrLightPeer *peer);

/* An opened RTP packet (as on_rtp gets them) or any other plain one, sent as it is. */
gboolean cr_light_peer_send_rtp_packet (CrLightPeer *peer, const guint8 *packet, gsize length_bytes,
                                        guint64 index);

/* Bytes straight to the relay's address, sealed by nobody: for hostile tests. */
gboolean cr_light_peer_send_raw (CrLightPeer *peer, const guint8 *data, gsize length_bytes);

/* ICE restart (RFC 8445 section 9): new credentials of ours, to be sent in a PATCH; media goes on over the
 * old pair. */
void cr_light_peer_begin_restart (CrLightPeer *peer);
/* And the relay's answer to it, an SDP fragment or a whole answer: checks go out under the new ones. */
gboolean cr_light_peer_finish_restart (CrLightPeer *peer, const gchar *fragment,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A new local socket at once, as after a NAT has lost its mapping; a nominating check follows from there. */
gboolean cr_light_peer_rebind (CrLightPeer *peer, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The local UDP port, 0 with TCP. */
guint16 cr_light_peer_get_local_port (CrLightPeer *peer);

/* Sends close_notify. The peer is closed; on_closed is not called. */
void cr_light_peer_close (CrLightPeer *peer);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * What one publishing peer sends, taken apart into streams: RTP is matched to an m-line and layer by SSRC,
 * MID and RID (RFC 8852, RFC 9143 section 9.2), RTX (RFC 4588) is unwrapped, each stream runs through its
 * ingress, and receiver reports, NACK, transport-wide feedback and PLI go back. Streams leave as GstBuffers
 * for `relaysrc` to push.
 *
 * Thread: [media] throughout.
 */
#pragma once

#include "rtc/peer.h"
#include "rtc/sdp.h"
#include <gst/gst.h>

G_BEGIN_DECLS

/* A publisher counts as away after this long without media. */
#define CR_PUBLISHER_AWAY_US (2 * G_USEC_PER_SEC)

typedef struct CrPublisher CrPublisher;

typedef struct {
  CrMediaKind kind;
  CrCodec codec;
  guint layer;      /* 0 is the first RID of a=simulcast, or the only encoding */
  const gchar *rid; /* its name (RFC 8851); "" without simulcast; owned by the publisher */
  guint32 ssrc;
  guint8 payload_type;
  GBytes *parameter_sets; /* H.264, Annex B; NULL when unknown; owned by the publisher */
} CrStreamInfo;

/* `stream` is small and stable for the publisher's life: kind * CR_SDP_MAX_RIDS + layer. A stream that starts
 * again (encoder replaced: new SSRC or payload type, or its sequence numbers begin anew) is announced by
 * on_stream_started again. Padding and payloads that no decoder could read are cut off, the empty packets are
 * delivered, since they consume sequence numbers. */
typedef struct {
  void (*on_stream_started) (CrPublisher *publisher, guint stream, const CrStreamInfo *info, gpointer data);
  /* Takes the buffer: one RTP packet, application/x-rtp; PTS is the arrival time (monotonic ns); a
   * GstReferenceTimestampMeta (timestamp/x-ntp) has the capture time on this machine's wall clock, ns since
   * 1900; its caps have CR_CAPTURE_ESTIMATED_FIELD as long as no sender report has told it. */
  void (*on_packet) (CrPublisher *publisher, guint stream, GstBuffer *buffer, gpointer data);
  /* No media for CR_PUBLISHER_AWAY_US, a BYE for every stream, or the end of the peer; or media again after
   * that. */
  void (*on_away) (CrPublisher *publisher, gboolean away, gpointer data);
  void (*on_closed) (CrPublisher *publisher, CrPeerEnd end, gpointer data);
} CrPublisherHandler;

typedef struct {
  guint64 packets;    /* new ones of all streams, retransmissions included */
  guint64 bytes;      /* of these, RTP headers included */
  guint64 lost;       /* missing when later ones came, and not merely late */
  guint64 nacks_sent; /* packets asked for, again included */
  guint64 recovered;  /* of the lost: came after they were asked for */
  guint64 plis_sent;  /* or FIRs */
  guint64 junk;       /* of no stream, or malformed */
  guint bitrate_kbps; /* over the last second, all streams */
} CrPublisherStats;

#define CR_PUBLISHER_MAX_STREAMS (2 * CR_SDP_MAX_RIDS)

/* Takes `negotiation` and `peer`; starts the peer. `handler` must outlive the publisher. */
CrPublisher *cr_publisher_new (CrPeer *peer, CrNegotiation *negotiation, CrWorker *worker,
                               const CrPublisherHandler *handler, gpointer data);
/* Stops and frees the peer too; no handler is called after it, nor from it. */
void cr_publisher_free (CrPublisher *publisher);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPublisher, cr_publisher_free)

CrPeer *cr_publisher_get_peer (CrPublisher *publisher);
const CrPublisherStats *cr_publisher_get_stats (CrPublisher *publisher);

/* Asks for a keyframe of a stream; coalesced (keyframe.h). */
void cr_publisher_request_keyframe (CrPublisher *publisher, guint stream);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * One viewing peer: an egress per slot that it receives, its RTCP (sender reports out; receiver reports,
 * NACK, PLI, FIR and transport-wide feedback in), and its figures.
 *
 * Thread: [media] throughout.
 */
#pragma once

#include "rtc/fanout.h"
#include "rtc/peer.h"
#include "rtc/sdp.h"

G_BEGIN_DECLS

typedef struct {
  void (*on_connected) (CrViewer *viewer, gpointer data);
  /* A slot has a stream of a codec that the viewer did not negotiate, or has one it can play again. */
  void (*on_codec_missing) (CrViewer *viewer, CrSlot slot, CrCodec codec, gboolean missing, gpointer data);
  void (*on_closed) (CrViewer *viewer, CrPeerEnd end, gpointer data);
} CrViewerHandler;

typedef struct {
  guint64 packets, bytes, resent, nacks_received, plis_received;
  gdouble loss_fraction; /* of the last receiver reports, worst slot */
  guint rtt_us;          /* of LSR/DLSR; 0 when unknown */
  guint jitter_us;
} CrViewerStats;

/* Takes `negotiation` and `peer`; starts the peer. Add it to a fan-out next. */
CrViewer *cr_viewer_new (CrPeer *peer, CrNegotiation *negotiation, CrWorker *worker,
                         const CrViewerHandler *handler, gpointer data);
/* Removed from its fan-out first. Stops and frees the peer too; no handler is called after it, nor from it.
 */
void cr_viewer_free (CrViewer *viewer);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrViewer, cr_viewer_free)

CrPeer *cr_viewer_get_peer (CrViewer *viewer);
const CrViewerStats *cr_viewer_get_stats (CrViewer *viewer);

/* For the fan-out. */
CrSeat *cr_viewer_get_seat (CrViewer *viewer);
void cr_viewer_set_fanout (CrViewer *viewer, CrFanout *fanout);

G_END_DECLS

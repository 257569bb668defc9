/* SPDX-License-Identifier: Apache-2.0
 *
 * Between a peer and its seat in the fan-out: what the peer says goes to the seat, what the seat sends goes
 * to the peer. RTP from a viewer is nobody's business and is ignored.
 */
#include "rtc/viewer.h"

#include "rtc/counter.h"
#include "rtc/seat.h"

struct CrViewer {
  CrSeat seat; /* first: hot */
  CrPeer *peer;
  CrNegotiation *negotiation;
  CrWorker *worker;
  CrFanout *fanout; /* NULL: in none */
  CrViewerHandler handler;
  gpointer data;
  CrViewerStats stats;
};

static const CrEgressSink peer_sink = {
    .send_rtp = cr_peer_send_rtp, .send_rtcp = cr_peer_send_rtcp, .discard_rtp = cr_peer_discard_rtp};

static void
on_peer_connected (CrPeer *peer, gpointer data)
{
  CrViewer *viewer = data;

  viewer->seat.connected = TRUE;
  if (viewer->fanout != NULL)
    cr_fanout_seat_connected (viewer->fanout, &viewer->seat);
  if (viewer->handler.on_connected != NULL)
    viewer->handler.on_connected (viewer, viewer->data);
}

static void
on_peer_rtcp (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  CrViewer *viewer = data;

  if (viewer->fanout == NULL)
    return;
  if (!cr_seat_handle_rtcp (&viewer->seat, packet, length_bytes, arrival_us,
                            cr_clock_wall_us (cr_worker_get_clock (viewer->worker))))
    cr_counter_add (&cr_worker_get_stats (viewer->worker)->dropped_malformed, 1);
}

static void
on_peer_closed (CrPeer *peer, CrPeerEnd end, gpointer data)
{
  CrViewer *viewer = data;

  viewer->seat.connected = FALSE;
  if (viewer->handler.on_closed != NULL)
    viewer->handler.on_closed (viewer, end, viewer->data);
}

static void
on_peer_rtp (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
}

static void
on_codec_missing (CrSeat *seat, CrSlot slot, CrCodec codec, gboolean missing, gpointer data)
{
  CrViewer *viewer = data;

  if (viewer->handler.on_codec_missing != NULL)
    viewer->handler.on_codec_missing (viewer, slot, codec, missing, viewer->data);
}

CrViewer *
cr_viewer_new (CrPeer *peer, CrNegotiation *negotiation, CrWorker *worker, const CrViewerHandler *handler,
               gpointer data)
{
  static const CrPeerHandler peer_handler = {.on_connected = on_peer_connected,
                                             .on_rtp = on_peer_rtp,
                                             .on_rtcp = on_peer_rtcp,
                                             .on_closed = on_peer_closed};
  CrViewer *viewer = g_new0 (CrViewer, 1);

  cr_assert_media (worker);
  viewer->peer = peer;
  viewer->negotiation = negotiation;
  viewer->worker = worker;
  viewer->handler = *handler;
  viewer->data = data;
  cr_seat_init (&viewer->seat, negotiation, &peer_sink, peer, g_random_int ());
  viewer->seat.on_codec_missing = on_codec_missing;
  viewer->seat.data = viewer;
  cr_peer_start (peer, worker, &peer_handler, viewer);
  return viewer;
}

void
cr_viewer_free (CrViewer *viewer)
{
  g_return_if_fail (viewer->fanout == NULL);
  cr_peer_stop (viewer->peer);
  cr_peer_free (viewer->peer);
  cr_seat_clear (&viewer->seat);
  cr_negotiation_free (viewer->negotiation);
  g_free (viewer);
}

CrPeer *
cr_viewer_get_peer (CrViewer *viewer)
{
  return viewer->peer;
}

CrSeat *
cr_viewer_get_seat (CrViewer *viewer)
{
  return &viewer->seat;
}

void
cr_viewer_set_fanout (CrViewer *viewer, CrFanout *fanout)
{
  viewer->fanout = fanout;
}

const CrViewerStats *
cr_viewer_get_stats (CrViewer *viewer)
{
  const CrSeat *seat = &viewer->seat;

  viewer->stats = (CrViewerStats){
      .packets = seat->port.packets,
      .bytes = seat->port.bytes,
      .resent = seat->port.resent,
      .nacks_received = seat->nacks_received,
      .plis_received = seat->plis_received,
      .loss_fraction = cr_seat_get_loss_fraction (seat),
      .rtt_us = seat->port.rtt_us,
      .jitter_us = cr_seat_get_jitter_us (seat),
  };
  return &viewer->stats;
}

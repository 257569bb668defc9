/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 7 of the path, the one loop over viewers: what came in during one turn of the worker goes to every
 * viewer of the slot, viewer by viewer, so that each viewer's packets lie side by side in the send batch.
 *
 * A CrStream is one encoding of one source as the fan-out sees it: its history, its codec, its clock. A slot
 * may have several (simulcast layers) and they may be replaced (another teacher) at any time; viewers are
 * switched on keyframes.
 *
 * Thread: [media] throughout.
 */
#pragma once

#include "rtc/history.h"
#include "rtc/media-types.h"
#include "rtc/worker.h"
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct CrFanout CrFanout;
typedef struct CrStream CrStream;
typedef struct CrViewer CrViewer;
typedef struct CrTap CrTap; /* tap.h */

/* A viewer of the stream needs a keyframe; called as often as viewers ask, coalesced by the publisher. */
typedef void (*CrKeyframeFunc) (CrStream *stream, gpointer data);

CrFanout *cr_fanout_new (CrWorker *worker);
void cr_fanout_free (CrFanout *fanout); /* streams are removed; viewers must have been */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrFanout, cr_fanout_free)

/* A new encoding in `slot`. An older stream of the same slot and layer is left in place until the new one has
 * its first keyframe (audio: its first packet), then viewers move and the old one is dropped once no NACK can
 * ask for it. `parameter_sets`: H.264 SPS and PPS from the description, Annex B, or NULL. */
CrStream *cr_fanout_add_stream (CrFanout *fanout, CrSlot slot, guint layer, CrCodec codec,
                                GBytes *parameter_sets, CrKeyframeFunc keyframe, gpointer data);

/* Says which publisher a stream is of, before its first packet: of two in a slot the one with the higher
 * number is the newer, whosever streams came first. Then all streams of the slot must be told. */
void cr_fanout_set_publisher (CrFanout *fanout, CrStream *stream, guint publisher);

/* No more packets will come. Viewers keep their mapping; the slot may get another stream. */
void cr_fanout_remove_stream (CrFanout *fanout, CrStream *stream);

/* Takes the right to be in the slot from whatever is or was there: its streams are removed, and not one
 * packet of them leaves after this call, neither of this turn nor of a backlog nor for a NACK. */
void cr_fanout_purge_slot (CrFanout *fanout, CrSlot slot);

/* One RTP packet (borrowed; referenced if kept). Stored in the stream's history; sent at the turn's end. */
void cr_fanout_push (CrFanout *fanout, CrStream *stream, GstBuffer *buffer);

/* For copies of a fan-out on other workers (tap.h, replica.h). A packet that the original has accepted is
 * borrowed as above; backlog is what came before the copy was made. */
void cr_fanout_adopt (CrFanout *fanout, CrStream *stream, CrHistoryPacket *packet);
void cr_fanout_adopt_backlog (CrFanout *fanout, CrStream *stream, CrHistoryPacket *packet);
/* Viewers that came before the backlog start from it. */
void cr_fanout_backlog_adopted (CrFanout *fanout);
CrStream *cr_fanout_find_stream (CrFanout *fanout, CrSlot slot, guint stream_id); /* NULL: none, any more */
void cr_fanout_add_tap (CrFanout *fanout, CrTap *tap);
void cr_fanout_remove_tap (CrFanout *fanout, CrTap *tap);
/* Calls `func` with each stream that is there, slot by slot, the oldest first. */
void cr_fanout_foreach_stream (CrFanout *fanout, void (*func) (CrStream *stream, gpointer data),
                               gpointer data);

void cr_fanout_add_viewer (CrFanout *fanout, CrViewer *viewer);
void cr_fanout_remove_viewer (CrFanout *fanout, CrViewer *viewer);
guint cr_fanout_get_n_viewers (CrFanout *fanout);

/* Since the beginning. `refused`: source packets that were malformed, duplicates or too old. */
typedef struct {
  guint64 forwarded, resent, dropped, refused;
} CrFanoutTotals;
const CrFanoutTotals *cr_fanout_get_totals (CrFanout *fanout);

/* A viewer without its peer (seat.h): what add_viewer() adds, and what tests and benches use. */
typedef struct CrSeat CrSeat;
void cr_fanout_add_seat (CrFanout *fanout, CrSeat *seat);
void cr_fanout_remove_seat (CrFanout *fanout, CrSeat *seat);
/* The seat's peer can be sent to from now on: what is in the histories is on its way. */
void cr_fanout_seat_connected (CrFanout *fanout, CrSeat *seat);
/* The slots (a bit each) that the seat may not get from now on. What it got of them is not resent; one that
 * is no longer blocked starts at a keyframe, as for a joiner. */
void cr_fanout_block_slots (CrFanout *fanout, CrSeat *seat, guint32 slots);

/* For tests: a fan-out without a worker; cr_fanout_run() runs the timers that are due and ends the turn. */
CrFanout *cr_fanout_new_detached (const CrClock *clock);
void cr_fanout_run (CrFanout *fanout);

G_END_DECLS

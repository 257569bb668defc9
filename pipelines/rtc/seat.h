/* SPDX-License-Identifier: Apache-2.0
 *
 * A viewer's place in a fan-out: its egresses by slot, and when each of them starts, switches and catches up.
 * It knows no peer but through the send functions, so that all of this is tested without a socket.
 *
 * Thread: [media].
 */
#pragma once

#include "rtc/egress.h"
#include "rtc/slot.h"

G_BEGIN_DECLS

/* See CrViewerHandler. */
typedef void (*CrSeatCodecFunc) (CrSeat *seat, CrSlot slot, CrCodec codec, gboolean missing, gpointer data);

struct CrSeat {
  CrEgressPort port;
  gboolean connected;
  guint32 blocked_slots; /* bit per slot that this viewer may not get, whatever it negotiated */
  guint n_catching_up;
  guint8 by_slot[CR_N_SLOTS]; /* index into `egresses` + 1; 0: not received */
  guint n_egresses;
  CrEgress *egresses;
  guint index; /* in the fan-out */
  gint64 next_report_us;
  CrSeatCodecFunc on_codec_missing;
  gpointer data;
  guint64 nacks_received, plis_received;
};

/* `negotiation` outlives the seat. `seed` chooses first sequence numbers and time stamps. */
void cr_seat_init (CrSeat *seat, const CrNegotiation *negotiation, const CrEgressSink *sink, CrPeer *peer,
                   guint32 seed);
void cr_seat_clear (CrSeat *seat);

/* Sends what this turn brought for one slot, which is not blocked. The inner loop of everything. */
void cr_seat_run_turn (CrSeat *seat, const CrSlotState *state, gint64 now_us, gint64 wall_us);

/* Starts what can start from history, between turns; for a viewer that has just connected or whose slot is no
 * longer blocked. */
void cr_seat_join (CrSeat *seat, const CrSlotState *state, gint64 now_us, gint64 wall_us);

/* Nothing of the slot goes out any more, new or old, until it starts again as for a joiner. */
void cr_seat_stop_slot (CrSeat *seat, CrSlot slot);

/* Sends more of the backlog to those m-lines that have not caught up. */
void cr_seat_catch_up (CrSeat *seat, gint64 now_us);

/* Sender reports when due, keyframe requests while waiting; a few times a second. */
void cr_seat_sweep (CrSeat *seat, const CrSlotState *states, gint64 now_us, gint64 wall_us);

/* Sender reports now, for every m-line of the msid stream (all when NULL). */
void cr_seat_send_reports (CrSeat *seat, const gchar *stream_name, gint64 wall_us);

/* One RTCP compound from the viewer. FALSE when malformed. */
gboolean cr_seat_handle_rtcp (CrSeat *seat, const guint8 *data, gsize length_bytes, gint64 now_us,
                              gint64 wall_us);

/* Loss of the last reports, the worst m-line; and its jitter. */
gdouble cr_seat_get_loss_fraction (const CrSeat *seat);
guint cr_seat_get_jitter_us (const CrSeat *seat);

G_END_DECLS

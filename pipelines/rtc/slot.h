/* SPDX-License-Identifier: Apache-2.0
 *
 * What one slot of a lesson has to offer: the streams that feed it, which of them viewers are to see, and
 * what this turn brought. The newest publisher wins as soon as it can be shown; within one publisher the
 * layer with the most bits that keeps arriving.
 *
 * Thread: [media].
 */
#pragma once

#include "rtc/stream.h"

G_BEGIN_DECLS

typedef struct {
  CrStream *stream;
  CrHistoryPacket *packet; /* referenced */
} CrSlotPacket;

typedef struct {
  CrSlot slot;
  GPtrArray *streams; /* CrStream, in the order of arrival */
  CrStream *target;   /* one of them, or NULL: nothing to show */
  guint generation;   /* of the newest */

  CrSlotPacket *packets; /* of this turn, in the order of arrival */
  guint n_packets, n_allocated;
} CrSlotState;

void cr_slot_state_init (CrSlotState *state, CrSlot slot);
void cr_slot_state_clear (CrSlotState *state);

/* Takes `stream`, whose generation it sets. */
void cr_slot_state_add (CrSlotState *state, CrStream *stream);

/* Says which publisher a stream is of; see cr_fanout_set_publisher(). */
void cr_slot_state_set_publisher (CrSlotState *state, CrStream *stream, guint publisher);
void cr_slot_state_remove (CrSlotState *state, CrStream *stream, gint64 now_us);

/* A packet of this turn. */
void cr_slot_state_push (CrSlotState *state, CrStream *stream, CrHistoryPacket *packet);
/* Before the first viewer gets what this turn brought: gives neighbours of nearly one size that size by RTP
 * padding, so that a frame leaves in one message (send-batch.h). It is decided once for a packet and all its
 * viewers: one that may have left already stays as it is, for its SRTP index must not stand for two packets.
 */
void cr_slot_state_even_sizes (CrSlotState *state);
void cr_slot_state_end_turn (CrSlotState *state);

/* Forgets all streams and what this turn brought of them. */
void cr_slot_state_purge (CrSlotState *state, gint64 now_us);

/* Decides anew what is to be shown. TRUE when that changed. */
gboolean cr_slot_state_choose (CrSlotState *state, gint64 now_us);

/* Housekeeping, a few times a second: histories, rates, a stream that still has no keyframe. */
void cr_slot_state_sweep (CrSlotState *state, gint64 now_us);

G_END_DECLS

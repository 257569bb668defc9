/* SPDX-License-Identifier: Apache-2.0
 *
 * Puts one stream's RTP packets back into their order before a decoder sees them. A packet that is missing is
 * waited for as long as a retransmission needs, then the stream goes on without it. Pure: the clock is a
 * parameter.
 *
 * Thread: [any], one at a time.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How long a gap holds the stream: a NACK, its answer over 100 ms there and back, and some jitter. */
#define CR_WALL_REORDER_HOLD_US (150 * 1000)

/* Packets behind a gap: more is no gap but another stream, or a source far beyond what a tile is for. */
#define CR_WALL_REORDER_PACKETS 256

typedef struct CrWallReorder CrWallReorder;

/* `free_packet` frees what is dropped here. */
CrWallReorder *cr_wall_reorder_new (GDestroyNotify free_packet);
void cr_wall_reorder_free (CrWallReorder *reorder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWallReorder, cr_wall_reorder_free)

/* Takes `packet`. A packet from before what has been popped is freed. */
void cr_wall_reorder_push (CrWallReorder *reorder, guint16 seq, gpointer packet, gint64 now_us);

/* The next packet in order, or NULL: none yet. The caller takes it. `*lost`: some before it were given up. */
gpointer cr_wall_reorder_pop (CrWallReorder *reorder, gint64 now_us, gboolean *lost);

/* Frees all that waits; the next packet begins anew. */
void cr_wall_reorder_clear (CrWallReorder *reorder);

/* When pop() gives up what is missing, or has been ready since; G_MAXINT64: nothing waits. */
gint64 cr_wall_reorder_due_us (const CrWallReorder *reorder);

G_END_DECLS

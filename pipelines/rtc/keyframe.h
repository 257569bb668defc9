/* SPDX-License-Identifier: Apache-2.0
 *
 * Return path: keyframe requests of all viewers of a source, coalesced to one in CR_KEYFRAME_INTERVAL_US. A
 * request that comes too early is kept and sent when the interval is over, unless a keyframe arrives first.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_KEYFRAME_INTERVAL_US (500 * 1000)

typedef struct {
  gint64 last_sent_us; /* 0: never */
  gboolean wanted;
} CrKeyframeGate;

/* A viewer asks. TRUE: send a PLI now. */
gboolean cr_keyframe_gate_request (CrKeyframeGate *gate, gint64 now_us);

/* A keyframe arrived: whatever was wanted is satisfied. */
void cr_keyframe_gate_arrived (CrKeyframeGate *gate);

/* When a kept request becomes due; G_MAXINT64 when none is kept. */
gint64 cr_keyframe_gate_due_us (const CrKeyframeGate *gate);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Return path; from rtcp-in of any viewer; to rtcp-out of the publisher; media thread; allocates nothing;
 * cannot fail.
 *
 * The gate holds no timer of its own: its owner asks again at cr_keyframe_gate_due_us().
 */
#include "rtc/keyframe.h"

gboolean
cr_keyframe_gate_request (CrKeyframeGate *gate, gint64 now_us)
{
  if (gate->last_sent_us != 0 && now_us - gate->last_sent_us < CR_KEYFRAME_INTERVAL_US) {
    gate->wanted = TRUE;
    return FALSE;
  }
  gate->last_sent_us = now_us;
  gate->wanted = FALSE;
  return TRUE;
}

void
cr_keyframe_gate_arrived (CrKeyframeGate *gate)
{
  gate->wanted = FALSE;
}

gint64
cr_keyframe_gate_due_us (const CrKeyframeGate *gate)
{
  return gate->wanted ? gate->last_sent_us + CR_KEYFRAME_INTERVAL_US : G_MAXINT64;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What many light peers of one thread share: one epoll in one GSource, one heap of timers, one receive
 * buffer, one StunAgent. Everything runs on the thread that iterates `context`.
 */
#pragma once

#include "rtc/timer-heap.h"

G_BEGIN_DECLS

typedef struct CrLightLoop CrLightLoop;

/* Of all peers of the loop. */
typedef struct {
  guint64 datagrams_received;
  guint64 datagrams_sent;
  guint64 bytes_received;
  guint64 bytes_sent;
  guint64 dropped_malformed;
  guint64 dropped_srtp;         /* authentication failed or replayed */
  guint64 send_failed;          /* EAGAIN and the rest: the client was the limit */
  guint64 kernel_receive_drops; /* SO_RXQ_OVFL: the client was the limit */
} CrLightLoopStats;

/* `context` NULL: the default one. Every peer is freed before the loop. */
CrLightLoop *cr_light_loop_new (GMainContext *context);
void cr_light_loop_free (CrLightLoop *loop);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLightLoop, cr_light_loop_free)

const CrLightLoopStats *cr_light_loop_get_stats (CrLightLoop *loop);

/* Monotonic time, read once per dispatch. */
gint64 cr_light_loop_now_us (CrLightLoop *loop);

/* When the datagram that is being handled reached this machine's UDP, wall clock; 0 unless its peer has asked
 * for stamps. */
gint64 cr_light_loop_get_stamp_ns (CrLightLoop *loop);

/* Timers for whoever drives peers: one heap, no GSource each. */
void cr_light_loop_arm_timer (CrLightLoop *loop, CrTimer *timer, gint64 deadline_us);
void cr_light_loop_disarm_timer (CrLightLoop *loop, CrTimer *timer);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * A binary heap of deadlines, so that a worker wakes once for the nearest of thousands of timers. A CrTimer
 * is embedded in its owner and never allocated here.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrTimerHeap CrTimerHeap;
typedef struct CrTimer CrTimer;
typedef void (*CrTimerFunc) (CrTimer *timer, gint64 now_us, gpointer data);

struct CrTimer {
  gint64 deadline_us; /* monotonic */
  guint heap_index;   /* 1-based; 0 when not armed */
  CrTimerFunc func;
  gpointer data;
};

CrTimerHeap *cr_timer_heap_new (void);
void cr_timer_heap_free (CrTimerHeap *heap); /* timers still armed are disarmed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTimerHeap, cr_timer_heap_free)

/* Arms or moves a timer. O(log n). `func` may re-arm or disarm any timer and free its own; what it arms for a
 * time that has passed runs in the next run, not in this one. */
void cr_timer_heap_arm (CrTimerHeap *heap, CrTimer *timer, gint64 deadline_us);
void cr_timer_heap_disarm (CrTimerHeap *heap, CrTimer *timer);
static inline gboolean
cr_timer_is_armed (const CrTimer *timer)
{
  return timer->heap_index != 0;
}

/* Deadline of the nearest timer, or G_MAXINT64. */
gint64 cr_timer_heap_next_us (const CrTimerHeap *heap);

/* Runs every timer whose deadline is not after now_us, in the order of deadlines. */
void cr_timer_heap_run (CrTimerHeap *heap, gint64 now_us);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * An array heap of (deadline, timer) pairs; the deadline is kept beside the pointer so that sifting touches
 * the array alone. Each timer knows its place, which makes moving and disarming O(log n).
 */
#include "rtc/timer-heap.h"

typedef struct {
  gint64 deadline_us;
  CrTimer *timer;
} Entry;

struct CrTimerHeap {
  GArray *entries; /* Entry; children of i (from 0) are 2i + 1 and 2i + 2 */
  gboolean running;
  gint64 run_us; /* the now_us of the run in progress */
};

static inline Entry *
entry_at (const CrTimerHeap *heap, guint i)
{
  return &g_array_index (heap->entries, Entry, i);
}

static inline void
place (CrTimerHeap *heap, guint i, Entry entry)
{
  *entry_at (heap, i) = entry;
  entry.timer->heap_index = i + 1;
}

static void
sift_up (CrTimerHeap *heap, guint i, Entry entry)
{
  while (i > 0) {
    guint parent = (i - 1) / 2;

    if (entry_at (heap, parent)->deadline_us <= entry.deadline_us)
      break;
    place (heap, i, *entry_at (heap, parent));
    i = parent;
  }
  place (heap, i, entry);
}

static void
sift_down (CrTimerHeap *heap, guint i, Entry entry)
{
  guint n = heap->entries->len;

  for (guint child = 2 * i + 1; child < n; child = 2 * i + 1) {
    if (child + 1 < n && entry_at (heap, child + 1)->deadline_us < entry_at (heap, child)->deadline_us)
      child++;
    if (entry.deadline_us <= entry_at (heap, child)->deadline_us)
      break;
    place (heap, i, *entry_at (heap, child));
    i = child;
  }
  place (heap, i, entry);
}

static void
settle (CrTimerHeap *heap, guint i, Entry entry)
{
  if (i > 0 && entry.deadline_us < entry_at (heap, (i - 1) / 2)->deadline_us)
    sift_up (heap, i, entry);
  else
    sift_down (heap, i, entry);
}

CrTimerHeap *
cr_timer_heap_new (void)
{
  CrTimerHeap *heap = g_new0 (CrTimerHeap, 1);

  heap->entries = g_array_new (FALSE, FALSE, sizeof (Entry));
  return heap;
}

void
cr_timer_heap_free (CrTimerHeap *heap)
{
  if (heap == NULL)
    return;
  for (guint i = 0; i < heap->entries->len; i++)
    entry_at (heap, i)->timer->heap_index = 0;
  g_array_unref (heap->entries);
  g_free (heap);
}

void
cr_timer_heap_arm (CrTimerHeap *heap, CrTimer *timer, gint64 deadline_us)
{
  Entry entry = {.timer = timer};

  /* What is armed for the past from within a run waits for the next one, so that a run always ends. */
  if (heap->running && deadline_us <= heap->run_us)
    deadline_us = heap->run_us + 1;
  timer->deadline_us = entry.deadline_us = deadline_us;

  if (timer->heap_index != 0) {
    g_assert (entry_at (heap, timer->heap_index - 1)->timer == timer);
    settle (heap, timer->heap_index - 1, entry);
    return;
  }
  g_array_append_val (heap->entries, entry);
  sift_up (heap, heap->entries->len - 1, entry);
}

void
cr_timer_heap_disarm (CrTimerHeap *heap, CrTimer *timer)
{
  guint i = timer->heap_index;
  Entry last;

  if (i-- == 0)
    return;
  g_assert (i < heap->entries->len && entry_at (heap, i)->timer == timer);

  timer->heap_index = 0;
  last = *entry_at (heap, heap->entries->len - 1);
  g_array_set_size (heap->entries, heap->entries->len - 1);
  if (i < heap->entries->len)
    settle (heap, i, last);
}

gint64
cr_timer_heap_next_us (const CrTimerHeap *heap)
{
  return heap->entries->len > 0 ? entry_at (heap, 0)->deadline_us : G_MAXINT64;
}

void
cr_timer_heap_run (CrTimerHeap *heap, gint64 now_us)
{
  g_assert (!heap->running);
  heap->running = TRUE;
  heap->run_us = now_us;
  while (cr_timer_heap_next_us (heap) <= now_us) {
    CrTimer *timer = entry_at (heap, 0)->timer;

    cr_timer_heap_disarm (heap, timer);
    timer->func (timer, now_us, timer->data); /* may free the timer */
  }
  heap->running = FALSE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The heap against a plain list under random arming, moving and disarming; and timers that arm, disarm and
 * free others while they run.
 */
#include "rtc/timer-heap.h"

#define N_TIMERS 200
#define N_STEPS  20000

typedef struct {
  CrTimer timer;
  gint64 expected_us; /* G_MAXINT64: not armed */
} Probe;

static Probe probes[N_TIMERS];
static gint64 last_run_us;
static guint n_run;

static void
on_timer (CrTimer *timer, gint64 now_us, gpointer data)
{
  Probe *probe = data;

  g_assert_false (cr_timer_is_armed (timer));
  g_assert_cmpint (probe->expected_us, <=, now_us);
  g_assert_cmpint (probe->expected_us, ==, timer->deadline_us);
  g_assert_cmpint (timer->deadline_us, >=, last_run_us);
  last_run_us = timer->deadline_us;
  probe->expected_us = G_MAXINT64;
  n_run++;
}

static gint64
earliest (void)
{
  gint64 earliest_us = G_MAXINT64;

  for (guint i = 0; i < N_TIMERS; i++)
    earliest_us = MIN (earliest_us, probes[i].expected_us);
  return earliest_us;
}

static void
test_against_a_list (void)
{
  g_autoptr (CrTimerHeap) heap = cr_timer_heap_new ();
  g_autoptr (GRand) rand = g_rand_new_with_seed (20260105);
  gint64 now_us = 0;

  for (guint i = 0; i < N_TIMERS; i++)
    probes[i] = (Probe){{.func = on_timer, .data = &probes[i]}, G_MAXINT64};

  for (guint step = 0; step < N_STEPS; step++) {
    Probe *probe = &probes[g_rand_int_range (rand, 0, N_TIMERS)];

    if (g_rand_int_range (rand, 0, 4) == 0) {
      cr_timer_heap_disarm (heap, &probe->timer);
      probe->expected_us = G_MAXINT64;
    } else {
      probe->expected_us = now_us + g_rand_int_range (rand, 1, 1000);
      cr_timer_heap_arm (heap, &probe->timer, probe->expected_us);
    }
    g_assert_cmpint (cr_timer_is_armed (&probe->timer), ==, probe->expected_us != G_MAXINT64);
    g_assert_cmpint (cr_timer_heap_next_us (heap), ==, earliest ());

    now_us += g_rand_int_range (rand, 0, 5);
    last_run_us = 0;
    cr_timer_heap_run (heap, now_us);
    g_assert_cmpint (earliest (), >, now_us);
  }
  g_assert_cmpuint (n_run, >, N_STEPS / 10);
}

typedef struct {
  CrTimerHeap *heap;
  CrTimer self, other;
  guint n_self, n_other;
} Pair;

static void
on_self (CrTimer *timer, gint64 now_us, gpointer data)
{
  Pair *pair = data;

  pair->n_self++;
  cr_timer_heap_disarm (pair->heap, &pair->other);
  cr_timer_heap_arm (pair->heap, timer, now_us - 5); /* already past: for the next run */
}

static void
on_other (CrTimer *timer, gint64 now_us, gpointer data)
{
  ((Pair *)data)->n_other++;
}

static void
test_changes_while_running (void)
{
  g_autoptr (CrTimerHeap) heap = cr_timer_heap_new ();
  Pair pair = {.heap = heap};

  pair.self = (CrTimer){.func = on_self, .data = &pair};
  pair.other = (CrTimer){.func = on_other, .data = &pair};
  cr_timer_heap_arm (heap, &pair.self, 10);
  cr_timer_heap_arm (heap, &pair.other, 11);
  cr_timer_heap_run (heap, 9);
  g_assert_cmpuint (pair.n_self, ==, 0);
  cr_timer_heap_run (heap, 100);
  g_assert_cmpuint (pair.n_self, ==, 1);
  g_assert_cmpuint (pair.n_other, ==, 0);
  g_assert_cmpint (cr_timer_heap_next_us (heap), ==, 101);
  cr_timer_heap_run (heap, 101);
  g_assert_cmpuint (pair.n_self, ==, 2);
}

static void
on_free_me (CrTimer *timer, gint64 now_us, gpointer data)
{
  g_free (timer);
}

static void
test_timer_freed_by_its_function (void)
{
  g_autoptr (CrTimerHeap) heap = cr_timer_heap_new ();

  for (guint i = 0; i < 3; i++) {
    CrTimer *timer = g_new0 (CrTimer, 1);

    timer->func = on_free_me;
    cr_timer_heap_arm (heap, timer, i);
  }
  cr_timer_heap_run (heap, 2);
  g_assert_cmpint (cr_timer_heap_next_us (heap), ==, G_MAXINT64);
}

static void
test_heap_freed_with_armed_timers (void)
{
  CrTimerHeap *heap = cr_timer_heap_new ();
  CrTimer timer = {.func = on_free_me};

  cr_timer_heap_arm (heap, &timer, 1);
  cr_timer_heap_free (heap);
  g_assert_false (cr_timer_is_armed (&timer));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/timer-heap/against-a-list", test_against_a_list);
  g_test_add_func ("/timer-heap/changes-while-running", test_changes_while_running);
  g_test_add_func ("/timer-heap/timer-freed-by-its-function", test_timer_freed_by_its_function);
  g_test_add_func ("/timer-heap/heap-freed-with-armed-timers", test_heap_freed_with_armed_timers);
  return g_test_run ();
}

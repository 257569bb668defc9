/* SPDX-License-Identifier: Apache-2.0
 *
 * The pauses between attempts: doubled, bounded, never in step, and made one at a time.
 */
#include "client/simulator/retry.h"

typedef struct {
  GRand *chance;
  CrRetry retry;
  guint n_attempts;
} Fixture;

static void
count (gpointer data)
{
  ((Fixture *)data)->n_attempts++;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->chance = g_rand_new_with_seed (7);
  cr_retry_init (&f->retry, f->chance, count, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_retry_cancel (&f->retry);
  g_rand_free (f->chance);
}

/* How long the attempt that was asked for last is away. */
static gint64
wait_ms (Fixture *f, gint64 asked_us)
{
  GSource *source = g_main_context_find_source_by_id (NULL, f->retry.timer);

  g_assert_nonnull (source);
  return (g_source_get_ready_time (source) - asked_us) / 1000;
}

static void
test_pauses_grow (Fixture *f, gconstpointer data)
{
  static const gint64 longest_ms[] = {250, 500, 1000, 2000, 4000, 5000, 5000};

  for (guint round = 0; round < 2; round++) {
    for (guint i = 0; i < G_N_ELEMENTS (longest_ms); i++) {
      gint64 asked_us = g_get_monotonic_time ();

      cr_retry_failed (&f->retry, 0);
      g_assert_cmpint (wait_ms (f, asked_us), >=, longest_ms[i] / 2);
      g_assert_cmpint (wait_ms (f, g_get_monotonic_time ()), <=, longest_ms[i]);
    }
    cr_retry_succeeded (&f->retry);
  }
}

static void
test_the_other_side_asks_for_time (Fixture *f, gconstpointer data)
{
  gint64 asked_us = g_get_monotonic_time ();

  cr_retry_failed (&f->retry, 60);
  g_assert_cmpint (wait_ms (f, asked_us), >=, 60000);
}

static void
test_one_at_a_time (Fixture *f, gconstpointer data)
{
  cr_retry_after (&f->retry, 0);
  cr_retry_after (&f->retry, 0);
  while (f->n_attempts == 0)
    g_main_context_iteration (NULL, TRUE);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (f->n_attempts, ==, 1);
  cr_retry_after (&f->retry, 0);
  cr_retry_cancel (&f->retry);
  g_assert_false (g_main_context_pending (NULL));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/client/retry/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("pauses-grow", test_pauses_grow);
  ADD ("the-other-side-asks-for-time", test_the_other_side_asks_for_time);
  ADD ("one-at-a-time", test_one_at_a_time);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Order, gaps that are filled and gaps that are given up, jumps, and a shuffled stream against a plain model.
 */
#include "wall-reorder.h"

#define PACKET(seq) GUINT_TO_POINTER (0x10000u | (seq))

static guint n_freed;

static void
count_freed (gpointer packet)
{
  n_freed++;
}

static void
push (CrWallReorder *reorder, guint16 seq, gint64 now_us)
{
  cr_wall_reorder_push (reorder, seq, PACKET (seq), now_us);
}

static void
assert_pop (CrWallReorder *reorder, guint16 seq, gboolean lost, gint64 now_us)
{
  gboolean was_lost;

  g_assert_cmphex (GPOINTER_TO_UINT (cr_wall_reorder_pop (reorder, now_us, &was_lost)), ==,
                   GPOINTER_TO_UINT (PACKET (seq)));
  g_assert_cmpint (was_lost, ==, lost);
}

static void
assert_nothing (CrWallReorder *reorder, gint64 now_us)
{
  gboolean lost;

  g_assert_null (cr_wall_reorder_pop (reorder, now_us, &lost));
}

static void
test_order (void)
{
  g_autoptr (CrWallReorder) reorder = cr_wall_reorder_new (count_freed);

  n_freed = 0;
  g_assert_cmpint (cr_wall_reorder_due_us (reorder), ==, G_MAXINT64);
  push (reorder, 65534, 0);
  assert_pop (reorder, 65534, FALSE, 0);
  push (reorder, 0, 10);
  push (reorder, 1, 20);
  assert_nothing (reorder, 20);
  push (reorder, 1, 25); /* twice */
  g_assert_cmpuint (n_freed, ==, 1);
  push (reorder, 65535, 30);
  assert_pop (reorder, 65535, FALSE, 30);
  assert_pop (reorder, 0, FALSE, 30);
  assert_pop (reorder, 1, FALSE, 30);
  push (reorder, 65535, 40); /* again, too late */
  assert_nothing (reorder, 40);
  g_assert_cmpuint (n_freed, ==, 2);
}

static void
test_gaps (void)
{
  g_autoptr (CrWallReorder) reorder = cr_wall_reorder_new (count_freed);

  push (reorder, 1, 0);
  assert_pop (reorder, 1, FALSE, 0);
  push (reorder, 3, 1000);
  push (reorder, 5, 2000);
  g_assert_cmpint (cr_wall_reorder_due_us (reorder), ==, 1000 + CR_WALL_REORDER_HOLD_US);
  assert_nothing (reorder, 999 + CR_WALL_REORDER_HOLD_US);
  assert_pop (reorder, 3, TRUE, 1000 + CR_WALL_REORDER_HOLD_US);
  assert_nothing (reorder, 1999 + CR_WALL_REORDER_HOLD_US);
  assert_pop (reorder, 5, TRUE, 2000 + CR_WALL_REORDER_HOLD_US); /* both gaps were waited for at once */
}

static void
test_jump (void)
{
  g_autoptr (CrWallReorder) reorder = cr_wall_reorder_new (count_freed);

  n_freed = 0;
  push (reorder, 10, 0);
  assert_pop (reorder, 10, FALSE, 0);
  push (reorder, 12, 0);
  push (reorder, 40000, 0);
  g_assert_cmpuint (n_freed, ==, 1);
  assert_pop (reorder, 40000, TRUE, 0);
  push (reorder, 40001 + CR_WALL_REORDER_PACKETS, 0); /* one more than fits */
  assert_pop (reorder, 40001 + CR_WALL_REORDER_PACKETS, TRUE, 0);
  push (reorder, 50000, 0);
  push (reorder, 50000 + 7, 0);
  assert_pop (reorder, 50000, TRUE, 0);
  n_freed = 0;
  cr_wall_reorder_clear (reorder);
  g_assert_cmpuint (n_freed, ==, 1);
  push (reorder, 3, 0);
  assert_pop (reorder, 3, FALSE, 0);
  push (reorder, 7, 0); /* what waits is freed with it */
}

static void
test_shuffled (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (4);
  g_autoptr (CrWallReorder) reorder = cr_wall_reorder_new (count_freed);
  guint expected = 0, lost_in_all = 0, last = 0;
  gboolean lost;
  gpointer packet;

  push (reorder, 0, 0);
  for (guint i = 0; i < 100000; i += 8) {
    guint order[8];

    for (guint k = 0; k < 8; k++)
      order[k] = i + k;
    for (guint k = 7; k > 0; k--) {
      guint other = (guint)g_rand_int_range (chance, 0, (gint32)k + 1), swap = order[k];

      order[k] = order[other];
      order[other] = swap;
    }
    for (guint k = 0; k < 8; k++) {
      if (order[k] != 0 && g_rand_int_range (chance, 0, 100) < 3)
        continue;
      push (reorder, (guint16)order[k], (gint64)i * 1000);
      while ((packet = cr_wall_reorder_pop (reorder, (gint64)i * 1000, &lost)) != NULL) {
        guint16 seq = (guint16)GPOINTER_TO_UINT (packet);

        g_assert_cmpint (lost, ==, seq != (guint16)expected);
        lost_in_all += (guint16)(seq - expected);
        expected += (guint16)(seq - expected) + 1u;
        last = MAX (last, expected);
      }
    }
  }
  g_assert_cmpuint (last, >, 99000);
  g_assert_cmpuint (lost_in_all, >, 2000);
  g_assert_cmpuint (lost_in_all, <, 4000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wall-reorder/order", test_order);
  g_test_add_func ("/wall-reorder/gaps", test_gaps);
  g_test_add_func ("/wall-reorder/jump", test_jump);
  g_test_add_func ("/wall-reorder/shuffled", test_shuffled);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A ring indexed by sequence number, and the number that is to leave next. The clock of a gap runs from the
 * moment in which what comes next after it came, so that many gaps in a row are waited for at once.
 */
#include "wall-reorder.h"

#define INDEX(seq) ((seq) % CR_WALL_REORDER_PACKETS)

/* 65,536 sequence numbers must be a whole number of rings. */
G_STATIC_ASSERT (65536 % CR_WALL_REORDER_PACKETS == 0);

struct CrWallReorder {
  GDestroyNotify free_packet;
  gpointer packets[CR_WALL_REORDER_PACKETS];
  gint64 arrived_us[CR_WALL_REORDER_PACKETS];
  guint n_waiting;
  gboolean started;
  gboolean jumped; /* the numbers; told with the next packet */
  guint16 next_seq;
};

CrWallReorder *
cr_wall_reorder_new (GDestroyNotify free_packet)
{
  CrWallReorder *reorder = g_new0 (CrWallReorder, 1);

  reorder->free_packet = free_packet;
  return reorder;
}

static void
drop_all (CrWallReorder *reorder)
{
  for (guint i = 0; i < CR_WALL_REORDER_PACKETS && reorder->n_waiting > 0; i++) {
    if (reorder->packets[i] == NULL)
      continue;
    reorder->free_packet (g_steal_pointer (&reorder->packets[i]));
    reorder->n_waiting--;
  }
}

void
cr_wall_reorder_free (CrWallReorder *reorder)
{
  drop_all (reorder);
  g_free (reorder);
}

void
cr_wall_reorder_clear (CrWallReorder *reorder)
{
  drop_all (reorder);
  reorder->started = FALSE;
}

void
cr_wall_reorder_push (CrWallReorder *reorder, guint16 seq, gpointer packet, gint64 now_us)
{
  gint16 ahead = (gint16)(seq - reorder->next_seq);
  gpointer *place = &reorder->packets[INDEX (seq)];

  if (reorder->started && ahead < 0 && ahead > -CR_WALL_REORDER_PACKETS) {
    reorder->free_packet (packet); /* too late */
    return;
  }
  if (!reorder->started || ahead < 0 || ahead >= CR_WALL_REORDER_PACKETS) {
    drop_all (reorder);
    reorder->jumped = reorder->started;
    reorder->next_seq = seq;
  }
  if (*place != NULL) {
    reorder->free_packet (packet); /* a duplicate */
    return;
  }
  *place = packet;
  reorder->arrived_us[INDEX (seq)] = now_us;
  reorder->n_waiting++;
  reorder->started = TRUE;
}

/* The first that is there, from the one that is to leave next on. Something waits. */
static guint16
first_waiting (const CrWallReorder *reorder)
{
  guint16 seq = reorder->next_seq;

  while (reorder->packets[INDEX (seq)] == NULL)
    seq++;
  return seq;
}

gint64
cr_wall_reorder_due_us (const CrWallReorder *reorder)
{
  if (reorder->n_waiting == 0)
    return G_MAXINT64;
  return reorder->arrived_us[INDEX (first_waiting (reorder))] + CR_WALL_REORDER_HOLD_US;
}

gpointer
cr_wall_reorder_pop (CrWallReorder *reorder, gint64 now_us, gboolean *lost)
{
  guint16 seq;

  *lost = FALSE;
  if (reorder->n_waiting == 0)
    return NULL;
  seq = first_waiting (reorder);
  if (seq != reorder->next_seq && now_us < cr_wall_reorder_due_us (reorder))
    return NULL;
  *lost = reorder->jumped || seq != reorder->next_seq;
  reorder->jumped = FALSE;
  reorder->next_seq = (guint16)(seq + 1);
  reorder->n_waiting--;
  return g_steal_pointer (&reorder->packets[INDEX (seq)]);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Return path; from ingress; to rtcp-out; media thread; allocates nothing after it was made; what does not
 * fit is given up, oldest first.
 *
 * Pending packets lie in an array in ascending order, since gaps only open at the upper end. How long to wait
 * between two requests follows the shortest time in which a request was answered lately.
 */
#include "rtc/nack.h"

#include <string.h>

/* Before any request was answered: a usual round trip and the sender's pacing. */
#define FIRST_WAIT_US (40 * 1000)
/* A request repeated faster only doubles the answers on a local network. */
#define MIN_WAIT_US (20 * 1000)
/* So that a long path still gets three tries within CR_NACK_MAX_AGE_US. */
#define MAX_WAIT_US (300 * 1000)
/* For the sender to pace its answer. */
#define WAIT_MARGIN_US (10 * 1000)
/* The shortest answer is taken over one to two of these, so that a path that became longer is noticed. */
#define ANSWER_WINDOW_US (5 * G_USEC_PER_SEC)

typedef struct {
  guint64 seq;
  gint64 missed_us;
  gint64 first_asked_us;
  gint64 due_us;
  guint tries;
} Pending;

struct CrNackList {
  Pending pending[CR_NACK_MAX_PENDING];
  guint n;
  gint64 due_us; /* not later than the earliest of `pending` */

  gint64 window_start_us;
  gint64 shortest_us[2]; /* this window, the one before; G_MAXINT64: none */
};

CrNackList *
cr_nack_list_new (void)
{
  CrNackList *list = g_new0 (CrNackList, 1);

  list->due_us = G_MAXINT64;
  list->shortest_us[0] = list->shortest_us[1] = G_MAXINT64;
  return list;
}

void
cr_nack_list_free (CrNackList *list)
{
  g_free (list);
}

void
cr_nack_list_clear (CrNackList *list)
{
  list->n = 0;
  list->due_us = G_MAXINT64;
}

guint
cr_nack_list_get_n_pending (const CrNackList *list)
{
  return list->n;
}

gint64
cr_nack_list_due_us (const CrNackList *list)
{
  return list->due_us;
}

static void
remove_at (CrNackList *list, guint at, guint count)
{
  memmove (list->pending + at, list->pending + at + count, (list->n - at - count) * sizeof (Pending));
  list->n -= count;
  if (list->n == 0)
    list->due_us = G_MAXINT64;
}

guint64
cr_nack_list_add_gap (CrNackList *list, guint64 first, guint64 end, gint64 now_us)
{
  guint64 count = end - first;
  guint64 given_up = 0;

  if (count > CR_NACK_MAX_PENDING) {
    given_up = list->n + count;
    cr_nack_list_clear (list);
    return given_up;
  }
  if (list->n + count > CR_NACK_MAX_PENDING) {
    given_up = list->n + count - CR_NACK_MAX_PENDING;
    remove_at (list, 0, (guint)given_up);
  }
  for (guint64 seq = first; seq < end; seq++) {
    list->pending[list->n++] =
        (Pending){.seq = seq, .missed_us = now_us, .due_us = now_us + CR_NACK_REORDER_US};
  }
  if (count > 0)
    list->due_us = MIN (list->due_us, now_us + CR_NACK_REORDER_US);
  return given_up;
}

/* Index of the first pending packet that is not below `seq`. */
static guint
lower_bound (const CrNackList *list, guint64 seq)
{
  guint low = 0;
  guint high = list->n;

  while (low < high) {
    guint middle = (low + high) / 2;

    if (list->pending[middle].seq < seq)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* The time from the first request is never shorter than the round trip, whichever request was answered, so
 * that its minimum is a good estimate even when requests are lost. */
static void
note_answer (CrNackList *list, gint64 answer_us, gint64 now_us)
{
  if (now_us - list->window_start_us > ANSWER_WINDOW_US) {
    list->shortest_us[1] = list->shortest_us[0];
    list->shortest_us[0] = G_MAXINT64;
    list->window_start_us = now_us;
  }
  list->shortest_us[0] = MIN (list->shortest_us[0], answer_us);
}

static gint64
wait_us (const CrNackList *list)
{
  gint64 shortest_us = MIN (list->shortest_us[0], list->shortest_us[1]);

  if (shortest_us == G_MAXINT64)
    return FIRST_WAIT_US;
  return CLAMP (shortest_us + WAIT_MARGIN_US, MIN_WAIT_US, MAX_WAIT_US);
}

CrNackOutcome
cr_nack_list_arrived (CrNackList *list, guint64 seq, gint64 now_us)
{
  guint at = lower_bound (list, seq);
  Pending found;

  if (at == list->n || list->pending[at].seq != seq)
    return CR_NACK_NOT_PENDING;
  found = list->pending[at];
  remove_at (list, at, 1);
  if (found.tries == 0)
    return CR_NACK_REORDERED;
  note_answer (list, now_us - found.first_asked_us, now_us);
  return CR_NACK_ANSWERED;
}

guint
cr_nack_list_collect (CrNackList *list, gint64 now_us, guint16 *seqs, guint max, guint *given_up)
{
  guint n_seqs = 0;
  guint kept = 0;
  gint64 due_us = G_MAXINT64;

  if (now_us < list->due_us)
    return 0;
  for (guint i = 0; i < list->n; i++) {
    Pending entry = list->pending[i];

    if (now_us - entry.missed_us >= CR_NACK_MAX_AGE_US ||
        (entry.tries == CR_NACK_MAX_TRIES && entry.due_us <= now_us)) {
      (*given_up)++;
      continue;
    }
    if (entry.due_us <= now_us && n_seqs < max) {
      seqs[n_seqs++] = (guint16)entry.seq;
      if (entry.tries++ == 0)
        entry.first_asked_us = now_us;
      entry.due_us = now_us + wait_us (list);
    }
    due_us = MIN (due_us, entry.due_us);
    list->pending[kept++] = entry;
  }
  list->n = kept;
  list->due_us = due_us;
  return n_seqs;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * One reading is under way at a time; what is asked for meanwhile is read after it.
 */
#include "live/timetables.h"

#include "base/log.h"
#include "store/term-store.h"
#include "store/timetable-store.h"

/* This term, the last and the next, and one more: lessons of older ones are in the archive. */
#define TERMS_MAX 4

typedef struct {
  void (*func) (gpointer data);
  gpointer data;
} Waiter;

struct CrTimetables {
  CrStore *store;
  GPtrArray *terms; /* CrTimetable, latest first */
  gboolean reading, stale;
  GArray *waiters; /* Waiter: until this reading has ended, or the next if `stale` */
  CrTimetablesFunc changed;
  gpointer changed_data;
};

CrTimetables *
cr_timetables_new (CrStore *store)
{
  CrTimetables *timetables = g_new0 (CrTimetables, 1);

  timetables->store = store;
  timetables->terms = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_timetable_unref);
  timetables->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  return timetables;
}

void
cr_timetables_free (CrTimetables *timetables)
{
  g_ptr_array_unref (timetables->terms);
  g_array_unref (timetables->waiters);
  g_free (timetables);
}

void
cr_timetables_set_func (CrTimetables *timetables, CrTimetablesFunc changed, gpointer data)
{
  timetables->changed = changed;
  timetables->changed_data = data;
}

/* Thread: that of the job. `data` is an array to fill. */
static gboolean
read_terms (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) terms = NULL;
  GPtrArray *out = data;

  if (!cr_term_store_list (tx, &terms, error))
    return FALSE;
  for (guint i = 0; i < MIN (terms->len, TERMS_MAX); i++) {
    const CrTerm *term = terms->pdata[i];
    CrTimetable *timetable = cr_timetable_store_load (tx, term->id, error);

    if (timetable == NULL)
      return FALSE;
    g_ptr_array_add (out, timetable);
  }
  return TRUE;
}

static GPtrArray *
new_terms (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)cr_timetable_unref);
}

static void
take_terms (CrTimetables *timetables, GPtrArray *terms)
{
  g_ptr_array_unref (timetables->terms);
  timetables->terms = g_ptr_array_ref (terms);
  if (timetables->changed != NULL)
    timetables->changed (timetables, timetables->changed_data);
}

gboolean
cr_timetables_load (CrTimetables *timetables, GError **error)
{
  g_autoptr (GPtrArray) terms = new_terms ();

  if (!cr_store_read_sync (timetables->store, read_terms, terms, error))
    return FALSE;
  take_terms (timetables, terms);
  return TRUE;
}

static void
call_waiters (CrTimetables *timetables)
{
  g_autoptr (GArray) waiters = g_steal_pointer (&timetables->waiters);

  timetables->waiters = g_array_new (FALSE, FALSE, sizeof (Waiter));
  for (guint i = 0; i < waiters->len; i++) {
    const Waiter *waiter = &g_array_index (waiters, Waiter, i);

    waiter->func (waiter->data);
  }
}

static void
on_read (gpointer data, const GError *error, gpointer done_data)
{
  CrTimetables *timetables = done_data;

  timetables->reading = FALSE;
  if (error == NULL)
    take_terms (timetables, data);
  else
    cr_log (CR_LOG_ERROR, "timetable-not-read", "why", error->message, NULL);
  if (timetables->stale && error == NULL)
    cr_timetables_refresh (timetables);
  else
    call_waiters (timetables); /* with what there is */
}

void
cr_timetables_refresh (CrTimetables *timetables)
{
  if (timetables->reading) {
    timetables->stale = TRUE;
    return;
  }
  timetables->reading = TRUE;
  timetables->stale = FALSE;
  cr_store_read (timetables->store, read_terms, new_terms (), (GDestroyNotify)g_ptr_array_unref, on_read,
                 timetables);
}

void
cr_timetables_when_fresh (CrTimetables *timetables, void (*func) (gpointer data), gpointer data)
{
  const Waiter waiter = {.func = func, .data = data};

  if (timetables->reading)
    g_array_append_val (timetables->waiters, waiter);
  else
    func (data);
}

CrTimetable *
cr_timetables_find (CrTimetables *timetables, const gchar *term_id)
{
  for (guint i = 0; i < timetables->terms->len; i++) {
    CrTimetable *timetable = timetables->terms->pdata[i];

    if (g_strcmp0 (cr_timetable_term (timetable)->id, term_id) == 0)
      return timetable;
  }
  return NULL;
}

CrTimetable *
cr_timetables_on (CrTimetables *timetables, CrDate date)
{
  CrTimetable *best = timetables->terms->len > 0 ? timetables->terms->pdata[0] : NULL;

  /* latest first: the last that does not end before the date is the nearest */
  for (guint i = 0; i < timetables->terms->len; i++) {
    CrTimetable *timetable = timetables->terms->pdata[i];
    CrDate first, last;

    cr_term_range (cr_timetable_term (timetable), &first, &last);
    if (date <= last)
      best = timetable;
  }
  return best;
}

CrTimetable *
cr_timetables_find_lesson (CrTimetables *timetables, const gchar *lesson_id, const CrMeeting **meeting)
{
  for (guint i = 0; i < timetables->terms->len; i++) {
    const CrMeeting *found = cr_timetable_meeting (timetables->terms->pdata[i], lesson_id);

    if (found == NULL)
      continue;
    if (meeting != NULL)
      *meeting = found;
    return timetables->terms->pdata[i];
  }
  return NULL;
}

CrTimetable *
cr_timetables_find_course (CrTimetables *timetables, const gchar *course_id)
{
  for (guint i = 0; i < timetables->terms->len; i++) {
    if (cr_timetable_course (timetables->terms->pdata[i], course_id) != NULL)
      return timetables->terms->pdata[i];
  }
  return NULL;
}

GPtrArray *
cr_timetables_all (CrTimetables *timetables)
{
  return timetables->terms;
}

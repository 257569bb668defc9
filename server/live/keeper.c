/* SPDX-License-Identifier: Apache-2.0
 *
 * Each change counts up; a write carries the count that it covers, and those who wait for no more than that
 * are told.
 *
 *   keep ──▶ changed ──write──▶ under way ──done──▶ kept, or once more what came meanwhile
 *                                         └─failed▶ changed still; again in RETRY_S
 */
#include "live/keeper.h"

#include "base/log.h"
#include "store/live-store.h"

#define RETRY_S 1 /* after the 2 s that a job itself waits for a lock */

typedef struct {
  gchar *classroom;
  guint slot;
  gboolean given;
  gint64 at_s;
} Turn;

typedef struct {
  guint64 change;
  CrKeptFunc done;
  gpointer data;
} Waiter;

struct CrKeeper {
  guint refs; /* its owner's, and that of each write under way */
  gchar *lesson_id;
  CrStore *store;    /* NULL: none */
  gchar *document;   /* the newest; NULL: none any more */
  gint64 changed_at; /* unix seconds */
  GArray *turns;     /* Turn, not written yet */
  guint64 n_changes, n_kept;
  guint n_writing;  /* 1, or 2 at the end of the store */
  gboolean failing; /* the last write did */
  GQueue waiters;   /* Waiter, by `change` */
  guint retry_source;
};

typedef struct {
  CrKeeper *keeper;
  gchar *lesson_id; /* of its own: the store's thread reads them */
  gchar *document;
  gint64 now_s;
  GArray *turns;
  guint64 n_changes;
} Write;

static void
turn_clear (gpointer data)
{
  g_free (((Turn *)data)->classroom);
}

static GArray *
turns_new (void)
{
  GArray *turns = g_array_new (FALSE, FALSE, sizeof (Turn));

  g_array_set_clear_func (turns, turn_clear);
  return turns;
}

CrKeeper *
cr_keeper_new (const gchar *lesson_id)
{
  CrKeeper *keeper = g_new0 (CrKeeper, 1);

  keeper->refs = 1;
  keeper->lesson_id = g_strdup (lesson_id);
  keeper->turns = turns_new ();
  g_queue_init (&keeper->waiters);
  return keeper;
}

static void
unref (CrKeeper *keeper)
{
  if (--keeper->refs > 0)
    return;
  g_array_unref (keeper->turns);
  g_free (keeper->document);
  g_free (keeper->lesson_id);
  g_free (keeper);
}

static void
answer (CrKeeper *keeper, guint64 n_changes, const GError *error)
{
  for (;;) {
    Waiter *waiter = g_queue_peek_head (&keeper->waiters);

    if (waiter == NULL || waiter->change > n_changes)
      return;
    g_queue_pop_head (&keeper->waiters);
    waiter->done (error, waiter->data);
    g_free (waiter);
  }
}

void
cr_keeper_free (CrKeeper *keeper)
{
  g_clear_handle_id (&keeper->retry_source, g_source_remove);
  keeper->store = NULL;
  unref (keeper);
}

static void
write_free (gpointer data)
{
  Write *write = data;

  unref (write->keeper);
  g_array_unref (write->turns);
  g_free (write->document);
  g_free (write->lesson_id);
  g_free (write);
}

/* [store] */
static gboolean
run_write (CrStoreTx *tx, gpointer data, GError **error)
{
  const Write *write = data;

  for (guint i = 0; i < write->turns->len; i++) {
    const Turn *turn = &g_array_index (write->turns, Turn, i);

    if (!(turn->given
              ? cr_live_store_give (tx, write->lesson_id, turn->classroom, turn->slot, turn->at_s, error)
              : cr_live_store_take (tx, write->lesson_id, turn->classroom, turn->at_s, error)))
      return FALSE;
  }
  return write->document != NULL
             ? cr_live_store_put (tx, write->lesson_id, write->document, write->now_s, error)
             : cr_live_store_remove (tx, write->lesson_id, error);
}

static void start_write (CrKeeper *keeper);

static gboolean
on_retry (gpointer data)
{
  CrKeeper *keeper = data;

  keeper->retry_source = 0;
  start_write (keeper);
  return G_SOURCE_REMOVE;
}

/* The turns go before those that came meanwhile. */
static void
take_back (CrKeeper *keeper, Write *write)
{
  GArray *later = keeper->turns;

  keeper->turns = g_steal_pointer (&write->turns);
  write->turns = turns_new ();
  g_array_append_vals (keeper->turns, later->data, later->len);
  g_array_set_clear_func (later, NULL);
  g_array_unref (later);
}

static void
note_outcome (CrKeeper *keeper, const GError *error)
{
  if (error != NULL && !keeper->failing)
    cr_log (CR_LOG_WARNING, "class-not-kept", "lesson", keeper->lesson_id, "why", error->message, NULL);
  else if (error == NULL && keeper->failing)
    cr_log (CR_LOG_INFO, "class-kept-again", "lesson", keeper->lesson_id, NULL);
  keeper->failing = error != NULL;
}

static void
on_written (gpointer data, const GError *error, gpointer done_data)
{
  Write *write = data;
  CrKeeper *keeper = write->keeper;

  keeper->n_writing--;
  note_outcome (keeper, error);
  if (error == NULL)
    keeper->n_kept = write->n_changes;
  else
    take_back (keeper, write);
  answer (keeper, write->n_changes, error);
  if (keeper->store == NULL && keeper->n_writing == 0)
    answer (keeper, G_MAXUINT64, error);
  if (keeper->store == NULL || keeper->n_writing > 0 || keeper->n_kept == keeper->n_changes)
    return;
  if (error == NULL || !g_queue_is_empty (&keeper->waiters))
    start_write (keeper);
  else if (keeper->retry_source == 0)
    keeper->retry_source = g_timeout_add_seconds (RETRY_S, on_retry, keeper);
}

static void
start_write (CrKeeper *keeper)
{
  Write *write = g_new0 (Write, 1);

  g_clear_handle_id (&keeper->retry_source, g_source_remove);
  keeper->refs++;
  write->keeper = keeper;
  write->lesson_id = g_strdup (keeper->lesson_id);
  write->document = g_strdup (keeper->document);
  write->now_s = keeper->changed_at;
  write->turns = g_steal_pointer (&keeper->turns);
  write->n_changes = keeper->n_changes;
  keeper->turns = turns_new ();
  keeper->n_writing++;
  cr_store_run (keeper->store, run_write, write, write_free, on_written, NULL);
}

static void
start_write_unless_busy (CrKeeper *keeper)
{
  if (keeper->n_writing == 0)
    start_write (keeper);
}

void
cr_keeper_set_store (CrKeeper *keeper, CrStore *store)
{
  if (store == NULL && keeper->store != NULL && keeper->n_kept != keeper->n_changes)
    start_write (keeper); /* behind the one under way: the store keeps their order */
  keeper->store = store;
}

void
cr_keeper_add_turn (CrKeeper *keeper, const gchar *classroom, guint slot, gboolean given, gint64 now_s)
{
  const Turn turn = {.classroom = g_strdup (classroom), .slot = slot, .given = given, .at_s = now_s};

  g_array_append_val (keeper->turns, turn);
}

void
cr_keeper_keep (CrKeeper *keeper, gchar *document, gint64 now_s)
{
  g_free (keeper->document);
  keeper->document = document;
  keeper->changed_at = now_s;
  keeper->n_changes++;
  if (keeper->store != NULL) {
    start_write_unless_busy (keeper);
    return;
  }
  keeper->n_kept = keeper->n_changes;
  g_array_set_size (keeper->turns, 0);
}

void
cr_keeper_when_kept (CrKeeper *keeper, CrKeptFunc done, gpointer data)
{
  Waiter *waiter;

  if (keeper->store == NULL || keeper->n_kept == keeper->n_changes) {
    done (NULL, data);
    return;
  }
  waiter = g_new (Waiter, 1);
  *waiter = (Waiter){.change = keeper->n_changes, .done = done, .data = data};
  g_queue_push_tail (&keeper->waiters, waiter);
  start_write_unless_busy (keeper);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Two lanes over one file: the writer's group transactions and the reader's snapshots. Damage, whoever meets
 * it, turns the store read-only until it is opened again.
 */
#include "store/batch.h"
#include "store/file-lock.h"
#include "store/lane.h"
#include "store/migrations.h"

#include "base/log.h"

#include <pthread.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

/* One transaction's jobs: enough that 18 joins, or 200, are one sync; few enough that the first is not held
 * up. */
#define BATCH_MAX 256

/* What arrives within this is one transaction: longer than the turns of main's loop in which 18 joins arrive,
 * shorter than anybody notices (a sync takes as long). */
#define GATHER_US 3000

#define LOG_EVERY_US (10 * G_USEC_PER_SEC)

struct CrStore {
  gchar *path;
  int lock_fd;
  GThread *main_thread;
  CrStoreTx *write_tx; /* the writer's thread; NULL: damaged from the start */
  CrStoreTx *read_tx;  /* the reader's thread; NULL: nothing can be read */
  CrLane *writer;
  CrLane *reader;
  gchar *damage;              /* set once, by any thread */
  CrLogLimit write_log_limit; /* the writer's thread */

  pthread_mutex_t stats_lock; /* of pthread, for ThreadSanitizer */
  CrStoreStats stats;
};

static void
set_damage (CrStore *store, const gchar *what)
{
  gchar *damage =
      g_strdup_printf ("%s is damaged (%s). It is served as far as it can be read, and not written any "
                       "more. Stop classrelayd, then bring back a backup with “classrelayd restore FILE”",
                       store->path, what);

  if (!g_atomic_pointer_compare_and_exchange (&store->damage, NULL, damage)) {
    g_free (damage);
    return;
  }
  cr_log (CR_LOG_ERROR, "database-damaged", "file", store->path, "why", what, "mode", "read-only", NULL);
}

const gchar *
cr_store_damage (CrStore *store)
{
  return g_atomic_pointer_get (&store->damage);
}

/* After a job or a commit failed on `tx`. */
static void
look_for_damage (CrStore *store, CrStoreTx *tx, const GError *error)
{
  if (tx->damaged)
    set_damage (store, error != NULL ? error->message : "a page that cannot be one");
}

static void
fail_all (GQueue *jobs, GQueue *answered, const GError *error)
{
  CrJob *job;

  while ((job = g_queue_pop_head (jobs)) != NULL) {
    if (job->error == NULL)
      job->error = g_error_copy (error);
    g_queue_push_tail (answered, job);
  }
}

static void
fail_read_only (CrStore *store, GQueue *jobs, GQueue *answered)
{
  g_autoptr (GError) error =
      g_error_new_literal (CR_STORE_ERROR, CR_STORE_ERROR_READ_ONLY, cr_store_damage (store));

  fail_all (jobs, answered, error);
}

static void
count_answer (CrStoreStats *stats, const GError *error)
{
  stats->n_jobs++;
  if (error == NULL || error->domain != CR_STORE_ERROR)
    return;
  stats->n_busy += error->code == CR_STORE_ERROR_BUSY;
  stats->n_failed += error->code == CR_STORE_ERROR_DISK || error->code == CR_STORE_ERROR_FAILED;
}

static void
log_failures (CrStore *store, GQueue *answered)
{
  const GError *worst = NULL;
  g_autofree gchar *swallowed = NULL;
  guint suppressed;

  for (GList *l = answered->head; l != NULL; l = l->next) {
    const GError *error = ((CrJob *)l->data)->error;

    if (g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_DISK) ||
        g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_FAILED) ||
        g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_BUSY))
      worst = error;
  }
  if (worst == NULL ||
      !cr_log_limit_pass (&store->write_log_limit, g_get_monotonic_time (), LOG_EVERY_US, &suppressed))
    return;
  swallowed = suppressed > 0 ? g_strdup_printf ("%u", suppressed) : NULL;
  cr_log (CR_LOG_ERROR, "database-write-failed", "file", store->path, "why", worst->message, "suppressed",
          swallowed, NULL);
}

static void
account_for (CrStore *store, GQueue *answered, gboolean wrote)
{
  pthread_mutex_lock (&store->stats_lock);
  store->stats.n_commits += wrote;
  for (GList *l = answered->head; l != NULL; l = l->next)
    count_answer (&store->stats, ((CrJob *)l->data)->error);
  pthread_mutex_unlock (&store->stats_lock);
  log_failures (store, answered);
}

/* BEGIN failed. Locked: only the oldest have waited long enough; the others come again. */
static void
answer_not_begun (CrStore *store, GQueue *batch, GQueue *answered, const GError *error)
{
  gint64 now_us = g_get_monotonic_time ();
  GQueue late = G_QUEUE_INIT;
  CrJob *job;

  if (!g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_BUSY)) {
    look_for_damage (store, store->write_tx, error);
    fail_all (batch, answered, error);
    return;
  }
  do {
    g_queue_push_tail (&late, g_queue_pop_head (batch));
    job = g_queue_peek_head (batch);
  } while (job != NULL && now_us - job->queued_us >= CR_LANE_WAIT_US);
  fail_all (&late, answered, error);
}

static void
write_batch (GQueue *batch, GQueue *answered, gpointer data)
{
  CrStore *store = data;
  CrStoreTx *tx = store->write_tx;
  CrJob *oldest = g_queue_peek_head (batch);
  g_autoptr (GError) error = NULL;
  gboolean wrote;

  if (tx == NULL || cr_store_damage (store) != NULL) {
    fail_read_only (store, batch, answered);
    account_for (store, answered, FALSE);
    return;
  }
  tx->wait_until_us = oldest->queued_us + CR_LANE_WAIT_US;
  if (!cr_connection_exec (tx, "BEGIN IMMEDIATE", &error)) {
    answer_not_begun (store, batch, answered, error);
    account_for (store, answered, FALSE);
    return;
  }
  wrote = cr_batch_commit (tx, batch, &error);
  look_for_damage (store, tx, error);
  if (error != NULL)
    fail_all (batch, answered, error);
  for (CrJob *job; (job = g_queue_pop_head (batch)) != NULL;)
    g_queue_push_tail (answered, job);
  account_for (store, answered, wrote);
}

static void
read_batch (GQueue *batch, GQueue *answered, gpointer data)
{
  CrStore *store = data;

  if (store->read_tx == NULL) {
    fail_read_only (store, batch, answered);
    return;
  }
  for (CrJob *job; (job = g_queue_pop_head (batch)) != NULL;) {
    store->read_tx->wait_until_us = job->queued_us + CR_LANE_WAIT_US;
    cr_batch_read (store->read_tx, job);
    look_for_damage (store, store->read_tx, job->error);
    g_queue_push_tail (answered, job);
  }
}

/* FALSE with READ_ONLY for a damaged file, with `store->write_tx` NULL. */
static gboolean
open_sound (CrStore *store, GError **error)
{
  g_autoptr (CrStoreTx) tx = cr_connection_open (store->path, CR_CONNECTION_WRITE, error);
  g_autofree gchar *complaint = NULL;
  guint n_migrations;
  const CrMigration *migrations = cr_migrations (&n_migrations);

  if (tx == NULL)
    return FALSE;
  complaint = cr_connection_check (tx);
  if (complaint != NULL) {
    g_set_error_literal (error, CR_STORE_ERROR, CR_STORE_ERROR_READ_ONLY, complaint);
    return FALSE;
  }
  if (!cr_migrations_apply (tx, migrations, n_migrations, error)) {
    g_prefix_error (error, "%s: ", store->path);
    return FALSE;
  }
  store->read_tx = cr_connection_open (store->path, CR_CONNECTION_READ, error);
  if (store->read_tx == NULL)
    return FALSE;
  store->write_tx = g_steal_pointer (&tx);
  return TRUE;
}

static gboolean
open_connections (CrStore *store, GError **error)
{
  g_autoptr (GError) local = NULL;

  if (open_sound (store, &local))
    return TRUE;
  if (!g_error_matches (local, CR_STORE_ERROR, CR_STORE_ERROR_READ_ONLY)) {
    g_propagate_error (error, g_steal_pointer (&local));
    return FALSE;
  }
  set_damage (store, local->message);
  store->read_tx = cr_connection_open (store->path, CR_CONNECTION_RESCUE, NULL);
  return TRUE;
}

static CrLane *
start_lane (CrStore *store, GMainContext *context, gboolean writes)
{
  const CrLaneSettings settings = {
      .name = writes ? "store" : "store-reader",
      .max_batch = writes ? BATCH_MAX : 1, /* read one by one, so that those behind a slow one can expire */
      .gather_us = writes ? GATHER_US : 0,
      .func = writes ? write_batch : read_batch,
      .data = store,
      .context = context,
  };

  return cr_lane_new (&settings);
}

gchar *
cr_store_path (const gchar *state_dir)
{
  return g_build_filename (state_dir, "classrelay.db", NULL);
}

CrStore *
cr_store_open (const gchar *path, GMainContext *context, GError **error)
{
  g_autoptr (CrStore) store = g_new0 (CrStore, 1);

  store->path = g_strdup (path);
  store->main_thread = g_thread_self ();
  pthread_mutex_init (&store->stats_lock, NULL);
  store->lock_fd = cr_file_lock_take (path, FALSE, error);
  if (store->lock_fd < 0 || !open_connections (store, error))
    return NULL;
  store->writer = start_lane (store, context, TRUE);
  store->reader = start_lane (store, context, FALSE);
  return g_steal_pointer (&store);
}

static void
stop_lanes (CrStore *store)
{
  gboolean again;

  cr_lane_stop (store->reader);
  cr_lane_stop (store->writer);
  do { /* done() of one lane may hand a job to the other, which is refused and answered */
    again = cr_lane_answer_all (store->reader);
    again |= cr_lane_answer_all (store->writer);
  } while (again);
  cr_lane_free (store->reader);
  cr_lane_free (store->writer);
}

void
cr_store_free (CrStore *store)
{
  if (store->writer != NULL)
    stop_lanes (store);
  g_clear_pointer (&store->read_tx, cr_connection_close);
  g_clear_pointer (&store->write_tx, cr_connection_close);
  if (store->lock_fd >= 0)
    close (store->lock_fd);
  pthread_mutex_destroy (&store->stats_lock);
  g_free (store->damage);
  g_free (store->path);
  g_free (store);
}

static void
push (CrStore *store, CrLane *lane, CrStoreFunc func, gpointer data, GDestroyNotify destroy,
      CrStoreDoneFunc done, gpointer done_data)
{
  CrJob *job;

  g_assert (g_thread_self () == store->main_thread);
  job = g_new0 (CrJob, 1);
  job->func = func;
  job->data = data;
  job->destroy = destroy;
  job->done = done;
  job->done_data = done_data;
  cr_lane_push (lane, job);
}

void
cr_store_run (CrStore *store, CrStoreFunc func, gpointer data, GDestroyNotify destroy, CrStoreDoneFunc done,
              gpointer done_data)
{
  push (store, store->writer, func, data, destroy, done, done_data);
}

void
cr_store_read (CrStore *store, CrStoreFunc func, gpointer data, GDestroyNotify destroy, CrStoreDoneFunc done,
               gpointer done_data)
{
  push (store, store->reader, func, data, destroy, done, done_data);
}

typedef struct {
  gboolean answered;
  GError *error;
} Waiting;

static void
on_sync_answered (gpointer data, const GError *error, gpointer done_data)
{
  Waiting *waiting = done_data;

  waiting->answered = TRUE;
  waiting->error = error != NULL ? g_error_copy (error) : NULL;
}

static gboolean
run_and_wait (CrStore *store, CrLane *lane, CrStoreFunc func, gpointer data, GError **error)
{
  Waiting waiting = {FALSE, NULL};

  push (store, lane, func, data, NULL, on_sync_answered, &waiting);
  while (!waiting.answered)
    cr_lane_wait (lane);
  if (waiting.error == NULL)
    return TRUE;
  g_propagate_error (error, waiting.error);
  return FALSE;
}

gboolean
cr_store_run_sync (CrStore *store, CrStoreFunc func, gpointer data, GError **error)
{
  return run_and_wait (store, store->writer, func, data, error);
}

gboolean
cr_store_read_sync (CrStore *store, CrStoreFunc func, gpointer data, GError **error)
{
  return run_and_wait (store, store->reader, func, data, error);
}

void
cr_store_get_stats (CrStore *store, CrStoreStats *stats)
{
  pthread_mutex_lock (&store->stats_lock);
  *stats = store->stats;
  pthread_mutex_unlock (&store->stats_lock);
  stats->n_busy += cr_lane_n_expired (store->writer) + cr_lane_n_expired (store->reader);
}

/* SQLite names them all: "UNIQUE constraint failed: classroom.school_id, classroom.code". */
gchar *
cr_store_error_column (const GError *error)
{
  const gchar *dot;

  if (!g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_CONFLICT))
    return NULL;
  dot = strrchr (error->message, '.');
  return dot != NULL ? g_strdup (dot + 1) : NULL;
}

gchar *
cr_store_new_id (void)
{
  static const gchar letters[] = "abcdefghijklmnopqrstuvwxyz234567";
  guint8 random[26]; /* five bits of each are used */
  gchar *id = g_malloc0 (sizeof random + 1);

  if (getrandom (random, sizeof random, 0) != sizeof random)
    g_error ("getrandom: no randomness"); /* up to 256 bytes never fall short once the kernel is seeded */
  for (gsize i = 0; i < sizeof random; i++)
    id[i] = letters[random[i] % 32];
  return id;
}

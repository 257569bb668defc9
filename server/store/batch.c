/* SPDX-License-Identifier: Apache-2.0
 *
 * Group commit: a savepoint for each job, so that one that fails undoes itself alone, and one COMMIT, which
 * is the one sync, for all.
 */
#include "store/batch.h"

static gboolean
run_job (CrStoreTx *tx, CrJob *job)
{
  if (job->func (tx, job->data, &job->error))
    return TRUE;
  if (job->error == NULL)
    g_set_error_literal (&job->error, CR_STORE_ERROR, CR_STORE_ERROR_FAILED,
                         "a job failed without saying why");
  return FALSE;
}

static void
run_in_savepoint (CrStoreTx *tx, CrJob *job)
{
  if (!cr_connection_exec (tx, "SAVEPOINT job", &job->error))
    return;
  if (!run_job (tx, job))
    (void)!cr_connection_exec (tx, "ROLLBACK TO job", NULL);
  (void)!cr_connection_exec (tx, "RELEASE job", NULL);
}

/* A full disk or an I/O error makes SQLite undo the whole transaction, all jobs of it; on a damaged file
 * nothing is to be built. FALSE then, with the error that each of them gets. */
static gboolean
run_batch (CrStoreTx *tx, GQueue *batch, GError **error)
{
  for (GList *l = batch->head; l != NULL; l = l->next) {
    CrJob *job = l->data;

    run_in_savepoint (tx, job);
    if (!tx->damaged && !sqlite3_get_autocommit (tx->db))
      continue;
    g_set_error (error, CR_STORE_ERROR, tx->damaged ? CR_STORE_ERROR_READ_ONLY : CR_STORE_ERROR_DISK,
                 "nothing was written: %s",
                 job->error != NULL ? job->error->message : sqlite3_errmsg (tx->db));
    return FALSE;
  }
  return TRUE;
}

gboolean
cr_batch_commit (CrStoreTx *tx, GQueue *batch, GError **error)
{
  int n_changes = sqlite3_total_changes (tx->db);

  if (run_batch (tx, batch, error) && cr_connection_exec (tx, "COMMIT", error))
    return sqlite3_total_changes (tx->db) != n_changes;
  if (!sqlite3_get_autocommit (tx->db))
    (void)!cr_connection_exec (tx, "ROLLBACK", NULL);
  return FALSE;
}

void
cr_batch_read (CrStoreTx *tx, CrJob *job)
{
  if (!cr_connection_exec (tx, "BEGIN", &job->error))
    return;
  (void)run_job (tx, job);
  (void)!cr_connection_exec (tx, "ROLLBACK", NULL); /* nothing was written: it only lets the snapshot go */
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a restart needs, in one SQLite file. Main hands in jobs and never waits: writes run on the store's
 * thread, all that are queued in one transaction (one fsync for 18 joins at the bell), each in a savepoint of
 * its own; reads run on a second thread with a snapshot each. The answer comes back on main when the data is
 * on the disk.
 *
 *   main ──cr_store_run()──▶ [store]  BEGIN, SAVEPOINT per job, COMMIT ──▶ done() on main
 *        ──cr_store_read()─▶ [reader] one snapshot per job             ──▶ done() on main
 *
 * Job functions live in the *-store.c modules, which hold all SQL, written with statement.h.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_STORE_ERROR (cr_store_error_quark ())
GQuark cr_store_error_quark (void);
typedef enum {
  CR_STORE_ERROR_BUSY,      /* locked, or the disk stands still: 503 with Retry-After */
  CR_STORE_ERROR_READ_ONLY, /* the file is damaged; reads may still work: 503 */
  CR_STORE_ERROR_DISK,      /* full, or an I/O error: 503; nothing was written */
  CR_STORE_ERROR_CONFLICT,  /* a value that must be unique is taken (cr_store_error_column() names it): 409 */
  CR_STORE_ERROR_IN_USE,    /* a reference: the row is still used, or what it refers to is not there: 409 */
  CR_STORE_ERROR_INVALID,   /* a CHECK or NOT NULL refused the value: 422 */
  CR_STORE_ERROR_VERSION,   /* edited by somebody else meanwhile: 412 */
  CR_STORE_ERROR_NOT_FOUND, /* no such row: 404 */
  CR_STORE_ERROR_FAILED     /* a fault of ours: 500 */
} CrStoreError;

typedef struct CrStore CrStore;

/* What a job works with: the connection and its statements. Valid during the job, on its thread. */
typedef struct CrStoreTx CrStoreTx;

/* Runs once, on the store's thread ([store]) or the reader's. FALSE with `error` undoes what this job wrote
 * and nothing else. */
typedef gboolean (*CrStoreFunc) (CrStoreTx *tx, gpointer data, GError **error);

/* On main. `error` is NULL after the commit; owned by the store. `data` is destroyed after it returns. */
typedef void (*CrStoreDoneFunc) (gpointer data, const GError *error, gpointer done_data);

/* Where the database is in a state folder. Free with g_free(). Thread: [any]. */
gchar *cr_store_path (const gchar *state_dir);

/* Opens or makes `path`, checks it (quick_check) and brings it to the newest schema; blocks for as long as
 * that takes. A damaged file opens read-only: see cr_store_damage(). Errors: the file cannot be opened or
 * made, or was written by a newer version. `context` (NULL: the default) is where done() runs. Thread:
 * [main]. */
CrStore *cr_store_open (const gchar *path, GMainContext *context, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Finishes the queued jobs, whose done() run before it returns, and closes. Thread: [main]. */
void cr_store_free (CrStore *store);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrStore, cr_store_free)

/* NULL, or why the store is read-only: a sentence for the operator that names the file and the remedy.
 * Thread: [main]. */
const gchar *cr_store_damage (CrStore *store);

/* Writes (and reads what it needs for them). Takes `data`, freed by `destroy` (may be NULL) on main after
 * `done` (may be NULL). Answered within about 2 s when the database is locked. Jobs run in the order they
 * came. Thread: [main]. */
void cr_store_run (CrStore *store, CrStoreFunc func, gpointer data, GDestroyNotify destroy,
                   CrStoreDoneFunc done, gpointer done_data);

/* The same for jobs that only read: no lock, not behind any write. What done() of a write has reported is
 * seen. */
void cr_store_read (CrStore *store, CrStoreFunc func, gpointer data, GDestroyNotify destroy,
                    CrStoreDoneFunc done, gpointer done_data);

/* Runs one write and waits: for commands and start-up, never while serving. Thread: [main]. */
gboolean cr_store_run_sync (CrStore *store, CrStoreFunc func, gpointer data,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_store_read_sync (CrStore *store, CrStoreFunc func, gpointer data,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The last column of a CONFLICT, as the schema calls it ("code"); NULL where there is none. Free with
 * g_free(). */
gchar *cr_store_error_column (const GError *error);

/* A new opaque id: 26 characters of [a-z2-7], 130 random bits. Free with g_free(). Thread: [any]. */
gchar *cr_store_new_id (void);

typedef struct {
  guint64 n_jobs;    /* writes answered */
  guint64 n_commits; /* transactions that wrote */
  guint64 n_busy;    /* jobs answered BUSY */
  guint64 n_failed;  /* jobs answered DISK or FAILED */
} CrStoreStats;

/* For /metrics. Thread: [main]. */
void cr_store_get_stats (CrStore *store, CrStoreStats *stats);

G_END_DECLS

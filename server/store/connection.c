/* SPDX-License-Identifier: Apache-2.0
 *
 * Opening, settings and errors of a connection. synchronous=FULL with WAL syncs the log at each commit, so
 * that an acknowledged write outlives kill -9 and a power cut; NORMAL would lose the last ones in the latter.
 */
#include "store/connection.h"
#include "store/statement-cache.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

/* How often a lock is tried again: many times within the 2 s that a job waits, and cheap. */
#define LOCK_RETRY_US 10000

/* The log shrinks to this after a backup or a slow reader made it grow: 16 times the checkpoint's 1,000 pages
 * of 4 KiB. */
#define LOG_LIMIT "PRAGMA journal_size_limit = 67108864"

G_DEFINE_QUARK (cr - store - error, cr_store_error)

static int
on_locked (void *data, int n_tries)
{
  CrStoreTx *tx = data;

  if (g_get_monotonic_time () >= tx->wait_until_us)
    return 0;
  g_usleep (LOCK_RETRY_US);
  return 1;
}

static CrStoreError
code_of_constraint (int rc)
{
  switch (rc) {
  case SQLITE_CONSTRAINT_UNIQUE:
  case SQLITE_CONSTRAINT_PRIMARYKEY:
    return CR_STORE_ERROR_CONFLICT;
  case SQLITE_CONSTRAINT_FOREIGNKEY:
    return CR_STORE_ERROR_IN_USE;
  case SQLITE_CONSTRAINT_CHECK:
  case SQLITE_CONSTRAINT_NOTNULL:
    return CR_STORE_ERROR_INVALID;
  default:
    return CR_STORE_ERROR_FAILED;
  }
}

static CrStoreError
code_of (int rc)
{
  switch (rc & 0xff) { /* the primary code */
  case SQLITE_BUSY:
  case SQLITE_LOCKED:
    return CR_STORE_ERROR_BUSY;
  case SQLITE_CORRUPT:
  case SQLITE_NOTADB:
  case SQLITE_READONLY:
    return CR_STORE_ERROR_READ_ONLY;
  case SQLITE_FULL:
  case SQLITE_IOERR:
  case SQLITE_CANTOPEN:
    return CR_STORE_ERROR_DISK;
  case SQLITE_CONSTRAINT:
    return code_of_constraint (rc);
  default:
    return CR_STORE_ERROR_FAILED;
  }
}

void
cr_connection_set_error (CrStoreTx *tx, int rc, GError **error)
{
  int primary = rc & 0xff;

  if (primary == SQLITE_CORRUPT || primary == SQLITE_NOTADB)
    tx->damaged = TRUE;
  g_set_error_literal (error, CR_STORE_ERROR, (gint)code_of (rc), sqlite3_errmsg (tx->db));
}

gboolean
cr_connection_exec (CrStoreTx *tx, const gchar *sql, GError **error)
{
  int rc = sqlite3_exec (tx->db, sql, NULL, NULL, NULL);

  if (rc != SQLITE_OK) {
    cr_connection_set_error (tx, sqlite3_extended_errcode (tx->db), error);
    return FALSE;
  }
  return TRUE;
}

/* The log and the shared index take their mode from the file, so it is made before SQLite would make it for
 * all. */
static gboolean
make_private_file (const gchar *path, GError **error)
{
  int fd = open (path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd < 0) {
    g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_DISK, "cannot open %s: %s", path, g_strerror (errno));
    return FALSE;
  }
  /* No descriptor of a database may be closed once SQLite has it open, or its locks are gone; here it has
   * not. */
  close (fd);
  return TRUE;
}

static gboolean
set_up (CrStoreTx *tx, CrConnectionMode mode, GError **error)
{
  /* Foreign keys are off until asked for, in every connection. trusted_schema: a restored file's schema may
   * call no function that has side effects. */
  const gchar *settings =
      "PRAGMA foreign_keys = ON; PRAGMA trusted_schema = OFF; PRAGMA cell_size_check = ON;";

  sqlite3_busy_handler (tx->db, on_locked, tx);
  sqlite3_extended_result_codes (tx->db, 1);
  sqlite3_db_config (tx->db, SQLITE_DBCONFIG_DEFENSIVE, 1, NULL);
  sqlite3_db_config (tx->db, SQLITE_DBCONFIG_DQS_DML, 0, NULL);
  sqlite3_db_config (tx->db, SQLITE_DBCONFIG_DQS_DDL, 0, NULL);
  if (mode == CR_CONNECTION_RESCUE)
    sqlite3_db_config (tx->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  if (!cr_connection_exec (tx, settings, error))
    return FALSE;
  if (mode != CR_CONNECTION_WRITE)
    return cr_connection_exec (tx, "PRAGMA query_only = ON", error);
  return cr_connection_exec (tx, "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; " LOG_LIMIT, error);
}

CrStoreTx *
cr_connection_open (const gchar *path, CrConnectionMode mode, GError **error)
{
  g_autoptr (CrStoreTx) tx = g_new0 (CrStoreTx, 1);
  int rc;

  tx->statements = cr_statement_cache_new ();
  tx->wait_until_us = g_get_monotonic_time () + 2 * G_USEC_PER_SEC;
  if (mode == CR_CONNECTION_WRITE && !make_private_file (path, error))
    return NULL;
  /* NOMUTEX: a connection is used by one thread at a time, which SQLite then need not ensure. */
  rc = sqlite3_open_v2 (path, &tx->db, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, NULL);
  if (rc != SQLITE_OK) {
    cr_connection_set_error (tx, rc, error);
    g_prefix_error (error, "cannot open %s: ", path);
    return NULL;
  }
  if (!set_up (tx, mode, error)) {
    g_prefix_error (error, "cannot open %s: ", path);
    return NULL;
  }
  return g_steal_pointer (&tx);
}

void
cr_connection_close (CrStoreTx *tx)
{
  g_clear_pointer (&tx->statements, g_hash_table_unref); /* before the connection that they belong to */
  if (tx->damaged)                                       /* a damaged file stays as it was found */
    sqlite3_db_config (tx->db, SQLITE_DBCONFIG_NO_CKPT_ON_CLOSE, 1, NULL);
  sqlite3_close (tx->db);
  g_free (tx);
}

gchar *
cr_connection_check (CrStoreTx *tx)
{
  sqlite3_stmt *statement = NULL;
  gchar *complaint = NULL;

  if (sqlite3_prepare_v2 (tx->db, "PRAGMA quick_check (1)", -1, &statement, NULL) != SQLITE_OK ||
      sqlite3_step (statement) != SQLITE_ROW)
    complaint = g_strdup (sqlite3_errmsg (tx->db));
  else if (g_strcmp0 ((const gchar *)sqlite3_column_text (statement, 0), "ok") != 0)
    complaint = g_strdup ((const gchar *)sqlite3_column_text (statement, 0));
  sqlite3_finalize (statement);
  if (complaint != NULL) {
    tx->damaged = TRUE;
    g_strdelimit (complaint, "\n", ' '); /* one event, one line */
  }
  return complaint;
}

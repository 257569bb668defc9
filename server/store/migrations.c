/* SPDX-License-Identifier: Apache-2.0
 *
 * Runs migrations. What ran is a row in the table `migration`, written in the step's own transaction, so that
 * a kill between two steps repeats or skips nothing. Foreign keys are off meanwhile, as rebuilding a table
 * needs, and checked before each commit instead.
 */
#include "store/migrations.h"
#include "store/statement.h"

#include <gio/gio.h>

#define FOLDER "/classrelay/migrations/"

GResource *cr_store_sql_get_resource (void);

static const CrMigration *
load_migrations (guint *n_migrations)
{
  static CrMigration migrations[] = {
      {1, "0001-people-schools-timetable.sql", NULL},
      {2, "0002-live-lessons.sql", NULL},
      {3, "0003-account-revocations.sql", NULL},
      {4, "0004-course-moved.sql", NULL},
  };

  *n_migrations = G_N_ELEMENTS (migrations);
  for (guint i = 0; i < G_N_ELEMENTS (migrations); i++) {
    g_autofree gchar *path = g_strconcat (FOLDER, migrations[i].name, NULL);
    g_autoptr (GBytes) bytes = g_resource_lookup_data (cr_store_sql_get_resource (), path, 0, NULL);

    g_assert (bytes != NULL);
    migrations[i].sql = g_bytes_get_data (bytes, NULL); /* part of the program, ended by a zero */
  }
  return migrations;
}

const CrMigration *
cr_migrations (guint *n_migrations)
{
  static gsize loaded;
  static const CrMigration *migrations;
  static guint n;

  if (g_once_init_enter (&loaded)) {
    migrations = load_migrations (&n);
    g_once_init_leave (&loaded, 1);
  }
  *n_migrations = n;
  return migrations;
}

gboolean
cr_migrations_present (CrStoreTx *tx, guint *number, GError **error)
{
  g_autoptr (CrStatement) table = NULL;
  g_autoptr (CrStatement) newest = NULL;
  CrStep step;

  *number = 0;
  table = cr_statement_open (tx, "SELECT 1 FROM sqlite_master WHERE type = 'table' AND name = 'migration'");
  step = cr_statement_step (table, error);
  if (step != CR_STEP_ROW)
    return step == CR_STEP_DONE;
  newest = cr_statement_open (tx, "SELECT coalesce (max (number), 0) FROM migration");
  if (cr_statement_step (newest, error) != CR_STEP_ROW)
    return FALSE;
  *number = (guint)cr_statement_int (newest, 0);
  return TRUE;
}

static gboolean
check_references (CrStoreTx *tx, GError **error)
{
  g_autoptr (CrStatement) check = cr_statement_open (tx, "PRAGMA foreign_key_check");
  CrStep step = cr_statement_step (check, error);

  if (step == CR_STEP_ROW)
    g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_FAILED,
                 "a row of %s refers to a row of %s that is not there", cr_statement_text (check, 0),
                 cr_statement_text (check, 2));
  return step == CR_STEP_DONE;
}

/* Inside the step's transaction: another process may have run it since we looked. */
static gboolean
run_step (CrStoreTx *tx, const CrMigration *migration, GError **error)
{
  guint present;

  if (!cr_migrations_present (tx, &present, error))
    return FALSE;
  if (present >= migration->number)
    return TRUE;
  return cr_connection_exec (tx, migration->sql, error) && check_references (tx, error) &&
         cr_statement_exec (tx, NULL, error,
                            "INSERT INTO migration (number, name, applied_at) VALUES (?1, ?2, ?3)",
                            CR_INT (migration->number), CR_TEXT (migration->name),
                            CR_INT (g_get_real_time () / G_USEC_PER_SEC));
}

static gboolean
run_in_transaction (CrStoreTx *tx, const CrMigration *migration, GError **error)
{
  if (!cr_connection_exec (tx, "BEGIN IMMEDIATE", error))
    return FALSE;
  if (!run_step (tx, migration, error) || !cr_connection_exec (tx, "COMMIT", error)) {
    g_prefix_error (error, "schema %s: ", migration->name);
    (void)!cr_connection_exec (tx, "ROLLBACK", NULL);
    return FALSE;
  }
  return TRUE;
}

static gboolean
run_missing (CrStoreTx *tx, const CrMigration *migrations, guint n_migrations, GError **error)
{
  if (!cr_connection_exec (tx,
                           "CREATE TABLE IF NOT EXISTS migration (number INTEGER NOT NULL PRIMARY KEY,"
                           " name TEXT NOT NULL, applied_at BIGINT NOT NULL)",
                           error))
    return FALSE;
  for (guint i = 0; i < n_migrations; i++)
    if (!run_in_transaction (tx, &migrations[i], error))
      return FALSE;
  return TRUE;
}

gboolean
cr_migrations_apply (CrStoreTx *tx, const CrMigration *migrations, guint n_migrations, GError **error)
{
  guint present;
  gboolean done;

  if (!cr_migrations_present (tx, &present, error))
    return FALSE;
  if (present > n_migrations) {
    g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_FAILED,
                 "written by a newer version (schema %u; this one knows %u): install that version", present,
                 n_migrations);
    return FALSE;
  }
  if (present == n_migrations)
    return TRUE;
  if (!cr_connection_exec (tx, "PRAGMA foreign_keys = OFF", error))
    return FALSE;
  done = run_missing (tx, migrations, n_migrations, error);
  return cr_connection_exec (tx, "PRAGMA foreign_keys = ON", done ? error : NULL) && done;
}

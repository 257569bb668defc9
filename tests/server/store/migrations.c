/* SPDX-License-Identifier: Apache-2.0
 *
 * The schema from every earlier version ends as a fresh one does, with its rows; a step that fails changes
 * nothing. Two steps of the test's own stand in for those to come.
 */
#include "store-fixture.h"
#include "store/migrations.h"

/* The real ones, one that adds a column and one that rebuilds a table which others refer to. */
static const CrMigration *
make_history (guint *n)
{
  static CrMigration history[16];
  guint n_real;
  const CrMigration *real = cr_migrations (&n_real);

  g_assert_cmpuint (n_real + 2, <=, G_N_ELEMENTS (history));
  memcpy (history, real, n_real * sizeof *real);
  history[n_real] = (CrMigration){n_real + 1, "add-a-column",
                                  "ALTER TABLE school ADD COLUMN altitude_m INTEGER;"
                                  "UPDATE school SET altitude_m = 0;"};
  history[n_real + 1] =
      (CrMigration){n_real + 2, "rebuild-a-table",
                    "CREATE TABLE school_new (id TEXT NOT NULL PRIMARY KEY, code TEXT NOT NULL UNIQUE,"
                    " name TEXT NOT NULL, district TEXT NOT NULL, altitude_m INTEGER);"
                    "INSERT INTO school_new SELECT id, code, name, district, altitude_m FROM school;"
                    "DROP TABLE school;"
                    "ALTER TABLE school_new RENAME TO school;"};
  *n = n_real + 2;
  return history;
}

static gchar *
make_path (const gchar *folder, guint from)
{
  g_autofree gchar *name = g_strdup_printf ("from-%u.db", from);

  return g_build_filename (folder, name, NULL);
}

static CrStoreTx *
open_plain (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  CrStoreTx *tx = cr_connection_open (path, CR_CONNECTION_WRITE, &error);

  g_assert_no_error (error);
  return tx;
}

/* Everything that the schema says, in the order of names. */
static gchar *
dump_schema (CrStoreTx *tx)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx, "SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY type, name");
  GString *dump = g_string_new (NULL);

  while (cr_statement_step (s, NULL) == CR_STEP_ROW)
    g_string_append_printf (dump, "%s %s %s\n", cr_statement_text (s, 0), cr_statement_text (s, 1),
                            cr_statement_text (s, 2));
  return g_string_free (dump, FALSE);
}

static guint
count (CrStoreTx *tx, const gchar *sql)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, sql);

  g_assert_cmpint (cr_statement_step (s, NULL), ==, CR_STEP_ROW);
  return (guint)cr_statement_int (s, 0);
}

static void
apply (CrStoreTx *tx, const CrMigration *migrations, guint n)
{
  g_autoptr (GError) error = NULL;
  gboolean done = cr_migrations_apply (tx, migrations, n, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

static void
fill (CrStoreTx *tx)
{
  g_assert_true (
      cr_connection_exec (tx,
                          "INSERT INTO school (id, code, name, district) VALUES ('s', '1', 'n', 'd');"
                          "INSERT INTO classroom (id, school_id, code, name) VALUES ('c', 's', '1', 'n');",
                          NULL));
}

static void
test_every_version_leads_to_the_newest (Fixture *f, gconstpointer data)
{
  guint n;
  const CrMigration *history = make_history (&n);
  g_autofree gchar *expected = NULL;

  for (guint from = 0; from <= n; from++) {
    g_autofree gchar *path = make_path (f->folder, from);
    g_autoptr (CrStoreTx) tx = open_plain (path);
    g_autofree gchar *schema = NULL;

    apply (tx, history, from);
    if (from > 0)
      fill (tx);
    apply (tx, history, n);
    apply (tx, history, n); /* once more does nothing */
    schema = dump_schema (tx);
    if (from == 0)
      expected = g_steal_pointer (&schema);
    else
      g_assert_cmpstr (schema, ==, expected);
    g_assert_cmpuint (count (tx, "SELECT count(*) FROM migration"), ==, n);
    g_assert_cmpuint (count (tx, "SELECT count(*) FROM classroom JOIN school ON school.id = school_id"), ==,
                      from > 0);
    g_assert_cmpuint (count (tx, "PRAGMA foreign_keys"), ==, 1);
  }
}

static void
test_a_failing_step_changes_nothing (Fixture *f, gconstpointer data)
{
  const gchar *broken_sql[] = {
      "ALTER TABLE school ADD COLUMN x INTEGER; ALTER TABLE nowhere ADD COLUMN x INTEGER;",
      "DELETE FROM school;", /* leaves a classroom without one */
  };
  guint n;
  const CrMigration *real = cr_migrations (&n);
  g_autofree gchar *path = make_path (f->folder, 99);
  g_autoptr (CrStoreTx) tx = open_plain (path);
  g_autofree gchar *before = NULL;
  CrMigration history[16];

  memcpy (history, real, n * sizeof *real);
  apply (tx, history, n);
  fill (tx);
  before = dump_schema (tx);
  for (guint i = 0; i < G_N_ELEMENTS (broken_sql); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *after = NULL;

    history[n] = (CrMigration){n + 1, "broken", broken_sql[i]};
    g_assert_false (cr_migrations_apply (tx, history, n + 1, &error));
    g_assert_error (error, CR_STORE_ERROR, CR_STORE_ERROR_FAILED);
    g_assert_nonnull (strstr (error->message, "broken"));
    after = dump_schema (tx);
    g_assert_cmpstr (after, ==, before);
    g_assert_cmpuint (count (tx, "SELECT count(*) FROM school"), ==, 1);
    g_assert_cmpuint (count (tx, "SELECT count(*) FROM migration"), ==, n);
  }
}

static void
test_a_newer_file_is_refused (Fixture *f, gconstpointer data)
{
  guint n;
  const CrMigration *history = make_history (&n);
  g_autoptr (CrStoreTx) tx = NULL;
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&f->store, cr_store_free);
  tx = open_plain (f->path);
  apply (tx, history, n);
  g_clear_pointer (&tx, cr_connection_close);
  g_assert_null (cr_store_open (f->path, NULL, &error));
  g_assert_error (error, CR_STORE_ERROR, CR_STORE_ERROR_FAILED);
  g_assert_nonnull (strstr (error->message, "newer version"));
}

/* What has run somewhere is never edited: a later step changes it. */
static void
test_steps_that_ran_stay (Fixture *f, gconstpointer data)
{
  static const gchar *const hashes[] = {
      "7b6c060f9775670230eb6f1a0d810fb8ac1fe2a6f05d31f439e5ee79833ec96a",
  };
  guint n;
  const CrMigration *real = cr_migrations (&n);

  g_assert_cmpuint (n, >=, G_N_ELEMENTS (hashes));
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
    g_autofree gchar *hash = g_compute_checksum_for_string (G_CHECKSUM_SHA256, real[i].sql, -1);

    g_assert_cmpstr (hash, ==, hashes[i]);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/migrations/every-version", test_every_version_leads_to_the_newest);
  fixture_test ("/store/migrations/failing-step", test_a_failing_step_changes_nothing);
  fixture_test ("/store/migrations/unedited", test_steps_that_ran_stay);
  fixture_test ("/store/migrations/newer", test_a_newer_file_is_refused);
  return g_test_run ();
}

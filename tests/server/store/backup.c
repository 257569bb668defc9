/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies taken while another process writes, put back over a sound, a damaged and a missing database, and
 * those that are refused.
 */
#include "store-fixture.h"
#include "store/backup.h"

#include <signal.h>

/* Writes rows in pairs, one transaction each pair: a copy must never have half of one. */
static gboolean
add_pair (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autofree gchar *other = g_strconcat (data, "-other", NULL);

  return add_school (tx, data, error) && add_school (tx, other, error);
}

/* So that a copy takes a while. */
static gboolean
fill (CrStoreTx *tx, gpointer data, GError **error)
{
  for (guint i = 0; i < 20000; i++) {
    g_autofree gchar *code = g_strdup_printf ("F%06u", i);

    if (!add_pair (tx, code, error))
      return FALSE;
  }
  return TRUE;
}

static int
write_pairs (const gchar *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (path, NULL, &error);
  gboolean good = store != NULL;

  for (guint i = 0; good; i++) {
    g_autofree gchar *code = g_strdup_printf ("P%06u", i);

    good = cr_store_run_sync (store, add_pair, code, &error);
    if (i == 20)
      g_print ("writing\n");
  }
  return 1;
}

static gboolean
count_halves (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT count(*) FROM school a WHERE code NOT LIKE '%-other'"
                             " AND NOT EXISTS (SELECT 1 FROM school b WHERE b.code = a.code || '-other')");

  if (cr_statement_step (s, error) != CR_STEP_ROW)
    return FALSE;
  *(guint *)data = (guint)cr_statement_int (s, 0);
  return TRUE;
}

static gchar *
beside (Fixture *f, const gchar *name)
{
  return g_build_filename (f->folder, name, NULL);
}

static void
back_up (Fixture *f, const gchar *to)
{
  g_autoptr (GError) error = NULL;
  gboolean done = cr_backup_write (f->path, to, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

/* Restores into a closed database and opens it. */
static void
restore (Fixture *f, const gchar *from, gchar **kept)
{
  g_autoptr (GError) error = NULL;
  gboolean done;

  g_clear_pointer (&f->store, cr_store_free);
  done = cr_backup_restore (f->path, from, kept, &error);
  g_assert_no_error (error);
  g_assert_true (done);
  fixture_open (f);
  g_assert_null (cr_store_damage (f->store));
}

static void
assert_whole (Fixture *f, guint at_least)
{
  guint n_halves = 1;

  fixture_read (f, count_halves, &n_halves);
  g_assert_cmpuint (n_halves, ==, 0);
  g_assert_cmpuint (fixture_count_schools (f), >=, at_least);
}

static void
test_a_copy_while_another_writes (Fixture *f, gconstpointer data)
{
  g_autoptr (GSubprocess) writer = NULL;
  g_autofree gchar *line = NULL;
  guint n_before = 0, n_last = 0;

  fixture_run (f, fill, NULL);
  writer = spawn_self ("--write-pairs", f->path, "");
  line = read_line (writer);
  g_assert_cmpstr (line, ==, "writing");
  for (guint i = 0; i < 5; i++) {
    g_autofree gchar *name = g_strdup_printf ("copy-%u.db", i);
    g_autofree gchar *copy = beside (f, name);

    n_before = fixture_count_schools (f);
    back_up (f, copy);
  }
  g_subprocess_send_signal (writer, SIGKILL);
  g_subprocess_wait (writer, NULL, NULL);
  n_last = fixture_count_schools (f);
  for (guint i = 0; i < 5; i++) {
    g_autofree gchar *name = g_strdup_printf ("copy-%u.db", i);
    g_autofree gchar *copy = beside (f, name);
    g_autofree gchar *kept = NULL;

    restore (f, copy, &kept);
    assert_whole (f, i == 4 ? n_before : 0); /* what was acknowledged before the copy is in it */
  }
  g_test_message ("5 copies while %u rows were written, the last with %u", n_last, fixture_count_schools (f));
}

static void
test_a_copy_brings_the_past_back (Fixture *f, gconstpointer data)
{
  g_autofree gchar *copy = beside (f, "copy.db");
  g_autofree gchar *kept = NULL;
  g_autofree gchar *again = NULL;
  g_autofree gchar *newest = NULL;

  fixture_run (f, add_pair, (gpointer) "before");
  back_up (f, copy);
  fixture_run (f, add_pair, (gpointer) "after");
  restore (f, copy, &kept);
  g_assert_cmpuint (fixture_count_schools (f), ==, 2);
  g_assert_true (g_file_test (kept, G_FILE_TEST_EXISTS));
  g_clear_pointer (&f->store, cr_store_free);
  g_unlink (f->path); /* nothing there */
  restore (f, copy, &again);
  g_assert_null (again);
  g_assert_cmpuint (fixture_count_schools (f), ==, 2);
  fixture_run (f, add_pair, (gpointer) "later");
  back_up (f, copy); /* over the older one */
  restore (f, copy, &newest);
  g_assert_cmpuint (fixture_count_schools (f), ==, 4);
}

/* A daemon that was killed leaves its log: it must not be folded into what is restored. */
static void
test_an_old_log_is_not_mixed_in (Fixture *f, gconstpointer data)
{
  g_autoptr (GSubprocess) writer = NULL;
  g_autofree gchar *copy = beside (f, "copy.db");
  g_autofree gchar *wal = g_strconcat (f->path, "-wal", NULL);
  g_autofree gchar *line = NULL;
  g_autofree gchar *kept = NULL;
  g_autofree gchar *kept_wal = NULL;

  fixture_run (f, add_pair, (gpointer) "before");
  back_up (f, copy);
  g_clear_pointer (&f->store, cr_store_free);
  writer = spawn_self ("--write-pairs", f->path, "");
  line = read_line (writer);
  g_subprocess_send_signal (writer, SIGKILL);
  g_subprocess_wait (writer, NULL, NULL);
  g_assert_true (g_file_test (wal, G_FILE_TEST_EXISTS));
  restore (f, copy, &kept);
  g_assert_cmpuint (fixture_count_schools (f), ==, 2);
  kept_wal = g_strconcat (kept, "-wal", NULL);
  g_assert_true (g_file_test (kept_wal, G_FILE_TEST_EXISTS)); /* and is not lost either */
}

static void
test_a_damaged_database_is_replaced (Fixture *f, gconstpointer data)
{
  g_autofree gchar *copy = beside (f, "copy.db");
  g_autofree gchar *kept = NULL;

  fixture_run (f, add_pair, (gpointer) "before");
  back_up (f, copy);
  g_clear_pointer (&f->store, cr_store_free);
  g_assert_true (g_file_set_contents (f->path,
                                      "rubbish, and more of it than a header has: 100 bytes are needed "
                                      "for SQLite to look at it as one, so here they are, or nearly",
                                      -1, NULL));
  fixture_open (f);
  g_assert_nonnull (cr_store_damage (f->store));
  restore (f, copy, &kept);
  g_assert_cmpuint (fixture_count_schools (f), ==, 2);
}

static void
assert_refused (Fixture *f, const gchar *from, CrStoreError code)
{
  g_autofree gchar *kept = NULL;
  g_autoptr (GError) error = NULL;

  g_assert_false (cr_backup_restore (f->path, from, &kept, &error));
  g_test_message ("%s", error->message);
  g_assert_error (error, CR_STORE_ERROR, (gint)code);
  g_assert_null (kept);
}

static void
test_what_is_no_backup_is_refused (Fixture *f, gconstpointer data)
{
  g_autofree gchar *rubbish = beside (f, "rubbish.db");
  g_autofree gchar *empty = beside (f, "empty.db");
  g_autofree gchar *missing = beside (f, "missing.db");
  g_autofree gchar *text = g_strnfill (5000, 'x');

  fixture_run (f, add_pair, (gpointer) "before");
  assert_refused (f, f->path, CR_STORE_ERROR_BUSY); /* while it is in use */
  g_clear_pointer (&f->store, cr_store_free);
  g_assert_true (g_file_set_contents (rubbish, text, -1, NULL));
  g_assert_true (g_file_set_contents (empty, "", 0, NULL));
  assert_refused (f, rubbish, CR_STORE_ERROR_READ_ONLY);
  assert_refused (f, empty, CR_STORE_ERROR_INVALID);
  assert_refused (f, missing, CR_STORE_ERROR_NOT_FOUND);
  fixture_open (f);
  g_assert_cmpuint (fixture_count_schools (f), ==, 2);
}

int
main (int argc, char **argv)
{
  if (argc > 2 && g_str_equal (argv[1], "--write-pairs"))
    return write_pairs (argv[2]);
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/backup/while-writing", test_a_copy_while_another_writes);
  fixture_test ("/store/backup/past", test_a_copy_brings_the_past_back);
  fixture_test ("/store/backup/old-log", test_an_old_log_is_not_mixed_in);
  fixture_test ("/store/backup/damaged", test_a_damaged_database_is_replaced);
  fixture_test ("/store/backup/refused", test_what_is_no_backup_is_refused);
  return g_test_run ();
}

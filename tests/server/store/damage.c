/* SPDX-License-Identifier: Apache-2.0
 *
 * A damaged file is served as far as it can be read, said to be damaged, and not touched.
 */
#include "store-fixture.h"

#include <fcntl.h>
#include <sqlite3.h>
#include <sys/stat.h>

#define PAGE_BYTES 4096

static void
overwrite (const gchar *path, gint64 offset, gsize length)
{
  g_autofree guint8 *bytes = g_malloc (length);
  int fd = open (path, O_WRONLY | O_CLOEXEC);

  memset (bytes, 0xa5, length);
  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (pwrite (fd, bytes, length, offset), ==, (gssize)length);
  close (fd);
}

static gboolean
fill (CrStoreTx *tx, gpointer data, GError **error)
{
  for (guint i = 0; i < 2000; i++) {
    g_autofree gchar *code = g_strdup_printf ("S%05u", i);

    if (!add_school (tx, code, error))
      return FALSE;
  }
  return TRUE;
}

/* The page where the table `school` has its root: a pointer to other pages, so that every read of it fails.
 */
static gboolean
find_root (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrStatement) s =
      cr_statement_open (tx, "SELECT rootpage FROM sqlite_master WHERE name = 'school'");

  if (cr_statement_step (s, error) != CR_STEP_ROW)
    return FALSE;
  *(guint *)data = (guint)cr_statement_int (s, 0);
  return TRUE;
}

/* Reads the table, not an index of it. */
static gboolean
read_names (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT max(name) FROM school");

  return cr_statement_step (s, error) == CR_STEP_ROW;
}

static gboolean
count_terms (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT count(*) FROM term");

  return cr_statement_step (s, error) == CR_STEP_ROW;
}

static gboolean
add_term (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autofree gchar *id = cr_store_new_id ();

  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO term (id, name, first_monday, n_weeks, time_zone) VALUES (?1, ?1, '', 22, '')",
      CR_TEXT (id));
}

static guint
fill_and_close (Fixture *f)
{
  guint root = 0;

  fixture_run (f, fill, NULL);
  fixture_read (f, find_root, &root);
  g_assert_cmpuint (root, >, 1);
  g_clear_pointer (&f->store, cr_store_free);
  return root;
}

static void
test_a_page_turned_to_rubbish (Fixture *f, gconstpointer data)
{
  guint root = fill_and_close (f);
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  gsize before_bytes, after_bytes;
  Answers answers = {0};

  overwrite (f->path, (gint64)(root - 1) * PAGE_BYTES, PAGE_BYTES);
  g_assert_true (g_file_get_contents (f->path, &before, &before_bytes, NULL));
  fixture_open (f); /* it starts */
  g_test_message ("%s", cr_store_damage (f->store));
  g_assert_nonnull (strstr (cr_store_damage (f->store), f->path));
  g_assert_nonnull (strstr (cr_store_damage (f->store), "classrelayd restore"));
  add_schools (f, 5000, 3, &answers);
  cr_store_read (f->store, read_names, NULL, NULL, on_answered, &answers);
  answers_wait (&answers, 4);
  g_assert_cmpuint (answers.n_read_only, ==, 4);
  fixture_read (f, count_terms, NULL); /* what is sound can be read */
  g_clear_pointer (&f->store, cr_store_free);
  g_assert_true (g_file_get_contents (f->path, &after, &after_bytes, NULL));
  g_assert_cmpmem (before, before_bytes, after, after_bytes);
}

static void
copy_file (const gchar *from, const gchar *to)
{
  g_autofree gchar *bytes = NULL;
  gsize n_bytes;

  g_assert_true (g_file_get_contents (from, &bytes, &n_bytes, NULL));
  g_assert_true (g_file_set_contents (to, bytes, (gssize)n_bytes, NULL));
}

/* The log of a daemon that was killed stays as it is, too: folding it in would write to the file. */
static void
test_the_log_of_a_damaged_file_stays (Fixture *f, gconstpointer data)
{
  guint root = fill_and_close (f);
  Fixture killed = {.folder = f->folder, .path = g_build_filename (f->folder, "killed.db", NULL)};
  g_autofree gchar *wal = g_strconcat (f->path, "-wal", NULL);
  g_autofree gchar *killed_wal = g_strconcat (killed.path, "-wal", NULL);
  g_autofree gchar *before = NULL;
  g_autofree gchar *after = NULL;
  gsize before_bytes, after_bytes;

  fixture_open (f);
  fixture_run (f, add_school, (gpointer) "in the log");
  copy_file (f->path, killed.path);
  copy_file (wal, killed_wal);
  overwrite (killed.path, (gint64)(root - 1) * PAGE_BYTES, PAGE_BYTES);
  g_assert_true (g_file_get_contents (killed.path, &before, &before_bytes, NULL));
  fixture_open (&killed);
  g_assert_nonnull (cr_store_damage (killed.store));
  fixture_read (&killed, count_terms, NULL); /* opens the log */
  cr_store_free (killed.store);
  g_assert_true (g_file_get_contents (killed.path, &after, &after_bytes, NULL));
  g_assert_cmpmem (before, before_bytes, after, after_bytes);
  g_assert_true (g_file_test (killed_wal, G_FILE_TEST_EXISTS));
  g_free (killed.path);
}

static void
test_no_database_at_all (Fixture *f, gconstpointer data)
{
  Answers answers = {0};

  g_clear_pointer (&f->store, cr_store_free);
  overwrite (f->path, 0, PAGE_BYTES);
  fixture_open (f);
  g_assert_nonnull (cr_store_damage (f->store));
  add_schools (f, 0, 1, &answers);
  cr_store_read (f->store, read_names, NULL, NULL, on_answered, &answers);
  answers_wait (&answers, 2);
  g_assert_cmpuint (answers.n_read_only, ==, 2);
}

/* The page goes bad while it runs: the first who meets it turns the store read-only. */
static void
test_damage_found_while_running (Fixture *f, gconstpointer data)
{
  guint root = fill_and_close (f);
  Answers answers = {0};

  fixture_open (f);
  g_assert_null (cr_store_damage (f->store));
  overwrite (f->path, (gint64)(root - 1) * PAGE_BYTES, PAGE_BYTES);
  cr_store_read (f->store, read_names, NULL, NULL, on_answered, &answers);
  answers_wait (&answers, 1);
  g_assert_cmpuint (answers.n_read_only, ==, 1);
  g_assert_nonnull (cr_store_damage (f->store));
  add_schools (f, 5000, 1, &answers);
  answers_wait (&answers, 2);
  g_assert_cmpuint (answers.n_read_only, ==, 2);
}

/* The store's writer keeps pages in memory until somebody else has written. */
static void
write_from_elsewhere (Fixture *f)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_exec (db, "INSERT INTO term VALUES ('other', 'other', '', 22, '', 1)", NULL, NULL, NULL), ==,
      SQLITE_OK);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

/* A writer meets it: what else was in its transaction is not written either. */
static void
test_damage_found_by_a_writer (Fixture *f, gconstpointer data)
{
  guint root = fill_and_close (f);
  Answers answers = {0};

  fixture_open (f);
  overwrite (f->path, (gint64)(root - 1) * PAGE_BYTES, PAGE_BYTES);
  write_from_elsewhere (f);
  cr_store_run (f->store, add_term, NULL, NULL, on_answered, &answers);
  add_schools (f, 5000, 3, &answers);
  cr_store_run (f->store, add_term, NULL, NULL, on_answered, &answers);
  answers_wait (&answers, 5);
  g_assert_cmpuint (answers.n_read_only, ==, 5);
  g_assert_nonnull (cr_store_damage (f->store));
}

static void
test_the_file_is_private (Fixture *f, gconstpointer data)
{
  const gchar *suffixes[] = {"", "-wal", "-shm", ".lock"};

  fixture_run (f, fill, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree gchar *path = g_strconcat (f->path, suffixes[i], NULL);
    GStatBuf status;

    g_assert_cmpint (g_stat (path, &status), ==, 0);
    g_assert_cmpuint (status.st_mode & 0777, ==, 0600);
  }
}

static void
test_a_path_that_cannot_be (void)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (cr_store_open ("/proc/nowhere/classrelay.db", NULL, &error));
  g_assert_error (error, CR_STORE_ERROR, CR_STORE_ERROR_DISK);
  g_assert_nonnull (strstr (error->message, "/proc/nowhere"));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/damage/page", test_a_page_turned_to_rubbish);
  fixture_test ("/store/damage/log", test_the_log_of_a_damaged_file_stays);
  fixture_test ("/store/damage/no-database", test_no_database_at_all);
  fixture_test ("/store/damage/running", test_damage_found_while_running);
  fixture_test ("/store/damage/writer", test_damage_found_by_a_writer);
  fixture_test ("/store/damage/private", test_the_file_is_private);
  g_test_add_func ("/store/damage/path", test_a_path_that_cannot_be);
  return g_test_run ();
}

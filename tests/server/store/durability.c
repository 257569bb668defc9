/* SPDX-License-Identifier: Apache-2.0
 *
 * kill -9 of a process that writes, at random moments, until 1,000 writes were acknowledged: none is lost and
 * the file is sound. What a power cut adds to that is the disk's keeping of fdatasync(), which no test here
 * can show.
 */
#include "store-fixture.h"

#include <signal.h>

#define N_ACKNOWLEDGED 1000
#define IN_FLIGHT      7 /* so that a kill finds groups of several */

/* The process that is killed: says each code once its write is answered. */
typedef struct {
  CrStore *store;
  guint next;
} Writer;

static void write_next (Writer *writer);

static void
on_written (gpointer data, const GError *error, gpointer done_data)
{
  g_autofree gchar *line = g_strdup_printf ("%s\n", (const gchar *)data);

  g_assert_no_error (error);
  g_assert_cmpint (write (STDOUT_FILENO, line, strlen (line)), ==, (gssize)strlen (line));
  write_next (done_data);
}

static void
write_next (Writer *writer)
{
  cr_store_run (writer->store, add_school, g_strdup_printf ("S%06u", writer->next++), g_free, on_written,
                writer);
}

static void G_GNUC_NORETURN
write_until_killed (const gchar *path, const gchar *first)
{
  g_autoptr (GError) error = NULL;
  Writer writer = {cr_store_open (path, NULL, &error), (guint)g_ascii_strtoull (first, NULL, 10)};

  g_assert_no_error (error);
  for (guint i = 0; i < IN_FLIGHT; i++)
    write_next (&writer);
  for (;;)
    g_main_context_iteration (NULL, TRUE);
}

/* Reads acknowledgements until `n` have come, kills, and reads those that had left before. */
static void
kill_after (Fixture *f, guint first, guint n, GHashTable *acknowledged)
{
  g_autofree gchar *start = g_strdup_printf ("%u", first);
  g_autoptr (GSubprocess) process = spawn_self ("--write", f->path, start);
  gchar *line;

  for (guint i = 0; (line = read_line (process)) != NULL; i++) {
    g_hash_table_add (acknowledged, line);
    if (i + 1 == n)
      g_subprocess_send_signal (process, SIGKILL);
  }
  g_assert_false (g_subprocess_wait_check (process, NULL, NULL));
  g_assert_true (g_subprocess_get_if_signaled (process));
}

static gboolean
look_for_lost (CrStoreTx *tx, gpointer data, GError **error)
{
  GHashTable *acknowledged = data;
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT code FROM school");
  g_autoptr (CrStatement) check = cr_statement_open (tx, "PRAGMA integrity_check");
  guint n_found = 0;
  CrStep step;

  while ((step = cr_statement_step (s, error)) == CR_STEP_ROW)
    n_found += g_hash_table_contains (acknowledged, cr_statement_text (s, 0));
  g_assert_cmpuint (n_found, ==, g_hash_table_size (acknowledged));
  g_assert_cmpint (cr_statement_step (check, error), ==, CR_STEP_ROW);
  g_assert_cmpstr (cr_statement_text (check, 0), ==, "ok");
  return step == CR_STEP_DONE;
}

static void
test_no_acknowledged_write_is_lost (Fixture *f, gconstpointer data)
{
  g_autoptr (GHashTable) acknowledged = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (GRand) chance = g_rand_new_with_seed (20260105);
  guint n_kills = 0;

  while (g_hash_table_size (acknowledged) < N_ACKNOWLEDGED) {
    g_clear_pointer (&f->store, cr_store_free);
    kill_after (f, 10000 * n_kills, (guint)g_rand_int_range (chance, 1, 60), acknowledged);
    n_kills++;
    fixture_open (f);
    g_assert_null (cr_store_damage (f->store));
    fixture_read (f, look_for_lost, acknowledged);
  }
  g_test_message ("%u acknowledged writes, %u kills, %u rows found, none lost",
                  g_hash_table_size (acknowledged), n_kills, fixture_count_schools (f));
}

int
main (int argc, char **argv)
{
  if (argc > 3 && g_str_equal (argv[1], "--write"))
    write_until_killed (argv[2], argv[3]);
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/durability/kill", test_no_acknowledged_write_is_lost);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs and answers; what a sync costs and how many there are; and that neither a lock nor a slow disk holds
 * anybody. The disk is the real one: fdatasync() below stands before libc's and counts, waits or fails.
 */
#include "store-fixture.h"

#include <errno.h>
#include <signal.h>
#include <sqlite3.h>
#include <sys/resource.h>
#include <sys/syscall.h>

static gint n_syncs;
static gint sync_wait_us; /* a busy disk */
static gint sync_fails;   /* a broken one */

int fdatasync (int fd);

int
fdatasync (int fd)
{
  g_atomic_int_inc (&n_syncs);
  if (g_atomic_int_get (&sync_wait_us) > 0)
    g_usleep ((gulong)g_atomic_int_get (&sync_wait_us));
  if (g_atomic_int_get (&sync_fails)) {
    errno = EIO;
    return -1;
  }
  return (int)syscall (SYS_fdatasync, fd);
}

static void
test_answers_come_on_main_after_the_commit (Fixture *f, gconstpointer data)
{
  Answers answers = {0};

  add_schools (f, 0, 5, &answers);
  g_assert_cmpuint (answers_total (&answers), ==, 0); /* never from inside cr_store_run() */
  answers_wait (&answers, 5);
  g_assert_cmpuint (answers.n_good, ==, 5);
  g_assert_cmpuint (fixture_count_schools (f), ==, 5);
}

static gboolean
add_and_think_better (CrStoreTx *tx, gpointer data, GError **error)
{
  return add_school (tx, data, error) && add_school (tx, data, error);
}

static void
test_a_failed_job_undoes_itself_alone (Fixture *f, gconstpointer data)
{
  Answers answers = {0};

  add_schools (f, 1, 2, &answers);
  cr_store_run (f->store, add_and_think_better, g_strdup ("x"), g_free, on_answered, &answers);
  add_schools (f, 3, 2, &answers);
  answers_wait (&answers, 5);
  g_assert_cmpuint (answers.n_good, ==, 4);
  g_assert_cmpuint (answers.n_other, ==, 1);
  g_assert_cmpuint (fixture_count_schools (f), ==, 4);
}

static void
test_18_joins_are_one_sync (Fixture *f, gconstpointer data)
{
  Answers answers = {0};
  CrStoreStats before, after;
  gint syncs_before;

  add_schools (f, 0, 1, &answers); /* a new log's header has a sync of its own */
  answers_wait (&answers, 1);
  cr_store_get_stats (f->store, &before);
  syncs_before = g_atomic_int_get (&n_syncs);
  add_schools (f, 1, 18, &answers);
  answers_wait (&answers, 19);
  cr_store_get_stats (f->store, &after);
  g_test_message ("18 jobs: %d fdatasync, %u commits", g_atomic_int_get (&n_syncs) - syncs_before,
                  (guint)(after.n_commits - before.n_commits));
  g_assert_cmpuint (answers.n_good, ==, 19);
  g_assert_cmpint (g_atomic_int_get (&n_syncs) - syncs_before, ==, 1);
  g_assert_cmpuint (after.n_commits - before.n_commits, ==, 1);
}

/* They arrive one by one, in as many turns of main's loop. A busy machine may stretch them over more time
 * than they are gathered for, so one round in ten must do; without gathering none does, since the first would
 * go alone. */
static void
test_joins_in_a_row_are_gathered (Fixture *f, gconstpointer data)
{
  guint best = G_MAXUINT;

  for (guint round = 0; round < 10; round++) {
    Answers answers = {0};
    CrStoreStats before, after;

    cr_store_get_stats (f->store, &before);
    for (guint i = 0; i < 18; i++) {
      add_schools (f, 18 * round + i, 1, &answers);
      g_main_context_iteration (NULL, FALSE);
      g_usleep (60);
    }
    answers_wait (&answers, 18);
    cr_store_get_stats (f->store, &after);
    best = MIN (best, (guint)(after.n_commits - before.n_commits));
  }
  g_assert_cmpuint (best, ==, 1);
}

/* The other process: locks the database until its standard input ends. */
static int
hold_lock (const gchar *path)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (path, &db), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, "BEGIN IMMEDIATE", NULL, NULL, NULL), ==, SQLITE_OK);
  g_print ("locked\n");
  (void)!getchar ();
  sqlite3_close (db);
  return 0;
}

static GSubprocess *
lock_elsewhere (Fixture *f)
{
  GSubprocess *process = spawn_self ("--hold-lock", f->path, "");
  g_autofree gchar *line = read_line (process);

  g_assert_cmpstr (line, ==, "locked");
  return process;
}

static void
unlock_elsewhere (GSubprocess *process)
{
  g_assert_true (g_output_stream_close (g_subprocess_get_stdin_pipe (process), NULL, NULL));
  g_assert_true (g_subprocess_wait_check (process, NULL, NULL));
}

static void
test_a_lock_is_answered_busy_and_passes (Fixture *f, gconstpointer data)
{
  g_autoptr (GSubprocess) other = lock_elsewhere (f);
  Answers writes = {0};
  gint64 begun_us = g_get_monotonic_time ();

  add_schools (f, 0, 20, &writes);
  g_assert_cmpuint (fixture_count_schools (f), ==, 0); /* reads go on meanwhile */
  g_assert_cmpint (g_get_monotonic_time () - begun_us, <, G_USEC_PER_SEC);
  answers_wait (&writes, 20);
  g_test_message ("20 jobs behind a lock: BUSY after %.2f s",
                  (gdouble)(writes.last_us - begun_us) / G_USEC_PER_SEC);
  g_assert_cmpuint (writes.n_busy, ==, 20);
  g_assert_cmpint (writes.last_us - begun_us, >=, 1900000);
  g_assert_cmpint (writes.last_us - begun_us, <, 3500000);
  unlock_elsewhere (other);
  add_schools (f, 0, 20, &writes);
  answers_wait (&writes, 40);
  g_assert_cmpuint (writes.n_good, ==, 20);
}

/* Nanoseconds that this thread was ready to run and another ran instead: the machine's doing, not ours. */
static gint64
run_delay_us (void)
{
  g_autofree gchar *text = NULL;
  gint64 delay_ns = 0;

  if (g_file_get_contents ("/proc/thread-self/schedstat", &text, NULL, NULL))
    delay_ns = g_ascii_strtoll (strchr (text, ' '), NULL, 10);
  return delay_ns / 1000;
}

typedef struct {
  gint64 max_us;
  guint n;
} Holds;

/* One turn of main's loop, and what it hands in: how long main could do nothing else. */
static void
turn (Fixture *f, Holds *holds, Answers *answers, guint code)
{
  gint64 delay_us = run_delay_us ();
  gint64 begun_us = g_get_monotonic_time ();
  gint64 hold_us;

  add_schools (f, code, 3, answers);
  cr_store_read (f->store, count_schools, g_new0 (guint, 1), g_free, on_answered, answers);
  g_main_context_iteration (NULL, FALSE);
  hold_us = g_get_monotonic_time () - begun_us - (run_delay_us () - delay_us);
  holds->max_us = MAX (holds->max_us, hold_us);
  holds->n++;
}

static void
test_main_is_never_held (Fixture *f, gconstpointer data)
{
  g_autoptr (GSubprocess) other = lock_elsewhere (f);
  Holds locked = {0}, slow = {0};
  Answers answers = {0};
  guint code = 0;

  for (gint64 end_us = g_get_monotonic_time () + 4 * G_USEC_PER_SEC; g_get_monotonic_time () < end_us;) {
    turn (f, &locked, &answers, code += 3);
    g_usleep (2000);
  }
  unlock_elsewhere (other);
  g_atomic_int_set (&sync_wait_us, 400000);
  for (gint64 end_us = g_get_monotonic_time () + 4 * G_USEC_PER_SEC; g_get_monotonic_time () < end_us;) {
    turn (f, &slow, &answers, code += 3);
    g_usleep (2000);
  }
  g_atomic_int_set (&sync_wait_us, 0);
  answers_wait (&answers, 4 * (locked.n + slow.n));
  g_test_message (
      "main's longest hold: %.2f ms of %u turns while locked, %.2f ms of %u while a sync takes 400 ms; "
      "%u good, %u busy",
      (gdouble)locked.max_us / 1000, locked.n, (gdouble)slow.max_us / 1000, slow.n, answers.n_good,
      answers.n_busy);
  g_assert_cmpint (locked.max_us, <=, 5000);
  g_assert_cmpint (slow.max_us, <=, 5000);
  g_assert_cmpuint (answers.n_busy, >, 0);
  g_assert_cmpuint (answers.n_good, >, 0);
  g_assert_cmpuint (answers.n_other + answers.n_read_only, ==, 0);
}

static void
test_a_disk_that_stands_still_hangs_nobody (Fixture *f, gconstpointer data)
{
  Answers first = {0}, behind = {0};
  gint syncs_before = g_atomic_int_get (&n_syncs);
  gint64 begun_us;

  g_atomic_int_set (&sync_wait_us, 6 * G_USEC_PER_SEC);
  add_schools (f, 0, 1, &first);
  while (g_atomic_int_get (&n_syncs) == syncs_before) /* until the writer is stuck in it */
    g_main_context_iteration (NULL, FALSE);
  begun_us = g_get_monotonic_time ();
  add_schools (f, 1, 50, &behind);
  answers_wait (&behind, 50);
  g_test_message ("50 jobs behind a stuck sync: BUSY after %.2f s",
                  (gdouble)(behind.last_us - begun_us) / G_USEC_PER_SEC);
  g_assert_cmpuint (behind.n_busy, ==, 50);
  g_assert_cmpint (behind.last_us - begun_us, <, 4 * G_USEC_PER_SEC);
  g_atomic_int_set (&sync_wait_us, 0);
  answers_wait (&first, 1);
  g_assert_cmpuint (first.n_good, ==, 1); /* begun is finished, however late */
}

static void
test_a_failed_sync_is_no_success (Fixture *f, gconstpointer data)
{
  Answers answers = {0};

  g_atomic_int_set (&sync_fails, 1);
  add_schools (f, 0, 3, &answers);
  answers_wait (&answers, 3);
  g_assert_cmpuint (answers.n_disk, ==, 3);
  g_atomic_int_set (&sync_fails, 0);
  g_assert_cmpuint (fixture_count_schools (f), ==, 0);
  add_schools (f, 0, 3, &answers);
  answers_wait (&answers, 6);
  g_assert_cmpuint (answers.n_good, ==, 3);
  g_assert_cmpuint (fixture_count_schools (f), ==, 3);
}

/* A file that may not grow stands for a full disk: the kernel refuses the write in the same place. */
static void
test_a_full_disk_refuses_and_recovers (Fixture *f, gconstpointer data)
{
  g_autofree gchar *wal = g_strconcat (f->path, "-wal", NULL);
  Answers answers = {0};
  struct rlimit before, full;
  GStatBuf status;

  add_schools (f, 0, 1, &answers);
  answers_wait (&answers, 1);
  g_assert_cmpint (g_stat (wal, &status), ==, 0);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &before), ==, 0);
  full = (struct rlimit){(rlim_t)status.st_size, before.rlim_max};
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &full), ==, 0);
  add_schools (f, 1, 3, &answers);
  answers_wait (&answers, 4);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &before), ==, 0);
  g_assert_cmpuint (answers.n_disk, ==, 3);
  g_assert_null (cr_store_damage (f->store));
  g_assert_cmpuint (fixture_count_schools (f), ==, 1);
  add_schools (f, 1, 3, &answers);
  answers_wait (&answers, 7);
  g_assert_cmpuint (fixture_count_schools (f), ==, 4);
}

static void
hand_in_another (gpointer data, const GError *error, gpointer done_data)
{
  Fixture *f = done_data;

  cr_store_read (f->store, count_schools, g_new0 (guint, 1), g_free, NULL, NULL);
  cr_store_run (f->store, add_school, g_strdup ("late"), g_free, NULL, NULL);
}

static void
test_freeing_answers_everything (Fixture *f, gconstpointer data)
{
  Answers answers = {0};

  add_schools (f, 0, 100, &answers);
  cr_store_run (f->store, add_school, g_strdup ("last"), g_free, hand_in_another, f);
  cr_store_free (f->store);
  g_assert_cmpuint (answers.n_good, ==, 100);
  fixture_open (f);
  g_assert_cmpuint (fixture_count_schools (f), ==, 101);
}

int
main (int argc, char **argv)
{
  if (argc > 2 && g_str_equal (argv[1], "--hold-lock"))
    return hold_lock (argv[2]);
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/store/answers", test_answers_come_on_main_after_the_commit);
  fixture_test ("/store/store/savepoint", test_a_failed_job_undoes_itself_alone);
  fixture_test ("/store/store/group-commit", test_18_joins_are_one_sync);
  fixture_test ("/store/store/gather", test_joins_in_a_row_are_gathered);
  fixture_test ("/store/store/locked", test_a_lock_is_answered_busy_and_passes);
  fixture_test ("/store/store/main-not-held", test_main_is_never_held);
  fixture_test ("/store/store/stuck-disk", test_a_disk_that_stands_still_hangs_nobody);
  fixture_test ("/store/store/failed-sync", test_a_failed_sync_is_no_success);
  fixture_test ("/store/store/full-disk", test_a_full_disk_refuses_and_recovers);
  fixture_test ("/store/store/free", test_freeing_answers_everything);
  return g_test_run ();
}

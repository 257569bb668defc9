/* SPDX-License-Identifier: Apache-2.0
 *
 * A store in a temporary folder, jobs that add schools, and a main loop that is turned until they are
 * answered.
 */
#pragma once

#include "store/school-store.h"
#include "store/statement.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <unistd.h>

typedef struct {
  gchar *folder, *path;
  CrStore *store;
} Fixture;

static inline void
fixture_open (Fixture *f)
{
  g_autoptr (GError) error = NULL;

  f->store = cr_store_open (f->path, NULL, &error);
  g_assert_no_error (error);
}

static inline void
fixture_set_up (Fixture *f, gconstpointer data)
{
  alarm (100); /* the watchdog of the test */
  f->folder = g_dir_make_tmp ("cr-store-XXXXXX", NULL);
  g_assert_nonnull (f->folder);
  f->path = g_build_filename (f->folder, "classrelay.db", NULL);
  fixture_open (f);
}

static inline void
fixture_tear_down (Fixture *f, gconstpointer data)
{
  g_autoptr (GDir) folder = NULL;
  const gchar *name;

  g_clear_pointer (&f->store, cr_store_free);
  folder = g_dir_open (f->folder, 0, NULL);
  while ((name = g_dir_read_name (folder)) != NULL) {
    g_autofree gchar *path = g_build_filename (f->folder, name, NULL);

    g_unlink (path);
  }
  g_assert_cmpint (g_rmdir (f->folder), ==, 0);
  g_free (f->folder);
  g_free (f->path);
  alarm (0);
}

#define fixture_test(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)

/* Runs `func` as one job and expects it to succeed. */
static inline void
fixture_run (Fixture *f, CrStoreFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = cr_store_run_sync (f->store, func, data, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

static inline void
fixture_read (Fixture *f, CrStoreFunc func, gpointer data)
{
  g_autoptr (GError) error = NULL;
  gboolean done = cr_store_read_sync (f->store, func, data, &error);

  g_assert_no_error (error);
  g_assert_true (done);
}

/* A job: adds the school whose code is `data`. */
static inline gboolean
add_school (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autofree gchar *id = cr_store_new_id ();

  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO school (id, code, name, district) VALUES (?1, ?2, ?2, '')",
                            CR_TEXT (id), CR_TEXT (data));
}

/* A job: counts schools into the guint `data`. */
static inline gboolean
count_schools (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT count(*) FROM school");

  if (cr_statement_step (s, error) != CR_STEP_ROW)
    return FALSE;
  *(guint *)data = (guint)cr_statement_int (s, 0);
  return TRUE;
}

static inline guint
fixture_count_schools (Fixture *f)
{
  guint n = 0;

  fixture_read (f, count_schools, &n);
  return n;
}

/* What came back from jobs. */
typedef struct {
  guint n_good, n_busy, n_read_only, n_disk, n_other;
  gint64 last_us;
} Answers;

static inline void
on_answered (gpointer data, const GError *error, gpointer done_data)
{
  Answers *answers = done_data;

  if (error == NULL)
    answers->n_good++;
  else if (g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_BUSY))
    answers->n_busy++;
  else if (g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_READ_ONLY))
    answers->n_read_only++;
  else if (g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_DISK))
    answers->n_disk++;
  else
    answers->n_other++;
  answers->last_us = g_get_monotonic_time ();
}

static inline guint
answers_total (const Answers *answers)
{
  return answers->n_good + answers->n_busy + answers->n_read_only + answers->n_disk + answers->n_other;
}

static inline void
answers_wait (const Answers *answers, guint n)
{
  while (answers_total (answers) < n)
    g_main_context_iteration (NULL, TRUE);
  g_assert_cmpuint (answers_total (answers), ==, n);
}

static inline void
add_schools (Fixture *f, guint first, guint n, Answers *answers)
{
  for (guint i = first; i < first + n; i++)
    cr_store_run (f->store, add_school, g_strdup_printf ("S%05u", i), g_free, on_answered, answers);
}

/* This program again, as another process: `mode` and two arguments; its main() looks at them. */
static inline GSubprocess *
spawn_self (const gchar *mode, const gchar *a, const gchar *b)
{
  g_autofree gchar *self = g_file_read_link ("/proc/self/exe", NULL);
  g_autoptr (GError) error = NULL;
  GSubprocess *process = g_subprocess_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDIN_PIPE,
                                           &error, self, mode, a, b, NULL);

  g_assert_no_error (error);
  return process;
}

/* The next line that it prints, without the newline; NULL at its end. */
static inline gchar *
read_line (GSubprocess *process)
{
  GString *line = g_string_new (NULL);
  gchar byte;

  while (g_input_stream_read (g_subprocess_get_stdout_pipe (process), &byte, 1, NULL, NULL) == 1) {
    if (byte == '\n')
      return g_string_free (line, FALSE);
    g_string_append_c (line, byte);
  }
  g_string_free (line, TRUE);
  return NULL;
}

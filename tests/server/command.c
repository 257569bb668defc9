/* SPDX-License-Identifier: Apache-2.0
 *
 * The program's commands as an operator types them.
 */
#include "store/store-fixture.h"
#include "support/daemon.h"

/* Its exit status; what it says on both outputs goes to `said`. */
static gint
run (const gchar *const *options, gchar **said)
{
  g_autoptr (GSubprocess) process =
      cr_test_daemon_spawn (options, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_subprocess_communicate_utf8 (process, NULL, NULL, said, NULL, &error));
  g_assert_true (g_subprocess_get_if_exited (process));
  return g_subprocess_get_exit_status (process);
}

#define assert_run(expected_status, part, ...)                                                               \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    const gchar *options[] = {__VA_ARGS__, NULL};                                                            \
    g_autofree gchar *said = NULL;                                                                           \
    gint status = run (options, &said);                                                                      \
                                                                                                             \
    g_assert_cmpint (status, ==, expected_status);                                                           \
    g_assert_nonnull (strstr (said, part));                                                                  \
  }                                                                                                          \
  G_STMT_END

static void
test_back_up_and_restore (Fixture *f, gconstpointer data)
{
  g_autofree gchar *copy = g_build_filename (f->folder, "copy.db", NULL);
  Answers answers = {0};

  add_schools (f, 0, 5, &answers);
  answers_wait (&answers, 5);
  assert_run (0, "complete copy", "--state", f->folder, "backup", copy); /* while it is in use */
  add_schools (f, 5, 5, &answers);
  answers_wait (&answers, 10);
  assert_run (2, "stop classrelayd", "--state", f->folder, "restore", copy);
  g_clear_pointer (&f->store, cr_store_free);
  assert_run (0, "before-restore", "--state", f->folder, "restore", copy);
  fixture_open (f);
  g_assert_cmpuint (fixture_count_schools (f), ==, 5);
}

static void
test_what_is_no_command (void)
{
  assert_run (1, "not a command", "dance");
  assert_run (1, "usage", "backup");
  assert_run (1, "usage", "restore", "a", "b");
  assert_run (1, "--state", "backup", "a");
  assert_run (0, "restore FILE", "--help");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/command/backup", test_back_up_and_restore);
  g_test_add_func ("/command/usage", test_what_is_no_command);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * `classrelayd account` and `classrelayd audit` as an operator types them, and that whoever was added signs
 * in.
 */
#include "support/daemon.h"
#include "support/folder.h"

#include <string.h>

/* The exit status; what it says on both outputs goes to `said`. `typed` is its standard input. */
static gint
run (const gchar *const *options, const gchar *typed, gchar **said)
{
  g_autoptr (GSubprocess) process =
      cr_test_daemon_spawn (options, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE |
                                         G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_subprocess_communicate_utf8 (process, typed, NULL, said, NULL, &error));
  g_assert_true (g_subprocess_get_if_exited (process));
  return g_subprocess_get_exit_status (process);
}

#define assert_run(expected_status, typed, part, ...)                                                        \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    const gchar *options[] = {__VA_ARGS__, NULL};                                                            \
    g_autofree gchar *said = NULL;                                                                           \
    gint status = run (options, typed, &said);                                                               \
                                                                                                             \
    g_test_message ("%s", said);                                                                             \
    g_assert_cmpint (status, ==, expected_status);                                                           \
    g_assert_nonnull (strstr (said, part));                                                                  \
  }                                                                                                          \
  G_STMT_END

static guint
sign_in (CrTestDaemon *daemon, const gchar *password, gchar **cookie)
{
  g_autofree gchar *body = g_strdup_printf ("{\"login\":\"Li.Na\",\"password\":\"%s\"}", password);
  g_autoptr (CrTestReply) reply =
      cr_test_http (daemon, "POST", "/api/v1/sign-in", NULL, "application/json", body, NULL);
  const gchar *set = cr_test_reply_get (reply, "Set-Cookie");

  if (cookie != NULL)
    *cookie = g_strndup (set, strcspn (set, ";"));
  return reply->status;
}

static guint
me (CrTestDaemon *daemon, const gchar *cookie)
{
  const gchar *headers[] = {"Cookie", cookie, NULL};
  g_autoptr (CrTestReply) reply = cr_test_http (daemon, "GET", "/api/v1/me", NULL, NULL, NULL, headers);

  return reply->status;
}

static void
test_the_first_coordinator (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *state = g_dir_make_tmp ("cr-state-XXXXXX", &error);
  const gchar *daemon_options[] = {"--state", state, NULL};
  CrTestDaemon *daemon = cr_test_daemon_start (NULL, daemon_options);
  g_autofree gchar *cookie = NULL;

  assert_run (0, "correct horse battery\n", "li.na may sign in as coordinator", "--state", state, "account",
              "add", "Li.Na", "李娜");
  assert_run (2, "correct horse battery\n", "already", "--state", state, "account", "add", "li.na", "李娜");
  assert_run (2, "short\n", "10 characters", "--state", state, "account", "add", "wang", "王");
  assert_run (2, "\n", "belongs to a school", "--state", state, "account", "add", "wang", "王", "school");
  assert_run (0, "", "li.na\tcoordinator\t李娜", "--state", state, "account", "list");
  g_assert_cmpuint (sign_in (daemon, "correct horse battery", &cookie), ==, 200);
  g_assert_cmpuint (me (daemon, cookie), ==, 200);
  assert_run (0, "\n", "to be changed", "--state", state, "account", "reset", "li.na");
  g_assert_cmpuint (me (daemon, cookie), ==, 401);
  g_assert_cmpuint (sign_in (daemon, "correct horse battery", NULL), ==, 401);
  assert_run (0, "", "3 rows", "--state", state, "audit", "verify"); /* added, sign-in, reset */
  assert_run (1, "", "usage", "--state", state, "account", "dance");
  cr_test_daemon_stop (daemon);
  test_remove_folder (state);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/people-command/the-first-coordinator", test_the_first_coordinator);
  return g_test_run ();
}

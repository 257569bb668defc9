/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of commands, and those about the database's copies.
 */
#include "command.h"
#include "people-command.h"
#include "store/backup.h"

#include <errno.h>
#include <stdio.h>

enum { STATUS_DONE = 0, STATUS_USAGE = 1, STATUS_FAILED = 2 };

typedef struct {
  const gchar *name, *arguments, *help;
  guint n_least, n_most; /* arguments */
  int (*run) (const gchar *database_path, gchar **arguments);
} Command;

static int
fail (const GError *error)
{
  fprintf (stderr, "classrelayd: %s\n", error->message);
  return STATUS_FAILED;
}

static int
run_backup (const gchar *database_path, gchar **arguments)
{
  g_autoptr (GError) error = NULL;

  if (!cr_backup_write (database_path, arguments[0], &error))
    return fail (error);
  printf ("classrelayd: %s is a complete copy of %s\n", arguments[0], database_path);
  return STATUS_DONE;
}

static int
run_restore (const gchar *database_path, gchar **arguments)
{
  g_autofree gchar *kept_path = NULL;
  g_autoptr (GError) error = NULL;

  if (!cr_backup_restore (database_path, arguments[0], &kept_path, &error))
    return fail (error);
  printf ("classrelayd: %s is restored\n", database_path);
  if (kept_path != NULL)
    printf ("classrelayd: what was there before is kept as %s\n", kept_path);
  return STATUS_DONE;
}

static const Command commands[] = {
    {"backup", "FILE", "Copy the database to FILE, also while classrelayd runs", 1, 1, run_backup},
    {"restore", "FILE", "Put the copy FILE in the database's place; classrelayd is stopped meanwhile", 1, 1,
     run_restore},
    {"account", "add LOGIN NAME [ROLE [SCHOOL]]",
     "Let somebody sign in, as a coordinator unless ROLE says otherwise; SCHOOL is a school's code. The "
     "password is read from standard input; an empty one is made up and printed",
     3, 5, cr_command_account},
    {"account", "list", "Who may sign in", 1, 1, cr_command_account},
    {"account", "reset LOGIN", "A new password, and the end of all sessions", 2, 2, cr_command_account},
    {"audit", "verify", "Check the audit log's chain and print its head", 1, 1, cr_command_audit},
};

gchar *
cr_command_usage (void)
{
  GString *usage = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (commands); i++) {
    g_autofree gchar *synopsis = g_strdup_printf ("%s %s", commands[i].name, commands[i].arguments);

    g_string_append_printf (usage, "  %-29s %s\n", synopsis, commands[i].help);
  }
  return g_string_free (usage, FALSE);
}

/* The row of a command's first words and number of arguments; else, to say how it is used, a row of its
 * name. */
static const Command *
find_command (gchar **args, gboolean *fits)
{
  guint n = g_strv_length (args) - 1;
  const Command *named = NULL;

  *fits = FALSE;
  for (guint i = 0; i < G_N_ELEMENTS (commands) && !*fits; i++) {
    g_auto (GStrv) words = g_strsplit (commands[i].arguments, " ", 2);
    /* a word in small letters is part of the command */
    gboolean is_word = g_ascii_islower (*words[0]);

    if (!g_str_equal (commands[i].name, args[0]))
      continue;
    named = &commands[i];
    *fits = n >= named->n_least && n <= named->n_most && (!is_word || g_str_equal (words[0], args[1]));
  }
  return named;
}

int
cr_command_run (const CrConfig *config, gchar **args)
{
  gboolean fits;
  const Command *command = find_command (args, &fits);
  g_autofree gchar *database_path = NULL;

  if (command == NULL) {
    fprintf (stderr, "classrelayd: “%s” is not a command; --help lists them\n", args[0]);
    return STATUS_USAGE;
  }
  if (!fits) {
    g_autofree gchar *usage = cr_command_usage ();

    fprintf (stderr, "classrelayd: usage: classrelayd %s %s; all commands:\n%s", command->name,
             command->arguments, usage);
    return STATUS_USAGE;
  }
  if (config->state_dir == NULL) {
    fprintf (stderr, "classrelayd: say where the state folder is: --config FILE or --state DIR\n");
    return STATUS_USAGE;
  }
  if (g_mkdir_with_parents (config->state_dir, 0700) != 0) {
    fprintf (stderr, "classrelayd: cannot make %s: %s\n", config->state_dir, g_strerror (errno));
    return STATUS_FAILED;
  }
  database_path = cr_store_path (config->state_dir);
  return command->run (database_path, args + 1);
}

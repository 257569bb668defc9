/* SPDX-License-Identifier: Apache-2.0
 *
 * A table of commands, and those about the database's copies.
 */
#include "command.h"
#include "store/backup.h"

#include <errno.h>
#include <stdio.h>

enum { STATUS_DONE = 0, STATUS_USAGE = 1, STATUS_FAILED = 2 };

typedef struct {
  const gchar *name, *arguments, *help;
  guint n_arguments;
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
    {"backup", "FILE", "Copy the database to FILE, also while classrelayd runs", 1, run_backup},
    {"restore", "FILE", "Put the copy FILE in the database's place; classrelayd is stopped meanwhile", 1,
     run_restore},
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

static const Command *
find_command (const gchar *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (commands); i++)
    if (g_str_equal (commands[i].name, name))
      return &commands[i];
  return NULL;
}

int
cr_command_run (const CrConfig *config, gchar **args)
{
  const Command *command = find_command (args[0]);
  g_autofree gchar *database_path = NULL;

  if (command == NULL) {
    fprintf (stderr, "classrelayd: “%s” is not a command; --help lists them\n", args[0]);
    return STATUS_USAGE;
  }
  if (g_strv_length (args + 1) != command->n_arguments) {
    fprintf (stderr, "classrelayd: usage: classrelayd %s %s\n", command->name, command->arguments);
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * The commands of `classrelayd COMMAND …`: what an operator does beside serving. command.c holds the table.
 *
 * Thread: [main].
 */
#pragma once

#include "base/config.h"

G_BEGIN_DECLS

/* One line for each command, for --help. Free with g_free(). */
gchar *cr_command_usage (void);

/* Runs the command `args[0]` with what follows it, ended by NULL, and says on standard output or error how it
 * went. The exit status: 0 done, 1 no such command or not these arguments, 2 something is in the way. */
int cr_command_run (const CrConfig *config, gchar **args);

G_END_DECLS

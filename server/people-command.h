/* SPDX-License-Identifier: Apache-2.0
 *
 * `classrelayd account …` and `classrelayd audit …`: how the first coordinator comes to be, a forgotten
 * password is replaced, and the audit log is checked. They work while the daemon runs: what it serves asks
 * the database each time.
 *
 * Thread: [main].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* `arguments` are of the right number, the first one being the word after the command. The exit status as
 * command.h has it. */
int cr_command_account (const gchar *database_path, gchar **arguments);
int cr_command_audit (const gchar *database_path, gchar **arguments);

G_END_DECLS

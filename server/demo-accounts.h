/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may sign in to the demo: one account of each role, with passwords made up for each state folder and
 * kept there, readable for the owner alone, so that they can be shown after every start.
 *
 * Thread: [main].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gchar *login;
  gchar *role; /* "coordinator", …, which is the login too */
  gchar *password;
} CrDemoAccount;

/* CrDemoAccount, in the order of their roles; empty when the folder has none, or what it has is not private.
 */
GPtrArray *cr_demo_accounts_read (const gchar *state_dir);

/* Makes new ones in the place of any that were there. */
GPtrArray *cr_demo_accounts_make (const gchar *state_dir, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

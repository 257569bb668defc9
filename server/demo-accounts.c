/* SPDX-License-Identifier: Apache-2.0
 *
 * A line "role password" each.
 */
#include "demo-accounts.h"

#include "people/password.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define FILE_NAME "demo-accounts"
#define FILE_MODE 0600

#define MAX_FILE_BYTES 4096 /* six short lines */

static const gchar *const roles[] = {"coordinator", "school",     "teacher",
                                     "assistant",   "supervisor", "auditor"};

static void
account_free (gpointer data)
{
  CrDemoAccount *account = data;

  g_free (account->login);
  g_free (account->role);
  g_free (account->password);
  g_free (account);
}

static void
add_account (GPtrArray *accounts, const gchar *role, const gchar *password)
{
  CrDemoAccount *account = g_new0 (CrDemoAccount, 1);

  account->login = g_strdup (role);
  account->role = g_strdup (role);
  account->password = g_strdup (password);
  g_ptr_array_add (accounts, account);
}

/* What others can read is no secret any more. */
static gboolean
is_private (const gchar *path)
{
  GStatBuf status;

  return g_lstat (path, &status) == 0 && S_ISREG (status.st_mode) && (status.st_mode & 0077) == 0 &&
         status.st_size <= MAX_FILE_BYTES;
}

GPtrArray *
cr_demo_accounts_read (const gchar *state_dir)
{
  g_autoptr (GPtrArray) accounts = g_ptr_array_new_with_free_func (account_free);
  g_autofree gchar *path = g_build_filename (state_dir, FILE_NAME, NULL);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!is_private (path) || !g_file_get_contents (path, &text, NULL, NULL))
    return g_steal_pointer (&accounts);
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; i < G_N_ELEMENTS (roles) && lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

    if (g_strv_length (words) == 2 && g_str_equal (words[0], roles[i]))
      add_account (accounts, roles[i], words[1]);
  }
  return g_steal_pointer (&accounts);
}

GPtrArray *
cr_demo_accounts_make (const gchar *state_dir, GError **error)
{
  g_autoptr (GPtrArray) accounts = g_ptr_array_new_with_free_func (account_free);
  g_autofree gchar *path = g_build_filename (state_dir, FILE_NAME, NULL);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < G_N_ELEMENTS (roles); i++) {
    g_autofree gchar *password = cr_password_generate ();

    add_account (accounts, roles[i], password);
    g_string_append_printf (text, "%s %s\n", roles[i], password);
  }
  if (!g_file_set_contents_full (path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_CONSISTENT,
                                 FILE_MODE, error))
    return NULL;
  return g_steal_pointer (&accounts);
}

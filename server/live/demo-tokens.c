/* SPDX-License-Identifier: Apache-2.0
 *
 * One token a line. Tokens are only ever added: a restart with fewer classrooms forgets none.
 */
#include "live/demo-tokens.h"

#include "base/token.h"

#include <gio/gio.h>
#include <glib/gstdio.h>
#include <string.h>

#define FILE_NAME "demo-tokens"
#define FILE_MODE 0600

#define MAX_FILE_BYTES (1 << 20) /* the most that a configuration can ask for is a third of it */

static gboolean
is_token (const gchar *text)
{
  gsize n = strlen (text);

  return n >= CR_TOKEN_MIN_BYTES && n <= CR_TOKEN_MAX_BYTES && strspn (text, "0123456789abcdef") == n;
}

/* What others can read is no secret any more. */
static gboolean
is_private (const gchar *path)
{
  GStatBuf status;

  return g_lstat (path, &status) == 0 && S_ISREG (status.st_mode) && (status.st_mode & 0077) == 0 &&
         status.st_size <= MAX_FILE_BYTES;
}

static GPtrArray *
read_tokens (const gchar *path)
{
  g_autoptr (GPtrArray) tokens = g_ptr_array_new_with_free_func (g_free);
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!is_private (path) || !g_file_get_contents (path, &text, NULL, NULL))
    return g_steal_pointer (&tokens);
  lines = g_strsplit (g_strchomp (text), "\n", -1);
  for (gchar **line = lines; *line != NULL; line++) {
    if (!is_token (*line)) {
      g_ptr_array_set_size (tokens, 0);
      break;
    }
    g_ptr_array_add (tokens, g_strdup (*line));
  }
  return g_steal_pointer (&tokens);
}

static gboolean
write_tokens (const gchar *path, const GPtrArray *tokens, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < tokens->len; i++)
    g_string_append_printf (text, "%s\n", (const gchar *)tokens->pdata[i]);
  return g_file_set_contents_full (path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_CONSISTENT,
                                   FILE_MODE, error);
}

gchar **
cr_demo_tokens_load (const gchar *state_dir, guint n_classrooms, GError **error)
{
  g_autofree gchar *path = state_dir != NULL ? g_build_filename (state_dir, FILE_NAME, NULL) : NULL;
  g_autoptr (GPtrArray) tokens = path != NULL ? read_tokens (path) : g_ptr_array_new_with_free_func (g_free);
  guint n = n_classrooms + 2, n_before = tokens->len;

  while (tokens->len < n)
    g_ptr_array_add (tokens, cr_token_generate ());
  if (path != NULL && tokens->len != n_before && !write_tokens (path, tokens, error))
    return NULL;
  g_ptr_array_set_size (tokens, (gint)n);
  g_ptr_array_add (tokens, NULL);
  return (gchar **)g_ptr_array_free (g_steal_pointer (&tokens), FALSE);
}

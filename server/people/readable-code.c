/* SPDX-License-Identifier: Apache-2.0
 *
 * 28 characters: no vowels, so that no words come out, no 0 and 1, and no 5, which looks like S.
 */
#include "people/readable-code.h"

#include <sodium.h>
#include <string.h>

static const gchar alphabet[] = "BCDFGHJKLMNPQRSTVWXZ2346789Y";

gchar *
cr_readable_code_new (guint n_characters)
{
  gchar *code = g_malloc (n_characters + 1);

  if (sodium_init () < 0)
    g_error ("libsodium: no randomness");
  for (guint i = 0; i < n_characters; i++)
    code[i] = alphabet[randombytes_uniform (sizeof alphabet - 1)];
  code[n_characters] = '\0';
  return code;
}

gchar *
cr_readable_code_parse (const gchar *typed, guint n_characters)
{
  g_autoptr (GString) code = g_string_new (NULL);

  for (const gchar *p = typed; *p != '\0'; p++) {
    gchar character = g_ascii_toupper (*p);

    if (character == ' ' || character == '-')
      continue;
    if (strchr (alphabet, character) == NULL || code->len == n_characters)
      return NULL;
    g_string_append_c (code, character);
  }
  return code->len == n_characters ? g_string_free (g_steal_pointer (&code), FALSE) : NULL;
}

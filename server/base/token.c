/* SPDX-License-Identifier: Apache-2.0
 *
 * Hashing by GChecksum, randomness by getrandom(2), comparison without an early exit.
 */
#include "base/token.h"

#include <string.h>
#include <sys/random.h>

#define TOKEN_RANDOM_BYTES 16

void
cr_token_hash (const gchar *token, CrTokenHash *hash)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA256);
  gsize length = sizeof hash->bytes;

  g_checksum_update (checksum, (const guchar *)token, (gssize)strlen (token));
  g_checksum_get_digest (checksum, hash->bytes, &length);
}

gboolean
cr_token_hash_equal (const CrTokenHash *a, const CrTokenHash *b)
{
  volatile guint8 difference = 0; /* volatile, so that no compiler turns the loop into memcmp() */

  for (gsize i = 0; i < sizeof a->bytes; i++)
    difference |= a->bytes[i] ^ b->bytes[i];
  return difference == 0;
}

guint
cr_token_hash_to_key (gconstpointer hash)
{
  guint key;

  memcpy (&key, ((const CrTokenHash *)hash)->bytes, sizeof key); /* random as it is */
  return key;
}

gboolean
cr_token_hash_is_same_key (gconstpointer a, gconstpointer b)
{
  return cr_token_hash_equal (a, b);
}

gboolean
cr_token_hash_parse (const gchar *text, CrTokenHash *hash)
{
  if (strlen (text) != 2 * sizeof hash->bytes)
    return FALSE;
  for (gsize i = 0; i < sizeof hash->bytes; i++) {
    gint high = g_ascii_xdigit_value (text[2 * i]);
    gint low = g_ascii_xdigit_value (text[2 * i + 1]);

    if (high < 0 || low < 0)
      return FALSE;
    hash->bytes[i] = (guint8)(high << 4 | low);
  }
  return TRUE;
}

gchar *
cr_random_hex (gsize n_bytes)
{
  guint8 random[32];
  GString *hex = g_string_sized_new (2 * n_bytes);

  g_assert (n_bytes <= sizeof random);
  if (getrandom (random, n_bytes, 0) != (gssize)n_bytes)
    g_error ("getrandom: no randomness"); /* up to 256 bytes never fall short once the kernel is seeded */
  for (gsize i = 0; i < n_bytes; i++)
    g_string_append_printf (hex, "%02x", random[i]);
  return g_string_free (hex, FALSE);
}

gchar *
cr_token_generate (void)
{
  return cr_random_hex (TOKEN_RANDOM_BYTES);
}

void
cr_secret_free (gchar *secret)
{
  if (secret != NULL)
    explicit_bzero (secret, strlen (secret));
  g_free (secret);
}

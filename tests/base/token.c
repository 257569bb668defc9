/* SPDX-License-Identifier: Apache-2.0
 *
 * Tokens are random, hashes are SHA-256, and two hashes are equal only when every byte is.
 */
#include "base/token.h"

#include <string.h>

static void
test_hash_is_sha256 (void)
{
  CrTokenHash hash, expected;

  /* FIPS 180-2 appendix B.1 */
  g_assert_true (
      cr_token_hash_parse ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", &expected));
  cr_token_hash ("abc", &hash);
  g_assert_true (cr_token_hash_equal (&hash, &expected));
}

static void
test_every_byte_counts (void)
{
  CrTokenHash a, b;

  cr_token_hash ("abc", &a);
  for (gsize i = 0; i < sizeof a.bytes; i++) {
    b = a;
    b.bytes[i] ^= 1;
    g_assert_false (cr_token_hash_equal (&a, &b));
  }
}

static void
test_a_table_finds_them (void)
{
  g_autoptr (GHashTable) table = g_hash_table_new (cr_token_hash_to_key, cr_token_hash_is_same_key);
  CrTokenHash one, same, other;

  cr_token_hash ("one", &one);
  cr_token_hash ("one", &same);
  cr_token_hash ("other", &other);
  g_hash_table_add (table, &one);
  g_assert_true (g_hash_table_contains (table, &same));
  g_assert_false (g_hash_table_contains (table, &other));
}

static void
test_parse_is_strict (void)
{
  CrTokenHash hash;

  g_assert_false (cr_token_hash_parse ("", &hash));
  g_assert_false (
      cr_token_hash_parse ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015a", &hash));
  g_assert_false (
      cr_token_hash_parse ("ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015adf", &hash));
  g_assert_false (
      cr_token_hash_parse ("ga7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad", &hash));
}

static void
test_tokens_differ (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (guint i = 0; i < 1000; i++) {
    gchar *token = cr_token_generate ();

    g_assert_cmpuint (strlen (token), ==, 32);
    g_assert_true (g_hash_table_add (seen, token));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/base/token/hash-is-sha256", test_hash_is_sha256);
  g_test_add_func ("/base/token/every-byte-counts", test_every_byte_counts);
  g_test_add_func ("/base/token/a-table-finds-them", test_a_table_finds_them);
  g_test_add_func ("/base/token/parse-is-strict", test_parse_is_strict);
  g_test_add_func ("/base/token/tokens-differ", test_tokens_differ);
  return g_test_run ();
}

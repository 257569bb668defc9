/* SPDX-License-Identifier: Apache-2.0
 *
 * Bearer tokens and what is kept of them: a SHA-256 hash. Tokens are random and long, so that a plain hash is
 * enough (no password is ever one); hashes are compared in constant time.
 *
 * Thread: [any].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_TOKEN_HASH_BYTES 32

typedef struct {
  guint8 bytes[CR_TOKEN_HASH_BYTES];
} CrTokenHash;

/* Shorter tokens can be guessed; longer ones are not tokens but an attempt to keep us hashing. */
#define CR_TOKEN_MIN_BYTES 16
#define CR_TOKEN_MAX_BYTES 1024

void cr_token_hash (const gchar *token, CrTokenHash *hash);
gboolean cr_token_hash_equal (const CrTokenHash *a, const CrTokenHash *b);

/* For a GHashTable whose keys are CrTokenHash. Where in it a lookup ends tells at most something of a SHA-256
 * hash, from which no token follows. */
guint cr_token_hash_to_key (gconstpointer hash);
gboolean cr_token_hash_is_same_key (gconstpointer a, gconstpointer b);

/* 64 hexadecimal digits. */
gboolean cr_token_hash_parse (const gchar *text, CrTokenHash *hash);

/* `n_bytes` (at most 32) from the kernel's generator, as lower-case hexadecimal; free with g_free(). */
gchar *cr_random_hex (gsize n_bytes);

/* A new token of 128 random bits; free with g_free(). */
gchar *cr_token_generate (void);

/* Overwrites a token, password or other secret and frees it; NULL is fine. */
void cr_secret_free (gchar *secret);

G_END_DECLS

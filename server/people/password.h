/* SPDX-License-Identifier: Apache-2.0
 *
 * Passwords: argon2id, on a small pool of threads with a bounded queue, so that a flood of sign-ins costs a
 * known amount of memory and processor and never holds the main loop.
 *
 * Thread: [main] unless said otherwise.
 */
#pragma once

#include "people/people.h"

G_BEGIN_DECLS

typedef struct {
  guint64 ops;        /* passes over the memory */
  gsize memory_bytes; /* per hash in progress */
} CrPasswordCost;

/* What the daemon uses, and the least that libsodium takes, for tests. */
extern const CrPasswordCost cr_password_cost_usual;
extern const CrPasswordCost cr_password_cost_least;

typedef struct CrPasswords CrPasswords;

CrPasswords *cr_passwords_new (const CrPasswordCost *cost);

/* Every answer is given before it returns; what had not been begun matches nothing. */
void cr_passwords_free (CrPasswords *passwords);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPasswords, cr_passwords_free)

/* Compares with an encoded hash. NULL stands for an account that does not exist: takes as long, never
 * matches. BUSY when the queue is full, and then `done` is not called. */
gboolean cr_passwords_verify (CrPasswords *passwords, const gchar *hash, const gchar *password,
                              void (*done) (gboolean matches, gpointer data), gpointer data,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `done` gets the encoded hash, which is its to free; NULL when memory ran out. */
gboolean cr_passwords_hash (CrPasswords *passwords, const gchar *password,
                            void (*done) (gchar *hash, gpointer data), gpointer data,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The same, waited for: commands only. NULL when memory ran out. Thread: [any]. */
gchar *cr_password_hash_sync (const gchar *password, const CrPasswordCost *cost);

/* WEAK_PASSWORD with what is wrong with it. Length is what counts (NIST SP 800-63B section 5.1.1.2): no
 * classes of characters are asked for. Thread: [any]. */
gboolean cr_password_check (const gchar *password, const gchar *login,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A password to be changed at the first sign-in: easy to read out over the telephone. Free with g_free().
 * Thread: [any]. */
gchar *cr_password_generate (void);

G_END_DECLS

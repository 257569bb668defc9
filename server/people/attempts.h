/* SPDX-License-Identifier: Apache-2.0
 *
 * Attempts that must not be made too often, counted by key (a login, an address). The first ones are free;
 * each further one makes the next wait twice as long, up to a limit. Nobody is ever locked out.
 *
 * Thread: [main]. Time is a parameter.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrAttempts CrAttempts;

CrAttempts *cr_attempts_new (guint n_free, guint max_wait_s);
void cr_attempts_free (CrAttempts *attempts);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrAttempts, cr_attempts_free)

/* Seconds until `key` may be tried, 0 for now. Changes nothing. */
guint cr_attempts_wait_s (CrAttempts *attempts, const gchar *key, gint64 now_us);

/* Counts one as failed before its outcome is known, so that many at once count too. Returns how many it
 * makes. */
guint cr_attempts_count (CrAttempts *attempts, const gchar *key, gint64 now_us);

/* The attempt was good after all. */
void cr_attempts_uncount (CrAttempts *attempts, const gchar *key);

/* So good that all before it are forgiven. */
void cr_attempts_forget (CrAttempts *attempts, const gchar *key);

G_END_DECLS

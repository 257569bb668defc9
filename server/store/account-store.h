/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts: who may sign in, as what, and how far that reaches. Hashing passwords and deciding are of
 * people/.
 *
 * Thread: that of the job.
 */
#pragma once

#include "store/school-store.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id;
  gchar *login;
  gchar *name;
  gchar *role;      /* coordinator, school, teacher, assistant, supervisor, auditor */
  gchar *school_id; /* NULL: none */
  gchar *districts; /* a JSON list; NULL: every district */
  gchar *password_hash;
  gboolean must_change;
  gboolean disabled;
  gint64 revocations; /* how often all that it had open was ended: what was begun before is over */
  gint64 version;
  gint64 created_at; /* seconds, like every *_at */
} CrAccountRow;

void cr_account_row_free (CrAccountRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrAccountRow, cr_account_row_free)

/* By login. A filter by districts leaves out accounts that belong to no school; text is part of the login or
 * the name. `role` NULL: all. */
gboolean cr_account_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const gchar *role,
                                const CrPage *page, GPtrArray **out, gchar **next_cursor,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrAccountRow *cr_account_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* `login` as it was inserted: folding case is the caller's. */
CrAccountRow *cr_account_store_find (CrStoreTx *tx, const gchar *login,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* CONFLICT: login. INVALID: an unknown role. */
gboolean cr_account_store_insert (CrStoreTx *tx, CrAccountRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Everything but login, password_hash, must_change, revocations and created_at. */
gboolean cr_account_store_update (CrStoreTx *tx, CrAccountRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Counts the version up, so that an editor sees that something happened. */
gboolean cr_account_store_set_password (CrStoreTx *tx, const gchar *id, const gchar *password_hash,
                                        gboolean must_change, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All that it has open ends: relays that still run what was begun before see it by the count. */
gboolean cr_account_store_count_revocation (CrStoreTx *tx, const gchar *id,
                                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Its sessions and join tokens go with it. IN_USE while it is a teacher's. */
gboolean cr_account_store_remove (CrStoreTx *tx, const gchar *id, gint64 version,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Accounts of `role` that are not disabled: the last coordinator must not lock herself out. */
gboolean cr_account_store_count (CrStoreTx *tx, const gchar *role, guint *n_accounts,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

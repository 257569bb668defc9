/* SPDX-License-Identifier: Apache-2.0
 *
 * Sessions of people who signed in: known by the hash of their token.
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/token.h"
#include "store/account-store.h"

G_BEGIN_DECLS

typedef struct {
  CrTokenHash token_hash;
  gchar *account_id;
  gint64 created_at;
  gint64 seen_at;
  gint64 expires_at;
  gchar *address;
} CrSessionRow;

void cr_session_row_free (CrSessionRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSessionRow, cr_session_row_free)

gboolean cr_session_store_insert (CrStoreTx *tx, const CrSessionRow *row,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The session that has not expired at `now`, and its account, which is not disabled; else NOT_FOUND. Either
 * of the two may be NULL. */
gboolean cr_session_store_find (CrStoreTx *tx, const CrTokenHash *token_hash, gint64 now,
                                CrSessionRow **session, CrAccountRow **account,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Newest first: CrSessionRow. */
gboolean cr_session_store_list (CrStoreTx *tx, const gchar *account_id, GPtrArray **out,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;

gboolean cr_session_store_touch (CrStoreTx *tx, const CrTokenHash *token_hash, gint64 seen_at,
                                 gint64 expires_at, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* No error when there is none. */
gboolean cr_session_store_remove (CrStoreTx *tx, const CrTokenHash *token_hash,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* All of an account but `keep` (NULL: all), as after a change of password. */
gboolean cr_session_store_remove_account (CrStoreTx *tx, const gchar *account_id, const CrTokenHash *keep,
                                          guint *n_removed, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_session_store_remove_expired (CrStoreTx *tx, gint64 now, guint *n_removed,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Join tokens: short-lived bearer tokens for WHIP, WHEP and events, bound to a lesson, a role and a person or
 * device.
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/token.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
  CrTokenHash token_hash;
  gchar *lesson_id;
  gchar *role;
  gchar *source;     /* NULL: publishes nothing */
  gchar *account_id; /* one of the two */
  gchar *device_id;
  gint64 expires_at;
} CrJoinTokenRow;

void cr_join_token_row_free (CrJoinTokenRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrJoinTokenRow, cr_join_token_row_free)

gboolean cr_join_token_store_insert (CrStoreTx *tx, const CrJoinTokenRow *row,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NOT_FOUND when there is none, it has expired at `now`, its account is disabled or its device revoked. */
CrJoinTokenRow *cr_join_token_store_find (CrStoreTx *tx, const CrTokenHash *token_hash, gint64 now,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* CrJoinTokenRow, all that have not expired: what a restart loads. */
gboolean cr_join_token_store_list (CrStoreTx *tx, gint64 now, GPtrArray **out,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Those of an account, a device, a lesson: each NULL asks nothing, but one of them is given. */
gboolean cr_join_token_store_remove (CrStoreTx *tx, const gchar *account_id, const gchar *device_id,
                                     const gchar *lesson_id, guint *n_removed,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_join_token_store_remove_expired (CrStoreTx *tx, gint64 now, guint *n_removed,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

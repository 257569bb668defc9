/* SPDX-License-Identifier: Apache-2.0
 *
 * The calendar feeds that there are: an owner's list, and revoking one. Making and finding them is
 * notice-store.h's. A feed is called by the hash of its token, which tells nothing about the token.
 *
 * Thread: that of the job.
 */
#pragma once

#include "base/token.h"
#include "store/page.h"

G_BEGIN_DECLS

typedef struct {
  CrTokenHash token_hash;
  gchar *owner_kind; /* "teacher", "school", "classroom" */
  gchar *owner_id;
  gint64 created_at;
  gint64 revoked_at; /* 0: not */
} CrFeedRow;

void cr_feed_row_free (CrFeedRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrFeedRow, cr_feed_row_free)

/* Newest first: CrFeedRow. NULL asks nothing. */
gboolean cr_feed_store_list (CrStoreTx *tx, const gchar *owner_kind, const gchar *owner_id, GPtrArray **out,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* NULL with NOT_FOUND. */
CrFeedRow *cr_feed_store_get (CrStoreTx *tx, const CrTokenHash *hash,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* No error when it was revoked before: the first time stays. */
gboolean cr_feed_store_revoke_one (CrStoreTx *tx, const CrTokenHash *hash, gint64 now_s,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

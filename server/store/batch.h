/* SPDX-License-Identifier: Apache-2.0
 *
 * Jobs in a transaction. What to do with those that could not begin, and who is told, is the store's affair.
 *
 * Thread: that of the connection.
 */
#pragma once

#include "store/connection.h"
#include "store/lane.h"

G_BEGIN_DECLS

/* Runs each CrJob of `batch` inside the transaction that has begun, and commits. Each has its own error
 * afterwards, or none; an error here is everybody's: nothing was written. TRUE when something was. */
gboolean cr_batch_commit (CrStoreTx *tx, GQueue *batch, GError **error);

/* Runs one job that only reads, in a snapshot. */
void cr_batch_read (CrStoreTx *tx, CrJob *job);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * The schema's history: numbered steps of SQL, each run once, in order, in a transaction of its own. A step
 * that has shipped never changes; the next change is the next number. migrations/NNNN-name.sql holds them.
 *
 * Thread: that of the connection.
 */
#pragma once

#include "store/connection.h"

G_BEGIN_DECLS

typedef struct {
  guint number; /* from 1, without gaps */
  const gchar *name;
  const gchar *sql;
} CrMigration;

/* All of them. */
const CrMigration *cr_migrations (guint *n_migrations);

/* Runs those that the file has not seen. FAILED when it was written by a newer version; a failing step leaves
 * the file as the step before left it. */
gboolean cr_migrations_apply (CrStoreTx *tx, const CrMigration *migrations, guint n_migrations,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The number of the last step that ran; 0 for an empty file. */
gboolean cr_migrations_present (CrStoreTx *tx, guint *number, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

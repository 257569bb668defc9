/* SPDX-License-Identifier: Apache-2.0
 *
 * The lock between those who use a database and the one who replaces it: users share it, a restore has it
 * alone. It is a file of its own beside the database, which SQLite's own locks do not touch.
 *
 * Thread: [any].
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* A descriptor to close with close(), or -1: BUSY when others have it. `path` is the database's. */
int cr_file_lock_take (const gchar *path, gboolean alone, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * One SQLite connection with its settings, its prepared statements, and the translation of SQLite's result
 * codes. For the files of store/ only: jobs see it as an opaque CrStoreTx.
 *
 * Thread: one at a time.
 */
#pragma once

#include "store/store.h"

#include <sqlite3.h>

G_BEGIN_DECLS

struct CrStoreTx {
  sqlite3 *db;
  GHashTable *statements; /* SQL → CrStatement */
  gint64 wait_until_us;   /* monotonic; until then a lock is waited for */
  gboolean damaged;       /* SQLite met a page that cannot be one */
};

typedef enum {
  CR_CONNECTION_WRITE,  /* makes the file, WAL, synchronous=FULL */
  CR_CONNECTION_READ,   /* refuses to write */
  CR_CONNECTION_RESCUE, /* reads a damaged file: refuses to write, and leaves its log where it is */
} CrConnectionMode;

CrStoreTx *cr_connection_open (const gchar *path, CrConnectionMode mode,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_connection_close (CrStoreTx *tx);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrStoreTx, cr_connection_close)

/* Runs constant SQL without parameters or rows: BEGIN, SAVEPOINT, a migration. */
gboolean cr_connection_exec (CrStoreTx *tx, const gchar *sql, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What SQLite says of `rc` as an error of ours; notes damage. */
void cr_connection_set_error (CrStoreTx *tx, int rc, GError **error);

/* quick_check: NULL for a sound file, else its first complaint. Free with g_free(). */
gchar *cr_connection_check (CrStoreTx *tx);

G_END_DECLS

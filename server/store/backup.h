/* SPDX-License-Identifier: Apache-2.0
 *
 * `classrelayd backup FILE` and `classrelayd restore FILE`: one whole copy of the database, taken while the
 * daemon works, and put back while it does not. Recordings are files of their own and not part of it.
 *
 * Thread: [any]; blocks for as long as the disk takes.
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* Writes `backup_path`, a sound database of one moment, readable by its owner alone; what was there before is
 * replaced once the new one is complete and on the disk. Writers are not held up. Errors: no database,
 * damaged, no room. */
gboolean cr_backup_write (const gchar *database_path, const gchar *backup_path,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Puts `backup_path` in the database's place. The database that was there, damaged or not, stays beside it
 * under the name returned in `kept_path` (NULL when there was none; free with g_free()). A crash in between
 * loses neither. Errors: BUSY while a daemon uses it; a backup that is damaged, of something else, or of a
 * newer version is refused before anything is touched. */
gboolean cr_backup_restore (const gchar *database_path, const gchar *backup_path, gchar **kept_path,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Copies by SQLite's own backup, inside one read transaction, so that writes meanwhile neither wait nor start
 * the copy anew. A copy appears under its name only when it is complete, checked and synced.
 */
#include "store/backup.h"
#include "store/connection.h"
#include "store/file-lock.h"
#include "store/migrations.h"

#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

static gboolean
fail_errno (GError **error, const gchar *what, const gchar *path)
{
  g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_DISK, "cannot %s %s: %s", what, path,
               g_strerror (errno));
  return FALSE;
}

static gboolean
sync_path (const gchar *path, GError **error)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);
  gboolean synced;

  if (fd < 0)
    return fail_errno (error, "open", path);
  synced = fsync (fd) == 0;
  if (!synced)
    (void)fail_errno (error, "sync", path);
  close (fd);
  return synced;
}

static gboolean
sync_folder_of (const gchar *path, GError **error)
{
  g_autofree gchar *folder = g_path_get_dirname (path);

  return sync_path (folder, error);
}

static gboolean
remove_if_there (const gchar *path, GError **error)
{
  if (g_unlink (path) == 0 || errno == ENOENT)
    return TRUE;
  return fail_errno (error, "remove", path);
}

/* All pages of `from` in one step, which is one read transaction: the file as one moment saw it. */
static gboolean
copy_pages (CrStoreTx *from, CrStoreTx *to, GError **error)
{
  sqlite3_backup *backup = sqlite3_backup_init (to->db, "main", from->db, "main");
  int rc;

  if (backup == NULL) {
    cr_connection_set_error (to, sqlite3_extended_errcode (to->db), error);
    return FALSE;
  }
  (void)sqlite3_backup_step (backup, -1); /* finish() has the verdict */
  rc = sqlite3_backup_finish (backup);
  if (rc == SQLITE_OK)
    return TRUE;
  cr_connection_set_error (to, rc, error);
  return FALSE;
}

/* Sound, ours, and not newer than we are. */
static gboolean
check_copy (CrStoreTx *tx, const gchar *path, GError **error)
{
  g_autofree gchar *complaint = cr_connection_check (tx);
  guint n_known, present;

  (void)cr_migrations (&n_known);
  if (complaint != NULL) {
    g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_READ_ONLY, "%s is damaged (%s)", path, complaint);
    return FALSE;
  }
  if (!cr_migrations_present (tx, &present, error))
    return FALSE;
  if (present >= 1 && present <= n_known)
    return TRUE;
  g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_INVALID,
               present == 0 ? "%s is not a database of ClassRelay" : "%s was written by a newer version",
               path);
  return FALSE;
}

/* A checked, synced copy of `from_path` at `to_path`, which must not exist. Its log is folded in and gone. */
static gboolean
make_copy (const gchar *from_path, const gchar *to_path, GError **error)
{
  g_autoptr (CrStoreTx) from = NULL;
  g_autoptr (CrStoreTx) to = NULL;

  if (!g_file_test (from_path, G_FILE_TEST_IS_REGULAR)) {
    g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND, "there is no file %s", from_path);
    return FALSE;
  }
  from = cr_connection_open (from_path, CR_CONNECTION_READ, error);
  if (from == NULL)
    return FALSE;
  to = cr_connection_open (to_path, CR_CONNECTION_WRITE, error);
  if (to == NULL)
    return FALSE;
  if (!copy_pages (from, to, error)) {
    g_prefix_error (error, "%s: ", from_path);
    return FALSE;
  }
  if (!check_copy (to, from_path, error))
    return FALSE;
  g_clear_pointer (&to, cr_connection_close); /* folds the log in */
  return sync_path (to_path, error);
}

static void
remove_leftovers (const gchar *path)
{
  const gchar *suffixes[] = {"", "-wal", "-shm", "-journal"};

  for (guint i = 0; i < G_N_ELEMENTS (suffixes); i++) {
    g_autofree gchar *name = g_strconcat (path, suffixes[i], NULL);

    g_unlink (name);
  }
}

gboolean
cr_backup_write (const gchar *database_path, const gchar *backup_path, GError **error)
{
  g_autofree gchar *partial = g_strconcat (backup_path, ".partial", NULL);

  remove_leftovers (partial); /* of a backup that was killed */
  if (!make_copy (database_path, partial, error)) {
    g_prefix_error (error, "no backup: ");
    remove_leftovers (partial);
    return FALSE;
  }
  if (g_rename (partial, backup_path) != 0)
    return fail_errno (error, "make", backup_path);
  return sync_folder_of (backup_path, error);
}

/* Gives the present database and its log a second name each: from then on nothing that happens to the first
 * loses them. */
static gboolean
keep_present (const gchar *path, gchar **kept_path, GError **error)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autofree gchar *stamp = g_date_time_format (now, "%Y%m%dT%H%M%S.%fZ");
  g_autofree gchar *kept = g_strconcat (path, ".before-restore-", stamp, NULL);
  g_autofree gchar *wal = g_strconcat (path, "-wal", NULL);
  g_autofree gchar *kept_wal = g_strconcat (kept, "-wal", NULL);

  if (!g_file_test (path, G_FILE_TEST_EXISTS))
    return TRUE;
  if (link (path, kept) != 0 || (link (wal, kept_wal) != 0 && errno != ENOENT))
    return fail_errno (error, "keep the present database as", kept);
  *kept_path = g_steal_pointer (&kept);
  return sync_folder_of (path, error);
}

/* The old log must be gone before the new file has the name: SQLite would fold it into the wrong database. */
static gboolean
put_in_place (const gchar *fresh, const gchar *path, GError **error)
{
  g_autofree gchar *wal = g_strconcat (path, "-wal", NULL);
  g_autofree gchar *shm = g_strconcat (path, "-shm", NULL);

  if (!remove_if_there (wal, error) || !remove_if_there (shm, error) || !sync_folder_of (path, error))
    return FALSE;
  if (g_rename (fresh, path) != 0)
    return fail_errno (error, "replace", path);
  return sync_folder_of (path, error);
}

static gboolean
restore_locked (const gchar *database_path, const gchar *backup_path, gchar **kept_path, GError **error)
{
  g_autofree gchar *fresh = g_strconcat (database_path, ".restoring", NULL);

  remove_leftovers (fresh);
  if (!make_copy (backup_path, fresh, error)) {
    g_prefix_error (error, "nothing was restored: ");
    remove_leftovers (fresh);
    return FALSE;
  }
  return keep_present (database_path, kept_path, error) && put_in_place (fresh, database_path, error);
}

gboolean
cr_backup_restore (const gchar *database_path, const gchar *backup_path, gchar **kept_path, GError **error)
{
  int lock_fd = cr_file_lock_take (database_path, TRUE, error);
  gboolean restored;

  *kept_path = NULL;
  if (lock_fd < 0)
    return FALSE;
  restored = restore_locked (database_path, backup_path, kept_path, error);
  close (lock_fd);
  return restored;
}

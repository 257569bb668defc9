/* SPDX-License-Identifier: Apache-2.0
 *
 * flock(2): goes with the process, however it ends.
 */
#include "store/file-lock.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

int
cr_file_lock_take (const gchar *path, gboolean alone, GError **error)
{
  g_autofree gchar *name = g_strconcat (path, ".lock", NULL);
  int fd = open (name, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

  if (fd < 0) {
    g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_DISK, "cannot open %s: %s", name, g_strerror (errno));
    return -1;
  }
  if (flock (fd, (alone ? LOCK_EX : LOCK_SH) | LOCK_NB) == 0)
    return fd;
  g_set_error (error, CR_STORE_ERROR, CR_STORE_ERROR_BUSY, "%s is in use%s", path,
               alone ? ": stop classrelayd first" : " by a restore: wait until it is done");
  close (fd);
  return -1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The end of a test's temporary folder.
 */
#pragma once

#include <gio/gio.h>
#include <glib/gstdio.h>

/* Removes it with the files in it; it has no folders. */
static inline void
test_remove_folder (const gchar *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const gchar *name;

  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (folder, name, NULL);

    g_assert_cmpint (g_unlink (path), ==, 0);
  }
  g_assert_cmpint (g_rmdir (folder), ==, 0);
}

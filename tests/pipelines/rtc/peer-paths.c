/* SPDX-License-Identifier: Apache-2.0
 *
 * The table of proved tuples: bounded, and what is in use never goes.
 */
#include "rtc/peer-paths.h"

static CrPath
path_of (guint16 port)
{
  CrPath path = {0};

  g_assert_true (cr_address_parse (&path.remote, "192.0.2.7", port));
  g_assert_true (cr_address_parse (&path.local, "192.0.2.1", 8443));
  return path;
}

static gint
validate (CrPeerPaths *paths, guint16 port, guint16 *evicted_port)
{
  CrPath path = path_of (port), evicted;
  gboolean has_evicted;
  gint index = cr_peer_paths_validate (paths, &path, &evicted, &has_evicted);

  *evicted_port = has_evicted ? evicted.remote.port : 0;
  return index;
}

static gint
find (const CrPeerPaths *paths, guint16 port)
{
  CrPath path = path_of (port);

  return cr_peer_paths_find (paths, &path);
}

static void
test_bounded (void)
{
  CrPeerPaths paths;
  guint16 evicted;

  cr_peer_paths_init (&paths);
  g_assert_cmpint (find (&paths, 1), ==, -1);
  for (guint16 port = 1; port <= CR_PEER_MAX_PATHS; port++) {
    g_assert_cmpint (validate (&paths, port, &evicted), ==, port - 1);
    g_assert_cmpuint (evicted, ==, 0);
  }
  paths.selected = find (&paths, 5);
  validate (&paths, 1, &evicted); /* renewed, so 2 is now the oldest */
  g_assert_cmpuint (evicted, ==, 0);
  validate (&paths, 100, &evicted);
  g_assert_cmpuint (evicted, ==, 2);
  for (guint16 port = 101; port < 200; port++) {
    validate (&paths, port, &evicted);
    g_assert_cmpuint (evicted, !=, 0);
    g_assert_cmpuint (evicted, !=, 5);
    g_assert_cmpuint (paths.n, ==, CR_PEER_MAX_PATHS);
  }
  g_assert_cmpint (find (&paths, 5), ==, paths.selected);
}

static void
test_remove (void)
{
  CrPeerPaths paths;
  guint16 evicted;

  cr_peer_paths_init (&paths);
  for (guint16 port = 1; port <= 4; port++)
    validate (&paths, port, &evicted);
  paths.selected = find (&paths, 3);
  cr_peer_paths_remove (&paths, (guint)find (&paths, 1));
  g_assert_cmpint (find (&paths, 1), ==, -1);
  g_assert_cmpint (paths.selected, ==, find (&paths, 3));
  cr_peer_paths_remove (&paths, (guint)find (&paths, 4));
  g_assert_cmpint (paths.selected, ==, find (&paths, 3));
  cr_peer_paths_remove (&paths, (guint)find (&paths, 3));
  g_assert_cmpint (paths.selected, ==, -1);
  g_assert_cmpint (find (&paths, 2), ==, 0);
  g_assert_cmpuint (paths.n, ==, 1);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/peer-paths/bounded", test_bounded);
  g_test_add_func ("/peer-paths/remove", test_remove);
  return g_test_run ();
}

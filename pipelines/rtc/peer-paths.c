/* SPDX-License-Identifier: Apache-2.0
 *
 * A small array searched from one end to the other: a peer has one or two tuples, and the one in use is
 * compared first.
 */
#include "rtc/peer-paths.h"

gint
cr_peer_paths_find (const CrPeerPaths *paths, const CrPath *path)
{
  if (paths->selected >= 0 && cr_path_equal (&paths->paths[paths->selected], path))
    return paths->selected;
  for (guint i = 0; i < paths->n; i++) {
    if (cr_path_equal (&paths->paths[i], path))
      return (gint)i;
  }
  return -1;
}

static guint
oldest_unselected (const CrPeerPaths *paths)
{
  guint oldest = paths->selected == 0 ? 1 : 0;

  for (guint i = oldest + 1; i < paths->n; i++) {
    if ((gint)i != paths->selected && paths->validated_at[i] < paths->validated_at[oldest])
      oldest = i;
  }
  return oldest;
}

gint
cr_peer_paths_validate (CrPeerPaths *paths, const CrPath *path, CrPath *evicted, gboolean *has_evicted)
{
  gint index = cr_peer_paths_find (paths, path);

  *has_evicted = FALSE;
  if (index < 0 && paths->n < CR_PEER_MAX_PATHS) {
    index = (gint)paths->n++;
  } else if (index < 0) {
    index = (gint)oldest_unselected (paths);
    *evicted = paths->paths[index];
    *has_evicted = TRUE;
  }
  paths->paths[index] = *path; /* renewed as well: the interface may have changed */
  paths->validated_at[index] = ++paths->clock;
  return index;
}

void
cr_peer_paths_remove (CrPeerPaths *paths, guint index)
{
  g_return_if_fail (index < paths->n);
  for (guint i = index + 1; i < paths->n; i++) {
    paths->paths[i - 1] = paths->paths[i];
    paths->validated_at[i - 1] = paths->validated_at[i];
  }
  paths->n--;
  if (paths->selected == (gint)index)
    paths->selected = -1;
  else if (paths->selected > (gint)index)
    paths->selected--;
}

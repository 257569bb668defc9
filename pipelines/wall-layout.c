/* SPDX-License-Identifier: Apache-2.0
 *
 * A grid of cells that fills the wall, and in the middle of each cell a tile of the wall's own proportions.
 * With as many columns as the square root of the number, the width of a column is what limits a tile.
 */
#include "wall-layout.h"

static guint
even (guint n)
{
  return n & ~1u;
}

CrWallTile
cr_wall_tile (guint n_tiles, guint i)
{
  guint n_columns = 1, n_rows, column, row;
  CrWallTile tile;

  g_assert (n_tiles > 0 && n_tiles <= CR_WALL_MAX_TILES && i < n_tiles);
  while (n_columns * n_columns < n_tiles)
    n_columns++;
  n_rows = (n_tiles + n_columns - 1) / n_columns;
  column = i % n_columns;
  row = i / n_columns;

  tile.width = even (CR_WALL_WIDTH_PX / n_columns);
  tile.height = even (CR_WALL_HEIGHT_PX / n_columns);
  tile.x = even ((2 * column + 1) * CR_WALL_WIDTH_PX / (2 * n_columns) - tile.width / 2);
  tile.y = even ((2 * row + 1) * CR_WALL_HEIGHT_PX / (2 * n_rows) - tile.height / 2);
  return tile;
}

CrWallTile
cr_wall_tile_fit (const CrWallTile *tile, guint width, guint height)
{
  CrWallTile fit = *tile;

  /* An edge of two pixels at least, or the most extreme picture would be scaled to nothing. */
  if ((guint64)width * tile->height > (guint64)height * tile->width)
    fit.height = MAX (even ((guint)((guint64)tile->width * height / width)), 2);
  else
    fit.width = MAX (even ((guint)((guint64)tile->height * width / height)), 2);
  fit.x += even ((tile->width - fit.width) / 2);
  fit.y += even ((tile->height - fit.height) / 2);
  return fit;
}

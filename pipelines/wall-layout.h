/* SPDX-License-Identifier: Apache-2.0
 *
 * Where each classroom's picture is on the wall. Pure: the page that lays names over the wall and the wall
 * that draws it ask the same function.
 *
 * Thread: [any].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define CR_WALL_WIDTH_PX  1280
#define CR_WALL_HEIGHT_PX 720

/* A tile narrower than 128 pixels shows nobody: ten columns, ten rows. */
#define CR_WALL_MAX_TILES 100

/* In pixels of the wall; all of them even, so that they lie on whole chroma samples of I420. */
typedef struct {
  guint x, y, width, height;
} CrWallTile;

/* The place of tile `i` of `n_tiles`, 0 < n_tiles ≤ CR_WALL_MAX_TILES: 16:9, row by row, as large as their
 * number allows; 5 columns and 4 rows for 17 to 20. */
CrWallTile cr_wall_tile (guint n_tiles, guint i);

/* The largest rectangle of the proportions width:height in the middle of `tile`. Neither may be 0. */
CrWallTile cr_wall_tile_fit (const CrWallTile *tile, guint width, guint height);

G_END_DECLS

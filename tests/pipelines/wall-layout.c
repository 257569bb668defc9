/* SPDX-License-Identifier: Apache-2.0
 *
 * The wall's grid, for every number of tiles.
 */
#include "wall-layout.h"

static gboolean
overlap (const CrWallTile *a, const CrWallTile *b)
{
  return a->x < b->x + b->width && b->x < a->x + a->width && a->y < b->y + b->height &&
         b->y < a->y + a->height;
}

static void
test_every_number (void)
{
  for (guint n = 1; n <= CR_WALL_MAX_TILES; n++) {
    CrWallTile tiles[CR_WALL_MAX_TILES];

    for (guint i = 0; i < n; i++) {
      CrWallTile *tile = &tiles[i];

      *tile = cr_wall_tile (n, i);
      g_assert_cmpuint (tile->width, >=, 128);
      g_assert_cmpuint (tile->width, ==, tiles[0].width);
      g_assert_cmpuint (tile->height, ==, tiles[0].height);
      g_assert_cmpuint (tile->x + tile->width, <=, CR_WALL_WIDTH_PX);
      g_assert_cmpuint (tile->y + tile->height, <=, CR_WALL_HEIGHT_PX);
      g_assert_cmpuint ((tile->x | tile->y | tile->width | tile->height) & 1, ==, 0);
      g_assert_cmpint (ABS ((gint)(tile->width * 9) - (gint)(tile->height * 16)), <=,
                       32); /* both cut to even */
      for (guint k = 0; k < i; k++)
        g_assert_false (overlap (&tiles[k], tile));
      g_assert_true (i == 0 || tile->y > tiles[i - 1].y ||
                     (tile->y == tiles[i - 1].y && tile->x > tiles[i - 1].x));
    }
  }
}

static void
assert_tile (CrWallTile tile, guint x, guint y, guint width, guint height)
{
  g_assert_cmpuint (tile.x, ==, x);
  g_assert_cmpuint (tile.y, ==, y);
  g_assert_cmpuint (tile.width, ==, width);
  g_assert_cmpuint (tile.height, ==, height);
}

static void
test_known_places (void)
{
  assert_tile (cr_wall_tile (1, 0), 0, 0, 1280, 720);
  assert_tile (cr_wall_tile (2, 1), 640, 180, 640, 360);
  assert_tile (cr_wall_tile (4, 3), 640, 360, 640, 360);
  for (guint n = 17; n <= 20; n++) { /* 5 × 4 */
    assert_tile (cr_wall_tile (n, 0), 0, 18, 256, 144);
    assert_tile (cr_wall_tile (n, 4), 1024, 18, 256, 144);
    assert_tile (cr_wall_tile (n, 16), 256, 558, 256, 144);
  }
}

static void
test_fit (void)
{
  CrWallTile tile = {256, 180, 256, 144};

  assert_tile (cr_wall_tile_fit (&tile, 320, 180), 256, 180, 256, 144);
  assert_tile (cr_wall_tile_fit (&tile, 1920, 1080), 256, 180, 256, 144);
  assert_tile (cr_wall_tile_fit (&tile, 640, 480), 288, 180, 192, 144);
  assert_tile (cr_wall_tile_fit (&tile, 512, 144), 256, 216, 256, 72);
  assert_tile (cr_wall_tile_fit (&tile, 1, 65535), 382, 180, 2, 144);
  assert_tile (cr_wall_tile_fit (&tile, G_MAXUINT, 1), 256, 250, 256, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/wall-layout/every-number", test_every_number);
  g_test_add_func ("/wall-layout/known-places", test_known_places);
  g_test_add_func ("/wall-layout/fit", test_fit);
  return g_test_run ();
}

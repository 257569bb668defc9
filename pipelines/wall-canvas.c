/* SPDX-License-Identifier: Apache-2.0
 *
 * One I420 frame. A converter per tile scales straight into the tile's rectangle of it, and is made anew when
 * the classroom's picture changes its size or format.
 */
#include "wall-canvas.h"

#include <string.h>

/* BT.601 of #F4F4F4, the pages' own background: a wall that nobody is on yet is calm, not black. */
static const guint8 background[3] = {226, 128, 128};

typedef struct {
  CrWallTile rectangle;
  GstVideoInfo from; /* what the converter was made for */
  GstVideoConverter *converter;
} Tile;

struct CrWallCanvas {
  GstVideoInfo info;
  GstBuffer *buffer;
  guint n_tiles;
  Tile *tiles;
};

static void
fill (GstVideoFrame *frame, const CrWallTile *rectangle)
{
  for (guint plane = 0; plane < 3; plane++) {
    guint shift = plane == 0 ? 0 : 1;
    gsize stride = (gsize)GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
    guint8 *line = (guint8 *)GST_VIDEO_FRAME_PLANE_DATA (frame, plane) + (rectangle->y >> shift) * stride +
                   (rectangle->x >> shift);

    for (guint y = 0; y < rectangle->height >> shift; y++, line += stride)
      memset (line, background[plane], rectangle->width >> shift);
  }
}

static void
blank (CrWallCanvas *canvas, const CrWallTile *rectangle)
{
  GstVideoFrame frame;

  if (!gst_video_frame_map (&frame, &canvas->info, canvas->buffer, GST_MAP_WRITE))
    g_assert_not_reached (); /* system memory of our own */
  fill (&frame, rectangle);
  gst_video_frame_unmap (&frame);
}

CrWallCanvas *
cr_wall_canvas_new (guint n_tiles)
{
  static const CrWallTile everything = {.width = CR_WALL_WIDTH_PX, .height = CR_WALL_HEIGHT_PX};
  CrWallCanvas *canvas = g_new0 (CrWallCanvas, 1);

  gst_video_info_set_format (&canvas->info, GST_VIDEO_FORMAT_I420, CR_WALL_WIDTH_PX, CR_WALL_HEIGHT_PX);
  /* What small pictures are in, and VP8 always; named, since the default for this height is another. */
  gst_video_colorimetry_from_string (&canvas->info.colorimetry, GST_VIDEO_COLORIMETRY_BT601);
  canvas->buffer = gst_buffer_new_allocate (NULL, GST_VIDEO_INFO_SIZE (&canvas->info), NULL);
  canvas->n_tiles = n_tiles;
  canvas->tiles = g_new0 (Tile, n_tiles);
  for (guint i = 0; i < n_tiles; i++)
    canvas->tiles[i].rectangle = cr_wall_tile (n_tiles, i);
  blank (canvas, &everything);
  return canvas;
}

void
cr_wall_canvas_free (CrWallCanvas *canvas)
{
  for (guint i = 0; i < canvas->n_tiles; i++)
    g_clear_pointer (&canvas->tiles[i].converter, gst_video_converter_free);
  g_free (canvas->tiles);
  gst_buffer_unref (canvas->buffer);
  g_free (canvas);
}

const GstVideoInfo *
cr_wall_canvas_get_info (const CrWallCanvas *canvas)
{
  return &canvas->info;
}

static gboolean
prepare (CrWallCanvas *canvas, Tile *tile, const GstVideoInfo *from)
{
  CrWallTile fit;

  if (tile->converter != NULL && gst_video_info_is_equal (&tile->from, from))
    return TRUE;
  g_clear_pointer (&tile->converter, gst_video_converter_free);
  fit = cr_wall_tile_fit (&tile->rectangle, (guint)GST_VIDEO_INFO_WIDTH (from),
                          (guint)GST_VIDEO_INFO_HEIGHT (from));
  tile->from = *from;
  /* Linear over two lines: at a fifth to four fifths of the size nobody sees the difference to what costs
   * thrice as much. The colour matrix is left alone: few cameras name theirs, fewer rightly. */
  tile->converter = gst_video_converter_new (
      from, &canvas->info,
      gst_structure_new (
          "wall", GST_VIDEO_CONVERTER_OPT_DEST_X, G_TYPE_INT, (gint)fit.x, GST_VIDEO_CONVERTER_OPT_DEST_Y,
          G_TYPE_INT, (gint)fit.y, GST_VIDEO_CONVERTER_OPT_DEST_WIDTH, G_TYPE_INT, (gint)fit.width,
          GST_VIDEO_CONVERTER_OPT_DEST_HEIGHT, G_TYPE_INT, (gint)fit.height,
          GST_VIDEO_CONVERTER_OPT_FILL_BORDER, G_TYPE_BOOLEAN, FALSE, GST_VIDEO_CONVERTER_OPT_MATRIX_MODE,
          GST_TYPE_VIDEO_MATRIX_MODE, GST_VIDEO_MATRIX_MODE_NONE, GST_VIDEO_CONVERTER_OPT_RESAMPLER_METHOD,
          GST_TYPE_VIDEO_RESAMPLER_METHOD, GST_VIDEO_RESAMPLER_METHOD_LINEAR, GST_VIDEO_CONVERTER_OPT_THREADS,
          G_TYPE_UINT, 1, NULL));
  if (tile->converter == NULL)
    return FALSE;
  blank (canvas, &tile->rectangle);
  return TRUE;
}

/* A converter wants both sides to agree in what does not matter to one picture. */
static GstVideoInfo
as_still (const GstVideoInfo *info)
{
  GstVideoInfo still = *info;

  GST_VIDEO_INFO_FPS_N (&still) = 0;
  GST_VIDEO_INFO_FPS_D (&still) = 1;
  GST_VIDEO_INFO_INTERLACE_MODE (&still) = GST_VIDEO_INTERLACE_MODE_PROGRESSIVE;
  return still;
}

gboolean
cr_wall_canvas_draw (CrWallCanvas *canvas, guint index, GstBuffer *picture, const GstVideoInfo *info)
{
  Tile *tile = &canvas->tiles[index];
  GstVideoInfo still = as_still (info);
  GstVideoFrame from, to;

  if (GST_VIDEO_INFO_WIDTH (info) <= 0 || GST_VIDEO_INFO_HEIGHT (info) <= 0 ||
      !prepare (canvas, tile, &still) || !gst_video_frame_map (&from, &still, picture, GST_MAP_READ))
    return FALSE;
  if (!gst_video_frame_map (&to, &canvas->info, canvas->buffer, GST_MAP_READWRITE))
    g_assert_not_reached (); /* system memory of our own */
  gst_video_converter_frame (tile->converter, &from, &to);
  gst_video_frame_unmap (&to);
  gst_video_frame_unmap (&from);
  return TRUE;
}

void
cr_wall_canvas_blank (CrWallCanvas *canvas, guint tile)
{
  blank (canvas, &canvas->tiles[tile].rectangle);
}

GstBuffer *
cr_wall_canvas_copy (CrWallCanvas *canvas)
{
  return gst_buffer_copy_deep (canvas->buffer);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The wall's picture, which stays from one to the next: a tile is drawn when its classroom has a new picture,
 * and shows the last one otherwise. So nothing ever waits for a classroom that is silent.
 *
 * Thread: the wall's.
 */
#pragma once

#include "wall-layout.h"
#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct CrWallCanvas CrWallCanvas;

CrWallCanvas *cr_wall_canvas_new (guint n_tiles);
void cr_wall_canvas_free (CrWallCanvas *canvas);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWallCanvas, cr_wall_canvas_free)

/* I420, CR_WALL_WIDTH_PX × CR_WALL_HEIGHT_PX. */
const GstVideoInfo *cr_wall_canvas_get_info (const CrWallCanvas *canvas);

/* Scales a picture of any size and format into the tile, whole, its proportions kept. FALSE: it cannot be
 * read, and the tile stays as it was. */
gboolean cr_wall_canvas_draw (CrWallCanvas *canvas, guint tile, GstBuffer *picture, const GstVideoInfo *info);

/* Nobody is here: background. */
void cr_wall_canvas_blank (CrWallCanvas *canvas, guint tile);

/* A copy of what the wall shows now. */
GstBuffer *cr_wall_canvas_copy (CrWallCanvas *canvas);

G_END_DECLS

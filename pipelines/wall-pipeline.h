/* SPDX-License-Identifier: Apache-2.0
 *
 * The wall: the classrooms' small streams decoded, drawn into one picture of CR_WALL_WIDTH_PX ×
 * CR_WALL_HEIGHT_PX ten times a second, and encoded once, all on one thread of its own. It knows no lesson
 * and no worker: packets come in by push(), packets go out by the handler.
 *
 * Thread: functions as tagged, all those of one wall from one thread; the handler is called on the wall's
 * thread.
 */
#pragma once

#include "base/clock.h"
#include "rtc/media-types.h"
#include "wall-layout.h"

#include <gst/gst.h>

G_BEGIN_DECLS

#define CR_WALL_FRAMES_PER_S 10

typedef struct CrWallPipeline CrWallPipeline;

typedef struct {
  /* One picture's RTP packets, in order; takes them. Nothing in them is shared with the wall. */
  void (*on_packets) (GPtrArray *packets, gpointer data);
  /* The source of the tile is to send a keyframe. Coalesced: twice a second at most. */
  void (*on_keyframe_wanted) (guint tile, gpointer data);
  /* The last that is called, after cr_wall_pipeline_quit(): everything of GStreamer's is freed, the thread
   * ends. */
  void (*on_ended) (gpointer data);
} CrWallHandler;

typedef struct {
  CrCodec codec; /* of the wall */
  guint n_tiles; /* 1 … CR_WALL_MAX_TILES */
  const CrClock *clock;
} CrWallConfig;

/* `handler` must outlive the wall. NULL: no file descriptor is left. [any] */
CrWallPipeline *cr_wall_pipeline_new (const CrWallConfig *config, const CrWallHandler *handler,
                                      gpointer data);

/* Does not wait: on_ended tells. Nothing may be asked of the wall afterwards but to be freed. [any] */
void cr_wall_pipeline_quit (CrWallPipeline *wall);

/* After quit(); waits for the thread, which after on_ended takes no time. [any but the wall's] */
void cr_wall_pipeline_free (CrWallPipeline *wall);

/* What the tile shows from now on; the picture before stays until the first of the new source. CR_CODEC_NONE:
 * nobody, the tile is cleared. `sprop`: H.264 sprop-parameter-sets or NULL; copied. [any] */
void cr_wall_pipeline_set_source (CrWallPipeline *wall, guint tile, CrCodec codec, guint8 payload_type,
                                  const gchar *sprop);

/* One RTP packet of the tile's source, in any order; copied. Never waits; FALSE: dropped, since the wall is
 * behind by more than a tile may be. [any] */
gboolean cr_wall_pipeline_push (CrWallPipeline *wall, guint tile, const guint8 *data, gsize length_bytes);

/* A viewer of the wall needs a keyframe. Coalesced. [any] */
void cr_wall_pipeline_request_keyframe (CrWallPipeline *wall);

typedef struct {
  guint64 pictures; /* that the tile showed */
  guint64 failures; /* of its decoders */
} CrWallTileStats;
void cr_wall_pipeline_get_tile_stats (CrWallPipeline *wall, guint tile, CrWallTileStats *stats);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * One tile's stream before its decoder: packets in order, nothing before a keyframe, and no more of the
 * wall's time than its share. Whoever sends garbage, pictures of a cinema or 200 of them a second has a tile
 * that stutters, and nobody else notices.
 *
 * Thread: the wall's.
 */
#pragma once

#include "rtc/media-types.h"
#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct CrWallFeed CrWallFeed;

/* `share_us`: CPU time that its decoder may use between two refills, on average. */
CrWallFeed *cr_wall_feed_new (gint64 share_us);
void cr_wall_feed_free (CrWallFeed *feed);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWallFeed, cr_wall_feed_free)

/* Another source from now on; CR_CODEC_NONE: none. `sprop` as in wall-input.h, copied. */
void cr_wall_feed_set_source (CrWallFeed *feed, CrCodec codec, guint8 payload_type, const gchar *sprop);

/* Takes one RTP packet of the source. */
void cr_wall_feed_receive (CrWallFeed *feed, GstBuffer *packet, gint64 now_us);

/* Decodes one packet. FALSE: none can be decoded now. */
gboolean cr_wall_feed_step (CrWallFeed *feed, gint64 now_us);

/* When step() is to be called though nothing comes; G_MAXINT64: not at all. */
gint64 cr_wall_feed_due_us (const CrWallFeed *feed);

void cr_wall_feed_refill (CrWallFeed *feed);

/* As cr_wall_input_take_picture(). */
GstBuffer *cr_wall_feed_take_picture (CrWallFeed *feed, GstVideoInfo *info);

/* TRUE: ask the source for a keyframe, now. */
gboolean cr_wall_feed_take_keyframe_request (CrWallFeed *feed, gint64 now_us);

/* Decoders that failed. */
guint cr_wall_feed_get_n_failures (const CrWallFeed *feed);

G_END_DECLS

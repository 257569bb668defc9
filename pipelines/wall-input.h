/* SPDX-License-Identifier: Apache-2.0
 *
 * One classroom's small stream, from RTP packets in order to pictures. What fails in its decoder is
 * this input alone.
 *
 * Thread: the wall's.
 */
#pragma once

#include "rtc/media-types.h"
#include <gst/video/video.h>

G_BEGIN_DECLS

/* Larger pictures are not decoded: nobody's small layer is, and memory and time grow with them. */
#define CR_WALL_MAX_WIDTH_PX  1920
#define CR_WALL_MAX_HEIGHT_PX 1088 /* 1080 in whole macroblocks */

typedef struct CrWallInput CrWallInput;

/* `sprop`: H.264 sprop-parameter-sets (RFC 6184 section 8.1), or NULL. NULL: no decoder for `codec` here. */
CrWallInput *cr_wall_input_new (CrCodec codec, guint8 payload_type, const gchar *sprop);
void cr_wall_input_free (CrWallInput *input);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWallInput, cr_wall_input_free)

/* Takes one RTP packet. FALSE: the chain is broken; free it. */
gboolean cr_wall_input_push (CrWallInput *input, GstBuffer *packet) G_GNUC_WARN_UNUSED_RESULT;

/* The next picture to show, for the caller to unref, or NULL: none since the last. `info` is its format. */
GstBuffer *cr_wall_input_take_picture (CrWallInput *input, GstVideoInfo *info);

/* The decoder cannot go on without a keyframe; asking resets it. */
gboolean cr_wall_input_take_keyframe_wanted (CrWallInput *input);

G_END_DECLS

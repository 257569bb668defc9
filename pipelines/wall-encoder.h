/* SPDX-License-Identifier: Apache-2.0
 *
 * From the wall's pictures to RTP packets, in the thread that pushes: an encoder and a payloader without
 * threads, clock or sink of their own.
 *
 * Thread: the wall's.
 */
#pragma once

#include "rtc/media-types.h"
#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct CrWallEncoder CrWallEncoder;

/* `info` of the pictures, `frames_per_s` of them. NULL: no encoder for `codec` here. */
CrWallEncoder *cr_wall_encoder_new (CrCodec codec, const GstVideoInfo *info, guint frames_per_s);
void cr_wall_encoder_free (CrWallEncoder *encoder);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWallEncoder, cr_wall_encoder_free)

/* The next picture will be a keyframe. */
void cr_wall_encoder_request_keyframe (CrWallEncoder *encoder);

/* Takes `picture`, whose PTS grows. Its RTP packets (GstBuffer, each with memory of its own), or NULL: the
 * encoder failed, free it. */
GPtrArray *cr_wall_encoder_push (CrWallEncoder *encoder, GstBuffer *picture) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

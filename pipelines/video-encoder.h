/* SPDX-License-Identifier: Apache-2.0
 *
 * How this project encodes video where it has to: no delay, one thread, what every browser decodes.
 *
 * Thread: [any].
 */
#pragma once

#include "rtc/media-types.h"

G_BEGIN_DECLS

/* Distance of keyframes for a source that nobody asks for them: never, for as long as a lesson lasts. */
#define CR_VIDEO_KEYFRAMES_ON_REQUEST 100000

typedef struct {
  CrCodec codec; /* CR_CODEC_H264 or CR_CODEC_VP8 */
  guint bitrate_kbps;
  guint keyframe_distance;  /* frames */
  const gchar *h264_preset; /* of x264: "superfast", "ultrafast" */
} CrVideoEncoding;

/* A gst_parse_launch() description of the encoder, named `encoder`, and of the caps that it is held to:
 * constrained baseline for H.264. Free with g_free(). */
gchar *cr_video_encoder_describe (const CrVideoEncoding *encoding);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * One thread each: several would cost more CPU time for a picture that one encodes in milliseconds.
 */
#include "video-encoder.h"

gchar *
cr_video_encoder_describe (const CrVideoEncoding *encoding)
{
  if (encoding->codec == CR_CODEC_VP8)
    return g_strdup_printf (
        "vp8enc name=encoder deadline=1 cpu-used=8 threads=1 lag-in-frames=0 end-usage=cbr "
        "error-resilient=default target-bitrate=%u keyframe-max-dist=%u",
        encoding->bitrate_kbps * 1000, encoding->keyframe_distance);
  return g_strdup_printf ("x264enc name=encoder tune=zerolatency speed-preset=%s threads=1 bframes=0 "
                          "byte-stream=true bitrate=%u key-int-max=%u ! "
                          "video/x-h264,profile=constrained-baseline,stream-format=byte-stream,alignment=au",
                          encoding->h264_preset, encoding->bitrate_kbps, encoding->keyframe_distance);
}

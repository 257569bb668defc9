/* SPDX-License-Identifier: Apache-2.0
 *
 * What the demo teacher shows and says: one source (camera with voice, or screen) of a synthetic lesson, or
 * of a file, encoded in real time. The encoded frames are handed over; sending them is the publish
 * pipeline's.
 */
#pragma once

#include "rtc/media-types.h"
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct CrDemoPipeline CrDemoPipeline;

typedef struct {
  CrSource source;     /* CR_SOURCE_CAMERA or CR_SOURCE_SCREEN */
  CrCodec video_codec; /* CR_CODEC_H264 or CR_CODEC_VP8 */
  guint width, height;
  guint frames_per_s;
  guint bitrate_kbps;
  gboolean audio;
  gboolean flash_beep; /* a white picture and a beep at every whole second of running time, nothing else */
  const gchar *file;   /* shown instead of the synthetic lesson; NULL: none */
  gboolean ignore_keyframe_requests; /* a keyframe every 2 s and no other, as some encoders do */
} CrDemoConfig;

/* One encoded frame with caps; PTS is running time. Borrowed. [streaming thread of the kind] */
typedef void (*CrDemoFunc) (CrDemoPipeline *demo, CrMediaKind kind, GstSample *sample, gpointer data);

/* Fails when a plugin is missing or the file cannot be decoded. Starts nothing. [main] */
CrDemoPipeline *cr_demo_pipeline_new (const CrDemoConfig *config, CrDemoFunc func, gpointer data,
                                      GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_demo_pipeline_free (CrDemoPipeline *demo);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrDemoPipeline, cr_demo_pipeline_free)

/* [main] */
void cr_demo_pipeline_play (CrDemoPipeline *demo);

/* Where running time counts from, on the system clock; once playing. [any] */
GstClockTime cr_demo_pipeline_get_base_time (CrDemoPipeline *demo);

/* The next frame will be a keyframe. [any] */
void cr_demo_pipeline_request_keyframe (CrDemoPipeline *demo);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a classroom's player does with the packets of one session: jitter buffer, synchronisation by sender
 * reports, depayloading, decoding, all by GStreamer. Nothing is shown; frames are counted, freezes noted, and
 * where the picture flashes and the sound beeps (demo-picture.h) the time between the two is measured.
 *
 * Thread: one caller; what is measured may be read at any time.
 */
#pragma once

#include "rtc/media-types.h"

G_BEGIN_DECLS

typedef struct CrClassroomPipeline CrClassroomPipeline;

#define CR_CLASSROOM_MAX_VIDEO 4
#define CR_CLASSROOM_MAX_AUDIO 4

/* Errors when a plugin is missing. */
CrClassroomPipeline *cr_classroom_pipeline_new (GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_classroom_pipeline_free (CrClassroomPipeline *pipeline);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrClassroomPipeline, cr_classroom_pipeline_free)

/* What a payload type stands for, on every line of the BUNDLE; before its first packet. */
void cr_classroom_pipeline_add_payload_type (CrClassroomPipeline *pipeline, guint8 payload_type,
                                             CrCodec codec);

/* Both copy. `index` counts within its kind: 0 is the camera, or the voice that belongs to it. */
void cr_classroom_pipeline_push_rtp (CrClassroomPipeline *pipeline, CrMediaKind kind, guint index,
                                     const guint8 *packet, gsize length_bytes);
void cr_classroom_pipeline_push_rtcp (CrClassroomPipeline *pipeline, const guint8 *packet,
                                      gsize length_bytes);

typedef struct {
  guint64 frames[CR_CLASSROOM_MAX_VIDEO];  /* decoded */
  guint64 samples[CR_CLASSROOM_MAX_AUDIO]; /* decoded, per channel */
  guint freezes;                           /* more than a second between two frames of one stream */
  gint64 longest_gap_us;
  /* As played: after jitter buffer and synchronisation. Of the last five pairs, median; positive: the beep
   * comes late; worst: furthest from 0 since the first five. */
  guint n_offsets;
  gdouble av_offset_ms, av_worst_ms;
  /* As the sender reports tell it: what a perfect player would play. */
  guint n_capture_offsets;
  gdouble av_capture_offset_ms, av_capture_worst_ms;
  guint errors; /* decoder errors */
} CrClassroomPipelineStats;

void cr_classroom_pipeline_get_stats (CrClassroomPipeline *pipeline, CrClassroomPipelineStats *stats);

G_END_DECLS

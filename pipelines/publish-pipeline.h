/* SPDX-License-Identifier: Apache-2.0
 *
 * One publishing session: encoded pictures and voice go in, webrtcbin sends them. It makes an offer and takes
 * an answer; how those travel is the caller's affair (client/simulator/whip-session.h carries them by WHIP).
 * A session that fails is freed and another made; the encoders in front of it go on.
 */
#pragma once

#include "rtc/media-types.h"
#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct CrPublishPipeline CrPublishPipeline;

typedef struct {
  CrCodec video_codec; /* CR_CODEC_H264, CR_CODEC_VP8 or CR_CODEC_NONE */
  gboolean audio;      /* Opus */
  /* The running time of every buffer pushed counts from here on the system clock. */
  GstClockTime base_time;
  gboolean loopback; /* gather 127.0.0.1 and ::1 only: the relay is on this machine */
  /* SSRCs, first sequence numbers and timestamps follow from it; 0: random. */
  guint32 seed;
  guint vp8_picture_id_bits; /* 0, 7 or 15 */
} CrPublishConfig;

/* Called on the main context, except on_keyframe_wanted, which comes on a streaming thread. */
typedef struct {
  void (*on_offer) (CrPublishPipeline *publish, const gchar *offer, gpointer data);
  void (*on_connected) (CrPublishPipeline *publish, gpointer data);
  /* The session is of no use any more; free it, but not from within the call. */
  void (*on_failed) (CrPublishPipeline *publish, const gchar *reason, gpointer data);
  void (*on_keyframe_wanted) (CrPublishPipeline *publish, gpointer data);
} CrPublishHandler;

/* `handler` must outlive the pipeline. [main] */
CrPublishPipeline *cr_publish_pipeline_new (const CrPublishConfig *config, const CrPublishHandler *handler,
                                            gpointer data, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_publish_pipeline_free (CrPublishPipeline *publish);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPublishPipeline, cr_publish_pipeline_free)

/* The relay's answer. [main] */
gboolean cr_publish_pipeline_set_answer (CrPublishPipeline *publish, const gchar *answer,
                                         GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* One encoded frame with its caps; borrowed. Until the session is connected all but the first frame of each
 * kind are dropped; video then begins with a keyframe. [any], one thread per kind */
void cr_publish_pipeline_push (CrPublishPipeline *publish, CrMediaKind kind, GstSample *sample);

/* Monotonic time of the last RTCP packet from the relay, 0 when there was none. [any] */
gint64 cr_publish_pipeline_get_last_rtcp_us (CrPublishPipeline *publish);

G_END_DECLS

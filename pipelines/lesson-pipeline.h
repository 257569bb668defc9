/* SPDX-License-Identifier: Apache-2.0
 *
 * A running lesson's GstPipeline: a `relaysrc` per source, a `tee` behind each of its pads, one `relaysink`
 * that fans out to every viewer. Recording and wall hang off the same tees.
 *
 * Thread: every function here is [main]; what must happen on the media worker is sent there. Handlers are
 * called on the main context.
 */
#pragma once

#include "rtc/peer.h"
#include "rtc/publisher.h"
#include "rtc/sdp.h"
#include "rtc/viewer.h"

G_BEGIN_DECLS

typedef struct CrLessonPipeline CrLessonPipeline;

typedef struct {
  void (*on_peer_connected) (CrLessonPipeline *lesson, const gchar *peer_id, gpointer data);
  /* The peer is gone and freed; its id means nothing any more. Not called for
   * cr_lesson_pipeline_remove_peer(). */
  void (*on_peer_closed) (CrLessonPipeline *lesson, const gchar *peer_id, CrPeerEnd end, gpointer data);
  /* Media of the source began to flow, or has stopped for CR_PUBLISHER_AWAY_US or for good. */
  void (*on_source_changed) (CrLessonPipeline *lesson, CrSource source, gboolean flowing, gpointer data);
  void (*on_codec_missing) (CrLessonPipeline *lesson, const gchar *peer_id, CrSlot slot, CrCodec codec,
                            gboolean missing, gpointer data);
} CrLessonHandler;

CrLessonPipeline *cr_lesson_pipeline_new (const gchar *lesson_id, CrWorker *worker,
                                          const CrLessonHandler *handler, gpointer data,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Stops every peer (close_notify), then the pipeline; waits for the worker. */
void cr_lesson_pipeline_free (CrLessonPipeline *lesson);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLessonPipeline, cr_lesson_pipeline_free)

CrWorker *cr_lesson_pipeline_get_worker (CrLessonPipeline *lesson);

/* Both take `peer` and `negotiation`. A second publisher of a source replaces the first as soon as its own
 * media has a keyframe; until then the first goes on; the replaced one stays connected, unheard, until its
 * client deletes it. */
void cr_lesson_pipeline_add_publisher (CrLessonPipeline *lesson, CrSource source, CrPeer *peer,
                                       CrNegotiation *negotiation);
void cr_lesson_pipeline_add_viewer (CrLessonPipeline *lesson, CrPeer *peer, CrNegotiation *negotiation);

/* Says goodbye and frees the peer. Unknown ids are ignored. */
void cr_lesson_pipeline_remove_peer (CrLessonPipeline *lesson, const gchar *peer_id);
void cr_lesson_pipeline_restart_ice (CrLessonPipeline *lesson, const gchar *peer_id,
                                     const CrIceCredentials *local, const gchar *remote_ufrag);

/* The pipeline as a Graphviz graph; free with g_free(). */
gchar *cr_lesson_pipeline_to_dot (CrLessonPipeline *lesson);

/* A snapshot taken on the worker, given to `func` on the main context. */
typedef struct {
  gchar *peer_id;
  gboolean is_publisher;
  CrSource source; /* of a publisher */
  gboolean connected;
  CrSrtpProfile profile;
  gboolean tcp;
  CrPublisherStats publisher;
  CrViewerStats viewer;
} CrLessonPeerStats;
typedef struct {
  guint n_publishers, n_viewers; /* connected */
  gboolean flowing[CR_N_SOURCES];
  GArray *peers; /* CrLessonPeerStats */
} CrLessonStats;
typedef void (*CrLessonStatsFunc) (const CrLessonStats *stats, gpointer data);
void cr_lesson_pipeline_get_stats (CrLessonPipeline *lesson, CrLessonStatsFunc func, gpointer data);

G_END_DECLS

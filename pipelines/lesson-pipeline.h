/* SPDX-License-Identifier: Apache-2.0
 *
 * A running lesson's GstPipeline: a `relaysrc` per source, a `tee` behind each of its pads, one `relaysink`
 * that fans out to every viewer. Recording and wall hang off the same tees. It lives on one worker with its
 * publishers; viewers may be on others (lesson-branch.h).
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
  /* Media of a classroom's own source began to flow, or has stopped as above; `owner` is its key. */
  void (*on_classroom_flowing) (CrLessonPipeline *lesson, const gchar *owner, gboolean flowing,
                                gpointer data);
} CrLessonHandler;

CrLessonPipeline *cr_lesson_pipeline_new (const gchar *lesson_id, CrWorker *worker,
                                          const CrLessonHandler *handler, gpointer data,
                                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Stops every peer (close_notify), then the pipeline; waits for its workers. */
void cr_lesson_pipeline_free (CrLessonPipeline *lesson);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLessonPipeline, cr_lesson_pipeline_free)

CrWorker *cr_lesson_pipeline_get_worker (CrLessonPipeline *lesson); /* where it lives */

/* Both take `peer` and `negotiation` and copy `owner`, the key of the classroom whose peer it is, or NULL. A
 * second publisher of a source (of a classroom: of the same owner) replaces the first as soon as its own
 * media has a keyframe; until then the first goes on; the replaced one stays connected, unheard, until its
 * client deletes it. A viewer never gets a floor that its owner holds, and the wall only when `sees_wall`. */
void cr_lesson_pipeline_add_publisher (CrLessonPipeline *lesson, CrSource source, CrPeer *peer,
                                       CrNegotiation *negotiation, const gchar *owner);
void cr_lesson_pipeline_add_viewer (CrLessonPipeline *lesson, CrPeer *peer, CrNegotiation *negotiation,
                                    const gchar *owner, gboolean sees_wall);

/* The same for a viewer that is served by `worker`, whose candidates its answer has; it never gets the wall,
 * which stays on the lesson's worker. */
void cr_lesson_pipeline_add_viewer_on (CrLessonPipeline *lesson, CrWorker *worker, CrPeer *peer,
                                       CrNegotiation *negotiation, const gchar *owner);

/* Two classrooms at most speak at a time: slots `floor` and `floor2`. */
#define CR_N_FLOORS 2

typedef struct {
  const gchar *owner;  /* a classroom's key; NULL: nobody holds this floor */
  gboolean with_voice; /* FALSE: muted, only the picture goes out */
} CrFloorHolder;

/* Who has the floor from now on; copied. It applies to the classroom publishers that are there and to those
 * that come. What a classroom sent before it got the floor is never shown, and nothing it sends or sent goes
 * out after it lost it: neither live nor resent. */
void cr_lesson_pipeline_set_floor (CrLessonPipeline *lesson, const CrFloorHolder holders[CR_N_FLOORS]);

/* The owners of the wall's tiles, in order; NULL-terminated, copied. NULL: no wall. */
void cr_lesson_pipeline_set_wall (CrLessonPipeline *lesson, const gchar *const *owners);

/* Says goodbye and frees the peer. Unknown ids are ignored. */
void cr_lesson_pipeline_remove_peer (CrLessonPipeline *lesson, const gchar *peer_id);
void cr_lesson_pipeline_restart_ice (CrLessonPipeline *lesson, const gchar *peer_id,
                                     const CrIceCredentials *local, const gchar *remote_ufrag);

/* The pipeline as a Graphviz graph; free with g_free(). */
gchar *cr_lesson_pipeline_to_dot (CrLessonPipeline *lesson);

/* A snapshot taken on the lesson's workers, on each at its own moment, given whole to `func` on the main
 * context. */
typedef struct {
  gchar *peer_id;
  gboolean is_publisher;
  CrSource source; /* of a publisher */
  gboolean connected;
  CrSrtpProfile profile;
  gboolean tcp;
  guint silent_ms; /* since it was last heard */
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

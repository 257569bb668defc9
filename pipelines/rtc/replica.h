/* SPDX-License-Identifier: Apache-2.0
 *
 * A copy of another worker's fan-out, kept up by its feeds (feed.h): the same streams with histories of their
 * own, for viewers of this worker. Joins and NACKs are served here; only what the publisher has to be asked
 * for goes back.
 *
 * Thread: [media] of the copy's worker.
 */
#pragma once

#include "rtc/feed.h"

G_BEGIN_DECLS

typedef struct CrReplica CrReplica;

typedef struct {
  /* A viewer needs a keyframe of the original's stream; asked at most every 100 ms. */
  void (*on_keyframe_wanted) (CrSlot slot, guint stream_id, gpointer data);
} CrReplicaHandler;

/* `worker` NULL: detached, see cr_fanout_new_detached(). `data` is also what calls in a feed get. */
CrReplica *cr_replica_new (CrWorker *worker, const CrClock *clock, const CrReplicaHandler *handler,
                           gpointer data);
void cr_replica_free (CrReplica *replica); /* viewers must have been removed */
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrReplica, cr_replica_free)

CrFanout *cr_replica_get_fanout (CrReplica *replica);

/* Takes the feed. Its packets leave at the turn's end. */
void cr_replica_play (CrReplica *replica, CrFeed *feed);

G_END_DECLS

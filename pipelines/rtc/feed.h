/* SPDX-License-Identifier: Apache-2.0
 *
 * What came into a fan-out during one turn, in order, as one message to a copy of it on another worker: its
 * packets, the streams that came and went, and calls that belong between them. Made by a CrTap (tap.h),
 * played by a CrReplica (replica.h).
 *
 *   home worker                                         another worker
 *   fan-out ──> tap ──feed, one a turn, by mailbox──> replica ──> its own fan-out ──> viewers
 *       ^         `──────── keyframe wanted <──────────────'
 *
 * A feed and all its packets are one allocation, copied from the home worker's buffers: no reference count is
 * shared between threads. Replicas' histories keep the packets where they lie.
 */
#pragma once

#include "rtc/stream.h"

G_BEGIN_DECLS

typedef enum {
  CR_FEED_NOTHING, /* was taken back */
  CR_FEED_STREAM_ADDED,
  CR_FEED_PUBLISHER_SET,
  CR_FEED_STREAM_REMOVED,
  CR_FEED_SLOT_PURGED,
  CR_FEED_PACKET,
  CR_FEED_BACKLOG, /* a packet from before the tap was made */
  CR_FEED_BACKLOG_ENDS,
  CR_FEED_CALL
} CrFeedKind;

/* What a copy of a stream has to know to begin where its original is. */
typedef struct {
  guint layer;
  CrCodec codec;
  gboolean ready;
  guint bytes_per_second;
  gint64 last_packet_us, active_since_us;
  gsize parameter_sets_bytes;
  guint8 *parameter_sets; /* one STAP-A, owned; NULL: none known */
} CrFeedStream;

typedef struct {
  CrFeedKind kind;
  CrSlot slot;
  guint stream_id;
  guint publisher; /* of STREAM_ADDED and PUBLISHER_SET */
  union {
    CrFeedStream *stream; /* owned */
    CrHistoryPacket *packet;
    struct {
      /* Runs where the feed is played, with the replica's data; takes `data`. */
      void (*func) (gpointer replica_data, gpointer data);
      gpointer data;
    } call;
  };
} CrFeedEvent;

typedef struct {
  CrPacketBlock block; /* first: freed as one */
  gpointer target;     /* for whoever delivers it */
  gsize live_bytes;    /* of its packets, RTP headers included; backlog not counted */
  guint n_events;
  CrFeedEvent *events;
} CrFeed;

/* `events` are moved into the feed, but for their packets, which are copied. */
CrFeed *cr_feed_new (const CrFeedEvent *events, guint n_events);

/* Lets go of the feed, when every event has been played; packets that are referenced stay. */
void cr_feed_unref (CrFeed *feed);

void cr_feed_stream_free (CrFeedStream *stream);

static inline gboolean
cr_feed_event_has_packet (const CrFeedEvent *event)
{
  return event->kind == CR_FEED_PACKET || event->kind == CR_FEED_BACKLOG;
}

G_END_DECLS

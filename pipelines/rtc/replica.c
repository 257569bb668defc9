/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 7 on a further worker; from feed; to its fan-out; thread: media; allocates nothing per packet; what is
 * of a stream that is gone is passed over.
 */
#include "rtc/replica.h"

struct CrReplica {
  CrFanout *fanout;
  CrReplicaHandler handler;
  gpointer data;
};

static void
on_keyframe_wanted (CrStream *stream, gpointer data)
{
  CrReplica *replica = data;

  if (replica->handler.on_keyframe_wanted != NULL)
    replica->handler.on_keyframe_wanted (stream->slot, stream->id, replica->data);
}

static void
add_stream (CrReplica *replica, const CrFeedEvent *event)
{
  const CrFeedStream *original = event->stream;
  CrStream *stream = cr_fanout_add_stream (replica->fanout, event->slot, original->layer, original->codec,
                                           NULL, on_keyframe_wanted, replica);

  stream->id = event->stream_id;
  stream->ready = original->ready;
  stream->bytes_per_second = original->bytes_per_second;
  stream->last_packet_us = original->last_packet_us;
  stream->active_since_us = original->active_since_us;
  if (stream->parameter_sets != NULL && original->parameter_sets != NULL)
    cr_parameter_sets_see_payload (stream->parameter_sets, original->parameter_sets,
                                   original->parameter_sets_bytes);
  cr_fanout_set_publisher (replica->fanout, stream, event->publisher);
}

static void
play_of_stream (CrReplica *replica, const CrFeedEvent *event)
{
  CrStream *stream = cr_fanout_find_stream (replica->fanout, event->slot, event->stream_id);

  if (stream == NULL)
    return;
  if (event->kind == CR_FEED_PACKET)
    cr_fanout_adopt (replica->fanout, stream, event->packet);
  else if (event->kind == CR_FEED_BACKLOG)
    cr_fanout_adopt_backlog (replica->fanout, stream, event->packet);
  else if (event->kind == CR_FEED_PUBLISHER_SET)
    cr_fanout_set_publisher (replica->fanout, stream, event->publisher);
  else
    cr_fanout_remove_stream (replica->fanout, stream);
}

static void
play_event (CrReplica *replica, CrFeedEvent *event)
{
  switch (event->kind) {
  case CR_FEED_NOTHING:
    break;
  case CR_FEED_STREAM_ADDED:
    add_stream (replica, event);
    cr_feed_stream_free (event->stream);
    break;
  case CR_FEED_PUBLISHER_SET:
  case CR_FEED_STREAM_REMOVED:
  case CR_FEED_PACKET:
  case CR_FEED_BACKLOG:
    play_of_stream (replica, event);
    break;
  case CR_FEED_SLOT_PURGED:
    cr_fanout_purge_slot (replica->fanout, event->slot);
    break;
  case CR_FEED_BACKLOG_ENDS:
    cr_fanout_backlog_adopted (replica->fanout);
    break;
  case CR_FEED_CALL:
    event->call.func (replica->data, event->call.data);
    break;
  }
}

void
cr_replica_play (CrReplica *replica, CrFeed *feed)
{
  for (guint i = 0; i < feed->n_events; i++)
    play_event (replica, &feed->events[i]);
  cr_feed_unref (feed);
}

CrReplica *
cr_replica_new (CrWorker *worker, const CrClock *clock, const CrReplicaHandler *handler, gpointer data)
{
  CrReplica *replica = g_new0 (CrReplica, 1);

  replica->fanout = worker != NULL ? cr_fanout_new (worker) : cr_fanout_new_detached (clock);
  replica->handler = *handler;
  replica->data = data;
  return replica;
}

void
cr_replica_free (CrReplica *replica)
{
  cr_fanout_free (replica->fanout);
  g_free (replica);
}

CrFanout *
cr_replica_get_fanout (CrReplica *replica)
{
  return replica->fanout;
}

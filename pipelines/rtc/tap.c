/* SPDX-License-Identifier: Apache-2.0
 *
 * Between steps 6 and 7; from fanout; to feed; thread: media; allocates nothing per packet; on failure (the
 * other worker does not keep up) packets are left out and counted.
 */
#include "rtc/tap.h"

#include "rtc/counter.h"

static gboolean
has_slot (const CrTap *tap, CrSlot slot)
{
  return (tap->slots >> slot & 1) != 0;
}

static void
add (CrTap *tap, CrFeedEvent event)
{
  g_array_append_val (tap->events, event);
  if (tap->worker != NULL)
    cr_worker_request_turn_end (tap->worker, &tap->hook);
}

static void
forget_packet (CrFeedEvent *event)
{
  cr_history_packet_unref (event->packet);
  *event = (CrFeedEvent){.kind = CR_FEED_NOTHING};
}

static void
count_dropped (CrTap *tap, guint n)
{
  tap->dropped += n;
  if (tap->worker != NULL && n > 0)
    cr_counter_add (&cr_worker_get_stats (tap->worker)->rtp_handover_dropped, n);
}

/* Of what is to be fed nothing but packets can be missed. */
static void
drop_packets (CrTap *tap)
{
  guint n = 0;

  for (guint i = 0; i < tap->events->len; i++) {
    CrFeedEvent *event = &g_array_index (tap->events, CrFeedEvent, i);

    if (event->kind != CR_FEED_PACKET)
      continue;
    forget_packet (event);
    n++;
  }
  count_dropped (tap, n);
}

static void
release_packets (CrTap *tap)
{
  for (guint i = 0; i < tap->events->len; i++) {
    CrFeedEvent *event = &g_array_index (tap->events, CrFeedEvent, i);

    if (cr_feed_event_has_packet (event))
      cr_history_packet_unref (event->packet);
  }
}

void
cr_tap_flush (CrTap *tap)
{
  CrFeed *feed;

  if (tap->events->len == 0)
    return;
  if (__atomic_load_n (&tap->waiting_bytes, __ATOMIC_RELAXED) > CR_TAP_MAX_WAITING_BYTES)
    drop_packets (tap);
  feed = cr_feed_new ((const CrFeedEvent *)(gpointer)tap->events->data, tap->events->len);
  release_packets (tap);
  g_array_set_size (tap->events, 0);
  if (tap->worker != NULL)
    cr_counter_add (&cr_worker_get_stats (tap->worker)->rtp_handed_over, feed->block.n_used - 1);
  __atomic_fetch_add (&tap->waiting_bytes, feed->live_bytes, __ATOMIC_RELAXED);
  tap->func (feed, tap->data);
}

static void
on_turn_ended (gpointer data)
{
  cr_tap_flush (data);
}

/* What is there already. */

static CrFeedStream *
describe (CrStream *stream)
{
  CrFeedStream *copy = g_new0 (CrFeedStream, 1);
  GBytes *sets =
      stream->parameter_sets != NULL ? cr_parameter_sets_get_packet (stream->parameter_sets) : NULL;

  copy->layer = stream->layer;
  copy->codec = stream->codec;
  copy->ready = stream->ready;
  copy->bytes_per_second = stream->bytes_per_second;
  copy->last_packet_us = stream->last_packet_us;
  copy->active_since_us = stream->active_since_us;
  if (sets != NULL) {
    copy->parameter_sets_bytes = g_bytes_get_size (sets);
    copy->parameter_sets = g_memdup2 (g_bytes_get_data (sets, NULL), copy->parameter_sets_bytes);
  }
  return copy;
}

/* Audio has none: it starts with its next packet. */
static void
add_backlog (CrTap *tap, const CrStream *stream)
{
  guint64 first = cr_history_get_keyframe (stream->history);

  if (first == CR_HISTORY_NO_SEQ)
    return;
  for (guint64 seq = first; seq <= cr_history_get_newest (stream->history); seq++) {
    CrHistoryPacket *packet = cr_history_get (stream->history, seq);

    if (packet != NULL)
      add (tap, (CrFeedEvent){.kind = CR_FEED_BACKLOG,
                              .slot = stream->slot,
                              .stream_id = stream->id,
                              .packet = cr_history_packet_ref (packet)});
  }
}

static void
add_what_is_there (CrStream *stream, gpointer data)
{
  cr_tap_add_stream (data, stream);
  if (has_slot (data, stream->slot))
    add_backlog (data, stream);
}

CrTap *
cr_tap_new (CrFanout *fanout, CrWorker *worker, guint32 slots, CrTapFunc func, gpointer data)
{
  CrTap *tap = g_new0 (CrTap, 1);

  tap->fanout = fanout;
  tap->worker = worker;
  tap->slots = slots;
  tap->func = func;
  tap->data = data;
  tap->hook = (CrTurnHook){.func = on_turn_ended, .data = tap};
  tap->events = g_array_new (FALSE, FALSE, sizeof (CrFeedEvent));
  return tap;
}

void
cr_tap_begin (CrTap *tap)
{
  cr_fanout_foreach_stream (tap->fanout, add_what_is_there, tap);
  add (tap, (CrFeedEvent){.kind = CR_FEED_BACKLOG_ENDS});
  cr_fanout_add_tap (tap->fanout, tap);
}

/* What this turn brought is flushed: a call in it owns its data. */
void
cr_tap_close (CrTap *tap)
{
  if (tap->fanout == NULL)
    return;
  cr_tap_flush (tap);
  cr_fanout_remove_tap (tap->fanout, tap);
  if (tap->worker != NULL)
    cr_worker_cancel_turn_end (tap->worker, &tap->hook);
  tap->fanout = NULL;
}

void
cr_tap_free (CrTap *tap)
{
  g_return_if_fail (tap->fanout == NULL);
  g_array_unref (tap->events);
  g_free (tap);
}

void
cr_tap_call (CrTap *tap, void (*func) (gpointer replica_data, gpointer data), gpointer data)
{
  add (tap, (CrFeedEvent){.kind = CR_FEED_CALL, .call = {func, data}});
}

void
cr_tap_note_played (CrTap *tap, gsize bytes)
{
  __atomic_fetch_sub (&tap->waiting_bytes, bytes, __ATOMIC_RELAXED);
}

guint64
cr_tap_get_dropped (const CrTap *tap)
{
  return tap->dropped;
}

/* What the fan-out tells. */

void
cr_tap_add_stream (CrTap *tap, CrStream *stream)
{
  if (has_slot (tap, stream->slot))
    add (tap, (CrFeedEvent){.kind = CR_FEED_STREAM_ADDED,
                            .slot = stream->slot,
                            .stream_id = stream->id,
                            .publisher = stream->generation,
                            .stream = describe (stream)});
}

void
cr_tap_set_publisher (CrTap *tap, const CrStream *stream)
{
  if (has_slot (tap, stream->slot))
    add (tap, (CrFeedEvent){.kind = CR_FEED_PUBLISHER_SET,
                            .slot = stream->slot,
                            .stream_id = stream->id,
                            .publisher = stream->generation});
}

void
cr_tap_remove_stream (CrTap *tap, const CrStream *stream)
{
  if (has_slot (tap, stream->slot))
    add (tap, (CrFeedEvent){.kind = CR_FEED_STREAM_REMOVED, .slot = stream->slot, .stream_id = stream->id});
}

/* What came of the slot in this turn is not even handed over. */
void
cr_tap_purge_slot (CrTap *tap, CrSlot slot)
{
  if (!has_slot (tap, slot))
    return;
  for (guint i = 0; i < tap->events->len; i++) {
    CrFeedEvent *event = &g_array_index (tap->events, CrFeedEvent, i);

    if (cr_feed_event_has_packet (event) && event->slot == slot)
      forget_packet (event);
  }
  add (tap, (CrFeedEvent){.kind = CR_FEED_SLOT_PURGED, .slot = slot});
}

void
cr_tap_push (CrTap *tap, const CrStream *stream, CrHistoryPacket *packet)
{
  if (has_slot (tap, stream->slot))
    add (tap, (CrFeedEvent){.kind = CR_FEED_PACKET,
                            .slot = stream->slot,
                            .stream_id = stream->id,
                            .packet = cr_history_packet_ref (packet)});
}

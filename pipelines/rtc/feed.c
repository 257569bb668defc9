/* SPDX-License-Identifier: Apache-2.0
 *
 * Between steps 6 and 7; from tap; to replica; thread: made on the home worker, then the other one's alone;
 * allocates once per turn and tap; cannot fail.
 *
 *   | CrFeed | events … | CrHistoryPacket … | bytes … |
 */
#include "rtc/feed.h"

#include <stddef.h>
#include <string.h>

static gsize
round_up (gsize bytes)
{
  const gsize align = _Alignof(max_align_t);

  return (bytes + align - 1) / align * align;
}

static void
copy_packet (CrHistoryPacket *copy, CrPacketBlock *block, const CrHistoryPacket *packet, guint8 *bytes)
{
  memcpy (bytes, packet->map.data, packet->map.size);
  *copy = *packet;
  copy->ref_count = 1; /* the feed's */
  copy->block = block;
  copy->buffer = NULL;
  copy->map = (GstMapInfo){.data = bytes, .size = packet->map.size};
  copy->payload = bytes + (packet->payload - packet->map.data);
  block->n_used++;
}

CrFeed *
cr_feed_new (const CrFeedEvent *events, guint n_events)
{
  gsize events_at = round_up (sizeof (CrFeed));
  gsize packets_at = events_at + round_up (n_events * sizeof *events);
  gsize bytes_at, n_packets = 0, bytes = 0, live_bytes = 0;
  CrHistoryPacket *packet;
  guint8 *memory;
  CrFeed *feed;

  for (guint i = 0; i < n_events; i++) {
    if (!cr_feed_event_has_packet (&events[i]))
      continue;
    n_packets++;
    bytes += events[i].packet->map.size;
    live_bytes += events[i].kind == CR_FEED_PACKET ? events[i].packet->map.size : 0;
  }
  bytes_at = packets_at + n_packets * sizeof *packet;
  memory = g_malloc (bytes_at + bytes);
  feed = (CrFeed *)(gpointer)memory;
  *feed = (CrFeed){.block.n_used = 1, .live_bytes = live_bytes, .n_events = n_events};
  feed->events = (CrFeedEvent *)(gpointer)(memory + events_at);
  memcpy (feed->events, events, n_events * sizeof *events);

  packet = (CrHistoryPacket *)(gpointer)(memory + packets_at);
  for (guint i = 0; i < n_events; i++) {
    if (!cr_feed_event_has_packet (&events[i]))
      continue;
    copy_packet (packet, &feed->block, events[i].packet, memory + bytes_at);
    bytes_at += packet->map.size;
    feed->events[i].packet = packet++;
  }
  return feed;
}

void
cr_feed_unref (CrFeed *feed)
{
  for (guint i = 0; i < feed->n_events; i++) {
    if (cr_feed_event_has_packet (&feed->events[i]))
      cr_history_packet_unref (feed->events[i].packet);
  }
  cr_packet_block_release (&feed->block);
}

void
cr_feed_stream_free (CrFeedStream *stream)
{
  g_free (stream->parameter_sets);
  g_free (stream);
}

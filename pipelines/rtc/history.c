/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 6; from the pad; to fanout; thread: media; allocates one CrHistoryPacket per source packet; on failure
 * the packet is refused and counted by the caller.
 *
 * A ring indexed by the extended sequence number. Everything below `floor` has been let go for good.
 */
#include "rtc/history.h"

/* Slots of the ring: 4 s of 2,000 packets/s (20 Mbit/s); 2 s of voice in 5 ms packets. */
#define VIDEO_CAPACITY 8192
#define AUDIO_CAPACITY 1024

/* RFC 3550 appendix A.1, MAX_DROPOUT for video; for audio a quarter of the ring, 5 s of 20 ms packets. */
#define VIDEO_MAX_JUMP 3000
#define AUDIO_MAX_JUMP 256

/* A first packet may have been overtaken by some of those behind it. */
#define REORDER_BEFORE_FIRST 64

/* So many packets in a row that are too old, each following the one before: the source has started again, it
 * is not a burst of retransmissions. */
#define RESTART_AFTER 30

struct CrHistory {
  CrHistoryPacket **ring;
  guint mask;
  guint max_jump;
  gboolean started;
  guint64 floor; /* nothing below it is or will be kept */
  guint64 newest;
  guint64 keyframe_seq;
  guint32 keyframe_rtp;
  guint64 lead_seq; /* the last SPS that came before its picture */
  guint32 lead_rtp;
  gsize bytes;
  guint n_old_in_row;
  guint16 next_old_seq;
};

CrHistoryPacket *
cr_history_packet_new (GstBuffer *buffer)
{
  CrHistoryPacket *packet = g_new0 (CrHistoryPacket, 1);

  if (!gst_buffer_map (buffer, &packet->map, GST_MAP_READ)) {
    g_free (packet);
    return NULL;
  }
  packet->ref_count = 1;
  packet->buffer = gst_buffer_ref (buffer);
  return packet;
}

CrHistoryPacket *
cr_history_packet_ref (CrHistoryPacket *packet)
{
  packet->ref_count++;
  return packet;
}

void
cr_history_packet_unref (CrHistoryPacket *packet)
{
  if (--packet->ref_count > 0)
    return;
  if (packet->block != NULL) {
    cr_packet_block_release (packet->block);
    return;
  }
  gst_buffer_unmap (packet->buffer, &packet->map);
  gst_buffer_unref (packet->buffer);
  g_free (packet);
}

void
cr_packet_block_release (CrPacketBlock *block)
{
  if (--block->n_used == 0)
    g_free (block);
}

CrHistory *
cr_history_new (CrMediaKind kind)
{
  CrHistory *history = g_new0 (CrHistory, 1);
  guint capacity = kind == CR_MEDIA_VIDEO ? VIDEO_CAPACITY : AUDIO_CAPACITY;

  history->ring = g_new0 (CrHistoryPacket *, capacity);
  history->mask = capacity - 1;
  history->max_jump = kind == CR_MEDIA_VIDEO ? VIDEO_MAX_JUMP : AUDIO_MAX_JUMP;
  history->keyframe_seq = CR_HISTORY_NO_SEQ;
  history->lead_seq = CR_HISTORY_NO_SEQ;
  return history;
}

void
cr_history_free (CrHistory *history)
{
  cr_history_clear (history);
  g_free (history->ring);
  g_free (history);
}

static void
remove_at_floor (CrHistory *history)
{
  CrHistoryPacket **slot = &history->ring[history->floor & history->mask];

  if (history->keyframe_seq == history->floor)
    history->keyframe_seq = CR_HISTORY_NO_SEQ;
  history->floor++;
  if (*slot == NULL)
    return;
  history->bytes -= (*slot)->map.size;
  g_clear_pointer (slot, cr_history_packet_unref);
}

static void
raise_floor (CrHistory *history, guint64 floor)
{
  while (history->floor < floor && history->floor <= history->newest)
    remove_at_floor (history);
  history->floor = MAX (history->floor, floor);
}

void
cr_history_clear (CrHistory *history)
{
  if (history->started)
    raise_floor (history, history->newest + 1);
}

/* RFC 3550 appendix A.1 in spirit: packets that are too old, but follow each other, are a source that began
 * anew. */
static gboolean
has_restarted (CrHistory *history, guint16 seq)
{
  history->n_old_in_row = seq == history->next_old_seq ? history->n_old_in_row + 1 : 1;
  history->next_old_seq = (guint16)(seq + 1);
  return history->n_old_in_row >= RESTART_AFTER;
}

static void
start_epoch (CrHistory *history, CrHistoryPacket *packet, guint64 seq)
{
  if (history->started)
    raise_floor (history, seq);
  else
    history->floor = seq - REORDER_BEFORE_FIRST;
  packet->starts_epoch = history->started;
  history->started = TRUE;
  history->newest = seq;
  history->n_old_in_row = 0;
}

/* The window ends at `seq`, which is newer than all before. */
static void
advance (CrHistory *history, guint64 seq)
{
  if (seq - history->floor > history->mask)
    raise_floor (history, seq - history->mask);
  history->newest = seq;
  history->n_old_in_row = 0;
}

/* Extends `seq` and moves the window. FALSE: too old. */
static gboolean
place (CrHistory *history, CrHistoryPacket *packet, guint16 seq)
{
  guint64 extended;

  if (!history->started) {
    packet->seq = G_MAXUINT16 + 1 + (guint64)seq; /* so that no distance back from it is below 0 */
    start_epoch (history, packet, packet->seq);
    return TRUE;
  }

  extended = cr_seq_extend (history->newest, seq);
  if (extended < history->floor) {
    if (!has_restarted (history, seq))
      return FALSE;
    extended = (history->newest | G_MAXUINT16) + 1 + seq;
    start_epoch (history, packet, extended);
  } else if (extended > history->newest + history->max_jump) {
    start_epoch (history, packet, extended);
  } else if (extended > history->newest) {
    advance (history, extended);
  }
  packet->seq = extended;
  return TRUE;
}

/* An SPS may begin a keyframe, a picture makes it one; the first packet of its frame that said so is where it
 * begins. In whatever order they come. */
static void
note_keyframe (CrHistory *history, const CrHistoryPacket *packet)
{
  gboolean same_frame =
      history->keyframe_seq != CR_HISTORY_NO_SEQ && history->keyframe_rtp == packet->timestamp_rtp;
  gboolean led = history->lead_seq < packet->seq && history->lead_rtp == packet->timestamp_rtp;

  if (same_frame) {
    history->keyframe_seq = MIN (history->keyframe_seq, packet->seq);
  } else if (!packet->has_keyframe_picture) {
    history->lead_seq = packet->seq;
    history->lead_rtp = packet->timestamp_rtp;
  } else if (history->keyframe_seq == CR_HISTORY_NO_SEQ || packet->seq > history->keyframe_seq) {
    history->keyframe_seq = led ? history->lead_seq : packet->seq;
    history->keyframe_rtp = packet->timestamp_rtp;
  }
}

static gboolean
keep (CrHistory *history, CrHistoryPacket *packet)
{
  CrHistoryPacket **slot = &history->ring[packet->seq & history->mask];

  if (*slot != NULL)
    return FALSE;
  *slot = cr_history_packet_ref (packet);
  history->bytes += packet->map.size;
  if (packet->starts_keyframe)
    note_keyframe (history, packet);
  return TRUE;
}

gboolean
cr_history_insert (CrHistory *history, CrHistoryPacket *packet, guint16 seq)
{
  return place (history, packet, seq) && keep (history, packet);
}

gboolean
cr_history_insert_at (CrHistory *history, CrHistoryPacket *packet)
{
  if (!history->started || packet->starts_epoch || packet->seq > history->newest + history->max_jump)
    start_epoch (history, packet, packet->seq);
  else if (packet->seq < history->floor)
    return FALSE;
  else if (packet->seq > history->newest)
    advance (history, packet->seq);
  return keep (history, packet);
}

CrHistoryPacket *
cr_history_get (const CrHistory *history, guint64 seq)
{
  if (!history->started || seq < history->floor || seq > history->newest)
    return NULL;
  return history->ring[seq & history->mask];
}

guint64
cr_history_get_newest (const CrHistory *history)
{
  return history->started ? history->newest : CR_HISTORY_NO_SEQ;
}

guint64
cr_history_get_keyframe (const CrHistory *history)
{
  return history->keyframe_seq;
}

gsize
cr_history_get_bytes_from (const CrHistory *history, guint64 seq)
{
  gsize bytes = 0;

  if (!history->started)
    return 0;
  for (guint64 at = MAX (seq, history->floor); at <= history->newest; at++) {
    const CrHistoryPacket *packet = history->ring[at & history->mask];

    bytes += packet != NULL ? packet->payload_bytes : 0;
  }
  return bytes;
}

static gboolean
is_spent (const CrHistory *history, const CrHistoryPacket *packet, gint64 now_us)
{
  gint64 age_us = now_us - packet->arrival_us;
  gboolean before_keyframe =
      history->keyframe_seq == CR_HISTORY_NO_SEQ || packet->seq < history->keyframe_seq;

  return history->bytes > CR_HISTORY_MAX_BYTES || age_us > CR_HISTORY_KEYFRAME_US ||
         (before_keyframe && age_us > CR_HISTORY_NACK_US);
}

void
cr_history_evict (CrHistory *history, gint64 now_us)
{
  guint64 at = history->floor;

  /* Holes go only together with a packet above them: a retransmission may still fill them. */
  for (; history->started && at <= history->newest; at++) {
    const CrHistoryPacket *packet = history->ring[at & history->mask];

    if (packet == NULL)
      continue;
    if (!is_spent (history, packet, now_us))
      return;
    raise_floor (history, at + 1);
  }
}

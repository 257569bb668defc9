/* SPDX-License-Identifier: Apache-2.0
 *
 * Publishers are told apart by generations. Where nobody says whose a stream is, one that comes for a layer
 * which the newest generation already has can only be another publisher's (or an encoder begun anew), and
 * begins the next generation.
 */
#include "rtc/slot.h"

/* A layer must have a quarter more bits to be worth a switch: layers differ by factors, rates of one layer
 * wander by less. */
#define IS_BETTER(candidate, current)                                                                        \
  ((guint64)(candidate)->bytes_per_second * 4 > (guint64)(current)->bytes_per_second * 5)

/* Encoders that cut a frame into even parts (libwebrtc: RtpPacketizer::SplitAboutEqually) leave a byte
 * between them, others a few. Less than a hundredth of the packets of a thousand bytes that large frames are
 * made of, and sealed in the thousandth part of what a message costs. */
#define MAX_PADDING_BYTES 8

void
cr_slot_state_init (CrSlotState *state, CrSlot slot)
{
  *state = (CrSlotState){.slot = slot};
  state->streams = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_stream_unref);
}

void
cr_slot_state_clear (CrSlotState *state)
{
  cr_slot_state_end_turn (state);
  g_free (state->packets);
  g_ptr_array_unref (state->streams);
}

static gboolean
generation_has_layer (const CrSlotState *state, guint layer)
{
  for (guint i = 0; i < state->streams->len; i++) {
    const CrStream *stream = g_ptr_array_index (state->streams, i);

    if (stream->generation == state->generation && stream->layer == layer)
      return TRUE;
  }
  return FALSE;
}

void
cr_slot_state_add (CrSlotState *state, CrStream *stream)
{
  if (generation_has_layer (state, stream->layer))
    state->generation++;
  stream->generation = state->generation;
  g_ptr_array_add (state->streams, stream);
}

void
cr_slot_state_set_publisher (CrSlotState *state, CrStream *stream, guint publisher)
{
  stream->generation = publisher;
  state->generation = MAX (state->generation, publisher);
}

void
cr_slot_state_remove (CrSlotState *state, CrStream *stream, gint64 now_us)
{
  cr_stream_remove (stream, now_us);
  if (state->target == stream)
    state->target = NULL;
  g_ptr_array_remove (state->streams, stream);
}

void
cr_slot_state_push (CrSlotState *state, CrStream *stream, CrHistoryPacket *packet)
{
  if (state->n_packets == state->n_allocated) {
    state->n_allocated = MAX (64, 2 * state->n_allocated); /* a turn of recvmmsg */
    state->packets = g_renew (CrSlotPacket, state->packets, state->n_allocated);
  }
  state->packets[state->n_packets++] = (CrSlotPacket){stream, cr_history_packet_ref (packet)};
}

/* As viewers get it: whatever else is rewritten has the same length for all neighbours (egress.c). */
static guint
sent_bytes (const CrHistoryPacket *packet)
{
  return packet->payload_bytes + packet->padding_bytes;
}

/* The packet of the same stream after `at`; `n_packets`: none. */
static guint
next_of_stream (const CrSlotState *state, guint at)
{
  const CrStream *stream = state->packets[at].stream;

  do
    at++;
  while (at < state->n_packets && state->packets[at].stream != stream);
  return at;
}

/* An empty packet stays empty. VP8 picture ids of 7 bits become longer on the way, others do not. */
static gboolean
can_be_even (const CrHistoryPacket *first, const CrHistoryPacket *packet)
{
  return !packet->padding_is_final && packet->payload_bytes > 0 &&
         packet->picture_id_is_long == first->picture_id_is_long;
}

/* The run from `first` on, as long as MAX_PADDING_BYTES allow: gives its largest packet; returns what
 * follows.
 */
static guint
find_run (const CrSlotState *state, guint first, guint *largest)
{
  const CrHistoryPacket *packet = state->packets[first].packet;
  guint smallest = sent_bytes (packet), at = next_of_stream (state, first);

  *largest = smallest;
  if (!can_be_even (packet, packet))
    return at;
  for (; at < state->n_packets; at = next_of_stream (state, at)) {
    guint bytes = sent_bytes (state->packets[at].packet);

    if (!can_be_even (packet, state->packets[at].packet) ||
        MAX (*largest, bytes) - MIN (smallest, bytes) > MAX_PADDING_BYTES)
      break;
    *largest = MAX (*largest, bytes);
    smallest = MIN (smallest, bytes);
  }
  return at;
}

/* The last one may be shorter when nothing that follows could still join the message. */
static guint
even_run (CrSlotState *state, guint first)
{
  guint largest, end = find_run (state, first, &largest);
  gboolean goes_on = end < state->n_packets && sent_bytes (state->packets[end].packet) <= largest;

  for (guint at = first, next; at < end; at = next) {
    CrHistoryPacket *packet = state->packets[at].packet;

    next = next_of_stream (state, at);
    if (!packet->padding_is_final && (next < end || goes_on))
      packet->padding_bytes = largest - packet->payload_bytes;
    packet->padding_is_final = TRUE;
  }
  return end;
}

void
cr_slot_state_even_sizes (CrSlotState *state)
{
  if (cr_slot_kind (state->slot) != CR_MEDIA_VIDEO)
    return;
  for (guint first = 0; first < state->n_packets; first++) {
    if (state->packets[first].packet->padding_is_final)
      continue; /* of a stream that has been seen to */
    for (guint at = first; at < state->n_packets;)
      at = even_run (state, at);
  }
}

void
cr_slot_state_end_turn (CrSlotState *state)
{
  for (guint i = 0; i < state->n_packets; i++)
    cr_history_packet_unref (state->packets[i].packet);
  state->n_packets = 0;
  for (guint i = 0; i < state->streams->len; i++)
    ((CrStream *)g_ptr_array_index (state->streams, i))->keyframe_came = FALSE;
}

void
cr_slot_state_purge (CrSlotState *state, gint64 now_us)
{
  cr_slot_state_end_turn (state);
  state->target = NULL;
  for (guint i = 0; i < state->streams->len; i++)
    cr_stream_remove (g_ptr_array_index (state->streams, i), now_us);
  g_ptr_array_set_size (state->streams, 0);
}

/* The newest generation that has something to show; FALSE: none has. */
static gboolean
find_generation (const CrSlotState *state, guint *generation)
{
  gboolean found = FALSE;

  for (guint i = 0; i < state->streams->len; i++) {
    const CrStream *stream = g_ptr_array_index (state->streams, i);

    if (stream->ready && (!found || stream->generation > *generation)) {
      *generation = stream->generation;
      found = TRUE;
    }
  }
  return found;
}

/* A layer that has just woken is no reason to leave another that will wake with the next packet: slides sent
 * once a second are silent in between, on every layer. */
static gboolean
is_steady (const CrStream *stream, gint64 now_us)
{
  return !cr_stream_is_silent (stream, now_us) && now_us - stream->active_since_us >= CR_STREAM_SILENT_US;
}

/* What is shown stays unless it fell silent or another is clearly better; when all are silent, it stays. */
static CrStream *
find_layer (const CrSlotState *state, guint generation, gint64 now_us)
{
  CrStream *current = state->target != NULL && state->target->generation == generation ? state->target : NULL;
  CrStream *best = current != NULL && !cr_stream_is_silent (current, now_us) ? current : NULL;
  CrStream *any = current;

  for (guint i = 0; i < state->streams->len; i++) {
    CrStream *stream = g_ptr_array_index (state->streams, i);

    if (stream->generation != generation || !stream->ready)
      continue;
    any = any == NULL ? stream : any;
    if (is_steady (stream, now_us) && (best == NULL || IS_BETTER (stream, best)))
      best = stream;
  }
  return best != NULL ? best : any;
}

gboolean
cr_slot_state_choose (CrSlotState *state, gint64 now_us)
{
  CrStream *before = state->target;
  guint generation = 0;

  state->target = find_generation (state, &generation) ? find_layer (state, generation, now_us) : NULL;
  return state->target != before;
}

void
cr_slot_state_sweep (CrSlotState *state, gint64 now_us)
{
  for (guint i = 0; i < state->streams->len; i++) {
    CrStream *stream = g_ptr_array_index (state->streams, i);

    cr_stream_sweep (stream, now_us);
    if (!stream->ready && stream->last_packet_us != 0)
      cr_stream_request_keyframe (stream, now_us);
  }
}

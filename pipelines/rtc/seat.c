/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 7, the inner half; from fanout; to egress; thread: media; allocates nothing but at a switch; nothing a
 * peer does comes back to the source.
 *
 *   nothing ──keyframe in history──> catching up ──cursor at head──> live ──┐
 *      └──────first audio packet──────────────────────────────────────^     │ target changed, its keyframe
 * came ^─────────────────────────────────┘
 */
#include "rtc/seat.h"

#include "base/clock.h"
#include "rtc/rtcp-out.h"

#include <string.h>

/* RFC 3550 would allow 5 s; a second is what browsers do, and what lip sync after a join waits for. */
#define REPORT_INTERVAL_US G_USEC_PER_SEC

/* RFC 3711 section 3.3.1: a first sequence number below 2^15 leaves no doubt about the first roll-over. */
#define FIRST_INDEX_MASK 0x7fff

void
cr_seat_init (CrSeat *seat, const CrNegotiation *negotiation, const CrEgressSink *sink, CrPeer *peer,
              guint32 seed)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (seed);
  gboolean twcc = FALSE;

  memset (seat, 0, sizeof *seat);
  seat->port.sink = sink;
  seat->port.peer = peer;
  seat->egresses = g_new0 (CrEgress, MAX (negotiation->n_lines, 1));
  for (guint i = 0; i < negotiation->n_lines; i++) {
    const CrMediaLine *line = &negotiation->lines[i];

    if (!line->accepted || line->slot >= CR_N_SLOTS || seat->by_slot[line->slot] != 0)
      continue;
    cr_egress_init (&seat->egresses[seat->n_egresses], line, &seat->port,
                    1 + (g_rand_int (rand) & FIRST_INDEX_MASK), g_rand_int (rand));
    seat->by_slot[line->slot] = (guint8)++seat->n_egresses;
    twcc |= line->extensions.twcc != 0;
  }
  if (twcc)
    seat->port.bandwidth = cr_bandwidth_new (NULL, NULL);
}

void
cr_seat_clear (CrSeat *seat)
{
  for (guint i = 0; i < seat->n_egresses; i++)
    cr_egress_clear (&seat->egresses[i]);
  g_clear_pointer (&seat->egresses, g_free);
  g_clear_pointer (&seat->port.bandwidth, cr_bandwidth_free);
  seat->n_egresses = 0;
}

static void
set_codec_missing (CrSeat *seat, CrEgress *egress, CrCodec codec, gboolean missing)
{
  if (egress->codec_missing == missing)
    return;
  egress->codec_missing = missing;
  if (seat->on_codec_missing != NULL)
    seat->on_codec_missing (seat, egress->slot, codec, missing, seat->data);
}

/* Audio starts with what this turn brought. */
static const CrHistoryPacket *
first_of_turn (const CrSlotState *state)
{
  for (guint i = 0; i < state->n_packets; i++) {
    if (state->packets[i].stream == state->target)
      return state->packets[i].packet;
  }
  return NULL;
}

/* Video starts at the last keyframe; but a viewer that sees moving pictures is only switched at a new one, so
 * that nothing is shown twice. */
static const CrHistoryPacket *
find_start (const CrEgress *egress, const CrSlotState *state, gint64 now_us)
{
  const CrStream *target = state->target;
  const CrStream *current = egress->map.stream;
  guint64 keyframe_seq;

  if (cr_slot_kind (state->slot) == CR_MEDIA_AUDIO)
    return first_of_turn (state);
  if (current != NULL && !target->keyframe_came && !cr_stream_is_silent (current, now_us))
    return NULL;
  keyframe_seq = cr_history_get_keyframe (target->history);
  return keyframe_seq != CR_HISTORY_NO_SEQ ? cr_history_get (target->history, keyframe_seq) : NULL;
}

static void
start (CrSeat *seat, CrEgress *egress, CrStream *stream, const CrHistoryPacket *first, gint64 wall_us)
{
  gint32 span = cr_rtp_time_distance (stream->clock_rtp, first->timestamp_rtp);
  guint shift = 0;

  cr_pacer_start (&egress->pacer, stream->bytes_per_second, seat->port.now_us);
  if (span > 0)
    shift =
        cr_pacer_compression_shift (&egress->pacer, cr_history_get_bytes_from (stream->history, first->seq),
                                    (guint32)span, stream->clock_rate);
  if (egress->cursor != CR_EGRESS_LIVE)
    seat->n_catching_up--;

  cr_egress_begin (egress, stream, first, shift);
  egress->waiting = FALSE;
  egress->cursor = first->seq;
  seat->n_catching_up++;
  cr_seat_send_reports (seat, cr_slot_stream_name (egress->slot), wall_us);
  cr_egress_send_lead (egress);
  if (cr_egress_catch_up (egress))
    seat->n_catching_up--;
}

/* The slot shows another stream than this m-line sends. TRUE: go on as before. */
static gboolean
adapt (CrSeat *seat, CrEgress *egress, const CrSlotState *state, gint64 now_us, gint64 wall_us)
{
  CrStream *target = state->target;
  const CrHistoryPacket *first;

  if (target == NULL || target == egress->map.stream)
    return egress->map.stream != NULL;
  if (!cr_egress_can_play (egress, target->codec)) {
    set_codec_missing (seat, egress, target->codec, TRUE);
    return FALSE;
  }
  set_codec_missing (seat, egress, target->codec, FALSE);

  first = find_start (egress, state, now_us);
  if (first == NULL) {
    if (!egress->waiting && cr_slot_kind (state->slot) == CR_MEDIA_VIDEO) {
      cr_stream_request_keyframe (target, now_us);
      egress->waiting = TRUE;
    }
    return egress->map.stream != NULL;
  }
  start (seat, egress, target, first, wall_us);
  return FALSE; /* this turn's packets are in the history, and went from there */
}

void
cr_seat_run_turn (CrSeat *seat, const CrSlotState *state, gint64 now_us, gint64 wall_us)
{
  CrEgress *egress;

  if (seat->by_slot[state->slot] == 0)
    return;
  egress = &seat->egresses[seat->by_slot[state->slot] - 1];
  seat->port.now_us = now_us;
  if (G_UNLIKELY (egress->map.stream != state->target) && !adapt (seat, egress, state, now_us, wall_us))
    return;

  for (guint i = 0; i < state->n_packets; i++) {
    const CrSlotPacket *entry = &state->packets[i];

    if (entry->stream == egress->map.stream && entry->packet->seq < egress->cursor)
      cr_egress_forward (egress, entry->packet);
  }
}

static gboolean
is_blocked (const CrSeat *seat, CrSlot slot)
{
  return (seat->blocked_slots >> slot & 1) != 0;
}

void
cr_seat_join (CrSeat *seat, const CrSlotState *state, gint64 now_us, gint64 wall_us)
{
  CrEgress *egress;

  if (seat->by_slot[state->slot] == 0 || is_blocked (seat, state->slot))
    return;
  egress = &seat->egresses[seat->by_slot[state->slot] - 1];
  seat->port.now_us = now_us;
  if (egress->map.stream != state->target)
    adapt (seat, egress, state, now_us, wall_us);
}

void
cr_seat_stop_slot (CrSeat *seat, CrSlot slot)
{
  CrEgress *egress;

  if (seat->by_slot[slot] == 0)
    return;
  egress = &seat->egresses[seat->by_slot[slot] - 1];
  if (egress->cursor != CR_EGRESS_LIVE)
    seat->n_catching_up--;
  cr_egress_stop (egress);
  if (seat->port.sink->discard_rtp == NULL)
    return;
  seat->port.sink->discard_rtp (seat->port.peer, egress->line->ssrc);
  if (egress->line->rtx_ssrc != 0)
    seat->port.sink->discard_rtp (seat->port.peer, egress->line->rtx_ssrc);
}

void
cr_seat_catch_up (CrSeat *seat, gint64 now_us)
{
  seat->port.now_us = now_us;
  for (guint i = 0; i < seat->n_egresses && seat->n_catching_up > 0; i++) {
    if (seat->egresses[i].cursor != CR_EGRESS_LIVE && cr_egress_catch_up (&seat->egresses[i]))
      seat->n_catching_up--;
  }
}

void
cr_seat_sweep (CrSeat *seat, const CrSlotState *states, gint64 now_us, gint64 wall_us)
{
  if (now_us < seat->next_report_us)
    return;
  seat->next_report_us = now_us + REPORT_INTERVAL_US;
  seat->port.now_us = now_us;
  for (guint i = 0; i < seat->n_egresses; i++) {
    CrEgress *egress = &seat->egresses[i];
    const CrSlotState *state = &states[egress->slot];

    cr_egress_sweep (egress);
    if (is_blocked (seat, egress->slot))
      continue;
    if (egress->map.stream != state->target)
      adapt (seat, egress, state, now_us, wall_us);
    if (egress->waiting && state->target != NULL)
      cr_stream_request_keyframe (state->target, now_us);
  }
  cr_seat_send_reports (seat, NULL, wall_us);
}

void
cr_seat_send_reports (CrSeat *seat, const gchar *stream_name, gint64 wall_us)
{
  gint64 ntp_ns = cr_stream_wall_to_ntp_ns (wall_us);

  for (guint i = 0; i < seat->n_egresses; i++) {
    const CrEgress *egress = &seat->egresses[i];
    const gchar *name = cr_slot_stream_name (egress->slot);
    CrRtcpWriter writer;
    gsize length_bytes;
    guint32 out_rtp;

    if ((stream_name != NULL && !g_str_equal (name, stream_name)) ||
        !cr_egress_time_at (egress, ntp_ns, &out_rtp))
      continue;
    /* A compound each: of several reports in one, GStreamer's receivers act on the first alone. */
    cr_rtcp_writer_begin (&writer);
    cr_rtcp_writer_add_sender_report (&writer, egress->line->ssrc, cr_clock_ntp_from_wall_us (wall_us),
                                      out_rtp, egress->packets, egress->octets);
    cr_rtcp_writer_add_cname (&writer, egress->line->ssrc, name);
    length_bytes = cr_rtcp_writer_end (&writer);
    if (length_bytes > 0)
      seat->port.sink->send_rtcp (seat->port.peer, writer.data, length_bytes);
  }
}

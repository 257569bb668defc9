/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 8; from fanout; to srtp-seal by way of the viewer's sink; thread: media; allocates nothing per packet;
 * on failure the packet is counted as dropped and the next one goes on.
 *
 * The fast way is cr_egress_forward(): a few additions and stores into a header that is ready but for them.
 * cr_egress_begin() does the thinking, once per switch.
 */
#include "rtc/egress.h"

#include "rtc/redundancy.h"

#include <string.h>

#define RTP_FIXED_HEADER_BYTES 12
#define RTP_VERSION            0x80
#define RTP_PADDING            0x20
#define RTP_EXTENSION          0x10
#define RTP_MARKER             0x80
#define ONE_BYTE_PROFILE       0xBEDE /* RFC 8285 section 4.2 */
#define MAX_ONE_BYTE_ID        14
#define OSN_BYTES              2 /* RFC 4588 section 4 */

/* The longest prefix: an original sequence number and RED headers (a VP8 descriptor has six bytes). */
#define MAX_PREFIX_BYTES (OSN_BYTES + CR_RED_MAX_HEADER_BYTES)

/* More packets than the 2 s for which a NACK is answered bring at 2.5 Mbit/s, or in voice. */
#define VIDEO_RESEND_ENTRIES 1024
#define AUDIO_RESEND_ENTRIES 128

/* At a switch time goes on by at least this: a frame of 30 a second, a packet of 20 ms. */
#define LEAST_STEP_VIDEO_RTP (90000 / 30)
#define LEAST_STEP_AUDIO_RTP (48000 / 50)

/* Capture and arrival clocks that disagree by more than this on the length of a gap: believe arrival. */
#define MAX_CLOCK_DISAGREEMENT_US (10 * G_USEC_PER_SEC)

static inline void
write_u16 (guint8 *at, guint16 value)
{
  at[0] = (guint8)(value >> 8);
  at[1] = (guint8)value;
}

static inline void
write_u32 (guint8 *at, guint32 value)
{
  write_u16 (at, (guint16)(value >> 16));
  write_u16 (at + 2, (guint16)value);
}

/* Writes one element with room for its value; returns where the value is. */
static guint8
add_extension (CrEgress *egress, guint8 *end, guint8 id, gsize value_bytes)
{
  egress->header[*end] = (guint8)(id << 4 | (value_bytes - 1));
  *end = (guint8)(*end + 1 + value_bytes);
  return (guint8)(*end - value_bytes);
}

static gboolean
fits_one_byte (guint8 id)
{
  return id >= 1 && id <= MAX_ONE_BYTE_ID;
}

/* The template: everything that stays the same for every packet, so that sizes stay the same too. */
static void
build_header (CrEgress *egress)
{
  const CrMediaLine *line = egress->line;
  gsize mid_bytes = strlen (line->mid);
  guint8 end = RTP_FIXED_HEADER_BYTES + 4;

  if (fits_one_byte (line->extensions.mid) && mid_bytes > 0)
    memcpy (egress->header + add_extension (egress, &end, line->extensions.mid, mid_bytes), line->mid,
            mid_bytes);
  if (fits_one_byte (line->extensions.abs_send_time))
    egress->abs_send_time_at = add_extension (egress, &end, line->extensions.abs_send_time, 3);
  if (fits_one_byte (line->extensions.twcc))
    egress->twcc_at = add_extension (egress, &end, line->extensions.twcc, 2);

  egress->header[0] = RTP_VERSION;
  write_u32 (egress->header + 8, line->ssrc);
  egress->header_bytes = RTP_FIXED_HEADER_BYTES;
  if (end == RTP_FIXED_HEADER_BYTES + 4)
    return;
  egress->header[0] |= RTP_EXTENSION;
  egress->header_bytes = (guint8)((end + 3) & ~3);
  write_u16 (egress->header + RTP_FIXED_HEADER_BYTES, ONE_BYTE_PROFILE);
  write_u16 (egress->header + RTP_FIXED_HEADER_BYTES + 2,
             (guint16)((egress->header_bytes - RTP_FIXED_HEADER_BYTES - 4) / 4));
}

void
cr_egress_init (CrEgress *egress, const CrMediaLine *line, CrEgressPort *port, guint64 first_index,
                guint32 first_rtp)
{
  memset (egress, 0, sizeof *egress);
  egress->line = line;
  egress->slot = line->slot;
  egress->port = port;
  egress->cursor = CR_EGRESS_LIVE;
  egress->highest_out = first_index - 1;
  egress->last_out_rtp = first_rtp;
  egress->rtx_index = first_index;
  build_header (egress);
}

static void
clear_map (CrEgressMap *map)
{
  g_clear_pointer (&map->stream, cr_stream_unref);
  g_clear_pointer (&map->lead, g_bytes_unref);
}

void
cr_egress_stop (CrEgress *egress)
{
  clear_map (&egress->map);
  for (guint i = 0; i < CR_EGRESS_OLD_MAPS; i++)
    clear_map (&egress->old_maps[i]);
  egress->cursor = CR_EGRESS_LIVE;
  egress->waiting = FALSE;
}

void
cr_egress_clear (CrEgress *egress)
{
  cr_egress_stop (egress);
  g_clear_pointer (&egress->resend_table, cr_resend_table_free);
}

static CrRewrite
rewrite_for (const CrEgress *egress, CrCodec codec)
{
  if (codec == CR_CODEC_VP8)
    return CR_REWRITE_VP8;
  if (codec != CR_CODEC_RED)
    return CR_REWRITE_NOTHING;
  return egress->line->payload_types[CR_CODEC_RED] != 0 ? CR_REWRITE_RED : CR_REWRITE_RED_PRIMARY;
}

gboolean
cr_egress_can_play (const CrEgress *egress, CrCodec codec)
{
  const guint8 *payload_types = egress->line->payload_types;

  return codec == CR_CODEC_RED ? payload_types[CR_CODEC_OPUS] != 0 : payload_types[codec] != 0;
}

static inline guint32
map_time (const CrEgressMap *map, guint32 source_rtp)
{
  gint32 before_head = cr_rtp_time_distance (map->head_rtp, source_rtp);

  return before_head > 0 ? map->head_out_rtp - ((guint32)before_head >> map->shift)
                         : map->head_out_rtp - (guint32)before_head;
}

/* The descriptor of RFC 7741 section 4.2 with the picture id always in 15 bits, whatever the source has, so
 * that a source of 7 bits can follow one of 15. */
static gsize
rewrite_vp8 (const CrEgressMap *map, const CrHistoryPacket *packet, guint8 *prefix)
{
  const guint8 *source = packet->payload + 2;
  const guint8 *source_end = packet->payload + packet->descriptor_bytes;
  guint8 *at = prefix;

  *at++ = packet->payload[0];
  *at++ = packet->payload[1];
  if (packet->has_picture_id) {
    write_u16 (at, (guint16)(0x8000 | ((packet->picture_id + map->picture_id_delta) & 0x7fff)));
    at += 2;
    source += packet->picture_id_is_long ? 2 : 1;
  }
  if (packet->has_tl0picidx) {
    *at++ = (guint8)(packet->tl0picidx + map->tl0picidx_delta);
    source++;
  }
  while (source < source_end)
    *at++ = *source++;
  return (gsize)(at - prefix);
}

/* Writes the block headers; returns what they replace in the payload, 0 when it is malformed. */
static gsize
rewrite_red (const CrEgress *egress, const CrHistoryPacket *packet, guint8 *prefix, gsize *prefix_bytes)
{
  guint8 payload_type = egress->line->payload_types[CR_CODEC_OPUS];

  if (!packet->primary_only)
    return *prefix_bytes =
               cr_redundancy_rewrite_headers (packet->payload, packet->payload_bytes, payload_type, prefix);
  prefix[0] = payload_type; /* RFC 2198 section 3: the last header, of the primary */
  *prefix_bytes = 1;
  return cr_redundancy_find_primary (packet->payload, packet->payload_bytes);
}

/* Fills in prefix, payload and padding. FALSE when the packet cannot be said to this viewer. */
static gboolean
rewrite_payload (const CrEgress *egress, const CrEgressMap *map, const CrHistoryPacket *packet,
                 guint8 *prefix, CrSrtpParts *parts)
{
  gsize skip_bytes = 0;

  parts->prefix_bytes = 0;
  if (map->rewrite == CR_REWRITE_VP8 && (packet->has_picture_id || packet->has_tl0picidx)) {
    parts->prefix_bytes = rewrite_vp8 (map, packet, prefix);
    skip_bytes = packet->descriptor_bytes;
  } else if (map->rewrite == CR_REWRITE_RED && packet->payload_bytes > 0) {
    skip_bytes = rewrite_red (egress, packet, prefix, &parts->prefix_bytes);
    if (skip_bytes == 0)
      return FALSE;
  } else if (map->rewrite == CR_REWRITE_RED_PRIMARY && packet->payload_bytes > 0) {
    skip_bytes = cr_redundancy_find_primary (packet->payload, packet->payload_bytes);
    if (skip_bytes == 0)
      return FALSE;
  }
  parts->payload = packet->payload + skip_bytes;
  parts->payload_bytes = packet->payload_bytes - skip_bytes;
  parts->padding_bytes = packet->padding_bytes;
  return TRUE;
}

/* The fields that differ from packet to packet. */
static inline void
fill_header (CrEgress *egress, guint8 *header, guint8 payload_type, gboolean marker, guint64 index,
             guint32 out_rtp, CrSrtpParts *parts)
{
  CrEgressPort *port = egress->port;

  parts->header = header;
  parts->header_bytes = egress->header_bytes;
  parts->index = index;
  header[0] = (guint8)((header[0] & ~RTP_PADDING) | (parts->padding_bytes > 0 ? RTP_PADDING : 0));
  header[1] = (guint8)((marker ? RTP_MARKER : 0) | payload_type);
  write_u16 (header + 2, (guint16)index);
  write_u32 (header + 4, out_rtp);
  if (egress->abs_send_time_at != 0) {
    /* 6.18 fixed point seconds, 24 bits */
    guint32 sent = (guint32)(((guint64)port->now_us << 18) / G_USEC_PER_SEC);

    header[egress->abs_send_time_at] = (guint8)(sent >> 16);
    write_u16 (header + egress->abs_send_time_at + 1, (guint16)sent);
  }
  if (egress->twcc_at != 0)
    write_u16 (header + egress->twcc_at, ++port->twcc_seq);
}

/* Seals and sends; counts what goes on the wire. */
static inline gboolean
send_parts (CrEgress *egress, const CrSrtpParts *parts)
{
  CrEgressPort *port = egress->port;

  if (egress->twcc_at != 0 && port->bandwidth != NULL)
    cr_bandwidth_sent (port->bandwidth, port->twcc_seq,
                       parts->header_bytes + parts->prefix_bytes + parts->payload_bytes +
                           parts->padding_bytes,
                       port->now_us);
  return port->sink->send_rtp (port->peer, parts);
}

static inline void
count_forwarded (CrEgress *egress, gboolean sent, gsize payload_bytes)
{
  CrEgressPort *port = egress->port;

  if (!sent) {
    port->totals->dropped++;
    return;
  }
  port->totals->forwarded++;
  port->packets++;
  port->bytes += payload_bytes;
  egress->packets++;
  egress->octets += (guint32)payload_bytes;
}

/* What the next mapping must go on from. */
static inline void
note_highest (CrEgress *egress, const CrHistoryPacket *packet, guint64 out, guint32 out_rtp)
{
  egress->highest_out = out;
  egress->last_out_rtp = out_rtp;
  egress->last_picture_id = packet->picture_id + egress->map.picture_id_delta;
  egress->last_tl0picidx = (guint8)(packet->tl0picidx + egress->map.tl0picidx_delta);
  egress->last_capture_ns = packet->capture_ns;
  egress->last_arrival_us = packet->arrival_us;
  egress->last_is_estimated = packet->capture_is_estimated;
  egress->has_sent = TRUE;
}

void
cr_egress_forward (CrEgress *egress, const CrHistoryPacket *packet)
{
  const CrEgressMap *map = &egress->map;
  guint64 out = packet->seq + map->delta;
  guint32 out_rtp = map_time (map, packet->timestamp_rtp);
  guint8 prefix[MAX_PREFIX_BYTES];
  CrSrtpParts parts;

  if (packet->seq < map->first_seq)
    return;
  if (G_UNLIKELY (packet->starts_epoch && packet->seq > map->first_seq)) {
    cr_egress_begin (egress, map->stream, packet, 0);
    out = packet->seq + map->delta;
    out_rtp = map_time (map, packet->timestamp_rtp);
  }
  /* The index is used up even when nothing can be sent under it: a hole, as if it had been lost. */
  if (out > egress->highest_out)
    note_highest (egress, packet, out, out_rtp);
  if (G_UNLIKELY (!rewrite_payload (egress, map, packet, prefix, &parts))) {
    count_forwarded (egress, FALSE, 0);
    return;
  }
  parts.prefix = prefix;
  fill_header (egress, egress->header, map->payload_type, packet->marker, out, out_rtp, &parts);
  count_forwarded (egress, send_parts (egress, &parts), parts.prefix_bytes + parts.payload_bytes);
}

/* A mapping that has sent nothing leaves its sequence numbers to the next. */
static void
retire_map (CrEgress *egress)
{
  CrEgressMap *old = &egress->old_maps[egress->next_old_map];

  if (egress->map.stream == NULL || egress->map.first_out > egress->highest_out) {
    clear_map (&egress->map);
    return;
  }
  clear_map (old);
  *old = egress->map;
  old->last_out = egress->highest_out;
  old->ended_us = egress->port->now_us;
  egress->next_old_map = (egress->next_old_map + 1) % CR_EGRESS_OLD_MAPS;
  egress->map.stream = NULL; /* moved */
  egress->map.lead = NULL;
}

/* Where a new mapping takes its time from: the newest packet of a backlog that is pressed together, else the
 * first packet. */
typedef struct {
  gint64 capture_ns;
  gint64 arrival_us;
  gboolean is_estimated;
} Head;

/* Time since the last packet sent, at the head of the new stream, in its clock. Capture times that are not of
 * one kind differ by what encoding takes, which is not the same for picture and voice: then time passes as
 * packets arrive. */
static guint32
elapsed_rtp (const CrEgress *egress, const CrStream *stream, const Head *head)
{
  gint64 by_capture_us = (head->capture_ns - egress->last_capture_ns) / 1000;
  gint64 by_arrival_us = head->arrival_us - egress->last_arrival_us;
  gboolean trusted = head->is_estimated == egress->last_is_estimated &&
                     ABS (by_capture_us - by_arrival_us) < MAX_CLOCK_DISAGREEMENT_US;
  gint64 elapsed_us = trusted ? by_capture_us : by_arrival_us;

  return elapsed_us > 0 ? (guint32)((guint64)elapsed_us * stream->clock_rate / G_USEC_PER_SEC) : 0;
}

/* Where time goes on: as much later as the media is, but never back, and never on the spot. */
static void
map_time_on (CrEgress *egress, CrEgressMap *map, const CrHistoryPacket *first, guint shift)
{
  const CrStream *stream = map->stream;
  guint32 least_step_rtp =
      cr_codec_kind (stream->codec) == CR_MEDIA_VIDEO ? LEAST_STEP_VIDEO_RTP : LEAST_STEP_AUDIO_RTP;
  gint32 span = shift > 0 ? cr_rtp_time_distance (stream->clock_rtp, first->timestamp_rtp) : 0;
  Head head = {first->capture_ns, first->arrival_us, first->capture_is_estimated};
  guint32 pressed_rtp = (guint32)MAX (span, 0) >> shift;

  if (shift > 0)
    head = (Head){stream->clock_ns, egress->port->now_us, stream->clock_is_estimated};
  map->first_rtp = first->timestamp_rtp;
  map->shift = (guint8)shift;
  map->head_rtp = shift > 0 ? stream->clock_rtp : first->timestamp_rtp;
  map->head_out_rtp = egress->last_out_rtp + pressed_rtp;
  if (egress->has_sent)
    map->head_out_rtp =
        egress->last_out_rtp + MAX (elapsed_rtp (egress, stream, &head), least_step_rtp + pressed_rtp);
}

/* Until the next publisher's sender reports come, its media is as late as that of the one before. */
static void
keep_anchor (CrEgress *egress)
{
  if (!egress->has_sent || egress->last_is_estimated)
    return;
  egress->has_anchor = TRUE;
  egress->anchor_ns = egress->last_capture_ns;
  egress->anchor_rtp = egress->last_out_rtp;
}

void
cr_egress_begin (CrEgress *egress, CrStream *stream, const CrHistoryPacket *first, guint shift)
{
  CrRewrite rewrite = rewrite_for (egress, stream->codec);
  CrCodec codec = rewrite == CR_REWRITE_RED_PRIMARY ? CR_CODEC_OPUS : stream->codec;
  CrStream *kept = cr_stream_ref (stream); /* `stream` may be the one that is retired */
  GBytes *lead = NULL;

  g_assert (cr_egress_can_play (egress, stream->codec));
  retire_map (egress);
  keep_anchor (egress);
  if (stream->parameter_sets != NULL && first->starts_keyframe && !first->has_parameter_sets)
    lead = cr_parameter_sets_get_packet (stream->parameter_sets);

  egress->map = (CrEgressMap){
      .stream = kept,
      .first_seq = first->seq,
      .first_out = egress->highest_out + 1,
      .delta = egress->highest_out + 1 + (lead != NULL ? 1 : 0) - first->seq,
      .lead = lead != NULL ? g_bytes_ref (lead) : NULL,
      .rewrite = (guint8)rewrite,
      .codec = (guint8)codec,
      .payload_type = egress->line->payload_types[codec],
  };
  map_time_on (egress, &egress->map, first, shift);
  if (egress->has_sent) {
    egress->map.picture_id_delta = (guint16)(egress->last_picture_id + 1 - first->picture_id);
    egress->map.tl0picidx_delta = (guint8)(egress->last_tl0picidx + 1 - first->tl0picidx);
  }
}

/* Without RTX the same bytes leave again, so that the SRTP index sees one packet only. */
static gboolean
send_again_as_it_was (CrEgress *egress, const CrEgressMap *map, guint64 out, gboolean marker, guint32 out_rtp,
                      CrSrtpParts *parts)
{
  if (egress->twcc_at != 0 || egress->abs_send_time_at != 0)
    return FALSE; /* fields that would differ: such a line was to be negotiated with RTX */
  fill_header (egress, egress->header, map->payload_type, marker, out, out_rtp, parts);
  return send_parts (egress, parts);
}

/* RFC 4588 section 4: a stream of its own, the original sequence number before the payload. Being alone, it
 * needs no padding. */
static gboolean
send_again_by_rtx (CrEgress *egress, guint8 payload_type, gboolean marker, guint32 out_rtp,
                   CrSrtpParts *parts)
{
  guint8 header[CR_EGRESS_MAX_HEADER_BYTES];

  memcpy (header, egress->header, egress->header_bytes);
  write_u32 (header + 8, egress->line->rtx_ssrc);
  parts->padding_bytes = 0;
  fill_header (egress, header, payload_type, marker, egress->rtx_index++, out_rtp, parts);
  return send_parts (egress, parts);
}

/* `prefix` begins with OSN_BYTES of room; parts have payload and prefix after it. */
static void
send_again (CrEgress *egress, const CrEgressMap *map, guint64 out, gboolean marker, guint32 out_rtp,
            guint8 *prefix, CrSrtpParts *parts)
{
  CrEgressPort *port = egress->port;
  guint8 rtx_payload_type = egress->line->rtx_payload_types[map->codec];
  gsize bytes = parts->prefix_bytes + parts->payload_bytes;
  gboolean by_rtx = rtx_payload_type != 0 && egress->line->rtx_ssrc != 0;
  gboolean sent;

  if (egress->resend_table == NULL)
    egress->resend_table = cr_resend_table_new (egress->line->kind == CR_MEDIA_VIDEO ? VIDEO_RESEND_ENTRIES
                                                                                     : AUDIO_RESEND_ENTRIES);
  if (!cr_resend_table_pass (egress->resend_table, out, port->now_us, port->rtt_us) ||
      !cr_resend_budget_take (&port->resend_budget, port->bytes, bytes))
    return;
  if (by_rtx) {
    write_u16 (prefix, (guint16)out);
    parts->prefix = prefix;
    parts->prefix_bytes += OSN_BYTES;
    sent = send_again_by_rtx (egress, rtx_payload_type, marker, out_rtp, parts);
  } else {
    parts->prefix = prefix + OSN_BYTES;
    sent = send_again_as_it_was (egress, map, out, marker, out_rtp, parts);
  }
  if (sent) {
    port->resent++;
    port->totals->resent++;
  }
}

/* The mapping under which an index was sent. */
static const CrEgressMap *
find_map (const CrEgress *egress, guint64 out)
{
  if (egress->map.stream != NULL && out >= egress->map.first_out)
    return &egress->map;
  for (guint i = 0; i < CR_EGRESS_OLD_MAPS; i++) {
    const CrEgressMap *old = &egress->old_maps[i];

    if (old->stream != NULL && out >= old->first_out && out <= old->last_out)
      return old;
  }
  return NULL;
}

void
cr_egress_resend (CrEgress *egress, guint16 out_seq)
{
  guint64 out = cr_seq_extend (egress->highest_out, out_seq);
  const CrEgressMap *map = out <= egress->highest_out ? find_map (egress, out) : NULL;
  guint8 prefix[MAX_PREFIX_BYTES];
  CrHistoryPacket *packet;
  CrSrtpParts parts = {0};

  if (map == NULL || !egress->line->nack)
    return;
  if (map->lead != NULL && out == map->first_out) {
    parts.payload = g_bytes_get_data (map->lead, &parts.payload_bytes);
    send_again (egress, map, out, FALSE, map_time (map, map->first_rtp), prefix, &parts);
    return;
  }
  packet = cr_history_get (map->stream->history, out - map->delta);
  if (packet == NULL || !rewrite_payload (egress, map, packet, prefix + OSN_BYTES, &parts))
    return;
  packet->padding_is_final = TRUE; /* it may be a late one, asked for before its turn ends */
  send_again (egress, map, out, packet->marker, map_time (map, packet->timestamp_rtp), prefix, &parts);
}

void
cr_egress_send_lead (CrEgress *egress)
{
  const CrEgressMap *map = &egress->map;
  CrSrtpParts parts = {0};

  if (map->lead == NULL)
    return;
  parts.payload = g_bytes_get_data (map->lead, &parts.payload_bytes);
  fill_header (egress, egress->header, map->payload_type, FALSE, map->first_out,
               map_time (map, map->first_rtp), &parts);
  egress->highest_out = map->first_out;
  count_forwarded (egress, send_parts (egress, &parts), parts.payload_bytes);
}

gboolean
cr_egress_catch_up (CrEgress *egress)
{
  const CrHistory *history = egress->map.stream->history;
  guint64 newest = cr_history_get_newest (history);

  cr_pacer_earn (&egress->pacer, egress->port->now_us);
  for (; egress->cursor <= newest; egress->cursor++) {
    CrHistoryPacket *packet = cr_history_get (history, egress->cursor);

    if (packet == NULL)
      continue;
    if (!cr_pacer_may_send (&egress->pacer))
      return FALSE;
    packet->padding_is_final = TRUE;
    cr_pacer_spend (&egress->pacer, packet->payload_bytes);
    cr_egress_forward (egress, packet);
  }
  egress->cursor = CR_EGRESS_LIVE;
  return TRUE;
}

gboolean
cr_egress_time_at (const CrEgress *egress, gint64 ntp_ns, guint32 *out_rtp)
{
  const CrStream *stream = egress->map.stream;
  gint64 from_ns;
  guint32 from_rtp;

  if (stream == NULL || !stream->has_clock)
    return FALSE;
  if (stream->clock_is_estimated && egress->has_anchor) {
    from_ns = egress->anchor_ns;
    from_rtp = egress->anchor_rtp;
  } else {
    from_ns = stream->clock_ns;
    from_rtp = map_time (&egress->map, stream->clock_rtp);
  }
  *out_rtp =
      from_rtp + (guint32)((ntp_ns - from_ns) / 1000 * (gint64)stream->clock_rate / (gint64)G_USEC_PER_SEC);
  return TRUE;
}

void
cr_egress_sweep (CrEgress *egress)
{
  for (guint i = 0; i < CR_EGRESS_OLD_MAPS; i++) {
    CrEgressMap *old = &egress->old_maps[i];

    if (old->stream != NULL && egress->port->now_us - old->ended_us > CR_HISTORY_NACK_US)
      clear_map (old);
  }
}

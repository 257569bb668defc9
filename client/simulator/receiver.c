/* SPDX-License-Identifier: Apache-2.0
 *
 *   RTP  -> line by SSRC, MID or payload type -> RTX unwrapped -> track -> media callback
 *   tick -> NACK, PLI, transport-wide feedback (100 ms), receiver report (1 s) -> send
 */
#include "receiver.h"

#include "rtc/rtcp-in.h"
#include "rtc/rtcp-out.h"
#include "rtc/twcc.h"
#include "track.h"
#include <string.h>

#define REPORT_INTERVAL_US   G_USEC_PER_SEC
#define FEEDBACK_INTERVAL_US (100 * 1000)

/* A browser waits for the keyframe it is owed before it asks, and does not ask faster than this. */
#define PLI_PATIENCE_US (500 * 1000)
#define PLI_INTERVAL_US G_USEC_PER_SEC

#define DELAY_SAMPLES 1000

/* An RTX packet as large as any media packet, and its two bytes more. */
#define MAX_PACKET_BYTES (CR_MAX_DATAGRAM_BYTES + 2)

/* At most what one RTCP packet takes with room to spare. */
#define MAX_NACKS 200

struct CrReceiver {
  CrAnswer *answer;
  CrTrack *tracks[CR_OFFER_MAX_LINES];
  gint64 last_pli_us[CR_OFFER_MAX_LINES];
  guint32 ssrc;
  gchar cname[17];
  CrReceiverSendFunc send;
  CrReceiverMediaFunc media;
  gpointer data;

  CrTwcc *twcc;
  gboolean has_twcc;
  gint64 next_report_us, next_feedback_us, last_us;
  gint64 first_packet_us;
  guint64 unmatched, nacks, plis;

  gint32 delays[DELAY_SAMPLES]; /* 1/2^18 s against the first packet's */
  guint n_delays;
  guint32 first_offset;
  gint32 least_delay;
};

CrReceiver *
cr_receiver_new (CrAnswer *answer, guint32 seed, gint64 now_us, CrReceiverSendFunc send,
                 CrReceiverMediaFunc media, gpointer data)
{
  CrReceiver *receiver = g_new0 (CrReceiver, 1);
  g_autoptr (GRand) chance = g_rand_new_with_seed (seed);

  receiver->answer = answer;
  receiver->ssrc = g_rand_int (chance) | 1;
  g_snprintf (receiver->cname, sizeof receiver->cname, "%08x%08x", g_rand_int (chance), g_rand_int (chance));
  receiver->send = send;
  receiver->media = media;
  receiver->data = data;
  receiver->twcc = cr_twcc_new ();
  /* Spread, so that hundreds of classrooms do not report in one instant. */
  receiver->next_report_us = now_us + g_rand_int_range (chance, 0, REPORT_INTERVAL_US);
  receiver->next_feedback_us = now_us + g_rand_int_range (chance, 0, FEEDBACK_INTERVAL_US);
  receiver->last_us = now_us;
  return receiver;
}

void
cr_receiver_free (CrReceiver *receiver)
{
  for (guint i = 0; i < CR_OFFER_MAX_LINES; i++)
    g_clear_pointer (&receiver->tracks[i], cr_track_free);
  cr_twcc_free (receiver->twcc);
  g_free (receiver->answer);
  g_free (receiver);
}

/* Against the first packet's, so that the clocks need not agree (6.18 fixed point seconds, 24 bits). */
static void
note_delay (CrReceiver *receiver, const CrRtpPacket *packet, gint64 arrival_us)
{
  guint32 arrival = (guint32)((arrival_us << 18) / G_USEC_PER_SEC);
  guint32 offset = (arrival - packet->abs_send_time) & 0xffffff;
  gint32 delay;

  if (receiver->n_delays == 0)
    receiver->first_offset = offset;
  delay = (gint32)((offset - receiver->first_offset) << 8) >> 8; /* sign of 24 bits */
  if (receiver->n_delays == 0 || delay < receiver->least_delay)
    receiver->least_delay = delay;
  receiver->delays[receiver->n_delays++ % DELAY_SAMPLES] = delay;
}

/* RFC 4588 section 4: the original packet, in `out`. 0 when it is only padding. */
static gsize
unwrap_rtx (const CrRtpPacket *packet, guint8 payload_type, guint32 ssrc, guint8 *out)
{
  const guint8 *payload = cr_rtp_packet_payload (packet);
  gsize length_bytes;

  if (packet->payload_bytes < 2)
    return 0;
  length_bytes = packet->header_bytes + packet->payload_bytes - 2;
  memcpy (out, packet->data, packet->header_bytes);
  memcpy (out + packet->header_bytes, payload + 2, packet->payload_bytes - 2);
  out[0] &= ~0x20; /* padding is left behind */
  out[1] = (out[1] & 0x80) | payload_type;
  memcpy (out + 2, payload, 2);
  out[8] = ssrc >> 24;
  out[9] = ssrc >> 16 & 0xff;
  out[10] = ssrc >> 8 & 0xff;
  out[11] = ssrc & 0xff;
  return length_bytes;
}

/* The track of a line; a new one when the SSRC has changed. */
static CrTrack *
track_for (CrReceiver *receiver, guint index, CrCodec codec, guint32 ssrc)
{
  CrTrack **track = &receiver->tracks[index];

  if (*track != NULL && ((*track)->ssrc != ssrc || cr_codec_kind ((*track)->codec) != cr_codec_kind (codec)))
    g_clear_pointer (track, cr_track_free);
  if (*track == NULL)
    *track = cr_track_new (codec);
  (*track)->codec = codec; /* a replaced teacher may send another */
  return *track;
}

static void
take_media (CrReceiver *receiver, const CrAnswerLine *line, CrRtpPacket *packet, gboolean resent,
            gint64 arrival_us)
{
  CrCodec codec = line->codecs[packet->payload_type];
  CrTrack *track;

  if (codec == CR_CODEC_NONE || !cr_rtp_packet_parse_payload (packet, codec)) {
    receiver->unmatched++;
    return;
  }
  track = track_for (receiver, line - receiver->answer->lines, codec, packet->ssrc);
  if (receiver->first_packet_us == 0)
    receiver->first_packet_us = arrival_us;
  if (cr_track_take (track, packet, resent, arrival_us) && receiver->media != NULL)
    receiver->media (line, packet->data, packet->length_bytes, arrival_us, receiver->data);
}

static void
take_resend (CrReceiver *receiver, const CrAnswerLine *line, CrRtpPacket *packet, gint64 arrival_us)
{
  CrTrack *track = receiver->tracks[line - receiver->answer->lines];
  guint8 plain[MAX_PACKET_BYTES];
  CrRtpPacket original;
  gsize length_bytes;

  if (track == NULL || packet->length_bytes > sizeof plain)
    return; /* nothing can have been asked for yet */
  length_bytes = unwrap_rtx (packet, line->rtx_apt[packet->payload_type], track->ssrc, plain);
  if (length_bytes > 0 && cr_rtp_packet_parse (&original, plain, length_bytes))
    take_media (receiver, line, &original, TRUE, arrival_us);
}

void
cr_receiver_take_rtp (CrReceiver *receiver, const guint8 *data, gsize length_bytes, gint64 arrival_us)
{
  CrRtpPacket packet;
  const CrAnswerLine *line;
  gboolean is_rtx;

  receiver->last_us = arrival_us;
  if (!cr_rtp_packet_parse (&packet, data, length_bytes)) {
    receiver->unmatched++;
    return;
  }
  line = cr_answer_match (receiver->answer, &packet, &is_rtx);
  if (packet.has_twcc_seq) {
    receiver->has_twcc = TRUE;
    cr_twcc_arrived (receiver->twcc, packet.twcc_seq, arrival_us);
  }
  if (packet.has_abs_send_time)
    note_delay (receiver, &packet, arrival_us);
  if (line == NULL)
    receiver->unmatched++;
  else if (is_rtx)
    take_resend (receiver, line, &packet, arrival_us);
  else
    take_media (receiver, line, &packet, FALSE, arrival_us);
}

typedef struct {
  CrReceiver *receiver;
  gint64 arrival_us;
} RtcpContext;

static void
on_sender_report (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets, gpointer user)
{
  RtcpContext *context = user;

  for (guint i = 0; i < context->receiver->answer->n_lines; i++) {
    CrTrack *track = context->receiver->tracks[i];

    if (track == NULL || track->ssrc != ssrc)
      continue;
    track->last_sr_ntp = (guint32)(ntp >> 16);
    track->last_sr_us = context->arrival_us;
    track->sender_reports++;
  }
}

void
cr_receiver_take_rtcp (CrReceiver *receiver, const guint8 *packet, gsize length_bytes, gint64 arrival_us)
{
  const CrRtcpHandler handler = {.sender_report = on_sender_report};
  RtcpContext context = {receiver, arrival_us};

  receiver->last_us = arrival_us;
  if (!cr_rtcp_parse (packet, length_bytes, &handler, &context))
    receiver->unmatched++;
}

static void
send_report (CrReceiver *receiver, gint64 now_us)
{
  CrRtcpWriter writer;
  gsize length_bytes;

  cr_rtcp_writer_begin (&writer);
  cr_rtcp_writer_add_receiver_report (&writer, receiver->ssrc);
  for (guint i = 0; i < receiver->answer->n_lines; i++) {
    CrTrack *track = receiver->tracks[i];
    guint32 dlsr = 0;

    if (track == NULL || !track->started)
      continue;
    if (track->last_sr_ntp != 0)
      dlsr = (guint32)((now_us - track->last_sr_us) * 65536 / G_USEC_PER_SEC);
    cr_rtcp_writer_add_report_block (&writer, track->ssrc, cr_track_take_fraction_lost (track),
                                     (gint32)((gint64)cr_track_get_expected (track) - (gint64)track->packets),
                                     (guint32)track->highest, (guint32)track->jitter_rtp, track->last_sr_ntp,
                                     dlsr);
  }
  cr_rtcp_writer_add_cname (&writer, receiver->ssrc, receiver->cname);
  length_bytes = cr_rtcp_writer_end (&writer);
  if (length_bytes > 0)
    receiver->send (writer.data, length_bytes, receiver->data);
}

static void
send_feedback (CrReceiver *receiver)
{
  guint8 fci[1024];
  gsize fci_bytes;

  while ((fci_bytes = cr_twcc_build (receiver->twcc, fci, sizeof fci)) > 0) {
    CrRtcpWriter writer;
    gsize length_bytes;

    cr_rtcp_writer_begin (&writer);
    cr_rtcp_writer_add_twcc (&writer, receiver->ssrc, 0, fci, fci_bytes);
    length_bytes = cr_rtcp_writer_end (&writer);
    if (length_bytes > 0)
      receiver->send (writer.data, length_bytes, receiver->data);
  }
}

/* NACK where video is missing something, PLI where it has no keyframe to begin from. */
static void
send_requests (CrReceiver *receiver, guint index, gint64 now_us)
{
  CrTrack *track = receiver->tracks[index];
  gboolean video = cr_codec_kind (track->codec) == CR_MEDIA_VIDEO;
  guint16 seqs[MAX_NACKS];
  guint n = cr_track_collect_missing (track, now_us, seqs, MAX_NACKS);
  gboolean pli = video && track->wants_keyframe && now_us - track->wants_since_us >= PLI_PATIENCE_US &&
                 now_us - receiver->last_pli_us[index] >= PLI_INTERVAL_US;
  CrRtcpWriter writer;
  gsize length_bytes;

  if (!video || (n == 0 && !pli))
    return; /* voice is not asked for again: it would come too late */
  cr_rtcp_writer_begin (&writer);
  if (n > 0)
    receiver->nacks += cr_rtcp_writer_add_nack (&writer, receiver->ssrc, track->ssrc, seqs, n);
  if (pli && cr_rtcp_writer_add_pli (&writer, receiver->ssrc, track->ssrc)) {
    receiver->last_pli_us[index] = now_us;
    receiver->plis++;
  }
  length_bytes = cr_rtcp_writer_end (&writer);
  if (length_bytes > 0)
    receiver->send (writer.data, length_bytes, receiver->data);
}

void
cr_receiver_tick (CrReceiver *receiver, gint64 now_us)
{
  for (guint i = 0; i < receiver->answer->n_lines; i++) {
    if (receiver->tracks[i] != NULL)
      send_requests (receiver, i, now_us);
  }
  if (receiver->has_twcc && now_us >= receiver->next_feedback_us) {
    send_feedback (receiver);
    receiver->next_feedback_us = now_us + FEEDBACK_INTERVAL_US;
  }
  if (now_us >= receiver->next_report_us) {
    send_report (receiver, now_us);
    receiver->next_report_us = now_us + REPORT_INTERVAL_US;
  }
}

static gint
compare_delays (gconstpointer a, gconstpointer b)
{
  return *(const gint32 *)a - *(const gint32 *)b;
}

static void
get_delays (CrReceiver *receiver, CrReceiverStats *stats)
{
  guint n = MIN (receiver->n_delays, DELAY_SAMPLES);
  g_autofree gint32 *sorted = g_memdup2 (receiver->delays, n * sizeof (gint32));

  stats->delay_p50_ms = stats->delay_p99_ms = -1;
  if (n == 0)
    return;
  qsort (sorted, n, sizeof (gint32), compare_delays);
  stats->delay_p50_ms = (sorted[n / 2] - receiver->least_delay) * 1000.0 / (1 << 18);
  stats->delay_p99_ms = (sorted[n * 99 / 100] - receiver->least_delay) * 1000.0 / (1 << 18);
}

void
cr_receiver_get_stats (CrReceiver *receiver, CrReceiverStats *stats)
{
  *stats = (CrReceiverStats){.unmatched = receiver->unmatched,
                             .nacks = receiver->nacks,
                             .plis = receiver->plis,
                             .first_packet_us = receiver->first_packet_us};
  for (guint i = 0; i < receiver->answer->n_lines; i++) {
    const CrTrack *track = receiver->tracks[i];

    if (track == NULL)
      continue;
    stats->packets += track->packets;
    stats->bytes += track->bytes;
    stats->expected += cr_track_get_expected (track) - cr_nack_list_get_n_pending (track->missing);
    stats->lost += track->lost;
    stats->recovered += track->recovered;
    stats->duplicates += track->duplicates;
    stats->keyframes += track->keyframes;
    stats->freezes += track->freezes;
    stats->sender_reports[i] += track->sender_reports;
    if (track->decodable_us != 0 &&
        (stats->first_keyframe_us == 0 || track->decodable_us < stats->first_keyframe_us))
      stats->first_keyframe_us = track->decodable_us;
  }
  get_delays (receiver, stats);
}

gint64
cr_receiver_get_last_us (CrReceiver *receiver)
{
  return receiver->last_us;
}

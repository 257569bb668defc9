/* SPDX-License-Identifier: Apache-2.0
 *
 * Steps 4 and 5 for one peer; from srtp-open (by way of peer); to relaysrc; media thread; allocates one
 * GstBuffer per forwarded packet; on failure the packet is dropped and counted.
 *
 *   on_rtp -> parse -> match SSRC -> [unwrap RTX] -> ingress -> buffer -> on_packet
 *                  \-> twcc                          \-> gaps
 *
 * What goes back to the publisher is in publisher-feedback.c.
 */
#include "rtc/publisher-private.h"
#include "rtc/rtcp-in.h"

#include <string.h>

#define RTP_PADDING_BIT 0x20
#define RTX_OSN_BYTES   2 /* RFC 4588 section 4 */

/* A stream is announced again at most this often, so that a publisher that changes its mind with every packet
 * does not make the fan-out begin anew with every packet. */
#define MIN_RESTART_US (500 * 1000)
/* An SSRC changes its payload type when so many packets in a row say so: an encoder of RED sends a plain Opus
 * packet now and then, and one packet less is better than two changes. */
#define PAYLOAD_TYPE_RUN 3
/* An SSRC that was replaced gets its stream back when the other one has been silent for this long. */
#define SSRC_SILENT_US (1 * G_USEC_PER_SEC)

static const gchar *const ntp_caps_name = "timestamp/x-ntp";

void
cr_publisher_set_away (CrPublisher *publisher, gboolean away)
{
  if (publisher->away == away)
    return;
  publisher->away = away;
  if (publisher->handler->on_away != NULL)
    publisher->handler->on_away (publisher, away, publisher->data);
}

static guint
stream_index (const CrPublisher *publisher, const CrPublisherStream *stream)
{
  return (guint)(stream - publisher->streams);
}

static guint64
arrival_ntp_ns (const CrPublisher *publisher, gint64 arrival_us)
{
  return cr_capture_ns_from_ntp (cr_clock_ntp_from_wall_us (arrival_us + publisher->wall_ahead_us));
}

static void
retire_ingress (CrPublisher *publisher, CrPublisherStream *stream)
{
  const CrIngressStats *stats;

  if (stream->ingress == NULL)
    return;
  stats = cr_ingress_get_stats (stream->ingress);
  publisher->retired_lost += stats->lost;
  publisher->retired_recovered += stats->recovered;
  g_clear_pointer (&stream->ingress, cr_ingress_free);
}

static void
announce_stream (CrPublisher *publisher, CrPublisherStream *stream, gint64 now_us)
{
  stream->started_us = now_us;
  stream->other_payload_types = 0;
  cr_capture_time_init (&stream->capture, cr_codec_clock_rate (stream->info.codec));
  /* Whoever wanted a keyframe wanted one of the old encoding; whoever needs one of this asks anew. */
  cr_keyframe_gate_arrived (&stream->gate);
  if (publisher->handler->on_stream_started != NULL)
    publisher->handler->on_stream_started (publisher, stream_index (publisher, stream), &stream->info,
                                           publisher->data);
}

static void
start_stream (CrPublisher *publisher, CrStreamSource *source, CrCodec codec, const CrRtpPacket *packet,
              gint64 now_us)
{
  CrPublisherStream *stream = &publisher->streams[source->stream];

  for (guint i = 0; i < publisher->match.n_sources; i++) {
    CrStreamSource *other = &publisher->match.sources[i];

    if (!other->rtx && other->stream == source->stream)
      other->replaced = other != source;
  }
  retire_ingress (publisher, stream);
  stream->line = source->line;
  stream->ingress = cr_ingress_new (packet->ssrc, cr_codec_clock_rate (codec), source->line->nack);
  stream->info = (CrStreamInfo){.kind = source->line->kind,
                                .codec = codec,
                                .layer = source->stream % CR_SDP_MAX_RIDS,
                                .rid = source->line->rids[source->stream % CR_SDP_MAX_RIDS],
                                .ssrc = packet->ssrc,
                                .payload_type = packet->payload_type,
                                .parameter_sets = source->line->parameter_sets};
  announce_stream (publisher, stream, now_us);
}

/* Makes sure that the packet is of the encoding that its stream has now, or may take over. */
static gboolean
ensure_stream (CrPublisher *publisher, CrStreamSource *source, CrCodec codec, const CrRtpPacket *packet,
               gint64 now_us)
{
  CrPublisherStream *stream = &publisher->streams[source->stream];

  if (stream->ingress == NULL) {
    start_stream (publisher, source, codec, packet, now_us);
    return TRUE;
  }
  if (stream->info.ssrc == packet->ssrc && stream->info.payload_type == packet->payload_type) {
    stream->other_payload_types = 0;
    return TRUE;
  }
  if (stream->info.ssrc == packet->ssrc && ++stream->other_payload_types < PAYLOAD_TYPE_RUN)
    return FALSE;
  if (now_us - stream->started_us < MIN_RESTART_US)
    return FALSE;
  if (source->replaced && now_us - stream->last_packet_us < SSRC_SILENT_US)
    return FALSE;
  start_stream (publisher, source, codec, packet, now_us);
  return TRUE;
}

static GstBuffer *
make_buffer (CrPublisher *publisher, CrPublisherStream *stream, const CrRtpPacket *packet, gint64 arrival_us)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, packet->length_bytes, NULL);
  guint64 captured_ns = cr_capture_time_get (&stream->capture, &publisher->capture_clock,
                                             packet->timestamp_rtp, arrival_ntp_ns (publisher, arrival_us));

  gst_buffer_fill (buffer, 0, packet->data, packet->length_bytes);
  GST_BUFFER_PTS (buffer) = (GstClockTime)arrival_us * GST_USECOND;
  gst_buffer_add_reference_timestamp_meta (
      buffer,
      cr_capture_time_is_reported (&stream->capture, &publisher->capture_clock) ? publisher->ntp_caps
                                                                                : publisher->estimated_caps,
      captured_ns, GST_CLOCK_TIME_NONE);
  return buffer;
}

/* Leaves the header alone. */
static void
cut_payload (CrRtpPacket *packet, guint8 *data)
{
  data[0] &= (guint8)~RTP_PADDING_BIT;
  packet->length_bytes = packet->header_bytes;
  packet->payload_bytes = 0;
  packet->padding_bytes = 0;
}

static void
deliver (CrPublisher *publisher, CrPublisherStream *stream, CrRtpPacket *packet, guint8 *data,
         gint64 arrival_us)
{
  if (!cr_rtp_packet_parse_payload (packet, stream->info.codec)) {
    publisher->stats.junk++;
    cut_payload (packet, data);
  } else if (packet->payload_bytes == 0) {
    cut_payload (packet, data);
  } else {
    publisher->last_media_us = arrival_us;
    stream->ended = FALSE;
    cr_publisher_set_away (publisher, FALSE);
    if (packet->has_keyframe_picture)
      cr_keyframe_gate_arrived (&stream->gate);
  }
  publisher->stats.packets++;
  publisher->stats.bytes += packet->length_bytes;
  publisher->rate_bytes += packet->length_bytes;
  publisher->handler->on_packet (publisher, stream_index (publisher, stream),
                                 make_buffer (publisher, stream, packet, arrival_us), publisher->data);
}

/* `data` is the packet's bytes, to be changed. The stream is known to be that of the packet. */
static void
enter_stream (CrPublisher *publisher, CrPublisherStream *stream, CrRtpPacket *packet, guint8 *data,
              gint64 arrival_us, gboolean retransmitted)
{
  CrIngressVerdict verdict =
      cr_ingress_receive (stream->ingress, packet->seq, packet->timestamp_rtp, arrival_us, retransmitted);

  if (verdict == CR_INGRESS_DUPLICATE || verdict == CR_INGRESS_TOO_OLD)
    return;
  if (verdict == CR_INGRESS_RESTARTED && arrival_us - stream->started_us >= MIN_RESTART_US)
    announce_stream (publisher, stream, arrival_us);
  stream->last_packet_us = arrival_us;
  publisher->last_media_ssrc = stream->info.ssrc;
  cr_publisher_feedback_wake (publisher, cr_ingress_nack_due_us (stream->ingress));
  deliver (publisher, stream, packet, data, arrival_us);
}

/* RFC 4588 section 4: the payload is preceded by the original sequence number; payload type and SSRC are
 * those of the retransmission. The header moves up over the number's place. FALSE: not of the stream. */
static gboolean
unwrap_rtx (const CrPublisherStream *stream, const CrStreamSource *source, CrCodec codec, CrRtpPacket *packet,
            guint8 **data)
{
  const guint8 *payload = cr_rtp_packet_payload (packet);
  const guint8 osn[RTX_OSN_BYTES] = {payload[0], payload[1]};
  guint32 ssrc_be = g_htonl (stream->info.ssrc);
  guint8 *original;

  if (stream->ingress == NULL || stream->line->payload_types[codec] != stream->info.payload_type ||
      (source->repairs_ssrc != 0 && source->repairs_ssrc != stream->info.ssrc))
    return FALSE;

  memmove (*data + RTX_OSN_BYTES, *data, packet->header_bytes);
  original = *data += RTX_OSN_BYTES;
  original[0] &= (guint8)~RTP_PADDING_BIT;
  original[1] = (guint8)(packet->marker << 7 | stream->info.payload_type);
  memcpy (original + 2, osn, sizeof osn);
  memcpy (original + 8, &ssrc_be, sizeof ssrc_be); /* not aligned any more */
  return cr_rtp_packet_parse (packet, original,
                              (gsize)packet->header_bytes + packet->payload_bytes - RTX_OSN_BYTES);
}

static void
receive_rtx (CrPublisher *publisher, const CrStreamSource *source, CrCodec codec, CrRtpPacket *packet,
             guint8 *data, gint64 arrival_us)
{
  CrPublisherStream *stream = &publisher->streams[source->stream];

  /* Padding that probes the path: only its arrival mattered. */
  if (packet->payload_bytes < RTX_OSN_BYTES)
    return;
  if (unwrap_rtx (stream, source, codec, packet, &data))
    enter_stream (publisher, stream, packet, data, arrival_us, TRUE);
}

static void
on_rtp (CrPeer *peer, guint8 *data, gsize length_bytes, gint64 arrival_us, gpointer user)
{
  CrPublisher *publisher = user;
  CrRtpPacket packet;
  CrStreamSource *source;
  CrCodec codec = CR_CODEC_NONE;
  gboolean rtx = FALSE;

  if (!cr_rtp_packet_parse (&packet, data, length_bytes)) {
    publisher->stats.junk++;
    return;
  }
  cr_rtp_packet_parse_extensions (&packet, &publisher->match.extensions);
  if (packet.has_twcc_seq)
    cr_publisher_feedback_note_twcc (publisher, packet.twcc_seq, arrival_us);

  source = cr_stream_match_find (&publisher->match, &packet);
  if (source != NULL)
    codec = cr_stream_match_codec (source->line, packet.payload_type, &rtx);
  if (codec == CR_CODEC_NONE || rtx != source->rtx) {
    publisher->stats.junk++;
    return;
  }
  if (rtx) {
    receive_rtx (publisher, source, codec, &packet, data, arrival_us);
    return;
  }
  if (!ensure_stream (publisher, source, codec, &packet, arrival_us)) {
    publisher->stats.junk++;
    return;
  }
  enter_stream (publisher, &publisher->streams[source->stream], &packet, data, arrival_us, FALSE);
}

typedef struct {
  CrPublisher *publisher;
  gint64 arrival_us;
} RtcpContext;

static CrPublisherStream *
find_stream (CrPublisher *publisher, guint32 ssrc)
{
  for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++) {
    if (publisher->streams[i].ingress != NULL && publisher->streams[i].info.ssrc == ssrc)
      return &publisher->streams[i];
  }
  return NULL;
}

static void
on_sender_report (guint32 ssrc, guint64 ntp, guint32 timestamp_rtp, guint32 packets, guint32 octets,
                  gpointer user)
{
  RtcpContext *context = user;
  CrPublisher *publisher = context->publisher;
  CrPublisherStream *stream = find_stream (publisher, ssrc);
  guint64 ntp_ns = cr_capture_ns_from_ntp (ntp);

  /* A sender without a clock may say 0 (RFC 3550 section 6.4.1). */
  if (stream == NULL || ntp == 0)
    return;
  cr_ingress_sender_report (stream->ingress, ntp, context->arrival_us);
  cr_capture_clock_report (&publisher->capture_clock, ntp_ns,
                           arrival_ntp_ns (publisher, context->arrival_us));
  cr_capture_time_report (&stream->capture, ntp_ns, timestamp_rtp);
}

static void
on_bye (guint32 ssrc, gpointer user)
{
  RtcpContext *context = user;
  CrPublisher *publisher = context->publisher;
  CrPublisherStream *stream = find_stream (publisher, ssrc);

  if (stream == NULL)
    return;
  stream->ended = TRUE;
  for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++) {
    if (publisher->streams[i].ingress != NULL && !publisher->streams[i].ended)
      return;
  }
  cr_publisher_set_away (publisher, TRUE);
}

static void
on_rtcp (CrPeer *peer, guint8 *data, gsize length_bytes, gint64 arrival_us, gpointer user)
{
  static const CrRtcpHandler handler = {.sender_report = on_sender_report, .bye = on_bye};
  CrPublisher *publisher = user;
  RtcpContext context = {.publisher = publisher, .arrival_us = arrival_us};

  if (!cr_rtcp_parse (data, length_bytes, &handler, &context))
    publisher->stats.junk++;
}

static void
on_connected (CrPeer *peer, gpointer user)
{
  CrPublisher *publisher = user;
  gint64 now_us = cr_worker_now_us (publisher->worker);

  publisher->last_media_us = now_us;
  publisher->rate_since_us = now_us;
  cr_publisher_feedback_start (publisher, now_us);
}

static void
on_closed (CrPeer *peer, CrPeerEnd end, gpointer user)
{
  CrPublisher *publisher = user;

  cr_publisher_feedback_stop (publisher);
  cr_publisher_set_away (publisher, TRUE);
  if (publisher->handler->on_closed != NULL)
    publisher->handler->on_closed (publisher, end, publisher->data);
}

CrPublisher *
cr_publisher_new (CrPeer *peer, CrNegotiation *negotiation, CrWorker *worker,
                  const CrPublisherHandler *handler, gpointer data)
{
  static const CrPeerHandler peer_handler = {
      .on_connected = on_connected, .on_rtp = on_rtp, .on_rtcp = on_rtcp, .on_closed = on_closed};
  const CrClock *clock = cr_worker_get_clock (worker);
  CrPublisher *publisher = g_new0 (CrPublisher, 1);

  cr_assert_media (worker);
  g_assert (handler->on_packet != NULL);
  publisher->peer = peer;
  publisher->worker = worker;
  publisher->negotiation = negotiation;
  publisher->handler = handler;
  publisher->data = data;
  publisher->wall_ahead_us = cr_clock_wall_us (clock) - cr_clock_monotonic_us (clock);
  publisher->ntp_caps = gst_caps_new_empty_simple (ntp_caps_name);
  publisher->estimated_caps =
      gst_caps_new_simple (ntp_caps_name, CR_CAPTURE_ESTIMATED_FIELD, G_TYPE_BOOLEAN, TRUE, NULL);
  publisher->own_ssrc = g_random_int () | 1; /* never 0, which many take for unset */
  g_snprintf (publisher->cname, sizeof publisher->cname, "%08x%08x%08x", g_random_int (), g_random_int (),
              g_random_int ());
  cr_stream_match_init (&publisher->match, negotiation);
  for (guint kind = 0; kind < G_N_ELEMENTS (publisher->match.lines); kind++) {
    const CrMediaLine *line = publisher->match.lines[kind];

    if (line != NULL && line->transport_cc && publisher->twcc == NULL)
      publisher->twcc = cr_twcc_new ();
  }
  cr_peer_start (peer, worker, &peer_handler, publisher);
  return publisher;
}

void
cr_publisher_free (CrPublisher *publisher)
{
  cr_assert_media (publisher->worker);
  cr_publisher_feedback_stop (publisher);
  cr_peer_stop (publisher->peer);
  cr_peer_free (publisher->peer);
  for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++)
    g_clear_pointer (&publisher->streams[i].ingress, cr_ingress_free);
  g_clear_pointer (&publisher->twcc, cr_twcc_free);
  gst_caps_unref (publisher->ntp_caps);
  gst_caps_unref (publisher->estimated_caps);
  cr_negotiation_free (publisher->negotiation);
  g_free (publisher);
}

CrPeer *
cr_publisher_get_peer (CrPublisher *publisher)
{
  return publisher->peer;
}

const CrPublisherStats *
cr_publisher_get_stats (CrPublisher *publisher)
{
  publisher->stats.lost = publisher->retired_lost;
  publisher->stats.recovered = publisher->retired_recovered;
  for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++) {
    const CrIngressStats *stats;

    if (publisher->streams[i].ingress == NULL)
      continue;
    stats = cr_ingress_get_stats (publisher->streams[i].ingress);
    publisher->stats.lost += stats->lost;
    publisher->stats.recovered += stats->recovered;
  }
  return &publisher->stats;
}

void
cr_publisher_request_keyframe (CrPublisher *publisher, guint stream)
{
  g_return_if_fail (stream < CR_PUBLISHER_MAX_STREAMS);
  cr_publisher_feedback_request_keyframe (publisher, &publisher->streams[stream],
                                          cr_worker_now_us (publisher->worker));
}

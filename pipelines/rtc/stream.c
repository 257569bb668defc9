/* SPDX-License-Identifier: Apache-2.0
 *
 * Between the pad and the history: one parse per source packet, whatever the number of viewers.
 */
#include "rtc/stream.h"

#include "rtc/capture-time.h"

#include "rtc/redundancy.h"
#include "rtc/rtp-packet.h"

/* Between two requests passed on: less than the publisher's own interval, so that it decides. */
#define KEYFRAME_REQUEST_US (100 * 1000)
#define RATE_WINDOW_US      G_USEC_PER_SEC
/* Of a stream whose rate is not known: no longer than it must have flowed before it is shown anyway. */
#define FIRST_RATE_WINDOW_US CR_STREAM_SILENT_US

CrStream *
cr_stream_new (CrSlot slot, guint layer, CrCodec codec, GBytes *parameter_sets, CrKeyframeFunc keyframe,
               gpointer data)
{
  CrStream *stream = g_new0 (CrStream, 1);

  stream->ref_count = 1;
  stream->slot = slot;
  stream->layer = layer;
  stream->codec = codec;
  stream->clock_rate = cr_codec_clock_rate (codec);
  stream->history = cr_history_new (cr_codec_kind (codec));
  if (codec == CR_CODEC_H264)
    stream->parameter_sets = cr_parameter_sets_new (parameter_sets);
  stream->keyframe = keyframe;
  stream->keyframe_data = data;
  return stream;
}

CrStream *
cr_stream_ref (CrStream *stream)
{
  stream->ref_count++;
  return stream;
}

void
cr_stream_unref (CrStream *stream)
{
  if (--stream->ref_count > 0)
    return;
  cr_history_free (stream->history);
  g_clear_pointer (&stream->parameter_sets, cr_parameter_sets_free);
  g_free (stream);
}

/* The picture id continued beyond the bits that the source has for it, as sequence numbers are. */
static guint32
extend_picture_id (CrStream *stream, guint bits, guint16 picture_id)
{
  guint32 range = 1u << bits;
  gint32 distance = (gint32)((picture_id - stream->newest_picture_id) & (range - 1));

  if (!stream->has_picture_id) {
    stream->has_picture_id = TRUE;
    stream->newest_picture_id = range + picture_id;
    return stream->newest_picture_id;
  }
  if (distance >= (gint32)(range / 2))
    distance -= (gint32)range;
  if (distance > 0)
    stream->newest_picture_id += (guint32)distance;
  return distance > 0 ? stream->newest_picture_id : stream->newest_picture_id + (guint32)distance;
}

/* The time at which the packet's media was captured; without the ingress's word for it, when it arrived. */
static void
read_capture_time (CrHistoryPacket *packet, GstBuffer *buffer, gint64 now_us, gint64 wall_us)
{
  gpointer state = NULL;
  GstMeta *meta;

  while ((meta = gst_buffer_iterate_meta_filtered (buffer, &state, GST_REFERENCE_TIMESTAMP_META_API_TYPE)) !=
         NULL) {
    const GstReferenceTimestampMeta *reference = (const GstReferenceTimestampMeta *)meta;
    const GstStructure *structure = gst_caps_get_structure (reference->reference, 0);

    if (gst_structure_has_name (structure, "timestamp/x-ntp")) {
      packet->capture_ns = (gint64)reference->timestamp;
      packet->capture_is_estimated = gst_structure_has_field (structure, CR_CAPTURE_ESTIMATED_FIELD) != 0;
      return;
    }
  }
  packet->capture_ns = cr_stream_wall_to_ntp_ns (wall_us - (now_us - packet->arrival_us));
  packet->capture_is_estimated = TRUE;
}

static CrHistoryPacket *
take_buffer (CrStream *stream, GstBuffer *buffer, gint64 now_us, gint64 wall_us, guint16 *seq)
{
  g_autoptr (CrHistoryPacket) packet = cr_history_packet_new (buffer);
  CrRtpPacket rtp;

  if (packet == NULL || !cr_rtp_packet_parse (&rtp, packet->map.data, packet->map.size) ||
      !cr_rtp_packet_parse_payload (&rtp, stream->codec))
    return NULL;

  packet->payload = cr_rtp_packet_payload (&rtp);
  packet->payload_bytes = rtp.payload_bytes;
  packet->descriptor_bytes = rtp.vp8_descriptor_bytes;
  packet->tl0picidx = rtp.vp8_tl0picidx;
  packet->timestamp_rtp = rtp.timestamp_rtp;
  packet->picture_id = rtp.vp8_picture_id;
  packet->marker = rtp.marker != 0;
  packet->starts_keyframe = rtp.starts_keyframe != 0;
  packet->has_keyframe_picture = rtp.has_keyframe_picture != 0;
  packet->has_parameter_sets = rtp.has_parameter_sets != 0;
  packet->has_picture_id = rtp.vp8_picture_id_bits != 0;
  packet->picture_id_is_long = rtp.vp8_picture_id_bits == 15;
  packet->has_tl0picidx = rtp.vp8_has_tl0picidx != 0;
  packet->arrival_us = GST_BUFFER_PTS_IS_VALID (buffer) ? (gint64)(GST_BUFFER_PTS (buffer) / 1000) : now_us;
  read_capture_time (packet, buffer, now_us, wall_us);
  *seq = rtp.seq;
  return g_steal_pointer (&packet);
}

/* A stream begins where its source got the right to be heard; what was said before does not come in by the
 * redundancy of its first packets. */
static void
cut_redundancy (CrStream *stream, CrHistoryPacket *packet)
{
  gint32 since_first;

  if (stream->last_packet_us == 0)
    stream->first_rtp = packet->timestamp_rtp;
  since_first = cr_rtp_time_distance (packet->timestamp_rtp, stream->first_rtp);
  stream->beginning_passed = since_first > CR_RED_MAX_REACH_RTP;
  packet->primary_only =
      since_first < (gint32)cr_redundancy_get_reach_rtp (packet->payload, packet->payload_bytes);
}

/* What is known of the source by any packet, old ones too. */
static void
note_source (CrStream *stream, const CrHistoryPacket *packet)
{
  if (stream->parameter_sets != NULL)
    cr_parameter_sets_see_payload (stream->parameter_sets, packet->payload, packet->payload_bytes);
  if (packet->seq == cr_history_get_newest (stream->history)) {
    stream->has_clock = TRUE;
    stream->clock_rtp = packet->timestamp_rtp;
    stream->clock_ns = packet->capture_ns;
    stream->clock_is_estimated = packet->capture_is_estimated;
  }
}

/* What a packet that has just come says of the stream as a whole. */
static void
note_packet (CrStream *stream, const CrHistoryPacket *packet, gint64 now_us)
{
  note_source (stream, packet);
  if (packet->has_keyframe_picture) {
    stream->keyframe_came = TRUE;
    stream->keyframe_asked_us = 0;
  }
  stream->ready |= packet->has_keyframe_picture || cr_codec_kind (stream->codec) == CR_MEDIA_AUDIO;
  if (cr_stream_is_silent (stream, now_us))
    stream->active_since_us = now_us;
  stream->last_packet_us = now_us;
  stream->window_bytes += packet->payload_bytes;
}

CrHistoryPacket *
cr_stream_push (CrStream *stream, GstBuffer *buffer, gint64 now_us, gint64 wall_us)
{
  g_autoptr (CrHistoryPacket) packet = NULL;
  guint16 seq;

  packet = take_buffer (stream, buffer, now_us, wall_us, &seq);
  if (packet == NULL || !cr_history_insert (stream->history, packet, seq))
    return NULL;
  if (stream->codec == CR_CODEC_RED && !stream->beginning_passed)
    cut_redundancy (stream, packet);
  if (packet->has_picture_id)
    packet->picture_id =
        extend_picture_id (stream, packet->picture_id_is_long ? 15 : 7, (guint16)packet->picture_id);
  note_packet (stream, packet, now_us);
  return packet; /* the history's reference stays */
}

gboolean
cr_stream_adopt (CrStream *stream, CrHistoryPacket *packet, gint64 now_us)
{
  if (!cr_history_insert_at (stream->history, packet))
    return FALSE;
  note_packet (stream, packet, now_us);
  return TRUE;
}

void
cr_stream_adopt_backlog (CrStream *stream, CrHistoryPacket *packet)
{
  if (cr_history_insert_at (stream->history, packet))
    note_source (stream, packet);
}

void
cr_stream_request_keyframe (CrStream *stream, gint64 now_us)
{
  if (stream->removed_us != 0 || stream->keyframe == NULL ||
      (stream->keyframe_asked_us != 0 && now_us - stream->keyframe_asked_us < KEYFRAME_REQUEST_US))
    return;
  stream->keyframe_asked_us = now_us;
  stream->keyframe (stream, stream->keyframe_data);
}

void
cr_stream_remove (CrStream *stream, gint64 now_us)
{
  stream->removed_us = MAX (now_us, 1);
  stream->keyframe = NULL;
}

static void
measure_rate (CrStream *stream, gint64 now_us)
{
  gint64 elapsed_us = now_us - stream->window_start_us;
  gint64 window_us = stream->bytes_per_second == 0 ? FIRST_RATE_WINDOW_US : RATE_WINDOW_US;

  if (stream->window_start_us != 0 && elapsed_us < window_us)
    return;
  if (stream->window_start_us != 0)
    stream->bytes_per_second = (guint)((gint64)stream->window_bytes * G_USEC_PER_SEC / elapsed_us);
  stream->window_bytes = 0;
  stream->window_start_us = now_us;
}

void
cr_stream_sweep (CrStream *stream, gint64 now_us)
{
  measure_rate (stream, now_us);
  cr_history_evict (stream->history, now_us);
  if (stream->removed_us != 0 && now_us - stream->removed_us > CR_HISTORY_NACK_US)
    cr_history_clear (stream->history);
}

gboolean
cr_stream_is_silent (const CrStream *stream, gint64 now_us)
{
  return stream->removed_us != 0 || now_us - stream->last_packet_us > CR_STREAM_SILENT_US;
}

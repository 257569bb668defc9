/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 4; from srtp-open; to ingress (and again in history and egress); any thread; allocates nothing; on
 * failure the packet is dropped and counted by the caller.
 *
 * Every length read from the packet is compared with what is left before it is used. The payload is looked
 * into only as far as forwarding needs: where a keyframe begins, and the VP8 fields that are rewritten.
 */
#include "rtc/rtp-packet.h"

#include <string.h>

#define RTP_FIXED_HEADER_BYTES 12 /* RFC 3550 section 5.1 */

/* RFC 8285 sections 4.2 and 4.3 */
#define ONE_BYTE_PROFILE      0xbede
#define TWO_BYTE_PROFILE      0x1000
#define TWO_BYTE_PROFILE_MASK 0xfff0
#define ONE_BYTE_STOP_ID      15

/* RFC 6184 table 1 and H.264 table 7-1 */
#define NAL_TYPE_MASK    0x1f
#define NAL_IDR          5
#define NAL_SPS          7
#define NAL_STAP_A       24
#define NAL_FU_A         28
#define FU_START         0x80
#define STAP_SIZE_BYTES  2
#define FU_HEADER_BYTES  2
#define FIRST_MB_IS_ZERO 0x80 /* ue(v) of 0 is the single bit 1, H.264 section 9.1 */

/* RFC 7741 section 4.2 */
#define VP8_X           0x80
#define VP8_S           0x10
#define VP8_PID_MASK    0x07
#define VP8_I           0x80
#define VP8_L           0x40
#define VP8_T           0x20
#define VP8_K           0x10
#define VP8_M           0x80
#define VP8_INTER_FRAME 0x01 /* bit P of the payload header, section 4.3 */

static inline guint16
read_u16 (const guint8 *data)
{
  return (guint16)(data[0] << 8 | data[1]);
}

static inline guint32
read_u24 (const guint8 *data)
{
  return (guint32)data[0] << 16 | (guint32)data[1] << 8 | data[2];
}

static inline guint32
read_u32 (const guint8 *data)
{
  return (guint32)data[0] << 24 | read_u24 (data + 1);
}

gboolean
cr_rtp_packet_parse (CrRtpPacket *packet, const guint8 *data, gsize length_bytes)
{
  gsize header_bytes;

  if (length_bytes < RTP_FIXED_HEADER_BYTES || length_bytes > G_MAXUINT16 || data[0] >> 6 != 2)
    return FALSE;

  header_bytes = RTP_FIXED_HEADER_BYTES + 4 * (gsize)(data[0] & 0x0f);
  if ((data[0] & 0x10) != 0) {
    if (length_bytes < header_bytes + 4)
      return FALSE;
    header_bytes += 4 + 4 * (gsize)read_u16 (data + header_bytes + 2);
  }
  if (length_bytes < header_bytes)
    return FALSE;

  memset (packet, 0, sizeof *packet);
  if ((data[0] & 0x20) != 0) {
    /* The last byte counts itself, so that 0 is as wrong as more than there is (section 5.1). */
    packet->padding_bytes = data[length_bytes - 1];
    if (packet->padding_bytes == 0 || packet->padding_bytes > length_bytes - header_bytes)
      return FALSE;
  }

  packet->data = data;
  packet->length_bytes = (guint16)length_bytes;
  packet->header_bytes = (guint16)header_bytes;
  packet->payload_bytes = (guint16)(length_bytes - header_bytes - packet->padding_bytes);
  packet->marker = data[1] >> 7;
  packet->payload_type = data[1] & 0x7f;
  packet->seq = read_u16 (data + 2);
  packet->timestamp_rtp = read_u32 (data + 4);
  packet->ssrc = read_u32 (data + 8);
  return TRUE;
}

/* A text longer than any that was negotiated can match none, so it counts as absent. */
static void
take_text (const guint8 *value, gsize value_bytes, const gchar **text, guint8 *text_bytes)
{
  if (value_bytes == 0 || value_bytes > CR_RID_MAX_BYTES)
    return;
  *text = (const gchar *)value;
  *text_bytes = (guint8)value_bytes;
}

/* `id` is not 0, so that extensions which were not negotiated never match. */
static void
take_extension (CrRtpPacket *packet, const CrRtpExtensionIds *ids, guint8 id, const guint8 *value,
                gsize value_bytes)
{
  if (id == ids->twcc && value_bytes == 2) {
    packet->has_twcc_seq = TRUE;
    packet->twcc_seq = read_u16 (value);
  } else if (id == ids->abs_send_time && value_bytes == 3) {
    packet->has_abs_send_time = TRUE;
    packet->abs_send_time = read_u24 (value);
  } else if (id == ids->mid) {
    take_text (value, value_bytes, &packet->mid, &packet->mid_bytes);
  } else if (id == ids->rid) {
    take_text (value, value_bytes, &packet->rid, &packet->rid_bytes);
  } else if (id == ids->repaired_rid) {
    take_text (value, value_bytes, &packet->repaired_rid, &packet->repaired_rid_bytes);
  }
}

static void
walk_one_byte_elements (CrRtpPacket *packet, const CrRtpExtensionIds *ids, const guint8 *at,
                        const guint8 *end)
{
  while (at < end) {
    guint8 id = *at >> 4;
    gsize value_bytes = (gsize)(*at & 0x0f) + 1;

    if (*at == 0) { /* padding */
      at++;
      continue;
    }
    /* Id 0 with a length ends the reading, as id 15 does and as a value that overruns the block must. */
    if (id == 0 || id == ONE_BYTE_STOP_ID || value_bytes > (gsize)(end - at - 1))
      return;
    take_extension (packet, ids, id, at + 1, value_bytes);
    at += 1 + value_bytes;
  }
}

static void
walk_two_byte_elements (CrRtpPacket *packet, const CrRtpExtensionIds *ids, const guint8 *at,
                        const guint8 *end)
{
  while (at < end) {
    if (*at == 0) { /* padding, without a length byte */
      at++;
      continue;
    }
    if (end - at < 2 || at[1] > end - at - 2)
      return;
    take_extension (packet, ids, at[0], at + 2, at[1]);
    at += 2 + at[1];
  }
}

void
cr_rtp_packet_parse_extensions (CrRtpPacket *packet, const CrRtpExtensionIds *ids)
{
  const guint8 *block = packet->data + RTP_FIXED_HEADER_BYTES + 4 * (gsize)(packet->data[0] & 0x0f);
  const guint8 *end = packet->data + packet->header_bytes;
  guint16 profile;

  if ((packet->data[0] & 0x10) == 0)
    return;
  profile = read_u16 (block);
  if (profile == ONE_BYTE_PROFILE)
    walk_one_byte_elements (packet, ids, block + 4, end);
  else if ((profile & TWO_BYTE_PROFILE_MASK) == TWO_BYTE_PROFILE)
    walk_two_byte_elements (packet, ids, block + 4, end);
}

/* A NAL unit of `type` whose bytes after the NAL header are at `body`. Of an IDR picture in several slices
 * only the first slice, that with macroblock 0, begins the keyframe. */
static void
note_nal_unit (CrRtpPacket *packet, guint8 type, const guint8 *body, gsize body_bytes)
{
  if (type == NAL_SPS) {
    packet->starts_keyframe = TRUE;
  } else if (type == NAL_IDR && body_bytes > 0 && (body[0] & FIRST_MB_IS_ZERO) != 0) {
    packet->starts_keyframe = TRUE;
    packet->has_keyframe_picture = TRUE;
  }
}

static gboolean
parse_stap_a (CrRtpPacket *packet, const guint8 *at, const guint8 *end)
{
  while (at < end) {
    gsize nal_bytes;

    if (end - at < STAP_SIZE_BYTES)
      return FALSE;
    nal_bytes = read_u16 (at);
    at += STAP_SIZE_BYTES;
    if (nal_bytes == 0 || nal_bytes > (gsize)(end - at))
      return FALSE;
    note_nal_unit (packet, at[0] & NAL_TYPE_MASK, at + 1, nal_bytes - 1);
    packet->has_parameter_sets |= (at[0] & NAL_TYPE_MASK) == NAL_SPS;
    at += nal_bytes;
  }
  return TRUE;
}

/* RFC 6184 section 6.3: packetization-mode 1 has single NAL units, STAP-A and FU-A; STAP-B, MTAP and FU-B
 * carry decoding order numbers, which nobody agreed to. */
static gboolean
parse_h264 (CrRtpPacket *packet, const guint8 *payload, gsize payload_bytes)
{
  guint8 type = payload[0] & NAL_TYPE_MASK;

  if (type == NAL_STAP_A)
    return parse_stap_a (packet, payload + 1, payload + payload_bytes);
  if (type == NAL_FU_A) {
    if (payload_bytes < FU_HEADER_BYTES)
      return FALSE;
    if ((payload[1] & FU_START) != 0)
      note_nal_unit (packet, payload[1] & NAL_TYPE_MASK, payload + FU_HEADER_BYTES,
                     payload_bytes - FU_HEADER_BYTES);
    return TRUE;
  }
  if (type > NAL_STAP_A)
    return FALSE;
  note_nal_unit (packet, type, payload + 1, payload_bytes - 1);
  packet->has_parameter_sets = type == NAL_SPS;
  return TRUE;
}

/* RFC 7741 section 4.2. `*descriptor_bytes` grows as the optional fields are passed. */
static gboolean
parse_vp8_options (CrRtpPacket *packet, const guint8 *payload, gsize payload_bytes, gsize *descriptor_bytes)
{
  gsize at = *descriptor_bytes;
  guint8 options;

  if (at >= payload_bytes)
    return FALSE;
  options = payload[at++];
  if ((options & VP8_I) != 0) {
    if (at >= payload_bytes)
      return FALSE;
    packet->vp8_picture_id_bits = (payload[at] & VP8_M) != 0 ? 15 : 7;
    if (packet->vp8_picture_id_bits == 15) {
      if (payload_bytes - at < 2)
        return FALSE;
      packet->vp8_picture_id = read_u16 (payload + at) & 0x7fff;
      at += 2;
    } else {
      packet->vp8_picture_id = payload[at++];
    }
  }
  if ((options & VP8_L) != 0) {
    if (at >= payload_bytes)
      return FALSE;
    packet->vp8_has_tl0picidx = TRUE;
    packet->vp8_tl0picidx = payload[at++];
  }
  if ((options & (VP8_T | VP8_K)) != 0)
    at++; /* TID, Y and KEYIDX share one byte */
  *descriptor_bytes = at;
  return at <= payload_bytes;
}

static gboolean
parse_vp8 (CrRtpPacket *packet, const guint8 *payload, gsize payload_bytes)
{
  gsize descriptor_bytes = 1;

  if ((payload[0] & VP8_X) != 0 && !parse_vp8_options (packet, payload, payload_bytes, &descriptor_bytes))
    return FALSE;

  packet->vp8_descriptor_bytes = (guint8)descriptor_bytes;
  if ((payload[0] & VP8_S) != 0 && (payload[0] & VP8_PID_MASK) == 0 && descriptor_bytes < payload_bytes)
    packet->starts_keyframe = (payload[descriptor_bytes] & VP8_INTER_FRAME) == 0;
  packet->has_keyframe_picture = packet->starts_keyframe;
  return TRUE;
}

/* RFC 2198 section 3: headers of four bytes for the redundant blocks, one byte for the primary, then the
 * blocks. The primary takes what the others leave. */
static gboolean
parse_red (const guint8 *payload, gsize payload_bytes)
{
  gsize at = 0;
  gsize redundant_bytes = 0;

  while (at < payload_bytes && (payload[at] & 0x80) != 0) {
    if (payload_bytes - at < 4)
      return FALSE;
    redundant_bytes += read_u16 (payload + at + 2) & 0x03ff;
    at += 4;
  }
  return at < payload_bytes && redundant_bytes <= payload_bytes - at - 1;
}

gboolean
cr_rtp_packet_parse_payload (CrRtpPacket *packet, CrCodec codec)
{
  const guint8 *payload = cr_rtp_packet_payload (packet);

  packet->codec = codec;
  if (packet->payload_bytes == 0)
    return TRUE;
  switch (codec) {
  case CR_CODEC_H264:
    return parse_h264 (packet, payload, packet->payload_bytes);
  case CR_CODEC_VP8:
    return parse_vp8 (packet, payload, packet->payload_bytes);
  case CR_CODEC_RED:
    return parse_red (payload, packet->payload_bytes);
  default:
    return TRUE;
  }
}

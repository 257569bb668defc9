/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 4 of the path: an RTP packet (RFC 3550 section 5.1) parsed once, with what every later step asks of
 * it: one-byte and two-byte header extensions (RFC 8285) and the first bytes of the H.264 (RFC 6184), VP8
 * (RFC 7741) or RED (RFC 2198) payload. It refers to the bytes, it does not own them.
 */
#pragma once

#include "rtc/media-types.h"

G_BEGIN_DECLS

/* Ids that an extension has on one m-line; 0 when it was not negotiated. */
typedef struct {
  guint8 mid;           /* urn:ietf:params:rtp-hdrext:sdes:mid */
  guint8 rid;           /* urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id */
  guint8 repaired_rid;  /* urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id */
  guint8 abs_send_time; /* http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time */
  guint8 twcc;          /* draft-holmer-rmcat-transport-wide-cc-extensions-01 */
  guint8 audio_level;   /* urn:ietf:params:rtp-hdrext:ssrc-audio-level */
} CrRtpExtensionIds;

#define CR_RID_MAX_BYTES 16

typedef struct {
  const guint8 *data; /* the whole packet */
  guint16 length_bytes;
  guint16 header_bytes; /* fixed header, CSRCs and extension block */
  guint16 payload_bytes;
  guint8 padding_bytes;
  guint8 payload_type;
  gboolean marker;
  guint16 seq;
  guint32 timestamp_rtp;
  guint32 ssrc;

  /* Set by cr_rtp_packet_parse_payload(). */
  CrCodec codec;
  /* A decoder may begin at this packet: it holds an SPS or the first slice of an IDR (H.264), or the first
   * bytes of a key frame (VP8). Where SPS, PPS and IDR come in packets of their own, the SPS's and the IDR's
   * are both flagged: of packets with one timestamp the first that is flagged is where the keyframe begins.
   * An SPS alone does not promise that an IDR follows; `has_keyframe_picture` does. */
  gboolean starts_keyframe;
  gboolean has_keyframe_picture; /* the first slice of an IDR itself, or the first bytes of a VP8 key frame */
  gboolean has_parameter_sets;   /* H.264: a whole SPS is in this packet */
  guint8 vp8_descriptor_bytes;   /* VP8 payload descriptor, 0 for other codecs */
  guint8 vp8_picture_id_bits;    /* 0, 7 or 15 */
  guint16 vp8_picture_id;
  gboolean vp8_has_tl0picidx;
  guint8 vp8_tl0picidx;

  /* Set by cr_rtp_packet_parse_extensions(). */
  gboolean has_twcc_seq;
  guint16 twcc_seq;
  gboolean has_abs_send_time;
  guint32 abs_send_time; /* 24 bits, 6.18 fixed point seconds */
  const gchar *mid;      /* not NUL-terminated, in `data`; NULL when absent */
  guint8 mid_bytes;
  const gchar *rid;
  guint8 rid_bytes;
  const gchar *repaired_rid;
  guint8 repaired_rid_bytes;
} CrRtpPacket;

/* Parses the fixed header, CSRCs, extension block length and padding. FALSE on anything malformed; then
 * `packet` is undefined. Any thread; allocates nothing. */
gboolean cr_rtp_packet_parse (CrRtpPacket *packet, const guint8 *data,
                              gsize length_bytes) G_GNUC_WARN_UNUSED_RESULT;

/* Reads the header extensions whose ids are known. Malformed extension elements end the reading, quietly
 * (RFC 8285 section 4.2). Any thread. */
void cr_rtp_packet_parse_extensions (CrRtpPacket *packet, const CrRtpExtensionIds *ids);

/* Looks into the payload. FALSE when the payload is malformed for `codec` (a truncated VP8 descriptor, an
 * H.264 aggregation packet whose sizes overrun); an empty payload is fine. Any thread. */
gboolean cr_rtp_packet_parse_payload (CrRtpPacket *packet, CrCodec codec) G_GNUC_WARN_UNUSED_RESULT;

static inline const guint8 *
cr_rtp_packet_payload (const CrRtpPacket *packet)
{
  return packet->data + packet->header_bytes;
}

G_END_DECLS

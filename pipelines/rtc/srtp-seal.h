/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 11 of the path: one RTP packet is sealed from its parts straight into the arena of the send batch, one
 * pass over its bytes. The GCM profile by aes-gcm.h with one kept key per viewer (RFC 7714: all SSRCs share
 * the session key), its RTCP likewise; AES-CM by libsrtp2.
 */
#pragma once

#include "rtc/srtp-keys.h"

#include <string.h>

G_BEGIN_DECLS

typedef struct CrSrtpSeal CrSrtpSeal;

/* Bytes that sealing adds: a tag of 16 (GCM) or 10. */
#define CR_SRTP_MAX_TAG_BYTES 16
/* And RTCP's index. */
#define CR_SRTCP_MAX_TRAILER_BYTES (16 + 4)

/* Its last octet counts it. */
#define CR_SRTP_MAX_PADDING_BYTES 255

CrSrtpSeal *cr_srtp_seal_new (const CrSrtpKeys *keys);
void cr_srtp_seal_free (CrSrtpSeal *seal);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSrtpSeal, cr_srtp_seal_free)

CrSrtpProfile cr_srtp_seal_get_profile (CrSrtpSeal *seal);

/* The parts of a packet: `header` (fixed header and extensions, sequence number included) goes in the clear;
 * `prefix` (an RTX original sequence number, a rewritten VP8 descriptor) and `payload` follow encrypted, then
 * RTP padding (RFC 3550 section 5.1), which the header's P bit must announce.
 * `index` is the extended sequence number, ROC in its upper bits; its low 16 bits equal the header's. The
 * pair (SSRC, index) must never be used for two different packets. Writes into `out`, returns the bytes
 * written, 0 on failure. [media] */
typedef struct {
  const guint8 *header;
  gsize header_bytes;
  const guint8 *prefix;
  gsize prefix_bytes;
  const guint8 *payload;
  gsize payload_bytes;
  guint64 index;
  gsize padding_bytes; /* 0: none; at most CR_SRTP_MAX_PADDING_BYTES */
} CrSrtpParts;

/* What the receiver is to cut off: zeros, and the last octet counts them all. */
static inline void
cr_srtp_write_padding (guint8 *out, gsize n)
{
  memset (out, 0, n);
  out[n - 1] = (guint8)n;
}

gsize cr_srtp_seal_rtp (CrSrtpSeal *seal, const CrSrtpParts *parts, guint8 *out);

/* Seals a compound RTCP packet in place; `data` has room for CR_SRTCP_MAX_TRAILER_BYTES more. FALSE on
 * failure. [media] */
gboolean cr_srtp_seal_rtcp (CrSrtpSeal *seal, guint8 *data, gsize *length_bytes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

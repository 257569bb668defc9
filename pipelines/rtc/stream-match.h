/* SPDX-License-Identifier: Apache-2.0
 *
 * Which m-line and layer an RTP packet of a publisher belongs to (RFC 9143 section 9.2, RFC 8852): by an SSRC
 * that is known already, by MID and RID, by the SSRCs of the offer, by a payload type that only one m-line
 * has. What is found is remembered per SSRC, in a table of fixed size.
 *
 * Thread: [media]. A plain struct.
 */
#pragma once

#include "rtc/sdp.h"

G_BEGIN_DECLS

/* As many as srtp-open lets through. */
#define CR_STREAM_MATCH_MAX_SSRCS 32

typedef struct {
  guint32 ssrc;
  const CrMediaLine *line;
  guint8 stream;        /* kind * CR_SDP_MAX_RIDS + layer */
  gboolean rtx;         /* RFC 4588: carries what other packets of `stream` were */
  guint32 repairs_ssrc; /* RTX: whose, when the offer says so; 0: whatever SSRC the stream has */
  gboolean replaced;    /* for the publisher: another SSRC took over the stream */
} CrStreamSource;

typedef struct {
  CrRtpExtensionIds extensions; /* of all m-lines: BUNDLE gives one meaning to each id (RFC 9143 section 9) */
  const CrNegotiation *negotiation;
  const CrMediaLine *lines[2];             /* by CrMediaKind: the first accepted one */
  const CrMediaLine *by_payload_type[128]; /* NULL: of none, or of several */
  CrStreamSource sources[CR_STREAM_MATCH_MAX_SSRCS];
  guint n_sources;
  guint last; /* index that matched last */
} CrStreamMatch;

/* `negotiation` is borrowed and outlives `match`. */
void cr_stream_match_init (CrStreamMatch *match, const CrNegotiation *negotiation);

/* The source of a packet whose extensions were parsed with `match->extensions`; NULL when it belongs to none,
 * or the table is full. Valid as long as `match`. */
CrStreamSource *cr_stream_match_find (CrStreamMatch *match, const CrRtpPacket *packet);

/* What `payload_type` carries on the line: CR_CODEC_NONE when it was not agreed there; `*rtx` tells whether
 * it carries the codec itself or retransmissions of it. */
CrCodec cr_stream_match_codec (const CrMediaLine *line, guint8 payload_type, gboolean *rtx);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 2 of the path: what a datagram is, by its first byte (RFC 7983) and, for RTP and RTCP, its second (RFC
 * 5761).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  CR_PACKET_UNKNOWN,
  CR_PACKET_STUN,
  CR_PACKET_DTLS,
  CR_PACKET_RTP,
  CR_PACKET_RTCP
} CrPacketKind;

static inline CrPacketKind
cr_demux (const guint8 *data, gsize length_bytes)
{
  if (length_bytes < 12) /* a DTLS record header is 13 bytes, STUN's 20, RTP's 12; RTCP alone may be 8 */
    return length_bytes >= 8 && data[0] >> 6 == 2 && data[1] >= 192 && data[1] <= 223 ? CR_PACKET_RTCP
                                                                                      : CR_PACKET_UNKNOWN;
  if (data[0] < 4)
    return CR_PACKET_STUN;
  if (data[0] >= 20 && data[0] <= 63)
    return CR_PACKET_DTLS;
  if (data[0] >= 128 && data[0] <= 191)
    return data[1] >= 192 && data[1] <= 223 ? CR_PACKET_RTCP : CR_PACKET_RTP;
  return CR_PACKET_UNKNOWN;
}

G_END_DECLS

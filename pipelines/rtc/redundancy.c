/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 9; from egress; to pacer; thread: media; allocates nothing; on failure 0, and the packet is not sent
 * to that viewer.
 */
#include "rtc/redundancy.h"

#include <string.h>

/* RFC 2198 section 3: F, block PT (7), timestamp offset (14), block length (10); the primary's is F=0, PT. */
#define FOLLOWED          0x80
#define BLOCK_BYTES       4
#define BLOCK_LENGTH_MASK 0x3ff

/* Bytes of all headers and of all redundant blocks. FALSE when they overrun. */
static gboolean
measure (const guint8 *payload, gsize payload_bytes, gsize *header_bytes, gsize *redundant_bytes)
{
  gsize at = 0;

  *redundant_bytes = 0;
  while (at < payload_bytes && (payload[at] & FOLLOWED) != 0) {
    if (payload_bytes - at < BLOCK_BYTES)
      return FALSE;
    *redundant_bytes += (gsize)(payload[at + 2] << 8 | payload[at + 3]) & BLOCK_LENGTH_MASK;
    at += BLOCK_BYTES;
  }
  *header_bytes = at + 1;
  return at < payload_bytes && *redundant_bytes <= payload_bytes - *header_bytes;
}

gsize
cr_redundancy_find_primary (const guint8 *payload, gsize payload_bytes)
{
  gsize header_bytes, redundant_bytes;

  if (!measure (payload, payload_bytes, &header_bytes, &redundant_bytes))
    return 0;
  return header_bytes + redundant_bytes;
}

gsize
cr_redundancy_rewrite_headers (const guint8 *payload, gsize payload_bytes, guint8 payload_type,
                               guint8 *headers)
{
  gsize header_bytes, redundant_bytes;

  if (!measure (payload, payload_bytes, &header_bytes, &redundant_bytes) ||
      header_bytes > CR_RED_MAX_HEADER_BYTES)
    return 0;
  memcpy (headers, payload, header_bytes);
  for (gsize at = 0; at < header_bytes; at += BLOCK_BYTES)
    headers[at] = (guint8)((headers[at] & FOLLOWED) | payload_type);
  return header_bytes;
}

guint32
cr_redundancy_get_reach_rtp (const guint8 *payload, gsize payload_bytes)
{
  guint32 reach_rtp = 0;

  for (gsize at = 0; at + BLOCK_BYTES <= payload_bytes && (payload[at] & FOLLOWED) != 0; at += BLOCK_BYTES)
    reach_rtp = MAX (reach_rtp, (guint32)payload[at + 1] << 6 | payload[at + 2] >> 2);
  return reach_rtp;
}

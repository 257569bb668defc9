/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 9 of the path: Opus in RED (RFC 2198). A viewer that negotiated RED gets the block headers with its
 * own payload type for Opus in them; one that did not gets the primary block alone, as plain Opus.
 *
 * Thread: any; allocates nothing.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Blocks that are passed on: the primary and four redundant ones, twice what any sender uses. */
#define CR_RED_MAX_HEADER_BYTES (4 * 4 + 1)

/* Where the primary block begins; 0 when the payload is malformed or empty. The block reaches to the end. */
gsize cr_redundancy_find_primary (const guint8 *payload, gsize payload_bytes);

/* Writes the block headers into `headers` (CR_RED_MAX_HEADER_BYTES) with `payload_type` for each block.
 * Returns their bytes, as many as they have in `payload`; 0 when malformed or too many. */
gsize cr_redundancy_rewrite_headers (const guint8 *payload, gsize payload_bytes, guint8 payload_type,
                                     guint8 *headers);

/* How far before the packet's time the oldest redundant block lies; 0 without any. */
guint32 cr_redundancy_get_reach_rtp (const guint8 *payload, gsize payload_bytes);

/* The reach has 14 bits. */
#define CR_RED_MAX_REACH_RTP 0x3fff

G_END_DECLS

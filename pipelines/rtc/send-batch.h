/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 12 of the path: datagrams are written side by side into an arena and leave as few system calls as the
 * kernel allows: neighbours for one destination go in one UDP_SEGMENT message, messages go in one sendmmsg.
 */
#pragma once

#include "rtc/path.h"

G_BEGIN_DECLS

typedef struct CrSendBatch CrSendBatch;

/* `udp_fd` may be -1 (TCP only). `stats` outlives the batch. */
struct CrSendStats {
  guint64 *datagrams_sent;
  guint64 *bytes_sent;
  guint64 *would_block;
  guint64 *failed;
  guint64 *segment_fallbacks;
};
typedef struct CrSendStats CrSendStats;

CrSendBatch *cr_send_batch_new (int udp_fd, gboolean udp_is_ipv6, const CrSendStats *stats);
void cr_send_batch_free (CrSendBatch *batch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrSendBatch, cr_send_batch_free)

/* Room for one datagram of at most CR_MAX_DATAGRAM_BYTES + 64 for `path`; the pointer is valid until the next
 * call on the batch. May flush first. The caller writes the datagram there and commits its true size, or
 * commits 0 to take it back. `path` must stay valid until the flush (its owner flushes before freeing it). */
guint8 *cr_send_batch_reserve (CrSendBatch *batch, const CrPath *path);
void cr_send_batch_commit (CrSendBatch *batch, gsize length_bytes);

/* Copies a ready datagram in. */
void cr_send_batch_add (CrSendBatch *batch, const CrPath *path, const guint8 *data, gsize length_bytes);

/* Sends everything. A bad message is skipped, the rest goes on. */
void cr_send_batch_flush (CrSendBatch *batch);

/* For tests of the fall-back and for kernels without it: never use UDP_SEGMENT. */
void cr_send_batch_disable_segments (CrSendBatch *batch);

G_END_DECLS

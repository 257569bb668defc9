/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 12 of the path: datagrams are written side by side into an arena and leave as few system calls as the
 * kernel allows: neighbours for one destination go in one UDP_SEGMENT message, messages go in one sendmmsg.
 *
 *   arena    [A1 1200][A2 1200][A3 700][B1 1200][B2 1200][C1 90] ...
 *   messages  `------ A, 3 ----------'  `---- B, 2 ----'  `C, 1'
 *
 * Thread: media.
 */
#pragma once

#include "rtc/path.h"

#include <sys/socket.h>

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
 * commits 0 to take it back. `path` must stay valid until the commit. */
guint8 *cr_send_batch_reserve (CrSendBatch *batch, const CrPath *path);

/* FALSE when it was dropped at once: a TCP queue is full, or there is no UDP socket. */
gboolean cr_send_batch_commit (CrSendBatch *batch, gsize length_bytes);

/* Copies a ready datagram in; FALSE as for commit. */
gboolean cr_send_batch_add (CrSendBatch *batch, const CrPath *path, const guint8 *data, gsize length_bytes);

/* Sends everything. A bad message is skipped, the rest goes on. */
void cr_send_batch_flush (CrSendBatch *batch);

/* For tests of the fall-back and for kernels without it: never use UDP_SEGMENT. */
void cr_send_batch_disable_segments (CrSendBatch *batch);

/* Monotonic time, once a turn: by it a destination that refused UDP_SEGMENT is tried again one day. */
void cr_send_batch_set_now (CrSendBatch *batch, gint64 now_us);

/* The wire: sendmmsg(2) unless a test puts another in its place. Returns the number of messages sent, or -1
 * and errno. */
typedef int (*CrSendFunc) (int fd, struct mmsghdr *messages, guint n_messages, int flags, gpointer data);
void cr_send_batch_set_send_func (CrSendBatch *batch, CrSendFunc func, gpointer data);

G_END_DECLS

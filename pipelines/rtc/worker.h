/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 1 of the path: a media worker, one thread with one UDP socket and one TCP listener on the same port.
 * It reads datagrams with recvmmsg, finds the peer they belong to (by 5-tuple, or by the STUN username
 * fragment when the tuple is new) and hands them over; it runs the timers; and when everything that one turn
 * brought has been handled it calls the turn-end hooks, where the fan-out sends. It knows peers, but not what
 * media is.
 *
 * Thread: functions tagged [media] run on the worker's own thread, [main] on the thread that made it, [any]
 * on any.
 */
#pragma once

#include "base/clock.h"
#include "rtc/counter.h"
#include "rtc/path.h"
#include "rtc/send-batch.h"
#include "rtc/timer-heap.h"
#include "rtc/turn-hooks.h"

G_BEGIN_DECLS

typedef struct CrWorker CrWorker;
typedef struct CrPeer CrPeer;

typedef struct {
  guint index;                   /* for thread and log names */
  guint16 port;                  /* UDP and TCP alike; 0: any free one (tests) */
  const gchar *const *addresses; /* NULL-terminated: addresses to listen on; NULL or empty: every address */
  const gchar *announce_address; /* 1:1 NAT: offered beside the real ones; NULL: none */
  gboolean udp;                  /* FALSE: no UDP socket, ICE-TCP only */
  guint max_handshakes;          /* DTLS handshakes in progress, oldest dropped beyond; 0: 256 */
  guint send_buffer_bytes;       /* SO_SNDBUF and SO_RCVBUF; 0: 4 MiB */
  const CrClock *clock; /* NULL: the system's. One moved by hand: cr_media_invoke() after moving it */
} CrWorkerConfig;

/* Counters, written by the worker only, with cr_counter_add(); any thread reads them with cr_counter_get(),
 * or all of them with cr_worker_read_stats(). */
typedef struct {
  guint64 datagrams_received;
  guint64 datagrams_sent;
  guint64 bytes_received;
  guint64 bytes_sent;
  guint64 dropped_unknown_peer; /* no such ufrag or tuple: answered with silence */
  guint64 dropped_malformed;
  guint64 dropped_srtp;     /* authentication failed or replayed */
  guint64 send_would_block; /* EAGAIN */
  guint64 send_failed;
  guint64 segment_fallbacks; /* a destination that refused UDP_SEGMENT */
  guint64 rtp_forwarded;     /* media packets sent to viewers, resends not counted */
  guint64 rtp_resent;
  guint64 rtp_forward_dropped;  /* media packets that a viewer should have got and did not */
  guint64 rtp_handed_over;      /* media packets given to viewers' other workers, once for each worker */
  guint64 rtp_handover_dropped; /* that another worker should have got and did not, as it did not keep up */
  guint64 kernel_receive_drops; /* SO_RXQ_OVFL */
  guint64 handshakes_dropped;
  guint64 turns;
} CrWorkerStats;

/* Opens the sockets and starts the thread. Errors: G_IO_ERROR with the address and port named. [main] */
CrWorker *cr_worker_new (const CrWorkerConfig *config, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Stops the thread and closes the sockets; every peer must have been removed. [main] */
void cr_worker_free (CrWorker *worker);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWorker, cr_worker_free)

guint16 cr_worker_get_port (CrWorker *worker);                      /* [any] */
const CrClock *cr_worker_get_clock (CrWorker *worker);              /* [any] */
CrWorkerStats *cr_worker_get_stats (CrWorker *worker);              /* [any] to read, [media] to write */
void cr_worker_read_stats (CrWorker *worker, CrWorkerStats *stats); /* [any] a copy */
gboolean cr_worker_is_current (CrWorker *worker);                   /* [any] TRUE on the worker's thread */
#define cr_assert_media(worker) g_assert (cr_worker_is_current (worker))

/* CPU time of the worker's thread, microseconds. [any] */
gint64 cr_worker_get_cpu_us (CrWorker *worker);

/* `a=candidate:` values (without the prefix, RFC 8839 section 5.1) to put in an answer: for each local
 * address a UDP host candidate, a passive TCP one (RFC 6544), and the announced address. Loopback addresses
 * only when `to_loopback`. NULL-terminated, free with g_strfreev(). [any] */
gchar **cr_worker_get_candidates (CrWorker *worker, gboolean to_loopback);

/* Runs `func (data)` on the worker's thread, in the order of the calls; ownership of `data` goes with it.
 * On the worker's thread itself it runs at once. [any] */
typedef void (*CrMediaFunc) (gpointer data);
void cr_media_invoke (CrWorker *worker, CrMediaFunc func, gpointer data);

/* The same, and waits until it has run. For tests and for shutting down. Not on the worker's thread. [any] */
void cr_media_invoke_sync (CrWorker *worker, CrMediaFunc func, gpointer data);

void cr_worker_arm_timer (CrWorker *worker, CrTimer *timer, gint64 deadline_us); /* [media] */
void cr_worker_disarm_timer (CrWorker *worker, CrTimer *timer);                  /* [media] */

/* Monotonic time read once per turn: cheap. [media] */
gint64 cr_worker_now_us (CrWorker *worker);

/* Has `hook` called at the end of this turn. [media] */
void cr_worker_request_turn_end (CrWorker *worker, CrTurnHook *hook);

/* For an owner that goes away: the hook is not called any more. [media] */
void cr_worker_cancel_turn_end (CrWorker *worker, CrTurnHook *hook);

/* The one batch through which everything on this worker is sent; flushed after the turn-end hooks. [media] */
CrSendBatch *cr_worker_get_batch (CrWorker *worker);

/* Peers. The worker holds no reference: the owner removes a peer before freeing it, which also forgets its
 * tuples, fragments and handshake. [media] */
void cr_worker_add_peer (CrWorker *worker, CrPeer *peer);
void cr_worker_remove_peer (CrWorker *worker, CrPeer *peer);

/* The 5-tuple belongs to the peer from now on / no longer. A peer that had it before (a page reloaded behind
 * the same NAT mapping) is told by cr_peer_path_taken(). A TCP connection that no peer has bound within 10
 * s is closed. [media] */
void cr_worker_bind_path (CrWorker *worker, const CrPath *path, CrPeer *peer);
void cr_worker_unbind_path (CrWorker *worker, const CrPath *path);

/* After an ICE restart both username fragments find the peer until the old one is forgotten. [media] */
void cr_worker_add_ufrag (CrWorker *worker, const gchar *ufrag, CrPeer *peer);
void cr_worker_remove_ufrag (CrWorker *worker, const gchar *ufrag);

/* A handshake began / ended; the oldest in progress is told to fail when there are too many. [media] */
void cr_worker_handshake_started (CrWorker *worker, CrPeer *peer);
void cr_worker_handshake_ended (CrWorker *worker, CrPeer *peer);

G_END_DECLS

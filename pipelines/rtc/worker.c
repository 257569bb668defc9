/* SPDX-License-Identifier: Apache-2.0
 *
 * Step 1; from the sockets; to the peer that a packet belongs to; thread: media; allocates: nothing per
 * packet; on failure: the packet is dropped and counted, without an answer.
 *
 *   epoll --> mailbox, TCP frames, datagrams --> peers
 *         --> timers --> turn-end hooks --> send batch --> TCP queues            (one turn)
 *
 * One GSource stands for all of it and sleeps until the nearest deadline, so that the number of peers costs
 * nothing while they are silent.
 */
#include "rtc/worker.h"

#include "rtc/demux.h"
#include "rtc/host-candidates.h"
#include "rtc/ice.h"
#include "rtc/mailbox.h"
#include "rtc/peer-table.h"
#include "rtc/peer.h"
#include "rtc/sockets.h"
#include "rtc/tcp-listener.h"
#include "rtc/udp-receiver.h"

#include <errno.h>
#include <pthread.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#define DEFAULT_MAX_HANDSHAKES    256
#define DEFAULT_SEND_BUFFER_BYTES (4 * 1024 * 1024)

/* Reads of 64 datagrams in one turn: a keyframe of every publisher, yet a few milliseconds of work, so that
 * timers run on time under a flood. */
#define MAX_READS_PER_TURN 4

#define MAX_EVENTS 64

/* Our fragments have CR_ICE_UFRAG_BYTES; a little more, so that a longer one is seen to be another. */
#define UFRAG_BUFFER_BYTES 32

typedef struct {
  GSource source;
  CrWorker *worker;
} WorkerSource;

struct CrWorker {
  const CrClock *clock;
  CrSockets sockets;
  gboolean udp;
  gboolean has_announced;
  CrAddress announced;
  guint max_handshakes;

  int epoll_fd;
  CrMailbox *mailbox;
  CrUdpReceiver *receiver; /* NULL without UDP */
  CrTcpListener *listener;
  CrSendBatch *batch;
  CrTimerHeap *timers;
  CrPeerTable *peers;
  CrTurnHooks hooks;
  gint64 now_us; /* of this turn */
  CrWorkerStats stats;

  GMainContext *context;
  GSource *source;
  GThread *thread;
  clockid_t cpu_clock;
  gboolean stopping;
};

static __thread CrWorker *current_worker;

/* A packet whose sender is known by its tuple goes there, but a check goes where its fragment says first: a
 * tuple may have been handed on to another peer by a NAT. */
static CrPeer *
find_peer (CrWorker *worker, const CrPath *path, const guint8 *data, gsize length_bytes)
{
  gchar ufrag[UFRAG_BUFFER_BYTES];
  CrPeer *peer;

  if (cr_demux (data, length_bytes) == CR_PACKET_STUN &&
      cr_ice_peek_ufrag (data, length_bytes, ufrag, sizeof ufrag) &&
      (peer = cr_peer_table_find_ufrag (worker->peers, ufrag)) != NULL)
    return peer;
  return cr_peer_table_find_path (worker->peers, path);
}

static void
dispatch_packet (const CrPath *path, guint8 *packet, gsize length_bytes, gpointer data)
{
  CrWorker *worker = data;
  CrPeer *peer = find_peer (worker, path, packet, length_bytes);

  if (peer == NULL)
    cr_counter_add (&worker->stats.dropped_unknown_peer, 1);
  else
    cr_peer_receive (peer, path, packet, length_bytes, worker->now_us);
}

static void
on_datagram (const CrPath *path, guint8 *datagram, gsize length_bytes, gpointer data)
{
  CrWorker *worker = data;

  if (cr_sockets_allows (&worker->sockets, &path->local))
    dispatch_packet (path, datagram, length_bytes, worker);
  else
    cr_counter_add (&worker->stats.dropped_unknown_peer, 1);
}

static void
on_frame (const CrPath *path, guint8 *frame, gsize length_bytes, gpointer data)
{
  CrWorker *worker = data;

  cr_counter_add (&worker->stats.datagrams_received, 1);
  cr_counter_add (&worker->stats.bytes_received, length_bytes);
  dispatch_packet (path, frame, length_bytes, worker);
}

static void
on_link_ended (const CrPath *path, gpointer data)
{
  CrWorker *worker = data;
  CrPeer *peer = cr_peer_table_find_path (worker->peers, path);

  if (peer == NULL)
    return;
  cr_peer_link_closed (peer, path->tcp);
  cr_peer_table_unbind_path (worker->peers, path);
}

static const CrTcpListenerHandler listener_handler = {on_frame, on_link_ended};

static void
read_datagrams (CrWorker *worker)
{
  for (guint i = 0; i < MAX_READS_PER_TURN; i++) {
    CrUdpReceipt receipt = cr_udp_receiver_read (worker->receiver, on_datagram, worker);

    cr_counter_add (&worker->stats.datagrams_received, receipt.n_datagrams);
    cr_counter_add (&worker->stats.bytes_received, receipt.n_bytes);
    cr_counter_add (&worker->stats.dropped_malformed, receipt.n_malformed);
    cr_counter_add (&worker->stats.kernel_receive_drops, receipt.n_dropped);
    if (!receipt.more)
      return;
  }
}

static void
handle_events (CrWorker *worker)
{
  struct epoll_event events[MAX_EVENTS];
  int n = epoll_wait (worker->epoll_fd, events, MAX_EVENTS, 0);

  for (int i = 0; i < n; i++) {
    gpointer whose = events[i].data.ptr;

    if (whose == worker->mailbox)
      cr_mailbox_run (worker->mailbox);
    else if (whose == worker->receiver)
      read_datagrams (worker);
    else
      cr_tcp_listener_handle (worker->listener, whose, events[i].events, worker->now_us);
  }
}

/* When something is to be done though no descriptor is ready: G_MAXINT64 for never. */
static gint64
next_wake_us (const CrWorker *worker)
{
  if (worker->hooks.requested != NULL)
    return G_MININT64;
  return MIN (cr_timer_heap_next_us (worker->timers), cr_tcp_listener_next_us (worker->listener));
}

/* GLib asks how long it may sleep. Not done by a ready time: setting one would cost a wake-up of the thread
 * by itself whenever the nearest deadline moves. */
static gboolean
prepare (GSource *source, gint *timeout_ms)
{
  CrWorker *worker = ((WorkerSource *)source)->worker;
  gint64 next_us = next_wake_us (worker), left_us;

  *timeout_ms = -1;
  if (next_us == G_MAXINT64)
    return FALSE;
  left_us = next_us == G_MININT64 ? 0 : next_us - cr_clock_monotonic_us (worker->clock);
  *timeout_ms = CLAMP ((left_us + 999) / 1000, 0, G_MAXINT);
  return left_us <= 0;
}

/* After the sleep, beside what GLib finds out about the descriptor. */
static gboolean
check (GSource *source)
{
  CrWorker *worker = ((WorkerSource *)source)->worker;
  gint64 next_us = next_wake_us (worker);

  return next_us != G_MAXINT64 && next_us <= cr_clock_monotonic_us (worker->clock);
}

static gboolean
take_turn (GSource *source, GSourceFunc callback, gpointer data)
{
  CrWorker *worker = ((WorkerSource *)source)->worker;

  worker->now_us = cr_clock_monotonic_us (worker->clock);
  cr_send_batch_set_now (worker->batch, worker->now_us);
  cr_counter_add (&worker->stats.turns, 1);

  handle_events (worker);
  cr_timer_heap_run (worker->timers, worker->now_us);
  cr_tcp_listener_reap (worker->listener, worker->now_us);
  cr_turn_hooks_run (&worker->hooks);
  cr_send_batch_flush (worker->batch);
  cr_tcp_listener_write (worker->listener);
  return G_SOURCE_CONTINUE;
}

static GSourceFuncs source_funcs = {.prepare = prepare, .check = check, .dispatch = take_turn};

static gpointer
run_thread (gpointer data)
{
  CrWorker *worker = data;

  current_worker = worker;
  g_main_context_push_thread_default (worker->context);
  while (!worker->stopping)
    g_main_context_iteration (worker->context, TRUE);
  g_main_context_pop_thread_default (worker->context);
  current_worker = NULL;
  return NULL;
}

static gboolean
watch (CrWorker *worker, int fd, gpointer whose)
{
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = whose};

  return epoll_ctl (worker->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0;
}

static gboolean
open_epoll (CrWorker *worker, GError **error)
{
  worker->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (worker->epoll_fd >= 0 && (worker->mailbox = cr_mailbox_new ()) != NULL &&
      watch (worker, cr_mailbox_get_fd (worker->mailbox), worker->mailbox) &&
      (worker->listener =
           cr_tcp_listener_new (&worker->sockets, worker->epoll_fd, &listener_handler, worker)) != NULL &&
      (!worker->udp || watch (worker, worker->sockets.udp_fd, worker->receiver)))
    return TRUE;
  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (errno), "Cannot watch the media sockets: %s",
               g_strerror (errno));
  return FALSE;
}

static gboolean
open_sockets (CrWorker *worker, const CrWorkerConfig *config, GError **error)
{
  guint buffer_bytes = config->send_buffer_bytes != 0 ? config->send_buffer_bytes : DEFAULT_SEND_BUFFER_BYTES;

  if (!cr_sockets_open (&worker->sockets, config->addresses, config->port, config->udp, buffer_bytes, error))
    return FALSE;
  worker->udp = config->udp;
  if (worker->udp)
    worker->receiver = cr_udp_receiver_new (worker->sockets.udp_fd, worker->sockets.port);
  if (config->announce_address == NULL)
    return TRUE;
  worker->has_announced =
      cr_address_parse (&worker->announced, config->announce_address, worker->sockets.port);
  if (!worker->has_announced)
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "“%s” is not an IP address to announce",
                 config->announce_address);
  return worker->has_announced;
}

static void
start_thread (CrWorker *worker, guint index)
{
  g_autofree gchar *name = g_strdup_printf ("media-%u", index);

  worker->context = g_main_context_new ();
  worker->source = g_source_new (&source_funcs, sizeof (WorkerSource));
  ((WorkerSource *)worker->source)->worker = worker;
  g_source_set_name (worker->source, name);
  /* Else GLib takes the descriptor out of its set for each dispatch, and wakes itself twice for that. */
  g_source_set_can_recurse (worker->source, TRUE);
  g_source_add_unix_fd (worker->source, worker->epoll_fd, G_IO_IN);
  g_source_attach (worker->source, worker->context);
  worker->thread = g_thread_new (name, run_thread, worker);
}

static void
learn_cpu_clock (gpointer data)
{
  CrWorker *worker = data;

  pthread_getcpuclockid (pthread_self (), &worker->cpu_clock);
}

CrWorker *
cr_worker_new (const CrWorkerConfig *config, GError **error)
{
  g_autoptr (CrWorker) worker = g_new0 (CrWorker, 1);
  CrWorkerStats *s = &worker->stats;
  CrSendStats send_stats = {&s->datagrams_sent, &s->bytes_sent, &s->send_would_block, &s->send_failed,
                            &s->segment_fallbacks};

  worker->epoll_fd = -1;
  worker->sockets.udp_fd = worker->sockets.tcp_fd = -1;
  worker->clock = config->clock != NULL ? config->clock : cr_clock_system ();
  worker->max_handshakes = config->max_handshakes != 0 ? config->max_handshakes : DEFAULT_MAX_HANDSHAKES;
  if (!open_sockets (worker, config, error) || !open_epoll (worker, error))
    return NULL;

  worker->batch = cr_send_batch_new (worker->sockets.udp_fd, worker->sockets.is_ipv6, &send_stats);
  worker->timers = cr_timer_heap_new ();
  worker->peers = cr_peer_table_new ();
  start_thread (worker, config->index);
  cr_media_invoke_sync (worker, learn_cpu_clock, worker);
  return g_steal_pointer (&worker);
}

static void
stop (gpointer data)
{
  ((CrWorker *)data)->stopping = TRUE;
}

/* Calls that came after the last turn still own their data: they run here, as if on the worker's thread. */
static void
run_late_calls (CrWorker *worker)
{
  current_worker = worker;
  cr_mailbox_run (worker->mailbox);
  current_worker = NULL;
}

void
cr_worker_free (CrWorker *worker)
{
  if (worker == NULL)
    return;
  if (worker->thread != NULL) {
    cr_media_invoke (worker, stop, worker);
    g_thread_join (worker->thread);
    run_late_calls (worker);
    g_assert (cr_peer_table_size (worker->peers) == 0);
    g_source_destroy (worker->source);
    g_source_unref (worker->source);
    g_main_context_unref (worker->context);
  }
  cr_timer_heap_free (worker->timers);
  cr_peer_table_free (worker->peers);
  cr_send_batch_free (worker->batch);
  cr_tcp_listener_free (worker->listener);
  cr_udp_receiver_free (worker->receiver);
  cr_mailbox_free (worker->mailbox);
  if (worker->epoll_fd >= 0)
    close (worker->epoll_fd);
  cr_sockets_close (&worker->sockets);
  g_free (worker);
}

guint16
cr_worker_get_port (CrWorker *worker)
{
  return worker->sockets.port;
}

const CrClock *
cr_worker_get_clock (CrWorker *worker)
{
  return worker->clock;
}

CrWorkerStats *
cr_worker_get_stats (CrWorker *worker)
{
  return &worker->stats;
}

void
cr_worker_read_stats (CrWorker *worker, CrWorkerStats *stats)
{
  const guint64 *from = (const guint64 *)&worker->stats;
  guint64 *to = (guint64 *)stats;

  G_STATIC_ASSERT (sizeof *stats % sizeof *to == 0); /* counters and nothing else */
  for (gsize i = 0; i < sizeof *stats / sizeof *to; i++)
    to[i] = cr_counter_get (&from[i]);
}

gboolean
cr_worker_is_current (CrWorker *worker)
{
  return current_worker == worker;
}

gint64
cr_worker_get_cpu_us (CrWorker *worker)
{
  struct timespec used = {0};

  if (clock_gettime (worker->cpu_clock, &used) != 0)
    return 0;
  return used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

gchar **
cr_worker_get_candidates (CrWorker *worker, gboolean to_loopback)
{
  g_autoptr (GArray) addresses = cr_sockets_get_local_addresses (&worker->sockets, to_loopback);

  return cr_host_candidates_format (addresses, worker->has_announced ? &worker->announced : NULL,
                                    worker->udp);
}

void
cr_media_invoke (CrWorker *worker, CrMediaFunc func, gpointer data)
{
  if (cr_worker_is_current (worker))
    func (data);
  else
    cr_mailbox_post (worker->mailbox, func, data);
}

void
cr_media_invoke_sync (CrWorker *worker, CrMediaFunc func, gpointer data)
{
  g_assert (!cr_worker_is_current (worker));
  cr_mailbox_post_and_wait (worker->mailbox, func, data);
}

void
cr_worker_arm_timer (CrWorker *worker, CrTimer *timer, gint64 deadline_us)
{
  cr_assert_media (worker);
  cr_timer_heap_arm (worker->timers, timer, deadline_us);
}

void
cr_worker_disarm_timer (CrWorker *worker, CrTimer *timer)
{
  cr_assert_media (worker);
  cr_timer_heap_disarm (worker->timers, timer);
}

gint64
cr_worker_now_us (CrWorker *worker)
{
  cr_assert_media (worker);
  return worker->now_us;
}

void
cr_worker_request_turn_end (CrWorker *worker, CrTurnHook *hook)
{
  cr_assert_media (worker);
  cr_turn_hooks_request (&worker->hooks, hook);
}

void
cr_worker_cancel_turn_end (CrWorker *worker, CrTurnHook *hook)
{
  cr_assert_media (worker);
  cr_turn_hooks_cancel (&worker->hooks, hook);
}

CrSendBatch *
cr_worker_get_batch (CrWorker *worker)
{
  cr_assert_media (worker);
  return worker->batch;
}

void
cr_worker_add_peer (CrWorker *worker, CrPeer *peer)
{
  cr_assert_media (worker);
  cr_peer_table_add (worker->peers, peer);
}

static void
on_path_forgotten (const CrPath *path, gpointer data)
{
  CrWorker *worker = data;

  if (path->tcp != NULL)
    cr_tcp_listener_release (worker->listener, path->tcp, worker->now_us);
}

void
cr_worker_remove_peer (CrWorker *worker, CrPeer *peer)
{
  cr_assert_media (worker);
  cr_peer_table_remove (worker->peers, peer, on_path_forgotten, worker);
}

void
cr_worker_bind_path (CrWorker *worker, const CrPath *path, CrPeer *peer)
{
  CrPeer *former;

  cr_assert_media (worker);
  former = cr_peer_table_find_path (worker->peers, path);
  if (former != NULL && former != peer)
    cr_peer_path_taken (former, path);
  cr_peer_table_bind_path (worker->peers, path, peer);
  if (path->tcp != NULL)
    cr_tcp_listener_hold (worker->listener, path->tcp);
}

void
cr_worker_unbind_path (CrWorker *worker, const CrPath *path)
{
  cr_assert_media (worker);
  if (cr_peer_table_unbind_path (worker->peers, path))
    on_path_forgotten (path, worker);
}

void
cr_worker_add_ufrag (CrWorker *worker, const gchar *ufrag, CrPeer *peer)
{
  cr_assert_media (worker);
  cr_peer_table_add_ufrag (worker->peers, ufrag, peer);
}

void
cr_worker_remove_ufrag (CrWorker *worker, const gchar *ufrag)
{
  cr_assert_media (worker);
  cr_peer_table_remove_ufrag (worker->peers, ufrag);
}

void
cr_worker_handshake_started (CrWorker *worker, CrPeer *peer)
{
  cr_assert_media (worker);
  for (guint n = cr_peer_table_handshake_started (worker->peers, peer); n > worker->max_handshakes; n--) {
    cr_counter_add (&worker->stats.handshakes_dropped, 1);
    cr_peer_drop_handshake (cr_peer_table_take_oldest_handshake (worker->peers));
  }
}

void
cr_worker_handshake_ended (CrWorker *worker, CrPeer *peer)
{
  cr_assert_media (worker);
  cr_peer_table_handshake_ended (worker->peers, peer);
}

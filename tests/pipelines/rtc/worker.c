/* SPDX-License-Identifier: Apache-2.0
 *
 * The worker over real loopback sockets: who gets which datagram, what is answered with silence, calls,
 * timers, hooks, limits.
 */
#include "pipelines/rtc/worker-fixture.h"

typedef struct {
  CrWorker *worker;
  CrPeer peer;
} Fixture;

static void
set_up (Fixture *f, gconstpointer clock)
{
  memset (f, 0, sizeof *f);
  __atomic_store_n (&hand_us, 1000, __ATOMIC_SEQ_CST);
  f->worker = new_worker (clock, TRUE);
  f->peer = (CrPeer){.worker = f->worker, .ufrag = "abcdefgh"};
  cr_media_invoke_sync (f->worker, add_peer, &f->peer);
}

static void
tear_down (Fixture *f, gconstpointer clock)
{
  cr_media_invoke_sync (f->worker, remove_peer, &f->peer);
  cr_worker_free (f->worker);
}

/* A check and back: from then on the tuple is the peer's. */
static int
join (Fixture *f, const gchar *ip)
{
  int fd = connect_to (SOCK_DGRAM, ip, cr_worker_get_port (f->worker));
  guint8 check[100], answer[100];
  gsize n = make_check (check, f->peer.ufrag);

  g_assert_cmpint (send (fd, check, n, 0), ==, n);
  g_assert_cmpint (receive (fd, answer, sizeof answer), ==, n);
  return fd;
}

static void
test_dispatch (Fixture *f, gconstpointer clock)
{
  CrWorkerStats *stats = cr_worker_get_stats (f->worker);
  guint8 media[1200] = {0x80, 96}, check[100], answer[2000];
  int mine = join (f, "127.0.0.1");
  int stranger = connect_to (SOCK_DGRAM, "127.0.0.1", cr_worker_get_port (f->worker));
  gsize n = make_check (check, "somebody");

  /* Silence for a stranger's media, for a check to nobody, for nonsense. */
  g_assert_cmpint (send (stranger, media, sizeof media, 0), ==, sizeof media);
  g_assert_cmpint (send (stranger, check, n, 0), ==, n);
  g_assert_cmpint (send (stranger, "\xff", 1, 0), ==, 1);
  wait_for (&stats->dropped_unknown_peer, 3);
  g_assert_cmpuint (cr_counter_get (&stats->datagrams_sent), ==, 1);

  for (guint i = 0; i < 500; i++) {
    media[100] = i;
    g_assert_cmpint (send (mine, media, sizeof media, 0), ==, sizeof media);
    g_assert_cmpint (receive (mine, answer, sizeof answer), ==, sizeof media);
    g_assert_cmpmem (answer, sizeof media, media, sizeof media);
  }
  g_assert_cmpint (recv (stranger, answer, sizeof answer, MSG_DONTWAIT), ==, -1);
  wait_for (&stats->datagrams_received, 504);
  close (mine);
  close (stranger);
}

static void
test_answers_from_the_address_that_was_asked (Fixture *f, gconstpointer clock)
{
  const gchar *const addresses[] = {"127.0.0.1", "127.0.0.5", test_ipv6_loopback (), "127.1.2.3"};

  for (guint i = 0; i < G_N_ELEMENTS (addresses); i++)
    close (join (f, addresses[i])); /* a connected socket hears no other */
}

static void
test_too_large_or_empty (Fixture *f, gconstpointer clock)
{
  guint8 data[3000] = {0x80, 96};
  int fd = join (f, "127.0.0.1");

  g_assert_cmpint (send (fd, data, CR_MAX_DATAGRAM_BYTES + 1, 0), ==, CR_MAX_DATAGRAM_BYTES + 1);
  g_assert_cmpint (send (fd, data, 0, 0), ==, 0);
  wait_for (&cr_worker_get_stats (f->worker)->dropped_malformed, 2);
  g_assert_cmpint (send (fd, data, CR_MAX_DATAGRAM_BYTES, 0), ==, CR_MAX_DATAGRAM_BYTES);
  g_assert_cmpint (receive (fd, data, sizeof data), ==, CR_MAX_DATAGRAM_BYTES);
  close (fd);
}

/* A check goes where its fragment says even over a tuple that is another's. */
static void
test_tuple_taken_over (Fixture *f, gconstpointer clock)
{
  CrPeer second = {.worker = f->worker, .ufrag = "second"};
  guint8 check[100], media[50] = {0x80, 96};
  int fd = join (f, "127.0.0.1");
  gsize n;

  cr_media_invoke_sync (f->worker, add_peer, &second);
  n = make_check (check, "second");
  g_assert_cmpint (send (fd, check, n, 0), ==, n);
  wait_for (&second.n_received, 1);
  g_assert_cmpint (send (fd, media, sizeof media, 0), ==, sizeof media);
  wait_for (&second.n_received, 2);
  g_assert_cmpuint (cr_counter_get (&f->peer.n_received), ==, 1);

  /* Who was removed gets nothing more. */
  cr_media_invoke_sync (f->worker, remove_peer, &second);
  g_assert_cmpint (send (fd, media, sizeof media, 0), ==, sizeof media);
  g_assert_cmpint (send (fd, check, n, 0), ==, n);
  wait_for (&cr_worker_get_stats (f->worker)->dropped_unknown_peer, 2);
  close (fd);
}

typedef struct {
  Fixture *f;
  GString *log;
} Calls;

static void
log_inner (gpointer data)
{
  g_string_append_c (((Calls *)data)->log, 'i');
}

static void
log_outer (gpointer data)
{
  Calls *calls = data;

  g_assert_true (cr_worker_is_current (calls->f->worker));
  g_string_append_c (calls->log, '(');
  cr_media_invoke (calls->f->worker, log_inner, calls); /* here: at once */
  g_string_append_c (calls->log, ')');
}

static void
test_invoke (Fixture *f, gconstpointer clock)
{
  g_autoptr (GString) log = g_string_new (NULL);
  Calls calls = {f, log};

  g_assert_false (cr_worker_is_current (f->worker));
  cr_media_invoke (f->worker, log_outer, &calls);
  cr_media_invoke (f->worker, log_inner, &calls);
  cr_media_invoke_sync (f->worker, log_outer, &calls);
  g_assert_cmpstr (log->str, ==, "(i)i(i)");
  g_assert_cmpint (cr_worker_get_cpu_us (f->worker), >, 0);
}

typedef struct {
  Fixture *f;
  CrTimer timer;
  guint64 n;
  gint64 deadline_us;
} Alarm;

static void
on_alarm (CrTimer *timer, gint64 now_us, gpointer data)
{
  Alarm *alarm = data;

  g_assert_cmpint (now_us, >=, timer->deadline_us);
  cr_counter_add (&alarm->n, 1);
}

static void
arm (gpointer data)
{
  Alarm *alarm = data;

  alarm->timer = (CrTimer){.func = on_alarm, .data = alarm};
  cr_worker_arm_timer (alarm->f->worker, &alarm->timer,
                       cr_worker_now_us (alarm->f->worker) + alarm->deadline_us);
}

static void
disarm (gpointer data)
{
  Alarm *alarm = data;

  cr_worker_disarm_timer (alarm->f->worker, &alarm->timer);
}

/* Nothing but the timer wakes this worker. */
static void
test_timer_wakes (Fixture *f, gconstpointer clock)
{
  Alarm alarm = {.f = f, .deadline_us = 20000};

  cr_media_invoke_sync (f->worker, arm, &alarm);
  wait_for (&alarm.n, 1);
  cr_media_invoke_sync (f->worker, disarm, &alarm); /* its turn is over */
}

static void
test_timer_by_hand (Fixture *f, gconstpointer clock)
{
  Alarm alarm = {.f = f, .deadline_us = 20 * G_USEC_PER_SEC};

  cr_media_invoke_sync (f->worker, arm, &alarm);
  move_clock (f->worker, 1000 + alarm.deadline_us - 1);
  g_assert_cmpuint (alarm.n, ==, 0);
  move_clock (f->worker, 1000 + alarm.deadline_us);
  g_assert_cmpuint (alarm.n, ==, 1);
}

typedef struct {
  Fixture *f;
  CrTurnHook first, second, cancelled;
  GString *log;
  int fd;
} Hooks;

static void
on_first (gpointer data)
{
  Hooks *hooks = data;

  g_string_append_c (hooks->log, '1');
  cr_worker_cancel_turn_end (hooks->f->worker, &hooks->cancelled);
  if (hooks->log->len < 3)
    cr_worker_request_turn_end (hooks->f->worker, &hooks->first);
}

static void
on_second (gpointer data)
{
  Hooks *hooks = data;

  g_string_append_c (hooks->log, '2');
  cr_send_batch_add (cr_worker_get_batch (hooks->f->worker), &hooks->f->peer.path, (const guint8 *)"turn", 4);
}

static void
on_cancelled (gpointer data)
{
  g_assert_not_reached ();
}

static void
request_hooks (gpointer data)
{
  Hooks *hooks = data;

  cr_worker_request_turn_end (hooks->f->worker, &hooks->first);
  cr_worker_request_turn_end (hooks->f->worker, &hooks->cancelled);
  cr_worker_request_turn_end (hooks->f->worker, &hooks->second);
  cr_worker_request_turn_end (hooks->f->worker, &hooks->second); /* once a turn */
}

static void
test_hooks (Fixture *f, gconstpointer clock)
{
  g_autoptr (GString) log = g_string_new (NULL);
  Hooks hooks = {.f = f, .log = log, .first = {on_first, &hooks}, .second = {on_second, &hooks}};
  guint8 answer[10];
  int fd = join (f, "127.0.0.1");

  hooks.cancelled = (CrTurnHook){on_cancelled, NULL};
  cr_media_invoke_sync (f->worker, request_hooks, &hooks);
  g_assert_cmpint (receive (fd, answer, sizeof answer), ==, 4); /* sent at the end of the same turn */
  cr_media_invoke_sync (f->worker, do_nothing, NULL);
  g_assert_cmpstr (log->str, ==, "121");
  close (fd);
}

static void
on_always (gpointer data)
{
  Hooks *hooks = data;

  cr_worker_request_turn_end (hooks->f->worker, &hooks->first);
}

static void
cancel_first (gpointer data)
{
  Hooks *hooks = data;

  cr_worker_cancel_turn_end (hooks->f->worker, &hooks->first);
}

/* A hook that always asks again does not keep the worker from its other work. */
static void
test_endless_hook (Fixture *f, gconstpointer clock)
{
  Hooks hooks = {.f = f, .first = {on_always, &hooks}};

  cr_media_invoke_sync (f->worker, on_always, &hooks);
  close (join (f, "127.0.0.1"));
  cr_media_invoke_sync (f->worker, cancel_first, &hooks);
}

static void
start_handshake (gpointer data)
{
  CrPeer *peer = data;

  cr_worker_handshake_started (peer->worker, peer);
}

static void
test_handshake_cap (Fixture *f, gconstpointer clock)
{
  CrPeer peers[5];

  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    peers[i] = (CrPeer){.worker = f->worker, .ufrag = "x"};
    cr_media_invoke_sync (f->worker, add_peer, &peers[i]);
    cr_media_invoke_sync (f->worker, start_handshake, &peers[i]);
  }
  for (guint i = 0; i < G_N_ELEMENTS (peers); i++) {
    g_assert_cmpuint (peers[i].n_dropped_handshakes, ==, i < 2);
    cr_media_invoke_sync (f->worker, remove_peer, &peers[i]);
  }
  g_assert_cmpuint (cr_counter_get (&cr_worker_get_stats (f->worker)->handshakes_dropped), ==, 2);
}

typedef struct {
  GMutex mutex;
  CrWorker *worker;
} Gate;

static void
wait_at_gate (gpointer data)
{
  Gate *gate = data;

  g_mutex_lock (&gate->mutex);
  g_mutex_unlock (&gate->mutex);
}

/* While the worker is held up, more arrives than one turn reads: all of it is handled, and the timer that is
 * due is not kept waiting until the end. */
static void
test_many_at_once (Fixture *f, gconstpointer clock)
{
  guint8 media[100] = {0x80, 96};
  Gate gate = {.worker = f->worker};
  int fd = join (f, "127.0.0.1");
  guint64 turns;

  g_mutex_init (&gate.mutex);
  g_mutex_lock (&gate.mutex);
  cr_media_invoke (f->worker, wait_at_gate, &gate);
  turns = cr_counter_get (&cr_worker_get_stats (f->worker)->turns);
  for (guint i = 0; i < 1000; i++)
    g_assert_cmpint (send (fd, media, sizeof media, 0), ==, sizeof media);
  g_mutex_unlock (&gate.mutex);
  wait_for (&f->peer.n_received, 1001);
  g_assert_cmpuint (cr_counter_get (&cr_worker_get_stats (f->worker)->turns), >=, turns + 3);
  g_mutex_clear (&gate.mutex);
  close (fd);
}

static void
test_kernel_drops_are_counted (void)
{
  CrWorkerConfig config = {.udp = TRUE, .send_buffer_bytes = 16 * 1024};
  g_autoptr (CrWorker) worker = cr_worker_new (&config, NULL);
  CrWorkerStats *stats = cr_worker_get_stats (worker), copy;
  guint8 media[1000] = {0x80, 96};
  Gate gate = {.worker = worker};
  guint64 n_seen;
  int fd = connect_to (SOCK_DGRAM, "127.0.0.1", cr_worker_get_port (worker));

  g_mutex_init (&gate.mutex);
  g_mutex_lock (&gate.mutex);
  cr_media_invoke (worker, wait_at_gate, &gate);
  for (guint i = 0; i < 500; i++)
    g_assert_cmpint (send (fd, media, sizeof media, 0), ==, sizeof media);
  g_mutex_unlock (&gate.mutex);

  /* The count comes with the next datagram that fits. What fitted before may be read at any time meanwhile,
   * all of it in one turn: a turn's count is not known beforehand. */
  do {
    n_seen = cr_counter_get (&stats->datagrams_received);
    g_assert_cmpint (send (fd, media, sizeof media, 0), ==, sizeof media);
    wait_at_least (&stats->datagrams_received, n_seen + 1);
  } while (cr_counter_get (&stats->kernel_receive_drops) == 0);
  cr_media_invoke_sync (worker, do_nothing, NULL); /* between two turns all counters agree */
  cr_worker_read_stats (worker, &copy);
  g_assert_cmpuint (copy.datagrams_received + copy.kernel_receive_drops, >=, 501);
  g_assert_cmpuint (copy.dropped_unknown_peer, ==, copy.datagrams_received);
  g_mutex_clear (&gate.mutex);
  close (fd);
}

static void
test_several_addresses (void)
{
  static const gchar *const addresses[] = {"127.0.0.1", "127.0.0.9", NULL};
  CrWorkerConfig config = {.udp = TRUE, .addresses = addresses, .announce_address = "203.0.113.5"};
  CrWorker *worker = cr_worker_new (&config, NULL);
  Fixture f = {worker, {.worker = worker, .ufrag = "abcdefgh"}};
  guint8 check[100];
  gsize n = make_check (check, "abcdefgh");
  g_auto (GStrv) to_loopback = NULL;
  g_auto (GStrv) to_others = NULL;
  int fd = connect_to (SOCK_DGRAM, "127.0.0.4", cr_worker_get_port (worker));

  cr_media_invoke_sync (worker, add_peer, &f.peer);
  close (join (&f, "127.0.0.9"));
  g_assert_cmpint (send (fd, check, n, 0), ==, n);
  wait_for (&cr_worker_get_stats (worker)->dropped_unknown_peer, 1);
  close (fd);

  to_loopback = cr_worker_get_candidates (worker, TRUE);
  g_assert_cmpuint (g_strv_length (to_loopback), ==, 4); /* 127.0.0.9 is on no interface, by name */
  to_others = cr_worker_get_candidates (worker, FALSE);
  g_assert_cmpuint (g_strv_length (to_others), ==, 2);
  g_assert_nonnull (strstr (to_others[0], " 203.0.113.5 "));
  cr_media_invoke_sync (worker, remove_peer, &f.peer);
  cr_worker_free (worker);
}

static void
count_call (gpointer data)
{
  cr_counter_add (data, 1);
}

static gpointer
call_often (gpointer data)
{
  gpointer *call = data;

  for (guint i = 0; i < 1000; i++)
    cr_media_invoke (call[0], count_call, call[1]);
  return NULL;
}

/* Calls made before the worker is freed are all run. */
static void
test_calls_at_the_end (void)
{
  for (guint i = 0; i < 20; i++) {
    CrWorker *worker = new_worker (NULL, TRUE);
    guint64 n_calls = 0;
    gpointer call[] = {worker, &n_calls};

    g_thread_join (g_thread_new ("caller", call_often, call));
    cr_worker_free (worker);
    g_assert_cmpuint (n_calls, ==, 1000);
  }
}

static void
test_errors (void)
{
  g_autoptr (GError) error = NULL;
  CrWorker *worker = new_worker (NULL, TRUE);
  CrWorkerConfig taken = {.udp = TRUE, .port = cr_worker_get_port (worker)};
  CrWorkerConfig bad = {.udp = TRUE, .announce_address = "relay.example"};

  g_assert_null (cr_worker_new (&taken, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE);
  g_clear_error (&error);
  g_assert_null (cr_worker_new (&bad, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT);
  cr_worker_free (worker);
}

int
main (int argc, char **argv)
{
#define ADD(name, clock, func) g_test_add ("/worker/" name, Fixture, clock, set_up, func, tear_down)
  g_test_init (&argc, &argv, NULL);
  ADD ("dispatch", NULL, test_dispatch);
  ADD ("answers-from-the-address-that-was-asked", NULL, test_answers_from_the_address_that_was_asked);
  ADD ("too-large-or-empty", NULL, test_too_large_or_empty);
  ADD ("tuple-taken-over", NULL, test_tuple_taken_over);
  ADD ("invoke", NULL, test_invoke);
  ADD ("timer-wakes", NULL, test_timer_wakes);
  ADD ("timer-by-hand", &hand_clock, test_timer_by_hand);
  ADD ("hooks", NULL, test_hooks);
  ADD ("endless-hook", NULL, test_endless_hook);
  ADD ("handshake-cap", NULL, test_handshake_cap);
  ADD ("many-at-once", NULL, test_many_at_once);
  g_test_add_func ("/worker/kernel-drops-are-counted", test_kernel_drops_are_counted);
  g_test_add_func ("/worker/several-addresses", test_several_addresses);
  g_test_add_func ("/worker/calls-at-the-end", test_calls_at_the_end);
  g_test_add_func ("/worker/errors", test_errors);
  return g_test_run ();
#undef ADD
}

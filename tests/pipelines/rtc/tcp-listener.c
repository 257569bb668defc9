/* SPDX-License-Identifier: Apache-2.0
 *
 * ICE-TCP through a worker: frames there and back, and what becomes of connections that nobody claims, that
 * end, that do not read, or that are too many.
 */
#include "pipelines/rtc/worker-fixture.h"

#include "rtc/tcp-link.h"
#include "rtc/tcp-listener.h"

#include <sys/resource.h>

typedef struct {
  CrWorker *worker;
  CrPeer peer;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  memset (f, 0, sizeof *f);
  __atomic_store_n (&hand_us, 1000, __ATOMIC_SEQ_CST);
  f->worker = new_worker (&hand_clock, FALSE);
  f->peer = (CrPeer){.worker = f->worker, .ufrag = "abcdefgh"};
  cr_media_invoke_sync (f->worker, add_peer, &f->peer);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_media_invoke_sync (f->worker, remove_peer, &f->peer);
  cr_worker_free (f->worker);
}

static void
send_frame (int fd, const guint8 *data, gsize length_bytes)
{
  guint8 frame[2 + 1500] = {length_bytes >> 8, length_bytes & 0xff};

  memcpy (frame + 2, data, length_bytes);
  g_assert_cmpint (send (fd, frame, 2 + length_bytes, MSG_NOSIGNAL), ==, 2 + length_bytes);
}

static void
receive_exactly (int fd, guint8 *buffer, gsize n)
{
  for (gsize have = 0; have < n;) {
    gssize got = receive (fd, buffer + have, n - have);

    g_assert_cmpint (got, >, 0);
    have += got;
  }
}

static gsize
receive_frame (int fd, guint8 *data)
{
  guint8 header[2];

  receive_exactly (fd, header, sizeof header);
  receive_exactly (fd, data, header[0] << 8 | header[1]);
  return header[0] << 8 | header[1];
}

static int
join (Fixture *f, const gchar *ip)
{
  int fd = connect_to (SOCK_STREAM, ip, cr_worker_get_port (f->worker));
  guint8 check[100], answer[1500];
  gsize n = make_check (check, f->peer.ufrag);

  send_frame (fd, check, n);
  g_assert_cmpuint (receive_frame (fd, answer), ==, n);
  return fd;
}

static gboolean
has_ended (int fd)
{
  guint8 byte;

  return receive (fd, &byte, 1) <= 0;
}

static void
test_frames (Fixture *f, gconstpointer data)
{
  guint8 media[1200] = {0x80, 96}, answer[1500];
  int ipv4 = join (f, "127.0.0.1"), ipv6 = join (f, test_ipv6_loopback ());

  for (guint i = 0; i < 200; i++) {
    int fd = i % 2 == 0 ? ipv4 : ipv6;

    media[20] = i;
    send_frame (fd, media, 20 + 5 * i);
    g_assert_cmpuint (receive_frame (fd, answer), ==, 20 + 5 * i);
    g_assert_cmpmem (answer, 20 + 5 * i, media, 20 + 5 * i);
  }
  close (ipv4);
  close (ipv6);
}

static void
test_peer_is_told_of_the_end (Fixture *f, gconstpointer data)
{
  guint8 media[100] = {0x80, 96};
  int fd = join (f, "127.0.0.1");

  close (fd);
  wait_for (&f->peer.n_closed_links, 1);

  fd = join (f, "127.0.0.1"); /* with unread answers, so that the end is a reset and writing fails */
  for (guint i = 0; i < 50; i++)
    send_frame (fd, media, sizeof media);
  close (fd);
  wait_for (&f->peer.n_closed_links, 2);
}

static void
test_unclaimed_must_leave (Fixture *f, gconstpointer data)
{
  int claimed = join (f, "127.0.0.1");
  int unclaimed = connect_to (SOCK_STREAM, "127.0.0.1", cr_worker_get_port (f->worker));
  guint8 media[100] = {0x80, 96}, answer[1500];

  send_frame (unclaimed, media, sizeof media);
  wait_for (&cr_worker_get_stats (f->worker)->dropped_unknown_peer, 1);
  move_clock (f->worker, 1000 + CR_TCP_WAIT_US - 1);
  g_assert_cmpint (recv (unclaimed, answer, 1, MSG_DONTWAIT), ==, -1);
  g_assert_cmpint (errno, ==, EAGAIN);
  move_clock (f->worker, 1000 + CR_TCP_WAIT_US);
  g_assert_true (has_ended (unclaimed));

  send_frame (claimed, media, sizeof media);
  g_assert_cmpuint (receive_frame (claimed, answer), ==, sizeof media);
  close (claimed);
  close (unclaimed);
}

static void
unbind (gpointer data)
{
  CrPeer *peer = data;

  cr_worker_unbind_path (peer->worker, &peer->path);
}

/* What a peer lets go may be claimed again, else it ends like any other. */
static void
test_released (Fixture *f, gconstpointer data)
{
  guint8 check[100], answer[1500];
  gsize n = make_check (check, f->peer.ufrag);
  int fd = join (f, "127.0.0.1");

  cr_media_invoke_sync (f->worker, unbind, &f->peer);
  send_frame (fd, check, n);
  g_assert_cmpuint (receive_frame (fd, answer), ==, n);
  move_clock (f->worker, 1000 + 2 * CR_TCP_WAIT_US);
  send_frame (fd, check, n);
  g_assert_cmpuint (receive_frame (fd, answer), ==, n);

  cr_media_invoke_sync (f->worker, remove_peer, &f->peer);
  move_clock (f->worker, 1000 + 4 * CR_TCP_WAIT_US);
  g_assert_true (has_ended (fd));
  close (fd);
}

static void
test_too_many_waiting (Fixture *f, gconstpointer data)
{
  int fds[CR_TCP_MAX_WAITING + 10], claimed = join (f, "127.0.0.1");
  guint8 media[100] = {0x80, 96}, answer[1500];

  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    fds[i] = connect_to (SOCK_STREAM, "127.0.0.1", cr_worker_get_port (f->worker));
  for (guint i = 0; i < 10; i++)
    g_assert_true (has_ended (fds[i]));
  for (guint i = 10; i < G_N_ELEMENTS (fds); i++) {
    g_assert_cmpint (recv (fds[i], answer, 1, MSG_DONTWAIT), ==, -1);
    g_assert_cmpint (errno, ==, EAGAIN);
  }
  send_frame (claimed, media, sizeof media);
  g_assert_cmpuint (receive_frame (claimed, answer), ==, sizeof media);
  for (guint i = 0; i < G_N_ELEMENTS (fds); i++)
    close (fds[i]);
  close (claimed);
}

typedef struct {
  Fixture *f;
  guint n;
  guint n_taken;
} Push;

static void
push (gpointer data)
{
  Push *push = data;
  guint8 media[1200] = {0x80, 96};

  for (guint i = 0; i < push->n; i++)
    push->n_taken +=
        cr_send_batch_add (cr_worker_get_batch (push->f->worker), &push->f->peer.path, media, sizeof media);
}

/* A viewer that stops reading loses frames, keeps its framing, and holds nobody else up. */
static void
test_slow_reader (Fixture *f, gconstpointer data)
{
  guint8 media[100] = {0x81, 96}, answer[1500];
  int slow = join (f, "127.0.0.1"), fast;
  Push pushing = {f, 20000, 0};

  cr_media_invoke_sync (f->worker, push, &pushing);
  g_assert_cmpuint (pushing.n_taken, <, pushing.n);
  g_assert_cmpuint (cr_counter_get (&cr_worker_get_stats (f->worker)->send_would_block), ==,
                    pushing.n - pushing.n_taken);

  fast = join (f, "127.0.0.1");
  send_frame (fast, media, sizeof media);
  g_assert_cmpuint (receive_frame (fast, answer), ==, sizeof media);

  for (guint i = 0; i < pushing.n_taken; i++)
    g_assert_cmpuint (receive_frame (slow, answer), ==, 1200);
  close (slow);
  close (fast);
}

static void
set_descriptor_limit (rlim_t limit)
{
  struct rlimit limits;

  g_assert_no_errno (getrlimit (RLIMIT_NOFILE, &limits));
  limits.rlim_cur = limit == RLIM_INFINITY ? limits.rlim_max : limit;
  g_assert_no_errno (setrlimit (RLIMIT_NOFILE, &limits));
}

/* Without a descriptor left, accepting pauses instead of spinning, and begins again. */
static void
test_out_of_descriptors (Fixture *f, gconstpointer data)
{
  const guint64 *turns = &cr_worker_get_stats (f->worker)->turns;
  guint8 check[100], answer[1500];
  gsize n = make_check (check, f->peer.ufrag);
  guint64 before;
  int fd;

  cr_media_invoke_sync (f->worker, do_nothing, NULL);
  before = cr_counter_get (turns);
  fd = socket (AF_INET6, SOCK_STREAM | SOCK_CLOEXEC, 0);
  set_descriptor_limit (3); /* those of standard input, output and error are taken */
  connect_socket (fd, "127.0.0.1", cr_worker_get_port (f->worker));
  wait_at_least (turns, before + 1);
  cr_media_invoke_sync (f->worker, do_nothing, NULL);
  cr_media_invoke_sync (f->worker, do_nothing, NULL);
  set_descriptor_limit (RLIM_INFINITY);

  send_frame (fd, check, n);
  cr_media_invoke_sync (f->worker, do_nothing, NULL);
  cr_media_invoke_sync (f->worker, do_nothing, NULL);
  g_assert_cmpint (recv (fd, answer, 1, MSG_DONTWAIT), ==, -1);
  move_clock (f->worker, 1000 + 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (receive_frame (fd, answer), ==, n);
  close (fd);
}

static void
test_candidates (Fixture *f, gconstpointer data)
{
  g_auto (GStrv) candidates = cr_worker_get_candidates (f->worker, TRUE);

  g_assert_cmpuint (g_strv_length (candidates), >, 0);
  for (guint i = 0; candidates[i] != NULL; i++)
    g_assert_true (g_str_has_suffix (candidates[i], " typ host tcptype passive"));
}

int
main (int argc, char **argv)
{
#define ADD(name, func) g_test_add ("/tcp-listener/" name, Fixture, NULL, set_up, func, tear_down)
  g_test_init (&argc, &argv, NULL);
  ADD ("frames", test_frames);
  ADD ("peer-is-told-of-the-end", test_peer_is_told_of_the_end);
  ADD ("unclaimed-must-leave", test_unclaimed_must_leave);
  ADD ("released", test_released);
  ADD ("too-many-waiting", test_too_many_waiting);
  ADD ("slow-reader", test_slow_reader);
  ADD ("out-of-descriptors", test_out_of_descriptors);
  ADD ("candidates", test_candidates);
  return g_test_run ();
#undef ADD
}

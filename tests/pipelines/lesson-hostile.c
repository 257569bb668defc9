/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson with somebody in it who means harm: storms of junk and of feedback, a viewer that does not read,
 * strangers, handshakes that are never finished. Each time one viewer watches, and misses no packet.
 */
#include "base/log.h"
#include "support/lesson-guests.h"
#include "support/peer-pair.h"

#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

typedef struct {
  CrGuestLesson l;
  CrGuest *teacher, *witness;
  guint n_packets; /* of the camera */
  guint n_plis_answered;
} Fixture;

typedef void (*StormFunc) (Fixture *f, guint frame, gpointer data);

static void
set_up (Fixture *f, gconstpointer data)
{
  cr_guest_lesson_set_up (&f->l, NULL);
  f->witness = cr_guest_view (&f->l, "witness", CR_LIGHT_UDP, NULL);
  f->teacher = cr_guest_publish (&f->l, "teacher", CR_SOURCE_CAMERA);
  CR_GUEST_WAIT_FOR (f->witness->connected && f->teacher->connected);
  cr_guest_send_frame (f->teacher, TRUE, 3);
  f->n_packets = 3;
  CR_GUEST_WAIT_FOR (cr_guest_last (f->witness, CR_GUEST_CAMERA) != NULL);
}

/* Whatever happened, the witness has every packet. */
static void
tear_down (Fixture *f, gconstpointer data)
{
  CR_GUEST_WAIT_FOR (cr_guest_last (f->witness, CR_GUEST_CAMERA)->mark == f->teacher->next_mark - 1);
  g_assert_cmpuint (cr_guest_assert_continuous (f->witness, CR_GUEST_CAMERA, 0), ==, f->n_packets);
  cr_guest_assert_continuous (f->witness, CR_GUEST_VOICE, 0);
  g_assert_cmpuint (f->witness->packets->len, >, f->n_packets);
  cr_guest_free (f->witness);
  cr_guest_free (f->teacher);
  cr_guest_lesson_tear_down (&f->l, NULL);
}

/* The lesson goes on at its pace, with `storm` before each picture; who asks for a keyframe gets one. */
static void
play (Fixture *f, guint n_frames, guint packets_per_frame, StormFunc storm, gpointer data)
{
  gint64 next_us = g_get_monotonic_time ();

  for (guint i = 0; i < n_frames; i++) {
    storm (f, i, data);
    cr_guest_send_frame (f->teacher, f->teacher->n_plis != f->n_plis_answered, packets_per_frame);
    f->n_plis_answered = f->teacher->n_plis;
    f->n_packets += packets_per_frame;
    cr_guest_lesson_settle (&f->l);
    next_us += CR_GUEST_FRAME_US;
    CR_GUEST_WAIT_FOR (g_get_monotonic_time () >= next_us);
  }
}

/* --- a publisher's junk --- */

#define FLOOD_SSRCS     65536
#define FLOOD_PER_FRAME 256

typedef struct {
  CrGuest *villain;
  GRand *chance;
} Flood;

/* Sealed as it should be, of an SSRC that nobody has seen; every fourth has a payload type that was agreed.
 */
static void
flood_ssrcs (Fixture *f, guint frame, gpointer data)
{
  Flood *flood = data;

  for (guint i = 0; i < FLOOD_PER_FRAME; i++)
    cr_guest_send_packet (flood->villain, i % 4 == 0 ? 96 : 33, 0x70000000u + frame * FLOOD_PER_FRAME + i, 1,
                          40);
}

static void
flood_junk (Fixture *f, guint frame, gpointer data)
{
  static const guint8 first[] = {0, 1, 22, 23, 128, 144, 191, 255};
  Flood *flood = data;
  guint8 junk[200];

  for (guint i = 0; i < FLOOD_PER_FRAME; i++) {
    gsize n = (gsize)g_rand_int_range (flood->chance, 1, sizeof junk);

    for (gsize j = 0; j < n; j++)
      junk[j] = (guint8)g_rand_int (flood->chance);
    junk[0] = first[i % G_N_ELEMENTS (first)];
    cr_light_peer_send_raw (flood->villain->light, junk, n);
  }
}

static void
test_junk (Fixture *f, gconstpointer data)
{
  g_autoptr (CrGuest) villain = cr_guest_publish (&f->l, "villain", CR_SOURCE_SCREEN);
  g_autoptr (GRand) chance = g_rand_new_with_seed (65536);
  Flood flood = {villain, chance};
  gsize before_bytes;
  gint64 started_us;

  CR_GUEST_WAIT_FOR (villain->connected);
  play (f, 20, 2, flood_junk, &flood);
  before_bytes = cr_guest_resident_bytes ();
  started_us = g_get_monotonic_time ();
  play (f, FLOOD_SSRCS / FLOOD_PER_FRAME, 2, flood_ssrcs, &flood);
  play (f, FLOOD_SSRCS / FLOOD_PER_FRAME, 2, flood_junk, &flood);
  g_test_message ("%d packets a second",
                  (gint)(2 * FLOOD_SSRCS * (gint64)G_USEC_PER_SEC / (g_get_monotonic_time () - started_us)));
  cr_guest_assert_grown_less (before_bytes, 8 << 20);
}

/* --- storms of feedback --- */

static void
ask_for_everything (Fixture *f, guint frame, gpointer data)
{
  CrGuest *villain = data;
  const CrGuestPacket *last = cr_guest_last (villain, CR_GUEST_CAMERA);

  for (guint i = 0; last != NULL && i < 40; i++)
    cr_guest_nack (villain, CR_GUEST_CAMERA, (guint16)(last->seq - 17 * (i % 10) - 16), 0xffff);
}

static void
test_nack_storm (Fixture *f, gconstpointer data)
{
  g_autoptr (CrGuest) villain = cr_guest_view (&f->l, "villain", CR_LIGHT_UDP, NULL);
  g_autofree guint8 *times = g_new0 (guint8, 65536);
  guint n_resent = 0, n_first = 0;

  CR_GUEST_WAIT_FOR (villain->connected);
  play (f, 200, 4, ask_for_everything, villain);
  for (guint i = 0; i < villain->packets->len; i++) {
    const CrGuestPacket *packet = &g_array_index (villain->packets, CrGuestPacket, i);

    if (!packet->resent) {
      n_first++;
      continue;
    }
    n_resent++;
    g_assert_cmpuint (++times[packet->seq], <=, 3);
  }
  g_test_message ("%u packets, %u of them resent", n_first + n_resent, n_resent);
  g_assert_cmpuint (n_resent, >, 0);
  g_assert_cmpuint (n_resent, <=, n_first / 5 + 20); /* what was saved before the storm */
}

static void
ask_for_keyframes (Fixture *f, guint frame, gpointer data)
{
  for (guint i = 0; i < 50; i++) {
    cr_guest_pli (data, CR_GUEST_CAMERA);
    cr_guest_pli (data, CR_GUEST_SCREEN); /* which has no source */
  }
}

static void
test_pli_storm (Fixture *f, gconstpointer data)
{
  g_autoptr (CrGuest) villain = cr_guest_view (&f->l, "villain", CR_LIGHT_UDP, NULL);
  guint before = f->teacher->n_plis;
  gint64 started_us = g_get_monotonic_time ();
  gdouble elapsed_s;

  CR_GUEST_WAIT_FOR (villain->connected);
  play (f, 200, 2, ask_for_keyframes, villain);
  elapsed_s = (gdouble)(g_get_monotonic_time () - started_us) / G_USEC_PER_SEC;
  g_test_message ("%u requests in %.1f s of 10,000", f->teacher->n_plis - before, elapsed_s);
  g_assert_cmpuint (f->teacher->n_plis, >, before);
  g_assert_cmpfloat (f->teacher->n_plis - before, <=, 2 * elapsed_s + 1);
}

/* --- a viewer that does not read --- */

static void
nothing (Fixture *f, guint frame, gpointer data)
{
}

/* 13 MB of media pass it by; then it reads again, and finds packets that are whole and new. */
static void
test_stops_reading (Fixture *f, gconstpointer data)
{
  g_autoptr (GMainContext) context = g_main_context_new ();
  g_autoptr (CrLightLoop) loop = cr_light_loop_new (context);
  CrGuest *villain = cr_guest_view (&f->l, "villain", (CrLightTransport)GPOINTER_TO_INT (data), loop);
  gsize before_bytes;
  gint64 patient_until_us;

  CR_GUEST_WAIT_FOR (g_main_context_iteration (context, FALSE) || villain->connected);
  CR_GUEST_WAIT_FOR (!g_main_context_iteration (context, FALSE) && villain->connected);
  f->teacher->payload_bytes = 1100;
  play (f, 50, 2, nothing, NULL);
  before_bytes = cr_guest_resident_bytes ();
  play (f, 300, 40, nothing, NULL);
  cr_guest_assert_grown_less (before_bytes, 16 << 20); /* its queue, and what the witness notes */

  patient_until_us = g_get_monotonic_time () + CR_GUEST_PATIENCE_US;
  while (cr_guest_last (villain, CR_GUEST_CAMERA) == NULL ||
         cr_guest_last (villain, CR_GUEST_CAMERA)->mark < f->teacher->next_mark - 1) {
    play (f, 1, 2, nothing, NULL);
    while (g_main_context_iteration (context, FALSE))
      ;
    g_assert_cmpint (g_get_monotonic_time (), <, patient_until_us);
  }
  g_assert_false (villain->closed);
  g_assert_cmpuint (cr_light_loop_get_stats (loop)->dropped_srtp, ==, 0);
  cr_guest_free (villain);
}

/* --- those who have no business here --- */

#define N_SOCKETS 512

typedef struct {
  int fds[N_SOCKETS];
  struct sockaddr_in to;
  guint8 hello[1500];
  gsize hello_bytes;
  guint n;
} Strangers;

static void
keep_hello (const guint8 *data, gsize length_bytes, gpointer user)
{
  Strangers *s = user;

  if (s->hello_bytes > 0)
    return;
  memcpy (s->hello, data, length_bytes);
  s->hello_bytes = length_bytes;
}

static void
strangers_open (Strangers *s, Fixture *f)
{
  g_autofree gchar *fingerprint =
      g_strconcat ("sha-256 ", cr_dtls_identity_get_fingerprint (f->l.relay), NULL);
  g_autoptr (CrDtls) dtls = NULL;

  *s = (Strangers){.to = {.sin_family = AF_INET,
                          .sin_port = g_htons (cr_worker_get_port (f->l.worker)),
                          .sin_addr.s_addr = g_htonl (INADDR_LOOPBACK)}};
  dtls = cr_dtls_new (f->l.guest, CR_DTLS_CLIENT, fingerprint, keep_hello, s);
  cr_dtls_start (dtls);
  g_assert_cmpuint (s->hello_bytes, >, 100);
  for (guint i = 0; i < N_SOCKETS; i++) {
    s->fds[i] = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    g_assert_cmpint (s->fds[i], >=, 0);
  }
}

static void
strangers_close (Strangers *s)
{
  for (guint i = 0; i < N_SOCKETS; i++)
    close (s->fds[i]);
}

static void
say (Strangers *s, guint i, const guint8 *data, gsize length_bytes)
{
  g_assert_cmpint (sendto (s->fds[i], data, length_bytes, 0, (struct sockaddr *)&s->to, sizeof s->to), ==,
                   (gssize)length_bytes);
}

/* Until the worker has seen all that was sent before. */
static void
settle_with (Fixture *f, guint64 more)
{
  CrWorkerStats stats;

  do
    cr_worker_read_stats (f->l.worker, &stats);
  while (stats.datagrams_received < cr_light_loop_get_stats (f->l.loop)->datagrams_sent + more);
  g_assert_cmpuint (stats.kernel_receive_drops, ==, 0);
}

/* A hello, and a check whose name nobody has. */
static void
knock (Fixture *f, guint frame, gpointer data)
{
  Strangers *s = data;

  for (guint i = 0; i < 100; i++, s->n++) {
    CrIceCredentials nobody;
    guint8 check[512];
    gsize n;

    cr_ice_credentials_generate (&nobody);
    n = cr_pair_write_check (&nobody, "half", TRUE, check);
    say (s, s->n % N_SOCKETS, s->hello, s->hello_bytes);
    say (s, s->n % N_SOCKETS, check, n);
  }
  settle_with (f, 2 * s->n);
}

static void
test_strangers (Fixture *f, gconstpointer data)
{
  Strangers s;
  guint8 answer[1500];

  strangers_open (&s, f);
  play (f, 100, 2, knock, &s);
  g_assert_cmpuint (s.n, ==, 10000);
  for (guint i = 0; i < N_SOCKETS; i++)
    g_assert_cmpint (recv (s.fds[i], answer, sizeof answer, 0), ==, -1); /* not one byte */
  strangers_close (&s);
}

/* --- handshakes that are never finished --- */

#define N_HALF_OPEN    10000
#define HALF_PER_FRAME 20
#define MAX_HALF_OPEN  256

/* Sessions that somebody with a token made: a pair is nominated, a hello follows, and then nothing. */
static void
open_halves (Fixture *f, guint frame, gpointer data)
{
  Strangers *s = data;

  for (guint i = 0; i < HALF_PER_FRAME; i++, s->n++) {
    g_autofree gchar *id = g_strdup_printf ("half-%u", s->n);
    CrIceCredentials local;
    guint8 check[512];
    gsize n;

    cr_guest_lesson_add_stranger (&f->l, id, &local);
    n = cr_pair_write_check (&local, "half", TRUE, check);
    cr_media_invoke_sync (f->l.worker, cr_pair_nothing, NULL); /* it listens now */
    say (s, s->n % N_SOCKETS, check, n);
    say (s, s->n % N_SOCKETS, s->hello, s->hello_bytes);
  }
  settle_with (f, 2 * s->n);
}

static guint
count_half_closed (Fixture *f)
{
  guint n = 0;

  for (guint i = 0; i < f->l.facts->len; i++)
    n += g_str_has_prefix (f->l.facts->pdata[i], "closed half-");
  return n;
}

/* A classroom knocks again when it was turned away. */
static gint64
join_meanwhile (Fixture *f, Strangers *s)
{
  gint64 started_us = g_get_monotonic_time (), took_us;
  CrGuest *guest = cr_guest_view (&f->l, "newcomer", CR_LIGHT_UDP, NULL);

  while (!guest->connected || cr_guest_last (guest, CR_GUEST_CAMERA) == NULL) {
    play (f, 1, 2, open_halves, s);
    if (guest->closed) {
      cr_guest_free (guest);
      guest = cr_guest_view (&f->l, "newcomer", CR_LIGHT_UDP, NULL);
    }
    g_assert_cmpint (g_get_monotonic_time () - started_us, <, CR_GUEST_PATIENCE_US);
  }
  took_us = g_get_monotonic_time () - started_us;
  cr_lesson_pipeline_remove_peer (f->l.lesson, "newcomer");
  cr_guest_free (guest);
  return took_us;
}

static void
test_half_open (Fixture *f, gconstpointer data)
{
  Strangers s;
  CrWorkerStats stats;
  gsize before_bytes;
  gint64 joined_us;
  guint8 answer[1500];

  strangers_open (&s, f);
  play (f, 20, 2, nothing, NULL);
  before_bytes = cr_guest_resident_bytes ();
  play (f, N_HALF_OPEN / HALF_PER_FRAME / 2, 2, open_halves, &s);
  joined_us = join_meanwhile (f, &s);
  while (s.n < N_HALF_OPEN)
    play (f, 1, 2, open_halves, &s);
  g_test_message ("joined in %d ms meanwhile", (gint)(joined_us / 1000));
  g_assert_cmpint (joined_us, <, 2 * G_USEC_PER_SEC);

  cr_media_invoke_sync (f->l.worker, cr_pair_nothing, NULL);
  CR_GUEST_WAIT_FOR (count_half_closed (f) >= s.n - MAX_HALF_OPEN);
  cr_worker_read_stats (f->l.worker, &stats);
  g_test_message ("%u begun, %u dropped, %u alive", s.n, (guint)stats.handshakes_dropped,
                  s.n - count_half_closed (f));
  g_assert_cmpuint (stats.handshakes_dropped, >=, s.n - MAX_HALF_OPEN);
  cr_guest_assert_grown_less (before_bytes, 64 << 20);
  g_assert_cmpint (recv (s.fds[0], answer, sizeof answer, 0), >, 0); /* they were begun indeed */
  strangers_close (&s);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  cr_log_set_level (CR_LOG_WARNING); /* each end of a session is told */
#define ADD(name, data, func)                                                                                \
  g_test_add ("/lesson-hostile/" name, Fixture, GINT_TO_POINTER (data), set_up, func, tear_down)
  ADD ("junk", 0, test_junk);
  ADD ("nack-storm", 0, test_nack_storm);
  ADD ("pli-storm", 0, test_pli_storm);
  ADD ("stops-reading/udp", CR_LIGHT_UDP, test_stops_reading);
  ADD ("stops-reading/tcp", CR_LIGHT_TCP, test_stops_reading);
  ADD ("strangers", 0, test_strangers);
  ADD ("half-open", 0, test_half_open);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a second worker brings: packets a second flat out, by one worker on one core and by two on two, for
 * one lesson whose viewers are on both and for two lessons. The same viewers, the same feed; workers, taps,
 * mailboxes, fan-outs, ciphers and sockets are the real ones.
 *
 * Nothing receives: each viewer is a socket with UDP_GRO and the least buffer, which nobody reads, so that
 * the kernel drops a whole message at its door, in the sender's own system call. No other thread has anything
 * to do, and so the sinks are not the limit.
 *
 *   bench-workers [--seconds S] [--rounds N] [--viewers N]
 *
 * Beside the rate by the clock stands the rate by the workers' CPU time, which says the same on a machine
 * that is idle otherwise, and more on one that is not.
 */
#include "base/clock.h"
#include "rtc/fanout.h"
#include "rtc/replica.h"
#include "rtc/seat.h"
#include "rtc/srtp-seal.h"
#include "rtc/tap.h"

#include <gst/gst.h>
#include <netinet/udp.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

/* As in fanout.c: bursts of three packets, a frame in three bursts, voice now and then. */
#define PACKETS_PER_BURST 3
#define VIDEO_BYTES       1157
#define VOICE_BYTES       80
#define KEYFRAME_TURNS    400

#define START_US (50 * 1000)

#define N_WORKERS   2
#define MAX_LESSONS 2
#define ALL_SLOTS   ((1u << CR_N_SLOTS) - 1)

/* The feed does not run further ahead of the other worker than this: some fifty turns. */
#define MAX_AHEAD_BYTES (256 * 1024)

typedef struct {
  CrWorker *worker;
  int fd;
  CrPath path;
  CrSrtpSeal *seal;
  CrNegotiation negotiation;
  CrSeat seat;
} Viewer;

typedef struct {
  CrWorker *home;
  CrFanout *fanout;
  CrStream *camera, *voice;
  guint16 camera_seq, voice_seq;
  guint32 camera_rtp, voice_rtp;
  guint turn;
  CrTimer timer;
  gboolean running; /* the home worker's */

  CrWorker *other; /* NULL: all viewers are at home */
  CrTap *tap;
  CrReplica *replica;

  Viewer *viewers;
  guint n_viewers;
} Lesson;

typedef struct {
  gdouble by_clock, by_cpu; /* packets/s */
  guint64 would_block, dropped;
} Rate;

static CrWorker *workers[N_WORKERS];

static gboolean
send_rtp (CrPeer *peer, const CrSrtpParts *parts)
{
  Viewer *viewer = (Viewer *)(gpointer)peer;
  CrSendBatch *batch = cr_worker_get_batch (viewer->worker);
  gsize length_bytes = cr_srtp_seal_rtp (viewer->seal, parts, cr_send_batch_reserve (batch, &viewer->path));

  return cr_send_batch_commit (batch, length_bytes) && length_bytes > 0;
}

static gboolean
send_rtcp (CrPeer *peer, const guint8 *compound, gsize length_bytes)
{
  return TRUE; /* once a second and viewer; not what is measured */
}

static int
open_sink (CrAddress *address)
{
  struct sockaddr_in name = {.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
  socklen_t name_bytes = sizeof name;
  int one = 1, least = 1;

  g_assert_true (bind (fd, (struct sockaddr *)&name, sizeof name) == 0);
  g_assert_true (getsockname (fd, (struct sockaddr *)&name, &name_bytes) == 0);
  g_assert_true (setsockopt (fd, IPPROTO_UDP, UDP_GRO, &one, sizeof one) == 0);
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  cr_address_from_sockaddr (address, (struct sockaddr *)&name);
  return fd;
}

static void
open_viewer (Viewer *viewer, CrWorker *worker)
{
  static const CrEgressSink sink = {send_rtp, send_rtcp};
  CrSrtpKeys keys = {.profile = CR_SRTP_AEAD_AES_128_GCM, .key_bytes = 28};

  viewer->worker = worker;
  viewer->fd = open_sink (&viewer->path.remote);
  cr_address_parse (&viewer->path.local, "127.0.0.1", 0);
  for (guint i = 0; i < sizeof keys.send; i++)
    keys.send[i] = keys.receive[i] = (guint8)g_random_int ();
  viewer->seal = cr_srtp_seal_new (&keys);
  for (guint i = 0; i < 2; i++) {
    CrMediaLine *line = &viewer->negotiation.lines[i];

    *line = (CrMediaLine){.accepted = TRUE,
                          .slot = i == 0 ? CR_SLOT_CAMERA : CR_SLOT_TEACHER_AUDIO,
                          .kind = i == 0 ? CR_MEDIA_VIDEO : CR_MEDIA_AUDIO,
                          .nack = TRUE,
                          .ssrc = 0x1000 + i,
                          .extensions = {.mid = 4, .abs_send_time = 2, .twcc = 3}};
    line->mid[0] = (gchar)('0' + i);
    line->payload_types[CR_CODEC_VP8] = 96;
    line->payload_types[CR_CODEC_OPUS] = 111;
  }
  viewer->negotiation.n_lines = 2;
  cr_seat_init (&viewer->seat, &viewer->negotiation, &sink, (CrPeer *)(gpointer)viewer, g_random_int ());
  viewer->seat.connected = TRUE;
}

static void
push (Lesson *lesson, CrStream *stream, const guint8 *packet, gsize length_bytes)
{
  GstBuffer *buffer = gst_buffer_new_memdup (packet, length_bytes);

  GST_BUFFER_PTS (buffer) = (GstClockTime)cr_worker_now_us (lesson->home) * 1000;
  cr_fanout_push (lesson->fanout, stream, buffer);
  gst_buffer_unref (buffer);
}

static void
write_header (guint8 *packet, guint8 payload_type, guint16 seq, guint32 rtp)
{
  const guint8 header[12] = {0x80,
                             payload_type,
                             (guint8)(seq >> 8),
                             (guint8)seq,
                             (guint8)(rtp >> 24),
                             (guint8)(rtp >> 16),
                             (guint8)(rtp >> 8),
                             (guint8)rtp};

  memcpy (packet, header, sizeof header);
}

/* One burst, and voice with every second one: some of 70 bursts and 50 packets of voice a second. */
static void
push_turn (Lesson *lesson)
{
  guint8 packet[12 + 7 + VIDEO_BYTES] = {0};
  guint frame = lesson->turn / 3, in_frame = lesson->turn % 3;

  for (guint i = 0; i < PACKETS_PER_BURST; i++) {
    gboolean first = in_frame == 0 && i == 0, last = in_frame == 2 && i + 1 == PACKETS_PER_BURST;
    const guint8 head[] = {
        (guint8)(0x80 | (first ? 0x10 : 0)),      0xE0, 0x80, (guint8)frame, (guint8)frame, 0x20,
        frame % KEYFRAME_TURNS == 0 ? 0x10 : 0x11};

    write_header (packet, last ? 0x80 | 96 : 96, lesson->camera_seq++, lesson->camera_rtp);
    memcpy (packet + 12, head, sizeof head);
    push (lesson, lesson->camera, packet, 12 + VIDEO_BYTES);
  }
  if (in_frame == 2)
    lesson->camera_rtp += 3000;
  if (lesson->turn++ % 2 == 0) {
    write_header (packet, 111, lesson->voice_seq++, lesson->voice_rtp);
    push (lesson, lesson->voice, packet, 12 + VOICE_BYTES);
    lesson->voice_rtp += 960;
  }
}

/* The next turn as soon as this one is over. */
static void
on_turn_due (CrTimer *timer, gint64 due_us, gpointer data)
{
  Lesson *lesson = data;

  if (!lesson->running)
    return;
  if (lesson->tap == NULL ||
      __atomic_load_n (&lesson->tap->waiting_bytes, __ATOMIC_RELAXED) < MAX_AHEAD_BYTES)
    push_turn (lesson);
  /* Everybody starts with the first burst, on both workers; else they would have to catch up with a source
   * that is as fast as they are. */
  cr_worker_arm_timer (lesson->home, timer,
                       cr_worker_now_us (lesson->home) + (lesson->turn == 1 ? START_US : 0));
}

static void
play_feed (gpointer data)
{
  CrFeed *feed = data;
  Lesson *lesson = feed->target;
  gsize live_bytes = feed->live_bytes;

  cr_replica_play (lesson->replica, feed);
  cr_tap_note_played (lesson->tap, live_bytes);
}

static void
on_feed (CrFeed *feed, gpointer data)
{
  feed->target = data;
  cr_media_invoke (((Lesson *)data)->other, play_feed, feed);
}

/* Half of the viewers sit on the other worker, where there is one. */
static guint
count_at_home (const Lesson *lesson)
{
  return lesson->other != NULL ? lesson->n_viewers / 2 : lesson->n_viewers;
}

static void
open_there (gpointer data)
{
  static const CrReplicaHandler handler = {NULL};
  Lesson *lesson = data;

  lesson->replica = cr_replica_new (lesson->other, NULL, &handler, lesson);
  for (guint i = count_at_home (lesson); i < lesson->n_viewers; i++) {
    open_viewer (&lesson->viewers[i], lesson->other);
    cr_fanout_add_seat (cr_replica_get_fanout (lesson->replica), &lesson->viewers[i].seat);
  }
}

static void
open_at_home (gpointer data)
{
  Lesson *lesson = data;

  lesson->fanout = cr_fanout_new (lesson->home);
  lesson->camera = cr_fanout_add_stream (lesson->fanout, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, NULL, NULL, NULL);
  lesson->voice =
      cr_fanout_add_stream (lesson->fanout, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_OPUS, NULL, NULL, NULL);
  for (guint i = 0; i < count_at_home (lesson); i++) {
    open_viewer (&lesson->viewers[i], lesson->home);
    cr_fanout_add_seat (lesson->fanout, &lesson->viewers[i].seat);
  }
  if (lesson->other != NULL) {
    lesson->tap = cr_tap_new (lesson->fanout, lesson->home, ALL_SLOTS, on_feed, lesson);
    cr_tap_begin (lesson->tap);
  }
  lesson->timer = (CrTimer){.func = on_turn_due, .data = lesson};
  lesson->running = TRUE;
  cr_worker_arm_timer (lesson->home, &lesson->timer, 0);
}

static void
open_lesson (Lesson *lesson, guint n_viewers, CrWorker *home, CrWorker *other)
{
  *lesson = (Lesson){.home = home, .other = other, .n_viewers = n_viewers};
  lesson->viewers = g_new0 (Viewer, n_viewers);
  if (other != NULL)
    cr_media_invoke_sync (other, open_there, lesson);
  cr_media_invoke_sync (home, open_at_home, lesson);
}

static void
close_viewer (CrFanout *fanout, Viewer *viewer)
{
  cr_fanout_remove_seat (fanout, &viewer->seat);
  cr_seat_clear (&viewer->seat);
  cr_srtp_seal_free (viewer->seal);
  close (viewer->fd);
}

static void
close_at_home (gpointer data)
{
  Lesson *lesson = data;

  lesson->running = FALSE;
  if (cr_timer_is_armed (&lesson->timer))
    cr_worker_disarm_timer (lesson->home, &lesson->timer);
  if (lesson->tap != NULL)
    cr_tap_close (lesson->tap);
  for (guint i = 0; i < count_at_home (lesson); i++)
    close_viewer (lesson->fanout, &lesson->viewers[i]);
  cr_fanout_free (lesson->fanout);
}

static void
close_there (gpointer data)
{
  Lesson *lesson = data;

  for (guint i = count_at_home (lesson); i < lesson->n_viewers; i++)
    close_viewer (cr_replica_get_fanout (lesson->replica), &lesson->viewers[i]);
  cr_replica_free (lesson->replica);
  cr_tap_free (lesson->tap);
}

static void
close_lesson (Lesson *lesson)
{
  cr_media_invoke_sync (lesson->home, close_at_home, lesson);
  if (lesson->other != NULL)
    cr_media_invoke_sync (lesson->other, close_there, lesson);
  g_free (lesson->viewers);
}

typedef struct {
  gint64 at_us, cpu_us[N_WORKERS];
  guint64 packets[N_WORKERS], would_block, dropped;
} Reading;

static Reading
read_workers (void)
{
  Reading reading = {.at_us = g_get_monotonic_time ()};

  for (guint i = 0; i < N_WORKERS; i++) {
    CrWorkerStats stats;

    cr_worker_read_stats (workers[i], &stats);
    reading.packets[i] = stats.rtp_forwarded;
    reading.would_block += stats.send_would_block;
    reading.dropped += stats.rtp_handover_dropped;
    reading.cpu_us[i] = cr_worker_get_cpu_us (workers[i]);
  }
  return reading;
}

/* What the cores would carry with nobody else on them: workers that share a lesson go at the pace of the
 * busier one, others each at their own. */
static gdouble
rate_by_cpu (const Reading *from, const Reading *to, gboolean share)
{
  gdouble sum = 0, packets = 0, busier_us = 1;

  for (guint i = 0; i < N_WORKERS; i++) {
    gdouble cpu_us = (gdouble)MAX (to->cpu_us[i] - from->cpu_us[i], 1);
    gdouble n = (gdouble)(to->packets[i] - from->packets[i]);

    packets += n;
    busier_us = MAX (busier_us, cpu_us);
    sum += n > 0 ? n / cpu_us : 0;
  }
  return G_USEC_PER_SEC * (share ? packets / busier_us : sum);
}

/* One case for a while, the first moments left out. */
static Rate
measure (guint n_lessons, guint n_viewers, guint n_workers, gdouble seconds)
{
  gboolean share = n_lessons == 1 && n_workers > 1;
  Lesson lessons[MAX_LESSONS];
  guint64 packets = 0;
  Reading from, to;

  for (guint i = 0; i < n_lessons; i++)
    open_lesson (&lessons[i], n_viewers / n_lessons, workers[i % n_workers], share ? workers[1] : NULL);
  g_usleep (200 * 1000);
  from = read_workers ();
  g_usleep ((gulong)(seconds * G_USEC_PER_SEC));
  to = read_workers ();
  for (guint i = 0; i < n_lessons; i++)
    close_lesson (&lessons[i]);

  for (guint i = 0; i < N_WORKERS; i++)
    packets += to.packets[i] - from.packets[i];
  return (Rate){.by_clock = (gdouble)packets * G_USEC_PER_SEC / (gdouble)(to.at_us - from.at_us),
                .by_cpu = rate_by_cpu (&from, &to, share),
                .would_block = to.would_block - from.would_block,
                .dropped = to.dropped - from.dropped};
}

static gint
compare (gconstpointer a, gconstpointer b)
{
  gdouble x = *(const gdouble *)a, y = *(const gdouble *)b;

  return x < y ? -1 : x > y;
}

static gdouble
median (gdouble *values, guint n)
{
  qsort (values, n, sizeof *values, compare);
  return n % 2 == 1 ? values[n / 2] : (values[n / 2 - 1] + values[n / 2]) / 2;
}

static void
bench_case (const gchar *name, guint n_lessons, guint n_viewers, guint n_rounds, gdouble seconds)
{
  gdouble *by_clock[2], *by_cpu[2];
  guint64 would_block = 0, dropped = 0;

  for (guint k = 0; k < 2; k++) {
    by_clock[k] = g_new (gdouble, n_rounds);
    by_cpu[k] = g_new (gdouble, n_rounds);
  }
  for (guint i = 0; i < n_rounds; i++) {
    for (guint k = 0; k < 2; k++) {
      Rate rate = measure (n_lessons, n_viewers, k + 1, seconds);

      by_clock[k][i] = rate.by_clock;
      by_cpu[k][i] = rate.by_cpu;
      would_block += rate.would_block;
      dropped += rate.dropped;
    }
  }
  for (guint k = 0; k < 2; k++) {
    by_clock[k][0] = median (by_clock[k], n_rounds);
    by_cpu[k][0] = median (by_cpu[k], n_rounds);
    g_print ("%-34s  %u worker%s  %8.0f packets/s by the clock  %8.0f by CPU time\n", name, k + 1,
             k == 0 ? " " : "s", by_clock[k][0], by_cpu[k][0]);
  }
  g_print ("%-34s  ratio      %8.2f                         %8.2f   would-block %" G_GUINT64_FORMAT
           ", not handed over %" G_GUINT64_FORMAT "\n",
           name, by_clock[1][0] / by_clock[0][0], by_cpu[1][0] / by_cpu[0][0], would_block, dropped);
  for (guint k = 0; k < 2; k++) {
    g_free (by_clock[k]);
    g_free (by_cpu[k]);
  }
}

/* Where there are as many cores, each worker has one. */
static void
pin (gpointer data)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (GPOINTER_TO_UINT (data), &set);
  sched_setaffinity (0, sizeof set, &set);
}

int
main (int argc, char **argv)
{
  gint n_rounds = 7, n_viewers = 200;
  gdouble seconds = 1;
  const GOptionEntry entries[] = {
      {"seconds", 0, 0, G_OPTION_ARG_DOUBLE, &seconds, "Of one measurement, default 1", "S"},
      {"rounds", 0, 0, G_OPTION_ARG_INT, &n_rounds, "Of each case, one worker and two in turn, default 7",
       "N"},
      {"viewers", 0, 0, G_OPTION_ARG_INT, &n_viewers, "In all, default 200", "N"},
      {NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  const CrWorkerConfig config = {.udp = TRUE};
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || n_rounds < 1 || n_viewers < 4) {
    g_printerr ("bench-workers: %s\n", error != NULL ? error->message : "too few rounds or viewers");
    return 2;
  }
  gst_init (NULL, NULL);
  for (guint i = 0; i < N_WORKERS; i++) {
    workers[i] = cr_worker_new (&config, &error);
    g_assert_no_error (error);
    if (g_get_num_processors () >= N_WORKERS)
      cr_media_invoke_sync (workers[i], pin, GUINT_TO_POINTER (i));
  }
  bench_case ("one lesson, its viewers on both", 1, (guint)n_viewers, (guint)n_rounds, seconds);
  bench_case ("two lessons", 2, (guint)n_viewers, (guint)n_rounds, seconds);
  for (guint i = 0; i < N_WORKERS; i++)
    cr_worker_free (workers[i]);
  return 0;
}

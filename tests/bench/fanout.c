/* SPDX-License-Identifier: Apache-2.0
 *
 * What a packet costs from the fan-out to the kernel, beside the floor: the same feed sealed by EVP
 * AES-128-GCM and sent with one UDP_SEGMENT message per burst and viewer, and nothing else. One thread sends
 * over real UDP sockets of the loopback, another drains them; the figures are the sender's CPU time.
 *
 *   bench-fanout [--seconds S] [VIEWERS…]       default: 18 100 300
 *   bench-fanout --count VIEWERS                one second of feed for each, for a tool that counts
 *                                               instructions in run_relay() and run_floor()
 */
#include "base/clock.h"
#include "rtc/aes-gcm.h"
#include "rtc/counter.h"
#include "rtc/fanout.h"
#include "rtc/seat.h"
#include "rtc/send-batch.h"
#include "rtc/srtp-seal.h"

#include <gst/gst.h>
#include <malloc.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

/* 2.5 Mbit/s at 30 frames/s: nine packets a frame, in three bursts 5 ms apart as a browser's pacer lets them
 * go; voice every 20 ms. The feed is a list of such turns, 5 ms each. */
#define TURN_US           5000
#define PACKETS_PER_BURST 3
#define VIDEO_BYTES       1157
#define VOICE_BYTES       80
#define KEYFRAME_TURNS    400

typedef struct {
  int fd;
  CrPath path;
  CrSrtpSeal *seal;
  CrNegotiation negotiation;
  CrSeat seat;

  EVP_CIPHER_CTX *floor_context;
  struct sockaddr_in floor_name;
  guint64 floor_index;
} Viewer;

typedef struct {
  guint n_viewers;
  Viewer *viewers;
  int send_fd;
  CrSendBatch *batch;
  guint64 datagrams, bytes, would_block, failed, fallbacks;

  CrFanout *fanout;
  CrStream *camera, *voice;
  guint16 camera_seq, voice_seq;
  guint32 camera_rtp, voice_rtp;
  guint turn;

  GThread *drain;
  int epoll_fd;
  gint stop;
} Bench;

static CrSendBatch *current_batch; /* of the one bench that runs */

static gint64
thread_cpu_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_THREAD_CPUTIME_ID, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static gboolean
send_rtp (CrPeer *peer, const CrSrtpParts *parts)
{
  Viewer *viewer = (Viewer *)(gpointer)peer;
  gsize length_bytes;

  length_bytes = cr_srtp_seal_rtp (viewer->seal, parts, cr_send_batch_reserve (current_batch, &viewer->path));
  return cr_send_batch_commit (current_batch, length_bytes) && length_bytes > 0;
}

static gboolean
send_rtcp (CrPeer *peer, const guint8 *compound, gsize length_bytes)
{
  return TRUE; /* once a second and viewer; not what is measured */
}

static gpointer
drain_main (gpointer data)
{
  Bench *bench = data;
  static guint8 buffers[64][2048];

  while (!g_atomic_int_get (&bench->stop)) {
    struct epoll_event events[64];
    int n = epoll_wait (bench->epoll_fd, events, G_N_ELEMENTS (events), 50);

    for (int i = 0; i < n; i++) {
      struct mmsghdr messages[64] = {0};
      struct iovec vectors[64];

      for (guint k = 0; k < 64; k++) {
        vectors[k] = (struct iovec){buffers[k], sizeof buffers[k]};
        messages[k].msg_hdr.msg_iov = &vectors[k];
        messages[k].msg_hdr.msg_iovlen = 1;
      }
      while (recvmmsg (events[i].data.fd, messages, 64, MSG_DONTWAIT, NULL) == 64)
        continue;
    }
  }
  return NULL;
}

static int
open_socket (struct sockaddr_in *name)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int buffer_bytes = 4 * 1024 * 1024;
  socklen_t name_bytes = sizeof *name;

  *name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
  g_assert_true (bind (fd, (struct sockaddr *)name, sizeof *name) == 0);
  g_assert_true (getsockname (fd, (struct sockaddr *)name, &name_bytes) == 0);
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &buffer_bytes, sizeof buffer_bytes);
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &buffer_bytes, sizeof buffer_bytes);
  return fd;
}

static void
open_viewer (Bench *bench, Viewer *viewer)
{
  static const CrEgressSink sink = {send_rtp, send_rtcp};
  CrSrtpKeys keys = {.profile = CR_SRTP_AEAD_AES_128_GCM, .key_bytes = 28};
  struct epoll_event event = {.events = EPOLLIN};

  viewer->fd = open_socket (&viewer->floor_name);
  cr_address_from_sockaddr (&viewer->path.remote, (struct sockaddr *)&viewer->floor_name);
  cr_address_parse (&viewer->path.local, "127.0.0.1", 0);
  event.data.fd = viewer->fd;
  g_assert_true (epoll_ctl (bench->epoll_fd, EPOLL_CTL_ADD, viewer->fd, &event) == 0);

  for (guint i = 0; i < sizeof keys.send; i++)
    keys.send[i] = keys.receive[i] = (guint8)g_random_int ();
  viewer->seal = cr_srtp_seal_new (&keys);
  viewer->floor_context = EVP_CIPHER_CTX_new ();
  EVP_EncryptInit_ex (viewer->floor_context, EVP_aes_128_gcm (), NULL, keys.send, NULL);

  for (guint i = 0; i < 2; i++) {
    CrMediaLine *line = &viewer->negotiation.lines[i];

    *line = (CrMediaLine){.accepted = TRUE,
                          .slot = i == 0 ? CR_SLOT_CAMERA : CR_SLOT_TEACHER_AUDIO,
                          .kind = i == 0 ? CR_MEDIA_VIDEO : CR_MEDIA_AUDIO,
                          .nack = TRUE,
                          .ssrc = 0x1000 + i,
                          .rtx_ssrc = i == 0 ? 0x2000 : 0,
                          .extensions = {.mid = 4, .abs_send_time = 2, .twcc = 3}};
    line->mid[0] = (gchar)('0' + i);
    line->payload_types[CR_CODEC_H264] = 102;
    line->payload_types[CR_CODEC_VP8] = 96;
    line->rtx_payload_types[CR_CODEC_VP8] = 97;
    line->payload_types[CR_CODEC_OPUS] = 111;
  }
  viewer->negotiation.n_lines = 2;
  cr_seat_init (&viewer->seat, &viewer->negotiation, &sink, (CrPeer *)(gpointer)viewer, g_random_int ());
  viewer->seat.connected = TRUE;
  cr_fanout_add_seat (bench->fanout, &viewer->seat);
}

static void
open_bench (Bench *bench, guint n_viewers)
{
  const CrSendStats stats = {&bench->datagrams, &bench->bytes, &bench->would_block, &bench->failed,
                             &bench->fallbacks};
  struct sockaddr_in name;

  *bench = (Bench){.n_viewers = n_viewers};
  bench->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  bench->send_fd = open_socket (&name);
  current_batch = bench->batch = cr_send_batch_new (bench->send_fd, FALSE, &stats);
  bench->fanout = cr_fanout_new_detached (cr_clock_system ());
  bench->camera = cr_fanout_add_stream (bench->fanout, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, NULL, NULL, NULL);
  bench->voice =
      cr_fanout_add_stream (bench->fanout, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_OPUS, NULL, NULL, NULL);
  bench->viewers = g_new0 (Viewer, n_viewers);
  for (guint i = 0; i < n_viewers; i++)
    open_viewer (bench, &bench->viewers[i]);
  bench->drain = g_thread_new ("drain", drain_main, bench);
}

static void
close_bench (Bench *bench)
{
  g_atomic_int_set (&bench->stop, TRUE);
  g_thread_join (bench->drain);
  for (guint i = 0; i < bench->n_viewers; i++) {
    Viewer *viewer = &bench->viewers[i];

    cr_fanout_remove_seat (bench->fanout, &viewer->seat);
    cr_seat_clear (&viewer->seat);
    cr_srtp_seal_free (viewer->seal);
    EVP_CIPHER_CTX_free (viewer->floor_context);
    close (viewer->fd);
  }
  g_free (bench->viewers);
  cr_fanout_free (bench->fanout);
  cr_send_batch_free (bench->batch);
  close (bench->send_fd);
  close (bench->epoll_fd);
}

static GstBuffer *
make_packet (guint8 payload_type, guint16 seq, guint32 rtp, const guint8 *head, gsize head_bytes, gsize bytes)
{
  GstBuffer *buffer = gst_buffer_new_allocate (NULL, 12 + bytes, NULL);
  const guint8 header[12] = {0x80,
                             payload_type,
                             (guint8)(seq >> 8),
                             (guint8)seq,
                             (guint8)(rtp >> 24),
                             (guint8)(rtp >> 16),
                             (guint8)(rtp >> 8),
                             (guint8)rtp};

  gst_buffer_memset (buffer, 12, 0x5A, bytes);
  gst_buffer_fill (buffer, 0, header, sizeof header);
  gst_buffer_fill (buffer, 12, head, head_bytes);
  GST_BUFFER_PTS (buffer) = (GstClockTime)g_get_monotonic_time () * 1000;
  return buffer;
}

/* The packets of the next 5 ms; what the ingress would have made of them. */
static GPtrArray *
next_turn (Bench *bench)
{
  GPtrArray *packets = g_ptr_array_new_with_free_func ((GDestroyNotify)gst_buffer_unref);
  guint in_frame = bench->turn % 7; /* 33 ms are about seven turns: three of them carry a burst */
  gboolean keyframe = bench->turn % KEYFRAME_TURNS == 0 && in_frame == 0;

  for (guint i = 0; in_frame < 3 && i < PACKETS_PER_BURST; i++) {
    gboolean first = in_frame == 0 && i == 0;
    const guint8 head[] = {(guint8)(0x80 | (first ? 0x10 : 0)),
                           0xE0,
                           0x80,
                           (guint8)(bench->turn / 7),
                           (guint8)(bench->turn / 7),
                           0x20,
                           keyframe || bench->turn == 0 ? 0x10 : 0x11};

    g_ptr_array_add (packets, make_packet (in_frame == 2 && i == 2 ? 0x80 | 96 : 96, bench->camera_seq++,
                                           bench->camera_rtp, head, sizeof head, VIDEO_BYTES));
  }
  if (in_frame == 6)
    bench->camera_rtp += 3150;
  if (bench->turn % 4 == 0) {
    g_ptr_array_add (packets, make_packet (111, bench->voice_seq++, bench->voice_rtp, NULL, 0, VOICE_BYTES));
    bench->voice_rtp += 960;
  }
  bench->turn++;
  return packets;
}

/* Returns packets sent. Not inlined, as run_floor(), so that instructions can be counted by function. */
static __attribute__ ((noinline)) guint
run_relay (Bench *bench, GPtrArray *packets)
{
  guint64 before = cr_fanout_get_totals (bench->fanout)->forwarded;

  for (guint i = 0; i < packets->len; i++) {
    GstBuffer *buffer = g_ptr_array_index (packets, i);

    cr_fanout_push (bench->fanout, gst_buffer_get_size (buffer) > 200 ? bench->camera : bench->voice, buffer);
  }
  cr_fanout_run (bench->fanout);
  cr_send_batch_flush (bench->batch);
  return (guint)(cr_fanout_get_totals (bench->fanout)->forwarded - before);
}

static gsize
floor_seal (Viewer *viewer, const guint8 *packet, gsize length_bytes, guint8 *out)
{
  guint8 iv[12] = {0};
  int n;

  memcpy (iv + 4, &viewer->floor_index, 8);
  viewer->floor_index++;
  memcpy (out, packet, 12);
  EVP_EncryptInit_ex (viewer->floor_context, NULL, NULL, NULL, iv);
  EVP_EncryptUpdate (viewer->floor_context, NULL, &n, out, 12);
  EVP_EncryptUpdate (viewer->floor_context, out + 12, &n, packet + 12, (int)length_bytes - 12);
  EVP_EncryptFinal_ex (viewer->floor_context, out + length_bytes, &n);
  EVP_CIPHER_CTX_ctrl (viewer->floor_context, EVP_CTRL_AEAD_GET_TAG, 16, out + length_bytes);
  return length_bytes + 16;
}

static void
floor_send (Bench *bench, Viewer *viewer, guint8 *arena, gsize arena_bytes, guint16 segment_bytes)
{
  struct iovec vector = {arena, arena_bytes};
  _Alignas(struct cmsghdr) guint8 control[CMSG_SPACE (sizeof segment_bytes)] = {0};
  struct msghdr message = {.msg_name = &viewer->floor_name,
                           .msg_namelen = sizeof viewer->floor_name,
                           .msg_iov = &vector,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);

  header->cmsg_level = IPPROTO_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN (sizeof segment_bytes);
  memcpy (CMSG_DATA (header), &segment_bytes, sizeof segment_bytes);
  if (sendmsg (bench->send_fd, &message, MSG_DONTWAIT) < 0)
    cr_counter_add (&bench->would_block, 1);
}

static __attribute__ ((noinline)) guint
run_floor (Bench *bench, GPtrArray *packets)
{
  static guint8 arena[64 * 1500];

  for (guint v = 0; v < bench->n_viewers; v++) {
    gsize arena_bytes = 0;
    guint16 segment_bytes = 0;

    for (guint i = 0; i < packets->len; i++) {
      GstMapInfo map;

      gst_buffer_map (g_ptr_array_index (packets, i), &map, GST_MAP_READ);
      arena_bytes += floor_seal (&bench->viewers[v], map.data, map.size, arena + arena_bytes);
      segment_bytes = i == 0 ? (guint16)arena_bytes : segment_bytes;
      gst_buffer_unmap (g_ptr_array_index (packets, i), &map);
    }
    if (arena_bytes > 0)
      floor_send (bench, &bench->viewers[v], arena, arena_bytes, segment_bytes);
  }
  return packets->len * bench->n_viewers;
}

typedef struct {
  gint64 cpu_ns;
  guint64 packets;
} Cost;

static gdouble
cost_us (const Cost *cost)
{
  return cost->packets > 0 ? (gdouble)cost->cpu_ns / 1000 / (gdouble)cost->packets : 0;
}

/* One second of the feed for each in turn, so that both meet the same machine. */
static void
measure (Bench *bench, guint seconds, gboolean paced, Cost *relay, Cost *lower)
{
  gint64 next_us = g_get_monotonic_time ();

  for (guint i = 0; i < seconds * 2 * (G_USEC_PER_SEC / TURN_US); i++) {
    gboolean is_relay = i / (G_USEC_PER_SEC / TURN_US) % 2 == 0;
    g_autoptr (GPtrArray) packets = next_turn (bench);
    Cost *cost = is_relay ? relay : lower;
    gint64 before_ns;

    next_us += TURN_US;
    if (paced && next_us > g_get_monotonic_time ())
      g_usleep ((gulong)(next_us - g_get_monotonic_time ()));
    before_ns = thread_cpu_ns ();
    cost->packets += is_relay ? run_relay (bench, packets) : run_floor (bench, packets);
    cost->cpu_ns += thread_cpu_ns () - before_ns;
  }
}

static void
bench_viewers (guint n_viewers, guint seconds)
{
  Bench bench;
  gsize before_bytes = mallinfo2 ().uordblks;

  open_bench (&bench, n_viewers);
  g_print ("%5u viewers  %5.1f KiB of heap each: two m-lines, SRTP, without ICE and DTLS\n", n_viewers,
           (gdouble)(mallinfo2 ().uordblks - before_bytes) / 1024 / n_viewers);
  for (guint paced = 0; paced < 2; paced++) {
    Cost relay = {0}, lower = {0}, warm_up[2] = {0};

    measure (&bench, 1, FALSE, &warm_up[0], &warm_up[1]);
    measure (&bench, seconds, paced == 1, &relay, &lower);
    g_print (
        "%5u viewers  %-8s  relay %5.2f us/packet  floor %5.2f  ratio %4.2f  would-block %" G_GUINT64_FORMAT
        "\n",
        n_viewers, paced ? "paced" : "flat out", cost_us (&relay), cost_us (&lower),
        cost_us (&relay) / cost_us (&lower), bench.would_block);
  }
  close_bench (&bench);
}

static void
count_viewers (guint n_viewers)
{
  Bench bench;
  Cost relay = {0}, lower = {0};

  open_bench (&bench, n_viewers);
  measure (&bench, 1, FALSE, &relay, &lower);
  g_print ("packets: relay %" G_GUINT64_FORMAT ", floor %" G_GUINT64_FORMAT "\n", relay.packets,
           lower.packets);
  close_bench (&bench);
}

int
main (int argc, char **argv)
{
  static const guint usual[] = {18, 100, 300};
  gint seconds = 3, count = 0;
  const GOptionEntry entries[] = {
      {"seconds", 0, 0, G_OPTION_ARG_INT, &seconds, "Feed per measurement", "S"},
      {"count", 0, 0, G_OPTION_ARG_INT, &count, "One second for each, as fast as it goes", "VIEWERS"},
      {NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new ("[VIEWERS…]");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error)) {
    g_printerr ("%s\n", error->message);
    return 1;
  }
  gst_init (NULL, NULL);
  g_print ("AES-GCM by %s; the floor's by OpenSSL\n", cr_aes_gcm_library ());
  if (count > 0) {
    count_viewers ((guint)MIN (count, 10000));
    return 0;
  }
  for (gint i = 1; i < argc; i++)
    bench_viewers ((guint)CLAMP (g_ascii_strtoll (argv[i], NULL, 10), 1, 10000), (guint)MAX (seconds, 1));
  for (guint i = 0; argc == 1 && i < G_N_ELEMENTS (usual); i++)
    bench_viewers (usual[i], (guint)MAX (seconds, 1));
  return 0;
}

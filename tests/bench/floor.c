/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-floor: what the cipher and the kernel ask for, and nothing else. The packets of a trace, when they
 * are due, sealed by EVP AES-128-GCM with a key per viewer and sent in one UDP_SEGMENT message per burst and
 * viewer; no ICE, no RTCP, nothing received, nothing kept. One thread sends, another drains the viewers'
 * sockets, and of some of them notes how long after the burst's beginning the kernel had it. Prints JSON with
 * the fields of bench-load that apply.
 */
#include "trace.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/udp.h>
#include <openssl/evp.h>
#include <sched.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

/* What is due within this is one burst, as a relay finds it in one turn. */
#define BURST_US     1000
#define MAX_BURST    48
#define HEADER_BYTES 24 /* with MID and TWCC, as a relay sends */
#define TAG_BYTES    16
#define STRIDE_BYTES (HEADER_BYTES + CR_TRACE_MAX_PAYLOAD + TAG_BYTES)

/* As many sinks, spread evenly, have their delay measured: as many viewers as open their packets in
 * bench-load. */
#define MAX_TIMED_SINKS 24

/* Bursts whose beginning is still known: a second of them. */
#define BURSTS 128

typedef struct {
  int fd;
  EVP_CIPHER_CTX *context;
  struct sockaddr_in name;
  guint64 index;
  gboolean timed;
} Sink;

typedef struct {
  CrTrace *trace;
  CrTracePlayer player;
  guint n_sinks;
  Sink *sinks;
  int send_fd, epoll_fd;
  gint stop;
  guint8 plain[MAX_BURST][STRIDE_BYTES];
  guint n_plain;
  gsize lengths[MAX_BURST];
  guint64 sent, refused;
  gint64 begun_ns[BURSTS]; /* wall clock, a ring; both threads */
  guint n_bursts;
  gint measuring;
  GArray *delays_us; /* of the draining thread while it runs */
} Floor;

static gint64
clock_ns (clockid_t clock)
{
  struct timespec now;

  clock_gettime (clock, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static void
pin (gint cpu)
{
  cpu_set_t set;

  CPU_ZERO (&set);
  CPU_SET (cpu, &set);
  if (cpu >= 0)
    sched_setaffinity (0, sizeof set, &set);
}

static int
open_socket (struct sockaddr_in *name)
{
  int fd = socket (AF_INET, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  int size = 1024 * 1024, on = 1;
  socklen_t name_bytes = sizeof *name;

  *name = (struct sockaddr_in){.sin_family = AF_INET, .sin_addr.s_addr = htonl (INADDR_LOOPBACK)};
  if (fd < 0 || bind (fd, (struct sockaddr *)name, sizeof *name) != 0 ||
      getsockname (fd, (struct sockaddr *)name, &name_bytes) != 0)
    g_error ("no socket: %s", g_strerror (errno));
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof size);
  setsockopt (fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof size);
  setsockopt (fd, SOL_UDP, UDP_GRO, &on, sizeof on);
  return fd;
}

/* Its burst is the last that had begun by then. */
static void
note_delay (Floor *bench, gint64 stamp_ns, gsize n_packets)
{
  guint newest = (guint)g_atomic_int_get ((gint *)&bench->n_bursts);

  for (guint i = newest; i > 0 && newest - i < BURSTS - 1; i--) {
    gint64 delay_ns = stamp_ns - bench->begun_ns[(i - 1) % BURSTS];
    guint32 delay_us = (guint32)(delay_ns / 1000);

    if (delay_ns < 0)
      continue;
    for (gsize n = 0; n < n_packets; n++)
      g_array_append_val (bench->delays_us, delay_us);
    return;
  }
}

/* The kernel's stamp, 0 without one, and the size of the packets that UDP_GRO has put together. */
static gint64
read_control (struct msghdr *message, gsize *packet_bytes)
{
  gint64 stamp_ns = 0;

  for (struct cmsghdr *header = CMSG_FIRSTHDR (message); header != NULL;
       header = CMSG_NXTHDR (message, header)) {
    struct timespec stamp;
    int segment;

    if (header->cmsg_level == SOL_SOCKET && header->cmsg_type == SO_TIMESTAMPNS) {
      memcpy (&stamp, CMSG_DATA (header), sizeof stamp);
      stamp_ns = stamp.tv_sec * G_GINT64_CONSTANT (1000000000) + stamp.tv_nsec;
    } else if (header->cmsg_level == SOL_UDP && header->cmsg_type == UDP_GRO) {
      memcpy (&segment, CMSG_DATA (header), sizeof segment);
      *packet_bytes = (gsize)segment;
    }
  }
  return stamp_ns;
}

static void
receive (Floor *bench, Sink *sink)
{
  static guint8 buffer[65536];
  _Alignas(struct cmsghdr) guint8 control[256];
  struct iovec part = {buffer, sizeof buffer};
  struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control};
  gssize n;

  while (message.msg_controllen = sizeof control, (n = recvmsg (sink->fd, &message, MSG_DONTWAIT)) > 0) {
    gsize packet_bytes = (gsize)n;
    gint64 stamp_ns = read_control (&message, &packet_bytes);

    if (stamp_ns != 0 && g_atomic_int_get (&bench->measuring))
      note_delay (bench, stamp_ns, ((gsize)n + packet_bytes - 1) / packet_bytes);
  }
}

static gpointer
drain_main (gpointer data)
{
  Floor *bench = data;
  struct epoll_event events[128];

  pin (0);
  while (!g_atomic_int_get (&bench->stop)) {
    int n = epoll_wait (bench->epoll_fd, events, G_N_ELEMENTS (events), 50);

    for (int i = 0; i < n; i++)
      receive (bench, events[i].data.ptr);
  }
  return NULL;
}

static void
open_sink (Floor *bench, Sink *sink)
{
  struct epoll_event event = {.events = EPOLLIN};
  guint8 key[16];

  for (guint i = 0; i < sizeof key; i++)
    key[i] = (guint8)g_random_int ();
  sink->fd = open_socket (&sink->name);
  event.data.ptr = sink;
  if (sink->timed)
    setsockopt (sink->fd, SOL_SOCKET, SO_TIMESTAMPNS, &(int){1}, sizeof (int));
  epoll_ctl (bench->epoll_fd, EPOLL_CTL_ADD, sink->fd, &event);
  sink->context = EVP_CIPHER_CTX_new ();
  EVP_EncryptInit_ex (sink->context, EVP_aes_128_gcm (), NULL, key, NULL);
}

static gsize
seal (Sink *sink, const guint8 *packet, gsize n, guint8 *out)
{
  guint8 iv[12] = {0};
  int written;

  memcpy (iv + 4, &sink->index, 8);
  sink->index++;
  memcpy (out, packet, HEADER_BYTES);
  EVP_EncryptInit_ex (sink->context, NULL, NULL, NULL, iv);
  EVP_EncryptUpdate (sink->context, NULL, &written, out, HEADER_BYTES);
  EVP_EncryptUpdate (sink->context, out + HEADER_BYTES, &written, packet + HEADER_BYTES,
                     (int)(n - HEADER_BYTES));
  EVP_EncryptFinal_ex (sink->context, out + n, &written);
  EVP_CIPHER_CTX_ctrl (sink->context, EVP_CTRL_AEAD_GET_TAG, TAG_BYTES, out + n);
  return n + TAG_BYTES;
}

static void
send_burst (Floor *bench, Sink *sink, gsize segment_bytes)
{
  static guint8 arena[MAX_BURST * STRIDE_BYTES];
  _Alignas(struct cmsghdr) guint8 control[CMSG_SPACE (sizeof (guint16))] = {0};
  struct iovec part = {arena, 0};
  struct msghdr message = {.msg_name = &sink->name,
                           .msg_namelen = sizeof sink->name,
                           .msg_iov = &part,
                           .msg_iovlen = 1,
                           .msg_control = control,
                           .msg_controllen = sizeof control};
  struct cmsghdr *header = CMSG_FIRSTHDR (&message);
  guint16 size = (guint16)segment_bytes;

  for (guint i = 0; i < bench->n_plain; i++)
    part.iov_len =
        i * segment_bytes + seal (sink, bench->plain[i], bench->lengths[i], arena + i * segment_bytes);
  header->cmsg_level = IPPROTO_UDP;
  header->cmsg_type = UDP_SEGMENT;
  header->cmsg_len = CMSG_LEN (sizeof size);
  memcpy (CMSG_DATA (header), &size, sizeof size);
  if (sendmsg (bench->send_fd, &message, MSG_DONTWAIT) < 0)
    bench->refused += bench->n_plain;
  else
    bench->sent += bench->n_plain;
}

/* The kernel wants equal sizes: whatever is shorter than the longest is lengthened by as much. */
static void
run_burst (Floor *bench)
{
  gsize longest = 0;

  for (guint i = 0; i < bench->n_plain; i++)
    longest = MAX (longest, bench->lengths[i]);
  for (guint i = 0; i + 1 < bench->n_plain; i++)
    bench->lengths[i] = longest;
  bench->begun_ns[bench->n_bursts % BURSTS] = clock_ns (CLOCK_REALTIME);
  g_atomic_int_inc ((gint *)&bench->n_bursts);
  for (guint i = 0; i < bench->n_sinks; i++)
    send_burst (bench, &bench->sinks[i], longest + TAG_BYTES);
  bench->n_plain = 0;
}

/* Sleeps until the next burst is due and makes it. */
static void
take_turn (Floor *bench, gint64 *due_us)
{
  gint64 now_us = g_get_monotonic_time ();

  if (*due_us > now_us)
    g_usleep ((gulong)(*due_us - now_us));
  while (bench->n_plain < MAX_BURST) {
    guint8 *plain = bench->plain[bench->n_plain];
    const CrTracePacket *packet = cr_trace_play (bench->trace, &bench->player, 0, plain + HEADER_BYTES);
    guint next_us = g_array_index (bench->trace->packets, CrTracePacket, bench->player.next).after_us;

    bench->lengths[bench->n_plain++] = HEADER_BYTES + packet->payload_bytes;
    *due_us += next_us;
    if (next_us > BURST_US)
      break;
  }
  run_burst (bench);
}

static gint
compare_u32 (gconstpointer a, gconstpointer b)
{
  guint32 left = *(const guint32 *)a, right = *(const guint32 *)b;

  return left < right ? -1 : left > right;
}

static guint32
percentile (const GArray *sorted, guint percent)
{
  return sorted->len > 0 ? g_array_index (sorted, guint32, (sorted->len - 1) * percent / 100) : 0;
}

/* Ends the draining thread, and prints. */
static void
measure (Floor *bench, GThread *drain, guint warm_ms, guint window_ms)
{
  gint64 due_us = g_get_monotonic_time (), end_us = due_us + (gint64)warm_ms * 1000;
  gint64 cpu_ns, begin_us, window_us;

  while (due_us < end_us)
    take_turn (bench, &due_us);
  begin_us = g_get_monotonic_time ();
  end_us = due_us + (gint64)window_ms * 1000;
  cpu_ns = clock_ns (CLOCK_THREAD_CPUTIME_ID);
  bench->sent = bench->refused = 0;
  g_atomic_int_set (&bench->measuring, TRUE);
  while (due_us < end_us)
    take_turn (bench, &due_us);
  cpu_ns = clock_ns (CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
  window_us = g_get_monotonic_time () - begin_us;
  g_atomic_int_set (&bench->stop, TRUE);
  g_thread_join (drain);
  g_array_sort (bench->delays_us, compare_u32);
  g_print ("{\"viewers\":%u,\"window_s\":%.3f,\"relay_cpu_us\":%.1f,\"packets\":%" G_GUINT64_FORMAT
           ",\"expected\":%" G_GUINT64_FORMAT ",\"delay_us_p50\":%u,\"delay_us_p99\":%u}\n",
           bench->n_sinks, (gdouble)window_us / G_USEC_PER_SEC, (gdouble)cpu_ns / 1000, bench->sent,
           bench->sent + bench->refused, percentile (bench->delays_us, 50),
           percentile (bench->delays_us, 99));
}

int
main (int argc, char **argv)
{
  g_autofree gchar *path = NULL;
  gint viewers = 18, warm_ms = 1000, window_ms = 8000, cpu = -1;
  const GOptionEntry entries[] = {
      {"trace", 0, 0, G_OPTION_ARG_FILENAME, &path, "The trace to play", "FILE"},
      {"viewers", 0, 0, G_OPTION_ARG_INT, &viewers, "How many", "N"},
      {"warm", 0, 0, G_OPTION_ARG_INT, &warm_ms, "Time before the window", "MS"},
      {"window", 0, 0, G_OPTION_ARG_INT, &window_ms, "Time that is measured", "MS"},
      {"cpu", 0, 0, G_OPTION_ARG_INT, &cpu, "Send on this core, drain on core 0", "CPU"},
      {NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrTrace) trace = NULL;
  struct rlimit limit;
  static Floor bench;
  struct sockaddr_in name;
  GThread *drain;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || path == NULL || viewers <= 0 ||
      (trace = cr_trace_load (path, &error)) == NULL) {
    g_printerr ("bench-floor: %s\n", error != NULL ? error->message : "--trace is needed");
    return 1;
  }
  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
  bench.trace = trace;
  bench.n_sinks = (guint)viewers;
  bench.sinks = g_new0 (Sink, bench.n_sinks);
  bench.epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  bench.send_fd = open_socket (&name);
  bench.delays_us = g_array_new (FALSE, FALSE, sizeof (guint32));
  for (guint i = 0; i < bench.n_sinks; i++) {
    bench.sinks[i].timed = i % MAX (bench.n_sinks / MAX_TIMED_SINKS, 1) == 0;
    open_sink (&bench, &bench.sinks[i]);
  }
  drain = g_thread_new ("drain", drain_main, &bench);
  pin (cpu);
  measure (&bench, drain, (guint)warm_ms, (guint)window_ms);
  return 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-floor: what the cipher and the kernel ask for, and nothing else. The packets of a trace, when they
 * are due, sealed by EVP AES-128-GCM with a key per viewer and sent in one UDP_SEGMENT message per burst and
 * viewer; no ICE, no RTCP, nothing received, nothing kept. One thread sends, another drains the viewers'
 * sockets. Prints JSON with the fields of bench-load that apply.
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

typedef struct {
  int fd;
  EVP_CIPHER_CTX *context;
  struct sockaddr_in name;
  guint64 index;
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

static gpointer
drain_main (gpointer data)
{
  Floor *bench = data;
  static guint8 buffer[65536];
  struct epoll_event events[128];

  pin (0);
  while (!g_atomic_int_get (&bench->stop)) {
    int n = epoll_wait (bench->epoll_fd, events, G_N_ELEMENTS (events), 50);

    for (int i = 0; i < n; i++) {
      while (recv (events[i].data.fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        continue;
    }
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
  event.data.fd = sink->fd;
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

static void
measure (Floor *bench, guint warm_ms, guint window_ms)
{
  gint64 due_us = g_get_monotonic_time (), end_us = due_us + (gint64)warm_ms * 1000;
  gint64 cpu_ns, begin_us;

  while (due_us < end_us)
    take_turn (bench, &due_us);
  begin_us = g_get_monotonic_time ();
  end_us = due_us + (gint64)window_ms * 1000;
  cpu_ns = clock_ns (CLOCK_THREAD_CPUTIME_ID);
  bench->sent = bench->refused = 0;
  while (due_us < end_us)
    take_turn (bench, &due_us);
  cpu_ns = clock_ns (CLOCK_THREAD_CPUTIME_ID) - cpu_ns;
  g_print ("{\"viewers\":%u,\"window_s\":%.3f,\"relay_cpu_us\":%.1f,\"packets\":%" G_GUINT64_FORMAT
           ",\"expected\":%" G_GUINT64_FORMAT "}\n",
           bench->n_sinks, (gdouble)(g_get_monotonic_time () - begin_us) / G_USEC_PER_SEC,
           (gdouble)cpu_ns / 1000, bench->sent, bench->sent + bench->refused);
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
  for (guint i = 0; i < bench.n_sinks; i++)
    open_sink (&bench, &bench.sinks[i]);
  drain = g_thread_new ("drain", drain_main, &bench);
  pin (cpu);
  measure (&bench, (guint)warm_ms, (guint)window_ms);
  g_atomic_int_set (&bench.stop, TRUE);
  g_thread_join (drain);
  return 0;
}

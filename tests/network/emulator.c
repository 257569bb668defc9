/* SPDX-License-Identifier: Apache-2.0
 *
 * Is the emulated line what its profile says? Real datagrams between two network namespaces are measured at
 * both ends with one clock, and compared with the profile and with the emulator's own report. Lower bounds
 * are exact; upper bounds allow for a busy machine. Needs the right to make namespaces; skipped without it.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <gio/gio.h>
#include <glib/gstdio.h>
#include <json-glib/json-glib.h>
#include <netinet/udp.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#define ADDRESS_A "10.77.0.1"
#define ADDRESS_B "10.77.0.2"
/* What a busy machine may add to a delay. */
#define SLACK_US            (40 * 1000)
#define IP_UDP_HEADER_BYTES 28

static int home_fd = -1, netns_fds[2] = {-1, -1};

/* --- namespaces and the emulator --- */

static void
enter (int fd)
{
  if (setns (fd, CLONE_NEWNET) < 0)
    g_error ("setns: %s", g_strerror (errno));
}

static gboolean
make_namespaces (void)
{
  home_fd = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  for (guint i = 0; i < 2; i++) {
    if (unshare (CLONE_NEWNET) < 0)
      return FALSE;
    netns_fds[i] = open ("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
  }
  enter (home_fd);
  return access ("/dev/net/tun", R_OK | W_OK) == 0;
}

typedef struct {
  GPid pid;
  int out;
  JsonParser *parser; /* the report, after stop() */
} Emulator;

static gchar
read_char (int fd)
{
  gchar c;

  if (read (fd, &c, 1) != 1)
    g_error ("the emulator ended");
  return c;
}

static void
start (Emulator *e, const gchar *profile, guint seed)
{
  g_autofree gchar *a = g_strdup_printf ("--a=/proc/%d/fd/%d," ADDRESS_A, getpid (), netns_fds[0]);
  g_autofree gchar *b = g_strdup_printf ("--b=/proc/%d/fd/%d," ADDRESS_B, getpid (), netns_fds[1]);
  g_autofree gchar *profile_option = g_strconcat ("--profile=", profile, NULL);
  g_autofree gchar *seed_option = g_strdup_printf ("--seed=%u", seed);
  gchar *arguments[] = {(gchar *)g_getenv ("LINKEM"), a, b, profile_option, seed_option, NULL};
  g_autoptr (GError) error = NULL;

  g_assert_nonnull (arguments[0]);
  g_spawn_async_with_pipes (NULL, arguments, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL, NULL, &e->pid, NULL,
                            &e->out, NULL, &error);
  g_assert_no_error (error);
  for (const gchar *p = "ready\n"; *p != '\0'; p++)
    g_assert_cmpint (read_char (e->out), ==, *p);
}

static void
stop (Emulator *e)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  gchar buffer[512];
  ssize_t n;
  int status;

  kill (e->pid, SIGTERM);
  while ((n = read (e->out, buffer, sizeof buffer)) > 0)
    g_string_append_len (text, buffer, n);
  close (e->out);
  g_assert_cmpint (waitpid (e->pid, &status, 0), ==, e->pid);
  g_assert_true (WIFEXITED (status) && WEXITSTATUS (status) == 0);
  g_spawn_close_pid (e->pid);
  e->parser = json_parser_new ();
  json_parser_load_from_data (e->parser, text->str, -1, &error);
  g_assert_no_error (error);
  g_test_message ("%s", text->str);
}

static gint64
reported (Emulator *e, const gchar *direction, const gchar *name)
{
  JsonObject *root = json_node_get_object (json_parser_get_root (e->parser));

  return json_object_get_int_member (json_object_get_object_member (root, direction), name);
}

static gchar *
profile_path (const gchar *name)
{
  return g_test_build_filename (G_TEST_DIST, "profiles", name, NULL);
}

/* A profile of the test's own. */
static gchar *
write_profile (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  gchar *path = NULL;
  int fd = g_file_open_tmp ("classrelay-XXXXXX.ini", &path, &error);

  g_assert_no_error (error);
  close (fd);
  g_assert_true (g_file_set_contents (path, text, -1, NULL));
  return path;
}

/* --- measuring --- */

static int
open_socket (int netns_fd, int family)
{
  int fd;
  gint buffer = 4 * 1024 * 1024;

  enter (netns_fd);
  fd = socket (family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  enter (home_fd);
  g_assert_cmpint (fd, >=, 0);
  setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &buffer, sizeof buffer);
  return fd;
}

typedef struct {
  guint n;            /* to send */
  gsize length_bytes; /* payload */
  gint64 spacing_us;
} Load;

typedef struct {
  guint received, out_of_order;
  guint64 bytes; /* as the line counts: with IP and UDP headers */
  gint64 first_us, last_us, longest_gap_us;
  GArray *delays_us; /* gint64 */
} Measured;

typedef struct {
  gint64 sent_us;
  guint32 number;
} Stamp;

static void
take (Measured *m, const Stamp *stamp, gsize length_bytes, gint64 *last_number)
{
  gint64 now_us = g_get_monotonic_time ();
  gint64 delay_us = now_us - stamp->sent_us;

  if (m->received++ == 0)
    m->first_us = now_us;
  else
    m->longest_gap_us = MAX (m->longest_gap_us, now_us - m->last_us);
  m->last_us = now_us;
  m->bytes += length_bytes + IP_UDP_HEADER_BYTES;
  m->out_of_order += stamp->number < *last_number;
  *last_number = MAX (*last_number, stamp->number);
  g_array_append_val (m->delays_us, delay_us);
}

static void
receive_until (int fd, gint64 until_us, Measured *m, gint64 *last_number)
{
  for (;;) {
    guint8 buffer[2048];
    ssize_t n = recv (fd, buffer, sizeof buffer, 0);
    struct pollfd poll_fd = {.fd = fd, .events = POLLIN};
    gint64 left_us = until_us - g_get_monotonic_time ();
    struct timespec timeout = {.tv_nsec = (glong)CLAMP (left_us, 0, 999999) * 1000};

    if (n >= (ssize_t)sizeof (Stamp)) {
      Stamp stamp;

      memcpy (&stamp, buffer, sizeof stamp);
      take (m, &stamp, (gsize)n, last_number);
      continue;
    }
    if (left_us <= 0)
      return;
    ppoll (&poll_fd, 1, &timeout, NULL);
  }
}

static gint
compare_delays (gconstpointer a, gconstpointer b)
{
  gint64 first = *(const gint64 *)a, second = *(const gint64 *)b;

  return first < second ? -1 : first > second;
}

/* From a to b, and `tail_us` longer for what is on its way. Delays come back sorted. */
static void
measure (const Load *load, gint64 tail_us, Measured *m)
{
  int sender = open_socket (netns_fds[0], AF_INET), receiver = open_socket (netns_fds[1], AF_INET);
  struct sockaddr_in to = {.sin_family = AF_INET};
  socklen_t to_bytes = sizeof to;
  g_autofree guint8 *packet = g_malloc0 (load->length_bytes);
  gint64 start_us, last_number = -1;

  inet_pton (AF_INET, ADDRESS_B, &to.sin_addr);
  g_assert_cmpint (bind (receiver, (struct sockaddr *)&to, sizeof to), ==, 0);
  getsockname (receiver, (struct sockaddr *)&to, &to_bytes);
  memset (m, 0, sizeof *m);
  m->delays_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  start_us = g_get_monotonic_time ();
  for (guint i = 0; i < load->n; i++) {
    Stamp stamp = {.number = i};

    receive_until (receiver, start_us + i * load->spacing_us, m, &last_number);
    stamp.sent_us = g_get_monotonic_time ();
    memcpy (packet, &stamp, sizeof stamp);
    if (sendto (sender, packet, load->length_bytes, 0, (struct sockaddr *)&to, sizeof to) < 0)
      g_error ("sendto: %s", g_strerror (errno));
  }
  receive_until (receiver, g_get_monotonic_time () + tail_us, m, &last_number);
  g_array_sort (m->delays_us, compare_delays);
  close (sender);
  close (receiver);
}

static gint64
quantile_us (const Measured *m, gdouble share)
{
  g_assert_cmpuint (m->received, >, 0);
  return g_array_index (m->delays_us, gint64, (guint)(share * (m->received - 1)));
}

static void
measured_clear (Measured *m)
{
  g_array_unref (m->delays_us);
}

static void
assert_between (gdouble value, gdouble low, gdouble high)
{
  if (value < low || value > high)
    g_error ("%g is not between %g and %g", value, low, high);
}

/* --- tests --- */

static void
test_loss (void)
{
  g_autofree gchar *profile = profile_path ("loss5.ini");
  Load load = {3000, 200, 1000};
  Emulator e;
  Measured m;

  start (&e, profile, 11);
  measure (&load, 300000, &m);
  stop (&e);
  assert_between (1 - (gdouble)m.received / load.n, 0.034, 0.066); /* four standard deviations */
  /* The kernel's own packets (router solicitations) pass too, a few of them. */
  assert_between ((gdouble)(reported (&e, "a_to_b", "packets_out") - m.received), 0, 30);
  assert_between ((gdouble)(reported (&e, "a_to_b", "lost") - (load.n - m.received)), 0, 10);
  g_assert_cmpint (quantile_us (&m, 0), >=, 30000);
  g_assert_cmpint (quantile_us (&m, 0.5), <, 30000 + SLACK_US);
  measured_clear (&m);
  g_object_unref (e.parser);
}

static void
test_delay_of_a_satellite (void)
{
  g_autofree gchar *profile = profile_path ("satellite.ini");
  Load load = {200, 200, 5000};
  Emulator e;
  Measured m;

  start (&e, profile, 12);
  measure (&load, 600000, &m);
  stop (&e);
  g_assert_cmpuint (m.received, ==, load.n);
  g_assert_cmpuint (m.out_of_order, ==, 0);
  g_assert_cmpint (quantile_us (&m, 0), >=, 300000);
  g_assert_cmpint (quantile_us (&m, 0.5), <, 300000 + SLACK_US);
  measured_clear (&m);
  g_object_unref (e.parser);
}

static void
test_jitter (void)
{
  g_autofree gchar *profile = write_profile ("[both]\ndelay_ms=60\njitter_ms=20\n");
  Load load = {2000, 100, 1500};
  Emulator e;
  Measured m;

  start (&e, profile, 13);
  measure (&load, 300000, &m);
  stop (&e);
  g_assert_cmpuint (m.received, ==, load.n);
  g_assert_cmpuint (m.out_of_order, ==, 0);
  g_assert_cmpint (quantile_us (&m, 0), >=, 40000);
  g_assert_cmpint (quantile_us (&m, 0), <, 50000);
  g_assert_cmpint (reported (&e, "a_to_b", "delay_max_us"), <=, 80000);
  g_assert_cmpint (reported (&e, "a_to_b", "delay_max_us"), >, 70000);
  measured_clear (&m);
  g_object_unref (e.parser);
  g_remove (profile);
}

static void
test_rate (void)
{
  g_autofree gchar *profile = write_profile ("[both]\nrate_kbps=1000\nqueue_ms=100\n");
  Load load = {1000, 972, 4000}; /* 1,000 bytes on the line: 2 Mbit/s for 4 s */
  Emulator e;
  Measured m;

  start (&e, profile, 14);
  measure (&load, 300000, &m);
  stop (&e);
  assert_between ((gdouble)m.bytes * 8000 / (gdouble)(m.last_us - m.first_us), 950, 1050);
  g_assert_cmpint (reported (&e, "a_to_b", "tail_dropped"), >, 400);
  assert_between ((gdouble)reported (&e, "a_to_b", "queue_max_us"), 90000, 110000);
  measured_clear (&m);
  g_object_unref (e.parser);
  g_remove (profile);
}

static void
test_outage (void)
{
  g_autofree gchar *profile = write_profile ("[both]\ndelay_ms=5\n[event gone]\nat_ms=500\noutage_ms=400\n");
  Load load = {600, 100, 2000};
  Emulator e;
  Measured m;

  start (&e, profile, 15);
  measure (&load, 200000, &m);
  stop (&e);
  assert_between ((gdouble)m.longest_gap_us, 380000, 400000 + SLACK_US);
  assert_between ((gdouble)(load.n - m.received), 180, 230);
  measured_clear (&m);
  g_object_unref (e.parser);
  g_remove (profile);
}

/* What the relay sends in one system call arrives as the datagrams it is made of. */
static void
test_segments_and_ipv6 (void)
{
  g_autofree gchar *profile = profile_path ("clean.ini");
  int sender = open_socket (netns_fds[1], AF_INET6), receiver = open_socket (netns_fds[0], AF_INET6);
  struct sockaddr_in6 to = {.sin6_family = AF_INET6};
  socklen_t to_bytes = sizeof to;
  int segment = 1000;
  guint8 burst[4500] = {0};
  guint8 buffer[2048];
  gsize received = 0;
  guint n_received = 0;
  Emulator e;

  start (&e, profile, 16);
  inet_pton (AF_INET6, "fd77::" ADDRESS_A, &to.sin6_addr);
  for (guint i = 0; bind (receiver, (struct sockaddr *)&to, sizeof to) < 0;
       i++) { /* the address is tentative at first */
    g_assert_cmpuint (i, <, 500);
    g_usleep (10000);
  }
  getsockname (receiver, (struct sockaddr *)&to, &to_bytes);
  g_assert_cmpint (setsockopt (sender, SOL_UDP, UDP_SEGMENT, &segment, sizeof segment), ==, 0);
  for (guint i = 0; sendto (sender, burst, sizeof burst, 0, (struct sockaddr *)&to, sizeof to) < 0; i++) {
    g_assert_cmpuint (i, <, 500);
    g_usleep (10000);
  }
  while (received < sizeof burst) {
    struct pollfd poll_fd = {.fd = receiver, .events = POLLIN};
    ssize_t n;

    g_assert_cmpint (poll (&poll_fd, 1, 5000), ==, 1);
    n = recv (receiver, buffer, sizeof buffer, 0);
    g_assert_cmpint (n, ==, n_received < 4 ? 1000 : 500);
    received += (gsize)n;
    n_received++;
  }
  stop (&e);
  g_assert_cmpint (reported (&e, "b_to_a", "packets_out"), >=, 5);
  close (sender);
  close (receiver);
  g_object_unref (e.parser);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  if (!make_namespaces ()) {
    g_print ("1..0 # SKIP no right to make network namespaces and TUN interfaces\n");
    return 0;
  }
  g_test_add_func ("/network/emulator/loss", test_loss);
  g_test_add_func ("/network/emulator/satellite", test_delay_of_a_satellite);
  g_test_add_func ("/network/emulator/jitter", test_jitter);
  g_test_add_func ("/network/emulator/rate", test_rate);
  g_test_add_func ("/network/emulator/outage", test_outage);
  g_test_add_func ("/network/emulator/segments-and-ipv6", test_segments_and_ipv6);
  return g_test_run ();
}

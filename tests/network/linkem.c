/* SPDX-License-Identifier: Apache-2.0
 *
 * The link emulator: joins two network namespaces by a line that a profile describes (loss in bursts, a rate
 * queue with tail drop, delay, jitter, reordering, outages), without help of the kernel's qdiscs. It says
 * `ready` when the line is up, runs until SIGINT, SIGTERM or --duration, and prints what it did as JSON.
 *
 *   namespace a: line0 <-> [a-to-b] -> <-> line0 :namespace b
 *                       <- [b-to-a] <-
 */
#include "scenario.h"
#include "tun.h"

#include <errno.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

/* Largest packet on the line; the interfaces have the usual MTU of 1500. */
#define MAX_PACKET_BYTES 2048
/* Packets read from one side before the other gets its turn. */
#define MAX_READS 64

typedef struct {
  Scenario *scenario;
  int tun[LINE_N_DIRECTIONS]; /* tun[0] is in namespace a */
  Line *lines[LINE_N_DIRECTIONS];
  int timer;
  int signals;
  gint64 end_us;
  guint64 write_failed;
  gint64 late_max_us; /* how late a packet was handed over: what this process adds by itself */
  gint64 late_sum_us;
  guint64 n_written;
} Emulator;

static void
read_side (Emulator *e, guint side)
{
  for (guint i = 0; i < MAX_READS; i++) {
    guint8 packet[MAX_PACKET_BYTES];
    ssize_t n = read (e->tun[side], packet, sizeof packet);

    if (n <= 0)
      return;
    line_push (e->lines[side], packet, (gsize)n, g_get_monotonic_time ());
  }
}

static void
write_side (Emulator *e, guint direction)
{
  LinePacket *packet;

  while ((packet = line_pop (e->lines[direction], g_get_monotonic_time ())) != NULL) {
    gint64 late_us = g_get_monotonic_time () - packet->due_us;

    if (write (e->tun[1 - direction], packet->data, packet->length_bytes) < 0)
      e->write_failed++;
    e->late_max_us = MAX (e->late_max_us, late_us);
    e->late_sum_us += late_us;
    e->n_written++;
    g_free (packet);
  }
}

static void
arm_timer (Emulator *e)
{
  gint64 next_us = MIN (scenario_next_us (e->scenario), e->end_us);
  struct itimerspec when = {0};

  for (guint d = 0; d < LINE_N_DIRECTIONS; d++)
    next_us = MIN (next_us, line_next_us (e->lines[d]));
  if (next_us != G_MAXINT64) {
    next_us = MAX (next_us, 1); /* zero would disarm it */
    when.it_value.tv_sec = next_us / G_USEC_PER_SEC;
    when.it_value.tv_nsec = next_us % G_USEC_PER_SEC * 1000;
  }
  if (timerfd_settime (e->timer, TFD_TIMER_ABSTIME, &when, NULL) < 0)
    g_error ("timerfd_settime: %s", g_strerror (errno));
}

static void
watch (int epoll, int fd)
{
  struct epoll_event event = {.events = EPOLLIN, .data.fd = fd};

  if (epoll_ctl (epoll, EPOLL_CTL_ADD, fd, &event) < 0)
    g_error ("epoll_ctl: %s", g_strerror (errno));
}

static void
run (Emulator *e)
{
  int epoll = epoll_create1 (EPOLL_CLOEXEC);

  watch (epoll, e->tun[0]);
  watch (epoll, e->tun[1]);
  watch (epoll, e->timer);
  watch (epoll, e->signals);
  for (;;) {
    struct epoll_event events[4];
    int n;

    arm_timer (e);
    n = epoll_wait (epoll, events, G_N_ELEMENTS (events), -1);
    for (int i = 0; i < n; i++) {
      guint64 expirations;

      if (events[i].data.fd == e->signals) {
        close (epoll);
        return;
      }
      if (events[i].data.fd == e->timer && read (e->timer, &expirations, sizeof expirations) < 0 &&
          errno != EAGAIN)
        g_error ("timerfd: %s", g_strerror (errno));
    }
    if (g_get_monotonic_time () >= e->end_us) {
      close (epoll);
      return;
    }
    scenario_run (e->scenario, g_get_monotonic_time ());
    for (guint side = 0; side < LINE_N_DIRECTIONS; side++)
      read_side (e, side);
    for (guint d = 0; d < LINE_N_DIRECTIONS; d++)
      write_side (e, d);
  }
}

static void
add_number (JsonBuilder *builder, const gchar *name, gint64 value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_int_value (builder, value);
}

static void
add_direction (JsonBuilder *builder, const gchar *name, const LineStats *stats)
{
  gint64 n = (gint64)stats->packets_out;

  json_builder_set_member_name (builder, name);
  json_builder_begin_object (builder);
  add_number (builder, "packets_in", (gint64)stats->packets_in);
  add_number (builder, "bytes_in", (gint64)stats->bytes_in);
  add_number (builder, "packets_out", n);
  add_number (builder, "bytes_out", (gint64)stats->bytes_out);
  add_number (builder, "lost", (gint64)stats->lost);
  add_number (builder, "loss_runs", (gint64)stats->loss_runs);
  add_number (builder, "tail_dropped", (gint64)stats->tail_dropped);
  add_number (builder, "outage_dropped", (gint64)stats->outage_dropped);
  add_number (builder, "reordered", (gint64)stats->reordered);
  add_number (builder, "delay_min_us", n > 0 ? stats->delay_min_us : 0);
  add_number (builder, "delay_mean_us", n > 0 ? stats->delay_sum_us / n : 0);
  add_number (builder, "delay_max_us", stats->delay_max_us);
  add_number (builder, "queue_max_us", stats->queue_max_us);
  json_builder_end_object (builder);
}

static void
print_report (Emulator *e, const gchar *profile, guint seed, gint64 started_us)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "profile");
  json_builder_add_string_value (builder, profile);
  add_number (builder, "seed", seed);
  add_number (builder, "duration_us", g_get_monotonic_time () - started_us);
  add_number (builder, "write_failed", (gint64)e->write_failed);
  add_number (builder, "late_max_us", e->late_max_us);
  add_number (builder, "late_mean_us", e->n_written > 0 ? e->late_sum_us / (gint64)e->n_written : 0);
  add_direction (builder, "a_to_b", line_get_stats (e->lines[0]));
  add_direction (builder, "b_to_a", line_get_stats (e->lines[1]));
  json_builder_end_object (builder);
  root = json_builder_get_root (builder);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  printf ("%s\n", text);
  fflush (stdout);
}

static int
open_signals (void)
{
  sigset_t set;

  sigemptyset (&set);
  sigaddset (&set, SIGINT);
  sigaddset (&set, SIGTERM);
  sigprocmask (SIG_BLOCK, &set, NULL);
  return signalfd (-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

/* "PATH,ADDRESS"; NULL when it is not. */
static gchar **
split_side (const gchar *text)
{
  g_auto (GStrv) parts = g_strsplit (text != NULL ? text : "", ",", -1);

  return g_strv_length (parts) == 2 ? g_steal_pointer (&parts) : NULL;
}

static int
fail (GError *error)
{
  g_printerr ("linkem: %s\n", error->message);
  return 1;
}

/* `ends` are { path, address } of a and b. */
static gboolean
open_line (Emulator *e, gchar **ends[2], guint32 seed, GError **error)
{
  e->signals = open_signals ();
  e->timer = timerfd_create (CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
  for (guint i = 0; i < 2; i++) {
    e->tun[i] = tun_open (ends[i][0], ends[i][1], ends[1 - i][1], error);
    if (e->tun[i] < 0)
      return FALSE;
    e->lines[i] = line_new (scenario_get_settings (e->scenario, i), seed * 2 + i);
  }
  return TRUE;
}

static void
close_line (Emulator *e)
{
  for (guint i = 0; i < 2; i++) {
    line_free (e->lines[i]);
    close (e->tun[i]);
  }
  close (e->signals);
  close (e->timer);
  scenario_free (e->scenario);
}

int
main (int argc, char **argv)
{
  g_autofree gchar *side_a = NULL, *side_b = NULL;
  g_auto (GStrv) a = NULL, b = NULL;
  g_autofree gchar *profile = NULL;
  gint seed = 1, duration_s = 0;
  GOptionEntry entries[] = {
      {"a", 0, 0, G_OPTION_ARG_STRING, &side_a, "Namespace file and IPv4 address of one end", "PATH,ADDRESS"},
      {"b", 0, 0, G_OPTION_ARG_STRING, &side_b, "The same of the other end", "PATH,ADDRESS"},
      {"profile", 0, 0, G_OPTION_ARG_FILENAME, &profile, "What the line is like", "FILE"},
      {"seed", 0, 0, G_OPTION_ARG_INT, &seed, "Of chance; the same seed loses the same packets (1)", "N"},
      {"duration", 0, 0, G_OPTION_ARG_INT, &duration_s, "Stop by itself; 0 runs until a signal (0)",
       "SECONDS"},
      {NULL},
  };
  g_autoptr (GOptionContext) context = g_option_context_new ("- join two network namespaces by a bad line");
  g_autoptr (GError) error = NULL;
  Emulator e = {.end_us = G_MAXINT64};
  gint64 started_us;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    return fail (error);
  a = split_side (side_a);
  b = split_side (side_b);
  if (profile == NULL || a == NULL || b == NULL) {
    g_printerr ("linkem: --a, --b and --profile are needed (try --help)\n");
    return 2;
  }
  e.scenario = scenario_load (profile, &error);
  if (e.scenario == NULL || !open_line (&e, (gchar * *[2]){a, b}, (guint32)seed, &error))
    return fail (error);

  started_us = g_get_monotonic_time ();
  if (duration_s > 0)
    e.end_us = started_us + (gint64)duration_s * G_USEC_PER_SEC;
  scenario_start (e.scenario, e.lines, started_us);
  printf ("ready\n");
  fflush (stdout);
  run (&e);
  print_report (&e, profile, (guint)seed, started_us);
  close_line (&e);
  return 0;
}

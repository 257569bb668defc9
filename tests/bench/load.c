/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-load: viewers by the hundred in one thread, and what they cost a relay. It joins them over `--ramp`,
 * waits for `--warm`, opens a window, and prints one JSON object: the relay's CPU time over the window, what
 * came and what did not, joins, delays, the relay's memory and threads, and its own CPU time and drops, by
 * which a reader knows whether the load was the limit.
 */
#include "load-viewer.h"

#include <glib-unix.h>
#include <gst/gst.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

/* As many of the viewers open their packets: enough for percentiles, few enough to leave the load's core
 * idle.
 */
#define MAX_LOOKING_INSIDE 24

/* Reports of all viewers are spread over a second in as many slices. */
#define REPORT_SLICES 50

/* From the last post until every viewer must have its media. */
#define JOIN_TIMEOUT_MS 20000

typedef struct {
  gint viewers, ramp_ms, warm_ms, window_ms, pid, video, audio;
  gint lessons;            /* viewers take turns */
  gint late, late_ramp_ms; /* viewers that join from the window's opening on */
  gchar *url, *path, *token;
  gboolean counter_mode;
} Options;

typedef struct {
  gint64 at_us, relay_ns, own_ns;
  CrLightLoopStats stats;
} Moment;

typedef struct {
  Options options;
  GMainLoop *main;
  CrLoadShared shared;
  CrLoadViewer *viewers; /* the late ones last */
  guint n_viewers;       /* all */
  guint n_posted;
  guint report_slice;
  gint64 begin_us;
  gint64 rss_before_kib;
  Moment opened;
  int status;
} Load;

static gint64
clock_ns (clockid_t clock)
{
  struct timespec now = {0};

  clock_gettime (clock, &now);
  return now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

static gint64
relay_cpu_ns (const Load *load)
{
  clockid_t clock;

  return clock_getcpuclockid (load->options.pid, &clock) == 0 ? clock_ns (clock) : 0;
}

/* A field of /proc/PID/status; 0 when there is none. */
static gint64
relay_status (const Load *load, const gchar *field)
{
  g_autofree gchar *path = g_strdup_printf ("/proc/%d/status", load->options.pid);
  g_autofree gchar *text = NULL;
  const gchar *at;

  if (!g_file_get_contents (path, &text, NULL, NULL) || (at = strstr (text, field)) == NULL)
    return 0;
  return g_ascii_strtoll (at + strlen (field), NULL, 10);
}

static Moment
take_moment (const Load *load)
{
  return (Moment){.at_us = g_get_monotonic_time (),
                  .relay_ns = relay_cpu_ns (load),
                  .own_ns = clock_ns (CLOCK_PROCESS_CPUTIME_ID),
                  .stats = *cr_light_loop_get_stats (load->shared.loop)};
}

static gint
compare_u32 (gconstpointer a, gconstpointer b)
{
  guint32 left = *(const guint32 *)a, right = *(const guint32 *)b;

  return left < right ? -1 : left > right;
}

static void
add_number (JsonBuilder *json, const gchar *name, gdouble value)
{
  json_builder_set_member_name (json, name);
  json_builder_add_double_value (json, value);
}

/* `values` of guint32, sorted here. */
static void
add_percentiles (JsonBuilder *json, const gchar *name, GArray *values)
{
  static const guint percents[] = {50, 95, 99, 100};

  g_array_sort (values, compare_u32);
  for (guint i = 0; i < G_N_ELEMENTS (percents); i++) {
    g_autofree gchar *member = g_strdup_printf ("%s_p%u", name, percents[i]);

    json_builder_set_member_name (json, member);
    if (values->len == 0)
      json_builder_add_null_value (json);
    else
      json_builder_add_double_value (json,
                                     g_array_index (values, guint32, (values->len - 1) * percents[i] / 100));
  }
}

/* Of the viewers from `first` on to `end`. */
static void
add_joins (Load *load, JsonBuilder *json, guint first, guint end)
{
  g_autoptr (GArray) connected = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_autoptr (GArray) picture = g_array_new (FALSE, FALSE, sizeof (guint32));
  guint n_flowing = 0, n_gcm = 0;

  for (guint i = first; i < end; i++) {
    const CrLoadViewer *viewer = &load->viewers[i];
    guint32 connected_us = (guint32)(viewer->connected_us - viewer->posted_us);
    guint32 picture_us = (guint32)(viewer->picture_us - viewer->posted_us);

    if (viewer->connected_us != 0)
      g_array_append_val (connected, connected_us);
    if (viewer->picture_us != 0)
      g_array_append_val (picture, picture_us);
    n_flowing += viewer->first_packet_us != 0;
    n_gcm += viewer->peer != NULL && cr_light_peer_get_profile (viewer->peer) == CR_SRTP_AEAD_AES_128_GCM;
  }
  add_number (json, "flowing", n_flowing);
  add_number (json, "gcm", n_gcm);
  add_percentiles (json, "connected_us", connected);
  add_percentiles (json, "picture_us", picture);
}

static void
print_result (Load *load, const Moment *closed)
{
  const Moment *opened = &load->opened;
  g_autoptr (JsonBuilder) json = json_builder_new ();
  g_autoptr (JsonGenerator) generator = json_generator_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;
  gdouble wall_us = (gdouble)(closed->at_us - opened->at_us);
  guint64 received = 0, expected = 0, resent = 0;

  for (gint i = 0; i < load->options.viewers; i++) {
    const CrLoadViewer *viewer = &load->viewers[i];

    received += viewer->lines[0].received + viewer->lines[1].received;
    expected += cr_load_viewer_expected (viewer);
    resent += viewer->resent;
  }
  json_builder_begin_object (json);
  add_number (json, "viewers", load->options.viewers);
  add_number (json, "window_s", wall_us / G_USEC_PER_SEC);
  add_number (json, "relay_cpu_us", (gdouble)(closed->relay_ns - opened->relay_ns) / 1000);
  add_number (json, "packets", (gdouble)received);
  add_number (json, "expected", (gdouble)expected);
  add_number (json, "resent", (gdouble)resent);
  add_number (json, "load_cpu", (gdouble)(closed->own_ns - opened->own_ns) / 1000 / wall_us);
  add_number (json, "load_drops",
              (gdouble)(closed->stats.kernel_receive_drops - opened->stats.kernel_receive_drops));
  add_number (json, "failed", load->shared.n_failed);
  add_number (json, "rss_before_kib", (gdouble)load->rss_before_kib);
  add_number (json, "rss_kib", (gdouble)relay_status (load, "\nVmRSS:"));
  add_number (json, "threads", (gdouble)relay_status (load, "\nThreads:"));
  add_percentiles (json, "delay_us", load->shared.delays_us);
  add_joins (load, json, 0, (guint)load->options.viewers);
  if (load->options.late > 0) {
    json_builder_set_member_name (json, "late_joins");
    json_builder_begin_object (json);
    add_joins (load, json, (guint)load->options.viewers, load->n_viewers);
    json_builder_end_object (json);
  }
  json_builder_end_object (json);

  root = json_builder_get_root (json);
  json_generator_set_root (generator, root);
  text = json_generator_to_data (generator, NULL);
  g_print ("%s\n", text);
}

static gboolean
on_window_closed (gpointer data)
{
  Load *load = data;
  Moment closed = take_moment (load);

  load->shared.measuring = FALSE;
  print_result (load, &closed);
  g_main_loop_quit (load->main);
  return G_SOURCE_REMOVE;
}

static gboolean
all_flow (const Load *load)
{
  for (gint i = 0; i < load->options.viewers; i++) {
    const CrLoadViewer *viewer = &load->viewers[i];

    if (viewer->first_packet_us == 0 ||
        (viewer->looks_inside && viewer->picture_us == 0 && load->options.video > 0))
      return FALSE;
  }
  return TRUE;
}

/* Posts whoever of the viewers up to `end` is due; FALSE when that is nobody any more. */
static gboolean
post_due (Load *load, guint end, gint64 since_ms, gint ramp_ms)
{
  guint n = (guint)load->options.viewers;
  guint stride = MAX (n / MIN (n, MAX_LOOKING_INSIDE), 1);
  guint first = end == n ? 0 : n;

  while (load->n_posted < end && since_ms >= (gint64)(load->n_posted - first) * ramp_ms / (end - first)) {
    guint i = load->n_posted++;

    load->viewers[i].is_late = first > 0;
    /* Who comes late is looked at while it joins: only so it is known when it has its picture. */
    cr_load_viewer_join (&load->viewers[i], &load->shared, i % (guint)load->options.lessons,
                         first > 0 || i % stride == 0);
  }
  return load->n_posted < end;
}

static gboolean
on_late_join (gpointer data)
{
  Load *load = data;
  gint64 since_ms = (g_get_monotonic_time () - load->opened.at_us) / 1000;

  return post_due (load, load->n_viewers, since_ms, load->options.late_ramp_ms);
}

static gboolean
on_warm (gpointer data)
{
  Load *load = data;

  for (gint i = 0; i < load->options.viewers; i++)
    cr_load_viewer_reset (&load->viewers[i]);
  load->shared.measuring = TRUE;
  load->opened = take_moment (load);
  g_timeout_add ((guint)load->options.window_ms, on_window_closed, load);
  if (load->options.late > 0)
    g_timeout_add (5, on_late_join, load);
  return G_SOURCE_REMOVE;
}

static gboolean
on_wait (gpointer data)
{
  Load *load = data;
  gint64 waited_ms = (g_get_monotonic_time () - load->begin_us) / 1000 - load->options.ramp_ms;

  if (!all_flow (load) && waited_ms < JOIN_TIMEOUT_MS)
    return G_SOURCE_CONTINUE;
  g_timeout_add ((guint)load->options.warm_ms, on_warm, load);
  return G_SOURCE_REMOVE;
}

static gboolean
on_join (gpointer data)
{
  Load *load = data;
  gint64 since_ms = (g_get_monotonic_time () - load->begin_us) / 1000;

  if (post_due (load, (guint)load->options.viewers, since_ms, load->options.ramp_ms))
    return G_SOURCE_CONTINUE;
  g_timeout_add (50, on_wait, load);
  return G_SOURCE_REMOVE;
}

static gboolean
on_report_slice (gpointer data)
{
  Load *load = data;

  for (guint i = load->report_slice; i < load->n_posted; i += REPORT_SLICES) {
    if (load->viewers[i].first_packet_us != 0)
      cr_load_viewer_report (&load->viewers[i]);
  }
  load->report_slice = (load->report_slice + 1) % REPORT_SLICES;
  return G_SOURCE_CONTINUE;
}

static void
raise_descriptor_limit (void)
{
  struct rlimit limit;

  if (getrlimit (RLIMIT_NOFILE, &limit) == 0) {
    limit.rlim_cur = limit.rlim_max;
    setrlimit (RLIMIT_NOFILE, &limit);
  }
}

static int
run (Load *load)
{
  g_autoptr (GError) error = NULL;
  CrLoadShared *shared = &load->shared;

  raise_descriptor_limit ();
  shared->http = cr_http_client_new (load->options.url, &error);
  shared->identity = shared->http != NULL ? cr_dtls_identity_new (&error) : NULL;
  if (shared->identity == NULL) {
    g_printerr ("bench-load: %s\n", error->message);
    return 1;
  }
  if (load->options.counter_mode)
    cr_dtls_identity_restrict_profile (shared->identity, CR_SRTP_AES128_CM_SHA1_80);
  shared->loop = cr_light_loop_new (NULL);
  shared->path = load->options.path;
  shared->token = load->options.token;
  shared->n_video = (guint)load->options.video;
  shared->n_audio = (guint)load->options.audio;
  shared->delays_us = g_array_new (FALSE, FALSE, sizeof (guint32));
  load->n_viewers = (guint)load->options.viewers + (guint)load->options.late;
  load->viewers = g_new0 (CrLoadViewer, load->n_viewers);
  load->main = g_main_loop_new (NULL, FALSE);
  load->rss_before_kib = relay_status (load, "\nVmRSS:");
  load->begin_us = g_get_monotonic_time ();

  g_timeout_add (5, on_join, load);
  g_timeout_add (1000 / REPORT_SLICES, on_report_slice, load);
  g_main_loop_run (load->main);

  for (guint i = 0; i < load->n_viewers; i++)
    cr_load_viewer_clear (&load->viewers[i]);
  g_free (load->viewers);
  g_array_unref (shared->delays_us);
  cr_light_loop_free (shared->loop);
  cr_http_client_free (shared->http);
  cr_dtls_identity_free (shared->identity);
  g_main_loop_unref (load->main);
  return load->status;
}

int
main (int argc, char **argv)
{
  Load load = {.options = {.viewers = 18,
                           .ramp_ms = 2000,
                           .warm_ms = 2000,
                           .window_ms = 8000,
                           .video = 1,
                           .audio = 1,
                           .lessons = 1}};
  Options *o = &load.options;
  const GOptionEntry entries[] = {
      {"url", 0, 0, G_OPTION_ARG_STRING, &o->url, "The relay", "URL"},
      {"path", 0, 0, G_OPTION_ARG_STRING, &o->path, "Its WHEP endpoint", "PATH"},
      {"token", 0, 0, G_OPTION_ARG_STRING, &o->token, "Bearer token", "TOKEN"},
      {"pid", 0, 0, G_OPTION_ARG_INT, &o->pid, "The relay's process", "PID"},
      {"viewers", 0, 0, G_OPTION_ARG_INT, &o->viewers, "How many", "N"},
      {"ramp", 0, 0, G_OPTION_ARG_INT, &o->ramp_ms, "Time over which they join", "MS"},
      {"warm", 0, 0, G_OPTION_ARG_INT, &o->warm_ms, "Time between the last join and the window", "MS"},
      {"window", 0, 0, G_OPTION_ARG_INT, &o->window_ms, "Time that is measured", "MS"},
      {"video", 0, 0, G_OPTION_ARG_INT, &o->video, "Video m-lines", "N"},
      {"audio", 0, 0, G_OPTION_ARG_INT, &o->audio, "Audio m-lines", "N"},
      {"lessons", 0, 0, G_OPTION_ARG_INT, &o->lessons,
       "Lessons, whose number stands for {n} in PATH and TOKEN", "N"},
      {"late", 0, 0, G_OPTION_ARG_INT, &o->late, "How many more join while it is measured", "N"},
      {"late-ramp", 0, 0, G_OPTION_ARG_INT, &o->late_ramp_ms, "Time over which they do", "MS"},
      {"counter-mode", 0, 0, G_OPTION_ARG_NONE, &o->counter_mode, "AES-CM instead of AES-GCM", NULL},
      {NULL}};
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  gst_init (NULL, NULL);
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || o->url == NULL || o->path == NULL ||
      o->pid <= 0 || o->viewers <= 0 || o->lessons <= 0 || o->late < 0) {
    g_printerr ("bench-load: %s\n", error != NULL ? error->message : "--url, --path and --pid are needed");
    return 1;
  }
  return run (&load);
}

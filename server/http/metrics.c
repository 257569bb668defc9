/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /metrics in Prometheus' text format (version 0.0.4). The workers' counters are read without locks, the
 * process's own from /proc/self. Names are part of the public interface.
 */
#include "http/event-hub.h"
#include "http/routes.h"
#include "rtc/counter.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

typedef struct {
  const gchar *name;
  const gchar *help;
  gsize offset; /* of a guint64 in CrWorkerStats */
} WorkerCounter;

#define WORKER(field) G_STRUCT_OFFSET (CrWorkerStats, field)

static const WorkerCounter worker_counters[] = {
    {"packets_forwarded_total", "Media packets sent to viewers, resends not counted", WORKER (rtp_forwarded)},
    {"packets_resent_total", "Media packets sent again after a NACK", WORKER (rtp_resent)},
    {"packets_forward_dropped_total", "Media packets a viewer should have got and did not",
     WORKER (rtp_forward_dropped)},
    {"packets_handed_over_total", "Media packets given to a lesson's further workers, once for each",
     WORKER (rtp_handed_over)},
    {"packets_handover_dropped_total", "Media packets a further worker did not get, as it did not keep up",
     WORKER (rtp_handover_dropped)},
    {"datagrams_received_total", "Datagrams read from the network", WORKER (datagrams_received)},
    {"datagrams_sent_total", "Datagrams handed to the network", WORKER (datagrams_sent)},
    {"received_bytes_total", "Bytes read from the network", WORKER (bytes_received)},
    {"sent_bytes_total", "Bytes handed to the network", WORKER (bytes_sent)},
    {"dropped_unknown_peer_total", "Datagrams of nobody, answered with silence",
     WORKER (dropped_unknown_peer)},
    {"dropped_malformed_total", "Datagrams that are nothing", WORKER (dropped_malformed)},
    {"dropped_srtp_total", "SRTP packets that failed authentication or were replayed", WORKER (dropped_srtp)},
    {"send_would_block_total", "Sends that found a full socket buffer", WORKER (send_would_block)},
    {"send_failed_total", "Sends that the kernel refused", WORKER (send_failed)},
    {"segment_fallbacks_total", "Destinations that refused UDP_SEGMENT", WORKER (segment_fallbacks)},
    {"kernel_receive_drops_total", "Datagrams the kernel dropped before they were read",
     WORKER (kernel_receive_drops)},
    {"handshakes_dropped_total", "DTLS handshakes given up because there were too many",
     WORKER (handshakes_dropped)},
    {"worker_turns_total", "Turns of the media workers", WORKER (turns)},
};

static void
head (GString *text, const gchar *name, const gchar *help, const gchar *type)
{
  g_string_append_printf (text, "# HELP %s %s.\n# TYPE %s %s\n", name, help, name, type);
}

static void
put_uint (GString *text, const gchar *name, const gchar *help, const gchar *type, guint64 value)
{
  head (text, name, help, type);
  g_string_append_printf (text, "%s %" G_GUINT64_FORMAT "\n", name, value);
}

static void
put_seconds (GString *text, const gchar *name, const gchar *help, const gchar *type, gdouble seconds)
{
  gchar number[G_ASCII_DTOSTR_BUF_SIZE]; /* a decimal point in every locale */

  head (text, name, help, type);
  g_string_append_printf (text, "%s %s\n", name, g_ascii_formatd (number, sizeof number, "%.6f", seconds));
}

static void
put_workers (GString *text, GPtrArray *workers)
{
  for (guint i = 0; i < G_N_ELEMENTS (worker_counters); i++) {
    const WorkerCounter *counter = &worker_counters[i];
    g_autofree gchar *name = g_strconcat ("classrelay_", counter->name, NULL);
    guint64 sum = 0;

    for (guint w = 0; w < workers->len; w++) {
      const guint8 *stats = (const guint8 *)cr_worker_get_stats (workers->pdata[w]);

      sum += cr_counter_get ((const guint64 *)(stats + counter->offset));
    }
    put_uint (text, name, counter->help, "counter", sum);
  }

  head (text, "classrelay_worker_cpu_seconds_total", "CPU time of each media worker", "counter");
  for (guint w = 0; w < workers->len; w++) {
    gchar number[G_ASCII_DTOSTR_BUF_SIZE];
    gdouble seconds = (gdouble)cr_worker_get_cpu_us (workers->pdata[w]) / G_USEC_PER_SEC;

    g_string_append_printf (text, "classrelay_worker_cpu_seconds_total{worker=\"%u\"} %s\n", w,
                            g_ascii_formatd (number, sizeof number, "%.6f", seconds));
  }
}

/* Lesson ids are [A-Za-z0-9_-], so that they need no escaping in a label. */
static void
put_lessons (GString *text, CrLessons *lessons)
{
  GPtrArray *all = cr_lessons_get_all (lessons);
  guint n_publishers = 0, n_viewers = 0, n_running = 0;

  for (guint i = 0; i < all->len; i++) {
    n_publishers += cr_lesson_get_n_connected (all->pdata[i], TRUE);
    n_viewers += cr_lesson_get_n_connected (all->pdata[i], FALSE);
    n_running += cr_lesson_get_worker (all->pdata[i]) != NULL;
  }
  put_uint (text, "classrelay_publishers", "Publishers connected", "gauge", n_publishers);
  put_uint (text, "classrelay_viewers", "Viewers connected", "gauge", n_viewers);
  put_uint (text, "classrelay_lessons_running", "Lessons that have a pipeline", "gauge", n_running);
  put_uint (text, "classrelay_sessions", "WHIP and WHEP sessions, connected or not", "gauge",
            cr_lessons_get_n_sessions (lessons));

  head (text, "classrelay_lesson_viewers", "Viewers connected, by lesson", "gauge");
  for (guint i = 0; i < all->len; i++)
    g_string_append_printf (text, "classrelay_lesson_viewers{lesson=\"%s\"} %u\n",
                            cr_lesson_get_id (all->pdata[i]),
                            cr_lesson_get_n_connected (all->pdata[i], FALSE));
}

static void
put_counters (GString *text, const CrLessonsCounters *counters)
{
  static const gchar *const ends[] = {NULL, "deleted", "close-notify", "expired", "dtls-failed"};

  put_uint (text, "classrelay_sessions_made_total", "Sessions that WHIP and WHEP have made", "counter",
            counters->sessions_made);
  put_uint (text, "classrelay_sessions_refused_total", "Offers that made no session", "counter",
            counters->sessions_refused);
  put_uint (text, "classrelay_ice_restarts_total", "ICE restarts by PATCH", "counter",
            counters->ice_restarts);
  head (text, "classrelay_peers_ended_total", "Peers that are gone, by cause", "counter");
  for (guint i = CR_PEER_END_STOPPED; i < G_N_ELEMENTS (ends); i++)
    g_string_append_printf (text, "classrelay_peers_ended_total{cause=\"%s\"} %" G_GUINT64_FORMAT "\n",
                            ends[i], counters->peers_ended[i]);
}

/* Field `n` of /proc/self/stat counted from 1 (proc(5)); the second one may hold spaces, none is asked for
 * before the third. */
static guint64
stat_field (const gchar *stat, guint n)
{
  const gchar *rest = strrchr (stat, ')');
  g_auto (GStrv) fields = NULL;

  if (rest == NULL)
    return 0;
  fields = g_strsplit (rest + 2, " ", -1);
  return n - 3 < g_strv_length (fields) ? g_ascii_strtoull (fields[n - 3], NULL, 10) : 0;
}

static guint
count_descriptors (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/fd", 0, NULL);
  guint n = 0;

  while (dir != NULL && g_dir_read_name (dir) != NULL)
    n++;
  return n > 0 ? n - 1 : 0; /* the one that reads */
}

static gdouble
boot_time_s (void)
{
  g_autofree gchar *stat = NULL;
  const gchar *line = NULL;

  if (g_file_get_contents ("/proc/stat", &stat, NULL, NULL))
    line = strstr (stat, "\nbtime ");
  return line != NULL ? (gdouble)g_ascii_strtoull (line + strlen ("\nbtime "), NULL, 10) : 0;
}

static void
put_process (GString *text)
{
  gdouble ticks = (gdouble)sysconf (_SC_CLK_TCK);
  g_autofree gchar *stat = NULL;

  if (!g_file_get_contents ("/proc/self/stat", &stat, NULL, NULL))
    return;
  put_seconds (text, "process_cpu_seconds_total", "User and system CPU time", "counter",
               (gdouble)(stat_field (stat, 14) + stat_field (stat, 15)) / ticks);
  put_seconds (text, "process_start_time_seconds", "Start, seconds since 1970", "gauge",
               boot_time_s () + (gdouble)stat_field (stat, 22) / ticks);
  put_uint (text, "process_threads", "Threads", "gauge", stat_field (stat, 20));
  put_uint (text, "process_virtual_memory_bytes", "Virtual memory", "gauge", stat_field (stat, 23));
  put_uint (text, "process_resident_memory_bytes", "Resident memory", "gauge",
            stat_field (stat, 24) * (guint64)sysconf (_SC_PAGESIZE));
  put_uint (text, "process_open_fds", "Open file descriptors", "gauge", count_descriptors ());
}

gboolean
cr_handle_metrics (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  GString *text = g_string_sized_new (8192);

  put_workers (text, cr_lessons_get_workers (http->lessons));
  put_lessons (text, http->lessons);
  put_uint (text, "classrelay_event_readers", "Open event streams", "gauge",
            cr_event_hub_get_n_readers (http->events));
  put_counters (text, cr_lessons_get_counters (http->lessons));
  put_process (text);
  cr_response_take_text (response, 200, "text/plain; version=0.0.4; charset=utf-8",
                         g_string_free (text, FALSE));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A queue of events, the oldest first; ids grow, so that one is found by bisection.
 */
#include "http/event-log.h"

#include <string.h>

typedef struct {
  guint64 seq;
  gsize n_bytes; /* of its texts */
  GBytes *texts[CR_N_AUDIENCES];
} Event;

struct CrEventLog {
  gchar *boot_id;
  guint64 *counter;
  guint64 before_seq; /* of the event before the oldest, or of the log's beginning */
  GArray *events;     /* Event; the first `n_dropped` are gone */
  guint n_dropped;
  gsize n_bytes;
};

static void
event_clear (gpointer data)
{
  Event *event = data;

  for (guint i = 0; i < CR_N_AUDIENCES; i++)
    g_clear_pointer (&event->texts[i], g_bytes_unref);
}

CrEventLog *
cr_event_log_new (const gchar *boot_id, guint64 *counter)
{
  CrEventLog *log = g_new0 (CrEventLog, 1);

  log->boot_id = g_strdup (boot_id);
  log->counter = counter;
  log->before_seq = ++*counter;
  log->events = g_array_new (FALSE, FALSE, sizeof (Event));
  g_array_set_clear_func (log->events, event_clear);
  return log;
}

void
cr_event_log_free (CrEventLog *log)
{
  g_array_unref (log->events);
  g_free (log->boot_id);
  g_free (log);
}

guint
cr_event_log_get_n_events (CrEventLog *log)
{
  return log->events->len - log->n_dropped;
}

gsize
cr_event_log_get_bytes (CrEventLog *log)
{
  return log->n_bytes;
}

static Event *
event_at (CrEventLog *log, guint i)
{
  return &g_array_index (log->events, Event, log->n_dropped + i);
}

static guint64
last_seq (CrEventLog *log)
{
  guint n = cr_event_log_get_n_events (log);

  return n > 0 ? event_at (log, n - 1)->seq : log->before_seq;
}

static GBytes *
format_event (CrEventLog *log, guint64 seq, const gchar *name, const gchar *data)
{
  gchar *text = g_strdup_printf ("id: %s.%" G_GUINT64_FORMAT "\nevent: %s\ndata: %s\n\n", log->boot_id, seq,
                                 name, data);

  return g_bytes_new_take (text, strlen (text));
}

static void
drop_oldest (CrEventLog *log)
{
  Event *event = event_at (log, 0);

  log->before_seq = event->seq;
  log->n_bytes -= event->n_bytes;
  event_clear (event);
  log->n_dropped++;
  /* moved once for as many as there can be, not once for each */
  if (log->n_dropped > CR_EVENT_LOG_MAX_EVENTS) {
    g_array_remove_range (log->events, 0, log->n_dropped);
    log->n_dropped = 0;
  }
}

void
cr_event_log_add (CrEventLog *log, const gchar *name, const gchar *const data[CR_N_AUDIENCES],
                  GBytes *texts[CR_N_AUDIENCES])
{
  Event event = {.seq = ++*log->counter};

  for (guint i = 0; i < CR_N_AUDIENCES; i++) {
    if (data[i] == NULL)
      continue;
    if (i > 0 && g_strcmp0 (data[i], data[0]) == 0) {
      event.texts[i] = g_bytes_ref (event.texts[0]);
      continue;
    }
    event.texts[i] = format_event (log, event.seq, name, data[i]);
    event.n_bytes += g_bytes_get_size (event.texts[i]);
  }
  g_array_append_val (log->events, event);
  log->n_bytes += event.n_bytes;
  for (guint i = 0; i < CR_N_AUDIENCES; i++)
    texts[i] = event.texts[i] != NULL ? g_bytes_ref (event.texts[i]) : NULL;
  while (cr_event_log_get_n_events (log) > CR_EVENT_LOG_MAX_EVENTS || log->n_bytes > CR_EVENT_LOG_MAX_BYTES)
    drop_oldest (log);
}

GBytes *
cr_event_log_format (CrEventLog *log, const gchar *name, const gchar *data)
{
  return format_event (log, last_seq (log), name, data);
}

/* "BOOT.SEQ" of this start, exactly as it was written. */
static gboolean
parse_id (CrEventLog *log, const gchar *id, guint64 *seq)
{
  gsize length = strlen (log->boot_id);

  if (id == NULL || strncmp (id, log->boot_id, length) != 0 || id[length] != '.' || id[length + 1] == '0')
    return FALSE;
  return g_ascii_string_to_unsigned (id + length + 1, 10, 1, G_MAXUINT64, seq, NULL);
}

/* The index of the first event after `seq`; FALSE when `seq` is none of this log's. */
static gboolean
find_after (CrEventLog *log, guint64 seq, guint *index)
{
  guint low = 0, high = cr_event_log_get_n_events (log);

  *index = 0;
  if (seq == log->before_seq)
    return TRUE;
  while (low < high) {
    guint middle = low + (high - low) / 2;

    if (event_at (log, middle)->seq < seq)
      low = middle + 1;
    else
      high = middle;
  }
  *index = low + 1;
  return low < cr_event_log_get_n_events (log) && event_at (log, low)->seq == seq;
}

GPtrArray *
cr_event_log_replay (CrEventLog *log, CrAudience audience, const gchar *last_event_id)
{
  GPtrArray *texts;
  guint64 seq;
  guint i;

  if (!parse_id (log, last_event_id, &seq) || !find_after (log, seq, &i))
    return NULL;
  texts = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  for (; i < cr_event_log_get_n_events (log); i++) {
    GBytes *text = event_at (log, i)->texts[audience];

    if (text != NULL)
      g_ptr_array_add (texts, g_bytes_ref (text));
  }
  return texts;
}

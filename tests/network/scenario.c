/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads a profile with GKeyFile and plays its events on the two lines.
 */
#include "scenario.h"

#include <string.h>

/* A queue that nobody asked for: a home router's. */
#define DEFAULT_QUEUE_MS 200
/* And how long a packet is held back when only a share was given. */
#define DEFAULT_REORDER_US (10 * 1000)

#define EVENT_PREFIX "event "

typedef struct {
  gint64 next_us, every_us;
  gint64 outage_us; /* 0: none */
  guint directions; /* bits */
  gchar *group;
} Event;

struct Scenario {
  GKeyFile *file;
  LineSettings settings[LINE_N_DIRECTIONS];
  GArray *events; /* Event */
  Line *lines[LINE_N_DIRECTIONS];
  gint64 outage_until_us[LINE_N_DIRECTIONS]; /* G_MAXINT64: none */
};

static const struct {
  const gchar *group;
  guint directions;
} direction_names[] = {{"both", 3}, {"a-to-b", 1}, {"b-to-a", 2}};

static gboolean
has (GKeyFile *file, const gchar *group, const gchar *key)
{
  return g_key_file_has_key (file, group, key, NULL);
}

/* The value, or `fallback` when it is absent; `*ok` becomes FALSE when it is no number of 0 to `max`. */
static gdouble
number (GKeyFile *file, const gchar *group, const gchar *key, gdouble max, gdouble fallback, gboolean *ok,
        GError **error)
{
  g_autoptr (GError) wrong = NULL;
  gdouble value;

  if (!*ok || !has (file, group, key))
    return fallback;
  value = g_key_file_get_double (file, group, key, &wrong);
  if (wrong == NULL && value >= 0 && value <= max)
    return value;
  *ok = FALSE;
  g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
               "[%s] %s is not a number from 0 to %g", group, key, max);
  return fallback;
}

static gboolean
check_keys (GKeyFile *file, const gchar *group, GError **error)
{
  static const gchar *const known[] = {
      "rate_kbps",     "queue_ms",        "delay_ms",   "jitter_ms", "loss_percent",
      "burst_packets", "reorder_percent", "reorder_ms", "at_ms",     "every_ms",
      "outage_ms",     "direction",       NULL};
  g_auto (GStrv) keys = g_key_file_get_keys (file, group, NULL, error);

  for (gchar **key = keys; key != NULL && *key != NULL; key++) {
    if (g_strv_contains (known, *key))
      continue;
    g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE, "[%s] %s is not known", group,
                 *key);
    return FALSE;
  }
  return keys != NULL;
}

/* Changes what the group names and leaves the rest. */
static gboolean
read_settings (GKeyFile *file, const gchar *group, LineSettings *s, GError **error)
{
  gboolean ok = check_keys (file, group, error);
  gdouble queue_ms;

  if (!ok)
    return FALSE;
  s->rate_kbps = (guint)number (file, group, "rate_kbps", 10e6, s->rate_kbps, &ok, error);
  s->delay_us =
      (gint64)(number (file, group, "delay_ms", 10000, (gdouble)s->delay_us / 1000, &ok, error) * 1000);
  s->jitter_us =
      (gint64)(number (file, group, "jitter_ms", 10000, (gdouble)s->jitter_us / 1000, &ok, error) * 1000);
  s->loss = number (file, group, "loss_percent", 100, s->loss * 100, &ok, error) / 100;
  s->burst = number (file, group, "burst_packets", 1000, s->burst, &ok, error);
  s->reorder = number (file, group, "reorder_percent", 100, s->reorder * 100, &ok, error) / 100;
  s->reorder_us =
      (gint64)(number (file, group, "reorder_ms", 10000, (gdouble)s->reorder_us / 1000, &ok, error) * 1000);
  /* A router's memory is bytes: given as a time of the rate beside it, and kept when only the rate changes.
   */
  queue_ms = number (file, group, "queue_ms", 60000, s->queue_bytes == 0 ? DEFAULT_QUEUE_MS : -1, &ok, error);
  if (queue_ms >= 0 && s->rate_kbps != 0)
    s->queue_bytes = (guint)(queue_ms * s->rate_kbps / 8);
  return ok;
}

static gboolean
read_event (Scenario *scenario, const gchar *group, GError **error)
{
  LineSettings scratch = {0};
  Event event = {.directions = 3};
  g_autofree gchar *direction = g_key_file_get_string (scenario->file, group, "direction", NULL);
  gboolean ok = TRUE;

  if (!read_settings (scenario->file, group, &scratch, error))
    return FALSE;
  event.next_us = (gint64)(number (scenario->file, group, "at_ms", 1e9, 0, &ok, error) * 1000);
  event.every_us = (gint64)(number (scenario->file, group, "every_ms", 1e9, 0, &ok, error) * 1000);
  event.outage_us = (gint64)(number (scenario->file, group, "outage_ms", 1e9, 0, &ok, error) * 1000);
  if (!ok)
    return FALSE;
  for (guint i = 0; direction != NULL; i++) {
    if (i == G_N_ELEMENTS (direction_names)) {
      g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_INVALID_VALUE,
                   "[%s] direction is both, a-to-b or b-to-a", group);
      return FALSE;
    }
    if (!g_str_equal (direction, direction_names[i].group))
      continue;
    event.directions = direction_names[i].directions;
    break;
  }
  event.group = g_strdup (group);
  g_array_append_val (scenario->events, event);
  return TRUE;
}

static gboolean
read_group (Scenario *scenario, const gchar *group, GError **error)
{
  if (g_str_has_prefix (group, EVENT_PREFIX))
    return read_event (scenario, group, error);
  for (guint i = 0; i < G_N_ELEMENTS (direction_names); i++) {
    if (!g_str_equal (group, direction_names[i].group))
      continue;
    for (guint d = 0; d < LINE_N_DIRECTIONS; d++) {
      if (direction_names[i].directions & 1u << d &&
          !read_settings (scenario->file, group, &scenario->settings[d], error))
        return FALSE;
    }
    return TRUE;
  }
  g_set_error (error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND,
               "[%s] is not both, a-to-b, b-to-a or an event", group);
  return FALSE;
}

static void
clear_event (gpointer event)
{
  g_free (((Event *)event)->group);
}

Scenario *
scenario_load (const gchar *path, GError **error)
{
  g_autoptr (Scenario) scenario = g_new0 (Scenario, 1);
  g_auto (GStrv) groups = NULL;

  scenario->file = g_key_file_new ();
  scenario->events = g_array_new (FALSE, FALSE, sizeof (Event));
  g_array_set_clear_func (scenario->events, clear_event);
  for (guint d = 0; d < LINE_N_DIRECTIONS; d++) {
    scenario->settings[d].reorder_us = DEFAULT_REORDER_US;
    scenario->outage_until_us[d] = G_MAXINT64;
  }
  if (!g_key_file_load_from_file (scenario->file, path, G_KEY_FILE_NONE, error))
    return NULL;
  groups = g_key_file_get_groups (scenario->file, NULL);
  for (gchar **group = groups; *group != NULL; group++) {
    if (!read_group (scenario, *group, error))
      return NULL;
  }
  return g_steal_pointer (&scenario);
}

void
scenario_free (Scenario *scenario)
{
  g_key_file_unref (scenario->file);
  g_array_unref (scenario->events);
  g_free (scenario);
}

const LineSettings *
scenario_get_settings (const Scenario *scenario, guint direction)
{
  return &scenario->settings[direction];
}

void
scenario_start (Scenario *scenario, Line *lines[LINE_N_DIRECTIONS], gint64 now_us)
{
  memcpy (scenario->lines, lines, sizeof scenario->lines);
  for (guint i = 0; i < scenario->events->len; i++)
    g_array_index (scenario->events, Event, i).next_us += now_us;
}

gint64
scenario_next_us (const Scenario *scenario)
{
  gint64 next_us = MIN (scenario->outage_until_us[0], scenario->outage_until_us[1]);

  for (guint i = 0; i < scenario->events->len; i++)
    next_us = MIN (next_us, g_array_index (scenario->events, Event, i).next_us);
  return next_us;
}

static void
apply (Scenario *scenario, const Event *event)
{
  for (guint d = 0; d < LINE_N_DIRECTIONS; d++) {
    if ((event->directions & 1u << d) == 0)
      continue;
    if (!read_settings (scenario->file, event->group, &scenario->settings[d], NULL))
      g_assert_not_reached (); /* it could be read when it was loaded */
    line_set (scenario->lines[d], &scenario->settings[d]);
    if (event->outage_us > 0) {
      line_set_outage (scenario->lines[d], TRUE);
      scenario->outage_until_us[d] = event->next_us + event->outage_us;
    }
  }
}

void
scenario_run (Scenario *scenario, gint64 now_us)
{
  for (guint d = 0; d < LINE_N_DIRECTIONS; d++) {
    if (scenario->outage_until_us[d] > now_us)
      continue;
    scenario->outage_until_us[d] = G_MAXINT64;
    line_set_outage (scenario->lines[d], FALSE);
  }
  for (guint i = 0; i < scenario->events->len; i++) {
    Event *event = &g_array_index (scenario->events, Event, i);

    while (event->next_us <= now_us) {
      apply (scenario, event);
      event->next_us = event->every_us > 0 ? event->next_us + event->every_us : G_MAXINT64;
    }
  }
}

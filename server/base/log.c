/* SPDX-License-Identifier: Apache-2.0
 *
 * One event, one line on standard error, written with a single write() so that lines of several threads
 * never mix. Values are quoted when they hold anything but plain printable characters.
 */
#include "base/log.h"

#include <stdarg.h>
#include <string.h>
#include <unistd.h>

static CrLogLevel minimum_level = CR_LOG_INFO;

static const gchar *const level_names[] = {"debug", "info", "warning", "error"};

void
cr_log_set_level (CrLogLevel level)
{
  minimum_level = level;
}

static gboolean
is_plain (const gchar *value)
{
  if (*value == '\0')
    return FALSE;
  for (const gchar *p = value; *p != '\0'; p++) {
    if (!g_ascii_isgraph (*p) || *p == '"' || *p == '\\' || *p == '=')
      return FALSE;
  }
  return TRUE;
}

static void
append_value (GString *line, const gchar *value)
{
  if (is_plain (value)) {
    g_string_append (line, value);
    return;
  }
  g_string_append_c (line, '"');
  for (const guchar *p = (const guchar *)value; *p != '\0'; p++) {
    if (*p == '"' || *p == '\\')
      g_string_append_printf (line, "\\%c", *p);
    else if (*p < 0x20 || *p == 0x7f)
      g_string_append_printf (line, "\\x%02x", *p);
    else
      g_string_append_c (line, *p);
  }
  g_string_append_c (line, '"');
}

static void
append_time (GString *line)
{
  gint64 now_us = g_get_real_time ();
  g_autoptr (GDateTime) now = g_date_time_new_from_unix_utc (now_us / G_USEC_PER_SEC);
  g_autofree gchar *seconds = g_date_time_format (now, "%Y-%m-%dT%H:%M:%S");

  g_string_append_printf (line, "%s.%03dZ", seconds, (gint)(now_us % G_USEC_PER_SEC / 1000));
}

void
cr_log (CrLogLevel level, const gchar *event, ...)
{
  g_autoptr (GString) line = NULL;
  const gchar *key;
  va_list pairs;

  if (level < minimum_level)
    return;

  line = g_string_new (NULL);
  append_time (line);
  g_string_append_printf (line, " %s %s", level_names[level], event);

  va_start (pairs, event);
  while ((key = va_arg (pairs, const gchar *)) != NULL) {
    const gchar *value = va_arg (pairs, const gchar *);

    if (value == NULL)
      continue;
    g_string_append_printf (line, " %s=", key);
    append_value (line, value);
  }
  va_end (pairs);

  g_string_append_c (line, '\n');
  if (write (STDERR_FILENO, line->str, line->len) < 0)
    return; /* nowhere left to say it */
}

gboolean
cr_log_limit_pass (CrLogLimit *limit, gint64 now_us, gint64 interval_us, guint *suppressed)
{
  if (now_us < limit->next_us) {
    limit->suppressed++;
    return FALSE;
  }
  *suppressed = limit->suppressed;
  limit->suppressed = 0;
  limit->next_us = now_us + interval_us;
  return TRUE;
}

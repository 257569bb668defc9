/* SPDX-License-Identifier: Apache-2.0
 *
 * One line is gathered at a time, then one event of its lines.
 */
#include "event-text.h"

#include <string.h>

/* A snapshot of a lesson with hundreds of classrooms is some tens of KiB. */
#define MAX_EVENT_BYTES (1024 * 1024)

struct CrEventText {
  CrEventTextFunc func;
  gpointer user;
  GString *line, *name, *data, *id;
  gboolean after_cr; /* a line feed that follows belongs to the line end before it */
  gboolean has_data;
};

CrEventText *
cr_event_text_new (CrEventTextFunc func, gpointer user)
{
  CrEventText *text = g_new0 (CrEventText, 1);

  text->func = func;
  text->user = user;
  text->line = g_string_new (NULL);
  text->name = g_string_new (NULL);
  text->data = g_string_new (NULL);
  text->id = g_string_new (NULL);
  return text;
}

void
cr_event_text_free (CrEventText *text)
{
  g_string_free (text->line, TRUE);
  g_string_free (text->name, TRUE);
  g_string_free (text->data, TRUE);
  g_string_free (text->id, TRUE);
  g_free (text);
}

static void
dispatch (CrEventText *text)
{
  if (text->has_data)
    text->func (text->id->str, text->name->len > 0 ? text->name->str : "message", text->data->str,
                text->user);
  g_string_truncate (text->name, 0);
  g_string_truncate (text->data, 0);
  text->has_data = FALSE;
}

static void
take_field (CrEventText *text, const gchar *name, const gchar *value)
{
  if (g_str_equal (name, "data")) {
    if (text->has_data)
      g_string_append_c (text->data, '\n');
    g_string_append (text->data, value);
    text->has_data = TRUE;
  } else if (g_str_equal (name, "event")) {
    g_string_assign (text->name, value);
  } else if (g_str_equal (name, "id")) {
    g_string_assign (text->id, value);
  }
}

static void
take_line (CrEventText *text)
{
  gchar *colon;

  if (text->line->len == 0) {
    dispatch (text);
    return;
  }
  colon = strchr (text->line->str, ':');
  if (colon == text->line->str)
    return; /* a comment: only a sign of life */
  if (colon == NULL) {
    take_field (text, text->line->str, "");
    return;
  }
  *colon = '\0';
  take_field (text, text->line->str, colon[1] == ' ' ? colon + 2 : colon + 1);
}

gboolean
cr_event_text_feed (CrEventText *text, const gchar *bytes, gsize n_bytes)
{
  for (gsize i = 0; i < n_bytes; i++) {
    gboolean ends = bytes[i] == '\n' || bytes[i] == '\r';
    gboolean second = bytes[i] == '\n' && text->after_cr;

    text->after_cr = bytes[i] == '\r';
    if (second)
      continue;
    if (ends) {
      take_line (text);
      g_string_truncate (text->line, 0);
    } else {
      g_string_append_c (text->line, bytes[i]);
    }
    if (text->line->len + text->data->len > MAX_EVENT_BYTES)
      return FALSE;
  }
  return TRUE;
}

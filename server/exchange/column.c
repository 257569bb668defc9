/* SPDX-License-Identifier: Apache-2.0
 *
 * Values are text on their way in and out; each type knows how it is read, written and stored.
 */
#include "exchange/column.h"

#include "schedule/calendar-date.h"
#include "schedule/course.h"

#include <stdio.h>
#include <string.h>

G_STATIC_ASSERT (sizeof (CrDate) == sizeof (gint32));

static gpointer
place_of (const CrColumn *column, const CrEntry *entry)
{
  return G_STRUCT_MEMBER_P (entry->row, column->offset);
}

gint
cr_minute_parse (const gchar *text)
{
  guint hour, minute, second = 0;
  gint length = 0;

  if (sscanf (text, "%2u:%2u%n", &hour, &minute, &length) != 2 || length == 0)
    return -1;
  if (text[length] != '\0' && (sscanf (text + length, ":%2u%n", &second, &length) != 1 || second != 0))
    return -1;
  if (strspn (text, "0123456789:") != strlen (text) || minute > 59 || hour * 60 + minute > 24 * 60)
    return -1;
  return (gint)(hour * 60 + minute);
}

gchar *
cr_minute_format (gint minute)
{
  return g_strdup_printf ("%02d:%02d", minute / 60, minute % 60);
}

CrDate
cr_date_parse_loosely (const gchar *text)
{
  gint year, month, day, length = 0;

  if (strlen (text) > 10 || strspn (text, "0123456789-/.") != strlen (text))
    return CR_DATE_NONE;
  if (sscanf (text, "%4d%*1[-/.]%2d%*1[-/.]%2d%n", &year, &month, &day, &length) != 3 || text[length] != '\0')
    return CR_DATE_NONE;
  return cr_date_from_ymd (year, month, day);
}

static gchar *
say (gboolean chinese, const gchar *zh, const gchar *en)
{
  return g_strdup (chinese ? zh : en);
}

static gboolean
has_control (const gchar *text)
{
  for (; *text != '\0'; text = g_utf8_next_char (text)) {
    if (g_unichar_iscntrl (g_utf8_get_char (text)))
      return TRUE;
  }
  return FALSE;
}

static gchar *
set_text (const CrColumn *column, gchar **place, const gchar *text, gboolean chinese)
{
  if (text != NULL && column->max > 0 && g_utf8_strlen (text, -1) > column->max)
    return g_strdup_printf (chinese ? "最多 %d 个字" : "at most %d characters", (gint)column->max);
  if (text != NULL && has_control (text))
    return say (chinese, "不能含换行等控制字符", "line breaks and control characters cannot be in it");
  g_free (*place);
  *place = g_strdup (text);
  return NULL;
}

static gchar *
set_number (const CrColumn *column, gpointer place, const gchar *text, gboolean chinese)
{
  gint64 number = column->none;

  if (text != NULL && !g_ascii_string_to_signed (text, 10, column->min, column->max, &number, NULL))
    return g_strdup_printf (chinese ? "应为 %" G_GINT64_FORMAT " 到 %" G_GINT64_FORMAT " 之间的整数"
                                    : "must be a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT,
                            column->min, column->max);
  if (column->type == CR_COLUMN_INT64)
    *(gint64 *)place = number;
  else
    *(guint *)place = (guint)number;
  return NULL;
}

static gchar *
set_date (CrDate *place, const gchar *text, gboolean chinese)
{
  CrDate date = text != NULL ? cr_date_parse_loosely (text) : CR_DATE_NONE;

  if (text != NULL && date == CR_DATE_NONE)
    return say (chinese, "应为日期，如 2026-09-07", "must be a date such as 2026-09-07");
  *place = date;
  return NULL;
}

static gchar *
set_minute (gint *place, const gchar *text, gboolean chinese)
{
  gint minute = text != NULL ? cr_minute_parse (text) : -1;

  if (text != NULL && minute < 0)
    return say (chinese, "应为时间，如 08:30", "must be a time such as 08:30");
  *place = minute;
  return NULL;
}

static gchar *
set_choice (const CrColumn *column, guint *place, const gchar *text, gboolean chinese)
{
  GString *list;

  if (text == NULL)
    return NULL;
  list = g_string_new (chinese ? "应为其中之一：" : "must be one of: ");
  for (guint i = 0; i < column->n_choices; i++) {
    if (g_strcmp0 (text, column->choices[i].name) == 0 || g_strcmp0 (text, column->choices[i].zh) == 0) {
      g_string_free (list, TRUE);
      *place = i;
      return NULL;
    }
    g_string_append_printf (list, "%s%s", i > 0 ? (chinese ? "、" : ", ") : "",
                            chinese ? column->choices[i].zh : column->choices[i].name);
  }
  return g_string_free (list, FALSE);
}

static gchar *
set_weeks (CrWeeks *place, const gchar *text, gboolean chinese)
{
  static const gchar *const words[][2] = {{"全部", "all"}, {"单周", "odd"}, {"双周", "even"}};

  for (guint i = 0; i < G_N_ELEMENTS (words); i++) {
    if (g_strcmp0 (text, words[i][0]) == 0)
      text = words[i][1];
  }
  if (text != NULL && cr_weeks_parse (text, place))
    return NULL;
  return say (chinese, "应为 全部、单周、双周 或周次，如 1,3,5-8",
              "must be all, odd, even or weeks such as 1,3,5-8");
}

const gchar *
cr_column_heading (const CrColumn *column, gboolean chinese)
{
  if ((column->flags & CR_COLUMN_NO_FILE) != 0)
    return NULL;
  return chinese ? column->zh : column->name;
}

gchar *
cr_column_set (const CrColumn *column, CrEntry *entry, const gchar *text, gboolean chinese)
{
  if (text != NULL && *text == '\0')
    text = NULL;
  if (text == NULL && (column->flags & CR_COLUMN_NEEDED) != 0)
    return say (chinese, "不能为空", "must not be empty");
  switch (column->type) {
  case CR_COLUMN_TEXT:
    return set_text (column, place_of (column, entry), text, chinese);
  case CR_COLUMN_INT64:
  case CR_COLUMN_UINT:
    return set_number (column, place_of (column, entry), text, chinese);
  case CR_COLUMN_DATE:
    return set_date (place_of (column, entry), text, chinese);
  case CR_COLUMN_MINUTE:
    return set_minute (place_of (column, entry), text, chinese);
  case CR_COLUMN_CHOICE:
    return set_choice (column, place_of (column, entry), text, chinese);
  case CR_COLUMN_WEEKS:
    return set_weeks (place_of (column, entry), text, chinese);
  case CR_COLUMN_CODE:
    return set_text (column, &entry->codes[column->offset], text, chinese);
  }
  g_return_val_if_reached (NULL);
}

static gchar *
get_number (const CrColumn *column, gconstpointer place)
{
  gint64 number = column->type == CR_COLUMN_INT64 ? *(const gint64 *)place : *(const guint *)place;

  if (number == column->none && (column->flags & (CR_COLUMN_NEEDED | CR_COLUMN_DEFAULT)) == 0)
    return NULL;
  return g_strdup_printf ("%" G_GINT64_FORMAT, number);
}

gchar *
cr_column_get (const CrColumn *column, const CrEntry *entry, gboolean chinese)
{
  gconstpointer place = column->type != CR_COLUMN_CODE ? place_of (column, entry) : NULL;
  gchar date[CR_DATE_TEXT_BYTES];

  switch (column->type) {
  case CR_COLUMN_TEXT:
    return g_strdup (*(gchar *const *)place);
  case CR_COLUMN_INT64:
  case CR_COLUMN_UINT:
    return get_number (column, place);
  case CR_COLUMN_DATE:
    return *(const CrDate *)place != CR_DATE_NONE ? g_strdup (cr_date_format (*(const CrDate *)place, date))
                                                  : NULL;
  case CR_COLUMN_MINUTE:
    return *(const gint *)place >= 0 ? cr_minute_format (*(const gint *)place) : NULL;
  case CR_COLUMN_CHOICE:
    return g_strdup (chinese ? column->choices[*(const guint *)place].zh
                             : column->choices[*(const guint *)place].name);
  case CR_COLUMN_WEEKS:
    return cr_weeks_format (*(const CrWeeks *)place);
  case CR_COLUMN_CODE:
    return g_strdup (entry->codes[column->offset]);
  }
  g_return_val_if_reached (NULL);
}

static gboolean
is_number (const CrColumn *column)
{
  return column->type == CR_COLUMN_INT64 || column->type == CR_COLUMN_UINT;
}

gchar *
cr_column_set_json (const CrColumn *column, CrEntry *entry, JsonNode *node, gboolean chinese)
{
  g_autofree gchar *text = NULL;

  if (JSON_NODE_HOLDS_NULL (node))
    return cr_column_set (column, entry, NULL, chinese);
  if (is_number (column) && json_node_get_value_type (node) == G_TYPE_INT64)
    text = g_strdup_printf ("%" G_GINT64_FORMAT, json_node_get_int (node));
  else if (!is_number (column) && json_node_get_value_type (node) == G_TYPE_STRING)
    text = g_strstrip (json_node_dup_string (node));
  else
    return is_number (column) ? say (chinese, "应为数字", "must be a number")
                              : say (chinese, "应为文字", "must be a string");
  return cr_column_set (column, entry, text, chinese);
}

void
cr_column_add_json (const CrColumn *column, const CrEntry *entry, JsonBuilder *builder)
{
  g_autofree gchar *text = cr_column_get (column, entry, FALSE);

  json_builder_set_member_name (builder, column->name);
  if (text == NULL)
    json_builder_add_null_value (builder);
  else if (is_number (column))
    json_builder_add_int_value (builder, g_ascii_strtoll (text, NULL, 10));
  else
    json_builder_add_string_value (builder, text);
}

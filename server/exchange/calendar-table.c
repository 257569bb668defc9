/* SPDX-License-Identifier: Apache-2.0
 *
 * Occurrences to rows, one for one.
 */
#include "exchange/calendar-table.h"

#include "exchange/column.h"
#include "exchange/table.h"

#define REASON_MAX_CHARS 60 /* of a summary, which may be anything */
#define FIRST_ROW_LINE   2

/* In one line, and short enough for a cell of the page. */
static gchar *
reason_of (const CrIcalOccurrence *occurrence)
{
  const gchar *summary = occurrence->summary != NULL ? occurrence->summary : "";
  gchar *reason = g_utf8_substring (summary, 0, MIN (REASON_MAX_CHARS, g_utf8_strlen (summary, -1)));

  g_strdelimit (reason, "\r\n\t", ' ');
  return reason;
}

static void
write_occurrence (CrCsvWriter *writer, const gchar *school_code, const CrIcalOccurrence *occurrence)
{
  g_autofree gchar *start = cr_minute_format ((gint)occurrence->start_minute);
  g_autofree gchar *end = cr_minute_format ((gint)occurrence->end_minute);
  g_autofree gchar *reason = reason_of (occurrence);
  gchar date[CR_DATE_TEXT_BYTES];

  cr_date_format (occurrence->date, date);
  cr_csv_writer_cell (writer, school_code);
  cr_csv_writer_cell (writer, "busy");
  cr_csv_writer_cell (writer, date);
  cr_csv_writer_cell (writer, date);
  cr_csv_writer_cell (writer, start);
  cr_csv_writer_cell (writer, end);
  cr_csv_writer_cell (writer, *reason != '\0' ? reason : "iCalendar");
  cr_csv_writer_end_row (writer);
}

GBytes *
cr_calendar_table (const GArray *occurrences, const gchar *school_code)
{
  static const gchar *const heading[] = {"school_code", "kind", "from_date", "to_date",
                                         "start",       "end",  "reason"};
  CrCsvWriter *writer = cr_csv_writer_new (CR_CSV_UTF8, ',');

  for (guint i = 0; i < G_N_ELEMENTS (heading); i++)
    cr_csv_writer_cell (writer, heading[i]);
  cr_csv_writer_end_row (writer);
  for (guint i = 0; i < occurrences->len; i++)
    write_occurrence (writer, school_code, &g_array_index (occurrences, CrIcalOccurrence, i));
  return cr_csv_writer_finish (writer);
}

guint
cr_calendar_line (const CrIcalReport *calendar, guint table_line)
{
  guint row = table_line - FIRST_ROW_LINE;

  if (table_line < FIRST_ROW_LINE || row >= calendar->found->len)
    return 0;
  return g_array_index (calendar->found, CrIcalOccurrence, row).line;
}

static void
add_event (JsonBuilder *builder, const CrIcalOccurrence *occurrence)
{
  g_autofree gchar *start = cr_minute_format ((gint)occurrence->start_minute);
  g_autofree gchar *end = cr_minute_format ((gint)occurrence->end_minute);
  g_autofree gchar *reason = reason_of (occurrence);
  gchar date[CR_DATE_TEXT_BYTES];

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "line");
  json_builder_add_int_value (builder, occurrence->line);
  cr_json_add_text (builder, "date", cr_date_format (occurrence->date, date));
  cr_json_add_text (builder, "start", start);
  cr_json_add_text (builder, "end", end);
  cr_json_add_text (builder, "summary", reason);
  json_builder_end_object (builder);
}

void
cr_calendar_add_preview (const CrIcalReport *calendar, JsonBuilder *builder)
{
  json_builder_set_member_name (builder, "n_skipped");
  json_builder_add_int_value (builder, calendar->n_skipped);
  json_builder_set_member_name (builder, "events");
  json_builder_begin_array (builder);
  for (guint i = 0; i < MIN (calendar->found->len, CR_CALENDAR_SHOWN_MAX); i++)
    add_event (builder, &g_array_index (calendar->found, CrIcalOccurrence, i));
  json_builder_end_array (builder);
}

guint
cr_calendar_add_faults (const CrIcalReport *calendar, JsonBuilder *errors, gboolean chinese)
{
  for (guint i = 0; i < calendar->faults->len; i++) {
    const CrIcalFault *fault = &g_array_index (calendar->faults, CrIcalFault, i);

    json_builder_begin_object (errors);
    json_builder_set_member_name (errors, "line");
    json_builder_add_int_value (errors, fault->line);
    json_builder_set_member_name (errors, "column");
    json_builder_add_int_value (errors, 0);
    cr_json_add_text (errors, "column_name", NULL);
    cr_json_add_text (errors, "column_heading", NULL);
    cr_json_add_text (errors, "value", fault->summary);
    cr_json_add_text (errors, "code", "event");
    cr_json_add_text (errors, "message", cr_ical_fault_sentence (fault->kind, chinese));
    json_builder_end_object (errors);
  }
  return calendar->faults->len;
}

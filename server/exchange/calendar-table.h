/* SPDX-License-Identifier: Apache-2.0
 *
 * An iCalendar file as a table of one school's busy times, so that it is checked and imported as any other;
 * and what its reader is shown beforehand.
 *
 * Thread: [any]; pure.
 */
#pragma once

#include "base/csv.h"
#include "schedule/ical.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* More are counted and not shown. */
#define CR_CALENDAR_SHOWN_MAX 100

/* A row for each occurrence, in their order, below a heading: row n of the table is on line n + 2. */
GBytes *cr_calendar_table (const GArray *occurrences, const gchar *school_code);

/* The line of the calendar that a line of its table comes from; 0 for the heading. */
guint cr_calendar_line (const CrIcalReport *calendar, guint table_line);

/* Members "events" (the first of them: line, date, start, end, summary) and "n_skipped" of an open object. */
void cr_calendar_add_preview (const CrIcalReport *calendar, JsonBuilder *builder);

/* Its faults as the errors of an import, into an open array. Returns how many. */
guint cr_calendar_add_faults (const CrIcalReport *calendar, JsonBuilder *errors, gboolean chinese);

G_END_DECLS

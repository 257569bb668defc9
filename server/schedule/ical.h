/* SPDX-License-Identifier: Apache-2.0
 *
 * iCalendar (RFC 5545) by libical: feeds that ordinary calendars subscribe to, and the reading of a timetable
 * that another program exported, within limits that no recurrence rule breaks.
 *
 * Thread: [main].
 */
#pragma once

#include "base/clock.h"
#include "schedule/timetable.h"

G_BEGIN_DECLS

/* The feed of a teacher, school or classroom: all its lessons of the term. `now_s` is DTSTAMP (unix seconds).
 * UTF-8, CRLF, folded; free with g_free(). */
gchar *cr_ical_feed (const CrTimetable *timetable, CrViewKind kind, const gchar *id, gboolean chinese,
                     gint64 now_s);

/* The events that a feed may have in common with others: appended in one calendar for several terms.
 * `timetables` is an array of CrTimetable *. */
gchar *cr_ical_feed_of_terms (CrTimetable *const *timetables, guint n_timetables, CrViewKind kind,
                              const gchar *id, gboolean chinese, gint64 now_s);

#define CR_ICAL_IMPORT_MAX_BYTES       (1024 * 1024)
#define CR_ICAL_IMPORT_MAX_OCCURRENCES 1000
#define CR_ICAL_IMPORT_MAX_US          50000

typedef struct {
  gchar *uid;
  gchar *summary;  /* may be NULL */
  gchar *location; /* may be NULL */
  CrDate date;     /* in the term's zone */
  guint start_minute;
  guint end_minute; /* 1440: to the day's end */
  gint64 starts_at; /* unix seconds */
  gint64 ends_at;
} CrIcalOccurrence;

/* Every occurrence within the term's range, by time: array of CrIcalOccurrence that frees them. NULL with
 * CR_SCHEDULE_ERROR_TOO_LARGE when a limit is passed, CR_SCHEDULE_ERROR_INVALID for what is no calendar or a
 * rule other than daily and weekly. `clock` measures CR_ICAL_IMPORT_MAX_US. */
GArray *cr_ical_import (const gchar *text, gsize length_bytes, const CrTerm *term, const CrClock *clock,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

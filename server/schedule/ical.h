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
  guint line; /* of the file, from 1: where its event begins */
} CrIcalOccurrence;

typedef enum {
  CR_ICAL_FAULT_LARGE_FILE,
  CR_ICAL_FAULT_NOT_TEXT,
  CR_ICAL_FAULT_NOT_WHOLE,
  CR_ICAL_FAULT_NESTING,
  CR_ICAL_FAULT_LONG_LINE,
  CR_ICAL_FAULT_MANY_LINES,
  CR_ICAL_FAULT_MANY_EVENTS,
  CR_ICAL_FAULT_MANY_OCCURRENCES,
  CR_ICAL_FAULT_TIME,
  CR_ICAL_FAULT_NO_START,
  CR_ICAL_FAULT_DATE,
  CR_ICAL_FAULT_RULE,
  CR_ICAL_FAULT_WEEKDAYS,
  CR_ICAL_FAULT_RULE_END,
  CR_ICAL_FAULT_TWO_RULES,
} CrIcalFaultKind;

/* What is wrong and what is to be done, for people. */
const gchar *cr_ical_fault_sentence (CrIcalFaultKind kind, gboolean chinese);

typedef struct {
  CrIcalFaultKind kind;
  guint line; /* of the file, from 1: where the event begins, or what could not be read; 0: the whole file */
  gchar *summary; /* of the event, or NULL */
} CrIcalFault;

/* More wrong events are not named. */
#define CR_ICAL_IMPORT_MAX_FAULTS 100

typedef struct {
  GArray *found;   /* CrIcalOccurrence: every one within the term's range, by time */
  GArray *faults;  /* CrIcalFault; while there is any, nothing is to be imported */
  guint n_skipped; /* events that are cancelled, last no time or lie outside the term */
} CrIcalReport;

/* Reads a calendar to its end, or to a limit, naming every event that is wrong. `clock` measures
 * CR_ICAL_IMPORT_MAX_US. Never NULL. */
CrIcalReport *cr_ical_read (const gchar *text, gsize length_bytes, const CrTerm *term, const CrClock *clock);
void cr_ical_report_free (CrIcalReport *report);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrIcalReport, cr_ical_report_free)

/* The same for who has no use for more than the first fault: array of CrIcalOccurrence that frees them. NULL
 * with CR_SCHEDULE_ERROR_TOO_LARGE when a limit is passed, CR_SCHEDULE_ERROR_INVALID for what is no calendar
 * or a rule other than daily and weekly. */
GArray *cr_ical_import (const gchar *text, gsize length_bytes, const CrTerm *term, const CrClock *clock,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

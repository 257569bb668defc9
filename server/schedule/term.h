/* SPDX-License-Identifier: Apache-2.0
 *
 * A term: its weeks, holidays, make-up days (调休) and time zone. It answers whose timetable a date follows,
 * and what moment a minute of a date is. Which lessons that gives is meeting.h's question.
 *
 * Thread: [any], once it is no longer edited.
 */
#pragma once

#include "schedule/calendar-date.h"

G_BEGIN_DECLS

/* A year and some weeks: the mask of CrWeeks has a bit for each. */
#define CR_TERM_MAX_WEEKS 60

typedef struct {
  CrDate date;
  gchar *name;
} CrHoliday;

/* "`date` follows the timetable of `follows_date`": its weekday, and its week for odd, even and listed weeks.
 */
typedef struct {
  CrDate date;
  CrDate follows_date;
  gchar *name;
} CrMakeup;

typedef struct {
  gchar *id;
  gchar *name;
  CrDate first_monday;
  guint n_weeks; /* 1 … CR_TERM_MAX_WEEKS */
  gchar *time_zone;
  guint version;

  /*< private >*/
  GTimeZone *zone;
  GArray *holidays; /* CrHoliday, by date */
  GArray *makeups;  /* CrMakeup, by date */
} CrTerm;

/* NULL unless it is a name such as "Asia/Shanghai" that this machine knows: GLib alone would open any file.
 */
GTimeZone *cr_time_zone_new (const gchar *name);

/* NULL with an error (CR_SCHEDULE_ERROR) for a first day that is no Monday, a number of weeks out of range or
 * a time zone that this machine does not know. */
CrTerm *cr_term_new (const gchar *id, const gchar *name, CrDate first_monday, guint n_weeks,
                     const gchar *time_zone, guint version, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_term_free (CrTerm *term);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTerm, cr_term_free)

/* A second entry for the same date replaces the first. `name` may be NULL. */
void cr_term_add_holiday (CrTerm *term, CrDate date, const gchar *name);
void cr_term_add_makeup (CrTerm *term, CrDate date, CrDate follows_date, const gchar *name);

/* NULL when the date is none. */
const CrHoliday *cr_term_holiday_on (const CrTerm *term, CrDate date);
const CrMakeup *cr_term_makeup_on (const CrTerm *term, CrDate date);

/* 1 … n_weeks; 0 outside the term. */
guint cr_term_week_of (const CrTerm *term, CrDate date);

/* The date whose weekday and week the timetable of `date` has: the followed one on a make-up day, none
 * (CR_DATE_NONE) on a holiday or outside the term, else `date` itself. A day that is both make-up day and
 * holiday is a make-up day. */
CrDate cr_term_followed_date (const CrTerm *term, CrDate date);

/* Every date on which the weekly rule can give a lesson lies within: the weeks, and make-up days before or
 * after. */
void cr_term_range (const CrTerm *term, CrDate *first, CrDate *last);

/* Unix seconds of a minute of the day in the term's zone. A minute that the clock skips is read with the
 * offset before the gap, one that it has twice is the first (RFC 5545 section 3.3.5). */
gint64 cr_term_unix_s (const CrTerm *term, CrDate date, guint minute);

/* The date that a moment falls on in the term's zone, and its minute of the day (may be NULL). */
CrDate cr_term_date_at (const CrTerm *term, gint64 unix_s, guint *minute);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * The nearest periods of the host school's bells that are free for everyone involved, for one lesson or for
 * the weekly slot of a course: every candidate is expanded and checked by the functions that the timetable
 * itself uses.
 *
 * Thread: [any]; pure. Works on a sealed timetable.
 */
#pragma once

#include "schedule/timetable.h"

G_BEGIN_DECLS

typedef struct {
  CrDate date;   /* CR_DATE_NONE for a weekly slot */
  guint weekday; /* 1 … 7 */
  guint period;
  const gchar *period_name; /* borrowed from the timetable; may be NULL */
  guint start_minute;       /* of the day; for a weekly slot as on its first date */
  guint end_minute;
  gint64 starts_at; /* unix seconds; 0 for a weekly slot */
  gint64 ends_at;
} CrFreePeriod;

/* Where the lesson of `change` (a move or an addition; its new date and period are what was wished) could be
 * instead, nearest in time to the wish first, then the earlier one. Only teaching days from `first` to `last`
 * (CR_DATE_NONE: the term's), nothing that begins before `not_before`. Array of CrFreePeriod, at most `max`;
 * free it. */
GArray *cr_free_periods_for_lesson (const CrTimetable *timetable, const CrChange *change, CrDate first,
                                    CrDate last, gint64 not_before, guint max);

/* Weekly slots for the course as it would be (see cr_conflicts_for_course()), Monday to Friday and its own
 * weekday, nearest to the wished weekday and period first, then the earlier one. */
GArray *cr_free_periods_for_course (const CrTimetable *timetable, const CrCourse *course, gint64 not_before,
                                    guint max);

G_END_DECLS

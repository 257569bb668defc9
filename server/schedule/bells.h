/* SPDX-License-Identifier: Apache-2.0
 *
 * Bell times (节次) of one school: schedules for parts of the year, each a list of periods as minutes of the
 * day.
 *
 * Thread: [any], once it is no longer edited.
 */
#pragma once

#include "schedule/calendar-date.h"

G_BEGIN_DECLS

#define CR_BELLS_MAX_PERIOD 20

typedef struct {
  guint period; /* 1 … CR_BELLS_MAX_PERIOD */
  gchar *name;  /* "第一节"; may be NULL */
  guint start_minute;
  guint end_minute;
} CrBellPeriod;

typedef struct {
  gchar *id;
  gchar *school_id;
  gchar *name;
  CrDate from_date;
  CrDate to_date; /* inclusive */
  guint version;
  GArray *periods; /* CrBellPeriod, by period */
} CrBellSchedule;

CrBellSchedule *cr_bell_schedule_new (const gchar *id, const gchar *school_id, const gchar *name,
                                      CrDate from_date, CrDate to_date, guint version);
void cr_bell_schedule_free (CrBellSchedule *schedule);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBellSchedule, cr_bell_schedule_free)

/* A period entered twice has the later times. */
void cr_bell_schedule_add_period (CrBellSchedule *schedule, guint period, const gchar *name,
                                  guint start_minute, guint end_minute);
const CrBellPeriod *cr_bell_schedule_period (const CrBellSchedule *schedule, guint period);

/* All schedules of a school. */
typedef struct {
  GPtrArray *schedules; /* owned CrBellSchedule, by from_date */
} CrBells;

CrBells *cr_bells_new (void);
void cr_bells_free (CrBells *bells);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBells, cr_bells_free)

/* Takes `schedule`. */
void cr_bells_take (CrBells *bells, CrBellSchedule *schedule);

/* The schedule of a date; where several cover it, the one that began last, so that a season can lie over the
 * year's. NULL where none covers it, or `bells` is NULL. */
const CrBellSchedule *cr_bells_on (const CrBells *bells, CrDate date);

/* NULL where the date's schedule lacks the period. */
const CrBellPeriod *cr_bells_period_on (const CrBells *bells, CrDate date, guint period);

/* Grows with every edit of the school's bells: part of a lesson's sequence number. */
guint cr_bells_version (const CrBells *bells);

G_END_DECLS

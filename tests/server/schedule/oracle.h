/* SPDX-License-Identifier: Apache-2.0
 *
 * Random terms, and a second opinion on what lessons they give, written from the words of the specification
 * and without any of the code under test but its structs: lessons are listed by going through the weeks, not
 * through the dates.
 */
#pragma once

#include "schedule/timetable.h"

typedef struct {
  gchar course_id[8];
  CrDate rule_date;
  gchar added_id[16]; /* "" for a lesson of the rule */
  CrDate date;
  guint period;
  gchar teacher_id[16];
  gboolean cancelled;
  gint64 starts_at; /* 0 without a bell */
  gint64 ends_at;
  gint64 planned_at; /* since when it is where it is */
} OracleLesson;

typedef struct {
  const gchar *zone;
  guint n_schools, n_teachers, n_courses, n_weeks;
} RandomShape;

/* A sealed timetable from `random`. */
CrTimetable *oracle_random_timetable (GRand *random, const RandomShape *shape);

/* Every lesson of a course: array of OracleLesson, in no order. */
GArray *oracle_lessons (const CrTimetable *timetable, const CrCourse *course);

/* SPDX-License-Identifier: Apache-2.0
 *
 * The timetable that the figures are for: 200 schools, 2,000 courses, 22 weeks, and few clashes, as a
 * district has it.
 */
#pragma once

#include "schedule/timetable.h"

#define LARGE_N_SCHOOLS 200
#define LARGE_N_COURSES 2000

/* `sealed` FALSE leaves that to the caller, to measure it. */
CrTimetable *large_term_new (gboolean sealed);

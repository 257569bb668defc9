/* SPDX-License-Identifier: Apache-2.0
 *
 * Conflicts, free periods and lessons as JSON.
 *
 * Thread: [any].
 */
#pragma once

#include "schedule/conflict.h"
#include "schedule/free-period.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* Each adds one member, an array: "conflicts" of CrConflict, `name` of CrFreePeriod. */
void cr_json_add_conflicts (JsonBuilder *builder, const CrTimetable *timetable, GPtrArray *conflicts,
                            gboolean chinese);
void cr_json_add_free_periods (JsonBuilder *builder, const gchar *name, GArray *periods);

/* One lesson, an object. */
void cr_json_add_lesson (JsonBuilder *builder, const CrTimetable *timetable, const CrMeeting *meeting);

/* RFC 3339 UTC; null for 0. */
void cr_json_add_moment (JsonBuilder *builder, const gchar *name, gint64 unix_s);
void cr_json_add_day (JsonBuilder *builder, const gchar *name, CrDate date);

G_END_DECLS

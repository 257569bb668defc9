/* SPDX-License-Identifier: Apache-2.0
 *
 * Courses, the classes that hear them, and single changes of their lessons, as the database holds them.
 *
 * Thread: that of the job.
 */
#pragma once

#include "schedule/timetable.h"
#include "store/page.h"

G_BEGIN_DECLS

/* Courses of a term by id, deleted ones left out. NULL `term_id`: of all terms. `*out` gets CrCourse. */
gboolean cr_course_store_list (CrStoreTx *tx, const gchar *term_id, const CrPage *page, GPtrArray **out,
                               gchar **next_cursor, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NULL with NOT_FOUND when there is none, or it is deleted. */
CrCourse *cr_course_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Into a timetable that is being filled: the term's courses (deleted ones that have lessons too) and changes.
 */
gboolean cr_course_store_each_of_term (CrStoreTx *tx, const gchar *term_id, CrTimetable *into,
                                       GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes course->id (when NULL) and course->version. CONFLICT: code. */
gboolean cr_course_store_insert (CrStoreTx *tx, CrCourse *course, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* All fields and classes, where course->version is the present one, which is counted up. */
gboolean cr_course_store_update (CrStoreTx *tx, CrCourse *course, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* Marks it deleted: what it was when lessons opened stays. */
gboolean cr_course_store_remove (CrStoreTx *tx, const gchar *id, guint version, gint64 now_s,
                                 GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes change->id when NULL. */
gboolean cr_change_store_insert (CrStoreTx *tx, CrChange *change, GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* NOT_FOUND when there is none or it is withdrawn already. */
gboolean cr_change_store_withdraw (CrStoreTx *tx, const gchar *id, gint64 now_s,
                                   GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrChange *cr_change_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * What goes with an edit of a course or a single lesson: whether it clashes, and who is told. Run in the job
 * that writes, on the timetable as it is there and then.
 *
 * Thread: that of the job.
 */
#pragma once

#include "exchange/refusal.h"
#include "people/actor.h"
#include "schedule/conflict.h"
#include "schedule/free-period.h"
#include "schedule/timetable.h"
#include "store/timetable-store.h"

G_BEGIN_DECLS

/* How many free periods are offered. */
#define CR_FREE_PERIODS_OFFERED 8

/* Who edits, and how it is told. */
typedef struct {
  const CrActor *actor;
  gint64 now;       /* seconds */
  gboolean chinese; /* the editor's language */
  gboolean webhook; /* notices are to be delivered too */
} CrEditor;

/* As notices have it: the account's id. */
const gchar *cr_editor_name (const CrEditor *editor);

/* Says since when the course is where it is: entered now (`before` NULL), or moved now. `now` is seconds. */
void cr_course_edit_date (const CrCourse *before, CrCourse *course, gint64 now);

/* CR_REFUSAL_CONFLICT with what clashes and what is free, when the course as it is to be clashes with
 * another. */
gboolean cr_course_edit_check (CrStoreTx *tx, const CrEditor *editor, const CrCourse *course,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Tells of a course that was entered (`before` NULL), edited or deleted (`after` NULL). `timetable` has it as
 * it is now, or was last. */
gboolean cr_course_edit_tell (CrStoreTx *tx, const CrEditor *editor, const CrTimetable *timetable,
                              const CrCourse *before, const CrCourse *after,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Makes a single change, or withdraws one (`withdrawn`): checked, written, told. `change` gets its id.
 * `sequence` is the lesson's that the editor saw, 0: any. Errors: CR_SCHEDULE_ERROR, CR_REFUSAL_CONFLICT,
 * CR_REFUSAL_VERSION, CR_STORE_ERROR. */
gboolean cr_change_edit (CrStoreTx *tx, const CrEditor *editor, const gchar *term_id, CrChange *change,
                         gboolean withdrawn, guint sequence, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

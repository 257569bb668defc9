/* SPDX-License-Identifier: Apache-2.0
 *
 * The timetables of all terms as the database has them, on main, and every edit of them: read afresh on the
 * store's thread, asked for conflicts, written with its notices in the same transaction, and read again. So
 * two coordinators who plan the same room at the same moment cannot both succeed, and whoever reads the
 * timetable on main waits for no disk.
 *
 *   main ─edit─▶ [store] load → check → conflicts? → write → notices → load ─▶ main: new timetable,
 * listeners, done()
 *
 * Thread: [main].
 */
#pragma once

#include "base/clock.h"
#include "schedule/timetable.h"
#include "store/store.h"

G_BEGIN_DECLS

typedef struct _CrPlanner CrPlanner;

/* `webhook`: whether notices are also to be delivered. `store` and `clock` outlive it. */
CrPlanner *cr_planner_new (CrStore *store, const CrClock *clock, gboolean webhook);
/* Edits under way are finished in the database but no longer reported. */
void cr_planner_free (CrPlanner *planner);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrPlanner, cr_planner_free)

/* Reads every term; at start, before serving. */
gboolean cr_planner_load_sync (CrPlanner *planner, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Borrowed until the main loop runs again; take a reference to keep one. NULL when there is none. */
CrTimetable *cr_planner_timetable (CrPlanner *planner, const gchar *term_id);
/* The term that holds `now_s` (unix seconds), or the next, or else the last. */
CrTimetable *cr_planner_timetable_at (CrPlanner *planner, gint64 now_s);
/* All: CrTimetable *, by first Monday. Free the array. */
GPtrArray *cr_planner_timetables (CrPlanner *planner);
/* A lesson of whatever term; `*timetable` (may be NULL) is its. */
const CrMeeting *cr_planner_meeting (CrPlanner *planner, const gchar *lesson_id, CrTimetable **timetable);

/* Called for each timetable that is new or was replaced, at load too. */
typedef void (*CrPlannerChanged) (CrTimetable *timetable, gpointer data);
void cr_planner_add_listener (CrPlanner *planner, CrPlannerChanged changed, gpointer data);

/* What an edit came to. Borrowed during the call. */
typedef struct {
  const GError
      *error; /* NULL: done. CR_SCHEDULE_ERROR, CR_STORE_ERROR; CONFLICT of the former has `conflicts` */
  const GPtrArray *conflicts; /* CrConflict; NULL when there are none */
  const gchar *id;            /* of the course or change */
  guint version;              /* of the course */
} CrPlannerResult;

typedef void (*CrPlannerDone) (const CrPlannerResult *result, gpointer done_data);

/* Takes `course`; id NULL: a new one. `by` is who does it, for the notice. */
void cr_planner_save_course (CrPlanner *planner, CrCourse *course, const gchar *by, CrPlannerDone done,
                             gpointer done_data);
void cr_planner_delete_course (CrPlanner *planner, const gchar *term_id, const gchar *course_id,
                               guint version, const gchar *by, CrPlannerDone done, gpointer done_data);

/* Takes `change` (id NULL); created_at and created_by are set. */
void cr_planner_make_change (CrPlanner *planner, const gchar *term_id, CrChange *change, const gchar *by,
                             CrPlannerDone done, gpointer done_data);
void cr_planner_withdraw_change (CrPlanner *planner, const gchar *term_id, const gchar *change_id,
                                 const gchar *by, CrPlannerDone done, gpointer done_data);

/* Any other write that timetables depend on: places, bells, busy times, terms, opened lessons. `term_id`
 * NULL: all terms are read again. Takes `data`, which `destroy` frees on main after `done`. */
void cr_planner_write (CrPlanner *planner, const gchar *term_id, CrStoreFunc func, gpointer data,
                       GDestroyNotify destroy, CrPlannerDone done, gpointer done_data);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * An Edit carries what is to be written to the store's thread and the new timetables back. The order of edits
 * is the store's queue, so that the last timetable to arrive is the latest.
 */
#include "schedule/planner.h"

#include "schedule/conflict.h"
#include "schedule/schedule-error.h"
#include "store/course-store.h"
#include "store/notice-store.h"
#include "store/term-store.h"
#include "store/timetable-store.h"

typedef struct {
  CrPlannerChanged changed;
  gpointer data;
} Listener;

struct _CrPlanner {
  CrStore *store;
  const CrClock *clock;
  gboolean webhook;
  GHashTable *timetables; /* term id → CrTimetable */
  GArray *listeners;
  GPtrArray *edits; /* borrowed: those under way */
};

typedef struct _Edit Edit;
typedef gboolean (*Write) (CrStoreTx *tx, Edit *edit, CrTimetable *before, GError **error);

struct _Edit {
  CrPlanner *planner; /* NULL once it is freed; main only */
  Write write;
  gchar *term_id; /* NULL: all terms */
  gchar *by;
  gint64 now_s;
  gboolean webhook;
  CrCourse *course;
  CrChange *change;
  gchar *id;
  guint version;
  CrStoreFunc func;
  gpointer func_data;
  GDestroyNotify func_destroy;
  GPtrArray *conflicts;
  GPtrArray *loaded; /* CrTimetable: after the edit */
  CrPlannerDone done;
  gpointer done_data;
};

CrPlanner *
cr_planner_new (CrStore *store, const CrClock *clock, gboolean webhook)
{
  CrPlanner *planner = g_new0 (CrPlanner, 1);

  planner->store = store;
  planner->clock = clock;
  planner->webhook = webhook;
  planner->timetables =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)cr_timetable_unref);
  planner->listeners = g_array_new (FALSE, FALSE, sizeof (Listener));
  planner->edits = g_ptr_array_new ();
  return planner;
}

void
cr_planner_free (CrPlanner *planner)
{
  if (planner == NULL)
    return;
  for (guint i = 0; i < planner->edits->len; i++)
    ((Edit *)g_ptr_array_index (planner->edits, i))->planner = NULL;
  g_ptr_array_unref (planner->edits);
  g_array_unref (planner->listeners);
  g_hash_table_unref (planner->timetables);
  g_free (planner);
}

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  if (edit->func_destroy != NULL)
    edit->func_destroy (edit->func_data);
  g_free (edit->term_id);
  g_free (edit->by);
  cr_course_free (edit->course);
  cr_change_free (edit->change);
  g_free (edit->id);
  g_clear_pointer (&edit->conflicts, g_ptr_array_unref);
  g_clear_pointer (&edit->loaded, g_ptr_array_unref);
  g_free (edit);
}

static gboolean
load_one (CrStoreTx *tx, Edit *edit, const gchar *term_id, GError **error)
{
  CrTimetable *timetable = cr_timetable_store_load (tx, term_id, error);

  if (timetable == NULL)
    return FALSE;
  g_ptr_array_add (edit->loaded, timetable);
  return TRUE;
}

static gboolean
load_again (CrStoreTx *tx, Edit *edit, GError **error)
{
  g_autoptr (GPtrArray) terms = NULL;

  edit->loaded = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_timetable_unref);
  if (edit->term_id != NULL)
    return load_one (tx, edit, edit->term_id, error);
  if (!cr_term_store_list (tx, &terms, error))
    return FALSE;
  for (guint i = 0; i < terms->len; i++) {
    if (!load_one (tx, edit, ((CrTerm *)g_ptr_array_index (terms, i))->id, error))
      return FALSE;
  }
  return TRUE;
}

/* On the store's thread. */
static gboolean
do_edit (CrStoreTx *tx, gpointer data, GError **error)
{
  Edit *edit = data;
  g_autoptr (CrTimetable) before = NULL;

  if (edit->write != NULL) {
    before = cr_timetable_store_load (tx, edit->term_id, error);
    return before != NULL && edit->write (tx, edit, before, error);
  }
  if (edit->func != NULL && !edit->func (tx, edit->func_data, error))
    return FALSE;
  return load_again (tx, edit, error);
}

static void
replace_timetable (CrPlanner *planner, CrTimetable *timetable)
{
  g_hash_table_replace (planner->timetables, g_strdup (cr_timetable_term (timetable)->id),
                        cr_timetable_ref (timetable));
  for (guint i = 0; i < planner->listeners->len; i++) {
    const Listener *listener = &g_array_index (planner->listeners, Listener, i);

    listener->changed (timetable, listener->data);
  }
}

static void
take_loaded (CrPlanner *planner, const Edit *edit)
{
  if (edit->term_id == NULL)
    g_hash_table_remove_all (planner->timetables); /* a term may have gone */
  for (guint i = 0; i < edit->loaded->len; i++)
    replace_timetable (planner, g_ptr_array_index (edit->loaded, i));
}

static void
on_edited (gpointer data, const GError *error, gpointer done_data)
{
  Edit *edit = data;
  CrPlannerResult result = {.error = error,
                            .conflicts =
                                edit->conflicts != NULL && edit->conflicts->len > 0 ? edit->conflicts : NULL,
                            .id = edit->id,
                            .version = edit->version};

  if (edit->planner == NULL)
    return;
  g_ptr_array_remove_fast (edit->planner->edits, edit);
  if (error == NULL)
    take_loaded (edit->planner, edit);
  if (edit->done != NULL)
    edit->done (&result, edit->done_data);
}

static Edit *
new_edit (CrPlanner *planner, const gchar *term_id, const gchar *by, CrPlannerDone done, gpointer done_data)
{
  Edit *edit = g_new0 (Edit, 1);

  edit->planner = planner;
  edit->term_id = g_strdup (term_id);
  edit->by = g_strdup (by);
  edit->now_s = cr_clock_wall_us (planner->clock) / G_USEC_PER_SEC;
  edit->webhook = planner->webhook;
  edit->done = done;
  edit->done_data = done_data;
  return edit;
}

static void
run_edit (Edit *edit)
{
  g_ptr_array_add (edit->planner->edits, edit);
  cr_store_run (edit->planner->store, do_edit, edit, edit_free, on_edited, NULL);
}

static gboolean
refuse_conflicts (Edit *edit, GError **error)
{
  if (edit->conflicts == NULL || edit->conflicts->len == 0)
    return TRUE;
  g_set_error (error, CR_SCHEDULE_ERROR, CR_SCHEDULE_ERROR_CONFLICT, "it clashes: %u conflicts",
               edit->conflicts->len);
  return FALSE;
}

/* After the write: reads the term again, which notices and main need. Borrowed from the edit. */
static CrTimetable *
load_after (CrStoreTx *tx, Edit *edit, GError **error)
{
  return load_again (tx, edit, error) ? g_ptr_array_index (edit->loaded, 0) : NULL;
}

/* Takes `notice`; NULL: nobody would notice. */
static gboolean
keep_notice (CrStoreTx *tx, const Edit *edit, CrNotice *notice, GError **error)
{
  g_autoptr (CrNotice) owned = notice;

  return owned == NULL ||
         cr_notice_store_insert (tx, owned, edit->by, edit->now_s, edit->webhook, NULL, error);
}

static gboolean
write_course (CrStoreTx *tx, Edit *edit, CrTimetable *before, GError **error)
{
  gboolean is_new = edit->course->id == NULL;
  const CrCourse *old;
  CrTimetable *after;

  if (is_new)
    edit->course->id = cr_store_new_id ();
  old = cr_timetable_course (before, edit->course->id);
  edit->conflicts = cr_conflicts_for_course (before, edit->course, edit->now_s);
  if (!refuse_conflicts (edit, error))
    return FALSE;
  if (!(is_new ? cr_course_store_insert (tx, edit->course, error)
               : cr_course_store_update (tx, edit->course, error)))
    return FALSE;
  edit->id = g_strdup (edit->course->id);
  edit->version = edit->course->version;
  after = load_after (tx, edit, error);
  return after != NULL &&
         keep_notice (tx, edit,
                      cr_notice_for_course (after, is_new ? NULL : old, cr_timetable_course (after, edit->id),
                                            edit->now_s),
                      error);
}

static gboolean
write_deletion (CrStoreTx *tx, Edit *edit, CrTimetable *before, GError **error)
{
  const CrCourse *old = cr_timetable_course (before, edit->id);
  CrTimetable *after;

  if (!cr_course_store_remove (tx, edit->id, edit->version, edit->now_s, error))
    return FALSE;
  after = load_after (tx, edit, error);
  return after != NULL &&
         keep_notice (tx, edit, cr_notice_for_course (before, old, NULL, edit->now_s), error);
}

static gboolean
write_change (CrStoreTx *tx, Edit *edit, CrTimetable *before, GError **error)
{
  CrTimetable *after;

  if (!cr_timetable_check_change (before, edit->change, error))
    return FALSE;
  edit->conflicts = cr_conflicts_for_change (before, edit->change, edit->now_s);
  if (!refuse_conflicts (edit, error) || !cr_change_store_insert (tx, edit->change, error))
    return FALSE;
  edit->id = g_strdup (edit->change->id);
  after = load_after (tx, edit, error);
  return after != NULL &&
         keep_notice (tx, edit, cr_notice_for_change (before, after, edit->change, FALSE), error);
}

static gboolean
write_withdrawal (CrStoreTx *tx, Edit *edit, CrTimetable *before, GError **error)
{
  CrTimetable *after;

  if (!cr_timetable_check_withdrawal (before, edit->id, error))
    return FALSE;
  edit->conflicts = cr_conflicts_for_withdrawal (before, edit->id, edit->now_s);
  if (!refuse_conflicts (edit, error) || !cr_change_store_withdraw (tx, edit->id, edit->now_s, error))
    return FALSE;
  after = load_after (tx, edit, error);
  return after != NULL &&
         keep_notice (tx, edit,
                      cr_notice_for_change (before, after, cr_timetable_change (before, edit->id), TRUE),
                      error);
}

void
cr_planner_save_course (CrPlanner *planner, CrCourse *course, const gchar *by, CrPlannerDone done,
                        gpointer done_data)
{
  Edit *edit = new_edit (planner, course->term_id, by, done, done_data);

  edit->write = write_course;
  edit->course = course;
  run_edit (edit);
}

void
cr_planner_delete_course (CrPlanner *planner, const gchar *term_id, const gchar *course_id, guint version,
                          const gchar *by, CrPlannerDone done, gpointer done_data)
{
  Edit *edit = new_edit (planner, term_id, by, done, done_data);

  edit->write = write_deletion;
  edit->id = g_strdup (course_id);
  edit->version = version;
  run_edit (edit);
}

void
cr_planner_make_change (CrPlanner *planner, const gchar *term_id, CrChange *change, const gchar *by,
                        CrPlannerDone done, gpointer done_data)
{
  Edit *edit = new_edit (planner, term_id, by, done, done_data);

  edit->write = write_change;
  edit->change = change;
  change->created_at = edit->now_s;
  g_free (change->created_by);
  change->created_by = g_strdup (by);
  run_edit (edit);
}

void
cr_planner_withdraw_change (CrPlanner *planner, const gchar *term_id, const gchar *change_id, const gchar *by,
                            CrPlannerDone done, gpointer done_data)
{
  Edit *edit = new_edit (planner, term_id, by, done, done_data);

  edit->write = write_withdrawal;
  edit->id = g_strdup (change_id);
  run_edit (edit);
}

void
cr_planner_write (CrPlanner *planner, const gchar *term_id, CrStoreFunc func, gpointer data,
                  GDestroyNotify destroy, CrPlannerDone done, gpointer done_data)
{
  Edit *edit = new_edit (planner, term_id, NULL, done, done_data);

  edit->func = func;
  edit->func_data = data;
  edit->func_destroy = destroy;
  run_edit (edit);
}

gboolean
cr_planner_load_sync (CrPlanner *planner, GError **error)
{
  Edit *edit = new_edit (planner, NULL, NULL, NULL, NULL);
  gboolean loaded = cr_store_read_sync (planner->store, do_edit, edit, error);

  if (loaded)
    take_loaded (planner, edit);
  edit_free (edit);
  return loaded;
}

CrTimetable *
cr_planner_timetable (CrPlanner *planner, const gchar *term_id)
{
  return term_id == NULL ? NULL : g_hash_table_lookup (planner->timetables, term_id);
}

static gint
compare_timetables (gconstpointer a, gconstpointer b)
{
  const CrTerm *left = cr_timetable_term (*(CrTimetable *const *)a);
  const CrTerm *right = cr_timetable_term (*(CrTimetable *const *)b);

  if (left->first_monday != right->first_monday)
    return left->first_monday < right->first_monday ? -1 : 1;
  return g_strcmp0 (left->id, right->id);
}

GPtrArray *
cr_planner_timetables (CrPlanner *planner)
{
  GPtrArray *timetables = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer timetable;

  g_hash_table_iter_init (&iter, planner->timetables);
  while (g_hash_table_iter_next (&iter, NULL, &timetable))
    g_ptr_array_add (timetables, timetable);
  g_ptr_array_sort (timetables, compare_timetables);
  return timetables;
}

CrTimetable *
cr_planner_timetable_at (CrPlanner *planner, gint64 now_s)
{
  g_autoptr (GPtrArray) timetables = cr_planner_timetables (planner);

  for (guint i = 0; i < timetables->len; i++) {
    const CrTerm *term = cr_timetable_term (g_ptr_array_index (timetables, i));
    CrDate first, last;

    cr_term_range (term, &first, &last);
    if (cr_term_date_at (term, now_s, NULL) <= last)
      return g_ptr_array_index (timetables, i);
  }
  return timetables->len == 0 ? NULL : g_ptr_array_index (timetables, timetables->len - 1);
}

const CrMeeting *
cr_planner_meeting (CrPlanner *planner, const gchar *lesson_id, CrTimetable **timetable)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, planner->timetables);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const CrMeeting *meeting = cr_timetable_meeting (value, lesson_id);

    if (meeting == NULL)
      continue;
    if (timetable != NULL)
      *timetable = value;
    return meeting;
  }
  return NULL;
}

void
cr_planner_add_listener (CrPlanner *planner, CrPlannerChanged changed, gpointer data)
{
  Listener listener = {.changed = changed, .data = data};
  GHashTableIter iter;
  gpointer timetable;

  g_array_append_val (planner->listeners, listener);
  g_hash_table_iter_init (&iter, planner->timetables);
  while (g_hash_table_iter_next (&iter, NULL, &timetable))
    changed (timetable, data);
}

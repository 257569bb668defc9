/* SPDX-License-Identifier: Apache-2.0
 *
 * Makes the candidates: the lessons of a course as it would be, or one lesson as a change would make it,
 * expanded by the same function as everything else, and hands them to the search.
 */
#include "schedule/conflict-search.h"

/* After every change that there is: what is proposed is always the latest. */
#define PROPOSED_AT G_MAXINT64
#define PROPOSED_ID "proposed"

static const gchar *const kind_names[] = {
    "teacher", "host_classroom", "listening_class", "listening_classroom", "busy", "exam",
    "closure", "uplink",         "no_bell",
};

const gchar *
cr_conflict_kind_name (CrConflictKind kind)
{
  return kind_names[kind];
}

void
cr_conflict_free (CrConflict *conflict)
{
  if (conflict == NULL)
    return;
  g_free (conflict->lesson_id);
  g_free (conflict->resource_id);
  g_free (conflict->resource_name);
  g_free (conflict->school_id);
  g_free (conflict->school_name);
  g_free (conflict->other_course_id);
  g_free (conflict->other_lesson_id);
  g_free (conflict->other_title);
  g_free (conflict->other_teacher_name);
  g_free (conflict->busy_id);
  g_free (conflict->reason);
  g_free (conflict);
}

static GPtrArray *
new_conflicts (void)
{
  return g_ptr_array_new_with_free_func ((GDestroyNotify)cr_conflict_free);
}

static gint
compare_conflicts (gconstpointer a, gconstpointer b)
{
  const CrConflict *left = *(const CrConflict *const *)a, *right = *(const CrConflict *const *)b;

  if (left->date != right->date)
    return left->date < right->date ? -1 : 1;
  if (left->starts_at != right->starts_at)
    return left->starts_at < right->starts_at ? -1 : 1;
  return (gint)left->kind - (gint)right->kind;
}

static gboolean
is_candidate (const CrTimetable *timetable, const CrMeeting *meeting, gint64 not_before)
{
  if (meeting->frozen != NULL || meeting->state == CR_LESSON_CANCELLED)
    return FALSE;
  if (!meeting->has_bell)
    return not_before == 0 ||
           meeting->date >= cr_term_date_at (cr_timetable_term (timetable), not_before, NULL);
  return not_before == 0 || meeting->ends_at > not_before;
}

static void
search_siblings (CrConflictSearch *search, const GArray *meetings, guint candidate,
                 const CrResources *resources)
{
  const CrMeeting *meeting = &g_array_index (meetings, CrMeeting, candidate);

  for (guint i = 0; i < meetings->len && !cr_conflict_search_done (search); i++) {
    const CrMeeting *other = &g_array_index (meetings, CrMeeting, i);

    /* Of two candidates one names the other; what has opened is none, so that the candidate names it. */
    if (i < candidate || (i > candidate && other->frozen != NULL))
      cr_conflict_search_sibling (search, meeting, other, resources);
  }
}

/* Also free-period.c's question about a weekly slot. */
static void
search_course (CrConflictSearch *search, const CrCourse *course, gint64 not_before)
{
  g_autoptr (CrResources) resources = cr_resources_new (search->timetable, search->index, course);
  g_autoptr (GArray) meetings = g_array_new (FALSE, FALSE, sizeof (CrMeeting));
  const CrPlaceRoom *host = cr_timetable_room (search->timetable, course->host_classroom_id);
  CrCoursePlan plan = {.term = cr_timetable_term (search->timetable)};

  cr_timetable_plan (search->timetable, course->id, &plan);
  plan.course = course;
  plan.bells = host == NULL ? NULL : cr_timetable_bells (search->timetable, host->school_id);
  cr_course_meetings_between (&plan, G_MININT32, G_MAXINT32, meetings);

  search->without_course_id = course->id;
  for (guint i = 0; i < meetings->len && !cr_conflict_search_done (search); i++) {
    const CrMeeting *meeting = &g_array_index (meetings, CrMeeting, i);

    if (!is_candidate (search->timetable, meeting, not_before))
      continue;
    cr_conflict_search_meeting (search, meeting, resources);
    search_siblings (search, meetings, i, resources);
  }
}

GPtrArray *
cr_conflicts_for_course (const CrTimetable *timetable, const CrCourse *course, gint64 not_before)
{
  CrConflictSearch search = {
      .timetable = timetable, .index = cr_timetable_index (timetable), .found = new_conflicts ()};

  search_course (&search, course, not_before);
  g_ptr_array_sort (search.found, compare_conflicts);
  return search.found;
}

gboolean
cr_conflicts_any_for_course (const CrTimetable *timetable, const CrCourse *course, gint64 not_before)
{
  CrConflictSearch search = {.timetable = timetable, .index = cr_timetable_index (timetable)};

  search_course (&search, course, not_before);
  return search.any;
}

static gboolean
is_lesson_of (const CrMeeting *meeting, const CrChange *change)
{
  if (change->kind == CR_CHANGE_ADD)
    return g_strcmp0 (meeting->added_id, change->id) == 0;
  return meeting->added_id == NULL && meeting->rule_date == change->date;
}

/* The lesson of `change` with it in place of the change of the same id, or on top; FALSE when there is none.
 */
static gboolean
lesson_with_change (const CrTimetable *timetable, const CrChange *change, CrMeeting *lesson)
{
  g_autoptr (GPtrArray) changes = g_ptr_array_new ();
  g_autoptr (GArray) meetings = g_array_new (FALSE, FALSE, sizeof (CrMeeting));
  CrCoursePlan plan;
  CrDate date = G_MININT32;

  if (!cr_timetable_plan (timetable, change->course_id, &plan))
    return FALSE;
  for (guint i = 0; i < plan.n_changes; i++) {
    if (g_strcmp0 (plan.changes[i]->id, change->id) != 0)
      g_ptr_array_add (changes, (gpointer)plan.changes[i]);
  }
  g_ptr_array_add (changes, (gpointer)change);
  plan.changes = (const CrChange *const *)changes->pdata;
  plan.n_changes = changes->len;

  if (change->kind == CR_CHANGE_ADD || change->kind == CR_CHANGE_MOVE)
    date = change->new_date != CR_DATE_NONE ? change->new_date : change->date;
  if (change->withdrawn_at == 0 && date != G_MININT32)
    cr_course_meetings_on (&plan, date, meetings);
  else
    cr_course_meetings_between (&plan, G_MININT32, G_MAXINT32, meetings);

  for (guint i = 0; i < meetings->len; i++) {
    *lesson = g_array_index (meetings, CrMeeting, i);
    if (is_lesson_of (lesson, change))
      return TRUE;
  }
  return FALSE;
}

static void
search_change (CrConflictSearch *search, const CrChange *change, gint64 not_before)
{
  g_autoptr (CrResources) resources = NULL;
  CrMeeting lesson;

  /* The lesson borrows from the change, which outlives the search. */
  if (!lesson_with_change (search->timetable, change, &lesson) ||
      !is_candidate (search->timetable, &lesson, not_before))
    return;
  resources = cr_resources_new (search->timetable, search->index, lesson.course);
  search->without_lesson = &lesson;
  cr_conflict_search_meeting (search, &lesson, resources);
  search->without_lesson = NULL;
}

static CrChange *
as_latest (const CrChange *change)
{
  CrChange *latest = cr_change_copy (change);

  latest->created_at = PROPOSED_AT;
  if (latest->id == NULL)
    latest->id = g_strdup (PROPOSED_ID);
  return latest;
}

GPtrArray *
cr_conflicts_for_change (const CrTimetable *timetable, const CrChange *change, gint64 not_before)
{
  g_autoptr (CrChange) latest = as_latest (change);
  CrConflictSearch search = {
      .timetable = timetable, .index = cr_timetable_index (timetable), .found = new_conflicts ()};

  search_change (&search, latest, not_before);
  g_ptr_array_sort (search.found, compare_conflicts);
  return search.found;
}

gboolean
cr_conflicts_any_for_change (const CrTimetable *timetable, const CrChange *change, gint64 not_before)
{
  g_autoptr (CrChange) latest = as_latest (change);
  CrConflictSearch search = {.timetable = timetable, .index = cr_timetable_index (timetable)};

  search_change (&search, latest, not_before);
  return search.any;
}

GPtrArray *
cr_conflicts_for_withdrawal (const CrTimetable *timetable, const gchar *change_id, gint64 not_before)
{
  const CrChange *change = cr_timetable_change (timetable, change_id);
  g_autoptr (CrChange) withdrawn = NULL;
  CrConflictSearch search = {
      .timetable = timetable, .index = cr_timetable_index (timetable), .found = new_conflicts ()};

  if (change == NULL)
    return search.found;
  withdrawn = cr_change_copy (change);
  withdrawn->withdrawn_at = PROPOSED_AT;
  search_change (&search, withdrawn, not_before);
  g_ptr_array_sort (search.found, compare_conflicts);
  return search.found;
}

GPtrArray *
cr_conflicts_for_busy (const CrTimetable *timetable, const CrBusy *busy, gint64 not_before)
{
  const CrTimetableIndex *index = cr_timetable_index (timetable);
  const CrTrack *track = cr_timetable_index_track (index, CR_TRACK_SCHOOL, busy->school_id);
  CrConflictSearch search = {.timetable = timetable, .index = index, .found = new_conflicts ()};

  for (guint i = 0; track != NULL && i < track->numbers->len && !cr_conflict_search_done (&search); i++) {
    const CrMeeting *meeting = cr_timetable_index_meeting (index, track, i);

    if (meeting->date >= busy->from_date && meeting->date <= busy->to_date &&
        is_candidate (timetable, meeting, not_before))
      cr_conflict_search_busy (&search, meeting, cr_timetable_index_resources (index, meeting), busy);
  }
  g_ptr_array_sort (search.found, compare_conflicts);
  return search.found;
}

static GPtrArray *
search_timetable (const CrTimetable *timetable, gint64 not_before, guint max)
{
  const CrTimetableIndex *index = cr_timetable_index (timetable);
  CrConflictSearch search = {
      .timetable = timetable, .index = index, .each_pair_once = TRUE, .found = new_conflicts (), .max = max};

  for (guint i = 0; i < index->n_meetings && !cr_conflict_search_done (&search); i++) {
    const CrMeeting *meeting = &index->meetings[i];

    if (is_candidate (timetable, meeting, not_before))
      cr_conflict_search_meeting (&search, meeting, cr_timetable_index_resources (index, meeting));
  }
  g_ptr_array_sort (search.found, compare_conflicts);
  return search.found;
}

GPtrArray *
cr_conflicts_in_timetable (const CrTimetable *timetable, gint64 not_before)
{
  return search_timetable (timetable, not_before, CR_CONFLICTS_MAX);
}

GPtrArray *
cr_conflicts_all_in_timetable (const CrTimetable *timetable, gint64 not_before)
{
  return search_timetable (timetable, not_before, CR_CONFLICTS_ALL);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Each resource of the candidate is looked up in the index, and only what overlaps in time is touched.
 */
#include "schedule/conflict-search.h"

#include <string.h>

static gboolean
takes_time (const CrMeeting *meeting)
{
  return meeting->has_bell && meeting->state != CR_LESSON_CANCELLED;
}

static gboolean
is_compared (const CrConflictSearch *search, const CrMeeting *meeting, const CrMeeting *other)
{
  if (!takes_time (other) || other->ends_at <= meeting->starts_at || other == meeting)
    return FALSE;
  if (search->each_pair_once && other > meeting)
    return FALSE;
  if (search->without_course_id != NULL && strcmp (other->course->id, search->without_course_id) == 0)
    return FALSE;
  return search->without_lesson == NULL || !cr_meeting_same_lesson (other, search->without_lesson);
}

static const gchar *
school_id_of (const CrTimetable *timetable, CrConflictKind kind, const gchar *resource_id)
{
  const CrPlaceRoom *room;
  const CrPlaceClass *klass;

  if (kind == CR_CONFLICT_UPLINK)
    return resource_id;
  room = cr_timetable_room (timetable, resource_id);
  if (room != NULL)
    return room->school_id;
  klass = cr_timetable_class (timetable, resource_id);
  if (klass != NULL)
    return klass->school_id;
  return cr_timetable_school (timetable, resource_id) != NULL ? resource_id : NULL;
}

static gchar *
name_of (const CrTimetable *timetable, const gchar *id)
{
  const CrPlaceTeacher *teacher = cr_timetable_teacher (timetable, id);
  const CrPlaceRoom *room = cr_timetable_room (timetable, id);
  const CrPlaceClass *klass = cr_timetable_class (timetable, id);
  const CrPlaceSchool *school = cr_timetable_school (timetable, id);

  if (klass != NULL)
    return g_strdup_printf ("%u(%u)", klass->grade, klass->number);
  return g_strdup (teacher != NULL  ? teacher->name
                   : room != NULL   ? room->name
                   : school != NULL ? school->name
                                    : id);
}

static void
name_other (const CrTimetable *timetable, CrConflict *conflict, const CrMeeting *other)
{
  const CrPlaceTeacher *teacher = cr_timetable_teacher (timetable, other->teacher_id);
  const CrCourse *course = other->course;

  conflict->other_course_id = g_strdup (course->id);
  conflict->other_lesson_id = cr_meeting_lesson_id (other);
  conflict->other_title =
      g_strdup (course->title != NULL && *course->title != '\0' ? course->title : course->subject);
  conflict->other_teacher_name = g_strdup (teacher != NULL ? teacher->name : NULL);
}

/* NULL when nobody wants a list; then it is noted that there is one. */
static CrConflict *
report (CrConflictSearch *search, CrConflictKind kind, const CrMeeting *meeting, const gchar *resource_id)
{
  const CrPlaceSchool *school;
  CrConflict *conflict;

  search->any = TRUE;
  if (search->found == NULL || cr_conflict_search_done (search))
    return NULL;
  school = cr_timetable_school (search->timetable, school_id_of (search->timetable, kind, resource_id));
  conflict = g_new0 (CrConflict, 1);
  conflict->kind = kind;
  conflict->lesson_id = cr_meeting_lesson_id (meeting);
  conflict->date = meeting->date;
  conflict->starts_at = meeting->starts_at;
  conflict->ends_at = meeting->ends_at;
  conflict->resource_id = g_strdup (resource_id);
  conflict->resource_name = name_of (search->timetable, resource_id);
  conflict->school_id = g_strdup (school != NULL ? school->id : NULL);
  conflict->school_name = g_strdup (school != NULL ? school->name : NULL);
  g_ptr_array_add (search->found, conflict);
  return conflict;
}

static CrConflict *
report_other (CrConflictSearch *search, CrConflictKind kind, const CrMeeting *meeting,
              const gchar *resource_id, const CrMeeting *other)
{
  CrConflict *conflict = report (search, kind, meeting, resource_id);

  if (conflict == NULL)
    return NULL;
  conflict->starts_at = MAX (meeting->starts_at, other->starts_at);
  conflict->ends_at = MIN (meeting->ends_at, other->ends_at);
  name_other (search->timetable, conflict, other);
  return conflict;
}

static void
search_track (CrConflictSearch *search, const CrTrack *track, CrConflictKind kind, const CrMeeting *meeting,
              const gchar *resource_id)
{
  if (track == NULL)
    return;
  for (guint i = cr_timetable_index_first (search->index, track, meeting->starts_at); i < track->numbers->len;
       i++) {
    const CrMeeting *other = cr_timetable_index_meeting (search->index, track, i);

    if (other->starts_at >= meeting->ends_at || cr_conflict_search_done (search))
      return;
    if (is_compared (search, meeting, other))
      report_other (search, kind, meeting, resource_id, other);
  }
}

static CrConflictKind
kind_of_busy (const CrBusy *busy)
{
  static const CrConflictKind kinds[] = {[CR_BUSY_BUSY] = CR_CONFLICT_BUSY,
                                         [CR_BUSY_EXAM] = CR_CONFLICT_EXAM,
                                         [CR_BUSY_CLOSURE] = CR_CONFLICT_CLOSURE};

  return kinds[busy->kind];
}

static void
report_busy (CrConflictSearch *search, const CrMeeting *meeting, const gchar *resource_id, const CrBusy *busy,
             gint64 start_s, gint64 end_s)
{
  CrConflict *conflict = report (search, kind_of_busy (busy), meeting, resource_id);

  if (conflict == NULL)
    return;
  conflict->starts_at = MAX (meeting->starts_at, start_s);
  conflict->ends_at = MIN (meeting->ends_at, end_s);
  conflict->busy_id = g_strdup (busy->id);
  conflict->reason = g_strdup (busy->reason);
}

void
cr_conflict_search_busy (CrConflictSearch *search, const CrMeeting *meeting, const CrResources *resources,
                         const CrBusy *busy)
{
  const CrTimetable *timetable = search->timetable;
  gint64 start_s, end_s;

  if (!takes_time (meeting) ||
      !cr_busy_on (busy, cr_timetable_term (timetable), meeting->date, &start_s, &end_s) ||
      start_s >= meeting->ends_at || end_s <= meeting->starts_at)
    return;
  if (cr_busy_takes_school (busy)) {
    report_busy (search, meeting, busy->school_id, busy, start_s, end_s);
    return;
  }
  for (guint i = 0; i < resources->classes->len; i++) {
    const CrPlaceClass *klass =
        cr_timetable_class (timetable, g_array_index (resources->classes, CrResource, i).id);

    if (klass != NULL && cr_busy_takes_class (busy, klass))
      report_busy (search, meeting, klass->id, busy, start_s, end_s);
  }
}

static void
search_busy_of_schools (CrConflictSearch *search, const CrMeeting *meeting, const CrResources *resources)
{
  for (guint i = 0; i < resources->schools->len; i++) {
    const GPtrArray *busy =
        cr_timetable_busy_of_school (search->timetable, g_array_index (resources->schools, CrResource, i).id);

    for (guint j = 0; busy != NULL && j < busy->len && !cr_conflict_search_done (search); j++)
      cr_conflict_search_busy (search, meeting, resources, g_ptr_array_index (busy, j));
  }
}

/* What a lesson puts on a school's line: the course's rate for each of the school's classrooms in it. A
 * school is known by its track. */
static guint
load_kbps (const CrTimetableIndex *index, const CrMeeting *meeting, const CrTrack *track)
{
  const GArray *schools = cr_timetable_index_resources (index, meeting)->schools;

  for (guint i = 0; i < schools->len; i++) {
    const CrResource *school = &g_array_index (schools, CrResource, i);

    if (school->track == track)
      return meeting->course->rate_kbps * school->n_rooms;
  }
  return 0;
}

typedef struct {
  const CrMeeting *meeting;
  guint kbps;
} Load;

static GArray *
loads_meanwhile (const CrConflictSearch *search, const CrMeeting *meeting, const CrResource *school)
{
  GArray *loads = g_array_new (FALSE, FALSE, sizeof (Load));
  const CrTrack *track = school->track;

  if (track == NULL)
    return loads;
  for (guint i = cr_timetable_index_first (search->index, track, meeting->starts_at); i < track->numbers->len;
       i++) {
    Load load = {.meeting = cr_timetable_index_meeting (search->index, track, i)};

    if (load.meeting->starts_at >= meeting->ends_at)
      break;
    if (!is_compared (search, meeting, load.meeting))
      continue;
    load.kbps = load_kbps (search->index, load.meeting, track);
    g_array_append_val (loads, load);
  }
  return loads;
}

static guint64
sum_at (const GArray *loads, gint64 moment_s)
{
  guint64 sum = 0;

  for (guint i = 0; i < loads->len; i++) {
    const Load *load = &g_array_index (loads, Load, i);

    if (load->meeting->starts_at <= moment_s && moment_s < load->meeting->ends_at)
      sum += load->kbps;
  }
  return sum;
}

/* The sum is greatest when something begins: the candidate itself, or another during it. */
static guint64
worst_moment (const GArray *loads, const CrMeeting *meeting, gint64 *worst_s)
{
  guint64 worst = sum_at (loads, meeting->starts_at);

  *worst_s = meeting->starts_at;
  for (guint i = 0; i < loads->len; i++) {
    gint64 moment_s = g_array_index (loads, Load, i).meeting->starts_at;
    guint64 sum;

    if (moment_s <= meeting->starts_at)
      continue;
    sum = sum_at (loads, moment_s);
    if (sum > worst) {
      worst = sum;
      *worst_s = moment_s;
    }
  }
  return worst;
}

static void
report_uplink (CrConflictSearch *search, const CrMeeting *meeting, const CrPlaceSchool *school,
               const CrMeeting *other, guint64 used_kbps)
{
  CrConflict *conflict = other != NULL ? report_other (search, CR_CONFLICT_UPLINK, meeting, school->id, other)
                                       : report (search, CR_CONFLICT_UPLINK, meeting, school->id);

  if (conflict == NULL)
    return;
  conflict->used_kbps = (guint)MIN (used_kbps, G_MAXUINT);
  conflict->capacity_kbps = school->uplink_kbps;
}

static void
search_uplink (CrConflictSearch *search, const CrMeeting *meeting, const CrResource *resource)
{
  const CrPlaceSchool *school = cr_timetable_school (search->timetable, resource->id);
  g_autoptr (GArray) loads = NULL;
  guint64 own_kbps, used_kbps;
  gboolean named = FALSE;
  gint64 worst_s;

  if (school == NULL || school->uplink_kbps == 0 || resource->n_rooms == 0)
    return;
  own_kbps = (guint64)meeting->course->rate_kbps * resource->n_rooms;
  loads = loads_meanwhile (search, meeting, resource);
  used_kbps = own_kbps + worst_moment (loads, meeting, &worst_s);
  if (used_kbps <= school->uplink_kbps)
    return;
  for (guint i = 0; i < loads->len; i++) {
    const Load *load = &g_array_index (loads, Load, i);

    if (load->kbps == 0 || load->meeting->starts_at > worst_s || load->meeting->ends_at <= worst_s)
      continue;
    report_uplink (search, meeting, school, load->meeting, used_kbps);
    named = TRUE;
  }
  if (!named) /* too much by itself */
    report_uplink (search, meeting, school, NULL, used_kbps);
}

void
cr_conflict_search_meeting (CrConflictSearch *search, const CrMeeting *meeting, const CrResources *resources)
{
  if (meeting->state == CR_LESSON_CANCELLED || cr_conflict_search_done (search))
    return;
  if (!meeting->has_bell) {
    report (search, CR_CONFLICT_NO_BELL, meeting, meeting->host_classroom_id);
    return;
  }
  search_track (search, cr_timetable_index_track (search->index, CR_TRACK_TEACHER, meeting->teacher_id),
                CR_CONFLICT_TEACHER, meeting, meeting->teacher_id);
  for (guint i = 0; i < resources->rooms->len; i++) {
    const CrResource *room = &g_array_index (resources->rooms, CrResource, i);

    search_track (search, room->track, i == 0 ? CR_CONFLICT_HOST_CLASSROOM : CR_CONFLICT_LISTENING_CLASSROOM,
                  meeting, room->id);
  }
  for (guint i = 0; i < resources->classes->len; i++) {
    const CrResource *klass = &g_array_index (resources->classes, CrResource, i);

    search_track (search, klass->track, CR_CONFLICT_LISTENING_CLASS, meeting, klass->id);
  }
  search_busy_of_schools (search, meeting, resources);
  for (guint i = 0; i < resources->schools->len && !cr_conflict_search_done (search); i++)
    search_uplink (search, meeting, &g_array_index (resources->schools, CrResource, i));
}

void
cr_conflict_search_sibling (CrConflictSearch *search, const CrMeeting *meeting, const CrMeeting *other,
                            const CrResources *resources)
{
  if (!takes_time (meeting) || !takes_time (other) || meeting->starts_at >= other->ends_at ||
      other->starts_at >= meeting->ends_at)
    return;
  if (g_strcmp0 (meeting->teacher_id, other->teacher_id) == 0)
    report_other (search, CR_CONFLICT_TEACHER, meeting, meeting->teacher_id, other);
  for (guint i = 0; i < resources->rooms->len; i++)
    report_other (search, i == 0 ? CR_CONFLICT_HOST_CLASSROOM : CR_CONFLICT_LISTENING_CLASSROOM, meeting,
                  g_array_index (resources->rooms, CrResource, i).id, other);
  for (guint i = 0; i < resources->classes->len; i++)
    report_other (search, CR_CONFLICT_LISTENING_CLASS, meeting,
                  g_array_index (resources->classes, CrResource, i).id, other);
}

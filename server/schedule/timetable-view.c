/* SPDX-License-Identifier: Apache-2.0
 *
 * The timetable as a school, teacher, classroom, class or course sees it, read off the index; and one lesson
 * by its id.
 */
#include "schedule/timetable-index.h"

static const gchar *const view_names[] = {"all", "school", "teacher", "classroom", "class", "course"};

static const CrTrackKind view_tracks[] = {
    [CR_VIEW_SCHOOL] = CR_TRACK_SCHOOL,  [CR_VIEW_TEACHER] = CR_TRACK_TEACHER,
    [CR_VIEW_CLASSROOM] = CR_TRACK_ROOM, [CR_VIEW_CLASS] = CR_TRACK_CLASS,
    [CR_VIEW_COURSE] = CR_TRACK_COURSE,
};

const gchar *
cr_view_kind_name (CrViewKind kind)
{
  return view_names[kind];
}

gboolean
cr_view_kind_parse (const gchar *text, CrViewKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (view_names); i++) {
    if (g_strcmp0 (text, view_names[i]) == 0) {
      *kind = i;
      return TRUE;
    }
  }
  return FALSE;
}

static void
add_if_between (GPtrArray *view, const CrMeeting *meeting, CrDate first, CrDate last)
{
  if (first <= meeting->date && meeting->date <= last)
    g_ptr_array_add (view, (gpointer)meeting);
}

GPtrArray *
cr_timetable_view (const CrTimetable *timetable, CrViewKind kind, const gchar *id, CrDate first, CrDate last)
{
  const CrTimetableIndex *index = cr_timetable_index (timetable);
  GPtrArray *view = g_ptr_array_new ();
  const CrTrack *track;

  g_return_val_if_fail (index != NULL, view);
  if (kind == CR_VIEW_ALL) {
    for (guint i = 0; i < index->n_meetings; i++)
      add_if_between (view, &index->meetings[i], first, last);
    return view;
  }
  track = cr_timetable_index_track (index, view_tracks[kind], id);
  for (guint i = 0; track != NULL && i < track->numbers->len; i++)
    add_if_between (view, cr_timetable_index_meeting (index, track, i), first, last);
  return view;
}

static gboolean
contains (const GArray *resources, const gchar *id)
{
  for (guint i = 0; i < resources->len; i++) {
    if (g_strcmp0 (g_array_index (resources, CrResource, i).id, id) == 0)
      return TRUE;
  }
  return FALSE;
}

gboolean
cr_timetable_meeting_in_view (const CrTimetable *timetable, const CrMeeting *meeting, CrViewKind kind,
                              const gchar *id)
{
  g_autoptr (CrResources) resources = cr_resources_new (timetable, NULL, meeting->course);

  switch (kind) {
  case CR_VIEW_ALL:
    return TRUE;
  case CR_VIEW_SCHOOL:
    return contains (resources->schools, id);
  case CR_VIEW_TEACHER:
    return g_strcmp0 (meeting->teacher_id, id) == 0;
  case CR_VIEW_CLASSROOM:
    return contains (resources->rooms, id);
  case CR_VIEW_CLASS:
    return contains (resources->classes, id);
  case CR_VIEW_COURSE:
    return g_strcmp0 (meeting->course->id, id) == 0;
  }
  return FALSE;
}

const CrMeeting *
cr_timetable_meeting (const CrTimetable *timetable, const gchar *lesson_id)
{
  const CrTimetableIndex *index = cr_timetable_index (timetable);
  g_autofree gchar *course_id = NULL;
  g_autofree gchar *added_id = NULL;
  const CrTrack *track;
  CrDate rule_date;

  g_return_val_if_fail (index != NULL, NULL);
  if (!cr_lesson_id_parse (lesson_id, &course_id, &rule_date, &added_id))
    return NULL;
  track = cr_timetable_index_track (index, CR_TRACK_COURSE, course_id);
  for (guint i = 0; track != NULL && i < track->numbers->len; i++) {
    const CrMeeting *meeting = cr_timetable_index_meeting (index, track, i);

    if (meeting->rule_date == rule_date && g_strcmp0 (meeting->added_id, added_id) == 0)
      return meeting;
  }
  return NULL;
}

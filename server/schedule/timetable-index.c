/* SPDX-License-Identifier: Apache-2.0
 *
 * Builds the tracks by walking the sorted meetings once. What a course takes is looked up once per course and
 * not per meeting, since that is where the time would go.
 */
#include "schedule/timetable-index.h"

static void
track_free (gpointer data)
{
  CrTrack *track = data;

  g_array_unref (track->numbers);
  g_free (track);
}

static CrTrack *
ensure_track (CrTimetableIndex *index, CrTrackKind kind, const gchar *id)
{
  CrTrack *track = g_hash_table_lookup (index->tracks[kind], id);

  if (track != NULL)
    return track;
  track = g_new0 (CrTrack, 1);
  track->numbers = g_array_new (FALSE, FALSE, sizeof (guint32));
  g_hash_table_insert (index->tracks[kind], g_strdup (id), track);
  return track;
}

CrTrack *
cr_timetable_index_track (const CrTimetableIndex *index, CrTrackKind kind, const gchar *id)
{
  return id == NULL ? NULL : g_hash_table_lookup (index->tracks[kind], id);
}

guint
cr_timetable_index_first (const CrTimetableIndex *index, const CrTrack *track, gint64 start_s)
{
  guint low = 0, high = track->numbers->len;

  while (low < high) {
    guint middle = low + (high - low) / 2;

    if (cr_timetable_index_meeting (index, track, middle)->starts_at + index->longest_s <= start_s)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* Courses have a few dozen rooms and classes at most, so that a list is searched faster than a hash. */
static CrResource *
add_resource (GArray *resources, const gchar *id)
{
  CrResource resource = {.id = id};

  for (guint i = 0; i < resources->len; i++) {
    if (g_str_equal (g_array_index (resources, CrResource, i).id, id))
      return NULL;
  }
  g_array_append_val (resources, resource);
  return &g_array_index (resources, CrResource, resources->len - 1);
}

static void
add_school (CrResources *resources, const gchar *school_id, guint n_rooms)
{
  if (school_id == NULL)
    return;
  add_resource (resources->schools, school_id);
  for (guint i = 0; i < resources->schools->len; i++) {
    CrResource *school = &g_array_index (resources->schools, CrResource, i);

    if (g_str_equal (school->id, school_id))
      school->n_rooms += n_rooms;
  }
}

static void
add_room (CrResources *resources, const CrTimetable *timetable, const gchar *id)
{
  const CrPlaceRoom *room = cr_timetable_room (timetable, id);

  if (id != NULL && add_resource (resources->rooms, id) != NULL && room != NULL)
    add_school (resources, room->school_id, 1);
}

static void
find_tracks (GArray *resources, const CrTimetableIndex *index, CrTrackKind kind)
{
  for (guint i = 0; i < resources->len; i++) {
    CrResource *resource = &g_array_index (resources, CrResource, i);

    resource->track = cr_timetable_index_track (index, kind, resource->id);
  }
}

CrResources *
cr_resources_new (const CrTimetable *timetable, const CrTimetableIndex *index, const CrCourse *course)
{
  CrResources *resources = g_new0 (CrResources, 1);

  resources->rooms = g_array_new (FALSE, FALSE, sizeof (CrResource));
  resources->classes = g_array_new (FALSE, FALSE, sizeof (CrResource));
  resources->schools = g_array_new (FALSE, FALSE, sizeof (CrResource));
  add_room (resources, timetable, course->host_classroom_id);
  for (guint i = 0; i < course->classes->len; i++) {
    const CrCourseClass *entry = cr_course_class (course, i);
    const CrPlaceClass *klass = cr_timetable_class (timetable, entry->class_id);

    add_room (resources, timetable, entry->classroom_id);
    if (entry->class_id != NULL && add_resource (resources->classes, entry->class_id) != NULL &&
        klass != NULL)
      add_school (resources, klass->school_id, 0);
  }
  if (index != NULL) {
    find_tracks (resources->rooms, index, CR_TRACK_ROOM);
    find_tracks (resources->classes, index, CR_TRACK_CLASS);
    find_tracks (resources->schools, index, CR_TRACK_SCHOOL);
  }
  return resources;
}

void
cr_resources_free (CrResources *resources)
{
  if (resources == NULL)
    return;
  g_array_unref (resources->rooms);
  g_array_unref (resources->classes);
  g_array_unref (resources->schools);
  g_free (resources);
}

static void
ensure_tracks (CrTimetableIndex *index, GArray *resources, CrTrackKind kind)
{
  for (guint i = 0; i < resources->len; i++) {
    CrResource *resource = &g_array_index (resources, CrResource, i);

    resource->track = ensure_track (index, kind, resource->id);
  }
}

/* By the course's address: an opened lesson has its own copy of the course, with what it took then. */
static const CrResources *
ensure_resources (CrTimetableIndex *index, const CrTimetable *timetable, const CrCourse *course)
{
  CrResources *resources = g_hash_table_lookup (index->resources, course);

  if (resources != NULL)
    return resources;
  resources = cr_resources_new (timetable, NULL, course);
  ensure_tracks (index, resources->rooms, CR_TRACK_ROOM);
  ensure_tracks (index, resources->classes, CR_TRACK_CLASS);
  ensure_tracks (index, resources->schools, CR_TRACK_SCHOOL);
  g_hash_table_insert (index->resources, (gpointer)course, resources);
  return resources;
}

const CrResources *
cr_timetable_index_resources (const CrTimetableIndex *index, const CrMeeting *meeting)
{
  return g_hash_table_lookup (index->resources, meeting->course);
}

static void
add_to_tracks (const GArray *resources, guint32 number)
{
  for (guint i = 0; i < resources->len; i++)
    g_array_append_val (g_array_index (resources, CrResource, i).track->numbers, number);
}

CrTimetableIndex *
cr_timetable_index_new (const CrTimetable *timetable, const CrMeeting *meetings, guint n_meetings)
{
  CrTimetableIndex *index = g_new0 (CrTimetableIndex, 1);

  index->meetings = meetings;
  index->n_meetings = n_meetings;
  index->resources =
      g_hash_table_new_full (g_direct_hash, g_direct_equal, NULL, (GDestroyNotify)cr_resources_free);
  for (guint i = 0; i < CR_N_TRACK_KINDS; i++)
    index->tracks[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, track_free);

  for (guint32 number = 0; number < n_meetings; number++) {
    const CrMeeting *meeting = &meetings[number];
    const CrResources *resources = ensure_resources (index, timetable, meeting->course);

    add_to_tracks (resources->rooms, number);
    add_to_tracks (resources->classes, number);
    add_to_tracks (resources->schools, number);
    g_array_append_val (ensure_track (index, CR_TRACK_COURSE, meeting->course->id)->numbers, number);
    if (meeting->teacher_id != NULL)
      g_array_append_val (ensure_track (index, CR_TRACK_TEACHER, meeting->teacher_id)->numbers, number);
    index->longest_s = MAX (index->longest_s, meeting->ends_at - meeting->starts_at);
  }
  return index;
}

void
cr_timetable_index_free (CrTimetableIndex *index)
{
  if (index == NULL)
    return;
  for (guint i = 0; i < CR_N_TRACK_KINDS; i++)
    g_hash_table_unref (index->tracks[i]);
  g_hash_table_unref (index->resources);
  g_free (index);
}

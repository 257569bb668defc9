/* SPDX-License-Identifier: Apache-2.0
 *
 * The index of a sealed timetable: for each teacher, classroom, class, school and course its meetings by
 * time. Private to the folder; conflict.c searches it.
 *
 * Thread: [any] once built.
 */
#pragma once

#include "schedule/timetable.h"

G_BEGIN_DECLS

typedef enum {
  CR_TRACK_TEACHER,
  CR_TRACK_ROOM,
  CR_TRACK_CLASS,
  CR_TRACK_SCHOOL,
  CR_TRACK_COURSE,
  CR_N_TRACK_KINDS,
} CrTrackKind;

/* The meetings of one teacher, room, …: numbers into the timetable's meetings, ascending, hence by starts_at.
 */
typedef struct {
  GArray *numbers; /* guint32 */
} CrTrack;

/* Something that a course takes. `id` is borrowed. */
typedef struct {
  const gchar *id;
  CrTrack *track; /* NULL: nothing else takes it */
  guint n_rooms;  /* of a school: its classrooms in the course */
} CrResource;

/* What the lessons of a course take, each once; the teacher apart, since he may differ from lesson to lesson.
 * The first room is the host's. A room of no known school, a class of none: its school is left out. */
typedef struct {
  GArray *rooms;   /* CrResource */
  GArray *classes; /* CrResource */
  GArray *schools; /* CrResource: of rooms and classes */
} CrResources;

typedef struct {
  const CrMeeting *meetings; /* by starts_at */
  guint n_meetings;
  gint64 longest_s; /* no meeting is longer */
  GHashTable *tracks[CR_N_TRACK_KINDS];
  GHashTable *resources; /* of each meeting's course, by the course's address */
} CrTimetableIndex;

/* `meetings` are sorted and outlive the index, as does `timetable`, which has its places. */
CrTimetableIndex *cr_timetable_index_new (const CrTimetable *timetable, const CrMeeting *meetings,
                                          guint n_meetings);
void cr_timetable_index_free (CrTimetableIndex *index);

const CrTimetableIndex *cr_timetable_index (const CrTimetable *timetable);

/* NULL when it has no meeting. */
CrTrack *cr_timetable_index_track (const CrTimetableIndex *index, CrTrackKind kind, const gchar *id);

/* The first entry of a track that can reach past `start_s`; the track's length when there is none. From there
 * on, until a meeting's starts_at is not before the end of what is compared. */
guint cr_timetable_index_first (const CrTimetableIndex *index, const CrTrack *track, gint64 start_s);

static inline const CrMeeting *
cr_timetable_index_meeting (const CrTimetableIndex *index, const CrTrack *track, guint entry)
{
  return &index->meetings[g_array_index (track->numbers, guint32, entry)];
}

/* What a meeting of the timetable takes; the index's. */
const CrResources *cr_timetable_index_resources (const CrTimetableIndex *index, const CrMeeting *meeting);

/* `index` NULL: tracks are left NULL. */
CrResources *cr_resources_new (const CrTimetable *timetable, const CrTimetableIndex *index,
                               const CrCourse *course);
void cr_resources_free (CrResources *resources);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrResources, cr_resources_free)

G_END_DECLS

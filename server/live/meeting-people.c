/* SPDX-License-Identifier: Apache-2.0
 *
 * The course's classes and classrooms, and the schools and districts that these lie in.
 */
#include "live/meeting-people.h"

#include "live/listener-name.h"

static void
add_once (GPtrArray *list, const gchar *text)
{
  if (text != NULL && !g_ptr_array_find_with_equal_func (list, text, g_str_equal, NULL))
    g_ptr_array_add (list, g_strdup (text));
}

typedef struct {
  GPtrArray *schools, *rooms, *districts;
} Lists;

static void
add_school (Lists *lists, const CrTimetable *timetable, const gchar *school_id)
{
  const CrPlaceSchool *school = school_id != NULL ? cr_timetable_school (timetable, school_id) : NULL;

  add_once (lists->schools, school_id);
  add_once (lists->districts, school != NULL ? school->district : NULL);
}

static void
add_room (Lists *lists, const CrTimetable *timetable, const gchar *classroom_id)
{
  const CrPlaceRoom *room = classroom_id != NULL ? cr_timetable_room (timetable, classroom_id) : NULL;

  add_once (lists->rooms, classroom_id);
  add_school (lists, timetable, room != NULL ? room->school_id : NULL);
}

/* Two classes in one room are one listener: there is one screen and one microphone. */
static void
add_listener (GPtrArray *listeners, const CrTimetable *timetable, const CrCourseClass *entry)
{
  const CrPlaceRoom *room = cr_timetable_room (timetable, entry->classroom_id);
  const CrPlaceSchool *school = cr_timetable_school_of_room (timetable, entry->classroom_id);
  g_autofree gchar *name = cr_listener_name (school, cr_timetable_class (timetable, entry->class_id), room);

  for (guint i = 0; i < listeners->len; i++) {
    if (g_str_equal (((const CrListener *)listeners->pdata[i])->classroom_id, entry->classroom_id))
      return;
  }
  g_ptr_array_add (listeners,
                   cr_listener_new (entry->classroom_id, room != NULL ? room->school_id : NULL, name));
}

static gchar **
finish (GPtrArray *list)
{
  g_ptr_array_add (list, NULL);
  return (gchar **)g_ptr_array_free (list, FALSE);
}

CrLessonPeople *
cr_meeting_people (const CrTimetable *timetable, const CrCourse *course, const gchar *teacher_id,
                   const gchar *host_classroom_id)
{
  CrLessonPeople *people = g_new0 (CrLessonPeople, 1);
  const CrPlaceSchool *host = cr_timetable_school_of_room (timetable, host_classroom_id);
  Lists lists = {g_ptr_array_new (), g_ptr_array_new (), g_ptr_array_new ()};

  people->kind = (CrLessonKind)course->kind;
  people->district = g_strdup (host != NULL ? host->district : NULL);
  people->school_id = g_strdup (host != NULL ? host->id : NULL);
  people->classroom_id = g_strdup (host_classroom_id);
  people->teacher_id = g_strdup (teacher_id);
  people->listeners = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_listener_free);
  add_room (&lists, timetable, host_classroom_id);
  for (guint i = 0; i < course->classes->len; i++) {
    const CrCourseClass *entry = cr_course_class (course, i);
    const CrPlaceClass *klass = cr_timetable_class (timetable, entry->class_id);

    add_room (&lists, timetable, entry->classroom_id);
    add_school (&lists, timetable, klass != NULL ? klass->school_id : NULL);
    if (g_strcmp0 (entry->classroom_id, host_classroom_id) != 0)
      add_listener (people->listeners, timetable, entry);
  }
  people->school_ids = finish (lists.schools);
  people->classroom_ids = finish (lists.rooms);
  people->districts = finish (lists.districts);
  return people;
}

gboolean
cr_meeting_authorize (const CrTimetable *timetable, const CrMeeting *meeting, const CrActor *actor,
                      CrVerb verb)
{
  g_autoptr (CrLessonPeople) people =
      cr_meeting_people (timetable, meeting->course, meeting->teacher_id, meeting->host_classroom_id);
  g_autofree gchar *lesson_id = cr_meeting_lesson_id (meeting);
  CrObject object;

  cr_lesson_people_to_object (people, lesson_id, &object);
  return cr_authorize (actor, verb, &object);
}

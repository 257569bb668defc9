/* SPDX-License-Identifier: Apache-2.0
 *
 * Copying, freeing, and how the table of rules sees a lesson.
 */
#include "live/lesson-people.h"

CrListener *
cr_listener_new (const gchar *classroom_id, const gchar *school_id, const gchar *name)
{
  CrListener *listener = g_new0 (CrListener, 1);

  listener->classroom_id = g_strdup (classroom_id);
  listener->school_id = g_strdup (school_id);
  listener->name = g_strdup (name);
  return listener;
}

void
cr_listener_free (CrListener *listener)
{
  g_free (listener->classroom_id);
  g_free (listener->school_id);
  g_free (listener->name);
  g_free (listener);
}

static gpointer
copy_listener (gconstpointer data, gpointer user_data)
{
  const CrListener *listener = data;

  return cr_listener_new (listener->classroom_id, listener->school_id, listener->name);
}

CrLessonPeople *
cr_lesson_people_copy (const CrLessonPeople *people)
{
  CrLessonPeople *copy = g_new0 (CrLessonPeople, 1);

  copy->kind = people->kind;
  copy->district = g_strdup (people->district);
  copy->school_id = g_strdup (people->school_id);
  copy->classroom_id = g_strdup (people->classroom_id);
  copy->teacher_id = g_strdup (people->teacher_id);
  copy->school_ids = g_strdupv (people->school_ids);
  copy->classroom_ids = g_strdupv (people->classroom_ids);
  copy->districts = g_strdupv (people->districts);
  copy->listeners = g_ptr_array_copy (people->listeners, copy_listener, NULL);
  g_ptr_array_set_free_func (copy->listeners, (GDestroyNotify)cr_listener_free);
  return copy;
}

void
cr_lesson_people_free (CrLessonPeople *people)
{
  g_free (people->district);
  g_free (people->school_id);
  g_free (people->classroom_id);
  g_free (people->teacher_id);
  g_strfreev (people->school_ids);
  g_strfreev (people->classroom_ids);
  g_strfreev (people->districts);
  g_ptr_array_unref (people->listeners);
  g_free (people);
}

void
cr_lesson_people_to_object (const CrLessonPeople *people, const gchar *lesson_id, CrObject *object)
{
  *object = (CrObject){.kind = CR_OBJECT_LESSON, .lesson_id = lesson_id};
  if (people == NULL)
    return;
  object->lesson_kind = people->kind;
  object->district = people->district;
  object->school_id = people->school_id;
  object->classroom_id = people->classroom_id;
  object->teacher_id = people->teacher_id;
  object->school_ids = (const gchar *const *)people->school_ids;
  object->classroom_ids = (const gchar *const *)people->classroom_ids;
  object->member_districts = (const gchar *const *)people->districts;
}

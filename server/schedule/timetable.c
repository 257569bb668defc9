/* SPDX-License-Identifier: Apache-2.0
 *
 * The container: places by id, courses with their changes and opened lessons, and, once sealed, every meeting
 * of the term in one array by time.
 */
#include "schedule/timetable.h"

#include "schedule/timetable-index.h"

#include <string.h>

typedef struct {
  CrCourse *course; /* NULL while only changes or opened lessons of it are known */
  GPtrArray *changes;
  GPtrArray *frozen;
} Entry;

struct _CrTimetable {
  gatomicrefcount n_refs;
  gboolean sealed;
  CrTerm *term;
  GHashTable *schools; /* id → owned CrPlaceSchool, and so on */
  GHashTable *rooms;
  GHashTable *classes;
  GHashTable *teachers;
  GHashTable *bells;          /* school id → CrBells */
  GHashTable *busy_of_school; /* school id → GPtrArray of borrowed CrBusy */
  GHashTable *entries;        /* course id → Entry */
  GHashTable *changes;        /* change id → borrowed CrChange */
  GPtrArray *busy;            /* owned */
  GPtrArray *courses;         /* borrowed */
  GArray *meetings;           /* CrMeeting, by starts_at once sealed */
  CrTimetableIndex *index;
};

static void
entry_free (gpointer data)
{
  Entry *entry = data;

  cr_course_free (entry->course);
  g_ptr_array_unref (entry->changes);
  g_ptr_array_unref (entry->frozen);
  g_free (entry);
}

/* Keys are the ids inside the values. */
static GHashTable *
new_by_id (GDestroyNotify destroy)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, NULL, destroy);
}

CrTimetable *
cr_timetable_new (CrTerm *term)
{
  CrTimetable *timetable = g_new0 (CrTimetable, 1);

  g_atomic_ref_count_init (&timetable->n_refs);
  timetable->term = term;
  timetable->schools = new_by_id ((GDestroyNotify)cr_place_school_free);
  timetable->rooms = new_by_id ((GDestroyNotify)cr_place_room_free);
  timetable->classes = new_by_id ((GDestroyNotify)cr_place_class_free);
  timetable->teachers = new_by_id ((GDestroyNotify)cr_place_teacher_free);
  timetable->bells = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)cr_bells_free);
  timetable->busy_of_school =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)g_ptr_array_unref);
  timetable->entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, entry_free);
  timetable->changes = new_by_id (NULL);
  timetable->busy = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_busy_free);
  timetable->courses = g_ptr_array_new ();
  timetable->meetings = g_array_new (FALSE, FALSE, sizeof (CrMeeting));
  return timetable;
}

CrTimetable *
cr_timetable_ref (CrTimetable *timetable)
{
  g_atomic_ref_count_inc (&timetable->n_refs);
  return timetable;
}

void
cr_timetable_unref (CrTimetable *timetable)
{
  if (timetable == NULL || !g_atomic_ref_count_dec (&timetable->n_refs))
    return;
  cr_timetable_index_free (timetable->index);
  g_array_unref (timetable->meetings);
  g_ptr_array_unref (timetable->courses);
  g_hash_table_unref (timetable->busy_of_school);
  g_ptr_array_unref (timetable->busy);
  g_hash_table_unref (timetable->changes);
  g_hash_table_unref (timetable->entries);
  g_hash_table_unref (timetable->bells);
  g_hash_table_unref (timetable->teachers);
  g_hash_table_unref (timetable->classes);
  g_hash_table_unref (timetable->rooms);
  g_hash_table_unref (timetable->schools);
  cr_term_free (timetable->term);
  g_free (timetable);
}

void
cr_timetable_take_school (CrTimetable *timetable, CrPlaceSchool *school)
{
  g_return_if_fail (!timetable->sealed);
  g_hash_table_replace (timetable->schools, school->id, school);
}

void
cr_timetable_take_room (CrTimetable *timetable, CrPlaceRoom *room)
{
  g_return_if_fail (!timetable->sealed);
  g_hash_table_replace (timetable->rooms, room->id, room);
}

void
cr_timetable_take_class (CrTimetable *timetable, CrPlaceClass *klass)
{
  g_return_if_fail (!timetable->sealed);
  g_hash_table_replace (timetable->classes, klass->id, klass);
}

void
cr_timetable_take_teacher (CrTimetable *timetable, CrPlaceTeacher *teacher)
{
  g_return_if_fail (!timetable->sealed);
  g_hash_table_replace (timetable->teachers, teacher->id, teacher);
}

void
cr_timetable_take_bell_schedule (CrTimetable *timetable, CrBellSchedule *schedule)
{
  CrBells *bells;

  g_return_if_fail (!timetable->sealed);
  bells = g_hash_table_lookup (timetable->bells, schedule->school_id);
  if (bells == NULL) {
    bells = cr_bells_new ();
    g_hash_table_insert (timetable->bells, g_strdup (schedule->school_id), bells);
  }
  cr_bells_take (bells, schedule);
}

void
cr_timetable_take_busy (CrTimetable *timetable, CrBusy *busy)
{
  GPtrArray *of_school;

  g_return_if_fail (!timetable->sealed);
  g_ptr_array_add (timetable->busy, busy);
  of_school = g_hash_table_lookup (timetable->busy_of_school, busy->school_id);
  if (of_school == NULL) {
    of_school = g_ptr_array_new ();
    g_hash_table_insert (timetable->busy_of_school, g_strdup (busy->school_id), of_school);
  }
  g_ptr_array_add (of_school, busy);
}

static Entry *
ensure_entry (CrTimetable *timetable, const gchar *course_id)
{
  Entry *entry = g_hash_table_lookup (timetable->entries, course_id);

  if (entry != NULL)
    return entry;
  entry = g_new0 (Entry, 1);
  entry->changes = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_change_free);
  entry->frozen = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_frozen_lesson_free);
  g_hash_table_insert (timetable->entries, g_strdup (course_id), entry);
  return entry;
}

void
cr_timetable_take_course (CrTimetable *timetable, CrCourse *course)
{
  Entry *entry;

  g_return_if_fail (!timetable->sealed);
  entry = ensure_entry (timetable, course->id);
  g_return_if_fail (entry->course == NULL);
  entry->course = course;
  g_ptr_array_add (timetable->courses, course);
}

void
cr_timetable_take_change (CrTimetable *timetable, CrChange *change)
{
  g_return_if_fail (!timetable->sealed);
  g_ptr_array_add (ensure_entry (timetable, change->course_id)->changes, change);
  g_hash_table_insert (timetable->changes, change->id, change);
}

void
cr_timetable_take_frozen (CrTimetable *timetable, CrFrozenLesson *frozen)
{
  g_return_if_fail (!timetable->sealed);
  g_ptr_array_add (ensure_entry (timetable, frozen->course->id)->frozen, frozen);
}

static gint
compare_meetings (gconstpointer a, gconstpointer b)
{
  const CrMeeting *left = a, *right = b;

  if (left->starts_at != right->starts_at)
    return left->starts_at < right->starts_at ? -1 : 1;
  if (left->date != right->date)
    return left->date < right->date ? -1 : 1;
  return strcmp (left->course->id, right->course->id);
}

void
cr_timetable_seal (CrTimetable *timetable)
{
  g_return_if_fail (!timetable->sealed);
  timetable->sealed = TRUE;
  for (guint i = 0; i < timetable->courses->len; i++) {
    const CrCourse *course = g_ptr_array_index (timetable->courses, i);
    CrCoursePlan plan;

    if (cr_timetable_plan (timetable, course->id, &plan))
      cr_course_meetings_between (&plan, G_MININT32, G_MAXINT32, timetable->meetings);
  }
  g_array_sort (timetable->meetings, compare_meetings);
  timetable->index = cr_timetable_index_new (timetable, (CrMeeting *)(gpointer)timetable->meetings->data,
                                             timetable->meetings->len);
}

static gpointer
lookup (GHashTable *table, const gchar *id)
{
  return id == NULL ? NULL : g_hash_table_lookup (table, id);
}

const CrTerm *
cr_timetable_term (const CrTimetable *timetable)
{
  return timetable->term;
}

const CrPlaceSchool *
cr_timetable_school (const CrTimetable *timetable, const gchar *id)
{
  return lookup (timetable->schools, id);
}

const CrPlaceRoom *
cr_timetable_room (const CrTimetable *timetable, const gchar *id)
{
  return lookup (timetable->rooms, id);
}

const CrPlaceClass *
cr_timetable_class (const CrTimetable *timetable, const gchar *id)
{
  return lookup (timetable->classes, id);
}

const CrPlaceTeacher *
cr_timetable_teacher (const CrTimetable *timetable, const gchar *id)
{
  return lookup (timetable->teachers, id);
}

const CrCourse *
cr_timetable_course (const CrTimetable *timetable, const gchar *id)
{
  const Entry *entry = lookup (timetable->entries, id);

  return entry == NULL ? NULL : entry->course;
}

const CrChange *
cr_timetable_change (const CrTimetable *timetable, const gchar *id)
{
  return lookup (timetable->changes, id);
}

const CrBells *
cr_timetable_bells (const CrTimetable *timetable, const gchar *school_id)
{
  return lookup (timetable->bells, school_id);
}

const CrPlaceSchool *
cr_timetable_school_of_room (const CrTimetable *timetable, const gchar *classroom_id)
{
  const CrPlaceRoom *room = cr_timetable_room (timetable, classroom_id);

  return room == NULL ? NULL : cr_timetable_school (timetable, room->school_id);
}

const GPtrArray *
cr_timetable_courses (const CrTimetable *timetable)
{
  return timetable->courses;
}

const GPtrArray *
cr_timetable_busy (const CrTimetable *timetable)
{
  return timetable->busy;
}

const GPtrArray *
cr_timetable_busy_of_school (const CrTimetable *timetable, const gchar *school_id)
{
  return lookup (timetable->busy_of_school, school_id);
}

gboolean
cr_timetable_plan (const CrTimetable *timetable, const gchar *course_id, CrCoursePlan *plan)
{
  const Entry *entry = lookup (timetable->entries, course_id);
  const CrPlaceRoom *host;

  if (entry == NULL || entry->course == NULL)
    return FALSE;
  host = cr_timetable_room (timetable, entry->course->host_classroom_id);
  *plan = (CrCoursePlan){
      .term = timetable->term,
      .bells = host == NULL ? NULL : cr_timetable_bells (timetable, host->school_id),
      .course = entry->course,
      .changes = (const CrChange *const *)entry->changes->pdata,
      .n_changes = entry->changes->len,
      .frozen = (const CrFrozenLesson *const *)entry->frozen->pdata,
      .n_frozen = entry->frozen->len,
  };
  return TRUE;
}

const CrMeeting *
cr_timetable_meetings (const CrTimetable *timetable, guint *n_meetings)
{
  *n_meetings = timetable->meetings->len;
  return (const CrMeeting *)(gconstpointer)timetable->meetings->data;
}

const CrTimetableIndex *
cr_timetable_index (const CrTimetable *timetable)
{
  return timetable->index;
}

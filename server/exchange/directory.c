/* SPDX-License-Identifier: Apache-2.0
 *
 * Two hash tables for each kind, by id and by code; the codes of what lies in a school are joined by a slash
 * that is escaped within them.
 */
#include "exchange/directory.h"

typedef enum { SCHOOLS, CLASSROOMS, CLASSES, TEACHERS, N_KINDS } Kind;

struct CrDirectory {
  GPtrArray *rows[N_KINDS];
  GHashTable *by_id[N_KINDS];
  GHashTable *by_code[N_KINDS];
};

static gchar *
join_codes (const gchar *school_code, const gchar *code)
{
  g_autofree gchar *school = g_uri_escape_string (school_code, NULL, TRUE);

  return g_strconcat (school, "/", code, NULL);
}

static gchar *
class_code (const gchar *school_code, gint64 grade, gint64 number)
{
  g_autofree gchar *code = g_strdup_printf ("%" G_GINT64_FORMAT "-%" G_GINT64_FORMAT, grade, number);

  return join_codes (school_code, code);
}

static gchar *
code_of (Kind kind, gpointer row)
{
  const CrClassroomRow *room = row;
  const CrClassRow *klass = row;

  switch (kind) {
  case SCHOOLS:
    return g_strdup (((const CrSchoolRow *)row)->code);
  case CLASSROOMS:
    return join_codes (room->school_code, room->code);
  case CLASSES:
    return class_code (klass->school_code, klass->grade, klass->number);
  case TEACHERS:
  default:
    return g_strdup (((const CrTeacherRow *)row)->code);
  }
}

/* Each row begins with its id. */
static void
index_rows (CrDirectory *directory, Kind kind)
{
  directory->by_id[kind] = g_hash_table_new (g_str_hash, g_str_equal);
  directory->by_code[kind] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  for (guint i = 0; i < directory->rows[kind]->len; i++) {
    gpointer row = directory->rows[kind]->pdata[i];

    g_hash_table_insert (directory->by_id[kind], *(gchar **)row, row);
    g_hash_table_insert (directory->by_code[kind], code_of (kind, row), row);
  }
}

G_STATIC_ASSERT (G_STRUCT_OFFSET (CrSchoolRow, id) == 0 && G_STRUCT_OFFSET (CrClassroomRow, id) == 0 &&
                 G_STRUCT_OFFSET (CrClassRow, id) == 0 && G_STRUCT_OFFSET (CrTeacherRow, id) == 0);

CrDirectory *
cr_directory_load (CrStoreTx *tx, GError **error)
{
  g_autoptr (CrDirectory) directory = g_new0 (CrDirectory, 1);
  const CrPage all = {0};

  if (!cr_school_store_list (tx, NULL, &all, &directory->rows[SCHOOLS], NULL, error) ||
      !cr_classroom_store_list (tx, NULL, &all, &directory->rows[CLASSROOMS], NULL, error) ||
      !cr_class_store_list (tx, NULL, &all, &directory->rows[CLASSES], NULL, error) ||
      !cr_teacher_store_list (tx, NULL, &all, &directory->rows[TEACHERS], NULL, error))
    return NULL;
  for (guint kind = 0; kind < N_KINDS; kind++)
    index_rows (directory, kind);
  return g_steal_pointer (&directory);
}

void
cr_directory_free (CrDirectory *directory)
{
  for (guint kind = 0; kind < N_KINDS; kind++) {
    g_clear_pointer (&directory->by_id[kind], g_hash_table_unref);
    g_clear_pointer (&directory->by_code[kind], g_hash_table_unref);
    g_clear_pointer (&directory->rows[kind], g_ptr_array_unref);
  }
  g_free (directory);
}

static gconstpointer
look_up (GHashTable *table, const gchar *key)
{
  return key != NULL ? g_hash_table_lookup (table, key) : NULL;
}

const CrSchoolRow *
cr_directory_school (CrDirectory *directory, const gchar *id)
{
  return look_up (directory->by_id[SCHOOLS], id);
}

const CrClassroomRow *
cr_directory_classroom (CrDirectory *directory, const gchar *id)
{
  return look_up (directory->by_id[CLASSROOMS], id);
}

const CrClassRow *
cr_directory_class (CrDirectory *directory, const gchar *id)
{
  return look_up (directory->by_id[CLASSES], id);
}

const CrTeacherRow *
cr_directory_teacher (CrDirectory *directory, const gchar *id)
{
  return look_up (directory->by_id[TEACHERS], id);
}

const CrSchoolRow *
cr_directory_find_school (CrDirectory *directory, const gchar *code)
{
  return look_up (directory->by_code[SCHOOLS], code);
}

const CrClassroomRow *
cr_directory_find_classroom (CrDirectory *directory, const gchar *school_code, const gchar *code)
{
  g_autofree gchar *key = school_code != NULL && code != NULL ? join_codes (school_code, code) : NULL;

  return look_up (directory->by_code[CLASSROOMS], key);
}

const CrClassRow *
cr_directory_find_class (CrDirectory *directory, const gchar *school_code, gint64 grade, gint64 number)
{
  g_autofree gchar *key = school_code != NULL ? class_code (school_code, grade, number) : NULL;

  return look_up (directory->by_code[CLASSES], key);
}

const CrTeacherRow *
cr_directory_find_teacher (CrDirectory *directory, const gchar *code)
{
  return look_up (directory->by_code[TEACHERS], code);
}

void
cr_concern_clear (CrConcern *concern)
{
  g_clear_pointer (&concern->school_ids, g_ptr_array_unref);
  g_clear_pointer (&concern->classroom_ids, g_ptr_array_unref);
  g_clear_pointer (&concern->districts, g_ptr_array_unref);
}

void
cr_concern_of_school (CrDirectory *directory, CrObjectKind kind, const gchar *school_id, CrConcern *concern)
{
  const CrSchoolRow *school = cr_directory_school (directory, school_id);

  *concern = (CrConcern){.object = {.kind = kind, .school_id = school_id}};
  concern->object.district = school != NULL ? school->district : NULL;
}

static void
add_once (GPtrArray *list, const gchar *text)
{
  if (text != NULL && !g_ptr_array_find_with_equal_func (list, text, g_str_equal, NULL))
    g_ptr_array_add (list, (gpointer)text);
}

static void
add_school (CrDirectory *directory, CrConcern *concern, const gchar *school_id)
{
  const CrSchoolRow *school = cr_directory_school (directory, school_id);

  add_once (concern->school_ids, school_id);
  add_once (concern->districts, school != NULL ? school->district : NULL);
}

static void
add_listeners (CrDirectory *directory, CrConcern *concern, const CrCourse *course)
{
  for (guint i = 0; i < course->classes->len; i++) {
    const CrCourseClass *entry = cr_course_class (course, i);
    const CrClassRow *klass = cr_directory_class (directory, entry->class_id);
    const CrClassroomRow *room = cr_directory_classroom (directory, entry->classroom_id);

    add_once (concern->classroom_ids, entry->classroom_id);
    if (klass != NULL)
      add_school (directory, concern, klass->school_id);
    if (room != NULL)
      add_school (directory, concern, room->school_id);
  }
}

void
cr_concern_of_course (CrDirectory *directory, const CrCourse *course, CrConcern *concern)
{
  const CrClassroomRow *host = cr_directory_classroom (directory, course->host_classroom_id);

  cr_concern_of_school (directory, CR_OBJECT_COURSE, host != NULL ? host->school_id : NULL, concern);
  concern->school_ids = g_ptr_array_new ();
  concern->classroom_ids = g_ptr_array_new ();
  concern->districts = g_ptr_array_new ();
  if (host != NULL)
    add_school (directory, concern, host->school_id);
  add_listeners (directory, concern, course);
  g_ptr_array_add (concern->school_ids, NULL);
  g_ptr_array_add (concern->classroom_ids, NULL);
  g_ptr_array_add (concern->districts, NULL);
  concern->object.classroom_id = course->host_classroom_id;
  concern->object.teacher_id = course->teacher_id;
  concern->object.lesson_kind = (CrLessonKind)course->kind;
  concern->object.school_ids = (const gchar *const *)concern->school_ids->pdata;
  concern->object.classroom_ids = (const gchar *const *)concern->classroom_ids->pdata;
  concern->object.member_districts = (const gchar *const *)concern->districts->pdata;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Courses. In a file the listening classes are one cell: "SCHOOL/GRADE/NUMBER@CLASSROOM", several joined by
 * semicolons; the classroom is one of the class's own school.
 */
#include "exchange/table.h"
#include "store/course-store.h"

#include <string.h>

#define TEXT_MAX_CHARS 64
#define CLASSES_MAX    64 /* 18 schools; a master lesson may have some more */
#define RATE_KBPS      2500
#define RATE_MAX_KBPS  50000
#define LIST_MAX_CHARS 3000

enum { CODE_TEACHER, CODE_HOST_SCHOOL, CODE_HOST_CLASSROOM, CODE_CLASSES };

static gpointer
course_make (void)
{
  CrCourse *course = cr_course_new (NULL);

  course->priority = CR_PRIORITY_SCREEN;
  course->weeks = CR_WEEKS_ALL;
  course->rate_kbps = RATE_KBPS;
  return course;
}

static void
course_free (gpointer row)
{
  cr_course_free (row);
}

static gboolean
course_list (CrStoreTx *tx, const CrListQuery *query, const CrPage *page, GPtrArray **out,
             gchar **next_cursor, GError **error)
{
  return cr_course_store_list (tx, query->term_id, page, out, next_cursor, error);
}

static gpointer
course_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  return cr_course_store_get (tx, id, error);
}

static gboolean
course_insert (CrStoreTx *tx, gpointer row, GError **error)
{
  return cr_course_store_insert (tx, row, error);
}

static gboolean
course_update (CrStoreTx *tx, gpointer row, GError **error)
{
  return cr_course_store_update (tx, row, error);
}

static gboolean
course_remove (CrStoreTx *tx, const gchar *id, gint64 version, gint64 now, GError **error)
{
  return cr_course_store_remove (tx, id, (guint)version, now, error);
}

static void
course_concern (CrDirectory *directory, gconstpointer row, CrConcern *concern)
{
  cr_concern_of_course (directory, row, concern);
}

static void
check_class (CrDirectory *directory, const CrCourse *course, guint i, gboolean chinese, CrFault *fault)
{
  const CrCourseClass *entry = cr_course_class (course, i);
  const CrClassRow *klass = cr_directory_class (directory, entry->class_id);
  const CrClassroomRow *room = cr_directory_classroom (directory, entry->classroom_id);

  if (klass == NULL)
    cr_fault_say (fault, "classes", chinese, "没有这个班级", "there is no such class");
  else if (room == NULL || !g_str_equal (room->school_id, klass->school_id))
    cr_fault_say (fault, "classes", chinese, "班级所在的学校没有这间教室",
                  "the class's school has no such classroom");
  else if (g_strcmp0 (entry->classroom_id, course->host_classroom_id) == 0)
    cr_fault_say (fault, "classes", chinese, "主讲教室不能同时是听讲教室",
                  "the host classroom cannot listen too");
  for (guint j = 0; j < i; j++) {
    if (g_str_equal (cr_course_class (course, j)->class_id, entry->class_id))
      cr_fault_say (fault, "classes", chinese, "同一个班级出现了两次", "the same class comes twice");
  }
}

static void
course_check (CrDirectory *directory, gconstpointer row, gboolean chinese, CrFault *fault)
{
  const CrCourse *course = row;

  if (cr_directory_teacher (directory, course->teacher_id) == NULL)
    cr_fault_say (fault, "teacher_id", chinese, "没有这位教师", "there is no such teacher");
  if (cr_directory_classroom (directory, course->host_classroom_id) == NULL)
    cr_fault_say (fault, "host_classroom_id", chinese, "没有这间教室", "there is no such classroom");
  for (guint i = 0; i < course->classes->len && fault->sentence == NULL; i++)
    check_class (directory, course, i, chinese, fault);
}

static gboolean
course_read_member (gpointer row, const gchar *name, JsonNode *node, gboolean chinese, CrFault *fault)
{
  CrCourse *course = row;
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!g_str_equal (name, "classes"))
    return FALSE;
  g_array_set_size (course->classes, 0);
  if (array == NULL || json_array_get_length (array) > CLASSES_MAX)
    cr_fault_say (fault, "classes", chinese, "应为班级的列表", "must be a list of classes");
  for (guint i = 0; fault->sentence == NULL && i < json_array_get_length (array); i++) {
    JsonNode *element = json_array_get_element (array, i);
    JsonObject *object = JSON_NODE_HOLDS_OBJECT (element) ? json_node_get_object (element) : NULL;
    const gchar *class_id =
        object != NULL ? json_object_get_string_member_with_default (object, "class_id", NULL) : NULL;
    const gchar *room_id =
        object != NULL ? json_object_get_string_member_with_default (object, "classroom_id", NULL) : NULL;

    if (class_id == NULL || room_id == NULL)
      cr_fault_say (fault, "classes", chinese, "每个班级都要有 class_id 和 classroom_id",
                    "each class has class_id and classroom_id");
    else
      cr_course_add_class (course, class_id, room_id);
  }
  return TRUE;
}

static void
add_class (CrDirectory *directory, const CrCourseClass *entry, JsonBuilder *builder)
{
  const CrClassRow *klass = cr_directory_class (directory, entry->class_id);
  const CrClassroomRow *room = cr_directory_classroom (directory, entry->classroom_id);
  const CrSchoolRow *school = cr_directory_school (directory, klass != NULL ? klass->school_id : NULL);

  json_builder_begin_object (builder);
  cr_json_add_text (builder, "class_id", entry->class_id);
  cr_json_add_text (builder, "classroom_id", entry->classroom_id);
  if (klass != NULL && room != NULL && school != NULL) {
    cr_json_add_text (builder, "school_id", school->id);
    cr_json_add_text (builder, "school_name", school->name);
    cr_json_add_text (builder, "classroom_name", room->name);
    json_builder_set_member_name (builder, "grade");
    json_builder_add_int_value (builder, klass->grade);
    json_builder_set_member_name (builder, "number");
    json_builder_add_int_value (builder, klass->number);
  }
  json_builder_end_object (builder);
}

static void
course_add_members (CrDirectory *directory, gconstpointer row, JsonBuilder *builder)
{
  const CrCourse *course = row;
  const CrTeacherRow *teacher = cr_directory_teacher (directory, course->teacher_id);
  const CrClassroomRow *host = cr_directory_classroom (directory, course->host_classroom_id);
  const CrSchoolRow *school = cr_directory_school (directory, host != NULL ? host->school_id : NULL);

  cr_json_add_text (builder, "teacher_name", teacher != NULL ? teacher->name : NULL);
  cr_json_add_text (builder, "host_classroom_name", host != NULL ? host->name : NULL);
  cr_json_add_text (builder, "host_school_id", school != NULL ? school->id : NULL);
  cr_json_add_text (builder, "host_school_name", school != NULL ? school->name : NULL);
  json_builder_set_member_name (builder, "classes");
  json_builder_begin_array (builder);
  for (guint i = 0; i < course->classes->len; i++)
    add_class (directory, cr_course_class (course, i), builder);
  json_builder_end_array (builder);
}

static gchar *
format_classes (CrDirectory *directory, const CrCourse *course)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < course->classes->len; i++) {
    const CrCourseClass *entry = cr_course_class (course, i);
    const CrClassRow *klass = cr_directory_class (directory, entry->class_id);
    const CrClassroomRow *room = cr_directory_classroom (directory, entry->classroom_id);

    if (klass != NULL && room != NULL)
      g_string_append_printf (text, "%s%s/%" G_GINT64_FORMAT "/%" G_GINT64_FORMAT "@%s",
                              text->len > 0 ? "; " : "", klass->school_code, klass->grade, klass->number,
                              room->code);
  }
  return g_string_free (text, FALSE);
}

static void
course_give_codes (CrDirectory *directory, CrEntry *entry, guint line, gboolean chinese)
{
  const CrCourse *course = entry->row;
  const CrTeacherRow *teacher = cr_directory_teacher (directory, course->teacher_id);
  const CrClassroomRow *host = cr_directory_classroom (directory, course->host_classroom_id);

  for (guint i = 0; i < CR_CODES_MAX; i++)
    g_clear_pointer (&entry->codes[i], g_free);
  entry->codes[CODE_TEACHER] = g_strdup (teacher != NULL ? teacher->code : NULL);
  entry->codes[CODE_HOST_SCHOOL] = g_strdup (host != NULL ? host->school_code : NULL);
  entry->codes[CODE_HOST_CLASSROOM] = g_strdup (host != NULL ? host->code : NULL);
  entry->codes[CODE_CLASSES] = format_classes (directory, course);
}

/* "500101151/3/1@R1" */
static gboolean
take_class (CrDirectory *directory, CrCourse *course, const gchar *text)
{
  const gchar *at = strrchr (text, '@');
  g_autofree gchar *left = at != NULL ? g_strndup (text, (gsize)(at - text)) : NULL;
  g_auto (GStrv) parts = left != NULL ? g_strsplit (left, "/", -1) : NULL;
  const CrClassRow *klass;
  const CrClassroomRow *room;

  if (parts == NULL || g_strv_length (parts) != 3)
    return FALSE;
  klass = cr_directory_find_class (directory, g_strstrip (parts[0]), g_ascii_strtoll (parts[1], NULL, 10),
                                   g_ascii_strtoll (parts[2], NULL, 10));
  room = cr_directory_find_classroom (directory, parts[0], at + 1);
  if (klass == NULL || room == NULL)
    return FALSE;
  cr_course_add_class (course, klass->id, room->id);
  return TRUE;
}

static void
take_classes (CrDirectory *directory, CrCourse *course, const gchar *text, gboolean chinese, CrFault *fault)
{
  g_auto (GStrv) items = g_strsplit (text != NULL ? text : "", ";", CLASSES_MAX + 2);

  g_array_set_size (course->classes, 0);
  for (guint i = 0; items[i] != NULL; i++) {
    const gchar *item = g_strstrip (items[i]);

    if (*item == '\0')
      continue;
    if (i >= CLASSES_MAX || !take_class (directory, course, item))
      cr_fault_take (fault, "classes",
                     g_strdup_printf (chinese
                                          ? "“%.60s” 不是 学校代码/年级/班号@教室代码，或没有这个班级、教室"
                                          : "“%.60s” is not SCHOOL/GRADE/NUMBER@CLASSROOM, or is not there",
                                      item));
  }
}

static void
course_take_codes (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault)
{
  CrCourse *course = entry->row;
  const CrTeacherRow *teacher = cr_directory_find_teacher (directory, entry->codes[CODE_TEACHER]);
  const CrClassroomRow *host = cr_directory_find_classroom (directory, entry->codes[CODE_HOST_SCHOOL],
                                                            entry->codes[CODE_HOST_CLASSROOM]);

  if (teacher == NULL)
    cr_fault_say (fault, "teacher_code", chinese, "没有这位教师", "there is no such teacher");
  if (host == NULL)
    cr_fault_say (fault, "host_classroom_code", chinese, "这所学校没有这间教室",
                  "the school has no such classroom");
  if (fault->sentence != NULL)
    return;
  g_free (course->teacher_id);
  g_free (course->host_classroom_id);
  course->teacher_id = g_strdup (teacher->id);
  course->host_classroom_id = g_strdup (host->id);
  take_classes (directory, course, entry->codes[CODE_CLASSES], chinese, fault);
}

static const CrChoice kinds[] = {[CR_COURSE_DELIVERED] = {"delivered", "专递课堂"},
                                 [CR_COURSE_MASTER] = {"master", "名师课堂"},
                                 [CR_COURSE_OPEN] = {"open", "名校网络课堂"}};
static const CrChoice priorities[] = {
    [CR_PRIORITY_CAMERA] = {"camera", "教师画面"}, [CR_PRIORITY_SCREEN] = {"screen", "课件"}};

static const CrColumn columns[] = {
    {"term_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrCourse, term_id),
     CR_COLUMN_NEEDED | CR_COLUMN_FIXED | CR_COLUMN_NO_FILE},
    {"code", "课程代码", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrCourse, code), CR_COLUMN_KEY,
     .max = TEXT_MAX_CHARS},
    {"kind", "类别", CR_COLUMN_CHOICE, G_STRUCT_OFFSET (CrCourse, kind), CR_COLUMN_NEEDED, .choices = kinds,
     .n_choices = G_N_ELEMENTS (kinds)},
    {"subject", "学科", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrCourse, subject), CR_COLUMN_NEEDED,
     .max = TEXT_MAX_CHARS},
    {"grade", "年级", CR_COLUMN_UINT, G_STRUCT_OFFSET (CrCourse, grade), CR_COLUMN_NEEDED, .min = 1,
     .max = 12},
    {"unit", "单元", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrCourse, unit), 0, .max = TEXT_MAX_CHARS},
    {"title", "课程名称", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrCourse, title), CR_COLUMN_NEEDED,
     .max = TEXT_MAX_CHARS},
    {"teacher_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrCourse, teacher_id),
     CR_COLUMN_NEEDED | CR_COLUMN_NO_FILE},
    {"teacher_code", "教师工号", CR_COLUMN_CODE, CODE_TEACHER, CR_COLUMN_NEEDED, .max = TEXT_MAX_CHARS},
    {"host_classroom_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrCourse, host_classroom_id),
     CR_COLUMN_NEEDED | CR_COLUMN_NO_FILE},
    {"host_school_code", "主讲学校代码", CR_COLUMN_CODE, CODE_HOST_SCHOOL, CR_COLUMN_NEEDED,
     .max = TEXT_MAX_CHARS},
    {"host_classroom_code", "主讲教室代码", CR_COLUMN_CODE, CODE_HOST_CLASSROOM, CR_COLUMN_NEEDED,
     .max = TEXT_MAX_CHARS},
    {"priority", "优先", CR_COLUMN_CHOICE, G_STRUCT_OFFSET (CrCourse, priority), 0, .choices = priorities,
     .n_choices = G_N_ELEMENTS (priorities)},
    {"weekday", "星期", CR_COLUMN_UINT, G_STRUCT_OFFSET (CrCourse, weekday), CR_COLUMN_NEEDED, .min = 1,
     .max = 7},
    {"period", "节次", CR_COLUMN_UINT, G_STRUCT_OFFSET (CrCourse, period), CR_COLUMN_NEEDED, .min = 1,
     .max = CR_BELLS_MAX_PERIOD},
    {"weeks", "周次", CR_COLUMN_WEEKS, G_STRUCT_OFFSET (CrCourse, weeks), CR_COLUMN_NEEDED},
    {"rate_kbps", "码率kbps", CR_COLUMN_UINT, G_STRUCT_OFFSET (CrCourse, rate_kbps), CR_COLUMN_DEFAULT,
     .min = 1, .max = RATE_MAX_KBPS, .none = RATE_KBPS},
    {"classes", "听讲班级", CR_COLUMN_CODE, CODE_CLASSES, 0, .max = LIST_MAX_CHARS},
};

static const gchar *const derived[] = {"teacher_name", "host_classroom_name", "host_school_id",
                                       "host_school_name", NULL};

const CrTable cr_table_courses = {
    .name = "courses",
    .one = "course",
    .kind = CR_OBJECT_COURSE,
    .columns = columns,
    .n_columns = G_N_ELEMENTS (columns),
    .derived = derived,
    .version_offset = G_STRUCT_OFFSET (CrCourse, version),
    .make = course_make,
    .free_row = course_free,
    .list = course_list,
    .get = course_get,
    .insert = course_insert,
    .update = course_update,
    .remove = course_remove,
    .concern = course_concern,
    .check = course_check,
    .read_member = course_read_member,
    .add_members = course_add_members,
    .give_codes = course_give_codes,
    .take_codes = course_take_codes,
};

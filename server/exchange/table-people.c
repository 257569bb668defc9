/* SPDX-License-Identifier: Apache-2.0
 *
 * Schools, classrooms, classes and teachers.
 */
#include "exchange/table.h"

#define CODE_MAX       32
#define NAME_MAX_CHARS 64
#define PHONE_MAX      32

static const gchar *const school_derived[] = {"school_code", "school_name", NULL};
static const gchar *const nothing_derived[] = {NULL};

/* The store's functions take their own row types: thin wrappers instead of casts between function types. */
#define STORE_FUNCTIONS(what, Row)                                                                           \
  static gpointer what##_make (void)                                                                         \
  {                                                                                                          \
    return g_new0 (Row, 1);                                                                                  \
  }                                                                                                          \
  static void what##_free (gpointer row)                                                                     \
  {                                                                                                          \
    cr_##what##_row_free (row);                                                                              \
  }                                                                                                          \
  static gboolean what##_list (CrStoreTx *tx, const CrListQuery *query, const CrPage *page, GPtrArray **out, \
                               gchar **next_cursor, GError **error)                                          \
  {                                                                                                          \
    return cr_##what##_store_list (tx, &query->filter, page, out, next_cursor, error);                       \
  }                                                                                                          \
  static gpointer what##_get (CrStoreTx *tx, const gchar *id, GError **error)                                \
  {                                                                                                          \
    return cr_##what##_store_get (tx, id, error);                                                            \
  }                                                                                                          \
  static gboolean what##_insert (CrStoreTx *tx, gpointer row, GError **error)                                \
  {                                                                                                          \
    return cr_##what##_store_insert (tx, row, error);                                                        \
  }                                                                                                          \
  static gboolean what##_update (CrStoreTx *tx, gpointer row, GError **error)                                \
  {                                                                                                          \
    return cr_##what##_store_update (tx, row, error);                                                        \
  }                                                                                                          \
  static gboolean what##_remove (CrStoreTx *tx, const gchar *id, gint64 version, gint64 now, GError **error) \
  {                                                                                                          \
    return cr_##what##_store_remove (tx, id, version, error);                                                \
  }

#define STORE_MEMBERS(what, Row)                                                                             \
  .version_offset = G_STRUCT_OFFSET (Row, version), .version_is_64 = TRUE, .free_row = what##_free,          \
  .list = what##_list, .get = what##_get, .insert = what##_insert, .update = what##_update,                  \
  .remove = what##_remove

STORE_FUNCTIONS (school, CrSchoolRow)
STORE_FUNCTIONS (classroom, CrClassroomRow)
STORE_FUNCTIONS (class, CrClassRow)
STORE_FUNCTIONS (teacher, CrTeacherRow)

static void
nothing_to_give (CrDirectory *directory, CrEntry *entry, guint line, gboolean chinese)
{
}

static void
nothing_to_take (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault)
{
}

static void
give_school_code (CrDirectory *directory, CrEntry *entry, const gchar *school_id)
{
  const CrSchoolRow *school = cr_directory_school (directory, school_id);

  g_free (entry->codes[0]);
  entry->codes[0] = g_strdup (school != NULL ? school->code : NULL);
}

static void
take_school_code (CrDirectory *directory, CrEntry *entry, gchar **school_id, gboolean chinese, CrFault *fault)
{
  const CrSchoolRow *school = cr_directory_find_school (directory, entry->codes[0]);

  if (school == NULL) {
    cr_fault_say (fault, "school_code", chinese, "没有这所学校", "there is no such school");
    return;
  }
  g_free (*school_id);
  *school_id = g_strdup (school->id);
}

static void
school_concern (CrDirectory *directory, gconstpointer row, CrConcern *concern)
{
  const CrSchoolRow *school = row;

  /* a new one is in no directory yet */
  *concern = (CrConcern){
      .object = {.kind = CR_OBJECT_SCHOOL, .school_id = school->id, .district = school->district}};
}

static const CrColumn school_columns[] = {
    {"code", "学校代码", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrSchoolRow, code),
     CR_COLUMN_NEEDED | CR_COLUMN_KEY, .max = CODE_MAX},
    {"name", "学校名称", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrSchoolRow, name), CR_COLUMN_NEEDED,
     .max = NAME_MAX_CHARS},
    {"district", "区县", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrSchoolRow, district), CR_COLUMN_NEEDED,
     .max = NAME_MAX_CHARS},
    {"phone", "电话", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrSchoolRow, phone), 0, .max = PHONE_MAX},
    {"uplink_kbps", "上行带宽kbps", CR_COLUMN_INT64, G_STRUCT_OFFSET (CrSchoolRow, uplink_kbps), 0, .min = 1,
     .max = 100000000},
};

const CrTable cr_table_schools = {
    .name = "schools",
    .one = "school",
    .kind = CR_OBJECT_SCHOOL,
    .columns = school_columns,
    .n_columns = G_N_ELEMENTS (school_columns),
    .derived = nothing_derived,
    STORE_MEMBERS (school, CrSchoolRow),
    .make = school_make,
    .concern = school_concern,
    .give_codes = nothing_to_give,
    .take_codes = nothing_to_take,
};

static void
classroom_concern (CrDirectory *directory, gconstpointer row, CrConcern *concern)
{
  const CrClassroomRow *room = row;

  cr_concern_of_school (directory, CR_OBJECT_CLASSROOM, room->school_id, concern);
  concern->object.classroom_id = room->id;
}

static void
classroom_check (CrDirectory *directory, gconstpointer row, gboolean chinese, CrFault *fault)
{
  cr_fault_check_school (directory, ((const CrClassroomRow *)row)->school_id, "school_id", chinese, fault);
}

static void
classroom_add_members (CrDirectory *directory, gconstpointer row, JsonBuilder *builder)
{
  cr_table_add_school (directory, ((const CrClassroomRow *)row)->school_id, builder);
}

static void
classroom_give_codes (CrDirectory *directory, CrEntry *entry, guint line, gboolean chinese)
{
  give_school_code (directory, entry, ((const CrClassroomRow *)entry->row)->school_id);
}

static void
classroom_take_codes (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault)
{
  take_school_code (directory, entry, &((CrClassroomRow *)entry->row)->school_id, chinese, fault);
}

static gpointer
classroom_make_unknown (void)
{
  CrClassroomRow *room = classroom_make ();

  room->seats = -1;
  return room;
}

static const CrColumn classroom_columns[] = {
    {"school_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrClassroomRow, school_id),
     CR_COLUMN_NEEDED | CR_COLUMN_FIXED | CR_COLUMN_NO_FILE},
    {"school_code", "学校代码", CR_COLUMN_CODE, 0, CR_COLUMN_NEEDED | CR_COLUMN_KEY, .max = CODE_MAX},
    {"code", "教室代码", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrClassroomRow, code),
     CR_COLUMN_NEEDED | CR_COLUMN_KEY, .max = CODE_MAX},
    {"name", "教室名称", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrClassroomRow, name), CR_COLUMN_NEEDED,
     .max = NAME_MAX_CHARS},
    {"seats", "座位数", CR_COLUMN_INT64, G_STRUCT_OFFSET (CrClassroomRow, seats), 0, .max = 10000,
     .none = -1},
};

const CrTable cr_table_classrooms = {
    .name = "classrooms",
    .one = "classroom",
    .kind = CR_OBJECT_CLASSROOM,
    .columns = classroom_columns,
    .n_columns = G_N_ELEMENTS (classroom_columns),
    .derived = school_derived,
    STORE_MEMBERS (classroom, CrClassroomRow),
    .make = classroom_make_unknown,
    .concern = classroom_concern,
    .check = classroom_check,
    .add_members = classroom_add_members,
    .give_codes = classroom_give_codes,
    .take_codes = classroom_take_codes,
};

static void
class_concern (CrDirectory *directory, gconstpointer row, CrConcern *concern)
{
  cr_concern_of_school (directory, CR_OBJECT_CLASS, ((const CrClassRow *)row)->school_id, concern);
}

static void
class_check (CrDirectory *directory, gconstpointer row, gboolean chinese, CrFault *fault)
{
  cr_fault_check_school (directory, ((const CrClassRow *)row)->school_id, "school_id", chinese, fault);
}

static void
class_add_members (CrDirectory *directory, gconstpointer row, JsonBuilder *builder)
{
  cr_table_add_school (directory, ((const CrClassRow *)row)->school_id, builder);
}

static void
class_give_codes (CrDirectory *directory, CrEntry *entry, guint line, gboolean chinese)
{
  give_school_code (directory, entry, ((const CrClassRow *)entry->row)->school_id);
}

static void
class_take_codes (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault)
{
  take_school_code (directory, entry, &((CrClassRow *)entry->row)->school_id, chinese, fault);
}

static const CrColumn class_columns[] = {
    {"school_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrClassRow, school_id),
     CR_COLUMN_NEEDED | CR_COLUMN_FIXED | CR_COLUMN_NO_FILE},
    {"school_code", "学校代码", CR_COLUMN_CODE, 0, CR_COLUMN_NEEDED | CR_COLUMN_KEY, .max = CODE_MAX},
    {"grade", "年级", CR_COLUMN_INT64, G_STRUCT_OFFSET (CrClassRow, grade), CR_COLUMN_NEEDED | CR_COLUMN_KEY,
     .min = 1, .max = 12},
    {"number", "班号", CR_COLUMN_INT64, G_STRUCT_OFFSET (CrClassRow, number),
     CR_COLUMN_NEEDED | CR_COLUMN_KEY, .min = 1, .max = 99},
    {"pupils", "人数", CR_COLUMN_INT64, G_STRUCT_OFFSET (CrClassRow, pupils), CR_COLUMN_NEEDED, .max = 200},
};

const CrTable cr_table_classes = {
    .name = "classes",
    .one = "class",
    .kind = CR_OBJECT_CLASS,
    .columns = class_columns,
    .n_columns = G_N_ELEMENTS (class_columns),
    .derived = school_derived,
    STORE_MEMBERS (class, CrClassRow),
    .make = class_make,
    .concern = class_concern,
    .check = class_check,
    .add_members = class_add_members,
    .give_codes = class_give_codes,
    .take_codes = class_take_codes,
};

static void
teacher_concern (CrDirectory *directory, gconstpointer row, CrConcern *concern)
{
  const CrTeacherRow *teacher = row;

  cr_concern_of_school (directory, CR_OBJECT_TEACHER, teacher->school_id, concern);
  concern->object.teacher_id = teacher->id;
  concern->object.account_id = teacher->account_id;
}

static void
teacher_check (CrDirectory *directory, gconstpointer row, gboolean chinese, CrFault *fault)
{
  cr_fault_check_school (directory, ((const CrTeacherRow *)row)->school_id, "school_id", chinese, fault);
}

static void
teacher_add_members (CrDirectory *directory, gconstpointer row, JsonBuilder *builder)
{
  cr_table_add_school (directory, ((const CrTeacherRow *)row)->school_id, builder);
}

static void
teacher_give_codes (CrDirectory *directory, CrEntry *entry, guint line, gboolean chinese)
{
  give_school_code (directory, entry, ((const CrTeacherRow *)entry->row)->school_id);
}

static void
teacher_take_codes (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault)
{
  take_school_code (directory, entry, &((CrTeacherRow *)entry->row)->school_id, chinese, fault);
}

static const CrColumn teacher_columns[] = {
    {"code", "教师工号", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrTeacherRow, code),
     CR_COLUMN_NEEDED | CR_COLUMN_KEY, .max = CODE_MAX},
    {"name", "姓名", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrTeacherRow, name), CR_COLUMN_NEEDED,
     .max = NAME_MAX_CHARS},
    {"phone", "电话", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrTeacherRow, phone), 0, .max = PHONE_MAX},
    {"school_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrTeacherRow, school_id),
     CR_COLUMN_NEEDED | CR_COLUMN_NO_FILE},
    {"school_code", "学校代码", CR_COLUMN_CODE, 0, CR_COLUMN_NEEDED, .max = CODE_MAX},
    {"account_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrTeacherRow, account_id), CR_COLUMN_NO_FILE},
};

const CrTable cr_table_teachers = {
    .name = "teachers",
    .one = "teacher",
    .kind = CR_OBJECT_TEACHER,
    .columns = teacher_columns,
    .n_columns = G_N_ELEMENTS (teacher_columns),
    .derived = school_derived,
    STORE_MEMBERS (teacher, CrTeacherRow),
    .make = teacher_make,
    .concern = teacher_concern,
    .check = teacher_check,
    .add_members = teacher_add_members,
    .give_codes = teacher_give_codes,
    .take_codes = teacher_take_codes,
};

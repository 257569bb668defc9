/* SPDX-License-Identifier: Apache-2.0
 *
 * Busy times, exams and closures. They have no key of people's own: in a file, a row that is there already as
 * it is stays, any other is a new one.
 */
#include "exchange/table.h"
#include "store/term-store.h"

#define TEXT_MAX_CHARS 64

enum { CODE_SCHOOL, CODE_CLASS_GRADE, CODE_CLASS_NUMBER };

static gpointer
busy_make (void)
{
  return cr_busy_new (NULL, NULL, CR_BUSY_BUSY, CR_DATE_NONE, CR_DATE_NONE);
}

static void
busy_free (gpointer row)
{
  cr_busy_free (row);
}

static gboolean
busy_list (CrStoreTx *tx, const CrListQuery *query, const CrPage *page, GPtrArray **out, gchar **next_cursor,
           GError **error)
{
  return cr_busy_store_list (tx, query->filter.school_id, page, out, next_cursor, error);
}

static gpointer
busy_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  return cr_busy_store_get (tx, id, error);
}

static gboolean
busy_insert (CrStoreTx *tx, gpointer row, GError **error)
{
  return cr_busy_store_insert (tx, row, error);
}

static gboolean
busy_update (CrStoreTx *tx, gpointer row, GError **error)
{
  return cr_busy_store_update (tx, row, error);
}

static gboolean
busy_remove (CrStoreTx *tx, const gchar *id, gint64 version, gint64 now, GError **error)
{
  return cr_busy_store_remove (tx, id, (guint)version, error);
}

static void
busy_concern (CrDirectory *directory, gconstpointer row, CrConcern *concern)
{
  cr_concern_of_school (directory, CR_OBJECT_BUSY, ((const CrBusy *)row)->school_id, concern);
}

static void
check_class (CrDirectory *directory, const CrBusy *busy, gboolean chinese, CrFault *fault)
{
  const CrClassRow *klass = cr_directory_class (directory, busy->class_id);

  if (busy->class_id == NULL)
    return;
  if (klass == NULL || g_strcmp0 (klass->school_id, busy->school_id) != 0)
    cr_fault_say (fault, "class_id", chinese, "这所学校没有这个班", "the school has no such class");
  else if (busy->grade != 0 && klass->grade != busy->grade)
    cr_fault_say (fault, "grade", chinese, "这个班不在这个年级", "the class is of another grade");
}

static void
busy_check (CrDirectory *directory, gconstpointer row, gboolean chinese, CrFault *fault)
{
  const CrBusy *busy = row;

  cr_fault_check_school (directory, busy->school_id, "school_id", chinese, fault);
  check_class (directory, busy, chinese, fault);
  if (busy->from_date > busy->to_date)
    cr_fault_say (fault, "to_date", chinese, "结束日期早于开始日期", "it ends before it begins");
  if ((busy->start_minute < 0) != (busy->end_minute < 0))
    cr_fault_say (fault, "end", chinese, "开始和结束时间要么都填，要么都不填（全天）",
                  "give both times, or neither for the whole day");
  else if (busy->start_minute >= 0 && busy->start_minute >= busy->end_minute)
    cr_fault_say (fault, "end", chinese, "结束时间不晚于开始时间", "it ends before it begins");
}

static void
busy_add_members (CrDirectory *directory, gconstpointer row, JsonBuilder *builder)
{
  cr_table_add_school (directory, ((const CrBusy *)row)->school_id, builder);
}

static void
busy_give_codes (CrDirectory *directory, CrEntry *entry, guint line, gboolean chinese)
{
  const CrBusy *busy = entry->row;
  const CrSchoolRow *school = cr_directory_school (directory, busy->school_id);
  const CrClassRow *klass = cr_directory_class (directory, busy->class_id);

  for (guint i = 0; i < CR_CODES_MAX; i++)
    g_clear_pointer (&entry->codes[i], g_free);
  entry->codes[CODE_SCHOOL] = g_strdup (school != NULL ? school->code : NULL);
  if (klass != NULL) {
    entry->codes[CODE_CLASS_GRADE] = g_strdup_printf ("%" G_GINT64_FORMAT, klass->grade);
    entry->codes[CODE_CLASS_NUMBER] = g_strdup_printf ("%" G_GINT64_FORMAT, klass->number);
  }
}

static void
take_class (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault)
{
  CrBusy *busy = entry->row;
  const gchar *grade = entry->codes[CODE_CLASS_GRADE], *number = entry->codes[CODE_CLASS_NUMBER];
  const CrClassRow *klass;

  g_clear_pointer (&busy->class_id, g_free);
  if (grade == NULL && number == NULL)
    return;
  klass = grade != NULL && number != NULL ? cr_directory_find_class (directory, entry->codes[CODE_SCHOOL],
                                                                     g_ascii_strtoll (grade, NULL, 10),
                                                                     g_ascii_strtoll (number, NULL, 10))
                                          : NULL;
  if (klass == NULL)
    cr_fault_say (fault, "class_number", chinese, "这所学校没有这个班", "the school has no such class");
  else
    busy->class_id = g_strdup (klass->id);
}

static void
busy_take_codes (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault)
{
  CrBusy *busy = entry->row;
  const CrSchoolRow *school = cr_directory_find_school (directory, entry->codes[CODE_SCHOOL]);

  if (school == NULL) {
    cr_fault_say (fault, "school_code", chinese, "没有这所学校", "there is no such school");
    return;
  }
  g_free (busy->school_id);
  busy->school_id = g_strdup (school->id);
  take_class (directory, entry, chinese, fault);
}

static const CrChoice kinds[] = {[CR_BUSY_BUSY] = {"busy", "占用"},
                                 [CR_BUSY_EXAM] = {"exam", "考试"},
                                 [CR_BUSY_CLOSURE] = {"closure", "停课"}};

static const CrColumn columns[] = {
    {"school_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrBusy, school_id),
     CR_COLUMN_NEEDED | CR_COLUMN_FIXED | CR_COLUMN_NO_FILE},
    {"school_code", "学校代码", CR_COLUMN_CODE, CODE_SCHOOL, CR_COLUMN_NEEDED, .max = TEXT_MAX_CHARS},
    {"kind", "类别", CR_COLUMN_CHOICE, G_STRUCT_OFFSET (CrBusy, kind), CR_COLUMN_NEEDED, .choices = kinds,
     .n_choices = G_N_ELEMENTS (kinds)},
    {"grade", "年级", CR_COLUMN_UINT, G_STRUCT_OFFSET (CrBusy, grade), 0, .min = 1, .max = 12},
    {"class_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrBusy, class_id), CR_COLUMN_NO_FILE},
    {"class_grade", "班级的年级", CR_COLUMN_CODE, CODE_CLASS_GRADE, 0, .max = 2},
    {"class_number", "班号", CR_COLUMN_CODE, CODE_CLASS_NUMBER, 0, .max = 2},
    {"weekday", "星期", CR_COLUMN_UINT, G_STRUCT_OFFSET (CrBusy, weekday), 0, .min = 1, .max = 7},
    {"from_date", "开始日期", CR_COLUMN_DATE, G_STRUCT_OFFSET (CrBusy, from_date), CR_COLUMN_NEEDED},
    {"to_date", "结束日期", CR_COLUMN_DATE, G_STRUCT_OFFSET (CrBusy, to_date), CR_COLUMN_NEEDED},
    {"start", "开始时间", CR_COLUMN_MINUTE, G_STRUCT_OFFSET (CrBusy, start_minute)},
    {"end", "结束时间", CR_COLUMN_MINUTE, G_STRUCT_OFFSET (CrBusy, end_minute)},
    {"reason", "事由", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrBusy, reason), CR_COLUMN_NEEDED,
     .max = TEXT_MAX_CHARS},
};

static const gchar *const derived[] = {"school_code", "school_name", NULL};

const CrTable cr_table_busy = {
    .name = "busy",
    .one = "busy",
    .kind = CR_OBJECT_BUSY,
    .columns = columns,
    .n_columns = G_N_ELEMENTS (columns),
    .derived = derived,
    .version_offset = G_STRUCT_OFFSET (CrBusy, version),
    .make = busy_make,
    .free_row = busy_free,
    .list = busy_list,
    .get = busy_get,
    .insert = busy_insert,
    .update = busy_update,
    .remove = busy_remove,
    .concern = busy_concern,
    .check = busy_check,
    .add_members = busy_add_members,
    .give_codes = busy_give_codes,
    .take_codes = busy_take_codes,
};

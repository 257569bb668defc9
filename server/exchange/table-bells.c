/* SPDX-License-Identifier: Apache-2.0
 *
 * Bell schedules (节次). In a file each period is a line of its own; the lines of one school and name are one
 * schedule, and replace the periods that it had.
 */
#include "exchange/table.h"
#include "store/term-store.h"

#include <string.h>

#define NAME_MAX_CHARS 64
#define OVERLAP_ZH     "各节时间重叠"
#define OVERLAP_EN     "periods overlap"

enum { CODE_SCHOOL, CODE_PERIOD, CODE_NAME, CODE_START, CODE_END };

static gpointer
bells_make (void)
{
  return cr_bell_schedule_new (NULL, NULL, NULL, CR_DATE_NONE, CR_DATE_NONE, 0);
}

static void
bells_free (gpointer row)
{
  cr_bell_schedule_free (row);
}

static gboolean
bells_list (CrStoreTx *tx, const CrListQuery *query, const CrPage *page, GPtrArray **out, gchar **next_cursor,
            GError **error)
{
  return cr_bell_store_list (tx, query->filter.school_id, page, out, next_cursor, error);
}

static gpointer
bells_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  return cr_bell_store_get (tx, id, error);
}

static gboolean
bells_insert (CrStoreTx *tx, gpointer row, GError **error)
{
  return cr_bell_store_insert (tx, row, error);
}

static gboolean
bells_update (CrStoreTx *tx, gpointer row, GError **error)
{
  return cr_bell_store_update (tx, row, error);
}

static gboolean
bells_remove (CrStoreTx *tx, const gchar *id, gint64 version, gint64 now, GError **error)
{
  return cr_bell_store_remove (tx, id, (guint)version, error);
}

static void
bells_concern (CrDirectory *directory, gconstpointer row, CrConcern *concern)
{
  cr_concern_of_school (directory, CR_OBJECT_BELLS, ((const CrBellSchedule *)row)->school_id, concern);
}

static const CrBellPeriod *
period_at (const CrBellSchedule *schedule, guint i)
{
  return &g_array_index (schedule->periods, CrBellPeriod, i);
}

static gboolean
overlap (const CrBellPeriod *a, const CrBellPeriod *b)
{
  return a->start_minute < b->end_minute && b->start_minute < a->end_minute;
}

static void
bells_check (CrDirectory *directory, gconstpointer row, gboolean chinese, CrFault *fault)
{
  const CrBellSchedule *schedule = row;

  cr_fault_check_school (directory, schedule->school_id, "school_id", chinese, fault);
  if (schedule->from_date > schedule->to_date)
    cr_fault_say (fault, "to_date", chinese, "结束日期早于开始日期", "it ends before it begins");
  if (schedule->periods->len == 0)
    cr_fault_say (fault, "periods", chinese, "至少要有一节", "there must be a period");
  for (guint i = 0; i < schedule->periods->len; i++) {
    for (guint j = 0; j < i; j++) {
      if (overlap (period_at (schedule, i), period_at (schedule, j)))
        cr_fault_say (fault, "periods", chinese, OVERLAP_ZH, OVERLAP_EN);
    }
  }
}

/* NULL, or what is wrong. */
static gchar *
add_period (CrBellSchedule *schedule, gint64 period, const gchar *name, const gchar *start, const gchar *end,
            gboolean chinese)
{
  gint from = start != NULL ? cr_minute_parse (start) : -1;
  gint to = end != NULL ? cr_minute_parse (end) : -1;

  if (period < 1 || period > CR_BELLS_MAX_PERIOD)
    return g_strdup_printf (chinese ? "节次应为 1 到 %d" : "a period is a number from 1 to %d",
                            CR_BELLS_MAX_PERIOD);
  if (from < 0 || to < 0 || from >= to)
    return g_strdup (chinese ? "上下课时间应如 08:30 和 09:10" : "times must be such as 08:30 and 09:10");
  if (name != NULL && g_utf8_strlen (name, -1) > NAME_MAX_CHARS)
    return g_strdup (chinese ? "名称太长" : "the name is too long");
  if (cr_bell_schedule_period (schedule, (guint)period) != NULL)
    return g_strdup (chinese ? "同一节出现了两次" : "the same period comes twice");
  cr_bell_schedule_add_period (schedule, (guint)period, name != NULL ? name : "", (guint)from, (guint)to);
  return NULL;
}

static gchar *
read_period (CrBellSchedule *schedule, JsonNode *node, gboolean chinese)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;

  if (object == NULL)
    return g_strdup (chinese ? "应为节次的列表" : "must be a list of periods");
  return add_period (schedule, json_object_get_int_member_with_default (object, "period", 0),
                     json_object_get_string_member_with_default (object, "name", NULL),
                     json_object_get_string_member_with_default (object, "start", NULL),
                     json_object_get_string_member_with_default (object, "end", NULL), chinese);
}

static gboolean
bells_read_member (gpointer row, const gchar *name, JsonNode *node, gboolean chinese, CrFault *fault)
{
  CrBellSchedule *schedule = row;
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;

  if (!g_str_equal (name, "periods"))
    return FALSE;
  if (array == NULL)
    cr_fault_say (fault, "periods", chinese, "应为节次的列表", "must be a list of periods");
  g_array_set_size (schedule->periods, 0);
  for (guint i = 0; array != NULL && i < json_array_get_length (array) && fault->sentence == NULL; i++)
    cr_fault_take (fault, "periods", read_period (schedule, json_array_get_element (array, i), chinese));
  return TRUE;
}

static void
add_time (JsonBuilder *builder, const gchar *name, guint minute)
{
  g_autofree gchar *text = cr_minute_format ((gint)minute);

  cr_json_add_text (builder, name, text);
}

static void
bells_add_members (CrDirectory *directory, gconstpointer row, JsonBuilder *builder)
{
  const CrBellSchedule *schedule = row;

  cr_table_add_school (directory, schedule->school_id, builder);
  json_builder_set_member_name (builder, "periods");
  json_builder_begin_array (builder);
  for (guint i = 0; i < schedule->periods->len; i++) {
    const CrBellPeriod *period = period_at (schedule, i);

    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "period");
    json_builder_add_int_value (builder, period->period);
    cr_json_add_text (builder, "name", period->name);
    add_time (builder, "start", period->start_minute);
    add_time (builder, "end", period->end_minute);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static guint
bells_n_lines (gconstpointer row)
{
  return ((const CrBellSchedule *)row)->periods->len;
}

static void
bells_begin_lines (gpointer row)
{
  g_array_set_size (((CrBellSchedule *)row)->periods, 0);
}

static void
bells_give_codes (CrDirectory *directory, CrEntry *entry, guint line, gboolean chinese)
{
  const CrBellSchedule *schedule = entry->row;
  const CrSchoolRow *school = cr_directory_school (directory, schedule->school_id);
  const CrBellPeriod *period = period_at (schedule, line);

  for (guint i = 0; i < CR_CODES_MAX; i++)
    g_clear_pointer (&entry->codes[i], g_free);
  entry->codes[CODE_SCHOOL] = g_strdup (school != NULL ? school->code : NULL);
  entry->codes[CODE_PERIOD] = g_strdup_printf ("%u", period->period);
  entry->codes[CODE_NAME] = g_strdup (period->name);
  entry->codes[CODE_START] = cr_minute_format ((gint)period->start_minute);
  entry->codes[CODE_END] = cr_minute_format ((gint)period->end_minute);
}

/* The column that a line's period is wrong in. */
static const gchar *
wrong_column (const CrEntry *entry)
{
  gint64 period = g_ascii_strtoll (entry->codes[CODE_PERIOD], NULL, 10);

  if (period < 1 || period > CR_BELLS_MAX_PERIOD)
    return "period";
  if (cr_minute_parse (entry->codes[CODE_START]) < 0)
    return "start";
  if (cr_minute_parse (entry->codes[CODE_END]) <= cr_minute_parse (entry->codes[CODE_START]))
    return "end";
  return "period"; /* it comes twice */
}

/* Said at the line that it is seen in, which the schedule's own check would not know. */
static void
check_overlap (const CrBellSchedule *schedule, guint period, gboolean chinese, CrFault *fault)
{
  const CrBellPeriod *added = cr_bell_schedule_period (schedule, period);

  for (guint i = 0; i < schedule->periods->len; i++) {
    if (period_at (schedule, i) != added && overlap (period_at (schedule, i), added))
      cr_fault_say (fault, "start", chinese, OVERLAP_ZH, OVERLAP_EN);
  }
}

static void
bells_take_codes (CrDirectory *directory, CrEntry *entry, gboolean chinese, CrFault *fault)
{
  CrBellSchedule *schedule = entry->row;
  const CrSchoolRow *school = cr_directory_find_school (directory, entry->codes[CODE_SCHOOL]);
  gint64 period = g_ascii_strtoll (entry->codes[CODE_PERIOD], NULL, 10);
  gchar *wrong;

  if (school == NULL) {
    cr_fault_say (fault, "school_code", chinese, "没有这所学校", "there is no such school");
    return;
  }
  g_free (schedule->school_id);
  schedule->school_id = g_strdup (school->id);
  wrong = add_period (schedule, period, entry->codes[CODE_NAME], entry->codes[CODE_START],
                      entry->codes[CODE_END], chinese);
  if (wrong != NULL)
    cr_fault_take (fault, wrong_column (entry), wrong);
  else
    check_overlap (schedule, (guint)period, chinese, fault);
}

static const CrColumn columns[] = {
    {"school_id", NULL, CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrBellSchedule, school_id),
     CR_COLUMN_NEEDED | CR_COLUMN_FIXED | CR_COLUMN_NO_FILE},
    {"school_code", "学校代码", CR_COLUMN_CODE, CODE_SCHOOL, CR_COLUMN_NEEDED | CR_COLUMN_KEY,
     .max = NAME_MAX_CHARS},
    {"name", "作息名称", CR_COLUMN_TEXT, G_STRUCT_OFFSET (CrBellSchedule, name),
     CR_COLUMN_NEEDED | CR_COLUMN_KEY, .max = NAME_MAX_CHARS},
    {"from_date", "开始日期", CR_COLUMN_DATE, G_STRUCT_OFFSET (CrBellSchedule, from_date), CR_COLUMN_NEEDED},
    {"to_date", "结束日期", CR_COLUMN_DATE, G_STRUCT_OFFSET (CrBellSchedule, to_date), CR_COLUMN_NEEDED},
    {"period", "节次", CR_COLUMN_CODE, CODE_PERIOD, CR_COLUMN_NEEDED, .max = 2},
    {"period_name", "节次名称", CR_COLUMN_CODE, CODE_NAME, 0, .max = NAME_MAX_CHARS},
    {"start", "上课", CR_COLUMN_CODE, CODE_START, CR_COLUMN_NEEDED, .max = 8},
    {"end", "下课", CR_COLUMN_CODE, CODE_END, CR_COLUMN_NEEDED, .max = 8},
};

static const gchar *const derived[] = {"school_code", "school_name", NULL};

const CrTable cr_table_bells = {
    .name = "bells",
    .one = "bells",
    .kind = CR_OBJECT_BELLS,
    .columns = columns,
    .n_columns = G_N_ELEMENTS (columns),
    .derived = derived,
    .version_offset = G_STRUCT_OFFSET (CrBellSchedule, version),
    .make = bells_make,
    .free_row = bells_free,
    .list = bells_list,
    .get = bells_get,
    .insert = bells_insert,
    .update = bells_update,
    .remove = bells_remove,
    .concern = bells_concern,
    .check = bells_check,
    .read_member = bells_read_member,
    .add_members = bells_add_members,
    .n_lines = bells_n_lines,
    .give_codes = bells_give_codes,
    .take_codes = bells_take_codes,
    .begin_lines = bells_begin_lines,
};

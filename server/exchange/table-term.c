/* SPDX-License-Identifier: Apache-2.0
 *
 * Terms with their holidays and make-up days. A term is made whole by cr_term_new(); while it is edited it is
 * a plain struct of its own.
 */
#include "exchange/table.h"
#include "store/term-store.h"

#define NAME_MAX_CHARS 64
#define DAYS_MAX       400 /* of a term of 60 weeks: every day could be one */

typedef struct {
  gchar *id;
  gchar *name;
  CrDate first_monday;
  guint n_weeks;
  gchar *time_zone;
  guint version;
  GArray *holidays; /* CrHoliday */
  GArray *makeups;  /* CrMakeup */
} TermRow;

static void
clear_holiday (gpointer data)
{
  g_free (((CrHoliday *)data)->name);
}

static void
clear_makeup (gpointer data)
{
  g_free (((CrMakeup *)data)->name);
}

static GArray *
new_holidays (void)
{
  GArray *days = g_array_new (FALSE, FALSE, sizeof (CrHoliday));

  g_array_set_clear_func (days, clear_holiday);
  return days;
}

static GArray *
new_makeups (void)
{
  GArray *days = g_array_new (FALSE, FALSE, sizeof (CrMakeup));

  g_array_set_clear_func (days, clear_makeup);
  return days;
}

static gpointer
term_make (void)
{
  TermRow *row = g_new0 (TermRow, 1);

  row->time_zone = g_strdup ("Asia/Shanghai");
  row->holidays = new_holidays ();
  row->makeups = new_makeups ();
  return row;
}

static void
term_free (gpointer data)
{
  TermRow *row = data;

  g_free (row->id);
  g_free (row->name);
  g_free (row->time_zone);
  g_array_unref (row->holidays);
  g_array_unref (row->makeups);
  g_free (row);
}

static void
add_holiday (TermRow *row, CrDate date, const gchar *name)
{
  const CrHoliday day = {.date = date, .name = g_strdup (name)};

  g_array_append_val (row->holidays, day);
}

static void
add_makeup (TermRow *row, CrDate date, CrDate follows_date, const gchar *name)
{
  const CrMakeup day = {.date = date, .follows_date = follows_date, .name = g_strdup (name)};

  g_array_append_val (row->makeups, day);
}

static TermRow *
from_term (const CrTerm *term)
{
  TermRow *row = term_make ();

  g_free (row->time_zone);
  row->id = g_strdup (term->id);
  row->name = g_strdup (term->name);
  row->first_monday = term->first_monday;
  row->n_weeks = term->n_weeks;
  row->time_zone = g_strdup (term->time_zone);
  row->version = term->version;
  for (guint i = 0; i < term->holidays->len; i++) {
    const CrHoliday *day = &g_array_index (term->holidays, CrHoliday, i);

    add_holiday (row, day->date, day->name);
  }
  for (guint i = 0; i < term->makeups->len; i++) {
    const CrMakeup *day = &g_array_index (term->makeups, CrMakeup, i);

    add_makeup (row, day->date, day->follows_date, day->name);
  }
  return row;
}

static CrTerm *
to_term (const TermRow *row, GError **error)
{
  CrTerm *term =
      cr_term_new (row->id, row->name, row->first_monday, row->n_weeks, row->time_zone, row->version, error);

  if (term == NULL)
    return NULL;
  for (guint i = 0; i < row->holidays->len; i++) {
    const CrHoliday *day = &g_array_index (row->holidays, CrHoliday, i);

    cr_term_add_holiday (term, day->date, day->name);
  }
  for (guint i = 0; i < row->makeups->len; i++) {
    const CrMakeup *day = &g_array_index (row->makeups, CrMakeup, i);

    cr_term_add_makeup (term, day->date, day->follows_date, day->name);
  }
  return term;
}

static gboolean
term_list (CrStoreTx *tx, const CrListQuery *query, const CrPage *page, GPtrArray **out, gchar **next_cursor,
           GError **error)
{
  g_autoptr (GPtrArray) terms = NULL;

  if (!cr_term_store_list (tx, &terms, error))
    return FALSE;
  *out = g_ptr_array_new_with_free_func (term_free);
  for (guint i = 0; i < terms->len; i++)
    g_ptr_array_add (*out, from_term (terms->pdata[i]));
  if (next_cursor != NULL)
    *next_cursor = NULL;
  return TRUE;
}

static gpointer
term_get (CrStoreTx *tx, const gchar *id, GError **error)
{
  g_autoptr (CrTerm) term = cr_term_store_get (tx, id, error);

  return term != NULL ? from_term (term) : NULL;
}

static gboolean
term_insert (CrStoreTx *tx, gpointer data, GError **error)
{
  TermRow *row = data;
  g_autoptr (CrTerm) term = NULL;

  if (row->id == NULL)
    row->id = cr_store_new_id ();
  term = to_term (row, error);
  if (term == NULL || !cr_term_store_insert (tx, term, error))
    return FALSE;
  row->version = term->version;
  return TRUE;
}

static gboolean
term_update (CrStoreTx *tx, gpointer data, GError **error)
{
  TermRow *row = data;
  g_autoptr (CrTerm) term = to_term (row, error);

  if (term == NULL || !cr_term_store_update (tx, term, error))
    return FALSE;
  row->version = term->version;
  return TRUE;
}

static gboolean
term_remove (CrStoreTx *tx, const gchar *id, gint64 version, gint64 now, GError **error)
{
  return cr_term_store_remove (tx, id, (guint)version, error);
}

static void
term_concern (CrDirectory *directory, gconstpointer row, CrConcern *concern)
{
  *concern = (CrConcern){.object = {.kind = CR_OBJECT_TERM}};
}

static void
term_check (CrDirectory *directory, gconstpointer data, gboolean chinese, CrFault *fault)
{
  const TermRow *row = data;
  g_autoptr (GTimeZone) zone = row->time_zone != NULL ? g_time_zone_new_identifier (row->time_zone) : NULL;

  if (cr_date_weekday (row->first_monday) != 1)
    cr_fault_say (fault, "first_monday", chinese, "学期第一天应为星期一", "a term begins on a Monday");
  if (zone == NULL)
    cr_fault_say (fault, "time_zone", chinese, "没有这个时区", "there is no such time zone");
  for (guint i = 0; i < row->makeups->len; i++) {
    const CrMakeup *day = &g_array_index (row->makeups, CrMakeup, i);

    if (day->follows_date < row->first_monday ||
        day->follows_date >= row->first_monday + (CrDate)row->n_weeks * 7)
      cr_fault_say (fault, "makeups", chinese, "调休所依的日期不在学期内",
                    "a make-up day follows a day outside the term");
  }
}

static CrDate
date_member (JsonObject *object, const gchar *name)
{
  const gchar *text = json_object_get_string_member_with_default (object, name, NULL);

  return text != NULL ? cr_date_parse_loosely (text) : CR_DATE_NONE;
}

static JsonObject *
day_at (JsonArray *array, guint i)
{
  JsonNode *node = json_array_get_element (array, i);

  return JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

static gboolean
read_holidays (TermRow *row, JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *day = day_at (array, i);
    CrDate date = day != NULL ? date_member (day, "date") : CR_DATE_NONE;

    if (date == CR_DATE_NONE)
      return FALSE;
    add_holiday (row, date, json_object_get_string_member_with_default (day, "name", ""));
  }
  return TRUE;
}

static gboolean
read_makeups (TermRow *row, JsonArray *array)
{
  for (guint i = 0; i < json_array_get_length (array); i++) {
    JsonObject *day = day_at (array, i);
    CrDate date = day != NULL ? date_member (day, "date") : CR_DATE_NONE;
    CrDate follows = day != NULL ? date_member (day, "follows_date") : CR_DATE_NONE;

    if (date == CR_DATE_NONE || follows == CR_DATE_NONE)
      return FALSE;
    add_makeup (row, date, follows, json_object_get_string_member_with_default (day, "name", ""));
  }
  return TRUE;
}

static gboolean
term_read_member (gpointer data, const gchar *name, JsonNode *node, gboolean chinese, CrFault *fault)
{
  TermRow *row = data;
  gboolean holidays = g_str_equal (name, "holidays");
  JsonArray *array = JSON_NODE_HOLDS_ARRAY (node) ? json_node_get_array (node) : NULL;
  gboolean good = array != NULL && json_array_get_length (array) <= DAYS_MAX;

  if (!holidays && !g_str_equal (name, "makeups"))
    return FALSE;
  g_array_set_size (holidays ? row->holidays : row->makeups, 0);
  if (good)
    good = holidays ? read_holidays (row, array) : read_makeups (row, array);
  if (!good)
    cr_fault_say (fault, holidays ? "holidays" : "makeups", chinese, "应为日期的列表",
                  "must be a list of dates");
  return TRUE;
}

static void
add_date (JsonBuilder *builder, const gchar *name, CrDate date)
{
  gchar text[CR_DATE_TEXT_BYTES];

  cr_json_add_text (builder, name, cr_date_format (date, text));
}

static void
term_add_members (CrDirectory *directory, gconstpointer data, JsonBuilder *builder)
{
  const TermRow *row = data;

  json_builder_set_member_name (builder, "holidays");
  json_builder_begin_array (builder);
  for (guint i = 0; i < row->holidays->len; i++) {
    const CrHoliday *day = &g_array_index (row->holidays, CrHoliday, i);

    json_builder_begin_object (builder);
    add_date (builder, "date", day->date);
    cr_json_add_text (builder, "name", day->name);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  json_builder_set_member_name (builder, "makeups");
  json_builder_begin_array (builder);
  for (guint i = 0; i < row->makeups->len; i++) {
    const CrMakeup *day = &g_array_index (row->makeups, CrMakeup, i);

    json_builder_begin_object (builder);
    add_date (builder, "date", day->date);
    add_date (builder, "follows_date", day->follows_date);
    cr_json_add_text (builder, "name", day->name);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

static const CrColumn columns[] = {
    {"name", "学期", CR_COLUMN_TEXT, G_STRUCT_OFFSET (TermRow, name), CR_COLUMN_NEEDED,
     .max = NAME_MAX_CHARS},
    {"first_monday", "第一个星期一", CR_COLUMN_DATE, G_STRUCT_OFFSET (TermRow, first_monday),
     CR_COLUMN_NEEDED},
    {"n_weeks", "周数", CR_COLUMN_UINT, G_STRUCT_OFFSET (TermRow, n_weeks), CR_COLUMN_NEEDED, .min = 1,
     .max = CR_TERM_MAX_WEEKS},
    {"time_zone", "时区", CR_COLUMN_TEXT, G_STRUCT_OFFSET (TermRow, time_zone), 0, .max = NAME_MAX_CHARS},
};

static const gchar *const derived[] = {NULL};

const CrTable cr_table_terms = {
    .name = "terms",
    .one = "term",
    .kind = CR_OBJECT_TERM,
    .columns = columns,
    .n_columns = G_N_ELEMENTS (columns),
    .derived = derived,
    .version_offset = G_STRUCT_OFFSET (TermRow, version),
    .make = term_make,
    .free_row = term_free,
    .list = term_list,
    .get = term_get,
    .insert = term_insert,
    .update = term_update,
    .remove = term_remove,
    .concern = term_concern,
    .check = term_check,
    .read_member = term_read_member,
    .add_members = term_add_members,
};

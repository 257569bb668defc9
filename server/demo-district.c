/* SPDX-License-Identifier: Apache-2.0
 *
 * The tables are imported as a coordinator would; the rest is written row by row.
 */
#include "demo-district.h"

#include "base/csv.h"
#include "exchange/import.h"
#include "live/listener-name.h"
#include "people/password.h"
#include "schedule/term.h"
#include "store/account-store.h"
#include "store/course-store.h"
#include "store/device-store.h"
#include "store/term-store.h"
#include "store/timetable-store.h"

#include <gio/gio.h>
#include <string.h>

#define FILE_NAME      "demo-accounts"
#define FILE_MODE      0600
#define PASSWORD_BYTES 6 /* twelve digits: nobody's but of this machine's demo */

#define TERM_WEEKS  20
#define HOST_CODE   "500101000"
#define HOST_ROOM   "Z1"
#define SCHOOL_CODE "500101151" /* whose office signs in */
#define TEACHER     "T01"
#define ROOM        "T1"

/* The live lesson's own period, of a bell schedule for today alone. */
#define BELLS_NAME      "演示"
#define LIVE_PERIOD     20
#define LIVE_MINUTES    (4 * 60)
#define LIVE_BEFORE_MIN 1

/* Of schools.csv. */
enum { COLUMN_CODE, COLUMN_NAME };

GResource *cr_sample_district_get_resource (void);

static const gchar *const tables[] = {"schools", "classrooms", "classes", "teachers",
                                      "bells",   "busy",       "courses"};

static const gchar *const logins[][2] = {{"coordinator", "coordinator"}, {"school", "school"},
                                         {"teacher", "teacher"},         {"assistant", "assistant"},
                                         {"supervisor", "supervisor"},   {"auditor", "auditor"}};

static void
account_free (gpointer data)
{
  CrDemoAccount *account = data;

  g_free (account->login);
  if (account->password != NULL)
    explicit_bzero (account->password, strlen (account->password));
  g_free (account->password);
  g_free (account->role);
  g_free (account);
}

static CrDemoAccount *
account_new (const gchar *login, const gchar *password, const gchar *role)
{
  CrDemoAccount *account = g_new0 (CrDemoAccount, 1);

  account->login = g_strdup (login);
  account->password = g_strdup (password);
  account->role = g_strdup (role);
  return account;
}

typedef struct {
  gint64 now;
  CrDate today;
  gboolean filled; /* there is something that this did not find empty */
  gchar *term_id;
  GPtrArray *accounts; /* CrDemoAccount; of a new district */
} Seed;

static gboolean
import_table (CrStoreTx *tx, const Seed *seed, const gchar *name, GError **error)
{
  const CrTokenHash nobody = {0};
  g_autoptr (CrActor) operator= cr_actor_new ("operator", CR_ROLE_COORDINATOR, &nobody);
  g_autofree gchar *path = g_strdup_printf ("/org/classrelay/sample/%s.csv", name);
  g_autoptr (GBytes) file =
      g_resource_lookup_data (cr_sample_district_get_resource (), path, G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  const CrImport import = {.table = cr_table_by_name (name),
                           .file = file,
                           .term_id = seed->term_id,
                           .actor = operator,
                           .now = seed->now };
  g_autoptr (JsonNode) result = NULL;

  if (file == NULL)
    return FALSE;
  operator->kind = CR_ACTOR_ACCOUNT;
  result = cr_import_run (tx, &import, error);
  if (result == NULL)
    g_prefix_error (error, "sample district, %s.csv: ", name);
  return result != NULL;
}

static gboolean
add_term (CrStoreTx *tx, Seed *seed, GError **error)
{
  CrDate monday = seed->today - (CrDate)cr_date_weekday (seed->today) + 1;
  g_autoptr (CrTerm) term = NULL;

  seed->term_id = cr_store_new_id ();
  term = cr_term_new (seed->term_id, "示例学期", monday, TERM_WEEKS, "Asia/Shanghai", 1, error);
  return term != NULL && cr_term_store_insert (tx, term, error);
}

static gboolean
import_tables (CrStoreTx *tx, const Seed *seed, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (tables); i++) {
    if (!import_table (tx, seed, tables[i], error))
      return FALSE;
  }
  return TRUE;
}

static void
add_listeners (CrDirectory *directory, CrCourse *course, GPtrArray *schools)
{
  for (guint i = 0; i < schools->len; i++) {
    const CrSchoolRow *school = schools->pdata[i];
    const CrClassRow *klass = cr_directory_find_class (directory, school->code, 4, 1);
    const CrClassroomRow *room = cr_directory_find_classroom (directory, school->code, ROOM);

    if (klass != NULL && room != NULL)
      cr_course_add_class (course, klass->id, room->id);
  }
}

/* By its weekly rule it meets in the term's last week alone; the live lesson is an added one. */
static gboolean
add_course (CrStoreTx *tx, const Seed *seed, CrDirectory *directory, GPtrArray *schools, GError **error)
{
  g_autoptr (CrCourse) course = cr_course_new (CR_DEMO_COURSE);

  course->term_id = g_strdup (seed->term_id);
  course->code = g_strdup ("DEMO");
  course->kind = CR_COURSE_DELIVERED;
  course->subject = g_strdup ("音乐");
  course->grade = 4;
  course->title = g_strdup ("演示课 Demo lesson");
  course->teacher_id = g_strdup (cr_directory_find_teacher (directory, TEACHER)->id);
  course->host_classroom_id = g_strdup (cr_directory_find_classroom (directory, HOST_CODE, HOST_ROOM)->id);
  course->priority = CR_PRIORITY_CAMERA;
  course->weekday = 5;
  course->period = 6;
  course->weeks = (CrWeeks)1 << (TERM_WEEKS - 1);
  course->rate_kbps = 2500;
  course->created_at = seed->now;
  add_listeners (directory, course, schools);
  return cr_course_store_insert (tx, course, error);
}

/* A device whose credential nobody has: it stands in the list until the school pairs its own. */
static gboolean
add_devices (CrStoreTx *tx, const Seed *seed, CrDirectory *directory, GPtrArray *schools, GError **error)
{
  for (guint i = 0; i < schools->len; i++) {
    const CrSchoolRow *school = schools->pdata[i];
    const CrClassroomRow *room = cr_directory_find_classroom (directory, school->code, ROOM);
    g_autofree gchar *credential = cr_token_generate ();
    CrDeviceRow row = {.classroom_id = room != NULL ? room->id : NULL,
                       .name = (gchar *)"示例设备",
                       .paired_at = seed->now,
                       .paired_by = (gchar *)"operator"};
    gboolean good;

    if (room == NULL)
      continue;
    cr_token_hash (credential, &row.credential_hash);
    good = cr_device_store_insert (tx, &row, error);
    g_free (row.id);
    if (!good)
      return FALSE;
  }
  return TRUE;
}

static gboolean
link_teacher (CrStoreTx *tx, const gchar *account_id, GError **error)
{
  g_autoptr (CrTeacherRow) teacher = cr_teacher_store_find (tx, TEACHER, error);

  if (teacher == NULL)
    return FALSE;
  teacher->account_id = g_strdup (account_id);
  return cr_teacher_store_update (tx, teacher, error);
}

static gboolean
add_account (CrStoreTx *tx, const Seed *seed, CrDirectory *directory, const CrDemoAccount *demo,
             GError **error)
{
  gboolean is_teacher = g_str_equal (demo->role, "teacher");
  gboolean of_school = g_str_equal (demo->role, "school") || g_str_equal (demo->role, "assistant");
  const CrSchoolRow *school = is_teacher || of_school
                                  ? cr_directory_find_school (directory, is_teacher ? HOST_CODE : SCHOOL_CODE)
                                  : NULL;
  g_autoptr (CrAccountRow) row = g_new0 (CrAccountRow, 1);

  row->login = g_strdup (demo->login);
  row->name = g_strdup_printf ("%s (demo)", demo->login);
  row->role = g_strdup (demo->role);
  row->school_id = g_strdup (school != NULL ? school->id : NULL);
  row->password_hash = cr_password_hash_sync (demo->password, &cr_password_cost_least);
  row->created_at = seed->now;
  return cr_account_store_insert (tx, row, error) && (!is_teacher || link_teacher (tx, row->id, error));
}

static gboolean
add_accounts (CrStoreTx *tx, Seed *seed, CrDirectory *directory, GError **error)
{
  for (guint i = 0; i < G_N_ELEMENTS (logins); i++) {
    g_autofree gchar *password = cr_random_hex (PASSWORD_BYTES);

    g_ptr_array_add (seed->accounts, account_new (logins[i][0], password, logins[i][1]));
    if (!add_account (tx, seed, directory, seed->accounts->pdata[i], error))
      return FALSE;
  }
  return TRUE;
}

/* As the sample's list has them: they come by their random ids. */
static gint
compare_codes (gconstpointer a, gconstpointer b)
{
  return strcmp ((*(CrSchoolRow *const *)a)->code, (*(CrSchoolRow *const *)b)->code);
}

static gboolean
fill (CrStoreTx *tx, Seed *seed, GError **error)
{
  const CrPage all = {0};
  g_autoptr (GPtrArray) schools = NULL;
  g_autoptr (CrDirectory) directory = NULL;

  if (!add_term (tx, seed, error) || !import_tables (tx, seed, error) ||
      !cr_school_store_list (tx, NULL, &all, &schools, NULL, error))
    return FALSE;
  g_ptr_array_sort (schools, compare_codes);
  directory = cr_directory_load (tx, error);
  return directory != NULL && add_course (tx, seed, directory, schools, error) &&
         add_devices (tx, seed, directory, schools, error) && add_accounts (tx, seed, directory, error);
}

static gboolean
run_fill (CrStoreTx *tx, gpointer data, GError **error)
{
  Seed *seed = data;
  const CrPage one = {.limit = 1};
  g_autoptr (GPtrArray) schools = NULL, accounts = NULL, terms = NULL;

  if (!cr_school_store_list (tx, NULL, &one, &schools, NULL, error) ||
      !cr_term_store_list (tx, &terms, error) ||
      !cr_account_store_list (tx, NULL, NULL, &one, &accounts, NULL, error))
    return FALSE;
  seed->filled = schools->len + accounts->len + terms->len > 0;
  return seed->filled || fill (tx, seed, error);
}

/* The live lesson. */

static gboolean
is_on (const CrMeeting *meeting, gint64 now)
{
  if (g_strcmp0 (meeting->course->id, CR_DEMO_COURSE) != 0)
    return FALSE;
  return meeting->state == CR_LESSON_OPEN || meeting->state == CR_LESSON_LIVE ||
         (meeting->state == CR_LESSON_SCHEDULED && meeting->starts_at <= now && now < meeting->ends_at);
}

/* The schedule of today: the host's usual one and a period that is now. */
static gboolean
ring_now (CrStoreTx *tx, const CrTimetable *timetable, const CrPlaceSchool *host, CrDate today, guint minute,
          GError **error)
{
  const CrPage all = {0};
  const CrBellSchedule *usual = cr_bells_on (cr_timetable_bells (timetable, host->id), today);
  g_autoptr (GPtrArray) schedules = NULL;
  g_autoptr (CrBellSchedule) made = NULL;
  CrBellSchedule *schedule = NULL;
  guint start = minute > LIVE_BEFORE_MIN ? minute - LIVE_BEFORE_MIN : 0;
  guint end = MIN (start + LIVE_MINUTES, 24 * 60);

  if (!cr_bell_store_list (tx, host->id, &all, &schedules, NULL, error))
    return FALSE;
  for (guint i = 0; i < schedules->len; i++) {
    if (g_strcmp0 (((CrBellSchedule *)schedules->pdata[i])->name, BELLS_NAME) == 0)
      schedule = schedules->pdata[i];
  }
  if (schedule == NULL)
    schedule = made = cr_bell_schedule_new (NULL, host->id, BELLS_NAME, today, today, 1);
  schedule->from_date = schedule->to_date = today;
  g_array_set_size (schedule->periods, 0);
  for (guint i = 0; usual != NULL && i < usual->periods->len; i++) {
    const CrBellPeriod *period = &g_array_index (usual->periods, CrBellPeriod, i);

    if (period->period != LIVE_PERIOD && (period->end_minute <= start || period->start_minute >= end))
      cr_bell_schedule_add_period (schedule, period->period, period->name, period->start_minute,
                                   period->end_minute);
  }
  cr_bell_schedule_add_period (schedule, LIVE_PERIOD, BELLS_NAME, start, end);
  return made != NULL ? cr_bell_store_insert (tx, schedule, error)
                      : cr_bell_store_update (tx, schedule, error);
}

static CrChange *
change_new (const Seed *seed, const gchar *course_id, CrChangeKind kind, CrDate date)
{
  CrChange *change = cr_change_new (NULL, course_id, kind, date);

  change->reason = g_strdup ("演示");
  change->created_at = seed->now;
  change->created_by = g_strdup ("operator");
  return change;
}

/* The rooms are taken: lessons of the timetable that would be meanwhile are cancelled. */
static gboolean
make_room (CrStoreTx *tx, const Seed *seed, const CrTimetable *timetable, CrDate today, GError **error)
{
  g_autoptr (GPtrArray) meetings = cr_timetable_view (timetable, CR_VIEW_ALL, NULL, today, today);
  gint64 end = seed->now + LIVE_MINUTES * 60;

  for (guint i = 0; i < meetings->len; i++) {
    const CrMeeting *meeting = meetings->pdata[i];
    g_autoptr (CrChange) change = NULL;

    if (meeting->frozen != NULL || meeting->state != CR_LESSON_SCHEDULED ||
        meeting->rule_date == CR_DATE_NONE || meeting->ends_at <= seed->now || meeting->starts_at >= end)
      continue;
    change = change_new (seed, meeting->course->id, CR_CHANGE_CANCEL, meeting->rule_date);
    if (!cr_change_store_insert (tx, change, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
add_live_lesson (CrStoreTx *tx, const Seed *seed, const CrTimetable *timetable, const CrCourse *course,
                 GError **error)
{
  const CrPlaceSchool *host = cr_timetable_school_of_room (timetable, course->host_classroom_id);
  g_autoptr (CrChange) change = NULL;
  guint minute;
  CrDate today = cr_term_date_at (cr_timetable_term (timetable), seed->now, &minute);

  if (host == NULL)
    return TRUE;
  change = change_new (seed, course->id, CR_CHANGE_ADD, CR_DATE_NONE);
  change->new_date = today;
  change->new_period = LIVE_PERIOD;
  return make_room (tx, seed, timetable, today, error) &&
         ring_now (tx, timetable, host, today, minute, error) && cr_change_store_insert (tx, change, error);
}

static gboolean
run_ring (CrStoreTx *tx, gpointer data, GError **error)
{
  const Seed *seed = data;
  g_autoptr (CrCourse) course = cr_course_store_get (tx, CR_DEMO_COURSE, NULL);
  g_autoptr (CrTimetable) timetable = NULL;
  const CrMeeting *meetings;
  guint n_meetings;

  if (course == NULL)
    return TRUE; /* no demo's database */
  timetable = cr_timetable_store_load (tx, course->term_id, error);
  if (timetable == NULL)
    return FALSE;
  meetings = cr_timetable_meetings (timetable, &n_meetings);
  for (guint i = 0; i < n_meetings; i++) {
    if (is_on (&meetings[i], seed->now))
      return TRUE;
  }
  return add_live_lesson (tx, seed, timetable, course, error);
}

/* The accounts' file: login, password, role, a line each. */

static gboolean
write_accounts (const gchar *path, const GPtrArray *accounts, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < accounts->len; i++) {
    const CrDemoAccount *account = accounts->pdata[i];

    g_string_append_printf (text, "%s %s %s\n", account->login, account->password, account->role);
  }
  return g_file_set_contents_full (path, text->str, (gssize)text->len, G_FILE_SET_CONTENTS_CONSISTENT,
                                   FILE_MODE, error);
}

static void
read_accounts (const gchar *path, GPtrArray *accounts)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;
  lines = g_strsplit (text, "\n", -1);
  for (guint i = 0; lines[i] != NULL; i++) {
    g_auto (GStrv) words = g_strsplit (lines[i], " ", -1);

    if (g_strv_length (words) == 3)
      g_ptr_array_add (accounts, account_new (words[0], words[1], words[2]));
  }
}

GPtrArray *
cr_demo_district_prepare (CrStore *store, const gchar *state_dir, gint64 now_s, GError **error)
{
  g_autoptr (GPtrArray) accounts = g_ptr_array_new_with_free_func (account_free);
  g_autofree gchar *path = g_build_filename (state_dir, FILE_NAME, NULL);
  Seed seed = {.now = now_s, .accounts = accounts};
  gboolean good;

  /* Asia/Shanghai has had one offset since 1991 */
  seed.today = (CrDate)((now_s + 8 * 60 * 60) / (24 * 60 * 60));
  good =
      cr_store_run_sync (store, run_fill, &seed, error) && cr_store_run_sync (store, run_ring, &seed, error);
  g_free (seed.term_id);
  if (!good)
    return NULL;
  if (seed.filled)
    read_accounts (path, accounts);
  else if (!write_accounts (path, accounts, error))
    return NULL;
  return g_steal_pointer (&accounts);
}

/* The listening classrooms. */

static void
demo_classroom_free (gpointer data)
{
  CrDemoClassroom *classroom = data;

  g_free (classroom->name);
  g_free (classroom->id);
  g_free (classroom);
}

static void
add_demo_classroom (GPtrArray *classrooms, const gchar *school, const gchar *id)
{
  CrDemoClassroom *classroom = g_new0 (CrDemoClassroom, 1);

  classroom->name = cr_short_school_name (school);
  classroom->id = g_strdup (id);
  g_ptr_array_add (classrooms, classroom);
}

static gboolean
list_sample_schools (GPtrArray *classrooms, GError **error)
{
  g_autoptr (GBytes) file =
      g_resource_lookup_data (cr_sample_district_get_resource (), "/org/classrelay/sample/schools.csv",
                              G_RESOURCE_LOOKUP_FLAGS_NONE, error);
  g_autoptr (CrCsv) csv = NULL;

  if (file != NULL)
    csv = cr_csv_parse (g_bytes_get_data (file, NULL), g_bytes_get_size (file), NULL, error);
  if (csv == NULL)
    return FALSE;
  for (guint i = 1; i < csv->rows->len; i++) { /* after the headings */
    const CrCsvRow *row = csv->rows->pdata[i];

    if (!g_str_equal (cr_csv_cell (row, COLUMN_CODE), HOST_CODE))
      add_demo_classroom (classrooms, cr_csv_cell (row, COLUMN_NAME), NULL);
  }
  return TRUE;
}

static gboolean
run_list_rooms (CrStoreTx *tx, gpointer data, GError **error)
{
  GPtrArray *classrooms = data;
  g_autoptr (CrCourse) course = cr_course_store_get (tx, CR_DEMO_COURSE, NULL);
  g_autoptr (CrTimetable) timetable = NULL;

  if (course == NULL)
    return TRUE; /* no demo's database */
  timetable = cr_timetable_store_load (tx, course->term_id, error);
  for (guint i = 0; timetable != NULL && i < course->classes->len; i++) {
    const gchar *room = cr_course_class (course, i)->classroom_id;
    const CrPlaceSchool *school = cr_timetable_school_of_room (timetable, room);

    if (school != NULL)
      add_demo_classroom (classrooms, school->name, room);
  }
  return timetable != NULL;
}

GPtrArray *
cr_demo_district_classrooms (CrStore *store, GError **error)
{
  g_autoptr (GPtrArray) classrooms = g_ptr_array_new_with_free_func (demo_classroom_free);

  if (store != NULL && !cr_store_read_sync (store, run_list_rooms, classrooms, error))
    return NULL;
  if (classrooms->len == 0 && !list_sample_schools (classrooms, error))
    return NULL;
  return g_steal_pointer (&classrooms);
}

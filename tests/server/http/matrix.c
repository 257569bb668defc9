/* SPDX-License-Identifier: Apache-2.0
 *
 * Every row of the route table × everybody: coordinators of all, of the right and of the wrong district,
 * school offices, teachers, assistants, devices, those who were revoked, disabled, have expired or must
 * change their password, and holders of join tokens. What is expected is written here, apart from the table
 * of rules. A row that is not written here fails.
 */
#include "server/people/people-fixture.h"

#include "store/class-store.h"
#include "store/pairing-store.h"
#include "store/course-store.h"
#include "store/notice-store.h"
#include "store/term-store.h"

/* Whose object {id} is, made anew for each question. */
typedef enum {
  ID_NONE,
  ID_ACCOUNT,
  ID_DEVICE,
  ID_CODE,
  ID_SCHOOL,
  ID_CLASSROOM,
  ID_CLASS,
  ID_TEACHER,
  ID_TERM,
  ID_BELLS,
  ID_BUSY,
  ID_COURSE,
  ID_LESSON,
  ID_CHANGE,
  ID_NOTICE,
  ID_FEED,
  N_IDS
} IdKind;

typedef struct {
  const gchar *method, *pattern;
  const gchar *allowed; /* letters of the cast; J: join token of the lesson's teacher */
  IdKind id;            /* each lies in school B */
  const gchar *body;    /* %s: the id of school B, or of its classroom; %u: a number not used before */
  const gchar *query;   /* NULL: none */
  const gchar *type;    /* of a body of which the route says none */
} Expected;

#define SIGNED_IN "GabcSUVTtHhPIM"
#define EVERYBODY "GabcSUVTtHhPIDd" /* but those who must change their password first */

/* clang-format off */
static const Expected expected[] = {
  {"POST",   "/whip/{lesson}/{source}",           "J"},
  {"GET",    "/whip/{lesson}/{source}",           "J"},
  {"PATCH",  "/whip/{lesson}/{source}/{session}", "J"},
  {"DELETE", "/whip/{lesson}/{source}/{session}", "J"},
  {"GET",    "/whip/{lesson}/{source}/{session}", "J"},
  {"POST",   "/whep/{lesson}",                    "J"},
  {"GET",    "/whep/{lesson}",                    "J"},
  {"PATCH",  "/whep/{lesson}/{session}",          "J"},
  {"DELETE", "/whep/{lesson}/{session}",          "J"},
  {"GET",    "/whep/{lesson}/{session}",          "J"},
  {"GET",    "/events/{lesson}",                  "GabSUTHDPJ"},
  {"GET",    "/api/v1/lessons/{lesson}",          "GabSUTHDPJ"},
  {"GET",    "/api/v1/lessons/{lesson}/graph.dot", "J"},
  {"POST",   "/api/v1/lessons/{lesson}/join",     "GaTHD"},
  {"POST",   "/api/v1/lessons/{lesson}/extend",   "GaTJ"},
  {"POST",   "/api/v1/lessons/{lesson}/end",      "GaTJ"},
  {"POST",   "/api/v1/lessons/{lesson}/hand",     "GaTHDJ", ID_NONE, "{\"raised\":false,\"classroom\":\"{room}\"}"},
  {"POST",   "/api/v1/lessons/{lesson}/floor",    "GaTJ", ID_NONE, "{\"classrooms\":[]}"},
  {"POST",   "/api/v1/lessons/{lesson}/mute",     "GaTJ", ID_NONE, "{\"classroom\":\"{room}\",\"muted\":true}"},
  {"POST",   "/api/v1/lessons/{lesson}/notes",    "HD", ID_NONE, "{\"code\":\"ready\"}"},
  {"POST",   "/api/v1/lessons/{lesson}/call",     "GaHD", ID_NONE, "{\"open\":false,\"classroom\":\"{room}\"}"},
  {"POST",   "/api/v1/lessons/{lesson}/slides",   "GaTJ"},
  {"GET",    "/api/v1/lessons/{lesson}/slides/{number}", "GaTHDJ"},
  {"POST",   "/api/v1/sign-out",                  SIGNED_IN},
  {"GET",    "/api/v1/me",                        SIGNED_IN "Dd"},
  {"PUT",    "/api/v1/me/password",               SIGNED_IN, ID_NONE,
   "{\"old\":\"" PASSWORD "\",\"new\":\"another good one %u\"}"},
  {"GET",    "/api/v1/accounts",                  "GabcSUVI"},
  {"POST",   "/api/v1/accounts",                  "GbU", ID_NONE,
   "{\"login\":\"new%u\",\"name\":\"N\",\"role\":\"assistant\",\"school_id\":\"%s\"}"},
  {"GET",    "/api/v1/accounts/{id}",             "GbUI", ID_ACCOUNT},
  {"PATCH",  "/api/v1/accounts/{id}",             "GbU", ID_ACCOUNT, "{\"name\":\"N%u\"}"},
  {"DELETE", "/api/v1/accounts/{id}",             "GbU", ID_ACCOUNT},
  {"POST",   "/api/v1/accounts/{id}/reset",       "GbU", ID_ACCOUNT},
  {"GET",    "/api/v1/devices",                   "GabcSUVI"},
  {"GET",    "/api/v1/devices/{id}",              "GbUI", ID_DEVICE},
  {"PATCH",  "/api/v1/devices/{id}",              "Gb", ID_DEVICE, "{\"name\":\"N%u\"}"},
  {"DELETE", "/api/v1/devices/{id}",              "Gb", ID_DEVICE},
  {"GET",    "/api/v1/pairings/{code}",           "Gabc", ID_CODE},
  {"POST",   "/api/v1/pairings/{code}/confirm",   "Gb", ID_CODE, "{\"classroom_id\":\"%s\"}"},
  {"GET",    "/api/v1/audit",                     "GI"},
  {"GET",    "/api/v1/audit/chain",               "GI"},
  {"GET",    "/api/v1/audit/export",              "GI"},
  {"GET",    "/api/v1/reports/lessons",           "GabcPSUV"},
  {"GET",    "/api/v1/schools",                   "GabcPSUVTtHhDd"},
  {"POST",   "/api/v1/schools",                   "Gb", ID_NONE, "{\"code\":\"N%u\",\"name\":\"N\",\"district\":\"district-B\"}"},
  {"GET",    "/api/v1/schools/{id}",              "GbPUHD", ID_SCHOOL},
  {"PATCH",  "/api/v1/schools/{id}",              "Gb", ID_SCHOOL, "{\"name\":\"N%u\"}"},
  {"DELETE", "/api/v1/schools/{id}",              "Gb", ID_SCHOOL},
  {"GET",    "/api/v1/classrooms",                "GabcPSUVTtHhDd"},
  {"POST",   "/api/v1/classrooms",                "Gb", ID_NONE, "{\"school_id\":\"%s\",\"code\":\"N%u\",\"name\":\"N\"}"},
  {"GET",    "/api/v1/classrooms/{id}",           "GbPUHD", ID_CLASSROOM},
  {"PATCH",  "/api/v1/classrooms/{id}",           "Gb", ID_CLASSROOM, "{\"name\":\"N%u\"}"},
  {"DELETE", "/api/v1/classrooms/{id}",           "Gb", ID_CLASSROOM},
  {"GET",    "/api/v1/classes",                   "GabcPSUVTtHh"},
  {"POST",   "/api/v1/classes",                   "GbU", ID_NONE, "{\"school_id\":\"%s\",\"grade\":1,\"number\":7,\"pupils\":30}"},
  {"GET",    "/api/v1/classes/{id}",              "GbPUH", ID_CLASS},
  {"PATCH",  "/api/v1/classes/{id}",              "GbU", ID_CLASS, "{\"pupils\":31}"},
  {"DELETE", "/api/v1/classes/{id}",              "GbU", ID_CLASS},
  {"GET",    "/api/v1/teachers",                  "GabcPSUVTt"},
  {"POST",   "/api/v1/teachers",                  "Gb", ID_NONE, "{\"code\":\"N%u\",\"name\":\"N\",\"school_id\":\"%s\"}"},
  {"GET",    "/api/v1/teachers/{id}",             "GbPU", ID_TEACHER},
  {"PATCH",  "/api/v1/teachers/{id}",             "Gb", ID_TEACHER, "{\"name\":\"N%u\"}"},
  {"DELETE", "/api/v1/teachers/{id}",             "Gb", ID_TEACHER},
  {"GET",    "/api/v1/terms",                     EVERYBODY},
  {"POST",   "/api/v1/terms",                     "G", ID_NONE, "{\"name\":\"N%u\",\"first_monday\":\"2019-09-02\",\"n_weeks\":20,\"time_zone\":\"Asia/Shanghai\"}"},
  {"GET",    "/api/v1/terms/{id}",                EVERYBODY, ID_TERM},
  {"PATCH",  "/api/v1/terms/{id}",                "G", ID_TERM, "{\"name\":\"P%u\"}"},
  {"DELETE", "/api/v1/terms/{id}",                "G", ID_TERM},
  {"GET",    "/api/v1/bells",                     "GabcSUVPTtHhDd"},
  {"POST",   "/api/v1/bells",                     "GbU", ID_NONE, "{\"school_id\":\"%s\",\"name\":\"N%u\",\"from_date\":\"2030-01-01\",\"to_date\":\"2030-01-02\",\"periods\":[{\"period\":1,\"name\":\"1\",\"start\":\"08:00\",\"end\":\"08:40\"}]}"},
  {"GET",    "/api/v1/bells/{id}",                "GbUPHD", ID_BELLS},
  {"PATCH",  "/api/v1/bells/{id}",                "GbU", ID_BELLS, "{\"name\":\"N%u\"}"},
  {"DELETE", "/api/v1/bells/{id}",                "GbU", ID_BELLS},
  {"GET",    "/api/v1/busy",                      "GabcPSUVHh"},
  {"POST",   "/api/v1/busy",                      "GbU", ID_NONE, "{\"school_id\":\"%s\",\"kind\":\"busy\",\"from_date\":\"2030-01-01\",\"to_date\":\"2030-01-02\",\"reason\":\"N%u\"}"},
  {"GET",    "/api/v1/busy/{id}",                 "GbPUH", ID_BUSY},
  {"PATCH",  "/api/v1/busy/{id}",                 "GbU", ID_BUSY, "{\"reason\":\"N%u\"}"},
  {"DELETE", "/api/v1/busy/{id}",                 "GbU", ID_BUSY},
  {"GET",    "/api/v1/courses",                   "GabcPSUVHhTtDd"},
  {"POST",   "/api/v1/courses",                   "Gb", ID_NONE, "{\"term_id\":\"{term}\",\"kind\":\"delivered\",\"subject\":\"s\",\"grade\":1,\"title\":\"N%u\",\"teacher_id\":\"{teacher}\",\"host_classroom_id\":\"{room}\",\"weekday\":2,\"period\":1}"},
  {"GET",    "/api/v1/courses/{id}",              "GbPUHD", ID_COURSE},
  {"PATCH",  "/api/v1/courses/{id}",              "Gb", ID_COURSE, "{\"title\":\"N%u\"}"},
  {"DELETE", "/api/v1/courses/{id}",              "Gb", ID_COURSE},
  {"GET",    "/api/v1/lessons",                   EVERYBODY},
  {"POST",   "/api/v1/lessons",                   "Gb", ID_NONE, "{\"course_id\":\"{course}\",\"date\":\"{date}\",\"reason\":\"N%u\"}"},
  {"POST",   "/api/v1/lessons/{id}/move",         "Gb", ID_LESSON, "{\"new_period\":2}"},
  {"POST",   "/api/v1/lessons/{id}/cancel",       "Gb", ID_LESSON, "{\"reason\":\"N%u\"}"},
  {"POST",   "/api/v1/lessons/{id}/substitute",   "Gb", ID_LESSON, "{\"teacher_id\":\"{teacher}\"}"},
  {"GET",    "/api/v1/lessons/{id}/changes",      "GbPUHD", ID_LESSON},
  {"DELETE", "/api/v1/lessons/{id}/changes/{change}", "Gb", ID_LESSON},
  {"GET",    "/api/v1/conflicts",                 "Gabc"},
  {"POST",   "/api/v1/conflicts",                 "GbU", ID_NONE, "{\"busy\":{\"school_id\":\"%s\",\"kind\":\"busy\",\"from_date\":\"2030-01-01\",\"to_date\":\"2030-01-02\",\"reason\":\"N%u\"}}"},
  {"GET",    "/api/v1/free-periods",              "Gb", ID_NONE, NULL, "course={course}"},
  {"GET",    "/api/v1/notices",                   "GabcSUVHhTtDd"},
  {"POST",   "/api/v1/notices/{id}/acknowledge",  "UHD", ID_NOTICE},
  {"GET",    "/api/v1/feeds",                     "GabcSUVTt"},
  {"POST",   "/api/v1/feeds",                     "GbU", ID_NONE, "{\"owner_kind\":\"school\",\"owner_id\":\"%s\"}"},
  {"DELETE", "/api/v1/feeds/{id}",                "GbU", ID_FEED},
  {"POST",   "/api/v1/imports",                   "Gabc", ID_NONE, "code,name,district\n", "kind=schools", "text/csv"},
  {"GET",    "/api/v1/exports/{kind}",            "GabcPSUVTtHh"},
};
/* clang-format on */

typedef struct {
  World world;
  guint serial;
  const CrRoute *of_route; /* that the objects were last made for: reading leaves them as they are */
  gchar *join_token, *other_join_token;
  gchar *ids[N_IDS];
  gchar *user_code;
} Matrix;

static const Expected *
find_expected (const CrRoute *route)
{
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    if (g_str_equal (expected[i].method, route->method) && g_str_equal (expected[i].pattern, route->pattern))
      return &expected[i];
  }
  return NULL;
}

static gchar *
add_join_token (World *world, const gchar *lesson)
{
  gchar *token = cr_credential_generate ();
  CrTokenHash hash;
  CrActor *actor;

  cr_token_hash (token, &hash);
  actor = cr_actor_new ("T", CR_ROLE_TEACHER, &hash);
  actor->kind = CR_ACTOR_JOIN;
  actor->id = g_strdup (world_find (world, 'T')->id);
  actor->lesson_id = g_strdup (lesson);
  actor->expires_at = world_now (world) + 600;
  cr_lessons_add_join_token (world->lessons, actor);
  return token;
}

static gboolean
make_class (CrStoreTx *tx, Matrix *matrix, GError **error)
{
  g_autoptr (CrClassRow) row = g_new0 (CrClassRow, 1);

  row->school_id = g_strdup (matrix->world.school_ids[SCHOOL_B]);
  row->grade = 2;
  row->number = matrix->serial;
  row->pupils = 30;
  if (!cr_class_store_insert (tx, row, error))
    return FALSE;
  matrix->ids[ID_CLASS] = g_strdup (row->id);
  return TRUE;
}

static gboolean
make_teacher (CrStoreTx *tx, Matrix *matrix, GError **error)
{
  g_autoptr (CrTeacherRow) row = g_new0 (CrTeacherRow, 1);

  row->code = g_strdup_printf ("made-%u", matrix->serial);
  row->name = g_strdup ("somebody");
  row->school_id = g_strdup (matrix->world.school_ids[SCHOOL_B]);
  if (!cr_teacher_store_insert (tx, row, error))
    return FALSE;
  matrix->ids[ID_TEACHER] = g_strdup (row->id);
  return TRUE;
}

/* Their dates lie apart, so that none is in the way of the next. */
static gboolean
make_times (CrStoreTx *tx, Matrix *matrix, GError **error)
{
  const gchar *school_id = matrix->world.school_ids[SCHOOL_B];
  CrDate date = cr_date_from_ymd (2000, 1, 3) + (CrDate)matrix->serial * 7;
  g_autofree gchar *name = g_strdup_printf ("made-%u", matrix->serial);
  const gchar *term_id = matrix->ids[ID_TERM] = cr_store_new_id ();
  const gchar *bells_id = matrix->ids[ID_BELLS] = cr_store_new_id ();
  const gchar *busy_id = matrix->ids[ID_BUSY] = cr_store_new_id ();
  g_autoptr (CrTerm) term = cr_term_new (term_id, name, date, 1, "Asia/Shanghai", 1, error);
  g_autoptr (CrBellSchedule) bells = cr_bell_schedule_new (bells_id, school_id, name, date, date, 1);
  g_autoptr (CrBusy) busy = cr_busy_new (busy_id, school_id, CR_BUSY_BUSY, date, date);

  cr_bell_schedule_add_period (bells, 1, "1", 480, 520);
  g_free (busy->reason);
  busy->reason = g_strdup (name);
  return term != NULL && cr_term_store_insert (tx, term, error) && cr_bell_store_insert (tx, bells, error) &&
         cr_busy_store_insert (tx, busy, error);
}

/* A lesson on the term's Monday, and a change of it that can be taken back. */
static gboolean
make_course (CrStoreTx *tx, Matrix *matrix, GError **error)
{
  CrDate date = cr_date_from_ymd (2000, 1, 3) + (CrDate)matrix->serial * 7;
  g_autoptr (CrCourse) course = cr_course_new (matrix->ids[ID_COURSE] = cr_store_new_id ());
  g_autoptr (CrChange) change = cr_change_new (NULL, course->id, CR_CHANGE_CANCEL, date);

  course->term_id = g_strdup (matrix->ids[ID_TERM]);
  course->subject = g_strdup ("music");
  course->title = g_strdup ("music");
  course->grade = 1;
  course->teacher_id = g_strdup (matrix->ids[ID_TEACHER]);
  course->host_classroom_id = g_strdup (matrix->world.classroom_ids[SCHOOL_B]);
  course->weekday = 1;
  course->period = 1;
  course->weeks = CR_WEEKS_ALL;
  course->rate_kbps = 1000;
  change->reason = g_strdup ("why");
  change->created_by = g_strdup ("operator");
  matrix->ids[ID_LESSON] = cr_lesson_id_format (course->id, date, NULL);
  if (!cr_course_store_insert (tx, course, error) || !cr_change_store_insert (tx, change, error))
    return FALSE;
  matrix->ids[ID_CHANGE] = g_strdup (change->id);
  return TRUE;
}

static gboolean
make_notice (CrStoreTx *tx, Matrix *matrix, GError **error)
{
  CrNoticeRecipient school = {CR_RECIPIENT_SCHOOL, matrix->world.school_ids[SCHOOL_B]};
  CrNoticeRecipient room = {CR_RECIPIENT_CLASSROOM, matrix->world.classroom_ids[SCHOOL_B]};
  g_autoptr (GPtrArray) recipients = g_ptr_array_new ();
  CrNotice notice = {.kind = (gchar *)"course_new",
                     .course_id = matrix->ids[ID_COURSE],
                     .text_zh = (gchar *)"zh",
                     .text_en = (gchar *)"en",
                     .recipients = recipients};

  g_ptr_array_add (recipients, &school);
  g_ptr_array_add (recipients, &room);
  return cr_notice_store_insert (tx, &notice, "operator", world_now (&matrix->world), FALSE,
                                 &matrix->ids[ID_NOTICE], error);
}

static gboolean
make_feed (CrStoreTx *tx, Matrix *matrix, GError **error)
{
  g_autofree gchar *token = cr_token_generate ();
  GString *id = g_string_new (NULL);
  CrTokenHash hash;

  cr_token_hash (token, &hash);
  for (guint i = 0; i < CR_TOKEN_HASH_BYTES; i++)
    g_string_append_printf (id, "%02x", hash.bytes[i]);
  matrix->ids[ID_FEED] = g_string_free (id, FALSE);
  return cr_feed_store_insert (tx, &hash, "school", matrix->world.school_ids[SCHOOL_B],
                               world_now (&matrix->world), error);
}

/* The world as it was before the last question, as far as one can change it. */
static gboolean
make_objects (CrStoreTx *tx, gpointer data, GError **error)
{
  Matrix *matrix = data;
  World *world = &matrix->world;
  Person account = {.letter = '1', .role = "assistant", .school = SCHOOL_B};
  Person device = {.letter = '2', .school = SCHOOL_B};
  CrPairingRow pairing = {.user_code = matrix->user_code,
                          .address = (gchar *)"192.0.2.1",
                          .created_at = world_now (world),
                          .expires_at = world_now (world) + 600};
  g_autoptr (CrAccountRow) before = cr_account_store_find (tx, "login-1", NULL);
  guint n;

  if (before != NULL && !cr_account_store_remove (tx, before->id, before->version, error))
    return FALSE;
  for (guint i = 0; i < sizeof pairing.device_code_hash; i++)
    pairing.device_code_hash.bytes[i] = (guint8)(matrix->serial >> (i % 4 * 8));
  if (!cr_pairing_store_remove_expired (tx, G_MAXINT64, &n, error) ||
      !cr_pairing_store_insert (tx, &pairing, error) || !world_add_account (tx, world, &account, error) ||
      !world_add_device (tx, world, &device, error) || !make_class (tx, matrix, error) ||
      !make_teacher (tx, matrix, error) || !make_times (tx, matrix, error) ||
      !make_course (tx, matrix, error) || !make_notice (tx, matrix, error) || !make_feed (tx, matrix, error))
    return FALSE;
  matrix->ids[ID_ACCOUNT] = account.id;
  matrix->ids[ID_DEVICE] = device.id;
  g_free (account.secret);
  g_free (device.secret);
  for (guint i = 0; i < world->n_people; i++) {
    Person *person = &world->people[i];

    if (person->role != NULL &&
        (!cr_account_store_set_password (tx, person->id, world->hash, person->letter == 'M', error) ||
         !world_sign_in (tx, world, person, error)))
      return FALSE;
  }
  return TRUE;
}

static void
forget_objects (Matrix *matrix)
{
  static const IdKind made[] = {ID_ACCOUNT, ID_DEVICE, ID_CLASS,  ID_TEACHER, ID_TERM,   ID_BELLS,
                                ID_BUSY,    ID_COURSE, ID_LESSON, ID_CHANGE,  ID_NOTICE, ID_FEED};

  for (guint i = 0; i < G_N_ELEMENTS (made); i++)
    g_clear_pointer (&matrix->ids[made[i]], g_free);
}

static void
remake_objects (Matrix *matrix)
{
  g_autoptr (GError) error = NULL;

  matrix->serial++;
  forget_objects (matrix);
  g_assert_true (cr_store_run_sync (matrix->world.http->store, make_objects, matrix, &error));
  g_assert_no_error (error);
}

static void
fill_in (const Matrix *matrix, GString *text)
{
  CrDate date = cr_date_from_ymd (2000, 1, 3) + (CrDate)matrix->serial * 7;
  gchar day[CR_DATE_TEXT_BYTES];

  g_string_replace (text, "{term}", matrix->ids[ID_TERM], 0);
  g_string_replace (text, "{teacher}", matrix->ids[ID_TEACHER], 0);
  g_string_replace (text, "{room}", matrix->world.classroom_ids[SCHOOL_B], 0);
  g_string_replace (text, "{course}", matrix->ids[ID_COURSE], 0);
  g_string_replace (text, "{change}", matrix->ids[ID_CHANGE], 0);
  g_string_replace (text, "{date}", cr_date_format (date, day), 0);
  g_string_replace (text, "{kind}", "schools", 0);
}

static gchar *
path_of (const Matrix *matrix, const Expected *row)
{
  GString *path = g_string_new (row->pattern);

  fill_in (matrix, path);
  g_string_replace (path, "{lesson}", "music", 0);
  if (row->id != ID_NONE && row->id != ID_CODE)
    g_string_replace (path, "{id}", matrix->ids[row->id], 0);
  g_string_replace (path, "{code}", matrix->user_code, 0);
  g_string_replace (path, "{source}", "camera", 0);
  g_string_replace (path, "{session}", "0123", 0);
  g_string_replace (path, "{number}", "1", 0);
  return g_string_free (path, FALSE);
}

static gchar *
body_of (const Matrix *matrix, const Expected *row)
{
  const World *world = &matrix->world;
  GString *body = g_string_new (row->body);
  g_autofree gchar *number = g_strdup_printf ("%u", matrix->serial);

  fill_in (matrix, body);
  g_string_replace (body, "%u", number, 0);
  g_string_replace (body, "%s", (row->id == ID_CODE ? world->classroom_ids : world->school_ids)[SCHOOL_B], 0);
  return g_string_free (body, FALSE);
}

/* Denied is 401, 403 and 404; whatever else is said, the question was whether the request is a good one. */
static gboolean
is_allowed (Matrix *matrix, const CrRoute *route, const Expected *row, const gchar *bearer,
            const gchar *cookie)
{
  static const gchar *const headers[] = {"Host", HOST, "Origin", ORIGIN, "If-Match", "*", NULL};
  g_autofree gchar *path = path_of (matrix, row);
  g_autofree gchar *body = body_of (matrix, row);
  GString *query = g_string_new (row->query);
  Question question = {.method = route->method,
                       .path = path,
                       .query = row->query != NULL ? query->str : NULL,
                       .bearer = bearer,
                       .cookie = cookie,
                       .type = row->type != NULL ? row->type : route->body_type,
                       .body = body,
                       .headers = headers,
                       .head_only = route->who == CR_WHO_TOKEN || (route->flags & CR_ROUTE_PICTURE) != 0};
  g_auto (Answer) answer = {0};

  fill_in (matrix, query);
  world_ask (&matrix->world, &question, &answer);
  g_string_free (query, TRUE);
  if (question.head_only)
    return answer.admitted;
  g_assert_cmpuint (answer.status, <, 500);
  if (answer.status == 400 || answer.status == 415 || answer.status == 422 || answer.status == 429)
    g_error ("%s %s: the test's request is no good: %s", route->method, route->pattern, answer.text);
  return answer.status != 401 && answer.status != 403 && answer.status != 404;
}

/* Which lessons there are is answered from memory; those that are asked about do not change. */
static void
read_timetables (Matrix *matrix)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_timetables_load (matrix->world.http->timetables, &error));
  g_assert_no_error (error);
}

static void
check (Matrix *matrix, const CrRoute *route, const Expected *row, gchar letter, const gchar *bearer,
       const gchar *cookie)
{
  gboolean wanted = strchr (row->allowed, letter) != NULL;

  if (!g_str_equal (route->method, "GET") || matrix->of_route != route)
    remake_objects (matrix);
  if (matrix->of_route != route)
    read_timetables (matrix);
  matrix->of_route = route;
  if (is_allowed (matrix, route, row, bearer, cookie) != wanted)
    g_error ("%s %s: '%c' must%s be let in", route->method, route->pattern, letter, wanted ? "" : " not");
}

static void
test_matrix (void)
{
  Matrix matrix = {.user_code = (gchar *)"BCDFGHJ"};
  World *world = &matrix.world;
  g_autoptr (GBytes) slide = g_bytes_new_static ("slide", 5);
  guint n_checks = 0;

  world_set_up (world, g_ptr_array_new (), NULL);
  cr_slides_add (world->http->slides, "music", slide);
  matrix.ids[ID_SCHOOL] = world->school_ids[SCHOOL_B];
  matrix.ids[ID_CLASSROOM] = world->classroom_ids[SCHOOL_B];
  for (guint i = 0; i < cr_n_routes; i++) {
    const CrRoute *route = &cr_routes[i];
    const Expected *row = find_expected (route);

    if (route->who == 0)
      continue;
    if (row == NULL)
      g_error ("%s %s: nobody has written down who may do that", route->method, route->pattern);
    for (guint p = 0; p < world->n_people; p++, n_checks++) {
      const Person *person = &world->people[p];

      check (&matrix, route, row, person->letter, person->role == NULL ? person->secret : NULL,
             person->role != NULL ? person->secret : NULL);
    }
    /* changes of passwords and accounts end what join tokens have begun, so they are new for each row */
    matrix.join_token = add_join_token (world, "music");
    matrix.other_join_token = add_join_token (world, "other");
    check (&matrix, route, row, 'J', matrix.join_token, NULL);
    check (&matrix, route, row, 'j', matrix.other_join_token, NULL);
    check (&matrix, route, row, '-', NULL, NULL);
    check (&matrix, route, row, '?', "guessed-guessed-guessed", NULL);
    check (&matrix, route, row, '?', NULL, "guessed-guessed-guessed");
    /* a session's token is no bearer token, a credential is no cookie */
    check (&matrix, route, row, '?', world_find (world, 'G')->secret, NULL);
    check (&matrix, route, row, '?', NULL, world_find (world, 'D')->secret);
    g_free (matrix.join_token);
    g_free (matrix.other_join_token);
    n_checks += 7;
  }
  g_test_message ("%u checks", n_checks);
  forget_objects (&matrix);
  world_tear_down (world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/matrix/everybody-and-every-route", test_matrix);
  return g_test_run ();
}

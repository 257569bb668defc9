/* SPDX-License-Identifier: Apache-2.0
 *
 * A small world for tests of who may do what: three districts A, B, C with a school, a classroom and people
 * each, an open lesson "music" that A gives and B listens to, a database of its own, and the dispatcher,
 * spoken to without a socket. Included by one source file a test.
 */
#pragma once

#include "http/body.h"
#include "http/dispatch.h"
#include "people/account.h"
#include "people/credentials.h"
#include "store/classroom-store.h"
#include "store/teacher-store.h"
#include "support/folder.h"

#include <string.h>

#define PASSWORD "correct horse battery"
#define HOST     "127.0.0.1:8080"
#define ORIGIN   "http://" HOST

enum { SCHOOL_A, SCHOOL_B, SCHOOL_C, N_SCHOOLS };

static const gchar *const district_names[N_SCHOOLS] = {"district-A", "district-B", "district-C"};

/* One letter each, as the tables of the tests write them. */
typedef struct {
  gchar letter;
  const gchar *role; /* NULL: a device */
  gint school;       /* -1: none */
  const gchar *districts;
  gchar *id;
  gchar *secret; /* the session's token or the device's credential */
} Person;

typedef struct {
  gchar *folder;
  CrConfig *config;
  CrLessons *lessons;
  CrHttp *http;
  gint64 wall_us, monotonic_us;
  CrClock clock;
  gchar *hash; /* of PASSWORD */
  gchar *school_ids[N_SCHOOLS], *classroom_ids[N_SCHOOLS], *teacher_id;
  Person people[32];
  guint n_people;
} World;

static const Person cast[] = {
    {'G', "coordinator", -1, NULL},
    {'a', "coordinator", -1, "[\"district-A\"]"},
    {'b', "coordinator", -1, "[\"district-B\"]"},
    {'c', "coordinator", -1, "[\"district-C\"]"},
    {'S', "school", SCHOOL_A},
    {'U', "school", SCHOOL_B},
    {'V', "school", SCHOOL_C},
    {'T', "teacher", SCHOOL_A}, /* gives the lesson */
    {'t', "teacher", SCHOOL_C},
    {'H', "assistant", SCHOOL_B},
    {'h', "assistant", SCHOOL_C},
    {'D', NULL, SCHOOL_B},
    {'d', NULL, SCHOOL_C},
    {'R', NULL, SCHOOL_B}, /* revoked */
    {'P', "supervisor", -1, NULL},
    {'I', "auditor", -1, NULL},
    {'X', "coordinator", -1, NULL}, /* disabled */
    {'M', "coordinator", -1, NULL}, /* must change the password */
    {'E', "coordinator", -1, NULL}, /* her session has expired */
};

static inline gint64
world_wall (gpointer data)
{
  return ((World *)data)->wall_us;
}

static inline gint64
world_monotonic (gpointer data)
{
  return ((World *)data)->monotonic_us;
}

static inline gint64
world_now (World *world)
{
  return world->wall_us / G_USEC_PER_SEC;
}

static inline Person *
world_find (World *world, gchar letter)
{
  for (guint i = 0; i < world->n_people; i++) {
    if (world->people[i].letter == letter)
      return &world->people[i];
  }
  return NULL;
}

static inline gboolean
world_add_school (CrStoreTx *tx, World *world, guint i, GError **error)
{
  g_autoptr (CrSchoolRow) school = g_new0 (CrSchoolRow, 1);
  g_autoptr (CrClassroomRow) classroom = g_new0 (CrClassroomRow, 1);

  school->code = g_strdup_printf ("S%u", i);
  school->name = g_strdup_printf ("school %u", i);
  school->district = g_strdup (district_names[i]);
  if (!cr_school_store_insert (tx, school, error))
    return FALSE;
  classroom->school_id = g_strdup (school->id);
  classroom->code = g_strdup ("101");
  classroom->name = g_strdup_printf ("room of %u", i);
  classroom->seats = -1;
  if (!cr_classroom_store_insert (tx, classroom, error))
    return FALSE;
  world->school_ids[i] = g_strdup (school->id);
  world->classroom_ids[i] = g_strdup (classroom->id);
  return TRUE;
}

static inline gboolean
world_add_account (CrStoreTx *tx, World *world, Person *person, GError **error)
{
  g_autoptr (CrAccountRow) row = g_new0 (CrAccountRow, 1);

  row->login = g_strdup_printf ("login-%s%c", g_ascii_isupper (person->letter) ? "big-" : "",
                                g_ascii_tolower (person->letter));
  row->name = g_strdup_printf ("person %c", person->letter);
  row->role = g_strdup (person->role);
  row->school_id = person->school >= 0 ? g_strdup (world->school_ids[person->school]) : NULL;
  row->districts = g_strdup (person->districts);
  row->password_hash = g_strdup (world->hash);
  row->must_change = person->letter == 'M';
  row->disabled = person->letter == 'X';
  row->created_at = world_now (world);
  if (!cr_account_store_insert (tx, row, error))
    return FALSE;
  person->id = g_strdup (row->id);
  person->secret = cr_credential_generate ();
  return TRUE;
}

static inline gboolean
world_add_device (CrStoreTx *tx, World *world, Person *person, GError **error)
{
  g_autoptr (CrDeviceRow) row = g_new0 (CrDeviceRow, 1);

  person->secret = cr_credential_generate ();
  row->classroom_id = g_strdup (world->classroom_ids[person->school]);
  row->name = g_strdup_printf ("device %c", person->letter);
  row->paired_by = g_strdup ("somebody");
  row->paired_at = world_now (world);
  cr_token_hash (person->secret, &row->credential_hash);
  if (!cr_device_store_insert (tx, row, error))
    return FALSE;
  g_free (person->id);
  person->id = g_strdup (row->id);
  return person->letter != 'R' || cr_device_store_revoke (tx, row->id, world_now (world), error);
}

static inline gboolean
world_add_teacher (CrStoreTx *tx, World *world, GError **error)
{
  g_autoptr (CrTeacherRow) row = g_new0 (CrTeacherRow, 1);

  row->code = g_strdup ("T1");
  row->name = g_strdup ("the teacher");
  row->school_id = g_strdup (world->school_ids[SCHOOL_A]);
  row->account_id = g_strdup (world_find (world, 'T')->id);
  if (!cr_teacher_store_insert (tx, row, error))
    return FALSE;
  world->teacher_id = g_strdup (row->id);
  return TRUE;
}

/* A session as of now; of 'E' one that is over. */
static inline gboolean
world_sign_in (CrStoreTx *tx, World *world, const Person *person, GError **error)
{
  CrSessionRow row = {.account_id = person->id,
                      .created_at = world_now (world),
                      .seen_at = world_now (world),
                      .expires_at = world_now (world) + (person->letter == 'E' ? -1 : CR_SESSION_IDLE_S),
                      .address = (gchar *)"test"};
  guint n;

  cr_token_hash (person->secret, &row.token_hash);
  return cr_session_store_remove_account (tx, person->id, NULL, &n, error) &&
         cr_session_store_insert (tx, &row, error);
}

static inline gboolean
world_fill (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;

  for (guint i = 0; i < N_SCHOOLS; i++) {
    if (!world_add_school (tx, world, i, error))
      return FALSE;
  }
  for (guint i = 0; i < G_N_ELEMENTS (cast); i++) {
    Person *person = &world->people[world->n_people++];

    *person = cast[i];
    if (person->role == NULL
            ? !world_add_device (tx, world, person, error)
            : !world_add_account (tx, world, person, error) || !world_sign_in (tx, world, person, error))
      return FALSE;
  }
  return world_add_teacher (tx, world, error);
}

static inline void
world_add_lesson (World *world)
{
  static const gchar *const codecs[] = {"H264", "VP8", NULL};
  CrLesson *lesson = cr_lessons_add (world->lessons, "music", "音乐", codecs);
  gchar *schools[] = {world->school_ids[SCHOOL_A], world->school_ids[SCHOOL_B], NULL};
  gchar *classrooms[] = {world->classroom_ids[SCHOOL_A], world->classroom_ids[SCHOOL_B], NULL};
  gchar *districts[] = {(gchar *)district_names[SCHOOL_A], (gchar *)district_names[SCHOOL_B], NULL};
  g_autoptr (GPtrArray) listeners = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_listener_free);
  const CrLessonPeople people = {.kind = CR_LESSON_KIND_DELIVERED,
                                 .district = districts[0],
                                 .school_id = schools[0],
                                 .classroom_id = classrooms[0],
                                 .teacher_id = world->teacher_id,
                                 .school_ids = schools,
                                 .classroom_ids = classrooms,
                                 .districts = districts,
                                 .listeners = listeners};

  g_ptr_array_add (listeners,
                   cr_listener_new (world->classroom_ids[SCHOOL_B], world->school_ids[SCHOOL_B], "B"));
  cr_lesson_set_people (lesson, &people);
}

/* `workers` is taken; an empty array when no media flows. */
static inline void
world_set_up (World *world, GPtrArray *workers, CrDtlsIdentity *identity)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *path = NULL;
  CrStore *store;

  world->folder = g_dir_make_tmp ("cr-people-XXXXXX", &error);
  g_assert_no_error (error);
  world->wall_us = G_GINT64_CONSTANT (1570838400) * G_USEC_PER_SEC; /* a Saturday in October */
  world->monotonic_us = G_USEC_PER_SEC;
  world->clock = (CrClock){.monotonic_us = world_monotonic, .wall_us = world_wall, .data = world};
  world->config = cr_config_new ();
  world->lessons = cr_lessons_new (world->config, workers, identity, &world->clock);
  world->http = cr_http_new (world->config, world->lessons);
  path = cr_store_path (world->folder);
  store = cr_store_open (path, NULL, &error);
  g_assert_no_error (error);
  cr_http_take_store (world->http, store, &cr_password_cost_least);
  world->hash = cr_password_hash_sync (PASSWORD, &cr_password_cost_least);
  g_assert_true (cr_store_run_sync (store, world_fill, world, &error));
  g_assert_no_error (error);
  world_add_lesson (world);
}

static inline void
world_tear_down (World *world)
{
  cr_http_free (world->http);
  cr_lessons_free (world->lessons);
  cr_config_free (world->config);
  test_remove_folder (world->folder);
  g_free (world->folder);
  g_free (world->hash);
  g_free (world->teacher_id);
  for (guint i = 0; i < N_SCHOOLS; i++) {
    g_free (world->school_ids[i]);
    g_free (world->classroom_ids[i]);
  }
  for (guint i = 0; i < world->n_people; i++) {
    g_free (world->people[i].id);
    g_free (world->people[i].secret);
  }
}

/* One exchange, to its end. */
typedef struct {
  guint status;
  gboolean admitted; /* by the head */
  gchar *text;
  gchar *cookie; /* of Set-Cookie */
  SoupMessageHeaders *headers;
} Answer;

static inline void
answer_clear (Answer *answer)
{
  g_free (answer->text);
  g_free (answer->cookie);
  g_clear_pointer (&answer->headers, soup_message_headers_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Answer, answer_clear)

typedef struct {
  gboolean decided, answered;
  const CrRoute *route;
} Progress;

static inline void
on_decided (const CrRoute *route, gpointer data)
{
  ((Progress *)data)->route = route;
  ((Progress *)data)->decided = TRUE;
}

static inline void
on_request_answered (CrRequest *request, gpointer data)
{
  ((Progress *)data)->answered = TRUE;
}

typedef struct {
  const gchar *method, *path, *query;
  const gchar *bearer, *cookie; /* a token each; NULL: none */
  const gchar *type, *body;
  const gchar *const *headers; /* names and values, ended by NULL; NULL: Host and Origin of our own pages */
  gboolean head_only;
} Question;

static inline CrRequest *
world_make_request (const Question *question)
{
  static const gchar *const own_page[] = {"Host", HOST, "Origin", ORIGIN, NULL};
  const gchar *const *extra = question->headers != NULL ? question->headers : own_page;
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  CrRequest *request;

  for (guint i = 0; extra[i] != NULL; i += 2)
    soup_message_headers_append (headers, extra[i], extra[i + 1]);
  if (question->bearer != NULL) {
    g_autofree gchar *value = g_strconcat ("Bearer ", question->bearer, NULL);

    soup_message_headers_append (headers, "Authorization", value);
  }
  if (question->cookie != NULL) {
    g_autofree gchar *value = g_strconcat ("other=1; classrelay=", question->cookie, NULL);

    soup_message_headers_append (headers, "Cookie", value);
  }
  if (question->type != NULL)
    soup_message_headers_append (headers, "Content-Type", question->type);
  request = cr_request_new (question->method, question->path, question->query, headers, TRUE);
  request->peer_address = g_strdup ("127.0.0.1");
  return request;
}

static inline void
world_ask (World *world, const Question *question, Answer *answer)
{
  g_autoptr (CrRequest) request = world_make_request (question);
  g_autoptr (CrResponse) response = cr_response_new ();
  Progress progress = {0};

  memset (answer, 0, sizeof *answer);
  cr_dispatch_head (world->http, request, response, on_decided, &progress);
  while (!progress.decided)
    g_main_context_iteration (NULL, TRUE);
  answer->admitted = progress.route != NULL;
  if (progress.route != NULL && !question->head_only) {
    if (question->body != NULL)
      request->body = g_bytes_new (question->body, strlen (question->body));
    else
      request->body = g_bytes_new (NULL, 0);
    request->on_answered = on_request_answered;
    request->on_answered_data = &progress;
    cr_dispatch_body (world->http, progress.route, request, response);
    while (request->n_pending > 0 && !progress.answered)
      g_main_context_iteration (NULL, TRUE);
  }
  answer->status = response->status;
  answer->headers = soup_message_headers_ref (response->headers);
  answer->cookie = g_strdup (soup_message_headers_get_one (response->headers, "Set-Cookie"));
  if (response->body != NULL)
    answer->text = g_strndup (g_bytes_get_data (response->body, NULL), g_bytes_get_size (response->body));
}

/* A string member of a JSON answer; free with g_free(). */
static inline gchar *
answer_get (const Answer *answer, const gchar *member)
{
  g_autoptr (JsonNode) root = cr_json_parse (answer->text, strlen (answer->text), NULL);

  g_assert_nonnull (root);
  return g_strdup (json_object_get_string_member (json_node_get_object (root), member));
}

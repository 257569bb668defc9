/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom the report on lessons shows what: a course given in district A and heard in B.
 */
#include "server/people/people-fixture.h"

#include "live/timetables.h"
#include "store/class-store.h"
#include "store/course-store.h"
#include "store/term-store.h"

/* The world's Saturday lies in the second week. */
#define N_WEEKS 4

static gboolean
plan (CrStoreTx *tx, gpointer data, GError **error)
{
  World *world = data;
  g_autoptr (CrTerm) term =
      cr_term_new ("term", "term", cr_date_from_ymd (2019, 9, 30), N_WEEKS, "Asia/Shanghai", 1, error);
  g_autoptr (CrCourse) course = cr_course_new ("course");
  g_autoptr (CrChange) change =
      cr_change_new (NULL, "course", CR_CHANGE_CANCEL, cr_date_from_ymd (2019, 10, 15));
  g_autoptr (CrClassRow) klass = g_new0 (CrClassRow, 1);

  klass->school_id = g_strdup (world->school_ids[SCHOOL_B]);
  klass->grade = klass->number = 1;
  if (term == NULL || !cr_term_store_insert (tx, term, error) || !cr_class_store_insert (tx, klass, error))
    return FALSE;
  course->term_id = g_strdup ("term");
  course->subject = g_strdup ("音乐");
  course->title = g_strdup ("title");
  course->grade = 3;
  course->teacher_id = g_strdup (world->teacher_id);
  course->host_classroom_id = g_strdup (world->classroom_ids[SCHOOL_A]);
  course->weekday = 2;
  course->period = 1;
  course->weeks = CR_WEEKS_ALL;
  course->rate_kbps = 1000;
  cr_course_add_class (course, klass->id, world->classroom_ids[SCHOOL_B]);
  change->reason = g_strdup ("why");
  change->created_by = g_strdup ("operator");
  return cr_course_store_insert (tx, course, error) && cr_change_store_insert (tx, change, error);
}

static void
ask (World *world, gchar letter, const gchar *query, Answer *answer)
{
  const Question question = {.method = "GET",
                             .path = "/api/v1/reports/lessons",
                             .query = query,
                             .cookie = world_find (world, letter)->secret};

  world_ask (world, &question, answer);
}

/* The letters of the schools that are told of. */
static gchar *
schools_in (const World *world, JsonObject *report)
{
  JsonArray *rows = json_object_get_array_member (report, "schools");
  GString *letters = g_string_new (NULL);

  for (guint school = 0; school < N_SCHOOLS; school++) {
    for (guint i = 0; i < json_array_get_length (rows); i++) {
      const gchar *id = json_object_get_string_member (json_array_get_object_element (rows, i), "school_id");

      if (g_str_equal (id, world->school_ids[school]))
        g_string_append_c (letters, (gchar)('A' + school));
    }
  }
  return g_string_free (letters, FALSE);
}

typedef struct {
  gchar letter;
  const gchar *query;
  guint n_courses;
  const gchar *schools;
} Case;

static const Case cases[] = {
    {'G', NULL, 1, "AB"},
    {'P', NULL, 1, "AB"},
    {'P', "term_id=term", 1, "AB"},
    {'a', NULL, 1, "A"},
    {'b', NULL, 1, "B"},
    {'c', NULL, 0, ""},
    {'S', NULL, 1, "A"},
    {'U', NULL, 1, "B"},
    {'V', NULL, 0, ""},
    {'P', "course_id=course", 1, "AB"},
    {'P', "course_id=none", 0, ""},
};

static void
test_who_sees_what (void)
{
  World world = {0};
  g_autoptr (GError) error = NULL;
  g_auto (Answer) unknown = {0};

  world_set_up (&world, g_ptr_array_new (), NULL);
  g_assert_true (cr_store_run_sync (world.http->store, plan, &world, &error));
  g_assert_no_error (error);
  g_assert_true (cr_timetables_load (world.http->timetables, &error));
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_auto (Answer) answer = {0};
    g_autoptr (JsonNode) root = NULL;
    g_autofree gchar *schools = NULL;
    JsonObject *report, *total;

    ask (&world, cases[i].letter, cases[i].query, &answer);
    g_assert_cmpuint (answer.status, ==, 200);
    root = cr_json_parse (answer.text, strlen (answer.text), NULL);
    report = json_node_get_object (root);
    total = json_object_get_object_member (report, "total");
    schools = schools_in (&world, report);
    g_test_message ("'%c' %s", cases[i].letter, cases[i].query);
    g_assert_cmpuint (json_array_get_length (json_object_get_array_member (report, "courses")), ==,
                      cases[i].n_courses);
    g_assert_cmpstr (schools, ==, cases[i].schools);
    g_assert_cmpuint (json_array_get_length (json_object_get_array_member (report, "weeks")), ==, N_WEEKS);
    g_assert_cmpint (json_object_get_int_member (total, "planned"), ==, N_WEEKS * cases[i].n_courses);
    g_assert_cmpint (json_object_get_int_member (total, "cancelled"), ==, cases[i].n_courses);
  }
  ask (&world, 'P', "term_id=other", &unknown);
  g_assert_cmpuint (unknown.status, ==, 404);
  world_tear_down (&world);
}

/* Before anybody has entered a term. */
static void
test_no_term (void)
{
  World world = {0};
  g_auto (Answer) answer = {0};

  world_set_up (&world, g_ptr_array_new (), NULL);
  ask (&world, 'P', NULL, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  g_assert_nonnull (strstr (answer.text, "\"weeks\":[]"));
  world_tear_down (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/lesson-report/who-sees-what", test_who_sees_what);
  g_test_add_func ("/server/http/lesson-report/no-term", test_no_term);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What holds of the table of rules as a whole: nothing by default, nothing through members that are not
 * there, a token has its lesson alone. Who may do what over HTTP is matrix.c's.
 */
#include "people/authorize.h"

static const CrTokenHash no_token;

#define N_VERBS 8
#define VERB(i) ((CrVerb)(1u << (i)))

static guint
count_allowed (const CrActor *actor, const CrObject *of)
{
  guint n = 0;

  for (guint kind = CR_OBJECT_NONE; kind < CR_N_OBJECTS; kind++) {
    for (guint v = 0; v < N_VERBS; v++) {
      CrObject object = *of;

      object.kind = (CrObjectKind)kind;
      n += cr_authorize (actor, VERB (v), &object);
      if (cr_authorize (actor, VERB (v),
                        &object)) /* the kind's answer never denies what the object's allows */
        g_assert_true (cr_authorize_kind (actor, VERB (v), object.kind));
    }
  }
  return n;
}

static void
test_nobody_may_nothing (void)
{
  g_autoptr (CrActor) nothing = cr_actor_new ("x", CR_ROLE_NONE, &no_token);
  CrObject object = {.school_id = "s", .lesson_kind = CR_LESSON_KIND_OPEN};

  g_assert_cmpuint (count_allowed (NULL, &object), ==, 0);
  g_assert_cmpuint (count_allowed (nothing, &object), ==, 0);
}

/* Actors and objects without ids relate to nothing, least of all to one another. */
static void
test_what_is_not_there_relates_to_nothing (void)
{
  static const CrRole roles[] = {CR_ROLE_SCHOOL, CR_ROLE_TEACHER, CR_ROLE_ASSISTANT, CR_ROLE_CLASSROOM};
  CrObject object = {0};

  for (guint i = 0; i < G_N_ELEMENTS (roles); i++) {
    g_autoptr (CrActor) actor = cr_actor_new ("x", roles[i], &no_token);

    g_assert_cmpuint (count_allowed (actor, &object), ==, 1); /* to see the terms */
  }
}

static void
test_districts_limit_a_coordinator (void)
{
  g_autoptr (CrActor) actor = cr_actor_new ("x", CR_ROLE_COORDINATOR, &no_token);
  const gchar *members[] = {"A", "B", NULL};
  CrObject lesson = {.kind = CR_OBJECT_LESSON, .district = "A", .member_districts = members};
  CrObject term = {.kind = CR_OBJECT_TERM};

  g_assert_true (cr_authorize (actor, CR_VERB_EDIT, &lesson));
  g_assert_true (cr_authorize (actor, CR_VERB_EDIT, &term));
  actor->districts = g_strsplit ("B,C", ",", -1);
  g_assert_true (cr_authorize (actor, CR_VERB_VIEW, &lesson));
  g_assert_false (cr_authorize (actor, CR_VERB_EDIT, &lesson));
  g_assert_false (cr_authorize (actor, CR_VERB_JOIN, &lesson));
  g_assert_false (cr_authorize (actor, CR_VERB_EDIT, &term));
  g_assert_false (cr_authorize_kind (actor, CR_VERB_EDIT, CR_OBJECT_TERM));
  lesson.district = "C";
  g_assert_true (cr_authorize (actor, CR_VERB_EDIT, &lesson));
  g_clear_pointer (&actor->districts, g_strfreev);
  actor->districts = g_new0 (gchar *, 1); /* an empty list reaches nothing */
  g_assert_false (cr_authorize (actor, CR_VERB_VIEW, &lesson));
}

static void
test_a_token_has_its_lesson_alone (void)
{
  static const CrRole roles[] = {CR_ROLE_TEACHER, CR_ROLE_CLASSROOM, CR_ROLE_VIEWER};
  static const guint n_verbs[] = {4, 3, 2};
  CrObject own = {.lesson_id = "music", .lesson_kind = CR_LESSON_KIND_OPEN};
  CrObject other = {.lesson_id = "other", .lesson_kind = CR_LESSON_KIND_OPEN};

  for (guint i = 0; i < G_N_ELEMENTS (roles); i++) {
    g_autoptr (CrActor) actor = cr_actor_new ("x", roles[i], &no_token);

    actor->lesson_id = g_strdup ("music");
    g_assert_cmpuint (count_allowed (actor, &own), ==, n_verbs[i]);
    g_assert_cmpuint (count_allowed (actor, &other), ==, 0);
  }
}

static void
test_the_password_comes_first (void)
{
  g_autoptr (CrActor) actor = cr_actor_new ("x", CR_ROLE_COORDINATOR, &no_token);
  CrObject object = {.account_id = "me"};

  actor->kind = CR_ACTOR_ACCOUNT;
  actor->id = g_strdup ("me");
  g_assert_cmpuint (count_allowed (actor, &object), >, 40);
  actor->must_change = TRUE;
  g_assert_cmpuint (count_allowed (actor, &object), ==, 3); /* itself: see, change, sign out */
  object.account_id = "somebody else";
  g_assert_cmpuint (count_allowed (actor, &object), ==, 0);
}

/* Open lessons are everybody's who signed in, master lessons every teacher's. */
static void
test_kinds_of_lessons (void)
{
  g_autoptr (CrActor) teacher = cr_actor_new ("t", CR_ROLE_TEACHER, &no_token);
  g_autoptr (CrActor) assistant = cr_actor_new ("a", CR_ROLE_ASSISTANT, &no_token);
  CrObject lesson = {.kind = CR_OBJECT_LESSON, .lesson_id = "x"};

  lesson.lesson_kind = CR_LESSON_KIND_DELIVERED;
  g_assert_false (cr_authorize (teacher, CR_VERB_JOIN, &lesson));
  g_assert_false (cr_authorize (assistant, CR_VERB_JOIN, &lesson));
  lesson.lesson_kind = CR_LESSON_KIND_MASTER;
  g_assert_true (cr_authorize (teacher, CR_VERB_JOIN, &lesson));
  g_assert_false (cr_authorize (teacher, CR_VERB_PUBLISH, &lesson));
  g_assert_false (cr_authorize (assistant, CR_VERB_JOIN, &lesson));
  lesson.lesson_kind = CR_LESSON_KIND_OPEN;
  g_assert_true (cr_authorize (teacher, CR_VERB_JOIN, &lesson));
  g_assert_true (cr_authorize (assistant, CR_VERB_JOIN, &lesson));
  g_assert_false (cr_authorize (assistant, CR_VERB_EDIT, &lesson));
}

static void
test_district_lists_are_read_strictly (void)
{
  static const struct {
    const gchar *json;
    gboolean valid;
    gint n; /* -1: no list */
  } cases[] = {{NULL, TRUE, -1},   {"[]", TRUE, 0},       {"[\"A\",\"B\"]", TRUE, 2}, {"", FALSE, -1},
               {"[1]", FALSE, -1}, {"[null]", FALSE, -1}, {"{}", FALSE, -1},          {"null", FALSE, -1}};

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gboolean valid;
    g_auto (GStrv) districts = cr_districts_parse (cases[i].json, &valid);

    g_assert_cmpint (valid, ==, cases[i].valid);
    g_assert_cmpint (districts != NULL ? (gint)g_strv_length (districts) : -1, ==, cases[i].n);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add_func ("/server/people/authorize/" name, func)
  ADD ("nobody-may-nothing", test_nobody_may_nothing);
  ADD ("what-is-not-there-relates-to-nothing", test_what_is_not_there_relates_to_nothing);
  ADD ("districts-limit-a-coordinator", test_districts_limit_a_coordinator);
  ADD ("a-token-has-its-lesson-alone", test_a_token_has_its_lesson_alone);
  ADD ("the-password-comes-first", test_the_password_comes_first);
  ADD ("kinds-of-lessons", test_kinds_of_lessons);
  ADD ("district-lists-are-read-strictly", test_district_lists_are_read_strictly);
  return g_test_run ();
}

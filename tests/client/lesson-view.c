/* SPDX-License-Identifier: Apache-2.0
 *
 * What is known of a lesson after a snapshot and the events that follow it.
 */
#include "lesson-view.h"

static void
apply (CrLessonView *view, const gchar *text)
{
  g_autoptr (JsonNode) node = json_from_string (text, NULL);

  g_assert_nonnull (node);
  cr_lesson_view_apply (view, json_node_get_object (node));
}

static void
test_events_change_the_snapshot (void)
{
  g_autoptr (CrLessonView) view = cr_lesson_view_new ();

  g_assert_null (cr_lesson_view_get_key (view, 1));
  g_assert_false (cr_lesson_view_has_floor (view, 1));
  apply (view, "{\"classrooms\":[{\"id\":\"a\",\"number\":1,\"muted\":false},{\"id\":\"b\",\"number\":2,"
               "\"muted\":true}],"
               "\"floor\":[null,\"b\"]}");
  g_assert_cmpstr (cr_lesson_view_get_key (view, 2), ==, "b");
  g_assert_false (cr_lesson_view_has_floor (view, 1));
  g_assert_true (cr_lesson_view_has_floor (view, 2));
  g_assert_true (cr_lesson_view_is_muted (view, 2));

  apply (view, "{\"classrooms\":[{\"id\":\"b\",\"number\":2,\"muted\":false}]}");
  g_assert_false (cr_lesson_view_is_muted (view, 2));
  g_assert_true (cr_lesson_view_has_floor (view, 2));
  apply (view, "{\"floor\":[\"a\",null]}");
  g_assert_true (cr_lesson_view_has_floor (view, 1));
  g_assert_false (cr_lesson_view_has_floor (view, 2));
}

static void
test_other_shapes_are_passed_over (void)
{
  g_autoptr (CrLessonView) view = cr_lesson_view_new ();

  apply (view, "{\"classrooms\":[{\"id\":\"a\",\"number\":1}],\"floor\":[\"a\",null]}");
  apply (view, "{\"classrooms\":{},\"floor\":null}");
  apply (view, "{\"classrooms\":[1,null,{\"number\":3}],\"other\":[]}");
  g_assert_true (cr_lesson_view_has_floor (view, 1));
  apply (view, "{\"floor\":[7]}");
  g_assert_false (cr_lesson_view_has_floor (view, 1));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/lesson-view/events-change-the-snapshot", test_events_change_the_snapshot);
  g_test_add_func ("/lesson-view/other-shapes-are-passed-over", test_other_shapes_are_passed_over);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Names as schools have them, and what is left of each on the wall.
 */
#include "live/listener-name.h"

static void
test_schools (void)
{
  static const gchar *const names[][2] = {
      {"龙驹镇中心小学（示例）", "龙驹"},
      {"红池坝镇中心小学(示例)", "红池坝"},
      {"后坪乡中心小学", "后坪"},
      {"万州区实验小学", "万州区实验"},
      {"高峰镇初级中学", "高峰"},
      {"小学", "小学"},
      {"乡镇小学", "乡镇"},
      {"Hill School", "Hill School"},
      {"（示例）", "（示例）"},
      {"", ""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *name = cr_short_school_name (names[i][0]);

    g_assert_cmpstr (name, ==, names[i][1]);
  }
}

static void
test_classrooms (void)
{
  g_autoptr (CrPlaceSchool) school = cr_place_school_new ("s", "1", "龙驹镇中心小学（示例）", "万州区", 0);
  g_autoptr (CrPlaceClass) klass = cr_place_class_new ("c", "s", 3, 1, 40);
  g_autoptr (CrPlaceRoom) room = cr_place_room_new ("r", "s", "T1", "同步教室");
  g_autofree gchar *whole = cr_listener_name (school, klass, room);
  g_autofree gchar *without_class = cr_listener_name (school, NULL, room);
  g_autofree gchar *room_alone = cr_listener_name (NULL, NULL, room);
  g_autofree gchar *nothing = cr_listener_name (NULL, NULL, NULL);

  g_assert_cmpstr (whole, ==, "龙驹 三(1)");
  g_assert_cmpstr (without_class, ==, "龙驹 同步教室");
  g_assert_cmpstr (room_alone, ==, "同步教室");
  g_assert_cmpstr (nothing, ==, "");
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/live/listener-name/schools", test_schools);
  g_test_add_func ("/live/listener-name/classrooms", test_classrooms);
  return g_test_run ();
}

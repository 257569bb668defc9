/* SPDX-License-Identifier: Apache-2.0
 *
 * Slots by name: the usual order, another beginning, an order of its own, and names that are none.
 */
#include "rtc/sdp.h"

static void
assert_slots (const CrSlotOrder *order, CrMediaKind kind, guint n, const CrSlot *slots)
{
  for (guint i = 0; i < n; i++)
    g_assert_cmpint (cr_slot_order_get (order, kind, i), ==, slots[i]);
  g_assert_cmpint (cr_slot_order_get (order, kind, n), ==, CR_SLOT_NONE);
  g_assert_cmpint (cr_slot_order_get (order, kind, G_MAXUINT), ==, CR_SLOT_NONE);
}

#define ASSERT_SLOTS(order, kind, ...)                                                                       \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    const CrSlot expected[] = {__VA_ARGS__};                                                                 \
    assert_slots (order, kind, G_N_ELEMENTS (expected), expected);                                           \
  }                                                                                                          \
  G_STMT_END

static void
parse (CrSlotOrder *order, CrMediaKind kind, const gchar *names)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_slot_order_parse (order, kind, names, &error));
  g_assert_no_error (error);
}

static void
test_order (void)
{
  CrSlotOrder order = {{0}};

  ASSERT_SLOTS (&order, CR_MEDIA_VIDEO, CR_SLOT_CAMERA, CR_SLOT_SCREEN, CR_SLOT_FLOOR, CR_SLOT_WALL,
                CR_SLOT_FLOOR2);
  ASSERT_SLOTS (&order, CR_MEDIA_AUDIO, CR_SLOT_TEACHER_AUDIO, CR_SLOT_FLOOR_AUDIO, CR_SLOT_SCREEN_AUDIO,
                CR_SLOT_FLOOR2_AUDIO);
  parse (&order, CR_MEDIA_VIDEO, "screen");
  parse (&order, CR_MEDIA_AUDIO, "screen");
  ASSERT_SLOTS (&order, CR_MEDIA_VIDEO, CR_SLOT_SCREEN, CR_SLOT_FLOOR, CR_SLOT_WALL, CR_SLOT_FLOOR2);
  ASSERT_SLOTS (&order, CR_MEDIA_AUDIO, CR_SLOT_SCREEN_AUDIO, CR_SLOT_FLOOR2_AUDIO);
  parse (&order, CR_MEDIA_VIDEO, "floor,wall,floor2");
  parse (&order, CR_MEDIA_AUDIO, "floor,floor2");
  ASSERT_SLOTS (&order, CR_MEDIA_VIDEO, CR_SLOT_FLOOR, CR_SLOT_WALL, CR_SLOT_FLOOR2);
  ASSERT_SLOTS (&order, CR_MEDIA_AUDIO, CR_SLOT_FLOOR_AUDIO, CR_SLOT_FLOOR2_AUDIO);
  parse (&order, CR_MEDIA_VIDEO, "floor2,wall,floor,screen,camera");
  ASSERT_SLOTS (&order, CR_MEDIA_VIDEO, CR_SLOT_FLOOR2, CR_SLOT_WALL, CR_SLOT_FLOOR, CR_SLOT_SCREEN,
                CR_SLOT_CAMERA);
}

static void
test_refused (void)
{
  static const gchar *const names[] = {"",
                                       ",",
                                       "camera,",
                                       ",camera",
                                       "camera,camera",
                                       "flor",
                                       "Floor",
                                       "teacher",
                                       "floor, wall",
                                       "floor;wall",
                                       "floor2,wall,floor,screen,camera,camera",
                                       "floor,\xff\xfe"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    CrSlotOrder order = {{0}};
    g_autoptr (GError) error = NULL;

    g_assert_false (cr_slot_order_parse (&order, CR_MEDIA_VIDEO, names[i], &error));
    g_assert_error (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED);
    g_assert_true (g_utf8_validate (error->message, -1, NULL));
  }
  for (guint i = 0; i < 2; i++) {
    CrSlotOrder order = {{0}};
    g_autoptr (GError) error = NULL;

    g_assert_false (cr_slot_order_parse (&order, CR_MEDIA_AUDIO, i == 0 ? "wall" : "floor,floor", &error));
    g_assert_error (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/slot-order/order", test_order);
  g_test_add_func ("/rtc/slot-order/refused", test_refused);
  return g_test_run ();
}

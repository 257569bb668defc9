/* SPDX-License-Identifier: Apache-2.0
 *
 * SPS and PPS are found where encoders put them, and come out as one aggregation packet.
 */
#include "rtc/parameter-sets.h"

static const guint8 annex_b[] = {0, 0, 0, 1, 0x67, 1, 2, 3, 0, 0, 0, 1, 0x68, 9};
static const guint8 stap_a[] = {0x78, 0, 4, 0x67, 1, 2, 3, 0, 2, 0x68, 9};

static void
assert_packet (CrParameterSets *sets, const guint8 *expected, gsize expected_bytes)
{
  GBytes *packet = cr_parameter_sets_get_packet (sets);
  gsize packet_bytes;
  gconstpointer data;

  g_assert_nonnull (packet);
  data = g_bytes_get_data (packet, &packet_bytes);
  g_assert_cmpmem (data, packet_bytes, expected, expected_bytes);
}

static void
test_from_description (void)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (annex_b, sizeof annex_b);
  g_autoptr (CrParameterSets) sets = cr_parameter_sets_new (bytes);
  g_autoptr (CrParameterSets) none = cr_parameter_sets_new (NULL);

  assert_packet (sets, stap_a, sizeof stap_a);
  g_assert_null (cr_parameter_sets_get_packet (none));
}

static void
test_in_band (void)
{
  static const guint8 other[] = {0x78, 0, 2, 0x67, 7, 0, 2, 0x68, 9};
  static const guint8 slice[] = {0x65, 0x80, 1, 2};
  g_autoptr (CrParameterSets) sets = cr_parameter_sets_new (NULL);

  cr_parameter_sets_see_payload (sets, (const guint8[]){0x68, 9}, 2); /* a PPS of nothing */
  cr_parameter_sets_see_payload (sets, (const guint8[]){0x67, 1, 2, 3}, 4);
  g_assert_null (cr_parameter_sets_get_packet (sets));
  cr_parameter_sets_see_payload (sets, (const guint8[]){0x68, 9}, 2);
  cr_parameter_sets_see_payload (sets, slice, sizeof slice);
  assert_packet (sets, stap_a, sizeof stap_a);
  cr_parameter_sets_see_payload (sets, stap_a, sizeof stap_a); /* the same again */
  assert_packet (sets, stap_a, sizeof stap_a);
  cr_parameter_sets_see_payload (sets, other, sizeof other);
  assert_packet (sets, other, sizeof other);
}

static void
test_malformed (void)
{
  for (gsize length_bytes = 0; length_bytes < sizeof stap_a; length_bytes++) {
    g_autoptr (CrParameterSets) sets = cr_parameter_sets_new (NULL);
    g_autofree guint8 *cut = g_memdup2 (stap_a, length_bytes);

    cr_parameter_sets_see_payload (sets, cut, length_bytes);
    g_assert_null (cr_parameter_sets_get_packet (sets));
  }
}

/* Sets too large for one datagram are not sent at all. */
static void
test_too_large (void)
{
  g_autoptr (CrParameterSets) sets = cr_parameter_sets_new (NULL);
  guint8 nal[1200] = {0x67};

  cr_parameter_sets_see_payload (sets, nal, sizeof nal);
  nal[0] = 0x68;
  cr_parameter_sets_see_payload (sets, nal, 10);
  g_assert_null (cr_parameter_sets_get_packet (sets));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/parameter-sets/from-description", test_from_description);
  g_test_add_func ("/rtc/parameter-sets/in-band", test_in_band);
  g_test_add_func ("/rtc/parameter-sets/malformed", test_malformed);
  g_test_add_func ("/rtc/parameter-sets/too-large", test_too_large);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Parameter sets keep their bytes on the way from sprop to Annex B and back; nonsense is refused.
 */
#include "rtc/sprop.h"

#include <string.h>

static void
test_round_trip (void)
{
  const gchar *sprop = "Z0LAHtkDxWhAAAADAEAAAA+DxYuS,aMuMsg==";
  g_autoptr (GBytes) annex_b = cr_sprop_to_annex_b (sprop);
  g_autofree gchar *back = NULL;
  gsize position = 0, nal_bytes;
  const guint8 *nal;

  g_assert_nonnull (annex_b);
  nal = cr_annex_b_next (annex_b, &position, &nal_bytes);
  g_assert_cmpuint (nal[0] & 0x1f, ==, 7);
  nal = cr_annex_b_next (annex_b, &position, &nal_bytes);
  g_assert_cmpuint (nal[0] & 0x1f, ==, 8);
  g_assert_cmpuint (nal_bytes, ==, 4);
  g_assert_null (cr_annex_b_next (annex_b, &position, &nal_bytes));

  back = cr_sprop_from_annex_b (annex_b);
  g_assert_cmpstr (back, ==, sprop);
}

static void
test_nonsense_is_refused (void)
{
  const gchar *bad[] = {"", ",", "Z0LA,", "Z0 LA", "a,b,c,d,e,f,g,h,i"};
  g_autofree gchar *long_nal = g_strnfill (4096, 'A');

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (cr_sprop_to_annex_b (bad[i]));
  g_assert_null (cr_sprop_to_annex_b (long_nal));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/sprop/round-trip", test_round_trip);
  g_test_add_func ("/rtc/sprop/nonsense-is-refused", test_nonsense_is_refused);
  return g_test_run ();
}

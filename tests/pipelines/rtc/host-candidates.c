/* SPDX-License-Identifier: Apache-2.0
 *
 * Candidate lines as RFC 8839 and RFC 6544 write them, UDP before TCP, no two foundations or priorities
 * alike.
 */
#include "rtc/host-candidates.h"

static gchar **
format (gboolean udp)
{
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (CrAddress));
  CrAddress address, announced;

  g_assert_true (cr_address_parse (&address, "192.0.2.1", 8443));
  g_array_append_val (addresses, address);
  g_assert_true (cr_address_parse (&address, "2001:db8::1", 8443));
  g_array_append_val (addresses, address);
  g_assert_true (cr_address_parse (&announced, "203.0.113.9", 8443));
  return cr_host_candidates_format (addresses, &announced, udp);
}

static void
test_lines (void)
{
  g_auto (GStrv) lines = format (TRUE);

  g_assert_cmpuint (g_strv_length (lines), ==, 6);
  /* 2130706431 = 126 << 24 | 65535 << 8 | 255; 1520435199 = 90 << 24 | (4 << 13 | 8191) << 8 | 255 */
  g_assert_cmpstr (lines[0], ==, "1 1 udp 2130706431 192.0.2.1 8443 typ host");
  g_assert_cmpstr (lines[1], ==, "2 1 tcp 1520435199 192.0.2.1 8443 typ host tcptype passive");
  g_assert_cmpstr (lines[2], ==, "3 1 udp 2130706175 2001:db8::1 8443 typ host");
  g_assert_cmpstr (lines[5], ==, "6 1 tcp 1520434687 203.0.113.9 8443 typ host tcptype passive");
}

static void
test_tcp_only (void)
{
  g_auto (GStrv) lines = format (FALSE);

  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  for (guint i = 0; i < 3; i++)
    g_assert_nonnull (g_strrstr (lines[i], " tcptype passive"));
}

/* An announced address that the machine has itself is not said twice. */
static void
test_announced_is_local (void)
{
  g_autoptr (GArray) addresses = g_array_new (FALSE, FALSE, sizeof (CrAddress));
  g_auto (GStrv) lines = NULL;
  CrAddress address;

  g_assert_true (cr_address_parse (&address, "192.0.2.1", 8443));
  g_array_append_val (addresses, address);
  lines = cr_host_candidates_format (addresses, &address, TRUE);
  g_assert_cmpuint (g_strv_length (lines), ==, 2);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/host-candidates/lines", test_lines);
  g_test_add_func ("/host-candidates/tcp-only", test_tcp_only);
  g_test_add_func ("/host-candidates/announced-is-local", test_announced_is_local);
  return g_test_run ();
}

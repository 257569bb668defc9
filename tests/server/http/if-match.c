/* SPDX-License-Identifier: Apache-2.0
 *
 * If-Match against one strong entity tag.
 */
#include "http/if-match.h"

static void
test_list_is_read_strictly (void)
{
  const gchar *etag = "\"abc\"";

  g_assert_cmpint (cr_if_match (NULL, etag), ==, CR_IF_MATCH_MISSING);
  g_assert_cmpint (cr_if_match ("*", etag), ==, CR_IF_MATCH_ANY);
  g_assert_cmpint (cr_if_match (" * ", etag), ==, CR_IF_MATCH_ANY);
  g_assert_cmpint (cr_if_match ("\"*\"", etag), ==, CR_IF_MATCH_ANY);
  g_assert_cmpint (cr_if_match ("\"abc\"", etag), ==, CR_IF_MATCH_EQUAL);
  g_assert_cmpint (cr_if_match ("\"x\", \"abc\"", etag), ==, CR_IF_MATCH_EQUAL);
  g_assert_cmpint (cr_if_match ("\"abc\",\"x\"", etag), ==, CR_IF_MATCH_EQUAL);
  g_assert_cmpint (cr_if_match ("W/\"x\" , \"abc\"", etag), ==, CR_IF_MATCH_EQUAL);
  g_assert_cmpint (cr_if_match ("W/\"abc\"", etag), ==, CR_IF_MATCH_DIFFERS);
  g_assert_cmpint (cr_if_match ("\"abcd\"", etag), ==, CR_IF_MATCH_DIFFERS);
  g_assert_cmpint (cr_if_match ("\"ab\"", etag), ==, CR_IF_MATCH_DIFFERS);
  g_assert_cmpint (cr_if_match ("abc", etag), ==, CR_IF_MATCH_DIFFERS);
  g_assert_cmpint (cr_if_match ("", etag), ==, CR_IF_MATCH_DIFFERS);
  g_assert_cmpint (cr_if_match ("\"abc\" \"x\"", etag), ==, CR_IF_MATCH_DIFFERS);
  g_assert_cmpint (cr_if_match ("\"abc", etag), ==, CR_IF_MATCH_DIFFERS);
  g_assert_cmpint (cr_if_match ("\"x, \"abc\"", etag), ==, CR_IF_MATCH_DIFFERS);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/http/if-match/list-is-read-strictly", test_list_is_read_strictly);
  return g_test_run ();
}

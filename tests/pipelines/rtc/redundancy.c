/* SPDX-License-Identifier: Apache-2.0
 *
 * RED's headers are found, rewritten, and refused when they lie.
 */
#include "rtc/redundancy.h"

#include <string.h>

/* Two redundant blocks of 3 and 2 bytes, a primary of 4. */
static const guint8 red[] = {0x80 | 111, 0x0F, 0x00, 3,   0x80 | 111, 0x07, 0x80, 2,   111,
                             'a',        'b',  'c',  'd', 'e',        'p',  'r',  'i', 'm'};

static void
test_primary (void)
{
  static const guint8 alone[] = {111, 'x'};

  g_assert_cmpuint (cr_redundancy_find_primary (red, sizeof red), ==, 14);
  g_assert_cmpuint (cr_redundancy_find_primary (alone, sizeof alone), ==, 1);
}

static void
test_rewrite (void)
{
  guint8 headers[CR_RED_MAX_HEADER_BYTES];
  static const guint8 expected[] = {0x80 | 96, 0x0F, 0x00, 3, 0x80 | 96, 0x07, 0x80, 2, 96};

  g_assert_cmpuint (cr_redundancy_rewrite_headers (red, sizeof red, 96, headers), ==, sizeof expected);
  g_assert_cmpmem (headers, sizeof expected, expected, sizeof expected);
}

static void
test_lies (void)
{
  guint8 headers[CR_RED_MAX_HEADER_BYTES];
  guint8 many[64];

  for (gsize length_bytes = 0; length_bytes < 14; length_bytes++) {
    g_autofree guint8 *cut = g_memdup2 (red, length_bytes);

    g_assert_cmpuint (cr_redundancy_find_primary (cut, length_bytes), ==, 0);
    g_assert_cmpuint (cr_redundancy_rewrite_headers (cut, length_bytes, 96, headers), ==, 0);
  }
  memset (many, 0, sizeof many);
  for (guint i = 0; i < 10; i++)
    many[4 * i] = 0x80; /* ten blocks of no bytes */
  g_assert_cmpuint (cr_redundancy_find_primary (many, sizeof many), ==, 41);
  g_assert_cmpuint (cr_redundancy_rewrite_headers (many, sizeof many, 96, headers), ==, 0);
}

static void
test_reach (void)
{
  static const guint8 alone[] = {111, 'x'};

  g_assert_cmpuint (cr_redundancy_get_reach_rtp (red, sizeof red), ==, 960);
  g_assert_cmpuint (cr_redundancy_get_reach_rtp (red + 4, sizeof red - 4), ==, 480);
  g_assert_cmpuint (cr_redundancy_get_reach_rtp (red, 3), ==, 0);
  g_assert_cmpuint (cr_redundancy_get_reach_rtp (alone, sizeof alone), ==, 0);
  g_assert_cmpuint (cr_redundancy_get_reach_rtp ((const guint8 *)"\xff\xff\xff\xff\x6f", 5), ==,
                    CR_RED_MAX_REACH_RTP);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/redundancy/primary", test_primary);
  g_test_add_func ("/rtc/redundancy/rewrite", test_rewrite);
  g_test_add_func ("/rtc/redundancy/lies", test_lies);
  g_test_add_func ("/rtc/redundancy/reach", test_reach);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Every first byte goes where RFC 7983 section 7 sends it, and RTCP packet types are told from RTP's by RFC
 * 5761 section 4.
 */
#include "rtc/demux.h"

static CrPacketKind
kind_of (guint8 first, guint8 second, gsize length_bytes)
{
  guint8 packet[64] = {first, second};

  return cr_demux (packet, length_bytes);
}

static void
test_first_byte (void)
{
  for (guint first = 0; first < 256; first++) {
    CrPacketKind expected = CR_PACKET_UNKNOWN;

    if (first <= 3)
      expected = CR_PACKET_STUN;
    else if (first >= 20 && first <= 63)
      expected = CR_PACKET_DTLS;
    else if (first >= 128 && first <= 191)
      expected = CR_PACKET_RTP;
    g_assert_cmpint (kind_of (first, 96, 20), ==, expected);
  }
}

static void
test_second_byte (void)
{
  for (guint second = 0; second < 256; second++)
    g_assert_cmpint (kind_of (0x80, second, 20), ==,
                     second >= 192 && second <= 223 ? CR_PACKET_RTCP : CR_PACKET_RTP);
}

static void
test_short (void)
{
  for (gsize length = 0; length < 12; length++) {
    g_assert_cmpint (kind_of (0, 1, length), ==, CR_PACKET_UNKNOWN);
    g_assert_cmpint (kind_of (22, 254, length), ==, CR_PACKET_UNKNOWN);
    g_assert_cmpint (kind_of (0x80, 96, length), ==, CR_PACKET_UNKNOWN);
    g_assert_cmpint (kind_of (0x81, 201, length), ==, length >= 8 ? CR_PACKET_RTCP : CR_PACKET_UNKNOWN);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/demux/first-byte", test_first_byte);
  g_test_add_func ("/demux/second-byte", test_second_byte);
  g_test_add_func ("/demux/short", test_short);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * RTP packets are read as the RFCs say; what lies about its lengths is refused without a byte read too many
 * (the address sanitizer is the judge of that: every packet is parsed from an allocation of its exact size).
 */
#include "rtc/rtp-packet.h"
#include "support/make-rtp.h"

static const CrRtpExtensionIds all_ids = {
    .mid = 1, .rid = 2, .repaired_rid = 3, .abs_send_time = 4, .twcc = 5, .audio_level = 6};

static gboolean
parse_payload (CrCodec codec, const void *payload, gsize payload_bytes, CrRtpPacket *packet)
{
  static guint8 *exact;
  TestRtp rtp;

  test_rtp_begin (&rtp, 96, 1, 2, 3);
  test_rtp_append (&rtp, payload, payload_bytes);
  g_free (exact); /* the packet points into the last one */
  exact = g_memdup2 (rtp.data, rtp.length_bytes);
  g_assert_true (cr_rtp_packet_parse (packet, exact, rtp.length_bytes));
  return cr_rtp_packet_parse_payload (packet, codec);
}

static void
test_fixed_header (void)
{
  TestRtp rtp;
  CrRtpPacket packet;

  test_rtp_begin (&rtp, 0x80 | 111, 0xfffe, 0x89abcdef, 0xdeadbeef);
  rtp.data[0] |= 2; /* two CSRCs */
  test_rtp_append (&rtp, "CSR1CSR2", 8);
  test_rtp_append (&rtp, "payload", 7);
  test_rtp_add_padding (&rtp, 3);
  g_assert_true (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
  g_assert_true (packet.marker);
  g_assert_cmpuint (packet.payload_type, ==, 111);
  g_assert_cmpuint (packet.seq, ==, 0xfffe);
  g_assert_cmphex (packet.timestamp_rtp, ==, 0x89abcdef);
  g_assert_cmphex (packet.ssrc, ==, 0xdeadbeef);
  g_assert_cmpuint (packet.header_bytes, ==, 20);
  g_assert_cmpuint (packet.padding_bytes, ==, 3);
  g_assert_cmpmem (cr_rtp_packet_payload (&packet), packet.payload_bytes, "payload", 7);
}

static void
test_malformed_headers (void)
{
  TestRtp rtp;
  CrRtpPacket packet;

  test_rtp_begin (&rtp, 96, 1, 2, 3);
  g_assert_true (cr_rtp_packet_parse (&packet, rtp.data, 12));
  g_assert_false (cr_rtp_packet_parse (&packet, rtp.data, 11));
  g_assert_false (cr_rtp_packet_parse (&packet, rtp.data, 0));
  rtp.data[0] = 0x40; /* version 1 */
  g_assert_false (cr_rtp_packet_parse (&packet, rtp.data, 12));
  rtp.data[0] = 0x81; /* a CSRC that is not there */
  g_assert_false (cr_rtp_packet_parse (&packet, rtp.data, 12));
  rtp.data[0] = 0x90; /* an extension block that is not there */
  g_assert_false (cr_rtp_packet_parse (&packet, rtp.data, 12));

  test_rtp_begin (&rtp, 96, 1, 2, 3);
  test_rtp_add_extension (&rtp, 1, "a", 1);
  rtp.data[15]++; /* one word longer than there is */
  g_assert_false (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));

  test_rtp_begin (&rtp, 96, 1, 2, 3);
  test_rtp_add_padding (&rtp, 4);
  g_assert_true (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
  g_assert_cmpuint (packet.payload_bytes, ==, 0);
  rtp.data[rtp.length_bytes - 1] = 5; /* reaches into the header */
  g_assert_false (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
  rtp.data[rtp.length_bytes - 1] = 0;
  g_assert_false (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
}

static void
test_one_byte_extensions (void)
{
  TestRtp rtp;
  CrRtpPacket packet;

  test_rtp_begin (&rtp, 96, 1, 2, 3);
  test_rtp_add_extension (&rtp, 1, "0", 1);
  test_rtp_add_extension (&rtp, 5, "\x12\x34", 2);
  test_rtp_add_extension (&rtp, 4, "\xab\xcd\xef", 3);
  test_rtp_add_extension (&rtp, 9, "unknown", 7);
  test_rtp_add_extension (&rtp, 2, "high", 4);
  g_assert_true (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
  cr_rtp_packet_parse_extensions (&packet, &all_ids);
  g_assert_cmpmem (packet.mid, packet.mid_bytes, "0", 1);
  g_assert_cmpmem (packet.rid, packet.rid_bytes, "high", 4);
  g_assert_null (packet.repaired_rid);
  g_assert_true (packet.has_twcc_seq);
  g_assert_cmphex (packet.twcc_seq, ==, 0x1234);
  g_assert_true (packet.has_abs_send_time);
  g_assert_cmphex (packet.abs_send_time, ==, 0xabcdef);

  /* Ids that were not negotiated match nothing, not even id 0. */
  g_assert_true (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
  cr_rtp_packet_parse_extensions (&packet, &(CrRtpExtensionIds){.mid = 2});
  g_assert_cmpmem (packet.mid, packet.mid_bytes, "high", 4);
  g_assert_false (packet.has_twcc_seq);
  g_assert_null (packet.rid);
}

static void
test_two_byte_extensions (void)
{
  TestRtp rtp;
  CrRtpPacket packet;

  test_rtp_begin (&rtp, 96, 1, 2, 3);
  rtp.data[0] |= 0x10;
  test_rtp_append (&rtp, "\x10\x07\0\x05", 4);
  test_rtp_append (&rtp, "\x03\x03low\0\0\x01\0\x05\x02\x00\x09\x02\x02hi", 18);
  test_rtp_append (&rtp, "\0\0", 2);
  g_assert_true (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
  cr_rtp_packet_parse_extensions (&packet, &all_ids);
  g_assert_cmpmem (packet.repaired_rid, packet.repaired_rid_bytes, "low", 3);
  g_assert_null (packet.mid); /* empty: absent */
  g_assert_cmpmem (packet.rid, packet.rid_bytes, "hi", 2);
  g_assert_cmpuint (packet.twcc_seq, ==, 9);
}

/* RFC 8285 section 4.2: id 15, id 0 with a length and a value that overruns the block end the reading. */
static void
test_extensions_end_quietly (void)
{
  static const gchar *const ends[] = {"\xf0\x00\x00\x00", "\x01\x00\x00\x00", "\x9f\x00\x00\x00"};

  for (guint i = 0; i < G_N_ELEMENTS (ends); i++) {
    TestRtp rtp;
    CrRtpPacket packet;

    test_rtp_begin (&rtp, 96, 1, 2, 3);
    rtp.data[0] |= 0x10;
    test_rtp_append (&rtp, "\xbe\xde\0\x03", 4);
    test_rtp_append (&rtp, "\x51\x00\x07\x00", 4); /* twcc 7 */
    test_rtp_append (&rtp, ends[i], 4);
    test_rtp_append (&rtp, "\x10\x61\x00\x00", 4); /* mid "a" */
    g_assert_true (cr_rtp_packet_parse (&packet, rtp.data, rtp.length_bytes));
    cr_rtp_packet_parse_extensions (&packet, &all_ids);
    g_assert_cmpuint (packet.twcc_seq, ==, 7);
    g_assert_null (packet.mid);
  }
}

static void
test_h264 (void)
{
  CrRtpPacket packet;

  /* SPS, PPS and IDR in packets of their own: SPS and IDR are flagged, the IDR is the picture. */
  g_assert_true (parse_payload (CR_CODEC_H264, "\x67\x42\xe0\x1f", 4, &packet));
  g_assert_true (packet.starts_keyframe && packet.has_parameter_sets && !packet.has_keyframe_picture);
  g_assert_true (parse_payload (CR_CODEC_H264, "\x68\xce", 2, &packet));
  g_assert_false (packet.starts_keyframe || packet.has_parameter_sets);
  g_assert_true (parse_payload (CR_CODEC_H264, "\x65\x88\x80", 3, &packet));
  g_assert_true (packet.starts_keyframe && packet.has_keyframe_picture && !packet.has_parameter_sets);
  /* The second slice of an IDR, and a picture that is none. */
  g_assert_true (parse_payload (CR_CODEC_H264, "\x65\x10\x80", 3, &packet));
  g_assert_false (packet.starts_keyframe);
  g_assert_true (parse_payload (CR_CODEC_H264, "\x61\x88\x80", 3, &packet));
  g_assert_false (packet.starts_keyframe);
}

static void
test_h264_stap_a (void)
{
  CrRtpPacket packet;

  /* SPS, PPS, first slice of the IDR */
  g_assert_true (parse_payload (CR_CODEC_H264, "\x78\0\3\x67\x42\xe0\0\2\x68\xce\0\2\x65\x88", 14, &packet));
  g_assert_true (packet.starts_keyframe && packet.has_parameter_sets && packet.has_keyframe_picture);
  g_assert_true (parse_payload (CR_CODEC_H264, "\x78\0\2\x06\x01\0\2\x61\x88", 9, &packet));
  g_assert_false (packet.starts_keyframe || packet.has_parameter_sets);
  /* sizes: one too large, zero, half a size field */
  g_assert_false (parse_payload (CR_CODEC_H264, "\x78\0\4\x67\x42\xe0", 6, &packet));
  g_assert_false (parse_payload (CR_CODEC_H264, "\x78\0\0\0\1\x67", 6, &packet));
  g_assert_false (parse_payload (CR_CODEC_H264, "\x78\0\1\x67\0", 5, &packet));
}

static void
test_h264_fu_a (void)
{
  CrRtpPacket packet;

  g_assert_true (parse_payload (CR_CODEC_H264, "\x7c\x85\x88", 3, &packet)); /* start of an IDR */
  g_assert_true (packet.starts_keyframe && packet.has_keyframe_picture);
  g_assert_true (parse_payload (CR_CODEC_H264, "\x7c\x05\x88", 3, &packet)); /* its middle */
  g_assert_false (packet.starts_keyframe);
  g_assert_true (parse_payload (CR_CODEC_H264, "\x7c\x81\x88", 3, &packet)); /* start of another picture */
  g_assert_false (packet.starts_keyframe);
  g_assert_false (parse_payload (CR_CODEC_H264, "\x7c", 1, &packet));
  /* STAP-B, MTAP16, MTAP24 and FU-B belong to packetization-mode 2. */
  for (guint8 type = 25; type <= 29; type++) {
    guint8 payload[4] = {0x60 | type, 0x85, 0, 0};

    g_assert_cmpint (parse_payload (CR_CODEC_H264, payload, 4, &packet), ==, type == 28);
  }
  g_assert_true (parse_payload (CR_CODEC_H264, "", 0, &packet));
}

static void
test_vp8 (void)
{
  CrRtpPacket packet;

  g_assert_true (parse_payload (CR_CODEC_VP8, "\x10\x00\x00", 3, &packet)); /* S, PID 0, P 0 */
  g_assert_true (packet.starts_keyframe && packet.has_keyframe_picture);
  g_assert_cmpuint (packet.vp8_descriptor_bytes, ==, 1);
  g_assert_cmpuint (packet.vp8_picture_id_bits, ==, 0);
  g_assert_true (parse_payload (CR_CODEC_VP8, "\x10\x01\x00", 3, &packet)); /* inter frame */
  g_assert_false (packet.starts_keyframe);
  g_assert_true (parse_payload (CR_CODEC_VP8, "\x11\x00\x00", 3, &packet)); /* second partition */
  g_assert_false (packet.starts_keyframe);
  g_assert_true (parse_payload (CR_CODEC_VP8, "\x00\x00\x00", 3, &packet)); /* goes on */
  g_assert_false (packet.starts_keyframe);

  /* X with I (7 bit), L, T and K */
  g_assert_true (parse_payload (CR_CODEC_VP8, "\x90\xf0\x55\x66\x20\x00", 6, &packet));
  g_assert_true (packet.starts_keyframe);
  g_assert_cmpuint (packet.vp8_descriptor_bytes, ==, 5);
  g_assert_cmpuint (packet.vp8_picture_id_bits, ==, 7);
  g_assert_cmpuint (packet.vp8_picture_id, ==, 0x55);
  g_assert_true (packet.vp8_has_tl0picidx);
  g_assert_cmpuint (packet.vp8_tl0picidx, ==, 0x66);

  /* X with I (15 bit) alone */
  g_assert_true (parse_payload (CR_CODEC_VP8, "\x90\x80\xd5\x66\x00", 5, &packet));
  g_assert_cmpuint (packet.vp8_descriptor_bytes, ==, 4);
  g_assert_cmpuint (packet.vp8_picture_id_bits, ==, 15);
  g_assert_cmphex (packet.vp8_picture_id, ==, 0x5566);
  g_assert_false (packet.vp8_has_tl0picidx);
}

static void
test_vp8_truncated (void)
{
  static const gchar full[] = "\x90\xf0\x95\x55\x66\x20";
  CrRtpPacket packet;

  for (gsize n = 1; n < 6; n++)
    g_assert_false (parse_payload (CR_CODEC_VP8, full, n, &packet));
  g_assert_true (parse_payload (CR_CODEC_VP8, full, 6, &packet)); /* a descriptor and nothing else */
  g_assert_false (packet.starts_keyframe);
}

static void
test_red (void)
{
  CrRtpPacket packet;

  g_assert_true (parse_payload (CR_CODEC_RED, "\x6fprimary", 8, &packet));
  /* a redundant block of 3 bytes, then the primary */
  g_assert_true (parse_payload (CR_CODEC_RED, "\xef\x0f\x00\x03\x6foldnew", 11, &packet));
  g_assert_true (parse_payload (CR_CODEC_RED, "\xef\x0f\x00\x03\x6fold", 8, &packet));
  g_assert_false (parse_payload (CR_CODEC_RED, "\xef\x0f\x00\x04\x6fold", 8, &packet));
  g_assert_false (parse_payload (CR_CODEC_RED, "\xef\x0f\x00", 3, &packet));
  g_assert_false (parse_payload (CR_CODEC_RED, "\xef\x0f\x00\x00", 4, &packet)); /* no primary */
}

/* Whatever comes, nothing outside the packet is read, and what is said of it lies inside. */
static void
test_hostile_bytes (void)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);

  for (guint i = 0; i < 200000; i++) {
    gsize length_bytes = (gsize)g_rand_int_range (rand, 0, 64);
    g_autofree guint8 *data = g_malloc (length_bytes);
    CrRtpPacket packet;

    for (gsize k = 0; k < length_bytes; k++)
      data[k] = (guint8)g_rand_int (rand);
    if (length_bytes > 12) {
      data[0] = 0x80 | (data[0] & 0x30) | (data[0] & 0x0f) % 3;
      if ((data[0] & 0x0f) == 0 && length_bytes > 16 && g_rand_boolean (rand))
        memcpy (data + 12, data[1] & 1 ? "\xbe\xde\0" : "\x10\0\0", 3), data[15] %= 8;
    }
    if (!cr_rtp_packet_parse (&packet, data, length_bytes))
      continue;
    g_assert_cmpuint (packet.header_bytes + packet.payload_bytes + packet.padding_bytes, ==, length_bytes);
    cr_rtp_packet_parse_extensions (&packet, &all_ids);
    g_assert_cmpuint (packet.mid_bytes + packet.rid_bytes, <, packet.header_bytes);
    for (guint codec = 0; codec < CR_N_CODECS; codec++) {
      CrRtpPacket copy = packet;

      if (cr_rtp_packet_parse_payload (&copy, codec) && codec == CR_CODEC_VP8)
        g_assert_cmpuint (copy.vp8_descriptor_bytes, <=, copy.payload_bytes);
    }
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/rtc/rtp-packet/fixed-header", test_fixed_header);
  g_test_add_func ("/rtc/rtp-packet/malformed-headers", test_malformed_headers);
  g_test_add_func ("/rtc/rtp-packet/one-byte-extensions", test_one_byte_extensions);
  g_test_add_func ("/rtc/rtp-packet/two-byte-extensions", test_two_byte_extensions);
  g_test_add_func ("/rtc/rtp-packet/extensions-end-quietly", test_extensions_end_quietly);
  g_test_add_func ("/rtc/rtp-packet/h264", test_h264);
  g_test_add_func ("/rtc/rtp-packet/h264-stap-a", test_h264_stap_a);
  g_test_add_func ("/rtc/rtp-packet/h264-fu-a", test_h264_fu_a);
  g_test_add_func ("/rtc/rtp-packet/vp8", test_vp8);
  g_test_add_func ("/rtc/rtp-packet/vp8-truncated", test_vp8_truncated);
  g_test_add_func ("/rtc/rtp-packet/red", test_red);
  g_test_add_func ("/rtc/rtp-packet/hostile-bytes", test_hostile_bytes);
  return g_test_run ();
}

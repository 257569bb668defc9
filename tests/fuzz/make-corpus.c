/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the seeds of every fuzz target into a folder: packets and scripts made by the builders that the
 * tests use, and the offers of tests/data/sdp. tests/fuzz/make-corpus calls it.
 */
#include "stun-check.h"

#include "support/make-rtp.h"
#include <glib/gstdio.h>

static const gchar *root;

static void
write_seed (const gchar *target, const gchar *name, GByteArray *bytes)
{
  g_autofree gchar *folder = g_build_filename (root, target, NULL);
  g_autofree gchar *path = g_build_filename (folder, name, NULL);
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (folder, 0755), ==, 0);
  g_file_set_contents (path, (const gchar *)bytes->data, bytes->len, &error);
  g_assert_no_error (error);
  g_byte_array_set_size (bytes, 0);
}

static void
add_byte (GByteArray *bytes, guint8 byte)
{
  g_byte_array_append (bytes, &byte, 1);
}

/* A piece as fuzz_input_piece() reads it. */
static void
add_piece (GByteArray *bytes, const void *data, gsize length_bytes)
{
  add_byte (bytes, (guint8)(length_bytes >> 8));
  add_byte (bytes, (guint8)length_bytes);
  if (length_bytes > 0)
    g_byte_array_append (bytes, data, (guint)length_bytes);
}

/* PRIORITY, ICE-CONTROLLING and USE-CANDIDATE, as a browser's check has them. */
static const guint8 check_attributes[] = {0, 0x24, 0, 4, 0x6e, 0x7f, 0x1e, 0xff, 0x80, 0x2a, 0, 8,
                                          1, 2,    3, 4, 5,    6,    7,    8,    0,    0x25, 0, 0};
/* ICE-CONTROLLED: a role conflict. */
static const guint8 conflict_attributes[] = {0, 0x24, 0, 4, 0x6e, 0x7f, 0x1e, 0xff, 0x80, 0x29,
                                             0, 8,    1, 2, 3,    4,    5,    6,    7,    8};
/* A comprehension-required attribute that nobody knows. */
static const guint8 unknown_attributes[] = {0x70, 0, 0, 2, 0xab, 0xcd, 0, 0};

static void
make_stun (GByteArray *bytes)
{
  guint8 check[STUN_CHECK_MAX_BYTES];
  gsize n = stun_check_write (check, "OurUfrag:Thei", "OurPasswordOf24Character", check_attributes,
                              sizeof check_attributes);

  add_byte (bytes, 0);
  g_byte_array_append (bytes, check, (guint)n);
  write_seed ("stun", "check", bytes);
  add_byte (bytes, 3);
  g_byte_array_append (bytes, check_attributes, sizeof check_attributes);
  write_seed ("stun", "signed-check-ipv6", bytes);
  add_byte (bytes, 1);
  g_byte_array_append (bytes, conflict_attributes, sizeof conflict_attributes);
  write_seed ("stun", "signed-role-conflict", bytes);
  add_byte (bytes, 1);
  g_byte_array_append (bytes, unknown_attributes, sizeof unknown_attributes);
  write_seed ("stun", "signed-unknown-attribute", bytes);
}

/* A ClientHello of DTLS 1.2 with one cipher suite, use_srtp and nothing else to speak of. */
static const guint8 client_hello[] = {
    22,   0xfe, 0xfd, 0,    0,  0,  0,  0,  0,  0,  0,  0,  81, /* record */
    1,    0,    0,    69,   0,  0,  0,  0,  0,  0,  0,  69,     /* handshake, one fragment */
    0xfe, 0xfd,                                                 /* version */
    1,    2,    3,    4,    5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17,
    18,   19,   20,   21,   22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 0,  0, /* no session, no cookie */
    0,    2,    0xc0, 0x2b, 1,  0,             /* ECDHE-ECDSA-AES128-GCM-SHA256 */
    0,    25,                                  /* extensions */
    0,    14,   0,    5,    0,  2,  0,  7,  0, /* use_srtp: AEAD_AES_128_GCM */
    0,    10,   0,    4,    0,  2,  0,  23,    /* P-256 */
    0,    13,   0,    4,    0,  2,  4,  3,     /* ecdsa_secp256r1_sha256 */
};

static void
make_demux (GByteArray *bytes)
{
  TestRtp rtp;

  test_rtp_begin (&rtp, 96, 1000, 90000, 0x1234);
  test_rtp_append (&rtp, "payload and a tag of sixteen", 28);

  add_byte (bytes, 0); /* DTLS server */
  add_byte (bytes, 2); /* nominated from address 0 */
  add_piece (bytes, check_attributes, 20);
  add_byte (bytes, 0);
  add_piece (bytes, client_hello, sizeof client_hello);
  add_byte (bytes, 0x12); /* and from address 1 */
  add_piece (bytes, check_attributes, 20);
  add_byte (bytes, 0x10);
  add_piece (bytes, rtp.data, rtp.length_bytes);
  write_seed ("demux", "nomination-hello-rtp", bytes);

  add_byte (bytes, 1); /* DTLS client: it sends the hello */
  add_byte (bytes, 2);
  add_piece (bytes, check_attributes, 20);
  add_byte (bytes, 0);
  add_piece (bytes, client_hello, 13);
  add_byte (bytes, 3); /* restart */
  add_piece (bytes, NULL, 0);
  add_byte (bytes, 0x22);
  add_piece (bytes, check_attributes, 20);
  write_seed ("demux", "client-restart", bytes);

  add_byte (bytes, 0);
  add_byte (bytes, 0); /* all kinds, from an address that proved nothing */
  add_piece (bytes, client_hello, sizeof client_hello);
  add_byte (bytes, 0);
  add_piece (bytes, rtp.data, rtp.length_bytes);
  add_byte (bytes, 0);
  add_piece (bytes, "\x80\xc9\0\1\0\0\0\1 index and tag...", 28);
  write_seed ("demux", "unvalidated", bytes);
}

static void
add_rtp (GByteArray *bytes, guint8 payload_type, guint16 seq, guint32 ssrc, const gchar *mid,
         const gchar *rid, const void *payload, gsize payload_bytes, guint8 padding_bytes)
{
  TestRtp rtp;

  test_rtp_begin (&rtp, payload_type, seq, seq * 3000u, ssrc);
  if (mid != NULL)
    test_rtp_add_extension (&rtp, 4, mid, strlen (mid));
  if (rid != NULL)
    test_rtp_add_extension (&rtp, 10, rid, strlen (rid));
  test_rtp_add_extension (&rtp, 2, "\1\2\3", 3);
  test_rtp_add_extension (&rtp, 3, "\0\5", 2);
  test_rtp_append (&rtp, payload, payload_bytes);
  if (padding_bytes > 0)
    test_rtp_add_padding (&rtp, padding_bytes);
  add_piece (bytes, rtp.data, rtp.length_bytes);
}

static void
make_rtp (GByteArray *bytes)
{
  static const guint8 idr[] = {0x65, 0x88, 0x84, 0, 0x10};
  static const guint8 stap[] = {0x78, 0, 4, 0x67, 0x42, 0xc0, 0x1f, 0, 2, 0x68, 0xce, 0, 3, 0x65, 0x88, 0x84};
  static const guint8 fua[] = {0x7c, 0x85, 0x88, 0x84};
  static const guint8 vp8_15[] = {0x90, 0xe0, 0x81, 0x23, 7, 0x40, 0x10, 2, 0, 0x9d, 1, 0x2a, 64, 1, 240, 0};
  static const guint8 vp8_7[] = {0x90, 0x80, 0x23, 0x11, 0, 0};
  static const guint8 red[] = {0x80 | 111, 0x0f, 0x00, 4, 111, 1, 2, 3, 4, 5, 6, 7};
  static const guint8 rtx[] = {0x03, 0xe9, 0x65, 0x88};

  add_rtp (bytes, 108, 1000, 0x10, "1", "h", stap, sizeof stap, 0);
  add_rtp (bytes, 108, 1001, 0x10, "1", "h", idr, sizeof idr, 0);
  add_rtp (bytes, 108, 1004, 0x10, NULL, NULL, fua, sizeof fua, 4);
  add_rtp (bytes, 109, 7, 0x11, "1", NULL, rtx, sizeof rtx, 0);
  write_seed ("rtp", "h264", bytes);
  add_rtp (bytes, 96, 65535, 0x20, "1", "m", vp8_15, sizeof vp8_15, 0);
  add_rtp (bytes, 96, 0, 0x20, "1", "m", vp8_7, sizeof vp8_7, 0);
  write_seed ("rtp", "vp8", bytes);
  add_rtp (bytes, 63, 1, 0x30, "0", NULL, red, sizeof red, 0);
  add_rtp (bytes, 111, 2, 0x30, "0", NULL, "\x78opus", 5, 0);
  add_rtp (bytes, 96, 5000, 0x20, NULL, NULL, NULL, 0, 200);
  write_seed ("rtp", "red-opus-padding", bytes);
  add_piece (bytes,
             "\x92\x60\0\1\0\0\0\1\0\0\0\2\0\0\0\3\0\0\0\4\x10\0\0\2\4\1"
             "1\x0a\1h\0\0\x65\x88",
             36);
  write_seed ("rtp", "csrcs-two-byte-extensions", bytes);
}

static void
make_rtcp (GByteArray *bytes)
{
  static const guint8 reports[] = {
      0x81, 200, 0, 12, 0, 0,   0,    1,    0xe0, 0,    0, 0,    0x80, 0,  0,    0,    0,    0, 0x10,
      0,    0,   0, 0,  7, 0,   0,    1,    0,    0,    0, 0,    2,    64, 0xff, 0xff, 0xfe, 0, 1,
      0,    9,   0, 0,  0, 33,  0xaa, 0xbb, 0xcc, 0xdd, 0, 1,    0,    0,  0x81, 202,  0,    3, 0,
      0,    0,   1, 1,  4, 'n', 'a',  'm',  'e',  0,    0, 0x81, 203,  0,  1,    0,    0,    0, 1,
  };
  static const guint8 feedback[] = {
      0x80, 201, 0, 1, 0, 0, 0, 1,                                          /* an empty receiver report */
      0x81, 205, 0, 4, 0, 0, 0, 1, 0, 0, 0, 2, 0, 10, 0x80, 1, 0, 99, 0, 0, /* NACK */
      0x81, 206, 0, 2, 0, 0, 0, 1, 0, 0, 0, 2,                              /* PLI */
      0x84, 206, 0, 4, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0,  0,    2, 9, 0,  0, 0, /* FIR */
  };
  /* Run length, one-bit and two-bit chunks, small and large deltas, some lost. */
  static const guint8 twcc[] = {
      0x8f, 205, 0,    9,    0,    0,    0, 1, 0, 0, 0, 2, 0, 0, 0, 20, 0, 0, 1, 0,
      0x20, 4,   0xaa, 0xaa, 0xd8, 0x00, 4, 4, 4, 4, 8, 8, 8, 8, 8, 8,  8, 8, 1, 0,
  };

  add_piece (bytes, reports, sizeof reports);
  write_seed ("rtcp", "reports", bytes);
  add_piece (bytes, feedback, sizeof feedback);
  write_seed ("rtcp", "feedback", bytes);
  add_piece (bytes, twcc, sizeof twcc);
  add_piece (bytes, twcc, sizeof twcc);
  write_seed ("rtcp", "transport-wide", bytes);
}

/* One step of fuzz-forward that pushes the next packet of source `which`. */
static void
add_push (GByteArray *bytes, guint which, guint8 time_step, const void *payload, gsize payload_bytes)
{
  add_byte (bytes, (guint8)(which << 4));
  add_byte (bytes, 1); /* marker */
  add_byte (bytes, 1); /* next sequence number */
  add_byte (bytes, time_step);
  add_piece (bytes, payload, payload_bytes);
}

static void
add_steps (GByteArray *bytes, const gchar *steps, gsize n)
{
  g_byte_array_append (bytes, (const guint8 *)steps, (guint)n);
}

static void
make_forward (GByteArray *bytes)
{
  static const guint8 sets[] = {0x78, 0, 4, 0x67, 0x42, 0xc0, 0x1f, 0, 2, 0x68, 0xce};
  static const guint8 idr[] = {0x65, 0x88, 0x84, 0, 0x10};
  static const guint8 slice[] = {0x41, 0x9a, 1, 2, 3};
  static const guint8 vp8_key[] = {0x90, 0xe0, 0x81, 0x23, 7, 0x40, 0x10, 2, 0, 0x9d, 1, 0x2a, 64, 1, 240, 0};
  static const guint8 vp8_delta[] = {0x90, 0xe0, 0x24, 8, 0x40, 0x11, 2, 0};
  static const guint8 red[] = {0x80 | 111, 0x0f, 0x00, 4, 111, 1, 2, 3, 4, 5, 6, 7};

  add_steps (bytes, "\6\0\x16\2", 4); /* source 0 is H.264, source 1 Opus */
  add_push (bytes, 0, 0, sets, sizeof sets);
  add_push (bytes, 0, 0, idr, sizeof idr);
  add_push (bytes, 1, 3, "\x78opus", 5);
  add_steps (bytes, "\2", 1);
  for (guint i = 0; i < 4; i++) {
    add_push (bytes, 0, 10, slice, sizeof slice);
    add_steps (bytes, "\3\x21", 2); /* 33 ms */
  }
  add_steps (bytes, "\4\0\3\0\7\x14\0\2\0\1", 10); /* both viewers ask again */
  add_steps (bytes, "\x26\0", 2);                  /* another H.264 source takes over */
  add_push (bytes, 2, 0, idr, sizeof idr);
  add_steps (bytes, "\3\x50\4\0\2\0\3\x14\0\5\0\xff", 12);
  write_seed ("forward", "h264-opus-takeover", bytes);

  add_steps (bytes, "\6\1\x16\3", 4); /* VP8 and RED */
  add_push (bytes, 0, 0, vp8_key, sizeof vp8_key);
  add_push (bytes, 1, 3, red, sizeof red);
  add_steps (bytes, "\3\x21", 2);
  add_push (bytes, 0, 10, vp8_delta, sizeof vp8_delta);
  add_steps (bytes, "\3\x21\7", 3); /* a viewer leaves and comes again */
  add_push (bytes, 0, 10, vp8_delta, sizeof vp8_delta);
  add_steps (bytes, "\3\x21\4\0\1\0\1\6\x80\x33\x64", 11);
  write_seed ("forward", "vp8-red-rejoin", bytes);
}

static void
make_sdp (GByteArray *bytes, const gchar *offers)
{
  static const gchar fragment[] =
      "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
      "a=candidate:1 1 udp 2122260223 192.0.2.1 61764 typ host\r\na=end-of-candidates\r\n";
  g_autoptr (GDir) dir = g_dir_open (offers, 0, NULL);
  const gchar *name;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename (offers, name, NULL);
    g_autofree gchar *text = NULL;
    gsize length;

    if (!g_str_has_suffix (name, ".sdp") || !g_file_get_contents (path, &text, &length, NULL))
      continue;
    add_byte (bytes, strstr (name, "viewer") != NULL ? 1 : 0);
    g_byte_array_append (bytes, (const guint8 *)text, (guint)length);
    write_seed ("sdp", name, bytes);
  }
  add_byte (bytes, 8);
  g_byte_array_append (bytes, (const guint8 *)fragment, sizeof fragment - 1);
  write_seed ("sdp", "fragment", bytes);
}

int
main (int argc, char **argv)
{
  g_autoptr (GByteArray) bytes = g_byte_array_new ();

  if (argc != 3) {
    g_printerr ("usage: make-corpus CORPUS-FOLDER SDP-FOLDER\n");
    return 2;
  }
  root = argv[1];
  make_stun (bytes);
  make_demux (bytes);
  make_rtp (bytes);
  make_rtcp (bytes);
  make_forward (bytes);
  make_sdp (bytes, argv[2]);
  return 0;
}

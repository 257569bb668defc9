/* SPDX-License-Identifier: Apache-2.0
 *
 * Sealing proved against known vectors and, on random packets, against libsrtp2 in both directions: what we
 * seal it opens, what it seals is byte for byte what we seal, across wraps of the sequence number and for
 * packets sent again.
 */
#include "rtc/srtp-gcm.h"
#include "rtc/srtp-open.h"
#include "rtc/srtp-session.h"

#include <string.h>

#define MAX_PACKET 1400

static void
fill_random (GRand *chance, guint8 *data, gsize n)
{
  for (gsize i = 0; i < n; i++)
    data[i] = (guint8)g_rand_int (chance);
}

static void
make_keys (GRand *chance, CrSrtpProfile profile, CrSrtpKeys *ours, CrSrtpKeys *theirs)
{
  memset (ours, 0, sizeof *ours);
  ours->profile = profile;
  ours->key_bytes = profile == CR_SRTP_AEAD_AES_128_GCM ? 28 : 30;
  fill_random (chance, ours->send, ours->key_bytes);
  fill_random (chance, ours->receive, ours->key_bytes);
  *theirs = *ours;
  memcpy (theirs->send, ours->receive, sizeof theirs->send);
  memcpy (theirs->receive, ours->send, sizeof theirs->receive);
}

/* RFC 3711 appendix B.3. */
static void
test_derivation (void)
{
  static const guint8 key[16] = {0xE1, 0xF9, 0x7A, 0x0D, 0x3E, 0x01, 0x8B, 0xE0,
                                 0xD6, 0x4F, 0xA3, 0x2C, 0x06, 0xDE, 0x41, 0x39};
  static const guint8 salt[14] = {0x0E, 0xC6, 0x75, 0xAD, 0x49, 0x8A, 0xFE,
                                  0xEB, 0xB6, 0x96, 0x0B, 0x3A, 0xAB, 0xE6};
  static const guint8 session_key[16] = {0xC6, 0x1E, 0x7A, 0x93, 0x74, 0x4F, 0x39, 0xEE,
                                         0x10, 0x73, 0x4A, 0xFE, 0x3F, 0xF7, 0xA0, 0x87};
  static const guint8 session_salt[14] = {0x30, 0xCB, 0xBC, 0x08, 0x86, 0x3D, 0x8C,
                                          0x85, 0xD4, 0x9D, 0xB3, 0x4A, 0x9A, 0xE1};
  guint8 out[16];

  g_assert_true (cr_srtp_derive (key, salt, 14, CR_SRTP_LABEL_RTP_KEY, out, 16));
  g_assert_cmpmem (out, 16, session_key, 16);
  g_assert_true (cr_srtp_derive (key, salt, 14, CR_SRTP_LABEL_RTP_SALT, out, 14));
  g_assert_cmpmem (out, 14, session_salt, 14);
}

/* RFC 7714 section 16.1.1: SSRC 4d4f4e3a... is not it; the sample packet has sequence number 0xf17b. */
static void
test_rfc7714 (void)
{
  static const guint8 header[12] = {0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2};
  static const gchar payload[] = "Gallia est omnis divisa in partes tres";
  static const guint8 salt[12] = {0x51, 0x75, 0x69, 0x64, 0x20, 0x70, 0x72, 0x6f, 0x20, 0x71, 0x75, 0x6f};
  static const guint8 sealed[] = {
      0x80, 0x40, 0xf1, 0x7b, 0x80, 0x41, 0xf8, 0xd3, 0x55, 0x01, 0xa0, 0xb2, 0xf2, 0x4d, 0xe3, 0xa3, 0xfb,
      0x34, 0xde, 0x6c, 0xac, 0xba, 0x86, 0x1c, 0x9d, 0x7e, 0x4b, 0xca, 0xbe, 0x63, 0x3b, 0xd5, 0x0d, 0x29,
      0x4e, 0x6f, 0x42, 0xa5, 0xf4, 0x7a, 0x51, 0xc7, 0xd1, 0x9b, 0x36, 0xde, 0x3a, 0xdf, 0x88, 0x33, 0x89,
      0x9d, 0x7f, 0x27, 0xbe, 0xb1, 0x6a, 0x91, 0x52, 0xcf, 0x76, 0x5e, 0xe4, 0x39, 0x0c, 0xce};
  guint8 key[16], out[128];
  g_autoptr (CrSrtpGcm) gcm = NULL;

  for (guint i = 0; i < 16; i++)
    key[i] = (guint8)i;
  gcm = cr_srtp_gcm_new (key, salt);
  for (guint split = 0; split < 5; split++) { /* prefix and payload are one plaintext */
    CrSrtpParts parts = {
        header,     sizeof header, (const guint8 *)payload, split, (const guint8 *)payload + split,
        38 - split, 0xf17b};

    g_assert_cmpuint (cr_srtp_gcm_seal (gcm, &parts, out), ==, sizeof sealed);
    g_assert_cmpmem (out, sizeof sealed, sealed, sizeof sealed);
  }
}

typedef struct {
  guint8 plain[MAX_PACKET];
  gsize plain_bytes;
  CrSrtpParts parts;
} Packet;

/* A random packet with CSRCs, an extension and a prefix more often than not; of three one is padded. */
static void
make_packet (GRand *chance, Packet *packet, guint32 ssrc, guint64 index)
{
  guint n_csrcs = (guint)g_rand_int_range (chance, 0, 4);
  gboolean extended = g_rand_boolean (chance);
  gsize n = 12 + 4 * n_csrcs;
  guint8 *data = packet->plain;

  fill_random (chance, data, MAX_PACKET);
  data[0] = (guint8)(0x80 | (extended ? 0x10 : 0) | n_csrcs);
  data[1] = 96;
  data[2] = (guint8)(index >> 8);
  data[3] = (guint8)index;
  data[8] = (guint8)(ssrc >> 24);
  data[9] = (guint8)(ssrc >> 16);
  data[10] = (guint8)(ssrc >> 8);
  data[11] = (guint8)ssrc;
  if (extended) {
    guint words = (guint)g_rand_int_range (chance, 0, 8);

    data[n + 2] = 0;
    data[n + 3] = (guint8)words;
    n += 4 + 4 * words;
  }
  packet->parts.header = data;
  packet->parts.header_bytes = n;
  packet->parts.prefix = data + n;
  packet->parts.prefix_bytes = (gsize)g_rand_int_range (chance, 0, 8);
  packet->parts.payload = data + n + packet->parts.prefix_bytes;
  packet->parts.payload_bytes = (gsize)g_rand_int_range (chance, 0, 1200);
  packet->parts.index = index;
  packet->plain_bytes = n + packet->parts.prefix_bytes + packet->parts.payload_bytes;
  packet->parts.padding_bytes =
      (gsize)(g_rand_int_range (chance, 0, 3) == 0 ? g_rand_int_range (chance, 1, 100) : 0);
  if (packet->parts.padding_bytes == 0)
    return;
  data[0] |= 0x20;
  memset (data + packet->plain_bytes, 0, packet->parts.padding_bytes);
  packet->plain_bytes += packet->parts.padding_bytes;
  data[packet->plain_bytes - 1] = (guint8)packet->parts.padding_bytes;
}

/* Ours sealed, libsrtp2 opens; twice the same bytes. Starts near the end of a wrap and crosses two. */
static void
test_random_packets (gconstpointer data)
{
  CrSrtpProfile profile = GPOINTER_TO_INT (data);
  g_autoptr (GRand) chance = g_rand_new_with_seed (7714);
  CrSrtpKeys ours, theirs;
  g_autoptr (CrSrtpSeal) seal = NULL;
  g_autoptr (CrSrtpOpen) open = NULL;
  guint64 index = 65500;
  static Packet packet;

  make_keys (chance, profile, &ours, &theirs);
  seal = cr_srtp_seal_new (&ours);
  open = cr_srtp_open_new (&theirs);
  g_assert_cmpint (cr_srtp_seal_get_profile (seal), ==, profile);
  while (index < 2 * 65536 + 200) {
    guint8 sealed[MAX_PACKET + 64], again[MAX_PACKET + 64];
    gsize n, length_bytes;

    make_packet (chance, &packet, 0x01020304, index);
    n = cr_srtp_seal_rtp (seal, &packet.parts, sealed);
    g_assert_cmpuint (n, ==, packet.plain_bytes + cr_srtp_tag_bytes (profile));
    g_assert_cmpuint (cr_srtp_seal_rtp (seal, &packet.parts, again), ==, n);
    g_assert_cmpmem (sealed, n, again, n);

    length_bytes = n;
    g_assert_true (cr_srtp_open_rtp (open, sealed, &length_bytes));
    g_assert_cmpmem (sealed, length_bytes, packet.plain, packet.plain_bytes);
    length_bytes = n;
    g_assert_false (cr_srtp_open_rtp (open, again, &length_bytes)); /* a replay */
    index += (guint64)g_rand_int_range (chance, 1, 60);
  }
}

/* libsrtp2 sealed, byte for byte what we seal. */
static void
test_same_as_library (gconstpointer data)
{
  CrSrtpProfile profile = GPOINTER_TO_INT (data);
  g_autoptr (GRand) chance = g_rand_new_with_seed (3711);
  CrSrtpKeys ours, theirs;
  g_autoptr (CrSrtpSeal) seal = NULL;
  srtp_policy_t policy;
  srtp_t library;
  static Packet packet;

  make_keys (chance, profile, &ours, &theirs);
  seal = cr_srtp_seal_new (&ours);
  cr_srtp_policy_fill (&policy, profile, ours.send, ssrc_any_outbound);
  g_assert_cmpint (srtp_create (&library, &policy), ==, srtp_err_status_ok);
  for (guint64 index = 1000; index < 3 * 65536; index += 101) {
    guint8 sealed[MAX_PACKET + 64], expected[MAX_PACKET + 64];
    int expected_bytes;
    gsize n;

    make_packet (chance, &packet, 0xfedcba98, index);
    n = cr_srtp_seal_rtp (seal, &packet.parts, sealed);
    memcpy (expected, packet.plain, packet.plain_bytes);
    expected_bytes = (int)packet.plain_bytes;
    g_assert_cmpint (srtp_protect (library, expected, &expected_bytes), ==, srtp_err_status_ok);
    g_assert_cmpmem (sealed, n, expected, expected_bytes);
  }
  srtp_dealloc (library);
}

/* Resends of packets from before the wrap, and an SSRC whose first packet is past it. */
static void
test_old_packets (gconstpointer data)
{
  CrSrtpProfile profile = GPOINTER_TO_INT (data);
  g_autoptr (GRand) chance = g_rand_new_with_seed (4588);
  CrSrtpKeys ours, theirs;
  g_autoptr (CrSrtpSeal) seal = NULL;
  static Packet packets[100], late;
  guint8 first[100][MAX_PACKET + 64], again[MAX_PACKET + 64];
  gsize sizes[100];
  srtp_policy_t policy;
  srtp_t library;

  make_keys (chance, profile, &ours, &theirs);
  seal = cr_srtp_seal_new (&ours);
  for (guint i = 0; i < 100; i++) {
    make_packet (chance, &packets[i], 5, 65536 - 50 + i);
    sizes[i] = cr_srtp_seal_rtp (seal, &packets[i].parts, first[i]);
    g_assert_cmpuint (sizes[i], >, 0);
  }
  for (guint round = 0; round < 200; round++) {
    guint i = (guint)g_rand_int_range (chance, 0, 100);

    g_assert_cmpuint (cr_srtp_seal_rtp (seal, &packets[i].parts, again), ==, sizes[i]);
    g_assert_cmpmem (again, sizes[i], first[i], sizes[i]);
  }
  cr_srtp_policy_fill (&policy, profile, theirs.receive, ssrc_specific);
  policy.ssrc.value = 6;
  g_assert_cmpint (srtp_create (&library, &policy), ==, srtp_err_status_ok);
  g_assert_cmpint (srtp_set_stream_roc (library, 6, 9), ==, srtp_err_status_ok);
  for (guint16 seq = 5; seq < 8; seq++) {
    int n;

    make_packet (chance, &late, 6, ((guint64)9 << 16) + seq);
    n = (int)cr_srtp_seal_rtp (seal, &late.parts, again);
    g_assert_cmpint (srtp_unprotect (library, again, &n), ==, srtp_err_status_ok);
    g_assert_cmpmem (again, n, late.plain, late.plain_bytes);
  }
  srtp_dealloc (library);
}

static void
test_rtcp (gconstpointer data)
{
  CrSrtpProfile profile = GPOINTER_TO_INT (data);
  g_autoptr (GRand) chance = g_rand_new_with_seed (5506);
  CrSrtpKeys ours, theirs;
  g_autoptr (CrSrtpSeal) seal = NULL;
  g_autoptr (CrSrtpOpen) open = NULL;

  make_keys (chance, profile, &ours, &theirs);
  seal = cr_srtp_seal_new (&ours);
  open = cr_srtp_open_new (&theirs);
  for (guint i = 0; i < 200; i++) {
    guint8 plain[28 + CR_SRTCP_MAX_TRAILER_BYTES], sealed[28 + CR_SRTCP_MAX_TRAILER_BYTES];
    gsize length_bytes = 28;

    fill_random (chance, plain, sizeof plain);
    memcpy (plain, (const guint8[]){0x80, 200, 0, 6, 1, 2, 3, 4}, 8);
    memcpy (sealed, plain, sizeof sealed);
    g_assert_true (cr_srtp_seal_rtcp (seal, sealed, &length_bytes));
    g_assert_cmpuint (length_bytes, >, 28);
    g_assert_cmpuint (length_bytes, <=, sizeof sealed);
    g_assert_true (cr_srtp_open_rtcp (open, sealed, &length_bytes));
    g_assert_cmpmem (sealed, length_bytes, plain, 28);
  }
}

static void
test_refuses (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (1);
  CrSrtpKeys ours, theirs;
  guint8 short_header[12] = {0x80}, out[64];
  CrSrtpParts parts = {.header = short_header, .header_bytes = 11};

  for (guint i = 0; i < 2; i++) {
    g_autoptr (CrSrtpSeal) seal = NULL;
    gsize length_bytes = 7;

    make_keys (chance, i == 0 ? CR_SRTP_AEAD_AES_128_GCM : CR_SRTP_AES128_CM_SHA1_80, &ours, &theirs);
    seal = cr_srtp_seal_new (&ours);
    g_assert_cmpuint (cr_srtp_seal_rtp (seal, &parts, out), ==, 0);
    g_assert_false (cr_srtp_seal_rtcp (seal, out, &length_bytes));
  }
}

int
main (int argc, char **argv)
{
  static const struct {
    const gchar *name;
    GTestDataFunc func;
  } tests[] = {{"random-packets", test_random_packets},
               {"same-as-library", test_same_as_library},
               {"old-packets", test_old_packets},
               {"rtcp", test_rtcp}};

  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srtp-seal/derivation", test_derivation);
  g_test_add_func ("/srtp-seal/rfc7714", test_rfc7714);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree gchar *gcm = g_strconcat ("/srtp-seal/gcm/", tests[i].name, NULL);
    g_autofree gchar *cm = g_strconcat ("/srtp-seal/cm/", tests[i].name, NULL);

    g_test_add_data_func (gcm, GINT_TO_POINTER (CR_SRTP_AEAD_AES_128_GCM), tests[i].func);
    g_test_add_data_func (cm, GINT_TO_POINTER (CR_SRTP_AES128_CM_SHA1_80), tests[i].func);
  }
  g_test_add_func ("/srtp-seal/refuses", test_refuses);
  return g_test_run ();
}

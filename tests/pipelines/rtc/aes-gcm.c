/* SPDX-License-Identifier: Apache-2.0
 *
 * Whatever library is behind it says what the standard's example says, what OpenSSL says, and no to what was
 * changed.
 */
#include "rtc/aes-gcm.h"

#include <string.h>

#define MAX_BYTES 1500

static void
fill_random (GRand *chance, guint8 *data, gsize n)
{
  for (gsize i = 0; i < n; i++)
    data[i] = (guint8)g_rand_int (chance);
}

/* Test case 4 of "The Galois/Counter Mode of Operation" (McGrew and Viega), whose key, IV and text NIST took
 * over. */
static void
test_example (void)
{
  static const guint8 key[16] = {0xfe, 0xff, 0xe9, 0x92, 0x86, 0x65, 0x73, 0x1c,
                                 0x6d, 0x6a, 0x8f, 0x94, 0x67, 0x30, 0x83, 0x08};
  static const guint8 iv[12] = {0xca, 0xfe, 0xba, 0xbe, 0xfa, 0xce, 0xdb, 0xad, 0xde, 0xca, 0xf8, 0x88};
  static const guint8 aad[20] = {0xfe, 0xed, 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xfe, 0xed,
                                 0xfa, 0xce, 0xde, 0xad, 0xbe, 0xef, 0xab, 0xad, 0xda, 0xd2};
  static const guint8 plain[60] = {0xd9, 0x31, 0x32, 0x25, 0xf8, 0x84, 0x06, 0xe5, 0xa5, 0x59, 0x09, 0xc5,
                                   0xaf, 0xf5, 0x26, 0x9a, 0x86, 0xa7, 0xa9, 0x53, 0x15, 0x34, 0xf7, 0xda,
                                   0x2e, 0x4c, 0x30, 0x3d, 0x8a, 0x31, 0x8a, 0x72, 0x1c, 0x3c, 0x0c, 0x95,
                                   0x95, 0x68, 0x09, 0x53, 0x2f, 0xcf, 0x0e, 0x24, 0x49, 0xa6, 0xb5, 0x25,
                                   0xb1, 0x6a, 0xed, 0xf5, 0xaa, 0x0d, 0xe6, 0x57, 0xba, 0x63, 0x7b, 0x39};
  static const guint8 tag[16] = {0x5b, 0xc9, 0x4f, 0xbc, 0x32, 0x21, 0xa5, 0xdb,
                                 0x94, 0xfa, 0xe9, 0x5a, 0xe7, 0x12, 0x1a, 0x47};
  const CrAesGcmPart part = {plain, sizeof plain};
  g_autoptr (CrAesGcm) ours = cr_aes_gcm_new (key), openssl = cr_aes_gcm_new_by_openssl (key);
  CrAesGcm *both[] = {ours, openssl};

  g_test_message ("AES-GCM by %s", cr_aes_gcm_library ());
  for (guint i = 0; i < G_N_ELEMENTS (both); i++) {
    guint8 out[sizeof plain + sizeof tag];

    g_assert_true (cr_aes_gcm_seal (both[i], iv, aad, sizeof aad, &part, 1, out));
    g_assert_cmpmem (out + sizeof plain, sizeof tag, tag, sizeof tag);
    g_assert_true (cr_aes_gcm_open (both[i], iv, aad, sizeof aad, out, sizeof plain, tag));
    g_assert_cmpmem (out, sizeof plain, plain, sizeof plain);
  }
}

/* Every length, in one part and in three, sealed by each and opened by the other. */
static void
test_same_as_openssl (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (38);
  guint8 key[16], iv[12], aad[80], plain[MAX_BYTES], ours_out[MAX_BYTES + 16], openssl_out[MAX_BYTES + 16];
  g_autoptr (CrAesGcm) ours = NULL, openssl = NULL;

  fill_random (chance, key, sizeof key);
  ours = cr_aes_gcm_new (key);
  openssl = cr_aes_gcm_new_by_openssl (key);
  for (gsize n = 0; n <= MAX_BYTES; n++) {
    gsize aad_bytes = (gsize)g_rand_int_range (chance, 0, sizeof aad + 1);
    gsize a = n == 0 ? 0 : (gsize)g_rand_int_range (chance, 0, (gint32)n), b = (n - a) / 2;
    const CrAesGcmPart whole = {plain, n};
    const CrAesGcmPart parts[] = {{plain, a}, {plain + a, b}, {plain + a + b, n - a - b}};

    fill_random (chance, iv, sizeof iv);
    fill_random (chance, aad, sizeof aad);
    fill_random (chance, plain, n);
    g_assert_true (cr_aes_gcm_seal (openssl, iv, aad, aad_bytes, &whole, 1, openssl_out));
    g_assert_true (cr_aes_gcm_seal (ours, iv, aad, aad_bytes, &whole, 1, ours_out));
    g_assert_cmpmem (ours_out, n + 16, openssl_out, n + 16);
    g_assert_true (cr_aes_gcm_seal (ours, iv, aad, aad_bytes, parts, G_N_ELEMENTS (parts), ours_out));
    g_assert_cmpmem (ours_out, n + 16, openssl_out, n + 16);
    g_assert_true (cr_aes_gcm_seal (openssl, iv, aad, aad_bytes, parts, G_N_ELEMENTS (parts), openssl_out));
    g_assert_true (cr_aes_gcm_open (openssl, iv, aad, aad_bytes, ours_out, n, ours_out + n));
    g_assert_true (cr_aes_gcm_open (ours, iv, aad, aad_bytes, openssl_out, n, openssl_out + n));
    g_assert_cmpmem (ours_out, n, plain, n);
    g_assert_cmpmem (openssl_out, n, plain, n);
  }
}

/* One bit anywhere: in the IV, the associated data, the text or the tag. */
static void
test_refuses (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (39);
  const guint8 key[16] = {1}, plain[100] = {2};
  const CrAesGcmPart part = {plain, sizeof plain};
  g_autoptr (CrAesGcm) ours = cr_aes_gcm_new (key), openssl = cr_aes_gcm_new_by_openssl (key);

  for (guint i = 0; i < 2000; i++) {
    struct {
      guint8 iv[12], aad[20], sealed[sizeof plain + 16];
    } message = {.iv = {3}, .aad = {4}};
    CrAesGcm *gcm = i % 2 == 0 ? ours : openssl;

    g_assert_true (cr_aes_gcm_seal (gcm, message.iv, message.aad, 20, &part, 1, message.sealed));
    ((guint8 *)&message)[g_rand_int_range (chance, 0, sizeof message)] ^= (guint8)(1 << i % 8);
    g_assert_false (cr_aes_gcm_open (gcm, message.iv, message.aad, 20, message.sealed, sizeof plain,
                                     message.sealed + sizeof plain));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/aes-gcm/example", test_example);
  g_test_add_func ("/aes-gcm/same-as-openssl", test_same_as_openssl);
  g_test_add_func ("/aes-gcm/refuses", test_refuses);
  return g_test_run ();
}

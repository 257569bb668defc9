/* SPDX-License-Identifier: Apache-2.0
 *
 * SRTCP proved against libsrtp2 in both directions on random compounds of all lengths, and against those who
 * replay, forge and cut.
 */
#include "rtc/srtcp-gcm.h"
#include "rtc/srtp-open.h"
#include "rtc/srtp-seal.h"
#include "rtc/srtp-session.h"

#include <string.h>

#define MAX_PLAIN     400
#define TRAILER_BYTES (16 + 4)

static void
fill_random (GRand *chance, guint8 *data, gsize n)
{
  for (gsize i = 0; i < n; i++)
    data[i] = (guint8)g_rand_int (chance);
}

static gsize
make_compound (GRand *chance, guint8 *data)
{
  gsize n = 8 + 4 * (gsize)g_rand_int_range (chance, 0, (MAX_PLAIN - 8) / 4);

  fill_random (chance, data, n);
  memcpy (data, (const guint8[]){0x80, 201, 0, (guint8)(n / 4 - 1), 0x0A, 0x0B, 0x0C, 0x0D}, 8);
  return n;
}

static srtp_t
make_library (guint8 *master, srtp_ssrc_type_t type)
{
  srtp_policy_t policy;
  srtp_t session;

  cr_srtp_policy_fill (&policy, CR_SRTP_AEAD_AES_128_GCM, master, type);
  g_assert_cmpint (srtp_create (&session, &policy), ==, srtp_err_status_ok);
  return session;
}

static void
test_library_opens_ours (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (7714);
  guint8 master[28];
  g_autoptr (CrSrtcpGcm) gcm = NULL;
  srtp_t library;

  fill_random (chance, master, sizeof master);
  gcm = cr_srtcp_gcm_new (master);
  library = make_library (master, ssrc_any_inbound);
  for (guint i = 0; i < 2000; i++) {
    guint8 plain[MAX_PLAIN], sealed[MAX_PLAIN + TRAILER_BYTES];
    gsize plain_bytes = make_compound (chance, plain), length_bytes = plain_bytes;
    int n;

    memcpy (sealed, plain, plain_bytes);
    g_assert_true (cr_srtcp_gcm_seal (gcm, sealed, &length_bytes));
    g_assert_cmpuint (length_bytes, ==, plain_bytes + TRAILER_BYTES);
    n = (int)length_bytes;
    g_assert_cmpint (srtp_unprotect_rtcp (library, sealed, &n), ==, srtp_err_status_ok);
    g_assert_cmpmem (sealed, n, plain, plain_bytes);
  }
  srtp_dealloc (library);
}

static void
test_opens_library (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (3711);
  guint8 master[28];
  g_autoptr (CrSrtcpGcm) gcm = NULL;
  CrSrtcpWindow window = {0};
  srtp_t library;

  fill_random (chance, master, sizeof master);
  gcm = cr_srtcp_gcm_new (master);
  library = make_library (master, ssrc_any_outbound);
  for (guint i = 0; i < 2000; i++) {
    guint8 plain[MAX_PLAIN], sealed[MAX_PLAIN + TRAILER_BYTES];
    gsize plain_bytes = make_compound (chance, plain), length_bytes;
    int n = (int)plain_bytes;

    memcpy (sealed, plain, plain_bytes);
    g_assert_cmpint (srtp_protect_rtcp (library, sealed, &n), ==, srtp_err_status_ok);
    length_bytes = (gsize)n;
    g_assert_true (cr_srtcp_gcm_open (gcm, &window, sealed, &length_bytes));
    g_assert_cmpmem (sealed, length_bytes, plain, plain_bytes);
  }
  srtp_dealloc (library);
}

/* A hundred packets come in any order within the window: each is taken once. */
static void
test_replay (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (33);
  guint8 master[28], sealed[100][MAX_PLAIN + TRAILER_BYTES];
  gsize lengths[100];
  g_autoptr (CrSrtcpGcm) ours = NULL, theirs = NULL;
  CrSrtcpWindow window = {0};

  fill_random (chance, master, sizeof master);
  ours = cr_srtcp_gcm_new (master);
  theirs = cr_srtcp_gcm_new (master);
  for (guint i = 0; i < 100; i++) {
    lengths[i] = make_compound (chance, sealed[i]);
    g_assert_true (cr_srtcp_gcm_seal (theirs, sealed[i], &lengths[i]));
  }
  for (guint pass = 0; pass < 2; pass++) {
    for (guint i = 0; i < 100; i++) {
      guint at = (i & ~15u) + (15 - i % 16) < 100 ? (i & ~15u) + (15 - i % 16) : i; /* sixteens backwards */
      guint8 copy[MAX_PLAIN + TRAILER_BYTES];
      gsize length_bytes = lengths[at];

      memcpy (copy, sealed[at], length_bytes);
      g_assert_cmpint (cr_srtcp_gcm_open (ours, &window, copy, &length_bytes), ==, pass == 0);
    }
  }
}

static void
test_forged_and_cut (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (16);
  guint8 master[28], sealed[MAX_PLAIN + TRAILER_BYTES];
  gsize length_bytes;
  g_autoptr (CrSrtcpGcm) ours = NULL, theirs = NULL;
  CrSrtcpWindow window = {0};

  fill_random (chance, master, sizeof master);
  ours = cr_srtcp_gcm_new (master);
  theirs = cr_srtcp_gcm_new (master);
  length_bytes = make_compound (chance, sealed);
  g_assert_true (cr_srtcp_gcm_seal (theirs, sealed, &length_bytes));
  for (gsize i = 0; i < length_bytes; i++) {
    guint8 copy[MAX_PLAIN + TRAILER_BYTES];
    gsize whole = length_bytes, cut = i;

    memcpy (copy, sealed, length_bytes);
    copy[i] ^= 0x04;
    g_assert_false (cr_srtcp_gcm_open (ours, &window, copy, &whole));
    memcpy (copy, sealed, length_bytes);
    g_assert_false (cr_srtcp_gcm_open (ours, &window, copy, &cut));
  }
  g_assert_true (cr_srtcp_gcm_open (ours, &window, sealed, &length_bytes)); /* nothing of it left a trace */
}

/* Two senders of one peer count for themselves. */
static void
test_senders_apart (void)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (2);
  CrSrtpKeys keys = {.profile = CR_SRTP_AEAD_AES_128_GCM, .key_bytes = 28};
  g_autoptr (CrSrtpOpen) open = NULL;

  fill_random (chance, keys.receive, keys.key_bytes);
  open = cr_srtp_open_new (&keys);
  for (guint8 sender = 1; sender <= 2; sender++) {
    g_autoptr (CrSrtcpGcm) theirs = cr_srtcp_gcm_new (keys.receive);
    guint8 data[MAX_PLAIN + TRAILER_BYTES], again[MAX_PLAIN + TRAILER_BYTES];
    gsize length_bytes = make_compound (chance, data), again_bytes;

    data[7] = sender;
    g_assert_true (cr_srtcp_gcm_seal (theirs, data, &length_bytes)); /* index 1 for both */
    memcpy (again, data, length_bytes);
    again_bytes = length_bytes;
    g_assert_true (cr_srtp_open_rtcp (open, data, &length_bytes));
    g_assert_false (cr_srtp_open_rtcp (open, again, &again_bytes));
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/srtcp-gcm/library-opens-ours", test_library_opens_ours);
  g_test_add_func ("/srtcp-gcm/opens-library", test_opens_library);
  g_test_add_func ("/srtcp-gcm/replay", test_replay);
  g_test_add_func ("/srtcp-gcm/forged-and-cut", test_forged_and_cut);
  g_test_add_func ("/srtcp-gcm/senders-apart", test_senders_apart);
  return g_test_run ();
}

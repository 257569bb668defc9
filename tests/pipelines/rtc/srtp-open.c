/* SPDX-License-Identifier: Apache-2.0
 *
 * Forgeries make no state, invented SSRCs a bounded one, and nothing that arrives is read past its end.
 */
#include "rtc/srtp-open.h"
#include "rtc/srtp-seal.h"
#include "rtc/srtp-session.h"

#include <malloc.h>
#include <string.h>

typedef struct {
  CrSrtpKeys ours, theirs;
  CrSrtpOpen *open;
  CrSrtpSeal *seal; /* the other side's */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  memset (f, 0, sizeof *f);
  f->ours.profile = GPOINTER_TO_INT (data);
  f->ours.key_bytes = f->ours.profile == CR_SRTP_AEAD_AES_128_GCM ? 28 : 30;
  memset (f->ours.send, 1, f->ours.key_bytes);
  memset (f->ours.receive, 2, f->ours.key_bytes);
  f->theirs = f->ours;
  memcpy (f->theirs.send, f->ours.receive, sizeof f->theirs.send);
  memcpy (f->theirs.receive, f->ours.send, sizeof f->theirs.receive);
  f->open = cr_srtp_open_new (&f->ours);
  f->seal = cr_srtp_seal_new (&f->theirs);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_srtp_open_free (f->open);
  cr_srtp_seal_free (f->seal);
}

static gsize
make_sealed (Fixture *f, guint32 ssrc, guint16 seq, guint8 *out)
{
  guint8 header[12] = {0x80,
                       96,
                       (guint8)(seq >> 8),
                       (guint8)seq,
                       0,
                       0,
                       0,
                       1,
                       (guint8)(ssrc >> 24),
                       (guint8)(ssrc >> 16),
                       (guint8)(ssrc >> 8),
                       (guint8)ssrc};
  guint8 payload[100] = {7};
  CrSrtpParts parts = {header, sizeof header, NULL, 0, payload, sizeof payload, seq};

  return cr_srtp_seal_rtp (f->seal, &parts, out);
}

static void
test_forged_ssrcs (Fixture *f, gconstpointer data)
{
  guint8 packet[256];
  gsize before, n;

  n = make_sealed (f, 1, 1, packet);
  g_assert_true (cr_srtp_open_rtp (f->open, packet, &n));
  before = mallinfo2 ().uordblks;
  for (guint32 i = 0; i < 65536; i++) {
    n = make_sealed (f, 2, 1, packet);
    packet[8] = 0xaa;
    packet[9] = 0xbb;
    packet[10] = (guint8)(i >> 8);
    packet[11] = (guint8)i;
    g_assert_false (cr_srtp_open_rtp (f->open, packet, &n));
  }
  g_assert_cmpuint (mallinfo2 ().uordblks, <=, before + 4096); /* the sealing side's one SSRC */
  n = make_sealed (f, 3, 1, packet);
  g_assert_true (cr_srtp_open_rtp (f->open, packet, &n));
}

static void
test_cap (Fixture *f, gconstpointer data)
{
  guint8 packet[256];
  guint opened = 0;
  gsize n;

  for (guint32 ssrc = 1; ssrc <= 1000; ssrc++) {
    n = make_sealed (f, ssrc, 1, packet);
    opened += cr_srtp_open_rtp (f->open, packet, &n);
  }
  g_assert_cmpuint (opened, ==, CR_SRTP_OPEN_MAX_SSRCS);
  n = make_sealed (f, 1, 2, packet); /* the known ones go on */
  g_assert_true (cr_srtp_open_rtp (f->open, packet, &n));
}

static void
test_reordering (Fixture *f, gconstpointer data)
{
  guint8 packets[600][256];
  gsize sizes[600];

  for (guint i = 0; i < 600; i++)
    sizes[i] = make_sealed (f, 1, (guint16)(1000 + i), packets[i]);
  for (guint i = 599; i < 600; i--) /* the newest first, then ever older */
    g_assert_true (cr_srtp_open_rtp (f->open, packets[i], &sizes[i]));
}

/* Any length, any bytes; the sanitizer watches. */
static void
test_junk (Fixture *f, gconstpointer data)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (65536);

  for (guint i = 0; i < 20000; i++) {
    gsize n = (gsize)g_rand_int_range (chance, 8, 120), rtcp_bytes = n;
    g_autofree guint8 *packet = g_malloc (n);

    for (gsize j = 0; j < n; j++)
      packet[j] = (guint8)g_rand_int (chance);
    packet[0] = (guint8)(0x80 | (packet[0] & 0x3f));
    g_assert_false (cr_srtp_open_rtp (f->open, packet, &n));
    g_assert_false (cr_srtp_open_rtcp (f->open, packet, &rtcp_bytes));
  }
}

/* A sender that passes two rollovers, while the line reorders, loses and repeats: what is let through and
 * what is refused is the same as by libsrtp2. */
static void
test_same_as_library (Fixture *f, gconstpointer data)
{
  g_autoptr (GRand) chance = g_rand_new_with_seed (3711);
  CrSrtpKeys keys = f->ours;
  guint n_opened = 0, n_refused = 0;
  srtp_policy_t policy;
  srtp_t library;

  cr_srtp_policy_fill (&policy, keys.profile, keys.receive, ssrc_any_inbound);
  g_assert_cmpint (srtp_create (&library, &policy), ==, srtp_err_status_ok);
  for (guint64 newest = 40000; newest < 3 * 65536; newest += (guint64)g_rand_int_range (chance, 0, 40)) {
    guint64 back = (guint64)g_rand_int_range (chance, 0, g_rand_int_range (chance, 0, 20) == 0 ? 6000 : 60);
    guint64 index = newest > back ? newest - back : newest;
    guint8 header[12] = {0x80, 96, (guint8)(index >> 8), (guint8)index, [11] = 9}, payload[40] = {7};
    CrSrtpParts parts = {header, sizeof header, NULL, 0, payload, sizeof payload, index};
    guint8 packet[128], copy[128];
    gsize length_bytes = cr_srtp_seal_rtp (f->seal, &parts, packet);
    int n = (int)length_bytes;
    gboolean opens;

    if (length_bytes == 0) /* AES-CM: further back than the sealing side's own window */
      continue;
    memcpy (copy, packet, length_bytes);
    opens = srtp_unprotect (library, copy, &n) == srtp_err_status_ok;
    g_assert_cmpint (cr_srtp_open_rtp (f->open, packet, &length_bytes), ==, opens);
    if (opens)
      g_assert_cmpmem (packet, length_bytes, copy, n);
    n_opened += opens;
    n_refused += !opens;
  }
  g_assert_cmpuint (n_opened, >, 1000);
  g_assert_cmpuint (n_refused, >, 100);
  srtp_dealloc (library);
}

int
main (int argc, char **argv)
{
  static const struct {
    const gchar *name;
    void (*func) (Fixture *, gconstpointer);
  } tests[] = {{"forged-ssrcs", test_forged_ssrcs},
               {"cap", test_cap},
               {"reordering", test_reordering},
               {"junk", test_junk},
               {"same-as-library", test_same_as_library}};

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (tests); i++) {
    g_autofree gchar *gcm = g_strconcat ("/srtp-open/gcm/", tests[i].name, NULL);
    g_autofree gchar *cm = g_strconcat ("/srtp-open/cm/", tests[i].name, NULL);

    g_test_add (gcm, Fixture, GINT_TO_POINTER (CR_SRTP_AEAD_AES_128_GCM), set_up, tests[i].func, tear_down);
    g_test_add (cm, Fixture, GINT_TO_POINTER (CR_SRTP_AES128_CM_SHA1_80), set_up, tests[i].func, tear_down);
  }
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The relay's peer on a real worker against the light peer, over loopback: connecting in every way, one and
 * many, and ending. Time that has to pass is moved by hand.
 */
#include "support/peer-pair.h"

typedef struct {
  CrDtlsRole role;
  CrLightTransport transport;
  CrSrtpProfile restricted, expected;
} Way;

static void
test_connect (CrPairFixture *f, gconstpointer data)
{
  const Way *way = data;
  CrPair pair = {.f = f, .role = way->role, .transport = way->transport};

  cr_dtls_identity_restrict_profile (f->guest, way->restricted);
  cr_pair_connect (&pair);
  g_assert_cmpint (cr_light_peer_get_profile (pair.light), ==, way->expected);
  for (guint i = 0; i < 20; i++)
    cr_pair_assert_media_flows (&pair);
  g_assert_cmpint (pair.connected, ==, 1);
  cr_pair_close (&pair);
}

static void
test_impostor (CrPairFixture *f, gconstpointer data)
{
  g_autoptr (CrDtlsIdentity) other = cr_dtls_identity_new (NULL);
  const gchar *wrong = cr_dtls_identity_get_fingerprint (other);
  const gchar *relay = cr_dtls_identity_get_fingerprint (f->relay);
  const gchar *guest = cr_dtls_identity_get_fingerprint (f->guest);

  for (guint i = 0; i < 2; i++) {
    CrPair pair = {.f = f, .role = CR_DTLS_SERVER, .free_on_close = i == 0};

    cr_pair_open_with (&pair, i == 0 ? relay : wrong, i == 0 ? wrong : guest);
    CR_PAIR_WAIT_FOR (g_atomic_int_get (&pair.closed) && pair.light_closed);
    g_assert_cmpint (g_atomic_int_get (&pair.end), ==, CR_PEER_END_DTLS_FAILED);
    g_assert_cmpint (pair.light_end, ==, CR_LIGHT_END_DTLS_FAILED);
    g_assert_cmpint (pair.connected + pair.light_connected, ==, 0);
    cr_pair_close (&pair);
    g_assert_cmpint (pair.closed, ==, 1);
  }
}

static void
test_guest_leaves (CrPairFixture *f, gconstpointer data)
{
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER, .transport = GPOINTER_TO_INT (data), .free_on_close = TRUE};

  cr_pair_connect (&pair);
  cr_light_peer_close (pair.light);
  CR_PAIR_WAIT_FOR (g_atomic_int_get (&pair.closed));
  g_assert_cmpint (g_atomic_int_get (&pair.end), ==, CR_PEER_END_CLOSE_NOTIFY);
  cr_pair_close (&pair);
}

static void
test_relay_stops (CrPairFixture *f, gconstpointer data)
{
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER, .transport = GPOINTER_TO_INT (data)};

  cr_pair_connect (&pair);
  cr_media_invoke_sync (f->worker, cr_pair_stop_peer, &pair);
  cr_media_invoke_sync (f->worker, cr_pair_stop_peer, &pair);
  CR_PAIR_WAIT_FOR (pair.light_closed);
  g_assert_cmpint (pair.light_end, ==, CR_LIGHT_END_CLOSE_NOTIFY);
  g_assert_cmpint (pair.closed, ==, 0); /* never from within cr_peer_stop() */
  cr_pair_close (&pair);
}

static void
test_expires (CrPairFixture *f, gconstpointer data)
{
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER, .free_on_close = TRUE};

  cr_pair_connect (&pair);
  cr_pair_move_time (f, 29 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 0);
  cr_pair_assert_media_flows (&pair); /* media is a sign of life */
  cr_pair_move_time (f, 29 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 0);
  cr_pair_move_time (f, 2 * G_USEC_PER_SEC);
  g_assert_cmpint (g_atomic_int_get (&pair.closed), ==, 1);
  g_assert_cmpint (g_atomic_int_get (&pair.end), ==, CR_PEER_END_EXPIRED);
  cr_pair_close (&pair);
}

/* Every kind of transport side by side on one worker and one loop. */
static void
test_many (CrPairFixture *f, gconstpointer data)
{
  enum { N = 20 };
  static CrPair pairs[N];

  memset (pairs, 0, sizeof pairs);
  for (guint i = 0; i < N; i++) {
    pairs[i].f = f;
    pairs[i].role = i % 2 == 0 ? CR_DTLS_SERVER : CR_DTLS_CLIENT;
    pairs[i].transport = i % 3 == 0 ? CR_LIGHT_TCP : CR_LIGHT_UDP;
    cr_pair_connect (&pairs[i]); /* one after the other: two handshakes at once are allowed */
  }
  for (guint i = 0; i < N; i++)
    cr_pair_assert_media_flows (&pairs[i]);
  for (guint i = 0; i < N; i++)
    cr_pair_close (&pairs[i]);
}

/* Everybody joins at once, as at the bell. */
static void
test_bell (CrPairFixture *f, gconstpointer data)
{
  enum { N = 100 };
  static CrPair pairs[N];
  guint n_connected = 0;
  gint64 begun_us;

  cr_worker_free (f->worker);
  cr_pair_open_worker (f, N);
  memset (pairs, 0, sizeof pairs);
  begun_us = g_get_monotonic_time ();
  for (guint i = 0; i < N; i++) {
    pairs[i].f = f;
    pairs[i].transport = i % 5 == 0 ? CR_LIGHT_TCP : CR_LIGHT_UDP;
    cr_pair_open (&pairs[i]);
  }
  for (guint i = 0; i < N; i++)
    CR_PAIR_WAIT_FOR (g_atomic_int_get (&pairs[i].connected) && pairs[i].light_connected);
  g_test_message ("%d peers connected in %.0f ms, both sides on this machine", N,
                  (gdouble)(g_get_monotonic_time () - begun_us) / 1000);
  for (guint i = 0; i < N; i++) {
    cr_pair_assert_media_flows (&pairs[i]);
    n_connected += (guint)pairs[i].connected;
    cr_pair_close (&pairs[i]);
  }
  g_assert_cmpuint (n_connected, ==, N);
}

#define BURST_PACKETS 100

static void
send_burst (gpointer data)
{
  CrPairSending *sending = data;

  for (guint i = 0; i < BURST_PACKETS; i++) {
    guint8 packet[60];
    CrSrtpParts parts = {
        packet, 12, NULL, 0, packet + 12, i % 10 == 9 ? 30 : 48, (guint16)(sending->seq + i)};

    cr_pair_fill_packet (packet, (guint16)(sending->seq + i));
    sending->sent &= cr_peer_send_rtp (sending->pair->peer, &parts);
  }
}

/* What leaves in few messages arrives as many packets, each of its own size. */
static void
test_burst (CrPairFixture *f, gconstpointer data)
{
  CrPair pair = {.f = f, .role = CR_DTLS_SERVER, .transport = GPOINTER_TO_INT (data)};
  CrPairSending sending = {&pair, 1000, TRUE};

  cr_pair_connect (&pair);
  cr_media_invoke_sync (f->worker, send_burst, &sending);
  g_assert_true (sending.sent);
  CR_PAIR_WAIT_FOR (pair.light_rtp == BURST_PACKETS);
  g_assert_cmpuint (cr_light_loop_get_stats (f->loop)->dropped_srtp, ==, 0);
  cr_pair_close (&pair);
}

int
main (int argc, char **argv)
{
  static const struct {
    const gchar *name;
    Way way;
  } ways[] = {
      {"/peer/connect/server-gcm-udp", {CR_DTLS_SERVER, CR_LIGHT_UDP, 0, CR_SRTP_AEAD_AES_128_GCM}},
      {"/peer/connect/client-gcm-udp", {CR_DTLS_CLIENT, CR_LIGHT_UDP, 0, CR_SRTP_AEAD_AES_128_GCM}},
      {"/peer/connect/server-cm-udp",
       {CR_DTLS_SERVER, CR_LIGHT_UDP, CR_SRTP_AES128_CM_SHA1_80, CR_SRTP_AES128_CM_SHA1_80}},
      {"/peer/connect/server-gcm-tcp", {CR_DTLS_SERVER, CR_LIGHT_TCP, 0, CR_SRTP_AEAD_AES_128_GCM}},
      {"/peer/connect/client-gcm-tcp", {CR_DTLS_CLIENT, CR_LIGHT_TCP, 0, CR_SRTP_AEAD_AES_128_GCM}},
  };

  g_test_init (&argc, &argv, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (ways); i++)
    g_test_add (ways[i].name, CrPairFixture, &ways[i].way, cr_pair_set_up, test_connect, cr_pair_tear_down);
#define ADD(name, data, func)                                                                                \
  g_test_add ("/peer/" name, CrPairFixture, GINT_TO_POINTER (data), cr_pair_set_up, func, cr_pair_tear_down)
  ADD ("impostor", 0, test_impostor);
  ADD ("guest-leaves/udp", CR_LIGHT_UDP, test_guest_leaves);
  ADD ("guest-leaves/tcp", CR_LIGHT_TCP, test_guest_leaves);
  ADD ("relay-stops/udp", CR_LIGHT_UDP, test_relay_stops);
  ADD ("relay-stops/tcp", CR_LIGHT_TCP, test_relay_stops);
  ADD ("expires", 0, test_expires);
  ADD ("many", 0, test_many);
  ADD ("bell", 0, test_bell);
  ADD ("burst/udp", CR_LIGHT_UDP, test_burst);
  ADD ("burst/tcp", CR_LIGHT_TCP, test_burst);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Two associations over a wire in memory that loses datagrams by a seeded chance: handshakes end, keys agree,
 * impostors are refused, and a half-open association costs what it is said to.
 */
#include "rtc/dtls.h"
#include "rtc/dtls-identity.h"

#include <malloc.h>
#include <string.h>

typedef struct End End;
struct End {
  CrDtls *dtls;
  End *other;
  GQueue inbox;  /* GBytes */
  GRand *chance; /* NULL: nothing is lost */
  gdouble loss;
  guint sent, largest_bytes;
};

static void
on_send (const guint8 *data, gsize length_bytes, gpointer user_data)
{
  End *end = user_data;

  end->sent++;
  end->largest_bytes = MAX (end->largest_bytes, (guint)length_bytes);
  if (end->chance != NULL && g_rand_double (end->chance) < end->loss)
    return;
  g_queue_push_tail (&end->other->inbox, g_bytes_new (data, length_bytes));
}

static gboolean
deliver_one (End *end)
{
  g_autoptr (GBytes) datagram = g_queue_pop_head (&end->inbox);

  if (datagram == NULL)
    return FALSE;
  cr_dtls_receive (end->dtls, g_bytes_get_data (datagram, NULL), g_bytes_get_size (datagram));
  return TRUE;
}

static void
make_pair (End *server, CrDtlsIdentity *server_identity, End *client, CrDtlsIdentity *client_identity)
{
  g_autofree gchar *server_print =
      g_strconcat ("sha-256 ", cr_dtls_identity_get_fingerprint (server_identity), NULL);
  g_autofree gchar *client_print =
      g_strconcat ("SHA-256 ", cr_dtls_identity_get_fingerprint (client_identity), NULL);

  memset (server, 0, sizeof *server);
  memset (client, 0, sizeof *client);
  server->other = client;
  client->other = server;
  server->dtls = cr_dtls_new (server_identity, CR_DTLS_SERVER, client_print, on_send, server);
  client->dtls = cr_dtls_new (client_identity, CR_DTLS_CLIENT, server_print, on_send, client);
}

static void
clear_pair (End *server, End *client)
{
  cr_dtls_free (server->dtls);
  cr_dtls_free (client->dtls);
  g_queue_clear_full (&server->inbox, (GDestroyNotify)g_bytes_unref);
  g_queue_clear_full (&client->inbox, (GDestroyNotify)g_bytes_unref);
}

static gboolean
is_settled (End *end)
{
  return cr_dtls_get_state (end->dtls) != CR_DTLS_HANDSHAKING;
}

/* OpenSSL reads the machine's clock for its retransmissions, so a lost flight is waited for in real time. */
static void
wait_for_timer (End *a, End *b)
{
  gint64 a_us = cr_dtls_get_timeout_us (a->dtls), b_us = cr_dtls_get_timeout_us (b->dtls);
  gint64 wait_us = a_us < 0 ? b_us : b_us < 0 ? a_us : MIN (a_us, b_us);

  g_assert_cmpint (wait_us, >=, 0);
  if (wait_us > 0)
    g_usleep ((gulong)wait_us);
  cr_dtls_handle_timeout (a->dtls);
  cr_dtls_handle_timeout (b->dtls);
}

static guint
run_until_settled (End *server, End *client)
{
  guint timeouts = 0;

  cr_dtls_start (client->dtls);
  for (;;) {
    while (deliver_one (server) || deliver_one (client))
      continue;
    if (is_settled (server) && is_settled (client))
      return timeouts;
    if (cr_dtls_get_state (server->dtls) == CR_DTLS_FAILED ||
        cr_dtls_get_state (client->dtls) == CR_DTLS_FAILED)
      return timeouts;
    /* One side may be done while its last flight was lost; the other's timer asks for it again. */
    wait_for_timer (server, client);
    timeouts++;
  }
}

static void
assert_keys_agree (End *server, End *client, CrSrtpProfile profile)
{
  const CrSrtpKeys *a = cr_dtls_get_keys (server->dtls);
  const CrSrtpKeys *b = cr_dtls_get_keys (client->dtls);

  g_assert_cmpint (cr_dtls_get_state (server->dtls), ==, CR_DTLS_CONNECTED);
  g_assert_cmpint (cr_dtls_get_state (client->dtls), ==, CR_DTLS_CONNECTED);
  g_assert_cmpint (a->profile, ==, profile);
  g_assert_cmpint (b->profile, ==, profile);
  g_assert_cmpmem (a->send, a->key_bytes, b->receive, b->key_bytes);
  g_assert_cmpmem (a->receive, a->key_bytes, b->send, b->key_bytes);
  g_assert_cmpint (memcmp (a->send, a->receive, 16), !=, 0);
  g_assert_cmpint (memcmp (a->send + 16, a->receive + 16, a->key_bytes - 16), !=, 0);
}

static void
test_profile (CrSrtpProfile restricted, CrSrtpProfile expected)
{
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  g_autoptr (CrDtlsIdentity) guest = cr_dtls_identity_new (NULL);
  End server, client;

  cr_dtls_identity_restrict_profile (guest, restricted);
  make_pair (&server, relay, &client, guest);
  g_assert_cmpuint (run_until_settled (&server, &client), ==, 0);
  assert_keys_agree (&server, &client, expected);
  g_assert_cmpuint (server.largest_bytes, <=, 1200);
  g_assert_cmpuint (client.largest_bytes, <=, 1200);
  clear_pair (&server, &client);
}

static void
test_gcm_first (void)
{
  test_profile (0, CR_SRTP_AEAD_AES_128_GCM);
}

static void
test_counter_mode (void)
{
  test_profile (CR_SRTP_AES128_CM_SHA1_80, CR_SRTP_AES128_CM_SHA1_80);
}

static void
test_no_common_profile (void)
{
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  g_autoptr (CrDtlsIdentity) guest = cr_dtls_identity_new (NULL);
  End server, client;

  cr_dtls_identity_restrict_profile (relay, CR_SRTP_AEAD_AES_128_GCM);
  cr_dtls_identity_restrict_profile (guest, CR_SRTP_AES128_CM_SHA1_80);
  make_pair (&server, relay, &client, guest);
  run_until_settled (&server, &client);
  g_assert_cmpint (cr_dtls_get_state (client.dtls), ==, CR_DTLS_FAILED);
  g_assert_cmpstr (cr_dtls_get_failure (client.dtls), ==, "no common SRTP profile");
  g_assert_null (cr_dtls_get_keys (client.dtls));
  clear_pair (&server, &client);
}

static void
test_loss (void)
{
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  g_autoptr (CrDtlsIdentity) guest = cr_dtls_identity_new (NULL);
  guint timeouts = 0;

  for (guint32 seed = 1; seed <= 8; seed++) {
    End server, client;

    make_pair (&server, relay, &client, guest);
    server.chance = client.chance = g_rand_new_with_seed (seed);
    server.loss = client.loss = 0.25;
    timeouts += run_until_settled (&server, &client);
    assert_keys_agree (&server, &client, CR_SRTP_AEAD_AES_128_GCM);
    g_rand_free (server.chance);
    clear_pair (&server, &client);
  }
  g_test_message ("8 handshakes at 25 %% loss took %u timeouts", timeouts);
  g_assert_cmpuint (timeouts, >, 0); /* or the wire lost nothing */
}

static void
test_first_timeout (void)
{
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  End server, client;
  gint64 timeout_us;

  make_pair (&server, relay, &client, relay);
  g_assert_cmpint (cr_dtls_get_timeout_us (client.dtls), ==, -1);
  cr_dtls_start (client.dtls);
  timeout_us = cr_dtls_get_timeout_us (client.dtls);
  g_assert_cmpint (timeout_us, >, 0);
  g_assert_cmpint (timeout_us, <=, 200 * 1000);
  g_assert_cmpint (cr_dtls_get_timeout_us (server.dtls), ==, -1);
  clear_pair (&server, &client);
}

static void
test_wrong_fingerprint (gconstpointer data)
{
  gboolean wrong_server = GPOINTER_TO_INT (data);
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  g_autoptr (CrDtlsIdentity) guest = cr_dtls_identity_new (NULL);
  g_autoptr (CrDtlsIdentity) impostor = cr_dtls_identity_new (NULL);
  g_autofree gchar *print = g_strconcat ("sha-256 ", cr_dtls_identity_get_fingerprint (impostor), NULL);
  End server, client;
  CrDtls **doubting = wrong_server ? &client.dtls : &server.dtls;

  make_pair (&server, relay, &client, guest);
  cr_dtls_free (*doubting);
  if (wrong_server)
    client.dtls = cr_dtls_new (guest, CR_DTLS_CLIENT, print, on_send, &client);
  else
    server.dtls = cr_dtls_new (relay, CR_DTLS_SERVER, print, on_send, &server);
  run_until_settled (&server, &client);
  while (deliver_one (&server) || deliver_one (&client))
    continue;

  g_assert_cmpint (cr_dtls_get_state (*doubting), ==, CR_DTLS_FAILED);
  g_assert_nonnull (strstr (cr_dtls_get_failure (*doubting), "fingerprint"));
  g_assert_null (cr_dtls_get_keys (*doubting));
  g_assert_cmpint (cr_dtls_get_state (wrong_server ? server.dtls : client.dtls), ==, CR_DTLS_FAILED);
  clear_pair (&server, &client);
}

static void
test_fingerprint_forms (void)
{
  g_autoptr (CrDtlsIdentity) identity = cr_dtls_identity_new (NULL);
  X509 *certificate = SSL_CTX_get0_certificate (cr_dtls_identity_get_context (identity));
  g_autofree gchar *good = g_strconcat ("sha-256 ", cr_dtls_identity_get_fingerprint (identity), NULL);
  g_autofree gchar *small = g_ascii_strdown (good, -1);
  g_autofree gchar *short_one = g_strndup (good, strlen (good) - 3);
  g_autofree gchar *other_hash = g_strconcat ("sha-512 ", cr_dtls_identity_get_fingerprint (identity), NULL);
  g_autofree gchar *weak_hash = g_strconcat ("sha-1 ", cr_dtls_identity_get_fingerprint (identity), NULL);

  g_assert_true (cr_dtls_fingerprint_matches (good, certificate));
  g_assert_true (cr_dtls_fingerprint_matches (small, certificate));
  g_assert_false (cr_dtls_fingerprint_matches (short_one, certificate));
  g_assert_false (cr_dtls_fingerprint_matches (other_hash, certificate));
  g_assert_false (cr_dtls_fingerprint_matches (weak_hash, certificate));
  g_assert_false (cr_dtls_fingerprint_matches ("", certificate));
  g_assert_false (cr_dtls_fingerprint_matches ("sha-256", certificate));
  g_assert_false (cr_dtls_fingerprint_matches ("sha-256 ", certificate));
}

static void
test_close_notify (void)
{
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  End server, client;

  make_pair (&server, relay, &client, relay);
  run_until_settled (&server, &client);
  cr_dtls_close (client.dtls);
  g_assert_true (deliver_one (&server));
  g_assert_cmpint (cr_dtls_get_state (server.dtls), ==, CR_DTLS_CLOSED);
  clear_pair (&server, &client);
}

/* Our last flight was lost, so the client repeats its own after the end: ours is sent again, though the
 * buffers were given back. Then both say goodbye. */
static void
test_repeated_flight (void)
{
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  End server, client;
  guint sent;

  make_pair (&server, relay, &client, relay);
  cr_dtls_start (client.dtls);
  while (cr_dtls_get_state (server.dtls) == CR_DTLS_HANDSHAKING) {
    if (!deliver_one (&server))
      g_assert_true (deliver_one (&client));
  }
  g_queue_clear_full (&client.inbox, (GDestroyNotify)g_bytes_unref);
  sent = server.sent;
  wait_for_timer (&server, &client);
  while (deliver_one (&server))
    continue;
  g_assert_cmpuint (server.sent, >, sent);
  while (deliver_one (&client))
    continue;
  assert_keys_agree (&server, &client, CR_SRTP_AEAD_AES_128_GCM);

  cr_dtls_close (server.dtls);
  while (deliver_one (&client))
    continue;
  g_assert_cmpint (cr_dtls_get_state (client.dtls), ==, CR_DTLS_CLOSED);
  cr_dtls_close (client.dtls);
  while (deliver_one (&server))
    continue;
  clear_pair (&server, &client);
}

/* One record with bytes `from` to `to` of a ClientHello's body (RFC 6347 sections 4.1 and 4.2.3). */
static GBytes *
make_fragment (const guint8 *hello, guint from, guint to, guint8 record_number)
{
  guint n = to - from;
  GByteArray *record = g_byte_array_new ();

  g_byte_array_append (record, hello, 25); /* record and handshake headers */
  record->data[10] = record_number;
  record->data[11] = (guint8)((n + 12) >> 8);
  record->data[12] = (guint8)(n + 12);
  record->data[19] = 0;
  record->data[20] = (guint8)(from >> 8);
  record->data[21] = (guint8)from;
  record->data[22] = 0;
  record->data[23] = (guint8)(n >> 8);
  record->data[24] = (guint8)n;
  g_byte_array_append (record, hello + 25 + from, n);
  return g_byte_array_free_to_bytes (record);
}

/* A browser's hello comes in two fragments, here even in the wrong order. */
static void
test_fragmented_hello (void)
{
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  g_autoptr (GBytes) whole = NULL;
  const guint8 *hello;
  End server, client;
  guint body_bytes;

  make_pair (&server, relay, &client, relay);
  cr_dtls_start (client.dtls);
  whole = g_queue_pop_head (&server.inbox);
  hello = g_bytes_get_data (whole, NULL);
  body_bytes = (guint)g_bytes_get_size (whole) - 25;
  g_queue_push_tail (&server.inbox, make_fragment (hello, 50, body_bytes, 0));
  g_queue_push_tail (&server.inbox, make_fragment (hello, 0, 50, 40)); /* far from the client's own numbers */
  g_assert_cmpuint (run_until_settled (&server, &client), ==, 0);
  assert_keys_agree (&server, &client, CR_SRTP_AEAD_AES_128_GCM);
  clear_pair (&server, &client);
}

/* Junk changes nothing. */
static void
test_junk (void)
{
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  g_autoptr (GRand) chance = g_rand_new_with_seed (4);
  guint8 junk[200];
  End server, client;

  make_pair (&server, relay, &client, relay);
  for (guint i = 0; i < 200; i++) {
    for (guint j = 0; j < sizeof junk; j++)
      junk[j] = (guint8)g_rand_int (chance);
    junk[0] = (guint8)g_rand_int_range (chance, 20, 64);
    if (i == 100) {
      run_until_settled (&server, &client);
      assert_keys_agree (&server, &client, CR_SRTP_AEAD_AES_128_GCM);
    }
    cr_dtls_receive (server.dtls, junk, (gsize)g_rand_int_range (chance, 1, sizeof junk));
  }
  g_assert_cmpint (cr_dtls_get_state (server.dtls), ==, CR_DTLS_CONNECTED);
  clear_pair (&server, &client);
}

/* Half open: a ClientHello has come and was answered. */
static void
test_memory (void)
{
  enum { N = 64 };
  g_autoptr (CrDtlsIdentity) relay = cr_dtls_identity_new (NULL);
  g_autoptr (CrDtlsIdentity) guest = cr_dtls_identity_new (NULL);
  static End servers[N], clients[N];
  gsize before, half_open, done;

  before = mallinfo2 ().uordblks;
  for (guint i = 0; i < N; i++) {
    make_pair (&servers[i], relay, &clients[i], guest);
    cr_dtls_start (clients[i].dtls);
    g_assert_true (deliver_one (&servers[i]));
  }
  half_open = mallinfo2 ().uordblks;
  for (guint i = 0; i < N; i++) {
    run_until_settled (&servers[i], &clients[i]);
    assert_keys_agree (&servers[i], &clients[i], CR_SRTP_AEAD_AES_128_GCM);
  }
  done = mallinfo2 ().uordblks;
  for (guint i = 0; i < N; i++)
    clear_pair (&servers[i], &clients[i]);

  g_test_message ("a pair costs %zu bytes half open, %zu connected", (half_open - before) / N,
                  (done - before) / N);
#ifndef __SANITIZE_ADDRESS__ /* which has an allocator of its own */
  g_assert_cmpuint ((half_open - before) / N, <=, 2 * 80 * 1024);
  g_assert_cmpuint ((done - before) / N, <=, 2 * 48 * 1024);
#endif
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/dtls/gcm-first", test_gcm_first);
  g_test_add_func ("/dtls/counter-mode", test_counter_mode);
  g_test_add_func ("/dtls/no-common-profile", test_no_common_profile);
  g_test_add_func ("/dtls/loss", test_loss);
  g_test_add_func ("/dtls/first-timeout", test_first_timeout);
  g_test_add_data_func ("/dtls/wrong-fingerprint/client", GINT_TO_POINTER (FALSE), test_wrong_fingerprint);
  g_test_add_data_func ("/dtls/wrong-fingerprint/server", GINT_TO_POINTER (TRUE), test_wrong_fingerprint);
  g_test_add_func ("/dtls/fingerprint-forms", test_fingerprint_forms);
  g_test_add_func ("/dtls/close-notify", test_close_notify);
  g_test_add_func ("/dtls/repeated-flight", test_repeated_flight);
  g_test_add_func ("/dtls/fragmented-hello", test_fragmented_hello);
  g_test_add_func ("/dtls/junk", test_junk);
  g_test_add_func ("/dtls/memory", test_memory);
  return g_test_run ();
}

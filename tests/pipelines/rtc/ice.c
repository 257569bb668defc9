/* SPDX-License-Identifier: Apache-2.0
 *
 * Checks answered and not answered: the sample request of RFC 5769, checks made by libnice as a controlling
 * agent makes them, and messages bent out of shape.
 */
#include "rtc/ice.h"

#include <stun/stunagent.h>
#include <stun/usages/ice.h>
#include <string.h>

#define MAX_CHECK_BYTES 1024

static const CrIceCredentials ours = {"OurUfrag", "OurPasswordOf24Character"};
static const gchar theirs[] = "Thei";

typedef struct {
  StunAgent stun;
  CrIceAgent *agent;
  CrPath path;
  CrIceResult result;
  guint8 check[MAX_CHECK_BYTES + 8];
  gsize check_bytes;
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  static const uint16_t known[] = {STUN_ATTRIBUTE_USERNAME, STUN_ATTRIBUTE_MESSAGE_INTEGRITY,
                                   STUN_ATTRIBUTE_ERROR_CODE, STUN_ATTRIBUTE_XOR_MAPPED_ADDRESS, 0};

  memset (f, 0, sizeof *f);
  stun_agent_init (&f->stun, known, STUN_COMPATIBILITY_RFC5389,
                   STUN_AGENT_USAGE_SHORT_TERM_CREDENTIALS | STUN_AGENT_USAGE_USE_FINGERPRINT);
  f->agent = cr_ice_agent_new ();
  g_assert_true (cr_address_parse (&f->path.remote, "192.0.2.7", 40000));
  g_assert_true (cr_address_parse (&f->path.local, "192.0.2.1", 8443));
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_ice_agent_free (f->agent);
}

static void
make_check (Fixture *f, const gchar *username, const gchar *password, gboolean use_candidate,
            gboolean controlling, guint64 tie)
{
  StunMessage message;

  memset (f->check, 0, sizeof f->check);
  memset (f->stun.sent_ids, 0, sizeof f->stun.sent_ids); /* it remembers 200 and then refuses */
  f->check_bytes = stun_usage_ice_conncheck_create (
      &f->stun, &message, f->check, MAX_CHECK_BYTES, (const uint8_t *)username, strlen (username),
      (const uint8_t *)password, strlen (password), use_candidate, controlling, 0x6e0001ff, tie, NULL,
      STUN_USAGE_ICE_COMPATIBILITY_RFC5245);
  g_assert_cmpuint (f->check_bytes, >, 0);
}

/* Handles a copy whose end the sanitizer watches. */
static void
handle_as (Fixture *f, const CrIceCredentials *local, const gchar *remote_ufrag)
{
  g_autofree guint8 *copy = g_malloc0 (f->check_bytes + 8);

  memcpy (copy, f->check, f->check_bytes);
  cr_ice_agent_handle (f->agent, local, remote_ufrag, &f->path, copy, f->check_bytes, &f->result);
}

static void
handle (Fixture *f)
{
  handle_as (f, &ours, theirs);
}

static guint
error_code_of_reply (Fixture *f)
{
  StunMessage message = {.buffer = f->result.reply, .buffer_len = f->result.reply_bytes};
  int code = 0;

  g_assert_cmpint (stun_message_find_error (&message, &code), ==, STUN_MESSAGE_RETURN_SUCCESS);
  return (guint)code;
}

/* What a controlling agent makes of the reply: integrity, fingerprint, transaction and mapped address. */
static void
assert_reply_maps (Fixture *f, const gchar *ip, guint16 port)
{
  struct sockaddr_storage mapped;
  socklen_t mapped_bytes = sizeof mapped;
  CrAddress expected, actual;
  StunMessage message;

  g_assert_cmpint (f->result.verdict, ==, CR_ICE_REPLY);
  g_assert_cmpint (
      stun_agent_validate (&f->stun, &message, f->result.reply, f->result.reply_bytes, NULL, NULL), ==,
      STUN_VALIDATION_SUCCESS);
  g_assert_cmpint (stun_usage_ice_conncheck_process (&message, &mapped, &mapped_bytes,
                                                     STUN_USAGE_ICE_COMPATIBILITY_RFC5245),
                   ==, STUN_USAGE_ICE_RETURN_SUCCESS);
  g_assert_cmpint (mapped.ss_family, ==, strchr (ip, ':') != NULL ? AF_INET6 : AF_INET);
  cr_address_from_sockaddr (&actual, (struct sockaddr *)&mapped);
  g_assert_true (cr_address_parse (&expected, ip, port));
  g_assert_true (cr_address_equal (&actual, &expected));
}

static void
test_rfc5769_request (Fixture *f, gconstpointer data)
{
  static const guint8 request[] = {
      0x00, 0x01, 0x00, 0x58, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86,
      0xfa, 0x87, 0xdf, 0xae, 0x80, 0x22, 0x00, 0x10, 0x53, 0x54, 0x55, 0x4e, 0x20, 0x74, 0x65, 0x73,
      0x74, 0x20, 0x63, 0x6c, 0x69, 0x65, 0x6e, 0x74, 0x00, 0x24, 0x00, 0x04, 0x6e, 0x00, 0x01, 0xff,
      0x80, 0x29, 0x00, 0x08, 0x93, 0x2f, 0xf9, 0xb1, 0x51, 0x26, 0x3b, 0x36, 0x00, 0x06, 0x00, 0x09,
      0x65, 0x76, 0x74, 0x6a, 0x3a, 0x68, 0x36, 0x76, 0x59, 0x20, 0x20, 0x20, 0x00, 0x08, 0x00, 0x14,
      0x9a, 0xea, 0xa7, 0x0c, 0xbf, 0xd8, 0xcb, 0x56, 0x78, 0x1e, 0xf2, 0xb5, 0xb2, 0xd3, 0xf2, 0x49,
      0xc1, 0xb5, 0x71, 0xa2, 0x80, 0x28, 0x00, 0x04, 0xe5, 0x7a, 0x3b, 0xcf,
  };
  CrIceCredentials sample = {"evtj", "VOkJxbRl1RmTxUk/WvJxBt"};
  gchar ufrag[16];

  f->check_bytes = sizeof request;
  memcpy (f->check, request, sizeof request);
  g_assert_true (cr_ice_peek_ufrag (f->check, f->check_bytes, ufrag, sizeof ufrag));
  g_assert_cmpstr (ufrag, ==, "evtj");

  /* It says that it is the controlled side, and so are we: authentic, but a conflict. */
  handle_as (f, &sample, "h6vY");
  g_assert_cmpint (f->result.verdict, ==, CR_ICE_REPLY_ERROR);
  g_assert_cmpuint (error_code_of_reply (f), ==, 487);

  sample.password[0] ^= 1;
  handle_as (f, &sample, "h6vY");
  g_assert_cmpint (f->result.verdict, ==, CR_ICE_SILENT);
}

static void
test_ipv4 (Fixture *f, gconstpointer data)
{
  make_check (f, "OurUfrag:Thei", ours.password, FALSE, TRUE, 1);
  handle (f);
  g_assert_false (f->result.use_candidate);
  assert_reply_maps (f, "192.0.2.7", 40000);
}

static void
test_ipv6 (Fixture *f, gconstpointer data)
{
  g_assert_true (cr_address_parse (&f->path.remote, "2001:db8::7", 40001));
  make_check (f, "OurUfrag:Thei", ours.password, TRUE, TRUE, 1);
  handle (f);
  g_assert_true (f->result.use_candidate);
  assert_reply_maps (f, "2001:db8::7", 40001);
}

/* The largest tie-breaker would turn libnice's own idea of our role. */
static void
test_role_never_turns (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < 3; i++) {
    make_check (f, "OurUfrag:Thei", ours.password, FALSE, FALSE, i == 0 ? 0 : G_MAXUINT64);
    handle (f);
    g_assert_cmpint (f->result.verdict, ==, CR_ICE_REPLY_ERROR);
    g_assert_cmpuint (error_code_of_reply (f), ==, 487);
  }
  make_check (f, "OurUfrag:Thei", ours.password, FALSE, TRUE, G_MAXUINT64);
  handle (f);
  assert_reply_maps (f, "192.0.2.7", 40000);
}

static void
assert_silent (Fixture *f, const gchar *username, const gchar *password)
{
  make_check (f, username, password, TRUE, TRUE, 1);
  handle (f);
  g_assert_cmpint (f->result.verdict, ==, CR_ICE_SILENT);
  g_assert_cmpuint (f->result.reply_bytes, ==, 0);
  g_assert_false (f->result.use_candidate);
}

static void
test_silence (Fixture *f, gconstpointer data)
{
  assert_silent (f, "OurUfrag:Thei", "not the password at all.");
  assert_silent (f, "OurUfrag:Other", ours.password);
  assert_silent (f, "OurUfrag:Thei2", ours.password);
  assert_silent (f, "OurUfrag:The", ours.password);
  assert_silent (f, "OurUfrag", ours.password);
  assert_silent (f, "Thei:OurUfrag", ours.password);

  /* One flipped bit anywhere spoils it. */
  for (guint bit = 0; bit < 8 * f->check_bytes; bit++) {
    make_check (f, "OurUfrag:Thei", ours.password, TRUE, TRUE, 1);
    f->check[bit / 8] ^= (guint8)(1 << bit % 8);
    handle (f);
    g_assert_cmpint (f->result.verdict, ==, CR_ICE_SILENT);
  }
}

static void
test_long_remote_ufrag (Fixture *f, gconstpointer data)
{
  g_autofree gchar *remote = g_strnfill (256, 'r');
  g_autofree gchar *username = g_strdup_printf ("OurUfrag:%s", remote);

  g_assert_true (cr_address_parse (&f->path.remote, "2001:db8::7", 40001));
  make_check (f, username, ours.password, TRUE, TRUE, 1);
  handle_as (f, &ours, remote);
  assert_reply_maps (f, "2001:db8::7", 40001);
}

/* Writes an attribute between what is there and the integrity that is made anew. */
static void
make_check_with (Fixture *f, guint16 type, const guint8 *value, gsize n)
{
  StunMessage message;

  memset (f->check, 0, sizeof f->check);
  memset (f->stun.sent_ids, 0, sizeof f->stun.sent_ids); /* it remembers 200 and then refuses */
  g_assert_true (stun_agent_init_request (&f->stun, &message, f->check, MAX_CHECK_BYTES, STUN_BINDING));
  stun_message_append_bytes (&message, STUN_ATTRIBUTE_USERNAME, "OurUfrag:Thei", 13);
  stun_message_append_bytes (&message, (StunAttribute)type, value, n);
  f->check_bytes = stun_agent_finish_message (&f->stun, &message, (const uint8_t *)ours.password, 24);
  g_assert_cmpuint (f->check_bytes, >, 0);
}

static void
test_unknown_attribute (Fixture *f, gconstpointer data)
{
  make_check_with (f, 0x7abc, (const guint8 *)"abcd", 4); /* comprehension-required */
  handle (f);
  g_assert_cmpint (f->result.verdict, ==, CR_ICE_REPLY_ERROR);
  g_assert_cmpuint (error_code_of_reply (f), ==, 420);

  make_check_with (f, 0xfabc, (const guint8 *)"abcd", 4); /* comprehension-optional */
  handle (f);
  g_assert_cmpint (f->result.verdict, ==, CR_ICE_REPLY);
}

/* A MESSAGE-INTEGRITY shorter than 20, under a true FINGERPRINT: libnice would read past its end, so it must
 * not come so far. */
static void
test_short_integrity (Fixture *f, gconstpointer data)
{
  for (gsize n = 0; n < 20; n += 4) {
    static const guint8 zeros[20];
    StunMessage message;
    gchar ufrag[9];

    memset (f->check, 0, sizeof f->check);
    memset (f->stun.sent_ids, 0, sizeof f->stun.sent_ids);
    g_assert_true (stun_agent_init_request (&f->stun, &message, f->check, MAX_CHECK_BYTES, STUN_BINDING));
    stun_message_append_bytes (&message, STUN_ATTRIBUTE_USERNAME, "OurUfrag:Thei", 13);
    stun_message_append_bytes (&message, STUN_ATTRIBUTE_MESSAGE_INTEGRITY, zeros, n);
    f->check_bytes = stun_agent_finish_message (&f->stun, &message, NULL, 0);
    g_assert_cmpuint (f->check_bytes, >, 0);
    g_assert_false (cr_ice_peek_ufrag (f->check, f->check_bytes, ufrag, sizeof ufrag));
    handle (f);
    g_assert_cmpint (f->result.verdict, ==, CR_ICE_SILENT);
  }
}

static void
test_every_prefix (Fixture *f, gconstpointer data)
{
  gchar ufrag[9];
  gsize whole;

  make_check (f, "OurUfrag:Thei", ours.password, TRUE, TRUE, 1);
  whole = f->check_bytes;
  for (gsize n = 0; n < whole; n++) {
    f->check_bytes = n;
    if (n >= 4) { /* a header that agrees with the length, so that the attributes are reached */
      f->check[2] = 0;
      f->check[3] = (guint8)(n - 20);
    }
    handle (f);
    g_assert_cmpint (f->result.verdict, ==, CR_ICE_SILENT);
    cr_ice_peek_ufrag (f->check, n, ufrag, sizeof ufrag);
  }
}

static void
test_peek (Fixture *f, gconstpointer data)
{
  gchar ufrag[9];

  make_check (f, "OurUfrag:Thei", ours.password, TRUE, TRUE, 1);
  g_assert_true (cr_ice_peek_ufrag (f->check, f->check_bytes, ufrag, sizeof ufrag));
  g_assert_cmpstr (ufrag, ==, "OurUfrag");
  g_assert_false (cr_ice_peek_ufrag (f->check, f->check_bytes, ufrag, 8)); /* does not fit: not ours */
  make_check (f, "no colon", ours.password, TRUE, TRUE, 1);
  g_assert_false (cr_ice_peek_ufrag (f->check, f->check_bytes, ufrag, sizeof ufrag));
  make_check (f, ":Thei", ours.password, TRUE, TRUE, 1);
  g_assert_false (cr_ice_peek_ufrag (f->check, f->check_bytes, ufrag, sizeof ufrag));
}

static void
test_credentials (void)
{
  CrIceCredentials a, b;

  cr_ice_credentials_generate (&a);
  cr_ice_credentials_generate (&b);
  g_assert_cmpuint (strlen (a.ufrag), ==, CR_ICE_UFRAG_BYTES);
  g_assert_cmpuint (strlen (a.password), ==, CR_ICE_PASSWORD_BYTES);
  g_assert_cmpstr (a.ufrag, !=, b.ufrag);
  g_assert_cmpstr (a.password, !=, b.password);
  for (const gchar *p = a.password; *p != '\0'; p++)
    g_assert_true (g_ascii_isalnum (*p) || *p == '+' || *p == '/');
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/ice/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("rfc5769-request", test_rfc5769_request);
  ADD ("ipv4", test_ipv4);
  ADD ("ipv6", test_ipv6);
  ADD ("role-never-turns", test_role_never_turns);
  ADD ("silence", test_silence);
  ADD ("long-remote-ufrag", test_long_remote_ufrag);
  ADD ("unknown-attribute", test_unknown_attribute);
  ADD ("short-integrity", test_short_integrity);
  ADD ("every-prefix", test_every_prefix);
  ADD ("peek", test_peek);
  g_test_add_func ("/ice/credentials", test_credentials);
  return g_test_run ();
}

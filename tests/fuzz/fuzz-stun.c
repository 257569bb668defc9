/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: connectivity checks, as they come and with a right signature around them.
 *
 *   byte: bit 0 sign it, bit 1 from an IPv6 address; then the message, or the attributes to be signed
 */
#include "fuzz-input.h"
#include "stun-check.h"

#include "rtc/ice.h"
#include "rtc/media-types.h"

static const CrIceCredentials ours = {"OurUfrag", "OurPasswordOf24Character"};
static const gchar theirs[] = "Thei";

static void
handle (CrIceAgent *agent, gboolean ipv6, guint8 *data, gsize length_bytes)
{
  CrPath path = {0};
  CrIceResult result;
  gchar ufrag[CR_ICE_UFRAG_BYTES + 1];

  g_assert_true (cr_address_parse (&path.remote, ipv6 ? "2001:db8::7" : "192.0.2.7", 40000));
  g_assert_true (cr_address_parse (&path.local, ipv6 ? "2001:db8::1" : "192.0.2.1", 8443));
  if (cr_ice_peek_ufrag (data, length_bytes, ufrag, sizeof ufrag))
    g_assert_cmpuint (strlen (ufrag), <, sizeof ufrag);

  cr_ice_agent_handle (agent, &ours, theirs, &path, data, length_bytes, &result);
  if (result.verdict == CR_ICE_SILENT) {
    g_assert_cmpuint (result.reply_bytes, ==, 0);
    g_assert_false (result.use_candidate);
  } else {
    g_assert_cmpuint (result.reply_bytes, >=, 20);
    g_assert_cmpuint (result.reply_bytes, <=, sizeof result.reply);
  }
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_writer_func (fuzz_write_log, NULL, NULL);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  static CrIceAgent *agent;
  FuzzInput input = {data, size};
  guint8 flags = fuzz_input_byte (&input);
  g_autofree guint8 *copy = NULL;
  gsize n = MIN (input.length_bytes, CR_MAX_DATAGRAM_BYTES);

  if (agent == NULL)
    agent = cr_ice_agent_new ();
  if (flags & 1) {
    guint8 check[STUN_CHECK_MAX_BYTES];

    n = stun_check_write (check, "OurUfrag:Thei", ours.password, input.data, n);
    if (n == 0)
      return 0;
    copy = g_malloc0 (n + 8);
    memcpy (copy, check, n);
  } else {
    copy = g_malloc0 (n + 8);
    if (n > 0)
      memcpy (copy, input.data, n);
  }
  handle (agent, (flags & 2) != 0, copy, n);
  return 0;
}

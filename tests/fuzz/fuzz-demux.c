/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: everything that may reach one peer of a real worker before it is connected. The input is a
 * script of datagrams from a few addresses; those of SRTP and SRTCP are opened with a fixed key beside it.
 *
 *   byte: bit 0 the peer is the DTLS client; then steps:
 *   byte: bits 0-1 0 datagram, 1 signed check, 2 signed check that nominates, 3 ICE restart;
 *         bits 4-5 from which address; two bytes of length and the datagram or the attributes of the check
 */
#include "fuzz-input.h"
#include "stun-check.h"

#include "base/log.h"
#include "rtc/demux.h"
#include "rtc/media-types.h"
#include "rtc/peer.h"
#include "rtc/srtp-open.h"

#define MAX_STEPS 32

static const CrIceCredentials generations[] = {{"OurUfrag", "OurPasswordOf24Character"},
                                               {"NewUfrag", "NewPasswordOf24Character"}};
static const gchar *const usernames[] = {"OurUfrag:Thei", "NewUfrag:Thei"};

static CrWorker *worker;
static CrDtlsIdentity *identity;

static void
on_connected (CrPeer *peer, gpointer data)
{
}

static void
on_packet (CrPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
}

static void
on_closed (CrPeer *peer, CrPeerEnd end, gpointer data)
{
}

static const CrPeerHandler handler = {on_connected, on_packet, on_packet, on_closed};

/* Replies go to the discard port of this machine, where nobody listens. */
static void
fill_path (CrPath *path, guint from)
{
  g_autofree gchar *ip = g_strdup_printf ("127.0.0.%u", from + 1);

  memset (path, 0, sizeof *path);
  g_assert_true (cr_address_parse (&path->remote, ip, 9));
  g_assert_true (cr_address_parse (&path->local, "127.0.0.1", cr_worker_get_port (worker)));
}

static void
open_srtp (const guint8 *data, gsize length_bytes)
{
  static const CrSrtpKeys keys = {CR_SRTP_AEAD_AES_128_GCM, 28, {1, 2, 3}, {4, 5, 6}};
  static CrSrtpOpen *open;
  CrPacketKind kind = cr_demux (data, length_bytes);
  g_autofree guint8 *copy = g_memdup2 (data, length_bytes);

  if (open == NULL)
    open = cr_srtp_open_new (&keys);
  if ((kind == CR_PACKET_RTP && cr_srtp_open_rtp (open, copy, &length_bytes)) ||
      (kind == CR_PACKET_RTCP && cr_srtp_open_rtcp (open, copy, &length_bytes)))
    g_error ("a forgery was opened");
}

static void
run_step (CrPeer *peer, FuzzInput *input, guint *generation, gint64 now_us)
{
  guint8 step = fuzz_input_byte (input);
  gsize length;
  g_autofree guint8 *piece = fuzz_input_piece (input, CR_MAX_DATAGRAM_BYTES, 8, &length);
  CrPath path;

  fill_path (&path, step >> 4 & 3);
  if ((step & 3) == 0) {
    cr_peer_receive (peer, &path, piece, length, now_us);
    open_srtp (piece, length);
  } else if ((step & 3) == 3) {
    *generation ^= 1;
    cr_peer_restart_ice (peer, &generations[*generation], "Thei");
  } else {
    static const guint8 use_candidate[] = {0, 0x25, 0, 0};
    g_autofree guint8 *check = g_malloc0 (STUN_CHECK_MAX_BYTES + 8);
    g_autoptr (GByteArray) attributes = g_byte_array_new ();

    if ((step & 3) == 2)
      g_byte_array_append (attributes, use_candidate, sizeof use_candidate);
    g_byte_array_append (attributes, piece, (guint)length);
    length = stun_check_write (check, usernames[*generation], generations[*generation].password,
                               attributes->data, attributes->len);
    if (length > 0)
      cr_peer_receive (peer, &path, check, length, now_us);
  }
}

static void
run_script (gpointer data)
{
  FuzzInput *input = data;
  CrDtlsRole role = fuzz_input_byte (input) & 1 ? CR_DTLS_CLIENT : CR_DTLS_SERVER;
  CrPeer *peer = cr_peer_new (
      "fuzz", identity, &generations[0], "Thei",
      "sha-256 "
      "00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF",
      role);
  gint64 now_us = cr_worker_now_us (worker);
  guint generation = 0;

  cr_peer_start (peer, worker, &handler, NULL);
  for (guint i = 0; i < MAX_STEPS && !fuzz_input_at_end (input) && cr_peer_get_state (peer) != CR_PEER_CLOSED;
       i++)
    run_step (peer, input, &generation, now_us + i);
  g_assert_cmpint (cr_peer_get_state (peer), !=, CR_PEER_CONNECTED);
  cr_peer_stop (peer);
  cr_peer_free (peer);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  static const gchar *const addresses[] = {"127.0.0.1", NULL};
  CrWorkerConfig config = {.addresses = addresses, .udp = TRUE};
  g_autoptr (GError) error = NULL;

  g_log_set_writer_func (fuzz_write_log, NULL, NULL);
  cr_log_set_level (CR_LOG_ERROR);
  identity = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  worker = cr_worker_new (&config, &error);
  g_assert_no_error (error);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = {data, size};

  cr_media_invoke_sync (worker, run_script, &input);
  return 0;
}

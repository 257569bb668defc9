/* SPDX-License-Identifier: Apache-2.0
 *
 *   NiceAgent (one stream, one component: rtcp-mux) -> demux (RFC 7983) -> CrDtls | CrSrtpOpen -> handler
 */
#include "nice-peer.h"

#include "rtc/demux.h"
#include "rtc/media-types.h"
#include "rtc/rtcp-out.h"
#include "rtc/srtp-open.h"
#include "rtc/srtp-seal.h"
#include <gio/gio.h>
#include <gst/sdp/sdp.h>
#include <nice/agent.h>
#include <string.h>
#include <sys/socket.h>

#define COMPONENT 1

#define RECEIVE_BUFFER_BYTES (1024 * 1024)

struct CrNicePeer {
  CrDtlsIdentity *identity;
  const CrNicePeerHandler *handler;
  gpointer data;
  NiceAgent *agent;
  guint stream;
  gchar *ufrag, *password;
  gchar **candidates;
  CrDtls *dtls;
  gboolean shaking_hands; /* the ClientHello is out */
  guint dtls_timer;
  CrSrtpOpen *open;
  CrSrtpSeal *seal;
  CrSrtpProfile profile;
  gboolean connected, closed;
  guint closing; /* idle source: libnice calls back from within itself */
  gchar *reason;
};

static gboolean
on_closing (gpointer data)
{
  CrNicePeer *peer = data;

  peer->closing = 0;
  peer->handler->on_closed (peer, peer->reason, peer->data);
  return G_SOURCE_REMOVE;
}

static void
close_later (CrNicePeer *peer, const gchar *reason)
{
  if (peer->closed)
    return;
  peer->closed = TRUE;
  peer->connected = FALSE;
  peer->reason = g_strdup (reason);
  peer->closing = g_idle_add (on_closing, peer);
}

static void
send_dtls (const guint8 *data, gsize length_bytes, gpointer user)
{
  CrNicePeer *peer = user;

  nice_agent_send (peer->agent, peer->stream, COMPONENT, length_bytes, (const gchar *)data);
}

static gboolean on_dtls_timeout (gpointer data);

/* After everything that was done with DTLS. */
static void
follow_dtls (CrNicePeer *peer, CrDtlsState state)
{
  gint64 timeout_us;

  g_clear_handle_id (&peer->dtls_timer, g_source_remove);
  if (state == CR_DTLS_FAILED) {
    close_later (peer, cr_dtls_get_failure (peer->dtls));
    return;
  }
  if (state == CR_DTLS_CLOSED) {
    close_later (peer, "the relay said goodbye");
    return;
  }
  if (state == CR_DTLS_CONNECTED && !peer->connected && !peer->closed) {
    const CrSrtpKeys *keys = cr_dtls_get_keys (peer->dtls);

    peer->open = cr_srtp_open_new (keys);
    peer->seal = cr_srtp_seal_new (keys);
    peer->profile = keys->profile;
    peer->connected = TRUE;
    peer->handler->on_connected (peer, peer->data);
    return;
  }
  timeout_us = cr_dtls_get_timeout_us (peer->dtls);
  if (timeout_us >= 0)
    peer->dtls_timer = g_timeout_add ((guint)(timeout_us / 1000) + 1, on_dtls_timeout, peer);
}

static gboolean
on_dtls_timeout (gpointer data)
{
  CrNicePeer *peer = data;

  peer->dtls_timer = 0;
  follow_dtls (peer, cr_dtls_handle_timeout (peer->dtls));
  return G_SOURCE_REMOVE;
}

static void
on_received (NiceAgent *agent, guint stream, guint component, guint length, gchar *buffer, gpointer data)
{
  CrNicePeer *peer = data;
  guint8 *packet = (guint8 *)buffer;
  gsize length_bytes = length;
  CrPacketKind kind = cr_demux (packet, length_bytes);
  gint64 now_us = g_get_monotonic_time ();

  if (peer->closed)
    return;
  if (kind == CR_PACKET_DTLS && peer->dtls != NULL)
    follow_dtls (peer, cr_dtls_receive (peer->dtls, packet, length_bytes));
  else if (kind == CR_PACKET_RTP && peer->connected && cr_srtp_open_rtp (peer->open, packet, &length_bytes))
    peer->handler->on_rtp (peer, packet, length_bytes, now_us, peer->data);
  else if (kind == CR_PACKET_RTCP && peer->connected && cr_srtp_open_rtcp (peer->open, packet, &length_bytes))
    peer->handler->on_rtcp (peer, packet, length_bytes, now_us, peer->data);
}

static void
on_state_changed (NiceAgent *agent, guint stream, guint component, guint state, gpointer data)
{
  CrNicePeer *peer = data;

  if (state == NICE_COMPONENT_STATE_FAILED)
    close_later (peer, "ICE failed");
  if (state != NICE_COMPONENT_STATE_CONNECTED && state != NICE_COMPONENT_STATE_READY)
    return;
  if (peer->dtls == NULL || peer->shaking_hands)
    return;
  peer->shaking_hands = TRUE;
  cr_dtls_start (peer->dtls);
  follow_dtls (peer, cr_dtls_get_state (peer->dtls));
}

/* "a=candidate:…" as libnice writes it. */
static void
collect_candidates (CrNicePeer *peer)
{
  GSList *candidates = nice_agent_get_local_candidates (peer->agent, peer->stream, COMPONENT);
  g_autoptr (GStrvBuilder) values = g_strv_builder_new ();

  for (GSList *item = candidates; item != NULL; item = item->next) {
    g_autofree gchar *line = nice_agent_generate_local_candidate_sdp (peer->agent, item->data);

    if (g_str_has_prefix (line, "a=candidate:"))
      g_strv_builder_add (values, line + strlen ("a=candidate:"));
  }
  g_slist_free_full (candidates, (GDestroyNotify)nice_candidate_free);
  peer->candidates = g_strv_builder_end (values);
}

/* The default holds hardly a hundred packets: less than a keyframe and what comes while fifty agents wait for
 * their turn. The kernel grants net.core.rmem_max at most. */
static void
widen_sockets (CrNicePeer *peer)
{
  g_autoptr (GPtrArray) sockets = nice_agent_get_sockets (peer->agent, peer->stream, COMPONENT);

  for (guint i = 0; sockets != NULL && i < sockets->len; i++)
    g_socket_set_option (sockets->pdata[i], SOL_SOCKET, SO_RCVBUF, RECEIVE_BUFFER_BYTES, NULL);
}

static void
add_loopback (CrNicePeer *peer)
{
  for (const gchar *const *text = (const gchar *const[]){"127.0.0.1", "::1", NULL}; *text != NULL; text++) {
    NiceAddress address;

    nice_address_init (&address);
    if (nice_address_set_from_string (&address, *text))
      nice_agent_add_local_address (peer->agent, &address);
  }
}

CrNicePeer *
cr_nice_peer_new (CrDtlsIdentity *identity, gboolean loopback, const CrNicePeerHandler *handler,
                  gpointer data, GError **error)
{
  g_autoptr (CrNicePeer) peer = g_new0 (CrNicePeer, 1);

  peer->identity = identity;
  peer->handler = handler;
  peer->data = data;
  peer->agent = nice_agent_new_full (g_main_context_get_thread_default (), NICE_COMPATIBILITY_RFC5245,
                                     NICE_AGENT_OPTION_CONSENT_FRESHNESS | NICE_AGENT_OPTION_ICE_TRICKLE);
  g_object_set (peer->agent, "upnp", FALSE, "controlling-mode", TRUE, "ice-tcp", FALSE, NULL);
  if (loopback)
    add_loopback (peer);
  peer->stream = nice_agent_add_stream (peer->agent, COMPONENT);
  g_signal_connect (peer->agent, "component-state-changed", G_CALLBACK (on_state_changed), peer);
  nice_agent_attach_recv (peer->agent, peer->stream, COMPONENT, g_main_context_get_thread_default (),
                          on_received, peer);
  if (!nice_agent_gather_candidates (peer->agent, peer->stream) ||
      !nice_agent_get_local_credentials (peer->agent, peer->stream, &peer->ufrag, &peer->password)) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_FAILED, "no local candidate could be gathered");
    return NULL;
  }
  collect_candidates (peer);
  widen_sockets (peer);
  return g_steal_pointer (&peer);
}

void
cr_nice_peer_free (CrNicePeer *peer)
{
  g_clear_handle_id (&peer->dtls_timer, g_source_remove);
  g_clear_handle_id (&peer->closing, g_source_remove);
  if (peer->agent != NULL)
    g_signal_handlers_disconnect_by_data (peer->agent, peer);
  if (peer->stream != 0) {
    nice_agent_attach_recv (peer->agent, peer->stream, COMPONENT, g_main_context_get_thread_default (), NULL,
                            NULL);
    nice_agent_remove_stream (peer->agent, peer->stream);
  }
  g_clear_pointer (&peer->dtls, cr_dtls_free);
  g_clear_object (&peer->agent);
  g_clear_pointer (&peer->open, cr_srtp_open_free);
  g_clear_pointer (&peer->seal, cr_srtp_seal_free);
  g_strfreev (peer->candidates);
  g_free (peer->ufrag);
  g_free (peer->password);
  g_free (peer->reason);
  g_free (peer);
}

const gchar *
cr_nice_peer_get_ufrag (CrNicePeer *peer)
{
  return peer->ufrag;
}

const gchar *
cr_nice_peer_get_password (CrNicePeer *peer)
{
  return peer->password;
}

const gchar *const *
cr_nice_peer_get_candidates (CrNicePeer *peer)
{
  return (const gchar *const *)peer->candidates;
}

CrSrtpProfile
cr_nice_peer_get_profile (CrNicePeer *peer)
{
  return peer->profile;
}

/* An attribute of the session or, failing that, of the first line of the BUNDLE. */
static const gchar *
find_attribute (const GstSDPMessage *message, const gchar *name)
{
  const gchar *value = gst_sdp_message_get_attribute_val (message, name);

  if (value == NULL && gst_sdp_message_medias_len (message) > 0)
    value = gst_sdp_media_get_attribute_val (gst_sdp_message_get_media (message, 0), name);
  return value;
}

static GSList *
read_candidates (CrNicePeer *peer, const GstSDPMessage *message)
{
  const GstSDPMedia *media = gst_sdp_message_get_media (message, 0);
  GSList *candidates = NULL;

  for (guint i = 0;; i++) {
    const gchar *value = gst_sdp_media_get_attribute_val_n (media, "candidate", i);
    g_autofree gchar *line = NULL;
    NiceCandidate *candidate;

    if (value == NULL)
      return g_slist_reverse (candidates);
    line = g_strdup_printf ("a=candidate:%s", value);
    candidate = nice_agent_parse_remote_candidate_sdp (peer->agent, peer->stream, line);
    if (candidate != NULL)
      candidates = g_slist_prepend (candidates, candidate);
  }
}

static gboolean
apply_answer (CrNicePeer *peer, const GstSDPMessage *message, GError **error)
{
  const gchar *ufrag = find_attribute (message, "ice-ufrag");
  const gchar *password = find_attribute (message, "ice-pwd");
  const gchar *fingerprint = find_attribute (message, "fingerprint");
  const gchar *setup = find_attribute (message, "setup");
  GSList *candidates;

  if (ufrag == NULL || password == NULL || fingerprint == NULL) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA,
                         "the answer lacks ICE credentials or a fingerprint");
    return FALSE;
  }
  peer->dtls =
      cr_dtls_new (peer->identity, g_strcmp0 (setup, "active") == 0 ? CR_DTLS_SERVER : CR_DTLS_CLIENT,
                   fingerprint, send_dtls, peer);
  candidates = read_candidates (peer, message);
  nice_agent_set_remote_credentials (peer->agent, peer->stream, ufrag, password);
  nice_agent_set_remote_candidates (peer->agent, peer->stream, COMPONENT, candidates);
  nice_agent_peer_candidate_gathering_done (peer->agent, peer->stream);
  g_slist_free_full (candidates, (GDestroyNotify)nice_candidate_free);
  return TRUE;
}

gboolean
cr_nice_peer_start (CrNicePeer *peer, const gchar *answer_sdp, GError **error)
{
  GstSDPMessage *message = NULL;
  gboolean applied;

  if (*answer_sdp == '\0' || gst_sdp_message_new_from_text (answer_sdp, &message) != GST_SDP_OK ||
      gst_sdp_message_medias_len (message) == 0) {
    g_clear_pointer (&message, gst_sdp_message_free);
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not SDP");
    return FALSE;
  }
  applied = apply_answer (peer, message, error);
  gst_sdp_message_free (message);
  return applied;
}

gboolean
cr_nice_peer_send_rtcp (CrNicePeer *peer, const guint8 *compound, gsize length_bytes)
{
  guint8 sealed[CR_RTCP_MAX_BYTES + CR_SRTCP_MAX_TRAILER_BYTES];

  if (!peer->connected || length_bytes > CR_RTCP_MAX_BYTES)
    return FALSE;
  memcpy (sealed, compound, length_bytes);
  return cr_srtp_seal_rtcp (peer->seal, sealed, &length_bytes) &&
         nice_agent_send (peer->agent, peer->stream, COMPONENT, length_bytes, (const gchar *)sealed) > 0;
}

void
cr_nice_peer_close (CrNicePeer *peer)
{
  if (peer->dtls != NULL && !peer->closed)
    cr_dtls_close (peer->dtls);
  peer->closed = TRUE;
  peer->connected = FALSE;
}

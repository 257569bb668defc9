/* SPDX-License-Identifier: Apache-2.0
 *
 * Two small adapters; nothing is decided here.
 */
#include "transport.h"

struct CrTransport {
  const CrTransportShared *shared;
  const CrTransportHandler *handler;
  gpointer data;
  CrNicePeer *nice; /* one of the two */
  CrLightPeer *light;
};

static void
on_nice_connected (CrNicePeer *peer, gpointer data)
{
  CrTransport *transport = data;

  transport->handler->on_connected (transport->data);
}

static void
on_nice_rtp (CrNicePeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  CrTransport *transport = data;

  transport->handler->on_rtp (packet, length_bytes, arrival_us, transport->data);
}

static void
on_nice_rtcp (CrNicePeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  CrTransport *transport = data;

  transport->handler->on_rtcp (packet, length_bytes, arrival_us, transport->data);
}

static void
on_nice_closed (CrNicePeer *peer, const gchar *reason, gpointer data)
{
  CrTransport *transport = data;

  transport->handler->on_closed (reason, transport->data);
}

static const CrNicePeerHandler nice_handler = {on_nice_connected, on_nice_rtp, on_nice_rtcp, on_nice_closed};

static void
on_light_connected (CrLightPeer *peer, gpointer data)
{
  CrTransport *transport = data;

  transport->handler->on_connected (transport->data);
}

/* The kernel's stamp is of the wall clock. */
static gint64
stamped_us (CrTransport *transport, gint64 read_us)
{
  gint64 stamp_ns = cr_light_loop_get_stamp_ns (transport->shared->loop);

  return stamp_ns == 0 ? read_us : g_get_monotonic_time () - (g_get_real_time () - stamp_ns / 1000);
}

static void
on_light_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  CrTransport *transport = data;

  transport->handler->on_rtp (packet, length_bytes, stamped_us (transport, arrival_us), transport->data);
}

static void
on_light_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  CrTransport *transport = data;

  transport->handler->on_rtcp (packet, length_bytes, arrival_us, transport->data);
}

static void
on_light_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  static const gchar *const reasons[] = {
      [CR_LIGHT_END_CLOSE_NOTIFY] = "the relay said goodbye",
      [CR_LIGHT_END_EXPIRED] = "ICE failed",
      [CR_LIGHT_END_DTLS_FAILED] = "DTLS failed",
      [CR_LIGHT_END_LINK_CLOSED] = "the connection ended",
  };
  CrTransport *transport = data;

  transport->handler->on_closed (reasons[end], transport->data);
}

static const CrLightPeerHandler light_handler = {on_light_connected, on_light_rtp, on_light_rtcp,
                                                 on_light_closed};

CrTransport *
cr_transport_new (CrTransportKind kind, const CrTransportShared *shared, const CrTransportHandler *handler,
                  gpointer data, GError **error)
{
  g_autoptr (CrTransport) transport = g_new0 (CrTransport, 1);

  transport->shared = shared;
  transport->handler = handler;
  transport->data = data;
  if (kind == CR_TRANSPORT_NICE) {
    transport->nice = cr_nice_peer_new (shared->identity, shared->loopback, &nice_handler, transport, error);
    if (transport->nice == NULL)
      return NULL;
  } else {
    transport->light = cr_light_peer_new (shared->loop, shared->identity, &light_handler, transport);
    cr_light_peer_set_transport (transport->light, CR_LIGHT_UDP_OR_TCP);
    if (shared->stamp_arrivals)
      cr_light_peer_stamp_arrivals (transport->light);
  }
  return g_steal_pointer (&transport);
}

void
cr_transport_free (CrTransport *transport)
{
  g_clear_pointer (&transport->nice, cr_nice_peer_free);
  g_clear_pointer (&transport->light, cr_light_peer_free);
  g_free (transport);
}

const gchar *
cr_transport_get_ufrag (CrTransport *transport)
{
  return transport->nice != NULL ? cr_nice_peer_get_ufrag (transport->nice)
                                 : cr_light_peer_get_ufrag (transport->light);
}

const gchar *
cr_transport_get_password (CrTransport *transport)
{
  return transport->nice != NULL ? cr_nice_peer_get_password (transport->nice)
                                 : cr_light_peer_get_password (transport->light);
}

const gchar *
cr_transport_get_fingerprint (CrTransport *transport)
{
  return cr_dtls_identity_get_fingerprint (transport->shared->identity);
}

const gchar *const *
cr_transport_get_candidates (CrTransport *transport)
{
  return transport->nice != NULL ? cr_nice_peer_get_candidates (transport->nice) : NULL;
}

gboolean
cr_transport_start (CrTransport *transport, const gchar *answer, GError **error)
{
  return transport->nice != NULL ? cr_nice_peer_start (transport->nice, answer, error)
                                 : cr_light_peer_start (transport->light, answer, error);
}

CrSrtpProfile
cr_transport_get_profile (CrTransport *transport)
{
  return transport->nice != NULL ? cr_nice_peer_get_profile (transport->nice)
                                 : cr_light_peer_get_profile (transport->light);
}

gboolean
cr_transport_send_rtcp (CrTransport *transport, const guint8 *compound, gsize length_bytes)
{
  return transport->nice != NULL ? cr_nice_peer_send_rtcp (transport->nice, compound, length_bytes)
                                 : cr_light_peer_send_rtcp (transport->light, compound, length_bytes);
}

void
cr_transport_close (CrTransport *transport)
{
  if (transport->nice != NULL)
    cr_nice_peer_close (transport->nice);
  else
    cr_light_peer_close (transport->light);
}

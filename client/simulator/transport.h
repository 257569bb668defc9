/* SPDX-License-Identifier: Apache-2.0
 *
 * The transport of a simulated classroom, whichever it is made of: libnice's full ICE agent, or the light
 * peer.
 *
 * Thread: the one of the default main context.
 */
#pragma once

#include "light-peer.h"
#include "nice-peer.h"

G_BEGIN_DECLS

typedef struct CrTransport CrTransport;

typedef enum { CR_TRANSPORT_NICE, CR_TRANSPORT_LIGHT } CrTransportKind;

/* What all transports of a process share; outlives them. */
typedef struct {
  CrLightLoop *loop;
  CrDtlsIdentity *identity;
  gboolean loopback;       /* the relay is on this machine */
  gboolean stamp_arrivals; /* light: arrivals are when the kernel had the packet, not when it was read */
} CrTransportShared;

/* Only on_closed allows freeing the transport. */
typedef struct {
  void (*on_connected) (gpointer data);
  void (*on_rtp) (const guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data);
  void (*on_rtcp) (const guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data);
  void (*on_closed) (const gchar *reason, gpointer data);
} CrTransportHandler;

CrTransport *cr_transport_new (CrTransportKind kind, const CrTransportShared *shared,
                               const CrTransportHandler *handler, gpointer data,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_transport_free (CrTransport *transport);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTransport, cr_transport_free)

const gchar *cr_transport_get_ufrag (CrTransport *transport);
const gchar *cr_transport_get_password (CrTransport *transport);
const gchar *cr_transport_get_fingerprint (CrTransport *transport);
const gchar *const *cr_transport_get_candidates (CrTransport *transport); /* may be NULL */

gboolean cr_transport_start (CrTransport *transport, const gchar *answer,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrSrtpProfile cr_transport_get_profile (CrTransport *transport);
gboolean cr_transport_send_rtcp (CrTransport *transport, const guint8 *compound, gsize length_bytes);

/* Says goodbye. */
void cr_transport_close (CrTransport *transport);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a viewer's transport-wide feedback (draft-holmer-rmcat-transport-wide-cc-extensions-01) says of its
 * line: which of the packets sent arrived, and when. Kept here: loss, and the rate that arrived. Samples go
 * on to whoever estimates capacity.
 *
 * Thread: [media]; memory is fixed, 8 KiB per viewer.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  guint16 seq;
  guint16 bytes;
  gboolean received;
  gint64 sent_us;
  gint64 arrival_us; /* on the viewer's clock, only differences mean something; 0 when lost */
} CrBandwidthSample;

/* In the order of sequence numbers. */
typedef void (*CrBandwidthSampleFunc) (const CrBandwidthSample *sample, gpointer data);

typedef struct CrBandwidth CrBandwidth;

/* `func` may be NULL. */
CrBandwidth *cr_bandwidth_new (CrBandwidthSampleFunc func, gpointer data);
void cr_bandwidth_free (CrBandwidth *bandwidth);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrBandwidth, cr_bandwidth_free)

/* A packet left with this transport-wide sequence number. */
void cr_bandwidth_sent (CrBandwidth *bandwidth, guint16 seq, gsize bytes, gint64 now_us);

/* A whole feedback packet, RTCP header included. FALSE when it is malformed. */
gboolean cr_bandwidth_handle_feedback (CrBandwidth *bandwidth, const guint8 *packet, gsize length_bytes,
                                       gint64 now_us);

/* Of the last full second of feedback; 0 before. */
gdouble cr_bandwidth_get_loss_fraction (const CrBandwidth *bandwidth);
guint cr_bandwidth_get_delivered_kbps (const CrBandwidth *bandwidth);

G_END_DECLS

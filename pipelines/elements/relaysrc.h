/* SPDX-License-Identifier: Apache-2.0
 *
 * `relaysrc`: one publisher as a live GStreamer source, see relaysrc.c.
 */
#pragma once

#include "rtc/publisher.h"
#include <gst/gst.h>

G_BEGIN_DECLS

#define CR_TYPE_RELAY_SRC (cr_relay_src_get_type ())
G_DECLARE_FINAL_TYPE (CrRelaySrc, cr_relay_src, CR, RELAY_SRC, GstElement)
GST_ELEMENT_REGISTER_DECLARE (relaysrc)

/* What the element passes on beside media. Called on the worker's thread. */
typedef struct {
  void (*on_flowing) (CrRelaySrc *src, gboolean flowing,
                      gpointer data);                                /* media began, paused or came back */
  void (*on_closed) (CrRelaySrc *src, CrPeerEnd end, gpointer data); /* do not dispose of `src` inside */
} CrRelaySrcHandler;

/* Makes the publisher on `worker` from a peer and what was negotiated (both taken) and delivers its streams
 * on pads from now on; the element must be in PAUSED or PLAYING. Once in an element's life. [media] */
void cr_relay_src_publish (CrRelaySrc *src, CrWorker *worker, CrPeer *peer, CrNegotiation *negotiation,
                           const CrRelaySrcHandler *handler, gpointer data);

/* Ends the publisher (close_notify) and sends EOS on every pad. Idempotent. [media] */
void cr_relay_src_end (CrRelaySrc *src);

/* NULL before cr_relay_src_publish() and after cr_relay_src_end(). [media] */
CrPublisher *cr_relay_src_get_publisher (CrRelaySrc *src);

/* The publisher's number of the stream that a pad carries (publisher.h). [any] */
guint cr_relay_src_pad_get_stream (GstPad *pad);

/* The RID of a stream that has begun (RFC 8851); "" without simulcast. [media] */
const gchar *cr_relay_src_get_rid (CrRelaySrc *src, guint stream);

/* The layer that a pad carries: 0 for audio and for a single encoding. [any] */
guint cr_relay_src_pad_get_layer (GstPad *pad);
CrMediaKind cr_relay_src_pad_get_kind (GstPad *pad);

G_END_DECLS

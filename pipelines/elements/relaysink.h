/* SPDX-License-Identifier: Apache-2.0
 *
 * `relaysink`: all viewers of a lesson as one GStreamer sink, see relaysink.c.
 */
#pragma once

#include "rtc/fanout.h"
#include <gst/gst.h>

G_BEGIN_DECLS

#define CR_TYPE_RELAY_SINK (cr_relay_sink_get_type ())
G_DECLARE_FINAL_TYPE (CrRelaySink, cr_relay_sink, CR, RELAY_SINK, GstElement)
GST_ELEMENT_REGISTER_DECLARE (relaysink)

/* The sink's request pad: properties `slot` (a name as cr_slot_name() gives it, `audio:` before those of
 * audio), `layer` and `publisher` (cr_fanout_set_publisher()). */
#define CR_TYPE_RELAY_SINK_PAD (cr_relay_sink_pad_get_type ())
G_DECLARE_FINAL_TYPE (CrRelaySinkPad, cr_relay_sink_pad, CR, RELAY_SINK_PAD, GstPad)

/* A sink that sends through `worker`. */
GstElement *cr_relay_sink_new (CrWorker *worker);

/* Requests a pad for one stream. [media] */
GstPad *cr_relay_sink_request_stream (CrRelaySink *sink, CrSlot slot, guint layer);

/* See cr_fanout_purge_slot(); the slot's pads take nothing more, and are to be released. [media] */
void cr_relay_sink_purge_slot (CrRelaySink *sink, CrSlot slot);

/* NULL below READY. [media] */
CrFanout *cr_relay_sink_get_fanout (CrRelaySink *sink);

G_END_DECLS

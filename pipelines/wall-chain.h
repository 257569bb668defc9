/* SPDX-License-Identifier: Apache-2.0
 *
 * A bin of GStreamer elements between two pads of our own, without threads, clock or sink: what is pushed in
 * comes out before push() returns, in the thread that pushes, as in a test harness. The wall decodes and
 * encodes with such chains.
 *
 * Thread: [any], one at a time.
 */
#pragma once

#include <gst/gst.h>

G_BEGIN_DECLS

typedef struct CrWallChain CrWallChain;

typedef struct {
  void (*on_buffer) (GstBuffer *buffer, gpointer data); /* takes it */
  void (*on_caps) (GstCaps *caps, gpointer data);       /* what comes next; optional */
  void (*on_keyframe_wanted) (gpointer data);           /* an element asks upstream for one; optional */
} CrWallChainHandler;

/* Elements from a gst_parse_launch() description with one open end on each side, playing. NULL: an element is
 * not installed. `handler` must outlive the chain. */
CrWallChain *cr_wall_chain_new (const gchar *description, const CrWallChainHandler *handler, gpointer data);
void cr_wall_chain_free (CrWallChain *chain);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWallChain, cr_wall_chain_free)

/* By its name in the description; to be unreferenced. */
GstElement *cr_wall_chain_get_element (CrWallChain *chain, const gchar *name);

/* Once, before the first buffer: takes `caps`. */
void cr_wall_chain_begin (CrWallChain *chain, GstCaps *caps);

/* Takes `buffer`. FALSE: an element failed, the chain is of no use any more. */
gboolean cr_wall_chain_push (CrWallChain *chain, GstBuffer *buffer) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

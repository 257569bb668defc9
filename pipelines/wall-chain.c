/* SPDX-License-Identifier: Apache-2.0
 *
 *   feed pad -> elements of a bin -> out pad
 *
 * The pads belong to no element. No bus is set: an element's error comes back as the result of a push, and
 * goes no further.
 */
#include "wall-chain.h"

#include <gst/video/video.h>

struct CrWallChain {
  const CrWallChainHandler *handler;
  gpointer data;
  GstElement *bin;
  GstPad *feed, *out;
};

/* Upstream, what an element wants of the source. */
static gboolean
on_feed_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  CrWallChain *chain = gst_pad_get_element_private (pad);

  if (gst_video_event_is_force_key_unit (event) && chain->handler->on_keyframe_wanted != NULL)
    chain->handler->on_keyframe_wanted (chain->data);
  gst_event_unref (event);
  return TRUE;
}

static gboolean
on_out_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  CrWallChain *chain = gst_pad_get_element_private (pad);
  GstCaps *caps;

  if (GST_EVENT_TYPE (event) == GST_EVENT_CAPS && chain->handler->on_caps != NULL) {
    gst_event_parse_caps (event, &caps);
    chain->handler->on_caps (caps, chain->data);
  }
  gst_event_unref (event);
  return TRUE;
}

static GstFlowReturn
on_out_buffer (GstPad *pad, GstObject *parent, GstBuffer *buffer)
{
  CrWallChain *chain = gst_pad_get_element_private (pad);

  chain->handler->on_buffer (buffer, chain->data);
  return GST_FLOW_OK;
}

static GstPad *
make_pad (CrWallChain *chain, const gchar *name, GstPadDirection direction)
{
  GstPad *pad = gst_object_ref_sink (gst_pad_new (name, direction));

  gst_pad_set_element_private (pad, chain);
  return pad;
}

static void
link_pads (CrWallChain *chain)
{
  g_autoptr (GstPad) sink = gst_element_get_static_pad (chain->bin, "sink");
  g_autoptr (GstPad) src = gst_element_get_static_pad (chain->bin, "src");

  chain->feed = make_pad (chain, "feed", GST_PAD_SRC);
  gst_pad_set_event_function (chain->feed, on_feed_event);
  chain->out = make_pad (chain, "out", GST_PAD_SINK);
  gst_pad_set_event_function (chain->out, on_out_event);
  gst_pad_set_chain_function (chain->out, on_out_buffer);
  gst_pad_set_active (chain->feed, TRUE);
  gst_pad_set_active (chain->out, TRUE);
  gst_pad_link (chain->feed, sink);
  gst_pad_link (src, chain->out);
}

CrWallChain *
cr_wall_chain_new (const gchar *description, const CrWallChainHandler *handler, gpointer data)
{
  GstElement *bin =
      gst_parse_bin_from_description_full (description, TRUE, NULL, GST_PARSE_FLAG_FATAL_ERRORS, NULL);
  CrWallChain *chain;

  if (bin == NULL)
    return NULL;
  chain = g_new0 (CrWallChain, 1);
  chain->handler = handler;
  chain->data = data;
  chain->bin = gst_object_ref_sink (bin);
  link_pads (chain);
  gst_element_set_state (bin, GST_STATE_PLAYING);
  return chain;
}

void
cr_wall_chain_free (CrWallChain *chain)
{
  gst_element_set_state (chain->bin, GST_STATE_NULL);
  gst_pad_set_active (chain->feed, FALSE);
  gst_pad_set_active (chain->out, FALSE);
  gst_object_unref (chain->feed);
  gst_object_unref (chain->out);
  gst_object_unref (chain->bin);
  g_free (chain);
}

GstElement *
cr_wall_chain_get_element (CrWallChain *chain, const gchar *name)
{
  return gst_bin_get_by_name (GST_BIN (chain->bin), name);
}

void
cr_wall_chain_begin (CrWallChain *chain, GstCaps *caps)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  gst_pad_push_event (chain->feed, gst_event_new_stream_start ("wall"));
  gst_pad_push_event (chain->feed, gst_event_new_caps (caps));
  gst_pad_push_event (chain->feed, gst_event_new_segment (&segment));
  gst_caps_unref (caps);
}

gboolean
cr_wall_chain_push (CrWallChain *chain, GstBuffer *buffer)
{
  return gst_pad_push (chain->feed, buffer) == GST_FLOW_OK;
}

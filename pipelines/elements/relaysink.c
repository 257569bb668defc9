/* SPDX-License-Identifier: Apache-2.0
 *
 * `relaysink` is all viewers of a lesson as one sink. Each request pad `sink_%u` takes one RTP stream into
 * the slot and layer that its properties name; the element's fan-out sends it to every viewer of that slot at
 * the end of the worker's turn.
 *
 *   tee ──pad(slot, layer)──> relaysink ──cr_fanout_push──> CrFanout ──> viewers
 *   tee <──force-key-unit──── relaysink <──keyframe────────┘
 *
 * Buffers and pad changes come on the media worker's thread. The chain function always returns GST_FLOW_OK:
 * no viewer's trouble may stop a source. It never prerolls, and does not sync to the clock: packets leave as
 * they come.
 */
#include "elements/relaysink.h"

#include "rtc/sdp.h"
#include "rtc/sprop.h"
#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (relaysink_debug);
#define GST_CAT_DEFAULT relaysink_debug

struct _CrRelaySinkPad {
  GstPad parent;

  CrSlot slot;
  guint layer;
  guint publisher; /* 0: not told */
  gboolean ended;
  CrStream *stream; /* NULL until caps have come */
};

struct _CrRelaySink {
  GstElement parent;

  CrWorker *worker;
  CrFanout *fanout;
  guint next_pad;
};

enum { PROP_0, PROP_WORKER };
enum { PAD_PROP_0, PAD_PROP_SLOT, PAD_PROP_LAYER, PAD_PROP_PUBLISHER };

static GstStaticPadTemplate sink_template =
    GST_STATIC_PAD_TEMPLATE ("sink_%u", GST_PAD_SINK, GST_PAD_REQUEST,
                             GST_STATIC_CAPS ("application/x-rtp, media=video, encoding-name={ H264, VP8 }; "
                                              "application/x-rtp, media=audio, encoding-name={ OPUS, RED }"));

G_DEFINE_FINAL_TYPE (CrRelaySinkPad, cr_relay_sink_pad, GST_TYPE_PAD)
G_DEFINE_FINAL_TYPE (CrRelaySink, cr_relay_sink, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE (relaysink, "relaysink", GST_RANK_NONE, CR_TYPE_RELAY_SINK)

static gchar *
slot_to_string (CrSlot slot)
{
  if (slot == CR_SLOT_NONE)
    return g_strdup ("none");
  return g_strconcat (cr_slot_kind (slot) == CR_MEDIA_AUDIO ? "audio:" : "", cr_slot_name (slot), NULL);
}

static CrSlot
slot_from_string (const gchar *text)
{
  for (CrSlot slot = 0; slot < CR_N_SLOTS; slot++) {
    g_autofree gchar *name = slot_to_string (slot);

    if (g_strcmp0 (name, text) == 0)
      return slot;
  }
  return CR_SLOT_NONE;
}

static void
pad_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *spec)
{
  CrRelaySinkPad *pad = CR_RELAY_SINK_PAD (object);

  switch (property_id) {
  case PAD_PROP_SLOT:
    pad->slot = slot_from_string (g_value_get_string (value));
    break;
  case PAD_PROP_LAYER:
    pad->layer = g_value_get_uint (value);
    break;
  case PAD_PROP_PUBLISHER:
    pad->publisher = g_value_get_uint (value);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, spec);
  }
}

static void
pad_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *spec)
{
  CrRelaySinkPad *pad = CR_RELAY_SINK_PAD (object);

  switch (property_id) {
  case PAD_PROP_SLOT:
    g_value_take_string (value, slot_to_string (pad->slot));
    break;
  case PAD_PROP_LAYER:
    g_value_set_uint (value, pad->layer);
    break;
  case PAD_PROP_PUBLISHER:
    g_value_set_uint (value, pad->publisher);
    break;
  default:
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, spec);
  }
}

static void
cr_relay_sink_pad_init (CrRelaySinkPad *pad)
{
  pad->slot = CR_SLOT_NONE;
}

static void
cr_relay_sink_pad_class_init (CrRelaySinkPadClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->set_property = pad_set_property;
  object_class->get_property = pad_get_property;
  g_object_class_install_property (
      object_class, PAD_PROP_SLOT,
      g_param_spec_string ("slot", "Slot",
                           "What viewers receive the stream as: camera, screen, floor, wall, floor2, "
                           "audio:teacher, audio:floor, audio:screen, audio:floor2",
                           "none", G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
      object_class, PAD_PROP_LAYER,
      g_param_spec_uint ("layer", "Layer", "Simulcast layer; 0 is the source's first", 0, CR_SDP_MAX_RIDS - 1,
                         0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
  g_object_class_install_property (
      object_class, PAD_PROP_PUBLISHER,
      g_param_spec_uint ("publisher", "Publisher",
                         "Whose stream it is: of two publishers in a slot the higher number is the newer; 0: "
                         "not told",
                         0, G_MAXUINT, 0, G_PARAM_READWRITE | G_PARAM_STATIC_STRINGS));
}

/* A viewer wants a keyframe: an event travels up to the relaysrc that can ask the publisher. */
static void
on_keyframe_wanted (CrStream *stream, gpointer data)
{
  gst_pad_push_event (GST_PAD (data),
                      gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));
}

static void
drop_stream (CrRelaySink *self, CrRelaySinkPad *pad)
{
  if (pad->stream != NULL && self->fanout != NULL)
    cr_fanout_remove_stream (self->fanout, pad->stream);
  pad->stream = NULL;
}

static gboolean
open_stream (CrRelaySink *self, CrRelaySinkPad *pad, GstCaps *caps)
{
  const GstStructure *structure = gst_caps_get_structure (caps, 0);
  const gchar *encoding_name = gst_structure_get_string (structure, "encoding-name");
  const gchar *sprop = gst_structure_get_string (structure, "sprop-parameter-sets");
  CrCodec codec = encoding_name != NULL ? cr_codec_from_encoding_name (encoding_name) : CR_CODEC_NONE;
  g_autoptr (GBytes) parameter_sets = sprop != NULL ? cr_sprop_to_annex_b (sprop) : NULL;

  if (codec == CR_CODEC_NONE || pad->slot == CR_SLOT_NONE ||
      cr_codec_kind (codec) != cr_slot_kind (pad->slot))
    return FALSE;
  drop_stream (self, pad);
  pad->stream = cr_fanout_add_stream (self->fanout, pad->slot, pad->layer, codec, parameter_sets,
                                      on_keyframe_wanted, pad);
  if (pad->publisher != 0)
    cr_fanout_set_publisher (self->fanout, pad->stream, pad->publisher);
  return TRUE;
}

static gboolean
every_pad_ended (CrRelaySink *self)
{
  for (GList *l = GST_ELEMENT (self)->sinkpads; l != NULL; l = l->next) {
    if (!CR_RELAY_SINK_PAD (l->data)->ended)
      return FALSE;
  }
  return TRUE;
}

static gboolean
on_pad_event (GstPad *gst_pad, GstObject *parent, GstEvent *event)
{
  CrRelaySink *self = CR_RELAY_SINK (parent);
  CrRelaySinkPad *pad = CR_RELAY_SINK_PAD (gst_pad);
  gboolean handled = TRUE;

  switch (GST_EVENT_TYPE (event)) {
  case GST_EVENT_STREAM_START:
    pad->ended = FALSE;
    break;
  case GST_EVENT_CAPS: {
    GstCaps *caps;

    gst_event_parse_caps (event, &caps);
    handled = open_stream (self, pad, caps);
    break;
  }
  case GST_EVENT_EOS:
    drop_stream (self, pad);
    pad->ended = TRUE;
    if (every_pad_ended (self))
      gst_element_post_message (GST_ELEMENT (self), gst_message_new_eos (GST_OBJECT (self)));
    break;
  default:
    break;
  }
  gst_event_unref (event);
  return handled;
}

static GstFlowReturn
on_pad_buffer (GstPad *gst_pad, GstObject *parent, GstBuffer *buffer)
{
  CrRelaySink *self = CR_RELAY_SINK (parent);
  CrRelaySinkPad *pad = CR_RELAY_SINK_PAD (gst_pad);

  if (pad->stream != NULL)
    cr_fanout_push (self->fanout, pad->stream, buffer);
  gst_buffer_unref (buffer);
  return GST_FLOW_OK;
}

static GstPad *
request_new_pad (GstElement *element, GstPadTemplate *pad_template, const gchar *name, const GstCaps *caps)
{
  CrRelaySink *self = CR_RELAY_SINK (element);
  g_autofree gchar *pad_name = name != NULL ? g_strdup (name) : g_strdup_printf ("sink_%u", self->next_pad++);
  GstPad *pad = g_object_new (CR_TYPE_RELAY_SINK_PAD, "name", pad_name, "direction", GST_PAD_SINK, "template",
                              pad_template, NULL);

  gst_pad_set_event_function (pad, on_pad_event);
  gst_pad_set_chain_function (pad, on_pad_buffer);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (element, pad);
  return pad;
}

static void
release_pad (GstElement *element, GstPad *pad)
{
  drop_stream (CR_RELAY_SINK (element), CR_RELAY_SINK_PAD (pad));
  gst_pad_set_active (pad, FALSE);
  gst_element_remove_pad (element, pad);
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  CrRelaySink *self = CR_RELAY_SINK (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_NULL_TO_READY) {
    if (self->worker == NULL) {
      GST_ELEMENT_ERROR (self, RESOURCE, SETTINGS, (NULL), ("the property `worker` is not set"));
      return GST_STATE_CHANGE_FAILURE;
    }
    self->fanout = cr_fanout_new (self->worker);
  }

  ret = GST_ELEMENT_CLASS (cr_relay_sink_parent_class)->change_state (element, transition);

  if (transition == GST_STATE_CHANGE_READY_TO_NULL) {
    for (GList *l = element->sinkpads; l != NULL; l = l->next)
      drop_stream (self, l->data);
    g_clear_pointer (&self->fanout, cr_fanout_free);
  }
  return ret;
}

GstElement *
cr_relay_sink_new (CrWorker *worker)
{
  return g_object_new (CR_TYPE_RELAY_SINK, "worker", worker, NULL);
}

GstPad *
cr_relay_sink_request_stream (CrRelaySink *self, CrSlot slot, guint layer)
{
  GstPad *pad = gst_element_request_pad_simple (GST_ELEMENT (self), "sink_%u");

  CR_RELAY_SINK_PAD (pad)->slot = slot;
  CR_RELAY_SINK_PAD (pad)->layer = layer;
  return pad;
}

void
cr_relay_sink_purge_slot (CrRelaySink *self, CrSlot slot)
{
  for (GList *l = GST_ELEMENT (self)->sinkpads; l != NULL; l = l->next) {
    CrRelaySinkPad *pad = CR_RELAY_SINK_PAD (l->data);

    if (pad->slot == slot)
      pad->stream = NULL; /* the fan-out forgets it */
  }
  cr_fanout_purge_slot (self->fanout, slot);
}

CrFanout *
cr_relay_sink_get_fanout (CrRelaySink *self)
{
  return self->fanout;
}

static void
set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *spec)
{
  if (property_id == PROP_WORKER)
    CR_RELAY_SINK (object)->worker = g_value_get_pointer (value);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, spec);
}

static void
cr_relay_sink_init (CrRelaySink *self)
{
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SINK);
}

static void
cr_relay_sink_class_init (CrRelaySinkClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (relaysink_debug, "relaysink", 0, "all viewers of a lesson");
  G_OBJECT_CLASS (klass)->set_property = set_property;
  element_class->change_state = change_state;
  element_class->request_new_pad = request_new_pad;
  element_class->release_pad = release_pad;
  gst_element_class_add_static_pad_template_with_gtype (element_class, &sink_template,
                                                        CR_TYPE_RELAY_SINK_PAD);
  gst_element_class_set_static_metadata (element_class, "Relay sink", "Sink/Network/RTP",
                                         "Sends RTP streams to all WebRTC viewers of a lesson", "ClassRelay");

  g_object_class_install_property (
      G_OBJECT_CLASS (klass), PROP_WORKER,
      g_param_spec_pointer ("worker", "Worker", "The CrWorker that the viewers' packets leave through",
                            G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * `relaysrc` turns one publisher into a live GStreamer source. Each of the publisher's streams is a sometimes
 * pad
 * (`audio_0`, `video_0` … one a simulcast layer) that carries application/x-rtp buffers as they arrived. A
 * stream that starts again with another SSRC is announced by a new stream-start on the same pad.
 *
 *   CrPublisher ──on_packet──> relaysrc ──pad──> tee ──> relaysink, recording, wall
 *
 * There is no GstTask: buffers are pushed by the media worker, and whatever is done to the element's pads
 * must be done on that thread, since deactivating a pad waits for the stream lock that the worker holds. What
 * comes back from a push is counted and otherwise ignored: a branch that flushes must not stop the others.
 */
#include "elements/relaysrc.h"

#include "rtc/sprop.h"

#include <gst/video/video.h>

GST_DEBUG_CATEGORY_STATIC (relaysrc_debug);
#define GST_CAT_DEFAULT relaysrc_debug

struct _CrRelaySrc {
  GstElement parent;

  CrPublisher *publisher;
  const CrRelaySrcHandler *handler;
  gpointer handler_data;
  guint group_id;
  gboolean flowing;
  GstPad *pads[CR_PUBLISHER_MAX_STREAMS];
  const gchar *rids[CR_PUBLISHER_MAX_STREAMS]; /* of the publisher */
  guint64 refused;                             /* pushes that a branch did not take */
};

enum { PROP_0, PROP_REFUSED };

static GstStaticPadTemplate audio_template =
    GST_STATIC_PAD_TEMPLATE ("audio_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
                             GST_STATIC_CAPS ("application/x-rtp, media=audio, encoding-name={ OPUS, RED }"));
static GstStaticPadTemplate video_template =
    GST_STATIC_PAD_TEMPLATE ("video_%u", GST_PAD_SRC, GST_PAD_SOMETIMES,
                             GST_STATIC_CAPS ("application/x-rtp, media=video, encoding-name={ H264, VP8 }"));

G_DEFINE_FINAL_TYPE (CrRelaySrc, cr_relay_src, GST_TYPE_ELEMENT)
GST_ELEMENT_REGISTER_DEFINE (relaysrc, "relaysrc", GST_RANK_NONE, CR_TYPE_RELAY_SRC)

guint
cr_relay_src_pad_get_stream (GstPad *pad)
{
  return GPOINTER_TO_UINT (gst_pad_get_element_private (pad));
}

CrMediaKind
cr_relay_src_pad_get_kind (GstPad *pad)
{
  return cr_relay_src_pad_get_stream (pad) / CR_SDP_MAX_RIDS;
}

guint
cr_relay_src_pad_get_layer (GstPad *pad)
{
  return cr_relay_src_pad_get_stream (pad) % CR_SDP_MAX_RIDS;
}

const gchar *
cr_relay_src_get_rid (CrRelaySrc *self, guint stream)
{
  return self->rids[stream] != NULL ? self->rids[stream] : "";
}

static gboolean
on_pad_event (GstPad *pad, GstObject *parent, GstEvent *event)
{
  CrRelaySrc *self = CR_RELAY_SRC (parent);

  if (gst_video_event_is_force_key_unit (event)) {
    if (self->publisher != NULL)
      cr_publisher_request_keyframe (self->publisher, cr_relay_src_pad_get_stream (pad));
    gst_event_unref (event);
    return TRUE;
  }
  return gst_pad_event_default (pad, parent, event);
}

static gboolean
on_pad_query (GstPad *pad, GstObject *parent, GstQuery *query)
{
  if (GST_QUERY_TYPE (query) == GST_QUERY_LATENCY) {
    /* Packets leave in the turn in which they arrive; whoever buffers adds its own latency. */
    gst_query_set_latency (query, TRUE, 0, GST_CLOCK_TIME_NONE);
    return TRUE;
  }
  return gst_pad_query_default (pad, parent, query);
}

static GstPad *
make_pad (CrRelaySrc *self, guint stream, CrMediaKind kind)
{
  GstStaticPadTemplate *pad_template = kind == CR_MEDIA_AUDIO ? &audio_template : &video_template;
  g_autoptr (GstPadTemplate) gst_template = gst_static_pad_template_get (pad_template);
  g_autofree gchar *name =
      g_strdup_printf ("%s_%u", kind == CR_MEDIA_AUDIO ? "audio" : "video", stream % CR_SDP_MAX_RIDS);
  GstPad *pad = gst_pad_new_from_template (gst_template, name);

  gst_pad_set_element_private (pad, GUINT_TO_POINTER (stream));
  gst_pad_set_event_function (pad, on_pad_event);
  gst_pad_set_query_function (pad, on_pad_query);
  gst_pad_use_fixed_caps (pad);
  gst_pad_set_active (pad, TRUE);
  gst_element_add_pad (GST_ELEMENT (self), pad);
  return pad;
}

static GstCaps *
stream_caps (const CrStreamInfo *info)
{
  GstCaps *caps = gst_caps_new_simple (
      "application/x-rtp", "media", G_TYPE_STRING, info->kind == CR_MEDIA_AUDIO ? "audio" : "video",
      "encoding-name", G_TYPE_STRING, cr_codec_encoding_name (info->codec), "clock-rate", G_TYPE_INT,
      (gint)cr_codec_clock_rate (info->codec), "payload", G_TYPE_INT, (gint)info->payload_type, "ssrc",
      G_TYPE_UINT, info->ssrc, NULL);

  if (info->codec == CR_CODEC_H264)
    gst_caps_set_simple (caps, "packetization-mode", G_TYPE_STRING, "1", NULL);
  if (info->parameter_sets != NULL) {
    g_autofree gchar *sprop = cr_sprop_from_annex_b (info->parameter_sets);

    gst_caps_set_simple (caps, "sprop-parameter-sets", G_TYPE_STRING, sprop, NULL);
  }
  return caps;
}

/* Buffers carry the monotonic arrival time; a segment that starts at the base time makes that running time.
 */
static void
push_segment (CrRelaySrc *self, GstPad *pad)
{
  GstSegment segment;

  gst_segment_init (&segment, GST_FORMAT_TIME);
  segment.start = gst_element_get_base_time (GST_ELEMENT (self));
  gst_pad_push_event (pad, gst_event_new_segment (&segment));
}

static void
on_stream_started (CrPublisher *publisher, guint stream, const CrStreamInfo *info, gpointer data)
{
  CrRelaySrc *self = data;
  g_autofree gchar *stream_id = NULL;
  g_autoptr (GstCaps) caps = stream_caps (info);
  GstEvent *stream_start;

  self->rids[stream] = info->rid;
  if (self->pads[stream] == NULL)
    self->pads[stream] = make_pad (self, stream, info->kind);

  stream_id = g_strdup_printf ("%s/%s/%08x", GST_OBJECT_NAME (self), GST_OBJECT_NAME (self->pads[stream]),
                               info->ssrc);
  stream_start = gst_event_new_stream_start (stream_id);
  gst_event_set_group_id (stream_start, self->group_id);
  gst_pad_push_event (self->pads[stream], stream_start);
  gst_pad_push_event (self->pads[stream], gst_event_new_caps (caps));
  push_segment (self, self->pads[stream]);
}

static void
set_flowing (CrRelaySrc *self, gboolean flowing)
{
  if (self->flowing == flowing)
    return;
  self->flowing = flowing;
  self->handler->on_flowing (self, flowing, self->handler_data);
}

static void
on_packet (CrPublisher *publisher, guint stream, GstBuffer *buffer, gpointer data)
{
  CrRelaySrc *self = data;

  if (gst_pad_push (self->pads[stream], buffer) != GST_FLOW_OK)
    self->refused++;
  set_flowing (self, TRUE);
}

static void
on_away (CrPublisher *publisher, gboolean away, gpointer data)
{
  set_flowing (data, !away);
}

static void
on_closed (CrPublisher *publisher, CrPeerEnd end, gpointer data)
{
  CrRelaySrc *self = data;

  set_flowing (self, FALSE);
  self->handler->on_closed (self, end, self->handler_data);
}

void
cr_relay_src_publish (CrRelaySrc *self, CrWorker *worker, CrPeer *peer, CrNegotiation *negotiation,
                      const CrRelaySrcHandler *handler, gpointer data)
{
  static const CrPublisherHandler publisher_handler = {.on_stream_started = on_stream_started,
                                                       .on_packet = on_packet,
                                                       .on_away = on_away,
                                                       .on_closed = on_closed};

  g_assert (self->publisher == NULL && self->handler == NULL);
  cr_assert_media (worker);

  self->handler = handler;
  self->handler_data = data;
  self->publisher = cr_publisher_new (peer, negotiation, worker, &publisher_handler, self);
}

CrPublisher *
cr_relay_src_get_publisher (CrRelaySrc *self)
{
  return self->publisher;
}

void
cr_relay_src_end (CrRelaySrc *self)
{
  if (self->publisher == NULL)
    return;
  set_flowing (self, FALSE);
  memset (self->rids, 0, sizeof self->rids);
  g_clear_pointer (&self->publisher, cr_publisher_free);
  for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++) {
    if (self->pads[i] != NULL)
      gst_pad_push_event (self->pads[i], gst_event_new_eos ());
  }
}

static GstStateChangeReturn
change_state (GstElement *element, GstStateChange transition)
{
  CrRelaySrc *self = CR_RELAY_SRC (element);
  GstStateChangeReturn ret;

  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY)
    cr_relay_src_end (self);

  ret = GST_ELEMENT_CLASS (cr_relay_src_parent_class)->change_state (element, transition);
  if (ret == GST_STATE_CHANGE_FAILURE)
    return ret;

  /* Live: there is no data in PAUSED to preroll with. */
  if (transition == GST_STATE_CHANGE_READY_TO_PAUSED || transition == GST_STATE_CHANGE_PLAYING_TO_PAUSED)
    return GST_STATE_CHANGE_NO_PREROLL;
  if (transition == GST_STATE_CHANGE_PAUSED_TO_READY) {
    for (guint i = 0; i < CR_PUBLISHER_MAX_STREAMS; i++) {
      GstPad *pad = g_steal_pointer (&self->pads[i]);

      if (pad != NULL)
        gst_element_remove_pad (element, pad);
    }
  }
  return ret;
}

static void
get_property (GObject *object, guint property_id, GValue *value, GParamSpec *spec)
{
  CrRelaySrc *self = CR_RELAY_SRC (object);

  if (property_id == PROP_REFUSED)
    g_value_set_uint64 (value, self->refused);
  else
    G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, spec);
}

static void
cr_relay_src_init (CrRelaySrc *self)
{
  self->group_id = gst_util_group_id_next ();
  GST_OBJECT_FLAG_SET (self, GST_ELEMENT_FLAG_SOURCE);
}

static void
cr_relay_src_class_init (CrRelaySrcClass *klass)
{
  GstElementClass *element_class = GST_ELEMENT_CLASS (klass);

  GST_DEBUG_CATEGORY_INIT (relaysrc_debug, "relaysrc", 0, "one publisher of a lesson");
  G_OBJECT_CLASS (klass)->get_property = get_property;
  element_class->change_state = change_state;
  gst_element_class_add_static_pad_template (element_class, &audio_template);
  gst_element_class_add_static_pad_template (element_class, &video_template);
  gst_element_class_set_static_metadata (element_class, "Relay source", "Source/Network/RTP",
                                         "RTP streams of one WebRTC publisher, as they arrive", "ClassRelay");

  g_object_class_install_property (
      G_OBJECT_CLASS (klass), PROP_REFUSED,
      g_param_spec_uint64 ("refused", "Refused", "Buffers that a downstream branch did not take", 0,
                           G_MAXUINT64, 0, G_PARAM_READABLE | G_PARAM_STATIC_STRINGS));
}

/* SPDX-License-Identifier: Apache-2.0
 *
 *   packets -> rtph264depay -> h264parse -> avdec_h264 -> pictures
 *   packets -> rtpvp8depay --------------> vp8dec -----> pictures
 */
#include "wall-input.h"

#include "wall-chain.h"

/* Pictures that wait to be shown. Two, since the wall's clock is not the classroom's: where two come between
 * two of the wall's, the second is shown next time instead of none. */
#define MAX_PICTURES 2

typedef struct {
  GstBuffer *buffer;
  GstVideoInfo info;
} Picture;

struct CrWallInput {
  CrCodec codec;
  CrWallChain *chain;
  gboolean keyframe_wanted;
  gboolean too_large;

  gboolean has_info;
  GstVideoInfo info; /* of what the decoder gives next */
  Picture pictures[MAX_PICTURES];
  guint n_pictures;
};

/* Decoders hide errors as long as they can: a picture with a blemish is better than none. max-errors: the
 * default gives up a stream after ten bad packets in a row, which a bad line brings. */
static const gchar *
description_for (CrCodec codec)
{
  if (codec == CR_CODEC_VP8)
    return "rtpvp8depay ! vp8dec name=decoder threads=1 max-errors=-1 automatic-request-sync-points=true "
           "qos=false";
  return "rtph264depay ! h264parse ! avdec_h264 name=decoder max-threads=1 max-errors=-1 "
         "automatic-request-sync-points=true qos=false";
}

static gboolean
is_too_large (gint width, gint height)
{
  return width > CR_WALL_MAX_WIDTH_PX || height > CR_WALL_MAX_HEIGHT_PX;
}

/* RFC 6386 section 9.1: the sizes in a keyframe's header. Other frames are of the size of their keyframe. */
static void
see_vp8_frame (CrWallInput *input, GstBuffer *frame)
{
  guint8 header[10];

  if (gst_buffer_extract (frame, 0, header, sizeof header) < sizeof header || (header[0] & 1) != 0)
    return;
  input->too_large =
      is_too_large ((header[7] << 8 | header[6]) & 0x3fff, (header[9] << 8 | header[8]) & 0x3fff);
}

static void
see_h264_caps (CrWallInput *input, GstEvent *event)
{
  GstCaps *caps;
  gint width = 0, height = 0;

  gst_event_parse_caps (event, &caps);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "width", &width);
  gst_structure_get_int (gst_caps_get_structure (caps, 0), "height", &height);
  input->too_large = is_too_large (width, height);
}

/* Before the decoder: what would be too large to decode goes no further. */
static GstPadProbeReturn
on_decoder_input (GstPad *pad, GstPadProbeInfo *info, gpointer data)
{
  CrWallInput *input = data;

  if ((info->type & GST_PAD_PROBE_TYPE_BUFFER) != 0) {
    if (input->codec == CR_CODEC_VP8)
      see_vp8_frame (input, GST_PAD_PROBE_INFO_BUFFER (info));
    return input->too_large ? GST_PAD_PROBE_DROP : GST_PAD_PROBE_OK;
  }
  if (input->codec == CR_CODEC_H264 && GST_EVENT_TYPE (GST_PAD_PROBE_INFO_EVENT (info)) == GST_EVENT_CAPS)
    see_h264_caps (input, GST_PAD_PROBE_INFO_EVENT (info));
  return GST_PAD_PROBE_OK;
}

static void
on_keyframe_wanted (gpointer data)
{
  ((CrWallInput *)data)->keyframe_wanted = TRUE;
}

static void
on_caps (GstCaps *caps, gpointer data)
{
  CrWallInput *input = data;

  input->has_info = gst_video_info_from_caps (&input->info, caps);
}

static GstBuffer *
pop_picture (CrWallInput *input)
{
  GstBuffer *buffer = input->pictures[0].buffer;

  input->n_pictures--;
  for (guint i = 0; i < input->n_pictures; i++)
    input->pictures[i] = input->pictures[i + 1];
  return buffer;
}

static void
on_picture (GstBuffer *buffer, gpointer data)
{
  CrWallInput *input = data;

  if (!input->has_info) {
    gst_buffer_unref (buffer);
    return;
  }
  if (input->n_pictures == MAX_PICTURES)
    gst_buffer_unref (pop_picture (input));
  input->pictures[input->n_pictures++] = (Picture){buffer, input->info};
}

static GstCaps *
packet_caps (CrCodec codec, guint8 payload_type, const gchar *sprop)
{
  GstCaps *caps = gst_caps_new_simple ("application/x-rtp", "media", G_TYPE_STRING, "video", "encoding-name",
                                       G_TYPE_STRING, cr_codec_encoding_name (codec), "clock-rate",
                                       G_TYPE_INT, (gint)cr_codec_clock_rate (codec), "payload", G_TYPE_INT,
                                       (gint)payload_type, NULL);

  if (sprop != NULL)
    gst_caps_set_simple (caps, "sprop-parameter-sets", G_TYPE_STRING, sprop, NULL);
  return caps;
}

CrWallInput *
cr_wall_input_new (CrCodec codec, guint8 payload_type, const gchar *sprop)
{
  static const CrWallChainHandler handler = {
      .on_buffer = on_picture, .on_caps = on_caps, .on_keyframe_wanted = on_keyframe_wanted};
  CrWallInput *input = g_new0 (CrWallInput, 1);
  g_autoptr (GstElement) decoder = NULL;
  g_autoptr (GstPad) pad = NULL;

  input->codec = codec;
  input->chain = cr_wall_chain_new (description_for (codec), &handler, input);
  if (input->chain == NULL) {
    g_free (input);
    return NULL;
  }
  decoder = cr_wall_chain_get_element (input->chain, "decoder");
  pad = gst_element_get_static_pad (decoder, "sink");
  gst_pad_add_probe (pad, GST_PAD_PROBE_TYPE_BUFFER | GST_PAD_PROBE_TYPE_EVENT_DOWNSTREAM, on_decoder_input,
                     input, NULL);
  cr_wall_chain_begin (input->chain, packet_caps (codec, payload_type, sprop));
  return input;
}

void
cr_wall_input_free (CrWallInput *input)
{
  cr_wall_chain_free (input->chain);
  while (input->n_pictures > 0)
    gst_buffer_unref (pop_picture (input));
  g_free (input);
}

gboolean
cr_wall_input_push (CrWallInput *input, GstBuffer *packet)
{
  return cr_wall_chain_push (input->chain, packet);
}

GstBuffer *
cr_wall_input_take_picture (CrWallInput *input, GstVideoInfo *info)
{
  if (input->n_pictures == 0)
    return NULL;
  *info = input->pictures[0].info;
  return pop_picture (input);
}

gboolean
cr_wall_input_take_keyframe_wanted (CrWallInput *input)
{
  gboolean wanted = input->keyframe_wanted;

  input->keyframe_wanted = FALSE;
  return wanted;
}

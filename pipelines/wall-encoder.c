/* SPDX-License-Identifier: Apache-2.0
 *
 *   picture -> x264enc -> rtph264pay -> packets
 *   picture -> vp8enc --> rtpvp8pay --> packets
 */
#include "wall-encoder.h"

#include "video-encoder.h"
#include "wall-chain.h"

/* Twenty rooms that move a little at ten frames a second; what H.264 needs for faces to be told apart. */
#define BITRATE_KBPS 1000

/* Leaves room for SRTP's tag and an RTX header within a link MTU of 1280 with IPv6 and UDP headers. */
#define MTU_BYTES 1200

/* Inside the relay nobody looks at it; the first dynamic one (RFC 3551 section 6). */
#define PAYLOAD_TYPE 96

struct CrWallEncoder {
  CrWallChain *chain;
  GstElement *encoder;
  GPtrArray *current; /* packets of the picture that is being pushed */
};

/* A payloader's packets share the encoded picture. Copies go to another thread without anything shared. */
static void
on_packet (GstBuffer *packet, gpointer data)
{
  CrWallEncoder *encoder = data;
  GstMapInfo map;

  if (encoder->current != NULL && gst_buffer_map (packet, &map, GST_MAP_READ)) {
    GstBuffer *copy = gst_buffer_new_allocate (NULL, map.size, NULL);

    gst_buffer_fill (copy, 0, map.data, map.size);
    g_ptr_array_add (encoder->current, copy);
    gst_buffer_unmap (packet, &map);
  }
  gst_buffer_unref (packet);
}

static gchar *
describe (CrCodec codec)
{
  CrVideoEncoding encoding = {.codec = codec,
                              .bitrate_kbps = BITRATE_KBPS,
                              .keyframe_distance = CR_VIDEO_KEYFRAMES_ON_REQUEST,
                              .h264_preset = "ultrafast"};
  g_autofree gchar *encoder = cr_video_encoder_describe (&encoding);

  if (codec == CR_CODEC_VP8)
    return g_strdup_printf ("%s ! rtpvp8pay picture-id-mode=15-bit mtu=%d pt=%d", encoder, MTU_BYTES,
                            PAYLOAD_TYPE);
  return g_strdup_printf ("%s ! rtph264pay aggregate-mode=zero-latency config-interval=-1 mtu=%d pt=%d",
                          encoder, MTU_BYTES, PAYLOAD_TYPE);
}

CrWallEncoder *
cr_wall_encoder_new (CrCodec codec, const GstVideoInfo *info, guint frames_per_s)
{
  static const CrWallChainHandler handler = {.on_buffer = on_packet};
  CrWallEncoder *encoder = g_new0 (CrWallEncoder, 1);
  g_autofree gchar *description = describe (codec);
  GstVideoInfo timed = *info;

  encoder->chain = cr_wall_chain_new (description, &handler, encoder);
  if (encoder->chain == NULL) {
    g_free (encoder);
    return NULL;
  }
  encoder->encoder = cr_wall_chain_get_element (encoder->chain, "encoder");
  GST_VIDEO_INFO_FPS_N (&timed) = (gint)frames_per_s;
  GST_VIDEO_INFO_FPS_D (&timed) = 1;
  cr_wall_chain_begin (encoder->chain, gst_video_info_to_caps (&timed));
  return encoder;
}

void
cr_wall_encoder_free (CrWallEncoder *encoder)
{
  cr_wall_chain_free (encoder->chain);
  gst_object_unref (encoder->encoder);
  g_free (encoder);
}

void
cr_wall_encoder_request_keyframe (CrWallEncoder *encoder)
{
  g_autoptr (GstPad) pad = gst_element_get_static_pad (encoder->encoder, "src");

  gst_pad_send_event (pad, gst_video_event_new_upstream_force_key_unit (GST_CLOCK_TIME_NONE, TRUE, 0));
}

GPtrArray *
cr_wall_encoder_push (CrWallEncoder *encoder, GstBuffer *picture)
{
  g_autoptr (GPtrArray) packets = g_ptr_array_new_with_free_func ((GDestroyNotify)gst_buffer_unref);
  gboolean pushed;

  encoder->current = packets;
  pushed = cr_wall_chain_push (encoder->chain, picture);
  encoder->current = NULL;
  return pushed ? g_steal_pointer (&packets) : NULL;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Rooms and the eye are chains of real elements (wall-chain.h), pushed by the test's thread.
 */
#include "support/wall-room.h"

#include "rtc/rtp-packet.h"
#include "video-encoder.h"
#include "wall-chain.h"
#include "wall-input.h"

#include <string.h>

#define FRAMES_PER_S 10
#define PICTURE_RTP  (90000 / FRAMES_PER_S)
#define LUMA_STEPS   8

struct CrWallRoom {
  CrWallRoomConfig config;
  GPtrArray *pictures; /* GPtrArray of GBytes, packets as the payloader made them */
  GPtrArray *current;  /* being encoded */
  GPtrArray *sent;     /* of the last next() */
  guint index;
  guint16 seq;
  guint32 timestamp_rtp;
  guint32 ssrc;
};

CrWallColour
cr_wall_room_colour (guint i)
{
  return (CrWallColour){.y = 100, .u = (guint8)(70 + 25 * (i % 5)), .v = (guint8)(70 + 30 * (i / 5))};
}

gboolean
cr_wall_colour_matches (CrWallColour a, CrWallColour b)
{
  return ABS (a.u - b.u) <= 8 && ABS (a.v - b.v) <= 8;
}

static void
on_packet (GstBuffer *buffer, gpointer data)
{
  CrWallRoom *room = data;
  GstMapInfo map;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_ptr_array_add (room->current, g_bytes_new (map.data, map.size));
  gst_buffer_unmap (buffer, &map);
  gst_buffer_unref (buffer);
}

/* A flat colour whose brightness is another in each picture; `busy`: with a pattern that moves. */
static GstBuffer *
paint (const CrWallRoom *room, guint index)
{
  const CrWallRoomConfig *config = &room->config;
  GstVideoInfo info;
  GstVideoFrame frame;
  GstBuffer *buffer;
  const guint8 values[3] = {(guint8)(config->colour.y + 8 * (index % LUMA_STEPS)), config->colour.u,
                            config->colour.v};

  gst_video_info_set_format (&info, GST_VIDEO_FORMAT_I420, config->width, config->height);
  buffer = gst_buffer_new_allocate (NULL, info.size, NULL);
  GST_BUFFER_PTS (buffer) = index * GST_SECOND / FRAMES_PER_S;
  g_assert_true (gst_video_frame_map (&frame, &info, buffer, GST_MAP_WRITE));
  for (guint plane = 0; plane < 3; plane++) {
    guint8 *line = GST_VIDEO_FRAME_PLANE_DATA (&frame, plane);

    for (gint y = 0; y < GST_VIDEO_FRAME_COMP_HEIGHT (&frame, plane); y++) {
      memset (line, values[plane], (gsize)GST_VIDEO_FRAME_COMP_WIDTH (&frame, plane));
      for (gint x = 0; config->busy && plane == 0 && x < GST_VIDEO_FRAME_COMP_WIDTH (&frame, plane); x++)
        line[x] = (guint8)(line[x] + ((x + (gint)index * 2) * (y + (gint)index) >> 5) % 40);
      line += GST_VIDEO_FRAME_PLANE_STRIDE (&frame, plane);
    }
  }
  gst_video_frame_unmap (&frame);
  return buffer;
}

static void
encode (CrWallRoom *room)
{
  static const CrWallChainHandler handler = {.on_buffer = on_packet};
  CrVideoEncoding encoding = {.codec = room->config.codec,
                              .bitrate_kbps = room->config.bitrate_kbps,
                              .keyframe_distance = CR_VIDEO_KEYFRAMES_ON_REQUEST,
                              .h264_preset = "veryfast"};
  g_autofree gchar *encoder = cr_video_encoder_describe (&encoding);
  g_autofree gchar *description = g_strdup_printf (
      "%s ! %s mtu=1200 pt=%d", encoder,
      room->config.codec == CR_CODEC_VP8 ? "rtpvp8pay picture-id-mode=15-bit"
                                         : "rtph264pay aggregate-mode=zero-latency config-interval=-1",
      CR_WALL_ROOM_PAYLOAD_TYPE);
  g_autoptr (CrWallChain) chain = cr_wall_chain_new (description, &handler, room);

  g_assert_nonnull (chain);
  cr_wall_chain_begin (chain, gst_caps_new_simple ("video/x-raw", "format", G_TYPE_STRING, "I420", "width",
                                                   G_TYPE_INT, (gint)room->config.width, "height", G_TYPE_INT,
                                                   (gint)room->config.height, "framerate", GST_TYPE_FRACTION,
                                                   FRAMES_PER_S, 1, NULL));
  for (guint i = 0; i < room->config.n_pictures; i++) {
    room->current = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
    g_ptr_array_add (room->pictures, room->current);
    g_assert_true (cr_wall_chain_push (chain, paint (room, i)));
    g_assert_cmpuint (room->current->len, >, 0);
  }
}

CrWallRoom *
cr_wall_room_new (const CrWallRoomConfig *config)
{
  static guint32 last_ssrc = 1000;
  CrWallRoom *room = g_new0 (CrWallRoom, 1);

  room->config = *config;
  room->pictures = g_ptr_array_new_with_free_func ((GDestroyNotify)g_ptr_array_unref);
  room->sent = g_ptr_array_new_with_free_func ((GDestroyNotify)g_bytes_unref);
  room->ssrc = ++last_ssrc;
  room->seq = (guint16)(65500 + last_ssrc); /* wraps soon */
  encode (room);
  return room;
}

void
cr_wall_room_free (CrWallRoom *room)
{
  g_ptr_array_unref (room->pictures);
  g_ptr_array_unref (room->sent);
  g_free (room);
}

void
cr_wall_room_restart (CrWallRoom *room)
{
  room->index = 0;
}

GPtrArray *
cr_wall_room_next (CrWallRoom *room)
{
  GPtrArray *picture = g_ptr_array_index (room->pictures, room->index);

  g_ptr_array_set_size (room->sent, 0);
  for (guint i = 0; i < picture->len; i++) {
    gsize length;
    const guint8 *bytes = g_bytes_get_data (picture->pdata[i], &length);
    guint8 *copy = g_memdup2 (bytes, length);

    GST_WRITE_UINT16_BE (copy + 2, room->seq);
    GST_WRITE_UINT32_BE (copy + 4, room->timestamp_rtp);
    GST_WRITE_UINT32_BE (copy + 8, room->ssrc);
    room->seq++;
    g_ptr_array_add (room->sent, g_bytes_new_take (copy, length));
  }
  room->timestamp_rtp += PICTURE_RTP;
  room->index = (room->index + 1) % room->pictures->len;
  return room->sent;
}

struct CrWallEye {
  CrCodec codec;
  guint n_tiles, n_pictures, n_keyframes;
  CrWallInput *input;
  CrWallColour colours[CR_WALL_MAX_TILES];
  guint changes[CR_WALL_MAX_TILES];
};

CrWallEye *
cr_wall_eye_new (CrCodec codec, guint n_tiles)
{
  CrWallEye *eye = g_new0 (CrWallEye, 1);

  eye->codec = codec;
  eye->n_tiles = n_tiles;
  eye->input = cr_wall_input_new (codec, 96, NULL);
  g_assert_nonnull (eye->input);
  return eye;
}

void
cr_wall_eye_free (CrWallEye *eye)
{
  cr_wall_input_free (eye->input);
  g_free (eye);
}

/* Of the eight by eight pixels in the middle, and as many of chroma. */
static guint8
mean (GstVideoFrame *frame, guint plane, const CrWallTile *tile)
{
  guint shift = plane == 0 ? 0 : 1, sum = 0;
  gint stride = GST_VIDEO_FRAME_PLANE_STRIDE (frame, plane);
  const guint8 *data = GST_VIDEO_FRAME_PLANE_DATA (frame, plane);
  gint x0 = (gint)((tile->x + tile->width / 2) >> shift) - 4,
       y0 = (gint)((tile->y + tile->height / 2) >> shift) - 4;

  for (gint y = y0; y < y0 + 8; y++)
    for (gint x = x0; x < x0 + 8; x++)
      sum += data[y * stride + x];
  return (guint8)(sum / 64);
}

static void
look (CrWallEye *eye, GstVideoFrame *frame)
{
  eye->n_pictures++;
  for (guint i = 0; i < eye->n_tiles; i++) {
    CrWallTile tile = cr_wall_tile (eye->n_tiles, i);
    CrWallColour before = eye->colours[i];
    CrWallColour now = {mean (frame, 0, &tile), mean (frame, 1, &tile), mean (frame, 2, &tile)};

    eye->colours[i] = now;
    if (ABS (now.y - before.y) > 3 || !cr_wall_colour_matches (now, before))
      eye->changes[i]++;
  }
}

static void
note_keyframe (CrWallEye *eye, GstBuffer *buffer)
{
  CrRtpPacket packet;
  GstMapInfo map;

  g_assert_true (gst_buffer_map (buffer, &map, GST_MAP_READ));
  g_assert_true (cr_rtp_packet_parse (&packet, map.data, map.size));
  g_assert_true (cr_rtp_packet_parse_payload (&packet, eye->codec));
  if (packet.has_keyframe_picture)
    eye->n_keyframes++;
  gst_buffer_unmap (buffer, &map);
}

void
cr_wall_eye_see (CrWallEye *eye, GstBuffer *packet)
{
  g_autoptr (GstBuffer) picture = NULL;
  GstVideoInfo info;
  GstVideoFrame frame;

  note_keyframe (eye, packet);
  g_assert_true (cr_wall_input_push (eye->input, packet));
  picture = cr_wall_input_take_picture (eye->input, &info);
  if (picture == NULL)
    return;
  g_assert_cmpint (GST_VIDEO_INFO_FORMAT (&info), ==, GST_VIDEO_FORMAT_I420);
  g_assert_cmpint (GST_VIDEO_INFO_WIDTH (&info), ==, CR_WALL_WIDTH_PX);
  g_assert_cmpint (GST_VIDEO_INFO_HEIGHT (&info), ==, CR_WALL_HEIGHT_PX);
  g_assert_true (gst_video_frame_map (&frame, &info, picture, GST_MAP_READ));
  look (eye, &frame);
  gst_video_frame_unmap (&frame);
}

guint
cr_wall_eye_get_n_pictures (const CrWallEye *eye)
{
  return eye->n_pictures;
}

guint
cr_wall_eye_get_n_keyframes (const CrWallEye *eye)
{
  return eye->n_keyframes;
}

CrWallColour
cr_wall_eye_get_colour (const CrWallEye *eye, guint tile)
{
  return eye->colours[tile];
}

guint
cr_wall_eye_take_changes (CrWallEye *eye, guint tile)
{
  guint changes = eye->changes[tile];

  eye->changes[tile] = 0;
  return changes;
}

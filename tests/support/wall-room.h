/* SPDX-License-Identifier: Apache-2.0
 *
 * For tests of the wall: classrooms that send a small encoded picture of a colour of their own, and an eye
 * that decodes the wall and sees which colour each tile has, and whether it changed. A room's pictures are
 * encoded once and sent in a loop, so that a test costs what the wall costs.
 */
#pragma once

#include "rtc/media-types.h"
#include "wall-layout.h"

#include <gst/video/video.h>

G_BEGIN_DECLS

typedef struct {
  guint8 y, u, v;
} CrWallColour;

/* Colours that differ by 20 at least in U or V, for up to 20 rooms. Y is another in each picture. */
CrWallColour cr_wall_room_colour (guint i);

typedef struct CrWallRoom CrWallRoom;

typedef struct {
  CrCodec codec;
  guint width, height;
  guint bitrate_kbps;
  guint n_pictures; /* in the loop, whose first is a keyframe */
  gboolean busy;    /* something moves everywhere, as in a room full of children */
  CrWallColour colour;
} CrWallRoomConfig;

CrWallRoom *cr_wall_room_new (const CrWallRoomConfig *config);
void cr_wall_room_free (CrWallRoom *room);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWallRoom, cr_wall_room_free)

#define CR_WALL_ROOM_PAYLOAD_TYPE 100

/* The packets (GBytes) of the next picture, owned by the room until the next call. */
GPtrArray *cr_wall_room_next (CrWallRoom *room);

/* The next picture is a keyframe. */
void cr_wall_room_restart (CrWallRoom *room);

typedef struct CrWallEye CrWallEye;

CrWallEye *cr_wall_eye_new (CrCodec codec, guint n_tiles);
void cr_wall_eye_free (CrWallEye *eye);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrWallEye, cr_wall_eye_free)

/* Takes one RTP packet of the wall. */
void cr_wall_eye_see (CrWallEye *eye, GstBuffer *packet);

guint cr_wall_eye_get_n_pictures (const CrWallEye *eye);
guint cr_wall_eye_get_n_keyframes (const CrWallEye *eye);

/* Of the newest picture, in the middle of the tile; and in how many pictures since the last call it changed.
 */
CrWallColour cr_wall_eye_get_colour (const CrWallEye *eye, guint tile);
guint cr_wall_eye_take_changes (CrWallEye *eye, guint tile);

/* U and V are those of the colour; Y may be any of a room's. */
gboolean cr_wall_colour_matches (CrWallColour a, CrWallColour b);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * bench-wall [ROOMS [SECONDS [CODEC [WIDTHxHEIGHT]]]]: what the wall costs. ROOMS (18) classrooms send a
 * picture in which everything moves, 320×180 (or as said) at 10 frames a second and 100 kbit/s, encoded
 * beforehand; the wall is made of H264 or VP8. Prints CPU time over time of the whole process and of the
 * wall's thread alone.
 */
#include "support/wall-room.h"

#include "wall-pipeline.h"

#include <stdlib.h>
#include <stdio.h>
#include <time.h>

#define FRAME_US (100 * 1000)

typedef struct {
  gint n_pictures; /* atomic */
  guint64 bytes;   /* of the wall's thread until it has ended */
  gint64 thread_cpu_us;
  gint asked[CR_WALL_MAX_TILES]; /* atomic: for a keyframe */
} Tally;

static gint64
cpu_us (clockid_t clock)
{
  struct timespec used;

  clock_gettime (clock, &used);
  return used.tv_sec * G_USEC_PER_SEC + used.tv_nsec / 1000;
}

static void
on_packets (GPtrArray *packets, gpointer data)
{
  Tally *tally = data;

  for (guint i = 0; i < packets->len; i++)
    tally->bytes += gst_buffer_get_size (packets->pdata[i]);
  g_atomic_int_inc (&tally->n_pictures);
  g_ptr_array_unref (packets);
}

static void
on_keyframe_wanted (guint tile, gpointer data)
{
  g_atomic_int_set (&((Tally *)data)->asked[tile], 1);
}

static void
on_ended (gpointer data)
{
  ((Tally *)data)->thread_cpu_us = cpu_us (CLOCK_THREAD_CPUTIME_ID);
}

static void
feed (CrWallPipeline *wall, CrWallRoom **rooms, guint n_rooms, Tally *tally)
{
  for (guint i = 0; i < n_rooms; i++) {
    GPtrArray *packets;

    if (g_atomic_int_compare_and_exchange (&tally->asked[i], 1, 0))
      cr_wall_room_restart (rooms[i]);
    packets = cr_wall_room_next (rooms[i]);
    for (guint k = 0; k < packets->len; k++) {
      gsize length;
      const guint8 *bytes = g_bytes_get_data (packets->pdata[k], &length);

      cr_wall_pipeline_push (wall, i, bytes, length);
    }
  }
}

int
main (int argc, char **argv)
{
  static const CrWallHandler handler = {
      .on_packets = on_packets, .on_keyframe_wanted = on_keyframe_wanted, .on_ended = on_ended};
  guint n_rooms = argc > 1 ? (guint)atoi (argv[1]) : 18, seconds = argc > 2 ? (guint)atoi (argv[2]) : 10;
  CrWallConfig config = {.codec = argc > 3 ? cr_codec_from_encoding_name (argv[3]) : CR_CODEC_H264,
                         .n_tiles = n_rooms,
                         .clock = cr_clock_system ()};
  CrWallRoom *rooms[CR_WALL_MAX_TILES];
  Tally tally = {0};
  CrWallPipeline *wall;
  gint64 started_us, before_us, used_us, next_us, took_us;
  guint64 pictures = 0;
  guint width = 320, height = 180;

  gst_init (NULL, NULL);
  if (argc > 4 && sscanf (argv[4], "%ux%u", &width, &height) != 2)
    return 2;
  if (n_rooms == 0 || n_rooms > CR_WALL_MAX_TILES || seconds == 0 || config.codec == CR_CODEC_NONE)
    return 2;
  for (guint i = 0; i < n_rooms; i++)
    rooms[i] = cr_wall_room_new (&(CrWallRoomConfig){.codec = config.codec,
                                                     .width = width,
                                                     .height = height,
                                                     .bitrate_kbps = 100 * width * height / (320 * 180),
                                                     .n_pictures = 50,
                                                     .busy = TRUE,
                                                     .colour = cr_wall_room_colour (i % 20)});
  wall = cr_wall_pipeline_new (&config, &handler, &tally);
  for (guint i = 0; i < n_rooms; i++)
    cr_wall_pipeline_set_source (wall, i, config.codec, CR_WALL_ROOM_PAYLOAD_TYPE, NULL);

  started_us = next_us = g_get_monotonic_time ();
  before_us = cpu_us (CLOCK_PROCESS_CPUTIME_ID);
  for (guint i = 0; i < seconds * CR_WALL_FRAMES_PER_S; i++) {
    feed (wall, rooms, n_rooms, &tally);
    next_us += FRAME_US;
    g_usleep ((gulong)MAX (next_us - g_get_monotonic_time (), 0));
  }
  used_us = cpu_us (CLOCK_PROCESS_CPUTIME_ID) - before_us;
  took_us = g_get_monotonic_time () - started_us;
  for (guint i = 0; i < n_rooms; i++) {
    CrWallTileStats stats;

    cr_wall_pipeline_get_tile_stats (wall, i, &stats);
    pictures += stats.pictures;
    cr_wall_room_free (rooms[i]);
  }
  cr_wall_pipeline_quit (wall);
  cr_wall_pipeline_free (wall);
  printf ("%s %ux%u: %u rooms, %.1f pictures a second of the wall, %.1f of each room, %.0f kbit/s\n",
          cr_codec_encoding_name (config.codec), width, height, n_rooms,
          1e6 * g_atomic_int_get (&tally.n_pictures) / (gdouble)took_us,
          1e6 * (gdouble)pictures / n_rooms / (gdouble)took_us,
          8e3 * (gdouble)tally.bytes / (gdouble)took_us);
  printf ("process %.2f %% of a core, wall's thread %.2f %%, %.2f %% a room; %.2f ms a picture of the wall\n",
          100.0 * (gdouble)used_us / (gdouble)took_us,
          100.0 * (gdouble)tally.thread_cpu_us / (gdouble)took_us,
          100.0 * (gdouble)used_us / (gdouble)took_us / n_rooms,
          1e-3 * (gdouble)used_us / g_atomic_int_get (&tally.n_pictures));
  return 0;
}

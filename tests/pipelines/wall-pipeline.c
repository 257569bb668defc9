/* SPDX-License-Identifier: Apache-2.0
 *
 * The wall with real encoders and decoders: every tile shows its own room, whatever the others do.
 */
#include "wall-pipeline.h"

#include "rtc/mailbox.h"
#include "support/wall-room.h"

#define N_ROOMS    18
#define ATTEMPTS   6
#define PICTURE_US (G_USEC_PER_SEC / CR_WALL_FRAMES_PER_S)

/* #F4F4F4 */
static const CrWallColour background = {226, 128, 128};

typedef struct {
  CrMailbox *mail; /* from the wall's thread */
  CrWallPipeline *wall;
  CrWallEye *eye;
  CrWallRoom *rooms[N_ROOMS];
  CrWallRoom *hostile[N_ROOMS]; /* sent by the test, not by play() */
  guint n_requests[N_ROOMS];
  gboolean deaf; /* rooms do not answer requests */
  guint lossy;   /* this room's packets are lost, one in ten; N_ROOMS: none */
  GRand *chance;
  guint n_played; /* pictures of each room, since changes were forgotten */
  gboolean ended;
} Test;

typedef struct {
  Test *test;
  GPtrArray *packets;
  guint tile;
} Mail;

static void
receive_packets (gpointer data)
{
  g_autofree Mail *mail = data;

  for (guint i = 0; i < mail->packets->len; i++)
    cr_wall_eye_see (mail->test->eye, gst_buffer_ref (mail->packets->pdata[i]));
  g_ptr_array_unref (mail->packets);
}

static void
on_packets (GPtrArray *packets, gpointer data)
{
  Mail *mail = g_new0 (Mail, 1);

  *mail = (Mail){.test = data, .packets = packets};
  cr_mailbox_post (((Test *)data)->mail, receive_packets, mail);
}

static void
receive_request (gpointer data)
{
  g_autofree Mail *mail = data;

  mail->test->n_requests[mail->tile]++;
  if (!mail->test->deaf && mail->test->rooms[mail->tile] != NULL)
    cr_wall_room_restart (mail->test->rooms[mail->tile]);
}

static void
on_keyframe_wanted (guint tile, gpointer data)
{
  Mail *mail = g_new0 (Mail, 1);

  *mail = (Mail){.test = data, .tile = tile};
  cr_mailbox_post (((Test *)data)->mail, receive_request, mail);
}

static void
receive_end (gpointer data)
{
  ((Test *)data)->ended = TRUE;
}

static void
on_ended (gpointer data)
{
  cr_mailbox_post (((Test *)data)->mail, receive_end, data);
}

static const CrWallHandler handler = {
    .on_packets = on_packets, .on_keyframe_wanted = on_keyframe_wanted, .on_ended = on_ended};

static void
begin (Test *test, CrCodec codec, guint n_tiles)
{
  CrWallConfig config = {.codec = codec, .n_tiles = n_tiles, .clock = cr_clock_system ()};

  *test = (Test){.mail = cr_mailbox_new (), .chance = g_rand_new_with_seed (18), .lossy = N_ROOMS};
  test->eye = cr_wall_eye_new (codec, n_tiles);
  test->wall = cr_wall_pipeline_new (&config, &handler, test);
  g_assert_nonnull (test->wall);
}

static void
end (Test *test)
{
  cr_wall_pipeline_quit (test->wall);
  cr_wall_pipeline_free (test->wall);
  cr_mailbox_run (test->mail);
  g_assert_true (test->ended);
  cr_mailbox_free (test->mail);
  cr_wall_eye_free (test->eye);
  for (guint i = 0; i < N_ROOMS; i++)
    g_clear_pointer (&test->rooms[i], cr_wall_room_free);
  for (guint i = 0; i < N_ROOMS; i++)
    g_clear_pointer (&test->hostile[i], cr_wall_room_free);
  g_rand_free (test->chance);
}

static void
enter_as (Test *test, guint tile, const CrWallRoomConfig *config)
{
  g_clear_pointer (&test->rooms[tile], cr_wall_room_free);
  test->rooms[tile] = cr_wall_room_new (config);
  cr_wall_pipeline_set_source (test->wall, tile, config->codec, CR_WALL_ROOM_PAYLOAD_TYPE, NULL);
}

static void
enter (Test *test, guint tile, CrCodec codec, guint colour)
{
  enter_as (test, tile,
            &(CrWallRoomConfig){.codec = codec,
                                .width = 320,
                                .height = 180,
                                .bitrate_kbps = 100,
                                .n_pictures = 16,
                                .colour = cr_wall_room_colour (colour)});
}

static void
leave (Test *test, guint tile)
{
  g_clear_pointer (&test->rooms[tile], cr_wall_room_free);
  cr_wall_pipeline_set_source (test->wall, tile, CR_CODEC_NONE, 0, NULL);
}

static void
enter_all (Test *test)
{
  for (guint i = 0; i < N_ROOMS; i++)
    enter (test, i, i % 3 == 1 ? CR_CODEC_VP8 : CR_CODEC_H264, i);
}

static void
send_picture (Test *test, guint tile)
{
  GPtrArray *packets = cr_wall_room_next (test->rooms[tile]);

  for (guint i = 0; i < packets->len; i++) {
    gsize length;
    const guint8 *bytes = g_bytes_get_data (packets->pdata[i], &length);

    if (tile != test->lossy || g_rand_int_range (test->chance, 0, 10) > 0)
      cr_wall_pipeline_push (test->wall, tile, bytes, length);
  }
}

/* Rooms send, and the eye sees, for so many pictures' time. */
static void
play (Test *test, guint n_pictures)
{
  for (guint n = 0; n < n_pictures; n++) {
    gint64 next_us = g_get_monotonic_time () + PICTURE_US; /* a late picture is not made up for */

    for (guint i = 0; i < N_ROOMS; i++) {
      if (test->rooms[i] != NULL)
        send_picture (test, i);
    }
    test->n_played++;
    do {
      cr_mailbox_run (test->mail);
      g_usleep (2000);
    } while (g_get_monotonic_time () < next_us);
  }
}

static void
forget_changes (Test *test)
{
  for (guint i = 0; i < N_ROOMS; i++)
    cr_wall_eye_take_changes (test->eye, i);
  test->n_played = 0;
}

/* Plays until the tile shows the colour. */
static void
wait_for_colour (Test *test, guint tile, CrWallColour colour)
{
  for (guint n = 0; n < 100; n++) {
    play (test, 1);
    if (cr_wall_eye_get_n_pictures (test->eye) > 0 &&
        cr_wall_colour_matches (cr_wall_eye_get_colour (test->eye, tile), colour))
      return;
  }
  g_error ("tile %u never shows its colour", tile);
}

static void
assert_background (Test *test, guint tile)
{
  CrWallColour colour = cr_wall_eye_get_colour (test->eye, tile);

  g_assert_true (cr_wall_colour_matches (colour, background));
  g_assert_cmpint (ABS (colour.y - background.y), <, 6);
}

/* Every tile but those of `ill` showed nearly every picture that its room sent. */
static gboolean
others_lived (Test *test, guint32 ill)
{
  gboolean lived = TRUE;

  for (guint i = 0; i < N_ROOMS; i++) {
    if ((ill & 1u << i) != 0 || test->rooms[i] == NULL)
      continue;
    lived &= cr_wall_eye_take_changes (test->eye, i) * 10 >= test->n_played * 8;
    g_assert_true (cr_wall_colour_matches (cr_wall_eye_get_colour (test->eye, i), cr_wall_room_colour (i)));
  }
  return lived;
}

static void
play_two_seconds (Test *test)
{
  play (test, 20);
}

/* The best of a few: a busy machine makes a rate worse, never better. */
static void
assert_others_live (Test *test, guint32 ill, void (*meanwhile) (Test *test))
{
  for (guint n = 0; n < ATTEMPTS; n++) {
    forget_changes (test);
    meanwhile (test);
    if (others_lived (test, ill))
      return;
  }
  g_error ("tiles miss pictures of rooms that are well");
}

static void
test_every_tile (gconstpointer data)
{
  Test test;

  begin (&test, GPOINTER_TO_INT (data), 20);
  for (guint i = 0; i < 20; i++)
    wait_for_colour (&test, i, background); /* nobody is there */
  enter_all (&test);
  for (guint i = 0; i < N_ROOMS; i++)
    wait_for_colour (&test, i, cr_wall_room_colour (i));
  assert_others_live (&test, 0, play_two_seconds);
  assert_background (&test, 18);
  assert_background (&test, 19);
  end (&test);
}

/* One room stops dead, one loses packets, one leaves: no other tile has fewer pictures. */
static void
test_ill_rooms (void)
{
  enum { STOPPED = 3, LOSSY = 5, LEFT = 8 };
  const guint32 ill = 1u << STOPPED | 1u << LOSSY | 1u << LEFT;
  g_autoptr (CrWallRoom) stopped = NULL;
  Test test;
  CrWallColour last;

  begin (&test, CR_CODEC_H264, N_ROOMS);
  enter_all (&test);
  for (guint i = 0; i < N_ROOMS; i++)
    wait_for_colour (&test, i, cr_wall_room_colour (i));

  stopped = g_steal_pointer (&test.rooms[STOPPED]);
  test.lossy = LOSSY;
  leave (&test, LEFT);
  play (&test, 15); /* what was under way has been shown */
  last = cr_wall_eye_get_colour (test.eye, STOPPED);
  cr_wall_eye_take_changes (test.eye, STOPPED);
  assert_others_live (&test, ill, play_two_seconds);
  g_assert_cmpuint (cr_wall_eye_take_changes (test.eye, STOPPED), ==, 0);
  g_assert_true (
      cr_wall_colour_matches (cr_wall_eye_get_colour (test.eye, STOPPED), cr_wall_room_colour (STOPPED)));
  g_assert_cmpint (cr_wall_eye_get_colour (test.eye, STOPPED).y, ==, last.y);
  g_assert_cmpuint (cr_wall_eye_take_changes (test.eye, LOSSY), >, 10);
  assert_background (&test, LEFT);

  test.rooms[STOPPED] = g_steal_pointer (&stopped); /* and goes on where it was */
  assert_others_live (&test, ill & ~(1u << STOPPED), play_two_seconds);
  end (&test);
}

/* Another publisher, another codec, another size: the picture before stays until there is a new one. */
static void
test_sources_change (void)
{
  CrWallRoomConfig tall = {.codec = CR_CODEC_H264,
                           .width = 160,
                           .height = 120,
                           .bitrate_kbps = 60,
                           .n_pictures = 16,
                           .colour = cr_wall_room_colour (13)};
  Test test;

  begin (&test, CR_CODEC_H264, 4);
  enter (&test, 0, CR_CODEC_H264, 0);
  enter (&test, 1, CR_CODEC_VP8, 1);
  wait_for_colour (&test, 0, cr_wall_room_colour (0));
  wait_for_colour (&test, 1, cr_wall_room_colour (1));

  test.deaf = TRUE;
  enter (&test, 0, CR_CODEC_VP8, 7);
  cr_wall_room_next (test.rooms[0]); /* its keyframe is lost */
  test.n_requests[0] = 0;
  play (&test, 12);
  g_assert_true (cr_wall_colour_matches (cr_wall_eye_get_colour (test.eye, 0), cr_wall_room_colour (0)));
  g_assert_cmpuint (test.n_requests[0], >=, 2); /* at once, and twice a second */
  g_assert_cmpuint (test.n_requests[0], <=, 4);
  test.deaf = FALSE;
  wait_for_colour (&test, 0, cr_wall_room_colour (7));

  enter_as (&test, 0, &tall);
  wait_for_colour (&test, 0, tall.colour);
  tall.width = 640;
  tall.height = 360;
  tall.codec = CR_CODEC_VP8;
  tall.colour = cr_wall_room_colour (4);
  enter_as (&test, 1, &tall);
  wait_for_colour (&test, 1, tall.colour);
  assert_background (&test, 2);
  end (&test);
}

static void
send_noise (Test *test, guint tile)
{
  guint8 bytes[1400];
  gint32 length = g_rand_int_range (test->chance, 1, sizeof bytes);

  for (gint32 i = 0; i < length; i++)
    bytes[i] = (guint8)g_rand_int (test->chance);
  if (g_rand_boolean (test->chance))
    bytes[0] = 0x80; /* an RTP header at least */
  cr_wall_pipeline_push (test->wall, tile, bytes, (gsize)length);
}

/* The room's next picture; `damaged`: with a byte of each packet changed. */
static void
send_as_ill (Test *test, guint tile, CrWallRoom *room, gboolean damaged)
{
  GPtrArray *packets = cr_wall_room_next (room);

  for (guint i = 0; i < packets->len; i++) {
    gsize length = g_bytes_get_size (packets->pdata[i]);
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (packets->pdata[i], NULL), length);

    if (damaged)
      copy[g_rand_int_range (test->chance, 12, (gint32)length)] ^=
          (guint8)g_rand_int_range (test->chance, 1, 256);
    cr_wall_pipeline_push (test->wall, tile, copy, length);
  }
}

enum { NOISE = 0, DAMAGED = 1, TOO_LARGE = 2, FLOOD = 4, DAMAGED_H264 = 6 };

static void
play_hostile (Test *test)
{
  for (guint n = 0; n < 20; n++) {
    for (guint k = 0; k < 30; k++) {
      send_as_ill (test, FLOOD, test->hostile[FLOOD], FALSE);
      send_as_ill (test, DAMAGED, test->hostile[DAMAGED], TRUE);
      send_as_ill (test, DAMAGED_H264, test->hostile[DAMAGED_H264], TRUE);
      send_noise (test, NOISE);
    }
    play (test, 1);
  }
}

/* Bytes that are no picture, pictures that are damaged, pictures that are too large, and 300 large ones a
 * second.
 */
static void
test_hostile_rooms (void)
{
  const guint32 ill = 1u << NOISE | 1u << DAMAGED | 1u << TOO_LARGE | 1u << FLOOD | 1u << DAMAGED_H264;
  const CrWallRoomConfig too_large = {
      .codec = CR_CODEC_VP8, .width = 2048, .height = 1152, .bitrate_kbps = 500, .n_pictures = 2};
  const CrWallRoomConfig flood = {.codec = CR_CODEC_H264,
                                  .width = 1280,
                                  .height = 720,
                                  .bitrate_kbps = 4000,
                                  .n_pictures = 4,
                                  .busy = TRUE};
  Test test;

  begin (&test, CR_CODEC_H264, N_ROOMS);
  enter_all (&test);
  enter_as (&test, TOO_LARGE, &too_large);
  enter_as (&test, FLOOD, &flood);
  for (guint i = 0; i < N_ROOMS; i++) {
    if ((ill & 1u << i) == 0)
      wait_for_colour (&test, i, cr_wall_room_colour (i));
  }
  for (guint i = 0; i < N_ROOMS; i++) {
    if ((ill & 1u << i) != 0 && i != TOO_LARGE)
      test.hostile[i] = g_steal_pointer (&test.rooms[i]);
  }
  assert_others_live (&test, ill, play_hostile);
  assert_background (&test, TOO_LARGE);
  enter (&test, NOISE, CR_CODEC_H264, 0); /* and is welcome again */
  wait_for_colour (&test, NOISE, cr_wall_room_colour (0));
  end (&test);
}

static void
test_keyframes_on_request (void)
{
  guint n_before;
  Test test;

  begin (&test, CR_CODEC_H264, 1);
  play (&test, 10);
  g_assert_cmpuint (cr_wall_eye_get_n_keyframes (test.eye), ==, 1);
  for (guint i = 0; i < 20; i++)
    cr_wall_pipeline_request_keyframe (test.wall);
  play (&test, 4);
  g_assert_cmpuint (cr_wall_eye_get_n_keyframes (test.eye), ==, 2);
  n_before = cr_wall_eye_get_n_pictures (test.eye);
  for (guint i = 0; i < 11; i++) { /* a viewer that asks all the time gets two a second */
    cr_wall_pipeline_request_keyframe (test.wall);
    play (&test, 1);
  }
  g_assert_cmpuint (cr_wall_eye_get_n_pictures (test.eye), >, n_before);
  g_assert_cmpuint (cr_wall_eye_get_n_keyframes (test.eye), >=, 3);
  g_assert_cmpuint (cr_wall_eye_get_n_keyframes (test.eye), <=, 5);
  end (&test);
}

static guint
count_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  guint n = 0;

  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

static void
test_fifty_times (void)
{
  guint n_threads = 0;

  for (guint n = 0; n < 50; n++) {
    Test test;

    begin (&test, n % 5 == 4 ? CR_CODEC_VP8 : CR_CODEC_H264, 4);
    enter (&test, 0, CR_CODEC_H264, 0);
    enter (&test, 1, CR_CODEC_VP8, 1);
    play (&test, n == 0 ? 5 : n % 3);
    end (&test);
    if (n == 0)
      n_threads = count_threads ();
    g_assert_cmpuint (count_threads (), ==, n_threads);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add_data_func ("/wall-pipeline/every-tile/h264", GINT_TO_POINTER (CR_CODEC_H264), test_every_tile);
  g_test_add_data_func ("/wall-pipeline/every-tile/vp8", GINT_TO_POINTER (CR_CODEC_VP8), test_every_tile);
  g_test_add_func ("/wall-pipeline/ill-rooms", test_ill_rooms);
  g_test_add_func ("/wall-pipeline/sources-change", test_sources_change);
  g_test_add_func ("/wall-pipeline/hostile-rooms", test_hostile_rooms);
  g_test_add_func ("/wall-pipeline/keyframes-on-request", test_keyframes_on_request);
  g_test_add_func ("/wall-pipeline/fifty-times", test_fifty_times);
  return g_test_run ();
}

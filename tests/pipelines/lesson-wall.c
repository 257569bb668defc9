/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson's wall from end to end inside one process: classrooms publish real pictures over UDP, DTLS and
 * SRTP, and whoever may see the wall decodes it; nobody else gets a packet of it, and without anybody to look
 * there is no wall.
 */
#include "support/lesson-guests.h"
#include "support/wall-room.h"

#define PT_VIDEO   96
#define PICTURE_US (100 * 1000)
#define MAX_ROOMS  3

static const CrWallColour background = {226, 128, 128};

typedef struct {
  CrGuestLesson l;
  struct {
    CrGuest *guest;
    CrWallRoom *room, *high;
    guint n_plis;
  } rooms[MAX_ROOMS];
  CrGuest *teacher;
  CrWallEye *eye; /* the teacher's */
} Class;

static guint
count_wall_threads (void)
{
  g_autoptr (GDir) dir = g_dir_open ("/proc/self/task", 0, NULL);
  const gchar *task;
  guint n = 0;

  while ((task = g_dir_read_name (dir)) != NULL) {
    g_autofree gchar *path = g_build_filename ("/proc/self/task", task, "comm", NULL);
    g_autofree gchar *name = NULL;

    n += g_file_get_contents (path, &name, NULL, NULL) && g_str_equal (name, "wall\n");
  }
  return n;
}

static void
set_up (Class *c, gconstpointer data)
{
  *c = (Class){0};
  cr_guest_lesson_set_up (&c->l, NULL);
  c->l.video_codec = (CrCodec)GPOINTER_TO_INT (data);
  cr_lesson_pipeline_set_wall (c->l.lesson, (const gchar *const[]){"a", "b", "c", NULL});
}

static void
leave (Class *c, guint i)
{
  g_clear_pointer (&c->rooms[i].guest, cr_guest_free);
  g_clear_pointer (&c->rooms[i].room, cr_wall_room_free);
  g_clear_pointer (&c->rooms[i].high, cr_wall_room_free);
}

static void
stop_looking (Class *c)
{
  g_clear_pointer (&c->teacher, cr_guest_free);
  g_clear_pointer (&c->eye, cr_wall_eye_free);
}

static void
tear_down (Class *c, gconstpointer data)
{
  g_clear_pointer (&c->l.lesson, cr_lesson_pipeline_free); /* while the wall runs */
  g_assert_cmpuint (count_wall_threads (), ==, 0);
  for (guint i = 0; i < MAX_ROOMS; i++)
    leave (c, i);
  stop_looking (c);
  cr_guest_lesson_tear_down (&c->l, NULL);
}

static CrWallRoom *
new_room (const Class *c, guint width, guint height, guint colour)
{
  return cr_wall_room_new (&(CrWallRoomConfig){.codec = c->l.video_codec,
                                               .width = width,
                                               .height = height,
                                               .bitrate_kbps = 100,
                                               .n_pictures = 16,
                                               .colour = cr_wall_room_colour (colour)});
}

static void
publish (Class *c, guint i, const gchar *id, const gchar *owner, guint colour)
{
  c->rooms[i].guest = cr_guest_publish_classroom (&c->l, id, owner);
  c->rooms[i].room = new_room (c, 320, 180, colour);
  CR_GUEST_WAIT_FOR (c->rooms[i].guest->connected);
}

static void
send_packets (CrGuest *guest, CrWallRoom *room, guint32 ssrc, guint64 *index)
{
  GPtrArray *packets = cr_wall_room_next (room);

  for (guint i = 0; i < packets->len; i++, (*index)++) {
    gsize length = g_bytes_get_size (packets->pdata[i]);
    g_autofree guint8 *copy = g_memdup2 (g_bytes_get_data (packets->pdata[i], NULL), length);

    copy[1] = (copy[1] & 0x80) | PT_VIDEO;
    GST_WRITE_UINT16_BE (copy + 2, (guint16)*index);
    GST_WRITE_UINT32_BE (copy + 8, ssrc);
    cr_light_peer_send_rtp_packet (guest->light, copy, length, *index);
  }
}

/* One picture of each classroom, in its time. */
static void
play_one (Class *c)
{
  gint64 due_us = g_get_monotonic_time () + PICTURE_US;

  for (guint i = 0; i < MAX_ROOMS; i++) {
    CrGuest *guest = c->rooms[i].guest;

    if (guest == NULL)
      continue;
    if (guest->n_plis != c->rooms[i].n_plis)
      cr_wall_room_restart (c->rooms[i].room);
    c->rooms[i].n_plis = guest->n_plis;
    send_packets (guest, c->rooms[i].room, guest->video_ssrc, &guest->video_index);
    if (c->rooms[i].high != NULL)
      send_packets (guest, c->rooms[i].high, guest->high_ssrc, &guest->high_index);
  }
  CR_GUEST_WAIT_FOR (g_get_monotonic_time () >= due_us);
}

static void
play (Class *c, guint n_pictures)
{
  for (guint n = 0; n < n_pictures; n++)
    play_one (c);
}

static void
on_video (CrGuest *guest, CrSlot slot, const guint8 *data, gsize length_bytes, gpointer user)
{
  GstBuffer *buffer;

  if (slot != CR_SLOT_WALL)
    return;
  buffer = gst_buffer_new_memdup (data, length_bytes);
  cr_wall_eye_see (((Class *)user)->eye, buffer);
}

static void
ignore_video (CrGuest *guest, CrSlot slot, const guint8 *data, gsize length_bytes, gpointer user)
{
}

static void
look (Class *c, const gchar *id)
{
  c->eye = cr_wall_eye_new (c->l.video_codec, 3);
  c->teacher = cr_guest_view_class (&c->l, id, NULL, TRUE);
  c->teacher->on_video = on_video;
  c->teacher->on_video_data = c;
  CR_GUEST_WAIT_FOR (c->teacher->connected);
}

static gboolean
shows (Class *c, guint tile, CrWallColour colour)
{
  return cr_wall_eye_get_n_pictures (c->eye) > 0 &&
         cr_wall_colour_matches (cr_wall_eye_get_colour (c->eye, tile), colour);
}

/* Returns how long it took. */
static gint64
play_until_shown (Class *c, guint tile, CrWallColour colour)
{
  gint64 started_us = g_get_monotonic_time ();

  for (guint n = 0; n < 100; n++) {
    if (shows (c, tile, colour))
      return g_get_monotonic_time () - started_us;
    play_one (c);
  }
  g_error ("tile %u never shows its colour", tile);
}

/* The tile shows nearly every picture; the best of a few, since a busy machine makes it fewer. */
static void
assert_alive (Class *c, guint tile)
{
  guint n = 0;

  do {
    cr_wall_eye_take_changes (c->eye, tile);
    play (c, 10);
  } while (cr_wall_eye_take_changes (c->eye, tile) < 7 && ++n < 6);
  g_assert_cmpuint (n, <, 6);
}

static guint
count_wall_packets (const CrGuest *guest)
{
  guint n = 0;

  for (guint i = 0; i < guest->packets->len; i++)
    n += g_array_index (guest->packets, CrGuestPacket, i).slot == CR_SLOT_WALL;
  return n;
}

static void
test_who_looks (Class *c, gconstpointer data)
{
  g_autoptr (CrGuest) pupil = cr_guest_view_class (&c->l, "v1", "a", FALSE);

  CR_GUEST_WAIT_FOR (pupil->connected);
  publish (c, 0, "p1", "a", 3);
  publish (c, 1, "p2", "b", 12);
  play (c, 5);
  g_assert_cmpuint (count_wall_threads (), ==, 0); /* nobody may look who wants to */

  for (guint n = 0; n < 3; n++) {
    g_autofree gchar *id = g_strdup_printf ("t%u", n);

    look (c, id);
    g_assert_cmpint (play_until_shown (c, 0, cr_wall_room_colour (3)), <, 2 * G_USEC_PER_SEC);
    g_assert_cmpint (play_until_shown (c, 1, cr_wall_room_colour (12)), <, 2 * G_USEC_PER_SEC);
    g_assert_true (shows (c, 2, background));
    g_assert_cmpuint (count_wall_threads (), ==, 1);
    assert_alive (c, 0);
    cr_light_peer_close (c->teacher->light);
    CR_GUEST_WAIT_FOR (count_wall_threads () == 0);
    stop_looking (c);
  }
  g_assert_cmpuint (count_wall_packets (pupil), ==, 0);
}

/* A second viewer begins with the keyframe that it asks for, or from the history, and the first goes on. */
static void
test_second_viewer (Class *c, gconstpointer data)
{
  CrGuest *first;
  CrWallEye *first_eye;

  publish (c, 0, "p1", "a", 3);
  look (c, "t1");
  play_until_shown (c, 0, cr_wall_room_colour (3));
  play (c, 50); /* the first keyframe is history */
  first = c->teacher;
  first_eye = c->eye;
  look (c, "t2");
  first->on_video = ignore_video;
  g_assert_cmpint (play_until_shown (c, 0, cr_wall_room_colour (3)), <, 2 * G_USEC_PER_SEC);
  g_assert_cmpuint (count_wall_threads (), ==, 1);
  cr_guest_free (first);
  cr_wall_eye_free (first_eye);
}

static void
test_sources (Class *c, gconstpointer data)
{
  look (c, "t1");
  publish (c, 0, "p1", "a", 3);
  c->rooms[0].high = new_room (c, 640, 360, 9); /* the wall reads only the small layer */
  publish (c, 1, "p2", "b", 12);
  play_until_shown (c, 0, cr_wall_room_colour (3));
  play_until_shown (c, 1, cr_wall_room_colour (12));
  play (c, 15);
  g_assert_true (shows (c, 0, cr_wall_room_colour (3)));

  publish (c, 2, "p3", "a", 7); /* the classroom's browser was started again */
  play_until_shown (c, 0, cr_wall_room_colour (7));
  play (c, 5);
  g_assert_true (shows (c, 0, cr_wall_room_colour (7)));
  cr_light_peer_close (c->rooms[2].guest->light); /* and the first goes on */
  leave (c, 2);
  play_until_shown (c, 0, cr_wall_room_colour (3));

  cr_light_peer_close (c->rooms[0].guest->light);
  leave (c, 0);
  play_until_shown (c, 0, background);
  g_assert_true (shows (c, 1, cr_wall_room_colour (12)));

  cr_lesson_pipeline_set_wall (c->l.lesson, (const gchar *const[]){"x", "y", "b", NULL});
  play_until_shown (c, 2, cr_wall_room_colour (12));
  play_until_shown (c, 1, background);
  cr_lesson_pipeline_set_wall (c->l.lesson, NULL);
  CR_GUEST_WAIT_FOR (count_wall_threads () == 0);
  cr_lesson_pipeline_set_wall (c->l.lesson, (const gchar *const[]){"b", "c", "a", NULL});
  play_until_shown (c, 0, cr_wall_room_colour (12));
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
#define ADD(codec, name, func)                                                                               \
  g_test_add ("/lesson-wall/" name, Class, GINT_TO_POINTER (CR_CODEC_##codec), set_up, func, tear_down)
  ADD (VP8, "who-looks", test_who_looks);
  ADD (VP8, "second-viewer", test_second_viewer);
  ADD (VP8, "sources", test_sources);
  ADD (H264, "who-looks-h264", test_who_looks);
  ADD (H264, "second-viewer-h264", test_second_viewer);
  ADD (H264, "sources-h264", test_sources);
  return g_test_run ();
}

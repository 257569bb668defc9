/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor from end to end inside one process: classrooms that publish over real UDP, DTLS and SRTP, and
 * what the sockets of the others get while a classroom has the floor, and do not get before and after. Every
 * classroom sends all the time, as a page would that ignores what it is told.
 */
#include "support/lesson-guests.h"

/* A classroom's marks begin here times its number, so that a packet tells whose it is. */
#define MARKS_OF_ONE 0x1000000u

typedef struct {
  CrGuestLesson l;
  CrGuest *teacher;               /* publishes the camera */
  CrGuest *watching, *a, *b;      /* the teacher's viewer, those of classrooms a and b */
  CrGuest *talking_a, *talking_b; /* their publishers */
} Class;

static void
set_floor (Class *c, const gchar *first, gboolean first_voice, const gchar *second, gboolean second_voice)
{
  const CrFloorHolder holders[CR_N_FLOORS] = {{first, first_voice}, {second, second_voice}};

  cr_lesson_pipeline_set_floor (c->l.lesson, holders);
}

static CrGuest *
view (Class *c, const gchar *id, const gchar *owner, gboolean sees_wall)
{
  CrGuest *guest = cr_guest_view_class (&c->l, id, owner, sees_wall);

  CR_GUEST_WAIT_FOR (guest->connected);
  return guest;
}

static CrGuest *
talk (Class *c, const gchar *id, const gchar *owner, guint number)
{
  CrGuest *guest = cr_guest_publish_classroom (&c->l, id, owner);

  guest->next_mark = guest->next_voice_mark = number * MARKS_OF_ONE;
  CR_GUEST_WAIT_FOR (guest->connected);
  return guest;
}

static void
set_up (Class *c, gconstpointer data)
{
  cr_guest_lesson_set_up (&c->l, data);
  c->teacher = cr_guest_publish (&c->l, "t", CR_SOURCE_CAMERA);
  CR_GUEST_WAIT_FOR (c->teacher->connected);
  c->watching = view (c, "vt", NULL, TRUE);
  c->a = view (c, "va", "a", FALSE);
  c->b = view (c, "vb", "b", FALSE);
  c->talking_a = talk (c, "pa", "a", 1);
  c->talking_b = talk (c, "pb", "b", 2);
}

static void
tear_down (Class *c, gconstpointer data)
{
  CrGuest **guests[] = {&c->teacher, &c->watching, &c->a, &c->b, &c->talking_a, &c->talking_b};

  for (guint i = 0; i < G_N_ELEMENTS (guests); i++)
    g_clear_pointer (guests[i], cr_guest_free);
  cr_guest_lesson_tear_down (&c->l, NULL);
}

/* Packets of a slot from `from_us` on; `resent` too. */
static guint
count (const CrGuest *guest, CrSlot slot, gint64 from_us)
{
  guint n = 0;

  for (guint i = 0; i < guest->packets->len; i++) {
    const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, i);

    n += packet->slot == slot && packet->at_us >= from_us;
  }
  return n;
}

static const CrGuestPacket *
last (const CrGuest *guest, CrSlot slot)
{
  return cr_guest_last (guest, cr_guest_line_of (guest, slot));
}

/* One SSRC, no gap, time that goes on; a frame may have been cut where the floor was taken. */
static void
assert_one_stream (const CrGuest *guest, CrSlot slot)
{
  const CrGuestPacket *before = NULL;

  for (guint i = 0; i < guest->packets->len; i++) {
    const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, i);

    if (packet->slot != slot || packet->resent)
      continue;
    if (before != NULL) {
      g_assert_cmphex (packet->ssrc, ==, before->ssrc);
      g_assert_cmpuint (packet->seq, ==, (guint16)(before->seq + 1));
      g_assert_cmpint (cr_rtp_time_distance (packet->rtp, before->rtp), >=, 0);
    }
    before = packet;
  }
  g_assert_nonnull (before);
}

static gboolean
is_from (const CrGuestPacket *packet, guint number)
{
  return packet != NULL && packet->mark / MARKS_OF_ONE == number;
}

/* A picture and voice of each, whether or not anybody may have them. */
static void
send_all (Class *c, gboolean keyframe)
{
  CrGuest *const talking[] = {c->talking_a, c->talking_b};

  for (guint i = 0; i < G_N_ELEMENTS (talking); i++) {
    if (talking[i] == NULL)
      continue;
    cr_guest_send_picture (talking[i], keyframe || talking[i]->n_plis > 0, 2);
    talking[i]->n_plis = 0;
    cr_guest_send_voice (talking[i]);
  }
}

static void
play_until (Class *c, gint64 end_us)
{
  while (g_get_monotonic_time () < end_us) {
    gint64 next_us = g_get_monotonic_time () + 20000;

    send_all (c, FALSE);
    CR_GUEST_WAIT_FOR (g_get_monotonic_time () >= next_us);
  }
}

static void
play (Class *c, guint ms)
{
  play_until (c, g_get_monotonic_time () + ms * 1000);
}

#define PLAY_UNTIL(c, condition)                                                                             \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 give_up_us = g_get_monotonic_time () + CR_GUEST_PATIENCE_US;                                      \
    while (!(condition)) {                                                                                   \
      g_assert_cmpint (g_get_monotonic_time (), <, give_up_us);                                              \
      play (c, 5);                                                                                           \
    }                                                                                                        \
  }                                                                                                          \
  G_STMT_END

/* Everything that was sent before has arrived: a picture of the teacher comes behind it. */
static void
fence (Class *c)
{
  CrGuest *const viewers[] = {c->watching, c->a, c->b};

  cr_guest_send_picture (c->teacher, TRUE, 1);
  for (guint i = 0; i < G_N_ELEMENTS (viewers); i++) {
    if (viewers[i] != NULL)
      CR_GUEST_WAIT_FOR (last (viewers[i], CR_SLOT_CAMERA) != NULL &&
                         last (viewers[i], CR_SLOT_CAMERA)->mark == c->teacher->next_mark - 1);
  }
}

static guint
count_floor (const CrGuest *guest, gint64 from_us)
{
  return count (guest, CR_SLOT_FLOOR, from_us) + count (guest, CR_SLOT_FLOOR_AUDIO, from_us) +
         count (guest, CR_SLOT_FLOOR2, from_us) + count (guest, CR_SLOT_FLOOR2_AUDIO, from_us);
}

/* The limits of this test are what a lesson promises; loaded machines and sanitizers get more time. */
#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SLOWNESS 5
#else
#define SLOWNESS 1
#endif
#define GRANTED_US (500 * 1000 * SLOWNESS)
#define REVOKED_US (100 * 1000 * SLOWNESS)

static void
test_grant (Class *c, gconstpointer data)
{
  CrGuest *others[] = {c->watching, c->b};
  guint32 first_mark;
  gint64 granted_us;

  send_all (c, TRUE);
  play (c, 300);
  fence (c);
  for (guint i = 0; i < 3; i++)
    g_assert_cmpuint (count_floor ((CrGuest *[]){c->watching, c->a, c->b}[i], 0), ==, 0);
  CR_GUEST_WAIT_FOR (cr_guest_lesson_count (&c->l, "classroom a 1") == 1);
  CR_GUEST_WAIT_FOR (cr_guest_lesson_count (&c->l, "classroom b 1") == 1);

  first_mark = c->talking_a->next_mark;
  granted_us = g_get_monotonic_time ();
  set_floor (c, "a", TRUE, NULL, FALSE);
  play_until (c, granted_us + GRANTED_US);
  fence (c);
  for (guint i = 0; i < 2; i++) {
    CrGuest *guest = others[i];
    guint n_pictures = 0, n_voices = 0;

    for (guint k = 0; k < guest->packets->len; k++) {
      const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, k);

      if (packet->slot == CR_SLOT_CAMERA)
        continue;
      g_assert_true (packet->slot == CR_SLOT_FLOOR || packet->slot == CR_SLOT_FLOOR_AUDIO);
      g_assert_true (is_from (packet, 1));
      if (packet->slot == CR_SLOT_FLOOR && n_pictures++ == 0)
        g_assert_true (packet->starts_keyframe && packet->mark >= first_mark);
      if (packet->slot == CR_SLOT_FLOOR_AUDIO && n_voices++ == 0)
        g_test_message ("heard after %" G_GINT64_FORMAT " µs", packet->at_us - granted_us);
    }
    g_assert_cmpuint (n_pictures, >, 0);
    g_assert_cmpuint (n_voices, >, 0);
  }
  g_assert_cmpuint (count_floor (c->a, 0), ==, 0); /* nobody hears himself */
}

/* The page goes on sending, and viewers ask for what they missed. */
static void
test_revoke (Class *c, gconstpointer data)
{
  CrGuest *others[] = {c->watching, c->b};
  gint64 revoked_us;

  set_floor (c, "a", TRUE, NULL, FALSE);
  PLAY_UNTIL (c, count (c->watching, CR_SLOT_FLOOR, 0) > 50 && count (c->b, CR_SLOT_FLOOR, 0) > 50);
  send_all (c, FALSE); /* on its way when the floor is taken */
  revoked_us = g_get_monotonic_time ();
  set_floor (c, NULL, FALSE, NULL, FALSE);
  play_until (c, revoked_us + REVOKED_US);
  for (guint i = 0; i < 2; i++) {
    guint line = cr_guest_line_of (others[i], CR_SLOT_FLOOR);
    guint voice = cr_guest_line_of (others[i], CR_SLOT_FLOOR_AUDIO);

    cr_guest_nack (others[i], line, last (others[i], CR_SLOT_FLOOR)->seq, 0);
    cr_guest_nack (others[i], line, (guint16)(last (others[i], CR_SLOT_FLOOR)->seq - 17), 0xffff);
    cr_guest_nack (others[i], voice, last (others[i], CR_SLOT_FLOOR_AUDIO)->seq, 0xffff);
    cr_guest_pli (others[i], line);
  }
  play (c, 500);
  fence (c);
  for (guint i = 0; i < 2; i++) {
    g_assert_cmpuint (count_floor (others[i], revoked_us + REVOKED_US), ==, 0);
    g_test_message (
        "last packet %" G_GINT64_FORMAT " µs after the call",
        MAX (last (others[i], CR_SLOT_FLOOR)->at_us, last (others[i], CR_SLOT_FLOOR_AUDIO)->at_us) -
            revoked_us);
  }

  /* Given again: what was said in between stays unsaid, and the stream goes on. */
  set_floor (c, "a", TRUE, NULL, FALSE);
  PLAY_UNTIL (c, count (c->b, CR_SLOT_FLOOR, revoked_us + REVOKED_US) > 20 &&
                     count (c->watching, CR_SLOT_FLOOR, revoked_us + REVOKED_US) > 20);
  for (guint i = 0; i < 2; i++) {
    assert_one_stream (others[i], CR_SLOT_FLOOR);
    assert_one_stream (others[i], CR_SLOT_FLOOR_AUDIO);
  }
  g_assert_cmpuint (count_floor (c->a, 0), ==, 0);
}

static void
test_dialogue (Class *c, gconstpointer data)
{
  gint64 changed_us;

  set_floor (c, "a", TRUE, "b", TRUE);
  PLAY_UNTIL (c, count (c->watching, CR_SLOT_FLOOR, 0) > 10 && count (c->watching, CR_SLOT_FLOOR2, 0) > 10 &&
                     count (c->a, CR_SLOT_FLOOR2, 0) > 10 && count (c->b, CR_SLOT_FLOOR, 0) > 10 &&
                     count (c->a, CR_SLOT_FLOOR2_AUDIO, 0) > 10 && count (c->b, CR_SLOT_FLOOR_AUDIO, 0) > 10);
  g_assert_true (is_from (last (c->watching, CR_SLOT_FLOOR), 1));
  g_assert_true (is_from (last (c->watching, CR_SLOT_FLOOR2), 2));
  g_assert_true (is_from (last (c->a, CR_SLOT_FLOOR2), 2));
  g_assert_true (is_from (last (c->b, CR_SLOT_FLOOR), 1));
  g_assert_cmpuint (count (c->a, CR_SLOT_FLOOR, 0) + count (c->a, CR_SLOT_FLOOR_AUDIO, 0), ==, 0);
  g_assert_cmpuint (count (c->b, CR_SLOT_FLOOR2, 0) + count (c->b, CR_SLOT_FLOOR2_AUDIO, 0), ==, 0);

  /* They change places, and each goes on not to hear itself. */
  fence (c);
  set_floor (c, "b", TRUE, "a", TRUE);
  fence (c);
  changed_us = g_get_monotonic_time ();
  PLAY_UNTIL (
      c, is_from (last (c->watching, CR_SLOT_FLOOR), 2) && is_from (last (c->watching, CR_SLOT_FLOOR2), 1) &&
             count (c->a, CR_SLOT_FLOOR, changed_us) > 10 && count (c->b, CR_SLOT_FLOOR2, changed_us) > 10);
  fence (c);
  g_assert_true (is_from (last (c->a, CR_SLOT_FLOOR), 2));
  g_assert_true (is_from (last (c->b, CR_SLOT_FLOOR2), 1));
  g_assert_cmpuint (count (c->a, CR_SLOT_FLOOR2, changed_us) + count (c->b, CR_SLOT_FLOOR, changed_us), ==,
                    0);

  /* One remains in its place without a break. */
  set_floor (c, "b", TRUE, NULL, TRUE);
  fence (c);
  changed_us = g_get_monotonic_time ();
  PLAY_UNTIL (c, count (c->watching, CR_SLOT_FLOOR, changed_us) > 20);
  fence (c);
  g_assert_cmpuint (count (c->watching, CR_SLOT_FLOOR2, changed_us), ==, 0);
  assert_one_stream (c->watching, CR_SLOT_FLOOR);
  assert_one_stream (c->watching, CR_SLOT_FLOOR2);
}

static void
test_mute (Class *c, gconstpointer data)
{
  gint64 muted_us;

  set_floor (c, "a", TRUE, NULL, FALSE);
  PLAY_UNTIL (c, count (c->b, CR_SLOT_FLOOR, 0) > 20 && count (c->b, CR_SLOT_FLOOR_AUDIO, 0) > 10);
  set_floor (c, "a", FALSE, NULL, FALSE);
  fence (c);
  muted_us = g_get_monotonic_time ();
  PLAY_UNTIL (c, count (c->b, CR_SLOT_FLOOR, muted_us) > 20); /* the picture goes on, without a break */
  fence (c);
  g_assert_cmpuint (count (c->b, CR_SLOT_FLOOR_AUDIO, muted_us), ==, 0);
  set_floor (c, "a", TRUE, NULL, FALSE);
  PLAY_UNTIL (c, count (c->b, CR_SLOT_FLOOR_AUDIO, muted_us) > 10);
  assert_one_stream (c->b, CR_SLOT_FLOOR);
  assert_one_stream (c->b, CR_SLOT_FLOOR_AUDIO);
  g_assert_cmpuint (count_floor (c->a, 0), ==, 0);
}

/* A page that was loaded again takes over, and the one before is unheard though it goes on. */
static void
test_second_publisher (Class *c, gconstpointer data)
{
  CrGuest *first = c->talking_a;

  set_floor (c, "a", TRUE, NULL, FALSE);
  PLAY_UNTIL (c, count (c->watching, CR_SLOT_FLOOR, 0) > 20);
  c->talking_b->next_mark = c->talking_b->next_voice_mark = 2 * MARKS_OF_ONE;
  cr_guest_free (c->talking_b); /* its place is taken by the new page, both send from here on */
  c->talking_b = talk (c, "pa2", "a", 3);
  PLAY_UNTIL (c, is_from (last (c->watching, CR_SLOT_FLOOR), 3) && is_from (last (c->b, CR_SLOT_FLOOR), 3) &&
                     is_from (last (c->watching, CR_SLOT_FLOOR_AUDIO), 3));
  fence (c);
  for (guint i = 0; i < 10; i++) {
    send_all (c, TRUE);
    fence (c);
    g_assert_true (is_from (last (c->watching, CR_SLOT_FLOOR), 3));
    g_assert_true (is_from (last (c->watching, CR_SLOT_FLOOR_AUDIO), 3));
  }
  g_assert_cmpuint (count_floor (c->a, 0), ==, 0);
  assert_one_stream (c->watching, CR_SLOT_FLOOR);

  /* The first leaves; then the second: nobody speaks, and nothing of either is to be had after a revoke. */
  cr_lesson_pipeline_remove_peer (c->l.lesson, "pa");
  CR_GUEST_WAIT_FOR (first->closed);
  PLAY_UNTIL (c, is_from (last (c->watching, CR_SLOT_FLOOR), 3));
  g_assert_cmpuint (cr_guest_lesson_count (&c->l, "classroom a 0"), ==, 0);
  cr_lesson_pipeline_remove_peer (c->l.lesson, "pa2");
  CR_GUEST_WAIT_FOR (cr_guest_lesson_count (&c->l, "classroom a 0") == 1);
}

/* Both pages were there before the grant. */
static void
test_two_publishers_of_one (Class *c, gconstpointer data)
{
  cr_guest_free (c->talking_b);
  c->talking_b = talk (c, "pa2", "a", 3);
  send_all (c, TRUE);
  play (c, 100);
  set_floor (c, NULL, FALSE, "a", TRUE);
  PLAY_UNTIL (c, is_from (last (c->b, CR_SLOT_FLOOR2), 3));
  for (guint i = 0; i < 10; i++) {
    send_all (c, TRUE);
    fence (c);
    g_assert_true (is_from (last (c->b, CR_SLOT_FLOOR2), 3));
    g_assert_true (is_from (last (c->b, CR_SLOT_FLOOR2_AUDIO), 3));
  }
  g_assert_cmpuint (count_floor (c->a, 0), ==, 0);
}

static void
test_viewer_joins_later (Class *c, gconstpointer data)
{
  CrGuest *own, *other;

  set_floor (c, "a", TRUE, NULL, FALSE);
  PLAY_UNTIL (c, count (c->watching, CR_SLOT_FLOOR, 0) > 20);
  own = view (c, "va2", "a", FALSE);
  other = view (c, "vb2", "b", FALSE);
  PLAY_UNTIL (c, count (other, CR_SLOT_FLOOR, 0) > 20 && count (other, CR_SLOT_FLOOR_AUDIO, 0) > 10);
  fence (c);
  g_assert_cmpuint (count_floor (own, 0), ==, 0);
  assert_one_stream (other, CR_SLOT_FLOOR);
  set_floor (c, "b", TRUE, NULL, FALSE); /* now it is the other's turn not to hear itself */
  fence (c);
  PLAY_UNTIL (c, count (own, CR_SLOT_FLOOR, 0) > 10);
  g_assert_true (is_from (last (own, CR_SLOT_FLOOR), 2));
  g_assert_true (is_from (last (other, CR_SLOT_FLOOR), 1));
  cr_guest_free (own);
  cr_guest_free (other);
}

/* The right comes before the media; and stays when the media goes and comes back. */
static void
test_publisher_comes_later (Class *c, gconstpointer data)
{
  cr_lesson_pipeline_remove_peer (c->l.lesson, "pa");
  CR_GUEST_WAIT_FOR (c->talking_a->closed);
  g_clear_pointer (&c->talking_a, cr_guest_free);
  set_floor (c, "a", TRUE, NULL, FALSE);
  play (c, 100);
  fence (c);
  g_assert_cmpuint (count_floor (c->watching, 0), ==, 0);
  for (guint i = 0; i < 3; i++) {
    g_autofree gchar *id = g_strdup_printf ("pa%u", i);
    gint64 came_us = g_get_monotonic_time ();

    c->talking_a = talk (c, id, "a", 4 + i);
    PLAY_UNTIL (c, is_from (last (c->watching, CR_SLOT_FLOOR), 4 + i) &&
                       is_from (last (c->b, CR_SLOT_FLOOR_AUDIO), 4 + i));
    g_assert_cmpint (g_get_monotonic_time () - came_us, <, 2 * G_USEC_PER_SEC * SLOWNESS);
    cr_light_peer_close (c->talking_a->light);
    g_clear_pointer (&c->talking_a, cr_guest_free);
  }
  set_floor (c, NULL, FALSE, NULL, FALSE); /* and nothing of who has left can be had any more */
  fence (c);
  {
    gint64 revoked_us = g_get_monotonic_time ();

    cr_guest_nack (c->b, cr_guest_line_of (c->b, CR_SLOT_FLOOR), last (c->b, CR_SLOT_FLOOR)->seq, 0xffff);
    play (c, 100);
    fence (c);
    g_assert_cmpuint (count_floor (c->b, revoked_us), ==, 0);
  }
  g_assert_cmpuint (count_floor (c->a, 0), ==, 0);
}

/* `h` begins some time after the grant, is shown as soon as it is worth it, and left when it stops. */
static void
test_larger_picture (Class *c, gconstpointer data)
{
  CrGuest *a = c->talking_a;
  gint64 began_us, stopped_us, end_us;

  set_floor (c, "a", TRUE, NULL, FALSE);
  PLAY_UNTIL (c, count (c->b, CR_SLOT_FLOOR, 0) > 20);
  began_us = g_get_monotonic_time ();
  cr_guest_send_high (a, TRUE, 3);
  while (last (c->b, CR_SLOT_FLOOR)->bytes < 500) {
    g_assert_cmpint (g_get_monotonic_time () - began_us, <, 2 * G_USEC_PER_SEC * SLOWNESS);
    cr_guest_send_high (a, a->n_plis_high > 0, 3);
    a->n_plis_high = 0;
    play (c, 20);
  }
  g_test_message ("shown after %" G_GINT64_FORMAT " µs", g_get_monotonic_time () - began_us);
  for (guint i = 0; i < 20; i++) {
    cr_guest_send_high (a, FALSE, 3);
    play (c, 20);
  }
  stopped_us = g_get_monotonic_time ();
  PLAY_UNTIL (c, last (c->b, CR_SLOT_FLOOR)->bytes < 500 && last (c->watching, CR_SLOT_FLOOR)->bytes < 500);
  end_us = g_get_monotonic_time ();
  g_test_message ("left after %" G_GINT64_FORMAT " µs", end_us - stopped_us);
  g_assert_cmpint (end_us - stopped_us, <, G_USEC_PER_SEC * SLOWNESS);
  play (c, 100);
  assert_one_stream (c->b, CR_SLOT_FLOOR);
  assert_one_stream (c->watching, CR_SLOT_FLOOR);
  g_assert_cmpuint (cr_guest_lesson_count (&c->l, "classroom a 0"), ==, 0);
}

/* The same with classrooms on two and three workers. */
static void
add (const gchar *name, void (*func) (Class *c, gconstpointer data))
{
  for (guint n_workers = 1; n_workers <= CR_GUEST_MAX_WORKERS; n_workers++) {
    g_autofree gchar *path = g_strdup_printf ("/lesson-floor/%u/%s", n_workers, name);

    g_test_add (path, Class, GUINT_TO_POINTER (n_workers), set_up, func, tear_down);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  add ("grant", test_grant);
  add ("revoke", test_revoke);
  add ("dialogue", test_dialogue);
  add ("mute", test_mute);
  add ("second-publisher", test_second_publisher);
  add ("two-publishers-of-one", test_two_publishers_of_one);
  add ("viewer-joins-later", test_viewer_joins_later);
  add ("publisher-comes-later", test_publisher_comes_later);
  add ("larger-picture", test_larger_picture);
  return g_test_run ();
}

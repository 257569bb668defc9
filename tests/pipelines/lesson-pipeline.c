/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson from end to end inside one process: publishers and viewers over real UDP, DTLS and SRTP, and what
 * the lesson says about them. The teacher is replaced in mid-lesson, and no viewer can tell.
 */
#include "support/lesson-guests.h"

#include <string.h>

static void
wait_for_fact (CrGuestLesson *l, const gchar *fact)
{
  CR_GUEST_WAIT_FOR (cr_guest_lesson_count (l, fact) > 0);
}

static CrGuest *
join (CrGuestLesson *l, const gchar *id)
{
  CrGuest *guest = cr_guest_view (l, id, CR_LIGHT_UDP, NULL);
  g_autofree gchar *fact = g_strconcat ("connected ", id, NULL);

  CR_GUEST_WAIT_FOR (guest->connected);
  wait_for_fact (l, fact);
  return guest;
}

static CrGuest *
publish (CrGuestLesson *l, const gchar *id)
{
  CrGuest *guest = cr_guest_publish (l, id, CR_SOURCE_CAMERA);

  CR_GUEST_WAIT_FOR (guest->connected);
  return guest;
}

/* Of the packets from `from` on, the first that has the publisher's mark. */
static guint
find_mark (const CrGuest *guest, guint32 mark, guint from)
{
  for (guint i = from; i < guest->packets->len; i++) {
    const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, i);

    if (packet->line == CR_GUEST_CAMERA && !packet->resent && packet->mark == mark)
      return i;
  }
  g_assert_not_reached ();
}

static void
test_facts (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) viewer = join (l, "v1");
  g_autoptr (CrGuest) teacher = publish (l, "p1");
  g_autofree gchar *dot = NULL;

  g_assert_cmpuint (cr_guest_lesson_count (l, "camera 1"), ==, 0);
  cr_guest_send_frame (teacher, TRUE, 3);
  wait_for_fact (l, "camera 1");
  g_assert_cmpuint (cr_guest_lesson_count (l, "connected p1"), ==, 1);
  cr_guest_play (&teacher, 1, 20, viewer);
  dot = cr_lesson_pipeline_to_dot (l->lesson);
  g_assert_true (g_str_has_prefix (dot, "digraph"));
  g_assert_nonnull (strstr (dot, "relaysrc"));
  g_assert_nonnull (strstr (dot, "relaysink"));
  g_assert_nonnull (strstr (dot, "GstTee"));

  wait_for_fact (l, "camera 0"); /* silent for two seconds */
  cr_guest_send_frame (teacher, TRUE, 3);
  CR_GUEST_WAIT_FOR (cr_guest_lesson_count (l, "camera 1") == 2);
  cr_light_peer_close (teacher->light);
  CR_GUEST_WAIT_FOR (cr_guest_lesson_count (l, "camera 0") == 2);
  wait_for_fact (l, "closed p1 2");
  g_assert_cmpint (CR_PEER_END_CLOSE_NOTIFY, ==, 2);
}

/* The first goes on while the second has no keyframe, and is unheard from then on. */
static void
test_teacher_replaced (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) one = join (l, "v1");
  g_autoptr (CrGuest) two = join (l, "v2");
  g_autoptr (CrGuest) first = publish (l, "p1");
  g_autoptr (CrGuest) second = publish (l, "p2");
  CrGuest *const both[] = {first, second};
  const CrGuestPacket *before, *after;
  guint at, n_reports;

  first->video_index = 65500; /* wraps on the way */
  first->video_rtp = G_MAXUINT32 - 20000;
  first->picture_id = 0x7ff0;
  second->video_index = 12;
  second->voice_index = 40000;
  second->video_rtp = 0x80000000;
  second->voice_rtp = 7;
  second->picture_id_bits = 7;
  second->next_mark = 1000000;
  second->clock_off_us = G_GINT64_CONSTANT (-3600) * G_USEC_PER_SEC;

  cr_guest_send_sender_reports (first);
  cr_guest_send_frame (first, TRUE, 3);
  cr_guest_play (&first, 1, 60, one);
  cr_guest_send_sender_reports (second);
  cr_guest_play (both, 2, 30, one); /* the second has sent no keyframe */
  g_assert_cmpuint (cr_guest_last (one, CR_GUEST_CAMERA)->mark, <, 1000000);
  n_reports = one->n_reports;
  g_assert_cmpuint (second->n_plis, >, 0); /* it was asked for one */

  cr_guest_send_frame (second, TRUE, 3);
  cr_guest_play ((CrGuest *const[]){second, first}, 2, 100, one);
  CR_GUEST_WAIT_FOR (cr_guest_last (two, CR_GUEST_CAMERA)->mark == second->next_mark - 1);
  for (guint i = 0; i < 2; i++) {
    CrGuest *viewer = (CrGuest *[]){one, two}[i];

    g_assert_cmpuint (cr_guest_assert_continuous (viewer, CR_GUEST_CAMERA, 0), ==, 3 + 180 + 3 + 200);
    g_assert_cmpuint (cr_guest_assert_continuous (viewer, CR_GUEST_VOICE, 0), >, 60);
  }
  g_assert_cmpuint (one->n_reports, >=, n_reports + 2); /* for both media of the stream */

  /* From a keyframe on, nothing of the first; time went on as it does. */
  at = find_mark (one, 1000000 + 60, 0);
  after = &g_array_index (one->packets, CrGuestPacket, at);
  g_assert_true (after->starts_keyframe);
  before = &g_array_index (one->packets, CrGuestPacket, find_mark (one, 3 + 180 - 1, 0));
  g_assert_cmpuint (after->seq, ==, (guint16)(before->seq + 1));
  g_assert_cmpint (cr_rtp_time_distance (after->rtp, before->rtp), <, 90000);
  for (guint i = at; i < one->packets->len; i++) {
    const CrGuestPacket *packet = &g_array_index (one->packets, CrGuestPacket, i);

    g_assert_true (packet->line != CR_GUEST_CAMERA || packet->mark >= 1000000);
  }
  g_assert_cmpuint (cr_guest_lesson_count (l, "camera 1"), ==, 1);
  g_assert_cmpuint (cr_guest_lesson_count (l, "camera 0"), ==, 0);
}

static const CrGuestPacket *
find_resent (const CrGuest *guest, guint16 seq)
{
  for (guint i = guest->packets->len; i > 0; i--) {
    const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, i - 1);

    if (packet->line == CR_GUEST_CAMERA && packet->resent && packet->seq == seq)
      return packet;
  }
  return NULL;
}

static void
test_nack_from_before_the_switch (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) viewer = join (l, "v1");
  g_autoptr (CrGuest) first = publish (l, "p1");
  g_autoptr (CrGuest) second = publish (l, "p2");
  CrGuestPacket asked, other;

  second->next_mark = 1000000;
  second->picture_id_bits = 7;
  cr_guest_send_frame (first, TRUE, 3);
  cr_guest_play (&first, 1, 40, viewer);
  other = g_array_index (viewer->packets, CrGuestPacket, find_mark (viewer, 60, 0));
  asked = *cr_guest_last (viewer, CR_GUEST_CAMERA);
  cr_guest_send_frame (second, TRUE, 3);
  cr_guest_play (&second, 1, 40, viewer);
  g_assert_cmpuint (cr_guest_last (viewer, CR_GUEST_CAMERA)->mark, >=, 1000000);

  cr_light_peer_close (first->light); /* and the first is gone for good */
  wait_for_fact (l, "closed p1 2");
  cr_guest_nack (viewer, CR_GUEST_CAMERA, asked.seq, 0);
  cr_guest_nack (viewer, CR_GUEST_CAMERA, other.seq, 0);
  CR_GUEST_WAIT_FOR (find_resent (viewer, asked.seq) != NULL && find_resent (viewer, other.seq) != NULL);
  g_assert_cmpuint (find_resent (viewer, asked.seq)->mark, ==, asked.mark);
  g_assert_cmpuint (find_resent (viewer, asked.seq)->rtp, ==, asked.rtp);
  g_assert_cmpuint (find_resent (viewer, asked.seq)->picture_id, ==, asked.picture_id);
  g_assert_cmpuint (find_resent (viewer, other.seq)->mark, ==, other.mark);
}

/* New credentials and a new socket; the DTLS session stays, or nothing could be opened. */
static void
test_ice_restart (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) viewer = join (l, "v1");
  g_autoptr (CrGuest) teacher = publish (l, "p1");
  g_autofree gchar *fragment = NULL;
  g_autoptr (GError) error = NULL;
  CrIceCredentials local;
  guint32 ssrc;
  guint n;

  cr_guest_send_frame (teacher, TRUE, 3);
  cr_guest_play (&teacher, 1, 20, viewer);
  ssrc = cr_guest_last (viewer, CR_GUEST_CAMERA)->ssrc;

  cr_light_peer_begin_restart (viewer->light);
  cr_ice_credentials_generate (&local);
  cr_lesson_pipeline_restart_ice (l->lesson, "v1", &local, cr_light_peer_get_ufrag (viewer->light));
  fragment = g_strdup_printf ("a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", local.ufrag, local.password);
  g_assert_true (cr_light_peer_finish_restart (viewer->light, fragment, &error));
  g_assert_no_error (error);
  g_assert_true (cr_light_peer_rebind (viewer->light, &error));
  g_assert_no_error (error);
  viewer->connected = FALSE; /* a second handshake would set it */
  n = viewer->packets->len;
  while (viewer->packets->len < n + 100) {
    cr_guest_send_frame (teacher, FALSE, 2);
    g_usleep (CR_GUEST_FRAME_US);
    while (g_main_context_iteration (NULL, FALSE))
      ;
  }
  g_assert_cmphex (cr_guest_last (viewer, CR_GUEST_CAMERA)->ssrc, ==, ssrc);
  g_assert_false (viewer->connected);
  g_assert_cmpuint (cr_guest_lesson_count (l, "connected v1"), ==, 1);
  g_assert_cmpuint (cr_light_loop_get_stats (l->loop)->dropped_srtp, ==, 0);
}

static void
test_remove_peer (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) one = join (l, "v1");
  g_autoptr (CrGuest) two = join (l, "v2");
  g_autoptr (CrGuest) teacher = publish (l, "p1");

  cr_guest_send_frame (teacher, TRUE, 3);
  cr_guest_play (&teacher, 1, 20, one);
  cr_lesson_pipeline_remove_peer (l->lesson, "v2");
  cr_lesson_pipeline_remove_peer (l->lesson, "nobody");
  CR_GUEST_WAIT_FOR (two->closed);
  g_assert_cmpint (two->end, ==, CR_LIGHT_END_CLOSE_NOTIFY);
  cr_guest_play (&teacher, 1, 20, one);
  g_assert_cmpuint (cr_guest_assert_continuous (one, CR_GUEST_CAMERA, 0), ==, 3 + 80);

  cr_lesson_pipeline_remove_peer (l->lesson, "p1");
  CR_GUEST_WAIT_FOR (teacher->closed);
  for (guint i = 0; i < l->facts->len; i++)
    g_assert_false (g_str_has_prefix (l->facts->pdata[i], "closed"));
}

/* The same with viewers on two and three workers, most of them on others than the lesson's. */
static void
add (const gchar *name, void (*func) (CrGuestLesson *l, gconstpointer data))
{
  for (guint n_workers = 1; n_workers <= CR_GUEST_MAX_WORKERS; n_workers++) {
    g_autofree gchar *path = g_strdup_printf ("/lesson-pipeline/%u/%s", n_workers, name);

    g_test_add (path, CrGuestLesson, GUINT_TO_POINTER (n_workers), cr_guest_lesson_set_up, func,
                cr_guest_lesson_tear_down);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  add ("facts", test_facts);
  add ("teacher-replaced", test_teacher_replaced);
  add ("nack-from-before-the-switch", test_nack_from_before_the_switch);
  add ("ice-restart", test_ice_restart);
  add ("remove-peer", test_remove_peer);
  return g_test_run ();
}

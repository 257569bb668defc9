/* SPDX-License-Identifier: Apache-2.0
 *
 * One lesson whose viewers are on three workers, over real UDP, DTLS and SRTP: all get the same without a
 * loss, join without a keyframe, and are counted once; a worker that stands still harms nobody else; and a
 * branch leaves nothing behind. What a lesson does as a whole is tested with several workers in
 * lesson-pipeline.c and lesson-floor.c.
 */
#include "support/lesson-guests.h"

#include <pthread.h>

#define N_WORKERS 3
#define N_VIEWERS 9

static CrGuest *
join (CrGuestLesson *l, guint number)
{
  g_autofree gchar *id = g_strdup_printf ("v%u", number);
  g_autofree gchar *fact = g_strconcat ("connected ", id, NULL);
  CrGuest *guest = cr_guest_view (l, id, CR_LIGHT_UDP, NULL);

  CR_GUEST_WAIT_FOR (guest->connected && cr_guest_lesson_count (l, fact) == 1);
  return guest;
}

static CrGuest *
publish (CrGuestLesson *l, const gchar *id)
{
  CrGuest *guest = cr_guest_publish (l, id, CR_SOURCE_CAMERA);

  CR_GUEST_WAIT_FOR (guest->connected);
  return guest;
}

static guint64
count_handed_over (CrGuestLesson *l)
{
  CrWorkerStats stats;

  cr_worker_read_stats (l->worker, &stats);
  return stats.rtp_handed_over;
}

static guint64
count_resent (CrWorker *worker)
{
  CrWorkerStats stats;

  cr_worker_read_stats (worker, &stats);
  return stats.rtp_resent;
}

static void
wait_for_mark (CrGuest *viewer, guint32 mark)
{
  CR_GUEST_WAIT_FOR (cr_guest_last (viewer, CR_GUEST_CAMERA) != NULL &&
                     cr_guest_last (viewer, CR_GUEST_CAMERA)->mark == mark);
}

static const CrGuestPacket *
find_first (const CrGuest *guest, guint line)
{
  for (guint i = 0; i < guest->packets->len; i++) {
    const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, i);

    if (packet->line == line)
      return packet;
  }
  g_assert_not_reached ();
}

static gboolean
was_resent (const CrGuest *guest, guint16 seq)
{
  for (guint i = 0; i < guest->packets->len; i++) {
    const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, i);

    if (packet->resent && packet->seq == seq)
      return TRUE;
  }
  return FALSE;
}

static void
note_stats (const CrLessonStats *stats, gpointer data)
{
  GHashTable *seen = data;

  g_assert_cmpuint (stats->n_publishers, ==, 1);
  g_assert_cmpuint (stats->n_viewers, ==, N_VIEWERS);
  g_assert_true (stats->flowing[CR_SOURCE_CAMERA]);
  for (guint i = 0; i < stats->peers->len; i++) {
    const CrLessonPeerStats *peer = &g_array_index (stats->peers, CrLessonPeerStats, i);

    g_assert_true (peer->connected);
    if (!peer->is_publisher)
      g_assert_cmpuint (peer->viewer.packets, >, 0);
    g_assert_true (g_hash_table_add (seen, g_strdup (peer->peer_id)));
  }
}

static void
test_everybody_gets_all (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (GPtrArray) viewers = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_guest_free);
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autoptr (CrGuest) teacher = publish (l, "p1");
  CrWorkerStats stats;

  for (guint i = 0; i < N_VIEWERS; i++)
    g_ptr_array_add (viewers, join (l, i));
  cr_guest_send_frame (teacher, TRUE, 3);
  cr_guest_play (&teacher, 1, 100, viewers->pdata[0]);
  for (guint i = 0; i < N_VIEWERS; i++) {
    CrGuest *viewer = viewers->pdata[i];
    guint16 asked;

    wait_for_mark (viewer, teacher->next_mark - 1);
    g_assert_true (find_first (viewer, CR_GUEST_CAMERA)->starts_keyframe);
    g_assert_cmpuint (cr_guest_assert_continuous (viewer, CR_GUEST_CAMERA, 0), ==, 3 + 200);
    g_assert_cmpuint (cr_guest_assert_continuous (viewer, CR_GUEST_VOICE, 0), ==, 51);
    asked = cr_guest_last (viewer, CR_GUEST_CAMERA)->seq;
    cr_guest_nack (viewer, CR_GUEST_CAMERA, asked, 0);
    CR_GUEST_WAIT_FOR (was_resent (viewer, asked));
  }
  for (guint i = 0; i < N_WORKERS; i++) {
    CR_GUEST_WAIT_FOR (count_resent (l->workers[i]) == N_VIEWERS / N_WORKERS);
    cr_worker_read_stats (l->workers[i], &stats);
    g_assert_cmpuint (stats.rtp_forwarded, ==, (guint64)N_VIEWERS / N_WORKERS * (203 + 51));
    g_assert_cmpuint (stats.rtp_handover_dropped, ==, 0);
  }
  g_assert_cmpuint (count_handed_over (l), ==, (N_WORKERS - 1) * (203 + 51));

  cr_lesson_pipeline_get_stats (l->lesson, note_stats, seen);
  CR_GUEST_WAIT_FOR (g_hash_table_size (seen) > 0);
  g_assert_cmpuint (g_hash_table_size (seen), ==, N_VIEWERS + 1);
}

/* In mid-lesson, on a worker that has no branch yet, on one that has, and at home. */
static void
test_join_needs_no_keyframe (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (GPtrArray) viewers = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_guest_free);
  g_autoptr (CrGuest) teacher = publish (l, "p1");

  for (guint i = 0; i < 2 * N_WORKERS; i++) {
    guint32 mark = teacher->next_mark;

    cr_guest_send_frame (teacher, TRUE, 3); /* each time: a history lets go of it after 4 s */
    for (guint k = 0; k < 10; k++)
      cr_guest_send_frame (teacher, FALSE, 2);
    g_ptr_array_add (viewers, join (l, i));
    wait_for_mark (viewers->pdata[i], teacher->next_mark - 1);
    g_assert_true (find_first (viewers->pdata[i], CR_GUEST_CAMERA)->starts_keyframe);
    g_assert_cmpuint (find_first (viewers->pdata[i], CR_GUEST_CAMERA)->mark, ==, mark);
  }
  for (guint i = 0; i < viewers->len; i++) {
    wait_for_mark (viewers->pdata[i], teacher->next_mark - 1);
    g_assert_cmpuint (cr_guest_assert_continuous (viewers->pdata[i], CR_GUEST_CAMERA, 0), ==,
                      (2 * N_WORKERS - i) * 23);
  }
  cr_guest_lesson_settle (l);
  g_assert_cmpuint (teacher->n_plis, ==, 0);

  /* Asked on every worker at once, the teacher hears of it once. */
  for (guint i = 0; i < viewers->len; i++)
    cr_guest_pli (viewers->pdata[i], CR_GUEST_CAMERA);
  CR_GUEST_WAIT_FOR (teacher->n_plis > 0);
  cr_guest_lesson_settle (l);
  g_assert_cmpuint (teacher->n_plis, ==, 1);
}

/* Whoever says goodbye, or is sent away, is gone; with the last the branch is, and nothing is copied. */
static void
test_goodbye (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) teacher = publish (l, "p1");
  g_autoptr (CrGuest) one = join (l, 1);
  g_autoptr (CrGuest) two = join (l, 2);
  g_autoptr (CrGuest) home = join (l, 3);
  guint64 n;

  cr_guest_send_frame (teacher, TRUE, 3);
  cr_guest_play (&teacher, 1, 10, home);
  g_assert_cmpuint (count_handed_over (l), >, 0);
  cr_light_peer_close (one->light);
  CR_GUEST_WAIT_FOR (cr_guest_lesson_count (l, "closed v1 2") == 1);
  cr_lesson_pipeline_remove_peer (l->lesson, "v2");
  cr_lesson_pipeline_remove_peer (l->lesson, "v2");
  CR_GUEST_WAIT_FOR (two->closed);
  cr_guest_play (&teacher, 1, 10, home);
  n = count_handed_over (l);
  cr_guest_play (&teacher, 1, 20, home);
  g_assert_cmpuint (count_handed_over (l), ==, n);
  g_assert_cmpuint (cr_guest_assert_continuous (home, CR_GUEST_CAMERA, 0), ==, 3 + 80);
}

static void
test_hundred_branches (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) teacher = publish (l, "p1");
  gsize before_bytes = 0;

  cr_guest_send_frame (teacher, TRUE, 3);
  for (guint i = 0; i < 100; i++) {
    CrGuest *viewer;
    g_autofree gchar *id = g_strdup_printf ("v%u", i);

    l->n_placed = i % 2; /* the second worker or the third */
    viewer = join (l, i);
    cr_guest_send_frame (teacher, TRUE, 2);
    wait_for_mark (viewer, teacher->next_mark - 1);
    if (i % 3 == 0)
      cr_light_peer_close (viewer->light);
    else
      cr_lesson_pipeline_remove_peer (l->lesson, id);
    cr_guest_free (viewer);
    if (i == 20)
      before_bytes = cr_guest_resident_bytes ();
  }
  cr_guest_assert_grown_less (before_bytes, 4 * 1024 * 1024);
}

/* A branch that is on its way in or out when the lesson ends. */
static void
test_end_with_branches (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) teacher = publish (l, "p1");
  g_autoptr (CrGuest) one = join (l, 1);
  g_autoptr (CrGuest) two = join (l, 2);
  g_autoptr (CrGuest) late = NULL;

  cr_guest_send_frame (teacher, TRUE, 3);
  wait_for_mark (one, 2);
  cr_lesson_pipeline_remove_peer (l->lesson, "v1");
  l->n_placed = 0;
  late = cr_guest_view (l, "v3", CR_LIGHT_UDP, NULL);
  g_clear_pointer (&l->lesson, cr_lesson_pipeline_free);
  CR_GUEST_WAIT_FOR (one->closed && two->closed);
  g_assert_cmpint (two->end, ==, CR_LIGHT_END_CLOSE_NOTIFY);
}

typedef struct {
  pthread_mutex_t mutex;
} Stall;

static void
stand_still (gpointer data)
{
  Stall *stall = data;

  pthread_mutex_lock (&stall->mutex);
  pthread_mutex_unlock (&stall->mutex);
}

/* The viewers at home lose nothing, what waits is bounded, and the others go on from a keyframe. */
static void
test_worker_stands_still (CrGuestLesson *l, gconstpointer data)
{
  g_autoptr (CrGuest) teacher = publish (l, "p1");
  g_autoptr (CrGuest) there = join (l, 1);
  g_autoptr (CrGuest) other = join (l, 2);
  g_autoptr (CrGuest) home = join (l, 3);
  Stall stall = {PTHREAD_MUTEX_INITIALIZER};
  CrWorkerStats stats = {0};
  guint n_frames = 0;

  teacher->payload_bytes = 1100;
  cr_guest_send_frame (teacher, TRUE, 3);
  cr_guest_play (&teacher, 1, 10, home);
  pthread_mutex_lock (&stall.mutex);
  cr_media_invoke (l->workers[1], stand_still, &stall);
  while (stats.rtp_handover_dropped < 100) {
    cr_guest_send_frame (teacher, FALSE, 10);
    wait_for_mark (home, teacher->next_mark - 1);
    cr_worker_read_stats (l->worker, &stats);
    n_frames++;
  }
  g_assert_cmpuint (n_frames * 10 * 1100, <, 2 * 2 * 1024 * 1024);
  pthread_mutex_unlock (&stall.mutex);
  g_assert_cmpuint (cr_guest_assert_continuous (home, CR_GUEST_CAMERA, 0), ==, 3 + 20 + n_frames * 10);

  cr_guest_pli (there, CR_GUEST_CAMERA);
  CR_GUEST_WAIT_FOR (teacher->n_plis > 0);
  cr_guest_send_frame (teacher, TRUE, 3);
  cr_guest_play (&teacher, 1, 20, home);
  wait_for_mark (there, teacher->next_mark - 1);
  wait_for_mark (other, teacher->next_mark - 1);
  g_assert_cmpuint (cr_guest_assert_continuous (other, CR_GUEST_CAMERA, 0), ==,
                    3 + 20 + n_frames * 10 + 3 + 40);
  pthread_mutex_destroy (&stall.mutex);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
#define ADD(name, func)                                                                                      \
  g_test_add ("/lesson-branch/" name, CrGuestLesson, GUINT_TO_POINTER (N_WORKERS), cr_guest_lesson_set_up,   \
              func, cr_guest_lesson_tear_down)
  ADD ("everybody-gets-all", test_everybody_gets_all);
  ADD ("join-needs-no-keyframe", test_join_needs_no_keyframe);
  ADD ("goodbye", test_goodbye);
  ADD ("hundred-branches", test_hundred_branches);
  ADD ("end-with-branches", test_end_with_branches);
  ADD ("worker-stands-still", test_worker_stands_still);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor in every order that chance brings: classrooms' publishers and viewers come and go, the floor is
 * given, taken, exchanged and muted, viewers ask again for what they had, and everybody who publishes sends
 * all the time. Real sockets, against a model that knows two facts: never media without the right, never a
 * right without media.
 */
#include "support/lesson-guests.h"

#define N_STEPS      3000
#define N_CLASSROOMS 3
#define N_PAGES      2 /* that publish for one classroom at a time */
#define N_VIEWERS    (N_CLASSROOMS + 1)
#define TEACHER      N_CLASSROOMS
#define NOBODY       -1

/* A classroom's marks begin here times its number, so that a packet tells whose it is. */
#define MARKS_OF_ONE 0x1000000u

static const gchar *const owners[N_VIEWERS] = {"a", "b", "c", NULL};
static const CrSlot slots[CR_N_FLOORS][2] = {{CR_SLOT_FLOOR, CR_SLOT_FLOOR_AUDIO},
                                             {CR_SLOT_FLOOR2, CR_SLOT_FLOOR2_AUDIO}};

typedef struct {
  gint holder[CR_N_FLOORS];
  gboolean voice[CR_N_FLOORS];
  guint32 first_mark[N_CLASSROOMS]; /* of what is sent from the grant on */
} Rights;

typedef struct {
  CrGuestLesson l;
  GRand *rand;
  CrGuest *fence; /* publishes the camera */
  CrGuest *viewers[N_VIEWERS];
  guint n_judged[N_VIEWERS];
  CrGuest *pages[N_CLASSROOMS][N_PAGES]; /* the newest last */
  guint32 next_mark[N_CLASSROOMS];
  Rights rights, before;
  guint n_ids, n_packets;
} Class;

static const CrGuestPacket *
last (const CrGuest *guest, CrSlot slot)
{
  return cr_guest_last (guest, cr_guest_line_of (guest, slot));
}

/* What was on its way has arrived. Twice, since of one turn's packets the camera's go first. */
static void
fence (Class *c)
{
  for (guint i = 0; i < 2; i++) {
    cr_guest_send_picture (c->fence, TRUE, 1);
    for (guint v = 0; v < N_VIEWERS; v++) {
      if (c->viewers[v] != NULL)
        CR_GUEST_WAIT_FOR (last (c->viewers[v], CR_SLOT_CAMERA) != NULL &&
                           last (c->viewers[v], CR_SLOT_CAMERA)->mark == c->fence->next_mark - 1);
    }
  }
}

static gboolean
may_get (const Rights *rights, gint viewer, const CrGuestPacket *packet)
{
  guint floor = packet->slot == CR_SLOT_FLOOR2 || packet->slot == CR_SLOT_FLOOR2_AUDIO;
  gboolean is_voice = packet->slot == slots[floor][1];
  gint holder = rights->holder[floor];

  return (packet->slot == slots[floor][0] || is_voice) && holder != NOBODY && holder != viewer &&
         (!is_voice || rights->voice[floor]) && packet->mark / MARKS_OF_ONE == (guint)holder + 1 &&
         packet->mark >= rights->first_mark[holder];
}

/* Everything since the last look was allowed; by what was the rule before, if that is still on its way. */
static void
judge (Class *c, gboolean also_before)
{
  for (gint v = 0; v < N_VIEWERS; v++) {
    for (; c->viewers[v] != NULL && c->n_judged[v] < c->viewers[v]->packets->len; c->n_judged[v]++) {
      const CrGuestPacket *packet = &g_array_index (c->viewers[v]->packets, CrGuestPacket, c->n_judged[v]);

      if (packet->slot == CR_SLOT_CAMERA || packet->slot == CR_SLOT_TEACHER_AUDIO)
        continue;
      g_assert_true (may_get (&c->rights, v, packet) || (also_before && may_get (&c->before, v, packet)));
      c->n_packets++;
    }
  }
}

static void
nothing (gpointer data)
{
}

static void
set_floor (Class *c, const Rights *rights)
{
  CrFloorHolder holders[CR_N_FLOORS];

  for (guint i = 0; i < CR_N_FLOORS; i++)
    holders[i] =
        (CrFloorHolder){rights->holder[i] != NOBODY ? owners[rights->holder[i]] : NULL, rights->voice[i]};
  c->before = c->rights;
  c->rights = *rights;
  cr_lesson_pipeline_set_floor (c->l.lesson, holders);
  cr_media_invoke_sync (c->l.worker, nothing, NULL);
  fence (c);
  judge (c, TRUE);
}

static void
change_floor (Class *c)
{
  Rights rights = c->rights;

  if (g_rand_boolean (c->rand)) {
    rights.holder[0] = g_rand_int_range (c->rand, NOBODY, N_CLASSROOMS);
    rights.holder[1] = g_rand_int_range (c->rand, NOBODY, N_CLASSROOMS);
    if (rights.holder[1] == rights.holder[0])
      rights.holder[1] = NOBODY;
  }
  for (guint i = 0; i < CR_N_FLOORS; i++) {
    rights.voice[i] = g_rand_boolean (c->rand);
    /* What a new holder sent before is not to be shown. */
    if (rights.holder[i] != NOBODY && rights.holder[i] != c->rights.holder[i])
      rights.first_mark[rights.holder[i]] = c->next_mark[rights.holder[i]];
  }
  set_floor (c, &rights);
}

static CrGuest *
newest_page (const Class *c, gint classroom)
{
  for (guint i = N_PAGES; i > 0; i--) {
    if (c->pages[classroom][i - 1] != NULL)
      return c->pages[classroom][i - 1];
  }
  return NULL;
}

static void
send_from (Class *c, gint classroom, CrGuest *page)
{
  page->next_mark = page->next_voice_mark = c->next_mark[classroom];
  cr_guest_send_picture (page, TRUE, 1);
  cr_guest_send_high (page, TRUE, 1); /* always, since whichever is shown must go on */
  cr_guest_send_voice (page);
  c->next_mark[classroom] = page->next_mark;
}

static void
wait_for_right (Class *c, gint floor, guint32 mark)
{
  for (gint v = 0; v < N_VIEWERS; v++) {
    CrGuest *viewer = c->viewers[v];

    if (viewer == NULL || v == c->rights.holder[floor])
      continue;
    CR_GUEST_WAIT_FOR (last (viewer, slots[floor][0]) != NULL &&
                       last (viewer, slots[floor][0])->mark >= mark);
    if (c->rights.voice[floor])
      CR_GUEST_WAIT_FOR (last (viewer, slots[floor][1]) != NULL &&
                         last (viewer, slots[floor][1])->mark == mark);
  }
}

/* Everybody sends, older pages first; who has the right is seen and heard by all others. */
static void
send_all (Class *c)
{
  guint32 marks[N_CLASSROOMS] = {0};

  for (gint i = 0; i < N_CLASSROOMS; i++) {
    for (guint k = 0; k < N_PAGES; k++) {
      marks[i] = c->pages[i][k] != NULL ? c->next_mark[i] : marks[i];
      if (c->pages[i][k] != NULL)
        send_from (c, i, c->pages[i][k]);
    }
  }
  for (gint floor = 0; floor < CR_N_FLOORS; floor++) {
    if (c->rights.holder[floor] != NOBODY && newest_page (c, c->rights.holder[floor]) != NULL)
      wait_for_right (c, floor, marks[c->rights.holder[floor]]);
  }
}

static void
leave (Class *c, CrGuest **guest)
{
  cr_lesson_pipeline_remove_peer (c->l.lesson, (*guest)->id);
  CR_GUEST_WAIT_FOR ((*guest)->closed);
  g_clear_pointer (guest, cr_guest_free);
}

static void
come_or_go (Class *c)
{
  g_autofree gchar *id = g_strdup_printf ("%u", ++c->n_ids);
  gint who = g_rand_int_range (c->rand, 0, N_VIEWERS);
  CrGuest **pages = who < N_CLASSROOMS ? c->pages[who] : NULL;
  gboolean may_leave = g_rand_int_range (c->rand, 0, 3) == 0; /* so that most are there */

  if (pages == NULL || g_rand_int_range (c->rand, 0, 3) == 0) {
    if (c->viewers[who] != NULL) {
      if (may_leave)
        leave (c, &c->viewers[who]);
      return;
    }
    c->n_judged[who] = 0;
    c->viewers[who] = cr_guest_view_class (&c->l, id, owners[who], FALSE);
    CR_GUEST_WAIT_FOR (c->viewers[who]->connected);
  } else if (pages[0] == NULL) {
    pages[0] = cr_guest_publish_classroom (&c->l, id, owners[who]);
    CR_GUEST_WAIT_FOR (pages[0]->connected);
  } else if (may_leave) { /* the older goes, the newer takes its place */
    leave (c, &pages[0]);
    pages[0] = g_steal_pointer (&pages[1]);
  }
}

/* A second page beside the first, or the newer of two gone. */
static void
come_or_go_beside (Class *c)
{
  g_autofree gchar *id = g_strdup_printf ("%u", ++c->n_ids);
  gint who = g_rand_int_range (c->rand, 0, N_CLASSROOMS);
  CrGuest **pages = c->pages[who];

  if (pages[0] == NULL)
    return;
  if (pages[1] != NULL) {
    leave (c, &pages[1]);
    return;
  }
  pages[1] = cr_guest_publish_classroom (&c->l, id, owners[who]);
  CR_GUEST_WAIT_FOR (pages[1]->connected);
}

static void
ask_again (Class *c)
{
  CrGuest *viewer = c->viewers[g_rand_int_range (c->rand, 0, N_VIEWERS)];
  CrSlot slot = slots[g_rand_int_range (c->rand, 0, CR_N_FLOORS)][g_rand_int_range (c->rand, 0, 2)];
  const CrGuestPacket *packet = viewer != NULL ? last (viewer, slot) : NULL;

  if (packet == NULL)
    return;
  cr_guest_nack (viewer, cr_guest_line_of (viewer, slot),
                 (guint16)(packet->seq - g_rand_int_range (c->rand, 0, 20)), (guint16)g_rand_int (c->rand));
  cr_guest_pli (viewer, cr_guest_line_of (viewer, slot));
}

static void
test_random (Class *c, gconstpointer data)
{
  for (guint i = 0; i < N_STEPS; i++) {
    switch (g_rand_int_range (c->rand, 0, 10)) {
    case 0:
      come_or_go (c);
      break;
    case 1:
      come_or_go_beside (c);
      break;
    case 2:
      ask_again (c);
      break;
    case 3:
    case 4:
    case 5:
      change_floor (c);
      break;
    default:
      send_all (c);
    }
    fence (c);
    judge (c, FALSE);
  }
  g_assert_cmpuint (c->n_packets, >, N_STEPS);
}

static void
set_up (Class *c, gconstpointer data)
{
  cr_guest_lesson_set_up (&c->l, data);
  c->rand = g_rand_new_with_seed (20261126);
  c->rights = (Rights){.holder = {NOBODY, NOBODY}};
  for (guint i = 0; i < N_CLASSROOMS; i++)
    c->next_mark[i] = (i + 1) * MARKS_OF_ONE;
  c->fence = cr_guest_publish (&c->l, "fence", CR_SOURCE_CAMERA);
  CR_GUEST_WAIT_FOR (c->fence->connected);
}

static void
tear_down (Class *c, gconstpointer data)
{
  for (guint i = 0; i < N_VIEWERS; i++)
    g_clear_pointer (&c->viewers[i], cr_guest_free);
  for (guint i = 0; i < N_CLASSROOMS; i++) {
    for (guint k = 0; k < N_PAGES; k++)
      g_clear_pointer (&c->pages[i][k], cr_guest_free);
  }
  cr_guest_free (c->fence);
  g_rand_free (c->rand);
  cr_guest_lesson_tear_down (&c->l, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add ("/lesson-floor-random/one-worker", Class, GUINT_TO_POINTER (1), set_up, test_random, tear_down);
  g_test_add ("/lesson-floor-random/two-workers", Class, GUINT_TO_POINTER (2), set_up, test_random,
              tear_down);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Nobody hears himself, whichever device he listens by: an assistant who watches on one of her own does not
 * get the floor of the room that she stands in, and gets all else; whoever is not in the room does get it.
 */
#include "server/people/guest-fixture.h"

#include "http/join.h"

#include <gst/gst.h>

#define VIEWS_FLOOR "/whep/music?audio=floor&video=floor"

static void
set_up (Guests *g, gconstpointer data)
{
  guests_set_up (g);
}

static void
tear_down (Guests *g, gconstpointer data)
{
  guests_tear_down (g);
}

static void
set_floor (Guests *g, const gchar *body)
{
  const Question give = {.method = "POST",
                         .path = "/api/v1/lessons/music/floor",
                         .cookie = world_find (&g->world, 'T')->secret,
                         .type = JSON,
                         .body = body};
  g_auto (Answer) answer = {0};

  world_ask (&g->world, &give, &answer);
  g_assert_cmpuint (answer.status, ==, 204);
}

static void
give_floor (Guests *g)
{
  g_autofree gchar *body = g_strdup_printf ("{\"classrooms\":[\"%s\"]}", g->world.classroom_ids[SCHOOL_B]);

  set_floor (g, body);
}

/* The room's own device speaks; what others hear of it, and the assistant. */
static void
expect_floor (Guests *g)
{
  guint n_assistant, n_coordinator;

  g->speaker = &g->device;
  guests_speak (g, 5); /* whatever was under way */
  n_assistant = g->assistant.n_packets;
  n_coordinator = g->coordinator.n_packets;
  guests_speak (g, 25);
  g_assert_cmpuint (g->coordinator.n_packets, >, n_coordinator + 10);
  g_assert_cmpuint (g->assistant.n_packets, ==, n_assistant);
}

static void
connect_all (Guests *g)
{
  g_autofree gchar *device = guests_join (g, world_find (&g->world, 'D')->secret, NULL, "classroom");
  g_autofree gchar *teacher = guests_join (g, NULL, world_find (&g->world, 'T')->secret, "teacher");
  g_autofree gchar *assistant = guests_join (g, NULL, world_find (&g->world, 'H')->secret, "viewer");
  g_autofree gchar *coordinator = guests_join (g, NULL, world_find (&g->world, 'a')->secret, "viewer");
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_join_restore (g->world.http, &error)); /* as after a restart of the relay */
  g_assert_no_error (error);
  guests_connect (g, &g->teacher, "/whip/music/camera", teacher, CR_TEST_WHIP_OFFER);
  guests_connect (g, &g->device, "/whip/music/classroom", device, CR_TEST_WHIP_OFFER);
  guests_connect (g, &g->assistant, VIEWS_FLOOR, assistant, CR_TEST_WHEP_OFFER);
  guests_connect (g, &g->coordinator, VIEWS_FLOOR, coordinator, CR_TEST_WHEP_OFFER);
}

static void
test_assistant_in_the_room (Guests *g, gconstpointer data)
{
  g_autofree gchar *token = guests_join (g, NULL, world_find (&g->world, 'H')->secret, "viewer");
  Guest of_teacher = {0}; /* what she gets besides */

  connect_all (g);
  guests_connect (g, &of_teacher, "/whep/music", token, CR_TEST_WHEP_OFFER);
  give_floor (g);
  expect_floor (g);
  g->speaker = &g->teacher;
  guests_speak (g, 25);
  g_assert_cmpuint (of_teacher.n_packets, >, 10);
  set_floor (g, "{\"classrooms\":[]}");
  give_floor (g);
  expect_floor (g);
  cr_light_peer_free (of_teacher.light);
}

/* Who comes while the room has the floor already. */
static void
test_assistant_comes_later (Guests *g, gconstpointer data)
{
  g_autofree gchar *again = NULL;

  connect_all (g);
  give_floor (g);
  expect_floor (g);
  g_clear_pointer (&g->assistant.light, cr_light_peer_free);
  again = guests_join (g, NULL, world_find (&g->world, 'H')->secret, "viewer");
  guests_connect (g, &g->assistant, VIEWS_FLOOR, again, CR_TEST_WHEP_OFFER);
  expect_floor (g);
}

/* With a school's right alone nobody gets in, so that there is nothing to keep back. */
static void
test_office_looks_on_from_outside (Guests *g, gconstpointer data)
{
  const Question join = {
      .method = "POST", .path = "/api/v1/lessons/music/join", .cookie = world_find (&g->world, 'U')->secret};
  g_auto (Answer) answer = {0};

  world_ask (&g->world, &join, &answer);
  g_assert_cmpuint (answer.status, ==, 403);
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/live/own-voice/" name, Guests, NULL, set_up, func, tear_down)
  ADD ("assistant-in-the-room", test_assistant_in_the_room);
  ADD ("assistant-comes-later", test_assistant_comes_later);
  ADD ("office-looks-on-from-outside", test_office_looks_on_from_outside);
  return g_test_run ();
}

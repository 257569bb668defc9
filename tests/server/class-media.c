/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson's class on the wire, with the real daemon: who is there, who sends, and who hears whom by the
 * floor and the mutes, also after the daemon was killed.
 */
#include "support/daemon.h"
#include "support/folder.h"
#include "support/light-offer.h"
#include "support/make-rtp.h"

#include "base/json.h"

#include <string.h>
#include <unistd.h>

#define SDP  "application/sdp"
#define JSON "application/json"

#define VOICE_MS  20
#define VOICE_RTP 960
#define PT_OPUS   111

#define N_CLASSROOMS 3

typedef struct {
  CrLightPeer *light;
  gchar *location, *token;
  guint n_heard;
  guint64 index; /* of its next packet */
} Guest;

typedef struct {
  gchar *state;
  CrTestDaemon *daemon;
  gchar *tokens[N_CLASSROOMS], *keys[N_CLASSROOMS];
  CrDtlsIdentity *identity;
  CrLightLoop *loop;
  Guest viewers[N_CLASSROOMS];
  Guest talker;  /* the source of the first classroom */
  Guest teacher; /* the teacher's camera */
} Fixture;

static JsonNode *
get_json (Fixture *f, const gchar *path, const gchar *token)
{
  g_autoptr (CrTestReply) reply = cr_test_http (f->daemon, "GET", path, token, NULL, NULL, NULL);
  JsonNode *node;

  g_assert_cmpuint (reply->status, ==, 200);
  node = cr_json_parse (reply->body, strlen (reply->body), NULL);
  g_assert_nonnull (node);
  return node;
}

static void
start (Fixture *f)
{
  const gchar *options[] = {"--state", f->state, "--demo-classrooms", "3", NULL};
  g_autoptr (JsonNode) demo = NULL, document = NULL;
  JsonArray *tokens, *classrooms;

  f->daemon = cr_test_daemon_start (NULL, options);
  demo = get_json (f, "/demo.json", NULL);
  document = get_json (f, "/api/v1/lessons/demo", f->daemon->teacher_token);
  tokens = json_object_get_array_member (json_node_get_object (demo), "classroom_tokens");
  classrooms = json_object_get_array_member (json_node_get_object (document), "classrooms");
  for (guint i = 0; i < N_CLASSROOMS; i++) {
    JsonObject *row = json_array_get_object_element (classrooms, i);

    g_free (f->tokens[i]);
    g_free (f->keys[i]);
    f->tokens[i] = g_strdup (json_array_get_string_element (tokens, i));
    f->keys[i] = g_strdup (json_object_get_string_member (row, "id"));
  }
}

static void
set_up (Fixture *f, gconstpointer data)
{
  alarm (150); /* the watchdog of the test */
  f->state = g_dir_make_tmp ("cr-class-XXXXXX", NULL);
  f->identity = cr_dtls_identity_new (NULL);
  f->loop = cr_light_loop_new (NULL);
  start (f);
}

static void
guest_clear (Guest *guest)
{
  g_clear_pointer (&guest->light, cr_light_peer_free);
  g_clear_pointer (&guest->location, g_free);
  g_clear_pointer (&guest->token, g_free);
}

static void
clear_guests (Fixture *f)
{
  for (guint i = 0; i < N_CLASSROOMS; i++)
    guest_clear (&f->viewers[i]);
  guest_clear (&f->talker);
  guest_clear (&f->teacher);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  clear_guests (f);
  cr_test_daemon_stop (f->daemon);
  cr_light_loop_free (f->loop);
  cr_dtls_identity_free (f->identity);
  for (guint i = 0; i < N_CLASSROOMS; i++) {
    g_free (f->tokens[i]);
    g_free (f->keys[i]);
  }
  test_remove_folder (f->state);
  g_free (f->state);
  alarm (0);
}

static void
on_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  ((Guest *)data)->n_heard++;
}

static void
connect_guest (Fixture *f, Guest *guest, const gchar *path, const gchar *token, const gchar *sample)
{
  static const CrLightPeerHandler handler = {.on_rtp = on_rtp};
  g_autoptr (CrTestReply) reply = NULL;
  g_autofree gchar *offer = NULL;

  guest_clear (guest);
  guest->n_heard = 0;
  guest->light = cr_light_peer_new (f->loop, f->identity, &handler, guest);
  offer = test_light_offer (guest->light, sample);
  reply = cr_test_http (f->daemon, "POST", path, token, SDP, offer, NULL);
  g_assert_cmpuint (reply->status, ==, 201);
  guest->location = g_strdup (cr_test_reply_get (reply, "Location"));
  guest->token = g_strdup (token);
  g_assert_true (cr_light_peer_start (guest->light, reply->body, NULL));
  while (!cr_light_peer_is_connected (guest->light)) /* the watchdog ends this */
    g_main_context_iteration (NULL, TRUE);
}

static void
view (Fixture *f, guint classroom)
{
  connect_guest (f, &f->viewers[classroom], "/whep/demo?video=floor&audio=floor", f->tokens[classroom],
                 CR_TEST_WHEP_OFFER);
}

static void
leave (Fixture *f, Guest *guest)
{
  g_autoptr (CrTestReply) reply =
      cr_test_http (f->daemon, "DELETE", guest->location, guest->token, NULL, NULL, NULL);

  g_assert_cmpuint (reply->status, ==, 200);
  guest_clear (guest);
}

static gboolean
on_due (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
pass (guint ms)
{
  gboolean due = FALSE;

  g_timeout_add (ms, on_due, &due);
  while (!due)
    g_main_context_iteration (NULL, TRUE);
}

static void
speak (Guest *guest, guint n_packets)
{
  for (guint i = 0; i < n_packets; i++) {
    guint8 payload[80] = {0x78}; /* RFC 6716 section 3.1: CELT, 20 ms, one frame */
    TestRtp rtp;

    test_rtp_begin (&rtp, PT_OPUS, (guint16)guest->index, (guint32)guest->index * VOICE_RTP, 4711);
    test_rtp_append (&rtp, payload, sizeof payload);
    cr_light_peer_send_rtp_packet (guest->light, rtp.data, rtp.length_bytes, guest->index++);
    pass (VOICE_MS);
  }
}

static void
act (Fixture *f, const gchar *action, const gchar *body)
{
  g_autofree gchar *path = g_strconcat ("/api/v1/lessons/demo/", action, NULL);
  g_autoptr (CrTestReply) reply =
      cr_test_http (f->daemon, "POST", path, f->daemon->teacher_token, JSON, body, NULL);

  g_assert_cmpuint (reply->status, ==, 204);
}

/* To a classroom, or to nobody: -1. */
static void
give (Fixture *f, gint classroom)
{
  g_autofree gchar *body = classroom < 0 ? g_strdup ("{\"classrooms\":[]}")
                                         : g_strdup_printf ("{\"classrooms\":[\"%s\"]}", f->keys[classroom]);

  act (f, "floor", body);
}

static void
mute (Fixture *f, guint classroom, gboolean muted)
{
  g_autofree gchar *body =
      g_strdup_printf ("{\"classroom\":\"%s\",\"muted\":%s}", f->keys[classroom], muted ? "true" : "false");

  act (f, "mute", body);
}

/* Whether the others hear what the first classroom says now; it never hears itself. */
static void
expect_heard (Fixture *f, gboolean heard)
{
  guint before[N_CLASSROOMS];

  speak (&f->talker, 5); /* what was under way before the question */
  for (guint i = 0; i < N_CLASSROOMS; i++)
    before[i] = f->viewers[i].n_heard;
  speak (&f->talker, 25);
  g_assert_cmpuint (f->viewers[0].n_heard, ==, before[0]);
  for (guint i = 1; i < N_CLASSROOMS; i++) {
    if (heard)
      g_assert_cmpuint (f->viewers[i].n_heard, >, before[i] + 10);
    else
      g_assert_cmpuint (f->viewers[i].n_heard, ==, before[i]);
  }
}

/* Whether a member of a classroom's row has the value, as text. */
static gboolean
has_value (Fixture *f, guint classroom, const gchar *member, const gchar *value)
{
  g_autoptr (JsonNode) document = get_json (f, "/api/v1/lessons/demo", f->daemon->teacher_token);
  JsonArray *rows = json_object_get_array_member (json_node_get_object (document), "classrooms");
  JsonObject *row = json_array_get_object_element (rows, classroom);
  g_autofree gchar *text = json_to_string (json_object_get_member (row, member), FALSE);

  return g_str_equal (text, value);
}

static void
wait_for (Fixture *f, guint classroom, const gchar *member, const gchar *value)
{
  while (!has_value (f, classroom, member, value))
    pass (50);
}

static void
wait_for_state (Fixture *f, const gchar *state)
{
  for (;;) {
    g_autoptr (JsonNode) document = get_json (f, "/api/v1/lessons/demo", f->daemon->teacher_token);

    if (g_str_equal (json_object_get_string_member (json_node_get_object (document), "state"), state))
      return;
    pass (50);
  }
}

static void
join_all (Fixture *f)
{
  for (guint i = 0; i < N_CLASSROOMS; i++)
    view (f, i);
  connect_guest (f, &f->talker, "/whip/demo/classroom", f->tokens[0], CR_TEST_WHIP_OFFER);
}

static void
test_who_is_there (Fixture *f, gconstpointer data)
{
  wait_for_state (f, "open");
  join_all (f);
  wait_for (f, 0, "present", "true");
  wait_for (f, 0, "condition", "\"good\"");
  wait_for (f, 0, "publishing", "false");
  speak (&f->talker, 5);
  wait_for (f, 0, "publishing", "true");
  wait_for (f, 1, "publishing", "false");
  wait_for (f, 1, "transport", "\"udp\""); /* with the figures, at the next tick */
  leave (f, &f->viewers[1]);
  wait_for (f, 1, "present", "false");
  wait_for (f, 1, "condition", "\"absent\"");
  wait_for (f, 2, "present", "true");
  wait_for_state (f, "open");
  connect_guest (f, &f->teacher, "/whip/demo/camera", f->daemon->teacher_token, CR_TEST_WHIP_OFFER);
  speak (&f->teacher, 5);
  wait_for_state (f, "live");
  leave (f, &f->teacher);
  wait_for_state (f, "live");
  wait_for (f, 0, "publishing", "false"); /* silent since */
}

/* Its line is cut: it says nothing more, and no goodbye. The peers live on the main loop, which stands still
 * meanwhile. */
static void
test_who_is_lost (Fixture *f, gconstpointer data)
{
  view (f, 0);
  wait_for (f, 0, "condition", "\"good\"");
  while (!has_value (f, 0, "condition", "\"broken\""))
    g_usleep (100 * 1000);
  wait_for (f, 0, "condition", "\"good\""); /* the line is back */
  wait_for (f, 1, "condition", "\"absent\"");
}

static void
test_who_is_heard (Fixture *f, gconstpointer data)
{
  join_all (f);
  expect_heard (f, FALSE);
  give (f, 0);
  expect_heard (f, TRUE);
  mute (f, 0, TRUE);
  expect_heard (f, FALSE);
  give (f, 1);
  give (f, 0); /* muted still */
  expect_heard (f, FALSE);
  mute (f, 0, FALSE);
  expect_heard (f, TRUE);
  give (f, 1); /* which says nothing */
  expect_heard (f, FALSE);
  give (f, -1);
  expect_heard (f, FALSE);
}

static void
test_the_floor_outlives_who_has_it_and_the_relay (Fixture *f, gconstpointer data)
{
  join_all (f);
  give (f, 0);
  leave (f, &f->talker);
  connect_guest (f, &f->talker, "/whip/demo/classroom", f->tokens[0], CR_TEST_WHIP_OFFER);
  expect_heard (f, TRUE);
  mute (f, 2, TRUE);
  clear_guests (f);
  cr_test_daemon_kill (f->daemon);
  start (f);
  wait_for_state (f, "open");
  join_all (f);
  expect_heard (f, TRUE); /* nobody has given it anew */
  wait_for (f, 0, "turns", "1");
  wait_for (f, 2, "muted", "true");
  give (f, -1);
  expect_heard (f, FALSE);
}

#define class_test(path, func)                                                                               \
  g_test_add ("/server/class-media/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  class_test ("there", test_who_is_there);
  class_test ("lost", test_who_is_lost);
  class_test ("heard", test_who_is_heard);
  class_test ("restart", test_the_floor_outlives_who_has_it_and_the_relay);
  return g_test_run ();
}

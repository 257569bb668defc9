/* SPDX-License-Identifier: Apache-2.0
 *
 * A device from its pairing to its end: it is paired, joins a lesson and plays, and is revoked while it does,
 * or while it has the floor; and an account that gets a new password by the command. What counts is what is
 * on the wire: the packets to its port stop, those to others do not. A packet socket looks; without the right
 * to open one, what the device itself receives must do.
 */
#include "server/people/people-fixture.h"

#include "live/lesson-class.h"
#include "people-command.h"
#include "support/light-offer.h"
#include "support/make-rtp.h"

#include <arpa/inet.h>
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

#define JSON "application/json"
#define SDP  "application/sdp"

/* By another process's hand within the five seconds of a revocation, and as much again for a busy machine. */
#define BY_ANOTHER_US (2 * 5 * G_USEC_PER_SEC)

#define VOICE_US  20000
#define VOICE_RTP 960
#define PT_OPUS   111

typedef struct {
  CrLightPeer *light;
  guint n_packets;
  gboolean closed;
} Guest;

typedef struct {
  World world;
  CrWorker *worker; /* owned by the world's lessons */
  CrDtlsIdentity *relay, *guest;
  CrLightLoop *loop;
  Guest teacher, device, assistant;
  Guest *speaker;
  guint64 index; /* of the speaker's next packet */
  gint wire;     /* a packet socket, -1: none */
} Fixture;

static void
on_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  ((Guest *)data)->n_packets++;
}

static void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  g_assert_cmpint (end, ==, CR_LIGHT_END_CLOSE_NOTIFY);
  ((Guest *)data)->closed = TRUE;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  static const gchar *const addresses[] = {"127.0.0.1", NULL}; /* look_at_wire() reads IPv4 */
  const CrWorkerConfig config = {.udp = TRUE, .addresses = addresses, .max_handshakes = 16};
  GPtrArray *workers = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_worker_free);
  g_autoptr (GError) error = NULL;

  f->relay = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  f->guest = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  f->worker = cr_worker_new (&config, &error);
  g_assert_no_error (error);
  g_ptr_array_add (workers, f->worker);
  f->loop = cr_light_loop_new (NULL);
  f->speaker = &f->teacher;
  f->wire = socket (AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons (ETH_P_IP));
  world_set_up (&f->world, workers, f->relay);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  Guest *guests[] = {&f->teacher, &f->device, &f->assistant};

  for (guint i = 0; i < G_N_ELEMENTS (guests); i++)
    g_clear_pointer (&guests[i]->light, cr_light_peer_free);
  cr_light_loop_free (f->loop);
  world_tear_down (&f->world);
  cr_dtls_identity_free (f->relay);
  cr_dtls_identity_free (f->guest);
  if (f->wire >= 0)
    close (f->wire);
}

/* A join token by cookie or credential; free with g_free(). */
static gchar *
join (Fixture *f, const gchar *bearer, const gchar *cookie, const gchar *role)
{
  Question question = {
      .method = "POST", .path = "/api/v1/lessons/music/join", .bearer = bearer, .cookie = cookie};
  g_auto (Answer) answer = {0};
  g_autofree gchar *given = NULL;

  world_ask (&f->world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  given = answer_get (&answer, "role");
  g_assert_cmpstr (given, ==, role);
  return answer_get (&answer, "token");
}

static void
connect_guest (Fixture *f, Guest *guest, const gchar *path, const gchar *token, const gchar *sample)
{
  static const CrLightPeerHandler handler = {.on_rtp = on_rtp, .on_closed = on_closed};
  g_autofree gchar *offer = NULL;
  const gchar *query = strchr (path, '?');
  g_autofree gchar *bare = g_strndup (path, strcspn (path, "?"));
  Question question = {.method = "POST", .path = bare, .bearer = token, .type = SDP};
  g_auto (Answer) answer = {0};
  g_autoptr (GError) error = NULL;

  guest->light = cr_light_peer_new (f->loop, f->guest, &handler, guest);
  question.query = query != NULL ? query + 1 : NULL;
  question.body = offer = test_light_offer (guest->light, sample);
  world_ask (&f->world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 201);
  g_assert_true (cr_light_peer_start (guest->light, answer.text, &error));
  g_assert_no_error (error);
  while (!cr_light_peer_is_connected (guest->light)) /* the test's own time limit ends this */
    g_main_context_iteration (NULL, TRUE);
}

static void
send_voice (Fixture *f)
{
  guint8 payload[80] = {0x78}; /* RFC 6716 section 3.1: CELT, 20 ms, one frame */
  TestRtp rtp;

  test_rtp_begin (&rtp, PT_OPUS, (guint16)f->index, (guint32)f->index * VOICE_RTP, 4711);
  test_rtp_append (&rtp, payload, sizeof payload);
  cr_light_peer_send_rtp_packet (f->speaker->light, rtp.data, rtp.length_bytes, f->index++);
}

static gboolean
on_due (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static void
speak (Fixture *f, guint n_packets)
{
  for (guint i = 0; i < n_packets; i++) {
    gboolean due = FALSE;

    send_voice (f);
    g_timeout_add (VOICE_US / 1000, on_due, &due);
    while (!due)
      g_main_context_iteration (NULL, TRUE);
  }
}

/* Datagrams of the relay to `port` that have passed since the last look. */
static guint
look_at_wire (Fixture *f, guint16 port)
{
  guint8 packet[2048];
  guint n = 0;
  gssize size;

  while ((size = recv (f->wire, packet, sizeof packet, 0)) > 0) {
    const struct iphdr *ip = (const struct iphdr *)packet;
    gsize header_bytes = ip->ihl * 4u;
    const struct udphdr *udp = (const struct udphdr *)(packet + header_bytes);

    if ((gsize)size < header_bytes + sizeof *udp || ip->protocol != IPPROTO_UDP)
      continue;
    n += udp->dest == htons (port) && udp->source == htons (cr_worker_get_port (f->worker));
  }
  return n;
}

/* What a device's page and a coordinator do; returns the credential, `*device_id` gets the id. */
static gchar *
pair (Fixture *f, gchar **device_id)
{
  World *world = &f->world;
  const gchar *coordinator = world_find (world, 'b')->secret;
  Question begin = {.method = "POST", .path = "/api/v1/pairing"};
  Question poll = {.method = "POST", .path = "/api/v1/pairing/poll", .type = JSON};
  Question find = {.method = "GET", .cookie = coordinator};
  Question confirm = {.method = "POST", .cookie = coordinator, .type = JSON};
  g_auto (Answer) begun = {0};
  g_auto (Answer) early = {0};
  g_auto (Answer) found = {0};
  g_auto (Answer) confirmed = {0};
  g_auto (Answer) paired = {0};
  g_auto (Answer) again = {0};
  g_autofree gchar *code = NULL;
  g_autofree gchar *secret = NULL;
  g_autofree gchar *typed = NULL;
  g_autofree gchar *poll_body = NULL;
  g_autofree gchar *find_path = NULL;
  g_autofree gchar *confirm_path = NULL;
  g_autofree gchar *confirm_body = NULL;

  world_ask (world, &begin, &begun);
  g_assert_cmpuint (begun.status, ==, 200);
  code = answer_get (&begun, "user_code");
  secret = answer_get (&begun, "device_code");
  poll.body = poll_body = g_strdup_printf ("{\"device_code\":\"%s\"}", secret);
  world_ask (world, &poll, &early);
  g_assert_cmpuint (early.status, ==, 400);
  g_assert_nonnull (strstr (early.text, "authorization_pending"));

  typed = g_ascii_strdown (code, -1); /* as people type */
  find.path = find_path = g_strdup_printf ("/api/v1/pairings/%.3s-%s", typed, typed + 3);
  world_ask (world, &find, &found);
  g_assert_cmpuint (found.status, ==, 200);
  confirm.path = confirm_path = g_strdup_printf ("/api/v1/pairings/%s/confirm", code);
  confirm.body = confirm_body = g_strdup_printf ("{\"classroom_id\":\"%s\"}", world->classroom_ids[SCHOOL_B]);
  world_ask (world, &confirm, &confirmed);
  g_assert_cmpuint (confirmed.status, ==, 204);

  world_ask (world, &poll, &paired);
  g_assert_cmpuint (paired.status, ==, 200);
  world_ask (world, &poll, &again); /* handed out once */
  g_assert_cmpuint (again.status, ==, 400);
  g_assert_nonnull (strstr (again.text, "expired_token"));
  *device_id = answer_get (&paired, "device_id");
  return answer_get (&paired, "credential");
}

static guint
status_of (Fixture *f, const gchar *method, const gchar *path, const gchar *bearer)
{
  Question question = {.method = method, .path = path, .bearer = bearer, .type = SDP, .body = "v=0\r\n"};
  g_auto (Answer) answer = {0};

  world_ask (&f->world, &question, &answer);
  return answer.status;
}

static void
revoke_device (Fixture *f, const gchar *device_id)
{
  g_autofree gchar *path = g_strdup_printf ("/api/v1/devices/%s", device_id);
  Question question = {.method = "DELETE", .path = path, .cookie = world_find (&f->world, 'b')->secret};
  g_auto (Answer) answer = {0};

  world_ask (&f->world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 204);
}

static void
test_revocation_ends_media (Fixture *f, gconstpointer data)
{
  g_autofree gchar *device_id = NULL;
  g_autofree gchar *credential = pair (f, &device_id);
  g_autofree gchar *teacher = join (f, NULL, world_find (&f->world, 'T')->secret, "teacher");
  g_autofree gchar *assistant = join (f, NULL, world_find (&f->world, 'H')->secret, "viewer");
  g_autofree gchar *device = join (f, credential, NULL, "classroom");
  guint n_device, n_assistant;
  guint16 port;

  g_assert_cmpuint (status_of (f, "GET", "/api/v1/me", credential), ==, 200);
  connect_guest (f, &f->teacher, "/whip/music/camera", teacher, CR_TEST_WHIP_OFFER);
  connect_guest (f, &f->device, "/whep/music", device, CR_TEST_WHEP_OFFER);
  connect_guest (f, &f->assistant, "/whep/music", assistant, CR_TEST_WHEP_OFFER);
  port = cr_light_peer_get_local_port (f->device.light);
  speak (f, 25);
  g_assert_cmpuint (f->device.n_packets, >, 10);
  g_assert_cmpuint (f->assistant.n_packets, >, 10);
  if (f->wire >= 0)
    g_assert_cmpuint (look_at_wire (f, port), >, 10);

  revoke_device (f, device_id);
  speak (f, 10); /* a fifth of a second for what was under way */
  if (f->wire >= 0)
    look_at_wire (f, port);
  g_assert_true (f->device.closed);
  n_device = f->device.n_packets;
  n_assistant = f->assistant.n_packets;
  speak (f, 50);
  g_assert_cmpuint (f->device.n_packets, ==, n_device);
  g_assert_cmpuint (f->assistant.n_packets, >, n_assistant + 25);
  if (f->wire >= 0)
    g_assert_cmpuint (look_at_wire (f, port), ==, 0);
  else
    g_test_message ("no packet socket: only the device looked");

  g_assert_cmpuint (status_of (f, "GET", "/api/v1/me", credential), ==, 401);
  g_assert_cmpuint (status_of (f, "POST", "/api/v1/lessons/music/join", credential), ==, 401);
  g_assert_cmpuint (status_of (f, "POST", "/whep/music", device), ==, 401);
}

/* It goes on sending; the floor is its classroom's still, for the device that is paired in its place. */
static void
test_revocation_with_the_floor (Fixture *f, gconstpointer data)
{
  g_autofree gchar *device_id = NULL;
  g_autofree gchar *credential = pair (f, &device_id);
  g_autofree gchar *device = join (f, credential, NULL, "classroom");
  g_autofree gchar *assistant = join (f, NULL, world_find (&f->world, 'H')->secret, "viewer");
  const gchar *key = f->world.classroom_ids[SCHOOL_B];
  g_autofree gchar *body = g_strdup_printf ("{\"classrooms\":[\"%s\"]}", key);
  const Question give = {.method = "POST",
                         .path = "/api/v1/lessons/music/floor",
                         .cookie = world_find (&f->world, 'T')->secret,
                         .type = JSON,
                         .body = body};
  g_auto (Answer) answer = {0};
  guint n_heard;

  connect_guest (f, &f->device, "/whip/music/classroom", device, CR_TEST_WHIP_OFFER);
  connect_guest (f, &f->assistant, "/whep/music?audio=floor&video=floor", assistant, CR_TEST_WHEP_OFFER);
  f->speaker = &f->device;
  speak (f, 10);
  g_assert_cmpuint (f->assistant.n_packets, ==, 0);
  world_ask (&f->world, &give, &answer);
  g_assert_cmpuint (answer.status, ==, 204);
  speak (f, 25);
  g_assert_cmpuint (f->assistant.n_packets, >, 10);

  revoke_device (f, device_id);
  speak (f, 10); /* a fifth of a second for what was under way */
  n_heard = f->assistant.n_packets;
  speak (f, 50);
  g_assert_cmpuint (f->assistant.n_packets, ==, n_heard);
  g_assert_cmpuint (status_of (f, "POST", "/whip/music/classroom", device), ==, 401);
  g_assert_cmpstr (
      cr_floor_get_holder (cr_lesson_get_floor_state (cr_lessons_find (f->world.lessons, "music")), 0)->key,
      ==, key);
}

/* `classrelayd account reset` beside the running relay, with a password that it makes up. */
static void
reset_by_command (Fixture *f, const gchar *login)
{
  g_autofree gchar *path = cr_store_path (f->world.folder);
  gchar *arguments[] = {(gchar *)"reset", (gchar *)login, NULL};

  g_assert_nonnull (freopen ("/dev/null", "r", stdin));
  g_assert_cmpint (cr_command_account (path, arguments), ==, 0);
}

static void
test_a_reset_behind_the_relay (Fixture *f, gconstpointer data)
{
  g_autofree gchar *teacher = join (f, NULL, world_find (&f->world, 'T')->secret, "teacher");
  g_autofree gchar *assistant = join (f, NULL, world_find (&f->world, 'H')->secret, "viewer");
  gint64 since_us;
  guint n_heard;

  connect_guest (f, &f->teacher, "/whip/music/camera", teacher, CR_TEST_WHIP_OFFER);
  connect_guest (f, &f->assistant, "/whep/music", assistant, CR_TEST_WHEP_OFFER);
  speak (f, 25);
  g_assert_cmpuint (f->assistant.n_packets, >, 10);
  reset_by_command (f, "login-big-t");
  since_us = g_get_monotonic_time ();
  while (!f->teacher.closed)
    speak (f, 1);
  g_assert_cmpint (g_get_monotonic_time () - since_us, <, BY_ANOTHER_US);
  speak (f, 10); /* a fifth of a second for what was under way */
  n_heard = f->assistant.n_packets;
  speak (f, 25);
  g_assert_cmpuint (f->assistant.n_packets, ==, n_heard);
  g_assert_false (f->assistant.closed);
  g_assert_cmpuint (status_of (f, "POST", "/whip/music/camera", teacher), ==, 401);
}

/* Ten minutes to join with; whoever is in stays in, and comes in no second time. */
static void
test_join_tokens_are_short_lived (Fixture *f, gconstpointer data)
{
  const gchar *cookie = world_find (&f->world, 'H')->secret;
  g_autofree gchar *used = join (f, NULL, cookie, "viewer");
  g_autofree gchar *unused = join (f, world_find (&f->world, 'D')->secret, NULL, "classroom");
  g_autofree gchar *again = NULL;

  g_assert_cmpuint (status_of (f, "GET", "/whep/music", unused), ==, 200);
  g_assert_cmpuint (status_of (f, "GET", "/whep/other", unused), ==, 404);
  g_assert_cmpuint (status_of (f, "POST", "/whip/music/camera", unused), ==, 403);
  connect_guest (f, &f->assistant, "/whep/music", used, CR_TEST_WHEP_OFFER);
  f->world.wall_us += 601 * G_USEC_PER_SEC;
  g_assert_cmpuint (status_of (f, "GET", "/whep/music", unused), ==, 401);
  g_assert_cmpuint (status_of (f, "GET", "/api/v1/lessons/music", used), ==, 200);
  g_assert_cmpuint (status_of (f, "POST", "/whep/music", used), ==, 401);
  again = join (f, NULL, cookie, "viewer");
  connect_guest (f, &f->device, "/whep/music", again, CR_TEST_WHEP_OFFER);
}

int
main (int argc, char **argv)
{
  gst_init (NULL, NULL);
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/people/revocation/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("ends-media", test_revocation_ends_media);
  ADD ("with-the-floor", test_revocation_with_the_floor);
  ADD ("a-reset-behind-the-relay", test_a_reset_behind_the_relay);
  ADD ("join-tokens-are-short-lived", test_join_tokens_are_short_lived);
  return g_test_run ();
}

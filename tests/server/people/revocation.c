/* SPDX-License-Identifier: Apache-2.0
 *
 * A device from its pairing to its end: it is paired, joins a lesson and plays, and is revoked while it does,
 * or while it has the floor; and an account that gets a new password by the command. What counts is what is
 * on the wire: the packets to its port stop, those to others do not. A packet socket looks; without the right
 * to open one, what the device itself receives must do.
 */
#include "server/people/guest-fixture.h"

#include "live/lesson-class.h"
#include "people-command.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <sys/socket.h>
#include <unistd.h>

/* By another process's hand within the five seconds of a revocation, and as much again for a busy machine. */
#define BY_ANOTHER_US (2 * 5 * G_USEC_PER_SEC)

typedef struct {
  Guests guests;
  gint wire; /* a packet socket, -1: none */
} Fixture;

/* What other tests send over the same loopback would push the relay's packets out of the socket's buffer. */
static void
look_at_relay_only (Fixture *f)
{
  struct sock_filter code[] = {
      BPF_STMT (BPF_LD | BPF_B | BPF_ABS, 9), /* the IP header's protocol */
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, IPPROTO_UDP, 0, 4),
      BPF_STMT (BPF_LDX | BPF_B | BPF_MSH, 0), /* its length */
      BPF_STMT (BPF_LD | BPF_H | BPF_IND, 0),  /* the source port */
      BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, cr_worker_get_port (f->guests.worker), 0, 1),
      BPF_STMT (BPF_RET | BPF_K, G_MAXUINT16),
      BPF_STMT (BPF_RET | BPF_K, 0),
  };
  struct sock_fprog program = {.len = G_N_ELEMENTS (code), .filter = code};

  g_assert_cmpint (setsockopt (f->wire, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof program), ==, 0);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  f->wire = socket (AF_PACKET, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, htons (ETH_P_IP));
  guests_set_up (&f->guests);
  if (f->wire >= 0)
    look_at_relay_only (f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  guests_tear_down (&f->guests);
  if (f->wire >= 0)
    close (f->wire);
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
    n += udp->dest == htons (port) && udp->source == htons (cr_worker_get_port (f->guests.worker));
  }
  return n;
}

/* What a device's page and a coordinator do; returns the credential, `*device_id` gets the id. */
static gchar *
pair (Fixture *f, gchar **device_id)
{
  World *world = &f->guests.world;
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

  world_ask (&f->guests.world, &question, &answer);
  return answer.status;
}

static void
revoke_device (Fixture *f, const gchar *device_id)
{
  g_autofree gchar *path = g_strdup_printf ("/api/v1/devices/%s", device_id);
  Question question = {
      .method = "DELETE", .path = path, .cookie = world_find (&f->guests.world, 'b')->secret};
  g_auto (Answer) answer = {0};

  world_ask (&f->guests.world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 204);
}

static void
test_revocation_ends_media (Fixture *f, gconstpointer data)
{
  g_autofree gchar *device_id = NULL;
  g_autofree gchar *credential = pair (f, &device_id);
  g_autofree gchar *teacher =
      guests_join (&f->guests, NULL, world_find (&f->guests.world, 'T')->secret, "teacher");
  g_autofree gchar *assistant =
      guests_join (&f->guests, NULL, world_find (&f->guests.world, 'H')->secret, "viewer");
  g_autofree gchar *device = guests_join (&f->guests, credential, NULL, "classroom");
  guint n_device, n_assistant;
  guint16 port;

  g_assert_cmpuint (status_of (f, "GET", "/api/v1/me", credential), ==, 200);
  guests_connect (&f->guests, &f->guests.teacher, "/whip/music/camera", teacher, CR_TEST_WHIP_OFFER);
  guests_connect (&f->guests, &f->guests.device, "/whep/music", device, CR_TEST_WHEP_OFFER);
  guests_connect (&f->guests, &f->guests.assistant, "/whep/music", assistant, CR_TEST_WHEP_OFFER);
  port = cr_light_peer_get_local_port (f->guests.device.light);
  guests_speak (&f->guests, 25);
  g_assert_cmpuint (f->guests.device.n_packets, >, 10);
  g_assert_cmpuint (f->guests.assistant.n_packets, >, 10);
  if (f->wire >= 0)
    g_assert_cmpuint (look_at_wire (f, port), >, 10);

  revoke_device (f, device_id);
  guests_speak (&f->guests, 10); /* a fifth of a second for what was under way */
  if (f->wire >= 0)
    look_at_wire (f, port);
  g_assert_true (f->guests.device.closed);
  n_device = f->guests.device.n_packets;
  n_assistant = f->guests.assistant.n_packets;
  guests_speak (&f->guests, 50);
  g_assert_cmpuint (f->guests.device.n_packets, ==, n_device);
  g_assert_cmpuint (f->guests.assistant.n_packets, >, n_assistant + 25);
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
  g_autofree gchar *device = guests_join (&f->guests, credential, NULL, "classroom");
  g_autofree gchar *coordinator =
      guests_join (&f->guests, NULL, world_find (&f->guests.world, 'a')->secret, "viewer");
  const gchar *key = f->guests.world.classroom_ids[SCHOOL_B];
  g_autofree gchar *body = g_strdup_printf ("{\"classrooms\":[\"%s\"]}", key);
  const Question give = {.method = "POST",
                         .path = "/api/v1/lessons/music/floor",
                         .cookie = world_find (&f->guests.world, 'T')->secret,
                         .type = JSON,
                         .body = body};
  g_auto (Answer) answer = {0};
  guint n_heard;

  guests_connect (&f->guests, &f->guests.device, "/whip/music/classroom", device, CR_TEST_WHIP_OFFER);
  guests_connect (&f->guests, &f->guests.coordinator, "/whep/music?audio=floor&video=floor", coordinator,
                  CR_TEST_WHEP_OFFER);
  f->guests.speaker = &f->guests.device;
  guests_speak (&f->guests, 10);
  g_assert_cmpuint (f->guests.coordinator.n_packets, ==, 0);
  world_ask (&f->guests.world, &give, &answer);
  g_assert_cmpuint (answer.status, ==, 204);
  guests_speak (&f->guests, 25);
  g_assert_cmpuint (f->guests.coordinator.n_packets, >, 10);

  revoke_device (f, device_id);
  guests_speak (&f->guests, 10); /* a fifth of a second for what was under way */
  n_heard = f->guests.coordinator.n_packets;
  guests_speak (&f->guests, 50);
  g_assert_cmpuint (f->guests.coordinator.n_packets, ==, n_heard);
  g_assert_cmpuint (status_of (f, "POST", "/whip/music/classroom", device), ==, 401);
  g_assert_cmpstr (
      cr_floor_get_holder (cr_lesson_get_floor_state (cr_lessons_find (f->guests.world.lessons, "music")), 0)
          ->key,
      ==, key);
}

/* `classrelayd account reset` beside the running relay, with a password that it makes up and says to nobody.
 */
static void
reset_by_command (Fixture *f, const gchar *login)
{
  g_autofree gchar *path = cr_store_path (f->guests.world.folder);
  gchar *arguments[] = {(gchar *)"reset", (gchar *)login, NULL};
  int said, nowhere = open ("/dev/null", O_RDWR | O_CLOEXEC);

  fflush (stdout);
  said = dup (STDOUT_FILENO);
  g_assert_cmpint (dup2 (nowhere, STDIN_FILENO), ==, STDIN_FILENO);
  g_assert_cmpint (dup2 (nowhere, STDOUT_FILENO), ==, STDOUT_FILENO);
  g_assert_cmpint (cr_command_account (path, arguments), ==, 0);
  fflush (stdout);
  g_assert_cmpint (dup2 (said, STDOUT_FILENO), ==, STDOUT_FILENO);
  close (said);
  close (nowhere);
}

static void
test_a_reset_behind_the_relay (Fixture *f, gconstpointer data)
{
  g_autofree gchar *teacher =
      guests_join (&f->guests, NULL, world_find (&f->guests.world, 'T')->secret, "teacher");
  g_autofree gchar *assistant =
      guests_join (&f->guests, NULL, world_find (&f->guests.world, 'H')->secret, "viewer");
  gint64 since_us;
  guint n_heard;

  guests_connect (&f->guests, &f->guests.teacher, "/whip/music/camera", teacher, CR_TEST_WHIP_OFFER);
  guests_connect (&f->guests, &f->guests.assistant, "/whep/music", assistant, CR_TEST_WHEP_OFFER);
  guests_speak (&f->guests, 25);
  g_assert_cmpuint (f->guests.assistant.n_packets, >, 10);
  reset_by_command (f, "login-big-t");
  since_us = g_get_monotonic_time ();
  while (!f->guests.teacher.closed)
    guests_speak (&f->guests, 1);
  g_assert_cmpint (g_get_monotonic_time () - since_us, <, BY_ANOTHER_US);
  guests_speak (&f->guests, 10); /* a fifth of a second for what was under way */
  n_heard = f->guests.assistant.n_packets;
  guests_speak (&f->guests, 25);
  g_assert_cmpuint (f->guests.assistant.n_packets, ==, n_heard);
  g_assert_false (f->guests.assistant.closed);
  g_assert_cmpuint (status_of (f, "POST", "/whip/music/camera", teacher), ==, 401);
}

/* Ten minutes to join with; whoever is in stays in, and comes in no second time. */
static void
test_join_tokens_are_short_lived (Fixture *f, gconstpointer data)
{
  const gchar *cookie = world_find (&f->guests.world, 'H')->secret;
  g_autofree gchar *used = guests_join (&f->guests, NULL, cookie, "viewer");
  g_autofree gchar *unused =
      guests_join (&f->guests, world_find (&f->guests.world, 'D')->secret, NULL, "classroom");
  g_autofree gchar *again = NULL;

  g_assert_cmpuint (status_of (f, "GET", "/whep/music", unused), ==, 200);
  g_assert_cmpuint (status_of (f, "GET", "/whep/other", unused), ==, 404);
  g_assert_cmpuint (status_of (f, "POST", "/whip/music/camera", unused), ==, 403);
  guests_connect (&f->guests, &f->guests.assistant, "/whep/music", used, CR_TEST_WHEP_OFFER);
  f->guests.world.wall_us += 601 * G_USEC_PER_SEC;
  g_assert_cmpuint (status_of (f, "GET", "/whep/music", unused), ==, 401);
  g_assert_cmpuint (status_of (f, "GET", "/api/v1/lessons/music", used), ==, 200);
  g_assert_cmpuint (status_of (f, "POST", "/whep/music", used), ==, 401);
  again = guests_join (&f->guests, NULL, cookie, "viewer");
  guests_connect (&f->guests, &f->guests.device, "/whep/music", again, CR_TEST_WHEP_OFFER);
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

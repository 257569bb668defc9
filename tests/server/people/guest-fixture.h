/* SPDX-License-Identifier: Apache-2.0
 *
 * People and devices of the small world (people-fixture.h) who come in with media: they join the lesson over
 * the dispatcher, connect to a real worker over loopback, one of them speaks and all count what they hear.
 * Included by one source file a test.
 */
#pragma once

#include "server/people/people-fixture.h"

#include "support/light-offer.h"
#include "support/make-rtp.h"

#define JSON "application/json"
#define SDP  "application/sdp"

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
  Guest teacher, device, assistant, coordinator;
  Guest *speaker;
  guint64 index; /* of the speaker's next packet */
} Guests;

static inline void
on_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  ((Guest *)data)->n_packets++;
}

static inline void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  g_assert_cmpint (end, ==, CR_LIGHT_END_CLOSE_NOTIFY);
  ((Guest *)data)->closed = TRUE;
}

static inline void
guests_set_up (Guests *guests)
{
  static const gchar *const addresses[] = {"127.0.0.1", NULL}; /* look_at_wire() of a test reads IPv4 */
  const CrWorkerConfig config = {.udp = TRUE, .addresses = addresses, .max_handshakes = 16};
  GPtrArray *workers = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_worker_free);
  g_autoptr (GError) error = NULL;

  guests->relay = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  guests->guest = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  guests->worker = cr_worker_new (&config, &error);
  g_assert_no_error (error);
  g_ptr_array_add (workers, guests->worker);
  guests->loop = cr_light_loop_new (NULL);
  guests->speaker = &guests->teacher;
  world_set_up (&guests->world, workers, guests->relay);
}

static inline void
guests_tear_down (Guests *guests)
{
  Guest *all[] = {&guests->teacher, &guests->device, &guests->assistant, &guests->coordinator};

  for (guint i = 0; i < G_N_ELEMENTS (all); i++)
    g_clear_pointer (&all[i]->light, cr_light_peer_free);
  cr_light_loop_free (guests->loop);
  world_tear_down (&guests->world);
  cr_dtls_identity_free (guests->relay);
  cr_dtls_identity_free (guests->guest);
}

/* A join token by cookie or credential; free with g_free(). */
static inline gchar *
guests_join (Guests *guests, const gchar *bearer, const gchar *cookie, const gchar *role)
{
  Question question = {
      .method = "POST", .path = "/api/v1/lessons/music/join", .bearer = bearer, .cookie = cookie};
  g_auto (Answer) answer = {0};
  g_autofree gchar *given = NULL;

  world_ask (&guests->world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  given = answer_get (&answer, "role");
  g_assert_cmpstr (given, ==, role);
  return answer_get (&answer, "token");
}

static inline void
guests_connect (Guests *guests, Guest *guest, const gchar *path, const gchar *token, const gchar *sample)
{
  static const CrLightPeerHandler handler = {.on_rtp = on_rtp, .on_closed = on_closed};
  g_autofree gchar *offer = NULL;
  const gchar *query = strchr (path, '?');
  g_autofree gchar *bare = g_strndup (path, strcspn (path, "?"));
  Question question = {.method = "POST", .path = bare, .bearer = token, .type = SDP};
  g_auto (Answer) answer = {0};
  g_autoptr (GError) error = NULL;

  guest->light = cr_light_peer_new (guests->loop, guests->guest, &handler, guest);
  question.query = query != NULL ? query + 1 : NULL;
  question.body = offer = test_light_offer (guest->light, sample);
  world_ask (&guests->world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 201);
  g_assert_true (cr_light_peer_start (guest->light, answer.text, &error));
  g_assert_no_error (error);
  while (!cr_light_peer_is_connected (guest->light)) /* the test's own time limit ends this */
    g_main_context_iteration (NULL, TRUE);
}

static inline void
send_voice (Guests *guests)
{
  guint8 payload[80] = {0x78}; /* RFC 6716 section 3.1: CELT, 20 ms, one frame */
  TestRtp rtp;

  test_rtp_begin (&rtp, PT_OPUS, (guint16)guests->index, (guint32)guests->index * VOICE_RTP, 4711);
  test_rtp_append (&rtp, payload, sizeof payload);
  cr_light_peer_send_rtp_packet (guests->speaker->light, rtp.data, rtp.length_bytes, guests->index++);
}

static inline gboolean
on_due (gpointer data)
{
  *(gboolean *)data = TRUE;
  return G_SOURCE_REMOVE;
}

static inline void
guests_speak (Guests *guests, guint n_packets)
{
  for (guint i = 0; i < n_packets; i++) {
    gboolean due = FALSE;

    send_voice (guests);
    g_timeout_add (VOICE_US / 1000, on_due, &due);
    while (!due)
      g_main_context_iteration (NULL, TRUE);
  }
}

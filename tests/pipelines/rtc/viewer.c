/* SPDX-License-Identifier: Apache-2.0
 *
 * Viewers end to end: a fan-out on a real worker, light peers over loopback that open what they get. Both
 * protection profiles, UDP and TCP at once; what they say is answered, and one that goes disturbs nobody.
 */
#include "rtc/viewer.h"

#include "light-peer.h"
#include "rtc/counter.h"
#include "rtc/rtcp-in.h"
#include "support/fanout-fixture.h"

#define PATIENCE_US (20 * G_USEC_PER_SEC)
#define MAX_PACKETS 4096

typedef struct {
  CrWorker *worker;
  CrLightLoop *loop;
  CrDtlsIdentity *relay, *guest, *guest_cm;
  TestLesson lesson;
  TestSource camera, voice;
} Fixture;

typedef struct {
  Fixture *f;
  CrPeer *peer;
  CrViewer *viewer;
  CrNegotiation *negotiation;
  CrLightPeer *light;
  gint connected, closed; /* atomic */
  guint n_video, n_voice, n_rtx;
  guint16 video_seqs[MAX_PACKETS];
  guint32 marks[MAX_PACKETS];
  guint16 rtx_original;
  guint n_reports;
  guint64 last_ntp;
  CrViewerStats stats;
} Guest;

static void
on_connected (CrViewer *viewer, gpointer data)
{
  g_atomic_int_inc (&((Guest *)data)->connected);
}

static void
on_closed (CrViewer *viewer, CrPeerEnd end, gpointer data)
{
  g_atomic_int_inc (&((Guest *)data)->closed);
}

static const CrViewerHandler viewer_handler = {.on_connected = on_connected, .on_closed = on_closed};

static void
on_light_rtp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  Guest *guest = data;
  guint header_bytes = 12 + ((packet[0] & 0x10) != 0 ? 4 + 4 * test_read_u16 (packet + 14) : 0);
  guint32 ssrc = test_read_u32 (packet + 8);

  if (ssrc == 0x2222) {
    guest->rtx_original = test_read_u16 (packet + header_bytes);
    guest->n_rtx++;
  } else if (ssrc == 0x1000 + CR_SLOT_CAMERA) {
    g_assert_cmpuint (guest->n_video, <, MAX_PACKETS);
    g_assert_cmpuint (length_bytes, ==, header_bytes + 7 + guest->f->camera.payload_bytes);
    guest->video_seqs[guest->n_video] = test_read_u16 (packet + 2);
    guest->marks[guest->n_video++] = test_read_u32 (packet + header_bytes + 7);
  } else {
    g_assert_cmpuint (ssrc, ==, 0x1000 + CR_SLOT_TEACHER_AUDIO);
    guest->n_voice++;
  }
}

static void
on_sender_report (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets, gpointer user)
{
  Guest *guest = user;

  guest->n_reports++;
  guest->last_ntp = ntp;
}

static void
on_light_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  static const CrRtcpHandler handler = {.sender_report = on_sender_report};

  g_assert_true (cr_rtcp_parse (packet, length_bytes, &handler, data));
}

static const CrLightPeerHandler light_handler = {.on_rtp = on_light_rtp, .on_rtcp = on_light_rtcp};

#define WAIT_FOR(condition)                                                                                  \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    gint64 until_us = g_get_monotonic_time () + PATIENCE_US;                                                 \
    while (!(condition)) {                                                                                   \
      g_assert_cmpint (g_get_monotonic_time (), <, until_us);                                                \
      if (!g_main_context_iteration (NULL, FALSE))                                                           \
        g_usleep (500);                                                                                      \
    }                                                                                                        \
  }                                                                                                          \
  G_STMT_END

static void
make_fanout (gpointer data)
{
  Fixture *f = data;

  f->lesson.fanout = cr_fanout_new (f->worker);
  f->lesson.now_us = cr_worker_now_us (f->worker);
  test_source_init (&f->camera, &f->lesson, CR_SLOT_CAMERA, 0, CR_CODEC_VP8, 65500, 1);
  test_source_init (&f->voice, &f->lesson, CR_SLOT_TEACHER_AUDIO, 0, CR_CODEC_OPUS, 1, 1);
  f->camera.payload_bytes = 1000;
}

static void
free_fanout (gpointer data)
{
  test_lesson_clear (&((Fixture *)data)->lesson);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  CrWorkerConfig config = {.udp = TRUE};

  memset (f, 0, sizeof *f);
  f->worker = cr_worker_new (&config, &error);
  g_assert_no_error (error);
  f->loop = cr_light_loop_new (NULL);
  f->relay = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  f->guest = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  f->guest_cm = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  cr_dtls_identity_restrict_profile (f->guest_cm, CR_SRTP_AES128_CM_SHA1_80);
  cr_media_invoke_sync (f->worker, make_fanout, f);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_media_invoke_sync (f->worker, free_fanout, f);
  cr_light_loop_free (f->loop);
  cr_worker_free (f->worker);
  cr_dtls_identity_free (f->relay);
  cr_dtls_identity_free (f->guest);
  cr_dtls_identity_free (f->guest_cm);
}

static CrNegotiation *
make_negotiation (void)
{
  TestViewer lines = {0}; /* for its lines only */
  CrMediaLine *camera = test_viewer_add_line (&lines, CR_SLOT_CAMERA);

  camera->rtx_ssrc = 0x2222;
  camera->rtx_payload_types[CR_CODEC_VP8] = 97;
  camera->extensions = (CrRtpExtensionIds){.mid = 4, .abs_send_time = 2, .twcc = 3};
  test_viewer_add_line (&lines, CR_SLOT_TEACHER_AUDIO);
  return g_memdup2 (&lines.negotiation, sizeof lines.negotiation);
}

static void
start_viewer (gpointer data)
{
  Guest *guest = data;

  guest->viewer = cr_viewer_new (guest->peer, guest->negotiation, guest->f->worker, &viewer_handler, guest);
  cr_fanout_add_viewer (guest->f->lesson.fanout, guest->viewer);
}

static void
stop_viewer (gpointer data)
{
  Guest *guest = data;

  cr_fanout_remove_viewer (guest->f->lesson.fanout, guest->viewer);
  cr_viewer_free (guest->viewer);
}

static void
read_stats (gpointer data)
{
  Guest *guest = data;

  guest->stats = *cr_viewer_get_stats (guest->viewer);
}

static void
connect_guest (Guest *guest, Fixture *f, CrDtlsIdentity *identity, CrLightTransport transport)
{
  CrIceCredentials local;
  g_autofree gchar *fingerprint = g_strconcat ("sha-256 ", cr_dtls_identity_get_fingerprint (identity), NULL);
  g_auto (GStrv) candidates = cr_worker_get_candidates (f->worker, TRUE);
  g_autofree gchar *joined = g_strjoinv ("\r\na=candidate:", candidates);
  g_autofree gchar *answer = NULL;
  g_autoptr (GError) error = NULL;

  *guest = (Guest){.f = f, .negotiation = make_negotiation ()};
  cr_ice_credentials_generate (&local);
  guest->light = cr_light_peer_new (f->loop, identity, &light_handler, guest);
  cr_light_peer_set_transport (guest->light, transport);
  guest->peer = cr_peer_new ("v", f->relay, &local, cr_light_peer_get_ufrag (guest->light), fingerprint,
                             CR_DTLS_SERVER);
  cr_media_invoke_sync (f->worker, start_viewer, guest);
  answer = g_strdup_printf ("v=0\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\n"
                            "a=setup:passive\r\na=candidate:%s\r\n",
                            local.ufrag, local.password, cr_dtls_identity_get_fingerprint (f->relay), joined);
  g_assert_true (cr_light_peer_start (guest->light, answer, &error));
  g_assert_no_error (error);
  WAIT_FOR (g_atomic_int_get (&guest->connected) && cr_light_peer_is_connected (guest->light));
}

static void
leave (Guest *guest)
{
  cr_media_invoke_sync (guest->f->worker, stop_viewer, guest);
  cr_light_peer_free (guest->light);
}

static void
push_keyframe (gpointer data)
{
  Fixture *f = data;

  f->lesson.now_us = cr_worker_now_us (f->worker);
  test_source_frame (&f->camera, TRUE, 8, 3000);
  test_source_frame (&f->voice, FALSE, 1, 960);
}

static void
push_frame (gpointer data)
{
  Fixture *f = data;

  f->lesson.now_us = cr_worker_now_us (f->worker);
  test_source_frame (&f->camera, FALSE, 8, 3000);
  test_source_frame (&f->voice, FALSE, 1, 960);
}

static void
assert_in_order (const Guest *guest)
{
  for (guint i = 1; i < guest->n_video; i++) {
    g_assert_cmpuint (guest->video_seqs[i], ==, (guint16)(guest->video_seqs[i - 1] + 1));
    g_assert_cmpuint (guest->marks[i], ==, guest->marks[i - 1] + 1);
  }
}

static void
test_everybody (Fixture *f, gconstpointer data)
{
  Guest guests[3];

  connect_guest (&guests[0], f, f->guest, CR_LIGHT_UDP);
  connect_guest (&guests[1], f, f->guest_cm, CR_LIGHT_UDP);
  connect_guest (&guests[2], f, f->guest, CR_LIGHT_TCP);
  g_assert_cmpint (cr_light_peer_get_profile (guests[0].light), ==, CR_SRTP_AEAD_AES_128_GCM);
  g_assert_cmpint (cr_light_peer_get_profile (guests[1].light), ==, CR_SRTP_AES128_CM_SHA1_80);

  cr_media_invoke_sync (f->worker, push_keyframe, f);
  for (guint i = 0; i < 50; i++) {
    cr_media_invoke_sync (f->worker, push_frame, f);
    WAIT_FOR (guests[2].n_video == 8 * (i + 2));
  }
  for (guint i = 0; i < 3; i++) {
    WAIT_FOR (guests[i].n_video == 8 * 51 && guests[i].n_voice == 51);
    assert_in_order (&guests[i]);
    g_assert_cmpuint (guests[i].marks[0], ==, 1);
    g_assert_cmpuint (guests[i].n_reports, >=, 2);
  }

  leave (&guests[1]); /* nobody minds */
  cr_media_invoke_sync (f->worker, push_frame, f);
  WAIT_FOR (guests[0].n_video == 8 * 52 && guests[2].n_video == 8 * 52);
  leave (&guests[0]);
  leave (&guests[2]);
}

/* Joins after the keyframe: it comes from the history. */
static void
test_joins_late (Fixture *f, gconstpointer data)
{
  Guest guest;

  cr_media_invoke_sync (f->worker, push_keyframe, f);
  for (guint i = 0; i < 20; i++)
    cr_media_invoke_sync (f->worker, push_frame, f);
  connect_guest (&guest, f, f->guest, CR_LIGHT_UDP);
  WAIT_FOR (guest.n_video == 8 * 21);
  cr_media_invoke_sync (f->worker, push_frame, f);
  WAIT_FOR (guest.n_video == 8 * 22);
  assert_in_order (&guest);
  g_assert_cmpuint (guest.marks[0], ==, 1);
  g_assert_cmpuint (f->lesson.n_keyframe_requests, ==, 0);
  leave (&guest);
}

static void
test_feedback (Fixture *f, gconstpointer data)
{
  Guest guest;
  guint8 nack[16] = {0x81, 205, 0, 3, 0, 0, 0, 9};
  guint8 pli[12] = {0x81, 206, 0, 2, 0, 0, 0, 9};
  guint8 report[32] = {0x81, 201, 0, 7, 0, 0, 0, 9};

  connect_guest (&guest, f, f->guest, CR_LIGHT_UDP);
  cr_media_invoke_sync (f->worker, push_keyframe, f);
  WAIT_FOR (guest.n_video == 8 && guest.n_reports > 0);

  test_write_u32 (nack + 8, 0x1000);
  test_write_u16 (nack + 12, guest.video_seqs[3]);
  g_assert_true (cr_light_peer_send_rtcp (guest.light, nack, sizeof nack));
  WAIT_FOR (guest.n_rtx == 1);
  g_assert_cmpuint (guest.rtx_original, ==, guest.video_seqs[3]);

  test_write_u32 (report + 8, 0x1000);
  report[12] = 64; /* a quarter lost */
  test_write_u32 (report + 24, (guint32)(guest.last_ntp >> 16));
  g_assert_true (cr_light_peer_send_rtcp (guest.light, report, sizeof report));
  test_write_u32 (pli + 8, 0x1000);
  g_assert_true (cr_light_peer_send_rtcp (guest.light, pli, sizeof pli));
  do {
    cr_media_invoke_sync (f->worker, read_stats, &guest);
    g_main_context_iteration (NULL, FALSE);
  } while (guest.stats.plis_received == 0);
  g_assert_cmpuint (guest.stats.packets, ==, 9);
  g_assert_cmpuint (guest.stats.resent, ==, 1);
  g_assert_cmpuint (guest.stats.nacks_received, ==, 1);
  g_assert_cmpfloat (guest.stats.loss_fraction, ==, 0.25);
  g_assert_cmpuint (guest.stats.rtt_us, >, 0);
  g_assert_cmpuint (guest.stats.rtt_us, <, PATIENCE_US);
  g_assert_cmpuint (f->lesson.n_keyframe_requests, ==, 1);
  g_assert_cmpuint (cr_counter_get (&cr_worker_get_stats (f->worker)->rtp_forwarded), ==, 9);
  WAIT_FOR (cr_counter_get (&cr_worker_get_stats (f->worker)->rtp_resent) == 1);
  leave (&guest);
}

/* A goodbye ends the viewer, and its place in the fan-out costs nothing until the owner frees it. */
static void
test_goodbye (Fixture *f, gconstpointer data)
{
  Guest guest;

  connect_guest (&guest, f, f->guest, CR_LIGHT_UDP);
  cr_light_peer_close (guest.light);
  WAIT_FOR (g_atomic_int_get (&guest.closed) == 1);
  cr_media_invoke_sync (f->worker, push_keyframe, f);
  cr_media_invoke_sync (f->worker, push_frame, f);
  cr_media_invoke_sync (f->worker, read_stats, &guest);
  g_assert_cmpuint (guest.stats.packets, ==, 0);
  leave (&guest);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  gst_init (NULL, NULL);
  g_test_add ("/rtc/viewer/everybody", Fixture, NULL, set_up, test_everybody, tear_down);
  g_test_add ("/rtc/viewer/joins-late", Fixture, NULL, set_up, test_joins_late, tear_down);
  g_test_add ("/rtc/viewer/feedback", Fixture, NULL, set_up, test_feedback, tear_down);
  g_test_add ("/rtc/viewer/goodbye", Fixture, NULL, set_up, test_goodbye, tear_down);
  return g_test_run ();
}

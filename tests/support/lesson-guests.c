/* SPDX-License-Identifier: Apache-2.0
 *
 * Media of the guests is made byte by byte (make-rtp.h); what viewers get is read with the parser of the
 * packet path, except for the VP8 descriptor, which is read here.
 */
#include "support/lesson-guests.h"

#include "rtc/rtcp-in.h"
#include "support/make-rtp.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define PT_VP8  96
#define PT_OPUS 111

/* As browsers and OBS send it (RFC 6184 section 8.1). */
#define H264_FORMAT "a=fmtp:96 packetization-mode=1;profile-level-id=42e01f\r\n"

/* A packet of voice every 20 ms. */
#define FRAMES_PER_VOICE 2
#define VOICE_RTP        960

static void
add_fact (CrGuestLesson *l, const gchar *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  g_ptr_array_add (l->facts, g_strdup_vprintf (format, arguments));
  va_end (arguments);
}

static void
on_peer_connected (CrLessonPipeline *lesson, const gchar *peer_id, gpointer data)
{
  add_fact (data, "connected %s", peer_id);
}

static void
on_peer_closed (CrLessonPipeline *lesson, const gchar *peer_id, CrPeerEnd end, gpointer data)
{
  add_fact (data, "closed %s %d", peer_id, end);
}

static void
on_source_changed (CrLessonPipeline *lesson, CrSource source, gboolean flowing, gpointer data)
{
  add_fact (data, "%s %d", cr_source_name (source), flowing);
}

static void
on_codec_missing (CrLessonPipeline *lesson, const gchar *peer_id, CrSlot slot, CrCodec codec,
                  gboolean missing, gpointer data)
{
  add_fact (data, "codec %s %s %d", peer_id, cr_slot_name (slot), missing);
}

static void
on_classroom_flowing (CrLessonPipeline *lesson, const gchar *owner, gboolean flowing, gpointer data)
{
  add_fact (data, "classroom %s %d", owner, flowing);
}

void
cr_guest_lesson_set_up (CrGuestLesson *l, gconstpointer data)
{
  static const CrLessonHandler handler = {on_peer_connected, on_peer_closed, on_source_changed,
                                          on_codec_missing, on_classroom_flowing};
  const CrWorkerConfig config = {.udp = TRUE};
  g_autoptr (GError) error = NULL;

  *l = (CrGuestLesson){.facts = g_ptr_array_new_with_free_func (g_free), .video_codec = CR_CODEC_VP8};
  l->n_workers = data != NULL ? GPOINTER_TO_UINT (data) : 1;
  g_assert_cmpuint (l->n_workers, <=, CR_GUEST_MAX_WORKERS);
  for (guint i = 0; i < l->n_workers; i++) {
    l->workers[i] = cr_worker_new (&config, &error);
    g_assert_no_error (error);
  }
  l->worker = l->workers[0];
  l->loop = cr_light_loop_new (NULL);
  l->relay = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  l->guest = cr_dtls_identity_new (&error);
  g_assert_no_error (error);
  l->lesson = cr_lesson_pipeline_new ("test", l->worker, &handler, l, &error);
  g_assert_no_error (error);
}

void
cr_guest_lesson_tear_down (CrGuestLesson *l, gconstpointer data)
{
  g_clear_pointer (&l->lesson, cr_lesson_pipeline_free);
  cr_light_loop_free (l->loop);
  for (guint i = 0; i < l->n_workers; i++)
    cr_worker_free (l->workers[i]);
  cr_dtls_identity_free (l->relay);
  cr_dtls_identity_free (l->guest);
  g_ptr_array_unref (l->facts);
}

guint
cr_guest_lesson_count (CrGuestLesson *l, const gchar *fact)
{
  guint n = 0;

  for (guint i = 0; i < l->facts->len; i++)
    n += g_str_equal (l->facts->pdata[i], fact);
  return n;
}

/* --- what a viewer gets --- */

/* RFC 7741 section 4.2 and 4.3. */
static void
read_vp8 (CrGuestPacket *packet, const guint8 *payload, gsize n)
{
  gsize at = 1;

  g_assert_cmpuint (n, >, 8);
  g_assert_cmphex (payload[0] & 0x80, !=, 0);
  g_assert_cmphex (payload[1] & 0x80, !=, 0);
  at++;
  packet->picture_id = payload[at++] & 0x7f;
  if ((payload[2] & 0x80) != 0)
    packet->picture_id = packet->picture_id << 8 | payload[at++];
  if ((payload[1] & 0x40) != 0)
    at++;
  if ((payload[1] & 0x30) != 0)
    at++;
  g_assert_cmpuint (at + 5, <=, n);
  packet->starts_keyframe = (payload[0] & 0x10) != 0 && (payload[at] & 1) == 0;
  memcpy (&packet->mark, payload + at + 1, 4);
}

static void
on_rtp (CrLightPeer *peer, guint8 *data, gsize length_bytes, gint64 arrival_us, gpointer user)
{
  CrGuest *guest = user;
  CrGuestPacket packet = {0};
  const CrAnswerLine *line;
  CrRtpPacket parsed;
  const guint8 *payload;
  gsize n;

  if (guest->answer == NULL)
    return;
  g_assert_true (cr_rtp_packet_parse (&parsed, data, length_bytes));
  line = cr_answer_match (guest->answer, &parsed, &packet.resent);
  g_assert_nonnull (line);
  packet.line = (guint)(line - guest->answer->lines);
  packet.ssrc = parsed.ssrc;
  packet.seq = parsed.seq;
  packet.rtp = parsed.timestamp_rtp;
  packet.marker = parsed.marker;
  payload = data + parsed.header_bytes;
  n = parsed.payload_bytes;
  if (packet.resent) {
    if (n < 2) /* padding that probes */
      return;
    packet.seq = (guint16)(payload[0] << 8 | payload[1]);
    payload += 2;
    n -= 2;
  }
  packet.slot = guest->slots[packet.line];
  packet.at_us = g_get_monotonic_time ();
  packet.bytes = n;
  if (line->kind == CR_MEDIA_VIDEO && guest->on_video != NULL && !packet.resent)
    guest->on_video (guest, packet.slot, data, length_bytes, guest->on_video_data);
  else if (line->kind == CR_MEDIA_VIDEO && guest->on_video == NULL)
    read_vp8 (&packet, payload, n);
  else if (n >= 5)
    memcpy (&packet.mark, payload + 1, 4);
  g_array_append_val (guest->packets, packet);
}

static void
on_sender_report (guint32 ssrc, guint64 ntp, guint32 rtp, guint32 packets, guint32 octets, gpointer user)
{
  ((CrGuest *)user)->n_reports++;
}

static void
on_pli (guint32 media_ssrc, gpointer user)
{
  CrGuest *guest = user;

  guest->n_plis++;
  if (media_ssrc == guest->high_ssrc)
    guest->n_plis_high++;
}

static void
on_nack (guint32 media_ssrc, guint16 pid, guint16 blp, gpointer user)
{
  ((CrGuest *)user)->n_nacks++;
}

static void
on_rtcp (CrLightPeer *peer, guint8 *packet, gsize length_bytes, gint64 arrival_us, gpointer data)
{
  static const CrRtcpHandler handler = {.sender_report = on_sender_report, .pli = on_pli, .nack = on_nack};

  g_assert_true (cr_rtcp_parse (packet, length_bytes, &handler, data));
}

static void
on_connected (CrLightPeer *peer, gpointer data)
{
  ((CrGuest *)data)->connected = TRUE;
}

static void
on_closed (CrLightPeer *peer, CrLightEnd end, gpointer data)
{
  CrGuest *guest = data;

  guest->closed = TRUE;
  guest->end = end;
}

/* --- joining --- */

static CrGuest *
guest_new (CrGuestLesson *l, const gchar *id, CrLightLoop *loop)
{
  static const CrLightPeerHandler handler = {on_connected, on_rtp, on_rtcp, on_closed};
  CrGuest *guest = g_new0 (CrGuest, 1);

  guest->l = l;
  g_strlcpy (guest->id, id, sizeof guest->id);
  guest->light = cr_light_peer_new (loop != NULL ? loop : l->loop, l->guest, &handler, guest);
  guest->packets = g_array_new (FALSE, FALSE, sizeof (CrGuestPacket));
  return guest;
}

void
cr_guest_free (CrGuest *guest)
{
  cr_light_peer_free (guest->light);
  g_free (guest->answer);
  g_array_unref (guest->packets);
  g_free (guest);
}

/* The relay's half: negotiates and makes the peer. */
static CrPeer *
answer_guest (CrGuestLesson *l, CrWorker *worker, const gchar *id, CrSdpRole role, const gchar *offer,
              const CrSlotOrder *slots, CrIceCredentials *ice, CrNegotiation **negotiation, gchar **answer)
{
  g_auto (GStrv) candidates = cr_worker_get_candidates (worker, TRUE);
  g_autoptr (GError) error = NULL;
  CrSdpLocal local = {.role = role,
                      .ice = ice,
                      .fingerprint = cr_dtls_identity_get_fingerprint (l->relay),
                      .candidates = (const gchar *const *)candidates,
                      .video_codecs = &l->video_codec,
                      .n_video_codecs = 1,
                      .slots = *slots};

  cr_ice_credentials_generate (ice);
  *negotiation = cr_sdp_answer_offer (offer, strlen (offer), &local, answer, &error);
  g_assert_no_error (error);
  return cr_peer_new (id, l->relay, ice, (*negotiation)->remote_ufrag, (*negotiation)->remote_fingerprint,
                      (*negotiation)->dtls_role);
}

static void
start (CrGuest *guest, const gchar *answer)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_light_peer_start (guest->light, answer, &error));
  g_assert_no_error (error);
}

static const gchar *
bare_fingerprint (CrGuest *guest)
{
  const gchar *fingerprint = cr_light_peer_get_fingerprint (guest->light);

  return g_str_has_prefix (fingerprint, "sha-256 ") ? fingerprint + strlen ("sha-256 ") : fingerprint;
}

/* What a viewer offers, and who it is. */
typedef struct {
  guint n_video, n_audio;
  CrSlotOrder slots;
  const gchar *owner;
  gboolean sees_wall;
} Viewing;

static CrWorker *
place (CrGuestLesson *l, const Viewing *viewing)
{
  return viewing->sees_wall ? l->worker : l->workers[++l->n_placed % l->n_workers];
}

static void
view (CrGuest *guest, const Viewing *viewing)
{
  CrWorker *worker = place (guest->l, viewing);
  CrOfferConfig config = {.n_video = viewing->n_video,
                          .n_audio = viewing->n_audio,
                          .only_codec = guest->l->video_codec,
                          .ufrag = cr_light_peer_get_ufrag (guest->light),
                          .password = cr_light_peer_get_password (guest->light),
                          .fingerprint = bare_fingerprint (guest)};
  g_autofree gchar *offer = cr_offer_write (&config);
  g_autofree gchar *answer = NULL;
  g_autoptr (GError) error = NULL;
  CrIceCredentials ice;
  CrNegotiation *negotiation;
  CrPeer *peer = answer_guest (guest->l, worker, guest->id, CR_SDP_VIEWER, offer, &viewing->slots, &ice,
                               &negotiation, &answer);

  for (guint i = 0; i < negotiation->n_lines; i++)
    guest->slots[i] = negotiation->lines[i].slot;
  guest->answer = cr_answer_parse (answer, &error);
  g_assert_no_error (error);
  if (worker == guest->l->worker)
    cr_lesson_pipeline_add_viewer (guest->l->lesson, peer, negotiation, viewing->owner, viewing->sees_wall);
  else
    cr_lesson_pipeline_add_viewer_on (guest->l->lesson, worker, peer, negotiation, viewing->owner);
  start (guest, answer);
}

CrGuest *
cr_guest_view (CrGuestLesson *l, const gchar *id, CrLightTransport transport, CrLightLoop *loop)
{
  CrGuest *guest = guest_new (l, id, loop);

  cr_light_peer_set_transport (guest->light, transport);
  view (guest, &(Viewing){.n_video = 2, .n_audio = 1});
  return guest;
}

CrGuest *
cr_guest_view_class (CrGuestLesson *l, const gchar *id, const gchar *owner, gboolean sees_wall)
{
  CrGuest *guest = guest_new (l, id, NULL);
  Viewing viewing = {.n_video = 4, .n_audio = 3, .owner = owner, .sees_wall = sees_wall};

  g_assert_true (cr_slot_order_parse (&viewing.slots, CR_MEDIA_VIDEO, "camera,floor,floor2,wall", NULL));
  g_assert_true (cr_slot_order_parse (&viewing.slots, CR_MEDIA_AUDIO, "teacher,floor,floor2", NULL));
  view (guest, &viewing);
  return guest;
}

guint
cr_guest_line_of (const CrGuest *guest, CrSlot slot)
{
  for (guint i = 0; i < guest->answer->n_lines; i++) {
    if (guest->slots[i] == slot)
      return i;
  }
  g_assert_not_reached ();
}

static CrGuest *
publish (CrGuestLesson *l, const gchar *id, CrSource source, const gchar *owner)
{
  static const CrSlotOrder no_slots;
  CrGuest *guest = guest_new (l, id, NULL);
  g_autoptr (GString) offer =
      g_string_new ("v=0\r\no=- 1 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0 1\r\n");
  g_autofree gchar *transport =
      g_strdup_printf ("c=IN IP4 0.0.0.0\r\na=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=fingerprint:sha-256 %s\r\n"
                       "a=setup:actpass\r\na=rtcp-mux\r\na=sendonly\r\n",
                       cr_light_peer_get_ufrag (guest->light), cr_light_peer_get_password (guest->light),
                       bare_fingerprint (guest));
  g_autofree gchar *answer = NULL;
  CrIceCredentials ice;
  CrNegotiation *negotiation;
  CrPeer *peer;

  g_string_append_printf (
      offer, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n%sa=mid:0\r\na=rtpmap:111 opus/48000/2\r\n", transport);
  g_string_append_printf (offer,
                          "m=video 9 UDP/TLS/RTP/SAVPF 96\r\n%sa=mid:1\r\na=rtpmap:96 %s/90000\r\n"
                          "a=rtcp-fb:96 nack\r\na=rtcp-fb:96 nack pli\r\n%s",
                          transport, cr_codec_encoding_name (l->video_codec),
                          l->video_codec == CR_CODEC_H264 ? H264_FORMAT : "");
  guest->video_ssrc = 0x10000000u + g_str_hash (id) % 0x1000;
  guest->voice_ssrc = guest->video_ssrc + 0x10000;
  guest->high_ssrc = guest->video_ssrc + 0x20000;
  guest->high_rtp = 12345;
  guest->high_index = 7000;
  if (source == CR_SOURCE_CLASSROOM)
    g_string_append_printf (offer,
                            "a=rid:l send\r\na=rid:h send\r\na=simulcast:send l;~h\r\n"
                            "a=ssrc:%u cname:c\r\na=ssrc:%u cname:c\r\n",
                            guest->video_ssrc, guest->high_ssrc);
  guest->picture_id_bits = 15;
  guest->payload_bytes = 200;
  peer =
      answer_guest (l, l->worker, id, CR_SDP_PUBLISHER, offer->str, &no_slots, &ice, &negotiation, &answer);
  cr_lesson_pipeline_add_publisher (l->lesson, source, peer, negotiation, owner);
  start (guest, answer);
  return guest;
}

CrGuest *
cr_guest_publish (CrGuestLesson *l, const gchar *id, CrSource source)
{
  return publish (l, id, source, NULL);
}

CrGuest *
cr_guest_publish_classroom (CrGuestLesson *l, const gchar *id, const gchar *owner)
{
  return publish (l, id, CR_SOURCE_CLASSROOM, owner);
}

void
cr_guest_lesson_add_stranger (CrGuestLesson *l, const gchar *id, CrIceCredentials *local)
{
  CrOfferConfig config = {.n_video = 1,
                          .only_codec = l->video_codec,
                          .ufrag = "half",
                          .password = "0123456789abcdefghijkl",
                          .fingerprint = cr_dtls_identity_get_fingerprint (l->guest)};
  g_autofree gchar *offer = cr_offer_write (&config);
  g_autofree gchar *answer = NULL;
  CrNegotiation *negotiation;
  static const CrSlotOrder usual;
  CrPeer *peer = answer_guest (l, l->worker, id, CR_SDP_VIEWER, offer, &usual, local, &negotiation, &answer);

  cr_lesson_pipeline_add_viewer (l->lesson, peer, negotiation, NULL, FALSE);
}

/* --- what a publisher sends --- */

static void
send_rtp (CrGuest *guest, const TestRtp *rtp, guint64 index)
{
  cr_light_peer_send_rtp_packet (guest->light, rtp->data, rtp->length_bytes, index);
}

void
cr_guest_send_packet (CrGuest *guest, guint8 payload_type, guint32 ssrc, guint64 index, gsize bytes)
{
  static const guint8 zeros[1200];
  TestRtp rtp;

  g_assert_cmpuint (bytes, <=, sizeof zeros);
  test_rtp_begin (&rtp, payload_type, (guint16)index, 0, ssrc);
  test_rtp_append (&rtp, zeros, bytes);
  send_rtp (guest, &rtp, index);
}

static void
append_vp8_descriptor (const CrGuest *guest, TestRtp *rtp, gboolean first)
{
  guint8 descriptor[4] = {(guint8)(0x80 | (first ? 0x10 : 0)), 0x80};
  gsize n = 2;

  if (guest->picture_id_bits == 15)
    descriptor[n++] = (guint8)(0x80 | (guest->picture_id >> 8 & 0x7f));
  descriptor[n++] = (guint8)(guest->picture_id & (guest->picture_id_bits == 15 ? 0xff : 0x7f));
  test_rtp_append (rtp, descriptor, n);
}

void
cr_guest_send_voice (CrGuest *guest)
{
  TestRtp rtp;
  guint8 payload[80] = {0x78}; /* RFC 6716 section 3.1: CELT, 20 ms, one frame */

  memcpy (payload + 1, &guest->next_voice_mark, 4);
  guest->next_voice_mark++;
  test_rtp_begin (&rtp, PT_OPUS, (guint16)guest->voice_index, guest->voice_rtp, guest->voice_ssrc);
  test_rtp_append (&rtp, payload, sizeof payload);
  send_rtp (guest, &rtp, guest->voice_index++);
  guest->voice_rtp += VOICE_RTP;
}

void
cr_guest_send_picture (CrGuest *guest, gboolean keyframe, guint n_packets)
{
  for (guint i = 0; i < n_packets; i++) {
    guint8 payload[1200] = {keyframe ? 0x10 : 0x11};
    guint8 marker = i + 1 == n_packets ? 0x80 : 0;
    TestRtp rtp;

    memcpy (payload + 1, &guest->next_mark, 4);
    guest->next_mark++;
    test_rtp_begin (&rtp, PT_VP8 | marker, (guint16)guest->video_index, guest->video_rtp, guest->video_ssrc);
    append_vp8_descriptor (guest, &rtp, i == 0);
    test_rtp_append (&rtp, payload, guest->payload_bytes);
    send_rtp (guest, &rtp, guest->video_index++);
  }
  guest->video_rtp += CR_GUEST_FRAME_RTP;
  guest->picture_id++;
}

static void
swap_encodings (CrGuest *guest)
{
  CrGuest was = *guest;

  guest->video_ssrc = was.high_ssrc;
  guest->video_index = was.high_index;
  guest->video_rtp = was.high_rtp;
  guest->picture_id = was.high_picture_id;
  guest->high_ssrc = was.video_ssrc;
  guest->high_index = was.video_index;
  guest->high_rtp = was.video_rtp;
  guest->high_picture_id = was.picture_id;
}

void
cr_guest_send_high (CrGuest *guest, gboolean keyframe, guint n_packets)
{
  guint payload_bytes = guest->payload_bytes;

  swap_encodings (guest);
  guest->payload_bytes = 1000;
  cr_guest_send_picture (guest, keyframe, n_packets);
  guest->payload_bytes = payload_bytes;
  swap_encodings (guest);
}

void
cr_guest_send_frame (CrGuest *guest, gboolean keyframe, guint n_packets)
{
  gboolean with_voice = guest->picture_id % FRAMES_PER_VOICE == 0;

  cr_guest_send_picture (guest, keyframe, n_packets);
  if (with_voice)
    cr_guest_send_voice (guest);
}

static void
write_u32 (guint8 *at, guint32 value)
{
  value = GUINT32_TO_BE (value);
  memcpy (at, &value, 4);
}

static void
send_report (CrGuest *guest, guint32 ssrc, guint32 rtp)
{
  static const gint64 seconds_1900 = G_GINT64_CONSTANT (2208988800);
  gint64 wall_us = g_get_real_time () + guest->clock_off_us;
  guint8 report[28] = {0x80, 200, 0, 6};

  write_u32 (report + 4, ssrc);
  write_u32 (report + 8, (guint32)(wall_us / G_USEC_PER_SEC + seconds_1900));
  write_u32 (report + 12, (guint32)(((guint64)(wall_us % G_USEC_PER_SEC) << 32) / G_USEC_PER_SEC));
  write_u32 (report + 16, rtp);
  cr_light_peer_send_rtcp (guest->light, report, sizeof report);
}

void
cr_guest_send_sender_reports (CrGuest *guest)
{
  send_report (guest, guest->video_ssrc, guest->video_rtp);
  send_report (guest, guest->voice_ssrc, guest->voice_rtp);
}

void
cr_guest_nack (CrGuest *guest, guint line, guint16 seq, guint16 more)
{
  guint8 nack[16] = {0x81, 205, 0, 3, 0, 0, 0, 9};

  write_u32 (nack + 8, guest->answer->lines[line].ssrc);
  write_u32 (nack + 12, (guint32)seq << 16 | more);
  cr_light_peer_send_rtcp (guest->light, nack, sizeof nack);
}

void
cr_guest_pli (CrGuest *guest, guint line)
{
  guint8 pli[12] = {0x81, 206, 0, 2, 0, 0, 0, 9};

  write_u32 (pli + 8, guest->answer->lines[line].ssrc);
  cr_light_peer_send_rtcp (guest->light, pli, sizeof pli);
}

void
cr_guest_play (CrGuest *const *publishers, guint n_publishers, guint n_frames, CrGuest *viewer)
{
  gint64 next_us = g_get_monotonic_time ();
  const CrGuestPacket *last;

  for (guint i = 0; i < n_frames; i++) {
    for (guint j = 0; j < n_publishers; j++)
      cr_guest_send_frame (publishers[j], FALSE, 2);
    next_us += CR_GUEST_FRAME_US;
    CR_GUEST_WAIT_FOR (g_get_monotonic_time () >= next_us);
  }
  CR_GUEST_WAIT_FOR ((last = cr_guest_last (viewer, CR_GUEST_CAMERA)) != NULL &&
                     last->mark == publishers[0]->next_mark - 1);
}

void
cr_guest_lesson_settle (CrGuestLesson *l)
{
  guint64 n_received;

  do {
    n_received = 0;
    while (g_main_context_iteration (NULL, FALSE))
      ;
    for (guint i = 0; i < l->n_workers; i++) {
      CrWorkerStats stats;

      cr_worker_read_stats (l->workers[i], &stats);
      g_assert_cmpuint (stats.kernel_receive_drops, ==, 0);
      n_received += stats.datagrams_received;
    }
  } while (n_received < cr_light_loop_get_stats (l->loop)->datagrams_sent);
}

/* --- judging --- */

const CrGuestPacket *
cr_guest_last (const CrGuest *guest, guint line)
{
  for (guint i = guest->packets->len; i > 0; i--) {
    const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, i - 1);

    if (packet->line == line && !packet->resent)
      return packet;
  }
  return NULL;
}

guint
cr_guest_assert_continuous (const CrGuest *guest, guint line, guint from)
{
  const CrGuestPacket *before = NULL;
  guint n = 0;

  for (guint i = from; i < guest->packets->len; i++) {
    const CrGuestPacket *packet = &g_array_index (guest->packets, CrGuestPacket, i);

    if (packet->line != line || packet->resent)
      continue;
    if (before != NULL) {
      g_assert_cmphex (packet->ssrc, ==, before->ssrc);
      g_assert_cmpuint (packet->seq, ==, (guint16)(before->seq + 1));
      if (line != CR_GUEST_VOICE && !before->marker)
        g_assert_cmphex (packet->rtp, ==, before->rtp);
      else
        g_assert_cmpint (cr_rtp_time_distance (packet->rtp, before->rtp), >, 0);
      if (line != CR_GUEST_VOICE)
        g_assert_cmpuint (packet->picture_id, ==, (before->picture_id + before->marker) & 0x7fff);
    }
    before = packet;
    n++;
  }
  return n;
}

gsize
cr_guest_resident_bytes (void)
{
  g_autofree gchar *text = NULL;
  unsigned long pages = 0;

  g_assert_true (g_file_get_contents ("/proc/self/statm", &text, NULL, NULL));
  g_assert_cmpint (sscanf (text, "%*u %lu", &pages), ==, 1);
  return pages * (gsize)sysconf (_SC_PAGESIZE);
}

#if defined __SANITIZE_ADDRESS__ || defined __SANITIZE_THREAD__
#define SANITIZED TRUE
#else
#define SANITIZED FALSE
#endif

void
cr_guest_assert_grown_less (gsize before_bytes, gsize allowed_bytes)
{
  gsize now_bytes = cr_guest_resident_bytes ();

  g_test_message ("memory: %" G_GSIZE_FORMAT " KiB, then %" G_GSIZE_FORMAT " KiB", before_bytes / 1024,
                  now_bytes / 1024);
  if (!SANITIZED)
    g_assert_cmpuint (now_bytes, <, before_bytes + allowed_bytes);
}

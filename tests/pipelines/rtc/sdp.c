/* SPDX-License-Identifier: Apache-2.0
 *
 * Offers of real clients (tests/data/sdp) and what is agreed with each; offers that break a rule, and the
 * words in which they are refused.
 */
#include "rtc/sdp.h"

#include <string.h>

static const CrIceCredentials ice = {"abcdefgh", "ABCDEFGHIJKLMNOPQRSTUVWX"};
static const gchar *const candidates[] = {"1 1 udp 2130706431 192.0.2.1 8443 typ host",
                                          "2 1 tcp 1671430143 192.0.2.1 8443 typ host tcptype passive", NULL};
static const CrCodec video_codecs[] = {CR_CODEC_H264, CR_CODEC_VP8};

static const CrSdpLocal publisher = {
    CR_SDP_PUBLISHER, &ice, "AA:BB", candidates, video_codecs, G_N_ELEMENTS (video_codecs), {{0}}};
static const CrSdpLocal viewer = {
    CR_SDP_VIEWER, &ice, "AA:BB", candidates, video_codecs, G_N_ELEMENTS (video_codecs), {{0}}};

static gchar *
load (const gchar *name)
{
  g_autofree gchar *path = g_test_build_filename (G_TEST_DIST, "data", "sdp", name, NULL);
  g_autoptr (GError) error = NULL;
  gchar *text = NULL;

  g_file_get_contents (path, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

static CrNegotiation *
answer_text (const gchar *offer, const CrSdpLocal *local, gchar **answer)
{
  g_autoptr (GError) error = NULL;
  CrNegotiation *negotiation = cr_sdp_answer_offer (offer, strlen (offer), local, answer, &error);

  g_assert_no_error (error);
  g_assert_nonnull (negotiation);
  return negotiation;
}

static CrNegotiation *
answer_file (const gchar *name, const CrSdpLocal *local, gchar **answer)
{
  g_autofree gchar *offer = load (name);

  return answer_text (offer, local, answer);
}

#define assert_has(answer, line)                                                                             \
  do {                                                                                                       \
    if (!has_line (answer, line))                                                                            \
      g_error ("\"%s\" is not in the answer:\n%s", line, answer);                                            \
  } while (0)
#define assert_lacks(answer, text)                                                                           \
  do {                                                                                                       \
    if (strstr (answer, text) != NULL)                                                                       \
      g_error ("\"%s\" is in the answer:\n%s", text, answer);                                                \
  } while (0)

static gboolean
has_line (const gchar *answer, const gchar *line)
{
  g_auto (GStrv) lines = g_strsplit (answer, "\r\n", -1);

  return g_strv_contains ((const gchar *const *)lines, line);
}

static guint
count_lines (const gchar *answer, const gchar *line)
{
  g_auto (GStrv) lines = g_strsplit (answer, "\r\n", -1);
  guint n = 0;

  for (gchar **l = lines; *l != NULL; l++)
    n += g_str_equal (*l, line);
  return n;
}

static gchar *
replace (const gchar *text, const gchar *from, const gchar *to)
{
  g_auto (GStrv) parts = g_strsplit (text, from, -1);

  g_assert_cmpuint (g_strv_length (parts), >, 1); /* the test means to change something */
  return g_strjoinv (to, parts);
}

static void
assert_refused (const gchar *offer, const CrSdpLocal *local, CrSdpError code, const gchar *words)
{
  g_autoptr (GError) error = NULL;
  gchar *answer = NULL;
  CrNegotiation *negotiation = cr_sdp_answer_offer (offer, strlen (offer), local, &answer, &error);

  g_assert_null (negotiation);
  g_assert_null (answer);
  g_assert_error (error, CR_SDP_ERROR, (gint)code);
  if (strstr (error->message, words) == NULL)
    g_error ("\"%s\" does not say \"%s\"", error->message, words);
}

static void
test_chromium_publisher (void)
{
  g_autofree gchar *answer = NULL;
  g_autoptr (CrNegotiation) n = answer_file ("chromium-publisher-camera.sdp", &publisher, &answer);
  const CrMediaLine *audio = &n->lines[0], *video = &n->lines[1];

  g_assert_cmpuint (n->n_lines, ==, 2);
  g_assert_cmpstr (n->remote_ufrag, ==, "fXo0");
  g_assert_cmpstr (n->remote_password, ==, "YHZxmGPfVqlrV2quEIiwdwSa");
  g_assert_true (g_str_has_prefix (n->remote_fingerprint, "sha-256 75:D5:F6:"));
  g_assert_cmpint (n->dtls_role, ==, CR_DTLS_SERVER);

  g_assert_true (audio->accepted && audio->kind == CR_MEDIA_AUDIO);
  g_assert_cmpuint (audio->payload_types[CR_CODEC_OPUS], ==, 111);
  g_assert_cmpuint (audio->payload_types[CR_CODEC_RED], ==, 63);
  g_assert_cmpuint (audio->extensions.audio_level, ==, 1);
  g_assert_cmpuint (audio->extensions.twcc, ==, 3);
  g_assert_true (audio->transport_cc && !audio->nack);
  g_assert_cmpuint (audio->ssrcs[0], ==, 899572539);

  g_assert_true (video->accepted && video->kind == CR_MEDIA_VIDEO);
  g_assert_cmpuint (video->payload_types[CR_CODEC_H264], ==,
                    108); /* 42e01f before the 42001f listed earlier */
  g_assert_cmpuint (video->rtx_payload_types[CR_CODEC_H264], ==, 109);
  g_assert_cmpuint (video->payload_types[CR_CODEC_VP8], ==, 0);
  g_assert_true (video->nack && video->pli && video->fir && video->transport_cc);
  g_assert_cmpuint (video->extensions.mid, ==, 4);
  g_assert_cmpuint (video->extensions.rid, ==, 10);
  g_assert_cmpuint (video->extensions.repaired_rid, ==, 11);
  g_assert_cmpuint (video->n_ssrcs, ==, 1);
  g_assert_cmpuint (video->ssrcs[0], ==, 468705650);
  g_assert_cmpuint (video->rtx_ssrcs[0], ==, 2572012907);

  assert_has (answer, "a=ice-lite");
  g_assert_cmpuint (count_lines (answer, "a=rtcp-mux"), ==, 2);
  g_assert_cmpuint (count_lines (answer, "a=rtcp-mux-only"), ==, 2);
  assert_has (answer, "a=group:BUNDLE 0 1");
  assert_has (answer, "m=audio 9 UDP/TLS/RTP/SAVPF 111 63");
  assert_has (answer, "a=fmtp:111 minptime=10;useinbandfec=1");
  assert_has (answer, "a=fmtp:63 111/111");
  assert_has (answer, "m=video 9 UDP/TLS/RTP/SAVPF 108 109");
  assert_has (answer, "a=fmtp:108 packetization-mode=1;level-asymmetry-allowed=1;profile-level-id=42e01f");
  assert_has (answer, "a=fmtp:109 apt=108");
  assert_has (answer, "a=setup:passive");
  assert_has (answer, "a=fingerprint:sha-256 AA:BB");
  assert_has (answer, "a=extmap-allow-mixed");
  g_assert_cmpuint (count_lines (answer, "a=recvonly"), ==, 2);
  g_assert_cmpuint (count_lines (answer, "a=ice-ufrag:abcdefgh"), ==, 2);
  g_assert_cmpuint (count_lines (answer, "a=candidate:1 1 udp 2130706431 192.0.2.1 8443 typ host"), ==, 1);
  g_assert_cmpuint (count_lines (answer, "a=end-of-candidates"), ==, 1);
  assert_lacks (answer, "goog-remb");
  assert_lacks (answer, "a=msid");
  assert_lacks (answer, "toffset");
}

static void
test_chromium_simulcast (void)
{
  g_autofree gchar *answer = NULL;
  g_autoptr (CrNegotiation) n = answer_file ("chromium-publisher-simulcast.sdp", &publisher, &answer);
  const CrMediaLine *video = &n->lines[1];

  g_assert_cmpuint (video->n_rids, ==, 3);
  g_assert_cmpstr (video->rids[0], ==, "h");
  g_assert_cmpstr (video->rids[1], ==, "m");
  g_assert_cmpstr (video->rids[2], ==, "l");
  g_assert_cmpuint (video->n_ssrcs, ==, 0);
  assert_has (answer, "a=rid:m recv");
  assert_has (answer, "a=simulcast:recv h;m;l");
}

static void
test_simulcast_alternatives_pauses_and_restrictions (void)
{
  g_autofree gchar *offer = load ("chromium-publisher-simulcast.sdp");
  g_autofree gchar *changed =
      replace (offer, "a=simulcast:send h;m;l", "a=simulcast:recv x send ~m,h;none;l");
  g_autofree gchar *restricted = replace (changed, "a=rid:l send", "a=rid:l send pt=96;max-width=320");
  g_autofree gchar *answer = NULL, *answer2 = NULL;
  g_autoptr (CrNegotiation) n = answer_text (changed, &publisher, &answer);
  g_autoptr (CrNegotiation) n2 = answer_text (restricted, &publisher, &answer2);

  assert_has (answer, "a=simulcast:recv m;l");
  g_assert_cmpuint (n->lines[1].n_rids, ==, 2);
  g_assert_cmpuint (n2->lines[1].n_rids, ==, 1);
  assert_has (answer2, "a=simulcast:recv m"); /* 96 is VP8 there, and H.264 was chosen */
}

static void
test_chromium_viewer (void)
{
  g_autofree gchar *answer = NULL;
  g_autoptr (CrNegotiation) n = answer_file ("chromium-viewer.sdp", &viewer, &answer);
  const CrSlot slots[] = {CR_SLOT_CAMERA, CR_SLOT_SCREEN, CR_SLOT_TEACHER_AUDIO, CR_SLOT_FLOOR_AUDIO};
  g_autoptr (GHashTable) ssrcs = g_hash_table_new (NULL, NULL);

  g_assert_cmpuint (n->n_lines, ==, 4);
  for (guint i = 0; i < 4; i++) {
    const CrMediaLine *line = &n->lines[i];

    g_assert_true (line->accepted);
    g_assert_cmpint (line->slot, ==, slots[i]);
    g_assert_true (line->ssrc != 0 && g_hash_table_add (ssrcs, GUINT_TO_POINTER (line->ssrc)));
    g_assert_cmpint (line->rtx_ssrc != 0, ==, line->kind == CR_MEDIA_VIDEO);
    g_assert_cmpuint (line->extensions.mid, !=, 0);
    g_assert_cmpuint (line->extensions.rid, ==, 0);
    g_assert_cmpuint (line->extensions.abs_send_time, !=, 0);
    g_assert_true (line->transport_cc);
    if (line->kind == CR_MEDIA_VIDEO) {
      g_assert_true (line->payload_types[CR_CODEC_H264] != 0 && line->payload_types[CR_CODEC_VP8] != 0);
      g_assert_true (line->rtx_payload_types[CR_CODEC_H264] != 0 &&
                     line->rtx_payload_types[CR_CODEC_VP8] != 0);
      g_assert_true (g_hash_table_add (ssrcs, GUINT_TO_POINTER (line->rtx_ssrc)));
    }
  }
  assert_has (answer, "a=group:BUNDLE 0 1 2 3");
  assert_has (answer, "m=video 9 UDP/TLS/RTP/SAVPF 108 109 96 97");
  assert_has (answer, "a=msid:teacher camera-video");
  assert_has (answer, "a=msid:screen screen-video");
  assert_has (answer, "a=msid:teacher teacher-audio");
  assert_has (answer, "a=msid:floor floor-audio");
  g_assert_cmpuint (count_lines (answer, "a=sendonly"), ==, 4);
  assert_lacks (answer, "extmap-allow-mixed");
  {
    g_autofree gchar *group =
        g_strdup_printf ("a=ssrc-group:FID %u %u", n->lines[0].ssrc, n->lines[0].rtx_ssrc);
    g_autofree gchar *cname = g_strdup_printf ("a=ssrc:%u cname:teacher", n->lines[0].rtx_ssrc);

    assert_has (answer, group);
    assert_has (answer, cname);
  }
}

static void
test_data_channel_is_rejected_in_place (void)
{
  g_autofree gchar *answer = NULL;
  g_autoptr (CrNegotiation) n = answer_file ("chromium-viewer-data.sdp", &viewer, &answer);

  g_assert_cmpuint (n->n_lines, ==, 3);
  g_assert_false (n->lines[2].accepted);
  g_assert_cmpstr (n->lines[2].mid, ==, "2");
  assert_has (answer, "a=group:BUNDLE 0 1");
  assert_has (answer, "m=application 0 UDP/DTLS/SCTP webrtc-datachannel");
  assert_has (answer, "a=mid:2");
}

static void
test_video_parameter_moves_the_first_slot (void)
{
  g_autofree gchar *answer = NULL;
  CrSdpLocal local = viewer;
  g_autoptr (CrNegotiation) n = NULL;

  g_assert_true (cr_slot_order_parse (&local.slots, CR_MEDIA_VIDEO, "screen", NULL));
  n = answer_file ("chromium-viewer-one.sdp", &local, &answer);
  g_assert_cmpint (n->lines[0].slot, ==, CR_SLOT_TEACHER_AUDIO);
  g_assert_cmpint (n->lines[1].slot, ==, CR_SLOT_SCREEN);
  assert_has (answer, "a=msid:screen screen-video");
}

static void
test_named_slots (void)
{
  g_autofree gchar *answer = NULL;
  CrSdpLocal local = viewer;
  g_autoptr (CrNegotiation) n = NULL;
  guint n_seen[2] = {0};

  g_assert_true (cr_slot_order_parse (&local.slots, CR_MEDIA_VIDEO, "floor,wall", NULL));
  g_assert_true (cr_slot_order_parse (&local.slots, CR_MEDIA_AUDIO, "floor,floor2", NULL));
  n = answer_file ("chromium-viewer.sdp", &local, &answer);
  for (guint i = 0; i < n->n_lines; i++) {
    CrMediaKind kind = n->lines[i].kind;

    g_assert_cmpint (n->lines[i].slot, ==, cr_slot_order_get (&local.slots, kind, n_seen[kind]++));
  }
  g_assert_cmpuint (n_seen[CR_MEDIA_VIDEO], ==, 2);
  g_assert_cmpuint (n_seen[CR_MEDIA_AUDIO], ==, 2);
  assert_has (answer, "a=msid:floor floor-video");
  assert_has (answer, "a=msid:wall wall-video");
}

static void
test_lines_beyond_the_slots (void)
{
  g_autofree gchar *offer = load ("chromium-viewer-one.sdp");
  g_autoptr (GString) many = g_string_new (NULL);
  const gchar *video = strstr (offer, "m=video");
  g_autofree gchar *head = g_strndup (offer, video - offer);
  g_autofree gchar *bundle = replace (head, "a=group:BUNDLE 0 1", "a=group:BUNDLE 0 v0 v1 v2 v3 v4 v5");
  g_autofree gchar *answer = NULL;
  g_autoptr (CrNegotiation) n = NULL;

  g_string_append (many, bundle);
  for (guint i = 0; i < 6; i++) {
    g_autofree gchar *mid = g_strdup_printf ("a=mid:v%u", i);
    g_autofree gchar *line = replace (video, "a=mid:1", mid);

    g_string_append (many, line);
  }
  n = answer_text (many->str, &viewer, &answer);
  g_assert_cmpuint (n->n_lines, ==, 7);
  g_assert_cmpint (n->lines[5].slot, ==, CR_SLOT_FLOOR2);
  g_assert_true (n->lines[5].accepted);
  g_assert_cmpint (n->lines[6].slot, ==, CR_SLOT_NONE);
  g_assert_false (n->lines[6].accepted);
  assert_has (answer, "a=group:BUNDLE 0 v0 v1 v2 v3 v4");
}

static void
test_firefox (void)
{
  g_autofree gchar *answer = NULL, *viewer_answer = NULL;
  g_autoptr (CrNegotiation) n = answer_file ("firefox-publisher.sdp", &publisher, &answer);
  g_autoptr (CrNegotiation) v = answer_file ("firefox-viewer-without-rtx.sdp", &viewer, &viewer_answer);

  g_assert_true (n->lines[1].accepted); /* bundle-only has port 0 */
  g_assert_cmpuint (n->lines[1].payload_types[CR_CODEC_H264], ==, 126);
  g_assert_cmpuint (n->lines[1].rtx_payload_types[CR_CODEC_H264], ==, 127);
  g_assert_cmpuint (n->lines[1].ssrcs[0], ==, 4104563720);
  assert_has (answer, "m=video 9 UDP/TLS/RTP/SAVPF 126 127");
  assert_has (answer, "a=fmtp:109 minptime=10;useinbandfec=1;stereo=1");

  /* A resend on the same SSRC must be the same bytes, so nothing in the header may change with time. */
  g_assert_true (v->lines[0].nack);
  g_assert_cmpuint (v->lines[0].rtx_ssrc, ==, 0);
  g_assert_cmpuint (v->lines[0].extensions.abs_send_time, ==, 0);
  g_assert_cmpuint (v->lines[0].extensions.twcc, ==, 0);
  g_assert_false (v->lines[0].transport_cc);
  g_assert_cmpuint (v->lines[0].extensions.mid, ==, 3);
  assert_lacks (viewer_answer, "transport-cc");
  assert_lacks (viewer_answer, "abs-send-time");
  assert_has (viewer_answer, "a=fmtp:109 minptime=10;useinbandfec=1;sprop-stereo=1");
}

static void
test_obs (void)
{
  g_autofree gchar *answer = NULL;
  g_autoptr (CrNegotiation) n = answer_file ("obs-publisher.sdp", &publisher, &answer);

  g_assert_cmpstr (n->remote_ufrag, ==, "kX4p"); /* of the session */
  g_assert_cmpuint (n->lines[1].payload_types[CR_CODEC_H264], ==, 96);
  g_assert_true (n->lines[1].nack && n->lines[1].pli && !n->lines[1].fir && !n->lines[1].transport_cc);
  g_assert_cmpuint (n->lines[1].ssrcs[0], ==, 1205473002);
  assert_has (answer, "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1;maxaveragebitrate=96000");
  assert_lacks (answer, "a=extmap");
}

static void
test_webrtcbin (void)
{
  static const guint8 sps_start[] = {0, 0, 0, 1, 0x67, 0x42, 0xc0, 0x15};
  static const guint8 pps[] = {0, 0, 0, 1, 0x68, 0xcb, 0x8c, 0xb2};
  g_autofree gchar *answer = NULL, *viewer_answer = NULL;
  g_autoptr (CrNegotiation) n = answer_file ("webrtcbin-publisher-h264.sdp", &publisher, &answer);
  g_autoptr (CrNegotiation) v = answer_file ("webrtcbin-viewer-vp8-h264.sdp", &viewer, &viewer_answer);
  gsize length;
  const guint8 *sets = g_bytes_get_data (n->lines[0].parameter_sets, &length);

  g_assert_cmpmem (sets, sizeof sps_start, sps_start, sizeof sps_start);
  g_assert_cmpmem (sets + length - sizeof pps, sizeof pps, pps, sizeof pps);
  g_assert_true (n->lines[0].pli && !n->lines[0].nack && !n->lines[0].transport_cc);
  g_assert_cmpuint (n->lines[1].payload_types[CR_CODEC_OPUS], ==, 97);
  g_assert_cmpuint (n->lines[1].ssrcs[0], ==, 4215203318);
  assert_has (answer, "a=group:BUNDLE video0 audio1");
  g_assert_cmpuint (count_lines (answer, "a=recvonly"), ==, 2); /* it offers sendrecv */
  g_assert_cmpuint (v->lines[0].payload_types[CR_CODEC_H264], ==, 98);
  assert_has (viewer_answer, "m=video 9 UDP/TLS/RTP/SAVPF 98 96");
  assert_has (viewer_answer, "a=fmtp:98 packetization-mode=1");
}

static void
test_publisher_gets_one_codec (void)
{
  static const CrCodec vp8_first[] = {CR_CODEC_VP8, CR_CODEC_H264};
  CrSdpLocal local = publisher;
  g_autofree gchar *answer = NULL, *answer2 = NULL;
  g_autoptr (CrNegotiation) n = NULL, n2 = NULL;

  local.video_codecs = vp8_first;
  n = answer_file ("chromium-publisher-camera.sdp", &local, &answer);
  assert_has (answer, "m=video 9 UDP/TLS/RTP/SAVPF 96 97");
  g_assert_cmpuint (n->lines[1].payload_types[CR_CODEC_H264], ==, 0);

  n2 = answer_file ("webrtcbin-publisher-vp8.sdp", &publisher, &answer2); /* has no H.264 */
  g_assert_cmpuint (n2->lines[0].payload_types[CR_CODEC_VP8], ==, 96);
}

static void
test_setup_roles (void)
{
  g_autofree gchar *offer = load ("chromium-publisher-camera.sdp");
  g_autofree gchar *passive = replace (offer, "a=setup:actpass", "a=setup:passive");
  g_autofree gchar *active = replace (offer, "a=setup:actpass", "a=setup:active");
  g_autofree gchar *holdconn = replace (offer, "a=setup:actpass", "a=setup:holdconn");
  g_autofree gchar *answer = NULL, *answer2 = NULL;
  g_autoptr (CrNegotiation) client = answer_text (passive, &publisher, &answer);
  g_autoptr (CrNegotiation) server = answer_text (active, &publisher, &answer2);

  g_assert_cmpint (client->dtls_role, ==, CR_DTLS_CLIENT);
  assert_has (answer, "a=setup:active");
  g_assert_cmpint (server->dtls_role, ==, CR_DTLS_SERVER);
  assert_has (answer2, "a=setup:passive");
  assert_refused (holdconn, &publisher, CR_SDP_ERROR_UNACCEPTABLE, "a=setup:holdconn");
}

/* One replacement in a good offer, the error that must follow, and a word of its message. */
static void
test_refusals (void)
{
  static const struct {
    const gchar *from, *to;
    CrSdpError code;
    const gchar *words;
  } cases[] = {
      {"v=0", "v=1", CR_SDP_ERROR_MALFORMED, "not SDP"},
      {"s=-", "S=-", CR_SDP_ERROR_MALFORMED, "line 3"},
      {"s=-", "s=\x01", CR_SDP_ERROR_MALFORMED, "line 3"},
      {"s=-", "s=\xff", CR_SDP_ERROR_MALFORMED, "UTF-8"},
      {"a=mid:1", "a=mid:0", CR_SDP_ERROR_MALFORMED, "m-line 2: a=mid:0 is also that of m-line 1"},
      {"a=mid:1", "a=mid:a b", CR_SDP_ERROR_MALFORMED, "m-line 2: a=mid"},
      {"a=mid:1", "a=mid:12345678901234567", CR_SDP_ERROR_UNACCEPTABLE, "m-line 2: a=mid"},
      {"BUNDLE 0 1", "BUNDLE 0 7", CR_SDP_ERROR_MALFORMED, "names \"7\""},
      {"BUNDLE 0 1", "BUNDLE 0 0", CR_SDP_ERROR_MALFORMED, "names \"0\""},
      {"a=group:BUNDLE 0 1", "a=group:LS 0 1", CR_SDP_ERROR_UNACCEPTABLE, "BUNDLE"},
      {" 96 97 102", " 96 96 102", CR_SDP_ERROR_MALFORMED, "m-line 2: payload type 96 is listed twice"},
      {" 96 97 102", " 96 97 128", CR_SDP_ERROR_MALFORMED, "m-line 2: payload types"},
      {"a=rtpmap:97 rtx", "a=rtpmap:96 rtx", CR_SDP_ERROR_MALFORMED, "m-line 2: payload type 96 has two"},
      {"a=rtpmap:97 rtx", "a=rtpmap:x rtx", CR_SDP_ERROR_MALFORMED, "m-line 2: a=rtpmap"},
      {"a=fmtp:97 apt", "a=fmtp:970 apt", CR_SDP_ERROR_MALFORMED, "m-line 2: a=fmtp"},
      {"a=extmap:14 ", "a=extmap:13 ", CR_SDP_ERROR_MALFORMED, "m-line 2: a=extmap uses id 13 twice"},
      {"a=extmap:14 ", "a=extmap:0 ", CR_SDP_ERROR_MALFORMED, "m-line 2: the id of a=extmap:0"},
      {"a=extmap:14 ", "a=extmap:300 ", CR_SDP_ERROR_MALFORMED, "m-line 2: the id of a=extmap:300"},
      {"a=extmap:14 urn", "a=extmap: urn", CR_SDP_ERROR_MALFORMED, "m-line 2: a=extmap lacks"},
      {"a=ssrc:468705650 cname", "a=ssrc:0 cname", CR_SDP_ERROR_MALFORMED, "m-line 2: a=ssrc"},
      {"FID 468705650 ", "FID ", CR_SDP_ERROR_MALFORMED, "m-line 2: a=ssrc-group:FID"},
      {"a=rtcp-mux\r\n", "", CR_SDP_ERROR_UNACCEPTABLE, "m-line 1: a=rtcp-mux"},
      {"a=ice-ufrag:fXo0", "a=x", CR_SDP_ERROR_UNACCEPTABLE, "a=ice-ufrag"},
      {"a=ice-ufrag:fXo0", "a=ice-ufrag:fXo", CR_SDP_ERROR_MALFORMED, "a=ice-ufrag"},
      {"a=ice-ufrag:fXo0", "a=ice-ufrag:fXo:", CR_SDP_ERROR_MALFORMED, "a=ice-ufrag"},
      {"a=ice-pwd:YHZxmGPfVqlrV2quEIiwdwSa", "a=ice-pwd:short", CR_SDP_ERROR_MALFORMED, "a=ice-pwd"},
      {"a=fingerprint:sha-256", "a=fingerprint:sha-1", CR_SDP_ERROR_UNACCEPTABLE, "a=fingerprint"},
      {"a=fingerprint:sha-256 75:", "a=fingerprint:sha-256 75;", CR_SDP_ERROR_UNACCEPTABLE, "a=fingerprint"},
      {"a=sendonly", "a=recvonly", CR_SDP_ERROR_UNACCEPTABLE, "sends"},
      {"a=sendonly", "a=inactive", CR_SDP_ERROR_UNACCEPTABLE, "sends"},
      {"a=rtpmap:111 opus/48000/2", "a=rtpmap:111 opus/48000", CR_SDP_ERROR_UNACCEPTABLE,
       "m-line 1: no common codec"},
      {"a=rtpmap:63 red/48000/2", "a=rtpmap:63 red/48000/2\r\na=rtpmap:63 red/48000/2",
       CR_SDP_ERROR_MALFORMED, "63"},
      {"UDP/TLS/RTP/SAVPF", "RTP/AVP", CR_SDP_ERROR_UNACCEPTABLE, "sends"},
  };
  g_autofree gchar *offer = load ("chromium-publisher-camera.sdp");

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *changed = replace (offer, cases[i].from, cases[i].to);

    assert_refused (changed, &publisher, cases[i].code, cases[i].words);
  }
  assert_refused (offer, &viewer, CR_SDP_ERROR_UNACCEPTABLE, "receives");
  assert_refused ("", &viewer, CR_SDP_ERROR_MALFORMED, "bytes");
  assert_refused ("v=0\r\n", &viewer, CR_SDP_ERROR_UNACCEPTABLE, "m-lines");
}

static void
test_lines_that_disagree (void)
{
  g_autofree gchar *offer = load ("chromium-publisher-camera.sdp");
  g_autofree gchar *audio_108 = replace (offer, "SAVPF 111 63", "SAVPF 108 63");
  g_autofree gchar *same_type = replace (audio_108, "a=rtpmap:111 opus", "a=rtpmap:108 opus");
  g_autofree gchar *same_id = replace (offer, "a=extmap:1 urn", "a=extmap:10 urn");

  assert_refused (same_type, &publisher, CR_SDP_ERROR_MALFORMED, "m-line 2: payload type 108");
  assert_refused (same_id, &publisher, CR_SDP_ERROR_MALFORMED, "m-line 2: a=extmap id 10");
}

/* Small changes to good offers, and what must be in the answer's last m-line or must not. */
static void
test_details (void)
{
  static const struct {
    const gchar *file;
    const CrSdpLocal *local;
    const gchar *from, *to, *from2, *to2;
    const gchar *has, *lacks;
  } cases[] = {
      /* Transport-wide numbers and their feedback come together or not at all. */
      {"chromium-publisher-camera.sdp", &publisher, "a=rtcp-fb:108 transport-cc\r\n", "", NULL, NULL,
       "a=rtcp-fb:108 nack", "transport-wide-cc"},
      {"chromium-publisher-camera.sdp", &publisher, "a=extmap:3 http", "a=extmap:3 x", NULL, NULL,
       "a=rtcp-fb:108 nack", "transport-cc"},
      /* A bundle-only line need not repeat a=rtcp-mux. */
      {"firefox-publisher.sdp", &publisher, "a=rtcp-mux\r\na=rtcp-rsize", "a=x", NULL, NULL,
       "m=video 9 UDP/TLS/RTP/SAVPF 126 127", "a=inactive"},
      /* Payload types that RTCP would be taken for; 64 to 95. */
      {"obs-publisher.sdp", &publisher, "SAVPF 96", "SAVPF 72 96", "a=rtpmap:96 H264",
       "a=rtpmap:72 VP8/90000\r\na=rtpmap:96 H264", "m=video 9 UDP/TLS/RTP/SAVPF 96", " 72"},
      {"obs-publisher.sdp", &publisher, "SAVPF 96", "SAVPF 72 98", "a=rtpmap:96 H264",
       "a=rtpmap:72 H264/90000\r\na=fmtp:72 packetization-mode=1\r\na=rtpmap:98 VP8",
       "m=video 9 UDP/TLS/RTP/SAVPF 98", " 72"},
      {"chromium-publisher-red.sdp", &publisher, "a=fmtp:63 111/111", "a=fmtp:63 111/9", NULL, NULL,
       "m=audio 9 UDP/TLS/RTP/SAVPF 111", "red/"},
      {"chromium-publisher-red.sdp", &publisher, "minptime=10", "sprop-stereo=1", NULL, NULL,
       "a=fmtp:111 minptime=10;useinbandfec=1;stereo=1", "sprop"},
      {"chromium-publisher-red.sdp", &publisher, "minptime=10", "maxaveragebitrate=5999", NULL, NULL,
       "a=fmtp:111 minptime=10;useinbandfec=1", "5999"},
      {"chromium-publisher-red.sdp", &publisher, "a=extmap:4 ", "a=extmap:4/sendonly ", NULL, NULL,
       "a=extmap:4/recvonly urn:ietf:params:rtp-hdrext:sdes:mid", "a=extmap:4 "},
      {"chromium-publisher-red.sdp", &publisher, "a=extmap:4 ", "a=extmap:4/recvonly ", NULL, NULL,
       "a=recvonly", "sdes:mid"},
      /* Ids for the two-byte form only are received where that was offered, and never sent. */
      {"chromium-publisher-red.sdp", &publisher, "a=extmap:4 ", "a=extmap:16 ", NULL, NULL,
       "a=extmap:16 urn:ietf:params:rtp-hdrext:sdes:mid", "a=extmap:4 "},
      {"chromium-publisher-red.sdp", &publisher, "a=extmap:4 ", "a=extmap:15 ", NULL, NULL, "a=recvonly",
       "sdes:mid"},
      {"chromium-publisher-red.sdp", &publisher, "a=extmap:4 ", "a=extmap:16 ", "a=extmap-allow-mixed\r\n",
       "", "a=recvonly", "sdes:mid"},
      {"chromium-viewer-one.sdp", &viewer, "a=extmap:4 ", "a=extmap:16 ", NULL, NULL, "a=sendonly",
       "sdes:mid"},
      {"obs-publisher.sdp", &publisher, "a=rtcp-fb:96 nack\r\n", "a=rtcp-fb:* nack\r\n", NULL, NULL,
       "a=rtcp-fb:96 nack", "ccm"},
      /* GStreamer's receivers leave it out. */
      {"obs-publisher.sdp", &publisher, "packetization-mode=1;", "", NULL, NULL,
       "a=fmtp:96 level-asymmetry-allowed=1;profile-level-id=42e01f", "packetization-mode"},
      {"obs-publisher.sdp", &publisher,
       "a=fmtp:96 profile-level-id=42e01f;packetization-mode=1;level-asymmetry-allowed=1", "a=x", NULL, NULL,
       "a=rtpmap:96 H264/90000", "a=fmtp"},
      {"obs-publisher.sdp", &publisher, "packetization-mode=1", "packetization-mode=0",
       "a=rtpmap:111 opus/48000/2", "a=rtpmap:111 OPUS/48000/2\r\na=inactive", NULL, NULL},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *offer = load (cases[i].file);
    g_autofree gchar *once = replace (offer, cases[i].from, cases[i].to);
    g_autofree gchar *twice = replace (once, cases[i].from2 != NULL ? cases[i].from2 : "v=0",
                                       cases[i].from2 != NULL ? cases[i].to2 : "v=0");
    g_autofree gchar *answer = NULL;
    g_autoptr (CrNegotiation) n = NULL;
    const gchar *last;

    if (cases[i].has == NULL) {
      assert_refused (twice, cases[i].local, CR_SDP_ERROR_UNACCEPTABLE, "m-line 2: no common codec");
      continue;
    }
    n = answer_text (twice, cases[i].local, &answer);
    g_assert_cmpuint (n->n_lines, >, 0);
    last = g_strrstr (answer, "\r\nm=");
    assert_has (last, cases[i].has);
    assert_lacks (last, cases[i].lacks);
  }
}

static void
test_ssrcs_are_bounded (void)
{
  g_autofree gchar *offer = load ("obs-publisher.sdp");
  g_autofree gchar *changed =
      replace (offer, "a=ssrc:1205473002 cname:Zl3sQf8KpA",
               "a=ssrc-group:FID 7 8\r\na=ssrc-group:FEC-FR 7 9\r\na=ssrc:8 cname:x\r\n"
               "a=ssrc:9 cname:x\r\na=ssrc:5 cname:x\r\na=ssrc:6 cname:x\r\n"
               "a=ssrc:7 cname:x\r\na=ssrc:10 cname:x\r\na=ssrc:11 cname:x");
  g_autofree gchar *answer = NULL;
  g_autoptr (CrNegotiation) n = answer_text (changed, &publisher, &answer);

  g_assert_cmpuint (n->lines[1].n_ssrcs, ==, CR_SDP_MAX_RIDS);
  g_assert_cmpuint (n->lines[1].ssrcs[0], ==, 5);
  g_assert_cmpuint (n->lines[1].ssrcs[2], ==, 7);
  g_assert_cmpuint (n->lines[1].rtx_ssrcs[0], ==, 0);
  g_assert_cmpuint (n->lines[1].rtx_ssrcs[2], ==, 8);
}

/* Each once crashed a fuzzer: g_strsplit() of nothing has not even a first word. */
static void
test_empty_values (void)
{
  static const gchar *const empty[] = {
      "a=extmap:",  "a=ssrc-group:",  "a=ssrc:",      "a=rtpmap:",         "a=fmtp:",
      "a=rtcp-fb:", "a=rid:",         "a=simulcast:", "a=simulcast:send ", "a=mid:",
      "a=group:",   "a=fingerprint:", "a=ice-ufrag:", "a=setup:",          "a=extmap: x"};
  g_autofree gchar *offer = load ("obs-publisher.sdp");

  for (guint i = 0; i < G_N_ELEMENTS (empty); i++) {
    g_autofree gchar *in_line = g_strconcat (offer, empty[i], "\r\n", NULL);
    g_autofree gchar *attribute = g_strconcat ("s=-\r\n", empty[i], NULL);
    g_autofree gchar *in_session = replace (offer, "s=-", attribute);
    const gchar *texts[] = {in_line, in_session};

    for (guint j = 0; j < G_N_ELEMENTS (texts); j++) {
      g_autofree gchar *answer = NULL;
      g_autoptr (GError) error = NULL;
      g_autoptr (CrNegotiation) n =
          cr_sdp_answer_offer (texts[j], strlen (texts[j]), &publisher, &answer, &error);

      g_assert_true ((n == NULL) == (error != NULL));
    }
  }
}

/* A body need not end with a NUL; the address sanitizer watches its end. */
static void
test_text_without_terminator (void)
{
  for (gsize length = 1; length < 40; length++) {
    g_autofree gchar *offer = load ("obs-publisher.sdp");
    g_autofree gchar *cut = g_memdup2 (offer, length);
    g_autofree gchar *answer = NULL;
    g_autoptr (GError) error = NULL;
    CrNegotiation *n = cr_sdp_answer_offer (cut, length, &publisher, &answer, &error);

    g_assert_null (n);
    g_assert_nonnull (error);
  }
}

static void
test_limits (void)
{
  g_autofree gchar *offer = load ("chromium-viewer-one.sdp");
  g_autofree gchar *filler = g_strnfill (CR_SDP_MAX_LINES * 4096, 'x');
  g_autofree gchar *large = g_strconcat (offer, "a=", filler, "\r\n", NULL);
  g_autofree gchar *long_word = g_strnfill (4096, 'x');
  g_autofree gchar *long_line = g_strconcat (offer, "a=", long_word, "\r\n", NULL);
  g_autoptr (GString) many = g_string_new ("v=0\r\n");

  assert_refused (large, &viewer, CR_SDP_ERROR_MALFORMED, "bytes");
  assert_refused (long_line, &viewer, CR_SDP_ERROR_MALFORMED, "4096");
  for (guint i = 0; i < CR_SDP_MAX_LINES + 1; i++)
    g_string_append (many, "m=audio 9 UDP/TLS/RTP/SAVPF 111\r\n");
  assert_refused (many->str, &viewer, CR_SDP_ERROR_UNACCEPTABLE, "17");
}

/* The first line of the group is rejected, so the next one speaks for the transport. */
static void
test_transport_of_the_first_accepted_line (void)
{
  g_autofree gchar *offer = load ("chromium-viewer-one.sdp");
  g_autofree gchar *no_opus = replace (offer, "opus/48000/2", "opus/16000/2");
  const gchar *video = strstr (no_opus, "m=video");
  g_autofree gchar *head = g_strndup (no_opus, video - no_opus);
  g_autofree gchar *other = replace (head, "a=ice-ufrag:", "a=ice-ufrag:audio");
  g_autofree gchar *changed = g_strconcat (other, video, NULL);
  g_autofree gchar *answer = NULL;
  g_autoptr (CrNegotiation) n = answer_text (changed, &viewer, &answer);

  g_assert_false (g_str_has_prefix (n->remote_ufrag, "audio"));
  g_assert_false (n->lines[0].accepted);
  assert_has (answer, "a=group:BUNDLE 1");
  g_assert_nonnull (strstr (strstr (answer, "m=video"), "a=candidate:1"));
}

static void
test_fragment (void)
{
  static const gchar text[] =
      "a=ice-ufrag:EsAw\r\na=ice-pwd:P2uYro0UCOQ4zxjKXaWCBui1\r\n"
      "m=audio 9 UDP/TLS/RTP/SAVPF 0\r\na=mid:0\r\n"
      "a=candidate:1387637174 1 udp 2122260223 192.0.2.1 61764 typ host generation 0 ufrag EsAw\r\n"
      "a=candidate:3471623853 1 udp 2122194687 x.local 61765 typ host\r\n"
      "a=end-of-candidates\r\n";
  static const gchar *const bad[] = {
      "a=candidate:1 1 udp 1 192.0.2.1 61764 host\r\n",
      "a=candidate:\r\n",
      "a=ice-ufrag:abc\r\n",
      "a=ice-pwd:tooshort\r\n",
      "not a fragment\r\n",
      "",
      "a=candidate:1 1 udp 1 192.0.2.1 70000 typ host\r\n",
  };
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSdpFragment) fragment = cr_sdp_fragment_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (fragment->ufrag, ==, "EsAw");
  g_assert_cmpstr (fragment->password, ==, "P2uYro0UCOQ4zxjKXaWCBui1");
  g_assert_cmpuint (fragment->n_candidates, ==, 2);
  g_assert_true (fragment->end_of_candidates);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) refusal = NULL;

    g_assert_null (cr_sdp_fragment_parse (bad[i], strlen (bad[i]), &refusal));
    g_assert_error (refusal, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED);
  }
}

static void
test_fragment_answer (void)
{
  g_autofree gchar *answer = NULL, *text = NULL;
  g_autoptr (CrNegotiation) n = answer_file ("webrtcbin-publisher-h264.sdp", &publisher, &answer);
  g_autoptr (CrSdpFragment) fragment = NULL;
  g_autoptr (GError) error = NULL;

  text = cr_sdp_fragment_answer (n, &ice, candidates);
  assert_has (text, "m=video 9 UDP/TLS/RTP/SAVPF 96");
  assert_has (text, "a=mid:video0");
  fragment = cr_sdp_fragment_parse (text, strlen (text), &error);
  g_assert_no_error (error);
  g_assert_cmpstr (fragment->ufrag, ==, ice.ufrag);
  g_assert_cmpstr (fragment->password, ==, ice.password);
  g_assert_cmpuint (fragment->n_candidates, ==, 2);
  g_assert_true (fragment->end_of_candidates);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/sdp/chromium-publisher", test_chromium_publisher);
  g_test_add_func ("/sdp/chromium-simulcast", test_chromium_simulcast);
  g_test_add_func ("/sdp/simulcast-alternatives", test_simulcast_alternatives_pauses_and_restrictions);
  g_test_add_func ("/sdp/chromium-viewer", test_chromium_viewer);
  g_test_add_func ("/sdp/data-channel-is-rejected", test_data_channel_is_rejected_in_place);
  g_test_add_func ("/sdp/video-parameter", test_video_parameter_moves_the_first_slot);
  g_test_add_func ("/sdp/named-slots", test_named_slots);
  g_test_add_func ("/sdp/lines-beyond-the-slots", test_lines_beyond_the_slots);
  g_test_add_func ("/sdp/firefox", test_firefox);
  g_test_add_func ("/sdp/obs", test_obs);
  g_test_add_func ("/sdp/webrtcbin", test_webrtcbin);
  g_test_add_func ("/sdp/publisher-gets-one-codec", test_publisher_gets_one_codec);
  g_test_add_func ("/sdp/setup-roles", test_setup_roles);
  g_test_add_func ("/sdp/refusals", test_refusals);
  g_test_add_func ("/sdp/lines-that-disagree", test_lines_that_disagree);
  g_test_add_func ("/sdp/details", test_details);
  g_test_add_func ("/sdp/ssrcs-are-bounded", test_ssrcs_are_bounded);
  g_test_add_func ("/sdp/empty-values", test_empty_values);
  g_test_add_func ("/sdp/text-without-terminator", test_text_without_terminator);
  g_test_add_func ("/sdp/limits", test_limits);
  g_test_add_func ("/sdp/transport-of-the-first-accepted-line", test_transport_of_the_first_accepted_line);
  g_test_add_func ("/sdp/fragment", test_fragment);
  g_test_add_func ("/sdp/fragment-answer", test_fragment_answer);
  return g_test_run ();
}

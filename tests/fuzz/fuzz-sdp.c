/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: an offer to its answer, and a fragment. Whatever is agreed must hold together, and what the
 * relay writes must be readable by itself.
 *
 *   byte: bit 0 a viewer, bit 1 VP8 first, bit 2 ?video=screen, bit 3 a fragment; then the text
 */
#include "fuzz-input.h"

#include "rtc/sdp.h"
#include <gst/sdp/gstsdpmessage.h>

static const CrIceCredentials ice = {"OurUfrag", "OurPasswordOf24Character"};
static const gchar *const candidates[] = {"1 1 udp 2130706431 192.0.2.1 8443 typ host", NULL};
static const CrCodec preferences[2][2] = {{CR_CODEC_H264, CR_CODEC_VP8}, {CR_CODEC_VP8, CR_CODEC_H264}};

static void
check_line (const CrMediaLine *line, CrSdpRole role)
{
  guint n_video = 0, n_audio = 0;

  for (guint codec = CR_CODEC_H264; codec < CR_N_CODECS; codec++) {
    g_assert_cmpuint (line->payload_types[codec], <, 128);
    if (line->payload_types[codec] != 0)
      *(cr_codec_kind (codec) == CR_MEDIA_VIDEO ? &n_video : &n_audio) += 1;
    else
      g_assert_cmpuint (line->rtx_payload_types[codec], ==, 0);
  }
  if (!line->accepted) {
    g_assert_cmpuint (n_video + n_audio, ==, 0);
    return;
  }
  g_assert_cmpuint (line->kind == CR_MEDIA_VIDEO ? n_audio : n_video, ==, 0);
  g_assert_cmpuint (n_video + n_audio, >, 0);
  if (role == CR_SDP_PUBLISHER) {
    g_assert_cmpuint (n_video, <=, 1);
    g_assert_cmpuint (line->n_rids, <=, CR_SDP_MAX_RIDS);
    g_assert_cmpuint (line->n_ssrcs, <=, CR_SDP_MAX_RIDS);
    return;
  }
  g_assert_true (line->slot < CR_SLOT_NONE && cr_slot_kind (line->slot) == line->kind && line->ssrc != 0);
  if (line->nack && line->rtx_ssrc == 0) /* resends are the same bytes */
    g_assert_true (line->extensions.abs_send_time == 0 && line->extensions.twcc == 0);
}

static void
check_answer (const CrNegotiation *negotiation, const gchar *answer)
{
  GstSDPMessage *message = NULL;

  g_assert_cmpint (gst_sdp_message_new_from_text (answer, &message), ==, GST_SDP_OK);
  g_assert_cmpuint (gst_sdp_message_medias_len (message), ==, negotiation->n_lines);
  for (guint i = 0; i < negotiation->n_lines; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (message, i);
    const gchar *mid = gst_sdp_media_get_attribute_val (media, "mid");

    g_assert_cmpint (gst_sdp_media_get_port (media) != 0, ==, negotiation->lines[i].accepted);
    g_assert_cmpstr (mid != NULL ? mid : "", ==, negotiation->lines[i].mid);
  }
  gst_sdp_message_free (message);
}

static void
check_fragment_answer (const CrNegotiation *negotiation)
{
  g_autofree gchar *text = cr_sdp_fragment_answer (negotiation, &ice, candidates);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSdpFragment) fragment = cr_sdp_fragment_parse (text, strlen (text), &error);

  g_assert_no_error (error);
  g_assert_cmpstr (fragment->ufrag, ==, ice.ufrag);
}

static void
parse_fragment (const gchar *text, gsize length_bytes)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrSdpFragment) fragment = cr_sdp_fragment_parse (text, length_bytes, &error);

  g_assert_true ((fragment == NULL) == (error != NULL));
}

static void
answer_offer (guint8 flags, const gchar *text, gsize length_bytes)
{
  CrSdpLocal local = {.role = flags & 1 ? CR_SDP_VIEWER : CR_SDP_PUBLISHER,
                      .ice = &ice,
                      .fingerprint = "AA:BB",
                      .candidates = candidates,
                      .video_codecs = preferences[flags >> 1 & 1],
                      .n_video_codecs = 2};
  g_autofree gchar *answer = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (CrNegotiation) negotiation = NULL;

  if (flags & 4)
    g_assert_true (
        cr_slot_order_parse (&local.slots, CR_MEDIA_VIDEO, flags & 8 ? "floor,wall" : "screen", NULL));
  negotiation = cr_sdp_answer_offer (text, length_bytes, &local, &answer, &error);
  g_assert_true ((negotiation == NULL) == (error != NULL));
  g_assert_true ((negotiation == NULL) == (answer == NULL));
  if (negotiation == NULL) {
    g_assert_true (g_utf8_validate (error->message, -1, NULL)); /* it goes into a JSON body */
    return;
  }
  for (guint i = 0; i < negotiation->n_lines; i++)
    check_line (&negotiation->lines[i], local.role);
  check_answer (negotiation, answer);
  check_fragment_answer (negotiation);
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  gst_init (argc, argv);
  g_log_set_writer_func (fuzz_write_log, NULL, NULL);
  return 0;
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  FuzzInput input = {data, size};
  guint8 flags = fuzz_input_byte (&input);
  g_autofree gchar *text = g_memdup2 (input.data, input.length_bytes);

  g_random_set_seed (1);
  if (flags & 8)
    parse_fragment (text, input.length_bytes);
  else
    answer_offer (flags, text, input.length_bytes);
  return 0;
}

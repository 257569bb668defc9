/* SPDX-License-Identifier: Apache-2.0
 *
 * Payload types and extension ids are those that Chromium uses, the same on every line of the BUNDLE
 * (RFC 9143 section 9.1).
 */
#include "offer.h"

#include <gio/gio.h>
#include <gst/sdp/sdp.h>
#include <stdio.h>
#include <string.h>

#define PT_VP8      96
#define PT_VP8_RTX  97
#define PT_H264     102
#define PT_H264_RTX 103
#define PT_OPUS     111
#define PT_RED      63

#define EXT_ABS_SEND_TIME 2
#define EXT_TWCC          3
#define EXT_MID           4
#define EXT_RID           10

#define URI_ABS_SEND_TIME "http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time"
#define URI_TWCC          "http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01"
#define URI_MID           "urn:ietf:params:rtp-hdrext:sdes:mid"
#define URI_RID           "urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id"

static void
write_connection (GString *text, const CrOfferConfig *config, guint mid)
{
  g_string_append_printf (text,
                          "c=IN IP4 0.0.0.0\r\na=rtcp:9 IN IP4 0.0.0.0\r\n"
                          "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\na=ice-options:trickle\r\n"
                          "a=fingerprint:sha-256 %s\r\na=setup:actpass\r\na=mid:%u\r\n",
                          config->ufrag, config->password, config->fingerprint, mid);
  for (guint i = 0; mid == 0 && config->candidates != NULL && config->candidates[i] != NULL; i++)
    g_string_append_printf (text, "a=candidate:%s\r\n", config->candidates[i]);
}

static void
write_transport (GString *text, const CrOfferConfig *config, guint mid)
{
  write_connection (text, config, mid);
  g_string_append_printf (text,
                          "a=extmap:%d " URI_ABS_SEND_TIME "\r\na=extmap:%d " URI_TWCC "\r\n"
                          "a=extmap:%d " URI_MID "\r\na=recvonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\n",
                          EXT_ABS_SEND_TIME, EXT_TWCC, EXT_MID);
}

static void
write_video_codec (GString *text, guint payload_type, guint rtx_payload_type, const gchar *name,
                   const gchar *parameters)
{
  g_string_append_printf (text, "a=rtpmap:%u %s/90000\r\n", payload_type, name);
  for (const gchar *const *feedback =
           (const gchar *const[]){"goog-remb", "transport-cc", "ccm fir", "nack", "nack pli", NULL};
       *feedback != NULL; feedback++)
    g_string_append_printf (text, "a=rtcp-fb:%u %s\r\n", payload_type, *feedback);
  if (parameters != NULL)
    g_string_append_printf (text, "a=fmtp:%u %s\r\n", payload_type, parameters);
  g_string_append_printf (text, "a=rtpmap:%u rtx/90000\r\na=fmtp:%u apt=%u\r\n", rtx_payload_type,
                          rtx_payload_type, payload_type);
}

static void
write_video (GString *text, const CrOfferConfig *config, guint mid)
{
  gboolean h264 = config->only_codec != CR_CODEC_VP8;
  gboolean vp8 = config->only_codec != CR_CODEC_H264;

  g_string_append (text, "m=video 9 UDP/TLS/RTP/SAVPF");
  if (vp8)
    g_string_append_printf (text, " %d %d", PT_VP8, PT_VP8_RTX);
  if (h264)
    g_string_append_printf (text, " %d %d", PT_H264, PT_H264_RTX);
  g_string_append (text, "\r\n");
  write_transport (text, config, mid);
  if (vp8)
    write_video_codec (text, PT_VP8, PT_VP8_RTX, "VP8", NULL);
  if (h264)
    write_video_codec (text, PT_H264, PT_H264_RTX, "H264",
                       "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f");
}

static void
write_audio (GString *text, const CrOfferConfig *config, guint mid)
{
  g_string_append_printf (text, "m=audio 9 UDP/TLS/RTP/SAVPF %d", PT_OPUS);
  if (config->red)
    g_string_append_printf (text, " %d", PT_RED);
  g_string_append (text, "\r\n");
  write_transport (text, config, mid);
  g_string_append_printf (text,
                          "a=rtpmap:%d opus/48000/2\r\na=rtcp-fb:%d transport-cc\r\n"
                          "a=fmtp:%d minptime=10;useinbandfec=1\r\n",
                          PT_OPUS, PT_OPUS, PT_OPUS);
  if (config->red)
    g_string_append_printf (text, "a=rtpmap:%d red/48000/2\r\na=fmtp:%d %d/%d\r\n", PT_RED, PT_RED, PT_OPUS,
                            PT_OPUS);
}

static void
write_session (GString *text, guint n_lines)
{
  g_string_append_printf (
      text, "v=0\r\no=- %" G_GUINT64_FORMAT " 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE",
      (guint64)g_random_int () << 16 | 1);
  for (guint i = 0; i < n_lines; i++)
    g_string_append_printf (text, " %u", i);
  g_string_append (text, "\r\na=extmap-allow-mixed\r\na=msid-semantic: WMS\r\n");
}

gchar *
cr_offer_write (const CrOfferConfig *config)
{
  GString *text = g_string_new (NULL);
  guint mid = 0;

  g_return_val_if_fail (config->n_video + config->n_audio <= CR_OFFER_MAX_LINES, NULL);
  write_session (text, config->n_video + config->n_audio);
  for (guint i = 0; i < config->n_audio; i++)
    write_audio (text, config, mid++);
  for (guint i = 0; i < config->n_video; i++)
    write_video (text, config, mid++);
  return g_string_free (text, FALSE);
}

/* No transport-wide sequence numbers: a loop has one rate and could follow no estimate. No RTX either: what
 * is asked for is sent again as it was. */
gchar *
cr_offer_write_talkback (const CrOfferConfig *config)
{
  GString *text = g_string_new (NULL);
  gboolean h264 = config->only_codec == CR_CODEC_H264;
  guint payload_type = h264 ? PT_H264 : PT_VP8;

  write_session (text, 2);
  g_string_append_printf (text, "m=audio 9 UDP/TLS/RTP/SAVPF %d\r\n", PT_OPUS);
  write_connection (text, config, 0);
  g_string_append_printf (text,
                          "a=extmap:%d " URI_MID "\r\na=sendonly\r\na=msid:classroom voice\r\na=rtcp-mux\r\n"
                          "a=rtpmap:%d opus/48000/2\r\na=fmtp:%d minptime=10;useinbandfec=1\r\n",
                          EXT_MID, PT_OPUS, PT_OPUS);
  g_string_append_printf (text, "m=video 9 UDP/TLS/RTP/SAVPF %u\r\n", payload_type);
  write_connection (text, config, 1);
  g_string_append_printf (text,
                          "a=extmap:%d " URI_MID "\r\na=extmap:%d " URI_RID "\r\na=sendonly\r\n"
                          "a=msid:classroom picture\r\na=rtcp-mux\r\na=rtcp-rsize\r\n"
                          "a=rtpmap:%u %s/90000\r\na=rtcp-fb:%u ccm fir\r\na=rtcp-fb:%u nack\r\n"
                          "a=rtcp-fb:%u nack pli\r\n",
                          EXT_MID, EXT_RID, payload_type, h264 ? "H264" : "VP8", payload_type, payload_type,
                          payload_type);
  if (h264)
    g_string_append_printf (
        text, "a=fmtp:%u level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n",
        payload_type);
  g_string_append (text, "a=rid:" CR_OFFER_RID_SMALL " send\r\na=rid:" CR_OFFER_RID_LARGE
                         " send\r\na=simulcast:send " CR_OFFER_RID_SMALL ";" CR_OFFER_RID_LARGE "\r\n");
  return g_string_free (text, FALSE);
}

static void
read_payload_types (CrAnswerLine *line, const GstSDPMedia *media)
{
  for (guint i = 0;; i++) {
    const gchar *value = gst_sdp_media_get_attribute_val_n (media, "rtpmap", i);
    guint64 payload_type;
    gchar *end;
    g_auto (GStrv) parts = NULL;

    if (value == NULL)
      break;
    payload_type = g_ascii_strtoull (value, &end, 10);
    if (payload_type > 127 || *end != ' ')
      continue;
    parts = g_strsplit (end + 1, "/", 2);
    if (parts[0] == NULL)
      continue;
    for (gchar *c = parts[0]; *c != '\0'; c++)
      *c = g_ascii_toupper (*c);
    line->codecs[payload_type] = cr_codec_from_encoding_name (parts[0]);
  }
  for (guint i = 0;; i++) {
    const gchar *value = gst_sdp_media_get_attribute_val_n (media, "fmtp", i);
    guint payload_type, apt;

    if (value == NULL)
      break;
    if (sscanf (value, "%u apt=%u", &payload_type, &apt) == 2 && payload_type < 128 && apt > 0 && apt < 128)
      line->rtx_apt[payload_type] = (guint8)apt;
  }
}

static void
read_extensions (CrAnswerLine *line, const GstSDPMedia *media)
{
  for (guint i = 0;; i++) {
    const gchar *value = gst_sdp_media_get_attribute_val_n (media, "extmap", i);
    const gchar *uri = value == NULL ? NULL : strchr (value, ' ');
    guint8 id;

    if (value == NULL)
      return;
    if (uri == NULL)
      continue;
    id = (guint8)g_ascii_strtoull (value, NULL, 10);
    if (g_str_has_prefix (uri + 1, URI_ABS_SEND_TIME))
      line->extensions.abs_send_time = id;
    else if (g_str_has_prefix (uri + 1, URI_TWCC))
      line->extensions.twcc = id;
    else if (g_str_has_prefix (uri + 1, URI_MID))
      line->extensions.mid = id;
    else if (g_str_has_prefix (uri + 1, URI_RID))
      line->extensions.rid = id;
  }
}

static void
read_ssrcs (CrAnswerLine *line, const GstSDPMedia *media)
{
  const gchar *group = gst_sdp_media_get_attribute_val (media, "ssrc-group");
  const gchar *single = gst_sdp_media_get_attribute_val (media, "ssrc");

  if (group != NULL && sscanf (group, "FID %u %u", &line->ssrc, &line->rtx_ssrc) == 2)
    return;
  line->rtx_ssrc = 0;
  if (single != NULL)
    line->ssrc = (guint32)g_ascii_strtoull (single, NULL, 10);
}

CrAnswer *
cr_answer_parse (const gchar *text, GError **error)
{
  GstSDPMessage *message = NULL;
  g_autofree CrAnswer *answer = g_new0 (CrAnswer, 1);
  guint n_of_kind[2] = {0};

  if (*text == '\0' || gst_sdp_message_new_from_text (text, &message) != GST_SDP_OK) {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer is not SDP");
    return NULL;
  }
  for (guint i = 0; i < gst_sdp_message_medias_len (message) && answer->n_lines < CR_OFFER_MAX_LINES; i++) {
    const GstSDPMedia *media = gst_sdp_message_get_media (message, i);
    CrAnswerLine *line = &answer->lines[answer->n_lines++];
    const gchar *mid = gst_sdp_media_get_attribute_val (media, "mid");

    line->kind = g_strcmp0 (gst_sdp_media_get_media (media), "video") == 0 ? CR_MEDIA_VIDEO : CR_MEDIA_AUDIO;
    line->index = n_of_kind[line->kind]++;
    line->accepted = gst_sdp_media_get_port (media) != 0;
    g_strlcpy (line->mid, mid == NULL ? "" : mid, sizeof line->mid);
    read_payload_types (line, media);
    read_extensions (line, media);
    read_ssrcs (line, media);
  }
  gst_sdp_message_free (message);
  if (answer->n_lines > 0)
    return g_steal_pointer (&answer);
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "the answer has no media");
  return NULL;
}

static gboolean
mid_is (const CrRtpPacket *packet, const CrAnswerLine *line)
{
  return packet->mid != NULL && packet->mid_bytes == strlen (line->mid) &&
         memcmp (packet->mid, line->mid, packet->mid_bytes) == 0;
}

const CrAnswerLine *
cr_answer_match (const CrAnswer *answer, CrRtpPacket *packet, gboolean *is_rtx)
{
  const CrAnswerLine *found = NULL;

  for (guint i = 0; i < answer->n_lines && found == NULL; i++) {
    const CrAnswerLine *line = &answer->lines[i];

    if ((line->ssrc == packet->ssrc && line->ssrc != 0) ||
        (line->rtx_ssrc == packet->ssrc && line->rtx_ssrc != 0))
      found = line;
  }
  if (answer->n_lines > 0) /* ids are the same on all lines of a BUNDLE */
    cr_rtp_packet_parse_extensions (packet, &answer->lines[0].extensions);
  for (guint i = 0; i < answer->n_lines && found == NULL; i++) {
    if (mid_is (packet, &answer->lines[i]))
      found = &answer->lines[i];
  }
  for (guint i = 0; i < answer->n_lines && found == NULL; i++) {
    const CrAnswerLine *line = &answer->lines[i];

    if (line->codecs[packet->payload_type] != CR_CODEC_NONE || line->rtx_apt[packet->payload_type] != 0)
      found = line;
  }
  *is_rtx = found != NULL && found->rtx_apt[packet->payload_type] != 0;
  return found;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Writes the answer: every m-line of the offer in its place, an ICE-lite side with all its candidates in the
 * line that speaks for the BUNDLE group, and for each line just what was agreed.
 */
#include "rtc/sdp-offer.h"

/* The discard port and address: the real ones are in the candidates (RFC 8839 section 4.2.1.3, RFC 9429). */
#define PLACEHOLDER_PORT       9
#define PLACEHOLDER_CONNECTION "c=IN IP4 0.0.0.0\r\n"

/* Range of maxaveragebitrate, bit/s (RFC 7587 section 6.1). */
#define MIN_OPUS_BITRATE 6000
#define MAX_OPUS_BITRATE 510000

static gboolean
is_accepted_codec (const CrMediaLine *line, guint codec)
{
  return line->payload_types[codec] != 0;
}

/* Codecs of a line in the order in which they are answered: video as the lesson prefers, Opus before RED,
 * which a sender then uses only on its own account. Returns their number. */
static guint
order_codecs (const CrMediaLine *line, const CrSdpLocal *local, CrCodec codecs[CR_N_CODECS])
{
  guint n = 0;

  for (guint i = 0; i < local->n_video_codecs && line->kind == CR_MEDIA_VIDEO && n < CR_N_CODECS; i++) {
    if (is_accepted_codec (line, local->video_codecs[i]))
      codecs[n++] = local->video_codecs[i];
  }
  for (guint codec = CR_CODEC_OPUS; codec <= CR_CODEC_RED && line->kind == CR_MEDIA_AUDIO; codec++) {
    if (is_accepted_codec (line, codec))
      codecs[n++] = codec;
  }
  return n;
}

static void
add_parameter (GString *list, const gchar *name, const gchar *value)
{
  g_string_append_printf (list, "%s%s=%s", list->len > 0 ? ";" : "", name, value);
}

/* What was offered of these, as it was offered. */
static void
write_h264_parameters (GString *out, guint payload_type, const gchar *offered)
{
  g_autofree gchar *profile = cr_sdp_fmtp_get (offered, "profile-level-id");
  g_autoptr (GString) list = g_string_new (NULL);

  if (cr_sdp_fmtp_is (offered, "packetization-mode", "1"))
    add_parameter (list, "packetization-mode", "1");
  if (cr_sdp_fmtp_is (offered, "level-asymmetry-allowed", "1"))
    add_parameter (list, "level-asymmetry-allowed", "1");
  if (profile != NULL)
    add_parameter (list, "profile-level-id", profile);
  if (list->len > 0)
    g_string_append_printf (out, "a=fmtp:%u %s\r\n", payload_type, list->str);
}

/* In-band FEC is always asked for. Stereo is agreed when the other side sends it (publisher) or can play it
 * (viewer). A bitrate that the other side has set is repeated: from a publisher it is what its page wants to
 * send at, from a viewer what it can take. */
static void
write_opus_parameters (GString *out, guint payload_type, const gchar *offered, CrSdpRole role)
{
  g_autofree gchar *bitrate = cr_sdp_fmtp_get (offered, "maxaveragebitrate");
  gboolean stereo = cr_sdp_fmtp_is (offered, "stereo", "1");
  guint64 value;

  g_string_append_printf (out, "a=fmtp:%u minptime=10;useinbandfec=1", payload_type);
  if (role == CR_SDP_PUBLISHER && (stereo || cr_sdp_fmtp_is (offered, "sprop-stereo", "1")))
    g_string_append (out, ";stereo=1");
  if (role == CR_SDP_VIEWER && stereo)
    g_string_append (out, ";sprop-stereo=1");
  if (bitrate != NULL &&
      g_ascii_string_to_unsigned (bitrate, 10, MIN_OPUS_BITRATE, MAX_OPUS_BITRATE, &value, NULL))
    g_string_append_printf (out, ";maxaveragebitrate=%u", (guint)value);
  g_string_append (out, "\r\n");
}

static void
write_feedback (GString *out, guint payload_type, const CrMediaLine *line)
{
  if (line->transport_cc)
    g_string_append_printf (out, "a=rtcp-fb:%u transport-cc\r\n", payload_type);
  if (line->fir)
    g_string_append_printf (out, "a=rtcp-fb:%u ccm fir\r\n", payload_type);
  if (line->nack)
    g_string_append_printf (out, "a=rtcp-fb:%u nack\r\n", payload_type);
  if (line->pli)
    g_string_append_printf (out, "a=rtcp-fb:%u nack pli\r\n", payload_type);
}

static void
write_codec (GString *out, CrCodec codec, const CrSdpOfferLine *offered, const CrMediaLine *line,
             CrSdpRole role)
{
  guint payload_type = line->payload_types[codec];
  guint rtx = line->rtx_payload_types[codec];
  const gchar *fmtp = offered->formats[payload_type].fmtp;

  switch (codec) {
  case CR_CODEC_H264:
    g_string_append_printf (out, "a=rtpmap:%u H264/90000\r\n", payload_type);
    write_h264_parameters (out, payload_type, fmtp);
    break;
  case CR_CODEC_VP8:
    g_string_append_printf (out, "a=rtpmap:%u VP8/90000\r\n", payload_type);
    break;
  case CR_CODEC_OPUS:
    g_string_append_printf (out, "a=rtpmap:%u opus/48000/2\r\n", payload_type);
    write_opus_parameters (out, payload_type, fmtp, role);
    break;
  case CR_CODEC_RED:
    g_string_append_printf (out, "a=rtpmap:%u red/48000/2\r\na=fmtp:%u %s\r\n", payload_type, payload_type,
                            fmtp);
    return; /* feedback goes with the Opus inside */
  default:
    g_assert_not_reached ();
  }
  write_feedback (out, payload_type, line);
  if (rtx != 0)
    g_string_append_printf (out, "a=rtpmap:%u rtx/90000\r\na=fmtp:%u apt=%u\r\n", rtx, rtx, payload_type);
}

/* "m=video 9 UDP/TLS/RTP/SAVPF 108 109 96 97". */
static void
write_media_line (GString *out, const CrSdpOfferLine *offered, const CrMediaLine *line, const CrCodec *codecs,
                  guint n_codecs)
{
  g_string_append_printf (out, "m=%s %d %s", gst_sdp_media_get_media (offered->media), PLACEHOLDER_PORT,
                          gst_sdp_media_get_proto (offered->media));
  for (guint i = 0; i < n_codecs; i++) {
    g_string_append_printf (out, " %u", line->payload_types[codecs[i]]);
    if (line->rtx_payload_types[codecs[i]] != 0)
      g_string_append_printf (out, " %u", line->rtx_payload_types[codecs[i]]);
  }
  g_string_append (out, "\r\n" PLACEHOLDER_CONNECTION);
}

/* Port 0 (RFC 3264 section 6), which also keeps it out of the BUNDLE group. */
static void
write_rejected_line (GString *out, const CrSdpOfferLine *offered)
{
  g_string_append_printf (out, "m=%s 0 %s %s\r\n" PLACEHOLDER_CONNECTION,
                          gst_sdp_media_get_media (offered->media), gst_sdp_media_get_proto (offered->media),
                          gst_sdp_media_get_format (offered->media, 0));
  if (offered->mid[0] != '\0')
    g_string_append_printf (out, "a=mid:%s\r\n", offered->mid);
  g_string_append (out, "a=inactive\r\n");
}

static void
write_transport (GString *out, const CrNegotiation *negotiation, const CrSdpLocal *local, gboolean tagged)
{
  g_string_append_printf (out, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", local->ice->ufrag, local->ice->password);
  g_string_append_printf (out, "a=fingerprint:sha-256 %s\r\n", local->fingerprint);
  g_string_append_printf (out, "a=setup:%s\r\n",
                          negotiation->dtls_role == CR_DTLS_SERVER ? "passive" : "active");
  if (!tagged)
    return;
  for (guint i = 0; local->candidates != NULL && local->candidates[i] != NULL; i++)
    g_string_append_printf (out, "a=candidate:%s\r\n", local->candidates[i]);
  g_string_append (out, "a=end-of-candidates\r\n");
}

static void
write_extensions (GString *out, const CrSdpOfferLine *offered, const CrMediaLine *line, CrSdpRole role)
{
  for (guint i = 0; i < CR_SDP_N_EXTENSIONS; i++) {
    guint8 id = CR_SDP_EXTENSION_ID (&line->extensions, i);
    const gchar *direction = role == CR_SDP_PUBLISHER ? "/recvonly" : "/sendonly";

    if (id != 0)
      g_string_append_printf (out, "a=extmap:%u%s %s\r\n", id,
                              offered->directional & 1u << i ? direction : "", cr_sdp_extensions[i].uri);
  }
}

static void
write_layers (GString *out, const CrMediaLine *line)
{
  for (guint i = 0; i < line->n_rids; i++)
    g_string_append_printf (out, "a=rid:%s recv\r\n", line->rids[i]);
  for (guint i = 0; i < line->n_rids; i++)
    g_string_append_printf (out, "%s%s", i == 0 ? "a=simulcast:recv " : ";", line->rids[i]);
  if (line->n_rids > 0)
    g_string_append (out, "\r\n");
}

/* The name of the stream is the CNAME too: what a receiver must keep in sync shares both (RFC 7022 asks no
 * more than that sources of one clock share it and that others differ). */
static void
write_sender (GString *out, const CrMediaLine *line)
{
  const gchar *stream = cr_slot_stream_name (line->slot);

  g_string_append_printf (out, "a=msid:%s %s-%s\r\n", stream, cr_slot_name (line->slot),
                          line->kind == CR_MEDIA_VIDEO ? "video" : "audio");
  if (line->rtx_ssrc != 0)
    g_string_append_printf (out, "a=ssrc-group:FID %u %u\r\n", line->ssrc, line->rtx_ssrc);
  g_string_append_printf (out, "a=ssrc:%u cname:%s\r\n", line->ssrc, stream);
  if (line->rtx_ssrc != 0)
    g_string_append_printf (out, "a=ssrc:%u cname:%s\r\n", line->rtx_ssrc, stream);
}

static void
write_line (GString *out, const CrSdpOffer *offer, const CrNegotiation *negotiation, guint index,
            const CrSdpLocal *local)
{
  const CrSdpOfferLine *offered = &offer->lines[index];
  const CrMediaLine *line = &negotiation->lines[index];
  CrCodec codecs[CR_N_CODECS];
  guint n_codecs = order_codecs (line, local, codecs);

  if (!line->accepted) {
    write_rejected_line (out, offered);
    return;
  }
  write_media_line (out, offered, line, codecs, n_codecs);
  if (line->mid[0] != '\0')
    g_string_append_printf (out, "a=mid:%s\r\n", line->mid);
  write_transport (out, negotiation, local, index == cr_sdp_find_tagged (offer, negotiation));
  /* The second for RFC 9725 section 4.4.1 and RFC 8858 section 3: there is no other way. */
  g_string_append_printf (out, "a=rtcp-mux\r\na=rtcp-mux-only\r\na=%s\r\n",
                          local->role == CR_SDP_PUBLISHER ? "recvonly" : "sendonly");
  write_extensions (out, offered, line, local->role);
  for (guint i = 0; i < n_codecs; i++)
    write_codec (out, codecs[i], offered, line, local->role);
  if (local->role == CR_SDP_PUBLISHER)
    write_layers (out, line);
  else
    write_sender (out, line);
}

static void
write_session (GString *out, const CrSdpOffer *offer, const CrNegotiation *negotiation, CrSdpRole role)
{
  gboolean allow_mixed = FALSE;

  /* The session id is below 2^63 (RFC 9429 section 5.2.1). */
  g_string_append_printf (out, "v=0\r\no=- %" G_GUINT64_FORMAT " 1 IN IP4 0.0.0.0\r\ns=-\r\nt=0 0\r\n",
                          ((guint64)g_random_int () << 32 | g_random_int ()) >> 1);
  g_string_append (out, "a=ice-lite\r\na=ice-options:trickle\r\n");
  if (offer->has_bundle) {
    g_string_append (out, "a=group:BUNDLE");
    for (guint i = 0; i < offer->n_bundled; i++) {
      if (negotiation->lines[offer->bundle_order[i]].accepted)
        g_string_append_printf (out, " %s", negotiation->lines[offer->bundle_order[i]].mid);
    }
    g_string_append (out, "\r\n");
  }
  for (guint i = 0; i < offer->n_lines; i++)
    allow_mixed = allow_mixed || (negotiation->lines[i].accepted && offer->lines[i].allow_mixed);
  if (allow_mixed && role == CR_SDP_PUBLISHER)
    g_string_append (out, "a=extmap-allow-mixed\r\n");
}

gchar *
cr_sdp_answer_write (const CrSdpOffer *offer, const CrNegotiation *negotiation, const CrSdpLocal *local)
{
  GString *out = g_string_new (NULL);

  write_session (out, offer, negotiation, local->role);
  for (guint i = 0; i < negotiation->n_lines; i++)
    write_line (out, offer, negotiation, i, local);
  return g_string_free (out, FALSE);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What of an offer is agreed: codecs and payload types, feedback, header extensions, slots, the transport of
 * the BUNDLE group. Reading the offer and writing the answer are in the files beside this one.
 */
#include "rtc/sdp.h"
#include "rtc/sdp-offer.h"
#include "rtc/sprop.h"

#include <string.h>

G_DEFINE_QUARK (cr - sdp - error - quark, cr_sdp_error)

/* Payload types that RTCP packet types would be taken for once the marker bit is set (RFC 5761 section 4). */
#define FIRST_RTCP_PAYLOAD_TYPE 64
#define LAST_RTCP_PAYLOAD_TYPE  95

void
cr_negotiation_free (CrNegotiation *negotiation)
{
  for (guint i = 0; i < negotiation->n_lines; i++)
    g_clear_pointer (&negotiation->lines[i].parameter_sets, g_bytes_unref);
  g_free (negotiation->remote_ufrag);
  g_free (negotiation->remote_password);
  g_free (negotiation->remote_fingerprint);
  g_free (negotiation);
}

/* How well an H.264 format serves, more is better, 0 not at all. Old PCs decode constrained baseline in
 * hardware: 42 with constraint_set1_flag (RFC 6184 section 8.1), usually written 42e0xx. Without
 * profile-level-id it is plain baseline. Without packetization-mode it would be mode 0; but receivers built
 * on GStreamer leave the parameter out and take any mode, so that is the last resort, where a 0 written out
 * is believed. */
static guint
rate_h264 (const gchar *fmtp)
{
  g_autofree gchar *profile = cr_sdp_fmtp_get (fmtp, "profile-level-id");
  g_autofree gchar *mode = cr_sdp_fmtp_get (fmtp, "packetization-mode");
  guint64 value = 0x42000a;

  if (mode != NULL && !g_str_equal (mode, "1"))
    return 0;
  if (profile != NULL &&
      (strlen (profile) != 6 || !g_ascii_string_to_unsigned (profile, 16, 0, 0xffffff, &value, NULL)))
    return 0;
  if (mode == NULL)
    return 1;
  if (value >> 16 != 0x42)
    return 2;
  return value & 0x004000 ? 4 : 3;
}

/* Redundancy whose every generation is the Opus that was chosen: "111/111" (RFC 2198 section 5). */
static gboolean
red_carries (const gchar *fmtp, guint opus_payload_type)
{
  g_auto (GStrv) generations = g_strsplit (fmtp, "/", -1);

  for (gchar **generation = generations; *generation != NULL; generation++) {
    guint64 value;

    if (!g_ascii_string_to_unsigned (*generation, 10, 0, 127, &value, NULL) || value != opus_payload_type)
      return FALSE;
  }
  return generations[0] != NULL;
}

static gboolean
is_usable_payload_type (guint payload_type)
{
  /* 0 would be PCMU, and stands for "none" in CrMediaLine. */
  return payload_type != 0 &&
         (payload_type < FIRST_RTCP_PAYLOAD_TYPE || payload_type > LAST_RTCP_PAYLOAD_TYPE);
}

/* The payload type of `codec` that serves best; the offerer's order decides between equals. 0: none. */
static guint8
choose_payload_type (const CrSdpOfferLine *line, CrCodec codec, guint8 opus_payload_type)
{
  guint best_rating = 0;
  guint8 best = 0;

  for (guint i = 0; i < line->n_formats; i++) {
    guint8 payload_type = line->order[i];
    const CrSdpFormat *format = &line->formats[payload_type];
    guint rating = 1;

    if (format->codec != codec || !is_usable_payload_type (payload_type))
      continue;
    if (codec == CR_CODEC_H264)
      rating = rate_h264 (format->fmtp);
    if (codec == CR_CODEC_RED && !red_carries (format->fmtp, opus_payload_type))
      rating = 0;
    if (rating > best_rating) {
      best_rating = rating;
      best = payload_type;
    }
  }
  return best;
}

static guint8
choose_rtx_payload_type (const CrSdpOfferLine *line, guint8 payload_type)
{
  gchar apt[4];

  g_snprintf (apt, sizeof apt, "%u", payload_type);
  for (guint i = 0; i < line->n_formats; i++) {
    const CrSdpFormat *format = &line->formats[line->order[i]];

    if (format->is_rtx && is_usable_payload_type (line->order[i]) &&
        cr_sdp_fmtp_is (format->fmtp, "apt", apt))
      return line->order[i];
  }
  return 0;
}

/* Fills the payload types. FALSE when there is no common codec. */
static gboolean
agree_codecs (const CrSdpOfferLine *line, const CrSdpLocal *local, CrMediaLine *agreed)
{
  if (line->kind == CR_MEDIA_AUDIO) {
    guint8 opus = choose_payload_type (line, CR_CODEC_OPUS, 0);

    agreed->payload_types[CR_CODEC_OPUS] = opus;
    if (opus != 0)
      agreed->payload_types[CR_CODEC_RED] = choose_payload_type (line, CR_CODEC_RED, opus);
    return opus != 0;
  }
  for (guint i = 0, n_agreed = 0; i < local->n_video_codecs; i++) {
    CrCodec codec = local->video_codecs[i];
    guint8 payload_type = choose_payload_type (line, codec, 0);

    if (payload_type == 0)
      continue;
    agreed->payload_types[codec] = payload_type;
    agreed->rtx_payload_types[codec] = choose_rtx_payload_type (line, payload_type);
    n_agreed++;
    /* Two codecs would let a publisher change over in mid-lesson to one that some viewers lack. */
    if (local->role == CR_SDP_PUBLISHER && n_agreed == 1)
      return TRUE;
  }
  return agreed->payload_types[CR_CODEC_H264] != 0 || agreed->payload_types[CR_CODEC_VP8] != 0;
}

/* Feedback counts when every agreed codec has it: CrMediaLine keeps one set for the line. RED is left out,
 * since browsers attach feedback to the Opus inside it. */
static void
agree_feedback (const CrSdpOfferLine *line, CrMediaLine *agreed, gboolean *all_have_rtx)
{
  guint feedback = G_MAXUINT;

  *all_have_rtx = TRUE;
  for (guint codec = CR_CODEC_H264; codec < CR_N_CODECS; codec++) {
    if (agreed->payload_types[codec] == 0 || codec == CR_CODEC_RED)
      continue;
    feedback &= line->formats[agreed->payload_types[codec]].feedback;
    *all_have_rtx = *all_have_rtx && agreed->rtx_payload_types[codec] != 0;
  }
  agreed->nack = (feedback & CR_SDP_FEEDBACK_NACK) != 0;
  agreed->pli = (feedback & CR_SDP_FEEDBACK_PLI) != 0;
  agreed->fir = (feedback & CR_SDP_FEEDBACK_FIR) != 0;
  agreed->transport_cc = (feedback & CR_SDP_FEEDBACK_TRANSPORT_CC) != 0;
}

static void
agree_extensions (const CrSdpOfferLine *line, CrSdpRole role, gboolean all_have_rtx, CrMediaLine *agreed)
{
  agreed->extensions = line->extensions;
  if (role == CR_SDP_VIEWER) {
    agreed->extensions.rid = 0; /* a viewer gets one encoding, which needs no name */
    agreed->extensions.repaired_rid = 0;
    /* Without RTX a NACK is answered with the same packet on the same SSRC and sequence number, and AES-GCM
     * takes its nonce from these two: the resend must be the same bytes, or the nonce is used for two
     * plaintexts under one key (RFC 7714 section 8.1). Both of these extensions change with each sending. */
    if (agreed->nack && !all_have_rtx) {
      agreed->extensions.abs_send_time = 0;
      agreed->extensions.twcc = 0;
    }
  }
  /* Sequence numbers without feedback on them are of no use, nor the other way round. */
  agreed->transport_cc = agreed->transport_cc && agreed->extensions.twcc != 0;
  if (!agreed->transport_cc)
    agreed->extensions.twcc = 0;
}

/* May this layer come in the agreed codec (RFC 8851 section 5, "pt=96,97")? */
static gboolean
rid_allows (const gchar *restrictions, const CrMediaLine *agreed)
{
  g_autofree gchar *list = cr_sdp_fmtp_get (restrictions, "pt");
  g_auto (GStrv) payload_types = list != NULL ? g_strsplit (list, ",", -1) : NULL;

  if (list == NULL)
    return TRUE;
  for (gchar **text = payload_types; *text != NULL; text++) {
    guint64 value;

    if (!g_ascii_string_to_unsigned (*text, 10, 1, 127, &value, NULL))
      continue;
    if (value == agreed->payload_types[CR_CODEC_H264] || value == agreed->payload_types[CR_CODEC_VP8])
      return TRUE;
  }
  return FALSE;
}

static void
agree_publisher_streams (const CrSdpOfferLine *line, CrMediaLine *agreed)
{
  guint8 h264 = agreed->payload_types[CR_CODEC_H264];

  for (guint i = 0; i < line->n_rids; i++) {
    if (rid_allows (line->rid_restrictions[i], agreed))
      g_strlcpy (agreed->rids[agreed->n_rids++], line->rids[i], sizeof agreed->rids[0]);
  }
  agreed->n_ssrcs = line->n_ssrcs;
  memcpy (agreed->ssrcs, line->ssrcs, sizeof agreed->ssrcs);
  memcpy (agreed->rtx_ssrcs, line->rtx_ssrcs, sizeof agreed->rtx_ssrcs);
  if (h264 != 0) {
    g_autofree gchar *sprop = cr_sdp_fmtp_get (line->formats[h264].fmtp, "sprop-parameter-sets");

    agreed->parameter_sets = sprop != NULL ? cr_sprop_to_annex_b (sprop) : NULL;
  }
}

/* Is this line one that could carry media between us, codecs aside? */
static gboolean
is_wanted (const CrSdpOffer *offer, const CrSdpOfferLine *line, CrSdpRole role)
{
  return line->is_rtp && line->enabled && (!offer->has_bundle || line->bundled) &&
         (line->direction & (role == CR_SDP_PUBLISHER ? CR_SDP_SENDS : CR_SDP_RECEIVES)) != 0;
}

static gboolean
agree_line (const CrSdpOffer *offer, guint index, const CrSdpLocal *local, guint n_seen[2],
            CrMediaLine *agreed, GError **error)
{
  const CrSdpOfferLine *line = &offer->lines[index];
  gboolean all_have_rtx;

  g_strlcpy (agreed->mid, line->mid, sizeof agreed->mid);
  agreed->kind = line->kind;
  agreed->slot = CR_SLOT_NONE;
  if (!is_wanted (offer, line, local->role))
    return TRUE;

  if (local->role == CR_SDP_VIEWER) {
    agreed->slot = cr_slot_order_get (&local->slots, line->kind, n_seen[line->kind]++);
    if (agreed->slot == CR_SLOT_NONE)
      return TRUE;
  } else if (n_seen[line->kind]++ > 0) {
    return TRUE; /* one picture and one voice a publisher */
  }
  /* A bundle-only line leaves out what the line it is bundled with says (RFC 9143 section 7.1.3). */
  if (!line->rtcp_mux && !line->bundle_only)
    return cr_sdp_fail_line (error, CR_SDP_ERROR_UNACCEPTABLE, index, "a=rtcp-mux is needed");
  if (!agree_codecs (line, local, agreed)) {
    memset (agreed->payload_types, 0, sizeof agreed->payload_types);
    /* Half a publisher would be a picture or a voice that is missing without a word. */
    return local->role == CR_SDP_VIEWER ||
           cr_sdp_fail_line (error, CR_SDP_ERROR_UNACCEPTABLE, index, "no common codec");
  }
  agreed->accepted = TRUE;
  agree_feedback (line, agreed, &all_have_rtx);
  agree_extensions (line, local->role, all_have_rtx, agreed);
  if (local->role == CR_SDP_PUBLISHER)
    agree_publisher_streams (line, agreed);
  return TRUE;
}

static gboolean
check_several_lines_are_bundled (const CrSdpOffer *offer, GError **error)
{
  guint n_usable = 0;

  for (guint i = 0; i < offer->n_lines; i++)
    n_usable += offer->lines[i].enabled;
  if (offer->has_bundle || n_usable < 2)
    return TRUE;
  g_set_error_literal (error, CR_SDP_ERROR, CR_SDP_ERROR_UNACCEPTABLE,
                       "several m-lines need a=group:BUNDLE: the relay has one transport for each peer");
  return FALSE;
}

static gboolean
fail_nothing_accepted (const CrSdpOffer *offer, CrSdpRole role, GError **error)
{
  for (guint i = 0; i < offer->n_lines; i++) {
    if (is_wanted (offer, &offer->lines[i], role)) {
      g_set_error_literal (error, CR_SDP_ERROR, CR_SDP_ERROR_UNACCEPTABLE, "no common codec on any m-line");
      return FALSE;
    }
  }
  g_set_error (error, CR_SDP_ERROR, CR_SDP_ERROR_UNACCEPTABLE, "no audio or video m-line %s",
               role == CR_SDP_PUBLISHER ? "sends (sendonly or sendrecv)" : "receives (recvonly or sendrecv)");
  return FALSE;
}

/* Bundled lines share one space of payload types and extension ids (RFC 9143 sections 9.1 and 15); where two
 * lines disagree no packet could be told apart. */
static gboolean
check_shared_numbers (const CrNegotiation *negotiation, GError **error)
{
  guint8 codec_of[CR_SDP_N_PAYLOAD_TYPES] = {0}; /* RTX: the codec with the top bit set */
  guint8 extension_of[256] = {0};

  for (guint i = 0; i < negotiation->n_lines; i++) {
    const CrMediaLine *line = &negotiation->lines[i];

    for (guint codec = CR_CODEC_H264; codec < CR_N_CODECS; codec++) {
      const guint8 payload_types[] = {line->payload_types[codec], line->rtx_payload_types[codec]};

      for (guint j = 0; j < 2; j++) {
        guint8 meaning = codec | j << 7;

        if (payload_types[j] == 0)
          continue;
        if (codec_of[payload_types[j]] != 0 && codec_of[payload_types[j]] != meaning)
          return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, i,
                                   "payload type %u means another codec in an earlier line",
                                   payload_types[j]);
        codec_of[payload_types[j]] = meaning;
      }
    }
    for (guint j = 0; j < CR_SDP_N_EXTENSIONS; j++) {
      guint8 id = CR_SDP_EXTENSION_ID (&line->extensions, j);

      if (id != 0 && extension_of[id] != 0 && extension_of[id] != j + 1)
        return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, i,
                                 "a=extmap id %u means another extension in an earlier line", id);
      extension_of[id] = j + 1;
    }
  }
  return TRUE;
}

static guint32
new_ssrc (const CrNegotiation *negotiation)
{
  guint32 ssrc;
  gboolean taken;

  do {
    ssrc = g_random_int ();
    taken = ssrc == 0;
    for (guint i = 0; i < negotiation->n_lines; i++)
      taken = taken || negotiation->lines[i].ssrc == ssrc || negotiation->lines[i].rtx_ssrc == ssrc;
  } while (taken);
  return ssrc;
}

static void
allocate_ssrcs (CrNegotiation *negotiation)
{
  for (guint i = 0; i < negotiation->n_lines; i++) {
    CrMediaLine *line = &negotiation->lines[i];
    gboolean has_rtx = FALSE;

    if (!line->accepted)
      continue;
    line->ssrc = new_ssrc (negotiation);
    for (guint codec = CR_CODEC_H264; codec < CR_N_CODECS; codec++)
      has_rtx = has_rtx || line->rtx_payload_types[codec] != 0;
    if (has_rtx)
      line->rtx_ssrc = new_ssrc (negotiation);
  }
}

static gboolean
agree_lines (const CrSdpOffer *offer, const CrSdpLocal *local, CrNegotiation *negotiation, GError **error)
{
  guint n_seen[2] = {0, 0}; /* by CrMediaKind */
  gboolean any = FALSE;

  for (guint i = 0; i < offer->n_lines; i++) {
    CrMediaLine *line = &negotiation->lines[negotiation->n_lines++];

    if (!agree_line (offer, i, local, n_seen, line, error))
      return FALSE;
    any = any || line->accepted;
  }
  if (!any)
    return fail_nothing_accepted (offer, local->role, error);
  return check_shared_numbers (negotiation, error);
}

CrNegotiation *
cr_sdp_answer_offer (const gchar *text, gsize length_bytes, const CrSdpLocal *local, gchar **answer,
                     GError **error)
{
  g_autoptr (CrSdpOffer) offer = cr_sdp_offer_parse (text, length_bytes, local->role, error);
  g_autoptr (CrNegotiation) negotiation = NULL;

  if (offer == NULL || !check_several_lines_are_bundled (offer, error))
    return NULL;
  negotiation = g_new0 (CrNegotiation, 1);
  if (!agree_lines (offer, local, negotiation, error) || !cr_sdp_agree_transport (offer, negotiation, error))
    return NULL;
  if (local->role == CR_SDP_VIEWER)
    allocate_ssrcs (negotiation);
  *answer = cr_sdp_answer_write (offer, negotiation, local);
  return g_steal_pointer (&negotiation);
}

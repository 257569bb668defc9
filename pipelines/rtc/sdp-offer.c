/* SPDX-License-Identifier: Apache-2.0
 *
 * Reads an offer: GstSDP cuts it into lines and attributes, this file checks what the relay relies on and
 * lays it down in a CrSdpOffer. What concerns payload types is read by sdp-formats.c, what concerns streams
 * and header extensions by sdp-streams.c.
 */
#include "rtc/sdp-offer.h"

#include <string.h>

gboolean
cr_sdp_fail_line (GError **error, CrSdpError code, guint index, const gchar *format, ...)
{
  g_autofree gchar *what = NULL;
  va_list arguments;

  va_start (arguments, format);
  what = g_strdup_vprintf (format, arguments);
  va_end (arguments);
  g_set_error (error, CR_SDP_ERROR, code, "m-line %u: %s", index + 1, what);
  return FALSE;
}

gboolean
cr_sdp_is_token (const gchar *text)
{
  if (text == NULL || *text == '\0')
    return FALSE;
  for (const gchar *p = text; *p != '\0'; p++) {
    if (!g_ascii_isgraph (*p) || strchr ("\"(),/:;<=>?@[\\]", *p) != NULL)
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_sdp_check_text (const gchar *text, gsize length_bytes, GError **error)
{
  guint line = 1;
  gsize column = 0;

  if (length_bytes == 0 || length_bytes > CR_SDP_MAX_BYTES) {
    g_set_error (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED,
                 "a description has 1 to %d bytes, not %" G_GSIZE_FORMAT, CR_SDP_MAX_BYTES, length_bytes);
    return FALSE;
  }
  if (!g_utf8_validate (text, length_bytes, NULL)) { /* an embedded NUL fails this too */
    g_set_error_literal (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED, "the description is not UTF-8");
    return FALSE;
  }
  for (gsize i = 0; i < length_bytes; i++) {
    gchar c = text[i];

    if (c == '\n' || c == '\r') {
      line += c == '\n';
      column = 0;
      continue;
    }
    if ((column == 0 && !g_ascii_islower (c)) || (column == 1 && c != '=') ||
        (column > 1 && g_ascii_iscntrl (c)) || column >= CR_SDP_MAX_LINE_BYTES) {
      g_set_error (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED,
                   "line %u is not of the form x=value, or has control characters or more than %d bytes",
                   line, CR_SDP_MAX_LINE_BYTES);
      return FALSE;
    }
    column++;
  }
  return TRUE;
}

/* The direction attribute of the line, else of the session, else sendrecv (RFC 8866 section 6.7). */
static guint
read_direction (const GstSDPMedia *media, const GstSDPMessage *message)
{
  static const struct {
    const gchar *name;
    guint direction;
  } directions[] = {{"sendrecv", CR_SDP_SENDS | CR_SDP_RECEIVES},
                    {"sendonly", CR_SDP_SENDS},
                    {"recvonly", CR_SDP_RECEIVES},
                    {"inactive", 0}};

  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    if (gst_sdp_media_get_attribute_val (media, directions[i].name) != NULL)
      return directions[i].direction;
  }
  for (guint i = 0; i < G_N_ELEMENTS (directions); i++) {
    if (gst_sdp_message_get_attribute_val (message, directions[i].name) != NULL)
      return directions[i].direction;
  }
  return CR_SDP_SENDS | CR_SDP_RECEIVES;
}

/* Profiles that mean DTLS-SRTP to a WebRTC peer (RFC 9429 section 5.1.2). */
static gboolean
is_rtp_profile (const gchar *proto)
{
  static const gchar *const profiles[] = {"UDP/TLS/RTP/SAVPF",
                                          "TCP/DTLS/RTP/SAVPF",
                                          "UDP/TLS/RTP/SAVP",
                                          "TCP/DTLS/RTP/SAVP",
                                          "RTP/SAVPF",
                                          "RTP/SAVP",
                                          NULL};

  return g_strv_contains (profiles, proto);
}

static gboolean
read_mid (CrSdpOffer *offer, guint index, GError **error)
{
  CrSdpOfferLine *line = &offer->lines[index];
  const gchar *mid = gst_sdp_media_get_attribute_val (line->media, "mid");

  if (mid == NULL)
    return TRUE;
  if (!cr_sdp_is_token (mid))
    return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "a=mid is not a token");
  if (g_strlcpy (line->mid, mid, sizeof line->mid) >= sizeof line->mid)
    return cr_sdp_fail_line (error, CR_SDP_ERROR_UNACCEPTABLE, index, "a=mid has more than %d bytes",
                             CR_MID_MAX_BYTES);
  for (guint i = 0; i < index; i++) {
    if (g_str_equal (offer->lines[i].mid, mid))
      return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "a=mid:%s is also that of m-line %u",
                               mid, i + 1);
  }
  return TRUE;
}

static gboolean
read_line (CrSdpOffer *offer, guint index, CrSdpRole role, GError **error)
{
  CrSdpOfferLine *line = &offer->lines[index];
  const GstSDPMedia *media = gst_sdp_message_get_media (offer->message, index);
  const gchar *kind = gst_sdp_media_get_media (media);
  const gchar *proto = gst_sdp_media_get_proto (media);

  line->media = media;
  if (!cr_sdp_is_token (kind) || proto == NULL || *proto == '\0' || gst_sdp_media_formats_len (media) == 0)
    return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "it lacks its kind, protocol or formats");
  if (gst_sdp_media_get_port (media) > G_MAXUINT16)
    return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "its port is out of range");
  if (!read_mid (offer, index, error))
    return FALSE;

  line->is_rtp = is_rtp_profile (proto) && (g_str_equal (kind, "audio") || g_str_equal (kind, "video"));
  line->bundle_only = gst_sdp_media_get_attribute_val (media, "bundle-only") != NULL;
  line->enabled = gst_sdp_media_get_port (media) != 0 || line->bundle_only;
  if (!line->is_rtp || !line->enabled)
    return TRUE;

  line->kind = g_str_equal (kind, "audio") ? CR_MEDIA_AUDIO : CR_MEDIA_VIDEO;
  line->rtcp_mux = gst_sdp_media_get_attribute_val (media, "rtcp-mux") != NULL;
  line->direction = read_direction (media, offer->message);
  line->allow_mixed = gst_sdp_media_get_attribute_val (media, "extmap-allow-mixed") != NULL ||
                      gst_sdp_message_get_attribute_val (offer->message, "extmap-allow-mixed") != NULL;
  return cr_sdp_offer_read_formats (line, index, error) &&
         cr_sdp_offer_read_streams (line, offer->message, role, index, error);
}

static CrSdpOfferLine *
find_mid (CrSdpOffer *offer, const gchar *mid, guint *index)
{
  for (guint i = 0; i < offer->n_lines; i++) {
    if (*mid != '\0' && g_str_equal (offer->lines[i].mid, mid)) {
      *index = i;
      return &offer->lines[i];
    }
  }
  return NULL;
}

/* The first a=group:BUNDLE; further ones would be other transports, which the relay does not offer. */
static gboolean
read_bundle (CrSdpOffer *offer, GError **error)
{
  for (guint i = 0; i < gst_sdp_message_attributes_len (offer->message); i++) {
    const GstSDPAttribute *attribute = gst_sdp_message_get_attribute (offer->message, i);
    g_auto (GStrv) words = NULL;

    if (g_strcmp0 (attribute->key, "group") != 0 || attribute->value == NULL)
      continue;
    words = g_strsplit (attribute->value, " ", -1);
    if (g_strcmp0 (words[0], "BUNDLE") != 0)
      continue;
    offer->has_bundle = TRUE;
    for (gchar **word = words + 1; *word != NULL; word++) {
      guint index = 0;
      CrSdpOfferLine *line = find_mid (offer, *word, &index);

      if (**word == '\0') /* two spaces */
        continue;
      if (line == NULL || line->bundled) {
        g_set_error (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED, "a=group:BUNDLE names \"%s\", which is %s",
                     *word, line == NULL ? "no m-line" : "in it already");
        return FALSE;
      }
      line->bundled = TRUE;
      offer->bundle_order[offer->n_bundled++] = index;
    }
    return TRUE;
  }
  return TRUE;
}

CrSdpOffer *
cr_sdp_offer_parse (const gchar *text, gsize length_bytes, CrSdpRole role, GError **error)
{
  g_autoptr (CrSdpOffer) offer = NULL;
  g_autofree gchar *terminated = NULL;
  guint n_lines;

  if (!cr_sdp_check_text (text, length_bytes, error))
    return NULL;
  terminated = g_strndup (text, length_bytes);
  offer = g_new0 (CrSdpOffer, 1);
  if (gst_sdp_message_new (&offer->message) != GST_SDP_OK || !g_str_has_prefix (terminated, "v=0") ||
      gst_sdp_message_parse_buffer ((const guint8 *)terminated, length_bytes, offer->message) != GST_SDP_OK) {
    g_set_error_literal (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED,
                         "the description is not SDP (RFC 8866)");
    return NULL;
  }

  n_lines = gst_sdp_message_medias_len (offer->message);
  if (n_lines == 0 || n_lines > CR_SDP_MAX_LINES) {
    g_set_error (error, CR_SDP_ERROR, CR_SDP_ERROR_UNACCEPTABLE, "an offer has 1 to %d m-lines, not %u",
                 CR_SDP_MAX_LINES, n_lines);
    return NULL;
  }
  for (offer->n_lines = 0; offer->n_lines < n_lines; offer->n_lines++) {
    if (!read_line (offer, offer->n_lines, role, error))
      return NULL;
  }
  if (!read_bundle (offer, error))
    return NULL;
  return g_steal_pointer (&offer);
}

void
cr_sdp_offer_free (CrSdpOffer *offer)
{
  if (offer->message != NULL)
    gst_sdp_message_free (offer->message);
  g_free (offer);
}

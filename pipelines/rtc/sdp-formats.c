/* SPDX-License-Identifier: Apache-2.0
 *
 * Payload types of one m-line of an offer: rtpmap, fmtp and rtcp-fb, each read once into a table by payload
 * type, so that an offer of any shape costs time in proportion to its length.
 */
#include "rtc/sdp-offer.h"

#include <string.h>

gchar *
cr_sdp_fmtp_get (const gchar *fmtp, const gchar *name)
{
  gsize name_bytes = strlen (name);

  while (*fmtp != '\0') {
    gsize length;

    fmtp += strspn (fmtp, "; ");
    length = strcspn (fmtp, ";");
    if (length > name_bytes && fmtp[name_bytes] == '=' && g_ascii_strncasecmp (fmtp, name, name_bytes) == 0)
      return g_strchomp (g_strndup (fmtp + name_bytes + 1, length - name_bytes - 1));
    fmtp += length;
  }
  return NULL;
}

gboolean
cr_sdp_fmtp_is (const gchar *fmtp, const gchar *name, const gchar *value)
{
  g_autofree gchar *found = cr_sdp_fmtp_get (fmtp, name);

  return g_strcmp0 (found, value) == 0;
}

/* Splits "96 rest" into the payload type and the rest. FALSE when it is no payload type of 0 to 127. */
static gboolean
split_payload_type (const gchar *value, guint *payload_type, const gchar **rest)
{
  g_autofree gchar *number = NULL;
  guint64 parsed;
  gsize length;

  if (value == NULL)
    return FALSE;
  length = strcspn (value, " ");
  number = g_strndup (value, length);
  if (!g_ascii_string_to_unsigned (number, 10, 0, CR_SDP_N_PAYLOAD_TYPES - 1, &parsed, NULL))
    return FALSE;
  *payload_type = parsed;
  *rest = value + length + strspn (value + length, " ");
  return TRUE;
}

static gboolean
read_list (CrSdpOfferLine *line, guint index, GError **error)
{
  for (guint i = 0; i < gst_sdp_media_formats_len (line->media); i++) {
    guint payload_type;
    const gchar *rest;

    if (!split_payload_type (gst_sdp_media_get_format (line->media, i), &payload_type, &rest))
      return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index,
                               "payload types are numbers from 0 to 127");
    if (line->formats[payload_type].listed)
      return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "payload type %u is listed twice",
                               payload_type);
    line->formats[payload_type].listed = TRUE;
    line->formats[payload_type].fmtp = "";
    line->order[line->n_formats++] = payload_type;
  }
  return TRUE;
}

/* `map` is "opus/48000/2". A codec counts only with the clock and the channels that its payload format
 * fixes: RFC 7587 section 7, RFC 6184 section 8.2.1, RFC 7741 section 6.1. */
static void
read_map (CrSdpFormat *format, CrMediaKind kind, const gchar *map)
{
  g_auto (GStrv) parts = g_strsplit (map, "/", 3);
  guint64 clock_rate = 0;
  CrCodec codec;

  format->mapped = TRUE;
  if (parts[0] == NULL || parts[1] == NULL ||
      !g_ascii_string_to_unsigned (parts[1], 10, 1, G_MAXUINT32, &clock_rate, NULL))
    return;
  if (kind == CR_MEDIA_VIDEO && g_ascii_strcasecmp (parts[0], "rtx") == 0 && clock_rate == 90000) {
    format->is_rtx = TRUE;
    return;
  }
  codec = cr_codec_from_encoding_name (parts[0]);
  if (codec == CR_CODEC_NONE || cr_codec_kind (codec) != kind || cr_codec_clock_rate (codec) != clock_rate)
    return;
  if (codec == CR_CODEC_OPUS && g_strcmp0 (parts[2], "2") != 0)
    return;
  format->codec = codec;
}

static guint
feedback_from_text (const gchar *text)
{
  static const struct {
    const gchar *text;
    guint feedback;
  } known[] = {{"nack", CR_SDP_FEEDBACK_NACK},
               {"nack pli", CR_SDP_FEEDBACK_PLI},
               {"ccm fir", CR_SDP_FEEDBACK_FIR},
               {"transport-cc", CR_SDP_FEEDBACK_TRANSPORT_CC}};

  for (guint i = 0; i < G_N_ELEMENTS (known); i++) {
    if (g_str_equal (text, known[i].text))
      return known[i].feedback;
  }
  return 0;
}

static void
read_feedback (CrSdpOfferLine *line, const gchar *value)
{
  guint payload_type;
  const gchar *rest;

  if (value != NULL && g_str_has_prefix (value, "* ")) { /* RFC 4585 section 4.2: every payload type */
    for (guint i = 0; i < CR_SDP_N_PAYLOAD_TYPES; i++)
      line->formats[i].feedback |= feedback_from_text (value + 2);
    return;
  }
  if (split_payload_type (value, &payload_type, &rest))
    line->formats[payload_type].feedback |= feedback_from_text (rest);
}

gboolean
cr_sdp_offer_read_formats (CrSdpOfferLine *line, guint index, GError **error)
{
  if (!read_list (line, index, error))
    return FALSE;
  for (guint i = 0; i < gst_sdp_media_attributes_len (line->media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (line->media, i);
    guint payload_type;
    const gchar *rest;

    if (g_strcmp0 (attribute->key, "rtpmap") == 0) {
      if (!split_payload_type (attribute->value, &payload_type, &rest))
        return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index,
                                 "a=rtpmap has no payload type from 0 to 127");
      if (line->formats[payload_type].mapped)
        return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "payload type %u has two a=rtpmap",
                                 payload_type);
      read_map (&line->formats[payload_type], line->kind, rest);
    } else if (g_strcmp0 (attribute->key, "fmtp") == 0) {
      if (!split_payload_type (attribute->value, &payload_type, &rest))
        return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index,
                                 "a=fmtp has no payload type from 0 to 127");
      line->formats[payload_type].fmtp = rest;
    } else if (g_strcmp0 (attribute->key, "rtcp-fb") == 0) {
      read_feedback (line, attribute->value);
    }
  }
  return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * How packets of one m-line are told apart: header extension ids (RFC 8285), RIDs and simulcast (RFC 8851,
 * RFC 8853), SSRCs and their retransmission streams (RFC 5576, RFC 4588).
 */
#include "rtc/sdp-offer.h"

#include <string.h>

const CrSdpExtension cr_sdp_extensions[CR_SDP_N_EXTENSIONS] = {
    {"urn:ietf:params:rtp-hdrext:sdes:mid", G_STRUCT_OFFSET (CrRtpExtensionIds, mid)},
    {"urn:ietf:params:rtp-hdrext:sdes:rtp-stream-id", G_STRUCT_OFFSET (CrRtpExtensionIds, rid)},
    {"urn:ietf:params:rtp-hdrext:sdes:repaired-rtp-stream-id",
     G_STRUCT_OFFSET (CrRtpExtensionIds, repaired_rid)},
    {"http://www.webrtc.org/experiments/rtp-hdrext/abs-send-time",
     G_STRUCT_OFFSET (CrRtpExtensionIds, abs_send_time)},
    {"http://www.ietf.org/id/draft-holmer-rmcat-transport-wide-cc-extensions-01",
     G_STRUCT_OFFSET (CrRtpExtensionIds, twcc)},
    {"urn:ietf:params:rtp-hdrext:ssrc-audio-level", G_STRUCT_OFFSET (CrRtpExtensionIds, audio_level)},
};

/* Ids that fit the one-byte form (RFC 8285 section 4.2); 15 means something else there. */
#define MAX_ONE_BYTE_ID 14

/* Does an extension that the offerer wants in this direction only serve us? */
static gboolean
direction_serves (const gchar *direction, CrSdpRole role)
{
  return direction == NULL || g_str_equal (direction, "sendrecv") ||
         g_str_equal (direction, role == CR_SDP_PUBLISHER ? "sendonly" : "recvonly");
}

/* One value of a=extmap: "4/sendonly URI attributes". `used` has the ids seen so far. */
static gboolean
read_extmap (CrSdpOfferLine *line, const gchar *value, CrSdpRole role, gboolean used[256], guint index,
             GError **error)
{
  g_auto (GStrv) words = g_strsplit (value != NULL ? value : "", " ", 3);
  g_auto (GStrv) id_and_direction = NULL;
  guint64 id;

  if (words[0] == NULL || *words[0] == '\0' || words[1] == NULL)
    return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "a=extmap lacks its id or URI");
  id_and_direction = g_strsplit (words[0], "/", 2);
  if (!g_ascii_string_to_unsigned (id_and_direction[0], 10, 1, 4351, &id, NULL) || (id > 255 && id < 4096))
    return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "the id of a=extmap:%s is out of range",
                             words[0]);
  if (id > 255) /* RFC 8285 section 7: an id to be chosen by the answerer, when they run short; not needed */
    return TRUE;
  if (used[id])
    return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "a=extmap uses id %u twice", (guint)id);
  used[id] = TRUE;

  /* What the relay sends is in one-byte form; what it receives may be in two-byte form when that was offered.
   */
  if (id > MAX_ONE_BYTE_ID && (role == CR_SDP_VIEWER || !line->allow_mixed || id == 15))
    return TRUE;
  if (!direction_serves (id_and_direction[1], role))
    return TRUE;
  for (guint i = 0; i < CR_SDP_N_EXTENSIONS; i++) {
    if (!g_str_equal (words[1], cr_sdp_extensions[i].uri) || CR_SDP_EXTENSION_ID (&line->extensions, i) != 0)
      continue;
    CR_SDP_EXTENSION_ID (&line->extensions, i) = id;
    if (id_and_direction[1] != NULL)
      line->directional |= 1u << i;
  }
  return TRUE;
}

static gboolean
read_extensions (CrSdpOfferLine *line, const GstSDPMessage *message, CrSdpRole role, guint index,
                 GError **error)
{
  gboolean used[256] = {FALSE};

  for (guint i = 0; i < gst_sdp_media_attributes_len (line->media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (line->media, i);

    if (g_strcmp0 (attribute->key, "extmap") == 0 &&
        !read_extmap (line, attribute->value, role, used, index, error))
      return FALSE;
  }
  for (guint i = 0; i < gst_sdp_message_attributes_len (message); i++) {
    const GstSDPAttribute *attribute = gst_sdp_message_get_attribute (message, i);

    if (g_strcmp0 (attribute->key, "extmap") == 0 &&
        !read_extmap (line, attribute->value, role, used, index, error))
      return FALSE;
  }
  return TRUE;
}

static gboolean
is_rid (const gchar *text)
{
  for (const gchar *p = text; *p != '\0'; p++) {
    if (!g_ascii_isalnum (*p) && *p != '-' && *p != '_')
      return FALSE;
  }
  return *text != '\0';
}

/* The restrictions of `a=rid:<rid> send …` ("" when none), or NULL when there is no such attribute. */
static const gchar *
find_rid_restrictions (const GstSDPMedia *media, const gchar *rid)
{
  gsize rid_bytes = strlen (rid);

  for (guint i = 0; i < gst_sdp_media_attributes_len (media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (media, i);
    const gchar *rest;

    if (g_strcmp0 (attribute->key, "rid") != 0 || attribute->value == NULL ||
        !g_str_has_prefix (attribute->value, rid) ||
        !g_str_has_prefix (attribute->value + rid_bytes, " send"))
      continue;
    rest = attribute->value + rid_bytes + strlen (" send");
    if (*rest == '\0')
      return "";
    if (*rest == ' ')
      return rest + 1;
  }
  return NULL;
}

/* The list after "send" in a value such as "recv 1;2 send ~h,x;m;l"; free with g_free(). */
static gchar *
find_send_list (const gchar *simulcast)
{
  g_auto (GStrv) words = g_strsplit (simulcast, " ", -1);

  for (gchar **word = words; *word != NULL; word++) {
    if (g_str_equal (*word, "send") && word[1] != NULL)
      return g_strdup (word[1]);
  }
  return NULL;
}

/* Layers in the order of a=simulcast. Of alternatives the first counts; rids without an a=rid are left out
 * (RFC 8853 section 5.2), and so is what goes beyond the layers that the relay keeps. */
static gboolean
read_simulcast (CrSdpOfferLine *line, guint index, GError **error)
{
  const gchar *value = gst_sdp_media_get_attribute_val (line->media, "simulcast");
  g_autofree gchar *list = value != NULL ? find_send_list (value) : NULL;
  g_auto (GStrv) streams = list != NULL ? g_strsplit (list, ";", -1) : NULL;

  for (gchar **stream = streams; stream != NULL && *stream != NULL && line->n_rids < CR_SDP_MAX_RIDS;
       stream++) {
    gchar *rid = **stream == '~' ? *stream + 1 : *stream;
    const gchar *restrictions;

    rid[strcspn (rid, ",")] = '\0';
    if (!is_rid (rid))
      return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "a=simulcast has an invalid rid");
    if (strlen (rid) > CR_RID_MAX_BYTES)
      return cr_sdp_fail_line (error, CR_SDP_ERROR_UNACCEPTABLE, index, "a rid has more than %d bytes",
                               CR_RID_MAX_BYTES);
    for (guint i = 0; i < line->n_rids; i++) {
      if (g_str_equal (line->rids[i], rid))
        return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index, "a=simulcast has rid %s twice", rid);
    }
    restrictions = find_rid_restrictions (line->media, rid);
    if (restrictions == NULL)
      continue;
    g_strlcpy (line->rids[line->n_rids], rid, sizeof line->rids[0]);
    line->rid_restrictions[line->n_rids++] = restrictions;
  }
  return TRUE;
}

static gboolean
parse_ssrc (const gchar *text, guint32 *ssrc)
{
  g_autofree gchar *number = g_strndup (text, strcspn (text, " "));
  guint64 parsed;

  if (!g_ascii_string_to_unsigned (number, 10, 1, G_MAXUINT32, &parsed, NULL))
    return FALSE;
  *ssrc = parsed;
  return TRUE;
}

static void
note_ssrc (CrSdpOfferLine *line, guint32 ssrc, GHashTable *repairs)
{
  if (g_hash_table_contains (repairs, GUINT_TO_POINTER (ssrc)) || line->n_ssrcs == CR_SDP_MAX_RIDS)
    return;
  for (guint i = 0; i < line->n_ssrcs; i++) {
    if (line->ssrcs[i] == ssrc)
      return;
  }
  line->ssrcs[line->n_ssrcs++] = ssrc;
}

/* Groups of two SSRCs, media first: FID for retransmission (RFC 5576 section 4.2), FEC-FR for forward error
 * correction (RFC 5956), which is not media either. */
static gboolean
read_ssrc_groups (CrSdpOfferLine *line, GHashTable *repairs, GHashTable *rtx, guint index, GError **error)
{
  for (guint i = 0; i < gst_sdp_media_attributes_len (line->media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (line->media, i);
    g_auto (GStrv) words = NULL;
    guint32 media_ssrc, repair_ssrc;

    if (g_strcmp0 (attribute->key, "ssrc-group") != 0 || attribute->value == NULL)
      continue;
    words = g_strsplit (attribute->value, " ", -1);
    if (g_strcmp0 (words[0], "FID") != 0 && g_strcmp0 (words[0], "FEC-FR") != 0)
      continue;
    if (g_strv_length (words) != 3 || !parse_ssrc (words[1], &media_ssrc) ||
        !parse_ssrc (words[2], &repair_ssrc) || media_ssrc == repair_ssrc)
      return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index,
                               "a=ssrc-group:%s does not name two SSRCs", words[0]);
    g_hash_table_add (repairs, GUINT_TO_POINTER (repair_ssrc));
    if (g_str_equal (words[0], "FID"))
      g_hash_table_insert (rtx, GUINT_TO_POINTER (media_ssrc), GUINT_TO_POINTER (repair_ssrc));
  }
  return TRUE;
}

static gboolean
read_ssrcs (CrSdpOfferLine *line, guint index, GError **error)
{
  g_autoptr (GHashTable) repairs = g_hash_table_new (NULL, NULL);
  g_autoptr (GHashTable) rtx = g_hash_table_new (NULL, NULL); /* media SSRC to its retransmission SSRC */

  if (!read_ssrc_groups (line, repairs, rtx, index, error))
    return FALSE;
  for (guint i = 0; i < gst_sdp_media_attributes_len (line->media); i++) {
    const GstSDPAttribute *attribute = gst_sdp_media_get_attribute (line->media, i);
    guint32 ssrc;

    if (g_strcmp0 (attribute->key, "ssrc") != 0)
      continue;
    if (attribute->value == NULL || !parse_ssrc (attribute->value, &ssrc))
      return cr_sdp_fail_line (error, CR_SDP_ERROR_MALFORMED, index,
                               "a=ssrc is not a number from 1 to 4294967295");
    note_ssrc (line, ssrc, repairs);
  }
  for (guint i = 0; i < line->n_ssrcs; i++)
    line->rtx_ssrcs[i] = GPOINTER_TO_UINT (g_hash_table_lookup (rtx, GUINT_TO_POINTER (line->ssrcs[i])));
  return TRUE;
}

gboolean
cr_sdp_offer_read_streams (CrSdpOfferLine *line, const GstSDPMessage *message, CrSdpRole role, guint index,
                           GError **error)
{
  if (!read_extensions (line, message, role, index, error))
    return FALSE;
  if (role == CR_SDP_VIEWER) /* what a viewer would send is not asked for */
    return TRUE;
  return (line->kind != CR_MEDIA_VIDEO || read_simulcast (line, index, error)) &&
         read_ssrcs (line, index, error);
}

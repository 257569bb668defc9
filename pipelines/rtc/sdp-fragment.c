/* SPDX-License-Identifier: Apache-2.0
 *
 * Fragments of the PATCH method (application/trickle-ice-sdpfrag, RFC 8840 section 9): candidates that come
 * late, and new credentials for an ICE restart. GstSDP does not take a description without v=, so the lines
 * are cut here.
 */
#include "rtc/sdp-offer.h"

#include <string.h>

/* "1 1 udp 2130706431 192.0.2.1 40000 typ host …" (RFC 8839 section 5.1). */
static gboolean
is_candidate (const gchar *value)
{
  g_auto (GStrv) words = g_strsplit (value, " ", -1);
  guint64 number;

  return g_strv_length (words) >= 8 && *words[0] != '\0' && strlen (words[0]) <= 32 &&
         g_ascii_string_to_unsigned (words[1], 10, 1, 256, &number, NULL) && cr_sdp_is_token (words[2]) &&
         g_ascii_string_to_unsigned (words[3], 10, 0, G_MAXUINT32, &number, NULL) && *words[4] != '\0' &&
         g_ascii_string_to_unsigned (words[5], 10, 0, G_MAXUINT16, &number, NULL) &&
         g_str_equal (words[6], "typ") && cr_sdp_is_token (words[7]);
}

/* Credentials may stand once for all m-lines or in each; of several the first count. */
static void
set_first (gchar **field, const gchar *value)
{
  if (*field == NULL)
    *field = g_strdup (value);
}

static gboolean
read_attribute (CrSdpFragment *fragment, const gchar *attribute, GError **error)
{
  if (g_str_has_prefix (attribute, "ice-ufrag:")) {
    set_first (&fragment->ufrag, attribute + strlen ("ice-ufrag:"));
  } else if (g_str_has_prefix (attribute, "ice-pwd:")) {
    set_first (&fragment->password, attribute + strlen ("ice-pwd:"));
  } else if (g_str_equal (attribute, "end-of-candidates")) {
    fragment->end_of_candidates = TRUE;
  } else if (g_str_has_prefix (attribute, "candidate:")) {
    if (!is_candidate (attribute + strlen ("candidate:"))) {
      g_set_error (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED, "\"a=%s\" is not a candidate (RFC 8839)",
                   attribute);
      return FALSE;
    }
    fragment->n_candidates++;
  }
  return TRUE;
}

CrSdpFragment *
cr_sdp_fragment_parse (const gchar *text, gsize length_bytes, GError **error)
{
  g_autoptr (CrSdpFragment) fragment = NULL;
  g_autofree gchar *copy = NULL;
  g_auto (GStrv) lines = NULL;

  if (!cr_sdp_check_text (text, length_bytes, error))
    return NULL;
  copy = g_strndup (text, length_bytes);
  lines = g_strsplit_set (copy, "\r\n", -1);
  fragment = g_new0 (CrSdpFragment, 1);
  for (gchar **line = lines; *line != NULL; line++) {
    if (g_str_has_prefix (*line, "a=") && !read_attribute (fragment, *line + strlen ("a="), error))
      return NULL;
  }
  if (!cr_sdp_check_ice (fragment->ufrag, fragment->password, error))
    return NULL;
  return g_steal_pointer (&fragment);
}

void
cr_sdp_fragment_free (CrSdpFragment *fragment)
{
  g_free (fragment->ufrag);
  g_free (fragment->password);
  g_free (fragment);
}

static const CrMediaLine *
first_accepted (const CrNegotiation *negotiation)
{
  for (guint i = 0; i < negotiation->n_lines; i++) {
    if (negotiation->lines[i].accepted)
      return &negotiation->lines[i];
  }
  g_assert_not_reached ();
}

static guint
first_payload_type (const CrMediaLine *line)
{
  for (guint codec = CR_CODEC_H264; codec < CR_N_CODECS; codec++) {
    if (line->payload_types[codec] != 0)
      return line->payload_types[codec];
  }
  g_assert_not_reached ();
}

gchar *
cr_sdp_fragment_answer (const CrNegotiation *negotiation, const CrIceCredentials *ice,
                        const gchar *const *candidates)
{
  GString *out = g_string_new ("a=ice-lite\r\na=ice-options:trickle\r\n");
  const CrMediaLine *line = first_accepted (negotiation);

  g_string_append_printf (out, "m=%s 9 UDP/TLS/RTP/SAVPF %u\r\n",
                          line->kind == CR_MEDIA_AUDIO ? "audio" : "video", first_payload_type (line));
  if (line->mid[0] != '\0')
    g_string_append_printf (out, "a=mid:%s\r\n", line->mid);
  g_string_append_printf (out, "a=ice-ufrag:%s\r\na=ice-pwd:%s\r\n", ice->ufrag, ice->password);
  for (guint i = 0; candidates != NULL && candidates[i] != NULL; i++)
    g_string_append_printf (out, "a=candidate:%s\r\n", candidates[i]);
  g_string_append (out, "a=end-of-candidates\r\n");
  return g_string_free (out, FALSE);
}

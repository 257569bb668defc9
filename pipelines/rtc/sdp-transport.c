/* SPDX-License-Identifier: Apache-2.0
 *
 * The one transport of a BUNDLE group: ICE credentials (RFC 8839), certificate fingerprint (RFC 8122) and
 * DTLS role (RFC 8842), from the m-line that speaks for the group, else from the session.
 */
#include "rtc/sdp-offer.h"

#include <string.h>

/* RFC 8839 section 5.4. */
#define MIN_UFRAG_BYTES    4
#define MIN_PASSWORD_BYTES 22
#define MAX_ICE_BYTES      256

static gboolean
is_ice_string (const gchar *text, gsize min_bytes)
{
  gsize length = strlen (text);

  if (length < min_bytes || length > MAX_ICE_BYTES)
    return FALSE;
  for (const gchar *p = text; *p != '\0'; p++) {
    if (!g_ascii_isalnum (*p) && *p != '+' && *p != '/')
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_sdp_check_ice (const gchar *ufrag, const gchar *password, GError **error)
{
  if ((ufrag == NULL || is_ice_string (ufrag, MIN_UFRAG_BYTES)) &&
      (password == NULL || is_ice_string (password, MIN_PASSWORD_BYTES)))
    return TRUE;
  g_set_error (error, CR_SDP_ERROR, CR_SDP_ERROR_MALFORMED,
               "a=ice-ufrag has %d to %d and a=ice-pwd %d to %d letters, digits, + or /", MIN_UFRAG_BYTES,
               MAX_ICE_BYTES, MIN_PASSWORD_BYTES, MAX_ICE_BYTES);
  return FALSE;
}

guint
cr_sdp_find_tagged (const CrSdpOffer *offer, const CrNegotiation *negotiation)
{
  for (guint i = 0; i < offer->n_bundled; i++) {
    if (negotiation->lines[offer->bundle_order[i]].accepted)
      return offer->bundle_order[i];
  }
  for (guint i = 0; i < negotiation->n_lines; i++) {
    if (negotiation->lines[i].accepted)
      return i;
  }
  g_assert_not_reached ();
}

/* The attribute of the tagged line, else of the session, else of any other accepted line. */
static const gchar *
find_attribute (const CrSdpOffer *offer, const CrNegotiation *negotiation, const gchar *key)
{
  const gchar *value =
      gst_sdp_media_get_attribute_val (offer->lines[cr_sdp_find_tagged (offer, negotiation)].media, key);

  if (value == NULL)
    value = gst_sdp_message_get_attribute_val (offer->message, key);
  for (guint i = 0; i < offer->n_lines && value == NULL; i++) {
    if (negotiation->lines[i].accepted)
      value = gst_sdp_media_get_attribute_val (offer->lines[i].media, key);
  }
  return value;
}

/* "SHA-256 ab:cd…" in the form that CrDtls takes, or NULL when it is not a fingerprint of a hash that it
 * knows. */
static gchar *
normalize_fingerprint (const gchar *value)
{
  static const struct {
    const gchar *name;
    gsize bytes;
  } hashes[] = {{"sha-256", 32}, {"sha-384", 48}, {"sha-512", 64}};
  g_auto (GStrv) words = g_strsplit (value != NULL ? value : "", " ", 2);
  g_autofree gchar *digits = NULL;

  if (words[0] == NULL || words[1] == NULL)
    return NULL;
  digits = g_ascii_strup (g_strstrip (words[1]), -1);
  for (guint i = 0; i < G_N_ELEMENTS (hashes); i++) {
    gsize length = hashes[i].bytes * 3 - 1;

    if (g_ascii_strcasecmp (words[0], hashes[i].name) != 0 || strlen (digits) != length)
      continue;
    for (gsize j = 0; j < length; j++) {
      if (j % 3 == 2 ? digits[j] != ':' : !g_ascii_isxdigit (digits[j]))
        return NULL;
    }
    return g_strdup_printf ("%s %s", hashes[i].name, digits);
  }
  return NULL;
}

/* A line may have several fingerprints, in hashes of the offerer's choice (RFC 8122 section 5). */
static gchar *
find_fingerprint (const CrSdpOffer *offer, const CrNegotiation *negotiation)
{
  const GstSDPMedia *media = offer->lines[cr_sdp_find_tagged (offer, negotiation)].media;

  for (guint i = 0;; i++) {
    const gchar *value = gst_sdp_media_get_attribute_val_n (media, "fingerprint", i);
    gchar *fingerprint = normalize_fingerprint (value);

    if (fingerprint != NULL)
      return fingerprint;
    if (value == NULL)
      break;
  }
  for (guint i = 0;; i++) {
    const gchar *value = gst_sdp_message_get_attribute_val_n (offer->message, "fingerprint", i);
    gchar *fingerprint = normalize_fingerprint (value);

    if (fingerprint != NULL)
      return fingerprint;
    if (value == NULL)
      break;
  }
  return normalize_fingerprint (find_attribute (offer, negotiation, "fingerprint"));
}

static gboolean
agree_ice (const CrSdpOffer *offer, CrNegotiation *negotiation, GError **error)
{
  const gchar *ufrag = find_attribute (offer, negotiation, "ice-ufrag");
  const gchar *password = find_attribute (offer, negotiation, "ice-pwd");

  if (ufrag == NULL || password == NULL) {
    g_set_error_literal (error, CR_SDP_ERROR, CR_SDP_ERROR_UNACCEPTABLE,
                         "the offer has no a=ice-ufrag or a=ice-pwd");
    return FALSE;
  }
  if (!cr_sdp_check_ice (ufrag, password, error))
    return FALSE;
  negotiation->remote_ufrag = g_strdup (ufrag);
  negotiation->remote_password = g_strdup (password);
  return TRUE;
}

/* RFC 8842 section 5.3. Where the offerer leaves the choice the relay is the DTLS server: then its order of
 * SRTP profiles counts. A missing a=setup means active (RFC 4145 section 4). */
static gboolean
agree_setup (const CrSdpOffer *offer, CrNegotiation *negotiation, GError **error)
{
  const gchar *setup = find_attribute (offer, negotiation, "setup");

  if (setup == NULL || g_str_equal (setup, "actpass") || g_str_equal (setup, "active"))
    negotiation->dtls_role = CR_DTLS_SERVER;
  else if (g_str_equal (setup, "passive"))
    negotiation->dtls_role = CR_DTLS_CLIENT;
  else {
    g_set_error (error, CR_SDP_ERROR, CR_SDP_ERROR_UNACCEPTABLE,
                 "a=setup:%s is not actpass, active or passive", setup);
    return FALSE;
  }
  return TRUE;
}

gboolean
cr_sdp_agree_transport (const CrSdpOffer *offer, CrNegotiation *negotiation, GError **error)
{
  if (!agree_ice (offer, negotiation, error) || !agree_setup (offer, negotiation, error))
    return FALSE;
  negotiation->remote_fingerprint = find_fingerprint (offer, negotiation);
  if (negotiation->remote_fingerprint == NULL) {
    g_set_error_literal (error, CR_SDP_ERROR, CR_SDP_ERROR_UNACCEPTABLE,
                         "the offer has no a=fingerprint of sha-256, sha-384 or sha-512");
    return FALSE;
  }
  return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Half a SHA-256: two contents of one resource never meet in 128 bits.
 */
#include "http/etag.h"

#include <string.h>

#define ETAG_DIGITS 32

gchar *
cr_etag_of (GBytes *body)
{
  g_autofree gchar *digest = g_compute_checksum_for_bytes (G_CHECKSUM_SHA256, body);

  return g_strdup_printf ("\"%.*s\"", ETAG_DIGITS, digest);
}

/* The tags are quoted hexadecimal, so that looking for the text is looking for the tag. */
gboolean
cr_etag_is_known (const CrRequest *request, const gchar *etag)
{
  const gchar *known = cr_request_get_header (request, "If-None-Match");

  if (known == NULL)
    return FALSE;
  return g_str_equal (known, "*") || strstr (known, etag) != NULL;
}

void
cr_etag_apply (const CrRequest *request, CrResponse *response)
{
  g_autofree gchar *etag = cr_etag_of (response->body);

  soup_message_headers_replace (response->headers, "ETag", etag);
  if (!cr_etag_is_known (request, etag))
    return;
  cr_response_set_empty (response, 304);
  soup_message_headers_remove (response->headers, "Content-Type");
}

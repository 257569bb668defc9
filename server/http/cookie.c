/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading and writing one cookie, and the check of Origin and Sec-Fetch-Site.
 */
#include "http/cookie.h"

#include "people/credentials.h"

#include <string.h>

static const gchar *
cookie_name (const CrHttp *http, const CrRequest *request)
{
  return cr_request_is_secure (http, request) ? "__Host-classrelay" : "classrelay";
}

/* RFC 6265 section 5.4: pairs joined by "; ". A name that comes twice was planted: neither is taken. */
gchar *
cr_cookie_get (const CrHttp *http, const CrRequest *request)
{
  const gchar *header = cr_request_get_header (request, "Cookie");
  g_autofree gchar *prefix = g_strconcat (cookie_name (http, request), "=", NULL);
  g_auto (GStrv) pairs = NULL;
  const gchar *found = NULL;

  if (header == NULL)
    return NULL;
  pairs = g_strsplit_set (header, ";,", -1);
  for (guint i = 0; pairs[i] != NULL; i++) {
    if (!g_str_has_prefix (g_strstrip (pairs[i]), prefix))
      continue;
    if (found != NULL)
      return NULL;
    found = pairs[i] + strlen (prefix);
  }
  return found != NULL && strlen (found) <= CR_TOKEN_MAX_BYTES ? g_strdup (found) : NULL;
}

void
cr_cookie_set (const CrHttp *http, const CrRequest *request, const gchar *token, CrResponse *response)
{
  g_autofree gchar *cookie =
      g_strdup_printf ("%s=%s; Path=/; HttpOnly; SameSite=Strict; Max-Age=%d%s", cookie_name (http, request),
                       token != NULL ? token : "", token != NULL ? CR_SESSION_MAX_S : 0,
                       cr_request_is_secure (http, request) ? "; Secure" : "");

  soup_message_headers_append (response->headers, "Set-Cookie", cookie);
}

static gboolean
is_own_origin (const CrHttp *http, const CrRequest *request, const gchar *origin)
{
  const gchar *host = cr_request_get_header (request, "Host");
  g_autofree gchar *own = NULL;

  if (http->config->public_url != NULL && g_ascii_strcasecmp (origin, http->config->public_url) == 0)
    return TRUE;
  if (host == NULL)
    return FALSE;
  own = g_strconcat (cr_request_is_secure (http, request) ? "https://" : "http://", host, NULL);
  return g_ascii_strcasecmp (origin, own) == 0;
}

gboolean
cr_origin_check (const CrHttp *http, const CrRequest *request, gboolean by_cookie, GError **error)
{
  const gchar *site = cr_request_get_header (request, "Sec-Fetch-Site");
  const gchar *origin = cr_request_get_header (request, "Origin");
  gboolean reads = g_str_equal (request->method, "GET") || g_str_equal (request->method, "HEAD");
  gboolean is_own = reads || !by_cookie || site != NULL || origin != NULL;

  if (site != NULL && !g_str_equal (site, "same-origin") && !(reads && g_str_equal (site, "none")))
    is_own = FALSE;
  if (origin != NULL && !is_own_origin (http, request, origin))
    is_own = FALSE;
  if (!is_own)
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FOREIGN_ORIGIN,
                         "this is for pages of this server only");
  return is_own;
}

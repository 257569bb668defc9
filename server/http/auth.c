/* SPDX-License-Identifier: Apache-2.0
 *
 * Bearer tokens now; sessions of accounts and devices will be found here too.
 */
#include "http/auth.h"

#include <string.h>

gchar *
cr_bearer_token (const CrRequest *request)
{
  const gchar *value = cr_request_get_header (request, "Authorization");
  gsize length;

  if (value == NULL || g_ascii_strncasecmp (value, "Bearer ", strlen ("Bearer ")) != 0)
    return NULL;
  value += strlen ("Bearer ");
  while (*value == ' ')
    value++;
  length = strspn (value, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "-._~+/=");
  if (length == 0 || length > CR_TOKEN_MAX_BYTES || value[length] != '\0')
    return NULL;
  return g_strdup (value);
}

/* Loopback at both ends and in the Host header, so that no page of another name (DNS rebinding) and nobody
 * behind a proxy gets in. */
static gboolean
is_local_request (const CrRequest *request)
{
  const gchar *host = cr_request_get_header (request, "Host");
  g_autofree gchar *url = NULL;
  g_autoptr (GUri) uri = NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (!request->peer_is_loopback || cr_request_is_forwarded (request) || host == NULL)
    return FALSE;
  url = g_strdup_printf ("http://%s/", host);
  uri = g_uri_parse (url, G_URI_FLAGS_NONE, NULL);
  if (uri == NULL || g_uri_get_host (uri) == NULL || g_uri_get_userinfo (uri) != NULL)
    return FALSE;
  if (g_ascii_strcasecmp (g_uri_get_host (uri), "localhost") == 0)
    return TRUE;
  address = g_inet_address_new_from_string (g_uri_get_host (uri));
  return address != NULL && g_inet_address_get_is_loopback (address);
}

static gboolean
find_actor (CrHttp *http, CrRequest *request, GError **error)
{
  g_autofree gchar *token = cr_bearer_token (request);

  if (cr_request_get_header (request, "Authorization") == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NO_TOKEN, "a bearer token is needed");
    return FALSE;
  }
  if (token != NULL)
    request->actor = cr_lessons_authenticate (http->lessons, token, &request->lesson);
  if (request->actor == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_INVALID_TOKEN, "this token is not valid here");
    return FALSE;
  }
  return TRUE;
}

gboolean
cr_auth_admit (CrHttp *http, const CrRoute *route, CrRequest *request, GError **error)
{
  if ((route->flags & CR_ROUTE_LOOPBACK) != 0 && !is_local_request (request)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "nothing here");
    return FALSE;
  }
  if (route->roles == 0)
    return TRUE;
  if (!find_actor (http, request, error))
    return FALSE;
  if (!g_str_equal (cr_lesson_get_id (request->lesson), request->params[0])) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no such lesson");
    return FALSE;
  }
  if ((route->roles & request->actor->role) == 0) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN, "this token may not do that");
    return FALSE;
  }
  return TRUE;
}

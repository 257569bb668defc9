/* SPDX-License-Identifier: Apache-2.0
 *
 * The PATCH follows RFC 9725 section 4.3: a fragment with the credentials of the ICE session that is adds
 * candidates (204, no entity tag), one with new credentials restarts ICE (200, a fragment of ours, a new
 * entity tag). Preconditions come after the body was understood (RFC 9110 section 13.2.1).
 */
#include "http/media-session.h"

#include "http/ice-servers.h"
#include "http/if-match.h"

void
cr_media_session_join (const CrRequest *request, CrJoin *join)
{
  join->actor = request->actor;
  join->offer = g_bytes_get_data (request->body, &join->offer_bytes);
  join->to_loopback = cr_request_is_from_loopback (request);
}

void
cr_media_session_created (CrHttp *http, const CrRequest *request, const CrSession *session, gchar *answer,
                          CrResponse *response)
{
  g_autofree gchar *location = g_strconcat (request->path, "/", session->id, NULL);

  cr_response_take_text (response, 201, "application/sdp", answer);
  soup_message_headers_replace (response->headers, "Location", location);
  soup_message_headers_replace (response->headers, "ETag", session->etag);
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  cr_ice_servers_add_links (http->config, request->actor, g_get_real_time (), response->headers);
}

static gboolean
check_precondition (const CrRequest *request, const CrSession *session, GError **error)
{
  switch (cr_if_match (cr_request_get_header (request, "If-Match"), session->etag)) {
  case CR_IF_MATCH_MISSING:
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_PRECONDITION_REQUIRED, "If-Match is needed");
    return FALSE;
  case CR_IF_MATCH_DIFFERS:
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_PRECONDITION_FAILED,
                         "another ICE session has begun since");
    return FALSE;
  case CR_IF_MATCH_ANY:
  case CR_IF_MATCH_EQUAL:
    break;
  }
  return TRUE;
}

static void
restart (CrRequest *request, CrSession *session, const CrSdpFragment *fragment, CrResponse *response)
{
  gchar *answer =
      cr_lesson_restart_session (request->lesson, session, fragment, cr_request_is_from_loopback (request));

  cr_response_take_text (response, 200, "application/trickle-ice-sdpfrag", answer);
  soup_message_headers_replace (response->headers, "ETag", session->etag);
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
}

gboolean
cr_media_session_patch (CrRequest *request, const gchar *session_id, gboolean is_publisher,
                        CrResponse *response, GError **error)
{
  CrSession *session =
      cr_lesson_find_session (request->lesson, session_id, is_publisher, request->actor, error);
  g_autoptr (CrSdpFragment) fragment = NULL;
  CrFragmentKind kind;
  gsize length;
  const gchar *text;

  if (session == NULL)
    return FALSE;
  text = g_bytes_get_data (request->body, &length);
  fragment = cr_sdp_fragment_parse (text, length, error);
  if (fragment == NULL)
    return FALSE;
  kind = cr_session_classify_fragment (session, fragment);
  if (kind == CR_FRAGMENT_BROKEN) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST,
                         "ice-ufrag and ice-pwd must change together");
    return FALSE;
  }
  if (!check_precondition (request, session, error))
    return FALSE;
  if (kind == CR_FRAGMENT_RESTART)
    restart (request, session, fragment, response);
  else
    cr_response_set_empty (response, 204); /* candidates are not needed: ICE-lite learns them from checks */
  return TRUE;
}

/* An entity tag is not looked at (RFC 9725 section 4.3.1). */
gboolean
cr_media_session_delete (CrRequest *request, const gchar *session_id, gboolean is_publisher,
                         CrResponse *response, GError **error)
{
  CrSession *session =
      cr_lesson_find_session (request->lesson, session_id, is_publisher, request->actor, error);

  if (session == NULL)
    return FALSE;
  cr_lesson_end_session (request->lesson, session);
  cr_response_set_empty (response, 200);
  return TRUE;
}

/* No representation is defined: a GET succeeds without content (RFC 9725 section 4.1). */
gboolean
cr_media_session_get (CrRequest *request, const gchar *session_id, gboolean is_publisher,
                      CrResponse *response, GError **error)
{
  CrSession *session =
      cr_lesson_find_session (request->lesson, session_id, is_publisher, request->actor, error);

  if (session == NULL)
    return FALSE;
  cr_response_set_empty (response, 204);
  soup_message_headers_replace (response->headers, "ETag", session->etag);
  return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * WHEP endpoints (draft-ietf-wish-whep): /whep/{lesson} and its sessions. `?video=screen` is for clients with
 * one video line. A viewer may come before the teacher, so that there is no 409.
 */
#include "http/media-session.h"
#include "http/routes.h"

enum { PARAM_LESSON, PARAM_SESSION };

static gboolean
get_first_slot (const CrRequest *request, CrSlot *slot, GError **error)
{
  g_autofree gchar *name = cr_request_get_query (request, "video");

  *slot = CR_SLOT_CAMERA;
  if (name == NULL)
    return TRUE;
  for (guint i = 0; i < CR_SLOT_FIRST_AUDIO; i++) {
    if (g_str_equal (cr_slot_name ((CrSlot)i), name)) {
      *slot = (CrSlot)i;
      return TRUE;
    }
  }
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST,
                       "video is camera, screen, floor, wall or floor2");
  return FALSE;
}

gboolean
cr_handle_whep_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  CrSession *session;
  gchar *answer;
  CrSlot slot;
  CrJoin join;

  if (!get_first_slot (request, &slot, error))
    return FALSE;
  cr_media_session_join (request, &join);
  session = cr_lesson_view (request->lesson, &join, slot, &answer, error);
  if (session == NULL)
    return FALSE;
  cr_media_session_created (http, request, session, answer, response);
  return TRUE;
}

/* No content, and the type by which players find out that this is a WHEP endpoint. */
gboolean
cr_handle_whep_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  cr_response_set_empty (response, 200);
  soup_message_headers_replace (response->headers, "Content-Type", "application/sdp");
  return TRUE;
}

gboolean
cr_handle_whep_session_patch (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_media_session_patch (request, request->params[PARAM_SESSION], FALSE, response, error);
}

gboolean
cr_handle_whep_session_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_media_session_delete (request, request->params[PARAM_SESSION], FALSE, response, error);
}

gboolean
cr_handle_whep_session_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return cr_media_session_get (request, request->params[PARAM_SESSION], FALSE, response, error);
}

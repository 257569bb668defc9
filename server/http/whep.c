/* SPDX-License-Identifier: Apache-2.0
 *
 * WHEP endpoints (draft-ietf-wish-whep): /whep/{lesson} and its sessions. `?video=` and `?audio=` name
 * the slots of the offer's m-lines. A viewer may come before the teacher, so that there is no 409.
 */
#include "http/media-session.h"
#include "http/routes.h"

enum { PARAM_LESSON, PARAM_SESSION };

static gboolean
get_slots (const CrRequest *request, CrSlotOrder *slots, GError **error)
{
  g_autofree gchar *video = cr_request_get_query (request, "video");
  g_autofree gchar *audio = cr_request_get_query (request, "audio");
  g_autoptr (GError) why = NULL;

  *slots = (CrSlotOrder){{0}};
  if ((video == NULL || cr_slot_order_parse (slots, CR_MEDIA_VIDEO, video, &why)) &&
      (audio == NULL || cr_slot_order_parse (slots, CR_MEDIA_AUDIO, audio, &why)))
    return TRUE;
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_BAD_REQUEST, why->message);
  return FALSE;
}

gboolean
cr_handle_whep_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  CrSession *session;
  gchar *answer;
  CrSlotOrder slots;
  CrJoin join;

  if (!get_slots (request, &slots, error))
    return FALSE;
  cr_media_session_join (request, &join);
  session = cr_lesson_view (request->lesson, &join, &slots, &answer, error);
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * WHIP endpoints (RFC 9725): /whip/{lesson}/{source} and their sessions.
 */
#include "http/media-session.h"
#include "http/routes.h"

enum { PARAM_LESSON, PARAM_SOURCE, PARAM_SESSION };

static gboolean
get_source (const CrRequest *request, CrSource *source, GError **error)
{
  if (!cr_source_from_name (request->params[PARAM_SOURCE], source)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND,
                         "a source is camera, screen or classroom");
    return FALSE;
  }
  /* The teacher's sources are the teacher's, a classroom's own is what the floor decides about. */
  if ((*source == CR_SOURCE_CLASSROOM) != (request->actor->role == CR_ROLE_CLASSROOM)) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_FORBIDDEN, "this token may not publish that");
    return FALSE;
  }
  return TRUE;
}

/* The session's id, once its path is known to be of a source that the actor may publish. */
static const gchar *
get_session_id (const CrRequest *request, GError **error)
{
  CrSource source;

  return get_source (request, &source, error) ? request->params[PARAM_SESSION] : NULL;
}

gboolean
cr_handle_whip_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  CrSession *session;
  CrSource source;
  gchar *answer;
  CrJoin join;

  if (!get_source (request, &source, error))
    return FALSE;
  cr_media_session_join (request, &join);
  session = cr_lesson_publish (request->lesson, &join, source, &answer, error);
  if (session == NULL)
    return FALSE;
  cr_media_session_created (http, request, session, answer, response);
  return TRUE;
}

gboolean
cr_handle_whip_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  CrSource source;

  if (!get_source (request, &source, error))
    return FALSE;
  cr_response_set_empty (response, 204);
  return TRUE;
}

gboolean
cr_handle_whip_session_patch (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const gchar *id = get_session_id (request, error);

  return id != NULL && cr_media_session_patch (request, id, TRUE, response, error);
}

gboolean
cr_handle_whip_session_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const gchar *id = get_session_id (request, error);

  return id != NULL && cr_media_session_delete (request, id, TRUE, response, error);
}

gboolean
cr_handle_whip_session_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  const gchar *id = get_session_id (request, error);

  return id != NULL && cr_media_session_get (request, id, TRUE, response, error);
}

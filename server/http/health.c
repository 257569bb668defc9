/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /healthz: 200 while the relay takes new peers, 503 while it is being stopped, so that a balancer looks
 * elsewhere.
 */
#include "http/routes.h"

gboolean
cr_handle_health (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  if (cr_lessons_are_draining (http->lessons)) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_DRAINING, "the relay is being stopped");
    return FALSE;
  }
  cr_response_take_text (response, 200, "text/plain; charset=utf-8", g_strdup ("ok\n"));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

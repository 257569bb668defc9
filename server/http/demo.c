/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /demo.json: the demo lesson's tokens, for the simulated classrooms and the pages of this machine. The
 * route is loopback only; the tokens open nothing but the demo lesson.
 */
#include "http/routes.h"

gboolean
cr_handle_demo (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  if (http->demo_json == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "nothing here");
    return FALSE;
  }
  cr_response_take_text (response, 200, "application/json", g_strdup (http->demo_json));
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

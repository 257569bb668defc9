/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/openapi.json: the description of the interface (docs/openapi.json), compiled in. A test holds
 * it against the route table.
 */
#include "http/etag.h"
#include "http/routes.h"

#include <gio/gio.h>

GResource *cr_http_files_get_resource (void);

gboolean
cr_handle_openapi (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  GBytes *bytes = g_resource_lookup_data (cr_http_files_get_resource (), "/org/classrelay/http/openapi.json",
                                          G_RESOURCE_LOOKUP_FLAGS_NONE, error);

  if (bytes == NULL)
    return FALSE;
  cr_response_set_body (response, 200, "application/json", bytes);
  soup_message_headers_replace (response->headers, "Cache-Control", "no-cache");
  cr_etag_apply (request, response);
  return TRUE;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Who asks, and whether a route is for them. Deny by default.
 */
#pragma once

#include "http/routes.h"

G_BEGIN_DECLS

/* Fills request->actor and request->lesson, or says why not. A token of another lesson finds nothing (404),
 * so that it cannot ask which lessons there are; a token of this lesson in the wrong role is refused (403).
 */
gboolean cr_auth_admit (CrHttp *http, const CrRoute *route, CrRequest *request,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The token of `Authorization: Bearer` (RFC 6750 section 2.1), free with g_free(); NULL when there is none or
 * it is not well-formed. */
gchar *cr_bearer_token (const CrRequest *request);

G_END_DECLS

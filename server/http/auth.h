/* SPDX-License-Identifier: Apache-2.0
 *
 * Who asks, and whether a route is for them. Three kinds of proof: a lesson's token (Bearer), a device's
 * credential (Bearer), a session's cookie. Tokens are known in memory; the other two are asked of the
 * database, every time.
 *
 * Thread: [main].
 */
#pragma once

#include "http/routes.h"

G_BEGIN_DECLS

/* `error` is NULL when the request may go on: request->actor is filled where the route asks for one, and
 * request->lesson where its pattern has {lesson}. Otherwise it says why not. A token of another lesson finds
 * nothing (404), so that it cannot ask which lessons there are; one of this lesson in the wrong role is
 * refused (403). */
typedef void (*CrAuthFunc) (const GError *error, gpointer data);

/* Calls `done` before it returns, unless the database has to be asked; the caller keeps `request` until
 * then. */
void cr_auth_find (CrHttp *http, const CrRoute *route, CrRequest *request, CrAuthFunc done, gpointer data);

/* The same without the database, so for lessons' tokens only. */
gboolean cr_auth_find_token (CrHttp *http, const CrRoute *route, CrRequest *request,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* The token of `Authorization: Bearer` (RFC 6750 section 2.1), free with g_free(); NULL when there is none or
 * it is not well-formed. */
gchar *cr_bearer_token (const CrRequest *request);

G_END_DECLS

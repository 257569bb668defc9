/* SPDX-License-Identifier: Apache-2.0
 *
 * The session's cookie, and telling our own pages' requests from others'. Where TLS is on, the name's
 * __Host- prefix (RFC 6265bis section 4.1.3.2) keeps the cookie from subdomains and from plain HTTP.
 *
 * Thread: [main].
 */
#pragma once

#include "http/http.h"

G_BEGIN_DECLS

/* The token in the request's cookie, free with g_free(); NULL when there is none. */
gchar *cr_cookie_get (const CrHttp *http, const CrRequest *request);

/* Set-Cookie with the token, or, with NULL, the cookie's end. */
void cr_cookie_set (const CrHttp *http, const CrRequest *request, const gchar *token, CrResponse *response);

/* FOREIGN_ORIGIN unless the request comes from a page of ours. With `by_cookie`, what changes something must
 * say where it comes from (Origin or Sec-Fetch-Site: browsers always do); otherwise, and for what only reads,
 * it must not say that it comes from elsewhere. */
gboolean cr_origin_check (const CrHttp *http, const CrRequest *request, gboolean by_cookie,
                          GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Entity tags of what can be asked again: strong, from the content itself.
 */
#pragma once

#include "http/http.h"

G_BEGIN_DECLS

/* The quoted tag of some bytes; free with g_free(). */
gchar *cr_etag_of (GBytes *body);

/* TRUE when If-None-Match names the tag (RFC 9110 section 13.1.2: weak comparison). */
gboolean cr_etag_is_known (const CrRequest *request, const gchar *etag);

/* Puts the tag of its body on a response, and makes it 304 without a body when the client has it. */
void cr_etag_apply (const CrRequest *request, CrResponse *response);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * What WHIP (RFC 9725) and WHEP (draft-ietf-wish-whep) have in common: the 201 that makes a session, and the
 * session resource with PATCH, DELETE and GET.
 */
#pragma once

#include "http/http.h"

G_BEGIN_DECLS

/* The offer in the request's body, and who asks. Valid as long as the request. */
void cr_media_session_join (const CrRequest *request, CrJoin *join);

/* 201 with Location, ETag, Link and the answer, which is taken. */
void cr_media_session_created (CrHttp *http, const CrRequest *request, const CrSession *session,
                               gchar *answer, CrResponse *response);

gboolean cr_media_session_patch (CrRequest *request, const gchar *session_id, gboolean is_publisher,
                                 CrResponse *response, GError **error);
gboolean cr_media_session_delete (CrRequest *request, const gchar *session_id, gboolean is_publisher,
                                  CrResponse *response, GError **error);
gboolean cr_media_session_get (CrRequest *request, const gchar *session_id, gboolean is_publisher,
                               CrResponse *response, GError **error);

G_END_DECLS

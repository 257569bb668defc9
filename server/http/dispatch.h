/* SPDX-License-Identifier: Apache-2.0
 *
 * The one dispatcher: match → 404/405 → authorize → size and type → handler. It runs in two halves, so that a
 * request is refused by its head before its body is read.
 */
#pragma once

#include "http/routes.h"

G_BEGIN_DECLS

/* The route whose handler is to be run once the body is there; NULL when the response is already the
 * answer. */
typedef void (*CrDispatchFunc) (const CrRoute *route, gpointer data);

/* Everything that the head decides. Calls `done` before it returns, unless the database is asked who this is;
 * the caller keeps request and response until then. */
void cr_dispatch_head (CrHttp *http, CrRequest *request, CrResponse *response, CrDispatchFunc done,
                       gpointer data);

/* Runs the handler; `request->body` is set if the route takes one. When request->n_pending is not 0
 * afterwards, the answer comes with request->on_answered. */
void cr_dispatch_body (CrHttp *http, const CrRoute *route, CrRequest *request, CrResponse *response);

/* The answer to a body that turns out too large. */
void cr_dispatch_too_large (CrHttp *http, const CrRequest *request, CrResponse *response);

G_END_DECLS

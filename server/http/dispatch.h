/* SPDX-License-Identifier: Apache-2.0
 *
 * The one dispatcher: match → 404/405 → authorize → size and type → handler. It runs in two halves, so that a
 * request is refused by its head before its body is read.
 */
#pragma once

#include "http/routes.h"

G_BEGIN_DECLS

/* Everything that the head decides. The route whose handler is to be run once the body is there; NULL when
 * `response` is already the answer. */
const CrRoute *cr_dispatch_head (CrHttp *http, CrRequest *request, CrResponse *response);

/* Runs the handler; `request->body` is set if the route takes one. */
void cr_dispatch_body (CrHttp *http, const CrRoute *route, CrRequest *request, CrResponse *response);

/* The answer to a body that turns out too large. */
void cr_dispatch_too_large (CrHttp *http, CrResponse *response);

G_END_DECLS

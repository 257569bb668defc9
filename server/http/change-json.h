/* SPDX-License-Identifier: Apache-2.0
 *
 * Single changes as JSON, and answering from the terms in memory.
 *
 * Thread: [main] unless said otherwise.
 */
#pragma once

#include "http/http.h"
#include "schedule/change.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* One object. Thread: [any]. */
void cr_json_add_change (JsonBuilder *builder, const CrChange *change);

/* Calls `answer` once every edit that was answered before is in memory. UNAVAILABLE without a database. */
gboolean cr_answer_when_fresh (CrHttp *http, CrRequest *request, CrResponse *response, CrHandler answer,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

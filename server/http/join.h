/* SPDX-License-Identifier: Apache-2.0
 *
 * Join tokens from the database back into memory, after a restart.
 *
 * Thread: [main].
 */
#pragma once

#include "http/http.h"

G_BEGIN_DECLS

/* Waits for the database: at start-up. */
gboolean cr_join_restore (CrHttp *http, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

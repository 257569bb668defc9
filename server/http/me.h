/* SPDX-License-Identifier: Apache-2.0
 *
 * Who one is, as JSON: the answer to signing in, to GET /api/v1/me, and what an account looks like to others.
 *
 * Thread: [main].
 */
#pragma once

#include "base/json.h"
#include "store/account-store.h"

G_BEGIN_DECLS

/* Members of the open object. */
void cr_account_to_json (const CrAccountRow *row, JsonBuilder *builder);

G_END_DECLS

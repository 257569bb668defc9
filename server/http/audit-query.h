/* SPDX-License-Identifier: Apache-2.0
 *
 * Which rows of the audit log are asked for: ?actor, ?verb, ?object (its beginning), ?from and ?to (seconds).
 * The list and the file take the same.
 *
 * Thread: [main].
 */
#pragma once

#include "http/http.h"
#include "store/audit-store.h"

G_BEGIN_DECLS

typedef struct {
  CrAuditFilter filter; /* borrows the texts below */
  gchar *actor, *verb, *object;
} CrAuditQuery;

/* BAD_REQUEST for seconds that are no number. Fills `query` either way. */
gboolean cr_audit_query_read (const CrRequest *request, CrAuditQuery *query,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_audit_query_clear (CrAuditQuery *query);

/* 64 hexadecimal digits; free with g_free(). Thread: [any]. */
gchar *cr_audit_hash_text (const CrTokenHash *hash);

G_END_DECLS

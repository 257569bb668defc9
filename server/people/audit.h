/* SPDX-License-Identifier: Apache-2.0
 *
 * Writing the audit log: who did what to what, when, from where. Objects are named by kind and id; tokens,
 * passwords and pupils' names never come here. A row is written in the job that does what it tells of, so
 * that neither is there without the other.
 *
 * Thread: that of the job.
 */
#pragma once

#include "people/actor.h"
#include "store/audit-store.h"

G_BEGIN_DECLS

/* `actor` NULL: the operator at the machine itself. `verb` is a fact, words joined by hyphens ("sign-in");
 * the object is `kind`/`id`. `at` is in seconds. */
gboolean cr_audit_note (CrStoreTx *tx, const CrActor *actor, const gchar *address, gint64 at,
                        const gchar *verb, const gchar *kind, const gchar *id,
                        GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Ends what another process revoked: the command on the same database, which tells a running relay nothing.
 * Every few seconds the database is asked about everybody who has an event stream open or may send and
 * receive media by a join token; who may not be there any more is cut off, within the 5 s that a revocation
 * may take.
 *
 * Thread: [main].
 */
#pragma once

#include "http/http.h"

G_BEGIN_DECLS

/* `http` outlives it. */
CrRightsWatch *cr_rights_watch_new (CrHttp *http);

/* The store has answered by then. */
void cr_rights_watch_free (CrRightsWatch *watch);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrRightsWatch, cr_rights_watch_free)

G_END_DECLS

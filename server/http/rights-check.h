/* SPDX-License-Identifier: Apache-2.0
 *
 * Whether those who came in a while ago may still be there: asked of the database for all at once. What this
 * relay itself revokes is told at once; this finds what was ended elsewhere, or ran out.
 *
 * Thread: [main].
 */
#pragma once

#include "people/actor.h"
#include "store/store.h"

G_BEGIN_DECLS

/* `actor` as it was; `now` as it is, NULL: nobody any more. Only such as come from the database. */
typedef struct {
  CrActor *actor;
  CrActor *now; /* of a join token: the same as `actor` */
} CrRightsCheck;

/* `done` gets CrRightsCheck, also of those about whom nothing was found; not called when the database could
 * not be asked. */
typedef void (*CrRightsCheckFunc) (GPtrArray *checks, gpointer data);

/* Takes `actors` (CrActor, each referenced by it). */
void cr_rights_check (CrStore *store, GPtrArray *actors, gint64 now_s, CrRightsCheckFunc done, gpointer data);

G_END_DECLS

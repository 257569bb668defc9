/* SPDX-License-Identifier: Apache-2.0
 *
 * The join tokens that are valid now, found by hash without asking the database: WHIP and WHEP requests come
 * in crowds at the bell. The database has them too, for the time after a restart.
 *
 * Thread: [main].
 */
#pragma once

#include "people/actor.h"

G_BEGIN_DECLS

/* To join with. Whoever has joined goes on with the same token until his last session has ended. */
#define CR_JOIN_TOKEN_EXPIRES_S 600

typedef struct CrJoinTokens CrJoinTokens;

CrJoinTokens *cr_join_tokens_new (void);
void cr_join_tokens_free (CrJoinTokens *tokens);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrJoinTokens, cr_join_tokens_free)

void cr_join_tokens_add (CrJoinTokens *tokens, CrActor *actor);               /* takes `actor` */
CrActor *cr_join_tokens_find (CrJoinTokens *tokens, const CrTokenHash *hash); /* borrowed */

/* Removes those that `is_over` says TRUE of. */
void cr_join_tokens_prune (CrJoinTokens *tokens, gboolean (*is_over) (const CrActor *actor, gpointer data),
                           gpointer data);

/* Those of one account or device. */
void cr_join_tokens_revoke (CrJoinTokens *tokens, const gchar *actor_id);

void cr_join_tokens_remove (CrJoinTokens *tokens, const CrTokenHash *hash);

/* Adds each to `actors`, by its CrTokenHash; borrowed. */
void cr_join_tokens_collect (CrJoinTokens *tokens, GHashTable *actors);

G_END_DECLS

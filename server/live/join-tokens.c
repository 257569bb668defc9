/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash table.
 */
#include "live/join-tokens.h"

struct CrJoinTokens {
  GHashTable *actors; /* CrTokenHash within its CrActor -> the CrActor, owned */
};

CrJoinTokens *
cr_join_tokens_new (void)
{
  CrJoinTokens *tokens = g_new0 (CrJoinTokens, 1);

  tokens->actors = g_hash_table_new_full (cr_token_hash_to_key, cr_token_hash_is_same_key, NULL,
                                          (GDestroyNotify)cr_actor_unref);
  return tokens;
}

void
cr_join_tokens_free (CrJoinTokens *tokens)
{
  g_hash_table_unref (tokens->actors);
  g_free (tokens);
}

void
cr_join_tokens_add (CrJoinTokens *tokens, CrActor *actor)
{
  g_hash_table_replace (tokens->actors, &actor->token, actor);
}

CrActor *
cr_join_tokens_find (CrJoinTokens *tokens, const CrTokenHash *hash)
{
  return g_hash_table_lookup (tokens->actors, hash);
}

void
cr_join_tokens_prune (CrJoinTokens *tokens, gboolean (*is_over) (const CrActor *actor, gpointer data),
                      gpointer data)
{
  GHashTableIter iter;
  gpointer actor;

  g_hash_table_iter_init (&iter, tokens->actors);
  while (g_hash_table_iter_next (&iter, NULL, &actor)) {
    if (is_over (actor, data))
      g_hash_table_iter_remove (&iter);
  }
}

static gboolean
is_of (const CrActor *actor, gpointer actor_id)
{
  return g_str_equal (actor->id, actor_id);
}

void
cr_join_tokens_revoke (CrJoinTokens *tokens, const gchar *actor_id)
{
  cr_join_tokens_prune (tokens, is_of, (gpointer)actor_id);
}

void
cr_join_tokens_remove (CrJoinTokens *tokens, const CrTokenHash *hash)
{
  g_hash_table_remove (tokens->actors, hash);
}

void
cr_join_tokens_collect (CrJoinTokens *tokens, GHashTable *actors)
{
  GHashTableIter iter;
  gpointer token, actor;

  g_hash_table_iter_init (&iter, tokens->actors);
  while (g_hash_table_iter_next (&iter, &token, &actor))
    g_hash_table_insert (actors, token, actor);
}

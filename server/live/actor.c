/* SPDX-License-Identifier: Apache-2.0
 *
 * Making and freeing actors, and the error domain of this folder.
 */
#include "live/actor.h"
#include "live/live.h"

G_DEFINE_QUARK (cr_live_error, cr_live_error)

CrActor *
cr_actor_new (const gchar *name, CrRole role, const CrTokenHash *token)
{
  CrActor *actor = g_new0 (CrActor, 1);

  actor->name = g_strdup (name);
  actor->role = role;
  actor->token = *token;
  return actor;
}

void
cr_actor_free (CrActor *actor)
{
  g_free (actor->name);
  g_free (actor);
}

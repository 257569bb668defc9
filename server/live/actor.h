/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a request comes from: the holder of one lesson's token.
 */
#pragma once

#include "base/token.h"

G_BEGIN_DECLS

typedef enum {
  CR_ROLE_NONE = 0,
  CR_ROLE_TEACHER = 1 << 0,   /* publishes camera and screen, sees everything of the lesson */
  CR_ROLE_CLASSROOM = 1 << 1, /* views; publishes while it has the floor */
  CR_ROLE_VIEWER = 1 << 2     /* views */
} CrRole;

/* One token of a lesson. Its holders share it: a session belongs to the actor that made it. */
typedef struct {
  gchar *name; /* for rosters and logs: "teacher", "viewer", "classroom-3" */
  CrRole role;
  CrTokenHash token;
} CrActor;

CrActor *cr_actor_new (const gchar *name, CrRole role, const CrTokenHash *token);
void cr_actor_free (CrActor *actor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrActor, cr_actor_free)

G_END_DECLS

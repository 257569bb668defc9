/* SPDX-License-Identifier: Apache-2.0
 *
 * Who a request comes from, as far as deciding needs it: the holder of a lesson's token, a person who signed
 * in, or a paired classroom device. Never changed once made, so that it may be read on any thread.
 */
#pragma once

#include "base/token.h"

G_BEGIN_DECLS

/* One bit each, for sets. */
typedef enum {
  CR_ROLE_NONE = 0,
  CR_ROLE_TEACHER = 1 << 0,     /* publishes camera and screen, sees everything of the lesson */
  CR_ROLE_CLASSROOM = 1 << 1,   /* a paired device: views; publishes, seen and heard while it has the floor */
  CR_ROLE_VIEWER = 1 << 2,      /* views; of lesson tokens only, no account has it */
  CR_ROLE_COORDINATOR = 1 << 3, /* the district's education bureau */
  CR_ROLE_SCHOOL = 1 << 4,      /* a school's office */
  CR_ROLE_ASSISTANT = 1 << 5,   /* the local teacher in a listening classroom */
  CR_ROLE_SUPERVISOR = 1 << 6,  /* reads reports */
  CR_ROLE_AUDITOR = 1 << 7      /* reads the audit log */
} CrRole;

/* "coordinator", …; "none" for CR_ROLE_NONE. */
const gchar *cr_role_name (CrRole role);
gboolean cr_role_from_name (const gchar *name, CrRole *role);

typedef enum {
  CR_ACTOR_TOKEN,   /* a lesson's token of the configuration; its holders share it */
  CR_ACTOR_JOIN,    /* a join token: a person or device within one lesson */
  CR_ACTOR_ACCOUNT, /* a person who signed in */
  CR_ACTOR_DEVICE   /* a paired device by its own credential */
} CrActorKind;

typedef struct {
  gatomicrefcount refs;
  CrActorKind kind;
  gchar *id;   /* an account's or device's; NULL of CR_ACTOR_TOKEN */
  gchar *name; /* for rosters and logs: "teacher", "龙驹" */
  CrRole role;
  CrTokenHash token; /* of the token, session or credential that was shown */

  /* Bound to one lesson: a token, configured or for joining. */
  gchar *lesson_id;
  gint64 expires_at; /* seconds; of CR_ACTOR_JOIN: until when it may join */

  gint64 revocations; /* of an account: its own (store/account-store.h) when the session or token was shown */

  /* Where somebody belongs; NULL where that does not apply. */
  gchar *school_id; /* of a join token: an assistant's alone */
  gchar *classroom_id;
  gchar *teacher_id;
  gchar **districts;    /* how far an account reaches; NULL: everywhere */
  gboolean must_change; /* the password, before anything else */
} CrActor;

CrActor *cr_actor_new (const gchar *name, CrRole role, const CrTokenHash *token);
CrActor *cr_actor_ref (const CrActor *actor);
void cr_actor_unref (CrActor *actor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrActor, cr_actor_unref)

/* The same person or device, whichever token each shows; of shared tokens: the same token. */
gboolean cr_actor_is_same (const CrActor *a, const CrActor *b);

/* A JSON list of strings as account.districts holds it, free with g_strfreev(); NULL for NULL and for what is
 * not a list, `*valid` (may be NULL) telling which. */
gchar **cr_districts_parse (const gchar *json, gboolean *valid);

G_END_DECLS

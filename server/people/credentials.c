/* SPDX-License-Identifier: Apache-2.0
 *
 * Every request asks the database, so that what was revoked or changed a moment ago holds at once.
 */
#include "people/credentials.h"

#include "store/join-token-store.h"
#include "store/teacher-store.h"

#define CREDENTIAL_BYTES 32

gchar *
cr_credential_generate (void)
{
  return cr_random_hex (CREDENTIAL_BYTES);
}

gchar *
cr_session_begin (CrStoreTx *tx, const gchar *account_id, const gchar *address, gint64 now, GError **error)
{
  g_autofree gchar *token = cr_credential_generate ();
  CrSessionRow row = {.account_id = (gchar *)account_id,
                      .address = (gchar *)address,
                      .created_at = now,
                      .seen_at = now,
                      .expires_at = now + CR_SESSION_IDLE_S};

  cr_token_hash (token, &row.token_hash);
  if (!cr_session_store_remove_expired (tx, now, NULL, error) || !cr_session_store_insert (tx, &row, error))
    return NULL;
  return g_steal_pointer (&token);
}

/* Which teacher somebody is; most accounts are none, which is no error. */
static gboolean
find_teacher (CrStoreTx *tx, CrActor *actor, GError **error)
{
  g_autoptr (GError) why = NULL;
  g_autoptr (CrTeacherRow) teacher = NULL;

  if (actor->role != CR_ROLE_TEACHER)
    return TRUE;
  teacher = cr_teacher_store_find_account (tx, actor->id, &why);
  if (teacher != NULL)
    actor->teacher_id = g_strdup (teacher->id);
  if (why == NULL || g_error_matches (why, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND))
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

CrActor *
cr_session_authenticate (CrStoreTx *tx, const CrTokenHash *token, gint64 now, gboolean *stale, GError **error)
{
  g_autoptr (CrSessionRow) session = NULL;
  g_autoptr (CrAccountRow) account = NULL;
  g_autoptr (CrActor) actor = NULL;
  gboolean valid;
  CrRole role;

  if (!cr_session_store_find (tx, token, now, &session, &account, error))
    return NULL;
  if (!cr_role_from_name (account->role, &role))
    role = CR_ROLE_NONE;
  actor = cr_actor_new (account->name, role, token);
  actor->kind = CR_ACTOR_ACCOUNT;
  actor->id = g_strdup (account->id);
  actor->school_id = g_strdup (account->school_id);
  actor->must_change = account->must_change;
  actor->revocations = account->revocations;
  actor->districts = cr_districts_parse (account->districts, &valid);
  if (!valid) /* a limit that cannot be read reaches nothing */
    actor->districts = g_new0 (gchar *, 1);
  *stale = now - session->seen_at >= CR_CREDENTIAL_TOUCH_S;
  return find_teacher (tx, actor, error) ? g_steal_pointer (&actor) : NULL;
}

CrActor *
cr_device_authenticate (CrStoreTx *tx, const CrTokenHash *credential, gint64 now, gboolean *stale,
                        GError **error)
{
  g_autoptr (CrDeviceRow) device = cr_device_store_find (tx, credential, error);
  CrActor *actor;

  if (device == NULL)
    return NULL;
  actor = cr_actor_new (device->name, CR_ROLE_CLASSROOM, credential);
  actor->kind = CR_ACTOR_DEVICE;
  actor->id = g_strdup (device->id);
  actor->school_id = g_strdup (device->school_id);
  actor->classroom_id = g_strdup (device->classroom_id);
  *stale = now - device->seen_at >= CR_CREDENTIAL_TOUCH_S;
  return actor;
}

gboolean
cr_credentials_end_all (CrStoreTx *tx, const gchar *account_id, const CrTokenHash *keep, GError **error)
{
  guint n;

  return cr_account_store_count_revocation (tx, account_id, error) &&
         cr_session_store_remove_account (tx, account_id, keep, &n, error) &&
         cr_join_token_store_remove (tx, account_id, NULL, NULL, &n, error);
}

gboolean
cr_credential_touch (CrStoreTx *tx, const CrActor *actor, gint64 now, GError **error)
{
  g_autoptr (CrSessionRow) session = NULL;

  if (actor->kind == CR_ACTOR_DEVICE)
    return cr_device_store_touch (tx, actor->id, now, error);
  if (!cr_session_store_find (tx, &actor->token, now, &session, NULL, error))
    return FALSE;
  return cr_session_store_touch (
      tx, &actor->token, now, MIN (now + CR_SESSION_IDLE_S, session->created_at + CR_SESSION_MAX_S), error);
}

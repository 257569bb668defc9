/* SPDX-License-Identifier: Apache-2.0
 *
 * One question to the store's reader for everybody.
 */
#include "http/rights-check.h"

#include "people/credentials.h"
#include "store/account-store.h"

typedef struct {
  GPtrArray *checks; /* CrRightsCheck */
  gint64 now_s;
  CrRightsCheckFunc done;
  gpointer data;
} Round;

static void
check_free (gpointer data)
{
  CrRightsCheck *check = data;

  cr_actor_unref (check->actor);
  g_clear_pointer (&check->now, cr_actor_unref);
  g_free (check);
}

static void
round_free (gpointer data)
{
  Round *round = data;

  g_ptr_array_unref (round->checks);
  g_free (round);
}

/* A join token goes with the account or device that it was given to, and when all that an account has open is
 * ended. */
static CrActor *
find_holder (CrStoreTx *tx, CrActor *actor, GError **error)
{
  if (actor->role == CR_ROLE_CLASSROOM) {
    g_autoptr (CrDeviceRow) device = cr_device_store_get (tx, actor->id, error);

    return device != NULL && device->revoked_at == 0 ? cr_actor_ref (actor) : NULL;
  } else {
    g_autoptr (CrAccountRow) account = cr_account_store_get (tx, actor->id, error);

    return account != NULL && !account->disabled && account->revocations == actor->revocations
               ? cr_actor_ref (actor)
               : NULL;
  }
}

static CrActor *
find_now (CrStoreTx *tx, CrActor *actor, gint64 now_s, GError **error)
{
  gboolean stale;

  switch (actor->kind) {
  case CR_ACTOR_ACCOUNT:
    return cr_session_authenticate (tx, &actor->token, now_s, &stale, error);
  case CR_ACTOR_DEVICE:
    return cr_device_authenticate (tx, &actor->token, now_s, &stale, error);
  case CR_ACTOR_JOIN:
    return find_holder (tx, actor, error);
  case CR_ACTOR_TOKEN:
    break;
  }
  return cr_actor_ref (actor); /* the configuration's: as long as the relay runs */
}

static gboolean
run_round (CrStoreTx *tx, gpointer data, GError **error)
{
  Round *round = data;

  for (guint i = 0; i < round->checks->len; i++) {
    CrRightsCheck *check = round->checks->pdata[i];
    g_autoptr (GError) why = NULL;

    g_clear_pointer (&check->now, cr_actor_unref); /* a read may be tried again */
    check->now = find_now (tx, check->actor, round->now_s, &why);
    if (why != NULL && !g_error_matches (why, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND)) {
      g_propagate_error (error, g_steal_pointer (&why));
      return FALSE;
    }
  }
  return TRUE;
}

static void
on_round_done (gpointer data, const GError *error, gpointer done_data)
{
  Round *round = data;

  if (error == NULL)
    round->done (round->checks, round->data);
}

void
cr_rights_check (CrStore *store, GPtrArray *actors, gint64 now_s, CrRightsCheckFunc done, gpointer data)
{
  Round *round = g_new0 (Round, 1);

  *round = (Round){.now_s = now_s, .done = done, .data = data};
  round->checks = g_ptr_array_new_with_free_func (check_free);
  for (guint i = 0; i < actors->len; i++) {
    CrRightsCheck *check = g_new0 (CrRightsCheck, 1);

    check->actor = cr_actor_ref (actors->pdata[i]);
    g_ptr_array_add (round->checks, check);
  }
  g_ptr_array_unref (actors);
  cr_store_read (store, run_round, round, round_free, on_round_done, NULL);
}

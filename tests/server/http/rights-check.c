/* SPDX-License-Identifier: Apache-2.0
 *
 * Who may still be there, asked of a real database after each change of it; and the streams' own end when an
 * account is revoked through the interface is tests/server/event-ends.c's.
 */
#include "server/people/people-fixture.h"

#include "http/rights-check.h"

enum { DEVICE, TEACHER, JOINED, JOINED_ROOM, CONFIGURED, N_ACTORS };

typedef struct {
  World world;
  CrActor *actors[N_ACTORS];
  gboolean done;
  gboolean is_there[N_ACTORS];
} Fixture;

static CrActor *
make_actor (Fixture *f, CrActorKind kind, CrRole role, gchar letter)
{
  const Person *person = world_find (&f->world, letter);
  CrTokenHash hash;
  CrActor *actor;

  cr_token_hash (kind == CR_ACTOR_JOIN ? "a join token of it" : person->secret, &hash);
  actor = cr_actor_new (person->role != NULL ? person->role : "device", role, &hash);
  actor->kind = kind;
  actor->id = g_strdup (person->id);
  return actor;
}

static void
set_up (Fixture *f, gconstpointer data)
{
  world_set_up (&f->world, g_ptr_array_new (), NULL);
  f->actors[DEVICE] = make_actor (f, CR_ACTOR_DEVICE, CR_ROLE_CLASSROOM, 'D');
  f->actors[TEACHER] = make_actor (f, CR_ACTOR_ACCOUNT, CR_ROLE_TEACHER, 'T');
  f->actors[JOINED] = make_actor (f, CR_ACTOR_JOIN, CR_ROLE_TEACHER, 'T');
  f->actors[JOINED_ROOM] = make_actor (f, CR_ACTOR_JOIN, CR_ROLE_CLASSROOM, 'D');
  f->actors[CONFIGURED] = make_actor (f, CR_ACTOR_TOKEN, CR_ROLE_VIEWER, 'G');
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  for (guint i = 0; i < N_ACTORS; i++)
    cr_actor_unref (f->actors[i]);
  world_tear_down (&f->world);
}

static void
on_checked (GPtrArray *checks, gpointer data)
{
  Fixture *f = data;

  g_assert_cmpuint (checks->len, ==, N_ACTORS);
  for (guint i = 0; i < N_ACTORS; i++) {
    const CrRightsCheck *check = checks->pdata[i];

    g_assert_true (check->actor == f->actors[i]);
    f->is_there[i] = check->now != NULL;
  }
  f->done = TRUE;
}

/* As a mask, one bit an actor. */
static guint
ask (Fixture *f)
{
  GPtrArray *actors = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_actor_unref);
  guint mask = 0;

  for (guint i = 0; i < N_ACTORS; i++)
    g_ptr_array_add (actors, cr_actor_ref (f->actors[i]));
  f->done = FALSE;
  cr_rights_check (f->world.http->store, actors, world_now (&f->world), on_checked, f);
  while (!f->done)
    g_main_context_iteration (NULL, TRUE);
  for (guint i = 0; i < N_ACTORS; i++)
    mask |= (guint)f->is_there[i] << i;
  return mask;
}

static gboolean
sign_out (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_session_store_remove (tx, &((Fixture *)data)->actors[TEACHER]->token, error);
}

static gboolean
revoke_device (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_device_store_revoke (tx, ((Fixture *)data)->actors[DEVICE]->id, 1, error);
}

static gboolean
end_all (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_credentials_end_all (tx, ((Fixture *)data)->actors[TEACHER]->id, NULL, error);
}

static gboolean
disable_account (CrStoreTx *tx, gpointer data, GError **error)
{
  const Fixture *f = data;
  g_autoptr (CrAccountRow) row = cr_account_store_get (tx, f->actors[TEACHER]->id, error);

  if (row == NULL)
    return FALSE;
  row->disabled = TRUE;
  return cr_account_store_update (tx, row, error);
}

static void
change (Fixture *f, CrStoreFunc func)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_store_run_sync (f->world.http->store, func, f, &error));
  g_assert_no_error (error);
}

static void
test_each_proof_ends_by_itself (Fixture *f, gconstpointer data)
{
  const guint all = (1 << N_ACTORS) - 1;

  g_assert_cmphex (ask (f), ==, all);
  change (f, sign_out);
  g_assert_cmphex (ask (f), ==, all & ~(1u << TEACHER)); /* what was joined with it goes on */
  change (f, revoke_device);
  g_assert_cmphex (ask (f), ==, 1u << JOINED | 1u << CONFIGURED);
  change (f, disable_account);
  g_assert_cmphex (ask (f), ==, 1u << CONFIGURED);
}

/* As a new password does by the command: what was joined with the account ends too, and what is joined with
 * it then does not. */
static void
test_all_of_an_account_ends (Fixture *f, gconstpointer data)
{
  change (f, end_all);
  g_assert_cmphex (ask (f), ==, 1u << DEVICE | 1u << JOINED_ROOM | 1u << CONFIGURED);
  f->actors[JOINED]->revocations++;
  g_assert_cmphex (ask (f) & 1u << JOINED, !=, 0);
}

static void
test_sessions_run_out (Fixture *f, gconstpointer data)
{
  f->world.wall_us += (gint64)CR_SESSION_IDLE_S * G_USEC_PER_SEC + G_USEC_PER_SEC;
  g_assert_cmphex (ask (f) & 1u << TEACHER, ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func) g_test_add ("/server/http/rights-check/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("each-proof-ends-by-itself", test_each_proof_ends_by_itself);
  ADD ("all-of-an-account-ends", test_all_of_an_account_ends);
  ADD ("sessions-run-out", test_sessions_run_out);
  return g_test_run ();
}

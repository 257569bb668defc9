/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/v1/lessons/{lesson}/join: a token for WHIP, WHEP and events, for this person or device, in this
 * lesson, in the role that the table of rules gives it there. Ten minutes to join with; whoever has joined
 * stays.
 */
#include "http/join.h"

#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "live/join-tokens.h"
#include "people/credentials.h"
#include "store/device-store.h"
#include "store/join-token-store.h"

typedef struct {
  gchar *lesson_id;
  gchar *token;
  CrActor *actor; /* what the token's holder is */
} Join;

static void
join_free (gpointer data)
{
  Join *join = data;

  g_free (join->lesson_id);
  g_free (join->token);
  g_clear_pointer (&join->actor, cr_actor_unref);
  g_free (join);
}

/* Teachers publish where they teach; a device is its classroom; everybody else who may join watches. */
static CrRole
role_in_lesson (const CrActor *actor, CrLesson *lesson)
{
  CrObject object;

  cr_lesson_get_object (lesson, &object);
  if (cr_authorize (actor, CR_VERB_PUBLISH, &object))
    return CR_ROLE_TEACHER;
  return actor->role == CR_ROLE_CLASSROOM ? CR_ROLE_CLASSROOM : CR_ROLE_VIEWER;
}

/* Who a token is for. */
typedef struct {
  const gchar *id; /* of the account or device */
  const gchar *name;
  CrRole role;               /* in the lesson */
  const gchar *school_id;    /* of an assistant, who is in its classroom */
  const gchar *classroom_id; /* of a device */
  gint64 revocations;        /* of an account */
} Holder;

static CrActor *
make_actor (const Holder *holder, const CrTokenHash *hash, const gchar *lesson_id, gint64 expires_at)
{
  CrActor *actor = cr_actor_new (holder->name, holder->role, hash);

  actor->kind = CR_ACTOR_JOIN;
  actor->id = g_strdup (holder->id);
  actor->school_id = g_strdup (holder->school_id);
  actor->classroom_id = g_strdup (holder->classroom_id);
  actor->revocations = holder->revocations;
  actor->lesson_id = g_strdup (lesson_id);
  actor->expires_at = expires_at;
  return actor;
}

static gboolean
run_join (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  const Join *join = data;
  gboolean is_device = access->actor->kind == CR_ACTOR_DEVICE;
  CrJoinTokenRow row = {.token_hash = join->actor->token,
                        .lesson_id = join->lesson_id,
                        .role = (gchar *)cr_role_name (join->actor->role),
                        .account_id = is_device ? NULL : access->actor->id,
                        .device_id = is_device ? access->actor->id : NULL,
                        .expires_at = join->actor->expires_at};

  cr_access_grant (access); /* the dispatcher has asked: the lesson is in memory */
  return cr_join_token_store_remove_expired (tx, access->now, NULL, error) &&
         cr_join_token_store_insert (tx, &row, error) &&
         cr_access_note (tx, access, "join", "lesson", join->lesson_id, error);
}

static void
add_sources (JsonBuilder *builder, const Join *join)
{
  json_builder_set_member_name (builder, "publish");
  json_builder_begin_object (builder);
  for (guint i = 0; i < CR_N_SOURCES; i++) {
    gboolean is_classroom = i == CR_SOURCE_CLASSROOM;
    g_autofree gchar *path = g_strdup_printf ("/whip/%s/%s", join->lesson_id, cr_source_name ((CrSource)i));

    if (join->actor->role == (is_classroom ? CR_ROLE_CLASSROOM : CR_ROLE_TEACHER))
      cr_json_add_string (builder, cr_source_name ((CrSource)i), path);
  }
  json_builder_end_object (builder);
}

static gboolean
encode_join (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Join *join = data;
  g_autofree gchar *view = g_strconcat ("/whep/", join->lesson_id, NULL);
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  cr_lessons_add_join_token (http->lessons, cr_actor_ref (join->actor));
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "token", join->token);
  cr_json_add_string (builder, "lesson", join->lesson_id);
  cr_json_add_string (builder, "role", cr_role_name (join->actor->role));
  cr_json_add_int (builder, "expires_in", CR_JOIN_TOKEN_EXPIRES_S);
  cr_json_add_string (builder, "view", view);
  add_sources (builder, join);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_lesson_join (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = run_join, .encode = encode_join, .destroy = join_free};
  gint64 now = cr_clock_wall_us (cr_lessons_get_clock (http->lessons)) / G_USEC_PER_SEC;
  Join *join = g_new0 (Join, 1);
  const Holder holder = {.id = request->actor->id,
                         .name = request->actor->name,
                         .role = role_in_lesson (request->actor, request->lesson),
                         .school_id =
                             request->actor->role == CR_ROLE_ASSISTANT ? request->actor->school_id : NULL,
                         .classroom_id = request->actor->classroom_id,
                         .revocations = request->actor->revocations};
  CrTokenHash hash;

  join->lesson_id = g_strdup (cr_lesson_get_id (request->lesson));
  join->token = cr_credential_generate ();
  cr_token_hash (join->token, &hash);
  join->actor = make_actor (&holder, &hash, join->lesson_id, now + CR_JOIN_TOKEN_EXPIRES_S);
  return cr_job_start (http, request, response, &job, join, error);
}

/* After a restart. */

typedef struct {
  gint64 now;
  GPtrArray *actors; /* CrActor */
} Restore;

static void
restore_actor (GPtrArray *actors, const CrJoinTokenRow *row, Holder *holder)
{
  if (cr_role_from_name (row->role, &holder->role))
    g_ptr_array_add (actors, make_actor (holder, &row->token_hash, row->lesson_id, row->expires_at));
}

static gboolean
restore_device (CrStoreTx *tx, const CrJoinTokenRow *row, GPtrArray *actors, GError **error)
{
  g_autoptr (CrDeviceRow) device = cr_device_store_get (tx, row->device_id, error);
  Holder holder;

  if (device == NULL)
    return FALSE;
  holder = (Holder){.id = device->id, .name = device->name, .classroom_id = device->classroom_id};
  if (device->revoked_at == 0)
    restore_actor (actors, row, &holder);
  return TRUE;
}

static gboolean
restore_account (CrStoreTx *tx, const CrJoinTokenRow *row, GPtrArray *actors, GError **error)
{
  g_autoptr (CrAccountRow) account = cr_account_store_get (tx, row->account_id, error);
  Holder holder;

  if (account == NULL)
    return FALSE;
  holder = (Holder){.id = account->id, .name = account->name, .revocations = account->revocations};
  if (g_str_equal (account->role, cr_role_name (CR_ROLE_ASSISTANT)))
    holder.school_id = account->school_id;
  if (!account->disabled)
    restore_actor (actors, row, &holder);
  return TRUE;
}

static gboolean
run_restore (CrStoreTx *tx, gpointer data, GError **error)
{
  Restore *restore = data;
  g_autoptr (GPtrArray) rows = NULL;

  if (!cr_join_token_store_list (tx, restore->now, &rows, error))
    return FALSE;
  for (guint i = 0; i < rows->len; i++) {
    const CrJoinTokenRow *row = rows->pdata[i];

    if (!(row->device_id != NULL ? restore_device : restore_account) (tx, row, restore->actors, error))
      return FALSE;
  }
  return TRUE;
}

gboolean
cr_join_restore (CrHttp *http, GError **error)
{
  g_autoptr (GPtrArray) actors = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_actor_unref);
  Restore restore = {.now = cr_clock_wall_us (cr_lessons_get_clock (http->lessons)) / G_USEC_PER_SEC,
                     .actors = actors};

  if (!cr_store_read_sync (http->store, run_restore, &restore, error))
    return FALSE;
  for (guint i = 0; i < actors->len; i++)
    cr_lessons_add_join_token (http->lessons, cr_actor_ref (actors->pdata[i]));
  return TRUE;
}

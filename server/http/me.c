/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/me: the person who signed in, or the paired device, with the school it belongs to.
 */
#include "http/me.h"

#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "store/device-store.h"

#include <string.h>

typedef struct {
  CrAccountRow *account;
  CrDeviceRow *device;
  CrSchoolRow *school;
  gchar *teacher_id;
} Me;

static void
me_free (gpointer data)
{
  Me *me = data;

  g_clear_pointer (&me->account, cr_account_row_free);
  g_clear_pointer (&me->device, cr_device_row_free);
  g_clear_pointer (&me->school, cr_school_row_free);
  g_free (me->teacher_id);
  g_free (me);
}

void
cr_account_to_json (const CrAccountRow *row, JsonBuilder *builder)
{
  g_autoptr (JsonNode) districts =
      row->districts != NULL ? cr_json_parse (row->districts, strlen (row->districts), NULL) : NULL;

  cr_json_add_string (builder, "id", row->id);
  cr_json_add_string (builder, "login", row->login);
  cr_json_add_string (builder, "name", row->name);
  cr_json_add_string (builder, "role", row->role);
  cr_json_add_string (builder, "school_id", row->school_id);
  json_builder_set_member_name (builder, "districts");
  if (districts != NULL)
    json_builder_add_value (builder, g_steal_pointer (&districts));
  else
    json_builder_add_null_value (builder);
  cr_json_add_boolean (builder, "must_change", row->must_change);
  cr_json_add_boolean (builder, "disabled", row->disabled);
  cr_json_add_time (builder, "created_at", row->created_at);
  cr_json_add_int (builder, "version", row->version);
}

static gboolean
find_person (CrStoreTx *tx, const CrActor *actor, Me *me, GError **error)
{
  me->account = cr_account_store_get (tx, actor->id, error);
  if (me->account == NULL)
    return FALSE;
  me->teacher_id = g_strdup (actor->teacher_id);
  if (me->account->school_id == NULL)
    return TRUE;
  me->school = cr_school_store_get (tx, me->account->school_id, error);
  return me->school != NULL;
}

static gboolean
find_me (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Me *me = data;

  if (!cr_access_check_self (access, error))
    return FALSE;
  if (access->actor->kind != CR_ACTOR_DEVICE)
    return find_person (tx, access->actor, me, error);
  me->device = cr_device_store_get (tx, access->actor->id, error);
  return me->device != NULL;
}

static void
add_school (JsonBuilder *builder, const gchar *id, const gchar *code, const gchar *name,
            const gchar *district)
{
  json_builder_set_member_name (builder, "school");
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "id", id);
  cr_json_add_string (builder, "code", code);
  cr_json_add_string (builder, "name", name);
  cr_json_add_string (builder, "district", district);
  json_builder_end_object (builder);
}

static void
add_device (JsonBuilder *builder, const CrDeviceRow *device)
{
  cr_json_add_string (builder, "kind", "device");
  cr_json_add_string (builder, "id", device->id);
  cr_json_add_string (builder, "name", device->name);
  cr_json_add_string (builder, "role", "classroom");
  json_builder_set_member_name (builder, "classroom");
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "id", device->classroom_id);
  cr_json_add_string (builder, "code", device->classroom_code);
  cr_json_add_string (builder, "name", device->classroom_name);
  json_builder_end_object (builder);
  add_school (builder, device->school_id, device->school_code, device->school_name, device->district);
}

static gboolean
encode_me (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const Me *me = data;

  json_builder_begin_object (builder);
  if (me->device != NULL) {
    add_device (builder, me->device);
  } else {
    cr_json_add_string (builder, "kind", "person");
    cr_account_to_json (me->account, builder);
    cr_json_add_string (builder, "teacher_id", me->teacher_id);
    if (me->school != NULL)
      add_school (builder, me->school->id, me->school->code, me->school->name, me->school->district);
  }
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_me_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = find_me, .encode = encode_me, .destroy = me_free};

  return cr_job_start (http, request, response, &job, g_new0 (Me, 1), error);
}

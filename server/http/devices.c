/* SPDX-License-Identifier: Apache-2.0
 *
 * /api/v1/devices: the paired classroom devices. DELETE revokes: the device's media ends at once, and its
 * next request is refused.
 */
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "people/authorize.h"
#include "store/device-store.h"

#define NAME_MAX_CHARACTERS 100

typedef struct {
  gchar *id, *name;
  CrDeviceRow *row;
  CrPage page;
  gchar *cursor, *next_cursor, *text, *classroom_id;
  gboolean with_revoked;
  GPtrArray *rows;
} Edit;

static void
edit_free (gpointer data)
{
  Edit *edit = data;

  g_free (edit->id);
  g_free (edit->name);
  g_clear_pointer (&edit->row, cr_device_row_free);
  g_free (edit->cursor);
  g_free (edit->next_cursor);
  g_free (edit->text);
  g_free (edit->classroom_id);
  g_clear_pointer (&edit->rows, g_ptr_array_unref);
  g_free (edit);
}

static Edit *
edit_new (const CrRequest *request)
{
  Edit *edit = g_new0 (Edit, 1);

  edit->id = g_strdup (request->params[0]);
  return edit;
}

static void
add_device (JsonBuilder *builder, const CrDeviceRow *row)
{
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "id", row->id);
  cr_json_add_string (builder, "name", row->name);
  cr_json_add_string (builder, "classroom_id", row->classroom_id);
  cr_json_add_string (builder, "classroom_code", row->classroom_code);
  cr_json_add_string (builder, "classroom_name", row->classroom_name);
  cr_json_add_string (builder, "school_id", row->school_id);
  cr_json_add_string (builder, "school_code", row->school_code);
  cr_json_add_string (builder, "school_name", row->school_name);
  cr_json_add_string (builder, "district", row->district);
  cr_json_add_time (builder, "paired_at", row->paired_at);
  cr_json_add_string (builder, "paired_by", row->paired_by);
  cr_json_add_time (builder, "seen_at", row->seen_at);
  cr_json_add_time (builder, "revoked_at", row->revoked_at);
  json_builder_end_object (builder);
}

static gboolean
load (CrStoreTx *tx, CrAccess *access, Edit *edit, GError **error)
{
  CrObject object = {.kind = CR_OBJECT_DEVICE};

  edit->row = cr_device_store_get (tx, edit->id, error);
  if (edit->row == NULL)
    return FALSE;
  object.device_id = edit->row->id;
  object.classroom_id = edit->row->classroom_id;
  object.school_id = edit->row->school_id;
  object.district = edit->row->district;
  return cr_access_check (access, &object, error);
}

static gboolean
encode_row (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  add_device (builder, ((const Edit *)data)->row);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

static gboolean
run_list (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  CrSchoolFilter filter = {.text = edit->text};

  cr_access_limit (access, &filter);
  return cr_device_store_list (tx, &filter, edit->classroom_id, edit->with_revoked, &edit->page, &edit->rows,
                               &edit->next_cursor, error);
}

static gboolean
encode_list (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const Edit *edit = data;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (guint i = 0; i < edit->rows->len; i++)
    add_device (builder, edit->rows->pdata[i]);
  json_builder_end_array (builder);
  cr_json_add_string (builder, "next", edit->next_cursor);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_device_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_list, .encode = encode_list, .destroy = edit_free};
  Edit *edit = edit_new (request);
  g_autofree gchar *revoked = cr_request_get_query (request, "revoked");

  edit->text = cr_request_get_query (request, "text");
  edit->classroom_id = cr_request_get_query (request, "classroom_id");
  edit->with_revoked = g_strcmp0 (revoked, "1") == 0;
  if (!cr_request_get_page (request, &edit->page, &edit->cursor, error)) {
    edit_free (edit);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, edit, error);
}

static gboolean
run_get (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  return load (tx, access, data, error);
}

gboolean
cr_handle_device_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_get, .encode = encode_row, .destroy = edit_free};

  return cr_job_start (http, request, response, &job, edit_new (request), error);
}

static gboolean
run_rename (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;

  if (!load (tx, access, edit, error) || !cr_device_store_rename (tx, edit->id, edit->name, error) ||
      !cr_access_note (tx, access, "device-renamed", "device", edit->id, error))
    return FALSE;
  g_free (edit->row->name);
  edit->row->name = g_strdup (edit->name);
  return TRUE;
}

gboolean
cr_handle_device_patch (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = run_rename, .encode = encode_row, .destroy = edit_free};
  Edit *edit = edit_new (request);
  const CrField fields[] = {{"name", CR_FIELD_STRING, TRUE, &edit->name}};

  if (!cr_body_read (request, fields, G_N_ELEMENTS (fields), error)) {
    edit_free (edit);
    return FALSE;
  }
  if (*edit->name == '\0' || g_utf8_strlen (edit->name, -1) > NAME_MAX_CHARACTERS) {
    edit_free (edit);
    g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_INVALID, "a name has 1 to 100 characters");
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, edit, error);
}

static gboolean
run_revoke (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;

  return load (tx, access, edit, error) && cr_device_store_revoke (tx, edit->id, access->now, error) &&
         cr_access_note (tx, access, "device-revoked", "device", edit->id, error);
}

static gboolean
encode_revoked (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Edit *edit = data;
  g_autofree gchar *n = g_strdup_printf ("%u", cr_lessons_revoke (http->lessons, edit->id));

  cr_log (CR_LOG_INFO, "device-revoked", "device", edit->id, "sessions", n, NULL);
  cr_response_set_empty (response, 204);
  return TRUE;
}

gboolean
cr_handle_device_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_revoke, .encode = encode_revoked, .destroy = edit_free};

  return cr_job_start (http, request, response, &job, edit_new (request), error);
}

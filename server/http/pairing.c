/* SPDX-License-Identifier: Apache-2.0
 *
 * Pairing over HTTP. The device: POST /api/v1/pairing, then POST /api/v1/pairing/poll until it has its
 * credential. The coordinator: GET /api/v1/pairings/{code} shows where the request came from, POST …/confirm
 * says which classroom it is.
 */
#include "people/pairing.h"

#include "base/token.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "people/readable-code.h"
#include "store/classroom-store.h"

typedef struct {
  CrPairingCodes codes;
  gchar *device_code, *credential, *user_code, *classroom_id;
  CrDeviceRow *device;
  CrPairingRow *pairing;
} Pairing;

static void
pairing_free (gpointer data)
{
  Pairing *pairing = data;

  cr_pairing_codes_clear (&pairing->codes);
  cr_secret_free (pairing->device_code);
  cr_secret_free (pairing->credential);
  g_free (pairing->user_code);
  g_free (pairing->classroom_id);
  g_clear_pointer (&pairing->device, cr_device_row_free);
  g_clear_pointer (&pairing->pairing, cr_pairing_row_free);
  g_free (pairing);
}

static gboolean
run_begin (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  cr_access_grant (access);
  return cr_pairing_begin (tx, access->address, access->now, &((Pairing *)data)->codes, error);
}

static gboolean
encode_begun (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const Pairing *pairing = data;

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "device_code", pairing->codes.device_code);
  cr_json_add_string (builder, "user_code", pairing->codes.user_code);
  cr_json_add_int (builder, "expires_in", CR_PAIRING_EXPIRES_S);
  cr_json_add_int (builder, "interval", CR_PAIRING_INTERVAL_S);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_pairing_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_begin, .encode = encode_begun, .destroy = pairing_free};

  return cr_job_start (http, request, response, &job, g_new0 (Pairing, 1), error);
}

static gboolean
run_poll (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Pairing *pairing = data;

  cr_access_grant (access);
  pairing->device =
      cr_pairing_poll (tx, pairing->device_code, access->address, access->now, &pairing->credential, error);
  return pairing->device != NULL;
}

static gboolean
encode_paired (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const Pairing *pairing = data;

  json_builder_begin_object (builder);
  cr_json_add_string (builder, "credential", pairing->credential);
  cr_json_add_string (builder, "device_id", pairing->device->id);
  cr_json_add_string (builder, "classroom_name", pairing->device->classroom_name);
  cr_json_add_string (builder, "school_name", pairing->device->school_name);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_pairing_poll (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_poll, .encode = encode_paired, .destroy = pairing_free};
  Pairing *pairing = g_new0 (Pairing, 1);
  const CrField fields[] = {{"device_code", CR_FIELD_STRING, TRUE, &pairing->device_code}};

  if (!cr_body_read (request, fields, G_N_ELEMENTS (fields), error)) {
    pairing_free (pairing);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, pairing, error);
}

/* What a coordinator types, counted so that codes are not found by trying. */
static gboolean
take_user_code (CrHttp *http, CrRequest *request, Pairing *pairing, GError **error)
{
  gint64 now_us = cr_clock_monotonic_us (cr_lessons_get_clock (http->lessons));
  guint wait_s = cr_attempts_wait_s (http->confirm_limit, request->actor->id, now_us);

  if (wait_s > 0) {
    g_set_error (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_TOO_OFTEN, "too many wrong codes: wait for %u s",
                 wait_s);
    return FALSE;
  }
  cr_attempts_count (http->confirm_limit, request->actor->id, now_us);
  pairing->user_code = cr_readable_code_parse (request->params[0], CR_USER_CODE_CHARACTERS);
  if (pairing->user_code == NULL)
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "no device shows this code");
  return pairing->user_code != NULL;
}

static gboolean
run_find (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Pairing *pairing = data;
  CrObject object = {.kind = CR_OBJECT_PAIRING};

  if (!cr_access_check (access, &object, error))
    return FALSE;
  pairing->pairing = cr_pairing_store_find (tx, pairing->user_code, access->now, error);
  return pairing->pairing != NULL;
}

static gboolean
encode_found (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const CrPairingRow *row = ((const Pairing *)data)->pairing;

  cr_attempts_forget (http->confirm_limit, request->actor->id);
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "user_code", row->user_code);
  cr_json_add_string (builder, "address", row->address);
  cr_json_add_time (builder, "created_at", row->created_at);
  cr_json_add_time (builder, "expires_at", row->expires_at);
  cr_json_add_boolean (builder, "confirmed", row->classroom_id != NULL);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_pairing_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_find, .encode = encode_found, .destroy = pairing_free};
  Pairing *pairing = g_new0 (Pairing, 1);

  if (!take_user_code (http, request, pairing, error)) {
    pairing_free (pairing);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, pairing, error);
}

/* A device is made in a classroom that the coordinator reaches. */
static gboolean
run_confirm (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Pairing *pairing = data;
  g_autoptr (CrClassroomRow) classroom = cr_classroom_store_get (tx, pairing->classroom_id, error);
  g_autoptr (CrSchoolRow) school = NULL;
  CrObject object = {.kind = CR_OBJECT_DEVICE};

  if (classroom == NULL)
    return FALSE;
  school = cr_school_store_get (tx, classroom->school_id, error);
  if (school == NULL)
    return FALSE;
  object.classroom_id = classroom->id;
  object.school_id = school->id;
  object.district = school->district;
  return cr_access_check (access, &object, error) &&
         cr_pairing_confirm (tx, pairing->user_code, classroom->id, access->actor, access->address,
                             access->now, error);
}

static gboolean
encode_confirmed (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  cr_attempts_forget (http->confirm_limit, request->actor->id);
  cr_response_set_empty (response, 204);
  return TRUE;
}

gboolean
cr_handle_pairing_confirm (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_confirm, .encode = encode_confirmed, .destroy = pairing_free};
  Pairing *pairing = g_new0 (Pairing, 1);
  const CrField fields[] = {{"classroom_id", CR_FIELD_STRING, TRUE, &pairing->classroom_id}};

  if (!cr_body_read (request, fields, G_N_ELEMENTS (fields), error) ||
      !take_user_code (http, request, pairing, error)) {
    pairing_free (pairing);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, pairing, error);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * /api/v1/accounts: who may sign in. A new account, and one whose password is reset, gets a password that is
 * told once, to whoever made it, and must be changed at the first sign-in. Whatever takes something away from
 * an account also ends its sessions and what it has running.
 */
#include "http/body.h"
#include "http/job.h"
#include "http/me.h"
#include "http/routes.h"
#include "people/account.h"
#include "people/credentials.h"

#include <string.h>

/* What all of these have in common. */
typedef struct {
  CrHttp *http;
  CrRequest *request;
  CrResponse *response;
  gchar *id;
  gint64 version; /* 0: any */
  CrAccountRow *row;
  gchar *password, *hash;
  gboolean revoked;
  /* PATCH: what the body has. */
  gchar *name, *role, *school_id;
  gchar **districts;
  gboolean has_school, has_districts;
  gint disabled; /* -1: not given */
  /* GET of many. */
  CrPage page;
  gchar *cursor, *next_cursor, *text, *wanted_role;
  GPtrArray *rows;
} Edit;

static Edit *
edit_new (CrHttp *http, CrRequest *request, CrResponse *response)
{
  Edit *edit = g_rc_box_new0 (Edit);

  edit->http = http;
  edit->request = request;
  edit->response = response;
  edit->id = g_strdup (request->params[0]);
  edit->disabled = -1;
  return edit;
}

static void
edit_clear (gpointer data)
{
  Edit *edit = data;

  g_free (edit->id);
  g_clear_pointer (&edit->row, cr_account_row_free);
  if (edit->password != NULL)
    explicit_bzero (edit->password, strlen (edit->password));
  g_free (edit->password);
  g_free (edit->hash);
  g_free (edit->name);
  g_free (edit->role);
  g_free (edit->school_id);
  g_strfreev (edit->districts);
  g_free (edit->cursor);
  g_free (edit->next_cursor);
  g_free (edit->text);
  g_free (edit->wanted_role);
  g_clear_pointer (&edit->rows, g_ptr_array_unref);
}

static void
edit_unref (gpointer data)
{
  g_rc_box_release_full (data, edit_clear);
}

/* Whether the actor may do this with the account as `row` says it is, or is to be. */
static gboolean
check_row (CrStoreTx *tx, CrAccess *access, const CrAccountRow *row, GError **error)
{
  g_autoptr (CrSchoolRow) school = NULL;
  CrObject object;

  return cr_account_find_object (tx, row, &school, &object, error) &&
         cr_access_check (access, &object, error);
}

static gboolean
load (CrStoreTx *tx, CrAccess *access, Edit *edit, GError **error)
{
  edit->row = cr_account_store_get (tx, edit->id, error);
  return edit->row != NULL && check_row (tx, access, edit->row, error);
}

static gboolean
encode_row (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const Edit *edit = data;

  if (edit->revoked)
    cr_lessons_revoke (http->lessons, edit->row->id);
  json_builder_begin_object (builder);
  cr_account_to_json (edit->row, builder);
  if (edit->password != NULL)
    cr_json_add_string (builder, "password", edit->password);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  cr_response_set_version (response, edit->row->version);
  return TRUE;
}

/* GET */

static gboolean
run_list (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;
  CrSchoolFilter filter = {.text = edit->text};
  const gchar *role = edit->wanted_role;

  cr_access_limit (access, &filter);
  if (access->actor->role == CR_ROLE_SCHOOL) /* an office looks after its assistants */
    role = cr_role_name (CR_ROLE_ASSISTANT);
  return cr_account_store_list (tx, &filter, role, &edit->page, &edit->rows, &edit->next_cursor, error);
}

static gboolean
encode_list (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const Edit *edit = data;

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "items");
  json_builder_begin_array (builder);
  for (guint i = 0; i < edit->rows->len; i++) {
    json_builder_begin_object (builder);
    cr_account_to_json (edit->rows->pdata[i], builder);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
  cr_json_add_string (builder, "next", edit->next_cursor);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  return TRUE;
}

gboolean
cr_handle_account_list (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_list, .encode = encode_list, .destroy = edit_unref};
  Edit *edit = edit_new (http, request, response);

  edit->text = cr_request_get_query (request, "text");
  edit->wanted_role = cr_request_get_query (request, "role");
  if (!cr_request_get_page (request, &edit->page, &edit->cursor, error)) {
    edit_unref (edit);
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
cr_handle_account_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = run_get, .encode = encode_row, .destroy = edit_unref};

  return cr_job_start (http, request, response, &job, edit_new (http, request, response), error);
}

/* A new password: hashed on the pool, then the job that writes it. */

static gboolean run_post (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error);
static gboolean run_reset (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error);

static gboolean
encode_created (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Edit *edit = data;
  g_autofree gchar *location = g_strconcat ("/api/v1/accounts/", edit->row->id, NULL);

  if (!encode_row (http, request, data, response, error))
    return FALSE;
  response->status = 201;
  soup_message_headers_replace (response->headers, "Location", location);
  return TRUE;
}

static void
on_hashed (gchar *hash, gpointer data)
{
  static const CrJob post = {
      .writes = TRUE, .run = run_post, .encode = encode_created, .destroy = edit_unref};
  static const CrJob reset = {.writes = TRUE, .run = run_reset, .encode = encode_row, .destroy = edit_unref};
  Edit *edit = data;
  g_autoptr (GError) error = NULL;

  edit->hash = hash;
  if (hash == NULL)
    g_set_error_literal (&error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_BUSY, "there is not enough memory now");
  else if (!cr_job_start (edit->http, edit->request, edit->response, edit->id != NULL ? &reset : &post,
                          g_rc_box_acquire (edit), &error))
    g_assert (error != NULL);
  cr_request_release (edit->http, edit->request, edit->response, error);
  edit_unref (edit);
}

/* Takes `edit`. */
static gboolean
begin_new_password (Edit *edit, GError **error)
{
  if (edit->http->passwords == NULL || edit->http->closing) {
    edit_unref (edit);
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNAVAILABLE, "this relay keeps no accounts");
    return FALSE;
  }
  edit->password = cr_password_generate ();
  if (!cr_passwords_hash (edit->http->passwords, edit->password, on_hashed, edit, error)) {
    edit_unref (edit);
    return FALSE;
  }
  cr_request_hold (edit->request);
  return TRUE;
}

static gchar *
list_to_json (gchar **strings)
{
  g_autoptr (JsonBuilder) builder = NULL;

  if (strings == NULL)
    return NULL;
  builder = json_builder_new ();
  json_builder_begin_array (builder);
  for (guint i = 0; strings[i] != NULL; i++)
    json_builder_add_string_value (builder, strings[i]);
  json_builder_end_array (builder);
  return cr_json_build (builder, NULL);
}

static gboolean
run_post (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;

  edit->row->password_hash = g_strdup (edit->hash);
  edit->row->must_change = TRUE;
  edit->row->created_at = access->now;
  return cr_account_check (edit->row, error) && check_row (tx, access, edit->row, error) &&
         cr_account_store_insert (tx, edit->row, error) &&
         cr_access_note (tx, access, "account-added", "account", edit->row->id, error);
}

static gboolean
read_new (Edit *edit, GError **error)
{
  CrAccountRow *row = edit->row = g_new0 (CrAccountRow, 1);
  g_autofree gchar *login = NULL;
  const CrField fields[] = {{"login", CR_FIELD_STRING, TRUE, &login},
                            {"name", CR_FIELD_STRING, TRUE, &row->name},
                            {"role", CR_FIELD_STRING, TRUE, &row->role},
                            {"school_id", CR_FIELD_STRING, FALSE, &row->school_id},
                            {"districts", CR_FIELD_STRINGS, FALSE, &edit->districts}};

  if (!cr_body_read (edit->request, fields, G_N_ELEMENTS (fields), error))
    return FALSE;
  row->login = cr_account_fold_login (login, error);
  row->districts = list_to_json (edit->districts);
  return row->login != NULL;
}

gboolean
cr_handle_account_post (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  Edit *edit = edit_new (http, request, response);

  if (!read_new (edit, error)) {
    edit_unref (edit);
    return FALSE;
  }
  return begin_new_password (edit, error);
}

static gboolean
run_reset (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;

  edit->revoked = TRUE;
  if (!load (tx, access, edit, error) ||
      !cr_account_store_set_password (tx, edit->id, edit->hash, TRUE, error) ||
      !cr_credentials_end_all (tx, edit->id, NULL, error) ||
      !cr_access_note (tx, access, "password-reset", "account", edit->id, error))
    return FALSE;
  cr_account_row_free (edit->row);
  edit->row = cr_account_store_get (tx, edit->id, error); /* with its new version */
  return edit->row != NULL;
}

gboolean
cr_handle_account_reset (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  return begin_new_password (edit_new (http, request, response), error);
}

/* PATCH */

static void
apply (Edit *edit, CrAccountRow *row)
{
  g_autofree gchar *districts = list_to_json (edit->districts);

  if (edit->name != NULL) {
    g_free (row->name);
    row->name = g_strdup (edit->name);
  }
  if (edit->role != NULL && !g_str_equal (edit->role, row->role)) {
    g_free (row->role);
    row->role = g_strdup (edit->role);
    edit->revoked = TRUE;
  }
  if (edit->has_school && g_strcmp0 (edit->school_id, row->school_id) != 0) {
    g_free (row->school_id);
    row->school_id = g_strdup (edit->school_id);
    edit->revoked = TRUE;
  }
  if (edit->has_districts && g_strcmp0 (districts, row->districts) != 0) {
    g_free (row->districts);
    row->districts = g_steal_pointer (&districts);
    edit->revoked = TRUE;
  }
  if (edit->disabled >= 0 && edit->disabled != row->disabled) {
    row->disabled = edit->disabled;
    edit->revoked = TRUE;
  }
  if (edit->version != 0)
    row->version = edit->version;
}

/* The account is in the actor's reach before the change and after it. */
static gboolean
run_patch (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;

  if (!load (tx, access, edit, error))
    return FALSE;
  apply (edit, edit->row);
  if (!cr_account_check (edit->row, error) || !check_row (tx, access, edit->row, error) ||
      !cr_account_check_last (tx, edit->id, edit->row, error) ||
      !cr_account_store_update (tx, edit->row, error))
    return FALSE;
  if (edit->revoked && !cr_credentials_end_all (tx, edit->id, NULL, error))
    return FALSE;
  return cr_access_note (tx, access, edit->revoked ? "account-rights-changed" : "account-edited", "account",
                         edit->id, error);
}

gboolean
cr_handle_account_patch (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = run_patch, .encode = encode_row, .destroy = edit_unref};
  Edit *edit = edit_new (http, request, response);
  static const gchar not_given[] = ""; /* no id and no district is empty */
  gchar *none[] = {(gchar *)not_given, NULL};
  const CrField fields[] = {{"name", CR_FIELD_STRING, FALSE, &edit->name},
                            {"role", CR_FIELD_STRING, FALSE, &edit->role},
                            {"school_id", CR_FIELD_STRING, FALSE, &edit->school_id},
                            {"districts", CR_FIELD_STRINGS, FALSE, &edit->districts},
                            {"disabled", CR_FIELD_BOOLEAN, FALSE, &edit->disabled}};

  edit->school_id = g_strdup (not_given);
  edit->districts = g_strdupv (none);
  if (!cr_body_read (request, fields, G_N_ELEMENTS (fields), error) ||
      !cr_request_get_version (request, &edit->version, error)) {
    edit_unref (edit);
    return FALSE;
  }
  edit->has_school = g_strcmp0 (edit->school_id, not_given) != 0;
  edit->has_districts = edit->districts == NULL || edit->districts[0] == NULL || *edit->districts[0] != '\0';
  return cr_job_start (http, request, response, &job, edit, error);
}

/* DELETE */

static gboolean
run_delete (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Edit *edit = data;

  return load (tx, access, edit, error) && cr_account_check_last (tx, edit->id, NULL, error) &&
         cr_account_store_remove (tx, edit->id, edit->version != 0 ? edit->version : edit->row->version,
                                  error) &&
         cr_access_note (tx, access, "account-deleted", "account", edit->id, error);
}

static gboolean
encode_deleted (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Edit *edit = data;

  cr_lessons_revoke (http->lessons, edit->id);
  cr_response_set_empty (response, 204);
  return TRUE;
}

gboolean
cr_handle_account_delete (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {
      .writes = TRUE, .run = run_delete, .encode = encode_deleted, .destroy = edit_unref};
  Edit *edit = edit_new (http, request, response);

  if (!cr_request_get_version (request, &edit->version, error)) {
    edit_unref (edit);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, edit, error);
}

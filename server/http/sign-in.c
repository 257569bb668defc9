/* SPDX-License-Identifier: Apache-2.0
 *
 * POST /api/v1/sign-in and /sign-out. What is told about a failure is the same whether the login exists or
 * not, and takes as long.
 *
 *   limit ──▶ find the account [store] ──▶ argon2id [pool] ──▶ make a session [store] ──▶ cookie
 *                                              └─ wrong ──▶ note an alert when it is due [store] ──▶ 401
 */
#include "base/token.h"
#include "http/body.h"
#include "http/cookie.h"
#include "http/event-hub.h"
#include "http/job.h"
#include "http/me.h"
#include "http/routes.h"
#include "people/account.h"
#include "people/audit.h"
#include "people/credentials.h"

/* Kept by each step that needs it. */
typedef struct {
  CrHttp *http;
  CrRequest *request;
  CrResponse *response;
  gchar *login, *password, *address;
  gboolean alert;
  CrAccountRow *account; /* NULL: there is none, or it is disabled */
  gchar *token;
} SignIn;

static void
sign_in_clear (gpointer data)
{
  SignIn *sign_in = data;

  g_free (sign_in->login);
  cr_secret_free (sign_in->password);
  g_free (sign_in->address);
  g_clear_pointer (&sign_in->account, cr_account_row_free);
  cr_secret_free (sign_in->token);
}

static void
sign_in_unref (gpointer data)
{
  g_rc_box_release_full (data, sign_in_clear);
}

static void
set_wrong (GError **error)
{
  g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_SIGN_IN, "the login or the password is wrong");
}

/* The last step: the session. */

static CrActor *
actor_of (const CrAccountRow *account)
{
  static const CrTokenHash none = {{0}};
  CrRole role = CR_ROLE_NONE;
  CrActor *actor;

  if (!cr_role_from_name (account->role, &role))
    role = CR_ROLE_NONE;
  actor = cr_actor_new (account->name, role, &none);
  actor->id = g_strdup (account->id);
  return actor;
}

/* The account may have changed while the password was checked. */
static gboolean
begin_session (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  SignIn *sign_in = data;
  g_autoptr (CrAccountRow) now = cr_account_store_get (tx, sign_in->account->id, error);
  g_autoptr (CrActor) actor = NULL;

  if (now == NULL)
    return FALSE;
  if (now->disabled || !g_str_equal (now->password_hash, sign_in->account->password_hash)) {
    set_wrong (error);
    return FALSE;
  }
  cr_access_grant (access);
  actor = actor_of (now);
  sign_in->token = cr_session_begin (tx, now->id, access->address, access->now, error);
  return sign_in->token != NULL &&
         cr_audit_note (tx, actor, access->address, access->now, "sign-in", "account", now->id, error);
}

static gboolean
encode_session (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  const SignIn *sign_in = data;

  cr_signin_limit_succeeded (http->signin_limit, sign_in->login, sign_in->address);
  json_builder_begin_object (builder);
  cr_json_add_string (builder, "kind", "person");
  cr_account_to_json (sign_in->account, builder);
  json_builder_end_object (builder);
  cr_response_set_json (response, 200, builder);
  cr_cookie_set (http, request, sign_in->token, response);
  return TRUE;
}

static const CrJob session_job = {
    .writes = TRUE, .run = begin_session, .encode = encode_session, .destroy = sign_in_unref};

/* Or the alert. */

static gboolean
note_alert (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  const SignIn *sign_in = data;
  static const CrTokenHash none = {{0}};
  g_autoptr (CrActor) nobody = cr_actor_new ("unknown", CR_ROLE_NONE, &none);

  cr_access_grant (access);
  return cr_audit_note (tx, nobody, access->address, access->now, "sign-in-alert", "account",
                        sign_in->account != NULL ? sign_in->account->id : "unknown", error);
}

static gboolean
encode_wrong (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  set_wrong (error);
  return FALSE;
}

static const CrJob alert_job = {
    .writes = TRUE, .run = note_alert, .encode = encode_wrong, .destroy = sign_in_unref};

/* The second step. */

static void
on_verified (gboolean matches, gpointer data)
{
  SignIn *sign_in = data;
  g_autoptr (GError) error = NULL;

  if (!matches && sign_in->alert)
    cr_log (CR_LOG_WARNING, "sign-in-alert", "account",
            sign_in->account != NULL ? sign_in->account->id : "unknown", "address", sign_in->address, NULL);
  if (!matches && !sign_in->alert)
    set_wrong (&error);
  else if (!cr_job_start (sign_in->http, sign_in->request, sign_in->response,
                          matches ? &session_job : &alert_job, g_rc_box_acquire (sign_in), &error))
    g_assert (error != NULL);
  cr_request_release (sign_in->http, sign_in->request, sign_in->response, error);
  sign_in_unref (sign_in);
}

/* The first step. */

static gboolean
find_account (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  SignIn *sign_in = data;
  g_autoptr (GError) why = NULL;

  cr_access_grant (access);
  sign_in->account = cr_account_store_find (tx, sign_in->login, &why);
  if (sign_in->account == NULL && !g_error_matches (why, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND)) {
    g_propagate_error (error, g_steal_pointer (&why));
    return FALSE;
  }
  if (sign_in->account != NULL && sign_in->account->disabled)
    g_clear_pointer (&sign_in->account, cr_account_row_free);
  return TRUE;
}

static gboolean
verify (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  SignIn *sign_in = data;
  const gchar *hash = sign_in->account != NULL ? sign_in->account->password_hash : NULL;

  if (http->closing) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNAVAILABLE, "the relay is being stopped");
    return FALSE;
  }
  if (!cr_passwords_verify (http->passwords, hash, sign_in->password, on_verified, g_rc_box_acquire (sign_in),
                            error)) {
    sign_in_unref (sign_in);
    return FALSE;
  }
  cr_request_hold (request);
  return TRUE;
}

static const CrJob find_job = {.run = find_account, .encode = verify, .destroy = sign_in_unref};

static gboolean
check_line (const CrHttp *http, const CrRequest *request, GError **error)
{
  if (cr_request_is_secure (http, request) || cr_request_is_from_loopback (request))
    return TRUE;
  g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_SECURE,
                       "passwords are taken over https only: open this page with https://");
  return FALSE;
}

static gboolean
check_limit (SignIn *sign_in, GError **error)
{
  gint64 now_us = cr_clock_monotonic_us (cr_lessons_get_clock (sign_in->http->lessons));
  guint wait_s = cr_signin_limit_begin (sign_in->http->signin_limit, sign_in->login, sign_in->address, now_us,
                                        &sign_in->alert);
  g_autofree gchar *seconds = g_strdup_printf ("%u", wait_s);

  if (wait_s == 0)
    return TRUE;
  soup_message_headers_replace (sign_in->response->headers, "Retry-After", seconds);
  g_set_error (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_TOO_OFTEN, "too many attempts: wait for %u s", wait_s);
  return FALSE;
}

gboolean
cr_handle_sign_in (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  SignIn *sign_in = g_rc_box_new0 (SignIn);
  g_autofree gchar *login = NULL;
  const CrField fields[] = {{"login", CR_FIELD_STRING, TRUE, &login},
                            {"password", CR_FIELD_STRING, TRUE, &sign_in->password}};

  sign_in->http = http;
  sign_in->request = request;
  sign_in->response = response;
  sign_in->address = cr_request_get_address (request);
  if (!check_line (http, request, error) || !cr_body_read (request, fields, G_N_ELEMENTS (fields), error)) {
    sign_in_unref (sign_in);
    return FALSE;
  }
  sign_in->login = cr_account_fold_login (login, NULL);
  if (sign_in->login == NULL) /* nobody can have it, which is not told either */
    sign_in->login = g_strdup ("");
  if (!check_limit (sign_in, error)) {
    sign_in_unref (sign_in);
    return FALSE;
  }
  return cr_job_start (http, request, response, &find_job, sign_in, error);
}

static gboolean
end_session (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  return cr_access_check_self (access, error) && cr_session_store_remove (tx, &access->actor->token, error) &&
         cr_access_note (tx, access, "sign-out", "account", access->actor->id, error);
}

static gboolean
encode_signed_out (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  cr_event_hub_revoke_token (http->events, &request->actor->token);
  cr_response_set_empty (response, 204);
  cr_cookie_set (http, request, NULL, response);
  return TRUE;
}

gboolean
cr_handle_sign_out (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.writes = TRUE, .run = end_session, .encode = encode_signed_out};

  return cr_job_start (http, request, response, &job, NULL, error);
}

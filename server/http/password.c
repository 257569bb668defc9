/* SPDX-License-Identifier: Apache-2.0
 *
 * PUT /api/v1/me/password: the old one proves that it is not somebody at a screen left open. A change signs
 * out everywhere else and ends what runs there.
 *
 *   find the account [store] ──▶ verify the old [pool] ──▶ hash the new [pool] ──▶ write [store]
 */
#include "base/token.h"
#include "http/body.h"
#include "http/job.h"
#include "http/routes.h"
#include "people/account.h"
#include "people/credentials.h"

typedef struct {
  CrHttp *http;
  CrRequest *request;
  CrResponse *response;
  gchar *old, *new, *address;
  CrAccountRow *account;
  gchar *hash;
} Change;

static void
change_clear (gpointer data)
{
  Change *change = data;

  cr_secret_free (change->old);
  cr_secret_free (change->new);
  g_free (change->address);
  g_clear_pointer (&change->account, cr_account_row_free);
  g_free (change->hash);
}

static void
change_unref (gpointer data)
{
  g_rc_box_release_full (data, change_clear);
}

static gboolean
write_password (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  const Change *change = data;
  const gchar *id = access->actor->id;

  return cr_access_check_self (access, error) &&
         cr_account_store_set_password (tx, id, change->hash, FALSE, error) &&
         cr_credentials_end_all (tx, id, &access->actor->token, error) &&
         cr_access_note (tx, access, "password-changed", "account", id, error);
}

static gboolean
encode_written (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  const Change *change = data;

  cr_signin_limit_succeeded (http->signin_limit, change->account->login, change->address);
  cr_lessons_revoke (http->lessons, request->actor->id);
  cr_response_set_empty (response, 204);
  return TRUE;
}

static const CrJob write_job = {
    .writes = TRUE, .run = write_password, .encode = encode_written, .destroy = change_unref};

/* Ends a step on the pool. */
static void
finish_step (Change *change, const GError *error)
{
  cr_request_release (change->http, change->request, change->response, error);
  change_unref (change);
}

static void
on_hashed (gchar *hash, gpointer data)
{
  Change *change = data;
  g_autoptr (GError) error = NULL;

  change->hash = hash;
  if (hash == NULL)
    g_set_error_literal (&error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_BUSY, "there is not enough memory now");
  else if (!cr_job_start (change->http, change->request, change->response, &write_job,
                          g_rc_box_acquire (change), &error))
    g_assert (error != NULL);
  finish_step (change, error);
}

static gboolean
hash_new (Change *change, GError **error)
{
  if (change->http->closing) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNAVAILABLE, "the relay is being stopped");
    return FALSE;
  }
  if (!cr_password_check (change->new, change->account->login, error))
    return FALSE;
  if (!cr_passwords_hash (change->http->passwords, change->new, on_hashed, g_rc_box_acquire (change),
                          error)) {
    change_unref (change);
    return FALSE;
  }
  cr_request_hold (change->request);
  return TRUE;
}

static void
on_verified (gboolean matches, gpointer data)
{
  Change *change = data;
  g_autoptr (GError) error = NULL;

  if (!matches)
    g_set_error_literal (&error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_SIGN_IN, "the old password is wrong");
  else if (!hash_new (change, &error))
    g_assert (error != NULL);
  finish_step (change, error);
}

static gboolean
find_account (CrStoreTx *tx, CrAccess *access, gpointer data, GError **error)
{
  Change *change = data;

  if (!cr_access_check_self (access, error))
    return FALSE;
  change->account = cr_account_store_get (tx, access->actor->id, error);
  return change->account != NULL;
}

/* Guessing here is limited as signing in is: whoever sits at an open screen has not more tries. */
static gboolean
check_limit (Change *change, GError **error)
{
  gint64 now_us = cr_clock_monotonic_us (cr_lessons_get_clock (change->http->lessons));
  gboolean alert;
  guint wait_s = cr_signin_limit_begin (change->http->signin_limit, change->account->login, change->address,
                                        now_us, &alert);

  if (wait_s == 0)
    return TRUE;
  g_set_error (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_TOO_OFTEN, "too many attempts: wait for %u s", wait_s);
  return FALSE;
}

static gboolean
verify_old (CrHttp *http, CrRequest *request, gpointer data, CrResponse *response, GError **error)
{
  Change *change = data;

  if (http->closing) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_UNAVAILABLE, "the relay is being stopped");
    return FALSE;
  }
  if (!check_limit (change, error))
    return FALSE;
  if (!cr_passwords_verify (http->passwords, change->account->password_hash, change->old, on_verified,
                            g_rc_box_acquire (change), error)) {
    change_unref (change);
    return FALSE;
  }
  cr_request_hold (request);
  return TRUE;
}

gboolean
cr_handle_password_put (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  static const CrJob job = {.run = find_account, .encode = verify_old, .destroy = change_unref};
  Change *change = g_rc_box_new0 (Change);
  const CrField fields[] = {{"old", CR_FIELD_STRING, TRUE, &change->old},
                            {"new", CR_FIELD_STRING, TRUE, &change->new}};

  change->http = http;
  change->request = request;
  change->response = response;
  change->address = cr_request_get_address (request);
  if (!cr_body_read (request, fields, G_N_ELEMENTS (fields), error)) {
    change_unref (change);
    return FALSE;
  }
  return cr_job_start (http, request, response, &job, change, error);
}

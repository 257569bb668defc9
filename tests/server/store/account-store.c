/* SPDX-License-Identifier: Apache-2.0
 *
 * Accounts, their sessions, devices, pairings and join tokens: who is found, until when, and what goes with
 * whom.
 */
#include "store-fixture.h"
#include "store/device-store.h"
#include "store/join-token-store.h"
#include "store/pairing-store.h"
#include "store/session-store.h"

#define NOW 1767600000

#define assert_code(error, expected)                                                                         \
  G_STMT_START                                                                                               \
  {                                                                                                          \
    g_assert_error (*(error), CR_STORE_ERROR, (expected));                                                   \
    g_clear_error (error);                                                                                   \
  }                                                                                                          \
  G_STMT_END

static CrTokenHash
hash_of (const gchar *token)
{
  CrTokenHash hash;

  cr_token_hash (token, &hash);
  return hash;
}

static CrAccountRow *
add_account (CrStoreTx *tx, const gchar *login, const gchar *role)
{
  CrAccountRow *row = g_new0 (CrAccountRow, 1);
  g_autoptr (GError) error = NULL;

  row->login = g_strdup (login);
  row->name = g_strdup ("名");
  row->role = g_strdup (role);
  row->password_hash = g_strdup ("$argon2id$…");
  row->must_change = TRUE;
  row->created_at = NOW;
  g_assert_true (cr_account_store_insert (tx, row, &error));
  g_assert_no_error (error);
  return row;
}

static void
add_session (CrStoreTx *tx, const CrAccountRow *account, const gchar *token, gint64 expires_at)
{
  CrSessionRow row = {hash_of (token), account->id, NOW, NOW, expires_at, (gchar *)"192.0.2.1"};

  g_assert_true (cr_session_store_insert (tx, &row, NULL));
}

static void
add_join_token (CrStoreTx *tx, const gchar *account_id, const gchar *device_id, const gchar *token)
{
  CrJoinTokenRow row = {hash_of (token),     (gchar *)"lesson",  (gchar *)"viewer", NULL,
                        (gchar *)account_id, (gchar *)device_id, NOW + 60};

  g_assert_true (cr_join_token_store_insert (tx, &row, NULL));
}

static gboolean
session_is_good (CrStoreTx *tx, const gchar *token, gint64 now)
{
  CrTokenHash hash = hash_of (token);
  g_autoptr (GError) error = NULL;
  gboolean found = cr_session_store_find (tx, &hash, now, NULL, NULL, &error);

  if (!found)
    g_assert_error (error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND);
  return found;
}

static gboolean
join_token_is_good (CrStoreTx *tx, const gchar *token, gint64 now)
{
  CrTokenHash hash = hash_of (token);
  g_autoptr (CrJoinTokenRow) row = cr_join_token_store_find (tx, &hash, now, NULL);

  return row != NULL;
}

static gboolean
check_accounts (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrAccountRow) row = add_account (tx, "wang", "coordinator");
  g_autoptr (CrAccountRow) found = NULL;
  g_autoptr (GPtrArray) auditors = NULL;
  guint n;

  g_free (row->name);
  row->name = g_strdup ("王");
  row->districts = g_strdup ("[\"万州\"]");
  g_assert_true (cr_account_store_update (tx, row, error));
  g_assert_true (cr_account_store_set_password (tx, row->id, "$new", FALSE, error));
  found = cr_account_store_find (tx, "wang", error);
  g_assert_cmpstr (found->name, ==, "王");
  g_assert_cmpstr (found->districts, ==, "[\"万州\"]");
  g_assert_cmpstr (found->password_hash, ==, "$new");
  g_assert_false (found->must_change);
  g_assert_cmpint (found->version, ==, 3);
  g_assert_cmpint (found->created_at, ==, NOW);
  g_assert_false (cr_account_store_set_password (tx, "nobody", "x", FALSE, error));
  assert_code (error, CR_STORE_ERROR_NOT_FOUND);
  g_assert_true (cr_account_store_count (tx, "coordinator", &n, error));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (cr_account_store_list (tx, NULL, "auditor", NULL, &auditors, NULL, error));
  g_assert_cmpuint (auditors->len, ==, 0);
  g_free (found->role);
  found->role = g_strdup ("headmaster");
  g_assert_false (cr_account_store_update (tx, found, error));
  assert_code (error, CR_STORE_ERROR_INVALID);
  return TRUE;
}

static void
test_accounts (Fixture *f, gconstpointer data)
{
  fixture_run (f, check_accounts, NULL);
}

static gboolean
check_sessions (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrAccountRow) row = add_account (tx, "wang", "teacher");
  CrTokenHash first = hash_of ("first");
  g_autoptr (CrSessionRow) session = NULL;
  g_autoptr (CrAccountRow) account = NULL;
  g_autoptr (GPtrArray) all = NULL;
  guint n;

  add_session (tx, row, "first", NOW + 100);
  add_session (tx, row, "second", NOW + 100);
  add_session (tx, row, "old", NOW);
  g_assert_true (cr_session_store_find (tx, &first, NOW + 99, &session, &account, error));
  g_assert_cmpstr (account->login, ==, "wang");
  g_assert_cmpstr (session->address, ==, "192.0.2.1");
  g_assert_false (session_is_good (tx, "first", NOW + 100)); /* the second it ends */
  g_assert_false (session_is_good (tx, "old", NOW));
  g_assert_true (cr_session_store_touch (tx, &first, NOW + 50, NOW + 500, error));
  g_assert_true (session_is_good (tx, "first", NOW + 499));
  g_assert_true (cr_session_store_remove_expired (tx, NOW, &n, error));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (cr_session_store_list (tx, row->id, &all, error));
  g_assert_cmpuint (all->len, ==, 2);
  g_assert_true (cr_session_store_remove_account (tx, row->id, &first, &n, error));
  g_assert_cmpuint (n, ==, 1);
  g_assert_true (session_is_good (tx, "first", NOW));
  row->disabled = TRUE;
  g_assert_true (cr_account_store_update (tx, row, error));
  g_assert_false (session_is_good (tx, "first", NOW));
  row->disabled = FALSE;
  g_assert_true (cr_account_store_update (tx, row, error));
  g_assert_true (session_is_good (tx, "first", NOW));
  g_assert_true (cr_session_store_remove (tx, &first, error));
  g_assert_false (session_is_good (tx, "first", NOW));
  return TRUE;
}

static void
test_sessions (Fixture *f, gconstpointer data)
{
  fixture_run (f, check_sessions, NULL);
}

static gboolean
check_removal (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrAccountRow) row = add_account (tx, "wang", "teacher");

  add_session (tx, row, "first", NOW + 100);
  add_join_token (tx, row->id, NULL, "join");
  g_assert_true (join_token_is_good (tx, "join", NOW + 59));
  g_assert_false (join_token_is_good (tx, "join", NOW + 60));
  g_assert_true (cr_account_store_remove (tx, row->id, row->version, error));
  g_assert_false (session_is_good (tx, "first", NOW));
  g_assert_false (join_token_is_good (tx, "join", NOW));
  return TRUE;
}

static void
test_tokens_go_with_their_account (Fixture *f, gconstpointer data)
{
  fixture_run (f, check_removal, NULL);
}

static gboolean
make_classroom (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO school (id, code, name, district) VALUES ('s', ?1, '校', '区')",
                            CR_TEXT ("1")) &&
         cr_statement_exec (tx, NULL, error,
                            "INSERT INTO classroom (id, school_id, code, name) VALUES ('c', 's', ?1, '室')",
                            CR_TEXT ("101"));
}

static gboolean
check_pairing (CrStoreTx *tx, gpointer data, GError **error)
{
  CrPairingRow request = {hash_of ("device code"), (gchar *)"7K4M", (gchar *)"192.0.2.9", NOW, NOW + 600};
  CrPairingRow same = {hash_of ("another"), (gchar *)"7K4M", (gchar *)"192.0.2.9", NOW, NOW + 600};
  g_autoptr (CrPairingRow) waiting = NULL;
  g_autoptr (CrPairingRow) confirmed = NULL;
  CrDeviceRow device = {.classroom_id = (gchar *)"c",
                        .name = (gchar *)"PC",
                        .credential_hash = hash_of ("credential"),
                        .paired_at = NOW,
                        .paired_by = (gchar *)"account"};
  guint n;

  g_assert_true (cr_pairing_store_insert (tx, &request, error));
  g_assert_false (cr_pairing_store_insert (tx, &same, error));
  assert_code (error, CR_STORE_ERROR_CONFLICT);
  g_assert_true (cr_pairing_store_count (tx, "192.0.2.9", NOW, &n, error));
  g_assert_cmpuint (n, ==, 1);
  waiting = cr_pairing_store_get (tx, &request.device_code_hash, NOW, error);
  g_assert_null (waiting->classroom_id);
  g_assert_null (cr_pairing_store_find (tx, "7K4M", NOW + 600, error));
  assert_code (error, CR_STORE_ERROR_NOT_FOUND);
  g_assert_false (cr_pairing_store_finish (tx, &request.device_code_hash, "d", NOW, error)); /* too early */
  assert_code (error, CR_STORE_ERROR_NOT_FOUND);
  g_assert_true (cr_pairing_store_confirm (tx, "7K4M", "c", "account", NOW, error));
  g_assert_false (cr_pairing_store_confirm (tx, "7K4M", "c", "another", NOW, error));
  assert_code (error, CR_STORE_ERROR_NOT_FOUND);
  confirmed = cr_pairing_store_find (tx, "7K4M", NOW, error);
  g_assert_cmpstr (confirmed->confirmed_by, ==, "account");
  g_assert_true (cr_device_store_insert (tx, &device, error));
  g_assert_true (cr_pairing_store_finish (tx, &request.device_code_hash, device.id, NOW, error));
  g_assert_false (cr_pairing_store_finish (tx, &request.device_code_hash, device.id, NOW, error)); /* once */
  assert_code (error, CR_STORE_ERROR_NOT_FOUND);
  g_assert_true (cr_pairing_store_remove_expired (tx, NOW + 600, &n, error));
  g_assert_cmpuint (n, ==, 1);
  g_free (device.id);
  return TRUE;
}

static void
test_a_pairing_goes_forward_once (Fixture *f, gconstpointer data)
{
  fixture_run (f, make_classroom, NULL);
  fixture_run (f, check_pairing, NULL);
}

static gboolean
check_device (CrStoreTx *tx, gpointer data, GError **error)
{
  CrTokenHash credential = hash_of ("credential");
  CrDeviceRow device = {.classroom_id = (gchar *)"c",
                        .name = (gchar *)"PC",
                        .credential_hash = credential,
                        .paired_at = NOW,
                        .paired_by = (gchar *)"account"};
  g_autoptr (CrDeviceRow) found = NULL;
  g_autoptr (GPtrArray) present = NULL;
  g_autoptr (GPtrArray) all = NULL;
  g_autoptr (GPtrArray) tokens = NULL;
  g_autofree gchar *id = NULL;

  g_assert_true (cr_device_store_insert (tx, &device, error));
  id = device.id;
  add_join_token (tx, NULL, id, "join");
  g_assert_true (cr_device_store_rename (tx, id, "投影机 PC", error) &&
                 cr_device_store_touch (tx, id, NOW + 5, error));
  found = cr_device_store_find (tx, &credential, error);
  g_assert_cmpstr (found->name, ==, "投影机 PC");
  g_assert_cmpstr (found->classroom_name, ==, "室");
  g_assert_cmpstr (found->school_name, ==, "校");
  g_assert_cmpstr (found->district, ==, "区");
  g_assert_cmpint (found->seen_at, ==, NOW + 5);
  g_assert_true (join_token_is_good (tx, "join", NOW));
  g_assert_true (cr_device_store_revoke (tx, id, NOW + 9, error));
  g_assert_null (cr_device_store_find (tx, &credential, error));
  assert_code (error, CR_STORE_ERROR_NOT_FOUND);
  g_assert_false (join_token_is_good (tx, "join", NOW));
  g_assert_true (cr_join_token_store_list (tx, NOW, &tokens, error));
  g_assert_cmpuint (tokens->len, ==, 0);
  g_assert_false (cr_device_store_revoke (tx, id, NOW + 10, error));
  assert_code (error, CR_STORE_ERROR_NOT_FOUND);
  g_assert_true (cr_device_store_list (tx, NULL, NULL, FALSE, NULL, &present, NULL, error));
  g_assert_true (cr_device_store_list (tx, NULL, "c", TRUE, NULL, &all, NULL, error));
  g_assert_cmpuint (present->len, ==, 0);
  g_assert_cmpuint (all->len, ==, 1);
  return TRUE;
}

static void
test_a_revoked_device_is_found_no_more (Fixture *f, gconstpointer data)
{
  fixture_run (f, make_classroom, NULL);
  fixture_run (f, check_device, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/account/accounts", test_accounts);
  fixture_test ("/store/account/sessions", test_sessions);
  fixture_test ("/store/account/removal", test_tokens_go_with_their_account);
  fixture_test ("/store/account/pairing", test_a_pairing_goes_forward_once);
  fixture_test ("/store/account/device", test_a_revoked_device_is_found_no_more);
  return g_test_run ();
}

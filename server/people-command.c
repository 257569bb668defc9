/* SPDX-License-Identifier: Apache-2.0
 *
 * Each command is one job, waited for.
 */
#include "people-command.h"

#include "people/account.h"
#include "people/audit.h"
#include "people/credentials.h"
#include "people/password.h"

#include <stdio.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

enum { STATUS_DONE = 0, STATUS_FAILED = 2 };

#define LINE_BYTES 1024 /* longer than any password is taken */
#define PLACE      "console"

typedef struct {
  CrAccountRow *row;
  const gchar *school_code; /* NULL: none */
  gchar *password;
  gboolean is_made_up;
  GPtrArray *rows;
} Account;

static void
account_clear (Account *account)
{
  g_clear_pointer (&account->row, cr_account_row_free);
  if (account->password != NULL)
    explicit_bzero (account->password, strlen (account->password));
  g_free (account->password);
  g_clear_pointer (&account->rows, g_ptr_array_unref);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Account, account_clear)

static int
fail (const GError *error)
{
  fprintf (stderr, "classrelayd: %s\n", error->message);
  return STATUS_FAILED;
}

static gint64
now_s (void)
{
  return g_get_real_time () / G_USEC_PER_SEC;
}

/* One line, not shown while it is typed; "" at the end of the input. */
static gchar *
read_line (const gchar *prompt)
{
  struct termios before, quiet;
  gboolean is_terminal = tcgetattr (STDIN_FILENO, &before) == 0;
  gchar line[LINE_BYTES];

  if (is_terminal) {
    fprintf (stderr, "%s", prompt);
    quiet = before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &quiet);
  }
  if (fgets (line, sizeof line, stdin) == NULL)
    line[0] = '\0';
  if (is_terminal) {
    tcsetattr (STDIN_FILENO, TCSAFLUSH, &before);
    fprintf (stderr, "\n");
  }
  line[strcspn (line, "\r\n")] = '\0';
  return g_strdup (line);
}

/* Fills password and the row's hash. */
static gboolean
take_password (Account *account, const gchar *login, GError **error)
{
  account->password = read_line ("New password (empty: one is made up): ");
  account->is_made_up = *account->password == '\0';
  if (account->is_made_up) {
    g_free (account->password);
    account->password = cr_password_generate ();
  }
  if (!cr_password_check (account->password, login, error))
    return FALSE;
  account->row->password_hash = cr_password_hash_sync (account->password, &cr_password_cost_usual);
  if (account->row->password_hash != NULL)
    return TRUE;
  g_set_error_literal (error, CR_PEOPLE_ERROR, CR_PEOPLE_ERROR_BUSY, "not enough memory to hash a password");
  return FALSE;
}

static void
say_password (const Account *account, const gchar *login)
{
  if (account->is_made_up)
    printf ("classrelayd: the password of %s, to be changed at the first sign-in: %s\n", login,
            account->password);
}

static gboolean
find_school (CrStoreTx *tx, Account *account, GError **error)
{
  g_autoptr (CrSchoolRow) school = NULL;

  if (account->school_code == NULL)
    return TRUE;
  school = cr_school_store_find (tx, account->school_code, error);
  if (school == NULL)
    return FALSE;
  account->row->school_id = g_strdup (school->id);
  return TRUE;
}

static gboolean
run_add (CrStoreTx *tx, gpointer data, GError **error)
{
  Account *account = data;

  return find_school (tx, account, error) && cr_account_check (account->row, error) &&
         cr_account_store_insert (tx, account->row, error) &&
         cr_audit_note (tx, NULL, PLACE, now_s (), "account-added", "account", account->row->id, error);
}

static int
add (CrStore *store, gchar **arguments)
{
  g_auto (Account) account = {.row = g_new0 (CrAccountRow, 1)};
  g_autoptr (GError) error = NULL;
  guint n = g_strv_length (arguments);

  account.row->login = cr_account_fold_login (arguments[0], &error);
  account.row->name = g_strdup (arguments[1]);
  account.row->role = g_strdup (n > 2 ? arguments[2] : cr_role_name (CR_ROLE_COORDINATOR));
  account.school_code = n > 3 ? arguments[3] : NULL;
  account.row->created_at = now_s ();
  if (account.row->login == NULL || !take_password (&account, account.row->login, &error))
    return fail (error);
  account.row->must_change = account.is_made_up;
  if (!cr_store_run_sync (store, run_add, &account, &error)) {
    if (g_error_matches (error, CR_STORE_ERROR, CR_STORE_ERROR_CONFLICT))
      fprintf (stderr, "classrelayd: there is an account %s already\n", account.row->login);
    else
      fail (error);
    return STATUS_FAILED;
  }
  printf ("classrelayd: %s may sign in as %s\n", account.row->login, account.row->role);
  say_password (&account, account.row->login);
  return STATUS_DONE;
}

static gboolean
run_list (CrStoreTx *tx, gpointer data, GError **error)
{
  CrPage all = {0};

  return cr_account_store_list (tx, NULL, NULL, &all, &((Account *)data)->rows, NULL, error);
}

static int
list (CrStore *store)
{
  g_auto (Account) account = {0};
  g_autoptr (GError) error = NULL;

  if (!cr_store_read_sync (store, run_list, &account, &error))
    return fail (error);
  for (guint i = 0; i < account.rows->len; i++) {
    const CrAccountRow *row = account.rows->pdata[i];

    printf ("%s\t%s\t%s%s\n", row->login, row->role, row->name, row->disabled ? "\tdisabled" : "");
  }
  return STATUS_DONE;
}

static gboolean
run_reset (CrStoreTx *tx, gpointer data, GError **error)
{
  Account *account = data;
  g_autoptr (CrAccountRow) row = cr_account_store_find (tx, account->row->login, error);

  return row != NULL &&
         cr_account_store_set_password (tx, row->id, account->row->password_hash, account->is_made_up,
                                        error) &&
         cr_credentials_end_all (tx, row->id, NULL, error) &&
         cr_audit_note (tx, NULL, PLACE, now_s (), "password-reset", "account", row->id, error);
}

static int
reset (CrStore *store, gchar **arguments)
{
  g_auto (Account) account = {.row = g_new0 (CrAccountRow, 1)};
  g_autoptr (GError) error = NULL;

  account.row->login = cr_account_fold_login (arguments[0], &error);
  if (account.row->login == NULL || !take_password (&account, account.row->login, &error) ||
      !cr_store_run_sync (store, run_reset, &account, &error))
    return fail (error);
  printf ("classrelayd: %s has a new password\n", account.row->login);
  say_password (&account, account.row->login);
  return STATUS_DONE;
}

int
cr_command_account (const gchar *database_path, gchar **arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (database_path, NULL, &error);

  if (store == NULL)
    return fail (error);
  if (g_str_equal (arguments[0], "add"))
    return add (store, arguments + 1);
  if (g_str_equal (arguments[0], "reset"))
    return reset (store, arguments + 1);
  return list (store);
}

static gboolean
run_verify (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_audit_store_verify (tx, data, error);
}

int
cr_command_audit (const gchar *database_path, gchar **arguments)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (CrStore) store = cr_store_open (database_path, NULL, &error);
  g_autoptr (GString) head = g_string_new (NULL);
  CrAuditVerdict verdict = {0};

  if (store == NULL || !cr_store_read_sync (store, run_verify, &verdict, &error))
    return fail (error);
  if (verdict.bad_seq != 0) {
    fprintf (stderr, "classrelayd: the audit log was tampered with: row %" G_GINT64_FORMAT " does not fit\n",
             verdict.bad_seq);
    return STATUS_FAILED;
  }
  for (guint i = 0; i < sizeof verdict.head.bytes; i++)
    g_string_append_printf (head, "%02x", verdict.head.bytes[i]);
  printf ("classrelayd: the audit log is whole: %" G_GINT64_FORMAT " rows, head %s\n", verdict.n_rows,
          head->str);
  return STATUS_DONE;
}

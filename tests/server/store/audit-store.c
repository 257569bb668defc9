/* SPDX-License-Identifier: Apache-2.0
 *
 * The log only grows, and whoever changes it behind the daemon's back is found out.
 */
#include "store-fixture.h"
#include "store/audit-store.h"

#include <sqlite3.h>

#define N_ROWS 25

static gboolean
append (CrStoreTx *tx, gpointer data, GError **error)
{
  for (guint i = 1; i <= N_ROWS; i++) {
    g_autofree gchar *object = g_strdup_printf ("lesson/%u", i);
    CrAuditRow row = {.at = 1000 + i,
                      .actor = (gchar *)(data != NULL ? data
                                         : i % 5      ? "wang"
                                                      : "li"),
                      .role = (gchar *)"teacher",
                      .verb = (gchar *)"join",
                      .object = object,
                      .address = (gchar *)"192.0.2.1"};

    if (!cr_audit_store_append (tx, &row, error))
      return FALSE;
    g_assert_cmpint (row.seq, ==, i);
  }
  return TRUE;
}

static gboolean
verify (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_audit_store_verify (tx, data, error);
}

static gboolean
change_row (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_statement_exec (tx, NULL, error, "UPDATE audit SET actor = ?1 WHERE seq = 3", CR_TEXT ("nobody"));
}

static gboolean
delete_row (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_statement_exec (tx, NULL, error, "DELETE FROM audit WHERE seq = ?1", CR_INT (3));
}

static gboolean
replace_row (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT OR REPLACE INTO audit (seq, at, actor, role, verb, object, address, previous, hash)"
      " VALUES (?1, 0, '', '', '', '', '', '', '')",
      CR_INT (3));
}

static void
test_rows_cannot_be_changed (Fixture *f, gconstpointer data)
{
  const CrStoreFunc changes[] = {change_row, delete_row, replace_row};
  CrAuditVerdict verdict;

  fixture_run (f, append, NULL);
  for (guint i = 0; i < G_N_ELEMENTS (changes); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (cr_store_run_sync (f->store, changes[i], NULL, &error));
    g_assert_nonnull (strstr (error->message, "only grows"));
  }
  fixture_read (f, verify, &verdict);
  g_assert_cmpint (verdict.n_rows, ==, N_ROWS);
  g_assert_cmpint (verdict.bad_seq, ==, 0);
}

/* Somebody with the file and no scruples about triggers. */
static void
tamper (Fixture *f, const gchar *sql)
{
  sqlite3 *db;

  g_assert_cmpint (sqlite3_open (f->path, &db), ==, SQLITE_OK);
  g_assert_cmpint (
      sqlite3_exec (db, "DROP TRIGGER audit_no_update; DROP TRIGGER audit_no_delete;", NULL, NULL, NULL), ==,
      SQLITE_OK);
  g_assert_cmpint (sqlite3_exec (db, sql, NULL, NULL, NULL), ==, SQLITE_OK);
  g_assert_cmpint (sqlite3_changes (db), ==, 1);
  g_assert_cmpint (sqlite3_close (db), ==, SQLITE_OK);
}

typedef struct {
  const gchar *sql;
  gint64 bad_seq;
} Case;

static void
test_tampering_is_found (Fixture *f, gconstpointer data)
{
  const Case *c = data;
  CrAuditVerdict verdict;

  fixture_run (f, append, NULL);
  tamper (f, c->sql);
  fixture_read (f, verify, &verdict);
  g_assert_cmpint (verdict.bad_seq, ==, c->bad_seq);
}

static const Case cases[] = {
    {"UPDATE audit SET actor = 'nobody' WHERE seq = 3", 3},
    {"UPDATE audit SET at = at + 1 WHERE seq = 1", 1},
    {"UPDATE audit SET actor = actor || role, role = '' WHERE seq = 7", 7}, /* the same letters, elsewhere */
    {"UPDATE audit SET hash = zeroblob (32) WHERE seq = 25", 25},
    {"UPDATE audit SET previous = x'00' WHERE seq = 9", 9},
    {"DELETE FROM audit WHERE seq = 12", 13},
    {"DELETE FROM audit WHERE seq = 1", 2},
};

/* A row that is good in itself, taken from another log: only the chain tells. */
static void
test_a_foreign_row_is_found (Fixture *f, gconstpointer data)
{
  Fixture other = {.folder = f->folder, .path = g_build_filename (f->folder, "other.db", NULL)};
  g_autofree gchar *sql =
      g_strdup_printf ("ATTACH '%s' AS other; UPDATE main.audit SET (actor, previous, hash) ="
                       " (SELECT actor, previous, hash FROM other.audit WHERE seq = 12) WHERE seq = 12",
                       other.path);
  CrAuditVerdict verdict;

  fixture_open (&other);
  fixture_run (&other, append, (gpointer) "zhang");
  g_clear_pointer (&other.store, cr_store_free);
  fixture_run (f, append, NULL);
  tamper (f, sql);
  fixture_read (f, verify, &verdict);
  g_assert_cmpint (verdict.bad_seq, ==, 12);
  g_free (other.path);
}

/* What no chain shows by itself: the newest hash, noted before, does. */
static void
test_a_cut_end_shows_in_the_head (Fixture *f, gconstpointer data)
{
  CrAuditVerdict before, after;

  fixture_run (f, append, NULL);
  fixture_read (f, verify, &before);
  tamper (f, "DELETE FROM audit WHERE seq = 25");
  fixture_read (f, verify, &after);
  g_assert_cmpint (after.bad_seq, ==, 0);
  g_assert_false (cr_token_hash_equal (&before.head, &after.head));
}

static gboolean
check_list (CrStoreTx *tx, gpointer data, GError **error)
{
  const CrAuditFilter li = {.actor = "li", .from_at = 1005, .to_at = 1020};
  g_autofree gchar *cursor = NULL;
  g_autoptr (GPtrArray) some = NULL;
  gint64 expected = N_ROWS;

  do {
    const CrPage page = {.limit = 4, .cursor = cursor};
    g_autoptr (GPtrArray) rows = NULL;
    gchar *next;

    g_assert_true (cr_audit_store_list (tx, NULL, &page, &rows, &next, error));
    for (guint i = 0; i < rows->len; i++)
      g_assert_cmpint (((CrAuditRow *)g_ptr_array_index (rows, i))->seq, ==, expected--);
    g_free (cursor);
    cursor = next;
  } while (cursor != NULL);
  g_assert_cmpint (expected, ==, 0);
  g_assert_true (cr_audit_store_list (tx, &li, NULL, &some, NULL, error));
  g_assert_cmpuint (some->len, ==, 3); /* 5, 10, 15 */
  return TRUE;
}

static void
test_the_newest_come_first (Fixture *f, gconstpointer data)
{
  fixture_run (f, append, NULL);
  fixture_read (f, check_list, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/audit/only-grows", test_rows_cannot_be_changed);
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *path = g_strdup_printf ("/store/audit/tampered-%u", i);

    g_test_add (path, Fixture, &cases[i], fixture_set_up, test_tampering_is_found, fixture_tear_down);
  }
  fixture_test ("/store/audit/foreign", test_a_foreign_row_is_found);
  fixture_test ("/store/audit/cut", test_a_cut_end_shows_in_the_head);
  fixture_test ("/store/audit/list", test_the_newest_come_first);
  return g_test_run ();
}

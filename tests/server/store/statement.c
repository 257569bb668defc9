/* SPDX-License-Identifier: Apache-2.0
 *
 * Binding, stepping, keeping, and what SQLite's refusals become.
 */
#include "store-fixture.h"

static gboolean
insert_then_fail (CrStoreTx *tx, gpointer data, GError **error)
{
  return add_school (tx, data, error) && add_school (tx, data, error);
}

static void
assert_fails (Fixture *f, CrStoreFunc func, gpointer data, CrStoreError code, const gchar *column)
{
  g_autoptr (GError) error = NULL;
  g_autofree gchar *found = NULL;

  g_assert_false (cr_store_run_sync (f->store, func, data, &error));
  g_assert_error (error, CR_STORE_ERROR, (gint)code);
  found = cr_store_error_column (error);
  g_assert_cmpstr (found, ==, column);
}

static void
test_unique_is_a_conflict_and_names_its_column (Fixture *f, gconstpointer data)
{
  assert_fails (f, insert_then_fail, (gpointer) "twice", CR_STORE_ERROR_CONFLICT, "code");
  g_assert_cmpuint (fixture_count_schools (f), ==, 0); /* and the first of the two is undone */
}

static gboolean
refer_to_nothing (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_statement_exec (tx, NULL, error,
                            "INSERT INTO classroom (id, school_id, code, name) VALUES ('a', ?1, 'b', 'c')",
                            CR_TEXT ("nowhere"));
}

static gboolean
break_a_check (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_statement_exec (
      tx, NULL, error,
      "INSERT INTO school (id, code, name, district, uplink_kbps) VALUES ('a', 'b', 'c', 'd', ?1)",
      CR_INT (-1));
}

static gboolean
leave_out_what_must_be (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_statement_exec (
      tx, NULL, error, "INSERT INTO school (id, code, name, district) VALUES ('a', 'b', 'c', ?1)", CR_NULL);
}

static gboolean
speak_nonsense (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_statement_exec (tx, NULL, error, "SELECT nonsense FROM nowhere WHERE x = ?1", CR_INT (1));
}

static void
test_refusals_have_codes (Fixture *f, gconstpointer data)
{
  assert_fails (f, refer_to_nothing, NULL, CR_STORE_ERROR_IN_USE, NULL);
  assert_fails (f, break_a_check, NULL, CR_STORE_ERROR_INVALID, NULL);
  assert_fails (f, leave_out_what_must_be, NULL, CR_STORE_ERROR_INVALID, NULL);
  assert_fails (f, speak_nonsense, NULL, CR_STORE_ERROR_FAILED, NULL);
}

static gboolean
check_values (CrStoreTx *tx, gpointer data, GError **error)
{
  const guint8 bytes[] = {0, 1, 0xff};
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT ?1, ?2, ?3, ?4, ?5, ?6");
  gsize size_bytes;

  cr_statement_bind (s, CR_TEXT ("'; DROP TABLE school; --"), CR_INT (G_MININT64), CR_NULL,
                     CR_BLOB (bytes, sizeof bytes), CR_INT_OR_NULL (-1, -1), CR_TEXT (NULL));
  g_assert_cmpint (cr_statement_step (s, error), ==, CR_STEP_ROW);
  g_assert_cmpstr (cr_statement_text (s, 0), ==, "'; DROP TABLE school; --");
  g_assert_cmpint (cr_statement_int (s, 1), ==, G_MININT64);
  g_assert_null (cr_statement_text (s, 2));
  g_assert_cmpint (cr_statement_int_or (s, 2, -7), ==, -7);
  g_assert_cmpint (memcmp (cr_statement_blob (s, 3, &size_bytes), bytes, sizeof bytes), ==, 0);
  g_assert_cmpuint (size_bytes, ==, sizeof bytes);
  g_assert_true (cr_statement_is_null (s, 4));
  g_assert_true (cr_statement_is_null (s, 5));
  g_assert_cmpint (cr_statement_step (s, error), ==, CR_STEP_DONE);
  return TRUE;
}

static void
test_values_come_back_as_bound (Fixture *f, gconstpointer data)
{
  fixture_read (f, check_values, NULL);
}

/* Opens the same statement inside itself. */
static gint64
sum_down_from (CrStoreTx *tx, gint64 n)
{
  g_autoptr (CrStatement) s = cr_statement_open (tx, "SELECT ?1");

  cr_statement_bind (s, CR_INT (n));
  g_assert_cmpint (cr_statement_step (s, NULL), ==, CR_STEP_ROW);
  return n == 0 ? 0 : cr_statement_int (s, 0) + sum_down_from (tx, n - 1);
}

static gboolean
check_keeping (CrStoreTx *tx, gpointer data, GError **error)
{
  CrStatement *first = cr_statement_open (tx, "SELECT 1 + ?1");
  CrStatement *again;

  cr_statement_close (first);
  again = cr_statement_open (tx, "SELECT 1 + ?1");
  g_assert_true (again == first);
  g_assert_cmpint (cr_statement_step (again, error), ==, CR_STEP_ROW);
  g_assert_true (cr_statement_is_null (again, 0)); /* nothing is bound from last time */
  cr_statement_close (again);
  g_assert_cmpint (sum_down_from (tx, 4), ==, 10);
  return TRUE;
}

static void
test_statements_are_kept_and_nest (Fixture *f, gconstpointer data)
{
  fixture_read (f, check_keeping, NULL);
}

static gboolean
write_in_a_read (CrStoreTx *tx, gpointer data, GError **error)
{
  return add_school (tx, (gpointer) "x", error);
}

static void
test_a_read_cannot_write (Fixture *f, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_false (cr_store_read_sync (f->store, write_in_a_read, NULL, &error));
  g_assert_error (error, CR_STORE_ERROR, CR_STORE_ERROR_READ_ONLY);
  g_assert_null (cr_store_damage (f->store));
}

static void
test_ids_are_long_and_differ (void)
{
  g_autofree gchar *a = cr_store_new_id ();
  g_autofree gchar *b = cr_store_new_id ();

  g_assert_cmpuint (strlen (a), ==, 26);
  g_assert_cmpuint (strspn (a, "abcdefghijklmnopqrstuvwxyz234567"), ==, 26);
  g_assert_cmpstr (a, !=, b);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/statement/conflict", test_unique_is_a_conflict_and_names_its_column);
  fixture_test ("/store/statement/refusals", test_refusals_have_codes);
  fixture_test ("/store/statement/values", test_values_come_back_as_bound);
  fixture_test ("/store/statement/kept", test_statements_are_kept_and_nest);
  fixture_test ("/store/statement/read-only", test_a_read_cannot_write);
  g_test_add_func ("/store/statement/ids", test_ids_are_long_and_differ);
  return g_test_run ();
}

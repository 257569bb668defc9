/* SPDX-License-Identifier: Apache-2.0
 *
 * Documents of running lessons and turns on the floor, and what is left of both when a lesson has ended.
 */
#include "store-fixture.h"
#include "store/live-store.h"

#define NOW 1790000000

static gboolean
put (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_live_store_put (tx, "music", "{}", NOW, error) &&
         cr_live_store_put (tx, "music", "{\"a\":1}", NOW + 1, error) &&
         cr_live_store_put (tx, "art", "{}", NOW + 100, error);
}

static gboolean
turns (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_live_store_give (tx, "music", "k1", 0, NOW - 1, error) &&
         cr_live_store_take (tx, "music", "k1", NOW, error) &&
         cr_live_store_give (tx, "music", "k1", 1, NOW, error) &&
         cr_live_store_give (tx, "art", "k1", 0, NOW + 5, error) &&
         cr_live_store_give (tx, "art", "k2", 1, NOW + 6, error) &&
         cr_live_store_take (tx, "art", "k2", NOW + 9, error);
}

static gboolean
list (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_live_store_list (tx, data, error);
}

static gboolean
count (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_live_store_count_turns (tx, NOW, data, error);
}

static gboolean
remove_music (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_live_store_remove (tx, "music", error) && cr_live_store_remove (tx, "nothing", error);
}

static gboolean
tidy (CrStoreTx *tx, gpointer data, GError **error)
{
  return cr_live_store_tidy (tx, NOW + 50, NOW + 1000, error);
}

/* "CLASSROOM LESSON SLOT GIVEN-TAKEN;" of each turn, in order. */
static gboolean
describe_turns (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrStatement) s = cr_statement_open (
      tx, "SELECT classroom_key, lesson_id, slot, given_at, taken_at FROM floor_turn ORDER BY given_at");
  GString *text = data;

  while (cr_statement_step (s, error) == CR_STEP_ROW)
    g_string_append_printf (text, "%s %s %d %d-%d;", cr_statement_text (s, 0), cr_statement_text (s, 1),
                            (gint)cr_statement_int (s, 2), (gint)(cr_statement_int (s, 3) - NOW),
                            (gint)(cr_statement_int_or (s, 4, NOW - 1000) - NOW));
  return TRUE;
}

static void
expect_turns (Fixture *f, const gchar *expected)
{
  g_autoptr (GString) text = g_string_new (NULL);

  fixture_read (f, describe_turns, text);
  g_assert_cmpstr (text->str, ==, expected);
}

static void
test_documents_and_turns (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) lessons = NULL, counts = NULL;

  fixture_run (f, put, NULL);
  fixture_run (f, turns, NULL);
  fixture_read (f, list, &lessons);
  g_assert_cmpuint (lessons->len, ==, 2);
  g_assert_cmpstr (((CrLiveLessonRow *)lessons->pdata[1])->lesson_id, ==, "music");
  g_assert_cmpstr (((CrLiveLessonRow *)lessons->pdata[1])->state, ==, "{\"a\":1}");
  fixture_read (f, count, &counts);
  g_assert_cmpuint (counts->len, ==, 2);
  g_assert_cmpstr (((CrTurnsRow *)counts->pdata[0])->classroom, ==, "k1");
  g_assert_cmpuint (((CrTurnsRow *)counts->pdata[0])->n, ==, 2); /* the one before is yesterday's */
  expect_turns (f, "k1 music 0 -1-0;k1 music 1 0--1000;k1 art 0 5--1000;k2 art 1 6-9;");
}

static void
test_turns_outlive_their_lesson (Fixture *f, gconstpointer data)
{
  g_autoptr (GPtrArray) lessons = NULL;

  fixture_run (f, put, NULL);
  fixture_run (f, turns, NULL);
  fixture_run (f, tidy, NULL); /* music has not been touched for long */
  fixture_read (f, list, &lessons);
  g_assert_cmpuint (lessons->len, ==, 1);
  expect_turns (f, "k1 music 0 -1-0;k1 music 1 0-1000;k1 art 0 5--1000;k2 art 1 6-9;");
  fixture_run (f, remove_music, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/live/documents", test_documents_and_turns);
  fixture_test ("/store/live/ended", test_turns_outlive_their_lesson);
  return g_test_run ();
}

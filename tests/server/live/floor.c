/* SPDX-License-Identifier: Apache-2.0
 *
 * The floor's actions one by one: what each changes, what it tells, what it refuses; a roster that changes;
 * and documents that nobody should have written.
 */
#include "base/json.h"
#include "live/floor.h"

#include <string.h>

#define NOW_S 1790000000

typedef struct {
  CrFloor *floor;
  guint topics;
} Fixture;

static void
set_roster (Fixture *f, const gchar *const *keys)
{
  CrRosterEntry entries[8];
  guint n = g_strv_length ((gchar **)keys);

  for (guint i = 0; i < n; i++)
    entries[i] = (CrRosterEntry){.key = keys[i], .name = keys[i]};
  f->topics = cr_floor_set_roster (f->floor, entries, n);
}

static void
set_up (Fixture *f, gconstpointer data)
{
  static const gchar *const keys[] = {"a", "b", "c", "d", NULL};

  f->floor = cr_floor_new ();
  set_roster (f, keys);
  g_assert_cmpuint (f->topics, ==, CR_TOPIC_CLASSROOMS | CR_TOPIC_TILES);
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  cr_floor_free (f->floor);
}

static void
expect_topics (Fixture *f, guint topics)
{
  g_assert_cmphex (f->topics, ==, topics);
  f->topics = 0;
}

static void
give (Fixture *f, const gchar *first, const gchar *second)
{
  const gchar *keys[] = {first, second, NULL};
  gboolean done;

  f->topics = 0;
  done = cr_floor_set (f->floor, keys, &f->topics, NULL);
  g_assert_true (done);
}

static void
raise_hand (Fixture *f, const gchar *key, gboolean raised)
{
  f->topics = 0;
  g_assert_true (cr_floor_set_hand (f->floor, key, raised, NOW_S, &f->topics, NULL));
}

static void
expect_floor (Fixture *f, const gchar *first, const gchar *second)
{
  const gchar *const expected[] = {first, second};

  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    const CrFloorClassroom *holder = cr_floor_get_holder (f->floor, slot);

    g_assert_cmpstr (holder != NULL ? holder->key : NULL, ==, expected[slot]);
  }
}

/* `keys`: "b a". */
static void
expect_hands (Fixture *f, const gchar *keys)
{
  GPtrArray *hands = cr_floor_get_hands (f->floor);
  g_autoptr (GString) text = g_string_new (NULL);

  for (guint i = 0; i < hands->len; i++)
    g_string_append_printf (text, "%s%s", i > 0 ? " " : "", ((CrFloorClassroom *)hands->pdata[i])->key);
  g_assert_cmpstr (text->str, ==, keys);
}

static void
test_hands_stand_in_order (Fixture *f, gconstpointer data)
{
  raise_hand (f, "b", TRUE);
  expect_topics (f, CR_TOPIC_HANDS | CR_TOPIC_CLASSROOMS);
  raise_hand (f, "b", TRUE);
  expect_topics (f, 0);
  raise_hand (f, "a", TRUE);
  raise_hand (f, "c", TRUE);
  expect_hands (f, "b a c");
  g_assert_cmpuint (cr_floor_find (f->floor, "c")->hand, ==, 3);
  g_assert_cmpint (cr_floor_find (f->floor, "c")->raised_at_s, ==, NOW_S);
  raise_hand (f, "a", FALSE);
  expect_topics (f, CR_TOPIC_HANDS | CR_TOPIC_CLASSROOMS);
  expect_hands (f, "b c");
  g_assert_cmpuint (cr_floor_find (f->floor, "c")->hand, ==, 2);
  raise_hand (f, "a", FALSE);
  expect_topics (f, 0);
  give (f, "b", NULL);
  expect_topics (f, CR_TOPIC_FLOOR | CR_TOPIC_HANDS | CR_TOPIC_CLASSROOMS);
  expect_hands (f, "c");
  raise_hand (f, "b", TRUE); /* another turn, please */
  expect_hands (f, "c b");
}

static void
test_who_keeps_the_floor_keeps_his_slot (Fixture *f, gconstpointer data)
{
  give (f, "a", "b");
  expect_floor (f, "a", "b");
  give (f, "b", "a");
  expect_topics (f, 0);
  expect_floor (f, "a", "b");
  give (f, "b", NULL);
  expect_topics (f, CR_TOPIC_FLOOR | CR_TOPIC_CLASSROOMS);
  expect_floor (f, NULL, "b");
  give (f, "c", "b");
  expect_floor (f, "c", "b");
  give (f, NULL, NULL);
  expect_floor (f, NULL, NULL);
  g_assert_cmpuint (cr_floor_find (f->floor, "a")->turns, ==, 1);
  g_assert_cmpuint (cr_floor_find (f->floor, "b")->turns, ==, 1);
  g_assert_cmpint (cr_floor_find (f->floor, "b")->slot, ==, CR_FLOOR_NO_SLOT);
}

static void
test_refusals_change_nothing (Fixture *f, gconstpointer data)
{
  static const struct {
    const gchar *keys[4];
    CrLiveError code;
  } cases[] = {
      {{"a", "nobody"}, CR_LIVE_ERROR_NO_CLASSROOM},
      {{"c", "c"}, CR_LIVE_ERROR_INVALID},
      {{"a", "b", "c"}, CR_LIVE_ERROR_INVALID},
  };

  give (f, "a", NULL);
  raise_hand (f, "b", TRUE);
  f->topics = 0;
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_false (cr_floor_set (f->floor, cases[i].keys, &f->topics, &error));
    g_assert_error (error, CR_LIVE_ERROR, (gint)cases[i].code);
    expect_floor (f, "a", NULL);
    expect_hands (f, "b");
  }
  g_assert_false (cr_floor_set_hand (f->floor, "nobody", TRUE, NOW_S, &f->topics, NULL));
  g_assert_false (cr_floor_set_muted (f->floor, NULL, TRUE, &f->topics, NULL));
  g_assert_false (cr_floor_set_present (f->floor, "", TRUE, &f->topics, NULL));
  g_assert_false (cr_floor_set_call (f->floor, "nobody", TRUE, NOW_S, &f->topics, NULL));
  g_assert_false (cr_floor_set_call (f->floor, NULL, TRUE, NOW_S, &f->topics, NULL));
  expect_topics (f, 0);
}

static void
test_notes (Fixture *f, gconstpointer data)
{
  g_autofree gchar *longest = g_strnfill (CR_NOTE_MAX_CHARS, 'x');
  g_autofree gchar *too_long = g_strnfill (CR_NOTE_MAX_CHARS + 1, 'x');
  const gchar *bad[][2] = {{"other", NULL},   {"other", ""},       {"shout", "x"},   {NULL, "x"},
                           {"ready", "a\nb"}, {"other", too_long}, {"other", "\xff"}};
  GPtrArray *notes = cr_floor_get_notes (f->floor);

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    f->topics = 0;
    g_assert_false (cr_floor_add_note (f->floor, "a", bad[i][0], bad[i][1], NOW_S, &f->topics, &error));
    g_assert_error (error, CR_LIVE_ERROR, CR_LIVE_ERROR_INVALID);
    expect_topics (f, 0);
  }
  g_assert_true (cr_floor_add_note (f->floor, "a", "cannot-hear", NULL, NOW_S, &f->topics, NULL));
  expect_topics (f, CR_TOPIC_NOTES);
  for (gint64 i = 1; i <= CR_FLOOR_MAX_NOTES; i++)
    g_assert_true (cr_floor_add_note (f->floor, "b", "other", longest, NOW_S + i, &f->topics, NULL));
  g_assert_cmpuint (notes->len, ==, CR_FLOOR_MAX_NOTES);
  g_assert_cmpint (((CrFloorNote *)notes->pdata[0])->at_s, ==, NOW_S + 1); /* the oldest is gone */
}

static void
test_calls_are_open_once (Fixture *f, gconstpointer data)
{
  GPtrArray *calls = cr_floor_get_calls (f->floor);

  f->topics = 0;
  g_assert_true (cr_floor_set_call (f->floor, CR_CALL_BY_TEACHER, FALSE, NOW_S, &f->topics, NULL));
  expect_topics (f, 0);
  g_assert_true (cr_floor_set_call (f->floor, "b", TRUE, NOW_S, &f->topics, NULL));
  g_assert_true (cr_floor_set_call (f->floor, CR_CALL_BY_TEACHER, TRUE, NOW_S + 1, &f->topics, NULL));
  expect_topics (f, CR_TOPIC_CALLS);
  g_assert_true (cr_floor_set_call (f->floor, "b", TRUE, NOW_S + 2, &f->topics, NULL));
  expect_topics (f, 0);
  g_assert_cmpuint (calls->len, ==, 2);
  g_assert_cmpint (((CrFloorCall *)calls->pdata[0])->at_s, ==, NOW_S);
  g_assert_true (cr_floor_set_call (f->floor, "b", FALSE, NOW_S + 3, &f->topics, NULL));
  expect_topics (f, CR_TOPIC_CALLS);
  g_assert_cmpuint (calls->len, ==, 1);
}

static void
test_a_roster_that_changes (Fixture *f, gconstpointer data)
{
  static const gchar *const fewer[] = {"c", "b", "e", "c", NULL};

  give (f, "a", "b");
  raise_hand (f, "d", TRUE);
  raise_hand (f, "c", TRUE);
  g_assert_true (cr_floor_set_muted (f->floor, "b", TRUE, &f->topics, NULL));
  g_assert_true (cr_floor_set_call (f->floor, "d", TRUE, NOW_S, &f->topics, NULL));
  g_assert_true (cr_floor_add_note (f->floor, "d", "ready", NULL, NOW_S, &f->topics, NULL));
  set_roster (f, fewer);
  expect_topics (f, CR_TOPIC_CLASSROOMS | CR_TOPIC_TILES | CR_TOPIC_FLOOR | CR_TOPIC_HANDS | CR_TOPIC_CALLS |
                        CR_TOPIC_NOTES);
  g_assert_cmpuint (cr_floor_get_n_classrooms (f->floor), ==, 3);
  g_assert_cmpuint (cr_floor_find (f->floor, "c")->number, ==, 1);
  expect_floor (f, NULL, "b");
  expect_hands (f, "c");
  g_assert_cmpuint (cr_floor_find (f->floor, "c")->hand, ==, 1);
  g_assert_true (cr_floor_find (f->floor, "b")->muted);
  g_assert_cmpuint (cr_floor_get_calls (f->floor)->len + cr_floor_get_notes (f->floor)->len, ==, 0);
  set_roster (f, fewer);
  expect_topics (f, 0);
  g_assert_cmphex (cr_floor_add_classroom (f->floor, &(CrRosterEntry){.key = "b", .name = "B"}), ==, 0);
  g_assert_cmphex (cr_floor_add_classroom (f->floor, &(CrRosterEntry){.key = "f", .name = "F"}), ==,
                   CR_TOPIC_CLASSROOMS | CR_TOPIC_TILES);
  g_assert_cmpuint (cr_floor_find (f->floor, "f")->number, ==, 4);
}

/* Saving. */

static gchar *
save (const CrFloor *floor)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  cr_floor_save (floor, builder);
  return cr_json_build (builder, NULL);
}

static gboolean
restore (CrFloor *floor, const gchar *text, GError **error)
{
  g_autoptr (JsonNode) node = cr_json_parse (text, strlen (text), error);

  return node != NULL && cr_floor_restore (floor, node, error);
}

static void
fill (Fixture *f)
{
  give (f, "b", "a");
  raise_hand (f, "d", TRUE);
  raise_hand (f, "c", TRUE);
  g_assert_true (cr_floor_set_muted (f->floor, "d", TRUE, &f->topics, NULL));
  g_assert_true (cr_floor_add_note (f->floor, "c", "other", "\"听不清\"", NOW_S, &f->topics, NULL));
  g_assert_true (cr_floor_set_call (f->floor, CR_CALL_BY_TEACHER, TRUE, NOW_S, &f->topics, NULL));
  g_assert_true (cr_floor_set_present (f->floor, "a", TRUE, &f->topics, NULL));
}

static void
test_what_is_saved_comes_back (Fixture *f, gconstpointer data)
{
  static const gchar *const keys[] = {"d", "b", "x", NULL};
  g_autofree gchar *saved = NULL, *again = NULL;
  g_autoptr (GError) error = NULL;
  Fixture other;

  fill (f);
  saved = save (f->floor);
  set_up (&other, NULL);
  g_assert_true (restore (other.floor, saved, &error));
  g_assert_no_error (error);
  again = save (other.floor);
  g_assert_cmpstr (again, ==, saved);
  g_assert_false (cr_floor_find (other.floor, "a")->present); /* not seen yet */

  set_roster (&other, keys); /* without `a` and `c` */
  g_assert_true (restore (other.floor, saved, &error));
  expect_floor (&other, "b", NULL);
  expect_hands (&other, "d");
  g_assert_true (cr_floor_find (other.floor, "d")->muted);
  g_assert_cmpuint (cr_floor_get_notes (other.floor)->len, ==, 0);
  tear_down (&other, NULL);
}

#define DOCUMENT(muted, hands, floor, notes, calls)                                                          \
  "{\"muted\":" muted ",\"hands\":" hands ",\"floor\":" floor ",\"notes\":" notes ",\"calls\":" calls "}"

static void
test_hostile_documents_change_nothing (Fixture *f, gconstpointer data)
{
  static const gchar *const documents[] = {
      "[]",
      "null",
      "{}",
      "\"floor\"",
      DOCUMENT ("{}", "[]", "[null,null]", "[]", "[]"),
      DOCUMENT ("[1]", "[]", "[null,null]", "[]", "[]"),
      DOCUMENT ("[null]", "[]", "[null,null]", "[]", "[]"),
      DOCUMENT ("[]", "[\"a\"]", "[null,null]", "[]", "[]"),
      DOCUMENT ("[]", "[{\"classroom\":\"a\"}]", "[null,null]", "[]", "[]"),
      DOCUMENT ("[]", "[{\"classroom\":\"a\",\"at\":-1}]", "[null,null]", "[]", "[]"),
      DOCUMENT ("[]", "[{\"classroom\":\"a\",\"at\":1.5}]", "[null,null]", "[]", "[]"),
      DOCUMENT ("[]", "[{\"classroom\":[],\"at\":1}]", "[null,null]", "[]", "[]"),
      DOCUMENT ("[]", "[{\"classroom\":\"a\",\"at\":1},{\"classroom\":\"a\",\"at\":2}]", "[null,null]", "[]",
                "[]"),
      DOCUMENT ("[]", "[]", "[]", "[]", "[]"),
      DOCUMENT ("[]", "[]", "[\"a\"]", "[]", "[]"),
      DOCUMENT ("[]", "[]", "[\"a\",\"b\",\"c\"]", "[]", "[]"),
      DOCUMENT ("[]", "[]", "[\"a\",\"a\"]", "[]", "[]"),
      DOCUMENT ("[]", "[]", "[\"a\",{}]", "[]", "[]"),
      DOCUMENT ("[]", "[]", "[true,null]", "[]", "[]"),
      DOCUMENT ("[]", "[]", "[null,null]", "[{\"classroom\":\"a\",\"code\":\"x\",\"text\":\"\",\"at\":1}]",
                "[]"),
      DOCUMENT ("[]", "[]", "[null,null]", "[{\"classroom\":\"a\",\"code\":\"ready\",\"at\":1}]", "[]"),
      DOCUMENT ("[]", "[]", "[null,null]", "[]", "[{\"who\":\"a\",\"at\":1},{\"who\":\"a\",\"at\":1}]"),
      DOCUMENT ("[]", "[]", "[null,null]", "[]", "[{\"who\":7,\"at\":1}]"),
      DOCUMENT ("[]", "[]", "[null,null]", "[]", "null"),
  };
  g_autofree gchar *before = NULL;

  fill (f);
  before = save (f->floor);
  for (guint i = 0; i < G_N_ELEMENTS (documents); i++) {
    g_autoptr (GError) error = NULL;
    g_autofree gchar *after = NULL;

    g_assert_false (restore (f->floor, documents[i], &error));
    g_assert_error (error, CR_LIVE_ERROR, CR_LIVE_ERROR_INVALID);
    after = save (f->floor);
    g_assert_cmpstr (after, ==, before);
    g_assert_true (cr_floor_find (f->floor, "a")->present);
  }
}

/* A document with some bytes changed is taken whole or refused, and what was taken can be saved again. */
static void
test_garbled_documents (Fixture *f, gconstpointer data)
{
  g_autoptr (GRand) rand = g_rand_new_with_seed (4);
  g_autofree gchar *saved = NULL;
  guint n_taken = 0;

  fill (f);
  saved = save (f->floor);
  for (guint i = 0; i < 20000; i++) {
    g_autofree gchar *garbled = g_strdup (saved);
    gint n_bytes = (gint)strlen (garbled);

    for (gint k = g_rand_int_range (rand, 1, 4); k > 0; k--)
      garbled[g_rand_int_range (rand, 0, n_bytes)] = "[]{},:\"ab0-n\xff"[g_rand_int_range (rand, 0, 13)];
    if (restore (f->floor, garbled, NULL)) {
      g_autofree gchar *again = save (f->floor);

      g_assert_true (restore (f->floor, again, NULL));
      n_taken++;
    }
  }
  g_assert_cmpuint (n_taken, >, 0);
}

#define floor_test(path, func) g_test_add ("/live/floor/" path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  floor_test ("hands", test_hands_stand_in_order);
  floor_test ("slots", test_who_keeps_the_floor_keeps_his_slot);
  floor_test ("refusals", test_refusals_change_nothing);
  floor_test ("notes", test_notes);
  floor_test ("calls", test_calls_are_open_once);
  floor_test ("roster", test_a_roster_that_changes);
  floor_test ("saved", test_what_is_saved_comes_back);
  floor_test ("hostile", test_hostile_documents_change_nothing);
  floor_test ("garbled", test_garbled_documents);
  return g_test_run ();
}

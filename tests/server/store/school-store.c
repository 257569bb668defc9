/* SPDX-License-Identifier: Apache-2.0
 *
 * Schools and what belongs to them: paging, reach, versions, and what cannot be removed.
 */
#include "store-fixture.h"
#include "store/class-store.h"
#include "store/classroom-store.h"
#include "store/teacher-store.h"

static CrSchoolRow *
make_school (const gchar *code, const gchar *name, const gchar *district)
{
  CrSchoolRow *row = g_new0 (CrSchoolRow, 1);

  row->code = g_strdup (code);
  row->name = g_strdup (name);
  row->district = g_strdup (district);
  return row;
}

static CrClassroomRow *
make_classroom (const CrSchoolRow *school, const gchar *code)
{
  CrClassroomRow *row = g_new0 (CrClassroomRow, 1);

  row->school_id = g_strdup (school->id);
  row->code = g_strdup (code);
  row->name = g_strdup_printf ("教室 %s", code);
  row->seats = -1;
  return row;
}

static CrClassRow *
make_class (const CrSchoolRow *school, gint64 grade, gint64 number)
{
  CrClassRow *row = g_new0 (CrClassRow, 1);

  row->school_id = g_strdup (school->id);
  row->grade = grade;
  row->number = number;
  row->pupils = 31;
  return row;
}

static CrTeacherRow *
make_teacher (const CrSchoolRow *school, const gchar *code)
{
  CrTeacherRow *row = g_new0 (CrTeacherRow, 1);

  row->school_id = g_strdup (school->id);
  row->code = g_strdup (code);
  row->name = g_strdup ("李老师");
  return row;
}

static gboolean
check_school (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrSchoolRow) row = make_school ("50010", "高山小学", "万州");
  g_autoptr (CrSchoolRow) found = NULL;
  g_autoptr (CrSchoolRow) got = NULL;

  g_assert_true (cr_school_store_insert (tx, row, error));
  g_assert_cmpint (row->version, ==, 1);
  row->uplink_kbps = 8000;
  g_free (row->phone);
  row->phone = g_strdup ("023-1");
  g_assert_true (cr_school_store_update (tx, row, error));
  found = cr_school_store_find (tx, "50010", error);
  g_assert_cmpstr (found->name, ==, "高山小学");
  g_assert_cmpstr (found->district, ==, "万州");
  g_assert_cmpstr (found->phone, ==, "023-1");
  g_assert_cmpint (found->uplink_kbps, ==, 8000);
  g_assert_cmpint (found->version, ==, 2);
  got = cr_school_store_get (tx, row->id, error);
  g_assert_cmpstr (got->code, ==, "50010");
  g_assert_null (cr_school_store_get (tx, "nobody", error));
  g_assert_error (*error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND);
  g_clear_error (error);
  return TRUE;
}

static void
test_a_school_comes_back_as_written (Fixture *f, gconstpointer data)
{
  fixture_run (f, check_school, NULL);
}

static gboolean
check_versions (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrSchoolRow) first = make_school ("1", "a", "d");
  g_autoptr (CrSchoolRow) second = NULL;

  g_assert_true (cr_school_store_insert (tx, first, error));
  second = cr_school_store_get (tx, first->id, error);
  g_assert_true (cr_school_store_update (tx, first, error));
  g_assert_false (cr_school_store_update (tx, second, error));
  g_assert_error (*error, CR_STORE_ERROR, CR_STORE_ERROR_VERSION);
  g_clear_error (error);
  g_assert_cmpint (second->version, ==, 1);
  g_assert_false (cr_school_store_remove (tx, first->id, 1, error));
  g_assert_error (*error, CR_STORE_ERROR, CR_STORE_ERROR_VERSION);
  g_clear_error (error);
  g_assert_true (cr_school_store_remove (tx, first->id, 2, error));
  g_assert_false (cr_school_store_update (tx, first, error));
  g_assert_error (*error, CR_STORE_ERROR, CR_STORE_ERROR_NOT_FOUND);
  g_clear_error (error);
  return TRUE;
}

static void
test_the_second_of_two_editors_is_told (Fixture *f, gconstpointer data)
{
  fixture_run (f, check_versions, NULL);
}

static gboolean
fill (CrStoreTx *tx, gpointer data, GError **error)
{
  for (guint i = 0; i < 18; i++) {
    g_autofree gchar *code = g_strdup_printf ("%02u/%%x", i); /* with what a cursor must escape */
    g_autoptr (CrSchoolRow) school = make_school (code, i % 2 ? "单" : "双", i < 9 ? "万州" : "开州");

    g_assert_true (cr_school_store_insert (tx, school, error));
    for (guint j = 0; j < 3; j++) {
      g_autofree gchar *number = g_strdup_printf ("%u-%u", i, j);
      g_autoptr (CrClassroomRow) classroom = make_classroom (school, number);
      g_autoptr (CrClassRow) class = make_class (school, 9 + j, 12); /* 10 comes after 9 */
      g_autoptr (CrTeacherRow) teacher = make_teacher (school, number);

      g_assert_true (cr_classroom_store_insert (tx, classroom, error));
      g_assert_true (cr_class_store_insert (tx, class, error));
      g_assert_true (cr_teacher_store_insert (tx, teacher, error));
    }
  }
  return TRUE;
}

typedef gboolean (*ListFunc) (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page,
                              GPtrArray **out, gchar **next_cursor, GError **error);

/* Pages of `limit` rows: all of them together, and each once (the first member of every row is its id). */
static guint
count_paged (CrStoreTx *tx, ListFunc list, const CrSchoolFilter *filter, guint limit)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  g_autofree gchar *cursor = NULL;

  do {
    const CrPage page = {.limit = limit, .cursor = cursor};
    g_autoptr (GPtrArray) rows = NULL;
    g_autofree gchar *next = NULL;
    g_autoptr (GError) error = NULL;

    g_assert_true (list (tx, filter, &page, &rows, &next, &error));
    g_assert_no_error (error);
    g_assert_cmpuint (rows->len, <=, limit);
    for (guint i = 0; i < rows->len; i++)
      g_assert_true (g_hash_table_add (seen, g_strdup (*(gchar **)g_ptr_array_index (rows, i))));
    g_free (cursor);
    cursor = g_steal_pointer (&next);
  } while (cursor != NULL);
  return g_hash_table_size (seen);
}

static gboolean
check_paging (CrStoreTx *tx, gpointer data, GError **error)
{
  const ListFunc lists[] = {cr_school_store_list, cr_classroom_store_list, cr_class_store_list,
                            cr_teacher_store_list};
  const CrSchoolFilter near = {.districts_json = "[\"万州\",\"别处\"]"};
  const CrSchoolFilter none = {.districts_json = "[]"};

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++) {
    guint per_school = i == 0 ? 1 : 3;

    for (guint limit = 1; limit < 60; limit += 6) {
      g_assert_cmpuint (count_paged (tx, lists[i], NULL, limit), ==, 18 * per_school);
      g_assert_cmpuint (count_paged (tx, lists[i], &near, limit), ==, 9 * per_school);
    }
    g_assert_cmpuint (count_paged (tx, lists[i], &none, 5), ==, 0);
  }
  return TRUE;
}

static void
test_pages_hold_every_row_once (Fixture *f, gconstpointer data)
{
  fixture_run (f, fill, NULL);
  fixture_read (f, check_paging, NULL);
}

static gboolean
check_filters (CrStoreTx *tx, gpointer data, GError **error)
{
  const CrSchoolFilter odd = {.text = "单"};
  g_autoptr (CrSchoolRow) school = cr_school_store_find (tx, "03/%x", error);
  const CrSchoolFilter one = {.school_id = school->id};
  const CrPage bad = {.limit = 5, .cursor = "a/b/c/d/e"};
  g_autoptr (GPtrArray) rows = NULL;
  g_autoptr (CrClassroomRow) room = NULL;
  g_autoptr (CrClassRow) class = NULL;
  CrClassRow *last;

  g_assert_cmpuint (count_paged (tx, cr_school_store_list, &odd, 4), ==, 9);
  g_assert_cmpuint (count_paged (tx, cr_classroom_store_list, &one, 2), ==, 3);
  g_assert_cmpuint (count_paged (tx, cr_teacher_store_list, &one, 2), ==, 3);
  g_assert_true (cr_class_store_list (tx, &one, NULL, &rows, NULL, error));
  last = g_ptr_array_index (rows, 2);
  g_assert_cmpint (last->grade, ==, 11);
  g_assert_cmpstr (last->school_code, ==, "03/%x");
  room = cr_classroom_store_find (tx, "03/%x", "3-1", error);
  g_assert_cmpint (room->seats, ==, -1);
  class = cr_class_store_find (tx, "03/%x", 10, 12, error);
  g_assert_cmpint (class->pupils, ==, 31);
  g_assert_false (cr_school_store_list (tx, NULL, &bad, &rows, NULL, error));
  g_assert_error (*error, CR_STORE_ERROR, CR_STORE_ERROR_INVALID);
  g_clear_error (error);
  return TRUE;
}

static void
test_filters (Fixture *f, gconstpointer data)
{
  fixture_run (f, fill, NULL);
  fixture_read (f, check_filters, NULL);
}

static gboolean
check_in_use (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrSchoolRow) school = cr_school_store_find (tx, "03/%x", error);
  g_autoptr (CrClassroomRow) nowhere = make_classroom (school, "9");
  g_autoptr (CrClassRow) graduate = make_class (school, 13, 1);

  g_assert_false (cr_school_store_remove (tx, school->id, school->version, error));
  g_assert_error (*error, CR_STORE_ERROR, CR_STORE_ERROR_IN_USE);
  g_clear_error (error);
  g_free (nowhere->school_id);
  nowhere->school_id = g_strdup ("nowhere");
  g_assert_false (cr_classroom_store_insert (tx, nowhere, error));
  g_assert_error (*error, CR_STORE_ERROR, CR_STORE_ERROR_IN_USE);
  g_clear_error (error);
  g_assert_false (cr_class_store_insert (tx, graduate, error));
  g_assert_error (*error, CR_STORE_ERROR, CR_STORE_ERROR_INVALID);
  g_clear_error (error);
  return TRUE;
}

static void
test_what_is_in_use_stays (Fixture *f, gconstpointer data)
{
  fixture_run (f, fill, NULL);
  fixture_run (f, check_in_use, NULL);
}

static gboolean
check_edits (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (CrClassroomRow) room = cr_classroom_store_find (tx, "00/%x", "0-0", error);
  g_autoptr (CrClassRow) class = cr_class_store_find (tx, "00/%x", 9, 12, error);
  g_autoptr (CrTeacherRow) teacher = cr_teacher_store_find (tx, "0-0", error);
  g_autoptr (CrTeacherRow) moved = NULL;
  g_autoptr (CrSchoolRow) other = cr_school_store_find (tx, "01/%x", error);

  room->seats = 40;
  class->pupils = 0;
  g_free (teacher->school_id);
  teacher->school_id = g_strdup (other->id);
  g_assert_true (cr_classroom_store_update (tx, room, error) && cr_class_store_update (tx, class, error) &&
                 cr_teacher_store_update (tx, teacher, error));
  moved = cr_teacher_store_get (tx, teacher->id, error);
  g_assert_cmpstr (moved->school_code, ==, "01/%x");
  g_assert_cmpint (moved->version, ==, 2);
  g_assert_true (cr_classroom_store_remove (tx, room->id, 2, error) &&
                 cr_class_store_remove (tx, class->id, 2, error) &&
                 cr_teacher_store_remove (tx, teacher->id, 2, error));
  g_assert_null (cr_classroom_store_get (tx, room->id, NULL));
  return TRUE;
}

static void
test_edits_of_what_belongs_to_a_school (Fixture *f, gconstpointer data)
{
  fixture_run (f, fill, NULL);
  fixture_run (f, check_edits, NULL);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  fixture_test ("/store/school/row", test_a_school_comes_back_as_written);
  fixture_test ("/store/school/versions", test_the_second_of_two_editors_is_told);
  fixture_test ("/store/school/paging", test_pages_hold_every_row_once);
  fixture_test ("/store/school/filters", test_filters);
  fixture_test ("/store/school/in-use", test_what_is_in_use_stays);
  fixture_test ("/store/school/edits", test_edits_of_what_belongs_to_a_school);
  return g_test_run ();
}

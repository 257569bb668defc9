/* SPDX-License-Identifier: Apache-2.0
 *
 * Tables as spreadsheets write them, and the way there and back.
 */
#include "base/csv.h"

#include <string.h>

static CrCsv *
parse (const gchar *text)
{
  g_autoptr (GError) error = NULL;
  CrCsv *csv = cr_csv_parse (text, strlen (text), NULL, &error);

  g_assert_no_error (error);
  return csv;
}

static const gchar *
cell (const CrCsv *csv, guint row, guint column)
{
  return cr_csv_cell (csv->rows->pdata[row], column);
}

static void
test_separators_and_line_ends (void)
{
  static const gchar *const texts[] = {
      "a,b\n1,2\n",      "a;b\r\n1;2\r\n",         "a\tb\r1\t2",
      "sep=;\na;b\n1;2", "\357\273\277a,b\r\n1,2", "\"a\",\"b\"\n\n,,\n 1 , 2 \n"};
  static const gchar separators[] = {',', ';', '\t', ';', ',', ','};

  for (guint i = 0; i < G_N_ELEMENTS (texts); i++) {
    g_autoptr (CrCsv) csv = parse (texts[i]);

    g_test_message ("case %u", i);
    g_assert_cmpint (csv->separator, ==, separators[i]);
    g_assert_cmpint (csv->encoding, ==, CR_CSV_UTF8);
    g_assert_cmpuint (csv->rows->len, ==, 2);
    g_assert_cmpstr (cell (csv, 0, 1), ==, "b");
    g_assert_cmpstr (cell (csv, 1, 0), ==, "1");
    g_assert_cmpstr (cell (csv, 1, 1), ==, "2");
    g_assert_cmpstr (cell (csv, 1, 2), ==, "");
  }
}

static void
test_rows_know_their_lines (void)
{
  g_autoptr (CrCsv) csv = parse ("a;\"b, \"\"c\"\"\r\nd\"\r\n\r\n1;2,3\r\n");

  g_assert_cmpint (csv->separator, ==, ';');
  g_assert_cmpstr (cell (csv, 0, 1), ==, "b, \"c\"\nd");
  g_assert_cmpuint (((CrCsvRow *)csv->rows->pdata[0])->line, ==, 1);
  g_assert_cmpuint (((CrCsvRow *)csv->rows->pdata[1])->line, ==, 4);
  g_assert_cmpstr (cell (csv, 1, 1), ==, "2,3");
}

static void
test_gb18030_is_found_out (void)
{
  g_autofree gchar *text = NULL;
  g_autoptr (CrCsv) csv = NULL;
  gsize length;

  text = g_convert ("学校,区县\n龙驹镇,万州区\n", -1, "GB18030", "UTF-8", NULL, &length, NULL);
  csv = cr_csv_parse (text, length, NULL, NULL);
  g_assert_nonnull (csv);
  g_assert_cmpint (csv->encoding, ==, CR_CSV_GB18030);
  g_assert_cmpstr (cell (csv, 1, 0), ==, "龙驹镇");
}

typedef struct {
  const gchar *text;
  gsize length;
  CrCsvError code;
  guint line, column;
} Refused;

static void
test_what_is_wrong_is_named (void)
{
  static const Refused cases[] = {
      {"a,b\n1,\"2\n3,4\n", 0, CR_CSV_ERROR_QUOTE, 2, 2},
      {"a,b\n1,2\n\"3\"x,4\n", 0, CR_CSV_ERROR_QUOTE, 3, 1},
      {"a\n\xff\xff\n", 0, CR_CSV_ERROR_ENCODING, 2, 0},
      {"a\nb\0c\n", 6, CR_CSV_ERROR_ENCODING, 2, 0},
      {"\xef\xbb\xbf"
       "a\n\xc4\xe3\n",
       0, CR_CSV_ERROR_ENCODING, 2, 0},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    gsize length = cases[i].length > 0 ? cases[i].length : strlen (cases[i].text);
    CrCsvPosition position;
    g_autoptr (GError) error = NULL;
    g_autoptr (CrCsv) csv = cr_csv_parse (cases[i].text, length, &position, &error);

    g_test_message ("case %u", i);
    g_assert_null (csv);
    g_assert_error (error, CR_CSV_ERROR, (gint)cases[i].code);
    g_assert_cmpuint (position.line, ==, cases[i].line);
    g_assert_cmpuint (position.column, ==, cases[i].column);
  }
}

static void
assert_too_large (const gchar *unit, guint n)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (CrCsv) csv = NULL;

  for (guint i = 0; i < n; i++)
    g_string_append (text, unit);
  csv = cr_csv_parse (text->str, text->len, NULL, &error);
  g_assert_null (csv);
  g_assert_error (error, CR_CSV_ERROR, CR_CSV_ERROR_TOO_LARGE);
}

static void
test_limits_hold (void)
{
  assert_too_large ("0123456789abcde\n", CR_CSV_MAX_BYTES / 16 + 1);
  assert_too_large ("1\n", CR_CSV_MAX_ROWS + 1);
  assert_too_large ("1,", CR_CSV_MAX_COLUMNS);
  assert_too_large ("x", CR_CSV_MAX_CELL_BYTES + 1);
}

static void
test_guard_goes_on_and_off (void)
{
  static const gchar *const pairs[][2] = {
      {"=1+2", "'=1+2"}, {"+86 23", "'+86 23"},    {"-", "'-"},    {"@x", "'@x"}, {"'=x", "''=x"},
      {"＝x", "'＝x"},   {"'quoted'", "'quoted'"}, {"1-2", "1-2"}, {"''", "''"},  {"", ""},
  };

  for (guint i = 0; i < G_N_ELEMENTS (pairs); i++) {
    g_autofree gchar *guarded = cr_csv_guard (pairs[i][0]);
    g_autofree gchar *back = cr_csv_unguard (guarded);

    g_assert_cmpstr (guarded, ==, pairs[i][1]);
    g_assert_cmpstr (back, ==, pairs[i][0]);
  }
}

/* Anything that a database may hold: no control characters, no blanks around. */
static gchar *
random_text (GRand *rand)
{
  static const gchar *const pieces[] = {"=", "+", "-", "@", "'", "\"", ",", ";", "班", "＝", "a b", "0"};
  GString *text = g_string_new (NULL);

  for (gint n = g_rand_int_range (rand, 0, 6); n > 0; n--)
    g_string_append (text, pieces[g_rand_int_range (rand, 0, G_N_ELEMENTS (pieces))]);
  return g_string_free (text, FALSE);
}

static void
test_what_is_written_is_read (void)
{
  static const gchar separators[] = {',', ';', '\t'};
  GRand *rand = g_rand_new_with_seed (20191012);

  for (guint round = 0; round < 600; round++) {
    gchar separator = separators[round % G_N_ELEMENTS (separators)];
    CrCsvWriter *writer = cr_csv_writer_new (round % 2 == 0 ? CR_CSV_UTF8 : CR_CSV_GB18030, separator);
    g_autofree gchar *first = random_text (rand), *second = random_text (rand);
    g_autoptr (GBytes) bytes = NULL;
    g_autoptr (CrCsv) csv = NULL;

    for (guint i = 0; i < 3; i++)
      cr_csv_writer_cell (writer, "学校");
    cr_csv_writer_end_row (writer);
    cr_csv_writer_cell (writer, first);
    cr_csv_writer_cell (writer, second);
    cr_csv_writer_cell (writer, "end");
    cr_csv_writer_end_row (writer);
    bytes = cr_csv_writer_finish (writer);
    csv = cr_csv_parse (g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes), NULL, NULL);

    g_assert_nonnull (csv);
    g_assert_cmpint (csv->separator, ==, separator);
    g_assert_cmpuint (csv->rows->len, ==, 2);
    g_assert_cmpstr (cell (csv, 1, 0), ==, first);
    g_assert_cmpstr (cell (csv, 1, 1), ==, second);
    g_assert_cmpstr (cell (csv, 1, 2), ==, "end");
  }
  g_rand_free (rand);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/csv/separators-and-line-ends", test_separators_and_line_ends);
  g_test_add_func ("/csv/rows-know-their-lines", test_rows_know_their_lines);
  g_test_add_func ("/csv/gb18030-is-found-out", test_gb18030_is_found_out);
  g_test_add_func ("/csv/what-is-wrong-is-named", test_what_is_wrong_is_named);
  g_test_add_func ("/csv/limits-hold", test_limits_hold);
  g_test_add_func ("/csv/guard-goes-on-and-off", test_guard_goes_on_and_off);
  g_test_add_func ("/csv/what-is-written-is-read", test_what_is_written_is_read);
  return g_test_run ();
}

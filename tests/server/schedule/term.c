/* SPDX-License-Identifier: Apache-2.0
 *
 * Dates, weeks, followed dates, and local time where clocks change.
 */
#include "schedule/course.h"
#include "schedule/schedule-error.h"
#include "schedule/term.h"

static void
test_dates (void)
{
  static const gchar *const bad[] = {"",           "2019-02-29", "2019-13-01", "2019-00-10", "2019-1-01",
                                     "20190101",   "2019-01-32", "1899-12-31", "2200-01-01", "2019-01-01 ",
                                     "2019/01/01", "+019-01-01", NULL};
  gchar text[CR_DATE_TEXT_BYTES];

  /* Every day of three centuries, against GDate. */
  for (CrDate date = cr_date_from_ymd (1900, 1, 1); date <= cr_date_from_ymd (2199, 12, 31); date++) {
    gint year, month, number;
    GDate g;

    g_date_set_julian (&g, (guint32)(date + 719163));
    cr_date_to_ymd (date, &year, &month, &number);
    g_assert_cmpint (year, ==, g_date_get_year (&g));
    g_assert_cmpint (month, ==, (gint)g_date_get_month (&g));
    g_assert_cmpint (number, ==, g_date_get_day (&g));
    g_assert_cmpint (cr_date_from_ymd (year, month, number), ==, date);
    g_assert_cmpuint (cr_date_weekday (date), ==, g_date_get_weekday (&g));
  }
  for (guint i = 0; bad[i] != NULL; i++)
    g_assert_cmpint (cr_date_parse (bad[i]), ==, CR_DATE_NONE);
  g_assert_cmpint (cr_date_parse (NULL), ==, CR_DATE_NONE);
  g_assert_cmpint (cr_date_parse ("1970-01-02"), ==, 1);
  g_assert_cmpstr (cr_date_format (cr_date_parse ("2020-02-29"), text), ==, "2020-02-29");
  g_assert_cmpstr (cr_date_format (CR_DATE_NONE, text), ==, "");
}

static void
test_weeks (void)
{
  static const struct {
    const gchar *text, *written;
  } good[] = {{"all", "all"},        {"odd", "odd"}, {"even", "even"}, {"1,3,5-8", "1,3,5-8"},
              {"8, 5-7,1", "1,5-8"}, {"60", "60"},   {"1-60", "all"}};
  static const gchar *const bad[] = {"",   "0", "61",  "5-3", "1,,2", "1-",
                                     "-3", "a", "1;2", "001", "Odd",  NULL};
  CrWeeks weeks;

  for (guint i = 0; i < G_N_ELEMENTS (good); i++) {
    g_autofree gchar *written = NULL;

    g_assert_true (cr_weeks_parse (good[i].text, &weeks));
    written = cr_weeks_format (weeks);
    g_assert_cmpstr (written, ==, good[i].written);
  }
  for (guint i = 0; bad[i] != NULL; i++)
    g_assert_false (cr_weeks_parse (bad[i], &weeks));
  g_assert_false (cr_weeks_parse (NULL, &weeks));
  g_assert_true (cr_weeks_contain (CR_WEEKS_ODD, 1));
  g_assert_false (cr_weeks_contain (CR_WEEKS_ODD, 2));
  g_assert_false (cr_weeks_contain (CR_WEEKS_ALL, 0));
}

static void
test_invalid_terms (void)
{
  static const struct {
    const gchar *monday, *zone;
    guint n_weeks;
  } bad[] = {{"2019-09-03", "Asia/Shanghai", 20},
             {"2019-09-02", "Asia/Nowhere", 20},
             {"2019-09-02", "Asia/Shanghai", 0},
             {"2019-09-02", "Asia/Shanghai", 61},
             {"2019-09-32", "Asia/Shanghai", 20}};

  for (guint i = 0; i < G_N_ELEMENTS (bad); i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (
        cr_term_new ("t", "t", cr_date_parse (bad[i].monday), bad[i].n_weeks, bad[i].zone, 1, &error));
    g_assert_error (error, CR_SCHEDULE_ERROR, CR_SCHEDULE_ERROR_INVALID);
  }
}

static void
assert_moment (const gchar *zone, const gchar *date, guint minute, const gchar *expected)
{
  g_autoptr (CrTerm) term = cr_term_new ("t", "t", cr_date_parse ("2019-01-07"), 60, zone, 1, NULL);
  g_autoptr (GDateTime) moment = g_date_time_new_from_iso8601 (expected, NULL);
  gint64 unix_s = cr_term_unix_s (term, cr_date_parse (date), minute);

  g_assert_cmpint (unix_s, ==, g_date_time_to_unix (moment));
}

static void
test_zones (void)
{
  assert_moment ("Asia/Shanghai", "2019-10-12", 480, "2019-10-12T00:00:00Z");
  assert_moment ("Europe/Berlin", "2019-03-29", 480, "2019-03-29T07:00:00Z");
  assert_moment ("Europe/Berlin", "2019-04-01", 480, "2019-04-01T06:00:00Z");
  assert_moment ("Europe/Berlin", "2019-03-31", 150,
                 "2019-03-31T01:30:00Z"); /* 02:30 is skipped: read as +01:00 */
  assert_moment ("Europe/Berlin", "2019-10-27", 150,
                 "2019-10-27T00:30:00Z"); /* 02:30 comes twice: the first */
  assert_moment ("Europe/Berlin", "2019-10-28", 480, "2019-10-28T07:00:00Z");
  assert_moment ("America/New_York", "2019-03-08", 480, "2019-03-08T13:00:00Z");
  assert_moment ("America/New_York", "2019-03-11", 480, "2019-03-11T12:00:00Z");
  assert_moment ("America/New_York", "2019-03-10", 150, "2019-03-10T07:30:00Z");
  assert_moment ("America/New_York", "2019-11-03", 90, "2019-11-03T05:30:00Z");
  assert_moment ("Asia/Shanghai", "2019-10-12", 1440, "2019-10-12T16:00:00Z"); /* the day's end */
}

static void
test_date_at (void)
{
  g_autoptr (CrTerm) term =
      cr_term_new ("t", "t", cr_date_parse ("2019-01-07"), 60, "America/New_York", 1, NULL);

  for (CrDate date = term->first_monday; date < term->first_monday + 365; date++) {
    guint minute;

    g_assert_cmpint (cr_term_date_at (term, cr_term_unix_s (term, date, 725), &minute), ==, date);
    g_assert_cmpuint (minute, ==, 725);
    g_assert_cmpint (cr_term_date_at (term, cr_term_unix_s (term, date, 0), NULL), ==, date);
    g_assert_cmpint (cr_term_date_at (term, cr_term_unix_s (term, date, 1439), NULL), ==, date);
  }
}

static void
test_followed (void)
{
  g_autoptr (CrTerm) term =
      cr_term_new ("t", "t", cr_date_parse ("2019-09-02"), 20, "Asia/Shanghai", 1, NULL);
  CrDate saturday = cr_date_parse ("2019-10-12"), friday = cr_date_parse ("2019-10-04"), first, last;

  cr_term_add_holiday (term, friday, "国庆节");
  cr_term_add_makeup (term, saturday, friday, "补周五");
  cr_term_add_makeup (term, term->first_monday - 1, term->first_monday + 3, "开学前补课");
  cr_term_add_makeup (term, saturday + 7, term->first_monday - 3, "follows a day outside the term");
  g_assert_cmpint (cr_term_followed_date (term, saturday), ==, friday);
  g_assert_cmpint (cr_term_followed_date (term, friday), ==, CR_DATE_NONE);
  g_assert_cmpint (cr_term_followed_date (term, friday - 1), ==, friday - 1);
  g_assert_cmpint (cr_term_followed_date (term, saturday + 7), ==, CR_DATE_NONE);
  g_assert_cmpint (cr_term_followed_date (term, term->first_monday - 2), ==, CR_DATE_NONE);
  cr_term_add_holiday (term, saturday, "both: it is a make-up day");
  g_assert_cmpint (cr_term_followed_date (term, saturday), ==, friday);
  cr_term_range (term, &first, &last);
  g_assert_cmpint (first, ==, term->first_monday - 1);
  g_assert_cmpint (last, ==, term->first_monday + 139);
  g_assert_cmpuint (cr_term_week_of (term, friday), ==, 5);
  g_assert_cmpuint (cr_term_week_of (term, last + 1), ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/term/dates", test_dates);
  g_test_add_func ("/term/weeks", test_weeks);
  g_test_add_func ("/term/invalid", test_invalid_terms);
  g_test_add_func ("/term/zones", test_zones);
  g_test_add_func ("/term/date-at", test_date_at);
  g_test_add_func ("/term/followed", test_followed);
  return g_test_run ();
}

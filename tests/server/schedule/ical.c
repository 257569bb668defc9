/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeds read back by a library that is not ours (python3-icalendar, read-feed.py), imports of what calendar
 * programs write, and what an import refuses.
 */
#include "schedule/ical.h"

#include "schedule/schedule-error.h"
#include "server/schedule/oracle.h"

#include <glib/gstdio.h>
#include <string.h>

static const CrClock *
the_clock (void)
{
  return cr_clock_system ();
}

static gchar *
read_with_python (const gchar *feed)
{
  g_autofree gchar *script = g_test_build_filename (G_TEST_DIST, "server", "schedule", "read-feed.py", NULL);
  g_autofree gchar *path = NULL;
  g_autofree gchar *errors = NULL;
  g_autoptr (GError) error = NULL;
  gchar *output = NULL;
  gint status, fd;

  fd = g_file_open_tmp ("classrelay-feed-XXXXXX.ics", &path, &error);
  g_assert_no_error (error);
  g_close (fd, NULL);
  g_file_set_contents (path, feed, -1, &error);
  g_assert_no_error (error);
  {
    const gchar *argv[] = {"/usr/bin/python3", script, path, NULL};

    g_spawn_sync (NULL, (gchar **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output, &errors, &status,
                  &error);
  }
  g_assert_no_error (error);
  g_unlink (path);
  if (!g_spawn_check_wait_status (status, NULL))
    g_error ("%s", errors);
  return output;
}

/* Every lesson with a bell, at its time, with its state, in three zones. */
static void
test_feed (void)
{
  static const gchar *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York"};
  g_autoptr (GRand) random = g_rand_new_with_seed (11);
  guint n_cancelled = 0, n_events = 0;

  for (guint i = 0; i < G_N_ELEMENTS (zones); i++) {
    const RandomShape shape = {
        .zone = zones[i], .n_schools = 3, .n_teachers = 3, .n_courses = 20, .n_weeks = 22};
    g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
    g_autoptr (GPtrArray) view = cr_timetable_view (timetable, CR_VIEW_SCHOOL, "s1", G_MININT32, G_MAXINT32);
    g_autofree gchar *feed = cr_ical_feed (timetable, CR_VIEW_SCHOOL, "s1", TRUE, 1570000000);
    g_autofree gchar *output = read_with_python (feed);
    g_auto (GStrv) lines = g_strsplit (output, "\n", -1);
    guint n = 0;

    for (guint j = 0; j < view->len; j++) {
      const CrMeeting *meeting = g_ptr_array_index (view, j);
      g_autofree gchar *id = cr_meeting_lesson_id (meeting);
      g_autofree gchar *expected = NULL;
      gboolean cancelled = meeting->state == CR_LESSON_CANCELLED;

      if (!meeting->has_bell)
        continue;
      expected = g_strdup_printf ("%s@classrelay %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " %s %u music", id,
                                  meeting->starts_at, meeting->ends_at, cancelled ? "CANCELLED" : "CONFIRMED",
                                  meeting->sequence);
      g_assert_cmpstr (lines[n++], ==, expected);
      n_cancelled += cancelled;
    }
    n_events += n;
    g_assert_cmpstr (lines[n], ==, "");
  }
  g_assert_cmpuint (n_cancelled, >, 0);
  g_assert_cmpuint (n_events, >, 100);
}

/* Chinese text, commas, semicolons and line breaks come through; a feed of nobody is an empty calendar. */
static void
test_texts (void)
{
  CrTerm *term = cr_term_new ("t", "t", cr_date_parse ("2019-09-02"), 1, "Asia/Shanghai", 1, NULL);
  g_autoptr (CrTimetable) timetable = cr_timetable_new (term);
  CrCourse *course = cr_course_new ("k");
  CrBellSchedule *bells = cr_bell_schedule_new ("b", "s", "b", 0, G_MAXINT32, 1);
  g_autofree gchar *feed = NULL;
  g_autofree gchar *nobody = NULL;
  g_autofree gchar *output = NULL;
  g_autofree gchar *nothing = NULL;

  cr_bell_schedule_add_period (bells, 1, "1", 480, 520);
  cr_timetable_take_bell_schedule (timetable, bells);
  cr_timetable_take_school (timetable, cr_place_school_new ("s", "s", "龙驹镇中心小学", "万州", 0));
  cr_timetable_take_room (timetable, cr_place_room_new ("r", "s", "r", "录播教室"));
  cr_timetable_take_teacher (timetable, cr_place_teacher_new ("w", "w", "王老师", "s"));
  course->subject = g_strdup ("音乐");
  course->title = g_strdup ("茉莉花,民歌;一\nEND:VCALENDAR");
  course->teacher_id = g_strdup ("w");
  course->host_classroom_id = g_strdup ("r");
  course->weekday = 2;
  course->period = 1;
  cr_timetable_take_course (timetable, course);
  cr_timetable_seal (timetable);
  feed = cr_ical_feed (timetable, CR_VIEW_TEACHER, "w", TRUE, 0);
  output = read_with_python (feed);
  g_assert_nonnull (strstr (output, "音乐：茉莉花,民歌;一\nEND:VCALENDAR"));
  g_assert_nonnull (strstr (feed, "LOCATION:龙驹镇中心小学 录播教室"));
  nobody = cr_ical_feed (timetable, CR_VIEW_TEACHER, "x", FALSE, 0);
  nothing = read_with_python (nobody);
  g_assert_cmpstr (nothing, ==, "");
}

#define HEAD         "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n"
#define TAIL         "END:VCALENDAR\r\n"
#define EVENT(lines) "BEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20190901T000000Z\r\n" lines "END:VEVENT\r\n"

static CrTerm *
autumn (void)
{
  return cr_term_new ("t", "t", cr_date_parse ("2019-09-02"), 20, "Asia/Shanghai", 1, NULL);
}

/* "date start end summary;…" */
static gchar *
import_text (const gchar *text)
{
  g_autoptr (CrTerm) term = autumn ();
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) found = cr_ical_import (text, strlen (text), term, the_clock (), &error);
  GString *out = g_string_new (NULL);

  g_assert_no_error (error);
  for (guint i = 0; i < found->len; i++) {
    const CrIcalOccurrence *o = &g_array_index (found, CrIcalOccurrence, i);
    gchar date[CR_DATE_TEXT_BYTES];

    g_string_append_printf (out, "%s %u-%u %s;", cr_date_format (o->date, date), o->start_minute,
                            o->end_minute, o->summary != NULL ? o->summary : "");
  }
  return g_string_free (out, FALSE);
}

static void
test_import (void)
{
  static const struct {
    const gchar *text, *expected;
  } cases[] = {
      {HEAD EVENT (
           "DTSTART;TZID=Asia/Shanghai:20190903T080000\r\nDTEND;TZID=Asia/Shanghai:20190903T084000\r\n"
           "SUMMARY:数学\r\n") TAIL,
       "2019-09-03 480-520 数学;"},
      {HEAD EVENT ("DTSTART:20190903T000000Z\r\nDURATION:PT40M\r\nSUMMARY:utc\r\n") TAIL,
       "2019-09-03 480-520 utc;"},
      {HEAD EVENT (
           "DTSTART;TZID=Europe/Berlin:20190903T020000\r\nDTEND;TZID=Europe/Berlin:20190903T023000\r\n") TAIL,
       "2019-09-03 480-510 ;"},
      {HEAD EVENT ("DTSTART;VALUE=DATE:20190903\r\nSUMMARY:day\r\n") TAIL, "2019-09-03 0-1440 day;"},
      {HEAD EVENT ("DTSTART;VALUE=DATE:20190903\r\nRRULE:FREQ=WEEKLY;COUNT=2\r\n") TAIL,
       "2019-09-03 0-1440 ;2019-09-10 0-1440 ;"},
      {HEAD EVENT ("DTSTART:20190902T080000\r\nDTEND:20190902T084000\r\nSUMMARY:long\r\n "
                   "er\r\nRRULE:FREQ=WEEKLY;BYDAY=MO,WE;COUNT=4\r\nEXDATE:20190904T080000\r\n") TAIL,
       "2019-09-02 480-520 longer;2019-09-09 480-520 longer;2019-09-11 480-520 longer;"},
      {HEAD EVENT ("DTSTART:20190902T080000\r\nDTEND:20190902T084000\r\nRRULE:FREQ=WEEKLY;INTERVAL=2;UNTIL="
                   "20190930\r\n") TAIL,
       "2019-09-02 480-520 ;2019-09-16 480-520 ;2019-09-30 480-520 ;"},
      {HEAD EVENT (
           "DTSTART:20190902T080000\r\nDTEND:20190902T084000\r\nSUMMARY:a\r\nRRULE:FREQ=DAILY;COUNT=3\r\n")
           EVENT ("RECURRENCE-ID:20190903T080000\r\nDTSTART:20190903T100000\r\nDTEND:"
                  "20190903T104000\r\nSUMMARY:b\r\n") TAIL,
       "2019-09-02 480-520 a;2019-09-03 600-640 b;2019-09-04 480-520 a;"},
      /* Before the term, after it, cancelled. */
      {HEAD EVENT ("DTSTART:20180902T080000\r\nDTEND:20180902T084000\r\n")
           EVENT ("DTSTART:20250902T080000\r\nDTEND:20250902T084000\r\n")
               EVENT ("STATUS:CANCELLED\r\nDTSTART:20190902T080000\r\nDTEND:20190902T084000\r\n") TAIL,
       ""},
      /* Into the next day: cut at midnight. */
      {HEAD EVENT ("DTSTART:20190902T230000\r\nDTEND:20190903T010000\r\n") TAIL, "2019-09-02 1380-1440 ;"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *found = import_text (cases[i].text);

    g_assert_cmpstr (found, ==, cases[i].expected);
  }
}

static void
assert_refused (const gchar *text, gsize length, gint code)
{
  g_autoptr (CrTerm) term = autumn ();
  g_autoptr (GError) error = NULL;
  gint64 start_us = g_get_monotonic_time ();

  g_assert_null (cr_ical_import (text, length, term, the_clock (), &error));
  g_assert_error (error, CR_SCHEDULE_ERROR, code);
  /* The limit is 50 ms; a single line may take it a little past, and sanitizers more. */
  g_assert_cmpint (g_get_monotonic_time () - start_us, <, 20 * CR_ICAL_IMPORT_MAX_US);
}

static void
test_refused (void)
{
  static const struct {
    const gchar *text;
    gint code;
  } cases[] = {
      {"", CR_SCHEDULE_ERROR_INVALID},
      {"hello\r\n", CR_SCHEDULE_ERROR_INVALID},
      {HEAD, CR_SCHEDULE_ERROR_INVALID},
      {"END:VCALENDAR\r\n", CR_SCHEDULE_ERROR_INVALID},
      {"\xff\xfe", CR_SCHEDULE_ERROR_INVALID},
      {HEAD EVENT ("SUMMARY:no start\r\n") TAIL, CR_SCHEDULE_ERROR_INVALID},
      {HEAD EVENT ("DTSTART:20190902T080000\r\nRRULE:FREQ=SECONDLY\r\n") TAIL, CR_SCHEDULE_ERROR_INVALID},
      {HEAD EVENT ("DTSTART:20190902T080000\r\nRRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=30\r\n") TAIL,
       CR_SCHEDULE_ERROR_INVALID},
      {HEAD EVENT ("DTSTART:20190902T080000\r\nRRULE:FREQ=DAILY;BYHOUR=1,2,3,4;BYMINUTE=0,1,2,3,4,5\r\n")
           TAIL,
       CR_SCHEDULE_ERROR_INVALID},
      {HEAD EVENT ("DTSTART:20190902T080000\r\nRRULE:FREQ=WEEKLY;BYDAY=2MO\r\n") TAIL,
       CR_SCHEDULE_ERROR_INVALID},
      {HEAD EVENT ("DTSTART:20190902T080000\r\nRDATE:20190903T080000\r\nRRULE:FREQ=DAILY\r\n") TAIL,
       CR_SCHEDULE_ERROR_INVALID},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i].text, strlen (cases[i].text), cases[i].code);
  assert_refused ("BEGIN:VCALENDAR\0", 16, CR_SCHEDULE_ERROR_INVALID);
}

/* Every wrong event is named by the line it begins on, whatever is folded before it; what is fatal ends the
 * list. */
static void
test_faults (void)
{
  static const gchar text[] = HEAD                                                            /* 1 to 3 */
      EVENT ("DTSTART:20190902T080000\r\nSUMMARY:a\r\n b\r\n c\r\nDTEND:20190902T084000\r\n") /* 4 to 12 */
      EVENT ("SUMMARY:no start\r\n")                                                          /* 13 */
      EVENT ("DTSTART:20190902T080000\r\nRRULE:FREQ=YEARLY\r\nSUMMARY:birthday\r\n")          /* 18 */
      "BEGIN:VTODO\r\nUID:2\r\nEND:VTODO\r\n"                                                 /* 25 to 27 */
      EVENT ("DTSTART:20190903T080000\r\nRRULE:FREQ=DAILY;UNTIL=20191399\r\nSUMMARY:late\r\n") /* 28 */ TAIL;
  static const struct {
    CrIcalFaultKind kind;
    guint line;
    const gchar *summary;
  } expected[] = {{CR_ICAL_FAULT_NO_START, 13, "no start"}, {CR_ICAL_FAULT_RULE, 18, "birthday"}};
  g_autoptr (CrTerm) term = autumn ();
  g_autoptr (CrIcalReport) report = cr_ical_read (text, strlen (text), term, the_clock ());
  g_autoptr (CrIcalReport) cut = cr_ical_read (text, 200, term, the_clock ());

  g_assert_cmpuint (report->faults->len, >=, G_N_ELEMENTS (expected));
  for (guint i = 0; i < G_N_ELEMENTS (expected); i++) {
    const CrIcalFault *fault = &g_array_index (report->faults, CrIcalFault, i);

    g_assert_cmpint (fault->kind, ==, expected[i].kind);
    g_assert_cmpuint (fault->line, ==, expected[i].line);
    g_assert_cmpstr (fault->summary, ==, expected[i].summary);
    g_assert_cmpstr (cr_ical_fault_sentence (fault->kind, TRUE), !=, "");
  }
  g_assert_cmpuint (g_array_index (report->found, CrIcalOccurrence, 0).line, ==, 4);
  g_assert_cmpuint (cut->faults->len, ==, 1);
  g_assert_cmpint (g_array_index (cut->faults, CrIcalFault, 0).kind, ==, CR_ICAL_FAULT_NOT_WHOLE);
}

static void
repeat (GString *text, const gchar *part, guint times)
{
  for (guint i = 0; i < times; i++)
    g_string_append (text, part);
}

static void
test_bombs (void)
{
  g_autoptr (GString) large = g_string_new (HEAD);
  g_autoptr (GString) events = g_string_new (HEAD);
  g_autoptr (GString) daily = g_string_new (HEAD);
  g_autoptr (GString) folded = g_string_new (HEAD "SUMMARY:");
  g_autoptr (GString) nested = g_string_new (NULL);
  g_autoptr (GString) exceptions =
      g_string_new (HEAD "BEGIN:VEVENT\r\nUID:1\r\nDTSTART:20190902T080000\r\nDTEND:20190902T084000\r\n"
                         "RRULE:FREQ=DAILY\r\n");
  g_autoptr (CrTerm) term = autumn ();
  gint64 start_us;

  repeat (large, EVENT ("DTSTART:20190902T080000\r\n"), 20000);
  assert_refused (large->str, large->len, CR_SCHEDULE_ERROR_TOO_LARGE);
  repeat (events, EVENT ("DTSTART:20190902T080000\r\n"), 1001);
  assert_refused (events->str, events->len, CR_SCHEDULE_ERROR_TOO_LARGE);
  repeat (daily, EVENT ("DTSTART:19000902T080000\r\nDTEND:19000902T084000\r\nRRULE:FREQ=DAILY\r\n"), 900);
  g_string_append (daily, TAIL);
  assert_refused (daily->str, daily->len, CR_SCHEDULE_ERROR_TOO_LARGE);
  repeat (folded, "x\r\n ", 30000);
  assert_refused (folded->str, folded->len, CR_SCHEDULE_ERROR_TOO_LARGE);
  repeat (nested, "BEGIN:VCALENDAR\r\n", 10000);
  assert_refused (nested->str, nested->len, CR_SCHEDULE_ERROR_INVALID);

  /* Thirty thousand exceptions: as many as are read in time, and no longer. */
  repeat (exceptions, "EXDATE:20190902T080000\r\n", 30000);
  g_string_append (exceptions, "END:VEVENT\r\n" TAIL);
  start_us = g_get_monotonic_time ();
  {
    g_autoptr (GError) error = NULL;
    g_autoptr (GArray) found = cr_ical_import (exceptions->str, exceptions->len, term, the_clock (), &error);
    gint64 took_us = g_get_monotonic_time () - start_us;

    g_test_message ("30,000 exceptions: %s after %.1f ms", found != NULL ? "read" : error->message,
                    took_us / 1000.0);
    g_assert_cmpint (took_us, <, 20 * CR_ICAL_IMPORT_MAX_US);
  }
}

/* What is exported can be read again by the importer: a feed is a calendar like any other. */
static void
test_round_trip (void)
{
  const RandomShape shape = {
      .zone = "Asia/Shanghai", .n_schools = 2, .n_teachers = 2, .n_courses = 4, .n_weeks = 20};
  g_autoptr (GRand) random = g_rand_new_with_seed (12);
  g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
  const CrTerm *term = cr_timetable_term (timetable);
  g_autofree gchar *feed = cr_ical_feed (timetable, CR_VIEW_ALL, NULL, TRUE, 0);
  g_autoptr (GError) error = NULL;
  g_autoptr (GArray) found = cr_ical_import (feed, strlen (feed), term, the_clock (), &error);
  guint n_meetings, n = 0;
  const CrMeeting *meetings = cr_timetable_meetings (timetable, &n_meetings);
  CrDate first, last;

  g_assert_no_error (error);
  cr_term_range (term, &first, &last);
  for (guint i = 0; i < n_meetings; i++)
    n += meetings[i].has_bell && meetings[i].state != CR_LESSON_CANCELLED && meetings[i].date >= first &&
         meetings[i].date <= last;
  g_assert_cmpuint (found->len, ==, n);
  g_assert_cmpuint (n, >, 10);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/ical/feed", test_feed);
  g_test_add_func ("/ical/texts", test_texts);
  g_test_add_func ("/ical/import", test_import);
  g_test_add_func ("/ical/refused", test_refused);
  g_test_add_func ("/ical/faults", test_faults);
  g_test_add_func ("/ical/bombs", test_bombs);
  g_test_add_func ("/ical/round-trip", test_round_trip);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a lesson counts as, and that the same lessons are found in total, weeks, courses and schools.
 */
#include "report/lesson-tally.h"

#include "server/schedule/large-term.h"

#define NOW_S G_GINT64_CONSTANT (1000000)
#define TODAY ((CrDate)12000)

typedef struct {
  const gchar *what;
  CrLessonState state;
  gint64 ends_at, planned_at, moved_at, live_at;
  CrDate date; /* of a lesson without a bell; 0: it has one */
  gboolean frozen, withdrawn;
  CrOutcome outcome;
} Case;

static const Case cases[] = {
    {"to come", CR_LESSON_SCHEDULED, NOW_S + 1, .outcome = CR_OUTCOME_AHEAD},
    {"over, not opened", CR_LESSON_SCHEDULED, NOW_S, .outcome = CR_OUTCOME_MISSED},
    {"put there after its bell", CR_LESSON_SCHEDULED, NOW_S - 9, NOW_S - 8, .outcome = CR_OUTCOME_NONE},
    {"of a rule that came later", CR_LESSON_SCHEDULED, NOW_S - 9, 0, NOW_S - 8, .outcome = CR_OUTCOME_NONE},
    {"without a bell, today", CR_LESSON_SCHEDULED, .date = TODAY, .outcome = CR_OUTCOME_AHEAD},
    {"without a bell, yesterday", CR_LESSON_SCHEDULED, .date = TODAY - 1, .outcome = CR_OUTCOME_MISSED},
    {"open", CR_LESSON_OPEN, NOW_S + 9, .frozen = TRUE, .outcome = CR_OUTCOME_RUNNING},
    {"live", CR_LESSON_LIVE, NOW_S - 9, .frozen = TRUE, .live_at = 5, .outcome = CR_OUTCOME_RUNNING},
    {"held", CR_LESSON_ENDED, NOW_S - 9, .frozen = TRUE, .live_at = 5, .outcome = CR_OUTCOME_HELD},
    {"opened, no teacher", CR_LESSON_ENDED, NOW_S - 9, .frozen = TRUE, .outcome = CR_OUTCOME_MISSED},
    {"cancelled", CR_LESSON_CANCELLED, NOW_S + 9, .outcome = CR_OUTCOME_CANCELLED},
    {"taken back", CR_LESSON_CANCELLED, NOW_S + 9, .withdrawn = TRUE, .outcome = CR_OUTCOME_NONE},
};

static void
test_outcomes (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    const Case *c = &cases[i];
    CrCourse course = {.moved_at = c->moved_at};
    CrFrozenLesson frozen = {.live_at = c->live_at};
    CrChange change = {.kind = CR_CHANGE_ADD, .withdrawn_at = 7};
    const CrMeeting meeting = {.course = &course,
                               .frozen = c->frozen ? &frozen : NULL,
                               .change = c->withdrawn ? &change : NULL,
                               .date = c->date,
                               .has_bell = c->date == 0,
                               .ends_at = c->ends_at,
                               .planned_at = c->planned_at,
                               .state = c->state};

    g_test_message ("%s", c->what);
    g_assert_cmpint (cr_meeting_outcome (&meeting, NOW_S, TODAY), ==, c->outcome);
  }
}

static guint
sum (const GArray *rows, CrOutcome outcome)
{
  guint n = 0;

  for (guint i = 0; i < rows->len; i++)
    n += g_array_index (rows, CrTally, i).n[outcome];
  return n;
}

/* In the large term every lesson is heard by one class at each of eight schools besides the host's. */
static void
test_the_same_lessons_everywhere (void)
{
  g_autoptr (CrTimetable) timetable = large_term_new (TRUE);
  g_autoptr (CrLessonTally) tally = cr_lesson_tally_new (timetable);
  CrDate middle = cr_timetable_term (timetable)->first_monday + 70;
  guint n;
  const CrMeeting *meetings = cr_timetable_meetings (timetable, &n);
  gint64 now_s = 0, began_us;

  for (guint i = 0; i < n && meetings[i].date < middle; i++)
    now_s = meetings[i].ends_at;
  began_us = g_get_monotonic_time ();
  for (guint i = 0; i < n; i++)
    cr_lesson_tally_add (tally, &meetings[i], cr_meeting_outcome (&meetings[i], now_s, middle));
  g_test_message ("%u lessons counted in %" G_GINT64_FORMAT " us", n, g_get_monotonic_time () - began_us);

  g_assert_cmpuint (cr_tally_planned (&tally->total), ==, n);
  g_assert_cmpuint (tally->courses->len, ==, LARGE_N_COURSES);
  g_assert_cmpuint (tally->schools->len, ==, LARGE_N_SCHOOLS);
  for (guint outcome = CR_OUTCOME_AHEAD; outcome < CR_N_OUTCOMES; outcome++) {
    guint total = tally->total.n[outcome];

    g_assert_cmpuint (sum (tally->weeks, outcome), ==, total);
    g_assert_cmpuint (sum (tally->courses, outcome), ==, total);
    g_assert_cmpuint (sum (tally->schools, outcome), ==, 9 * total);
  }
  g_assert_cmpuint (g_array_index (tally->weeks, CrTally, 0).n[CR_OUTCOME_AHEAD], ==, 0);
  g_assert_cmpuint (g_array_index (tally->weeks, CrTally, 9).n[CR_OUTCOME_MISSED], >, 0);
  g_assert_cmpuint (g_array_index (tally->weeks, CrTally, 11).n[CR_OUTCOME_MISSED], ==, 0);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/server/report/lesson-tally/outcomes", test_outcomes);
  g_test_add_func ("/server/report/lesson-tally/the-same-lessons-everywhere",
                   test_the_same_lessons_everywhere);
  return g_test_run ();
}

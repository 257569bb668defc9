/* SPDX-License-Identifier: Apache-2.0
 *
 * The opener over a whole term with a clock moved by hand: each lesson opens once, through restarts, steps of
 * the clock in both directions, sleep over bells and failing saves. The store is a table that outlives the
 * opener, as the database does.
 */
#include "schedule/opener.h"
#include "schedule/frozen.h"

#include <string.h>

#define HOUR_S 3600

typedef struct {
  gint64 now_us;
  CrClock clock;
  GHashTable *rows; /* lesson id → CrFrozenLesson: what is on the disk */
  GHashTable *n_opened;
  GHashTable *n_ended;
  guint n_resumed, n_warned, n_missed, n_saves;
  gboolean fail;
  gboolean hold; /* saves are answered by release() */
  CrOpenerSaved held;
  gpointer held_data;
  CrFrozenLesson *held_lesson;
  CrOpener *opener;
  const gchar *zone;
  guint course_period;
  gint64 created_at; /* of the courses */
  guint weekday;     /* of both courses; 0: Monday and Friday */
  gint64 moved_at;
} World;

static gint64
read_wall (gpointer data)
{
  return ((World *)data)->now_us;
}

static void
count (GHashTable *table, const gchar *id)
{
  guint n = GPOINTER_TO_UINT (g_hash_table_lookup (table, id));

  g_hash_table_replace (table, g_strdup (id), GUINT_TO_POINTER (n + 1));
}

static void
keep (World *world, const CrFrozenLesson *lesson)
{
  g_autofree gchar *json = cr_frozen_lesson_to_json (lesson, NULL);
  g_autoptr (GError) error = NULL;
  CrFrozenLesson *row = cr_frozen_lesson_from_json (json, &error);

  g_assert_no_error (error);
  row->state = lesson->state;
  row->extended_s = lesson->extended_s;
  row->opened_at = lesson->opened_at;
  row->live_at = lesson->live_at;
  row->ended_at = lesson->ended_at;
  g_hash_table_replace (world->rows, g_strdup (lesson->lesson_id), row);
}

static void
on_save (CrOpenerStep step, const CrFrozenLesson *lesson, CrOpenerSaved saved, gpointer saved_data,
         gpointer data)
{
  World *world = data;
  const CrFrozenLesson *row = g_hash_table_lookup (world->rows, lesson->lesson_id);

  world->n_saves++;
  if (world->hold) {
    world->held = saved;
    world->held_data = saved_data;
    world->held_lesson = cr_frozen_lesson_copy (lesson);
    return;
  }
  if (world->fail) {
    saved (FALSE, saved_data);
    return;
  }
  if (step == CR_OPENER_OPEN || step == CR_OPENER_MISS)
    g_assert_true (row == NULL || row->opened_at == 0); /* the database's rule */
  else
    g_assert_nonnull (row);
  if (step == CR_OPENER_MISS)
    world->n_missed++;
  keep (world, lesson);
  saved (TRUE, saved_data);
}

static void
on_open (const CrFrozenLesson *lesson, gboolean resumed, gpointer data)
{
  World *world = data;
  const CrFrozenLesson *row = g_hash_table_lookup (world->rows, lesson->lesson_id);

  g_assert_nonnull (row); /* kept before it is told */
  if (resumed)
    world->n_resumed++;
  else
    count (world->n_opened, lesson->lesson_id);
}

static void
on_warn (const CrFrozenLesson *lesson, guint seconds_left, gpointer data)
{
  ((World *)data)->n_warned++;
  g_assert_cmpuint (seconds_left, <=, 120);
  g_assert_cmpuint (seconds_left, >, 0);
}

static void
on_changed (const CrFrozenLesson *lesson, gpointer data)
{
}

static void
on_end (const CrFrozenLesson *lesson, gpointer data)
{
  count (((World *)data)->n_ended, lesson->lesson_id);
}

static const CrOpenerCallbacks callbacks = {on_save, on_open, on_warn, on_changed, on_end};

/* Two courses of a term of 20 weeks: Mondays and Fridays, with the clock change, a holiday and a make-up day
 * in it. */
static CrTimetable *
load (World *world)
{
  CrTerm *term = cr_term_new ("t", "t", cr_date_parse ("2019-09-02"), 20, world->zone, 1, NULL);
  CrTimetable *timetable = cr_timetable_new (term);
  CrBellSchedule *bells =
      cr_bell_schedule_new ("b", "s", "b", cr_date_parse ("2019-08-01"), cr_date_parse ("2020-07-31"), 1);
  GHashTableIter iter;
  gpointer row;

  cr_term_add_holiday (term, cr_date_parse ("2019-10-04"), "h");
  cr_term_add_makeup (term, cr_date_parse ("2019-10-12"), cr_date_parse ("2019-10-04"), "m");
  cr_bell_schedule_add_period (bells, 1, "1", 480, 520);
  cr_bell_schedule_add_period (bells, 2, "2", 530, 570);
  cr_timetable_take_bell_schedule (timetable, bells);
  cr_timetable_take_room (timetable, cr_place_room_new ("r", "s", "r", "r"));
  for (guint i = 0; i < 2; i++) {
    CrCourse *course = cr_course_new (i == 0 ? "k0" : "k1");

    course->teacher_id = g_strdup ("t");
    course->host_classroom_id = g_strdup ("r");
    course->weekday = world->weekday != 0 ? world->weekday : i == 0 ? 1 : 5;
    course->period = world->course_period != 0 ? world->course_period : i + 1;
    course->version = 1;
    course->created_at = world->created_at;
    course->moved_at = world->moved_at;
    cr_timetable_take_course (timetable, course);
  }
  g_hash_table_iter_init (&iter, world->rows);
  while (g_hash_table_iter_next (&iter, NULL, &row))
    cr_timetable_take_frozen (timetable, cr_frozen_lesson_copy (row));
  cr_timetable_seal (timetable);
  return timetable;
}

static void
restart (World *world)
{
  g_autoptr (CrTimetable) timetable = load (world);
  CrOpenerConfig config;

  cr_opener_config_init (&config);
  g_clear_pointer (&world->opener, cr_opener_free);
  world->opener = cr_opener_new (&world->clock, &config, &callbacks, world);
  cr_opener_set_timetable (world->opener, timetable);
}

static void
world_init (World *world, const gchar *zone)
{
  *world = (World){.zone = zone};
  world->clock = (CrClock){.monotonic_us = read_wall, .wall_us = read_wall, .data = world};
  world->rows =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)cr_frozen_lesson_free);
  world->n_opened = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  world->n_ended = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

static void
world_clear (World *world)
{
  g_clear_pointer (&world->opener, cr_opener_free);
  g_hash_table_unref (world->rows);
  g_hash_table_unref (world->n_opened);
  g_hash_table_unref (world->n_ended);
}

static void
at (World *world, const gchar *utc)
{
  g_autoptr (GDateTime) time = g_date_time_new_from_iso8601 (utc, NULL);

  world->now_us = g_date_time_to_unix (time) * G_USEC_PER_SEC;
}

static void
tick_at (World *world, const gchar *utc)
{
  at (world, utc);
  cr_opener_tick (world->opener);
}

static guint
n_opened (World *world, const gchar *id)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (world->n_opened, id));
}

static guint
n_ended (World *world, const gchar *id)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (world->n_ended, id));
}

static CrLessonState
state_of (World *world, const gchar *id)
{
  const CrFrozenLesson *row = g_hash_table_lookup (world->rows, id);

  return row == NULL ? CR_LESSON_SCHEDULED : row->state;
}

static void
assert_each_once (World *world, guint expected)
{
  GHashTableIter iter;
  gpointer id, n;

  g_assert_cmpuint (g_hash_table_size (world->n_opened), ==, expected);
  g_hash_table_iter_init (&iter, world->n_opened);
  while (g_hash_table_iter_next (&iter, &id, &n)) {
    g_assert_cmpuint (GPOINTER_TO_UINT (n), ==, 1);
    g_assert_cmpuint (n_ended (world, id), ==, 1);
  }
}

/* Twenty Mondays and twenty Fridays, one of which is made up for: all open once, ended once, in every zone.
 */
static void
test_whole_term (void)
{
  static const gchar *const zones[] = {"Asia/Shanghai", "Europe/Berlin", "America/New_York"};

  for (guint i = 0; i < G_N_ELEMENTS (zones); i++) {
    gint64 end_us, warned_at_most;
    World world;

    world_init (&world, zones[i]);
    at (&world, "2020-01-27T00:00:00Z");
    end_us = world.now_us;
    at (&world, "2019-08-30T00:00:00Z");
    restart (&world);
    for (; world.now_us < end_us; world.now_us += 30 * G_USEC_PER_SEC)
      cr_opener_tick (world.opener);
    assert_each_once (&world, 40);
    warned_at_most = 40;
    g_assert_cmpuint (world.n_warned, ==, warned_at_most);
    g_assert_cmpuint (world.n_missed, ==, 0);
    g_assert_cmpuint (world.n_saves, ==, 80);
    g_assert_cmpuint (n_opened (&world, "k1-20191012"), ==, 1);
    g_assert_cmpuint (n_opened (&world, "k1-20191004"), ==, 0);
    world_clear (&world);
  }
}

/* The next thing is known in advance: jumping from one to the next does the same as ticking. */
static void
test_next_at (void)
{
  World world;
  guint n_jumps = 0;

  world_init (&world, "Europe/Berlin");
  at (&world, "2019-08-30T00:00:00Z");
  restart (&world);
  for (gint64 next = 0; n_jumps < 1000; n_jumps++) {
    cr_opener_tick (world.opener);
    next = cr_opener_next_at (world.opener);
    if (next == G_MAXINT64)
      break;
    g_assert_cmpint (next * G_USEC_PER_SEC, >, world.now_us);
    world.now_us = next * G_USEC_PER_SEC;
  }
  assert_each_once (&world, 40);
  g_assert_cmpuint (n_jumps, ==, 120); /* open, warn, end */
  world_clear (&world);
}

/* Restarts, clock steps of up to two hours and sleep at random: nothing opens twice, and what was never open
 * at its time is recorded as missed. */
static void
test_random_clock (void)
{
  for (guint32 seed = 1; seed <= 20; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    gint64 end_us;
    GHashTableIter iter;
    gpointer id, value;
    World world;

    world_init (&world, "America/New_York");
    at (&world, "2020-01-27T00:00:00Z");
    end_us = world.now_us;
    at (&world, "2019-08-30T00:00:00Z");
    restart (&world);
    while (world.now_us < end_us) {
      world.now_us += (gint64)g_rand_int_range (random, 1, 600) * G_USEC_PER_SEC;
      if (g_rand_int_range (random, 0, 100) == 0)
        world.now_us += (gint64)g_rand_int_range (random, -2 * HOUR_S, 2 * HOUR_S) * G_USEC_PER_SEC;
      if (g_rand_int_range (random, 0, 50) == 0)
        restart (&world);
      world.fail = g_rand_int_range (random, 0, 10) == 0;
      cr_opener_tick (world.opener);
    }
    world.fail = FALSE;
    world.now_us += (gint64)HOUR_S * G_USEC_PER_SEC;
    cr_opener_tick (world.opener);
    g_assert_cmpuint (g_hash_table_size (world.rows), ==, 40);
    g_hash_table_iter_init (&iter, world.rows);
    while (g_hash_table_iter_next (&iter, &id, &value)) {
      const CrFrozenLesson *row = value;

      g_assert_cmpint (row->state, ==, CR_LESSON_ENDED);
      g_assert_cmpuint (n_opened (&world, id), ==, row->opened_at != 0 ? 1 : 0);
      g_assert_cmpuint (n_ended (&world, id), ==, row->opened_at != 0 ? 1 : 0);
    }
    world_clear (&world);
  }
}

static void
test_late_and_missed (void)
{
  World world;

  world_init (&world, "Asia/Shanghai");
  at (&world, "2019-09-01T00:00:00Z");
  restart (&world);
  tick_at (&world, "2019-09-01T23:44:59Z"); /* Monday 08:00 in Shanghai is 00:00 UTC */
  g_assert_cmpint (state_of (&world, "k0-20190902"), ==, CR_LESSON_SCHEDULED);
  tick_at (&world, "2019-09-01T23:45:00Z");
  g_assert_cmpint (state_of (&world, "k0-20190902"), ==, CR_LESSON_OPEN);

  /* Asleep over the next bell, awake in its middle: it opens at once. The first ends as late as that. */
  tick_at (&world, "2019-09-06T01:00:00Z");
  g_assert_cmpint (state_of (&world, "k0-20190902"), ==, CR_LESSON_ENDED);
  g_assert_cmpint (state_of (&world, "k1-20190906"), ==, CR_LESSON_OPEN);

  /* Asleep through the whole of one: recorded, not opened. */
  tick_at (&world, "2019-09-09T00:40:00Z");
  g_assert_cmpint (state_of (&world, "k0-20190909"), ==, CR_LESSON_ENDED);
  g_assert_cmpuint (n_opened (&world, "k0-20190909"), ==, 0);
  g_assert_cmpuint (world.n_missed, ==, 1);
  cr_opener_tick (world.opener);
  g_assert_cmpuint (world.n_missed, ==, 1);

  /* The clock was wrong: back in the lesson's time, it opens after all, once, also after a restart. */
  restart (&world);
  tick_at (&world, "2019-09-09T00:10:00Z");
  g_assert_cmpuint (n_opened (&world, "k0-20190909"), ==, 1);
  tick_at (&world, "2019-09-08T20:00:00Z"); /* and stays open when it goes back further */
  g_assert_cmpint (state_of (&world, "k0-20190909"), ==, CR_LESSON_OPEN);
  tick_at (&world, "2019-09-08T23:50:00Z");
  g_assert_cmpuint (n_opened (&world, "k0-20190909"), ==, 1);
  world_clear (&world);
}

static void
enter_courses_at (World *world, const gchar *utc)
{
  at (world, utc);
  world->created_at = world->now_us / G_USEC_PER_SEC;
  restart (world);
}

/* Courses entered in the middle of a week: Monday's lesson was nobody's to hold. From then on they are as any
 * other. */
static void
test_entered_in_midweek (void)
{
  World world;

  world_init (&world, "Asia/Shanghai");
  enter_courses_at (&world, "2019-09-05T02:00:00Z"); /* Thursday */
  cr_opener_tick (world.opener);
  restart (&world);
  tick_at (&world, "2019-09-05T03:00:00Z");
  g_assert_cmpuint (g_hash_table_size (world.rows), ==, 0);
  tick_at (&world, "2019-09-06T01:00:00Z");
  g_assert_cmpint (state_of (&world, "k1-20190906"), ==, CR_LESSON_OPEN);
  tick_at (&world, "2019-09-09T01:00:00Z"); /* asleep over Monday's */
  g_assert_cmpuint (world.n_missed, ==, 1);
  g_assert_cmpint (state_of (&world, "k0-20190909"), ==, CR_LESSON_ENDED);
  g_assert_cmpint (state_of (&world, "k0-20190902"), ==, CR_LESSON_SCHEDULED);

  /* The clock stood ahead when they were entered: a lesson that is still to be held opens all the same. */
  tick_at (&world, "2019-09-02T00:00:00Z");
  g_assert_cmpint (state_of (&world, "k0-20190902"), ==, CR_LESSON_OPEN);
  world_clear (&world);
}

/* The closing bell decides: entered a second before it, a lesson that nobody opened was missed; entered as it
 * rings, it was not. */
static void
test_entered_during_a_lesson (void)
{
  World world;

  world_init (&world, "Asia/Shanghai");
  enter_courses_at (&world, "2019-09-02T00:20:00Z");
  cr_opener_tick (world.opener);
  g_assert_cmpint (state_of (&world, "k0-20190902"), ==, CR_LESSON_OPEN);
  world_clear (&world);

  world_init (&world, "Asia/Shanghai");
  enter_courses_at (&world, "2019-09-02T00:39:59Z");
  tick_at (&world, "2019-09-02T00:40:01Z");
  g_assert_cmpuint (world.n_missed, ==, 1);
  world_clear (&world);

  world_init (&world, "Asia/Shanghai");
  enter_courses_at (&world, "2019-09-02T00:40:00Z");
  cr_opener_tick (world.opener);
  tick_at (&world, "2019-09-02T00:40:01Z");
  g_assert_cmpuint (world.n_missed, ==, 0);
  g_assert_cmpuint (g_hash_table_size (world.rows), ==, 0);
  world_clear (&world);
}

/* As the page edits a course: written, read again, handed over while the daemon runs. */
static void
move_courses (World *world, guint weekday, guint period)
{
  g_autoptr (CrTimetable) timetable = NULL;

  world->weekday = weekday;
  world->course_period = period;
  world->moved_at = world->now_us / G_USEC_PER_SEC;
  timetable = load (world);
  cr_opener_set_timetable (world->opener, timetable);
}

/* Friday's course goes to Tuesday on a Wednesday: this week's Tuesday was nobody's to hold, last week's
 * Friday stays as it was, and from next Tuesday on it is held. */
static void
test_moved_into_the_past (void)
{
  World world;

  world_init (&world, "Asia/Shanghai");
  world.weekday = 5;
  at (&world, "2019-09-01T00:00:00Z");
  restart (&world);
  tick_at (&world, "2019-09-06T00:00:00Z");
  tick_at (&world, "2019-09-06T00:50:00Z");
  tick_at (&world, "2019-09-06T02:00:00Z"); /* both have ended */
  g_assert_cmpint (state_of (&world, "k0-20190906"), ==, CR_LESSON_ENDED);
  tick_at (&world, "2019-09-11T02:00:00Z"); /* Wednesday */
  move_courses (&world, 2, 1);
  cr_opener_tick (world.opener);
  restart (&world);
  tick_at (&world, "2019-09-11T03:00:00Z");
  g_assert_cmpuint (world.n_missed, ==, 0);
  g_assert_cmpuint (g_hash_table_size (world.rows), ==, 2);
  tick_at (&world, "2019-09-13T00:00:00Z"); /* Friday is Tuesday's now */
  g_assert_cmpuint (g_hash_table_size (world.rows), ==, 2);
  tick_at (&world, "2019-09-17T00:00:00Z");
  g_assert_cmpint (state_of (&world, "k0-20190917"), ==, CR_LESSON_OPEN);
  tick_at (&world, "2019-09-24T02:00:00Z"); /* asleep over the next: missed, as any other */
  g_assert_cmpuint (world.n_missed, ==, 2);
  world_clear (&world);
}

/* One lesson of what was planned when. */
typedef struct {
  gint64 from_s;
  guint weekday, period;
} Placement;

static const Placement *
placement_at (const GArray *placements, gint64 when_s)
{
  const Placement *found = NULL;

  for (guint i = 0; i < placements->len; i++) {
    const Placement *placement = &g_array_index (placements, Placement, i);

    if (placement->from_s < when_s)
      found = placement;
  }
  return found;
}

/* When the bell of a period closes on a date, in Shanghai, without the code under test. */
static gint64
closing_bell (CrDate date, guint period)
{
  return (gint64)date * 86400 + (period == 1 ? 520 : 570) * 60 - 8 * HOUR_S;
}

/* Every day of the term against who was to hold what when its bell closed: what the courses' place at that
 * moment gave is there, opened or missed; nothing else was missed. */
static void
check_against_placements (World *world, const GArray *placements)
{
  CrDate first = cr_date_parse ("2019-09-02");

  for (CrDate date = first; date < first + 20 * 7; date++) {
    for (guint period = 1; period <= 2; period++) {
      const Placement *placement = placement_at (placements, closing_bell (date, period));
      CrDate followed = date == cr_date_parse ("2019-10-12") ? cr_date_parse ("2019-10-04") : date;
      g_autofree gchar *id = cr_lesson_id_format ("k0", date, NULL);
      const CrFrozenLesson *row = g_hash_table_lookup (world->rows, id);
      gboolean due = placement->period == period && cr_date_weekday (followed) == placement->weekday &&
                     date != cr_date_parse ("2019-10-04");

      if (due)
        g_assert_nonnull (row);
      if (row != NULL && row->opened_at == 0 && row->period == period)
        g_assert_true (due);
    }
  }
}

static void
test_random_moves (void)
{
  for (guint32 seed = 1; seed <= 60; seed++) {
    g_autoptr (GRand) random = g_rand_new_with_seed (seed);
    g_autoptr (GArray) placements = g_array_new (FALSE, FALSE, sizeof (Placement));
    Placement placement = {.from_s = 0, .weekday = 3, .period = 1};
    gint64 end_us;
    World world;

    world_init (&world, "Asia/Shanghai");
    world.weekday = placement.weekday;
    world.course_period = placement.period;
    g_array_append_val (placements, placement);
    at (&world, "2020-01-27T00:00:00Z");
    end_us = world.now_us;
    at (&world, "2019-08-30T00:00:00Z");
    restart (&world);
    while (world.now_us < end_us) {
      gint sleep_s = g_rand_int_range (random, 0, 10) == 0 ? 30 * HOUR_S : 20 * 60;

      world.now_us += (gint64)g_rand_int_range (random, 1, sleep_s) * G_USEC_PER_SEC;
      cr_opener_tick (world.opener);
      if (g_rand_int_range (random, 0, 100) == 0)
        restart (&world);
      if (g_rand_int_range (random, 0, 150) != 0)
        continue;
      placement = (Placement){world.now_us / G_USEC_PER_SEC, (guint)g_rand_int_range (random, 1, 8),
                              (guint)g_rand_int_range (random, 1, 3)};
      g_array_append_val (placements, placement);
      move_courses (&world, placement.weekday, placement.period);
    }
    check_against_placements (&world, placements);
    g_assert_cmpuint (placements->len, >, 2);
    world_clear (&world);
  }
}

static void
test_live_extend_end (void)
{
  const gchar *id = "k0-20190902";
  World world;

  world_init (&world, "Asia/Shanghai");
  at (&world, "2019-09-01T23:50:00Z");
  restart (&world);
  g_assert_false (cr_opener_start (world.opener, id));
  cr_opener_tick (world.opener);
  g_assert_true (cr_opener_start (world.opener, id));
  g_assert_false (cr_opener_start (world.opener, id)); /* once */
  g_assert_cmpint (state_of (&world, id), ==, CR_LESSON_LIVE);

  tick_at (&world, "2019-09-02T00:43:00Z"); /* bell at 00:40, end at 00:45 */
  g_assert_cmpuint (world.n_warned, ==, 1);
  cr_opener_tick (world.opener);
  g_assert_cmpuint (world.n_warned, ==, 1);
  g_assert_true (cr_opener_extend (world.opener, id));
  restart (&world); /* in the same state, with the extension */
  g_assert_cmpuint (world.n_resumed, ==, 1);
  tick_at (&world, "2019-09-02T00:46:00Z");
  g_assert_cmpint (state_of (&world, id), ==, CR_LESSON_LIVE);
  tick_at (&world, "2019-09-02T00:53:00Z");
  g_assert_cmpuint (world.n_warned, ==, 2);
  for (guint i = 0; i < 5; i++)
    g_assert_true (cr_opener_extend (world.opener, id));
  g_assert_false (cr_opener_extend (world.opener, id)); /* an hour in all */
  tick_at (&world, "2019-09-02T01:44:59Z");
  g_assert_cmpint (state_of (&world, id), ==, CR_LESSON_LIVE);
  g_assert_true (cr_opener_end (world.opener, id)); /* 下课 */
  g_assert_cmpint (state_of (&world, id), ==, CR_LESSON_ENDED);
  g_assert_false (cr_opener_end (world.opener, id));
  g_assert_false (cr_opener_extend (world.opener, id));
  tick_at (&world, "2019-09-02T02:00:00Z");
  g_assert_cmpuint (n_ended (&world, id), ==, 1);
  world_clear (&world);
}

/* What has opened is no longer the timetable's: the course goes to another period while its lesson runs. */
static void
test_edit_while_open (void)
{
  g_autoptr (CrTimetable) edited = NULL;
  World world;

  world_init (&world, "Asia/Shanghai");
  at (&world, "2019-09-01T23:50:00Z");
  restart (&world);
  cr_opener_tick (world.opener);
  world.course_period = 2;
  edited = load (&world);
  cr_opener_set_timetable (world.opener, edited);
  g_assert_cmpuint (world.n_resumed, ==, 0);
  tick_at (&world, "2019-09-02T00:45:00Z");
  g_assert_cmpint (state_of (&world, "k0-20190902"), ==, CR_LESSON_ENDED);
  tick_at (&world, "2019-09-02T00:50:00Z"); /* in what would have been its new time */
  g_assert_cmpuint (n_opened (&world, "k0-20190902"), ==, 1);
  g_assert_cmpint (((CrFrozenLesson *)g_hash_table_lookup (world.rows, "k0-20190902"))->period, ==, 1);
  world_clear (&world);
}

/* Nothing is told before it is kept; a save that fails is tried again; one that is answered late does not
 * open twice. */
static void
test_saves (void)
{
  const gchar *id = "k0-20190902";
  World world;

  world_init (&world, "Asia/Shanghai");
  at (&world, "2019-09-01T23:50:00Z");
  restart (&world);
  world.fail = TRUE;
  cr_opener_tick (world.opener);
  cr_opener_tick (world.opener);
  g_assert_cmpuint (world.n_saves, ==, 1); /* not hammered */
  g_assert_cmpuint (n_opened (&world, id), ==, 0);
  g_assert_null (cr_opener_lesson (world.opener, id));
  world.fail = FALSE;
  world.hold = TRUE;
  tick_at (&world, "2019-09-01T23:50:06Z");
  tick_at (&world, "2019-09-01T23:51:00Z");
  g_assert_cmpuint (world.n_saves, ==, 2);
  keep (&world, world.held_lesson);
  world.held (TRUE, world.held_data);
  g_clear_pointer (&world.held_lesson, cr_frozen_lesson_free);
  g_assert_cmpuint (n_opened (&world, id), ==, 1);

  /* Freed while a save is under way: its answer is taken and dropped. */
  g_assert_true (cr_opener_end (world.opener, id));
  g_clear_pointer (&world.opener, cr_opener_free);
  world.held (TRUE, world.held_data);
  g_clear_pointer (&world.held_lesson, cr_frozen_lesson_free);
  g_assert_cmpuint (n_ended (&world, id), ==, 0);
  world_clear (&world);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/opener/whole-term", test_whole_term);
  g_test_add_func ("/opener/next-at", test_next_at);
  g_test_add_func ("/opener/random-clock", test_random_clock);
  g_test_add_func ("/opener/late-and-missed", test_late_and_missed);
  g_test_add_func ("/opener/entered-in-midweek", test_entered_in_midweek);
  g_test_add_func ("/opener/entered-during-a-lesson", test_entered_during_a_lesson);
  g_test_add_func ("/opener/moved-into-the-past", test_moved_into_the_past);
  g_test_add_func ("/opener/random-moves", test_random_moves);
  g_test_add_func ("/opener/live-extend-end", test_live_extend_end);
  g_test_add_func ("/opener/edit-while-open", test_edit_while_open);
  g_test_add_func ("/opener/saves", test_saves);
  return g_test_run ();
}

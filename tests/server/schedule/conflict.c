/* SPDX-License-Identifier: Apache-2.0
 *
 * Conflicts and free periods against a brute force that compares every lesson with every other, minute by
 * minute for the lines, on random terms; and the figures for 200 schools.
 */
#include "schedule/conflict.h"
#include "schedule/free-period.h"
#include "server/schedule/large-term.h"
#include "server/schedule/oracle.h"

#include <string.h>

/* Ten times fewer where everything takes ten times longer. */
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
#define N_TERMS_CONFLICT 30
#define N_TERMS_FREE     6
#else
#define N_TERMS_CONFLICT 300
#define N_TERMS_FREE     60
#endif
#define MINUTE_S 60

static const RandomShape shape = {
    .zone = "Europe/Berlin", .n_schools = 3, .n_teachers = 4, .n_courses = 6, .n_weeks = 6};

/* A lesson by brute force: the oracle's, with its course. */
typedef struct {
  const CrCourse *course;
  OracleLesson lesson;
} Brute;

static void
append_lessons (GArray *all, const CrTimetable *timetable, const CrCourse *course)
{
  g_autoptr (GArray) lessons = oracle_lessons (timetable, course);

  for (guint i = 0; i < lessons->len; i++) {
    Brute brute = {.course = course, .lesson = g_array_index (lessons, OracleLesson, i)};

    if (!brute.lesson.cancelled)
      g_array_append_val (all, brute);
  }
}

static gchar *
brute_id (const Brute *brute)
{
  return cr_lesson_id_format (brute->course->id, brute->lesson.rule_date,
                              brute->lesson.added_id[0] != '\0' ? brute->lesson.added_id : NULL);
}

static gboolean
uses_room (const CrCourse *course, const gchar *room)
{
  if (strcmp (course->host_classroom_id, room) == 0)
    return TRUE;
  for (guint i = 0; i < course->classes->len; i++) {
    if (strcmp (cr_course_class (course, i)->classroom_id, room) == 0)
      return TRUE;
  }
  return FALSE;
}

static gboolean
uses_class (const CrCourse *course, const gchar *klass)
{
  for (guint i = 0; i < course->classes->len; i++) {
    if (strcmp (cr_course_class (course, i)->class_id, klass) == 0)
      return TRUE;
  }
  return FALSE;
}

/* "r2-1" and "c2-1" belong to "s2". */
static gboolean
belongs (const gchar *id, const gchar *school)
{
  return id[1] == school[1];
}

/* Tuples as text in a set: the search may say each thing once only. */
static void
expect (GHashTable *set, CrConflictKind kind, const gchar *lesson, const gchar *resource, const gchar *other)
{
  g_hash_table_add (set, g_strjoin (" ", cr_conflict_kind_name (kind), lesson, resource, other, NULL));
}

static void
brute_pair (GHashTable *set, const Brute *a, const Brute *b)
{
  g_autofree gchar *lesson = brute_id (a);
  g_autofree gchar *other = brute_id (b);
  const OracleLesson *la = &a->lesson, *lb = &b->lesson;

  if (la->starts_at == 0 || lb->starts_at == 0 || la->starts_at >= lb->ends_at ||
      lb->starts_at >= la->ends_at)
    return;
  if (strcmp (la->teacher_id, lb->teacher_id) == 0)
    expect (set, CR_CONFLICT_TEACHER, lesson, la->teacher_id, other);
  if (uses_room (b->course, a->course->host_classroom_id))
    expect (set, CR_CONFLICT_HOST_CLASSROOM, lesson, a->course->host_classroom_id, other);
  for (guint i = 0; i < a->course->classes->len; i++) {
    const CrCourseClass *entry = cr_course_class (a->course, i);

    if (strcmp (entry->classroom_id, a->course->host_classroom_id) != 0 &&
        uses_room (b->course, entry->classroom_id))
      expect (set, CR_CONFLICT_LISTENING_CLASSROOM, lesson, entry->classroom_id, other);
    if (uses_class (b->course, entry->class_id))
      expect (set, CR_CONFLICT_LISTENING_CLASS, lesson, entry->class_id, other);
  }
}

static gboolean
concerns_school (const CrCourse *course, const gchar *school)
{
  if (belongs (course->host_classroom_id, school))
    return TRUE;
  for (guint i = 0; i < course->classes->len; i++) {
    if (belongs (cr_course_class (course, i)->class_id, school) ||
        belongs (cr_course_class (course, i)->classroom_id, school))
      return TRUE;
  }
  return FALSE;
}

static void
brute_busy (GHashTable *set, const CrTimetable *timetable, const Brute *a, const CrBusy *busy)
{
  static const CrConflictKind kinds[] = {CR_CONFLICT_BUSY, CR_CONFLICT_EXAM, CR_CONFLICT_CLOSURE};
  const CrTerm *term = cr_timetable_term (timetable);
  g_autofree gchar *lesson = brute_id (a);
  gint64 start_s, end_s;

  if (a->lesson.starts_at == 0 || a->lesson.date < busy->from_date || a->lesson.date > busy->to_date)
    return;
  if (busy->weekday != 0) {
    CrDate followed = cr_term_followed_date (term, a->lesson.date);

    if (followed == CR_DATE_NONE || cr_date_weekday (followed) != busy->weekday)
      return;
  }
  start_s = cr_term_unix_s (term, a->lesson.date, busy->start_minute < 0 ? 0 : (guint)busy->start_minute);
  end_s = cr_term_unix_s (term, a->lesson.date, busy->end_minute < 0 ? 1440 : (guint)busy->end_minute);
  if (start_s >= a->lesson.ends_at || end_s <= a->lesson.starts_at)
    return;
  if (busy->grade == 0 && busy->class_id == NULL) {
    if (concerns_school (a->course, busy->school_id))
      expect (set, kinds[busy->kind], lesson, busy->school_id, busy->id);
    return;
  }
  for (guint i = 0; i < a->course->classes->len; i++) {
    const CrPlaceClass *klass = cr_timetable_class (timetable, cr_course_class (a->course, i)->class_id);

    if (strcmp (klass->school_id, busy->school_id) == 0 &&
        (busy->class_id != NULL ? strcmp (busy->class_id, klass->id) == 0 : busy->grade == klass->grade))
      expect (set, kinds[busy->kind], lesson, klass->id, busy->id);
  }
}

static guint
brute_load (const CrCourse *course, const gchar *school)
{
  g_autoptr (GHashTable) rooms = g_hash_table_new (g_str_hash, g_str_equal);

  if (belongs (course->host_classroom_id, school))
    g_hash_table_add (rooms, course->host_classroom_id);
  for (guint i = 0; i < course->classes->len; i++) {
    if (belongs (cr_course_class (course, i)->classroom_id, school))
      g_hash_table_add (rooms, cr_course_class (course, i)->classroom_id);
  }
  return g_hash_table_size (rooms) * course->rate_kbps;
}

static void
brute_uplink (GHashTable *set, const CrTimetable *timetable, const Brute *a, const GArray *others)
{
  for (guint number = 0; number < shape.n_schools; number++) {
    g_autofree gchar *id = g_strdup_printf ("s%u", number);
    g_autofree gchar *lesson = brute_id (a);
    g_autofree gchar *used = NULL;
    guint capacity = cr_timetable_school (timetable, id)->uplink_kbps, worst = 0;

    if (capacity == 0 || brute_load (a->course, id) == 0)
      continue;
    for (gint64 s = a->lesson.starts_at; s < a->lesson.ends_at; s += MINUTE_S) {
      guint sum = brute_load (a->course, id);

      for (guint i = 0; i < others->len; i++) {
        const Brute *b = &g_array_index (others, Brute, i);

        if (b->lesson.starts_at != 0 && b->lesson.starts_at <= s && s < b->lesson.ends_at)
          sum += brute_load (b->course, id);
      }
      worst = MAX (worst, sum);
    }
    used = g_strdup_printf ("%u", worst);
    if (worst > capacity)
      expect (set, CR_CONFLICT_UPLINK, lesson, id, used);
  }
}

static void
brute_lesson (GHashTable *set, const CrTimetable *timetable, const Brute *a, const GArray *others)
{
  const GPtrArray *busy = cr_timetable_busy (timetable);
  g_autofree gchar *lesson = brute_id (a);

  if (a->lesson.starts_at == 0) {
    expect (set, CR_CONFLICT_NO_BELL, lesson, a->course->host_classroom_id, "");
    return;
  }
  for (guint i = 0; i < others->len; i++)
    brute_pair (set, a, &g_array_index (others, Brute, i));
  for (guint i = 0; i < busy->len; i++)
    brute_busy (set, timetable, a, g_ptr_array_index (busy, i));
  brute_uplink (set, timetable, a, others);
}

static GHashTable *
new_set (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
}

/* The course in the timetable replaced: by a timetable of its own that the oracle reads. Only the fields of
 * the weekly rule may differ. */
static GHashTable *
brute_for_course (const CrTimetable *timetable, const CrCourse *trial)
{
  g_autoptr (GArray) others = g_array_new (FALSE, TRUE, sizeof (Brute));
  g_autoptr (GArray) own = g_array_new (FALSE, TRUE, sizeof (Brute));
  const GPtrArray *courses = cr_timetable_courses (timetable);
  GHashTable *set = new_set ();

  for (guint i = 0; i < courses->len; i++) {
    const CrCourse *course = g_ptr_array_index (courses, i);

    if (strcmp (course->id, trial->id) != 0)
      append_lessons (others, timetable, course);
  }
  append_lessons (own, timetable, trial);
  for (guint i = 0; i < own->len; i++) {
    const Brute *a = &g_array_index (own, Brute, i);

    brute_lesson (set, timetable, a, others);
    for (guint j = 0; j < i; j++)
      brute_pair (set, a, &g_array_index (own, Brute, j));
  }
  return set;
}

static GHashTable *
found_set (const GPtrArray *conflicts)
{
  GHashTable *set = new_set ();

  for (guint i = 0; i < conflicts->len; i++) {
    const CrConflict *c = g_ptr_array_index (conflicts, i);
    g_autofree gchar *used = g_strdup_printf ("%u", c->used_kbps);

    expect (set, c->kind, c->lesson_id, c->resource_id,
            c->kind == CR_CONFLICT_UPLINK ? used
            : c->other_lesson_id != NULL  ? c->other_lesson_id
            : c->busy_id != NULL          ? c->busy_id
                                          : "");
    g_assert_cmpint (c->starts_at, <=, c->ends_at);
  }
  return set;
}

static gboolean
sibling_pair (const gchar *tuple)
{
  g_auto (GStrv) parts = g_strsplit (tuple, " ", 4);
  const gchar *dash = strchr (parts[1], '-');

  return parts[3] != NULL && dash != NULL && strncmp (parts[1], parts[3], (gsize)(dash - parts[1]) + 1) == 0;
}

/* Which of two lessons of one course names the other is of no account: only how many such there are is
 * compared. */
static void
assert_same_set (GHashTable *found, GHashTable *expected)
{
  guint n_found = 0, n_expected = 0;
  GHashTableIter iter;
  gpointer tuple;

  g_hash_table_iter_init (&iter, expected);
  while (g_hash_table_iter_next (&iter, &tuple, NULL)) {
    if (sibling_pair (tuple))
      n_expected++;
    else if (!g_hash_table_contains (found, tuple))
      g_error ("not found: %s", (const gchar *)tuple);
  }
  g_hash_table_iter_init (&iter, found);
  while (g_hash_table_iter_next (&iter, &tuple, NULL)) {
    if (sibling_pair (tuple))
      n_found++;
    else if (!g_hash_table_contains (expected, tuple))
      g_error ("found but not there: %s", (const gchar *)tuple);
  }
  g_assert_cmpuint (n_found, ==, n_expected);
}

static void
test_course (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (1);
  guint n_clashing = 0, n_free = 0;

  for (guint i = 0; i < N_TERMS_CONFLICT; i++) {
    g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
    const GPtrArray *courses = cr_timetable_courses (timetable);

    for (guint j = 0; j < courses->len; j++) {
      g_autoptr (CrCourse) trial = cr_course_copy (g_ptr_array_index (courses, j));
      g_autoptr (GPtrArray) conflicts = NULL;
      g_autoptr (GHashTable) expected = NULL;
      g_autoptr (GHashTable) found = NULL;

      trial->weekday = (guint)g_rand_int_range (random, 1, 8);
      trial->period = (guint)g_rand_int_range (random, 1, 5);
      conflicts = cr_conflicts_for_course (timetable, trial, 0);
      expected = brute_for_course (timetable, trial);
      g_assert_cmpint (conflicts->len > 0, ==, cr_conflicts_any_for_course (timetable, trial, 0));
      if (conflicts->len >= CR_CONFLICTS_MAX)
        continue;
      found = found_set (conflicts);
      assert_same_set (found, expected);
      if (conflicts->len > 0)
        n_clashing++;
      else
        n_free++;
    }
  }
  g_test_message ("%u courses clash, %u do not", n_clashing, n_free);
  g_assert_cmpuint (n_clashing, >, N_TERMS_CONFLICT / 3);
  g_assert_cmpuint (n_free, >, 20);
}

/* All lessons but the one that a change is about, and that one as it would be; FALSE when it would not be. */
static gboolean
brute_for_change (const CrTimetable *timetable, const CrChange *change, Brute *changed, GArray *others)
{
  const GPtrArray *courses = cr_timetable_courses (timetable);
  const CrCourse *course = cr_timetable_course (timetable, change->course_id);
  g_autoptr (GArray) own = g_array_new (FALSE, TRUE, sizeof (Brute));

  for (guint i = 0; i < courses->len; i++) {
    g_autoptr (GArray) lessons = g_array_new (FALSE, TRUE, sizeof (Brute));

    append_lessons (lessons, timetable, g_ptr_array_index (courses, i));
    for (guint j = 0; j < lessons->len; j++) {
      const Brute *brute = &g_array_index (lessons, Brute, j);

      if (brute->course != course || brute->lesson.rule_date != change->date ||
          brute->lesson.added_id[0] != '\0')
        g_array_append_val (others, *brute);
    }
  }
  {
    /* Through the oracle's eyes: the same timetable with one more change, made last. */
    CrCoursePlan plan;
    g_autoptr (CrTimetable) copy = cr_timetable_new (cr_term_new (
        "t", "t", cr_timetable_term (timetable)->first_monday, cr_timetable_term (timetable)->n_weeks,
        cr_timetable_term (timetable)->time_zone, 1, NULL));
    const CrTerm *term = cr_timetable_term (timetable);
    CrChange *last = cr_change_copy (change);
    const CrPlaceRoom *host = cr_timetable_room (timetable, course->host_classroom_id);
    const CrBells *bells = cr_timetable_bells (timetable, host->school_id);

    for (guint i = 0; i < term->holidays->len; i++)
      cr_term_add_holiday ((CrTerm *)cr_timetable_term (copy),
                           g_array_index (term->holidays, CrHoliday, i).date, NULL);
    for (guint i = 0; i < term->makeups->len; i++) {
      const CrMakeup *makeup = &g_array_index (term->makeups, CrMakeup, i);

      cr_term_add_makeup ((CrTerm *)cr_timetable_term (copy), makeup->date, makeup->follows_date, NULL);
    }
    for (guint i = 0; i < bells->schedules->len; i++) {
      const CrBellSchedule *from = g_ptr_array_index (bells->schedules, i);
      CrBellSchedule *to =
          cr_bell_schedule_new (from->id, from->school_id, NULL, from->from_date, from->to_date, 1);

      for (guint j = 0; j < from->periods->len; j++) {
        const CrBellPeriod *bell = &g_array_index (from->periods, CrBellPeriod, j);

        cr_bell_schedule_add_period (to, bell->period, NULL, bell->start_minute, bell->end_minute);
      }
      cr_timetable_take_bell_schedule (copy, to);
    }
    cr_timetable_take_room (copy, cr_place_room_new (host->id, host->school_id, "", ""));
    cr_timetable_take_course (copy, cr_course_copy (course));
    g_assert_true (cr_timetable_plan (timetable, course->id, &plan));
    for (guint i = 0; i < plan.n_changes; i++)
      cr_timetable_take_change (copy, cr_change_copy (plan.changes[i]));
    last->created_at = 1000;
    cr_timetable_take_change (copy, last);
    append_lessons (own, copy, cr_timetable_course (copy, course->id));
    for (guint i = 0; i < own->len; i++) {
      *changed = g_array_index (own, Brute, i);
      changed->course = course;
      if (changed->lesson.rule_date == change->date && changed->lesson.added_id[0] == '\0')
        return TRUE;
    }
  }
  return FALSE;
}

static CrChange *
random_move (GRand *random, const CrTimetable *timetable, const CrCourse *course)
{
  const CrTerm *term = cr_timetable_term (timetable);
  CrChange *change = cr_change_new (
      "zz", course->id, CR_CHANGE_MOVE,
      term->first_monday + 7 * g_rand_int_range (random, 0, (gint)term->n_weeks) + (gint)course->weekday - 1);

  change->new_date = term->first_monday + g_rand_int_range (random, 0, 7 * (gint)term->n_weeks);
  change->new_period = (guint)g_rand_int_range (random, 1, 5);
  return change;
}

static void
test_change (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (2);
  guint n_clashing = 0, n_free = 0;

  for (guint i = 0; i < N_TERMS_CONFLICT; i++) {
    g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
    const GPtrArray *courses = cr_timetable_courses (timetable);

    for (guint j = 0; j < courses->len; j++) {
      const CrCourse *course = g_ptr_array_index (courses, j);
      g_autoptr (CrChange) change = random_move (random, timetable, course);
      g_autoptr (GPtrArray) conflicts = cr_conflicts_for_change (timetable, change, 0);
      g_autoptr (GArray) others = g_array_new (FALSE, TRUE, sizeof (Brute));
      g_autoptr (GHashTable) expected = new_set ();
      g_autoptr (GHashTable) found = found_set (conflicts);
      Brute changed;

      if (brute_for_change (timetable, change, &changed, others))
        brute_lesson (expected, timetable, &changed, others);
      /* The lessons of its own course are as good as any other here. */
      assert_same_set (found, expected);
      if (conflicts->len > 0)
        n_clashing++;
      else
        n_free++;
    }
  }
  g_test_message ("%u moves clash, %u do not", n_clashing, n_free);
  g_assert_cmpuint (n_clashing, >, N_TERMS_CONFLICT / 3);
  g_assert_cmpuint (n_free, >, N_TERMS_CONFLICT / 3);
}

/* Every period of every teaching day that no lesson, busy time or line speaks against is offered, nearest
 * first. */
static void
test_free_for_lesson (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (3);
  guint n_offered = 0;

  for (guint i = 0; i < N_TERMS_FREE; i++) {
    g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
    const CrTerm *term = cr_timetable_term (timetable);
    const CrCourse *course = g_ptr_array_index (cr_timetable_courses (timetable), 0);
    g_autoptr (CrChange) change = random_move (random, timetable, course);
    g_autoptr (GArray) offered =
        cr_free_periods_for_lesson (timetable, change, CR_DATE_NONE, CR_DATE_NONE, 0, G_MAXUINT);
    const CrPlaceRoom *host = cr_timetable_room (timetable, course->host_classroom_id);
    const CrBells *bells = cr_timetable_bells (timetable, host->school_id);
    const CrBellPeriod *wish = cr_bells_period_on (bells, change->new_date, change->new_period);
    gint64 wish_s = cr_term_unix_s (term, change->new_date, wish != NULL ? wish->start_minute : 720),
           before = -1;
    guint n_free = 0;
    CrDate first, last;

    cr_term_range (term, &first, &last);
    for (CrDate date = first; date <= last; date++) {
      if (cr_term_followed_date (term, date) == CR_DATE_NONE ||
          (cr_date_weekday (date) > 5 && cr_term_makeup_on (term, date) == NULL))
        continue;
      for (guint period = 1; period <= 8; period++) {
        g_autoptr (GArray) others = g_array_new (FALSE, TRUE, sizeof (Brute));
        g_autoptr (GHashTable) set = new_set ();
        g_autoptr (CrChange) trial = cr_change_copy (change);
        Brute changed;

        if (cr_bells_period_on (bells, date, period) == NULL)
          continue;
        trial->new_date = date;
        trial->new_period = period;
        if (brute_for_change (timetable, trial, &changed, others))
          brute_lesson (set, timetable, &changed, others);
        if (g_hash_table_size (set) > 0)
          continue;
        n_free++;
        for (guint j = 0; j <= offered->len; j++) {
          g_assert_cmpuint (j, <, offered->len);
          if (g_array_index (offered, CrFreePeriod, j).date == date &&
              g_array_index (offered, CrFreePeriod, j).period == period)
            break;
        }
      }
    }
    g_assert_cmpuint (offered->len, ==, n_free);
    for (guint j = 0; j < offered->len; j++) {
      gint64 distance = ABS (g_array_index (offered, CrFreePeriod, j).starts_at - wish_s);

      g_assert_cmpint (distance, >=, before);
      before = distance;
    }
    n_offered += offered->len;
  }
  g_test_message ("%u free periods in %d terms", n_offered, N_TERMS_FREE);
  g_assert_cmpuint (n_offered, >, N_TERMS_FREE);
}

static void
test_free_for_course (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (4);
  guint n_offered = 0;

  for (guint i = 0; i < N_TERMS_FREE; i++) {
    g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
    const CrCourse *course = g_ptr_array_index (cr_timetable_courses (timetable), 1);
    g_autoptr (GArray) offered = cr_free_periods_for_course (timetable, course, 0, G_MAXUINT);
    guint n_free = 0;

    for (guint weekday = 1; weekday <= 7; weekday++) {
      for (guint period = 1; period <= 8; period++) {
        g_autoptr (CrCourse) trial = cr_course_copy (course);
        g_autoptr (GHashTable) set = NULL;
        gboolean is_offered = FALSE;

        if (weekday > 5 && weekday != course->weekday)
          continue;
        trial->weekday = weekday;
        trial->period = period;
        set = brute_for_course (timetable, trial);
        for (guint j = 0; j < offered->len; j++) {
          const CrFreePeriod *free_period = &g_array_index (offered, CrFreePeriod, j);

          is_offered |= free_period->weekday == weekday && free_period->period == period;
        }
        if (is_offered)
          g_assert_cmpuint (g_hash_table_size (set), ==, 0);
        /* A slot without any bell has no lesson that could clash, and is not offered either. */
        n_free += is_offered ? 1 : 0;
        if (!is_offered && g_hash_table_size (set) == 0)
          g_assert_cmpuint (period, >, 1);
      }
    }
    g_assert_cmpuint (offered->len, ==, n_free);
    n_offered += n_free;
  }
  g_test_message ("%u free weekly slots in %d terms", n_offered, N_TERMS_FREE);
  g_assert_cmpuint (n_offered, >, 0);
}

/* A school sees which lessons a closure takes, and what is already wrong is listed. */
static void
test_busy_and_whole (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed (5);
  guint n_taken = 0, n_wrong = 0;

  for (guint i = 0; i < 30; i++) {
    g_autoptr (CrTimetable) timetable = oracle_random_timetable (random, &shape);
    const CrTerm *term = cr_timetable_term (timetable);
    g_autoptr (CrBusy) busy =
        cr_busy_new ("new", "s1", CR_BUSY_CLOSURE, term->first_monday + 7, term->first_monday + 13);
    g_autoptr (GPtrArray) taken = cr_conflicts_for_busy (timetable, busy, 0);
    g_autoptr (GPtrArray) view =
        cr_timetable_view (timetable, CR_VIEW_SCHOOL, "s1", busy->from_date, busy->to_date);
    g_autoptr (GPtrArray) wrong = cr_conflicts_in_timetable (timetable, 0);
    guint expected = 0;

    for (guint j = 0; j < view->len; j++) {
      const CrMeeting *meeting = g_ptr_array_index (view, j);

      expected += meeting->has_bell && meeting->state != CR_LESSON_CANCELLED;
    }
    g_assert_cmpuint (taken->len, ==, expected);
    n_taken += taken->len;
    n_wrong += wrong->len;
    for (guint j = 0; j < wrong->len; j++) {
      g_autofree gchar *zh = cr_conflict_sentence (timetable, g_ptr_array_index (wrong, j), TRUE);
      g_autofree gchar *en = cr_conflict_sentence (timetable, g_ptr_array_index (wrong, j), FALSE);

      g_assert_true (g_utf8_validate (zh, -1, NULL));
      g_assert_cmpuint (strlen (en), >, 12);
    }
  }
  g_assert_cmpuint (n_taken, >, 0);
  g_assert_cmpuint (n_wrong, >, 0);
}

/* Two lessons that follow each other do not clash. */
static void
test_touching (void)
{
  g_autoptr (CrTimetable) timetable = large_term_new (TRUE);
  g_autoptr (CrCourse) trial = cr_course_copy (cr_timetable_course (timetable, "course0"));

  g_clear_pointer (&trial->id, g_free);
  trial->id = g_strdup ("new");
  g_array_set_size (trial->classes, 0);
  g_assert_true (cr_conflicts_any_for_course (timetable, trial, 0));
  trial->period = 2; /* course0 is in period 1 of the same school, course5 in 4 */
  g_assert_false (cr_conflicts_any_for_course (timetable, trial, 0));
}

static void
test_large (void)
{
  g_autoptr (CrTimetable) timetable = large_term_new (TRUE);
  gint64 course_us = 0, change_us = 0, free_us = 0, free_week_us = 0;

  for (guint i = 0; i < 20; i++) {
    const CrCourse *course = g_ptr_array_index (cr_timetable_courses (timetable), i * 97);
    g_autoptr (CrCourse) trial = cr_course_copy (course);
    g_autoptr (CrChange) change =
        cr_change_new ("x", course->id, CR_CHANGE_MOVE,
                       cr_timetable_term (timetable)->first_monday + 28 + (gint)course->weekday - 1);
    g_autoptr (GPtrArray) conflicts = NULL;
    g_autoptr (GPtrArray) of_change = NULL;
    g_autoptr (GArray) periods = NULL;
    g_autoptr (GArray) slots = NULL;
    gint64 start_us = g_get_monotonic_time ();

    trial->weekday = trial->weekday % 5 + 1;
    conflicts = cr_conflicts_for_course (timetable, trial, 0);
    course_us = MAX (course_us, g_get_monotonic_time () - start_us);
    change->new_date = change->date + 1;
    start_us = g_get_monotonic_time ();
    of_change = cr_conflicts_for_change (timetable, change, 0);
    change_us = MAX (change_us, g_get_monotonic_time () - start_us);
    start_us = g_get_monotonic_time ();
    periods = cr_free_periods_for_lesson (timetable, change, CR_DATE_NONE, CR_DATE_NONE, 0, 5);
    free_us = MAX (free_us, g_get_monotonic_time () - start_us);
    start_us = g_get_monotonic_time ();
    slots = cr_free_periods_for_course (timetable, trial, 0, 5);
    free_week_us = MAX (free_week_us, g_get_monotonic_time () - start_us);
    g_assert_cmpuint (periods->len, ==, 5);
  }
  g_test_message (
      "200 schools, 2000 courses, 22 weeks, slowest of 20: conflicts of a course %.2f ms, of a single move "
      "%.2f ms; 5 nearest free periods for a lesson %.2f ms, for a course %.2f ms",
      course_us / 1000.0, change_us / 1000.0, free_us / 1000.0, free_week_us / 1000.0);
  /* The figure is 20 ms; sanitizers and a busy machine get ten times that. */
  g_assert_cmpint (course_us, <, 200000);
  g_assert_cmpint (change_us, <, 200000);
  g_assert_cmpint (free_us, <, 1000000);
  g_assert_cmpint (free_week_us, <, 1000000);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/conflict/course", test_course);
  g_test_add_func ("/conflict/change", test_change);
  g_test_add_func ("/conflict/free-for-lesson", test_free_for_lesson);
  g_test_add_func ("/conflict/free-for-course", test_free_for_course);
  g_test_add_func ("/conflict/busy-and-whole", test_busy_and_whole);
  g_test_add_func ("/conflict/touching", test_touching);
  g_test_add_func ("/conflict/large", test_large);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The opener's callbacks.
 */
#include "live/lesson-clock.h"

#include "live/meeting-people.h"
#include "schedule/frozen.h"
#include "schedule/opener.h"
#include "store/timetable-store.h"

#define TICK_S 1

struct CrLessonClock {
  CrStore *store; /* NULL once stopped */
  CrTimetables *timetables;
  CrLessons *lessons;
  CrOpener *opener;
  CrOpenerConfig config;
  guint tick_source;
};

/* A step on its way to the disk. */
typedef struct {
  CrLessonClock *clock;
  CrOpenerStep step;
  CrFrozenLesson *lesson;
  gchar *json;
  gint64 opens_at;
  CrOpenerSaved saved;
  gpointer saved_data;
} Save;

static void
save_free (gpointer data)
{
  Save *save = data;

  cr_frozen_lesson_free (save->lesson);
  g_free (save->json);
  g_free (save);
}

static gboolean
run_save (CrStoreTx *tx, gpointer data, GError **error)
{
  const Save *save = data;

  if (save->step == CR_OPENER_OPEN || save->step == CR_OPENER_MISS)
    return cr_lesson_store_open (tx, save->lesson, save->json, save->opens_at, error);
  return cr_lesson_store_update (tx, save->lesson, error);
}

static void
on_saved (gpointer data, const GError *error, gpointer done_data)
{
  const Save *save = data;

  if (error != NULL)
    cr_log (CR_LOG_WARNING, "lesson-not-kept", "lesson", save->lesson->lesson_id, "why", error->message,
            NULL);
  save->saved (error == NULL, save->saved_data);
  if (save->clock->store != NULL)
    cr_timetables_refresh (save->clock->timetables);
}

static void
on_save (CrOpenerStep step, const CrFrozenLesson *lesson, CrOpenerSaved saved, gpointer saved_data,
         gpointer data)
{
  CrLessonClock *clock = data;
  CrTimetable *timetable = cr_timetables_find_course (clock->timetables, lesson->course->id);
  Save *save;

  if (clock->store == NULL) {
    saved (FALSE, saved_data);
    return;
  }
  save = g_new0 (Save, 1);
  *save = (Save){.clock = clock, .step = step, .saved = saved, .saved_data = saved_data};
  save->lesson = cr_frozen_lesson_copy (lesson);
  save->json = cr_frozen_lesson_to_json (lesson, timetable);
  save->opens_at = lesson->starts_at - clock->config.open_before_s;
  cr_store_run (clock->store, run_save, save, save_free, on_saved, NULL);
}

static void
set_times (CrLessonClock *clock, CrLesson *live, const CrFrozenLesson *lesson)
{
  CrLessonTimes times = {
      .starts_at = lesson->starts_at,
      .ends_at = lesson->ends_at,
      .closes_at = cr_opener_ends_at (clock->opener, lesson),
      .may_extend = lesson->extended_s + clock->config.extend_s <= clock->config.max_extended_s,
  };

  g_strlcpy (times.lesson_id, lesson->lesson_id, sizeof times.lesson_id);
  cr_lesson_set_times (live, &times);
}

/* The demo's lesson is there whatever the timetable says: it gets the timetable's name beside its own. */
static CrLesson *
lesson_of (CrLessonClock *clock, const CrFrozenLesson *lesson)
{
  static const gchar *const codecs[] = {"H264", "VP8", NULL};
  CrLesson *live = cr_lessons_find (clock->lessons, lesson->lesson_id);
  const gchar *title = lesson->course->title != NULL ? lesson->course->title : lesson->course->subject;

  if (live != NULL)
    return live;
  if (g_strcmp0 (lesson->course->id, CR_DEMO_LESSON) == 0) {
    live = cr_lessons_find (clock->lessons, CR_DEMO_LESSON);
    if (live != NULL)
      cr_lessons_add_alias (clock->lessons, lesson->lesson_id, live);
  }
  return live != NULL ? live : cr_lessons_add (clock->lessons, lesson->lesson_id, title, codecs);
}

static void
on_open (const CrFrozenLesson *lesson, gboolean resumed, gpointer data)
{
  CrLessonClock *clock = data;
  CrTimetable *timetable = cr_timetables_find_course (clock->timetables, lesson->course->id);
  CrLesson *live = lesson_of (clock, lesson);

  if (timetable != NULL) {
    g_autoptr (CrLessonPeople) people = cr_meeting_people (
        timetable, lesson->course, lesson->course->teacher_id, lesson->course->host_classroom_id);

    cr_lesson_set_people (live, people);
  }
  set_times (clock, live, lesson);
  cr_log (CR_LOG_INFO, resumed ? "lesson-resumed" : "lesson-opened", "lesson", lesson->lesson_id, NULL);
}

static void
on_warn (const CrFrozenLesson *lesson, guint seconds_left, gpointer data)
{
  g_autofree gchar *seconds = g_strdup_printf ("%u", seconds_left);

  cr_log (CR_LOG_INFO, "lesson-ends-soon", "lesson", lesson->lesson_id, "seconds", seconds, NULL);
}

static void
on_changed (const CrFrozenLesson *lesson, gpointer data)
{
  CrLessonClock *clock = data;
  CrLesson *live = cr_lessons_find (clock->lessons, lesson->lesson_id);

  if (live != NULL)
    set_times (clock, live, lesson);
  cr_log (CR_LOG_INFO, "lesson-changed", "lesson", lesson->lesson_id, "state",
          cr_lesson_state_name (lesson->state), NULL);
}

static void
on_end (const CrFrozenLesson *lesson, gpointer data)
{
  CrLessonClock *clock = data;
  CrLesson *live = cr_lessons_find (clock->lessons, lesson->lesson_id);

  cr_log (CR_LOG_INFO, "lesson-ended", "lesson", lesson->lesson_id, NULL);
  if (live != NULL) /* the demo's goes on without */
    cr_lesson_set_times (live, NULL);
  cr_lessons_retire (clock->lessons, lesson->lesson_id);
}

static void
start_if_flowing (CrLessonClock *clock, const gchar *lesson_id)
{
  CrLesson *live = cr_lessons_find (clock->lessons, lesson_id);

  if (live != NULL &&
      (cr_lesson_source_flows (live, CR_SOURCE_CAMERA) || cr_lesson_source_flows (live, CR_SOURCE_SCREEN)))
    cr_opener_start (clock->opener, lesson_id);
}

/* The teacher has started when his picture comes. */
static gboolean
on_tick (gpointer data)
{
  CrLessonClock *clock = data;
  g_autoptr (GPtrArray) running = cr_opener_running (clock->opener);
  g_autoptr (GPtrArray) open = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < running->len; i++) {
    const CrFrozenLesson *lesson = running->pdata[i];

    if (lesson->state == CR_LESSON_OPEN)
      g_ptr_array_add (open, g_strdup (lesson->lesson_id));
  }
  for (guint i = 0; i < open->len; i++)
    start_if_flowing (clock, open->pdata[i]);
  cr_opener_tick (clock->opener);
  return G_SOURCE_CONTINUE;
}

static void
on_timetables_changed (CrTimetables *timetables, gpointer data)
{
  CrLessonClock *clock = data;
  GPtrArray *terms = cr_timetables_all (timetables);

  for (guint i = 0; i < terms->len; i++)
    cr_opener_set_timetable (clock->opener, terms->pdata[i]);
}

CrLessonClock *
cr_lesson_clock_new (CrStore *store, CrTimetables *timetables, CrLessons *lessons)
{
  static const CrOpenerCallbacks callbacks = {
      .save = on_save, .open = on_open, .warn = on_warn, .changed = on_changed, .end = on_end};
  CrLessonClock *clock = g_new0 (CrLessonClock, 1);

  clock->store = store;
  clock->timetables = timetables;
  clock->lessons = lessons;
  cr_opener_config_init (&clock->config);
  clock->opener = cr_opener_new (cr_lessons_get_clock (lessons), &clock->config, &callbacks, clock);
  cr_timetables_set_func (timetables, on_timetables_changed, clock);
  on_timetables_changed (timetables, clock);
  clock->tick_source = g_timeout_add_seconds (TICK_S, on_tick, clock);
  return clock;
}

void
cr_lesson_clock_stop (CrLessonClock *clock)
{
  g_clear_handle_id (&clock->tick_source, g_source_remove);
  cr_timetables_set_func (clock->timetables, NULL, NULL);
  clock->store = NULL;
}

void
cr_lesson_clock_free (CrLessonClock *clock)
{
  g_clear_handle_id (&clock->tick_source, g_source_remove);
  cr_opener_free (clock->opener);
  g_free (clock);
}

gboolean
cr_lesson_clock_extend (CrLessonClock *clock, const gchar *lesson_id)
{
  return cr_opener_extend (clock->opener, lesson_id);
}

gboolean
cr_lesson_clock_end (CrLessonClock *clock, const gchar *lesson_id)
{
  return cr_opener_end (clock->opener, lesson_id);
}

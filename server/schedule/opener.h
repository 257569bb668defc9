/* SPDX-License-Identifier: Apache-2.0
 *
 * The clock that opens lessons: 15 minutes before the bell they open, become live when the teacher starts,
 * and end a set time after the bell, with a warning and an extension. Every step is first kept (by the save
 * function, which is the store's) and then told, so that each lesson opens exactly once whatever the clock
 * does and however often the daemon restarts: what the store says a lesson is, it is. A lesson whose end
 * passed unopened is recorded as missed (ended, never opened), unless it was put there only then;
 * should the clock turn out to have been wrong, it still opens.
 *
 *   scheduled ──opens_at──► open ──teacher──► live ──ends + grace + extension──► ended
 *        └────── end passed ─────────────────────────────────────────────► ended (missed)
 *
 * Thread: [main].
 */
#pragma once

#include "base/clock.h"
#include "schedule/timetable.h"

G_BEGIN_DECLS

typedef struct _CrOpener CrOpener;

typedef enum {
  CR_OPENER_OPEN,
  CR_OPENER_MISS,
  CR_OPENER_LIVE,
  CR_OPENER_EXTEND,
  CR_OPENER_END,
} CrOpenerStep;

typedef struct {
  guint open_before_s;  /* before the bell; 900 */
  guint end_after_s;    /* after the closing bell; 300 */
  guint warn_before_s;  /* before the end; 120 */
  guint extend_s;       /* one click; 600 */
  guint max_extended_s; /* in all; 3600 */
} CrOpenerConfig;

void cr_opener_config_init (CrOpenerConfig *config);

typedef void (*CrOpenerSaved) (gboolean saved, gpointer saved_data);

/* What the daemon connects. `lesson` is the opener's, valid during the call. */
typedef struct {
  /* Keep the step and call `saved` on main when it is on disk (saved = FALSE: it is not; it is tried again).
   * For OPEN and MISS the row is new (or a missed one that opens after all); `lesson` has the state that is
   * to be kept. */
  void (*save) (CrOpenerStep step, const CrFrozenLesson *lesson, CrOpenerSaved saved, gpointer saved_data,
                gpointer data);
  /* The lesson is open: make it known to the relay. `resumed` after a restart, when it was open or live
   * already. */
  void (*open) (const CrFrozenLesson *lesson, gboolean resumed, gpointer data);
  /* It ends in so many seconds unless it is extended. */
  void (*warn) (const CrFrozenLesson *lesson, guint seconds_left, gpointer data);
  /* It became live, or was extended. */
  void (*changed) (const CrFrozenLesson *lesson, gpointer data);
  /* It has ended: everyone leaves. */
  void (*end) (const CrFrozenLesson *lesson, gpointer data);
} CrOpenerCallbacks;

/* `clock`, `callbacks` (copied) and `data` outlive it. */
CrOpener *cr_opener_new (const CrClock *clock, const CrOpenerConfig *config,
                         const CrOpenerCallbacks *callbacks, gpointer data);
void cr_opener_free (CrOpener *opener);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrOpener, cr_opener_free)

/* The timetable to follow, in place of the one with the same term; at start, and after every edit. Lessons
 * that it says are open or live are resumed once. */
void cr_opener_set_timetable (CrOpener *opener, CrTimetable *timetable);

/* Looks at the clock and does what is due; call it every second. */
void cr_opener_tick (CrOpener *opener);

/* Wall clock unix seconds of the next thing that will be due; G_MAXINT64: nothing. */
gint64 cr_opener_next_at (CrOpener *opener);

/* The open and live lessons now: const CrFrozenLesson *, borrowed until the next call of anything. Free the
 * array. */
GPtrArray *cr_opener_running (CrOpener *opener);
const CrFrozenLesson *cr_opener_lesson (CrOpener *opener, const gchar *lesson_id);

/* Each FALSE when the lesson is not in a state for it. The teacher started; one click more time; 下课. */
gboolean cr_opener_start (CrOpener *opener, const gchar *lesson_id);
gboolean cr_opener_extend (CrOpener *opener, const gchar *lesson_id);
gboolean cr_opener_end (CrOpener *opener, const gchar *lesson_id);

/* Unix seconds when the lesson ends by itself. */
gint64 cr_opener_ends_at (CrOpener *opener, const CrFrozenLesson *lesson);

/* The snapshot that a meeting is frozen into, with `state` and no times yet. Free with
 * cr_frozen_lesson_free(). */
CrFrozenLesson *cr_frozen_lesson_new (const CrMeeting *meeting, CrLessonState state);
CrFrozenLesson *cr_frozen_lesson_copy (const CrFrozenLesson *frozen);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Looks at the lessons around now, and takes the one step that each is due for. What a lesson is, the opener
 * knows from its own table of those it has touched, first filled from the timetable's opened lessons; a step
 * under way blocks the next, so that nothing is told before it is kept, and nothing twice.
 */
#include "schedule/opener.h"

#define HOUR_S 3600
#define DAY_S  (24 * HOUR_S)

/* How far back unopened lessons are recorded as missed. A longer stop (a summer) leaves no records: the
 * timetable itself says that nothing was held. */
#define LOOK_BACK_S (7 * DAY_S)

/* A save that failed (the disk is full, the database locked) is tried again after so long. */
#define RETRY_S 5

typedef struct {
  CrOpener *opener; /* NULL once it is freed while a save is under way */
  CrFrozenLesson *lesson;
  CrFrozenLesson *next; /* what is being saved; NULL: nothing */
  CrOpenerStep step;
  gint64 retry_at; /* after a failed save; 0 */
  gboolean known;  /* the store has a row for it */
  gboolean warned;
} Slot;

struct _CrOpener {
  const CrClock *clock;
  CrOpenerConfig config;
  CrOpenerCallbacks callbacks;
  gpointer data;
  GHashTable *timetables; /* term id → CrTimetable */
  GHashTable *slots;      /* lesson id → Slot */
};

void
cr_opener_config_init (CrOpenerConfig *config)
{
  *config = (CrOpenerConfig){
      .open_before_s = 15 * 60,
      .end_after_s = 5 * 60,
      .warn_before_s = 2 * 60,
      .extend_s = 10 * 60,
      .max_extended_s = HOUR_S,
  };
}

static void
slot_free (gpointer data)
{
  Slot *slot = data;

  if (slot->next != NULL) {
    slot->opener = NULL; /* on_saved() frees it */
    return;
  }
  cr_frozen_lesson_free (slot->lesson);
  g_free (slot);
}

CrOpener *
cr_opener_new (const CrClock *clock, const CrOpenerConfig *config, const CrOpenerCallbacks *callbacks,
               gpointer data)
{
  CrOpener *opener = g_new0 (CrOpener, 1);

  opener->clock = clock;
  opener->config = *config;
  opener->callbacks = *callbacks;
  opener->data = data;
  opener->timetables =
      g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify)cr_timetable_unref);
  opener->slots = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, slot_free);
  return opener;
}

void
cr_opener_free (CrOpener *opener)
{
  if (opener == NULL)
    return;
  g_hash_table_unref (opener->slots);
  g_hash_table_unref (opener->timetables);
  g_free (opener);
}

static gint64
now_s (const CrOpener *opener)
{
  return cr_clock_wall_us (opener->clock) / G_USEC_PER_SEC;
}

static gboolean
is_running (const CrFrozenLesson *lesson)
{
  return lesson->state == CR_LESSON_OPEN || lesson->state == CR_LESSON_LIVE;
}

/* Ended without ever having opened. */
static gboolean
was_missed (const CrFrozenLesson *lesson)
{
  return lesson->state == CR_LESSON_ENDED && lesson->opened_at == 0;
}

gint64
cr_opener_ends_at (CrOpener *opener, const CrFrozenLesson *lesson)
{
  return lesson->ends_at + opener->config.end_after_s + lesson->extended_s;
}

/* From then on an unopened lesson has been missed: the bell has rung, and nobody waits for the time after it.
 */
static gboolean
has_passed (const CrMeeting *meeting, gint64 now)
{
  return now >= meeting->ends_at;
}

static void
tell (CrOpener *opener, Slot *slot, CrOpenerStep step)
{
  switch (step) {
  case CR_OPENER_OPEN:
    opener->callbacks.open (slot->lesson, FALSE, opener->data);
    return;
  case CR_OPENER_LIVE:
  case CR_OPENER_EXTEND:
    opener->callbacks.changed (slot->lesson, opener->data);
    return;
  case CR_OPENER_END:
    opener->callbacks.end (slot->lesson, opener->data);
    return;
  case CR_OPENER_MISS:
    return;
  }
}

static void
on_saved (gboolean saved, gpointer saved_data)
{
  Slot *slot = saved_data;
  CrFrozenLesson *next = g_steal_pointer (&slot->next);

  if (slot->opener == NULL) {
    cr_frozen_lesson_free (next);
    slot_free (slot);
    return;
  }
  if (!saved) {
    slot->retry_at = now_s (slot->opener) + RETRY_S;
    cr_frozen_lesson_free (next);
    return;
  }
  cr_frozen_lesson_free (slot->lesson);
  slot->lesson = next;
  slot->known = TRUE;
  slot->retry_at = 0;
  tell (slot->opener, slot, slot->step);
}

/* Takes `next`. */
static void
save_step (CrOpener *opener, Slot *slot, CrOpenerStep step, CrFrozenLesson *next)
{
  slot->step = step;
  slot->next = next;
  opener->callbacks.save (step, next, on_saved, slot, opener->data);
}

/* Takes `lesson`. */
static Slot *
add_slot (CrOpener *opener, CrFrozenLesson *lesson)
{
  Slot *slot = g_new0 (Slot, 1);

  slot->opener = opener;
  slot->lesson = lesson;
  g_hash_table_insert (opener->slots, g_strdup (lesson->lesson_id), slot);
  return slot;
}

static void
resume (CrOpener *opener, const CrFrozenLesson *frozen)
{
  Slot *slot;

  if (g_hash_table_contains (opener->slots, frozen->lesson_id))
    return; /* it is ours, and what we know is newer */
  slot = add_slot (opener, cr_frozen_lesson_copy (frozen));
  slot->known = TRUE;
  if (is_running (frozen))
    opener->callbacks.open (slot->lesson, TRUE, opener->data);
}

/* The timetable itself says from now on that it has ended, and that is final. */
static void
forget_ended (CrOpener *opener, const CrFrozenLesson *frozen)
{
  const Slot *slot = g_hash_table_lookup (opener->slots, frozen->lesson_id);

  if (slot != NULL && slot->next == NULL && !is_running (slot->lesson))
    g_hash_table_remove (opener->slots, frozen->lesson_id);
}

void
cr_opener_set_timetable (CrOpener *opener, CrTimetable *timetable)
{
  const gchar *term_id = cr_timetable_term (timetable)->id;
  guint n_meetings;
  const CrMeeting *meetings = cr_timetable_meetings (timetable, &n_meetings);

  g_hash_table_replace (opener->timetables, g_strdup (term_id), cr_timetable_ref (timetable));
  for (guint i = 0; i < n_meetings; i++) {
    if (meetings[i].frozen == NULL)
      continue;
    if (is_running (meetings[i].frozen) || was_missed (meetings[i].frozen))
      resume (opener, meetings[i].frozen);
    else
      forget_ended (opener, meetings[i].frozen);
  }
}

static void
open_or_miss (CrOpener *opener, const CrMeeting *meeting, gint64 now)
{
  g_autofree gchar *lesson_id = NULL;
  CrFrozenLesson *next;
  gboolean missed;
  Slot *slot;

  if (now < meeting->starts_at - opener->config.open_before_s || meeting->state == CR_LESSON_CANCELLED ||
      !meeting->has_bell)
    return;
  if (meeting->frozen != NULL && !was_missed (meeting->frozen))
    return;
  missed = has_passed (meeting, now);
  if (missed && !cr_meeting_was_planned (meeting))
    return;
  lesson_id = cr_meeting_lesson_id (meeting);
  slot = g_hash_table_lookup (opener->slots, lesson_id);
  if (slot != NULL && (slot->next != NULL || now < slot->retry_at))
    return;
  if (slot != NULL && slot->known && (!was_missed (slot->lesson) || missed))
    return;

  next = cr_frozen_lesson_new (meeting, missed ? CR_LESSON_ENDED : CR_LESSON_OPEN);
  if (missed)
    next->ended_at = now;
  else
    next->opened_at = now;
  if (slot == NULL)
    slot = add_slot (opener, cr_frozen_lesson_copy (next));
  save_step (opener, slot, missed ? CR_OPENER_MISS : CR_OPENER_OPEN, next);
}

static void
end_slot (CrOpener *opener, Slot *slot, gint64 now)
{
  CrFrozenLesson *next = cr_frozen_lesson_copy (slot->lesson);

  next->state = CR_LESSON_ENDED;
  next->ended_at = now;
  save_step (opener, slot, CR_OPENER_END, next);
}

static void
warn_or_end (CrOpener *opener, Slot *slot, gint64 now)
{
  gint64 left_s;

  if (!slot->known || slot->next != NULL || now < slot->retry_at || !is_running (slot->lesson))
    return;
  left_s = cr_opener_ends_at (opener, slot->lesson) - now;
  if (left_s <= 0) {
    end_slot (opener, slot, now);
    return;
  }
  if (left_s > opener->config.warn_before_s) {
    slot->warned = FALSE; /* extended, or the clock went back */
    return;
  }
  if (slot->warned)
    return;
  slot->warned = TRUE;
  opener->callbacks.warn (slot->lesson, (guint)left_s, opener->data);
}

/* The first meeting that begins at `start_s` or later. */
static guint
first_from (const CrMeeting *meetings, guint n_meetings, gint64 start_s)
{
  guint low = 0, high = n_meetings;

  while (low < high) {
    guint middle = low + (high - low) / 2;

    if (meetings[middle].starts_at < start_s)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

/* What is called back may add to the tables, so that they are not walked themselves. */
static GPtrArray *
values_of (GHashTable *table)
{
  GPtrArray *values = g_ptr_array_sized_new (g_hash_table_size (table));
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, table);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    g_ptr_array_add (values, value);
  return values;
}

void
cr_opener_tick (CrOpener *opener)
{
  gint64 now = now_s (opener);
  g_autoptr (GPtrArray) slots = values_of (opener->slots);
  g_autoptr (GPtrArray) timetables = values_of (opener->timetables);

  /* A classroom is free for the next lesson when the last has ended. */
  for (guint i = 0; i < slots->len; i++)
    warn_or_end (opener, g_ptr_array_index (slots, i), now);
  for (guint i = 0; i < timetables->len; i++) {
    g_autoptr (CrTimetable) timetable = cr_timetable_ref (g_ptr_array_index (timetables, i));
    guint n_meetings;
    const CrMeeting *meetings = cr_timetable_meetings (timetable, &n_meetings);

    for (guint j = first_from (meetings, n_meetings, now - LOOK_BACK_S);
         j < n_meetings && meetings[j].starts_at <= now + opener->config.open_before_s; j++)
      open_or_miss (opener, &meetings[j], now);
  }
}

static gint64
next_of_slot (CrOpener *opener, const Slot *slot, gint64 now)
{
  gint64 ends_at;

  if (!is_running (slot->lesson) || !slot->known)
    return slot->retry_at > now ? slot->retry_at : G_MAXINT64;
  ends_at = cr_opener_ends_at (opener, slot->lesson);
  return slot->warned ? ends_at : ends_at - opener->config.warn_before_s;
}

gint64
cr_opener_next_at (CrOpener *opener)
{
  gint64 now = now_s (opener), next = G_MAXINT64;
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, opener->slots);
  while (g_hash_table_iter_next (&iter, NULL, &value))
    next = MIN (next, next_of_slot (opener, value, now));
  g_hash_table_iter_init (&iter, opener->timetables);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    guint n_meetings;
    const CrMeeting *meetings = cr_timetable_meetings (value, &n_meetings);
    guint first = first_from (meetings, n_meetings, now + opener->config.open_before_s + 1);

    if (first < n_meetings)
      next = MIN (next, meetings[first].starts_at - opener->config.open_before_s);
  }
  return next;
}

GPtrArray *
cr_opener_running (CrOpener *opener)
{
  GPtrArray *running = g_ptr_array_new ();
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, opener->slots);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Slot *slot = value;

    if (slot->known && is_running (slot->lesson))
      g_ptr_array_add (running, slot->lesson);
  }
  return running;
}

static Slot *
running_slot (CrOpener *opener, const gchar *lesson_id)
{
  Slot *slot = g_hash_table_lookup (opener->slots, lesson_id);

  return slot != NULL && slot->known && is_running (slot->lesson) ? slot : NULL;
}

const CrFrozenLesson *
cr_opener_lesson (CrOpener *opener, const gchar *lesson_id)
{
  Slot *slot = g_hash_table_lookup (opener->slots, lesson_id);

  return slot != NULL && slot->known ? slot->lesson : NULL;
}

gboolean
cr_opener_start (CrOpener *opener, const gchar *lesson_id)
{
  Slot *slot = running_slot (opener, lesson_id);
  CrFrozenLesson *next;

  if (slot == NULL || slot->next != NULL || slot->lesson->state != CR_LESSON_OPEN)
    return FALSE;
  next = cr_frozen_lesson_copy (slot->lesson);
  next->state = CR_LESSON_LIVE;
  next->live_at = now_s (opener);
  save_step (opener, slot, CR_OPENER_LIVE, next);
  return TRUE;
}

gboolean
cr_opener_extend (CrOpener *opener, const gchar *lesson_id)
{
  Slot *slot = running_slot (opener, lesson_id);
  CrFrozenLesson *next;

  if (slot == NULL || slot->next != NULL ||
      slot->lesson->extended_s + opener->config.extend_s > opener->config.max_extended_s)
    return FALSE;
  next = cr_frozen_lesson_copy (slot->lesson);
  next->extended_s += opener->config.extend_s;
  save_step (opener, slot, CR_OPENER_EXTEND, next);
  return TRUE;
}

gboolean
cr_opener_end (CrOpener *opener, const gchar *lesson_id)
{
  Slot *slot = running_slot (opener, lesson_id);

  if (slot == NULL || slot->next != NULL)
    return FALSE;
  end_slot (opener, slot, now_s (opener));
  return TRUE;
}

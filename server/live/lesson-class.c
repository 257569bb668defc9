/* SPDX-License-Identifier: Apache-2.0
 *
 * The actions of a lesson's people: the floor's state machine says what changed; here it is passed on, to the
 * media side first, then to those who watch, then to the disk.
 */
#include "live/lesson-private.h"

#include "base/json.h"

static gint64
now_s (CrLesson *lesson)
{
  return cr_clock_wall_us (cr_lessons_get_clock (lesson->lessons)) / G_USEC_PER_SEC;
}

void
cr_lesson_class_init (CrLesson *lesson)
{
  CrLessonClass *klass = &lesson->klass;

  klass->floor = cr_floor_new ();
  klass->keeper = cr_keeper_new (lesson->id);
  klass->meters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  cr_keeper_set_store (klass->keeper, cr_lessons_get_store (lesson->lessons));
}

void
cr_lesson_class_clear (CrLesson *lesson)
{
  CrLessonClass *klass = &lesson->klass;

  g_clear_handle_id (&klass->tell_source, g_source_remove);
  g_hash_table_unref (klass->meters);
  cr_keeper_free (klass->keeper);
  cr_floor_free (klass->floor);
}

/* Telling. */

static void
tell_now (CrLesson *lesson)
{
  guint topics = lesson->klass.topics;

  g_clear_handle_id (&lesson->klass.tell_source, g_source_remove);
  lesson->klass.topics = 0;
  if (topics != 0)
    cr_lessons_tell_watcher (lesson->lessons, lesson, topics);
}

static gboolean
on_tell (gpointer data)
{
  CrLesson *lesson = data;

  lesson->klass.tell_source = 0;
  tell_now (lesson);
  return G_SOURCE_REMOVE;
}

void
cr_lesson_tell (CrLesson *lesson, guint topics)
{
  CrLessonClass *klass = &lesson->klass;

  if (topics == 0 || (lesson->ended && (topics & CR_TOPIC_ENDED) == 0))
    return;
  klass->topics |= topics;
  if ((topics & (CR_TOPIC_FLOOR | CR_TOPIC_ENDED)) != 0)
    tell_now (lesson);
  else if (klass->tell_source == 0)
    klass->tell_source = g_idle_add_full (G_PRIORITY_DEFAULT, on_tell, lesson, NULL);
}

/* Keeping: {"live":true,"floor":{…}}. */

static void
keep (CrLesson *lesson)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "live");
  json_builder_add_boolean_value (builder, lesson->klass.is_live);
  json_builder_set_member_name (builder, "floor");
  cr_floor_save (lesson->klass.floor, builder);
  json_builder_end_object (builder);
  cr_keeper_keep (lesson->klass.keeper, cr_json_build (builder, NULL), now_s (lesson));
}

static gboolean
parse_kept (CrLesson *lesson, const gchar *text, GError **error)
{
  g_autoptr (JsonNode) node = cr_json_parse (text, strlen (text), error);
  JsonObject *object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  JsonNode *live = object != NULL ? json_object_get_member (object, "live") : NULL;
  JsonNode *floor = object != NULL ? json_object_get_member (object, "floor") : NULL;

  if (node == NULL)
    return FALSE;
  if (live == NULL || !JSON_NODE_HOLDS_VALUE (live) || json_node_get_value_type (live) != G_TYPE_BOOLEAN ||
      floor == NULL) {
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_INVALID, "not a lesson's document");
    return FALSE;
  }
  if (!cr_floor_restore (lesson->klass.floor, floor, error))
    return FALSE;
  lesson->klass.is_live = json_node_get_boolean (live);
  return TRUE;
}

void
cr_lesson_class_restore (CrLesson *lesson)
{
  g_autofree gchar *kept = NULL;
  g_autoptr (GError) error = NULL;

  if (lesson->klass.restored)
    return;
  lesson->klass.restored = TRUE;
  kept = cr_lessons_take_kept (lesson->lessons, lesson->id);
  if (kept == NULL)
    return;
  if (!parse_kept (lesson, kept, &error))
    cr_log (CR_LOG_WARNING, "class-not-restored", "lesson", lesson->id, "why", error->message, NULL);
  else
    cr_log (CR_LOG_INFO, "class-restored", "lesson", lesson->id, NULL);
  cr_lesson_class_apply (lesson);
}

void
cr_lesson_class_set_store (CrLesson *lesson, CrStore *store)
{
  cr_keeper_set_store (lesson->klass.keeper, store);
}

void
cr_lesson_when_kept (CrLesson *lesson, CrLessonKeptFunc done, gpointer data)
{
  cr_keeper_when_kept (lesson->klass.keeper, done, data);
}

/* The floor. */

static void
apply_floor (CrLesson *lesson)
{
  CrFloorHolder holders[CR_N_FLOORS] = {{NULL}};

  G_STATIC_ASSERT (CR_N_FLOORS == CR_FLOOR_N_SLOTS);
  if (lesson->pipeline == NULL)
    return;
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    const CrFloorClassroom *holder = cr_floor_get_holder (lesson->klass.floor, slot);

    if (holder != NULL)
      holders[slot] = (CrFloorHolder){.owner = holder->key, .with_voice = !holder->muted};
  }
  cr_lesson_pipeline_set_floor (lesson->pipeline, holders);
}

static void
apply_wall (CrLesson *lesson)
{
  guint n = cr_floor_get_n_classrooms (lesson->klass.floor);
  g_autofree const gchar **owners = g_new0 (const gchar *, n + 1);

  for (guint i = 0; i < n; i++)
    owners[i] = cr_floor_get_classroom (lesson->klass.floor, i)->key;
  cr_lesson_pipeline_set_wall (lesson->pipeline, n > 0 ? owners : NULL);
}

void
cr_lesson_class_apply (CrLesson *lesson)
{
  if (lesson->pipeline == NULL)
    return;
  apply_floor (lesson);
  apply_wall (lesson);
}

void
cr_lesson_class_copy_holders (CrLesson *lesson, gchar *holders[CR_FLOOR_N_SLOTS])
{
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    const CrFloorClassroom *holder = cr_floor_get_holder (lesson->klass.floor, slot);

    holders[slot] = holder != NULL ? g_strdup (holder->key) : NULL;
  }
}

static void
note_turn (CrLesson *lesson, const gchar *classroom, guint slot, gboolean given)
{
  g_autofree gchar *number = g_strdup_printf ("%u", slot + 1);

  cr_keeper_add_turn (lesson->klass.keeper, classroom, slot, given, now_s (lesson));
  if (given)
    cr_lessons_add_turn (lesson->lessons, classroom);
  cr_log (CR_LOG_INFO, given ? "floor-given" : "floor-taken", "lesson", lesson->id, "classroom", classroom,
          "floor", number, NULL);
}

void
cr_lesson_class_floor_changed (CrLesson *lesson, gchar *const before[CR_FLOOR_N_SLOTS])
{
  apply_floor (lesson);
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++) {
    const CrFloorClassroom *holder = cr_floor_get_holder (lesson->klass.floor, slot);
    const gchar *after = holder != NULL ? holder->key : NULL;

    if (g_strcmp0 (before[slot], after) == 0)
      continue;
    if (before[slot] != NULL)
      note_turn (lesson, before[slot], slot, FALSE);
    if (after != NULL)
      note_turn (lesson, after, slot, TRUE);
  }
}

static gboolean
check_runs (CrLesson *lesson, GError **error)
{
  if (lesson->ended)
    g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_ENDED, "the lesson has ended");
  return !lesson->ended;
}

/* Kept before told: those who are told may ask at once when it is on the disk. */
static gboolean
finish (CrLesson *lesson, guint topics)
{
  if (topics == 0)
    return TRUE;
  keep (lesson);
  cr_lesson_tell (lesson, topics);
  return TRUE;
}

gboolean
cr_lesson_set_floor (CrLesson *lesson, const gchar *const *classrooms, GError **error)
{
  gchar *before[CR_FLOOR_N_SLOTS];
  guint topics = 0;
  gboolean done;

  if (!check_runs (lesson, error))
    return FALSE;
  cr_lesson_class_copy_holders (lesson, before);
  done = cr_floor_set (lesson->klass.floor, classrooms, &topics, error);
  if (done && topics != 0)
    cr_lesson_class_floor_changed (lesson, before);
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++)
    g_free (before[slot]);
  return done && finish (lesson, topics);
}

gboolean
cr_lesson_set_muted (CrLesson *lesson, const gchar *classroom, gboolean muted, GError **error)
{
  guint topics = 0;

  if (!check_runs (lesson, error) ||
      !cr_floor_set_muted (lesson->klass.floor, classroom, muted, &topics, error))
    return FALSE;
  if (topics != 0 && cr_floor_find (lesson->klass.floor, classroom)->slot != CR_FLOOR_NO_SLOT)
    apply_floor (lesson);
  return finish (lesson, topics);
}

gboolean
cr_lesson_set_hand (CrLesson *lesson, const gchar *classroom, gboolean raised, GError **error)
{
  guint topics = 0;

  return check_runs (lesson, error) &&
         cr_floor_set_hand (lesson->klass.floor, classroom, raised, now_s (lesson), &topics, error) &&
         finish (lesson, topics);
}

gboolean
cr_lesson_add_note (CrLesson *lesson, const gchar *classroom, const gchar *code, const gchar *text,
                    GError **error)
{
  guint topics = 0;

  return check_runs (lesson, error) &&
         cr_floor_add_note (lesson->klass.floor, classroom, code, text, now_s (lesson), &topics, error) &&
         finish (lesson, topics);
}

gboolean
cr_lesson_set_call (CrLesson *lesson, const gchar *who, gboolean open, GError **error)
{
  guint topics = 0;

  if (!check_runs (lesson, error) ||
      !cr_floor_set_call (lesson->klass.floor, who, open, now_s (lesson), &topics, error))
    return FALSE;
  if (topics != 0)
    cr_log (CR_LOG_INFO, open ? "coordinator-called" : "call-closed", "lesson", lesson->id, "who", who, NULL);
  return finish (lesson, topics);
}

const CrFloor *
cr_lesson_get_floor_state (CrLesson *lesson)
{
  return lesson->klass.floor;
}

/* The lesson's own state. */

void
cr_lesson_class_source_changed (CrLesson *lesson)
{
  gboolean flows = lesson->flowing[CR_SOURCE_CAMERA] || lesson->flowing[CR_SOURCE_SCREEN];

  if (flows && !lesson->klass.is_live) {
    lesson->klass.is_live = TRUE;
    keep (lesson);
  }
  cr_lesson_tell (lesson, CR_TOPIC_STATE);
}

const gchar *
cr_lesson_get_state (CrLesson *lesson)
{
  if (lesson->ended)
    return "ended";
  return lesson->klass.is_live ? "live" : "open";
}

void
cr_lesson_class_end (CrLesson *lesson)
{
  static const gchar *const nobody[] = {NULL};
  gchar *before[CR_FLOOR_N_SLOTS];
  guint topics = CR_TOPIC_STATE | CR_TOPIC_ENDED;

  cr_lesson_class_copy_holders (lesson, before);
  if (cr_floor_set (lesson->klass.floor, nobody, &topics, NULL))
    cr_lesson_class_floor_changed (lesson, before);
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++)
    g_free (before[slot]);
  cr_keeper_keep (lesson->klass.keeper, NULL, now_s (lesson));
  lesson->ended = TRUE;
  cr_lesson_tell (lesson, topics);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Which classrooms take part, which of them are there, and how their lines are. A classroom is there while a
 * viewer of it is connected, and publishing while media of its own source flows.
 */
#include "live/lesson-private.h"

/* Figures alone are told this seldom: a page shows them, nobody acts on them. */
#define FIGURES_US (2 * G_USEC_PER_SEC)

static const gchar *
key_of (const CrActor *actor)
{
  return actor->classroom_id != NULL ? actor->classroom_id : actor->name;
}

static void
add_tokens (CrLesson *lesson, GArray *entries)
{
  for (guint i = 0; i < lesson->actors->len; i++) {
    const CrActor *actor = lesson->actors->pdata[i];
    const CrRosterEntry entry = {.key = key_of (actor), .name = actor->name};

    if (actor->role == CR_ROLE_CLASSROOM)
      g_array_append_val (entries, entry);
  }
}

static void
add_listeners (CrLesson *lesson, GArray *entries)
{
  for (guint i = 0; lesson->people != NULL && i < lesson->people->listeners->len; i++) {
    const CrListener *listener = lesson->people->listeners->pdata[i];
    const CrRosterEntry entry = {.key = listener->classroom_id, .name = listener->name};

    g_array_append_val (entries, entry);
  }
}

static guint
update_turns (CrLesson *lesson)
{
  guint topics = 0;

  for (guint i = 0; i < cr_floor_get_n_classrooms (lesson->klass.floor); i++) {
    const gchar *key = cr_floor_get_classroom (lesson->klass.floor, i)->key;

    topics |= cr_floor_set_turns (lesson->klass.floor, key, cr_lessons_get_turns (lesson->lessons, key));
  }
  return topics;
}

void
cr_lesson_roster_update_turns (CrLesson *lesson)
{
  cr_lesson_tell (lesson, update_turns (lesson));
}

/* Tokens name the classrooms where there are any: the demo's, which is in the timetable too. */
void
cr_lesson_roster_update (CrLesson *lesson)
{
  g_autoptr (GArray) entries = g_array_new (FALSE, FALSE, sizeof (CrRosterEntry));
  gchar *before[CR_FLOOR_N_SLOTS];
  guint topics;

  add_tokens (lesson, entries);
  if (entries->len == 0)
    add_listeners (lesson, entries);
  cr_lesson_class_copy_holders (lesson, before);
  topics =
      cr_floor_set_roster (lesson->klass.floor, (const CrRosterEntry *)(gpointer)entries->data, entries->len);
  topics |= update_turns (lesson);
  if ((topics & CR_TOPIC_FLOOR) != 0)
    cr_lesson_class_floor_changed (lesson, before);
  for (guint slot = 0; slot < CR_FLOOR_N_SLOTS; slot++)
    g_free (before[slot]);
  cr_lesson_class_apply (lesson);
  cr_lesson_tell (lesson, topics);
}

void
cr_lesson_roster_add (CrLesson *lesson, const CrActor *actor)
{
  const CrRosterEntry entry = {.key = key_of (actor), .name = actor->name};
  guint topics;

  if (lesson->people != NULL) { /* tokens take the place of the timetable's */
    cr_lesson_roster_update (lesson);
    return;
  }
  topics = cr_floor_add_classroom (lesson->klass.floor, &entry);
  topics |=
      cr_floor_set_turns (lesson->klass.floor, entry.key, cr_lessons_get_turns (lesson->lessons, entry.key));
  cr_lesson_class_apply (lesson);
  cr_lesson_tell (lesson, topics);
}

const gchar *
cr_lesson_roster_owner_of (CrLesson *lesson, const CrActor *actor)
{
  const CrFloorClassroom *classroom =
      actor->role == CR_ROLE_CLASSROOM ? cr_floor_find (lesson->klass.floor, key_of (actor)) : NULL;

  return classroom != NULL ? classroom->key : NULL;
}

/* The first of the school's classrooms that take part. */
static const gchar *
find_of_school (CrLesson *lesson, const gchar *school_id)
{
  for (guint i = 0; school_id != NULL && lesson->people != NULL && i < lesson->people->listeners->len; i++) {
    const CrListener *listener = lesson->people->listeners->pdata[i];
    const CrFloorClassroom *classroom = cr_floor_find (lesson->klass.floor, listener->classroom_id);

    if (classroom != NULL && g_strcmp0 (listener->school_id, school_id) == 0)
      return classroom->key;
  }
  return NULL;
}

const gchar *
cr_lesson_classroom_of (CrLesson *lesson, const CrActor *actor)
{
  if (actor->role != CR_ROLE_ASSISTANT)
    return cr_lesson_roster_owner_of (lesson, actor);
  return find_of_school (lesson, actor->school_id);
}

const gchar *
cr_lesson_roster_room_of (CrLesson *lesson, const CrActor *actor)
{
  const gchar *own = cr_lesson_roster_owner_of (lesson, actor);

  if (own != NULL || actor->kind != CR_ACTOR_JOIN)
    return own;
  return find_of_school (lesson, actor->school_id); /* an assistant's */
}

/* Who is there. */

static CrHealthMeter *
meter_of (CrLesson *lesson, const gchar *classroom)
{
  CrHealthMeter *meter = g_hash_table_lookup (lesson->klass.meters, classroom);

  if (meter == NULL) {
    meter = g_new0 (CrHealthMeter, 1);
    g_hash_table_insert (lesson->klass.meters, g_strdup (classroom), meter);
  }
  return meter;
}

const CrHealth *
cr_lesson_get_health (CrLesson *lesson, const gchar *classroom)
{
  return &meter_of (lesson, classroom)->health;
}

static gboolean
is_viewed_by (CrLesson *lesson, const gchar *classroom)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, lesson->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const CrSession *session = value;

    if (session->connected && !session->is_publisher && g_strcmp0 (session->classroom, classroom) == 0)
      return TRUE;
  }
  return FALSE;
}

void
cr_lesson_roster_count (CrLesson *lesson, const gchar *classroom, gboolean on_purpose)
{
  gboolean present = is_viewed_by (lesson, classroom);
  const CrFloorClassroom *was = cr_floor_find (lesson->klass.floor, classroom);
  guint topics = 0;

  if (was == NULL || was->present == present)
    return;
  (void)!cr_floor_set_present (lesson->klass.floor, classroom, present, &topics, NULL);
  if (present)
    (void)cr_health_meter_join (meter_of (lesson, classroom));
  else
    (void)cr_health_meter_leave (meter_of (lesson, classroom), on_purpose);
  cr_lesson_tell (lesson, topics);
}

void
cr_lesson_roster_flowing (CrLesson *lesson, const gchar *classroom, gboolean flowing)
{
  guint topics = 0;

  if (cr_floor_set_publishing (lesson->klass.floor, classroom, flowing, &topics, NULL))
    cr_lesson_tell (lesson, topics);
}

void
cr_lesson_roster_all_left (CrLesson *lesson)
{
  guint topics = 0;

  for (guint i = 0; i < cr_floor_get_n_classrooms (lesson->klass.floor); i++) {
    const gchar *key = cr_floor_get_classroom (lesson->klass.floor, i)->key;

    (void)!cr_floor_set_present (lesson->klass.floor, key, FALSE, &topics, NULL);
    (void)!cr_floor_set_publishing (lesson->klass.floor, key, FALSE, &topics, NULL);
    (void)cr_health_meter_leave (meter_of (lesson, key), TRUE);
  }
  cr_lesson_tell (lesson, topics);
}

/* How their lines are. */

static gdouble
publisher_loss (const CrLessonPeerStats *now, const CrLessonPeerStats *before)
{
  guint64 packets, lost;

  if (before == NULL || now->publisher.packets < before->publisher.packets ||
      now->publisher.lost < before->publisher.lost)
    return 0;
  packets = now->publisher.packets - before->publisher.packets;
  lost = now->publisher.lost - before->publisher.lost;
  return lost > 0 ? (gdouble)lost / (gdouble)(packets + lost) : 0;
}

/* The worse of both directions; of several viewers, the one that was heard last. */
static void
add_peer (CrHealthSample *sample, const CrSession *session, const CrLessonPeerStats *now,
          const CrLessonPeerStats *before)
{
  if (session->is_publisher) {
    sample->loss = MAX (sample->loss, publisher_loss (now, before));
    return;
  }
  sample->loss = MAX (sample->loss, now->viewer.loss_fraction);
  sample->rtt_ms = MAX (sample->rtt_ms, now->viewer.rtt_us / 1000);
  sample->tcp = sample->tcp || now->tcp;
  sample->silent_ms = MIN (sample->silent_ms, now->silent_ms);
}

static void
measure (CrLesson *lesson, const gchar *classroom, const CrHealthSample *sample)
{
  CrHealthMeter *meter = meter_of (lesson, classroom);
  CrHealth was = meter->health;

  if (cr_health_meter_update (meter, sample))
    cr_lesson_tell (lesson, CR_TOPIC_CLASSROOMS);
  else if (was.has_figures != meter->health.has_figures || was.loss != meter->health.loss ||
           was.rtt_ms != meter->health.rtt_ms || was.tcp != meter->health.tcp)
    lesson->klass.figures_changed = TRUE;
}

static GHashTable *
collect_samples (CrLesson *lesson, GHashTable *before)
{
  GHashTable *samples = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_free);
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, lesson->sessions);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    const CrSession *session = value;
    const CrLessonPeerStats *now = g_hash_table_lookup (lesson->peer_stats, session->peer_id);
    CrHealthSample *sample;

    if (session->classroom == NULL || !session->connected || now == NULL)
      continue;
    sample = g_hash_table_lookup (samples, session->classroom);
    if (sample == NULL) {
      sample = g_new0 (CrHealthSample, 1);
      sample->silent_ms = G_MAXUINT;
      g_hash_table_insert (samples, session->classroom, sample);
    }
    add_peer (sample, session, now, g_hash_table_lookup (before, session->peer_id));
  }
  return samples;
}

void
cr_lesson_roster_measure (CrLesson *lesson, GHashTable *before)
{
  g_autoptr (GHashTable) samples = collect_samples (lesson, before);
  CrLessonClass *klass = &lesson->klass;
  gint64 now_us = cr_clock_monotonic_us (cr_lessons_get_clock (lesson->lessons));
  GHashTableIter iter;
  gpointer classroom, sample;

  g_hash_table_iter_init (&iter, samples);
  while (g_hash_table_iter_next (&iter, &classroom, &sample)) {
    const CrFloorClassroom *of = cr_floor_find (klass->floor, classroom);

    if (of != NULL && of->present && ((const CrHealthSample *)sample)->silent_ms != G_MAXUINT)
      measure (lesson, classroom, sample);
  }
  if (!klass->figures_changed || now_us - klass->figures_told_us < FIGURES_US)
    return;
  klass->figures_changed = FALSE;
  klass->figures_told_us = now_us;
  cr_lesson_tell (lesson, CR_TOPIC_CLASSROOMS);
}

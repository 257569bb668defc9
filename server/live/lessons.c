/* SPDX-License-Identifier: Apache-2.0
 *
 * The registry. One timer ticks for all lessons; an idle lesson costs one comparison a second.
 */
#include "live/lessons.h"

#include "live/join-tokens.h"
#include "live/lesson-private.h"
#include "live/turns.h"
#include "store/live-store.h"

#define TICK_S 1 /* pages ask every 2 s: figures are never older than what they replace */

/* A request that came before its end may still hold a lesson; the proxy gives up on requests long before. */
#define RETIRED_US (10 * 60 * G_USEC_PER_SEC)

/* The schools' day where no timetable says another. */
#define DEFAULT_ZONE "Asia/Shanghai"

/* A lesson of the configuration that nobody has touched for this long begins anew. */
#define UNUSED_S (7 * 24 * 60 * 60)

#define BOOT_ID_BYTES 8 /* only has to differ from the last start's */

G_DEFINE_QUARK (cr_live_error, cr_live_error)

typedef struct {
  CrLesson *lesson;
  gint64 since_us;
} Retired;

struct CrLessons {
  const CrConfig *config;
  GPtrArray *workers; /* CrWorker */
  CrDtlsIdentity *identity;
  const CrClock *clock;
  GPtrArray *lessons; /* CrLesson */
  GHashTable *by_id;  /* own name or alias -> CrLesson */
  GArray *retired;    /* Retired, oldest first */
  CrJoinTokens *join_tokens;
  CrStore *store;   /* NULL: none */
  GHashTable *kept; /* lesson id -> its document of before the restart */
  CrTurns *turns;
  CrLessonsWatcher watcher;
  gpointer watcher_data;
  CrLessonsRevokedFunc revoked;
  gpointer revoked_data;
  gchar *boot_id;
  guint64 serial;
  gboolean draining;
  guint tick_source;
  CrLessonsCounters counters;
};

static gint64
now_s (CrLessons *lessons)
{
  return cr_clock_wall_us (lessons->clock) / G_USEC_PER_SEC;
}

gboolean
cr_lessons_may_still_join (CrLessons *lessons, const CrActor *actor)
{
  return now_s (lessons) < actor->expires_at;
}

static gboolean
is_over (const CrActor *actor, gpointer data)
{
  CrLessons *lessons = data;
  CrLesson *lesson;

  if (cr_lessons_may_still_join (lessons, actor))
    return FALSE;
  lesson = cr_lessons_find (lessons, actor->lesson_id);
  return lesson == NULL || !cr_lesson_has_session_of (lesson, actor);
}

static void
free_retired (CrLessons *lessons, gint64 now_us)
{
  while (lessons->retired->len > 0) {
    const Retired *oldest = &g_array_index (lessons->retired, Retired, 0);

    if (now_us - oldest->since_us < RETIRED_US)
      return;
    cr_lesson_free (oldest->lesson);
    g_array_remove_index (lessons->retired, 0);
  }
}

static void
update_turns (CrLessons *lessons)
{
  for (guint i = 0; i < lessons->lessons->len; i++)
    cr_lesson_roster_update_turns (lessons->lessons->pdata[i]);
}

static void
begin_day (CrLessons *lessons)
{
  if (cr_turns_set_now (lessons->turns, now_s (lessons)))
    update_turns (lessons);
}

static gboolean
on_tick (gpointer data)
{
  CrLessons *lessons = data;
  gint64 now_us = cr_clock_monotonic_us (lessons->clock);

  begin_day (lessons);
  for (guint i = 0; i < lessons->lessons->len; i++)
    cr_lesson_tick (lessons->lessons->pdata[i], now_us);
  cr_join_tokens_prune (lessons->join_tokens, is_over, lessons);
  free_retired (lessons, now_us);
  return G_SOURCE_CONTINUE;
}

CrLessons *
cr_lessons_new (const CrConfig *config, GPtrArray *workers, CrDtlsIdentity *identity, const CrClock *clock)
{
  CrLessons *lessons = g_new0 (CrLessons, 1);

  lessons->config = config;
  lessons->workers = workers;
  lessons->identity = identity;
  lessons->clock = clock;
  lessons->lessons = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_lesson_free);
  lessons->by_id = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  lessons->retired = g_array_new (FALSE, FALSE, sizeof (Retired));
  lessons->join_tokens = cr_join_tokens_new ();
  lessons->kept = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  lessons->turns = cr_turns_new (DEFAULT_ZONE);
  lessons->boot_id = cr_random_hex (BOOT_ID_BYTES);
  lessons->tick_source = g_timeout_add_seconds (TICK_S, on_tick, lessons);
  return lessons;
}

void
cr_lessons_free (CrLessons *lessons)
{
  g_source_remove (lessons->tick_source);
  free_retired (lessons, G_MAXINT64);
  g_array_unref (lessons->retired);
  g_hash_table_unref (lessons->by_id);
  g_ptr_array_unref (lessons->lessons);
  cr_join_tokens_free (lessons->join_tokens);
  cr_turns_free (lessons->turns);
  g_hash_table_unref (lessons->kept);
  g_ptr_array_unref (lessons->workers);
  g_free (lessons->boot_id);
  g_free (lessons);
}

CrLesson *
cr_lessons_add (CrLessons *lessons, const gchar *id, const gchar *title, const gchar *const *video_codecs)
{
  CrLesson *lesson = cr_lesson_new (lessons, id, title, video_codecs);

  g_ptr_array_add (lessons->lessons, lesson);
  g_hash_table_insert (lessons->by_id, g_strdup (id), lesson);
  return lesson;
}

void
cr_lessons_add_alias (CrLessons *lessons, const gchar *alias, CrLesson *lesson)
{
  g_hash_table_insert (lessons->by_id, g_strdup (alias), lesson);
}

void
cr_lessons_retire (CrLessons *lessons, const gchar *id)
{
  CrLesson *lesson = g_hash_table_lookup (lessons->by_id, id);
  const Retired retired = {.lesson = lesson, .since_us = cr_clock_monotonic_us (lessons->clock)};
  guint index;

  g_hash_table_remove (lessons->by_id, id);
  if (lesson == NULL || !g_str_equal (cr_lesson_get_id (lesson), id))
    return; /* an alias is gone, the lesson goes on */
  cr_lesson_end (lesson);
  if (g_ptr_array_find (lessons->lessons, lesson, &index))
    g_ptr_array_steal_index (lessons->lessons, index);
  g_array_append_val (lessons->retired, retired);
}

CrLesson *
cr_lessons_find (CrLessons *lessons, const gchar *id)
{
  return g_hash_table_lookup (lessons->by_id, id);
}

GPtrArray *
cr_lessons_get_all (CrLessons *lessons)
{
  return lessons->lessons;
}

static const CrActor *
find_join_token (CrLessons *lessons, const CrTokenHash *hash, CrLesson **lesson)
{
  const CrActor *actor = cr_join_tokens_find (lessons->join_tokens, hash);
  CrLesson *of = actor != NULL ? cr_lessons_find (lessons, actor->lesson_id) : NULL;

  if (of == NULL || is_over (actor, lessons))
    return NULL;
  *lesson = of;
  return actor;
}

const CrActor *
cr_lessons_authenticate (CrLessons *lessons, const gchar *token, CrLesson **lesson)
{
  const CrActor *found = NULL;
  CrTokenHash hash;

  cr_token_hash (token, &hash);
  for (guint i = 0; i < lessons->lessons->len; i++) {
    const CrActor *actor = cr_lesson_authenticate (lessons->lessons->pdata[i], &hash);

    if (actor != NULL) {
      found = actor;
      *lesson = lessons->lessons->pdata[i];
    }
  }
  return found != NULL ? found : find_join_token (lessons, &hash, lesson);
}

void
cr_lessons_add_join_token (CrLessons *lessons, CrActor *actor)
{
  cr_join_tokens_add (lessons->join_tokens, actor);
}

guint
cr_lessons_revoke (CrLessons *lessons, const gchar *actor_id)
{
  guint n = 0;

  cr_join_tokens_revoke (lessons->join_tokens, actor_id);
  for (guint i = 0; i < lessons->lessons->len; i++)
    n += cr_lesson_end_sessions_of (lessons->lessons->pdata[i], actor_id);
  if (lessons->revoked != NULL)
    lessons->revoked (lessons, actor_id, lessons->revoked_data);
  return n;
}

guint
cr_lessons_revoke_token (CrLessons *lessons, const CrTokenHash *token)
{
  guint n = 0;

  cr_join_tokens_remove (lessons->join_tokens, token);
  for (guint i = 0; i < lessons->lessons->len; i++)
    n += cr_lesson_end_sessions_by (lessons->lessons->pdata[i], token);
  return n;
}

void
cr_lessons_collect_join_actors (CrLessons *lessons, GHashTable *actors)
{
  cr_join_tokens_collect (lessons->join_tokens, actors);
}

void
cr_lessons_set_revoked_func (CrLessons *lessons, CrLessonsRevokedFunc func, gpointer data)
{
  lessons->revoked = func;
  lessons->revoked_data = data;
}

void
cr_lessons_set_watcher (CrLessons *lessons, CrLessonsWatcher func, gpointer data)
{
  lessons->watcher = func;
  lessons->watcher_data = data;
}

void
cr_lessons_tell_watcher (CrLessons *lessons, CrLesson *lesson, guint topics)
{
  if (lessons->watcher != NULL)
    lessons->watcher (lesson, topics, lessons->watcher_data);
}

/* What is kept of before. */

typedef struct {
  gint64 now;
  gint64 day_start;
  GPtrArray *lessons; /* CrLiveLessonRow */
  GPtrArray *turns;   /* CrTurnsRow */
} Kept;

static gboolean
run_tidy (CrStoreTx *tx, gpointer data, GError **error)
{
  const Kept *kept = data;

  return cr_live_store_tidy (tx, kept->now - UNUSED_S, kept->now, error);
}

static gboolean
run_read_kept (CrStoreTx *tx, gpointer data, GError **error)
{
  Kept *kept = data;

  return cr_live_store_list (tx, &kept->lessons, error) &&
         cr_live_store_count_turns (tx, kept->day_start, &kept->turns, error);
}

/* Of a damaged database what can be read counts; tidying up can wait for the next start. */
static gboolean
read_kept (CrStore *store, Kept *kept, GError **error)
{
  gboolean is_damaged = cr_store_damage (store) != NULL;
  g_autoptr (GError) why = NULL;

  if (!is_damaged && !cr_store_run_sync (store, run_tidy, kept, &why))
    cr_log (CR_LOG_WARNING, "classes-not-tidied", "why", why->message, NULL);
  g_clear_error (&why);
  if (cr_store_read_sync (store, run_read_kept, kept, &why))
    return TRUE;
  cr_log (CR_LOG_WARNING, "classes-not-restored", "why", why->message, NULL);
  if (is_damaged)
    return TRUE;
  g_propagate_error (error, g_steal_pointer (&why));
  return FALSE;
}

static void
take_up (CrLessons *lessons, const Kept *kept)
{
  for (guint i = 0; kept->lessons != NULL && i < kept->lessons->len; i++) {
    CrLiveLessonRow *row = kept->lessons->pdata[i];

    g_hash_table_insert (lessons->kept, g_steal_pointer (&row->lesson_id), g_steal_pointer (&row->state));
  }
  for (guint i = 0; kept->turns != NULL && i < kept->turns->len; i++) {
    const CrTurnsRow *row = kept->turns->pdata[i];

    cr_turns_add (lessons->turns, row->classroom, row->n);
  }
  update_turns (lessons);
  for (guint i = 0; i < lessons->lessons->len; i++)
    cr_lesson_class_restore (lessons->lessons->pdata[i]);
}

gboolean
cr_lessons_set_store (CrLessons *lessons, CrStore *store, const gchar *zone, GError **error)
{
  Kept kept = {.now = now_s (lessons)};
  gboolean done = TRUE;

  if (store != NULL) {
    cr_turns_free (lessons->turns);
    lessons->turns = cr_turns_new (zone != NULL ? zone : DEFAULT_ZONE);
    (void)cr_turns_set_now (lessons->turns, kept.now);
    kept.day_start = cr_turns_day_start (lessons->turns, kept.now);
    done = read_kept (store, &kept, error);
  }
  if (done) {
    lessons->store = store;
    for (guint i = 0; i < lessons->lessons->len; i++)
      cr_lesson_class_set_store (lessons->lessons->pdata[i], store);
    for (guint i = 0; i < lessons->retired->len; i++)
      cr_lesson_class_set_store (g_array_index (lessons->retired, Retired, i).lesson, store);
  }
  if (done && store != NULL)
    take_up (lessons, &kept);
  g_clear_pointer (&kept.lessons, g_ptr_array_unref);
  g_clear_pointer (&kept.turns, g_ptr_array_unref);
  return done;
}

CrStore *
cr_lessons_get_store (CrLessons *lessons)
{
  return lessons->store;
}

gchar *
cr_lessons_take_kept (CrLessons *lessons, const gchar *lesson_id)
{
  gchar *key = NULL;
  gchar *document = NULL;

  g_hash_table_steal_extended (lessons->kept, lesson_id, (gpointer *)&key, (gpointer *)&document);
  g_free (key);
  return document;
}

/* A classroom's next lesson is open already while this one still runs. */
void
cr_lessons_add_turn (CrLessons *lessons, const gchar *classroom)
{
  cr_turns_add (lessons->turns, classroom, 1);
  update_turns (lessons);
}

guint
cr_lessons_get_turns (CrLessons *lessons, const gchar *classroom)
{
  return cr_turns_get (lessons->turns, classroom);
}

void
cr_lessons_drain (CrLessons *lessons)
{
  lessons->draining = TRUE;
}

gboolean
cr_lessons_are_draining (CrLessons *lessons)
{
  return lessons->draining;
}

guint
cr_lessons_get_n_sessions (CrLessons *lessons)
{
  guint n = 0;

  for (guint i = 0; i < lessons->lessons->len; i++)
    n += cr_lesson_get_n_sessions (lessons->lessons->pdata[i]);
  return n;
}

void
cr_lessons_stop (CrLessons *lessons)
{
  for (guint i = 0; i < lessons->lessons->len; i++)
    cr_lesson_stop (lessons->lessons->pdata[i]);
}

const CrConfig *
cr_lessons_get_config (CrLessons *lessons)
{
  return lessons->config;
}

CrDtlsIdentity *
cr_lessons_get_identity (CrLessons *lessons)
{
  return lessons->identity;
}

const CrClock *
cr_lessons_get_clock (CrLessons *lessons)
{
  return lessons->clock;
}

GPtrArray *
cr_lessons_get_workers (CrLessons *lessons)
{
  return lessons->workers;
}

/* Handing a lesson over to a further worker costs both of them about what two viewers cost; it is to save
 * more than that. */
#define HANDOVER_WEIGHT 4

/* A lesson without sessions weighs as much as one peer, so that lessons opening together spread out. */
static guint
worker_weight (CrLessons *lessons, CrWorker *worker)
{
  guint weight = 0;

  for (guint i = 0; i < lessons->lessons->len; i++) {
    CrLesson *lesson = lessons->lessons->pdata[i];

    weight += cr_lesson_get_n_sessions_on (lesson, worker);
    if (cr_lesson_get_worker (lesson) == worker)
      weight++;
  }
  return weight;
}

static CrWorker *
find_lightest (CrLessons *lessons, guint *lightest_weight)
{
  CrWorker *best = lessons->workers->pdata[0];
  guint best_weight = worker_weight (lessons, best);

  for (guint i = 1; i < lessons->workers->len; i++) {
    guint weight = worker_weight (lessons, lessons->workers->pdata[i]);

    if (weight < best_weight) {
      best = lessons->workers->pdata[i];
      best_weight = weight;
    }
  }
  *lightest_weight = best_weight;
  return best;
}

CrWorker *
cr_lessons_choose_worker (CrLessons *lessons)
{
  guint weight;

  return find_lightest (lessons, &weight);
}

CrWorker *
cr_lessons_choose_viewer_worker (CrLessons *lessons, CrWorker *home)
{
  CrWorker *lightest;
  guint weight;

  if (lessons->workers->len == 1)
    return home;
  lightest = find_lightest (lessons, &weight);
  return worker_weight (lessons, home) < weight + HANDOVER_WEIGHT ? home : lightest;
}

guint64
cr_lessons_next_serial (CrLessons *lessons)
{
  return ++lessons->serial;
}

const gchar *
cr_lessons_get_boot_id (CrLessons *lessons)
{
  return lessons->boot_id;
}

CrLessonsCounters *
cr_lessons_get_counters (CrLessons *lessons)
{
  return &lessons->counters;
}

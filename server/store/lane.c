/* SPDX-License-Identifier: Apache-2.0
 *
 * The thread, its queue, and the two sources on main: one that hands out answers, a few milliseconds' worth
 * at a time, and one that expires jobs which the thread did not get to.
 */
#include "store/lane.h"

/* Answers go out for at most this long in one turn of main's loop, which must not be held for 5 ms. */
#define ANSWER_SLICE_US 1000

/* The thread itself gives up on a lock after CR_LANE_WAIT_US; this is for when it cannot, with a margin for
 * that. */
#define EXPIRE_US       (CR_LANE_WAIT_US + G_USEC_PER_SEC / 2)
#define EXPIRE_EVERY_MS 250

/* 100 times the jobs of a bell with 200 schools would not fill it: beyond that something is wrong, and
 * waiting makes it worse. */
#define QUEUE_MAX 20000

struct CrLane {
  CrLaneSettings settings;
  GThread *thread;
  GSource *answer_source;
  GSource *expire_source;
  guint64 n_expired;

  pthread_mutex_t lock; /* all below */
  pthread_cond_t wake;  /* a job, or the end */
  pthread_cond_t came;  /* an answer */
  GQueue queue;
  GQueue answers;
  gboolean ending;
};

static void
init_cond (pthread_cond_t *cond)
{
  pthread_condattr_t attributes;

  pthread_condattr_init (&attributes);
  pthread_condattr_setclock (&attributes, CLOCK_MONOTONIC); /* that of g_get_monotonic_time() */
  pthread_cond_init (cond, &attributes);
  pthread_condattr_destroy (&attributes);
}

/* FALSE when the time is over. */
static gboolean
wait_until (pthread_cond_t *cond, pthread_mutex_t *lock, gint64 until_us)
{
  const struct timespec until = {until_us / G_USEC_PER_SEC, until_us % G_USEC_PER_SEC * 1000};

  return pthread_cond_timedwait (cond, lock, &until) == 0;
}

static void
answer (CrJob *job)
{
  if (job->done != NULL)
    job->done (job->data, job->error, job->done_data);
  if (job->destroy != NULL)
    job->destroy (job->data);
  g_clear_error (&job->error);
  g_free (job);
}

/* Under the lock, on main. */
static void
refuse_locked (CrLane *lane, CrJob *job, const gchar *why)
{
  g_set_error_literal (&job->error, CR_STORE_ERROR, CR_STORE_ERROR_BUSY, why);
  lane->n_expired++;
  g_queue_push_tail (&lane->answers, job);
  g_source_set_ready_time (lane->answer_source, 0);
  pthread_cond_broadcast (&lane->came);
}

static void
move_all (GQueue *from, GQueue *to)
{
  CrJob *job;

  while ((job = g_queue_pop_head (from)) != NULL)
    g_queue_push_tail (to, job);
}

static void
move_back (GQueue *batch, GQueue *queue)
{
  CrJob *job;

  while ((job = g_queue_pop_tail (batch)) != NULL)
    g_queue_push_head (queue, job);
}

/* Under the lock. FALSE at the end. */
static gboolean
take_batch_locked (CrLane *lane, GQueue *batch)
{
  const CrLaneSettings *settings = &lane->settings;
  CrJob *first;

  while ((first = g_queue_peek_head (&lane->queue)) == NULL) {
    if (lane->ending)
      return FALSE;
    pthread_cond_wait (&lane->wake, &lane->lock);
  }
  /* The first may expire while we wait for others: only its time is used. */
  for (gint64 until_us = first->queued_us + settings->gather_us;
       !lane->ending && lane->queue.length < settings->max_batch;)
    if (!wait_until (&lane->wake, &lane->lock, until_us))
      break;
  while (batch->length < settings->max_batch && lane->queue.length > 0)
    g_queue_push_tail (batch, g_queue_pop_head (&lane->queue));
  return TRUE;
}

static gpointer
run_thread (gpointer data)
{
  CrLane *lane = data;
  GQueue batch = G_QUEUE_INIT;
  GQueue answered = G_QUEUE_INIT;

  pthread_mutex_lock (&lane->lock);
  while (take_batch_locked (lane, &batch)) {
    pthread_mutex_unlock (&lane->lock);
    if (batch.length > 0)
      lane->settings.func (&batch, &answered, lane->settings.data);
    pthread_mutex_lock (&lane->lock);
    move_back (&batch, &lane->queue);
    if (answered.length == 0)
      continue;
    move_all (&answered, &lane->answers);
    g_source_set_ready_time (lane->answer_source, 0);
    pthread_cond_broadcast (&lane->came);
  }
  pthread_mutex_unlock (&lane->lock);
  return NULL;
}

static CrJob *
next_answer (CrLane *lane)
{
  CrJob *job;

  pthread_mutex_lock (&lane->lock);
  job = g_queue_pop_head (&lane->answers);
  if (job == NULL)
    g_source_set_ready_time (lane->answer_source, -1);
  pthread_mutex_unlock (&lane->lock);
  return job;
}

static gboolean
on_answers_came (GSource *source, GSourceFunc func, gpointer data)
{
  CrLane *lane = *(CrLane **)(source + 1);
  gint64 until_us = g_get_monotonic_time () + ANSWER_SLICE_US;
  CrJob *job;

  while ((job = next_answer (lane)) != NULL) {
    answer (job);
    if (g_get_monotonic_time () >= until_us)
      break; /* the ready time stands: the rest comes after main's other work */
  }
  return G_SOURCE_CONTINUE;
}

static void
expire_locked (CrLane *lane, gint64 now_us)
{
  CrJob *job;

  while ((job = g_queue_peek_head (&lane->queue)) != NULL && now_us - job->queued_us >= EXPIRE_US) {
    g_queue_pop_head (&lane->queue);
    refuse_locked (lane, job, "the disk does not keep up");
  }
}

static gboolean
on_time_passed (gpointer data)
{
  CrLane *lane = data;
  gboolean idle;

  pthread_mutex_lock (&lane->lock);
  expire_locked (lane, g_get_monotonic_time ());
  idle = g_queue_is_empty (&lane->queue);
  pthread_mutex_unlock (&lane->lock);
  if (!idle)
    return G_SOURCE_CONTINUE;
  g_clear_pointer (&lane->expire_source,
                   g_source_unref); /* the next push makes a new one: idle costs nothing */
  return G_SOURCE_REMOVE;
}

static void
watch_time (CrLane *lane)
{
  if (lane->expire_source != NULL)
    return;
  lane->expire_source = g_timeout_source_new (EXPIRE_EVERY_MS);
  g_source_set_callback (lane->expire_source, on_time_passed, lane, NULL);
  g_source_attach (lane->expire_source, lane->settings.context);
}

void
cr_lane_push (CrLane *lane, CrJob *job)
{
  job->queued_us = g_get_monotonic_time ();
  pthread_mutex_lock (&lane->lock);
  if (!lane->ending && lane->queue.length < QUEUE_MAX) {
    g_queue_push_tail (&lane->queue, job);
    pthread_cond_signal (&lane->wake);
  } else {
    refuse_locked (lane, job, lane->ending ? "the server stops" : "too many jobs wait for the disk");
  }
  pthread_mutex_unlock (&lane->lock);
  watch_time (lane);
}

gboolean
cr_lane_answer_all (CrLane *lane)
{
  gboolean any = FALSE;
  CrJob *job;

  while ((job = next_answer (lane)) != NULL) {
    answer (job);
    any = TRUE;
  }
  return any;
}

void
cr_lane_wait (CrLane *lane)
{
  pthread_mutex_lock (&lane->lock);
  while (g_queue_is_empty (&lane->answers))
    pthread_cond_wait (&lane->came, &lane->lock);
  pthread_mutex_unlock (&lane->lock);
  cr_lane_answer_all (lane);
}

guint64
cr_lane_n_expired (CrLane *lane)
{
  return lane->n_expired;
}

CrLane *
cr_lane_new (const CrLaneSettings *settings)
{
  static GSourceFuncs answer_funcs = {.dispatch = on_answers_came};
  CrLane *lane = g_new0 (CrLane, 1);

  lane->settings = *settings;
  pthread_mutex_init (&lane->lock, NULL);
  init_cond (&lane->wake);
  init_cond (&lane->came);
  g_queue_init (&lane->queue);
  g_queue_init (&lane->answers);
  lane->answer_source = g_source_new (&answer_funcs, sizeof (GSource) + sizeof lane);
  *(CrLane **)(lane->answer_source + 1) = lane;
  g_source_attach (lane->answer_source, settings->context);
  lane->thread = g_thread_new (settings->name, run_thread, lane);
  return lane;
}

void
cr_lane_stop (CrLane *lane)
{
  pthread_mutex_lock (&lane->lock);
  lane->ending = TRUE;
  pthread_cond_signal (&lane->wake);
  pthread_mutex_unlock (&lane->lock);
  g_thread_join (lane->thread);
}

void
cr_lane_free (CrLane *lane)
{
  g_assert (g_queue_is_empty (&lane->queue) && g_queue_is_empty (&lane->answers));
  g_source_destroy (lane->answer_source);
  g_source_unref (lane->answer_source);
  if (lane->expire_source != NULL) {
    g_source_destroy (lane->expire_source);
    g_source_unref (lane->expire_source);
  }
  pthread_mutex_destroy (&lane->lock);
  pthread_cond_destroy (&lane->wake);
  pthread_cond_destroy (&lane->came);
  g_free (lane);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A thread with a queue of jobs in, and answers back on main. The store has two: one that writes, one that
 * reads. A job that the thread has not begun in time is answered BUSY from main, so that nobody hangs behind
 * a disk that stands still.
 *
 *   main: push ─▶ queue ─▶ [lane thread] batch ─▶ answers ─▶ main: done(), destroy()
 *
 * For the files of store/ only.
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

/* A job waits this long for a lock or its turn. Behind nginx and a person's patience; locks of other
 * processes (a backup, sqlite3 on the command line) are held for milliseconds. */
#define CR_LANE_WAIT_US (2 * G_USEC_PER_SEC)

typedef struct {
  CrStoreFunc func;
  gpointer data;
  GDestroyNotify destroy;
  CrStoreDoneFunc done;
  gpointer done_data;
  gint64 queued_us; /* monotonic */
  GError *error;    /* the answer */
} CrJob;

typedef struct CrLane CrLane;

/* Runs `batch` on the lane's thread and moves what is answered to `answered`, errors set; what it leaves in
 * `batch` comes again. */
typedef void (*CrLaneFunc) (GQueue *batch, GQueue *answered, gpointer data);

typedef struct {
  const gchar *name; /* of the thread */
  guint max_batch;   /* jobs taken at once */
  gint64 gather_us;  /* how long the first job of a batch waits for others */
  CrLaneFunc func;
  gpointer data;
  GMainContext *context;
} CrLaneSettings;

/* Thread: [main], like all below. */
CrLane *cr_lane_new (const CrLaneSettings *settings);

/* Finishes what is queued and ends the thread; answers are still to be handed out. Jobs that come now are
 * answered BUSY. */
void cr_lane_stop (CrLane *lane);

/* After cr_lane_stop(), when no answer is left. */
void cr_lane_free (CrLane *lane);

/* Hands out every answer that is there; TRUE if there was one. */
gboolean cr_lane_answer_all (CrLane *lane);

/* Takes `job`. */
void cr_lane_push (CrLane *lane, CrJob *job);

/* Waits for an answer, then hands out all that are there. */
void cr_lane_wait (CrLane *lane);

/* How many jobs were answered BUSY without having begun. */
guint64 cr_lane_n_expired (CrLane *lane);

G_END_DECLS

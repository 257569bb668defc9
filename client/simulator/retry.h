/* SPDX-License-Identifier: Apache-2.0
 *
 * When to try again what has failed: after a pause that doubles with each failure and is half chance, so that
 * a room full of classrooms does not knock in step.
 *
 * Thread: that of the default main context.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  GRand *chance;
  void (*attempt) (gpointer data);
  gpointer data;
  guint timer;
  guint pause_ms; /* before the next attempt, at most */
} CrRetry;

/* `chance` outlives it. */
void cr_retry_init (CrRetry *retry, GRand *chance, void (*attempt) (gpointer data), gpointer data);

/* No attempt is made any more, until the next is asked for. */
void cr_retry_cancel (CrRetry *retry);

/* The next attempt after `delay_ms`, in place of any that is under way. */
void cr_retry_after (CrRetry *retry, guint delay_ms);

/* The same when it is due after a failure; not within `retry_after_s`, for which the other side asked. */
void cr_retry_failed (CrRetry *retry, guint retry_after_s);

/* The next failure is a first one again. */
void cr_retry_succeeded (CrRetry *retry);

G_END_DECLS

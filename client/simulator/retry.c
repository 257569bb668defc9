/* SPDX-License-Identifier: Apache-2.0
 *
 * One timer.
 */
#include "retry.h"

#define FIRST_PAUSE_MS   250
#define LONGEST_PAUSE_MS (5 * 1000)

void
cr_retry_init (CrRetry *retry, GRand *chance, void (*attempt) (gpointer data), gpointer data)
{
  *retry = (CrRetry){.chance = chance, .attempt = attempt, .data = data, .pause_ms = FIRST_PAUSE_MS};
}

void
cr_retry_cancel (CrRetry *retry)
{
  g_clear_handle_id (&retry->timer, g_source_remove);
}

static gboolean
on_pause_over (gpointer data)
{
  CrRetry *retry = data;

  retry->timer = 0;
  retry->attempt (retry->data);
  return G_SOURCE_REMOVE;
}

void
cr_retry_after (CrRetry *retry, guint delay_ms)
{
  cr_retry_cancel (retry);
  retry->timer = g_timeout_add (delay_ms, on_pause_over, retry);
}

void
cr_retry_failed (CrRetry *retry, guint retry_after_s)
{
  guint half_ms = retry->pause_ms / 2;
  guint pause_ms = half_ms + (guint)g_rand_int_range (retry->chance, 0, (gint32)half_ms + 1);

  retry->pause_ms = MIN (retry->pause_ms * 2, LONGEST_PAUSE_MS);
  cr_retry_after (retry, MAX (pause_ms, retry_after_s * 1000));
}

void
cr_retry_succeeded (CrRetry *retry)
{
  retry->pause_ms = FIRST_PAUSE_MS;
}

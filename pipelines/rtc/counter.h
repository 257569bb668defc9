/* SPDX-License-Identifier: Apache-2.0
 *
 * Counters that one thread writes and any may read, without locks and without a data race: relaxed loads and
 * stores, which compile to plain moves on every 64-bit machine. There is no atomic addition, because there is
 * only one writer.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Only the thread that owns the counter. */
static inline void
cr_counter_add (guint64 *counter, guint64 n)
{
  __atomic_store_n (counter, __atomic_load_n (counter, __ATOMIC_RELAXED) + n, __ATOMIC_RELAXED);
}

/* Any thread. */
static inline guint64
cr_counter_get (const guint64 *counter)
{
  return __atomic_load_n (counter, __ATOMIC_RELAXED);
}

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Structured logging: one event, one line, `key=value` pairs after an event name. Values from outside are
 * escaped, so that nobody can forge a line. Secrets are never passed to it. What the network can cause is
 * logged through a CrLogLimit, never once a packet.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum { CR_LOG_DEBUG, CR_LOG_INFO, CR_LOG_WARNING, CR_LOG_ERROR } CrLogLevel;

/* Lines below `level` are dropped. Default CR_LOG_INFO. Main thread, before other threads start. */
void cr_log_set_level (CrLogLevel level);

/* Writes one line to standard error:
 *   2026-01-05T08:00:00.123Z info peer-connected lesson=demo peer=p3f peer_kind=viewer
 * After `event` (a literal, words joined by hyphens) come pairs of (const gchar *key, const gchar *value),
 * ended by NULL. A NULL value leaves the pair out. Any thread. */
void cr_log (CrLogLevel level, const gchar *event, ...) G_GNUC_NULL_TERMINATED;

/* At most one line in `interval_us` from one place; the next line carries `suppressed=n`. Zero-initialised.
 */
typedef struct {
  gint64 next_us;
  guint suppressed;
} CrLogLimit;

/* TRUE when a line may be written now; `*suppressed` gets how many were swallowed since the last one.
 * One thread per CrLogLimit. */
gboolean cr_log_limit_pass (CrLogLimit *limit, gint64 now_us, gint64 interval_us, guint *suppressed);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * How often somebody may do something: a bucket of tokens for each, filled evenly. Bounded in memory: whoever
 * has not been seen for as long as a bucket takes to fill is forgotten.
 *
 * Thread: [main].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrRateLimit CrRateLimit;

CrRateLimit *cr_rate_limit_new (guint per_second, guint burst);
void cr_rate_limit_free (CrRateLimit *limit);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrRateLimit, cr_rate_limit_free)

/* Counts one. FALSE: too often. */
gboolean cr_rate_limit_take (CrRateLimit *limit, const gchar *who, gint64 now_us);

guint cr_rate_limit_get_n (CrRateLimit *limit);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * A bucket is one moment: when it will be full again. A full one is the same as none.
 */
#include "http/rate-limit.h"

/* Looked through for full ones when there are this many: all the classrooms of many lessons. */
#define MANY 1024

struct CrRateLimit {
  gint64 each_us;         /* one more in the bucket */
  gint64 burst_us;        /* to fill an empty one */
  GHashTable *full_at_us; /* who -> gint64 */
};

CrRateLimit *
cr_rate_limit_new (guint per_second, guint burst)
{
  CrRateLimit *limit = g_new0 (CrRateLimit, 1);

  limit->each_us = G_USEC_PER_SEC / per_second;
  limit->burst_us = limit->each_us * burst;
  limit->full_at_us = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return limit;
}

void
cr_rate_limit_free (CrRateLimit *limit)
{
  g_hash_table_unref (limit->full_at_us);
  g_free (limit);
}

static gboolean
is_full (gpointer who, gpointer full_at_us, gpointer now_us)
{
  return *(gint64 *)full_at_us <= *(gint64 *)now_us;
}

gboolean
cr_rate_limit_take (CrRateLimit *limit, const gchar *who, gint64 now_us)
{
  gint64 *full_at_us = g_hash_table_lookup (limit->full_at_us, who);
  gint64 next_us = MAX (full_at_us != NULL ? *full_at_us : now_us, now_us) + limit->each_us;

  if (next_us - now_us > limit->burst_us)
    return FALSE;
  if (full_at_us != NULL) {
    *full_at_us = next_us;
    return TRUE;
  }
  if (g_hash_table_size (limit->full_at_us) >= MANY)
    g_hash_table_foreach_remove (limit->full_at_us, is_full, &now_us);
  g_hash_table_insert (limit->full_at_us, g_strdup (who), g_memdup2 (&next_us, sizeof next_us));
  return TRUE;
}

guint
cr_rate_limit_get_n (CrRateLimit *limit)
{
  return g_hash_table_size (limit->full_at_us);
}

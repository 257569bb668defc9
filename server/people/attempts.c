/* SPDX-License-Identifier: Apache-2.0
 *
 * A hash table of counters, bounded: the counter that has been quiet for longest makes room.
 */
#include "people/attempts.h"

/* A key that was quiet for this long begins anew. */
#define FORGET_US (G_TIME_SPAN_HOUR)

/* Of 100 bytes each; whoever has more addresses than this is limited per account. */
#define MAX_KEYS 10000

typedef struct {
  guint n;
  gint64 last_us, next_us;
} Counter;

struct CrAttempts {
  guint n_free, max_wait_s;
  GHashTable *counters; /* key -> Counter */
};

CrAttempts *
cr_attempts_new (guint n_free, guint max_wait_s)
{
  CrAttempts *attempts = g_new0 (CrAttempts, 1);

  attempts->n_free = n_free;
  attempts->max_wait_s = max_wait_s;
  attempts->counters = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  return attempts;
}

void
cr_attempts_free (CrAttempts *attempts)
{
  g_hash_table_unref (attempts->counters);
  g_free (attempts);
}

static void
make_room (CrAttempts *attempts)
{
  GHashTableIter iter;
  gpointer key, value;
  const gchar *oldest = NULL;
  gint64 oldest_us = G_MAXINT64;

  g_hash_table_iter_init (&iter, attempts->counters);
  while (g_hash_table_iter_next (&iter, &key, &value)) {
    const Counter *counter = value;

    if (counter->last_us < oldest_us) {
      oldest_us = counter->last_us;
      oldest = key;
    }
  }
  if (oldest != NULL)
    g_hash_table_remove (attempts->counters, oldest);
}

guint
cr_attempts_wait_s (CrAttempts *attempts, const gchar *key, gint64 now_us)
{
  const Counter *counter = g_hash_table_lookup (attempts->counters, key);

  if (counter == NULL || now_us >= counter->next_us)
    return 0;
  return (guint)((counter->next_us - now_us + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}

static Counter *
get_counter (CrAttempts *attempts, const gchar *key, gint64 now_us)
{
  Counter *counter = g_hash_table_lookup (attempts->counters, key);

  if (counter != NULL && now_us - counter->last_us >= FORGET_US)
    *counter = (Counter){0};
  if (counter != NULL)
    return counter;
  if (g_hash_table_size (attempts->counters) >= MAX_KEYS)
    make_room (attempts);
  counter = g_new0 (Counter, 1);
  g_hash_table_insert (attempts->counters, g_strdup (key), counter);
  return counter;
}

guint
cr_attempts_count (CrAttempts *attempts, const gchar *key, gint64 now_us)
{
  Counter *counter = get_counter (attempts, key, now_us);
  guint wait_s = 0;

  counter->n++;
  counter->last_us = now_us;
  if (counter->n >= attempts->n_free) {
    guint doublings = MIN (counter->n - attempts->n_free, 20); /* a million seconds is beyond any limit */

    wait_s = MIN (1u << doublings, attempts->max_wait_s);
  }
  counter->next_us = now_us + (gint64)wait_s * G_USEC_PER_SEC;
  return counter->n;
}

void
cr_attempts_uncount (CrAttempts *attempts, const gchar *key)
{
  Counter *counter = g_hash_table_lookup (attempts->counters, key);

  if (counter == NULL)
    return;
  counter->n -= MIN (counter->n, 1);
  counter->next_us = 0;
}

void
cr_attempts_forget (CrAttempts *attempts, const gchar *key)
{
  g_hash_table_remove (attempts->counters, key);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A direct-mapped table: packets that a history still holds are close to each other, so two that matter do
 * not meet in one entry; what is overwritten is older than any history.
 */
#include "rtc/resend.h"

/* Without a measured round trip, and as the least of one: a browser's NACK timer does not ask faster. */
#define LEAST_RTT_US (20u * 1000)

/* What may be resent before much was sent: the first keyframe's losses; and what may be saved up. */
#define FIRST_BUDGET_BYTES (30 * 1000)
#define MOST_BUDGET_BYTES  (250 * 1000)

typedef struct {
  guint32 out_index; /* low bits */
  guint32 last_ms : 30;
  guint32 times : 2; /* up to CR_RESEND_MAX_TIMES */
} Entry;

#define MS_MASK 0x3fffffffu

struct CrResendTable {
  guint mask;
  Entry entries[];
};

CrResendTable *
cr_resend_table_new (guint n_entries)
{
  CrResendTable *table = g_malloc0 (sizeof *table + n_entries * sizeof table->entries[0]);

  g_assert (n_entries > 0 && (n_entries & (n_entries - 1)) == 0);
  table->mask = n_entries - 1;
  return table;
}

void
cr_resend_table_free (CrResendTable *table)
{
  g_free (table);
}

gboolean
cr_resend_table_pass (CrResendTable *table, guint64 out_index, gint64 now_us, guint rtt_us)
{
  Entry *entry = &table->entries[out_index & table->mask];
  guint32 now_ms = (guint32)(now_us / 1000) & MS_MASK;
  guint32 apart_ms = (MAX (rtt_us, LEAST_RTT_US) + 999) / 1000;

  if (entry->times == 0 || entry->out_index != (guint32)out_index) {
    entry->out_index = (guint32)out_index;
    entry->times = 0;
  } else if (entry->times >= CR_RESEND_MAX_TIMES || ((now_ms - entry->last_ms) & MS_MASK) < apart_ms) {
    return FALSE;
  }
  entry->times++;
  entry->last_ms = now_ms;
  return TRUE;
}

gboolean
cr_resend_budget_take (CrResendBudget *budget, guint64 media_bytes, gsize bytes)
{
  guint64 most = budget->spent_bytes + MOST_BUDGET_BYTES;

  budget->earned_bytes += (media_bytes - budget->media_bytes_seen) / CR_RESEND_MEDIA_PARTS;
  budget->media_bytes_seen = media_bytes;
  budget->earned_bytes = MIN (budget->earned_bytes, most);
  if (budget->spent_bytes + bytes > MAX (budget->earned_bytes, FIRST_BUDGET_BYTES))
    return FALSE;
  budget->spent_bytes += bytes;
  return TRUE;
}

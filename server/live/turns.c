/* SPDX-License-Identifier: Apache-2.0
 *
 * A table, and the midnight after which it is emptied.
 */
#include "live/turns.h"

struct CrTurns {
  GTimeZone *zone;
  GHashTable *counts; /* key -> count */
  gint64 day_start_s;
};

CrTurns *
cr_turns_new (const gchar *zone)
{
  CrTurns *turns = g_new0 (CrTurns, 1);

  turns->zone = g_time_zone_new_identifier (zone);
  if (turns->zone == NULL)
    turns->zone = g_time_zone_new_utc ();
  turns->counts = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  turns->day_start_s = G_MININT64;
  return turns;
}

void
cr_turns_free (CrTurns *turns)
{
  g_time_zone_unref (turns->zone);
  g_hash_table_unref (turns->counts);
  g_free (turns);
}

gint64
cr_turns_day_start (const CrTurns *turns, gint64 now_s)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_unix_utc (now_s);
  g_autoptr (GDateTime) now = g_date_time_to_timezone (utc, turns->zone);
  g_autoptr (GDateTime) midnight =
      g_date_time_new (turns->zone, g_date_time_get_year (now), g_date_time_get_month (now),
                       g_date_time_get_day_of_month (now), 0, 0, 0);

  return g_date_time_to_unix (midnight);
}

/* A clock that steps back within the night must not empty it twice: only a later day is a new one. */
gboolean
cr_turns_set_now (CrTurns *turns, gint64 now_s)
{
  gint64 day_start_s = cr_turns_day_start (turns, now_s);

  if (day_start_s <= turns->day_start_s)
    return FALSE;
  turns->day_start_s = day_start_s;
  g_hash_table_remove_all (turns->counts);
  return TRUE;
}

void
cr_turns_add (CrTurns *turns, const gchar *classroom, guint n)
{
  g_hash_table_insert (turns->counts, g_strdup (classroom),
                       GUINT_TO_POINTER (cr_turns_get (turns, classroom) + n));
}

guint
cr_turns_get (const CrTurns *turns, const gchar *classroom)
{
  return GPOINTER_TO_UINT (g_hash_table_lookup (turns->counts, classroom));
}

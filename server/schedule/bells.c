/* SPDX-License-Identifier: Apache-2.0
 *
 * A school's schedules, few enough to be searched one after the other.
 */
#include "schedule/bells.h"

static void
period_clear (gpointer data)
{
  g_free (((CrBellPeriod *)data)->name);
}

CrBellSchedule *
cr_bell_schedule_new (const gchar *id, const gchar *school_id, const gchar *name, CrDate from_date,
                      CrDate to_date, guint version)
{
  CrBellSchedule *schedule = g_new0 (CrBellSchedule, 1);

  schedule->id = g_strdup (id);
  schedule->school_id = g_strdup (school_id);
  schedule->name = g_strdup (name);
  schedule->from_date = from_date;
  schedule->to_date = to_date;
  schedule->version = version;
  schedule->periods = g_array_new (FALSE, FALSE, sizeof (CrBellPeriod));
  g_array_set_clear_func (schedule->periods, period_clear);
  return schedule;
}

void
cr_bell_schedule_free (CrBellSchedule *schedule)
{
  if (schedule == NULL)
    return;
  g_free (schedule->id);
  g_free (schedule->school_id);
  g_free (schedule->name);
  g_array_unref (schedule->periods);
  g_free (schedule);
}

static gint
compare_periods (gconstpointer a, gconstpointer b)
{
  const CrBellPeriod *left = a, *right = b;

  return left->period < right->period ? -1 : left->period > right->period;
}

void
cr_bell_schedule_add_period (CrBellSchedule *schedule, guint period, const gchar *name, guint start_minute,
                             guint end_minute)
{
  CrBellPeriod entry = {
      .period = period, .name = g_strdup (name), .start_minute = start_minute, .end_minute = end_minute};
  guint at;

  if (g_array_binary_search (schedule->periods, &entry, compare_periods, &at))
    g_array_remove_index (schedule->periods, at);
  g_array_append_val (schedule->periods, entry);
  g_array_sort (schedule->periods, compare_periods);
}

const CrBellPeriod *
cr_bell_schedule_period (const CrBellSchedule *schedule, guint period)
{
  CrBellPeriod key = {.period = period};
  guint at;

  if (!g_array_binary_search (schedule->periods, &key, compare_periods, &at))
    return NULL;
  return &g_array_index (schedule->periods, CrBellPeriod, at);
}

CrBells *
cr_bells_new (void)
{
  CrBells *bells = g_new0 (CrBells, 1);

  bells->schedules = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_bell_schedule_free);
  return bells;
}

void
cr_bells_free (CrBells *bells)
{
  if (bells == NULL)
    return;
  g_ptr_array_unref (bells->schedules);
  g_free (bells);
}

static gint
compare_schedules (gconstpointer a, gconstpointer b)
{
  const CrBellSchedule *left = *(const CrBellSchedule *const *)a, *right = *(const CrBellSchedule *const *)b;

  if (left->from_date != right->from_date)
    return left->from_date < right->from_date ? -1 : 1;
  return g_strcmp0 (left->id, right->id);
}

void
cr_bells_take (CrBells *bells, CrBellSchedule *schedule)
{
  g_ptr_array_add (bells->schedules, schedule);
  g_ptr_array_sort (bells->schedules, compare_schedules);
}

const CrBellSchedule *
cr_bells_on (const CrBells *bells, CrDate date)
{
  if (bells == NULL)
    return NULL;
  for (guint i = bells->schedules->len; i > 0; i--) {
    const CrBellSchedule *schedule = g_ptr_array_index (bells->schedules, i - 1);

    if (schedule->from_date <= date && date <= schedule->to_date)
      return schedule;
  }
  return NULL;
}

const CrBellPeriod *
cr_bells_period_on (const CrBells *bells, CrDate date, guint period)
{
  const CrBellSchedule *schedule = cr_bells_on (bells, date);

  return schedule == NULL ? NULL : cr_bell_schedule_period (schedule, period);
}

guint
cr_bells_version (const CrBells *bells)
{
  guint version = 0;

  if (bells == NULL)
    return 0;
  for (guint i = 0; i < bells->schedules->len; i++)
    version += ((const CrBellSchedule *)g_ptr_array_index (bells->schedules, i))->version;
  return version;
}

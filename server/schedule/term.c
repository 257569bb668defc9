/* SPDX-License-Identifier: Apache-2.0
 *
 * Weeks, holidays and make-up days looked up in arrays sorted by date; local time turned into UTC by
 * GTimeZone, with the two cases that a clock change makes decided as RFC 5545 does.
 */
#include "schedule/term.h"

#include "schedule/schedule-error.h"

#include <string.h>

#define DAY_S    86400
#define MINUTE_S 60

static void
holiday_clear (gpointer data)
{
  g_free (((CrHoliday *)data)->name);
}

static void
makeup_clear (gpointer data)
{
  g_free (((CrMakeup *)data)->name);
}

GTimeZone *
cr_time_zone_new (const gchar *name)
{
  static const gchar name_characters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";

  if (!g_ascii_isalpha (*name) || strspn (name, name_characters) != strlen (name))
    return NULL; /* no absolute path, no dots */
  return g_time_zone_new_identifier (name);
}

static gboolean
check_term (CrDate first_monday, guint n_weeks, GError **error)
{
  if (first_monday == CR_DATE_NONE || cr_date_weekday (first_monday) != 1) {
    g_set_error_literal (error, CR_SCHEDULE_ERROR, CR_SCHEDULE_ERROR_INVALID, "a term begins on a Monday");
    return FALSE;
  }
  if (n_weeks < 1 || n_weeks > CR_TERM_MAX_WEEKS) {
    g_set_error (error, CR_SCHEDULE_ERROR, CR_SCHEDULE_ERROR_INVALID, "a term has 1 to %d weeks",
                 CR_TERM_MAX_WEEKS);
    return FALSE;
  }
  return TRUE;
}

CrTerm *
cr_term_new (const gchar *id, const gchar *name, CrDate first_monday, guint n_weeks, const gchar *time_zone,
             guint version, GError **error)
{
  g_autoptr (GTimeZone) zone = NULL;
  CrTerm *term;

  g_return_val_if_fail (id != NULL && time_zone != NULL, NULL);
  if (!check_term (first_monday, n_weeks, error))
    return NULL;
  zone = cr_time_zone_new (time_zone);
  if (zone == NULL) {
    g_set_error (error, CR_SCHEDULE_ERROR, CR_SCHEDULE_ERROR_INVALID, "unknown time zone %s", time_zone);
    return NULL;
  }

  term = g_new0 (CrTerm, 1);
  term->id = g_strdup (id);
  term->name = g_strdup (name);
  term->first_monday = first_monday;
  term->n_weeks = n_weeks;
  term->time_zone = g_strdup (time_zone);
  term->version = version;
  term->zone = g_steal_pointer (&zone);
  term->holidays = g_array_new (FALSE, FALSE, sizeof (CrHoliday));
  g_array_set_clear_func (term->holidays, holiday_clear);
  term->makeups = g_array_new (FALSE, FALSE, sizeof (CrMakeup));
  g_array_set_clear_func (term->makeups, makeup_clear);
  return term;
}

void
cr_term_free (CrTerm *term)
{
  if (term == NULL)
    return;
  g_free (term->id);
  g_free (term->name);
  g_free (term->time_zone);
  g_time_zone_unref (term->zone);
  g_array_unref (term->holidays);
  g_array_unref (term->makeups);
  g_free (term);
}

/* Both kinds of entry begin with their date, which is all that searching them needs. */
static gint
compare_dates (gconstpointer a, gconstpointer b)
{
  CrDate left = *(const CrDate *)a, right = *(const CrDate *)b;

  return left < right ? -1 : left > right;
}

G_STATIC_ASSERT (G_STRUCT_OFFSET (CrHoliday, date) == 0);
G_STATIC_ASSERT (G_STRUCT_OFFSET (CrMakeup, date) == 0);

void
cr_term_add_holiday (CrTerm *term, CrDate date, const gchar *name)
{
  CrHoliday holiday = {.date = date, .name = g_strdup (name)};
  guint at;

  if (g_array_binary_search (term->holidays, &date, compare_dates, &at))
    g_array_remove_index (term->holidays, at);
  g_array_append_val (term->holidays, holiday);
  g_array_sort (term->holidays, compare_dates);
}

void
cr_term_add_makeup (CrTerm *term, CrDate date, CrDate follows_date, const gchar *name)
{
  CrMakeup makeup = {.date = date, .follows_date = follows_date, .name = g_strdup (name)};
  guint at;

  if (g_array_binary_search (term->makeups, &date, compare_dates, &at))
    g_array_remove_index (term->makeups, at);
  g_array_append_val (term->makeups, makeup);
  g_array_sort (term->makeups, compare_dates);
}

const CrHoliday *
cr_term_holiday_on (const CrTerm *term, CrDate date)
{
  guint at;

  if (!g_array_binary_search (term->holidays, &date, compare_dates, &at))
    return NULL;
  return &g_array_index (term->holidays, CrHoliday, at);
}

const CrMakeup *
cr_term_makeup_on (const CrTerm *term, CrDate date)
{
  guint at;

  if (!g_array_binary_search (term->makeups, &date, compare_dates, &at))
    return NULL;
  return &g_array_index (term->makeups, CrMakeup, at);
}

guint
cr_term_week_of (const CrTerm *term, CrDate date)
{
  gint64 day = (gint64)date - term->first_monday;

  if (date == CR_DATE_NONE || day < 0 || day >= 7 * (gint64)term->n_weeks)
    return 0;
  return (guint)(day / 7) + 1;
}

CrDate
cr_term_followed_date (const CrTerm *term, CrDate date)
{
  const CrMakeup *makeup = cr_term_makeup_on (term, date);

  if (makeup != NULL)
    return cr_term_week_of (term, makeup->follows_date) != 0 ? makeup->follows_date : CR_DATE_NONE;
  if (cr_term_holiday_on (term, date) != NULL || cr_term_week_of (term, date) == 0)
    return CR_DATE_NONE;
  return date;
}

void
cr_term_range (const CrTerm *term, CrDate *first, CrDate *last)
{
  *first = term->first_monday;
  *last = term->first_monday + 7 * (gint)term->n_weeks - 1;
  if (term->makeups->len == 0)
    return;
  *first = MIN (*first, g_array_index (term->makeups, CrMakeup, 0).date);
  *last = MAX (*last, g_array_index (term->makeups, CrMakeup, term->makeups->len - 1).date);
}

gint64
cr_term_unix_s (const CrTerm *term, CrDate date, guint minute)
{
  gint64 local = (gint64)date * DAY_S + (gint64)minute * MINUTE_S;
  gint interval = g_time_zone_find_interval (term->zone, G_TIME_TYPE_DAYLIGHT, local);
  gint64 after_gap = local;

  if (interval < 0) {
    /* A minute that does not exist: the interval found by moving to the gap's end is the one after it. */
    interval = g_time_zone_adjust_time (term->zone, G_TIME_TYPE_DAYLIGHT, &after_gap);
    interval = MAX (interval - 1, 0);
  }
  return local - g_time_zone_get_offset (term->zone, interval);
}

CrDate
cr_term_date_at (const CrTerm *term, gint64 unix_s, guint *minute)
{
  gint interval = g_time_zone_find_interval (term->zone, G_TIME_TYPE_UNIVERSAL, unix_s);
  gint64 local = unix_s + g_time_zone_get_offset (term->zone, interval);
  gint64 day = local / DAY_S;

  if (local % DAY_S < 0)
    day--;
  if (minute != NULL)
    *minute = (guint)((local - day * DAY_S) / MINUTE_S);
  return (CrDate)day;
}

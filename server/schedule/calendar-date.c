/* SPDX-License-Identifier: Apache-2.0
 *
 * Days since 1970 from year, month and day and back, by counting years from 1 March so that the leap day
 * comes last.
 */
#include "schedule/calendar-date.h"

#include <string.h>

#define FIRST_YEAR        1900
#define LAST_YEAR         2199
#define DAYS_PER_ERA      146097 /* 400 years */
#define DAYS_BEFORE_EPOCH 719468 /* from 0000-03-01 to 1970-01-01 */

static gint
days_in_month (gint year, gint month)
{
  static const gint8 days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  gboolean leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

  return month == 2 && leap ? 29 : days[month - 1];
}

CrDate
cr_date_from_ymd (gint year, gint month, gint day)
{
  gint march_year, year_of_era, day_of_year;

  if (year < FIRST_YEAR || year > LAST_YEAR || month < 1 || month > 12)
    return CR_DATE_NONE;
  if (day < 1 || day > days_in_month (year, month))
    return CR_DATE_NONE;

  march_year = month <= 2 ? year - 1 : year;
  year_of_era = march_year % 400;
  day_of_year = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1;
  return march_year / 400 * DAYS_PER_ERA + year_of_era * 365 + year_of_era / 4 - year_of_era / 100 +
         day_of_year - DAYS_BEFORE_EPOCH;
}

void
cr_date_to_ymd (CrDate date, gint *year, gint *month, gint *day)
{
  gint days, day_of_era, year_of_era, day_of_year, march_month;

  g_return_if_fail (date != CR_DATE_NONE);
  days = date + DAYS_BEFORE_EPOCH;
  day_of_era = days % DAYS_PER_ERA;
  year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
  day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
  march_month = (5 * day_of_year + 2) / 153;
  *day = day_of_year - (153 * march_month + 2) / 5 + 1;
  *month = march_month < 10 ? march_month + 3 : march_month - 9;
  *year = year_of_era + days / DAYS_PER_ERA * 400 + (*month <= 2 ? 1 : 0);
}

static gint
read_digits (const gchar *text, guint n)
{
  gint value = 0;

  for (guint i = 0; i < n; i++) {
    if (!g_ascii_isdigit (text[i]))
      return -1;
    value = 10 * value + (text[i] - '0');
  }
  return value;
}

CrDate
cr_date_parse (const gchar *text)
{
  if (text == NULL || strlen (text) != 10 || text[4] != '-' || text[7] != '-')
    return CR_DATE_NONE;
  return cr_date_from_ymd (read_digits (text, 4), read_digits (text + 5, 2), read_digits (text + 8, 2));
}

const gchar *
cr_date_format (CrDate date, gchar text[CR_DATE_TEXT_BYTES])
{
  gint year, month, day;

  text[0] = '\0';
  if (date == CR_DATE_NONE)
    return text;
  cr_date_to_ymd (date, &year, &month, &day);
  /* The masks bound what the compiler must assume the numbers to be; they change none. */
  g_snprintf (text, CR_DATE_TEXT_BYTES, "%04u-%02u-%02u", (guint)year % 10000, (guint)month % 100,
              (guint)day % 100);
  return text;
}

guint
cr_date_weekday (CrDate date)
{
  gint from_monday = (date + 3) % 7; /* 1970-01-01 was a Thursday */

  return (guint)(from_monday < 0 ? from_monday + 7 : from_monday) + 1;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Reading what another program exported. The text is handed to libical line by line, so that size, count and
 * time are looked at before it has built anything large, and recurrence is expanded here: daily and weekly
 * rules, which is what timetables have, in whole days, so that no rule can keep a machine busy.
 */
#include "schedule/ical.h"

#include "schedule/schedule-error.h"

#include <libical/ical.h>
#include <string.h>

#define MINUTES_PER_DAY 1440
#define DAY_S           86400

/* Property lines, folded ones put together; the longest sensible description is far below. */
#define MAX_LINE_BYTES 16384

/* Lines in all: a thousand events of forty properties. Calendars nest three deep (VCALENDAR, VEVENT, VALARM).
 */
#define MAX_LINES   40000
#define MAX_NESTING 4

/* How often the clock is read. */
#define LINES_PER_LOOK 64

typedef struct {
  const CrTerm *term;
  const CrClock *clock;
  gint64 deadline_us;
  CrDate first, last;
  GArray *found;
  guint n_expanded;
  GError **error;
} Import;

static void
occurrence_clear (gpointer data)
{
  CrIcalOccurrence *occurrence = data;

  g_free (occurrence->uid);
  g_free (occurrence->summary);
  g_free (occurrence->location);
}

static gboolean
refuse (Import *import, CrScheduleError code, const gchar *why)
{
  if (import->error == NULL || *import->error == NULL)
    g_set_error_literal (import->error, CR_SCHEDULE_ERROR, code, why);
  return FALSE;
}

static gboolean
check_time (Import *import)
{
  if (cr_clock_monotonic_us (import->clock) <= import->deadline_us)
    return TRUE;
  return refuse (import, CR_SCHEDULE_ERROR_TOO_LARGE, "the calendar takes too long to read");
}

/* The next line with its folds undone (RFC 5545 section 3.1); NULL at the end, or with an error. */
static gchar *
next_line (Import *import, const gchar **cursor, const gchar *end)
{
  GString *line = NULL;
  const gchar *at = *cursor;

  while (at < end) {
    const gchar *newline = memchr (at, '\n', (gsize)(end - at));
    const gchar *stop = newline != NULL ? newline : end;
    gsize length = (gsize)(stop - at);

    if (length > 0 && at[length - 1] == '\r')
      length--;
    if (line == NULL)
      line = g_string_new_len (at, (gssize)length);
    else
      g_string_append_len (line, at + 1, (gssize)length - 1);
    at = newline != NULL ? newline + 1 : end;
    if (line->len > MAX_LINE_BYTES) {
      g_string_free (line, TRUE);
      refuse (import, CR_SCHEDULE_ERROR_TOO_LARGE, "a line of the calendar is too long");
      return NULL;
    }
    if (at >= end || (*at != ' ' && *at != '\t'))
      break;
  }
  *cursor = at;
  return line == NULL ? NULL : g_string_free (line, FALSE);
}

static gboolean
count_line (Import *import, const gchar *line, guint *n_lines, gint *nesting, guint *n_events)
{
  if (++*n_lines > MAX_LINES)
    return refuse (import, CR_SCHEDULE_ERROR_TOO_LARGE, "the calendar has too many lines");
  if (*n_lines % LINES_PER_LOOK == 0 && !check_time (import))
    return FALSE;
  if (g_ascii_strncasecmp (line, "BEGIN:", 6) == 0)
    ++*nesting;
  else if (g_ascii_strncasecmp (line, "END:", 4) == 0)
    --*nesting;
  if (*nesting > MAX_NESTING || *nesting < 0)
    return refuse (import, CR_SCHEDULE_ERROR_INVALID, "the calendar's parts are nested wrongly");
  if (g_ascii_strcasecmp (line, "BEGIN:VEVENT") == 0 && ++*n_events > CR_ICAL_IMPORT_MAX_OCCURRENCES)
    return refuse (import, CR_SCHEDULE_ERROR_TOO_LARGE, "the calendar has more than 1000 events");
  return TRUE;
}

static icalcomponent *
parse (Import *import, const gchar *text, gsize length)
{
  icalparser *parser = icalparser_new ();
  icalcomponent *root = NULL;
  const gchar *cursor = text, *end = text + length;
  guint n_lines = 0, n_events = 0;
  gint nesting = 0;
  gboolean fine = TRUE;

  while (fine && cursor < end) {
    g_autofree gchar *line = next_line (import, &cursor, end);
    icalcomponent *done = NULL;

    fine = line != NULL && count_line (import, line, &n_lines, &nesting, &n_events);
    if (fine && *line != '\0')
      done = icalparser_add_line (parser, line);
    if (done == NULL)
      continue;
    if (root == NULL && icalcomponent_isa (done) == ICAL_VCALENDAR_COMPONENT)
      root = done;
    else
      icalcomponent_free (done); /* a second calendar in the file is no timetable's */
  }
  icalparser_free (parser);
  if (fine && (root == NULL || nesting != 0))
    fine = refuse (import, CR_SCHEDULE_ERROR_INVALID, "this is no whole iCalendar file");
  if (!fine && root != NULL)
    g_clear_pointer (&root, icalcomponent_free);
  return root;
}

/* A date and a minute of an event's time, in the term's zone: UTC times are turned, times of a named zone
 * too, floating ones are taken as they stand. */
static CrDate
place_time (const Import *import, icalcomponent *root, icalproperty *property, struct icaltimetype time,
            guint *minute)
{
  icalparameter *parameter =
      property == NULL ? NULL : icalproperty_get_first_parameter (property, ICAL_TZID_PARAMETER);
  const char *tzid = parameter == NULL ? NULL : icalparameter_get_tzid (parameter);
  g_autoptr (GTimeZone) zone = NULL;
  CrDate date;

  *minute = (guint)(time.hour * 60 + time.minute) % MINUTES_PER_DAY;
  date = cr_date_from_ymd (time.year, time.month, time.day);
  if (date == CR_DATE_NONE || time.is_date)
    return date;
  if (icaltime_is_utc (time))
    return cr_term_date_at (import->term, (gint64)date * DAY_S + *minute * 60, minute);
  if (tzid == NULL || strcmp (tzid, import->term->time_zone) == 0)
    return date;
  zone = cr_time_zone_new (tzid);
  if (zone != NULL) {
    gint64 local = (gint64)date * DAY_S + *minute * 60;
    gint interval = g_time_zone_adjust_time (zone, G_TIME_TYPE_STANDARD, &local);

    return cr_term_date_at (import->term, local - g_time_zone_get_offset (zone, interval), minute);
  }
  return date; /* a zone of the file's own making: what it shows is what the school reads */
}

typedef struct {
  icalcomponent *component;
  CrDate date;
  guint minute;
  guint length_minutes;
  gboolean all_day;
} Event;

static gboolean
read_event (Import *import, icalcomponent *root, icalcomponent *component, Event *event)
{
  icalproperty *start = icalcomponent_get_first_property (component, ICAL_DTSTART_PROPERTY);
  struct icaltimetype start_time, end_time;
  gint64 length_s;

  if (start == NULL)
    return refuse (import, CR_SCHEDULE_ERROR_INVALID, "an event of the calendar has no beginning");
  start_time = icalproperty_get_dtstart (start);
  end_time = icalcomponent_get_dtend (component);
  event->component = component;
  event->all_day = start_time.is_date;
  event->date = place_time (import, root, start, start_time, &event->minute);
  if (event->date == CR_DATE_NONE)
    return refuse (import, CR_SCHEDULE_ERROR_INVALID, "an event of the calendar has no valid date");
  if (event->all_day)
    event->minute = 0;
  length_s = event->all_day ? DAY_S : 0;
  if (!icaltime_is_null_time (end_time) && !event->all_day)
    length_s = icaltime_as_timet (end_time) - icaltime_as_timet (start_time);
  /* What lasts past midnight is cut there: a timetable's day ends. */
  event->length_minutes = (guint)CLAMP (length_s / 60, 0, MINUTES_PER_DAY - (gint64)event->minute);
  return TRUE;
}

static gboolean
is_listed (const Import *import, icalcomponent *root, const Event *event, icalproperty_kind kind, CrDate date)
{
  for (icalproperty *p = icalcomponent_get_first_property (event->component, kind); p != NULL;
       p = icalcomponent_get_next_property (event->component, kind)) {
    guint minute;

    if (place_time (import, root, p, icalproperty_get_exdate (p), &minute) == date)
      return TRUE;
  }
  return FALSE;
}

/* Another event of the file with this event's UID replaces the occurrence. */
static gboolean
is_replaced (Import *import, icalcomponent *root, GHashTable *replaced, const Event *event, CrDate date)
{
  const char *uid = icalcomponent_get_uid (event->component);
  g_autofree gchar *key = g_strdup_printf ("%d %s", date, uid != NULL ? uid : "");

  return g_hash_table_contains (replaced, key);
}

static gboolean
add_occurrence (Import *import, const Event *event, CrDate date)
{
  const char *summary = icalcomponent_get_summary (event->component);
  const char *location = icalcomponent_get_location (event->component);
  const char *uid = icalcomponent_get_uid (event->component);
  CrIcalOccurrence occurrence = {.date = date, .start_minute = event->minute};

  if (date < import->first || date > import->last || event->length_minutes == 0)
    return TRUE;
  if (import->found->len >= CR_ICAL_IMPORT_MAX_OCCURRENCES)
    return refuse (import, CR_SCHEDULE_ERROR_TOO_LARGE,
                   "the calendar has more than 1000 occurrences in the term");
  occurrence.end_minute = event->minute + event->length_minutes;
  occurrence.starts_at = cr_term_unix_s (import->term, date, occurrence.start_minute);
  occurrence.ends_at = cr_term_unix_s (import->term, date, occurrence.end_minute);
  occurrence.uid = g_strdup (uid != NULL ? uid : "");
  occurrence.summary = g_strdup (summary);
  occurrence.location = g_strdup (location);
  g_array_append_val (import->found, occurrence);
  return TRUE;
}

typedef struct {
  guint weekdays; /* bit n-1: weekday n */
  gint interval;  /* days or weeks */
  gboolean weekly;
  guint count; /* 0: without end */
  CrDate until;
} Rule;

/* BY… parts besides BYDAY, which a timetable has no use for. */
static gboolean
has_other_parts (const struct icalrecurrencetype *recur)
{
  return recur->by_second[0] != ICAL_RECURRENCE_ARRAY_MAX ||
         recur->by_minute[0] != ICAL_RECURRENCE_ARRAY_MAX || recur->by_hour[0] != ICAL_RECURRENCE_ARRAY_MAX ||
         recur->by_month_day[0] != ICAL_RECURRENCE_ARRAY_MAX ||
         recur->by_year_day[0] != ICAL_RECURRENCE_ARRAY_MAX ||
         recur->by_week_no[0] != ICAL_RECURRENCE_ARRAY_MAX ||
         recur->by_month[0] != ICAL_RECURRENCE_ARRAY_MAX || recur->by_set_pos[0] != ICAL_RECURRENCE_ARRAY_MAX;
}

static gboolean
read_rule (Import *import, icalcomponent *root, const Event *event, icalproperty *property, Rule *rule)
{
  struct icalrecurrencetype recur = icalproperty_get_rrule (property);
  guint minute;

  *rule = (Rule){.interval = MAX (recur.interval, 1), .weekly = recur.freq == ICAL_WEEKLY_RECURRENCE};
  if ((recur.freq != ICAL_WEEKLY_RECURRENCE && recur.freq != ICAL_DAILY_RECURRENCE) ||
      has_other_parts (&recur))
    return refuse (import, CR_SCHEDULE_ERROR_INVALID,
                   "only events that repeat daily or weekly can be imported");
  for (guint i = 0; i < ICAL_BY_DAY_SIZE && recur.by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
    guint sunday_first =
        (guint)icalrecurrencetype_day_day_of_week (recur.by_day[i]); /* 1 Sunday … 7 Saturday */

    if (icalrecurrencetype_day_position (recur.by_day[i]) != 0 || sunday_first < 1 || sunday_first > 7)
      return refuse (import, CR_SCHEDULE_ERROR_INVALID, "only plain weekdays can be imported");
    rule->weekdays |= 1u << ((sunday_first + 5) % 7);
  }
  if (rule->weekdays == 0)
    rule->weekdays = rule->weekly ? 1u << (cr_date_weekday (event->date) - 1) : 0x7f;
  rule->count = (guint)MAX (recur.count, 0);
  rule->until = icaltime_is_null_time (recur.until) ? G_MAXINT32
                                                    : place_time (import, root, NULL, recur.until, &minute);
  if (rule->until == CR_DATE_NONE)
    return refuse (import, CR_SCHEDULE_ERROR_INVALID, "a rule of the calendar ends on no valid date");
  return TRUE;
}

static gboolean
rule_meets (const Rule *rule, CrDate start, CrDate date)
{
  CrDate monday = start - (CrDate)cr_date_weekday (start) + 1;

  if ((rule->weekdays >> (cr_date_weekday (date) - 1) & 1) == 0)
    return FALSE;
  return rule->weekly ? (date - monday) / 7 % rule->interval == 0 : (date - start) % rule->interval == 0;
}

/* From the event's own date to the term's end, day by day: at most a few hundred days after the term's begin,
 * and years before it at the price of a comparison each. */
static gboolean
expand (Import *import, icalcomponent *root, GHashTable *replaced, const Event *event, const Rule *rule)
{
  guint n = 0;

  for (CrDate date = event->date; date <= MIN (import->last, rule->until); date++) {
    gboolean first = date == event->date;

    if (++import->n_expanded % LINES_PER_LOOK == 0 && !check_time (import))
      return FALSE;
    if (!first && !rule_meets (rule, event->date, date))
      continue;
    if (rule->count != 0 && n++ >= rule->count)
      return TRUE;
    if (date < import->first)
      continue;
    if (!check_time (import)) /* each time: what follows goes through all the exceptions */
      return FALSE;
    if (is_listed (import, root, event, ICAL_EXDATE_PROPERTY, date) ||
        is_replaced (import, root, replaced, event, date))
      continue;
    if (!add_occurrence (import, event, date))
      return FALSE;
  }
  return TRUE;
}

static gboolean
read_component (Import *import, icalcomponent *root, GHashTable *replaced, icalcomponent *component)
{
  icalproperty *rrule = icalcomponent_get_first_property (component, ICAL_RRULE_PROPERTY);
  Event event = {0};
  Rule rule;

  if (icalcomponent_get_status (component) == ICAL_STATUS_CANCELLED)
    return TRUE;
  if (!read_event (import, root, component, &event))
    return FALSE;
  if (rrule == NULL)
    return add_occurrence (import, &event, event.date);
  if (icalcomponent_get_next_property (component, ICAL_RRULE_PROPERTY) != NULL ||
      icalcomponent_get_first_property (component, ICAL_RDATE_PROPERTY) != NULL)
    return refuse (import, CR_SCHEDULE_ERROR_INVALID, "an event of the calendar has more than one rule");
  return read_rule (import, root, &event, rrule, &rule) && expand (import, root, replaced, &event, &rule);
}

/* "date uid" of every occurrence that has an event of its own. */
static GHashTable *
collect_replaced (const Import *import, icalcomponent *root)
{
  GHashTable *replaced = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);

  for (icalcomponent *c = icalcomponent_get_first_component (root, ICAL_VEVENT_COMPONENT); c != NULL;
       c = icalcomponent_get_next_component (root, ICAL_VEVENT_COMPONENT)) {
    icalproperty *p = icalcomponent_get_first_property (c, ICAL_RECURRENCEID_PROPERTY);
    const char *uid = icalcomponent_get_uid (c);
    guint minute;

    if (p != NULL)
      g_hash_table_add (
          replaced,
          g_strdup_printf ("%d %s", place_time (import, root, p, icalproperty_get_recurrenceid (p), &minute),
                           uid != NULL ? uid : ""));
  }
  return replaced;
}

static gint
compare_occurrences (gconstpointer a, gconstpointer b)
{
  const CrIcalOccurrence *left = a, *right = b;

  if (left->starts_at != right->starts_at)
    return left->starts_at < right->starts_at ? -1 : 1;
  return strcmp (left->uid, right->uid);
}

static gboolean
read_events (Import *import, icalcomponent *root)
{
  g_autoptr (GHashTable) replaced = collect_replaced (import, root);

  for (icalcomponent *c = icalcomponent_get_first_component (root, ICAL_VEVENT_COMPONENT); c != NULL;
       c = icalcomponent_get_next_component (root, ICAL_VEVENT_COMPONENT)) {
    if (!check_time (import) || !read_component (import, root, replaced, c))
      return FALSE;
  }
  return TRUE;
}

GArray *
cr_ical_import (const gchar *text, gsize length_bytes, const CrTerm *term, const CrClock *clock,
                GError **error)
{
  g_autoptr (GArray) found = g_array_new (FALSE, FALSE, sizeof (CrIcalOccurrence));
  Import import = {.term = term, .clock = clock, .found = found, .error = error};
  icalcomponent *root;
  gboolean fine;

  g_array_set_clear_func (found, occurrence_clear);
  import.deadline_us = cr_clock_monotonic_us (clock) + CR_ICAL_IMPORT_MAX_US;
  cr_term_range (term, &import.first, &import.last);
  if (length_bytes > CR_ICAL_IMPORT_MAX_BYTES) {
    refuse (&import, CR_SCHEDULE_ERROR_TOO_LARGE, "the calendar is larger than 1 MiB");
    return NULL;
  }
  if (memchr (text, '\0', length_bytes) != NULL || !g_utf8_validate (text, (gssize)length_bytes, NULL)) {
    refuse (&import, CR_SCHEDULE_ERROR_INVALID, "the calendar is not UTF-8 text");
    return NULL;
  }
  root = parse (&import, text, length_bytes);
  if (root == NULL)
    return NULL;
  fine = read_events (&import, root);
  icalcomponent_free (root);
  if (!fine)
    return NULL;
  g_array_sort (found, compare_occurrences);
  return g_steal_pointer (&found);
}

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
  GArray *faults;
  GArray *event_lines;  /* guint: where each event of the calendar begins, in their order */
  guint line;           /* that is being read, or where the event in hand begins; 0: none */
  const gchar *summary; /* of the event in hand */
  guint n_expanded;
  guint n_skipped; /* events without an occurrence within the term */
} Import;

/* How each fault is told. What concerns one event leaves the others to be looked at; the rest ends the
 * reading. */
static const struct {
  CrScheduleError code;
  gboolean of_event;
  const gchar *zh, *en;
} words[] = {
    [CR_ICAL_FAULT_LARGE_FILE] = {CR_SCHEDULE_ERROR_TOO_LARGE, FALSE, "日历文件大于 1 MiB",
                                  "the calendar is larger than 1 MiB"},
    [CR_ICAL_FAULT_NOT_TEXT] = {CR_SCHEDULE_ERROR_INVALID, FALSE, "这不是 UTF-8 编码的日历文件",
                                "the calendar is not UTF-8 text"},
    [CR_ICAL_FAULT_NOT_WHOLE] = {CR_SCHEDULE_ERROR_INVALID, FALSE, "这不是完整的 iCalendar 日历文件",
                                 "this is no whole iCalendar file"},
    [CR_ICAL_FAULT_NESTING] = {CR_SCHEDULE_ERROR_INVALID, FALSE, "BEGIN 和 END 没有配对",
                               "the calendar's parts are nested wrongly"},
    [CR_ICAL_FAULT_LONG_LINE] = {CR_SCHEDULE_ERROR_TOO_LARGE, FALSE, "这一行太长",
                                 "a line of the calendar is too long"},
    [CR_ICAL_FAULT_MANY_LINES] = {CR_SCHEDULE_ERROR_TOO_LARGE, FALSE, "日历文件行数太多",
                                  "the calendar has too many lines"},
    [CR_ICAL_FAULT_MANY_EVENTS] = {CR_SCHEDULE_ERROR_TOO_LARGE, FALSE, "日历里的事件超过 1000 个",
                                   "the calendar has more than 1000 events"},
    [CR_ICAL_FAULT_MANY_OCCURRENCES] = {CR_SCHEDULE_ERROR_TOO_LARGE, FALSE,
                                        "到这个事件为止，本学期内已超过 1000 次",
                                        "the calendar has more than 1000 occurrences in the term"},
    [CR_ICAL_FAULT_TIME] = {CR_SCHEDULE_ERROR_TOO_LARGE, FALSE, "读这个日历文件用的时间太长",
                            "the calendar takes too long to read"},
    [CR_ICAL_FAULT_NO_START] = {CR_SCHEDULE_ERROR_INVALID, TRUE, "这个事件没有开始时间（DTSTART）",
                                "an event of the calendar has no beginning (DTSTART)"},
    [CR_ICAL_FAULT_DATE] = {CR_SCHEDULE_ERROR_INVALID, TRUE, "这个事件的日期无效",
                            "an event of the calendar has no valid date"},
    [CR_ICAL_FAULT_RULE] = {CR_SCHEDULE_ERROR_INVALID, TRUE, "只能导入每天或每周重复的事件",
                            "only events that repeat daily or weekly can be imported"},
    [CR_ICAL_FAULT_WEEKDAYS] = {CR_SCHEDULE_ERROR_INVALID, TRUE, "重复规则里只能写星期几，不能写第几个星期几",
                                "only plain weekdays can be imported"},
    [CR_ICAL_FAULT_RULE_END] = {CR_SCHEDULE_ERROR_INVALID, TRUE, "重复规则的结束日期无效",
                                "a rule of the calendar ends on no valid date"},
    [CR_ICAL_FAULT_TWO_RULES] = {CR_SCHEDULE_ERROR_INVALID, TRUE, "这个事件有不止一条重复规则",
                                 "an event of the calendar has more than one rule"},
};

const gchar *
cr_ical_fault_sentence (CrIcalFaultKind kind, gboolean chinese)
{
  return chinese ? words[kind].zh : words[kind].en;
}

static void
fault_clear (gpointer data)
{
  g_free (((CrIcalFault *)data)->summary);
}

static void
occurrence_clear (gpointer data)
{
  CrIcalOccurrence *occurrence = data;

  g_free (occurrence->uid);
  g_free (occurrence->summary);
  g_free (occurrence->location);
}

/* Always FALSE. */
static gboolean
refuse (Import *import, CrIcalFaultKind kind)
{
  const CrIcalFault fault = {.kind = kind, .line = import->line, .summary = g_strdup (import->summary)};

  g_array_append_val (import->faults, fault);
  return FALSE;
}

/* Whether something has ended the reading: it is the latest fault then. */
static gboolean
is_over (const Import *import)
{
  guint n = import->faults->len;

  return n >= CR_ICAL_IMPORT_MAX_FAULTS ||
         (n > 0 && !words[g_array_index (import->faults, CrIcalFault, n - 1).kind].of_event);
}

static gboolean
check_time (Import *import)
{
  if (cr_clock_monotonic_us (import->clock) <= import->deadline_us)
    return TRUE;
  return refuse (import, CR_ICAL_FAULT_TIME);
}

/* The next line with its folds undone (RFC 5545 section 3.1), which were `n_folds` of the file's; NULL at the
 * end, or with a fault. */
static gchar *
next_line (Import *import, const gchar **cursor, const gchar *end, guint *n_folds)
{
  GString *line = NULL;
  const gchar *at = *cursor;

  *n_folds = 0;
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
    ++*n_folds;
    if (line->len > MAX_LINE_BYTES) {
      g_string_free (line, TRUE);
      refuse (import, CR_ICAL_FAULT_LONG_LINE);
      return NULL;
    }
    if (at >= end || (*at != ' ' && *at != '\t'))
      break;
  }
  *cursor = at;
  return line == NULL ? NULL : g_string_free (line, FALSE);
}

/* Where the reader of the file stands. */
typedef struct {
  const gchar *cursor, *end;
  guint n_lines; /* unfolded */
  guint n_events;
  gint nesting;
  gboolean has_calendar; /* a second one in the file is no timetable's */
} Reading;

static gboolean
count_line (Import *import, Reading *reading, const gchar *line)
{
  if (++reading->n_lines > MAX_LINES)
    return refuse (import, CR_ICAL_FAULT_MANY_LINES);
  if (reading->n_lines % LINES_PER_LOOK == 0 && !check_time (import))
    return FALSE;
  if (g_ascii_strncasecmp (line, "BEGIN:", 6) == 0)
    ++reading->nesting;
  else if (g_ascii_strncasecmp (line, "END:", 4) == 0)
    --reading->nesting;
  if (reading->nesting > MAX_NESTING || reading->nesting < 0)
    return refuse (import, CR_ICAL_FAULT_NESTING);
  if (g_ascii_strcasecmp (line, "BEGIN:VEVENT") != 0)
    return TRUE;
  if (++reading->n_events > CR_ICAL_IMPORT_MAX_OCCURRENCES)
    return refuse (import, CR_ICAL_FAULT_MANY_EVENTS);
  if (reading->nesting == 2 && !reading->has_calendar)
    g_array_append_val (import->event_lines, import->line);
  return TRUE;
}

/* One line of the file; `*done` is a component that has ended with it. */
static gboolean
read_line (Import *import, Reading *reading, icalparser *parser, icalcomponent **done)
{
  guint n_folds;
  g_autofree gchar *line = next_line (import, &reading->cursor, reading->end, &n_folds);

  *done = NULL;
  if (line == NULL || !count_line (import, reading, line))
    return FALSE;
  if (*line != '\0')
    *done = icalparser_add_line (parser, line);
  import->line += n_folds;
  return TRUE;
}

static icalcomponent *
parse (Import *import, const gchar *text, gsize length)
{
  icalparser *parser = icalparser_new ();
  icalcomponent *root = NULL;
  Reading reading = {.cursor = text, .end = text + length};
  gboolean fine = TRUE;

  import->line = 1;
  while (fine && reading.cursor < reading.end) {
    icalcomponent *done;

    fine = read_line (import, &reading, parser, &done);
    if (done == NULL)
      continue;
    if (root == NULL && icalcomponent_isa (done) == ICAL_VCALENDAR_COMPONENT)
      root = done;
    else
      icalcomponent_free (done);
    reading.has_calendar = root != NULL;
  }
  icalparser_free (parser);
  if (fine && (root == NULL || reading.nesting != 0)) {
    import->line = MAX (import->line - 1, 1); /* the last one, after which something is missing */
    fine = refuse (import, CR_ICAL_FAULT_NOT_WHOLE);
  }
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
    return refuse (import, CR_ICAL_FAULT_NO_START);
  start_time = icalproperty_get_dtstart (start);
  end_time = icalcomponent_get_dtend (component);
  event->component = component;
  event->all_day = start_time.is_date;
  event->date = place_time (import, root, start, start_time, &event->minute);
  if (event->date == CR_DATE_NONE)
    return refuse (import, CR_ICAL_FAULT_DATE);
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
    return refuse (import, CR_ICAL_FAULT_MANY_OCCURRENCES);
  occurrence.end_minute = event->minute + event->length_minutes;
  occurrence.starts_at = cr_term_unix_s (import->term, date, occurrence.start_minute);
  occurrence.ends_at = cr_term_unix_s (import->term, date, occurrence.end_minute);
  occurrence.line = import->line;
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
    return refuse (import, CR_ICAL_FAULT_RULE);
  for (guint i = 0; i < ICAL_BY_DAY_SIZE && recur.by_day[i] != ICAL_RECURRENCE_ARRAY_MAX; i++) {
    guint sunday_first =
        (guint)icalrecurrencetype_day_day_of_week (recur.by_day[i]); /* 1 Sunday … 7 Saturday */

    if (icalrecurrencetype_day_position (recur.by_day[i]) != 0 || sunday_first < 1 || sunday_first > 7)
      return refuse (import, CR_ICAL_FAULT_WEEKDAYS);
    rule->weekdays |= 1u << ((sunday_first + 5) % 7);
  }
  if (rule->weekdays == 0)
    rule->weekdays = rule->weekly ? 1u << (cr_date_weekday (event->date) - 1) : 0x7f;
  rule->count = (guint)MAX (recur.count, 0);
  rule->until = icaltime_is_null_time (recur.until) ? G_MAXINT32
                                                    : place_time (import, root, NULL, recur.until, &minute);
  if (rule->until == CR_DATE_NONE)
    return refuse (import, CR_ICAL_FAULT_RULE_END);
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
  if (icalcomponent_count_properties (component, ICAL_RRULE_PROPERTY) > 1 ||
      icalcomponent_count_properties (component, ICAL_RDATE_PROPERTY) > 0)
    return refuse (import, CR_ICAL_FAULT_TWO_RULES);
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

/* Every event, also after one that is wrong. */
static void
read_events (Import *import, icalcomponent *root)
{
  g_autoptr (GHashTable) replaced = collect_replaced (import, root);
  guint number = 0;

  for (icalcomponent *c = icalcomponent_get_first_component (root, ICAL_VEVENT_COMPONENT); c != NULL;
       c = icalcomponent_get_next_component (root, ICAL_VEVENT_COMPONENT), number++) {
    guint n_before = import->found->len;

    import->line = number < import->event_lines->len ? g_array_index (import->event_lines, guint, number) : 0;
    import->summary = icalcomponent_get_summary (c);
    if (check_time (import) && read_component (import, root, replaced, c))
      import->n_skipped += import->found->len == n_before;
    import->summary = NULL;
    if (is_over (import))
      return;
  }
}

static void
read_calendar (Import *import, const gchar *text, gsize length_bytes)
{
  icalcomponent *root;

  if (length_bytes > CR_ICAL_IMPORT_MAX_BYTES) {
    refuse (import, CR_ICAL_FAULT_LARGE_FILE);
    return;
  }
  if (memchr (text, '\0', length_bytes) != NULL || !g_utf8_validate (text, (gssize)length_bytes, NULL)) {
    refuse (import, CR_ICAL_FAULT_NOT_TEXT);
    return;
  }
  root = parse (import, text, length_bytes);
  if (root == NULL)
    return;
  read_events (import, root);
  icalcomponent_free (root);
}

CrIcalReport *
cr_ical_read (const gchar *text, gsize length_bytes, const CrTerm *term, const CrClock *clock)
{
  CrIcalReport *report = g_new0 (CrIcalReport, 1);
  g_autoptr (GArray) event_lines = g_array_new (FALSE, FALSE, sizeof (guint));
  Import import = {.term = term, .clock = clock, .event_lines = event_lines};

  report->found = g_array_new (FALSE, FALSE, sizeof (CrIcalOccurrence));
  g_array_set_clear_func (report->found, occurrence_clear);
  report->faults = g_array_new (FALSE, FALSE, sizeof (CrIcalFault));
  g_array_set_clear_func (report->faults, fault_clear);
  import.found = report->found;
  import.faults = report->faults;
  import.deadline_us = cr_clock_monotonic_us (clock) + CR_ICAL_IMPORT_MAX_US;
  cr_term_range (term, &import.first, &import.last);
  read_calendar (&import, text, length_bytes);
  report->n_skipped = import.n_skipped;
  g_array_sort (report->found, compare_occurrences);
  return report;
}

void
cr_ical_report_free (CrIcalReport *report)
{
  if (report == NULL)
    return;
  g_array_unref (report->found);
  g_array_unref (report->faults);
  g_free (report);
}

GArray *
cr_ical_import (const gchar *text, gsize length_bytes, const CrTerm *term, const CrClock *clock,
                GError **error)
{
  g_autoptr (CrIcalReport) report = cr_ical_read (text, length_bytes, term, clock);

  if (report->faults->len > 0) {
    CrIcalFaultKind kind = g_array_index (report->faults, CrIcalFault, 0).kind;

    g_set_error_literal (error, CR_SCHEDULE_ERROR, words[kind].code, words[kind].en);
    return NULL;
  }
  return g_array_ref (report->found);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Feeds. A lesson keeps its UID wherever it is moved, since the UID is the lesson's id. Times are local with
 * a VTIMEZONE made of the changes that GTimeZone knows, so that a calendar program computes what the
 * timetable has.
 */
#include "schedule/ical.h"

#include <libical/ical.h>

#define DAY_S 86400

/* Changes of the clock this long before and after the term are written, so that the first and the last lesson
 * have one. */
#define ZONE_MARGIN_DAYS 400

#define PRODUCT_ID "-//ClassRelay//Timetable//ZH"

static const gchar *
or_empty (const gchar *text)
{
  return text != NULL ? text : "";
}

static struct icaltimetype
utc_time (gint64 unix_s)
{
  return icaltime_from_timet_with_zone ((time_t)unix_s, 0, icaltimezone_get_utc_timezone ());
}

/* A local time without a zone of its own: the TZID parameter names it. */
static struct icaltimetype
local_time (gint64 unix_s, gint offset_s)
{
  return icaltime_from_timet_with_zone ((time_t)(unix_s + offset_s), 0, NULL);
}

static gint
offset_at (const CrTerm *term, gint64 unix_s)
{
  return g_time_zone_get_offset (term->zone,
                                 g_time_zone_find_interval (term->zone, G_TIME_TYPE_UNIVERSAL, unix_s));
}

static void
add_observance (icalcomponent *zone, const CrTerm *term, gint64 from_s, gint offset_before_s)
{
  gint interval = g_time_zone_find_interval (term->zone, G_TIME_TYPE_UNIVERSAL, from_s);
  icalcomponent *observance = icalcomponent_new (
      g_time_zone_is_dst (term->zone, interval) ? ICAL_XDAYLIGHT_COMPONENT : ICAL_XSTANDARD_COMPONENT);

  /* The moment as it would have been without the change (RFC 5545 section 3.6.5). */
  icalcomponent_add_property (observance, icalproperty_new_dtstart (local_time (from_s, offset_before_s)));
  icalcomponent_add_property (observance, icalproperty_new_tzoffsetfrom (offset_before_s));
  icalcomponent_add_property (observance,
                              icalproperty_new_tzoffsetto (g_time_zone_get_offset (term->zone, interval)));
  icalcomponent_add_property (observance,
                              icalproperty_new_tzname (g_time_zone_get_abbreviation (term->zone, interval)));
  icalcomponent_add_component (zone, observance);
}

/* The second at which the offset differs, between two moments of different offset. */
static gint64
find_change (const CrTerm *term, gint64 before_s, gint64 after_s)
{
  gint offset_s = offset_at (term, before_s);

  while (after_s - before_s > 1) {
    gint64 middle_s = before_s + (after_s - before_s) / 2;

    if (offset_at (term, middle_s) == offset_s)
      before_s = middle_s;
    else
      after_s = middle_s;
  }
  return after_s;
}

static icalcomponent *
new_zone (const CrTerm *term)
{
  icalcomponent *zone = icalcomponent_new (ICAL_VTIMEZONE_COMPONENT);
  CrDate first, last;
  gint64 end_s, at_s;

  cr_term_range (term, &first, &last);
  at_s = (gint64)(first - ZONE_MARGIN_DAYS) * DAY_S;
  end_s = (gint64)(last + ZONE_MARGIN_DAYS) * DAY_S;
  icalcomponent_add_property (zone, icalproperty_new_tzid (term->time_zone));
  add_observance (zone, term, at_s, offset_at (term, at_s));
  for (; at_s < end_s; at_s += DAY_S) {
    gint before_s = offset_at (term, at_s);

    if (offset_at (term, at_s + DAY_S) != before_s)
      add_observance (zone, term, find_change (term, at_s, at_s + DAY_S), before_s);
  }
  return zone;
}

static void
add_time (icalcomponent *event, icalproperty *property, const CrTerm *term)
{
  icalproperty_add_parameter (property, icalparameter_new_tzid (term->time_zone));
  icalcomponent_add_property (event, property);
}

static gchar *
summary_of (const CrMeeting *meeting)
{
  const CrCourse *course = meeting->course;
  const gchar *title = or_empty (course->title);

  if (*title == '\0' || g_strcmp0 (title, course->subject) == 0)
    return g_strdup (or_empty (course->subject));
  return g_strdup_printf ("%s：%s", or_empty (course->subject), title);
}

static gchar *
room_text (const CrTimetable *timetable, const gchar *room_id)
{
  const CrPlaceRoom *room = cr_timetable_room (timetable, room_id);
  const CrPlaceSchool *school = cr_timetable_school_of_room (timetable, room_id);

  return g_strdup_printf ("%s %s", school != NULL ? school->name : "", room != NULL ? room->name : "");
}

/* Where the owner of the feed goes: the host classroom, or the listening rooms that are the owner's. */
static gchar *
location_of (const CrTimetable *timetable, const CrMeeting *meeting, CrViewKind kind, const gchar *id)
{
  const CrPlaceRoom *host = cr_timetable_room (timetable, meeting->host_classroom_id);
  GString *rooms = g_string_new (NULL);

  if (kind == CR_VIEW_TEACHER ||
      (host != NULL && g_strcmp0 (kind == CR_VIEW_SCHOOL ? host->school_id : host->id, id) == 0)) {
    g_string_free (rooms, TRUE);
    return room_text (timetable, meeting->host_classroom_id);
  }
  for (guint i = 0; i < meeting->course->classes->len; i++) {
    const CrPlaceRoom *room =
        cr_timetable_room (timetable, cr_course_class (meeting->course, i)->classroom_id);

    if (room == NULL || g_strcmp0 (kind == CR_VIEW_SCHOOL ? room->school_id : room->id, id) != 0)
      continue;
    g_string_append_printf (rooms, "%s%s", rooms->len > 0 ? ", " : "", room->name);
  }
  return g_string_free (rooms, FALSE);
}

static gchar *
description_of (const CrTimetable *timetable, const CrMeeting *meeting, gboolean chinese)
{
  const CrPlaceTeacher *teacher = cr_timetable_teacher (timetable, meeting->teacher_id);
  g_autofree gchar *host = room_text (timetable, meeting->host_classroom_id);
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, chinese ? "主讲：%s（%s）" : "Taught by %s (%s)",
                          teacher != NULL ? teacher->name : "", host);
  for (guint i = 0; i < meeting->course->classes->len; i++) {
    const CrPlaceClass *klass =
        cr_timetable_class (timetable, cr_course_class (meeting->course, i)->class_id);
    const CrPlaceSchool *school = klass == NULL ? NULL : cr_timetable_school (timetable, klass->school_id);

    if (klass == NULL)
      continue;
    g_string_append_printf (text, chinese ? "\n听讲：%s %u年级%u班" : "\nHeard by %s, class %u(%u)",
                            school != NULL ? school->name : "", klass->grade, klass->number);
  }
  if (meeting->change != NULL && *or_empty (meeting->change->reason) != '\0')
    g_string_append_printf (text, chinese ? "\n原因：%s" : "\nReason: %s", meeting->change->reason);
  return g_string_free (text, FALSE);
}

static icalcomponent *
new_event (const CrTimetable *timetable, const CrMeeting *meeting, CrViewKind kind, const gchar *id,
           gboolean chinese, gint64 now_s)
{
  const CrTerm *term = cr_timetable_term (timetable);
  icalcomponent *event = icalcomponent_new (ICAL_VEVENT_COMPONENT);
  g_autofree gchar *lesson_id = cr_meeting_lesson_id (meeting);
  g_autofree gchar *uid = g_strconcat (lesson_id, "@classrelay", NULL);
  g_autofree gchar *summary = summary_of (meeting);
  g_autofree gchar *location = location_of (timetable, meeting, kind, id);
  g_autofree gchar *description = description_of (timetable, meeting, chinese);

  icalcomponent_add_property (event, icalproperty_new_uid (uid));
  icalcomponent_add_property (event, icalproperty_new_dtstamp (utc_time (now_s)));
  add_time (event,
            icalproperty_new_dtstart (local_time (meeting->starts_at, offset_at (term, meeting->starts_at))),
            term);
  add_time (event, icalproperty_new_dtend (local_time (meeting->ends_at, offset_at (term, meeting->ends_at))),
            term);
  icalcomponent_add_property (event, icalproperty_new_summary (summary));
  icalcomponent_add_property (event, icalproperty_new_location (location));
  icalcomponent_add_property (event, icalproperty_new_description (description));
  icalcomponent_add_property (event, icalproperty_new_sequence ((int)meeting->sequence));
  icalcomponent_add_property (event, icalproperty_new_status (meeting->state == CR_LESSON_CANCELLED
                                                                  ? ICAL_STATUS_CANCELLED
                                                                  : ICAL_STATUS_CONFIRMED));
  icalcomponent_add_property (event, icalproperty_new_transp (ICAL_TRANSP_OPAQUE));
  return event;
}

static void
add_events (icalcomponent *calendar, const CrTimetable *timetable, CrViewKind kind, const gchar *id,
            gboolean chinese, gint64 now_s)
{
  g_autoptr (GPtrArray) view = cr_timetable_view (timetable, kind, id, G_MININT32, G_MAXINT32);

  for (guint i = 0; i < view->len; i++) {
    const CrMeeting *meeting = g_ptr_array_index (view, i);

    /* Without a bell nobody can say when it is. */
    if (meeting->has_bell && !cr_meeting_is_hindsight (meeting, now_s))
      icalcomponent_add_component (calendar, new_event (timetable, meeting, kind, id, chinese, now_s));
  }
}

static const gchar *
name_of_owner (const CrTimetable *timetable, CrViewKind kind, const gchar *id)
{
  const CrPlaceTeacher *teacher = cr_timetable_teacher (timetable, id);
  const CrPlaceRoom *room = cr_timetable_room (timetable, id);
  const CrPlaceSchool *school = cr_timetable_school (timetable, id);

  if (kind == CR_VIEW_TEACHER)
    return teacher != NULL ? teacher->name : "";
  if (kind == CR_VIEW_CLASSROOM)
    return room != NULL ? room->name : "";
  return school != NULL ? school->name : "";
}

static gboolean
zone_is_written (CrTimetable *const *timetables, guint number)
{
  for (guint i = 0; i < number; i++) {
    if (g_strcmp0 (cr_timetable_term (timetables[i])->time_zone,
                   cr_timetable_term (timetables[number])->time_zone) == 0)
      return TRUE;
  }
  return FALSE;
}

gchar *
cr_ical_feed_of_terms (CrTimetable *const *timetables, guint n_timetables, CrViewKind kind, const gchar *id,
                       gboolean chinese, gint64 now_s)
{
  icalcomponent *calendar = icalcomponent_new (ICAL_VCALENDAR_COMPONENT);
  g_autofree gchar *text = NULL;
  icalproperty *name;
  char *written;

  icalcomponent_add_property (calendar, icalproperty_new_version ("2.0"));
  icalcomponent_add_property (calendar, icalproperty_new_prodid (PRODUCT_ID));
  icalcomponent_add_property (calendar, icalproperty_new_calscale ("GREGORIAN"));
  icalcomponent_add_property (calendar, icalproperty_new_method (ICAL_METHOD_PUBLISH));
  name = icalproperty_new_x (n_timetables > 0 ? name_of_owner (timetables[0], kind, id) : "");
  icalproperty_set_x_name (name, "X-WR-CALNAME");
  icalcomponent_add_property (calendar, name);
  for (guint i = 0; i < n_timetables; i++) {
    /* Two terms in one zone a year apart: the first one's margin reaches over both. */
    if (!zone_is_written (timetables, i))
      icalcomponent_add_component (calendar, new_zone (cr_timetable_term (timetables[i])));
  }
  for (guint i = 0; i < n_timetables; i++)
    add_events (calendar, timetables[i], kind, id, chinese, now_s);
  written = icalcomponent_as_ical_string_r (calendar);
  text = g_strdup (written);
  icalmemory_free_buffer (written);
  icalcomponent_free (calendar);
  return g_steal_pointer (&text);
}

gchar *
cr_ical_feed (const CrTimetable *timetable, CrViewKind kind, const gchar *id, gboolean chinese, gint64 now_s)
{
  CrTimetable *one = (CrTimetable *)timetable; /* only read */

  return cr_ical_feed_of_terms (&one, 1, kind, id, chinese, now_s);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The order *opened lesson > single change > make-up day > holiday > weekly rule*, once. A lesson is known by
 * the date its rule gives it (or by the change that added it); its latest change says where it is, its latest
 * change with a teacher says who gives it. A move holds even where the rule has meanwhile ceased to give the
 * lesson (a holiday entered later): somebody decided that it is held. A substitution or cancellation of a
 * lesson that is not there does nothing.
 */
#include "schedule/meeting.h"

#include <string.h>

#define DATE_DIGITS 8
#define MINUTE_S    60

static const gchar *const state_names[] = {"scheduled", "open", "live", "ended", "cancelled"};
static const gchar *const origin_names[] = {"rule", "makeup", "moved", "added"};

const gchar *
cr_lesson_state_name (CrLessonState state)
{
  return state_names[state];
}

gboolean
cr_lesson_state_parse (const gchar *text, CrLessonState *state)
{
  for (guint i = 0; i < G_N_ELEMENTS (state_names); i++) {
    if (g_strcmp0 (text, state_names[i]) == 0) {
      *state = i;
      return TRUE;
    }
  }
  return FALSE;
}

const gchar *
cr_meeting_origin_name (CrMeetingOrigin origin)
{
  return origin_names[origin];
}

void
cr_frozen_lesson_free (CrFrozenLesson *frozen)
{
  if (frozen == NULL)
    return;
  g_free (frozen->lesson_id);
  cr_course_free (frozen->course);
  g_free (frozen->added_id);
  g_free (frozen);
}

/* What the changes of one lesson of the rule come to. */
typedef struct {
  const CrChange *move;      /* the latest that holds */
  const CrChange *placement; /* the latest move or cancellation that holds */
  const CrChange *staff;     /* the latest that holds and names a teacher */
  guint n_edits;             /* each change made, each change withdrawn */
  gint64 placed_at;          /* when the latest move or cancellation was made or withdrawn; 0: none */
} Resolved;

static gboolean
is_later (const CrChange *change, const CrChange *than)
{
  return than == NULL || cr_change_compare (change, than) > 0;
}

static Resolved
resolve_changes (const CrCoursePlan *plan, CrDate rule_date)
{
  Resolved resolved = {0};

  for (guint i = 0; i < plan->n_changes; i++) {
    const CrChange *change = plan->changes[i];

    if (change->kind == CR_CHANGE_ADD || change->date != rule_date)
      continue;
    resolved.n_edits += change->withdrawn_at != 0 ? 2 : 1;
    if (change->kind != CR_CHANGE_STAFF)
      resolved.placed_at = MAX (resolved.placed_at, MAX (change->created_at, change->withdrawn_at));
    if (change->withdrawn_at != 0)
      continue;
    if (change->kind == CR_CHANGE_MOVE && is_later (change, resolved.move))
      resolved.move = change;
    if (change->kind != CR_CHANGE_STAFF && is_later (change, resolved.placement))
      resolved.placement = change;
    if (change->new_teacher_id != NULL && is_later (change, resolved.staff))
      resolved.staff = change;
  }
  return resolved;
}

static gboolean
has_opened (const CrCoursePlan *plan, CrDate rule_date, const gchar *added_id)
{
  for (guint i = 0; i < plan->n_frozen; i++) {
    const CrFrozenLesson *frozen = plan->frozen[i];

    if (added_id != NULL ? g_strcmp0 (frozen->added_id, added_id) == 0
                         : frozen->added_id == NULL && frozen->rule_date == rule_date)
      return TRUE;
  }
  return FALSE;
}

/* The weekly rule, on the day whose timetable `date` has. */
static gboolean
rule_holds (const CrCoursePlan *plan, CrDate date)
{
  CrDate followed = cr_term_followed_date (plan->term, date);

  return followed != CR_DATE_NONE && cr_date_weekday (followed) == plan->course->weekday &&
         cr_weeks_contain (plan->course->weeks, cr_term_week_of (plan->term, followed));
}

static void
place (const CrCoursePlan *plan, CrMeeting *meeting, CrDate date, guint period)
{
  const CrBellPeriod *bell = cr_bells_period_on (plan->bells, date, period);

  meeting->date = date;
  meeting->period = period;
  if (bell == NULL)
    return;
  meeting->has_bell = TRUE;
  meeting->starts_at = cr_term_unix_s (plan->term, date, bell->start_minute);
  /* By its length, so that it keeps it in a night when the clock is changed. */
  meeting->ends_at = meeting->starts_at + (bell->end_minute - bell->start_minute) * MINUTE_S;
}

static CrMeeting
meeting_of_course (const CrCoursePlan *plan, guint n_edits)
{
  return (CrMeeting){
      .course = plan->course,
      .rule_date = CR_DATE_NONE,
      .teacher_id = plan->course->teacher_id,
      .host_classroom_id = plan->course->host_classroom_id,
      .sequence = plan->course->version + plan->term->version + cr_bells_version (plan->bells) + n_edits,
      .planned_at = MAX (plan->course->created_at, plan->course->moved_at),
  };
}

static guint
period_or_course (const CrCoursePlan *plan, const CrChange *change)
{
  return change->new_period != 0 ? change->new_period : plan->course->period;
}

static void
append_of_rule (const CrCoursePlan *plan, CrDate rule_date, const Resolved *resolved, GArray *meetings)
{
  CrMeeting meeting = meeting_of_course (plan, resolved->n_edits);
  const CrChange *move = resolved->move;

  meeting.rule_date = rule_date;
  meeting.change = resolved->placement;
  meeting.staff_change = resolved->staff;
  meeting.planned_at = MAX (meeting.planned_at, resolved->placed_at);
  if (resolved->staff != NULL)
    meeting.teacher_id = resolved->staff->new_teacher_id;
  if (resolved->placement != NULL && resolved->placement->kind == CR_CHANGE_CANCEL)
    meeting.state = CR_LESSON_CANCELLED;

  if (move != NULL) {
    meeting.origin = CR_MEETING_MOVED;
    place (plan, &meeting, move->new_date != CR_DATE_NONE ? move->new_date : rule_date,
           period_or_course (plan, move));
  } else {
    meeting.origin =
        cr_term_makeup_on (plan->term, rule_date) != NULL ? CR_MEETING_BY_MAKEUP : CR_MEETING_BY_RULE;
    place (plan, &meeting, rule_date, plan->course->period);
  }
  g_array_append_val (meetings, meeting);
}

static void
append_added (const CrCoursePlan *plan, const CrChange *add, GArray *meetings)
{
  CrMeeting meeting = meeting_of_course (plan, add->withdrawn_at != 0 ? 2 : 1);

  meeting.added_id = add->id;
  meeting.change = add;
  meeting.origin = CR_MEETING_ADDED;
  meeting.planned_at = MAX (meeting.planned_at, add->created_at);
  if (add->withdrawn_at != 0)
    meeting.state = CR_LESSON_CANCELLED;
  if (add->new_teacher_id != NULL) {
    meeting.teacher_id = add->new_teacher_id;
    meeting.staff_change = add;
  }
  place (plan, &meeting, add->new_date, period_or_course (plan, add));
  g_array_append_val (meetings, meeting);
}

static void
append_frozen (const CrFrozenLesson *frozen, GArray *meetings)
{
  CrMeeting meeting = {
      .course = frozen->course,
      .frozen = frozen,
      .rule_date = frozen->rule_date,
      .added_id = frozen->added_id,
      .date = frozen->date,
      .period = frozen->period,
      .has_bell = TRUE,
      .starts_at = frozen->starts_at,
      .ends_at = frozen->ends_at,
      .teacher_id = frozen->course->teacher_id,
      .host_classroom_id = frozen->course->host_classroom_id,
      .state = frozen->state,
      .origin = frozen->origin,
      .sequence = frozen->sequence,
  };

  g_array_append_val (meetings, meeting);
}

static void
append_changed_to (const CrCoursePlan *plan, const CrChange *change, CrDate date, GArray *meetings)
{
  Resolved resolved;

  if (change->kind == CR_CHANGE_ADD) {
    if (change->new_date == date && !has_opened (plan, CR_DATE_NONE, change->id))
      append_added (plan, change, meetings);
    return;
  }
  if (change->kind != CR_CHANGE_MOVE || change->withdrawn_at != 0 ||
      date != (change->new_date != CR_DATE_NONE ? change->new_date : change->date))
    return;
  resolved = resolve_changes (plan, change->date);
  if (resolved.move == change && !has_opened (plan, change->date, NULL))
    append_of_rule (plan, change->date, &resolved, meetings);
}

void
cr_course_meetings_on (const CrCoursePlan *plan, CrDate date, GArray *meetings)
{
  for (guint i = 0; i < plan->n_frozen; i++) {
    if (plan->frozen[i]->date == date)
      append_frozen (plan->frozen[i], meetings);
  }
  if (plan->course->deleted)
    return;

  for (guint i = 0; i < plan->n_changes; i++)
    append_changed_to (plan, plan->changes[i], date, meetings);

  if (rule_holds (plan, date) && !has_opened (plan, date, NULL)) {
    Resolved resolved = resolve_changes (plan, date);

    if (resolved.move == NULL) /* else it is where it was moved to */
      append_of_rule (plan, date, &resolved, meetings);
  }
}

void
cr_course_plan_range (const CrCoursePlan *plan, CrDate *first, CrDate *last)
{
  for (guint i = 0; i < plan->n_changes; i++) {
    CrDate date =
        plan->changes[i]->new_date != CR_DATE_NONE ? plan->changes[i]->new_date : plan->changes[i]->date;

    *first = MIN (*first, date);
    *last = MAX (*last, date);
  }
  for (guint i = 0; i < plan->n_frozen; i++) {
    *first = MIN (*first, plan->frozen[i]->date);
    *last = MAX (*last, plan->frozen[i]->date);
  }
}

void
cr_course_meetings_between (const CrCoursePlan *plan, CrDate first, CrDate last, GArray *meetings)
{
  CrDate earliest, latest;

  cr_term_range (plan->term, &earliest, &latest);
  cr_course_plan_range (plan, &earliest, &latest);
  for (CrDate date = MAX (first, earliest); date <= MIN (last, latest); date++)
    cr_course_meetings_on (plan, date, meetings);
}

gchar *
cr_lesson_id_format (const gchar *course_id, CrDate rule_date, const gchar *added_id)
{
  gint year, month, day;

  if (added_id != NULL)
    return g_strdup_printf ("%s-%s", course_id, added_id);
  cr_date_to_ymd (rule_date, &year, &month, &day);
  return g_strdup_printf ("%s-%04d%02d%02d", course_id, year, month, day);
}

gchar *
cr_meeting_lesson_id (const CrMeeting *meeting)
{
  return cr_lesson_id_format (meeting->course->id, meeting->rule_date, meeting->added_id);
}

static CrDate
parse_date_digits (const gchar *text)
{
  gchar dashed[CR_DATE_TEXT_BYTES];

  if (strlen (text) != DATE_DIGITS)
    return CR_DATE_NONE;
  g_snprintf (dashed, sizeof dashed, "%.4s-%.2s-%.2s", text, text + 4, text + 6);
  return cr_date_parse (dashed);
}

gboolean
cr_lesson_id_parse (const gchar *lesson_id, gchar **course_id, CrDate *rule_date, gchar **added_id)
{
  const gchar *dash = lesson_id == NULL ? NULL : strrchr (lesson_id, '-');

  if (dash == NULL || dash == lesson_id || dash[1] == '\0')
    return FALSE;
  *rule_date = parse_date_digits (dash + 1);
  *added_id = *rule_date == CR_DATE_NONE ? g_strdup (dash + 1) : NULL;
  *course_id = g_strndup (lesson_id, (gsize)(dash - lesson_id));
  return TRUE;
}

gboolean
cr_meeting_was_planned (const CrMeeting *meeting)
{
  return meeting->ends_at > meeting->planned_at;
}

gboolean
cr_meeting_is_hindsight (const CrMeeting *meeting, gint64 now_s)
{
  return meeting->frozen == NULL && meeting->change == NULL && meeting->has_bell &&
         meeting->ends_at <= meeting->course->moved_at && meeting->ends_at <= now_s;
}

gboolean
cr_meeting_same_lesson (const CrMeeting *a, const CrMeeting *b)
{
  if (strcmp (a->course->id, b->course->id) != 0)
    return FALSE;
  return a->rule_date == b->rule_date && g_strcmp0 (a->added_id, b->added_id) == 0;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * The sentences say what, which lesson, from when to when, and why; a reader needs nothing else to act on it.
 * Times are those of the term's zone.
 */
#include "schedule/notices.h"

#include <string.h>

static const gchar *const recipient_names[] = {"teacher", "school", "classroom"};
static const gchar *const weekdays_zh[] = {"一", "二", "三", "四", "五", "六", "日"};
static const gchar *const weekdays_en[] = {"Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"};

const gchar *
cr_recipient_kind_name (CrRecipientKind kind)
{
  return recipient_names[kind];
}

gboolean
cr_recipient_kind_parse (const gchar *text, CrRecipientKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (recipient_names); i++) {
    if (g_strcmp0 (text, recipient_names[i]) == 0) {
      *kind = i;
      return TRUE;
    }
  }
  return FALSE;
}

static void
recipient_free (gpointer data)
{
  g_free (((CrNoticeRecipient *)data)->id);
  g_free (data);
}

void
cr_notice_free (CrNotice *notice)
{
  if (notice == NULL)
    return;
  g_free (notice->kind);
  g_free (notice->course_id);
  g_free (notice->lesson_id);
  g_free (notice->text_zh);
  g_free (notice->text_en);
  g_ptr_array_unref (notice->recipients);
  g_free (notice);
}

static CrNotice *
new_notice (const gchar *kind, const gchar *course_id)
{
  CrNotice *notice = g_new0 (CrNotice, 1);

  notice->kind = g_strdup (kind);
  notice->course_id = g_strdup (course_id);
  notice->recipients = g_ptr_array_new_with_free_func (recipient_free);
  return notice;
}

static void
add_recipient (CrNotice *notice, CrRecipientKind kind, const gchar *id)
{
  CrNoticeRecipient *recipient;

  if (id == NULL)
    return;
  for (guint i = 0; i < notice->recipients->len; i++) {
    const CrNoticeRecipient *known = g_ptr_array_index (notice->recipients, i);

    if (known->kind == kind && strcmp (known->id, id) == 0)
      return;
  }
  recipient = g_new0 (CrNoticeRecipient, 1);
  recipient->kind = kind;
  recipient->id = g_strdup (id);
  g_ptr_array_add (notice->recipients, recipient);
}

static void
add_room_and_school (CrNotice *notice, const CrTimetable *timetable, const gchar *room_id)
{
  const CrPlaceRoom *room = cr_timetable_room (timetable, room_id);

  add_recipient (notice, CR_RECIPIENT_CLASSROOM, room_id);
  add_recipient (notice, CR_RECIPIENT_SCHOOL, room != NULL ? room->school_id : NULL);
}

/* `teacher_id` may differ from the course's: a substitute. */
static void
add_concerned (CrNotice *notice, const CrTimetable *timetable, const CrCourse *course,
               const gchar *teacher_id)
{
  add_recipient (notice, CR_RECIPIENT_TEACHER, teacher_id);
  add_room_and_school (notice, timetable, course->host_classroom_id);
  for (guint i = 0; i < course->classes->len; i++) {
    const CrPlaceClass *klass = cr_timetable_class (timetable, cr_course_class (course, i)->class_id);

    add_room_and_school (notice, timetable, cr_course_class (course, i)->classroom_id);
    add_recipient (notice, CR_RECIPIENT_SCHOOL, klass != NULL ? klass->school_id : NULL);
  }
}

static const gchar *
title_of (const CrCourse *course)
{
  if (course->title != NULL && *course->title != '\0')
    return course->title;
  return course->subject != NULL ? course->subject : "";
}

static const gchar *
teacher_name (const CrTimetable *timetable, const gchar *id)
{
  const CrPlaceTeacher *teacher = cr_timetable_teacher (timetable, id);

  return teacher != NULL ? teacher->name : "";
}

/* "10月12日（周六）09:00–09:40", "Sat 2019-10-12 09:00–09:40". */
static gchar *
when_of (const CrTimetable *timetable, const CrMeeting *meeting, gboolean chinese)
{
  const CrTerm *term = cr_timetable_term (timetable);
  guint weekday = cr_date_weekday (meeting->date) - 1, start = 0, end = 0;
  g_autofree gchar *times = NULL;
  gchar date[CR_DATE_TEXT_BYTES];
  gint year, month, day;

  if (meeting->has_bell) {
    cr_term_date_at (term, meeting->starts_at, &start);
    cr_term_date_at (term, meeting->ends_at, &end);
    times = g_strdup_printf (" %02u:%02u–%02u:%02u", start / 60, start % 60, end / 60, end % 60);
  }
  if (!chinese)
    return g_strdup_printf ("%s %s%s", weekdays_en[weekday], cr_date_format (meeting->date, date),
                            times != NULL ? times : "");
  cr_date_to_ymd (meeting->date, &year, &month, &day);
  return g_strdup_printf ("%d月%d日（周%s）%s", month, day, weekdays_zh[weekday],
                          times != NULL ? times + 1 : "");
}

typedef struct {
  const CrTimetable *before_timetable;
  const CrTimetable *after_timetable;
  const CrMeeting *before; /* NULL: it was not there */
  const CrMeeting *after;
  const CrCourse *course;
  const CrChange *change;
} Story;

static gchar *
old_when (const Story *story, gboolean chinese)
{
  const CrMeeting *meeting = story->before != NULL ? story->before : story->after;

  return meeting == NULL ? g_strdup ("") : when_of (story->before_timetable, meeting, chinese);
}

static gchar *
new_when (const Story *story, gboolean chinese)
{
  const CrMeeting *meeting = story->after != NULL ? story->after : story->before;

  return meeting == NULL ? g_strdup ("") : when_of (story->after_timetable, meeting, chinese);
}

static gchar *
tell_zh (const Story *story, const gchar *kind)
{
  const gchar *title = title_of (story->course);
  const gchar *old_teacher = teacher_name (
      story->before_timetable, story->before != NULL ? story->before->teacher_id : story->course->teacher_id);
  const gchar *new_teacher = teacher_name (
      story->after_timetable, story->after != NULL ? story->after->teacher_id : story->course->teacher_id);
  g_autofree gchar *from = old_when (story, TRUE);
  g_autofree gchar *to = new_when (story, TRUE);

  if (strcmp (kind, "move") == 0 && strcmp (old_teacher, new_teacher) != 0)
    return g_strdup_printf ("调课：《%s》由%s改到%s，由%s老师上课", title, from, to, new_teacher);
  if (strcmp (kind, "move") == 0)
    return g_strdup_printf ("调课：《%s》由%s改到%s", title, from, to);
  if (strcmp (kind, "cancel") == 0)
    return g_strdup_printf ("停课：《%s》%s不上", title, from);
  if (strcmp (kind, "staff") == 0)
    return g_strdup_printf ("代课：《%s》%s由%s老师代%s老师上课", title, to, new_teacher, old_teacher);
  if (strcmp (kind, "add") == 0)
    return g_strdup_printf ("补课：《%s》%s，%s老师", title, to, new_teacher);
  if (story->after == NULL || story->after->state == CR_LESSON_CANCELLED)
    return g_strdup_printf ("撤销：《%s》%s不上", title, from);
  return g_strdup_printf ("撤销变更：《%s》仍在%s，%s老师", title, to, new_teacher);
}

static gchar *
tell_en (const Story *story, const gchar *kind)
{
  const gchar *title = title_of (story->course);
  const gchar *old_teacher = teacher_name (
      story->before_timetable, story->before != NULL ? story->before->teacher_id : story->course->teacher_id);
  const gchar *new_teacher = teacher_name (
      story->after_timetable, story->after != NULL ? story->after->teacher_id : story->course->teacher_id);
  g_autofree gchar *from = old_when (story, FALSE);
  g_autofree gchar *to = new_when (story, FALSE);

  if (strcmp (kind, "move") == 0 && strcmp (old_teacher, new_teacher) != 0)
    return g_strdup_printf ("Moved: “%s” from %s to %s, taught by %s", title, from, to, new_teacher);
  if (strcmp (kind, "move") == 0)
    return g_strdup_printf ("Moved: “%s” from %s to %s", title, from, to);
  if (strcmp (kind, "cancel") == 0)
    return g_strdup_printf ("Cancelled: “%s” on %s", title, from);
  if (strcmp (kind, "staff") == 0)
    return g_strdup_printf ("Substitute: “%s” on %s is taught by %s instead of %s", title, to, new_teacher,
                            old_teacher);
  if (strcmp (kind, "add") == 0)
    return g_strdup_printf ("Added: “%s” on %s, taught by %s", title, to, new_teacher);
  if (story->after == NULL || story->after->state == CR_LESSON_CANCELLED)
    return g_strdup_printf ("Taken back: “%s” on %s is not held", title, from);
  return g_strdup_printf ("Change taken back: “%s” stays on %s, taught by %s", title, to, new_teacher);
}

static gchar *
with_reason (gchar *text, const gchar *reason, const gchar *format)
{
  g_autofree gchar *owned = text;
  g_autofree gchar *tail = NULL;

  if (reason == NULL || *reason == '\0')
    return g_steal_pointer (&owned);
  tail = g_strdup_printf ("%s%s", format, reason);
  return g_strconcat (owned, tail, NULL);
}

/* The earliest bell that somebody may still turn up for in vain, or miss. */
static gint64
earliest_bell (const CrMeeting *a, const CrMeeting *b)
{
  gint64 first = a != NULL && a->has_bell ? a->starts_at : 0;
  gint64 second = b != NULL && b->has_bell ? b->starts_at : 0;

  return first == 0 || (second != 0 && second < first) ? second : first;
}

CrNotice *
cr_notice_for_change (const CrTimetable *before, const CrTimetable *after, const CrChange *change,
                      gboolean withdrawn)
{
  g_autofree gchar *lesson_id = cr_lesson_id_format (change->course_id, change->date,
                                                     change->kind == CR_CHANGE_ADD ? change->id : NULL);
  const gchar *kind = withdrawn ? "withdraw" : cr_change_kind_name (change->kind);
  Story story = {.before_timetable = before,
                 .after_timetable = after,
                 .before = cr_timetable_meeting (before, lesson_id),
                 .after = cr_timetable_meeting (after, lesson_id),
                 .course = cr_timetable_course (after, change->course_id),
                 .change = change};
  CrNotice *notice;

  if (story.course == NULL)
    return NULL;
  notice = new_notice (kind, change->course_id);
  notice->due_at = earliest_bell (story.before, story.after);
  notice->text_zh = with_reason (tell_zh (&story, kind), withdrawn ? NULL : change->reason, "。原因：");
  notice->text_en = with_reason (tell_en (&story, kind), withdrawn ? NULL : change->reason, ". Reason: ");
  if (story.before != NULL)
    add_concerned (notice, before, story.before->course, story.before->teacher_id);
  add_concerned (notice, after, story.course,
                 story.after != NULL ? story.after->teacher_id : story.course->teacher_id);
  notice->lesson_id = g_steal_pointer (&lesson_id);
  return notice;
}

static gchar *
slot_zh (const CrCourse *course)
{
  g_autofree gchar *weeks = cr_weeks_format (course->weeks);
  const gchar *which = course->weeks == CR_WEEKS_ALL    ? "每周"
                       : course->weeks == CR_WEEKS_ODD  ? "单周"
                       : course->weeks == CR_WEEKS_EVEN ? "双周"
                                                        : NULL;

  if (which != NULL)
    return g_strdup_printf ("%s%s第%u节", which, weekdays_zh[course->weekday - 1], course->period);
  return g_strdup_printf ("第%s周周%s第%u节", weeks, weekdays_zh[course->weekday - 1], course->period);
}

static gchar *
slot_en (const CrCourse *course)
{
  g_autofree gchar *weeks = cr_weeks_format (course->weeks);

  return g_strdup_printf ("%s period %u, weeks: %s", weekdays_en[course->weekday - 1], course->period, weeks);
}

static gboolean
same_classes (const CrCourse *a, const CrCourse *b)
{
  if (a->classes->len != b->classes->len)
    return FALSE;
  for (guint i = 0; i < a->classes->len; i++) {
    gboolean found = FALSE;

    for (guint j = 0; j < b->classes->len && !found; j++)
      found = g_strcmp0 (cr_course_class (a, i)->class_id, cr_course_class (b, j)->class_id) == 0 &&
              g_strcmp0 (cr_course_class (a, i)->classroom_id, cr_course_class (b, j)->classroom_id) == 0;
    if (!found)
      return FALSE;
  }
  return TRUE;
}

static gboolean
same_to_people (const CrCourse *a, const CrCourse *b)
{
  return g_strcmp0 (a->teacher_id, b->teacher_id) == 0 &&
         g_strcmp0 (a->host_classroom_id, b->host_classroom_id) == 0 && a->weekday == b->weekday &&
         a->period == b->period && a->weeks == b->weeks && g_strcmp0 (title_of (a), title_of (b)) == 0 &&
         a->grade == b->grade && same_classes (a, b);
}

static gint64
next_bell (const CrTimetable *timetable, const gchar *course_id, gint64 now_s)
{
  g_autoptr (GPtrArray) view =
      cr_timetable_view (timetable, CR_VIEW_COURSE, course_id, G_MININT32, G_MAXINT32);

  for (guint i = 0; i < view->len; i++) {
    const CrMeeting *meeting = g_ptr_array_index (view, i);

    if (meeting->starts_at > now_s && meeting->state == CR_LESSON_SCHEDULED)
      return meeting->starts_at;
  }
  return 0;
}

CrNotice *
cr_notice_for_course (const CrTimetable *timetable, const CrCourse *before, const CrCourse *after,
                      gint64 now_s)
{
  gboolean deleted = after == NULL || after->deleted;
  const CrCourse *course = deleted ? before : after;
  const gchar *kind = before == NULL ? "course_new" : deleted ? "course_delete" : "course_edit";
  const gchar *word_zh = before == NULL ? "新课程" : deleted ? "课程取消" : "课程变更";
  const gchar *word_en = before == NULL ? "New course" : deleted ? "Course ended" : "Course changed";
  g_autofree gchar *zh = NULL;
  g_autofree gchar *en = NULL;
  CrNotice *notice;

  if (course == NULL || (before != NULL && !deleted && same_to_people (before, after)))
    return NULL;
  zh = slot_zh (course);
  en = slot_en (course);
  notice = new_notice (kind, course->id);
  notice->due_at = next_bell (timetable, course->id, now_s);
  notice->text_zh = g_strdup_printf ("%s：《%s》%s，%s老师", word_zh, title_of (course), zh,
                                     teacher_name (timetable, course->teacher_id));
  notice->text_en = g_strdup_printf ("%s: “%s”, %s, taught by %s", word_en, title_of (course), en,
                                     teacher_name (timetable, course->teacher_id));
  if (before != NULL)
    add_concerned (notice, timetable, before, before->teacher_id);
  if (!deleted)
    add_concerned (notice, timetable, after, after->teacher_id);
  return notice;
}

CrNotice *
cr_notice_for_clash (const CrTimetable *timetable, const CrMeeting *meeting, const CrConflict *conflict,
                     guint n_lessons)
{
  CrNotice *notice = new_notice ("clash", meeting->course->id);
  const gchar *title = title_of (meeting->course);
  g_autofree gchar *when_zh = when_of (timetable, meeting, TRUE);
  g_autofree gchar *when_en = when_of (timetable, meeting, FALSE);
  g_autofree gchar *why_zh = cr_conflict_sentence (timetable, conflict, TRUE);
  g_autofree gchar *why_en = cr_conflict_sentence (timetable, conflict, FALSE);

  notice->lesson_id = cr_meeting_lesson_id (meeting);
  notice->due_at = meeting->has_bell ? meeting->starts_at : 0;
  notice->text_zh = g_strdup_printf ("冲突：《%s》有%u节课与别的安排冲突，等待调课。第一节%s。%s", title,
                                     n_lessons, when_zh, why_zh);
  notice->text_en =
      g_strdup_printf ("Clash: %u lessons of “%s” clash and wait to be moved, the first on %s. %s", n_lessons,
                       title, when_en, why_en);
  add_concerned (notice, timetable, meeting->course, meeting->teacher_id);
  return notice;
}

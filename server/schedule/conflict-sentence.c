/* SPDX-License-Identifier: Apache-2.0
 *
 * A conflict in words, Chinese or English: who or what, when, and what is in the way.
 */
#include "schedule/conflict.h"

static gchar *
time_range (const CrTimetable *timetable, const CrConflict *conflict)
{
  const CrTerm *term = cr_timetable_term (timetable);
  gchar date[CR_DATE_TEXT_BYTES];
  guint start, end;

  cr_date_format (conflict->date, date);
  if (conflict->starts_at == 0)
    return g_strdup (date);
  cr_term_date_at (term, conflict->starts_at, &start);
  cr_term_date_at (term, conflict->ends_at, &end);
  return g_strdup_printf ("%s %02u:%02u–%02u:%02u", date, start / 60, start % 60, end / 60, end % 60);
}

static const gchar *
or_empty (const gchar *text)
{
  return text != NULL ? text : "";
}

static gchar *
sentence_zh (const CrConflict *c, const gchar *when)
{
  switch (c->kind) {
  case CR_CONFLICT_TEACHER:
    return g_strdup_printf ("%s：%s老师要上“%s”", when, or_empty (c->resource_name),
                            or_empty (c->other_title));
  case CR_CONFLICT_HOST_CLASSROOM:
  case CR_CONFLICT_LISTENING_CLASSROOM:
    return g_strdup_printf ("%s：%s的教室“%s”已有“%s”（%s）", when, or_empty (c->school_name),
                            or_empty (c->resource_name), or_empty (c->other_title),
                            or_empty (c->other_teacher_name));
  case CR_CONFLICT_LISTENING_CLASS:
    return g_strdup_printf ("%s：%s%s班已有“%s”（%s）", when, or_empty (c->school_name),
                            or_empty (c->resource_name), or_empty (c->other_title),
                            or_empty (c->other_teacher_name));
  case CR_CONFLICT_BUSY:
  case CR_CONFLICT_EXAM:
  case CR_CONFLICT_CLOSURE: {
    static const gchar *const words[] = {"有安排", "考试", "停用"};

    return g_strdup_printf ("%s：%s%s%s%s%s", when, or_empty (c->school_name),
                            g_strcmp0 (c->resource_id, c->school_id) == 0 ? "" : or_empty (c->resource_name),
                            words[c->kind - CR_CONFLICT_BUSY], *or_empty (c->reason) != '\0' ? "：" : "",
                            or_empty (c->reason));
  }
  case CR_CONFLICT_UPLINK:
    return g_strdup_printf ("%s：%s的网络带宽不够（需要%u kbit/s，只有%u kbit/s）", when,
                            or_empty (c->school_name), c->used_kbps, c->capacity_kbps);
  case CR_CONFLICT_NO_BELL:
    return g_strdup_printf ("%s：%s当天没有这一节课", when, or_empty (c->school_name));
  }
  return g_strdup (when);
}

static gchar *
sentence_en (const CrConflict *c, const gchar *when)
{
  switch (c->kind) {
  case CR_CONFLICT_TEACHER:
    return g_strdup_printf ("%s: %s teaches “%s”", when, or_empty (c->resource_name),
                            or_empty (c->other_title));
  case CR_CONFLICT_HOST_CLASSROOM:
  case CR_CONFLICT_LISTENING_CLASSROOM:
    return g_strdup_printf ("%s: classroom “%s” of %s is taken by “%s” (%s)", when,
                            or_empty (c->resource_name), or_empty (c->school_name), or_empty (c->other_title),
                            or_empty (c->other_teacher_name));
  case CR_CONFLICT_LISTENING_CLASS:
    return g_strdup_printf ("%s: class %s of %s has “%s” (%s)", when, or_empty (c->resource_name),
                            or_empty (c->school_name), or_empty (c->other_title),
                            or_empty (c->other_teacher_name));
  case CR_CONFLICT_BUSY:
  case CR_CONFLICT_EXAM:
  case CR_CONFLICT_CLOSURE: {
    static const gchar *const words[] = {"is busy", "has exams", "is closed"};
    gboolean whole_school = g_strcmp0 (c->resource_id, c->school_id) == 0;

    return g_strdup_printf ("%s: %s%s%s %s%s%s", when, whole_school ? "" : "class ",
                            whole_school ? "" : or_empty (c->resource_name),
                            whole_school ? or_empty (c->school_name) : "", words[c->kind - CR_CONFLICT_BUSY],
                            *or_empty (c->reason) != '\0' ? ": " : "", or_empty (c->reason));
  }
  case CR_CONFLICT_UPLINK:
    return g_strdup_printf ("%s: the line of %s is too small (%u kbit/s needed, %u there)", when,
                            or_empty (c->school_name), c->used_kbps, c->capacity_kbps);
  case CR_CONFLICT_NO_BELL:
    return g_strdup_printf ("%s: %s has no such period that day", when, or_empty (c->school_name));
  }
  return g_strdup (when);
}

gchar *
cr_conflict_sentence (const CrTimetable *timetable, const CrConflict *conflict, gboolean chinese)
{
  g_autofree gchar *when = time_range (timetable, conflict);

  return chinese ? sentence_zh (conflict, when) : sentence_en (conflict, when);
}

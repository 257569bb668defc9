/* SPDX-License-Identifier: Apache-2.0
 *
 * A course: one row of the term's timetable, which meets weekly; and the weeks it meets in.
 *
 * Thread: [any], once it is no longer edited.
 */
#pragma once

#include "schedule/calendar-date.h"

G_BEGIN_DECLS

/* Bit n-1 stands for week n. */
typedef guint64 CrWeeks;

#define CR_WEEKS_ALL  ((G_GUINT64_CONSTANT (1) << 60) - 1)
#define CR_WEEKS_ODD  (CR_WEEKS_ALL & G_GUINT64_CONSTANT (0x5555555555555555))
#define CR_WEEKS_EVEN (CR_WEEKS_ALL & G_GUINT64_CONSTANT (0xaaaaaaaaaaaaaaaa))

/* "all", "odd", "even" or a list such as "1,3,5-8". FALSE for anything else, an empty list included. */
gboolean cr_weeks_parse (const gchar *text, CrWeeks *weeks);
gchar *cr_weeks_format (CrWeeks weeks);

static inline gboolean
cr_weeks_contain (CrWeeks weeks, guint week)
{
  return week >= 1 && week <= 60 && (weeks >> (week - 1) & 1) != 0;
}

typedef enum { CR_COURSE_DELIVERED, CR_COURSE_MASTER, CR_COURSE_OPEN } CrCourseKind;
typedef enum { CR_PRIORITY_CAMERA, CR_PRIORITY_SCREEN } CrCoursePriority;

/* "delivered", "master", "open"; "camera", "screen". Parsing is FALSE for another word. */
const gchar *cr_course_kind_name (CrCourseKind kind);
gboolean cr_course_kind_parse (const gchar *text, CrCourseKind *kind);
const gchar *cr_course_priority_name (CrCoursePriority priority);
gboolean cr_course_priority_parse (const gchar *text, CrCoursePriority *priority);

/* A class that listens, and where it sits. */
typedef struct {
  gchar *class_id;
  gchar *classroom_id;
} CrCourseClass;

typedef struct {
  gchar *id;
  gchar *term_id;
  gchar *code; /* the coordinator's own key; may be NULL */
  CrCourseKind kind;
  gchar *subject;
  guint grade;
  gchar *unit;  /* may be NULL */
  gchar *title; /* may be NULL */
  gchar *teacher_id;
  gchar *host_classroom_id;
  CrCoursePriority priority;
  guint weekday; /* 1 … 7 */
  guint period;  /* of the host school's bells */
  CrWeeks weeks;
  guint rate_kbps;
  guint version;
  gint64 created_at; /* unix seconds */
  gint64 moved_at;   /* when weekday, period, weeks or host classroom were last edited; 0: never */
  gboolean deleted;  /* its opened lessons stay */
  GArray *classes;   /* CrCourseClass, in the order entered */
} CrCourse;

/* All empty but `id`; the caller fills the fields in (strings are the course's). */
CrCourse *cr_course_new (const gchar *id);
CrCourse *cr_course_copy (const CrCourse *course);
void cr_course_free (CrCourse *course);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrCourse, cr_course_free)

/* Whether both meet at the same times: the weekday, the period, the weeks, and the host classroom, whose
 * school's bells they are. */
gboolean cr_course_same_times (const CrCourse *a, const CrCourse *b);

void cr_course_add_class (CrCourse *course, const gchar *class_id, const gchar *classroom_id);
const CrCourseClass *cr_course_class (const CrCourse *course, guint index);

G_END_DECLS

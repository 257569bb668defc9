/* SPDX-License-Identifier: Apache-2.0
 *
 * Courses as plain structs, and their weeks as a mask that is read from and written as text.
 */
#include "schedule/course.h"

#include "schedule/term.h"

#include <string.h>

G_STATIC_ASSERT (CR_TERM_MAX_WEEKS == 60); /* the width of CR_WEEKS_ALL */

static const gchar *const kind_names[] = {"delivered", "master", "open"};
static const gchar *const priority_names[] = {"camera", "screen"};

/* A week's number with nothing around it. 0 when it is none. */
static guint
read_week (const gchar *text, gsize length)
{
  guint week = 0;

  if (length < 1 || length > 2)
    return 0;
  for (gsize i = 0; i < length; i++) {
    if (!g_ascii_isdigit (text[i]))
      return 0;
    week = 10 * week + (guint)(text[i] - '0');
  }
  return week <= CR_TERM_MAX_WEEKS ? week : 0;
}

static gboolean
add_week_item (const gchar *item, CrWeeks *weeks)
{
  const gchar *dash = strchr (item, '-');
  guint from = read_week (item, dash == NULL ? strlen (item) : (gsize)(dash - item));
  guint to = dash == NULL ? from : read_week (dash + 1, strlen (dash + 1));

  if (from == 0 || to < from)
    return FALSE;
  for (guint week = from; week <= to; week++)
    *weeks |= G_GUINT64_CONSTANT (1) << (week - 1);
  return TRUE;
}

gboolean
cr_weeks_parse (const gchar *text, CrWeeks *weeks)
{
  g_auto (GStrv) items = NULL;
  CrWeeks listed = 0;

  if (text == NULL)
    return FALSE;
  if (strcmp (text, "all") == 0)
    return *weeks = CR_WEEKS_ALL, TRUE;
  if (strcmp (text, "odd") == 0)
    return *weeks = CR_WEEKS_ODD, TRUE;
  if (strcmp (text, "even") == 0)
    return *weeks = CR_WEEKS_EVEN, TRUE;

  items = g_strsplit (text, ",", CR_TERM_MAX_WEEKS + 1);
  for (guint i = 0; items[i] != NULL; i++) {
    if (!add_week_item (g_strstrip (items[i]), &listed))
      return FALSE;
  }
  if (listed == 0)
    return FALSE;
  *weeks = listed;
  return TRUE;
}

gchar *
cr_weeks_format (CrWeeks weeks)
{
  GString *text;

  if (weeks == CR_WEEKS_ALL)
    return g_strdup ("all");
  if (weeks == CR_WEEKS_ODD)
    return g_strdup ("odd");
  if (weeks == CR_WEEKS_EVEN)
    return g_strdup ("even");

  text = g_string_new (NULL);
  for (guint week = 1; week <= CR_TERM_MAX_WEEKS; week++) {
    guint first = week;

    if (!cr_weeks_contain (weeks, week))
      continue;
    while (cr_weeks_contain (weeks, week + 1))
      week++;
    g_string_append_printf (text, "%s%u", text->len > 0 ? "," : "", first);
    if (week > first)
      g_string_append_printf (text, "-%u", week);
  }
  return g_string_free (text, FALSE);
}

static gboolean
find_name (const gchar *const *names, guint n_names, const gchar *text, guint *index)
{
  for (guint i = 0; i < n_names; i++) {
    if (g_strcmp0 (text, names[i]) == 0) {
      *index = i;
      return TRUE;
    }
  }
  return FALSE;
}

const gchar *
cr_course_kind_name (CrCourseKind kind)
{
  return kind_names[kind];
}

gboolean
cr_course_kind_parse (const gchar *text, CrCourseKind *kind)
{
  return find_name (kind_names, G_N_ELEMENTS (kind_names), text, kind);
}

const gchar *
cr_course_priority_name (CrCoursePriority priority)
{
  return priority_names[priority];
}

gboolean
cr_course_priority_parse (const gchar *text, CrCoursePriority *priority)
{
  return find_name (priority_names, G_N_ELEMENTS (priority_names), text, priority);
}

static void
class_clear (gpointer data)
{
  CrCourseClass *entry = data;

  g_free (entry->class_id);
  g_free (entry->classroom_id);
}

CrCourse *
cr_course_new (const gchar *id)
{
  CrCourse *course = g_new0 (CrCourse, 1);

  course->id = g_strdup (id);
  course->weeks = CR_WEEKS_ALL;
  course->classes = g_array_new (FALSE, FALSE, sizeof (CrCourseClass));
  g_array_set_clear_func (course->classes, class_clear);
  return course;
}

CrCourse *
cr_course_copy (const CrCourse *course)
{
  CrCourse *copy = g_memdup2 (course, sizeof *course);

  copy->id = g_strdup (course->id);
  copy->term_id = g_strdup (course->term_id);
  copy->code = g_strdup (course->code);
  copy->subject = g_strdup (course->subject);
  copy->unit = g_strdup (course->unit);
  copy->title = g_strdup (course->title);
  copy->teacher_id = g_strdup (course->teacher_id);
  copy->host_classroom_id = g_strdup (course->host_classroom_id);
  copy->classes = g_array_new (FALSE, FALSE, sizeof (CrCourseClass));
  g_array_set_clear_func (copy->classes, class_clear);
  for (guint i = 0; i < course->classes->len; i++)
    cr_course_add_class (copy, cr_course_class (course, i)->class_id,
                         cr_course_class (course, i)->classroom_id);
  return copy;
}

void
cr_course_free (CrCourse *course)
{
  if (course == NULL)
    return;
  g_free (course->id);
  g_free (course->term_id);
  g_free (course->code);
  g_free (course->subject);
  g_free (course->unit);
  g_free (course->title);
  g_free (course->teacher_id);
  g_free (course->host_classroom_id);
  g_array_unref (course->classes);
  g_free (course);
}

gboolean
cr_course_same_times (const CrCourse *a, const CrCourse *b)
{
  return a->weekday == b->weekday && a->period == b->period && a->weeks == b->weeks &&
         g_strcmp0 (a->host_classroom_id, b->host_classroom_id) == 0;
}

void
cr_course_add_class (CrCourse *course, const gchar *class_id, const gchar *classroom_id)
{
  CrCourseClass entry = {.class_id = g_strdup (class_id), .classroom_id = g_strdup (classroom_id)};

  g_array_append_val (course->classes, entry);
}

const CrCourseClass *
cr_course_class (const CrCourse *course, guint index)
{
  return &g_array_index (course->classes, CrCourseClass, index);
}

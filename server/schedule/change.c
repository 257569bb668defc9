/* SPDX-License-Identifier: Apache-2.0
 *
 * Changes as plain structs, their order and what each kind must say.
 */
#include "schedule/change.h"

#include "schedule/schedule-error.h"

static const gchar *const kind_names[] = {"move", "cancel", "staff", "add"};

const gchar *
cr_change_kind_name (CrChangeKind kind)
{
  return kind_names[kind];
}

gboolean
cr_change_kind_parse (const gchar *text, CrChangeKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (kind_names); i++) {
    if (g_strcmp0 (text, kind_names[i]) == 0) {
      *kind = i;
      return TRUE;
    }
  }
  return FALSE;
}

CrChange *
cr_change_new (const gchar *id, const gchar *course_id, CrChangeKind kind, CrDate date)
{
  CrChange *change = g_new0 (CrChange, 1);

  change->id = g_strdup (id);
  change->course_id = g_strdup (course_id);
  change->kind = kind;
  change->date = date;
  change->new_date = CR_DATE_NONE;
  return change;
}

CrChange *
cr_change_copy (const CrChange *change)
{
  CrChange *copy = g_memdup2 (change, sizeof *change);

  copy->id = g_strdup (change->id);
  copy->course_id = g_strdup (change->course_id);
  copy->new_teacher_id = g_strdup (change->new_teacher_id);
  copy->reason = g_strdup (change->reason);
  copy->created_by = g_strdup (change->created_by);
  return copy;
}

void
cr_change_free (CrChange *change)
{
  if (change == NULL)
    return;
  g_free (change->id);
  g_free (change->course_id);
  g_free (change->new_teacher_id);
  g_free (change->reason);
  g_free (change->created_by);
  g_free (change);
}

gint
cr_change_compare (const CrChange *a, const CrChange *b)
{
  if (a->created_at != b->created_at)
    return a->created_at < b->created_at ? -1 : 1;
  return g_strcmp0 (a->id, b->id);
}

static const gchar *
what_is_wrong (const CrChange *change)
{
  gboolean added = change->kind == CR_CHANGE_ADD;
  gboolean placed = change->kind == CR_CHANGE_MOVE || added;

  if (added != (change->date == CR_DATE_NONE))
    return added ? "an added lesson has no date of the weekly rule" : "which lesson? its date is missing";
  if (added && change->new_date == CR_DATE_NONE)
    return "an added lesson needs a date";
  if (change->kind == CR_CHANGE_MOVE && change->new_date == CR_DATE_NONE && change->new_period == 0)
    return "where to? a moved lesson needs a date or a period";
  if (!placed && (change->new_date != CR_DATE_NONE || change->new_period != 0))
    return "only moved and added lessons have a new date or period";
  if (change->kind == CR_CHANGE_STAFF && change->new_teacher_id == NULL)
    return "which teacher? a substitution names one";
  if (change->kind == CR_CHANGE_CANCEL && change->new_teacher_id != NULL)
    return "a cancelled lesson has no new teacher";
  return NULL;
}

gboolean
cr_change_validate (const CrChange *change, GError **error)
{
  const gchar *wrong = what_is_wrong (change);

  if (wrong != NULL)
    g_set_error_literal (error, CR_SCHEDULE_ERROR, CR_SCHEDULE_ERROR_INVALID, wrong);
  return wrong == NULL;
}

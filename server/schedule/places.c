/* SPDX-License-Identifier: Apache-2.0
 *
 * Places as plain structs, and which part of a day a busy time takes.
 */
#include "schedule/places.h"

#define MINUTES_PER_DAY 1440

static const gchar *const busy_kind_names[] = {"busy", "exam", "closure"};

CrPlaceSchool *
cr_place_school_new (const gchar *id, const gchar *code, const gchar *name, const gchar *district,
                     guint uplink_kbps)
{
  CrPlaceSchool *school = g_new0 (CrPlaceSchool, 1);

  school->id = g_strdup (id);
  school->code = g_strdup (code);
  school->name = g_strdup (name);
  school->district = g_strdup (district);
  school->uplink_kbps = uplink_kbps;
  return school;
}

void
cr_place_school_free (CrPlaceSchool *school)
{
  if (school == NULL)
    return;
  g_free (school->id);
  g_free (school->code);
  g_free (school->name);
  g_free (school->district);
  g_free (school);
}

CrPlaceRoom *
cr_place_room_new (const gchar *id, const gchar *school_id, const gchar *code, const gchar *name)
{
  CrPlaceRoom *room = g_new0 (CrPlaceRoom, 1);

  room->id = g_strdup (id);
  room->school_id = g_strdup (school_id);
  room->code = g_strdup (code);
  room->name = g_strdup (name);
  return room;
}

void
cr_place_room_free (CrPlaceRoom *room)
{
  if (room == NULL)
    return;
  g_free (room->id);
  g_free (room->school_id);
  g_free (room->code);
  g_free (room->name);
  g_free (room);
}

CrPlaceClass *
cr_place_class_new (const gchar *id, const gchar *school_id, guint grade, guint number, guint pupils)
{
  CrPlaceClass *klass = g_new0 (CrPlaceClass, 1);

  klass->id = g_strdup (id);
  klass->school_id = g_strdup (school_id);
  klass->grade = grade;
  klass->number = number;
  klass->pupils = pupils;
  return klass;
}

void
cr_place_class_free (CrPlaceClass *klass)
{
  if (klass == NULL)
    return;
  g_free (klass->id);
  g_free (klass->school_id);
  g_free (klass);
}

CrPlaceTeacher *
cr_place_teacher_new (const gchar *id, const gchar *code, const gchar *name, const gchar *school_id)
{
  CrPlaceTeacher *teacher = g_new0 (CrPlaceTeacher, 1);

  teacher->id = g_strdup (id);
  teacher->code = g_strdup (code);
  teacher->name = g_strdup (name);
  teacher->school_id = g_strdup (school_id);
  return teacher;
}

void
cr_place_teacher_free (CrPlaceTeacher *teacher)
{
  if (teacher == NULL)
    return;
  g_free (teacher->id);
  g_free (teacher->code);
  g_free (teacher->name);
  g_free (teacher->school_id);
  g_free (teacher);
}

const gchar *
cr_busy_kind_name (CrBusyKind kind)
{
  return busy_kind_names[kind];
}

gboolean
cr_busy_kind_parse (const gchar *text, CrBusyKind *kind)
{
  for (guint i = 0; i < G_N_ELEMENTS (busy_kind_names); i++) {
    if (g_strcmp0 (text, busy_kind_names[i]) == 0) {
      *kind = i;
      return TRUE;
    }
  }
  return FALSE;
}

CrBusy *
cr_busy_new (const gchar *id, const gchar *school_id, CrBusyKind kind, CrDate from_date, CrDate to_date)
{
  CrBusy *busy = g_new0 (CrBusy, 1);

  busy->id = g_strdup (id);
  busy->school_id = g_strdup (school_id);
  busy->kind = kind;
  busy->from_date = from_date;
  busy->to_date = to_date;
  busy->start_minute = -1;
  busy->end_minute = -1;
  return busy;
}

CrBusy *
cr_busy_copy (const CrBusy *busy)
{
  CrBusy *copy = g_memdup2 (busy, sizeof *busy);

  copy->id = g_strdup (busy->id);
  copy->school_id = g_strdup (busy->school_id);
  copy->class_id = g_strdup (busy->class_id);
  copy->reason = g_strdup (busy->reason);
  return copy;
}

void
cr_busy_free (CrBusy *busy)
{
  if (busy == NULL)
    return;
  g_free (busy->id);
  g_free (busy->school_id);
  g_free (busy->class_id);
  g_free (busy->reason);
  g_free (busy);
}

gboolean
cr_busy_takes_class (const CrBusy *busy, const CrPlaceClass *klass)
{
  if (g_strcmp0 (busy->school_id, klass->school_id) != 0)
    return FALSE;
  if (busy->class_id != NULL)
    return g_strcmp0 (busy->class_id, klass->id) == 0;
  return busy->grade == 0 || busy->grade == klass->grade;
}

gboolean
cr_busy_takes_school (const CrBusy *busy)
{
  return busy->class_id == NULL && busy->grade == 0;
}

gboolean
cr_busy_on (const CrBusy *busy, const CrTerm *term, CrDate date, gint64 *start_s, gint64 *end_s)
{
  gboolean all_day = busy->start_minute < 0 || busy->end_minute < 0;

  if (date < busy->from_date || date > busy->to_date)
    return FALSE;
  if (busy->weekday != 0) {
    CrDate followed = cr_term_followed_date (term, date);

    if (followed == CR_DATE_NONE || cr_date_weekday (followed) != busy->weekday)
      return FALSE;
  }
  *start_s = cr_term_unix_s (term, date, all_day ? 0 : (guint)busy->start_minute);
  *end_s = cr_term_unix_s (term, date, all_day ? MINUTES_PER_DAY : (guint)busy->end_minute);
  return *start_s < *end_s;
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * A change of one lesson: moved (调课), cancelled (停课), given another teacher (代课) or added (补课).
 * Changes are never edited: a later one goes over an earlier one, and a withdrawn one counts as never made.
 *
 * Thread: [any].
 */
#pragma once

#include "schedule/calendar-date.h"

G_BEGIN_DECLS

typedef enum { CR_CHANGE_MOVE, CR_CHANGE_CANCEL, CR_CHANGE_STAFF, CR_CHANGE_ADD } CrChangeKind;

/* "move", "cancel", "staff", "add". */
const gchar *cr_change_kind_name (CrChangeKind kind);
gboolean cr_change_kind_parse (const gchar *text, CrChangeKind *kind);

typedef struct {
  gchar *id;
  gchar *course_id;
  CrDate date; /* the weekly rule's date of the lesson; CR_DATE_NONE for an added one */
  CrChangeKind kind;
  CrDate new_date;       /* move, add; CR_DATE_NONE in a move: the same day, another period */
  guint new_period;      /* move, add; 0: the course's */
  gchar *new_teacher_id; /* staff, and where a move or an added lesson has another teacher too; else NULL */
  gchar *reason;         /* may be NULL */
  gint64 created_at;     /* unix seconds; of two changes of a lesson the later holds, then the greater id */
  gchar *created_by;
  gint64 withdrawn_at; /* 0: it holds */
} CrChange;

CrChange *cr_change_new (const gchar *id, const gchar *course_id, CrChangeKind kind, CrDate date);
CrChange *cr_change_copy (const CrChange *change);
void cr_change_free (CrChange *change);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrChange, cr_change_free)

/* <0, 0, >0: which of two changes was made first. */
gint cr_change_compare (const CrChange *a, const CrChange *b);

/* Whether it means something by itself: dates present where its kind needs them, absent where not. Error:
 * CR_SCHEDULE_ERROR_INVALID. */
gboolean cr_change_validate (const CrChange *change, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

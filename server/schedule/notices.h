/* SPDX-License-Identifier: Apache-2.0
 *
 * What a change tells, in Chinese and English, and whom: the teacher (and the one who gives the lesson away),
 * the schools and the classrooms of the lesson before and after. Keeping and acknowledging notices is the
 * store's.
 *
 * Thread: [any]; pure.
 */
#pragma once

#include "schedule/conflict.h"

G_BEGIN_DECLS

typedef enum { CR_RECIPIENT_TEACHER, CR_RECIPIENT_SCHOOL, CR_RECIPIENT_CLASSROOM } CrRecipientKind;

/* "teacher", "school", "classroom". */
const gchar *cr_recipient_kind_name (CrRecipientKind kind);
gboolean cr_recipient_kind_parse (const gchar *text, CrRecipientKind *kind);

typedef struct {
  CrRecipientKind kind;
  gchar *id;
} CrNoticeRecipient;

typedef struct {
  gchar *kind; /* "move", "cancel", "staff", "add", "withdraw", "course_new", "course_edit", "course_delete",
                  "clash" */
  gchar *course_id;
  gchar *lesson_id; /* NULL for a course's notice */
  gint64
      due_at; /* unix seconds of the earliest bell concerned: unread ones rise 30 minutes before; 0: none */
  gchar *text_zh;
  gchar *text_en;
  GPtrArray *recipients; /* CrNoticeRecipient, each once */
} CrNotice;

void cr_notice_free (CrNotice *notice);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrNotice, cr_notice_free)

/* Of a single change that was made or (withdrawn) taken back: `before` and `after` are the timetable without
 * and with it. */
CrNotice *cr_notice_for_change (const CrTimetable *before, const CrTimetable *after, const CrChange *change,
                                gboolean withdrawn);

/* Of a course entered (`before` NULL), edited, or deleted (`after` NULL or deleted). NULL when nothing that
 * anyone would notice is different. `now_s` picks the first lesson that is still to come. */
CrNotice *cr_notice_for_course (const CrTimetable *timetable, const CrCourse *before, const CrCourse *after,
                                gint64 now_s);

/* Of an edit of something else that stands although lessons of a course clash: `meeting` is the first of
 * them, with what it clashes, and `n_lessons` are they all. */
CrNotice *cr_notice_for_clash (const CrTimetable *timetable, const CrMeeting *meeting,
                               const CrConflict *conflict, guint n_lessons);

G_END_DECLS

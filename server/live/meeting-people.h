/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom a lesson of the timetable concerns, in the words of the table of rules.
 *
 * Thread: [any].
 */
#pragma once

#include "live/lesson-people.h"
#include "schedule/timetable.h"

G_BEGIN_DECLS

/* Of a lesson of `course` with the teacher and host classroom that it has. Free with cr_lesson_people_free().
 */
CrLessonPeople *cr_meeting_people (const CrTimetable *timetable, const CrCourse *course,
                                   const gchar *teacher_id, const gchar *host_classroom_id);

/* What the actor may do with it. */
gboolean cr_meeting_authorize (const CrTimetable *timetable, const CrMeeting *meeting, const CrActor *actor,
                               CrVerb verb);

G_END_DECLS

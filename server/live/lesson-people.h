/* SPDX-License-Identifier: Apache-2.0
 *
 * Whom a lesson concerns, as the timetable says when it opens. Without it only tokens, and coordinators who
 * reach everything, have to do with the lesson.
 *
 * Thread: [main].
 */
#pragma once

#include "people/authorize.h"

G_BEGIN_DECLS

/* A classroom that listens. */
typedef struct {
  gchar *classroom_id;
  gchar *school_id; /* NULL: not known */
  gchar *name;      /* as the wall calls it: "龙驹 三(1)" */
} CrListener;

CrListener *cr_listener_new (const gchar *classroom_id, const gchar *school_id, const gchar *name);
void cr_listener_free (CrListener *listener);

typedef struct {
  CrLessonKind kind;
  gchar *district;                                  /* the host school's */
  gchar *school_id;                                 /* the host school */
  gchar *classroom_id;                              /* the host classroom */
  gchar *teacher_id;                                /* who gives it, the substitute when there is one */
  gchar **school_ids, **classroom_ids, **districts; /* all that take part, the host too */
  GPtrArray *listeners;                             /* CrListener, in the course's order; without the host */
} CrLessonPeople;

CrLessonPeople *cr_lesson_people_copy (const CrLessonPeople *people);
void cr_lesson_people_free (CrLessonPeople *people);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLessonPeople, cr_lesson_people_free)

/* `people` may be NULL. Borrows from both. */
void cr_lesson_people_to_object (const CrLessonPeople *people, const gchar *lesson_id, CrObject *object);

G_END_DECLS

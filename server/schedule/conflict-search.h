/* SPDX-License-Identifier: Apache-2.0
 *
 * One search for clashes, used by conflict.c for the named list and by free-period.h for yes or no. Private
 * to the folder.
 *
 * Thread: [any]; pure.
 */
#pragma once

#include "schedule/conflict.h"
#include "schedule/timetable-index.h"

G_BEGIN_DECLS

typedef struct {
  const CrTimetable *timetable;
  const CrTimetableIndex *index;
  const gchar *without_course_id;  /* its lessons are not compared with; NULL: all are */
  const CrMeeting *without_lesson; /* nor is this one; may be NULL */
  gboolean each_pair_once;         /* compare only with meetings before the candidate in the index */
  GPtrArray *found;                /* of CrConflict; NULL: stop at the first */
  guint max;                       /* of `found`; 0: CR_CONFLICTS_MAX */
  gboolean any;
} CrConflictSearch;

/* Compares one candidate, whose course takes `resources`. Cancelled ones clash with nothing. */
void cr_conflict_search_meeting (CrConflictSearch *search, const CrMeeting *meeting,
                                 const CrResources *resources);

/* Compares two lessons of one course, which take the same; `other` as the one that is in the way. */
void cr_conflict_search_sibling (CrConflictSearch *search, const CrMeeting *meeting, const CrMeeting *other,
                                 const CrResources *resources);

/* One lesson and one busy time: reports what it takes of the lesson. */
void cr_conflict_search_busy (CrConflictSearch *search, const CrMeeting *meeting,
                              const CrResources *resources, const CrBusy *busy);

/* Nothing more need be looked for. */
static inline gboolean
cr_conflict_search_done (const CrConflictSearch *search)
{
  return search->found == NULL ? search->any
                               : search->found->len >= (search->max != 0 ? search->max : CR_CONFLICTS_MAX);
}

G_END_DECLS

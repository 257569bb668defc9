/* SPDX-License-Identifier: Apache-2.0
 *
 * The viewers of a lesson on one further worker: a replica of the lesson's fan-out there, and their peers.
 * Made when the first of them comes, retired with the last.
 *
 * Three threads touch it, each its own part: main sends messages, the home worker owns the tap, the further
 * worker owns replica and viewers. It ends as it begins, with a message that passes all of them: main →
 * home (the tap closes: no feed follows) → worker (viewers say goodbye) → home (no request follows; freed).
 */
#pragma once

#include "lesson-media.h"

G_BEGIN_DECLS

typedef struct CrLessonBranch CrLessonBranch;

/* `link` is referenced. The lesson's worker is another one than `worker`. [main] */
CrLessonBranch *cr_lesson_branch_new (CrLessonMedia *media, CrWorker *worker, CrLessonLink *link);

/* Says goodbye to its viewers and frees itself, some time later; until then all three workers are needed.
 * [main] */
void cr_lesson_branch_retire (CrLessonBranch *branch);

CrWorker *cr_lesson_branch_get_worker (CrLessonBranch *branch); /* [main], not retired */

/* `arrival` as in lesson-media.h, of a viewer that may not see the wall. [main] */
void cr_lesson_branch_add_viewer (CrLessonBranch *branch, const CrLessonArrival *arrival);
void cr_lesson_branch_remove_peer (CrLessonBranch *branch, const gchar *peer_id);
void cr_lesson_branch_restart_ice (CrLessonBranch *branch, const gchar *peer_id,
                                   const CrIceCredentials *local, const gchar *remote_ufrag);

/* Fills in the figures of its viewers. [media] of its worker */
void cr_lesson_branch_get_stats (CrLessonBranch *branch, CrLessonStats *stats);

/* The floor is another, from here on in what the branch gets. [media] of the home worker */
void cr_lesson_branch_set_floor (CrLessonBranch *branch, const CrFloorHolder holders[CR_N_FLOORS]);

G_END_DECLS

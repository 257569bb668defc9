/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson's wall: starts wall-pipeline.h while somebody looks, hands it the small layer of each classroom
 * from the tees, and gives what it makes to the fan-out. Part of the lesson's media half (lesson-media.h).
 *
 * Thread: [media] but for cr_lesson_wall_free().
 */
#pragma once

#include "lesson-media.h"

G_BEGIN_DECLS

CrLessonWall *cr_lesson_wall_new (CrLessonMedia *media);

/* Starts, stops or lays out the wall anew, by who views it and by `media->wall_owners`. To be called whenever
 * a viewer has connected or is gone, or the owners are others. */
void cr_lesson_wall_update (CrLessonWall *wall);

/* A stream of the publisher has its tee. */
void cr_lesson_wall_admit_stream (CrLessonWall *wall, CrLessonPeer *publisher, guint number);

/* The publisher's tees are about to go. */
void cr_lesson_wall_forget_publisher (CrLessonWall *wall, CrLessonPeer *publisher);

/* The lesson ends: lets go of tees and fan-out at once. */
void cr_lesson_wall_close (CrLessonWall *wall);

/* After close(): waits for the wall's thread, for which the worker has to run. [main] */
void cr_lesson_wall_free (CrLessonWall *wall);

G_END_DECLS

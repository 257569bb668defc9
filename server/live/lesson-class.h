/* SPDX-License-Identifier: Apache-2.0
 *
 * The class of a running lesson: what its people do there. Each action reaches the media side in the same
 * turn of the main loop, then those who watch the lesson, then the disk; cr_lesson_when_kept() says when it
 * is safe. After a restart a lesson begins with what was kept, before anybody joins.
 *
 *   cr_lesson_set_floor() ──▶ CrFloor ──▶ cr_lesson_pipeline_set_floor()
 *                                    ├──▶ the watcher: topics
 *                                    └──▶ keeper ──▶ store ──▶ cr_lesson_when_kept()
 *
 * Thread: [main].
 */
#pragma once

#include "live/floor.h"
#include "live/health.h"
#include "live/lessons.h"

G_BEGIN_DECLS

/* Whose classroom's key an actor speaks for in this lesson: the device of a classroom for that, a lesson's
 * token for itself, an assistant for his school's first classroom here; NULL for everybody else. Borrowed
 * until the roster changes. */
const gchar *cr_lesson_classroom_of (CrLesson *lesson, const CrActor *actor);

/* The actions. All may be repeated: what is so already changes nothing, and is kept and told once. Errors:
 * CR_LIVE_ERROR_NO_CLASSROOM, _INVALID, _ENDED. */
gboolean cr_lesson_set_hand (CrLesson *lesson, const gchar *classroom, gboolean raised,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* The whole floor, 0 to 2 keys, NULL-terminated; who keeps it keeps its slot. */
gboolean cr_lesson_set_floor (CrLesson *lesson, const gchar *const *classrooms,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_lesson_set_muted (CrLesson *lesson, const gchar *classroom, gboolean muted,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_lesson_add_note (CrLesson *lesson, const gchar *classroom, const gchar *code, const gchar *text,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;
/* `who`: a classroom's key or CR_CALL_BY_TEACHER. */
gboolean cr_lesson_set_call (CrLesson *lesson, const gchar *who, gboolean open,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Calls `done` once everything done so far is on the disk, or could not be written (CR_STORE_ERROR; what
 * was done counts all the same, and is written later). Before it returns where there is nothing to wait for:
 * no store, nothing changed. */
typedef void (*CrLessonKeptFunc) (const GError *error, gpointer data);
void cr_lesson_when_kept (CrLesson *lesson, CrLessonKeptFunc done, gpointer data);

/* As it is; never NULL. */
const CrFloor *cr_lesson_get_floor_state (CrLesson *lesson);

/* "open" until the teacher's camera or screen first flows, then "live", at last "ended". */
const gchar *cr_lesson_get_state (CrLesson *lesson);

/* How a classroom's line is, as of the last tick; never NULL for a key of the roster. */
const CrHealth *cr_lesson_get_health (CrLesson *lesson, const gchar *classroom);

/* Tells the watcher of something that is kept elsewhere (CR_TOPIC_SLIDE). */
void cr_lesson_tell (CrLesson *lesson, guint topics);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * What a simulated classroom knows of the lesson from its events: who is who, who has the floor, whose voice
 * is muted. Fed with the documents of event-stream.h.
 *
 * Thread: one.
 */
#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct CrLessonView CrLessonView;

CrLessonView *cr_lesson_view_new (void);
void cr_lesson_view_free (CrLessonView *view);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLessonView, cr_lesson_view_free)

/* A whole document or a part of one; of `classrooms` only changed rows. What has another shape is passed
 * over. */
void cr_lesson_view_apply (CrLessonView *view, JsonObject *document);

/* Numbers are places in the roster, from 1 on. NULL when there is no such classroom. */
const gchar *cr_lesson_view_get_key (CrLessonView *view, guint number);

gboolean cr_lesson_view_has_floor (CrLessonView *view, guint number);
gboolean cr_lesson_view_is_muted (CrLessonView *view, guint number);

G_END_DECLS

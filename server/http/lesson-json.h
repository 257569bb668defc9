/* SPDX-License-Identifier: Apache-2.0
 *
 * A running lesson as JSON: one document, made of parts that change together. Event streams send it whole,
 * then single parts as they change; GET /api/v1/lessons/{lesson} answers with the same. Who gives the lesson
 * sees more than the others: notes, calls, how each line fares.
 *
 * Thread: [main].
 */
#pragma once

#include "http/event-log.h"
#include "http/http.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

/* For whom an actor's copy is. */
CrAudience cr_lesson_audience (CrLesson *lesson, const CrActor *actor);

/* What the reader is in the lesson, and whether the classroom that he speaks for calls the coordinator: that
 * is told to nobody else of his audience. A member of the open object. */
void cr_lesson_json_add_you (JsonBuilder *builder, CrLesson *lesson, const CrActor *actor);
gboolean cr_lesson_is_calling (CrLesson *lesson, const CrActor *actor);

/* All members of the document for `actor`, added to the open object. */
void cr_lesson_json_add_document (JsonBuilder *builder, CrHttp *http, CrLesson *lesson, const CrActor *actor);

/* What is told by an event of its own. */
typedef struct {
  guint topic;       /* of CrTopics */
  const gchar *name; /* of the event */
  gboolean is_private;
  void (*add) (JsonBuilder *builder, CrHttp *http, CrLesson *lesson); /* its members, to the open object */
} CrLessonPart;

/* In the order in which their events are sent when several change at once. */
extern const CrLessonPart cr_lesson_parts[];
extern const guint cr_n_lesson_parts;

/* The row of one classroom, by its place in the roster. */
JsonNode *cr_lesson_json_classroom (CrLesson *lesson, guint index, CrAudience audience);

G_END_DECLS

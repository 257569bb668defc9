/* SPDX-License-Identifier: Apache-2.0
 *
 * The way back from a lesson's media half to its main half. The link outlives both, so that a fact on its way
 * to a freed lesson falls on the floor.
 */
#pragma once

#include "lesson-pipeline.h"

G_BEGIN_DECLS

typedef struct {
  gatomicrefcount ref_count;
  CrLessonPipeline *lesson; /* [main] NULL once the lesson is freed */
  void (*on_peer_gone) (CrLessonPipeline *lesson, const gchar *peer_id); /* [main] before its handler */
  const CrLessonHandler *handler;
  gpointer handler_data;
} CrLessonLink;

typedef enum {
  CR_LESSON_FACT_CONNECTED,
  CR_LESSON_FACT_CLOSED,
  CR_LESSON_FACT_SOURCE,
  CR_LESSON_FACT_CODEC,
  CR_LESSON_FACT_CLASSROOM
} CrLessonFactKind;

/* The members that its kind's function in CrLessonHandler takes. */
typedef struct {
  CrLessonFactKind kind;
  const gchar *peer_id;
  const gchar *owner;
  CrPeerEnd end;
  CrSource source;
  CrSlot slot;
  CrCodec codec;
  gboolean flag;
} CrLessonFact;

/* [main] */
CrLessonLink *cr_lesson_link_new (CrLessonPipeline *lesson, const CrLessonHandler *handler, gpointer data,
                                  void (*on_peer_gone) (CrLessonPipeline *lesson, const gchar *peer_id));
CrLessonLink *cr_lesson_link_ref (CrLessonLink *link); /* [any] */
void cr_lesson_link_unref (CrLessonLink *link);        /* [any] */

/* Calls the handler on the main thread, unless the lesson has been freed by then. Copies `fact`. [any] */
void cr_lesson_link_tell (CrLessonLink *link, const CrLessonFact *fact);

G_END_DECLS

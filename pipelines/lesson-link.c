/* SPDX-License-Identifier: Apache-2.0
 *
 * Facts as messages to the main thread, each with a reference to its link.
 */
#include "lesson-link.h"

#include "rtc/main-invoke.h"

typedef struct {
  CrLessonLink *link;
  CrLessonFact fact;
  gchar *peer_id;
  gchar *owner;
} Message;

CrLessonLink *
cr_lesson_link_new (CrLessonPipeline *lesson, const CrLessonHandler *handler, gpointer data,
                    void (*on_peer_gone) (CrLessonPipeline *lesson, const gchar *peer_id))
{
  CrLessonLink *link = g_new0 (CrLessonLink, 1);

  g_atomic_ref_count_init (&link->ref_count);
  link->lesson = lesson;
  link->handler = handler;
  link->handler_data = data;
  link->on_peer_gone = on_peer_gone;
  return link;
}

CrLessonLink *
cr_lesson_link_ref (CrLessonLink *link)
{
  g_atomic_ref_count_inc (&link->ref_count);
  return link;
}

void
cr_lesson_link_unref (CrLessonLink *link)
{
  if (g_atomic_ref_count_dec (&link->ref_count))
    g_free (link);
}

static void
tell_handler (const CrLessonLink *link, const CrLessonFact *fact)
{
  const CrLessonHandler *handler = link->handler;
  CrLessonPipeline *lesson = link->lesson;
  gpointer data = link->handler_data;

  switch (fact->kind) {
  case CR_LESSON_FACT_CONNECTED:
    handler->on_peer_connected (lesson, fact->peer_id, data);
    break;
  case CR_LESSON_FACT_CLOSED:
    link->on_peer_gone (lesson, fact->peer_id);
    handler->on_peer_closed (lesson, fact->peer_id, fact->end, data);
    break;
  case CR_LESSON_FACT_SOURCE:
    handler->on_source_changed (lesson, fact->source, fact->flag, data);
    break;
  case CR_LESSON_FACT_CODEC:
    handler->on_codec_missing (lesson, fact->peer_id, fact->slot, fact->codec, fact->flag, data);
    break;
  case CR_LESSON_FACT_CLASSROOM:
    handler->on_classroom_flowing (lesson, fact->owner, fact->flag, data);
    break;
  }
}

static void
deliver (gpointer data)
{
  Message *message = data;

  if (message->link->lesson != NULL)
    tell_handler (message->link, &message->fact);
  cr_lesson_link_unref (message->link);
  g_free (message->peer_id);
  g_free (message->owner);
  g_free (message);
}

void
cr_lesson_link_tell (CrLessonLink *link, const CrLessonFact *fact)
{
  Message *message = g_new0 (Message, 1);

  message->link = cr_lesson_link_ref (link);
  message->fact = *fact;
  message->peer_id = g_strdup (fact->peer_id);
  message->fact.peer_id = message->peer_id;
  message->owner = g_strdup (fact->owner);
  message->fact.owner = message->owner;
  cr_main_invoke (deliver, message);
}

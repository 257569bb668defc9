/* SPDX-License-Identifier: Apache-2.0
 *
 * The events of one lesson: what changed is encoded once for each audience and kept in the lesson's log.
 * Of the classrooms only the rows that differ from what was told last are told again. Knows no readers: texts
 * are handed to whoever sends them.
 *
 * Thread: [main].
 */
#pragma once

#include "http/event-log.h"
#include "http/http.h"

G_BEGIN_DECLS

typedef struct CrEventChannel CrEventChannel;

/* `http` and `lesson` outlive it; `counter` as for cr_event_log_new(). */
CrEventChannel *cr_event_channel_new (CrHttp *http, CrLesson *lesson, guint64 *counter);
void cr_event_channel_free (CrEventChannel *channel);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrEventChannel, cr_event_channel_free)

CrLesson *cr_event_channel_get_lesson (CrEventChannel *channel);

typedef void (*CrEventSendFunc) (CrAudience audience, GBytes *text, gpointer data);

/* `topics` (CrTopics) have changed: the events of that. FALSE when a classroom takes part no more, which rows
 * that are merged cannot say: everybody needs the document, and nothing before it is replayed. */
gboolean cr_event_channel_tell (CrEventChannel *channel, guint topics, CrEventSendFunc send, gpointer data);

/* The last event: the lesson is over. */
void cr_event_channel_tell_end (CrEventChannel *channel, CrEventSendFunc send, gpointer data);

/* The whole document for `actor`, as an event. */
GBytes *cr_event_channel_snapshot (CrEventChannel *channel, const CrActor *actor);

/* What the document says of `actor` alone, as an event, which is not replayed. */
GBytes *cr_event_channel_you (CrEventChannel *channel, const CrActor *actor);

/* As cr_event_log_replay(); NULL also when it would be more than `max_bytes`. */
GPtrArray *cr_event_channel_replay (CrEventChannel *channel, CrAudience audience, const gchar *last_event_id,
                                    gsize max_bytes);

G_END_DECLS

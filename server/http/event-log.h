/* SPDX-License-Identifier: Apache-2.0
 *
 * What has happened in one lesson, as the text that goes over event streams (WHATWG HTML, 9.2 Server-sent
 * events), kept so that a reader who was away for a moment gets what he missed. Each event has a form for
 * those who give the lesson and one for everybody else, or only one of them. Bounded; who was away longer
 * gets the whole document instead.
 *
 * Thread: [main].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
  CR_AUDIENCE_STAFF, /* the lesson's teacher, its coordinators */
  CR_AUDIENCE_OTHERS,
  CR_N_AUDIENCES
} CrAudience;

/* A minute of a busy lesson of eighteen classrooms has about a hundred events. */
#define CR_EVENT_LOG_MAX_EVENTS 512
#define CR_EVENT_LOG_MAX_BYTES  (1024 * 1024)

typedef struct CrEventLog CrEventLog;

/* `*counter` is shared by all logs of this start of the relay and outlives them: an id of one lesson, or of a
 * lesson's earlier log, is none of another's. */
CrEventLog *cr_event_log_new (const gchar *boot_id, guint64 *counter);
void cr_event_log_free (CrEventLog *log);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrEventLog, cr_event_log_free)

/* `data` are one line of JSON each, or NULL for an audience that it is not for; what is the same text is kept
 * once. `texts` gets what to send now, referenced, NULL where there is none. */
void cr_event_log_add (CrEventLog *log, const gchar *name, const gchar *const data[CR_N_AUDIENCES],
                       GBytes *texts[CR_N_AUDIENCES]);

/* An event that is not kept, under the id of the last one that is: what is replayed to its reader later
 * begins after that. */
GBytes *cr_event_log_format (CrEventLog *log, const gchar *name, const gchar *data);

/* What came after `last_event_id`: GBytes, in order. NULL when this log does not know the id (any more), or
 * there is none: the reader needs the whole document. */
GPtrArray *cr_event_log_replay (CrEventLog *log, CrAudience audience, const gchar *last_event_id);

guint cr_event_log_get_n_events (CrEventLog *log);
gsize cr_event_log_get_bytes (CrEventLog *log);

G_END_DECLS

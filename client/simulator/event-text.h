/* SPDX-License-Identifier: Apache-2.0
 *
 * Server-sent events taken apart: bytes of a text/event-stream as they come in, one call for each event. The
 * format is that of the HTML Standard, section 9.2.6.
 *
 * Thread: one.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrEventText CrEventText;

/* `id` is the last one that was given, "" when none was; `name` "message" unless the stream says otherwise.
 * All are valid during the call, from which the text must not be freed. */
typedef void (*CrEventTextFunc) (const gchar *id, const gchar *name, const gchar *data, gpointer user);

CrEventText *cr_event_text_new (CrEventTextFunc func, gpointer user);
void cr_event_text_free (CrEventText *text);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrEventText, cr_event_text_free)

/* FALSE when one event is larger than any relay sends: the stream is to be given up. */
gboolean cr_event_text_feed (CrEventText *text, const gchar *bytes, gsize n_bytes) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

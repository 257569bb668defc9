/* SPDX-License-Identifier: Apache-2.0
 *
 * The events of a lesson, for as long as it is wanted: GET /events/{lesson} with a bearer token, read as it
 * comes, opened again with Last-Event-ID whenever it ends or falls silent. It is also how a client notices
 * that the relay was restarted: peers of the old process are lost without a word, but the ids of its events
 * begin with another boot id.
 *
 * Thread: [main] throughout.
 */
#pragma once

#include "http-client.h"
#include <json-glib/json-glib.h>

G_BEGIN_DECLS

typedef struct CrEventStream CrEventStream;

/* Any may be NULL. The stream must not be freed from within. */
typedef struct {
  /* A partial document of the lesson: its members replace those of before. */
  void (*on_event) (const gchar *name, JsonObject *document, gpointer data);
  void (*on_boot_changed) (gpointer data); /* another process answers */
  void (*on_refused) (gpointer data);      /* it does not know the token: a demo's are new with every start */
} CrEventHandler;

/* `client` and `handler` outlive it. `seed` spreads the attempts. Opens at once. */
CrEventStream *cr_event_stream_new (CrHttpClient *client, const gchar *lesson, const gchar *token,
                                    guint32 seed, const CrEventHandler *handler, gpointer data);
void cr_event_stream_free (CrEventStream *stream);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrEventStream, cr_event_stream_free)

/* From the next attempt on. */
void cr_event_stream_set_token (CrEventStream *stream, const gchar *token);

/* FALSE as long as no event has told a boot id: then only silence shows that the relay was restarted. */
gboolean cr_event_stream_is_telling (CrEventStream *stream);

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * A reader of event streams for tests, on a plain socket: it sends what it likes and reads when it likes.
 * While it waits the main loop turns, so that the server may be in the same process.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
  gint fd;
  GString *text; /* what has come and is not taken yet, with its chunk sizes */
  gboolean ended;
} CrEventClient;

/* `headers` are whole lines, each with its end. `receive_buffer` 0: as the system likes. */
CrEventClient *cr_event_client_open (const gchar *url, const gchar *path, const gchar *version,
                                     const gchar *headers, gint receive_buffer);

/* GET over HTTP/1.1 with a bearer token; `last_event_id` may be NULL. */
CrEventClient *cr_event_client_follow (const gchar *url, const gchar *path, const gchar *token,
                                       const gchar *last_event_id);
void cr_event_client_close (CrEventClient *client);

/* Reads what is there; waits for more to be there. */
void cr_event_client_read (CrEventClient *client);
void cr_event_client_wait (CrEventClient *client);

/* One event, its three lines. */
typedef struct {
  gchar *id, *name, *data;
} CrClientEvent;

void cr_client_event_clear (CrClientEvent *event);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CrClientEvent, cr_client_event_clear)

/* The first whole event that has come; the first that comes. */
gboolean cr_event_client_take (CrEventClient *client, CrClientEvent *event);
void cr_event_client_next (CrEventClient *client, CrClientEvent *event);

/* The next is of this name; `id` may be NULL. */
void cr_event_client_expect (CrEventClient *client, const gchar *name, gchar **id);

void cr_event_client_wait_end (CrEventClient *client);

/* In order: the body's last chunk came, the line did not just break. */
gboolean cr_event_client_ended_well (const CrEventClient *client);

G_END_DECLS

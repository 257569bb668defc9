/* SPDX-License-Identifier: Apache-2.0
 *
 * What the demo teacher and the simulated classrooms need of HTTP: an offer posted for an answer (RFC 9725,
 * draft-ietf-wish-whep), a resource deleted, a JSON document read, a stream of events. Built on libsoup.
 *
 * Thread: [main] throughout.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct CrHttpClient CrHttpClient;

/* `base_url` like "http://127.0.0.1:8080"; a trailing slash is allowed. NULL and an error when it is no HTTP
 * URL. */
CrHttpClient *cr_http_client_new (const gchar *base_url, GError **error) G_GNUC_WARN_UNUSED_RESULT;
void cr_http_client_free (CrHttpClient *client);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrHttpClient, cr_http_client_free)

/* Is the server on this machine's loopback? */
gboolean cr_http_client_is_loopback (CrHttpClient *client);

typedef struct {
  guint status;         /* 0 when there was no answer; then `failure` says why */
  const gchar *failure; /* NULL when there was an answer */
  const gchar *body;    /* NUL-terminated */
  gsize body_bytes;
  gchar *location;     /* absolute; NULL when absent */
  guint retry_after_s; /* 0 when absent */
} CrHttpReply;

/* `reply` is valid during the call. Not called once `cancellable` is cancelled. */
typedef void (*CrHttpFunc) (const CrHttpReply *reply, gpointer data);

/* `path` from the root, or an absolute URL; `token` NULL for none; `body` NULL for none. */
void cr_http_client_send (CrHttpClient *client, const gchar *method, const gchar *path, const gchar *token,
                          const gchar *content_type, const gchar *body, GCancellable *cancellable,
                          CrHttpFunc func, gpointer data);

/* `body` is read as it comes; it is NULL, and `status` 0, when there was no answer. Not called once
 * `cancellable` is cancelled. */
typedef void (*CrHttpOpenFunc) (guint status, GInputStream *body, gpointer data);

/* GET of server-sent events; `last_event_id` NULL for none. Ends by nobody's clock: the caller has its own.
 */
void cr_http_client_open (CrHttpClient *client, const gchar *path, const gchar *token,
                          const gchar *last_event_id, GCancellable *cancellable, CrHttpOpenFunc func,
                          gpointer data);

/* GET that waits, for start-up. NULL and an error when the status is not 200. Free with g_free(). */
gchar *cr_http_client_get (CrHttpClient *client, const gchar *path, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

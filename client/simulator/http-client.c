/* SPDX-License-Identifier: Apache-2.0
 *
 * One SoupSession for all classrooms of a process. Its limits on connections are raised, since hundreds of
 * classrooms may post at the same bell.
 */
#include "http-client.h"

#include <libsoup/soup.h>
#include <string.h>

/* As many posts at once as a relay takes without queueing them itself. */
#define MAX_CONNECTIONS 64

/* A relay that does not answer an offer within this time is treated as gone. */
#define TIMEOUT_S 10

/* One for each process of classrooms that follow a lesson, and as many as tests read at once. */
#define MAX_STREAMS 1024

struct CrHttpClient {
  SoupSession *session;
  SoupSession *streams; /* of events, which stay open and must keep nobody else waiting */
  GUri *base;
};

typedef struct {
  SoupMessage *message;
  GCancellable *cancellable;
  CrHttpFunc func;
  gpointer data;
} Request;

static void
request_free (Request *request)
{
  g_object_unref (request->message);
  g_clear_object (&request->cancellable);
  g_free (request);
}

CrHttpClient *
cr_http_client_new (const gchar *base_url, GError **error)
{
  g_autoptr (GUri) base = g_uri_parse (base_url, SOUP_HTTP_URI_FLAGS, error);
  CrHttpClient *client;

  if (base == NULL)
    return NULL;
  if (g_strcmp0 (g_uri_get_scheme (base), "http") != 0 && g_strcmp0 (g_uri_get_scheme (base), "https") != 0) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT, "%s is not an HTTP URL", base_url);
    return NULL;
  }
  client = g_new0 (CrHttpClient, 1);
  client->base = g_steal_pointer (&base);
  client->session =
      soup_session_new_with_options ("max-conns", MAX_CONNECTIONS, "max-conns-per-host", MAX_CONNECTIONS,
                                     "timeout", TIMEOUT_S, "user-agent", "classrelay-client", NULL);
  client->streams = soup_session_new_with_options ("max-conns", MAX_STREAMS, "max-conns-per-host",
                                                   MAX_STREAMS, "user-agent", "classrelay-client", NULL);
  return client;
}

void
cr_http_client_free (CrHttpClient *client)
{
  soup_session_abort (client->session);
  soup_session_abort (client->streams);
  g_object_unref (client->streams);
  g_object_unref (client->session);
  g_uri_unref (client->base);
  g_free (client);
}

gboolean
cr_http_client_is_loopback (CrHttpClient *client)
{
  const gchar *host = g_uri_get_host (client->base);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);

  if (address != NULL)
    return g_inet_address_get_is_loopback (address);
  return g_strcmp0 (host, "localhost") == 0;
}

/* Location may be relative to the URL that was posted to (RFC 9110 section 10.2.2). */
static gchar *
find_location (SoupMessage *message)
{
  const gchar *location =
      soup_message_headers_get_one (soup_message_get_response_headers (message), "Location");
  g_autofree gchar *base = g_uri_to_string (soup_message_get_uri (message));

  return location == NULL ? NULL : g_uri_resolve_relative (base, location, SOUP_HTTP_URI_FLAGS, NULL);
}

static void
on_reply (GObject *source, GAsyncResult *result, gpointer data)
{
  Request *request = data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) body = soup_session_send_and_read_finish (SOUP_SESSION (source), result, &error);
  g_autofree gchar *text = NULL;
  CrHttpReply reply = {0};

  if (request->cancellable != NULL && g_cancellable_is_cancelled (request->cancellable)) {
    request_free (request);
    return;
  }
  if (body == NULL) {
    reply.failure = error->message;
  } else {
    SoupMessageHeaders *headers = soup_message_get_response_headers (request->message);
    const gchar *retry_after = soup_message_headers_get_one (headers, "Retry-After");

    reply.status = soup_message_get_status (request->message);
    reply.location = find_location (request->message);
    reply.retry_after_s = retry_after == NULL ? 0 : (guint)g_ascii_strtoull (retry_after, NULL, 10);
    reply.body_bytes = g_bytes_get_size (body);
    reply.body = text = g_strndup (g_bytes_get_data (body, NULL), reply.body_bytes);
  }
  if (request->func != NULL)
    request->func (&reply, request->data);
  g_free (reply.location);
  request_free (request);
}

static SoupMessage *
make_message (CrHttpClient *client, const gchar *method, const gchar *path)
{
  g_autofree gchar *base = g_uri_to_string (client->base);
  g_autofree gchar *url = g_uri_resolve_relative (base, path, SOUP_HTTP_URI_FLAGS, NULL);

  return url == NULL ? NULL : soup_message_new (method, url);
}

static void
add_token (SoupMessage *message, const gchar *token)
{
  g_autofree gchar *value = g_strdup_printf ("Bearer %s", token);

  soup_message_headers_replace (soup_message_get_request_headers (message), "Authorization", value);
}

void
cr_http_client_send (CrHttpClient *client, const gchar *method, const gchar *path, const gchar *token,
                     const gchar *content_type, const gchar *body, GCancellable *cancellable, CrHttpFunc func,
                     gpointer data)
{
  SoupMessage *message = make_message (client, method, path);
  Request *request;

  g_return_if_fail (message != NULL);
  if (token != NULL)
    add_token (message, token);
  if (body != NULL) {
    g_autoptr (GBytes) bytes = g_bytes_new (body, strlen (body));

    soup_message_set_request_body_from_bytes (message, content_type, bytes);
  }
  request = g_new0 (Request, 1);
  request->message = message;
  request->cancellable = cancellable == NULL ? NULL : g_object_ref (cancellable);
  request->func = func;
  request->data = data;
  soup_session_send_and_read_async (client->session, message, G_PRIORITY_DEFAULT, cancellable, on_reply,
                                    request);
}

typedef struct {
  SoupMessage *message;
  GCancellable *cancellable;
  CrHttpOpenFunc func;
  gpointer data;
} Opening;

static void
on_opened (GObject *source, GAsyncResult *result, gpointer data)
{
  g_autofree Opening *opening = data;
  g_autoptr (SoupMessage) message = opening->message;
  g_autoptr (GCancellable) cancellable = opening->cancellable;
  g_autoptr (GInputStream) body = soup_session_send_finish (SOUP_SESSION (source), result, NULL);

  if (!g_cancellable_is_cancelled (cancellable))
    opening->func (body == NULL ? 0 : soup_message_get_status (message), body, opening->data);
}

void
cr_http_client_open (CrHttpClient *client, const gchar *path, const gchar *token, const gchar *last_event_id,
                     GCancellable *cancellable, CrHttpOpenFunc func, gpointer data)
{
  SoupMessage *message = make_message (client, "GET", path);
  Opening *opening;

  g_return_if_fail (message != NULL && cancellable != NULL);
  soup_message_headers_replace (soup_message_get_request_headers (message), "Accept", "text/event-stream");
  if (token != NULL)
    add_token (message, token);
  if (last_event_id != NULL)
    soup_message_headers_replace (soup_message_get_request_headers (message), "Last-Event-ID", last_event_id);
  opening = g_new (Opening, 1);
  *opening = (Opening){message, g_object_ref (cancellable), func, data};
  soup_session_send_async (client->streams, message, G_PRIORITY_DEFAULT, cancellable, on_opened, opening);
}

gchar *
cr_http_client_get (CrHttpClient *client, const gchar *path, GError **error)
{
  g_autoptr (SoupMessage) message = make_message (client, "GET", path);
  g_autoptr (GBytes) body = soup_session_send_and_read (client->session, message, NULL, error);

  if (body == NULL)
    return NULL;
  if (soup_message_get_status (message) != SOUP_STATUS_OK) {
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_FAILED, "%s answered %u", path,
                 soup_message_get_status (message));
    return NULL;
  }
  return g_strndup (g_bytes_get_data (body, NULL), g_bytes_get_size (body));
}

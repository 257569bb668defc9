/* SPDX-License-Identifier: Apache-2.0
 *
 * The head of a request goes to the dispatcher before its body is read. A body is collected up to the cap;
 * one that grows beyond it is answered 413 at once and its connection closed, whatever was still to come, so
 * that memory and time per request are bounded. libsoup's server is for trusted clients: nginx stands before
 * it.
 *
 *   got-headers ──> cr_dispatch_head ──> answered, or a route; paused while the database is asked
 *   got-chunk   ──> collect, or refuse and close
 *   got-body    ──> cr_dispatch_body ──> response; paused while a job works on it
 *                                    └──> a stream: the connection is taken away
 */
#include "http/server.h"

#include "http/dispatch.h"
#include "http/linger.h"

#include <string.h>

#define EXCHANGE_KEY "cr-exchange"

/* At the bell everybody comes in the same instant. Beyond the backlog the kernel drops what opens a
 * connection, which then is tried again after a second, or resets what a client takes for opened; GLib's
 * default is 10. The kernel caps it at net.core.somaxconn. */
#define LISTEN_BACKLOG 1024

struct CrHttpServer {
  SoupServer *soup;
  CrHttp *http;
};

/* One request and its response, attached to libsoup's message. It is kept beyond the message while somebody
 * works on it: the client may be gone by then. */
typedef struct {
  guint n_refs;
  SoupServerMessage *message; /* NULL: finished, nobody waits for an answer any more */
  CrHttp *http;
  CrRequest *request;
  CrResponse *response;
  const CrRoute *route; /* NULL: the response is complete */
  GByteArray *body;
  gboolean head_done; /* the dispatcher has decided */
  gboolean suspended; /* somebody works on it */
  gboolean taken;     /* answered outside libsoup, the connection is no longer its */
} Exchange;

static void
exchange_unref (Exchange *exchange)
{
  if (--exchange->n_refs > 0)
    return;
  cr_request_free (exchange->request);
  cr_response_free (exchange->response);
  g_byte_array_unref (exchange->body);
  g_free (exchange);
}

static void
on_message_gone (gpointer data)
{
  Exchange *exchange = data;

  exchange->message = NULL;
  exchange_unref (exchange);
}

static void
on_message_finished (SoupServerMessage *message, gpointer data)
{
  Exchange *exchange = data;

  exchange->message = NULL;
}

/* The answer comes later: the exchange stays until resume(). */
static void
suspend (Exchange *exchange)
{
  exchange->n_refs++;
  exchange->suspended = TRUE;
  soup_server_message_pause (exchange->message);
}

static void
resume (Exchange *exchange)
{
  exchange->suspended = FALSE;
  if (exchange->message != NULL && !exchange->taken && !exchange->http->closing)
    soup_server_message_unpause (exchange->message);
  exchange_unref (exchange);
}

static gboolean
is_loopback (GSocketAddress *address)
{
  GInetAddress *inet;
  const guint8 *bytes;

  if (!G_IS_INET_SOCKET_ADDRESS (address))
    return FALSE;
  inet = g_inet_socket_address_get_address (G_INET_SOCKET_ADDRESS (address));
  if (g_inet_address_get_is_loopback (inet))
    return TRUE;
  /* ::ffff:127.0.0.0/104, as a socket that listens on [::] sees 127.0.0.1 */
  if (g_inet_address_get_family (inet) != G_SOCKET_FAMILY_IPV6)
    return FALSE;
  bytes = g_inet_address_to_bytes (inet);
  return bytes[10] == 0xff && bytes[11] == 0xff && bytes[12] == 127 &&
         memcmp (bytes, (guint8[10]){0}, 10) == 0;
}

static Exchange *
exchange_new (CrHttp *http, SoupServerMessage *message)
{
  GUri *uri = soup_server_message_get_uri (message);
  Exchange *exchange = g_new0 (Exchange, 1);

  exchange->n_refs = 1;
  exchange->message = message;
  exchange->http = http;
  /* libsoup would copy a body once for each range of a list without end; a server may ignore the header (RFC
   * 9110 section 14.2), and nothing here is large. */
  soup_message_headers_remove (soup_server_message_get_request_headers (message), "Range");
  exchange->request =
      cr_request_new (soup_server_message_get_method (message), g_uri_get_path (uri), g_uri_get_query (uri),
                      soup_server_message_get_request_headers (message),
                      is_loopback (soup_server_message_get_remote_address (message)));
  exchange->request->peer_address = g_strdup (soup_server_message_get_remote_host (message));
  exchange->response = cr_response_new ();
  exchange->body = g_byte_array_new ();
  g_object_set_data_full (G_OBJECT (message), EXCHANGE_KEY, exchange, on_message_gone);
  g_signal_connect (message, "finished", G_CALLBACK (on_message_finished), exchange);
  return exchange;
}

static void
append_header (const char *name, const char *value, gpointer data)
{
  g_string_append_printf (data, "%s: %s\r\n", name, value);
}

/* Status and headers as they go over the wire, for a connection that is closed after the answer; the empty
 * line is not written yet. */
static GString *
serialize_head (const CrResponse *response)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "HTTP/1.1 %u %s\r\n", response->status,
                          soup_status_get_phrase (response->status));
  soup_message_headers_foreach (response->headers, append_header, text);
  g_string_append (text, "Connection: close\r\n");
  return text;
}

static gchar *
serialize (const CrResponse *response)
{
  gsize length = response->body != NULL ? g_bytes_get_size (response->body) : 0;
  GString *text = serialize_head (response);

  g_string_append_printf (text, "Content-Length: %" G_GSIZE_FORMAT "\r\n\r\n", length);
  if (length > 0)
    g_string_append_len (text, g_bytes_get_data (response->body, NULL), (gssize)length);
  return g_string_free (text, FALSE);
}

static gboolean
take_over (gpointer data)
{
  SoupServerMessage *message = data;
  Exchange *exchange = g_object_get_data (G_OBJECT (message), EXCHANGE_KEY);
  GIOStream *stream = soup_server_message_steal_connection (message);

  if (stream != NULL)
    cr_linger_answer (stream, serialize (exchange->response));
  return G_SOURCE_REMOVE;
}

/* Gives the connection to whoever sends the body without end. */
static gboolean
begin_stream (gpointer data)
{
  SoupServerMessage *message = data;
  Exchange *exchange = g_object_get_data (G_OBJECT (message), EXCHANGE_KEY);
  GSocket *socket = soup_server_message_get_socket (message);
  CrConnection connection = {.chunked = soup_server_message_get_http_version (message) >= SOUP_HTTP_1_1};
  GString *text = serialize_head (exchange->response);
  g_autoptr (GBytes) head = NULL;

  g_string_append (text, connection.chunked ? "Transfer-Encoding: chunked\r\n\r\n" : "\r\n");
  connection.head = head = g_string_free_to_bytes (text);
  connection.socket = socket != NULL ? g_object_ref (socket) : NULL;
  connection.stream = soup_server_message_steal_connection (message);
  if (connection.stream != NULL && connection.socket != NULL && !exchange->http->closing) {
    exchange->response->stream (exchange->http, &connection, exchange->response->stream_data);
    return G_SOURCE_REMOVE;
  }
  g_clear_object (&connection.stream);
  g_clear_object (&connection.socket);
  return G_SOURCE_REMOVE;
}

/* From the main loop: within its own signal libsoup still holds on to the connection. */
static void
take_away (SoupServerMessage *message, Exchange *exchange, GSourceFunc func)
{
  exchange->taken = TRUE;
  soup_server_message_pause (message);
  g_idle_add_full (G_PRIORITY_DEFAULT, func, g_object_ref (message), g_object_unref);
}

/* libsoup would read the whole body before it answered. */
static void
refuse_and_close (SoupServerMessage *message, Exchange *exchange)
{
  g_byte_array_set_size (exchange->body, 0);
  take_away (message, exchange, take_over);
}

static void
on_chunk_got (SoupServerMessage *message, GBytes *chunk, gpointer data)
{
  Exchange *exchange = data;
  gsize length = g_bytes_get_size (chunk);

  if (exchange->taken)
    return;
  if (exchange->body->len + length > exchange->request->max_body_bytes) {
    if (exchange->route != NULL)
      cr_dispatch_too_large (exchange->http, exchange->request, exchange->response);
    refuse_and_close (message, exchange);
    return;
  }
  g_byte_array_append (exchange->body, g_bytes_get_data (chunk, NULL), (guint)length);
}

static gboolean
is_declared_too_large (const Exchange *exchange)
{
  SoupMessageHeaders *headers = exchange->request->headers;

  return soup_message_headers_get_encoding (headers) == SOUP_ENCODING_CONTENT_LENGTH &&
         soup_message_headers_get_content_length (headers) > (goffset)exchange->request->max_body_bytes;
}

static void
on_head_decided (const CrRoute *route, gpointer data)
{
  Exchange *exchange = data;

  exchange->route = route;
  exchange->head_done = TRUE;
  if (exchange->message != NULL && is_declared_too_large (exchange))
    refuse_and_close (exchange->message, exchange);
  if (exchange->suspended)
    resume (exchange);
}

static void
on_headers_got (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
                gpointer data)
{
  Exchange *exchange = exchange_new (data, message);

  soup_message_body_set_accumulate (soup_server_message_get_request_body (message), FALSE);
  g_signal_connect (message, "got-chunk", G_CALLBACK (on_chunk_got), exchange);
  cr_dispatch_head (exchange->http, exchange->request, exchange->response, on_head_decided, exchange);
  if (!exchange->head_done)
    suspend (exchange);
}

static void
copy_header (const char *name, const char *value, gpointer data)
{
  soup_message_headers_append (data, name, value);
}

static void
send_response (SoupServerMessage *message, Exchange *exchange)
{
  const CrResponse *response = exchange->response;
  SoupMessageHeaders *headers = soup_server_message_get_response_headers (message);

  if (response->stream != NULL && !g_str_equal (exchange->request->method, "HEAD")) {
    take_away (message, exchange, begin_stream);
    return;
  }
  soup_server_message_set_status (message, response->status, NULL);
  soup_message_headers_foreach (response->headers, copy_header, headers);
  if (cr_lessons_are_draining (exchange->http->lessons))
    soup_message_headers_replace (headers, "Connection", "close");
  if (response->body != NULL)
    soup_message_body_append_bytes (soup_server_message_get_response_body (message), response->body);
}

/* A job has ended. Without suspension it has done so within the handler, and the answer is sent after it. */
static void
on_answered (CrRequest *request, gpointer data)
{
  Exchange *exchange = data;

  if (!exchange->suspended)
    return;
  if (exchange->message != NULL && !exchange->http->closing)
    send_response (exchange->message, exchange);
  resume (exchange);
}

static void
on_request_complete (SoupServer *soup, SoupServerMessage *message, const char *path, GHashTable *query,
                     gpointer data)
{
  Exchange *exchange = g_object_get_data (G_OBJECT (message), EXCHANGE_KEY);

  if (exchange == NULL) { /* `OPTIONS *`: about the server, not about a resource */
    soup_server_message_set_status (message, 200, NULL);
    return;
  }
  if (exchange->taken)
    return;
  if (exchange->route != NULL) {
    exchange->request->body = g_byte_array_free_to_bytes (exchange->body);
    exchange->body = g_byte_array_new ();
    exchange->request->on_answered = on_answered;
    exchange->request->on_answered_data = exchange;
    cr_dispatch_body (exchange->http, exchange->route, exchange->request, exchange->response);
  }
  if (exchange->request->n_pending > 0)
    suspend (exchange);
  else
    send_response (message, exchange);
}

static GSocket *
open_listener (const gchar *host, guint16 port, GError **error)
{
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new_from_string (host, port);
  g_autoptr (GSocket) socket = g_socket_new (g_socket_address_get_family (address), G_SOCKET_TYPE_STREAM,
                                             G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL || !g_socket_bind (socket, address, TRUE, error))
    return NULL;
  g_socket_set_listen_backlog (socket, LISTEN_BACKLOG);
  return g_socket_listen (socket, error) ? g_steal_pointer (&socket) : NULL;
}

static gboolean
listen_on (CrHttpServer *server, const gchar *listen, GError **error)
{
  g_autofree gchar *host = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GError) why = NULL;
  guint16 port;

  if (!cr_config_split_listen (listen, &host, &port))
    g_assert_not_reached (); /* checked by the configuration */
  socket = open_listener (host, port, &why);
  if (socket != NULL && soup_server_listen_socket (server->soup, socket, 0, &why))
    return TRUE;
  if (g_error_matches (why, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE))
    g_set_error (error, G_IO_ERROR, G_IO_ERROR_ADDRESS_IN_USE,
                 "TCP port %u on %s is taken by another program; choose another with --listen %s:PORT", port,
                 host, host);
  else
    g_set_error (error, G_IO_ERROR, why->code, "cannot listen on %s: %s", listen, why->message);
  return FALSE;
}

CrHttpServer *
cr_http_server_new (CrHttp *http, GError **error)
{
  g_autoptr (CrHttpServer) server = g_new0 (CrHttpServer, 1);

  server->http = http;
  server->soup = soup_server_new (NULL, NULL);
  soup_server_add_early_handler (server->soup, NULL, on_headers_got, http, NULL);
  soup_server_add_handler (server->soup, NULL, on_request_complete, http, NULL);
  for (guint i = 0; http->config->listen[i] != NULL; i++) {
    if (!listen_on (server, http->config->listen[i], error))
      return NULL;
  }
  return g_steal_pointer (&server);
}

void
cr_http_server_free (CrHttpServer *server)
{
  soup_server_disconnect (server->soup);
  g_object_unref (server->soup);
  g_free (server);
}

gchar *
cr_http_server_get_urls (CrHttpServer *server)
{
  GSList *uris = soup_server_get_uris (server->soup);
  GString *text = g_string_new (NULL);

  for (GSList *l = uris; l != NULL; l = l->next) {
    g_autofree gchar *url = g_uri_to_string (l->data);

    g_string_append_printf (text, "%s%s", text->len > 0 ? " " : "", url);
  }
  g_slist_free_full (uris, (GDestroyNotify)g_uri_unref);
  return g_string_free (text, FALSE);
}

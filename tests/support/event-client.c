/* SPDX-License-Identifier: Apache-2.0
 *
 * Each event is sent in one chunk, so that its lines are whole whatever stands between them.
 */
#include "support/event-client.h"

#include <errno.h>
#include <gio/gio.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define WAIT_MS 30000 /* a watchdog, not a measure */
#define TURN_MS 5     /* between turns of the main loop */

static gint
connect_to (const gchar *url, gint receive_buffer)
{
  g_autoptr (GSocketConnectable) address = g_network_address_parse_uri (url, 80, NULL);
  g_autoptr (GSocketAddress) to = g_inet_socket_address_new_from_string (
      "127.0.0.1", g_network_address_get_port (G_NETWORK_ADDRESS (address)));
  gint fd = socket (AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  gchar native[128];

  g_assert_cmpint (fd, >=, 0);
  if (receive_buffer > 0)
    g_assert_cmpint (setsockopt (fd, SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer), ==, 0);
  g_assert_true (g_socket_address_to_native (to, native, sizeof native, NULL));
  g_assert_cmpint (connect (fd, (struct sockaddr *)native, (socklen_t)g_socket_address_get_native_size (to)),
                   ==, 0);
  return fd;
}

CrEventClient *
cr_event_client_open (const gchar *url, const gchar *path, const gchar *version, const gchar *headers,
                      gint receive_buffer)
{
  CrEventClient *client = g_new0 (CrEventClient, 1);
  g_autofree gchar *request = g_strdup_printf ("GET %s HTTP/%s\r\nHost: %s\r\n%s\r\n", path, version,
                                               url + strlen ("http://"), headers);

  client->fd = connect_to (url, receive_buffer);
  client->text = g_string_new (NULL);
  g_assert_cmpint (send (client->fd, request, strlen (request), MSG_NOSIGNAL), ==, (gssize)strlen (request));
  return client;
}

CrEventClient *
cr_event_client_follow (const gchar *url, const gchar *path, const gchar *token, const gchar *last_event_id)
{
  g_autofree gchar *last =
      last_event_id != NULL ? g_strdup_printf ("Last-Event-ID: %s\r\n", last_event_id) : g_strdup ("");
  g_autofree gchar *headers = g_strdup_printf ("Authorization: Bearer %s\r\n%s", token, last);

  return cr_event_client_open (url, path, "1.1", headers, 0);
}

void
cr_event_client_close (CrEventClient *client)
{
  close (client->fd);
  g_string_free (client->text, TRUE);
  g_free (client);
}

void
cr_event_client_read (CrEventClient *client)
{
  gchar buffer[16384];
  gssize n = recv (client->fd, buffer, sizeof buffer, MSG_DONTWAIT);

  if (n > 0)
    g_string_append_len (client->text, buffer, n);
  else if (n == 0 || (errno != EAGAIN && errno != EINTR))
    client->ended = TRUE;
}

void
cr_event_client_wait (CrEventClient *client)
{
  struct pollfd poll_fd = {.fd = client->fd, .events = POLLIN};
  gint64 deadline_us = g_get_monotonic_time () + WAIT_MS * G_GINT64_CONSTANT (1000);

  while (poll (&poll_fd, 1, TURN_MS) != 1) {
    g_assert_cmpint (g_get_monotonic_time (), <, deadline_us);
    g_main_context_iteration (NULL, FALSE);
  }
  cr_event_client_read (client);
}

void
cr_client_event_clear (CrClientEvent *event)
{
  g_free (event->id);
  g_free (event->name);
  g_free (event->data);
}

gboolean
cr_event_client_take (CrEventClient *client, CrClientEvent *event)
{
  const gchar *start = strstr (client->text->str, "id: ");
  const gchar *end = start != NULL ? strstr (start, "\n\n") : NULL;
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;

  if (end == NULL)
    return FALSE;
  text = g_strndup (start, (gsize)(end - start));
  lines = g_strsplit (text, "\n", -1);
  g_assert_cmpuint (g_strv_length (lines), ==, 3);
  event->id = g_strdup (lines[0] + strlen ("id: "));
  event->name = g_strdup (lines[1] + strlen ("event: "));
  event->data = g_strdup (lines[2] + strlen ("data: "));
  g_string_erase (client->text, 0, end + 2 - client->text->str);
  return TRUE;
}

void
cr_event_client_next (CrEventClient *client, CrClientEvent *event)
{
  while (!cr_event_client_take (client, event)) {
    g_assert_false (client->ended);
    cr_event_client_wait (client);
  }
}

void
cr_event_client_expect (CrEventClient *client, const gchar *name, gchar **id)
{
  g_auto (CrClientEvent) event = {0};

  cr_event_client_next (client, &event);
  g_assert_cmpstr (event.name, ==, name);
  if (id != NULL)
    *id = g_steal_pointer (&event.id);
}

void
cr_event_client_wait_end (CrEventClient *client)
{
  while (!client->ended)
    cr_event_client_wait (client);
}

gboolean
cr_event_client_ended_well (const CrEventClient *client)
{
  return client->ended && g_str_has_suffix (client->text->str, "\r\n0\r\n\r\n");
}

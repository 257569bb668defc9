/* SPDX-License-Identifier: Apache-2.0
 *
 * Accepting, watching and reaping connections. Nothing is freed in the middle of a turn: a connection may end
 * while its own frame is being handled, and later events of the same turn may still name it.
 *
 * Step 1; from the TCP listener; to the worker's dispatch; thread: media; allocates: per connection; on
 * failure: the connection ends and its peer is told.
 */
#include "rtc/tcp-listener.h"

#include "rtc/tcp-link.h"

#include <errno.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

/* Connections accepted per turn, so that a flood of them leaves time for media. */
#define MAX_ACCEPTS 16

/* Without a descriptor left, accepting stays off for so long: the listener would be readable all the time. */
#define ACCEPT_PAUSE_US G_USEC_PER_SEC

typedef enum { WAITING, HELD, ENDED } State;

typedef struct {
  CrTcpListener *listener;
  CrTcpLink *link;
  State state;
  gboolean queued;       /* is in `to_write` */
  gboolean wants_output; /* EPOLLOUT is set */
  gint64 deadline_us;    /* WAITING */
  GList in_waiting;      /* its own link in `waiting` */
} Connection;

struct CrTcpListener {
  const CrSockets *sockets;
  int epoll_fd;
  const CrTcpListenerHandler *handler;
  gpointer data;
  gint64 accept_again_us;  /* 0: accepting */
  GHashTable *connections; /* CrTcpLink -> Connection */
  GQueue waiting;          /* of Connection, oldest first */
  GPtrArray *to_write;
  GPtrArray *ended;
};

static void
connection_free (gpointer data)
{
  Connection *connection = data;

  cr_tcp_link_free (connection->link);
  g_free (connection);
}

static gboolean
watch_listener (CrTcpListener *listener)
{
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = listener};

  return epoll_ctl (listener->epoll_fd, EPOLL_CTL_ADD, listener->sockets->tcp_fd, &event) == 0;
}

CrTcpListener *
cr_tcp_listener_new (const CrSockets *sockets, int epoll_fd, const CrTcpListenerHandler *handler,
                     gpointer data)
{
  CrTcpListener *listener = g_new0 (CrTcpListener, 1);

  listener->sockets = sockets;
  listener->epoll_fd = epoll_fd;
  listener->handler = handler;
  listener->data = data;
  listener->connections = g_hash_table_new_full (NULL, NULL, NULL, connection_free);
  listener->to_write = g_ptr_array_new ();
  listener->ended = g_ptr_array_new ();
  g_queue_init (&listener->waiting);
  if (!watch_listener (listener))
    g_clear_pointer (&listener, cr_tcp_listener_free);
  return listener;
}

void
cr_tcp_listener_free (CrTcpListener *listener)
{
  if (listener == NULL)
    return;
  g_hash_table_unref (listener->connections);
  g_ptr_array_unref (listener->to_write);
  g_ptr_array_unref (listener->ended);
  g_free (listener);
}

static void
leave_waiting (Connection *connection)
{
  if (connection->state == WAITING)
    g_queue_unlink (&connection->listener->waiting, &connection->in_waiting);
}

static void
end (Connection *connection)
{
  if (connection->state == ENDED)
    return;
  leave_waiting (connection);
  connection->state = ENDED;
  epoll_ctl (connection->listener->epoll_fd, EPOLL_CTL_DEL, cr_tcp_link_get_fd (connection->link), NULL);
  g_ptr_array_add (connection->listener->ended, connection);
}

static void
wait_for_check (Connection *connection, gint64 now_us)
{
  CrTcpListener *listener = connection->listener;

  if (listener->waiting.length == CR_TCP_MAX_WAITING)
    end (g_queue_peek_head (&listener->waiting));
  connection->state = WAITING;
  connection->deadline_us = now_us + CR_TCP_WAIT_US;
  g_queue_push_tail_link (&listener->waiting, &connection->in_waiting);
}

static void
on_queued (CrTcpLink *link, gpointer data)
{
  Connection *connection = data;

  if (connection->queued || connection->wants_output || connection->state == ENDED)
    return;
  connection->queued = TRUE;
  g_ptr_array_add (connection->listener->to_write, connection);
}

/* Takes ownership of `fd`. */
static void
add_connection (CrTcpListener *listener, int fd, const CrAddress *remote, const CrAddress *local,
                gint64 now_us)
{
  Connection *connection = g_new0 (Connection, 1);
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = connection};

  connection->listener = listener;
  connection->link = cr_tcp_link_new (fd, remote, local);
  connection->in_waiting.data = connection;
  if (epoll_ctl (listener->epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0) {
    connection_free (connection);
    return;
  }
  cr_tcp_link_set_queued_func (connection->link, on_queued, connection);
  g_hash_table_insert (listener->connections, connection->link, connection);
  wait_for_check (connection, now_us);
}

/* FALSE when there is nothing more to accept for now. */
static gboolean
accept_one (CrTcpListener *listener, gint64 now_us)
{
  struct sockaddr_storage name;
  socklen_t length = sizeof name;
  CrAddress remote, local;
  int fd =
      accept4 (listener->sockets->tcp_fd, (struct sockaddr *)&name, &length, SOCK_NONBLOCK | SOCK_CLOEXEC);

  if (fd < 0) {
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM)
      return errno != EAGAIN && errno != EWOULDBLOCK; /* others are of that connection alone (accept(2)) */
    epoll_ctl (listener->epoll_fd, EPOLL_CTL_DEL, listener->sockets->tcp_fd, NULL);
    listener->accept_again_us = now_us + ACCEPT_PAUSE_US;
    return FALSE;
  }
  cr_address_from_sockaddr (&remote, (struct sockaddr *)&name);
  length = sizeof name;
  if (getsockname (fd, (struct sockaddr *)&name, &length) != 0) {
    close (fd);
    return TRUE;
  }
  cr_address_from_sockaddr (&local, (struct sockaddr *)&name);
  if (cr_sockets_allows (listener->sockets, &local))
    add_connection (listener, fd, &remote, &local, now_us);
  else
    close (fd);
  return TRUE;
}

static void
on_frame (CrTcpLink *link, guint8 *frame, gsize length_bytes, gpointer data)
{
  Connection *connection = data;

  if (connection->state != ENDED)
    connection->listener->handler->on_frame (cr_tcp_link_get_path (link), frame, length_bytes,
                                             connection->listener->data);
}

static void
watch_output (Connection *connection, gboolean on)
{
  struct epoll_event event = {.events = on ? EPOLLIN | EPOLLOUT : EPOLLIN, .data.ptr = connection};

  if (connection->wants_output == on)
    return;
  connection->wants_output = on;
  epoll_ctl (connection->listener->epoll_fd, EPOLL_CTL_MOD, cr_tcp_link_get_fd (connection->link), &event);
}

static void
write_queued (Connection *connection)
{
  if (!cr_tcp_link_write (connection->link))
    end (connection);
  else if (connection->state != ENDED)
    watch_output (connection, cr_tcp_link_wants_write (connection->link));
}

void
cr_tcp_listener_handle (CrTcpListener *listener, gpointer epoll_data, guint32 events, gint64 now_us)
{
  Connection *connection = epoll_data;

  if (epoll_data == listener) {
    for (guint i = 0; i < MAX_ACCEPTS && accept_one (listener, now_us); i++)
      continue;
    return;
  }
  if (connection->state == ENDED)
    return;
  if ((events & (EPOLLIN | EPOLLERR | EPOLLHUP)) != 0 &&
      !cr_tcp_link_read (connection->link, on_frame, connection))
    end (connection);
  else if ((events & EPOLLOUT) != 0)
    write_queued (connection);
}

void
cr_tcp_listener_hold (CrTcpListener *listener, CrTcpLink *link)
{
  Connection *connection = g_hash_table_lookup (listener->connections, link);

  if (connection == NULL || connection->state != WAITING)
    return;
  leave_waiting (connection);
  connection->state = HELD;
}

void
cr_tcp_listener_release (CrTcpListener *listener, CrTcpLink *link, gint64 now_us)
{
  Connection *connection = g_hash_table_lookup (listener->connections, link);

  if (connection != NULL && connection->state == HELD)
    wait_for_check (connection, now_us);
}

static void
free_ended (CrTcpListener *listener)
{
  /* A call may end others, which then follow in the same array. */
  for (guint i = 0; i < listener->ended->len; i++) {
    Connection *connection = g_ptr_array_index (listener->ended, i);

    listener->handler->on_ended (cr_tcp_link_get_path (connection->link), listener->data);
  }
  for (guint i = 0; i < listener->ended->len; i++) {
    Connection *connection = g_ptr_array_index (listener->ended, i);

    if (connection->queued)
      g_ptr_array_remove (listener->to_write, connection);
    g_hash_table_remove (listener->connections, connection->link);
  }
  g_ptr_array_set_size (listener->ended, 0);
}

void
cr_tcp_listener_reap (CrTcpListener *listener, gint64 now_us)
{
  Connection *oldest;

  if (listener->accept_again_us != 0 && now_us >= listener->accept_again_us && watch_listener (listener))
    listener->accept_again_us = 0;
  while ((oldest = g_queue_peek_head (&listener->waiting)) != NULL && oldest->deadline_us <= now_us)
    end (oldest);
  if (listener->ended->len > 0)
    free_ended (listener);
}

void
cr_tcp_listener_write (CrTcpListener *listener)
{
  for (guint i = 0; i < listener->to_write->len; i++) {
    Connection *connection = g_ptr_array_index (listener->to_write, i);

    connection->queued = FALSE;
    write_queued (connection);
  }
  g_ptr_array_set_size (listener->to_write, 0);
}

gint64
cr_tcp_listener_next_us (const CrTcpListener *listener)
{
  Connection *oldest = g_queue_peek_head ((GQueue *)&listener->waiting);
  gint64 next_us = listener->ended->len > 0 ? 0 : oldest != NULL ? oldest->deadline_us : G_MAXINT64;

  return listener->accept_again_us != 0 ? MIN (next_us, listener->accept_again_us) : next_us;
}

guint
cr_tcp_listener_count (const CrTcpListener *listener)
{
  return g_hash_table_size (listener->connections);
}

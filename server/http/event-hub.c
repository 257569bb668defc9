/* SPDX-License-Identifier: Apache-2.0
 *
 * A channel is made when the first reader of a lesson comes; lessons that nobody follows cost nothing. It
 * stays for a while after the last reader, who may only have lost the line.
 */
#include "http/event-hub.h"

#include "http/event-channel.h"
#include "http/event-reader.h"
#include "http/lesson-json.h"
#include "live/lesson-class.h"

#include <glib-unix.h>
#include <string.h>
#include <sys/epoll.h>
#include <unistd.h>

#define TICK_S       1
#define HEARTBEAT_S  5 /* proxies and clients take silence for a broken line after two of these */
#define ENDING_S     2 /* for what waits, and for the other side to close */
#define EMPTY_S      60
#define EPOLL_EVENTS 64

/* How many watch and who is there changes with every one who comes, at the bell hundreds in a second: such
 * news is told at once when it is the first, then together. */
#define QUIET_TOPICS (CR_TOPIC_STATE | CR_TOPIC_CLASSROOMS | CR_TOPIC_TILES)
#define QUIET_MS     250

/* A browser has one; a school's PC that lost its line a few times has some that are not noticed yet. */
#define MAX_READERS_PER_ACTOR 16

/* What is replayed must leave room for what happens meanwhile. */
#define MAX_REPLAY_BYTES (CR_EVENT_READER_MAX_PENDING_BYTES / 2)

/* One lesson's. */
typedef struct {
  CrEventHub *hub;
  CrEventChannel *events;
  GPtrArray *readers; /* Reader, borrowed */
  guint empty_s;
  guint topics;       /* that wait to be told together */
  guint quiet_source; /* until then */
} Channel;

typedef struct {
  CrEventReader *connection;
  Channel *channel; /* NULL once it is ending */
  CrActor *actor;
  CrAudience audience;
  gboolean is_calling; /* his classroom, as he was told last */
  guint ending_s;
} Reader;

struct CrEventHub {
  CrHttp *http;
  guint64 counter;      /* of events */
  GHashTable *channels; /* CrLesson -> Channel */
  GPtrArray *readers;   /* Reader */
  gint epoll_fd;
  guint epoll_source, tick_source;
  guint n_ticks;
  gboolean closed;
};

static void
channel_free (gpointer data)
{
  Channel *channel = data;

  g_clear_handle_id (&channel->quiet_source, g_source_remove);
  cr_event_channel_free (channel->events);
  g_ptr_array_unref (channel->readers);
  g_free (channel);
}

static void
reader_free (gpointer data)
{
  Reader *reader = data;

  cr_event_reader_free (reader->connection); /* its descriptor leaves the epoll by being closed */
  cr_actor_unref (reader->actor);
  g_free (reader);
}

static void
leave_channel (Reader *reader)
{
  if (reader->channel != NULL)
    g_ptr_array_remove_fast (reader->channel->readers, reader);
  reader->channel = NULL;
}

static void
drop_reader (CrEventHub *hub, Reader *reader)
{
  leave_channel (reader);
  g_ptr_array_remove_fast (hub->readers, reader);
}

static void
end_reader (CrEventHub *hub, Reader *reader)
{
  leave_channel (reader);
  if (!cr_event_reader_end (reader->connection))
    drop_reader (hub, reader);
}

/* Sending. */

static void
send_to (CrEventHub *hub, Channel *channel, CrAudience audience, GBytes *text)
{
  g_auto (CrEventPiece) piece = {0};

  cr_event_piece_init (&piece, text);
  for (guint i = channel->readers->len; i-- > 0;) {
    Reader *reader = channel->readers->pdata[i];

    if (reader->audience == audience && !cr_event_reader_send (reader->connection, &piece))
      drop_reader (hub, reader);
  }
}

static void
on_text (CrAudience audience, GBytes *text, gpointer data)
{
  Channel *channel = data;

  send_to (channel->hub, channel, audience, text);
}

static gboolean
send_text (Reader *reader, GBytes *text)
{
  g_auto (CrEventPiece) piece = {0};

  cr_event_piece_init (&piece, text);
  return cr_event_reader_send (reader->connection, &piece);
}

static gboolean
send_you (Reader *reader)
{
  g_autoptr (GBytes) text = cr_event_channel_you (reader->channel->events, reader->actor);

  return send_text (reader, text);
}

/* A call is private, also before other classrooms: of its end, which is mostly the coordinator's, each
 * classroom is told by itself. */
static void
send_calling (CrEventHub *hub, Channel *channel)
{
  CrLesson *lesson = cr_event_channel_get_lesson (channel->events);

  for (guint i = channel->readers->len; i-- > 0;) {
    Reader *reader = channel->readers->pdata[i];
    gboolean is_calling = cr_lesson_is_calling (lesson, reader->actor);

    if (reader->is_calling == is_calling)
      continue;
    reader->is_calling = is_calling;
    if (!send_you (reader))
      drop_reader (hub, reader);
  }
}

static void
send_snapshots (CrEventHub *hub, Channel *channel)
{
  for (guint i = channel->readers->len; i-- > 0;) {
    Reader *reader = channel->readers->pdata[i];
    g_autoptr (GBytes) snapshot = cr_event_channel_snapshot (channel->events, reader->actor);

    if (!send_text (reader, snapshot))
      drop_reader (hub, reader);
  }
}

static void
end_channel (Channel *channel)
{
  CrEventHub *hub = channel->hub;

  cr_event_channel_tell_end (channel->events, on_text, channel);
  while (channel->readers->len > 0)
    end_reader (hub, channel->readers->pdata[channel->readers->len - 1]);
  g_hash_table_remove (hub->channels, cr_event_channel_get_lesson (channel->events));
}

static void
tell (Channel *channel)
{
  guint topics = channel->topics;

  channel->topics = 0;
  if (!cr_event_channel_tell (channel->events, topics, on_text, channel))
    send_snapshots (channel->hub, channel);
  if ((topics & CR_TOPIC_CALLS) != 0)
    send_calling (channel->hub, channel);
}

static gboolean
on_quiet_over (gpointer data)
{
  Channel *channel = data;

  if (channel->topics != 0) {
    tell (channel);
    return G_SOURCE_CONTINUE;
  }
  channel->quiet_source = 0;
  return G_SOURCE_REMOVE;
}

static void
on_topics (CrLesson *lesson, guint topics, gpointer data)
{
  CrEventHub *hub = data;
  Channel *channel = g_hash_table_lookup (hub->channels, lesson);

  if ((topics & CR_TOPIC_ENDED) != 0)
    cr_slides_forget (hub->http->slides, cr_lesson_get_id (lesson));
  if (channel == NULL)
    return;
  if ((topics & CR_TOPIC_ENDED) != 0) {
    end_channel (channel);
    return;
  }
  channel->topics |= topics;
  if ((topics & ~(guint)QUIET_TOPICS) != 0 || channel->quiet_source == 0)
    tell (channel);
  if (channel->quiet_source == 0)
    channel->quiet_source = g_timeout_add (QUIET_MS, on_quiet_over, channel);
}

/* Readers. */

static void
on_readable (CrEventHub *hub, Reader *reader, guint events)
{
  gboolean stays = (events & (EPOLLERR | EPOLLHUP)) == 0;

  if (stays && (events & (EPOLLIN | EPOLLRDHUP)) != 0)
    stays = cr_event_reader_drain (reader->connection);
  if (stays && (events & EPOLLOUT) != 0)
    stays = cr_event_reader_flush (reader->connection);
  if (!stays)
    drop_reader (hub, reader);
}

/* A reader's event concerns that reader alone, so that the others of the batch stay valid. */
static gboolean
on_epoll (gint fd, GIOCondition condition, gpointer data)
{
  CrEventHub *hub = data;
  struct epoll_event events[EPOLL_EVENTS];
  gint n = epoll_wait (fd, events, EPOLL_EVENTS, 0);

  for (gint i = 0; i < n; i++)
    on_readable (hub, events[i].data.ptr, events[i].events);
  return G_SOURCE_CONTINUE;
}

static Channel *
ensure_channel (CrEventHub *hub, CrLesson *lesson)
{
  Channel *channel = g_hash_table_lookup (hub->channels, lesson);

  if (channel != NULL)
    return channel;
  channel = g_new0 (Channel, 1);
  channel->hub = hub;
  channel->events = cr_event_channel_new (hub->http, lesson, &hub->counter);
  channel->readers = g_ptr_array_new ();
  g_hash_table_insert (hub->channels, lesson, channel);
  return channel;
}

static gboolean
send_line (Reader *reader, const gchar *line)
{
  g_autoptr (GBytes) text = g_bytes_new_static (line, strlen (line));

  return send_text (reader, text);
}

static gboolean
send_beginning (CrEventHub *hub, Reader *reader, const gchar *last_event_id)
{
  CrEventChannel *events = reader->channel->events;
  g_autoptr (GPtrArray) missed =
      cr_event_channel_replay (events, reader->audience, last_event_id, MAX_REPLAY_BYTES);
  g_autoptr (GBytes) snapshot = missed == NULL ? cr_event_channel_snapshot (events, reader->actor) : NULL;

  if (!send_line (reader, "retry: 1000\n\n"))
    return FALSE;
  for (guint i = 0; missed != NULL && i < missed->len; i++) {
    if (!send_text (reader, missed->pdata[i]))
      return FALSE;
  }
  if (snapshot != NULL)
    return send_text (reader, snapshot);
  /* what concerns him alone is in no log */
  return cr_lesson_classroom_of (cr_event_channel_get_lesson (events), reader->actor) == NULL ||
         send_you (reader);
}

/* Edge-triggered: a connection that takes no more says so once it does again. */
static gboolean
watch (CrEventHub *hub, Reader *reader)
{
  struct epoll_event event = {.events = EPOLLIN | EPOLLOUT | EPOLLRDHUP | EPOLLET, .data.ptr = reader};

  return epoll_ctl (hub->epoll_fd, EPOLL_CTL_ADD, cr_event_reader_get_fd (reader->connection), &event) == 0;
}

static gboolean
has_ended (CrEventHub *hub, CrLesson *lesson)
{
  return cr_lessons_find (hub->http->lessons, cr_lesson_get_id (lesson)) != lesson;
}

gboolean
cr_event_hub_check_room (CrEventHub *hub, CrLesson *lesson, const CrActor *actor, GError **error)
{
  const Channel *channel = g_hash_table_lookup (hub->channels, lesson);
  guint n_own = 0;

  for (guint i = 0; channel != NULL && actor->id != NULL && i < channel->readers->len; i++) {
    const Reader *reader = channel->readers->pdata[i];

    n_own += g_strcmp0 (reader->actor->id, actor->id) == 0;
  }
  if (!hub->closed && hub->readers->len < hub->http->config->max_peers && n_own < MAX_READERS_PER_ACTOR &&
      (channel == NULL || channel->readers->len < hub->http->config->max_peers_per_lesson))
    return TRUE;
  g_set_error_literal (error, CR_LIVE_ERROR, CR_LIVE_ERROR_FULL, "no room for another event stream");
  return FALSE;
}

static void schedule_ticks (CrEventHub *hub);

void
cr_event_hub_open (CrEventHub *hub, const CrEventSubscription *subscription, const CrConnection *connection)
{
  Reader *reader;

  if (has_ended (hub, subscription->lesson) ||
      !cr_event_hub_check_room (hub, subscription->lesson, subscription->actor, NULL)) {
    g_object_unref (connection->stream);
    g_object_unref (connection->socket);
    return;
  }
  reader = g_new0 (Reader, 1);
  reader->connection =
      cr_event_reader_new (connection->stream, connection->socket, connection->chunked, connection->head);
  reader->actor = cr_actor_ref (subscription->actor);
  reader->audience = cr_lesson_audience (subscription->lesson, subscription->actor);
  reader->is_calling = cr_lesson_is_calling (subscription->lesson, subscription->actor);
  reader->channel = ensure_channel (hub, subscription->lesson);
  reader->channel->empty_s = 0;
  g_ptr_array_add (reader->channel->readers, reader);
  g_ptr_array_add (hub->readers, reader);
  schedule_ticks (hub);
  if (!watch (hub, reader) || !cr_event_reader_flush (reader->connection) ||
      !send_beginning (hub, reader, subscription->last_event_id))
    drop_reader (hub, reader);
}

/* The end of a right. */

typedef gboolean (*ReaderTest) (const Reader *reader, gconstpointer what);

static void
end_readers (CrEventHub *hub, ReaderTest test, gconstpointer what)
{
  for (guint i = hub->readers->len; i-- > 0;) {
    Reader *reader = hub->readers->pdata[i];

    if (reader->channel != NULL && test (reader, what))
      end_reader (hub, reader);
  }
}

static gboolean
is_of_actor (const Reader *reader, gconstpointer what)
{
  return g_strcmp0 (reader->actor->id, what) == 0;
}

static gboolean
is_by_token (const Reader *reader, gconstpointer what)
{
  return cr_token_hash_equal (&reader->actor->token, what);
}

/* By the same proof, which does not open the lesson any more, or not as it did. */
static gboolean
has_other_right (const Reader *reader, gconstpointer what)
{
  const CrRightsCheck *check = what;
  CrObject object;

  if (!cr_token_hash_equal (&reader->actor->token, &check->actor->token))
    return FALSE;
  cr_lesson_get_object (cr_event_channel_get_lesson (reader->channel->events), &object);
  return check->now == NULL || !cr_authorize (check->now, CR_VERB_VIEW, &object) ||
         cr_lesson_audience (cr_event_channel_get_lesson (reader->channel->events), check->now) !=
             reader->audience;
}

void
cr_event_hub_revoke (CrEventHub *hub, const gchar *actor_id)
{
  end_readers (hub, is_of_actor, actor_id);
}

void
cr_event_hub_revoke_token (CrEventHub *hub, const CrTokenHash *token)
{
  end_readers (hub, is_by_token, token);
}

static void
on_revoked (CrLessons *lessons, const gchar *actor_id, gpointer data)
{
  cr_event_hub_revoke (data, actor_id);
}

void
cr_event_hub_apply_check (CrEventHub *hub, const CrRightsCheck *check)
{
  end_readers (hub, has_other_right, check);
}

void
cr_event_hub_collect_actors (CrEventHub *hub, GHashTable *actors)
{
  for (guint i = 0; i < hub->readers->len; i++) {
    const Reader *reader = hub->readers->pdata[i];

    if (reader->channel != NULL && reader->actor->kind != CR_ACTOR_TOKEN)
      g_hash_table_insert (actors, &reader->actor->token, reader->actor);
  }
}

/* Once a second while there is anybody. */

/* Only to those with nothing on the way. */
static void
send_heartbeat (CrEventHub *hub)
{
  static const gchar comment[] = ":\n\n";
  g_autoptr (GBytes) text = g_bytes_new_static (comment, strlen (comment));
  g_auto (CrEventPiece) piece = {0};

  cr_event_piece_init (&piece, text);
  for (guint i = hub->readers->len; i-- > 0;) {
    Reader *reader = hub->readers->pdata[i];

    if (reader->channel != NULL && cr_event_reader_get_pending_bytes (reader->connection) == 0 &&
        !cr_event_reader_send (reader->connection, &piece))
      drop_reader (hub, reader);
  }
}

static void
drop_ending (CrEventHub *hub)
{
  for (guint i = hub->readers->len; i-- > 0;) {
    Reader *reader = hub->readers->pdata[i];

    if (reader->channel == NULL && ++reader->ending_s > ENDING_S)
      drop_reader (hub, reader);
  }
}

static void
drop_empty (CrEventHub *hub)
{
  GHashTableIter iter;
  gpointer value;

  g_hash_table_iter_init (&iter, hub->channels);
  while (g_hash_table_iter_next (&iter, NULL, &value)) {
    Channel *channel = value;

    if (channel->readers->len == 0 && ++channel->empty_s > EMPTY_S)
      g_hash_table_iter_remove (&iter);
  }
}

static gboolean
on_tick (gpointer data)
{
  CrEventHub *hub = data;

  hub->n_ticks++;
  drop_ending (hub);
  drop_empty (hub);
  if (hub->n_ticks % HEARTBEAT_S == 0)
    send_heartbeat (hub);
  if (hub->readers->len > 0 || g_hash_table_size (hub->channels) > 0)
    return G_SOURCE_CONTINUE;
  hub->tick_source = 0;
  return G_SOURCE_REMOVE;
}

static void
schedule_ticks (CrEventHub *hub)
{
  if (hub->tick_source == 0)
    hub->tick_source = g_timeout_add_seconds (TICK_S, on_tick, hub);
}

/* The hub itself. */

CrEventHub *
cr_event_hub_new (CrHttp *http)
{
  CrEventHub *hub = g_new0 (CrEventHub, 1);

  hub->http = http;
  hub->channels = g_hash_table_new_full (NULL, NULL, NULL, channel_free);
  hub->readers = g_ptr_array_new_with_free_func (reader_free);
  hub->epoll_fd = epoll_create1 (EPOLL_CLOEXEC);
  if (hub->epoll_fd < 0)
    g_error ("epoll_create1: %s", g_strerror (errno)); /* at start-up: there is nothing to serve with */
  hub->epoll_source = g_unix_fd_add (hub->epoll_fd, G_IO_IN, on_epoll, hub);
  cr_lessons_set_watcher (http->lessons, on_topics, hub);
  cr_lessons_set_revoked_func (http->lessons, on_revoked, hub);
  return hub;
}

void
cr_event_hub_free (CrEventHub *hub)
{
  cr_lessons_set_watcher (hub->http->lessons, NULL, NULL);
  cr_lessons_set_revoked_func (hub->http->lessons, NULL, NULL);
  g_clear_handle_id (&hub->tick_source, g_source_remove);
  g_source_remove (hub->epoll_source);
  g_ptr_array_unref (hub->readers);
  g_hash_table_unref (hub->channels);
  close (hub->epoll_fd);
  g_free (hub);
}

static gboolean
is_any (const Reader *reader, gconstpointer what)
{
  return TRUE;
}

void
cr_event_hub_close (CrEventHub *hub)
{
  hub->closed = TRUE;
  end_readers (hub, is_any, NULL);
}

guint
cr_event_hub_get_n_readers (CrEventHub *hub)
{
  return hub->readers->len;
}

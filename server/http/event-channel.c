/* SPDX-License-Identifier: Apache-2.0
 *
 * From topics to texts, and the memory of the rows that were told.
 */
#include "http/event-channel.h"

#include "base/json.h"
#include "http/lesson-json.h"

struct CrEventChannel {
  CrHttp *http;
  CrLesson *lesson;
  CrEventLog *log;
  GHashTable *rows[CR_N_AUDIENCES]; /* classroom's key -> its row as it was told last */
};

/* Who sends. */
typedef struct {
  CrEventSendFunc func;
  gpointer data;
} Sender;

CrEventChannel *
cr_event_channel_new (CrHttp *http, CrLesson *lesson, guint64 *counter)
{
  CrEventChannel *channel = g_new0 (CrEventChannel, 1);

  channel->http = http;
  channel->lesson = lesson;
  channel->log = cr_event_log_new (cr_lessons_get_boot_id (http->lessons), counter);
  for (guint i = 0; i < CR_N_AUDIENCES; i++) {
    channel->rows[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  }
  return channel;
}

void
cr_event_channel_free (CrEventChannel *channel)
{
  cr_event_log_free (channel->log);
  for (guint i = 0; i < CR_N_AUDIENCES; i++)
    g_hash_table_unref (channel->rows[i]);
  g_free (channel);
}

CrLesson *
cr_event_channel_get_lesson (CrEventChannel *channel)
{
  return channel->lesson;
}

/* Takes `data`. */
static void
publish (CrEventChannel *channel, const gchar *name, gchar *data[CR_N_AUDIENCES], const Sender *sender)
{
  GBytes *texts[CR_N_AUDIENCES];

  cr_event_log_add (channel->log, name, (const gchar *const *)data, texts);
  for (guint i = 0; i < CR_N_AUDIENCES; i++) {
    if (texts[i] != NULL)
      sender->func ((CrAudience)i, texts[i], sender->data);
    g_clear_pointer (&texts[i], g_bytes_unref);
    g_clear_pointer (&data[i], g_free);
  }
}

void
cr_event_channel_tell_end (CrEventChannel *channel, CrEventSendFunc send, gpointer data)
{
  const Sender sender = {.func = send, .data = data};
  gchar *texts[CR_N_AUDIENCES];

  for (guint i = 0; i < CR_N_AUDIENCES; i++)
    texts[i] = g_strdup ("{\"state\":\"ended\"}");
  publish (channel, "ended", texts, &sender);
}

GBytes *
cr_event_channel_snapshot (CrEventChannel *channel, const CrActor *actor)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree gchar *data = NULL;

  json_builder_begin_object (builder);
  cr_lesson_json_add_document (builder, channel->http, channel->lesson, actor);
  json_builder_end_object (builder);
  data = cr_json_build (builder, NULL);
  return cr_event_log_format (channel->log, "snapshot", data);
}

GPtrArray *
cr_event_channel_replay (CrEventChannel *channel, CrAudience audience, const gchar *last_event_id,
                         gsize max_bytes)
{
  g_autoptr (GPtrArray) texts = cr_event_log_replay (channel->log, audience, last_event_id);
  gsize n_bytes = 0;

  for (guint i = 0; texts != NULL && i < texts->len; i++)
    n_bytes += g_bytes_get_size (texts->pdata[i]);
  return n_bytes <= max_bytes ? g_steal_pointer (&texts) : NULL;
}

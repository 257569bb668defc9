/* SPDX-License-Identifier: Apache-2.0
 *
 * From topics to texts, and the memory of the rows that were told.
 */
#include "http/event-channel.h"

#include "base/json.h"
#include "http/lesson-json.h"
#include "live/lesson-class.h"

struct CrEventChannel {
  CrHttp *http;
  CrLesson *lesson;
  guint64 *counter; /* of events */
  CrEventLog *log;
  GHashTable *rows[CR_N_AUDIENCES]; /* classroom's key -> its row as it was told last */
};

/* Who sends. */
typedef struct {
  CrEventSendFunc func;
  gpointer data;
} Sender;

/* Notes the row as told; FALSE when it was told so already. */
static gboolean
note_row (CrEventChannel *channel, CrAudience audience, JsonNode *row)
{
  const gchar *key = json_object_get_string_member (json_node_get_object (row), "id");
  g_autofree gchar *text = json_to_string (row, FALSE);

  if (g_strcmp0 (g_hash_table_lookup (channel->rows[audience], key), text) == 0)
    return FALSE;
  g_hash_table_insert (channel->rows[audience], g_strdup (key), g_steal_pointer (&text));
  return TRUE;
}

/* The rows that differ from what was told; NULL: none do. */
static JsonArray *
take_changed_rows (CrEventChannel *channel, CrAudience audience)
{
  guint n = cr_floor_get_n_classrooms (cr_lesson_get_floor_state (channel->lesson));
  g_autoptr (JsonArray) rows = json_array_new ();

  for (guint i = 0; i < n; i++) {
    g_autoptr (JsonNode) row = cr_lesson_json_classroom (channel->lesson, i, audience);

    if (note_row (channel, audience, row))
      json_array_add_element (rows, g_steal_pointer (&row));
  }
  return json_array_get_length (rows) > 0 ? g_steal_pointer (&rows) : NULL;
}

/* An empty log, and the rows as snapshots tell them. */
static void
begin (CrEventChannel *channel)
{
  g_clear_pointer (&channel->log, cr_event_log_free);
  channel->log = cr_event_log_new (cr_lessons_get_boot_id (channel->http->lessons), channel->counter);
  for (guint i = 0; i < CR_N_AUDIENCES; i++) {
    JsonArray *rows;

    g_hash_table_remove_all (channel->rows[i]);
    rows = take_changed_rows (channel, (CrAudience)i);
    g_clear_pointer (&rows, json_array_unref);
  }
}

CrEventChannel *
cr_event_channel_new (CrHttp *http, CrLesson *lesson, guint64 *counter)
{
  CrEventChannel *channel = g_new0 (CrEventChannel, 1);

  channel->http = http;
  channel->lesson = lesson;
  channel->counter = counter;
  for (guint i = 0; i < CR_N_AUDIENCES; i++)
    channel->rows[i] = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  begin (channel);
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

static void
add_rows (JsonBuilder *builder, JsonArray *rows)
{
  JsonNode *node = json_node_new (JSON_NODE_ARRAY);

  json_node_set_array (node, rows);
  json_builder_set_member_name (builder, "classrooms");
  json_builder_add_value (builder, node);
}

/* `part` may be NULL for the rows alone; NULL when there is nothing for this audience. */
static gchar *
encode (CrEventChannel *channel, const CrLessonPart *part, CrAudience audience, JsonArray *rows)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  gboolean has_part = part != NULL && (!part->is_private || audience == CR_AUDIENCE_STAFF);

  if (!has_part && rows == NULL)
    return NULL;
  json_builder_begin_object (builder);
  if (has_part)
    part->add (builder, channel->http, channel->lesson);
  if (rows != NULL)
    add_rows (builder, rows);
  json_builder_end_object (builder);
  return cr_json_build (builder, NULL);
}

/* Takes the rows, when it has any. */
static void
tell_part (CrEventChannel *channel, const CrLessonPart *part, JsonArray *rows[CR_N_AUDIENCES],
           const Sender *sender)
{
  gchar *data[CR_N_AUDIENCES];

  for (guint i = 0; i < CR_N_AUDIENCES; i++) {
    data[i] = encode (channel, part, (CrAudience)i, rows != NULL ? rows[i] : NULL);
    if (rows != NULL)
      g_clear_pointer (&rows[i], json_array_unref);
  }
  publish (channel, part != NULL ? part->name : "classrooms", data, sender);
}

static gboolean
has_lost_a_row (CrEventChannel *channel)
{
  const CrFloor *floor = cr_lesson_get_floor_state (channel->lesson);
  GHashTableIter iter;
  gpointer key;

  g_hash_table_iter_init (&iter, channel->rows[CR_AUDIENCE_OTHERS]);
  while (g_hash_table_iter_next (&iter, &key, NULL)) {
    if (cr_floor_find (floor, key) == NULL)
      return TRUE;
  }
  return FALSE;
}

/* The floor and the hands bring the rows that changed with them, so that a page never shows one without the
 * other. */
gboolean
cr_event_channel_tell (CrEventChannel *channel, guint topics, CrEventSendFunc send, gpointer data)
{
  const Sender sender = {.func = send, .data = data};
  JsonArray *rows[CR_N_AUDIENCES];

  if (has_lost_a_row (channel)) {
    begin (channel);
    return FALSE;
  }
  for (guint i = 0; i < CR_N_AUDIENCES; i++)
    rows[i] = take_changed_rows (channel, (CrAudience)i);
  for (guint p = 0; p < cr_n_lesson_parts; p++) {
    const CrLessonPart *part = &cr_lesson_parts[p];

    if ((topics & part->topic) != 0)
      tell_part (channel, part, (part->topic & (CR_TOPIC_FLOOR | CR_TOPIC_HANDS)) != 0 ? rows : NULL,
                 &sender);
  }
  if (rows[CR_AUDIENCE_STAFF] != NULL || rows[CR_AUDIENCE_OTHERS] != NULL)
    tell_part (channel, NULL, rows, &sender);
  return TRUE;
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

GBytes *
cr_event_channel_you (CrEventChannel *channel, const CrActor *actor)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autofree gchar *data = NULL;

  json_builder_begin_object (builder);
  cr_lesson_json_add_you (builder, channel->lesson, actor);
  json_builder_end_object (builder);
  data = cr_json_build (builder, NULL);
  return cr_event_log_format (channel->log, "you", data);
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

/* SPDX-License-Identifier: Apache-2.0
 *
 * Fuzz target: what comes to a running lesson over HTTP: the JSON of each action, by each kind of actor; a
 * slide's picture; a Last-Event-ID. Whatever it is, the lesson's document stays one that can be read, and an
 * answer is none of a fault of ours.
 *
 *   one byte: which, and who; the body
 */
#include "fuzz-input.h"

#include "base/json.h"
#include "base/log.h"
#include "http/event-channel.h"
#include "http/lesson-json.h"
#include "http/routes.h"
#include "live/lesson-class.h"

#include <string.h>

enum { WHAT_SLIDE = 5, WHAT_LAST_EVENT_ID, N_WHAT };

typedef struct {
  CrLessons *lessons;
  CrHttp *http;
  CrLesson *lesson;
  CrActor *actors[3];
  CrEventChannel *channel;
  guint64 counter;
  gint64 now_us;
} World;

static World world;

static gint64
read_clock (gpointer data)
{
  return world.now_us;
}

static CrActor *
add_actor (const gchar *name, CrRole role)
{
  CrTokenHash hash;
  CrActor *actor;

  cr_token_hash (name, &hash);
  actor = cr_actor_new (name, role, &hash);
  cr_lesson_add_actor (world.lesson, cr_actor_ref (actor));
  return actor;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  static const gchar *const codecs[] = {"H264", NULL};
  static const CrClock clock = {.monotonic_us = read_clock, .wall_us = read_clock};

  g_log_set_writer_func (fuzz_write_log, NULL, NULL);
  cr_log_set_level (CR_LOG_ERROR);
  world.lessons = cr_lessons_new (cr_config_new (), g_ptr_array_new (), NULL, &clock);
  world.http = cr_http_new (cr_lessons_get_config (world.lessons), world.lessons);
  world.lesson = cr_lessons_add (world.lessons, "music", "music", codecs);
  world.actors[0] = add_actor ("teacher", CR_ROLE_TEACHER);
  world.actors[1] = add_actor ("classroom-1", CR_ROLE_CLASSROOM);
  world.actors[2] = add_actor ("classroom-2", CR_ROLE_CLASSROOM);
  world.channel = cr_event_channel_new (world.http, world.lesson, &world.counter);
  return 0;
}

static void
act (guint what, CrActor *actor, const gchar *body, gsize n_bytes)
{
  static const CrHandler handlers[] = {cr_handle_lesson_hand, cr_handle_lesson_floor, cr_handle_lesson_mute,
                                       cr_handle_lesson_notes, cr_handle_lesson_call};
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_REQUEST);
  g_autoptr (CrRequest) request = cr_request_new ("POST", "/", NULL, headers, TRUE);
  g_autoptr (CrResponse) response = cr_response_new ();
  g_autoptr (GError) error = NULL;

  request->lesson = world.lesson;
  request->actor = cr_actor_ref (actor);
  request->body = g_bytes_new (body, n_bytes);
  if (!handlers[what](world.http, request, response, &error))
    cr_problem_respond (world.http, error, response);
  g_assert_cmpuint (request->n_pending, ==, 0); /* no database: there is nothing to wait for */
  g_assert_cmpuint (response->status, >=, 200);
  g_assert_cmpuint (response->status, <, 500);
}

static void
count (CrAudience audience, GBytes *text, gpointer data)
{
  const gchar *bytes = g_bytes_get_data (text, NULL);

  /* an event is three lines and an empty one, whatever was written in a note */
  g_assert_true (g_strstr_len (bytes, (gssize)g_bytes_get_size (text), "\n\n") ==
                 bytes + g_bytes_get_size (text) - 2);
}

static void
check_document (void)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree gchar *text = NULL;

  json_builder_begin_object (builder);
  cr_lesson_json_add_document (builder, world.http, world.lesson, world.actors[0]);
  json_builder_end_object (builder);
  text = cr_json_build (builder, NULL);
  root = cr_json_parse (text, strlen (text), NULL);
  g_assert_nonnull (root);
  cr_event_channel_tell (world.channel, CR_TOPIC_HANDS | CR_TOPIC_FLOOR | CR_TOPIC_NOTES | CR_TOPIC_CALLS,
                         count, NULL);
}

static void
replay (const gchar *id)
{
  g_autoptr (GPtrArray) texts = cr_event_channel_replay (world.channel, CR_AUDIENCE_OTHERS, id, G_MAXSIZE);

  g_assert_true (texts == NULL || texts->len <= CR_EVENT_LOG_MAX_EVENTS);
}

int
LLVMFuzzerTestOneInput (const uint8_t *data, size_t size)
{
  g_autofree gchar *text = size > 0 ? g_strndup ((const gchar *)data + 1, size - 1) : NULL;
  g_autoptr (GBytes) bytes = NULL;
  guint what, who;

  if (size == 0)
    return 0;
  what = data[0] % N_WHAT;
  who = data[0] / N_WHAT % G_N_ELEMENTS (world.actors);
  world.now_us += G_USEC_PER_SEC; /* so that nothing is too often */
  bytes = g_bytes_new (data + 1, size - 1);
  if (what == WHAT_LAST_EVENT_ID)
    replay (text);
  else if (what == WHAT_SLIDE)
    g_assert_true (!cr_slide_is_png (bytes) || size > 45);
  else {
    act (what, world.actors[who], (const gchar *)data + 1, size - 1);
    check_document ();
  }
  return 0;
}

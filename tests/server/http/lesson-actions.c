/* SPDX-License-Identifier: Apache-2.0
 *
 * What people do in a lesson, asked of the dispatcher: for whom each may act, what is refused in which words,
 * what the document says afterwards and to whom, and how often.
 */
#include "server/people/people-fixture.h"

#include "http/event-channel.h"
#include "live/lesson-class.h"

#define JSON "application/json"

typedef struct {
  World world;
  CrLesson *lesson;
  const gchar *room; /* of B, who listens */
} Fixture;

static void
set_up (Fixture *f, gconstpointer data)
{
  world_set_up (&f->world, g_ptr_array_new (), NULL);
  f->lesson = cr_lessons_find (f->world.lessons, "music");
  f->room = f->world.classroom_ids[SCHOOL_B];
}

static void
tear_down (Fixture *f, gconstpointer data)
{
  world_tear_down (&f->world);
}

/* A second has passed since what was done before. */
static guint
act_in (Fixture *f, const gchar *language, gchar letter, const gchar *action, const gchar *body,
        gchar **field_and_detail)
{
  const Person *person = world_find (&f->world, letter);
  g_autofree gchar *path = g_strconcat ("/api/v1/lessons/music/", action, NULL);
  const gchar *headers[] = {"Host", HOST, "Origin", ORIGIN, "Accept-Language", language, NULL};
  GString *text = g_string_new (body);
  Question question = {.method = "POST",
                       .path = path,
                       .bearer = person->role == NULL ? person->secret : NULL,
                       .cookie = person->role != NULL ? person->secret : NULL,
                       .type = JSON,
                       .headers = headers};
  g_auto (Answer) answer = {0};

  f->world.monotonic_us += G_USEC_PER_SEC;
  g_string_replace (text, "{room}", f->room, 0);
  question.body = text->str;
  world_ask (&f->world, &question, &answer);
  g_string_free (text, TRUE);
  if (field_and_detail != NULL) {
    g_autoptr (JsonNode) root = cr_json_parse (answer.text, strlen (answer.text), NULL);
    JsonObject *problem = json_node_get_object (root);

    *field_and_detail =
        g_strdup_printf ("%s: %s", json_object_get_string_member_with_default (problem, "field", "-"),
                         json_object_get_string_member (problem, "detail"));
  }
  return answer.status;
}

static guint
act (Fixture *f, gchar letter, const gchar *action, const gchar *body)
{
  return act_in (f, "en", letter, action, body, NULL);
}

static JsonObject *
look (Fixture *f, gchar letter)
{
  const Person *person = world_find (&f->world, letter);
  Question question = {.method = "GET",
                       .path = "/api/v1/lessons/music",
                       .bearer = person->role == NULL ? person->secret : NULL,
                       .cookie = person->role != NULL ? person->secret : NULL};
  g_auto (Answer) answer = {0};
  g_autoptr (JsonNode) root = NULL;

  world_ask (&f->world, &question, &answer);
  g_assert_cmpuint (answer.status, ==, 200);
  root = cr_json_parse (answer.text, strlen (answer.text), NULL);
  return json_object_ref (json_node_get_object (root));
}

static JsonObject *
row_of (JsonObject *document)
{
  return json_array_get_object_element (json_object_get_array_member (document, "classrooms"), 0);
}

static void
test_a_classroom_acts_for_itself (Fixture *f, gconstpointer data)
{
  g_autoptr (JsonObject) document = NULL;

  g_assert_cmpuint (act (f, 'D', "hand", "{\"raised\":true}"), ==, 204);
  g_assert_cmpuint (act (f, 'D', "hand", "{\"raised\":true}"), ==, 204);
  g_assert_cmpuint (act (f, 'D', "hand", "{\"raised\":true,\"classroom\":\"{room}\"}"), ==, 204);
  document = look (f, 'D');
  g_assert_cmpint (json_object_get_int_member (row_of (document), "hand"), ==, 1);
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (document, "hands")), ==, 1);

  g_assert_cmpuint (act (f, 'D', "hand", "{\"raised\":true,\"classroom\":\"another\"}"), ==, 403);
  g_assert_cmpuint (act (f, 'D', "call", "{\"open\":false,\"classroom\":\"teacher\"}"), ==, 403);
  g_assert_cmpuint (act (f, 'D', "floor", "{\"classrooms\":[\"{room}\"]}"), ==, 403);
  g_assert_cmpuint (act (f, 'D', "mute", "{\"classroom\":\"{room}\",\"muted\":false}"), ==, 403);
  g_assert_cmpuint (act (f, 'd', "hand", "{\"raised\":true}"), ==, 404);
  /* its assistant's phone says the same */
  g_assert_cmpuint (act (f, 'H', "hand", "{\"raised\":false}"), ==, 204);
  g_assert_cmpuint (cr_floor_get_hands (cr_lesson_get_floor_state (f->lesson))->len, ==, 0);
}

static void
test_the_teacher_acts_for_all (Fixture *f, gconstpointer data)
{
  const CrFloor *floor = cr_lesson_get_floor_state (f->lesson);

  g_assert_cmpuint (act (f, 'D', "hand", "{\"raised\":true}"), ==, 204);
  g_assert_cmpuint (act (f, 'T', "hand", "{\"raised\":false,\"classroom\":\"{room}\"}"), ==, 204);
  g_assert_cmpuint (cr_floor_get_hands (floor)->len, ==, 0);
  g_assert_cmpuint (act (f, 'T', "hand", "{\"raised\":true,\"classroom\":\"{room}\"}"), ==, 422);
  g_assert_cmpuint (act (f, 'T', "hand", "{\"raised\":false}"), ==, 422);
  g_assert_cmpuint (act (f, 'T', "hand", "{\"raised\":false,\"classroom\":\"nobody\"}"), ==, 404);

  g_assert_cmpuint (act (f, 'T', "floor", "{\"classrooms\":[\"{room}\"]}"), ==, 204);
  g_assert_cmpstr (cr_floor_get_holder (floor, 0)->key, ==, f->room);
  g_assert_cmpuint (act (f, 'T', "floor", "{\"classrooms\":[\"{room}\"]}"), ==, 204);
  g_assert_cmpuint (cr_floor_find (floor, f->room)->turns, ==, 1);
  g_assert_cmpuint (act (f, 'T', "floor", "{\"classrooms\":[\"nobody\"]}"), ==, 404);
  g_assert_cmpstr (cr_floor_get_holder (floor, 0)->key, ==, f->room);
  g_assert_cmpuint (act (f, 'T', "mute", "{\"classroom\":\"{room}\",\"muted\":true}"), ==, 204);
  g_assert_true (cr_floor_find (floor, f->room)->muted);
  g_assert_cmpuint (act (f, 'a', "floor", "{\"classrooms\":[]}"), ==, 204); /* the district's coordinator */
  g_assert_null (cr_floor_get_holder (floor, 0));
  g_assert_cmpuint (act (f, 'b', "floor", "{\"classrooms\":[]}"), ==, 403);
  g_assert_cmpuint (act (f, 'T', "notes", "{\"code\":\"ready\"}"), ==, 403);
}

static void
test_private_words_stay_private (Fixture *f, gconstpointer data)
{
  static const gchar *const staff_only[] = {"notes", "calls", "tiles"};
  static const gchar *const staff_row[] = {"condition", "loss", "rtt_ms", "transport"};
  g_autoptr (JsonObject) teacher = NULL;
  g_autoptr (JsonObject) coordinator = NULL;
  g_autoptr (JsonObject) classroom = NULL;
  g_autoptr (JsonObject) assistant = NULL;

  g_assert_cmpuint (act (f, 'H', "notes", "{\"code\":\"other\",\"text\":\"听不清\"}"), ==, 204);
  g_assert_cmpuint (act (f, 'D', "call", "{\"open\":true}"), ==, 204);
  teacher = look (f, 'T');
  coordinator = look (f, 'a');
  classroom = look (f, 'D');
  assistant = look (f, 'H');
  for (guint i = 0; i < G_N_ELEMENTS (staff_only); i++) {
    g_assert_cmpuint (json_array_get_length (json_object_get_array_member (teacher, staff_only[i])), ==, 1);
    g_assert_cmpuint (json_array_get_length (json_object_get_array_member (coordinator, staff_only[i])), ==,
                      1);
    g_assert_false (json_object_has_member (classroom, staff_only[i]));
    g_assert_false (json_object_has_member (assistant, staff_only[i]));
  }
  for (guint i = 0; i < G_N_ELEMENTS (staff_row); i++) {
    g_assert_true (json_object_has_member (row_of (teacher), staff_row[i]));
    g_assert_false (json_object_has_member (row_of (classroom), staff_row[i]));
  }
  g_assert_cmpstr (json_object_get_string_member (json_object_get_object_member (classroom, "you"), "role"),
                   ==, "classroom");
  g_assert_cmpstr (
      json_object_get_string_member (json_object_get_object_member (assistant, "you"), "classroom"), ==,
      f->room);
}

/* The texts of the events too: what each audience is sent, searched for what is not its. */
static void
collect (CrAudience audience, GBytes *text, gpointer data)
{
  GString **sent = data;

  g_string_append_len (sent[audience], g_bytes_get_data (text, NULL), (gssize)g_bytes_get_size (text));
}

static void
test_events_keep_it_private_too (Fixture *f, gconstpointer data)
{
  static const gchar *const secrets[] = {"听不清", "calls", "condition", "rtt_ms", "transport", "tiles"};
  guint64 counter = 0;
  g_autoptr (CrEventChannel) channel = cr_event_channel_new (f->world.http, f->lesson, &counter);
  GString *sent[CR_N_AUDIENCES] = {g_string_new (NULL), g_string_new (NULL)};
  const guint all = CR_TOPIC_STATE | CR_TOPIC_CLASSROOMS | CR_TOPIC_HANDS | CR_TOPIC_FLOOR | CR_TOPIC_NOTES |
                    CR_TOPIC_CALLS | CR_TOPIC_SLIDE | CR_TOPIC_TILES;

  g_assert_cmpuint (act (f, 'H', "notes", "{\"code\":\"other\",\"text\":\"听不清\"}"), ==, 204);
  g_assert_cmpuint (act (f, 'D', "call", "{\"open\":true}"), ==, 204);
  g_assert_cmpuint (act (f, 'D', "hand", "{\"raised\":true}"), ==, 204);
  g_assert_true (cr_event_channel_tell (channel, all, collect, sent));
  for (guint i = 0; i < G_N_ELEMENTS (secrets); i++) {
    g_assert_nonnull (strstr (sent[CR_AUDIENCE_STAFF]->str, secrets[i]));
    g_assert_null (strstr (sent[CR_AUDIENCE_OTHERS]->str, secrets[i]));
  }
  g_assert_nonnull (strstr (sent[CR_AUDIENCE_OTHERS]->str, "event: hands\ndata: {\"hands\":[\""));
  g_assert_nonnull (strstr (sent[CR_AUDIENCE_OTHERS]->str, "\"hand\":1"));

  /* what has been told is not told again */
  g_string_truncate (sent[CR_AUDIENCE_STAFF], 0);
  g_string_truncate (sent[CR_AUDIENCE_OTHERS], 0);
  g_assert_true (cr_event_channel_tell (channel, CR_TOPIC_CLASSROOMS, collect, sent));
  g_assert_cmpuint (sent[CR_AUDIENCE_STAFF]->len + sent[CR_AUDIENCE_OTHERS]->len, ==, 0);
  for (guint i = 0; i < CR_N_AUDIENCES; i++)
    g_string_free (sent[i], TRUE);
}

static void
test_refusals_name_the_field (Fixture *f, gconstpointer data)
{
  g_autofree gchar *long_text = g_strnfill (CR_NOTE_MAX_CHARS + 1, 'x');
  g_autofree gchar *too_long = g_strdup_printf ("{\"code\":\"other\",\"text\":\"%s\"}", long_text);
  const struct {
    gchar letter;
    const gchar *action, *body;
    guint status;
    const gchar *zh, *en;
  } cases[] = {
      {'D', "notes", "{\"code\":\"shout\"}", 422, "code: 没有这种留言",
       "code: code is cannot-hear, cannot-see, slow-down, ready or other"},
      {'D', "notes", "{\"code\":\"other\"}", 422, "text: 请写一句话", "text: write a sentence"},
      {'D', "notes", too_long, 422, "text: 最多 200 字", "text: at most 200 characters"},
      {'D', "notes", "{\"code\":\"other\",\"text\":\"a\\nb\"}", 422, "text: 只能写一行",
       "text: one line only"},
      {'D', "notes", "{\"code\":\"other\",\"text\":\"a\\u0085b\"}", 422, "text: 只能写一行",
       "text: one line only"},
      {'T', "floor", "{\"classrooms\":[\"a\",\"b\",\"c\"]}", 422,
       "classrooms: 同时发言的教室最多两间，且不能重复",
       "classrooms: at most two different classrooms have the floor"},
      {'T', "floor", "{\"classrooms\":[\"{room}\",\"{room}\"]}", 422,
       "classrooms: 同时发言的教室最多两间，且不能重复",
       "classrooms: at most two different classrooms have the floor"},
      {'G', "call", "{\"open\":true}", 422, "classroom: 请说明是谁的呼叫", "classroom: say whose call"},
      {'G', "call", "{\"open\":true,\"classroom\":\"teacher\"}", 422, "open: 协调员只能结束呼叫",
       "open: a coordinator closes calls only"},
      {'D', "hand", "{\"raised\":1}", 400, "-: 请求的格式不对", "-: raised: not of this type"},
      {'D', "hand", "{}", 400, "-: 请求的格式不对", "-: raised is missing"},
      {'D', "hand", "{\"raised\":true,\"now\":1}", 400, "-: 请求的格式不对",
       "-: there is no field of one of these names"},
      {'D', "hand", "[true]", 400, "-: 请求的格式不对", "-: the body must be a JSON object"},
      {'D', "hand", "{\"raised\":", 400, "-: 内容不是正确的 JSON", NULL},
      {'T', "floor", "{\"classrooms\":[1]}", 400, "-: 请求的格式不对", "-: classrooms: not of this type"},
      {'T', "mute", "{\"classroom\":null,\"muted\":true}", 400, "-: 请求的格式不对",
       "-: classroom: not of this type"},
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++) {
    g_autofree gchar *zh = NULL;
    g_autofree gchar *en = NULL;

    g_test_message ("%s %s", cases[i].action, cases[i].body);
    g_assert_cmpuint (act_in (f, "zh-CN", cases[i].letter, cases[i].action, cases[i].body, &zh), ==,
                      cases[i].status);
    g_assert_cmpstr (zh, ==, cases[i].zh);
    g_assert_cmpuint (act_in (f, "en", cases[i].letter, cases[i].action, cases[i].body, &en), ==,
                      cases[i].status);
    if (cases[i].en != NULL)
      g_assert_cmpstr (en, ==, cases[i].en);
  }
}

static void
test_calls_are_closed_by_who_may (Fixture *f, gconstpointer data)
{
  const CrFloor *floor = cr_lesson_get_floor_state (f->lesson);

  g_assert_cmpuint (act (f, 'D', "call", "{\"open\":true}"), ==, 204);
  g_assert_cmpuint (act (f, 'T', "call", "{\"open\":true}"), ==, 204);
  g_assert_cmpuint (cr_floor_get_calls (floor)->len, ==, 2);
  g_assert_cmpuint (act (f, 'T', "call", "{\"open\":false,\"classroom\":\"{room}\"}"), ==, 403);
  g_assert_cmpuint (act (f, 'a', "call", "{\"open\":false,\"classroom\":\"{room}\"}"), ==, 204);
  g_assert_cmpuint (act (f, 'a', "call", "{\"open\":false,\"classroom\":\"{room}\"}"), ==, 204);
  g_assert_cmpuint (cr_floor_get_calls (floor)->len, ==, 1);
  g_assert_cmpuint (act (f, 'T', "call", "{\"open\":false}"), ==, 204);
  g_assert_cmpuint (cr_floor_get_calls (floor)->len, ==, 0);
}

static gboolean
is_told_of_a_call (Fixture *f, gchar letter)
{
  g_autoptr (JsonObject) document = look (f, letter);

  return json_object_get_boolean_member (json_object_get_object_member (document, "you"), "calling");
}

/* The classroom's device and its assistant are told of its call, and of nobody else's. */
static void
test_whose_call_it_is (Fixture *f, gconstpointer data)
{
  g_assert_cmpuint (act (f, 'T', "call", "{\"open\":true}"), ==, 204);
  g_assert_false (is_told_of_a_call (f, 'D'));
  g_assert_cmpuint (act (f, 'H', "call", "{\"open\":true}"), ==, 204);
  g_assert_true (is_told_of_a_call (f, 'D'));
  g_assert_true (is_told_of_a_call (f, 'H'));
  g_assert_false (is_told_of_a_call (f, 'T'));
  g_assert_false (is_told_of_a_call (f, 'a'));
  g_assert_cmpuint (act (f, 'a', "call", "{\"open\":false,\"classroom\":\"{room}\"}"), ==, 204);
  g_assert_false (is_told_of_a_call (f, 'D'));
}

static void
test_too_often_is_429 (Fixture *f, gconstpointer data)
{
  guint n_done = 0, n_refused = 0;

  for (guint i = 0; i < 20; i++) {
    guint status = act (f, 'D', "hand", i % 2 == 0 ? "{\"raised\":true}" : "{\"raised\":false}");

    f->world.monotonic_us -= G_USEC_PER_SEC; /* all in one instant */
    n_done += status == 204;
    n_refused += status == 429;
  }
  g_assert_cmpuint (n_done, ==, 5);
  g_assert_cmpuint (n_refused, ==, 15);
  g_assert_cmpuint (act (f, 'H', "hand", "{\"raised\":true}"), ==, 204);
  g_assert_cmpuint (act (f, 'D', "hand", "{\"raised\":true}"), ==, 204); /* a second later */
}

static void
test_foreign_pages_are_refused (Fixture *f, gconstpointer data)
{
  static const gchar *const foreign[] = {"Host", HOST, "Origin", "https://elsewhere.example", NULL};
  static const gchar *const cross[] = {"Host", HOST, "Sec-Fetch-Site", "cross-site", NULL};
  static const gchar *const own[] = {"Host", HOST, "Sec-Fetch-Site", "same-origin", NULL};
  const gchar *const *const headers[] = {foreign, cross, own};

  for (guint i = 0; i < G_N_ELEMENTS (headers); i++) {
    Question question = {.method = "GET",
                         .path = "/events/music",
                         .cookie = world_find (&f->world, 'T')->secret,
                         .headers = headers[i],
                         .head_only = TRUE};
    g_auto (Answer) answer = {0};

    world_ask (&f->world, &question, &answer);
    g_assert_cmpint (answer.admitted, ==, headers[i] == own);
    if (headers[i] != own)
      g_assert_cmpuint (answer.status, ==, 403);
  }
}

/* A token in the URL is nobody's. */
static void
test_tokens_are_not_taken_from_urls (Fixture *f, gconstpointer data)
{
  static const gchar *const names[] = {"token", "access_token", "authorization", "lastEventId"};

  for (guint i = 0; i < G_N_ELEMENTS (names); i++) {
    g_autofree gchar *query = g_strdup_printf ("%s=%s", names[i], world_find (&f->world, 'D')->secret);
    Question question = {.method = "GET", .path = "/events/music", .query = query, .head_only = TRUE};
    g_auto (Answer) answer = {0};

    world_ask (&f->world, &question, &answer);
    g_assert_false (answer.admitted);
    g_assert_cmpuint (answer.status, ==, 401);
  }
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
#define ADD(name, func)                                                                                      \
  g_test_add ("/server/http/lesson-actions/" name, Fixture, NULL, set_up, func, tear_down)
  ADD ("a-classroom-acts-for-itself", test_a_classroom_acts_for_itself);
  ADD ("the-teacher-acts-for-all", test_the_teacher_acts_for_all);
  ADD ("private-words-stay-private", test_private_words_stay_private);
  ADD ("events-keep-it-private-too", test_events_keep_it_private_too);
  ADD ("refusals-name-the-field", test_refusals_name_the_field);
  ADD ("calls-are-closed-by-who-may", test_calls_are_closed_by_who_may);
  ADD ("whose-call-it-is", test_whose_call_it_is);
  ADD ("too-often-is-429", test_too_often_is_429);
  ADD ("foreign-pages-are-refused", test_foreign_pages_are_refused);
  ADD ("tokens-are-not-taken-from-urls", test_tokens_are_not_taken_from_urls);
  return g_test_run ();
}

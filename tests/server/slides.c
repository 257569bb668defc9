/* SPDX-License-Identifier: Apache-2.0
 *
 * Slides at the daemon: up by the teacher, down by whoever may watch, and what is no slide.
 */
#include "support/daemon.h"

#include <json-glib/json-glib.h>
#include <string.h>

#define SLIDES "/api/v1/lessons/demo/slides"
#define PNG    "image/png"

static CrTestDaemon *daemon_;

typedef struct {
  guint status;
  gchar *etag;
  GBytes *body;
} Reply;

static void
reply_clear (Reply *reply)
{
  g_free (reply->etag);
  g_bytes_unref (reply->body);
}
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reply, reply_clear)

/* `body` may be NULL. */
static void
ask (const gchar *method, const gchar *path, const gchar *token, const gchar *type, GBytes *body,
     const gchar *if_none_match, Reply *reply)
{
  g_autofree gchar *url = g_strconcat (daemon_->url, path, NULL);
  g_autofree gchar *authorization = g_strconcat ("Bearer ", token, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (method, url);
  SoupMessageHeaders *headers = soup_message_get_request_headers (message);
  g_autoptr (GError) error = NULL;

  soup_message_headers_append (headers, "Authorization", authorization);
  if (if_none_match != NULL)
    soup_message_headers_append (headers, "If-None-Match", if_none_match);
  if (body != NULL)
    soup_message_set_request_body_from_bytes (message, type, body);
  reply->body = soup_session_send_and_read (daemon_->session, message, NULL, &error);
  g_assert_no_error (error);
  reply->status = soup_message_get_status (message);
  reply->etag = g_strdup (soup_message_headers_get_one (soup_message_get_response_headers (message), "ETag"));
}

static guint
put_up (const gchar *token, const gchar *type, GBytes *body)
{
  g_auto (Reply) reply = {0};

  ask ("POST", SLIDES, token, type, body, NULL, &reply);
  return reply.status;
}

static GBytes *
make_png (gsize n_bytes)
{
  static const guint8 head[33] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n', 0, 0, 0,  13, 'I',
                                  'H',  'D', 'R', 0,   0,    7,    128,  0,    0, 4, 56, 8,  2};
  static const guint8 end[12] = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0xae, 0x42, 0x60, 0x82};
  guint8 *bytes = g_malloc0 (n_bytes);

  memcpy (bytes, head, sizeof head);
  memcpy (bytes + n_bytes - sizeof end, end, sizeof end);
  return g_bytes_new_take (bytes, n_bytes);
}

static void
test_up_and_down (void)
{
  g_autoptr (GBytes) picture = make_png (2 * 1024 * 1024);
  g_auto (Reply) up = {0}, down = {0}, again = {0}, none = {0};

  ask ("POST", SLIDES, daemon_->teacher_token, PNG, picture, NULL, &up);
  g_assert_cmpuint (up.status, ==, 201);
  g_assert_cmpmem (g_bytes_get_data (up.body, NULL), g_bytes_get_size (up.body), "{\"number\":1}", 12);
  ask ("GET", SLIDES "/1", daemon_->classroom_token, NULL, NULL, NULL, &down);
  g_assert_cmpuint (down.status, ==, 200);
  g_assert_true (g_bytes_equal (down.body, picture));
  ask ("GET", SLIDES "/1", daemon_->viewer_token, NULL, NULL, down.etag, &again);
  g_assert_cmpuint (again.status, ==, 304);
  g_assert_cmpuint (g_bytes_get_size (again.body), ==, 0);
  g_assert_cmpuint (put_up (daemon_->teacher_token, PNG, picture), ==, 201);
  ask ("GET", SLIDES "/3", daemon_->viewer_token, NULL, NULL, NULL, &none);
  g_assert_cmpuint (none.status, ==, 404);
}

static void
test_numbers_are_numbers (void)
{
  static const gchar *const paths[] = {SLIDES "/0",   SLIDES "/-1", SLIDES "/x",          SLIDES "/1x",
                                       SLIDES "/%00", SLIDES "/..", SLIDES "/99999999999"};

  for (guint i = 0; i < G_N_ELEMENTS (paths); i++) {
    g_auto (Reply) reply = {0};

    ask ("GET", paths[i], daemon_->viewer_token, NULL, NULL, NULL, &reply);
    g_assert_cmpuint (reply.status, >=, 400);
    g_assert_cmpuint (reply.status, <, 500);
  }
}

static void
test_what_is_no_slide (void)
{
  g_autoptr (GBytes) picture = make_png (1000);
  g_autoptr (GBytes) text = g_bytes_new_static ("GIF89a", 6);
  g_autoptr (GBytes) nothing = g_bytes_new_static ("", 0);
  g_autoptr (GBytes) large = make_png (2 * 1024 * 1024 + 1);
  g_auto (Reply) document = {0};
  g_autofree gchar *json = NULL;

  g_assert_cmpuint (put_up (daemon_->classroom_token, PNG, picture), ==, 403);
  g_assert_cmpuint (put_up (daemon_->viewer_token, PNG, picture), ==, 403);
  g_assert_cmpuint (put_up ("nobody-nobody-nobody", PNG, picture), ==, 401);
  g_assert_cmpuint (put_up (daemon_->teacher_token, "image/jpeg", picture), ==, 415);
  g_assert_cmpuint (put_up (daemon_->teacher_token, PNG, text), ==, 422);
  g_assert_cmpuint (put_up (daemon_->teacher_token, PNG, nothing), ==, 422);
  g_assert_cmpuint (put_up (daemon_->teacher_token, PNG, large), ==, 413);
  ask ("GET", "/api/v1/lessons/demo", daemon_->classroom_token, NULL, NULL, NULL, &document);
  json = g_strndup (g_bytes_get_data (document.body, NULL), g_bytes_get_size (document.body));
  g_assert_nonnull (strstr (json, "\"slide\":{\"number\":2}")); /* those of the first test */
}

int
main (int argc, char **argv)
{
  gint status;

  g_test_init (&argc, &argv, NULL);
  daemon_ = cr_test_daemon_start (NULL, NULL);
  g_test_add_func ("/server/slides/up-and-down", test_up_and_down);
  g_test_add_func ("/server/slides/numbers-are-numbers", test_numbers_are_numbers);
  g_test_add_func ("/server/slides/what-is-no-slide", test_what_is_no_slide);
  status = g_test_run ();
  cr_test_daemon_stop (daemon_);
  return status;
}

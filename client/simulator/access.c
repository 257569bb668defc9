/* SPDX-License-Identifier: Apache-2.0
 *
 * Options, then token file, then CLASSRELAY_TOKEN, then /demo.json: the first that is there.
 */
#include "access.h"

#include <json-glib/json-glib.h>

#define DEFAULT_URL    "http://127.0.0.1:8080"
#define DEFAULT_LESSON "demo"

#define DEMO_ATTEMPTS    60
#define DEMO_INTERVAL_US (500 * 1000)

void
cr_access_add_options (CrAccess *access, GOptionContext *context)
{
  const GOptionEntry entries[] = {
      {"url", 0, 0, G_OPTION_ARG_STRING, &access->url, "The relay (" DEFAULT_URL ")", "URL"},
      {"lesson", 0, 0, G_OPTION_ARG_STRING, &access->lesson, "The lesson (" DEFAULT_LESSON ")", "ID"},
      {"token-file", 0, 0, G_OPTION_ARG_FILENAME, &access->token_file,
       "Tokens, one a line; else $CLASSRELAY_TOKEN", "FILE"},
      {"demo", 0, 0, G_OPTION_ARG_NONE, &access->demo, "Take the tokens from the relay's demo page", NULL},
      {NULL}};

  *access = (CrAccess){0};
  g_option_context_add_main_entries (context, entries, NULL);
}

static gboolean
read_token_file (CrAccess *access, GError **error)
{
  g_autofree gchar *text = NULL;
  g_auto (GStrv) lines = NULL;
  g_autoptr (GStrvBuilder) tokens = g_strv_builder_new ();

  if (!g_file_get_contents (access->token_file, &text, NULL, error))
    return FALSE;
  lines = g_strsplit (text, "\n", -1);
  for (gchar **line = lines; *line != NULL; line++) {
    if (*g_strstrip (*line) != '\0')
      g_strv_builder_add (tokens, *line);
  }
  access->tokens = g_strv_builder_end (tokens);
  if (access->tokens[0] != NULL)
    return TRUE;
  g_set_error (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "%s holds no token", access->token_file);
  return FALSE;
}

/* {"lesson":"demo","teacher_token":"…","viewer_token":"…","classroom_tokens":["…", …]} */
static gboolean
read_demo (CrAccess *access, const gchar *body)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (GStrvBuilder) tokens = g_strv_builder_new ();
  JsonObject *root;
  JsonArray *classrooms;

  if (!json_parser_load_from_data (parser, body, -1, NULL) ||
      !JSON_NODE_HOLDS_OBJECT (json_parser_get_root (parser)))
    return FALSE;
  root = json_node_get_object (json_parser_get_root (parser));
  if (access->lesson == NULL)
    access->lesson = g_strdup (json_object_get_string_member_with_default (root, "lesson", NULL));
  if (access->role == CR_ACCESS_TEACHER) {
    const gchar *token = json_object_get_string_member_with_default (root, "teacher_token", NULL);

    if (token != NULL)
      g_strv_builder_add (tokens, token);
  } else if (json_object_has_member (root, "classroom_tokens")) {
    classrooms = json_object_get_array_member (root, "classroom_tokens");
    for (guint i = 0; i < json_array_get_length (classrooms); i++)
      g_strv_builder_add (tokens, json_array_get_string_element (classrooms, i));
  }
  g_strfreev (access->tokens);
  access->tokens = g_strv_builder_end (tokens);
  return access->tokens[0] != NULL;
}

static gboolean
ask_demo (CrAccess *access, GError **error)
{
  for (guint attempt = 0; attempt < DEMO_ATTEMPTS; attempt++) {
    g_autofree gchar *body = NULL;

    g_clear_error (error);
    body = cr_http_client_get (access->http, "/demo.json", error);
    if (body != NULL && read_demo (access, body))
      return TRUE;
    if (body != NULL) {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_DATA, "/demo.json holds no tokens");
      return FALSE;
    }
    g_usleep (DEMO_INTERVAL_US);
  }
  return FALSE;
}

gboolean
cr_access_resolve (CrAccess *access, CrAccessRole role, GError **error)
{
  const gchar *token = g_getenv ("CLASSRELAY_TOKEN");

  access->role = role;
  if (access->url == NULL)
    access->url = g_strdup (DEFAULT_URL);
  access->http = cr_http_client_new (access->url, error);
  if (access->http == NULL)
    return FALSE;
  if (access->token_file != NULL) {
    if (!read_token_file (access, error))
      return FALSE;
  } else if (token != NULL && *token != '\0') {
    access->tokens = g_strsplit (token, ",", -1);
  } else if (access->demo) {
    if (!ask_demo (access, error))
      return FALSE;
    access->from_demo = TRUE;
  } else {
    g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_INVALID_ARGUMENT,
                         "no token: give --token-file, $CLASSRELAY_TOKEN or --demo");
    return FALSE;
  }
  if (access->lesson == NULL)
    access->lesson = g_strdup (DEFAULT_LESSON);
  return TRUE;
}

static void
on_refreshed (const CrHttpReply *reply, gpointer data)
{
  CrAccess *access = data;
  g_auto (GStrv) before = g_strdupv (access->tokens);

  g_clear_object (&access->refreshing);
  if (reply->status == 200 && read_demo (access, reply->body) &&
      !g_strv_equal ((const gchar *const *)before, (const gchar *const *)access->tokens))
    access->refreshed (access->refreshed_data);
}

void
cr_access_refresh (CrAccess *access, CrAccessFunc func, gpointer data)
{
  if (!access->from_demo || access->refreshing != NULL)
    return;
  access->refreshing = g_cancellable_new ();
  access->refreshed = func;
  access->refreshed_data = data;
  cr_http_client_send (access->http, "GET", "/demo.json", NULL, NULL, NULL, access->refreshing, on_refreshed,
                       access);
}

void
cr_access_clear (CrAccess *access)
{
  if (access->refreshing != NULL)
    g_cancellable_cancel (access->refreshing);
  g_clear_object (&access->refreshing);
  g_clear_pointer (&access->http, cr_http_client_free);
  g_clear_pointer (&access->tokens, g_strfreev);
  g_clear_pointer (&access->url, g_free);
  g_clear_pointer (&access->lesson, g_free);
  g_clear_pointer (&access->token_file, g_free);
}

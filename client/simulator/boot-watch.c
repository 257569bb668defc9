/* SPDX-License-Identifier: Apache-2.0
 *
 * A plain poll: one small request a second for a whole process of classrooms.
 */
#include "boot-watch.h"

#include <json-glib/json-glib.h>

#define INTERVAL_MS 1000

struct CrBootWatch {
  CrHttpClient *client;
  gchar *path;
  gchar *token;
  CrBootFunc func;
  gpointer data;
  gchar *boot_id; /* NULL: none seen yet */
  gboolean asking;
  gboolean telling;
  guint timer;
  GCancellable *cancellable;
};

static gchar *
find_boot_id (const gchar *body)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  JsonNode *root;

  if (!json_parser_load_from_data (parser, body, -1, NULL))
    return NULL;
  root = json_parser_get_root (parser);
  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    return NULL;
  return g_strdup (json_object_get_string_member_with_default (json_node_get_object (root), "boot_id", NULL));
}

static void
on_reply (const CrHttpReply *reply, gpointer data)
{
  CrBootWatch *watch = data;
  g_autofree gchar *boot_id = NULL;
  gboolean changed;

  watch->asking = FALSE;
  if (reply->status == 401 || reply->status == 403) {
    watch->func (CR_BOOT_REFUSED, watch->data);
    return;
  }
  if (reply->status != 200)
    return; /* down, or starting; the next answer tells */
  boot_id = find_boot_id (reply->body);
  watch->telling = boot_id != NULL;
  if (boot_id == NULL)
    return;
  changed = watch->boot_id != NULL && g_strcmp0 (watch->boot_id, boot_id) != 0;
  g_free (watch->boot_id);
  watch->boot_id = g_steal_pointer (&boot_id);
  if (changed)
    watch->func (CR_BOOT_CHANGED, watch->data);
}

static gboolean
on_interval (gpointer data)
{
  CrBootWatch *watch = data;

  if (!watch->asking) {
    watch->asking = TRUE;
    cr_http_client_send (watch->client, "GET", watch->path, watch->token, NULL, NULL, watch->cancellable,
                         on_reply, watch);
  }
  return G_SOURCE_CONTINUE;
}

CrBootWatch *
cr_boot_watch_new (CrHttpClient *client, const gchar *lesson, const gchar *token, CrBootFunc func,
                   gpointer data)
{
  CrBootWatch *watch = g_new0 (CrBootWatch, 1);
  g_autofree gchar *escaped = g_uri_escape_string (lesson, NULL, FALSE);

  watch->client = client;
  watch->path = g_strdup_printf ("/api/v1/lessons/%s", escaped);
  watch->token = g_strdup (token);
  watch->func = func;
  watch->data = data;
  watch->cancellable = g_cancellable_new ();
  watch->timer = g_timeout_add (INTERVAL_MS, on_interval, watch);
  on_interval (watch);
  return watch;
}

void
cr_boot_watch_free (CrBootWatch *watch)
{
  g_cancellable_cancel (watch->cancellable);
  g_object_unref (watch->cancellable);
  g_source_remove (watch->timer);
  g_free (watch->path);
  g_free (watch->token);
  g_free (watch->boot_id);
  g_free (watch);
}

void
cr_boot_watch_set_token (CrBootWatch *watch, const gchar *token)
{
  g_free (watch->token);
  watch->token = g_strdup (token);
}

gboolean
cr_boot_watch_is_telling (CrBootWatch *watch)
{
  return watch->telling;
}

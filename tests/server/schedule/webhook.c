/* SPDX-License-Identifier: Apache-2.0
 *
 * The webhook against a real HTTP server: signature, order, retries with growing pauses, giving up, being
 * freed midway. The clock is moved by hand, so that no pause is waited for.
 */
#include "schedule/webhook.h"

#include <libsoup/soup.h>
#include <string.h>

#define SECRET "a secret of the bureau"

typedef struct {
  SoupServer *server;
  gchar *url;
  guint n_requests;
  guint n_fail; /* so many requests are answered 500 first */
  GString *bodies;
  gint64 now_us;
  CrClock clock;
  CrWebhook *webhook;
  guint n_delivered, n_failed, n_given_up;
  gint64 next_at;
  gboolean hang;
  SoupServerMessage *hung;
} World;

static gint64
read_clock (gpointer data)
{
  return ((World *)data)->now_us;
}

/* As a receiver would check it, without the code under test. */
static void
check_signature (SoupServerMessage *message, const gchar *body)
{
  SoupMessageHeaders *headers = soup_server_message_get_request_headers (message);
  const gchar *value = soup_message_headers_get_one (headers, "X-ClassRelay-Signature");
  g_auto (GStrv) parts = NULL;
  g_autofree gchar *text = NULL;
  g_autofree gchar *mac = NULL;

  g_assert_nonnull (value);
  parts = g_strsplit (value, ",", 2);
  g_assert_true (g_str_has_prefix (parts[0], "t=") && g_str_has_prefix (parts[1], "v1="));
  text = g_strconcat (parts[0] + 2, ".", body, NULL);
  mac = g_compute_hmac_for_string (G_CHECKSUM_SHA256, (const guchar *)SECRET, strlen (SECRET), text, -1);
  g_assert_cmpstr (parts[1] + 3, ==, mac);
  g_assert_nonnull (soup_message_headers_get_one (headers, "X-ClassRelay-Delivery"));
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  World *world = data;
  SoupMessageBody *body = soup_server_message_get_request_body (message);
  g_autofree gchar *text = g_strndup (body->data, (gsize)body->length);

  g_assert_cmpstr (soup_server_message_get_method (message), ==, "POST");
  check_signature (message, text);
  world->n_requests++;
  if (world->hang) {
    world->hung = g_object_ref (message);
    soup_server_message_pause (message);
    return;
  }
  if (world->n_requests <= world->n_fail) {
    soup_server_message_set_status (message, world->n_requests % 2 == 0 ? 302 : 500, NULL);
    return;
  }
  g_string_append (world->bodies, text);
  soup_server_message_set_status (message, 204, NULL);
}

static void
on_delivered (const CrWebhookDelivery *delivery, gint64 when, gpointer data)
{
  ((World *)data)->n_delivered++;
}

static void
on_failed (const CrWebhookDelivery *delivery, const gchar *why, gboolean given_up, gpointer data)
{
  World *world = data;

  g_assert_cmpstr (why, !=, "");
  world->n_failed++;
  world->n_given_up += given_up;
  world->next_at = delivery->next_at;
}

static void
world_init (World *world)
{
  static const CrWebhookCallbacks callbacks = {on_delivered, on_failed};
  g_autoptr (GError) error = NULL;
  g_autoslist (GUri) uris = NULL;

  *world = (World){.now_us = 1570000000 * (gint64)G_USEC_PER_SEC, .bodies = g_string_new (NULL)};
  world->clock = (CrClock){.monotonic_us = read_clock, .wall_us = read_clock, .data = world};
  world->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (world->server, NULL, on_request, world, NULL);
  soup_server_listen_local (world->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error);
  g_assert_no_error (error);
  uris = soup_server_get_uris (world->server);
  world->url = g_uri_to_string (uris->data);
  world->webhook = cr_webhook_new (world->url, SECRET, &world->clock, &callbacks, world, &error);
  g_assert_no_error (error);
}

static void
world_clear (World *world)
{
  g_clear_pointer (&world->webhook, cr_webhook_free);
  g_object_unref (world->server);
  g_free (world->url);
  g_string_free (world->bodies, TRUE);
}

static void
give (World *world, const gchar *id, gint64 due_after_s)
{
  CrWebhookDelivery *delivery = g_new0 (CrWebhookDelivery, 1);

  delivery->id = g_strdup (id);
  delivery->body = g_strdup_printf ("{\"id\":\"%s\",\"text\":\"调课\"}", id);
  delivery->next_at = world->now_us / G_USEC_PER_SEC + due_after_s;
  cr_webhook_take (world->webhook, delivery);
}

static void
run_until (World *world, guint n_answers)
{
  cr_webhook_tick (world->webhook);
  while (world->n_delivered + world->n_failed < n_answers)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_delivered (void)
{
  World world;

  world_init (&world);
  give (&world, "b", -1);
  give (&world, "a", -2); /* due earlier: first */
  give (&world, "c", 60);
  run_until (&world, 2);
  cr_webhook_tick (world.webhook);
  g_assert_cmpuint (world.n_delivered, ==, 2);
  g_assert_cmpstr (world.bodies->str, ==, "{\"id\":\"a\",\"text\":\"调课\"}{\"id\":\"b\",\"text\":\"调课\"}");
  g_assert_cmpuint (cr_webhook_n_pending (world.webhook), ==, 1);
  world.now_us += 60 * G_USEC_PER_SEC;
  run_until (&world, 3);
  g_assert_cmpuint (cr_webhook_n_pending (world.webhook), ==, 0);
  world_clear (&world);
}

static void
test_retried (void)
{
  World world;

  world_init (&world);
  world.n_fail = 3;
  give (&world, "a", 0);
  for (guint i = 1; i <= 3; i++) {
    run_until (&world, i);
    g_assert_cmpint (world.next_at, ==, world.now_us / G_USEC_PER_SEC + (5 << (i - 1)));
    world.now_us = world.next_at * G_USEC_PER_SEC - 1;
    cr_webhook_tick (world.webhook); /* not yet */
    while (g_main_context_iteration (NULL, FALSE))
      ;
    g_assert_cmpuint (world.n_requests, ==, i);
    world.now_us += 1;
  }
  run_until (&world, 4);
  g_assert_cmpuint (world.n_delivered, ==, 1);
  g_assert_cmpuint (world.n_failed, ==, 3); /* a redirection is a failure too: it is not followed */
  world_clear (&world);
}

static void
test_given_up (void)
{
  World world;
  gint64 first_us;

  world_init (&world);
  first_us = world.now_us;
  soup_server_disconnect (world.server); /* nobody listens */
  give (&world, "a", 0);
  for (guint i = 1; i <= CR_WEBHOOK_MAX_ATTEMPTS; i++) {
    run_until (&world, i);
    if (i < CR_WEBHOOK_MAX_ATTEMPTS)
      world.now_us = world.next_at * G_USEC_PER_SEC;
  }
  g_assert_cmpuint (world.n_given_up, ==, 1);
  g_assert_cmpuint (cr_webhook_n_pending (world.webhook), ==, 0);
  g_assert_cmpint (world.next_at, ==, G_MAXINT64);
  g_assert_cmpint ((world.now_us - first_us) / G_USEC_PER_SEC, >, 8 * 3600);
  world_clear (&world);
}

static void
test_freed_midway (void)
{
  World world;

  world_init (&world);
  world.hang = TRUE;
  give (&world, "a", 0);
  cr_webhook_tick (world.webhook);
  while (world.hung == NULL)
    g_main_context_iteration (NULL, TRUE);
  g_clear_pointer (&world.webhook, cr_webhook_free);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_assert_cmpuint (world.n_delivered + world.n_failed, ==, 0);
  soup_server_message_unpause (world.hung);
  while (g_main_context_iteration (NULL, FALSE))
    ;
  g_clear_object (&world.hung);
  world_clear (&world);
}

static void
test_addresses (void)
{
  static const CrWebhookCallbacks callbacks = {on_delivered, on_failed};
  static const gchar *const bad[] = {"", "x", "file:///etc/passwd", "ftp://h/", "http://", NULL};

  for (guint i = 0; bad[i] != NULL; i++) {
    g_autoptr (GError) error = NULL;

    g_assert_null (cr_webhook_new (bad[i], "s", cr_clock_system (), &callbacks, NULL, &error));
    g_assert_nonnull (error);
  }
  g_assert_cmpuint (cr_webhook_backoff_s (1), ==, 5);
  g_assert_cmpuint (cr_webhook_backoff_s (2), ==, 10);
  g_assert_cmpuint (cr_webhook_backoff_s (100), ==, 3600);
}

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/webhook/delivered", test_delivered);
  g_test_add_func ("/webhook/retried", test_retried);
  g_test_add_func ("/webhook/given-up", test_given_up);
  g_test_add_func ("/webhook/freed-midway", test_freed_midway);
  g_test_add_func ("/webhook/addresses", test_addresses);
  return g_test_run ();
}

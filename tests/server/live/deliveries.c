/* SPDX-License-Identifier: Apache-2.0
 *
 * Notices from the database to a real receiver and back: delivered once, again after a failure and after a
 * restart, and nothing that is a day old.
 */
#include "live/deliveries.h"

#include "server/store/store-fixture.h"
#include "store/notice-store.h"

#include <libsoup/soup.h>
#include <string.h>

#define NOW_S 1570000000

typedef struct {
  Fixture store;
  SoupServer *server;
  gchar *url;
  gint64 now_us;
  CrClock clock;
  guint n_requests, n_fail; /* so many are answered 500 first */
  GString *bodies;
  CrDeliveries *deliveries;
} World;

static gint64
read_clock (gpointer data)
{
  return ((World *)data)->now_us;
}

static void
on_request (SoupServer *server, SoupServerMessage *message, const char *path, GHashTable *query,
            gpointer data)
{
  World *world = data;
  SoupMessageBody *body = soup_server_message_get_request_body (message);

  if (world->n_requests++ < world->n_fail) {
    soup_server_message_set_status (message, 500, NULL);
    return;
  }
  g_string_append_len (world->bodies, body->data, (gssize)body->length);
  soup_server_message_set_status (message, 204, NULL);
}

static void
begin (World *world)
{
  g_autoptr (GError) error = NULL;

  world->deliveries = cr_deliveries_new (world->store.store, &world->clock, world->url, "secret", &error);
  g_assert_no_error (error);
}

static void
set_up (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoslist (GUri) uris = NULL;

  fixture_set_up (&world->store, NULL);
  world->now_us = NOW_S * (gint64)G_USEC_PER_SEC;
  world->clock = (CrClock){.monotonic_us = read_clock, .wall_us = read_clock, .data = world};
  world->bodies = g_string_new (NULL);
  world->server = soup_server_new (NULL, NULL);
  soup_server_add_handler (world->server, NULL, on_request, world, NULL);
  g_assert_true (soup_server_listen_local (world->server, 0, SOUP_SERVER_LISTEN_IPV4_ONLY, &error));
  uris = soup_server_get_uris (world->server);
  world->url = g_uri_to_string (uris->data);
}

static void
tear_down (World *world, gconstpointer data)
{
  g_clear_pointer (&world->deliveries, cr_deliveries_free);
  fixture_tear_down (&world->store, NULL);
  g_object_unref (world->server);
  g_free (world->url);
  g_string_free (world->bodies, TRUE);
}

typedef struct {
  const gchar *text;
  gint64 at;
} Notice;

static gboolean
add_notice (CrStoreTx *tx, gpointer data, GError **error)
{
  const Notice *notice = data;
  CrNotice row = {.kind = (gchar *)"move",
                  .text_zh = (gchar *)notice->text,
                  .text_en = (gchar *)"moved",
                  .recipients = g_ptr_array_new ()};
  gboolean good = cr_notice_store_insert (tx, &row, "a", notice->at, TRUE, NULL, error);

  g_ptr_array_unref (row.recipients);
  return good;
}

static void
tell (World *world, const gchar *text, gint64 at)
{
  Notice notice = {text, at};
  g_autoptr (GError) error = NULL;

  g_assert_true (cr_store_run_sync (world->store.store, add_notice, &notice, &error));
  g_assert_no_error (error);
}

static gboolean
read_pending (CrStoreTx *tx, gpointer data, GError **error)
{
  g_autoptr (GPtrArray) rows = NULL;

  if (!cr_webhook_store_pending (tx, &rows, error))
    return FALSE;
  *(guint *)data = rows->len;
  return TRUE;
}

static guint
count_pending (World *world)
{
  guint n = 0;

  g_assert_true (cr_store_read_sync (world->store.store, read_pending, &n, NULL));
  return n;
}

static void
run_until_pending (World *world, guint n)
{
  while (count_pending (world) != n)
    g_main_context_iteration (NULL, TRUE);
}

static void
test_a_notice_is_delivered_once (World *world, gconstpointer data)
{
  begin (world);
  tell (world, "第一条", NOW_S);
  tell (world, "第二条", NOW_S);
  run_until_pending (world, 0);
  g_assert_cmpuint (world->n_requests, ==, 2);
  g_assert_nonnull (strstr (world->bodies->str, "第一条"));
  g_assert_nonnull (strstr (world->bodies->str, "第二条"));

  tell (world, "第三条", NOW_S); /* further looks find this one alone */
  run_until_pending (world, 0);
  g_assert_cmpuint (world->n_requests, ==, 3);
}

static void
test_a_failed_one_comes_after_its_pause_and_a_restart (World *world, gconstpointer data)
{
  world->n_fail = 1;
  begin (world);
  tell (world, "第一条", NOW_S);
  while (world->n_requests < 1)
    g_main_context_iteration (NULL, TRUE);
  tell (world, "第二条", NOW_S);
  run_until_pending (world, 1);
  g_assert_cmpuint (world->n_requests, ==, 2); /* the first waits, and holds nobody back */
  g_assert_null (strstr (world->bodies->str, "第一条"));

  g_clear_pointer (&world->deliveries, cr_deliveries_free);
  begin (world);
  world->now_us += 10 * G_USEC_PER_SEC;
  run_until_pending (world, 0);
  g_assert_cmpuint (world->n_requests, ==, 3);
  g_assert_nonnull (strstr (world->bodies->str, "第一条"));
}

static void
test_what_is_old_is_not_sent (World *world, gconstpointer data)
{
  tell (world, "去年", NOW_S - 25 * 60 * 60);
  tell (world, "今天", NOW_S);
  begin (world);
  run_until_pending (world, 0);
  g_assert_cmpuint (world->n_requests, ==, 1);
  g_assert_null (strstr (world->bodies->str, "去年"));
}

static void
test_an_address_must_be_one (World *world, gconstpointer data)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (cr_deliveries_new (world->store.store, &world->clock, "mailto:x", "s", &error));
  g_assert_nonnull (error);
}

#define TEST(name, func) g_test_add ("/server/live/deliveries/" name, World, NULL, set_up, func, tear_down)

int
main (int argc, char **argv)
{
  g_test_init (&argc, &argv, NULL);
  TEST ("once", test_a_notice_is_delivered_once);
  TEST ("again", test_a_failed_one_comes_after_its_pause_and_a_restart);
  TEST ("old", test_what_is_old_is_not_sent);
  TEST ("address", test_an_address_must_be_one);
  return g_test_run ();
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * Wiring and the end of it. The first SIGTERM or SIGINT refuses new sessions, lets running lessons go on for
 * at most `drain_s`, then says goodbye to every peer and leaves; a second one does not wait.
 *
 *   serving ──signal──> draining ──no session, time over, signal──> leaving ──LEAVE_MS──> stopped
 */
#include "app.h"

#include "base/json.h"
#include "demo-district.h"
#include "http/event-hub.h"
#include "http/join.h"
#include "http/server.h"
#include "live/deliveries.h"
#include "live/demo-tokens.h"
#include "live/lesson-clock.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <stdio.h>

#define DRAIN_CHECK_MS 100
#define LEAVE_MS       200 /* answers under way leave, late requests get their 503 */

typedef enum { APP_SERVING, APP_DRAINING, APP_LEAVING } AppState;

struct CrApp {
  const CrConfig *config;
  CrDtlsIdentity *identity;
  CrLessons *lessons;
  CrHttp *http;
  CrHttpServer *server;
  CrLessonClock *clock;     /* NULL without a database */
  CrDeliveries *deliveries; /* NULL without a webhook */
  GPtrArray *demo_accounts; /* CrDemoAccount; NULL unless in demo mode with a database */
  GMainLoop *loop;
  AppState state;
  gint64 drain_until_us;
};

static CrWorker *
open_worker (const CrConfig *config, guint index, GError **error)
{
  CrWorkerConfig worker_config = {
      .index = index,
      /* port 0, for tests, is any free one for each worker */
      .port = config->media_port != 0 ? (guint16)(config->media_port + index) : 0,
      .addresses = (const gchar *const *)config->media_addresses,
      .announce_address = config->announce_address,
      .udp = config->udp,
      .max_handshakes = config->max_handshakes,
      .send_buffer_bytes = config->send_buffer_bytes,
  };
  g_autoptr (GError) why = NULL;
  CrWorker *worker = cr_worker_new (&worker_config, &why);

  if (worker == NULL)
    g_set_error (error, G_IO_ERROR, why->code, "%s; choose another with --media-port PORT", why->message);
  return worker;
}

static GPtrArray *
open_workers (const CrConfig *config, GError **error)
{
  g_autoptr (GPtrArray) workers = g_ptr_array_new_with_free_func ((GDestroyNotify)cr_worker_free);

  for (guint i = 0; i < config->workers; i++) {
    CrWorker *worker = open_worker (config, i, error);

    if (worker == NULL)
      return NULL;
    g_ptr_array_add (workers, worker);
  }
  return g_steal_pointer (&workers);
}

static void
add_configured_lessons (CrApp *app)
{
  for (guint i = 0; i < app->config->lessons->len; i++) {
    const CrLessonConfig *config = app->config->lessons->pdata[i];
    CrLesson *lesson =
        cr_lessons_add (app->lessons, config->id, config->title, (const gchar *const *)config->video_codecs);

    cr_lesson_add_actor (lesson, cr_actor_new ("teacher", CR_ROLE_TEACHER, &config->publisher_token));
    cr_lesson_add_actor (lesson, cr_actor_new ("viewer", CR_ROLE_VIEWER, &config->viewer_token));
  }
}

static void
add_demo_actor (CrLesson *lesson, CrActor *actor, const gchar *token, JsonBuilder *builder)
{
  cr_lesson_add_actor (lesson, actor);
  json_builder_add_string_value (builder, token);
}

static CrActor *
demo_actor_new (const gchar *name, CrRole role, const gchar *token)
{
  CrTokenHash hash;

  cr_token_hash (token, &hash);
  return cr_actor_new (name, role, &hash);
}

/* The sample district's townships; beyond these, the same again with a number. Where the timetable has the
 * classroom too, the token stands for that one: a paired device and the token are the same place. */
static CrActor *
demo_classroom_new (const GPtrArray *classrooms, guint index, const gchar *token)
{
  const CrDemoClassroom *classroom = classrooms->pdata[index % classrooms->len];
  guint round = index / classrooms->len;
  g_autofree gchar *name =
      round > 0 ? g_strdup_printf ("%s %u", classroom->name, round + 1) : g_strdup (classroom->name);
  CrActor *actor = demo_actor_new (name, CR_ROLE_CLASSROOM, token);

  actor->classroom_id = round == 0 ? g_strdup (classroom->id) : NULL;
  return actor;
}

static void
add_demo_accounts (const CrApp *app, JsonBuilder *builder)
{
  if (app->demo_accounts == NULL)
    return;
  json_builder_set_member_name (builder, "accounts");
  json_builder_begin_array (builder);
  for (guint i = 0; i < app->demo_accounts->len; i++) {
    const CrDemoAccount *account = app->demo_accounts->pdata[i];

    json_builder_begin_object (builder);
    json_builder_set_member_name (builder, "login");
    json_builder_add_string_value (builder, account->login);
    json_builder_set_member_name (builder, "password");
    json_builder_add_string_value (builder, account->password);
    json_builder_set_member_name (builder, "role");
    json_builder_add_string_value (builder, account->role);
    json_builder_end_object (builder);
  }
  json_builder_end_array (builder);
}

/* A damaged database may still say which classrooms they are; their names are known without. */
static GPtrArray *
list_demo_classrooms (CrApp *app, GError **error)
{
  CrStore *store = app->http->store;
  gboolean is_damaged = store != NULL && cr_store_damage (store) != NULL;
  GPtrArray *classrooms = cr_demo_district_classrooms (store, is_damaged ? NULL : error);

  return classrooms == NULL && is_damaged ? cr_demo_district_classrooms (NULL, error) : classrooms;
}

static gboolean
add_demo_lesson (CrApp *app, GError **error)
{
  static const gchar *const codecs[] = {"H264", "VP8", NULL};
  CrLesson *lesson = cr_lessons_add (app->lessons, CR_DEMO_LESSON, "演示课 Demo lesson", codecs);
  g_auto (GStrv) tokens = cr_demo_tokens_load (app->config->state_dir, app->config->demo_classrooms, error);
  g_autoptr (GPtrArray) classrooms = tokens != NULL ? list_demo_classrooms (app, error) : NULL;
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  if (classrooms == NULL)
    return FALSE;
  json_builder_begin_object (builder);
  json_builder_set_member_name (builder, "lesson");
  json_builder_add_string_value (builder, CR_DEMO_LESSON);
  json_builder_set_member_name (builder, "teacher_token");
  add_demo_actor (lesson, demo_actor_new ("teacher", CR_ROLE_TEACHER, tokens[0]), tokens[0], builder);
  json_builder_set_member_name (builder, "viewer_token");
  add_demo_actor (lesson, demo_actor_new ("viewer", CR_ROLE_VIEWER, tokens[1]), tokens[1], builder);
  json_builder_set_member_name (builder, "classroom_tokens");
  json_builder_begin_array (builder);
  for (guint i = 0; i < app->config->demo_classrooms; i++)
    add_demo_actor (lesson, demo_classroom_new (classrooms, i, tokens[i + 2]), tokens[i + 2], builder);
  json_builder_end_array (builder);
  add_demo_accounts (app, builder);
  json_builder_end_object (builder);
  app->http->demo_json = cr_json_build (builder, NULL);
  return TRUE;
}

static gboolean
prepare_demo (CrApp *app, CrStore *store, GError **error)
{
  app->demo_accounts =
      cr_demo_district_prepare (store, app->config->state_dir, g_get_real_time () / G_USEC_PER_SEC, error);
  return app->demo_accounts != NULL;
}

/* Without a state folder there are no people, only the lessons of the configuration. A damaged database is
 * served as far as it can be read. */
static gboolean
open_store (CrApp *app, GError **error)
{
  g_autofree gchar *path = NULL;
  CrStore *store;

  if (app->config->state_dir == NULL)
    return TRUE;
  path = cr_store_path (app->config->state_dir);
  store = cr_store_open (path, NULL, error);
  if (store == NULL)
    return FALSE;
  cr_http_take_store (app->http, store, &cr_password_cost_usual);
  if (cr_store_damage (store) != NULL) {
    cr_log (CR_LOG_ERROR, "database-damaged", "why", cr_store_damage (store), NULL);
    return TRUE;
  }
  return cr_join_restore (app->http, error) && (!app->config->demo || prepare_demo (app, store, error));
}

/* The schools' day is that of the term. */
static gboolean
restore_lessons (CrApp *app, GError **error)
{
  gint64 now_s = g_get_real_time () / G_USEC_PER_SEC;
  CrTimetable *timetable = cr_timetables_on (app->http->timetables, (CrDate)(now_s / (24 * 60 * 60)));
  const CrTerm *term = timetable != NULL ? cr_timetable_term (timetable) : NULL;

  return cr_lessons_set_store (app->lessons, app->http->store, term != NULL ? term->time_zone : NULL, error);
}

static gboolean
deliver_notices (CrApp *app, GError **error)
{
  const CrConfig *config = app->config;

  if (config->webhook_url == NULL)
    return TRUE;
  app->deliveries = cr_deliveries_new (app->http->store, cr_lessons_get_clock (app->lessons),
                                       config->webhook_url, config->webhook_secret, error);
  return app->deliveries != NULL;
}

/* The timetable is followed once all lessons that do not depend on it are there. What is damaged is shown as
 * far as it can be read, and opens nothing. */
static gboolean
follow_timetable (CrApp *app, GError **error)
{
  if (app->http->store == NULL)
    return TRUE;
  if (cr_store_damage (app->http->store) != NULL) {
    cr_timetables_refresh (app->http->timetables);
    return restore_lessons (app, error);
  }
  if (!cr_timetables_load (app->http->timetables, error) || !restore_lessons (app, error))
    return FALSE;
  app->clock = cr_lesson_clock_new (app->http->store, app->http->timetables, app->lessons);
  app->http->clock = app->clock;
  return deliver_notices (app, error);
}

CrApp *
cr_app_new (const CrConfig *config, GError **error)
{
  g_autoptr (CrApp) app = g_new0 (CrApp, 1);
  GPtrArray *workers;

  app->config = config;
  app->loop = g_main_loop_new (NULL, FALSE);
  app->identity = cr_dtls_identity_new (error);
  if (app->identity == NULL)
    return NULL;
  workers = open_workers (config, error);
  if (workers == NULL)
    return NULL;
  app->lessons = cr_lessons_new (config, workers, app->identity, cr_clock_system ());
  app->http = cr_http_new (config, app->lessons);
  add_configured_lessons (app);
  if (!open_store (app, error))
    return NULL;
  if (config->demo && !add_demo_lesson (app, error))
    return NULL;
  if (!follow_timetable (app, error))
    return NULL;
  app->server = cr_http_server_new (app->http, error);
  return app->server != NULL ? g_steal_pointer (&app) : NULL;
}

void
cr_app_free (CrApp *app)
{
  if (app->clock != NULL)
    cr_lesson_clock_stop (app->clock);
  if (app->lessons != NULL)
    (void)!cr_lessons_set_store (app->lessons, NULL, NULL, NULL);
  g_clear_pointer (&app->deliveries, cr_deliveries_free);
  g_clear_pointer (&app->server, cr_http_server_free);
  g_clear_pointer (&app->http, cr_http_free);
  g_clear_pointer (&app->clock, cr_lesson_clock_free);
  g_clear_pointer (&app->demo_accounts, g_ptr_array_unref);
  g_clear_pointer (&app->lessons, cr_lessons_free);
  g_clear_pointer (&app->identity, cr_dtls_identity_free);
  g_main_loop_unref (app->loop);
  g_free (app);
}

static gboolean
on_left (gpointer data)
{
  CrApp *app = data;

  g_main_loop_quit (app->loop);
  return G_SOURCE_REMOVE;
}

static void
leave (CrApp *app)
{
  app->state = APP_LEAVING;
  cr_event_hub_close (app->http->events);
  cr_lessons_stop (app->lessons);
  g_timeout_add (LEAVE_MS, on_left, app);
}

static gboolean
on_drain_checked (gpointer data)
{
  CrApp *app = data;

  if (app->state != APP_DRAINING)
    return G_SOURCE_REMOVE;
  if (cr_lessons_get_n_sessions (app->lessons) > 0 && g_get_monotonic_time () < app->drain_until_us)
    return G_SOURCE_CONTINUE;
  leave (app);
  return G_SOURCE_REMOVE;
}

static gboolean
on_stop_asked (gpointer data)
{
  CrApp *app = data;

  if (app->state == APP_DRAINING)
    leave (app);
  if (app->state != APP_SERVING)
    return G_SOURCE_CONTINUE;
  app->state = APP_DRAINING;
  app->drain_until_us = g_get_monotonic_time () + (gint64)app->config->drain_s * G_USEC_PER_SEC;
  cr_log (CR_LOG_INFO, "stopping", NULL);
  cr_lessons_drain (app->lessons);
  if (on_drain_checked (app) == G_SOURCE_CONTINUE)
    g_timeout_add (DRAIN_CHECK_MS, on_drain_checked, app);
  return G_SOURCE_CONTINUE;
}

/* One line on standard output for whoever started us: `./start`, tests. */
static void
say_ready (CrApp *app)
{
  g_autofree gchar *urls = cr_http_server_get_urls (app->server);
  CrWorker *first = g_ptr_array_index (cr_lessons_get_workers (app->lessons), 0);

  printf ("classrelayd ready %s media port %u\n", urls, cr_worker_get_port (first));
  for (guint i = 0; app->demo_accounts != NULL && i < app->demo_accounts->len; i++) {
    const CrDemoAccount *account = app->demo_accounts->pdata[i];

    printf ("account %s %s %s\n", account->login, account->password, account->role);
  }
  fflush (stdout);
  cr_log (CR_LOG_INFO, "serving", "http", urls, "boot", cr_lessons_get_boot_id (app->lessons), NULL);
}

void
cr_app_run (CrApp *app)
{
  guint term = g_unix_signal_add (SIGTERM, on_stop_asked, app);
  guint interrupt = g_unix_signal_add (SIGINT, on_stop_asked, app);

  say_ready (app);
  g_main_loop_run (app->loop);
  cr_log (CR_LOG_INFO, "stopped", NULL);
  g_source_remove (term);
  g_source_remove (interrupt);
}

/* SPDX-License-Identifier: Apache-2.0
 *
 * GET /api/v1/lessons/{lesson}: the document of a running lesson, as event streams send it, for those who
 * look once. Who gives the lesson learns of each session too. And the lesson's pipeline as a graph.
 */
#include "base/json.h"
#include "http/body.h"
#include "http/etag.h"
#include "http/lesson-json.h"
#include "http/routes.h"

static void
add_double (JsonBuilder *builder, const gchar *name, gdouble value)
{
  json_builder_set_member_name (builder, name);
  json_builder_add_double_value (builder, value);
}

static void
add_publisher_figures (JsonBuilder *builder, const CrPublisherStats *stats)
{
  cr_json_add_int (builder, "packets", (gint64)stats->packets);
  cr_json_add_int (builder, "lost", (gint64)stats->lost);
  cr_json_add_int (builder, "recovered", (gint64)stats->recovered);
  cr_json_add_int (builder, "bitrate_kbps", stats->bitrate_kbps);
}

static void
add_viewer_figures (JsonBuilder *builder, const CrViewerStats *stats)
{
  cr_json_add_int (builder, "packets", (gint64)stats->packets);
  cr_json_add_int (builder, "resent", (gint64)stats->resent);
  add_double (builder, "loss", stats->loss_fraction);
  cr_json_add_int (builder, "rtt_ms", stats->rtt_us / 1000);
  cr_json_add_int (builder, "jitter_ms", stats->jitter_us / 1000);
}

typedef struct {
  CrLesson *lesson;
  JsonBuilder *builder;
} Roster;

static void
add_peer (const CrSession *session, gpointer data)
{
  const Roster *roster = data;
  const CrLessonPeerStats *stats = cr_lesson_get_peer_stats (roster->lesson, session);

  json_builder_begin_object (roster->builder);
  cr_json_add_string (roster->builder, "id", session->peer_id);
  cr_json_add_string (roster->builder, "name", session->actor->name);
  cr_json_add_string (roster->builder, "kind",
                      session->is_publisher ? cr_source_name (session->source) : "viewer");
  cr_json_add_boolean (roster->builder, "connected", session->connected);
  if (stats != NULL && stats->connected) {
    cr_json_add_string (roster->builder, "transport", stats->tcp ? "tcp" : "udp");
    if (session->is_publisher)
      add_publisher_figures (roster->builder, &stats->publisher);
    else
      add_viewer_figures (roster->builder, &stats->viewer);
  }
  json_builder_end_object (roster->builder);
}

static void
add_roster (JsonBuilder *builder, CrLesson *lesson)
{
  Roster roster = {.lesson = lesson, .builder = builder};

  json_builder_set_member_name (builder, "peers");
  json_builder_begin_array (builder);
  cr_lesson_foreach_session (lesson, add_peer, &roster);
  json_builder_end_array (builder);
}

static gchar *
describe (CrHttp *http, CrRequest *request)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();

  json_builder_begin_object (builder);
  cr_lesson_json_add_document (builder, http, request->lesson, request->actor);
  if (cr_lesson_audience (request->lesson, request->actor) == CR_AUDIENCE_STAFF)
    add_roster (builder, request->lesson);
  json_builder_end_object (builder);
  return cr_json_build (builder, NULL);
}

gboolean
cr_handle_lesson_get (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  cr_response_take_text (response, 200, "application/json", describe (http, request));
  soup_message_headers_replace (response->headers, "Cache-Control", "private, no-cache");
  soup_message_headers_replace (response->headers, "Vary", "Authorization");
  cr_etag_apply (request, response);
  return TRUE;
}

/* The running pipeline, for `dot -Tsvg`. */
gboolean
cr_handle_lesson_graph (CrHttp *http, CrRequest *request, CrResponse *response, GError **error)
{
  gchar *dot = cr_lesson_to_dot (request->lesson);

  if (dot == NULL) {
    g_set_error_literal (error, CR_HTTP_ERROR, CR_HTTP_ERROR_NOT_FOUND, "the lesson is not running");
    return FALSE;
  }
  cr_response_take_text (response, 200, "text/vnd.graphviz; charset=utf-8", dot);
  soup_message_headers_replace (response->headers, "Cache-Control", "no-store");
  return TRUE;
}

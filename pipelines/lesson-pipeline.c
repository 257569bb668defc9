/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson's GstPipeline in two halves. CrLessonPipeline lives on the main thread and only sends messages;
 * CrLessonMedia lives on the media worker, owns the pipeline and the peers, and is touched nowhere else.
 * Facts travel back through a CrLessonLink, which outlives both halves, so that a fact on its way to a freed
 * lesson falls on the floor.
 *
 *   main                        worker
 *   add_publisher ──message──>  relaysrc ── tee ──> relaysink ──> viewers
 *   handler      <──fact──────  link
 */
#include "lesson-pipeline.h"

#include "elements/plugin.h"
#include "lesson-media.h"
#include "lesson-wall.h"
#include "rtc/main-invoke.h"

struct CrLessonPipeline {
  gchar *id;
  CrWorker *worker;
  CrLessonLink *link;
  CrLessonMedia *media;
};

/* Messages to the worker. */

typedef struct {
  CrLessonMedia *media;
  gchar *peer_id;
  CrLessonArrival arrival;
  CrIceCredentials ice;
  gchar *remote_ufrag;
} Message;

static Message *
message_new (CrLessonPipeline *lesson, const gchar *peer_id)
{
  Message *message = g_new0 (Message, 1);

  message->media = lesson->media;
  message->peer_id = g_strdup (peer_id);
  return message;
}

static void
message_free (Message *message)
{
  g_free (message->peer_id);
  g_free (message->remote_ufrag);
  g_free (message);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Message, message_free)

static void
media_add_publisher (gpointer data)
{
  g_autoptr (Message) message = data;

  cr_lesson_media_add_publisher (message->media, &message->arrival);
}

static void
media_add_viewer (gpointer data)
{
  g_autoptr (Message) message = data;

  cr_lesson_media_add_viewer (message->media, &message->arrival);
}

static void
media_remove_peer (gpointer data)
{
  g_autoptr (Message) message = data;

  cr_lesson_media_remove_peer (message->media, message->peer_id);
}

static void
media_restart_ice (gpointer data)
{
  g_autoptr (Message) message = data;
  CrLessonPeer *peer = cr_lesson_media_find_peer (message->media, message->peer_id);

  if (peer != NULL)
    cr_peer_restart_ice (cr_lesson_peer_get_transport (peer), &message->ice, message->remote_ufrag);
}

static Message *
arrival_new (CrLessonPipeline *lesson, CrPeer *peer, CrNegotiation *negotiation, const gchar *owner)
{
  Message *message = message_new (lesson, cr_peer_get_id (peer));

  message->arrival = (CrLessonArrival){
      .peer_id = message->peer_id, .peer = peer, .negotiation = negotiation, .owner = g_strdup (owner)};
  return message;
}

void
cr_lesson_pipeline_add_publisher (CrLessonPipeline *lesson, CrSource source, CrPeer *peer,
                                  CrNegotiation *negotiation, const gchar *owner)
{
  Message *message = arrival_new (lesson, peer, negotiation, owner);

  message->arrival.source = source;
  cr_media_invoke (lesson->worker, media_add_publisher, message);
}

void
cr_lesson_pipeline_add_viewer (CrLessonPipeline *lesson, CrPeer *peer, CrNegotiation *negotiation,
                               const gchar *owner, gboolean sees_wall)
{
  Message *message = arrival_new (lesson, peer, negotiation, owner);

  message->arrival.sees_wall = sees_wall;
  cr_media_invoke (lesson->worker, media_add_viewer, message);
}

void
cr_lesson_pipeline_remove_peer (CrLessonPipeline *lesson, const gchar *peer_id)
{
  cr_media_invoke (lesson->worker, media_remove_peer, message_new (lesson, peer_id));
}

void
cr_lesson_pipeline_restart_ice (CrLessonPipeline *lesson, const gchar *peer_id, const CrIceCredentials *local,
                                const gchar *remote_ufrag)
{
  Message *message = message_new (lesson, peer_id);

  message->ice = *local;
  message->remote_ufrag = g_strdup (remote_ufrag);
  cr_media_invoke (lesson->worker, media_restart_ice, message);
}

/* The floor and the wall. */

typedef struct {
  CrLessonMedia *media;
  CrFloorHolder holders[CR_N_FLOORS];
  gchar **wall_owners;
} RightsMessage;

static void
media_set_floor (gpointer data)
{
  g_autofree RightsMessage *message = data;

  cr_lesson_floor_set (message->media, message->holders);
  for (guint i = 0; i < CR_N_FLOORS; i++)
    g_free ((gchar *)message->holders[i].owner);
}

static void
media_set_wall (gpointer data)
{
  g_autofree RightsMessage *message = data;

  g_strfreev (message->media->wall_owners);
  message->media->wall_owners = message->wall_owners;
  cr_lesson_wall_update (message->media->wall);
}

void
cr_lesson_pipeline_set_floor (CrLessonPipeline *lesson, const CrFloorHolder holders[CR_N_FLOORS])
{
  RightsMessage *message = g_new0 (RightsMessage, 1);

  message->media = lesson->media;
  for (guint i = 0; i < CR_N_FLOORS; i++)
    message->holders[i] = (CrFloorHolder){g_strdup (holders[i].owner), holders[i].with_voice};
  cr_media_invoke (lesson->worker, media_set_floor, message);
}

void
cr_lesson_pipeline_set_wall (CrLessonPipeline *lesson, const gchar *const *owners)
{
  RightsMessage *message = g_new0 (RightsMessage, 1);

  message->media = lesson->media;
  message->wall_owners = g_strdupv ((gchar **)owners);
  cr_media_invoke (lesson->worker, media_set_wall, message);
}

/* Figures. */

typedef struct {
  CrLessonMedia *media;
  CrLessonLink *link;
  CrLessonStats stats;
  CrLessonStatsFunc func;
  gpointer data;
} StatsRequest;

static void
deliver_stats (gpointer data)
{
  StatsRequest *request = data;

  if (request->link->lesson != NULL)
    request->func (&request->stats, request->data);
  cr_lesson_link_unref (request->link);
  cr_lesson_stats_clear (&request->stats);
  g_free (request);
}

static void
media_get_stats (gpointer data)
{
  StatsRequest *request = data;

  cr_lesson_media_get_stats (request->media, &request->stats);
  cr_main_invoke (deliver_stats, request);
}

void
cr_lesson_pipeline_get_stats (CrLessonPipeline *lesson, CrLessonStatsFunc func, gpointer data)
{
  StatsRequest *request = g_new0 (StatsRequest, 1);

  request->media = lesson->media;
  request->link = cr_lesson_link_ref (lesson->link);
  request->func = func;
  request->data = data;
  cr_media_invoke (lesson->worker, media_get_stats, request);
}

typedef struct {
  CrLessonMedia *media;
  gchar *dot;
} DotRequest;

static void
media_to_dot (gpointer data)
{
  DotRequest *request = data;

  request->dot = gst_debug_bin_to_dot_data (GST_BIN (request->media->pipeline), GST_DEBUG_GRAPH_SHOW_ALL);
}

gchar *
cr_lesson_pipeline_to_dot (CrLessonPipeline *lesson)
{
  DotRequest request = {.media = lesson->media};

  cr_media_invoke_sync (lesson->worker, media_to_dot, &request);
  return request.dot;
}

/* Birth and end. */

static void
media_create (gpointer data)
{
  CrLessonPipeline *lesson = data;

  lesson->media = cr_lesson_media_new (lesson->id, lesson->worker, lesson->link);
}

static void
media_free (gpointer data)
{
  cr_lesson_media_free (data);
}

CrLessonPipeline *
cr_lesson_pipeline_new (const gchar *lesson_id, CrWorker *worker, const CrLessonHandler *handler,
                        gpointer data, GError **error)
{
  CrLessonPipeline *lesson = g_new0 (CrLessonPipeline, 1);

  cr_elements_register ();
  cr_main_invoke_init ();
  lesson->id = g_strdup (lesson_id);
  lesson->worker = worker;
  lesson->link = cr_lesson_link_new (lesson, handler, data);
  cr_media_invoke_sync (worker, media_create, lesson);
  return lesson;
}

void
cr_lesson_pipeline_free (CrLessonPipeline *lesson)
{
  CrLessonWall *wall = lesson->media->wall;

  lesson->link->lesson = NULL;
  cr_media_invoke_sync (lesson->worker, media_free, lesson->media);
  cr_lesson_wall_free (wall); /* the worker waits for no thread, this one may */
  cr_lesson_link_unref (lesson->link);
  g_free (lesson->id);
  g_free (lesson);
}

CrWorker *
cr_lesson_pipeline_get_worker (CrLessonPipeline *lesson)
{
  return lesson->worker;
}

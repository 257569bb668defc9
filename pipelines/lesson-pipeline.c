/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson's GstPipeline in two halves. CrLessonPipeline lives on the main thread and only sends messages;
 * LessonMedia lives on the media worker, owns the pipeline and the peers, and is touched nowhere else. Facts
 * travel back through a CrLessonLink, which outlives both halves, so that a fact on its way to a freed lesson
 * falls on the floor.
 *
 *   main                        worker
 *   add_publisher ──message──>  relaysrc ── tee ──> relaysink ──> viewers
 *   handler      <──fact──────  link
 */
#include "lesson-pipeline.h"

#include "elements/plugin.h"
#include "elements/relaysink.h"
#include "elements/relaysrc.h"
#include "lesson-link.h"
#include "rtc/main-invoke.h"

typedef struct {
  CrWorker *worker;
  CrLessonLink *link;
  GstElement *pipeline;
  CrRelaySink *sink;
  GHashTable *peers; /* id -> LessonPeer */
  guint n_flowing[CR_N_SOURCES];
  gchar *floor_owners[CR_N_FLOORS];
  gboolean floor_voices[CR_N_FLOORS];
  gchar **wall_owners; /* NULL: no wall */
  CrTurnHook reap_hook;
} LessonMedia;

struct CrLessonPipeline {
  gchar *id;
  CrWorker *worker;
  CrLessonLink *link;
  LessonMedia *media;
};

/* A publisher (`src`) or a viewer. */
typedef struct {
  LessonMedia *media;
  gchar *id;
  CrSource source;
  gchar *owner; /* the classroom's key, or NULL */
  gboolean sees_wall;
  CrRelaySrc *src;
  CrViewer *viewer;
  gboolean connected;
  gboolean closed; /* to be reaped at the turn's end */
  CrPeerEnd end;
} LessonPeer;

static void
tell_main (LessonMedia *media, CrLessonFact fact)
{
  cr_lesson_link_tell (media->link, &fact);
}

/* Peers. [media] from here to the messages. */

static void
count_flowing (LessonPeer *peer, gboolean flowing)
{
  guint *n = &peer->media->n_flowing[peer->source];
  gboolean before = *n > 0;

  if (flowing)
    (*n)++;
  else
    (*n)--;
  if (before != (*n > 0))
    tell_main (peer->media,
               (CrLessonFact){.kind = CR_LESSON_FACT_SOURCE, .source = peer->source, .flag = *n > 0});
}

static void
peer_connected (LessonPeer *peer)
{
  if (peer->connected)
    return;
  peer->connected = TRUE;
  tell_main (peer->media, (CrLessonFact){.kind = CR_LESSON_FACT_CONNECTED, .peer_id = peer->id});
}

/* Whoever reports the end is still on the stack: the peer is freed at the turn's end. */
static void
peer_closed (LessonPeer *peer, CrPeerEnd end)
{
  peer->closed = TRUE;
  peer->end = end;
  cr_worker_request_turn_end (peer->media->worker, &peer->media->reap_hook);
}

static void
on_src_flowing (CrRelaySrc *src, gboolean flowing, gpointer data)
{
  peer_connected (data);
  count_flowing (data, flowing);
}

static void
on_src_closed (CrRelaySrc *src, CrPeerEnd end, gpointer data)
{
  peer_closed (data, end);
}

static void
on_viewer_connected (CrViewer *viewer, gpointer data)
{
  peer_connected (data);
}

static void
on_viewer_codec_missing (CrViewer *viewer, CrSlot slot, CrCodec codec, gboolean missing, gpointer data)
{
  LessonPeer *peer = data;

  tell_main (
      peer->media,
      (CrLessonFact){
          .kind = CR_LESSON_FACT_CODEC, .peer_id = peer->id, .slot = slot, .codec = codec, .flag = missing});
}

static void
on_viewer_closed (CrViewer *viewer, CrPeerEnd end, gpointer data)
{
  peer_closed (data, end);
}

static void
free_publisher (LessonPeer *peer)
{
  GstElement *element = GST_ELEMENT (peer->src);
  GstObject *pipeline = GST_OBJECT (peer->media->pipeline);
  g_autoptr (GPtrArray) tees = g_ptr_array_new_with_free_func (gst_object_unref);

  for (GList *l = element->srcpads; l != NULL; l = l->next) {
    g_autoptr (GstPad) tee_pad = gst_pad_get_peer (l->data);

    if (tee_pad != NULL)
      g_ptr_array_add (tees, gst_pad_get_parent_element (tee_pad));
  }
  cr_relay_src_end (peer->src);
  gst_element_set_state (element, GST_STATE_NULL);
  gst_bin_remove (GST_BIN (pipeline), element);

  for (guint i = 0; i < tees->len; i++) {
    GstElement *tee = tees->pdata[i];

    for (GList *l = tee->srcpads; l != NULL; l = l->next) {
      g_autoptr (GstPad) sink_pad = gst_pad_get_peer (l->data);
      g_autoptr (GstElement) sink = sink_pad != NULL ? gst_pad_get_parent_element (sink_pad) : NULL;

      if (sink != NULL)
        gst_element_release_request_pad (sink, sink_pad);
    }
    gst_element_set_state (tee, GST_STATE_NULL);
    gst_bin_remove (GST_BIN (pipeline), tee);
  }
}

static void
free_viewer (LessonPeer *peer)
{
  cr_fanout_remove_viewer (cr_relay_sink_get_fanout (peer->media->sink), peer->viewer);
  cr_viewer_free (peer->viewer);
}

static void
lesson_peer_free (gpointer data)
{
  LessonPeer *peer = data;

  if (peer->src != NULL)
    free_publisher (peer);
  else
    free_viewer (peer);
  g_free (peer->owner);
  g_free (peer->id);
  g_free (peer);
}

static void
reap (gpointer data)
{
  LessonMedia *media = data;
  GHashTableIter iter;
  LessonPeer *peer;

  g_hash_table_iter_init (&iter, media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    if (!peer->closed)
      continue;
    tell_main (media, (CrLessonFact){.kind = CR_LESSON_FACT_CLOSED, .peer_id = peer->id, .end = peer->end});
    g_hash_table_iter_remove (&iter);
  }
}

/* A stream of a publisher appeared: a tee behind it, and the sink where its source has a slot. */
static void
on_src_pad_added (GstElement *element, GstPad *pad, gpointer data)
{
  LessonPeer *peer = data;
  LessonMedia *media = peer->media;
  CrSlot slot = cr_source_slot (peer->source, cr_relay_src_pad_get_kind (pad));
  GstElement *tee = gst_element_factory_make ("tee", NULL);
  g_autoptr (GstPad) tee_sink = gst_element_get_static_pad (tee, "sink");

  g_object_set (tee, "allow-not-linked", TRUE, NULL);
  gst_bin_add (GST_BIN (media->pipeline), tee);
  gst_element_sync_state_with_parent (tee);
  gst_pad_link (pad, tee_sink);

  if (slot != CR_SLOT_NONE) {
    g_autoptr (GstPad) tee_src = gst_element_request_pad_simple (tee, "src_%u");
    GstPad *sink = cr_relay_sink_request_stream (media->sink, slot, cr_relay_src_pad_get_layer (pad));

    gst_pad_link (tee_src, sink);
  }
}

/* Messages from the main thread. */

typedef struct {
  LessonMedia *media;
  gchar *peer_id;
  CrSource source;
  gchar *owner;
  gboolean sees_wall;
  CrPeer *peer;
  CrNegotiation *negotiation;
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
  g_free (message->owner);
  g_free (message->remote_ufrag);
  g_free (message);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Message, message_free)

static LessonPeer *
add_peer (Message *message)
{
  LessonPeer *peer = g_new0 (LessonPeer, 1);

  peer->media = message->media;
  peer->id = g_strdup (message->peer_id);
  peer->source = message->source;
  peer->owner = g_strdup (message->owner);
  peer->sees_wall = message->sees_wall;
  g_hash_table_insert (message->media->peers, peer->id, peer);
  return peer;
}

static void
media_add_publisher (gpointer data)
{
  static const CrRelaySrcHandler handler = {.on_flowing = on_src_flowing, .on_closed = on_src_closed};
  g_autoptr (Message) message = data;
  LessonMedia *media = message->media;
  LessonPeer *peer = add_peer (message);
  GstElement *element = gst_element_factory_make ("relaysrc", NULL);

  peer->src = CR_RELAY_SRC (element);
  g_signal_connect (element, "pad-added", G_CALLBACK (on_src_pad_added), peer);
  gst_bin_add (GST_BIN (media->pipeline), element);
  gst_element_sync_state_with_parent (element);
  cr_relay_src_publish (peer->src, media->worker, message->peer, message->negotiation, &handler, peer);
}

static void
media_add_viewer (gpointer data)
{
  static const CrViewerHandler handler = {.on_connected = on_viewer_connected,
                                          .on_codec_missing = on_viewer_codec_missing,
                                          .on_closed = on_viewer_closed};
  g_autoptr (Message) message = data;
  LessonMedia *media = message->media;
  LessonPeer *peer = add_peer (message);

  peer->viewer = cr_viewer_new (message->peer, message->negotiation, media->worker, &handler, peer);
  cr_fanout_add_viewer (cr_relay_sink_get_fanout (media->sink), peer->viewer);
}

static void
media_remove_peer (gpointer data)
{
  g_autoptr (Message) message = data;

  g_hash_table_remove (message->media->peers, message->peer_id);
}

static CrPeer *
peer_transport (LessonPeer *peer)
{
  if (peer->viewer != NULL)
    return cr_viewer_get_peer (peer->viewer);
  return cr_publisher_get_peer (cr_relay_src_get_publisher (peer->src));
}

static void
media_restart_ice (gpointer data)
{
  g_autoptr (Message) message = data;
  LessonPeer *peer = g_hash_table_lookup (message->media->peers, message->peer_id);

  if (peer != NULL && !peer->closed)
    cr_peer_restart_ice (peer_transport (peer), &message->ice, message->remote_ufrag);
}

void
cr_lesson_pipeline_add_publisher (CrLessonPipeline *lesson, CrSource source, CrPeer *peer,
                                  CrNegotiation *negotiation, const gchar *owner)
{
  Message *message = message_new (lesson, cr_peer_get_id (peer));

  message->source = source;
  message->peer = peer;
  message->negotiation = negotiation;
  message->owner = g_strdup (owner);
  cr_media_invoke (lesson->worker, media_add_publisher, message);
}

void
cr_lesson_pipeline_add_viewer (CrLessonPipeline *lesson, CrPeer *peer, CrNegotiation *negotiation,
                               const gchar *owner, gboolean sees_wall)
{
  Message *message = message_new (lesson, cr_peer_get_id (peer));

  message->peer = peer;
  message->negotiation = negotiation;
  message->owner = g_strdup (owner);
  message->sees_wall = sees_wall;
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
  LessonMedia *media;
  CrFloorHolder holders[CR_N_FLOORS];
  gchar **wall;
} RightsMessage;

static void
media_set_floor (gpointer data)
{
  RightsMessage *message = data;
  LessonMedia *media = message->media;

  for (guint i = 0; i < CR_N_FLOORS; i++) {
    g_free (media->floor_owners[i]);
    media->floor_owners[i] = (gchar *)message->holders[i].owner;
    media->floor_voices[i] = message->holders[i].with_voice;
  }
  g_free (message);
}

static void
media_set_wall (gpointer data)
{
  RightsMessage *message = data;

  g_strfreev (message->media->wall_owners);
  message->media->wall_owners = message->wall;
  g_free (message);
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
  message->wall = g_strdupv ((gchar **)owners);
  cr_media_invoke (lesson->worker, media_set_wall, message);
}

/* Figures. */

typedef struct {
  LessonMedia *media;
  CrLessonLink *link;
  CrLessonStats stats;
  CrLessonStatsFunc func;
  gpointer data;
} StatsRequest;

static void
stats_clear_peer (gpointer data)
{
  g_free (((CrLessonPeerStats *)data)->peer_id);
}

static void
stats_request_free (StatsRequest *request)
{
  cr_lesson_link_unref (request->link);
  g_array_unref (request->stats.peers);
  g_free (request);
}

static void
deliver_stats (gpointer data)
{
  StatsRequest *request = data;

  if (request->link->lesson != NULL)
    request->func (&request->stats, request->data);
  stats_request_free (request);
}

static void
add_peer_stats (CrLessonStats *stats, LessonPeer *peer)
{
  CrPeer *transport = peer_transport (peer);
  const CrPath *path = cr_peer_get_path (transport);
  CrLessonPeerStats peer_stats = {.peer_id = g_strdup (peer->id),
                                  .is_publisher = peer->src != NULL,
                                  .source = peer->source,
                                  .connected = cr_peer_get_state (transport) == CR_PEER_CONNECTED,
                                  .profile = cr_peer_get_profile (transport),
                                  .tcp = path != NULL && path->tcp != NULL};

  if (peer->src != NULL)
    peer_stats.publisher = *cr_publisher_get_stats (cr_relay_src_get_publisher (peer->src));
  else
    peer_stats.viewer = *cr_viewer_get_stats (peer->viewer);
  if (peer_stats.connected && peer_stats.is_publisher)
    stats->n_publishers++;
  else if (peer_stats.connected)
    stats->n_viewers++;
  g_array_append_val (stats->peers, peer_stats);
}

static void
media_get_stats (gpointer data)
{
  StatsRequest *request = data;
  GHashTableIter iter;
  LessonPeer *peer;

  request->stats.peers = g_array_new (FALSE, TRUE, sizeof (CrLessonPeerStats));
  g_array_set_clear_func (request->stats.peers, stats_clear_peer);
  for (guint i = 0; i < CR_N_SOURCES; i++)
    request->stats.flowing[i] = request->media->n_flowing[i] > 0;
  g_hash_table_iter_init (&iter, request->media->peers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&peer)) {
    if (!peer->closed)
      add_peer_stats (&request->stats, peer);
  }
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

/* Birth and end of the media half. */

typedef struct {
  const gchar *lesson_id;
  CrWorker *worker;
  CrLessonLink *link;
  LessonMedia *media;
} Birth;

static void
media_create (gpointer data)
{
  Birth *birth = data;
  LessonMedia *media = g_new0 (LessonMedia, 1);
  g_autofree gchar *name = g_strconcat ("lesson-", birth->lesson_id, NULL);

  media->worker = birth->worker;
  media->link = cr_lesson_link_ref (birth->link);
  media->peers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, lesson_peer_free);
  media->reap_hook.func = reap;
  media->reap_hook.data = media;
  media->pipeline = gst_object_ref_sink (gst_pipeline_new (name));
  media->sink = CR_RELAY_SINK (cr_relay_sink_new (birth->worker));
  gst_bin_add (GST_BIN (media->pipeline), GST_ELEMENT (media->sink));
  birth->media = media;
  gst_element_set_state (media->pipeline, GST_STATE_PLAYING);
}

static void
media_free (gpointer data)
{
  LessonMedia *media = data;

  g_hash_table_unref (media->peers);
  cr_worker_cancel_turn_end (media->worker, &media->reap_hook);
  gst_element_set_state (media->pipeline, GST_STATE_NULL);
  gst_object_unref (media->pipeline);
  for (guint i = 0; i < CR_N_FLOORS; i++)
    g_free (media->floor_owners[i]);
  g_strfreev (media->wall_owners);
  cr_lesson_link_unref (media->link);
  g_free (media);
}

typedef struct {
  LessonMedia *media;
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

CrLessonPipeline *
cr_lesson_pipeline_new (const gchar *lesson_id, CrWorker *worker, const CrLessonHandler *handler,
                        gpointer data, GError **error)
{
  CrLessonPipeline *lesson = g_new0 (CrLessonPipeline, 1);
  Birth birth = {.lesson_id = lesson_id, .worker = worker};

  cr_elements_register ();
  cr_main_invoke_init ();
  lesson->id = g_strdup (lesson_id);
  lesson->worker = worker;
  lesson->link = cr_lesson_link_new (lesson, handler, data);
  birth.link = lesson->link;
  cr_media_invoke_sync (worker, media_create, &birth);
  lesson->media = birth.media;
  return lesson;
}

void
cr_lesson_pipeline_free (CrLessonPipeline *lesson)
{
  lesson->link->lesson = NULL;
  cr_media_invoke_sync (lesson->worker, media_free, lesson->media);
  cr_lesson_link_unref (lesson->link);
  g_free (lesson->id);
  g_free (lesson);
}

CrWorker *
cr_lesson_pipeline_get_worker (CrLessonPipeline *lesson)
{
  return lesson->worker;
}

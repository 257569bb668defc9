/* SPDX-License-Identifier: Apache-2.0
 *
 * A lesson's GstPipeline in two halves. CrLessonPipeline lives on the main thread and only sends messages;
 * CrLessonMedia lives on the media worker, owns the pipeline and the peers, and is touched nowhere else.
 * Facts travel back through a CrLessonLink, which outlives both halves, so that a fact on its way to a freed
 * lesson falls on the floor. Viewers on further workers are a CrLessonBranch each, which this half makes with
 * the first viewer and retires with the last.
 *
 *   main                        worker
 *   add_publisher ──message──>  relaysrc ── tee ──> relaysink ──> viewers
 *                               tap ──feed──> branch ──> viewers of another worker
 *   handler      <──fact──────  link <──fact──'
 */
#include "lesson-pipeline.h"

#include "elements/plugin.h"
#include "lesson-branch.h"
#include "lesson-media.h"
#include "lesson-wall.h"
#include "rtc/main-invoke.h"

struct CrLessonPipeline {
  gchar *id;
  CrWorker *worker;
  CrLessonLink *link;
  CrLessonMedia *media;
  GHashTable *branches;     /* worker -> Branch, those in use */
  GHashTable *branch_peers; /* id -> Branch: viewers that are not on `worker` */
  GPtrArray *other_workers; /* that have ever had a branch: it may still be on its way out */
};

typedef struct {
  CrLessonBranch *branch;
  guint n_viewers;
} Branch;

/* Branches. */

static Branch *
ensure_branch (CrLessonPipeline *lesson, CrWorker *worker)
{
  Branch *entry = g_hash_table_lookup (lesson->branches, worker);

  if (entry != NULL)
    return entry;
  entry = g_new0 (Branch, 1);
  entry->branch = cr_lesson_branch_new (lesson->media, worker, lesson->link);
  g_hash_table_insert (lesson->branches, worker, entry);
  if (!g_ptr_array_find (lesson->other_workers, worker, NULL))
    g_ptr_array_add (lesson->other_workers, worker);
  return entry;
}

/* The branch of a viewer; NULL: it is on the lesson's own worker, or unknown. */
static CrLessonBranch *
find_branch (CrLessonPipeline *lesson, const gchar *peer_id)
{
  const Branch *entry = g_hash_table_lookup (lesson->branch_peers, peer_id);

  return entry != NULL ? entry->branch : NULL;
}

static void
forget_peer (CrLessonPipeline *lesson, const gchar *peer_id)
{
  Branch *entry = g_hash_table_lookup (lesson->branch_peers, peer_id);
  CrLessonBranch *branch;

  if (entry == NULL)
    return;
  g_hash_table_remove (lesson->branch_peers, peer_id);
  if (--entry->n_viewers > 0)
    return;
  branch = entry->branch;
  g_hash_table_remove (lesson->branches, cr_lesson_branch_get_worker (branch));
  cr_lesson_branch_retire (branch);
}

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
cr_lesson_pipeline_add_viewer_on (CrLessonPipeline *lesson, CrWorker *worker, CrPeer *peer,
                                  CrNegotiation *negotiation, const gchar *owner)
{
  const gchar *peer_id = cr_peer_get_id (peer);
  CrLessonArrival arrival = {
      .peer_id = peer_id, .peer = peer, .negotiation = negotiation, .owner = g_strdup (owner)};
  Branch *entry;

  if (worker == lesson->worker) {
    g_free (arrival.owner);
    cr_lesson_pipeline_add_viewer (lesson, peer, negotiation, owner, FALSE);
    return;
  }
  entry = ensure_branch (lesson, worker);
  entry->n_viewers++;
  g_hash_table_insert (lesson->branch_peers, g_strdup (peer_id), entry);
  cr_lesson_branch_add_viewer (entry->branch, &arrival);
}

void
cr_lesson_pipeline_remove_peer (CrLessonPipeline *lesson, const gchar *peer_id)
{
  CrLessonBranch *branch = find_branch (lesson, peer_id);

  if (branch != NULL) {
    cr_lesson_branch_remove_peer (branch, peer_id);
    forget_peer (lesson, peer_id);
    return;
  }
  cr_media_invoke (lesson->worker, media_remove_peer, message_new (lesson, peer_id));
}

void
cr_lesson_pipeline_restart_ice (CrLessonPipeline *lesson, const gchar *peer_id, const CrIceCredentials *local,
                                const gchar *remote_ufrag)
{
  CrLessonBranch *branch = find_branch (lesson, peer_id);
  Message *message;

  if (branch != NULL) {
    cr_lesson_branch_restart_ice (branch, peer_id, local, remote_ufrag);
    return;
  }
  message = message_new (lesson, peer_id);
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

/* [main] */
typedef struct {
  CrLessonLink *link;
  CrLessonStats all;
  guint n_missing; /* parts */
  CrLessonStatsFunc func;
  gpointer data;
} StatsRequest;

/* Of one worker; passes to it and back. */
typedef struct {
  StatsRequest *request;
  CrLessonMedia *media;   /* or */
  CrLessonBranch *branch; /* this */
  CrLessonStats stats;
} StatsPart;

static void
deliver_stats (gpointer data)
{
  g_autofree StatsPart *part = data;
  StatsRequest *request = part->request;

  cr_lesson_stats_merge (&request->all, &part->stats);
  if (--request->n_missing > 0)
    return;
  if (request->link->lesson != NULL)
    request->func (&request->all, request->data);
  cr_lesson_link_unref (request->link);
  cr_lesson_stats_clear (&request->all);
  g_free (request);
}

static void
media_get_stats (gpointer data)
{
  StatsPart *part = data;

  if (part->media != NULL)
    cr_lesson_media_get_stats (part->media, &part->stats);
  else
    cr_lesson_branch_get_stats (part->branch, &part->stats);
  cr_main_invoke (deliver_stats, part);
}

static void
ask_for_part (StatsRequest *request, CrWorker *worker, CrLessonMedia *media, CrLessonBranch *branch)
{
  StatsPart *part = g_new0 (StatsPart, 1);

  *part = (StatsPart){.request = request, .media = media, .branch = branch};
  request->n_missing++;
  cr_media_invoke (worker, media_get_stats, part);
}

void
cr_lesson_pipeline_get_stats (CrLessonPipeline *lesson, CrLessonStatsFunc func, gpointer data)
{
  StatsRequest *request = g_new0 (StatsRequest, 1);
  GHashTableIter iter;
  CrWorker *worker;
  Branch *entry;

  request->link = cr_lesson_link_ref (lesson->link);
  request->func = func;
  request->data = data;
  cr_lesson_stats_init (&request->all);
  ask_for_part (request, lesson->worker, lesson->media, NULL);
  g_hash_table_iter_init (&iter, lesson->branches);
  while (g_hash_table_iter_next (&iter, (gpointer *)&worker, (gpointer *)&entry))
    ask_for_part (request, worker, NULL, entry->branch);
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
  lesson->link = cr_lesson_link_new (lesson, handler, data, forget_peer);
  lesson->branches = g_hash_table_new_full (NULL, NULL, NULL, g_free);
  lesson->branch_peers = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  lesson->other_workers = g_ptr_array_new ();
  cr_media_invoke_sync (worker, media_create, lesson);
  return lesson;
}

static void
pass (gpointer data)
{
}

/* A branch goes home, to its own worker and home again: each is waited for behind it. */
static void
wait_for_branches (CrLessonPipeline *lesson)
{
  for (guint i = 0; i < lesson->other_workers->len; i++)
    cr_media_invoke_sync (g_ptr_array_index (lesson->other_workers, i), pass, NULL);
  if (lesson->other_workers->len > 0)
    cr_media_invoke_sync (lesson->worker, pass, NULL);
}

void
cr_lesson_pipeline_free (CrLessonPipeline *lesson)
{
  CrLessonWall *wall = lesson->media->wall;
  GHashTableIter iter;
  Branch *entry;

  lesson->link->lesson = NULL;
  g_hash_table_iter_init (&iter, lesson->branches);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&entry))
    cr_lesson_branch_retire (entry->branch);
  cr_media_invoke_sync (lesson->worker, media_free, lesson->media);
  wait_for_branches (lesson);
  g_hash_table_unref (lesson->branches);
  g_hash_table_unref (lesson->branch_peers);
  g_ptr_array_unref (lesson->other_workers);
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

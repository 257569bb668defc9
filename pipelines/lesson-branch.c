/* SPDX-License-Identifier: Apache-2.0
 *
 *   home worker              mailboxes               further worker
 *   fan-out ── tap ──────────── feed ──────────────> replica ──> viewers
 *   cr_stream_request_keyframe <── keyframe wanted ─────'           │
 *                                        main <── facts by the link ┘
 *
 * A viewer that comes before the first feed finds no streams, and whoever holds the floor is told before any
 * stream is: so nobody ever hears himself, whichever message is first.
 */
#include "lesson-branch.h"

#include "rtc/replica.h"
#include "rtc/tap.h"

#include <string.h>

/* Nobody on a branch sees the wall: those who may stay on the home worker, where it is made. */
#define WALL_SLOT    (1u << CR_SLOT_WALL)
#define TAPPED_SLOTS (((1u << CR_N_SLOTS) - 1) & ~WALL_SLOT)

struct CrLessonBranch {
  CrWorker *home, *worker;
  CrLessonLink *link;

  /* the home worker's */
  CrLessonMedia *media; /* NULL: retired */
  CrTap *tap;

  /* the further worker's */
  CrReplica *replica;
  GHashTable *viewers; /* id -> BranchViewer */
  CrTurnHook reap_hook;
  CrFloorHolder floors[CR_N_FLOORS];
};

typedef struct {
  CrLessonBranch *branch;
  gchar *id;
  gchar *owner; /* or NULL */
  CrViewer *viewer;
  gboolean connected;
  gboolean closed; /* to be reaped at the turn's end */
  CrPeerEnd end;
} BranchViewer;

/* Viewers. */

static void
tell (const BranchViewer *viewer, CrLessonFact fact)
{
  fact.peer_id = viewer->id;
  cr_lesson_link_tell (viewer->branch->link, &fact);
}

static void
on_viewer_connected (CrViewer *peer, gpointer data)
{
  BranchViewer *viewer = data;

  if (viewer->connected)
    return;
  viewer->connected = TRUE;
  tell (viewer, (CrLessonFact){.kind = CR_LESSON_FACT_CONNECTED});
}

static void
on_viewer_codec_missing (CrViewer *peer, CrSlot slot, CrCodec codec, gboolean missing, gpointer data)
{
  tell (data, (CrLessonFact){.kind = CR_LESSON_FACT_CODEC, .slot = slot, .codec = codec, .flag = missing});
}

static void
on_viewer_closed (CrViewer *peer, CrPeerEnd end, gpointer data)
{
  BranchViewer *viewer = data;

  viewer->closed = TRUE;
  viewer->end = end;
  cr_worker_request_turn_end (viewer->branch->worker, &viewer->branch->reap_hook);
}

static void
viewer_free (gpointer data)
{
  BranchViewer *viewer = data;

  cr_fanout_remove_viewer (cr_replica_get_fanout (viewer->branch->replica), viewer->viewer);
  cr_viewer_free (viewer->viewer);
  g_free (viewer->owner);
  g_free (viewer->id);
  g_free (viewer);
}

static void
reap (gpointer data)
{
  CrLessonBranch *branch = data;
  GHashTableIter iter;
  BranchViewer *viewer;

  g_hash_table_iter_init (&iter, branch->viewers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&viewer)) {
    if (!viewer->closed)
      continue;
    tell (viewer, (CrLessonFact){.kind = CR_LESSON_FACT_CLOSED, .end = viewer->end});
    g_hash_table_iter_remove (&iter);
  }
}

static void
admit_viewer (BranchViewer *viewer)
{
  CrLessonBranch *branch = viewer->branch;

  cr_fanout_block_slots (cr_replica_get_fanout (branch->replica), cr_viewer_get_seat (viewer->viewer),
                         WALL_SLOT | cr_lesson_floor_get_blocked (branch->floors, viewer->owner));
}

/* Messages from main to the further worker. */

typedef struct {
  CrLessonBranch *branch;
  gchar *peer_id;
  CrLessonArrival arrival;
  CrIceCredentials ice;
  gchar *remote_ufrag;
} Message;

static Message *
message_new (CrLessonBranch *branch, const gchar *peer_id)
{
  Message *message = g_new0 (Message, 1);

  message->branch = branch;
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
media_add_viewer (gpointer data)
{
  static const CrViewerHandler handler = {.on_connected = on_viewer_connected,
                                          .on_codec_missing = on_viewer_codec_missing,
                                          .on_closed = on_viewer_closed};
  g_autoptr (Message) message = data;
  CrLessonBranch *branch = message->branch;
  BranchViewer *viewer = g_new0 (BranchViewer, 1);

  viewer->branch = branch;
  viewer->id = g_steal_pointer (&message->peer_id);
  viewer->owner = message->arrival.owner;
  g_hash_table_insert (branch->viewers, viewer->id, viewer);
  viewer->viewer =
      cr_viewer_new (message->arrival.peer, message->arrival.negotiation, branch->worker, &handler, viewer);
  cr_fanout_add_viewer (cr_replica_get_fanout (branch->replica), viewer->viewer);
  admit_viewer (viewer); /* before it is connected */
}

static void
media_remove_peer (gpointer data)
{
  g_autoptr (Message) message = data;

  g_hash_table_remove (message->branch->viewers, message->peer_id);
}

static void
media_restart_ice (gpointer data)
{
  g_autoptr (Message) message = data;
  BranchViewer *viewer = g_hash_table_lookup (message->branch->viewers, message->peer_id);

  if (viewer != NULL && !viewer->closed)
    cr_peer_restart_ice (cr_viewer_get_peer (viewer->viewer), &message->ice, message->remote_ufrag);
}

void
cr_lesson_branch_add_viewer (CrLessonBranch *branch, const CrLessonArrival *arrival)
{
  Message *message = message_new (branch, arrival->peer_id);

  message->arrival = *arrival;
  cr_media_invoke (branch->worker, media_add_viewer, message);
}

void
cr_lesson_branch_remove_peer (CrLessonBranch *branch, const gchar *peer_id)
{
  cr_media_invoke (branch->worker, media_remove_peer, message_new (branch, peer_id));
}

void
cr_lesson_branch_restart_ice (CrLessonBranch *branch, const gchar *peer_id, const CrIceCredentials *local,
                              const gchar *remote_ufrag)
{
  Message *message = message_new (branch, peer_id);

  message->ice = *local;
  message->remote_ufrag = g_strdup (remote_ufrag);
  cr_media_invoke (branch->worker, media_restart_ice, message);
}

void
cr_lesson_branch_get_stats (CrLessonBranch *branch, CrLessonStats *stats)
{
  GHashTableIter iter;
  BranchViewer *viewer;

  cr_lesson_stats_init (stats);
  g_hash_table_iter_init (&iter, branch->viewers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&viewer)) {
    if (!viewer->closed)
      cr_lesson_stats_add_viewer (stats, viewer->id, viewer->viewer, cr_worker_now_us (branch->worker));
  }
}

/* From the home worker to the further one. */

static void
play_feed (gpointer data)
{
  CrFeed *feed = data;
  CrLessonBranch *branch = feed->target;
  gsize live_bytes = feed->live_bytes;

  cr_replica_play (branch->replica, feed);
  cr_tap_note_played (branch->tap, live_bytes);
}

static void
deliver_feed (CrFeed *feed, gpointer data)
{
  CrLessonBranch *branch = data;

  feed->target = branch;
  cr_media_invoke (branch->worker, play_feed, feed);
}

static void
play_floor (gpointer replica_data, gpointer data)
{
  CrLessonBranch *branch = replica_data;
  g_autofree CrFloorHolder *holders = data;
  GHashTableIter iter;
  BranchViewer *viewer;

  cr_lesson_floors_clear (branch->floors);
  memcpy (branch->floors, holders, sizeof branch->floors);
  g_hash_table_iter_init (&iter, branch->viewers);
  while (g_hash_table_iter_next (&iter, NULL, (gpointer *)&viewer))
    admit_viewer (viewer);
}

void
cr_lesson_branch_set_floor (CrLessonBranch *branch, const CrFloorHolder holders[CR_N_FLOORS])
{
  CrFloorHolder *copy = g_new0 (CrFloorHolder, CR_N_FLOORS);

  cr_lesson_floors_copy (copy, holders);
  cr_tap_call (branch->tap, play_floor, copy);
}

/* And back. */

typedef struct {
  CrLessonBranch *branch;
  CrSlot slot;
  guint stream_id;
} KeyframeRequest;

static void
ask_home (gpointer data)
{
  g_autofree KeyframeRequest *request = data;
  CrLessonMedia *media = request->branch->media;
  CrStream *stream;

  if (media == NULL)
    return;
  stream = cr_fanout_find_stream (cr_relay_sink_get_fanout (media->sink), request->slot, request->stream_id);
  if (stream != NULL)
    cr_stream_request_keyframe (stream, cr_worker_now_us (media->worker));
}

static void
on_keyframe_wanted (CrSlot slot, guint stream_id, gpointer data)
{
  CrLessonBranch *branch = data;
  KeyframeRequest *request = g_new (KeyframeRequest, 1);

  *request = (KeyframeRequest){branch, slot, stream_id};
  cr_media_invoke (branch->home, ask_home, request);
}

/* Birth and end, in the order in which they run. */

static void
open_replica (gpointer data)
{
  static const CrReplicaHandler handler = {.on_keyframe_wanted = on_keyframe_wanted};
  CrLessonBranch *branch = data;

  branch->replica = cr_replica_new (branch->worker, NULL, &handler, branch);
  branch->viewers = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, viewer_free);
  branch->reap_hook = (CrTurnHook){.func = reap, .data = branch};
}

static void
open_tap (gpointer data)
{
  CrLessonBranch *branch = data;

  branch->tap = cr_tap_new (cr_relay_sink_get_fanout (branch->media->sink), branch->home, TAPPED_SLOTS,
                            deliver_feed, branch);
  cr_lesson_branch_set_floor (branch, branch->media->floors);
  cr_tap_begin (branch->tap);
  g_ptr_array_add (branch->media->branches, branch);
}

CrLessonBranch *
cr_lesson_branch_new (CrLessonMedia *media, CrWorker *worker, CrLessonLink *link)
{
  CrLessonBranch *branch = g_new0 (CrLessonBranch, 1);

  g_return_val_if_fail (media->worker != worker, NULL);
  branch->home = media->worker;
  branch->worker = worker;
  branch->media = media;
  branch->link = cr_lesson_link_ref (link);
  cr_media_invoke (worker, open_replica, branch); /* there before the tap's first feed */
  cr_media_invoke (branch->home, open_tap, branch);
  return branch;
}

static void
free_branch (gpointer data)
{
  CrLessonBranch *branch = data;

  cr_tap_free (branch->tap);
  cr_lesson_link_unref (branch->link);
  g_free (branch);
}

static void
close_replica (gpointer data)
{
  CrLessonBranch *branch = data;

  g_hash_table_unref (branch->viewers);
  cr_worker_cancel_turn_end (branch->worker, &branch->reap_hook);
  cr_replica_free (branch->replica);
  cr_lesson_floors_clear (branch->floors);
  cr_media_invoke (branch->home, free_branch, branch);
}

static void
close_tap (gpointer data)
{
  CrLessonBranch *branch = data;

  cr_tap_close (branch->tap);
  g_ptr_array_remove (branch->media->branches, branch);
  branch->media = NULL;
  cr_media_invoke (branch->worker, close_replica, branch);
}

void
cr_lesson_branch_retire (CrLessonBranch *branch)
{
  cr_media_invoke (branch->home, close_tap, branch);
}

CrWorker *
cr_lesson_branch_get_worker (CrLessonBranch *branch)
{
  return branch->worker;
}

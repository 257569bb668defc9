/* SPDX-License-Identifier: Apache-2.0
 *
 * The media half of a lesson, as the files that make it up share it: lesson-media.c (peers and elements),
 * lesson-floor.c (who speaks), lesson-wall.c (the wall), lesson-branch.c (viewers on further workers),
 * lesson-stats.c (figures). Nobody else includes it but lesson-pipeline.c, which sends it messages.
 *
 *   relaysrc ──> tee ──branch──> relaysink ──> viewers
 *                 |               `───tap──> branches: viewers on other workers
 *                 `────────────> the wall
 *
 * Thread: [media] throughout; the half is touched nowhere else.
 */
#pragma once

#include "elements/relaysink.h"
#include "elements/relaysrc.h"
#include "lesson-link.h"

G_BEGIN_DECLS

typedef struct CrLessonMedia CrLessonMedia;
typedef struct CrLessonWall CrLessonWall; /* lesson-wall.h */

/* One stream of a publisher. */
typedef struct {
  GstElement *tee; /* behind the source's pad, owned by the pipeline; NULL: no such stream yet */
  CrMediaKind kind;
  guint layer;
  gchar rid[CR_RID_MAX_BYTES + 1]; /* "" without simulcast */
  GstPad *branch; /* the tee's pad to the sink, referenced; NULL: nobody is to get the stream */
  CrSlot slot;    /* that it is linked to, or CR_SLOT_NONE */
} CrLessonStream;

/* A publisher (`src`) or a viewer. */
typedef struct {
  CrLessonMedia *media;
  gchar *id;
  gchar *owner; /* the key of the classroom whose peer it is, or NULL */
  CrSource source;
  guint number; /* of publishers in the order of arrival, from 1 */
  CrRelaySrc *src;
  CrLessonStream streams[CR_PUBLISHER_MAX_STREAMS]; /* of `src`, by CrPublisher's numbers */
  CrViewer *viewer;
  gboolean sees_wall;
  gboolean connected;
  gboolean flowing; /* of a publisher */
  gboolean closed;  /* to be reaped at the turn's end */
  CrPeerEnd end;
} CrLessonPeer;

struct CrLessonMedia {
  CrWorker *worker;
  CrLessonLink *link;
  GstElement *pipeline;
  CrRelaySink *sink;
  GHashTable *peers; /* id -> CrLessonPeer */
  guint last_number; /* of publishers */
  guint n_flowing[CR_N_SOURCES];
  GHashTable *n_flowing_of; /* owner -> how many of its classroom's publishers flow, where that is not 0 */
  CrTurnHook reap_hook;

  CrFloorHolder floors[CR_N_FLOORS]; /* owners are our own copies */
  gchar **wall_owners;               /* NULL: no wall */
  CrLessonWall *wall;                /* outlives the half: lesson-pipeline.c frees it */
  GPtrArray *branches;               /* CrLessonBranch of further workers, not owned */
};

/* `link` is referenced. */
CrLessonMedia *cr_lesson_media_new (const gchar *lesson_id, CrWorker *worker, CrLessonLink *link);
void cr_lesson_media_free (CrLessonMedia *media);

/* What a message brought; `peer`, `negotiation` and `owner` are taken. */
typedef struct {
  const gchar *peer_id;
  CrSource source; /* of a publisher */
  CrPeer *peer;
  CrNegotiation *negotiation;
  gchar *owner;
  gboolean sees_wall;
} CrLessonArrival;
void cr_lesson_media_add_publisher (CrLessonMedia *media, const CrLessonArrival *arrival);
void cr_lesson_media_add_viewer (CrLessonMedia *media, const CrLessonArrival *arrival);
void cr_lesson_media_remove_peer (CrLessonMedia *media, const gchar *peer_id);

/* The peer that has not ended, or NULL. */
CrLessonPeer *cr_lesson_media_find_peer (CrLessonMedia *media, const gchar *peer_id);
CrPeer *cr_lesson_peer_get_transport (CrLessonPeer *peer);

/* Tells the handler on the main thread. */
void cr_lesson_media_tell (CrLessonMedia *media, CrLessonFact fact);

/* Links a stream's tee to the sink, where it becomes `slot`; and takes it away again, if it is linked. */
void cr_lesson_stream_link (CrLessonPeer *peer, CrLessonStream *stream, CrSlot slot);
void cr_lesson_stream_unlink (CrLessonStream *stream);

/* The floor; lesson-floor.c. A stream (by its publisher's number) goes where it may go now, a viewer is kept
 * from what it may not get now, and both follow when the floor is set. */
void cr_lesson_floor_admit_stream (CrLessonPeer *peer, guint number);
void cr_lesson_floor_admit_viewer (CrLessonPeer *peer);
void cr_lesson_floor_set (CrLessonMedia *media, const CrFloorHolder holders[CR_N_FLOORS]);

/* The slots (a bit each) that a classroom's viewer may not get while these hold the floor, the wall apart.
 * `floors` here and below: CR_N_FLOORS of them. */
guint32 cr_lesson_floor_get_blocked (const CrFloorHolder *floors, const gchar *owner);

/* Whoever holds them is copied; `floors` are cleared, or filled with zero bytes, before. [any] */
void cr_lesson_floors_copy (CrFloorHolder *floors, const CrFloorHolder *from);
void cr_lesson_floors_clear (CrFloorHolder *floors);

/* Figures; lesson-stats.c. The first fills in those of this worker's peers and of the sources. */
void cr_lesson_media_get_stats (CrLessonMedia *media, CrLessonStats *stats);
void cr_lesson_stats_init (CrLessonStats *stats);
void cr_lesson_stats_add_viewer (CrLessonStats *stats, const gchar *peer_id, CrViewer *viewer, gint64 now_us);
void cr_lesson_stats_merge (CrLessonStats *all, CrLessonStats *part); /* takes `part`'s content; [any] */
void cr_lesson_stats_clear (CrLessonStats *stats);

G_END_DECLS

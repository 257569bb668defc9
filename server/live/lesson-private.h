/* SPDX-License-Identifier: Apache-2.0
 *
 * What a lesson holds, for the files that it is made of: lesson.c has its sessions and its pipeline,
 * lesson-figures.c what is counted of them, lesson-class.c what its people do, lesson-roster.c who they are,
 * whether they are there and how their lines are.
 *
 * Thread: [main].
 */
#pragma once

#include "live/keeper.h"
#include "live/lesson-class.h"

G_BEGIN_DECLS

#define CR_LESSON_MAX_VIDEO_CODECS 2 /* H.264 and VP8 */

/* The class of a lesson. */
typedef struct {
  CrFloor *floor;
  CrKeeper *keeper;
  GHashTable *meters; /* key -> CrHealthMeter */
  gboolean is_live;   /* the teacher's picture has come */
  gboolean restored;  /* what was kept has been taken up, or nothing was */
  guint topics;       /* to be told */
  guint tell_source;
  gboolean figures_changed; /* since they were last told */
  gint64 figures_told_us;
} CrLessonClass;

struct CrLesson {
  CrLessons *lessons;
  gchar *id;
  gchar *title;
  GPtrArray *actors;      /* CrActor */
  CrLessonPeople *people; /* NULL: not known */
  CrLessonTimes *times;   /* NULL: none */
  gboolean ended;
  CrCodec video_codecs[CR_LESSON_MAX_VIDEO_CODECS];
  guint n_video_codecs;
  CrLessonClass klass;

  CrLessonPipeline *pipeline; /* NULL while nobody needs it */
  GHashTable *sessions;       /* session id -> CrSession, owned */
  GHashTable *by_peer;        /* peer id -> CrSession */
  guint n_connected[2];       /* viewers, publishers */
  gboolean flowing[CR_N_SOURCES];
  gint64 empty_since_us;
  GHashTable *peer_stats; /* peer id -> CrLessonPeerStats, as of the last tick */
};

/* A table for what is said of peers; and asks for it, which is told some time later. There is a pipeline. */
GHashTable *cr_lesson_figures_new (void);
void cr_lesson_figures_ask (CrLesson *lesson);

void cr_lesson_class_init (CrLesson *lesson);
void cr_lesson_class_clear (CrLesson *lesson);

/* Takes up what was kept of the lesson, once; its roster is set. */
void cr_lesson_class_restore (CrLesson *lesson);
void cr_lesson_class_set_store (CrLesson *lesson, CrStore *store);

/* The pipeline is new: it knows nobody's rights yet. */
void cr_lesson_class_apply (CrLesson *lesson);

/* The floor and its turns end, and so does what is kept: before the pipeline goes. */
void cr_lesson_class_end (CrLesson *lesson);

/* The floor has changed from what `before` names: to the media side, to the turns. */
void cr_lesson_class_floor_changed (CrLesson *lesson, gchar *const before[CR_FLOOR_N_SLOTS]);
void cr_lesson_class_copy_holders (CrLesson *lesson, gchar *holders[CR_FLOOR_N_SLOTS]);

/* The teacher's camera or screen flows or does not any more. */
void cr_lesson_class_source_changed (CrLesson *lesson);

/* The roster, anew: of the lesson's tokens, or else of the timetable. */
void cr_lesson_roster_update (CrLesson *lesson);

/* A token of a classroom has been added: what that costs does not grow with their number. */
void cr_lesson_roster_add (CrLesson *lesson, const CrActor *actor);

/* The classroom whose own peers an actor's are, NULL for everybody else. Borrowed as long as the roster. */
const gchar *cr_lesson_roster_owner_of (CrLesson *lesson, const CrActor *actor);

/* The classroom where somebody who watches is, and must not hear it back: the owner, and of an assistant, who
 * may watch on a device of his own, the one that he speaks for. NULL for everybody else: a school's office
 * and its other teachers are not in the room. Borrowed as long as the roster. */
const gchar *cr_lesson_roster_room_of (CrLesson *lesson, const CrActor *actor);

/* A session of the classroom has connected or gone. `on_purpose`: it said goodbye. */
void cr_lesson_roster_count (CrLesson *lesson, const gchar *classroom, gboolean on_purpose);
void cr_lesson_roster_flowing (CrLesson *lesson, const gchar *classroom, gboolean flowing);
void cr_lesson_roster_all_left (CrLesson *lesson);

/* How often its classrooms have had the floor today has changed: a turn in any lesson, a new day. */
void cr_lesson_roster_update_turns (CrLesson *lesson);

/* Fresh figures have come; `before` are those of a tick ago (peer id -> CrLessonPeerStats). */
void cr_lesson_roster_measure (CrLesson *lesson, GHashTable *before);

G_END_DECLS

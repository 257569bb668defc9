/* SPDX-License-Identifier: Apache-2.0
 *
 * Who takes part in a lesson and who may be seen and heard: the roster of classrooms, their hands in the
 * order in which they were raised, the floor (nobody, one classroom, or two for a dialogue), mutes, turns,
 * notes to the teacher and calls for the coordinator. A state machine alone: no clock, no media, no disk; it
 * says which topics (live.h) an action changed, none when it was so already.
 *
 *   raise ──▶ hands ──set_floor──▶ floor ──set_floor──▶ off it      a classroom that leaves keeps its hand,
 *                                    └── heard unless muted         place on the floor and mute for its
 * return
 *
 * Thread: [any], one at a time.
 */
#pragma once

#include "live/live.h"

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

#define CR_FLOOR_N_SLOTS   2 /* `floor` and `floor2` */
#define CR_FLOOR_NO_SLOT   -1
#define CR_FLOOR_MAX_NOTES 20  /* what a page shows; older ones go */
#define CR_NOTE_MAX_CHARS  200 /* one sentence */

/* Of a call that the teacher made. */
#define CR_CALL_BY_TEACHER "teacher"

typedef struct {
  gchar *key;
  gchar *name;
  guint number; /* place in the roster and tile of the wall, from 1 */
  gboolean present;
  gboolean publishing;
  gboolean muted;
  guint hand; /* place in the queue, from 1; 0: down */
  gint64 raised_at_s;
  gint slot;   /* of the floor, or CR_FLOOR_NO_SLOT */
  guint turns; /* on the floor today */
} CrFloorClassroom;

typedef struct {
  gchar *classroom;
  gchar *code; /* "cannot-hear", "cannot-see", "slow-down", "ready", "other" */
  gchar *text;
  gint64 at_s;
} CrFloorNote;

typedef struct {
  gchar *who; /* a classroom's key or CR_CALL_BY_TEACHER */
  gint64 at_s;
} CrFloorCall;

typedef struct CrFloor CrFloor;

CrFloor *cr_floor_new (void);
void cr_floor_free (CrFloor *floor);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrFloor, cr_floor_free)

/* A classroom as the roster names it. */
typedef struct {
  const gchar *key;
  const gchar *name;
} CrRosterEntry;

/* The classrooms, in order; copied. Those that stay keep what they have; what another one had is gone, the
 * floor too. A key that comes twice counts once. Returns the topics. */
guint cr_floor_set_roster (CrFloor *floor, const CrRosterEntry *entries, guint n_entries);

/* One more, at the end; nothing when it is there already. */
guint cr_floor_add_classroom (CrFloor *floor, const CrRosterEntry *entry);

/* Every action: `*topics` has what it changed added; FALSE with CR_LIVE_ERROR_NO_CLASSROOM or _INVALID
 * changes nothing. `now_s` is unix seconds. */
gboolean cr_floor_set_present (CrFloor *floor, const gchar *key, gboolean present, guint *topics,
                               GError **error);
gboolean cr_floor_set_publishing (CrFloor *floor, const gchar *key, gboolean publishing, guint *topics,
                                  GError **error);

/* A hand goes up at the end of the queue. Who has the floor may raise it for another turn. */
gboolean cr_floor_set_hand (CrFloor *floor, const gchar *key, gboolean raised, gint64 now_s, guint *topics,
                            GError **error);

/* The whole floor: 0 to 2 keys, in order, NULL-terminated. Who keeps it keeps its slot; who gets it has its
 * hand lowered and one turn more. */
gboolean cr_floor_set (CrFloor *floor, const gchar *const *keys, guint *topics, GError **error);
gboolean cr_floor_set_muted (CrFloor *floor, const gchar *key, gboolean muted, guint *topics, GError **error);

gboolean cr_note_is_code (const gchar *code);
gboolean cr_note_is_line (const gchar *text); /* UTF-8 without a control character */

/* `text` may be NULL; only "other" needs one. */
gboolean cr_floor_add_note (CrFloor *floor, const gchar *key, const gchar *code, const gchar *text,
                            gint64 now_s, guint *topics, GError **error);

/* One call for each at a time, open until it is closed. */
gboolean cr_floor_set_call (CrFloor *floor, const gchar *who, gboolean open, gint64 now_s, guint *topics,
                            GError **error);

/* How often a classroom has had the floor today, as counted elsewhere. Unknown keys are ignored. */
guint cr_floor_set_turns (CrFloor *floor, const gchar *key, guint turns);

/* As it is. Borrowed until the next change of the roster, arrays until the next action. */
guint cr_floor_get_n_classrooms (const CrFloor *floor);
const CrFloorClassroom *cr_floor_get_classroom (const CrFloor *floor, guint index);
const CrFloorClassroom *cr_floor_find (const CrFloor *floor, const gchar *key); /* NULL: not of the roster */
const CrFloorClassroom *cr_floor_get_holder (const CrFloor *floor, guint slot); /* NULL: nobody */
GPtrArray *cr_floor_get_hands (const CrFloor *floor); /* CrFloorClassroom, first raised first */
GPtrArray *cr_floor_get_notes (const CrFloor *floor); /* CrFloorNote, oldest first */
GPtrArray *cr_floor_get_calls (const CrFloor *floor); /* CrFloorCall, oldest first */
gboolean cr_floor_is_calling (const CrFloor *floor, const gchar *who);

/* What a restart needs, all but who is there and the turns: an object, added to `builder`. */
void cr_floor_save (const CrFloor *floor, JsonBuilder *builder);

/* That object into a floor whose roster is set. Classrooms that the roster does not have are left out.
 * Anything else than what cr_floor_save() writes is CR_LIVE_ERROR_INVALID and changes nothing. */
gboolean cr_floor_restore (CrFloor *floor, JsonNode *saved, GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

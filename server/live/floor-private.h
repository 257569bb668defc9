/* SPDX-License-Identifier: Apache-2.0
 *
 * What floor.c and floor-save.c share and nobody else needs.
 *
 * Thread: as floor.h.
 */
#pragma once

#include "live/floor.h"

G_BEGIN_DECLS

struct CrFloor {
  GPtrArray *classrooms; /* CrFloorClassroom, owned, in the roster's order */
  GHashTable *by_key;    /* key within its CrFloorClassroom -> it */
  GPtrArray *hands;      /* CrFloorClassroom, first raised first */
  CrFloorClassroom *holders[CR_FLOOR_N_SLOTS];
  GPtrArray *notes; /* CrFloorNote, owned, oldest first */
  GPtrArray *calls; /* CrFloorCall, owned, oldest first */
};

/* Each expects what its action has checked: the hand is down, the slot free, the call not open. */
void cr_floor_raise (CrFloor *floor, CrFloorClassroom *classroom, gint64 at_s);
void cr_floor_hold (CrFloor *floor, guint slot, CrFloorClassroom *classroom);
void cr_floor_append_note (CrFloor *floor, const gchar *key, const gchar *code, const gchar *text,
                           gint64 at_s);
void cr_floor_append_call (CrFloor *floor, const gchar *who, gint64 at_s);

gboolean cr_floor_note_is_valid (const gchar *code, const gchar *text);

G_END_DECLS

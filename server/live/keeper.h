/* SPDX-License-Identifier: Apache-2.0
 *
 * Brings what a lesson's people did to the disk: the newest document of the lesson and the turns on the
 * floor, one write at a time, and whatever came meanwhile in the next. A write that fails is tried again
 * until it succeeds, so that a locked database costs those who wait an error and the lesson nothing.
 *
 * Thread: [main].
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct CrKeeper CrKeeper;

/* Nothing is kept before cr_keeper_set_store(). */
CrKeeper *cr_keeper_new (const gchar *lesson_id);

/* Writes under way go on without it; who waits is told when they end. */
void cr_keeper_free (CrKeeper *keeper);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrKeeper, cr_keeper_free)

/* NULL: what is not on its way yet is sent, and nothing from then on. */
void cr_keeper_set_store (CrKeeper *keeper, CrStore *store);

/* A classroom got the floor or lost it; goes with the next document. */
void cr_keeper_add_turn (CrKeeper *keeper, const gchar *classroom, guint slot, gboolean given, gint64 now_s);

/* Takes `document`, JSON; NULL: the lesson is over and has none any more. */
void cr_keeper_keep (CrKeeper *keeper, gchar *document, gint64 now_s);

/* Calls `done` once all of that so far is on the disk, or could not be written: CR_STORE_ERROR. Before it
 * returns where there is nothing to wait for. */
typedef void (*CrKeptFunc) (const GError *error, gpointer data);
void cr_keeper_when_kept (CrKeeper *keeper, CrKeptFunc done, gpointer data);

G_END_DECLS

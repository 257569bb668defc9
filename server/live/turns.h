/* SPDX-License-Identifier: Apache-2.0
 *
 * How often each classroom has had the floor today, over all lessons of this relay, so that the teacher of
 * the fourth period sees who was called in the first. A day is the schools' own; at midnight all begin anew.
 *
 * Thread: [main].
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct CrTurns CrTurns;

/* `zone` is a name of the time zone database; one that is not known is taken for UTC. */
CrTurns *cr_turns_new (const gchar *zone);
void cr_turns_free (CrTurns *turns);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTurns, cr_turns_free)

/* When the day of `now_s` began, unix seconds. */
gint64 cr_turns_day_start (const CrTurns *turns, gint64 now_s);

/* TRUE when a new day has begun since the last call, or a new one was never seen: all counts are 0. */
gboolean cr_turns_set_now (CrTurns *turns, gint64 now_s);

void cr_turns_add (CrTurns *turns, const gchar *classroom, guint n);
guint cr_turns_get (const CrTurns *turns, const gchar *classroom);

G_END_DECLS

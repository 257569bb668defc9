/* SPDX-License-Identifier: Apache-2.0
 *
 * An edit of bell times, busy times, exam weeks, the term or a school's line is right even where planned
 * lessons then clash: an exam is an exam. So it is refused with what clashes, until somebody says that it
 * stands; then everybody concerned is told. Only what the edit itself has made to clash counts, not what
 * clashed before.
 *
 * Thread: that of the job.
 */
#pragma once

#include "exchange/course-edit.h"
#include "exchange/table.h"

G_BEGIN_DECLS

typedef struct _CrClashCheck CrClashCheck;

/* Whether edits of the table can make planned lessons clash; a course's own are refused by its check. */
gboolean cr_clash_concerns (const CrTable *table);

/* What clashes in the terms that are not over, as the transaction has left them, and did not in `before`
 * (array of CrTimetable, as they were; NULL: nothing is known of that). NULL with an error of the store. */
CrClashCheck *cr_clash_check_new (CrStoreTx *tx, GPtrArray *before, gint64 now, GError **error);
void cr_clash_check_free (CrClashCheck *check);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrClashCheck, cr_clash_check_free)

gboolean cr_clash_check_any (const CrClashCheck *check);

/* Member "conflicts" of an open object: the first CR_CONFLICTS_MAX. */
void cr_clash_check_add_json (const CrClashCheck *check, JsonBuilder *builder, gboolean chinese);

/* CR_REFUSAL_CONFLICT with the list, and with "confirm", the word that makes the edit stand. Always FALSE. */
gboolean cr_clash_check_refuse (const CrClashCheck *check, gboolean chinese, GError **error);

/* One notice for each course that has lessons which clash now. */
gboolean cr_clash_check_tell (const CrClashCheck *check, CrStoreTx *tx, const CrEditor *editor,
                              GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* What confirms an edit: the query parameter "confirm" of a request. */
#define CR_CLASH_CONFIRM "clashes"

G_END_DECLS

/* SPDX-License-Identifier: Apache-2.0
 *
 * Running lessons: what their people did, a document for each, and who had the floor from when to when. What
 * the document says is live/'s affair.
 *
 * Thread: that of the job.
 */
#pragma once

#include "store/store.h"

G_BEGIN_DECLS

typedef struct {
  gchar *lesson_id;
  gchar *state; /* JSON */
} CrLiveLessonRow;

void cr_live_lesson_row_free (CrLiveLessonRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrLiveLessonRow, cr_live_lesson_row_free)

/* `rows`: CrLiveLessonRow. */
gboolean cr_live_store_list (CrStoreTx *tx, GPtrArray **rows, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_live_store_put (CrStoreTx *tx, const gchar *lesson_id, const gchar *state, gint64 now,
                            GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_live_store_remove (CrStoreTx *tx, const gchar *lesson_id,
                               GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* A classroom gets the floor, or loses it. */
gboolean cr_live_store_give (CrStoreTx *tx, const gchar *lesson_id, const gchar *classroom, guint slot,
                             gint64 now, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_live_store_take (CrStoreTx *tx, const gchar *lesson_id, const gchar *classroom, gint64 now,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

typedef struct {
  gchar *classroom;
  guint n;
} CrTurnsRow;

void cr_turns_row_free (CrTurnsRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTurnsRow, cr_turns_row_free)

/* How many turns began at `since` or later, in all lessons; `rows`: CrTurnsRow. */
gboolean cr_live_store_count_turns (CrStoreTx *tx, gint64 since, GPtrArray **rows,
                                    GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Forgets the documents of lessons that ended while nobody looked: by the timetable, or untouched since
 * `unused_since`; the turns that these left open end. */
gboolean cr_live_store_tidy (CrStoreTx *tx, gint64 unused_since, gint64 now,
                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS

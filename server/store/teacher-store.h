/* SPDX-License-Identifier: Apache-2.0
 *
 * Teachers, and which account is theirs.
 *
 * Thread: that of the job.
 */
#pragma once

#include "store/school-store.h"

G_BEGIN_DECLS

typedef struct {
  gchar *id;
  gchar *code;
  gchar *name;
  gchar *phone; /* NULL: none */
  gchar *school_id;
  gchar *school_code; /* read only */
  gchar *account_id;  /* NULL: cannot sign in */
  gint64 version;
} CrTeacherRow;

void cr_teacher_row_free (CrTeacherRow *row);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (CrTeacherRow, cr_teacher_row_free)

/* By code. */
gboolean cr_teacher_store_list (CrStoreTx *tx, const CrSchoolFilter *filter, const CrPage *page,
                                GPtrArray **out, gchar **next_cursor,
                                GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrTeacherRow *cr_teacher_store_get (CrStoreTx *tx, const gchar *id, GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrTeacherRow *cr_teacher_store_find (CrStoreTx *tx, const gchar *code,
                                     GError **error) G_GNUC_WARN_UNUSED_RESULT;
CrTeacherRow *cr_teacher_store_find_account (CrStoreTx *tx, const gchar *account_id,
                                             GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* CONFLICT: code or account_id. IN_USE: no such school or account. */
gboolean cr_teacher_store_insert (CrStoreTx *tx, CrTeacherRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;

/* Also moves to another school. */
gboolean cr_teacher_store_update (CrStoreTx *tx, CrTeacherRow *row, GError **error) G_GNUC_WARN_UNUSED_RESULT;
gboolean cr_teacher_store_remove (CrStoreTx *tx, const gchar *id, gint64 version,
                                  GError **error) G_GNUC_WARN_UNUSED_RESULT;

G_END_DECLS
